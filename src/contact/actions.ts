import {
  act,
  type ActingFor,
  type ActionRequest,
  attemptsAt,
  type Decision,
  heldFor,
  look,
  type Notify,
  type Permitted,
  type Refused,
  loginFresh,
  RIGHTS,
  type VendorAttempts,
} from '../access/index.ts';
import type { BusinessImportDeps } from '../businesses/index.ts';
import type { ContextFacts } from '../database/transaction.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { ContactAddresses } from '../messages/index.ts';
import * as moveRecords from './move-records.ts';
import { type ContactDeps, startMove } from './moves.ts';
import * as records from './records.ts';
import {
  actionsOn,
  alsoWhileWaiting,
  changedFields,
  type Channel,
  type ContactDetails,
  type ContactField,
  type Move,
  type MoveAction,
  movesMessages,
  recipientsOf,
  whyVerify,
} from './rules.ts';

/** A change on its way, with what whoever asks can do about it. */
export interface ShownMove {
  readonly move: Move;
  readonly may: readonly MoveAction[];
}

/** What the pages show of a business's contact details, with whether the asker may change them. */
export interface ContactView {
  readonly facts: ContextFacts;
  readonly details: records.StoredDetails;
  readonly mayChange: Decision;
  readonly changes: readonly records.ContactChange[];
  readonly changeCount: number;
  readonly moves: readonly ShownMove[];
  readonly official: Awaited<ReturnType<typeof moveRecords.readOfficial>>;
  /** What vendors' people were refused here, for those who may read the log. */
  readonly attempts: readonly VendorAttempts[];
  /** Why the business is asked whether the details are right. */
  readonly verify: ReturnType<typeof whyVerify>;
}

const unknown: records.StoredDetails = {
  email: null,
  mobile: null,
  addressLines: [],
  postalCode: null,
  city: null,
  responsible: null,
  language: 'nb',
  version: 0,
  source: 'register',
  changedAt: new Date(0),
  confirmed: null,
  bouncedAt: null,
};

/**
 * The details and their history. Whoever acts for the business itself sees them, whatever the right; a vendor is refused
 * as when it would change them.
 */
export function viewContact(
  { database }: Pick<ContactDeps, 'database'>,
  acting: ActingFor,
  page: { readonly limit: number; readonly offset: number },
): Promise<Result<ContactView, Refused>> {
  return see(database, acting, { right: 'contact.change', orElse: RIGHTS, action: 'contact.view' }, page);
}

/** What the pages of a change are drawn from: for those who may change the details. */
export function openChange(
  { database }: Pick<ContactDeps, 'database'>,
  acting: ActingFor,
  action: 'contact.change' | 'contact.prove' | 'contact.vouch' = 'contact.change',
): Promise<Result<ContactView, Refused>> {
  return see(database, acting, { right: 'contact.change', action }, { limit: 1, offset: 0 });
}

function see(
  database: ContactDeps['database'],
  acting: ActingFor,
  request: ActionRequest,
  page: { readonly limit: number; readonly offset: number },
): Promise<Result<ContactView, Refused>> {
  return look(database, acting, { ...request, neverForVendor: true }, async (permitted) => {
    const { changes, count } = await records.listChanges(permitted, page);
    const details = (await records.readDetails(permitted)) ?? unknown;
    return {
      facts: permitted.facts,
      details,
      mayChange: permitted.decide('contact.change'),
      changes,
      changeCount: count,
      moves: await shownMoves(permitted),
      official: await moveRecords.readOfficial(permitted),
      attempts: permitted.decide('access.manage').allowed ? await attemptsAt(permitted, 'contact.') : [],
      verify: whyVerify(details, permitted.now),
    };
  });
}

async function shownMoves(permitted: Permitted): Promise<ShownMove[]> {
  const { facts, now } = permitted;
  const mayChange = permitted.decide('contact.change').allowed;
  const viewer = {
    personId: facts.session?.personId ?? '',
    officer: facts.capacity === 'officer',
    mayChange,
  };
  const moves = await moveRecords.currentMoves(permitted);
  return moves.map(({ cancelUsed, ...move }) => ({
    move,
    may: actionsOn(move, { ...viewer, cancelUsed }, now),
  }));
}

/** Somebody changed the details after the form had been opened: what stands there now. */
export interface Overtaken {
  readonly kind: 'overtaken';
  readonly current: records.StoredDetails;
}

/** It waits, since this vendor has used the browser, until the person has confirmed from their own address. */
export interface HeldChange {
  readonly kind: 'held';
  readonly vendor: string;
}

/** Says that the details of this version are right. */
export function confirmContact(
  { database }: Pick<ContactDeps, 'database'>,
  acting: ActingFor,
  version: number,
): Promise<Result<undefined, Overtaken | Refused>> {
  return act(database, acting, { right: 'contact.change', action: 'contact.confirm' }, (permitted) =>
    confirm(permitted, version),
  );
}

async function confirm(permitted: Permitted, version: number): Promise<Result<undefined, Overtaken>> {
  if (!(await records.confirmDetails(permitted, version))) return overtaken(permitted);
  await permitted.audit({ action: 'contact.confirm', changes: { version } });
  return ok(undefined);
}

/** The business requires a passkey for a change, and none was used in this session in the last five minutes. */
export type PasskeyMissing = { readonly kind: 'passkey' };
/** Nobody logged in at the high level here in the last five minutes. */
export type LoginMissing = { readonly kind: 'login' };
/** What has to come before a change, and is no error: what was typed stays, and the entry in the log too. */
export type NotYet = HeldChange | PasskeyMissing | LoginMissing;

/**
 * What became of a form: `confirmed` where nothing was changed, `changed` at once where no message goes elsewhere for it, and
 * `begun` where it waits, after codes were sent to the new addresses that are `awaited`.
 */
export type Changed =
  | { readonly kind: 'confirmed' }
  | { readonly kind: 'changed'; readonly fields: readonly ContactField[] }
  | { readonly kind: 'begun'; readonly moveId: string; readonly awaited: readonly Channel[] };

/**
 * Changes the details that were of this version when the form was opened. Where messages go is moved only after the new
 * addresses are proved and the waiting time is over; the rest holds at once, and everybody is told. The same details again
 * count as a confirmation.
 */
export async function changeContact(
  deps: ContactDeps,
  acting: ActingFor,
  version: number,
  details: ContactDetails,
): Promise<Result<Changed, Overtaken | NotYet | Refused>> {
  const request = { right: 'contact.change', action: 'contact.change' } as const;
  const changed = await act(
    deps.database,
    acting,
    request,
    async (permitted): Promise<Result<Changed | NotYet, Overtaken>> => {
      const held = await heldChange(permitted);
      if (held !== undefined) return ok(held);
      const before = await records.readDetails(permitted);
      if (before?.version !== version) return overtaken(permitted);
      const fields = changedFields(before, details);
      if (fields.length === 0) {
        const confirmed = await confirm(permitted, version);
        return confirmed.ok ? ok({ kind: 'confirmed' }) : confirmed;
      }
      const missing = await stepUpMissing(permitted);
      if (missing !== undefined) return ok(missing);
      if (!movesMessages(fields)) return changeAtOnce(deps.notify, permitted, before, details, fields);
      const begun = await startMove(deps, permitted, {
        version,
        before: detailsOf(before),
        after: details,
        fields,
      });
      return begun === undefined ? overtaken(permitted) : ok({ kind: 'begun', ...begun });
    },
  );
  if (!changed.ok) return changed;
  const answer = changed.value;
  return isNotYet(answer) ? err(answer) : ok(answer);
}

function isNotYet(answer: Changed | NotYet): answer is NotYet {
  return answer.kind === 'held' || answer.kind === 'passkey' || answer.kind === 'login';
}

async function heldChange(permitted: Permitted): Promise<HeldChange | undefined> {
  const vendor = heldFor(permitted.facts);
  if (vendor === undefined) return undefined;
  // Not an error, which would undo the entry.
  await permitted.audit({ decision: 'refused', rule: 'held-browser' });
  return { kind: 'held', vendor };
}

/** What is missing of a step-up, with its entry in the log. */
async function stepUpMissing(permitted: Permitted): Promise<PasskeyMissing | LoginMissing | undefined> {
  const kind = !loginFresh(permitted.facts, permitted.now)
    ? 'login'
    : permitted.facts.passkey === 'missing'
      ? 'passkey'
      : undefined;
  if (kind === undefined) return undefined;
  await permitted.audit({ decision: 'refused', rule: kind === 'login' ? 'step-up' : 'passkey' });
  return { kind };
}

async function changeAtOnce(
  notify: Notify,
  permitted: Permitted,
  before: records.StoredDetails,
  after: ContactDetails,
  fields: readonly ContactField[],
): Promise<Result<Changed, Overtaken>> {
  if (!(await records.replaceDetails(permitted, before.version, after))) return overtaken(permitted);
  await records.insertChange(permitted, detailsOf(before), after);
  await permitted.audit({
    changes: { fields, version: before.version + 1 },
    detail: { before: detailsOf(before), after },
  });
  await tell(notify, permitted, { before, after, fields });
  return ok({ kind: 'changed', fields });
}

async function overtaken(permitted: Permitted): Promise<Result<never, Overtaken>> {
  return err({ kind: 'overtaken', current: (await records.readDetails(permitted)) ?? unknown });
}

/** The details alone, without what is known about them. */
function detailsOf(stored: ContactDetails): ContactDetails {
  const { email, mobile, addressLines, postalCode, city, responsible, language } = stored;
  return { email, mobile, addressLines, postalCode, city, responsible, language };
}

/** Both addresses are named: when the notice is sent, a further change may have moved "the business's address" on. */
async function tell(
  notify: Notify,
  permitted: Permitted,
  change: { before: ContactDetails; after: ContactDetails; fields: readonly ContactField[] },
): Promise<void> {
  const { business, session } = permitted.facts;
  if (!business || !session) return;
  await notify(permitted, {
    template: 'contact:notice.changed',
    businessId: business.id,
    parameters: {
      business: business.name,
      person: session.name,
      changedTime: permitted.now.toISOString(),
      fieldsKeys: change.fields.map((field) => `contact:field.${field}`).join(','),
      link: `/b/${business.organisationNumber}/business/contact`,
    },
    audience: 'officers',
    extraAddresses: [change.before.email, change.after.email].filter((address) => address !== null),
  });
}

/** Fills the port of the import: a business seen for the first time gets the register's details, unconfirmed. */
export const seedContact: BusinessImportDeps['onImported'] = (transaction, businessId, registered) =>
  records.insertFromRegister(transaction, businessId, registered);

/**
 * Fills the port of the messages: where the business itself wants its mail, and in which language; while a change is under
 * way, at the new address too, and always at those that it has registered with the state.
 */
export const contactAddresses: ContactAddresses = async (transaction, businessId) => {
  const details = await records.readDetails(transaction, businessId);
  const move = await moveRecords.openMove(transaction, businessId);
  const official = await moveRecords.readOfficial(transaction, businessId);
  return {
    email: details?.email ?? undefined,
    mobile: details?.mobile ?? undefined,
    further: [
      ...(move === undefined ? [] : alsoWhileWaiting(move)),
      ...recipientsOf(official?.addresses ?? []),
    ],
    language: details?.language ?? 'nb',
  };
};

/**
 * Whether whoever chooses the business is asked first if its details are right: they were confirmed long ago, or mail to them
 * came back, and the person may answer.
 */
export async function asksToVerify(
  { database }: Pick<ContactDeps, 'database'>,
  acting: ActingFor,
): Promise<boolean> {
  const request = { right: 'contact.change', orElse: RIGHTS, action: 'contact.verify' } as const;
  const asked = await look(database, acting, request, async (permitted) => {
    if (!permitted.decide('contact.change').allowed) return false;
    const details = await records.readDetails(permitted);
    const why = details && whyVerify(details, permitted.now);
    return why === 'old' || why === 'bounced';
  });
  return asked.ok && asked.value;
}
