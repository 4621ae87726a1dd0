import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FixtureBusiness, type FixturePerson, Fixtures } from '../../tests/support/fixtures.ts';
import { stepUpFresh } from '../access/index.ts';
import type { ContextFacts } from './transaction.ts';

let fixtures: Fixtures;
let client: pg.Client;
let boss: FixturePerson;
let business: FixtureBusiness;

const LOGIN = '2026-11-24T12:00:00.123Z';
const END = '2026-11-24T20:00:00Z';

beforeAll(async () => {
  fixtures = await Fixtures.start();
  const login = new Date(LOGIN);
  boss = await fixtures.person('Dag Leder', {
    auth_time: login,
    created_at: login,
    last_seen_at: login,
    absolute_end: new Date(END),
  });
  business = await fixtures.business();
  await fixtures.officer(business, boss);
  client = new pg.Client({ connectionString: fixtures.urls.superuser, options: '-c timezone=UTC' });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await fixtures.stop();
});

/** At a moment, to the microsecond, in the officer's context, as the role that serves requests; nothing is kept. */
async function at<T>(moment: string, work: (facts: ContextFacts) => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    await client.query(
      `insert into freezes (business_id, vendor_id, frozen_at) values ($1, null, '2026-11-24T11:00:00Z')`,
      [business.id],
    );
    await client.query('update clock set offset_by = $1::timestamptz - transaction_timestamp()', [moment]);
    await client.query('set local role kortvakt_request');
    const { rows } = await client.query<{ facts: { now: string; session: object } }>(
      'select context_open($1, $2, null, false) as facts',
      [boss.tokenHash, business.number],
    );
    const { facts } = rows[0]!;
    const now = new Date(facts.now);
    const session = { ...facts.session, authTime: new Date(LOGIN) };
    return await work({ ...facts, now, session } as unknown as ContextFacts);
  } finally {
    await client.query('rollback');
  }
}

describe('the application and the database see the same moment', () => {
  test.each(['2026-11-24T12:00:01.000400Z', '2026-11-24T12:00:01.999999Z', '2026-11-24T12:00:01Z'])(
    'at %s',
    async (moment) => {
      await at(moment, async ({ now }) => {
        const { rows } = await client.query('select context_now() = $1::timestamptz as same', [now]);
        expect(rows).toEqual([{ same: true }]);
      });
    },
  );
});

describe('five minutes after a login are five minutes to both', () => {
  test.each([
    ['2026-11-24T12:05:00.122900Z', true],
    ['2026-11-24T12:05:00.123000Z', true],
    ['2026-11-24T12:05:00.123900Z', true],
    ['2026-11-24T12:05:00.124000Z', false],
  ])('at %s: %s', async (moment, fresh) => {
    await at(moment, async (facts) => {
      expect(stepUpFresh(facts, facts.now)).toBe(fresh);
      const lift = client.query(
        `update freezes set lifted_at = $1, lifted_by = $2 where business_id = $3 and lifted_at is null`,
        [facts.now, boss.id, business.id],
      );
      await (fresh
        ? expect(lift).resolves.toMatchObject({ rowCount: 1 })
        : expect(lift).rejects.toThrow('row-level security'));
    });
  });
});
