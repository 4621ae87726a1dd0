-- Logins, afterwards: from where a signal is not confirmed, which logins a denial leaves without force, and what is forgotten.

create index sessions_by_any_device on sessions (device_id);
create index signals_by_any_device on signals (device_id);
create index session_uses_by_time on session_uses (used_at);
create index devices_by_last_login on devices (last_seen_at);
create index sessions_denied on sessions (person_id, ended_at) where end_reason = 'denied';

-- What is left when a browser is forgotten does not keep it.
alter table sessions drop constraint sessions_device_id_fkey,
  add constraint sessions_device_id_fkey foreign key (device_id) references devices on delete set null;
alter table session_uses drop constraint session_uses_device_id_fkey,
  add constraint session_uses_device_id_fkey foreign key (device_id) references devices on delete set null;
alter table signals drop constraint signals_device_id_fkey,
  add constraint signals_device_id_fkey foreign key (device_id) references devices on delete set null;
grant delete on devices, session_uses, signals to kortvakt_context;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Whether a session of the asker's is one of those that a signal is about, or open in the browser of one, whosever login it
-- is: a signal that names no browser is about those in which the person acted for the business in the two days before.
create or replace function signal_is_of_browser(signal uuid, session uuid) returns boolean
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select exists (select from signals g join sessions s on s.id = session and s.person_id = context_person()
      left join devices own on own.id = s.device_id
    where g.id = signal and case
      when g.device_id is not null or g.kind = 'vendor-browser' then
        exists (select from devices about where about.id = g.device_id and about.device_hash = own.device_hash)
      else exists (select from session_uses u join sessions used on used.id = u.session_id
          left join devices about on about.id = u.device_id
        where u.business_id = g.business_id and u.person_id = g.person_id and u.used_at <= g.found_at
          and used.last_seen_at > g.found_at - interval '2 days' and (used.id = s.id or about.device_hash = own.device_hash))
      end);
end;

-- Whether a login of the person's was denied, by them or in a business that they act for, after this one: whose time is told
-- in whole seconds.
create function denied_since(id_hash sha256, login timestamptz) returns boolean
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select exists (select from persons p where p.national_id_hash = id_hash and (
    exists (select from sessions s where s.person_id = p.id and s.end_reason = 'denied' and s.ended_at >= login + interval '1 second')
    or exists (select from devices d where d.person_id = p.id and d.answer = 'denied' and d.answered_at >= login + interval '1 second')));
end;

-- Forgets which browsers were used, in which businesses, and what did not look right, when it was before this. The audit log
-- keeps what people answered.
create function forget_logins(before timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  delete from signals where found_at < before;
  delete from session_uses where used_at < before;
  delete from devices d where d.last_seen_at < before
    and not exists (select from sessions s where s.device_id = d.id and s.ended_at is null and s.absolute_end > context_now());
end $$;

revoke execute on function denied_since, forget_logins from public;
grant execute on function denied_since, forget_logins to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
