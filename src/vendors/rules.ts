import type { Permitted, ProposalProblems, RequestProblem } from '../access/index.ts';
import type { Language } from '../kernel/language.ts';
import { addMoney, type Money, withVat } from '../kernel/money.ts';
import type { Result } from '../kernel/result.ts';

/** The text of an agreement in one language, as it is shown and signed. */
export interface AgreementText {
  readonly title: string;
  readonly lead: string;
  readonly parts: readonly {
    readonly heading: string;
    readonly text: string;
    readonly items: readonly string[];
  }[];
}

type AgreementTexts = Readonly<Record<Language | 'nn', AgreementText>>;

/** Why nothing was signed: a fresh login first, or the document is no longer the one that was read. */
export type SigningProblem = 'step-up' | 'changed';

/** Port: the data processing agreements. Filled by the agreements feature. */
export interface Agreements {
  /** The standard text with what the installation puts in: documents made with another are out of date. */
  readonly standard: { readonly version: string; readonly sha256: Buffer };
  /** The agreement in force: on the vendor's present document, or signed elsewhere and recorded. */
  readonly active: (
    permitted: Permitted,
    vendorId: string,
  ) => Promise<{ readonly id: string; readonly since: Date; readonly recorded: boolean } | undefined>;
  /** What the vendor has signed, for whichever business will; undefined when that is out of date. */
  readonly current: (
    permitted: Permitted,
    vendorId: string,
  ) => Promise<{ readonly id: string; readonly sha256: Buffer; readonly text: AgreementTexts } | undefined>;
  /** What the vendor who acts would sign now; `signed` when it has signed this very document. */
  readonly draft: (
    permitted: Permitted,
    places?: string,
  ) => Promise<{
    readonly text: AgreementTexts;
    readonly places: string;
    readonly sha256: string;
    readonly signed: object | undefined;
  }>;
  /** The file of it. */
  readonly draftFile: (permitted: Permitted) => Promise<Buffer | undefined>;
  /** Signs that document for the vendor, unless it has been. `read`: the hash of the one that was read. Officers only. */
  readonly offer: (
    permitted: Permitted,
    offer: { readonly places?: string | undefined; readonly read?: string | undefined },
  ) => Promise<
    Result<
      {
        readonly documentId: string;
        readonly version: string;
        readonly sha256: Buffer;
        readonly signedNow: boolean;
      },
      SigningProblem
    >
  >;
  /** Has the vendor's customers told of a document that was signed just now. */
  readonly announce: (permitted: Permitted, documentId: string) => Promise<void>;
  /** Signs the vendor's document of that hash for the business; answers with the agreement's id. Officers only. */
  readonly sign: (
    permitted: Permitted,
    vendorId: string,
    read: string,
  ) => Promise<Result<string, SigningProblem>>;
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
  /** Of the standard text that its document was made with; null when it has signed none. */
  readonly standardSha256: Buffer | null;
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
  return vendor.standardSha256?.equals(standardSha256) === true ? undefined : 'outdated-agreement';
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
