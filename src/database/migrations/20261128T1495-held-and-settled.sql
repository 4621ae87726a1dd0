-- Nobody decides a dispute of their own, nor one that they have answered. A bar and what the business decides on a held order come one
-- after the other, whichever is first.

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- As before, and holds what was placed while the bar waited for it to be: its time is later than that of the bar.
create or replace function mirror_bar() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update vendor_profiles set
    barred_at = (select b.began_at from vendor_bars b where b.vendor_id = new.vendor_id and b.lifted_at is null),
    barred_reason = (select b.reason from vendor_bars b where b.vendor_id = new.vendor_id and b.lifted_at is null and b.began_at is not null)
  where vendor_id = new.vendor_id;
  if new.began_at is not null and new.lifted_at is null then
    update orders o set bar_held_at = new.began_at
    where o.vendor_id = new.vendor_id and o.bar_held_at is null and o.state <> 'cancelled'
      and exists (select from order_lines l where l.order_id = o.id
        and l.state in ('awaiting-approval', 'awaiting-media', 'under-review', 'ready', 'in-production'));
  end if;
  return null;
end $$;

-- As before, while there is something left to hold: what has been made for the vendor's fee stays the vendor's. A bar that is just
-- beginning waits for the decision, or the decision for the bar.
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
  -- The links that the vendor has sent are worth nothing from then on: it would be told what came of them.
  update upload_requests r set revoked_at = context_now()
  where r.order_id = one and r.vendor_id is not null and r.delivered_at is null and r.denied_at is null and r.revoked_at is null;
  update orders o set bar_held_at = null, taken_over_at = context_now(), taken_over_from = o.vendor_name, vendor_id = null, vendor_name = null,
    mandate_id = null, fee_ore = 0, order_fee_ore = 0, placed_by = p.id, placed_by_name = p.name
  from persons p where o.id = one and p.id = context_person();
  update order_lines set vendor_id = null where order_id = one;
  return 'settled';
end $$;

-- As before, and by nobody whom it is about or who has answered it.
create or replace function settle_dispute(dispute uuid, decided text, words text) returns table (of_business uuid)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_staff('case-officer') then raise exception 'for case officers only'; end if;
  return query update disputes d set outcome = decided, outcome_text = words, settled_by = p.id, settled_by_name = p.name,
      settled_at = context_now()
    from persons p where d.id = dispute and p.id = context_person() and d.brought_at is not null and d.settled_at is null
      and d.person_id <> p.id and d.answered_by is distinct from p.id
    returning d.business_id;
end $$;

reset role;
revoke create on schema public from kortvakt_context;
