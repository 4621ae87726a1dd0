import fc from 'fast-check';
import { expect, test } from 'vitest';
import { together } from './together.ts';

test('each gets its own answer, one question is under way at a time, and none is of more than so many', async () => {
  const arrivals = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(arrivals, fc.integer({ min: 1, max: 7 }), async (pauses, most) => {
      let underWay = 0;
      const sizes: number[] = [];
      const ask = together<number, string>(most, async (keys) => {
        underWay += 1;
        expect(underWay).toBe(1);
        sizes.push(keys.length);
        await turns(2);
        underWay -= 1;
        return keys.map((key) => `answer ${String(key)}`);
      });
      const answers: Promise<string>[] = [];
      for (const [key, pause] of pauses.entries()) {
        answers.push(ask(key));
        await turns(pause);
      }
      expect(await Promise.all(answers)).toEqual(pauses.map((_, key) => `answer ${String(key)}`));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(pauses.length);
    }),
  );
});

test('whoever comes alone is asked for at once', () => {
  const asked: string[][] = [];
  const ask = together<string, string>(10, (keys) => {
    asked.push([...keys]);
    return Promise.resolve(keys);
  });
  void ask('a');
  expect(asked).toEqual([['a']]);
});

test('what fails reaches all who were in it, and nobody after them', async () => {
  let broken = true;
  const ask = together<string, string>(10, async (keys) => {
    await turns(1);
    if (broken && keys.includes('b')) throw new Error('The connection broke.');
    return keys;
  });
  const [first, second, third] = [ask('a'), ask('b'), ask('c')];
  expect(await first).toBe('a');
  await expect(second).rejects.toThrow('The connection broke.');
  await expect(third).rejects.toThrow('The connection broke.');
  broken = false;
  expect(await ask('b')).toBe('b');
});

async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await Promise.resolve();
}
