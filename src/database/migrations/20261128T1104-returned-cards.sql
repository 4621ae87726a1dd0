-- Cards that come back in the post: the issuer has them until the business says where they are sent instead, or blocks them, which
-- has them destroyed. A card that is with the issuer is valid no more than before it was sent.

alter table cards drop constraint cards_production_check,
  add constraint cards_production_check check (production in ('waiting', 'acknowledged', 'produced', 'shipped', 'returned'));

create table card_returns (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  unit_id uuid not null,
  worker_id uuid not null,
  card_id uuid not null references cards,
  issuer_reference text not null unique,                   -- the issuer's name for it: read twice, it is one
  reason text not null check (reason in ('unknown-address', 'not-collected', 'refused', 'other')),
  returned_at timestamptz not null,
  address jsonb,                                           -- where it is sent instead
  asked_by uuid references persons,
  asked_by_name text,
  asked_at timestamptz,
  settled_at timestamptz,                                  -- since then the issuer knows what becomes of it
  foreign key (worker_id, business_id) references workers (id, business_id),
  foreign key (business_id, unit_id) references units (business_id, id),
  check ((address is null) = (asked_at is null) and (asked_by is null) = (asked_at is null) and (asked_by_name is null) = (asked_at is null))
);
create unique index card_returns_open on card_returns (card_id) where settled_at is null;
create index card_returns_of_card on card_returns (card_id, id desc);
alter table card_returns enable row level security;
alter table card_returns force row level security;

grant select, insert on card_returns to kortvakt_request;
grant update (address, asked_by, asked_by_name, asked_at, settled_at) on card_returns to kortvakt_request;
create policy readable on card_returns for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('cards.read')
    and context_covers_unit(unit_id));
-- Where cards go is the business's to say.
create policy sent_again on card_returns for update to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('orders.place')
    and context_covers_unit(unit_id) and asked_at is null and settled_at is null)
  with check (business_id = context_business() and asked_by = context_person() and context_is_now(asked_at) and settled_at is null);
create policy job on card_returns to kortvakt_request using (context_is_job()) with check (context_is_job());
create policy within_scope on card_returns as restrictive to kortvakt_request using (context_covers_worker(worker_id));
