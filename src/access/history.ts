import { osloToday, parsePlainDate, type PlainDate } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { ok, type Result } from '../kernel/result.ts';
import { act, type ActingFor, look, type Permitted, type Refused } from './actions.ts';
import { type HistoryEvent, listEveryUnit, listHistory, pastOf } from './history-records.ts';
import type { AccessDeps } from './mandates.ts';
import { partsOfDay } from './on-day.ts';
import { namesOf } from './previews.ts';
import { type BusinessUnit, findMandate } from './records.ts';

type Deps = Pick<AccessDeps, 'database'>;

/** Rows of a page of the history. */
const PAGE_SIZE = 25;
/** Rows of the export that are read at a time, each time with a new decision. */
const BATCH = 1000;

const VIEW = { right: 'access.manage', action: 'access.history' } as const;
const EXPORT = { right: 'access.manage', action: 'access.exported' } as const;

/** A page of who had which right when; `older`: where the next page begins. */
export async function viewHistory(
  deps: Deps,
  acting: ActingFor,
  wanted: { readonly search: string; readonly before: string | undefined },
) {
  return look(deps.database, acting, VIEW, async (permitted) => {
    const rows = await listHistory(permitted, { ...wanted, limit: PAGE_SIZE + 1 });
    const events = rows.slice(0, PAGE_SIZE);
    const older = rows.length > PAGE_SIZE ? events.at(-1)?.place : undefined;
    return { permitted, events, older, units: await listEveryUnit(permitted) };
  });
}

/** Part of an export, and the names of the units in it. */
export interface ExportPart {
  readonly events: readonly HistoryEvent[];
  readonly units: readonly BusinessUnit[];
}

/**
 * The whole history, a part at a time, the latest first. The first part is decided on and written into the audit before
 * anything is answered; each further part is decided on anew, so that an export ends where the right to it does: it throws.
 */
export async function exportHistory(
  deps: Deps,
  acting: ActingFor,
): Promise<Result<AsyncGenerator<ExportPart, void>, Refused>> {
  const first = await act<ExportPart, never>(deps.database, acting, EXPORT, async (permitted) => {
    await permitted.audit();
    return ok(await readPart(permitted, undefined));
  });
  return first.ok ? ok(partsAfter(deps, acting, first.value)) : first;
}

async function readPart(permitted: Permitted, before: string | undefined): Promise<ExportPart> {
  return {
    events: await listHistory(permitted, { search: '', before, limit: BATCH }),
    units: await listEveryUnit(permitted),
  };
}

async function* partsAfter(
  deps: Deps,
  acting: ActingFor,
  first: ExportPart,
): AsyncGenerator<ExportPart, void> {
  let part = first;
  yield part;
  while (part.events.length === BATCH) {
    const before = part.events.at(-1)?.place;
    const next = await look(deps.database, acting, EXPORT, (permitted) => readPart(permitted, before));
    if (!next.ok) throw new Error('The right to export was taken away during the export.');
    part = next.value;
    yield part;
  }
}

/** What was asked for as a day, and what it is. */
type AskedDay =
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable' | 'ahead'; readonly typed: string }
  | { readonly kind: 'day'; readonly day: PlainDate };

/** Reads a day that somebody asks about; `today` is the last one that there is something to tell of. */
function askedDay(typed: string | undefined, today: PlainDate): AskedDay {
  if (typed === undefined || typed === '') return { kind: 'none' };
  const day = parsePlainDate(typed);
  if (day === undefined || day < '1970-01-02') return { kind: 'unreadable', typed };
  return day > today ? { kind: 'ahead', typed } : { kind: 'day', day };
}

/** What the holder of a mandate could do on the day asked about, under this mandate or another; no parts without a day. */
export async function viewDay(deps: Deps, acting: ActingFor, id: string, typed: string | undefined) {
  return look(deps.database, acting, VIEW, async (permitted) => {
    const mandate = isUuid(id) ? await findMandate(permitted, id) : undefined;
    if (mandate === undefined) return { permitted, view: undefined };
    const today = osloToday(permitted.now);
    const asked = askedDay(typed, today);
    const parts =
      asked.kind === 'day'
        ? partsOfDay(await pastOf(permitted, mandate, asked.day), asked.day, permitted.now)
        : [];
    const scopes = parts.flatMap(({ state }) => (state.kind === 'could' ? [state.terms] : []));
    const names = { ...(await namesOf(permitted, scopes)), units: await listEveryUnit(permitted) };
    return { permitted, view: { mandate, today, asked, parts, names } };
  });
}
