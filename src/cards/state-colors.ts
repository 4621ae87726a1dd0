import type { CardState } from './rules.ts';

/** How each state of a card looks, as a tag and as a notice. */
export const stateColors = {
  valid: 'success',
  'in-production': 'info',
  blocked: 'danger',
  suspended: 'warning',
  expired: 'warning',
} as const satisfies Record<CardState, string>;
