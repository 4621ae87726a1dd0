import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SmallWorld, startSmallWorld } from '../tests/support/small-world.ts';
import { createLog } from './log.ts';

let world: SmallWorld;
beforeAll(async () => {
  world = await startSmallWorld();
});
afterAll(() => world.stop());

function logged(error: unknown): string {
  const lines: string[] = [];
  createLog('info', { write: (line) => lines.push(line) }).error({ err: error }, 'A request failed');
  return lines.join('');
}

test('an error of the database is logged with what broke, and without the row that broke it', async () => {
  const error = await world
    .rows(
      `insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, refreshed_at)
       values (gen_random_uuid(), null, gen_random_uuid(), 'Flittig Maur', 'Maur', '1990-01-15', '2020-01-01', now())`,
    )
    .then(
      () => undefined,
      (caught: unknown) => caught,
    );
  // What PostgreSQL says of it names the person: were that ever to change, this test would prove nothing.
  expect(error).toMatchObject({ detail: expect.stringContaining('Flittig Maur') as string });
  const line = logged(error);
  expect(line).toContain('null value in column');
  expect(line).toContain('23502');
  expect(line).toContain('"table":"workers"');
  expect(line).toMatch(/at .*small-world\.ts/u);
  expect(line).not.toMatch(/Maur|1990-01-15/u);
});

test('identity numbers and addresses in an error are masked, also in what caused it and in its stack', () => {
  const cause = new Error('no mailbox for ola@firma.example');
  const line = logged(new Error('number 15819049944 is nobody', { cause }));
  expect(line).toContain('is nobody');
  expect(line).toContain('no mailbox');
  expect(line).not.toMatch(/15819049944|ola@/u);
});
