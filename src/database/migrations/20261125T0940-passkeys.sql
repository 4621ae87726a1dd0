-- Passkeys (WebAuthn): a person's own keys, which a business can require for granting access and changing contact details.

create table passkeys (
  id uuid primary key default uuidv7(),
  person_id uuid not null references persons,
  credential_id bytea not null unique check (octet_length(credential_id) between 1 and 1023),
  public_key bytea not null,                    -- COSE
  counter bigint not null check (counter >= 0),
  transports text[] not null default '{}',
  name text not null check (length(name) between 1 and 60),
  added_at timestamptz not null,
  counts_from timestamptz not null,             -- later than added where no other passkey of the person vouched for it
  last_used_at timestamptz,
  check (counts_from >= added_at)
);
create index passkeys_of_person on passkeys (person_id);

-- What a browser is asked to sign: one at a time for each purpose in a session, used once.
create table passkey_challenges (
  id uuid primary key default uuidv7(),
  session_id uuid not null references sessions,
  purpose text not null check (purpose in ('add', 'use')),
  challenge text not null,
  made_at timestamptz not null,
  unique (session_id, purpose)
);

-- When a business requires passkeys, and who said so.
create table passkey_requirements (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  required_at timestamptz not null,
  required_by uuid not null references persons,
  required_by_name text not null,
  ended_at timestamptz,
  ended_by uuid references persons,
  ended_by_name text,
  check (num_nulls(ended_at, ended_by, ended_by_name) in (0, 3)),
  check (ended_at >= required_at)
);
create unique index passkey_required on passkey_requirements (business_id) where ended_at is null;

alter table sessions
  add column passkey_id uuid references passkeys on delete set null,
  add column passkey_at timestamptz;            -- when it was last used in this session
create index sessions_by_passkey on sessions (passkey_id) where passkey_id is not null;

-- Row-level security -----------------------------------------------------------------------------------------------------

do $$
declare
  t text;
begin
  foreach t in array array['passkeys', 'passkey_challenges', 'passkey_requirements'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy resolves on %I to kortvakt_context using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to kortvakt_context', t);
  end loop;
end $$;

-- Written through the functions below alone.
grant select on passkeys, passkey_requirements to kortvakt_request;
create policy oneself on passkeys for select to kortvakt_request using (person_id = context_person());
create policy own_business on passkey_requirements for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side());

-- Context --------------------------------------------------------------------------------------------------------------

-- Whether nothing more than a login is needed here, or a passkey was used in this session in the last five minutes.
create function context_passkey_holds() returns boolean language sql stable parallel safe
  return current_setting('kortvakt.passkey', true) is distinct from 'missing';
revoke execute on function context_passkey_holds from public;
grant execute on function context_passkey_holds to kortvakt_request, kortvakt_context;

create or replace function context_is_fresh() returns boolean language sql stable parallel safe
  return coalesce(context_passkey_holds() and current_setting('kortvakt.acr', true) = 'high'
    and nullif(current_setting('kortvakt.auth_time', true), '')::timestamptz between context_now() - interval '5 minutes' and context_now(), false)
    and not context_is_held();

create policy passkey_held on mandates as restrictive for insert to kortvakt_request with check (context_passkey_holds());
create policy passkey_held on freezes as restrictive for update to kortvakt_request using (context_passkey_holds());

create function guard_contact_passkey() returns trigger language plpgsql as $$
begin
  if not context_passkey_holds() then
    raise exception 'contact details are changed with a passkey here' using errcode = 'check_violation', constraint = 'passkey_held';
  end if;
  return new;
end $$;
create trigger guard_passkey before update on contact_details for each row
  when ((old.email, old.mobile, old.address_lines, old.postal_code, old.city, old.responsible, old.language)
    is distinct from (new.email, new.mobile, new.address_lines, new.postal_code, new.city, new.responsible, new.language))
  execute function guard_contact_passkey();
revoke execute on function guard_contact_passkey from public;

-- Functions ------------------------------------------------------------------------------------------------------------

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- As before, and whether the business requires a passkey and this session has used one that counts: one that was there when
-- the requirement began, or whose wait is over.
alter function context_open(sha256, text, text, boolean) rename to context_open_session;
revoke execute on function context_open_session from kortvakt_request;
create function context_open(token sha256, business_number text, vendor_number text, writing boolean) returns jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  facts jsonb := context_open_session(token, business_number, vendor_number, writing);
  since timestamptz;
  found text := '';
begin
  select r.required_at into since from passkey_requirements r where r.business_id = context_business() and r.ended_at is null;
  if since is not null then
    found := case when exists (select from sessions s join passkeys p on p.id = s.passkey_id and p.person_id = s.person_id
      where s.id = (facts->'session'->>'id')::uuid
        and s.passkey_at between context_now() - interval '5 minutes' and context_now()
        and (p.counts_from <= context_now() or p.added_at <= since)) then 'held' else 'missing' end;
    facts := facts || jsonb_build_object('passkey', found);
  end if;
  perform set_config('kortvakt.passkey', found, true);
  return facts;
end $$;

-- Keeps what a browser of this session is asked to sign, instead of what it was asked before.
create function passkey_challenge_create(session uuid, wanted text, made text) returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  insert into passkey_challenges (session_id, purpose, challenge, made_at)
  select s.id, wanted, made, clock_now() from sessions s where s.id = session and s.person_id = context_person()
  on conflict (session_id, purpose) do update set challenge = excluded.challenge, made_at = excluded.made_at;
end $$;

-- Takes it, so that an answer works once; null where there is none, or it is older than five minutes.
create function passkey_challenge_take(session uuid, wanted text) returns text
language sql volatile security definer set search_path = public, pg_temp
begin atomic
  with taken as (
    delete from passkey_challenges c using sessions s where c.session_id = session and c.purpose = wanted and s.id = c.session_id
      and s.person_id = context_person() returning c.challenge, c.made_at)
  select t.challenge from taken t where t.made_at >= clock_now() - interval '5 minutes';
end;

-- A new passkey of whoever has just logged in at the high level. It counts at once where another of the person's has just
-- been used in this session, and otherwise a day later, so that the person can stop one that somebody else had added.
-- Null where the key is known already.
create function passkey_add(session uuid, credential bytea, key bytea, uses bigint, ways text[], called text) returns uuid
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  vouched boolean := exists (select from sessions s join passkeys p on p.id = s.passkey_id
    where s.id = session and s.person_id = context_person() and p.person_id = s.person_id and p.counts_from <= context_now()
      and s.passkey_at between context_now() - interval '5 minutes' and context_now());
  added uuid;
begin
  if not context_is_fresh() then
    raise exception 'a passkey is added after a login at the high level' using errcode = 'check_violation', constraint = 'fresh_login';
  end if;
  insert into passkeys (person_id, credential_id, public_key, counter, transports, name, added_at, counts_from)
  values (context_person(), credential, key, uses, ways, called, context_now(),
    context_now() + case when vouched then interval '0' else interval '1 day' end)
  on conflict (credential_id) do nothing returning id into added;
  return added;
end $$;

-- Notes that a passkey of the person's was used in this session; false for one that is not, or whose counter did not move on.
create function passkey_use(session uuid, used uuid, uses bigint) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  update passkeys set counter = uses, last_used_at = context_now()
  where id = used and person_id = context_person() and (uses > counter or (uses = 0 and counter = 0));
  if not found then return false; end if;
  update sessions set passkey_id = used, passkey_at = context_now()
  where id = session and person_id = context_person() and ended_at is null;
  return found;
end $$;

create function passkey_remove(removed uuid) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  delete from passkeys where id = removed and person_id = context_person();
  return found;
end $$;

-- Begins or ends the requirement: an officer who has just logged in at the high level and used a passkey. Where it is
-- required already, only one that counts will do. False where it was so already.
create function passkey_require(session uuid, wanted boolean) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  who text := (select p.name from persons p where p.id = context_person());
begin
  if not context_is_officer() or not context_is_fresh() or not exists (select from sessions s
      where s.id = session and s.person_id = context_person() and s.passkey_id is not null
        and s.passkey_at between context_now() - interval '5 minutes' and context_now()) then
    raise exception 'an officer decides with a passkey' using errcode = 'check_violation', constraint = 'passkey_held';
  end if;
  if wanted then
    insert into passkey_requirements (business_id, required_at, required_by, required_by_name)
    values (context_business(), context_now(), context_person(), who)
    on conflict (business_id) where ended_at is null do nothing;
  else
    update passkey_requirements set ended_at = context_now(), ended_by = context_person(), ended_by_name = who
    where business_id = context_business() and ended_at is null;
  end if;
  return found;
end $$;

revoke execute on function context_open, passkey_challenge_create, passkey_challenge_take, passkey_add, passkey_use,
  passkey_remove, passkey_require from public;
grant execute on function context_open, passkey_challenge_create, passkey_challenge_take, passkey_add, passkey_use,
  passkey_remove, passkey_require to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
