-- Each quarter a business goes through what it lets others do: a review, and what was decided for each mandate. And which
-- rights of a mandate are used at all.

create table reviews (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  quarter date not null,                        -- its first day in Oslo; mandates given before it are gone through
  due_at timestamptz not null,                  -- exclusive: the Oslo midnight after the last day
  opened_at timestamptz not null,
  reminded_early_at timestamptz,                -- 14 days before
  reminded_late_at timestamptz,                 -- 3 days before
  missed_at timestamptz,                        -- the day had passed and something was undecided
  lapsed_at timestamptz,                        -- the next quarter came before it was completed
  completed_at timestamptz,
  completed_by uuid references persons,
  completed_by_name text,
  check ((completed_at is null) = (completed_by is null)),
  check (completed_at is null or lapsed_at is null),
  unique (business_id, quarter),
  unique (id, business_id)
);
create unique index reviews_open on reviews (business_id) where completed_at is null and lapsed_at is null;
create index reviews_due on reviews (due_at) where completed_at is null and lapsed_at is null;

-- What was decided for one mandate, with what was known of it. The latest counts; none is changed.
create table review_decisions (
  id uuid primary key default uuidv7(),
  review_id uuid not null,
  business_id uuid not null references businesses,
  mandate_id uuid not null,
  decision text not null check (decision in ('keep', 'narrow', 'remove')),
  mandate_version integer not null,             -- what it was afterwards
  tie_confirmed boolean not null,
  last_used_at timestamptz,
  orders integer not null,
  cards integer not null,
  ore bigint not null,                          -- official prices and fees, without VAT
  unused right_name[] not null,
  decided_at timestamptz not null,
  decided_by uuid not null references persons,
  decided_by_name text not null,
  foreign key (review_id, business_id) references reviews (id, business_id),
  foreign key (mandate_id, business_id) references mandates (id, business_id)
);
create index review_decisions_by_review on review_decisions (review_id, mandate_id, id);

-- The last day on which a right of a mandate was used: by whoever held it, also to read.
create table mandate_right_uses (
  id uuid primary key default uuidv7(),
  mandate_id uuid not null,
  business_id uuid not null references businesses,
  used_right right_name not null,
  last_on date not null,
  unique (mandate_id, used_right),
  foreign key (mandate_id, business_id) references mandates (id, business_id)
);

do $$
declare
  t text;
begin
  foreach t in array array['reviews', 'review_decisions', 'mandate_right_uses'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
  end loop;
end $$;

grant select, insert on reviews to kortvakt_request;
grant update (reminded_early_at, reminded_late_at, missed_at, lapsed_at, completed_at, completed_by, completed_by_name)
  on reviews to kortvakt_request;
create policy managed on reviews for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy job_reads on reviews for select to kortvakt_request using (context_is_job());
create policy job_opens on reviews for insert to kortvakt_request with check (context_is_job() and completed_at is null);
create policy job_follows on reviews for update to kortvakt_request
  using (context_is_job() and completed_at is null and lapsed_at is null) with check (context_is_job() and completed_at is null);
create policy completed on reviews for update to kortvakt_request
  using (business_id = context_business() and context_is_officer() and completed_at is null and lapsed_at is null)
  with check (business_id = context_business() and context_is_officer() and completed_by = context_person()
    and context_is_now(completed_at));

grant select, insert on review_decisions to kortvakt_request;
create policy managed on review_decisions for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy job_reads on review_decisions for select to kortvakt_request using (context_is_job());
-- Who manages access without an office keeps what they could give, and neither their own mandate nor a declared tie.
create policy decided on review_decisions for insert to kortvakt_request
  with check (business_id = context_business() and context_is_business_side() and context_has_right('access.manage')
    and decided_by = context_person() and context_is_now(decided_at)
    and exists (select from mandates m where m.id = mandate_id and (context_is_officer() or (
      context_covers_scope(m.units, m.workers) and (decision <> 'keep' or (
        m.person_id is distinct from context_person() and m.tie is distinct from 'declared'
        and context_may_give(m.rights::text[], m.units)))))));

grant select on mandate_right_uses to kortvakt_request;
create policy managed on mandate_right_uses for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
grant select, insert, update on mandate_right_uses to kortvakt_context;
create policy noted on mandate_right_uses to kortvakt_context using (true) with check (true);
grant select on reviews to kortvakt_context;
create policy resolves on reviews for select to kortvakt_context using (true);

-- Whether a mandate has to be gone through in a review, and has not been.
create function review_lacks(review reviews) returns boolean language sql stable
  return exists (select from mandates m where m.business_id = review.business_id and m.ended_at is null
    and m.approved_at < (review.quarter::timestamp at time zone 'Europe/Oslo') and m.ends_at > context_now()
    and not exists (select from review_decisions d where d.review_id = review.id and d.mandate_id = m.id));

-- What is decided stays decided, also for whoever owns the tables.
create function guard_review() returns trigger language plpgsql as $$
begin
  if old.completed_at is not null or old.lapsed_at is not null then
    raise exception 'a review that is over stays as it was' using errcode = 'check_violation', constraint = 'settled';
  end if;
  if (new.business_id, new.quarter, new.due_at, new.opened_at) is distinct from
      (old.business_id, old.quarter, old.due_at, old.opened_at) then
    raise exception 'a review stays what it is about' using errcode = 'check_violation', constraint = 'settled';
  end if;
  if new.completed_at is not null and context_capacity() is not null then
    if context_is_job() then
      raise exception 'only an officer completes a review' using errcode = 'check_violation';
    end if;
    if review_lacks(new) then
      raise exception 'something is undecided' using errcode = 'check_violation', constraint = 'everything_decided';
    end if;
  elsif context_is_business_side() then
    raise exception 'only a task follows a review up' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger guard before update on reviews for each row execute function guard_review();

create function keep_review() returns trigger language plpgsql as $$
begin
  raise exception 'the record of a review is kept' using errcode = 'check_violation', constraint = 'settled';
end $$;
create trigger keep before delete on reviews for each row execute function keep_review();
create trigger keep before update or delete on review_decisions for each row execute function keep_review();

-- Nothing is decided in a review that is over: whoever decides and whoever completes it hold the same lock.
create function guard_review_decision() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('review:' || new.review_id::text, 0));
  if not exists (select from reviews r where r.id = new.review_id and r.completed_at is null and r.lapsed_at is null) then
    raise exception 'the review is over' using errcode = 'check_violation', constraint = 'open_review';
  end if;
  return new;
end $$;
create trigger guard before insert on review_decisions for each row execute function guard_review_decision();

-- A mandate that a missed review suspended comes back with that review, when an officer with a fresh login completes it.
create function guard_review_suspension() returns trigger language plpgsql as $$
begin
  if context_capacity() is null then return new; end if;
  if old.suspended_reason = 'review' and not (context_is_officer() and context_is_fresh()
      and exists (select from reviews r where r.business_id = old.business_id and context_is_now(r.completed_at))) then
    raise exception 'only a completed review gives back' using errcode = 'check_violation', constraint = 'review_completed';
  end if;
  if new.suspended_reason = 'review' and not context_is_job() then
    raise exception 'only a task suspends for a review' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger guard_suspension before update on mandates for each row
  when ((old.suspended_at, old.suspended_reason) is distinct from (new.suspended_at, new.suspended_reason))
  execute function guard_review_suspension();

revoke execute on function review_lacks, guard_review, keep_review, guard_review_decision, guard_review_suspension from public;
grant create on schema public to kortvakt_context;
alter function guard_review_decision owner to kortvakt_context;
set role kortvakt_context;

-- Notes the rights of the asker's own mandate that were used; false when another is just noting them. Waits for nobody.
create function note_rights_used(used text[]) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if context_mandate() is null then return true; end if;
  if not pg_try_advisory_xact_lock(hashtextextended('use:' || context_mandate()::text, 0)) then return false; end if;
  insert into mandate_right_uses as u (mandate_id, business_id, used_right, last_on)
  select context_mandate(), context_business(), one, oslo_date(context_now()) from unnest(used) one where context_has_right(one)
  on conflict (mandate_id, used_right) do update set last_on = excluded.last_on where u.last_on < excluded.last_on;
  return true;
end $$;

-- What was ordered under mandates of the asker's business: figures, for whoever manages access, seeing orders or not.
create function mandate_figures(ids uuid[]) returns table (mandate_id uuid, orders integer, cards integer, ore bigint)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select o.mandate_id, count(distinct o.id)::integer, (count(l.id) filter (where o.state = 'placed'))::integer,
    coalesce(sum(o.price_ore + o.fee_ore) filter (where o.state = 'placed' and l.id is not null), 0)::bigint
  from orders o left join order_lines l on l.order_id = o.id and l.state not in ('cancelled', 'rejected')
  where o.mandate_id = any (ids) and o.business_id = context_business() and o.state <> 'cancelled'
    and context_is_business_side() and context_has_right('access.manage')
  group by o.mandate_id;
end;

revoke execute on function note_rights_used, mandate_figures from public;
grant execute on function note_rights_used, mandate_figures to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
grant execute on function review_lacks to kortvakt_request;
