-- What a case officer sees of vendors: everything that is counted of them, exactly, and the reports that are about them. What
-- anybody sees rests on the same counting.

alter table vendor_reports add column vendor_id uuid references vendor_profiles;   -- whom a case officer finds it to be about
create index vendor_reports_by_vendor on vendor_reports (vendor_id, id desc) where vendor_id is not null;
create index signals_by_vendor on signals (vendor_id, id desc) where vendor_id is not null;
grant update (vendor_id) on vendor_reports to kortvakt_request;
grant select on vendor_reports to kortvakt_context;
create policy counted on vendor_reports for select to kortvakt_context using (true);

grant create on schema public to kortvakt_context;
set role kortvakt_context;

drop function vendor_directory;
drop materialized view vendor_figures;

-- What has been counted of each vendor, and when. No role reads it: it is shown by the functions below.
create materialized view vendor_counts as
  with customers as (
    select vendor_id, count(distinct business_id)::integer as n from mandates
    where vendor_id is not null and ended_at is null and ends_at > clock_now() group by 1),
  placed as (
    select vendor_id, count(*)::integer as n from orders
    where vendor_id is not null and state = 'placed' and placed_at > clock_now() - interval '12 months' group by 1),
  shipped as (
    select l.vendor_id, count(*)::integer as n, (percentile_cont(0.5) within group (
      order by extract(epoch from l.changed_at - coalesce(o.approved_at, o.placed_at)) / 86400))::numeric as median
    from order_lines l join orders o on o.id = l.order_id where l.vendor_id is not null and l.state = 'shipped' group by 1),
  reviewed as (
    select vendor_id, count(*)::integer as n, round(100.0 * count(*) filter (where not accepted) / count(*)) as percent
    from media_verdicts where vendor_id is not null and photo_id is not null and decided_at > clock_now() - interval '12 months' group by 1),
  agreed as (
    select vendor_id, count(*)::integer as n, min(fee_ore) as least, max(fee_ore) as most,
      (percentile_cont(0.5) within group (order by fee_ore))::numeric as median
    from quotes where accepted_at > clock_now() - interval '12 months' group by 1),
  refused as (
    select vendor_id, count(*)::integer as n,
      count(*) filter (where action like 'contact.%' and action <> 'contact.view')::integer as contact from audit_entries
    where vendor_id is not null and decision = 'refused' and recorded_at > clock_now() - interval '90 days'
      and rule in ('never-for-vendor', 'right-not-given', 'other-unit', 'other-worker', 'not-the-vendors-own') group by 1),
  reported as (
    select vendor_id, count(*)::integer as n from vendor_reports
    where vendor_id is not null and received_at > clock_now() - interval '12 months' group by 1),
  signalled as (
    select vendor_id, count(*)::integer as n from signals
    where vendor_id is not null and found_at > clock_now() - interval '12 months' group by 1)
  select p.vendor_id, coalesce(c.n, 0) as customers, coalesce(o.n, 0) as orders, coalesce(s.n, 0) as shipped, s.median as median_days,
    coalesce(v.n, 0) as reviewed, v.percent as rejected_percent, coalesce(q.n, 0) as quotes, q.least as fee_least, q.median as fee_median,
    q.most as fee_most, coalesce(r.n, 0) as refused, coalesce(r.contact, 0) as contact_attempts, coalesce(m.n, 0) as complaints,
    coalesce(g.n, 0) as signals, clock_now() as counted_at
  from vendor_profiles p
    left join customers c using (vendor_id) left join placed o using (vendor_id) left join shipped s using (vendor_id)
    left join reviewed v using (vendor_id) left join agreed q using (vendor_id) left join refused r using (vendor_id)
    left join reported m using (vendor_id) left join signalled g using (vendor_id);
create unique index vendor_counts_by_vendor on vendor_counts (vendor_id);

-- As anybody may see it: what counts fewer than ten of anything is left out here, so that nobody else has to see to it.
create view vendor_figures as
  select vendor_id, case when customers >= 10 then customers end as customers, case when orders >= 10 then orders end as orders,
    case when shipped >= 10 then median_days end as median_days, case when reviewed >= 10 then rejected_percent end as rejected_percent,
    case when quotes >= 10 then fee_least end as fee_least, case when quotes >= 10 then fee_median end as fee_median,
    case when quotes >= 10 then fee_most end as fee_most, case when refused >= 10 then refused end as refused,
    case when complaints >= 10 then complaints end as complaints, counted_at
  from vendor_counts;

create or replace function count_vendor_figures() returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for a task only' using errcode = 'insufficient_privilege'; end if;
  refresh materialized view vendor_counts;
end $$;

-- Vendors that anybody may choose, a page at a time: what the register says now, and what has been counted.
create function vendor_directory(search text, sort text, size integer, skip integer) returns table (
  organisation_number text, name text, form text, vat_registered boolean, registered_at timestamptz, fee_ore integer, customers integer,
  orders integer, median_days numeric, rejected_percent numeric, fee_least integer, fee_median numeric, fee_most integer,
  refused integer, complaints integer, counted_at timestamptz, total integer)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  with page as materialized (
    select p.vendor_id, b.organisation_number::text as number, b.name, b.form, b.vat_registered, p.registered_at, p.fee_ore,
      count(*) over ()::integer as total,
      row_number() over (order by case when sort = 'fee' then p.fee_ore end, lower(b.name), b.id) as place
    from vendor_profiles p join businesses b on b.id = p.vendor_id
    where p.barred_at is null and not b.bankrupt and b.dissolved_on is null
      and (b.organisation_number = replace(search, ' ', '') or position(lower(search) in lower(b.name)) > 0)
    order by place limit size offset skip)
  select page.number, page.name, page.form, page.vat_registered, page.registered_at, page.fee_ore, f.customers, f.orders, f.median_days,
    f.rejected_percent, f.fee_least, f.fee_median, f.fee_most, f.refused, f.complaints, f.counted_at, page.total
  from page left join vendor_figures f using (vendor_id)
  order by page.place;
end;

drop function staff_vendors;

-- What a case officer sees of vendors: what is public, and numbers, as counted last. By name, barred ones first; or by a number,
-- the highest first. One by its number besides: its mandates and orders now. A mandate counts while somebody could be set up to
-- use it: given, in its period, neither suspended nor frozen, under an active agreement and a valid quote.
create function staff_vendors(search text, one text, sort text, size integer, skip integer) returns table (
  id uuid, organisation_number text, name text, registered_at timestamptz, barred_at timestamptz, customers integer, fee_least integer,
  fee_median numeric, fee_most integer, refused integer, contact_attempts integer, complaints integer, signals integer,
  counted_at timestamptz, customers_now integer, mandates_in_force integer, open_orders integer, total integer)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not context_is_staff('case-officer') then raise exception 'for case officers only'; end if;
  return query
    with page as materialized (
      select p.vendor_id, b.organisation_number::text as number, b.name, p.registered_at, p.barred_at,
        p.barred_at is not null or b.bankrupt or b.dissolved_on is not null as closed, f.customers, f.fee_least, f.fee_median,
        f.fee_most, f.refused, f.contact_attempts, f.complaints, f.signals, f.counted_at, count(*) over ()::integer as total,
        row_number() over (order by case sort when 'customers' then f.customers when 'fee' then f.fee_most when 'refused' then f.refused
            when 'contact' then f.contact_attempts when 'complaints' then f.complaints when 'signals' then f.signals end desc nulls last,
          p.barred_at is null, lower(b.name), b.id) as place
      from vendor_profiles p join businesses b on b.id = p.vendor_id left join vendor_counts f on f.vendor_id = p.vendor_id
      where case when one is not null then b.organisation_number = one
        else b.organisation_number = replace(search, ' ', '') or position(lower(search) in lower(b.name)) > 0 end
      order by place limit size offset skip),
    now_given as (
      select m.vendor_id, count(distinct m.business_id)::integer as customers, count(*) filter (where not page.closed
        and m.suspended_at is null and m.starts_at <= context_now() and context_now() < m.ends_at
        and (m.confirm_by is null or context_now() < m.confirm_by) and a.ended_at is null and q.valid_until > context_now()
        and not exists (select from freezes f where f.business_id = m.business_id and f.lifted_at is null
          and (f.vendor_id is null or f.vendor_id = m.vendor_id)))::integer as in_force
      from page join mandates m on m.vendor_id = page.vendor_id and m.ended_at is null
        left join agreements a on a.id = m.agreement_id left join quotes q on q.id = m.quote_id
      where one is not null group by m.vendor_id),
    now_open as (
      select l.vendor_id, count(distinct l.order_id)::integer as n from page join order_lines l on l.vendor_id = page.vendor_id
      where one is not null and l.state in ('awaiting-approval', 'awaiting-media', 'under-review', 'ready') group by l.vendor_id)
    select page.vendor_id, page.number, page.name, page.registered_at, page.barred_at, page.customers, page.fee_least, page.fee_median,
      page.fee_most, page.refused, page.contact_attempts, page.complaints, page.signals, page.counted_at, coalesce(g.customers, 0),
      coalesce(g.in_force, 0), coalesce(o.n, 0), page.total
    from page left join now_given g on g.vendor_id = page.vendor_id left join now_open o on o.vendor_id = page.vendor_id
    order by page.place;
end $$;

drop function staff_signals;

-- As before, of all vendors and none, or of one.
create function staff_signals(vendor uuid, size integer, skip integer) returns table (
  id uuid, kind text, business_number text, business_name text, vendor_number text, vendor_name text, facts jsonb,
  found_at timestamptz, answer text, answered_at timestamptz, total integer)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not context_is_staff('case-officer') then raise exception 'for case officers only'; end if;
  return query
    select g.id, g.kind, b.organisation_number::text, b.name, v.organisation_number::text, v.name, g.facts, g.found_at, g.answer,
      g.answered_at, count(*) over ()::integer
    from signals g join businesses b on b.id = g.business_id left join businesses v on v.id = g.vendor_id
    where vendor is null or g.vendor_id = vendor
    order by g.id desc limit size offset skip;
end $$;

revoke execute on function vendor_directory, staff_vendors, staff_signals from public;
grant execute on function vendor_directory to kortvakt_check;
grant execute on function staff_vendors, staff_signals to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
