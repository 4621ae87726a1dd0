import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerEvents } from 'graphile-worker';
import pg from 'pg';
import { describeError, type JobLog } from './log.ts';

/** How long a job has been held before it is asked whether its holder lives: one that has just begun may not have said so yet. */
const HELD_SECONDS = 15;
const EVERY_MS = 10_000;
/** For a database that does not answer. */
const PATIENCE_MS = 5000;

/**
 * What tells the living from the dead: each worker of this process holds a lock in the database for as long as the process is
 * there. What a worker without one holds (its process was killed) is free again within half a minute; by itself the queue waits
 * four hours. A task that is taken for dead for want of a connection runs twice, which tasks are harmless under. The connection is
 * one of its own: the queue gives back the one that it listens on while the tasks of a process that stops still run.
 */
export interface Lives {
  /** For the queue: how it says which workers there are. */
  readonly events: WorkerEvents;
  stop(): Promise<void>;
}

/** Starts to hold the locks, and to look for what the dead hold; `connectionString` is that of the role kortvakt_jobs. */
export function startLives({
  connectionString,
  logger,
}: {
  readonly connectionString: string;
  readonly logger: JobLog;
}): Lives {
  const events = new EventEmitter() as WorkerEvents;
  const stopping = new AbortController();
  const own = new Set<string>();
  events.on('worker:create', ({ worker }) => own.add(worker.workerId));
  events.on('worker:stop', ({ worker }) => own.delete(worker.workerId));
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      await connected(connectionString, (client) => watch(client, own, stopping.signal, logger)).catch(
        (error: unknown) => {
          logger.warn({ error: describeError(error) }, 'It cannot be told just now which job workers live');
        },
      );
      await pause(EVERY_MS, stopping.signal);
    }
  })();
  return {
    events,
    stop: async () => {
      stopping.abort();
      await watching;
    },
  };
}

const pause = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => undefined);

async function connected(
  connectionString: string,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  });
  // What breaks while nothing is asked shows with the next question.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** On one connection, whose end lets go of the locks. */
async function watch(
  client: pg.Client,
  own: ReadonlySet<string>,
  signal: AbortSignal,
  logger: JobLog,
): Promise<void> {
  const locked = new Set<string>();
  for (let round = 0; !signal.aborted; round += 1) {
    for (const worker of own) {
      if (locked.has(worker)) continue;
      await client.query(`select pg_advisory_lock(hashtextextended('worker:' || $1, 0))`, [worker]);
      locked.add(worker);
    }
    if (round % (EVERY_MS / 1000) === 0) {
      const tasks = await freeDead(client, own);
      if (tasks.length > 0) logger.info({ tasks }, 'What job workers held that are gone is done anew');
    }
    // New workers are heard of without a question to the database.
    await pause(1000, signal);
  }
}

/** Frees what is held by workers that nobody holds a lock for; returns the names of the tasks. */
async function freeDead(client: pg.Client, own: ReadonlySet<string>): Promise<string[]> {
  const { rows } = await client.query<{ tasks: string[] }>(
    `with held as materialized (
       select locked_by as worker, array_agg(task_identifier) as tasks from graphile_worker.jobs
       where locked_at < now() - make_interval(secs => $1) and locked_by <> all ($2::text[]) group by 1),
     dead as materialized (
       select worker, tasks from held where pg_try_advisory_xact_lock(hashtextextended('worker:' || worker, 0)))
     select array(select unnest(tasks) from dead) as tasks, graphile_worker.force_unlock_workers(array(select worker from dead))`,
    [HELD_SECONDS, [...own]],
  );
  return rows[0]?.tasks ?? [];
}
