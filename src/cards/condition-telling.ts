import type { Notify } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { endToLastDay } from '../kernel/dates.ts';
import { takeUntold, type UntoldNotice } from './condition-notices.ts';
import { type ConditionCode, CONDITIONS } from './conditions.ts';
import { ownCardsPath } from './rules.ts';

/** So many card numbers stand in one notice. */
const MOST_NUMBERS = 10;

/**
 * Tells what has been noted of conditions: each business one notice of each thing, however many cards it is about, and one for
 * each unit with contact details of its own; and each holder of their own card. Doing it again does nothing.
 */
export async function tellConditions(database: Pick<Database, 'request'>, notify: Notify): Promise<void> {
  const job = { kind: 'job', name: 'cards.tell-conditions' } as const;
  for (;;) {
    const told = await inTransaction(database, job, async (transaction) => {
      const notices = await takeUntold(transaction);
      for (const alike of Map.groupBy(notices, sameThing).values())
        await tellBusiness(transaction, notify, alike);
      for (const one of notices) await tellHolder(transaction, notify, one);
      return notices.length;
    });
    if (told === 0) return;
  }
}

const sameThing = ({ businessId, unitId, code, step, days }: UntoldNotice) =>
  [businessId, unitId, code, step, days].join(' ');

async function tellBusiness(
  transaction: Transaction,
  notify: Notify,
  alike: readonly UntoldNotice[],
): Promise<void> {
  const [first] = alike;
  // Of declarations the officers hear from the declarations themselves.
  if (
    first === undefined ||
    (first.code === 'DECLARATION_ENDED' && (first.step === 'foreseen' || first.step === 'suspended'))
  )
    return;
  const numbers = alike.map(({ number }) => number).toSorted();
  const more = numbers.length > MOST_NUMBERS ? ' …' : '';
  await notify(transaction, {
    template: `cards:notice.condition-${first.step}`,
    businessId: first.businessId,
    ...(first.unitId === null ? {} : { unitId: first.unitId, businessToo: true }),
    parameters: {
      ...wordsOf(first, alike),
      business: first.businessName,
      number: String(numbers.length),
      cards: numbers.slice(0, MOST_NUMBERS).join(', ') + more,
      link: `/b/${first.organisationNumber}/cards`,
    },
    audience: 'business-and-officers',
  });
}

async function tellHolder(transaction: Transaction, notify: Notify, one: UntoldNotice): Promise<void> {
  // A card is the employer's, who has to have it back; and nobody is told of their own death.
  if (one.step === 'return' || one.code === 'FREG_DECEASED') return;
  await notify(transaction, {
    template: `cards:notice.own-condition-${one.step}`,
    businessId: null,
    parameters: {
      ...wordsOf(one, [one]),
      employer: one.businessName,
      card: one.number,
      link: ownCardsPath,
    },
    audience: 'person',
    personId: one.personId,
  });
}

function wordsOf({ code, step }: UntoldNotice, alike: readonly UntoldNotice[]) {
  const first = Math.min(...alike.map(({ at }) => at.getTime()));
  return {
    conditionKeys: `cards:${step === 'foreseen' ? 'coming' : 'condition'}.${code}`,
    menderKeys: `cards:mender.${menderOf(code)}`,
    lastDate: endToLastDay(new Date(first)),
  };
}

const menderOf = (code: ConditionCode) => CONDITIONS[code].mender;
