-- Orders from a file: the file until it is read, its rows with a verdict each, and the orders that came of them. What the
-- file says is the uploader's alone to see. Of a national identity number the hash is kept, and the date that is shown.

create table order_uploads (
  id uuid primary key,                          -- the key of the form that sent it: sent twice, it is one
  business_id uuid not null references businesses,
  vendor_id uuid references businesses,
  mandate_id uuid references mandates,
  uploaded_by uuid not null references persons,
  uploaded_by_name text not null,
  uploaded_at timestamptz not null,
  file_name text not null check (length(file_name) <= 100),
  file bytea,                                   -- encrypted; null once its rows are read
  headings text[] not null default '{}',
  columns jsonb,                                -- which column of the file says what; null until that is known
  state text not null default 'waiting' check (state in ('waiting', 'unmapped', 'reading', 'judged', 'failed')),
  problem text,
  read_rows integer not null default 0 check (read_rows between 0 and 10000),
  check ((state = 'failed') = (problem is not null)),
  check (file is not null or state in ('judged', 'failed'))
);
create index order_uploads_by_uploader on order_uploads (uploaded_by, business_id, id desc);
create index order_uploads_by_age on order_uploads (uploaded_at);

create table order_upload_rows (
  id uuid primary key default uuidv7(),
  upload_id uuid not null references order_uploads on delete cascade,
  position integer not null check (position > 0),                  -- the row in the file; the headings are row 1
  business_id uuid not null,
  vendor_id uuid,
  uploaded_by uuid not null,
  national_id_hash sha256,
  born_shown text not null default '',                             -- of a number: its first six digits
  name text not null default '',
  family_name text not null default '',
  birth_date date,
  employee_number text not null default '',
  unit_number text,
  reference text not null default '',
  problem text,                                                    -- what the row itself lacks
  worker_id uuid,
  unit_id uuid,
  verdict text,                                                    -- null until it is judged
  first_position integer,                                          -- of a duplicate: where the same worker stands first
  left_out boolean not null default false,
  order_id uuid references orders,
  unique (upload_id, position)
);

do $$
declare
  t text;
begin
  foreach t in array array['order_uploads', 'order_upload_rows'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy resolves on %I to kortvakt_context using (true) with check (true)', t);
    execute format('grant select, update on %I to kortvakt_context', t);
    execute format('create policy job on %I to kortvakt_request using (context_is_job()) with check (context_is_job())', t);
    execute format('grant select, insert, delete on %I to kortvakt_request', t);
    execute format('create policy uploader_reads on %I for select to kortvakt_request
      using (business_id = context_business() and uploaded_by = context_person() and vendor_id is not distinct from context_vendor()
        and (context_has_right(''orders.place'') or context_has_right(''orders.prepare'')))', t);
    execute format('create policy uploader_changes on %I for update to kortvakt_request
      using (business_id = context_business() and uploaded_by = context_person() and vendor_id is not distinct from context_vendor()
        and (context_has_right(''orders.place'') or context_has_right(''orders.prepare'')))', t);
  end loop;
end $$;
-- Workers by name and date of birth, for those of whom a file has no number.
create index workers_by_birth_date on workers (business_id, birth_date);

grant update (file, headings, columns, state, problem, read_rows) on order_uploads to kortvakt_request;
grant update (national_id_hash, born_shown, name, family_name, birth_date, unit_number, problem, verdict, left_out, order_id)
  on order_upload_rows to kortvakt_request;
create policy uploader_sends on order_uploads for insert to kortvakt_request
  with check (business_id = context_business() and uploaded_by = context_person() and vendor_id is not distinct from context_vendor()
    and mandate_id is not distinct from context_mandate() and state = 'waiting'
    and (context_has_right('orders.place') or context_has_right('orders.prepare')));

-- Judges rows of an upload as whoever uploaded it may order: all of them, or those at some positions. False when the
-- uploader may not order any more. The rules are those of ordering: `worker_obstacle`, the mandate's units and named workers,
-- and for a vendor without the worker list the look-up by number and surname, with its misses. What is placed is asked again.
create function judge_order_upload(asked uuid, only_rows integer[]) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  moment timestamptz := context_now();
  business uuid;
  vendor uuid;
  uploader uuid;
  under uuid;
  facts jsonb;
  in_units uuid[];
  named uuid[];
  sees_list boolean := true;
  missed integer;
begin
  select o.business_id, o.vendor_id, o.uploaded_by, case when context_is_job() then o.mandate_id else context_mandate() end
  into business, vendor, uploader, under
  from order_uploads o where o.id = asked and (context_is_job() or (o.business_id = context_business()
    and o.uploaded_by = context_person() and o.vendor_id is not distinct from context_vendor()
    and (context_has_right('orders.place') or context_has_right('orders.prepare'))));
  if business is null then return false; end if;
  if under is null then
    if vendor is not null or cardinality(acting_roles(uploader, business)) = 0 then return false; end if;
  else
    facts := mandate_facts(under, uploader, moment);
    if facts is null or not facts_in_force(facts, moment) or not facts->'rights' ?| array['orders.place', 'orders.prepare'] then
      return false;
    end if;
    sees_list := facts->'rights' ? 'workers.read';
    if jsonb_typeof(facts->'units') = 'array' then
      in_units := array(select jsonb_array_elements_text(facts->'units')::uuid);
    end if;
    if jsonb_typeof(facts->'workers') = 'array' then
      named := array(select jsonb_array_elements_text(facts->'workers')::uuid);
    end if;
    if not sees_list and vendor is null then return false; end if;
  end if;

  if sees_list then
    -- Each row by itself, through indexes: nothing here depends on how many rows the database takes a file to have.
    update order_upload_rows t set first_position = null,
      worker_id = case when found.people = 1 then w.id end, unit_id = case when found.people = 1 then w.unit_id end,
      verdict = case
        when found.unit_number is not null and found.unit is null then 'unknown-unit'
        when w.id is null then 'unknown-worker'
        when found.people > 1 then 'several-workers'
        when found.unit is not null and w.unit_id <> found.unit then 'other-unit'
        when found.unit is null and found.places > 1 then 'several-units'
        when found.by_number and found.name <> '' and strpos(found.name, lower(normalize(w.family_name))) = 0 then 'name-differs'
        else coalesce(worker_obstacle(w, moment), 'ok') end
    from (
      select x.id, x.unit_number, n.id as unit, lower(normalize(x.name)) as name, x.national_id_hash is not null as by_number,
        best.worker, best.people, best.places
      from order_upload_rows x
        left join units n on n.organisation_number = x.unit_number and n.business_id = business and n.closed_on is null
          and (in_units is null or n.id = any (in_units))
        left join lateral (
          select count(distinct c.person_id) as people, count(distinct c.unit_id) filter (where c.employed) as places,
            (array_agg(c.worker order by c.unit_id is not distinct from n.id desc, c.employed desc, c.employed_from desc,
              c.worker))[1] as worker
          from (
            select one.id as worker, one.unit_id, one.person_id, one.employed_from,
              coalesce(one.employed_to >= oslo_date(moment), true) as employed
            from (
              select by_number.* from workers by_number where by_number.business_id = business
                and by_number.person_id = (select p.id from persons p where p.national_id_hash = x.national_id_hash)
              union all
              select by_name.* from workers by_name where x.national_id_hash is null and by_name.business_id = business
                and by_name.birth_date = x.birth_date and lower(normalize(by_name.name)) = lower(normalize(x.name))) one
            where (in_units is null or one.unit_id = any (in_units)) and (named is null or one.id = any (named))) c) best on true
      where x.upload_id = asked and x.order_id is null and x.problem is null
        and (only_rows is null or x.position = any (only_rows)) offset 0) found
      left join workers w on w.id = found.worker
    where t.id = found.id;
  else
    perform pg_advisory_xact_lock(hashtextextended('look-up:' || under::text, 0));
    select count(*) into missed from worker_look_ups l where l.mandate_id = under and not l.hit
      and oslo_date(l.at) = oslo_date(moment);
    -- Each was a hit, and is not asked for again.
    update order_upload_rows t set verdict = 'ok', first_position = null
    where t.upload_id = asked and t.order_id is null and t.verdict = 'duplicate'
      and (only_rows is null or t.position = any (only_rows));
    update order_upload_rows t set verdict = 'needs-number'
    where t.upload_id = asked and t.order_id is null and t.problem is null and (t.verdict is null or t.verdict = 'not-asked')
      and (t.national_id_hash is null or t.family_name = '') and (only_rows is null or t.position = any (only_rows));
    with found as (
      select x.id, x.position, w.id as worker, w.unit_id, w.family_name
      from order_upload_rows x left join lateral (
        select one.* from persons p join workers one on one.person_id = p.id join units n on n.id = one.unit_id
        where p.national_id_hash = x.national_id_hash and one.business_id = business
          and (in_units is null or one.unit_id = any (in_units)) and (named is null or one.id = any (named))
          and (x.unit_number is null or n.organisation_number = x.unit_number)
          and lower(normalize(one.family_name)) = lower(normalize(x.family_name)) and worker_obstacle(one, moment) is null
        order by one.employed_from desc limit 1) w on true
      where x.upload_id = asked and x.order_id is null and x.problem is null and (x.verdict is null or x.verdict = 'not-asked')
        and (only_rows is null or x.position = any (only_rows))
    ), counted as materialized (
      select found.*, missed + count(*) filter (where worker is null)
        over (order by position rows between unbounded preceding and 1 preceding) as before from found
    ), noted as (
      insert into worker_look_ups (business_id, vendor_id, mandate_id, person_id, hit, at)
      select business, vendor, under, uploader, worker is not null, moment from counted where before < 20 order by position
    ), offered as (
      insert into worker_offers (business_id, vendor_id, mandate_id, worker_id, unit_id, source, name, offered_by, offered_at)
      select distinct on (worker) business, vendor, under, worker, unit_id, 'looked-up', family_name, uploader, moment
      from counted where before < 20 and worker is not null
      on conflict (mandate_id, worker_id) where used_at is null and withdrawn_at is null do nothing
    )
    update order_upload_rows t set first_position = null,
      worker_id = case when counted.before < 20 then counted.worker end,
      unit_id = case when counted.before < 20 then counted.unit_id end,
      verdict = case when counted.before >= 20 then 'not-asked' when counted.worker is null then 'ask-the-business' else 'ok' end
    from counted where t.id = counted.id;
  end if;

  update order_upload_rows t set verdict = 'duplicate', first_position = f.earliest
  from (
    select x.id, x.verdict, x.position, min(x.position) over (partition by w.person_id) as earliest
    from order_upload_rows x join workers w on w.id = x.worker_id
    where x.upload_id = asked and not x.left_out and x.verdict in ('ok', 'duplicate')) f
  where t.id = f.id and f.verdict = 'ok' and f.earliest < f.position and t.order_id is null;
  return true;
end $$;

grant create on schema public to kortvakt_context;
revoke execute on function judge_order_upload from public;
alter function judge_order_upload owner to kortvakt_context;
revoke create on schema public from kortvakt_context;
set role kortvakt_context;
grant execute on function judge_order_upload to kortvakt_request;
reset role;
