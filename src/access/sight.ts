import type { Holder } from './grants.ts';
import type { Right } from './rules.ts';

/** What can be seen of a worker; each has words under `access:field.*`. */
export type SeenField =
  | 'name'
  | 'name-as-given'
  | 'birth-date'
  | 'birth-year'
  | 'unit'
  | 'employment'
  | 'photo'
  | 'order-state'
  | 'card-number'
  | 'card-state';

/** Whom: everyone in the mandate's reach; those picked for a vendor without the list; those ordered for; those with a card. */
export type SeenPeople = 'listed' | 'offered' | 'ordered' | 'carded';

/** Fields of workers that a mandate shows its holder, and of whom; `access:sight.<people>.<holder>` has the words. */
export interface Sight {
  readonly people: SeenPeople;
  readonly fields: readonly SeenField[];
}

const ORDERING: readonly Right[] = ['orders.place', 'orders.prepare'];
const ORDER_READING: readonly Right[] = [...ORDERING, 'orders.read', 'orders.approve'];

/** What a holder sees of workers with these rights: what the preview promises, and the pages of orders and cards keep to. */
export function sightOf(holder: Holder, rights: readonly Right[]): Sight[] {
  const has = (some: readonly Right[]) => some.some((right) => rights.includes(right));
  const listed = has(['workers.read']);
  // A vendor without the list keeps to what it was given of a worker, on orders and cards too.
  const listless = !listed && holder === 'vendor';
  const name = listless ? 'name-as-given' : 'name';
  const sights: (Sight | false)[] = [
    listed && { people: 'listed', fields: ['name', 'birth-date', 'unit', 'employment'] },
    listless && has(ORDERING) && { people: 'offered', fields: ['name', 'birth-year'] },
    has(ORDER_READING) && { people: 'ordered', fields: [name, 'photo', 'order-state'] },
    has(['cards.read']) && {
      people: 'carded',
      fields: [name, ...(listless ? [] : (['birth-date'] as const)), 'card-number', 'card-state'],
    },
  ];
  return sights.filter((sight) => sight !== false);
}
