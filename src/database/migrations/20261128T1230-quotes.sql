-- Quotes, item by item: what a vendor offers one business, and what the business then accepts as it stands. The sums are the
-- database's own, so that what is accepted, ordered and invoiced is held to the items themselves.

-- VAT of one amount, half up, as `vatOf` in the application has it.
create function vat_of(ore bigint, basis_points integer) returns bigint language sql immutable parallel safe
  return (ore * basis_points + 5000) / 10000;

-- What the items of one kind of charge come to; the official price is no fee.
create function quote_sum(items jsonb, charged text) returns integer language sql immutable parallel safe
  return (select coalesce(sum((i->>'ore')::bigint), 0)::integer from jsonb_array_elements(case jsonb_typeof(items) when 'array' then items else '[]' end) i
    where i->>'per' = charged and i->>'kind' <> 'official');

create function quote_official(items jsonb) returns integer language sql immutable parallel safe
  return (select max((i->>'ore')::integer) from jsonb_array_elements(
    case jsonb_typeof(items) when 'array' then items else '[]' end) i where i->>'kind' = 'official');

create function quote_items_hold(items jsonb) returns boolean language sql immutable parallel safe
  return case when jsonb_typeof(items) <> 'array' then false when jsonb_array_length(items) not between 1 and 40 then false else (
    select count(*) filter (where i->>'kind' = 'official' and i->>'per' = 'card') = 1 and bool_and(coalesce(
      i->>'kind' in ('official', 'fee', 'start', 'postage', 'express', 'other')
      and i->>'per' in ('card', 'order', 'once', 'on-request') and length(i->>'text') <= 200
      and (i->>'ore')::bigint between 0 and 100000000 and (i->>'vatBasisPoints')::integer between 0 and 10000
      and (i->>'vatOre')::bigint = vat_of((i->>'ore')::bigint, (i->>'vatBasisPoints')::integer), false))
    from jsonb_array_elements(items) i) end;
grant execute on function vat_of, quote_sum, quote_official, quote_items_hold to kortvakt_request, kortvakt_context;

create table quote_offers (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  vendor_id uuid not null references businesses,
  items jsonb not null constraint items_hold check (quote_items_hold(items)),
  official_ore integer generated always as (quote_official(items)) stored,
  fee_ore integer not null generated always as (quote_sum(items, 'card')) stored,
  order_ore integer not null generated always as (quote_sum(items, 'order')) stored,
  once_ore integer not null generated always as (quote_sum(items, 'once')) stored,
  valid_until timestamptz not null,               -- exclusive: the Oslo midnight after the last day
  offered_by uuid not null references persons,
  offered_by_name text not null,
  offered_at timestamptz not null,
  settled_at timestamptz,
  settled_by uuid references persons,
  outcome text check (outcome in ('accepted', 'withdrawn', 'replaced')),
  check (business_id <> vendor_id),
  check (valid_until > offered_at),
  check ((settled_at is null) = (outcome is null)),
  -- What an accepted quote says is what was offered, to the øre and the day.
  unique (id, business_id, vendor_id, official_ore, fee_ore, order_ore, once_ore, valid_until)
);
create index quote_offers_by_business on quote_offers (business_id, id desc);
create index quote_offers_by_vendor on quote_offers (vendor_id, id desc);
create unique index quote_offers_open on quote_offers (business_id, vendor_id) where settled_at is null;

-- Without an offer a quote is the published fee alone; one from before today says nothing of the official price.
alter table quotes
  add column offer_id uuid,
  add column official_ore integer check (official_ore > 0),
  add column order_ore integer not null default 0 check (order_ore >= 0),
  add column once_ore integer not null default 0 check (once_ore >= 0),
  add constraint as_offered foreign key (offer_id, business_id, vendor_id, official_ore, fee_ore, order_ore, once_ore, valid_until)
    references quote_offers (id, business_id, vendor_id, official_ore, fee_ore, order_ore, once_ore, valid_until),
  add constraint offered_whole check (offer_id is null or official_ore is not null);
create unique index quotes_by_offer on quotes (offer_id) where offer_id is not null;

alter table orders add column order_fee_ore integer not null default 0 check (order_fee_ore >= 0);  -- the vendor's fees for the order as a whole

alter table quote_offers enable row level security;
alter table quote_offers force row level security;
grant select, insert on quote_offers to kortvakt_request;
grant update (settled_at, settled_by, outcome) on quote_offers to kortvakt_request;
create policy managed_by_both_sides on quote_offers for select to kortvakt_request
  using ((business_id = context_business() or vendor_id = context_business()) and context_is_business_side()
    and context_has_right('access.manage'));
create policy officers_offer on quote_offers for insert to kortvakt_request
  with check (vendor_id = context_business() and context_is_officer() and offered_by = context_person() and settled_at is null
    and context_is_now(offered_at));
create policy officers_take_back on quote_offers for update to kortvakt_request
  using (vendor_id = context_business() and context_is_officer() and settled_at is null)
  with check (vendor_id = context_business() and outcome in ('withdrawn', 'replaced') and settled_by = context_person());

-- A quote is accepted with a fresh login, whichever way.
create policy accepted_fresh on quotes as restrictive for insert to kortvakt_request with check (context_is_fresh());

grant select on quote_offers, quotes to kortvakt_context;
grant update (settled_at, settled_by, outcome) on quote_offers to kortvakt_context;
create policy resolves on quote_offers to kortvakt_context using (true) with check (true);

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Accepting an offer settles it: one that is settled is accepted by nobody.
create function settle_accepted_offer() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update quote_offers set settled_at = new.accepted_at, settled_by = new.accepted_by, outcome = 'accepted'
    where id = new.offer_id and settled_at is null;
  if not found then
    raise exception 'the offer is settled' using errcode = 'check_violation', constraint = 'offer_settled';
  end if;
  return null;
end $$;
revoke execute on function settle_accepted_offer from public;
grant execute on function settle_accepted_offer to kortvakt_migrate;

-- What the vendor's mandate costs from now on is what an officer has accepted in this transaction.
create function stand_on_quote(accepted uuid) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  quote quotes;
  standing integer;
begin
  select * into quote from quotes q where q.id = accepted and q.business_id = context_business()
    and q.accepted_by = context_person() and context_is_now(q.accepted_at);
  if quote.id is null or not context_is_officer() then
    raise exception 'no quote was accepted' using errcode = 'insufficient_privilege';
  end if;
  update mandates m set quote_id = accepted
    where m.business_id = quote.business_id and m.vendor_id = quote.vendor_id and m.ended_at is null;
  get diagnostics standing = row_count;
  return standing;
end $$;

-- What the vendor that acts may take, by the quote that its mandate stands on; nothing when that holds no more.
create function context_quote() returns table (official_ore integer, fee_ore integer, order_ore integer)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select q.official_ore, q.fee_ore, q.order_ore from mandates m join quotes q on q.id = m.quote_id
  where m.id = context_mandate() and m.vendor_id = context_vendor() and q.valid_until > context_now();
end;

create or replace function placed_under_mandate(since timestamptz) returns table (cards bigint, ore bigint)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select coalesce(sum(each.cards), 0)::bigint, coalesce(sum(each.cards * each.per_card + each.order_fee_ore), 0)::bigint
  from (select count(*) as cards, o.price_ore + o.fee_ore as per_card, o.order_fee_ore
    from orders o join order_lines l on l.order_id = o.id
    where o.mandate_id = context_mandate() and o.placed_at >= since and o.state = 'placed' and o.approved_at is null
      and l.state not in ('cancelled', 'rejected')
    group by o.id) each;
end;

create or replace function mandate_figures(ids uuid[]) returns table (mandate_id uuid, orders integer, cards integer, ore bigint)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select each.mandate_id, count(*)::integer, coalesce(sum(each.cards) filter (where each.state = 'placed'), 0)::integer,
    coalesce(sum(each.cards * each.per_card + each.order_fee_ore) filter (where each.state = 'placed' and each.cards > 0), 0)::bigint
  from (select o.mandate_id, o.state, count(l.id) as cards, o.price_ore + o.fee_ore as per_card, o.order_fee_ore
    from orders o left join order_lines l on l.order_id = o.id and l.state not in ('cancelled', 'rejected')
    where o.mandate_id = any (ids) and o.business_id = context_business() and o.state <> 'cancelled'
      and context_is_business_side() and context_has_right('access.manage')
    group by o.id) each
  group by each.mandate_id;
end;

revoke execute on function stand_on_quote, context_quote from public;
grant execute on function stand_on_quote, context_quote to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;

create trigger settle_offer after insert on quotes for each row when (new.offer_id is not null)
  execute function settle_accepted_offer();

-- No vendor's order is above the quote that was accepted: neither its fees, nor the official price that was read with them.
create policy within_quote on orders as restrictive for insert to kortvakt_request
  with check (vendor_id is null or exists (select from context_quote() q
    where orders.fee_ore <= q.fee_ore and orders.order_fee_ore <= q.order_ore
      and orders.price_ore <= coalesce(q.official_ore, orders.price_ore)));

create policy job_reads on quote_offers for select to kortvakt_request using (context_is_job());
