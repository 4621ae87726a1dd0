import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { err, ok } from '../kernel/result.ts';
import type { Enhetsregisteret } from '../registers/index.ts';
import { followUpdates } from './updates.ts';

const BUSINESS = '310000019';
const UNIT = '310000027';

let world: SmallWorld;
/** What each feed holds, and those that do not answer. */
let feeds: Record<string, readonly (readonly [id: number, number: string])[]>;
let silent: readonly string[];
const asked: (readonly [feed: string, since: number | Date])[] = [];
const refreshed: string[][] = [];

beforeAll(async () => {
  world = await startSmallWorld();
  const business = await world.business(BUSINESS, 'BLÅ HAMMER AS');
  await world.rows(`insert into units (business_id, organisation_number, name) values ($1, $2, 'AVD OSLO')`, [
    business,
    UNIT,
  ]);
}, 60_000);
afterAll(async () => {
  await world.stop();
});
beforeEach(async () => {
  await world.rows(`delete from watch_marks where last_id is not null`);
  feeds = { businesses: [], units: [], roles: [] };
  silent = [];
  asked.length = 0;
  refreshed.length = 0;
});

function organisation(text: string) {
  const parsed = parseOrganisationNumber(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** The register's feeds as its client answers, two updates at a time. */
const updates: Enhetsregisteret['updates'] = (kind, since) => {
  asked.push([kind, since]);
  if (silent.includes(kind)) {
    return Promise.resolve(err({ kind: 'unavailable', register: 'enhetsregisteret' } as const));
  }
  const later = (feeds[kind] ?? []).filter(([id]) => since instanceof Date || id > since).slice(0, 2);
  return Promise.resolve(
    ok(
      later.map(([id, number]) => ({
        id,
        organisationNumber: organisation(number),
        change: 'changed' as const,
        at: new Date(),
      })),
    ),
  );
};

const follow = () =>
  followUpdates({
    database: world.database,
    registers: { enhetsregisteret: { updates } as Enhetsregisteret },
    refresh: (_transaction, numbers) => {
      refreshed.push([...numbers]);
      return Promise.resolve();
    },
  });

test('begins a day back, reads on to the end, and has those read anew that are here, also by a unit', async () => {
  feeds = {
    businesses: [
      [7, '310000159'],
      [8, BUSINESS],
      [9, BUSINESS],
    ],
    units: [[4, UNIT]],
    roles: [],
  };
  expect(await follow()).toEqual({ ok: true, value: undefined });
  expect(refreshed).toEqual([[BUSINESS], [BUSINESS], [BUSINESS]]);
  const first = asked[0]?.[1];
  expect(first instanceof Date && Math.round((Date.now() - first.getTime()) / 3_600_000)).toBe(24);
  expect(asked.slice(1, 3)).toEqual([
    ['businesses', 8],
    ['businesses', 9],
  ]);
  refreshed.length = 0;
  asked.length = 0;
  expect(await follow()).toEqual({ ok: true, value: undefined });
  expect(refreshed).toEqual([]);
  expect(asked.slice(0, 2)).toEqual([
    ['businesses', 9],
    ['units', 4],
  ]);
});

test('a feed that does not answer is read on from the same place, and the others are read meanwhile', async () => {
  feeds = { businesses: [[7, BUSINESS]], units: [], roles: [[3, BUSINESS]] };
  await follow();
  feeds = { businesses: [[8, BUSINESS]], units: [], roles: [[4, BUSINESS]] };
  silent = ['businesses'];
  refreshed.length = 0;
  expect(await follow()).toEqual({ ok: false, error: 'register-unavailable' });
  expect(refreshed).toEqual([[BUSINESS]]);
  silent = [];
  asked.length = 0;
  expect(await follow()).toEqual({ ok: true, value: undefined });
  expect(asked[0]).toEqual(['businesses', 7]);
  expect(refreshed).toEqual([[BUSINESS], [BUSINESS]]);
});
