import { randomInt } from 'node:crypto';
import {
  act,
  type ActingFor,
  heldFor,
  type Notify,
  type Permitted,
  type Refused,
  stepUpFresh,
} from '../access/index.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { hashToken } from '../identity/index.ts';
import { enqueue } from '../jobs/index.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import * as records from './move-records.ts';
import type { UnitDetails } from './records.ts';
import {
  type Channel,
  CODE_MINUTES,
  concerned,
  type ContactDetails,
  type ContactField,
  type Move,
} from './rules.ts';

export const WORK = 'contact.tell';

export interface ContactDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
  readonly vault: Pick<Vault, 'hash'>;
  /** Hours from when a new address is proved until it holds alone. */
  readonly waitHours: number;
  /** Whether codes can be sent to mobile numbers here. */
  readonly provesMobiles: boolean;
}

/** Whose details an action is about: the business's own or, with its id, those of one of its units. */
export interface ActingOn extends ActingFor {
  readonly unit?: string;
}

/** Has what happened told: part of the transaction in which it happens. */
async function enqueueTelling(transaction: Pick<Transaction, 'query'>): Promise<void> {
  await enqueue(transaction, WORK, {}, { key: WORK });
}

/** What a code is kept as: keyed, and bound to the address that it was sent to. */
function codeHash(vault: Pick<Vault, 'hash'>, businessId: string, address: string, code: string): Buffer {
  return vault.hash(`contact-code:${businessId}:${address.toLowerCase()}:${code}`);
}

const newCode = (): string => String(randomInt(1_000_000)).padStart(6, '0');

/** The new addresses that have to be proved. */
function toProve(deps: Pick<ContactDeps, 'provesMobiles'>, before: ContactDetails, after: ContactDetails) {
  const email = after.email !== before.email ? after.email : null;
  const mobile = deps.provesMobiles && after.mobile !== before.mobile ? after.mobile : null;
  return [
    ...(email === null ? [] : [{ channel: 'email', address: email } as const]),
    ...(mobile === null ? [] : [{ channel: 'mobile', address: mobile } as const]),
  ];
}

/** The person has had as many codes sent as one may in 24 hours. */
export interface CodesSpent {
  readonly kind: 'too-often';
  readonly channel: Channel;
}

type Started =
  | { readonly kind: 'begun'; readonly moveId: string; readonly awaited: readonly Channel[] }
  | { readonly kind: 'overtaken' }
  | CodesSpent;

/**
 * Begins a change of where messages go: sends a code to each new address, or lets the waiting time begin where there is none.
 * Nothing is done when the details are no longer of that version, or when codes were sent too often: `channel` is that of the
 * address which gets none.
 */
export async function startMove(
  deps: ContactDeps,
  permitted: Permitted,
  wanted: {
    readonly unit: UnitDetails | undefined;
    readonly version: number;
    readonly before: ContactDetails;
    readonly after: ContactDetails;
    readonly fields: readonly ContactField[];
  },
): Promise<Started> {
  const businessId = permitted.facts.business?.id ?? '';
  const { unit, version, before, after, fields } = wanted;
  const sent = toProve(deps, before, after).map((one) => ({ ...one, code: newCode() }));
  const { outcome, moveId } = await records.beginMove(permitted, {
    unit: unit?.id,
    version,
    after,
    codes: Object.fromEntries(
      sent.map(({ channel, address, code }) => [channel, codeHash(deps.vault, businessId, address, code)]),
    ),
    codeMinutes: CODE_MINUTES,
    waitHours: deps.waitHours,
  });
  if (outcome === 'too-often') {
    await permitted.audit({ decision: 'refused', rule: 'codes-too-often' });
    return { kind: 'too-often', channel: sent[0]?.channel ?? 'email' };
  }
  if (outcome === 'overtaken') return { kind: 'overtaken' };
  await permitted.audit({
    subject: { kind: 'contact-move', id: moveId },
    changes: { fields, version, unit: unit?.organisationNumber },
    detail: { before, after },
  });
  for (const { address, code } of sent)
    await sendCode(deps, permitted, { of: nameOf(permitted, unit), after, address, code });
  await enqueueTelling(permitted);
  return { kind: 'begun', moveId, awaited: sent.map(({ channel }) => channel) };
}

/** Whose details they are, in a letter. */
export function nameOf({ facts }: Pick<Permitted, 'facts'>, unit: UnitDetails | undefined): string {
  return unit === undefined ? (facts.business?.name ?? '') : `${unit.name} (${unit.organisationNumber})`;
}

async function sendCode(
  { notify }: ContactDeps,
  permitted: Permitted,
  {
    of,
    after,
    address,
    code,
  }: Readonly<Record<'of' | 'address' | 'code', string>> & {
    readonly after: ContactDetails;
  },
): Promise<void> {
  const { business, session } = permitted.facts;
  if (!business || !session) return;
  await notify(permitted, {
    template: 'contact:notice.code',
    businessId: business.id,
    parameters: {
      business: of,
      person: session.name,
      untilTime: new Date(permitted.now.getTime() + CODE_MINUTES * 60_000).toISOString(),
    },
    secrets: { code },
    audience: 'address',
    extraAddresses: [address],
    language: after.language,
  });
}

/** Tries a code that somebody got at a new address. What it answers is kept, so that tries are counted. */
export async function proveAddress(
  deps: ContactDeps,
  acting: ActingOn,
  moveId: string,
  channel: Channel,
  code: string,
): Promise<Result<{ readonly proved: records.Proved; readonly move: Move | undefined }, Refused>> {
  const request = {
    right: 'contact.change',
    action: 'contact.prove',
    subject: concerned(acting.unit),
  } as const;
  return act(deps.database, acting, request, async (permitted) => {
    const move = await records.findMove(permitted, moveId);
    const address = move?.after[channel];
    const known = move !== undefined && typeof address === 'string' && heldFor(permitted.facts) === undefined;
    const proved = known
      ? await records.proveMove(
          permitted,
          moveId,
          channel,
          codeHash(deps.vault, permitted.facts.business?.id ?? '', address, code),
        )
      : 'unknown';
    await permitted.audit({
      ...(known ? { subject: { kind: 'contact-move', id: moveId } } : {}),
      ...(proved === 'proved' ? {} : { decision: 'refused' as const, rule: `code-${proved}` }),
      changes: { channel },
    });
    if (proved === 'proved') await enqueueTelling(permitted);
    return ok({ proved, move: await records.findMove(permitted, moveId) });
  });
}

/** `overtaken`: it is too late, somebody else was faster, or it was not for this person to do. */
export type MoveProblem = 'overtaken' | 'step-up';

/** Takes a change back before it holds: its maker, or any officer. Needs no step-up, so that stopping is quick. */
export async function cancelMove(
  { database }: Pick<ContactDeps, 'database'>,
  acting: ActingOn,
  moveId: string,
): Promise<Result<null, MoveProblem | Refused>> {
  return doTo(database, acting, { moveId, what: 'cancel', action: 'contact.cancel', fresh: false });
}

/** An officer goes on with a change that an address paused. */
export async function overruleMove(
  { database }: Pick<ContactDeps, 'database'>,
  acting: ActingOn,
  moveId: string,
): Promise<Result<null, MoveProblem | Refused>> {
  return doTo(database, acting, { moveId, what: 'overrule', action: 'contact.overrule', fresh: true });
}

/** An officer puts back what stood before a change. */
export async function undoMove(
  { database }: Pick<ContactDeps, 'database'>,
  acting: ActingOn,
  moveId: string,
): Promise<Result<null, MoveProblem | Refused>> {
  return doTo(database, acting, { moveId, what: 'undo', action: 'contact.undo', fresh: true });
}

interface Doing {
  readonly moveId: string;
  readonly what: 'cancel' | 'overrule' | 'undo';
  readonly action: string;
  /** Whether it needs a step-up. */
  readonly fresh: boolean;
}

async function doTo(
  database: ContactDeps['database'],
  acting: ActingOn,
  { moveId, what, action, fresh }: Doing,
): Promise<Result<null, MoveProblem | Refused>> {
  const request = { right: 'contact.change', action, subject: concerned(acting.unit) } as const;
  const done = await act(
    database,
    acting,
    request,
    async (permitted): Promise<Result<MoveProblem | null, never>> => {
      if (fresh && !stepUpFresh(permitted.facts, permitted.now)) {
        await permitted.audit({ decision: 'refused', rule: 'step-up' });
        return ok('step-up');
      }
      const changed = await records.doToMove(permitted, what, moveId);
      await permitted.audit({
        subject: { kind: 'contact-move', id: moveId },
        ...(changed ? {} : { decision: 'refused' as const, rule: 'overtaken' }),
      });
      if (changed) await enqueueTelling(permitted);
      return ok(changed ? null : 'overtaken');
    },
  );
  if (!done.ok) return done;
  return done.value === null ? ok(null) : err(done.value);
}

/** An officer says, through the link in their own mail, that an address that looks like a vendor's is the business's. */
export async function vouchForAddress(
  { database }: Pick<ContactDeps, 'database'>,
  acting: ActingOn,
  secret: string,
): Promise<Result<null, MoveProblem | Refused>> {
  const request = {
    right: 'contact.change',
    action: 'contact.vouch',
    subject: concerned(acting.unit),
  } as const;
  const done = await act(
    database,
    acting,
    request,
    async (permitted): Promise<Result<MoveProblem | null, never>> => {
      const fresh = stepUpFresh(permitted.facts, permitted.now);
      const vouched = fresh && (await records.vouchForMove(permitted, hashToken(secret)));
      await permitted.audit(vouched ? {} : { decision: 'refused', rule: fresh ? 'overtaken' : 'step-up' });
      return ok(vouched ? null : fresh ? 'overtaken' : 'step-up');
    },
  );
  if (!done.ok) return done;
  return done.value === null ? ok(null) : err(done.value);
}

/** What a link to stop a change is about. Reading it changes nothing, since mail programs open links. */
export async function viewStop(
  { database }: Pick<ContactDeps, 'database'>,
  secret: string,
): Promise<records.Stop | undefined> {
  return inTransaction(database, { kind: 'anonymous' }, (transaction) =>
    records.readStop(transaction, hashToken(secret)),
  );
}

/** Pauses the change, without a login. Answers with the state that it was in; undefined for a link that never was. */
export async function useStop(
  { database }: Pick<ContactDeps, 'database'>,
  secret: string,
): Promise<records.StopState | undefined> {
  return inTransaction(database, { kind: 'anonymous' }, async (transaction) => {
    const state = await records.useStop(transaction, hashToken(secret));
    if (state === 'open') await enqueueTelling(transaction);
    return state;
  });
}
