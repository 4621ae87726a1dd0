/** The card types of the four sectors. */
export type CardType = 'construction' | 'cleaning' | 'car-care' | 'goods-transport';

/**
 * Which card a business's industry code (SN2007) leads to; undefined when none of the four sectors is its main one.
 * A cleaning firm gets cleaning cards only. The prefixes are our choice: no public rule ties card types to codes.
 */
export function cardTypeOf(industryCode: string | undefined): CardType | undefined {
  const sectors = [
    ['81.2', 'cleaning'],
    ['41', 'construction'],
    ['42', 'construction'],
    ['43', 'construction'],
    ['78.2', 'construction'],
    ['45.2', 'car-care'],
    ['95.31', 'car-care'],
    ['49.4', 'goods-transport'],
    ['53.2', 'goods-transport'],
  ] as const;
  return sectors.find(([prefix]) => industryCode?.startsWith(prefix))?.[1];
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
