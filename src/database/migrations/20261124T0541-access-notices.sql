-- A business whose vendor's access changes has the vendor's officers told: a notice to a vendor that it gives, or gave, a
-- mandate to. Everything else about notices stays as it was.
create policy caused_for_own_vendor on notices for insert to kortvakt_request
  with check (context_is_business_side() and context_has_right('access.manage')
    and exists (select from mandates where mandates.business_id = context_business() and mandates.vendor_id = notices.business_id));
