export { enqueue } from './enqueue.ts';
export { describeError, type JobLog } from './log.ts';
export type { Task } from './tasks.ts';
export { startWorker, type JobWorker } from './worker.ts';
