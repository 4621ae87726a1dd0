import { TABLES } from '../../src/access/policy/tables.ts';
import { RIGHTS } from '../../src/access/rules.ts';
import {
  appealRow,
  bytes,
  iso,
  keyOf,
  LONG_AGO,
  messageOf,
  noticeOf,
  ownNoticeOf,
  OFFICIAL_ITEM,
  pastMandate,
  recordedRow,
  type Row,
  type Rows,
  thing,
  untriedBars,
  vendorInvoiceRow,
  VIEWS,
} from './drawn-rows.ts';
import type { ExpectedReach } from './expected-reach.ts';
import {
  type Asker,
  B1,
  B2,
  GIVER,
  loginOf,
  minutes,
  NUMBERS,
  PEOPLE,
  UNITS,
  V1,
  V2,
  WORKERS,
  type World,
} from './drawn-world.ts';

/** What the named updates of the committed table set. */
export const UPDATES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  vendor_profiles: { change: 'fee_ore = 9900' },
  vendor_members: {
    confirm: 'tie_confirmed_at = context_now()',
    end: 'ended_at = context_now(), ended_by = context_person()',
  },
  agreements: {
    end: 'ended_at = context_now(), ended_by = context_person()',
    'give notice': `ends_at = context_now() + interval '1 day', ends_because = 'notice'`,
  },
  agreement_deletions: {
    confirm: `outcome = 'deleted', confirmed_by = context_person(), confirmed_by_name = 'P', confirmed_at = context_now(),
      receipt = 'r'`,
  },
  vendor_answers: {
    answer: `answer = 'no', answered_by = context_person(), answered_by_name = 'P', answered_at = context_now()`,
  },
  recorded_agreements: {
    answer: `last_day = '2030-01-01'`,
    record: `recorded_by = context_person(), recorded_by_name = 'P', recorded_at = context_now(), signature = 's'`,
    'confirm for the vendor': `confirmed_by = context_person(), confirmed_by_name = 'P', confirmed_at = context_now(),
      confirmation = 's'`,
  },
  sub_processors: { end: 'ended_at = context_now(), ended_by = context_person()' },
  quote_offers: {
    withdraw: `settled_at = context_now(), settled_by = context_person(), outcome = 'withdrawn'`,
  },
  mandates: {
    end: `ended_at = context_now(), ended_by = context_person(), ended_by_name = 'P', end_reason = 'removed'`,
    'give back': 'suspended_at = null, suspended_reason = null',
    'suspend for a review': `suspended_at = context_now(), suspended_reason = 'review'`,
  },
  mandate_assignments: { end: 'ended_at = context_now()' },
  freezes: { lift: `lifted_at = context_now(), lifted_by = context_person(), lifted_by_name = 'P'` },
  mandate_requests: {
    decline: `outcome = 'no', settled_at = context_now(), settled_by = context_person(), settled_by_name = 'P'`,
    withdraw: `outcome = 'withdrawn', settled_at = context_now(), settled_by = context_person(), settled_by_name = 'P'`,
    'put away': `outcome = 'lapsed', settled_at = context_now()`,
    'take back, and say who was told': `outcome = 'withdrawn', settled_at = context_now(), settled_by = context_person(),
      settled_by_name = 'P', asked_told_at = context_now()`,
  },
  access_tasks: { 'go through': 'done_at = context_now()' },
  reviews: {
    complete: `completed_at = context_now(), completed_by = context_person(), completed_by_name = 'P'`,
  },
  signals: {
    answer: `answer = 'denied', answered_at = context_now(), answered_by = context_person(), answered_by_name = 'P'`,
  },
  invitations: { settle: `settled_at = context_now(), outcome = 'withdrawn'` },
  drafts: { use: 'used_at = context_now()' },
  contact_details: {
    confirm: `confirmed_by = context_person(), confirmed_at = context_now(), source = 'business'`,
  },
  staff_appointments: {
    confirm: `approved_by = context_person(), approved_by_name = 'P', approved_at = context_now()`,
    end: `ended_at = context_now(), ended_by = context_person(), ended_by_name = 'P'`,
  },
  worker_offers: { withdraw: 'withdrawn_at = context_now()', use: 'used_at = context_now()' },
  orders: {
    approve: `state = 'placed', approved_by = context_person(), approved_at = context_now()`,
    'take back': `state = 'cancelled', cancelled_by = context_person(), cancelled_at = context_now()`,
  },
  delivery_addresses: {
    remove: 'removed_at = context_now(), removed_by = context_person()',
  },
  worker_declarations: {
    confirm: `confirmed_by = context_person(), confirmed_by_name = 'P', confirmed_at = context_now(),
      holds_until = context_now() + interval '1 year'`,
    withdraw: `withdrawn_at = context_now(), withdrawn_by = context_person(), withdrawn_by_name = 'P'`,
  },
  order_lines: { move: 'changed_at = context_now()' },
  order_uploads: { change: 'read_rows = 1' },
  order_upload_rows: { change: 'left_out = true' },
  photo_archive_files: { change: `finding = 'by-hand'` },
  card_returns: {
    'send again': `address = '{}', asked_by = context_person(), asked_by_name = 'P', asked_at = context_now()`,
  },
  cards: {
    block: `blocked_at = context_now(), blocked_reason = 'lost', blocked_by = context_person()`,
  },
};

/** A row that is tried to be written. */
export interface Candidate {
  readonly table: string;
  readonly row: Row;
}

const OTHER: Readonly<Record<string, string>> = { [B1]: B2, [B2]: B1, [V1]: B1, [V2]: V1 };

/** Rows that the asker tries to write: such as are the asker's to write, and such as only look like it. */
export function candidatesFor(world: World, rows: Rows, expected: ExpectedReach): Candidate[] {
  const { asker } = expected;
  const places = [asker.business, OTHER[asker.business]!];
  const people = [asker.person, GIVER];
  const now = iso(world.now);
  let count = 5000;
  const fresh = () => thing((count += 1));
  const session = expected.session;
  const of = (table: string, list: readonly Row[]): Candidate[] => list.map((row) => ({ table, row }));
  const vendorsOf = (business: string) => [V1, V2].filter((vendor) => vendor !== business);
  const past = [pastMandate(B1, V1), pastMandate(B1, V2), pastMandate(B2, V1)];

  const placeOf = (business: string) => Object.keys(NUMBERS).indexOf(business);
  const threadOf = (business: string) => thing(6000 + placeOf(business));
  const mandate = {
    holder: 'person',
    person_id: GIVER,
    holder_name: 'H',
    rights: ['orders.read'],
    units: null as readonly string[] | null,
    workers: null as readonly string[] | null,
    purpose: '',
    starts_at: now,
    ends_at: iso(world.now + 1),
    tie: 'declared',
    approved_by: asker.person,
    approved_by_name: 'P',
    approved_at: now,
    approved_acr: session?.level ?? 'high',
    approved_auth_time: iso(session?.loggedInAt ?? world.now),
    given_under: expected.mandate?.id ?? null,
  };
  const giving = (business_id: string, changes: Partial<typeof mandate> = {}): Row => ({
    id: fresh(),
    business_id,
    ...mandate,
    ...changes,
  });
  const toVendor = (given: (typeof past)[number], rights: readonly string[]): Row => {
    const { person_id: _person, tie: _tie, ...rest } = mandate;
    return {
      id: fresh(),
      business_id: given.business,
      ...rest,
      holder: 'vendor',
      vendor_id: given.vendor,
      agreement_id: given.agreement,
      quote_id: given.quote,
      rights,
    };
  };
  const mandates = [
    ...places.map((place) => giving(place)),
    ...RIGHTS.map((right) => giving(asker.business, { rights: [right] })),
    giving(asker.business, { approved_by: GIVER }),
    giving(asker.business, { given_under: past[0]!.id }),
    ...UNITS[asker.business]!.map((unit) => giving(asker.business, { units: [unit] })),
    ...WORKERS.filter(({ business }) => business === asker.business).map(({ id }) =>
      giving(asker.business, { workers: [id] }),
    ),
    ...past
      .filter(({ business }) => business === asker.business)
      .flatMap((one) => [toVendor(one, ['orders.read']), toVendor(one, ['orders.read', 'contact.change'])]),
  ];
  const workers = WORKERS.filter(({ business }) => places.includes(business));
  const makers = [...new Set([asker.vendor, null, V1])];

  return [
    ...of('mandates', mandates),
    ...of(
      'vendor_profiles',
      [...places, V1].map((vendor_id) => ({
        vendor_id,
        fee_ore: 0,
        agreement_version: '1',
        agreement_sha256: bytes('agreement'),
        accepted_by: asker.person,
        accepted_by_name: 'P',
        accepted_at: now,
      })),
    ),
    ...of(
      'vendor_members',
      [V1, V2].flatMap((vendor_id) =>
        (['declared', 'employment'] as const).map((tie) => ({
          id: fresh(),
          vendor_id,
          person_id: GIVER,
          name: 'G',
          tie,
          tie_reason: tie === 'declared' ? 'Hired' : null,
          added_by: asker.person,
          added_by_name: 'P',
          added_at: now,
        })),
      ),
    ),
    ...of(
      'agreements',
      places.flatMap((business_id) =>
        vendorsOf(business_id).flatMap((vendor_id) =>
          people.map((by, index) => ({
            id: fresh(),
            business_id,
            vendor_id,
            version: '1',
            document_sha256: bytes(index === 0 && vendor_id === V2 ? 'another' : 'agreement'),
            business_accepted_by: by,
            business_accepted_by_name: 'P',
            business_accepted_at: now,
            vendor_accepted_by: GIVER,
            vendor_accepted_by_name: 'G',
            vendor_accepted_at: LONG_AGO,
          })),
        ),
      ),
    ),
    ...of(
      'agreement_documents',
      [V1, V2].flatMap((vendor_id) =>
        people.map((by, index) => ({
          id: fresh(),
          vendor_id,
          number: 50 + index,
          version: '1',
          standard_sha256: bytes('standard'),
          places: 'Norge',
          sha256: bytes(`document ${vendor_id} ${String(index)}`),
          content: '\\x00',
          text: {},
          signed_by: by,
          signed_by_name: 'P',
          signed_role: 'DAGL',
          signed_at: now,
          signature: 's',
        })),
      ),
    ),
    ...of(
      'agreement_copies',
      past.flatMap((one) =>
        people.map((by, index) => ({
          agreement_id: one.uncopied,
          business_id: one.business,
          vendor_id: one.vendor,
          sha256: bytes(`copy ${one.id} ${String(index)} tried`),
          content: '\\x00',
          signed_by: by,
          signed_role: 'DAGL',
          signature: 's',
        })),
      ),
    ),
    ...of(
      'vendor_answers',
      [V1, V2].flatMap((vendor_id) =>
        people.map((by, index) => ({
          id: fresh(),
          vendor_id,
          question: index === 0 ? 'encrypted' : 'backups',
          answer: 'yes',
          evidence: 'E',
          answered_by: by,
          answered_by_name: 'P',
          answered_at: now,
        })),
      ),
    ),
    ...of(
      'recorded_agreements',
      places.flatMap((business_id) =>
        vendorsOf(business_id).flatMap((vendor_id) =>
          people.flatMap((by) =>
            [null, now].map((recorded_at) => ({
              id: fresh(),
              ...recordedRow(
                { business_id, vendor_id, uploaded_by: by, uploaded_at: now },
                recorded_at,
                null,
              ),
            })),
          ),
        ),
      ),
    ),
    ...of(
      'sub_processors',
      [V1, V2].flatMap((vendor_id) =>
        people.map((by) => ({
          id: fresh(),
          vendor_id,
          name: 'Sky',
          country: 'Norge',
          purpose: 'Lagring',
          announced_by: by,
          announced_by_name: 'P',
          announced_at: now,
          starts_at: now,
          ended_at: null,
        })),
      ),
    ),
    ...of(
      'vendor_invoices',
      places.flatMap((business_id) =>
        people.map((recorded_by) => ({
          ...vendorInvoiceRow(4390, business_id, recorded_by),
          id: fresh(),
          number: `F-${recorded_by}`,
          recorded_at: now,
        })),
      ),
    ),
    ...of(
      'vendor_terms',
      [V1, V2].flatMap((vendor_id) =>
        people.map((accepted_by, index) => ({
          id: fresh(),
          vendor_id,
          version: `tried ${String(index)}`,
          accepted_by,
          accepted_by_name: 'P',
          accepted_at: now,
        })),
      ),
    ),
    ...of(
      'bar_appeals',
      [V1, V2].flatMap((vendor) =>
        people.map((by, index) => appealRow(untriedBars(vendor)[index]!, vendor, by, now ?? LONG_AGO)),
      ),
    ),
    ...of(
      'quote_offers',
      [V1, V2].flatMap((vendor_id) =>
        people.map((offered_by, index) => ({
          id: fresh(),
          // One offer at a time waits with a business: each of these is to another.
          business_id: index === 0 ? B1 : B2,
          vendor_id,
          items: [OFFICIAL_ITEM],
          valid_until: iso(world.now + 1),
          offered_by,
          offered_by_name: 'P',
          offered_at: now,
        })),
      ),
    ),
    ...of(
      'quotes',
      places.flatMap((business_id) =>
        people.map((accepted_by) => ({
          id: fresh(),
          business_id,
          vendor_id: vendorsOf(business_id)[0],
          fee_ore: 0,
          valid_until: iso(world.now + 1),
          accepted_by,
          accepted_by_name: 'P',
          accepted_at: now,
        })),
      ),
    ),
    ...of(
      'mandate_assignments',
      past.flatMap((one) =>
        people.map((assigned_by) => ({
          id: fresh(),
          mandate_id: one.id,
          business_id: one.business,
          vendor_id: one.vendor,
          person_id: GIVER,
          name: 'G',
          assigned_by,
          assigned_at: now,
        })),
      ),
    ),
    ...of(
      'staff_appointments',
      places.flatMap((business_id) =>
        people.map((proposed_by) => ({
          id: fresh(),
          business_id,
          role: 'safety-representative',
          place: 'Kai 2',
          name: 'P',
          email: 'p@example.com',
          ends_at: iso(world.now + 1),
          proposed_by,
          proposed_by_name: 'P',
          proposed_at: now,
          token_hash: bytes(`tried ${business_id} ${proposed_by}`),
          token_expires_at: iso(world.now + 1),
        })),
      ),
    ),
    ...of(
      'freezes',
      places.flatMap((business_id) =>
        people.map((frozen_by) => ({
          id: fresh(),
          business_id,
          vendor_id: frozen_by === GIVER ? null : vendorsOf(business_id)[0],
          reason: '',
          frozen_at: now,
          frozen_by,
        })),
      ),
    ),
    ...of('mandate_requests', requestsOf(world, asker, fresh)),
    ...of('review_decisions', decisionsOf(rows, places, people, now, fresh)),
    ...of('review_member_decisions', memberDecisionsOf(rows, people, now, fresh)),
    ...of(
      'session_uses',
      session === undefined
        ? []
        : places.flatMap((business_id) =>
            people.flatMap((person_id) =>
              ['officer', 'person', 'vendor'].flatMap((capacity) =>
                [loginOf(session.person, session.browser).id, thing(820)].map((device_id) => ({
                  id: fresh(),
                  session_id: session.id,
                  person_id,
                  business_id,
                  vendor_id: asker.vendor,
                  capacity,
                  device_id,
                  used_at: now,
                })),
              ),
            ),
          ),
    ),
    ...of(
      'signals',
      places.map((business_id) => ({
        id: fresh(),
        kind: 'night-orders',
        business_id,
        person_id: asker.person,
        person_name: 'P',
        key: 'k',
        found_at: now,
      })),
    ),
    ...of(
      'drafts',
      places.flatMap((business_id) =>
        people.map((person_id) => ({
          id: fresh(),
          person_id,
          business_id,
          kind: 'mandate',
          form: {},
          created_at: now,
        })),
      ),
    ),
    ...of(
      'invitations',
      places.flatMap((business_id) =>
        people.map((invited_by) => ({
          id: fresh(),
          business_id,
          kind: 'person',
          name: 'I',
          email: 'i@example.com',
          token_hash: bytes(fresh()),
          proposal: {},
          invited_by,
          invited_by_name: 'P',
          invited_at: now,
          expires_at: now,
          accepted_by: invited_by === GIVER ? GIVER : null,
        })),
      ),
    ),
    ...of(
      'messages',
      places.flatMap((business_id) =>
        people.map((author_id) => ({
          id: fresh(),
          thread_id: threadOf(business_id),
          business_id,
          side: 'business',
          author_id,
          author_name: 'P',
          body: 'b',
          sent_at: now,
        })),
      ),
    ),
    ...of(
      'message_attachments',
      places.flatMap((business_id) =>
        people.map((attached_by) => ({
          id: fresh(),
          message_id: messageOf(placeOf(business_id), 1 + [...PEOPLE, GIVER].indexOf(attached_by)),
          thread_id: threadOf(business_id),
          business_id,
          file_name: 'f.pdf',
          content: '\\x00',
          sha256: bytes('file'),
          bytes: 1,
          attached_by,
          attached_at: now,
        })),
      ),
    ),
    ...of(
      'message_reads',
      places.flatMap((business_id) =>
        people.map((person_id) => ({
          id: fresh(),
          message_id: messageOf(placeOf(business_id), 0),
          thread_id: threadOf(business_id),
          business_id,
          person_id,
          person_name: 'P',
          read_at: now,
        })),
      ),
    ),
    ...of('notice_reads', [
      ...places.flatMap((business_id) =>
        people.map((person_id) => ({
          id: fresh(),
          notice_id: noticeOf(placeOf(business_id)),
          business_id,
          person_id,
          person_name: 'P',
          read_at: now,
        })),
      ),
      ...people.map((person_id) => ({
        id: fresh(),
        notice_id: ownNoticeOf(person_id),
        business_id: null,
        person_id,
        person_name: 'P',
        read_at: now,
      })),
    ]),
    ...of(
      'notices',
      [...places, V1, V2, null].map((business_id) => ({
        id: fresh(),
        business_id,
        template: 't',
        parameters: {},
        audience: 'officers',
        extra_addresses: [],
        created_at: now,
      })),
    ),
    ...of(
      'photos',
      workers.flatMap((worker) =>
        makers.map((vendor_id, index) => ({
          id: fresh(),
          business_id: worker.business,
          worker_id: worker.id,
          unit_id: worker.unit,
          vendor_id,
          image: '\\x00',
          thumbnail: '\\x00',
          width: 1,
          height: 1,
          sha256: bytes('photo'),
          uploaded_by: index === 2 ? GIVER : asker.person,
          uploaded_at: now,
        })),
      ),
    ),
    ...of(
      'identity_documents',
      workers.flatMap((worker) =>
        makers.map((vendor_id, index) => ({
          id: fresh(),
          business_id: worker.business,
          worker_id: worker.id,
          unit_id: worker.unit,
          vendor_id,
          kind: 'passport',
          content: '\\x00',
          sha256: bytes('document'),
          uploaded_by: index === 2 ? GIVER : asker.person,
          uploaded_at: now,
        })),
      ),
    ),
    ...of(
      'worker_offers',
      workers.map((worker) => ({
        id: fresh(),
        business_id: worker.business,
        vendor_id: V1,
        mandate_id: pastMandate(worker.business, V1).id,
        worker_id: worker.id,
        unit_id: worker.unit,
        source: 'ticked',
        name: 'P',
        birth_year: 1990,
        offered_by: asker.person,
        offered_at: now,
      })),
    ),
    ...of(
      'delivery_addresses',
      places.flatMap((business_id) =>
        people.map((added_by) => ({
          id: fresh(),
          business_id,
          address: { place: 'ELSEWHERE' },
          added_by,
          added_by_name: 'P',
          added_at: now,
          removed_at: null,
        })),
      ),
    ),
    ...of('orders', ordersOf(asker.person, expected.mandate?.id ?? null, makers, now, fresh)),
    ...of('order_lines', linesOf(rows, makers, now, fresh)),
    ...of(
      'order_uploads',
      places.flatMap((business_id) =>
        people.flatMap((uploaded_by) =>
          makers.map((vendor_id) => ({
            id: fresh(),
            business_id,
            vendor_id,
            mandate_id: expected.mandate?.id ?? null,
            uploaded_by,
            uploaded_by_name: 'P',
            uploaded_at: now,
            file_name: 'f',
            file: '\\x00',
            state: 'waiting',
          })),
        ),
      ),
    ),
    ...of('order_upload_rows', [
      {
        id: fresh(),
        upload_id: thing(3000),
        position: 9,
        business_id: asker.business,
        vendor_id: asker.vendor,
        uploaded_by: asker.person,
      },
    ]),
    ...of(
      'photo_archives',
      places.flatMap((business_id) =>
        people.flatMap((uploaded_by) =>
          makers.map((vendor_id) => ({
            id: fresh(),
            business_id,
            vendor_id,
            mandate_id: expected.mandate?.id ?? null,
            uploaded_by,
            uploaded_by_name: 'P',
            uploaded_at: now,
            file_name: 'f',
            bytes: 1,
            state: 'waiting',
          })),
        ),
      ),
    ),
    ...of(
      'photo_archive_parts',
      rows['photo_archives']?.map(({ id: archive_id, business_id, vendor_id, uploaded_by }) => ({
        id: fresh(),
        archive_id,
        position: 1,
        business_id,
        vendor_id,
        uploaded_by,
        content: '\\x00',
      })) ?? [],
    ),
    ...of('photo_archive_files', [
      {
        id: fresh(),
        archive_id: thing(3200),
        position: 9,
        business_id: asker.business,
        vendor_id: asker.vendor,
        uploaded_by: asker.person,
        name: 'f',
        finding: 'none',
      },
    ]),
    ...of('audit_entries', [
      ...[expected.capacity(), 'officer', 'job'].flatMap((capacity) =>
        people.map((actor) => ({
          id: fresh(),
          recorded_at: now,
          business_id: asker.business,
          actor_person_id: session === undefined && actor !== GIVER ? null : actor,
          capacity,
          action: 'a',
          decision: 'refused',
          changes: {},
        })),
      ),
    ]),
    ...of('audit_details', [
      { entry_id: thing(540), business_id: asker.business, salt: '\\x00', detail: {} },
    ]),
    ...of(
      'disclosures',
      places.flatMap((business_id) =>
        people.flatMap((viewer_person_id) =>
          makers.map((vendor_id) => ({
            id: fresh(),
            at: now,
            subject_person_id: GIVER,
            business_id,
            viewer_person_id,
            viewer_name: 'P',
            vendor_id,
            fields: ['name'],
            occasion: 'card',
          })),
        ),
      ),
    ),
    ...onlyTasks(rows),
  ];
}

/** Requests of each vendor to each business: at its price and another, by the asker and another, and for a renewal. */
function requestsOf(world: World, asker: Asker, fresh: () => string): Row[] {
  return [...requestsOfPeople(world, asker, fresh), ...requestsOfVendors(world, asker, fresh)];
}

/** For oneself and for others, of each business. */
function requestsOfPeople(world: World, asker: Asker, fresh: () => string): Row[] {
  return [B1, B2].flatMap((business_id) =>
    [...new Set([asker.person, GIVER])].map((person_id) => ({
      id: fresh(),
      business_id,
      person_id,
      rights: ['orders.read'],
      reasons: { 'orders.read': 'r' },
      last_day: '2027-12-31',
      purpose: 'p',
      renews: null,
      asked_by: person_id,
      asked_by_name: 'P',
      asked_at: iso(world.now),
      expires_at: iso(world.now + minutes(21 * 24 * 60)),
    })),
  );
}

function requestsOfVendors(world: World, asker: Asker, fresh: () => string): Row[] {
  return [V1, V2].flatMap((vendor_id) =>
    [B1, B2].flatMap((business_id) => {
      const renewals = world.mandates.filter((one) => 'vendor' in one.holder).map(({ id }) => id);
      const request = (changes: Row = {}): Row => ({
        id: fresh(),
        business_id,
        vendor_id,
        rights: ['orders.read'],
        reasons: { 'orders.read': 'r' },
        last_day: '2027-12-31',
        purpose: 'p',
        fee_ore: 9900,
        renews: null,
        asked_by: asker.person,
        asked_by_name: 'P',
        asked_at: iso(world.now),
        expires_at: iso(world.now + minutes(21 * 24 * 60)),
        ...changes,
      });
      return [
        request(),
        request({ fee_ore: 1 }),
        request({ asked_by: GIVER }),
        ...renewals.slice(0, 2).map((renews) => request({ renews })),
      ];
    }),
  );
}

/** Each kind of decision on some mandates of each place, in its reviews that are open and over. */
function decisionsOf(
  rows: Rows,
  places: readonly string[],
  people: readonly string[],
  now: string | null,
  fresh: () => string,
): Row[] {
  return places.flatMap((business_id) => {
    const ofPlace = (table: string) =>
      (rows[table] ?? []).filter((one) => one['business_id'] === business_id);
    return ofPlace('reviews').flatMap((review) =>
      ofPlace('mandates')
        .slice(-2)
        .flatMap((mandate) =>
          people.flatMap((decided_by) =>
            (
              [
                ['keep', false],
                ['remove', false],
                ['remove', true],
              ] as const
            ).map(([decision, tie_confirmed]) => ({
              id: fresh(),
              review_id: review['id'],
              business_id,
              mandate_id: mandate['id'],
              decision,
              mandate_version: 1,
              tie_confirmed,
              orders: 0,
              cards: 0,
              ore: 0,
              unused: [],
              decided_at: now,
              decided_by,
              decided_by_name: 'P',
            })),
          ),
        ),
    );
  });
}

/** Each kind of decision on a member of each vendor, in its reviews that are open and over. */
function memberDecisionsOf(
  rows: Rows,
  people: readonly string[],
  now: string | null,
  fresh: () => string,
): Row[] {
  return (rows['reviews'] ?? []).flatMap((review) =>
    (rows['vendor_members'] ?? [])
      .filter((one) => one['vendor_id'] === review['business_id'])
      .slice(0, 1)
      .flatMap((member) =>
        people.flatMap((decided_by) =>
          (['keep', 'remove'] as const).map((decision) => ({
            id: fresh(),
            review_id: review['id'],
            business_id: review['business_id'],
            member_id: member['id'],
            decision,
            decided_at: now,
            decided_by,
            decided_by_name: 'P',
          })),
        ),
      ),
  );
}

function ordersOf(
  person: string,
  mandate: string | null,
  makers: readonly (string | null)[],
  now: string | null,
  fresh: () => string,
): Row[] {
  return Object.entries(UNITS).flatMap(([business_id, units]) =>
    units.flatMap((unit_id) =>
      makers.flatMap((vendor_id) =>
        (
          [
            ['placed', {}],
            ['placed', { place: 'KEPT' }],
            ['placed', { place: 'NEW' }],
            ['awaiting-approval', { place: 'NEW' }],
          ] as const
        ).map(([state, delivery_address]) => ({
          id: fresh(),
          business_id,
          unit_id,
          vendor_id,
          vendor_name: vendor_id && 'V',
          mandate_id: mandate,
          placed_by: person,
          placed_by_name: 'P',
          placed_at: now,
          idempotency_key: fresh(),
          card_type: 'construction',
          delivery_address,
          price_ore: 13290,
          vat_basis_points: 2500,
          state,
        })),
      ),
    ),
  );
}

/** A line for each worker in an order that waits, by each maker; and one in an order of somebody else's. */
function linesOf(
  rows: Rows,
  makers: readonly (string | null)[],
  now: string | null,
  fresh: () => string,
): Row[] {
  const waiting = (rows['orders'] ?? []).filter(
    (one) => one['state'] === 'awaiting-approval' && String(one['id']) < thing(1000),
  );
  return WORKERS.flatMap((worker) =>
    makers.flatMap((vendor_id) =>
      waiting
        .filter((order) => order['unit_id'] === worker.unit)
        .filter((order) => order['vendor_id'] === vendor_id || vendor_id !== null)
        .slice(0, 2)
        .flatMap((order) =>
          (['awaiting-media', 'awaiting-approval'] as const).map((state) => ({
            id: fresh(),
            order_id: order['id'],
            business_id: worker.business,
            unit_id: worker.unit,
            vendor_id,
            worker_id: worker.id,
            holder_name: 'P',
            state,
            changed_at: now,
          })),
        ),
    ),
  );
}

/** Rows of the tables that only tasks write: each tried again under another key. */
function onlyTasks(rows: Rows): Candidate[] {
  return Object.entries(TABLES)
    .filter(([, access]) => access.insert === undefined)
    .flatMap(([table]) => {
      const row = table in VIEWS ? {} : rows[table]?.[0];
      if (row === undefined) return [];
      const written = Object.fromEntries(
        Object.entries(row).filter(([column]) => !['number', 'sequence'].includes(column)),
      );
      return [
        {
          table,
          row: { ...written, [keyOf(table)]: keyOf(table) === 'id' ? thing(9000) : row[keyOf(table)] },
        },
      ];
    });
}
