import type { DB } from '../../database/tables.ts';
import type { Right } from '../rules.ts';

/**
 * Which right reaches which rows: for each table and command, the ways in, any one of which is enough. Everything that is
 * not here is refused. Tests hold the database to it, row by row, in drawn worlds; an auditor can read it beside the rights
 * in docs/access.md. Tasks, which run without a person, are not here.
 */
export type TableAccess = Readonly<Record<keyof DB, Access>>;

export interface Access {
  readonly select?: readonly Way[];
  readonly insert?: readonly Way[];
  /** Updates, by what they change. */
  readonly update?: Readonly<Record<string, readonly Way[]>>;
  readonly delete?: readonly Way[];
}

export interface Way {
  /**
   * The rights, any one of which is enough, in the business that `within` names; `any`: whoever may use any right there;
   * `nobody in particular`: it is the other conditions that count.
   */
  readonly rights: readonly Right[] | 'any' | 'nobody in particular';
  /** All of the rights are needed. */
  readonly together?: true;
  /** The column that names the business in which the right is held; left out: `business_id`; null: whichever one acts for. */
  readonly within?: string | null;
  /** For the business itself, never for a vendor; or only for a vendor. */
  readonly acting?: 'for the business' | 'for a vendor';
  /** The columns that name what the right is used on: the unit, the worker, the vendor that made it. */
  readonly unit?: string;
  readonly worker?: string;
  readonly madeBy?: string;
  /** The column that names the one who asks. */
  readonly oneself?: string;
  /** The column that names the vendor that the asker acts for; empty for the business itself. */
  readonly onBehalfOf?: string;
  /** The column that names the mandate that is used. */
  readonly under?: string;
  /** Columns that have to be empty. */
  readonly empty?: readonly string[];
  /** Columns that must not be empty. */
  readonly filled?: readonly string[];
  /** Columns that have to hold one of these. */
  readonly holds?: Readonly<Record<string, readonly string[]>>;
  readonly and?: readonly Condition[];
}

/** What a row has to meet besides; in words, for the table in docs/access.md. */
export const CONDITIONS = {
  'logged in': 'whoever is logged in',
  public: 'everyone, logged in or not',
  'own scope': 'what the mandate is for lies within the units or workers of the asker’s own',
  'no more than own': 'gives only rights that the asker holds; only officers give `access.manage`',
  'every worker': 'not with a mandate for named workers',
  'own order': 'with a mandate for named workers: only orders made under it',
  grantable: 'only rights that such a holder may ever have: what a vendor may never hold cannot be stored',
  orderable: 'the worker is on the list that the asker may see, or was offered to the asker’s mandate',
  'order of the unit': 'the order is of the same unit, worker’s unit and vendor',
  'known address': 'cards go to the registered address of the business, or to one that it keeps',
  'customer of the vendor': 'the notice is to a vendor that has, or had, a mandate of the business',
  'own card reported':
    'the asker, acting for nobody, has just reported a card of their own with the business lost or stolen',
  attached: 'a message to the business has it attached',
  'own entry': 'an entry of one’s own, in one’s own capacity, in the transaction that it tells of',
  'vendor stands by it': 'the vendor’s officer stands by this very document, and the vendor is not barred',
  'published price': 'at the price that the vendor publishes, and the vendor is not barred',
  'own mandate':
    'what it renews, and whose named workers it keeps, is the mandate that the vendor has from the business',
  'may ask':
    'employed in the business according to the register, or with a declared tie of an open mandate; no officer there and of no vendor',
  'asked by another': 'somebody else made it',
  'waits for an answer': 'nobody has answered it, and its time is not up',
  lapsed: 'its time is up',
  'own session':
    'of a session of the asker’s own, with the browser that it was opened in and in the capacity that it has here',
  'fresh login':
    'logged in at high level in the last five minutes, not held, and with a passkey where the business requires one',
  'not held':
    'not in a browser that people of a vendor have used, unless the person confirmed from elsewhere, or with a passkey, who sits there',
  passkey: 'where the business requires a passkey: one that counts was used in the last five minutes',
  'open review': 'the review is open',
  'review completed': 'a review of the business has just been completed',
  'not for a review': 'it is not a missed review that suspended it',
  'tie stood by': 'only what is kept has its tie confirmed',
  'everything decided':
    'every mandate and member that the review goes through has a decision, and every declared tie is confirmed',
  'own to decide':
    'the mandate lies within the asker’s own scope; kept only when the asker could give it, it is not the asker’s own, and no declared tie',
} as const;
export type Condition = keyof typeof CONDITIONS;

const orderReaders = ['orders.read', 'orders.place', 'orders.prepare', 'orders.approve'] as const;
const manages: Way = { rights: ['access.manage'] };
const readsMessages: Way = { rights: ['messages.read'], acting: 'for the business' };
const ownRead: Way = { rights: 'nobody in particular', oneself: 'person_id', empty: ['business_id'] };
const managesVendor: Way = { rights: ['access.manage'], within: 'vendor_id', acting: 'for the business' };
const ownForm: Way = { rights: 'any', acting: 'for the business', oneself: 'person_id' };
const formHandedOver: Way = { rights: ['agreements.sign'], filled: ['handed_over_at'] };
/** Of the business itself, or of a unit that the asker's mandate reaches. */
const ofBusinessOrUnit: readonly Way[] = [
  { rights: 'any', acting: 'for the business', empty: ['unit_id'] },
  { rights: 'any', acting: 'for the business', unit: 'unit_id' },
];
const everyone: Way = { rights: 'nobody in particular', and: ['public'] };
const ofAWorker = { unit: 'unit_id', worker: 'worker_id' };
const made = { ...ofAWorker, madeBy: 'vendor_id' };
const ownUpload: Way = {
  rights: ['orders.place', 'orders.prepare'],
  oneself: 'uploaded_by',
  onBehalfOf: 'vendor_id',
};

export const TABLES: TableAccess = {
  // Who is who ----------------------------------------------------------------------------------------------------
  persons: { select: [{ rights: 'nobody in particular', oneself: 'id' }] },
  sessions: { select: [{ rights: 'nobody in particular', oneself: 'person_id' }] },
  login_attempts: {},
  browser_clearances: {},
  devices: { select: [{ rights: 'nobody in particular', oneself: 'person_id' }] },
  passkeys: { select: [{ rights: 'nobody in particular', oneself: 'person_id' }] },
  passkey_challenges: {},
  passkey_requirements: { select: [{ rights: 'any', acting: 'for the business' }] },
  session_uses: {
    select: [{ rights: 'nobody in particular', oneself: 'person_id' }],
    insert: [
      {
        rights: 'any',
        oneself: 'person_id',
        onBehalfOf: 'vendor_id',
        empty: ['examined_at'],
        and: ['own session'],
      },
    ],
  },
  signals: {
    select: [
      { ...manages, acting: 'for the business' },
      { rights: 'nobody in particular', oneself: 'person_id' },
    ],
    update: { answer: [{ ...manages, acting: 'for the business', empty: ['answer'] }] },
  },
  businesses: { select: [everyone] },
  units: { select: [everyone] },
  approvals: { select: [everyone] },
  officers: {
    select: [
      { rights: 'any', acting: 'for the business' },
      { rights: 'nobody in particular', oneself: 'person_id' },
    ],
  },
  // Vendors, agreements, prices -------------------------------------------------------------------------------------
  vendor_profiles: {
    select: [everyone],
    insert: [
      { rights: ['agreements.sign'], within: 'vendor_id', oneself: 'accepted_by', empty: ['barred_at'] },
    ],
    update: { change: [{ rights: ['agreements.sign'], within: 'vendor_id' }] },
  },
  vendor_members: {
    select: [managesVendor],
    // Only an officer answers for a tie that no register shows.
    insert: [
      { ...managesVendor, holds: { tie: ['employment'] } },
      { ...managesVendor, rights: ['agreements.sign'], holds: { tie: ['declared'] } },
    ],
    // Nor stands anybody else by it anew.
    update: {
      confirm: [{ ...managesVendor, rights: ['agreements.sign'] }],
      end: [managesVendor],
    },
  },
  agreements: {
    select: [manages, managesVendor],
    insert: [
      {
        rights: ['agreements.sign'],
        oneself: 'business_accepted_by',
        empty: ['ended_at'],
        and: ['vendor stands by it', 'fresh login'],
      },
    ],
    update: {
      end: [
        { rights: ['agreements.sign'], empty: ['ended_at'] },
        { rights: ['agreements.sign'], within: 'vendor_id', empty: ['ended_at'] },
      ],
      'give notice': [
        { rights: ['agreements.sign'], empty: ['ended_at'] },
        { rights: ['agreements.sign'], within: 'vendor_id', empty: ['ended_at'] },
      ],
    },
  },
  agreement_documents: {
    select: [everyone],
    insert: [
      { rights: ['agreements.sign'], within: 'vendor_id', oneself: 'signed_by', and: ['fresh login'] },
    ],
  },
  agreement_copies: {
    select: [manages, managesVendor],
    insert: [{ rights: ['agreements.sign'], oneself: 'signed_by', and: ['fresh login'] }],
  },
  agreement_deletions: {
    select: [manages, managesVendor],
    update: {
      confirm: [
        {
          rights: ['agreements.sign'],
          within: 'vendor_id',
          empty: ['confirmed_at'],
          and: ['fresh login'],
        },
      ],
    },
  },
  recorded_agreements: {
    select: [manages, { ...managesVendor, filled: ['recorded_at'] }],
    insert: [{ rights: ['agreements.sign'], oneself: 'uploaded_by', empty: ['recorded_at'] }],
    update: {
      answer: [{ rights: ['agreements.sign'], empty: ['recorded_at'] }],
      record: [{ rights: ['agreements.sign'], empty: ['recorded_at'], and: ['fresh login'] }],
      'confirm for the vendor': [
        {
          rights: ['agreements.sign'],
          within: 'vendor_id',
          filled: ['recorded_at'],
          empty: ['confirmed_at'],
          and: ['fresh login'],
        },
      ],
    },
    delete: [
      { rights: ['agreements.sign'], empty: ['confirmed_at'] },
      {
        rights: ['agreements.sign'],
        within: 'vendor_id',
        filled: ['recorded_at'],
        empty: ['confirmed_at'],
      },
    ],
  },
  sub_processors: {
    select: [everyone],
    insert: [
      { rights: ['agreements.sign'], within: 'vendor_id', oneself: 'announced_by', empty: ['ended_at'] },
    ],
    update: { end: [{ rights: ['agreements.sign'], within: 'vendor_id', empty: ['ended_at'] }] },
  },
  vendor_invoices: {
    select: [{ rights: ['invoices.read'], acting: 'for the business' }],
    insert: [{ rights: ['agreements.sign'], oneself: 'recorded_by' }],
  },
  vendor_terms: {
    select: [everyone],
    insert: [{ rights: ['agreements.sign'], within: 'vendor_id', oneself: 'accepted_by' }],
  },
  quote_offers: {
    select: [manages, managesVendor],
    insert: [
      { rights: ['agreements.sign'], within: 'vendor_id', oneself: 'offered_by', empty: ['settled_at'] },
    ],
    update: { withdraw: [{ rights: ['agreements.sign'], within: 'vendor_id', empty: ['settled_at'] }] },
  },
  // How a vendor keeps data safe, as it says itself.
  vendor_answers: {
    select: [everyone],
    insert: [{ rights: ['agreements.sign'], within: 'vendor_id', oneself: 'answered_by' }],
    update: { answer: [{ rights: ['agreements.sign'], within: 'vendor_id' }] },
  },
  quotes: {
    select: [manages, managesVendor],
    insert: [{ rights: ['agreements.sign'], oneself: 'accepted_by', and: ['fresh login'] }],
  },
  price_list: { select: [everyone] },
  transparency_months: { select: [everyone] },
  look_alikes: { select: [everyone] },
  vat_rates: { select: [everyone] },
  // Access ----------------------------------------------------------------------------------------------------------
  mandates: {
    select: [
      manages,
      managesVendor,
      { rights: 'nobody in particular', oneself: 'person_id' },
      { rights: 'any', under: 'id' },
      {
        rights: ['workers.read', 'orders.place'],
        together: true,
        acting: 'for the business',
        holds: { holder: ['vendor'] },
      },
    ],
    insert: [
      {
        rights: ['access.manage'],
        oneself: 'approved_by',
        under: 'given_under',
        empty: ['ended_at', 'confirm_by'],
        and: ['fresh login', 'own scope', 'no more than own', 'grantable'],
      },
    ],
    update: {
      end: [{ rights: ['access.manage'], empty: ['ended_at'], and: ['own scope'] }],
      'give back': [
        { rights: ['access.manage'], empty: ['ended_at'], and: ['own scope', 'not for a review'] },
        { rights: ['agreements.sign'], empty: ['ended_at'], and: ['fresh login', 'review completed'] },
      ],
    },
  },
  mandate_versions: { select: [manages, managesVendor] },
  mandate_assignments: {
    select: [manages, managesVendor],
    insert: [{ ...managesVendor, oneself: 'assigned_by' }],
    update: { end: [managesVendor] },
  },
  freezes: {
    // Whoever sees the orders of the business sees why one is held.
    select: [manages, managesVendor, { rights: orderReaders, acting: 'for the business' }],
    insert: [{ rights: ['access.manage'], oneself: 'frozen_by', empty: ['lifted_at'] }],
    update: { lift: [{ rights: ['agreements.sign'], empty: ['lifted_at'], and: ['fresh login'] }] },
  },
  // A vendor's officers ask, and people for themselves; yes and less, which are given with a mandate in the same transaction, are not tried here.
  mandate_requests: {
    select: [manages, managesVendor, { rights: 'nobody in particular', oneself: 'person_id' }],
    insert: [
      {
        rights: 'nobody in particular',
        oneself: 'person_id',
        empty: ['vendor_id', 'outcome', 'asked_told_at', 'settled_told_at'],
        and: ['may ask', 'own mandate'],
      },
      {
        rights: ['agreements.sign'],
        within: 'vendor_id',
        oneself: 'asked_by',
        empty: ['outcome', 'asked_told_at', 'settled_told_at'],
        and: ['published price', 'own mandate'],
      },
    ],
    update: {
      decline: [
        {
          rights: ['access.manage'],
          empty: ['outcome'],
          and: ['asked by another', 'waits for an answer'],
        },
      ],
      withdraw: [
        {
          rights: ['agreements.sign'],
          within: 'vendor_id',
          empty: ['outcome'],
          and: ['waits for an answer'],
        },
        {
          rights: 'nobody in particular',
          oneself: 'person_id',
          empty: ['outcome'],
          and: ['waits for an answer'],
        },
      ],
      'put away': [
        { rights: ['agreements.sign'], within: 'vendor_id', empty: ['outcome'], and: ['lapsed'] },
        { rights: 'nobody in particular', oneself: 'person_id', empty: ['outcome'], and: ['lapsed'] },
      ],
    },
  },
  // Asked of a managing director alone.
  access_tasks: {
    select: [{ rights: ['agreements.sign'], oneself: 'person_id' }],
    update: { 'go through': [{ rights: ['agreements.sign'], oneself: 'person_id', empty: ['done_at'] }] },
  },
  // What the tasks keep that tell of what stops by itself.
  access_changes: {},
  access_states: {},
  watch_marks: {},
  reviews: {
    select: [manages],
    update: {
      complete: [
        {
          rights: ['agreements.sign'],
          empty: ['completed_at', 'lapsed_at'],
          and: ['everything decided'],
        },
      ],
    },
  },
  review_decisions: {
    select: [manages],
    insert: [
      { rights: ['agreements.sign'], oneself: 'decided_by', and: ['open review', 'tie stood by'] },
      {
        rights: ['access.manage'],
        oneself: 'decided_by',
        and: ['open review', 'own to decide', 'tie stood by'],
      },
    ],
  },
  review_member_decisions: {
    select: [manages],
    insert: [
      { rights: ['agreements.sign'], oneself: 'decided_by', and: ['open review'] },
      {
        rights: ['access.manage'],
        oneself: 'decided_by',
        holds: { decision: ['remove'] },
        and: ['open review'],
      },
    ],
  },
  mandate_right_uses: { select: [manages] },
  invitations: {
    select: [manages],
    insert: [
      {
        rights: ['access.manage'],
        oneself: 'invited_by',
        empty: ['accepted_by', 'accepted_at', 'settled_at'],
      },
    ],
    update: { settle: [manages] },
  },
  drafts: {
    select: [ownForm, formHandedOver],
    insert: [ownForm],
    update: { use: [ownForm, formHandedOver] },
  },
  // What staff do of the authority, the issuer and the operator, they do in roles of their own.
  vendor_bars: { select: [managesVendor] },
  bar_appeals: {
    select: [managesVendor],
    insert: [{ rights: ['agreements.sign'], within: 'vendor_id', oneself: 'filed_by', and: ['fresh login'] }],
  },
  // Recorded by case officers and answered by officers, through functions alone.
  vendor_mergers: {},
  merger_answers: {},
  // What anybody reports, through a function alone, and case officers answer.
  vendor_reports: {},
  vendor_report_notes: {},
  vendor_report_files: {},
  // Counted by a task, and read through functions alone: of the public list, and of case officers.
  vendor_counts: {},
  vendor_figures: {},
  // Operators give them in a role of their own; an officer, those for a place of the business.
  staff_appointments: {
    select: [
      { rights: 'nobody in particular', oneself: 'accepted_by' },
      { rights: ['agreements.sign'], acting: 'for the business' },
    ],
    insert: [
      {
        rights: ['agreements.sign'],
        acting: 'for the business',
        oneself: 'proposed_by',
        empty: ['accepted_by', 'approved_at', 'ended_at'],
      },
    ],
    update: {
      confirm: [
        {
          rights: ['agreements.sign'],
          acting: 'for the business',
          filled: ['accepted_at'],
          empty: ['approved_at', 'ended_at'],
          and: ['fresh login'],
        },
      ],
      end: [{ rights: ['agreements.sign'], acting: 'for the business', empty: ['ended_at'] }],
    },
  },
  // Contact details and notices ---------------------------------------------------------------------------------------
  contact_details: {
    select: ofBusinessOrUnit,
    update: {
      confirm: [
        { rights: ['contact.change'], acting: 'for the business', unit: 'unit_id', and: ['every worker'] },
      ],
    },
  },
  // Written through functions alone, which hold to what a change may become.
  contact_changes: { select: ofBusinessOrUnit },
  contact_moves: { select: ofBusinessOrUnit },
  contact_events: {},
  contact_stops: {},
  official_addresses: { select: [{ rights: 'any', acting: 'for the business' }] },
  notices: {
    select: [
      {
        ...readsMessages,
        holds: { audience: ['business', 'business-and-officers'] },
        empty: ['thread_id', 'unit_id'],
      },
      {
        ...readsMessages,
        unit: 'unit_id',
        holds: { audience: ['business', 'business-and-officers'] },
        empty: ['thread_id'],
      },
      // Only officers sign.
      {
        rights: ['agreements.sign'],
        acting: 'for the business',
        holds: { audience: ['officers'] },
        empty: ['thread_id'],
      },
      { rights: 'nobody in particular', oneself: 'person_id' },
    ],
    insert: [
      { rights: 'any' },
      { rights: 'nobody in particular', empty: ['business_id'], and: ['logged in'] },
      { rights: ['access.manage'], within: null, and: ['customer of the vendor'] },
      { rights: 'nobody in particular', and: ['own card reported'] },
    ],
  },
  notice_deliveries: {},
  notice_digests: {},
  notice_reads: {
    select: [readsMessages, ownRead],
    insert: [{ ...readsMessages, oneself: 'person_id' }, ownRead],
  },
  // Made and opened through functions alone: what a telephone opens is nobody's who is logged in.
  phone_links: {},
  own_addresses: { select: [{ rights: 'nobody in particular', oneself: 'person_id' }] },
  notice_wishes: { select: [{ rights: 'nobody in particular', oneself: 'person_id' }] },
  // Messages to the business, which vendors never see. Case officers write them in a role of their own, and tasks send them.
  message_threads: { select: [readsMessages] },
  messages: {
    select: [readsMessages],
    insert: [{ ...readsMessages, oneself: 'author_id', holds: { side: ['business'] } }],
  },
  message_attachments: {
    select: [readsMessages],
    insert: [{ ...readsMessages, oneself: 'attached_by' }],
  },
  message_reads: {
    select: [readsMessages],
    insert: [{ ...readsMessages, oneself: 'person_id' }],
  },
  message_steps: {},
  message_dispatches: {},
  message_dispatch_files: { select: [{ ...readsMessages, within: null, and: ['attached'] }] },
  message_templates: {},
  // Workers -----------------------------------------------------------------------------------------------------------
  workers: {
    select: [
      { rights: ['workers.read'], unit: 'unit_id', worker: 'id' },
      { rights: 'nobody in particular', oneself: 'person_id' },
    ],
  },
  // What a worker says is wrong: the worker's and the business's, never a vendor's. Written through functions alone.
  disputes: {
    select: [
      { rights: ['workers.read'], ...ofAWorker, acting: 'for the business' },
      { rights: 'nobody in particular', oneself: 'person_id' },
    ],
  },
  // What tasks have to tell of cards.
  condition_notices: {},
  // What an officer declares, nobody else stands by, or takes back.
  worker_declarations: {
    select: [{ rights: ['workers.read'], ...ofAWorker, acting: 'for the business' }],
    update: {
      confirm: [{ rights: ['agreements.sign'], empty: ['withdrawn_at'] }],
      withdraw: [{ rights: ['agreements.sign'], empty: ['withdrawn_at'] }],
    },
  },
  // A vendor sees what it declared itself.
  residence_permits: { select: [{ rights: ['workers.read'], ...made }] },
  photos: {
    select: [
      { rights: ['orders.read', 'orders.place', 'orders.prepare'], ...made },
      { rights: ['orders.approve'], ...ofAWorker },
    ],
    insert: [
      {
        rights: ['orders.place', 'orders.prepare'],
        ...ofAWorker,
        onBehalfOf: 'vendor_id',
        oneself: 'uploaded_by',
        empty: ['upload_request_id'],
      },
    ],
  },
  // What it shows is a reviewer's alone.
  identity_documents: {
    select: [
      { rights: ['orders.read', 'orders.place', 'orders.prepare'], ...made },
      { rights: ['orders.approve'], ...ofAWorker },
    ],
    insert: [
      {
        rights: ['orders.place', 'orders.prepare'],
        ...ofAWorker,
        onBehalfOf: 'vendor_id',
        oneself: 'uploaded_by',
        empty: ['deleted_at', 'upload_request_id'],
      },
    ],
  },
  media_verdicts: { select: [{ rights: orderReaders, ...made }] },
  // Asked and settled through functions alone; what the worker delivered is in no vendor's rows.
  upload_requests: { select: [{ rights: orderReaders, ...made }] },
  worker_offers: {
    select: [
      { rights: ['workers.read'], ...ofAWorker, acting: 'for the business' },
      { rights: 'any', ...ofAWorker, acting: 'for a vendor', under: 'mandate_id' },
    ],
    insert: [{ rights: ['workers.read'], ...ofAWorker, acting: 'for the business' }],
    update: {
      withdraw: [{ rights: ['workers.read'], ...ofAWorker, acting: 'for the business' }],
      use: [
        { rights: ['workers.read'], ...ofAWorker, acting: 'for the business' },
        {
          rights: 'any',
          ...ofAWorker,
          acting: 'for a vendor',
          under: 'mandate_id',
          empty: ['used_at', 'withdrawn_at'],
        },
      ],
    },
  },
  worker_look_ups: { select: [{ rights: 'any', acting: 'for the business' }] },
  // Orders and cards ----------------------------------------------------------------------------------------------------
  orders: {
    select: [{ rights: orderReaders, unit: 'unit_id', madeBy: 'vendor_id', and: ['own order'] }],
    insert: [
      {
        rights: ['orders.place'],
        acting: 'for the business',
        unit: 'unit_id',
        onBehalfOf: 'vendor_id',
        oneself: 'placed_by',
        under: 'mandate_id',
        holds: { state: ['placed', 'awaiting-approval'] },
      },
      {
        rights: ['orders.place'],
        acting: 'for a vendor',
        unit: 'unit_id',
        onBehalfOf: 'vendor_id',
        oneself: 'placed_by',
        under: 'mandate_id',
        holds: { state: ['placed'] },
        and: ['known address'],
      },
      {
        rights: ['orders.place'],
        acting: 'for a vendor',
        unit: 'unit_id',
        onBehalfOf: 'vendor_id',
        oneself: 'placed_by',
        under: 'mandate_id',
        holds: { state: ['awaiting-approval'] },
      },
      {
        rights: ['orders.prepare'],
        unit: 'unit_id',
        onBehalfOf: 'vendor_id',
        oneself: 'placed_by',
        under: 'mandate_id',
        holds: { state: ['awaiting-approval'] },
      },
    ],
    update: {
      approve: [
        {
          rights: ['orders.approve'],
          unit: 'unit_id',
          holds: { state: ['placed', 'awaiting-approval'] },
          and: ['own order'],
        },
      ],
      'take back': [
        {
          rights: ['orders.approve'],
          unit: 'unit_id',
          holds: { state: ['placed', 'awaiting-approval'] },
          and: ['own order'],
        },
        ...(['for a vendor', 'for the business'] as const).flatMap((acting): Way[] => {
          const own: Omit<Way, 'rights'> = {
            acting,
            unit: 'unit_id',
            onBehalfOf: 'vendor_id',
            and: ['own order'],
            ...(acting === 'for the business' ? { oneself: 'placed_by' } : {}),
          };
          return [
            { rights: ['orders.place'], ...own, holds: { state: ['placed', 'awaiting-approval'] } },
            { rights: ['orders.prepare'], ...own, holds: { state: ['awaiting-approval'] } },
          ];
        }),
      ],
    },
  },
  delivery_addresses: {
    select: [{ rights: ['orders.place', 'orders.prepare', 'orders.approve'] }],
    insert: [
      {
        rights: ['orders.place', 'orders.approve'],
        acting: 'for the business',
        oneself: 'added_by',
        empty: ['removed_at'],
      },
    ],
    update: {
      remove: [
        { rights: ['orders.place', 'orders.approve'], acting: 'for the business', empty: ['removed_at'] },
      ],
    },
  },
  order_lines: {
    select: [{ rights: orderReaders, ...made }],
    insert: [
      {
        rights: ['orders.place'],
        ...ofAWorker,
        onBehalfOf: 'vendor_id',
        and: ['orderable', 'order of the unit'],
      },
      {
        rights: ['orders.prepare'],
        ...ofAWorker,
        onBehalfOf: 'vendor_id',
        holds: { state: ['awaiting-approval'] },
        and: ['orderable', 'order of the unit'],
      },
    ],
    update: {
      move: [
        { rights: ['orders.place', 'orders.prepare'], ...made },
        { rights: ['orders.approve'], ...ofAWorker },
      ],
    },
  },
  // A file of workers to order for, and its rows: whoever uploaded it, and nobody else.
  order_uploads: {
    select: [ownUpload],
    insert: [{ ...ownUpload, under: 'mandate_id', holds: { state: ['waiting'] } }],
    update: { change: [ownUpload] },
  },
  order_upload_rows: { select: [ownUpload], update: { change: [ownUpload] } },
  // An archive of photos, in parts until a task has read it, and its photos: whoever uploaded it, and nobody else.
  photo_archives: {
    select: [ownUpload],
    insert: [{ ...ownUpload, under: 'mandate_id', holds: { state: ['waiting'] } }],
  },
  photo_archive_parts: { insert: [ownUpload] },
  photo_archive_files: { select: [ownUpload], update: { change: [ownUpload] } },
  // The same rows with the names that the asker may read.
  order_lines_as_shown: { select: [{ rights: orderReaders, ...made }] },
  // What checkers looked up, each their own, in a role of their own.
  check_records: {},
  card_codes: {
    select: [{ rights: ['cards.read'], acting: 'for the business', unit: 'unit_id', worker: 'worker_id' }],
  },

  status_lists: {},

  // That the public check withholds the cards of whoever asks.
  withheld_people: { select: [{ rights: 'nobody in particular', oneself: 'person_id' }] },
  // The cards of whoever asks, over all employers; reporting one lost or stolen goes through a function.
  own_cards: { select: [{ rights: 'nobody in particular', oneself: 'person_id' }] },
  // Whoever asks as a worker, over all employers.
  own_workers: { select: [{ rights: 'nobody in particular', oneself: 'person_id' }] },
  cards_as_shown: { select: [{ rights: ['cards.read'], ...made }] },
  card_batches: {},
  cards: {
    select: [{ rights: ['cards.read'], ...made }],
    update: { block: [{ rights: ['cards.block'], ...made, empty: ['blocked_at'] }] },
  },
  // Where a card goes that came back is the business's to say.
  card_returns: {
    select: [{ rights: ['cards.read'], ...ofAWorker, acting: 'for the business' }],
    update: {
      'send again': [
        {
          rights: ['orders.place'],
          ...ofAWorker,
          acting: 'for the business',
          empty: ['asked_at', 'settled_at'],
        },
      ],
    },
  },
  // Invoices, which tasks write and operators record payments of, in a role of their own.
  invoices: {
    select: [{ rights: ['invoices.read'], unit: 'unit_id', madeBy: 'vendor_id', and: ['own order'] }],
  },
  invoice_payments: {
    select: [{ rights: ['invoices.read'], unit: 'unit_id', madeBy: 'vendor_id', and: ['own order'] }],
  },
  invoice_cards: {},
  invoice_series: {},
  invoices_wanted: {},
  // What was done -----------------------------------------------------------------------------------------------------
  audit_entries: {
    select: [manages],
    insert: [{ rights: 'nobody in particular', and: ['own entry'] }],
  },
  audit_details: { select: [manages], insert: [everyone] },
  audit_chain: {},
  audit_unchained: {},
  disclosures: {
    select: [manages, { rights: 'nobody in particular', oneself: 'subject_person_id' }],
    insert: [{ rights: 'any', oneself: 'viewer_person_id', onBehalfOf: 'vendor_id' }],
  },
  // The clock is moved by whoever owns the server alone; migrations are noted by the role that makes them.
  clock: {},
};
