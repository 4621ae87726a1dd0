import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';

let world: SmallWorld;
beforeAll(async () => {
  world = await startSmallWorld();
});
afterAll(() => world.stop());

test("PostgreSQL's own log tells of a broken constraint, and not of the row that broke it", async () => {
  await expect(
    world.rows(
      `insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, refreshed_at)
       values (gen_random_uuid(), $1, gen_random_uuid(), $2, $2, '1990-01-15', '2020-01-01', now())`,
      [null, 'Årvåken Tjeld'],
    ),
  ).rejects.toThrow('null value in column "unit_id"');
  const [row] = await world.rows<{ folder: string }>(`select current_setting('data_directory') as folder`);
  const log = readFileSync(join(dirname(row?.folder ?? ''), 'postgresql.log'), 'utf8');
  expect(log).toContain('null value in column "unit_id"');
  expect(log).not.toContain('Tjeld');
});
