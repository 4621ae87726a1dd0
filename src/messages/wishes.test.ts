import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { inTransaction } from '../database/transaction.ts';
import { ok } from '../kernel/result.ts';
import { words } from '../words.ts';
import { createNotify, deliverNotice, type MessageDeps } from './actions.ts';
import { createWishPages } from './wish-pages.tsx';
import { changeWishes, viewWishes } from './wishes.ts';
import { everything, type Wishes } from './wish-rules.ts';

let world: SmallWorld;
let pages: PageCaller;
let deps: MessageDeps;
let officer: SmallPerson;
let chair: SmallPerson;
let business: string;
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
              })),
            ),
          ),
      },
    },
    contactAddresses: () => Promise.resolve({ email: 'post@blahammer.example', language: 'nb' }),
    sendMail: () => Promise.resolve(ok(undefined)),
    texts: {
      send: () => Promise.resolve(ok('')),
      statusOf: () => Promise.resolve(ok('delivered')),
      hasText: (key) => /^(?:messages|contact):/u.test(key),
    },
    text: (_, key) => key,
    origin: 'https://kortvakt.example',
    log: { debug: silent, info: silent, warn: silent, error: silent },
  };
  pages = await createPageCaller(words, (app) => {
    app.route('/', createWishPages({ database: world.database, texts: true }));
  });
}, 60_000);
afterAll(() => world.stop());
beforeEach(() => world.rows('truncate notices, notice_deliveries, notice_wishes cascade'));

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
