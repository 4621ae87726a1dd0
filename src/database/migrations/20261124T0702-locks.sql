-- What commits after access was taken away was not done with it, whichever way it was taken. A writing action holds (shared)
-- everything that its access hangs on and reads it only then; whatever takes access away locks (exclusively) what it takes it
-- from, and so waits for what is running, while what comes after waits for it and finds it gone. Triggers do the locking:
-- no way of taking access away can forget it.
--
-- What access hangs on is held in this order, and more than one of a kind in the order of their ids. A transaction that
-- locks several has to keep to it; one that locks a mandate and then changes it locks first (`lock_access`), and the trigger
-- finds it locked.
--   session    it is ended, or gets a new token
--   business   it goes bankrupt, is dissolved, is barred as a vendor, or stops everyone but its officers
--   person     they are no longer an officer, member, employee or assigned; or come to belong to a vendor
--   mandate    it is ended, suspended, narrowed or frozen, or its agreement is ended
create function access_lock_key(kind text, id uuid) returns bigint language sql immutable
  return hashtextextended(case kind when 'mandate' then id::text else kind || ':' || id::text end, 0);

create function hold_access(kind text, ids uuid[]) returns void language plpgsql as $$
declare
  one uuid;
begin
  for one in select distinct id from unnest(ids) id where id is not null order by id loop
    perform pg_advisory_xact_lock_shared(access_lock_key(kind, one));
  end loop;
end $$;

-- Waits for everyone who holds it, and keeps others from holding it until this transaction has ended.
create function lock_access(kind text, ids uuid[]) returns void language plpgsql as $$
declare
  one uuid;
begin
  for one in select distinct id from unnest(ids) id where id is not null order by id loop
    perform pg_advisory_xact_lock(access_lock_key(kind, one));
  end loop;
end $$;

-- The mandate that a vendor has, or is just being given, from a business: whoever gives it one holds the same lock.
create function lock_vendors_mandate(business uuid, vendor uuid) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('holder:' || business::text || ':' || vendor::text, 0));
  perform lock_access('mandate', array(select m.id from mandates m
    where m.business_id = business and m.vendor_id = vendor and m.ended_at is null));
end $$;

create function lock_session() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform lock_access('session', array[new.id]);
  return null;
end $$;

create function lock_business() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform lock_access('business', array[new.id]);
  return null;
end $$;

create function lock_barred_vendor() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform lock_access('business', array[new.vendor_id]);
  return null;
end $$;

create function lock_frozen() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if new.vendor_id is null then
    perform lock_access('business', array[new.business_id]);
  else
    perform lock_vendors_mandate(new.business_id, new.vendor_id);
  end if;
  return null;
end $$;

create function lock_mandate() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform lock_access('mandate', array[new.id]);
  return null;
end $$;

create function lock_agreement() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform lock_vendors_mandate(new.business_id, new.vendor_id);
  return null;
end $$;

-- People whose standing changed: officers, members, and those assigned.
create function lock_people_changed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_table_name = 'officers' then
    perform lock_access('person', array(select new_rows.person_id from old_rows join new_rows using (id)
      where (old_rows.ended_at, old_rows.acts, old_rows.role_code)
        is distinct from (new_rows.ended_at, new_rows.acts, new_rows.role_code)));
  elsif tg_table_name = 'vendor_members' then
    perform lock_access('person', array(select new_rows.person_id from old_rows join new_rows using (id)
      where (old_rows.ended_at, old_rows.tie) is distinct from (new_rows.ended_at, new_rows.tie)));
  else
    perform lock_access('person', array(select new_rows.person_id from old_rows join new_rows using (id)
      where old_rows.ended_at is distinct from new_rows.ended_at));
  end if;
  return null;
end $$;

create function lock_people_added() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform lock_access('person', array(select person_id from new_rows));
  return null;
end $$;

-- Of the workers whose employment is new or changed, those on whose employment access hangs: it ties them to a mandate or a
-- membership, or makes them a vendor's where they hold a mandate of their own.
create function lock_workers() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  people uuid[];
begin
  if tg_op = 'INSERT' then
    people := array(select person_id from new_rows);
  else
    people := array(select new_rows.person_id from old_rows join new_rows using (id)
      where (old_rows.employed_from, old_rows.employed_to) is distinct from (new_rows.employed_from, new_rows.employed_to));
  end if;
  perform lock_access('person', array(select m.person_id from mandates m where m.person_id = any (people) and m.ended_at is null
    union all select b.person_id from vendor_members b where b.person_id = any (people) and b.ended_at is null));
  return null;
end $$;

-- Whose own mandates stop because the business that they belong to becomes a vendor.
create function lock_people_of_vendor() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform lock_access('person', array(select m.person_id from mandates m where m.ended_at is null and m.person_id in (
    select person_id from officers where business_id = new.vendor_id
    union all select person_id from vendor_members where vendor_id = new.vendor_id
    union all select person_id from workers where business_id = new.vendor_id)));
  return null;
end $$;

create trigger lock_access after update of ended_at, token_hash on sessions for each row
  when (old.ended_at is distinct from new.ended_at or old.token_hash is distinct from new.token_hash)
  execute function lock_session();
create trigger lock_access after update of bankrupt, dissolved_on on businesses for each row
  when (old.bankrupt <> new.bankrupt or old.dissolved_on is distinct from new.dissolved_on)
  execute function lock_business();
create trigger lock_access after update of barred_at on vendor_profiles for each row
  when (old.barred_at is distinct from new.barred_at) execute function lock_barred_vendor();
create trigger lock_people_of_vendor after insert on vendor_profiles for each row execute function lock_people_of_vendor();
create trigger lock_access after insert on freezes for each row execute function lock_frozen();
-- Every change but the note of the last use: a column that is added later is heeded without being named here.
create trigger lock_access after update on mandates for each row
  when ((to_jsonb(old.*) - 'last_used_at') <> (to_jsonb(new.*) - 'last_used_at')) execute function lock_mandate();
create trigger lock_access after update of ended_at on agreements for each row
  when (old.ended_at is distinct from new.ended_at) execute function lock_agreement();
create trigger lock_people_changed after update on officers referencing old table as old_rows new table as new_rows
  for each statement execute function lock_people_changed();
create trigger lock_people_added after insert on officers referencing new table as new_rows
  for each statement execute function lock_people_added();
create trigger lock_people_changed after update on vendor_members referencing old table as old_rows new table as new_rows
  for each statement execute function lock_people_changed();
create trigger lock_people_added after insert on vendor_members referencing new table as new_rows
  for each statement execute function lock_people_added();
create trigger lock_people_changed after update on mandate_assignments referencing old table as old_rows new table as new_rows
  for each statement execute function lock_people_changed();
create trigger lock_workers_changed after update on workers referencing old table as old_rows new table as new_rows
  for each statement execute function lock_workers();
create trigger lock_workers_added after insert on workers referencing new table as new_rows
  for each statement execute function lock_workers();

-- Context ----------------------------------------------------------------------------------------------------------

grant create on schema public to kortvakt_context;
set role kortvakt_context;
-- As before; with `writing` everything that the access hangs on is held and then read.
create or replace function context_open(token sha256, business_number text, vendor_number text, writing boolean) returns jsonb
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
  if session.id is not null and writing then
    perform hold_access('session', array[session.id]);
    select s.* into session from sessions s
    where s.token_hash = token and s.ended_at is null and s.absolute_end > at and s.last_seen_at + s.idle > at;
  end if;
  if session.id is null then return jsonb_build_object('now', at, 'capacity', 'anonymous'); end if;

  -- Marks of use are taken without the strength to delete: a stronger lock would meet the foreign keys of orders that
  -- wait for the same mandate's limits, and the two would wait for each other.
  if session.last_seen_at < at - interval '1 minute' then
    update sessions set last_seen_at = at where id = (select id from sessions where id = session.id for no key update skip locked);
  end if;
  select p.* into person from persons p where p.id = session.person_id;
  perform set_config('kortvakt.person', person.id::text, true), set_config('kortvakt.acr', session.acr, true),
    set_config('kortvakt.auth_time', session.auth_time::text, true);

  if writing then
    perform hold_access('business', array(select b.id from businesses b
      where b.organisation_number in (business_number, vendor_number)));
    perform hold_access('person', array[person.id]);
  end if;
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
    if writing then perform hold_access('mandate', array[mandate]); end if;
    facts := mandate_facts(mandate, person.id, at);
    if not (facts->>'assigned')::boolean then facts := null; end if;
  end if;
  if facts is not null and facts_in_force(facts, at) and not business.bankrupt and business.dissolved_on is null then
    capacity := facts->>'holder';
    rights := array_to_string(array(select jsonb_array_elements_text(facts->'rights')), ',');
    perform context_take_mandate(facts);
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
reset role;

do $$
declare
  f regprocedure;
begin
  foreach f in array array['access_lock_key(text, uuid)', 'hold_access(text, uuid[])', 'lock_access(text, uuid[])',
    'lock_vendors_mandate(uuid, uuid)', 'lock_session()', 'lock_business()', 'lock_barred_vendor()', 'lock_frozen()',
    'lock_mandate()', 'lock_agreement()', 'lock_people_changed()', 'lock_people_added()', 'lock_workers()',
    'lock_people_of_vendor()']::regprocedure[] loop
    execute format('revoke execute on function %s from public', f);
  end loop;
  foreach f in array array['lock_session()', 'lock_business()', 'lock_barred_vendor()', 'lock_frozen()', 'lock_mandate()',
    'lock_agreement()', 'lock_people_changed()', 'lock_people_added()', 'lock_workers()',
    'lock_people_of_vendor()']::regprocedure[] loop
    execute format('alter function %s owner to kortvakt_context', f);
  end loop;
end $$;
revoke create on schema public from kortvakt_context;
grant execute on function access_lock_key, hold_access, lock_access, lock_vendors_mandate to kortvakt_context;
grant execute on function access_lock_key, lock_access to kortvakt_request;
