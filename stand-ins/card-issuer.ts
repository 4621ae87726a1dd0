import { createHash } from 'node:crypto';
import { compactVerify, createLocalJWKSet } from 'jose';
import { Hono, type Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { faults, requireScope, type StandInContext } from './context.ts';
import type { Batch } from './state.ts';

const date = z.iso.date();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What is signed: every other part of the batch, with its length and digest. */
const manifestShape = z.strictObject({
  batchId: z.string().min(1).max(100),
  cards: z.number().int().min(1).max(500),
  parts: z.array(z.strictObject({ name: z.string().min(1).max(110), bytes: z.number().int(), sha256 })),
});

const addressShape = z.strictObject({
  recipient: z.string(),
  lines: z.array(z.string()),
  postalCode: z.string(),
  place: z.string(),
});

const cardShape = z.strictObject({
  lineId: z.string().min(1).max(100),
  cardNumber: z.string().regex(/^\d{8}$/),
  cardType: z.string().min(1),
  holderName: z.string().min(1).max(200),
  birthDate: date,
  employerName: z.string().min(1),
  organisationNumber: z.string().regex(/^\d{9}$/),
  issueDate: date,
  expiryDate: date,
  checkAddress: z.url(),
  offlineCode: z
    .string()
    .regex(/^[0-9A-Z $%*+./:-]{1,600}$/)
    .optional(),
  photoSha256: sha256,
  deliverTo: addressShape,
});

type CardRequest = z.infer<typeof cardShape>;
type Status = 'acknowledged' | 'produced' | 'shipped' | 'returned';

const settlement = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('send'), deliverTo: addressShape }),
  z.strictObject({ do: z.literal('destroy') }),
]);

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
    const opened = await openBatch(context, await c.req.formData().catch(() => undefined));
    return 'wrong' in opened
      ? problem(c, opened.status, opened.wrong, opened.detail)
      : accept(context, c, key, opened);
  });
  app.get('/batches/:id', (c) => {
    const found = context.store.state.batches.find((one) => one.batchId === c.req.param('id'));
    if (found === undefined) return problem(c, 404, 'no-such-batch', 'There is no such batch');
    return c.json(batchShape(context, found));
  });
  app.get('/returns', (c) => {
    const lying = context.store.state.returns.filter((one) => one.settled === undefined);
    return c.json({
      returns: lying.map(({ returnId, lineId, returnedAt, reason }) => ({
        returnId,
        lineId,
        returnedAt,
        reason,
      })),
    });
  });
  app.post('/returns/:id', async (c) => {
    const asked = settlement.safeParse(parseJson(await c.req.text()));
    if (!asked.success) return problem(c, 400, 'invalid-settlement', describe(asked.error));
    return settle(context, c, JSON.stringify(asked.data));
  });
  return app;
}

type Opened = { batchId: string; manifestSha256: string; cards: CardRequest[] };
type Wrong = { wrong: string; status: 400 | 403; detail: string };

/** A batch whose manifest the app has signed, and whose parts are those that it names, to the byte. */
async function openBatch(
  { signingJwks }: StandInContext,
  form: FormData | undefined,
): Promise<Opened | Wrong> {
  const jws = form?.get('manifest');
  if (form === undefined || typeof jws !== 'string') return invalid('There is no manifest');
  const payload = await compactVerify(jws, createLocalJWKSet(signingJwks)).then(
    (verified) =>
      verified.protectedHeader.typ === 'kortvakt-card-batch+json' ? verified.payload : undefined,
    () => undefined,
  );
  if (payload === undefined)
    return { wrong: 'foreign-manifest', status: 403, detail: 'The manifest is not signed by the customer' };
  const manifest = manifestShape.safeParse(parseJson(Buffer.from(payload).toString()));
  if (!manifest.success) return invalid(describe(manifest.error));
  const files = await filesOf(form);
  const changed = difference(manifest.data.parts, files);
  if (changed !== undefined) return { ...invalid(changed), wrong: 'changed-part' };
  const cards = cardsOf(files.get('cards.jsonl'));
  if (typeof cards === 'string') return invalid(cards);
  if (cards.length !== manifest.data.cards || files.size !== cards.length + 1)
    return invalid('There are not as many cards and photos as the manifest says');
  const spoilt = cards.find(({ lineId, photoSha256 }) => !isJpeg(files.get(`${lineId}.jpg`), photoSha256));
  if (spoilt !== undefined)
    return {
      ...invalid(`The photo of line ${spoilt.lineId} is not the JPEG that its digest says`),
      wrong: 'invalid-photo',
    };
  return { batchId: manifest.data.batchId, manifestSha256: digest(payload), cards };
}

const invalid = (detail: string): Wrong => ({ wrong: 'invalid-batch', status: 400, detail });

async function filesOf(form: FormData): Promise<Map<string, Buffer>> {
  const files = [...form.getAll('cards'), ...form.getAll('photo')].filter((part) => part instanceof File);
  return new Map(
    await Promise.all(files.map(async (file) => [file.name, Buffer.from(await file.arrayBuffer())] as const)),
  );
}

/** What tells the parts from those of the manifest; undefined when nothing does. */
function difference(
  named: z.infer<typeof manifestShape>['parts'],
  files: ReadonlyMap<string, Buffer>,
): string | undefined {
  if (named.length !== files.size) return 'There are not as many parts as the manifest names';
  const odd = named.find(({ name, bytes, sha256: expected }) => {
    const content = files.get(name);
    return content?.length !== bytes || digest(content) !== expected;
  });
  return odd === undefined ? undefined : `The part ${odd.name} is not the one that the manifest names`;
}

/** The cards of the table, a line each; or what is wrong with it. */
function cardsOf(table: Buffer | undefined): CardRequest[] | string {
  const lines = table?.toString().trimEnd().split('\n') ?? [];
  const parsed = z.array(cardShape).min(1).safeParse(lines.map(parseJson));
  return parsed.success ? parsed.data : describe(parsed.error);
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function isJpeg(bytes: Buffer | undefined, expected: string): boolean {
  return bytes?.[0] === 0xff && bytes[1] === 0xd8 && digest(bytes) === expected;
}

function accept({ store }: StandInContext, c: Context, key: string, batch: Opened): Response {
  const { batchId, manifestSha256, cards } = batch;
  const acknowledgement = { batchId, status: 'acknowledged' };
  const earlier = store.state.batches.find((one) => one.key === key || one.batchId === batchId);
  if (earlier !== undefined) {
    return earlier.key === key && earlier.manifestSha256 === manifestSha256
      ? c.json(acknowledgement, 202)
      : problem(c, 409, 'key-reused', 'The key or the batch has been used for something else');
  }
  store.state.batches.push({
    batchId,
    key,
    manifestSha256,
    receivedAt: Date.now(),
    cards: cards.map(({ lineId, cardNumber, photoSha256 }) => ({ lineId, cardNumber, photoSha256 })),
  });
  store.changed();
  return c.json(acknowledgement, 202);
}

/** Sends or destroys a card that lies here, once: said again it is the same, and something else is too late. */
function settle({ store }: StandInContext, c: Context, asked: string): Response {
  const found = store.state.returns.find((one) => one.returnId === c.req.param('id'));
  if (found === undefined) return problem(c, 404, 'no-such-return', 'No card came back under that name');
  if (found.settled !== undefined && found.settled !== asked)
    return problem(c, 409, 'settled', 'Something else was done with the card');
  found.settled = asked;
  store.changed();
  return c.json({ returnId: found.returnId });
}

function batchShape({ productionStepMs, store }: StandInContext, batch: Batch): object {
  const producedAt = batch.receivedAt + productionStepMs;
  const shippedAt = producedAt + productionStepMs;
  const now = Date.now();
  const status: Status = now >= shippedAt ? 'shipped' : now >= producedAt ? 'produced' : 'acknowledged';
  const lies = (lineId: string) =>
    store.state.returns.some((one) => one.lineId === lineId && one.settled === undefined);
  return {
    batchId: batch.batchId,
    status,
    cards: batch.cards.map(({ lineId, cardNumber }) => ({
      lineId,
      cardNumber,
      status: lies(lineId) ? ('returned' as const) : status,
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
