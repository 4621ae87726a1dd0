-- Everything that a card goes on depending on, in one place: what the registers said last of its business and its worker, and
-- what officers declared. Whether it follows that the card is valid is decided outside the database, by one table of conditions.

alter table businesses
  add column missing boolean not null default false,      -- Enhetsregisteret answered that it has no such number
  add column asked_at timestamptz,                        -- when it was last asked in turn, with or without an answer
  add column workers_read_at timestamptz,                 -- when the registers last told who works there
  add column workers_asked_at timestamptz;                -- when they were last asked in turn, with or without an answer
create index businesses_by_reading on businesses (refreshed_at) where dissolved_on is null;
create index businesses_by_reading_of_workers on businesses (workers_read_at nulls first) where dissolved_on is null;

alter table workers
  add column registered boolean not null default true,    -- false: Folkeregisteret answered that it does not know the person
  add column inactive_since timestamptz;                  -- since when the number has been seen not to be active
alter table workers no force row level security;
update workers set inactive_since = refreshed_at where not number_active;
alter table workers force row level security;

alter table approvals
  add column since timestamptz,                           -- since when the business has stood so
  add column read_at timestamptz;                         -- when the register was read last, besides how old it says that its answer is
alter table approvals no force row level security;
update approvals set since = as_of, read_at = as_of;
alter table approvals force row level security;
alter table approvals alter column since set not null, alter column read_at set not null, alter column read_at set default clock_now();

create function keep_inactive_since() returns trigger language plpgsql as $$
begin
  new.inactive_since := case when new.number_active then null
    when tg_op = 'UPDATE' and not old.number_active then old.inactive_since else coalesce(context_now(), clock_now()) end;
  return new;
end $$;
create trigger inactive_since before insert or update of number_active on workers
  for each row execute function keep_inactive_since();

create function keep_standing_since() returns trigger language plpgsql as $$
begin
  new.since := case when tg_op = 'UPDATE' and new.standing = old.standing then old.since else coalesce(context_now(), clock_now()) end;
  return new;
end $$;
create trigger standing_since before insert or update of standing on approvals
  for each row execute function keep_standing_since();
revoke execute on function keep_inactive_since, keep_standing_since from public;

grant create on schema public to kortvakt_context;
drop function settle_card_conditions();
set role kortvakt_context;

-- What the conditions of these cards turn on, for tasks, for the holder, for the entitled checker who has just looked the card up,
-- and for whoever sees the card with what is the matter with it. `confirmed_at` is the age of the oldest answer that is among it; null where a register has never answered.
create function card_conditions(asked uuid[]) returns table (card_id uuid, facts jsonb, confirmed_at timestamptz, suspended_reason text)
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
      'person', (select jsonb_build_object('registered', w.registered, 'deceased', w.deceased, 'inactiveSince', w.inactive_since)
        from workers w where w.person_id = c.person_id and w.business_id = c.business_id order by w.refreshed_at desc, w.id limit 1),
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
    or exists (select from check_records r where context_is_checker() and r.checked_at = context_now() and r.checked_by = context_person()
      and r.lines @> jsonb_build_array(jsonb_build_object('number', c.number)))
    or (may_read_card(c.business_id, c.unit_id, c.vendor_id, c.worker_id) and not context_lacks_worker_list()));
end;

-- Tasks only: suspends each of these cards for the reason that stands at the same place, or no longer; returns those of which it
-- was otherwise before.
create function settle_cards(settled uuid[], reasons text[])
returns table (card_id uuid, business_id uuid, person_id uuid, was text, reason text)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  return query
    update cards c set suspended_reason = given.reason
    from unnest(settled, reasons) as given (id, reason)
    where c.id = given.id and c.blocked_at is null and c.suspended_reason is distinct from given.reason
    returning c.id, c.business_id, c.person_id, old.suspended_reason, new.suspended_reason;
end $$;

revoke execute on function card_conditions, settle_cards from public;
grant execute on function card_conditions, settle_cards to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
