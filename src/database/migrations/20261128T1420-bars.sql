-- A bar holds the vendor's open orders until each customer has decided, may be told of ahead, and may be appealed against once.

-- Ahead of time -----------------------------------------------------------------------------------------------------------

alter table vendor_bars add column decided_at timestamptz, add column began_at timestamptz, add column announce_told_at timestamptz;
alter table vendor_bars no force row level security;
update vendor_bars set decided_at = barred_at, began_at = barred_at;
alter table vendor_bars force row level security;
alter table vendor_bars alter column decided_at set not null,
  drop constraint vendor_bars_check2,                         -- lifted_at >= barred_at: one may be lifted before it begins
  add constraint lifted_after_decided check (lifted_at >= decided_at),
  add constraint begins_in_time check (barred_at >= decided_at and barred_at <= decided_at + interval '91 days' and began_at >= barred_at),
  add constraint party unique (id, vendor_id, barred_by);
create index vendor_bars_due on vendor_bars (barred_at) where began_at is null and lifted_at is null;

drop policy barred on vendor_bars;
create policy barred on vendor_bars for insert to kortvakt_request
  with check (context_is_staff('case-officer') and barred_by = context_person() and context_is_now(decided_at) and lifted_at is null
    and (began_at is null and barred_at > decided_at or began_at = decided_at and barred_at = decided_at));
grant update (began_at, announce_told_at) on vendor_bars to kortvakt_request;

create or replace function guard_vendor_bar() returns trigger language plpgsql as $$
begin
  if old.lifted_at is not null and (new.lifted_at, new.lifted_by, new.lifted_by_name, new.lifted_reason)
      is distinct from (old.lifted_at, old.lifted_by, old.lifted_by_name, old.lifted_reason) then
    raise exception 'what is lifted stays lifted' using errcode = 'check_violation', constraint = 'settled';
  end if;
  if context_is_job() and (new.lifted_at, new.lifted_by) is distinct from (old.lifted_at, old.lifted_by) then
    raise exception 'only a case officer lifts a bar' using errcode = 'check_violation';
  end if;
  if new.began_at is distinct from old.began_at and (not context_is_job() or old.began_at is not null or old.lifted_at is not null) then
    raise exception 'a bar begins once, by a task' using errcode = 'check_violation';
  end if;
  return new;
end $$;

-- Appeals -----------------------------------------------------------------------------------------------------------------

-- One for each bar, answered by somebody else than who barred.
create table bar_appeals (
  bar_id uuid primary key,
  vendor_id uuid not null,
  barred_by uuid not null,
  text text not null check (text <> ''),
  filed_at timestamptz not null,
  filed_by uuid not null references persons,
  filed_by_name text not null,
  outcome text check (outcome in ('upheld', 'lifted')),     -- what became of the bar
  outcome_reason text check (outcome_reason <> ''),
  decided_at timestamptz,
  decided_by uuid references persons,
  decided_by_name text,
  told_at timestamptz,
  foreign key (bar_id, vendor_id, barred_by) references vendor_bars (id, vendor_id, barred_by) on delete cascade,
  check (num_nulls(outcome, outcome_reason, decided_at, decided_by, decided_by_name) in (0, 5)),
  constraint other_eyes check (decided_by <> barred_by)
);
create index bar_appeals_waiting on bar_appeals (filed_at) where outcome is null;
alter table bar_appeals enable row level security;
alter table bar_appeals force row level security;
create policy resolves on bar_appeals for select to kortvakt_context using (true);
grant select, insert on bar_appeals to kortvakt_request;
grant update (outcome, outcome_reason, decided_at, decided_by, decided_by_name, told_at) on bar_appeals to kortvakt_request;
create policy case_officers_read on bar_appeals for select to kortvakt_request using (context_is_staff('case-officer'));
create policy shown_to_vendor on bar_appeals for select to kortvakt_request
  using (vendor_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy job_reads on bar_appeals for select to kortvakt_request using (context_is_job());
create policy filed on bar_appeals for insert to kortvakt_request
  with check (vendor_id = context_business() and context_is_officer() and context_is_fresh() and not context_is_held() and context_passkey_holds()
    and filed_by = context_person() and context_is_now(filed_at) and outcome is null and told_at is null);
create policy decided on bar_appeals for update to kortvakt_request
  using (context_is_staff('case-officer') and outcome is null)
  with check (context_is_staff('case-officer') and context_is_fresh() and decided_by = context_person() and context_is_now(decided_at));
create policy told on bar_appeals for update to kortvakt_request using (context_is_job()) with check (context_is_job());
create function guard_bar_appeal() returns trigger language plpgsql as $$
begin
  if context_is_job() and (new.outcome, new.outcome_reason, new.decided_at, new.decided_by)
      is distinct from (old.outcome, old.outcome_reason, old.decided_at, old.decided_by) then
    raise exception 'only a case officer answers an appeal' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger guard before update on bar_appeals for each row execute function guard_bar_appeal();
revoke execute on function guard_bar_appeal from public;

-- Held orders -------------------------------------------------------------------------------------------------------------

alter table orders
  add column bar_held_at timestamptz,          -- a bar of its vendor holds it, until the business decides; null: none does
  add column taken_over_at timestamptz,        -- the business made it an order of its own
  add column taken_over_from text,             -- the vendor's name
  add check ((taken_over_at is null) = (taken_over_from is null)),
  add check (taken_over_at is null or vendor_id is null);
create index orders_held_by_bar on orders (vendor_id) where bar_held_at is not null;
create policy not_held_yet on orders as restrictive for insert to kortvakt_request
  with check (bar_held_at is null and taken_over_at is null);
-- Nothing that a bar holds is placed.
create policy held_by_bar on orders as restrictive for update to kortvakt_request
  using (true) with check (state <> 'placed' or bar_held_at is null);

-- Whether an emergency stop or a bar holds an order. Sees what its caller sees.
create function order_is_held(o orders) returns boolean language sql stable
  return o.bar_held_at is not null or freeze_of_order(o.business_id, o.vendor_id, o.mandate_id) is not null;
revoke execute on function order_is_held from public;
grant execute on function order_is_held to kortvakt_request, kortvakt_context;

grant update (bar_held_at, taken_over_at, taken_over_from, vendor_id, vendor_name, mandate_id, placed_by, placed_by_name, fee_ore, order_fee_ore)
  on orders to kortvakt_context;
create policy settles on orders for update to kortvakt_context using (true) with check (true);
grant update (vendor_id) on order_lines to kortvakt_context;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- The profile says what the bars say, once they have begun; and with that, what is open of the vendor's orders is held, also what was
-- placed while the bar waited for it: its time is later than that of the bar.
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

-- The business decides on an order of its own that a bar holds, while there is something left to hold: takes it over as its own order,
-- at no fee and out of the vendor's sight, or lets it go on with the vendor, once that is barred no more. An order of which cards are
-- made stays the vendor's, at its price. A bar that is just beginning waits for the decision, or the decision for the bar.
create function settle_held_order(one uuid, way text) returns text
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
revoke execute on function settle_held_order from public;
grant execute on function settle_held_order to kortvakt_request;

-- As before, with what a bar holds.
create or replace function review_cases() returns setof order_lines
language sql stable security definer set search_path = public, pg_temp
begin atomic
  with own as materialized (
    select o.business_id as id from officers o where o.person_id = context_person() and o.ended_at is null
    union select m.vendor_id from vendor_members m where m.person_id = context_person() and m.ended_at is null
    union select w.business_id from workers w where w.person_id = context_person()
    union select m.business_id from mandates m where m.person_id = context_person() and m.ended_at is null)
  select l from order_lines l
    join orders o on o.id = l.order_id
    join workers w on w.id = l.worker_id
    join photos p on p.id = l.photo_id
    join identity_documents d on d.id = l.document_id
  where context_is_staff('reviewer') and l.state = 'under-review' and o.state = 'placed'
    and not (context_person() = any (array[w.person_id, o.placed_by, o.approved_by, p.uploaded_by, d.uploaded_by]) is true)
    and l.business_id not in (select id from own) and (l.vendor_id is null or l.vendor_id not in (select id from own))
    and not order_is_held(o);
end;
create or replace function open_upload(secret sha256, request uuid) returns upload_requests
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select r from upload_requests r join order_lines l on l.id = r.line_id join orders o on o.id = r.order_id
  where (r.secret_hash = secret and r.expires_at > context_now() or r.id = request and r.person_id = context_person())
    and r.delivered_at is null and r.denied_at is null and r.revoked_at is null
    and l.state in ('awaiting-approval', 'awaiting-media') and (l.photo_id is null or l.document_id is null)
    and o.state in ('awaiting-approval', 'placed') and not order_is_held(o);
end;
create or replace function bars_of_vendor(vendor uuid) returns table (barred_at timestamptz, lifted_at timestamptz)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select b.began_at, b.lifted_at from vendor_bars b
  where b.vendor_id = vendor and b.began_at is not null and context_is_business_side() and context_has_right('access.manage')
    and exists (select from mandates m where m.business_id = context_business() and m.vendor_id = vendor)
  order by b.began_at;
end;
-- As before, with the bars that have begun.
create or replace function count_transparency() returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  this_month date := date_trunc('month', context_now() at time zone 'Europe/Oslo');
begin
  if not context_is_job() then raise exception 'for a task only' using errcode = 'insufficient_privilege'; end if;
  perform pg_advisory_xact_lock(hashtextextended('transparency', 0));
  insert into transparency_months (month, cards, fee_median_ore, delivery_days, reports, barred, counted_at)
  select m.month, c.n, q.median, s.median, r.n, b.n, context_now()
  from (select month::date, month at time zone 'Europe/Oslo' as since, (month + interval '1 month') at time zone 'Europe/Oslo' as until
      from generate_series(greatest(this_month - interval '24 months',
        (select date_trunc('month', min(placed_at) at time zone 'Europe/Oslo') from orders)),
        this_month - interval '1 month', interval '1 month') month) m
    cross join lateral (select case when count(*) >= 10 then count(*) end as n from cards
      where issued_at >= m.since and issued_at < m.until) c
    cross join lateral (select case when count(*) >= 10 then percentile_cont(0.5) within group (order by fee_ore) end as median from quotes
      where accepted_at >= m.since and accepted_at < m.until) q
    cross join lateral (select case when count(*) >= 10 then (percentile_cont(0.5) within group (
        order by extract(epoch from l.changed_at - coalesce(o.approved_at, o.placed_at)) / 86400)) end as median
      from order_lines l join orders o on o.id = l.order_id
      where l.state = 'shipped' and l.changed_at >= m.since and l.changed_at < m.until) s
    cross join lateral (select case when count(*) >= 10 then count(*) end as n from vendor_reports
      where received_at >= m.since and received_at < m.until) r
    cross join lateral (select case when count(distinct vendor_id) >= 10 then count(distinct vendor_id) end as n from vendor_bars
      where began_at >= m.since and began_at < m.until) b
  where not exists (select from transparency_months t where t.month = m.month::date);
end $$;
reset role;
revoke create on schema public from kortvakt_context;
