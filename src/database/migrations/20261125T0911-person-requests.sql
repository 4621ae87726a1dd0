-- A person of the business asks an officer for access, as a vendor does: one table, and exactly one who asks.

alter table mandate_requests
  alter column vendor_id drop not null,
  alter column fee_ore drop not null,
  add column person_id uuid references persons,
  drop constraint never_for_a_vendor,
  add constraint never_for_a_vendor check (vendor_id is null or rights <@ array[
    'orders.prepare', 'orders.place', 'orders.read', 'cards.read', 'cards.block', 'workers.read', 'invoices.read']::right_name[]),
  add constraint never_for_a_person check (person_id is null or not 'agreements.sign' = any (rights)),
  add constraint one_asks check (num_nonnulls(vendor_id, person_id) = 1),
  add constraint asks_for_oneself check (person_id is null or person_id = asked_by),
  add constraint only_a_vendor_offers_a_price check ((vendor_id is null) = (fee_ore is null));
create unique index mandate_requests_open_of_person on mandate_requests (business_id, person_id)
  where outcome is null and person_id is not null;
create index mandate_requests_by_person on mandate_requests (person_id, asked_at) where person_id is not null;
grant select (person_id) on mandate_requests to kortvakt_request;

grant create on schema public to kortvakt_context;
set role kortvakt_context;
-- The businesses that whoever is logged in may ask: by the register of employers, or by a tie that an officer answers for
-- now. Officers need not ask, and people of vendors get no mandate as people.
create function businesses_to_ask() returns table (id uuid, organisation_number text, name text)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select b.id, b.organisation_number::text, b.name from businesses b
  where b.id in (
      select w.business_id from workers w where w.person_id = context_person()
        and w.employed_from <= oslo_date(context_now())
        and (w.employed_to is null or w.employed_to >= oslo_date(context_now()))
      union all
      select m.business_id from mandates m where m.person_id = context_person() and m.tie = 'declared'
        and m.ended_at is null and m.ends_at > context_now())
    and not b.bankrupt and b.dissolved_on is null
    and cardinality(acting_roles(context_person(), b.id)) = 0
    and cardinality(vendors_of_person(context_person(), context_now())) = 0
  order by b.name, b.id;
end;
create or replace function request_settled_by_name(request uuid) returns text
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select r.settled_by_name from mandate_requests r
  where r.id = request and case
    when r.outcome = 'withdrawn' and r.person_id is not null then r.person_id = context_person()
    else context_is_business_side() and context_has_right('access.manage')
      and context_business() = case r.outcome when 'withdrawn' then r.vendor_id else r.business_id end
  end;
end;
revoke execute on function businesses_to_ask from public;
grant execute on function businesses_to_ask to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;

create policy asked_by_oneself on mandate_requests for select to kortvakt_request using (person_id = context_person());
create policy asked_for_oneself on mandate_requests for insert to kortvakt_request
  with check (person_id = context_person() and asked_by = context_person() and context_is_now(asked_at)
    and outcome is null and asked_told_at is null and settled_told_at is null
    and business_id in (select b.id from businesses_to_ask() b)
    and ((renews is null and workers is null) or exists (select from mandates m where m.business_id = mandate_requests.business_id
      and m.person_id = context_person() and m.ended_at is null
      and (mandate_requests.renews is null or mandate_requests.renews = m.id)
      and (mandate_requests.workers is null or mandate_requests.workers <@ m.workers))));
create policy settled_by_oneself on mandate_requests for update to kortvakt_request
  using (person_id = context_person() and outcome is null)
  with check (person_id = context_person() and context_is_now(settled_at)
    and (outcome = 'withdrawn' and settled_by = context_person() and expires_at > context_now()
      or outcome = 'lapsed' and expires_at <= context_now()));

-- Nobody answers what they asked for themselves.
drop policy answered on mandate_requests;
create policy answered on mandate_requests for update to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage')
    and person_id is distinct from context_person() and outcome is null and expires_at > context_now())
  with check (business_id = context_business() and context_is_business_side() and context_has_right('access.manage')
    and person_id is distinct from context_person() and settled_by = context_person() and context_is_now(settled_at)
    and (outcome = 'no' or outcome in ('yes', 'less') and exists (select from mandates m where m.id = mandate_requests.mandate_id
      and m.business_id = context_business() and m.vendor_id is not distinct from mandate_requests.vendor_id
      and m.person_id is not distinct from mandate_requests.person_id
      and m.approved_by = context_person() and context_is_now(m.approved_at))));

create or replace function guard_mandate_request() returns trigger language plpgsql as $$
begin
  if old.outcome is not null and (new.outcome, new.settled_at, new.settled_by, new.settled_by_name, new.decline_reason,
      new.decline_words, new.mandate_id) is distinct from (old.outcome, old.settled_at, old.settled_by, old.settled_by_name,
      old.decline_reason, old.decline_words, old.mandate_id) then
    raise exception 'what is settled stays settled' using errcode = 'check_violation', constraint = 'settled';
  end if;
  if context_is_job() and new.outcome is distinct from old.outcome
      and (new.outcome <> 'lapsed' or new.expires_at > context_now()) then
    raise exception 'a task only puts away what nobody answered' using errcode = 'check_violation', constraint = 'lapsed_by_clock';
  end if;
  if not context_is_job() and (new.asked_told_at, new.settled_told_at)
      is distinct from (old.asked_told_at, old.settled_told_at) then
    raise exception 'only a task says who was told' using errcode = 'check_violation', constraint = 'told_by_task';
  end if;
  return new;
end $$;
