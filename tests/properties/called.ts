import type { ExpectedReach } from './expected-reach.ts';
import { isVendorsBrowser, justUsed, mayAsk } from './drawn-facts.ts';
import { bytes, elsewhereOf, type Row, type Rows } from './drawn-rows.ts';
import { type Asker, idOf, NUMBERS, PEOPLE, type World } from './drawn-world.ts';

/** A call of a function that does more than its caller may, and the keys of what it has to do. */
export interface Call {
  readonly what: string;
  /** Says as JSON what it did; `$1`: the keys of what it is tried on, as JSON. */
  readonly sql: string;
  readonly argument: string;
  readonly expected: readonly string[];
}

/** Functions of the test's own, for calls that take more than one statement. */
export const CALL_HELPERS = `
create function model.add_passkey(session uuid) returns jsonb language plpgsql as $$
declare
  added uuid := passkey_add(session, '\\x01', '\\x02', 0, '{}', 'K');
begin
  return (select jsonb_agg(case when counts_from <= context_now() then 'counts' else 'waits' end) from passkeys where id = added);
end $$;
create function model.challenged(session uuid) returns boolean language plpgsql as $$
begin
  perform passkey_challenge_create(session, 'add', 'c');
  return passkey_challenge_take(session, 'add') is not null;
end $$;
create function model.through(statement text) returns jsonb language plpgsql as $$
begin
  execute statement;
  return '["through"]';
exception when raise_exception then return '[]';
end $$;
grant execute on function model.through, model.add_passkey, model.challenged to kortvakt_request;
`;

/** What is called on behalf of each table: what the asker tries on its own things and on those of others. */
export function callsOf(
  world: World,
  rows: Rows,
  expected: ExpectedReach,
): Readonly<Record<string, readonly Call[]>> {
  return {
    // For tasks alone.
    devices: [onlyTasks('forget_logins(context_now())')],
    mandates: [onlyTasks(`persons_with_mandates('-infinity')`)],
    passkeys: ofPasskeys(world, rows, expected),
    passkey_challenges: ofChallenges(rows, expected),
    passkey_requirements: ofRequirements(world, expected),
    browser_clearances: ofClearances(world, rows, expected),
    mandate_requests: ofRequests(world, rows, expected),
  };
}

const keys = (rows: readonly Row[] | undefined, key = 'id'): string[] =>
  (rows ?? []).map((row) => String(row[key]));
const each = (where: string) =>
  `select jsonb_agg(k) from jsonb_array_elements_text($1::jsonb) k where ${where}`;
const call = (what: string, sql: string, tried: readonly string[], done: readonly string[]): Call => ({
  what,
  sql,
  argument: JSON.stringify(tried),
  expected: [...done].sort(),
});

const onlyTasks = (called: string) =>
  call(called, `select model.through($q$select ${called}$q$) from (select $1) k`, [], []);

/** The session that the asker would be in: there also when it is over. */
const sessionOf = ({ person }: Asker): string => idOf('session', PEOPLE.indexOf(person) + 1);
const othersSession = ({ person }: Asker): string =>
  idOf('session', ((PEOPLE.indexOf(person) + 1) % PEOPLE.length) + 1);

function ofPasskeys(world: World, rows: Rows, { asker, session, assurance }: ExpectedReach): Call[] {
  const all = keys(rows['passkeys']);
  const own =
    session === undefined ? [] : keys(rows['passkeys']!.filter((row) => row['person_id'] === asker.person));
  const used = session && justUsed(world, session);
  const added = used !== undefined && used.countsFrom <= world.now ? 'counts' : 'waits';
  const use = (where: string) => each(`passkey_use('${where}', k::uuid, 1)`);
  return [
    call('remove a passkey', each('passkey_remove(k::uuid)'), all, own),
    call('use a passkey', use(sessionOf(asker)), all, own),
    call('use a passkey in another’s session', use(othersSession(asker)), all, []),
    call(
      'add a passkey',
      `select model.add_passkey('${sessionOf(asker)}'), $1`,
      [],
      assurance.fresh ? [added] : [],
    ),
  ];
}

function ofChallenges(rows: Rows, { asker, session }: ExpectedReach): Call[] {
  const all = keys(rows['sessions']);
  const own =
    session === undefined ? [] : keys(rows['sessions']!.filter((row) => row['person_id'] === asker.person));
  // Made just now for whoever tries everything, and long ago elsewhere.
  const lately = own.filter((id) => id === session?.id);
  return [
    call('take a challenge', each(`passkey_challenge_take(k::uuid, 'use') is not null`), all, lately),
    call('make a challenge', each('model.challenged(k::uuid)'), all, own),
  ];
}

function ofRequirements(world: World, expected: ExpectedReach): Call[] {
  const { asker, session, assurance } = expected;
  const used = session?.used ?? null;
  const may =
    expected.capacity() === 'officer' &&
    assurance.fresh &&
    used !== null &&
    used.at >= world.now - 5 * 60_000;
  const required = world.requirements.some(({ business, ended }) => business === asker.business && !ended);
  const wanted = [true, false].map((one) =>
    call(
      one ? 'require passkeys' : 'require none',
      each(`passkey_require('${sessionOf(asker)}', k::boolean)`),
      [String(one)],
      may && required !== one ? [String(one)] : [],
    ),
  );
  return wanted;
}

function ofClearances(world: World, rows: Rows, { asker, session, assurance }: ExpectedReach): Call[] {
  const all = rows['browser_clearances'] ?? [];
  const mine = all.filter(
    (row) =>
      session !== undefined &&
      row['session_id'] === elsewhereOf(asker.person) &&
      !isVendorsBrowser(world, session, String(row['business_id'])),
  );
  const tokens = keys(all, 'token_hash');
  return [
    onlyTasks('clearances_lapse()'),
    call(
      'confirm from elsewhere',
      each(`clearance_confirm(k::sha256) = 'open'`),
      tokens,
      keys(mine, 'token_hash'),
    ),
    call(
      'ask for a letter',
      each('exists (select from clearance_ask(k::sha256))'),
      [bytes('letter')],
      assurance.held ? [bytes('letter')] : [],
    ),
  ];
}

function ofRequests(world: World, rows: Rows, expected: ExpectedReach): Call[] {
  const { asker, session } = expected;
  const all = rows['mandate_requests'] ?? [];
  const asked =
    session === undefined ? [] : Object.keys(NUMBERS).filter((id) => mayAsk(world, asker.person, id));
  const manages = asker.vendor === null && expected.permits('access.manage');
  const named = all.filter((row) => {
    if (row['settled_by_name'] === null || session === undefined) return false;
    if (row['outcome'] === 'withdrawn' && row['person_id'] !== null) return row['person_id'] === asker.person;
    return manages && row[row['outcome'] === 'withdrawn' ? 'vendor_id' : 'business_id'] === asker.business;
  });
  return [
    call('businesses to ask', 'select jsonb_agg(id) from businesses_to_ask(), (select $1) k', [], asked),
    call('who settled it', each('request_settled_by_name(k::uuid) is not null'), keys(all), keys(named)),
    call(
      'read who settled it',
      'select jsonb_agg(settled_by_name) from mandate_requests, (select $1) k',
      [],
      [],
    ),
  ];
}
