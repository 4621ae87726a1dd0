import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { type ContextFacts, inTransaction } from '../database/transaction.ts';
import { createToken, hashToken } from '../identity/index.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { act, type ActingFor, look, type Refused } from './actions.ts';
import * as records from './clearance-records.ts';
import type { Notify } from './notify.ts';

/** Whether mail reaches a person at the address that they have in the contact register; `unknown`: it does not answer. */
export type OwnAddress = 'reached' | 'none' | 'unknown';

export interface ClearanceDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
  readonly publicOrigin: string;
  /** Port: looks up an encrypted national identity number. Filled by the messages feature. */
  readonly ownAddress: (encryptedNumber: Buffer) => Promise<OwnAddress>;
}

/**
 * The vendor that has used the browser which the session is open in, where that makes what needs a fresh login wait:
 * somebody else of that vendor has logged in there, and the person has neither confirmed from their own address that it is
 * they nor just used a passkey that counts. Undefined where nothing waits.
 */
export function heldFor(facts: ContextFacts): string | undefined {
  return facts.session?.heldFor;
}

// Whoever may do something that waits.
const WAITS = { right: 'access.manage', orElse: ['contact.change'], neverForVendor: true } as const;
const ASK = { ...WAITS, action: 'browser.held' } as const;

/** What waits for whoever acts, and until when the link is good that was sent to them. */
export async function viewHold({ database }: Pick<ClearanceDeps, 'database'>, acting: ActingFor) {
  return look(database, acting, ASK, async (permitted) => ({
    facts: permitted.facts,
    vendor: heldFor(permitted.facts),
    sentUntil: await records.sentClearance(permitted),
  }));
}

export type AskProblem = 'not-held' | 'no-address' | 'register-unavailable';

/**
 * Sends a link to the address that the person has in the contact register, never to one of the business's. A second within
 * two minutes is not sent; a later one takes the place of the first.
 */
export async function askToConfirm(
  deps: ClearanceDeps,
  acting: ActingFor,
): Promise<Result<null, AskProblem | Refused>> {
  const number = await look(deps.database, acting, ASK, async (permitted) =>
    heldFor(permitted.facts) === undefined ? undefined : records.ownNumber(permitted),
  );
  if (!number.ok) return number;
  if (number.value === undefined) return err('not-held');
  const address = await deps.ownAddress(number.value);
  if (address !== 'reached') return err(address === 'none' ? 'no-address' : 'register-unavailable');
  const { secret, hash } = createToken();
  return act(deps.database, acting, ASK, async (permitted): Promise<Result<null, AskProblem>> => {
    const { session, business } = permitted.facts;
    const vendor = heldFor(permitted.facts);
    const given = await records.askClearance(permitted, hash);
    if (given === undefined || vendor === undefined || !session || !business) return err('not-held');
    if (!given.asked) return ok(null);
    await permitted.audit({
      decision: 'refused',
      rule: 'held-browser',
      subject: { kind: 'browser-clearance', id: given.id },
      changes: { sessionId: session.id, until: given.expiresAt.toISOString() },
    });
    await deps.notify(permitted, {
      template: 'access:notice.confirmBrowser',
      businessId: null,
      parameters: {
        business: business.name,
        vendor,
        person: session.name,
        untilTime: given.expiresAt.toISOString(),
      },
      secrets: { link: `${deps.publicOrigin}/profile/browsers/${secret}` },
      audience: 'person',
      personId: session.personId,
    });
    return ok(null);
  });
}

/** What a link is about, for the one to whom it was sent; undefined for everybody else. Reading it changes nothing. */
export async function viewClearance(
  { database }: Pick<ClearanceDeps, 'database'>,
  tokenHash: Uint8Array,
  secret: string,
): Promise<records.Clearance | undefined> {
  return inTransaction(database, { kind: 'session', tokenHash }, (transaction) =>
    records.readClearance(transaction, hashToken(secret)),
  );
}

/**
 * Confirms, once, that it is the person who sits in the other browser: for half an hour what waited there goes on. Not from
 * a browser that a vendor has used.
 */
export async function confirmBrowser(
  { database }: Pick<ClearanceDeps, 'database'>,
  tokenHash: Uint8Array,
  secret: string,
): Promise<Result<null, 'unknown' | Exclude<records.ClearanceState, 'open'>>> {
  return inTransaction(database, { kind: 'session', tokenHash, writing: true }, async (transaction) => {
    const hash = hashToken(secret);
    const found = await records.readClearance(transaction, hash);
    const state = found && (await records.confirmClearance(transaction, hash));
    if (found === undefined || state === undefined) return err('unknown');
    const entry = {
      action: 'browser.confirmed',
      businessId: found.businessId,
      subject: { kind: 'browser-clearance', id: found.id },
    };
    if (state === 'open') {
      await appendAudit(transaction, { ...entry, decision: 'allowed' });
      return ok(null);
    }
    await appendAudit(transaction, { ...entry, decision: 'refused', rule: state });
    return err(state);
  });
}

export const lapseClearancesTask = 'access.lapse-clearances';

/** Takes away the links that nobody followed in time, each with an entry in the audit log. */
export async function lapseClearances({ database }: Pick<ClearanceDeps, 'database'>): Promise<void> {
  await inTransaction(database, { kind: 'job', name: lapseClearancesTask }, async (transaction) => {
    for (const { id, businessId, sessionId } of await records.lapseClearances(transaction)) {
      await appendAudit(transaction, {
        action: 'browser.confirmation-expired',
        decision: 'allowed',
        businessId,
        subject: { kind: 'browser-clearance', id },
        changes: { sessionId },
      });
    }
  });
}
