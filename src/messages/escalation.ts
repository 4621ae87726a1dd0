import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue } from '../jobs/index.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Kofuvi } from '../registers/index.ts';
import { putNotice } from './actions.ts';
import { TAKE_STEPS } from './dispatches.ts';
import * as records from './escalation-records.ts';
import { nextStep } from './escalation-rules.ts';
import { mobileAddress } from './rules.ts';
import type { Step } from './threads.ts';

/** Port: a business's addresses in the state's register of notification addresses: e-mail addresses and numbers (+47…). */
export type OfficialAddresses = (
  organisationNumber: string,
) => Promise<Result<readonly string[], 'unavailable'>>;

/** Fills the port `OfficialAddresses`; a business that the register does not know has none. */
export function createOfficialAddresses({ kofuvi }: { readonly kofuvi: Kofuvi }): OfficialAddresses {
  return async (organisationNumber) => {
    const number = parseOrganisationNumber(organisationNumber);
    const found = number.ok ? await kofuvi.addresses(number.value) : err({ kind: 'not-found' } as const);
    if (!found.ok) return found.error.kind === 'not-found' ? ok([]) : err('unavailable');
    return ok(
      found.value.addresses.flatMap(({ email, mobile }) =>
        [email, mobileAddress(mobile)].filter((address) => address !== undefined),
      ),
    );
  };
}

export interface EscalationDeps {
  readonly database: Pick<Database, 'request'>;
  readonly vault: Pick<Vault, 'encrypt'>;
  readonly officialAddresses: OfficialAddresses;
  /** Days in which a message without a deadline is to be read. */
  readonly readDays: number;
}

const LOT = 50;
const job = { kind: 'job', name: TAKE_STEPS } as const;

/** Takes every unread message whose time has come one step further, and notes what was done. */
export async function takeSteps(deps: EscalationDeps): Promise<void> {
  let taken = LOT;
  while (taken === LOT) taken = await takeLot(deps);
}

async function takeLot(deps: EscalationDeps): Promise<number> {
  return inTransaction(deps.database, job, async (transaction) => {
    const due = await records.takeDue(transaction, LOT);
    for (const thread of due) await takeFurther(deps, transaction, thread);
    return due.length;
  });
}

async function takeFurther(
  deps: EscalationDeps,
  transaction: Transaction,
  thread: records.DueThread,
): Promise<void> {
  const next = nextStep(thread, transaction.now, deps.readDays);
  if (next.kind === 'done') return records.lookAgain(transaction, thread.id, null);
  if (next.kind === 'look') return records.lookAgain(transaction, thread.id, next.at);
  const { step } = next;
  if (step === 'post')
    return records.noteStep(transaction, thread, { step, noticeId: null, next: null, evidence: {} });
  const official = step === 'second' ? await deps.officialAddresses(thread.organisationNumber) : undefined;
  // A register that does not answer is asked again, and meanwhile keeps nobody from being told.
  const addresses = official?.ok === true ? official.value : [];
  const noticeId = await tell(deps, transaction, thread, step, addresses);
  await records.noteStep(transaction, thread, {
    step,
    noticeId,
    next: new Date(transaction.now.getTime() + 60_000),
    evidence: official === undefined ? {} : { official: official.ok ? addresses.length : official.error },
  });
}

const AUDIENCE = { business: 'business', officers: 'officers', second: 'second-officers' } as const;

function tell(
  deps: EscalationDeps,
  transaction: Transaction,
  thread: records.DueThread,
  step: Exclude<Step, 'post'>,
  extraAddresses: readonly string[],
): Promise<string> {
  const number = thread.organisationNumber;
  return putNotice(deps, transaction, {
    template: step === 'business' ? 'messages:notice.arrived' : 'messages:notice.unread',
    businessId: thread.businessId,
    parameters: { number, link: `/b/${number}/business/messages/${thread.id}` },
    audience: AUDIENCE[step],
    extraAddresses,
    threadId: thread.id,
  });
}

/** Notes that an e-mail came back; a message that rested on it is taken further at once. */
export async function noteBounce(
  { database }: Pick<EscalationDeps, 'database'>,
  deliveryId: string,
  reason: records.BounceReason,
): Promise<boolean> {
  return inTransaction(database, { kind: 'job', name: 'messages.bounce' }, async (transaction) => {
    const { noted, threadId } = await records.noteBounce(transaction, deliveryId, reason);
    if (threadId === null) return noted;
    await records.hurry(transaction, threadId);
    await enqueue(transaction, TAKE_STEPS, {}, { key: TAKE_STEPS });
    return noted;
  });
}
