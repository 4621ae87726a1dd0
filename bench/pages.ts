import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { projectRoot } from '../src/database/project-root.ts';
import { hashToken } from '../src/identity/index.ts';
import { sentStatements, settings, withBench } from './application.ts';
import type { Measure } from './measure.ts';
import { compare, type Target } from './rounds.ts';
import type { Replay } from './server.ts';

const SECRET = 'bench-session';
const COUNT = 25;
const FLOOR = 0.5;

const access: Target = {
  path: '/b/310000019/business/access',
  options: { headers: { Cookie: `__Host-session=${SECRET}` } },
  connections: 10,
};
const check: Target = {
  path: '/check',
  options: {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' },
    body: 'number=12345678&birthDate=1990-01-01',
  },
  connections: 4,
};

/**
 * The Access page with 25 mandates, and the check of a card: requests per second, and the ratio to a bare handler that sends
 * the same statements and the same number of bytes, in a process of the same kind. Script and style in kB.
 */
export async function benchPages(): Promise<Measure[]> {
  return withBench(world(), async ({ urls, serve }) => {
    const ours = await serve('application', await settings(urls));
    const measures: Measure[] = [];
    for (const [name, target, url] of [
      ['access-page-25', access, urls.request],
      ['check', check, urls.check],
    ] as const) {
      const bare = await serve('bare', await recorded(ours, target, url));
      measures.push(...(await compare({ name, floor: FLOOR }, target, ours, bare)));
    }
    return [...measures, assets()];
  });
}

/** An officer who is logged in, 20 people and 5 vendors with a mandate, and one card that is valid. */
function world(): string[] {
  const token = hashToken(SECRET).toString('hex');
  return [
    `insert into persons (national_id_hash, national_id_encrypted, name)
     select sha256(('p' || n)::bytea), 'x', 'Person ' || n from generate_series(1, ${String(COUNT)}) n`,
    `insert into businesses (organisation_number, name, form, card_type, refreshed_at)
     select (310000018 + n)::text, 'FIRMA ' || n || ' AS', 'AS', 'construction', now() from generate_series(1, 6) n`,
    `insert into units (business_id, organisation_number, name) select id, '410000019', name from businesses
     where organisation_number = '310000019'`,
    `insert into officers (business_id, person_id, name, role_code, acts, since)
     select b.id, p.id, p.name, 'DAGL', true, now() from businesses b, persons p
     where b.organisation_number = '310000019' and p.name = 'Person 1'`,
    `insert into sessions (token_hash, person_id, issuer, subject, acr, auth_time, created_at, last_seen_at, idle, absolute_end)
     select decode('${token}', 'hex'), id, 'https://issuer.example', 'bench', 'high', now(), now(), now(), '8 hours',
       now() + interval '8 hours' from persons where name = 'Person 1'`,
    `insert into vendor_profiles select b.id, 9900, '1', sha256('a'::bytea), p.id, p.name, now()
     from businesses b, persons p where b.organisation_number <> '310000019' and p.name = 'Person 2'`,
    `insert into agreements (business_id, vendor_id, version, document_sha256, business_accepted_by, business_accepted_by_name,
       business_accepted_at, vendor_accepted_by, vendor_accepted_by_name, vendor_accepted_at)
     select b.id, v.vendor_id, '1', v.agreement_sha256, p.id, p.name, now(), v.accepted_by, v.accepted_by_name, now()
     from vendor_profiles v, businesses b, persons p where b.organisation_number = '310000019' and p.name = 'Person 1'`,
    `insert into quotes (business_id, vendor_id, fee_ore, valid_until, accepted_by, accepted_by_name, accepted_at)
     select business_id, vendor_id, 9900, now() + interval '1 year', business_accepted_by, business_accepted_by_name, now()
     from agreements`,
    `insert into mandates (business_id, holder, vendor_id, holder_name, rights, starts_at, ends_at, agreement_id, quote_id,
       approved_by, approved_by_name, approved_at, approved_acr, approved_auth_time)
     select a.business_id, 'vendor', a.vendor_id, v.name, '{orders.place,orders.read,cards.read}', now(),
       now() + interval '90 days', a.id, q.id, a.business_accepted_by, a.business_accepted_by_name, now(), 'high', now()
     from agreements a join quotes q using (business_id, vendor_id) join businesses v on v.id = a.vendor_id`,
    `insert into mandates (business_id, holder, person_id, holder_name, rights, starts_at, ends_at, tie, tie_reason,
       approved_by, approved_by_name, approved_at, approved_acr, approved_auth_time)
     select b.id, 'person', p.id, p.name, '{orders.prepare,orders.read}', now(), now() + interval '90 days', 'declared', 'x',
       o.person_id, o.name, now(), 'high', now()
     from officers o join businesses b on b.id = o.business_id, persons p
     where p.id <> o.person_id order by p.id limit ${String(COUNT - 5)}`,
    `insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, refreshed_at)
     select u.business_id, u.id, p.id, p.name, 'x', '1990-01-01', '2020-01-01', now()
     from units u, persons p where p.name = 'Person 3'`,
    `with o as (insert into orders (business_id, unit_id, placed_by, placed_by_name, placed_at, idempotency_key, card_type,
       delivery_address, price_ore, vat_basis_points) select w.business_id, w.unit_id, w.person_id, w.name, now(),
       gen_random_uuid(), 'construction', '{}', 13290, 2500 from workers w returning *),
     l as (insert into order_lines (order_id, business_id, unit_id, worker_id, holder_name, state, changed_at)
       select o.id, o.business_id, o.unit_id, w.id, w.name, 'shipped', now() from o, workers w returning *),
     b as (insert into card_batches (created_at) values (now()) returning *)
     insert into cards (business_id, unit_id, person_id, worker_id, order_line_id, batch_id, number, token, card_type, holder_name, birth_date,
       employer_name, organisation_number, issued_at, expires_at, production)
     select l.business_id, l.unit_id, w.person_id, l.worker_id, l.id, b.id, '12345678', 'AAAAAAAAAAA', 'construction', l.holder_name, '1990-01-01',
       'FIRMA', '310000019', now(), now() + interval '2 years', 'shipped' from l, b, workers w`,
    'analyze',
  ];
}

/** What one request sends to the database, and how long its answer is. */
async function recorded(
  origin: string,
  { path, options, connections }: Target,
  url: string,
): Promise<Replay> {
  const ask = () =>
    fetch(`${origin}${path}`, {
      method: options.method ?? 'GET',
      headers: options.headers as Record<string, string>,
      ...(options.body === undefined ? {} : { body: options.body as string }),
    });
  // The first requests also open connections.
  for (let n = 0; n < 3; n += 1) await (await ask()).text();
  await sentStatements(origin);
  const answer = await ask();
  const bytes = (await answer.arrayBuffer()).byteLength;
  if (answer.status !== 200) throw new Error(`${path} answered ${String(answer.status)}.`);
  return { url, connections, statements: await sentStatements(origin), bytes };
}

/** What a page loads at most, gzipped: the style sheet, the script of every page, and the largest of those that one page has for itself. */
function assets(): Measure {
  const folder = join(projectRoot, 'dist/assets');
  const sizes = readdirSync(folder)
    .filter((file) => /\.(?:js|css)$/u.test(file))
    .map((file) => ({ file, bytes: gzipSync(readFileSync(join(folder, file))).byteLength }));
  const [ofAll, ofOne] = [true, false].map((all) =>
    sizes.filter(({ file }) => /^(?:styles|enhance)-/u.test(file) === all).map(({ bytes }) => bytes),
  );
  const bytes = (ofAll ?? []).reduce((sum, size) => sum + size, 0) + Math.max(0, ...(ofOne ?? []));
  const value = Math.round(bytes / 100) / 10;
  return { name: 'script-and-style', value, unit: 'kB', better: 'lower', floor: 60, ok: value <= 60 };
}
