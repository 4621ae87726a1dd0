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
import { type ActingOn, type CodesSpent, type ContactDeps, nameOf, startMove } from './moves.ts';
import * as records from './records.ts';
import {
  actionsOn,
  alsoWhileWaiting,
  changedFields,
  type Channel,
  concerned,
  contactPath,
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
  /** How many units may have details of their own; none of a unit's. */
  readonly units: number;
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
  acting: ActingOn,
  page: { readonly limit: number; readonly offset: number },
): Promise<Result<ContactView, Refused>> {
  return see(database, acting, { right: 'contact.change', orElse: RIGHTS, action: 'contact.view' }, page);
}

/** What the pages of a change are drawn from: for those who may change the details. */
export function openChange(
  { database }: Pick<ContactDeps, 'database'>,
  acting: ActingOn,
  action: 'contact.change' | 'contact.prove' | 'contact.vouch' = 'contact.change',
): Promise<Result<ContactView, Refused>> {
  return see(database, acting, { right: 'contact.change', action }, { limit: 1, offset: 0 });
}

async function see(
  database: ContactDeps['database'],
  acting: ActingOn,
  request: Omit<ActionRequest, 'subject'>,
  page: { readonly limit: number; readonly offset: number },
): Promise<Result<ContactView, Refused>> {
  const { unit } = acting;
  const asked = { ...request, neverForVendor: true, ...lookedAt(request, unit) } as const;
  const view = await look(database, acting, asked, async (permitted) => {
    const details =
      (await records.readDetails(permitted, { unit })) ?? (unit === undefined ? unknown : undefined);
    if (details === undefined) return undefined;
    const { changes, count } = await records.listChanges(permitted, page, unit);
    return {
      facts: permitted.facts,
      details,
      mayChange: permitted.decide('contact.change', concerned(unit)),
      changes,
      changeCount: count,
      moves: await shownMoves(permitted, unit),
      official: unit === undefined ? await moveRecords.readOfficial(permitted) : undefined,
      attempts:
        unit === undefined && permitted.decide('access.manage').allowed
          ? await attemptsAt(permitted, 'contact.')
          : [],
      verify: whyVerify(details, permitted.now),
      units: unit === undefined ? await records.countUnits(permitted) : 0,
    };
  });
  if (!view.ok) return view;
  return view.value === undefined ? err({ kind: 'missing' }) : ok(view.value);
}

/** A page of the units that the asker's mandate covers, with where what concerns each goes. */
export function viewUnits(
  { database }: Pick<ContactDeps, 'database'>,
  acting: ActingFor,
  page: { readonly limit: number; readonly offset: number },
) {
  const request = {
    right: 'contact.change',
    orElse: RIGHTS,
    neverForVendor: true,
    action: 'contact.view',
  } as const;
  return look(database, acting, request, async (permitted) => ({
    facts: permitted.facts,
    ...(await records.listUnits(permitted, page)),
  }));
}

/** Whoever may do anything in a unit sees its details; to change them, and the business's own, takes what `concerned` says. */
function lookedAt({ orElse }: Pick<ActionRequest, 'orElse'>, unit: string | undefined) {
  if (orElse === undefined) return { subject: concerned(unit) };
  return unit === undefined ? {} : { subject: { unitId: unit } };
}

async function shownMoves(permitted: Permitted, unit: string | undefined): Promise<ShownMove[]> {
  const { facts, now } = permitted;
  const mayChange = permitted.decide('contact.change', concerned(unit)).allowed;
  const viewer = {
    personId: facts.session?.personId ?? '',
    officer: facts.capacity === 'officer',
    mayChange,
  };
  const moves = await moveRecords.currentMoves(permitted, unit);
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
  acting: ActingOn,
  version: number,
): Promise<Result<undefined, Overtaken | Refused>> {
  const subject = concerned(acting.unit);
  return act(database, acting, { right: 'contact.change', action: 'contact.confirm', subject }, (permitted) =>
    confirm(permitted, version, acting.unit),
  );
}

async function confirm(
  permitted: Permitted,
  version: number,
  unit: string | undefined,
): Promise<Result<undefined, Overtaken>> {
  if (!(await records.confirmDetails(permitted, version, unit))) return overtaken(permitted, unit);
  await permitted.audit({ action: 'contact.confirm', changes: { version, unit } });
  return ok(undefined);
}

/** The business requires a passkey for a change, and none was used in this session in the last five minutes. */
export type PasskeyMissing = { readonly kind: 'passkey' };
/** Nobody logged in at the high level here in the last five minutes. */
export type LoginMissing = { readonly kind: 'login' };
/** What has to come before a change, and is no error: what was typed stays, and the entry in the log too. */
export type NotYet = HeldChange | PasskeyMissing | LoginMissing | CodesSpent;

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
  acting: ActingOn,
  version: number,
  details: ContactDetails,
): Promise<Result<Changed, Overtaken | NotYet | Refused>> {
  const { unit } = acting;
  const subject = concerned(unit);
  const request = { right: 'contact.change', action: 'contact.change', subject } as const;
  const changed = await act(
    deps.database,
    acting,
    request,
    async (permitted): Promise<Result<Changed | NotYet, Overtaken>> => {
      const held = await heldChange(permitted);
      if (held !== undefined) return ok(held);
      const before = await records.readDetails(permitted, { unit });
      if (before?.version !== version) return overtaken(permitted, unit);
      const fields = changedFields(before, details);
      if (fields.length === 0) {
        // What a unit has from the business is confirmed there.
        if (before.unit?.own === false) return ok({ kind: 'confirmed' });
        const confirmed = await confirm(permitted, version, unit);
        return confirmed.ok ? ok({ kind: 'confirmed' }) : confirmed;
      }
      const missing = await stepUpMissing(permitted);
      if (missing !== undefined) return ok(missing);
      if (!movesMessages(fields)) return changeAtOnce(deps.notify, permitted, before, details, fields);
      const begun = await startMove(deps, permitted, {
        unit: before.unit,
        version,
        before: detailsOf(before),
        after: details,
        fields,
      });
      return begun.kind === 'overtaken' ? overtaken(permitted, unit) : ok(begun);
    },
  );
  if (!changed.ok) return changed;
  const answer = changed.value;
  return isNotYet(answer) ? err(answer) : ok(answer);
}

function isNotYet(answer: Changed | NotYet): answer is NotYet {
  return ['held', 'passkey', 'login', 'too-often'].includes(answer.kind);
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
  const unit = before.unit?.id;
  if (!(await records.changeAtOnce(permitted, before.version, after, unit)))
    return overtaken(permitted, unit);
  await permitted.audit({
    changes: { fields, version: before.version + 1, unit: before.unit?.organisationNumber },
    detail: { before: detailsOf(before), after },
  });
  await tell(notify, permitted, { before, after, fields });
  return ok({ kind: 'changed', fields });
}

async function overtaken(permitted: Permitted, unit: string | undefined): Promise<Result<never, Overtaken>> {
  return err({ kind: 'overtaken', current: (await records.readDetails(permitted, { unit })) ?? unknown });
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
  change: { before: records.StoredDetails; after: ContactDetails; fields: readonly ContactField[] },
): Promise<void> {
  const { business, session } = permitted.facts;
  if (!business || !session) return;
  await notify(permitted, {
    template: 'contact:notice.changed',
    businessId: business.id,
    parameters: {
      business: nameOf(permitted, change.before.unit),
      person: session.name,
      changedTime: permitted.now.toISOString(),
      fieldsKeys: change.fields.map((field) => `contact:field.${field}`).join(','),
      link: `/b/${business.organisationNumber}${contactPath(change.before.unit?.id)}`,
    },
    audience: 'officers',
    extraAddresses: [change.before.email, change.after.email].filter((address) => address !== null),
  });
}

/** Fills the port of the import: a business seen for the first time gets the register's details, unconfirmed. */
export const seedContact: BusinessImportDeps['onImported'] = (transaction, businessId, registered) =>
  records.insertFromRegister(transaction, businessId, registered);

/**
 * Fills the port of the messages: where the business itself wants its mail, or what is about one of its units, and in which
 * language; while a change is under way, at the new address too, and always at those that it has registered with the state.
 */
export const contactAddresses: ContactAddresses = async (transaction, businessId, unit) => {
  const details = await records.readDetails(transaction, { businessId, unit });
  const moves = await moveRecords.openMoves(transaction, businessId, unit);
  const official = await moveRecords.readOfficial(transaction, businessId);
  // A change of the business's concerns a unit that has the business's address.
  const concerning = moves.filter(
    ({ unitId, before }) => unit === undefined || unitId === unit || before.email === details?.email,
  );
  return {
    email: details?.email ?? undefined,
    mobile: details?.mobile ?? undefined,
    further: [...concerning.flatMap(alsoWhileWaiting), ...recipientsOf(official?.addresses ?? [])],
    language: details?.language ?? 'nb',
  };
};

/**
 * Where whoever chooses the business is led first, to be asked if its details, or a unit's, are right: they were confirmed long
 * ago, or mail to them came back, and the person may answer. A path below the business's; undefined where nothing is asked.
 */
export async function asksToVerify(
  { database }: Pick<ContactDeps, 'database'>,
  acting: ActingFor,
): Promise<string | undefined> {
  const request = { right: 'contact.change', orElse: RIGHTS, action: 'contact.verify' } as const;
  const asked = await look(database, acting, request, async (permitted) => {
    const due = await records.dueToVerify(permitted);
    const own = due.find((unit) => permitted.decide('contact.change', concerned(unit ?? undefined)).allowed);
    return own === undefined ? undefined : own === null ? `${contactPath()}/verify` : contactPath(own);
  });
  return asked.ok ? asked.value : undefined;
}

/** Where mail to a unit goes, under its own name. */
export interface UnitPostalAddress {
  readonly recipient: string;
  readonly lines: readonly string[];
  readonly postalCode: string;
  readonly place: string;
}

/** The postal addresses of those of the units that have another than the business's, by unit; each whole, or not at all. */
export async function unitPostalAddresses(
  transaction: Permitted,
  unitIds: readonly string[],
): Promise<ReadonlyMap<string, UnitPostalAddress>> {
  const all = await records.readDetailsOf(transaction, [null, ...unitIds]);
  const general = all.find(({ unit }) => unit === undefined);
  const found = new Map<string, UnitPostalAddress>();
  for (const details of all) {
    const { unit, addressLines: lines, postalCode, city } = details;
    if (general === undefined || unit?.own !== true || postalCode === null || city === null) continue;
    if (changedFields(general, details).includes('address'))
      found.set(unit.id, { recipient: unit.name, lines, postalCode, place: city });
  }
  return found;
}
