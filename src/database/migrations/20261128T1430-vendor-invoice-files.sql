-- A vendor's invoice may name people: its file is kept encrypted, as a recorded agreement's and a report's is. Files of before are
-- encrypted by a task, since the database has no key.
alter table vendor_invoices add column file_encrypted boolean not null default false;
alter policy officers_record on vendor_invoices
  with check (business_id = context_business() and context_is_officer() and recorded_by = context_person() and context_is_now(recorded_at)
    and file_encrypted = (file is not null));
grant update (file, file_encrypted) on vendor_invoices to kortvakt_request;
create policy job_reads on vendor_invoices for select to kortvakt_request using (context_is_job() and file is not null);
create policy job_encrypts on vendor_invoices for update to kortvakt_request
  using (context_is_job() and file is not null and not file_encrypted) with check (context_is_job() and file is not null and file_encrypted);
create index vendor_invoices_to_encrypt on vendor_invoices (id) where file is not null and not file_encrypted;
