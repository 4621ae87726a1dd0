import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fixtures } from '../../tests/support/fixtures.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { words } from '../words.ts';
import { createCheckPages } from './pages.tsx';

let fixtures: Fixtures;
let pages: PageCaller;
let card: { readonly number: string; readonly token: string };
let statements = 0;

beforeAll(async () => {
  fixtures = await Fixtures.start();
  const { check } = fixtures.database;
  const counting = new Proxy(check, {
    get: (pool, name) => {
      if (name === 'query') statements += 1;
      const value: unknown = Reflect.get(pool, name);
      return typeof value === 'function' ? (value.bind(pool) as unknown) : value;
    },
  });
  pages = await createPageCaller(words, (app) => {
    app.route(
      '/',
      createCheckPages({ database: { check: counting }, checksPerMinute: 100_000, trustedProxyHops: 0 }),
    );
  });
  const boss = await fixtures.person('Dag Leder');
  const business = await fixtures.business();
  const holder = await fixtures.person('Munter Elv');
  const id = await fixtures.worker(business, holder);
  const made = await fixtures.order(business, { id, personId: holder.id, unit: business.unit }, boss);
  const [row] = await fixtures.rows<typeof card>('select number, token from cards where id = $1', [
    made.cardId,
  ]);
  if (row === undefined) throw new Error('no card');
  card = row;
}, 60_000);
afterAll(() => fixtures.stop());

const ask = (number: string, birthDate: string) => pages.post(undefined, '/check', { number, birthDate });

describe('the public check', () => {
  test('answers a right pair with state, employer and card type, and nothing of the holder', async () => {
    const { text } = await ask(card.number, '1.1.1990');
    for (const shown of [words.en.checks.state.valid.title, 'Virksomhet', words.en.cards.type.construction])
      expect(text).toContain(shown);
    expect(text).not.toMatch(/Kort Holder|Munter|1990/u);
    expect((await pages.get(undefined, `/c/${card.token}`)).text).toContain(
      words.en.checks.state.valid.title,
    );
  });

  test('answers a wrong pair and an unknown number the same, to the byte and with as many statements', async () => {
    const before = statements;
    const wrong = await ask(card.number, '2.1.1990');
    const between = statements;
    const unknown = await ask('99999999', '1.1.1990');
    expect(unknown).toEqual(wrong);
    expect([between - before, statements - between]).toEqual([1, 1]);
    expect(wrong.text).toContain(words.en.checks.state.unknown.text);
    expect(wrong.text).not.toContain(card.number);
  });

  test('answers a link that nobody made as one that leads to no card', async () => {
    const [unknown, never] = ['AAAAAAAAAAA', 'not*a*token'];
    const answers = await Promise.all([unknown, never].map((token) => pages.get(undefined, `/c/${token}`)));
    const [first, second] = answers.map(({ status, text }) => ({
      status,
      text: text.replaceAll(unknown, '').replaceAll(never, '').replaceAll(encodeURIComponent(never), ''),
    }));
    expect(second).toEqual(first);
    expect(first?.text).toContain(words.en.checks.state.unknown.text);
  });

  test('takes as long for a wrong pair as for an unknown number', async () => {
    const times = { wrong: [] as number[], unknown: [] as number[] };
    for (let n = 0; n < 150; n += 1) {
      for (const kind of n % 2 === 0 ? (['wrong', 'unknown'] as const) : (['unknown', 'wrong'] as const)) {
        const began = performance.now();
        await (kind === 'wrong' ? ask(card.number, '2.1.1990') : ask(String(90_000_000 + n), '1.1.1990'));
        times[kind].push(performance.now() - began);
      }
    }
    const [wrong, unknown] = [times.wrong, times.unknown].map((all) => all.sort((a, b) => a - b)[75] ?? 0);
    // Medians taken in turns: what differs is far below what a network adds.
    expect(Math.abs((wrong ?? 0) - (unknown ?? 0))).toBeLessThan(
      Math.max(1, 0.3 * Math.min(wrong ?? 0, unknown ?? 0)),
    );
  });
});
