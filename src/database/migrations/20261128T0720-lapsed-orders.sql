-- An order that nobody approved in time is taken back by itself.

alter table orders
  add column lapsed_at timestamptz,
  add check (lapsed_at is null or (state = 'cancelled' and cancelled_by is null));
create index orders_awaiting_approval on orders (placed_at) where state = 'awaiting-approval';
grant update (lapsed_at) on orders to kortvakt_request;
create policy lapses on orders for update to kortvakt_request
  using (context_is_job() and state = 'awaiting-approval')
  with check (context_is_job() and state = 'cancelled' and lapsed_at is not null);
