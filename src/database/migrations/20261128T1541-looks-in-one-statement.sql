-- A checker's look is one statement that is a transaction by itself: who asks, the cards, what their holders see of it, the check
-- record and the entry in the audit log. It came to seven, of which each costs as much as a look-up.

-- What a look leaves in the audit log is written where the look is made.
create policy of_looks on audit_entries for insert to kortvakt_context
  with check (action = 'cards.checked' and decision = 'allowed' and used_right = 'cards.check' and context_is_checker()
    and capacity = context_capacity() and actor_person_id = context_person() and actor_job is null and business_id is null
    and vendor_id is null and mandate_id is null and rule is null and subject_kind = 'check-record'
    and transaction_id = pg_current_xact_id() and context_is_now(recorded_at));

-- It found what a checker had looked up just now, which nothing asks for any more.
drop index check_records_by_checker;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- As before, in fewer statements: what access hangs on is read at once, held (the session before the appointment), and read again.
create or replace function context_open_staff(token sha256, wanted text, appointment uuid, writing boolean) returns jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  at timestamptz := clock_now();
  who record;
  in_force boolean;
begin
  perform context_clear(at, 'anonymous'), set_config('kortvakt.staff', '', true), set_config('kortvakt.authority', '', true),
    set_config('kortvakt.appointment', '', true);
  for i in 1..2 loop
    select s.id as session, s.acr, s.auth_time, s.last_seen_at, p.id as person, p.name, a.id as appointment, a.role, a.place, a.authority,
      greatest(a.approved_at, a.starts_at) as starts_at, a.ends_at, a.ended_at into who
    from sessions s join persons p on p.id = s.person_id
      left join lateral (
        select f.* from staff_appointments f
        where f.accepted_by = p.id and (f.id = appointment or appointment is null and f.role = wanted) and f.approved_at is not null
        order by f.ended_at is not null, f.ends_at desc, f.id desc limit 1) a on true
    where s.token_hash = token and s.ended_at is null and s.absolute_end > at and s.last_seen_at + s.idle > at;
    exit when who.session is null or not writing or i = 2;
    perform pg_advisory_xact_lock_shared(access_lock_key('session', who.session)),
      pg_advisory_xact_lock_shared(access_lock_key('appointment', who.appointment));
  end loop;
  if who.session is null then return jsonb_build_object('now', at, 'capacity', 'anonymous'); end if;
  if who.last_seen_at < at - interval '1 minute' then
    update sessions set last_seen_at = at where id = (select id from sessions where id = who.session for no key update skip locked);
  end if;
  in_force := coalesce(who.starts_at <= at and who.ended_at is null and at < who.ends_at and who.acr = 'high', false);
  perform set_config('kortvakt.person', who.person::text, true), set_config('kortvakt.acr', who.acr, true),
    set_config('kortvakt.auth_time', who.auth_time::text, true),
    set_config('kortvakt.capacity', case when in_force then 'staff' else 'signed-in' end, true),
    set_config('kortvakt.staff', case when in_force then who.role end, true),
    set_config('kortvakt.authority', case when in_force then who.authority end, true),
    set_config('kortvakt.appointment', case when in_force then who.appointment::text end, true);
  return jsonb_build_object('now', at, 'capacity', case when in_force then 'staff' else 'signed-in' end,
    'session', jsonb_build_object('id', who.session, 'personId', who.person, 'name', who.name, 'acr', who.acr, 'authTime', who.auth_time),
    'staff', case when who.appointment is not null then jsonb_build_object('appointmentId', who.appointment, 'role', who.role,
      'place', who.place, 'startsAt', who.starts_at, 'endsAt', who.ends_at, 'endedAt', who.ended_at) end);
end $$;

-- What the conditions of a card turn on, and how old the oldest of the answers is; for those below, who decide who may know.
create function condition_facts(c cards) returns table (facts jsonb, confirmed_at timestamptz) language sql stable
begin atomic
  select jsonb_build_object(
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
    (select r.confirmed_at from answers_confirmed(c.card_type, c.business_id) r)
  from businesses b where b.id = c.business_id;
end;

-- As before, from it.
create or replace function card_conditions(asked uuid[]) returns table (card_id uuid, facts jsonb, confirmed_at timestamptz, suspended_reason text)
language sql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan
begin atomic
  select c.id, f.facts, f.confirmed_at, c.suspended_reason
  from cards c cross join lateral condition_facts(c) f
  where c.id = any (asked) and (context_is_job() or c.person_id = context_person()
    or (may_read_card(c.business_id, c.unit_id, c.vendor_id, c.worker_id) and not context_lacks_worker_list()));
end;

-- Looks cards up, a thousand at most, by what is printed on them or by the token of the QR link, for whoever is logged in with that
-- token and checks cards under that appointment; nothing but who asks for anybody else, and for who has the role for a place of a
-- business where a number comes without its birth date. Of a card by itself with what its conditions turn on.
drop function check_cards(text[], date[], text[], integer);
create function check_cards(token sha256, appointment uuid, numbers text[], births date[], tokens text[], withheld_hours integer)
returns table (facts jsonb, record_id uuid, card_number text, verdict text, reason text, holder_name text, employer_name text,
  organisation_number text, card_type text, issued_at timestamptz, expires_at timestamptz, photo boolean, conditions jsonb, confirmed_at timestamptz)
-- How many cards a list names cannot be foreseen: one plan, card by card through the indexes, goes for any number.
language plpgsql volatile security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  opened jsonb := context_open_staff(token, null, appointment, true);
  my_name text := opened->'session'->>'name';
  my_role text := opened->'staff'->>'role';
  alone boolean := cardinality(numbers) = 1;
begin
  if cardinality(numbers) not between 1 and 1000 then
    raise exception 'a thousand at a time' using errcode = 'check_violation';
  end if;
  if not context_is_checker() or my_role not in ('inspector', 'police', 'tax')
    and exists (select from unnest(numbers, births) as a (number, born) where a.number is not null and a.born is null) then
    facts := opened;
    return next;
    return;
  end if;
  return query
    with found as materialized (
      select a.n, c.held, coalesce((c.held).number, a.number) as number, coalesce(c.state, 'unknown') as state,
        case c.state when 'blocked' then (c.held).blocked_reason when 'suspended' then (c.held).suspended_reason end as reason
      from unnest(numbers, births, tokens) with ordinality as a (number, born, token, n)
        left join lateral (
          select c as held, card_state(c, context_now()) as state from cards c
          where c.number = a.number and c.birth_date = coalesce(a.born, c.birth_date)
          union all
          select c, card_state(c, context_now()) from cards c where c.token = a.token
          limit 1) c on true),
    recorded as (
      insert into check_records (id, checked_at, checked_by, checked_by_name, appointment_id, role, place, lines)
      select uuidv7(), context_now(), context_person(), my_name, check_cards.appointment, my_role, opened->'staff'->>'place', jsonb_agg(
        jsonb_build_object('number', f.number, 'verdict', f.state, 'reason', f.reason) order by f.n) from found f
      returning *),
    told as (
      insert into disclosures (at, subject_person_id, business_id, viewer_person_id, viewer_name, viewer_role, fields, occasion, shown_from)
      select distinct context_now(), (f.held).person_id, (f.held).business_id, context_person(), my_name, my_role,
        case when alone then array['name', 'photo', 'conditions'] else array['name', 'conditions'] end, 'check',
        case when my_role = 'inspector' and withheld_hours > 0 then context_now() + make_interval(hours => withheld_hours) end
      from found f where f.state <> 'unknown'),
    audited as (
      insert into audit_entries (recorded_at, actor_person_id, capacity, used_right, action, decision, subject_kind, subject_id, changes)
      select r.checked_at, r.checked_by, context_capacity(), 'cards.check', 'cards.checked', 'allowed', 'check-record', r.id,
        jsonb_build_object('role', r.role, 'appointmentId', r.appointment_id, 'cards', jsonb_array_length(r.lines),
          'recordHash', check_record_hash(r))
      from recorded r)
    select case f.n when 1 then opened end, r.id, f.number, f.state, f.reason, (f.held).holder_name, (f.held).employer_name,
      (f.held).organisation_number::text, (f.held).card_type, (f.held).issued_at, (f.held).expires_at,
      alone and exists (select from order_lines l join photos p on p.id = l.photo_id
        where l.id = (f.held).order_line_id and p.deleted_at is null), c.facts, c.confirmed_at
    from recorded r, found f left join lateral condition_facts(case when alone then f.held end) c on true order by f.n;
end $$;
revoke execute on function condition_facts, check_cards from public;
grant execute on function check_cards to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
