import type { Permitted } from '../access/index.ts';
import { awaitedApprovals, type BusinessApproval, mayHaveCards } from '../businesses/index.ts';

/** What the Labour Inspection Authority has not let the business do: order cards at all, or for its employees. */
export interface ApprovalLack extends BusinessApproval {
  /** Nobody in the business gets a card. */
  readonly nobody: boolean;
}

/** The first thing that the business lacks of the Authority's approval; undefined where it needs none, or has all. */
export async function approvalLack(permitted: Permitted): Promise<ApprovalLack | undefined> {
  const { business } = permitted.facts;
  const awaited = business ? await awaitedApprovals(permitted, business.id) : [];
  const lacking = awaited.find(({ standing }) => standing !== 'approved' && standing !== 'card-order');
  return lacking && { ...lacking, nobody: !mayHaveCards(lacking.standing) };
}
