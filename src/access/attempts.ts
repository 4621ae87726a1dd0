import { type RawBuilder, sql, type SqlBool } from 'kysely';
import { businessOf, type Reading } from './records.ts';
import { type Refusal, type Right, RIGHTS } from './rules.ts';

/** For how long an attempt is shown. */
export const ATTEMPT_DAYS = 90;

/** The refusals that say that somebody lacked a right: not those of a mandate that is stopped, or has run out. */
const LACKS_RIGHT: readonly Refusal[] = [
  'never-for-vendor',
  'right-not-given',
  'other-unit',
  'other-worker',
  'not-the-vendors-own',
];

/** What was tried, as people say it: `access:attempt.what.*`. */
type Tried =
  | 'open-contact'
  | 'change-contact'
  | 'access'
  | 'vendor'
  | 'see-orders'
  | 'order'
  | 'see-cards'
  | 'block-cards'
  | 'workers';

/** What a vendor was refused for lack of a right: what, how often, and when last. */
export interface Attempt {
  readonly what: Tried | { readonly right: Right };
  readonly times: number;
  readonly lastAt: Date;
}

interface Refused {
  readonly vendorId: string;
  readonly action: string;
  readonly usedRight: string | null;
  readonly times: number;
  readonly lastAt: Date;
}

/** What is tried with an action, by how its name begins; the first that fits counts. */
const BEGINNINGS: readonly (readonly [string, Tried])[] = [
  ['contact.view', 'open-contact'],
  ['contact.', 'change-contact'],
  ['access.', 'access'],
  ['mandate.', 'access'],
  ['invitation.', 'access'],
  ['freeze.', 'access'],
  ['review.', 'access'],
  ['vendor.', 'vendor'],
  ['agreement.', 'vendor'],
  ['order.seen', 'see-orders'],
  ['orders.seen', 'see-orders'],
  ['photo.seen', 'see-orders'],
  ['order.', 'order'],
  ['cards.block', 'block-cards'],
  ['cards.', 'see-cards'],
  ['workers.', 'workers'],
  ['worker.', 'workers'],
];

/** What a refused action was an attempt at: by the action, or else the right that it needed; undefined: of neither kind. */
export function whatWasTried(action: string, usedRight: string | null): Attempt['what'] | undefined {
  const known = BEGINNINGS.find(([beginning]) => action.startsWith(beginning))?.[1];
  if (known !== undefined) return known;
  const right = RIGHTS.find((one) => one === usedRight);
  return right && { right };
}

/**
 * What each of these vendors tried without the right to, in the last 90 days, the latest first: from the audit, by set. Who
 * at the vendor it was is not shown: the vendor answers for its people.
 */
export async function attemptsOf(
  reading: Reading,
  vendorIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Attempt[]>> {
  if (vendorIds.length === 0) return new Map();
  const { rows } = await sql<Refused>`
    select e.vendor_id as "vendorId", e.action, e.used_right as "usedRight", count(*)::int as times,
      max(e.recorded_at) as "lastAt"
    from audit_entries e where ${areAttempts(reading)} and e.vendor_id = any(${vendorIds}::uuid[])
    group by e.vendor_id, e.action, e.used_right`.execute(reading.query);
  return gather(rows);
}

/** What one vendor's people were refused, of one kind of action. */
export interface VendorAttempts {
  readonly vendor: string;
  readonly times: number;
  readonly lastAt: Date;
}

/**
 * Which vendors tried actions whose names begin so, the latest first, as `attemptsOf` counts them: also vendors without a
 * mandate. Empty to whoever may not read the log.
 */
export async function attemptsAt(reading: Reading, beginning: string): Promise<readonly VendorAttempts[]> {
  const { rows } = await sql<VendorAttempts>`
    select b.name as vendor, count(*)::int as times, max(e.recorded_at) as "lastAt"
    from audit_entries e join businesses b on b.id = e.vendor_id
    where ${areAttempts(reading)} and starts_with(e.action, ${beginning})
    group by b.id, b.name order by max(e.recorded_at) desc limit 20`.execute(reading.query);
  return rows;
}

/** Which entries `e` of the log are attempts at something in the business. */
function areAttempts(reading: Reading): RawBuilder<SqlBool> {
  const since = new Date(reading.now.getTime() - ATTEMPT_DAYS * 86_400_000);
  return sql<SqlBool>`e.business_id = ${businessOf(reading)} and e.decision = 'refused'
    and e.rule = any(${LACKS_RIGHT}::text[]) and e.recorded_at > ${since}`;
}

function gather(rows: readonly Refused[]): Map<string, Attempt[]> {
  const byVendor = new Map<string, Attempt[]>();
  for (const { vendorId, action, usedRight, times, lastAt } of rows) {
    const what = whatWasTried(action, usedRight);
    if (what === undefined) continue;
    const list = byVendor.get(vendorId) ?? [];
    const same = list.find((one) => JSON.stringify(one.what) === JSON.stringify(what));
    byVendor.set(vendorId, [
      ...list.filter((one) => one !== same),
      {
        what,
        times: times + (same?.times ?? 0),
        lastAt: same !== undefined && same.lastAt > lastAt ? same.lastAt : lastAt,
      },
    ]);
  }
  for (const list of byVendor.values()) list.sort((a, b) => b.lastAt.getTime() - a.lastAt.getTime());
  return byVendor;
}
