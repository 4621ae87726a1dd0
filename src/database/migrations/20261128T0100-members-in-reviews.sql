-- A vendor's member whose tie is declared is a member while an officer of the vendor stands by it anew at each review, as a
-- person's mandate with such a tie holds.

alter table vendor_members
  add column suspended_at timestamptz,          -- a review passed in which no officer stood by the declared tie
  add constraint only_a_declared_tie_is_suspended check (suspended_at is null or tie = 'declared'),
  add constraint vendor_members_of_vendor unique (id, vendor_id);
create index vendor_members_declared on vendor_members (vendor_id, added_at) where ended_at is null and tie = 'declared';

-- What was decided for one member. The latest counts; none is changed.
create table review_member_decisions (
  id uuid primary key default uuidv7(),
  review_id uuid not null,
  business_id uuid not null references businesses,
  member_id uuid not null,
  decision text not null check (decision in ('keep', 'remove')),
  decided_at timestamptz not null,
  decided_by uuid not null references persons,
  decided_by_name text not null,
  foreign key (review_id, business_id) references reviews (id, business_id),
  foreign key (member_id, business_id) references vendor_members (id, vendor_id)
);
create index review_member_decisions_by_review on review_member_decisions (review_id, member_id, id);

alter table review_member_decisions enable row level security;
alter table review_member_decisions force row level security;
grant select, insert on review_member_decisions to kortvakt_request;
create policy managed on review_member_decisions for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy job_reads on review_member_decisions for select to kortvakt_request using (context_is_job());
-- Only an officer of the vendor stands by a tie that no register shows.
create policy decided on review_member_decisions for insert to kortvakt_request
  with check (business_id = context_business() and context_is_business_side() and context_has_right('access.manage')
    and decided_by = context_person() and context_is_now(decided_at) and (decision = 'remove' or context_is_officer()));
create trigger keep before update or delete on review_member_decisions for each row execute function keep_review();

-- Whether a mandate or a member has to be gone through in a review, and has not been.
create or replace function review_lacks(review reviews) returns boolean language sql stable
  return exists (select from mandates m where m.business_id = review.business_id and m.ended_at is null
    and m.approved_at < (review.quarter::timestamp at time zone 'Europe/Oslo') and m.ends_at > context_now()
    and not exists (select from review_decisions d where d.review_id = review.id and d.mandate_id = m.id
      and (d.tie_confirmed or m.tie is distinct from 'declared')))
  or exists (select from vendor_members b where b.vendor_id = review.business_id and b.ended_at is null
    and b.tie = 'declared' and b.added_at < (review.quarter::timestamp at time zone 'Europe/Oslo')
    and not exists (select from review_member_decisions d where d.review_id = review.id and d.member_id = b.id));

-- Nobody makes one tie into another: a member is ended, and added anew.
revoke update (tie, tie_reason) on vendor_members from kortvakt_request;
grant update (suspended_at) on vendor_members to kortvakt_request;
create policy job_suspends on vendor_members for update to kortvakt_request
  using (context_is_job()) with check (context_is_job());

create function guard_member_tie() returns trigger language plpgsql as $$
begin
  if context_capacity() is null then return new; end if;
  if new.tie_confirmed_at is distinct from old.tie_confirmed_at and not context_is_officer() then
    raise exception 'only an officer stands by a declared tie' using errcode = 'check_violation', constraint = 'declared_by_officers';
  end if;
  if new.suspended_at is not distinct from old.suspended_at then return new; end if;
  if old.suspended_at is not null and not (new.suspended_at is null and context_is_officer() and context_is_fresh()
      and exists (select from reviews r where r.business_id = old.vendor_id and context_is_now(r.completed_at))) then
    raise exception 'only a completed review gives back' using errcode = 'check_violation', constraint = 'review_completed';
  end if;
  if new.suspended_at is not null and not context_is_job() then
    raise exception 'only a task suspends for a review' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger guard_tie before update on vendor_members for each row
  when ((old.tie_confirmed_at, old.suspended_at) is distinct from (new.tie_confirmed_at, new.suspended_at))
  execute function guard_member_tie();
revoke execute on function guard_member_tie from public;

grant create on schema public to kortvakt_context;
grant trigger on review_member_decisions to kortvakt_context;
set role kortvakt_context;

-- Nothing is decided in a review that is over.
create trigger guard before insert on review_member_decisions for each row execute function guard_review_decision();

create or replace function is_vendor_person(who uuid, vendor uuid, at timestamptz) returns boolean
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select exists (select from vendor_members b where b.vendor_id = vendor and b.person_id = who and b.ended_at is null
      and (b.tie = 'declared' and b.suspended_at is null or is_employed(who, vendor, at)))
    or cardinality(acting_roles(who, vendor)) > 0;
end;

-- As before, and also when a member's tie is suspended, or holds again.
create or replace function lock_people_changed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_table_name = 'officers' then
    perform lock_access('person', array(select new_rows.person_id from old_rows join new_rows using (id)
      where (old_rows.ended_at, old_rows.acts, old_rows.role_code)
        is distinct from (new_rows.ended_at, new_rows.acts, new_rows.role_code)));
  elsif tg_table_name = 'vendor_members' then
    perform lock_access('person', array(select new_rows.person_id from old_rows join new_rows using (id)
      where (old_rows.ended_at, old_rows.tie, old_rows.suspended_at)
        is distinct from (new_rows.ended_at, new_rows.tie, new_rows.suspended_at)));
  else
    perform lock_access('person', array(select new_rows.person_id from old_rows join new_rows using (id)
      where old_rows.ended_at is distinct from new_rows.ended_at));
  end if;
  return null;
end $$;
reset role;
revoke trigger on review_member_decisions from kortvakt_context;
revoke create on schema public from kortvakt_context;
