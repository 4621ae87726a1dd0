import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { newKeyRing } from '../../tests/support/card-keys.ts';
import { type FixtureBusiness, type FixturePerson, Fixtures } from '../../tests/support/fixtures.ts';
import { inTransaction } from '../database/transaction.ts';
import { publishLists, signMissingCodes, type OfflineDependencies } from './actions.ts';
import { readCardCode, type CodedCard } from './card-code.ts';
import { createOfflinePages } from './pages.tsx';
import { readCodes } from './records.ts';
import { readStatusList, statusAt } from './status-list.ts';

const origin = 'https://kortvakt.test';

let fixtures: Fixtures;
let officer: FixturePerson;
let business: FixtureBusiness;
let deps: OfflineDependencies;
let pages: ReturnType<typeof createOfflinePages>;

beforeAll(async () => {
  fixtures = await Fixtures.start();
  officer = await fixtures.person('Dag Leder');
  business = await fixtures.business();
  await fixtures.officer(business, officer);
  const keys = await newKeyRing();
  deps = { database: fixtures.database, keys, origin, issuerName: 'KORTUTSTEDEREN AS', listDays: 3 };
  pages = createOfflinePages({ ...deps, database: fixtures.database });
});
afterAll(() => fixtures.stop());
beforeEach(async () => {
  await fixtures.rows('delete from cards');
  await fixtures.rows('delete from status_lists');
});

async function shippedCard(name = 'Máret Øye'): Promise<string> {
  const holder = await fixtures.person(name);
  const workerId = await fixtures.worker(business, holder);
  const worker = { id: workerId, personId: holder.id, unit: business.unit };
  const { cardId } = await fixtures.order(business, worker, officer, undefined, 'shipped');
  await fixtures.rows('update cards set holder_name = $2 where id = $1', [cardId, name]);
  return cardId;
}

async function codeOf(cardId: string): Promise<CodedCard> {
  const [row] = await fixtures.rows<{ code: string }>('select code from card_codes where card_id = $1', [
    cardId,
  ]);
  const read = await readCardCode(row?.code ?? '', deps.keys.find);
  if (!read.ok) throw new Error(read.refusal);
  return read.card;
}

/** What anyone who fetches the list learns of the card. */
async function published(card: CodedCard) {
  const response = await pages.request(card.statusList.slice(origin.length));
  const token = new Uint8Array(await response.arrayBuffer());
  const read = await readStatusList(token, card.statusList, deps.keys.find);
  if (!read.ok) throw new Error(read.refusal);
  return { status: statusAt(read.list.statuses, card.statusIndex), list: read.list, response };
}

test('a card is signed once, with what stands on it and a place of its own', async () => {
  const [first, second] = [await shippedCard(), await shippedCard('Łukasz Żak')];
  await signMissingCodes(deps);
  const card = await codeOf(first);
  expect(card.holderName).toBe('Máret Øye');
  expect(card.issuerName).toBe('KORTUTSTEDEREN AS');
  expect((await codeOf(second)).statusIndex).not.toBe(card.statusIndex);
  await signMissingCodes(deps);
  expect(await codeOf(first)).toEqual(card);
  expect(await fixtures.rows('select used from status_lists')).toEqual([{ used: 2 }]);
});

test('the list tells of a card that is blocked, suspended, not sent out yet or valid again', async () => {
  const cardId = await shippedCard();
  await signMissingCodes(deps);
  const card = await codeOf(cardId);
  const statusAfter = async (change: string) => {
    await fixtures.rows(`update cards set ${change} where id = $1`, [cardId]);
    await publishLists(deps);
    return (await published(card)).status;
  };
  expect(await statusAfter(`production = 'produced'`)).toBe('suspended');
  expect(await statusAfter(`production = 'shipped'`)).toBe('valid');
  expect(await statusAfter(`suspended_reason = 'AA_ENDED'`)).toBe('suspended');
  expect(await statusAfter(`suspended_reason = null`)).toBe('valid');
  expect(await statusAfter(`blocked_at = now(), blocked_reason = 'stolen'`)).toBe('blocked');
  // It says itself that it has expired, so nobody has to be told for ever.
  expect(await statusAfter(`issued_at = '2020-01-01', expires_at = '2022-01-01'`)).toBe('valid');
});

test('a list that says the same is not signed again for some minutes', async () => {
  await shippedCard();
  await signMissingCodes(deps);
  const signedAt = async () =>
    (
      await fixtures.rows<{ signed_at: Date }>('select signed_at from status_lists')
    )[0]?.signed_at.getTime() ?? 0;
  await publishLists(deps);
  const first = await signedAt();
  await publishLists(deps);
  expect(await signedAt()).toBe(first);
  await fixtures.rows(`update status_lists set signed_at = signed_at - interval '6 minutes'`);
  await publishLists(deps);
  expect(await signedAt()).toBeGreaterThanOrEqual(first);
});

test('anyone may fetch and keep the lists and the keys, and only those that there are', async () => {
  const cardId = await shippedCard();
  await signMissingCodes(deps);
  await publishLists(deps);
  const card = await codeOf(cardId);
  const { response, list } = await published(card);
  expect(response.headers.get('content-type')).toBe('application/statuslist+cwt');
  expect(response.headers.get('cache-control')).toBe('public, max-age=60');
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(list.expiresAt.getTime() - list.issuedAt.getTime()).toBe(3 * 24 * 60 * 60_000);
  const etag = response.headers.get('etag') ?? '';
  const path = card.statusList.slice(origin.length);
  expect((await pages.request(path, { headers: { 'if-none-match': etag } })).status).toBe(304);
  expect(await (await pages.request('/status')).json()).toEqual({ status_lists: [card.statusList] });
  const { keys } = (await (await pages.request('/status/keys')).json()) as { keys: object[] };
  expect(keys).toEqual(deps.keys.published.keys);
  expect(JSON.stringify(keys)).not.toContain('"d"');
});

test('who may see the cards of the business reads their codes, and nobody else', async () => {
  const cardId = await shippedCard();
  await signMissingCodes(deps);
  const stranger = await fixtures.person('Ola Fremmed');
  const ask = (person: FixturePerson) =>
    inTransaction(
      fixtures.database,
      { kind: 'session', tokenHash: person.tokenHash, business: business.number },
      (transaction) => readCodes(transaction, [cardId]),
    ).catch(() => new Map<string, string>());
  expect((await ask(officer)).size).toBe(1);
  expect((await ask(stranger)).size).toBe(0);
});
