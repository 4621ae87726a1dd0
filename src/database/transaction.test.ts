import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FixtureBusiness, type FixturePerson, Fixtures } from '../../tests/support/fixtures.ts';
import { untilWaiting } from '../../tests/support/lock-waits.ts';

let fixtures: Fixtures;
let boss: FixturePerson;
let helper: FixturePerson;
let business: FixtureBusiness;
let mandate: string;

beforeAll(async () => {
  fixtures = await Fixtures.start();
  boss = await fixtures.person('Dag Leder');
  helper = await fixtures.person('Per Hjelper');
  business = await fixtures.business();
  await fixtures.officer(business, boss);
  mandate = await fixtures.personMandate(business, helper, boss, ['orders.read']);
});
afterAll(() => fixtures.stop());

const drafts = () => fixtures.rows(`select kind from drafts`);
const keep = (kind: string, fail: boolean) =>
  fixtures.as(boss, { business: business.number }, async ({ query, now }) => {
    const row = { person_id: boss.id, business_id: business.id, kind, form: '{}', created_at: now };
    await query.insertInto('drafts').values(row).execute();
    if (fail) throw new Error('changed my mind');
    return kind;
  });

test('what is done is kept when the work returns, and undone when it throws', async () => {
  await expect(keep('undone', true)).rejects.toThrow('changed my mind');
  expect(await drafts()).toEqual([]);
  expect(await keep('kept', false)).toBe('kept');
  expect(await drafts()).toEqual([{ kind: 'kept' }]);
});

test('now is the database’s, moved by the clock, and the same throughout', async () => {
  await fixtures.rows(`update clock set offset_by = '10 minutes'`);
  const [now, context, bare] = await fixtures.as(boss, {}, async (transaction) => {
    const { rows } = await sql<{ context: Date; bare: Date }>`
      select context_now() as context, now() as bare`.execute(transaction.query);
    return [transaction.now, rows[0]?.context, rows[0]?.bare];
  });
  await fixtures.rows(`update clock set offset_by = '0'`);
  expect(now).toEqual(context);
  expect(now.getTime() - (bare?.getTime() ?? 0)).toBe(600_000);
});

test('a removal waits for what runs under the mandate, and what waited for it finds the mandate ended', async () => {
  const key = sql`select pg_advisory_xact_lock(hashtextextended(${mandate}, 0))`;
  let removed = false;
  let removing: Promise<void> = Promise.resolve();
  let following: Promise<string> = Promise.resolve('');
  await fixtures.as(helper, { business: business.number, writing: true }, async ({ facts, query }) => {
    expect(facts.capacity).toBe('person');
    removing = fixtures.as(boss, { business: business.number, writing: true }, async (transaction) => {
      await key.execute(transaction.query);
      removed = true;
      following = fixtures.as(helper, { business: business.number, writing: true }, (later) =>
        Promise.resolve(later.facts.capacity),
      );
      // Until the other stands at the lock that this transaction holds.
      await untilWaiting(fixtures, 1);
      const end = { ended_at: transaction.now, ended_by: boss.id, end_reason: 'removed' };
      await transaction.query.updateTable('mandates').set(end).where('id', '=', mandate).execute();
    });
    await untilWaiting(fixtures, 1);
    await sql`select 1`.execute(query);
    expect(removed).toBe(false);
  });
  await removing;
  expect(removed).toBe(true);
  expect(await following).toBe('signed-in');
});

test('of two actions that wait for each other one is run again, and both are done', async () => {
  const runs: string[] = [];
  const met = { first: Promise.withResolvers<null>(), second: Promise.withResolvers<null>() };
  const both = (own: 'first' | 'second', others: 'first' | 'second') =>
    fixtures.as(boss, { business: business.number, writing: true }, async ({ query }) => {
      runs.push(own);
      const lock = (name: string) =>
        sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(query);
      await lock(own);
      met[own].resolve(null);
      await met[others].promise;
      await lock(others);
      return own;
    });
  expect(await Promise.all([both('first', 'second'), both('second', 'first')])).toEqual(['first', 'second']);
  expect(runs).toHaveLength(3);
});
