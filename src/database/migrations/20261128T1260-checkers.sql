-- Entitled checkers: inspectors, police and tax, and for one place a client's coordinator or a safety representative. Each has an
-- appointment, as staff have, for a place and a time; whoever runs a place gives the last two for it. What they look up is a
-- disclosure, and stands in a check record that nobody can alter.

-- Appointments for a place ---------------------------------------------------------------------------------------------

alter table staff_appointments drop constraint staff_appointments_role_check,
  add constraint staff_appointments_role_check check (role in ('operator', 'case-officer', 'inspector', 'reviewer', 'police', 'tax',
    'coordinator', 'safety-representative')),
  add column place text check (place <> '' and length(place) <= 120),   -- checkers: where it holds
  add column starts_at timestamptz,             -- not before this; null: as soon as it is confirmed
  add column business_id uuid references businesses;   -- runs the place and gives the role; null: the authority does
alter table staff_appointments no force row level security;
update staff_appointments set place = 'Norge' where role = 'inspector';
alter table staff_appointments force row level security;
alter table staff_appointments
  add constraint checkers_have_a_place check ((place is not null) = (role in ('inspector', 'police', 'tax', 'coordinator',
    'safety-representative'))),
  add constraint begins_before_it_ends check (starts_at < ends_at),
  add constraint given_for_ones_place check (business_id is null or (role in ('coordinator', 'safety-representative')
    and proposed_by is not null)),
  -- Nobody confirms themselves. What the authority gives takes another than who proposed it; an officer stands by their own place.
  drop constraint four_eyes,
  add constraint four_eyes check (approved_at is null or (proposed_by is null and approved_by is null)
    or (approved_by is not null and proposed_by is not null and approved_by <> accepted_by
      and (business_id is not null or approved_by <> proposed_by)));
-- One appointment of a person to a role at a time, and for a checker one for each place.
drop index staff_appointments_current;
create unique index staff_appointments_current on staff_appointments (accepted_by, role, business_id, place) nulls not distinct
  where approved_at is not null and ended_at is null;
create index staff_appointments_by_business on staff_appointments (business_id, id) where business_id is not null;
grant select (place, starts_at, business_id), insert (place, starts_at, business_id) on staff_appointments to kortvakt_request;

drop policy proposed on staff_appointments;
create policy proposed on staff_appointments for insert to kortvakt_request
  with check (context_is_staff('operator') and business_id is null and proposed_by = context_person() and context_is_now(proposed_at)
    and accepted_by is null and approved_at is null and ended_at is null);
-- An officer of the business that runs the place gives the role for it; whoever manages access sees who has one.
create policy given_by_business on staff_appointments for insert to kortvakt_request
  with check (business_id = context_business() and context_has_right('agreements.sign') and context_is_business_side()
    and proposed_by = context_person() and context_is_now(proposed_at) and accepted_by is null and approved_at is null and ended_at is null);
create policy of_the_business on staff_appointments for select to kortvakt_request
  using (business_id = context_business() and context_has_right('agreements.sign') and context_is_business_side());
create policy confirmed_by_business on staff_appointments for update to kortvakt_request
  using (business_id = context_business() and context_has_right('agreements.sign') and context_is_business_side()
    and accepted_at is not null and approved_at is null and ended_at is null)
  with check (business_id = context_business() and context_is_fresh() and approved_by = context_person() and context_is_now(approved_at)
    and ended_at is null);
create policy ended_by_business on staff_appointments for update to kortvakt_request
  using (business_id = context_business() and context_has_right('agreements.sign') and context_is_business_side() and ended_at is null)
  with check (business_id = context_business() and ended_by = context_person() and context_is_now(ended_at));
drop policy approved on staff_appointments;
create policy approved on staff_appointments for update to kortvakt_request
  using (context_is_staff('operator') and business_id is null and accepted_at is not null and approved_at is null and ended_at is null)
  with check (context_is_staff('operator') and context_is_fresh() and approved_by = context_person() and context_is_now(approved_at)
    and ended_at is null);

-- In the role of a checker, under the appointment that was asked for.
create function context_is_checker() returns boolean language sql stable parallel safe
  return coalesce(context_setting('capacity') = 'staff'
    and context_setting('staff') in ('inspector', 'police', 'tax', 'coordinator', 'safety-representative'), false);
revoke execute on function context_is_checker from public;
grant execute on function context_is_checker to kortvakt_request, kortvakt_context;

-- Check records --------------------------------------------------------------------------------------------------------

-- What was looked up at once: number and verdict of each, time, place and who; nothing of the holders. Never changed: the audit log
-- keeps the hash of each record, and is chained itself.
create table check_records (
  id uuid primary key,
  checked_at timestamptz not null,
  checked_by uuid not null references persons,
  checked_by_name text not null,
  appointment_id uuid not null references staff_appointments,
  role text not null,
  place text not null,
  -- [{"number", "verdict", "reason"}]: the number is null for a code that leads to no card, the reason where there is none.
  lines jsonb not null check (jsonb_array_length(lines) between 1 and 1000)
);
create index check_records_of_checker on check_records (appointment_id, id desc);
create index check_records_by_time on check_records (checked_at);
create index audit_entries_of_checks on audit_entries (subject_id) where subject_kind = 'check-record';

create function keep_check_record() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and context_is_job() then return old; end if;
  raise exception 'a check record is never altered' using errcode = 'check_violation', constraint = 'unaltered';
end $$;
create trigger unaltered before update or delete on check_records for each row execute function keep_check_record();
revoke execute on function keep_check_record from public;

alter table check_records enable row level security;
alter table check_records force row level security;
create policy resolves on check_records to kortvakt_context using (true) with check (true);
grant select, insert, delete on check_records to kortvakt_context;
grant select on check_records to kortvakt_request;
create policy own on check_records for select to kortvakt_request
  using (context_is_checker() and checked_by = context_person() and appointment_id = context_setting('appointment')::uuid);

-- Who looked in which role; and an inspection under way is not told of before its time.
alter table disclosures add column viewer_role text, add column shown_from timestamptz,
  add constraint shown_in_time check (shown_from between at and at + interval '30 days');
create policy shown on disclosures as restrictive for select to kortvakt_request
  using (shown_from is null or shown_from <= context_now());

alter table cards drop constraint cards_blocked_reason_check,
  add constraint cards_blocked_reason_check
    check (blocked_reason in ('lost', 'stolen', 'returned', 'destroyed', 'seized', 'damaged', 'new-name'));

grant select on audit_entries to kortvakt_context;
create policy reads_checks on audit_entries for select to kortvakt_context using (subject_kind = 'check-record');

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- As before, for one appointment where it is named: its role is the one that is asked in. Neither is nothing.
drop function context_open_staff(sha256, text, boolean);
create function context_open_staff(token sha256, wanted text, appointment uuid, writing boolean) returns jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  at timestamptz := clock_now();
  session sessions;
  person persons;
  found staff_appointments;
  capacity text := 'signed-in';
begin
  perform context_clear(at, 'anonymous'), set_config('kortvakt.staff', '', true), set_config('kortvakt.authority', '', true),
    set_config('kortvakt.appointment', '', true);
  for i in 1..2 loop
    select s.* into session from sessions s
    where s.token_hash = token and s.ended_at is null and s.absolute_end > at and s.last_seen_at + s.idle > at;
    exit when session.id is null or not writing or i = 2;
    perform hold_access('session', array[session.id]);
  end loop;
  if session.id is null then return jsonb_build_object('now', at, 'capacity', 'anonymous'); end if;
  if session.last_seen_at < at - interval '1 minute' then
    update sessions set last_seen_at = at where id = (select id from sessions where id = session.id for no key update skip locked);
  end if;
  select p.* into person from persons p where p.id = session.person_id;
  perform set_config('kortvakt.person', person.id::text, true), set_config('kortvakt.acr', session.acr, true),
    set_config('kortvakt.auth_time', session.auth_time::text, true);

  for i in 1..2 loop
    select a.* into found from staff_appointments a
    where a.accepted_by = person.id and (a.id = appointment or appointment is null and a.role = wanted) and a.approved_at is not null
    order by a.ended_at is not null, a.ends_at desc, a.id desc limit 1;
    exit when found.id is null or not writing or i = 2;
    perform hold_access('appointment', array[found.id]);
  end loop;
  if greatest(found.approved_at, found.starts_at) <= at and found.ended_at is null and at < found.ends_at and session.acr = 'high' then
    capacity := 'staff';
    perform set_config('kortvakt.staff', found.role, true), set_config('kortvakt.authority', found.authority, true),
      set_config('kortvakt.appointment', found.id::text, true);
  end if;
  perform set_config('kortvakt.capacity', capacity, true);

  return jsonb_build_object('now', at, 'capacity', capacity,
    'session', jsonb_build_object('id', session.id, 'personId', person.id, 'name', person.name, 'acr', session.acr,
      'authTime', session.auth_time),
    'staff', case when found.id is not null then jsonb_build_object('appointmentId', found.id, 'role', found.role, 'place', found.place,
      'startsAt', greatest(found.approved_at, found.starts_at), 'endsAt', found.ends_at, 'endedAt', found.ended_at) end);
end $$;

-- As before; a checker may have the same role for several places.
create or replace function staff_appointment_accept(token sha256) returns text
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
    and a.business_id is not distinct from found.business_id and a.place is not distinct from found.place
    and a.approved_at is not null and a.ended_at is null and a.ends_at > context_now()) then return 'already-appointed'; end if;
  if found.proposed_by is null and staff_operators_in_force(context_now()) >= 2 then return 'enough-operators'; end if;
  -- One that has run out gives way to the new one.
  update staff_appointments set ended_at = ends_at where accepted_by = who.id and role = found.role
    and business_id is not distinct from found.business_id and place is not distinct from found.place
    and approved_at is not null and ended_at is null;
  update staff_appointments set accepted_by = who.id, accepted_by_name = who.name, accepted_at = context_now(),
    approved_at = case when found.proposed_by is null then context_now() end where id = found.id;
  return case when found.proposed_by is null then 'in-force' else 'accepted' end;
end $$;

-- The hash of a check record; the same whatever the session's time zone is.
create function check_record_hash(r check_records) returns text language sql stable
  return encode(sha256(convert_to(jsonb_build_array(r.id, extract(epoch from r.checked_at), r.checked_by, r.checked_by_name,
    r.appointment_id, r.role, r.place, r.lines)::text, 'UTF8')), 'hex');

-- Looks cards up, a thousand at most: by what is printed on them or by the token of the QR link. The authority's checkers need the number
-- alone; whoever has the role for a place of a business holds the card in hand, and says the birth date on it too. Each look is written
-- down for its holder and in the check record, whose hash is handed back for the audit log.
create function check_cards(numbers text[], births date[], tokens text[], withheld_hours integer) returns table (
  record_id uuid, record_hash text, card_id uuid, card_number text, verdict text, reason text, holder_name text, employer_name text,
  organisation_number text, card_type text, issued_at timestamptz, expires_at timestamptz, photo boolean)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  mine staff_appointments;
  my_name text;
  alone boolean := cardinality(numbers) = 1;
  by_number boolean;
begin
  if not context_is_checker() or cardinality(numbers) not between 1 and 1000 then
    raise exception 'for checkers, a thousand at a time' using errcode = 'check_violation';
  end if;
  select a.* into mine from staff_appointments a where a.id = context_setting('appointment')::uuid;
  select p.name into my_name from persons p where p.id = context_person();
  by_number := mine.role in ('inspector', 'police', 'tax');
  return query
    with found as materialized (
      select a.n, c.id as card, coalesce(c.number, a.number) as number, coalesce(c.state, 'unknown') as state,
        case c.state when 'blocked' then c.blocked_reason when 'suspended' then c.suspended_reason end as reason, c.person_id,
        c.business_id, c.order_line_id, c.holder_name, c.employer_name, c.organisation_number::text as organisation_number, c.card_type,
        c.issued_at, c.expires_at
      from unnest(numbers, births, tokens) with ordinality as a(number, born, token, n)
        left join lateral (
          select c.*, card_state(c, context_now()) as state from cards c
          where c.number = a.number and (c.birth_date = a.born or a.born is null and by_number)
          union all
          select c.*, card_state(c, context_now()) from cards c where c.token = a.token
          limit 1) c on true),
    recorded as (
      insert into check_records (id, checked_at, checked_by, checked_by_name, appointment_id, role, place, lines)
      select uuidv7(), context_now(), context_person(), my_name, mine.id, mine.role, mine.place, jsonb_agg(
        jsonb_build_object('number', f.number, 'verdict', f.state, 'reason', f.reason) order by f.n) from found f
      returning *),
    told as (
      insert into disclosures (at, subject_person_id, business_id, viewer_person_id, viewer_name, viewer_role, fields, occasion, shown_from)
      select distinct context_now(), f.person_id, f.business_id, context_person(), my_name, mine.role,
        case when alone then array['name', 'photo', 'conditions'] else array['name', 'conditions'] end, 'check',
        case when mine.role = 'inspector' and withheld_hours > 0 then context_now() + make_interval(hours => withheld_hours) end
      from found f where f.person_id is not null),
    -- Once, and not for each card.
    hashed as materialized (select r.id, check_record_hash(r) as hash from recorded r)
    select h.id, h.hash, f.card, f.number, f.state, f.reason, f.holder_name, f.employer_name, f.organisation_number, f.card_type,
      f.issued_at, f.expires_at, alone and exists (select from order_lines l join photos p on p.id = l.photo_id
        where l.id = f.order_line_id and p.deleted_at is null)
    from found f, hashed h order by f.n;
end $$;

-- The number of a card that the asker has looked up by itself, so lately.
create function own_check(record uuid, within interval) returns text
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select r.lines->0->>'number' from check_records r
  where context_is_checker() and r.id = record and r.checked_by = context_person()
    and r.appointment_id = context_setting('appointment')::uuid and r.checked_at > context_now() - within
    and jsonb_array_length(r.lines) = 1 and r.lines->0->>'verdict' <> 'unknown';
end;

-- The photo of a card that was looked up just now, as JPEG.
create function checked_photo(record uuid) returns bytea
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select p.image from cards c join order_lines l on l.id = c.order_line_id join photos p on p.id = l.photo_id
  where c.number = own_check(record, interval '10 minutes') and p.deleted_at is null;
end;

-- Whether a record is what the audit log says that it was.
create function check_record_stands(record uuid) returns boolean
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select exists (select from audit_entries e join check_records r on r.id = e.subject_id
    where e.subject_kind = 'check-record' and e.subject_id = record and e.action = 'cards.checked'
      and e.changes->>'recordHash' = check_record_hash(r));
end;

-- The number of the card of a look of the last hour that an inspector may take.
create function seizable_number(record uuid) returns text
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select c.number from cards c
  where context_is_staff('inspector') and c.number = own_check(record, interval '1 hour') and c.blocked_at is null;
end;

-- An inspector has taken it: it is blocked for good. No row where it was blocked before.
create function seize_card(record uuid) returns table (of_business uuid, of_person uuid, card_id uuid, card_number text,
  employer text, state_before text)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_staff('inspector') then raise exception 'for inspectors only' using errcode = 'check_violation'; end if;
  return query
    with taken as (
      select c.id, card_state(c, context_now()) as state from cards c
      where c.number = seizable_number(record) and c.blocked_at is null for update)
    update cards c set blocked_at = context_now(), blocked_reason = 'seized', blocked_by = context_person()
    from taken where c.id = taken.id
    returning c.business_id, c.person_id, c.id, c.number, c.employer_name, taken.state;
end $$;

-- Whether the asker, in this transaction, has seized a card of the business.
create function seized_now(business uuid) returns boolean
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select context_is_staff('inspector') and exists (select from cards c where c.business_id = business and c.blocked_reason = 'seized'
    and c.blocked_by = context_person() and c.blocked_at = context_now());
end;

-- Tasks only: takes away the oldest records of checks that were made before then.
create function delete_check_records(before timestamptz, most integer) returns table (record uuid, lines integer)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  return query
    delete from check_records r
    where r.id in (select o.id from check_records o where o.checked_at < before order by o.checked_at limit most)
    returning r.id, jsonb_array_length(r.lines);
end $$;

revoke execute on function context_open_staff, check_record_hash, check_cards, own_check, checked_photo, check_record_stands,
  seizable_number, seize_card, seized_now, delete_check_records from public;
grant execute on function context_open_staff, check_cards, checked_photo, check_record_stands, seizable_number, seize_card, seized_now,
  delete_check_records to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;

-- Whoever seizes a card has its business told of it, in the same transaction.
create policy caused_by_seizure on notices for insert to kortvakt_request with check (business_id is not null and seized_now(business_id));
