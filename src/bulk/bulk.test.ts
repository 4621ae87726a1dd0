import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fixtures, type FixtureBusiness, type FixturePerson } from '../../tests/support/fixtures.ts';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { syntheticNumbers } from '../../tests/support/national-ids.ts';
import { workbook } from '../../tests/support/zip.ts';
import type { Notice } from '../access/index.ts';
import { createVault } from '../database/encryption.ts';
import { inTransaction } from '../database/transaction.ts';
import { placeOrder } from '../orders/index.ts';
import {
  correctRow,
  declarePermits,
  judgeAgain,
  leaveOut,
  nameColumns,
  placeUpload,
  sendFile,
  type TypedRow,
} from './actions.ts';
import { deleteOldUploads, readUpload } from './reading.ts';
import { uploadView, type UploadView } from './views.ts';

const vault = createVault({ current: 'a', keys: new Map([['a', randomBytes(32)]]) }, randomBytes(32));
const numbers = syntheticNumbers(40);
const delivery = { recipient: 'BLÅ HAMMER AS', lines: ['Testveien 1'], postalCode: '0150', place: 'OSLO' };
const notices: Notice[] = [];

let fixtures: Fixtures;
let business: FixtureBusiness;
let vendor: FixtureBusiness;
let officer: FixturePerson;
let vendorOfficer: FixturePerson;
let member: FixturePerson;
let used: number;

beforeAll(async () => {
  fixtures = await Fixtures.start();
});
afterAll(async () => {
  await fixtures.stop();
});
beforeEach(async () => {
  notices.length = 0;
  used = 0;
  await fixtures.rows(`update persons set national_id_hash = sha256(id::text::bytea)`);
  business = await fixtures.business({
    name: 'BLÅ HAMMER AS',
    address: JSON.stringify({ lines: ['Testveien 1'], postalCode: '0150', place: 'OSLO' }),
  });
  vendor = await fixtures.business({ name: 'DYRE KORT AS' });
  officer = await fixtures.person('Våken Spurv');
  vendorOfficer = await fixtures.person('Gradig Gribb');
  member = await fixtures.person('Kostelig Kåpe');
  await fixtures.officer(business, officer);
  await fixtures.officer(vendor, vendorOfficer);
  await fixtures.vendorProfile(vendor, vendorOfficer);
  await fixtures.member(vendor, member, vendorOfficer);
});

describe('a file of the business', () => {
  it('gets a verdict for every row, and becomes one order a unit', async () => {
    const [one, two, other] = [
      await worker('Kari Berg'),
      await worker('Łukasz Čáhci 👷'),
      await worker('Per Annensted', { unit_id: business.otherUnit }),
    ];
    const gone = await worker('Ferdig Slutt', { employed_to: '2026-01-01' });
    const named = await worker('Ante Ŋilas', { birth_date: '1985-03-02' });
    const unit = await numberOf(business.unit);
    const id = await judged(officer, [
      ['Fnr', 'Navn', 'Født', 'Orgnr', 'Referanse'],
      [one.number, 'Kari Berg', '', '', 'A1'],
      [two.number, '', '', '', 'A2'],
      [other.number, 'Annensted, Per', '', '', ''],
      [gone.number, '', '', '', ''],
      ['', 'ante ŋilas', '2.3.1985', unit, ''],
      ['', 'Ukjent Person', '1.1.1970', '', ''],
      [one.number, 'Kari Berg', '', '', ''],
      ['12345678901', 'Feil Nummer', '', '', ''],
      [other.number, '', '', unit, ''],
      [two.number, 'Noen Andre', '', '', ''],
      [two.number, '', '', '999999999', ''],
    ]);
    expect(await verdicts(id)).toEqual([
      [2, 'ok', null],
      [3, 'ok', null],
      [4, 'ok', null],
      [5, 'employment-ended', null],
      [6, 'ok', null],
      [7, 'unknown-worker', null],
      [8, 'duplicate', null],
      [9, null, 'number-wrong'],
      [10, 'other-unit', null],
      [11, 'name-differs', null],
      [12, 'unknown-unit', null],
    ]);
    const placed = await place(officer, id);
    expect(placed).toMatchObject({ ok: true, value: { changed: false } });
    expect(await lines()).toEqual(
      [
        [business.unit, one.id, 'A1, A2'],
        [business.unit, two.id, 'A1, A2'],
        [business.unit, named.id, 'A1, A2'],
        [business.otherUnit, other.id, ''],
      ].sort(),
    );
    // Again, from another window: nothing more.
    expect(await place(officer, id)).toEqual({ ok: true, value: { orders: [], changed: false } });
    expect(await lines()).toHaveLength(4);
  });

  it('is sent to each unit’s own address where it has one; of one unit that is offered as for a single order', async () => {
    const stored = { business_id: business.id, source: 'business', changed_at: new Date(0) };
    await fixtures.insert('contact_details', { ...stored, address_lines: ['Hovedgata 1'] });
    const kaia = { address_lines: ['Kaia 3'], postal_code: '5003', city: 'BERGEN', language: null };
    await fixtures.insert('contact_details', { ...stored, unit_id: business.otherUnit, ...kaia });
    const [one, other] = [
      await worker('Kari Berg'),
      await worker('Per Moe', { unit_id: business.otherUnit }),
    ];
    const acting = { tokenHash: officer.tokenHash, business: business.number };
    const alone = await judged(officer, [['Fnr'], [other.number]]);
    const both = await judged(officer, [['Fnr'], [one.number], [other.number]]);
    const offered = async (uploadId: string) => {
      const view = await uploadView(deps(), acting, { uploadId, filter: 'ok', page: 1 });
      if (!view.ok) throw new Error(JSON.stringify(view.error));
      return view.value.addresses.map(({ id, address }) => [id, address?.lines[0]]);
    };
    expect(await offered(alone)).toEqual([
      ['unit', 'Kaia 3'],
      ['registered', 'Testveien 1'],
    ]);
    expect(await offered(both)).toEqual([
      ['each-unit', undefined],
      ['registered', 'Testveien 1'],
    ]);
    const command = { uploadId: both, delivery: { kept: 'each-unit' }, reference: '' };
    expect(await placeUpload(deps(), acting, command)).toMatchObject({ ok: true, value: { changed: false } });
    expect(
      await fixtures.rows(
        `select unit_id, delivery_address -> 'lines' ->> 0 as line from orders where business_id = $1 order by line`,
        [business.id],
      ),
    ).toEqual([
      { unit_id: business.otherUnit, line: 'Kaia 3' },
      { unit_id: business.unit, line: 'Testveien 1' },
    ]);
  });

  it('keeps nothing of the numbers but hashes and dates, and nothing of the file once it is read', async () => {
    const one = await worker('Kari Berg');
    const acting = { tokenHash: officer.tokenHash, business: business.number };
    const file = csv([['Fødselsnummer'], [one.number], [`${one.number.slice(0, 10)}x`]]);
    const sent = await sendFile(deps(), acting, { key: randomUUID(), fileName: `a ${one.number}.csv`, file });
    if (!sent.ok) throw new Error('not sent');
    const everything = async () =>
      JSON.stringify(
        await fixtures.rows(
          `select to_jsonb(u) as one, encode(u.file, 'escape') as file from order_uploads u union all
           select to_jsonb(r), null from order_upload_rows r union all select to_jsonb(a), null from audit_entries a union all
           select to_jsonb(j), null from graphile_worker.jobs j`,
        ),
      );
    expect(await everything()).not.toContain(one.number);
    await readUpload(reading(), { uploadId: sent.value.uploadId });
    expect(await everything()).not.toContain(one.number);
    expect(await fixtures.rows('select 1 from order_uploads where file is not null')).toEqual([]);
  });

  it('waits for its columns to be named where they are not known', async () => {
    const one = await worker('Kari Berg');
    const id = await send(
      officer,
      csv([
        ['Kode', 'Hvem'],
        [one.number, 'Kari Berg'],
      ]),
    );
    await readUpload(reading(), { uploadId: id });
    expect(await state(id)).toEqual({ state: 'unmapped', problem: null, headings: ['Kode', 'Hvem'] });
    const acting = { tokenHash: officer.tokenHash, business: business.number };
    expect(await nameColumns(deps(), acting, { uploadId: id, columns: { name: 1 } })).toEqual({
      ok: false,
      error: 'not-enough',
    });
    const command = { uploadId: id, columns: { nationalId: 0, name: 1 } };
    expect((await nameColumns(deps(), acting, command)).ok).toBe(true);
    expect(await nameColumns(deps(), acting, command)).toEqual({ ok: false, error: 'too-late' });
    await readUpload(reading(), { uploadId: id });
    expect(await verdicts(id)).toEqual([[2, 'ok', null]]);
  });

  it.each([
    ['no rows', Buffer.from('fnr;navn\n'), 'no-rows'],
    [
      'more rows than may be',
      csv([['fnr'], ...Array.from({ length: 10_001 }, () => ['x'])]),
      'too-many-rows',
    ],
    ['a picture', Buffer.from('89504e470d0a1a0a00', 'hex'), 'not-a-table'],
  ])('with %s is refused', async (_what, file, problem) => {
    const id = await send(officer, file);
    await readUpload(reading(), { uploadId: id });
    expect(await state(id)).toMatchObject({ state: 'failed', problem });
    expect(await verdicts(id)).toEqual([]);
  });

  it('is one upload however often its form is sent, and read once more after a crash', async () => {
    const one = await worker('Kari Berg');
    const key = randomUUID();
    const file = workbook([['Fnr'], [one.number]]);
    for (const _ of [1, 2]) await send(officer, file, key);
    expect(await fixtures.rows('select 1 from order_uploads where id = $1', [key])).toHaveLength(1);
    const broken = { ...reading(), vault: { ...vault, hash: () => Buffer.alloc(3) } };
    await expect(readUpload(broken, { uploadId: key })).rejects.toThrow();
    await readUpload(reading(), { uploadId: key });
    await readUpload(reading(), { uploadId: key });
    expect(await verdicts(key)).toEqual([[2, 'ok', null]]);
  });

  it('has rows left out, taken in, and corrected', async () => {
    const [one, two] = [await worker('Kari Berg'), await worker('Per Moe')];
    const id = await judged(officer, [
      ['Fnr', 'Navn'],
      [one.number, ''],
      [one.number, ''],
      ['123', 'Per Moe'],
    ]);
    expect(await verdicts(id)).toEqual([
      [2, 'ok', null],
      [3, 'duplicate', null],
      [4, null, 'number-wrong'],
    ]);
    const acting = { tokenHash: officer.tokenHash, business: business.number };
    const leave = async (position: number, leftOut: boolean) =>
      leaveOut(deps(), acting, { uploadId: id, rowId: await rowAt(id, position), leftOut });
    const correct = async (position: number, typed: Partial<TypedRow>) => {
      const empty = { number: '', name: '', familyName: '', birthDate: '', unit: '', permitLastDay: '' };
      const rowId = await rowAt(id, position);
      return correctRow(deps(), acting, { uploadId: id, rowId, typed: { ...empty, ...typed } });
    };
    expect((await leave(2, true)).ok).toBe(true);
    expect((await verdicts(id))[1]).toEqual([3, 'ok', null]);
    expect((await leave(2, false)).ok).toBe(true);
    expect((await verdicts(id))[1]).toEqual([3, 'duplicate', null]);
    expect((await correct(4, { number: two.number, name: 'Per Moe' })).ok).toBe(true);
    expect((await verdicts(id))[2]).toEqual([4, 'ok', null]);
    expect((await correct(4, { name: 'Per Moe', unit: 'x' })).ok).toBe(true);
    expect((await verdicts(id))[2]).toEqual([4, null, 'unit-wrong']);
    expect((await correct(4, { name: 'Per Moe' })).ok).toBe(true);
    expect((await verdicts(id))[2]).toEqual([4, 'ok', null]);
    expect(await leave(99, true)).toEqual({ ok: false, error: 'missing' });
    expect((await place(officer, id)).ok).toBe(true);
    expect(await leave(2, true)).toEqual({ ok: false, error: 'too-late' });
    expect(await correct(2, { name: 'x' })).toEqual({ ok: false, error: 'too-late' });
  });

  it('says what came between, and orders the rest afterwards', async () => {
    const [one, two] = [await worker('Kari Berg'), await worker('Per Moe')];
    const id = await judged(officer, [['Fnr'], [one.number], [two.number]]);
    const acting = { tokenHash: officer.tokenHash, business: business.number };
    const other = {
      key: randomUUID(),
      unitId: business.unit,
      workerIds: [one.id],
      delivery,
      customerReference: '',
    };
    expect((await placeOrder(deps(), acting, other)).ok).toBe(true);
    expect(await place(officer, id)).toEqual({ ok: true, value: { orders: [], changed: true } });
    expect(await verdicts(id)).toEqual([
      [2, 'open-line', null],
      [3, 'ok', null],
    ]);
    expect(await place(officer, id)).toMatchObject({ ok: true, value: { changed: false } });
    expect(await lines()).toHaveLength(2);
  });

  it('has the permits that it names declared by whoever sees the list, and then ordered for', async () => {
    const due = { permit_due_since: new Date(0) };
    const [lacks, has, free] = [
      await worker('Kari Berg', due),
      await worker('Per Moe', due),
      await worker('Anna Li'),
    ];
    const other = await worker('Ida Ny', due);
    await permit(has.id, '2027-01-31');
    const id = await judged(officer, [
      ['Fnr', 'Navn', 'Oppholdstillatelse til og med'],
      [lacks.number, '', '31.12.2027'],
      [has.number, '', '31.01.2027'],
      [free.number, '', '01.06.2028'],
      [other.number, 'Noen Andre', '01.06.2028'],
      [other.number, '', 'i fjor'],
      [other.number, '', '31.12.2099'],
      [lacks.number, '', '01.01.2028'],
    ]);
    expect(await verdicts(id)).toEqual([
      [2, 'permit-missing', null],
      [3, 'ok', null],
      [4, 'ok', null],
      [5, 'name-differs', null],
      [6, null, 'permit-wrong'],
      [7, null, 'permit-out-of-reach'],
      [8, 'permit-missing', null],
    ]);
    const seen = await viewOf(id);
    expect([seen.permits, seen.seesList]).toEqual([1, true]);
    expect(seen.rows.map(({ permit: stands }) => stands)).toEqual([
      ...['to-declare', 'declared', 'not-due'],
      ...[null, null, null, 'to-declare'],
    ]);
    const acting = { tokenHash: officer.tokenHash, business: business.number };
    const declare = () => declarePermits(deps(), acting, { uploadId: id, kind: 'permit' });
    expect(await declare()).toEqual({ ok: true, value: { declared: 1, failed: 0 } });
    expect(await permits()).toEqual([
      [lacks.id, 'permit', '2027-12-31', 'Våken Spurv'],
      [has.id, 'family', '2027-01-31', 'Nøye Nabo'],
    ]);
    const entries = await fixtures.rows(
      `select action, decision, used_right from audit_entries where subject_id = $1 and action like 'worker-permit%'`,
      [lacks.id],
    );
    expect(entries).toEqual([
      { action: 'worker-permit.declared', decision: 'allowed', used_right: 'orders.place' },
    ]);
    expect((await verdicts(id)).map(([, verdict]) => verdict)).toEqual([
      ...['ok', 'ok', 'ok', 'name-differs'],
      ...[null, null, 'duplicate'],
    ]);
    // Again, from another window: nothing more.
    expect(await declare()).toEqual({ ok: true, value: { declared: 0, failed: 0 } });
    const typed = { number: '', name: '', familyName: '', birthDate: '', unit: '' };
    const corrected = {
      uploadId: id,
      rowId: await rowAt(id, 6),
      typed: { ...typed, permitLastDay: '1.7.2027' },
    };
    expect((await correctRow(deps(), acting, corrected)).ok).toBe(true);
    expect((await viewOf(id)).permits).toBe(1);
    const left = { uploadId: id, rowId: await rowAt(id, 6), leftOut: true };
    expect((await leaveOut(deps(), acting, left)).ok).toBe(true);
    expect((await viewOf(id)).permits).toBe(0);
    expect(await place(officer, id)).toMatchObject({ ok: true, value: { changed: false } });
    expect(await lines()).toHaveLength(3);
  });

  it('is placed once when eight windows place it at the same time', async () => {
    const workers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => worker(`Kari Berg${String(index)}`)),
    );
    const id = await judged(officer, [['Fnr'], ...workers.map(({ number }) => [number])]);
    const placed = await Promise.all(Array.from({ length: 8 }, () => place(officer, id)));
    expect(placed.every((one) => one.ok)).toBe(true);
    expect(placed.flatMap((one) => (one.ok ? one.value.orders : []))).toHaveLength(1);
    expect(await lines()).toHaveLength(12);
  });

  it('is the uploader’s alone', async () => {
    const one = await worker('Kari Berg');
    const id = await judged(officer, [['Fnr'], [one.number]]);
    const second = await fixtures.person('Annen Leder');
    await fixtures.officer(business, second);
    const stranger = await fixtures.person('Frem Med');
    for (const person of [second, stranger]) {
      expect((await place(person, id)).ok).toBe(false);
      const acting = { tokenHash: person.tokenHash, business: business.number };
      expect((await judgeAgain(deps(), acting, id)).ok).toBe(false);
      const context = { kind: 'session', ...acting } as const;
      await inTransaction(fixtures.database, context, async ({ query }) => {
        for (const table of ['order_uploads', 'order_upload_rows'] as const) {
          expect(await query.selectFrom(table).select('id').execute()).toEqual([]);
        }
      });
    }
    // The key of somebody's upload opens it to nobody.
    const acting = { tokenHash: second.tokenHash, business: business.number };
    const again = await sendFile(deps(), acting, { key: id, fileName: 'a.csv', file: csv([['Fnr'], ['x']]) });
    expect(again).toEqual({ ok: false, error: 'missing' });
    expect(await verdicts(id)).toEqual([[2, 'ok', null]]);
  });

  it('needs the worker list, and the right to order', async () => {
    for (const rights of [['orders.place'], ['workers.read', 'orders.read']]) {
      const person = await fixtures.person('Ansatt Person');
      await fixtures.personMandate(business, person, officer, rights);
      const acting = { tokenHash: person.tokenHash, business: business.number };
      const sent = await sendFile(deps(), acting, {
        key: randomUUID(),
        fileName: 'a',
        file: Buffer.from('a'),
      });
      expect(sent).toEqual({ ok: false, error: { kind: 'refused', refusal: 'right-not-given' } });
    }
  });

  it('of a mandate reaches its units, and becomes an order to be approved above its limits', async () => {
    const person = await fixtures.person('Ansatt Person');
    const rights = ['orders.place', 'workers.read'];
    await fixtures.personMandate(business, person, officer, rights, {
      units: [business.unit],
      cards_per_order: 2,
    });
    const workers = [await worker('En Berg'), await worker('To Berg'), await worker('Tre Berg')];
    const other = await worker('Per Annensted', { unit_id: business.otherUnit });
    const id = await judged(person, [['Fnr'], ...[...workers, other].map(({ number }) => [number])]);
    expect((await verdicts(id)).map(([, verdict]) => verdict)).toEqual(['ok', 'ok', 'ok', 'unknown-worker']);
    const placed = await place(person, id);
    expect(placed).toMatchObject({
      ok: true,
      value: { orders: [{ state: 'awaiting-approval', limit: 'cards-per-order' }] },
    });
    expect(notices.map(({ template }) => template)).toEqual(['orders:notice.awaiting-approval']);
  });

  it('is not read for whoever lost the right meanwhile', async () => {
    const person = await fixtures.person('Ansatt Person');
    const mandate = await fixtures.personMandate(business, person, officer, ['orders.place', 'workers.read']);
    const one = await worker('Kari Berg');
    const id = await send(person, csv([['Fnr'], [one.number]]));
    await fixtures.rows(
      `update mandates set ended_at = now(), ended_by = $2, ended_by_name = 'x', end_reason = 'removed' where id = $1`,
      [mandate, officer.id],
    );
    await readUpload(reading(), { uploadId: id });
    expect(await state(id)).toMatchObject({ state: 'failed', problem: 'no-access' });
  });

  it('is deleted when it is old, with an entry in the audit', async () => {
    const one = await worker('Kari Berg');
    const id = await judged(officer, [['Fnr'], [one.number]]);
    await deleteOldUploads(reading(), 30);
    expect(await verdicts(id)).toHaveLength(1);
    await fixtures.rows(`update order_uploads set uploaded_at = now() - interval '31 days' where id = $1`, [
      id,
    ]);
    await deleteOldUploads(reading(), 30);
    expect(await verdicts(id)).toEqual([]);
    const entries = await fixtures.rows(
      `select capacity, actor_job, changes from audit_entries where action = 'orders.file-deleted' and subject_id = $1`,
      [id],
    );
    expect(entries).toEqual([{ capacity: 'job', actor_job: 'bulk.delete-old', changes: { rows: 1 } }]);
  });
});

describe('a file of a vendor', () => {
  it('without the worker list learns only whom it can order for, and misses twenty times a day', async () => {
    const mandate = await vendorMandate(['orders.place']);
    const one = await worker('Kari Berg');
    const gone = await worker('Ferdig Slutt', { employed_to: '2026-01-01' });
    const late = await worker('Sein Spurv');
    const id = await judged(
      member,
      [
        ['Fnr', 'Navn'],
        [one.number, 'Kari Berg'],
        [gone.number, 'Ferdig Slutt'],
        ['', 'Uten Nummer'],
        ...numbers.slice(20, 39).map((number) => [number, 'Ukjent Person']),
        [late.number, 'Sein Spurv'],
      ],
      vendor.number,
    );
    const found = (await verdicts(id)).map(([, verdict, problem]) => problem ?? verdict);
    expect(found.slice(0, 4)).toEqual(['ok', 'ask-the-business', 'no-identity', 'ask-the-business']);
    expect(found.at(-1)).toBe('not-asked');
    expect(await looked()).toEqual({ hits: 1, misses: 20 });
    // Judged again it asks nobody anew, and still learns nothing of the last.
    const acting = { tokenHash: member.tokenHash, business: business.number, vendor: vendor.number };
    expect((await judgeAgain(deps(), acting, id)).ok).toBe(true);
    expect(await looked()).toEqual({ hits: 1, misses: 20 });
    await fixtures.rows(`update worker_look_ups set at = at - interval '1 day' where business_id = $1`, [
      business.id,
    ]);
    expect((await judgeAgain(deps(), acting, id)).ok).toBe(true);
    expect((await verdicts(id)).at(-1)?.[1]).toBe('ok');
    const placed = await place(member, id, vendor.number);
    expect(placed).toMatchObject({ ok: true, value: { orders: [{ state: 'placed' }] } });
    expect((await lines()).map(([, workerId]) => workerId).sort()).toEqual([one.id, late.id].sort());
    const offers = await fixtures.rows(
      'select used_at is not null as used, name from worker_offers where mandate_id = $1',
      [mandate.id],
    );
    expect(offers).toEqual([
      { used: true, name: 'Berg' },
      { used: true, name: 'Spurv' },
    ]);
    expect(notices.map(({ template }) => template)).toEqual(['orders:notice.vendor-order']);
  });

  it('asks for one person once, and tells a wrong surname from nothing', async () => {
    await vendorMandate(['orders.place']);
    const one = await worker('Kari Berg');
    const id = await judged(
      member,
      [
        ['Fnr', 'Navn'],
        [one.number, 'Kari Dahl'],
        [one.number, 'Kari Berg'],
        [one.number, 'Kari Berg'],
      ],
      vendor.number,
    );
    expect((await verdicts(id)).map(([, verdict]) => verdict)).toEqual([
      'ask-the-business',
      'ok',
      'duplicate',
    ]);
  });

  it('with the worker list is judged as the business’s own', async () => {
    await vendorMandate(['orders.prepare', 'workers.read']);
    const [one, gone] = [
      await worker('Kari Berg'),
      await worker('Ferdig Slutt', { employed_to: '2026-01-01' }),
    ];
    const id = await judged(member, [['Fnr'], [one.number], [gone.number]], vendor.number);
    expect((await verdicts(id)).map(([, verdict]) => verdict)).toEqual(['ok', 'employment-ended']);
    expect(await place(member, id, vendor.number)).toMatchObject({
      ok: true,
      value: { orders: [{ state: 'awaiting-approval' }] },
    });
    expect(await looked()).toEqual({ hits: 0, misses: 0 });
  });

  it('names permits for a vendor that sees the list, and for another is not read', async () => {
    const one = await worker('Kari Berg', { permit_due_since: new Date(0) });
    const rows = [
      ['Fnr', 'Navn', 'Residence permit through'],
      [one.number, 'Kari Berg', '31.12.2027'],
    ];
    const { id: mandateId } = await vendorMandate(['orders.place', 'workers.read']);
    const acting = { tokenHash: member.tokenHash, business: business.number, vendor: vendor.number };
    const id = await judged(member, rows, vendor.number);
    const declare = () => declarePermits(deps(), acting, { uploadId: id, kind: 'permit' });
    expect(await declare()).toEqual({ ok: true, value: { declared: 1, failed: 0 } });
    expect((await place(member, id, vendor.number)).ok).toBe(true);
    await fixtures.rows(`update mandates set rights = '{orders.place}' where id = $1`, [mandateId]);
    expect(await declare()).toMatchObject({ ok: false, error: { kind: 'refused' } });
    const refused = await send(member, csv(rows), undefined, vendor.number);
    await readUpload(reading(), { uploadId: refused });
    expect(await state(refused)).toMatchObject({ state: 'failed', problem: 'permit-column' });
    expect(await verdicts(refused)).toEqual([]);
    expect(await looked()).toEqual({ hits: 0, misses: 0 });
  });

  it('reaches no other customer’s workers', async () => {
    const mine = await worker('Kari Berg');
    const elsewhere = await fixtures.business();
    await fixtures.officer(elsewhere, officer);
    await vendorMandate(['orders.place', 'workers.read']);
    const other = await person('Fremmed Fugl');
    await fixtures.worker(elsewhere, other.person);
    const id = await judged(member, [['Fnr'], [other.number], [mine.number]], vendor.number);
    expect((await verdicts(id)).map(([, verdict]) => verdict)).toEqual(['unknown-worker', 'ok']);
    // Nor the business's own page, where the same person acts for nobody.
    expect((await place(member, id)).ok).toBe(false);
  });
});

/** How many cards come from one file. */
const MANY = Number(process.env['CARDS_FROM_FILE'] ?? '1000');

it(
  `orders ${String(MANY)} cards from a file, and twenty megabytes are read`,
  { timeout: 60_000 },
  async () => {
    const many = syntheticNumbers(MANY);
    const [ids, hashes] = [many.map(() => randomUUID()), many.map((number) => vault.hash(number))];
    await fixtures.rows(
      `insert into persons (id, national_id_hash, national_id_encrypted, name)
     select id, hash, 'x', 'Kari Berg ' || n from unnest($1::uuid[], $2::bytea[]) with ordinality as p (id, hash, n)`,
      [ids, hashes],
    );
    await fixtures.rows(
      `insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, refreshed_at)
     select $1, $2, p.id, p.name, 'Berg', '1990-01-01', '2020-01-01', now() from persons p where p.id = any ($3::uuid[])`,
      [business.id, business.unit, ids],
    );
    const filler = 'x'.repeat(19_550_000 / MANY);
    const file = csv([['Fnr', 'Merknad'], ...many.map((number) => [number, filler])]);
    expect(file.length).toBeGreaterThan(19_500_000);
    expect(file.length).toBeLessThan(20_000_000);
    const id = await send(officer, file);
    await readUpload(reading(), { uploadId: id });
    expect(await place(officer, id)).toMatchObject({
      ok: true,
      value: { orders: [{ state: 'placed' }], changed: false },
    });
    expect(await lines()).toHaveLength(MANY);
  },
);

function deps() {
  return {
    database: fixtures.database,
    vault,
    allowSynthetic: true,
    uploadsPerDay: 30,
    blockCardsOf: () => Promise.reject(new Error('Nothing is replaced from a file.')),
    notify: keepIn(notices),
  };
}

function reading() {
  return { database: fixtures.database, vault, allowSynthetic: true };
}

function csv(rows: readonly (readonly string[])[]): Buffer {
  return Buffer.from(rows.map((cells) => `${cells.join(';')}\r\n`).join(''));
}

async function send(
  by: FixturePerson,
  file: Buffer,
  key: string = randomUUID(),
  vendorNumber?: string,
): Promise<string> {
  const acting = {
    tokenHash: by.tokenHash,
    business: business.number,
    ...(vendorNumber === undefined ? {} : { vendor: vendorNumber }),
  };
  const sent = await sendFile(deps(), acting, { key, fileName: 'ansatte.csv', file });
  if (!sent.ok) throw new Error(JSON.stringify(sent.error));
  return sent.value.uploadId;
}

async function judged(
  by: FixturePerson,
  rows: readonly (readonly string[])[],
  vendorNumber?: string,
): Promise<string> {
  const id = await send(by, csv(rows), undefined, vendorNumber);
  await readUpload(reading(), { uploadId: id });
  expect(await state(id)).toMatchObject({ state: 'judged', problem: null });
  return id;
}

function place(by: FixturePerson, uploadId: string, vendorNumber?: string) {
  const acting = {
    tokenHash: by.tokenHash,
    business: business.number,
    ...(vendorNumber === undefined ? {} : { vendor: vendorNumber }),
  };
  return placeUpload(deps(), acting, { uploadId, delivery, reference: '' });
}

async function person(name: string): Promise<{ readonly person: FixturePerson; readonly number: string }> {
  const made = await fixtures.person(name);
  const number = numbers[used] ?? '';
  used += 1;
  await fixtures.rows('update persons set national_id_hash = $2 where id = $1', [
    made.id,
    vault.hash(number),
  ]);
  return { person: made, number };
}

async function worker(name: string, row: Parameters<Fixtures['worker']>[2] = {}) {
  const made = await person(name);
  const family = name.replace(/ 👷$/u, '').split(' ').at(-1) ?? '';
  const id = await fixtures.worker(business, made.person, { family_name: family, ...row });
  return { id, number: made.number };
}

function vendorMandate(rights: readonly string[]) {
  return fixtures.vendorMandate(business, vendor, { by: officer, vendorOfficer, member }, rights);
}

async function viewOf(uploadId: string): Promise<UploadView> {
  const acting = { tokenHash: officer.tokenHash, business: business.number };
  const view = await uploadView(deps(), acting, { uploadId, filter: 'all', page: 1 });
  if (!view.ok) throw new Error(JSON.stringify(view.error));
  return view.value;
}

/** A permit that was declared before. */
async function permit(workerId: string, lastDay: string): Promise<void> {
  await fixtures.rows(
    `insert into residence_permits (business_id, unit_id, worker_id, kind, last_day, declared_by, declared_by_name, declared_at)
     select business_id, unit_id, id, 'family', $2, person_id, 'Nøye Nabo', now() from workers where id = $1`,
    [workerId, lastDay],
  );
}

async function permits(): Promise<string[][]> {
  const rows = await fixtures.rows<{ worker_id: string; kind: string; day: string; by: string }>(
    `select p.worker_id, p.kind, p.last_day::text as day, p.declared_by_name as by
     from residence_permits p join workers w on w.id = p.worker_id where w.business_id = $1 order by p.last_day desc`,
    [business.id],
  );
  return rows.map((row) => [row.worker_id, row.kind, row.day, row.by]);
}

async function verdicts(id: string): Promise<[number, string | null, string | null][]> {
  const rows = await fixtures.rows<{ position: number; verdict: string | null; problem: string | null }>(
    'select position, verdict, problem from order_upload_rows where upload_id = $1 order by position',
    [id],
  );
  return rows.map((row) => [row.position, row.verdict, row.problem]);
}

async function rowAt(id: string, position: number): Promise<string> {
  const [row] = await fixtures.rows<{ id: string }>(
    'select id from order_upload_rows where upload_id = $1 and position = $2',
    [id, position],
  );
  return row?.id ?? randomUUID();
}

async function state(id: string) {
  const [row] = await fixtures.rows<{ state: string; problem: string | null; headings: string[] }>(
    'select state, problem, headings from order_uploads where id = $1',
    [id],
  );
  return row;
}

async function lines(): Promise<string[][]> {
  const rows = await fixtures.rows<{ unit_id: string; worker_id: string; customer_reference: string }>(
    `select l.unit_id, l.worker_id, o.customer_reference from order_lines l join orders o on o.id = l.order_id
     where l.business_id = $1`,
    [business.id],
  );
  return rows.map((row) => [row.unit_id, row.worker_id, row.customer_reference]).sort();
}

async function numberOf(unit: string): Promise<string> {
  const [row] = await fixtures.rows<{ organisation_number: string }>(
    'select organisation_number from units where id = $1',
    [unit],
  );
  return row?.organisation_number ?? '';
}

async function looked() {
  const [row] = await fixtures.rows(
    `select count(*) filter (where hit)::int as hits, count(*) filter (where not hit)::int as misses
     from worker_look_ups where business_id = $1`,
    [business.id],
  );
  return row;
}
