-- What waits over all the customers that somebody of a vendor may act for: numbers alone, and only of what the mandate lets
-- them see, since each customer is a context of its own.

create index order_lines_by_vendor on order_lines (vendor_id, business_id, state) where vendor_id is not null;

create function vendor_work(month_start timestamptz) returns table (
  vendor_number text, vendor_name text, business_number text, business_name text, ends_at timestamptz,
  may_order boolean, awaiting_media bigint, awaiting_approval bigint, rejected bigint, in_production bigint,
  cards_per_month integer, cards_placed bigint)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select c.vendor_number, c.vendor_name, c.organisation_number, c.name, c.ends_at,
    m.rights && array['orders.place', 'orders.prepare']::right_name[],
    n.awaiting_media, n.awaiting_approval, n.rejected, n.in_production, m.cards_per_month,
    (select count(*) from orders o join order_lines l on l.order_id = o.id
      where o.mandate_id = m.id and o.placed_at >= month_start and o.state = 'placed' and o.approved_at is null
        and l.state not in ('cancelled', 'rejected'))
  from context_choices() c join mandates m on m.id = c.mandate_id
    cross join lateral (
      select count(*) filter (where l.state = 'awaiting-media') as awaiting_media,
        count(*) filter (where l.state = 'awaiting-approval') as awaiting_approval,
        count(*) filter (where l.state = 'rejected' and l.changed_at > context_now() - interval '30 days') as rejected,
        count(*) filter (where l.state in ('under-review', 'ready', 'in-production')) as in_production
      from order_lines l join orders o on o.id = l.order_id
      where l.vendor_id = m.vendor_id and l.business_id = m.business_id
        and l.state in ('awaiting-media', 'awaiting-approval', 'under-review', 'rejected', 'ready', 'in-production')
        and (m.units is null or l.unit_id = any (m.units))
        and (m.workers is null or (l.worker_id = any (m.workers) and o.mandate_id = m.id))) n
  where c.vendor_number is not null and m.rights && array['orders.read', 'orders.place', 'orders.prepare']::right_name[];
end;

grant create on schema public to kortvakt_context;
revoke execute on function vendor_work from public;
alter function vendor_work owner to kortvakt_context;
revoke create on schema public from kortvakt_context;
set role kortvakt_context;
grant execute on function vendor_work to kortvakt_request;
reset role;
