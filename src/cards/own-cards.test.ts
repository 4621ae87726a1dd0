import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { conditions } from '../../tests/support/conditions.ts';
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
import { createNotify } from '../messages/index.ts';
import { words } from '../words.ts';
import { blockCard, seeBack, seeCard, seeFront, seeToken } from './actions.ts';
import {
  reportOwnCard,
  seeOwnCard,
  seeOwnCards,
  seeOwnDisclosures,
  type OwnCardDeps,
} from './own-actions.ts';
import { createOwnCardPages } from './own-pages.tsx';
import { hasOwnCards } from './own-records.ts';

const vault = createVault({ current: 'a', keys: new Map([['a', randomBytes(32)]]) }, randomBytes(32));

let fixtures: Fixtures;
let deps: OwnCardDeps;
let pages: PageCaller;
let first: FixtureBusiness;
let second: FixtureBusiness;
let vendor: FixtureBusiness;
let officer: FixturePerson;
let member: FixturePerson;
let vendorMandate: string;
let worker: FixturePerson;
let other: FixturePerson;
let firstCard: FixtureOrder;
let secondCard: FixtureOrder;
let othersCard: FixtureOrder;

beforeAll(async () => {
  fixtures = await Fixtures.start();
  deps = {
    database: fixtures.database,
    notify: createNotify({ vault }),
    conditions,
  };
  pages = await createPageCaller(words, (app) => {
    app.route('/', createOwnCardPages(deps));
  });
  first = await fixtures.business({ name: 'BLÅ HAMMER AS' });
  second = await fixtures.business({ name: 'GRØNN SAG AS' });
  vendor = await fixtures.business({ name: 'DYRE KORT AS' });
  officer = await fixtures.person('Våken Spurv');
  member = await fixtures.person('Kostelig Kåpe');
  for (const one of [first, second, vendor]) await fixtures.officer(one, officer);
  await fixtures.vendorProfile(vendor, officer);
  await fixtures.member(vendor, member, officer);
  const people = { by: officer, vendorOfficer: officer, member };
  vendorMandate = (await fixtures.vendorMandate(second, vendor, people, ['orders.place', 'cards.read'])).id;
}, 60_000);
afterAll(() => fixtures.stop());

beforeEach(async () => {
  worker = await fixtures.person('Munter Elv');
  other = await fixtures.person('Dyp Fjord');
  firstCard = await cardOf(worker, first);
  secondCard = await cardOf(worker, second, 'vendor');
  othersCard = await cardOf(other, first);
  await fixtures.rows('delete from notices');
  await fixtures.rows('delete from disclosures');
});

/** A shipped card that is valid for a year yet. */
async function cardOf(
  holder: FixturePerson,
  business: FixtureBusiness,
  by: 'business' | 'vendor' = 'business',
): Promise<FixtureOrder> {
  const id = await fixtures.worker(business, holder);
  const made = await fixtures.order(
    business,
    { id, personId: holder.id, unit: business.unit },
    by === 'vendor' ? member : officer,
    by === 'vendor' ? { id: vendor.id, mandateId: vendorMandate } : undefined,
  );
  await fixtures.rows(
    `update cards c set expires_at = now() + interval '1 year', employer_name = b.name
     from businesses b where b.id = c.business_id and c.id = $1`,
    [made.cardId],
  );
  return made;
}

const small = ({ id, name, tokenHash }: FixturePerson): SmallPerson => ({
  id,
  name,
  tokenHash,
  nationalId: '',
  acting: (business) => ({ tokenHash, business }),
});

const stored = async (cardId: string) =>
  (
    await fixtures.rows<{
      blocked_at: Date | null;
      blocked_reason: string | null;
      blocked_by: string | null;
    }>('select blocked_at, blocked_reason, blocked_by from cards where id = $1', [cardId])
  )[0];

const notices = () =>
  fixtures.rows<{ template: string; business_id: string | null; person_id: string | null; audience: string }>(
    'select template, business_id, person_id, audience from notices order by template',
  );

const entriesOf = (cardId: string) =>
  fixtures.rows(
    `select action, decision, business_id, actor_person_id, changes from audit_entries where subject_id = $1`,
    [cardId],
  );

const has = (person: FixturePerson) =>
  inTransaction(fixtures.database, { kind: 'session', tokenHash: person.tokenHash }, hasOwnCards);

describe("a worker's own cards", () => {
  test('are those of all employers and nobody else’s, with who ordered each', async () => {
    const { cards } = await seeOwnCards(deps, worker.tokenHash);
    expect(
      cards.map(({ id, orderedByName, vendorName, state }) => ({ id, orderedByName, vendorName, state })),
    ).toEqual([
      { id: secondCard.cardId, orderedByName: 'Kostelig Kåpe', vendorName: 'Leverandør', state: 'valid' },
      { id: firstCard.cardId, orderedByName: 'Våken Spurv', vendorName: null, state: 'valid' },
    ]);
    expect(await seeOwnCard(deps, worker.tokenHash, othersCard.cardId)).toBeUndefined();
    expect(await has(worker)).toBe(true);
  });

  test('are none to whoever has none, officer of a business with cards or not', async () => {
    expect((await seeOwnCards(deps, officer.tokenHash)).cards).toEqual([]);
    expect(await has(officer)).toBe(false);
    expect((await pages.get(small(officer), '/my-cards')).text).toContain(words.en.cards.own.none);
  });

  test('stay their own where the worker acts for a business, and without a session are none', async () => {
    await fixtures.officer(first, worker);
    const context = { kind: 'session', tokenHash: worker.tokenHash, business: first.number } as const;
    const seen = await inTransaction(fixtures.database, context, ({ query }) =>
      query.selectFrom('own_cards').select('id').orderBy('id').execute(),
    );
    expect(seen.map(({ id }) => id)).toEqual([firstCard.cardId, secondCard.cardId].sort());
    const nobody = await inTransaction(fixtures.database, { kind: 'anonymous' }, ({ query }) =>
      query.selectFrom('own_cards').select('id').execute(),
    );
    expect(nobody).toEqual([]);
  });

  test('say by name which condition is not met', async () => {
    await fixtures.rows(`update cards set suspended_reason = 'DNR_INACTIVE' where id = $1`, [
      firstCard.cardId,
    ]);
    const { text } = await pages.get(small(worker), '/my-cards');
    expect(text).toContain(words.en.cards.condition.DNR_INACTIVE);
    expect(text).toContain('BLÅ HAMMER AS');
    expect(text).toContain('Kostelig Kåpe, Leverandør');
    expect(text).not.toContain(othersCard.cardId);
  });
});

describe('who has seen my data', () => {
  test('names the human and the vendor, what and where; and nothing of others', async () => {
    const asMember = { tokenHash: member.tokenHash, business: second.number, vendor: vendor.number };
    expect((await seeCard(deps, asMember, secondCard.cardId)).ok).toBe(true);
    const asOfficer = { tokenHash: officer.tokenHash, business: first.number };
    expect((await seeCard(deps, asOfficer, firstCard.cardId)).ok).toBe(true);
    expect((await seeCard(deps, asOfficer, othersCard.cardId)).ok).toBe(true);
    const { disclosures, more } = await seeOwnDisclosures(deps, worker.tokenHash, undefined);
    expect(disclosures.map(({ id: _, at: __, ...rest }) => rest)).toEqual([
      {
        viewerName: 'Våken Spurv',
        businessName: 'BLÅ HAMMER AS',
        vendorName: null,
        viewerRole: null,
        fields: ['name', 'birth-date'],
        occasion: 'card',
      },
      {
        viewerName: 'Kostelig Kåpe',
        businessName: 'GRØNN SAG AS',
        vendorName: 'DYRE KORT AS',
        viewerRole: null,
        fields: ['name'],
        occasion: 'card',
      },
    ]);
    expect(more).toBe(false);
    const { text } = await pages.get(small(worker), '/my-cards/disclosures');
    for (const shown of ['DYRE KORT AS, vendor for GRØNN SAG AS', 'name, birth date', 'The card'])
      expect(text).toContain(shown);
  });

  test('tells of the pictures of a card what each of them shows, and nothing of the link', async () => {
    await fixtures.rows('insert into status_lists (size, opened_at) values (8, now())');
    await fixtures.rows(
      `insert into card_codes (card_id, business_id, unit_id, worker_id, list_id, status_index, code, signed_at)
       select c.id, c.business_id, c.unit_id, c.worker_id, (select max(id) from status_lists), 0, 'HMS1:A', now()
       from cards c where c.id = $1`,
      [firstCard.cardId],
    );
    const asOfficer = { tokenHash: officer.tokenHash, business: first.number };
    const seen = async () =>
      (await seeOwnDisclosures(deps, worker.tokenHash, undefined)).disclosures.map(({ fields }) => fields);
    expect((await seeToken(deps, asOfficer, firstCard.cardId)).ok).toBe(true);
    expect(await seen()).toEqual([]);
    const back = await seeBack(deps, asOfficer, firstCard.cardId);
    expect(back).toMatchObject({ ok: true, value: { code: 'HMS1:A' } });
    expect(await seen()).toEqual([['name', 'birth-date']]);
    expect((await seeFront(deps, asOfficer, firstCard.cardId, 'thumbnail')).ok).toBe(true);
    expect(await seen()).toHaveLength(2);
  });

  test('is shown a page at a time, however much there is, and never what a manager sees of others', async () => {
    await fixtures.rows(
      `insert into disclosures (at, subject_person_id, business_id, viewer_person_id, viewer_name, fields, occasion)
       select now(), who, $3, $4, 'Våken Spurv', array['name'], 'unheard-of'
       from generate_series(1, 60), unnest(array[$1::uuid, $2::uuid]) who`,
      [worker.id, other.id, first.id, officer.id],
    );
    const one = await seeOwnDisclosures(deps, worker.tokenHash, undefined);
    const two = await seeOwnDisclosures(deps, worker.tokenHash, one.disclosures.at(-1)?.id);
    expect([one.disclosures.length, one.more, two.disclosures.length, two.more]).toEqual([
      50,
      true,
      10,
      false,
    ]);
    expect((await seeOwnDisclosures(deps, officer.tokenHash, undefined)).disclosures).toEqual([]);
    const page = await pages.get(small(worker), '/my-cards/disclosures?before=no-id');
    expect(page.status).toBe(200);
    expect(page.text).toContain(words.en.cards.own.seen.occasion.other);
    expect((await pages.get(small(worker), '/my-cards')).text).toContain(words.en.cards.own.seen.all);
  });
});

describe('reporting a card of one’s own', () => {
  test.each(['lost', 'stolen'] as const)(
    '%s blocks it, audited, told to the business and the worker',
    async (reason) => {
      expect((await reportOwnCard(deps, worker.tokenHash, firstCard.cardId, reason)).ok).toBe(true);
      expect(await stored(firstCard.cardId)).toMatchObject({ blocked_reason: reason, blocked_by: worker.id });
      expect(await stored(secondCard.cardId)).toMatchObject({ blocked_at: null });
      expect(await entriesOf(firstCard.cardId)).toEqual([
        {
          action: 'cards.reported-by-holder',
          decision: 'allowed',
          business_id: first.id,
          actor_person_id: worker.id,
          changes: { reason, from: 'valid' },
        },
      ]);
      expect(await notices()).toEqual([
        {
          template: `cards:notice.holder-${reason}`,
          business_id: first.id,
          person_id: null,
          audience: 'business-and-officers',
        },
        {
          template: `cards:notice.own-${reason}`,
          business_id: null,
          person_id: worker.id,
          audience: 'person',
        },
      ]);
      for (const { template } of await notices()) {
        const name = template.split('.')[1] as `holder-${typeof reason}`;
        expect(Object.keys(words.nb.cards.notice[name])).toEqual(['subject', 'body']);
      }
    },
  );

  test('twice is once, also at the same moment, and the first reason stands', async () => {
    const answers = await Promise.all(
      (['lost', 'stolen', 'lost'] as const).map((reason) =>
        reportOwnCard(deps, worker.tokenHash, firstCard.cardId, reason),
      ),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    const before = await stored(firstCard.cardId);
    const again = await reportOwnCard(deps, worker.tokenHash, firstCard.cardId, 'stolen');
    expect(again).toEqual({ ok: false, error: 'already-blocked' });
    expect(await stored(firstCard.cardId)).toEqual(before);
    expect(await entriesOf(firstCard.cardId)).toHaveLength(1);
    expect(await notices()).toHaveLength(2);
  });

  test('does nothing where the business has blocked it before', async () => {
    const acting = { tokenHash: officer.tokenHash, business: first.number };
    expect((await blockCard(deps, acting, firstCard.cardId, 'returned')).ok).toBe(true);
    await fixtures.rows('delete from notices');
    const reported = await reportOwnCard(deps, worker.tokenHash, firstCard.cardId, 'lost');
    expect(reported).toEqual({ ok: false, error: 'already-blocked' });
    expect(await stored(firstCard.cardId)).toMatchObject({
      blocked_reason: 'returned',
      blocked_by: officer.id,
    });
    expect(await notices()).toEqual([]);
    const page = await pages.get(small(worker), `/my-cards/${firstCard.cardId}/report`);
    expect([page.status, page.location]).toEqual([303, '/my-cards']);
  });

  test('is for what happened to the holder: that a card was returned or destroyed is written down by the employer', async () => {
    const acting = { tokenHash: officer.tokenHash, business: first.number };
    expect((await blockCard(deps, acting, firstCard.cardId, 'destroyed')).ok).toBe(true);
    expect(await notices()).toMatchObject([{ template: 'cards:notice.destroyed', business_id: first.id }]);
    expect(await entriesOf(firstCard.cardId)).toMatchObject([
      { changes: { reason: 'destroyed', from: 'valid' } },
    ]);
    const { text } = await pages.get(small(worker), '/my-cards');
    expect(text).toContain(words.en.cards.why.destroyed);
    expect(await blockCard(deps, acting, firstCard.cardId, 'lost')).toMatchObject({ ok: false });
  });

  test('of another’s card is as of none, and changes nothing', async () => {
    const none = '01980000-0000-7000-8000-000000000000';
    for (const cardId of [othersCard.cardId, none]) {
      const reported = await reportOwnCard(deps, worker.tokenHash, cardId, 'lost');
      expect(reported).toEqual({ ok: false, error: 'missing' });
    }
    const plain = ({ text }: { text: string }, id: string) =>
      text.replaceAll(id, '').replaceAll(/[0-9a-f-]{36}/gu, '');
    const path = (id: string) => `/my-cards/${id}/report`;
    const theirs = await pages.get(small(worker), path(othersCard.cardId));
    const nobodys = await pages.get(small(worker), path(none));
    expect([theirs.status, nobodys.status]).toEqual([404, 404]);
    expect(plain(theirs, othersCard.cardId)).toBe(plain(nobodys, none));
    const posted = await pages.post(small(worker), path(othersCard.cardId), { reason: 'lost' });
    expect(posted.status).toBe(404);
    expect(await stored(othersCard.cardId)).toMatchObject({ blocked_at: null });
    expect(await notices()).toEqual([]);
  });

  test('is the database’s to refuse too: for another, for another reason, and while acting for a business', async () => {
    await fixtures.officer(first, worker);
    const call = (context: Parameters<typeof inTransaction>[1], cardId: string, reason: string) =>
      inTransaction(fixtures.database, context, async ({ query }) => {
        const { rows } = await sql`select * from report_own_card(${cardId}, ${reason})`.execute(query);
        return rows.length;
      });
    const oneself = { kind: 'session', tokenHash: worker.tokenHash, writing: true } as const;
    expect(await call(oneself, othersCard.cardId, 'lost')).toBe(0);
    await expect(call(oneself, firstCard.cardId, 'returned')).rejects.toThrow('of their own');
    const officers = { ...oneself, business: first.number };
    await expect(call(officers, firstCard.cardId, 'lost')).rejects.toThrow('of their own');
    await expect(call({ kind: 'anonymous' }, firstCard.cardId, 'lost')).rejects.toThrow('of their own');
    // Nobody has a business told who has reported nothing there.
    const tell = inTransaction(fixtures.database, oneself, (transaction) =>
      deps.notify(transaction, {
        template: 'cards:notice.holder-lost',
        businessId: first.id,
        parameters: {},
        audience: 'business',
      }),
    );
    await expect(tell).rejects.toThrow('row-level security');
  });

  test('goes by a form that asks what has happened, and then says that it is done', async () => {
    const path = `/my-cards/${secondCard.cardId}/report`;
    expect((await pages.get(small(worker), path)).text).toContain('GRØNN SAG AS');
    const empty = await pages.post(small(worker), path, {});
    expect(empty.status).toBe(422);
    expect(empty.text).toContain(words.en.cards.block.choose);
    expect((await pages.post(small(worker), path, { reason: 'returned' })).status).toBe(422);
    const sent = await pages.post(small(worker), path, { reason: 'stolen' });
    expect([sent.status, sent.location]).toEqual([303, '/my-cards?done=cards%3Adone.ownBlocked']);
    const after = await pages.get(small(worker), sent.location ?? '');
    expect(after.text).toContain(words.en.cards.done.ownBlocked);
    expect(after.text).toContain(words.en.cards.why.stolen);
    expect(after.text).not.toContain(path);
    const again = await pages.post(small(worker), path, { reason: 'stolen' });
    expect([again.status, again.location]).toEqual([303, '/my-cards']);
  });

  test.each(['/my-cards', '/my-cards/disclosures', '/my-cards/x/report'])(
    'asks to log in: %s',
    async (path) => {
      const { status, location } = await pages.get(undefined, path);
      expect([status, location]).toEqual([303, '/login?return=%2Fmy-cards']);
    },
  );
});

test('the holder alone sees that the public check withholds their cards, and that their number became another’s', async () => {
  const told = ['Your address is protected', 'Somebody else has confirmed that the number is theirs'];
  const seen = async (who: FixturePerson) => {
    const { text } = await pages.get(small(who), '/my-cards');
    return told.map((words) => text.includes(words));
  };
  expect(await seen(worker)).toEqual([false, false]);
  await fixtures.rows('insert into withheld_people values ($1)', [worker.id]);
  await fixtures.rows(
    `insert into own_addresses (person_id, channel, taken_at) values ($1, 'cards', now() - interval '1 hour')`,
    [worker.id],
  );
  expect(await seen(worker)).toEqual([true, true]);
  expect(await seen(other)).toEqual([false, false]);
});
