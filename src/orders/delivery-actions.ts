import { act, look, type ActingFor, type Permitted, type Refused } from '../access/index.ts';
import { unitPostalAddresses } from '../contact/index.ts';
import type { Database } from '../database/database.ts';
import type { ContextFacts } from '../database/transaction.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import {
  insertAddress,
  isKnownAddress,
  removeAddress,
  type SavedAddress,
  savedAddresses,
} from './delivery-records.ts';
import { registeredAddress } from './records.ts';
import { type DeliveryAddress, OF_UNIT, REGISTERED } from './rules.ts';

export interface DeliveryDeps {
  readonly database: Pick<Database, 'request'>;
}

/** Where cards go is the business's to say, never a vendor's. */
const keeping = { right: 'orders.place', orElse: ['orders.approve'], neverForVendor: true } as const;

export interface AddressesView {
  readonly facts: ContextFacts;
  readonly registered: DeliveryAddress;
  readonly saved: readonly SavedAddress[];
}

/** The addresses that the business has its cards sent to. */
export function addressesView(
  { database }: DeliveryDeps,
  acting: ActingFor,
): Promise<Result<AddressesView, Refused>> {
  return look(database, acting, { ...keeping, action: 'delivery-address.seen' }, async (permitted) => ({
    facts: permitted.facts,
    registered: await registeredAddress(permitted),
    saved: await savedAddresses(permitted),
  }));
}

/**
 * Where the business has cards sent: the postal address of the unit that they are for where it has one of its own, the registered
 * address, then those it keeps. A vendor does not see the unit's.
 */
export async function knownAddresses(
  permitted: Permitted,
  unitId?: string,
): Promise<readonly { readonly id: string; readonly address: DeliveryAddress }[]> {
  const ofUnit =
    unitId === undefined ? undefined : (await unitPostalAddresses(permitted, [unitId])).get(unitId);
  return [
    ...(ofUnit === undefined ? [] : [{ id: OF_UNIT, address: ofUnit }]),
    { id: REGISTERED, address: await registeredAddress(permitted) },
    ...(await savedAddresses(permitted)),
  ];
}

/** Keeps an address to have cards sent to; the same address once. */
export function addAddress(
  { database }: DeliveryDeps,
  acting: ActingFor,
  address: DeliveryAddress,
): Promise<Result<null, Refused>> {
  return act<null, Refused>(
    database,
    acting,
    { ...keeping, action: 'delivery-address.added' },
    async (permitted) => {
      await keepAddress(permitted, address);
      return ok(null);
    },
  );
}

/** Within another action: keeps the address unless cards are sent there already. */
export async function keepAddress(permitted: Permitted, address: DeliveryAddress): Promise<void> {
  if (await isKnownAddress(permitted, address)) {
    await permitted.audit({ action: 'delivery-address.added', changes: { known: true } });
    return;
  }
  const id = await insertAddress(permitted, address);
  await permitted.audit({
    action: 'delivery-address.added',
    ...(id === undefined ? {} : { subject: { kind: 'delivery-address', id } }),
    changes: { known: id === undefined },
  });
}

/** Keeps an address no longer; orders on their way there are not changed. */
export function forgetAddress(
  { database }: DeliveryDeps,
  acting: ActingFor,
  id: string,
): Promise<Result<null, Refused>> {
  return act<null, Refused>(
    database,
    acting,
    { ...keeping, action: 'delivery-address.removed' },
    async (permitted) => {
      if (!(await removeAddress(permitted, id))) return err({ kind: 'missing' });
      await permitted.audit({ subject: { kind: 'delivery-address', id } });
      return ok(null);
    },
  );
}
