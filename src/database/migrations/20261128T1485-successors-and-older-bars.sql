-- The mandate to a successor ends what the vendor that it took over had; and bars that began before bars held orders hold them too.

-- Successors --------------------------------------------------------------------------------------------------------------

grant create on schema public to kortvakt_context;
set role kortvakt_context;

drop function mergers_of_business();
-- As before, with the mandate that the successor has.
create function mergers_of_business() returns table (
  id uuid, vendor_id uuid, vendor_name text, successor_number text, successor_name text, merged_on date, mandate_id uuid,
  agreed_at timestamptz, fee_ore integer, wants boolean, answered_at timestamptz, answered_by_name text, successor_mandate_id uuid)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select g.id, g.vendor_id, v.name, s.organisation_number::text, s.name, g.merged_on, m.id, a.business_accepted_at, q.fee_ore,
    w.wants, w.answered_at, w.answered_by_name, n.id
  from vendor_mergers g join businesses v on v.id = g.vendor_id join businesses s on s.id = g.successor_id
    left join mandates m on m.business_id = context_business() and m.vendor_id = g.vendor_id and m.ended_at is null
    left join agreements a on a.id = m.agreement_id
    left join quotes q on q.id = m.quote_id
    left join mandates n on n.business_id = context_business() and n.vendor_id = g.successor_id and n.ended_at is null
    left join merger_answers w on w.merger_id = g.id and w.business_id = context_business()
  where context_is_business_side() and context_is_officer() and (m.id is not null or w.merger_id is not null)
  order by g.id;
end;

-- The open mandates to vendors that this one has taken over, where the business has said that it wants it.
create function mandates_taken_over_by(successor uuid) returns setof uuid
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select m.id from vendor_mergers g
    join merger_answers w on w.merger_id = g.id and w.business_id = context_business() and w.wants
    join mandates m on m.business_id = context_business() and m.vendor_id = g.vendor_id and m.ended_at is null
  where g.successor_id = successor and context_is_business_side() and context_has_right('access.manage');
end;

revoke execute on function mergers_of_business, mandates_taken_over_by from public;
grant execute on function mergers_of_business, mandates_taken_over_by to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;

-- Older bars --------------------------------------------------------------------------------------------------------------

-- Set once, here: its customers have still to be told of the orders that it came to hold after it had been told of.
alter table vendor_bars add column tell_of_held boolean not null default false;
grant update (tell_of_held) on vendor_bars to kortvakt_request;

-- Whatever changes a bar that is in force has its vendor's open orders held: `mirror_bar`.
alter table vendor_bars no force row level security;
alter table orders no force row level security;
alter table order_lines no force row level security;
update vendor_bars b set tell_of_held = true
where b.began_at is not null and b.lifted_at is null
  and exists (select from orders o join order_lines l on l.order_id = o.id
    where o.vendor_id = b.vendor_id and o.bar_held_at is null and o.state <> 'cancelled' and o.placed_at <= b.began_at
      and l.state in ('awaiting-approval', 'awaiting-media', 'under-review', 'ready', 'in-production'));
alter table order_lines force row level security;
alter table orders force row level security;
alter table vendor_bars force row level security;
