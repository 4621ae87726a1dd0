-- What keeps a card from being ordered, of which two things are new: a line under review is open as well, and a card in its last
-- ninety days may be renewed. For an order of ten thousand workers it is asked once a worker, and
-- by the worker's own lines: a join lets the database read all open lines of the business for each worker, and it did.

create index cards_by_person on cards (person_id, business_id);

grant create on schema public to kortvakt_context;
set role kortvakt_context;

create or replace function worker_obstacle(w workers, at timestamptz) returns text
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select case
    when w.deceased then 'deceased'
    when w.employed_to < oslo_date(at) then 'employment-ended'
    when not w.number_active then 'number-inactive'
    when w.employed_from > oslo_date(at) + 30 then 'starts-later'
    when exists (select from order_lines l where l.business_id = w.business_id
      and l.worker_id = any (array(select same.id from workers same
        where same.person_id = w.person_id and same.business_id = w.business_id))
      and l.state in ('awaiting-approval', 'awaiting-media', 'under-review', 'ready', 'in-production')) then 'open-line'
    when exists (select from cards c where c.business_id = w.business_id and c.person_id = w.person_id
      and c.blocked_at is null and c.expires_at > at + interval '90 days') then 'valid-card'
  end;
end;

create or replace function order_obstacles(wanted uuid[]) returns table (worker_id uuid, obstacle text)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select w.id, case when found.obstacle is null then null
    when context_has_right('workers.read') then found.obstacle else 'ask-the-business' end
  from workers w cross join lateral (select worker_obstacle(w, context_now()) as obstacle offset 0) found
  where w.id = any (wanted) and w.business_id = context_business() and context_covers_unit(w.unit_id)
    and context_covers_worker(w.id)
    and (context_has_right('workers.read') or (context_is_vendor() and exists (
      select from worker_offers o where o.worker_id = w.id and o.mandate_id = context_mandate()
        and o.used_at is null and o.withdrawn_at is null)));
end;

-- As before, with the conditions of `order_obstacles` in the one statement that finds the worker.
create or replace function guard_new_order_line() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  worker workers;
begin
  new.unit_id := (select o.unit_id from orders o where o.id = new.order_id and o.business_id = new.business_id);
  if context_capacity() not in ('officer', 'person', 'vendor') or context_capacity() is null then
    new.shown_name := coalesce(nullif(new.shown_name, ''), new.holder_name);
    return new;
  end if;
  select w.* into worker from workers w join orders o on o.id = new.order_id and o.unit_id = w.unit_id
    and o.vendor_id is not distinct from new.vendor_id
  where w.id = new.worker_id and w.business_id = new.business_id and w.business_id = context_business()
    and context_covers_unit(w.unit_id) and context_covers_worker(w.id)
    and (context_has_right('workers.read') or (context_is_vendor() and exists (
      select from worker_offers o where o.worker_id = w.id and o.mandate_id = context_mandate()
        and o.used_at is null and o.withdrawn_at is null)))
    and worker_obstacle(w, context_now()) is null;
  if worker.id is null then
    raise exception 'the worker cannot be ordered for' using errcode = 'check_violation', constraint = 'orderable_worker';
  end if;
  new.holder_name := worker.name;
  new.shown_name := worker.name;
  if context_lacks_worker_list() then
    new.shown_name := coalesce((select o.name from worker_offers o where o.mandate_id = context_mandate()
      and o.worker_id = worker.id and o.used_at is null and o.withdrawn_at is null), worker.family_name);
  end if;
  return new;
end $$;

-- As before, and the document, so that a page of an order reads its lines from here alone.
create or replace view order_lines_as_shown with (security_barrier) as
select l.id, l.order_id, l.business_id, l.unit_id, l.vendor_id, l.worker_id, l.photo_id, l.state, l.changed_at,
  case when context_lacks_worker_list() then l.shown_name else l.holder_name end as holder_name, l.document_id
from order_lines l where may_read_order_line(l.business_id, l.unit_id, l.vendor_id, l.worker_id);

reset role;
revoke create on schema public from kortvakt_context;
