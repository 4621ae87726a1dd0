-- Where the database let through what the decision refuses.

-- Permissive policies are joined by "or", their checks too: whoever could take an order back (a vendor, or someone who may
-- only prepare) could also write it as approved by themselves.
create policy approved_with_right on orders as restrictive for update to kortvakt_request using (true)
  with check (state <> 'placed' or (context_is_business_side() and context_has_right('orders.approve')));
-- In the same way, whoever changes contact details could pass for the task that reads the register, and so leave out who
-- confirmed them, or move them to another business.
drop policy job_update on contact_details;
create policy job_update on contact_details for update to kortvakt_request
  using (context_is_job() and source = 'register') with check (context_is_job() and source = 'register');
-- A vendor with some units used up offers in the others.
drop policy used_by on worker_offers;
create policy used_by on worker_offers for update to kortvakt_request
  using (business_id = context_business() and mandate_id = context_mandate() and context_is_vendor()
    and context_covers_unit(unit_id) and used_at is null and withdrawn_at is null)
  with check (mandate_id = context_mandate() and used_at is not null and withdrawn_at is null);
