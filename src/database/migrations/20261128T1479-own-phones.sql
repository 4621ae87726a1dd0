-- A worker's own mobile, set by themselves alone, opens the state of their cards and the report of one as gone, by a link and a code
-- in a text message: for whoever stands without a login at night. It is an own address of a purpose of its own: nothing else is sent
-- there, and what else a person gave as theirs opens nothing.

alter table own_addresses
  drop constraint own_addresses_channel_check,
  add constraint own_addresses_channel_check check (channel in ('email', 'sms', 'cards')),   -- cards: a number that opens their state
  add column last_used_at timestamptz,           -- of one that opens cards
  add column taken_at timestamptz;               -- when somebody else proved that number; nothing is kept of it, or of whose it is now
grant select (taken_at) on own_addresses to kortvakt_request;
-- A number is one person's: whoever proved it last.
create unique index own_addresses_of_cards on own_addresses (address) where channel = 'cards' and address is not null;

create table phone_links (
  id uuid primary key default uuidv7(),
  address_id uuid not null references own_addresses on delete cascade,
  person_id uuid not null references persons,
  secret_hash sha256 not null unique,
  code sha256 not null,
  tries integer not null default 0 check (tries between 0 and 10),
  made_at timestamptz not null,
  expires_at timestamptz not null,
  opened_at timestamptz,                         -- then the link is used up, and this opens:
  session_hash sha256 unique,
  session_ends_at timestamptz,
  check (num_nulls(opened_at, session_hash, session_ends_at) in (0, 3))
);
create index phone_links_by_address on phone_links (address_id, made_at);
alter table phone_links enable row level security;
alter table phone_links force row level security;
create policy resolves on phone_links to kortvakt_context using (true) with check (true);
grant select, insert, update, delete on phone_links to kortvakt_context;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- As before. For a number that opens cards any login of the last five minutes is enough, since it opens less than that login does.
create or replace function own_address_ask(wanted_channel text, wanted text, wanted_code sha256, lasts interval) returns text
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if context_person() is null or not (context_is_fresh() or wanted_channel = 'cards'
      and coalesce(context_setting('auth_time')::timestamptz between context_now() - interval '5 minutes' and context_now(), false)) then
    return 'step-up';
  end if;
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

-- As before. A number that opens cards is nobody else's from then on, and no link that was sent to the one before opens anything. Whoever
-- loses it keeps when that was, of the number nothing.
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

-- As before, with what a number that opens cards has opened.
create or replace function own_address_forget(wanted_channel text) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  delete from phone_links l using own_addresses a
  where l.address_id = a.id and a.person_id = context_person() and a.channel = wanted_channel;
  update own_addresses a set address = null, confirmed_at = null, asked = null, code = null, code_expires_at = null, tries = 0,
    last_used_at = null
  where a.person_id = context_person() and a.channel = wanted_channel and (a.address is not null or a.asked is not null);
  return found;
end $$;

-- As before, and never at a number that was given for the cards alone.
create or replace function own_addresses_of(hashes bytea[]) returns table (national_id_hash bytea, channel text, address text)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  return query select p.national_id_hash::bytea, o.channel, o.address from persons p join own_addresses o on o.person_id = p.id
    where p.national_id_hash = any (hashes) and o.channel <> 'cards' and o.address is not null and not address_is_a_business(o.address);
end $$;

-- A link to a number that somebody has typed: false where nobody has set it, where it has become a business's, or after three an hour
-- or ten a day. A task's alone, so that whoever typed it can tell nothing from the answer.
create function make_phone_link(number text, secret sha256, link_code sha256, lasts interval) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  o own_addresses;
begin
  if not context_is_job() then raise exception 'for a task only' using errcode = 'insufficient_privilege'; end if;
  select * into o from own_addresses a where a.channel = 'cards' and a.address = number for update;
  if not found or address_is_a_business(number) then return false; end if;
  if (select count(*) from phone_links l where l.address_id = o.id and l.made_at > context_now() - interval '1 hour') >= 3
    or (select count(*) from phone_links l where l.address_id = o.id and l.made_at > context_now() - interval '24 hours') >= 10 then
    return false;
  end if;
  insert into phone_links (address_id, person_id, secret_hash, code, made_at, expires_at)
  values (o.id, o.person_id, secret, link_code, context_now(), context_now() + lasts);
  return true;
end $$;

-- How a link stands: `open`, `used`, `expired`, `spent` after ten wrong codes, or `unknown`. Changes nothing: telephones follow links.
create function phone_link_state(secret sha256) returns text
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select coalesce((select case when l.opened_at is not null then 'used' when l.tries >= 10 then 'spent'
    when l.expires_at <= context_now() then 'expired' else 'open' end from phone_links l where l.secret_hash = secret), 'unknown');
end;

-- Tries the code of a link: `opened`, which uses it up, `wrong`, or how the link stands.
create function open_phone_link(secret sha256, given sha256, session sha256, lasts interval) returns table (outcome text, link uuid)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  l phone_links;
  stands text;
begin
  select * into l from phone_links p where p.secret_hash = secret for update;
  stands := phone_link_state(secret);
  if stands <> 'open' then return query select stands, l.id; return; end if;
  if given is distinct from l.code then
    update phone_links p set tries = p.tries + 1 where p.id = l.id;
    return query select case when l.tries >= 9 then 'spent' else 'wrong' end, l.id; return;
  end if;
  update phone_links p set opened_at = context_now(), session_hash = session, session_ends_at = context_now() + lasts where p.id = l.id;
  update own_addresses a set last_used_at = context_now() where a.id = l.address_id;
  return query select 'opened', l.id;
end $$;

-- Whose cards such a session opens; null for one that has ended.
create function person_of_phone(session sha256) returns uuid
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select l.person_id from phone_links l where l.session_hash = session and l.session_ends_at > context_now();
end;

-- All that it opens: which state each card is in, of which employer and kind. The first row tells until when, also where there is no card.
create function phone_cards(session sha256)
returns table (ends_at timestamptz, id uuid, state text, employer_name text, card_type text)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select l.session_ends_at, c.id, card_state(c, context_now()), c.employer_name, c.card_type
  from phone_links l left join cards c on c.person_id = l.person_id
  where l.session_hash = session and l.session_ends_at > context_now()
  order by c.blocked_at is not null or c.expires_at <= context_now(), c.id desc;
end;

-- And that the worker reports one lost or stolen, as `report_own_card` does. No row where it is another's, or blocked before.
create function report_card_by_phone(session sha256, card uuid, reason text) returns table (of_business uuid, state_before text)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  holder uuid := person_of_phone(session);
begin
  if reason not in ('lost', 'stolen') then
    raise exception 'a worker reports a card of their own lost or stolen' using errcode = 'check_violation';
  end if;
  return query
    with gone as (
      select c.id, card_state(c, context_now()) as state from cards c
      where c.id = card and c.person_id = holder and c.blocked_at is null for update)
    update cards c set blocked_at = context_now(), blocked_reason = reason, blocked_by = holder
    from gone where c.id = gone.id
    returning c.business_id, gone.state;
end $$;

-- What is told of such a report, by a task.
create function card_reported_by_phone(card uuid)
returns table (number text, employer_name text, business_id uuid, unit_id uuid, person_id uuid, person_name text)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for a task only' using errcode = 'insufficient_privilege'; end if;
  return query select c.number, c.employer_name, c.business_id, c.unit_id, p.id, p.name
    from cards c join persons p on p.id = c.person_id where c.id = card and c.blocked_by = c.person_id;
end $$;

-- Ends such a session; false where it had ended.
create function end_phone_session(session sha256) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  update phone_links l set session_ends_at = context_now() where l.session_hash = session and l.session_ends_at > context_now();
  return found;
end $$;

-- Forgets numbers that have opened nothing for so long, since they may be somebody else's by now, what tells of numbers that were taken
-- so long ago, and links of days ago; how many numbers.
create function forget_phones(unused interval) returns integer
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

revoke execute on function make_phone_link, phone_link_state, open_phone_link, person_of_phone, phone_cards, report_card_by_phone,
  card_reported_by_phone, end_phone_session, forget_phones from public;
grant execute on function make_phone_link, phone_link_state, open_phone_link, phone_cards, report_card_by_phone, card_reported_by_phone,
  end_phone_session, forget_phones to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
