-- What a vendor has sent the business itself: recorded by an officer, with what it was compared with and how it differs, as that
-- was found then. Nothing of it is changed afterwards.
create table vendor_invoices (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  vendor_id uuid not null references businesses,
  vendor_name text not null,
  number text not null check (length(number) between 1 and 50),
  issued_on date not null,
  quote_id uuid,
  lines jsonb not null check (jsonb_typeof(lines) = 'array'),
  total_ore integer not null check (total_ore > 0),                -- what it asks for, with VAT
  orders jsonb not null check (jsonb_typeof(orders) = 'array'),    -- number, cards and fees of each order that it is for
  differences jsonb not null check (jsonb_typeof(differences) = 'array'),
  file_name text,
  file bytea,
  recorded_by uuid not null references persons,
  recorded_by_name text not null,
  recorded_at timestamptz not null,
  check ((file is null) = (file_name is null)),
  unique (business_id, vendor_id, number),
  foreign key (quote_id, business_id, vendor_id) references quotes (id, business_id, vendor_id)
);
create index vendor_invoices_by_business on vendor_invoices (business_id, id desc);
alter table vendor_invoices enable row level security;
alter table vendor_invoices force row level security;
grant select, insert on vendor_invoices to kortvakt_request;
create policy readable on vendor_invoices for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('invoices.read'));
create policy officers_record on vendor_invoices for insert to kortvakt_request
  with check (business_id = context_business() and context_is_officer() and recorded_by = context_person() and context_is_now(recorded_at));
