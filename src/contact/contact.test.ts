import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createNotify } from '../messages/index.ts';
import { CompiledQuery } from 'kysely';
import { inTransaction } from '../database/transaction.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { changeContact, confirmContact, viewContact } from './actions.ts';
import { insertFromRegister } from './records.ts';
import type { ContactDetails } from './rules.ts';

const CUSTOMER = '310000019';
const VENDOR = '310000035';

let world: SmallWorld;
let boss: SmallPerson;
let helper: SmallPerson;
let orderer: SmallPerson;
let member: SmallPerson;
let stranger: SmallPerson;
let customerId: string;
let vendorId: string;

const details: ContactDetails = {
  email: 'kort@kunde.example',
  mobile: '+4791234567',
  addressLines: ['Storgata 1'],
  postalCode: '0150',
  city: 'Oslo',
  responsible: 'Kåre Ávšš',
  language: 'nb',
};
const page = { limit: 20, offset: 0 };
const deps = () => ({
  database: world.database,
  vault: world.vault,
  notify: createNotify(world),
  waitHours: 72,
  provesMobiles: false,
});

beforeAll(async () => {
  world = await startSmallWorld();
  customerId = await world.business(CUSTOMER, 'KUNDE AS');
  vendorId = await world.business(VENDOR, 'LEVERANDØR AS');
  boss = await world.person('Dag Leder', '15819049944');
  helper = await world.person('Hjelp Som', '02838536711');
  orderer = await world.person('Bestill Mer', '17858319323');
  member = await world.person('Ansatt Hos', '30819113749');
  stranger = await world.person('Uvedkommende', '13817628944');
  const vendorBoss = await world.person('Rimelig', '20908204892');
  await world.officer(customerId, boss);
  await world.officer(vendorId, vendorBoss);
  await world.personMandate(customerId, helper, boss, ['contact.change']);
  await world.personMandate(customerId, orderer, boss, ['orders.prepare']);
  await world.vendorMandate(customerId, vendorId, { officer: vendorBoss, member }, [
    'orders.place',
    'orders.read',
    'cards.read',
    'cards.block',
    'workers.read',
    'invoices.read',
  ]);
  await world.rows(
    `insert into contact_details (business_id, email, source, changed_at) values ($1, 'register@kunde.example', 'register', now())`,
    [customerId],
  );
});
afterAll(() => world.stop());

async function current() {
  const view = await viewContact(deps(), boss.acting(CUSTOMER), page);
  if (!view.ok) throw new Error(JSON.stringify(view.error));
  return view.value;
}

const stored = () =>
  world.rows<{ email: string; version: number }>(`select email, version from contact_details`);

describe('contact details', () => {
  test('from the register are unconfirmed until somebody of the business says that they are right', async () => {
    expect((await current()).details).toMatchObject({
      email: 'register@kunde.example',
      source: 'register',
      confirmed: null,
    });
    expect(await confirmContact(deps(), helper.acting(CUSTOMER), 1)).toEqual({ ok: true, value: undefined });
    expect((await current()).details).toMatchObject({ source: 'register', confirmed: { by: 'Hjelp Som' } });
  });

  test.each([
    ['912 34 567', '+4791234567'],
    ['+46 70 123 45 67', '+46701234567'],
    ['22 33 44 55', null],
    [undefined, null],
  ])('have the number %j of the register as a mobile number, or none', async (mobile, kept) => {
    await world.rows('delete from contact_details where business_id = $1', [vendorId]);
    await inTransaction(world.database, { kind: 'job', name: 'test' }, (transaction) =>
      insertFromRegister(transaction, vendorId, { mobile }),
    );
    expect(await world.rows('select mobile from contact_details where business_id = $1', [vendorId])).toEqual(
      [{ mobile: kept }],
    );
    await world.rows('delete from contact_details where business_id = $1', [vendorId]);
  });

  test('of which nobody is moved elsewhere change at once, keep what stood before, and are told', async () => {
    const before = { ...details, email: 'register@kunde.example' };
    await world.rows(
      `update contact_details set mobile = $1, address_lines = $2, postal_code = $3, city = $4`,
      [details.mobile, details.addressLines, details.postalCode, details.city],
    );
    const changed = await changeContact(deps(), boss.acting(CUSTOMER), 1, before);
    expect(changed).toEqual({ ok: true, value: { kind: 'changed', fields: ['responsible'] } });
    const view = await current();
    expect(view.details).toMatchObject({
      ...before,
      version: 2,
      source: 'business',
      confirmed: { by: 'Dag Leder' },
    });
    expect(
      view.changes.map(({ by, before: was, after }) => [by, was.responsible, after.responsible]),
    ).toEqual([['Dag Leder', null, 'Kåre Ávšš']]);
    const [notice] = await world.rows(
      `select audience, extra_addresses, parameters from notices where template = 'contact:notice.changed'`,
    );
    expect(notice).toMatchObject({
      audience: 'officers',
      extra_addresses: ['register@kunde.example', 'register@kunde.example'],
      parameters: { person: 'Dag Leder', link: `/b/${CUSTOMER}/business/contact` },
    });
    const [entry] = await world.rows<{ changes: object; detail: { after: object } }>(
      `select e.changes, d.detail from audit_entries e join audit_details d on d.entry_id = e.id
       where action = 'contact.change' and decision = 'allowed'`,
    );
    expect(JSON.stringify(entry?.changes)).not.toContain('@');
    expect(entry?.detail.after).toEqual(before);
  });

  test('sent again unchanged are confirmed, and nobody is written to', async () => {
    const before = await world.rows(`select id from notices`);
    const same = { ...details, email: 'register@kunde.example' };
    expect(await changeContact(deps(), boss.acting(CUSTOMER), 2, same)).toEqual({
      ok: true,
      value: { kind: 'confirmed' },
    });
    expect(await world.rows(`select id from notices`)).toEqual(before);
    expect((await current()).changeCount).toBe(1);
  });

  test('changed from two tabs at once are changed once; the other is shown what stands there', async () => {
    const attempts = await Promise.all(
      ['En Ansvarlig', 'To Ansvarlig'].map((responsible) =>
        changeContact(deps(), boss.acting(CUSTOMER), 2, {
          ...details,
          email: 'register@kunde.example',
          responsible,
        }),
      ),
    );
    expect(attempts.filter(({ ok }) => ok)).toHaveLength(1);
    const [lost] = attempts.filter((attempt) => !attempt.ok);
    const [row] = await world.rows<{ responsible: string; version: number }>(
      'select responsible, version from contact_details',
    );
    expect(lost?.error).toMatchObject({
      kind: 'overtaken',
      current: { responsible: row?.responsible, version: 3 },
    });
    expect(row?.version).toBe(3);
    expect(await confirmContact(deps(), boss.acting(CUSTOMER), 2)).toMatchObject({
      ok: false,
      error: { kind: 'overtaken' },
    });
    expect((await current()).changeCount).toBe(2);
  });

  test('wait in a browser that a vendor has used; saying that they are right does not', async () => {
    const from = async (person: SmallPerson) => {
      const tokenHash = randomBytes(32);
      await world.rows(
        `select session_create($1, (select national_id_hash from persons where id = $2), 'https://issuer.example', 's', null, 'high',
           now(), '', '30 minutes', '8 hours', sha256('machine'::bytea), null)`,
        [tokenHash, person.id],
      );
      return { tokenHash, business: CUSTOMER };
    };
    await from(member);
    const before = await stored();
    const held = await from(boss);
    expect(await changeContact(deps(), held, 3, { ...details, email: 'vi@leverandor.example' })).toEqual({
      ok: false,
      error: { kind: 'held', vendor: 'LEVERANDØR AS' },
    });
    expect(await stored()).toEqual(before);
    expect(
      await world.rows(`select action, decision from audit_entries where rule = 'held-browser'`),
    ).toEqual([{ action: 'contact.change', decision: 'refused' }]);
    expect(await confirmContact(deps(), held, 3)).toEqual({ ok: true, value: undefined });
  });

  test.each([
    ['a vendor that holds all that a vendor can', () => member.acting(CUSTOMER, VENDOR), 'never-for-vendor'],
    ['a person without the right', () => orderer.acting(CUSTOMER), 'right-not-given'],
  ])('are neither changed nor confirmed by %s, and the attempt is in the log', async (_who, acting, rule) => {
    const before = await stored();
    const refused = { ok: false, error: { kind: 'refused', refusal: rule } };
    expect(await changeContact(deps(), acting(), 3, details)).toEqual(refused);
    expect(await confirmContact(deps(), acting(), 3)).toEqual(refused);
    expect(await stored()).toEqual(before);
    const entries = await world.rows<{ action: string }>(
      `select action from audit_entries where decision = 'refused' and rule = $1 order by id`,
      [rule],
    );
    expect(entries.map(({ action }) => action)).toEqual(['contact.change', 'contact.confirm']);
  });

  test('are seen by everyone who acts for the business itself, never by a vendor, and not even found by others', async () => {
    expect(await viewContact(deps(), orderer.acting(CUSTOMER), page)).toMatchObject({
      ok: true,
      value: { mayChange: { allowed: false, refusal: 'right-not-given' } },
    });
    expect(await viewContact(deps(), member.acting(CUSTOMER, VENDOR), page)).toEqual({
      ok: false,
      error: { kind: 'refused', refusal: 'never-for-vendor' },
    });
    expect(await viewContact(deps(), stranger.acting(CUSTOMER), page)).toEqual({
      ok: false,
      error: { kind: 'missing' },
    });
  });
});

describe('the database', () => {
  /** How many rows a statement reaches in the context of a person, or the error it answers with. */
  async function reach(person: SmallPerson, vendor: string | undefined, statement: string): Promise<string> {
    const { tokenHash } = person;
    const context = { kind: 'session', tokenHash, business: CUSTOMER, writing: true } as const;
    try {
      return await inTransaction(
        world.database,
        vendor === undefined ? context : { ...context, vendor },
        async ({ query }) => {
          const { numAffectedRows } = await query.executeQuery(CompiledQuery.raw(statement));
          throw new Error(String(numAffectedRows));
        },
      );
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
  }
  const set = (what: string) =>
    `update contact_details set ${what}, confirmed_by = context_person(), confirmed_at = context_now()`;
  const confirm = set('bounced_at = null');
  const move = set(`email = 'tyv@leverandor.example'`);

  test('has them confirmed for the right and the business alone', async () => {
    expect(await reach(boss, undefined, confirm)).toBe('1');
    expect(await reach(helper, undefined, confirm)).toBe('1');
    expect(await reach(orderer, undefined, confirm)).toBe('0');
    expect(await reach(member, VENDOR, confirm)).toBe('0');
    expect(await reach(stranger, undefined, confirm)).toBe('0');
  });

  test('moves them for nobody at once', async () => {
    const waits = /by functions alone/u;
    expect(await reach(boss, undefined, move)).toMatch(waits);
    expect(await reach(helper, undefined, move)).toMatch(waits);
    expect(await reach(orderer, undefined, move)).toBe('0');
    expect(await reach(member, VENDOR, move)).toBe('0');
  });

  test('takes no confirmation in the name of another or of another day, and no history that nothing has come before', async () => {
    const denied = /row-level security/u;
    const inAnothersName = `update contact_details set confirmed_by = '${helper.id}', confirmed_at = context_now()`;
    const backdated = `update contact_details set confirmed_by = context_person(), confirmed_at = context_now() - interval '1 day'`;
    expect(await reach(boss, undefined, inAnothersName)).toMatch(denied);
    expect(await reach(boss, undefined, backdated)).toMatch(denied);
    const history = `insert into contact_changes (business_id, before, after, changed_by, changed_by_name, changed_at)
      values ('${customerId}', '{}', '{}', context_person(), 'x', context_now())`;
    expect(await reach(boss, undefined, history)).toMatch(/permission denied/u);
    expect(await reach(member, VENDOR, history)).toMatch(/permission denied/u);
  });
});
