import { compactVerify, CompactSign, decodeProtectedHeader, importJWK, type JWK } from 'jose';
import { z } from 'zod';

const TYPE = 'kortvakt-agreement-signature+json';

/** Who signed what, when, and with which login: what a signed record holds. Times are ISO 8601, hashes hexadecimal. */
const recordShape = z.object({
  /** The installation that made the record. */
  issuer: z.string(),
  act: z.enum(['sign', 'record', 'confirm-deletion']),
  document: z.object({ version: z.string(), number: z.number().int().nullable(), sha256: z.string() }),
  /** The agreement; null when a vendor signs for whichever business will. */
  agreementId: z.string().nullable(),
  side: z.enum(['business', 'vendor']),
  party: z.object({ organisationNumber: z.string(), name: z.string() }),
  signer: z.object({ name: z.string(), role: z.string() }),
  at: z.string(),
  login: z.object({ acr: z.string(), authTime: z.string(), sessionSha256: z.string() }),
  /** What was declared besides; null when nothing was. */
  statement: z.string().nullable(),
});
export type SignedRecord = z.infer<typeof recordShape>;

/** Signs records with the installation's key, and reads them. */
export interface Signer {
  readonly sign: (record: SignedRecord) => Promise<string>;
  /** The record of a JWS that the key made, or one of before; undefined for any other. */
  readonly read: (jws: string) => Promise<SignedRecord | undefined>;
  /** The public keys, as a JSON Web Key Set. */
  readonly keys: { readonly keys: readonly JWK[] };
}

/**
 * @param jwk the installation's private key, with `kid` and `alg`: the one that signs the audit log's checkpoints
 * @param earlier public keys that signed before it: what they signed is read, and nothing is signed with them
 */
export function createSigner(jwk: JWK, earlier: readonly JWK[] = []): Signer {
  const { alg = '', kid = '' } = jwk;
  const known = [jwk, ...earlier].map(publicPart);
  return {
    sign: async (record) =>
      new CompactSign(new TextEncoder().encode(JSON.stringify(record)))
        .setProtectedHeader({ alg, kid, typ: TYPE })
        .sign(await importJWK(jwk, alg)),
    read: async (jws) => {
      try {
        const named = decodeProtectedHeader(jws).kid;
        const key = known.find((one) => one.kid === named);
        if (key?.alg === undefined) return undefined;
        const { payload, protectedHeader } = await compactVerify(jws, await importJWK(key, key.alg), {
          algorithms: [key.alg],
        });
        if (protectedHeader.typ !== TYPE) return undefined;
        return recordShape.parse(JSON.parse(new TextDecoder().decode(payload)));
      } catch {
        return undefined;
      }
    },
    keys: { keys: known.map((key) => ({ ...key, use: 'sig' })) },
  };
}

/** Only what is public of each kind of key: a member that is not named here stays here. */
function publicPart(jwk: JWK): JWK {
  const shown = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg'] as const;
  return Object.fromEntries(shown.flatMap((name) => (jwk[name] === undefined ? [] : [[name, jwk[name]]])));
}
