-- Shared and stolen logins: which browsers a person has logged in from, what a session was used for, and what does not look
-- right about it. A browser is known by a keyed hash of the secret in its cookie, a network by a keyed hash of its prefix.

create table devices (
  id uuid primary key default uuidv7(),
  person_id uuid not null references persons,
  device_hash sha256 not null,
  first_of_person boolean not null,             -- the first browser of all that the person logged in from
  user_agent text not null default '',
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  told_at timestamptz,                          -- the person was told of it
  answer text check (answer in ('known', 'denied')),
  answered_at timestamptz,
  check ((answer is null) = (answered_at is null))
);
-- A browser that the person denied is closed: the next login from it is one from a new browser.
create unique index devices_of_person on devices (person_id, device_hash) where answer is distinct from 'denied';
create index devices_by_hash on devices (device_hash);
create index devices_untold on devices (id) where told_at is null;

alter table sessions
  add column device_id uuid references devices,
  add column network_hash sha256,
  drop constraint sessions_end_reason_check,
  add constraint sessions_end_reason_check
    check (end_reason in ('logged-out', 'issuer', 'other-person', 'ended-by-person', 'denied'));
create index sessions_by_device on sessions (device_id) where ended_at is null;

-- The first use of a session in a business, in each capacity; a task looks at each once.
create table session_uses (
  id uuid primary key default uuidv7(),
  session_id uuid not null references sessions,
  person_id uuid not null references persons,
  business_id uuid not null references businesses,
  vendor_id uuid references businesses,
  device_id uuid references devices,
  capacity text not null check (capacity in ('officer', 'person', 'vendor')),
  used_at timestamptz not null,
  examined_at timestamptz,
  unique nulls not distinct (session_id, business_id, vendor_id, capacity)
);
create index session_uses_unexamined on session_uses (id) where examined_at is null;
create index session_uses_by_person on session_uses (person_id, used_at);
create index session_uses_by_device on session_uses (device_id, business_id);

-- What does not look right, once for each thing that it is about.
create table signals (
  id uuid primary key default uuidv7(),
  kind text not null check (kind in ('vendor-browser', 'many-businesses', 'two-networks', 'night-orders', 'contact-after-mandate')),
  business_id uuid not null references businesses,
  person_id uuid not null references persons,
  person_name text not null,
  vendor_id uuid references businesses,
  device_id uuid references devices,
  key text not null,                            -- what it is about: ids and days
  facts jsonb not null default '{}',            -- numbers for its words
  found_at timestamptz not null,
  answer text check (answer in ('confirmed', 'denied')),
  answered_at timestamptz,
  answered_by uuid references persons,
  answered_by_name text,
  unique (business_id, kind, key),
  check (num_nulls(answer, answered_at, answered_by, answered_by_name) in (0, 4))
);
create index signals_open on signals (business_id, id desc) where answer is null;
create index signals_by_time on signals (id desc);
create index signals_by_device on signals (device_id) where answer is null;

create index orders_by_time on orders (placed_at);
create index contact_changes_by_time on contact_changes (changed_at);

-- Row-level security -----------------------------------------------------------------------------------------------------

do $$
declare
  t text;
begin
  foreach t in array array['devices', 'session_uses', 'signals'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy resolves on %I to kortvakt_context using (true) with check (true)', t);
  end loop;
end $$;
grant select, insert, update on devices to kortvakt_context;
grant select on session_uses, signals to kortvakt_context;

grant select, update (told_at) on devices to kortvakt_request;
create policy oneself on devices for select to kortvakt_request using (person_id = context_person());
create policy job_reads on devices for select to kortvakt_request using (context_is_job());
create policy told on devices for update to kortvakt_request using (context_is_job()) with check (context_is_job());

grant select, insert, update (examined_at) on session_uses to kortvakt_request;
create policy oneself on session_uses for select to kortvakt_request using (person_id = context_person());
create policy job_reads on session_uses for select to kortvakt_request using (context_is_job());
create policy examined on session_uses for update to kortvakt_request using (context_is_job()) with check (context_is_job());
create policy own on session_uses for insert to kortvakt_request
  with check (person_id = context_person() and business_id = context_business() and vendor_id is not distinct from context_vendor()
    and capacity = context_capacity() and context_is_now(used_at) and examined_at is null
    and exists (select from sessions s where s.id = session_id and s.person_id = context_person()
      and s.device_id is not distinct from session_uses.device_id));

grant select, insert, update (answer, answered_at, answered_by, answered_by_name) on signals to kortvakt_request;
create policy oneself on signals for select to kortvakt_request using (person_id = context_person());
create policy managed on signals for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy job_reads on signals for select to kortvakt_request using (context_is_job());
create policy found on signals for insert to kortvakt_request with check (context_is_job() and answer is null);
create policy answered on signals for update to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage') and answer is null)
  with check (business_id = context_business() and answered_by = context_person() and context_is_now(answered_at));

create policy job_reads on contact_changes for select to kortvakt_request using (context_is_job());

-- Functions ----------------------------------------------------------------------------------------------------------

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- As before, from which browser and network it is opened.
drop function session_create(sha256, sha256, text, text, text, text, timestamptz, text, interval, interval);
create function session_create(token sha256, id_hash sha256, issuer text, subject text, sid text, acr text,
  auth_time timestamptz, agent text, idle interval, longest interval, device sha256 default null, network sha256 default null)
returns uuid language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  who uuid := (select p.id from persons p where p.national_id_hash = id_hash);
  used uuid;
  opened uuid;
begin
  if device is not null then
    insert into devices (person_id, device_hash, first_of_person, user_agent, first_seen_at, last_seen_at)
    values (who, device, not exists (select from devices d where d.person_id = who), left(agent, 300), clock_now(), clock_now())
    on conflict (person_id, device_hash) where answer is distinct from 'denied'
      do update set last_seen_at = excluded.last_seen_at, user_agent = excluded.user_agent
    returning id into used;
  end if;
  insert into sessions (token_hash, person_id, issuer, subject, sid, acr, auth_time, user_agent,
    created_at, last_seen_at, idle, absolute_end, device_id, network_hash)
  values (token, who, issuer, subject, sid, acr, least(auth_time, clock_now()), left(agent, 300),
    clock_now(), clock_now(), idle, clock_now() + longest, used, network)
  returning id into opened;
  return opened;
end $$;

-- The person's own answer to "was this you?": a browser of theirs is known, or its sessions end here. Returns how many ended;
-- null when it is not the person's, or was denied before.
create function device_answer(device uuid, given text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  ended integer := 0;
begin
  update devices set answer = given, answered_at = context_now()
  where id = device and person_id = context_person() and answer is distinct from 'denied';
  if not found then return null; end if;
  if given = 'denied' then
    update sessions set ended_at = clock_now(), end_reason = 'denied' where device_id = device and ended_at is null;
    get diagnostics ended = row_count;
  end if;
  return ended;
end $$;

-- After the business has denied a signal, in the same transaction: ends the sessions in which the person acted for it, or
-- those of the browser that it is about. Returns how many.
create function signal_end_sessions(denied uuid) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  signal signals;
  ended integer;
begin
  select s.* into signal from signals s where s.id = denied and s.business_id = context_business() and s.answer = 'denied'
    and s.answered_by = context_person() and context_is_now(s.answered_at);
  if signal.id is null then raise exception 'no signal was denied here' using errcode = 'check_violation'; end if;
  update sessions set ended_at = clock_now(), end_reason = 'denied'
  where person_id = signal.person_id and ended_at is null and (device_id = signal.device_id or signal.device_id is null)
    and id in (select u.session_id from session_uses u where u.business_id = signal.business_id and u.person_id = signal.person_id);
  get diagnostics ended = row_count;
  return ended;
end $$;

-- Whether a session of the asker's is open in the very browser that a signal is about, whoever's login it was there.
create function signal_is_of_browser(signal uuid, session uuid) returns boolean
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select exists (select from signals g join devices about on about.id = g.device_id
    join devices own on own.device_hash = about.device_hash join sessions s on s.device_id = own.id
    where g.id = signal and s.id = session and s.person_id = context_person());
end;

-- New uses of sessions, for the rules: who else's browser it was, and what else the person acted for as an officer that day.
create function logins_to_examine(most integer) returns table (
  id uuid, business_id uuid, business_number text, business_name text, person_id uuid, person_name text, capacity text,
  used_at timestamptz, device_id uuid, device_first_seen_at timestamptz, device_answer text, user_agent text, first_here boolean,
  browser_used_by jsonb, acted_for jsonb)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  return query
    select u.id, b.id, b.organisation_number::text, b.name, p.id, p.name, u.capacity, u.used_at, d.id, d.first_seen_at, d.answer,
      coalesce(d.user_agent, ''),
      not exists (select from session_uses before where before.device_id = u.device_id and before.business_id = u.business_id
        and before.capacity = 'officer' and before.id < u.id),
      coalesce((select jsonb_agg(distinct jsonb_build_object('personId', other.person_id, 'vendorId', theirs.vendor_id))
        from devices other cross join lateral unnest(vendors_of_person(other.person_id, context_now())) theirs(vendor_id)
        where u.capacity = 'officer' and other.device_hash = d.device_hash
          and exists (select from mandates m where m.business_id = u.business_id and m.vendor_id = theirs.vendor_id
            and m.holder = 'vendor' and m.ended_at is null and m.ends_at > context_now())), '[]'),
      coalesce((select jsonb_agg(jsonb_build_object('businessId', on_day.business_id, 'address', nullif(a.address::text, '{}'),
          'officers', (select coalesce(jsonb_agg(distinct o.person_id), '[]') from officers o
            where o.business_id = on_day.business_id and o.person_id <> u.person_id and o.ended_at is null and o.acts)))
        from (select distinct w.business_id from session_uses w where w.person_id = u.person_id and w.capacity = 'officer'
          and w.used_at between u.used_at - interval '25 hours' and u.used_at
          and oslo_date(w.used_at) = oslo_date(u.used_at)) on_day
          join businesses a on a.id = on_day.business_id
        where u.capacity = 'officer'), '[]')
    from session_uses u join businesses b on b.id = u.business_id join persons p on p.id = u.person_id
      left join devices d on d.id = u.device_id
    where u.examined_at is null order by u.id limit most;
end $$;

-- Open sessions used just now, of those who have some on different networks, with what the person acted for as an officer.
create function logins_at_once(since timestamptz) returns table (
  person_id uuid, person_name text, session_id uuid, device_id uuid, network text, last_seen_at timestamptz, businesses uuid[])
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  return query
    with recent as (
      select s.* from sessions s where s.ended_at is null and s.last_seen_at >= since and s.absolute_end > context_now()
        and s.network_hash is not null and s.device_id is not null),
    several as (
      select r.person_id from recent r group by r.person_id
      having count(distinct r.network_hash) > 1 and count(distinct r.device_id) > 1)
    select r.person_id, p.name, r.id, r.device_id, encode(r.network_hash, 'hex'), r.last_seen_at,
      array(select distinct u.business_id from session_uses u where u.session_id = r.id and u.capacity = 'officer')
    from recent r join several x on x.person_id = r.person_id join persons p on p.id = r.person_id
    order by r.person_id, r.id;
end $$;

-- What a case officer sees of signals: which kind, in which business, about which vendor, and how it was answered. Nobody's
-- name: that takes a disclosure with a reason.
create function staff_signals(size integer, skip integer) returns table (
  id uuid, kind text, business_number text, business_name text, vendor_number text, vendor_name text, facts jsonb,
  found_at timestamptz, answer text, answered_at timestamptz, total integer)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not context_is_staff('case-officer') then raise exception 'for case officers only'; end if;
  return query
    select g.id, g.kind, b.organisation_number::text, b.name, v.organisation_number::text, v.name, g.facts, g.found_at, g.answer,
      g.answered_at, count(*) over ()::integer
    from signals g join businesses b on b.id = g.business_id left join businesses v on v.id = g.vendor_id
    order by g.id desc limit size offset skip;
end $$;

revoke execute on function session_create, device_answer, signal_end_sessions, signal_is_of_browser, logins_to_examine,
  logins_at_once, staff_signals from public;
grant execute on function session_create, device_answer, signal_end_sessions, signal_is_of_browser, logins_to_examine,
  logins_at_once, staff_signals to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
