-- The confirmation of an order says "not yet issued" again while its card lies with the issuer, since nobody could deliver it.
grant create on schema public to kortvakt_context;
set role kortvakt_context;
create or replace function check_order(token text) returns table (
  state text, employer_name text, organisation_number text, card_type text, ordered_at timestamptz, as_of timestamptz)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select case when l.state in ('cancelled', 'rejected') then 'cancelled'
      when l.state in ('shipped', 'closed')
        and not exists (select from cards c where c.order_line_id = l.id and c.production = 'returned') then 'issued'
      else 'ordered' end,
    b.name, b.organisation_number::text, o.card_type, coalesce(o.approved_at, o.placed_at), clock_now()
  from order_lines l join orders o on o.id = l.order_id join businesses b on b.id = o.business_id
  where l.confirmation_token = token and o.state <> 'awaiting-approval' and o.lapsed_at is null;
end;
reset role;
revoke create on schema public from kortvakt_context;
