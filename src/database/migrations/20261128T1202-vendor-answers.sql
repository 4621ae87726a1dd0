-- What vendors answer about how they keep data safe, and what anybody may know of one vendor.

create table vendor_answers (
  id uuid primary key default uuidv7(),
  vendor_id uuid not null references businesses,
  question text not null check (question ~ '^[a-z-]{1,40}$'),
  answer text not null check (answer in ('yes', 'no', 'none')),   -- none: not answered any more
  evidence text not null check (length(evidence) <= 500),
  answered_by uuid not null references persons,
  answered_by_name text not null,
  answered_at timestamptz not null,
  unique (vendor_id, question),
  constraint yes_with_evidence check (answer <> 'yes' or evidence <> '')
);
alter table vendor_answers enable row level security;
alter table vendor_answers force row level security;

-- As public as the vendor's price; its officers answer.
grant select, insert on vendor_answers to kortvakt_request;
grant update (answer, evidence, answered_by, answered_by_name, answered_at) on vendor_answers to kortvakt_request;
create policy published on vendor_answers for select to kortvakt_request using (context_capacity() is not null);
create policy officers_answer on vendor_answers for insert to kortvakt_request
  with check (vendor_id = context_business() and context_is_officer() and answered_by = context_person() and context_is_now(answered_at));
create policy officers_answer_anew on vendor_answers for update to kortvakt_request
  using (vendor_id = context_business() and context_is_officer())
  with check (vendor_id = context_business() and answered_by = context_person() and context_is_now(answered_at));
create policy resolves on vendor_answers for select to kortvakt_context using (true);
grant select on vendor_answers to kortvakt_context;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- One vendor as anybody may know it: what the register says, who processes for it, and its answers; null: no vendor.
create function vendor_profile(number text) returns jsonb
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select jsonb_build_object(
    'organisationNumber', b.organisation_number, 'name', b.name, 'form', b.form, 'vatRegistered', b.vat_registered,
    'bankrupt', b.bankrupt, 'dissolved', b.dissolved_on is not null, 'barred', p.barred_at is not null,
    'readAt', b.refreshed_at, 'registeredAt', p.registered_at, 'agreementVersion', p.agreement_version, 'feeOre', p.fee_ore,
    'officers', (select coalesce(jsonb_agg(jsonb_build_object('name', o.name, 'role', o.role_code) order by o.role_code, o.name, o.id), '[]')
      from officers o where o.business_id = p.vendor_id and o.ended_at is null),
    'subProcessors', (select coalesce(jsonb_agg(jsonb_build_object('name', s.name, 'country', s.country, 'purpose', s.purpose)
        order by s.starts_at, s.id), '[]')
      from sub_processors s where s.vendor_id = p.vendor_id and s.ended_at is null),
    'answers', (select coalesce(jsonb_agg(jsonb_build_object('question', a.question, 'answer', a.answer, 'evidence', a.evidence,
        'answeredAt', a.answered_at)), '[]')
      from vendor_answers a where a.vendor_id = p.vendor_id))
  from vendor_profiles p join businesses b on b.id = p.vendor_id where b.organisation_number = number;
end;
revoke execute on function vendor_profile from public;
grant execute on function vendor_profile to kortvakt_check;
reset role;
revoke create on schema public from kortvakt_context;
