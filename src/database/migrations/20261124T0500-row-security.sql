-- Row-level security: with no context nothing is visible; every policy compares columns with the context.

-- What kortvakt_context may touch, table by table.
grant select on clock, persons, sessions, businesses, units, officers, vendor_profiles, vendor_members, agreements, quotes,
  mandates, mandate_assignments, invitations, workers, worker_look_ups, worker_offers, cards, login_attempts to kortvakt_context;
grant insert, update on persons, sessions to kortvakt_context;
grant insert, delete on login_attempts to kortvakt_context;
grant update on mandates, mandate_assignments, invitations, worker_offers to kortvakt_context;
grant insert on worker_look_ups, worker_offers to kortvakt_context;

do $$
declare
  t text;
begin
  foreach t in array array['persons', 'login_attempts', 'sessions', 'businesses', 'units', 'officers', 'vendor_profiles',
    'vendor_members', 'agreements', 'quotes', 'mandates', 'mandate_assignments', 'drafts', 'invitations', 'contact_details',
    'contact_changes', 'notices', 'notice_deliveries', 'workers', 'photos', 'worker_offers', 'worker_look_ups', 'orders',
    'order_lines', 'card_batches', 'cards', 'audit_entries', 'audit_details', 'audit_chain', 'disclosures'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
  end loop;
  foreach t in array array['persons', 'login_attempts', 'sessions', 'businesses', 'units', 'officers', 'vendor_profiles',
    'vendor_members', 'agreements', 'quotes', 'mandates', 'mandate_assignments', 'invitations', 'workers', 'worker_look_ups',
    'worker_offers', 'cards'] loop
    execute format('create policy resolves on %I to kortvakt_context using (true) with check (true)', t);
  end loop;
end $$;

grant select on price_list, vat_rates to kortvakt_request;

-- People and sessions: oneself; the tasks that read registers write people.
grant select, insert, update on persons to kortvakt_request;
create policy oneself on persons for select to kortvakt_request using (id = context_person());
create policy job on persons to kortvakt_request using (context_is_job()) with check (context_is_job());
grant select on sessions to kortvakt_request;
create policy oneself on sessions for select to kortvakt_request using (person_id = context_person());

-- Register facts are public; only the tasks that read the registers write them.
grant select, insert, update on businesses, units, officers to kortvakt_request;
create policy public_register on businesses for select to kortvakt_request using (context_capacity() is not null);
create policy job on businesses to kortvakt_request using (context_is_job()) with check (context_is_job());
create policy public_register on units for select to kortvakt_request using (context_capacity() is not null);
create policy job on units to kortvakt_request using (context_is_job()) with check (context_is_job());
create policy own_business on officers for select to kortvakt_request
  using ((business_id = context_business() and context_is_business_side()) or person_id = context_person());
create policy job on officers to kortvakt_request using (context_is_job()) with check (context_is_job());

-- Vendors: the profile is public; the vendor's officers write it, and never lift a bar.
grant select, insert on vendor_profiles to kortvakt_request;
grant update (fee_ore, agreement_version, agreement_sha256, accepted_by, accepted_by_name, accepted_at) on vendor_profiles to kortvakt_request;
create policy published on vendor_profiles for select to kortvakt_request using (context_capacity() is not null);
create policy own_insert on vendor_profiles for insert to kortvakt_request
  with check (vendor_id = context_business() and context_is_officer() and accepted_by = context_person() and barred_at is null);
create policy own_update on vendor_profiles for update to kortvakt_request
  using (vendor_id = context_business() and context_is_officer()) with check (vendor_id = context_business());
grant select, insert on vendor_members to kortvakt_request;
grant update (ended_at, ended_by) on vendor_members to kortvakt_request;
create policy own on vendor_members to kortvakt_request
  using (vendor_id = context_business() and (context_is_officer() or (context_is_business_side() and context_has_right('access.manage'))))
  with check (vendor_id = context_business() and (context_is_officer() or (context_is_business_side() and context_has_right('access.manage'))));

-- Agreements and quotes: both sides read; an officer of the business accepts what an officer of the vendor stands by.
-- What has ended stays ended.
grant select, insert on agreements, quotes to kortvakt_request;
grant update (ended_at, ended_by) on agreements to kortvakt_request;
create policy both_sides on agreements for select to kortvakt_request
  using ((business_id = context_business() and context_is_business_side())
    or (vendor_id = context_business() and context_is_business_side()) or (business_id = context_business() and vendor_id = context_vendor()));
create policy officers_sign on agreements for insert to kortvakt_request
  with check (business_id = context_business() and context_is_officer() and business_accepted_by = context_person()
    and ended_at is null and exists (select from vendor_profiles p where p.vendor_id = agreements.vendor_id
      and p.barred_at is null and p.agreement_sha256 = document_sha256 and p.accepted_by = vendor_accepted_by));
create policy officers_end on agreements for update to kortvakt_request
  using ((business_id = context_business() or vendor_id = context_business()) and context_is_officer() and ended_at is null)
  with check ((business_id = context_business() or vendor_id = context_business()) and context_is_officer()
    and ended_at is not null and ended_by = context_person());
create policy both_sides on quotes for select to kortvakt_request
  using ((business_id = context_business() and context_is_business_side())
    or (vendor_id = context_business() and context_is_business_side()) or (business_id = context_business() and vendor_id = context_vendor()));
create policy officers_accept on quotes for insert to kortvakt_request
  with check (business_id = context_business() and context_is_officer() and accepted_by = context_person());

-- Mandates: the business's side manages them; the vendor's officers see theirs; a holder sees one's own. The login that
-- approves one is this session's, and a mandate that has ended stays ended.
grant select, insert on mandates to kortvakt_request;
grant update (ended_at, ended_by, ended_by_name, end_reason, suspended_at, suspended_reason) on mandates to kortvakt_request;
create policy managed_read on mandates for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy managed_insert on mandates for insert to kortvakt_request
  with check (business_id = context_business() and context_is_business_side() and context_has_right('access.manage')
    and approved_by = context_person() and approved_acr = context_setting('acr')
    and approved_auth_time <= context_setting('auth_time')::timestamptz and context_is_now(approved_at)
    and context_may_give(rights::text[], units) and ended_at is null);
create policy managed_update on mandates for update to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage')
    and ended_at is null)
  with check (business_id = context_business() and (ended_at is null or ended_by = context_person()));
create policy held on mandates for select to kortvakt_request
  using (person_id = context_person() or id = context_mandate());
create policy held_by_vendor on mandates for select to kortvakt_request
  using (vendor_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy job_reads on mandates for select to kortvakt_request using (context_is_job());
create policy job_stops on mandates for update to kortvakt_request using (context_is_job() and ended_at is null)
  with check (context_is_job());

grant select, insert on mandate_assignments to kortvakt_request;
grant update (ended_at) on mandate_assignments to kortvakt_request;
create policy vendors_own on mandate_assignments to kortvakt_request
  using (vendor_id = context_business() and context_is_business_side() and context_has_right('access.manage'))
  with check (vendor_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy assigned_by_oneself on mandate_assignments as restrictive for insert to kortvakt_request
  with check (assigned_by = context_person());
create policy customer_reads on mandate_assignments for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage'));

grant select, insert on drafts to kortvakt_request;
grant update (used_at) on drafts to kortvakt_request;
create policy own on drafts to kortvakt_request
  using (person_id = context_person() and business_id = context_business() and context_is_business_side())
  with check (person_id = context_person() and business_id = context_business() and context_is_business_side());

grant select, insert on invitations to kortvakt_request;
grant update (settled_at, outcome) on invitations to kortvakt_request;
create policy managed on invitations to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage'))
  with check (business_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
-- Nobody answers an invitation in another's place: only `invitation_accept` writes who did.
create policy unanswered on invitations as restrictive for insert to kortvakt_request
  with check (invited_by = context_person() and accepted_by is null and accepted_at is null and settled_at is null);

-- Contact details: the business's own people read; contact.change writes; a vendor never, whatever its mandate.
grant select, insert, update on contact_details to kortvakt_request;
create policy own_read on contact_details for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side());
create policy own_update on contact_details for update to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('contact.change'))
  with check (business_id = context_business() and confirmed_by = context_person() and context_is_now(confirmed_at));
create policy job_reads on contact_details for select to kortvakt_request using (context_is_job());
create policy job_insert on contact_details for insert to kortvakt_request
  with check (context_is_job() and source = 'register');
create policy job_update on contact_details for update to kortvakt_request
  using (context_is_job() and source = 'register') with check (source = 'register');
grant select, insert on contact_changes to kortvakt_request;
create policy own_read on contact_changes for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side());
create policy own_insert on contact_changes for insert to kortvakt_request
  with check (business_id = context_business() and context_is_business_side() and context_has_right('contact.change')
    and changed_by = context_person() and context_is_now(changed_at));

-- Notices: any action of the business's context causes them; only the tasks read and deliver them.
grant select, insert on notices to kortvakt_request;
grant select, insert, update on notice_deliveries to kortvakt_request;
create policy caused on notices for insert to kortvakt_request
  with check (context_is_job() or business_id = context_business() or context_person() is not null and business_id is null);
create policy job on notices for select to kortvakt_request using (context_is_job());
create policy job on notice_deliveries to kortvakt_request using (context_is_job()) with check (context_is_job());

-- Workers: the list is for those with workers.read, in their units; a vendor without it sees only what it was offered.
grant select, insert, update on workers to kortvakt_request;
create policy listed on workers for select to kortvakt_request
  using (business_id = context_business() and context_has_right('workers.read') and context_covers_unit(unit_id));
create policy oneself on workers for select to kortvakt_request using (person_id = context_person());
create policy job on workers to kortvakt_request using (context_is_job()) with check (context_is_job());

grant select, insert on photos to kortvakt_request;
create policy ordered on photos for select to kortvakt_request
  using (business_id = context_business() and context_covers_unit(unit_id)
    and (context_has_right('orders.read') or context_has_right('orders.place') or context_has_right('orders.prepare'))
    and (context_is_business_side() or (context_is_vendor() and vendor_id = context_vendor())));
create policy uploaded on photos for insert to kortvakt_request
  with check (business_id = context_business() and context_covers_unit(unit_id) and (context_has_right('orders.place') or context_has_right('orders.prepare'))
    and vendor_id is not distinct from context_vendor() and uploaded_by = context_person());
create policy job on photos for select to kortvakt_request using (context_is_job());

grant select, insert on worker_offers to kortvakt_request;
grant update (used_at, withdrawn_at) on worker_offers to kortvakt_request;
create policy offering_side on worker_offers to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('workers.read')
    and context_covers_unit(unit_id))
  with check (business_id = context_business() and context_is_business_side() and context_has_right('workers.read')
    and context_covers_unit(unit_id));
create policy offered_to on worker_offers for select to kortvakt_request
  using (business_id = context_business() and mandate_id = context_mandate() and context_is_vendor() and context_covers_unit(unit_id));
create policy used_by on worker_offers for update to kortvakt_request
  using (business_id = context_business() and mandate_id = context_mandate() and context_is_vendor()
    and used_at is null and withdrawn_at is null)
  with check (mandate_id = context_mandate() and used_at is not null and withdrawn_at is null);
grant select on worker_look_ups to kortvakt_request;
create policy shown_to_business on worker_look_ups for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side());

-- Orders and cards: a vendor reaches its own only.
grant select, insert on orders to kortvakt_request;
grant update (state) on orders to kortvakt_request;
create policy readable on orders for select to kortvakt_request
  using (business_id = context_business() and context_covers_unit(unit_id) and (
    context_has_right('orders.read') or context_has_right('orders.place') or context_has_right('orders.prepare') or context_has_right('orders.approve'))
    and (context_is_business_side() or (context_is_vendor() and vendor_id = context_vendor())));
create policy placed on orders for insert to kortvakt_request
  with check (business_id = context_business() and context_covers_unit(unit_id) and placed_by = context_person()
    and vendor_id is not distinct from context_vendor() and mandate_id is not distinct from context_mandate()
    and (context_has_right('orders.place') or (context_has_right('orders.prepare') and state = 'awaiting-approval')));
create policy job on orders for select to kortvakt_request using (context_is_job());

grant select, insert on order_lines to kortvakt_request;
grant update (state, changed_at, photo_id) on order_lines to kortvakt_request;
create policy readable on order_lines for select to kortvakt_request
  using (business_id = context_business() and context_covers_unit(unit_id) and (
    context_has_right('orders.read') or context_has_right('orders.place') or context_has_right('orders.prepare') or context_has_right('orders.approve'))
    and (context_is_business_side() or (context_is_vendor() and vendor_id = context_vendor())));
create policy placed on order_lines for insert to kortvakt_request
  with check (business_id = context_business() and context_covers_unit(unit_id) and vendor_id is not distinct from context_vendor()
    and (context_has_right('orders.place') or (context_has_right('orders.prepare') and state = 'awaiting-approval')));
create policy moved on order_lines for update to kortvakt_request
  using (business_id = context_business() and context_covers_unit(unit_id) and (
    (context_is_business_side() and (context_has_right('orders.place') or context_has_right('orders.approve')))
    or (context_is_vendor() and vendor_id = context_vendor() and context_has_right('orders.place'))));
create policy job on order_lines to kortvakt_request using (context_is_job()) with check (context_is_job());

grant select, insert, update on card_batches to kortvakt_request;
create policy job on card_batches to kortvakt_request using (context_is_job()) with check (context_is_job());
grant select, insert on cards to kortvakt_request;
grant update (production, suspended_reason, blocked_at, blocked_reason, blocked_by) on cards to kortvakt_request;
create policy readable on cards for select to kortvakt_request
  using (business_id = context_business() and context_has_right('cards.read')
    and (context_is_business_side() or (context_is_vendor() and vendor_id = context_vendor())));
create policy blocked on cards for update to kortvakt_request
  using (business_id = context_business() and context_has_right('cards.block')
    and (context_is_business_side() or (context_is_vendor() and vendor_id = context_vendor())));
create policy job on cards to kortvakt_request using (context_is_job()) with check (context_is_job());

-- Audit: append and read. Nobody holds update or delete.
grant select, insert on audit_entries, audit_details to kortvakt_request;
create policy appended on audit_entries for insert to kortvakt_request
  with check (capacity = context_capacity() and transaction_id = pg_current_xact_id() and context_is_now(recorded_at)
    and (context_is_job() and actor_job = context_setting('job') and actor_person_id is null
      or not context_is_job() and actor_job is null and actor_person_id is not distinct from context_person()));
create policy managed on audit_entries for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy job on audit_entries for select to kortvakt_request using (context_is_job());
create policy appended on audit_details for insert to kortvakt_request with check (context_capacity() is not null);
create policy managed on audit_details for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy job on audit_details for select to kortvakt_request using (context_is_job());
grant select, insert on audit_chain to kortvakt_request;
create policy job on audit_chain to kortvakt_request using (context_is_job()) with check (context_is_job());

grant select, insert on disclosures to kortvakt_request;
create policy recorded on disclosures for insert to kortvakt_request with check (viewer_person_id = context_person()
  and business_id = context_business() and vendor_id is not distinct from context_vendor());
create policy seen_by_business on disclosures for select to kortvakt_request
  using (business_id = context_business() and context_is_business_side() and context_has_right('access.manage'));
create policy seen_by_subject on disclosures for select to kortvakt_request using (subject_person_id = context_person());
