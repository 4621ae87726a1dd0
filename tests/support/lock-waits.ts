import { expect } from 'vitest';

/** A database of a test's own, by what asks it as its superuser. */
interface Asked {
  rows(text: string): Promise<unknown[]>;
}

/** How many wait for what somebody else does to be done, as everything waits that takes access away. */
async function waiting(asked: Asked): Promise<number> {
  const waits = await asked.rows(
    `select from pg_locks where locktype = 'advisory' and not granted
       and database = (select oid from pg_database where datname = current_database())`,
  );
  return waits.length;
}

/** Goes on once so many wait, however long the machine takes until they do. */
export async function untilWaiting(asked: Asked, count: number): Promise<void> {
  await expect.poll(() => waiting(asked), { interval: 10 }).toBe(count);
}
