import type { Notify } from '../access/index.ts';
import { appendAudit } from '../audit/index.ts';
import { type CardConditions, type ConditionSettings, judgeFacts } from '../cards/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type StaffRole } from '../database/transaction.ts';
import { addDays, osloToday, startOfDay } from '../kernel/dates.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import {
  actAsStaff,
  decideStaff,
  lookAsStaff,
  type StaffActing,
  type StaffPermitted,
  type StaffRefused,
} from '../staff/index.ts';
import * as records from './entitled-records.ts';
import type { EntitledKey, LookedUp } from './entitled-rules.ts';

/** What entitled checkers' looks need. */
export interface EntitledDeps {
  readonly database: Pick<Database, 'request' | 'statement'>;
  readonly notify: Notify;
  /** How long after an inspector's look the holder and the employer see it. */
  readonly disclosureDelayHours: number;
  readonly conditions: ConditionSettings;
}

type Reading = { readonly database: Pick<Database, 'request'> };
type CheckDeps = Omit<EntitledDeps, 'notify'>;

const checking = { right: 'cards.check', action: 'cards.checked' } as const;
const seizing = { right: 'cards.seize', action: 'card.seized' } as const;

/** Where and in which role a checker is at work. */
export interface Post {
  readonly appointmentId: string;
  readonly role: StaffRole;
  readonly place: string;
}

/** The authority's checkers need no more than the number; the others hold the card in hand. */
export function needsBirthDate({ role }: Pick<Post, 'role'>): boolean {
  return role === 'coordinator' || role === 'safety-representative';
}

function postOf({ facts: { staff } }: Pick<StaffPermitted, 'facts'>): Post {
  if (!staff) throw new Error('A checker without an appointment.');
  return { appointmentId: staff.appointmentId, role: staff.role, place: staff.place ?? '' };
}

/** What the form for a look is drawn from. */
export function openChecking(
  { database }: Reading,
  acting: StaffActing,
): Promise<Result<Post, StaffRefused>> {
  return lookAsStaff(database, acting, checking, (permitted) => Promise.resolve(postOf(permitted)));
}

export interface Checked {
  readonly recordId: string;
  readonly cards: readonly LookedUp[];
  readonly post: Post;
  readonly at: Date;
  readonly by: string;
  /** Of a card that was looked up by itself. */
  readonly conditions: CardConditions | undefined;
}

/**
 * Looks up at most a thousand cards, in one transaction: the check record, what each holder will see of it, and an entry in the
 * audit log with the record's hash. The entry belongs to no business: an inspection is not told of before its time. The database,
 * which looks for nobody but checkers, has done all of it when we decide; that we would have decided otherwise is an error.
 */
export async function checkCards(
  { database, disclosureDelayHours, conditions }: CheckDeps,
  acting: records.CheckerActing,
  keys: readonly EntitledKey[],
): Promise<Result<Checked, 'no-birth-date' | StaffRefused>> {
  const { facts, looked } = await records.lookUp(database, acting, keys, disclosureDelayHours);
  const decision = decideStaff(facts, checking.right, facts.now);
  if (looked === undefined) {
    const bare = keys.some((key) => 'number' in key && key.birthDate === undefined);
    if (decision.allowed && bare && needsBirthDate(decision)) return err('no-birth-date');
    // Refused, and written down, as everything is that staff may not do.
    return actAsStaff<Checked, never>(database, acting, checking, () => Promise.reject(disagreement()));
  }
  if (!decision.allowed || !facts.session) throw disagreement();
  const { now, session } = facts;
  return ok({
    ...{ recordId: looked.recordId, cards: looked.cards, post: postOf({ facts }), at: now, by: session.name },
    conditions: looked.conditions && judgeFacts(looked.conditions, conditions, now),
  });
}

const disagreement = () => new Error('The rules and the database do not agree on who checks cards.');

/** The photo of a card that was looked up by itself in the last ten minutes; the look told its holder of it. */
export function seeCheckedPhoto(
  { database }: Reading,
  acting: StaffActing,
  recordId: string,
): Promise<Result<Buffer | undefined, StaffRefused>> {
  return lookAsStaff(database, acting, checking, (permitted) =>
    records.readCheckedPhoto(permitted, recordId),
  );
}

const RECORDS_PER_PAGE = 25;

/** A page of the checker's own records under the appointment, and whether there are more. */
export function seeRecords({ database }: Reading, acting: StaffActing, before: string | undefined) {
  return lookAsStaff(database, acting, checking, async (permitted) => {
    const post = postOf(permitted);
    const limit = RECORDS_PER_PAGE + 1;
    const found = await records.listRecords(permitted, post.appointmentId, { limit, before });
    return { post, found: found.slice(0, RECORDS_PER_PAGE), more: found.length > RECORDS_PER_PAGE };
  });
}

/** One of them; undefined when it is not the checker's own. */
export function seeRecord({ database }: Reading, acting: StaffActing, recordId: string) {
  return lookAsStaff(database, acting, checking, (permitted) => records.readRecord(permitted, recordId));
}

/** The number of a card that may be seized now; undefined when it may not. */
export function openSeizing(
  { database }: Reading,
  acting: StaffActing,
  recordId: string,
): Promise<Result<string | undefined, StaffRefused>> {
  return lookAsStaff(database, acting, seizing, (permitted) => records.readSeizable(permitted, recordId));
}

/** An inspector has taken the card: blocked for good, and told to the business, its officers and the worker. */
export function seizeCard(
  { database, notify }: Pick<EntitledDeps, 'database' | 'notify'>,
  acting: StaffActing,
  recordId: string,
): Promise<Result<undefined, 'gone' | StaffRefused>> {
  return actAsStaff(database, acting, seizing, async (permitted) => {
    const seized = await records.seize(permitted, recordId);
    if (seized === undefined) return err('gone' as const);
    const { cardId, businessId, unitId, personId, number, employerName, from } = seized;
    await permitted.audit({
      businessId,
      subject: { kind: 'card', id: cardId },
      changes: { reason: 'seized', from, checkRecord: recordId },
    });
    const parameters = { number, employer: employerName, person: permitted.person.name };
    await notify(permitted, {
      template: 'checks:notice.seized',
      businessId,
      unitId,
      businessToo: true,
      parameters,
      audience: 'business-and-officers',
    });
    await notify(permitted, {
      template: 'checks:notice.ownSeized',
      businessId: null,
      parameters,
      audience: 'person',
      personId,
    });
    return ok(undefined);
  });
}

export const CLEAN = 'checks.clean';
const AT_ONCE = 500;

/** Deletes check records that have been kept for so many days, some at a time; each round is audited. */
export async function deleteOldRecords({ database }: Reading, keepDays: number): Promise<void> {
  let deleted: number;
  do {
    deleted = await inTransaction(database, { kind: 'job', name: CLEAN }, async (transaction) => {
      const before = startOfDay(addDays(osloToday(transaction.now), -keepDays));
      const gone = await records.deleteRecords(transaction, before, AT_ONCE);
      if (gone.length === 0) return 0;
      await appendAudit(transaction, {
        action: 'check-records.deleted',
        decision: 'allowed',
        changes: {
          lines: gone.reduce((sum, { lines }) => sum + lines, 0),
          ids: gone.map(({ id }) => id),
        },
      });
      return gone.length;
    });
  } while (deleted > 0);
}
