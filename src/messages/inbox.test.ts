import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { words } from '../words.ts';
import { look, requireActing } from '../access/index.ts';
import { openAttachment, openThread, viewInbox } from './inbox.ts';
import { countsUnreadMessages, createInboxPages } from './pages.tsx';

const OWN = '310000019';
const LIST = `/b/${OWN}/business/messages`;
const PDF = Buffer.from('%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n');

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
  await world.personMandate(business, orderer, officer, ['orders.read', 'contact.change', 'access.manage']);
  await world.vendorMandate(business, vendor, { officer, member }, ['orders.read', 'workers.read']);
  pages = await createPageCaller(words, (app) => {
    app.use('/b/:business/*', countsUnreadMessages);
    for (const base of ['/b/:business', '/b/:business/by/:vendor']) {
      app.route(base, createInboxPages({ ...world, places: {} }));
      app.get(`${base}/menus`, async (c) => {
        const request = { right: 'orders.read', action: 'test' } as const;
        await look(world.database, requireActing(c), request, () => Promise.resolve());
        return c.json(c.get('menuCounts') ?? null);
      });
    }
  });
}, 60_000);
afterAll(() => world.stop());
beforeEach(() => world.rows('truncate message_threads cascade'));

interface Written {
  readonly subject?: string;
  readonly deadline?: Date;
  readonly category?: string;
  readonly to?: string;
}

/** How many unread messages the menus of a page show a person; undefined when it says nothing of them. */
async function unreadMessages(person: SmallPerson, base = `/b/${OWN}`): Promise<number | undefined> {
  const { text } = await pages.get(person, `${base}/menus`);
  const counts = JSON.parse(text) as { readonly messages: number } | null;
  return counts?.messages;
}

/** A message as the authority has sent it. */
async function written({ subject = 'Pålegg', deadline, category = 'order', to = business }: Written = {}) {
  const [thread] = await world.rows<{ id: string }>(
    `insert into message_threads (business_id, authority, category, subject, deadline, created_at, last_at, last_from)
     values ($1, 'arbeidstilsynet', $2, $3, $4, now(), now(), 'authority') returning id`,
    [to, category, subject, deadline ?? null],
  );
  await world.rows(
    `insert into messages (thread_id, business_id, side, author_id, author_name, body, sent_at)
     values ($1, $2, 'authority', $3, 'Grundig Mappe', 'Rett opp i dette.', now())`,
    [thread!.id, to, stranger.id],
  );
  return thread!.id;
}

describe('the inbox', () => {
  test('is empty until somebody writes, and says who never sees it', async () => {
    const page = await pages.get(officer, LIST);
    expect(page.status).toBe(200);
    expect(page.text).toContain('No messages yet');
    expect(page.text).toContain('Vendors never see these messages');
  });

  test.each([
    ['an officer', () => officer, undefined, 200],
    ['a person with the right', () => reader, undefined, 200],
    ['a person without it, whatever else they may do', () => orderer, undefined, 403],
    ['a vendor', () => member, '310000035', 403],
    ['a stranger', () => stranger, undefined, 404],
  ] as const)('is answered to %s', async (_, who, vendor, status) => {
    const thread = await written();
    const path = vendor === undefined ? LIST : `/b/${OWN}/by/${vendor}/business/messages`;
    for (const page of [path, `${path}/${thread}`]) {
      const answer = await pages.get(who(), page);
      expect([page, answer.status]).toEqual([page, status]);
      expect(answer.text.includes('Pålegg')).toBe(status === 200);
    }
    const answered = await pages.post(who(), `${path}/${thread}`, { body: 'Vi retter det' });
    expect(answered.status).toBe(status === 200 ? 303 : status);
  });

  test('shows 500 messages a page at a time, the latest first, in a fixed number of queries', async () => {
    await world.rows(
      `insert into message_threads (business_id, authority, category, subject, created_at, last_at, last_from, unread)
       select $1, 'arbeidstilsynet', 'general', 'Nr ' || n, now(), now() - make_interval(mins => n), 'authority', n % 2 = 0
       from generate_series(1, 500) n`,
      [business],
    );
    const first = await viewInbox(world, officer.acting(OWN), { page: 1, part: 'all' });
    expect(first).toMatchObject({ ok: true, value: { counts: { threads: 500, unreadThreads: 250 } } });
    expect(
      first.ok && first.value.lines.map((line) => (line.from === 'authority' ? line.thread.subject : '')),
    ).toEqual(Array.from({ length: 25 }, (_, index) => `Nr ${String(index + 1)}`));
    const last = await pages.get(officer, `${LIST}?page=20`);
    expect(last.text).toContain('Nr 500');
    expect((await pages.get(officer, `${LIST}?page=21`)).location).toBe(LIST);
    const unread = await pages.get(officer, `${LIST}?show=unread&page=10`);
    expect(unread.text).toContain('250 unread messages');
    expect(unread.text).toContain('show=unread&amp;page=9');
  });
});

describe('a message', () => {
  test('is read by whoever opens it, once, and that is what "notified" rests on', async () => {
    const thread = await written();
    expect(await unreadMessages(officer)).toBe(1);
    expect(await unreadMessages(orderer)).toBe(0);
    expect(await unreadMessages(member, `/b/${OWN}/by/310000035`)).toBeUndefined();
    for (const person of [reader, reader, officer]) await openThread(world, person.acting(OWN), thread);
    const reads = await world.rows('select person_name from message_reads order by id');
    expect(reads.map(({ person_name }) => person_name)).toEqual(['Lesende Lom', 'Våken Spurv']);
    expect(await unreadMessages(officer)).toBe(0);
    const [row] = await world.rows(
      `select notified_by, notified_at = read_at as at_once from message_threads where id = $1`,
      [thread],
    );
    expect(row).toEqual({ notified_by: 'read', at_once: true });
    const steps = await world.rows(`select step, evidence ->> 'personId' as person from message_steps`);
    expect(steps).toEqual([{ step: 'read', person: reader.id }]);
    expect((await pages.get(officer, `${LIST}/${thread}`)).text).toMatch(/Opened by Lesende Lom/u);
  });

  test('of another business is as one that is not there', async () => {
    const [other] = await world.rows<{ id: string }>(
      `select id from businesses where organisation_number = '310000078'`,
    );
    const foreign = await written({ to: other!.id });
    for (const id of [foreign, randomUUID(), 'x', '%00']) {
      expect((await pages.get(officer, `${LIST}/${id}`)).status).toBe(404);
      expect((await pages.post(officer, `${LIST}/${id}`, { body: 'x' })).status).toBe(404);
    }
    expect(await world.rows('select id from message_reads')).toEqual([]);
  });
});

describe('an answer', () => {
  test('goes without its file when the business has sent fifty in 24 hours', async () => {
    const thread = await written();
    const file = new File([PDF], 'svar.pdf');
    const send = (body: string) => pages.upload(officer, `${LIST}/${thread}`, 'file', file, { body });
    expect((await send('Se vedlegget')).status).toBe(303);
    await world.rows(
      `insert into message_attachments (message_id, thread_id, business_id, authority, file_name, content, sha256, bytes, attached_by, attached_at)
       select message_id, thread_id, business_id, authority, file_name, content, sha256, bytes, attached_by, attached_at
       from message_attachments, generate_series(1, 49) where thread_id = $1`,
      [thread],
    );
    const tooMany = await send('Dette skrev jeg');
    expect([tooMany.status, tooMany.text.includes(words.en.messages.attachment['too-many-today'])]).toEqual([
      422,
      true,
    ]);
    expect(tooMany.text).toContain('Dette skrev jeg');
  });

  test('stands in the thread with its file, which comes back as it was sent', async () => {
    const thread = await written();
    const file = new File([PDF], '../../C:\\etc\\Svår på pålegg\u202e.PDF');
    const sent = await pages.upload(officer, `${LIST}/${thread}`, 'file', file, { body: 'Se vedlegget' });
    expect(sent.location).toBe(`${LIST}/${thread}?done=messages%3Adone.answered`);
    const [stored] = await world.rows<{ id: string; file_name: string }>(
      'select id, file_name from message_attachments',
    );
    expect(stored!.file_name).toBe('Svår på pålegg.pdf');
    const back = await openAttachment(world, reader.acting(OWN), {
      threadId: thread,
      attachmentId: stored!.id,
    });
    expect(back.ok && back.value?.content.equals(PDF)).toBe(true);
    const entries = await world.rows(
      `select action, used_right, subject_id from audit_entries where subject_id = $1`,
      [thread],
    );
    expect(entries).toEqual([
      { action: 'messages.answered', used_right: 'messages.read', subject_id: thread },
    ]);
  });

  test.each([
    ['an HTML file that calls itself a PDF', Buffer.from('<script>alert(1)</script>'), 'not a PDF'],
    ['a PDF that is cut short', PDF.subarray(0, 12), 'not a PDF'],
    ['an empty file', Buffer.alloc(0), 'The file is empty'],
  ])('with %s is refused in words, and what was typed stands', async (_, bytes, words) => {
    const thread = await written();
    const file = new File([bytes], 'svar.pdf', { type: 'application/pdf' });
    const sent = await pages.upload(officer, `${LIST}/${thread}`, 'file', file, { body: 'Dette skrev jeg' });
    expect(sent.status).toBe(422);
    expect(sent.text).toContain(words);
    expect(sent.text).toContain('Dette skrev jeg');
    expect(await world.rows(`select id from messages where side = 'business'`)).toEqual([]);
  });

  test('is sent once, however often its form is; another text from the same form is another answer', async () => {
    const path = `${LIST}/${await written()}`;
    const [, key = ''] = /name="key" value="([^"]+)"/u.exec((await pages.get(officer, path)).text) ?? [];
    const send = (body: string) => pages.post(officer, path, { key, body });
    for (const sent of await Promise.all([send('Rettet'), send('Rettet')])) expect(sent.status).toBe(303);
    expect((await send('Og litt til')).status).toBe(303);
    const file = new File([PDF], 'glemt.pdf');
    expect((await pages.upload(officer, path, 'file', file, { key, body: 'Rettet' })).status).toBe(303);
    expect(
      await world.rows(
        `select body, file_name from messages m left join message_attachments a on a.message_id = m.id
         where side = 'business' order by m.sent_at, m.id`,
      ),
    ).toEqual([
      { body: 'Rettet', file_name: null },
      { body: 'Og litt til', file_name: null },
      { body: 'Rettet', file_name: 'glemt.pdf' },
    ]);
  });

  test('with nothing in it is asked for again', async () => {
    const thread = await written();
    const sent = await pages.post(officer, `${LIST}/${thread}`, { body: '  ' });
    expect(sent.status).toBe(422);
    expect(sent.text).toContain('Write an answer.');
  });
});
