-- When a register of the Labour Inspection Authority was read last, besides how old it says that its answer is: its word of a
-- business is confirmed by each reading.

alter table approvals add column read_at timestamptz;
alter table approvals no force row level security;
update approvals set read_at = as_of;
alter table approvals force row level security;
alter table approvals alter column read_at set not null, alter column read_at set default clock_now();

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- As before, and confirmed by the reading: what the conditions of these cards turn on, for tasks, for the holder, and for whoever sees the card with what is the matter
-- with it. `confirmed_at` is the age of the oldest answer that is among it; null where a register has never answered.
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
    or (may_read_card(c.business_id, c.unit_id, c.vendor_id, c.worker_id) and not context_lacks_worker_list()));
end;

reset role;
revoke create on schema public from kortvakt_context;
