-- Who had which right when: what its pages and the answer about one day read.

create index mandate_assignments_history on mandate_assignments (business_id, assigned_at);
create index mandate_assignments_ended on mandate_assignments (business_id, ended_at) where ended_at is not null;
create index freezes_history on freezes (business_id, frozen_at);
create index mandates_of_vendor on mandates (business_id, vendor_id) where vendor_id is not null;
create index mandates_of_person on mandates (business_id, person_id) where person_id is not null;

-- What vendors tried to do without the right to.
create index audit_entries_refused on audit_entries (business_id, vendor_id, recorded_at)
  where decision = 'refused' and vendor_id is not null;

grant create on schema public to kortvakt_context;
set role kortvakt_context;
-- When the authority had a vendor of the asker's barred: not why, which is told to the vendor.
create function bars_of_vendor(vendor uuid) returns table (barred_at timestamptz, lifted_at timestamptz)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select b.barred_at, b.lifted_at from vendor_bars b
  where b.vendor_id = vendor and context_is_business_side() and context_has_right('access.manage')
    and exists (select from mandates m where m.business_id = context_business() and m.vendor_id = vendor)
  order by b.barred_at;
end;
revoke execute on function bars_of_vendor from public;
grant execute on function bars_of_vendor to kortvakt_request;
reset role;
revoke create on schema public from kortvakt_context;
