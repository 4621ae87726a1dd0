-- A vendor that another has taken over. A case officer says so, from the register; each customer is asked once whether it wants the
-- successor. Nothing is given by that: the mandate, the agreement and the quote come about as all others do.

create table vendor_mergers (
  id uuid primary key default uuidv7(),
  vendor_id uuid not null unique references vendor_profiles,   -- taken over; deleted in Enhetsregisteret
  successor_id uuid not null references vendor_profiles,
  merged_on date not null,
  source text not null check (source <> ''),                   -- where the case officer has it from
  recorded_at timestamptz not null,
  recorded_by uuid not null references persons,
  recorded_by_name text not null,
  told_at timestamptz,
  reminded_at timestamptz,
  check (vendor_id <> successor_id)
);
create index vendor_mergers_by_successor on vendor_mergers (successor_id);
create index vendor_mergers_to_remind on vendor_mergers (told_at) where reminded_at is null;
create table merger_answers (
  id uuid primary key default uuidv7(),
  merger_id uuid not null references vendor_mergers on delete cascade,
  business_id uuid not null references businesses,
  wants boolean not null,
  answered_at timestamptz not null,
  answered_by uuid not null references persons,
  answered_by_name text not null,
  unique (merger_id, business_id)
);
-- Read and written through the functions below alone.
do $$
declare
  t text;
begin
  foreach t in array array['vendor_mergers', 'merger_answers'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy resolves on %I to kortvakt_context using (true) with check (true)', t);
    execute format('grant select, insert, update on %I to kortvakt_context', t);
  end loop;
end $$;

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- Says which keeps it from being recorded, or `recorded`. Read twice, it is recorded once.
create function record_merger(taken_over uuid, successor uuid, day date, known_from text) returns text
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  fresh uuid;
begin
  if not context_is_staff('case-officer') then raise exception 'for case officers only' using errcode = 'insufficient_privilege'; end if;
  if taken_over = successor then return 'itself'; end if;
  if not exists (select from businesses b where b.id = taken_over and b.dissolved_on is not null) then return 'not-deleted'; end if;
  if not exists (select from vendor_profiles p join businesses b on b.id = p.vendor_id
    where p.vendor_id = successor and p.barred_at is null and not b.bankrupt and b.dissolved_on is null) then return 'closed-successor'; end if;
  insert into vendor_mergers (vendor_id, successor_id, merged_on, source, recorded_at, recorded_by, recorded_by_name)
  select taken_over, successor, day, known_from, context_now(), p.id, p.name from persons p where p.id = context_person()
  on conflict (vendor_id) do nothing returning id into fresh;
  return case when fresh is null then 'recorded-before' else 'recorded' end;
end $$;

-- What the business is asked, or has answered, with all that the old vendor had with it.
create function mergers_of_business() returns table (
  id uuid, vendor_id uuid, vendor_name text, successor_number text, successor_name text, merged_on date, mandate_id uuid,
  agreed_at timestamptz, fee_ore integer, wants boolean, answered_at timestamptz, answered_by_name text)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select g.id, g.vendor_id, v.name, s.organisation_number::text, s.name, g.merged_on, m.id, a.business_accepted_at, q.fee_ore,
    w.wants, w.answered_at, w.answered_by_name
  from vendor_mergers g join businesses v on v.id = g.vendor_id join businesses s on s.id = g.successor_id
    left join mandates m on m.business_id = context_business() and m.vendor_id = g.vendor_id and m.ended_at is null
    left join agreements a on a.id = m.agreement_id
    left join quotes q on q.id = m.quote_id
    left join merger_answers w on w.merger_id = g.id and w.business_id = context_business()
  where context_is_business_side() and context_is_officer() and (m.id is not null or w.merger_id is not null)
  order by g.id;
end;

-- An officer answers for the business: the first who does. False when somebody has, or when it is not asked.
create function answer_merger(merger uuid, yes boolean) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  insert into merger_answers (merger_id, business_id, wants, answered_at, answered_by, answered_by_name)
  select g.id, context_business(), yes, context_now(), p.id, p.name from vendor_mergers g join persons p on p.id = context_person()
  where g.id = merger and context_is_business_side() and context_is_officer()
    and exists (select from mandates m where m.business_id = context_business() and m.vendor_id = g.vendor_id and m.ended_at is null)
  on conflict do nothing;
  return found;
end $$;

-- What the successor's officers learn: whom it took over, and how many of the customers have answered what. No names: one that
-- says yes becomes its customer by giving a mandate, and is then known as all others are.
create function mergers_of_successor() returns table (id uuid, vendor_name text, merged_on date, yes integer, no integer, waiting integer)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select g.id, v.name, g.merged_on,
    (select count(*) from merger_answers w where w.merger_id = g.id and w.wants)::integer,
    (select count(*) from merger_answers w where w.merger_id = g.id and not w.wants)::integer,
    (select count(distinct m.business_id) from mandates m where m.vendor_id = g.vendor_id and m.ended_at is null
      and not exists (select from merger_answers w where w.merger_id = g.id and w.business_id = m.business_id))::integer
  from vendor_mergers g join businesses v on v.id = g.vendor_id
  where g.successor_id = context_business() and context_is_business_side() and context_has_right('access.manage')
  order by g.id;
end;

-- Whom a task asks, or reminds a fortnight later: each customer once, and none that has answered.
create function take_merger_notices(what text) returns table (
  business_id uuid, business_name text, organisation_number text, vendor_name text, successor_name text)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if not context_is_job() then raise exception 'for a task only' using errcode = 'insufficient_privilege'; end if;
  return query
    with taken as (
      update vendor_mergers g set told_at = case when what = 'asked' then context_now() else g.told_at end,
        reminded_at = case when what = 'reminded' then context_now() else g.reminded_at end
      where case what when 'asked' then g.told_at is null
        else g.reminded_at is null and g.told_at <= context_now() - interval '14 days' end
      returning g.id, g.vendor_id, g.successor_id)
    select b.id, b.name, b.organisation_number::text, v.name, s.name
    from taken t join businesses v on v.id = t.vendor_id join businesses s on s.id = t.successor_id
      join mandates m on m.vendor_id = t.vendor_id and m.ended_at is null join businesses b on b.id = m.business_id
    where not exists (select from merger_answers w where w.merger_id = t.id and w.business_id = m.business_id)
    group by b.id, v.id, s.id order by b.id;
end $$;

revoke execute on function record_merger, mergers_of_business, answer_merger, mergers_of_successor, take_merger_notices from public;
grant execute on function record_merger, mergers_of_business, answer_merger, mergers_of_successor, take_merger_notices to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
