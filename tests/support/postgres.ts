import { randomBytes, randomUUID } from 'node:crypto';
import { accessSync, chmodSync, constants, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { findPrograms, startEmbedded } from '../../src/database/embedded.ts';
import { lockFolder } from '../../src/database/folder-lock.ts';
import { applyRoles, migrate, migrateJobs } from '../../src/database/migrate.ts';
import { stopOrphanedPostgres } from '../../src/database/orphans.ts';

const PREFIX = 'kortvakt-tests-';
const TEMPLATE = 'kortvakt_template';
/** Linux's folder in memory: a clone of the template takes a tenth of the time that it takes on a disk. */
const MEMORY = '/dev/shm';
/** What the databases and the write-ahead log of a run need at most, in bytes. */
const NEEDED = 2 ** 30;

/** How a test reaches the run's server; `problem` where the template could not be migrated. */
export type TestServer = {
  port: number;
  superuserPassword: string;
  rolePassword: string;
  template: string;
  problem: string | undefined;
};

declare module 'vitest' {
  interface ProvidedContext {
    postgres: TestServer;
  }
}

/** Starts the one PostgreSQL of a run, with a migrated template database that each test file clones. */
export async function setup(project: TestProject): Promise<void> {
  await removeLeftovers();
  const folder = mkdtempSync(join(hasRoomInMemory() ? MEMORY : tmpdir(), PREFIX));
  // The server runs as another user where we are root, and has to pass through.
  chmodSync(folder, 0o711);
  const locked = lockFolder(folder);
  if (!locked.ok) throw new Error('A folder made a moment ago is taken.');
  const programs = findPrograms();
  if (!programs.ok) throw new Error(programs.error);
  const superuserPassword = randomBytes(16).toString('hex');
  const server = await startEmbedded({
    programs: programs.value,
    cluster: join(folder, 'postgresql'),
    logFile: join(folder, 'postgresql.log'),
    superuserPassword,
    // What a crash would lose does not matter here; everything else is as in production.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' },
  });
  if (!server.ok) throw new Error(server.error);
  const { url, stop } = server.value;
  const rolePassword = randomUUID();
  const problem = await makeTemplate(url, superuserPassword, rolePassword);
  project.provide('postgres', {
    port: Number(new URL(url('postgres', '', 'postgres')).port),
    superuserPassword,
    rolePassword,
    template: TEMPLATE,
    problem,
  });
  stopServer = async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

let stopServer = async (): Promise<void> => {
  // Nothing was started.
};

/** Stops it after the run. */
export async function teardown(): Promise<void> {
  await stopServer();
}

async function makeTemplate(
  url: (role: string, password: string, database: string) => string,
  superuserPassword: string,
  password: string,
): Promise<string | undefined> {
  const maintenance = new pg.Client({ connectionString: url('postgres', superuserPassword, 'postgres') });
  await maintenance.connect();
  try {
    await maintenance.query(`create database ${TEMPLATE}`);
    await applyRoles(url('postgres', superuserPassword, TEMPLATE), {
      migrate: password,
      request: password,
      jobs: password,
      check: password,
      backup: password,
    });
    await migrate(url('kortvakt_migrate', password, TEMPLATE));
    await migrateJobs(url('kortvakt_jobs', password, TEMPLATE));
    await maintenance.query(`alter database ${TEMPLATE} allow_connections false`);
    return undefined;
  } catch (error) {
    // Tests that need no database still run; those that do fail with this.
    return error instanceof Error ? error.message : String(error);
  } finally {
    await maintenance.end();
  }
}

/** Whether there is a folder in memory that holds a run; a container's is often too small. */
function hasRoomInMemory(): boolean {
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= NEEDED;
  } catch {
    return false;
  }
}

/** Stops the servers and removes the folders of runs that were killed. */
async function removeLeftovers(): Promise<void> {
  for (const folder of [tmpdir(), MEMORY].flatMap(leftoversIn)) {
    try {
      if (!lockFolder(folder).ok) continue;
      await stopOrphanedPostgres(join(folder, 'postgresql'));
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another user's, or just being removed by another run.
    }
  }
}

function leftoversIn(parent: string): string[] {
  try {
    return readdirSync(parent)
      .filter((entry) => entry.startsWith(PREFIX))
      .map((entry) => join(parent, entry));
  } catch {
    return [];
  }
}
