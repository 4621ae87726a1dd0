import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fixtures } from '../../tests/support/fixtures.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { words } from '../words.ts';
import { createCheckPages } from './pages.tsx';

let fixtures: Fixtures;
let pages: PageCaller;
let card: { readonly number: string; readonly token: string; readonly person_id: string };
let other: typeof card;
let businessId: string;
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
      createCheckPages({
        database: { check: counting },
        ...{ checksPerMinute: 100_000, trustedProxyHops: 0, unconfirmedHours: 48 },
      }),
    );
  });
  const boss = await fixtures.person('Dag Leder');
  const business = await fixtures.business();
  businessId = business.id;
  const cardOf = async (name: string) => {
    const holder = await fixtures.person(name);
    const id = await fixtures.worker(business, holder);
    const made = await fixtures.order(business, { id, personId: holder.id, unit: business.unit }, boss);
    const [row] = await fixtures.rows<typeof card>(
      'select number, token, person_id from cards where id = $1',
      [made.cardId],
    );
    if (row === undefined) throw new Error('no card');
    return row;
  };
  card = await cardOf('Munter Elv');
  other = await cardOf('Guy Čáhci');
}, 60_000);
afterAll(() => fixtures.stop());

/** While it runs, the card is withheld. */
async function withheld<T>(work: () => Promise<T>): Promise<T> {
  await fixtures.rows('insert into withheld_people values ($1)', [card.person_id]);
  try {
    return await work();
  } finally {
    await fixtures.rows('delete from withheld_people');
  }
}

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

  test('answers for a card that is withheld as for one that nobody has, by its number and by its link', async () => {
    const unknown = await ask('99999999', '1.1.1990');
    const linked = 'AAAAAAAAAAA';
    const answers = await withheld(async () => {
      const before = statements;
      const byNumber = await ask(card.number, '1.1.1990');
      const byLink = await pages.get(undefined, `/c/${card.token}`);
      return { byNumber, byLink, statements: statements - before };
    });
    expect(answers.byNumber).toEqual(unknown);
    expect(answers.byLink.text.replaceAll(card.token, '')).toBe(
      (await pages.get(undefined, `/c/${linked}`)).text.replaceAll(linked, ''),
    );
    expect(answers.statements).toBe(2);
    expect((await ask(card.number, '1.1.1990')).text).toContain(words.en.checks.state.valid.title);
  });

  test('says when the registers last confirmed it, and that they have been silent for long', async () => {
    const { confirmed } = words.en.checks.result;
    const { unconfirmed } = words.en.cards.conditions;
    // No register has told who works there yet.
    const never = await ask(card.number, '1.1.1990');
    expect(never.text).not.toContain(confirmed);
    const read = (hours: number) =>
      fixtures.rows(
        `update businesses set refreshed_at = clock_now() - interval '1 hour', workers_read_at = clock_now() - make_interval(hours => $2)
         where id = $1`,
        [businessId, hours],
      );
    await read(47);
    const lately = await ask(card.number, '1.1.1990');
    expect(lately.text).toContain(confirmed);
    expect(lately.text).not.toContain(unconfirmed);
    await read(49);
    const long = await ask(card.number, '1.1.1990');
    expect(long.text).toContain(words.en.checks.state.valid.title);
    expect(long.text).toContain(unconfirmed);
    expect(long.text).not.toContain(confirmed);
    const [row] = await fixtures.rows<{ public: Date | null; conditions: Date | null }>(
      `select (select confirmed_at from look_up_cards(array[$1], '{null}', array[$2])) as public, workers_read_at as conditions from businesses where id = $3`,
      [card.number, card.token, businessId],
    );
    expect(row?.public).toEqual(row?.conditions);
    // The approval that a card of this type needs was read before; the business itself orders cards of another.
    const [approval] = await fixtures.rows<{ at: Date }>(
      `with typed as (update cards set card_type = 'cleaning' where number = $1)
       insert into approvals (business_id, register, standing, as_of, read_at)
       values ($2, 'cleaning', 'approved', clock_now(), clock_now() - interval '90 hours') returning read_at as at`,
      [card.number, businessId],
    );
    expect(
      await fixtures.rows(
        `select confirmed_at as at from look_up_cards(array[$1], array[$2::date], '{null}')`,
        [card.number, '1990-01-01'],
      ),
    ).toEqual([approval]);
    await fixtures.rows(
      `with typed as (update cards set card_type = 'construction' where number = $1) delete from approvals where business_id = $2`,
      [card.number, businessId],
    );
    // What is lost is lost, whatever the registers say.
    await fixtures.rows(
      `update cards set blocked_at = clock_now(), blocked_reason = 'lost' where number = $1`,
      [card.number],
    );
    const lost = await ask(card.number, '1.1.1990');
    expect(lost.text).toContain(words.en.checks.state.blocked.title);
    expect(lost.text).not.toContain(unconfirmed);
    await fixtures.rows('update cards set blocked_at = null, blocked_reason = null where number = $1', [
      card.number,
    ]);
  });

  test('looks up together what is asked for at a time, and gives each its own answer', async () => {
    const block = `update cards set blocked_at = clock_now(), blocked_reason = 'lost' where number = $1`;
    await fixtures.rows(block, [other.number]);
    const { valid, blocked, unknown } = words.en.checks.state;
    const asked = [
      { ask: () => ask(card.number, '1.1.1990'), title: valid.title },
      { ask: () => ask(other.number, '1.1.1990'), title: blocked.title },
      { ask: () => ask(other.number, '2.1.1990'), title: unknown.title },
      { ask: () => pages.get(undefined, `/c/${card.token}`), title: valid.title },
    ];
    const before = statements;
    const answers = await Promise.all(
      Array.from({ length: 152 }, async (_, n) => {
        const one = asked[n % asked.length];
        return (await one?.ask())?.text.includes(one?.title ?? '');
      }),
    );
    expect(answers).toEqual(answers.map(() => true));
    // The first by itself, and those that came meanwhile a hundred at a time.
    expect(statements - before).toBeLessThan(20);
    await expect(
      fixtures.rows(`select * from look_up_cards(array_fill('1'::text, array[101]), '{}', '{}')`),
    ).rejects.toThrow(/a hundred at a time/u);
  });

  test('takes as long for a wrong pair and for what is withheld as for an unknown number', async () => {
    const times = { wrong: [] as number[], unknown: [] as number[], withheld: [] as number[] };
    const asked = {
      wrong: () => ask(card.number, '2.1.1990'),
      unknown: (n: number) => ask(String(90_000_000 + n), '1.1.1990'),
      withheld: () => ask(card.number, '1.1.1990'),
    };
    const kinds = ['wrong', 'unknown', 'withheld'] as const;
    await withheld(async () => {
      for (let n = 0; n < 150; n += 1) {
        for (const kind of n % 2 === 0 ? kinds : kinds.toReversed()) {
          const began = performance.now();
          await asked[kind](n);
          times[kind].push(performance.now() - began);
        }
      }
    });
    const median = (kind: (typeof kinds)[number]) => times[kind].sort((a, b) => a - b)[75] ?? 0;
    // Medians taken in turns: what differs is far below what a network adds.
    for (const kind of ['wrong', 'withheld'] as const) {
      const most = Math.max(1, 0.3 * Math.min(median(kind), median('unknown')));
      expect(Math.abs(median(kind) - median('unknown'))).toBeLessThan(most);
    }
  });
});
