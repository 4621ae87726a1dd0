import { z } from 'zod';
import type { PlainDate } from '../kernel/dates.ts';
import type { OrganisationNumber } from '../kernel/organisation-number.ts';
import type { Result } from '../kernel/result.ts';
import { createHttpClient, type ClientOptions, type RegisterError } from './http-client.ts';

/** One card to be made: what is printed on it, and the photo as base64 of a JPEG with its SHA-256 in hex. */
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
  readonly photo: string;
};

/** Cards that are sent together; the same `batchId` is never produced twice. */
export type CardBatch = { readonly batchId: string; readonly cards: readonly CardToProduce[] };

export type ProductionStatus = 'acknowledged' | 'produced' | 'shipped';

export type BatchStatus = {
  readonly batchId: string;
  readonly cards: readonly { readonly lineId: string; readonly status: ProductionStatus }[];
};

/** The company that prints and sends the cards. */
export type CardIssuer = {
  /** Hands a batch over. Sending it again changes nothing, so it may be repeated after any failure. */
  sendBatch(
    batch: CardBatch,
  ): Promise<Result<{ readonly batchId: string; readonly status: string }, RegisterError>>;
  /** How far each card of a batch has come. */
  batchStatus(batchId: string): Promise<Result<BatchStatus, RegisterError>>;
};

export const cardIssuerScope = 'kortvakt:cards.produce';

const receiptAnswer = z.object({ batchId: z.string(), status: z.string() });
const statusAnswer = z.object({
  batchId: z.string(),
  cards: z.array(z.object({ lineId: z.string(), status: z.enum(['acknowledged', 'produced', 'shipped']) })),
});

/** A client of the card issuer's production API. */
export function createCardIssuer(options: ClientOptions): CardIssuer {
  // A batch carries photos, so it is given more time than a look-up.
  const client = createHttpClient('card-issuer', { timeoutMs: 20_000, ...options });
  return {
    sendBatch: (batch) =>
      client({
        path: '/batches',
        headers: { 'idempotency-key': batch.batchId },
        body: { json: batch },
        repeatable: true,
        answer: receiptAnswer,
      }),
    batchStatus: (batchId) =>
      client({ path: `/batches/${encodeURIComponent(batchId)}`, answer: statusAnswer }),
  };
}
