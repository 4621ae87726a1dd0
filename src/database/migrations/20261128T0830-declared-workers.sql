-- Workers whom no register shows: the owner, partners and the owner's spouse need a card, and Aa-registeret does not know them.
-- An officer declares them, with a reason, and stands by it anew before `holds_until`; otherwise the condition of employment fails.

create table worker_declarations (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  unit_id uuid not null,
  worker_id uuid not null,
  kind text not null check (kind in ('owner', 'partner', 'spouse')),
  reason text not null check (reason <> ''),
  declared_by uuid not null references persons,
  declared_by_name text not null,
  declared_at timestamptz not null,
  confirmed_by uuid not null references persons,           -- who stood by it last
  confirmed_by_name text not null,
  confirmed_at timestamptz not null,
  holds_until timestamptz not null,                        -- exclusive: the Oslo midnight after the last day
  withdrawn_at timestamptz,
  withdrawn_by uuid references persons,
  withdrawn_by_name text,
  reminded_at timestamptz,                                 -- of what it is to be confirmed by, once for each time
  lapse_told_at timestamptz,
  foreign key (worker_id, business_id) references workers (id, business_id),
  foreign key (business_id, unit_id) references units (business_id, id),
  check ((withdrawn_at is null) = (withdrawn_by is null)),
  -- Nobody stands by anything for good.
  constraint longest_declaration check (holds_until > confirmed_at and holds_until <= confirmed_at + interval '36 months 1 day')
);
create unique index worker_declarations_open on worker_declarations (worker_id) where withdrawn_at is null;
create index worker_declarations_by_business on worker_declarations (business_id, id desc);
create index worker_declarations_by_end on worker_declarations (holds_until) where withdrawn_at is null;
create index workers_declared on workers (id) where source = 'declared';
alter table worker_declarations enable row level security;
alter table worker_declarations force row level security;

grant select on worker_declarations to kortvakt_request;
grant update (confirmed_by, confirmed_by_name, confirmed_at, holds_until, withdrawn_at, withdrawn_by, withdrawn_by_name,
  reminded_at, lapse_told_at) on worker_declarations to kortvakt_request;
-- Whoever reads the business's worker list reads why somebody is on it; a vendor does not.
create policy readable on worker_declarations for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('workers.read')
    and context_covers_unit(unit_id) and context_covers_worker(worker_id));
create policy stood_by on worker_declarations for update to kortvakt_request
  using (business_id = context_business() and context_is_officer() and context_has_right('agreements.sign') and withdrawn_at is null)
  with check (business_id = context_business() and (confirmed_by = context_person() or withdrawn_by = context_person()));
create policy job on worker_declarations to kortvakt_request using (context_is_job()) with check (context_is_job());

-- An officer stands by it today, for themselves; a task only remembers whom it told.
create function guard_worker_declaration() returns trigger language plpgsql as $$
begin
  if context_capacity() is null then return new; end if;
  if context_is_job() then
    if (new.confirmed_at, new.holds_until, new.withdrawn_at) is distinct from (old.confirmed_at, old.holds_until, old.withdrawn_at) then
      raise exception 'only an officer stands by a declaration' using errcode = 'check_violation';
    end if;
  elsif new.withdrawn_at is not null then
    if new.withdrawn_by is distinct from context_person() or new.withdrawn_at is distinct from context_now()
      or (new.confirmed_at, new.holds_until) is distinct from (old.confirmed_at, old.holds_until) then
      raise exception 'withdrawn now, by oneself' using errcode = 'check_violation';
    end if;
  elsif new.confirmed_by is distinct from context_person() or new.confirmed_at is distinct from context_now() then
    raise exception 'confirmed now, by oneself' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger guard before update on worker_declarations for each row execute function guard_worker_declaration();

grant select, insert on worker_declarations to kortvakt_context;
grant insert, update on workers to kortvakt_context;
create policy resolves on worker_declarations to kortvakt_context using (true) with check (true);

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- An officer declares whom Folkeregisteret has named. Null when the person is on the unit's list already: employed there
-- according to the register, or declared. Whom the register knows keeps the name that they have here.
create function declare_worker(id_hash sha256, id_encrypted bytea, full_name text, surname text, born date, active boolean,
  in_unit uuid, what text, why text, until timestamptz) returns uuid
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  business uuid := context_business();
  who uuid;
  worker uuid;
  made uuid;
begin
  if not coalesce(context_is_officer() and context_has_right('agreements.sign') and context_covers_unit(in_unit), false)
    or not exists (select from units u where u.id = in_unit and u.business_id = business and u.closed_on is null) then
    raise exception 'only an officer declares a worker' using errcode = 'insufficient_privilege';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('workers:' || business::text, 0));
  insert into persons (national_id_hash, national_id_encrypted, name, birth_date)
    values (id_hash, id_encrypted, full_name, born) on conflict (national_id_hash) do nothing;
  select p.id into who from persons p where p.national_id_hash = id_hash;
  insert into workers as w (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, number_active, source,
    refreshed_at)
  values (business, in_unit, who, full_name, surname, born, oslo_date(context_now()), active, 'declared', context_now())
  on conflict (business_id, unit_id, person_id) do update set name = excluded.name, family_name = excluded.family_name,
    birth_date = excluded.birth_date, employed_from = excluded.employed_from, employed_to = null,
    number_active = excluded.number_active, deceased = false, source = 'declared', refreshed_at = excluded.refreshed_at
    where (w.source = 'declared' or w.employed_to < excluded.employed_from)
      and not exists (select from worker_declarations d where d.worker_id = w.id and d.withdrawn_at is null)
  returning id into worker;
  if worker is null then return null; end if;
  insert into worker_declarations (business_id, unit_id, worker_id, kind, reason, declared_by, declared_by_name, declared_at,
    confirmed_by, confirmed_by_name, confirmed_at, holds_until)
  select business, in_unit, worker, what, why, p.id, p.name, context_now(), p.id, p.name, context_now(), until
  from persons p where p.id = context_person()
  returning id into made;
  return made;
end $$;

-- As before, and: whom an officer has declared is on the list while the declaration holds.
create or replace function worker_obstacle(w workers, at timestamptz) returns text
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select case
    when w.deceased then 'deceased'
    when w.source = 'declared' and not exists (select from worker_declarations d where d.worker_id = w.id
      and d.withdrawn_at is null and d.holds_until > at) then 'declaration-ended'
    when w.employed_to < oslo_date(at) then 'employment-ended'
    when not w.number_active then 'number-inactive'
    when w.employed_from > oslo_date(at) + 30 then 'starts-later'
    when exists (select from order_lines l where l.business_id = w.business_id
      and l.worker_id = any (array(select same.id from workers same
        where same.person_id = w.person_id and same.business_id = w.business_id))
      and l.state in ('awaiting-approval', 'awaiting-media', 'under-review', 'ready', 'in-production')) then 'open-line'
    when exists (select from cards c where c.business_id = w.business_id and c.person_id = w.person_id
      and c.blocked_at is null and c.expires_at > at + interval '90 days') then 'valid-card'
  end;
end;

-- As before, by a register: what an officer has declared for a card ties nobody to a mandate, which has a declaration of its own.
create or replace function is_employed(who uuid, business uuid, at timestamptz) returns boolean
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select exists (select from workers where workers.business_id = business and workers.person_id = who
    and workers.source <> 'declared'
    and workers.employed_from <= oslo_date(at) and (workers.employed_to is null or workers.employed_to >= oslo_date(at)));
end;

revoke execute on function declare_worker from public;
grant execute on function declare_worker to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
revoke execute on function guard_worker_declaration from public;
