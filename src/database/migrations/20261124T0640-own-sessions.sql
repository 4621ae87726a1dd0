-- A person ends their other sessions, in whatever browser they are open: one of them may be somebody else's work.

create function sessions_end_others(token sha256) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  own sessions;
  ended integer;
begin
  select s.* into own from sessions s where s.token_hash = token and s.ended_at is null
    and s.absolute_end > clock_now() and s.last_seen_at + s.idle > clock_now();
  update sessions set ended_at = clock_now(), end_reason = 'ended-by-person'
  where person_id = own.person_id and id <> own.id and ended_at is null;
  get diagnostics ended = row_count;
  return ended;
end $$;

grant create on schema public to kortvakt_context;
revoke execute on function sessions_end_others from public;
alter function sessions_end_others owner to kortvakt_context;
revoke create on schema public from kortvakt_context;
set role kortvakt_context;
grant execute on function sessions_end_others to kortvakt_request;
reset role;
