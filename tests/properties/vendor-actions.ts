import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect } from 'vitest';
import { placeFreeze } from '../../src/access/freezes.ts';
import { type ActingFor, look } from '../../src/access/index.ts';
import { removeMandate } from '../../src/access/mandates.ts';
import { narrowMandate } from '../../src/access/narrowing.ts';
import { endAgreement } from '../../src/agreements/actions.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { addDays, osloToday, startOfDay } from '../../src/kernel/dates.ts';
import { decideHeldOrder, placeOrder } from '../../src/orders/actions.ts';
import { assignMembers, publishVendorProfile } from '../../src/vendors/actions.ts';
import { confirmGrant, grantToVendor } from '../../src/vendors/grants.ts';
import { answerMerger, draftForSuccessor } from '../../src/vendors/mergers.ts';
import { acceptOffer, offerQuote, withdrawOffer } from '../../src/vendors/quotes.ts';
import { agreements } from '../support/agreements.ts';
import { Fixtures, type FixtureBusiness, type FixturePerson } from '../support/fixtures.ts';

const days = fc.integer({ min: 1, max: 60 });
const kroner = fc.integer({ min: 0, max: 400 });
const only = <const T extends string>(...what: T[]) => fc.record({ what: fc.constantFrom(...what) });

/** What either side, the authority and time may do, in any order; most of it is refused most of the time, and that is fine. */
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ what: fc.constant('grant'), days }) },
  { weight: 4, arbitrary: only('assign', 'log in') },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('offer'), days, fee: kroner, postage: kroner }) },
  { weight: 3, arbitrary: only('accept') },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('publish'), fee: kroner }) },
  {
    weight: 1,
    arbitrary: only('withdraw', 'unassign', 'end agreement', 'remove', 'freeze', 'lift', 'bar', 'unbar'),
  },
  {
    weight: 2,
    arbitrary: only(
      'taken over',
      'say yes',
      'say no',
      'confirm',
      'assign to successor',
      'take over',
      'go on',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constantFrom('narrow', 'end agreement in', 'price rises in'), days }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constant('clock'), hours: fc.integer({ min: 1, max: 700 }) }),
  },
);
export type Step =
  | { readonly what: 'grant' | 'narrow' | 'end agreement in' | 'price rises in'; readonly days: number }
  | { readonly what: 'offer'; readonly days: number; readonly fee: number; readonly postage: number }
  | { readonly what: 'publish'; readonly fee: number }
  | { readonly what: 'clock'; readonly hours: number }
  | {
      readonly what:
        | 'assign'
        | 'unassign'
        | 'log in'
        | 'accept'
        | 'withdraw'
        | 'end agreement'
        | 'remove'
        | 'freeze'
        | 'lift'
        | 'bar'
        | 'unbar'
        | 'taken over'
        | 'say yes'
        | 'say no'
        | 'confirm'
        | 'assign to successor'
        | 'take over'
        | 'go on';
    };

/** Steps in a history. */
const LENGTH = 25;
export const histories = fc.array(step, { minLength: 5, maxLength: LENGTH }) as fc.Arbitrary<Step[]>;

/** A history in which everything is in order, so that the vendor may act at its end. */
export const IN_ORDER: readonly Step[] = [
  { what: 'log in' },
  { what: 'publish', fee: 99 },
  { what: 'grant', days: 30 },
  { what: 'assign' },
];

/** Another takes the vendor over, and gets a mandate by the customer's yes and what is confirmed after it. */
export const SUCCEEDED: readonly Step[] = [
  ...IN_ORDER,
  { what: 'taken over' },
  { what: 'say yes' },
  { what: 'confirm' },
  { what: 'assign to successor' },
];

/** Histories of one business, one vendor and the one that takes it over in a database of their own, and what the vendor could do in them. */
export class VendorHistories {
  readonly fixtures: Fixtures;
  /** How often the vendor was let through, and how often not. */
  allowed = 0;
  refused = 0;
  #hours = 0;

  private constructor(fixtures: Fixtures) {
    this.fixtures = fixtures;
  }

  static async start(): Promise<VendorHistories> {
    return new VendorHistories(await Fixtures.start());
  }

  stop(): Promise<void> {
    return this.fixtures.stop();
  }

  /** Lives through a history, with the vendor trying everything after each step. Throws at what it should not have been let. */
  async live(history: readonly Step[]): Promise<void> {
    const one = await History.begin(this.fixtures);
    try {
      for (const next of history) {
        if (next.what === 'clock') await this.#clock(this.#hours + next.hours);
        else await one.take(next);
        for (const attempt of await one.attempts()) {
          if (attempt.allowed) this.allowed += 1;
          else this.refused += 1;
        }
      }
    } finally {
      await this.#clock(0);
      await this.fixtures.rows('delete from price_list where valid_from > clock_now()');
    }
  }

  /** Nobody is logged out by time; that a login is fresh is a step of its own. */
  async #clock(hours: number): Promise<void> {
    this.#hours = hours;
    await this.fixtures.rows('update clock set offset_by = make_interval(hours => $1)', [hours]);
    await this.fixtures.rows(
      `update sessions set last_seen_at = clock_now(), absolute_end = clock_now() + interval '8 hours'`,
    );
  }
}

/** Who tries to act for the business. */
interface Party {
  readonly vendor: FixtureBusiness;
  readonly officer: FixturePerson;
  readonly member: FixturePerson;
}

interface Attempt {
  readonly what: string;
  readonly allowed: boolean;
}

/** Øre of one vendor's order: official price and fee for each card, and for the order. */
interface Asked {
  readonly price: number;
  readonly fee: number;
  readonly order: number;
}

class RolledBack extends Error {}

class History {
  readonly #fixtures: Fixtures;
  readonly #deps;
  readonly #business: FixtureBusiness;
  readonly #vendor: FixtureBusiness;
  readonly #officer: FixturePerson;
  readonly #vendorOfficer: FixturePerson;
  readonly #member: FixturePerson;
  readonly #successor: Party;
  #worker: string;
  /** Whether the successor has taken the vendor over. */
  #takenOver = false;

  private constructor(
    fixtures: Fixtures,
    parties: { business: FixtureBusiness; vendor: FixtureBusiness; worker: string },
    people: { officer: FixturePerson; vendorOfficer: FixturePerson; member: FixturePerson },
    successor: Party,
  ) {
    this.#fixtures = fixtures;
    this.#deps = {
      database: fixtures.database,
      notify: () => Promise.resolve(),
      publicOrigin: 'https://kortvakt.test',
      agreements,
      blockCardsOf: () => Promise.reject(new Error('No card is replaced here.')),
    };
    this.#business = parties.business;
    this.#vendor = parties.vendor;
    this.#worker = parties.worker;
    this.#officer = people.officer;
    this.#vendorOfficer = people.vendorOfficer;
    this.#member = people.member;
    this.#successor = successor;
  }

  static async begin(fixtures: Fixtures): Promise<History> {
    const business = await fixtures.business({ name: 'BLÅ HAMMER AS', address: JSON.stringify(ADDRESS) });
    const vendor = await fixtures.business({ name: 'DYRE KORT AS' });
    const [officer, vendorOfficer, member] = [
      await fixtures.person('Våken Spurv'),
      await fixtures.person('Rask Gaupe'),
      await fixtures.person('Hjelpsom Hånd'),
    ];
    await fixtures.officer(business, officer);
    await fixtures.officer(vendor, vendorOfficer);
    await fixtures.member(vendor, member, vendorOfficer);
    const worker = await fixtures.worker(business, await fixtures.person('Flittig Maur'));
    const successor = {
      vendor: await fixtures.business({ name: 'STORE KORT AS' }),
      officer: await fixtures.person('Stor Fisk'),
      member: await fixtures.person('Villig Vind'),
    };
    await fixtures.officer(successor.vendor, successor.officer);
    await fixtures.member(successor.vendor, successor.member, successor.officer);
    await fixtures.rows(`update sessions set auth_time = clock_now(), acr = 'high' where person_id = $1`, [
      successor.officer.id,
    ]);
    const one = new History(
      fixtures,
      { business, vendor, worker },
      { officer, vendorOfficer, member },
      successor,
    );
    const acting = one.#acting(successor.officer, successor.vendor);
    await publishVendorProfile(one.#deps, acting, { feeOre: 5_000 });
    return one;
  }

  /** Who tries: the vendor, and once it is taken over its successor too. */
  #parties(): Party[] {
    const own = { vendor: this.#vendor, officer: this.#vendorOfficer, member: this.#member };
    return this.#takenOver ? [own, this.#successor] : [own];
  }

  #acting({ tokenHash }: FixturePerson, business: FixtureBusiness, vendor?: FixtureBusiness): ActingFor {
    return { tokenHash, business: business.number, ...(vendor && { vendor: vendor.number }) };
  }

  async #one<T>(text: string, values: readonly unknown[] = []): Promise<T | undefined> {
    const [row] = await this.#fixtures.rows<{ it: T }>(text, [this.#business.id, this.#vendor.id, ...values]);
    return row?.it;
  }

  #mandate() {
    return this.#one<string>(
      'select id as it from mandates where business_id = $1 and vendor_id = $2 and ended_at is null',
    );
  }

  #latestOffer() {
    return this.#one<string>(
      'select id as it from quote_offers where business_id = $1 and vendor_id = $2 order by id desc limit 1',
    );
  }

  async #today() {
    return osloToday((await this.#one<Date>(`select clock_now() as it where $1 <> $2`)) ?? new Date());
  }

  async take(next: Exclude<Step, { what: 'clock' }>): Promise<void> {
    const deps = this.#deps;
    const own = this.#acting(this.#officer, this.#business);
    const vendors = this.#acting(this.#vendorOfficer, this.#vendor);
    const lastDay = 'days' in next ? addDays(await this.#today(), next.days) : await this.#today();
    const mandate = (await this.#mandate()) ?? randomUUID();
    switch (next.what) {
      case 'log in':
        await this.#fixtures.rows(
          `update sessions set auth_time = clock_now(), acr = 'high' where person_id = any ($1)`,
          [[this.#officer.id, this.#vendorOfficer.id, this.#successor.officer.id]],
        );
        return;
      case 'publish':
        await publishVendorProfile(deps, vendors, { feeOre: next.fee * 100 });
        return;
      case 'grant':
        await grantToVendor(deps, own, {
          vendorNumber: this.#vendor.number,
          proposal: {
            rights: ['orders.place', 'orders.read', 'workers.read'],
            units: null,
            workers: null,
            firstDay: null,
            lastDay,
            purpose: 'Cards',
            limits: { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null },
          },
          acceptsAgreement: true,
          acceptsQuote: true,
        });
        return;
      case 'assign':
      case 'unassign':
        await assignMembers(deps, vendors, {
          mandateId: mandate,
          personIds: next.what === 'assign' ? [this.#member.id] : [],
        });
        return;
      case 'offer':
        await offerQuote(deps, vendors, {
          customerId: this.#business.id,
          lastDay,
          items: [
            { kind: 'fee', text: '', per: 'card', amount: String(next.fee), vat: '' },
            { kind: 'postage', text: '', per: 'order', amount: String(next.postage), vat: '' },
          ],
        });
        return;
      case 'accept':
        await acceptOffer(deps, own, { offerId: (await this.#latestOffer()) ?? '', accepts: true });
        return;
      case 'withdraw':
        await withdrawOffer(deps, vendors, (await this.#latestOffer()) ?? '');
        return;
      case 'end agreement':
      case 'end agreement in': {
        const id = await this.#one<string>(
          'select id as it from agreements where business_id = $1 and vendor_id = $2 and ended_at is null',
        );
        const at = next.what === 'end agreement' ? null : lastDay;
        await endAgreement(deps, own, id ?? randomUUID(), { lastDay: at, note: '' });
        return;
      }
      case 'remove':
        await removeMandate(deps, own, mandate);
        return;
      case 'narrow':
        await narrowMandate(deps, own, {
          id: mandate,
          version: 1,
          narrowing: {
            rights: ['orders.place', 'workers.read'],
            units: null,
            workers: null,
            lastDay,
            limits: { cardsPerOrder: 5, cardsPerMonth: null, orePerMonth: null },
            reason: 'Less',
          },
        });
        return;
      case 'freeze':
        await placeFreeze(deps, own, { vendorNumber: this.#vendor.number }, 'Look');
        return;
      case 'lift':
        await this.#fixtures.rows(
          `update freezes set lifted_at = greatest(clock_now(), frozen_at), lifted_by = $2, lifted_by_name = 'B', lifted_reason = 'r'
           where business_id = $1 and lifted_at is null`,
          [this.#business.id, this.#officer.id],
        );
        return;
      case 'bar':
        await this.#fixtures.rows(
          `insert into vendor_bars (vendor_id, reason, appeal, decided_at, barred_at, began_at, barred_by, barred_by_name)
           select $1, 'r', 'a', clock_now(), clock_now(), clock_now(), $2, 'B'
           where exists (select from vendor_profiles where vendor_id = $1) on conflict do nothing`,
          [this.#parties().at(-1)?.vendor.id, this.#officer.id],
        );
        return;
      case 'unbar':
        await this.#fixtures.rows(
          `update vendor_bars set lifted_at = clock_now(), lifted_by = $2, lifted_by_name = 'B', lifted_reason = 'r'
           where vendor_id = any ($1) and lifted_at is null`,
          [this.#parties().map(({ vendor }) => vendor.id), this.#officer.id],
        );
        return;
      case 'taken over':
        await this.#takeOver();
        return;
      case 'say yes':
      case 'say no':
        await answerMerger(deps, own, { mergerId: await this.#merger(), wants: next.what === 'say yes' });
        return;
      case 'confirm': {
        const draft = await draftForSuccessor(deps, own, await this.#merger());
        if (draft?.draftId === undefined) return;
        await confirmGrant(deps, own, draft.draftId, { acceptsAgreement: true, acceptsQuote: true });
        return;
      }
      case 'assign to successor': {
        const given = await this.#one<string>(
          `select id as it from mandates where business_id = $1 and vendor_id <> $2 and vendor_id = $3 and ended_at is null`,
          [this.#successor.vendor.id],
        );
        await assignMembers(deps, this.#acting(this.#successor.officer, this.#successor.vendor), {
          mandateId: given ?? randomUUID(),
          personIds: [this.#successor.member.id],
        });
        return;
      }
      case 'take over':
      case 'go on': {
        const held = await this.#one<string>(
          `select id as it from orders where business_id = $1 and $2::uuid is not null and bar_held_at is not null order by id limit 1`,
        );
        if (held === undefined) return;
        const decision = next.what === 'take over' ? 'take-over' : 'go-on';
        await decideHeldOrder(deps, own, { orderId: held, decision });
        return;
      }
      case 'price rises in':
        await this.#fixtures.rows(
          `insert into price_list (card_type, valid_from, price_ore, source)
           select 'construction', $1, max(price_ore) + 100, 'a test' from price_list on conflict do nothing`,
          [startOfDay(lastDay)],
        );
        return;
    }
  }

  /** A case officer has recorded that the vendor, which the register has deleted, was taken over. */
  async #takeOver(): Promise<void> {
    if (this.#takenOver) return;
    this.#takenOver = true;
    await this.#fixtures.rows(`update businesses set dissolved_on = '2026-01-01' where id = $1`, [
      this.#vendor.id,
    ]);
    await this.#fixtures.rows(
      `insert into vendor_mergers (vendor_id, successor_id, merged_on, source, recorded_at, recorded_by, recorded_by_name)
       select $1, $2, '2026-01-01', 's', clock_now(), $3, 'G' where exists (select from vendor_profiles where vendor_id = $1)`,
      [this.#vendor.id, this.#successor.vendor.id, this.#officer.id],
    );
  }

  async #merger(): Promise<string> {
    const merger = await this.#one<string>(
      'select id as it from vendor_mergers where vendor_id = $2 and $1::uuid is not null',
    );
    return merger ?? randomUUID();
  }

  /** Everything that the vendors' people try, each held against the agreement, the quotes and the bars themselves. */
  async attempts(): Promise<Attempt[]> {
    const tried: Attempt[] = [];
    for (const party of this.#parties())
      tried.push(
        await this.#order(party),
        await this.#read(party),
        await this.#write(party, 0),
        await this.#write(party, 1),
      );
    await this.#nothingGoesOnUnderBar();
    return tried;
  }

  /** What a barred vendor has ordered is held, and what the business took over is the vendor's no more. */
  async #nothingGoesOnUnderBar(): Promise<void> {
    const loose = await this.#fixtures.rows(
      `select o.number from orders o left join vendor_profiles p on p.vendor_id = o.vendor_id
       where o.business_id = $1 and o.state <> 'cancelled' and (p.barred_at is not null and o.bar_held_at is null
         or o.taken_over_at is not null and (o.mandate_id is not null or o.fee_ore <> 0 or o.order_fee_ore <> 0))`,
      [this.#business.id],
    );
    expect({ what: 'orders under a bar', loose }).toEqual({ what: 'orders under a bar', loose: [] });
  }

  /** Through the action that places orders. */
  async #order({ vendor, member }: Party): Promise<Attempt> {
    const placed = await placeOrder(this.#deps, this.#acting(member, this.#business, vendor), {
      key: randomUUID(),
      unitId: this.#business.unit,
      workerIds: [this.#worker],
      delivery: { recipient: 'BLÅ HAMMER AS', ...ADDRESS },
      customerReference: '',
    });
    if (!placed.ok) return { what: 'order', allowed: false };
    const [order] = await this.#fixtures.rows<Asked>(
      'select price_ore as price, fee_ore as fee, order_fee_ore as order from orders where id = $1',
      [placed.value.orderId],
    );
    await this.#covered(vendor, 'order', order);
    this.#worker = await this.#fixtures.worker(this.#business, await this.#fixtures.person('Flittig Maur'));
    return { what: 'order', allowed: true };
  }

  /** Reading, which costs nothing and needs both all the same. */
  async #read({ vendor, member }: Party): Promise<Attempt> {
    const acting = this.#acting(member, this.#business, vendor);
    const request = { right: 'workers.read', action: 'workers.list' } as const;
    const seen = await look(this.#fixtures.database, acting, request, ({ query }) =>
      query.selectFrom('workers').select('id').execute(),
    );
    if (!seen.ok || seen.value.length === 0) return { what: 'read', allowed: false };
    await this.#covered(vendor, 'read', { price: 0, fee: 0, order: 0 });
    return { what: 'read', allowed: true };
  }

  /** Past the action, straight at the database: an order at the price that was accepted last, or so many øre more. */
  async #write({ vendor, member }: Party, more: number): Promise<Attempt> {
    const last = await this.#lastQuote(vendor);
    const now = await this.#one<number>(
      `select price_ore as it from price_list where card_type = 'construction' and valid_from <= clock_now() and $1 <> $2
       order by valid_from desc limit 1`,
    );
    const asked = { price: now ?? 0, fee: (last?.fee ?? 0) + more, order: last?.order ?? 0 };
    const wrote = await inTransaction(
      this.#fixtures.database,
      { kind: 'session', ...this.#acting(member, this.#business, vendor), writing: true },
      async ({ query, facts, now: at }) => {
        await query
          .insertInto('orders')
          .values({
            business_id: this.#business.id,
            unit_id: this.#business.unit,
            vendor_id: vendor.id,
            vendor_name: 'DYRE KORT AS',
            mandate_id: facts.mandate?.id ?? randomUUID(),
            placed_by: member.id,
            placed_by_name: member.name,
            placed_at: at,
            idempotency_key: randomUUID(),
            card_type: 'construction',
            delivery_address: JSON.stringify({ recipient: 'BLÅ HAMMER AS', ...ADDRESS }),
            price_ore: asked.price,
            fee_ore: asked.fee,
            order_fee_ore: asked.order,
            vat_basis_points: 2500,
            state: 'placed',
          })
          .execute();
        throw new RolledBack();
      },
    ).catch((error: unknown) => error instanceof RolledBack);
    if (!wrote) return { what: 'write', allowed: false };
    await this.#covered(vendor, 'write', asked);
    return { what: 'write', allowed: true };
  }

  async #lastQuote(vendor: FixtureBusiness) {
    const [last] = await this.#fixtures.rows<{
      official: number | null;
      fee: number;
      order: number;
      valid: boolean;
    }>(
      `select official_ore as official, fee_ore as fee, order_ore as order, valid_until > clock_now() as valid from quotes
       where business_id = $1 and vendor_id = $2 and accepted_at <= clock_now() order by accepted_at desc, id desc limit 1`,
      [this.#business.id, vendor.id],
    );
    return last;
  }

  /**
   * The vendor was let through: there is an agreement, what an officer accepted last still holds and covers the price, and
   * neither a bar nor the register has stopped it.
   */
  async #covered(vendor: FixtureBusiness, what: string, asked: Asked | undefined): Promise<void> {
    const [found] = await this.#fixtures.rows<{ agreed: boolean; barred: boolean }>(
      `select exists (select from agreements where business_id = $1 and vendor_id = $2 and ended_at is null
           and (ends_at is null or ends_at > clock_now())) as agreed,
         exists (select from vendor_profiles p join businesses b on b.id = p.vendor_id
           where p.vendor_id = $2 and (p.barred_at is not null or b.dissolved_on is not null)) as barred`,
      [this.#business.id, vendor.id],
    );
    const last = await this.#lastQuote(vendor);
    const covers =
      asked !== undefined &&
      last?.valid === true &&
      asked.fee <= last.fee &&
      asked.order <= last.order &&
      (last.official === null || asked.price <= last.official);
    expect({ what, ...found, covers }).toEqual({ what, agreed: true, barred: false, covers: true });
  }
}

const ADDRESS = { lines: ['Testveien 1'], postalCode: '0150', place: 'OSLO' };
