import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newKeyRing } from '../../tests/support/card-keys.ts';
import {
  type FixtureBusiness,
  type FixturePerson,
  Fixtures,
  type FixtureVendorMandate,
} from '../../tests/support/fixtures.ts';
import { err, ok } from '../kernel/result.ts';
import type { CardIssuer } from '../registers/index.ts';
import { produceCards, sendBatch, type ProductionDependencies } from './production.ts';

let fixtures: Fixtures;
let officer: FixturePerson;
let business: FixtureBusiness;
let vendor: FixtureBusiness;
let mandate: FixtureVendorMandate;

/** What the issuer has, by batch; and how it behaves. */
const issuer = {
  batches: new Map<string, readonly string[]>(),
  receives: true,
  answers: true,
};
const cardIssuer: Pick<CardIssuer, 'sendBatch' | 'batchStatus'> = {
  sendBatch: ({ batchId, cards }) => {
    if (issuer.receives && !issuer.batches.has(batchId)) {
      issuer.batches.set(
        batchId,
        cards.map(({ lineId }) => lineId),
      );
    }
    return Promise.resolve(
      issuer.receives && issuer.answers
        ? ok({ batchId, status: 'acknowledged' })
        : err({ kind: 'unavailable', register: 'card-issuer' }),
    );
  },
  batchStatus: (batchId) => {
    if (!issuer.answers) return Promise.resolve(err({ kind: 'unavailable', register: 'card-issuer' }));
    const cards = issuer.batches.get(batchId);
    return Promise.resolve(
      cards === undefined
        ? err({ kind: 'not-found', register: 'card-issuer' })
        : ok({ batchId, cards: cards.map((lineId) => ({ lineId, status: 'acknowledged' as const })) }),
    );
  },
};

let deps: ProductionDependencies;

beforeAll(async () => {
  fixtures = await Fixtures.start();
  officer = await fixtures.person('Dag Leder');
  business = await fixtures.business();
  vendor = await fixtures.business();
  await fixtures.officer(business, officer);
  await fixtures.vendorProfile(vendor, officer);
  mandate = await fixtures.vendorMandate(
    business,
    vendor,
    { by: officer, vendorOfficer: officer, member: officer },
    ['orders.place'],
  );
  const silent = () => undefined;
  const keys = await newKeyRing();
  deps = {
    database: fixtures.database,
    issuer: cardIssuer,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    origin: 'https://kortvakt.test',
    offline: { keys, origin: 'https://kortvakt.test', issuerName: 'Kortvakt', listDays: 3 },
  };
});
afterAll(() => fixtures.stop());
beforeEach(async () => {
  issuer.batches.clear();
  issuer.receives = true;
  issuer.answers = true;
  await fixtures.rows('delete from freezes');
  await fixtures.rows('delete from cards');
  await fixtures.rows('delete from card_batches');
  await fixtures.rows(`update order_lines set state = 'closed'`);
  await fixtures.rows('delete from graphile_worker._private_jobs');
});

/** A line that is ready: the business's own, or one of a mandate. */
async function readyLine(under: 'officer' | 'vendor' | 'person'): Promise<string> {
  const holder = await fixtures.person('Kort Holder');
  const workerId = await fixtures.worker(business, holder);
  const worker = { id: workerId, personId: holder.id, unit: business.unit };
  const made = await fixtures.order(
    business,
    worker,
    officer,
    under === 'vendor' ? { id: vendor.id, mandateId: mandate.id } : undefined,
    'ready',
  );
  await fixtures.rows('delete from cards where id = $1', [made.cardId]);
  if (under === 'person') {
    const personal = await fixtures.personMandate(business, holder, officer, ['orders.place']);
    await fixtures.rows('update orders set mandate_id = $2 where id = $1', [made.orderId, personal]);
  }
  return made.lineId;
}

async function stop(vendorId: string | null): Promise<void> {
  await fixtures.insert('freezes', {
    business_id: business.id,
    vendor_id: vendorId,
    frozen_at: new Date(),
    frozen_by: officer.id,
    frozen_by_name: officer.name,
  });
}

const liftAll = () => fixtures.rows(`update freezes set lifted_at = now(), lifted_by = $1`, [officer.id]);

const stateOf = async (lineId: string) =>
  (await fixtures.rows<{ state: string }>('select state from order_lines where id = $1', [lineId]))[0]?.state;

async function openBatch(): Promise<string> {
  const [batch] = await fixtures.rows<{ id: string }>(
    'select id from card_batches where closed_at is null order by id desc limit 1',
  );
  return batch?.id ?? '';
}

/** Sends every batch that has not been sent, as the queue does. */
async function sendAll(): Promise<void> {
  const batches = await fixtures.rows<{ id: string }>(
    'select id from card_batches where sent_at is null and closed_at is null',
  );
  for (const { id } of batches) await sendBatch(deps, { batchId: id });
}

const sentLines = () => [...issuer.batches.values()].flat().sort();

describe('ready lines', () => {
  test.each([
    ['a vendor', 'vendor', ['officer', 'person']],
    ['everyone', null, ['officer']],
  ] as const)('of a stop for %s are not made until it is lifted', async (_whom, scope, goOn) => {
    const lines = {
      officer: await readyLine('officer'),
      vendor: await readyLine('vendor'),
      person: await readyLine('person'),
    };
    await stop(scope === null ? null : vendor.id);
    await produceCards(deps);
    await sendAll();
    expect(sentLines()).toEqual(goOn.map((under) => lines[under]).sort());
    expect(await stateOf(lines.vendor)).toBe('ready');
    await liftAll();
    await produceCards(deps);
    await sendAll();
    expect(sentLines()).toEqual(Object.values(lines).sort());
  });

  test('of a barred vendor wait until the business has decided, also when the bar has been lifted', async () => {
    const [own, held] = [await readyLine('officer'), await readyLine('vendor')];
    const at = new Date();
    await fixtures.insert('vendor_bars', {
      vendor_id: vendor.id,
      reason: 'r',
      appeal: 'a',
      decided_at: at,
      barred_at: at,
      began_at: at,
      barred_by: officer.id,
      barred_by_name: 'B',
    });
    await produceCards(deps);
    await fixtures.rows(
      `update vendor_bars set lifted_at = clock_now(), lifted_by = $1, lifted_reason = 'r'`,
      [officer.id],
    );
    await produceCards(deps);
    await sendAll();
    expect(sentLines()).toEqual([own]);
    await fixtures.rows('update orders set bar_held_at = null');
    await produceCards(deps);
    await sendAll();
    expect(sentLines()).toEqual([own, held].sort());
  });

  test('of another business go on', async () => {
    const line = await readyLine('vendor');
    const other = await fixtures.business();
    await fixtures.insert('freezes', {
      business_id: other.id,
      vendor_id: vendor.id,
      frozen_at: new Date(),
      frozen_by: officer.id,
    });
    await produceCards(deps);
    await sendAll();
    expect(sentLines()).toEqual([line]);
  });
});

describe('a batch that is stopped between its making and its sending', () => {
  test('loses the held cards, whose lines wait and whose numbers are never used', async () => {
    const [own, held] = [await readyLine('officer'), await readyLine('vendor')];
    await produceCards(deps);
    expect(await stateOf(held)).toBe('in-production');
    await stop(vendor.id);
    await sendAll();
    expect(sentLines()).toEqual([own]);
    expect(await stateOf(held)).toBe('ready');
    expect(await fixtures.rows('select id from cards where order_line_id = $1', [held])).toEqual([]);
    const audit = await fixtures.rows(
      `select action, changes->>'count' as count from audit_entries where action = 'cards.recall'`,
    );
    expect(audit).toEqual([{ action: 'cards.recall', count: '1' }]);
    await liftAll();
    await produceCards(deps);
    await sendAll();
    expect(sentLines()).toEqual([own, held].sort());
  });

  test('is closed when nothing is left of it', async () => {
    await readyLine('vendor');
    await produceCards(deps);
    await stop(vendor.id);
    await sendAll();
    expect(sentLines()).toEqual([]);
    expect(await openBatch()).toBe('');
  });

  test('and was tried before, is held when the issuer does not have it', async () => {
    const held = await readyLine('vendor');
    await produceCards(deps);
    issuer.receives = false;
    await sendAll();
    await stop(vendor.id);
    issuer.receives = true;
    await sendAll();
    expect(sentLines()).toEqual([]);
    expect(await stateOf(held)).toBe('ready');
  });

  test('and was tried before, counts as sent when the issuer has it after all', async () => {
    const held = await readyLine('vendor');
    await produceCards(deps);
    issuer.answers = false;
    await sendAll();
    await stop(vendor.id);
    await sendAll();
    expect(await stateOf(held)).toBe('in-production');
    issuer.answers = true;
    await sendAll();
    expect(sentLines()).toEqual([held]);
    const [batch] = await fixtures.rows<{ sent: boolean }>(
      'select sent_at is not null as sent from card_batches where id = $1',
      [await openBatch()],
    );
    expect(batch).toEqual({ sent: true });
    expect(await stateOf(held)).toBe('in-production');
  });
});
