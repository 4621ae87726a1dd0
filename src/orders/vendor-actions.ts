import { act, type ActingFor, type Refused } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import type { NationalId } from '../kernel/national-id.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import * as records from './records.ts';

export interface OfferDeps {
  readonly database: Pick<Database, 'request'>;
}

/** Letting a vendor order is the business's own: it needs the worker list and the right to order, and is never a vendor's. */
export const offering = { right: 'workers.read', besides: ['orders.place'], neverForVendor: true } as const;

type OfferError = 'no-such-mandate' | 'unit-not-covered' | 'worker-not-covered' | 'not-in-unit';

/** Lets a vendor order for these workers of a unit: it sees their names and birth years. Returns how many are new. */
export async function offerWorkers(
  { database }: OfferDeps,
  acting: ActingFor,
  command: {
    readonly mandateId: string;
    readonly unitId: string;
    readonly workerIds: readonly string[];
  },
): Promise<Result<{ readonly offered: number }, OfferError | Refused>> {
  return act(
    database,
    acting,
    { ...offering, action: 'workers.offered' },
    async (permitted): Promise<Result<{ readonly offered: number }, OfferError>> => {
      const mandates = await records.vendorMandates(permitted);
      const mandate = mandates.find((one) => one.id === command.mandateId);
      if (mandate === undefined) return err('no-such-mandate');
      if (mandate.units !== null && !mandate.units.includes(command.unitId)) return err('unit-not-covered');
      if (!command.workerIds.every((id) => mandate.workers?.includes(id) ?? true)) {
        return err('worker-not-covered');
      }
      const known = await records.countWorkers(permitted, command.unitId, command.workerIds);
      if (known < new Set(command.workerIds).size) return err('not-in-unit');
      const offered = await records.insertOffers(permitted, mandate, command.unitId, command.workerIds);
      await permitted.audit({
        subject: { kind: 'mandate', id: mandate.id },
        changes: {
          vendorId: mandate.vendorId,
          unitId: command.unitId,
          workerIds: command.workerIds,
          offered,
        },
      });
      return ok({ offered });
    },
  );
}

/** Takes back what a vendor was let order for, unless it has ordered already. */
export async function withdrawOffer(
  { database }: OfferDeps,
  acting: ActingFor,
  offerId: string,
): Promise<Result<{ readonly mandateId: string }, 'missing' | Refused>> {
  return act(
    database,
    acting,
    { ...offering, action: 'workers.offer-withdrawn' },
    async (permitted): Promise<Result<{ readonly mandateId: string }, 'missing'>> => {
      const withdrawn = await records.withdrawOffer(permitted, offerId);
      if (withdrawn === undefined) return err('missing');
      await permitted.audit({
        subject: { kind: 'worker-offer', id: withdrawn.id },
        changes: { vendorId: withdrawn.vendorId, mandateId: withdrawn.mandateId },
      });
      return ok({ mandateId: withdrawn.mandateId });
    },
  );
}

export interface LookUpDeps {
  readonly database: Pick<Database, 'request'>;
  readonly vault: Pick<Vault, 'hash'>;
}

/** A worker who can be ordered for; nothing for every reason why not. */
export type LookUp = { readonly unitId: string; readonly workerId: string } | undefined;

/**
 * For a vendor's member: asks whether a card can be ordered for the person with this number and surname. An unknown
 * number, another employer, a wrong name, a card already there and too many misses are the same answer; each miss is
 * kept, and is shown to the business.
 */
export async function lookUpWorker(
  { database, vault }: LookUpDeps,
  acting: ActingFor,
  asked: { readonly nationalId: NationalId; readonly surname: string },
): Promise<Result<LookUp, Refused>> {
  const ordering = {
    right: 'orders.place',
    orElse: ['orders.prepare'],
    action: 'worker.looked-up',
  } as const;
  return act(database, acting, ordering, async (permitted) => {
    if (permitted.facts.capacity !== 'vendor') return err({ kind: 'missing' } as const);
    const found = await records.lookUpWorker(permitted, vault.hash(asked.nationalId), asked.surname);
    await permitted.audit({
      ...(found === undefined ? {} : { subject: { kind: 'worker-offer', id: found.offerId } }),
      changes: { hit: found !== undefined },
    });
    return ok(found === undefined ? undefined : { unitId: found.unitId, workerId: found.workerId });
  });
}
