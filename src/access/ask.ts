import { sql } from 'kysely';
import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, inUndoableTransaction, type Transaction } from '../database/transaction.ts';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { AskedFor } from './ask-form.tsx';
import { changesOf, problemsOf, type ProposalProblems } from './grants.ts';
import {
  insertRequest,
  lockAsking,
  lockRequest,
  ownRequest,
  ownRequests,
  putAwayLapsed,
  requestsSince,
  requestsTo,
  settleRequest,
} from './request-records.ts';
import {
  askRefusal,
  type AskRefusal,
  dayBegan,
  expiryOf,
  isRenewable,
  type MandateRequest,
  type RequestLimits,
  stateOfRequest,
} from './request-rules.ts';
import { enqueueTellingOfRequest, type RequestProblem } from './requests.ts';
import type { Terms } from './terms.ts';

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
  readonly units: readonly { readonly id: string; readonly name: string }[];
  readonly present: (Terms & { readonly id: string; readonly purpose: string }) | undefined;
}

/** Why nothing was asked; `unknown`: no such business, or none that the person is tied to. */
export type AskingProblem =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ask-refused'; readonly refusal: AskRefusal }
  | { readonly kind: 'proposal'; readonly problems: ProposalProblems };

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

async function readAsking(transaction: Transaction, number: string): Promise<Asking | undefined> {
  const business = (await askableBusinesses(transaction)).find((one) => one.organisationNumber === number);
  if (business === undefined) return undefined;
  const units = await transaction.query
    .selectFrom('units')
    .select(['id', 'name'])
    .where('business_id', '=', business.id)
    .where('closed_on', 'is', null)
    .orderBy('name')
    .execute();
  return { ...business, holder: 'person', units, present: await ownMandate(transaction, business.id) };
}

async function ownMandate(transaction: Transaction, businessId: string): Promise<Asking['present']> {
  const { rows } = await sql<
    Omit<NonNullable<Asking['present']>, 'limits'> & Terms['limits']
  >`select m.id, m.rights::text[] as rights, m.units, m.workers, m.purpose, m.starts_at as "startsAt", m.ends_at as "endsAt",
      m.cards_per_order as "cardsPerOrder", m.cards_per_month as "cardsPerMonth", m.ore_per_month as "orePerMonth"
    from mandates m
    where m.business_id = ${businessId} and m.person_id = ${asPerson(transaction).personId} and m.ended_at is null`.execute(
    transaction.query,
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const { cardsPerOrder, cardsPerMonth, orePerMonth, ...rest } = row;
  return { ...rest, limits: { cardsPerOrder, cardsPerMonth, orePerMonth } };
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
  const { now, facts } = transaction;
  const { present } = asking;
  const limits = present?.limits ?? { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null };
  const proposal = { ...asked.proposal, limits };
  const reach = { units: asking.units.map(({ id }) => id), workers: present?.workers ?? [] };
  const problems = problemsOf(proposal, 'person', facts, reach, now, present);
  if (problems !== undefined) return err({ kind: 'proposal', problems });
  const asker = asPerson(transaction);
  const since = new Date(now.getTime() - requestLimits.waitDays * 86_400_000);
  const before = {
    sameBusiness: await requestsTo(transaction, asker, asking.id, since),
    today: await requestsSince(transaction, asker, dayBegan(now)),
  };
  const refusal = askRefusal(proposal, before, present, requestLimits, now);
  if (refusal !== undefined) return err({ kind: 'ask-refused', refusal });
  const renews = present !== undefined && isRenewable(present.endsAt, now) ? present.id : null;
  const id = await insertRequest(transaction, {
    asker,
    businessId: asking.id,
    proposal,
    reasons: asked.reasons,
    feeOre: null,
    renews,
    expiresAt: expiryOf(now),
  });
  await appendAudit(transaction, {
    action: 'request.ask',
    decision: 'allowed',
    subject: { kind: 'request', id },
    changes: { ...changesOf(proposal), askedBusinessId: asking.id, renews },
    detail: { purpose: proposal.purpose, reasons: asked.reasons },
  });
  await enqueueTellingOfRequest(transaction, id, 'asked');
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
    const units = await transaction.query
      .selectFrom('units')
      .select(['id', 'name'])
      .where('business_id', '=', request.businessId)
      .execute();
    return { request, units, now: transaction.now };
  });
}

/** Takes a request back while it waits; the officers of the business are told. */
export async function withdrawAsking(
  deps: Pick<AskDeps, 'database'>,
  tokenHash: Uint8Array,
  id: string,
): Promise<Result<MandateRequest, RequestProblem>> {
  return inTransaction<Result<MandateRequest, RequestProblem>>(
    deps.database,
    writing(tokenHash),
    async (transaction) => {
      const asker = asPerson(transaction);
      if (!isUuid(id) || (await ownRequest(transaction, asker, id)) === undefined) {
        return err({ kind: 'request', reason: 'unknown' });
      }
      await lockRequest(transaction, { id });
      const own = await ownRequest(transaction, asker, id);
      if (own === undefined) return err({ kind: 'request', reason: 'unknown' });
      if (stateOfRequest(own, transaction.now) !== 'open') {
        return err({ kind: 'request', reason: 'settled', request: own });
      }
      await settleRequest(transaction, id, { outcome: 'withdrawn' });
      await appendAudit(transaction, {
        action: 'request.withdraw',
        decision: 'allowed',
        subject: { kind: 'request', id },
        changes: { outcome: 'withdrawn', askedBusinessId: own.businessId },
      });
      await enqueueTellingOfRequest(transaction, id, 'settled');
      return ok(own);
    },
  );
}
