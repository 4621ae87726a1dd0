import type { Task } from '../jobs/index.ts';
import { chainEntries } from './chain.ts';
import { checkpointNumbers, type CheckpointDeps, writeCheckpoint } from './checkpoints.ts';

/** The tasks that chain the audit log within two seconds and sign where its chains end, once an hour. */
export function createAuditTasks(deps: CheckpointDeps): Task[] {
  return [
    { name: 'audit.chain', everyMs: 2000, run: () => chainEntries(deps.database).then(() => undefined) },
    { name: 'audit.checkpoint', cron: '0 * * * *', run: () => writeCheckpoint(deps).then(() => undefined) },
    { name: 'audit.first-checkpoint', everyMs: 60_000, run: () => writeFirst(deps) },
  ];
}

/** A new installation does not wait an hour for something that its log can be held against. */
async function writeFirst(deps: CheckpointDeps): Promise<void> {
  if ((await checkpointNumbers(deps.directory)).length === 0) await writeCheckpoint(deps);
}
