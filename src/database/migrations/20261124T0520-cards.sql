-- A card belongs to the unit that it was ordered for, so that a mandate for some units reaches only their cards; and to
-- a person, so that whoever is shown it can be recorded for that person.
alter table cards
  add column unit_id uuid not null,
  add column person_id uuid not null references persons,
  add foreign key (business_id, unit_id) references units (business_id, id);

drop policy readable on cards;
create policy readable on cards for select to kortvakt_request
  using (business_id = context_business() and context_has_right('cards.read') and context_covers_unit(unit_id)
    and (context_is_business_side() or (context_is_vendor() and vendor_id = context_vendor())));
drop policy blocked on cards;
create policy blocked on cards for update to kortvakt_request
  using (business_id = context_business() and context_has_right('cards.block') and context_covers_unit(unit_id)
    and (context_is_business_side() or (context_is_vendor() and vendor_id = context_vendor())) and blocked_at is null)
  with check (business_id = context_business() and blocked_at is not null and blocked_by = context_person());

-- Blocking is all that people do to a card; what production and the conditions say of it is the tasks'.
create function guard_card() returns trigger language plpgsql as $$
begin
  if context_capacity() in ('officer', 'person', 'vendor')
    and (old.production, old.suspended_reason) is distinct from (new.production, new.suspended_reason) then
    raise exception 'only tasks change what production says of a card' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger guard before update on cards for each row execute function guard_card();

-- A card stolen from the post is blocked before it has arrived, and until it is shipped nobody holds it.
create or replace function card_state(c cards, at timestamptz) returns text language sql immutable
  return case when c.blocked_at is not null then 'blocked' when c.expires_at <= at then 'expired'
    when c.production <> 'shipped' then 'in-production' when c.suspended_reason is not null then 'suspended'
    else 'valid' end;

-- Production asks for the batches that are not finished, each minute.
create index card_batches_open on card_batches (id) where closed_at is null;
