-- Codes go to addresses that nobody has proved yet, so that whoever asks for them could have strangers written to without end, or
-- guess at a stranger's code: five in 24 hours to a person and channel, also where the address is forgotten in between.

alter table own_addresses add column asks timestamptz[] not null default '{}';   -- the last five times, the latest first

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- As before, and `too-often` after five in 24 hours.
create or replace function own_address_ask(wanted_channel text, wanted text, wanted_code sha256, lasts interval) returns text
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if context_person() is null or not context_is_fresh() then return 'step-up'; end if;
  if vendor_of_browser(context_setting('session')::uuid, '00000000-0000-0000-0000-000000000000') is not null then
    return 'borrowed-browser';
  end if;
  if address_is_a_business(wanted) then return 'of-a-business'; end if;
  insert into own_addresses as o (person_id, channel, asked, code, code_expires_at, asks)
  values (context_person(), wanted_channel, wanted, wanted_code, context_now() + lasts, array[context_now()])
  on conflict (person_id, channel) do update set asked = excluded.asked, code = excluded.code, tries = 0,
    code_expires_at = excluded.code_expires_at, asks = (excluded.asks || o.asks)[1:5]
  where o.asks[5] is null or o.asks[5] <= context_now() - interval '24 hours';
  return case when found then 'asked' else 'too-often' end;
end $$;

-- Forgets an address of one's own; false where there was none. How often codes were asked for stays.
create or replace function own_address_forget(wanted_channel text) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  update own_addresses a set address = null, confirmed_at = null, asked = null, code = null, code_expires_at = null, tries = 0
  where a.person_id = context_person() and a.channel = wanted_channel and (a.address is not null or a.asked is not null);
  return found;
end $$;

reset role;
revoke create on schema public from kortvakt_context;
