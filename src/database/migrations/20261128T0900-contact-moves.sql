-- Contact details change only after a new address is proved and a waiting time is over, in which the old address, the new one
-- and the officers' own are told, and in which any of them can stop it. Whatever happens to a change is written down by the
-- same function that lets it happen, and told from there.

create table contact_moves (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  before jsonb not null,
  after jsonb not null,
  made_by uuid not null references persons,
  made_by_name text not null,
  made_by_officer boolean not null,
  made_at timestamptz not null,
  state text not null
    check (state in ('proving', 'waiting', 'paused', 'effective', 'cancelled', 'replaced', 'spent', 'undone')),
  email_code sha256,
  email_asked boolean not null default false,    -- whether there is a code, for those who may not read it
  email_proved_at timestamptz,
  mobile_code sha256,
  mobile_asked boolean not null default false,
  mobile_proved_at timestamptz,
  tries integer not null default 0 check (tries between 0 and 10),
  codes_expire_at timestamptz not null,
  wait interval not null check (wait >= '0'),
  effective_at timestamptz,                      -- from when on, if nobody stops it
  informed text[] not null default '{}',         -- addresses of changes before it that are told besides
  barred text[] not null default '{}',           -- those that paused it and were overruled
  paused_by text,
  examined_at timestamptz,                       -- when it was looked for look-alikes, and for officers who can be reached
  suspicion jsonb not null default '[]',
  vouch_token sha256 unique,                     -- of the link to officers' own addresses, where there is a suspicion
  vouched_by_name text,
  unreached_at timestamptz,                      -- no officer has an address of their own: told by post
  posted_at timestamptz,
  posted_by_name text,
  settled_at timestamptz,
  settled_by uuid references persons,
  settled_by_name text,
  check (effective_at is not null or state not in ('waiting', 'paused', 'effective', 'undone')),
  check ((state = 'paused') = (paused_by is not null)),
  check (vouched_by_name is null or vouch_token is not null),
  check (posted_at is null or unreached_at is not null)
);
create unique index contact_moves_open on contact_moves (business_id) where state in ('waiting', 'paused');
create unique index contact_moves_proving on contact_moves (business_id) where state = 'proving';
create index contact_moves_due on contact_moves (effective_at) where state = 'waiting';
create index contact_moves_unexamined on contact_moves (id) where examined_at is null and state in ('waiting', 'paused');
create index contact_moves_by_time on contact_moves (made_at);
create index contact_moves_by_business on contact_moves (business_id, id desc);

-- What happened to a change, and when it was told.
create table contact_events (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  move_id uuid references contact_moves,
  kind text not null check (kind in ('begun', 'paused', 'overruled', 'cancelled', 'replaced', 'effective', 'undone', 'official')),
  by_name text,                                  -- a person, or none where an address or the time did it
  by_address text,
  addresses text[] not null default '{}',        -- told besides those of the change
  at timestamptz not null,
  told_at timestamptz
);
create index contact_events_by_business on contact_events (business_id, id desc);
create index contact_events_by_move on contact_events (move_id);
create index contact_events_untold on contact_events (id) where told_at is null;

-- The links that were sent to stop a change, one for each address; one for all officers' own.
create table contact_stops (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  move_id uuid not null references contact_moves,
  address text not null,                         -- 'officers' for the officers' own
  token_hash sha256 not null unique,
  made_at timestamptz not null,
  used_at timestamptz
);
create index contact_stops_by_move on contact_stops (move_id);

-- The notification addresses that a business has registered with the state.
create table official_addresses (
  business_id uuid primary key references businesses,
  addresses jsonb not null,
  sha256 sha256 not null,
  checked_at timestamptz not null,
  changed_at timestamptz not null
);
create index official_addresses_by_check on official_addresses (checked_at);

alter table contact_details add column bounced_at timestamptz;
create index contact_details_by_email on contact_details (lower(email));
create index contact_details_by_mobile on contact_details (mobile);

do $$
declare
  t text;
begin
  foreach t in array array['contact_moves', 'contact_events', 'contact_stops', 'official_addresses'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy resolves on %I to kortvakt_context using (true) with check (true)', t);
    execute format('grant select, insert, update on %I to kortvakt_context', t);
  end loop;
end $$;
create policy settles on contact_details to kortvakt_context using (true) with check (true);
grant select, update on contact_details to kortvakt_context;
create policy settles on contact_changes to kortvakt_context using (true) with check (true);
grant select, insert on contact_changes to kortvakt_context;

-- Without the codes and tokens. Written through the functions below alone.
grant select (id, business_id, before, after, made_by, made_by_name, made_by_officer, made_at, state, email_asked,
  email_proved_at, mobile_asked, mobile_proved_at, tries, codes_expire_at, effective_at, informed, barred, paused_by, examined_at, suspicion, vouched_by_name,
  unreached_at, posted_at, posted_by_name, settled_at, settled_by, settled_by_name) on contact_moves to kortvakt_request;
create policy own_read on contact_moves for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side());
create policy job_reads on contact_moves for select to kortvakt_request using (context_is_job());
create policy overseen on contact_moves for select to kortvakt_request using (context_is_staff('case-officer'));

grant select on contact_events, official_addresses to kortvakt_request;
grant update (told_at) on contact_events to kortvakt_request;
create policy own_read on contact_events for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side());
create policy job_reads on contact_events for select to kortvakt_request using (context_is_job());
create policy told on contact_events for update to kortvakt_request using (context_is_job()) with check (context_is_job());

grant insert on contact_stops to kortvakt_request;
create policy job_makes on contact_stops for insert to kortvakt_request with check (context_is_job() and used_at is null);

create policy own_read on official_addresses for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side());
create policy job_reads on official_addresses for select to kortvakt_request using (context_is_job());

-- A task notes that mail to an address came back.
drop policy job_update on contact_details;
create policy job_update on contact_details for update to kortvakt_request
  using (context_is_job()) with check (context_is_job());

-- Where messages go is moved by nobody directly: only by the functions below, which run as kortvakt_context.
create function guard_contact_wait() returns trigger language plpgsql as $$
begin
  if current_user = 'kortvakt_request' and not (context_is_job() and old.source = 'register' and new.source = 'register') and
    (new.email, new.mobile, new.address_lines, new.postal_code, new.city)
    is distinct from (old.email, old.mobile, old.address_lines, old.postal_code, old.city) then
    raise exception 'where messages go is changed after a waiting time alone' using errcode = 'check_violation', constraint = 'contact_wait';
  end if;
  if new.bounced_at is distinct from old.bounced_at and new.bounced_at is not null and not context_is_job() then
    raise exception 'a bounce is noted by tasks alone' using errcode = 'check_violation', constraint = 'contact_bounce';
  end if;
  return new;
end $$;
create trigger guard_wait before update on contact_details for each row execute function guard_contact_wait();
revoke execute on function guard_contact_wait from public;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Who may take part: whoever has contact.change for the business itself, on the same terms as every other way in.
create function contact_may_change() returns boolean language sql stable set search_path = public, pg_temp
  return context_is_business_side() and context_has_right('contact.change');

create function contact_note(move uuid, what text, name text, address text default null, further text[] default '{}') returns void
language sql volatile security definer set search_path = public, pg_temp
begin atomic
  insert into contact_events (business_id, move_id, kind, by_name, by_address, addresses, at)
  select m.business_id, m.id, what, name, address, further, context_now() from contact_moves m where m.id = move;
end;

-- Starts the waiting time of a change whose addresses are proved: another that waits is replaced, and its addresses go on
-- being told, as are those that were replaced in the last thirty days.
create function contact_move_wait(move uuid) returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  m contact_moves;
  earlier contact_moves;
begin
  select * into m from contact_moves c where c.id = move for update;
  select * into earlier from contact_moves c where c.business_id = m.business_id and c.state in ('waiting', 'paused') for update;
  if earlier.id is not null then
    update contact_moves c set state = 'replaced', paused_by = null, settled_at = context_now(), settled_by = m.made_by,
      settled_by_name = m.made_by_name where c.id = earlier.id;
  end if;
  update contact_moves c set state = 'waiting', effective_at = context_now() + c.wait, informed = array(
    select distinct told.address from (
      select unnest(earlier.informed) union all select earlier.after ->> 'email'
      union all select r.before ->> 'email' from contact_moves r where r.business_id = m.business_id and r.state = 'effective'
        and r.settled_at > context_now() - interval '30 days'
    ) told (address) where told.address is not null)
  where c.id = move;
  -- Said after the change that it makes room for stands: nobody reads of the one without the other.
  if earlier.id is not null then perform contact_note(earlier.id, 'replaced', m.made_by_name); end if;
  perform contact_note(move, 'begun', m.made_by_name);
end $$;

-- Begins a change over the version that it was written from; null when that is no longer the current one.
create function contact_move_begin(version integer, after jsonb, email_code sha256, mobile_code sha256, codes_last interval,
  waiting_time interval) returns uuid
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  d contact_details;
  begun uuid;
begin
  if not contact_may_change() or not context_is_fresh() then
    raise exception 'contact details are changed with the right to it and a fresh login' using errcode = 'check_violation', constraint = 'fresh_login';
  end if;
  select * into d from contact_details c where c.business_id = context_business() and c.version = contact_move_begin.version for update;
  if not found then return null; end if;
  update contact_moves c set state = 'replaced', settled_at = context_now(), settled_by = context_person()
  where c.business_id = d.business_id and c.state = 'proving';
  insert into contact_moves (business_id, before, after, made_by, made_by_name, made_by_officer, made_at, state, email_code,
    mobile_code, email_asked, mobile_asked, codes_expire_at, wait)
  values (d.business_id, jsonb_build_object('email', d.email, 'mobile', d.mobile, 'addressLines', d.address_lines,
      'postalCode', d.postal_code, 'city', d.city, 'responsible', d.responsible, 'language', d.language),
    contact_move_begin.after, context_person(), (select p.name from persons p where p.id = context_person()),
    context_is_officer(), context_now(), 'proving', contact_move_begin.email_code, contact_move_begin.mobile_code,
    contact_move_begin.email_code is not null, contact_move_begin.mobile_code is not null,
    context_now() + codes_last, waiting_time)
  returning id into begun;
  if email_code is null and mobile_code is null then perform contact_move_wait(begun); end if;
  return begun;
end $$;

-- Tries a code: `proved`, `wrong`, `spent` after ten tries in all, `expired`, or `unknown`. The codes are keyed hashes, so
-- that how long comparing takes says nothing of the code.
create function contact_move_prove(move uuid, channel text, given sha256) returns text
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  m contact_moves;
  hit boolean;
begin
  if not contact_may_change() or context_is_held() then return 'unknown'; end if;
  select * into m from contact_moves c where c.id = move and c.business_id = context_business() and c.made_by = context_person()
    and c.state = 'proving' for update;
  if not found then return 'unknown'; end if;
  -- A clock that went back makes no code younger.
  if context_now() > m.codes_expire_at or context_now() < m.made_at then return 'expired'; end if;
  hit := given = case channel when 'email' then m.email_code when 'mobile' then m.mobile_code end;
  if hit is not true then
    update contact_moves c set tries = c.tries + 1, state = case when c.tries >= 9 then 'spent' else c.state end,
      settled_at = case when c.tries >= 9 then context_now() end where c.id = move;
    return case when m.tries >= 9 then 'spent' else 'wrong' end;
  end if;
  update contact_moves c set
    email_proved_at = case when channel = 'email' then context_now() else c.email_proved_at end,
    mobile_proved_at = case when channel = 'mobile' then context_now() else c.mobile_proved_at end
  where c.id = move returning * into m;
  if (m.email_code is null or m.email_proved_at is not null) and (m.mobile_code is null or m.mobile_proved_at is not null) then
    perform contact_move_wait(move);
  end if;
  return 'proved';
end $$;

-- What a link to stop is about; no row for one that never was. `state`: open where its button would do something.
create function contact_stop_read(token sha256) returns table (move_id uuid, business_name text, made_by_name text, made_at timestamptz,
  effective_at timestamptz, address text, state text)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select m.id, b.name, m.made_by_name, m.made_at, m.effective_at, s.address,
    case when m.state = 'paused' then 'paused' when m.state <> 'waiting' then 'over'
      when s.address = any (m.barred) then 'barred' else 'open' end
  from contact_stops s join contact_moves m on m.id = s.move_id join businesses b on b.id = m.business_id
  where s.token_hash = token;
end;

-- Pauses the change; answers with the state that it was in, null for an unknown link.
create function contact_stop_use(token sha256) returns text
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  found_state text;
  move uuid;
  from_address text;
begin
  perform 1 from contact_moves m join contact_stops s on s.move_id = m.id where s.token_hash = token for update of m;
  select r.state, r.move_id, r.address into found_state, move, from_address from contact_stop_read(token) r;
  if found_state = 'open' then
    update contact_moves m set state = 'paused', paused_by = from_address where m.id = move;
    update contact_stops s set used_at = context_now() where s.token_hash = token;
    perform contact_note(move, 'paused', null, from_address);
  end if;
  return found_state;
end $$;

-- An officer goes on with a paused change: no sooner than in a day, and never sooner than without the pause.
create function contact_move_overrule(move uuid) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  who text := (select p.name from persons p where p.id = context_person());
begin
  if not contact_may_change() or not context_is_officer() or not context_is_fresh() then return false; end if;
  update contact_moves m set state = 'waiting', barred = m.barred || m.paused_by, paused_by = null,
    effective_at = greatest(m.effective_at, context_now() + interval '24 hours')
  where m.id = move and m.business_id = context_business() and m.state = 'paused';
  if not found then return false; end if;
  perform contact_note(move, 'overruled', who);
  return true;
end $$;

-- Whether this officer has cancelled a change of the same other officer in the last thirty days: a cancel wins once.
create function contact_cancel_used(move uuid) returns boolean
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select exists (select from contact_moves m join contact_moves c on c.business_id = m.business_id and c.made_by = m.made_by
    where m.id = move and m.business_id = context_business() and m.made_by_officer and m.made_by <> context_person()
      and c.state = 'cancelled' and c.effective_at is not null and c.settled_by = context_person()
      and c.settled_at > context_now() - interval '30 days');
end;

-- The one who made it, or any officer, takes a change back before it holds.
create function contact_move_cancel(move uuid) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  who text := (select p.name from persons p where p.id = context_person());
  had text;
begin
  if not contact_may_change() then return false; end if;
  select m.state into had from contact_moves m where m.id = move and m.business_id = context_business()
    and m.state in ('proving', 'waiting', 'paused') and (m.made_by = context_person() or context_is_officer()) for update;
  if not found or contact_cancel_used(move) then return false; end if;
  update contact_moves m set state = 'cancelled', paused_by = null, settled_at = context_now(), settled_by = context_person(),
    settled_by_name = who where m.id = move;
  -- Of one that was not proved yet nobody has been told.
  if had <> 'proving' then perform contact_note(move, 'cancelled', who); end if;
  return true;
end $$;

-- Writes details and their history; whose, and when they were confirmed, stands in the change.
create function contact_put(move uuid, wanted jsonb, was jsonb, by_person uuid, by_name text) returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  business uuid := (select m.business_id from contact_moves m where m.id = move);
begin
  update contact_details c set email = wanted ->> 'email', mobile = wanted ->> 'mobile',
    address_lines = array(select jsonb_array_elements_text(wanted -> 'addressLines')), postal_code = wanted ->> 'postalCode',
    city = wanted ->> 'city', responsible = wanted ->> 'responsible', language = wanted ->> 'language', source = 'business',
    version = c.version + 1, changed_at = context_now(), confirmed_at = context_now(), confirmed_by = by_person,
    confirmed_by_name = by_name, bounced_at = null
  where c.business_id = business;
  insert into contact_changes (business_id, before, after, changed_by, changed_by_name, changed_at)
  values (business, was, wanted, by_person, by_name, context_now());
end $$;

-- Lets hold what has waited long enough: told of, examined, vouched for where it looks like a vendor's, and posted where no
-- officer could be reached.
create function contact_moves_settle() returns setof uuid
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  m contact_moves;
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  for m in select * from contact_moves c where c.state = 'waiting' and c.effective_at <= context_now() and c.examined_at is not null
      and (c.suspicion = '[]' or c.vouched_by_name is not null)
      and (c.unreached_at is null or c.posted_at + c.wait <= context_now())
      and not exists (select from contact_events e where e.move_id = c.id and e.told_at is null)
      order by c.id for update skip locked loop
    perform contact_put(m.id, m.after, m.before, m.made_by, m.made_by_name);
    update contact_moves c set state = 'effective', settled_at = context_now() where c.id = m.id;
    perform contact_note(m.id, 'effective', m.made_by_name);
    return next m.id;
  end loop;
end $$;

-- An officer puts back what stood before the latest change, within thirty days.
create function contact_move_undo(move uuid) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  m contact_moves;
  who text := (select p.name from persons p where p.id = context_person());
begin
  if not contact_may_change() or not context_is_officer() or not context_is_fresh() then return false; end if;
  perform 1 from contact_details d where d.business_id = context_business() for update;
  select * into m from contact_moves c where c.id = move and c.business_id = context_business() and c.state = 'effective'
    and c.settled_at > context_now() - interval '30 days'
    and not exists (select from contact_moves later where later.business_id = c.business_id and later.state = 'effective'
      and later.settled_at > c.settled_at) for update;
  if not found then return false; end if;
  perform contact_put(move, m.before, m.after, context_person(), who);
  update contact_moves c set state = 'undone', settled_at = context_now(), settled_by = context_person(), settled_by_name = who
  where c.id = move;
  perform contact_note(move, 'undone', who);
  return true;
end $$;

-- What a task found out about a change: whose address it looks like, and whether an officer can be reached.
create function contact_move_examined(move uuid, found_suspicion jsonb, token sha256, unreached boolean) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  update contact_moves m set examined_at = context_now(), suspicion = found_suspicion,
    vouch_token = case when found_suspicion <> '[]' then token end,
    unreached_at = case when unreached then context_now() end
  where m.id = move and m.examined_at is null;
  return found;
end $$;

-- An officer says, through the link in their own mail, that an address that looks like a vendor's is right.
create function contact_move_vouch(token sha256) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not contact_may_change() or not context_is_officer() or not context_is_fresh() then return false; end if;
  update contact_moves m set vouched_by_name = (select p.name from persons p where p.id = context_person())
  where m.vouch_token = token and m.business_id = context_business() and m.state in ('waiting', 'paused')
    and m.vouched_by_name is null;
  return found;
end $$;

-- A case officer has posted the letter that tells the officers.
create function contact_move_posted(move uuid) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_staff('case-officer') then raise exception 'for case officers only'; end if;
  update contact_moves m set posted_at = context_now(), posted_by_name = (select p.name from persons p where p.id = context_person())
  where m.id = move and m.unreached_at is not null and m.posted_at is null and m.state in ('waiting', 'paused');
  return found;
end $$;

-- What the state's register answers for a business; true where it had answered otherwise before, which is then told.
create function official_addresses_keep(business uuid, found_addresses jsonb, hash sha256) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  had official_addresses;
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  insert into official_addresses as o (business_id, addresses, sha256, checked_at, changed_at)
  values (business, found_addresses, hash, context_now(), context_now())
  on conflict (business_id) do nothing;
  if found then return false; end if;
  select * into had from official_addresses o where o.business_id = business for update;
  update official_addresses o set addresses = found_addresses, sha256 = hash, checked_at = context_now(),
    changed_at = case when o.sha256 = hash then o.changed_at else context_now() end where o.business_id = business;
  if had.sha256 = hash then return false; end if;
  insert into contact_events (business_id, kind, addresses, at)
  select business, 'official', array(select distinct a ->> 'email' from jsonb_array_elements(had.addresses || found_addresses) a
    where a ->> 'email' is not null), context_now();
  return true;
end $$;

-- Of which other businesses an address is, without an officer in common: for the task that looks for look-alikes.
create function contact_used_elsewhere(business uuid, wanted_email text, wanted_mobile text) returns integer
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  return (select count(*)::integer from contact_details d where d.business_id <> business
    and (lower(d.email) = lower(wanted_email) or d.mobile = wanted_mobile)
    and not exists (select from officers a join officers b on b.person_id = a.person_id
      where a.business_id = business and b.business_id = d.business_id and a.ended_at is null and b.ended_at is null));
end $$;

revoke execute on function contact_may_change, contact_note, contact_move_wait, contact_move_begin, contact_move_prove,
  contact_stop_read, contact_stop_use, contact_move_overrule, contact_cancel_used, contact_move_cancel, contact_put,
  contact_moves_settle, contact_move_undo, contact_move_examined, contact_move_vouch, contact_move_posted,
  official_addresses_keep, contact_used_elsewhere from public;
grant execute on function contact_move_begin, contact_move_prove, contact_stop_read, contact_stop_use, contact_move_overrule,
  contact_cancel_used, contact_move_cancel, contact_moves_settle, contact_move_undo, contact_move_examined, contact_move_vouch,
  contact_move_posted, official_addresses_keep, contact_used_elsewhere to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
