-- What happens to a card is told to the unit that its worker belongs to where that has details of its own, and always to the
-- business's own: nobody who changes a unit's details keeps it from the business.

alter table notices add column business_too boolean not null default false;

grant create on schema public to kortvakt_context;
set role kortvakt_context;
-- As before, and says which unit the card's worker belongs to.
drop function seize_card;
create function seize_card(record uuid) returns table (of_business uuid, of_unit uuid, of_person uuid, card_id uuid, card_number text,
  employer text, state_before text)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_staff('inspector') then raise exception 'for inspectors only' using errcode = 'check_violation'; end if;
  return query
    with taken as (
      select c.id, w.unit_id, card_state(c, context_now()) as state from cards c join workers w on w.id = c.worker_id
      where c.number = seizable_number(record) and c.blocked_at is null for update of c)
    update cards c set blocked_at = context_now(), blocked_reason = 'seized', blocked_by = context_person()
    from taken where c.id = taken.id
    returning c.business_id, taken.unit_id, c.person_id, c.id, c.number, c.employer_name, taken.state;
end $$;
revoke execute on function seize_card from public;
grant execute on function seize_card to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
