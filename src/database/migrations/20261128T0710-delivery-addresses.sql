-- Where a business has its cards sent. A vendor's order goes to one of these or to the registered address; to any other only
-- when the business has approved it, so that nobody has cards sent to themselves unseen.

create table delivery_addresses (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  address jsonb not null,
  added_by uuid not null references persons,
  added_by_name text not null,
  added_at timestamptz not null,
  removed_at timestamptz,
  removed_by uuid references persons,
  removed_by_name text,
  check ((removed_at is null) = (removed_by is null))
);
create unique index delivery_addresses_in_use on delivery_addresses (business_id, md5(address::text)) where removed_at is null;
alter table delivery_addresses enable row level security;
alter table delivery_addresses force row level security;

grant select, insert on delivery_addresses to kortvakt_request;
grant update (removed_at, removed_by, removed_by_name) on delivery_addresses to kortvakt_request;
create policy readable on delivery_addresses for select to kortvakt_request
  using (business_id = context_business() and (context_has_right('orders.place') or context_has_right('orders.prepare')
    or context_has_right('orders.approve')));
create policy added on delivery_addresses for insert to kortvakt_request
  with check (business_id = context_business() and context_is_business_side() and added_by = context_person() and removed_at is null
    and (context_has_right('orders.place') or context_has_right('orders.approve')));
create policy removed on delivery_addresses for update to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and removed_at is null
    and (context_has_right('orders.place') or context_has_right('orders.approve')))
  with check (business_id = context_business() and removed_by = context_person());

-- Whether the business has its cards sent there already: its registered address, under its own name, or one of the above.
create function is_delivery_address(business uuid, wanted jsonb) returns boolean
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select exists (select from businesses b where b.id = business
      and coalesce(wanted ->> 'recipient', b.name) = b.name
      and coalesce(wanted -> 'lines', '[]') = coalesce(b.address -> 'lines', '[]')
      and coalesce(wanted ->> 'postalCode', '') = coalesce(b.address ->> 'postalCode', '')
      and coalesce(wanted ->> 'place', '') = coalesce(b.address ->> 'place', ''))
    or exists (select from delivery_addresses d where d.business_id = business and d.removed_at is null and d.address = wanted);
end;
grant select on delivery_addresses to kortvakt_context;
create policy resolves on delivery_addresses for select to kortvakt_context using (true);
revoke execute on function is_delivery_address from public;
grant create on schema public to kortvakt_context;
alter function is_delivery_address owner to kortvakt_context;
revoke create on schema public from kortvakt_context;
set role kortvakt_context;
grant execute on function is_delivery_address to kortvakt_request;
reset role;

create policy to_known_address on orders as restrictive for insert to kortvakt_request
  with check (not context_is_vendor() or state = 'awaiting-approval' or is_delivery_address(business_id, delivery_address));

alter table orders drop constraint orders_held_by_limit_check,
  add constraint orders_held_by_limit_check
    check (held_by_limit in ('cards-per-order', 'cards-per-month', 'ore-per-month', 'new-address'));
