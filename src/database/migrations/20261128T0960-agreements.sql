-- Agreements that are signed as documents: what a vendor signs for whichever business will, each business's signed copy, when
-- an agreement ends and why, what the vendor then deletes, and its sub-processors.

-- What a vendor stands by, signed by its officer: a file, its text in three languages, and the record of the signature.
create table agreement_documents (
  id uuid primary key default uuidv7(),
  vendor_id uuid not null references businesses,
  number integer not null check (number > 0),
  version text not null,                          -- of the standard text
  standard_sha256 sha256 not null,                -- of that text with what the installation puts in
  places text not null,
  sha256 sha256 not null unique,                  -- of the file
  content bytea not null,
  text jsonb not null,                            -- by language: title, lead, parts
  signed_by uuid not null references persons,
  signed_by_name text not null,
  signed_role text not null,
  signed_at timestamptz not null,
  signature text not null,                        -- JWS by the installation's key
  unique (vendor_id, number)
);

alter table agreements
  add document_id uuid references agreement_documents,
  add ends_at timestamptz,                        -- when it ends by itself; null: only when somebody ends it
  add ends_because text check (ends_because in ('expiry', 'notice', 'new-version')),
  add end_reason text check (end_reason in ('ended', 'replaced', 'expiry', 'notice', 'new-version', 'objection')),
  add end_note text not null default '',
  add reminded_days integer,                      -- the reminder sent last, in days before the end
  add constraint ends_for_a_reason check ((ends_at is null) = (ends_because is null)),
  add constraint ended_for_a_reason check (end_reason is null or ended_at is not null);
create index agreements_by_vendor on agreements (vendor_id) where ended_at is null;
create index agreements_ending on agreements (ends_at) where ended_at is null and ends_at is not null;

-- What both sides have: the document with the page of evidence, and the record of the business's signature.
create table agreement_copies (
  agreement_id uuid primary key references agreements on delete cascade,
  business_id uuid not null references businesses,
  vendor_id uuid not null references businesses,
  sha256 sha256 not null unique,
  content bytea not null,
  signed_by uuid not null references persons,
  signed_role text not null,
  signature text not null,
  foreign key (agreement_id, business_id, vendor_id) references agreements (id, business_id, vendor_id)
);

-- What the vendor has to confirm when an agreement has ended, and the receipt.
create table agreement_deletions (
  agreement_id uuid primary key references agreements on delete cascade,
  business_id uuid not null references businesses,
  vendor_id uuid not null references businesses,
  due_at timestamptz not null,
  told_at timestamptz,
  overdue_told_at timestamptz,
  outcome text check (outcome in ('deleted', 'returned', 'nothing-kept')),
  statement text not null default '',
  confirmed_by uuid references persons,
  confirmed_by_name text,
  confirmed_at timestamptz,
  receipt text,                                   -- JWS by the installation's key
  check ((outcome is null) = (confirmed_at is null) and (outcome is null) = (confirmed_by is null) and (outcome is null) = (receipt is null))
);
create index agreement_deletions_by_business on agreement_deletions (business_id);
create index agreement_deletions_by_vendor on agreement_deletions (vendor_id);
create index agreement_deletions_open on agreement_deletions (due_at) where confirmed_at is null;

create table sub_processors (
  id uuid primary key default uuidv7(),
  vendor_id uuid not null references businesses,
  name text not null,
  country text not null,
  purpose text not null,
  announced_by uuid not null references persons,
  announced_by_name text not null,
  announced_at timestamptz not null,
  starts_at timestamptz not null,
  ended_at timestamptz,
  ended_by uuid references persons,
  check (starts_at >= announced_at),
  check ((ended_at is null) = (ended_by is null))
);
create index sub_processors_by_vendor on sub_processors (vendor_id) where ended_at is null;

do $$
declare
  t text;
begin
  foreach t in array array['agreement_documents', 'agreement_copies', 'agreement_deletions', 'sub_processors'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy resolves on %I to kortvakt_context using (true) with check (true)', t);
    execute format('grant select on %I to kortvakt_context', t);
  end loop;
end $$;
grant insert on agreement_deletions to kortvakt_context;

-- What a vendor stands by is as public as its price. Signing takes an officer of the vendor and a fresh login.
grant select, insert on agreement_documents to kortvakt_request;
create policy published on agreement_documents for select to kortvakt_request using (context_capacity() is not null);
create policy officers_sign on agreement_documents for insert to kortvakt_request
  with check (vendor_id = context_business() and context_is_officer() and signed_by = context_person() and context_is_now(signed_at)
    and context_is_fresh());

create policy signed_fresh on agreements as restrictive for insert to kortvakt_request with check (context_is_fresh());
grant update (ends_at, ends_because, end_reason, end_note, reminded_days) on agreements to kortvakt_request;
create policy officers_give_notice on agreements for update to kortvakt_request
  using ((business_id = context_business() or vendor_id = context_business()) and context_is_officer() and ended_at is null)
  with check ((business_id = context_business() or vendor_id = context_business()) and context_is_officer()
    and ended_at is null and ends_because = 'notice');
create policy job on agreements to kortvakt_request using (context_is_job()) with check (context_is_job());

-- An agreement's end only comes nearer, and what has ended stays ended.
create function guard_agreement_end() returns trigger language plpgsql as $$
begin
  if context_capacity() is null then return new; end if;
  if old.ended_at is not null then
    raise exception 'the agreement has ended' using errcode = 'check_violation', constraint = 'ended_once';
  end if;
  if old.ends_at is not null and (new.ends_at is null or new.ends_at > old.ends_at) then
    raise exception 'an agreement is not made longer' using errcode = 'check_violation', constraint = 'only_shortened';
  end if;
  return new;
end $$;
create trigger guard_end before update on agreements for each row execute function guard_agreement_end();

grant select, insert on agreement_copies to kortvakt_request;
create policy managed_by_both_sides on agreement_copies for select to kortvakt_request
  using ((business_id = context_business() or vendor_id = context_business()) and context_is_business_side()
    and context_has_right('access.manage'));
create policy officers_sign on agreement_copies for insert to kortvakt_request
  with check (business_id = context_business() and context_is_officer() and signed_by = context_person() and context_is_fresh());

grant select on agreement_deletions to kortvakt_request;
grant update (outcome, statement, confirmed_by, confirmed_by_name, confirmed_at, receipt, told_at, overdue_told_at)
  on agreement_deletions to kortvakt_request;
create policy managed_by_both_sides on agreement_deletions for select to kortvakt_request
  using ((business_id = context_business() or vendor_id = context_business()) and context_is_business_side()
    and context_has_right('access.manage'));
create policy officers_confirm on agreement_deletions for update to kortvakt_request
  using (vendor_id = context_business() and context_is_officer() and confirmed_at is null and context_is_fresh())
  with check (vendor_id = context_business() and confirmed_by = context_person());
create policy job_reads on agreement_deletions for select to kortvakt_request using (context_is_job());
create policy job_tells on agreement_deletions for update to kortvakt_request using (context_is_job()) with check (context_is_job());

-- Who processes for a vendor is as public as the vendor's price.
grant select, insert on sub_processors to kortvakt_request;
grant update (ended_at, ended_by) on sub_processors to kortvakt_request;
create policy published on sub_processors for select to kortvakt_request using (context_capacity() is not null);
create policy officers_announce on sub_processors for insert to kortvakt_request
  with check (vendor_id = context_business() and context_is_officer() and announced_by = context_person() and ended_at is null
    and context_is_now(announced_at));
create policy officers_end on sub_processors for update to kortvakt_request
  using (vendor_id = context_business() and context_is_officer() and ended_at is null)
  with check (vendor_id = context_business() and ended_by = context_person());

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- However an agreement ends, the vendor has to delete what it keeps; not when a new one takes its place.
create function note_agreement_end() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into agreement_deletions (agreement_id, business_id, vendor_id, due_at)
    values (new.id, new.business_id, new.vendor_id, new.ended_at + interval '30 days') on conflict do nothing;
  return null;
end $$;
revoke execute on function note_agreement_end from public;
grant execute on function note_agreement_end to kortvakt_migrate;

-- What was given under an agreement goes on under the one that the same two signed in its place, in the same transaction.
create function carry_mandates_over(earlier uuid, later uuid) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  carried integer;
begin
  if not context_is_officer() or not exists (select from agreements o join agreements n using (business_id, vendor_id)
      where o.id = earlier and n.id = later and o.business_id = context_business() and o.end_reason = 'replaced'
        and o.ended_at = n.business_accepted_at and n.ended_at is null and n.business_accepted_by = context_person()
        and context_is_now(n.business_accepted_at)) then
    raise exception 'no agreement takes the place of this one' using errcode = 'insufficient_privilege';
  end if;
  update mandates set agreement_id = later where agreement_id = earlier and ended_at is null;
  get diagnostics carried = row_count;
  return carried;
end $$;
revoke execute on function carry_mandates_over from public;
grant execute on function carry_mandates_over to kortvakt_request;

-- What anyone with the file may know of it: what stands in it, and whether it still holds.
create function agreement_by_file(file bytea) returns jsonb
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select coalesce(
    (select jsonb_build_object('kind', 'signed', 'version', a.version, 'businessSignature', c.signature,
        'vendorSignature', d.signature, 'endsAt', a.ends_at, 'endedAt', a.ended_at, 'endReason', a.end_reason)
      from agreement_copies c join agreements a on a.id = c.agreement_id join agreement_documents d on d.id = a.document_id
      where c.sha256 = file),
    (select jsonb_build_object('kind', 'document', 'version', d.version, 'vendorSignature', d.signature,
        'current', p.agreement_sha256 = d.sha256 and p.barred_at is null)
      from agreement_documents d join vendor_profiles p on p.vendor_id = d.vendor_id where d.sha256 = file));
end;
revoke execute on function agreement_by_file from public;
grant execute on function agreement_by_file to kortvakt_request;

-- As before, but an agreement is over when its time is up, whether or not the task has ended it.
create or replace function facts_of_mandates(wanted uuid[], who uuid, own boolean, at timestamptz) returns table (mandate uuid, facts jsonb)
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
    'agreementActive', a.id is not null and a.ended_at is null and (a.ends_at is null or a.ends_at > at),
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

create or replace function staff_vendors(search text, one text, size integer, skip integer) returns table (
  id uuid, organisation_number text, name text, registered_at timestamptz, customers integer, mandates_in_force integer,
  barred_at timestamptz, total integer)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not context_is_staff('case-officer') then raise exception 'for case officers only'; end if;
  return query
    with page as materialized (
      select p.vendor_id, b.organisation_number::text as number, b.name, p.registered_at, p.barred_at,
        p.barred_at is not null or b.bankrupt or b.dissolved_on is not null as closed, count(*) over ()::integer as total
      from vendor_profiles p join businesses b on b.id = p.vendor_id
      where case when one is not null then b.organisation_number = one
        else b.organisation_number = replace(search, ' ', '') or position(lower(search) in lower(b.name)) > 0 end
      order by p.barred_at is null, lower(b.name), b.id limit size offset skip)
    select page.vendor_id, page.number, page.name, page.registered_at,
      count(distinct m.business_id)::integer,
      count(m.id) filter (where not page.closed and m.suspended_at is null and m.starts_at <= context_now() and context_now() < m.ends_at
        and (m.confirm_by is null or context_now() < m.confirm_by) and a.ended_at is null
        and (a.ends_at is null or a.ends_at > context_now()) and q.valid_until > context_now()
        and not exists (select from freezes f where f.business_id = m.business_id and f.lifted_at is null
          and (f.vendor_id is null or f.vendor_id = m.vendor_id)))::integer,
      page.barred_at, page.total
    from page
      left join mandates m on m.vendor_id = page.vendor_id and m.ended_at is null
      left join agreements a on a.id = m.agreement_id
      left join quotes q on q.id = m.quote_id
    group by page.vendor_id, page.number, page.name, page.registered_at, page.barred_at, page.total
    order by page.barred_at is null, lower(page.name), page.vendor_id;
end $$;
reset role;
revoke create on schema public from kortvakt_context;
create trigger note_end after update of ended_at on agreements for each row
  when (old.ended_at is null and new.ended_at is not null and new.end_reason is distinct from 'replaced')
  execute function note_agreement_end();
