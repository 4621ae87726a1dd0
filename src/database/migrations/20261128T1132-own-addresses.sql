-- A person's own e-mail address and number, proved with a code: for notices where the contact register has none of theirs, or does
-- not answer. Never one that is a business's.
create table own_addresses (
  id uuid primary key default uuidv7(),
  person_id uuid not null references persons,
  channel text not null check (channel in ('email', 'sms')),
  address text,
  confirmed_at timestamptz,
  asked text,                                    -- to be proved, and then held
  code sha256,
  tries integer not null default 0 check (tries between 0 and 10),
  code_expires_at timestamptz,
  unique (person_id, channel),
  check ((address is null) = (confirmed_at is null)),
  check ((asked is null) = (code is null) and (asked is null) = (code_expires_at is null))
);
alter table own_addresses enable row level security;
alter table own_addresses force row level security;
create policy oneself on own_addresses for select to kortvakt_request using (person_id = context_person());
create policy resolves on own_addresses to kortvakt_context using (true) with check (true);
-- Without the code. Written through the functions below alone.
grant select (id, person_id, channel, address, confirmed_at, asked, code_expires_at) on own_addresses to kortvakt_request;
grant select, insert, update, delete on own_addresses to kortvakt_context;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Whether a business, a vendor among them, has its messages there, or is about to.
create function address_is_a_business(wanted text) returns boolean
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select exists (select from contact_details d where lower(d.email) = lower(wanted) or d.mobile = wanted)
    or exists (select from contact_moves m where m.state in ('waiting', 'paused')
      and (lower(m.after ->> 'email') = lower(wanted) or m.after ->> 'mobile' = wanted))
    or exists (select from official_addresses o, jsonb_array_elements(o.addresses) a
      where lower(a ->> 'email') = lower(wanted) or a ->> 'mobile' = wanted);
end;

-- Asks for a code for an address of one's own: `asked`, `step-up`, `borrowed-browser` where people of a vendor have used it, or
-- `of-a-business`.
create function own_address_ask(wanted_channel text, wanted text, wanted_code sha256, lasts interval) returns text
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if context_person() is null or not context_is_fresh() then return 'step-up'; end if;
  if vendor_of_browser(context_setting('session')::uuid, '00000000-0000-0000-0000-000000000000') is not null then
    return 'borrowed-browser';
  end if;
  if address_is_a_business(wanted) then return 'of-a-business'; end if;
  insert into own_addresses as o (person_id, channel, asked, code, code_expires_at)
  values (context_person(), wanted_channel, wanted, wanted_code, context_now() + lasts)
  on conflict (person_id, channel) do update set asked = excluded.asked, code = excluded.code, tries = 0,
    code_expires_at = excluded.code_expires_at;
  return 'asked';
end $$;

-- Tries the code: `proved`, `wrong`, `spent` after ten tries, `expired`, or `unknown` where nothing was asked.
create function own_address_prove(wanted_channel text, given sha256) returns text
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  o own_addresses;
begin
  select * into o from own_addresses a where a.person_id = context_person() and a.channel = wanted_channel and a.asked is not null
  for update;
  if not found then return 'unknown'; end if;
  if context_now() > o.code_expires_at then return 'expired'; end if;
  if given is distinct from o.code then
    update own_addresses a set tries = a.tries + 1, asked = case when a.tries < 9 then a.asked end,
      code = case when a.tries < 9 then a.code end, code_expires_at = case when a.tries < 9 then a.code_expires_at end
    where a.id = o.id;
    return case when o.tries >= 9 then 'spent' else 'wrong' end;
  end if;
  update own_addresses a set address = a.asked, confirmed_at = context_now(), asked = null, code = null, code_expires_at = null, tries = 0
  where a.id = o.id;
  return 'proved';
end $$;

-- Forgets an address of one's own; false where there was none.
create function own_address_forget(wanted_channel text) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  delete from own_addresses a where a.person_id = context_person() and a.channel = wanted_channel;
  return found;
end $$;

-- The addresses of the people with these hashes of their numbers, those alone that are no business's by now. Jobs only.
create function own_addresses_of(hashes bytea[]) returns table (national_id_hash bytea, channel text, address text)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  return query select p.national_id_hash::bytea, o.channel, o.address from persons p join own_addresses o on o.person_id = p.id
    where p.national_id_hash = any (hashes) and o.address is not null and not address_is_a_business(o.address);
end $$;

revoke execute on function address_is_a_business, own_address_ask, own_address_prove, own_address_forget, own_addresses_of from public;
grant execute on function own_address_ask, own_address_prove, own_address_forget, own_addresses_of to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
