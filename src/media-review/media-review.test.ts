import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FixtureBusiness, type FixturePerson, Fixtures } from '../../tests/support/fixtures.ts';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { mayMove, type Mover } from '../../tests/support/line-moves.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import type { SmallPerson } from '../../tests/support/small-world.ts';
import accessEn from '../access/en.json' with { type: 'json' };
import type { Notice } from '../access/index.ts';
import accessNb from '../access/nb.json' with { type: 'json' };
import { blockCardsOf } from '../cards/index.ts';
import { createVault } from '../database/encryption.ts';
import { inTransaction } from '../database/transaction.ts';
import { drawDocument, drawPortrait } from '../demo-portrait.ts';
import ordersEn from '../orders/en.json' with { type: 'json' };
import { attachDocument, attachPhoto, createOrderPages } from '../orders/index.ts';
import ordersNb from '../orders/nb.json' with { type: 'json' };
import { LINE_STATES, type LineState } from '../orders/rules.ts';
import pricesEn from '../prices/en.json' with { type: 'json' };
import pricesNb from '../prices/nb.json' with { type: 'json' };
import staffEn from '../staff/en.json' with { type: 'json' };
import staffNb from '../staff/nb.json' with { type: 'json' };
import workersEn from '../workers/en.json' with { type: 'json' };
import workersNb from '../workers/nb.json' with { type: 'json' };
import { cleanUp, settleCase, tellOfRejection, viewCase, viewQueue } from './actions.ts';
import en from './en.json' with { type: 'json' };
import nb from './nb.json' with { type: 'json' };
import { createReviewMediaPages } from './pages.tsx';
import { DOCUMENT_REASONS, PHOTO_REASONS, type Verdict } from './rules.ts';

const vault = createVault({ current: 'a', keys: new Map([['a', randomBytes(32)]]) }, randomBytes(32));
const notices: Notice[] = [];
const nothing: Verdict = { photo: [], document: [] };

let fixtures: Fixtures;
let pages: PageCaller;
let business: FixtureBusiness;
let vendor: FixtureBusiness;
let officer: FixturePerson;
let member: FixturePerson;
let mandateId: string;
let reviewer: FixturePerson;
let colleague: FixturePerson;

beforeAll(async () => {
  fixtures = await Fixtures.start();
  const deps = { database: fixtures.database, vault };
  const words = {
    nb: {
      access: accessNb,
      'media-review': nb,
      orders: ordersNb,
      prices: pricesNb,
      staff: staffNb,
      workers: workersNb,
    },
    en: {
      access: accessEn,
      'media-review': en,
      orders: ordersEn,
      prices: pricesEn,
      staff: staffEn,
      workers: workersEn,
    },
  };
  pages = await createPageCaller(words, (app) => {
    app.route('/', createReviewMediaPages(deps));
    app.route(
      '/b/:business',
      createOrderPages({
        ...deps,
        vault,
        notify,
        blockCardsOf: (...asked) => blockCardsOf(notify, ...asked),
        allowSynthetic: true,
      }),
    );
  });
  business = await fixtures.business({ name: 'BLÅ HAMMER AS' });
  vendor = await fixtures.business({ name: 'DYRE KORT AS' });
  [officer, member] = [await fixtures.person('Våken Spurv'), await fixtures.person('Kostelig Kåpe')];
  await fixtures.officer(business, officer);
  await fixtures.officer(vendor, officer);
  await fixtures.vendorProfile(vendor, officer);
  await fixtures.member(vendor, member, officer);
  const people = { by: officer, vendorOfficer: officer, member };
  mandateId = (await fixtures.vendorMandate(business, vendor, people, ['orders.place', 'orders.read'])).id;
  [reviewer, colleague] = [await fixtures.person('Nøye Blikk'), await fixtures.person('Nøye Nabo')];
  for (const one of [reviewer, colleague]) await appoint(one);
}, 60_000);
afterAll(() => fixtures.stop());
beforeEach(async () => {
  notices.length = 0;
  await fixtures.rows(`update order_lines set state = 'closed' where state <> 'cancelled'`);
});

const notify = keepIn(notices);

async function appoint(person: FixturePerson): Promise<void> {
  const at = new Date(Date.now() - 60_000);
  await fixtures.insert('staff_appointments', {
    role: 'reviewer',
    name: person.name,
    email: 'reviewer@example.no',
    ends_at: new Date(Date.now() + 9_000_000_000),
    proposed_by: officer.id,
    proposed_by_name: officer.name,
    proposed_at: at,
    token_hash: randomBytes(32),
    token_expires_at: new Date(Date.now() + 9_000_000),
    accepted_by: person.id,
    accepted_by_name: person.name,
    accepted_at: at,
    approved_by: member.id,
    approved_by_name: member.name,
    approved_at: at,
  });
}

const acting = (person: FixturePerson) => ({ tokenHash: person.tokenHash, role: 'reviewer' }) as const;
const deps = () => ({ database: fixtures.database, vault });

interface Case {
  readonly lineId: string;
  readonly orderId: string;
  readonly photoId: string;
  readonly documentId: string;
  readonly holder: FixturePerson;
}

/** A line that waits for review, of a worker of its own, since so many minutes. */
async function waiting(
  by: 'business' | 'vendor' = 'business',
  minutes = 0,
  holderName = 'Kort Holder',
): Promise<Case> {
  const holder = await fixtures.person(holderName);
  const worker = await fixtures.worker(business, holder, { name: holderName });
  const made = await fixtures.order(
    business,
    { id: worker, personId: holder.id, unit: business.unit },
    officer,
    by === 'vendor' ? { id: vendor.id, mandateId } : undefined,
    'under-review',
  );
  await fixtures.rows('delete from cards where id = $1', [made.cardId]);
  const [line] = await fixtures.rows<{ document: string }>(
    `update order_lines set card_number = null, changed_at = now() - make_interval(mins => $2) where id = $1
     returning document_id as document`,
    [made.lineId, minutes],
  );
  return { ...made, documentId: line?.document ?? '', holder };
}

async function line(id: string) {
  const [row] = await fixtures.rows<{
    state: string;
    photo: string | null;
    document: string | null;
    number: string | null;
  }>(
    `select state, photo_id as photo, document_id as document, card_number as number from order_lines where id = $1`,
    [id],
  );
  return row;
}

async function queueOf(person: FixturePerson): Promise<string[]> {
  const viewed = await viewQueue(deps(), acting(person), 1);
  return viewed.ok ? viewed.value.rows.map(({ id }) => id) : [viewed.error.kind];
}

const settle = (person: FixturePerson, one: Case, verdict: Verdict = nothing) =>
  settleCase(deps(), acting(person), one, verdict);

const small = ({ id, name, tokenHash }: FixturePerson): SmallPerson => ({
  id,
  name,
  tokenHash,
  nationalId: '',
  acting: (number) => ({ tokenHash, business: number }),
});

describe('the states of a line in the database', () => {
  it('are those of the table, for every two states and everyone who moves lines', async () => {
    const movers: Mover[] = ['people', 'worker', 'reviewer', 'job'];
    const pairs = movers.flatMap((mover) =>
      LINE_STATES.flatMap((from) => LINE_STATES.map((to) => ({ mover, from, to }))),
    );
    const found = await fixtures.rows<{ may: boolean }>(
      `select line_may_move(f, t, m) as may from unnest($1::text[], $2::text[], $3::text[]) with ordinality as x (f, t, m, n) order by n`,
      [pairs.map((p) => p.from), pairs.map((p) => p.to), pairs.map((p) => p.mover)],
    );
    expect(pairs.map((pair, index) => ({ ...pair, may: found[index]?.may }))).toEqual(
      pairs.map((pair) => ({ ...pair, may: mayMove(pair.from, pair.to, pair.mover) })),
    );
  });

  it.each(['people', 'job'] as const)('change no other way, whatever %s try', async (mover) => {
    const one = await waiting();
    const update = (to: LineState) => async (query: Parameters<Parameters<typeof fixtures.as>[2]>[0]) => {
      const done =
        await sql`update order_lines set state = ${to}, changed_at = now() where id = ${one.lineId}`.execute(
          query.query,
        );
      return Number(done.numAffectedRows ?? 0);
    };
    const tried: string[] = [];
    for (const from of LINE_STATES) {
      for (const to of LINE_STATES.filter((state) => state !== from)) {
        await fixtures.rows('alter table order_lines disable trigger guard_state');
        await fixtures.rows(`update order_lines set state = $2 where id = $1`, [one.lineId, from]);
        await fixtures.rows('alter table order_lines enable trigger guard_state');
        const moved = await (
          mover === 'job'
            ? inTransaction(fixtures.database, { kind: 'job', name: 'test' }, update(to))
            : fixtures.as(officer, { business: business.number, writing: true }, update(to))
        ).catch(() => 0);
        if (moved > 0) tried.push(`${from} ${to}`);
      }
    }
    const allowed = LINE_STATES.flatMap((from) =>
      LINE_STATES.filter((to) => mayMove(from, to, mover)).map((to) => `${from} ${to}`),
    );
    expect(tried).toEqual(allowed);
  });
});

describe('the queue', () => {
  it('shows who has waited longest first, to reviewers alone, and nothing that an emergency stop holds', async () => {
    const [late, early, held] = [await waiting(), await waiting('business', 60), await waiting('vendor', 90)];
    expect(await queueOf(reviewer)).toEqual([held.lineId, early.lineId, late.lineId]);
    const freeze = await fixtures.insert('freezes', {
      business_id: business.id,
      vendor_id: vendor.id,
      frozen_at: new Date(),
      frozen_by: officer.id,
      frozen_by_name: officer.name,
    });
    expect(await queueOf(reviewer)).toEqual([early.lineId, late.lineId]);
    await fixtures.rows('delete from freezes where id = $1', [freeze]);
    expect(await queueOf(officer)).toEqual(['missing']);
    expect((await pages.get(small(officer), '/staff/media')).status).toBe(404);
    const page = await pages.get(small(reviewer), '/staff/media');
    expect([page.status, page.text.includes('BLÅ HAMMER AS'), page.text.includes('Kort Holder')]).toEqual([
      200,
      true,
      false,
    ]);
  });

  it.each([
    [
      'the worker',
      (one: Case, me: string) => [
        'update workers set person_id = $2 where id = (select worker_id from order_lines where id = $1)',
        one.lineId,
        me,
      ],
    ],
    [
      'the orderer',
      (one: Case, me: string) => [
        'update orders set placed_by = $2 where id = (select order_id from order_lines where id = $1)',
        one.lineId,
        me,
      ],
    ],
    [
      'who uploaded the photo',
      (one: Case, me: string) => ['update photos set uploaded_by = $2 where id = $1', one.photoId, me],
    ],
    [
      'who uploaded the document',
      (one: Case, me: string) => [
        'update identity_documents set uploaded_by = $2 where id = $1',
        one.documentId,
        me,
      ],
    ],
  ] as const)('leaves out the case of a reviewer who is %s', async (_, change) => {
    const [one, other] = [await waiting(), await waiting()];
    const self = await fixtures.person('Seg Selv');
    await appoint(self);
    const [statement, ...values] = change(one, self.id);
    await fixtures.rows(statement ?? '', values);
    // A worker of the business has a tie to all of its cases.
    expect(await queueOf(self)).toEqual(_ === 'the worker' ? [] : [other.lineId]);
    expect(await settle(self, one)).toMatchObject({ ok: false, error: 'missing' });
    expect(await viewCase(deps(), acting(self), one.lineId)).toEqual({ ok: true, value: undefined });
    expect(await queueOf(reviewer)).toHaveLength(2);
  });

  it('leaves out the cases of a business or vendor that the reviewer is an officer, member or employee of', async () => {
    const [own, vendors] = [await waiting(), await waiting('vendor', 5)];
    const ties = {
      officer: (me: FixturePerson) => fixtures.officer(business, me),
      employee: (me: FixturePerson) => fixtures.worker(business, me),
      mandate: (me: FixturePerson) => fixtures.personMandate(business, me, officer, ['orders.read']),
      vendorOfficer: (me: FixturePerson) => fixtures.officer(vendor, me),
      member: (me: FixturePerson) => fixtures.member(vendor, me, member),
    };
    const left: Record<string, number> = {};
    for (const [tie, make] of Object.entries(ties)) {
      const me = await fixtures.person('Seg Selv');
      await appoint(me);
      await make(me);
      left[tie] = (await queueOf(me)).length;
    }
    expect(left).toEqual({ officer: 0, employee: 0, mandate: 0, vendorOfficer: 1, member: 1 });
    expect(await queueOf(reviewer)).toEqual([vendors.lineId, own.lineId]);
  });
});

describe('a case', () => {
  it('is shown with what is printed, photo beside document, and each look is a disclosure', async () => {
    const one = await waiting('business', 0, 'Synlig Svale');
    const [photo, document] = [await drawPortrait('Synlig Svale'), await drawDocument('Synlig Svale')];
    await fixtures.rows(
      `update order_lines set state = 'awaiting-media', photo_id = null, document_id = null where id = $1`,
      [one.lineId],
    );
    const as = small(officer).acting(business.number);
    const place = { orderId: one.orderId, lineId: one.lineId };
    const added = [
      await attachPhoto(deps(), as, { ...place, file: photo }),
      await attachDocument(deps(), as, { ...place, file: document, kind: 'passport' }),
    ];
    expect(added.every(({ ok }) => ok)).toBe(true);
    const page = await pages.get(small(reviewer), `/staff/media/${one.lineId}`);
    expect(page.status).toBe(200);
    for (const text of ['Synlig Svale', 'BLÅ HAMMER AS', en.case.save, workersEn.documentKind.passport])
      expect(page.text).toContain(text);
    for (const wanted of ['photo', 'document']) {
      const image = await pages.get(small(reviewer), `/staff/media/${one.lineId}/${wanted}`);
      expect([wanted, image.status, image.text.length > 1000]).toEqual([wanted, 200, true]);
      expect((await pages.get(small(officer), `/staff/media/${one.lineId}/${wanted}`)).status).toBe(404);
    }
    const seen = await fixtures.rows(
      `select viewer_name as viewer, fields from disclosures where subject_person_id = $1 and occasion = 'media-review' order by id`,
      [one.holder.id],
    );
    expect(seen).toEqual([
      { viewer: 'Nøye Blikk', fields: ['name', 'birth-date'] },
      { viewer: 'Nøye Blikk', fields: ['photo'] },
      { viewer: 'Nøye Blikk', fields: ['identity-document'] },
    ]);
    // Another reviewer who comes to it is told who has it open.
    const again = await pages.get(small(colleague), `/staff/media/${one.lineId}`);
    expect(again.text).toContain('Nøye Blikk opened this case');
  });

  it('flags a photo that nearly is one of another identity, and not one of the same', async () => {
    const [one, other, renewed] = [await waiting(), await waiting(), await waiting()];
    const look = '1'.repeat(32) + '0'.repeat(32);
    const set = (photo: string, bits: string) =>
      fixtures.rows('update photos set look = $2::bit(64) where id = $1', [photo, bits]);
    await set(one.photoId, look);
    await set(other.photoId, `000000${look.slice(6)}`);
    const alike = async () => {
      const viewed = await viewCase(deps(), acting(reviewer), one.lineId);
      return viewed.ok ? viewed.value?.alike : viewed.error;
    };
    expect(await alike()).toBe(1);
    expect((await pages.get(small(reviewer), `/staff/media/${one.lineId}`)).text).toContain(en.case.alike);
    await set(other.photoId, `0000000${look.slice(7)}`);
    expect(await alike()).toBe(0);
    await set(renewed.photoId, look);
    await fixtures
      .rows(
        `update workers set person_id = $1 where id = (select worker_id from order_lines where id = $2)`,
        [one.holder.id, renewed.lineId],
      )
      .catch(() => undefined);
    await fixtures.rows('update photos set look = null where id = $1', [other.photoId]);
  });

  it('that is accepted gets a random number of its own and is ready, and the audit says who did it', async () => {
    const cases = [await waiting(), await waiting(), await waiting()];
    for (const one of cases) {
      expect(await settle(reviewer, one)).toEqual({ ok: true, value: { state: 'ready' } });
    }
    const lines = await Promise.all(cases.map(({ lineId }) => line(lineId)));
    const numbers = lines.map((row) => Number(row?.number));
    expect(lines.map((row) => row?.state)).toEqual(['ready', 'ready', 'ready']);
    expect(new Set(numbers).size).toBe(3);
    expect(numbers.every((number) => number >= 10_000_000 && number <= 99_999_999)).toBe(true);
    expect(numbers[1]! - numbers[0]!).not.toBe(numbers[2]! - numbers[1]!);
    const audited = await fixtures.rows(
      `select actor_person_id as by, capacity, business_id as business from audit_entries
       where action = 'media.accepted' and subject_id = $1`,
      [cases[0]?.lineId],
    );
    expect(audited).toEqual([{ by: reviewer.id, capacity: 'staff', business: business.id }]);
  });

  it('sends back only what is rejected, without delaying the others, and tells who can mend it why', async () => {
    const [one, other] = [await waiting('vendor'), await waiting('vendor')];
    expect(await settle(reviewer, one, { photo: ['blurred', 'background'], document: [] })).toMatchObject({
      value: { state: 'awaiting-media' },
    });
    expect(await settle(reviewer, other)).toMatchObject({ value: { state: 'ready' } });
    expect(await line(one.lineId)).toEqual({
      state: 'awaiting-media',
      photo: null,
      document: one.documentId,
      number: null,
    });
    const page = await pages.get(small(officer), `/b/${business.number}/orders/${one.orderId}`);
    for (const reason of ['blurred', 'background'] as const)
      expect(page.text).toContain(ordersEn.reason.photo[reason]);
    expect(page.text).not.toContain('Nøye Blikk');
    await tellOfRejection({ ...deps(), notify }, one.lineId);
    await tellOfRejection({ ...deps(), notify }, one.lineId);
    const path = `/orders/${one.orderId}`;
    expect(
      notices.map(({ template, audience, personId, parameters }) => [
        template,
        audience,
        personId,
        parameters['link'],
      ]),
    ).toEqual([
      [
        'media-review:notice.rejected',
        'person',
        officer.id,
        `/b/${business.number}/by/${vendor.number}${path}`,
      ],
      ['media-review:notice.rejected', 'business', undefined, `/b/${business.number}${path}`],
    ]);
    expect(notices[0]?.parameters['reasonKeys']).toBe(
      'orders:reason.photo.blurred,orders:reason.photo.background',
    );
    // Another photo: the document is not judged again.
    const photo = await fixtures.insert('photos', {
      business_id: business.id,
      worker_id: (
        await fixtures.rows<{ id: string }>('select worker_id as id from order_lines where id = $1', [
          one.lineId,
        ])
      )[0]?.id,
      vendor_id: vendor.id,
      image: Buffer.of(1),
      thumbnail: Buffer.of(1),
      width: 1,
      height: 1,
      sha256: randomBytes(32),
      uploaded_by: officer.id,
      uploaded_at: new Date(),
    });
    await fixtures.rows(`update order_lines set photo_id = $2, state = 'under-review' where id = $1`, [
      one.lineId,
      photo,
    ]);
    const form = await pages.get(small(reviewer), `/staff/media/${one.lineId}`);
    expect(form.text).toContain(en.case.acceptedBefore);
    expect(form.text).not.toContain('name="documentReasons"');
    const sent = await pages.post(small(reviewer), `/staff/media/${one.lineId}`, {
      photoId: photo,
      documentId: one.documentId,
      photo: 'accept',
      documentAccepted: 'yes',
    });
    expect(sent.status).toBe(303);
    expect((await line(one.lineId))?.state).toBe('ready');
  });

  it('with a document that does not seem genuine is over', async () => {
    const one = await waiting();
    expect(await settle(reviewer, one, { photo: [], document: ['suspected-forgery'] })).toMatchObject({
      value: { state: 'rejected' },
    });
    await tellOfRejection({ ...deps(), notify }, one.lineId);
    expect(notices.map(({ template }) => template)).toContain('media-review:notice.refused');
    const page = await pages.get(small(officer), `/b/${business.number}/orders/${one.orderId}`);
    expect(page.text).toContain(ordersEn.rejected.final);
  });

  it('takes every reason that there is, in words that whoever ordered reads', async () => {
    const one = await waiting();
    await settle(reviewer, one, { photo: PHOTO_REASONS, document: DOCUMENT_REASONS });
    expect((await line(one.lineId))?.state).toBe('rejected');
    const { reason } = ordersEn;
    expect([Object.keys(reason.photo).sort(), Object.keys(reason.document).sort()]).toEqual([
      [...PHOTO_REASONS].sort(),
      [...DOCUMENT_REASONS].sort(),
    ]);
  });

  it('is settled once: of reviewers at the same moment all but the first are told', async () => {
    const one = await waiting();
    const results = await Promise.all(
      Array.from({ length: 6 }, (_, index) => settle(index % 2 === 0 ? reviewer : colleague, one)),
    );
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(new Set(results.map((result) => (result.ok ? 'ok' : result.error)))).toEqual(
      new Set(['ok', 'settled']),
    );
    const late = await pages.post(small(colleague), `/staff/media/${one.lineId}`, {
      photoId: one.photoId,
      documentId: one.documentId,
      photo: 'accept',
      document: 'accept',
    });
    expect([late.status, late.text.includes(en.case.settled)]).toEqual([409, true]);
  });

  it('is not settled on what has been replaced, or without a verdict and its reason', async () => {
    const one = await waiting();
    expect(await settle(reviewer, { ...one, photoId: randomUUID() })).toMatchObject({ error: 'changed' });
    const fields = { photoId: one.photoId, documentId: one.documentId };
    const send = (more: Record<string, string>) =>
      pages.post(small(reviewer), `/staff/media/${one.lineId}`, { ...fields, ...more });
    const none = await send({});
    const why = await send({ photo: 'reject', document: 'accept' });
    const both = await send({ photo: 'accept', document: 'accept', photoReasons: 'blurred' });
    expect([none.status, why.status, both.status]).toEqual([422, 422, 422]);
    expect(why.text).toContain(en.case.needsReason);
    expect(both.text).toContain(en.case.noReason);
    expect((await line(one.lineId))?.state).toBe('under-review');
  });
});

describe('what is kept of a document', () => {
  it('is read by nobody who serves requests, and a vendor knows only of its own', async () => {
    const [own, vendors] = [await waiting(), await waiting('vendor')];
    const known = (person: FixturePerson, where: { business: string; vendor?: string }) =>
      fixtures.as(person, where, async ({ query }) => {
        const rows = await query
          .selectFrom('identity_documents')
          .select('id')
          .where('id', 'in', [own.documentId, vendors.documentId])
          .execute();
        return rows.map(({ id }) => id);
      });
    expect(await known(member, { business: business.number, vendor: vendor.number })).toEqual([
      vendors.documentId,
    ]);
    expect((await known(officer, { business: business.number })).sort()).toEqual(
      [own.documentId, vendors.documentId].sort(),
    );
    const read = fixtures.as(officer, { business: business.number }, ({ query }) =>
      query.selectFrom('identity_documents').select('content').execute(),
    );
    await expect(read).rejects.toThrow(/permission denied/u);
  });

  it('is deleted some days after the verdict, and the deletion is audited; what waits is kept', async () => {
    const [done, open, fresh] = [await waiting(), await waiting(), await waiting()];
    await fixtures.rows("update identity_documents set uploaded_at = now() - interval '30 days'");
    await settle(reviewer, done);
    await settle(reviewer, fresh);
    await fixtures.rows(
      `update media_verdicts set decided_at = now() - interval '15 days' where line_id = $1`,
      [done.lineId],
    );
    await cleanUp(deps(), { documentDays: 14, photoDays: 90 });
    const kept = await fixtures.rows<{ id: string; bytes: number; deleted: boolean }>(
      `select id, octet_length(content) as bytes, deleted_at is not null as deleted from identity_documents where id = any ($1)`,
      [[done.documentId, open.documentId, fresh.documentId]],
    );
    const of = (one: Case) => kept.find(({ id }) => id === one.documentId);
    expect([of(done), of(open), of(fresh)].map((row) => [row?.bytes, row?.deleted])).toEqual([
      [0, true],
      [1, false],
      [1, false],
    ]);
    const [audited] = await fixtures.rows<{ ids: string[] }>(
      `select changes->'ids' as ids from audit_entries where action = 'documents.deleted' and business_id = $1 order by id desc limit 1`,
      [business.id],
    );
    expect(audited?.ids).toContain(done.documentId);
    expect(audited?.ids).not.toContain(open.documentId);
  });

  it('goes with the photo when its card has long been over, and a line shipped long ago is closed', async () => {
    const [over, valid] = [await waiting(), await waiting()];
    for (const one of [over, valid]) await settle(reviewer, one);
    const batch = await fixtures.insert('card_batches', { created_at: new Date(0) });
    for (const [one, expires] of [
      [over, new Date(Date.now() - 100 * 86_400_000)],
      [valid, new Date(Date.now() + 86_400_000)],
    ] as const) {
      await fixtures.rows(
        `insert into cards (business_id, unit_id, worker_id, person_id, order_line_id, batch_id, number, token, card_type, holder_name,
           birth_date, employer_name, organisation_number, issued_at, expires_at)
         select l.business_id, l.unit_id, l.worker_id, w.person_id, l.id, $2, l.card_number, $3, 'construction', 'K', '1990-01-01', 'V',
           $4, $5::timestamptz - interval '2 years', $5 from order_lines l join workers w on w.id = l.worker_id where l.id = $1`,
        [one.lineId, batch, randomBytes(8).toString('base64url'), business.number, expires],
      );
    }
    await fixtures.rows(
      `update order_lines set state = 'shipped', changed_at = now() - interval '2 years' where id = any ($1)`,
      [[over.lineId, valid.lineId]],
    );
    await cleanUp(deps(), { documentDays: 14, photoDays: 90 });
    const photos = await fixtures.rows<{ id: string }>(
      'select id from photos where id = any ($1) and deleted_at is not null',
      [[over.photoId, valid.photoId]],
    );
    // Both lines were closed just now: a photo lives its days after that as well.
    expect(photos).toEqual([{ id: over.photoId }]);
    expect([(await line(over.lineId))?.state, (await line(valid.lineId))?.state]).toEqual([
      'closed',
      'closed',
    ]);
  });
});

describe('what was declared of a permit to stay', () => {
  const DAY = 86_400_000;
  const day = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
  const due = { permit_due_since: new Date(Date.now() - 300 * DAY) };

  async function permitOf(row: Parameters<Fixtures['worker']>[2], declared = -200) {
    const person = await fixtures.person('Ofelia Permit');
    const workerId = await fixtures.worker(business, person, { ...due, ...row });
    const permit = await fixtures.insert('residence_permits', {
      business_id: business.id,
      unit_id: business.unit,
      worker_id: workerId,
      kind: 'permit',
      last_day: day(100),
      declared_by: officer.id,
      declared_by_name: officer.name,
      declared_at: new Date(Date.now() + declared * DAY),
    });
    return { person, workerId, permit };
  }

  it('is deleted when tie, cards and lines have been over as long as a photo is kept, or when none is due', async () => {
    const left = { employed_to: day(-100) };
    const gone = await permitOf(left);
    const free = await permitOf({ permit_due_since: null });
    const works = await permitOf({});
    const lately = await permitOf({ employed_to: day(-10) });
    const declaredLately = await permitOf(left, -1);
    const holds = await permitOf(left);
    const ordered = await fixtures.order(
      business,
      { id: holds.workerId, personId: holds.person.id, unit: business.unit },
      officer,
    );
    await fixtures.rows(`update cards set expires_at = now() + interval '1 year' where id = $1`, [
      ordered.cardId,
    ]);
    // In another unit the same person still works, and needs a permit there.
    const elsewhere = await permitOf(left);
    const [unit] = await fixtures.rows<{ id: string }>(
      `insert into units (business_id, organisation_number, name) values ($1, '320000017', 'AVD NORD') returning id`,
      [business.id],
    );
    await fixtures.worker(business, elsewhere.person, { ...due, unit_id: unit?.id ?? '' });

    await cleanUp(deps(), { documentDays: 14, photoDays: 90 });
    const kept = await fixtures.rows<{ id: string }>('select id from residence_permits order by id');
    expect(kept.map(({ id }) => id)).toEqual(
      [works, lately, declaredLately, holds, elsewhere].map(({ permit }) => permit).sort(),
    );
    const [audited] = await fixtures.rows<{ ids: string[] }>(
      `select changes->'ids' as ids from audit_entries where action = 'permits.deleted' and business_id = $1`,
      [business.id],
    );
    expect(audited?.ids.sort()).toEqual([gone, free].map(({ permit }) => permit).sort());
    await fixtures.rows(`update cards set expires_at = now() - interval '91 days' where id = $1`, [
      ordered.cardId,
    ]);
    await fixtures.rows(`update order_lines set state = 'closed' where id = $1`, [ordered.lineId]);
    await cleanUp(deps(), { documentDays: 14, photoDays: 90 });
    expect(await fixtures.rows('select id from residence_permits where id = $1', [holds.permit])).toEqual([]);
  });

  it('is deleted by tasks alone', async () => {
    const tried = fixtures.as(officer, { business: business.number }, ({ query }) =>
      sql`select * from forget_permits(now(), 1)`.execute(query),
    );
    await expect(tried).rejects.toThrow(/for a task only/u);
  });
});
