-- The worker's own cards, over all employers: seen with what is the matter with them and who ordered them, and reported lost
-- or stolen by the worker, at any hour and for good.

grant update (blocked_at, blocked_reason, blocked_by) on cards to kortvakt_context;
grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- A card is shown to the person whose it is, whatever else that person may do, and to nobody besides.
create view own_cards with (security_barrier) as
select c.id, c.business_id, c.person_id, c.number, c.card_type, c.holder_name, c.employer_name, c.organisation_number, c.issued_at,
  c.expires_at, c.production, c.suspended_reason, c.blocked_at, c.blocked_reason, c.blocked_by = c.person_id as blocked_by_holder,
  card_state(c, context_now()) as state, o.placed_by_name, o.vendor_name
from cards c join order_lines l on l.id = c.order_line_id join orders o on o.id = l.order_id
where c.person_id = context_person();

-- The worker says that a card of their own is gone: blocked with the next check. No row where it is another's, or blocked before.
create function report_own_card(card uuid, reason text) returns table (of_business uuid, card_number text, state_before text)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if context_capacity() is distinct from 'signed-in' or reason not in ('lost', 'stolen') then
    raise exception 'a worker reports a card of their own lost or stolen' using errcode = 'check_violation';
  end if;
  return query
    with gone as (
      select c.id, card_state(c, context_now()) as state from cards c
      where c.id = card and c.person_id = context_person() and c.blocked_at is null for update)
    update cards c set blocked_at = context_now(), blocked_reason = reason, blocked_by = context_person()
    from gone where c.id = gone.id
    returning c.business_id, c.number, gone.state;
end $$;

grant select on own_cards to kortvakt_request;
revoke execute on function report_own_card from public;
grant execute on function report_own_card to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;

-- Whoever reports a card of their own has its business told of it, in the same transaction.
create policy caused_by_own_report on notices for insert to kortvakt_request
  with check (context_capacity() = 'signed-in' and exists (select from own_cards c
    where c.business_id = notices.business_id and c.blocked_by_holder and c.blocked_at = context_now()));
