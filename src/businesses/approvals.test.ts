import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { loadConfig } from '../config.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { err, ok } from '../kernel/result.ts';
import type { ApprovalStanding, Registers } from '../registers/index.ts';
import { createApprovalReading } from './approvals.ts';
import { cardTypeOf, type CardTypeRule, mayHaveCards, APPROVAL_KINDS } from './rules.ts';

const RULES: readonly CardTypeRule[] = [
  { prefix: '81.2', cardType: 'cleaning' },
  { prefix: '43', cardType: 'construction' },
  { prefix: '45.2', cardType: 'car-care' },
];

describe('which card a business gets', () => {
  test.each([
    ['81.210', null, null, 'cleaning'],
    ['43.341', null, null, 'construction'],
    ['43.341', 'application', null, 'construction'],
    ['43.341', 'not-approved', null, 'construction'],
    ['43.341', 'absent', 'absent', 'construction'],
    // A cleaning firm gets cleaning cards only, which serve on building sites too.
    ['43.341', 'approved', null, 'cleaning'],
    ['43.341', 'card-order', null, 'cleaning'],
    ['43.341', 'approved-without-staff', null, 'cleaning'],
    ['45.200', 'approved', 'approved', 'cleaning'],
    ['45.200', null, 'not-approved', 'car-care'],
    ['43.341', null, 'approved', 'construction'],
    ['82.110', null, 'approved', 'car-care'],
    ['82.110', null, 'application', undefined],
    ['82.110', null, null, undefined],
    [undefined, null, null, undefined],
  ] as const)('with the code %s, cleaning %s, car care %s: %s', (code, cleaning, carCare, type) => {
    expect(cardTypeOf({ code, cleaning, carCare }, RULES)).toBe(type);
  });

  test('is a setting, read from left to right, and refused when it is none', () => {
    const parsed = (text: string) => {
      const config = loadConfig({ CARD_TYPES: text });
      return config.ok ? [] : config.error.filter((line) => line.startsWith('CARD_TYPES'));
    };
    expect(parsed('81.2:cleaning, 41:construction')).toEqual([]);
    expect(parsed('81.2:broom')).toHaveLength(1);
  });

  test.each([
    ['approved', true],
    ['approved-without-staff', true],
    ['card-order', true],
    ['application', false],
    ['not-approved', false],
    ['unknown', false],
    ['absent', false],
    [undefined, false],
  ])('%s lets somebody have cards: %s', (standing, may) => {
    expect(mayHaveCards(standing)).toBe(may);
  });
});

const CLEANING = '310000094';
const BUILDING = '310000019';
let world: SmallWorld;
type Answer = [string, ApprovalStanding][] | 'silent';
let answers: { cleaning: Answer; carCare: Answer; staffing: Answer };

const registerOf = (name: keyof typeof answers): Registers['cleaning'] => ({
  approvals: () => {
    const said = answers[name];
    if (said === 'silent') return Promise.resolve(err({ kind: 'unavailable', register: name } as const));
    return Promise.resolve(
      ok({
        approvals: said.map(([text, standing]) => {
          const number = parseOrganisationNumber(text);
          if (!number.ok) throw new Error(text);
          return { organisationNumber: number.value, standing, words: `«${standing}»` };
        }),
      }),
    );
  },
});
const read = () =>
  createApprovalReading({
    database: world.database,
    registers: {
      cleaning: registerOf('cleaning'),
      carCare: registerOf('carCare'),
      staffing: registerOf('staffing'),
    },
    cardTypes: RULES,
    settleCards: () => Promise.resolve(),
  })();

beforeAll(async () => {
  world = await startSmallWorld();
  for (const [number, code, type] of [
    [CLEANING, '81.210', 'cleaning'],
    [BUILDING, '43.341', 'construction'],
  ] as const) {
    const id = await world.business(number, number);
    await world.rows('update businesses set industry_code = $2, card_type = $3 where id = $1', [
      id,
      code,
      type,
    ]);
    await world.rows(
      `with u as (insert into units (business_id, organisation_number, name) values ($1, $2, 'U') returning id)
       insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, refreshed_at)
       select $1, u.id, $3, 'A B', 'B', '1990-01-01', '2020-01-01', now() from u`,
      [
        id,
        number === CLEANING ? '310000108' : '310000027',
        (await world.person('Skinnende Såpe', number === CLEANING ? '13817628944' : '15819049944')).id,
      ],
    );
  }
});
afterAll(() => world.stop());
beforeEach(async () => {
  answers = {
    cleaning: [['310000086', 'approved']],
    carCare: [['310000183', 'approved']],
    staffing: [['310000361', 'approved']],
  };
  await world.rows('delete from approvals');
});

const standing = async () =>
  world.rows<{ number: string; register: string; standing: string; type: string; found: string | null }>(
    `select b.organisation_number as number, a.register, a.standing, b.card_type as type,
       worker_obstacle(w, clock_now()) as found
     from businesses b join workers w on w.business_id = b.id left join approvals a on a.business_id = b.id
     order by b.organisation_number`,
  );
const row = (
  number: string,
  register: string | null,
  found: string | null,
  type: string,
  standing: string | null,
) => ({
  number,
  register,
  standing,
  type,
  found,
});

describe('reading where businesses stand', () => {
  test.each([
    ['cleaning', '81.210', ['cleaning']],
    ['car-care', '45.200', ['car-care']],
    ['construction', '41.200', []],
    ['goods-transport', '53.200', []],
    [null, null, []],
    ['construction', '78.200', ['staffing']],
    ['cleaning', '78.200', ['cleaning', 'staffing']],
    ['construction', '78.100', []],
  ])('a business with %s cards and the code %s waits for %j', async (type, code, registers) => {
    const waits = await world.rows<{ register: string }>(
      `select register from unnest($1::text[]) register where awaits_register($2, $3, register)`,
      [APPROVAL_KINDS, type, code],
    );
    expect(waits.map(({ register }) => register)).toEqual(registers);
  });

  test.each([
    ['approved', null],
    ['card-order', null],
    ['approved-without-staff', 'cleaning-not-approved'],
    ['application', 'cleaning-not-approved'],
    ['not-approved', 'cleaning-not-approved'],
    ['unknown', 'cleaning-not-approved'],
  ] as const)('%s: in the way of an employee’s card is %s', async (said, found) => {
    answers.cleaning = [[CLEANING, said]];
    expect(await read()).toEqual(ok({ changed: 1 }));
    expect(await standing()).toEqual([
      row(BUILDING, null, null, 'construction', null),
      row(CLEANING, 'cleaning', found, 'cleaning', said),
    ]);
    expect(await read()).toEqual(ok({ changed: 0 }));
  });

  test('a declared owner gets a card where the business is approved without staff', async () => {
    answers.cleaning = [[CLEANING, 'approved-without-staff']];
    await read();
    await world.rows(
      `insert into worker_declarations (business_id, unit_id, worker_id, kind, reason, declared_by, declared_by_name,
         declared_at, confirmed_by, confirmed_by_name, confirmed_at, holds_until)
       select business_id, unit_id, id, 'owner', 'R', person_id, 'P', now(), person_id, 'P', now(), now() + interval '1 day'
       from workers where business_id = (select id from businesses where organisation_number = $1)`,
      [CLEANING],
    );
    const source = (name: string) =>
      world.rows(
        `update workers set source = $2 where business_id = (select id from businesses where organisation_number = $1)`,
        [CLEANING, name],
      );
    await source('declared');
    expect((await standing()).map(({ found }) => found)).toEqual([null, null]);
    await source('register');
    expect((await standing()).map(({ found }) => found)).toEqual([null, 'cleaning-not-approved']);
  });

  test('who is not in the register is kept as absent; never read, nothing is kept', async () => {
    expect((await standing()).map(({ found }) => found)).toEqual([null, 'cleaning-not-approved']);
    await read();
    expect(await standing()).toContainEqual(
      row(CLEANING, 'cleaning', 'cleaning-not-approved', 'cleaning', 'absent'),
    );
  });

  test('a register that is silent or empty leaves what it said before, and the other is read', async () => {
    answers.cleaning = [[CLEANING, 'approved']];
    await read();
    for (const nothing of ['silent', []] as const) {
      answers = {
        ...answers,
        cleaning: nothing === 'silent' ? nothing : [],
        carCare: [[BUILDING, 'application']],
      };
      expect(await read()).toEqual(err('register-unavailable'));
    }
    expect(await standing()).toEqual([
      row(BUILDING, 'car-care', null, 'construction', 'application'),
      row(CLEANING, 'cleaning', null, 'cleaning', 'approved'),
    ]);
  });

  test('a building firm approved for cleaning gets cleaning cards, and its own again when it is not', async () => {
    answers.cleaning = [[BUILDING, 'approved']];
    await read();
    expect((await standing())[0]).toEqual(row(BUILDING, 'cleaning', null, 'cleaning', 'approved'));
    answers.cleaning = [[BUILDING, 'not-approved']];
    await read();
    expect((await standing())[0]).toEqual(row(BUILDING, 'cleaning', null, 'construction', 'not-approved'));
    const audited = await world.rows(
      `select changes from audit_entries where action = 'business.approval-read' and changes ->> 'standing' = 'not-approved'`,
    );
    expect(audited).not.toEqual([]);
  });

  test('a staffing agency orders when the Authority has approved it, and never before', async () => {
    const code = (of: string) =>
      world.rows('update businesses set industry_code = $2 where organisation_number = $1', [BUILDING, of]);
    const found = async () => (await standing())[0]?.found;
    await code('78.200');
    expect(await found()).toBe('agency-not-registered');
    for (const [said, obstacle] of [
      ['310000361', 'agency-not-registered'],
      [BUILDING, null],
    ] as const) {
      answers.staffing = [[said, 'approved']];
      await read();
      expect(await found()).toBe(obstacle);
    }
    answers.staffing = [[BUILDING, 'not-approved']];
    await read();
    expect(await standing()).toContainEqual(
      row(BUILDING, 'staffing', 'agency-not-registered', 'construction', 'not-approved'),
    );
    await code('43.341');
    expect(await found()).toBe(null);
  });
});
