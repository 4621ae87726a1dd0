import { expect, test } from 'vitest';
import { compareDecisions, settingsOf } from './decisions.ts';

test('decide and Cedar agree on every right, asker and thing, whatever has happened', () => {
  const { decisions, seed } = settingsOf(20_000);
  const count = compareDecisions(decisions, seed);
  expect(count.decisions).toBeGreaterThanOrEqual(decisions);
});
