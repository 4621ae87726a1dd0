-- A vendor without the worker list reads of a worker what it was given: the name and birth year that the business ticked,
-- or the surname that it asked with. Rows are row-level security's; which columns a row shows differs by who asks, which
-- only a view can say. So nobody who serves requests selects these columns from their tables.

create function context_lacks_worker_list() returns boolean language sql stable parallel safe
  return context_is_vendor() and not coalesce(context_has_right('workers.read'), false);

-- The conditions of the policies `readable`, `job` and `within_scope`, for the views: they run as their owner, past them.
create function may_read_order_line(business uuid, unit uuid, vendor uuid, worker uuid) returns boolean
language sql stable parallel safe
  return context_is_job() or (business = context_business() and context_covers_unit(unit) and context_covers_worker(worker)
    and (context_has_right('orders.read') or context_has_right('orders.place') or context_has_right('orders.prepare')
      or context_has_right('orders.approve'))
    and (context_is_business_side() or (context_is_vendor() and vendor = context_vendor())));
create function may_read_card(business uuid, unit uuid, vendor uuid, worker uuid) returns boolean
language sql stable parallel safe
  return context_is_job() or (business = context_business() and context_covers_unit(unit) and context_covers_worker(worker)
    and context_has_right('cards.read')
    and (context_is_business_side() or (context_is_vendor() and vendor = context_vendor())));

-- The name that whoever ordered was given. (The owner sees rows only while not forced.)
alter table order_lines add column shown_name text not null default '';
alter table order_lines no force row level security;
alter table orders no force row level security;
alter table worker_offers no force row level security;
update order_lines l set shown_name = coalesce((select o.name from worker_offers o join orders b on b.id = l.order_id
    where l.vendor_id is not null and o.mandate_id = b.mandate_id and o.worker_id = l.worker_id order by o.id desc limit 1),
  l.holder_name);
-- What a vendor has asked with tells it the year of birth as well: the offer need not.
alter table worker_offers alter column birth_year drop not null;
update worker_offers set birth_year = null where source = 'looked-up';
alter table worker_offers add constraint year_is_told_by_the_business check ((birth_year is null) = (source = 'looked-up'));
alter table order_lines force row level security;
alter table orders force row level security;
alter table worker_offers force row level security;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- As before, and: the line keeps the name that its orderer was given.
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
  where w.id = new.worker_id and w.business_id = new.business_id
    and exists (select from order_obstacles(array[w.id]) c where c.obstacle is null);
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

-- As before, without the year of birth, and for the mandate's named workers alone.
create or replace function vendor_look_up_worker(id_hash sha256, surname text) returns uuid
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  mandate uuid := context_mandate();
  misses integer;
  found workers;
  offer uuid;
begin
  if context_capacity() is distinct from 'vendor'
    or not (context_has_right('orders.place') or context_has_right('orders.prepare')) then
    raise exception 'only a vendor that may order looks workers up';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('look-up:' || mandate::text, 0));
  select count(*) into misses from worker_look_ups l where l.mandate_id = mandate and not l.hit
    and oslo_date(l.at) = oslo_date(context_now());
  if misses < 20 then
    select w.* into found from workers w join persons p on p.id = w.person_id
    where p.national_id_hash = id_hash and w.business_id = context_business() and context_covers_unit(w.unit_id)
      and context_covers_worker(w.id)
      and lower(normalize(w.family_name)) = lower(normalize(trim(surname)))
      and worker_obstacle(w, context_now()) is null
    order by w.employed_from desc limit 1;
  end if;
  insert into worker_look_ups (business_id, vendor_id, mandate_id, person_id, hit, at)
  values (context_business(), context_vendor(), mandate, context_person(), found.id is not null, context_now());
  if found.id is null then return null; end if;
  insert into worker_offers (business_id, vendor_id, mandate_id, worker_id, unit_id, source, name, offered_by, offered_at)
  values (context_business(), context_vendor(), mandate, found.id, found.unit_id, 'looked-up', found.family_name,
    context_person(), context_now())
  on conflict (mandate_id, worker_id) where used_at is null and withdrawn_at is null
    do update set mandate_id = excluded.mandate_id
  returning id into offer;
  return offer;
end $$;

create view order_lines_as_shown with (security_barrier) as
select l.id, l.order_id, l.business_id, l.unit_id, l.vendor_id, l.worker_id, l.photo_id, l.state, l.changed_at,
  case when context_lacks_worker_list() then l.shown_name else l.holder_name end as holder_name
from order_lines l where may_read_order_line(l.business_id, l.unit_id, l.vendor_id, l.worker_id);

create view cards_as_shown with (security_barrier) as
select c.id, c.business_id, c.unit_id, c.worker_id, c.vendor_id, c.order_line_id, c.batch_id, c.number, c.token, c.card_type,
  c.employer_name, c.organisation_number, c.issued_at, c.expires_at, c.production, c.blocked_at, c.blocked_reason,
  card_state(c, context_now()) as state,
  case when context_lacks_worker_list() then l.shown_name else c.holder_name end as holder_name,
  case when not context_lacks_worker_list() then c.birth_date end as birth_date,
  case when not context_lacks_worker_list() then c.suspended_reason end as suspended_reason
from cards c join order_lines l on l.id = c.order_line_id
where may_read_card(c.business_id, c.unit_id, c.vendor_id, c.worker_id);

grant select on order_lines_as_shown, cards_as_shown to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;

revoke execute on function context_lacks_worker_list, may_read_order_line, may_read_card from public;
grant execute on function context_lacks_worker_list, may_read_order_line, may_read_card to kortvakt_request, kortvakt_context;

revoke select on order_lines, cards from kortvakt_request;
grant select (id, order_id, business_id, unit_id, vendor_id, worker_id, photo_id, state, changed_at) on order_lines
  to kortvakt_request;
grant select (id, business_id, unit_id, worker_id, vendor_id, order_line_id, batch_id, number, token, card_type, employer_name,
  organisation_number, issued_at, expires_at, production, blocked_at, blocked_reason) on cards to kortvakt_request;
