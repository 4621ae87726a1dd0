import { act, type ActingFor, look, type Refused, stepUpFresh } from '../access/index.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { VendorDeps } from './grants.ts';
import { insertAppeal, ownBar, type OwnBar } from './records.ts';

type Deps = Pick<VendorDeps, 'database'>;

const APPEAL = { right: 'agreements.sign', action: 'vendor.appealed', neverForVendor: true } as const;

/** Why no appeal is filed. Each but the login has words under `vendors:appeal.problem.*`. */
export type AppealProblem = 'step-up' | 'not-barred' | 'appealed';

function appealProblem(bar: OwnBar | undefined): 'not-barred' | 'appealed' | undefined {
  if (bar === undefined) return 'not-barred';
  return bar.filedAt === null ? undefined : 'appealed';
}

/** The bar that holds for the vendor, or that it has been told of, and what keeps it from appealing. Officers only. */
export function openAppeal(deps: Deps, acting: ActingFor) {
  return look(deps.database, acting, APPEAL, async (permitted) => {
    const bar = await ownBar(permitted);
    return { permitted, bar, problem: appealProblem(bar) };
  });
}

/**
 * Appeals against the bar that holds for the vendor, or that it has been told of: once for each. Officers only, with a login
 * at high level in the last five minutes.
 */
export function fileAppeal(
  deps: Deps,
  acting: ActingFor,
  text: string,
): Promise<Result<null, AppealProblem | Refused>> {
  return act<null, AppealProblem>(deps.database, acting, APPEAL, async (permitted) => {
    if (!stepUpFresh(permitted.facts, permitted.now)) return err('step-up');
    const bar = await ownBar(permitted);
    const problem = appealProblem(bar);
    if (bar === undefined || problem !== undefined) return err(problem ?? 'not-barred');
    if (!(await insertAppeal(permitted, bar.id, text))) return err('appealed');
    await permitted.audit({
      subject: { kind: 'vendor', id: permitted.facts.business?.id ?? '' },
      changes: { barId: bar.id },
      detail: { text },
    });
    return ok(null);
  });
}
