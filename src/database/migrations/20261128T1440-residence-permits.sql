-- Somebody who is no citizen of a country whose citizens work here freely has to have a permit to stay. No register tells of it to us:
-- whoever orders cards declares the document and its last day. Neither citizenship nor the document's number is kept.

alter table workers add column permit_due_since timestamptz;   -- since when a permit has been due; null: none is

create table residence_permits (
  id uuid primary key default uuidv7(),
  business_id uuid not null references businesses,
  unit_id uuid not null,
  worker_id uuid not null unique,
  vendor_id uuid references businesses,           -- which declared it; null: the business itself
  kind text not null check (kind in ('permit', 'permanent', 'family', 'application')),
  last_day date not null,
  declared_by uuid not null references persons,
  declared_by_name text not null,
  declared_at timestamptz not null,
  foreign key (worker_id, business_id) references workers (id, business_id),
  foreign key (business_id, unit_id) references units (business_id, id),
  constraint last_day_in_reach check (last_day between oslo_date(declared_at) - 366 and oslo_date(declared_at) + 3660)
);
create index residence_permits_by_business on residence_permits (business_id, id);
alter table residence_permits enable row level security;
alter table residence_permits force row level security;
grant select on residence_permits to kortvakt_request;
-- Whoever reads the business's worker list; a vendor reads what it declared itself.
create policy readable on residence_permits for select to kortvakt_request
  using (business_id = context_business() and context_has_right('workers.read') and context_covers_unit(unit_id)
    and context_covers_worker(worker_id) and (context_is_business_side() or (context_is_vendor() and vendor_id = context_vendor())));
grant select, insert, update on residence_permits to kortvakt_context;
create policy resolves on residence_permits to kortvakt_context using (true) with check (true);

create index check_records_by_checker on check_records (checked_by, checked_at desc);

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Declares the permit of a worker of whom one is due, in place of the one that was declared before; false where none is due.
create function declare_permit(worker uuid, what text, until date) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  found workers;
begin
  select w.* into found from workers w where w.id = worker and w.business_id = context_business()
    and context_covers_unit(w.unit_id) and context_covers_worker(w.id);
  if found.id is null or not coalesce(context_has_right('workers.read')
    and (context_has_right('orders.place') or context_has_right('orders.prepare')), false) then
    raise exception 'only who orders for a worker declares a permit' using errcode = 'insufficient_privilege';
  end if;
  if found.permit_due_since is null then return false; end if;
  insert into residence_permits (business_id, unit_id, worker_id, vendor_id, kind, last_day, declared_by, declared_by_name, declared_at)
  select found.business_id, found.unit_id, found.id, context_vendor(), what, until, p.id, p.name, context_now()
  from persons p where p.id = context_person()
  on conflict (worker_id) do update set vendor_id = excluded.vendor_id, kind = excluded.kind, last_day = excluded.last_day,
    declared_by = excluded.declared_by, declared_by_name = excluded.declared_by_name, declared_at = excluded.declared_at;
  return true;
end $$;

-- The last day of what was declared of a person's permit in a business, in whichever unit; null where nothing was.
create function permit_last_day(business uuid, person uuid) returns date
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select max(p.last_day) from residence_permits p
  where p.worker_id = any (array(select w.id from workers w where w.person_id = person and w.business_id = business));
end;

-- As before, and: a permit to stay, where one is due.
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
    when w.permit_due_since is not null and permit_last_day(w.business_id, w.person_id) is null then 'permit-missing'
    when w.permit_due_since is not null and permit_last_day(w.business_id, w.person_id) < oslo_date(at) then 'permit-expired'
    when b.card_type in ('cleaning', 'car-care') and not exists (select from approvals a where a.business_id = b.id
      and a.register = b.card_type and (a.standing in ('approved', 'card-order')
        or (a.standing = 'approved-without-staff' and w.source = 'declared'))) then b.card_type || '-not-approved'
    when awaits_register(b.card_type, b.industry_code, 'staffing') and not exists (select from approvals a
      where a.business_id = b.id and a.register = 'staffing' and a.standing = 'approved') then 'agency-not-registered'
    when exists (select from order_lines l where l.business_id = w.business_id
      and l.worker_id = any (array(select same.id from workers same
        where same.person_id = w.person_id and same.business_id = w.business_id))
      and l.state in ('awaiting-approval', 'awaiting-media', 'under-review', 'ready', 'in-production')) then 'open-line'
    when exists (select from cards c where c.business_id = w.business_id and c.person_id = w.person_id
      and c.blocked_at is null and c.expires_at > at + interval '90 days') then 'valid-card'
  end
  from businesses b where b.id = w.business_id;
end;

-- As before, with the permit; and a checker's own look is found once, by its index, instead of for each card.
create or replace function card_conditions(asked uuid[]) returns table (card_id uuid, facts jsonb, confirmed_at timestamptz, suspended_reason text)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select c.id, jsonb_build_object(
      'cardType', c.card_type, 'expiresAt', c.expires_at, 'blockedReason', c.blocked_reason,
      'business', jsonb_build_object('form', b.form, 'missing', b.missing, 'dissolvedOn', b.dissolved_on, 'bankrupt', b.bankrupt,
        'vatRegistered', b.vat_registered),
      'ties', (select coalesce(jsonb_agg(jsonb_build_object('source', w.source, 'from', w.employed_from, 'to', w.employed_to,
          'declaredUntil', (select d.holds_until from worker_declarations d where d.worker_id = w.id and d.withdrawn_at is null))
          order by w.id), '[]') from workers w where w.person_id = c.person_id and w.business_id = c.business_id),
      -- Of somebody in several units the row that was read last tells how things are.
      'person', (select jsonb_build_object('registered', w.registered, 'deceased', w.deceased, 'inactiveSince', w.inactive_since,
          'permitDueSince', w.permit_due_since)
        from workers w where w.person_id = c.person_id and w.business_id = c.business_id order by w.refreshed_at desc, w.id limit 1),
      'permitLastDay', permit_last_day(c.business_id, c.person_id),
      'approvals', (select coalesce(jsonb_object_agg(a.register, jsonb_build_object('standing', a.standing, 'since', a.since)), '{}')
        from approvals a where a.business_id = c.business_id
          and (a.register = c.card_type or a.register = 'staffing' and awaits_register(c.card_type, b.industry_code, 'staffing'))),
      'replaced', exists (select from cards other where other.person_id = c.person_id and other.business_id = c.business_id
        and other.blocked_at is null and other.expires_at > c.expires_at)),
    case when b.workers_read_at is null then null else least(b.refreshed_at, b.workers_read_at,
      (select min(a.read_at) from approvals a where a.business_id = c.business_id
        and (a.register = c.card_type or a.register = 'staffing' and awaits_register(c.card_type, b.industry_code, 'staffing')))) end,
    c.suspended_reason
  from cards c join businesses b on b.id = c.business_id
  where c.id = any (asked) and (context_is_job() or c.person_id = context_person()
    or c.number in (select line->>'number' from check_records r cross join jsonb_array_elements(r.lines) line
      where context_is_checker() and r.checked_by = context_person() and r.checked_at = context_now())
    or (may_read_card(c.business_id, c.unit_id, c.vendor_id, c.worker_id) and not context_lacks_worker_list()));
end;

revoke execute on function declare_permit, permit_last_day from public;
grant execute on function declare_permit to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
