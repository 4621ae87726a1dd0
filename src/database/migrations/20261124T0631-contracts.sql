-- Agreements and quotes are read by those who manage access, on either side. Others know what they need from elsewhere:
-- an order keeps its fee, and whoever acts for a vendor has the fee in the facts of the mandate.
drop policy both_sides on agreements;
create policy managed_by_both_sides on agreements for select to kortvakt_request
  using ((business_id = context_business() or vendor_id = context_business()) and context_is_business_side()
    and context_has_right('access.manage'));
drop policy both_sides on quotes;
create policy managed_by_both_sides on quotes for select to kortvakt_request
  using ((business_id = context_business() or vendor_id = context_business()) and context_is_business_side()
    and context_has_right('access.manage'));
