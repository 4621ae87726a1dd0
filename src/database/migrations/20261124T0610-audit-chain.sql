-- What is not chained yet. A row appears with its entry's commit, so a late commit is found whenever it comes, and finding
-- what there is to do never reads the log itself. A row taken away from here by hand is found by `audit:verify`.
create table audit_unchained (
  entry_id uuid primary key
);
alter table audit_unchained enable row level security;
alter table audit_unchained force row level security;
grant insert on audit_unchained to kortvakt_context;
create policy noted on audit_unchained for insert to kortvakt_context with check (true);
grant select, delete on audit_unchained to kortvakt_request;
create policy chained on audit_unchained to kortvakt_request
  using (context_is_job() and context_setting('job') = 'audit.chain');

create function audit_note_unchained() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into audit_unchained values (new.id);
  return null;
end $$;
create trigger note_unchained after insert on audit_entries for each row execute function audit_note_unchained();
grant create on schema public to kortvakt_context;
alter function audit_note_unchained() owner to kortvakt_context;
revoke create on schema public from kortvakt_context;

-- Written in the order of the chaining itself: what a checkpoint has not seen yet has a higher number than what it has.
alter table audit_chain add column sequence bigint not null generated always as identity unique;

drop policy job on audit_chain;
create policy read_by_jobs on audit_chain for select to kortvakt_request using (context_is_job());
create policy chained on audit_chain for insert to kortvakt_request
  with check (context_is_job() and context_setting('job') = 'audit.chain');
