import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newClientKeys } from '../../stand-ins/test-support.ts';
import { startStandIns, type StandIns } from '../../stand-ins/start.ts';
import { conditions, permits } from '../../tests/support/conditions.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/support/database.ts';
import { Fixtures } from '../../tests/support/fixtures.ts';
import {
  createApprovalReading,
  createApprovalTasks,
  createBusinessImport,
  createBusinessTasks,
} from '../businesses/index.ts';
import { createVault } from '../database/encryption.ts';
import { inTransaction } from '../database/transaction.ts';
import type { Task } from '../jobs/index.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { createRegisters } from '../registers/index.ts';
import { createWorkerImport, createWorkerTasks } from '../workers/index.ts';
import { createConditionTasks, settleSoon } from './condition-jobs.ts';
import { nextCards, readConditions } from './condition-records.ts';

const BUSINESSES = [
  '310000019',
  '310000078',
  '310000094',
  '310000116',
  '310000124',
  '310000159',
  '310000345',
];
const DAYS = 30;
const TICK_MINUTES = 30;
/** One in five. */
const SILENT = 0.2;

let standIns: StandIns;
let database: TestDatabase;
let fixtures: Fixtures;
let tasks: readonly Task[];
/** The registers that are silent now, by the beginning of their addresses. */
let silent: readonly string[] = [];

beforeAll(async () => {
  const keys = await newClientKeys();
  const privateJwk = { ...keys.privateJwk, kid: 'test-key', alg: 'RS256' };
  standIns = await startStandIns({
    appOrigin: 'http://localhost:9',
    idportenClient: { jwks: keys.jwks },
    maskinportenClient: { jwks: keys.jwks },
    signingJwks: keys.jwks,
  });
  database = await createTestDatabase();
  fixtures = Fixtures.in(database);
  const { servicesOrigin: origin } = standIns;
  const registers = createRegisters(
    {
      maskinporten: { issuer: `${origin}/maskinporten`, clientId: 'kortvakt', privateJwk },
      registers: {
        enhetsregisteretUrl: `${origin}/enhetsregisteret/api`,
        enhetsregisteretAuthorisedUrl: `${origin}/enhetsregisteret/autorisert-api`,
        aaregUrl: `${origin}/aareg/v1/arbeidsforhold`,
        folkeregisteretUrl: `${origin}/folkeregisteret/offentlig-med-hjemmel/api/v1`,
        krrUrl: `${origin}/krr`,
        kofuviUrl: `${origin}/kofuvi`,
        cardIssuerUrl: `${origin}/card-issuer`,
        accessPointUrl: `${origin}/access-point`,
        cleaningUrl: `${origin}/renhold_register.xml`,
        carCareUrl: `${origin}/bilpleieregisteret/api`,
        staffingUrl: `${origin}/bemanningsforetaksregisteret2/api`,
        assignmentsUrl: `${origin}/arbeidsforholdioppdrag`,
      },
      secrets: { signingJwk: privateJwk },
      allowSynthetic: true,
    },
    {
      backOffMs: 0,
      fetch: (input, init) => {
        const path = new URL(input instanceof Request ? input.url : input).pathname;
        if (silent.some((register) => path.startsWith(register)))
          return Promise.resolve(new Response(null, { status: 503 }));
        return fetch(input, init);
      },
    },
  );
  const vault = createVault({ current: 'a', keys: new Map([['a', randomBytes(32)]]) }, randomBytes(32));
  const common = { database: fixtures.database, vault, registers, permits, settleCards: settleSoon };
  const importBusiness = createBusinessImport({
    ...common,
    officerRules: { roles: ['DAGL', 'INNH'], actAlone: [] },
    cardTypes: [{ prefix: '81.2', cardType: 'cleaning' }],
    onImported: () => Promise.resolve(),
  });
  const importWorkers = createWorkerImport({ ...common, withheldProtections: [] });
  // Two a minute, so that the registers' pace is felt.
  const sweep = { readsPerMinute: 2 };
  tasks = [
    ...createBusinessTasks({ ...common, importBusiness, ...sweep }),
    ...createWorkerTasks({ database: fixtures.database, importWorkers, ...sweep }),
    ...createApprovalTasks(
      createApprovalReading({ ...common, cardTypes: [{ prefix: '81.2', cardType: 'cleaning' }] }),
    ),
    ...createConditionTasks({
      database: fixtures.database,
      conditions,
      notify: () => Promise.resolve(),
    }),
  ];
  for (const text of BUSINESSES) {
    const number = parseOrganisationNumber(text);
    if (!number.ok) throw new Error(text);
    expect((await importBusiness(number.value)).ok).toBe(true);
    expect((await importWorkers(number.value)).ok).toBe(true);
  }
  await run('businesses.read-approvals');
  await cardForEverybody();
  await work();
}, 120_000);
afterAll(async () => {
  await fixtures.stop();
  await standIns.stop();
});

/** Every worker of the world gets a card. */
async function cardForEverybody(): Promise<void> {
  const clerk = await fixtures.person('Våken Spurv');
  const workers = await fixtures.rows<{
    id: string;
    personId: string;
    unit: string;
    business: string;
    number: string;
  }>(
    `select w.id, w.person_id as "personId", w.unit_id as unit, b.id as business, b.organisation_number as number
     from workers w join businesses b on b.id = w.business_id`,
  );
  for (const worker of workers) {
    const business = {
      id: worker.business,
      number: worker.number,
      unit: worker.unit,
      otherUnit: worker.unit,
    };
    await fixtures.order(business, worker, clerk);
  }
  await fixtures.rows(
    `update cards c set card_type = b.card_type from businesses b where b.id = c.business_id and b.card_type is not null`,
  );
  // The one cleaner of whom a permit to stay is due has one that outlasts the month.
  const permits = await fixtures.rows(
    `insert into residence_permits (business_id, unit_id, worker_id, kind, last_day, declared_by, declared_by_name, declared_at)
     select business_id, unit_id, id, 'permit', oslo_date(clock_now()) + 60, $1, '', clock_now() from workers
     where permit_due_since is not null returning id`,
    [clerk.id],
  );
  expect(permits).toHaveLength(1);
}

/** Runs a task; one that fails is left to the sweep, which is stricter than the queue's own repetition. */
async function run(name: string, payload: object = {}): Promise<void> {
  await tasks
    .find((task) => task.name === name)
    ?.run(payload)
    .catch(() => undefined);
}

/** Does what waits in the queue. */
async function work(): Promise<void> {
  for (;;) {
    const waiting = await fixtures.rows<{ task: string; payload: object }>(
      `with taken as (delete from graphile_worker._private_jobs returning *)
       select t.identifier as task, taken.payload from taken join graphile_worker._private_tasks t on t.id = taken.task_id`,
    );
    if (waiting.length === 0) return;
    for (const { task, payload } of waiting) await run(task, payload);
  }
}

const suspended = () =>
  fixtures.rows<{ number: string; reason: string }>(
    'select number, suspended_reason as reason from cards where suspended_reason is not null order by number',
  );

test('every card’s conditions are read daily in a month in which the registers are silent a fifth of the time', async () => {
  const [{ cards } = { cards: 0 }] = await fixtures.rows<{ cards: number }>(
    'select count(*)::int as cards from cards',
  );
  expect(cards).toBeGreaterThan(10);
  const before = await suspended();
  const registers = [
    '/enhetsregisteret',
    '/aareg',
    '/folkeregisteret',
    '/renhold',
    '/bilpleieregisteret',
    '/bemanningsforetaksregisteret2',
    '/arbeidsforholdioppdrag',
  ];
  // The same month each time: a generator of our own.
  let seed = 20_261_128;
  const drawn = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  let oldest = 0;
  let outages = 0;
  const ticks = (DAYS * 24 * 60) / TICK_MINUTES;
  for (let tick = 1; tick <= ticks; tick += 1) {
    await fixtures.rows('update clock set offset_by = make_interval(mins => $1)', [tick * TICK_MINUTES]);
    // For two hours at a time each is there or not.
    if (tick % 4 === 1) {
      silent = registers.filter(() => drawn() < SILENT);
      outages += silent.length;
    }
    await run('businesses.sweep');
    await run('workers.sweep');
    // The queue repeats what failed.
    if (tick % 12 === 1 || (await approvalsAge()) > 6) await run('businesses.read-approvals');
    await work();
    if (tick % 2 === 0) await run('cards.settle');
    oldest = Math.max(oldest, await oldestAnswer());
    // A silent register suspends nothing.
    expect(await suspended()).toEqual(before);
  }
  expect(outages / (registers.length * (ticks / 4))).toBeCloseTo(SILENT, 1);
  expect(oldest).toBeLessThan(24);
}, 900_000);

/** Hours since the conditions of the card that was confirmed longest ago were. */
function oldestAnswer(): Promise<number> {
  return inTransaction(fixtures.database, { kind: 'job', name: 'test' }, async (transaction) => {
    const ids = await nextCards(transaction, undefined, undefined, 1000);
    const cards = await readConditions(transaction, ids);
    const ages = cards.map(({ confirmedAt }) => transaction.now.getTime() - (confirmedAt?.getTime() ?? 0));
    return Math.max(...ages) / 3_600_000;
  });
}

async function approvalsAge(): Promise<number> {
  const [row] = await fixtures.rows<{ age: number | null }>(
    'select extract(epoch from clock_now() - min(read_at))::float / 3600 as age from approvals',
  );
  return row?.age ?? 0;
}
