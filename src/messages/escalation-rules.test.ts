import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dueAt, type Next, nextStep, type Reached, type UnreadThread } from './escalation-rules.ts';
import { STEPS } from './threads.ts';

const sentAt = new Date('2026-12-01T12:00:00Z');
const hours = (count: number) => new Date(sentAt.getTime() + count * 3_600_000);
const thread = (step: UnreadThread['step'], reached: Reached = 'some'): UnreadThread => ({
  sentAt,
  deadline: hours(120),
  step,
  reached,
});
const take = (step: (typeof STEPS)[number]): Next => ({ kind: 'take', step });
const look = (at: Date): Next => ({ kind: 'look', at });

describe('a message that nobody has opened', () => {
  test.each<[string, UnreadThread, number, Next]>([
    ['just written: the business is told', thread('none', 'pending'), 0, take('business')],
    ['told: waits for half the deadline', thread('business'), 1, look(hours(60))],
    ['a moment before half', thread('business'), 59.99, look(hours(60))],
    ['half: the officers', thread('business'), 60, take('officers')],
    ['half, the first notice still on its way', thread('business', 'pending'), 60, take('officers')],
    ['on its way: looks again soon', thread('business', 'pending'), 1, look(hours(1.25))],
    [
      'the business has no address that counts: the officers at once',
      thread('business', 'none'),
      1,
      take('officers'),
    ],
    ['two thirds: the second officer', thread('officers'), 80, take('second')],
    ['no officer has an address of their own', thread('officers', 'none'), 61, take('second')],
    ['five sixths: the post', thread('second'), 100, take('post')],
    ['every address bounced', thread('second', 'none'), 81, take('post')],
    ['listed for post', thread('post', 'none'), 110, { kind: 'done' }],
  ])('%s', (_, given, at, next) => {
    expect(nextStep(given, hours(at), 14)).toEqual(next);
  });

  test.each([
    ['without a deadline', null, 14 * 12],
    ['with a deadline before it was written', hours(-1), 14 * 12],
    ['with one', hours(10), 5],
  ])('%s: half of it', (_, deadline, half) => {
    expect(dueAt('officers', { sentAt, deadline }, 14)).toEqual(hours(half));
  });

  test('always comes to the post before its deadline, whatever bounces, and no step twice', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 5000, noNaN: true }),
        fc.array(fc.constantFrom<Reached>('some', 'none', 'pending'), { minLength: 400, maxLength: 400 }),
        (deadlineHours, outcomes) => {
          let now = sentAt;
          let step: UnreadThread['step'] = 'none';
          const taken: string[] = [];
          for (const reached of outcomes) {
            const next = nextStep({ sentAt, deadline: hours(deadlineHours), step, reached }, now, 14);
            if (next.kind === 'done') break;
            if (next.kind === 'take') {
              step = next.step;
              taken.push(step);
              continue;
            }
            expect(next.at.getTime()).toBeGreaterThan(now.getTime());
            now =
              reached === 'pending'
                ? dueAt(STEPS[taken.length] ?? 'post', { sentAt, deadline: hours(deadlineHours) }, 14)
                : next.at;
          }
          expect(taken).toEqual([...STEPS]);
          expect(now.getTime()).toBeLessThanOrEqual(hours(deadlineHours).getTime());
        },
      ),
    );
  });
});
