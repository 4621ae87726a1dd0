-- Emergency stops: waiting for everything that runs in a business or for a vendor, orders that are held, and who is told.

-- Every writing action under a mandate stands in the way of three exclusive locks, always taken in this order: its
-- business's (an emergency stop for everyone), its vendor's (a bar) and its own (removal). One lock for a business with
-- 20,000 mandates, since as many single ones do not fit into PostgreSQL's table of locks.
create function context_lock_mandate(business uuid, vendor uuid, mandate uuid) returns void
language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('business:' || business::text, 0));
  if vendor is not null then perform pg_advisory_xact_lock_shared(hashtextextended('vendor:' || vendor::text, 0)); end if;
  perform pg_advisory_xact_lock_shared(hashtextextended(mandate::text, 0));
end $$;

grant create on schema public to kortvakt_context;
set role kortvakt_context;
-- As before, with the locks of the business and the vendor.
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
    if writing then perform context_lock_mandate(business.id, vendor.id, mandate); end if;
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
revoke create on schema public from kortvakt_context;
revoke execute on function context_lock_mandate from public;
grant execute on function context_lock_mandate to kortvakt_context;

-- Who is told, once: a task tells the officers on both sides and notes that it has.
alter table freezes
  add column told_at timestamptz,
  add column lift_told_at timestamptz,
  add constraint lift_told_after_lifting check (lift_told_at is null or lifted_at is not null);
grant update (told_at, lift_told_at) on freezes to kortvakt_request;
create policy told on freezes for update to kortvakt_request using (context_is_job()) with check (context_is_job());
-- What is lifted stays lifted, and only a task says that people were told.
create function guard_freeze() returns trigger language plpgsql as $$
begin
  if context_is_job() and (new.lifted_at, new.lifted_by, new.lifted_by_name, new.lifted_reason)
      is distinct from (old.lifted_at, old.lifted_by, old.lifted_by_name, old.lifted_reason) then
    raise exception 'only an officer lifts an emergency stop' using errcode = 'check_violation', constraint = 'lifted_by_officer';
  end if;
  if context_is_business_side() and (new.told_at, new.lift_told_at) is distinct from (old.told_at, old.lift_told_at) then
    raise exception 'only a task says who was told' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger guard before update on freezes for each row execute function guard_freeze();
revoke execute on function guard_freeze from public;

-- Orders ---------------------------------------------------------------------------------------------------------------

-- Whoever sees the business's orders sees why one is held.
create policy seen_with_orders on freezes for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and (context_has_right('orders.read')
    or context_has_right('orders.place') or context_has_right('orders.prepare') or context_has_right('orders.approve')));

-- The emergency stop that holds an order, the first if there are several; none for what an officer ordered. Sees what its
-- caller sees.
create function freeze_of_order(business uuid, vendor uuid, mandate uuid) returns uuid language sql stable
  return (select f.id from freezes f where mandate is not null and f.business_id = business and f.lifted_at is null
    and (f.vendor_id is null or f.vendor_id = vendor) order by f.frozen_at, f.id limit 1);
revoke execute on function freeze_of_order from public;
grant execute on function freeze_of_order to kortvakt_request;

-- A batch that was never handed over can still lose the cards that an emergency stop holds: their lines are ready again.
alter table card_batches add column handed_over_at timestamptz default now();   -- first tried; the issuer may have it since
alter table card_batches alter column handed_over_at drop default;
grant delete on cards to kortvakt_request;
create policy recalled on cards for delete to kortvakt_request
  using (context_is_job() and context_setting('job') = 'cards.send-batch' and production in ('waiting', 'acknowledged'));
