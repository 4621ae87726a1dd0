import { createHash } from 'node:crypto';
import { Hono, type Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { faults, requireScope, type StandInContext } from './context.ts';
import type { Batch } from './state.ts';

const date = z.iso.date();

const batchRequest = z.object({
  batchId: z.string().min(1).max(100),
  cards: z
    .array(
      z.object({
        lineId: z.string().min(1).max(100),
        cardNumber: z.string().regex(/^\d{8}$/),
        cardType: z.string().min(1),
        holderName: z.string().min(1).max(200),
        birthDate: date,
        employerName: z.string().min(1),
        organisationNumber: z.string().regex(/^\d{9}$/),
        issueDate: date,
        expiryDate: date,
        offlineCode: z
          .string()
          .regex(/^[0-9A-Z $%*+./:-]{1,600}$/)
          .optional(),
        photoSha256: z.string().regex(/^[0-9a-f]{64}$/),
        photo: z.base64(),
      }),
    )
    .min(1)
    .max(500),
});

type BatchRequest = z.infer<typeof batchRequest>;
type Status = 'acknowledged' | 'produced' | 'shipped';

/** Whoever makes the cards: takes production batches and moves them on by itself. Mount it at `/card-issuer`. */
export function cardIssuer(context: StandInContext): Hono {
  const app = new Hono();
  app.use(faults(context, 'card-issuer'));
  app.use(
    requireScope(context, ['kortvakt:cards.produce'], (c, status, message) =>
      problem(c, status, 'no-access', message),
    ),
  );
  app.post('/batches', async (c) => {
    const key = c.req.header('idempotency-key');
    if (key === undefined) return problem(c, 400, 'no-key', 'The header Idempotency-Key is missing');
    const body = await c.req.text();
    const parsed = batchRequest.safeParse(parseJson(body));
    if (!parsed.success) return problem(c, 400, 'invalid-batch', describe(parsed.error));
    return accept(context, c, key, createHash('sha256').update(body).digest('hex'), parsed.data);
  });
  app.get('/batches/:id', (c) => {
    const found = context.store.state.batches.find((one) => one.batchId === c.req.param('id'));
    if (found === undefined) return problem(c, 404, 'no-such-batch', 'There is no such batch');
    return c.json(batchShape(context, found));
  });
  return app;
}

function accept(
  { store }: StandInContext,
  c: Context,
  key: string,
  bodySha256: string,
  request: BatchRequest,
): Response {
  const acknowledgement = { batchId: request.batchId, status: 'acknowledged' };
  const earlier = store.state.batches.find((one) => one.key === key || one.batchId === request.batchId);
  if (earlier !== undefined) {
    return earlier.key === key && earlier.bodySha256 === bodySha256
      ? c.json(acknowledgement, 202)
      : problem(c, 409, 'key-reused', 'The key or the batch has been used for something else');
  }
  const spoilt = request.cards.find((one) => !photoIsSound(one.photo, one.photoSha256));
  if (spoilt !== undefined) {
    return problem(
      c,
      400,
      'invalid-photo',
      `The photo of line ${spoilt.lineId} is not the JPEG that its digest says`,
    );
  }
  store.state.batches.push({
    batchId: request.batchId,
    key,
    bodySha256,
    receivedAt: Date.now(),
    cards: request.cards.map(({ lineId, cardNumber, photoSha256 }) => ({ lineId, cardNumber, photoSha256 })),
  });
  store.changed();
  return c.json(acknowledgement, 202);
}

function photoIsSound(base64: string, sha256: string): boolean {
  const bytes = Buffer.from(base64, 'base64');
  return (
    bytes[0] === 0xff && bytes[1] === 0xd8 && createHash('sha256').update(bytes).digest('hex') === sha256
  );
}

function batchShape({ productionStepMs }: StandInContext, batch: Batch): object {
  const producedAt = batch.receivedAt + productionStepMs;
  const shippedAt = producedAt + productionStepMs;
  const now = Date.now();
  const status: Status = now >= shippedAt ? 'shipped' : now >= producedAt ? 'produced' : 'acknowledged';
  return {
    batchId: batch.batchId,
    status,
    cards: batch.cards.map(({ lineId, cardNumber }) => ({
      lineId,
      cardNumber,
      status,
      ...(now >= producedAt ? { producedAt: new Date(producedAt).toISOString() } : {}),
      ...(now >= shippedAt ? { shippedAt: new Date(shippedAt).toISOString() } : {}),
    })),
  };
}

function problem(c: Context, status: ContentfulStatusCode, type: string, detail: string): Response {
  return c.body(JSON.stringify({ type: `urn:card-issuer:${type}`, title: type, status, detail }), status, {
    'content-type': 'application/problem+json',
  });
}

/** Where the batch is wrong, without the values, which are personal data. */
function describe(error: z.ZodError): string {
  return error.issues.map((one) => `${one.path.join('.')}: ${one.code}`).join('; ');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
