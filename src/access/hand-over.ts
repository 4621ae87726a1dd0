import { formatDateTime } from '../kernel/dates.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { act, type ActingFor, type Refused } from './actions.ts';
import { type DraftProblem, handOver } from './drafts.ts';
import type { AccessDeps } from './mandates.ts';
import { otherOfficers } from './records.ts';

/** Where the preview of a kept form is; only what needs a step-up is handed over. */
const PREVIEWS: Readonly<Record<string, string>> = {
  'vendor-mandate': '/business/access/vendor-drafts',
  'person-mandate': '/business/access/mandate-drafts',
};

export type HandOverProblem = {
  readonly kind: 'confirm';
  readonly reason: DraftProblem | 'no-other-officer';
};

/**
 * For someone who cannot log in at high level: the other officers are told of the kept form, which any of them can read and
 * confirm in their own name within three days. Asking again sends nothing more.
 */
export async function askOfficers(
  deps: AccessDeps,
  acting: ActingFor,
  draftId: string,
): Promise<Result<{ readonly until: Date }, HandOverProblem | Refused>> {
  const request = { right: 'access.manage', action: 'mandate.ask-officers' } as const;
  return act<{ readonly until: Date }, HandOverProblem>(deps.database, acting, request, async (permitted) => {
    if ((await otherOfficers(permitted)).length === 0) {
      return err({ kind: 'confirm', reason: 'no-other-officer' });
    }
    const handed = await handOver(permitted, draftId);
    if (!handed.ok) return err({ kind: 'confirm', reason: handed.error });
    const { kind, until, again } = handed.value;
    const folder = PREVIEWS[kind];
    if (folder === undefined) return err({ kind: 'confirm', reason: 'draft-gone' });
    if (again) return ok({ until });
    const { business, session } = permitted.facts;
    await permitted.audit({ subject: { kind: 'draft', id: draftId }, changes: { draftKind: kind } });
    await deps.notify(permitted, {
      template: 'access:notice.askOfficers',
      businessId: business?.id ?? null,
      parameters: {
        business: business?.name ?? '',
        by: session?.name ?? '',
        link: `${deps.publicOrigin}/b/${acting.business}${folder}/${draftId}`,
        until: formatDateTime(until, 'nb'),
      },
      audience: 'officers',
    });
    return ok({ until });
  });
}
