import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestProduction } from '../../src/cards/index.ts';
import { projectRoot } from '../../src/database/project-root.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { drawDocument, drawPortrait } from '../../src/demo-portrait.ts';
import { hashToken } from '../../src/identity/index.ts';
import { csrfToken } from '../../src/web/security.ts';
import { documentPurpose, preparePhoto } from '../../src/workers/index.ts';
import { people } from '../../stand-ins/world.ts';
import { draw, type KilledServer, startKilledServer } from '../support/killed-server.ts';
import { temporaryFolder } from '../support/kortvakt-process.ts';
import { newSession, reviewerOf } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const SEED = Number(process.env['FAULTS_SEED'] ?? '20261128');
const KILLS = 26;
const PLACINGS = 500;
/** How many of the orders go on to review, and so to batches and invoices. */
const REVIEWED = 130;
const CLIENTS = 6;

let world: World;
let place: ReturnType<typeof temporaryFolder>;
let server: KilledServer;
beforeAll(async () => {
  execFileSync(process.execPath, [join(projectRoot, 'scripts/build.js')]);
  place = temporaryFolder();
  world = await startWorld({ demo: true, jobs: false });
  server = await startKilledServer(world.environment, place.folder);
}, 120_000);
afterAll(async () => {
  await server.stop();
  place.remove();
  await world.stop();
});

/** Somebody who is logged in, at the server that is killed. */
interface Client {
  /** Sends the form until it is answered, however often the server is gone meanwhile. */
  send(path: string, fields: readonly (readonly [string, string])[]): Promise<Answer>;
}

interface Answer {
  readonly status: number;
  readonly location: string;
  /** How often it was sent. */
  readonly tries: number;
}

function clientOf(secret: string): Client {
  const token = csrfToken(Buffer.from(world.environment['KORTVAKT_SESSION_SECRET'] ?? '', 'base64'), {
    tokenHash: hashToken(secret),
  });
  const once = (path: string, fields: readonly (readonly [string, string])[]) =>
    fetch(server.origin + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: `__Host-session=${secret}`, origin: server.origin },
      body: new URLSearchParams([
        ['_csrf', token],
        ...fields.map(([name, value]): [string, string] => [name, value]),
      ]),
      signal: AbortSignal.timeout(20_000),
    }).catch(() => undefined);
  return {
    send: async (path, fields) => {
      for (let tries = 1; ; tries += 1) {
        const answer = await once(path, fields);
        await answer?.arrayBuffer().catch(() => undefined);
        // While it starts, it says that it is not there yet.
        if (answer !== undefined && answer.status !== 503) {
          return { status: answer.status, location: answer.headers.get('location') ?? '', tries };
        }
        await sleep(50);
      }
    },
  };
}

// What is done meanwhile ----------------------------------------------------------------------------------------------

interface Worker {
  readonly id: string;
  readonly unitId: string;
}

/** Workers of the construction company whom an officer has declared: the registers do not take them away again. */
async function hire(count: number): Promise<Worker[]> {
  const { vault } = world.apps[0]?.services ?? {};
  const number = vault?.encrypt(people.visUgle, 'national-id');
  const hired = await world.rows<Worker>(
    `with made as (
       insert into persons (national_id_hash, national_id_encrypted, name)
       select sha256(('placing ' || n)::bytea), $2, 'Kari Berg' from generate_series(1, $1::integer) n returning id, name),
     unit as (select u.id, u.business_id from units u where u.organisation_number = '310000027')
     insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, source, refreshed_at)
     select unit.business_id, unit.id, made.id, made.name, 'Berg', '1990-01-01', '2020-01-01', 'declared', now()
     from made, unit returning id, unit_id as "unitId"`,
    [count, number],
  );
  await world.rows(
    `insert into worker_declarations (business_id, unit_id, worker_id, kind, reason, declared_by, declared_by_name, declared_at,
       confirmed_by, confirmed_by_name, confirmed_at, holds_until)
     select w.business_id, w.unit_id, w.id, 'partner', 'Deltaker', p.id, p.name, now(), p.id, p.name, now(), now() + interval '1 year'
     from workers w, persons p where w.id = any($1) and p.name = 'Våken Spurv'`,
    [hired.map(({ id }) => id)],
  );
  return hired;
}

/** An order that a client wants: one or two cards, by a key of its own. */
interface Wanted {
  readonly key: string;
  readonly workers: readonly Worker[];
}

async function wantedOrders(random: () => number): Promise<Wanted[]> {
  const sizes = Array.from({ length: PLACINGS }, () => (random() < 0.2 ? 2 : 1));
  const workers = await hire(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  return sizes.map((size) => ({ key: randomUUID(), workers: workers.slice(at, (at += size)) }));
}

const BUSINESS = '/b/310000019';

async function placeOne(client: Client, { key, workers }: Wanted): Promise<Answer> {
  const answer = await client.send(`${BUSINESS}/orders/new/confirm`, [
    ['key', key],
    ['unit', workers[0]?.unitId ?? ''],
    ...workers.map(({ id }) => ['worker', id] as const),
    ['recipient', 'Mottak'],
    ['street', 'Testveien 1'],
    ['postalCode', '0150'],
    ['place', 'OSLO'],
    ['reference', key.slice(0, 8)],
  ]);
  expect(answer.status).toBe(303);
  return answer;
}

let pictures: Promise<{ photo: Awaited<ReturnType<typeof prepared>>; document: string }> | undefined;

async function prepared() {
  const photo = await preparePhoto(await drawPortrait('Kari Berg'));
  if (!photo.ok) throw new Error(photo.error);
  return photo.value;
}

/** Photo and document on an order's lines, as the orderer's upload would have; returns what a reviewer sees of them. */
async function addMedia(key: string): Promise<{ lineId: string; photoId: string; documentId: string }[]> {
  pictures ??= (async () => ({
    photo: await prepared(),
    document: (await drawDocument('Kari Berg')).toString('base64'),
  }))();
  const { photo, document } = await pictures;
  const lines = await world.rows<{ id: string }>(
    'select l.id from order_lines l join orders o on o.id = l.order_id where o.idempotency_key = $1',
    [key],
  );
  const vault = world.apps[0]?.services.vault;
  if (vault === undefined) throw new Error('No application.');
  return Promise.all(
    lines.map(async ({ id: lineId }) => {
      const [photoId, documentId] = [randomUUID(), randomUUID()];
      await world.rows(
        `with l as (select l.*, o.placed_by from order_lines l join orders o on o.id = l.order_id where l.id = $1),
         photo as (
           insert into photos (id, business_id, worker_id, image, thumbnail, width, height, sha256, look, uploaded_by, uploaded_at)
           select $2, l.business_id, l.worker_id, $3, $4, $5, $6, $7, $8, l.placed_by, now() from l)
         insert into identity_documents (id, business_id, worker_id, kind, content, sha256, uploaded_by, uploaded_at)
         select $9, l.business_id, l.worker_id, 'passport', $10, sha256($10), l.placed_by, now() from l`,
        [
          ...[
            lineId,
            photoId,
            photo.image,
            photo.thumbnail,
            photo.width,
            photo.height,
            photo.sha256,
            photo.look,
          ],
          ...[documentId, vault.encrypt(document, documentPurpose(documentId))],
        ],
      );
      await world.rows(
        `update order_lines set photo_id = $2, document_id = $3, state = 'under-review', changed_at = now() where id = $1`,
        [lineId, photoId, documentId],
      );
      return { lineId, photoId, documentId };
    }),
  );
}

/** The reviewer accepts an order's photos and documents; one that an unanswered try has settled says so. */
async function review(client: Client, key: string): Promise<void> {
  for (const { lineId, photoId, documentId } of await addMedia(key)) {
    const { status, tries } = await client.send(`/staff/media/${lineId}`, [
      ['photoId', photoId],
      ['documentId', documentId],
      ['photo', 'accept'],
      ['document', 'accept'],
    ]);
    expect(tries === 1 ? [303] : [303, 404, 409]).toContain(status);
  }
  // Else it comes round once a minute, with all that is ready by then in one batch.
  const database = world.apps[0]?.services.database;
  if (database) await inTransaction(database, { kind: 'job', name: 'cards.produce' }, requestProduction);
}

// What came of it -----------------------------------------------------------------------------------------------------

/** Until nothing waits to be made, sent, shipped or invoiced any more; what a killed process held is taken up within a minute. */
async function untilQuiet(): Promise<void> {
  await expect
    .poll(
      () =>
        world.rows(
          `select 'line' as open from order_lines where state in ('ready', 'in-production')
           union all select 'batch' from card_batches where closed_at is null union all select 'invoice' from invoices_wanted`,
        ),
      { timeout: 150_000, interval: 500 },
    )
    .toEqual([]);
}

/** No order is lost, none doubled, and each is what was asked for, written down once, and what its client was told of. */
async function expectOrders(wanted: readonly Wanted[], answers: ReadonlyMap<string, Answer>): Promise<void> {
  const orders = await world.rows<{ id: string; key: string }>(
    `select o.id, o.idempotency_key as key, array_agg(l.worker_id order by l.worker_id) as workers,
       (select count(*)::integer from audit_entries a where a.action = 'order.placed' and a.decision = 'allowed'
          and a.subject_id = o.id) as audited
     from orders o join order_lines l on l.order_id = o.id where o.customer_reference = any ($1) group by o.id`,
    [wanted.map(({ key }) => key.slice(0, 8))],
  );
  expect(orders).toHaveLength(PLACINGS);
  const byKey = new Map(orders.map((order) => [order.key, order]));
  for (const { key, workers } of wanted) {
    const order = byKey.get(key);
    expect(order).toMatchObject({ workers: workers.map(({ id }) => id).sort(), audited: 1 });
    expect(answers.get(key)?.location).toContain(`/orders/${order?.id ?? ''}`);
  }
}

/** Every card has a number of its own, and the issuer was handed each once, with that number. */
async function expectCards(): Promise<void> {
  const cards = await world.rows<{ lineId: string; number: string; allotted: string; batch: string }>(
    `select c.order_line_id as "lineId", c.number, l.card_number as allotted, c.batch_id as batch
     from cards c join order_lines l on l.id = c.order_line_id where l.state in ('shipped', 'closed')`,
  );
  expect(new Set(cards.map(({ lineId }) => lineId)).size).toBe(cards.length);
  expect(new Set(cards.map(({ number }) => number)).size).toBe(cards.length);
  for (const { number, allotted } of cards) expect(number).toBe(allotted);
  const batches = world.standIns.control.batches();
  const made = batches.flatMap((batch) =>
    batch.cards.map(({ lineId, cardNumber }) => `${batch.batchId} ${lineId} ${cardNumber}`),
  );
  expect(made.sort()).toEqual(cards.map((card) => `${card.batch} ${card.lineId} ${card.number}`).sort());
  expect(batches.length).toBeGreaterThanOrEqual(50);
}

/** Every order with a card in production has one invoice, numbered in sequence, of its lines at its price. */
async function expectInvoices(wanted: readonly Wanted[]): Promise<void> {
  const rows = await world.rows<{ lines: string[]; ordered: string[]; price: number; vat: number }>(
    `select i.cards, i.excluding_ore as excluding, i.vat_ore as charged, i.including_ore as including, o.price_ore as price,
       round(i.cards * o.price_ore * o.vat_basis_points / 10000.0)::integer as vat, c.lines, array(select l.id from order_lines l where l.order_id = o.id order by l.id) as ordered,
       (select count(*)::integer from audit_entries a where a.action = 'invoice.issued' and a.subject_id = i.id) as audited
     from orders o left join invoices i on i.order_id = o.id
       left join lateral (select array_agg(x.order_line_id order by x.order_line_id) as lines from invoice_cards x
         where x.invoice_id = i.id) c on true
     where o.idempotency_key = any ($1)`,
    [wanted.map(({ key }) => key)],
  );
  expect(rows).toHaveLength(wanted.length);
  expect(wanted.length).toBeGreaterThanOrEqual(50);
  for (const row of rows) {
    const { lines, ordered, price, vat } = row;
    const sum = ordered.length * price;
    expect(lines).toEqual(ordered);
    expect(row).toMatchObject({
      cards: ordered.length,
      excluding: sum,
      charged: vat,
      including: sum + vat,
      audited: 1,
    });
  }
  const numbers = await world.rows<{ number: number }>('select number from invoices order by number');
  expect(numbers.map(({ number }) => number)).toEqual(
    numbers.map((_, index) => (numbers[0]?.number ?? 0) + index),
  );
}

// The way there --------------------------------------------------------------------------------------------------------

interface Progress {
  killed: number;
  readonly answers: Map<string, Answer>;
  readonly placed: Wanted[];
}

/** So much of the work may be done by now: it goes on as long as there are deaths to come, so that each meets something. */
const share = ({ killed }: Progress, most: number) => Math.ceil((most * (killed + 1)) / KILLS);

async function placeAll(client: Client, queue: Iterator<Wanted> & Iterable<Wanted>, progress: Progress) {
  for (const one of queue) {
    while (progress.answers.size >= share(progress, PLACINGS)) await sleep(20);
    progress.answers.set(one.key, await placeOne(client, one));
    progress.placed.push(one);
  }
}

async function reviewSome(client: Client, progress: Progress): Promise<Wanted[]> {
  const reviewed: Wanted[] = [];
  while (reviewed.length < REVIEWED) {
    const one = reviewed.length < share(progress, REVIEWED) ? progress.placed[reviewed.length] : undefined;
    if (one === undefined) await sleep(20);
    else {
      await review(client, one.key);
      reviewed.push(one);
    }
  }
  return reviewed;
}

async function killOften(random: () => number, progress: Progress): Promise<void> {
  while (progress.killed < KILLS) {
    await sleep(50 + random() * 1000);
    await server.kill();
    progress.killed += 1;
  }
}

test(
  'killed again and again while it places, produces and invoices, it loses and doubles nothing',
  { timeout: 600_000 },
  async () => {
    const random = draw(SEED);
    const wanted = await wantedOrders(random);
    const officer = clientOf(await newSession(world, people.vakenSpurv));
    await reviewerOf(world);
    const reviewer = clientOf(await newSession(world, people.noyeBlikk));
    // An issuer that takes its time: some deaths come between its having a batch and our knowing it.
    world.standIns.control.setFault({ service: 'card-issuer', slowMs: 80 });

    const progress: Progress = { killed: 0, answers: new Map(), placed: [] };
    const queue = wanted.values();
    const [reviewed] = await Promise.all([
      reviewSome(reviewer, progress),
      ...Array.from({ length: CLIENTS }, () => placeAll(officer, queue, progress)),
      killOften(random, progress),
    ]);
    await untilQuiet();

    // Some answers never came, so that it was asked again.
    expect([...progress.answers.values()].some(({ tries }) => tries > 1)).toBe(true);
    await expectOrders(wanted, progress.answers);
    await expectCards();
    await expectInvoices(reviewed);
  },
);
