-- Numbers of vendors are counted once an hour, since counting them for each page took up to 300 ms.

drop index orders_by_vendor, quotes_by_vendor, media_verdicts_by_vendor, audit_entries_refused_to_vendor;
create index audit_entries_refused_to_vendors on audit_entries (recorded_at) where decision = 'refused' and vendor_id is not null;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- What has been counted of each vendor, and when. What counts fewer than ten of anything is left out here, so that nobody else
-- has to see to it.
create materialized view vendor_figures as
  with customers as (
    select vendor_id, count(distinct business_id)::integer as n from mandates
    where vendor_id is not null and ended_at is null and ends_at > clock_now() group by 1),
  placed as (
    select vendor_id, count(*)::integer as n from orders
    where vendor_id is not null and state = 'placed' and placed_at > clock_now() - interval '12 months' group by 1),
  shipped as (
    select l.vendor_id, count(*) as n, (percentile_cont(0.5) within group (
      order by extract(epoch from l.changed_at - coalesce(o.approved_at, o.placed_at)) / 86400))::numeric as median
    from order_lines l join orders o on o.id = l.order_id where l.vendor_id is not null and l.state = 'shipped' group by 1),
  reviewed as (
    select vendor_id, count(*) as n, round(100.0 * count(*) filter (where not accepted) / count(*)) as percent from media_verdicts
    where vendor_id is not null and photo_id is not null and decided_at > clock_now() - interval '12 months' group by 1),
  agreed as (
    select vendor_id, count(*) as n, min(fee_ore) as least, max(fee_ore) as most,
      (percentile_cont(0.5) within group (order by fee_ore))::numeric as median
    from quotes where accepted_at > clock_now() - interval '12 months' group by 1),
  refused as (
    select vendor_id, count(*)::integer as n from audit_entries
    where vendor_id is not null and decision = 'refused' and recorded_at > clock_now() - interval '90 days'
      and rule in ('never-for-vendor', 'right-not-given', 'other-unit', 'other-worker', 'not-the-vendors-own') group by 1)
  select p.vendor_id, case when c.n >= 10 then c.n end as customers, case when o.n >= 10 then o.n end as orders,
    case when s.n >= 10 then s.median end as median_days, case when v.n >= 10 then v.percent end as rejected_percent,
    case when q.n >= 10 then q.least end as fee_least, case when q.n >= 10 then q.median end as fee_median,
    case when q.n >= 10 then q.most end as fee_most, case when r.n >= 10 then r.n end as refused, clock_now() as counted_at
  from vendor_profiles p
    left join customers c using (vendor_id) left join placed o using (vendor_id) left join shipped s using (vendor_id)
    left join reviewed v using (vendor_id) left join agreed q using (vendor_id) left join refused r using (vendor_id);
create unique index vendor_figures_by_vendor on vendor_figures (vendor_id);

-- Counts anew; whoever reads meanwhile waits for it. (Counting beside the old numbers takes temporary tables, which no role may make.)
create function count_vendor_figures() returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for a task only' using errcode = 'insufficient_privilege'; end if;
  refresh materialized view vendor_figures;
end $$;

drop function vendor_directory;

-- Vendors that anybody may choose, a page at a time: what the register says now, and what has been counted.
create function vendor_directory(search text, sort text, size integer, skip integer) returns table (
  organisation_number text, name text, form text, vat_registered boolean, registered_at timestamptz, fee_ore integer, customers integer,
  orders integer, median_days numeric, rejected_percent numeric, fee_least integer, fee_median numeric, fee_most integer,
  refused integer, counted_at timestamptz, total integer)
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
    f.rejected_percent, f.fee_least, f.fee_median, f.fee_most, f.refused, f.counted_at, page.total
  from page left join vendor_figures f using (vendor_id)
  order by page.place;
end;

revoke execute on function count_vendor_figures, vendor_directory from public;
grant execute on function count_vendor_figures to kortvakt_request;
grant execute on function vendor_directory to kortvakt_check;
reset role;
revoke create on schema public from kortvakt_context;
