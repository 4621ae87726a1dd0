-- What is done for a business in a browser that somebody of a vendor has used waits until the person has confirmed, from their
-- own address in the contact register and in another browser, that it is they who sit there: a lent eID passes a step-up.

create table browser_clearances (
  id uuid primary key default uuidv7(),
  session_id uuid not null references sessions,
  person_id uuid not null references persons,
  business_id uuid not null references businesses,
  vendor_id uuid not null references businesses,   -- one of those that have used the browser
  token_hash sha256 not null unique,
  asked_at timestamptz not null,
  expires_at timestamptz not null,
  confirmed_at timestamptz,
  confirmed_in uuid references sessions,
  check ((confirmed_at is null) = (confirmed_in is null)),
  unique (session_id, business_id)
);
create index browser_clearances_by_end on browser_clearances (expires_at);
alter table browser_clearances enable row level security;
alter table browser_clearances force row level security;
create policy resolves on browser_clearances to kortvakt_context using (true) with check (true);
grant select, insert, update, delete on browser_clearances to kortvakt_context;

-- A form that is kept waits as long as the link does, and ten minutes more.
alter table drafts add column held_until timestamptz;
create policy holds on drafts to kortvakt_context using (true) with check (true);
grant select, update (held_until) on drafts to kortvakt_context;

-- Set by `context_open` alone: the name of a vendor, where what needs a fresh login has to wait.
create function context_is_held() returns boolean language sql stable parallel safe
  return nullif(current_setting('kortvakt.held_for', true), '') is not null;
create or replace function context_is_fresh() returns boolean language sql stable parallel safe
  return coalesce(current_setting('kortvakt.acr', true) = 'high'
    and nullif(current_setting('kortvakt.auth_time', true), '')::timestamptz between context_now() - interval '5 minutes' and context_now(), false)
    and nullif(current_setting('kortvakt.held_for', true), '') is null;
revoke execute on function context_is_held from public;
grant execute on function context_is_held to kortvakt_request, kortvakt_context;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- A vendor, other than the business, of which somebody else has logged in from the browser that the session is open in: one
-- with a mandate here before others. A first mandate may be what the vendor is after, so that it needs none.
create function vendor_of_browser(session uuid, business uuid) returns uuid
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select v.id from sessions s join devices own on own.id = s.device_id
    join devices other on other.device_hash = own.device_hash and other.person_id <> s.person_id
    cross join lateral unnest(vendors_of_person(other.person_id, clock_now())) theirs(vendor_id)
    join businesses v on v.id = theirs.vendor_id
  where s.id = session and v.id <> business
  order by exists (select from mandates m where m.business_id = business and m.vendor_id = v.id and m.holder = 'vendor'
    and m.ended_at is null and m.ends_at > clock_now()) desc, v.id
  limit 1;
end;

-- As before, and whether what is done for the business itself has to wait.
alter function context_open(sha256, text, text, boolean) rename to context_resolve;
create function context_open(token sha256, business_number text, vendor_number text, writing boolean) returns jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  facts jsonb := context_resolve(token, business_number, vendor_number, writing);
  session uuid := (facts->'session'->>'id')::uuid;
  business uuid := (facts->'business'->>'id')::uuid;
  held_for text;
begin
  perform set_config('kortvakt.session', coalesce(session::text, ''), true), set_config('kortvakt.held_for', '', true);
  if facts->>'capacity' not in ('officer', 'person') then return facts; end if;
  held_for := (select v.name from businesses v where v.id = vendor_of_browser(session, business));
  if held_for is null or exists (select from browser_clearances c where c.session_id = session and c.business_id = business
    and c.confirmed_at > clock_now() - interval '30 minutes') then return facts; end if;
  perform set_config('kortvakt.held_for', held_for, true);
  return jsonb_set(facts, '{session,heldFor}', to_jsonb(held_for));
end $$;

-- Asks for a confirmation for the session and business of the context, good for half an hour, and keeps the person's forms
-- that long. Not anew within two minutes (`asked` false): a letter takes its time. Null where nothing waits.
create function clearance_ask(token sha256) returns table (asked boolean, id uuid, expires_at timestamptz)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  session uuid := context_setting('session')::uuid;
  given browser_clearances;
begin
  if not context_is_held() then return; end if;
  perform pg_advisory_xact_lock(hashtextextended('clearance:' || session::text, 0));
  select c.* into given from browser_clearances c where c.session_id = session and c.business_id = context_business()
    and c.confirmed_at is null and c.asked_at > context_now() - interval '2 minutes';
  if given.id is not null then return query select false, given.id, given.expires_at; return; end if;
  insert into browser_clearances as c (session_id, person_id, business_id, vendor_id, token_hash, asked_at, expires_at)
  values (session, context_person(), context_business(), vendor_of_browser(session, context_business()), token, context_now(),
    context_now() + interval '30 minutes')
  on conflict (session_id, business_id) do update set id = excluded.id, vendor_id = excluded.vendor_id,
    token_hash = excluded.token_hash, asked_at = excluded.asked_at, expires_at = excluded.expires_at, confirmed_at = null,
    confirmed_in = null
  returning c.* into given;
  update drafts set held_until = given.expires_at + interval '10 minutes'
  where person_id = context_person() and business_id = context_business() and used_at is null
    and coalesce(held_until, created_at + interval '10 minutes') >= context_now();
  return query select true, given.id, given.expires_at;
end $$;

-- Until when the link that was sent for the session and business of the context is good; null where none is.
create function clearance_sent() returns timestamptz
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select c.expires_at from browser_clearances c where c.session_id = context_setting('session')::uuid
    and c.business_id = context_business() and c.confirmed_at is null and c.expires_at > context_now();
end;

-- What the link of a confirmation is about, for the person whose session it is alone. `here`: it is read in a browser that
-- somebody of a vendor has used, or in none that is known.
create function clearance_read(token sha256) returns table (id uuid, business_id uuid, business_name text, vendor_name text,
  user_agent text, device_id uuid, asked_at timestamptz, expires_at timestamptz, state text)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select c.id, c.business_id, b.name, v.name, s.user_agent, s.device_id, c.asked_at, c.expires_at,
    case when c.confirmed_at is not null then 'used'
      when s.ended_at is not null or s.absolute_end <= context_now() or s.last_seen_at + s.idle <= context_now() then 'ended'
      when c.expires_at <= context_now() then 'expired'
      when own.device_id is null or own.id = s.id or vendor_of_browser(own.id, c.business_id) is not null
        or exists (select from devices a join devices o on o.device_hash = a.device_hash
          where a.id = own.device_id and o.id = s.device_id) then 'here'
      else 'open' end
  from browser_clearances c join sessions s on s.id = c.session_id join businesses b on b.id = c.business_id
    join businesses v on v.id = c.vendor_id join sessions own on own.id = context_setting('session')::uuid
  where c.token_hash = token and c.person_id = context_person() and own.person_id = context_person();
end;

-- Confirms, once. The state that it was in: `open` where it was done.
create function clearance_confirm(token sha256) returns text
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  found_state text;
begin
  perform 1 from browser_clearances c where c.token_hash = token for update;
  select r.state into found_state from clearance_read(token) r;
  if found_state = 'open' then
    update browser_clearances set confirmed_at = context_now(), confirmed_in = context_setting('session')::uuid
    where token_hash = token;
  end if;
  return found_state;
end $$;

-- Takes away those that nobody confirmed in time, for the audit log, and those that have had their time.
create function clearances_lapse() returns table (id uuid, business_id uuid, session_id uuid)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  delete from browser_clearances c where c.confirmed_at < context_now() - interval '1 day';
  return query delete from browser_clearances c where c.confirmed_at is null and c.expires_at <= context_now()
    returning c.id, c.business_id, c.session_id;
end $$;

revoke execute on function context_open, context_resolve, vendor_of_browser, clearance_ask, clearance_sent, clearance_read,
  clearance_confirm, clearances_lapse from public;
revoke execute on function context_resolve from kortvakt_request;
grant execute on function context_open, clearance_ask, clearance_sent, clearance_read, clearance_confirm, clearances_lapse
  to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;

-- Whoever is held changes no contact details. (Saying that they are right changes none.)
create function guard_held_contact() returns trigger language plpgsql as $$
begin
  if context_is_held() and (new.email, new.mobile, new.address_lines, new.postal_code, new.city, new.responsible, new.language)
    is distinct from (old.email, old.mobile, old.address_lines, old.postal_code, old.city, old.responsible, old.language) then
    raise exception 'a change of contact details waits for a confirmation' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;

create trigger held before update on contact_details for each row execute function guard_held_contact();

-- What needs a fresh login and says so by itself. Removing, narrowing and freezing never wait.
create policy not_held on mandates as restrictive for insert to kortvakt_request with check (not context_is_held());
create policy not_held on agreements as restrictive for insert to kortvakt_request with check (not context_is_held());
create policy not_held on freezes as restrictive for update to kortvakt_request with check (not context_is_held());
create policy not_held on contact_changes as restrictive for insert to kortvakt_request with check (not context_is_held());
