import { appendAudit } from '../audit/index.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { addDays, lastDayToEnd, osloToday } from '../kernel/dates.ts';
import type { AccessDeps } from './mandates.ts';
import type { Notice } from './notify.ts';
import { DAYS_TO_CONFIRM, endReasonOf, type Standing, standingOf, type StopCode } from './standing.ts';
import * as records from './watch-records.ts';

/** The task that follows up what changed access without anybody ending it. */
export const watchTask = 'access.watch';

type WatchDeps = Pick<AccessDeps, 'database' | 'notify'>;

/** Rounds in one run: what is left waits for the next. */
const MOST_ROUNDS = 200;

/**
 * Looks at all access that may have changed since the last time: by a register, by what somebody did elsewhere, or by the
 * passing of time. Whoever it concerns is told once of each stop and of its end; what was given by somebody who may no longer
 * give is set to be confirmed. One process at a time; what it has seen and what it tells commit together. It waits for
 * nobody: a mandate that something runs under is left for the next time.
 */
export async function watchAccess(deps: WatchDeps): Promise<void> {
  const job = { kind: 'job', name: watchTask } as const;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const more = await inTransaction(deps.database, job, async (transaction) => {
      if (!(await records.holdWatch(transaction))) return false;
      if (round === 0) await remind(deps, transaction);
      return lookAtChanges(deps, transaction);
    });
    if (!more) return;
  }
}

async function remind(deps: WatchDeps, transaction: Transaction): Promise<void> {
  for (const reminder of await records.passTime(transaction)) {
    await tellOfficers(deps, transaction, 'confirmSoon', reminder.businessId, {
      business: reminder.businessName,
      count: String(reminder.count),
      lastDate: lastDayOf(reminder.confirmBy),
    });
  }
}

/** The last whole day before an end, as a notice's parameter. */
function lastDayOf(end: Date): string {
  return new Date(end.getTime() - 1).toISOString();
}

/** Whether there may be more to look at now. */
async function lookAtChanges(deps: WatchDeps, transaction: Transaction): Promise<boolean> {
  const changes = await records.takeChanges(transaction);
  if (changes === undefined) return false;
  await records.spreadChanges(transaction, changes);
  for (const business of await records.businessesToJudge(transaction, changes.business)) {
    await judgeBusiness(deps, transaction, business);
  }
  for (const officer of await records.retiredOfficers(transaction, changes.person)) {
    await tellOfRetired(deps, transaction, officer);
  }
  for (const director of await records.askNewDirectors(transaction, changes.person)) {
    await tellOfDirector(deps, transaction, director);
  }
  const mandates = await records.mandatesToJudge(transaction, changes.mandate);
  let allFree = true;
  for (const mandate of mandates) {
    const judged = await judgeMandate(deps, transaction, mandate);
    allFree &&= judged;
  }
  for (const member of await records.membersToJudge(transaction, changes.member)) {
    await judgeMember(deps, transaction, member);
  }
  const holders = mandates.flatMap(({ personId }) => (personId === null ? [] : [personId]));
  for (const personId of new Set([...changes.person, ...holders])) {
    const followed = await followUpGiver(deps, transaction, personId);
    allFree &&= followed;
  }
  return allFree;
}

// Mandates -----------------------------------------------------------------------------------------------------------

/** False when it is left for later, since something runs under a mandate that is to end. */
async function judgeMandate(
  deps: WatchDeps,
  transaction: Transaction,
  mandate: records.MandateToJudge,
): Promise<boolean> {
  const standing = standingOf(mandate, transaction.now);
  const state = stateOf(standing);
  if (state === mandate.toldState) return true;
  const endReason = standing.kind === 'stopped' ? endReasonOf(standing.code) : undefined;
  if (endReason !== undefined && !mandate.facts.endedAt) {
    const taken = await records.takeFree(transaction, [mandate.id]);
    const [still] = await records.mandatesToJudge(transaction, taken);
    // What somebody does to it, or did just before it was taken, is looked at once they are done.
    if (still === undefined || stateOf(standingOf(still, transaction.now)) !== state) {
      await records.queue(transaction, 'mandate', mandate.id);
      return false;
    }
    await records.endStopped(transaction, mandate.id, endReason);
  }
  await records.keepState(transaction, 'mandate', mandate, state);
  if (standing.kind === 'stopped') {
    await auditStop(transaction, mandate, standing.code);
    await tellOfStop(deps, transaction, mandate, standing);
  } else if (standing.kind === 'holds' && mandate.toldState !== 'ended') {
    await tellOfResumption(deps, transaction, mandate);
  }
  return true;
}

function stateOf(standing: Standing): string | null {
  if (standing.kind === 'holds') return null;
  return standing.kind === 'ended' ? 'ended' : standing.code;
}

async function auditStop(
  transaction: Transaction,
  mandate: records.MandateToJudge,
  code: StopCode,
): Promise<void> {
  await appendAudit(transaction, {
    action: 'mandate.stopped',
    decision: 'allowed',
    businessId: mandate.businessId,
    mandateId: mandate.id,
    ...(mandate.vendorId === null ? {} : { vendorId: mandate.vendorId }),
    subject: { kind: 'mandate', id: mandate.id },
    changes: { code },
  });
}

async function tellOfStop(
  deps: WatchDeps,
  transaction: Transaction,
  mandate: records.MandateToJudge,
  { code, since }: Extract<Standing, { kind: 'stopped' }>,
): Promise<void> {
  const parameters = {
    business: mandate.businessName,
    holder: mandate.holderName,
    atTime: since.toISOString(),
    whyKeys: `access:stopped.${code}.why`,
    todoKeys: `access:stopped.${code}.todo`,
    code,
  };
  // A side that has closed is told of all its mandates at once.
  if (!code.startsWith('business-')) {
    await tellOfficers(deps, transaction, 'stopped', mandate.businessId, parameters);
  }
  if (!code.startsWith('vendor-')) await tellHolder(deps, transaction, 'stoppedYours', mandate, parameters);
}

async function tellOfResumption(
  deps: WatchDeps,
  transaction: Transaction,
  mandate: records.MandateToJudge,
): Promise<void> {
  const parameters = {
    business: mandate.businessName,
    holder: mandate.holderName,
    atTime: transaction.now.toISOString(),
    whyKeys: mandate.toldState === null ? '' : `access:stopped.${mandate.toldState}.over`,
  };
  await tellOfficers(deps, transaction, 'resumed', mandate.businessId, parameters);
  await tellHolder(deps, transaction, 'resumedYours', mandate, parameters);
}

async function tellHolder(
  deps: WatchDeps,
  transaction: Transaction,
  event: string,
  { vendorId, personId, businessId }: records.MandateToJudge,
  parameters: Notice['parameters'],
): Promise<void> {
  if (vendorId !== null) await tellOfficers(deps, transaction, event, vendorId, parameters);
  else if (personId !== null)
    await tellPerson(deps, transaction, event, { personId, businessId }, parameters);
}

function tellOfficers(
  deps: WatchDeps,
  transaction: Transaction,
  event: string,
  businessId: string,
  parameters: Notice['parameters'],
): Promise<void> {
  return deps.notify(transaction, {
    template: `access:notice.${event}`,
    businessId,
    parameters,
    audience: 'officers',
  });
}

function tellPerson(
  deps: WatchDeps,
  transaction: Transaction,
  event: string,
  { personId, businessId }: { readonly personId: string; readonly businessId: string },
  parameters: Notice['parameters'],
): Promise<void> {
  return deps.notify(transaction, {
    template: `access:notice.${event}`,
    businessId,
    parameters,
    audience: 'person',
    personId,
  });
}

// Businesses, officers and members ---------------------------------------------------------------------------------------

async function judgeBusiness(
  deps: WatchDeps,
  transaction: Transaction,
  business: records.ClosedBusiness,
): Promise<void> {
  const state = business.dissolved ? 'business-dissolved' : business.bankrupt ? 'business-bankrupt' : null;
  if (state === business.toldState) return;
  await records.keepState(transaction, 'business', { id: business.id, businessId: business.id }, state);
  if (state === null || business.given + business.held === 0) return;
  await tellOfficers(deps, transaction, 'businessClosed', business.id, {
    business: business.name,
    atTime: transaction.now.toISOString(),
    whyKeys: `access:stopped.${state}.why`,
    code: state,
    given: String(business.given),
    held: String(business.held),
  });
}

async function tellOfRetired(
  deps: WatchDeps,
  transaction: Transaction,
  officer: records.RetiredOfficer,
): Promise<void> {
  await records.keepState(transaction, 'officer', officer, 'stepped-down');
  if (officer.stillActs) return;
  const parameters = {
    business: officer.businessName,
    name: officer.name,
    atTime: officer.endedAt.toISOString(),
  };
  await tellOfficers(deps, transaction, 'officerLeft', officer.businessId, parameters);
  for (const customer of officer.customers) {
    await tellOfficers(deps, transaction, 'officerLeftCustomer', customer, parameters);
  }
  await tellPerson(deps, transaction, 'officerLeftYours', officer, parameters);
}

async function tellOfDirector(
  deps: WatchDeps,
  transaction: Transaction,
  director: records.NewDirector,
): Promise<void> {
  await appendAudit(transaction, {
    action: 'access.review-asked',
    decision: 'allowed',
    businessId: director.businessId,
    subject: { kind: 'officer', id: director.officerId },
  });
  await tellOfficers(deps, transaction, 'newDirector', director.businessId, {
    business: director.businessName,
    name: director.name,
    link: `/b/${director.organisationNumber}/business/access`,
  });
}

async function judgeMember(
  deps: WatchDeps,
  transaction: Transaction,
  member: records.MemberToJudge,
): Promise<void> {
  const stopped = member.unconfirmed ? 'member-unconfirmed' : 'member-left';
  const state = member.ended ? 'ended' : member.tied ? null : stopped;
  if (state === member.toldState) return;
  await records.keepState(transaction, 'member', member, state);
  const event = eventOfMember(member, state);
  if (event === undefined) return;
  const parameters = {
    name: member.name,
    vendor: member.vendorName,
    atTime: transaction.now.toISOString(),
  };
  await tellOfficers(deps, transaction, event, member.businessId, parameters);
  for (const customer of member.customers) {
    await tellOfficers(deps, transaction, `${event}Customer`, customer, parameters);
  }
  await tellPerson(deps, transaction, `${event}Yours`, member, parameters);
}

/** What is told of a member whose standing has changed; undefined: whoever changed it has told. */
function eventOfMember(
  { toldState, unconfirmed }: records.MemberToJudge,
  state: 'ended' | 'member-unconfirmed' | 'member-left' | null,
): string | undefined {
  switch (state) {
    case 'ended':
      return undefined;
    case 'member-unconfirmed':
      return 'memberUnconfirmed';
    case 'member-left':
      return 'memberLeft';
    case null:
      if (toldState === 'member-left') return 'memberBack';
      if (toldState !== 'member-unconfirmed') return undefined;
      // Still unconfirmed: it is the register that shows an employment.
      return unconfirmed ? 'memberBack' : 'memberConfirmed';
  }
}

// What was given by somebody who may no longer give -----------------------------------------------------------------------

/** False when some is left for later, since something runs under it. */
async function followUpGiver(deps: WatchDeps, transaction: Transaction, personId: string): Promise<boolean> {
  const found = await records.givenWithoutRight(transaction, personId);
  const confirmBy = lastDayToEnd(addDays(osloToday(transaction.now), DAYS_TO_CONFIRM));
  let allFree = true;
  for (const { ids: wanted, ...orphaned } of found) {
    const ids = await records.takeFree(transaction, wanted);
    allFree &&= ids.length === wanted.length;
    if (ids.length === 0) continue;
    await records.setToConfirm(transaction, ids, confirmBy);
    await appendAudit(transaction, {
      action: 'mandate.confirmation-asked',
      decision: 'allowed',
      businessId: orphaned.businessId,
      subject: { kind: 'person', id: personId },
      changes: { mandates: ids, confirmBy: confirmBy.toISOString() },
    });
    await tellOfficers(deps, transaction, 'confirmBegins', orphaned.businessId, {
      business: orphaned.businessName,
      giver: orphaned.giverName,
      count: String(ids.length),
      lastDate: lastDayOf(confirmBy),
      link: `/b/${orphaned.organisationNumber}/business/access`,
    });
  }
  const taken = found.reduce((sum, { ids }) => sum + ids.length, 0);
  if (taken === records.CONFIRM_BATCH || !allFree) await records.queue(transaction, 'person', personId);
  return allFree;
}
