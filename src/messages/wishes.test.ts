import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { inTransaction } from '../database/transaction.ts';
import { ok } from '../kernel/result.ts';
import { textKeys } from '../web/languages.ts';
import { words } from '../words.ts';
import { createNotify, deliverNotice, type MessageDeps, sendDelivery } from './actions.ts';
import type { Envelope } from './mailer.ts';
import { createWishPages } from './wish-pages.tsx';
import { sendDigests } from './digests.ts';
import { changeWishes, viewWishes } from './wishes.ts';
import { everything, type Wishes } from './wish-rules.ts';

let world: SmallWorld;
let pages: PageCaller;
let deps: MessageDeps;
let officer: SmallPerson;
let chair: SmallPerson;
let business: string;
let mails: Envelope[] = [];
const texts = new Set(textKeys(words.en));
const silent = () => undefined;
const job = { kind: 'job', name: 'test' } as const;

beforeAll(async () => {
  world = await startSmallWorld();
  officer = await world.person('Våken Spurv', '15819049944');
  chair = await world.person('Vis Ugle', '06866541262');
  business = await world.business('310000019', 'BLÅ HAMMER AS');
  await world.officer(business, officer);
  await world.officer(business, chair, 'LEDE');
  deps = {
    database: world.database,
    vault: world.vault,
    registers: {
      krr: {
        contacts: (numbers) =>
          Promise.resolve(
            ok(
              numbers.map((nationalId) => ({
                nationalId,
                email: nationalId === officer.nationalId ? 'spurv@egen.example' : 'ugle@egen.example',
                mobile: nationalId === officer.nationalId ? '91234567' : undefined,
                canBeNotified: true,
                language: nationalId === officer.nationalId ? ('en' as const) : undefined,
              })),
            ),
          ),
      },
    },
    contactAddresses: () => Promise.resolve({ email: 'post@blahammer.example', language: 'nb' }),
    sendMail: (mail) => {
      mails.push(mail);
      return Promise.resolve(ok(undefined));
    },
    texts: {
      send: () => Promise.resolve(ok('shipment')),
      statusOf: () => Promise.resolve(ok('delivered')),
      hasText: (key) => texts.has(key),
    },
    text: (_, key, values) => `${key} ${JSON.stringify(values)}`,
    origin: 'https://kortvakt.example',
    log: { debug: silent, info: silent, warn: silent, error: silent },
  };
  pages = await createPageCaller(words, (app) => {
    app.route('/', createWishPages({ database: world.database, texts: true }));
  });
}, 60_000);
afterAll(() => world.stop());
beforeEach(async () => {
  mails = [];
  await world.rows('truncate notices, notice_deliveries, notice_wishes cascade');
});

/** Where a notice to everybody goes. */
async function told(template: string): Promise<string[]> {
  await world.rows('truncate notices, notice_deliveries cascade');
  await inTransaction(world.database, job, (transaction) =>
    createNotify(world)(transaction, {
      template,
      parameters: {},
      businessId: business,
      audience: 'business-and-officers',
    }),
  );
  const [row] = await world.rows<{ id: string }>('select id from notices');
  await deliverNotice(deps, row!.id);
  const rows = await world.rows<{ address: string }>('select address from notice_deliveries');
  return rows.map(({ address }) => address).sort();
}
const POST = 'post@blahammer.example';
const SPURV = 'spurv@egen.example';
const UGLE = 'ugle@egen.example';
const MOBILE = '+4791234567';

test.each<[string, Wishes | undefined, string[]]>([
  ['orders:notice.lapsed', undefined, [POST, SPURV, UGLE]],
  ['orders:notice.lapsed', { switchedOff: ['orders'], channel: 'both' }, [POST, UGLE]],
  ['orders:notice.vendor-order', { switchedOff: ['orders'], channel: 'both' }, [POST, SPURV, UGLE]],
  ['messages:notice.unread', undefined, [MOBILE, POST, SPURV, UGLE]],
  ['messages:notice.unread', { switchedOff: ['orders'], channel: 'sms' }, [MOBILE, POST, UGLE]],
  ['messages:notice.unread', { switchedOff: [], channel: 'email' }, [POST, SPURV, UGLE]],
  ['contact:notice.begun', { switchedOff: ['orders'], channel: 'sms' }, [MOBILE, POST, SPURV, UGLE]],
])('of %s with %j go to these', async (template, wishes, addresses) => {
  if (wishes !== undefined) await changeWishes(world, officer.tokenHash, wishes);
  expect(await told(template)).toEqual(addresses);
});

test('are each person’s own: seen and changed by nobody else, and written down', async () => {
  await changeWishes(world, officer.tokenHash, { switchedOff: ['cards'], channel: 'sms' });
  expect(await viewWishes(world, officer.tokenHash)).toEqual({ switchedOff: ['cards'], channel: 'sms' });
  expect(await viewWishes(world, chair.tokenHash)).toEqual(everything);
  const context = { kind: 'session', tokenHash: chair.tokenHash } as const;
  const seen = await inTransaction(world.database, context, ({ query }) =>
    query.selectFrom('notice_wishes').selectAll().execute(),
  );
  expect(seen).toEqual([]);
  await expect(
    inTransaction(world.database, context, ({ query }) =>
      query.updateTable('notice_wishes').set({ channel: 'both' }).execute(),
    ),
  ).rejects.toThrow(/permission denied/u);
  expect(
    await world.rows(
      `select distinct actor_person_id as by from audit_entries where action = 'notice-wishes.change'`,
    ),
  ).toEqual([{ by: officer.id }]);
});

test('stand on a page, where what is security cannot be switched off', async () => {
  const page = await pages.get(officer, '/profile/notices');
  expect(page.text.match(/name="told"/gu)).toHaveLength(4);
  const saved = await pages.post(officer, '/profile/notices', { told: 'orders', channel: 'email' });
  expect([saved.status, saved.location]).toEqual([303, '/profile/notices?done=messages%3Adone.wishes']);
  expect(await viewWishes(world, officer.tokenHash)).toEqual({
    switchedOff: ['cards', 'photos', 'invoices'],
    channel: 'email',
  });
  expect((await pages.post(officer, '/profile/notices', { told: 'security' })).status).toBe(400);
  expect((await pages.post(officer, '/profile/notices', { channel: 'pigeon' })).status).toBe(400);
});

describe('a daily digest', () => {
  beforeEach(() => changeWishes(world, officer.tokenHash, { ...everything, digestHour: 8 }));

  /** Tells of each, and answers with where it went at once. */
  async function tellOf(...templates: string[]): Promise<string[]> {
    const notify = createNotify(world);
    await inTransaction(world.database, job, async (transaction) => {
      for (const template of templates)
        await notify(transaction, {
          template,
          parameters: {},
          businessId: business,
          audience: 'business-and-officers',
        });
    });
    return deliver();
  }

  async function deliver(): Promise<string[]> {
    const notices = await world.rows<{ id: string }>(
      'select id from notices where settled_at is null order by id',
    );
    for (const { id } of notices) await deliverNotice(deps, id);
    const waiting = await world.rows<{ id: string; address: string }>(
      `select id, address from notice_deliveries where state = 'waiting' order by id`,
    );
    for (const { id } of waiting) await sendDelivery(deps, id);
    return waiting.map(({ address }) => address).sort();
  }
  const due = () => world.rows(`update notice_digests set due_at = now() - interval '1 minute'`);
  const digests = () =>
    world.rows<{ parameters: unknown; language: string }>(
      `select parameters, language, person_id = $1 as own from notices where template = 'messages:notice.digest'`,
      [officer.id],
    );

  test('holds back what waits for it, for whoever wants it and nobody else, and tells how much there is of each', async () => {
    const first = await tellOf(
      'orders:notice.lapsed',
      'invoices:notice.invoice',
      'invoices:notice.credit-note',
    );
    expect(first).toEqual([POST, POST, POST, UGLE, UGLE, UGLE]);
    await sendDigests(deps);
    expect(await digests()).toEqual([]);
    await due();
    await sendDigests(deps);
    expect(await digests()).toEqual([
      {
        parameters: { orders: '1', cards: '0', photos: '0', invoices: '2', link: '/businesses' },
        language: 'en',
        own: true,
      },
    ]);
    mails = [];
    expect(await deliver()).toEqual([SPURV]);
    expect(mails.map(({ to }) => to)).toEqual([SPURV]);
    expect(mails[0]!.text).not.toMatch(/BLÅ|310000019|Spurv/u);
  });

  test('never waits for what is security, the authority’s, or has a time of its own', async () => {
    for (const template of [
      'contact:notice.changed',
      'invoices:notice.reminder',
      'orders:notice.awaiting-approval',
    ])
      expect(await tellOf(template)).toContain(SPURV);
    expect(await world.rows('select id from notice_digests')).toEqual([]);
  });

  test('is one, however often and by however many it is made, and none is lost that breaks off', async () => {
    await tellOf('orders:notice.lapsed');
    await due();
    await world.rows(
      `create function break_off() returns trigger language plpgsql as $$ begin raise exception 'killed'; end $$`,
    );
    await world.rows(
      'create trigger break_off before update on notice_digests for each row execute function break_off()',
    );
    await expect(sendDigests(deps)).rejects.toThrow('killed');
    expect(await digests()).toEqual([]);
    await world.rows('drop trigger break_off on notice_digests');
    await Promise.all(Array.from({ length: 4 }, () => sendDigests(deps)));
    await sendDigests(deps);
    expect(await digests()).toHaveLength(1);
    expect(await deliver()).toEqual([SPURV]);
  });

  test('is chosen on the page, at an hour that there is', async () => {
    const chosen = { told: ['orders', 'cards', 'photos', 'invoices'], channel: 'both', digest: '7' };
    expect((await pages.post(officer, '/profile/notices', chosen)).status).toBe(303);
    expect(await viewWishes(world, officer.tokenHash)).toEqual({ ...everything, digestHour: 7 });
    expect((await pages.get(officer, '/profile/notices')).text).toMatch(/value="7" selected/u);
    expect((await pages.post(officer, '/profile/notices', { ...chosen, digest: '3' })).status).toBe(400);
    expect((await pages.post(officer, '/profile/notices', { ...chosen, digest: '' })).status).toBe(303);
    expect(await viewWishes(world, officer.tokenHash)).toEqual(everything);
  });
});
