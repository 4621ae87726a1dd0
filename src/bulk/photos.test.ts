import { randomBytes, randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fixtures, type FixtureBusiness, type FixturePerson } from '../../tests/support/fixtures.ts';
import { syntheticNumbers } from '../../tests/support/national-ids.ts';
import { zip, type ZipPart } from '../../tests/support/zip.ts';
import { createVault } from '../database/encryption.ts';
import { attachPhoto, placeOrder } from '../orders/index.ts';
import { placeUpload, sendFile } from './actions.ts';
import {
  archiveView,
  assignPhoto,
  fileThumbnail,
  fileView,
  placePhotos,
  sendArchive,
  type SendArchive,
} from './photo-actions.ts';
import { readPhotos } from './photo-reading.ts';
import { deleteOldUploads, readUpload } from './reading.ts';

const vault = createVault({ current: 'a', keys: new Map([['a', randomBytes(32)]]) }, randomBytes(32));
const delivery = { recipient: 'BLÅ HAMMER AS', lines: ['Testveien 1'], postalCode: '0150', place: 'OSLO' };
const numbers = syntheticNumbers(10);

let fixtures: Fixtures;
let business: FixtureBusiness;
let officer: FixturePerson;
let portrait: Buffer;

beforeAll(async () => {
  fixtures = await Fixtures.start();
  // Noise is neither blurred nor dark.
  portrait = await sharp(randomBytes(300 * 400 * 3), { raw: { width: 300, height: 400, channels: 3 } })
    .jpeg()
    .toBuffer();
});
afterAll(async () => {
  await fixtures.stop();
});
beforeEach(async () => {
  await fixtures.rows(`update persons set national_id_hash = sha256(id::text::bytea)`);
  business = await fixtures.business({
    name: 'BLÅ HAMMER AS',
    address: JSON.stringify({ lines: ['Testveien 1'], postalCode: '0150', place: 'OSLO' }),
  });
  officer = await fixtures.person('Våken Spurv');
  await fixtures.officer(business, officer);
});

const acting = (by: FixturePerson = officer, vendor?: FixtureBusiness) => ({
  tokenHash: by.tokenHash,
  business: business.number,
  ...(vendor === undefined ? {} : { vendor: vendor.number }),
});
const deps = () => ({
  database: fixtures.database,
  vault,
  allowSynthetic: true,
  uploadsPerDay: 30,
  blockCardsOf: () => Promise.reject(new Error('Nothing is replaced here.')),
  notify: () => Promise.resolve(),
});
const photo = (name: string, content: string | Uint8Array = portrait): ZipPart => ({ name, content });

/** An order for workers of these names; returns its id. */
async function ordered(...names: readonly string[]): Promise<string> {
  const workerIds: string[] = [];
  for (const name of names) {
    workerIds.push(await fixtures.worker(business, await fixtures.person(name), { name }));
  }
  const command = { key: randomUUID(), unitId: business.unit, workerIds, delivery, customerReference: '' };
  const placed = await placeOrder(deps(), acting(), command);
  if (!placed.ok) throw new Error(JSON.stringify(placed.error));
  return placed.value.orderId;
}

async function sent(purpose: SendArchive['purpose'], parts: readonly ZipPart[], key: string = randomUUID()) {
  const archive = new Blob([new Uint8Array(zip(parts))]);
  const kept = await sendArchive(deps(), acting(), { key, fileName: 'bilder.zip', archive, purpose });
  if (!kept.ok) throw new Error(JSON.stringify(kept.error));
  return kept.value.archiveId;
}

async function read(purpose: SendArchive['purpose'], ...parts: readonly ZipPart[]): Promise<string> {
  const archiveId = await sent(purpose, parts);
  await readPhotos(deps(), { archiveId });
  return archiveId;
}

async function viewOf(archiveId: string, by = acting()) {
  const view = await archiveView(deps(), by, { archiveId, filter: 'all', page: 1 });
  if (!view.ok) throw new Error(JSON.stringify(view.error));
  return view.value;
}

const filesOf = async (archiveId: string) =>
  (await viewOf(archiveId)).files.map(({ name, worker, finding, state, problem }) => [
    name,
    worker,
    problem ?? `${state}: ${finding}`,
  ]);

/** Whose lines have a photo, by name. */
const withPhoto = async () =>
  (
    await fixtures.rows<{ name: string }>(
      'select holder_name as name from order_lines where business_id = $1 and photo_id is not null order by 1',
      [business.id],
    )
  ).map(({ name }) => name);

const partsLeft = () =>
  fixtures.rows('select 1 from photo_archive_parts where business_id = $1', [business.id]);

describe('photos for an order', () => {
  it('are found by name, held to the rules of one photo, and put on their lines when the uploader says so', async () => {
    const orderId = await ordered('Kari Berg', 'Bjørn Ås', 'Per Hansen', 'Per Hansen', 'Ola Nordmann');
    const archiveId = await read(
      { orderId },
      photo('bilder/Berg, Kari.jpg'),
      photo('bjorn_as.JPG'.normalize('NFD')),
      photo('Per Hansen.jpg'),
      photo('Ukjent.jpg'),
      photo('Ola Nordmann.jpg', 'not a photo'),
      photo('__MACOSX/._x'),
    );
    expect(await filesOf(archiveId)).toEqual([
      ['Berg, Kari.jpg', 'Kari Berg', 'ready: name'],
      ['bjorn_as.JPG', 'Bjørn Ås', 'ready: name'],
      ['Per Hansen.jpg', null, 'ready: several'],
      ['Ukjent.jpg', null, 'ready: none'],
      ['Ola Nordmann.jpg', 'Ola Nordmann', 'not-jpeg-or-png'],
    ]);
    expect(await withPhoto()).toEqual([]);
    expect(await partsLeft()).toEqual([]);
    expect(await placePhotos(deps(), acting(), archiveId)).toEqual({
      ok: true,
      value: { placed: 2, tooLate: 0 },
    });
    expect(await withPhoto()).toEqual(['Bjørn Ås', 'Kari Berg']);
    // Again, from another window: nothing more.
    expect(await placePhotos(deps(), acting(), archiveId)).toEqual({
      ok: true,
      value: { placed: 0, tooLate: 0 },
    });
    const audited = await fixtures.rows<{ action: string; count: number }>(
      `select action, count(*)::integer as count from audit_entries where business_id = $1 and action like 'photo%'
       group by 1 order by 1`,
      [business.id],
    );
    expect(audited).toEqual([
      { action: 'photo.added', count: 2 },
      { action: 'photos.archive-read', count: 1 },
      { action: 'photos.archive-sent', count: 1 },
    ]);
  });

  it('are assigned by hand, or left out', async () => {
    const orderId = await ordered('Kari Berg', 'Per Hansen', 'Per Hansen');
    const archiveId = await read(
      { orderId },
      photo('Kari Berg.jpg'),
      photo('Berg Kari.jpg'),
      photo('Per Hansen.jpg'),
    );
    const { files } = await viewOf(archiveId);
    expect(files.map(({ finding }) => finding)).toEqual(['same-worker', 'same-worker', 'several']);
    const [first, second, third] = files.map(({ id }) => id);
    const view = await fileView(deps(), acting(), { archiveId, fileId: third ?? '' });
    if (!view.ok) throw new Error('not seen');
    expect(view.value.lines.map(({ name }) => name)).toEqual(['Kari Berg', 'Per Hansen', 'Per Hansen']);
    const [kari, per] = view.value.lines.map(({ lineId }) => lineId);
    const assign = (fileId: string | undefined, lineId: string | undefined) =>
      assignPhoto(deps(), acting(), { archiveId, fileId: fileId ?? '', lineId });
    expect((await assign(third, per)).ok).toBe(true);
    expect((await assign(second, kari)).ok).toBe(true);
    // Somebody has one photo.
    expect(await assign(first, kari)).toEqual({ ok: false, error: 'too-late' });
    expect((await assign(first, undefined)).ok).toBe(true);
    const other = await ordered('Annen Ordre');
    const [elsewhere] = await fixtures.rows<{ id: string }>(
      'select id from order_lines where order_id = $1',
      [other],
    );
    expect(await assign(first, elsewhere?.id)).toEqual({ ok: false, error: 'too-late' });
    expect((await fileThumbnail(deps(), acting(), { archiveId, fileId: first ?? '' })).ok).toBe(true);
    expect(await placePhotos(deps(), acting(), archiveId)).toMatchObject({ value: { placed: 2 } });
    expect(await withPhoto()).toEqual(['Kari Berg', 'Per Hansen']);
    expect(await assign(second, kari)).toEqual({ ok: false, error: 'too-late' });
  });

  it('are not put on lines that have been taken back, or have got one meanwhile', async () => {
    const orderId = await ordered('Kari Berg', 'Ola Nordmann', 'Per Hansen');
    const archiveId = await read(
      { orderId },
      photo('Kari Berg.jpg'),
      photo('Ola Nordmann.jpg'),
      photo('Per Hansen.jpg'),
    );
    await fixtures.rows(`update order_lines set state = 'cancelled' where holder_name = 'Kari Berg'`);
    const per = async () => {
      const [line] = await fixtures.rows<{ id: string; photo: string | null }>(
        `select id, photo_id as photo from order_lines where order_id = $1 and holder_name = 'Per Hansen'`,
        [orderId],
      );
      return { lineId: line?.id ?? '', photoId: line?.photo };
    };
    const { lineId } = await per();
    const own = await attachPhoto(deps(), acting(), { orderId, lineId, file: portrait });
    if (!own.ok) throw new Error(JSON.stringify(own.error));
    expect(await placePhotos(deps(), acting(), archiveId)).toEqual({
      ok: true,
      value: { placed: 1, tooLate: 2 },
    });
    expect(await filesOf(archiveId)).toEqual([
      ['Kari Berg.jpg', null, 'ready: too-late'],
      ['Ola Nordmann.jpg', 'Ola Nordmann', 'placed: name'],
      ['Per Hansen.jpg', null, 'ready: too-late'],
    ]);
    expect(await per()).toEqual({ lineId, photoId: own.value.photoId });
  });

  it.each<[string, () => readonly ZipPart[], string]>([
    ['a path upwards', () => [photo('../Kari Berg.jpg')], 'unsafe-path'],
    ['a link', () => [{ ...photo('Kari Berg.jpg', '/etc/passwd'), mode: 0o120777 }], 'unsafe-path'],
    ['a bomb', () => [photo('Kari Berg.jpg', Buffer.alloc(9_000_000))], 'too-much-inside'],
    ['an archive inside', () => [photo('mer.zip', zip([photo('Kari Berg.jpg')]))], 'archive-inside'],
    ['a password', () => [{ ...photo('Kari Berg.jpg'), flags: 1 }], 'encrypted'],
    ['a name twice', () => [photo('Kari Berg.jpg'), photo('kari berg.jpg')], 'duplicate-names'],
  ])('with %s are refused as a whole, and nothing is kept', async (_what, parts, problem) => {
    const orderId = await ordered('Kari Berg');
    const archiveId = await read({ orderId }, ...parts());
    expect((await viewOf(archiveId)).archive).toMatchObject({ state: 'failed', problem });
    expect(
      await fixtures.rows('select 1 from photo_archive_files where archive_id = $1', [archiveId]),
    ).toEqual([]);
    expect(await partsLeft()).toEqual([]);
  });

  it('of which one lies about its size, or is no picture, lose that one alone', async () => {
    const orderId = await ordered('Kari Berg', 'Ola Nordmann', 'Per Hansen');
    const archiveId = await read(
      { orderId },
      { ...photo('Kari Berg.jpg'), said: 20 },
      photo('Ola Nordmann.jpg', '<svg xmlns="http://www.w3.org/2000/svg"/>'),
      photo('Per Hansen.jpg'),
    );
    expect(await filesOf(archiveId)).toEqual([
      ['Kari Berg.jpg', 'Kari Berg', 'broken'],
      ['Ola Nordmann.jpg', 'Ola Nordmann', 'not-jpeg-or-png'],
      ['Per Hansen.jpg', 'Per Hansen', 'ready: name'],
    ]);
  });

  it('go on where the reading of them broke off', async () => {
    const large = await sharp(randomBytes(900 * 1200 * 3), { raw: { width: 900, height: 1200, channels: 3 } })
      .jpeg({ quality: 95 })
      .toBuffer();
    const parts = [photo('Kari Berg.jpg', large), photo('Ola Nordmann.jpg', large)];
    const orderId = await ordered('Kari Berg', 'Ola Nordmann');
    let decrypted = 0;
    const failingAt = (last: number) => ({
      database: fixtures.database,
      vault: {
        decryptBytes: (...given: Parameters<typeof vault.decryptBytes>) => {
          decrypted += 1;
          if (decrypted === last) throw new Error('The process was killed.');
          return vault.decryptBytes(...given);
        },
      },
    });
    await readPhotos(failingAt(0), { archiveId: await sent({ orderId }, parts) });
    const last = decrypted;
    const archiveId = await sent({ orderId }, parts);
    decrypted = 0;
    await expect(readPhotos(failingAt(last), { archiveId })).rejects.toThrow('The process was killed.');
    const states = () =>
      fixtures.rows('select state from photo_archive_files where archive_id = $1 order by position', [
        archiveId,
      ]);
    expect(await states()).toEqual([{ state: 'ready' }, { state: 'waiting' }]);
    expect((await viewOf(archiveId)).counts).toMatchObject({ all: 2, waiting: 1 });
    await readPhotos(failingAt(0), { archiveId });
    expect(await states()).toEqual([{ state: 'ready' }, { state: 'ready' }]);
    expect(await partsLeft()).toEqual([]);
  });

  it('sent twice with one key are one archive, and another’s key is nothing', async () => {
    const orderId = await ordered('Kari Berg');
    const key = randomUUID();
    expect(await sent({ orderId }, [photo('Kari Berg.jpg')], key)).toBe(key);
    expect(await sent({ orderId }, [photo('Kari Berg.jpg')], key)).toBe(key);
    expect(await fixtures.rows('select 1 from photo_archives where id = $1', [key])).toHaveLength(1);
    const other = await fixtures.person('Annen Leder');
    await fixtures.officer(business, other);
    const command = { key, fileName: 'x.zip', archive: new Blob(['PK']), purpose: { orderId } };
    expect(await sendArchive(deps(), acting(other), command)).toEqual({ ok: false, error: 'missing' });
    const query = { archiveId: key, filter: 'all', page: 1 } as const;
    expect(await archiveView(deps(), acting(other), query)).toMatchObject({ error: { kind: 'missing' } });
  });

  it('are bounded in a day together with files, of the business itself and of each vendor; what was sent before is found', async () => {
    const orderId = await ordered('Kari Berg');
    const few = { ...deps(), uploadsPerDay: 2 };
    const archive = new Blob([new Uint8Array(zip([photo('Kari Berg.jpg')]))]);
    const command = () => ({ key: randomUUID(), fileName: 'x.zip', archive, purpose: { orderId } });
    const file = () => ({ key: randomUUID(), fileName: 'a.csv', file: Buffer.from('Fnr') });
    const [first, second] = [command(), file()];
    expect((await sendArchive(few, acting(), first)).ok).toBe(true);
    const both = await Promise.all([sendFile(few, acting(), second), sendFile(few, acting(), file())]);
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    const tooMany = { ok: false, error: 'too-many-today' };
    const other = await fixtures.person('Annen Leder');
    await fixtures.officer(business, other);
    expect(await sendArchive(few, acting(other), command())).toEqual(tooMany);
    expect(await sendFile(few, acting(), file())).toEqual(tooMany);
    expect((await sendArchive(few, acting(), first)).ok).toBe(true);
    await fixtures.rows(`update photo_archives set uploaded_at = uploaded_at - interval '1 day'`);
    expect((await sendArchive(few, acting(), command())).ok).toBe(true);
  });

  it('are for lines that lack one, and for orders that the asker sees', async () => {
    const command = { key: randomUUID(), fileName: 'x.zip', archive: new Blob(['PK']) };
    const unknown = { ...command, purpose: { orderId: randomUUID() } };
    expect(await sendArchive(deps(), acting(), unknown)).toEqual({ ok: false, error: 'missing' });
    const orderId = await ordered('Kari Berg', 'Unevnt Ulv');
    // Else the names of the others could be tried out.
    const clerk = await fixtures.person('Ivrig Ekorn');
    const [named] = await fixtures.rows<{ id: string }>(
      `select id from workers where business_id = $1 and name = 'Kari Berg'`,
      [business.id],
    );
    const rights = ['orders.place', 'orders.read', 'workers.read'];
    await fixtures.personMandate(business, clerk, officer, rights, { workers: [named?.id ?? ''] });
    expect(await sendArchive(deps(), acting(clerk), { ...command, purpose: { orderId } })).toEqual({
      ok: false,
      error: 'missing',
    });
    await fixtures.rows(`update order_lines set state = 'cancelled' where order_id = $1`, [orderId]);
    expect(await sendArchive(deps(), acting(), { ...command, purpose: { orderId } })).toEqual({
      ok: false,
      error: 'no-lines',
    });
  });

  it('of a number of somebody keep none of it', async () => {
    const orderId = await ordered('Kari Berg');
    const archiveId = await read({ orderId }, photo(`${numbers[0] ?? ''} Kari Berg.jpg`));
    expect(await filesOf(archiveId)).toEqual([['••• Kari Berg.jpg', 'Kari Berg', 'ready: name']]);
  });
});

it('photos for the orders from a file are found by the employee numbers in it', async () => {
  const people = await Promise.all(
    ['Kari Berg', 'Per Hansen', 'Per Hansen'].map(async (name, at) => {
      const person = await fixtures.person(name);
      const number = numbers[at] ?? '';
      await fixtures.rows('update persons set national_id_hash = $2 where id = $1', [
        person.id,
        vault.hash(number),
      ]);
      const unit = at === 2 ? { unit_id: business.otherUnit } : {};
      await fixtures.worker(business, person, { name, ...unit });
      return `${number};${name};${String(500 + at)}`;
    }),
  );
  const file = Buffer.from(['Fnr;Navn;Ansattnr', ...people].join('\n'));
  const kept = await sendFile(deps(), acting(), { key: randomUUID(), fileName: 'a.csv', file });
  if (!kept.ok) throw new Error('not kept');
  const { uploadId } = kept.value;
  await readUpload(deps(), { uploadId });
  expect(await placeUpload(deps(), acting(), { uploadId, delivery, reference: '' })).toMatchObject({
    ok: true,
  });
  const archiveId = await read(
    { uploadId },
    photo('501.jpg'),
    photo('0502_Hansen.jpg'),
    photo('500 Ola.jpg'),
  );
  expect(await filesOf(archiveId)).toEqual([
    ['501.jpg', 'Per Hansen', 'ready: number'],
    ['0502_Hansen.jpg', 'Per Hansen', 'ready: number'],
    ['500 Ola.jpg', null, 'ready: several'],
  ]);
  expect(await placePhotos(deps(), acting(), archiveId)).toMatchObject({ value: { placed: 2 } });
  expect(await withPhoto()).toEqual(['Per Hansen', 'Per Hansen']);
  await fixtures.rows(`update photo_archives set uploaded_at = uploaded_at - interval '31 days'`);
  await deleteOldUploads(deps(), 30);
  expect(await fixtures.rows('select 1 from photo_archives')).toEqual([]);
  expect(
    await fixtures.rows(`select 1 from audit_entries where action = 'photos.archive-deleted'`),
  ).not.toEqual([]);
  expect(await withPhoto()).toHaveLength(2);
});

it('a vendor that looked somebody up finds by no more than it was shown, and sees no archive of the business', async () => {
  const vendor = await fixtures.business({ name: 'DYRE KORT AS' });
  const [vendorOfficer, member] = [
    await fixtures.person('Gradig Gribb'),
    await fixtures.person('Kostelig Kåpe'),
  ];
  await fixtures.officer(vendor, vendorOfficer);
  await fixtures.vendorProfile(vendor, vendorOfficer);
  await fixtures.member(vendor, member, vendorOfficer);
  await fixtures.vendorMandate(business, vendor, { by: officer, vendorOfficer, member }, ['orders.place']);
  const by = acting(member, vendor);
  const person = await fixtures.person('Kari Berg');
  const number = numbers[5] ?? '';
  await fixtures.rows('update persons set national_id_hash = $2 where id = $1', [
    person.id,
    vault.hash(number),
  ]);
  await fixtures.worker(business, person, { name: 'Kari Berg', family_name: 'Berg' });
  const file = Buffer.from(`Fnr;Navn\n${number};Berg`);
  const kept = await sendFile(deps(), by, { key: randomUUID(), fileName: 'a.csv', file });
  if (!kept.ok) throw new Error('not kept');
  const { uploadId } = kept.value;
  await readUpload(deps(), { uploadId });
  const placed = await placeUpload(deps(), by, { uploadId, delivery, reference: '' });
  if (!placed.ok) throw new Error(JSON.stringify(placed.error));
  const archive = new Blob([
    new Uint8Array(zip([photo('Kari Berg.jpg'), photo('Ola Berg.jpg'), photo('Berg.jpg')])),
  ]);
  const command = { key: randomUUID(), fileName: 'b.zip', archive, purpose: { uploadId } };
  // What vendor and business send is counted apart.
  const sentByVendor = await sendArchive({ ...deps(), uploadsPerDay: 2 }, by, command);
  if (!sentByVendor.ok) throw new Error(JSON.stringify(sentByVendor.error));
  const { archiveId } = sentByVendor.value;
  await readPhotos(deps(), { archiveId });
  expect((await viewOf(archiveId, by)).files.map(({ name, worker }) => [name, worker])).toEqual([
    ['Kari Berg.jpg', null],
    ['Ola Berg.jpg', null],
    ['Berg.jpg', 'Berg'],
  ]);
  const query = { archiveId, filter: 'all', page: 1 } as const;
  expect(await archiveView(deps(), acting(), query)).toMatchObject({ error: { kind: 'missing' } });
  expect(await placePhotos(deps(), by, archiveId)).toMatchObject({ value: { placed: 1, tooLate: 0 } });
  const [orderId] = placed.value.orders.map((order) => order.orderId);
  const owns = { ...command, key: randomUUID(), purpose: { orderId: orderId ?? '' } };
  expect((await sendArchive(deps(), acting(), owns)).ok).toBe(false);
});
