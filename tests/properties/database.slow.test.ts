import { type Fault, testDatabase, testFaultyFacts, testFaultyReach } from './database.ts';

testDatabase(200_000);

/** The function's source with a change of its text, as a statement. */
const changed = (name: string, from: string, to: string) => `
  do $do$
  declare
    source text := pg_get_functiondef('${name}'::regproc);
  begin
    if position($from$${from}$from$ in source) = 0 then raise exception 'not in ${name}'; end if;
    execute replace(source, $from$${from}$from$, $to$${to}$to$);
  end $do$`;

// Would the tests above notice? Each of these is one mistake that somebody could make in a migration.
testFaultyFacts({
  'a freeze stops nothing': changed(
    'facts_in_force',
    `facts ->> 'frozenAt'::text`,
    `facts ->> 'frozen'::text`,
  ),
  'a mandate begins too early': changed('facts_in_force', `<= at`, `<= (at + interval '1 hour')`),
  'a mandate is still in force when its period ends': changed(
    'facts_in_force',
    `at < ((facts ->> 'endsAt'`,
    `at <= ((facts ->> 'endsAt'`,
  ),
  'what was to be confirmed stays': changed(
    'facts_in_force',
    `facts ->> 'confirmBy'::text) IS NULL`,
    `facts ->> 'confirmBy'::text) IS NOT NULL`,
  ),
  'whoever has left is still employed': changed(
    'is_employed',
    '(workers.employed_to >= oslo_date(is_employed.at))',
    'true',
  ),
  'an employee of a vendor is not the vendor': changed(
    'vendors_tied_to',
    'workers.person_id = vendors_tied_to.who',
    'false',
  ),
  'a manager acts for a bankrupt business': changed(
    'acting_roles',
    `(officers.role_code = 'BOBE'::text)`,
    'true',
  ),
  'a vendor’s member whose tie is gone still acts': changed(
    'is_vendor_person',
    `(b.tie = 'declared'::text)`,
    'true',
  ),
  'a vendor’s member whose tie no officer confirmed still acts': changed(
    'is_vendor_person',
    '(b.suspended_at IS NULL)',
    'true',
  ),
  'a session never grows idle': changed('context_resolve', 'and s.last_seen_at + s.idle > at', ''),
});

const on = (table: string, sql: string): Fault => ({ sql, tables: [table] });

testFaultyReach({
  'every unit is covered': on(
    'cards',
    `create or replace function context_covers_unit(unit uuid) returns boolean language sql stable return true`,
  ),
  'cards of other workers are shown': on('cards', 'drop policy within_scope on cards'),
  'vendors see each other’s orders': on(
    'orders',
    'alter policy readable on orders using (business_id = context_business() and context_covers_unit(unit_id))',
  ),
  'whoever prepared approves': on('orders', 'drop policy approved_with_right on orders'),
  'a manager of a part removes what is for everyone': on(
    'mandates',
    `alter policy managed_update on mandates
      using (business_id = context_business() and context_has_right('access.manage') and ended_at is null)`,
  ),
  'anybody starts again after an emergency stop': on(
    'freezes',
    `alter policy started_again on freezes using (true)`,
  ),
  'an audit entry may be in another’s name': on(
    'audit_entries',
    `alter policy appended on audit_entries with check (context_capacity() is not null)`,
  ),
  'contact details are another business’s too': on(
    'contact_details',
    'alter policy own_read on contact_details using (context_is_business_side())',
  ),
  'photos can be deleted': on(
    'photos',
    'grant delete on photos to kortvakt_request; create policy gone on photos for delete to kortvakt_request using (true)',
  ),
  'a vendor reads what others have asked for': on(
    'mandate_requests',
    'alter policy asked_by_vendor on mandate_requests using (true)',
  ),
  'a vendor answers its own request': on(
    'mandate_requests',
    'alter policy settled_by_vendor on mandate_requests with check (vendor_id = context_business())',
  ),
  'row-level security is off for disclosures': on(
    'disclosures',
    'alter table disclosures disable row level security',
  ),
});
