import type { CardType } from '../kernel/card-types.ts';

/** An industry code that starts so leads to this card; the first that fits. A setting. */
export interface CardTypeRule {
  readonly prefix: string;
  readonly cardType: CardType;
}

/**
 * The Labour Inspection Authority's registers that a business may wait for before it orders; the database's `awaits_register`
 * knows which.
 */
export const APPROVAL_KINDS = ['cleaning', 'car-care', 'staffing'] as const;
export type ApprovalKind = (typeof APPROVAL_KINDS)[number];

type Standing = string | null | undefined;

const ORDERING: readonly Standing[] = ['approved', 'approved-without-staff', 'card-order'];

/** Whether the Authority lets a business in this standing have cards, at least for its owners. */
export function mayHaveCards(standing: Standing): boolean {
  return ORDERING.includes(standing);
}

/**
 * Which card a business gets; undefined when none of the four sectors is its own. A firm that the Authority has approved
 * for cleaning gets cleaning cards only, which serve on building sites too, whatever its industry code; else the code
 * decides; a firm approved for car care whose code says nothing gets car care cards.
 */
export function cardTypeOf(
  business: { readonly code: string | undefined; readonly cleaning?: Standing; readonly carCare?: Standing },
  rules: readonly CardTypeRule[],
): CardType | undefined {
  if (mayHaveCards(business.cleaning)) return 'cleaning';
  const byCode = rules.find(({ prefix }) => business.code?.startsWith(prefix))?.cardType;
  return byCode ?? (mayHaveCards(business.carCare) ? 'car-care' : undefined);
}

/** Which registered roles let a person act for a business; both lists are settings. */
export interface OfficerRules {
  readonly roles: readonly string[];
  /** Of the roles that several may share (partners, chairs): those that may act without the others. */
  readonly actAlone: readonly string[];
}

const SHARED = ['DTPR', 'DTSO', 'LEDE'];
/** The contact person acts only where there is no other: foreign branches and public administrative units. */
const CONTACT_FORMS = ['NUF', 'ADOS'];

/** Whether a holder of this role in a business of this form is an officer. */
export function actsAsOfficer(roleCode: string, form: string, rules: OfficerRules): boolean {
  if (!rules.roles.includes(roleCode)) return false;
  if (SHARED.includes(roleCode) && !rules.actAlone.includes(roleCode)) return false;
  return roleCode !== 'KONT' || CONTACT_FORMS.includes(form);
}
