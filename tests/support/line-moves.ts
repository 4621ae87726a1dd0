import { type LineState, TRANSITIONS } from '../../src/orders/rules.ts';

/** Who moves lines, as the database tells them apart. */
export type Mover = 'people' | 'worker' | 'reviewer' | 'job';

/** Whether some transition of the mover's leads from the one state to the other. */
export function mayMove(from: LineState, to: LineState, mover: Mover): boolean {
  return Object.values(TRANSITIONS).some(({ by, from: before, to: after }) => {
    const who = typeof by !== 'string' ? 'people' : by === 'worker' || by === 'reviewer' ? by : 'job';
    const [states, next]: (readonly LineState[])[] = [before, after];
    return who === mover && states?.includes(from) === true && next?.includes(to) === true;
  });
}
