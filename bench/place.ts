import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { openDatabase } from '../src/database/database.ts';
import { placeOrder } from '../src/orders/index.ts';
import { syntheticNumbers } from '../tests/support/national-ids.ts';
import { withBench } from './application.ts';
import { median, type Measure } from './measure.ts';
import { BUSINESS, businessRows, OFFICER, peopleRows } from './order-world.ts';

const CLIENTS = 16;
const ORDERS = 320;
const ROUNDS = 5;
const FLOOR = 0.5;

interface Sent {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * Orders of one card placed by 16 clients at a time in this process, and the very statements that each sent, sent again by the
 * bare driver over as many connections. What was placed is taken away before it is placed again.
 */
export async function benchPlace(): Promise<Measure[]> {
  return withBench(businessRows(), async ({ urls }) => {
    const client = new pg.Client({ connectionString: urls.superuser });
    await client.connect();
    const pool = new pg.Pool({ connectionString: urls.request, max: CLIENTS, options: '-c timezone=UTC' });
    const database = openDatabase({ request: urls.request, check: urls.request });
    try {
      const key = randomBytes(32);
      const numbers = syntheticNumbers(ORDERS);
      await peopleRows(
        client,
        numbers.map((number) => createHmac('sha256', key).update(number).digest()),
      );
      const workers = await workersOf(client);
      const [ours, bare]: [number[], number[]] = [[], []];
      for (let round = -1; round < ROUNDS; round += 1) {
        const recorded = record();
        const one = await perSecond(workers, (worker) => place(database, worker));
        const sent = recorded.stop();
        await undo(client);
        const other = await perSecond(sent, (statements) => replay(pool, statements));
        await undo(client);
        if (round < 0) continue;
        ours.push(one);
        bare.push(other);
      }
      return [measure(median(ours), median(bare))];
    } finally {
      await database.close();
      await pool.end();
      await client.end();
    }
  });
}

function measure(value: number, baseline: number): Measure {
  const ratio = Math.round((value / baseline) * 100) / 100;
  return {
    name: `place-${String(CLIENTS)}`,
    value: Math.round(value),
    unit: 'orders/s',
    baseline: Math.round(baseline),
    ratio,
    floor: FLOOR,
    ok: ratio >= FLOOR,
  };
}

interface Worker {
  readonly id: string;
  readonly unitId: string;
}

async function workersOf(client: pg.Client): Promise<Worker[]> {
  const { rows } = await client.query<Worker>(
    `select w.id, w.unit_id as "unitId" from workers w join businesses b on b.id = w.business_id where b.organisation_number = $1`,
    [BUSINESS],
  );
  return rows;
}

async function place(database: ReturnType<typeof openDatabase>, worker: Worker): Promise<void> {
  const blockCardsOf = () => Promise.reject(new Error('Nothing is replaced here.'));
  const placed = await placeOrder(
    { database, notify: () => Promise.resolve(), blockCardsOf },
    { tokenHash: OFFICER, business: BUSINESS },
    {
      key: randomUUID(),
      unitId: worker.unitId,
      workerIds: [worker.id],
      delivery: { recipient: 'Mottak', lines: ['Testveien 1'], postalCode: '0150', place: 'OSLO' },
      customerReference: '',
    },
  );
  if (!placed.ok) throw new Error('An order was not placed.');
}

/** How many are done in a second, so many at a time. */
async function perSecond<T>(list: readonly T[], work: (one: T) => Promise<void>): Promise<number> {
  const waiting = list.values();
  const began = performance.now();
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      for (const one of waiting) await work(one);
    }),
  );
  return (list.length * 1000) / (performance.now() - began);
}

/** Takes down what each transaction sends, in this process, until it is stopped. */
function record(): { stop(): Sent[][] } {
  const whole: Sent[][] = [];
  const open = new Map<object, Sent[]>();
  type Query = (this: object, ...given: unknown[]) => unknown;
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const { query } = prototype;
  prototype.query = function (...given) {
    const [text, values] = given;
    if (typeof text === 'string') {
      if (/^(?:begin|start)/iu.test(text)) open.set(this, []);
      open.get(this)?.push({ text, values: Array.isArray(values) ? (values as unknown[]) : [] });
      if (/^commit/iu.test(text)) {
        whole.push(open.get(this) ?? []);
        open.delete(this);
      }
    }
    return query.apply(this, given);
  };
  return {
    stop: () => {
      prototype.query = query;
      return whole.filter((statements) => statements.some(({ text }) => text.includes('order_lines')));
    },
  };
}

async function replay(pool: pg.Pool, statements: readonly Sent[]): Promise<void> {
  const client = await pool.connect();
  try {
    let now = new Date();
    for (const { text, values } of statements) {
      // Every time in them is the transaction's own, which the database holds rows to.
      const { rows } = await client.query<{ facts?: { now: string } }>(
        text,
        values.map((value) => (value instanceof Date ? now : value)),
      );
      const opened = rows[0]?.facts?.now;
      if (opened !== undefined) now = new Date(opened);
    }
  } finally {
    client.release();
  }
}

async function undo(client: pg.Client): Promise<void> {
  await client.query('set session_replication_role = replica');
  for (const table of ['order_lines', 'orders']) {
    await client.query(
      `delete from ${table} where business_id = (select id from businesses where organisation_number = $1)`,
      [BUSINESS],
    );
  }
  for (const table of ['audit_details', 'audit_unchained', 'audit_chain', 'audit_entries']) {
    await client.query(`delete from ${table}`);
  }
  await client.query('set session_replication_role = origin');
  await client.query('vacuum analyze orders, order_lines, audit_entries');
}
