-- What anybody may learn of vendors, as numbers alone, and what anybody reports of one, or of a page that looks like ours.

create index orders_by_vendor on orders (vendor_id, placed_at) where vendor_id is not null;
create index quotes_by_vendor on quotes (vendor_id, accepted_at);
create index media_verdicts_by_vendor on media_verdicts (vendor_id, decided_at) where vendor_id is not null;
create index audit_entries_refused_to_vendor on audit_entries (vendor_id, recorded_at)
  where decision = 'refused' and vendor_id is not null;
grant select on audit_entries to kortvakt_context;
create policy counts_refusals on audit_entries for select to kortvakt_context
  using (decision = 'refused' and vendor_id is not null);

create table vendor_reports (
  id uuid primary key default uuidv7(),
  about text not null check (length(about) between 1 and 200),
  page_address text check (length(page_address) <= 300),
  text text not null check (length(text) between 1 and 2000),
  email text check (length(email) <= 200),       -- until it has been answered
  wants_answer boolean not null,
  language text not null check (language in ('nb', 'en')),
  received_at timestamptz not null,
  state text not null default 'new' check (state in ('new', 'working', 'answered')),
  taken_by uuid references persons,
  taken_by_name text,
  taken_at timestamptz,
  answer text check (length(answer) between 1 and 300),
  answered_by uuid references persons,
  answered_by_name text,
  answered_at timestamptz,
  told_at timestamptz,
  check (wants_answer or email is null),
  check ((state = 'new') = (taken_at is null)),
  check ((state = 'answered') = (answered_at is not null) and (answered_at is null) = (answer is null))
);
create index vendor_reports_open on vendor_reports (id) where state <> 'answered';

create table vendor_report_notes (
  id uuid primary key default uuidv7(),
  report_id uuid not null references vendor_reports,
  text text not null check (length(text) between 1 and 1000),
  written_by uuid not null references persons,
  written_by_name text not null,
  written_at timestamptz not null
);
create index vendor_report_notes_by_report on vendor_report_notes (report_id);

do $$
declare
  t text;
begin
  foreach t in array array['vendor_reports', 'vendor_report_notes'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
  end loop;
end $$;
grant insert on vendor_reports to kortvakt_context;
create policy takes on vendor_reports for insert to kortvakt_context with check (state = 'new');

-- Case officers see them and answer once; a task sends the answer and forgets the address.
grant select on vendor_reports, vendor_report_notes to kortvakt_request;
grant update (state, taken_by, taken_by_name, taken_at, answer, answered_by, answered_by_name, answered_at, email, told_at)
  on vendor_reports to kortvakt_request;
grant insert on vendor_report_notes to kortvakt_request;
create policy overseen on vendor_reports for select to kortvakt_request using (context_is_staff('case-officer'));
create policy handled on vendor_reports for update to kortvakt_request
  using (context_is_staff('case-officer') and state <> 'answered') with check (context_is_staff('case-officer') and told_at is null);
create policy job_reads on vendor_reports for select to kortvakt_request using (context_is_job());
create policy job_answers on vendor_reports for update to kortvakt_request
  using (context_is_job() and state = 'answered') with check (context_is_job() and state = 'answered' and email is null);
create policy overseen on vendor_report_notes for select to kortvakt_request using (context_is_staff('case-officer'));
create policy noted on vendor_report_notes for insert to kortvakt_request
  with check (context_is_staff('case-officer') and written_by = context_person());

grant create on schema public to kortvakt_context;

-- Whoever reports may add the report, and read nothing back but its id.
create function report_vendor(about text, page_address text, report text, email text, language text) returns uuid
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  new_id uuid := uuidv7();
begin
  insert into vendor_reports (id, about, page_address, text, email, wants_answer, language, received_at)
  values (new_id, about, page_address, report, email, email is not null, language, context_now());
  return new_id;
end $$;

-- Vendors that anybody may choose, a page at a time: what the register says and numbers, of which those that count fewer
-- than ten of anything are left out here, so that nobody else has to see to it.
create function vendor_directory(search text, sort text, size integer, skip integer) returns table (
  organisation_number text, name text, form text, vat_registered boolean, registered_at timestamptz, fee_ore integer, customers integer,
  orders integer, median_days numeric, rejected_percent numeric, fee_least integer, fee_median numeric, fee_most integer,
  refused integer, total integer)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  with page as materialized (
    select p.vendor_id, b.organisation_number::text as number, b.name, b.form, b.vat_registered, p.registered_at, p.fee_ore,
      count(*) over ()::integer as total,
      row_number() over (order by case when sort = 'fee' then p.fee_ore end, lower(b.name), b.id) as place
    from vendor_profiles p join businesses b on b.id = p.vendor_id
    where p.barred_at is null and not b.bankrupt and b.dissolved_on is null
      and (b.organisation_number = replace(search, ' ', '') or position(lower(search) in lower(b.name)) > 0)
    order by place limit size offset skip)
  select page.number, page.name, page.form, page.vat_registered, page.registered_at, page.fee_ore,
    case when c.n >= 10 then c.n end, case when o.n >= 10 then o.n end,
    case when s.n >= 10 then s.median::numeric end, case when v.n >= 10 then v.percent end,
    case when q.n >= 10 then q.least end, case when q.n >= 10 then q.median::numeric end, case when q.n >= 10 then q.most end,
    case when r.n >= 10 then r.n end, page.total
  from page
    cross join lateral (select count(distinct m.business_id)::integer as n from mandates m
      where m.vendor_id = page.vendor_id and m.ended_at is null) c
    cross join lateral (select count(*)::integer as n from orders o
      where o.vendor_id = page.vendor_id and o.state = 'placed' and o.placed_at > clock_now() - interval '12 months') o
    cross join lateral (select count(*) as n,
        percentile_cont(0.5) within group (order by extract(epoch from l.changed_at - coalesce(o.approved_at, o.placed_at)) / 86400) as median
      from order_lines l join orders o on o.id = l.order_id
      where l.vendor_id = page.vendor_id and l.state = 'shipped') s
    cross join lateral (select count(*) as n, round(100.0 * count(*) filter (where not v.accepted) / nullif(count(*), 0)) as percent
      from media_verdicts v
      where v.vendor_id = page.vendor_id and v.photo_id is not null and v.decided_at > clock_now() - interval '12 months') v
    cross join lateral (select count(*) as n, min(q.fee_ore) as least, max(q.fee_ore) as most,
        percentile_cont(0.5) within group (order by q.fee_ore) as median
      from quotes q where q.vendor_id = page.vendor_id and q.accepted_at > clock_now() - interval '12 months') q
    cross join lateral (select count(*)::integer as n from audit_entries a
      where a.vendor_id = page.vendor_id and a.decision = 'refused' and a.recorded_at > clock_now() - interval '90 days'
        and a.rule in ('never-for-vendor', 'right-not-given', 'other-unit', 'other-worker', 'not-the-vendors-own')) r
  order by page.place;
end;

revoke execute on function report_vendor, vendor_directory from public;
alter function report_vendor owner to kortvakt_context;
alter function vendor_directory owner to kortvakt_context;
revoke create on schema public from kortvakt_context;
set role kortvakt_context;
grant execute on function report_vendor to kortvakt_request;
grant execute on function vendor_directory to kortvakt_check;
reset role;
