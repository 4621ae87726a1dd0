-- What a person wants to be told at their own address, and how. What is about security is told whatever stands here.
create table notice_wishes (
  id uuid primary key default uuidv7(),
  person_id uuid not null unique references persons,
  switched_off text[] not null check (switched_off <@ array['orders', 'cards', 'photos', 'invoices']),
  channel text not null check (channel in ('both', 'email', 'sms')),
  changed_at timestamptz not null
);
alter table notice_wishes enable row level security;
alter table notice_wishes force row level security;
create policy oneself on notice_wishes for select to kortvakt_request using (person_id = context_person());
create policy resolves on notice_wishes to kortvakt_context using (true) with check (true);
grant select on notice_wishes to kortvakt_request;
grant select, insert, update on notice_wishes to kortvakt_context;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Keeps what the person of the context wants.
create function notice_wish(wanted_off text[], wanted_channel text) returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if context_person() is null then raise exception 'for a person who is logged in' using errcode = 'insufficient_privilege'; end if;
  insert into notice_wishes as w (person_id, switched_off, channel, changed_at)
  values (context_person(), wanted_off, wanted_channel, context_now())
  on conflict (person_id) do update set switched_off = excluded.switched_off, channel = excluded.channel, changed_at = excluded.changed_at;
end $$;
revoke execute on function notice_wish from public;
grant execute on function notice_wish to kortvakt_request;

-- What the people with these hashes of their numbers want, where they have said so. Jobs only.
create function notice_wishes_of(hashes bytea[]) returns table (national_id_hash bytea, switched_off text[], channel text)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  return query select p.national_id_hash::bytea, w.switched_off, w.channel from persons p join notice_wishes w on w.person_id = p.id
    where p.national_id_hash = any (hashes);
end $$;
revoke execute on function notice_wishes_of from public;
grant execute on function notice_wishes_of to kortvakt_request;

reset role;
revoke create on schema public from kortvakt_context;
