import pg from 'pg';
import { hashToken } from '../src/identity/index.ts';
import { sentStatements, settings, withBench } from './application.ts';
import { buffersOf } from './buffers.ts';
import { median, type Measure } from './measure.ts';
import type { Statement } from './statement.ts';

const SECRET = 'bench-session';
const IN_THE_TABLE = 1_000_000;
/** How many mandates a business has, and its number. */
const BUSINESSES = [
  [10, '310000019'],
  [1000, '310000027'],
  [20_000, '310000035'],
] as const;
/** How many businesses share the rest of the table. */
const OTHERS = 10_000;
const ROUNDS = 60;
const MOST_BUFFERS = 1.5;

interface Visit {
  readonly name: string;
  readonly count: number;
  readonly path: string;
}

/**
 * The Access page of businesses with 10, 1,000 and 20,000 mandates, with a million in the table: how long it takes, how many
 * statements it sends, and how much the database reads for it; its first page, one in the middle, and a search.
 */
export async function benchAccessPage(): Promise<Measure[]> {
  return withBench(world(), async ({ urls, serve }) => {
    const origin = await serve('application', await settings(urls));
    const visits: Visit[] = [];
    for (const [count, number] of BUSINESSES) {
      visits.push(...(await visitsTo(origin, urls.superuser, count, number)));
    }
    const times = await timesOf(origin, visits);
    const reads = new Map<string, { readonly statements: number; readonly buffers: number }>();
    for (const visit of visits) {
      const sent = await statementsOf(origin, visit);
      reads.set(nameOf(visit), { statements: sent.length, buffers: await buffersOf(urls.request, sent) });
    }
    return visits.flatMap((visit) => measuresOf(visit, times, reads));
  });
}

const nameOf = ({ name, count }: Visit): string => `${name}-${String(count)}`;

function measuresOf(
  visit: Visit,
  times: ReadonlyMap<string, readonly number[]>,
  reads: ReadonlyMap<string, { readonly statements: number; readonly buffers: number }>,
): Measure[] {
  const name = nameOf(visit);
  const sorted = [...(times.get(name) ?? [])].sort((a, b) => a - b);
  const round = (value: number) => Math.round(value * 10) / 10;
  const read = reads.get(name) ?? { statements: 0, buffers: 0 };
  // A page in the middle holds as many mandates as the first page, of ten mandates too.
  const least = reads.get(`${visit.name === 'search' ? 'search' : 'first'}-10`) ?? read;
  const ratio = Math.round((read.buffers / least.buffers) * 100) / 100;
  const lower = { better: 'lower' } as const;
  return [
    { name: `${name}-p50`, value: round(median(sorted)), unit: 'ms', ...lower, ok: true },
    {
      name: `${name}-p99`,
      value: round(sorted[Math.floor(sorted.length * 0.99)] ?? 0),
      unit: 'ms',
      ...lower,
      ok: true,
    },
    {
      name: `${name}-statements`,
      value: read.statements,
      unit: 'statements',
      ...lower,
      floor: least.statements,
      ok: read.statements <= least.statements,
    },
    {
      name: `${name}-buffers`,
      value: read.buffers,
      unit: 'pages of 8 kB',
      ...lower,
      baseline: least.buffers,
      ratio,
      floor: MOST_BUFFERS,
      ok: ratio <= MOST_BUFFERS,
    },
  ];
}

// What is visited ----------------------------------------------------------------------------------------------------------

const headers = { Cookie: `__Host-session=${SECRET}`, 'Sec-Fetch-Site': 'same-origin' };

async function visitsTo(origin: string, url: string, count: number, number: string): Promise<Visit[]> {
  const path = `/b/${number}/business/access`;
  const middle = await inTheMiddle(url, number, count);
  return [
    { name: 'first', count, path },
    { name: 'middle', count, path: `${path}?after=${middle.before}` },
    { name: 'search', count, path: await searchFor(origin, path, middle.name) },
  ];
}

/** A name half-way through the list, and a mandate with at least a page after it, where there are as many. */
async function inTheMiddle(url: string, number: string, count: number) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string; name: string }>(
      `select m.id, m.holder_name as name from mandates m join businesses b on b.id = m.business_id
       where b.organisation_number = $1 order by m.list_key, m.id`,
      [number],
    );
    return { before: rows[count <= 10 ? 0 : count / 2]?.id ?? '', name: rows[count / 2]?.name ?? '' };
  } finally {
    await client.end();
  }
}

/** Sends the page's search form. Returns where it leads. */
async function searchFor(origin: string, path: string, name: string): Promise<string> {
  const page = await (await fetch(`${origin}${path}`, { headers })).text();
  const token = /name="_csrf" value="([^"]+)"/u.exec(page)?.[1] ?? '';
  const answer = await fetch(`${origin}/search`, {
    method: 'POST',
    headers: { ...headers, Origin: origin },
    body: new URLSearchParams({ _csrf: token, to: path, q: name }),
    redirect: 'manual',
  });
  const to = answer.headers.get('location');
  if (to === null) throw new Error(`The search answered ${String(answer.status)}.`);
  return to;
}

// What is measured ---------------------------------------------------------------------------------------------------------

async function visit(origin: string, path: string): Promise<string> {
  const answer = await fetch(`${origin}${path}`, { headers });
  if (answer.status !== 200) throw new Error(`${path} answered ${String(answer.status)}.`);
  return answer.text();
}

/** Milliseconds of each visit, one after the other, in turns. */
async function timesOf(origin: string, visits: readonly Visit[]): Promise<Map<string, number[]>> {
  const times = new Map(visits.map((one) => [nameOf(one), [] as number[]]));
  for (let round = -5; round < ROUNDS; round += 1) {
    for (const one of visits) {
      const began = performance.now();
      await visit(origin, one.path);
      if (round >= 0) times.get(nameOf(one))?.push(performance.now() - began);
    }
  }
  return times;
}

async function statementsOf(origin: string, { path, name }: Visit): Promise<Statement[]> {
  await sentStatements(origin);
  const page = await visit(origin, path);
  const rows = page.match(/\/remove"/gu)?.length ?? 0;
  if (rows === 0 || (name === 'search' && rows !== 1))
    throw new Error(`${path} shows ${String(rows)} mandates.`);
  return sentStatements(origin);
}

// The rows -----------------------------------------------------------------------------------------------------------------

const NAME = `(array['Åse', 'Bjørn', 'Ćelina', 'Đorđe', 'Eŋŋel', 'Frøydis', 'Gunnar', 'Hanne', 'Ingrid', 'Jan'])[1 + n % 10] || ' '
  || (array['Aas', 'Berg', 'Dahl', 'Eide', 'Foss', 'Hagen', 'Kowalski', 'Lie', 'Moen', 'Strand'])[1 + n / 10 % 10] || ' ' || n`;

/** Two vendors with two people each and otherwise people, in every business; one officer for those that are visited. */
function world(): string[] {
  const token = hashToken(SECRET).toString('hex');
  const most = Math.max(...BUSINESSES.map(([count]) => count));
  const visited = BUSINESSES.map(([count, number]) => `(${String(count)}, '${number}')`).join(', ');
  const each = Math.ceil((IN_THE_TABLE - BUSINESSES.reduce((sum, [count]) => sum + count, 0)) / OTHERS);
  return [
    // Rows of this many are written without triggers, and their indexes made at the end.
    'set session_replication_role = replica',
    `set maintenance_work_mem = '256MB'`,
    `create temporary table kept as select indexname, indexdef from pg_indexes where tablename = 'mandates'
       and indexname not in (select conname from pg_constraint)`,
    `do $$ declare one record; begin
       for one in select * from kept loop execute format('drop index %I', one.indexname); end loop; end $$`,
    `insert into persons (national_id_hash, national_id_encrypted, name)
     select sha256(('p' || n)::bytea), 'x', ${NAME} from generate_series(1, ${String(most)}) n`,
    `create temporary table people as select id, name, row_number() over (order by id) as n from persons`,
    'create unique index on people (n)',
    `create temporary table visited (count int, number text)`,
    `insert into visited values ${visited}`,
    `insert into businesses (organisation_number, name, form, card_type, refreshed_at)
     select number, 'FIRMA ' || number, 'AS', 'construction', now() from visited
     union all select (320000000 + n)::text, 'FIRMA ' || n, 'AS', 'construction', now() from generate_series(1, ${String(OTHERS)}) n
     union all select (330000000 + n)::text, 'LEVERANDØR ' || n, 'AS', null, now() from generate_series(1, 2) n`,
    `insert into vendor_profiles select b.id, 9900, '1', sha256('a'::bytea), p.id, p.name, now()
     from businesses b, people p where b.organisation_number like '33%' and p.n = 1`,
    `insert into officers (business_id, person_id, name, role_code, acts, since)
     select b.id, p.id, p.name, 'DAGL', true, now() from visited join businesses b on b.organisation_number = number, people p
     where p.n = 1`,
    `insert into sessions (token_hash, person_id, issuer, subject, acr, auth_time, created_at, last_seen_at, idle, absolute_end)
     select decode('${token}', 'hex'), id, 'https://issuer.example', 'bench', 'high', now(), now(), now(), '8 hours',
       now() + interval '8 hours' from people where n = 1`,
    `insert into units (business_id, organisation_number, name)
     select id, '4' || right(organisation_number, 8), name from businesses`,
    `create temporary table wanted as
     select b.id as business_id, v.count, 0 as shift from visited v join businesses b on b.organisation_number = v.number
     union all select id, ${String(each)}, (row_number() over (order by id) * ${String(each)})::int
     from businesses where organisation_number like '32%'`,
    `insert into agreements (business_id, vendor_id, version, document_sha256, business_accepted_by, business_accepted_by_name,
       business_accepted_at, vendor_accepted_by, vendor_accepted_by_name, vendor_accepted_at)
     select w.business_id, v.vendor_id, '1', v.agreement_sha256, p.id, p.name, now(), p.id, p.name, now()
     from wanted w, vendor_profiles v, people p where p.n = 1`,
    `insert into quotes (business_id, vendor_id, fee_ore, valid_until, accepted_by, accepted_by_name, accepted_at)
     select business_id, vendor_id, 9900, now() + interval '1 year', business_accepted_by, business_accepted_by_name, now()
     from agreements`,
    `insert into mandates (business_id, holder, vendor_id, holder_name, rights, starts_at, ends_at, agreement_id, quote_id,
       approved_by, approved_by_name, approved_at, approved_acr, approved_auth_time)
     select a.business_id, 'vendor', a.vendor_id, v.name, '{orders.place,orders.read,cards.read}', now(),
       now() + interval '90 days', a.id, q.id, a.business_accepted_by, a.business_accepted_by_name, now(), 'high', now()
     from agreements a join quotes q using (business_id, vendor_id) join businesses v on v.id = a.vendor_id`,
    `insert into mandate_assignments (mandate_id, business_id, vendor_id, person_id, name, assigned_by, assigned_at)
     select m.id, m.business_id, m.vendor_id, p.id, p.name, p.id, now() from mandates m, people p where p.n <= 2`,
    `insert into mandates (business_id, holder, person_id, holder_name, rights, starts_at, ends_at, tie,
       approved_by, approved_by_name, approved_at, approved_acr, approved_auth_time)
     select w.business_id, 'person', p.id, p.name, '{orders.prepare,orders.read}', now(), now() + interval '90 days',
       'employment', o.id, o.name, now(), 'high', now()
     from wanted w cross join lateral generate_series(1, w.count - 2) k
       join people p on p.n = 1 + (w.shift + k) % ${String(most)} join people o on o.n = 1`,
    `insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, refreshed_at)
     select u.business_id, u.id, p.id, p.name, 'x', '1990-01-01', '2020-01-01', now()
     from people p, units u where u.organisation_number like '41%'`,
    // A review is open in each that is visited: every mandate there is to be gone through.
    `update mandates set approved_at = now() - interval '100 days', approved_auth_time = now() - interval '100 days'
     where business_id in (select business_id from wanted where shift = 0)`,
    `insert into reviews (business_id, quarter, due_at, opened_at)
     select b.id, date_trunc('quarter', now())::date, now() + interval '9 days', now()
     from visited join businesses b on b.organisation_number = number`,
    `do $$ declare one record; begin
       for one in select * from kept loop execute one.indexdef; end loop; end $$`,
    'vacuum analyze',
  ];
}
