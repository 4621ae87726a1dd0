import { readFileSync } from 'node:fs';
import {
  type ActionConstraint,
  type CedarValueJson,
  type EntityJson,
  policySetTextToParts,
  policyToJson,
  preparsePolicySet,
  preparseSchema,
  statefulIsAuthorized,
} from '@cedar-policy/cedar-wasm/nodejs';
import { type Right, RIGHTS } from '../../src/access/rules.ts';
import { osloToday } from '../../src/kernel/dates.ts';
import { type Asker, minutes, type Mandate, type Target, type World } from './drawn-world.ts';

const read = (name: string) =>
  readFileSync(new URL(`../../src/access/policy/${name}`, import.meta.url), 'utf8');
/** The policy and its schema as they are committed. */
export const POLICY = read('rights.cedar');
export const SCHEMA = read('schema.cedarschema');

/** One policy of the file, by the name that it gives itself. */
export interface NamedPolicy {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly text: string;
  /** The rights that it is about; left out: every one. */
  readonly rights?: readonly string[];
}

/** The policies of the file, in its order. */
export function namedPolicies(): NamedPolicy[] {
  const parts = policySetTextToParts(POLICY);
  if (parts.type === 'failure') throw new Error(JSON.stringify(parts.errors));
  return parts.policies
    .map((text) => {
      const parsed = policyToJson(text);
      if (parsed.type === 'failure') throw new Error(JSON.stringify(parsed.errors));
      const { annotations, effect, action } = parsed.json;
      return { id: annotations?.['id'] ?? '', effect, text, ...rightsOf(action) };
    })
    .sort((one, other) => POLICY.indexOf(`@id("${one.id}")`) - POLICY.indexOf(`@id("${other.id}")`));
}

function rightsOf(action: ActionConstraint): Pick<NamedPolicy, 'rights'> {
  if (action.op === 'All') return {};
  const named = 'entities' in action ? action.entities : 'entity' in action ? [action.entity] : [];
  return { rights: named.map((one) => ('__entity' in one ? one.__entity.id : one.id)) };
}

/** Cedar's answer: whether it allows, and the policies that say so (a refusal without any: nothing permits). */
export interface Opinion {
  readonly allowed: boolean;
  readonly because: readonly string[];
}

const date = (ms: number): CedarValueJson => ({
  __extn: { fn: 'datetime', arg: new Date(ms).toISOString() },
});

/**
 * Cedar, asked about a drawn world. Requests that are the same but for the names of things and for when it is are asked
 * once: the policy names no person, business or instant (a test holds it to that).
 */
export class Cedar {
  /** How many requests were really evaluated. */
  asked = 0;
  readonly #known = new Map<string, Opinion>();
  readonly #policies = namedPolicies();

  constructor() {
    const answers = [
      preparseSchema('rights', SCHEMA),
      // A policy for another right never matches: each right has the policies that can.
      ...RIGHTS.map((right) => {
        const matching = this.#policies.filter((policy) => policy.rights?.includes(right) ?? true);
        return preparsePolicySet(right, {
          staticPolicies: Object.fromEntries(matching.map(({ id, text }) => [id, text])),
        });
      }),
    ];
    for (const answer of answers)
      if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
  }

  /** What it answers to one asker in one world, for each right and target, under one mandate or none. */
  asker(world: World, asker: Asker, mandate: Mandate | null): (right: Right, target: Target) => Opinion {
    const question = questionOf(world, asker, mandate);
    const prefix = JSON.stringify([question.entities, question.context]);
    return (right, target) => {
      const matter = question.matter(target);
      const key = `${right} ${JSON.stringify(matter)} ${prefix}`;
      const known =
        this.#known.get(key) ?? this.#ask(right, [...question.entities, matter], question.context);
      // The oldest answers go when there are many, so that long runs keep within their memory.
      if (this.#known.size > 300_000) this.#known.clear();
      this.#known.set(key, known);
      return known;
    };
  }

  #ask(right: Right, entities: EntityJson[], context: Record<string, CedarValueJson>): Opinion {
    this.asked += 1;
    const answer = statefulIsAuthorized({
      principal: { type: 'Person', id: 'asker' },
      action: { type: 'Action', id: right },
      resource: { type: 'Matter', id: 'matter' },
      context,
      entities,
      preparsedPolicySetId: right,
      // Holding a request to the schema takes as long as answering it: each hundredth is held to it.
      ...(this.asked % 100 === 1 ? { preparsedSchemaName: 'rights', validateRequest: true } : {}),
    });
    if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
    const { decision, diagnostics } = answer.response;
    if (diagnostics.errors.length > 0) throw new Error(JSON.stringify(diagnostics.errors));
    return { allowed: decision === 'allow', because: diagnostics.reason };
  }
}

interface Question {
  readonly entities: EntityJson[];
  readonly context: Record<string, CedarValueJson>;
  readonly matter: (target: Target) => EntityJson;
}

/** The entities and the context of a request: raw relations, named by where they first appear, at an instant of its own. */
function questionOf(world: World, asker: Asker, mandate: Mandate | null): Question {
  const names = new Map<string, string>([[asker.person, 'asker']]);
  const nameOf = (id: string) => {
    const name = names.get(id) ?? String(names.size);
    names.set(id, name);
    return name;
  };
  const entity = (type: 'Business' | 'Person' | 'Unit' | 'Worker') => (id: string) => ({
    __entity: { type, id: nameOf(id) },
  });
  const business = entity('Business');
  // The world's now is Cedar's 1 January 2026, 12:00.
  const at = (ms: number) => date(Date.UTC(2026, 0, 1, 12) + ms - world.now);
  const here = business(asker.business);
  const vendor = mandate && 'vendor' in mandate.holder ? mandate.holder.vendor : undefined;
  const context: Record<string, CedarValueJson> = {
    now: at(world.now),
    loggedIn: world.sessions.some(
      (one) =>
        one.person === asker.person &&
        !one.ended &&
        world.now < one.absoluteEnd &&
        world.now < one.lastSeenAt + minutes(30),
    ),
    ...(asker.vendor === null ? {} : { actingFor: business(asker.vendor) }),
    ...(mandate === null ? {} : { mandate: mandateOf(world, mandate, entity, at) }),
    vendors: world.businesses.filter((one) => one.vendor !== null).map(({ id }) => business(id)),
    everyoneFrozen: world.freezes.some(
      (one) => one.business === asker.business && one.vendor === null && !one.lifted,
    ),
    frozenVendors: world.freezes.flatMap((one) =>
      one.business === asker.business && one.vendor !== null && !one.lifted ? [business(one.vendor)] : [],
    ),
  };
  const known = world.businesses.filter(({ id }) => id === asker.business || id === vendor);
  const entities: EntityJson[] = [
    { uid: { type: 'Person', id: 'asker' }, attrs: relationsOf(world, asker.person, business), parents: [] },
    ...known.map((one) => ({
      uid: { type: 'Business', id: nameOf(one.id) },
      attrs: {
        bankrupt: one.bankrupt,
        dissolved: one.dissolved,
        barred: one.vendor?.barred ?? false,
      },
      parents: [],
    })),
  ];
  const matter = ({ unit, worker, madeBy }: Target): EntityJson => ({
    uid: { type: 'Matter', id: 'matter' },
    attrs: {
      business: here,
      ...(unit === undefined ? {} : { unit: entity('Unit')(unit) }),
      ...(worker === undefined ? {} : { worker: entity('Worker')(worker) }),
      ...(madeBy === undefined ? {} : { madeBy: business(madeBy ?? asker.business) }),
    },
    parents: [],
  });
  return { entities, context, matter };
}

type ToEntity = (type: 'Business' | 'Person' | 'Unit' | 'Worker') => (id: string) => CedarValueJson;

function mandateOf(
  world: World,
  mandate: Mandate,
  entity: ToEntity,
  at: (ms: number) => CedarValueJson,
): Record<string, CedarValueJson> {
  const { holder, units, workers, endedAt, suspendedFor, confirmBy, approved } = mandate;
  const quote = world.quotes.find(({ id }) => id === mandate.quote);
  const agreement = world.agreements.find(({ id }) => id === mandate.agreement);
  return {
    business: entity('Business')(mandate.business),
    ...('person' in holder
      ? { person: entity('Person')(holder.person), tie: mandate.tie }
      : { vendor: entity('Business')(holder.vendor) }),
    rights: [...mandate.rights],
    ...(units === null ? {} : { units: units.map(entity('Unit')) }),
    ...(workers === null ? {} : { workers: workers.map(entity('Worker')) }),
    startsAt: at(mandate.startsAt),
    endsAt: at(mandate.endsAt),
    ...(endedAt === null ? {} : { endedAt: at(endedAt) }),
    ...(suspendedFor === null ? {} : { suspendedFor }),
    ...(confirmBy === null ? {} : { confirmBy: at(confirmBy) }),
    ...(agreement === undefined ? {} : { agreementActive: !agreement.ended }),
    ...(quote === undefined ? {} : { quoteValidUntil: at(quote.validUntil) }),
    assigned: world.assignments
      .filter((one) => one.mandate === mandate.id && !one.ended)
      .map(({ person }) => entity('Person')(person)),
    approvedAt: at(approved.at),
    approvedLevel: approved.level,
    approverLoggedInAt: at(approved.loggedInAt),
  };
}

/** What the registers and the vendors say of a person, as they say it. */
function relationsOf(
  world: World,
  person: string,
  business: (id: string) => CedarValueJson,
): Record<string, CedarValueJson> {
  const today = osloToday(new Date(world.now));
  const offices = world.officers.filter((one) => one.person === person && !one.ended);
  const memberships = world.members.filter((one) => one.person === person && !one.ended);
  const employments = world.employments.filter(
    (one) => one.person === person && one.from <= today && (one.to === null || today <= one.to),
  );
  return {
    officerOf: offices.filter(({ role }) => role !== 'MEDL').map((one) => business(one.business)),
    administratorOf: offices.filter(({ role }) => role === 'BOBE').map((one) => business(one.business)),
    roleIn: offices.map((one) => business(one.business)),
    employedBy: employments.map((one) => business(one.business)),
    memberOf: memberships.map((one) => business(one.vendor)),
    declaredMemberOf: memberships
      .filter(({ tie, suspended }) => tie === 'declared' && !suspended)
      .map((one) => business(one.vendor)),
  };
}
