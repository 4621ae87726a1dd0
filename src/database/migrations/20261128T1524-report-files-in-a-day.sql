-- Anybody may send files with a report, without a login and from as many addresses as they have, until the disk is full. So in all there is
-- room for so many bytes in 24 hours; a report without files is always taken.

create index vendor_reports_by_time on vendor_reports (received_at);
grant select (report_id, bytes) on vendor_report_files to kortvakt_context;
create policy counted on vendor_report_files for select to kortvakt_context using (true);

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- As before, and null, with nothing kept, where its files would be more than there is room for.
drop function report_vendor;
create function report_vendor(about text, page_address text, report text, email text, language text, file_ids uuid[], file_names text[],
  media_types text[], contents bytea[], digests bytea[], sizes integer[], room bigint) returns uuid
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  new_id uuid := uuidv7();
begin
  if cardinality(file_ids) > 3 then raise exception 'three files at most' using errcode = 'check_violation'; end if;
  -- One after the other, so that what each sends is counted for the next.
  if cardinality(file_ids) > 0 then perform pg_advisory_xact_lock(hashtextextended('report-files', 0)); end if;
  if cardinality(file_ids) > 0 and (select sum(size) from unnest(sizes) size) + (
      select coalesce(sum(f.bytes), 0) from vendor_report_files f join vendor_reports r on r.id = f.report_id
      where r.received_at > context_now() - interval '24 hours') > room then
    return null;
  end if;
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
