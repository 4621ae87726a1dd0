export { enqueue, type EnqueueOptions } from './enqueue.ts';
export { describeError, type JobLog, withoutPersonalData } from './log.ts';
export type { Task } from './tasks.ts';
export { startWorker, type JobWorker, type WorkerOptions } from './worker.ts';
