-- The facts of a page of mandates are looked up at once: a call for each row costs as much as all rows together.
-- What the facts are is unchanged, and said once. The functions that take no rights of their own are written out by the
-- planner inside those that do, which alone anyone may call.

-- In a schema that nobody may use: what indexes are made of is looked up when they are made, and their functions are nobody's
-- to call.
create schema extensions;
create extension btree_gin schema extensions;
create extension pg_trgm schema extensions;

-- The order of the list: vendors, then people, each by name. A page begins after the last one of the page before.
alter table mandates add list_key text not null
  generated always as (case holder when 'vendor' then 'a' else 'b' end || lower(holder_name)) stored;
create index mandates_in_order on mandates (business_id, list_key, id) where ended_at is null;
create index mandates_by_name on mandates using gin (business_id, lower(holder_name) extensions.gin_trgm_ops) where ended_at is null;
create index mandate_assignments_by_name on mandate_assignments using gin (business_id, lower(name) extensions.gin_trgm_ops)
  where ended_at is null;

-- What `like` finds this text in, wherever it stands.
create function as_pattern(part text) returns text language sql immutable parallel safe
  return '%' || regexp_replace(lower(part), '([\\%_])', '\\\1', 'g') || '%';

grant execute on function as_pattern to kortvakt_context;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Whoever is an officer, a member or an employee of a registered vendor counts as that vendor. From the person by the
-- indexes on persons, so that the number of vendors does not matter.
create function vendors_tied_to(who uuid, at timestamptz) returns setof uuid language sql stable
begin atomic
  select vendor_profiles.vendor_id from vendor_profiles where vendor_profiles.vendor_id in (
    select officers.business_id from officers where officers.person_id = who and officers.ended_at is null
    union all
    select vendor_members.vendor_id from vendor_members
      where vendor_members.person_id = who and vendor_members.ended_at is null
    union all
    select workers.business_id from workers where workers.person_id = who
      and workers.employed_from <= oslo_date(at) and (workers.employed_to is null or workers.employed_to >= oslo_date(at)));
end;

create or replace function vendors_of_person(who uuid, at timestamptz) returns uuid[]
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select coalesce(array_agg(vendor order by vendor), '{}') from vendors_tied_to(who, at) vendor;
end;

-- Everything a decision needs to know of mandates when one person uses them, or, with `own`, whoever holds each.
create function facts_of_mandates(wanted uuid[], who uuid, own boolean, at timestamptz) returns table (mandate uuid, facts jsonb)
language sql stable
begin atomic
  select m.id, jsonb_build_object(
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
    'assigned', m.holder = 'person' and m.person_id = u.person_id or exists (
      select from mandate_assignments s where s.mandate_id = m.id and s.person_id = u.person_id and s.ended_at is null)
      and is_vendor_person(u.person_id, m.vendor_id, at),
    'tieHolds', m.holder = 'vendor' or m.tie = 'declared' or is_employed(u.person_id, m.business_id, at),
    'holderIsVendorPerson', m.holder = 'person' and exists (select from vendors_tied_to(u.person_id, at)))
  from mandates m
    cross join lateral (select case when own then m.person_id else who end as person_id) u
    left join agreements a on a.id = m.agreement_id
    left join quotes q on q.id = m.quote_id
    left join businesses v on v.id = m.vendor_id
    left join vendor_profiles p on p.vendor_id = m.vendor_id
  where m.id = any (wanted);
end;

create or replace function mandate_facts(mandate uuid, who uuid, at timestamptz) returns jsonb
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select f.facts from facts_of_mandates(array[mandate], who, false, at) f;
end;

-- For the lists: of each mandate when its own holder uses it.
create function listed_mandate_facts(wanted uuid[], at timestamptz) returns table (mandate uuid, facts jsonb)
language sql stable rows 25 security definer set search_path = public, pg_temp
begin atomic
  select f.mandate, f.facts from facts_of_mandates(wanted, null, true, at) f;
end;

-- The business's mandates that have not ended and have this in the name of their holder or of somebody assigned: found by the
-- indexes, which row-level security keeps out of a search for part of a text. Which of them are shown is for the policies of
-- whoever asks to say.
create function mandates_named(part text) returns setof uuid
language sql stable rows 25 security definer set search_path = public, pg_temp
begin atomic
  select mandates.id from mandates
  where mandates.business_id = context_business() and mandates.ended_at is null
    and lower(mandates.holder_name) like as_pattern(part)
  union
  select mandate_assignments.mandate_id from mandate_assignments
  where mandate_assignments.business_id = context_business() and mandate_assignments.ended_at is null
    and lower(mandate_assignments.name) like as_pattern(part);
end;

revoke execute on function vendors_tied_to, facts_of_mandates, listed_mandate_facts, mandates_named from public;
grant execute on function listed_mandate_facts, mandates_named to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
