-- Numbers that anybody may see, month by month in Oslo. A month is counted once, when it has ended, and then stands: what is
-- never counted anew tells nothing by its difference from before. Nothing adds the months up.

create table transparency_months (
  month date primary key check (extract(day from month) = 1),
  -- Null: rests on fewer than ten.
  cards integer check (cards >= 10),                 -- issued
  fee_median_ore integer,                            -- of the fees in quotes that were accepted, per card without VAT
  delivery_days numeric(6, 1),                       -- median, from order or approval to shipped
  reports integer check (reports >= 10),             -- of vendors and look-alike pages
  barred integer check (barred >= 10),               -- vendors barred in the month
  counted_at timestamptz not null
);
alter table transparency_months enable row level security;
alter table transparency_months force row level security;
create policy resolves on transparency_months to kortvakt_context using (true) with check (true);
grant select, insert on transparency_months to kortvakt_context;
create policy public on transparency_months for select to kortvakt_request using (context_capacity() is not null);
grant select on transparency_months to kortvakt_request;

create index cards_by_issue on cards (issued_at);
create index quotes_by_acceptance on quotes (accepted_at);

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Counts the months that have ended and are not counted yet, of the last two years and from the first order on.
create function count_transparency() returns void
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
      where barred_at >= m.since and barred_at < m.until) b
  where not exists (select from transparency_months t where t.month = m.month::date);
end $$;
revoke execute on function count_transparency from public;
grant execute on function count_transparency to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
