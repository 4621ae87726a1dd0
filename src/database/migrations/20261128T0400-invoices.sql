-- The issuer's invoices: one to the business for each order, from when its first card is made; credit notes for cards that
-- never came; and what was paid.

-- The last number that an issuer has used. Taken in the transaction of the document, so that the sequence has no gaps.
create table invoice_series (
  issuer text primary key check (issuer ~ '^[0-9]{9}$'),
  last_number bigint not null
);

-- Orders that have something to be invoiced or credited, written by the change that caused it.
create table invoices_wanted (
  order_id uuid primary key references orders,
  wanted_at timestamptz not null
);

-- One document, as it was issued: nothing that stands on it is ever changed.
create table invoices (
  id uuid primary key default uuidv7(),
  issuer text not null references invoice_series,
  number bigint not null,
  kind text not null check (kind in ('invoice', 'credit-note')),
  credits uuid,                                 -- the invoice that a credit note takes from
  order_id uuid not null,
  business_id uuid not null references businesses,
  unit_id uuid not null,
  vendor_id uuid references businesses,         -- who made the order, when the business did not
  mandate_id uuid,
  issued_at timestamptz not null,
  issued_on date not null,
  due_on date not null,                         -- a credit note's is the day of its issue
  kid text not null check (kid ~ '^[0-9]{4,25}$'),
  order_number bigint not null,
  customer_reference text not null,
  card_type text not null,
  cards integer not null check (cards > 0),
  price_ore integer not null check (price_ore > 0),   -- the official price of one card
  vat_basis_points integer not null,
  excluding_ore integer not null,
  vat_ore integer not null,
  including_ore integer not null check (including_ore = excluding_ore + vat_ore),
  parties jsonb not null,                       -- issuer, business and unit: names, numbers and addresses of that day
  paid_ore integer not null default 0,          -- what was received, less what was marked as double or wrong
  credited_ore integer not null default 0,
  credited_cards integer not null default 0 check (credited_cards <= cards),
  reminders integer not null default 0,
  reminded_at timestamptz,
  channel text check (channel in ('ehf', 'notice')),
  try_after timestamptz,                        -- when it is next tried to be delivered; null once it is
  delivered_at timestamptz,
  unique (issuer, number),
  unique (id, business_id),
  check ((kind = 'credit-note') = (credits is not null)),
  check ((delivered_at is null) = (channel is null)),
  check ((delivered_at is null) = (try_after is not null)),
  foreign key (order_id, business_id) references orders (id, business_id),
  foreign key (business_id, unit_id) references units (business_id, id),
  foreign key (mandate_id, business_id) references mandates (id, business_id),
  foreign key (credits, business_id) references invoices (id, business_id)
);
create unique index invoices_of_order on invoices (order_id) where kind = 'invoice';
create index invoices_by_business on invoices (business_id, id desc);
create index invoices_by_credited on invoices (credits) where credits is not null;
-- What is owed: whose every card is credited owes nothing, whatever the rounding of several credit notes comes to.
create index invoices_owed on invoices (due_on, id)
  where kind = 'invoice' and credited_cards < cards and including_ore > credited_ore + paid_ore;
create index invoices_by_kid on invoices (kid);
create index invoices_undelivered on invoices (try_after) where delivered_at is null;

-- Which cards of the order a document is about: each is invoiced once and credited once.
create table invoice_cards (
  id uuid primary key default uuidv7(),
  invoice_id uuid not null,
  business_id uuid not null references businesses,
  order_line_id uuid not null references order_lines,
  kind text not null check (kind in ('invoice', 'credit-note')),
  unique (order_line_id, kind),
  foreign key (invoice_id, business_id) references invoices (id, business_id)
);
create index invoice_cards_by_invoice on invoice_cards (invoice_id);

-- Money that came in, and rows that take such a row out again because it was paid twice or belongs elsewhere.
create table invoice_payments (
  id uuid primary key default uuidv7(),
  invoice_id uuid not null,
  business_id uuid not null references businesses,
  unit_id uuid not null,                        -- this and the next two: the invoice's, filled in by a trigger
  vendor_id uuid references businesses,
  mandate_id uuid,
  kind text not null check (kind in ('received', 'double', 'wrong')),
  ore integer not null check (ore <> 0),
  reference text unique check (reference <> ''),      -- the bank's: what came in once is recorded once
  takes_out uuid unique references invoice_payments,
  paid_on date not null,
  recorded_at timestamptz not null,
  recorded_by uuid not null references persons,
  recorded_by_name text not null,
  check ((kind = 'received') = (ore > 0)),
  check ((kind = 'received') = (reference is not null)),
  check ((kind = 'received') = (takes_out is null)),
  foreign key (invoice_id, business_id) references invoices (id, business_id)
);
create index invoice_payments_by_invoice on invoice_payments (invoice_id, id);

do $$
declare
  t text;
begin
  foreach t in array array['invoice_series', 'invoices_wanted', 'invoices', 'invoice_cards', 'invoice_payments'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy resolves on %I to kortvakt_context using (true) with check (true)', t);
  end loop;
end $$;
grant select, insert on invoices_wanted to kortvakt_context;
grant select on invoices, invoice_payments to kortvakt_context;
grant update (paid_ore, credited_ore, credited_cards) on invoices to kortvakt_context;

-- Who reaches what --------------------------------------------------------------------------------------------------

grant select, insert, update on invoice_series to kortvakt_request;
create policy job on invoice_series to kortvakt_request using (context_is_job()) with check (context_is_job());
grant select, update, delete on invoices_wanted to kortvakt_request;
create policy job on invoices_wanted to kortvakt_request using (context_is_job()) with check (context_is_job());

grant select, insert on invoices to kortvakt_request;
grant update (reminders, reminded_at, channel, try_after, delivered_at) on invoices to kortvakt_request;
-- A vendor sees the invoices of orders that it made; a mandate for named workers those of orders made under it.
create policy readable on invoices for select to kortvakt_request
  using (business_id = context_business() and context_covers_unit(unit_id) and context_has_right('invoices.read')
    and (context_is_business_side() or (context_is_vendor() and vendor_id = context_vendor())));
create policy operators_read on invoices for select to kortvakt_request using (context_is_staff('operator'));
create policy job on invoices to kortvakt_request using (context_is_job()) with check (context_is_job());
create policy within_scope on invoices as restrictive to kortvakt_request
  using (context_setting('workers') is null or mandate_id = context_mandate());

grant select, insert on invoice_cards to kortvakt_request;
create policy job on invoice_cards to kortvakt_request using (context_is_job()) with check (context_is_job());

grant select, insert on invoice_payments to kortvakt_request;
create policy readable on invoice_payments for select to kortvakt_request
  using (business_id = context_business() and context_covers_unit(unit_id) and context_has_right('invoices.read')
    and (context_is_business_side() or (context_is_vendor() and vendor_id = context_vendor())));
create policy operators_read on invoice_payments for select to kortvakt_request using (context_is_staff('operator'));
create policy recorded on invoice_payments for insert to kortvakt_request
  with check (context_is_staff('operator') and recorded_by = context_person() and context_is_now(recorded_at));
create policy within_scope on invoice_payments as restrictive for select to kortvakt_request
  using (context_setting('workers') is null or mandate_id = context_mandate());

-- What follows from what --------------------------------------------------------------------------------------------

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- A first card in production wants an invoice; a card that never comes wants to be credited once there is one.
create function want_invoice() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if (new.state in ('in-production', 'shipped', 'closed')) is distinct from
    exists (select from invoices i where i.order_id = new.order_id and i.kind = 'invoice') then
    insert into invoices_wanted (order_id, wanted_at) values (new.order_id, clock_now()) on conflict do nothing;
  end if;
  return null;
end $$;

-- A payment is of the invoice's business, unit and maker, and takes out no more than what it names.
create function guard_new_payment() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  paid invoices;
  taken_out invoice_payments;
begin
  select i.* into paid from invoices i where i.id = new.invoice_id and i.kind = 'invoice';
  select p.* into taken_out from invoice_payments p where p.id = new.takes_out;
  if paid.id is null or (new.takes_out is not null and (taken_out.kind is distinct from 'received'
      or taken_out.invoice_id <> new.invoice_id or taken_out.ore <> -new.ore)) then
    raise exception 'no such invoice, or no such payment of it' using errcode = 'check_violation', constraint = 'payment_of_invoice';
  end if;
  new.business_id := paid.business_id;
  new.unit_id := paid.unit_id;
  new.vendor_id := paid.vendor_id;
  new.mandate_id := paid.mandate_id;
  return new;
end $$;

create function count_payment() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update invoices set paid_ore = paid_ore + new.ore where id = new.invoice_id;
  return null;
end $$;

create function count_credit() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update invoices set credited_ore = credited_ore + new.including_ore, credited_cards = credited_cards + new.cards
  where id = new.credits;
  return null;
end $$;

reset role;
revoke create on schema public from kortvakt_context;

create trigger want_invoice after update of state on order_lines for each row
  when (old.state is distinct from new.state and new.state in ('in-production', 'shipped', 'closed', 'rejected', 'cancelled'))
  execute function want_invoice();
create trigger guard_new before insert on invoice_payments for each row execute function guard_new_payment();
create trigger count after insert on invoice_payments for each row execute function count_payment();
create trigger count after insert on invoices for each row when (new.kind = 'credit-note') execute function count_credit();

set role kortvakt_context;
revoke execute on function want_invoice, guard_new_payment, count_payment, count_credit from public;
reset role;

-- Orders that were in production before there were invoices.
alter table order_lines no force row level security;
alter table invoices_wanted no force row level security;
insert into invoices_wanted (order_id, wanted_at)
select distinct order_id, transaction_timestamp() from order_lines where state in ('in-production', 'shipped', 'closed');
alter table order_lines force row level security;
alter table invoices_wanted force row level security;
