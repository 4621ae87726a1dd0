import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareDatabase, DrawnDatabase } from './database.ts';
import { settingsOf } from './decisions.ts';

let database: DrawnDatabase;

beforeAll(async () => {
  database = await DrawnDatabase.start();
});
afterAll(() => database.stop());

const { decisions, seed } = settingsOf(20_000);

test(
  'the database lets everyone reach the rows that the committed table and Cedar say, whatever has happened',
  { timeout: decisions * 15 },
  async () => {
    const tally = await compareDatabase(database, decisions / 500, seed);
    // A property that only ever draws refusals would prove nothing.
    expect(tally.permitted).toBeGreaterThan(tally.askers / 10);
  },
);
