import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/support/database.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import { enqueue } from './enqueue.ts';
import { describeError, withoutPersonalData } from './log.ts';
import type { Task } from './tasks.ts';
import { startWorker } from './worker.ts';

let testDatabase: TestDatabase;
let database: Database;
const logged: string[] = [];
const write = (fields: object, message: string) => logged.push(JSON.stringify(fields) + message);
const logger = { debug: write, info: write, warn: write, error: write };

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.urls);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const job = { kind: 'job', name: 'test' } as const;

interface Queued {
  task_identifier: string;
  attempts: number;
  last_error: string | null;
}

async function queued(): Promise<Queued[]> {
  const client = new pg.Client({ connectionString: testDatabase.urls.jobs });
  await client.connect();
  try {
    return (
      await client.query<Queued>(
        'select task_identifier, attempts, last_error from graphile_worker.jobs order by id',
      )
    ).rows;
  } finally {
    await client.end();
  }
}

/** Works on the queue until `enough`. */
async function work(tasks: readonly Task[], enough: () => boolean): Promise<void> {
  const worker = await startWorker({ connectionString: testDatabase.urls.jobs, tasks, logger });
  try {
    await expect.poll(enough, { interval: 20 }).toBe(true);
  } finally {
    await worker.stop();
  }
}

test('a job enqueued in a transaction that is rolled back never was; one that is committed runs once', async () => {
  await expect(
    inTransaction(database, job, async (transaction) => {
      await enqueue(transaction, 'test.note', { id: 'rolled-back' });
      throw new Error('roll back');
    }),
  ).rejects.toThrow('roll back');
  expect(await queued()).toEqual([]);

  await inTransaction(database, job, (transaction) => enqueue(transaction, 'test.note', { id: 'committed' }));
  expect(await queued()).toHaveLength(1);
  const payloads: unknown[] = [];
  const note: Task = {
    name: 'test.note',
    run: (payload) => {
      payloads.push(payload);
      return Promise.resolve();
    },
  };
  await work([note], () => payloads.length > 0);
  expect(payloads).toEqual([{ id: 'committed' }]);
  expect(await queued()).toEqual([]);
});

test('of the jobs with one key the last one waits alone', async () => {
  const later = new Date(Date.now() + 3_600_000);
  for (const round of [1, 2, 3]) {
    await inTransaction(database, job, (transaction) =>
      enqueue(transaction, 'test.keyed', { round }, { key: 'the-key', runAt: later }),
    );
  }
  expect(await queued()).toMatchObject([{ task_identifier: 'test.keyed' }]);
});

test('a running worker hears of a job at once, and a task that fails is tried again without telling what it was given', async () => {
  let attempts = 0;
  const failing: Task = {
    name: 'test.failing',
    run: () => {
      attempts += 1;
      throw new Error('No mailbox for ola.nordmann@example.no, number 15819049944');
    },
  };
  const worker = await startWorker({ connectionString: testDatabase.urls.jobs, tasks: [failing], logger });
  try {
    await inTransaction(database, job, (transaction) =>
      enqueue(transaction, 'test.failing', { secret: 'ola' }),
    );
    await expect.poll(() => attempts, { interval: 20 }).toBe(1);
    await expect
      .poll(async () => (await queued()).find((row) => row.attempts === 1)?.last_error)
      .toContain('No mailbox for •@•, number •••');
  } finally {
    await worker.stop();
  }
  const log = logged.join('\n');
  expect(log).toContain('A task failed and is tried again');
  expect(log).not.toMatch(/nordmann|15819049944|secret/u);
});

test('a repeated task runs on after a failure, until the worker stops', async () => {
  let runs = 0;
  const repeated: Task = {
    name: 'test.repeated',
    everyMs: 10,
    run: () => {
      runs += 1;
      return runs === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve();
    },
  };
  await work([repeated], () => runs >= 3);
  const atStop = runs;
  await new Promise((done) => setTimeout(done, 100));
  expect(runs).toBe(atStop);
});

test('stopping waits for the task that runs', async () => {
  let started = false;
  let finished = false;
  const slow: Task = {
    name: 'test.slow',
    run: async () => {
      started = true;
      await new Promise((done) => setTimeout(done, 300));
      finished = true;
    },
  };
  await inTransaction(database, job, (transaction) => enqueue(transaction, 'test.slow', {}));
  await work([slow], () => started);
  expect(finished).toBe(true);
});

test('the request role reaches the queue through enqueue alone', async () => {
  const client = new pg.Client({ connectionString: testDatabase.urls.request });
  await client.connect();
  try {
    await expect(client.query('select * from graphile_worker.jobs')).rejects.toThrow(/permission denied/u);
    await expect(client.query(`select graphile_worker.add_job('test.note')`)).rejects.toThrow(
      /permission denied/u,
    );
  } finally {
    await client.end();
  }
});

test('masking leaves codes and short numbers and takes addresses and long numbers', () => {
  expect(withoutPersonalData('550 <a.b@c.no> 150190 12345, 5 of 25')).toBe('550 <•@•> •••, 5 of 25');
  expect(describeError(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))).toEqual({
    name: 'Error',
    code: 'ECONNREFUSED',
    message: 'x',
  });
  expect(describeError('text')).toEqual({ name: 'unknown', message: 'text' });
});

test('what a killed process held is done within half a minute, and what a living one holds is left', async () => {
  const done: unknown[] = [];
  const task: Task = {
    name: 'test.orphan',
    run: (payload) => {
      done.push(payload);
      return Promise.resolve();
    },
  };
  const client = new pg.Client({ connectionString: testDatabase.urls.jobs });
  await client.connect();
  try {
    await client.query('delete from graphile_worker._private_jobs');
    for (const held of ['by-the-dead', 'by-the-living']) {
      await inTransaction(database, job, (transaction) => enqueue(transaction, 'test.orphan', { held }));
    }
    await client.query(`select pg_advisory_lock(hashtextextended('worker:living', 0))`);
    await client.query(
      `update graphile_worker._private_jobs set locked_at = now() - interval '20 seconds', attempts = 1,
         locked_by = case payload->>'held' when 'by-the-dead' then 'dead' else 'living' end
       where payload->>'held' is not null`,
    );
    await work([task], () => done.length > 0);
    expect(done).toEqual([{ held: 'by-the-dead' }]);
    expect(await queued()).toMatchObject([{ task_identifier: 'test.orphan', attempts: 1 }]);
  } finally {
    await client.end();
  }
});
