import { setTimeout as sleep } from 'node:timers/promises';
import { parseCronItems, run, type Runner, type RunnerOptions, type TaskList } from 'graphile-worker';
import { type Lives, startLives } from './dead-workers.ts';
import { describeError, type JobLog, queueLogger } from './log.ts';
import type { Task } from './tasks.ts';

/** What a worker needs; `connectionString` is that of the role kortvakt_jobs. */
export interface WorkerOptions {
  readonly connectionString: string;
  readonly tasks: readonly Task[];
  readonly logger: JobLog;
  /** How many tasks run at a time in this process. */
  readonly concurrency?: number;
}

/** A running worker; `stop` takes no new task, waits for those that run, and closes its connections. */
export interface JobWorker {
  stop(): Promise<void>;
}

const POLL_MS = 1000;
const RESTART_MS = 1000;

/**
 * Starts working on the queue: at once when a job is added (LISTEN), and by polling each second. Any number of
 * processes may do so. A worker that loses its database begins again until it is stopped.
 */
export async function startWorker(options: WorkerOptions): Promise<JobWorker> {
  const stopping = new AbortController();
  const lives = startLives(options);
  let runner = await startRunner(options, stopping.signal, lives).catch(async (error: unknown) => {
    await lives.stop();
    throw error;
  });
  const stopRunner = () => runner.stop().catch(() => undefined);
  const watching = (async () => {
    for (
      let next: Runner | undefined = runner;
      next;
      next = await restarted(options, stopping.signal, lives)
    ) {
      runner = next;
      if (isAborted(stopping.signal)) await stopRunner();
      await runner.promise.catch((error: unknown) => {
        options.logger.error({ error: describeError(error) }, 'The job worker ended');
      });
    }
  })();
  const loops = options.tasks.flatMap((task) =>
    task.everyMs === undefined ? [] : [repeat(task, task.everyMs, stopping.signal, options.logger)],
  );
  return {
    stop: async () => {
      stopping.abort();
      await stopRunner();
      await Promise.all([watching, ...loops]);
      await lives.stop();
    },
  };
}

/** As a call, since the signal changes while the compiler believes what it last saw. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

async function restarted(
  options: WorkerOptions,
  signal: AbortSignal,
  lives: Lives,
): Promise<Runner | undefined> {
  while (!isAborted(signal)) {
    try {
      await sleep(RESTART_MS, undefined, { signal });
      return await startRunner(options, signal, lives);
    } catch (error) {
      if (isAborted(signal)) return undefined;
      options.logger.error({ error: describeError(error) }, 'The job worker cannot start yet');
    }
  }
  return undefined;
}

function startRunner(
  { connectionString, tasks, logger, concurrency = 4 }: WorkerOptions,
  stopping: AbortSignal,
  { events }: Lives,
): Promise<Runner> {
  const settings: RunnerOptions = {
    connectionString,
    events,
    concurrency,
    maxPoolSize: concurrency + 2,
    pollInterval: POLL_MS,
    noHandleSignals: true,
    logger: queueLogger(logger, stopping),
    taskList: taskList(tasks, logger),
    parsedCronItems: parseCronItems(
      tasks.flatMap(({ name, cron }) =>
        cron === undefined
          ? []
          : [{ task: name, match: cron, identifier: name, options: { jobKey: `cron:${name}` } }],
      ),
    ),
  };
  return run(settings);
}

function taskList(tasks: readonly Task[], logger: JobLog): TaskList {
  return Object.fromEntries(
    tasks.map((task): [string, (payload: unknown, helpers: { job: { id: string } }) => Promise<void>] => [
      task.name,
      async (payload, { job }) => {
        try {
          await task.run(payload);
        } catch (error) {
          const described = describeError(error);
          logger.warn({ task: task.name, job: job.id, error: described }, 'A task failed and is tried again');
          // The queue stores the message and the stack: neither may carry what the masked one leaves out.
          throw masked(described);
        }
      },
    ]),
  );
}

function masked({ name, message }: { name: string; message: string }): Error {
  const error = new Error(message);
  error.name = name;
  delete error.stack;
  return error;
}

async function repeat(task: Task, everyMs: number, signal: AbortSignal, logger: JobLog): Promise<void> {
  let failing = false;
  while (!isAborted(signal)) {
    try {
      await task.run({});
      failing = false;
    } catch (error) {
      // Said once, not with each round of an outage.
      if (!failing) logger.error({ task: task.name, error: describeError(error) }, 'A repeated task failed');
      failing = true;
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
