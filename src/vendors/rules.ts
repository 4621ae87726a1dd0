import type { Permitted, ProposalProblems, RequestProblem } from '../access/index.ts';
import type { Language } from '../kernel/language.ts';
import { addMoney, type Money, withVat } from '../kernel/money.ts';

/** The text of the standard agreement in one language, as it is shown and accepted. */
export interface AgreementText {
  readonly title: string;
  readonly parts: readonly { readonly heading: string; readonly text: string }[];
}

/** Port: the data processing agreements. Filled by the agreements feature. */
export interface Agreements {
  readonly standard: {
    readonly version: string;
    readonly sha256: Buffer;
    readonly text: Readonly<Record<Language, AgreementText>>;
  };
  /** The agreement in force in its current version. */
  readonly active: (
    permitted: Permitted,
    vendorId: string,
  ) => Promise<{ readonly id: string; readonly since: Date } | undefined>;
  /** Signs for the business; returns the agreement's id. Officers only. */
  readonly sign: (
    permitted: Permitted,
    vendorId: string,
    vendor: { readonly by: string; readonly byName: string; readonly at: Date },
  ) => Promise<string>;
}

/** A registered vendor as any business sees it. */
export interface Vendor {
  readonly id: string;
  readonly organisationNumber: string;
  readonly name: string;
  /** Per card, on top of the official price, without VAT. */
  readonly feeOre: number;
  readonly barred: boolean;
  readonly closed: boolean;
  readonly agreementSha256: Buffer;
  readonly acceptedBy: string;
  readonly acceptedByName: string;
  readonly acceptedAt: Date;
}

/** Why a vendor cannot be given a mandate at all. Each has words under `vendors:problem.*`. */
export type VendorProblem =
  'unknown-vendor' | 'oneself' | 'barred' | 'closed' | 'outdated-agreement' | 'needs-officer';

export type GrantProblem =
  | RequestProblem
  | { readonly kind: 'vendor'; readonly reason: VendorProblem }
  | { readonly kind: 'proposal'; readonly problems: ProposalProblems & { readonly quote?: 'ends-before' } };

/** Why this business cannot give this vendor a mandate; undefined when it can. */
export function vendorProblem(
  vendor: Vendor,
  businessId: string,
  standardSha256: Buffer,
): VendorProblem | undefined {
  if (vendor.id === businessId) return 'oneself';
  if (vendor.barred) return 'barred';
  if (vendor.closed) return 'closed';
  return vendor.agreementSha256.equals(standardSha256) ? undefined : 'outdated-agreement';
}

/** What one card costs, ordered oneself and through the vendor. */
export interface Comparison {
  readonly official: Money;
  readonly fee: Money;
  readonly total: Money;
  readonly officialWithVat: Money;
  readonly totalWithVat: Money;
}

/** The vendor's fee beside the official price, for one card. */
export function comparePrices(official: Money, fee: Money, vatBasisPoints: number): Comparison {
  const total = addMoney(official, fee);
  return {
    official,
    fee,
    total,
    officialWithVat: withVat(official, vatBasisPoints).includingVat,
    totalWithVat: withVat(total, vatBasisPoints).includingVat,
  };
}
