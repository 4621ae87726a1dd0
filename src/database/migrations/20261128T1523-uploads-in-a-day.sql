-- How much is sent is bounded, since it takes room on the disk: files of orders and archives of photos, of the business itself and of each
-- vendor for it.

create index order_uploads_by_business on order_uploads (business_id, uploaded_at);
create index photo_archives_by_business on photo_archives (business_id, uploaded_at);

grant create on schema public to kortvakt_context;
set role kortvakt_context;

-- How many the business itself, or the vendor that acts for it, has sent in 24 hours. Whoever asks at the same time waits, so that what
-- each sends is counted for the next.
create function uploads_in_a_day() returns integer
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(format('uploads:%s:%s', context_business(), context_vendor()), 0));
  return (select count(*) from order_uploads u where u.business_id = context_business()
      and u.vendor_id is not distinct from context_vendor() and u.uploaded_at > context_now() - interval '24 hours')
    + (select count(*) from photo_archives a where a.business_id = context_business()
      and a.vendor_id is not distinct from context_vendor() and a.uploaded_at > context_now() - interval '24 hours');
end $$;

revoke execute on function uploads_in_a_day from public;
grant execute on function uploads_in_a_day to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
