import { expect, test } from 'vitest';
import { compareDecisions, settingsOf } from './decisions.ts';

const { decisions, seed } = settingsOf(8_000);

test(
  'decide and Cedar agree on every right, asker and thing, whatever has happened',
  { timeout: decisions * 15 },
  () => {
    expect(compareDecisions(decisions, seed).decisions).toBeGreaterThanOrEqual(decisions);
  },
);
