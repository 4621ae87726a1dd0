import { createHash } from 'node:crypto';
import { Hono, type Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { faults, requireScope, type StandInContext } from './context.ts';
import { organisations } from './world.ts';

const documentRequest = z.object({
  receiver: z.string().regex(/^0192:\d{9}$/),
  kind: z.enum(['invoice', 'credit-note']),
  xml: z.string().startsWith('<').max(2_000_000),
});

/** Who has an address in Peppol for invoices and credit notes; the others receive none. */
const receivers: readonly string[] = [organisations.blueHammer, organisations.cheapVendor];

/** An access point: knows who receives EHF, and takes documents once. Mount it at `/access-point`. */
export function accessPoint(context: StandInContext): Hono {
  const app = new Hono();
  app.use(faults(context, 'access-point'));
  app.use(
    requireScope(context, ['kortvakt:invoices.send'], (c, status, message) =>
      problem(c, status, 'no-access', message),
    ),
  );
  app.get('/participants/:id', (c) => {
    const number = /^0192:(\d{9})$/.exec(c.req.param('id'))?.[1] ?? '';
    return receivers.includes(number)
      ? c.json({ participant: `0192:${number}`, documents: ['invoice', 'credit-note'] })
      : problem(c, 404, 'no-such-participant', 'There is no such participant');
  });
  app.post('/documents', async (c) => {
    const key = c.req.header('idempotency-key');
    if (key === undefined) return problem(c, 400, 'no-key', 'The header Idempotency-Key is missing');
    const body = await c.req.text();
    const parsed = documentRequest.safeParse(parseJson(body));
    if (!parsed.success) return problem(c, 400, 'invalid-document', 'The document is not as described');
    const bodySha256 = createHash('sha256').update(body).digest('hex');
    return accept(context, c, { key, bodySha256, ...parsed.data });
  });
  app.get('/documents/:key', (c) => {
    const found = context.store.state.documents.find(({ key }) => key === c.req.param('key'));
    return found === undefined
      ? problem(c, 404, 'no-such-document', 'There is no such document')
      : c.json({ key: found.key });
  });
  return app;
}

function accept(
  { store }: StandInContext,
  c: Context,
  document: StandInContext['store']['state']['documents'][number],
): Response {
  const earlier = store.state.documents.find(({ key }) => key === document.key);
  if (earlier !== undefined && earlier.bodySha256 !== document.bodySha256) {
    return problem(c, 409, 'key-reused', 'The key has been used for another document');
  }
  if (earlier === undefined) {
    store.state.documents.push(document);
    store.changed();
  }
  return c.json({ key: document.key }, 202);
}

function problem(c: Context, status: ContentfulStatusCode, type: string, detail: string): Response {
  return c.body(JSON.stringify({ type: `urn:access-point:${type}`, title: type, status, detail }), status, {
    'content-type': 'application/problem+json',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
