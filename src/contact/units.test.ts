import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ContactWorld, CUSTOMER, startingDetails } from '../../tests/support/contact-world.ts';
import { inTransaction } from '../database/transaction.ts';
import { err, ok } from '../kernel/result.ts';
import {
  asksToVerify,
  changeContact,
  confirmContact,
  contactAddresses,
  viewContact,
  viewUnits,
} from './actions.ts';
import { cancelMove, overruleMove, undoMove, useStop, viewStop } from './moves.ts';

let world: ContactWorld;
beforeAll(async () => {
  world = await ContactWorld.start();
}, 60_000);
afterAll(() => world.stop());
beforeEach(() => world.reset());

const OLD = startingDetails.email ?? '';
const OSLO = 'oslo@kunde.example';
const NEW = 'ny@kunde.example';
const all = { limit: 20, offset: 0 };

/** Moves the e-mail of a unit, and lets the waiting time pass. */
async function moved(unit: string, email = OSLO, hours = 73): Promise<string> {
  const moveId = await world.wait(world.people.boss, email, unit);
  await world.work();
  await world.clock(`${String(hours)} hours`);
  await world.work();
  return moveId;
}

const messagesGo = (unit?: string) =>
  inTransaction(world.small.database, { kind: 'job', name: 'test' }, async (transaction) => {
    const { email, further } = await contactAddresses(transaction, world.businessId, unit);
    return [email, ...(further ?? [])];
  });

const view = async (who: keyof ContactWorld['people'], unit?: string) =>
  viewContact(world.deps(), await world.as(world.people[who], { unit }), all);

describe('a unit', () => {
  test('has the details of the business until it has its own, and follows it in what it has not', async () => {
    const { oslo, bergen } = world.units;
    expect([await messagesGo(), await messagesGo(oslo)]).toEqual([[OLD], [OLD]]);
    await moved(oslo);
    expect([await messagesGo(), await messagesGo(oslo), await messagesGo(bergen)]).toEqual([
      [OLD],
      [OSLO],
      [OLD],
    ]);
    // Its number is still that of the business.
    const [own] = await world.small.rows('select email, mobile from contact_details where unit_id = $1', [
      oslo,
    ]);
    expect(own).toEqual({ email: OSLO, mobile: null });
    await world.begin(world.people.boss, { addressLines: ['Nygata 2'] });
    await world.work();
    await world.clock('150 hours');
    await world.work();
    expect((await world.standing(oslo)).addressLines).toEqual(['Nygata 2']);
    expect((await world.standing(oslo)).email).toBe(OSLO);
    const shown = await view('boss', oslo);
    expect(shown.ok && shown.value).toMatchObject({
      details: { email: OSLO, source: 'business', unit: { name: 'KUNDE AVD OSLO', own: true } },
      changes: [{ before: { email: OLD }, after: { email: OSLO } }],
      changeCount: 1,
    });
    // What is changed back to the business's follows it again.
    await moved(oslo, OLD, 250);
    expect(await world.small.rows('select email from contact_details where unit_id = $1', [oslo])).toEqual([
      { email: null },
    ]);
  });

  test('has an address of its own whole, or none', async () => {
    const { oslo } = world.units;
    await world.begin(world.people.boss, { addressLines: ['Kaia 3'], postalCode: '5003', city: null }, oslo);
    await world.work();
    await world.clock('73 hours');
    await world.work();
    expect(await world.standing(oslo)).toMatchObject({
      addressLines: ['Kaia 3'],
      postalCode: '5003',
      city: null,
    });
    expect(await world.standing()).toMatchObject({ addressLines: ['Storgata 1'], city: 'Oslo' });
  });

  test('is told of by its name at the address that it had, the new one and to officers, with links that stop', async () => {
    const { oslo } = world.units;
    const moveId = await world.wait(world.people.helper, OSLO, oslo);
    await world.work();
    const letters = await world.told('contact:notice.begun');
    expect(letters.map(({ audience, addresses }) => [audience, ...addresses])).toEqual([
      ['address', OLD],
      ['address', startingDetails.mobile],
      ['address', OSLO],
      ['officers'],
    ]);
    expect(letters[0]?.parameters['business']).toBe('KUNDE AVD OSLO (320000017)');
    expect(await messagesGo(oslo)).toEqual([OLD, OSLO]);
    expect(await messagesGo()).toEqual([OLD]);
    const link = await world.stopLink(OLD);
    expect(await viewStop(world.deps(), link)).toMatchObject({ business: 'KUNDE AVD OSLO (320000017)' });
    expect(await useStop(world.deps(), link)).toBe('open');
    await world.work();
    await world.clock('100 hours');
    await world.work();
    expect([await world.state(moveId), await world.email(oslo)]).toEqual(['paused', OLD]);
    const boss = await world.as(world.people.boss, { unit: oslo });
    expect(await overruleMove(world.deps(), boss, moveId)).toEqual(ok(null));
    await world.work();
    await world.clock('125 hours');
    await world.work();
    expect([await world.email(oslo), await world.email()]).toEqual([OSLO, OLD]);
    const held = (await world.told('contact:notice.effective')).at(-1);
    expect(held?.parameters['link']).toBe(`/b/${CUSTOMER}/business/contact-units/${oslo}`);
  });

  test('is put back, but not over a later change of the business, from which it may have had what stood', async () => {
    const { oslo } = world.units;
    const first = await moved(oslo);
    const boss = async () => world.as(world.people.boss, { unit: oslo });
    expect(await undoMove(world.deps(), await boss(), first)).toEqual(ok(null));
    expect(await world.email(oslo)).toBe(OLD);
    const second = await moved(oslo, OSLO, 150);
    await world.wait(world.people.boss, NEW);
    await world.work();
    await world.clock('230 hours');
    await world.work();
    expect(await undoMove(world.deps(), await boss(), second)).toEqual(err('overtaken'));
    const shown = await view('boss', oslo);
    expect(shown.ok && shown.value.moves).toEqual([]);
  });

  test('changes beside the business: neither replaces what waits of the other', async () => {
    const { oslo } = world.units;
    const ofUnit = await world.wait(world.people.boss, OSLO, oslo);
    const ofBusiness = await world.wait(world.people.boss, NEW);
    await world.work();
    expect([await world.state(ofUnit), await world.state(ofBusiness)]).toEqual(['waiting', 'waiting']);
    // Until it has its own, what concerns it goes where the business's messages do.
    expect(await messagesGo(oslo)).toEqual([OLD, OSLO, NEW]);
    await world.clock('73 hours');
    await world.work();
    expect([await world.email(oslo), await world.email()]).toEqual([OSLO, NEW]);
  });

  test('is not changed over a change of the business that the form has not shown', async () => {
    const { oslo } = world.units;
    const seen = await world.version(oslo);
    await moved(world.units.bergen);
    await world.wait(world.people.boss, NEW);
    await world.work();
    await world.clock('150 hours');
    await world.work();
    const acting = await world.as(world.people.boss, { unit: oslo });
    expect(await changeContact(world.deps(), acting, seen, startingDetails)).toMatchObject({
      ok: false,
      error: { kind: 'overtaken' },
    });
  });

  test('has its responsible person changed at once, confirmed and asked about like the business', async () => {
    const { oslo, bergen } = world.units;
    const acting = await world.as(world.people.local, { unit: oslo });
    const changed = { ...startingDetails, responsible: 'Oda Oslo' };
    expect(await changeContact(world.deps(), acting, await world.version(oslo), changed)).toEqual(
      ok({ kind: 'changed', fields: ['responsible'] }),
    );
    expect([(await world.standing(oslo)).responsible, (await world.standing()).responsible]).toEqual([
      'Oda Oslo',
      startingDetails.responsible,
    ]);
    expect(await asksToVerify(world.deps(), acting)).toBeUndefined();
    await moved(oslo);
    await world.comesBack(OSLO);
    const later = await world.as(world.people.local, { unit: oslo });
    expect(await asksToVerify(world.deps(), later)).toBe(`/business/contact-units/${oslo}`);
    expect(await confirmContact(world.deps(), later, await world.version(oslo))).toEqual(ok(undefined));
    expect(await asksToVerify(world.deps(), later)).toBeUndefined();
    // One that has none of its own has nothing to confirm.
    const boss = await world.as(world.people.boss, { unit: bergen });
    expect(await confirmContact(world.deps(), boss, await world.version(bergen))).toMatchObject({
      ok: false,
    });
  });
});

describe('a mandate for one unit', () => {
  const other = { ok: false, error: { kind: 'refused', refusal: 'other-unit' } };
  const unitsOf = () => [undefined, world.units.bergen];

  test('moves the details of that unit', async () => {
    const { oslo } = world.units;
    const moveId = await world.wait(world.people.local, OSLO, oslo);
    const acting = await world.as(world.people.local, { unit: oslo });
    expect(await cancelMove(world.deps(), acting, moveId)).toEqual(ok(null));
  });

  test('changes, confirms and moves neither those of another nor of the whole business', async () => {
    for (const unit of unitsOf()) {
      const acting = await world.as(world.people.local, { unit });
      const version = await world.version(unit);
      for (const change of [{ email: NEW }, { responsible: 'X' }, {}])
        expect(await changeContact(world.deps(), acting, version, { ...startingDetails, ...change })).toEqual(
          other,
        );
      expect(await confirmContact(world.deps(), acting, version)).toEqual(other);
    }
    expect(await world.small.rows('select id from contact_moves')).toEqual([]);
  });

  test('sees those of the business and of that unit', async () => {
    const shown = await view('local');
    expect(shown.ok && shown.value).toMatchObject({
      details: { email: OLD },
      mayChange: { allowed: false, refusal: 'other-unit' },
      units: 1,
    });
    expect(await view('local', world.units.bergen)).toEqual(other);
    const listed = await viewUnits(world.deps(), await world.as(world.people.local), all);
    expect(listed.ok && listed.value.units).toMatchObject([
      { name: 'KUNDE AVD OSLO', own: false, moving: false },
    ]);
  });

  test('does so in the database as well', async () => {
    const asLocal = async (statement: string) => {
      const { tokenHash } = await world.as(world.people.local);
      return inTransaction(
        world.small.database,
        { kind: 'session', tokenHash, business: CUSTOMER, writing: true },
        async ({ query }) => query.executeQuery(CompiledQuery.raw(statement)),
      );
    };
    const details = JSON.stringify({ ...startingDetails, responsible: 'X' });
    const elsewhere = JSON.stringify({ ...startingDetails, email: NEW });
    const confirm = (unit: string | undefined) => `update contact_details set confirmed_by = context_person(),
      confirmed_at = context_now() where unit_id is not distinct from ${unit === undefined ? 'null' : `'${unit}'`}`;
    await moved(world.units.bergen);
    for (const unit of unitsOf()) {
      const of = unit === undefined ? 'null' : `'${unit}'`;
      const version = await world.version(unit);
      await expect(
        asLocal(
          `select contact_move_begin(${of}, ${String(version)}, '${elsewhere}', null, null, '1h', '1h')`,
        ),
      ).rejects.toThrow(/with the right/u);
      await expect(
        asLocal(`select contact_change_at_once(${of}, ${String(version)}, '${details}')`),
      ).rejects.toThrow(/with the right/u);
      expect(await asLocal(confirm(unit))).toMatchObject({ numAffectedRows: 0n });
    }
    const { oslo } = world.units;
    const moves = `select contact_change_at_once('${oslo}', ${String(await world.version(oslo))}, '${elsewhere}')`;
    await expect(asLocal(moves)).rejects.toThrow(/after a waiting time alone/u);
    expect(await asLocal('select id from contact_moves')).toMatchObject({ rows: [] });
  });

  test('and one for named workers, are not enough for what is everybody’s', async () => {
    const { local } = world.people;
    const [worker] = await world.small.rows<{ id: string }>('select uuidv7() as id');
    await world.small.rows('update mandates set units = null, workers = $2 where person_id = $1', [
      local.id,
      [worker?.id],
    ]);
    for (const unit of [undefined, world.units.oslo]) {
      const acting = await world.as(local, { unit });
      expect(await confirmContact(world.deps(), acting, await world.version(unit))).toMatchObject({
        ok: false,
        error: { kind: 'refused' },
      });
    }
    await world.small.rows('update mandates set units = $2, workers = null where person_id = $1', [
      local.id,
      [world.units.oslo],
    ]);
  });
});

test.each([crypto.randomUUID(), 'another'])(
  'a unit that is none of the business’s is nowhere',
  async (unit) => {
    let id = unit;
    if (unit === 'another') {
      const [row] = await world.small.rows<{ id: string }>(
        `insert into units (business_id, organisation_number, name) select id, '320000033', 'ANNEN' from businesses
       where id <> $1 limit 1 returning id`,
        [world.businessId],
      );
      id = row?.id ?? '';
    }
    expect(await view('boss', id)).toEqual(err({ kind: 'missing' }));
    const acting = await world.as(world.people.boss, { unit: id });
    expect(await changeContact(world.deps(), acting, 1, startingDetails)).toMatchObject({ ok: false });
  },
);
