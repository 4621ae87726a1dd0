-- The PDFs that a business sends take room on the disk as well: answers to the authority, agreements signed elsewhere, vendors' invoices.

grant select (business_id, recorded_at, file_name) on vendor_invoices to kortvakt_context;
create policy counted on vendor_invoices for select to kortvakt_context using (business_id = context_business());
create index message_attachments_by_business on message_attachments (business_id, attached_at);

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- How many the business has sent in 24 hours. Whoever asks at the same time waits, so that what each sends is counted for the next.
create function files_in_a_day() returns integer
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(format('files:%s', context_business()), 0));
  return (select count(*) from message_attachments a join messages m on m.id = a.message_id
      where a.business_id = context_business() and m.side = 'business' and a.attached_at > context_now() - interval '24 hours')
    + (select count(*) from recorded_agreements r
      where r.business_id = context_business() and r.uploaded_at > context_now() - interval '24 hours')
    + (select count(*) from vendor_invoices i
      where i.business_id = context_business() and i.file_name is not null and i.recorded_at > context_now() - interval '24 hours');
end $$;

revoke execute on function files_in_a_day from public;
grant execute on function files_in_a_day to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
