import { z } from 'zod';
import type { Notify } from '../access/index.ts';
import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { formatDate } from '../kernel/dates.ts';
import { settleTask, tellCustomersTask } from './actions.ts';
import {
  customersToTell,
  dueReminders,
  endOverdue,
  findTold,
  forgetUnconfirmed,
  type Parties,
  shortenForNewVersion,
  untoldDeletions,
  untoldOverdue,
} from './settling-records.ts';
import { daysAfter, NOTICE_DAYS } from './rules.ts';

export interface SettlingDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
}

const AT_A_TIME = 100;
/** For so many days a file that was sent to be recorded is kept while nobody on one of the sides stands by it. */
const UNCONFIRMED_DAYS = 90;

/**
 * Ends agreements whose time is up, reminds both sides before that, and tells of deletions that are due. Run twice, it does
 * nothing twice: what has been done is noted in the same transaction.
 */
export async function settleAgreements(deps: SettlingDeps): Promise<void> {
  for (const step of [endLapsed, remind, tellOfDeletions, tellOfOverdue]) {
    for (;;) {
      const done = await inTransaction(deps.database, { kind: 'job', name: settleTask }, (transaction) =>
        step(deps, transaction),
      );
      if (done < AT_A_TIME) break;
    }
  }
  await inTransaction(deps.database, { kind: 'job', name: settleTask }, (transaction) =>
    forgetUnconfirmed(transaction, UNCONFIRMED_DAYS),
  );
}

type Step = (deps: SettlingDeps, transaction: Transaction) => Promise<number>;

const endLapsed: Step = async (_deps, transaction) => {
  const ended = await endOverdue(transaction, AT_A_TIME);
  for (const { id, businessId, vendorId, endReason } of ended) {
    await appendAudit(transaction, {
      action: 'agreement.end',
      decision: 'allowed',
      businessId,
      vendorId,
      subject: { kind: 'agreement', id },
      changes: { reason: endReason },
    });
  }
  return ended.length;
};

const remind: Step = async (deps, transaction) => {
  const due = await dueReminders(transaction, AT_A_TIME);
  for (const { endsAt, endsBecause, ...parties } of due) {
    const parameters = { day: dayBefore(endsAt), reason: endsBecause };
    await tell(deps, transaction, BOTH, 'agreements:notice.ending', parties, parameters);
  }
  return due.length;
};

const tellOfDeletions: Step = async (deps, transaction) => {
  const untold = await untoldDeletions(transaction, AT_A_TIME);
  for (const { dueAt, ...parties } of untold)
    await tell(deps, transaction, ['vendor'], 'agreements:notice.delete', parties, { day: dayBefore(dueAt) });
  return untold.length;
};

const tellOfOverdue: Step = async (deps, transaction) => {
  const untold = await untoldOverdue(transaction, AT_A_TIME);
  for (const { dueAt, ...parties } of untold)
    await tell(deps, transaction, BOTH, 'agreements:notice.overdue', parties, { day: dayBefore(dueAt) });
  return untold.length;
};

/** The last day of what ends at that moment. */
const dayBefore = (end: Date): string => formatDate(new Date(end.getTime() - 1), 'nb');

const pathOf = (number: string, id: string) => `/b/${number}/business/agreements/${id}`;

const BOTH = ['business', 'vendor'] as const;

/** Tells the officers of these sides of an agreement, with the way to it. */
async function tell(
  { notify }: SettlingDeps,
  transaction: Transaction,
  sides: readonly (typeof BOTH)[number][],
  template: string,
  parties: Parties,
  parameters: Readonly<Record<string, string>>,
): Promise<void> {
  for (const side of sides)
    await notify(transaction, {
      template,
      businessId: parties[`${side}Id`],
      parameters: {
        business: parties.businessName,
        vendor: parties.vendorName,
        link: pathOf(parties[`${side}Number`], parties.id),
        ...parameters,
      },
      audience: 'officers',
    });
}

const payload = z.union([z.object({ documentId: z.uuid() }), z.object({ subProcessorId: z.uuid() })]);

/**
 * Tells a vendor's customers of a document that it has signed, which they have to sign within the notice, or of a
 * sub-processor, to which they may object until it is used.
 */
export async function tellCustomers(deps: SettlingDeps, given: unknown): Promise<void> {
  const what = payload.parse(given);
  const job = { kind: 'job', name: tellCustomersTask } as const;
  await inTransaction(deps.database, job, async (transaction) => {
    const told = await findTold(transaction, what);
    if (told === undefined) return;
    if (told.kind === 'document') {
      const endsAt = daysAfter(transaction.now, NOTICE_DAYS);
      for (const parties of await shortenForNewVersion(transaction, told.documentId, endsAt))
        await tell(deps, transaction, ['business'], 'agreements:notice.newVersion', parties, {
          day: dayBefore(endsAt),
        });
      return;
    }
    for (const parties of await customersToTell(transaction, told.vendorId))
      await tell(deps, transaction, ['business'], 'agreements:notice.subProcessor', parties, {
        name: told.name,
        country: told.country,
        purpose: told.purpose,
        day: formatDate(told.startsAt, 'nb'),
      });
  });
}
