import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import type { Notice } from '../access/index.ts';
import { inTransaction } from '../database/transaction.ts';
import { readSession } from '../identity/records.ts';
import { textKeys } from '../web/languages.ts';
import { words } from '../words.ts';
import { createNotify } from './actions.ts';
import en from './en.json' with { type: 'json' };
import { unreadMessages } from './inbox.ts';
import nb from './nb.json' with { type: 'json' };
import { createOwnInboxPages } from './own-pages.tsx';
import { createInboxPages } from './pages.tsx';

const OWN = '310000019';
const LIST = `/b/${OWN}/business/messages`;
const MINE = '/profile/messages';
const GIVEN = 'Bekymra Bille has been given a mandate by BLÅ HAMMER AS';

let world: SmallWorld;
let pages: PageCaller;
let officer: SmallPerson;
let reader: SmallPerson;
let orderer: SmallPerson;
let member: SmallPerson;
let stranger: SmallPerson;
let business: string;

beforeAll(async () => {
  world = await startSmallWorld();
  officer = await world.person('Våken Spurv', '15819049944');
  reader = await world.person('Lesende Lom', '01829099911');
  orderer = await world.person('Bestillende Bever', '41818012345');
  member = await world.person('Hjelpsom Hand', '02829012345');
  stranger = await world.person('Fremmed Fugl', '03829012345');
  business = await world.business(OWN, 'BLÅ HAMMER AS');
  const vendor = await world.business('310000035', 'RIMELIG KORTHJELP AS');
  const other = await world.business('310000078', 'EN ANNEN AS');
  await world.officer(business, officer);
  await world.officer(vendor, member);
  await world.officer(other, stranger);
  await world.personMandate(business, reader, officer, ['messages.read']);
  await world.personMandate(business, orderer, officer, ['orders.read', 'access.manage']);
  await world.vendorMandate(business, vendor, { officer, member }, ['orders.read', 'workers.read']);
  pages = await createPageCaller(words, (app) => {
    const places = { access: '/business/access' };
    app.route('/b/:business', createInboxPages({ ...world, places }));
    app.route('/b/:business/by/:vendor', createInboxPages({ ...world, places }));
    app.route('/', createOwnInboxPages({ ...world, places: { access: '/businesses' } }));
  });
}, 60_000);
afterAll(() => world.stop());
beforeEach(() => world.rows('truncate notices, message_threads cascade'));

/** What the system has told, as features tell it. */
async function told(notice: Partial<Notice> = {}): Promise<string> {
  const job = { kind: 'job', name: 'test' } as const;
  await inTransaction(world.database, job, (transaction) =>
    createNotify(world)(transaction, {
      template: 'access:notice.given',
      businessId: business,
      parameters: { business: 'BLÅ HAMMER AS', holder: 'Bekymra Bille', by: 'Våken Spurv' },
      audience: 'business-and-officers',
      ...notice,
    }),
  );
  const [row] = await world.rows<{ id: string }>('select id from notices order by id desc limit 1');
  return row!.id;
}
const toPerson = (person: SmallPerson, of: Partial<Notice> = {}) =>
  told({
    template: 'access:notice.manyMandatesYours',
    businessId: null,
    audience: 'person',
    personId: person.id,
    ...of,
  });

const unreadOf = ({ tokenHash }: SmallPerson) =>
  inTransaction(world.database, { kind: 'session', tokenHash, business: OWN }, unreadMessages);
const ownUnread = async ({ tokenHash }: SmallPerson) =>
  (await readSession(world.database, Buffer.from(tokenHash)))?.unread;

/** Notes, past the application, that the person has opened a notice. */
const marks = ({ tokenHash }: SmallPerson, notice: string, of: string | null) =>
  inTransaction(world.database, { kind: 'session', tokenHash, business: OWN }, ({ query, now, facts }) =>
    query
      .insertInto('notice_reads')
      .values({
        notice_id: notice,
        business_id: of,
        person_id: facts.session!.personId,
        person_name: 'x',
        read_at: now,
      })
      .execute(),
  );

describe('what the system tells a business', () => {
  test.each<[string, Notice['audience'], () => SmallPerson, string | undefined, boolean]>([
    ['an officer', 'business-and-officers', () => officer, undefined, true],
    ['an officer, of what is for officers', 'officers', () => officer, undefined, true],
    ['whoever may read messages', 'business', () => reader, undefined, true],
    ['whoever may read messages, of what is for officers', 'officers', () => reader, undefined, false],
    ['whoever may not', 'business-and-officers', () => orderer, undefined, false],
    ['a vendor', 'business-and-officers', () => member, '310000035', false],
    ['a stranger', 'business-and-officers', () => stranger, undefined, false],
    ['an officer, of what went to an address alone', 'address', () => officer, undefined, false],
  ])('is shown to %s when its audience is %s: %#', async (_, audience, who, vendor, shown) => {
    const id = await told({ audience });
    const list = vendor === undefined ? LIST : `/b/${OWN}/by/${vendor}/business/messages`;
    for (const page of [list, `${list}/notices/${id}`])
      expect((await pages.get(who(), page)).text.includes(GIVEN)).toBe(shown);
    expect((await world.rows('select id from notice_reads')).length).toBe(shown ? 1 : 0);
    if (vendor === undefined) expect(await unreadOf(who())).toBe(0);
  });

  test('is unread until somebody there opens it, and says who did and when', async () => {
    const id = await told();
    expect(await unreadOf(officer)).toBe(1);
    expect((await pages.get(officer, `${LIST}?show=unread`)).text).toContain(GIVEN);
    for (const person of [reader, reader, officer]) await pages.get(person, `${LIST}/notices/${id}`);
    expect(await unreadOf(officer)).toBe(0);
    const { text } = await pages.get(officer, `${LIST}/notices/${id}`);
    expect(text).toMatch(/Opened by Lesende Lom \(.*Våken Spurv \(/u);
    expect((await pages.get(officer, `${LIST}?show=unread`)).text).toContain('No unread messages');
  });

  test('leads to where something is done, and gives away no link that only an e-mail has', async () => {
    const place = `href="/b/${OWN}/business/access"`;
    const plain = await pages.get(officer, `${LIST}/notices/${await told()}`);
    expect(plain.text).toContain(place);
    const asked = await told({
      template: 'access:notice.askOfficers',
      parameters: { business: 'B', by: 'V', until: 'i morgen', link: `/b/${OWN}/business/access/drafts/1` },
    });
    const linked = await pages.get(officer, `${LIST}/notices/${asked}`);
    expect(linked.text).toContain(`href="https://kortvakt.test/b/${OWN}/business/access/drafts/1"`);
    expect(linked.text).not.toContain(place);
    const secret = await told({
      template: 'access:notice.askOfficers',
      parameters: { business: 'B', by: 'V', until: 'i morgen' },
      secrets: { link: 'https://kortvakt.test/contact/stop/hemmelig' },
    });
    const { text } = await pages.get(officer, `${LIST}/notices/${secret}`);
    expect(text).not.toContain('hemmelig');
    expect(text).toContain('(the link is only in the e-mail)');
  });

  test('stands beside the authority’s threads, the latest first, and can be looked at apart', async () => {
    await told();
    await world.rows(
      `insert into message_threads (business_id, authority, category, subject, created_at, last_at, last_from)
       values ($1, 'arbeidstilsynet', 'order', 'Pålegg', now(), now() + interval '1 hour', 'authority')`,
      [business],
    );
    const all = await pages.get(officer, LIST);
    expect(all.text.indexOf('Pålegg')).toBeLessThan(all.text.indexOf(GIVEN));
    expect(all.text).toContain('2 messages');
    expect((await pages.get(officer, `${LIST}?show=system`)).text).not.toContain('Pålegg');
    expect((await pages.get(officer, `${LIST}?show=authority`)).text).not.toContain(GIVEN);
  });

  test('is marked as read all at once, audited, and not the authority’s messages with it', async () => {
    for (let i = 0; i < 3; i += 1) await told();
    await told({ audience: 'officers' });
    await world.rows(
      `insert into message_threads (business_id, authority, category, subject, created_at, last_at, last_from)
       values ($1, 'arbeidstilsynet', 'order', 'Pålegg', now(), now(), 'authority')`,
      [business],
    );
    expect((await pages.post(orderer, `${LIST}/notices/read`, {})).status).toBe(403);
    expect((await pages.post(reader, `${LIST}/notices/read`, {})).status).toBe(303);
    expect([await unreadOf(reader), await unreadOf(officer)]).toEqual([1, 2]);
    const audited = await world.rows(
      `select changes from audit_entries where action = 'messages.notices-read' and decision = 'allowed'`,
    );
    expect(audited).toEqual([{ changes: { count: 3 } }]);
  });

  test('of one unit is shown to those whose mandate reaches the unit', async () => {
    const [oslo, bergen] = await world.rows<{ id: string }>(
      `insert into units (business_id, organisation_number, name)
       values ($1, '320000017', 'AVD OSLO'), ($1, '320000025', 'AVD BERGEN') returning id`,
      [business],
    );
    const [there, here] = [await told({ unitId: oslo!.id }), await told({ unitId: bergen!.id })];
    await world.rows('update mandates set units = array[$2::uuid] where person_id = $1', [
      reader.id,
      bergen!.id,
    ]);
    try {
      expect([await unreadOf(reader), await unreadOf(officer)]).toEqual([1, 2]);
      expect((await pages.get(reader, `${LIST}/notices/${there}`)).status).toBe(404);
      await expect(marks(reader, there, business)).rejects.toThrow(/nothing to read/u);
      expect((await pages.get(reader, `${LIST}/notices/${here}`)).text).toContain(GIVEN);
    } finally {
      await world.rows('update mandates set units = null where person_id = $1', [reader.id]);
    }
  });

  test.each(['secrets_encrypted', 'extra_addresses'] as const)(
    'holds %s for its letter alone',
    async (column) => {
      await told({ secrets: { link: '/invitations/x' }, extraAddresses: ['vendor@example.no'] });
      const reading = inTransaction(
        world.database,
        { kind: 'session', tokenHash: officer.tokenHash, business: OWN },
        ({ query }) => query.selectFrom('notices').select(column).execute(),
      );
      await expect(reading).rejects.toThrow(/permission denied/u);
    },
  );

  test('is marked as read by nobody whom it is not told to', async () => {
    const id = await told({ audience: 'officers' });
    await expect(marks(reader, id, business)).rejects.toThrow(/nothing to read/u);
    await expect(marks(reader, id, null)).rejects.toThrow(/nothing to read/u);
    await expect(marks(orderer, id, business)).rejects.toThrow(/nothing to read|row-level security/u);
    await marks(officer, id, business);
  });
});

describe('what the system tells a person', () => {
  test('is shown to that person alone, whatever the business, and is counted at the user icon until it is opened', async () => {
    const id = await toPerson(reader, { businessId: business });
    expect([await ownUnread(reader), await ownUnread(officer)]).toEqual([1, 0]);
    expect((await pages.get(reader, MINE)).text).toContain('You have mandates from several');
    for (const other of [officer, stranger]) {
      expect((await pages.get(other, MINE)).text).not.toContain('You have mandates');
      expect((await pages.get(other, `${MINE}/${id}`)).status).toBe(404);
      expect((await pages.get(other, `${LIST}/notices/${id}`)).status).toBe(404);
    }
    expect(await ownUnread(reader)).toBe(1);
    const opened = await pages.get(reader, `${MINE}/${id}`);
    expect(opened.text).toContain('href="/businesses"');
    expect(await ownUnread(reader)).toBe(0);
    for (const none of [randomUUID(), 'x', '%00'])
      expect((await pages.get(reader, `${MINE}/${none}`)).status).toBe(404);
  });

  test('is marked as read all at once, and nobody else’s with it', async () => {
    for (let i = 0; i < 30; i += 1) await toPerson(reader);
    await toPerson(officer);
    const list = await pages.get(reader, MINE);
    expect(list.text).toContain('30 messages');
    expect(list.text).toContain('page=2');
    expect((await pages.get(reader, `${MINE}?page=9`)).location).toBe(MINE);
    expect((await pages.post(reader, `${MINE}/read`, {})).status).toBe(303);
    expect([await ownUnread(reader), await ownUnread(officer)]).toEqual([0, 1]);
  });

  test('stands in the inbox also when it went to an address that the business gave', async () => {
    await told({ template: 'access:notice.givenYours', audience: 'address', personId: orderer.id });
    expect((await pages.get(orderer, MINE)).text).toContain('Mandate from BLÅ HAMMER AS');
  });

  test('needs a login', async () => {
    for (const page of [MINE, `${MINE}/${randomUUID()}`])
      expect((await pages.get(undefined, page)).location).toContain('/login');
  });
});

test('everything that the system tells has a word for what it is about', () => {
  const features = [...textKeys(words.nb)]
    .filter((key) => /:notice\..+\.subject$/u.test(key) && !key.startsWith('directory:'))
    .map((key) => key.replace(/:.*/u, ''));
  expect(new Set(features).size).toBeGreaterThan(8);
  for (const { topic } of [nb, en])
    expect(features.filter((feature) => !Object.hasOwn(topic, feature))).toEqual([]);
});
