-- What a vendor promises before it acts for anyone: never to ask for BankID, never to copy the login page, and to use its own
-- people under their own names. One row for each version of the promise; as public as the vendor's price.
create table vendor_terms (
  id uuid primary key default uuidv7(),
  vendor_id uuid not null references businesses,
  version text not null,
  accepted_by uuid not null references persons,
  accepted_by_name text not null,
  accepted_at timestamptz not null,
  unique (vendor_id, version)
);
alter table vendor_terms enable row level security;
alter table vendor_terms force row level security;
grant select, insert on vendor_terms to kortvakt_request;
create policy published on vendor_terms for select to kortvakt_request using (context_capacity() is not null);
create policy officers_accept on vendor_terms for insert to kortvakt_request
  with check (vendor_id = context_business() and context_is_officer() and accepted_by = context_person() and context_is_now(accepted_at));
