import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import pg from 'pg';
import { createApp } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import { fromJson, type Statement, toJson } from './statement.ts';

/** What the bare handler does: the same statements, and an answer of the same size. */
export type Replay = {
  readonly url: string;
  readonly connections: number;
  readonly statements: readonly Statement[];
  readonly bytes: number;
  /** Prepared once on each connection. */
  readonly prepared?: true;
  /** Asked for the number of the card that the request's JSON names, in place of the first value that is given. */
  readonly readsNumber?: true;
};

/** As `getRequestListener` calls it: with the request's socket in the environment. */
type Handler = (request: Request, env: object) => Response | Promise<Response>;

/** Our application, which tells at `/recorded` what it has sent to the database since it was last asked. */
async function application(settings: Record<string, string>): Promise<Handler> {
  const config = loadConfig(settings);
  if (!config.ok) throw new Error(config.error.join('\n'));
  const recorded = record();
  const app = await createApp(config.value);
  return (request, env) =>
    request.url.endsWith('/recorded') ? Response.json(recorded.splice(0)) : app.fetch(request, env);
}

function record(): Statement[] {
  const recorded: Statement[] = [];
  type Query = (this: pg.Client, ...given: unknown[]) => unknown;
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const { query } = prototype;
  prototype.query = function (...given) {
    const [asked] = given;
    // By its text, or named, as an object.
    const { text, values } =
      typeof asked === 'string' ? { text: asked, values: given[1] } : (asked as Partial<pg.QueryConfig>);
    if (text !== undefined && recorded.length < 100) {
      recorded.push({ text, values: Array.isArray(values) ? values.map(toJson) : [] });
    }
    return query.apply(this, given);
  };
  return recorded;
}

/** A bare Hono handler, with a pool as large as ours. */
function bare({ url, connections, statements, bytes, prepared: byName, readsNumber }: Replay): Handler {
  const pool = new pg.Pool({ connectionString: url, max: connections });
  const queries = statements.map(({ text, values }, index) => ({
    ...(byName ? { name: String(index) } : {}),
    text,
    values: values.map(fromJson),
  }));
  const body = 'x'.repeat(bytes);
  const app = new Hono();
  app.all('*', async (c) => {
    const asked = readsNumber ? [(await c.req.json<{ number: string }>()).number] : undefined;
    const client = await pool.connect();
    try {
      for (const query of queries)
        await client.query(asked === undefined ? query : { ...query, values: asked });
    } finally {
      client.release();
    }
    return c.html(body);
  });
  return (request, env) => app.fetch(request, env);
}

const [kind, file = ''] = process.argv.slice(2);
const given = JSON.parse(readFileSync(file, 'utf8')) as unknown;
const server = createServer();
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
const { port } = server.address() as AddressInfo;
const handler =
  kind === 'bare'
    ? bare(given as Replay)
    : // It answers by its own name only.
      await application({
        ...(given as Record<string, string>),
        KORTVAKT_ORIGIN: `http://127.0.0.1:${String(port)}`,
      });
server.on('request', getRequestListener(handler));
console.log(String(port));
