import { z } from 'zod';
import type { OrganisationNumber } from '../kernel/organisation-number.ts';
import { ok, type Result } from '../kernel/result.ts';
import { createHttpClient, type ClientOptions, type RegisterError } from './http-client.ts';

/** What is sent: an invoice or a credit note of Peppol BIS Billing 3.0. */
export type DocumentKind = 'invoice' | 'credit-note';

/** One document on its way; the same `key` is never sent twice. */
export type Sending = {
  readonly key: string;
  readonly receiver: OrganisationNumber;
  readonly kind: DocumentKind;
  readonly xml: string;
};

/** The company that sends our invoices through Peppol. */
export type AccessPoint = {
  /** Whether the business receives such documents, which the access point asks Peppol's SML and SMP (for Norway ELMA). */
  receives(number: OrganisationNumber, kind: DocumentKind): Promise<Result<boolean, RegisterError>>;
  /** Hands a document over. Sending it again changes nothing, so it may be repeated after any failure. */
  send(sending: Sending): Promise<Result<{ readonly key: string }, RegisterError>>;
  /** Whether it has a document by that key already. */
  sent(key: string): Promise<Result<boolean, RegisterError>>;
};

export const accessPointScope = 'kortvakt:invoices.send';

/** ISO 6523 identifiers of Norwegian organisation numbers. */
const participantOf = (number: OrganisationNumber): string => `0192:${number}`;

const participantAnswer = z.object({ documents: z.array(z.string()) });
const receiptAnswer = z.object({ key: z.string() });

/** A client of the access point's API. */
export function createAccessPoint(options: ClientOptions): AccessPoint {
  const client = createHttpClient('access-point', options);
  return {
    receives: async (number, kind) => {
      const path = `/participants/${encodeURIComponent(participantOf(number))}`;
      const found = await client({ path, answer: participantAnswer });
      if (found.ok) return ok(found.value.documents.includes(kind));
      return found.error.kind === 'not-found' ? ok(false) : found;
    },
    send: ({ key, receiver, kind, xml }) =>
      client({
        path: '/documents',
        headers: { 'idempotency-key': key },
        body: { json: { receiver: participantOf(receiver), kind, xml } },
        repeatable: true,
        answer: receiptAnswer,
      }),
    sent: async (key) => {
      const found = await client({ path: `/documents/${encodeURIComponent(key)}`, answer: receiptAnswer });
      if (found.ok) return ok(true);
      return found.error.kind === 'not-found' ? ok(false) : found;
    },
  };
}
