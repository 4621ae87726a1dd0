import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  recipients,
  type SmallPerson,
  type SmallWorld,
  startMailServer,
  startSmallWorld,
  type TestMailServer,
} from '../../tests/support/small-world.ts';
import { inTransaction } from '../database/transaction.ts';
import { startWorker } from '../jobs/index.ts';
import { err, ok } from '../kernel/result.ts';
import type { Krr, TextMessageStatus } from '../registers/index.ts';
import {
  createNotify,
  createOwnAddress,
  deliverNotice,
  type MessageDeps,
  forgetLetters,
  sendDelivery,
  type TextMessages,
} from './actions.ts';
import type { EscalationDeps } from './escalation.ts';
import { createMessageTasks, createReturnAddresses, createSendMail } from './index.ts';
import { followTexts } from './text-messages.ts';

let world: SmallWorld;
let mail: TestMailServer;
let deps: MessageDeps & EscalationDeps;
let officer: SmallPerson;
let chair: SmallPerson;
let business: string;
let krrAnswers = true;
const logged: unknown[] = [];
const write = (fields: object, message: string) => logged.push(fields, message);
const log = { debug: write, info: write, warn: write, error: write };

/** The contact register as its client answers: the chair has an address of her own, which may not be used. */
const krr: Krr = {
  contacts: (numbers) =>
    Promise.resolve(
      krrAnswers
        ? ok(
            numbers.map((nationalId) => ({
              nationalId,
              email: nationalId === officer.nationalId ? 'spurv@egen.example' : 'reservert@egen.example',
              canBeNotified: nationalId === officer.nationalId,
            })),
          )
        : err({ kind: 'unavailable', register: 'krr' } as const),
    ),
};

beforeAll(async () => {
  [world, mail] = await Promise.all([startSmallWorld(), startMailServer()]);
  officer = await world.person('Våken Spurv', '15819049944');
  chair = await world.person('Rask Gaupe', '01829099911');
  business = await world.business('310000019', 'BLÅ HAMMER AS');
  await world.officer(business, officer);
  await world.officer(business, chair, 'LEDE');
  deps = {
    database: world.database,
    vault: world.vault,
    registers: { krr },
    contactAddresses: (_transaction, _business, unitId) =>
      Promise.resolve({
        email: unitId === undefined ? 'post@blahammer.example' : 'oslo@blahammer.example',
        language: 'en',
      }),
    officialAddresses: () => Promise.resolve(ok([])),
    readDays: 14,
    sendMail: createSendMail({ smtpUrl: mail.url, from: 'kortvakt@kortvakt.example' }),
    text: (language, key, values) => `${language} ${key} ${JSON.stringify(values)}`,
    origin: 'https://kortvakt.example',
    log,
  };
});
afterAll(async () => {
  await Promise.all([world.stop(), mail.stop()]);
});
afterEach(async () => {
  krrAnswers = true;
  mail.busy = false;
  mail.received.length = 0;
  mail.senders.length = 0;
  await world.rows('truncate notices, notice_deliveries cascade');
  await world.rows('delete from graphile_worker._private_jobs');
});

const job = { kind: 'job', name: 'test' } as const;
const notice = {
  template: 'demo:letter',
  parameters: { name: 'Ola' },
  audience: 'business-and-officers',
} as const;

test('a notice to one person reaches the address that the person has in the contact register, and nobody else', async () => {
  await inTransaction(world.database, job, (transaction) =>
    createNotify(world)(transaction, {
      template: 'demo:letter',
      parameters: {},
      businessId: business,
      audience: 'person',
      personId: officer.id,
    }),
  );
  const [row] = await world.rows<{ id: string }>('select id from notices');
  krrAnswers = false;
  expect(await deliverNotice(deps, row!.id)).toEqual({ ok: false, error: 'register-unavailable' });
  expect(await deliveries()).toEqual([]);
  krrAnswers = true;
  expect(await deliverNotice(deps, row!.id)).toEqual({ ok: true, value: undefined });
  expect((await deliveries()).map(({ address }) => address)).toEqual(['spurv@egen.example']);
});

test('whether a person is reached at an address of their own is asked of the contact register alone', async () => {
  const ownAddress = createOwnAddress(deps);
  const numberOf = (person: SmallPerson) => deps.vault.encrypt(person.nationalId, 'national-id');
  expect(await ownAddress(numberOf(officer))).toBe('reached');
  expect(await ownAddress(numberOf(chair))).toBe('none');
  krrAnswers = false;
  expect(await ownAddress(numberOf(officer))).toBe('unknown');
});

async function causeNotice(extraAddresses: readonly string[] = []): Promise<string> {
  await inTransaction(world.database, job, (transaction) =>
    createNotify(world)(transaction, { ...notice, businessId: business, extraAddresses }),
  );
  const [row] = await world.rows<{ id: string }>('select id from notices');
  return row!.id;
}
const deliveries = () =>
  world.rows<{
    id: string;
    address: string;
    state: string;
    attempts: number;
    last_error: string | null;
    message_id: string;
  }>('select * from notice_deliveries order by address');

test("a notice reaches the business, the officers' own addresses and the extra ones, each once, in one letter each", async () => {
  await causeNotice(['gammel@blahammer.example', 'POST@blahammer.example']);
  const worker = await startWorker({
    connectionString: world.urls.jobs,
    tasks: createMessageTasks(deps),
    logger: log,
  });
  try {
    await expect.poll(() => mail.received.length).toBe(3);
  } finally {
    await worker.stop();
  }
  expect(mail.received.flatMap(recipients).sort()).toEqual([
    'gammel@blahammer.example',
    'post@blahammer.example',
    'spurv@egen.example',
  ]);
  const rows = await deliveries();
  expect(rows.map(({ state, attempts }) => [state, attempts])).toEqual([
    ['sent', 1],
    ['sent', 1],
    ['sent', 1],
  ]);
  expect(new Set(mail.received.map(({ messageId }) => messageId))).toEqual(
    new Set(rows.map((row) => row.message_id)),
  );
  const [letter] = mail.received;
  expect(letter!.from?.text).toBe('"Kortvakt" <kortvakt@kortvakt.example>');
  expect(letter!.text).toContain('en demo:letter.body {"name":"Ola","link":""}');
  expect(letter!.html).toContain('<html lang="en">');
  expect(letter!.headers.get('auto-submitted')).toBe('auto-generated');
});

test('a notice of a transaction that is rolled back never was', async () => {
  await expect(
    inTransaction(world.database, job, async (transaction) => {
      await createNotify(world)(transaction, { ...notice, businessId: business });
      throw new Error('roll back');
    }),
  ).rejects.toThrow('roll back');
  expect(await world.rows('select id from notices')).toEqual([]);
  expect(await world.rows('select id from graphile_worker._private_jobs')).toEqual([]);
});

test('a notice about one unit goes where messages about that go, and to the business too where it says so', async () => {
  const unitId = await world.unit(business, '320000017');
  const about = { ...notice, businessId: business, audience: 'business' as const, unitId };
  await inTransaction(world.database, job, (transaction) => createNotify(world)(transaction, about));
  const [row] = await world.rows<{ id: string }>('select id from notices');
  await deliverNotice(deps, row!.id);
  expect((await deliveries()).map(({ address }) => address)).toEqual(['oslo@blahammer.example']);
  await inTransaction(world.database, job, (transaction) =>
    createNotify(world)(transaction, { ...about, businessToo: true }),
  );
  const [also] = await world.rows<{ id: string }>('select id from notices where business_too');
  await deliverNotice(deps, also!.id);
  expect((await deliveries()).map(({ address }) => address).toSorted()).toEqual([
    'oslo@blahammer.example',
    'oslo@blahammer.example',
    'post@blahammer.example',
  ]);
});

test('a request may cause notices for its business, and reads none that goes to an address', async () => {
  const context = { kind: 'session', tokenHash: officer.tokenHash, business: '310000019' } as const;
  const seen = await inTransaction(world.database, context, async (transaction) => {
    await createNotify(world)(transaction, { ...notice, audience: 'address', businessId: business });
    return transaction.query.selectFrom('notices').select('id').execute();
  });
  expect(seen).toEqual([]);
  expect(await world.rows('select id from notices')).toHaveLength(1);
  const other = await world.business('310000078', 'EN ANNEN AS');
  await expect(
    inTransaction(world.database, context, (transaction) =>
      createNotify(world)(transaction, { ...notice, businessId: other }),
    ),
  ).rejects.toThrow(/row-level security/u);
});

test('when the contact register is silent the others get theirs, and the officers are asked for again', async () => {
  krrAnswers = false;
  const id = await causeNotice();
  expect(await deliverNotice(deps, id)).toEqual(err('register-unavailable'));
  expect((await deliveries()).map(({ address }) => address)).toEqual(['post@blahammer.example']);
  krrAnswers = true;
  expect(await deliverNotice(deps, id)).toEqual(ok(undefined));
  expect(await deliverNotice(deps, id)).toEqual(ok(undefined));
  expect((await deliveries()).map(({ address }) => address)).toEqual([
    'post@blahammer.example',
    'spurv@egen.example',
  ]);
});

test('a busy mail server is tried again with the same Message-ID; what is sent is not sent again', async () => {
  const id = await causeNotice();
  await deliverNotice(deps, id);
  const [delivery] = await deliveries();
  mail.busy = true;
  expect(await sendDelivery(deps, delivery!.id)).toEqual(err('mail-unavailable'));
  expect((await deliveries())[0]).toMatchObject({ state: 'waiting', attempts: 1 });
  mail.busy = false;
  expect(await sendDelivery(deps, delivery!.id)).toEqual(ok(undefined));
  expect(await sendDelivery(deps, delivery!.id)).toEqual(ok(undefined));
  expect((await deliveries())[0]).toMatchObject({ state: 'sent', attempts: 2, last_error: null });
  expect(mail.received.map(({ messageId }) => messageId)).toEqual([delivery!.message_id]);
});

test('an e-mail comes from us, and goes back to an address of its own delivery when nobody takes it', async () => {
  const returns = createReturnAddresses(world.vault, 'bounces.kortvakt.example');
  await deliverNotice(deps, await causeNotice(['gammel@blahammer.example']));
  const rows = await deliveries();
  for (const { id } of rows) await sendDelivery({ ...deps, returnTo: returns.of }, id);
  expect(mail.senders.map(returns.read)).toEqual(rows.map(({ id }) => id));
  expect(new Set(mail.received.map(({ from }) => from?.text))).toEqual(
    new Set(['"Kortvakt" <kortvakt@kortvakt.example>']),
  );
});

test('two tasks at once send one letter', async () => {
  const id = await causeNotice();
  await deliverNotice(deps, id);
  const [delivery] = await deliveries();
  await Promise.all([1, 2, 3].map(() => sendDelivery(deps, delivery!.id)));
  expect(mail.received).toHaveLength(1);
});

test('a mailbox that is not there fails for good, and neither log nor row tells which', async () => {
  const id = await causeNotice(['nobody@blahammer.example']);
  await deliverNotice(deps, id);
  const delivery = (await deliveries()).find(({ address }) => address.startsWith('nobody'));
  logged.length = 0;
  expect(await sendDelivery(deps, delivery!.id)).toEqual(ok(undefined));
  const failed = (await deliveries()).find(({ address }) => address.startsWith('nobody'));
  expect(failed).toMatchObject({ state: 'failed', attempts: 1 });
  expect(failed!.last_error).toContain('EENVELOPE');
  expect(JSON.stringify([failed!.last_error, logged])).not.toContain('nobody@');
});

test('secrets are kept until the last address has its letter, also when a mailbox is not there', async () => {
  const stored = async () =>
    (await world.rows<{ kept: boolean }>('select secrets_encrypted is not null as kept from notices'))[0]
      ?.kept;
  const secret = { ...notice, audience: 'address', secrets: { link: '/invitations/x' } } as const;
  await inTransaction(world.database, job, (transaction) =>
    createNotify(world)(transaction, {
      ...secret,
      businessId: business,
      extraAddresses: ['a@firma.example', 'nobody@firma.example'],
    }),
  );
  const [row] = await world.rows<{ id: string }>('select id from notices');
  await deliverNotice(deps, row!.id);
  const [first, second] = await deliveries();
  await sendDelivery(deps, first!.id);
  expect(mail.received[0]!.text).toContain('https://kortvakt.example/invitations/x');
  expect(await stored()).toBe(true);
  await sendDelivery(deps, second!.id);
  expect(await stored()).toBe(false);
});

test('what was sent to an address alone is deleted with it after thirty days, and what stands in an inbox is not', async () => {
  const [person] = await world.rows<{ id: string }>('select id from persons limit 1');
  const told = (more: object) =>
    inTransaction(world.database, job, (transaction) =>
      createNotify(world)(transaction, {
        ...notice,
        businessId: null,
        audience: 'address',
        extraAddresses: ['fremmed@example.no'],
        ...more,
      }),
    );
  await told({});
  await told({ businessId: business });
  await told({ audience: 'person', personId: person?.id ?? '', extraAddresses: [] });
  for (const { id } of await world.rows<{ id: string }>('select id from notices'))
    await deliverNotice(deps, id);
  await world.rows(
    `update notices set settled_at = coalesce(settled_at, now()), created_at = created_at - interval '31 days'`,
  );
  const kept = async () => (await world.rows('select id from notices')).length;
  // One that waits still is sent first.
  await forgetLetters(deps);
  expect(await kept()).toBe(3);
  await world.rows(`update notice_deliveries set state = 'sent', sent_at = now()`);
  await forgetLetters(deps);
  const inInboxes = 'select id from notices where business_id is not null or person_id is not null';
  expect([await kept(), await world.rows(inInboxes)]).toEqual([2, [expect.anything(), expect.anything()]]);
  const entries = `select changes from audit_entries where action = 'messages.letters-deleted'`;
  expect(await world.rows(entries)).toEqual([{ changes: { gone: 1 } }]);
});

test("another notice's secrets are not sent", async () => {
  for (const address of ['ola@firma.example', 'thief@elsewhere.example']) {
    await inTransaction(world.database, job, (transaction) =>
      createNotify(world)(transaction, {
        ...notice,
        audience: 'address',
        secrets: { link: `/invitations/for-${address}` },
        businessId: business,
        extraAddresses: [address],
      }),
    );
  }
  await world.rows(`update notices set secrets_encrypted =
    (select secrets_encrypted from notices where extra_addresses = '{ola@firma.example}')`);
  for (const { id } of await world.rows<{ id: string }>('select id from notices'))
    await deliverNotice(deps, id);
  const [own, moved] = await deliveries();
  await sendDelivery(deps, own!.id);
  await expect(sendDelivery(deps, moved!.id)).rejects.toThrow(/authenticate/u);
  expect(mail.received.flatMap(recipients)).toEqual(['ola@firma.example']);
});

test.each([
  'Ola\r\nBcc: thief@elsewhere.example',
  'Ola\nSubject: Pay here',
  'Ola\u2028X-Evil: yes',
  'Ola\r\n\r\n<script>alert(1)</script>',
])('a name adds no header, no recipient and no line of its own: %j', async (name) => {
  const injected = {
    ...deps,
    text: (language: string, key: string, values: Readonly<Record<string, string>>) =>
      key.endsWith('.subject')
        ? `About ${values['name'] ?? ''}`
        : `${language} ${key} ${JSON.stringify(values)}`,
  };
  await inTransaction(world.database, job, (transaction) =>
    createNotify(world)(transaction, {
      ...notice,
      parameters: { name },
      audience: 'address',
      businessId: business,
      extraAddresses: ['ola@firma.example'],
    }),
  );
  const [row] = await world.rows<{ id: string }>('select id from notices');
  await deliverNotice(injected, row!.id);
  const [delivery] = await deliveries();
  expect(await sendDelivery(injected, delivery!.id)).toEqual(ok(undefined));
  const [letter] = mail.received;
  expect(mail.received).toHaveLength(1);
  expect(recipients(letter!)).toEqual(['ola@firma.example']);
  expect(letter!.subject).toMatch(/^About Ola/u);
  expect([...letter!.headers.keys()].filter((header) => ['bcc', 'cc', 'x-evil'].includes(header))).toEqual(
    [],
  );
  expect(letter!.html).not.toContain('<script>');
});

describe('a text message', () => {
  const sent: { to: string; text: string; key: string }[] = [];
  let answer: Awaited<ReturnType<TextMessages['send']>>;
  const statuses = new Map<string, TextMessageStatus>();
  const texts: TextMessages = {
    send: (sms) => {
      sent.push(sms);
      return Promise.resolve(answer.ok ? ok(`shipment-${sms.to}`) : answer);
    },
    statusOf: (shipmentId) => Promise.resolve(ok(statuses.get(shipmentId) ?? 'under-way')),
    hasText: (key) => key === 'demo:letter.sms',
  };
  const withTexts = () => ({ ...deps, texts });
  beforeEach(() => {
    answer = ok('');
    sent.length = 0;
    statuses.clear();
  });

  const NUMBER = '+4791234567';
  async function toNumber(template = 'demo:letter', secrets: Readonly<Record<string, string>> = {}) {
    await inTransaction(world.database, job, (transaction) =>
      createNotify(world)(transaction, {
        ...notice,
        template,
        secrets,
        audience: 'address',
        businessId: business,
        extraAddresses: [NUMBER],
      }),
    );
    const [row] = await world.rows<{ id: string }>('select id from notices');
    return row!.id;
  }
  const texted = () =>
    world.rows<{ id: string; state: string; shipment_id: string | null; delivered: boolean }>(
      `select id, state, shipment_id, delivered_at is not null as delivered, bounce_reason as reason from notice_deliveries`,
    );

  test('tells of what has a text for it, once, by the key of its delivery, and not where none are set up', async () => {
    await deliverNotice(withTexts(), await toNumber('demo:letter', { code: '123456' }));
    const [delivery] = await texted();
    expect(await sendDelivery(withTexts(), delivery!.id)).toEqual(ok(undefined));
    expect(await sendDelivery(withTexts(), delivery!.id)).toEqual(ok(undefined));
    expect(sent).toEqual([
      { to: NUMBER, key: `kortvakt-${delivery!.id}`, text: expect.any(String) as string },
    ]);
    expect(sent[0]?.text).toContain('"code":"123456"');
    expect(await texted()).toMatchObject([{ state: 'sent', shipment_id: `shipment-${NUMBER}` }]);
    expect(mail.received).toEqual([]);
    expect(await world.rows('select id from notices where secrets_encrypted is not null')).toEqual([]);
  });

  test.each([
    ['a notice without such a text', 'demo:other', true],
    ['where none are set up', 'demo:letter', false],
  ])('is not sent of %s', async (_what, template, setUp) => {
    await deliverNotice(setUp ? withTexts() : deps, await toNumber(template));
    expect(await texted()).toEqual([]);
  });

  test('that is not taken is tried again with the same key, and given up for a number that takes none', async () => {
    await deliverNotice(withTexts(), await toNumber());
    const [delivery] = await texted();
    answer = err({ kind: 'unavailable', reason: 'SMS refused' });
    expect(await sendDelivery(withTexts(), delivery!.id)).toEqual(err('mail-unavailable'));
    expect(await texted()).toMatchObject([{ state: 'waiting' }]);
    answer = err({ kind: 'refused', reason: 'SMS invalid' });
    expect(await sendDelivery(withTexts(), delivery!.id)).toEqual(ok(undefined));
    expect(await texted()).toMatchObject([{ state: 'failed' }]);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
  });

  test.each<[TextMessageStatus, object]>([
    ['under-way', { state: 'sent', delivered: false }],
    ['delivered', { state: 'sent', delivered: true }],
    ['no-such-number', { state: 'bounced', reason: 'no-mailbox' }],
    ['refused', { state: 'bounced', reason: 'refused' }],
    ['failed', { state: 'bounced', reason: 'other' }],
  ])('that is %s is noted, and asked for until then', async (status, noted) => {
    await deliverNotice(withTexts(), await toNumber());
    await sendDelivery(withTexts(), (await texted())[0]!.id);
    await followTexts(withTexts());
    expect(await texted()).toMatchObject([{ state: 'sent', delivered: false }]);
    statuses.set(`shipment-${NUMBER}`, status);
    await followTexts(withTexts());
    expect(await texted()).toMatchObject([noted]);
    const asked = vi.spyOn(texts, 'statusOf');
    await followTexts(withTexts());
    expect(asked).toHaveBeenCalledTimes(status === 'under-way' ? 1 : 0);
    asked.mockRestore();
  });

  test('is no longer asked for after two days', async () => {
    await deliverNotice(withTexts(), await toNumber());
    await sendDelivery(withTexts(), (await texted())[0]!.id);
    await world.rows(`update notice_deliveries set sent_at = sent_at - interval '49 hours'`);
    statuses.set(`shipment-${NUMBER}`, 'delivered');
    await followTexts(withTexts());
    expect(await texted()).toMatchObject([{ delivered: false }]);
  });
});
