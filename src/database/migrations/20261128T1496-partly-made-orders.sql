-- An order of which cards are made stays the vendor's, at its price: only what a vendor has done nothing for is taken over.

grant create on schema public to kortvakt_context;
set role kortvakt_context;

create or replace function settle_held_order(one uuid, way text) returns text
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  found orders;
  barred timestamptz;
begin
  select o.* into found from orders o where o.id = one and o.business_id = context_business() for update;
  if found.id is null or not context_is_business_side() or not context_has_right('orders.approve')
    or not context_covers_unit(found.unit_id) or context_setting('workers') is not null then return 'missing'; end if;
  if found.bar_held_at is null or found.state = 'cancelled' or not exists (select from order_lines l where l.order_id = one
    and l.state in ('awaiting-approval', 'awaiting-media', 'under-review', 'ready')) then return 'too-late'; end if;
  if way = 'go-on' then
    select p.barred_at into barred from vendor_profiles p where p.vendor_id = found.vendor_id for share;
    if barred is not null then return 'barred'; end if;
    if not exists (select from mandates m where m.id = found.mandate_id and m.ended_at is null) then return 'ended'; end if;
    update orders set bar_held_at = null where id = one;
    return 'settled';
  end if;
  if exists (select from order_lines l where l.order_id = one and l.state in ('in-production', 'shipped')) then return 'partly-made'; end if;
  -- The links that the vendor has sent are worth nothing from then on: it would be told what came of them.
  update upload_requests r set revoked_at = context_now()
  where r.order_id = one and r.vendor_id is not null and r.delivered_at is null and r.denied_at is null and r.revoked_at is null;
  update orders o set bar_held_at = null, taken_over_at = context_now(), taken_over_from = o.vendor_name, vendor_id = null, vendor_name = null,
    mandate_id = null, fee_ore = 0, order_fee_ore = 0, placed_by = p.id, placed_by_name = p.name
  from persons p where o.id = one and p.id = context_person();
  update order_lines set vendor_id = null where order_id = one;
  return 'settled';
end $$;

reset role;
revoke create on schema public from kortvakt_context;
