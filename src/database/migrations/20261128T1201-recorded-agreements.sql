-- Agreements that two sides signed elsewhere: the file, what an officer of the business found in it item by item, and the
-- vendor's officer who says that it is theirs. Only then is it an agreement here, and it ends as any other.

alter table agreements
  add recorded boolean not null default false,    -- signed elsewhere, and recorded here
  add constraint recorded_without_document check (not (recorded and document_id is not null));

-- Whether each thing that article 28(3) asks for was found, with where it stands.
create function covers_article_28(checklist jsonb) returns boolean language sql immutable parallel safe
  return not exists (select from unnest(array['subject', 'duration', 'nature', 'purpose', 'data', 'subjects', 'duties', 'instructions',
      'confidentiality', 'security', 'sub-processors', 'sub-processors-named', 'rights', 'assistance', 'deletion', 'audits']) item
    where checklist -> item ->> 'answer' is distinct from 'yes' or coalesce(checklist -> item ->> 'where', '') = '');

create table recorded_agreements (
  id uuid primary key default uuidv7(),           -- of the agreement too, when it is one
  business_id uuid not null references businesses,
  vendor_id uuid not null references businesses,
  file_name text not null check (length(file_name) between 1 and 200),
  sha256 sha256 not null,                         -- of the file as it was sent
  content bytea not null,                         -- the file, encrypted
  uploaded_by uuid not null references persons,
  uploaded_by_name text not null,
  uploaded_at timestamptz not null,
  checklist jsonb not null default '{}',          -- by item: answer, where
  signed_on date,
  last_day date,                                  -- null: until somebody ends it
  recorded_by uuid references persons,
  recorded_by_name text,
  recorded_at timestamptz,
  signature text,                                 -- JWS by the installation's key
  confirmed_by uuid references persons,
  confirmed_by_name text,
  confirmed_at timestamptz,
  confirmation text,                              -- JWS by the installation's key
  check (business_id <> vendor_id),
  check (num_nulls(recorded_by, recorded_by_name, recorded_at, signature) in (0, 4)),
  check (num_nulls(confirmed_by, confirmed_by_name, confirmed_at, confirmation) in (0, 4)),
  constraint recorded_whole check (recorded_at is null or signed_on is not null and covers_article_28(checklist)),
  check (confirmed_at is null or recorded_at is not null)
);
create index recorded_agreements_by_business on recorded_agreements (business_id);
create index recorded_agreements_by_vendor on recorded_agreements (vendor_id);
create index recorded_agreements_by_file on recorded_agreements (sha256) where confirmed_at is not null;
create index recorded_agreements_waiting on recorded_agreements (uploaded_at) where confirmed_at is null;

alter table recorded_agreements enable row level security;
alter table recorded_agreements force row level security;
create policy resolves on recorded_agreements for select to kortvakt_context using (true);
grant select on recorded_agreements to kortvakt_context;
grant insert, update on agreements to kortvakt_context;
create policy not_recorded_alone on agreements as restrictive for insert to kortvakt_request with check (not recorded);

grant select, insert, delete on recorded_agreements to kortvakt_request;
grant update (checklist, signed_on, last_day, recorded_by, recorded_by_name, recorded_at, signature, confirmed_by,
  confirmed_by_name, confirmed_at, confirmation) on recorded_agreements to kortvakt_request;
create policy managed_by_business on recorded_agreements for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy shown_to_vendor on recorded_agreements for select to kortvakt_request
  using (vendor_id = context_business() and recorded_at is not null and context_is_business_side() and context_has_right('access.manage'));
create policy officers_upload on recorded_agreements for insert to kortvakt_request
  with check (business_id = context_business() and context_is_officer() and uploaded_by = context_person()
    and context_is_now(uploaded_at) and recorded_at is null);
create policy officers_answer on recorded_agreements for update to kortvakt_request
  using (business_id = context_business() and context_is_officer() and recorded_at is null)
  with check (business_id = context_business() and confirmed_at is null and (recorded_at is null
    or recorded_by = context_person() and context_is_now(recorded_at) and context_is_fresh()));
create policy officers_confirm on recorded_agreements for update to kortvakt_request
  using (vendor_id = context_business() and context_is_officer() and recorded_at is not null and confirmed_at is null and context_is_fresh())
  with check (vendor_id = context_business() and confirmed_by = context_person() and context_is_now(confirmed_at));
create policy officers_withdraw on recorded_agreements for delete to kortvakt_request
  using (business_id = context_business() and context_is_officer() and confirmed_at is null);
create policy officers_decline on recorded_agreements for delete to kortvakt_request
  using (vendor_id = context_business() and context_is_officer() and recorded_at is not null and confirmed_at is null);
create policy job_reads on recorded_agreements for select to kortvakt_request using (context_is_job());
create policy job_forgets on recorded_agreements for delete to kortvakt_request
  using (context_is_job() and confirmed_at is null);

-- What was recorded stays as it was: the other side only says whether it is theirs.
create function guard_recorded_agreement() returns trigger language plpgsql as $$
declare
  confirmation constant text[] := array['confirmed_by', 'confirmed_by_name', 'confirmed_at', 'confirmation'];
begin
  if context_capacity() is not null and old.recorded_at is not null
      and to_jsonb(new) - confirmation <> to_jsonb(old) - confirmation then
    raise exception 'what was recorded stays as it was' using errcode = 'check_violation', constraint = 'recorded_once';
  end if;
  return new;
end $$;
create trigger guard before update on recorded_agreements for each row execute function guard_recorded_agreement();

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- The one that both sides have said is theirs is in force, in place of what was, and what was given goes on under it.
create function put_recorded_agreement_in_force() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  earlier uuid;
begin
  update agreements set ended_at = new.confirmed_at, ended_by = new.recorded_by, end_reason = 'replaced'
    where business_id = new.business_id and vendor_id = new.vendor_id and ended_at is null returning id into earlier;
  insert into agreements (id, business_id, vendor_id, version, document_sha256, recorded, business_accepted_by, business_accepted_by_name,
      business_accepted_at, vendor_accepted_by, vendor_accepted_by_name, vendor_accepted_at, ends_at, ends_because)
    values (new.id, new.business_id, new.vendor_id, 'PDF ' || new.signed_on, new.sha256, true, new.recorded_by, new.recorded_by_name,
      new.recorded_at, new.confirmed_by, new.confirmed_by_name, new.confirmed_at,
      (new.last_day + 1)::timestamp at time zone 'Europe/Oslo', case when new.last_day is not null then 'expiry' end);
  update mandates set agreement_id = new.id where agreement_id = earlier and ended_at is null;
  return null;
end $$;
revoke execute on function put_recorded_agreement_in_force from public;
grant execute on function put_recorded_agreement_in_force to kortvakt_migrate;

-- As before, and of a file that was recorded: that it was, and whether it still holds.
create or replace function agreement_by_file(file bytea) returns jsonb
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select coalesce(
    (select jsonb_build_object('kind', 'signed', 'version', a.version, 'businessSignature', c.signature,
        'vendorSignature', d.signature, 'endsAt', a.ends_at, 'endedAt', a.ended_at, 'endReason', a.end_reason)
      from agreement_copies c join agreements a on a.id = c.agreement_id join agreement_documents d on d.id = a.document_id
      where c.sha256 = file),
    (select jsonb_build_object('kind', 'document', 'version', d.version, 'vendorSignature', d.signature,
        'current', p.agreement_sha256 = d.sha256 and p.barred_at is null)
      from agreement_documents d join vendor_profiles p on p.vendor_id = d.vendor_id where d.sha256 = file),
    (select jsonb_build_object('kind', 'recorded', 'version', a.version, 'businessSignature', r.signature,
        'vendorSignature', r.confirmation, 'endsAt', a.ends_at, 'endedAt', a.ended_at, 'endReason', a.end_reason)
      from recorded_agreements r join agreements a on a.id = r.id
      where r.sha256 = file and r.confirmed_at is not null order by a.ended_at desc nulls first, r.id desc limit 1));
end;
reset role;
revoke create on schema public from kortvakt_context;
create trigger put_in_force after update of confirmed_at on recorded_agreements for each row
  when (old.confirmed_at is null and new.confirmed_at is not null) execute function put_recorded_agreement_in_force();
revoke execute on function covers_article_28 from public;
grant execute on function covers_article_28 to kortvakt_request, kortvakt_context;
