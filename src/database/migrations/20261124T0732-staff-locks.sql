-- What staff do waits and is waited for like everyone's: a writing action holds its session and its appointment, in this order,
-- and whatever ends one of the two waits for it. (See 20261124T0702-locks.sql; an appointment comes after a mandate.)

grant create on schema public to kortvakt_context;
set role kortvakt_context;
-- As before; with `writing` the session and the appointment are held and then read.
create or replace function context_open_staff(token sha256, wanted text, writing boolean) returns jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  at timestamptz := clock_now();
  session sessions;
  person persons;
  found staff_appointments;
  capacity text := 'signed-in';
begin
  perform context_clear(at, 'anonymous'), set_config('kortvakt.staff', '', true);
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
    where a.accepted_by = person.id and a.role = wanted and a.approved_at is not null
    order by a.ended_at is not null, a.ends_at desc, a.id desc limit 1;
    exit when found.id is null or not writing or i = 2;
    perform hold_access('appointment', array[found.id]);
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
reset role;

create function lock_appointment() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform lock_access('appointment', array[new.id]);
  return null;
end $$;
create trigger lock_access after update of ended_at on staff_appointments for each row
  when (old.ended_at is distinct from new.ended_at) execute function lock_appointment();
revoke execute on function lock_appointment from public;
alter function lock_appointment owner to kortvakt_context;
revoke create on schema public from kortvakt_context;
