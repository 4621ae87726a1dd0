import { sql } from 'kysely';
import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, inUndoableTransaction, type Transaction } from '../database/transaction.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { AskedFor } from './ask-form.tsx';
import { makeRequest, type NotAsked, takeBack } from './asking.ts';
import { changesOf } from './grants.ts';
import { listEveryUnit } from './history-records.ts';
import { type BusinessUnit, currentMandate, listUnits, type PresentMandate } from './records.ts';
import { lockAsking, ownRequest, ownRequests, putAwayLapsed } from './request-records.ts';
import type { MandateRequest, RequestLimits } from './request-rules.ts';
import { enqueueTellingOfRequest, type RequestProblem } from './requests.ts';

/**
 * A person asks a business that they are tied to for access. They act for nobody when they ask, so there is no right to
 * decide on: the tie lets them, and the database alone says which businesses those are (`businesses_to_ask`).
 */

export interface AskDeps {
  readonly database: Pick<Database, 'request'>;
  readonly requestLimits: RequestLimits;
}

/** A business that the person may ask. */
export interface AskableBusiness {
  readonly id: string;
  readonly organisationNumber: string;
  readonly name: string;
}

/** Of whom the person asks: what anyone may know of it, and the person's own mandate from it. */
export interface Asking extends AskableBusiness {
  readonly holder: 'person';
  readonly units: readonly BusinessUnit[];
  readonly present: PresentMandate | undefined;
}

/** Why nothing was asked; `unknown`: no such business, or none that the person is tied to. */
export type AskingProblem = { readonly kind: 'unknown' } | NotAsked;

const reading = (tokenHash: Uint8Array) => ({ kind: 'session', tokenHash }) as const;
const writing = (tokenHash: Uint8Array) => ({ kind: 'session', tokenHash, writing: true }) as const;
const asPerson = ({ facts }: Transaction) => ({ personId: facts.session?.personId ?? '' });

/** The businesses that the person who is logged in may ask for access, by name. */
export async function askableBusinesses({ query }: Pick<Transaction, 'query'>): Promise<AskableBusiness[]> {
  const { rows } = await sql<AskableBusiness>`
    select id, organisation_number as "organisationNumber", name from businesses_to_ask()`.execute(query);
  return rows;
}

/** What the form is drawn from; undefined when the person may not ask this business, or there is none. */
export async function openAsking(deps: Pick<AskDeps, 'database'>, tokenHash: Uint8Array, number: string) {
  return inTransaction(deps.database, reading(tokenHash), async (transaction) => {
    const asking = await readAsking(transaction, number);
    return asking && { asking, now: transaction.now };
  });
}

/** The name of a business that the person acts for as an officer: they hold every right there, and need not ask. */
export async function officeIn(
  deps: Pick<AskDeps, 'database'>,
  tokenHash: Uint8Array,
  number: string,
): Promise<string | undefined> {
  return inTransaction(deps.database, reading(tokenHash), async (transaction) => {
    const { rows } = await sql<{ name: string }>`
      select b.name from businesses b where b.organisation_number = ${number}
        and cardinality(acting_roles(${asPerson(transaction).personId}, b.id)) > 0`.execute(
      transaction.query,
    );
    return rows[0]?.name;
  });
}

async function readAsking(transaction: Transaction, number: string): Promise<Asking | undefined> {
  const business = (await askableBusinesses(transaction)).find((one) => one.organisationNumber === number);
  if (business === undefined) return undefined;
  const units = await listUnits(transaction, business.id);
  const present = await currentMandate(transaction, asPerson(transaction), business.id);
  return { ...business, holder: 'person', units, present };
}

/** Asks a business for access. Its officers are told. Returns the request's id. */
export async function askForAccess(
  deps: AskDeps,
  tokenHash: Uint8Array,
  number: string,
  asked: AskedFor,
): Promise<Result<string, AskingProblem>> {
  return inUndoableTransaction<Result<string, AskingProblem>>(
    deps.database,
    writing(tokenHash),
    async (transaction, undo) => {
      await lockAsking(transaction, asPerson(transaction));
      const asking = await readAsking(transaction, number);
      if (asking === undefined) {
        if (transaction.facts.session) await auditRefusal(transaction, 'no-relation');
        return err({ kind: 'unknown' });
      }
      await tellOfLapsed(transaction, asking.id);
      const sent = await send(deps, transaction, asking, asked);
      if (sent.ok || sent.error.kind !== 'ask-refused') return sent.ok ? sent : undo(sent);
      await auditRefusal(transaction, `ask-${sent.error.refusal.reason}`, asking);
      return sent;
    },
  );
}

async function auditRefusal(transaction: Transaction, rule: string, asking?: AskableBusiness): Promise<void> {
  await appendAudit(transaction, {
    action: 'request.ask',
    decision: 'refused',
    rule,
    ...(asking === undefined ? {} : { subject: { kind: 'business', id: asking.id } }),
  });
}

/** What nobody answered in time makes way for the next request, also before the task has noted it. */
async function tellOfLapsed(transaction: Transaction, businessId: string): Promise<void> {
  for (const id of await putAwayLapsed(transaction, { businessId, asker: asPerson(transaction) })) {
    await appendAudit(transaction, {
      action: 'request.lapsed',
      decision: 'allowed',
      subject: { kind: 'request', id },
    });
    await enqueueTellingOfRequest(transaction, id, 'settled');
  }
}

async function send(
  { requestLimits }: AskDeps,
  transaction: Transaction,
  asking: Asking,
  asked: AskedFor,
): Promise<Result<string, AskingProblem>> {
  const { id: businessId, ...of } = asking;
  const asker = asPerson(transaction);
  const made = await makeRequest(transaction, requestLimits, {
    ...of,
    businessId,
    asker,
    asked,
    feeOre: null,
  });
  if (!made.ok) return made;
  const { id, proposal, renews } = made.value;
  await appendAudit(transaction, {
    action: 'request.ask',
    decision: 'allowed',
    subject: { kind: 'request', id },
    changes: { ...changesOf(proposal), askedBusinessId: businessId, renews },
    detail: { purpose: proposal.purpose, reasons: asked.reasons },
  });
  return ok(id);
}

/** The person's own requests, a page at a time, and whom they may ask. */
export async function viewAsked(deps: Pick<AskDeps, 'database'>, tokenHash: Uint8Array, page: number) {
  return inTransaction(deps.database, reading(tokenHash), async (transaction) => ({
    now: transaction.now,
    requests: await ownRequests(transaction, asPerson(transaction), page),
    askable: await askableBusinesses(transaction),
  }));
}

/** One of the person's own requests, with the units that it may name; undefined for one that is not theirs. */
export async function viewOwnAsking(deps: Pick<AskDeps, 'database'>, tokenHash: Uint8Array, id: string) {
  return inTransaction(deps.database, reading(tokenHash), async (transaction) => {
    const request = await ownRequest(transaction, asPerson(transaction), id);
    if (request === undefined) return undefined;
    const units = await listEveryUnit(transaction, request.businessId);
    return { request, units, now: transaction.now };
  });
}

/** Takes a request back while it waits; the officers of the business are told. */
export async function withdrawAsking(
  deps: Pick<AskDeps, 'database'>,
  tokenHash: Uint8Array,
  id: string,
): Promise<Result<MandateRequest, RequestProblem>> {
  return inTransaction(deps.database, writing(tokenHash), async (transaction) => {
    const taken = await takeBack(transaction, asPerson(transaction), id);
    if (!taken.ok) return taken;
    await appendAudit(transaction, {
      action: 'request.withdraw',
      decision: 'allowed',
      subject: { kind: 'request', id },
      changes: { outcome: 'withdrawn', askedBusinessId: taken.value.businessId },
    });
    return taken;
  });
}
