-- What stops by itself is noticed, told to both sides and followed up: tasks look at the access that something may have
-- changed, and at what the passing of time ends.

-- What access may have changed of, by what it hangs on (as in 20261124T0702-locks.sql), and, spread by the task, of which
-- memberships. A queue: rows only come and go, with no key on which two could wait for each other.
create table access_changes (
  id uuid primary key default uuidv7(),
  kind text not null check (kind in ('business', 'person', 'mandate', 'member')),
  subject_id uuid not null
);
-- The standing that people were told of last: null while access holds. Without a row it held when it was given.
create table access_states (
  kind text not null check (kind in ('mandate', 'member', 'officer', 'business')),
  subject_id uuid primary key,
  business_id uuid not null references businesses,
  state text,
  since timestamptz not null
);
-- How far a task has come: in time, and in a register's feed of updates.
create table watch_marks (
  name text primary key,
  at timestamptz not null,
  last_id bigint
);
-- A new managing director is asked to go through the list of access.
create table access_tasks (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  person_id uuid not null references persons,
  officer_id uuid not null unique references officers,
  asked_at timestamptz not null,
  done_at timestamptz
);
create index access_tasks_open on access_tasks (business_id, person_id) where done_at is null;

-- What the passing of time ends is found by its time.
create index mandates_by_end on mandates (ends_at) where ended_at is null;
create index mandates_by_quote on mandates (quote_id) where ended_at is null;
create index mandates_to_confirm on mandates (business_id, confirm_by) where ended_at is null and confirm_by is not null;
create index mandates_by_confirm_by on mandates (confirm_by) where ended_at is null and confirm_by is not null;
create index quotes_by_end on quotes (valid_until);
create index workers_by_last_day on workers (employed_to) where employed_to is not null;
create index workers_by_first_day on workers (employed_from);

-- What has ended before is not told of as if it ended now. (The owner sees rows only while not forced.)
alter table mandates no force row level security;
alter table officers no force row level security;
insert into watch_marks (name, at) values ('access.time', now());
insert into access_states (kind, subject_id, business_id, state, since)
  select 'officer', id, business_id, 'stepped-down', ended_at from officers where ended_at is not null
  union all select 'mandate', id, business_id, 'mandate-expired', ends_at from mandates where ended_at is null and ends_at <= now();
-- Whoever gave what is in force now is looked at once.
insert into access_changes (kind, subject_id) select distinct 'person', approved_by from mandates where ended_at is null;
alter table mandates force row level security;
alter table officers force row level security;

do $$
declare
  t text;
begin
  foreach t in array array['access_changes', 'access_states', 'watch_marks', 'access_tasks'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy job on %I to kortvakt_request using (context_is_job()) with check (context_is_job())', t);
  end loop;
end $$;
grant insert on access_changes to kortvakt_context;
create policy noted on access_changes for insert to kortvakt_context with check (true);
grant select, insert, delete on access_changes to kortvakt_request;
grant select, insert, update on access_states, watch_marks, access_tasks to kortvakt_request;
create policy own on access_tasks for select to kortvakt_request
  using (business_id = context_business() and person_id = context_person() and context_is_officer());
create policy gone_through on access_tasks for update to kortvakt_request
  using (business_id = context_business() and person_id = context_person() and context_is_officer() and done_at is null)
  with check (business_id = context_business() and person_id = context_person() and context_is_now(done_at));
create function guard_access_task() returns trigger language plpgsql as $$
begin
  if (new.id, new.business_id, new.person_id, new.officer_id, new.asked_at)
    is distinct from (old.id, old.business_id, old.person_id, old.officer_id, old.asked_at) then
    raise exception 'a task is only done' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger guard before update on access_tasks for each row execute function guard_access_task();
revoke execute on function guard_access_task from public;

-- As before, and: whoever locks what access hangs on is about to change it, so it is looked at afterwards.
create or replace function lock_access(kind text, ids uuid[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  one uuid;
begin
  for one in select distinct id from unnest(ids) id where id is not null order by id loop
    perform pg_advisory_xact_lock(access_lock_key(kind, one));
    if kind in ('business', 'person', 'mandate') then
      insert into access_changes (kind, subject_id) values (kind, one);
    end if;
  end loop;
end $$;
grant create on schema public to kortvakt_context;
alter function lock_access owner to kortvakt_context;

-- Whoever gave a mandate: may they still? --------------------------------------------------------------------------------

set role kortvakt_context;
-- Whether whoever gave a mandate could still give it: as an officer, or under a mandate of their own that holds (an emergency
-- stop aside, which stops both) and reaches as far.
create function giver_may_still_give(given mandates, at timestamptz) returns boolean
language sql stable security definer set search_path = public, pg_temp
  return exists (select from officers o where o.business_id = given.business_id and o.person_id = given.approved_by
      and o.ended_at is null and o.acts)
    or (not 'access.manage' = any (given.rights) and exists (select from mandates g
      where g.business_id = given.business_id and g.person_id = given.approved_by and g.ended_at is null
        and 'access.manage' = any (g.rights) and given.rights <@ g.rights
        and coalesce((g.units is null or given.units <@ g.units) and (g.workers is null or given.workers <@ g.workers), false)
        and facts_in_force(jsonb_set(mandate_facts(g.id, g.person_id, at), '{frozenAt}', 'null'), at)));
revoke execute on function giver_may_still_give from public;
grant execute on function giver_may_still_give to kortvakt_request;

-- A person's own number, for notices to their own address. Jobs only.
create function national_id_of(person uuid) returns bytea
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  return (select p.national_id_encrypted from persons p where p.id = person);
end $$;
revoke execute on function national_id_of from public;
grant execute on function national_id_of to kortvakt_request;

-- The businesses on whose registered roles or employments the person's access hangs: read anew after a login.
create function registers_behind_access(id_hash sha256) returns table (organisation_number text, by_employment boolean)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select b.organisation_number::text, bool_or(hung.by_employment)
  from persons p
    cross join lateral (
      select o.business_id, false as by_employment from officers o where o.person_id = p.id and o.ended_at is null
      union all select m.business_id, m.tie = 'employment' from mandates m where m.person_id = p.id and m.ended_at is null
      union all select v.vendor_id, v.tie = 'employment' from vendor_members v where v.person_id = p.id and v.ended_at is null
    ) hung
    join businesses b on b.id = hung.business_id and b.dissolved_on is null
  where p.national_id_hash = id_hash
  group by b.organisation_number;
end;
revoke execute on function registers_behind_access from public;
grant execute on function registers_behind_access to kortvakt_request;
drop function businesses_of_officer;

-- Takes a mandate of the business over in the asker's name, as it stands; false when it has changed meanwhile. That the asker
-- may, `guard_mandate_taken_over` sees to.
create function confirm_mandate(mandate uuid, known_version integer) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update mandates set approved_by = context_person(), approved_at = context_now(), approved_acr = context_setting('acr'),
    approved_by_name = (select p.name from persons p where p.id = context_person()),
    approved_auth_time = context_setting('auth_time')::timestamptz, given_under = context_mandate(), confirm_by = null,
    change_reason = ''
  where id = mandate and business_id = context_business() and version = known_version and ended_at is null;
  return found;
end $$;
revoke execute on function confirm_mandate from public;
grant execute on function confirm_mandate to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;

-- Whoever is named as the giver of a mandate changes in one way: by confirming it, one could give it now, and has just logged
-- in at the high level.
create function guard_mandate_taken_over() returns trigger language plpgsql as $$
begin
  if context_capacity() is null or ((new.approved_by, new.approved_by_name, new.approved_at, new.approved_acr,
      new.approved_auth_time, new.given_under) is not distinct from (old.approved_by, old.approved_by_name, old.approved_at,
      old.approved_acr, old.approved_auth_time, old.given_under) and (old.confirm_by is null or new.confirm_by is not null)) then
    return new;
  end if;
  if not coalesce(old.confirm_by > context_now() and new.confirm_by is null and new.ended_at is null
      and context_is_business_side() and context_has_right('access.manage') and context_is_fresh()
      and new.approved_by = context_person() and context_is_now(new.approved_at) and new.approved_acr = context_setting('acr')
      and new.approved_auth_time <= context_setting('auth_time')::timestamptz
      and new.given_under is not distinct from context_mandate()
      and context_may_give(new.rights::text[], new.units) and context_covers_scope(new.units, new.workers), false) then
    raise exception 'a mandate is confirmed by whoever could give it' using errcode = 'check_violation', constraint = 'confirmed_by_giver';
  end if;
  return new;
end $$;
create trigger guard_taken_over before update on mandates for each row execute function guard_mandate_taken_over();
revoke execute on function guard_mandate_taken_over from public;

-- Only an officer of the vendor answers for a tie that no register shows.
create policy declared_by_officers on vendor_members as restrictive for insert to kortvakt_request
  with check (tie = 'employment' or context_is_officer());

-- Tasks tell the officers of a vendor whose member's tie has ended.
create policy job_reads on vendor_members for select to kortvakt_request using (context_is_job());
create policy job_reads on mandate_assignments for select to kortvakt_request using (context_is_job());
create policy job_reads on quotes for select to kortvakt_request using (context_is_job());

-- A notice may go to one person, at their own address.
alter table notices add column person_id uuid references persons,
  drop constraint notices_audience_check,
  add constraint notices_audience_check check (audience in ('business', 'officers', 'business-and-officers', 'address', 'person')),
  add constraint a_person_is_named check ((audience = 'person') = (person_id is not null));
