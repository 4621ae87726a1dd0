-- Contact details of a unit, beside those of its business: what it has not of its own is as the business's. They change under
-- the same protection, by the same functions. A mandate for some units, or for named workers, does not reach the business's.

alter table contact_details
  drop constraint contact_details_pkey,
  add column id uuid primary key default uuidv7(),
  add column unit_id uuid,
  add unique nulls not distinct (business_id, unit_id),
  add foreign key (business_id, unit_id) references units (business_id, id),
  alter column language drop not null,
  add check (language is not null or unit_id is not null),
  add check (source = 'business' or unit_id is null);
alter table contact_changes add column unit_id uuid,
  add foreign key (business_id, unit_id) references units (business_id, id);
alter table contact_moves add column unit_id uuid,
  add foreign key (business_id, unit_id) references units (business_id, id);
drop index contact_moves_open, contact_moves_proving;
create unique index contact_moves_open on contact_moves (business_id, unit_id) nulls not distinct where state in ('waiting', 'paused');
create unique index contact_moves_proving on contact_moves (business_id, unit_id) nulls not distinct where state = 'proving';
-- What concerns one unit goes to its details.
alter table notices add column unit_id uuid, add foreign key (business_id, unit_id) references units (business_id, id);

drop policy own_read on contact_details;
create policy own_read on contact_details for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and (unit_id is null or context_covers_unit(unit_id)));
drop policy own_update on contact_details;
create policy own_update on contact_details for update to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('contact.change')
    and context_covers_scope(array[unit_id]::uuid[], null))
  with check (business_id = context_business() and confirmed_by = context_person() and context_is_now(confirmed_at));
drop policy own_read on contact_changes;
create policy own_read on contact_changes for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and (unit_id is null or context_covers_unit(unit_id)));
-- The history is written by the functions that change the details.
drop policy own_insert on contact_changes;
drop policy not_held on contact_changes;
revoke insert on contact_changes from kortvakt_request;
drop policy own_read on contact_moves;
create policy own_read on contact_moves for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and (unit_id is null or context_covers_unit(unit_id)));
grant select (unit_id) on contact_moves to kortvakt_request;
-- Tasks alone tell of what happened.
drop policy own_read on contact_events;
grant insert on contact_details to kortvakt_context;
drop policy job_update on contact_details;
-- The functions ask for a fresh login, which counts neither in a borrowed browser nor without the passkey, before any change.
drop trigger held on contact_details;
drop trigger guard_passkey on contact_details;
drop function guard_held_contact(), guard_contact_passkey();

-- Where messages go is moved by nobody directly: only by the functions below, which run as kortvakt_context.
create or replace function guard_contact_wait() returns trigger language plpgsql as $$
begin
  if current_user = 'kortvakt_request' and
    (new.unit_id, new.email, new.mobile, new.address_lines, new.postal_code, new.city, new.responsible, new.language)
    is distinct from (old.unit_id, old.email, old.mobile, old.address_lines, old.postal_code, old.city, old.responsible, old.language) then
    raise exception 'contact details are changed by functions alone' using errcode = 'check_violation', constraint = 'contact_wait';
  end if;
  if current_user = 'kortvakt_request' and new.bounced_at is distinct from old.bounced_at and new.bounced_at is not null then
    raise exception 'a bounce is noted with the delivery alone' using errcode = 'check_violation', constraint = 'contact_bounce';
  end if;
  return new;
end $$;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Who may take part: whoever has contact.change for the unit or, without one, for the business as a whole.
drop function contact_may_change();
create function contact_may_change(unit uuid) returns boolean language sql stable set search_path = public, pg_temp
  return context_is_business_side() and context_has_right('contact.change')
    and context_covers_scope(array[unit], null);

-- What holds for a unit or, without one, for the business itself. An address is one thing: it comes whole from the one or the other.
create function contact_standing(business uuid, unit uuid) returns jsonb language sql stable set search_path = public, pg_temp
begin atomic
  select contact_as_json(d) || coalesce((
    select jsonb_strip_nulls(contact_as_json(u) - array['addressLines', 'postalCode', 'city'])
      || case when u.address_lines = '{}' and u.postal_code is null and u.city is null then '{}'
        else jsonb_build_object('addressLines', u.address_lines, 'postalCode', u.postal_code, 'city', u.city) end
    from contact_details u where u.business_id = business and u.unit_id = unit), '{}')
  from contact_details d where d.business_id = business and d.unit_id is null;
end;

-- As `contact_standing`, of the context's business, locked; null when it is no longer of the version that was seen: that of the
-- business and that of the unit together.
create function contact_take(unit uuid, seen integer) returns jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  perform 1 from contact_details d where d.business_id = context_business() and (d.unit_id is null or d.unit_id = unit)
  order by d.id for update;
  if (select sum(d.version) from contact_details d where d.business_id = context_business() and (d.unit_id is null or d.unit_id = unit))
    is distinct from seen then return null; end if;
  return contact_standing(context_business(), unit);
end $$;

-- Starts the waiting time of a change whose addresses are proved: another that waits is replaced, and its addresses go on
-- being told, as are those of changes that have held in the last thirty days: also of one that held while this was proved.
create or replace function contact_move_wait(move uuid) returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  m contact_moves;
  earlier contact_moves;
begin
  select * into m from contact_moves c where c.id = move for update;
  select * into earlier from contact_moves c where c.business_id = m.business_id and c.unit_id is not distinct from m.unit_id
    and c.state in ('waiting', 'paused') for update;
  if earlier.id is not null then
    update contact_moves c set state = 'replaced', paused_by = null, settled_at = context_now(), settled_by = m.made_by,
      settled_by_name = m.made_by_name where c.id = earlier.id;
  end if;
  update contact_moves c set state = 'waiting', effective_at = context_now() + c.wait, informed = array(
    select distinct told.address from (
      select unnest(earlier.informed || array[earlier.after ->> 'email', earlier.after ->> 'mobile'])
      union all select unnest(array[r.before ->> 'email', r.before ->> 'mobile', r.after ->> 'email', r.after ->> 'mobile'])
        from contact_moves r where r.business_id = m.business_id and (r.unit_id is null or r.unit_id = m.unit_id)
        and r.state = 'effective' and r.settled_at > context_now() - interval '30 days'
    ) told (address) where told.address is not null)
  where c.id = move;
  -- Said after the change that it makes room for stands: nobody reads of the one without the other.
  if earlier.id is not null then perform contact_note(earlier.id, 'replaced', m.made_by_name); end if;
  perform contact_note(move, 'begun', m.made_by_name);
end $$;

-- Begins a change over the version that it was written from; null when that is no longer the current one.
drop function contact_move_begin(integer, jsonb, sha256, sha256, interval, interval);
create function contact_move_begin(unit uuid, version integer, after jsonb, email_code sha256, mobile_code sha256, codes_last interval,
  waiting_time interval) returns uuid
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  stood jsonb;
  begun uuid;
begin
  if not contact_may_change(unit) or not context_is_fresh() then
    raise exception 'contact details are changed with the right to it and a fresh login' using errcode = 'check_violation', constraint = 'fresh_login';
  end if;
  stood := contact_take(unit, version);
  if stood is null then return null; end if;
  update contact_moves c set state = 'replaced', settled_at = context_now(), settled_by = context_person()
  where c.business_id = context_business() and c.unit_id is not distinct from unit and c.state = 'proving';
  insert into contact_moves (business_id, unit_id, before, after, made_by, made_by_name, made_by_officer, made_at, state, email_code,
    mobile_code, email_asked, mobile_asked, codes_expire_at, wait)
  values (context_business(), unit, stood, contact_move_begin.after, context_person(),
    (select p.name from persons p where p.id = context_person()), context_is_officer(), context_now(), 'proving',
    contact_move_begin.email_code, contact_move_begin.mobile_code,
    contact_move_begin.email_code is not null, contact_move_begin.mobile_code is not null,
    context_now() + codes_last, waiting_time)
  returning id into begun;
  if email_code is null and mobile_code is null then perform contact_move_wait(begun); end if;
  return begun;
end $$;

-- Tries a code: `proved`, `wrong`, `spent` after ten tries in all, `expired`, or `unknown`. The codes are keyed hashes, so
-- that how long comparing takes says nothing of the code.
create or replace function contact_move_prove(move uuid, channel text, given sha256) returns text
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  m contact_moves;
  hit boolean;
begin
  select * into m from contact_moves c where c.id = move and c.business_id = context_business() and c.made_by = context_person()
    and c.state = 'proving' for update;
  if not found or not contact_may_change(m.unit_id) or context_is_held() then return 'unknown'; end if;
  -- A clock that went back makes no code younger.
  if context_now() > m.codes_expire_at or context_now() < m.made_at then return 'expired'; end if;
  hit := given = case channel when 'email' then m.email_code when 'mobile' then m.mobile_code end;
  if hit is not true then
    update contact_moves c set tries = c.tries + 1, state = case when c.tries >= 9 then 'spent' else c.state end,
      settled_at = case when c.tries >= 9 then context_now() end where c.id = move;
    return case when m.tries >= 9 then 'spent' else 'wrong' end;
  end if;
  update contact_moves c set
    email_proved_at = case when channel = 'email' then context_now() else c.email_proved_at end,
    mobile_proved_at = case when channel = 'mobile' then context_now() else c.mobile_proved_at end
  where c.id = move returning * into m;
  if (m.email_code is null or m.email_proved_at is not null) and (m.mobile_code is null or m.mobile_proved_at is not null) then
    perform contact_move_wait(move);
  end if;
  return 'proved';
end $$;

-- What a link to stop is about; no row for one that never was. `state`: open where its button would do something.
create or replace function contact_stop_read(token sha256) returns table (move_id uuid, business_name text, made_by_name text,
  made_at timestamptz, effective_at timestamptz, address text, state text)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select m.id, coalesce(u.name || ' (' || u.organisation_number || ')', b.name), m.made_by_name, m.made_at, m.effective_at, s.address,
    case when m.state = 'paused' then 'paused' when m.state <> 'waiting' then 'over'
      when s.address = any (m.barred) then 'barred' else 'open' end
  from contact_stops s join contact_moves m on m.id = s.move_id join businesses b on b.id = m.business_id
    left join units u on u.id = m.unit_id
  where s.token_hash = token;
end;

-- An officer goes on with a paused change: no sooner than in a day, and never sooner than without the pause.
create or replace function contact_move_overrule(move uuid) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  who text := (select p.name from persons p where p.id = context_person());
begin
  if not contact_may_change(null) or not context_is_officer() or not context_is_fresh() then return false; end if;
  update contact_moves m set state = 'waiting', barred = m.barred || m.paused_by, paused_by = null,
    effective_at = greatest(m.effective_at, context_now() + interval '24 hours')
  where m.id = move and m.business_id = context_business() and m.state = 'paused';
  if not found then return false; end if;
  perform contact_note(move, 'overruled', who);
  return true;
end $$;

-- Whether this officer has cancelled such a change of the same other officer in the last thirty days: a cancel wins once.
create or replace function contact_cancel_used(move uuid) returns boolean
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select exists (select from contact_moves m join contact_moves c on c.business_id = m.business_id and c.made_by = m.made_by
      and c.unit_id is not distinct from m.unit_id
    where m.id = move and m.business_id = context_business() and m.made_by_officer and m.made_by <> context_person()
      and c.state = 'cancelled' and c.effective_at is not null and c.settled_by = context_person()
      and c.settled_at > context_now() - interval '30 days');
end;

-- The one who made it, or any officer, takes a change back before it holds.
create or replace function contact_move_cancel(move uuid) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  who text := (select p.name from persons p where p.id = context_person());
  m contact_moves;
begin
  select * into m from contact_moves c where c.id = move and c.business_id = context_business()
    and c.state in ('proving', 'waiting', 'paused') and (c.made_by = context_person() or context_is_officer()) for update;
  if not found or not contact_may_change(m.unit_id) or contact_cancel_used(move) then return false; end if;
  update contact_moves c set state = 'cancelled', paused_by = null, settled_at = context_now(), settled_by = context_person(),
    settled_by_name = who where c.id = move;
  -- Of one that was not proved yet nobody has been told.
  if m.state <> 'proving' then perform contact_note(move, 'cancelled', who); end if;
  return true;
end $$;

-- Writes what differs between two versions of details into those that stand, which may have changed in other fields
-- meanwhile, and the history; answers with what stood and with what stands now. A unit keeps only what is not as the business's.
drop function contact_put(uuid, jsonb, jsonb, uuid, text);
create function contact_put(business uuid, unit uuid, wanted jsonb, was jsonb, by_person uuid, by_name text, out stood jsonb, out stands jsonb)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  postal constant text[] := array['addressLines', 'postalCode', 'city'];
  general jsonb := '{}';
  own jsonb;
begin
  if unit is not null then
    insert into contact_details (business_id, unit_id, language, source, changed_at)
    values (business, unit, null, 'business', context_now()) on conflict do nothing;
  end if;
  perform 1 from contact_details d where d.business_id = business and (d.unit_id is null or d.unit_id = unit) order by d.id for update;
  stood := contact_standing(business, unit);
  select stood || coalesce(jsonb_object_agg(w.key, w.value), '{}') into stands from jsonb_each(wanted) w
  where w.value is distinct from was -> w.key;
  if unit is not null then general := contact_standing(business, null); end if;
  select coalesce(jsonb_object_agg(s.key, s.value), '{}') into own from jsonb_each(stands) s
  where s.value is distinct from general -> s.key
    or s.key = any (postal) and exists (select from unnest(postal) p where stands -> p is distinct from general -> p);
  update contact_details c set email = own ->> 'email', mobile = own ->> 'mobile',
    address_lines = array(select jsonb_array_elements_text(own -> 'addressLines')), postal_code = own ->> 'postalCode',
    city = own ->> 'city', responsible = own ->> 'responsible', language = own ->> 'language', source = 'business',
    version = c.version + 1, changed_at = context_now(), confirmed_at = context_now(), confirmed_by = by_person,
    confirmed_by_name = by_name, bounced_at = null
  where c.business_id = business and c.unit_id is not distinct from unit;
  insert into contact_changes (business_id, unit_id, before, after, changed_by, changed_by_name, changed_at)
  values (business, unit, stood, stands, by_person, by_name, context_now());
end $$;

-- Changes at once what moves no message; false when the details are no longer of the version that was seen.
create function contact_change_at_once(unit uuid, version integer, after jsonb) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  stood jsonb;
begin
  if not contact_may_change(unit) or not context_is_fresh() then
    raise exception 'contact details are changed with the right to it and a fresh login' using errcode = 'check_violation', constraint = 'fresh_login';
  end if;
  stood := contact_take(unit, version);
  if stood is null then return false; end if;
  if stood - array['responsible', 'language'] is distinct from after - array['responsible', 'language'] then
    raise exception 'where messages go is changed after a waiting time alone' using errcode = 'check_violation', constraint = 'contact_wait';
  end if;
  perform contact_put(context_business(), unit, after, stood, context_person(), (select p.name from persons p where p.id = context_person()));
  return true;
end $$;

-- Lets hold what has waited long enough: told of, examined, vouched for where it looks like a vendor's, and posted where no
-- officer could be reached.
create or replace function contact_moves_settle() returns setof uuid
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  m contact_moves;
  put record;
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  for m in select * from contact_moves c where c.state = 'waiting' and c.effective_at <= context_now() and c.examined_at is not null
      and (c.suspicion = '[]' or c.vouched_by_name is not null)
      and (c.unreached_at is null or c.posted_at is not null)
      and not exists (select from contact_events e where e.move_id = c.id and e.told_at is null)
      order by c.id for update skip locked loop
    put := contact_put(m.business_id, m.unit_id, m.after, m.before, m.made_by, m.made_by_name);
    update contact_moves c set state = 'effective', settled_at = context_now(), before = put.stood, after = put.stands
    where c.id = m.id;
    perform contact_note(m.id, 'effective', m.made_by_name);
    return next m.id;
  end loop;
end $$;

-- An officer puts back what stood before the latest change, within thirty days: of a unit, before the latest of the business too,
-- as it may be from there that the unit had what stood.
create or replace function contact_move_undo(move uuid) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  m contact_moves;
  who text := (select p.name from persons p where p.id = context_person());
begin
  if not contact_may_change(null) or not context_is_officer() or not context_is_fresh() then return false; end if;
  perform 1 from contact_details d where d.business_id = context_business() order by d.id for update;
  select * into m from contact_moves c where c.id = move and c.business_id = context_business() and c.state = 'effective'
    and c.settled_at > context_now() - interval '30 days'
    and not exists (select from contact_moves later where later.business_id = c.business_id and later.state = 'effective'
      and (later.unit_id is null or later.unit_id = c.unit_id) and later.settled_at > c.settled_at) for update;
  if not found then return false; end if;
  perform contact_put(m.business_id, m.unit_id, m.before, m.after, context_person(), who);
  update contact_moves c set state = 'undone', settled_at = context_now(), settled_by = context_person(), settled_by_name = who
  where c.id = move;
  perform contact_note(move, 'undone', who);
  return true;
end $$;

-- An officer says, through the link in their own mail, that an address that looks like a vendor's is right.
create or replace function contact_move_vouch(token sha256) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not contact_may_change(null) or not context_is_officer() or not context_is_fresh() then return false; end if;
  update contact_moves m set vouched_by_name = (select p.name from persons p where p.id = context_person())
  where m.vouch_token = token and m.business_id = context_business() and m.state in ('waiting', 'paused')
    and m.vouched_by_name is null;
  return found;
end $$;

create or replace view own_cards with (security_barrier) as
select c.id, c.business_id, c.person_id, c.number, c.card_type, c.holder_name, c.employer_name, c.organisation_number, c.issued_at,
  c.expires_at, c.production, c.suspended_reason, c.blocked_at, c.blocked_reason, c.blocked_by = c.person_id as blocked_by_holder,
  card_state(c, context_now()) as state, o.placed_by_name, o.vendor_name, c.unit_id
from cards c join order_lines l on l.id = c.order_line_id join orders o on o.id = l.order_id
where c.person_id = context_person();

revoke execute on function contact_may_change, contact_standing, contact_take, contact_move_begin, contact_put, contact_change_at_once
  from public;
grant execute on function contact_as_json, contact_standing, contact_move_begin, contact_change_at_once to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
