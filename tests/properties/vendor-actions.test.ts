import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { histories, IN_ORDER, type Step, VendorHistories } from './vendor-actions.ts';

let world: VendorHistories;
beforeAll(async () => {
  world = await VendorHistories.start();
}, 60_000);
afterAll(() => world.stop());

const runs = Number(process.env['HISTORIES'] ?? '5');

test(
  'no history leads to a vendor action without an active agreement and an accepted quote that covers its price',
  { timeout: 60_000 + runs * 10_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(histories, (history) => world.live([...IN_ORDER, ...history])),
      { numRuns: runs },
    );
    // It was no empty promise: the vendor was let through in some, and kept out in others.
    expect(world.allowed).toBeGreaterThan(runs);
    expect(world.refused).toBeGreaterThan(runs);
  },
);

/** Each way to break the rule, and a history that finds it. */
const BROKEN: readonly (readonly [what: string, breaks: string, history: readonly Step[]])[] = [
  ['orders are not held to the quote', 'drop policy within_quote on orders', IN_ORDER],
  [
    'an agreement that has ended counts',
    changed('facts_of_mandates', `'agreementActive', (`, `'agreementActive', (true or `),
    [...IN_ORDER, { what: 'end agreement' }],
  ],
  [
    'a quote that has lapsed counts',
    `${changed('facts_of_mandates', `'validUntil', q.valid_until`, `'validUntil', q.valid_until + interval '10 years'`)};
     drop policy within_quote on orders`,
    [
      ...IN_ORDER,
      { what: 'log in' },
      { what: 'offer', days: 1, fee: 1, postage: 0 },
      { what: 'accept' },
      { what: 'clock', hours: 72 },
    ],
  ],
];

let undo: string[] = [];
afterEach(async () => {
  for (const text of undo.splice(0)) await world.fixtures.rows(text);
});

test.each(BROKEN)('it is found when %s', async (_what, breaks, history) => {
  await world.live(history);
  undo = await definitions();
  await world.fixtures.rows(breaks);
  await expect(world.live(history)).rejects.toThrow(/covers|agreed/u);
});

/** A function of the database with one part of its text changed. */
function changed(name: string, from: string, to: string): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  return `do $do$ declare before text := pg_get_functiondef('${name}'::regproc); begin
    if position(${quoted(from)} in before) = 0 then raise exception 'nothing to change'; end if;
    execute replace(before, ${quoted(from)}, ${quoted(to)}); end $do$`;
}

/** What puts right again what a test breaks. */
async function definitions(): Promise<string[]> {
  const [made] = await world.fixtures.rows<{ facts: string; check: string }>(
    `select pg_get_functiondef('facts_of_mandates'::regproc) as facts, pg_get_expr(polwithcheck, polrelid) as check
     from pg_policy where polname = 'within_quote'`,
  );
  return [
    made?.facts ?? '',
    'drop policy if exists within_quote on orders',
    `create policy within_quote on orders as restrictive for insert to kortvakt_request with check (${made?.check ?? ''})`,
  ];
}
