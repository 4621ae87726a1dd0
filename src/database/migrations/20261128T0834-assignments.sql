-- Workers of foreign firms: Aa-registeret does not have them. They come from the tax authority's register of assignments, each
-- for as long as an assignment lasts.

alter table workers
  add column assignment text,                             -- for whom and where, as the register tells it
  drop constraint workers_source_check,
  add constraint workers_source_check check (source in ('register', 'declared', 'assignment')),
  add constraint assigned_by_the_register check (assignment is null or source = 'assignment');

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- As before, and: what has ended for a foreign firm's worker is an assignment.
create or replace function worker_obstacle(w workers, at timestamptz) returns text
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select case
    when w.deceased then 'deceased'
    when w.source = 'declared' and not exists (select from worker_declarations d where d.worker_id = w.id
      and d.withdrawn_at is null and d.holds_until > at) then 'declaration-ended'
    when w.employed_to < oslo_date(at) then case w.source when 'assignment' then 'not-assigned' else 'employment-ended' end
    when not w.number_active then 'number-inactive'
    when w.employed_from > oslo_date(at) + 30 then 'starts-later'
    when b.card_type in ('cleaning', 'car-care') and not exists (select from approvals a where a.business_id = b.id
      and a.register = b.card_type and (a.standing in ('approved', 'card-order')
        or (a.standing = 'approved-without-staff' and w.source = 'declared'))) then b.card_type || '-not-approved'
    when exists (select from order_lines l where l.business_id = w.business_id
      and l.worker_id = any (array(select same.id from workers same
        where same.person_id = w.person_id and same.business_id = w.business_id))
      and l.state in ('awaiting-approval', 'awaiting-media', 'under-review', 'ready', 'in-production')) then 'open-line'
    when exists (select from cards c where c.business_id = w.business_id and c.person_id = w.person_id
      and c.blocked_at is null and c.expires_at > at + interval '90 days') then 'valid-card'
  end
  from businesses b where b.id = w.business_id;
end;

-- As before; and a declaration takes a foreign firm's worker over whose assignment has ended.
create or replace function declare_worker(id_hash sha256, id_encrypted bytea, full_name text, surname text, born date,
  active boolean, in_unit uuid, what text, why text, until timestamptz) returns uuid
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
    birth_date = excluded.birth_date, employed_from = excluded.employed_from, employed_to = null, assignment = null,
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

reset role;
revoke create on schema public from kortvakt_context;
