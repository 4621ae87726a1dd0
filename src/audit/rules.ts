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
