import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fixtures } from '../../tests/support/fixtures.ts';
import { addDays, lastDayToEnd, osloToday } from '../kernel/dates.ts';
import { latestLastDay, startOf } from './grants.ts';

let fixtures: Fixtures;
beforeAll(async () => {
  fixtures = await Fixtures.start();
});
afterAll(() => fixtures.stop());

const edges = ['2026-03-28T23:00Z', '2026-03-29T01:00Z', '2026-10-24T22:00Z', '2026-10-25T01:00Z'];
const moments = fc.oneof(
  fc.date({ min: new Date('2026-01-01'), max: new Date('2029-12-31'), noInvalidDate: true }),
  fc
    .tuple(
      fc.constantFrom(...edges, '2028-02-29T10:00Z', '2026-02-28T23:30Z'),
      fc.integer({ min: -2, max: 2 }),
    )
    .map(([edge, ms]) => new Date(Date.parse(edge) + ms)),
);

test('the longest period that is offered is one that the table takes, whenever it is given', async () => {
  const drawn = fc.sample(
    fc.record({
      now: moments,
      holder: fc.constantFrom('person' as const, 'vendor' as const),
      ahead: fc.option(fc.integer({ min: 1, max: 180 }), { freq: 2 }),
    }),
    2000,
  );
  const periods = drawn.map(({ now, holder, ahead }) => {
    const firstDay = ahead === null ? null : addDays(osloToday(now), ahead);
    return {
      holder,
      starts: startOf({ firstDay }, now),
      ends: lastDayToEnd(latestLastDay(holder, now, firstDay)),
    };
  });
  const tooLong = await fixtures.rows(
    `select p.* from unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) as p (holder, starts, ends)
     where not ends <= starts + case holder when 'vendor' then interval '12 months 1 day' else interval '24 months 1 day' end`,
    [periods.map((p) => p.holder), periods.map((p) => p.starts), periods.map((p) => p.ends)],
  );
  expect(tooLong).toEqual([]);
});
