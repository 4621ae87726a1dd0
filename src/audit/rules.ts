import { createHash } from 'node:crypto';

/** One entry of the audit log: ids, codes and salted hashes only; what can be erased goes into `detail`, apart. */
export interface AuditEntry {
  readonly action: string;
  readonly decision: 'allowed' | 'refused';
  /** The rule that refused. */
  readonly rule?: string;
  readonly usedRight?: string;
  readonly mandateId?: string;
  readonly vendorId?: string;
  readonly businessId?: string;
  readonly subject?: { readonly kind: string; readonly id: string };
  /** Ids, codes, counts and amounts. Never a name, an address or a national identity number. */
  readonly changes?: Readonly<Record<string, unknown>>;
  /** Names, addresses, before and after: kept in a table of their own so that they can be erased. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** One recorded event of someone seeing someone's personal data. */
export interface Disclosure {
  readonly subjectPersonId: string;
  readonly fields: readonly string[];
  /** Where it was seen, as a code: `worker-list`, `order`, `photo`. */
  readonly occasion: string;
}

/** The chain of what concerns no business. */
export const SYSTEM_CHAIN = 'system';

/** What stands where a chain's first entry would have its predecessor's hash. */
export function firstHash(chain: string): Buffer {
  return createHash('sha256').update(`kortvakt audit chain ${chain}`).digest();
}

/** One link: SHA-256 of the predecessor's hash, and of chain, position and the entry as text. */
export function chainHash(
  previous: Uint8Array,
  link: { readonly chain: string; readonly position: number; readonly body: string },
): Buffer {
  return createHash('sha256')
    .update(previous)
    .update(`${link.chain}\n${String(link.position)}\n${link.body}`)
    .digest();
}

/** Hash that binds an erasable detail to its entry: SHA-256 of the salt and the canonical JSON. */
export function hashDetail(salt: Uint8Array, detail: unknown): string {
  return createHash('sha256').update(salt).update(canonicalJson(detail)).digest('hex');
}

/** JSON with sorted keys, so that equal values give equal text whatever order the database hands them back in. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
