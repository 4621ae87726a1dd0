import { createMongoAbility, subject } from '@casl/ability';
import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { newEnforcer, newModelFromString, StringAdapter } from 'casbin';
import { decide, grantableRights, type Right, RIGHTS } from '../src/access/rules.ts';
import type { ContextFacts, MandateFacts } from '../src/database/transaction.ts';
import { median, type Measure } from './measure.ts';

const COUNTS = [1, 100, 10_000] as const;
const QUESTIONS = 997;
const ROUNDS = 5;
/** For how long each takes its turn in a round. */
const TURN_MS = 120;

const NOW = new Date('2026-06-15T12:00:00Z');
const DAY_MS = 86_400_000;
const VENDOR = 'vendor';

/** Whether a vendor's member may use a right on something of one unit of one business, made by some vendor. */
interface Question {
  readonly business: string;
  readonly unit: string;
  readonly madeBy: string;
  readonly right: Right;
}

/** What one business has given the vendor: rights, in one unit, for a period. */
interface Given {
  readonly business: string;
  readonly unit: string;
  readonly rights: readonly Right[];
  readonly from: Date;
  readonly to: Date;
}

type Answer = (question: Question) => boolean;

/**
 * Decisions a second on one core for a vendor with 1, 100 and 10,000 mandates, by `decide` and by three libraries that are
 * given the same mandates and asked the same questions. Fails when two of them answer one differently.
 */
export async function benchDecide(): Promise<Measure[]> {
  const speeds = new Map<string, number>();
  for (const count of COUNTS) {
    const given = mandates(count);
    const questions = questionsFor(given);
    const contenders = {
      decide: byDecide(given),
      cedar: byCedar(given),
      casl: byCasl(given),
      casbin: await byCasbin(given),
    };
    expectAgreement(contenders, questions.slice(0, count === 10_000 ? 40 : QUESTIONS));
    for (const [name, speed] of compare(contenders, questions)) speeds.set(`${name}-${String(count)}`, speed);
  }
  return measures((name) => speeds.get(name) ?? 0);
}

function measures(speed: (name: string) => number): Measure[] {
  const against = (name: string, baseline: string, floor?: number): Measure => {
    const ratio = speed(name) / speed(baseline);
    const reached = { ratio: Math.round(ratio * 100) / 100, ok: floor === undefined || ratio >= floor };
    return {
      name: `${name}-against-${baseline}`,
      value: speed(name),
      unit: 'decisions/s',
      baseline: speed(baseline),
      ...reached,
      ...(floor === undefined ? {} : { floor }),
    };
  };
  return [
    ...COUNTS.flatMap((count) =>
      ['casl', 'cedar', 'casbin'].map((other) =>
        against(
          `decide-${String(count)}`,
          `${other}-${String(count)}`,
          other === 'casl' && count === 100 ? 5 : undefined,
        ),
      ),
    ),
    against('decide-10000', 'decide-1', 1 / 6),
  ];
}

// What is given and asked ------------------------------------------------------------------------------------------------

/** The same at every run. */
function* numbers(): Generator<number, never> {
  let state = 42;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state;
  }
}

function mandates(count: number): Given[] {
  const random = numbers();
  const rights = grantableRights('vendor');
  return Array.from({ length: count }, (_, index) => ({
    business: `business-${String(index)}`,
    unit: `unit-${String(index)}`,
    rights: rights.filter(() => random.next().value % 3 > 0),
    from: new Date(NOW.getTime() - DAY_MS * (random.next().value % 100)),
    // One in five has run out.
    to: new Date(NOW.getTime() + DAY_MS * ((random.next().value % 100) - 20)),
  }));
}

/** Nine in ten about a business that has given something, about the right unit, and about something of the vendor's own. */
function questionsFor(given: readonly Given[]): Question[] {
  const random = numbers();
  const below = (limit: number) => (random.next().value >>> 8) % limit;
  return Array.from({ length: QUESTIONS }, () => {
    const index = below(given.length);
    return {
      business: below(10) === 0 ? 'another business' : `business-${String(index)}`,
      unit: `unit-${String(below(10) === 0 ? index + 1 : index)}`,
      madeBy: below(10) === 0 ? 'another vendor' : VENDOR,
      right: RIGHTS[below(RIGHTS.length)] ?? 'orders.read',
    };
  });
}

// Who answers ------------------------------------------------------------------------------------------------------------

/** Ours: what a request brings along from the database, one mandate, found here by its business. */
function byDecide(given: readonly Given[]): Answer {
  const facts = new Map(given.map((one) => [one.business, factsOf(one)]));
  const none: ContextFacts = { now: NOW, capacity: 'signed-in', roles: [], vendorsOfPerson: [] };
  return ({ business, unit, madeBy, right }) =>
    decide(facts.get(business) ?? none, right, { unitId: unit, madeByVendorId: madeBy }, NOW).allowed;
}

function factsOf(given: Given): ContextFacts {
  const { business } = given;
  return {
    now: NOW,
    capacity: 'vendor',
    session: { id: 'session', personId: 'person', name: 'Person', acr: 'high', authTime: NOW },
    business: {
      id: business,
      organisationNumber: '310000019',
      name: business,
      form: 'AS',
      cardType: 'construction',
      bankrupt: false,
      dissolved: false,
      isVendor: false,
    },
    roles: [],
    mandate: mandateOf(given),
    vendorsOfPerson: [VENDOR],
  };
}

function mandateOf({ business, unit, rights, from, to }: Given): MandateFacts {
  return {
    id: `mandate of ${business}`,
    holder: 'vendor',
    rights: [...rights],
    units: [unit],
    workers: null,
    startsAt: from,
    endsAt: to,
    endedAt: null,
    suspendedAt: null,
    suspendedFor: null,
    confirmBy: null,
    frozenAt: null,
    approvedAcr: 'high',
    approvedWithinMs: 0,
    cardsPerOrder: null,
    cardsPerMonth: null,
    orePerMonth: null,
    agreementActive: true,
    quote: { feeOre: 9900, validUntil: to },
    vendor: { id: VENDOR, organisationNumber: '310000337', name: VENDOR, registered: true, barredAt: null },
    assigned: true,
    tieHolds: true,
    holderIsVendorPerson: false,
  };
}

/** Cedar: a policy for each mandate, parsed before the first question. */
function byCedar(given: readonly Given[]): Answer {
  const policies = given.map(
    ({ business, unit, rights, from, to }, index) =>
      [
        `mandate-${String(index)}`,
        `permit (principal == Vendor::"${VENDOR}", action in [${rights.map((right) => `Action::"${right}"`).join(', ')}],
           resource in Unit::"${unit}") when { resource.business == Business::"${business}" && resource.madeBy == principal
           && context.now >= ${String(from.getTime())} && context.now < ${String(to.getTime())} };`,
      ] as const,
  );
  const name = `bench-${String(given.length)}`;
  const parsed = preparsePolicySet(name, { staticPolicies: Object.fromEntries(policies) });
  if (parsed.type === 'failure') throw new Error(JSON.stringify(parsed.errors));
  return ({ business, unit, madeBy, right }) => {
    const entity = (type: string, id: string) => ({ __entity: { type, id } });
    const attrs = { business: entity('Business', business), madeBy: entity('Vendor', madeBy) };
    const answer = statefulIsAuthorized({
      principal: { type: 'Vendor', id: VENDOR },
      action: { type: 'Action', id: right },
      resource: { type: 'Matter', id: 'matter' },
      context: { now: NOW.getTime() },
      entities: [
        { uid: { type: 'Matter', id: 'matter' }, attrs, parents: [{ type: 'Unit', id: unit }] },
        { uid: { type: 'Unit', id: unit }, attrs: {}, parents: [] },
      ],
      preparsedPolicySetId: name,
    });
    if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
    return answer.response.decision === 'allow';
  };
}

/** CASL: a rule for each mandate, with conditions on what it is about. */
function byCasl(given: readonly Given[]): Answer {
  const ability = createMongoAbility(
    given.map(({ business, unit, rights, from, to }) => ({
      action: [...rights],
      subject: 'Matter',
      conditions: { business, unit, madeBy: VENDOR, now: { $gte: from.getTime(), $lt: to.getTime() } },
    })),
  );
  const now = NOW.getTime();
  return ({ business, unit, madeBy, right }) =>
    ability.can(right, subject('Matter', { business, unit, madeBy, now }));
}

/** node-casbin: a line for each right of each mandate. */
async function byCasbin(given: readonly Given[]): Promise<Answer> {
  const model = newModelFromString(`
[request_definition]
r = business, unit, madeBy, right, now
[policy_definition]
p = business, unit, madeBy, right, from, to
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.business == p.business && r.right == p.right && r.unit == p.unit && r.madeBy == p.madeBy && r.now >= p.from && r.now < p.to
`);
  // Instants as text of one length compare as the instants do.
  const lines = given.flatMap(({ business, unit, rights, from, to }) =>
    rights.map((right) =>
      ['p', business, unit, VENDOR, right, from.toISOString(), to.toISOString()].join(', '),
    ),
  );
  const enforcer = await newEnforcer(model, new StringAdapter(lines.join('\n')));
  const now = NOW.toISOString();
  return ({ business, unit, madeBy, right }) => enforcer.enforceSync(business, unit, madeBy, right, now);
}

// Comparing --------------------------------------------------------------------------------------------------------------

function expectAgreement(contenders: Readonly<Record<string, Answer>>, questions: readonly Question[]): void {
  let allowed = 0;
  for (const question of questions) {
    const answers = Object.entries(contenders).map(([name, answer]) => [name, answer(question)] as const);
    if (new Set(answers.map(([, answer]) => answer)).size > 1) {
      throw new Error(
        `They differ on ${JSON.stringify(question)}: ${JSON.stringify(Object.fromEntries(answers))}`,
      );
    }
    if (answers[0]?.[1]) allowed += 1;
  }
  if (allowed === 0) throw new Error('Nothing that was asked is allowed.');
}

/** The median speed of each, in decisions a second: they take turns, after a round to warm up. */
function compare(
  contenders: Readonly<Record<string, Answer>>,
  questions: readonly Question[],
): Map<string, number> {
  const rounds = Array.from({ length: ROUNDS + 1 }, () =>
    Object.entries(contenders).map(([name, answer]) => [name, speedOf(answer, questions)] as const),
  ).slice(1);
  return new Map(
    Object.keys(contenders).map((name, index) => [
      name,
      median(rounds.map((round) => round[index]?.[1] ?? 0)),
    ]),
  );
}

function speedOf(answer: Answer, questions: readonly Question[]): number {
  const began = process.hrtime.bigint();
  let [asked, elapsed] = [0, 0];
  while (elapsed < TURN_MS) {
    // The clock is read after each question where one takes long, and once in many where it does not.
    const step = asked === 0 ? 1 : Math.max(1, Math.min(1000, Math.floor(asked / Math.max(elapsed, 0.01))));
    for (let turn = 0; turn < step; turn += 1) {
      const question = questions[(asked + turn) % questions.length];
      if (question !== undefined) answer(question);
    }
    asked += step;
    elapsed = Number(process.hrtime.bigint() - began) / 1e6;
  }
  return Math.round((asked / elapsed) * 1000);
}
