import { randomBytes } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type FixtureBusiness,
  type FixtureOrder,
  type FixturePerson,
  Fixtures,
} from '../../tests/support/fixtures.ts';
import { newKeyRing } from '../../tests/support/card-keys.ts';
import { conditions } from '../../tests/support/conditions.ts';
import { untilWaiting } from '../../tests/support/lock-waits.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import type { SmallPerson } from '../../tests/support/small-world.ts';
import { chainEntries } from '../audit/chain.ts';
import { seeOwnDisclosures } from '../cards/own-actions.ts';
import { createVault } from '../database/encryption.ts';
import { inTransaction, STAFF_ROLES, type StaffRole } from '../database/transaction.ts';
import { parsePlainDate } from '../kernel/dates.ts';
import { createNotify } from '../messages/index.ts';
import type { KeyRing } from '../offline/keys.ts';
import { signCardCode } from '../offline/card-code.ts';
import { decideStaff, type StaffRefused } from '../staff/index.ts';
import { words } from '../words.ts';
import {
  checkCards,
  deleteOldRecords,
  openChecking,
  seeCheckedPhoto,
  seeRecord,
  seizeCard,
  type EntitledDeps,
} from './entitled-actions.ts';
import { createEntitledPages } from './entitled-pages.tsx';
import { lookUp } from './entitled-records.ts';

const vault = createVault({ current: 'a', keys: new Map([['a', randomBytes(32)]]) }, randomBytes(32));
const HOUR = 3_600_000;
const { entitled } = words.en.checks;

let fixtures: Fixtures;
let deps: EntitledDeps;
let keys: KeyRing;
let pages: PageCaller;
let business: FixtureBusiness;
let boss: FixturePerson;
let other: FixturePerson;
let holder: FixturePerson;
let card: FixtureOrder & { readonly number: string; readonly token: string };
let inspector: Checker;

interface Checker {
  readonly person: FixturePerson;
  readonly appointmentId: string;
}

beforeAll(async () => {
  fixtures = await Fixtures.start();
  deps = {
    database: fixtures.database,
    notify: createNotify({ vault }),
    disclosureDelayHours: 0,
    conditions,
  };
  keys = await newKeyRing();
  pages = await createPageCaller(words, (app) => {
    app.route('/', createEntitledPages({ ...deps, keys, checksPerMinute: 1000 }));
  });
  business = await fixtures.business({ name: 'BLÅ HAMMER AS' });
  [boss, other] = [await fixtures.person('Våken Spurv'), await fixtures.person('Annen Operatør')];
  await fixtures.officer(business, boss);
}, 60_000);
afterAll(() => fixtures.stop());

beforeEach(async () => {
  await fixtures.rows('delete from notices');
  await fixtures.rows('delete from disclosures');
  holder = await fixtures.person('Munter Elv');
  card = await cardOf(holder);
  inspector = await checkerOf('inspector');
});

async function cardOf(person: FixturePerson) {
  const workerId = await fixtures.worker(business, person);
  const made = await fixtures.order(
    business,
    { id: workerId, personId: person.id, unit: business.unit },
    boss,
  );
  const [row] = await fixtures.rows<{ number: string; token: string }>(
    `update cards set holder_name = $2, employer_name = 'BLÅ HAMMER AS' where id = $1 returning number, token`,
    [made.cardId, person.name],
  );
  return { ...made, number: row?.number ?? '', token: row?.token ?? '' };
}

async function checkerOf(role: StaffRole, row: object = {}): Promise<Checker> {
  const person = await fixtures.person('Skarpsynt Ørn');
  return { person, appointmentId: await fixtures.appointment(person, role, [boss, other], row) };
}

const acting = ({ person, appointmentId }: Checker) => ({ tokenHash: person.tokenHash, appointmentId });
const small = ({ id, name, tokenHash }: FixturePerson): SmallPerson => ({
  id,
  name,
  tokenHash,
  nationalId: '',
  acting: (number) => ({ tokenHash, business: number }),
});
const born = parsePlainDate('1990-01-01')!;

async function look(
  checker: Checker,
  asked: Parameters<typeof checkCards>[2],
  more: Partial<EntitledDeps> = {},
) {
  const checked = await checkCards({ ...deps, ...more }, acting(checker), asked);
  if (!checked.ok) throw new Error(JSON.stringify(checked.error));
  return checked.value;
}

const seenBy = async (person: FixturePerson) =>
  (await seeOwnDisclosures(deps, person.tokenHash, undefined)).disclosures;

describe('one card', () => {
  test('shows name, photo, employer and validity to an inspector, by the number alone', async () => {
    const { cards, recordId, post } = await look(inspector, [{ number: card.number }]);
    expect(post).toEqual({ appointmentId: inspector.appointmentId, role: 'inspector', place: 'Norge' });
    expect(cards).toMatchObject([
      {
        number: card.number,
        verdict: 'valid',
        reason: null,
        card: { holderName: 'Munter Elv', employerName: 'BLÅ HAMMER AS', hasPhoto: true },
      },
    ]);
    const photo = await seeCheckedPhoto(deps, acting(inspector), recordId);
    expect(photo.ok && photo.value?.subarray(0, 2)).toEqual(Buffer.of(0xff, 0xd8));
  });

  test('that the public check withholds is shown to whoever is entitled, and told to its holder', async () => {
    await fixtures.rows('insert into withheld_people values ($1)', [holder.id]);
    const { cards } = await look(inspector, [{ number: card.number }]);
    expect(cards).toMatchObject([{ verdict: 'valid', card: { holderName: 'Munter Elv' } }]);
    expect(await seenBy(holder)).toHaveLength(1);
  });

  test('is told to its holder, by whom, in which role and when, and audited outside the business', async () => {
    const before = await fixtures.rows<{ n: number }>(
      `select count(*)::int as n from audit_entries where action = 'cards.checked'`,
    );
    const { recordId } = await look(inspector, [{ number: card.number }]);
    expect(await seenBy(holder)).toEqual([
      expect.objectContaining({
        viewerName: 'Skarpsynt Ørn',
        viewerRole: 'inspector',
        fields: ['name', 'photo', 'conditions'],
        occasion: 'check',
      }),
    ]);
    const audited = await fixtures.rows(
      `select business_id, actor_person_id as by, capacity, used_right as "right", decision, changes->>'cards' as cards from audit_entries
       where subject_id = $1`,
      [recordId],
    );
    expect(audited).toEqual([
      {
        business_id: null,
        by: inspector.person.id,
        capacity: 'staff',
        right: 'cards.check',
        decision: 'allowed',
        cards: '1',
      },
    ]);
    const after = await fixtures.rows<{ n: number }>(
      `select count(*)::int as n from audit_entries where action = 'cards.checked'`,
    );
    expect((after[0]?.n ?? 0) - (before[0]?.n ?? 0)).toBe(1);
  });

  test('that an inspector looks at is told of later, where that is configured; a safety representative’s look at once', async () => {
    await look(inspector, [{ number: card.number }], { disclosureDelayHours: 48 });
    expect(await seenBy(holder)).toEqual([]);
    const managed = () =>
      fixtures.as(boss, { business: business.number }, ({ query }) =>
        query.selectFrom('disclosures').select('id').where('subject_person_id', '=', holder.id).execute(),
      );
    expect(await managed()).toEqual([]);
    const safety = await checkerOf('safety-representative');
    await look(safety, [{ number: card.number, birthDate: born }], { disclosureDelayHours: 48 });
    expect((await seenBy(holder)).map(({ viewerRole }) => viewerRole)).toEqual(['safety-representative']);
    await fixtures.rows(
      `update disclosures set at = at - interval '49 hours', shown_from = shown_from - interval '49 hours'`,
    );
    expect((await seenBy(holder)).map(({ viewerRole }) => viewerRole)).toEqual([
      'safety-representative',
      'inspector',
    ]);
    expect(await managed()).toHaveLength(2);
  });

  test.each<[StaffRole, 'number' | 'pair' | 'wrong pair' | 'token', string]>([
    ['inspector', 'number', 'valid'],
    ['police', 'number', 'valid'],
    ['tax', 'number', 'valid'],
    ['police', 'wrong pair', 'unknown'],
    ['coordinator', 'pair', 'valid'],
    ['coordinator', 'wrong pair', 'unknown'],
    ['coordinator', 'token', 'valid'],
    ['safety-representative', 'token', 'valid'],
  ])('asked by %s with %s: %s', async (role, what, verdict) => {
    const key = {
      number: { number: card.number },
      pair: { number: card.number, birthDate: born },
      'wrong pair': { number: card.number, birthDate: parsePlainDate('1990-01-02')! },
      token: { token: card.token },
    }[what];
    const { cards } = await look(await checkerOf(role), [key]);
    expect(cards[0]?.verdict).toBe(verdict);
    // What is unknown tells nothing of anyone, and nobody of anything.
    expect([cards[0]?.card === null, (await seenBy(holder)).length]).toEqual(
      verdict === 'unknown' ? [true, 0] : [false, 1],
    );
  });

  test.each(['coordinator', 'safety-representative'] as const)(
    'asked by a %s with the number alone is refused, by the database too',
    async (role) => {
      const checker = await checkerOf(role);
      const refused = await checkCards(deps, acting(checker), [{ number: card.number }]);
      expect(refused).toEqual({ ok: false, error: 'no-birth-date' });
      const numbers = [[card.number], [null], [null], 0];
      const { rows } = await fixtures.database.statement.query(
        `select facts->'staff'->>'role' as role, record_id, verdict, holder_name from check_cards($1, $2, $3::text[], $4::date[], $5::text[], $6)`,
        [checker.person.tokenHash, checker.appointmentId, ...numbers],
      );
      expect(rows).toEqual([{ role, record_id: null, verdict: null, holder_name: null }]);
      expect(await seenBy(holder)).toEqual([]);
    },
  );

  test.each([
    ['suspended', `suspended_reason = 'DNR_INACTIVE'`, words.en.cards.condition.DNR_INACTIVE],
    ['blocked', `blocked_at = now(), blocked_reason = 'stolen'`, entitled.blocked.stolen],
    ['expired', `issued_at = '2020-01-01', expires_at = '2022-01-01'`, words.en.checks.state.expired.text],
    ['in-production', `production = 'waiting'`, words.en.checks.state['in-production'].text],
    ['valid', `production = 'shipped'`, words.en.checks.state.valid.text],
  ])('that is %s says by name why', async (state, change, text) => {
    await fixtures.rows(`update cards set ${change} where id = $1`, [card.cardId]);
    const here = `/checker/${inspector.appointmentId}`;
    const answer = await pages.post(small(inspector.person), here, { card: card.number });
    expect(answer.status).toBe(200);
    for (const shown of [
      words.en.checks.state[state as 'valid'].title,
      text,
      'Munter Elv',
      card.number,
      'Norge',
    ])
      expect(answer.text).toContain(shown);
    // Birth dates are on the card; here they are not needed.
    expect(answer.text).not.toContain('1990');
  });

  test('shows each condition by its name, how it stands and who can mend it; nobody else is shown them so', async () => {
    await fixtures.rows('update businesses set bankrupt = true where id = $1', [business.id]);
    try {
      const checked = await look(inspector, [{ number: card.number }]);
      const failing = checked.conditions?.verdicts.find(({ state }) => state === 'fails');
      expect(failing).toMatchObject({ requirement: 'business', code: 'ORG_BANKRUPT' });
      const here = `/checker/${inspector.appointmentId}`;
      const { text } = await pages.post(small(inspector.person), here, { card: card.number });
      for (const shown of [words.en.cards.conditions.title, words.en.cards.condition.ORG_BANKRUPT])
        expect(text).toContain(shown);
      const later = await inTransaction(
        fixtures.database,
        { kind: 'staff', ...acting(inspector) },
        ({ query }) => sql`select 1 from card_conditions(array[${card.cardId}]::uuid[])`.execute(query),
      );
      expect(later.rows).toEqual([]);
    } finally {
      await fixtures.rows('update businesses set bankrupt = false where id = $1', [business.id]);
    }
  });

  test('is found again by an index: who saw somebody’s data, what a checker looked up, and just now', async () => {
    await look(inspector, [{ number: card.number }]);
    // So many others' that going through all of them is not worth its while.
    await fixtures.rows(
      `insert into disclosures (at, subject_person_id, business_id, viewer_person_id, viewer_name, fields, occasion)
       select now(), $1, $2, $1, '', '{name}', 'card' from generate_series(1, 2000)`,
      [boss.id, business.id],
    );
    await fixtures.rows('analyze check_records, disclosures');
    const plan = (actor: Parameters<typeof inTransaction>[1], asked: RawBuilder<unknown>) =>
      inTransaction(fixtures.database, actor, async ({ query }) => {
        // There are few check records.
        await sql`set local enable_seqscan = off`.execute(query);
        const { rows } = await sql<Record<string, string>>`explain (costs off) ${asked}`.execute(query);
        return rows.flatMap((row) => Object.values(row)).join('\n');
      });
    const checker = { kind: 'staff', ...acting(inspector) } as const;
    expect(
      await plan(
        { kind: 'session', tokenHash: holder.tokenHash },
        sql`select from disclosures where subject_person_id = context_person() order by id desc limit 20`,
      ),
    ).toContain('disclosures_by_subject');
    expect(
      await plan(
        checker,
        sql`select from check_records where appointment_id = ${inspector.appointmentId} order by id desc limit 20`,
      ),
    ).toContain('check_records_of_checker');
    expect(
      await plan(
        checker,
        sql`select from check_records where checked_by = context_person() and checked_at = context_now()`,
      ),
    ).toMatch(/Index Scan using check_records_by_/u);
  });

  test('is found by the code on its back and the link on its front, and another host is told of', async () => {
    const here = `/checker/${inspector.appointmentId}`;
    const [row] = await fixtures.rows<{ issued: Date; expires: Date }>(
      'select issued_at as issued, expires_at as expires from cards where id = $1',
      [card.cardId],
    );
    const code = await signCardCode(
      {
        number: card.number,
        cardType: 'construction',
        holderName: 'Munter Elv',
        birthDate: born,
        employerName: 'BLÅ HAMMER AS',
        organisationNumber: business.number,
        issuerName: 'Kortvakt',
        issuedAt: row?.issued ?? new Date(),
        expiresAt: row?.expires ?? new Date(),
        statusList: 'https://kortvakt.test/status/0',
        statusIndex: 1,
      },
      keys.signing,
    );
    const ask = (text: string) => pages.post(small(inspector.person), here, { card: text });
    expect((await ask(code)).text).toContain('Munter Elv');
    expect((await ask(`https://kortvakt.test/c/${card.token}`)).text).toContain('Munter Elv');
    const tampered = await ask(`${code.slice(0, -1)}${code.endsWith('0') ? '1' : '0'}`);
    expect([tampered.status, tampered.text.includes(entitled.notGenuine)]).toEqual([422, true]);
    const elsewhere = await ask(`https://hms-kort.example/c/${card.token}`);
    expect([
      elsewhere.status,
      elsewhere.text.includes('This card points elsewhere: hms-kort.example'),
    ]).toEqual([422, true]);
  });
});

describe('the role', () => {
  const refusal = async (checker: Checker): Promise<StaffRefused['kind'] | 'allowed' | undefined> => {
    const opened = await checkCards(deps, acting(checker), [{ number: card.number }]);
    if (opened.ok) return 'allowed';
    return opened.error === 'no-birth-date' ? 'refused' : opened.error.kind;
  };

  test.each([
    ['has not begun', { starts_at: new Date(Date.now() + HOUR) }],
    ['is over', { proposed_at: new Date(Date.now() - 9 * HOUR), ends_at: new Date(Date.now() - HOUR) }],
    ['was ended', { ended_at: new Date() }],
    ['is not confirmed', { approved_at: null, approved_by: null, approved_by_name: null }],
  ])('that %s opens nothing: every page is as if it did not exist', async (_, row) => {
    const checker = await checkerOf('inspector', row);
    expect(await refusal(checker)).not.toBe('allowed');
    const here = `/checker/${checker.appointmentId}`;
    const { recordId } = await look(inspector, [{ number: card.number }]);
    for (const path of [
      here,
      `${here}/many`,
      `${here}/records`,
      `${here}/records/${recordId}`,
      `${here}/records/${recordId}/photo`,
      `${here}/records/${recordId}/record.csv`,
      `${here}/records/${recordId}/seize`,
    ])
      expect([path, (await pages.get(small(checker.person), path)).status]).toEqual([path, 404]);
    for (const [path, fields] of [
      [here, { card: card.number }],
      [`${here}/many`, { numbers: card.number }],
      [`${here}/records/${recordId}/seize`, {}],
    ] as const)
      expect([path, (await pages.post(small(checker.person), path, fields)).status]).toEqual([path, 404]);
    expect(await seenBy(holder)).toHaveLength(1);
  });

  test.each(STAFF_ROLES)('%s: the database looks for exactly those whom the rules allow', async (role) => {
    const times = [
      {},
      { starts_at: new Date(Date.now() + HOUR) },
      { proposed_at: new Date(Date.now() - 9 * HOUR), ends_at: new Date(Date.now() - HOUR) },
      { ended_at: new Date() },
      { approved_at: null, approved_by: null, approved_by_name: null },
    ];
    const written = () =>
      fixtures.rows<{ records: number; entries: number }>(
        `select (select count(*) from check_records) as records,
           (select count(*) from audit_entries where action = 'cards.checked') as entries`,
      );
    for (const row of times) {
      for (const acr of ['high', 'substantial']) {
        const checker = await checkerOf(role, row);
        const tokenHash = await fixtures.session(checker.person.id, { acr });
        const before = await written();
        const asked = { tokenHash, appointmentId: checker.appointmentId };
        const key = { number: card.number, birthDate: born };
        const { facts, looked } = await lookUp(fixtures.database, asked, [key], 0);
        const { allowed } = decideStaff(facts, 'cards.check', facts.now);
        expect([row, acr, looked !== undefined]).toEqual([row, acr, allowed]);
        const [was, is] = [before[0], (await written())[0]];
        expect(is).toEqual({
          records: Number(was?.records) + Number(allowed),
          entries: Number(was?.entries) + Number(allowed),
        });
      }
    }
    // Somebody else's appointment is nobody's.
    const stranger = await lookUp(
      fixtures.database,
      { tokenHash: boss.tokenHash, appointmentId: inspector.appointmentId },
      [{ number: card.number }],
      0,
    );
    expect([stranger.facts.staff, stranger.looked]).toEqual([null, undefined]);
  });

  test.each([
    ['the role', 'update staff_appointments set ended_at = now() where id = $1', 'appointmentId'],
    [
      'the session',
      `update sessions set ended_at = now(), end_reason = 'logged-out' where person_id = $1`,
      'personId',
    ],
  ] as const)('that waits while %s ends looks at nothing, and writes nothing', async (_, ending, whose) => {
    const checker = await checkerOf('police');
    const parties = { appointmentId: checker.appointmentId, personId: checker.person.id };
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let begun = false;
    const request = { kind: 'staff', ...acting(checker), writing: true } as const;
    const working = inTransaction(fixtures.database, request, async () => {
      begun = true;
      await held;
    });
    await expect.poll(() => begun).toBe(true);
    const ended = fixtures.rows(ending, [parties[whose]]);
    await untilWaiting(fixtures, 1);
    const late = refusal(checker);
    await untilWaiting(fixtures, 2);
    release();
    await Promise.all([working, ended]);
    expect(await late).toBe(whose === 'appointmentId' ? 'refused' : 'missing');
    expect(await seenBy(holder)).toEqual([]);
    const records = 'select id from check_records where checked_by = $1';
    expect(await fixtures.rows(records, [checker.person.id])).toEqual([]);
  });

  test('is the person’s own, and no other role of theirs opens a check', async () => {
    const here = `/checker/${inspector.appointmentId}`;
    const stranger = await checkerOf('coordinator');
    expect((await pages.get(small(stranger.person), here)).status).toBe(404);
    expect((await pages.get(small(boss), here)).status).toBe(404);
    expect((await pages.get(undefined, here)).location).toContain('/login?return=');
    const reviewer = await checkerOf('reviewer');
    expect(await refusal(reviewer)).toBe('refused');
    expect((await pages.get(small(reviewer.person), `/checker/${reviewer.appointmentId}`)).status).toBe(404);
    const refused = await fixtures.rows<{ rule: string }>(
      `select rule from audit_entries where action = 'cards.checked' and decision = 'refused' and actor_person_id = $1`,
      [reviewer.person.id],
    );
    expect(refused.map(({ rule }) => rule)).toContain('right-not-given');
  });

  test('begins and ends to the second', async () => {
    const [now] = await fixtures.rows<{ now: Date }>('select clock_now() as now');
    const at = (ms: number) => new Date((now?.now.getTime() ?? 0) + ms);
    const soon = await checkerOf('tax', { starts_at: at(60_000) });
    expect(await refusal(soon)).toBe('refused');
    await fixtures.rows('update staff_appointments set starts_at = $2 where id = $1', [
      soon.appointmentId,
      at(0),
    ]);
    expect(await refusal(soon)).toBe('allowed');
  });

  test('may be one for each of several places', async () => {
    const person = await fixtures.person('Travel Tiur');
    const sites = [];
    for (const place of ['Kai 1', 'Kai 2'])
      sites.push(
        await fixtures.appointment(person, 'coordinator', [boss, other], { business_id: business.id, place }),
      );
    for (const [index, appointmentId] of sites.entries()) {
      const opened = await openChecking(deps, { tokenHash: person.tokenHash, appointmentId });
      expect(opened.ok && opened.value.place).toBe(`Kai ${String(index + 1)}`);
    }
    const again = fixtures.appointment(person, 'coordinator', [boss, other], {
      business_id: business.id,
      place: 'Kai 1',
    });
    await expect(again).rejects.toThrow(/staff_appointments_current/u);
  });

  test('reaches the functions behind it in no other context', async () => {
    const { recordId } = await look(inspector, [{ number: card.number }]);
    const contexts = [
      { kind: 'anonymous' },
      { kind: 'job', name: 'test' },
      { kind: 'session', tokenHash: inspector.person.tokenHash },
      { kind: 'session', tokenHash: boss.tokenHash, business: business.number },
      { kind: 'staff', tokenHash: (await checkerOf('reviewer')).person.tokenHash, role: 'reviewer' },
    ] as const;
    for (const context of contexts) {
      const run = (text: ReturnType<typeof sql>) =>
        inTransaction(fixtures.database, context, ({ query }) => text.execute(query));
      await expect(run(sql`select * from seize_card(${recordId})`)).rejects.toThrow(/for inspectors/u);
      expect((await run(sql`select checked_photo(${recordId}) as photo`)).rows).toEqual([{ photo: null }]);
      expect((await run(sql`select * from check_records`)).rows).toEqual([]);
    }
  });
});

describe('the photo', () => {
  test('is there for a look just made, and for nobody else, later or for a list', async () => {
    const { recordId } = await look(inspector, [{ number: card.number }]);
    const photoOf = async (checker: Checker, id: string) => {
      const seen = await seeCheckedPhoto(deps, acting(checker), id);
      return seen.ok && seen.value !== undefined;
    };
    expect(await photoOf(inspector, recordId)).toBe(true);
    expect(await photoOf(await checkerOf('inspector'), recordId)).toBe(false);
    const second = await cardOf(await fixtures.person('Dyp Fjord'));
    const many = await look(inspector, [{ number: card.number }, { number: second.number }]);
    expect(await photoOf(inspector, many.recordId)).toBe(false);
    await fixtures.rows('alter table check_records disable trigger unaltered');
    await fixtures.rows(
      `update check_records set checked_at = checked_at - interval '11 minutes' where id = $1`,
      [recordId],
    );
    await fixtures.rows('alter table check_records enable trigger unaltered');
    expect(await photoOf(inspector, recordId)).toBe(false);
  });
});

describe('many at once', () => {
  test('are looked up in the order given, in one transaction, with a disclosure for each holder', async () => {
    const second = await cardOf(await fixtures.person('Dyp Fjord'));
    await fixtures.rows(`update cards set suspended_reason = 'AA_ENDED' where id = $1`, [second.cardId]);
    const here = `/checker/${inspector.appointmentId}`;
    const answer = await pages.post(small(inspector.person), `${here}/many`, {
      numbers: `Kortnummer\n${second.number}\n99999999\n${card.number}`,
    });
    expect(answer.status).toBe(200);
    for (const text of [
      '1 of 3 cards are valid',
      'Munter Elv',
      'Dyp Fjord',
      words.en.cards.condition.AA_ENDED,
    ])
      expect(answer.text).toContain(text);
    const [record] = await fixtures.rows<{ lines: object[] }>(
      'select lines from check_records where appointment_id = $1',
      [inspector.appointmentId],
    );
    expect(record?.lines).toEqual([
      { number: second.number, verdict: 'suspended', reason: 'AA_ENDED' },
      { number: '99999999', verdict: 'unknown', reason: null },
      { number: card.number, verdict: 'valid', reason: null },
    ]);
    expect((await seenBy(holder)).map(({ fields }) => fields)).toEqual([['name', 'conditions']]);
  });

  test('come from a CSV file too; more than a thousand, or what is no list, is refused with the line', async () => {
    const here = `/checker/${inspector.appointmentId}/many`;
    const upload = (text: string) =>
      pages.upload(small(inspector.person), here, 'file', new File([text], 'kort.csv', { type: 'text/csv' }));
    expect((await upload(`\uFEFFnavn;kort\r\nOla;"${card.number}"\r\n`)).text).toContain('Munter Elv');
    const much = Array.from({ length: 1001 }, (_, n) => String(20_000_000 + n)).join('\n');
    const refused = await upload(much);
    expect([refused.status, refused.text.includes('more than 1000 cards')]).toEqual([422, true]);
    expect((await upload('123')).text).toContain('Line 1 has no card number');
    await expect(
      look(
        inspector,
        Array.from({ length: 1001 }, () => ({ number: card.number })),
      ),
    ).rejects.toThrow(/a thousand/u);
    const coordinator = await checkerOf('coordinator');
    const inHand = await pages.post(small(coordinator.person), `/checker/${coordinator.appointmentId}/many`, {
      numbers: card.number,
    });
    expect([inHand.status, inHand.text.includes('Line 1 has no birth date')]).toEqual([422, true]);
  });

  test('a thousand take one look of the database', async () => {
    const { cards } = await look(inspector, [
      ...Array.from({ length: 999 }, (_, n) => ({ number: String(30_000_000 + n) })),
      { number: card.number },
    ]);
    expect(cards.map(({ verdict }) => verdict)).toEqual([
      ...Array.from({ length: 999 }, () => 'unknown'),
      'valid',
    ]);
  });
});

describe('the check record', () => {
  test('holds number, verdict, time, place and who, and nothing of the holder', async () => {
    const { recordId } = await look(inspector, [{ number: card.number }]);
    const [line] = await fixtures.rows('select * from check_records where id = $1', [recordId]);
    expect(Object.keys(line ?? {})).toEqual([
      'id',
      'checked_at',
      'checked_by',
      'checked_by_name',
      'appointment_id',
      'role',
      'place',
      'lines',
    ]);
    expect(JSON.stringify(line)).not.toMatch(/Munter|1990/u);
  });

  test('is altered and deleted by nobody, and says so when somebody did it past the database’s rules', async () => {
    const { recordId } = await look(inspector, [{ number: card.number }, { number: '99999999' }]);
    await expect(
      fixtures.rows(`update check_records set place = 'Bergen' where id = $1`, [recordId]),
    ).rejects.toThrow(/never altered/u);
    await expect(fixtures.rows('delete from check_records where id = $1', [recordId])).rejects.toThrow(
      /never altered/u,
    );
    for (const statement of [
      `update check_records set place = 'Bergen'`,
      'delete from check_records',
      `insert into check_records default values`,
    ]) {
      await expect(
        inTransaction(
          fixtures.database,
          { kind: 'staff', ...acting(inspector), writing: true },
          ({ query }) => sql.raw(statement).execute(query),
        ),
      ).rejects.toThrow(/permission denied/u);
    }
    const stands = async () => {
      const seen = await seeRecord(deps, acting(inspector), recordId);
      return seen.ok && seen.value?.unaltered;
    };
    expect(await stands()).toBe(true);
    await fixtures.rows('alter table check_records disable trigger unaltered');
    for (const [column, value] of [
      ['lines', `jsonb_set(lines, '{1,verdict}', '"valid"')`],
      ['lines', `jsonb_set(lines, '{0,number}', '"99999998"')`],
      ['lines', 'lines - 1'],
      ['place', `'Bergen'`],
      ['checked_at', `checked_at + interval '1 second'`],
      ['checked_by_name', `'Another'`],
    ] as const) {
      const [old] = await fixtures.rows<{ was: string }>(
        `select ${column}::text as was from check_records where id = $1`,
        [recordId],
      );
      await fixtures.rows(`update check_records set ${column} = ${value} where id = $1`, [recordId]);
      expect([column, await stands()]).toEqual([column, false]);
      await fixtures.rows(`update check_records set ${column} = $2 where id = $1`, [recordId, old?.was]);
      expect(await stands()).toBe(true);
    }
    await fixtures.rows(`update check_records set role = 'police' where id = $1`, [recordId]);
    await fixtures.rows('alter table check_records enable trigger unaltered');
    const page = await pages.get(
      small(inspector.person),
      `/checker/${inspector.appointmentId}/records/${recordId}`,
    );
    expect(page.text).toContain(entitled.records.altered.title);
  });

  test('stands in the chained audit log by its hash', async () => {
    const { recordId } = await look(inspector, [{ number: card.number }]);
    await chainEntries(fixtures.database);
    const chained = await fixtures.rows(
      `select c.chain, length(e.changes->>'recordHash') as hash from audit_chain c join audit_entries e on e.id = c.entry_id where e.subject_id = $1`,
      [recordId],
    );
    expect(chained).toEqual([{ chain: 'system', hash: 64 }]);
  });

  test('is its checker’s own, and a file of it runs no formula', async () => {
    const cautious = await checkerOf('inspector', { place: '=HYPERLINK("x")' });
    const { recordId } = await look(cautious, [{ number: card.number }, { token: 'AAAAAAAAAAA' }]);
    const here = `/checker/${cautious.appointmentId}/records`;
    const file = await pages.get(small(cautious.person), `${here}/${recordId}/record.csv`);
    expect(file.text).toContain(`"${card.number}";"Valid"`);
    expect(file.text).toContain(`"'=HYPERLINK(""x"")"`);
    expect(file.text).not.toMatch(/Munter|1990/u);
    expect((await pages.get(small(cautious.person), here)).text).toContain(recordId);
    expect(
      (await pages.get(small(inspector.person), `/checker/${inspector.appointmentId}/records/${recordId}`))
        .status,
    ).toBe(404);
    expect(
      (await pages.get(small(inspector.person), `/checker/${inspector.appointmentId}/records/nothing`))
        .status,
    ).toBe(404);
  });

  test('is deleted when its days are over, with an entry in the audit log', async () => {
    const { recordId } = await look(inspector, [{ number: card.number }, { number: '99999999' }]);
    const kept = await look(inspector, [{ number: card.number }]);
    await fixtures.rows('alter table check_records disable trigger unaltered');
    await fixtures.rows(
      `update check_records set checked_at = checked_at - interval '182 days' where id = $1`,
      [recordId],
    );
    await fixtures.rows('alter table check_records enable trigger unaltered');
    await deleteOldRecords(deps, 180);
    const left = await fixtures.rows<{ id: string }>('select id from check_records where id = any($1)', [
      [recordId, kept.recordId],
    ]);
    expect(left.map(({ id }) => id)).toEqual([kept.recordId]);
    const [entry] = await fixtures.rows<{ changes: { lines: number; ids: string[] }; actor_job: string }>(
      `select changes, actor_job from audit_entries where action = 'check-records.deleted' order by id desc limit 1`,
    );
    expect([entry?.actor_job, entry?.changes.ids.includes(recordId), entry?.changes.lines]).toEqual([
      'checks.clean',
      true,
      2,
    ]);
  });
});

describe('seizing', () => {
  const state = async () =>
    (
      await fixtures.rows<{ reason: string | null; by: string | null }>(
        'select blocked_reason as reason, blocked_by as by from cards where id = $1',
        [card.cardId],
      )
    )[0];

  test('blocks the card of a look for good, audited in the business, and tells it and the worker', async () => {
    const here = `/checker/${inspector.appointmentId}`;
    const { recordId } = await look(inspector, [{ number: card.number }]);
    const path = `${here}/records/${recordId}/seize`;
    expect((await pages.get(small(inspector.person), path)).text).toContain(card.number);
    expect((await pages.post(small(inspector.person), path, {})).location).toContain('done');
    expect(await state()).toEqual({ reason: 'seized', by: inspector.person.id });
    expect((await look(inspector, [{ number: card.number }])).cards[0]).toMatchObject({
      verdict: 'blocked',
      reason: 'seized',
    });
    const told = await fixtures.rows(
      'select template, business_id, unit_id, business_too, person_id, audience from notices order by template',
    );
    expect(told).toEqual([
      {
        ...{ template: 'checks:notice.ownSeized', business_id: null, unit_id: null, business_too: false },
        ...{ person_id: holder.id, audience: 'person' },
      },
      {
        template: 'checks:notice.seized',
        business_id: business.id,
        unit_id: business.unit,
        business_too: true,
        person_id: null,
        audience: 'business-and-officers',
      },
    ]);
    const audited = await fixtures.rows(
      `select action, business_id, actor_person_id as by from audit_entries where subject_id = $1`,
      [card.cardId],
    );
    expect(audited).toEqual([{ action: 'card.seized', business_id: business.id, by: inspector.person.id }]);
    // A second time there is nothing left to take.
    expect((await pages.get(small(inspector.person), path)).status).toBe(404);
    expect(await seizeCard(deps, acting(inspector), recordId)).toEqual({ ok: false, error: 'gone' });
  });

  test.each<[string, () => Promise<readonly [Checker, string]>]>([
    [
      'of another inspector’s look',
      async () => [await checkerOf('inspector'), (await look(inspector, [{ number: card.number }])).recordId],
    ],
    [
      'by the police',
      async () => {
        const police = await checkerOf('police');
        return [police, (await look(police, [{ number: card.number }])).recordId];
      },
    ],
    [
      'from a list',
      async () => [
        inspector,
        (await look(inspector, [{ number: card.number }, { number: '99999999' }])).recordId,
      ],
    ],
    ['without a look', () => Promise.resolve([inspector, '00000000-0000-0000-0000-000000000000'])],
  ])('%s takes nothing', async (_, made) => {
    const [checker, recordId] = await made();
    expect((await seizeCard(deps, acting(checker), recordId)).ok).toBe(false);
    expect(await state()).toEqual({ reason: null, by: null });
    expect(await fixtures.rows('select template from notices')).toEqual([]);
  });
});

test('looks are limited by the person, and lists to a tenth', async () => {
  const limited = await createPageCaller(words, (app) => {
    app.route('/', createEntitledPages({ ...deps, keys, checksPerMinute: 20 }));
  });
  const here = `/checker/${inspector.appointmentId}`;
  const statuses = async (
    path: string,
    fields: Record<string, string>,
    times: number,
    who = inspector.person,
  ) => {
    const found = [];
    for (let n = 0; n < times; n += 1) found.push((await limited.post(small(who), path, fields)).status);
    return found;
  };
  expect((await statuses(here, { card: card.number }, 21)).filter((status) => status === 429)).toHaveLength(
    1,
  );
  expect(await statuses(`${here}/many`, { numbers: card.number }, 3)).toEqual([200, 200, 429]);
  const colleague = await checkerOf('inspector');
  expect(
    await statuses(`/checker/${colleague.appointmentId}`, { card: card.number }, 1, colleague.person),
  ).toEqual([200]);
});
