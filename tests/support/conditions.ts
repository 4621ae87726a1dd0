import type { ConditionSettings } from '../../src/cards/conditions.ts';

/** What an installation decides about conditions, as it is by default. */
export const conditions: ConditionSettings = {
  vatForms: ['NUF'],
  approvalGraceDays: 30,
  unconfirmedHours: 48,
};
