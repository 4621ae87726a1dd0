-- A mandate for named workers reaches those workers in ordering too, limits count what the asker no longer sees, and a kept
-- form may be handed to the business's officers.

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- As before, for those of the workers whom the mandate names.
create or replace function order_obstacles(wanted uuid[]) returns table (worker_id uuid, obstacle text)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select w.id, case when worker_obstacle(w, context_now()) is null then null
    when context_has_right('workers.read') then worker_obstacle(w, context_now()) else 'ask-the-business' end
  from workers w
  where w.id = any (wanted) and w.business_id = context_business() and context_covers_unit(w.unit_id)
    and context_covers_worker(w.id)
    and (context_has_right('workers.read') or (context_is_vendor() and exists (
      select from worker_offers o where o.worker_id = w.id and o.mandate_id = context_mandate()
        and o.used_at is null and o.withdrawn_at is null)));
end;

-- What was placed under the asker's own mandate since then, whether or not it still reaches the units and workers that it
-- was placed for: a narrowing gives no room back.
create function placed_under_mandate(since timestamptz) returns table (cards bigint, ore bigint)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select count(*), coalesce(sum(o.price_ore + o.fee_ore), 0)::bigint
  from orders o join order_lines l on l.order_id = o.id
  where o.mandate_id = context_mandate() and o.placed_at >= since and o.state = 'placed' and o.approved_at is null
    and l.state not in ('cancelled', 'rejected');
end;

-- Whether an order holds a worker beyond the asker's named workers: then it is not the asker's to settle as a whole.
create function order_reaches_beyond(asked uuid) returns boolean
language sql stable security definer set search_path = public, pg_temp
  return exists (select from order_lines l where l.order_id = asked and l.business_id = context_business()
    and not context_covers_worker(l.worker_id));

reset role;
revoke create on schema public from kortvakt_context;
set role kortvakt_context;
revoke execute on function placed_under_mandate, order_reaches_beyond from public;
grant execute on function placed_under_mandate, order_reaches_beyond to kortvakt_request;
reset role;

-- Kept forms: whoever cannot log in at high level hands the form to the officers, who confirm it in their own name.
alter table drafts add column handed_over_at timestamptz;
grant update (handed_over_at) on drafts to kortvakt_request;
create policy handed_over_read on drafts for select to kortvakt_request
  using (business_id = context_business() and context_is_officer() and handed_over_at is not null);
create policy handed_over_use on drafts for update to kortvakt_request
  using (business_id = context_business() and context_is_officer() and handed_over_at is not null)
  with check (business_id = context_business());
