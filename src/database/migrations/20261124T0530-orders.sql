-- Ordering: who settled an order, what keeps a worker from being ordered for, and lines that nobody can forge.

alter table orders
  add column held_by_limit text check (held_by_limit in ('cards-per-order', 'cards-per-month', 'ore-per-month')),
  add column approved_by uuid references persons,
  add column approved_by_name text,
  add column approved_at timestamptz,
  add column cancelled_by uuid references persons,
  add column cancelled_by_name text,
  add column cancelled_at timestamptz,
  add check ((approved_by is null) = (approved_at is null)),
  add check ((cancelled_by is null) = (cancelled_at is null)),
  add check (approved_by is null or state <> 'awaiting-approval'),
  add check (cancelled_by is null or state = 'cancelled');
grant update (approved_by, approved_by_name, approved_at, cancelled_by, cancelled_by_name, cancelled_at) on orders to kortvakt_request;

-- An approver places or takes back what waits for one.
create policy approved on orders for update to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_covers_unit(unit_id)
    and context_has_right('orders.approve') and state <> 'cancelled')
  with check (business_id = context_business() and ((state = 'placed' and approved_by = context_person())
    or (state = 'cancelled' and cancelled_by = context_person())));
-- Nobody orders as if it had been approved or taken back.
create policy unsettled on orders as restrictive for insert to kortvakt_request
  with check (state <> 'cancelled' and approved_by is null and cancelled_by is null);
-- Whoever ordered may take the order back; with orders.prepare only while nobody has approved it.
create policy taken_back on orders for update to kortvakt_request
  using (business_id = context_business() and context_covers_unit(unit_id) and state <> 'cancelled'
    and ((context_is_vendor() and vendor_id = context_vendor())
      or (context_is_business_side() and vendor_id is null and placed_by = context_person()))
    and (context_has_right('orders.place') or (context_has_right('orders.prepare') and state = 'awaiting-approval')))
  with check (business_id = context_business() and state = 'cancelled' and cancelled_by = context_person());
-- Whoever prepared adds photos and takes lines back; the trigger below keeps approval with the business.
create policy prepared on order_lines for update to kortvakt_request
  using (business_id = context_business() and context_covers_unit(unit_id) and context_has_right('orders.prepare')
    and (context_is_business_side() or (context_is_vendor() and vendor_id = context_vendor())));
create policy approving on photos for select to kortvakt_request
  using (business_id = context_business() and context_covers_unit(unit_id) and context_is_business_side()
    and context_has_right('orders.approve'));
-- Those who let a vendor order for named workers have to see which vendors hold a mandate.
create policy offering on mandates for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and holder = 'vendor'
    and context_has_right('workers.read') and context_has_right('orders.place'));

-- Conditions of ordering -----------------------------------------------------------------------------------------------

grant select on orders, order_lines to kortvakt_context;
grant insert on disclosures to kortvakt_context;
create policy resolves on orders for select to kortvakt_context using (true);
create policy resolves on order_lines for select to kortvakt_context using (true);
create policy resolves on disclosures for insert to kortvakt_context with check (true);

-- What keeps a card from being ordered for a worker; null when nothing does. One card for each person and employer; a
-- card in its last 60 days may be renewed; for a new employee a card may be ordered 30 days ahead.
create function worker_obstacle(w workers, at timestamptz) returns text
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select case
    when w.deceased then 'deceased'
    when w.employed_to < oslo_date(at) then 'employment-ended'
    when not w.number_active then 'number-inactive'
    when w.employed_from > oslo_date(at) + 30 then 'starts-later'
    when exists (select from order_lines l join workers same on same.id = l.worker_id
      where l.business_id = w.business_id and same.person_id = w.person_id
        and l.state in ('awaiting-approval', 'awaiting-media', 'ready', 'in-production')) then 'open-line'
    when exists (select from cards c where c.business_id = w.business_id and c.person_id = w.person_id
      and c.blocked_at is null and c.expires_at > at + interval '60 days') then 'valid-card'
  end;
end;

-- The same for many workers whom the asker may order for; others are left out. A vendor without the worker list is told
-- only that it has to ask the business.
create function order_obstacles(wanted uuid[]) returns table (worker_id uuid, obstacle text)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select w.id, case when worker_obstacle(w, context_now()) is null then null
    when context_has_right('workers.read') then worker_obstacle(w, context_now()) else 'ask-the-business' end
  from workers w
  where w.id = any (wanted) and w.business_id = context_business() and context_covers_unit(w.unit_id)
    and (context_has_right('workers.read') or (context_is_vendor() and exists (
      select from worker_offers o where o.worker_id = w.id and o.mandate_id = context_mandate()
        and o.used_at is null and o.withdrawn_at is null)));
end;

-- A line is for a worker of the order's own unit whom the asker may order for, under the name that the register gave.
create function guard_new_order_line() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  worker workers;
begin
  new.unit_id := (select o.unit_id from orders o where o.id = new.order_id and o.business_id = new.business_id);
  if context_capacity() not in ('officer', 'person', 'vendor') or context_capacity() is null then return new; end if;
  select w.* into worker from workers w join orders o on o.id = new.order_id and o.unit_id = w.unit_id
    and o.vendor_id is not distinct from new.vendor_id
  where w.id = new.worker_id and w.business_id = new.business_id
    and exists (select from order_obstacles(array[w.id]) c where c.obstacle is null);
  if worker.id is null then
    raise exception 'the worker cannot be ordered for' using errcode = 'check_violation', constraint = 'orderable_worker';
  end if;
  new.holder_name := worker.name;
  return new;
end $$;
create trigger guard_new before insert on order_lines for each row execute function guard_new_order_line();

-- Approval is the business's alone, and what is cancelled stays cancelled.
create function guard_order_line_state() returns trigger language plpgsql as $$
begin
  if old.state = 'cancelled' then
    raise exception 'a cancelled line stays cancelled' using errcode = 'check_violation';
  end if;
  if context_capacity() in ('officer', 'person', 'vendor') and (old.state not in ('awaiting-approval', 'awaiting-media', 'ready')
    or new.state not in ('awaiting-approval', 'awaiting-media', 'ready', 'cancelled')
    or (new.state = 'awaiting-approval' and old.state <> new.state)) then
    raise exception 'a line in production is the issuer''s' using errcode = 'check_violation';
  end if;
  if old.state = 'awaiting-approval' and new.state not in (old.state, 'cancelled') and context_capacity() in ('officer', 'person', 'vendor')
    and not (context_is_business_side() and context_has_right('orders.approve')) then
    raise exception 'only the business approves' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger guard_state before update on order_lines for each row when (old.state is distinct from new.state or old.photo_id is distinct from new.photo_id)
  execute function guard_order_line_state();

-- Records that the asker was shown fields of workers of the business; one row a person. For those who see a worker's name
-- on an order without the worker list.
create function disclose_workers(shown uuid[], what text[], seen_at text) returns void
language sql volatile security definer set search_path = public, pg_temp
begin atomic
  insert into disclosures (at, subject_person_id, business_id, viewer_person_id, viewer_name, vendor_id, mandate_id, fields, occasion)
  select distinct context_now(), w.person_id, context_business(), p.id, p.name, context_vendor(), context_mandate(), what, seen_at
  from workers w join persons p on p.id = context_person()
  where w.id = any (shown) and w.business_id = context_business();
end;

-- As before, and: a worker who cannot be ordered for now is a miss like any other, and nothing but the surname that was
-- asked with goes into the offer.
grant create on schema public to kortvakt_context;
set role kortvakt_context;
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
      and lower(normalize(w.family_name)) = lower(normalize(trim(surname)))
      and worker_obstacle(w, context_now()) is null
    order by w.employed_from desc limit 1;
  end if;
  insert into worker_look_ups (business_id, vendor_id, mandate_id, person_id, hit, at)
  values (context_business(), context_vendor(), mandate, context_person(), found.id is not null, context_now());
  if found.id is null then return null; end if;
  insert into worker_offers (business_id, vendor_id, mandate_id, worker_id, unit_id, source, name, birth_year, offered_by, offered_at)
  values (context_business(), context_vendor(), mandate, found.id, found.unit_id, 'looked-up', found.family_name,
    extract(year from found.birth_date), context_person(), context_now())
  on conflict (mandate_id, worker_id) where used_at is null and withdrawn_at is null
    do update set mandate_id = excluded.mandate_id
  returning id into offer;
  return offer;
end $$;
reset role;

revoke execute on function worker_obstacle, order_obstacles, guard_new_order_line, guard_order_line_state, disclose_workers
  from public;
alter function worker_obstacle owner to kortvakt_context;
alter function order_obstacles owner to kortvakt_context;
alter function guard_new_order_line owner to kortvakt_context;
alter function disclose_workers owner to kortvakt_context;
revoke create on schema public from kortvakt_context;
set role kortvakt_context;
grant execute on function order_obstacles, disclose_workers to kortvakt_request;
reset role;
