import { type Fault, type Situations, testFaultyFacts, testFaultyReach } from './database.ts';
import type { Step } from './drawn-steps.ts';
import { B1, B2, PEOPLE, V1 } from './drawn-world.ts';

/** The function's source with a change of its text, as a statement. */
const changed = (name: string, from: string, to: string) => `
  do $do$
  declare
    source text := pg_get_functiondef('${name}'::regproc);
  begin
    if position($from$${from}$from$ in source) = 0 then raise exception 'not in ${name}'; end if;
    execute replace(source, $from$${from}$from$, $to$${to}$to$);
  end $do$`;

const [officer, worker, member, vendorsOfficer, otherMember] = PEOPLE as [
  string,
  string,
  string,
  string,
  string,
];
const inBrowserOf = (browser: string, person = officer, level: 'high' | 'substantial' = 'high'): Step => ({
  what: 'log-in',
  person,
  level,
  browser,
});
const lent = inBrowserOf(member);
const required: Step = { what: 'require-passkey', business: B1 };
const addPasskey: Step = { what: 'add-passkey', person: officer, vouched: false };
const usePasskey = (which: 'old' | 'new', of = officer, person = officer): Step => ({
  what: 'use-passkey',
  person,
  of,
  which,
});
const anHourLater: Step = { what: 'clock', to: 'hour', meanwhile: 'log in' };
const frozen: Step = { what: 'freeze', business: B1, vendor: V1 };
const suspended: Step = { what: 'suspend', which: 0, for: 'review' };
const hired = (person: string): Step => ({ what: 'hire', business: B1, person, day: 0 });
const left: Step = { what: 'last-day', business: B1, person: worker, day: -1 };
const given = (
  person: string,
  rights: 'all' | 'some',
  tie: 'employment' | 'declared',
): Extract<Step, { what: 'give-person' }> => ({
  what: 'give-person',
  business: B1,
  person,
  rights: rights === 'all' ? ['access.manage', 'orders.read'] : ['orders.read'],
  scope: 'everywhere',
  starts: -60,
  ends: 30,
  quoteEnds: 90,
  tie,
  approved: { level: 'high', afterLoginMs: 0 },
});

const IN_FACTS: Situations = {
  'whoever has left is still employed': [left],
  'an employee of a vendor is not the vendor': [{ what: 'hire', business: V1, person: worker, day: 0 }],
  'a vendor’s member whose tie is gone still acts': [
    { what: 'join', vendor: V1, person: worker, tie: 'employment' },
    { what: 'assign', which: 0, person: worker },
  ],
  'a vendor’s member whose tie no officer confirmed still acts': [
    { what: 'join', vendor: V1, person: worker, tie: 'declared' },
    { what: 'assign', which: 0, person: worker },
    { what: 'suspend-tie', vendor: V1, person: worker },
  ],
  'a session never grows idle': [{ what: 'clock', to: 'hour', meanwhile: 'be away' }],
  'a vendor’s browser holds nobody': [lent],
  'the vendor’s own people are held by their own browser': [inBrowserOf(member, vendorsOfficer)],
  'nobody with a mandate is held': [given(worker, 'all', 'declared'), inBrowserOf(member, worker)],
  'whoever confirmed for one business has for all': [lent, { what: 'clear', person: officer, business: B2 }],
  'a confirmation is good all day': [lent, { what: 'clear', person: officer, business: B1 }, anHourLater],
  'a confirmation that was asked for is enough': [lent],
  'a new passkey lets go of whoever is held': [lent, addPasskey, usePasskey('new')],
  'somebody else’s passkey is as good': [required, usePasskey('old', worker)],
  'a passkey that was used is good for the whole session': [required, usePasskey('old'), anHourLater],
  'a passkey is required where it no longer is': [required, { what: 'require-none', business: B1 }],
  'a passkey that is added when it is asked for counts': [
    required,
    anHourLater,
    addPasskey,
    usePasskey('new'),
  ],
  'no passkey that waits counts, not even one from before': [addPasskey, required, usePasskey('new')],
  'a login is fresh whoever is held': [lent],
  'a login is fresh without the passkey': [required],
};

// Whatever is given first is enough.
const none: Step = { what: 'lift', business: B2, vendor: null };
const ofOneUnit: Step = { ...given(worker, 'all', 'declared'), scope: 'unit' };
const IN_REACH: Situations = {
  'a manager of a part removes what is for everyone': [ofOneUnit, given(officer, 'some', 'declared')],
  'anybody starts again after an emergency stop': [frozen],
  'a mandate for some units reaches the contact details of others': [ofOneUnit],
  'a mandate for some units confirms the contact details of the whole business': [
    { ...ofOneUnit, rights: ['contact.change'] },
  ],
  'an officer asks for access': [hired(officer)],
  'people of vendors ask for access of their own': [hired(member)],
  'whoever has left asks for access': [left],
  'whoever had a declared tie asks for access': [left, { what: 'end', which: 2 }],
  'a bankrupt business is asked': [{ what: 'bankrupt', business: B1 }],
  'anybody asks any business': [none],
  'somebody asks for somebody else': [none],
  'people read what others have asked for': [none],
  'somebody takes back what somebody else has asked for': [none],
  'somebody answers what they asked for themselves': [none],
  'what has lapsed is taken back': [none],
  'a person who asks says who was told': [none],
  'the other side learns who settled a request': [none],
  'whoever takes back a request is named to others': [none],
  'somebody reads others’ passkeys': [none],
  'somebody removes others’ passkeys': [none],
  'somebody uses others’ passkeys': [none],
  'somebody says that a passkey was used in another’s session': [none],
  'a passkey is added after any login': [inBrowserOf(officer, officer, 'substantial')],
  'every new passkey counts at once': [none],
  'a passkey that waits vouches for another': [addPasskey, usePasskey('new')],
  'somebody takes what another is to sign': [none],
  'what was to be signed long ago is signed': [none],
  'anybody requires passkeys': [given(worker, 'all', 'declared'), usePasskey('old', worker, worker)],
  'passkeys are required, or no longer, without one': [none],
  'a vendor reads whether a customer requires passkeys': [none],
  'access is given without the passkey': [required],
  'agreements are signed without the passkey': [required],
  'an emergency stop is lifted without the passkey': [required, frozen],
  'whoever is held gives access': [lent],
  'whoever is held signs agreements': [lent],
  'whoever is held lifts an emergency stop': [lent, frozen],
  'somebody else confirms': [none],
  'a confirmation comes from the browser that it is about': [none],
  'a confirmation comes from a vendor’s browser': [lent],
  'whoever is not held asks for a letter': [none],
  'confirmations are read by those they are about': [none],
  'a use is noted in a browser that it was not in': [none],
  'anybody forgets logins': [none],
  'anybody lists those with several mandates': [none],
  'a review is completed with a declared tie that nobody answers for': [
    given(worker, 'some', 'declared'),
    { what: 'go-through', confirmed: false },
  ],
  'a review is completed with something undecided': [none],
  'a tie is confirmed by removing the mandate': [none],
  'a manager keeps a declared tie': [
    given(worker, 'all', 'employment'),
    given(otherMember, 'some', 'declared'),
  ],
  'what a missed review suspended is given back before it is completed': [suspended],
  'what a missed review suspended is given back after any login': [
    inBrowserOf(officer, officer, 'substantial'),
    suspended,
    { what: 'complete-review' },
  ],
  'a manager suspends as if for a review': [none],
};

// Would database.slow.test.ts notice? Each of these is one mistake that somebody could make in a migration.
/** The conditions of a policy with a change of their text, as a statement. */
const changedPolicy = (table: string, policy: string, from: string, to: string) => `
  do $do$
  declare
    one pg_policies := (select p from pg_policies p where p.tablename = '${table}' and p.policyname = '${policy}');
  begin
    if position($from$${from}$from$ in concat(one.qual, one.with_check)) = 0 then raise exception 'not in ${policy}'; end if;
    execute 'alter policy ${policy} on ${table}'
      || coalesce(' using (' || replace(one.qual, $from$${from}$from$, $to$${to}$to$) || ')', '')
      || coalesce(' with check (' || replace(one.with_check, $from$${from}$from$, $to$${to}$to$) || ')', '');
  end $do$`;

testFaultyFacts(
  {
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
    // Logins in a vendor's browser, and passkeys ----------------------------------------------------------------------
    'a vendor’s browser holds nobody': changed(
      'vendor_of_browser',
      'other.person_id <> s.person_id',
      'other.person_id = s.person_id',
    ),
    'the vendor’s own people are held by their own browser': changed(
      'vendor_of_browser',
      'v.id <> vendor_of_browser.business',
      'true',
    ),
    'nobody with a mandate is held': changed('context_open_session', `('officer', 'person')`, `('officer')`),
    'whoever confirmed for one business has for all': changed(
      'context_open_session',
      'and c.business_id = business',
      '',
    ),
    'a confirmation is good all day': changed('context_open_session', '30 minutes', '8 hours'),
    'a confirmation that was asked for is enough': changed(
      'context_open_session',
      `and c.confirmed_at > clock_now() - interval '30 minutes'`,
      '',
    ),
    'a new passkey lets go of whoever is held': changed(
      'context_open',
      'context_is_held() and used.counts_from <= context_now()',
      'context_is_held() and used.id is not null',
    ),
    'somebody else’s passkey is as good': changed('context_open', 'and p.person_id = s.person_id', ''),
    'a passkey that was used is good for the whole session': changed(
      'context_open',
      `and s.passkey_at between context_now() - interval '5 minutes' and context_now()`,
      '',
    ),
    'a passkey is required where it no longer is': changed('context_open', 'and r.ended_at is null', ''),
    'a passkey that is added when it is asked for counts': changed(
      'context_open',
      'used.added_at <= since',
      'used.id is not null',
    ),
    'no passkey that waits counts, not even one from before': changed(
      'context_open',
      'or used.added_at <= since',
      '',
    ),
    'a login is fresh whoever is held': changed('context_is_fresh', 'AND (NOT context_is_held())', ''),
    'a login is fresh without the passkey': changed('context_is_fresh', 'context_passkey_holds() AND', ''),
  },
  IN_FACTS,
);

const on = (table: string, sql: string): Fault => ({ sql, tables: [table] });

testFaultyReach(
  {
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
    'a mandate for some units reaches the contact details of others': on(
      'contact_details',
      `alter policy own_read on contact_details using (business_id = context_business() and context_is_business_side())`,
    ),
    'a mandate for some units confirms the contact details of the whole business': on(
      'contact_details',
      `alter policy own_update on contact_details using (business_id = context_business() and context_is_business_side()
        and context_has_right('contact.change'))`,
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
    // People who ask for access of their own -----------------------------------------------------------------------------
    'an officer asks for access': on(
      'mandate_requests',
      changed('businesses_to_ask', '(cardinality(acting_roles(context_person(), b.id)) = 0)', 'true'),
    ),
    'people of vendors ask for access of their own': on(
      'mandate_requests',
      changed(
        'businesses_to_ask',
        '(cardinality(vendors_of_person(context_person(), context_now())) = 0)',
        'true',
      ),
    ),
    'whoever has left asks for access': on(
      'mandate_requests',
      changed('businesses_to_ask', '(w.employed_to >= oslo_date(context_now()))', 'true'),
    ),
    'whoever had a declared tie asks for access': on(
      'mandate_requests',
      changed('businesses_to_ask', '(m.ended_at IS NULL)', 'true'),
    ),
    'a bankrupt business is asked': on(
      'mandate_requests',
      changed('businesses_to_ask', '(NOT b.bankrupt)', 'true'),
    ),
    'anybody asks any business': on(
      'mandate_requests',
      `alter policy asked_for_oneself on mandate_requests with check (person_id = context_person())`,
    ),
    'somebody asks for somebody else': on(
      'mandate_requests',
      changedPolicy(
        'mandate_requests',
        'asked_for_oneself',
        '(person_id = context_person()) AND (asked_by = context_person())',
        '(person_id IS NOT NULL)',
      ),
    ),
    'people read what others have asked for': on(
      'mandate_requests',
      'alter policy asked_by_oneself on mandate_requests using (person_id is not null)',
    ),
    'somebody takes back what somebody else has asked for': on(
      'mandate_requests',
      [
        'alter policy asked_by_oneself on mandate_requests using (person_id is not null)',
        changedPolicy(
          'mandate_requests',
          'settled_by_oneself',
          '(person_id = context_person())',
          '(person_id IS NOT NULL)',
        ),
      ].join(';'),
    ),
    'somebody answers what they asked for themselves': on(
      'mandate_requests',
      changedPolicy('mandate_requests', 'answered', '(person_id IS DISTINCT FROM context_person())', 'true'),
    ),
    'what has lapsed is taken back': on(
      'mandate_requests',
      changedPolicy('mandate_requests', 'settled_by_oneself', '(expires_at > context_now())', 'true'),
    ),
    'a person who asks says who was told': on(
      'mandate_requests',
      changed(
        'guard_mandate_request',
        'if not context_is_job() and (new.asked_told_at',
        'if context_is_business_side() and (new.asked_told_at',
      ),
    ),
    'the other side learns who settled a request': on(
      'mandate_requests',
      'grant select (settled_by_name) on mandate_requests to kortvakt_request',
    ),
    'whoever takes back a request is named to others': on(
      'mandate_requests',
      changed('request_settled_by_name', '(r.person_id = context_person())', 'true'),
    ),
    // Passkeys -----------------------------------------------------------------------------------------------------------
    'somebody reads others’ passkeys': on('passkeys', 'alter policy oneself on passkeys using (true)'),
    'somebody removes others’ passkeys': on(
      'passkeys',
      changed('passkey_remove', 'and person_id = context_person()', ''),
    ),
    'somebody uses others’ passkeys': on(
      'passkeys',
      changed('passkey_use', 'id = used and person_id = context_person()', 'id = used'),
    ),
    'somebody says that a passkey was used in another’s session': on(
      'passkeys',
      changed('passkey_use', 'id = session and person_id = context_person()', 'id = session'),
    ),
    'a passkey is added after any login': on(
      'passkeys',
      changed('passkey_add', 'if not context_is_fresh()', 'if context_person() is null'),
    ),
    'every new passkey counts at once': on(
      'passkeys',
      changed('passkey_add', `interval '1 day'`, `interval '0'`),
    ),
    'a passkey that waits vouches for another': on(
      'passkeys',
      changed('passkey_add', 'and p.counts_from <= context_now()', ''),
    ),
    'somebody takes what another is to sign': on(
      'passkey_challenges',
      changed('passkey_challenge_take', 'AND (s.person_id = context_person())', ''),
    ),
    'what was to be signed long ago is signed': on(
      'passkey_challenges',
      changed('passkey_challenge_take', `(clock_now() - '00:05:00'::interval)`, `'-infinity'`),
    ),
    'anybody requires passkeys': on(
      'passkey_requirements',
      changed('passkey_require', 'not context_is_officer() or', 'context_business() is null or'),
    ),
    'passkeys are required, or no longer, without one': on(
      'passkey_requirements',
      [
        changed('passkey_require', 'and s.passkey_id is not null', ''),
        changed(
          'passkey_require',
          `and s.passkey_at between context_now() - interval '5 minutes' and context_now()`,
          '',
        ),
      ].join(';'),
    ),
    'a vendor reads whether a customer requires passkeys': on(
      'passkey_requirements',
      'alter policy own_business on passkey_requirements using (business_id = context_business())',
    ),
    'access is given without the passkey': on('mandates', 'drop policy passkey_held on mandates'),
    // A fresh login is asked for besides, which counts neither in a borrowed browser nor without the passkey.
    'agreements are signed without the passkey': on(
      'agreements',
      'drop policy passkey_held on agreements; drop policy signed_fresh on agreements',
    ),
    'an emergency stop is lifted without the passkey': on('freezes', 'drop policy passkey_held on freezes'),
    // Logins in a vendor's browser -----------------------------------------------------------------------------------------
    'whoever is held gives access': on('mandates', 'drop policy not_held on mandates'),
    'whoever is held signs agreements': on(
      'agreements',
      'drop policy not_held on agreements; drop policy signed_fresh on agreements',
    ),
    'whoever is held lifts an emergency stop': on('freezes', 'drop policy not_held on freezes'),
    'somebody else confirms': on(
      'browser_clearances',
      changed('clearance_read', '(c.person_id = context_person())', 'true'),
    ),
    'a confirmation comes from the browser that it is about': on(
      'browser_clearances',
      changed('clearance_read', `'here'::text`, `'open'::text`),
    ),
    'a confirmation comes from a vendor’s browser': on(
      'browser_clearances',
      changed('clearance_read', '(vendor_of_browser(own.id, c.business_id) IS NOT NULL)', 'false'),
    ),
    'whoever is not held asks for a letter': on(
      'browser_clearances',
      changed('clearance_ask', 'if not context_is_held()', 'if context_business() is null'),
    ),
    'confirmations are read by those they are about': on(
      'browser_clearances',
      `grant select on browser_clearances to kortvakt_request;
     create policy own on browser_clearances for select to kortvakt_request using (person_id = context_person())`,
    ),
    'a use is noted in a browser that it was not in': on(
      'session_uses',
      changedPolicy(
        'session_uses',
        'own',
        '(NOT (s.device_id IS DISTINCT FROM session_uses.device_id))',
        'true',
      ),
    ),
    'anybody forgets logins': on('devices', changed('forget_logins', 'if not context_is_job()', 'if false')),
    'anybody lists those with several mandates': on(
      'mandates',
      changed('persons_with_mandates', 'if not context_is_job()', 'if false'),
    ),
    // Reviews --------------------------------------------------------------------------------------------------------------
    'a review is completed with a declared tie that nobody answers for': on(
      'reviews',
      changed('review_lacks', `(d.tie_confirmed OR (m.tie IS DISTINCT FROM 'declared'::text))`, 'true'),
    ),
    'a review is completed with something undecided': on(
      'reviews',
      changed('guard_review', 'if review_lacks(new)', 'if false'),
    ),
    'a tie is confirmed by removing the mandate': on(
      'review_decisions',
      'alter table review_decisions drop constraint a_tie_is_confirmed_by_keeping',
    ),
    'a manager keeps a declared tie': on(
      'review_decisions',
      changedPolicy('review_decisions', 'decided', `(m.tie IS DISTINCT FROM 'declared'::text)`, 'true'),
    ),
    'what a missed review suspended is given back before it is completed': on(
      'mandates',
      changed('guard_review_suspension', 'context_is_now(r.completed_at)', 'true'),
    ),
    'what a missed review suspended is given back after any login': on(
      'mandates',
      changed('guard_review_suspension', 'and context_is_fresh()', ''),
    ),
    'a manager suspends as if for a review': on(
      'mandates',
      changed('guard_review_suspension', `new.suspended_reason = 'review' and not context_is_job()`, 'false'),
    ),
  },
  IN_REACH,
);
