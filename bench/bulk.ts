import { spawn } from 'node:child_process';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { z } from 'zod';
import { projectRoot } from '../src/database/project-root.ts';
import { syntheticNumbers } from '../tests/support/national-ids.ts';
import { type Bench, withBench } from './application.ts';
import { median, type Measure } from './measure.ts';
import { BUSINESS, businessRows, peopleRows } from './order-world.ts';

const ROWS = 10_000;
const FEW = 1000;
const ROUNDS = 5;
/** Rows a second, from the file to placed orders. */
const FLOOR = 2000;
/** How many megabytes more ten thousand rows may take than a thousand. */
const MOST_MEMORY = 50;

/** What a process of its own measures of one file; see `bulk-process.ts`. */
const measured = z.object({ seconds: z.number(), peak: z.number() });
type Measured = z.infer<typeof measured>;

/**
 * A file of 10,000 workers, from its bytes to a placed order, in a process of its own; beside it the bare minimum: COPY of the
 * same rows into a table, and the same questions of who they are and what is in the way.
 */
export async function benchBulk(): Promise<Measure[]> {
  return withBench(businessRows(), async ({ urls }) => {
    const folder = mkdtempSync(join(tmpdir(), 'kortvakt-bulk-'));
    chmodSync(folder, 0o755);
    const client = new pg.Client({ connectionString: urls.superuser });
    await client.connect();
    try {
      const key = randomBytes(32);
      const numbers = syntheticNumbers(ROWS);
      const hashes = numbers.map((number) => createHmac('sha256', key).update(number).digest());
      await peopleRows(client, hashes);
      const copied = join(folder, 'rows.csv');
      writeFileSync(copied, hashes.map((hash) => `\\x${hash.toString('hex')},Kari Berg\n`).join(''));
      const whole: Measured[] = [];
      const bare: number[] = [];
      const few: Measured[] = [];
      for (let round = -1; round < ROUNDS; round += 1) {
        const [one, other] = [await place(urls, key, numbers), await bareSeconds(client, copied)];
        await undo(client);
        const small = await place(urls, key, numbers.slice(0, FEW));
        await undo(client);
        if (round < 0) continue;
        whole.push(one);
        bare.push(other);
        few.push(small);
      }
      return measures(whole, bare, few);
    } finally {
      await client.end();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

function measures(whole: readonly Measured[], bare: readonly number[], few: readonly Measured[]): Measure[] {
  const round = (value: number) => Math.round(value * 100) / 100;
  const seconds = median(whole.map((one) => one.seconds));
  const rate = ROWS / seconds;
  const bareRate = ROWS / median(bare);
  const [most, least] = [median(whole.map(({ peak }) => peak)), median(few.map(({ peak }) => peak))];
  return [
    {
      name: 'rows',
      value: Math.round(rate),
      unit: 'rows/s',
      baseline: Math.round(bareRate),
      ratio: round(rate / bareRate),
      floor: FLOOR,
      ok: rate >= FLOOR,
    },
    { name: `memory-${String(ROWS)}`, value: round(most), unit: 'MB', better: 'lower', ok: true },
    { name: `memory-${String(FEW)}`, value: round(least), unit: 'MB', better: 'lower', ok: true },
    {
      name: 'memory-growth',
      value: round(most - least),
      unit: 'MB',
      better: 'lower',
      floor: MOST_MEMORY,
      ok: most - least <= MOST_MEMORY,
    },
  ];
}

/** Sends the file, has it read, and places what it says, in a process of its own. */
async function place(urls: Bench['urls'], key: Buffer, numbers: readonly string[]): Promise<Measured> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(projectRoot, 'bench/bulk-process.ts')], {
    cwd: projectRoot,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const file = `Fødselsnummer;Navn\r\n${numbers.map((number) => `${number};Kari Berg\r\n`).join('')}`;
  child.stdin.end(
    JSON.stringify({ url: urls.request, key: key.toString('base64'), upload: randomUUID(), file }),
  );
  const said: Buffer[] = [];
  for await (const bytes of child.stdout) said.push(bytes as Buffer);
  return measured.parse(JSON.parse(Buffer.concat(said).toString()));
}

async function bareSeconds(client: pg.Client, file: string): Promise<number> {
  await client.query('create table bare (hash bytea, name text)');
  const began = performance.now();
  await client.query(`copy bare from '${file}' (format csv)`);
  const { rows } = await client.query<{ n: number }>(
    `select count(worker_obstacle(w, now()))::int + count(*)::int as n from bare join persons p on p.national_id_hash = bare.hash
     join workers w on w.person_id = p.id join businesses b on b.id = w.business_id and b.organisation_number = $1`,
    [BUSINESS],
  );
  const seconds = (performance.now() - began) / 1000;
  await client.query('drop table bare');
  // Every worker is there, and has an open line by now.
  if (rows[0]?.n !== 2 * ROWS) throw new Error(`The bare look-up found ${String(rows[0]?.n)}.`);
  return seconds;
}

async function undo(client: pg.Client): Promise<void> {
  await client.query('set session_replication_role = replica');
  for (const table of ['order_uploads', 'order_lines', 'orders']) {
    await client.query(
      `delete from ${table} where business_id = (select id from businesses where organisation_number = $1)`,
      [BUSINESS],
    );
  }
  await client.query('delete from order_upload_rows');
  await client.query('set session_replication_role = origin');
  await client.query('vacuum analyze order_upload_rows, order_uploads, order_lines, orders');
}
