import type { ConditionSettings } from '../../src/cards/conditions.ts';
import type { PermitSettings } from '../../src/workers/rules.ts';

/** What an installation decides about conditions, as it is by default. */
export const conditions: ConditionSettings = {
  vatForms: ['NUF'],
  approvalGraceDays: 30,
  permitGraceDays: 30,
  unconfirmedHours: 48,
};

/** Whose permit to stay is asked for, as tests have it: Norwegians and Swedes are free, and whose citizenship is not known. */
export const permits: PermitSettings = {
  cardTypes: ['cleaning'],
  freeCitizenships: ['NOR', 'SWE', 'XUK'],
};
