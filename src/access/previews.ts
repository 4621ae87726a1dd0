import { recordDisclosures } from '../audit/index.ts';
import type { Permitted } from './actions.ts';
import { type Holder, type Proposal, termsOf } from './grants.ts';
import { type BusinessUnit, listUnits, otherOfficers } from './records.ts';
import type { Decision } from './rules.ts';
import { type Sight, sightOf } from './sight.ts';
import { changesBetween, type Scope, type Terms, type TermsChange } from './terms.ts';
import {
  nameableWorkers,
  type NameableWorker,
  workerNames,
  WORKERS_FOUND,
  workersWithin,
} from './worker-records.ts';

/** The names behind a scope's ids: every open unit, and those of the named workers whom the reader may see. */
export interface ScopeNames {
  readonly units: readonly BusinessUnit[];
  readonly workers: ReadonlyMap<string, string>;
}

/** Reads the names of what these scopes hold; that names of workers are shown is recorded. */
export async function namesOf(permitted: Permitted, scopes: readonly Scope[]): Promise<ScopeNames> {
  const ids = [...new Set(scopes.flatMap(({ workers }) => workers ?? []))];
  const maySee = ids.length > 0 && permitted.use('workers.read').allowed;
  const named = maySee ? await workerNames(permitted, ids) : [];
  await disclose(permitted, named, ['name'], 'access-scope');
  return {
    units: await listUnits(permitted),
    workers: new Map(named.map(({ id, name }) => [id, name])),
  };
}

/** What a preview tells of a mandate besides the proposal itself. */
export interface Preview {
  readonly names: ScopeNames;
  readonly sights: readonly Sight[];
  /** How many workers it reaches, and one of them as an example; undefined: the giver may not see the list of workers. */
  readonly people: { readonly count: number; readonly example: NameableWorker | undefined } | undefined;
  /** What is different from the mandate that it replaces; undefined: it replaces none. */
  readonly changes: readonly TermsChange[] | undefined;
  /** What is different from what the holder has asked for; undefined: it has not asked. */
  readonly beyondAsked: readonly TermsChange[] | undefined;
  /** Who else could give it, for someone who did not log in at high level. */
  readonly otherOfficers: readonly string[];
}

/** Reads what a preview shows. The example is one real worker, recorded as shown to the giver. */
export async function loadPreview(
  permitted: Permitted,
  holder: Holder,
  proposal: Proposal,
  replaces: Terms | undefined,
  asked?: Terms,
): Promise<Preview> {
  const { now, facts } = permitted;
  const terms = termsOf(proposal, now);
  const sights = sightOf(holder, proposal.rights);
  const maySee = sights.length > 0 && permitted.use('workers.read').allowed;
  const people = maySee ? await workersWithin(permitted, proposal) : undefined;
  if (people?.example) {
    await disclose(permitted, [people.example], ['name', 'birth-date', 'unit'], 'access-preview');
  }
  return {
    names: await namesOf(
      permitted,
      [proposal, replaces, asked].filter((scope) => scope !== undefined),
    ),
    sights,
    people,
    changes: replaces && changesBetween(replaces, terms, now),
    beyondAsked: asked && changesBetween(asked, terms, now),
    otherOfficers: facts.session?.acr === 'high' ? [] : await otherOfficers(permitted),
  };
}

/** The workers to choose among in a form: those ticked, and those that a search found. */
export interface WorkerPicking {
  readonly mayRead: Decision;
  readonly chosen: readonly NameableWorker[];
  /** Undefined: nobody has searched yet. */
  readonly found: readonly NameableWorker[] | undefined;
  /** There are more than are shown. */
  readonly more: boolean;
}

/** What somebody picks workers with: ids of those ticked, and what to search for. */
export interface PickingQuery {
  readonly chosen: readonly string[];
  readonly search: string | undefined;
}

/**
 * Reads whom a form shows to choose among. A form that nobody has sent yet starts with those whom the present mandate names.
 * Nobody without `workers.read` is shown anyone. Whose names were shown is recorded.
 */
export async function pickForScope(
  permitted: Permitted,
  query: PickingQuery | undefined,
  present?: Scope,
): Promise<WorkerPicking> {
  const { chosen: ids, search } = query ?? { chosen: present?.workers ?? [], search: undefined };
  const nobodyYet = ids.length === 0 && search === undefined;
  const mayRead = nobodyYet ? permitted.decide('workers.read') : permitted.use('workers.read');
  if (!mayRead.allowed) return { mayRead, chosen: [], found: undefined, more: false };
  const chosen = ids.length === 0 ? [] : await nameableWorkers(permitted, { ids });
  const matching = search === undefined ? undefined : await nameableWorkers(permitted, { search });
  const found = matching?.slice(0, WORKERS_FOUND).filter(({ id }) => !ids.includes(id));
  await disclose(permitted, [...chosen, ...(found ?? [])], ['name', 'birth-date', 'unit'], 'access-scope');
  return { mayRead, chosen, found, more: (matching?.length ?? 0) > WORKERS_FOUND };
}

function disclose(
  permitted: Permitted,
  workers: readonly { readonly personId: string }[],
  fields: readonly string[],
  occasion: string,
): Promise<void> {
  const people = new Set(workers.map(({ personId }) => personId));
  return recordDisclosures(
    permitted,
    [...people].map((subjectPersonId) => ({ subjectPersonId, fields, occasion })),
  );
}
