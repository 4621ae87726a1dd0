-- Two look-ups that a request needs before it has a context: by a secret, and by a keyed hash.

-- Who a browser's cookie stands for; nothing when the session has ended, idled out or run out.
create function session_read(token sha256) returns table (person_id uuid, name text, acr text, auth_time timestamptz)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select p.id, p.name, s.acr, s.auth_time from sessions s join persons p on p.id = s.person_id
  where s.token_hash = token and s.ended_at is null and s.absolute_end > clock_now() and s.last_seen_at + s.idle > clock_now();
end;

-- The name that the registers gave a person, for a login while they do not answer.
create function person_known_name(id_hash sha256) returns text
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select name from persons where national_id_hash = id_hash;
end;

-- The businesses whose registered roles name the person: they are read anew after a login.
create function businesses_of_officer(id_hash sha256) returns setof text
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select distinct b.organisation_number::text from officers o join businesses b on b.id = o.business_id
    join persons p on p.id = o.person_id where p.national_id_hash = id_hash and o.ended_at is null;
end;

grant create on schema public to kortvakt_context;
revoke execute on function session_read, person_known_name, businesses_of_officer from public;
alter function session_read owner to kortvakt_context;
alter function person_known_name owner to kortvakt_context;
alter function businesses_of_officer owner to kortvakt_context;
revoke create on schema public from kortvakt_context;
set role kortvakt_context;
grant execute on function session_read, person_known_name, businesses_of_officer to kortvakt_request;
reset role;
