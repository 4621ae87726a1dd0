-- What anybody sees counted of a vendor is rounded down to whole tens: counted once an hour, the exact numbers would tell by their
-- difference what a single business has done. Case officers see the exact ones.
grant create on schema public to kortvakt_context;
set role kortvakt_context;
create or replace view vendor_figures as
  select vendor_id, case when customers >= 10 then customers / 10 * 10 end as customers,
    case when orders >= 10 then orders / 10 * 10 end as orders,
    case when shipped >= 10 then median_days end as median_days, case when reviewed >= 10 then rejected_percent end as rejected_percent,
    case when quotes >= 10 then fee_least end as fee_least, case when quotes >= 10 then fee_median end as fee_median,
    case when quotes >= 10 then fee_most end as fee_most, case when refused >= 10 then refused / 10 * 10 end as refused,
    case when complaints >= 10 then complaints / 10 * 10 end as complaints, counted_at
  from vendor_counts;
reset role;
revoke create on schema public from kortvakt_context;
