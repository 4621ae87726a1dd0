import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareDatabase, compareFacts, DrawnDatabase } from './database.ts';
import { settingsOf } from './decisions.ts';

let database: DrawnDatabase;

beforeAll(async () => {
  database = await DrawnDatabase.start();
});
afterAll(() => database.stop());

test('there are rows to try in every table', async () => {
  expect(await database.emptyTables()).toEqual([]);
});

const { decisions, seed } = settingsOf(20_000);

test(
  'the database finds the facts of every asker, whatever has happened',
  { timeout: decisions * 15 },
  async () => {
    expect(await compareFacts(database, decisions / 4, seed)).toBeGreaterThan(decisions / 50);
  },
);

test(
  'the database lets everyone reach the rows that the committed table and Cedar say, whatever has happened',
  { timeout: decisions * 15 },
  async () => {
    const tally = await compareDatabase(database, Math.min(decisions / 1000, 2000), seed);
    // A property that only ever draws refusals would prove nothing.
    expect(tally.permitted).toBeGreaterThan(tally.askers / 10);
  },
);
