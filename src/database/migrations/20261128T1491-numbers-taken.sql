-- Whoever loses the number that opens their cards, since somebody else proved it, sees that it is gone: until they set another, or
-- for as long as a number is kept unused. Nothing is kept of the number, or of who has it now.

alter table own_addresses add column taken_at timestamptz;
grant select (taken_at) on own_addresses to kortvakt_request;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- As before, but that the one before keeps when their number was taken, of it nothing.
create or replace function own_address_prove(wanted_channel text, given sha256) returns text
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  o own_addresses;
  loser uuid;
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
  if wanted_channel = 'cards' then
    for loser in update own_addresses a set address = null, confirmed_at = null, last_used_at = null, taken_at = context_now()
        where a.channel = 'cards' and a.address = o.asked and a.id <> o.id returning a.id loop
      delete from phone_links l where l.address_id = loser;
    end loop;
    delete from phone_links l where l.address_id = o.id;
  end if;
  update own_addresses a set address = a.asked, confirmed_at = context_now(), asked = null, code = null, code_expires_at = null, tries = 0,
    last_used_at = null, taken_at = null
  where a.id = o.id;
  return 'proved';
end $$;

-- As before, with what tells of numbers that were taken so long ago.
create or replace function forget_phones(unused interval) returns integer
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  gone integer;
begin
  if not context_is_job() then raise exception 'for a task only' using errcode = 'insufficient_privilege'; end if;
  delete from phone_links l where greatest(l.expires_at, l.session_ends_at) < context_now() - interval '2 days';
  delete from own_addresses a where a.channel = 'cards' and a.address is not null
    and coalesce(a.last_used_at, a.confirmed_at) < context_now() - unused;
  get diagnostics gone = row_count;
  delete from own_addresses a where a.channel = 'cards' and a.address is null and a.taken_at < context_now() - unused;
  return gone;
end $$;

reset role;
revoke create on schema public from kortvakt_context;
