-- A photo or identity document takes the place of the one before on its line, and the one before is kept for its time: so how often that is
-- done is bounded.

create index identity_documents_by_worker on identity_documents (worker_id, uploaded_at);

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- How many photos and documents of one of the business's workers were sent in 24 hours, by whomever. Whoever asks holds the
-- order, of which a worker has one that is open, so that what each sends is counted for the next.
create function media_in_a_day(worker uuid) returns integer
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select ((select count(*) from photos p where p.worker_id = worker and p.business_id = context_business()
      and p.uploaded_at > context_now() - interval '24 hours')
    + (select count(*) from identity_documents d where d.worker_id = worker and d.business_id = context_business()
      and d.uploaded_at > context_now() - interval '24 hours'))::integer;
end;

revoke execute on function media_in_a_day from public;
grant execute on function media_in_a_day to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
