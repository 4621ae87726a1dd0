-- Functions that run with the sight of kortvakt_context: they alone resolve a session, a mandate, an invitation or a
-- card from what a stranger can present, and hand back no more than the caller may know.

-- Facts ------------------------------------------------------------------------------------------------------------

create function clock_now() returns timestamptz language sql stable security definer set search_path = public, pg_temp
  return transaction_timestamp() + (select offset_by from clock);

create function oslo_date(at timestamptz) returns date language sql immutable
  return (at at time zone 'Europe/Oslo')::date;

-- Whoever is an officer, a member or an employee of a registered vendor counts as that vendor.
create function vendors_of_person(who uuid, at timestamptz) returns uuid[]
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select coalesce(array_agg(distinct vendor_profiles.vendor_id), '{}')
  from vendor_profiles
  where exists (select from officers where officers.business_id = vendor_profiles.vendor_id
                and officers.person_id = who and officers.ended_at is null)
     or exists (select from vendor_members where vendor_members.vendor_id = vendor_profiles.vendor_id
                and vendor_members.person_id = who and vendor_members.ended_at is null)
     or exists (select from workers where workers.business_id = vendor_profiles.vendor_id and workers.person_id = who
                and workers.employed_from <= oslo_date(at) and (workers.employed_to is null or workers.employed_to >= oslo_date(at)));
end;

create function is_employed(who uuid, business uuid, at timestamptz) returns boolean
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select exists (select from workers where workers.business_id = business and workers.person_id = who
    and workers.employed_from <= oslo_date(at) and (workers.employed_to is null or workers.employed_to >= oslo_date(at)));
end;

create function acting_roles(who uuid, business uuid) returns text[]
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select coalesce(array_agg(officers.role_code order by officers.role_code), '{}')
  from officers join businesses on businesses.id = officers.business_id
  where officers.person_id = who and officers.business_id = business and officers.ended_at is null and officers.acts
    and businesses.dissolved_on is null
    and (not businesses.bankrupt or officers.role_code = 'BOBE');   -- in bankruptcy only the administrator
end;

-- Everything a decision needs to know of one mandate when one person uses it.
create function mandate_facts(mandate uuid, who uuid, at timestamptz) returns jsonb
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select jsonb_build_object(
    'id', m.id, 'holder', m.holder, 'rights', to_jsonb(m.rights), 'units', to_jsonb(m.units),
    'startsAt', m.starts_at, 'endsAt', m.ends_at, 'endedAt', m.ended_at, 'suspendedAt', m.suspended_at,
    'approvedAcr', m.approved_acr,
    'approvedWithinMs', extract(epoch from m.approved_at - m.approved_auth_time) * 1000,
    'cardsPerOrder', m.cards_per_order, 'cardsPerMonth', m.cards_per_month, 'orePerMonth', m.ore_per_month,
    'agreementActive', a.id is not null and a.ended_at is null,
    'quote', case when q.id is null then null else jsonb_build_object('feeOre', q.fee_ore, 'validUntil', q.valid_until) end,
    'vendor', case when m.vendor_id is null then null else jsonb_build_object(
      'id', v.id, 'organisationNumber', v.organisation_number, 'name', v.name,
      'registered', p.vendor_id is not null and not v.bankrupt and v.dissolved_on is null, 'barredAt', p.barred_at) end,
    'assigned', m.holder = 'person' and m.person_id = who or exists (
      select from mandate_assignments s where s.mandate_id = m.id and s.person_id = who and s.ended_at is null)
      and (exists (select from vendor_members b where b.vendor_id = m.vendor_id and b.person_id = who and b.ended_at is null)
        or cardinality(acting_roles(who, m.vendor_id)) > 0),
    'tieHolds', m.holder = 'vendor' or m.tie = 'declared' or is_employed(who, m.business_id, at),
    'holderIsVendorPerson', m.holder = 'person' and cardinality(vendors_of_person(who, at)) > 0)
  from mandates m
    left join agreements a on a.id = m.agreement_id
    left join quotes q on q.id = m.quote_id
    left join businesses v on v.id = m.vendor_id
    left join vendor_profiles p on p.vendor_id = m.vendor_id
  where m.id = mandate;
end;

-- The database's own answer to "is it in force for this person now?", independent of the application's.
create function facts_in_force(facts jsonb, at timestamptz) returns boolean language sql immutable
  return (facts->>'startsAt')::timestamptz <= at and at < (facts->>'endsAt')::timestamptz
    and facts->>'endedAt' is null and facts->>'suspendedAt' is null
    and (facts->>'assigned')::boolean and (facts->>'tieHolds')::boolean
    and not (facts->>'holderIsVendorPerson')::boolean
    and (facts->>'holder' = 'person' or (
      (facts->>'agreementActive')::boolean
      and facts->'quote' <> 'null'::jsonb and at < (facts->'quote'->>'validUntil')::timestamptz
      and (facts->'vendor'->>'registered')::boolean and facts->'vendor'->>'barredAt' is null
      and facts->>'approvedAcr' = 'high' and (facts->>'approvedWithinMs')::numeric <= 300000));

-- Context ----------------------------------------------------------------------------------------------------------

create function context_clear(at timestamptz, capacity text) returns void language plpgsql as $$
begin
  perform set_config('kortvakt.now', at::text, true), set_config('kortvakt.capacity', capacity, true),
    set_config('kortvakt.person', '', true), set_config('kortvakt.business', '', true),
    set_config('kortvakt.vendor', '', true), set_config('kortvakt.mandate', '', true),
    set_config('kortvakt.rights', '', true), set_config('kortvakt.units', '', true), set_config('kortvakt.job', '', true),
    set_config('kortvakt.acr', '', true), set_config('kortvakt.auth_time', '', true);
end $$;

create function context_open_anonymous() returns jsonb language plpgsql as $$
begin
  perform context_clear(clock_now(), 'anonymous');
  return jsonb_build_object('now', clock_now(), 'capacity', 'anonymous');
end $$;

-- A background task, by its name; it works for one business or, without one, across them.
create function context_open_job(job text, business uuid) returns jsonb language plpgsql as $$
begin
  if job = '' then raise exception 'a job needs a name'; end if;
  perform context_clear(clock_now(), 'job');
  perform set_config('kortvakt.job', job, true), set_config('kortvakt.business', coalesce(business::text, ''), true);
  return jsonb_build_object('now', clock_now(), 'capacity', 'job');
end $$;

-- Resolves who asks, in which capacity, for which business; sets the context of the transaction; hands back the facts.
-- With `writing`, the mandate is locked (shared) and read again, so that nothing commits under a mandate that was removed.
create function context_open(token sha256, business_number text, vendor_number text, writing boolean) returns jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  at timestamptz := clock_now();
  session sessions;
  person persons;
  business businesses;
  vendor businesses;
  roles text[] := '{}';
  mandate uuid;
  facts jsonb;
  capacity text := 'signed-in';
  rights text := '';
begin
  perform context_clear(at, 'anonymous');
  select s.* into session from sessions s
  where s.token_hash = token and s.ended_at is null and s.absolute_end > at and s.last_seen_at + s.idle > at;
  if session.id is null then return jsonb_build_object('now', at, 'capacity', 'anonymous'); end if;

  -- Marks of use are taken without the strength to delete: a stronger lock would meet the foreign keys of orders that
  -- wait for the same mandate's limits, and the two would wait for each other.
  if session.last_seen_at < at - interval '1 minute' then
    update sessions set last_seen_at = at where id = (select id from sessions where id = session.id for no key update skip locked);
  end if;
  select p.* into person from persons p where p.id = session.person_id;
  perform set_config('kortvakt.person', person.id::text, true), set_config('kortvakt.acr', session.acr, true),
    set_config('kortvakt.auth_time', session.auth_time::text, true);

  if business_number is not null then
    select b.* into business from businesses b where b.organisation_number = business_number;
  end if;
  if business.id is not null and vendor_number is null then
    roles := acting_roles(person.id, business.id);
    if cardinality(roles) > 0 then
      capacity := 'officer';
      rights := 'orders.prepare,orders.place,orders.read,orders.approve,cards.read,cards.block,workers.read,'
        || 'invoices.read,contact.change,access.manage,agreements.sign,messages.read';
    else
      select m.id into mandate from mandates m where m.business_id = business.id and m.holder = 'person'
        and m.person_id = person.id order by m.ended_at is not null, m.id desc limit 1;
    end if;
  elsif business.id is not null then
    select b.* into vendor from businesses b where b.organisation_number = vendor_number;
    select m.id into mandate from mandates m where m.business_id = business.id and m.holder = 'vendor'
      and m.vendor_id = vendor.id order by m.ended_at is not null, m.id desc limit 1;
  end if;

  if mandate is not null then
    if writing then perform pg_advisory_xact_lock_shared(hashtextextended(mandate::text, 0)); end if;
    facts := mandate_facts(mandate, person.id, at);
    if not (facts->>'assigned')::boolean then facts := null; end if;
  end if;
  if facts is not null and facts_in_force(facts, at) and not business.bankrupt and business.dissolved_on is null then
    capacity := facts->>'holder';
    rights := array_to_string(array(select jsonb_array_elements_text(facts->'rights')), ',');
    perform set_config('kortvakt.mandate', mandate::text, true),
      set_config('kortvakt.units', coalesce(array_to_string(array(select jsonb_array_elements_text(
        case when facts->'units' = 'null'::jsonb then '[]' else facts->'units' end)), ','), ''), true);
    update mandates set last_used_at = at where id = (select m.id from mandates m where m.id = mandate and m.ended_at is null
      and (m.last_used_at is null or m.last_used_at < at - interval '1 minute') for no key update skip locked);
    update mandate_assignments set last_used_at = at where id = (select s.id from mandate_assignments s
      where s.mandate_id = mandate and s.person_id = person.id and s.ended_at is null
      and (s.last_used_at is null or s.last_used_at < at - interval '1 minute') for no key update skip locked);
  end if;
  perform set_config('kortvakt.capacity', capacity, true), set_config('kortvakt.rights', rights, true);
  if capacity in ('officer', 'person', 'vendor') then
    perform set_config('kortvakt.business', business.id::text, true);
    if capacity = 'vendor' then perform set_config('kortvakt.vendor', vendor.id::text, true); end if;
  end if;

  return jsonb_build_object('now', at, 'capacity', capacity,
    'session', jsonb_build_object('id', session.id, 'personId', person.id, 'name', person.name, 'acr', session.acr,
      'authTime', session.auth_time),
    'business', case when cardinality(roles) > 0 or facts is not null then jsonb_build_object('id', business.id,
      'organisationNumber', business.organisation_number, 'name', business.name, 'form', business.form,
      'cardType', business.card_type, 'bankrupt', business.bankrupt, 'dissolved', business.dissolved_on is not null,
      'isVendor', exists (select from vendor_profiles p where p.vendor_id = business.id)) end,
    'roles', to_jsonb(roles),
    'mandate', facts,
    'vendorsOfPerson', to_jsonb(vendors_of_person(person.id, at)));
end $$;

-- Where the person may choose to act: as officer, with a mandate of one's own, or for a vendor's customer.
create function context_choices() returns table (
  capacity text, business_id uuid, organisation_number text, name text, form text, bankrupt boolean,
  roles text[], vendor_number text, vendor_name text, mandate_id uuid, ends_at timestamptz)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select 'officer', b.id, b.organisation_number::text, b.name, b.form, b.bankrupt, acting_roles(context_person(), b.id),
    null::text, null::text, null::uuid, null::timestamptz
  from businesses b
  where b.id in (select o.business_id from officers o where o.person_id = context_person() and o.ended_at is null and o.acts)
    and cardinality(acting_roles(context_person(), b.id)) > 0
  union all
  select m.holder, b.id, b.organisation_number::text, b.name, b.form, b.bankrupt, '{}',
    v.organisation_number::text, v.name, m.id, m.ends_at
  from mandates m join businesses b on b.id = m.business_id left join businesses v on v.id = m.vendor_id
  where m.ended_at is null and not b.bankrupt and b.dissolved_on is null
    and (m.person_id = context_person() or m.id in (
      select s.mandate_id from mandate_assignments s where s.person_id = context_person() and s.ended_at is null))
    and facts_in_force(mandate_facts(m.id, context_person(), context_now()), context_now())
    and (m.holder = 'vendor' or cardinality(acting_roles(context_person(), b.id)) = 0)
  order by 4, 3;
end;

-- Login ------------------------------------------------------------------------------------------------------------

create function login_attempt_create(browser sha256, state text, nonce text, verifier text, purpose text,
  session_token sha256, return_path text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from login_attempts where created_at < clock_now() - interval '1 hour';
  insert into login_attempts (browser_hash, state, nonce, code_verifier, purpose, session_id, return_path, created_at)
  values (browser, state, nonce, verifier, purpose,
    (select id from sessions where token_hash = session_token and ended_at is null), return_path, clock_now());
end $$;

-- Single use: taking an attempt deletes it. Ten minutes.
create function login_attempt_take(browser sha256, given_state text) returns table (
  state text, nonce text, code_verifier text, purpose text, return_path text)
language sql volatile security definer set search_path = public, pg_temp
begin atomic
  delete from login_attempts where browser_hash = browser and login_attempts.state = given_state
    and created_at > clock_now() - interval '10 minutes'
  returning login_attempts.state, login_attempts.nonce, login_attempts.code_verifier, login_attempts.purpose,
    login_attempts.return_path;
end;

create function person_find_or_create(id_hash sha256, id_encrypted bytea, known_as text, born date) returns uuid
language sql volatile security definer set search_path = public, pg_temp
begin atomic
  insert into persons (national_id_hash, national_id_encrypted, name, birth_date)
  values (id_hash, id_encrypted, known_as, born)
  on conflict (national_id_hash) do update set name = excluded.name, birth_date = coalesce(excluded.birth_date, persons.birth_date)
  returning id;
end;

create function session_create(token sha256, id_hash sha256, issuer text, subject text, sid text, acr text,
  auth_time timestamptz, agent text, idle interval, longest interval) returns uuid
language sql volatile security definer set search_path = public, pg_temp
begin atomic
  insert into sessions (token_hash, person_id, issuer, subject, sid, acr, auth_time, user_agent,
    created_at, last_seen_at, idle, absolute_end)
  values (token, (select id from persons where national_id_hash = id_hash), issuer, subject, sid, acr,
    least(auth_time, clock_now()), left(agent, 300), clock_now(), clock_now(), idle, clock_now() + longest)
  returning id;
end;

-- After a step-up: the same person raises the session; another person ends it ('other-person').
-- The session gets a new token, so that one fixed before the step-up is worth nothing after it.
create function session_step_up(old_token sha256, new_token sha256, id_hash sha256, new_sid text, new_acr text,
  new_auth_time timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  session sessions;
begin
  select s.* into session from sessions s where s.token_hash = old_token and s.ended_at is null
    and s.absolute_end > clock_now() and s.last_seen_at + s.idle > clock_now() for update;
  if session.id is null then return 'no-session'; end if;
  if session.person_id <> (select id from persons where national_id_hash = id_hash)
    or not exists (select from persons where national_id_hash = id_hash) then
    update sessions set ended_at = clock_now(), end_reason = 'other-person' where id = session.id;
    return 'other-person';
  end if;
  update sessions set token_hash = new_token, sid = new_sid, acr = new_acr,
    auth_time = least(new_auth_time, clock_now()), last_seen_at = clock_now()
  where id = session.id;
  return 'raised';
end $$;

-- Ends one session; false when it had ended.
create function session_end(token sha256) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update sessions set ended_at = clock_now(), end_reason = 'logged-out' where token_hash = token and ended_at is null;
  return found;
end $$;

create function sessions_end_by_sid(from_issuer text, given_sid text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  ended integer;
begin
  update sessions set ended_at = clock_now(), end_reason = 'issuer'
  where issuer = from_issuer and sid = given_sid and ended_at is null;
  get diagnostics ended = row_count;
  return ended;
end $$;

-- Invitations --------------------------------------------------------------------------------------------------------

-- What the holder of an invitation's link may see of it.
create function invitation_by_token(token sha256) returns table (
  id uuid, kind text, business_name text, name text, invited_by_name text, expires_at timestamptz, state text)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select i.id, i.kind, b.name, i.name, i.invited_by_name, i.expires_at,
    case when i.settled_at is not null then 'settled' when i.accepted_at is not null then 'accepted'
      when i.expires_at <= clock_now() then 'expired' else 'open' end
  from invitations i join businesses b on b.id = i.business_id where i.token_hash = token;
end;

-- The signed-in person answers yes. Single use; a named worker's invitation is for that worker alone.
create function invitation_accept(token sha256) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  invitation invitations;
  who persons;
begin
  select i.* into invitation from invitations i where i.token_hash = token for update;
  select p.* into who from persons p where p.id = context_person();
  if who.id is null then return 'not-signed-in'; end if;
  if invitation.id is null or invitation.settled_at is not null then return 'gone'; end if;
  if invitation.accepted_at is not null then
    return case when invitation.accepted_by = who.id then 'accepted' else 'gone' end;
  end if;
  if invitation.expires_at <= context_now() then return 'expired'; end if;
  if invitation.worker_id is not null and not exists (
    select from workers w where w.id = invitation.worker_id and w.person_id = who.id) then return 'other-person'; end if;
  if invitation.kind = 'person' and cardinality(vendors_of_person(who.id, context_now())) > 0 then
    update invitations set settled_at = context_now(), outcome = 'refused-vendor', accepted_by = who.id,
      accepted_by_name = who.name where id = invitation.id;
    return 'vendor-person';
  end if;
  update invitations set accepted_by = who.id, accepted_by_name = who.name, accepted_at = context_now()
  where id = invitation.id;
  return 'accepted';
end $$;

-- Vendors and workers ------------------------------------------------------------------------------------------------

-- A vendor without the worker list gives a number and a surname and learns only 'found' (with a handle) or 'no': the same
-- for unknown, other employer, other unit, wrong name and too many misses. Twenty misses a day end it for the mandate.
create function vendor_look_up_worker(id_hash sha256, surname text) returns uuid
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  mandate uuid := context_mandate();
  misses integer;
  found workers;
  offer uuid;
begin
  if context_capacity() is distinct from 'vendor'
    or not (context_has_right('orders.place') or context_has_right('orders.prepare')) then
    raise exception 'only a vendor that may order looks workers up';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('look-up:' || mandate::text, 0));
  select count(*) into misses from worker_look_ups l where l.mandate_id = mandate and not l.hit
    and oslo_date(l.at) = oslo_date(context_now());
  if misses < 20 then
    select w.* into found from workers w join persons p on p.id = w.person_id
    where p.national_id_hash = id_hash and w.business_id = context_business() and context_covers_unit(w.unit_id)
      and lower(w.family_name) = lower(trim(surname)) and not w.deceased
      and (w.employed_to is null or w.employed_to >= oslo_date(context_now()))
    order by w.employed_from desc limit 1;
  end if;
  insert into worker_look_ups (business_id, vendor_id, mandate_id, person_id, hit, at)
  values (context_business(), context_vendor(), mandate, context_person(), found.id is not null, context_now());
  if found.id is null then return null; end if;
  insert into worker_offers (business_id, vendor_id, mandate_id, worker_id, unit_id, source, name, birth_year, offered_by, offered_at)
  values (context_business(), context_vendor(), mandate, found.id, found.unit_id, 'looked-up', found.name,
    extract(year from found.birth_date), context_person(), context_now())
  on conflict (mandate_id, worker_id) where used_at is null and withdrawn_at is null
    do update set mandate_id = excluded.mandate_id
  returning id into offer;
  return offer;
end $$;

create function vendor_look_up_misses() returns integer
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select count(*)::integer from worker_look_ups l where l.mandate_id = context_mandate() and not l.hit
    and oslo_date(l.at) = oslo_date(context_now());
end;

-- Name, birth date and numbers of a worker whom the vendor was offered, for the order line; never shown to it.
create function worker_is_vendors(person uuid) returns boolean
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select cardinality(vendors_of_person(person, coalesce(context_now(), clock_now()))) > 0;
end;

-- A photo is of a worker of the business, and is reached where the worker's unit is.
create function fill_photo_unit() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  new.unit_id := (select w.unit_id from workers w where w.id = new.worker_id and w.business_id = new.business_id);
  return new;
end $$;
create trigger fill_unit before insert on photos for each row execute function fill_photo_unit();

-- The officers' people, for notices to their own addresses. Jobs only.
create function officers_of(business uuid) returns table (person_id uuid, name text, national_id_encrypted bytea)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  return query select distinct p.id, p.name, p.national_id_encrypted from officers o join persons p on p.id = o.person_id
    join businesses b on b.id = o.business_id
    where o.business_id = business and o.ended_at is null and o.acts and (not b.bankrupt or o.role_code = 'BOBE');
end $$;

-- Checks -------------------------------------------------------------------------------------------------------------

-- One statement, one index look-up; a wrong pair and an unknown number are the same empty answer.
create function card_state(c cards, at timestamptz) returns text language sql immutable
  return case when c.production = 'waiting' then 'in-production' when c.blocked_at is not null then 'blocked'
    when c.expires_at <= at then 'expired' when c.suspended_reason is not null then 'suspended' else 'valid' end;

create function check_card(card_number text, born date, card_token text) returns table (
  state text, employer_name text, organisation_number text, card_type text, expires_at timestamptz, as_of timestamptz)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select card_state(c, clock_now()), c.employer_name, c.organisation_number::text, c.card_type, c.expires_at, clock_now()
  from cards c where (c.number = card_number and c.birth_date = born) or c.token = card_token
  limit 1;
end;

-- Jobs ---------------------------------------------------------------------------------------------------------------

-- The one door from the request role to the queue: a task is added in the transaction of the fact that causes it.
create function enqueue_job(name text, payload json, key text, run_at timestamptz) returns void
language plpgsql security definer set search_path = graphile_worker, public, pg_temp as $$
begin
  perform graphile_worker.add_job(name, payload, run_at := run_at, job_key := key);
end $$;

-- Ownership and rights of execution ------------------------------------------------------------------------------------

grant create on schema public to kortvakt_context, kortvakt_jobs;
do $$
declare
  f regprocedure;
begin
  for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace loop
    execute format('revoke execute on function %s from public', f);
  end loop;
  for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef
    and p.proname <> 'enqueue_job' loop
    execute format('alter function %s owner to kortvakt_context', f);
  end loop;
end $$;
alter function enqueue_job owner to kortvakt_jobs;
revoke create on schema public from kortvakt_context, kortvakt_jobs;

set role kortvakt_context;
grant execute on function clock_now, vendors_of_person, is_employed, acting_roles, mandate_facts, context_open, context_choices,
  login_attempt_create, login_attempt_take, person_find_or_create, session_create, session_step_up, session_end,
  sessions_end_by_sid, invitation_by_token, invitation_accept, vendor_look_up_worker, vendor_look_up_misses,
  worker_is_vendors, officers_of to kortvakt_request;
grant execute on function check_card to kortvakt_check;
set role kortvakt_jobs;
grant execute on function enqueue_job to kortvakt_request;
reset role;
grant execute on function context_setting, context_person, context_business, context_vendor, context_mandate, context_now,
  context_capacity, context_is_job, context_is_business_side, context_is_officer, context_is_vendor, context_has_right,
  context_covers_unit, context_covers_units, context_may_give, context_is_now, oslo_date, facts_in_force, context_clear, context_open_anonymous, context_open_job, card_state
  to kortvakt_request, kortvakt_context;
