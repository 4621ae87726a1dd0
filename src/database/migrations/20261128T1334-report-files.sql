-- Files with a report: sent by whoever reports, seen by case officers, gone with the report. And the pages that look like ours.

alter table vendor_report_notes drop constraint vendor_report_notes_report_id_fkey,
  add constraint vendor_report_notes_report_id_fkey foreign key (report_id) references vendor_reports on delete cascade;
create table vendor_report_files (
  id uuid primary key,
  report_id uuid not null references vendor_reports on delete cascade,
  file_name text not null check (length(file_name) between 1 and 150),
  media_type text not null check (media_type in ('application/pdf', 'image/jpeg')),
  content bytea not null,                       -- encrypted
  sha256 sha256 not null,                       -- of what was encrypted
  bytes integer not null check (bytes > 0)
);
create index vendor_report_files_by_report on vendor_report_files (report_id, id);
alter table vendor_report_files enable row level security;
alter table vendor_report_files force row level security;
grant insert on vendor_report_files to kortvakt_context;
create policy takes on vendor_report_files for insert to kortvakt_context with check (true);
grant select on vendor_report_files to kortvakt_request;
create policy overseen on vendor_report_files for select to kortvakt_request using (context_is_staff('case-officer'));

-- Two years after its answer a report goes, with its notes and its files.
grant delete on vendor_reports to kortvakt_request;
create policy job_deletes on vendor_reports for delete to kortvakt_request
  using (context_is_job() and state = 'answered' and answered_at < context_now() - interval '2 years');

-- Kept by case officers, from what is reported; shown to anybody.
create table look_alikes (
  domain text primary key check (domain ~ '^[a-z0-9-]+(\.[a-z0-9-]+)+$' and length(domain) <= 253),
  listed_at timestamptz not null,
  listed_by uuid not null references persons,
  listed_by_name text not null
);
alter table look_alikes enable row level security;
alter table look_alikes force row level security;
grant select, insert, delete on look_alikes to kortvakt_request;
create policy public on look_alikes for select to kortvakt_request using (context_capacity() is not null);
create policy listed on look_alikes for insert to kortvakt_request
  with check (context_is_staff('case-officer') and listed_by = context_person() and context_is_now(listed_at));
create policy taken_out on look_alikes for delete to kortvakt_request using (context_is_staff('case-officer'));

grant create on schema public to kortvakt_context;
set role kortvakt_context;
drop function report_vendor;

-- Whoever reports may add the report and at most three files, and reads nothing back but its id.
create function report_vendor(about text, page_address text, report text, email text, language text, file_ids uuid[], file_names text[],
  media_types text[], contents bytea[], digests bytea[], sizes integer[]) returns uuid
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  new_id uuid := uuidv7();
begin
  if cardinality(file_ids) > 3 then raise exception 'three files at most' using errcode = 'check_violation'; end if;
  insert into vendor_reports (id, about, page_address, text, email, wants_answer, language, received_at)
  values (new_id, about, page_address, report, email, email is not null, language, context_now());
  insert into vendor_report_files (id, report_id, file_name, media_type, content, sha256, bytes)
  select f.id, new_id, f.name, f.type, f.content, f.digest, f.size
  from unnest(file_ids, file_names, media_types, contents, digests, sizes) as f (id, name, type, content, digest, size);
  return new_id;
end $$;
revoke execute on function report_vendor from public;
grant execute on function report_vendor to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
