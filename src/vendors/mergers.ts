import { sql } from 'kysely';
import {
  type AccessDeps,
  act,
  type ActingFor,
  currentVendorMandates,
  look,
  type Refused,
  removeWithin,
} from '../access/index.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { endToLastDay, osloToday } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { proposeGrant, type VendorDeps } from './grants.ts';

/** A vendor of the business that another has taken over, all that it had here, and what an officer has answered. */
export interface Merger {
  readonly id: string;
  readonly vendorId: string;
  readonly vendorName: string;
  readonly successorNumber: string;
  readonly successorName: string;
  readonly mergedOn: Date;
  /** Null once the mandate has been ended. */
  readonly mandateId: string | null;
  readonly agreedAt: Date | null;
  /** Øre per card, without VAT. */
  readonly feeOre: number | null;
  /** Null: nobody has answered. */
  readonly wants: boolean | null;
  readonly answeredAt: Date | null;
  readonly answeredByName: string | null;
  /** What the successor has been given, also in another way than by answering; null: nothing that is open. */
  readonly successorMandateId: string | null;
}

async function mergersOf({ query }: Pick<Transaction, 'query'>): Promise<Merger[]> {
  const { rows } = await sql<Merger>`
    select id, vendor_id as "vendorId", vendor_name as "vendorName", successor_number as "successorNumber",
      successor_name as "successorName", merged_on::timestamptz as "mergedOn", mandate_id as "mandateId", agreed_at as "agreedAt",
      fee_ore as "feeOre", wants, answered_at as "answeredAt", answered_by_name as "answeredByName",
      successor_mandate_id as "successorMandateId"
    from mergers_of_business()`.execute(query);
  return rows;
}

/** What the successor's officers learn of the customers that are asked. */
export interface Succession {
  readonly id: string;
  readonly vendorName: string;
  readonly mergedOn: Date;
  readonly yes: number;
  readonly no: number;
  readonly waiting: number;
}

/** The vendors that this business has taken over. */
export async function successions({ query }: Pick<Transaction, 'query'>): Promise<Succession[]> {
  const { rows } = await sql<Succession>`
    select id, vendor_name as "vendorName", merged_on::timestamptz as "mergedOn", yes, no, waiting
    from mergers_of_successor()`.execute(query);
  return rows;
}

const ASKED = { right: 'agreements.sign', action: 'merger.answered', neverForVendor: true } as const;

/** All that the business is asked, or has answered, of vendors that others have taken over. Officers only. */
export function viewMergers(deps: Pick<VendorDeps, 'database'>, acting: ActingFor) {
  return look(deps.database, acting, ASKED, async (permitted) => {
    const mergers = await mergersOf(permitted);
    const mandates = await currentVendorMandates(
      permitted,
      mergers.map(({ vendorId }) => vendorId),
    );
    return {
      permitted,
      mergers: mergers.map((one) => ({
        ...one,
        mandate: one.mandateId === null ? undefined : mandates.get(one.vendorId),
      })),
    };
  });
}

/** `answered`: another officer has, or there is nothing to answer. */
export type AnswerProblem = 'answered';

/**
 * Answers whether the business wants the successor: the first officer who does. A no ends the old mandate in the same
 * transaction. A yes gives nothing: it leads to the form for a mandate to the successor with the same scope, where agreement
 * and quote are accepted as ever, and which ends the old one (`endPredecessors`). Where the successor has a mandate already,
 * the yes ends the old one itself. Says whether the new mandate has still to be given.
 */
export function answerMerger(
  deps: AccessDeps,
  acting: ActingFor,
  answer: { readonly mergerId: string; readonly wants: boolean },
): Promise<Result<{ readonly toGive: boolean }, AnswerProblem | Refused>> {
  return act<{ readonly toGive: boolean }, AnswerProblem | Refused>(
    deps.database,
    acting,
    ASKED,
    async (permitted) => {
      const merger = (await mergersOf(permitted)).find(({ id }) => id === answer.mergerId);
      if (merger === undefined || !isUuid(answer.mergerId)) return err('answered');
      const { rows } = await sql<{ first: boolean }>`
      select answer_merger(${answer.mergerId}, ${answer.wants}) as first`.execute(permitted.query);
      if (rows[0]?.first !== true) return err('answered');
      await permitted.audit({
        subject: { kind: 'merger', id: merger.id },
        changes: { vendorId: merger.vendorId, wants: answer.wants },
      });
      const toGive = answer.wants && merger.successorMandateId === null;
      if (!toGive && merger.mandateId !== null) {
        const removed = await removeWithin(deps, permitted, merger.mandateId);
        if (!removed.ok || 'kind' in removed.value) return err('answered');
      }
      return ok({ toGive });
    },
  );
}

/**
 * The draft of a mandate to the successor with the scope, limits and last day that the old vendor's has, never broader;
 * undefined where none can be made of it, so that the form is filled in anew. For a business that has answered yes, until the
 * old mandate has ended.
 */
export async function draftForSuccessor(
  deps: VendorDeps,
  acting: ActingFor,
  mergerId: string,
): Promise<{ readonly draftId: string | undefined; readonly successorNumber: string } | undefined> {
  const viewed = await viewMergers(deps, acting);
  const merger = viewed.ok ? viewed.value.mergers.find(({ id }) => id === mergerId) : undefined;
  if (!viewed.ok || merger?.wants !== true || merger.mandateId === null) return undefined;
  const { mandate, successorNumber } = merger;
  if (mandate === undefined || endToLastDay(mandate.endsAt) < osloToday(viewed.value.permitted.now))
    return { draftId: undefined, successorNumber };
  const { rights, units, workers, limits, purpose, endsAt } = mandate;
  const lastDay = endToLastDay(endsAt);
  const proposal = { rights, units, workers, limits, purpose, firstDay: null, lastDay };
  const draft = await proposeGrant(deps, acting, { vendorNumber: successorNumber }, proposal);
  return { draftId: draft.ok ? draft.value : undefined, successorNumber };
}

// Telling -------------------------------------------------------------------------------------------------------------

/** The task that asks customers, and reminds those once who have not answered. */
export const tellOfMergersTask = 'vendors.tell-of-mergers';

/** Asks each customer of a vendor that was taken over, once, and reminds once after a fortnight. */
export async function tellOfMergers(deps: Pick<AccessDeps, 'database' | 'notify'>): Promise<void> {
  await inTransaction(deps.database, { kind: 'job', name: tellOfMergersTask }, async (transaction) => {
    for (const what of ['reminded', 'asked'] as const) {
      const { rows } = await sql<{
        id: string;
        number: string;
        business: string;
        vendor: string;
        successor: string;
      }>`
        select business_id as id, organisation_number as number, business_name as business, vendor_name as vendor, successor_name as successor
        from take_merger_notices(${what})`.execute(transaction.query);
      for (const { id, number, ...names } of rows)
        await deps.notify(transaction, {
          template: `vendors:notice.merger.${what}`,
          businessId: id,
          parameters: { ...names, link: `/b/${number}/business/access/mergers` },
          audience: 'officers',
        });
    }
  });
}
