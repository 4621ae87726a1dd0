-- Whoever works in a business, or did, without a card from it says as well that something which it has recorded about them is wrong.

alter table disputes alter column card_id drop not null;   -- null: about what the business has of the worker
create unique index disputes_open_without_card on disputes (worker_id, kind)
  where card_id is null and answered_at is null and brought_at is null;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- What businesses have recorded about whoever asks, over all of them; with who ordered, where an order is under way.
create view own_workers with (security_barrier) as
select w.id, w.business_id, w.person_id, b.name as employer_name, b.organisation_number, u.name as unit_name, w.name,
  w.employed_from, w.employed_to, p.last_day as permit_last_day,
  exists (select from photos i where i.worker_id = w.id and i.deleted_at is null) as has_photo, o.placed_by_name, o.vendor_name
from workers w join businesses b on b.id = w.business_id join units u on u.id = w.unit_id
  left join residence_permits p on p.worker_id = w.id
  left join order_lines l on l.business_id = w.business_id and l.worker_id = w.id
    and l.state in ('awaiting-approval', 'awaiting-media', 'under-review', 'ready', 'in-production')
  left join orders o on o.id = l.order_id
where w.person_id = context_person();

-- Takes what a worker says is wrong with what is recorded with a card of their own, or without one with them as a worker: `made`,
-- `missing` where it is another's, `waits` where the same waits for an answer, `too-many` after five in 24 hours.
create function make_dispute(card uuid, worker uuid, what text, words text, answer_within interval)
returns table (outcome text, dispute uuid, of_business uuid)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  about record;
  new_id uuid := uuidv7();
begin
  if context_capacity() is distinct from 'signed-in' then
    raise exception 'a worker disputes what is recorded about themselves' using errcode = 'check_violation';
  end if;
  select c.business_id, c.unit_id, c.worker_id, c.id as card_id into about from cards c
  where c.id = card and c.person_id = context_person()
  union all
  select w.business_id, w.unit_id, w.id, null from workers w
  where card is null and w.id = worker and w.person_id = context_person();
  if not found then return query select 'missing', null::uuid, null::uuid; return; end if;
  -- One after the other, so that they are counted right.
  perform pg_advisory_xact_lock(hashtextextended('disputes:' || context_person(), 0));
  if exists (select from disputes d where d.person_id = context_person() and d.worker_id = about.worker_id
      and d.card_id is not distinct from about.card_id and d.kind = what and d.answered_at is null and d.brought_at is null) then
    return query select 'waits', null::uuid, null::uuid; return;
  end if;
  if (select count(*) from disputes d where d.person_id = context_person() and d.made_at > context_now() - interval '24 hours') >= 5 then
    return query select 'too-many', null::uuid, null::uuid; return;
  end if;
  insert into disputes (id, business_id, unit_id, worker_id, card_id, person_id, person_name, kind, text, made_at, answer_by)
  select new_id, about.business_id, about.unit_id, about.worker_id, about.card_id, p.id, p.name, what, words, context_now(),
    context_now() + answer_within
  from persons p where p.id = context_person();
  return query select 'made', new_id, about.business_id;
end $$;
drop function dispute_card;

grant select on own_workers to kortvakt_request;
revoke execute on function make_dispute from public;
grant execute on function make_dispute to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
