import type { Permitted } from '../access/index.ts';
import { approvalKindOf, approvalOf, type BusinessApproval, mayHaveCards } from '../businesses/index.ts';

/** What the Labour Inspection Authority has not let the business do: order cards at all, or for its employees. */
export interface ApprovalLack {
  readonly register: BusinessApproval['register'];
  /** `unread`: its register has not been read since the business came here. */
  readonly standing: BusinessApproval['standing'] | 'unread';
  readonly words: string;
  readonly asOf: Date | undefined;
  /** Nobody in the business gets a card. */
  readonly nobody: boolean;
}

/** What the business lacks of the Authority's approval; undefined where it needs none, or has it. */
export async function approvalLack(permitted: Permitted): Promise<ApprovalLack | undefined> {
  const { business } = permitted.facts;
  const register = approvalKindOf(business?.cardType);
  if (!business || register === undefined) return undefined;
  const found = await approvalOf(permitted, business.id, register);
  const { standing, words, asOf } = found ?? { standing: 'unread', words: '', asOf: undefined };
  if (standing === 'approved' || standing === 'card-order') return undefined;
  return { register, standing, words, asOf, nobody: !mayHaveCards(standing) };
}
