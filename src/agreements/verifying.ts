import { sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import type { SignedRecord, Signer } from './signing.ts';

const instant = z
  .string()
  .transform((text) => new Date(text))
  .nullable();
const foundShape = z.discriminatedUnion('kind', [
  z.object({
    kind: z.enum(['signed', 'recorded']),
    version: z.string(),
    businessSignature: z.string(),
    vendorSignature: z.string(),
    endsAt: instant,
    endedAt: instant,
    endReason: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('document'),
    version: z.string(),
    vendorSignature: z.string(),
    current: z.boolean(),
  }),
]);

/** What anyone with a file learns of it: no more than stands in the file, and whether it still holds. */
export type Verified =
  | {
      /** `recorded`: signed elsewhere, and an officer of each side has said here that it is theirs. */
      readonly kind: 'signed' | 'recorded';
      readonly version: string;
      readonly signatures: readonly SignedRecord[];
      readonly inForce: boolean;
      readonly endsAt: Date | null;
      readonly endedAt: Date | null;
    }
  | {
      readonly kind: 'document';
      readonly version: string;
      readonly signatures: readonly SignedRecord[];
      /** Whether the vendor stands by it now. */
      readonly inForce: boolean;
    };

/** Looks a file up by its SHA-256; undefined: it is none of ours, or its records cannot be trusted. */
export async function verifyFile(
  deps: { readonly database: Pick<Database, 'request'>; readonly signer: Signer },
  hash: Buffer,
): Promise<Verified | undefined> {
  return inTransaction(deps.database, { kind: 'anonymous' }, async ({ query, now }) => {
    const { rows } = await sql<{ found: unknown }>`select agreement_by_file(${hash}) as found`.execute(query);
    const parsed = foundShape.nullable().parse(rows[0]?.found ?? null);
    if (parsed === null) return undefined;
    const holds = (end: { readonly endsAt: Date | null; readonly endedAt: Date | null }) =>
      end.endedAt === null && (end.endsAt === null || end.endsAt > now);
    const jws =
      parsed.kind === 'document'
        ? [parsed.vendorSignature]
        : [parsed.businessSignature, parsed.vendorSignature];
    const records = await Promise.all(jws.map((one) => deps.signer.read(one)));
    const signatures = records.filter((record) => record !== undefined);
    if (signatures.length < jws.length) return undefined;
    const { version } = parsed;
    if (parsed.kind === 'document') return { kind: 'document', version, signatures, inForce: parsed.current };
    const { endsAt, endedAt } = parsed;
    return { kind: parsed.kind, version, signatures, inForce: holds(parsed), endsAt, endedAt };
  });
}
