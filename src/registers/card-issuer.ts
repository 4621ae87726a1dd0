import { createHash } from 'node:crypto';
import { CompactSign, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import type { PlainDate } from '../kernel/dates.ts';
import type { OrganisationNumber } from '../kernel/organisation-number.ts';
import { ok, type Result } from '../kernel/result.ts';
import { createHttpClient, type ClientOptions, type RegisterError } from './http-client.ts';

/** One card to be made: what is printed on it, where it goes, and the photo as a JPEG with its SHA-256 in hex. */
export type CardToProduce = {
  readonly lineId: string;
  readonly cardNumber: string;
  readonly cardType: string;
  readonly holderName: string;
  readonly birthDate: PlainDate;
  readonly employerName: string;
  readonly organisationNumber: OrganisationNumber;
  readonly issueDate: PlainDate;
  readonly expiryDate: PlainDate;
  /** What the QR code on the card holds: the address where anyone checks it. */
  readonly checkAddress: string;
  /** What the QR code on the back holds, in alphanumeric mode; cards of before there were any have none. */
  readonly offlineCode?: string;
  readonly photoSha256: string;
  readonly photo: Buffer;
  readonly deliverTo: DeliverTo;
};

/** Where cards are sent; what is not known of it is empty. */
export type DeliverTo = {
  readonly recipient: string;
  readonly lines: readonly string[];
  readonly postalCode: string;
  readonly place: string;
};

/** Cards that are sent together; the same `batchId` is never produced twice. */
export type CardBatch = { readonly batchId: string; readonly cards: readonly CardToProduce[] };

/** `returned`: it was shipped, and the post came back. */
export type ProductionStatus = 'acknowledged' | 'produced' | 'shipped' | 'returned';

export type BatchStatus = {
  readonly batchId: string;
  readonly cards: readonly { readonly lineId: string; readonly status: ProductionStatus }[];
};

const RETURN_REASONS = ['unknown-address', 'not-collected', 'refused', 'other'] as const;

/** A card that came back, by the issuer's name for that: it may come back again. */
export type ReturnedCard = {
  readonly returnId: string;
  readonly lineId: string;
  readonly returnedAt: Date;
  readonly reason: (typeof RETURN_REASONS)[number];
};

/** The company that prints and sends the cards. */
export type CardIssuer = {
  /** Hands a batch over. Sending it again changes nothing, so it may be repeated after any failure. */
  sendBatch(
    batch: CardBatch,
  ): Promise<Result<{ readonly batchId: string; readonly status: string }, RegisterError>>;
  /** How far each card of a batch has come. */
  batchStatus(batchId: string): Promise<Result<BatchStatus, RegisterError>>;
  /** The cards that lie with the issuer since they came back in the post, until it is told what becomes of them. */
  returns(): Promise<Result<readonly ReturnedCard[], RegisterError>>;
  /** Has a returned card sent there, or destroyed where there is no address. Said again, it changes nothing. */
  settleReturn(returnId: string, deliverTo: DeliverTo | undefined): Promise<Result<unknown, RegisterError>>;
};

export const cardIssuerScope = 'kortvakt:cards.produce';

const receiptAnswer = z.object({ batchId: z.string(), status: z.string() });
const statusAnswer = z.object({
  batchId: z.string(),
  cards: z.array(
    z.object({ lineId: z.string(), status: z.enum(['acknowledged', 'produced', 'shipped', 'returned']) }),
  ),
});

const returnsAnswer = z.object({
  returns: z.array(
    z.object({
      returnId: z.string().min(1).max(100),
      lineId: z.uuid(),
      returnedAt: z.iso.datetime().transform((text) => new Date(text)),
      reason: z.enum(RETURN_REASONS).catch('other'),
    }),
  ),
});

/** What a manifest's signature says that it is, so that nothing else that the key signed passes for one. */
const MANIFEST_TYPE = 'kortvakt-card-batch+json';

export type CardIssuerOptions = ClientOptions & {
  /** The installation's private key, with `kid` and `alg`: the issuer makes no card of a batch that it has not signed. */
  readonly signingJwk: JWK;
};

/** A client of the card issuer's production API. */
export function createCardIssuer({ signingJwk, ...options }: CardIssuerOptions): CardIssuer {
  // A batch carries photos, so it is given more time than a look-up.
  const client = createHttpClient('card-issuer', { timeoutMs: 20_000, ...options });
  return {
    sendBatch: async (batch) =>
      client({
        path: '/batches',
        headers: { 'idempotency-key': batch.batchId },
        body: { parts: await packBatch(batch, signingJwk) },
        repeatable: true,
        answer: receiptAnswer,
      }),
    batchStatus: (batchId) =>
      client({ path: `/batches/${encodeURIComponent(batchId)}`, answer: statusAnswer }),
    returns: async () => {
      const answer = await client({ path: '/returns', answer: returnsAnswer });
      return answer.ok ? ok(answer.value.returns) : answer;
    },
    settleReturn: (returnId, deliverTo) =>
      client({
        path: `/returns/${encodeURIComponent(returnId)}`,
        body: { json: deliverTo === undefined ? { do: 'destroy' } : { do: 'send', deliverTo } },
        repeatable: true,
        answer: z.object({ returnId: z.literal(returnId) }),
      }),
  };
}

type Part = { readonly name: string; readonly type: string; readonly content: Buffer };

/**
 * A batch as it travels: `manifest`, a JWS that names every other part with its length and SHA-256; `cards`, a line of JSON for
 * each card; and a `photo` for each. The same batch has the same manifest but for its signature.
 */
async function packBatch({ batchId, cards }: CardBatch, jwk: JWK): Promise<FormData> {
  const lines = cards.map(({ photo: _, ...card }) => `${JSON.stringify(card)}\n`);
  const table: Part = {
    name: 'cards.jsonl',
    type: 'application/jsonl',
    content: Buffer.from(lines.join('')),
  };
  const photos = cards.map(({ lineId, photo }): Part => ({
    name: `${lineId}.jpg`,
    type: 'image/jpeg',
    content: photo,
  }));
  const manifest = { batchId, cards: cards.length, parts: [table, ...photos].map(described) };
  const form = new FormData();
  form.set('manifest', await sign(manifest, jwk));
  form.set('cards', fileOf(table));
  for (const photo of photos) form.append('photo', fileOf(photo));
  return form;
}

function described({ name, content }: Part) {
  return { name, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}

function fileOf({ name, type, content }: Part): File {
  return new File([new Uint8Array(content)], name, { type });
}

async function sign(manifest: object, jwk: JWK): Promise<string> {
  const { alg = '', kid = '' } = jwk;
  return new CompactSign(new TextEncoder().encode(JSON.stringify(manifest)))
    .setProtectedHeader({ alg, kid, typ: MANIFEST_TYPE })
    .sign(await importJWK(jwk, alg));
}
