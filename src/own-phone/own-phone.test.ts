import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type FixtureBusiness,
  type FixtureOrder,
  type FixturePerson,
  Fixtures,
} from '../../tests/support/fixtures.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import type { SmallPerson } from '../../tests/support/small-world.ts';
import { createVault } from '../database/encryption.ts';
import { inTransaction } from '../database/transaction.ts';
import { askForOwnAddress, createNotify, forgetOwnAddress, proveOwnAddress } from '../messages/index.ts';
import { words } from '../words.ts';
import {
  askForLink,
  forgetUnused,
  leavePhone,
  openLink,
  type PhoneDeps,
  reportByPhone,
  seePhoneCards,
  SEND,
  sendLink,
  tellOfReport,
  viewLink,
} from './actions.ts';
import { createOwnPhonePages } from './own-pages.tsx';
import { createPhonePages } from './pages.tsx';
import { hashOfSecret } from './rules.ts';

const vault = createVault({ current: 'a', keys: new Map([['a', randomBytes(32)]]) }, randomBytes(32));
const NUMBER = '+4791234567';

let fixtures: Fixtures;
let deps: PhoneDeps;
let pages: PageCaller;
let business: FixtureBusiness;
let officer: FixturePerson;
let worker: FixturePerson;
let other: FixturePerson;
let card: FixtureOrder;
let othersCard: FixtureOrder;

beforeAll(async () => {
  fixtures = await Fixtures.start();
  deps = {
    database: fixtures.database,
    vault,
    notify: createNotify({ vault }),
    publicOrigin: 'https://kortvakt.test',
  };
  pages = await createPageCaller(words, (app) => {
    app.route('/', createOwnPhonePages({ ...deps, texts: true, unusedDays: 365 }));
    app.route('/', createPhonePages({ ...deps, texts: true, trustedProxyHops: 0 }));
  });
  business = await fixtures.business({ name: 'BLÅ HAMMER AS' });
  officer = await fixtures.person('Våken Spurv');
  await fixtures.officer(business, officer);
}, 60_000);
afterAll(() => fixtures.stop());

beforeEach(async () => {
  await fixtures.rows('truncate own_addresses, phone_links cascade');
  await fixtures.rows('delete from graphile_worker._private_jobs');
  worker = await fixtures.person('Munter Elv');
  other = await fixtures.person('Dyp Fjord');
  card = await cardOf(worker);
  othersCard = await cardOf(other);
  await fixtures.rows('delete from notices');
});

async function cardOf(holder: FixturePerson): Promise<FixtureOrder> {
  const id = await fixtures.worker(business, holder);
  const made = await fixtures.order(business, { id, personId: holder.id, unit: business.unit }, officer);
  await fixtures.rows(
    `update cards set expires_at = now() + interval '1 year', employer_name = 'BLÅ HAMMER AS' where id = $1`,
    [made.cardId],
  );
  return made;
}

const small = ({ id, name, tokenHash }: FixturePerson): SmallPerson => ({
  id,
  name,
  tokenHash,
  nationalId: '',
  acting: (number) => ({ tokenHash, business: number }),
});

/** What was sent last, with its secrets. */
async function sent(): Promise<{
  to: string[];
  template: string;
  language: string | null;
  code: string;
  link: string;
}> {
  const [row] = await fixtures.rows<{
    id: string;
    to: string[];
    template: string;
    language: string | null;
    secrets: Buffer | null;
  }>(
    `select id, extra_addresses as to, template, language, secrets_encrypted as secrets from notices
     where secrets_encrypted is not null order by id desc limit 1`,
  );
  if (!row?.secrets) throw new Error('Nothing was sent.');
  const { code = '', link = '' } = JSON.parse(vault.decrypt(row.secrets, `notice:${row.id}`)) as Record<
    string,
    string
  >;
  return { to: row.to, template: row.template, language: row.language, code, link };
}

const ask = (who = worker, address = NUMBER) =>
  askForOwnAddress(deps, who.tokenHash, { channel: 'cards', address });
async function setNumber(who = worker, address = NUMBER): Promise<void> {
  expect(await ask(who, address)).toBe('asked');
  expect(await proveOwnAddress(deps, who.tokenHash, 'cards', (await sent()).code)).toBe('proved');
  await fixtures.rows('delete from notices');
}

/** Asks for a link and runs the task that sends it. */
async function askLink(number = NUMBER): Promise<void> {
  await askForLink(deps, number, { language: 'pl', query: '?in=pl' });
  const [job] = await fixtures.rows<{ payload: object }>(
    `delete from graphile_worker._private_jobs where id = (select max(j.id) from graphile_worker._private_jobs j
       join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = $1) returning payload`,
    [SEND],
  );
  await sendLink(deps, job?.payload);
}

async function link(): Promise<{ secret: string; code: string }> {
  await askLink();
  const { code, link: address } = await sent();
  return { secret: /\/p\/([\w-]+)/u.exec(address)?.[1] ?? '', code };
}

async function session(): Promise<string> {
  const { secret, code } = await link();
  const opened = await openLink(deps, secret, code);
  if (!opened.ok) throw new Error(opened.error);
  return opened.value;
}

const count = async (table: string) =>
  Number((await fixtures.rows<{ n: string }>(`select count(*) as n from ${table}`))[0]?.n);
const wrongOf = (code: string) => (code === '000000' ? '111111' : '000000');

describe('the number', () => {
  test('is the worker’s to set, with a code, at any level of a fresh login, and in no browser of a vendor’s', async () => {
    const low = { ...worker, tokenHash: await fixtures.session(worker.id, { acr: 'substantial' }) };
    await setNumber(low);
    const old = await fixtures.session(worker.id, { auth_time: new Date(Date.now() - 6 * 60_000) });
    expect(await ask({ ...worker, tokenHash: old })).toBe('step-up');
    // What else a person gives as theirs takes a login at the high level still.
    const email = { channel: 'email', address: 'a@example.no' } as const;
    expect(await askForOwnAddress(deps, low.tokenHash, email)).toBe('step-up');
  });

  test('is never a business’s', async () => {
    await fixtures.rows(
      `insert into contact_details (business_id, email, mobile, source, changed_at)
       values ($1, 'post@blahammer.example', '+4790000001', 'register', now())`,
      [business.id],
    );
    expect(await ask(worker, '+4790000001')).toBe('of-a-business');
  });

  test('takes the place of the one before, which is told, and opens no link to that one any more', async () => {
    await setNumber();
    const { secret } = await link();
    await fixtures.rows('delete from notices');
    expect(await ask(worker, '+4798765432')).toBe('asked');
    const { code } = await sent();
    expect(await proveOwnAddress(deps, worker.tokenHash, 'cards', code)).toBe('proved');
    const [told] = await fixtures.rows(
      `select template, extra_addresses as to from notices where template like '%cardsNumber' `,
    );
    expect(told).toEqual({ template: 'messages:notice.cardsNumber', to: [NUMBER] });
    expect(await viewLink(deps, secret)).toBe('unknown');
  });

  test('is one person’s: whoever proved it last', async () => {
    await setNumber(worker);
    const opened = await session();
    await setNumber(other);
    expect(await seePhoneCards(deps, opened)).toBeUndefined();
    const seen = await seePhoneCards(deps, await session());
    expect(seen?.cards.map(({ id }) => id)).toEqual([othersCard.cardId]);
    // Whoever had it before sees that it is gone, and no more of it, until they set another or the time of an unused one is over.
    const rows = (who: FixturePerson) =>
      fixtures.rows(
        `select address, taken_at is not null as taken from own_addresses where person_id = $1 and channel = 'cards'`,
        [who.id],
      );
    expect(await rows(worker)).toEqual([{ address: null, taken: true }]);
    expect(await rows(other)).toEqual([{ address: NUMBER, taken: false }]);
    await setNumber(worker, '+4798765432');
    expect(await rows(worker)).toEqual([{ address: '+4798765432', taken: false }]);
    await setNumber(other, '+4798765432');
    await fixtures.rows(
      `update own_addresses set taken_at = now() - interval '91 days' where taken_at is not null`,
    );
    await forgetUnused({ ...deps, unusedDays: 90 });
    expect(await rows(worker)).toEqual([]);
  });

  test('is not where anything else is told, and what else is told somewhere opens nothing', async () => {
    await setNumber();
    const reached = await inTransaction(fixtures.database, { kind: 'job', name: 'test' }, ({ query }) =>
      sql`select * from own_addresses_of(array[${worker.numberHash}]::bytea[])`.execute(query),
    );
    expect(reached.rows).toEqual([]);
    await fixtures.rows(`update own_addresses set channel = 'sms'`);
    await askLink();
    expect(await count('phone_links')).toBe(0);
  });

  test('gets five codes a day, also when it is removed in between', async () => {
    for (let time = 0; time < 5; time += 1) {
      expect(await ask()).toBe('asked');
      await forgetOwnAddress(deps, worker.tokenHash, 'cards');
    }
    expect(await ask()).toBe('too-often');
  });

  test('ends with what it opened when it is removed, and is forgotten when nobody uses it', async () => {
    await setNumber();
    const opened = await session();
    await forgetOwnAddress(deps, worker.tokenHash, 'cards');
    expect(await seePhoneCards(deps, opened)).toBeUndefined();
    await setNumber();
    await forgetUnused({ ...deps, unusedDays: 365 });
    expect(await count('own_addresses')).toBe(1);
    await fixtures.rows(`update own_addresses set confirmed_at = now() - interval '366 days'`);
    await forgetUnused({ ...deps, unusedDays: 365 });
    expect(await count('own_addresses')).toBe(0);
  });

  test('that was never proved, and an address for notices, is forgotten after a day; what is proved stays', async () => {
    await setNumber(other, '+4798765432');
    await ask(worker);
    await ask(other, '+4791111111');
    await inTransaction(
      fixtures.database,
      { kind: 'session', tokenHash: worker.tokenHash, writing: true },
      ({ query }) =>
        sql`select own_address_ask('email', 'fremmed@example.no', sha256('x'::bytea), '30 minutes')`.execute(
          query,
        ),
    );
    await forgetUnused({ ...deps, unusedDays: 365 });
    const kept = async () =>
      fixtures.rows(
        `select person_id = $1 as others, channel, address, asked from own_addresses order by 2, 3`,
        [other.id],
      );
    expect(await kept()).toHaveLength(3);
    await fixtures.rows(`update own_addresses set code_expires_at = code_expires_at - interval '25 hours',
      asks = array(select at - interval '25 hours' from unnest(asks) at)`);
    await forgetUnused({ ...deps, unusedDays: 365 });
    expect(await kept()).toEqual([{ others: true, channel: 'cards', address: '+4798765432', asked: null }]);
    expect(
      await fixtures.rows(
        `select changes from audit_entries where action = 'own-phone.forgotten' order by id desc limit 1`,
      ),
    ).toEqual([{ changes: { gone: 0, unproved: 3 } }]);
  });

  test('goes by forms on a page of one’s own', async () => {
    expect((await pages.get(undefined, '/my-cards/phone')).location).toBe('/login?return=%2Fmy-cards');
    const wrong = await pages.post(small(worker), '/my-cards/phone', { number: '22 22 22 22' });
    expect([wrong.status, wrong.text.includes(words.en['own-phone'].error.number)]).toEqual([422, true]);
    const asked = await pages.post(small(worker), '/my-cards/phone', { number: '912 34 567' });
    expect(asked.location).toBe('/my-cards/phone?done=own-phone%3Adone.asked');
    const { code, to, language } = await sent();
    expect([to, language]).toEqual([[NUMBER], 'en']);
    const bad = await pages.post(small(worker), '/my-cards/phone/code', { code: wrongOf(code) });
    expect([bad.status, bad.text.includes(words.en['own-phone'].error.wrong)]).toEqual([422, true]);
    const proved = await pages.post(small(worker), '/my-cards/phone/code?in=lt', { code: ` ${code} ` });
    expect(proved.location).toBe('/my-cards/phone?in=lt&done=own-phone%3Adone.proved');
    const shown = await pages.get(small(worker), '/my-cards/phone?in=lt');
    expect(shown.text).toContain(NUMBER);
    expect(shown.text).toContain('Pašalinti numerį');
    const gone = await pages.post(small(worker), '/my-cards/phone/forget', {});
    expect(gone.location).toBe('/my-cards/phone?done=own-phone%3Adone.forgotten');
    // Each is told in the language that the worker read just then.
    const told = await fixtures.rows<{ template: string; language: string }>(
      `select template, language from notices where secrets_encrypted is null order by template`,
    );
    expect(told.map(({ template, language: of }) => [template, of])).toEqual([
      ['messages:notice.cardsNumber', 'lt'],
      ['messages:notice.cardsNumberGone', 'en'],
    ]);
  });
});

describe('a link', () => {
  test('is asked for in the same way and answered by the same page, whether anybody has the number or not', async () => {
    await setNumber();
    const statements: unknown[] = [];
    const asked = async (number: string) => {
      const before = await count('graphile_worker._private_jobs');
      const { status, location, text } = await pages.post(undefined, '/my-phone?in=ro', { number });
      statements.push([status, location, text, (await count('graphile_worker._private_jobs')) - before]);
    };
    await asked('91234567');
    await asked('+47 98 76 54 32');
    expect(statements[0]).toEqual(statements[1]);
    expect(statements[0]).toEqual([303, '/my-phone/sent?in=ro', '', 1]);
    const payloads = await fixtures.rows<{ payload: { sealed: string; language: string } }>(
      `select payload from graphile_worker._private_jobs where payload::text like '%sealed%'`,
    );
    expect(JSON.stringify(payloads)).not.toContain('91234567');
    expect(new Set(payloads.map(({ payload }) => payload.sealed.length)).size).toBe(1);
    expect(payloads.map(({ payload }) => payload.language)).toEqual(['ro', 'ro']);
    // Nothing is sent to a number that nobody has set.
    await fixtures.rows('delete from notices');
    await askLink('+4798765432');
    expect(await count('notices')).toBe(0);
    expect(await count('phone_links')).toBe(0);
  });

  test('goes to the number with its code, in the language that was asked in', async () => {
    await setNumber();
    await askLink();
    const message = await sent();
    expect(message).toMatchObject({ to: [NUMBER], template: 'own-phone:notice.link', language: 'pl' });
    expect(message.link).toMatch(/^https:\/\/kortvakt\.test\/p\/[\w-]{22}\?in=pl$/u);
  });

  test('is sent three times an hour and ten a day where nobody opens them, and after that the last one works again', async () => {
    await setNumber();
    const last = async () => {
      const { code, link: address } = await sent();
      return { code, secret: /\/p\/([\w-]+)/u.exec(address)?.[1] ?? '' };
    };
    for (let time = 0; time < 3; time += 1) await askLink();
    await fixtures.rows(`update phone_links set expires_at = now() - interval '1 second'`);
    const { secret, code } = await last();
    expect(await openLink(deps, secret, code)).toEqual({ ok: false, error: 'expired' });
    // A stranger has used them up; whoever has the telephone has a message that works, and no stranger has.
    await askLink();
    expect(await count('phone_links')).toBe(3);
    expect(await last()).toEqual({ secret, code });
    expect(await openLink(deps, secret, code)).toMatchObject({ ok: true });
    // What was opened was the worker's own, and takes nothing from the next.
    await askLink();
    expect(await count('phone_links')).toBe(4);

    await fixtures.rows(`update phone_links set made_at = made_at - interval '2 hours'`);
    for (let time = 0; time < 10; time += 1) {
      await askLink();
      await fixtures.rows(
        `update phone_links set made_at = made_at - interval '1 hour', expires_at = expires_at - interval '1 hour'`,
      );
    }
    expect(await count('phone_links')).toBe(11);
    const newest = await last();
    await askLink();
    expect(await viewLink(deps, newest.secret)).toBe('open');
    const open = `select id from phone_links where opened_at is null and expires_at > now()`;
    expect(await fixtures.rows(open)).toHaveLength(1);
    expect(
      await fixtures.rows(
        `select changes from audit_entries where action = 'own-phone.link' order by id desc limit 1`,
      ),
    ).toEqual([{ changes: { again: true } }]);
    // Nor is one of days ago opened again.
    await fixtures.rows(
      `update phone_links set made_at = made_at - interval '1 day', expires_at = expires_at - interval '1 day'`,
    );
    await askLink();
    expect(await viewLink(deps, newest.secret)).toBe('expired');
  });

  test('opens with its code, once', async () => {
    await setNumber();
    const { secret, code } = await link();
    expect(await viewLink(deps, secret)).toBe('open');
    const page = await pages.get(undefined, `/p/${secret}?in=pl`);
    expect([page.status, page.text.includes('Wpisz kod')]).toEqual([200, true]);
    const both = await Promise.all([openLink(deps, secret, code), openLink(deps, secret, code)]);
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await openLink(deps, secret, code)).toEqual({ ok: false, error: 'used' });
    const closed = await pages.get(undefined, `/p/${secret}`);
    expect([closed.status, closed.text.includes(words.en['own-phone'].closed.used)]).toEqual([404, true]);
    const kept = await fixtures.rows<{ rows: string }>(
      `select (select string_agg(l::text, '') from phone_links l) || (select string_agg(a::text, '') from audit_entries a) as rows`,
    );
    for (const hidden of [secret, code, NUMBER]) expect(kept[0]?.rows).not.toContain(`"${hidden}"`);
  });

  test('is worth nothing after ten wrong codes, after its time, with another’s code, or when it was never made', async () => {
    await setNumber();
    const first = await link();
    const second = await link();
    expect(await openLink(deps, first.secret, second.code === first.code ? 'x' : second.code)).toMatchObject({
      error: 'wrong',
    });
    for (let tries = 0; tries < 8; tries += 1)
      expect(await openLink(deps, first.secret, wrongOf(first.code))).toMatchObject({ error: 'wrong' });
    for (let tries = 0; tries < 2; tries += 1)
      expect(await openLink(deps, first.secret, wrongOf(first.code))).toMatchObject({ error: 'spent' });
    expect(await openLink(deps, first.secret, first.code)).toEqual({ ok: false, error: 'spent' });
    await fixtures.rows(`update phone_links set expires_at = now() - interval '1 second'`);
    expect(await openLink(deps, second.secret, second.code)).toEqual({ ok: false, error: 'expired' });
    expect(await openLink(deps, 'never-made', second.code)).toEqual({ ok: false, error: 'unknown' });
    for (const [secret, stands] of [
      [first.secret, 'spent'],
      [second.secret, 'expired'],
      ['never-made', 'unknown'],
    ] as const) {
      const { status, text } = await pages.post(undefined, `/p/${secret}`, { code: second.code });
      expect([status, text.includes(words.en['own-phone'].closed[stands])]).toEqual([404, true]);
    }
  });
});

describe('what it opens', () => {
  test('is the state of one’s own cards and nothing else, for ten minutes', async () => {
    await setNumber();
    const opened = await session();
    const seen = await seePhoneCards(deps, opened);
    expect(seen?.cards).toEqual([
      {
        id: card.cardId,
        state: 'valid',
        employerName: 'BLÅ HAMMER AS',
        cardType: expect.any(String) as string,
      },
    ]);
    expect(seen && seen.endsAt.getTime() - Date.now()).toBeLessThanOrEqual(600_000);
    // It is no login: the database knows nobody by it.
    const context = { kind: 'session', tokenHash: hashOfSecret(opened) } as const;
    const facts = await inTransaction(fixtures.database, context, (transaction) =>
      Promise.resolve(transaction.facts),
    );
    expect([facts.capacity, facts.session]).toEqual(['anonymous', undefined]);
    await fixtures.rows(`update phone_links set session_ends_at = now() - interval '1 second'`);
    expect(await seePhoneCards(deps, opened)).toBeUndefined();
    expect(await reportByPhone(deps, opened, card.cardId, 'lost')).toBe(false);
  });

  test('lets one report a card of one’s own, once, audited, and told as by a login', async () => {
    await setNumber();
    const opened = await session();
    await fixtures.rows('delete from notices');
    expect(await reportByPhone(deps, opened, othersCard.cardId, 'lost')).toBe(false);
    const twice = await Promise.all([1, 2].map(() => reportByPhone(deps, opened, card.cardId, 'stolen')));
    expect(twice.sort()).toEqual([false, true]);
    const [stored] = await fixtures.rows('select blocked_reason, blocked_by from cards where id = $1', [
      card.cardId,
    ]);
    expect(stored).toEqual({ blocked_reason: 'stolen', blocked_by: worker.id });
    const entries = await fixtures.rows(
      'select action, decision, business_id, actor_person_id, changes from audit_entries where subject_id = $1',
      [card.cardId],
    );
    expect(entries).toEqual([
      {
        action: 'cards.reported-by-phone',
        decision: 'allowed',
        business_id: business.id,
        actor_person_id: null,
        changes: { reason: 'stolen', from: 'valid' },
      },
    ]);
    await tellOfReport(deps, { cardId: card.cardId, reason: 'stolen' });
    expect(await fixtures.rows('select template, audience from notices order by template')).toEqual([
      { template: 'cards:notice.holder-stolen', audience: 'business-and-officers' },
      { template: 'cards:notice.own-stolen', audience: 'person' },
    ]);
  });

  test('ends when one leaves it, and without it one is asked for a number', async () => {
    await setNumber();
    const opened = await session();
    await leavePhone(deps, opened);
    expect(await seePhoneCards(deps, opened)).toBeUndefined();
    for (const path of ['/my-phone/cards', `/my-phone/cards/${card.cardId}`]) {
      const { status, location } = await pages.get(undefined, path);
      expect([status, location]).toEqual([303, '/my-phone?done=own-phone%3Adone.ended']);
    }
  });

  test('is the tasks’ and the link’s alone to make', async () => {
    await setNumber();
    const oneself = { kind: 'session', tokenHash: worker.tokenHash, writing: true } as const;
    const hash = randomBytes(32);
    for (const call of [
      sql`select make_phone_link(${NUMBER}, ${hash}, ${hash}, '1 hour')`,
      sql`select * from card_reported_by_phone(${card.cardId})`,
      sql`select forget_phones('0')`,
      sql`select person_of_phone(${hash})`,
      sql`select * from phone_links`,
    ]) {
      const tried = inTransaction(fixtures.database, oneself, ({ query }) => call.execute(query));
      await expect(tried).rejects.toThrow();
    }
  });
});
