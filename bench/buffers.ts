import pg from 'pg';
import { fromJson, type Statement } from './statement.ts';

/** How many pages the database reads for these statements, sent again in one transaction. The second time counts. */
export async function buffersOf(url: string, statements: readonly Statement[]): Promise<number> {
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' });
  await client.connect();
  try {
    await buffersOnce(client, statements);
    return await buffersOnce(client, statements);
  } finally {
    await client.end();
  }
}

interface Explained {
  readonly Plan: Readonly<Record<'Shared Hit Blocks' | 'Shared Read Blocks', number>>;
}

async function buffersOnce(client: pg.Client, statements: readonly Statement[]): Promise<number> {
  let buffers = 0;
  await client.query('begin');
  for (const { text, values } of statements) {
    if (/^\s*(?:begin|start|commit|rollback)/iu.test(text)) continue;
    const { rows } = await client.query<{ 'QUERY PLAN': [Explained] }>(
      `explain (analyze, buffers, format json) ${text}`,
      values.map(fromJson),
    );
    const plan = rows[0]?.['QUERY PLAN'][0].Plan;
    buffers += (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0);
  }
  await client.query('rollback');
  return buffers;
}
