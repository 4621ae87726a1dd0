import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { histories, IN_ORDER, type Step, SUCCEEDED, VendorHistories } from './vendor-actions.ts';

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

test('the one that took the vendor over acts once it has a mandate of its own, and not before nor under a bar', async () => {
  const before = world.allowed;
  await world.live([...SUCCEEDED, { what: 'bar' }, { what: 'take over' }]);
  // An order, a look and a row written past the action: of the vendor once, and of its successor once.
  expect(world.allowed - before).toBe(6);
});

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
  [
    "a yes gives the successor the old vendor's mandate",
    `create function give_at_yes() returns trigger language plpgsql security definer as $$ begin
       perform set_config('session_replication_role', 'replica', true);
       update mandates m set vendor_id = g.successor_id from vendor_mergers g
       where new.wants and g.id = new.merger_id and m.business_id = new.business_id and m.vendor_id = g.vendor_id and m.ended_at is null;
       perform set_config('session_replication_role', 'origin', true);
       return null;
     end $$;
     create trigger give_at_yes after insert on merger_answers for each row execute function give_at_yes()`,
    [...IN_ORDER, { what: 'taken over' }, { what: 'say yes' }, { what: 'assign to successor' }],
  ],
  [
    'a bar does not hold the orders of its vendor',
    changed('mirror_bar', 'set bar_held_at = new.began_at', 'set bar_held_at = null'),
    [...IN_ORDER, { what: 'bar' }],
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
  await expect(world.live(history)).rejects.toThrow(/covers|agreed|under a bar/u);
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
  const [made] = await world.fixtures.rows<{ facts: string; mirror: string; check: string }>(
    `select pg_get_functiondef('facts_of_mandates'::regproc) as facts, pg_get_functiondef('mirror_bar'::regproc) as mirror,
       pg_get_expr(polwithcheck, polrelid) as check
     from pg_policy where polname = 'within_quote'`,
  );
  return [
    made?.facts ?? '',
    made?.mirror ?? '',
    'drop trigger if exists give_at_yes on merger_answers; drop function if exists give_at_yes',
    'drop policy if exists within_quote on orders',
    `create policy within_quote on orders as restrictive for insert to kortvakt_request with check (${made?.check ?? ''})`,
  ];
}
