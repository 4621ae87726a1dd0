import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FixtureBusiness, type FixturePerson, Fixtures } from '../../tests/support/fixtures.ts';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import type { SmallPerson } from '../../tests/support/small-world.ts';
import type { ActingFor, Notice } from '../access/index.ts';
import { createVault } from '../database/encryption.ts';
import { drawDocument, drawPortrait } from '../demo-portrait.ts';
import { attachPhoto, createOrderPages } from '../orders/index.ts';
import { words } from '../words.ts';
import { createWorkerPages } from '../workers/index.ts';
import {
  askWorkers,
  confirmUpload,
  denyUpload,
  revokeLink,
  sendDocument,
  sendPhoto,
  tellOfUpload,
  viewAsking,
  viewOwnUploads,
  viewUpload,
} from './actions.ts';
import { createAskWorkerPages } from './ask-pages.tsx';
import { createUploadPages } from './pages.tsx';
import type { UploadKey } from './rules.ts';

const vault = createVault({ current: 'a', keys: new Map([['a', randomBytes(32)]]) }, randomBytes(32));
const notices: Notice[] = [];
const retention = { documentDays: 30, photoDays: 90 };

let fixtures: Fixtures;
let pages: PageCaller;
let business: FixtureBusiness;
let other: FixtureBusiness;
let vendor: FixtureBusiness;
let officer: FixturePerson;
let member: FixturePerson;
let reader: FixturePerson;
let mandateId: string;
let portrait: Buffer;
let passport: Buffer;

const notify = keepIn(notices);
const deps = () => ({
  database: fixtures.database,
  vault,
  notify,
  publicOrigin: 'https://kortvakt.test',
});

beforeAll(async () => {
  fixtures = await Fixtures.start();
  [portrait, passport] = [await drawPortrait('Sein Arbeider'), await drawDocument('Sein Arbeider')];
  pages = await createPageCaller(words, (app) => {
    const web = { ...deps(), retention, trustedProxyHops: 0 };
    app.route('/', createUploadPages(web));
    const orders = { ...deps(), allowSynthetic: true, blockCardsOf: () => Promise.reject(new Error()) };
    for (const place of ['/b/:business', '/b/:business/by/:vendor']) {
      app.route(place, createOrderPages(orders));
      app.route(place, createAskWorkerPages({ ...deps(), texts: false }));
      app.route(place, createWorkerPages(deps()));
    }
  });
  business = await fixtures.business({ name: 'BLÅ HAMMER AS' });
  other = await fixtures.business({ name: 'GRØNN SAG AS' });
  vendor = await fixtures.business({ name: 'DYRE KORT AS' });
  officer = await fixtures.person('Våken Spurv');
  member = await fixtures.person('Kostelig Kåpe');
  reader = await fixtures.person('Lesende Lom');
  for (const one of [business, other, vendor]) await fixtures.officer(one, officer);
  await fixtures.vendorProfile(vendor, officer);
  await fixtures.member(vendor, member, officer);
  await fixtures.personMandate(business, reader, officer, ['orders.read', 'orders.approve']);
  const people = { by: officer, vendorOfficer: officer, member };
  mandateId = (await fixtures.vendorMandate(business, vendor, people, ['orders.place', 'orders.read'])).id;
}, 60_000);
afterAll(() => fixtures.stop());
beforeEach(() => {
  notices.length = 0;
});

const small = ({ id, name, tokenHash }: FixturePerson): SmallPerson => ({
  id,
  name,
  tokenHash,
  nationalId: '',
  acting: (number) => ({ tokenHash, business: number }),
});
const asOfficer = (): ActingFor => ({ tokenHash: officer.tokenHash, business: business.number });
const asVendor = (): ActingFor => ({
  tokenHash: member.tokenHash,
  business: business.number,
  vendor: vendor.number,
});

interface Line {
  readonly lineId: string;
  readonly orderId: string;
  readonly worker: FixturePerson;
}

/** A line that lacks photo and document, of a worker of its own. */
async function lacking(by: 'business' | 'vendor' = 'business', state = 'awaiting-media'): Promise<Line> {
  const worker = await fixtures.person('Sein Arbeider');
  const workerId = await fixtures.worker(business, worker);
  const made = await fixtures.order(
    business,
    { id: workerId, personId: worker.id, unit: business.unit },
    officer,
    by === 'vendor' ? { id: vendor.id, mandateId } : undefined,
    'closed',
  );
  await fixtures.rows('delete from cards where id = $1', [made.cardId]);
  await fixtures.rows('alter table order_lines disable trigger guard_state');
  await fixtures.rows(
    `update order_lines set state = $2, photo_id = null, document_id = null, card_number = null,
       shown_name = case when vendor_id is null then holder_name else 'Arbeider' end where id = $1`,
    [made.lineId, state],
  );
  await fixtures.rows('alter table order_lines enable trigger guard_state');
  return { lineId: made.lineId, orderId: made.orderId, worker };
}

/** Asks for the line, with the link shown; answers with its secret. */
async function ask({ orderId, lineId }: Line, acting = asOfficer()): Promise<{ readonly secret: string }> {
  const asked = await askWorkers(deps(), acting, { orderId, lineIds: [lineId], way: 'shown' });
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  return { secret: asked.value.links[0]?.address.split('/').at(-1) ?? '' };
}

async function confirmed(line: Line, acting = asOfficer()): Promise<{ readonly secret: string }> {
  const key = await ask(line, acting);
  expect(await confirmUpload(deps(), key)).toBe(true);
  return key;
}

const photoOf = (key: UploadKey) => sendPhoto(deps(), key, portrait);
const documentOf = (key: UploadKey) => sendDocument(deps(), key, { kind: 'passport', file: passport });

async function stored({ lineId }: Line) {
  const [row] = await fixtures.rows<{ state: string; photo: string | null; document: string | null }>(
    'select state, photo_id as photo, document_id as document from order_lines where id = $1',
    [lineId],
  );
  return row;
}

const requestOf = async ({ lineId }: Line): Promise<string> =>
  (
    await fixtures.rows<{ id: string }>(
      'select id from upload_requests where line_id = $1 order by asked_at desc, id desc limit 1',
      [lineId],
    )
  )[0]?.id ?? '';

const auditOf = async ({ lineId }: Line): Promise<string[]> =>
  (
    await fixtures.rows<{ action: string }>(
      `select action from audit_entries where subject_id = $1 order by id`,
      [lineId],
    )
  ).map(({ action }) => action);

describe('a link', () => {
  it('stores nothing of its secret but a hash, and opens what was asked for', async () => {
    const line = await lacking();
    const key = await ask(line);
    expect(key.secret).toMatch(/^[\w-]{22}$/u);
    const rows = await fixtures.rows<{ text: string }>(
      `select to_jsonb(r)::text as text from upload_requests r union all select changes::text from audit_entries`,
    );
    expect(rows.filter(({ text }) => text.includes(key.secret))).toEqual([]);
    expect(await viewUpload(deps(), key)).toMatchObject({
      businessName: 'BLÅ HAMMER AS',
      vendorName: null,
      askedByName: 'Våken Spurv',
      workerName: 'Kort Holder',
      confirmed: false,
      asks: ['photo', 'document'],
      has: [],
    });
    expect(await viewUpload(deps(), { secret: `${key.secret.slice(0, -1)}_` })).toBeUndefined();
  });

  it('by e-mail stands in the mail alone, which goes to the person, not to an address that the asker knows', async () => {
    const line = await lacking();
    const command = { orderId: line.orderId, lineIds: [line.lineId], way: 'sent' } as const;
    const asked = await askWorkers(deps(), asOfficer(), command);
    expect(asked).toMatchObject({ ok: true, value: { asked: 1, links: [] } });
    expect(notices).toMatchObject([
      { template: 'worker-uploads:notice.ask', audience: 'person', personId: line.worker.id },
    ]);
    const link = notices[0]?.secrets?.['link'] ?? '';
    expect(link).toMatch(/^https:\/\/kortvakt\.test\/u\/[\w-]{22}$/u);
    expect(JSON.stringify(notices[0]?.parameters)).not.toContain(link);
    expect(await viewUpload(deps(), { secret: link.split('/').at(-1) ?? '' })).toBeDefined();
  });

  it('is used up when both are delivered, and not before: a photo can be taken again', async () => {
    const line = await lacking();
    const key = await confirmed(line);
    expect(await sendPhoto(deps(), key, Buffer.from('not a picture'))).toMatchObject({
      error: 'not-jpeg-or-png',
    });
    expect(await photoOf(key)).toMatchObject({ ok: true, value: { complete: false } });
    const before = await stored(line);
    expect(await photoOf(key)).toMatchObject({ ok: true, value: { complete: false } });
    const after = await stored(line);
    expect(after).toMatchObject({ state: 'awaiting-media', document: null });
    expect(after?.photo).not.toBe(before?.photo);
    expect(await viewUpload(deps(), key)).toMatchObject({ has: ['photo'] });
    expect(await documentOf(key)).toMatchObject({ ok: true, value: { complete: true } });
    expect(await stored(line)).toMatchObject({ state: 'under-review' });
    expect(await viewUpload(deps(), key)).toBeUndefined();
    expect([await photoOf(key), await documentOf(key), await confirmUpload(deps(), key)]).toMatchObject([
      { error: 'gone' },
      { error: 'gone' },
      false,
    ]);
    expect(await auditOf(line)).toEqual([
      'upload.asked',
      'upload.confirmed',
      'media.delivered',
      'media.delivered',
      'media.delivered',
    ]);
    const actors = await fixtures.rows(
      `select actor_person_id, capacity from audit_entries where subject_id = $1 and action = 'media.delivered'`,
      [line.lineId],
    );
    expect(new Set(actors.map((row) => JSON.stringify(row)))).toEqual(
      new Set(['{"actor_person_id":null,"capacity":"anonymous"}']),
    );
  });

  it('in two tabs at once delivers each thing once over, and only one of them uses it up', async () => {
    const line = await lacking();
    const key = await confirmed(line);
    const sent = await Promise.all([photoOf(key), documentOf(key), photoOf(key), documentOf(key)]);
    const complete = sent.filter((one) => one.ok && one.value.complete);
    expect(complete).toHaveLength(1);
    expect(await stored(line)).toMatchObject({ state: 'under-review' });
    const [told] = await fixtures.rows<{ count: number }>(
      `select count(*)::integer as count from upload_requests where line_id = $1 and delivered_at is not null`,
      [line.lineId],
    );
    expect(told?.count).toBe(1);
  });

  it.each([
    [
      'after 24 hours',
      (line: Line) =>
        fixtures.rows(
          `update upload_requests set asked_at = asked_at - interval '24 hours', expires_at = expires_at - interval '24 hours' where line_id = $1`,
          [line.lineId],
        ),
    ],
    [
      'when it is withdrawn',
      async (line: Line) =>
        revokeLink(deps(), asOfficer(), { orderId: line.orderId, requestId: await requestOf(line) }),
    ],
    ['when another is asked for', (line: Line) => ask(line)],
    [
      'when the line is taken back',
      (line: Line) =>
        fixtures.rows(`update order_lines set state = 'cancelled' where id = $1`, [line.lineId]),
    ],
  ])('opens nothing %s', async (_, end) => {
    const line = await lacking();
    const key = await confirmed(line);
    await end(line);
    expect(await viewUpload(deps(), key)).toBeUndefined();
    expect([await photoOf(key), await documentOf(key)]).toMatchObject([{ error: 'gone' }, { error: 'gone' }]);
    expect([await confirmUpload(deps(), key), await denyUpload(deps(), key, 'not-me')]).toEqual([
      false,
      false,
    ]);
    expect(await stored(line)).toMatchObject({ photo: null, document: null });
  });

  it('opens nothing while an emergency stop holds the vendor that asked', async () => {
    const line = await lacking('vendor');
    const key = await confirmed(line, asVendor());
    const freeze = await fixtures.insert('freezes', {
      business_id: business.id,
      vendor_id: vendor.id,
      frozen_at: new Date(),
      frozen_by: officer.id,
      frozen_by_name: officer.name,
    });
    expect(await viewUpload(deps(), key)).toBeUndefined();
    expect(await photoOf(key)).toMatchObject({ error: 'gone' });
    await fixtures.rows('delete from freezes where id = $1', [freeze]);
    expect(await viewUpload(deps(), key)).toBeDefined();
  });

  it('delivers nothing before name and employer are confirmed, and nothing that is not asked for', async () => {
    const line = await lacking();
    const unconfirmed = await ask(line);
    expect([await photoOf(unconfirmed), await documentOf(unconfirmed)]).toMatchObject([
      { error: 'gone' },
      { error: 'gone' },
    ]);
    const place = { orderId: line.orderId, lineId: line.lineId };
    expect(await attachPhoto(deps(), asOfficer(), { ...place, file: portrait })).toMatchObject({ ok: true });
    const photo = (await stored(line))?.photo;
    const key = await confirmed(line);
    expect(await viewUpload(deps(), key)).toMatchObject({ asks: ['document'] });
    expect(await photoOf(key)).toMatchObject({ error: 'gone' });
    expect(await documentOf(key)).toMatchObject({ value: { complete: true } });
    expect(await stored(line)).toMatchObject({ state: 'under-review', photo });
  });

  it('takes no more than twenty photos', async () => {
    const line = await lacking();
    const key = await confirmed(line);
    await photoOf(key);
    await fixtures.rows(
      `insert into photos (business_id, worker_id, image, thumbnail, width, height, sha256, uploaded_by, uploaded_at, upload_request_id)
       select business_id, worker_id, image, thumbnail, width, height, sha256, uploaded_by, uploaded_at, upload_request_id
       from photos, generate_series(1, 19) where upload_request_id = $1`,
      [await requestOf(line)],
    );
    expect(await photoOf(key)).toMatchObject({ error: 'gone' });
  });

  it('that waits for approval keeps what is delivered until the order is approved', async () => {
    const line = await lacking('business', 'awaiting-approval');
    await fixtures.rows(`update orders set state = 'awaiting-approval' where id = $1`, [line.orderId]);
    const key = await confirmed(line);
    await photoOf(key);
    expect(await documentOf(key)).toMatchObject({ value: { complete: true } });
    expect(await stored(line)).toMatchObject({ state: 'awaiting-approval' });
    expect(await viewUpload(deps(), key)).toBeUndefined();
  });
});

describe('the worker', () => {
  it('says "not me": the link is used up, what came is taken off, and asker and business are told once', async () => {
    const line = await lacking('vendor');
    const key = await confirmed(line, asVendor());
    await photoOf(key);
    expect(await denyUpload(deps(), key, 'not-me')).toBe(true);
    expect(await stored(line)).toEqual({ state: 'awaiting-media', photo: null, document: null });
    expect(await photoOf(key)).toMatchObject({ error: 'gone' });
    const requestId = await requestOf(line);
    await tellOfUpload(deps(), requestId);
    await tellOfUpload(deps(), requestId);
    const of = `/orders/${line.orderId}`;
    expect(
      notices.map(({ template, audience, personId, parameters }) => [
        template,
        audience,
        personId,
        parameters['link'],
      ]),
    ).toEqual([
      ['worker-uploads:notice.not-me', 'person', member.id, `/b/${business.number}/by/${vendor.number}${of}`],
      ['worker-uploads:notice.not-me', 'business', undefined, `/b/${business.number}${of}`],
    ]);
  });

  it('who delivered is told of to the asker alone', async () => {
    const line = await lacking();
    const key = await confirmed(line);
    await tellOfUpload(deps(), await requestOf(line));
    expect(notices).toEqual([]);
    await photoOf(key);
    await documentOf(key);
    await tellOfUpload(deps(), await requestOf(line));
    expect(notices.map(({ template, personId }) => [template, personId])).toEqual([
      ['worker-uploads:notice.delivered', officer.id],
    ]);
  });

  it('logged in sees what waits, after the link has expired too, and nobody else does', async () => {
    const line = await lacking();
    await ask(line);
    await fixtures.rows(
      `update upload_requests set asked_at = asked_at - interval '3 days', expires_at = expires_at - interval '3 days' where line_id = $1`,
      [line.lineId],
    );
    const requestId = await requestOf(line);
    const waiting = await viewOwnUploads(deps(), line.worker.tokenHash);
    expect(waiting).toMatchObject([{ id: requestId, businessName: 'BLÅ HAMMER AS' }]);
    expect(await viewOwnUploads(deps(), officer.tokenHash)).toEqual([]);
    const stranger = { requestId, tokenHash: officer.tokenHash };
    expect(await viewUpload(deps(), stranger)).toBeUndefined();
    expect(await confirmUpload(deps(), stranger)).toBe(false);
    const own = { requestId, tokenHash: line.worker.tokenHash };
    expect(await confirmUpload(deps(), own)).toBe(true);
    expect([await photoOf(own), await documentOf(own)]).toMatchObject([
      { ok: true },
      { value: { complete: true } },
    ]);
    const [row] = await fixtures.rows<{ through: string }>(
      'select delivered_through as through from upload_requests where id = $1',
      [requestId],
    );
    expect(row?.through).toBe('login');
    expect(await viewOwnUploads(deps(), line.worker.tokenHash)).toEqual([]);
  });
});

describe('who may ask', () => {
  it('is whoever may upload: not who only reads or approves, not another business, not for a line of another order', async () => {
    const [line, elsewhere] = [await lacking(), await lacking()];
    const command = (orderId: string) => ({ orderId, lineIds: [line.lineId], way: 'shown' }) as const;
    const by = (person: FixturePerson, number: string) => ({ tokenHash: person.tokenHash, business: number });
    expect([
      await askWorkers(deps(), by(reader, business.number), command(line.orderId)),
      await askWorkers(deps(), by(officer, other.number), command(line.orderId)),
      await askWorkers(deps(), by(line.worker, business.number), command(line.orderId)),
      await askWorkers(deps(), asOfficer(), command(elsewhere.orderId)),
      await askWorkers(deps(), asOfficer(), command(randomUUID())),
    ]).toMatchObject([
      { error: { kind: 'refused' } },
      { error: 'missing' },
      { error: { kind: 'missing' } },
      { error: 'none' },
      { error: 'missing' },
    ]);
  });

  it('for a vendor is its own orders alone, whose workers it knows by what it was told', async () => {
    const [own, direct] = [await lacking('vendor'), await lacking()];
    const asked = await askWorkers(deps(), asVendor(), {
      orderId: own.orderId,
      lineIds: [own.lineId],
      way: 'shown',
    });
    expect(asked).toMatchObject({ value: { links: [{ name: 'Arbeider' }] } });
    const secret = (asked.ok ? asked.value.links[0]?.address : '')?.split('/').at(-1) ?? '';
    expect(await viewUpload(deps(), { secret })).toMatchObject({
      workerName: 'Arbeider',
      vendorName: 'Leverandør',
    });
    const command = { orderId: direct.orderId, lineIds: [direct.lineId], way: 'shown' } as const;
    expect(await askWorkers(deps(), asVendor(), command)).toMatchObject({ error: 'missing' });
    await ask(direct);
    const revoking = { orderId: direct.orderId, requestId: await requestOf(direct) };
    expect(await revokeLink(deps(), asVendor(), revoking)).toMatchObject({ error: 'missing' });
  });

  it('asks many at once, and each at most five times a day', async () => {
    const line = await lacking();
    for (let time = 0; time < 5; time += 1) await ask(line);
    const again = { orderId: line.orderId, lineIds: [line.lineId], way: 'sent' } as const;
    const open = await requestOf(line);
    expect(await askWorkers(deps(), asOfficer(), again)).toMatchObject({ error: 'none' });
    // What was refused is undone: the fifth link works on.
    const viewed = await viewAsking(deps(), asOfficer(), line.orderId, { page: 1 });
    expect(viewed.ok && viewed.value?.lines).toMatchObject([{ last: { id: open, state: 'open' } }]);
  });

  it('leaves the last link to whom it can ask no more today, while it asks others', async () => {
    const [often, first] = [await lacking(), await lacking()];
    for (let time = 0; time < 5; time += 1) await ask(often);
    const open = await requestOf(often);
    await fixtures.rows('update order_lines set order_id = $2 where id = $1', [first.lineId, often.orderId]);
    const both = { orderId: often.orderId, lineIds: [often.lineId, first.lineId], way: 'shown' } as const;
    expect(await askWorkers(deps(), asOfficer(), both)).toMatchObject({ value: { asked: 1 } });
    expect(await requestOf(often)).toBe(open);
    const viewed = await viewAsking(deps(), asOfficer(), often.orderId, { page: 1, lineId: often.lineId });
    expect(viewed.ok && viewed.value?.lines).toMatchObject([{ last: { id: open, state: 'open' } }]);
  });
});

describe('a vendor', () => {
  it('never sees what the worker delivered: neither rows, nor pictures, nor pages; only that it came', async () => {
    const line = await lacking('vendor');
    const key = await confirmed(line, asVendor());
    await photoOf(key);
    const half = await stored(line);
    await documentOf(key);
    const [photo, document] = [half?.photo ?? '', (await stored(line))?.document ?? ''];
    const seen = async (person: FixturePerson, asked?: string) =>
      fixtures.as(
        person,
        { business: business.number, ...(asked === undefined ? {} : { vendor: asked }) },
        async ({ query }) => {
          const { rows } = await sql<{ id: string }>`select id from photos where id = ${photo}
            union all select id from identity_documents where id = ${document}`.execute(query);
          return rows.length;
        },
      );
    expect([await seen(member, vendor.number), await seen(officer)]).toEqual([0, 2]);
    const as = `/b/${business.number}/by/${vendor.number}`;
    const answers = [
      await pages.get(small(member), `${as}/photos/${photo}`),
      await pages.get(small(member), `${as}/photos/${photo}/thumbnail`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    const page = await pages.get(small(member), `${as}/orders/${line.orderId}`);
    expect([page.status, page.text.includes('Delivered by the worker.'), page.text.includes(photo)]).toEqual([
      200,
      true,
      false,
    ]);
    const own = await pages.get(small(officer), `/b/${business.number}/photos/${photo}`);
    expect(own.status).toBe(200);
  });

  it('is shown nothing of it by the link either, between one thing and the other', async () => {
    const line = await lacking('vendor');
    const key = await confirmed(line, asVendor());
    await photoOf(key);
    const page = await pages.get(undefined, `/u/${key.secret}`);
    expect(page.text).toContain('The photo has been received.');
    expect(page.text).not.toMatch(/<img|\/photos\/|base64/u);
    expect(page.text).not.toContain('Sein');
  });

  it('cannot be made the owner of it, nor say that a worker delivered: the database refuses', async () => {
    const line = await lacking('vendor');
    const key = await confirmed(line, asVendor());
    await photoOf(key);
    const { photo } = (await stored(line)) ?? {};
    await expect(
      fixtures.rows('update photos set vendor_id = $2 where id = $1', [photo, vendor.id]),
    ).rejects.toThrow('worker_delivered_is_no_vendors');
    const requestId = await requestOf(line);
    const pretending = fixtures.as(officer, { business: business.number, writing: true }, ({ query }) =>
      sql`insert into photos (business_id, worker_id, image, thumbnail, width, height, sha256, uploaded_by, uploaded_at, upload_request_id)
        select business_id, worker_id, image, thumbnail, width, height, sha256, ${officer.id}, context_now(), ${requestId}
        from photos where id = ${photo}`.execute(query),
    );
    await expect(pretending).rejects.toThrow('row-level security');
  });
});

describe('the pages', () => {
  it('answer alike for a link that is used, expired, withdrawn or never was, and say what to do', async () => {
    const [used, expired, revoked] = [await lacking(), await lacking(), await lacking()];
    const keys = [
      await confirmed(used),
      await ask(expired),
      await ask(revoked),
      { secret: 'AAAAAAAAAAAAAAAAAAAAAA' },
    ];
    await photoOf(keys[0]!);
    await documentOf(keys[0]!);
    await fixtures.rows(
      `update upload_requests set asked_at = asked_at - interval '2 days', expires_at = expires_at - interval '2 days' where line_id = $1`,
      [expired.lineId],
    );
    await revokeLink(deps(), asOfficer(), { orderId: revoked.orderId, requestId: await requestOf(revoked) });
    const answers = [];
    for (const { secret } of keys) {
      answers.push(await pages.get(undefined, `/u/${secret}`));
      answers.push(
        await pages.upload(
          undefined,
          `/u/${secret}/photo`,
          'photo',
          new File([portrait.toString('latin1')], 'a.jpg'),
        ),
      );
      answers.push(await pages.post(undefined, `/u/${secret}/deny`, { why: 'not-me' }));
    }
    expect(new Set(answers.map(({ status, text }) => `${String(status)} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(404);
    expect(answers[0]?.text).toContain('Ask whoever sent it for a new one');
  });

  it.each([
    ['pl', 'Czy to Ty?', 'Zdjęcie jest za małe. '],
    ['lt', 'Ar tai Jūs?', 'Nuotrauka per maža. '],
    ['ro', 'Sunteți dumneavoastră?', 'Fotografia este prea mică. '],
    ['nb', 'Er dette deg?', 'Bildet er for lite'],
  ])('are in %s, as is what is wrong with a photo', async (language, asks, wrong) => {
    const line = await lacking();
    const { secret } = await ask(line);
    const page = await pages.get(undefined, `/u/${secret}?in=${language}`);
    expect([page.status, page.text.includes(asks)]).toEqual([200, true]);
    const yes = await pages.post(undefined, `/u/${secret}/confirm?in=${language}`, {});
    expect(yes.location).toBe(`/u/${secret}?in=${language}`);
    const { default: sharp } = await import('sharp');
    const tiny = await sharp(portrait).resize(120).jpeg().toBuffer();
    const file = new File([new Uint8Array(tiny)], 'a.jpg', { type: 'image/jpeg' });
    const failed = await pages.upload(undefined, `/u/${secret}/photo?in=${language}`, 'photo', file);
    expect([failed.status, failed.text.includes(wrong)]).toEqual([422, true]);
  });

  it('show whoever asks the links once, and then what came of them', async () => {
    const line = await lacking();
    const path = `/b/${business.number}/orders/${line.orderId}/ask`;
    const shown = await pages.post(small(officer), path, { line: line.lineId, way: 'shown' });
    const [, secret = ''] = /\/u\/([\w-]{22})/u.exec(shown.text) ?? [];
    expect([shown.status, shown.text.includes('<svg'), secret.length]).toEqual([200, true, 22]);
    const after = await pages.get(small(officer), path);
    expect([after.text.includes(secret), after.text.includes('Waits for the worker')]).toEqual([false, true]);
    const order = await pages.get(small(officer), `/b/${business.number}/orders/${line.orderId}`);
    expect(order.text).toContain('The worker has been asked.');
    const revoked = await pages.post(small(officer), `${path}/${await requestOf(line)}/revoke`, {});
    expect(revoked.status).toBe(303);
    expect((await pages.get(small(officer), path)).text).toContain('Withdrawn');
    expect((await pages.post(small(officer), path, { way: 'shown' })).text).toContain(
      'Tick at least one worker',
    );
  });

  it('show fifty workers at a time, and the one alone whose line led there', async () => {
    const line = await lacking();
    await fixtures.rows(
      `with people as (insert into persons (name, national_id_hash, national_id_encrypted, created_at)
           select 'Mange ' || n, sha256((n || $1::text)::bytea), '\\x00', now() from generate_series(10, 69) n returning id, name)
       insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, refreshed_at)
         select $2::uuid, $3::uuid, id, name, name, '1990-01-01', '2020-01-01', now() from people`,
      [randomUUID(), business.id, business.unit],
    );
    await fixtures.rows(
      `insert into order_lines (order_id, business_id, worker_id, holder_name, state, changed_at)
         select $1::uuid, business_id, id, name, 'awaiting-media', now() from workers where name like 'Mange %'`,
      [line.orderId],
    );
    const path = `/b/${business.number}/orders/${line.orderId}/ask`;
    const ticks = async (at: string) =>
      (await pages.get(small(officer), at)).text.match(/name="line"/gu)?.length;
    expect([
      await ticks(path),
      await ticks(`${path}?page=2`),
      await ticks(`${path}?line=${line.lineId}`),
    ]).toEqual([50, 11, 1]);
    const seen = async () =>
      (
        await fixtures.rows<{ id: string }>('select id from disclosures where business_id = $1', [
          business.id,
        ])
      ).length;
    const unseen = await seen();
    const second = await pages.get(small(officer), `${path}?page=2`);
    expect((await seen()) - unseen).toBe(11);
    const lines = [...second.text.matchAll(/name="line" value="([^"]+)"/gu)].map(([, id = '']) => id);
    const asked = await pages.post(small(officer), `${path}?page=2`, { line: lines, way: 'sent' });
    expect(asked.location).toContain(`${path}?page=2&done=`);
    expect(notices).toHaveLength(11);
    expect(new Set(notices.map(({ secrets }) => secrets?.['link'])).size).toBe(11);
    // Whose link is shown was seen, and nobody else.
    const before = await seen();
    const shown = await pages.post(small(officer), path, { line: line.lineId, way: 'shown' });
    expect([shown.text.match(/class="qr-code"/gu)?.length, (await seen()) - before]).toEqual([1, 1]);
  });

  it('are opened sixty times a minute from one address', async () => {
    let last = 200;
    for (let time = 0; time <= 60; time += 1)
      ({ status: last } = await pages.get(undefined, `/u/${'x'.repeat(22)}`));
    expect(last).toBe(429);
  });
});
