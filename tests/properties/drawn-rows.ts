import { createHash } from 'node:crypto';
import { CHECK_ITEMS } from '../../src/agreements/checklist.ts';
import { ACTING } from './drawn-facts.ts';
import {
  B1,
  B2,
  CARDHOLDERS,
  GIVER,
  idOf,
  loginOf,
  type Mandate,
  memberOf,
  minutes,
  NUMBERS,
  PEOPLE,
  type Review,
  reviewOf,
  sessionOf as newSession,
  UNITS,
  V1,
  V2,
  WORKERS,
  type World,
} from './drawn-world.ts';

/** A row as JSON, by column; times are ISO 8601, bytes `\x…`. */
export type Row = Readonly<Record<string, unknown>>;
/** Rows by table, in the order in which they have to be written. */
export type Rows = Readonly<Record<string, readonly Row[]>>;

export const bytes = (text: string) => `\\x${createHash('sha256').update(text).digest('hex')}`;
export const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
export const LONG_AGO = '2025-06-01T00:00:00.000Z';
const OPENED = '2026-01-10T00:00:00.000Z';

/** A session of each person's that nobody tries anything in, in a browser of its own: confirmations are about it, too. */
export const elsewhereOf = (person: string): string => idOf('session', PEOPLE.indexOf(person) + 101);

/** The hash that a person's session is found by. */
export const tokenOf = (person: string): Buffer => createHash('sha256').update(`session ${person}`).digest();

/** Column by which rows of a table are told apart, where it is not `id`. */
const KEYS: Readonly<Record<string, string>> = {
  bar_appeals: 'bar_id',
  invoice_series: 'issuer',
  invoices_wanted: 'order_id',
  vendor_profiles: 'vendor_id',
  agreement_copies: 'agreement_id',
  agreement_deletions: 'agreement_id',
  official_addresses: 'business_id',
  message_dispatch_files: 'dispatch_id',
  audit_details: 'entry_id',
  audit_chain: 'entry_id',
  audit_unchained: 'entry_id',
  mandate_versions: 'mandate_id',
  card_codes: 'card_id',
  access_states: 'subject_id',
  watch_marks: 'name',
  price_list: 'card_type',
  vat_rates: 'valid_from',
  transparency_months: 'month',
  look_alikes: 'domain',
  clock: 'offset_by',
  vendor_counts: 'vendor_id',
  vendor_figures: 'vendor_id',
  withheld_people: 'person_id',
};
export const keyOf = (table: string): string => KEYS[table] ?? 'id';

/** An appointment that holds while the worlds are drawn, to whom it may concern. */
function appointmentRow(id: number, role: string): Row {
  return {
    id: thing(id),
    role,
    name: 'P',
    email: 'p@example.com',
    ends_at: OPENED,
    proposed_at: LONG_AGO,
    token_hash: bytes(`appointment ${String(id)}`),
    token_expires_at: OPENED,
    // Rows of a table are written with the columns of the first.
    ...{ business_id: null, place: null, proposed_by: null, proposed_by_name: null, approved_at: null },
  };
}

/** Views that show the rows of a table to whoever asks, and nothing to those who ask without a context. */
export const VIEWS: Readonly<Record<string, string>> = {
  order_lines_as_shown: 'order_lines',
  cards_as_shown: 'cards',
  own_cards: 'cards',
  own_workers: 'workers',
  vendor_counts: 'vendor_profiles',
  vendor_figures: 'vendor_profiles',
};

/** What stands in every world: units, workers, and one thing of each kind by each maker. */
/** Bars of a vendor that nobody has appealed against: one for each who tries. */
export const untriedBars = (vendor: string): readonly string[] =>
  [0, 1].map((place) => thing(4250 + 2 * (vendor === V1 ? 0 : 1) + place));

export const appealRow = (bar_id: string, vendor_id: string, filed_by: string, filed_at = LONG_AGO): Row => ({
  bar_id,
  vendor_id,
  barred_by: GIVER,
  text: 'a',
  filed_at,
  filed_by,
  filed_by_name: 'P',
});

export function standingRows(): Rows {
  const makers = WORKERS.flatMap((worker) =>
    [null, V1, V2]
      .filter((vendor) => worker.business === B1 || vendor !== V2)
      .map((vendor) => ({
        worker,
        vendor,
        mandate: vendor === null ? null : pastMandate(worker.business, vendor).id,
      })),
  );
  const businesses = Object.keys(NUMBERS);
  const pasts = [pastMandate(B1, V1), pastMandate(B1, V2), pastMandate(B2, V1)];
  const pastAgreements = pasts.flatMap(({ agreement, uncopied, business, vendor }) =>
    [agreement, uncopied].map((id) => ({ id, business, vendor, ended: true })),
  );
  return {
    persons: [...PEOPLE, ...CARDHOLDERS, GIVER].map((id) => ({
      id,
      national_id_hash: bytes(id),
      national_id_encrypted: '\\x00',
      name: 'P',
      created_at: LONG_AGO,
    })),
    businesses: businesses.map((id) => ({
      id,
      organisation_number: NUMBERS[id],
      name: 'B',
      form: 'AS',
      address: {},
      vat_registered: true,
      card_type: 'construction',
      refreshed_at: LONG_AGO,
    })),
    units: Object.entries(UNITS).flatMap(([business_id, units]) =>
      units.map((id) => ({
        id,
        business_id,
        organisation_number: `3200000${id.slice(-2)}`,
        name: 'U',
        address: {},
      })),
    ),
    workers: WORKERS.map((one) => workerRow({ ...one, from: '2020-01-01', to: null })),
    agreements: pastAgreements.map(agreementRow),
    agreement_documents: [V1, V2].map((vendor_id, index) => ({
      id: thing(4000 + index),
      vendor_id,
      number: 1,
      version: '1',
      standard_sha256: bytes('standard'),
      places: 'Norge',
      sha256: bytes(`document ${vendor_id}`),
      content: '\\x00',
      text: {},
      signed_by: GIVER,
      signed_by_name: 'G',
      signed_role: 'DAGL',
      signed_at: LONG_AGO,
      signature: 's',
    })),
    agreement_copies: pasts.map((one) => ({
      agreement_id: one.agreement,
      business_id: one.business,
      vendor_id: one.vendor,
      sha256: bytes(`copy ${one.id}`),
      content: '\\x00',
      signed_by: GIVER,
      signed_role: 'DAGL',
      signature: 's',
    })),
    agreement_deletions: pastAgreements.map((one, index) =>
      deletionRow(one, index % 2 === 0 ? 'deleted' : null),
    ),
    vendor_answers: [V1, V2].map((vendor_id, index) => ({
      id: thing(4040 + index),
      vendor_id,
      question: 'own-logins',
      answer: 'yes',
      evidence: 'E',
      answered_by: GIVER,
      answered_by_name: 'G',
      answered_at: LONG_AGO,
    })),
    // Being gone through, recorded, and in force.
    recorded_agreements: pasts.flatMap(({ business, vendor }, index) =>
      [
        [null, null],
        [OPENED, null],
        [OPENED, OPENED],
      ].map(([recorded_at = null, confirmed_at = null], state) => ({
        id: thing(4020 + 3 * index + state),
        ...recordedRow(
          { business_id: business, vendor_id: vendor, uploaded_by: GIVER, uploaded_at: LONG_AGO },
          recorded_at,
          confirmed_at,
        ),
      })),
    ),
    sub_processors: [V1, V2].flatMap((vendor_id, index) =>
      [null, OPENED].map((ended_at, at) => ({
        id: thing(4010 + 2 * index + at),
        vendor_id,
        name: 'Sky',
        country: 'Norge',
        purpose: 'Lagring',
        announced_by: GIVER,
        announced_by_name: 'G',
        announced_at: LONG_AGO,
        starts_at: LONG_AGO,
        ended_at,
        ended_by: ended_at && GIVER,
      })),
    ),
    vendor_invoices: [B1, B2].map((business_id, index) => vendorInvoiceRow(4300 + index, business_id, GIVER)),
    vendor_terms: [V1, V2].map((vendor_id, index) => ({
      id: thing(4200 + index),
      vendor_id,
      version: '1',
      accepted_by: GIVER,
      accepted_by_name: 'G',
      accepted_at: LONG_AGO,
    })),
    // One of each vendor waits, with the other vendor; what was offered to the drawn businesses is settled.
    quote_offers: [
      ...pasts.map((one, index) => offerRow(4100 + index, one.business, one.vendor, OPENED)),
      offerRow(4190, V2, V1, null),
      offerRow(4191, V1, V2, null),
    ],
    quotes: pasts.map((one) =>
      quoteRow({ id: one.quote, business: one.business, vendor: one.vendor, validUntil: Date.parse(OPENED) }),
    ),
    mandates: pasts.map((one) =>
      mandateRow({
        id: one.id,
        business: one.business,
        holder: { vendor: one.vendor },
        rights: ['orders.place'],
        units: null,
        workers: null,
        startsAt: Date.parse(LONG_AGO),
        endsAt: Date.parse(OPENED),
        endedAt: Date.parse(OPENED),
        suspendedFor: null,
        confirmBy: null,
        tie: 'declared',
        agreement: one.agreement,
        quote: one.quote,
        approved: { level: 'high', at: Date.parse(LONG_AGO), loggedInAt: Date.parse(LONG_AGO) },
      }),
    ),
    orders: [
      ...makers.flatMap(({ worker, vendor, mandate }, index) =>
        (['placed', 'awaiting-approval', 'cancelled'] as const).map((state, place) =>
          orderRow(10 + index * 3 + place, worker, {
            vendor,
            mandate,
            state,
            by: PEOPLE[index % PEOPLE.length]!,
          }),
        ),
      ),
    ],
    worker_declarations: WORKERS.flatMap((of, index) => [
      declarationRow(6200 + index, of, null),
      declarationRow(6300 + index, of, OPENED),
    ]),
    residence_permits: WORKERS.map((worker, index) => ({
      id: thing(6500 + index),
      business_id: worker.business,
      unit_id: worker.unit,
      worker_id: worker.id,
      vendor_id: [null, V1, V2, V1][index],
      kind: 'permit',
      last_day: OPENED.slice(0, 10),
      declared_by: GIVER,
      declared_by_name: 'P',
      declared_at: OPENED,
    })),
    approvals: [B1, B2].map((business_id, index) => ({
      id: thing(6400 + index),
      business_id,
      register: 'cleaning',
      standing: 'approved',
      words: '',
      as_of: OPENED,
    })),
    delivery_addresses: [B1, B2].flatMap((business, index) => [
      addressRow(920 + index, business, { place: 'KEPT' }, null),
      addressRow(930 + index, business, { place: 'NEW' }, OPENED),
    ]),
    photos: makers.map(({ worker, vendor }, index) => ({
      id: thing(200 + index),
      business_id: worker.business,
      worker_id: worker.id,
      unit_id: worker.unit,
      vendor_id: vendor,
      image: '\\x00',
      thumbnail: '\\x00',
      width: 1,
      height: 1,
      sha256: bytes('photo'),
      uploaded_by: GIVER,
      uploaded_at: OPENED,
    })),
    identity_documents: makers.map(({ worker, vendor }, index) => ({
      id: thing(5200 + index),
      business_id: worker.business,
      worker_id: worker.id,
      unit_id: worker.unit,
      vendor_id: vendor,
      kind: 'passport',
      content: '\\x00',
      sha256: bytes('document'),
      uploaded_by: GIVER,
      uploaded_at: OPENED,
    })),
    order_lines: makers.map(({ worker, vendor }, index) =>
      lineRow(300 + index, 10 + index * 3, worker, vendor, 'shipped'),
    ),
    media_verdicts: makers.map(({ worker, vendor }, index) => ({
      id: thing(5400 + index),
      business_id: worker.business,
      unit_id: worker.unit,
      vendor_id: vendor,
      worker_id: worker.id,
      line_id: thing(300 + index),
      photo_id: thing(200 + index),
      accepted: false,
      reasons: ['blurred'],
      decided_by: GIVER,
      decided_by_name: 'G',
      decided_at: OPENED,
    })),
    upload_requests: makers.map(({ worker, vendor }, index) => ({
      id: thing(5600 + index),
      business_id: worker.business,
      unit_id: worker.unit,
      vendor_id: vendor,
      order_id: thing(10 + index * 3),
      line_id: thing(300 + index),
      worker_id: worker.id,
      person_id: worker.person,
      shown_name: 'P',
      secret_hash: bytes(thing(5600 + index)),
      way: 'shown',
      asks: ['photo'],
      asked_by: GIVER,
      asked_by_name: 'G',
      asked_at: LONG_AGO,
      expires_at: OPENED,
    })),
    ...uploadRows(),
    card_batches: [{ id: thing(390), created_at: LONG_AGO }],
    cards: makers.map(({ worker, vendor }, index) => ({
      id: thing(400 + index),
      business_id: worker.business,
      worker_id: worker.id,
      unit_id: worker.unit,
      // One is that of somebody who logs in, and sees it as their own.
      person_id: index === 1 ? PEOPLE[0]! : worker.person,
      vendor_id: vendor,
      order_line_id: thing(300 + index),
      batch_id: thing(390),
      number: String(10_000_000 + index),
      token: `token-${String(index).padStart(5, '0')}`,
      card_type: 'construction',
      holder_name: 'P',
      birth_date: '1990-01-01',
      employer_name: 'B',
      organisation_number: NUMBERS[worker.business],
      issued_at: '2024-01-01T00:00:00Z',
      // Over, so that every worker may be ordered for.
      expires_at: OPENED,
      production: 'shipped',
      // One in three is blocked already.
      blocked_at: index % 3 === 2 ? LONG_AGO : null,
      blocked_reason: index % 3 === 2 ? 'lost' : null,
      blocked_by: index % 3 === 2 ? GIVER : null,
    })),
    card_returns: makers.map(({ worker }, index) => ({
      id: thing(6600 + index),
      business_id: worker.business,
      unit_id: worker.unit,
      worker_id: worker.id,
      card_id: thing(400 + index),
      issuer_reference: String(index),
      reason: 'other',
      returned_at: LONG_AGO,
      // One in three is decided.
      ...(index % 3 === 1 ? { address: {}, asked_by: GIVER, asked_by_name: 'P', asked_at: LONG_AGO } : {}),
    })),
    status_lists: [{ id: 1, size: 1024, opened_at: LONG_AGO }],
    card_codes: makers.map(({ worker }, index) => ({
      card_id: thing(400 + index),
      business_id: worker.business,
      unit_id: worker.unit,
      worker_id: worker.id,
      list_id: 1,
      status_index: index,
      code: 'HMS1:ABC',
      signed_at: LONG_AGO,
    })),
    disputes: makers.map(({ worker }, index) => ({
      id: thing(9440 + index),
      business_id: worker.business,
      unit_id: worker.unit,
      worker_id: worker.id,
      card_id: thing(400 + index),
      person_id: worker.person,
      person_name: 'P',
      kind: 'name',
      text: 't',
      made_at: LONG_AGO,
      answer_by: OPENED,
    })),
    condition_notices: makers.map(({ worker }, index) => ({
      id: thing(6500 + index),
      card_id: thing(400 + index),
      business_id: worker.business,
      person_id: worker.person,
      code: 'EXPIRED',
      step: 'foreseen',
      at: OPENED,
    })),
    invoice_series: [{ issuer: ISSUER, last_number: 1 }],
    invoices_wanted: [{ order_id: thing(11), wanted_at: LONG_AGO }],
    invoices: makers.map(({ worker, vendor, mandate }, index) =>
      invoiceRow(index, 10 + index * 3, worker, { vendor, mandate }),
    ),
    invoice_cards: makers.map(({ worker }, index) => ({
      id: thing(5500 + index),
      invoice_id: thing(5000 + index),
      business_id: worker.business,
      order_line_id: thing(300 + index),
      kind: 'invoice',
    })),
    invoice_payments: makers.map((_, index) => paymentRow(index)),
    ...ofEachBusiness(businesses),
    worker_look_ups: pasts.map((one, index) => ({
      id: thing(700 + index),
      business_id: one.business,
      vendor_id: one.vendor,
      mandate_id: one.id,
      person_id: GIVER,
      hit: false,
      at: LONG_AGO,
    })),
    devices: [GIVER, ...PEOPLE].map((person_id, index) => ({
      id: index === 0 ? thing(820) : thing(3199 + index),
      person_id,
      device_hash: bytes(index === 0 ? `device ${person_id}` : `elsewhere ${person_id}`),
      first_of_person: true,
      user_agent: '',
      first_seen_at: LONG_AGO,
      last_seen_at: LONG_AGO,
    })),
    passkeys: [GIVER].map((person_id, index) => ({
      id: thing(860 + index),
      person_id,
      credential_id: bytes(`passkey ${person_id}`),
      public_key: bytes('key'),
      counter: 0,
      name: 'K',
      added_at: LONG_AGO,
      counts_from: LONG_AGO,
    })),
    // Ended; those that are in force are drawn.
    passkey_requirements: [B1, V1].map((business_id, index) => ({
      id: thing(870 + index),
      business_id,
      required_at: LONG_AGO,
      required_by: GIVER,
      required_by_name: 'G',
      ended_at: LONG_AGO,
      ended_by: GIVER,
      ended_by_name: 'G',
    })),
    signals: [...PEOPLE, GIVER].flatMap((person_id, place) =>
      [B1, V1].flatMap((business_id, index) =>
        [false, true].map((answered, turn) => ({
          id: thing(840 + place * 4 + index * 2 + turn),
          kind: 'two-networks',
          business_id,
          person_id,
          person_name: 'P',
          key: `${person_id} ${String(turn)}`,
          found_at: OPENED,
          answer: answered ? 'confirmed' : null,
          answered_at: answered ? OPENED : null,
          answered_by: answered ? GIVER : null,
          answered_by_name: answered ? 'G' : null,
        })),
      ),
    ),
    drafts: [...PEOPLE, GIVER].flatMap((person, place) =>
      [B1, V1].map((business_id, index) => ({
        id: thing(720 + place * 2 + index),
        person_id: person,
        business_id,
        kind: 'mandate',
        form: {},
        created_at: OPENED,
        handed_over_at: person === GIVER ? OPENED : null,
      })),
    ),
    disclosures: [...PEOPLE, CARDHOLDERS[0]!].flatMap((subject_person_id, place) =>
      [B1, V1].map((business_id, index) => ({
        id: thing(760 + place * 2 + index),
        at: OPENED,
        subject_person_id,
        business_id,
        viewer_person_id: GIVER,
        viewer_name: 'G',
        fields: ['name'],
        occasion: 'card',
      })),
    ),
    staff_appointments: [
      ...[PEOPLE[0]!, GIVER].map((accepted_by, index) => ({
        ...appointmentRow(795 + index, 'operator'),
        accepted_by,
        accepted_by_name: 'P',
        accepted_at: LONG_AGO,
        approved_at: LONG_AGO,
      })),
      ...[B1, B2, V1].flatMap((business_id, index) =>
        [null, LONG_AGO].map((accepted_at, state) => ({
          ...appointmentRow(7700 + 2 * index + state, 'coordinator'),
          business_id,
          place: 'Kai 1',
          proposed_by: GIVER,
          proposed_by_name: 'G',
          accepted_by: accepted_at === null ? null : CARDHOLDERS[0]!,
          accepted_by_name: accepted_at === null ? null : 'C',
          accepted_at,
        })),
      ),
    ],
    withheld_people: CARDHOLDERS.map((person_id) => ({ person_id })),
    check_records: [
      {
        id: thing(7750),
        checked_at: OPENED,
        checked_by: GIVER,
        checked_by_name: 'G',
        appointment_id: thing(796),
        role: 'inspector',
        place: 'Kai 1',
        lines: [{ number: '10000001', verdict: 'unknown', reason: null }],
      },
    ],
    login_attempts: [
      {
        id: thing(790),
        browser_hash: bytes('browser'),
        state: 's',
        nonce: 'n',
        code_verifier: 'c',
        purpose: 'login',
        return_path: '/',
        created_at: OPENED,
      },
    ],
    ...reviewRows(businesses, pasts),
  };
}

const openReviewOf = (business: string) =>
  business === B1 ? idOf('review', 1) : thing(820 + Object.keys(NUMBERS).indexOf(business));

/** A file and an archive of each person in each business, for the business itself and for a vendor, each with one row. */
function uploadRows(): Rows {
  const uploads = PEOPLE.flatMap((uploaded_by, place) =>
    [B1, B2].flatMap((business_id, at) =>
      [null, V1].map((vendor_id, turn) => ({
        id: thing(3000 + place * 4 + at * 2 + turn),
        business_id,
        vendor_id,
        uploaded_by,
      })),
    ),
  );
  return {
    order_uploads: uploads.map((one) => ({
      ...one,
      mandate_id: one.vendor_id && pastMandate(one.business_id, one.vendor_id).id,
      uploaded_by_name: 'P',
      uploaded_at: LONG_AGO,
      file_name: 'f',
      headings: [],
      state: 'judged',
      read_rows: 0,
    })),
    order_upload_rows: uploads.map((one, index) => ({
      ...one,
      id: thing(3100 + index),
      upload_id: one.id,
      position: 2,
      left_out: false,
    })),
    photo_archives: uploads.map((one, index) => ({
      ...one,
      id: thing(3200 + index),
      mandate_id: one.vendor_id && pastMandate(one.business_id, one.vendor_id).id,
      uploaded_by_name: 'P',
      uploaded_at: LONG_AGO,
      file_name: 'f',
      bytes: 1,
      state: 'reading',
    })),
    photo_archive_parts: uploads.map((one, index) => ({
      ...one,
      id: thing(3300 + index),
      archive_id: thing(3200 + index),
      position: 0,
      content: bytes('part'),
    })),
    photo_archive_files: uploads.map((one, index) => ({
      ...one,
      id: thing(3400 + index),
      archive_id: thing(3200 + index),
      position: 0,
      name: 'f',
      finding: 'none',
      state: 'waiting',
    })),
  };
}

/** In each business a review that is open, and goes through nothing that is given here (the customer's is drawn), and one that is over. */
function reviewRows(
  businesses: readonly string[],
  pasts: readonly { readonly id: string; readonly business: string }[],
): Rows {
  const review = {
    due_at: '2027-01-01T00:00:00.000Z',
    opened_at: LONG_AGO,
    completed_at: null,
    completed_by: null,
    completed_by_name: null,
  };
  return {
    reviews: businesses.flatMap((business_id, index) => [
      ...(business_id === B1
        ? [reviewRow(reviewOf(1), 0)]
        : [{ id: openReviewOf(business_id), business_id, quarter: '2025-01-01', ...review }]),
      {
        id: thing(830 + index),
        business_id,
        quarter: '2024-10-01',
        ...review,
        completed_at: LONG_AGO,
        completed_by: GIVER,
        completed_by_name: 'G',
      },
    ]),
    review_decisions: pasts.map((one, index) => ({
      id: thing(840 + index),
      review_id: openReviewOf(one.business),
      business_id: one.business,
      mandate_id: one.id,
      decision: 'keep',
      mandate_version: 1,
      tie_confirmed: false,
      orders: 0,
      cards: 0,
      ore: 0,
      unused: [],
      decided_at: LONG_AGO,
      decided_by: GIVER,
      decided_by_name: 'G',
    })),
    mandate_right_uses: pasts.map((one, index) => ({
      id: thing(850 + index),
      mandate_id: one.id,
      business_id: one.business,
      used_right: 'orders.place',
      last_on: '2025-06-01',
    })),
  };
}

/** A review of the customer that goes through everything that was ever given. */
function reviewRow(one: Review, index: number): Row {
  return {
    id: one.id,
    business_id: one.business,
    quarter: `${String(2030 + index)}-01-01`,
    due_at: '2027-01-01T00:00:00.000Z',
    opened_at: LONG_AGO,
    completed_at: iso(one.completedAt),
    completed_by: one.completedAt === null ? null : GIVER,
    completed_by_name: one.completedAt === null ? null : 'G',
  };
}

export const thing = (count: number) => idOf('thing', count);

/** A mandate that ended before the history begins; what a vendor made earlier was made under it. */
export function pastMandate(business: string, vendor: string) {
  const count = Object.keys(NUMBERS).indexOf(business) * 10 + Object.keys(NUMBERS).indexOf(vendor) + 1;
  // Before every drawn mandate.
  const id = (kind: string) => idOf(kind, count).replace('019ab', '019aa');
  return {
    id: id('mandate'),
    agreement: id('agreement'),
    /** One that nobody has the signed copy of. */
    uncopied: id('quote'),
    quote: id('quote'),
    business,
    vendor,
  };
}

const THREADS = 6000;
const DISPATCH = thing(THREADS + 80);
/** A business's message: the one to it at place 0, then one of each person. */
const NOTICES = 6400;
/** The notice to the business, and the one to a person. */
export const noticeOf = (business: number): string => thing(NOTICES + business);
export const ownNoticeOf = (person: string): string =>
  thing(NOTICES + 40 + [...PEOPLE, GIVER].indexOf(person));

const notice = (of: Row): Row => ({
  unit_id: null,
  person_id: null,
  template: 't',
  parameters: {},
  extra_addresses: [],
  language: 'nb',
  created_at: LONG_AGO,
  ...of,
});

export const messageOf = (business: number, place: number): string => thing(6100 + business * 20 + place);

function ofEachBusiness(businesses: readonly string[]): Rows {
  const each = (base: number, row: (business_id: string, id: string, index: number) => Row): Row[] =>
    businesses.map((business_id, index) => row(business_id, thing(base + index), index));
  /** One of each business itself, then one of each of its units. */
  const ofEachUnit = (base: number, row: (business: string, unit: string | null, id: string) => Row): Row[] =>
    [
      ...businesses.map((business) => [business, null] as const),
      ...businesses.flatMap((business) => (UNITS[business] ?? []).map((unit) => [business, unit] as const)),
    ].map(([business, unit], index) => row(business, unit, thing(base + index)));
  const entry = (index: number) => thing(540 + index);
  return {
    contact_details: ofEachUnit(9400, (business_id, unit_id, id) => ({
      id,
      business_id,
      unit_id,
      address_lines: [],
      language: 'nb',
      source: 'business',
      changed_at: LONG_AGO,
      version: 1,
    })),
    contact_changes: ofEachUnit(500, (business_id, unit_id, id) => ({
      id,
      business_id,
      unit_id,
      before: {},
      after: {},
      changed_by: GIVER,
      changed_by_name: 'G',
      changed_at: LONG_AGO,
    })),
    contact_moves: ofEachUnit(560, (business_id, unit_id, id) => ({
      id,
      business_id,
      unit_id,
      before: {},
      after: {},
      made_by: GIVER,
      made_by_name: 'G',
      made_by_officer: true,
      made_at: LONG_AGO,
      state: 'proving',
      codes_expire_at: LONG_AGO,
      wait: '72 hours',
    })),
    contact_events: each(570, (business_id, id, index) => ({
      id,
      business_id,
      move_id: thing(560 + index),
      kind: 'begun',
      at: LONG_AGO,
    })),
    contact_stops: each(580, (business_id, id, index) => ({
      id,
      business_id,
      move_id: thing(560 + index),
      address: 'officers',
      token_hash: bytes(id),
      made_at: LONG_AGO,
    })),
    official_addresses: each(0, (business_id) => ({
      business_id,
      addresses: [],
      sha256: bytes('none'),
      checked_at: LONG_AGO,
      changed_at: LONG_AGO,
    })),
    // To officers, to the business, to an address that somebody gave, and to each person.
    notices: [
      ...each(510, (business_id, id) => notice({ id, business_id, audience: 'officers' })),
      // At the businesses' own places first, and then one about each unit.
      ...ofEachUnit(NOTICES, (business_id, unit_id, id) =>
        notice({ id, business_id, unit_id, audience: 'business' }),
      ),
      ...each(NOTICES + 20, (business_id, id) => notice({ id, business_id, audience: 'address' })),
      ...[...PEOPLE, GIVER].map((person_id) =>
        notice({ id: ownNoticeOf(person_id), business_id: null, audience: 'person', person_id }),
      ),
    ],
    notice_digests: PEOPLE.map((person_id, index) => ({
      id: thing(NOTICES + 100 + index),
      person_id,
      notice_id: noticeOf(0),
      language: 'nb',
      due_at: LONG_AGO,
    })),
    notice_reads: [
      ...each(NOTICES + 60, (business_id, id, index) => ({
        id,
        notice_id: noticeOf(index),
        business_id,
        person_id: CARDHOLDERS[0]!,
        person_name: 'P',
        read_at: LONG_AGO,
      })),
      ...PEOPLE.slice(1).map((person_id, index) => ({
        id: thing(NOTICES + 80 + index),
        notice_id: ownNoticeOf(person_id),
        business_id: null,
        person_id,
        person_name: 'P',
        read_at: LONG_AGO,
      })),
    ],
    notice_deliveries: each(520, (_business, id, index) => ({
      id,
      notice_id: thing(510 + index),
      address: 'a@example.com',
      message_id: id,
      state: 'waiting',
      attempts: 0,
    })),
    own_addresses: [...PEOPLE, GIVER].map((person_id, index) => ({
      id: thing(9420 + index),
      person_id,
      channel: 'email',
      address: 'own@example.com',
      confirmed_at: LONG_AGO,
      tries: 0,
    })),
    phone_links: PEOPLE.map((person_id, index) => ({
      id: thing(9460 + index),
      address_id: thing(9420 + index),
      person_id,
      secret_hash: bytes(`phone ${String(index)}`),
      code: bytes('code'),
      made_at: LONG_AGO,
      expires_at: OPENED,
    })),
    notice_wishes: [...PEOPLE, GIVER].map((person_id, index) => ({
      id: thing(890 + index),
      person_id,
      switched_off: [],
      channel: 'both',
      changed_at: LONG_AGO,
    })),
    message_dispatches: [
      {
        id: DISPATCH,
        authority: 'a',
        category: 'general',
        subject: 's',
        body: 'b',
        selection: {},
        recipients: 1,
        state: 'waiting',
        created_by: GIVER,
        created_by_name: 'G',
        created_at: LONG_AGO,
      },
    ],
    message_dispatch_files: [
      {
        dispatch_id: DISPATCH,
        authority: 'a',
        file_name: 'f.pdf',
        content: '\\x00',
        sha256: bytes('file'),
        bytes: 1,
        attached_by: GIVER,
        attached_at: LONG_AGO,
      },
    ],
    message_threads: each(THREADS, (business_id, id) => ({
      id,
      business_id,
      authority: 'a',
      dispatch_id: DISPATCH,
      category: 'general',
      subject: 's',
      created_at: LONG_AGO,
      last_at: LONG_AGO,
      last_from: 'authority',
    })),
    // One to the business, and one of each person.
    messages: businesses.flatMap((business_id, index) =>
      [null, ...PEOPLE, GIVER].map((author_id, place) => ({
        id: messageOf(index, place),
        thread_id: thing(THREADS + index),
        business_id,
        side: author_id === null ? 'authority' : 'business',
        author_id: author_id ?? CARDHOLDERS[0]!,
        author_name: 'P',
        body: '',
        sent_at: LONG_AGO,
      })),
    ),
    message_attachments: each(THREADS + 20, (business_id, id, index) => ({
      id,
      message_id: messageOf(index, PEOPLE.length + 1),
      thread_id: thing(THREADS + index),
      business_id,
      file_name: 'f.pdf',
      // The dispatch's, or a file of its own.
      content: index % 2 === 0 ? null : '\\x00',
      dispatch_id: index % 2 === 0 ? DISPATCH : null,
      sha256: bytes('file'),
      bytes: 1,
      attached_by: GIVER,
      attached_at: LONG_AGO,
    })),
    message_reads: each(THREADS + 40, (business_id, id, index) => ({
      id,
      message_id: messageOf(index, 0),
      thread_id: thing(THREADS + index),
      business_id,
      person_id: CARDHOLDERS[0]!,
      person_name: 'P',
      read_at: LONG_AGO,
    })),
    message_steps: each(THREADS + 60, (business_id, id, index) => ({
      id,
      thread_id: thing(THREADS + index),
      business_id,
      step: 'business',
      at: LONG_AGO,
      evidence: {},
    })),
    look_alikes: [{ domain: 'a.example', listed_at: LONG_AGO, listed_by: GIVER, listed_by_name: 'G' }],
    transparency_months: [{ month: '2026-01-01', counted_at: LONG_AGO }],
    vendor_reports: [
      {
        id: thing(THREADS + 90),
        about: 'a',
        text: 't',
        wants_answer: false,
        language: 'nb',
        received_at: LONG_AGO,
      },
    ],
    vendor_report_files: [
      {
        id: thing(THREADS + 92),
        report_id: thing(THREADS + 90),
        file_name: 'a.pdf',
        media_type: 'application/pdf',
        content: '\\x00',
        sha256: bytes('report'),
        bytes: 1,
      },
    ],
    vendor_report_notes: [
      {
        id: thing(THREADS + 91),
        report_id: thing(THREADS + 90),
        text: 't',
        written_by: GIVER,
        written_by_name: 'G',
        written_at: LONG_AGO,
      },
    ],
    message_templates: [
      {
        id: thing(THREADS + 81),
        authority: 'a',
        name: 'n',
        category: 'general',
        subject: 's',
        body: 'b',
        changed_by: GIVER,
        changed_by_name: 'G',
        changed_at: LONG_AGO,
      },
    ],
    invitations: each(530, (business_id, id) => ({
      id,
      business_id,
      kind: 'person',
      name: 'I',
      email: 'i@example.com',
      token_hash: bytes(id),
      proposal: {},
      invited_by: GIVER,
      invited_by_name: 'G',
      invited_at: OPENED,
      expires_at: OPENED,
    })),
    audit_entries: each(540, (business_id, id) => ({
      id,
      transaction_id: '3',
      recorded_at: LONG_AGO,
      business_id,
      actor_person_id: GIVER,
      capacity: 'officer',
      action: 'a',
      decision: 'allowed',
      changes: {},
    })),
    audit_details: businesses.map((business_id, index) => ({
      entry_id: entry(index),
      business_id,
      salt: '\\x00',
      detail: {},
    })),
    audit_chain: businesses.map((chain, index) => ({
      chain,
      position: 1,
      entry_id: entry(index),
      previous_hash: '\\x00',
      hash: bytes(chain),
    })),
  };
}

interface Made {
  readonly vendor: string | null;
  readonly mandate: string | null;
  readonly state: string;
  readonly by: string;
}

function addressRow(at: number, business: string, address: object, removedAt: string | null): Row {
  return {
    id: thing(at),
    business_id: business,
    address,
    added_by: GIVER,
    added_by_name: 'P',
    added_at: LONG_AGO,
    removed_at: removedAt,
    removed_by: removedAt && GIVER,
  };
}

function declarationRow(number: number, of: (typeof WORKERS)[number], withdrawn: string | null): Row {
  return {
    id: thing(number),
    business_id: of.business,
    unit_id: of.unit,
    worker_id: of.id,
    kind: 'owner',
    reason: 'R',
    declared_by: GIVER,
    declared_by_name: 'P',
    declared_at: OPENED,
    confirmed_by: GIVER,
    confirmed_by_name: 'P',
    confirmed_at: OPENED,
    holds_until: iso(Date.parse(OPENED) + 1000),
    withdrawn_at: withdrawn,
    withdrawn_by: withdrawn === null ? null : GIVER,
  };
}

function orderRow(
  count: number,
  worker: (typeof WORKERS)[number],
  { vendor, mandate, state, by }: Made,
): Row {
  return {
    id: thing(count),
    business_id: worker.business,
    unit_id: worker.unit,
    vendor_id: vendor,
    vendor_name: vendor && 'V',
    mandate_id: mandate,
    placed_by: by,
    placed_by_name: 'P',
    placed_at: OPENED,
    idempotency_key: thing(count),
    card_type: 'construction',
    customer_reference: '',
    delivery_address: {},
    price_ore: 13290,
    fee_ore: 0,
    vat_basis_points: 2500,
    state,
    cancelled_by: state === 'cancelled' ? by : null,
    cancelled_at: state === 'cancelled' ? OPENED : null,
  };
}

function lineRow(
  count: number,
  order: number,
  worker: (typeof WORKERS)[number],
  vendor: string | null,
  state: string,
): Row {
  return {
    id: thing(count),
    order_id: thing(order),
    business_id: worker.business,
    unit_id: worker.unit,
    vendor_id: vendor,
    worker_id: worker.id,
    holder_name: 'P',
    state,
    changed_at: OPENED,
  };
}

function sessionRow(one: World['sessions'][number]): Row {
  return {
    id: one.id,
    token_hash: `\\x${tokenOf(one.person).toString('hex')}`,
    person_id: one.person,
    issuer: 'i',
    subject: 's',
    acr: one.level,
    auth_time: iso(one.loggedInAt),
    user_agent: '',
    created_at: iso(one.loggedInAt),
    last_seen_at: iso(one.lastSeenAt),
    idle: '30 minutes',
    absolute_end: iso(one.absoluteEnd),
    ended_at: one.ended ? LONG_AGO : null,
    device_id: loginOf(one.person, one.browser).id,
    passkey_id: one.used?.passkey ?? null,
    passkey_at: iso(one.used?.at ?? null),
  };
}

function elsewhereRow({ person }: World['sessions'][number], now: number): Row {
  const row = sessionRow(newSession(person, PEOPLE.indexOf(person) + 100, now));
  return {
    ...row,
    token_hash: bytes(`elsewhere ${person}`),
    device_id: thing(3200 + PEOPLE.indexOf(person)),
  };
}

function workerRow(one: {
  readonly id: string;
  readonly business: string;
  readonly unit: string;
  readonly person: string;
  readonly from: string;
  readonly to: string | null;
}): Row {
  return {
    id: one.id,
    business_id: one.business,
    unit_id: one.unit,
    person_id: one.person,
    name: 'P',
    family_name: 'P',
    birth_date: '1990-01-01',
    employed_from: one.from,
    employed_to: one.to,
    number_active: true,
    deceased: false,
    source: 'register',
    refreshed_at: LONG_AGO,
  };
}

const ISSUER = '310000906';

/** An invoice of an order; by whoever made the order. */
function invoiceRow(
  count: number,
  order: number,
  of: (typeof WORKERS)[number],
  by: { readonly vendor: string | null; readonly mandate: string | null },
): Row {
  return {
    id: thing(5000 + count),
    issuer: ISSUER,
    number: 1000 + count,
    kind: 'invoice',
    order_id: thing(order),
    business_id: of.business,
    unit_id: of.unit,
    vendor_id: by.vendor,
    mandate_id: by.mandate,
    issued_at: OPENED,
    issued_on: '2026-01-10',
    due_on: '2026-01-24',
    kid: '0000001008',
    order_number: 1,
    customer_reference: '',
    card_type: 'construction',
    cards: 1,
    price_ore: 13290,
    vat_basis_points: 2500,
    excluding_ore: 13290,
    vat_ore: 3323,
    including_ore: 16613,
    parties: {},
    try_after: OPENED,
  };
}

/** A payment of that invoice, whose place and maker a trigger fills in. */
function paymentRow(count: number): Row {
  return {
    id: thing(5800 + count),
    invoice_id: thing(5000 + count),
    kind: 'received',
    ore: 100,
    reference: `r${String(count)}`,
    paid_on: '2026-01-20',
    recorded_at: OPENED,
    recorded_by: GIVER,
    recorded_by_name: 'G',
  };
}

function agreementRow(one: World['agreements'][number]): Row {
  return {
    id: one.id,
    business_id: one.business,
    vendor_id: one.vendor,
    version: '1',
    document_sha256: bytes('agreement'),
    business_accepted_by: GIVER,
    business_accepted_by_name: 'G',
    business_accepted_at: LONG_AGO,
    vendor_accepted_by: GIVER,
    vendor_accepted_by_name: 'G',
    vendor_accepted_at: LONG_AGO,
    ended_at: one.ended ? OPENED : null,
  };
}

/** An agreement that was signed elsewhere, in which everything was found. */
export function recordedRow(row: Row, recorded_at: string | null, confirmed_at: string | null): Row {
  const found = CHECK_ITEMS.map((item) => [item, { answer: 'yes', where: '1' }]);
  const by = (at: string | null) => (at === null ? [null, null, null] : [GIVER, 'G', 's']);
  const [recorded_by, recorded_by_name, signature] = by(recorded_at);
  const [confirmed_by, confirmed_by_name, confirmation] = by(confirmed_at);
  return {
    ...row,
    file_name: 'a.pdf',
    sha256: bytes('file'),
    content: '\\x00',
    uploaded_by_name: 'P',
    checklist: Object.fromEntries(found) as object,
    signed_on: '2025-01-01',
    recorded_by,
    recorded_by_name,
    recorded_at,
    signature,
    confirmed_by,
    confirmed_by_name,
    confirmed_at,
    confirmation,
  };
}

function deletionRow(one: World['agreements'][number], outcome: 'deleted' | null): Row {
  const confirmed = outcome !== null;
  return {
    agreement_id: one.id,
    business_id: one.business,
    vendor_id: one.vendor,
    due_at: OPENED,
    outcome,
    confirmed_by: confirmed ? GIVER : null,
    confirmed_by_name: confirmed ? 'G' : null,
    confirmed_at: confirmed ? OPENED : null,
    receipt: confirmed ? 'r' : null,
  };
}

/** The official price, which every quote has an item of. */
export const OFFICIAL_ITEM = {
  kind: 'official',
  text: '',
  per: 'card',
  ore: 13290,
  vatBasisPoints: 2500,
  vatOre: 3323,
} as const;

export function vendorInvoiceRow(id: number, business_id: string, recorded_by: string): Row {
  return {
    id: thing(id),
    business_id,
    vendor_id: V1,
    vendor_name: 'V',
    number: `F-${String(id)}`,
    issued_on: '2026-01-01',
    lines: [],
    total_ore: 1,
    orders: [],
    differences: [],
    recorded_by,
    recorded_by_name: 'G',
    recorded_at: LONG_AGO,
  };
}

function offerRow(id: number, business_id: string, vendor_id: string, settled_at: string | null): Row {
  return {
    id: thing(id),
    business_id,
    vendor_id,
    items: [OFFICIAL_ITEM],
    valid_until: '2030-01-01T00:00:00.000Z',
    offered_by: GIVER,
    offered_by_name: 'G',
    offered_at: LONG_AGO,
    settled_at,
    settled_by: settled_at && GIVER,
    outcome: settled_at && 'withdrawn',
  };
}

function quoteRow(one: World['quotes'][number]): Row {
  return {
    id: one.id,
    business_id: one.business,
    vendor_id: one.vendor,
    fee_ore: 9900,
    valid_until: iso(one.validUntil),
    accepted_by: GIVER,
    accepted_by_name: 'G',
    accepted_at: LONG_AGO,
  };
}

function mandateRow(one: Mandate): Row {
  const person = 'person' in one.holder ? one.holder.person : null;
  const stopped = one.suspendedFor === null ? null : LONG_AGO;
  return {
    id: one.id,
    business_id: one.business,
    holder: person === null ? 'vendor' : 'person',
    person_id: person,
    vendor_id: 'vendor' in one.holder ? one.holder.vendor : null,
    holder_name: 'H',
    rights: one.rights,
    units: one.units,
    workers: one.workers,
    purpose: '',
    starts_at: iso(one.startsAt),
    ends_at: iso(one.endsAt),
    agreement_id: one.agreement,
    quote_id: one.quote,
    tie: person === null ? null : one.tie,
    approved_by: GIVER,
    approved_by_name: 'G',
    approved_at: iso(one.approved.at),
    approved_acr: one.approved.level,
    approved_auth_time: iso(one.approved.loggedInAt),
    suspended_at: stopped,
    suspended_reason: one.suspendedFor,
    confirm_by: iso(one.confirmBy),
    ended_at: iso(one.endedAt),
    ended_by: one.endedAt === null ? null : GIVER,
    ended_by_name: one.endedAt === null ? null : 'G',
    end_reason: one.endedAt === null ? null : 'removed',
    change_reason: '',
  };
}

function requestRow(count: number, business_id: string, vendor_id: string, askedAt: number): Row {
  return {
    id: thing(count),
    business_id,
    vendor_id,
    rights: ['orders.read'],
    reasons: { 'orders.read': 'r' },
    last_day: '2027-12-31',
    purpose: 'p',
    fee_ore: 9900,
    asked_by: GIVER,
    asked_by_name: 'G',
    asked_at: iso(askedAt),
    expires_at: iso(askedAt + minutes(21 * 24 * 60)),
    decline_words: '',
  };
}
const settled = (count: number, business: string, vendor: string, outcome: 'no' | 'withdrawn'): Row => ({
  ...requestRow(count, business, vendor, Date.parse(OPENED)),
  outcome,
  settled_at: OPENED,
  settled_by: GIVER,
  settled_by_name: 'G',
});
const ofPerson = (row: Row, person: string): Row => ({
  ...row,
  vendor_id: null,
  fee_ore: null,
  person_id: person,
  asked_by: person,
});
const undecided = {
  person_id: null,
  outcome: null,
  settled_at: null,
  settled_by: null,
  settled_by_name: null,
};

/** What the drawn world says, as rows. Written again after each step, they change what has changed. */
export function worldRows(world: World): Rows {
  const worker = (id: string) => WORKERS.find((one) => one.id === id)!;
  const vendors = world.mandates.flatMap((one) =>
    'vendor' in one.holder ? [{ ...one, vendor: one.holder.vendor }] : [],
  );
  const offered = [worker(WORKERS[0]!.id), worker(WORKERS[2]!.id)];
  return {
    businesses: world.businesses.map((one) => ({
      id: one.id,
      organisation_number: one.number,
      name: 'B',
      form: 'AS',
      refreshed_at: LONG_AGO,
      bankrupt: one.bankrupt,
      dissolved_on: one.dissolved ? '2026-01-01' : null,
    })),
    vendor_profiles: world.businesses.flatMap(({ id, vendor }) =>
      vendor === null
        ? []
        : [
            {
              vendor_id: id,
              fee_ore: 9900,
              agreement_version: '1',
              agreement_sha256: bytes('agreement'),
              accepted_by: GIVER,
              accepted_by_name: 'G',
              accepted_at: LONG_AGO,
              barred_at: vendor.barred ? OPENED : null,
            },
          ],
    ),
    // Lifted long ago: what a bar is now is drawn in the vendor's profile.
    vendor_bars: [V1, V2].flatMap((vendor_id, index) =>
      [thing(798 + index), ...untriedBars(vendor_id)].map((id) => ({
        id,
        vendor_id,
        reason: 'r',
        appeal: 'a',
        decided_at: LONG_AGO,
        barred_at: LONG_AGO,
        began_at: LONG_AGO,
        barred_by: GIVER,
        barred_by_name: 'G',
        lifted_at: LONG_AGO,
        lifted_by: GIVER,
        lifted_by_name: 'G',
        lifted_reason: 'r',
      })),
    ),
    bar_appeals: [V1, V2].map((vendor_id, index) => appealRow(thing(798 + index), vendor_id, GIVER)),
    vendor_mergers: [
      {
        id: thing(4280),
        vendor_id: V1,
        successor_id: V2,
        merged_on: '2025-06-01',
        source: 's',
        recorded_at: LONG_AGO,
        recorded_by: GIVER,
        recorded_by_name: 'G',
      },
    ],
    merger_answers: [B1, B2].map((business_id, index) => ({
      id: thing(4281 + index),
      merger_id: thing(4280),
      business_id,
      wants: true,
      answered_at: LONG_AGO,
      answered_by: GIVER,
      answered_by_name: 'G',
    })),
    devices: world.logins.map((one) => ({
      id: one.id,
      person_id: one.person,
      device_hash: bytes(`device ${one.browser}`),
      first_of_person: one.person === one.browser,
      user_agent: '',
      first_seen_at: LONG_AGO,
      last_seen_at: LONG_AGO,
    })),
    passkeys: world.passkeys.map((one) => ({
      id: one.id,
      person_id: one.person,
      credential_id: bytes(`passkey ${one.id}`),
      public_key: bytes('key'),
      counter: 0,
      name: 'K',
      added_at: iso(one.addedAt),
      counts_from: iso(one.countsFrom),
    })),
    passkey_requirements: world.requirements.map((one) => ({
      id: one.id,
      business_id: one.business,
      required_at: iso(one.since),
      required_by: GIVER,
      required_by_name: 'G',
      ended_at: one.ended ? iso(one.since) : null,
      ended_by: one.ended ? GIVER : null,
      ended_by_name: one.ended ? 'G' : null,
    })),
    sessions: world.sessions.flatMap((one) => [sessionRow(one), elsewhereRow(one, world.now)]),
    browser_clearances: world.sessions.flatMap((one) =>
      Object.keys(NUMBERS).flatMap((business_id, index) => {
        const at = one.cleared.find(({ business }) => business === business_id)?.at ?? null;
        const row = { person_id: one.person, business_id, vendor_id: V1, asked_at: LONG_AGO };
        const count = PEOPLE.indexOf(one.person) * 4 + index;
        return [
          {
            ...row,
            id: thing(3000 + count),
            session_id: one.id,
            token_hash: bytes(`clearance ${one.id} ${business_id}`),
            expires_at: iso(world.now + minutes(30)),
            confirmed_at: iso(at),
            confirmed_in: at === null ? null : one.id,
          },
          {
            ...row,
            id: thing(3100 + count),
            session_id: elsewhereOf(one.person),
            token_hash: bytes(`clearance elsewhere ${one.id} ${business_id}`),
            expires_at: iso(world.now + minutes(30)),
            confirmed_at: null,
            confirmed_in: null,
          },
        ];
      }),
    ),
    passkey_challenges: world.sessions.flatMap((one) =>
      [one.id, elsewhereOf(one.person)].map((session_id) => ({
        id: session_id.replace('-8005-', '-8017-'),
        session_id,
        purpose: 'use',
        challenge: 'c',
        made_at: session_id === one.id ? iso(world.now) : LONG_AGO,
      })),
    ),
    session_uses: world.sessions.map((one) => ({
      id: one.id.replace('-8005-', '-8015-'),
      session_id: one.id,
      person_id: one.person,
      business_id: V2,
      vendor_id: V2,
      capacity: 'vendor',
      used_at: iso(one.lastSeenAt),
    })),
    officers: world.officers.map((one) => ({
      id: one.id,
      business_id: one.business,
      person_id: one.person,
      name: 'P',
      role_code: one.role,
      acts: ACTING.includes(one.role),
      since: LONG_AGO,
      ended_at: one.ended ? OPENED : null,
    })),
    access_tasks: world.officers.map((one) => ({
      id: one.id,
      business_id: one.business,
      person_id: one.person,
      officer_id: one.id,
      asked_at: LONG_AGO,
    })),
    access_states: world.officers.map((one) => ({
      kind: 'officer',
      subject_id: one.id,
      business_id: one.business,
      since: LONG_AGO,
    })),
    workers: world.employments.map(workerRow),
    vendor_members: world.members.map((one) => ({
      id: one.id,
      vendor_id: one.vendor,
      person_id: one.person,
      name: 'P',
      tie: one.tie,
      tie_reason: one.tie === 'declared' ? 'Hired' : null,
      added_by: GIVER,
      added_by_name: 'G',
      added_at: LONG_AGO,
      suspended_at: one.suspended ? OPENED : null,
      ended_at: one.ended ? OPENED : null,
    })),
    // On somebody who is a member from the beginning: what is decided stays as it was.
    review_member_decisions: [
      {
        id: thing(880),
        review_id: openReviewOf(V1),
        business_id: V1,
        member_id: memberOf(PEOPLE[2]!, V1, 'declared').id,
        decision: 'keep',
        decided_at: LONG_AGO,
        decided_by: GIVER,
        decided_by_name: 'G',
      },
    ],
    agreements: world.agreements.map(agreementRow),
    // The database makes them when an agreement ends.
    agreement_deletions: world.agreements.filter(({ ended }) => ended).map((one) => deletionRow(one, null)),
    quotes: world.quotes.map(quoteRow),
    mandates: world.mandates.map(mandateRow),
    reviews: world.reviews.map(reviewRow),
    review_decisions: world.verdicts.map((one) => ({
      id: one.id,
      review_id: one.review,
      business_id: one.business,
      mandate_id: one.mandate,
      decision: 'keep',
      mandate_version: 1,
      tie_confirmed: one.tieConfirmed,
      orders: 0,
      cards: 0,
      ore: 0,
      unused: [],
      decided_at: OPENED,
      decided_by: GIVER,
      decided_by_name: 'G',
    })),
    mandate_assignments: world.assignments.map((one) => {
      const mandate = vendors.find(({ id }) => id === one.mandate)!;
      return {
        id: one.id,
        mandate_id: one.mandate,
        business_id: mandate.business,
        vendor_id: mandate.vendor,
        person_id: one.person,
        name: 'P',
        assigned_by: GIVER,
        assigned_at: LONG_AGO,
        ended_at: one.ended ? OPENED : null,
      };
    }),
    freezes: world.freezes.map((one) => ({
      id: one.id,
      business_id: one.business,
      vendor_id: one.vendor,
      reason: '',
      frozen_at: OPENED,
      frozen_by: GIVER,
      frozen_by_name: 'G',
      lifted_at: one.lifted ? OPENED : null,
      lifted_by: one.lifted ? GIVER : null,
    })),
    // One that waits, one that nobody answered in time, and settled ones; and of people, too.
    mandate_requests: [
      requestRow(790, B1, V1, world.now - minutes(60)),
      requestRow(791, B1, V2, Date.parse(LONG_AGO)),
      settled(792, B2, V1, 'no'),
      settled(796, B1, V1, 'no'),
      settled(797, B1, V1, 'withdrawn'),
      ofPerson(settled(798, B1, V1, 'withdrawn'), PEOPLE[1]!),
      ...PEOPLE.slice(0, 3).map((person, index) =>
        ofPerson(
          requestRow(793 + index, B1, V1, index === 2 ? Date.parse(LONG_AGO) : world.now - minutes(60)),
          person,
        ),
      ),
    ].map((row) => ({ ...undecided, ...row })),
    // What is made and offered under each mandate.
    orders: world.mandates.flatMap((one, index) => {
      const of = WORKERS.find(({ business }) => business === one.business);
      const vendor = 'vendor' in one.holder ? one.holder.vendor : null;
      const by = 'person' in one.holder ? one.holder.person : PEOPLE[2]!;
      return of === undefined
        ? []
        : [orderRow(1000 + index, of, { vendor, mandate: one.id, state: 'awaiting-approval', by })];
    }),
    invoices: world.mandates.flatMap((one, index) => {
      const of = WORKERS.find(({ business }) => business === one.business);
      const vendor = 'vendor' in one.holder ? one.holder.vendor : null;
      return of === undefined ? [] : [invoiceRow(100 + index, 1000 + index, of, { vendor, mandate: one.id })];
    }),
    invoice_payments: world.mandates.flatMap(({ business }, index) =>
      WORKERS.some((of) => of.business === business) ? [paymentRow(100 + index)] : [],
    ),
    worker_offers: vendors.flatMap((one) =>
      offered.flatMap((of, index) =>
        one.business === B1
          ? [
              {
                id: thing(2000 + world.mandates.findIndex(({ id }) => id === one.id) * 2 + index),
                business_id: B1,
                vendor_id: one.vendor,
                mandate_id: one.id,
                worker_id: of.id,
                unit_id: of.unit,
                source: 'ticked',
                name: 'P',
                birth_year: 1990,
                offered_by: GIVER,
                offered_at: OPENED,
              },
            ]
          : [],
      ),
    ),
  };
}
