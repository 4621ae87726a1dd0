-- A change writes only the fields that it is about, what comes back is noted with the delivery itself, and where no officer can
-- be reached the waiting time begins when the letter is posted.

-- Tasks note no bounces any more: they write what registers show, as before.
drop policy job_update on contact_details;
create policy job_update on contact_details for update to kortvakt_request
  using (context_is_job() and source = 'register') with check (context_is_job() and source = 'register');

-- Where messages go is moved by nobody directly: only by the functions below, which run as kortvakt_context.
create or replace function guard_contact_wait() returns trigger language plpgsql as $$
begin
  if current_user = 'kortvakt_request' and not (context_is_job() and old.source = 'register' and new.source = 'register') and
    (new.email, new.mobile, new.address_lines, new.postal_code, new.city)
    is distinct from (old.email, old.mobile, old.address_lines, old.postal_code, old.city) then
    raise exception 'where messages go is changed after a waiting time alone' using errcode = 'check_violation', constraint = 'contact_wait';
  end if;
  if current_user = 'kortvakt_request' and new.bounced_at is distinct from old.bounced_at and new.bounced_at is not null then
    raise exception 'a bounce is noted with the delivery alone' using errcode = 'check_violation', constraint = 'contact_bounce';
  end if;
  return new;
end $$;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

drop function contact_put(uuid, jsonb, jsonb, uuid, text);

-- Details as changes and their history keep them.
create function contact_as_json(d contact_details) returns jsonb language sql immutable set search_path = public, pg_temp
  return jsonb_build_object('email', d.email, 'mobile', d.mobile, 'addressLines', d.address_lines, 'postalCode', d.postal_code,
    'city', d.city, 'responsible', d.responsible, 'language', d.language);

-- Starts the waiting time of a change whose addresses are proved: another that waits is replaced, and its addresses go on
-- being told, as are those of changes that have held in the last thirty days: also of one that held while this was proved.
create or replace function contact_move_wait(move uuid) returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  m contact_moves;
  earlier contact_moves;
begin
  select * into m from contact_moves c where c.id = move for update;
  select * into earlier from contact_moves c where c.business_id = m.business_id and c.state in ('waiting', 'paused') for update;
  if earlier.id is not null then
    update contact_moves c set state = 'replaced', paused_by = null, settled_at = context_now(), settled_by = m.made_by,
      settled_by_name = m.made_by_name where c.id = earlier.id;
  end if;
  update contact_moves c set state = 'waiting', effective_at = context_now() + c.wait, informed = array(
    select distinct told.address from (
      select unnest(earlier.informed || array[earlier.after ->> 'email', earlier.after ->> 'mobile'])
      union all select unnest(array[r.before ->> 'email', r.before ->> 'mobile', r.after ->> 'email', r.after ->> 'mobile'])
        from contact_moves r where r.business_id = m.business_id and r.state = 'effective'
        and r.settled_at > context_now() - interval '30 days'
    ) told (address) where told.address is not null)
  where c.id = move;
  -- Said after the change that it makes room for stands: nobody reads of the one without the other.
  if earlier.id is not null then perform contact_note(earlier.id, 'replaced', m.made_by_name); end if;
  perform contact_note(move, 'begun', m.made_by_name);
end $$;

-- Begins a change over the version that it was written from; null when that is no longer the current one.
create or replace function contact_move_begin(version integer, after jsonb, email_code sha256, mobile_code sha256, codes_last interval,
  waiting_time interval) returns uuid
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  d contact_details;
  begun uuid;
begin
  if not contact_may_change() or not context_is_fresh() then
    raise exception 'contact details are changed with the right to it and a fresh login' using errcode = 'check_violation', constraint = 'fresh_login';
  end if;
  select * into d from contact_details c where c.business_id = context_business() and c.version = contact_move_begin.version for update;
  if not found then return null; end if;
  update contact_moves c set state = 'replaced', settled_at = context_now(), settled_by = context_person()
  where c.business_id = d.business_id and c.state = 'proving';
  insert into contact_moves (business_id, before, after, made_by, made_by_name, made_by_officer, made_at, state, email_code,
    mobile_code, email_asked, mobile_asked, codes_expire_at, wait)
  values (d.business_id, contact_as_json(d), contact_move_begin.after, context_person(), (select p.name from persons p where p.id = context_person()),
    context_is_officer(), context_now(), 'proving', contact_move_begin.email_code, contact_move_begin.mobile_code,
    contact_move_begin.email_code is not null, contact_move_begin.mobile_code is not null,
    context_now() + codes_last, waiting_time)
  returning id into begun;
  if email_code is null and mobile_code is null then perform contact_move_wait(begun); end if;
  return begun;
end $$;

-- Writes what differs between two versions of details into those that stand, which may have changed in other fields
-- meanwhile, and the history; answers with what stood and with what stands now.
create function contact_put(business uuid, wanted jsonb, was jsonb, by_person uuid, by_name text, out stood jsonb, out stands jsonb)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  select contact_as_json(d) into stood from contact_details d where d.business_id = business for update;
  select stood || coalesce(jsonb_object_agg(w.key, w.value), '{}') into stands from jsonb_each(wanted) w
  where w.value is distinct from was -> w.key;
  update contact_details c set email = stands ->> 'email', mobile = stands ->> 'mobile',
    address_lines = array(select jsonb_array_elements_text(stands -> 'addressLines')), postal_code = stands ->> 'postalCode',
    city = stands ->> 'city', responsible = stands ->> 'responsible', language = stands ->> 'language', source = 'business',
    version = c.version + 1, changed_at = context_now(), confirmed_at = context_now(), confirmed_by = by_person,
    confirmed_by_name = by_name, bounced_at = null
  where c.business_id = business;
  insert into contact_changes (business_id, before, after, changed_by, changed_by_name, changed_at)
  values (business, stood, stands, by_person, by_name, context_now());
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
    put := contact_put(m.business_id, m.after, m.before, m.made_by, m.made_by_name);
    update contact_moves c set state = 'effective', settled_at = context_now(), before = put.stood, after = put.stands
    where c.id = m.id;
    perform contact_note(m.id, 'effective', m.made_by_name);
    return next m.id;
  end loop;
end $$;

-- An officer puts back what stood before the latest change, within thirty days.
create or replace function contact_move_undo(move uuid) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  m contact_moves;
  who text := (select p.name from persons p where p.id = context_person());
begin
  if not contact_may_change() or not context_is_officer() or not context_is_fresh() then return false; end if;
  perform 1 from contact_details d where d.business_id = context_business() for update;
  select * into m from contact_moves c where c.id = move and c.business_id = context_business() and c.state = 'effective'
    and c.settled_at > context_now() - interval '30 days'
    and not exists (select from contact_moves later where later.business_id = c.business_id and later.state = 'effective'
      and later.settled_at > c.settled_at) for update;
  if not found then return false; end if;
  perform contact_put(m.business_id, m.before, m.after, context_person(), who);
  update contact_moves c set state = 'undone', settled_at = context_now(), settled_by = context_person(), settled_by_name = who
  where c.id = move;
  perform contact_note(move, 'undone', who);
  return true;
end $$;

-- A case officer has posted the letter that tells the officers: the waiting time begins.
create or replace function contact_move_posted(move uuid) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_staff('case-officer') then raise exception 'for case officers only'; end if;
  update contact_moves m set posted_at = context_now(), posted_by_name = (select p.name from persons p where p.id = context_person()),
    effective_at = greatest(m.effective_at, context_now() + m.wait)
  where m.id = move and m.unreached_at is not null and m.posted_at is null and m.state in ('waiting', 'paused');
  return found;
end $$;

-- What the state's register answers for a business; true where it had answered otherwise before, which is then told.
create or replace function official_addresses_keep(business uuid, found_addresses jsonb, hash sha256) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  had official_addresses;
begin
  if not context_is_job() then raise exception 'for jobs only'; end if;
  insert into official_addresses as o (business_id, addresses, sha256, checked_at, changed_at)
  values (business, found_addresses, hash, context_now(), context_now())
  on conflict (business_id) do nothing;
  if found then return false; end if;
  select * into had from official_addresses o where o.business_id = business for update;
  update official_addresses o set addresses = found_addresses, sha256 = hash, checked_at = context_now(),
    changed_at = case when o.sha256 = hash then o.changed_at else context_now() end where o.business_id = business;
  if had.sha256 = hash then return false; end if;
  insert into contact_events (business_id, kind, addresses, at)
  select business, 'official', array(select distinct told.address from jsonb_array_elements(had.addresses || found_addresses) a,
    unnest(array[a ->> 'email', a ->> 'mobile']) told (address) where told.address is not null), context_now();
  return true;
end $$;

-- What is sent to a business and comes back, or is not taken, is noted with its details, until somebody says that they are right.
create function note_contact_bounce() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update contact_details d set bounced_at = clock_now() where lower(d.email) = lower(new.address) or d.mobile = new.address;
  return null;
end $$;

reset role;
create trigger note_bounce after update of state on notice_deliveries for each row
  when (old.state is distinct from new.state and new.state in ('failed', 'bounced')) execute function note_contact_bounce();
set role kortvakt_context;

-- Letters that were posted under the earlier rule.
update contact_moves set effective_at = greatest(effective_at, posted_at + wait)
where posted_at is not null and state in ('waiting', 'paused');

revoke execute on function contact_as_json, contact_put, note_contact_bounce from public;
reset role;
revoke create on schema public from kortvakt_context;

-- Numbers that were kept as the register writes them: as people's own are, with their country. No other can be texted.
alter table contact_details no force row level security;
alter table contact_details disable trigger user;
update contact_details d set mobile = case when n.number ~ '^[49][0-9]{7}$' then '+47' || n.number
  when n.number ~ '^[+](47[49][0-9]{7}|(?!47)[1-9][0-9]{6,14})$' then n.number end
from (select business_id, regexp_replace(regexp_replace(mobile, '[^0-9+]', '', 'g'), '^00', '+') as number from contact_details) n
where n.business_id = d.business_id and d.source = 'register' and d.mobile !~ '^[+][0-9]+$';
alter table contact_details enable trigger user;
alter table contact_details force row level security;
