import { hashToken } from '../src/identity/index.ts';
import { type Bench, sentStatements, settings, withBench } from './application.ts';
import { buffersOf } from './buffers.ts';
import { median, type Measure } from './measure.ts';
import { compare, round, type Target } from './rounds.ts';
import type { Replay } from './server.ts';

const SECRET = 'bench-session';
const APPOINTMENT = '01900000-0000-7000-8000-000000000001';
const AT_ONCE = 1000;
const ROUNDS = 5;
const FLOORS = { single: 0.7, entitled: 0.3, batch: 5 } as const;
const MOST_BUFFERS = 1.5;
const FIRST = 10_000_000;

/** How many different cards the clients ask for, one after the other. */
const ASKED = 500;

/**
 * Checks of cards with ten thousand and a million in the table, and with `--ten-million` ten times as many: by anyone, for
 * programs and as a page; by an entitled checker, one by one with the disclosure and a thousand at once. The baseline is a bare
 * handler with one prepared point query, and of an entitled look one that also writes a row. How many pages the database reads must not grow with the table.
 */
export async function benchCheck(flags: readonly string[]): Promise<Measure[]> {
  const sizes = [10_000, 1_000_000, ...(flags.includes('--ten-million') ? [10_000_000] : [])];
  const measures: Measure[] = [];
  const buffers: Record<'public' | 'entitled', number>[] = [];
  for (const size of sizes) {
    const measured = await withBench(world(size), (bench) => measureSize(bench, size));
    measures.push(...measured.measures);
    buffers.push(measured.buffers);
  }
  const [least] = buffers;
  if (least === undefined) return measures;
  return [
    ...measures,
    ...buffers.flatMap((each, index) =>
      (['public', 'entitled'] as const).map((what) =>
        buffersMeasure(`${what}-${nameOf(sizes[index] ?? 0)}-buffers`, each[what], least[what]),
      ),
    ),
  ];
}

const nameOf = (size: number): string =>
  size >= 1_000_000 ? `${String(size / 1_000_000)}m` : `${String(size / 1000)}k`;

function buffersMeasure(name: string, value: number, baseline: number): Measure {
  const ratio = Math.round((value / baseline) * 100) / 100;
  const ok = ratio <= MOST_BUFFERS;
  return { name, value, unit: 'pages of 8 kB', better: 'lower', baseline, ratio, floor: MOST_BUFFERS, ok };
}

async function measureSize({ urls, serve }: Bench, size: number) {
  const ours = await serve('application', await settings(urls));
  const pointQuery = {
    text: 'select number, expires_at, blocked_at, suspended_reason from cards where number = $1',
    values: [numberOf(size)(size / 2)],
  };
  const write = { text: 'insert into looks (number) values ($1)', values: [numberOf(size)(size / 2)] };
  const targets = await targetsOf(ours, size);
  const bareOf = async (
    target: Target,
    connections: number,
    given: Pick<Replay, 'statements' | 'readsNumber'>,
  ) =>
    serve('bare', {
      ...given,
      url: urls.superuser,
      connections,
      bytes: await bytesOf(ours, target),
      prepared: true,
    } satisfies Replay);
  const bare = await bareOf(targets.public, 4, { statements: [pointQuery], readsNumber: true });
  const barePage = await bareOf(targets.page, 4, { statements: [pointQuery] });
  const telling = await bareOf(targets.entitled, 10, { statements: [pointQuery, write] });
  const named = (what: string) => `${what}-${nameOf(size)}`;
  const measures = [
    ...(await compare({ name: named('public'), floor: FLOORS.single }, targets.public, ours, bare)),
    ...(await compare({ name: named('public-page'), floor: 0 }, targets.page, ours, barePage)),
    ...(await compare({ name: named('entitled'), floor: FLOORS.entitled }, targets.entitled, ours, telling)),
  ];
  const single = measures[0]?.value ?? 0;
  measures.push(await batches(named('batch'), ours, targets.batch, single));
  const buffers = {
    public: await buffersOf(urls.check, await sentFor(ours, targets.public)),
    entitled: await buffersOf(urls.request, await sentFor(ours, targets.entitled)),
  };
  return { measures, buffers };
}

/** Cards a second in lists of a thousand, to cards a second one by one. */
async function batches(name: string, ours: string, target: Target, baseline: number): Promise<Measure> {
  await round(ours, target);
  const rates: number[] = [];
  for (let n = 0; n < ROUNDS; n += 1) rates.push((await round(ours, target)).rate * AT_ONCE);
  const value = Math.round(median(rates));
  const ratio = Math.round((value / baseline) * 100) / 100;
  return { name, value, unit: 'cards/s', baseline, ratio, floor: FLOORS.batch, ok: ratio >= FLOORS.batch };
}

// What is asked ------------------------------------------------------------------------------------------------------------

/** The number of the nth card, of so many that are spread over all of them. */
const numberOf =
  (size: number) =>
  (n: number): string =>
    String(FIRST + (n % size));
const birthDateOf = (size: number) => (n: number) =>
  new Date(Date.UTC(1960, 0, 1 + ((n % size) % 15_000))).toISOString().slice(0, 10);

async function targetsOf(origin: string, size: number) {
  const cards = Array.from({ length: ASKED }, (_, n) => Math.floor((size / ASKED) * n));
  const [number, born] = [numberOf(size), birthDateOf(size)];
  const path = `/checker/${APPOINTMENT}`;
  const session = { Cookie: `__Host-session=${SECRET}` };
  const page = await (await fetch(`${origin}${path}`, { headers: session })).text();
  const token = /name="_csrf" value="([^"]+)"/u.exec(page)?.[1] ?? '';
  const form = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' };
  const json = {
    'Content-Type': 'application/json',
    Accept: 'application/json',
    'Sec-Fetch-Site': 'same-origin',
  };
  const checker = { ...form, ...session, Origin: origin };
  const list = cards.concat(cards.map((card) => card + 1)).slice(0, AT_ONCE);
  return {
    public: target(
      '/check',
      json,
      cards.map((n) => JSON.stringify({ number: number(n), birthDate: born(n) })),
    ),
    page: target(
      '/check',
      form,
      cards.map((n) => `number=${number(n)}&birthDate=${born(n)}`),
    ),
    entitled: target(
      path,
      checker,
      cards.map((n) => `_csrf=${token}&card=${number(n)}`),
    ),
    batch: {
      ...target(`${path}/many`, checker, [`_csrf=${token}&numbers=${list.map(number).join('%0A')}`]),
      clients: 2,
    },
  };
}

function target(path: string, headers: Record<string, string>, bodies: readonly string[]): Target {
  const requests = bodies.map((body) => ({ method: 'POST' as const, path, headers, body }));
  return { path, options: { method: 'POST', headers, body: bodies[0] ?? '', requests }, connections: 4 };
}

const ofEveryAnswer = ['connection', 'content-length', 'content-type', 'date', 'keep-alive'];

/** How long our answer is with the headers that a bare one does not have. */
async function bytesOf(origin: string, { path, options }: Target): Promise<number> {
  const headers = options.headers as Record<string, string>;
  const answer = await fetch(`${origin}${path}`, { method: 'POST', headers, body: options.body as string });
  const lines = [...answer.headers].filter(([name]) => !ofEveryAnswer.includes(name));
  const body = (await answer.arrayBuffer()).byteLength;
  return lines.reduce((sum, [name, value]) => sum + `${name}: ${value}\r\n`.length, body);
}

/** What one request sends to the database. */
async function sentFor(origin: string, { path, options }: Target) {
  const ask = async () => {
    const headers = options.headers as Record<string, string>;
    const answer = await fetch(`${origin}${path}`, { method: 'POST', headers, body: options.body as string });
    const text = await answer.text();
    if (answer.status !== 200 || /Ukjent|"unknown"/u.test(text))
      throw new Error(`${path} answered ${String(answer.status)}.`);
  };
  await ask();
  await sentStatements(origin);
  await ask();
  return sentStatements(origin);
}

// The rows -----------------------------------------------------------------------------------------------------------------

/** So many cards that are valid, two of each person and a hundred of each business, and an inspector who is logged in. */
function world(size: number): string[] {
  const token = hashToken(SECRET).toString('hex');
  const [people, firms] = [size / 2, size / 100];
  return [
    // Rows of this many are written without triggers, and their indexes made at the end.
    'set session_replication_role = replica',
    `set maintenance_work_mem = '256MB'`,
    `create temporary table kept as select indexname, indexdef from pg_indexes where tablename = 'cards'
       and indexname not in (select conname from pg_constraint)`,
    `do $$ declare one record; begin
       for one in select * from kept loop execute format('drop index %I', one.indexname); end loop; end $$`,
    `insert into persons (national_id_hash, national_id_encrypted, name)
     select sha256(('p' || n)::bytea), 'x', 'Person ' || n from generate_series(1, ${String(people)}) n`,
    `insert into businesses (organisation_number, name, form, card_type, refreshed_at)
     select (310000018 + n)::text, 'FIRMA ' || n || ' AS', 'AS', 'construction', now() from generate_series(1, ${String(firms)}) n`,
    `insert into sessions (token_hash, person_id, issuer, subject, acr, auth_time, created_at, last_seen_at, idle, absolute_end)
     select decode('${token}', 'hex'), id, 'https://issuer.example', 'bench', 'high', now(), now(), now(), '8 hours',
       now() + interval '8 hours' from persons where name = 'Person 1'`,
    `insert into staff_appointments (id, role, name, email, place, ends_at, proposed_by, proposed_by_name, proposed_at, token_hash,
       token_expires_at, accepted_by, accepted_by_name, accepted_at, approved_by, approved_by_name, approved_at)
     select '${APPOINTMENT}', 'inspector', p.name, 'p@example.no', 'Norge', now() + interval '90 days', o.id, o.name, now(),
       sha256('link'::bytea), now() + interval '7 days', p.id, p.name, now(), a.id, a.name, now()
     from persons p, persons o, persons a where p.name = 'Person 1' and o.name = 'Person 2' and a.name = 'Person 3'`,
    'create temporary table people as select id, name, row_number() over (order by id) - 1 as n from persons',
    'create temporary table firms as select id, name, organisation_number, row_number() over (order by id) - 1 as n from businesses',
    `insert into cards (business_id, unit_id, person_id, worker_id, order_line_id, batch_id, number, token, card_type, holder_name,
       birth_date, employer_name, organisation_number, issued_at, expires_at, production)
     select f.id, uuidv7(), p.id, uuidv7(), uuidv7(), uuidv7(), (${String(FIRST)} + i)::text,
       substr(translate(encode(sha256(i::text::bytea), 'base64'), '+/', '-_'), 1, 11), 'construction', p.name,
       date '1960-01-01' + (i % 15000)::int, f.name, f.organisation_number, now(), now() + interval '2 years', 'shipped'
     from generate_series(0, ${String(size - 1)}) i
       join people p on p.n = i % ${String(people)} join firms f on f.n = i % ${String(firms)}`,
    `do $$ declare one record; begin
       for one in select * from kept loop execute one.indexdef; end loop; end $$`,
    // What the bare handler writes that stands beside an entitled look.
    'create table looks (number text not null, at timestamptz not null default now())',
    'vacuum analyze',
  ];
}
