import { type Kysely, sql, type Transaction as KyselyTransaction } from 'kysely';
import { z } from 'zod';
import type { Database } from './database.ts';
import type { DB } from './tables.ts';

const instant = z.string().transform((text) => new Date(text));

const mandateFacts = z.object({
  id: z.string(),
  holder: z.enum(['person', 'vendor']),
  rights: z.array(z.string()),
  units: z.array(z.string()).nullable(),
  workers: z.array(z.string()).nullable(),
  startsAt: instant,
  endsAt: instant,
  endedAt: instant.nullable(),
  suspendedAt: instant.nullable(),
  suspendedFor: z.enum(['business', 'review']).nullable(),
  confirmBy: instant.nullable(),
  frozenAt: instant.nullable(),
  approvedAcr: z.string(),
  approvedWithinMs: z.number(),
  cardsPerOrder: z.number().nullable(),
  cardsPerMonth: z.number().nullable(),
  orePerMonth: z.number().nullable(),
  agreementActive: z.boolean(),
  quote: z.object({ feeOre: z.number(), validUntil: instant }).nullable(),
  vendor: z
    .object({
      id: z.string(),
      organisationNumber: z.string(),
      name: z.string(),
      registered: z.boolean(),
      barredAt: instant.nullable(),
    })
    .nullable(),
  assigned: z.boolean(),
  tieHolds: z.boolean(),
  holderIsVendorPerson: z.boolean(),
});

const sessionFacts = z.object({
  id: z.string(),
  personId: z.string(),
  name: z.string(),
  acr: z.enum(['substantial', 'high']),
  authTime: instant,
  /** The vendor that has used the browser of the session, where that makes what needs a fresh login wait. */
  heldFor: z.string().optional(),
});

const businessFacts = z.object({
  id: z.string(),
  organisationNumber: z.string(),
  name: z.string(),
  form: z.string(),
  cardType: z.string().nullable(),
  bankrupt: z.boolean(),
  dissolved: z.boolean(),
  isVendor: z.boolean(),
});

/**
 * The roles of those who have an appointment: whoever runs the installation, the authority's people, the issuer's, and those
 * who check cards at a place.
 */
export const STAFF_ROLES = [
  'operator',
  'case-officer',
  'inspector',
  'reviewer',
  'police',
  'tax',
  'coordinator',
  'safety-representative',
] as const;
export type StaffRole = (typeof STAFF_ROLES)[number];

/** The role that staff ask in; a checker, who may have one for several places, names the appointment. */
export type StaffWanted = { readonly role: StaffRole } | { readonly appointmentId: string };

const staffFacts = z.object({
  appointmentId: z.string(),
  role: z.enum(STAFF_ROLES),
  /** Where a checker's role holds. */
  place: z.string().nullable(),
  startsAt: instant,
  endsAt: instant,
  endedAt: instant.nullable(),
});

const contextFacts = z.object({
  now: instant,
  capacity: z.enum(['anonymous', 'signed-in', 'officer', 'person', 'vendor', 'staff', 'job']),
  session: sessionFacts.optional(),
  business: businessFacts.nullish(),
  roles: z.array(z.string()).default([]),
  mandate: mandateFacts.nullish(),
  vendorsOfPerson: z.array(z.string()).default([]),
  /** Where the business requires a passkey: whether one that counts was used in this session in the last five minutes. */
  passkey: z.enum(['held', 'missing']).optional(),
  /** The person's appointment to the staff role that was asked for, in force or not. */
  staff: staffFacts.nullish(),
});

/** What the database found about who asks: input of `decide`, never taken from the application's own word. */
export type ContextFacts = z.infer<typeof contextFacts>;
export type MandateFacts = z.infer<typeof mandateFacts>;

/** Reads what the database's `context_open` answered about who asks. */
export const parseContextFacts = (facts: unknown): ContextFacts => contextFacts.parse(facts);

/** Reads what the database's `mandate_facts` answered about one mandate. */
export const parseMandateFacts = (facts: unknown): MandateFacts => mandateFacts.parse(facts);

/**
 * Who a transaction says it is for: a session's token hash with the business (and vendor) of the URL, or with a staff role or
 * one appointment to it; a task; or nobody.
 */
export type ContextRequest =
  | ({ kind: 'staff'; tokenHash: Uint8Array; writing?: boolean } & StaffWanted)
  | { kind: 'session'; tokenHash: Uint8Array; business?: string; vendor?: string; writing?: boolean }
  | { kind: 'job'; name: string; businessId?: string }
  | { kind: 'anonymous' };

/** One transaction with its row-level security context; `now` is the only time that its rules use. */
export interface Transaction {
  readonly query: KyselyTransaction<DB>;
  readonly now: Date;
  readonly facts: ContextFacts;
}

function opening(request: ContextRequest) {
  switch (request.kind) {
    case 'session':
      return sql<{ facts: unknown }>`select context_open(${request.tokenHash}, ${request.business ?? null},
        ${request.vendor ?? null}, ${request.writing ?? false}) as facts`;
    case 'staff':
      return sql<{
        facts: unknown;
      }>`select context_open_staff(${request.tokenHash}, ${'role' in request ? request.role : null},
        ${'appointmentId' in request ? request.appointmentId : null}::uuid, ${request.writing ?? false}) as facts`;
    case 'job':
      return sql<{
        facts: unknown;
      }>`select context_open_job(${request.name}, ${request.businessId ?? null}::uuid) as facts`;
    case 'anonymous':
      return sql<{ facts: unknown }>`select context_open_anonymous() as facts`;
  }
}

/**
 * Runs `work` in one transaction whose first statement has the database resolve who asks. Commits when `work` returns and
 * rolls back when it throws. A person's action that the database broke off, because it and another waited for each other,
 * is run once more and finds what the other did: so `work` does nothing outside the transaction there.
 */
export async function inTransaction<T>(
  database: Pick<Database, 'request'>,
  request: ContextRequest,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  try {
    return await once(database, request, work);
  } catch (error) {
    // Two people who take each other's access away wait for each other: no order of the locks keeps them from it.
    const acting = (request.kind === 'session' || request.kind === 'staff') && request.writing === true;
    if (acting && error instanceof Error && 'code' in error && error.code === DEADLOCK)
      return once(database, request, work);
    throw error;
  }
}

const DEADLOCK = '40P01';

function once<T>(
  database: Pick<Database, 'request'>,
  request: ContextRequest,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const connection: Kysely<DB> = database.request;
  return connection.transaction().execute(async (query) => {
    const opened = await opening(request).execute(query);
    const facts = parseContextFacts(opened.rows[0]?.facts);
    return work({ query, now: facts.now, facts });
  });
}

class Undone extends Error {
  readonly answer: unknown;
  constructor(answer: unknown) {
    super('The transaction was undone.');
    this.answer = answer;
  }
}

/** As `inTransaction`; what `work` answers through `undo` is the answer too, with everything that it did undone. */
export async function inUndoableTransaction<T>(
  database: Pick<Database, 'request'>,
  request: ContextRequest,
  work: (transaction: Transaction, undo: (answer: T) => never) => Promise<T>,
): Promise<T> {
  try {
    return await inTransaction(database, request, (transaction) =>
      work(transaction, (answer) => {
        throw new Undone(answer);
      }),
    );
  } catch (error) {
    if (error instanceof Undone) return error.answer as T;
    throw error;
  }
}
