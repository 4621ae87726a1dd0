import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/support/database.ts';
import { answersOf, drawn } from '../../tests/support/drawn-mandates.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.urls.superuser, options: '-c timezone=UTC' });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

test('the rules and the database give every drawn person the same rights in the same units', async () => {
  let allowed = 0;
  await fc.assert(
    fc.asyncProperty(drawn, async (the) => {
      const { database: given, rules } = await answersOf(client, the);
      expect(rules).toEqual(given);
      if (given.length > 0) allowed += 1;
    }),
    { numRuns: 5000 },
  );
  // A property that only ever draws refusals would prove nothing.
  expect(allowed).toBeGreaterThan(500);
});
