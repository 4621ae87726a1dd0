-- The tables. Money is integer øre without VAT unless the column says otherwise; times are UTC; an end is exclusive.

create domain organisation_number as text check (value ~ '^[0-9]{9}$');
create domain sha256 as bytea check (octet_length(value) = 32);

-- People ---------------------------------------------------------------------------------------------------

create table persons (
  id uuid primary key default uuidv7(),
  national_id_hash sha256 not null unique,      -- HMAC-SHA256 with the installation's key, for look-up
  national_id_encrypted bytea not null,         -- AES-256-GCM, key ring
  name text not null check (name <> ''),
  birth_date date,
  created_at timestamptz not null default now()
);

create table login_attempts (
  id uuid primary key default uuidv7(),
  browser_hash sha256 not null,                 -- hash of the cookie that the browser was given
  state text not null,
  nonce text not null,
  code_verifier text not null,
  purpose text not null check (purpose in ('login', 'step-up')),
  session_id uuid,
  return_path text not null,
  created_at timestamptz not null,
  unique (browser_hash, state)
);

create table sessions (
  id uuid primary key default uuidv7(),
  token_hash sha256 not null unique,
  person_id uuid not null references persons,
  issuer text not null,
  subject text not null,
  sid text,
  acr text not null check (acr in ('substantial', 'high')),
  auth_time timestamptz not null,
  user_agent text not null default '',
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  idle interval not null,
  absolute_end timestamptz not null,
  ended_at timestamptz,
  end_reason text check (end_reason in ('logged-out', 'issuer', 'other-person', 'ended-by-person'))
);
create index sessions_by_sid on sessions (issuer, sid) where ended_at is null;
create index sessions_by_person on sessions (person_id) where ended_at is null;

-- Businesses (from Enhetsregisteret) -------------------------------------------------------------------------

create table businesses (
  id uuid primary key default uuidv7(),
  organisation_number organisation_number not null unique,
  name text not null,
  form text not null,
  industry_code text,
  address jsonb not null default '{}',
  register_email text,
  register_mobile text,
  vat_registered boolean not null default false,
  bankrupt boolean not null default false,
  dissolved_on date,
  card_type text check (card_type in ('construction', 'cleaning', 'car-care', 'goods-transport')),
  refreshed_at timestamptz not null
);
create index businesses_by_name on businesses (lower(name) text_pattern_ops);

create table units (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  organisation_number organisation_number not null unique,
  name text not null,
  address jsonb not null default '{}',
  closed_on date,
  unique (business_id, id)
);

create table officers (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  person_id uuid not null references persons,
  name text not null,
  role_code text not null,
  acts boolean not null,                        -- whether the role lets the person act for the business (configuration)
  since timestamptz not null,
  ended_at timestamptz
);
create unique index officers_in_role on officers (business_id, person_id, role_code) where ended_at is null;
create index officers_by_person on officers (person_id) where ended_at is null;

-- Vendors ------------------------------------------------------------------------------------------------------

create table vendor_profiles (
  vendor_id uuid primary key references businesses,
  fee_ore integer not null check (fee_ore >= 0),            -- per card, on top of the official price
  agreement_version text not null,                          -- of the standard agreement that the vendor stands by
  agreement_sha256 sha256 not null,
  accepted_by uuid not null references persons,
  accepted_by_name text not null,
  accepted_at timestamptz not null,
  barred_at timestamptz,
  barred_reason text
);

create table vendor_members (
  id uuid primary key default uuidv7(),
  vendor_id uuid not null references businesses,
  person_id uuid not null references persons,
  name text not null,
  added_by uuid not null references persons,
  added_by_name text not null,
  added_at timestamptz not null,
  ended_at timestamptz,
  ended_by uuid references persons
);
create unique index vendor_members_current on vendor_members (vendor_id, person_id) where ended_at is null;
create index vendor_members_by_person on vendor_members (person_id) where ended_at is null;

create table agreements (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  vendor_id uuid not null references businesses,
  version text not null,
  document_sha256 sha256 not null,
  business_accepted_by uuid not null references persons,
  business_accepted_by_name text not null,
  business_accepted_at timestamptz not null,
  vendor_accepted_by uuid not null references persons,
  vendor_accepted_by_name text not null,
  vendor_accepted_at timestamptz not null,
  ended_at timestamptz,
  ended_by uuid references persons,
  check (business_id <> vendor_id),
  unique (id, business_id, vendor_id)
);
create unique index agreements_active on agreements (business_id, vendor_id) where ended_at is null;

create table quotes (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  vendor_id uuid not null references businesses,
  fee_ore integer not null check (fee_ore >= 0),
  valid_until timestamptz not null,
  accepted_by uuid not null references persons,
  accepted_by_name text not null,
  accepted_at timestamptz not null,
  check (valid_until > accepted_at),
  unique (id, business_id, vendor_id)
);

-- Access -------------------------------------------------------------------------------------------------------

create domain right_name as text check (value in (
  'orders.prepare', 'orders.place', 'orders.read', 'orders.approve', 'cards.read', 'cards.block',
  'workers.read', 'invoices.read', 'contact.change', 'access.manage', 'agreements.sign', 'messages.read'));

create table mandates (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  holder text not null check (holder in ('person', 'vendor')),
  person_id uuid references persons,
  vendor_id uuid references businesses,
  holder_name text not null,
  rights right_name[] not null check (cardinality(rights) > 0),
  units uuid[] check (units is null or cardinality(units) > 0),    -- null: the whole business
  purpose text not null default '',
  starts_at timestamptz not null,
  ends_at timestamptz not null,                                    -- exclusive: the Oslo midnight after the last day
  cards_per_order integer check (cards_per_order > 0),
  cards_per_month integer check (cards_per_month > 0),
  ore_per_month bigint check (ore_per_month > 0),
  agreement_id uuid,
  quote_id uuid,
  tie text check (tie in ('employment', 'declared')),              -- what binds a person to the business
  tie_reason text,
  approved_by uuid not null references persons,
  approved_by_name text not null,
  approved_at timestamptz not null,
  approved_acr text not null,
  approved_auth_time timestamptz not null,
  suspended_at timestamptz,
  suspended_reason text,
  ended_at timestamptz,
  ended_by uuid references persons,
  ended_by_name text,
  end_reason text check (end_reason in ('removed', 'replaced', 'became-vendor')),
  last_used_at timestamptz,
  check (ends_at > starts_at),
  check ((holder = 'person') = (person_id is not null)),
  check ((holder = 'vendor') = (vendor_id is not null)),
  check ((holder = 'person') = (tie is not null)),
  check (vendor_id is distinct from business_id),
  -- What a vendor may never hold cannot even be stored.
  constraint never_for_a_vendor check (holder <> 'vendor' or rights <@ array[
    'orders.prepare', 'orders.place', 'orders.read', 'cards.read', 'cards.block', 'workers.read', 'invoices.read']::right_name[]),
  constraint signing_is_for_officers check (not rights @> array['agreements.sign']::right_name[]),
  constraint vendor_needs_agreement_and_quote check (holder <> 'vendor' or (agreement_id is not null and quote_id is not null)),
  constraint longest_period check (ends_at <= starts_at + case holder when 'vendor' then interval '12 months 1 day' else interval '24 months 1 day' end),
  constraint approved_at_high_level check (
    approved_acr = 'high' and approved_at >= approved_auth_time and approved_at - approved_auth_time <= interval '5 minutes'),
  foreign key (agreement_id, business_id, vendor_id) references agreements (id, business_id, vendor_id),
  foreign key (quote_id, business_id, vendor_id) references quotes (id, business_id, vendor_id),
  unique (id, business_id),
  unique (id, business_id, vendor_id)
);
create unique index mandates_one_per_vendor on mandates (business_id, vendor_id) where ended_at is null and holder = 'vendor';
create unique index mandates_one_per_person on mandates (business_id, person_id) where ended_at is null and holder = 'person';
create index mandates_by_business on mandates (business_id, id);
create index mandates_by_person on mandates (person_id) where ended_at is null;
create index mandates_by_vendor on mandates (vendor_id) where ended_at is null;

create table mandate_assignments (
  id uuid primary key default uuidv7(),
  mandate_id uuid not null,
  business_id uuid not null references businesses,
  vendor_id uuid not null references businesses,
  person_id uuid not null references persons,
  name text not null,
  assigned_by uuid not null references persons,
  assigned_at timestamptz not null,
  ended_at timestamptz,
  last_used_at timestamptz,
  -- A vendor assigns people to its own customers' mandates alone.
  foreign key (mandate_id, business_id, vendor_id) references mandates (id, business_id, vendor_id)
);
create unique index mandate_assignments_current on mandate_assignments (mandate_id, person_id) where ended_at is null;
create index mandate_assignments_by_person on mandate_assignments (person_id) where ended_at is null;
create index mandate_assignments_by_business on mandate_assignments (business_id) where ended_at is null;

-- A form on its way: kept on the server while its sender confirms it or logs in anew.
create table drafts (
  id uuid primary key default uuidv7(),
  person_id uuid not null references persons,
  business_id uuid not null references businesses,
  kind text not null,
  form jsonb not null,
  created_at timestamptz not null,
  used_at timestamptz
);

create table invitations (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  kind text not null check (kind in ('person', 'vendor-member')),
  name text not null,
  email text not null,
  worker_id uuid,
  token_hash sha256 not null unique,
  proposal jsonb not null,                       -- rights, units, last day, purpose and tie of the mandate to be
  invited_by uuid not null references persons,
  invited_by_name text not null,
  invited_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_by uuid references persons,
  accepted_by_name text,
  accepted_at timestamptz,
  settled_at timestamptz,                        -- confirmed or withdrawn by the business
  outcome text check (outcome in ('confirmed', 'withdrawn', 'refused-vendor'))
);
create index invitations_by_business on invitations (business_id) where settled_at is null;

-- Contact details ------------------------------------------------------------------------------------------------

create table contact_details (
  business_id uuid primary key references businesses,
  email text,
  mobile text,
  address_lines text[] not null default '{}',
  postal_code text,
  city text,
  responsible text,
  language text not null default 'nb' check (language in ('nb', 'en')),
  source text not null check (source in ('register', 'business')),
  changed_at timestamptz not null,
  confirmed_at timestamptz,
  confirmed_by uuid references persons,
  confirmed_by_name text,
  version integer not null default 1
);

create table contact_changes (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  before jsonb not null,
  after jsonb not null,
  changed_by uuid references persons,
  changed_by_name text not null,
  changed_at timestamptz not null
);
create index contact_changes_by_business on contact_changes (business_id, changed_at desc);

-- Notices: e-mail on its way. Addresses are settled when the notice is sent.
create table notices (
  id uuid primary key default uuidv7(),
  business_id uuid references businesses,
  template text not null,
  parameters jsonb not null,
  audience text not null check (audience in ('business', 'officers', 'business-and-officers', 'address')),
  extra_addresses text[] not null default '{}',
  language text not null default 'nb',
  created_at timestamptz not null
);
create table notice_deliveries (
  id uuid primary key default uuidv7(),
  notice_id uuid not null references notices,
  address text not null,
  message_id text not null unique,
  state text not null default 'waiting' check (state in ('waiting', 'sent', 'failed')),
  attempts integer not null default 0,
  last_error text,
  sent_at timestamptz,
  unique (notice_id, address)
);

-- Workers --------------------------------------------------------------------------------------------------------

create table workers (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  unit_id uuid not null,
  person_id uuid not null references persons,
  name text not null,
  family_name text not null,
  birth_date date not null,
  employed_from date not null,
  employed_to date,
  number_active boolean not null default true,   -- a D-number that has gone inactive is false
  deceased boolean not null default false,
  source text not null default 'register' check (source in ('register', 'declared')),
  refreshed_at timestamptz not null,
  foreign key (business_id, unit_id) references units (business_id, id),
  unique (business_id, unit_id, person_id),
  unique (id, business_id)
);
create index workers_by_business on workers (business_id, family_name, id);
create index workers_by_person on workers (person_id);

create table photos (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  worker_id uuid not null,
  unit_id uuid check (unit_id is not null),      -- the worker's, filled in by a trigger
  vendor_id uuid references businesses,
  image bytea not null,                          -- JPEG, re-encoded, without metadata
  thumbnail bytea not null,
  width integer not null,
  height integer not null,
  sha256 sha256 not null,
  uploaded_by uuid not null references persons,
  uploaded_at timestamptz not null,
  foreign key (worker_id, business_id) references workers (id, business_id),
  unique (id, worker_id)
);
create index photos_by_worker on photos (worker_id, id desc);

-- What a vendor may order for without the worker list: ticked by the business, or found by number and surname.
create table worker_offers (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  vendor_id uuid not null references businesses,
  mandate_id uuid not null,
  worker_id uuid not null,
  unit_id uuid not null,
  source text not null check (source in ('ticked', 'looked-up')),
  name text not null,
  birth_year integer not null,
  offered_by uuid not null references persons,
  offered_at timestamptz not null,
  used_at timestamptz,
  withdrawn_at timestamptz,
  foreign key (mandate_id, business_id, vendor_id) references mandates (id, business_id, vendor_id),
  foreign key (worker_id, business_id) references workers (id, business_id),
  foreign key (business_id, unit_id) references units (business_id, id)
);
create unique index worker_offers_open on worker_offers (mandate_id, worker_id) where used_at is null and withdrawn_at is null;

create table worker_look_ups (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  vendor_id uuid not null references businesses,
  mandate_id uuid not null,
  person_id uuid not null references persons,
  hit boolean not null,
  at timestamptz not null,
  foreign key (mandate_id, business_id, vendor_id) references mandates (id, business_id, vendor_id)
);
create index worker_look_ups_by_mandate on worker_look_ups (mandate_id, at);

-- Prices ---------------------------------------------------------------------------------------------------------

create table price_list (
  card_type text not null,
  valid_from timestamptz not null,
  price_ore integer not null check (price_ore > 0),
  primary key (card_type, valid_from)
);
create table vat_rates (
  valid_from timestamptz primary key,
  basis_points integer not null check (basis_points between 0 and 10000)
);

-- Orders ---------------------------------------------------------------------------------------------------------

create table orders (
  id uuid primary key default uuidv7(),
  number bigint not null unique generated always as identity (start with 100001),
  business_id uuid not null references businesses,
  unit_id uuid not null,
  vendor_id uuid references businesses,
  vendor_name text,
  mandate_id uuid,
  placed_by uuid not null references persons,
  placed_by_name text not null,
  placed_at timestamptz not null,
  idempotency_key uuid not null unique,
  card_type text not null,
  customer_reference text not null default '',
  delivery_address jsonb not null,
  price_ore integer not null check (price_ore > 0),        -- official price per card, at the moment of placing
  fee_ore integer not null default 0 check (fee_ore >= 0), -- the vendor's fee per card
  vat_basis_points integer not null,
  state text not null default 'placed' check (state in ('awaiting-approval', 'placed', 'cancelled')),
  check ((vendor_id is null) = (vendor_name is null)),
  check (vendor_id is null or mandate_id is not null),
  foreign key (business_id, unit_id) references units (business_id, id),
  foreign key (mandate_id, business_id) references mandates (id, business_id),
  foreign key (mandate_id, business_id, vendor_id) references mandates (id, business_id, vendor_id),
  unique (id, business_id)
);
create index orders_by_business on orders (business_id, id desc);
create index orders_by_mandate on orders (mandate_id, placed_at) where mandate_id is not null;

create table order_lines (
  id uuid primary key default uuidv7(),
  order_id uuid not null,
  business_id uuid not null references businesses,
  unit_id uuid check (unit_id is not null),      -- the order's, filled in by a trigger
  vendor_id uuid references businesses,
  worker_id uuid not null,
  holder_name text not null,
  photo_id uuid,
  state text not null default 'awaiting-media' check (state in
    ('awaiting-approval', 'awaiting-media', 'ready', 'in-production', 'shipped', 'closed', 'rejected', 'cancelled')),
  changed_at timestamptz not null,
  foreign key (order_id, business_id) references orders (id, business_id),
  foreign key (worker_id, business_id) references workers (id, business_id),
  foreign key (photo_id, worker_id) references photos (id, worker_id),
  unique (order_id, worker_id)
);
create index order_lines_by_order on order_lines (order_id);
create index order_lines_ready on order_lines (id) where state = 'ready';
-- One open line per worker and business: a second order waits for the first.
create unique index order_lines_open on order_lines (business_id, worker_id)
  where state in ('awaiting-approval', 'awaiting-media', 'ready', 'in-production');

-- Cards ----------------------------------------------------------------------------------------------------------

create table card_batches (
  id uuid primary key default uuidv7(),
  created_at timestamptz not null,
  sent_at timestamptz,
  closed_at timestamptz
);

create table cards (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  worker_id uuid not null,
  vendor_id uuid references businesses,
  order_line_id uuid not null unique references order_lines,
  batch_id uuid not null references card_batches,
  number text not null unique check (number ~ '^[0-9]{8}$'),
  token text not null unique check (token ~ '^[A-Za-z0-9_-]{11}$'),   -- 64 random bits, base64url, in the QR link
  card_type text not null,
  holder_name text not null,
  birth_date date not null,
  employer_name text not null,
  organisation_number organisation_number not null,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  production text not null default 'waiting' check (production in ('waiting', 'acknowledged', 'produced', 'shipped')),
  suspended_reason text,
  blocked_at timestamptz,
  blocked_reason text check (blocked_reason in ('lost', 'stolen', 'returned')),
  blocked_by uuid references persons,
  check (expires_at > issued_at),
  check ((blocked_at is null) = (blocked_reason is null)),
  foreign key (worker_id, business_id) references workers (id, business_id)
);
create index cards_by_business on cards (business_id, id desc);
create index cards_by_worker on cards (worker_id);
create index cards_by_batch on cards (batch_id);

-- Audit ----------------------------------------------------------------------------------------------------------

-- Append-only: the request role may insert and read, nobody may change or delete.
create table audit_entries (
  id uuid primary key default uuidv7(),
  transaction_id xid8 not null default pg_current_xact_id(),
  recorded_at timestamptz not null,
  business_id uuid,
  actor_person_id uuid,
  actor_job text,
  capacity text not null,
  vendor_id uuid,                               -- on whose behalf the actor acted
  mandate_id uuid,
  used_right text,
  action text not null,
  decision text not null check (decision in ('allowed', 'refused')),
  rule text,                                    -- what refused
  subject_kind text,
  subject_id uuid,
  changes jsonb not null default '{}',          -- ids, codes and salted hashes
  check (actor_person_id is not null or actor_job is not null or capacity = 'anonymous')
);
create index audit_entries_by_business on audit_entries (business_id, id desc);
create index audit_entries_by_transaction on audit_entries (transaction_id, id);

-- What can be erased stands apart, bound to its entry by a salted hash.
create table audit_details (
  entry_id uuid primary key references audit_entries,
  business_id uuid,
  salt bytea not null,
  detail jsonb not null
);

create table audit_chain (
  chain text not null,                          -- the business's id, or 'system'
  position bigint not null check (position > 0),
  entry_id uuid not null unique references audit_entries,
  previous_hash bytea not null,
  hash sha256 not null,
  primary key (chain, position)
);

create table disclosures (
  id uuid primary key default uuidv7(),
  at timestamptz not null,
  subject_person_id uuid not null,
  business_id uuid not null,
  viewer_person_id uuid not null,
  viewer_name text not null,
  vendor_id uuid,
  mandate_id uuid,
  fields text[] not null,
  occasion text not null
);
create index disclosures_by_subject on disclosures (subject_person_id, id desc);
create index disclosures_by_business on disclosures (business_id, id desc);

-- Official prices excluding VAT: 132.90 kroner a card, Norwegian Labour Inspection Authority, 2026; VAT 25 %,
-- merverdiavgiftsloven § 5-1. Earlier prices are kept so that old orders can be explained.
insert into price_list (card_type, valid_from, price_ore)
select card_type, valid_from::timestamptz, price_ore
from unnest(array['construction', 'cleaning', 'car-care', 'goods-transport']) as card_type,
  (values ('2020-01-01T00:00:00+01:00', 10400), ('2023-01-01T00:00:00+01:00', 10750),
          ('2025-01-01T00:00:00+01:00', 12950), ('2026-01-01T00:00:00+01:00', 13290)) as history (valid_from, price_ore);
insert into vat_rates values ('2005-01-01T00:00:00+01:00', 2500);
