-- A worker says that something which is recorded about them with a card is wrong (GDPR article 16); the business answers in time
-- (article 12(3)); and what is not answered, or not agreed on, the worker may bring to case officers, whose word is the last one here.

create table disputes (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  unit_id uuid not null references units,
  worker_id uuid not null references workers,
  card_id uuid not null references cards,
  person_id uuid not null references persons,
  person_name text not null,
  kind text not null check (kind in ('name', 'photo', 'employment', 'not-wanted', 'permit', 'ordered-by', 'other')),
  text text not null check (length(text) between 1 and 1000),
  made_at timestamptz not null,
  answer_by timestamptz not null,                -- from then on the worker need not wait for the answer
  answer text check (answer in ('corrected', 'not-wrong')),
  answer_text text check (length(answer_text) between 1 and 1000),
  answered_by uuid references persons,
  answered_by_name text,
  answered_at timestamptz,
  brought_at timestamptz,                        -- to case officers
  brought_text text check (length(brought_text) between 1 and 1000),
  outcome text check (outcome in ('upheld', 'dismissed')),
  outcome_text text check (length(outcome_text) between 1 and 1000),
  settled_by uuid references persons,
  settled_by_name text,
  settled_at timestamptz,
  check (num_nulls(answer, answer_text, answered_by, answered_by_name, answered_at) in (0, 5)),
  check ((brought_at is null) = (brought_text is null)),
  check (num_nulls(outcome, outcome_text, settled_by, settled_by_name, settled_at) in (0, 5)),
  check (settled_at is null or brought_at is not null)
);
create unique index disputes_open on disputes (card_id, kind) where answered_at is null and brought_at is null;
create index disputes_by_business on disputes (business_id, id desc);
create index disputes_by_person on disputes (person_id, id desc);
create index disputes_brought on disputes (settled_at nulls first, id desc) where brought_at is not null;
alter table disputes enable row level security;
alter table disputes force row level security;
create policy resolves on disputes to kortvakt_context using (true) with check (true);
grant select, insert, update, delete on disputes to kortvakt_context;
-- Written through the functions below alone. A vendor sees none, whatever its mandate gives.
grant select on disputes to kortvakt_request;
create policy oneself on disputes for select to kortvakt_request using (person_id = context_person());
create policy listed on disputes for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('workers.read')
    and context_covers_unit(unit_id) and context_covers_worker(worker_id));
create policy overseen on disputes for select to kortvakt_request
  using (context_is_staff('case-officer') and brought_at is not null);
create policy job on disputes for select to kortvakt_request using (context_is_job());

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Takes what a worker says is wrong with what is recorded with a card of their own: `made`, `missing` where the card is another's,
-- `waits` where the same waits for an answer, `too-many` after five in 24 hours.
create function dispute_card(card uuid, what text, words text, answer_within interval)
returns table (outcome text, dispute uuid, of_business uuid)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  c cards;
  new_id uuid := uuidv7();
begin
  if context_capacity() is distinct from 'signed-in' then
    raise exception 'a worker disputes what is recorded about themselves' using errcode = 'check_violation';
  end if;
  select * into c from cards k where k.id = card and k.person_id = context_person();
  if not found then return query select 'missing', null::uuid, null::uuid; return; end if;
  -- One after the other, so that they are counted right.
  perform pg_advisory_xact_lock(hashtextextended('disputes:' || context_person(), 0));
  if exists (select from disputes d where d.card_id = card and d.kind = what and d.answered_at is null and d.brought_at is null) then
    return query select 'waits', null::uuid, null::uuid; return;
  end if;
  if (select count(*) from disputes d where d.person_id = context_person() and d.made_at > context_now() - interval '24 hours') >= 5 then
    return query select 'too-many', null::uuid, null::uuid; return;
  end if;
  insert into disputes (id, business_id, unit_id, worker_id, card_id, person_id, person_name, kind, text, made_at, answer_by)
  select new_id, c.business_id, c.unit_id, c.worker_id, c.id, p.id, p.name, what, words, context_now(), context_now() + answer_within
  from persons p where p.id = context_person();
  return query select 'made', new_id, c.business_id;
end $$;

-- The business answers, once; also late, until case officers have. False where there is none of its own that waits.
create function answer_dispute(dispute uuid, given text, words text) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if context_business() is null or not context_is_business_side() or not context_has_right('workers.read') then
    raise exception 'a dispute is the business''s to answer' using errcode = 'insufficient_privilege';
  end if;
  update disputes d set answer = given, answer_text = words, answered_by = p.id, answered_by_name = p.name, answered_at = context_now()
  from persons p
  where d.id = dispute and p.id = context_person() and d.business_id = context_business() and context_covers_unit(d.unit_id)
    and context_covers_worker(d.worker_id) and d.answered_at is null and d.settled_at is null;
  return found;
end $$;

-- The worker brings it to case officers: once, after an answer or when the time for one is up. The business, or no row.
create function bring_dispute(dispute uuid, words text) returns table (of_business uuid)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if context_capacity() is distinct from 'signed-in' then
    raise exception 'a worker brings a dispute of their own' using errcode = 'check_violation';
  end if;
  return query update disputes d set brought_at = context_now(), brought_text = words
    where d.id = dispute and d.person_id = context_person() and d.brought_at is null
      and (d.answered_at is not null or d.answer_by <= context_now())
    returning d.business_id;
end $$;

-- A case officer opens what was brought: the worker can see that it was. False where there is none.
create function open_dispute_as_staff(dispute uuid) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_staff('case-officer') then raise exception 'for case officers only'; end if;
  insert into disclosures (at, subject_person_id, business_id, viewer_person_id, viewer_name, viewer_role, fields, occasion)
  select context_now(), d.person_id, d.business_id, p.id, p.name, 'case-officer', array['name', 'dispute'], 'dispute'
  from disputes d join persons p on p.id = context_person() where d.id = dispute and d.brought_at is not null;
  return found;
end $$;

-- A case officer decides, once and for good, whom it is not about and who has not answered it. The business, or no row.
create function settle_dispute(dispute uuid, decided text, words text) returns table (of_business uuid)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_staff('case-officer') then raise exception 'for case officers only'; end if;
  return query update disputes d set outcome = decided, outcome_text = words, settled_by = p.id, settled_by_name = p.name,
      settled_at = context_now()
    from persons p where d.id = dispute and p.id = context_person() and d.brought_at is not null and d.settled_at is null
      and d.person_id <> p.id and d.answered_by is distinct from p.id
    returning d.business_id;
end $$;

-- Deletes what nothing has happened to for so long, but for what waits for case officers; how many they were.
create function forget_disputes(after interval) returns integer
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  gone integer;
begin
  if not context_is_job() then raise exception 'for a task only' using errcode = 'insufficient_privilege'; end if;
  delete from disputes d where (d.brought_at is null or d.settled_at is not null)
    and greatest(d.answer_by, d.answered_at, d.settled_at) < context_now() - after;
  get diagnostics gone = row_count;
  return gone;
end $$;

revoke execute on function dispute_card, answer_dispute, bring_dispute, open_dispute_as_staff, settle_dispute, forget_disputes from public;
grant execute on function dispute_card, answer_dispute, bring_dispute, open_dispute_as_staff, settle_dispute, forget_disputes
  to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
