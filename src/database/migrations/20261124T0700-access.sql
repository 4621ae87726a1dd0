-- Mandates for named workers, changes to a mandate in force, emergency stops, and the ties of a vendor's members.

alter table mandates
  add column workers uuid[] check (workers is null or cardinality(workers) > 0),  -- null: everyone in the units
  add column version integer not null default 1,          -- grows with each change, so that nobody overwrites another's
  add column change_reason text not null default '',      -- why it was changed or ended last, in somebody's words
  add column given_under uuid references mandates,        -- the giver's own mandate; null: an officer gave it
  -- The giver lost the right to give: until when the business may confirm what they gave.
  add column confirm_by timestamptz,
  add column tie_confirmed_at timestamptz,                -- a declared tie is confirmed anew at each review
  add constraint one_scope check (units is null or workers is null),
  drop constraint mandates_end_reason_check,
  add constraint mandates_end_reason_check
    check (end_reason in ('removed', 'replaced', 'became-vendor', 'not-confirmed', 'given-back')),
  -- `business`: somebody stopped it here; `review`: nobody answered the quarterly review in time.
  add constraint suspended_for_a_reason check (suspended_reason in ('business', 'review'));
create index mandates_given_under on mandates (given_under) where ended_at is null and given_under is not null;
create index mandates_by_approver on mandates (approved_by) where ended_at is null;

-- A vendor's member is bound to the vendor as a person with a mandate is to the business: employed there, or an officer
-- of the vendor answers for another tie. Members from before ties were kept stay, as declared.
alter table vendor_members
  add column tie text not null default 'declared' check (tie in ('employment', 'declared')),
  add column tie_reason text default 'Member from before ties were kept',
  add column tie_confirmed_at timestamptz,
  add constraint a_declared_tie_has_a_reason check (tie = 'employment' or tie_reason <> '');
alter table vendor_members alter column tie set default 'employment', alter column tie_reason drop default;

-- What a mandate was, change by change: who had which right when, given, changed and ended by whom, and why.
create table mandate_versions (
  mandate_id uuid not null references mandates,
  version integer not null,
  business_id uuid not null references businesses,
  vendor_id uuid references businesses,
  change text not null check (change in ('given', 'narrowed', 'suspended', 'resumed', 'to-confirm', 'confirmed', 'ended')),
  rights right_name[] not null,
  units uuid[],
  workers uuid[],
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  cards_per_order integer,
  cards_per_month integer,
  ore_per_month bigint,
  confirm_by timestamptz,
  suspended_reason text,
  end_reason text,
  reason text not null default '',
  at timestamptz not null,
  changed_by uuid references persons,           -- null: a task
  changed_by_name text,
  primary key (mandate_id, version)
);
create index mandate_versions_by_business on mandate_versions (business_id, at);

-- An emergency stop: freezes one vendor for this business, or (no vendor) everyone but its officers.
create table freezes (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  vendor_id uuid references businesses,
  reason text not null default '',
  frozen_at timestamptz not null,
  frozen_by uuid references persons,            -- null: a task, after somebody said "this was not me"
  frozen_by_name text,
  lifted_at timestamptz,
  lifted_by uuid references persons,
  lifted_by_name text,
  lifted_reason text,
  check ((lifted_at is null) = (lifted_by is null)),
  check (lifted_at >= frozen_at)
);
create unique index freezes_open on freezes (business_id, vendor_id) nulls not distinct where lifted_at is null;
create index freezes_by_vendor on freezes (vendor_id) where lifted_at is null;

do $$
declare
  t text;
begin
  foreach t in array array['mandate_versions', 'freezes'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
  end loop;
end $$;

grant select on freezes to kortvakt_context;
create policy resolves on freezes for select to kortvakt_context using (true);
grant insert on mandate_versions to kortvakt_context;
create policy noted on mandate_versions for insert to kortvakt_context with check (true);

grant select on mandate_versions to kortvakt_request;
create policy managed on mandate_versions for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy held_by_vendor on mandate_versions for select to kortvakt_request
  using (vendor_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy job on mandate_versions for select to kortvakt_request using (context_is_job());

-- Anyone who manages access stops in an emergency; only an officer with a fresh login at high level starts again.
grant select, insert on freezes to kortvakt_request;
grant update (lifted_at, lifted_by, lifted_by_name, lifted_reason) on freezes to kortvakt_request;
create policy managed on freezes for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy told_to_vendor on freezes for select to kortvakt_request
  using (vendor_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy job on freezes for select to kortvakt_request using (context_is_job());
create policy stopped on freezes for insert to kortvakt_request
  with check (business_id = context_business() and context_is_business_side() and context_has_right('access.manage')
    and frozen_by = context_person() and context_is_now(frozen_at) and lifted_at is null);
create policy stopped_by_job on freezes for insert to kortvakt_request with check (context_is_job() and lifted_at is null);
create policy started_again on freezes for update to kortvakt_request
  using (business_id = context_business() and context_is_officer() and lifted_at is null)
  with check (business_id = context_business() and lifted_by = context_person() and context_is_now(lifted_at)
    and context_setting('acr') = 'high'
    and context_setting('auth_time')::timestamptz between context_now() - interval '5 minutes' and context_now());

-- Changes --------------------------------------------------------------------------------------------------------

grant update (rights, units, workers, ends_at, cards_per_order, cards_per_month, ore_per_month, confirm_by,
  tie_confirmed_at, change_reason) on mandates to kortvakt_request;
-- What is given records under which mandate, so that it can be found when the giver loses the right.
create policy given_under_own on mandates as restrictive for insert to kortvakt_request
  with check (given_under is not distinct from context_mandate() and confirm_by is null and version = 1);
grant update (tie, tie_reason, tie_confirmed_at) on vendor_members to kortvakt_request;

-- Which is the wider limit: none is the widest.
create function wider_limit(new_limit bigint, old_limit bigint) returns boolean language sql immutable
  return old_limit is not null and (new_limit is null or new_limit > old_limit);

-- A mandate in force is only ever narrowed: what is wider is given anew, with its preview, agreement, quote and step-up.
create function guard_mandate_change() returns trigger language plpgsql as $$
begin
  -- Without a context no row is visible to who serves requests: only whoever owns the server comes here.
  if context_capacity() is not null and (not new.rights <@ old.rights or new.ends_at > old.ends_at
    or (old.units is not null and (new.units is null or not new.units <@ old.units))
    or (old.workers is not null and (new.workers is null or not new.workers <@ old.workers))
    or wider_limit(new.cards_per_order, old.cards_per_order) or wider_limit(new.cards_per_month, old.cards_per_month)
    or wider_limit(new.ore_per_month, old.ore_per_month)) then
    raise exception 'a mandate is only narrowed' using errcode = 'check_violation', constraint = 'only_narrowed';
  end if;
  if new.confirm_by is not null and new.confirm_by is distinct from old.confirm_by and not coalesce(context_is_job(), true) then
    raise exception 'only a task asks for confirmation' using errcode = 'check_violation';
  end if;
  if (new.rights, new.units, new.workers, new.ends_at, new.cards_per_order, new.cards_per_month, new.ore_per_month,
      new.confirm_by, new.suspended_at, new.ended_at)
    is distinct from (old.rights, old.units, old.workers, old.ends_at, old.cards_per_order, old.cards_per_month,
      old.ore_per_month, old.confirm_by, old.suspended_at, old.ended_at) then
    new.version := old.version + 1;
  end if;
  return new;
end $$;
create trigger guard_change before update on mandates for each row execute function guard_mandate_change();

create function note_mandate_version() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  what text := 'given';
begin
  if tg_op = 'UPDATE' then
    if new.version = old.version then return null; end if;
    what := case when new.ended_at is not null and old.ended_at is null then 'ended'
      when new.suspended_at is not null and old.suspended_at is null then 'suspended'
      when new.suspended_at is null and old.suspended_at is not null then 'resumed'
      when new.confirm_by is not null and old.confirm_by is distinct from new.confirm_by then 'to-confirm'
      when new.confirm_by is null and old.confirm_by is not null then 'confirmed'
      else 'narrowed' end;
  end if;
  insert into mandate_versions (mandate_id, version, business_id, vendor_id, change, rights, units, workers, starts_at, ends_at,
    cards_per_order, cards_per_month, ore_per_month, confirm_by, suspended_reason, end_reason, reason, at, changed_by, changed_by_name)
  values (new.id, new.version, new.business_id, new.vendor_id, what, new.rights, new.units, new.workers, new.starts_at, new.ends_at,
    new.cards_per_order, new.cards_per_month, new.ore_per_month, new.confirm_by, new.suspended_reason, new.end_reason,
    new.change_reason, coalesce(context_now(), clock_now()), context_person(),
    (select p.name from persons p where p.id = context_person()));
  return null;
end $$;
create trigger note_version after insert or update on mandates for each row execute function note_mandate_version();

-- Facts ----------------------------------------------------------------------------------------------------------

create function context_covers_worker(worker uuid) returns boolean language sql stable parallel safe
  return nullif(current_setting('kortvakt.workers', true), '') is null
      or worker::text = any (string_to_array(current_setting('kortvakt.workers', true), ','));
-- Whether a scope lies within the asker's own: units within units, named workers within named workers. What reaches the
-- whole business lies within none but the whole business.
create function context_covers_scope(units uuid[], workers uuid[]) returns boolean language sql stable parallel safe
  return coalesce((nullif(current_setting('kortvakt.units', true), '') is null
      or units::text[] <@ string_to_array(current_setting('kortvakt.units', true), ','))
    and (nullif(current_setting('kortvakt.workers', true), '') is null
      or workers::text[] <@ string_to_array(current_setting('kortvakt.workers', true), ',')), false);

create or replace function context_clear(at timestamptz, capacity text) returns void language plpgsql as $$
begin
  perform set_config('kortvakt.now', at::text, true), set_config('kortvakt.capacity', capacity, true),
    set_config('kortvakt.person', '', true), set_config('kortvakt.business', '', true),
    set_config('kortvakt.vendor', '', true), set_config('kortvakt.mandate', '', true),
    set_config('kortvakt.rights', '', true), set_config('kortvakt.units', '', true), set_config('kortvakt.workers', '', true),
    set_config('kortvakt.job', '', true), set_config('kortvakt.acr', '', true), set_config('kortvakt.auth_time', '', true);
end $$;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Whether a person is of the vendor now: an officer of it, or a member whose tie holds.
create function is_vendor_person(who uuid, vendor uuid, at timestamptz) returns boolean
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select exists (select from vendor_members b where b.vendor_id = vendor and b.person_id = who and b.ended_at is null
      and (b.tie = 'declared' or is_employed(who, vendor, at)))
    or cardinality(acting_roles(who, vendor)) > 0;
end;

create or replace function mandate_facts(mandate uuid, who uuid, at timestamptz) returns jsonb
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select jsonb_build_object(
    'id', m.id, 'holder', m.holder, 'rights', to_jsonb(m.rights), 'units', to_jsonb(m.units), 'workers', to_jsonb(m.workers),
    'startsAt', m.starts_at, 'endsAt', m.ends_at, 'endedAt', m.ended_at,
    'suspendedAt', m.suspended_at, 'suspendedFor', m.suspended_reason, 'confirmBy', m.confirm_by,
    'frozenAt', (select min(f.frozen_at) from freezes f where f.business_id = m.business_id and f.lifted_at is null
      and (f.vendor_id is null or f.vendor_id = m.vendor_id)),
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
      and is_vendor_person(who, m.vendor_id, at),
    'tieHolds', m.holder = 'vendor' or m.tie = 'declared' or is_employed(who, m.business_id, at),
    'holderIsVendorPerson', m.holder = 'person' and cardinality(vendors_of_person(who, at)) > 0)
  from mandates m
    left join agreements a on a.id = m.agreement_id
    left join quotes q on q.id = m.quote_id
    left join businesses v on v.id = m.vendor_id
    left join vendor_profiles p on p.vendor_id = m.vendor_id
  where m.id = mandate;
end;
reset role;

create or replace function facts_in_force(facts jsonb, at timestamptz) returns boolean language sql immutable
  return (facts->>'startsAt')::timestamptz <= at and at < (facts->>'endsAt')::timestamptz
    and facts->>'endedAt' is null and facts->>'suspendedAt' is null and facts->>'frozenAt' is null
    and (facts->>'confirmBy' is null or at < (facts->>'confirmBy')::timestamptz)
    and (facts->>'assigned')::boolean and (facts->>'tieHolds')::boolean
    and not (facts->>'holderIsVendorPerson')::boolean
    and (facts->>'holder' = 'person' or (
      (facts->>'agreementActive')::boolean
      and facts->'quote' <> 'null'::jsonb and at < (facts->'quote'->>'validUntil')::timestamptz
      and (facts->'vendor'->>'registered')::boolean and facts->'vendor'->>'barredAt' is null
      and facts->>'approvedAcr' = 'high' and (facts->>'approvedWithinMs')::numeric between 0 and 300000));

-- Context --------------------------------------------------------------------------------------------------------

-- Takes on what a mandate in force gives, for the rest of the transaction.
create function context_take_mandate(facts jsonb) returns void language plpgsql as $$
begin
  perform set_config('kortvakt.mandate', facts->>'id', true),
    set_config('kortvakt.units', coalesce(array_to_string(array(select jsonb_array_elements_text(
      case when facts->'units' = 'null'::jsonb then '[]' else facts->'units' end)), ','), ''), true),
    set_config('kortvakt.workers', coalesce(array_to_string(array(select jsonb_array_elements_text(
      case when facts->'workers' = 'null'::jsonb then '[]' else facts->'workers' end)), ','), ''), true);
end $$;

set role kortvakt_context;
-- As before, with the scope of named workers.
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
    if writing then perform pg_advisory_xact_lock_shared(hashtextextended(mandate::text, 0)); end if;
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

-- Policies: what is about one worker is reached only where the worker is ------------------------------------------

drop policy managed_insert on mandates;
create policy managed_insert on mandates for insert to kortvakt_request
  with check (business_id = context_business() and context_is_business_side() and context_has_right('access.manage')
    and approved_by = context_person() and approved_acr = context_setting('acr')
    and approved_auth_time <= context_setting('auth_time')::timestamptz and context_is_now(approved_at)
    and context_may_give(rights::text[], units) and context_covers_scope(units, workers) and ended_at is null);
-- Whoever manages access in a part of the business leaves alone what reaches beyond it.
drop policy managed_update on mandates;
create policy managed_update on mandates for update to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage')
    and context_covers_scope(units, workers) and ended_at is null)
  with check (business_id = context_business() and (ended_at is null or ended_by = context_person()));

create policy within_scope on workers as restrictive for select to kortvakt_request
  using (context_covers_worker(id) or person_id = context_person());
create policy within_scope on photos as restrictive to kortvakt_request using (context_covers_worker(worker_id));
create policy within_scope on worker_offers as restrictive to kortvakt_request using (context_covers_worker(worker_id));
create policy within_scope on order_lines as restrictive to kortvakt_request using (context_covers_worker(worker_id));
create policy within_scope on cards as restrictive to kortvakt_request using (context_covers_worker(worker_id));
-- An order holds others too: with named workers one sees the orders made under the mandate itself.
create policy within_scope on orders as restrictive to kortvakt_request
  using (context_setting('workers') is null or mandate_id = context_mandate());

revoke create on schema public from kortvakt_context;
revoke execute on function wider_limit, guard_mandate_change, note_mandate_version, context_covers_worker, context_covers_scope,
  context_take_mandate from public;
grant create on schema public to kortvakt_context;
alter function note_mandate_version owner to kortvakt_context;
revoke create on schema public from kortvakt_context;
grant execute on function wider_limit, context_covers_worker, context_covers_scope to kortvakt_request, kortvakt_context;
grant execute on function context_take_mandate to kortvakt_context;
set role kortvakt_context;
revoke execute on function is_vendor_person from public;
grant execute on function is_vendor_person to kortvakt_request;
reset role;
