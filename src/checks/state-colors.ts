import { stateColors as cardColors } from '../cards/index.ts';

/** How the answer to a check looks. */
export const stateColors = { ...cardColors, unknown: 'danger' } as const;
