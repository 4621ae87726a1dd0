-- A person may want what is neither security nor the authority's told once a day, at an hour that they choose.

alter table notice_wishes add column digest_hour smallint check (digest_hour between 0 and 23);  -- Oslo; null: one by one, at once

-- What waits for a person's digest, and which one it stood in.
create table notice_digests (
  id uuid primary key default uuidv7(),
  person_id uuid not null references persons,
  notice_id uuid not null references notices,
  language text not null,
  due_at timestamptz not null,
  digest_id uuid references notices,
  unique (person_id, notice_id)
);
create index notice_digests_due on notice_digests (due_at) where digest_id is null;
create index notice_digests_waiting on notice_digests (person_id) where digest_id is null;
alter table notice_digests enable row level security;
alter table notice_digests force row level security;
grant select, insert on notice_digests to kortvakt_request;
grant update (digest_id) on notice_digests to kortvakt_request;
create policy job on notice_digests to kortvakt_request using (context_is_job()) with check (context_is_job());

grant create on schema public to kortvakt_context;
set role kortvakt_context;
drop function notice_wish, notice_wishes_of;

-- Keeps what the person of the context wants.
create function notice_wish(wanted_off text[], wanted_channel text, wanted_hour integer) returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if context_person() is null then raise exception 'for a person who is logged in' using errcode = 'insufficient_privilege'; end if;
  insert into notice_wishes as w (person_id, switched_off, channel, digest_hour, changed_at)
  values (context_person(), wanted_off, wanted_channel, wanted_hour, context_now())
  on conflict (person_id) do update set switched_off = excluded.switched_off, channel = excluded.channel,
    digest_hour = excluded.digest_hour, changed_at = excluded.changed_at;
end $$;

-- What the people with these hashes of their numbers want, where they have said so. Jobs only.
create function notice_wishes_of(hashes bytea[]) returns table (
  national_id_hash bytea, person_id uuid, switched_off text[], channel text, digest_hour smallint)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  return query select p.national_id_hash::bytea, p.id, w.switched_off, w.channel, w.digest_hour
    from persons p join notice_wishes w on w.person_id = p.id where p.national_id_hash = any (hashes);
end $$;
revoke execute on function notice_wish, notice_wishes_of from public;
grant execute on function notice_wish, notice_wishes_of to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
