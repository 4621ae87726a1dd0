-- Emergency stops: orders that are held, and who is told.

-- Who is told, once: a task tells the officers on both sides and notes that it has.
alter table freezes
  add column told_at timestamptz,
  add column lift_told_at timestamptz,
  add constraint lift_told_after_lifting check (lift_told_at is null or lifted_at is not null);
grant update (told_at, lift_told_at) on freezes to kortvakt_request;
create policy told on freezes for update to kortvakt_request using (context_is_job()) with check (context_is_job());
-- What is lifted stays lifted, and only a task says that people were told.
create function guard_freeze() returns trigger language plpgsql as $$
begin
  if context_is_job() and (new.lifted_at, new.lifted_by, new.lifted_by_name, new.lifted_reason)
      is distinct from (old.lifted_at, old.lifted_by, old.lifted_by_name, old.lifted_reason) then
    raise exception 'only an officer lifts an emergency stop' using errcode = 'check_violation', constraint = 'lifted_by_officer';
  end if;
  if context_is_business_side() and (new.told_at, new.lift_told_at) is distinct from (old.told_at, old.lift_told_at) then
    raise exception 'only a task says who was told' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger guard before update on freezes for each row execute function guard_freeze();
revoke execute on function guard_freeze from public;

-- Orders ---------------------------------------------------------------------------------------------------------------

-- Whoever sees the business's orders sees why one is held.
create policy seen_with_orders on freezes for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and (context_has_right('orders.read')
    or context_has_right('orders.place') or context_has_right('orders.prepare') or context_has_right('orders.approve')));

-- The emergency stop that holds an order, the first if there are several; none for what an officer ordered. Sees what its
-- caller sees.
create function freeze_of_order(business uuid, vendor uuid, mandate uuid) returns uuid language sql stable
  return (select f.id from freezes f where mandate is not null and f.business_id = business and f.lifted_at is null
    and (f.vendor_id is null or f.vendor_id = vendor) order by f.frozen_at, f.id limit 1);
revoke execute on function freeze_of_order from public;
grant execute on function freeze_of_order to kortvakt_request;

-- A batch that was never handed over can still lose the cards that an emergency stop holds: their lines are ready again.
alter table card_batches add column handed_over_at timestamptz default now();   -- first tried; the issuer may have it since
alter table card_batches alter column handed_over_at drop default;
grant delete on cards to kortvakt_request;
create policy recalled on cards for delete to kortvakt_request
  using (context_is_job() and context_setting('job') = 'cards.send-batch' and production in ('waiting', 'acknowledged'));
