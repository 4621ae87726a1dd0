import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { browserName } from '../identity/index.ts';
import { officersNow, takeUntoldDevices, type UntoldDevice } from './device-records.ts';
import type { Notify } from './notify.ts';
import {
  contactChanges,
  type ExaminedUse,
  forgetLoginsBefore,
  insertSignal,
  loginsAtOnce,
  mandatesOfPeople,
  markExamined,
  namedBusiness,
  orderedHours,
  usesToExamine,
} from './signal-records.ts';
import {
  contactAfterMandate,
  type FoundSignal,
  manyBusinesses,
  manyMandates,
  nightOrders,
  type SignalLimits,
  twoNetworks,
  vendorBrowser,
} from './signal-rules.ts';

/** What the tasks that look at logins need. */
export interface LoginWatchDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
  readonly limits: SignalLimits;
}

export const watchLoginsTask = 'access.watch-logins';
export const watchDeedsTask = 'access.watch-deeds';
export const forgetLoginsTask = 'access.forget-logins';

const MOST_AT_ONCE = 200;
const NEW_FOR_MS = 14 * 86_400_000;
/** A browser's cookie lives for a year after the last login: older rows tell nothing of anybody who still comes. */
const KEPT_MS = 400 * 86_400_000;

/** Tells of new browsers, and holds new uses of sessions against the rules; one process at a time does. */
export async function watchLogins(deps: LoginWatchDeps): Promise<void> {
  await alone(deps, watchLoginsTask, async (transaction) => {
    for (const device of await takeUntoldDevices(transaction, MOST_AT_ONCE))
      await tellPerson(deps, transaction, device);
    const uses = await usesToExamine(transaction, MOST_AT_ONCE);
    if (uses.length === 0) return;
    for (const use of uses) {
      if (isFromNewBrowser(use)) await tellOtherOfficers(deps, transaction, use);
      await raise(deps, transaction, [
        ...vendorBrowser(use),
        ...manyBusinesses(use, deps.limits.businessesPerDay),
      ]);
    }
    await raise(deps, transaction, twoNetworks(await loginsAtOnce(transaction), transaction.now));
    await markExamined(
      transaction,
      uses.map(({ id }) => id),
    );
  });
}

/** Holds what was ordered, changed and given lately against the rules, and who is logged in twice. */
export async function watchDeeds(deps: LoginWatchDeps): Promise<void> {
  await alone(deps, watchDeedsTask, async (transaction) => {
    const changes = await contactChanges(transaction);
    await raise(deps, transaction, [
      ...twoNetworks(await loginsAtOnce(transaction), transaction.now),
      ...nightOrders(await orderedHours(transaction), deps.limits.cardsAtNight),
      ...changes.flatMap(contactAfterMandate),
    ]);
    const many = (await mandatesOfPeople(transaction)).flatMap((one) =>
      manyMandates(one, deps.limits.mandatesPerPerson),
    );
    for (const personId of new Set((await raise(deps, transaction, many)).map((signal) => signal.personId))) {
      await deps.notify(transaction, {
        template: 'access:notice.manyMandatesYours',
        businessId: null,
        parameters: {},
        audience: 'person',
        personId,
      });
    }
  });
}

/** Forgets browsers, uses of sessions and signals that are too old to tell anything. */
export async function forgetLogins(deps: Pick<LoginWatchDeps, 'database'>): Promise<void> {
  await inTransaction(deps.database, { kind: 'job', name: forgetLoginsTask }, async (transaction) => {
    await forgetLoginsBefore(transaction, new Date(transaction.now.getTime() - KEPT_MS));
  });
}

async function alone(
  { database }: LoginWatchDeps,
  name: string,
  work: (transaction: Transaction) => Promise<void>,
): Promise<void> {
  await inTransaction(database, { kind: 'job', name }, async (transaction) => {
    const { rows } = await sql<{ free: boolean }>`
      select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as free`.execute(transaction.query);
    if (rows[0]?.free === true) await work(transaction);
  });
}

/** The browser as letters name it, with the words to use where it says nothing of itself. */
function named(userAgent: string) {
  const browser = browserName(userAgent);
  return { browser, browserKeys: browser === '' ? 'access:device.unknown' : '' };
}

async function tellPerson(
  { notify }: LoginWatchDeps,
  transaction: Transaction,
  { id, personId, firstOfPerson, userAgent, firstSeenAt }: UntoldDevice,
): Promise<void> {
  await notify(transaction, {
    template: `access:notice.${firstOfPerson ? 'firstLogin' : 'newBrowser'}`,
    businessId: null,
    parameters: {
      ...named(userAgent),
      atTime: firstSeenAt.toISOString(),
      link: `/profile/devices/${id}`,
    },
    audience: 'person',
    personId,
  });
}

function isFromNewBrowser(use: ExaminedUse): boolean {
  const { capacity, deviceFirstSeenAt: since, deviceAnswer, firstHere, usedAt } = use;
  if (capacity !== 'officer' || since === null || deviceAnswer !== null || !firstHere) return false;
  return usedAt.getTime() - since.getTime() < NEW_FOR_MS;
}

async function tellOtherOfficers(
  { notify }: LoginWatchDeps,
  transaction: Transaction,
  use: ExaminedUse,
): Promise<void> {
  const officers = await officersNow(transaction, use.businessId);
  for (const personId of officers.filter((one) => one !== use.personId)) {
    await notify(transaction, {
      template: 'access:notice.officersNewBrowser',
      businessId: use.businessId,
      parameters: {
        ...named(use.userAgent),
        person: use.personName,
        business: use.businessName,
        atTime: use.usedAt.toISOString(),
        link: accessPath(use.businessNumber),
      },
      audience: 'person',
      personId,
    });
  }
}

const accessPath = (number: string) => `/b/${number}/business/access`;

/** Stores what the rules found, and tells the officers of what is new. Returns what is. */
async function raise(
  { notify }: LoginWatchDeps,
  transaction: Transaction,
  found: readonly FoundSignal[],
): Promise<FoundSignal[]> {
  const raised: FoundSignal[] = [];
  for (const signal of found) {
    if ((await insertSignal(transaction, signal)) === undefined) continue;
    raised.push(signal);
    const business = await namedBusiness(transaction, signal.businessId);
    const vendor = signal.vendorId === null ? undefined : await namedBusiness(transaction, signal.vendorId);
    await notify(transaction, {
      template: `access:notice.signal.${signal.kind}`,
      businessId: signal.businessId,
      parameters: {
        business: business?.name ?? '',
        person: signal.personName,
        vendor: vendor?.name ?? '',
        count: String(signal.facts['count'] ?? ''),
        link: accessPath(business?.number ?? ''),
      },
      audience: 'officers',
    });
  }
  return raised;
}
