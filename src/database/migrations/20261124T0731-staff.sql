-- Staff: people of the authority, of the issuer and of the operator, each with a role given with four eyes and an end. And
-- what a case officer does with it: bars a vendor everywhere.

create table staff_appointments (
  id uuid primary key default uuidv7(),
  role text not null check (role in ('operator', 'case-officer', 'inspector', 'reviewer')),
  name text not null check (name <> ''),        -- as proposed; the verified name is `accepted_by_name`
  email text not null check (email <> ''),
  ends_at timestamptz not null,                 -- exclusive: the Oslo midnight after the last day
  proposed_by uuid references persons,          -- null: the command on the server
  proposed_by_name text,
  proposed_at timestamptz not null,
  token_hash sha256 not null unique,            -- of the single-use link's secret
  token_expires_at timestamptz not null,
  accepted_by uuid references persons,          -- who logged in through the link
  accepted_by_name text,
  accepted_at timestamptz,
  approved_by uuid references persons,          -- null with `approved_at` set: the command on the server
  approved_by_name text,
  approved_at timestamptz,
  ended_at timestamptz,
  ended_by uuid references persons,
  ended_by_name text,
  told_at timestamptz,                          -- when a task told the operators of the login through the link
  constraint ends_within_a_year check (ends_at > proposed_at and ends_at <= proposed_at + interval '12 months 1 day'),
  check (token_expires_at > proposed_at),
  check ((accepted_by is null) = (accepted_at is null)),
  check (approved_at is null or accepted_at is not null),
  constraint by_command_operators_only check (proposed_by is not null or role = 'operator'),
  constraint four_eyes check (approved_at is null or (proposed_by is null and approved_by is null)
    or (approved_by is not null and proposed_by is not null and approved_by <> proposed_by and approved_by <> accepted_by))
);
create index staff_appointments_by_person on staff_appointments (accepted_by) where accepted_by is not null;
-- One appointment of a person to a role at a time.
create unique index staff_appointments_current on staff_appointments (accepted_by, role)
  where approved_at is not null and ended_at is null;

-- A vendor that the authority has barred everywhere. The latest bar that is not lifted is mirrored in the vendor's profile,
-- which is where every decision finds it.
create table vendor_bars (
  id uuid primary key default uuidv7(),
  vendor_id uuid not null references vendor_profiles,
  reason text not null check (reason <> ''),
  appeal text not null check (appeal <> ''),    -- how the vendor can appeal
  barred_at timestamptz not null,
  barred_by uuid not null references persons,
  barred_by_name text not null,
  lifted_at timestamptz,
  lifted_by uuid references persons,
  lifted_by_name text,
  lifted_reason text,
  told_at timestamptz,
  lift_told_at timestamptz,
  check ((lifted_at is null) = (lifted_by is null)),
  check (lifted_at is null or lifted_reason <> ''),
  check (lifted_at >= barred_at)
);
create unique index vendor_bars_open on vendor_bars (vendor_id) where lifted_at is null;
create index vendor_bars_by_vendor on vendor_bars (vendor_id, barred_at desc);

-- `accepted_at` moves with each change of the price: this one stays.
alter table vendor_profiles add column registered_at timestamptz;
alter table vendor_profiles no force row level security;
update vendor_profiles set registered_at = accepted_at;
alter table vendor_profiles force row level security;
alter table vendor_profiles alter column registered_at set not null,
  alter column registered_at set default coalesce(context_now(), transaction_timestamp());

do $$
declare
  t text;
begin
  foreach t in array array['staff_appointments', 'vendor_bars'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy resolves on %I to kortvakt_context using (true) with check (true)', t);
  end loop;
end $$;
grant select, insert, update on staff_appointments to kortvakt_context;
grant select on vendor_bars to kortvakt_context;
grant update (barred_at, barred_reason) on vendor_profiles to kortvakt_context;
grant insert on audit_entries to kortvakt_context;
create policy by_command on audit_entries for insert to kortvakt_context with check (actor_job = 'command.operator');

-- Context --------------------------------------------------------------------------------------------------------------

-- Staff of that role: with an appointment in force, logged in at the high level.
create function context_is_staff(role text) returns boolean language sql stable parallel safe
  return nullif(current_setting('kortvakt.capacity', true), '') = 'staff'
     and nullif(current_setting('kortvakt.staff', true), '') = role;
-- A login at the high level in the last five minutes.
create function context_is_fresh() returns boolean language sql stable parallel safe
  return coalesce(current_setting('kortvakt.acr', true) = 'high'
    and nullif(current_setting('kortvakt.auth_time', true), '')::timestamptz between context_now() - interval '5 minutes' and context_now(), false);

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Resolves a session that asks in a staff role, as `context_open` does for a business, and hands back the appointment that
-- says so, or the last one that did. Reaches no business, whatever the person is elsewhere. With `writing`, the appointment
-- is locked (shared) and read again, so that nothing commits under one that was ended.
create function context_open_staff(token sha256, wanted text, writing boolean) returns jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  at timestamptz := clock_now();
  session sessions;
  person persons;
  found staff_appointments;
  capacity text := 'signed-in';
begin
  perform context_clear(at, 'anonymous'), set_config('kortvakt.staff', '', true);
  select s.* into session from sessions s
  where s.token_hash = token and s.ended_at is null and s.absolute_end > at and s.last_seen_at + s.idle > at;
  if session.id is null then return jsonb_build_object('now', at, 'capacity', 'anonymous'); end if;
  if session.last_seen_at < at - interval '1 minute' then
    update sessions set last_seen_at = at where id = (select id from sessions where id = session.id for no key update skip locked);
  end if;
  select p.* into person from persons p where p.id = session.person_id;
  perform set_config('kortvakt.person', person.id::text, true), set_config('kortvakt.acr', session.acr, true),
    set_config('kortvakt.auth_time', session.auth_time::text, true);

  for i in 1..2 loop
    select a.* into found from staff_appointments a
    where a.accepted_by = person.id and a.role = wanted and a.approved_at is not null
    order by a.ended_at is not null, a.ends_at desc, a.id desc limit 1;
    exit when found.id is null or not writing or i = 2;
    perform pg_advisory_xact_lock_shared(hashtextextended(found.id::text, 0));
  end loop;
  if found.approved_at <= at and found.ended_at is null and at < found.ends_at and session.acr = 'high' then
    capacity := 'staff';
    perform set_config('kortvakt.staff', found.role, true);
  end if;
  perform set_config('kortvakt.capacity', capacity, true);

  return jsonb_build_object('now', at, 'capacity', capacity,
    'session', jsonb_build_object('id', session.id, 'personId', person.id, 'name', person.name, 'acr', session.acr,
      'authTime', session.auth_time),
    'staff', case when found.id is not null then jsonb_build_object('appointmentId', found.id, 'role', found.role,
      'startsAt', found.approved_at, 'endsAt', found.ends_at, 'endedAt', found.ended_at) end);
end $$;

create function staff_operators_in_force(at timestamptz) returns integer
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select count(*)::integer from staff_appointments a
  where a.role = 'operator' and a.approved_at is not null and a.ended_at is null and a.ends_at > at;
end;

-- The command on the server, by whoever owns it: lets an operator begin while there are too few for four eyes.
create function staff_first_operator(known_as text, address text, token sha256, until timestamptz) returns uuid
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  at timestamptz := clock_now();
  appointment uuid := uuidv7();
begin
  perform pg_advisory_xact_lock(hashtextextended('operators', 0));
  if staff_operators_in_force(at) >= 2 then return null; end if;
  insert into staff_appointments (id, role, name, email, ends_at, proposed_at, token_hash, token_expires_at)
  values (appointment, 'operator', known_as, address, until, at, token, at + interval '7 days');
  insert into audit_entries (recorded_at, actor_job, capacity, action, decision, subject_kind, subject_id, changes)
  values (at, 'command.operator', 'job', 'appointment.proposed', 'allowed', 'appointment', appointment,
    jsonb_build_object('role', 'operator', 'endsAt', until));
  return appointment;
end $$;

-- What the holder of a link may see of it.
create function staff_appointment_by_token(token sha256) returns table (
  id uuid, role text, name text, proposed_by_name text, ends_at timestamptz, token_expires_at timestamptz, state text)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select a.id, a.role, a.name, a.proposed_by_name, a.ends_at, a.token_expires_at,
    case when a.ended_at is not null then 'ended' when a.approved_at is not null then 'approved'
      when a.accepted_at is not null then 'accepted' when a.token_expires_at <= clock_now() or a.ends_at <= clock_now() then 'expired'
      else 'open' end
  from staff_appointments a where a.token_hash = token;
end;

-- The signed-in person says that they are the one. Single use. What an operator proposed waits for another operator; what
-- the command on the server proposed holds at once, while there are still too few for four eyes.
create function staff_appointment_accept(token sha256) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  found staff_appointments;
  who persons;
begin
  select p.* into who from persons p where p.id = context_person();
  if who.id is null then return 'not-signed-in'; end if;
  -- With the command's own lock: of two links at once, the second finds the first in force.
  perform pg_advisory_xact_lock(hashtextextended('operators', 0));
  select a.* into found from staff_appointments a where a.token_hash = token for update;
  if found.id is null or found.ended_at is not null then return 'gone'; end if;
  if found.accepted_at is not null then
    return case when found.accepted_by <> who.id then 'gone' when found.approved_at is null then 'accepted' else 'in-force' end;
  end if;
  if found.token_expires_at <= context_now() or found.ends_at <= context_now() then return 'expired'; end if;
  if context_setting('acr') is distinct from 'high' then return 'low-level'; end if;
  if exists (select from staff_appointments a where a.accepted_by = who.id and a.role = found.role
    and a.approved_at is not null and a.ended_at is null and a.ends_at > context_now()) then return 'already-appointed'; end if;
  if found.proposed_by is null and staff_operators_in_force(context_now()) >= 2 then return 'enough-operators'; end if;
  -- One that has run out gives way to the new one.
  update staff_appointments set ended_at = ends_at where accepted_by = who.id and role = found.role
    and approved_at is not null and ended_at is null;
  update staff_appointments set accepted_by = who.id, accepted_by_name = who.name, accepted_at = context_now(),
    approved_at = case when found.proposed_by is null then context_now() end where id = found.id;
  return case when found.proposed_by is null then 'in-force' else 'accepted' end;
end $$;

-- What a case officer sees of vendors: what is public, and numbers. A mandate counts while somebody could be set up to use
-- it: given, in its period, neither suspended nor frozen, under an active agreement and a valid quote.
create function staff_vendors(search text, one text, size integer, skip integer) returns table (
  id uuid, organisation_number text, name text, registered_at timestamptz, customers integer, mandates_in_force integer,
  barred_at timestamptz, total integer)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not context_is_staff('case-officer') then raise exception 'for case officers only'; end if;
  return query
    with page as materialized (
      select p.vendor_id, b.organisation_number::text as number, b.name, p.registered_at, p.barred_at,
        p.barred_at is not null or b.bankrupt or b.dissolved_on is not null as closed, count(*) over ()::integer as total
      from vendor_profiles p join businesses b on b.id = p.vendor_id
      where case when one is not null then b.organisation_number = one
        else b.organisation_number = replace(search, ' ', '') or position(lower(search) in lower(b.name)) > 0 end
      order by p.barred_at is null, lower(b.name), b.id limit size offset skip)
    select page.vendor_id, page.number, page.name, page.registered_at,
      count(distinct m.business_id)::integer,
      count(m.id) filter (where not page.closed and m.suspended_at is null and m.starts_at <= context_now() and context_now() < m.ends_at
        and (m.confirm_by is null or context_now() < m.confirm_by) and a.ended_at is null and q.valid_until > context_now()
        and not exists (select from freezes f where f.business_id = m.business_id and f.lifted_at is null
          and (f.vendor_id is null or f.vendor_id = m.vendor_id)))::integer,
      page.barred_at, page.total
    from page
      left join mandates m on m.vendor_id = page.vendor_id and m.ended_at is null
      left join agreements a on a.id = m.agreement_id
      left join quotes q on q.id = m.quote_id
    group by page.vendor_id, page.number, page.name, page.registered_at, page.barred_at, page.total
    order by page.barred_at is null, lower(page.name), page.vendor_id;
end $$;

revoke execute on function context_open_staff, staff_operators_in_force, staff_first_operator, staff_appointment_by_token,
  staff_appointment_accept, staff_vendors from public;
grant execute on function context_open_staff, staff_appointment_by_token, staff_appointment_accept, staff_vendors to kortvakt_request;
-- The one who owns the server, and nobody who serves requests.
grant execute on function staff_first_operator to kortvakt_migrate;
reset role;

-- What is settled stays settled: an approval, an end, a lifted bar.
create function guard_staff_appointment() returns trigger language plpgsql as $$
begin
  if (old.approved_at is not null and (new.approved_at, new.approved_by) is distinct from (old.approved_at, old.approved_by))
    or (old.ended_at is not null and (new.ended_at, new.ended_by) is distinct from (old.ended_at, old.ended_by)) then
    raise exception 'what is settled stays settled' using errcode = 'check_violation', constraint = 'settled';
  end if;
  return new;
end $$;
create trigger guard before update on staff_appointments for each row execute function guard_staff_appointment();
create function guard_vendor_bar() returns trigger language plpgsql as $$
begin
  if old.lifted_at is not null and (new.lifted_at, new.lifted_by, new.lifted_by_name, new.lifted_reason)
      is distinct from (old.lifted_at, old.lifted_by, old.lifted_by_name, old.lifted_reason) then
    raise exception 'what is lifted stays lifted' using errcode = 'check_violation', constraint = 'settled';
  end if;
  if context_is_job() and (new.lifted_at, new.lifted_by) is distinct from (old.lifted_at, old.lifted_by) then
    raise exception 'only a case officer lifts a bar' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger guard before update on vendor_bars for each row execute function guard_vendor_bar();

-- The profile says what the bars say; nobody else writes it.
create function mirror_bar() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update vendor_profiles set barred_at = (select b.barred_at from vendor_bars b where b.vendor_id = new.vendor_id and b.lifted_at is null),
    barred_reason = (select b.reason from vendor_bars b where b.vendor_id = new.vendor_id and b.lifted_at is null)
  where vendor_id = new.vendor_id;
  return null;
end $$;
create trigger mirror after insert or update on vendor_bars for each row execute function mirror_bar();

revoke execute on function context_is_staff, context_is_fresh, guard_staff_appointment, guard_vendor_bar, mirror_bar from public;
alter function mirror_bar owner to kortvakt_context;
revoke create on schema public from kortvakt_context;
grant execute on function context_is_staff, context_is_fresh to kortvakt_request, kortvakt_context;

-- Policies -------------------------------------------------------------------------------------------------------------

grant select, insert on staff_appointments to kortvakt_request;
grant update (approved_by, approved_by_name, approved_at, ended_at, ended_by, ended_by_name, told_at) on staff_appointments to kortvakt_request;
create policy operators_read on staff_appointments for select to kortvakt_request using (context_is_staff('operator'));
create policy oneself on staff_appointments for select to kortvakt_request using (accepted_by = context_person());
create policy job_reads on staff_appointments for select to kortvakt_request using (context_is_job());
create policy proposed on staff_appointments for insert to kortvakt_request
  with check (context_is_staff('operator') and proposed_by = context_person() and context_is_now(proposed_at)
    and accepted_by is null and approved_at is null and ended_at is null);
-- The second pair of eyes has just logged in at the high level.
create policy approved on staff_appointments for update to kortvakt_request
  using (context_is_staff('operator') and accepted_at is not null and approved_at is null and ended_at is null)
  with check (context_is_staff('operator') and context_is_fresh() and approved_by = context_person() and context_is_now(approved_at)
    and ended_at is null);
create policy ended on staff_appointments for update to kortvakt_request
  using (context_is_staff('operator') and ended_at is null)
  with check (context_is_staff('operator') and ended_by = context_person() and context_is_now(ended_at));
create policy told on staff_appointments for update to kortvakt_request
  using (context_is_job()) with check (context_is_job());

grant select, insert on vendor_bars to kortvakt_request;
grant update (lifted_at, lifted_by, lifted_by_name, lifted_reason, told_at, lift_told_at) on vendor_bars to kortvakt_request;
create policy case_officers_read on vendor_bars for select to kortvakt_request using (context_is_staff('case-officer'));
create policy told_to_vendor on vendor_bars for select to kortvakt_request
  using (vendor_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy job_reads on vendor_bars for select to kortvakt_request using (context_is_job());
create policy barred on vendor_bars for insert to kortvakt_request
  with check (context_is_staff('case-officer') and barred_by = context_person() and context_is_now(barred_at) and lifted_at is null);
create policy lifted on vendor_bars for update to kortvakt_request
  using (context_is_staff('case-officer') and lifted_at is null)
  with check (context_is_staff('case-officer') and lifted_by = context_person() and context_is_now(lifted_at));
create policy told on vendor_bars for update to kortvakt_request using (context_is_job()) with check (context_is_job());
