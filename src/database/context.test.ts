import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type FixtureBusiness,
  type FixturePerson,
  Fixtures,
  type FixtureVendorMandate,
} from '../../tests/support/fixtures.ts';
import { inTransaction, type Transaction } from './transaction.ts';

let fixtures: Fixtures;
let boss: FixturePerson;
let vendorBoss: FixturePerson;
let member: FixturePerson;
let helper: FixturePerson;
let business: FixtureBusiness;
let vendor: FixtureBusiness;
let other: FixtureBusiness;
let mandate: FixtureVendorMandate;
let personMandate: string;
let ownOrder: string;
let vendorCard: string;

beforeAll(async () => {
  fixtures = await Fixtures.start();
  [boss, vendorBoss, member, helper] = [
    await fixtures.person('Dag Leder'),
    await fixtures.person('Vera Leverandør'),
    await fixtures.person('Mia Medlem'),
    await fixtures.person('Per Hjelper'),
  ];
  [business, vendor, other] = [
    await fixtures.business(),
    await fixtures.business(),
    await fixtures.business(),
  ];
  await fixtures.officer(business, boss);
  await fixtures.officer(vendor, vendorBoss);
  await fixtures.vendorProfile(vendor, vendorBoss);
  await fixtures.member(vendor, member, vendorBoss);
  mandate = await fixtures.vendorMandate(business, vendor, { by: boss, vendorOfficer: vendorBoss, member }, [
    'orders.place',
  ]);
  personMandate = await fixtures.personMandate(business, helper, boss, ['orders.read']);
  for (const one of [business, other]) {
    const first = await fixtures.person('Áná Šuorja');
    const second = await fixtures.person('Łukasz Żak');
    const worker = { id: await fixtures.worker(one, first), personId: first.id, unit: one.unit };
    const far = await fixtures.worker(one, second, { unit_id: one.otherUnit });
    const made = await fixtures.order(one, worker, boss);
    await fixtures.order(one, { id: far, personId: second.id, unit: one.otherUnit }, boss);
    if (one === business) {
      ownOrder = made.orderId;
      const byVendor = await fixtures.order(one, worker, member, { id: vendor.id, mandateId: mandate.id });
      vendorCard = byVendor.cardId;
    }
    await fixtures.insert('contact_details', {
      business_id: one.id,
      source: 'business',
      changed_at: new Date(0),
    });
  }
});
afterAll(() => fixtures.stop());

async function capacityOf(
  person: FixturePerson,
  vendorNumber?: string,
  number = business.number,
): Promise<string> {
  return fixtures.as(
    person,
    { business: number, ...(vendorNumber === undefined ? {} : { vendor: vendorNumber }) },
    (transaction) => Promise.resolve(transaction.facts.capacity),
  );
}

/** Changes rows past row-level security, reads, and puts them back. */
async function during<T>(change: string, back: string, id: string, work: () => Promise<T>): Promise<T> {
  await fixtures.rows(change, [id]);
  try {
    return await work();
  } finally {
    await fixtures.rows(back, [id]);
  }
}

describe('sessions', () => {
  test.each([
    ['ended', `ended_at = now()`, 'anonymous'],
    ['idled out', `last_seen_at = now() - interval '31 minutes'`, 'anonymous'],
    ['over its absolute limit', `absolute_end = clock_now()`, 'anonymous'],
    ['in use', `last_seen_at = now() - interval '29 minutes'`, 'officer'],
  ])('%s', async (_name, change, capacity) => {
    const token = await fixtures.session(boss.id);
    await fixtures.rows(`update sessions set ${change} where token_hash = $1`, [token]);
    expect(await capacityOf({ ...boss, tokenHash: token })).toBe(capacity);
  });

  test('one that idled out is not raised by a step-up', async () => {
    const token = await fixtures.session(boss.id);
    await fixtures.rows(
      `update sessions set last_seen_at = now() - interval '31 minutes' where token_hash = $1`,
      [token],
    );
    const [raised] = await fixtures.rows(
      `select session_step_up($1, pg_catalog.sha256('new'), $2, null, 'high', now()) as answer`,
      [token, boss.numberHash],
    );
    expect(raised).toEqual({ answer: 'no-session' });
  });
});

describe('officers', () => {
  test.each([
    ['acts', {}, {}, 'officer'],
    ['does not act', { acts: false }, {}, 'signed-in'],
    ['has left', { ended_at: new Date(0) }, {}, 'signed-in'],
    ['is not the administrator in bankruptcy', {}, { bankrupt: true }, 'signed-in'],
    ['is the administrator in bankruptcy', { role_code: 'BOBE' }, { bankrupt: true }, 'officer'],
    ['had a business that is dissolved', {}, { dissolved_on: '2020-01-01' }, 'signed-in'],
  ])('one who %s', async (_name, officer, row, capacity) => {
    const one = await fixtures.business(row);
    await fixtures.officer(one, boss, officer);
    expect(await capacityOf(boss, undefined, one.number)).toBe(capacity);
  });
});

const setMandate = (column: string, value: string) =>
  `update mandates set ${column} = ${value} where id = $1`;
const month = `now() + interval '30 days'`;

describe('a person’s mandate', () => {
  test('is in force', async () => {
    expect(await capacityOf(helper)).toBe('person');
    expect(await capacityOf(helper, undefined, other.number)).toBe('signed-in');
  });

  test.each([
    [
      'has not started',
      setMandate('starts_at', `now() + interval '1 minute'`),
      setMandate('starts_at', `now() - interval '1 hour'`),
    ],
    ['is over', setMandate('ends_at', 'clock_now()'), setMandate('ends_at', month)],
    ['is ended', setMandate('ended_at', 'now()'), setMandate('ended_at', 'null')],
    ['is suspended', setMandate('suspended_at', 'now()'), setMandate('suspended_at', 'null')],
    ['has lost its employment', setMandate('tie', `'employment'`), setMandate('tie', `'declared'`)],
  ])('that %s gives nothing', async (_name, change, back) => {
    expect(await during(change, back, personMandate, () => capacityOf(helper))).toBe('signed-in');
  });

  test('starts with its first instant and ends before its last', async () => {
    const [now] = await fixtures.rows<{ now: string }>(`select (now() + interval '1 hour')::text as now`);
    const facts = (starts: string, ends: string) =>
      fixtures.rows<{ force: boolean }>(
        `select facts_in_force(mandate_facts($1, $2, $3::timestamptz) || jsonb_build_object('startsAt', $4::text, 'endsAt', $5::text),
           $3::timestamptz) as force`,
        [personMandate, helper.id, now?.now, starts, ends],
      );
    expect(await facts(now?.now ?? '', '2100-01-01')).toEqual([{ force: true }]);
    expect(await facts('2000-01-01', now?.now ?? '')).toEqual([{ force: false }]);
  });

  test('lapses when its holder becomes a vendor’s person', async () => {
    const membership = await fixtures.member(vendor, helper, vendorBoss);
    expect(await capacityOf(helper)).toBe('signed-in');
    await fixtures.rows(`update vendor_members set ended_at = now() where id = $1`, [membership]);
    expect(await capacityOf(helper)).toBe('person');
  });
});

describe('a vendor’s mandate', () => {
  test('is used by assigned members alone, under the vendor’s name', async () => {
    expect(await capacityOf(member, vendor.number)).toBe('vendor');
    expect(await capacityOf(member)).toBe('signed-in');
    expect(await capacityOf(vendorBoss, vendor.number)).toBe('signed-in');
    expect(await capacityOf(boss, vendor.number)).toBe('signed-in');
    expect(await capacityOf(member, other.number)).toBe('signed-in');
  });

  test.each<[string, string, string, () => string]>([
    ['mandate is ended', setMandate('ended_at', 'now()'), setMandate('ended_at', 'null'), () => mandate.id],
    [
      'mandate is suspended',
      setMandate('suspended_at', 'now()'),
      setMandate('suspended_at', 'null'),
      () => mandate.id,
    ],
    ['period is over', setMandate('ends_at', 'clock_now()'), setMandate('ends_at', month), () => mandate.id],
    [
      'agreement is ended',
      'update agreements set ended_at = now() where id = $1',
      'update agreements set ended_at = null where id = $1',
      () => mandate.agreementId,
    ],
    [
      'quote has expired',
      'update quotes set valid_until = clock_now() where id = $1',
      `update quotes set valid_until = '2100-01-01' where id = $1`,
      () => mandate.quoteId,
    ],
    [
      'vendor is barred',
      'update vendor_profiles set barred_at = now() where vendor_id = $1',
      'update vendor_profiles set barred_at = null where vendor_id = $1',
      () => vendor.id,
    ],
    [
      'vendor is bankrupt',
      'update businesses set bankrupt = true where id = $1',
      'update businesses set bankrupt = false where id = $1',
      () => vendor.id,
    ],
    [
      'vendor is dissolved',
      'update businesses set dissolved_on = now() where id = $1',
      'update businesses set dissolved_on = null where id = $1',
      () => vendor.id,
    ],
    [
      'customer is bankrupt',
      'update businesses set bankrupt = true where id = $1',
      'update businesses set bankrupt = false where id = $1',
      () => business.id,
    ],
    [
      'assignment is ended',
      'update mandate_assignments set ended_at = now() where id = $1',
      'update mandate_assignments set ended_at = null where id = $1',
      () => mandate.assignmentId,
    ],
    [
      'member is removed',
      'update vendor_members set ended_at = now() where person_id = $1',
      'update vendor_members set ended_at = null where person_id = $1',
      () => member.id,
    ],
  ])('gives nothing while its %s', async (_name, change, back, id) => {
    const [capacity, choices] = await during(change, back, id(), async () => [
      await capacityOf(member, vendor.number),
      await fixtures.as(
        member,
        {},
        async ({ query }) => (await sql`select * from context_choices()`.execute(query)).rows,
      ),
    ]);
    expect(capacity).toBe('signed-in');
    expect(choices).toEqual([]);
    expect(await capacityOf(member, vendor.number)).toBe('vendor');
  });

  test.each(['orders.approve', 'contact.change', 'access.manage', 'agreements.sign', 'messages.read'])(
    'cannot be stored with %s',
    async (right) => {
      await expect(
        fixtures.rows(`update mandates set rights = array[$2]::right_name[] where id = $1`, [
          mandate.id,
          right,
        ]),
      ).rejects.toThrow(/never_for_a_vendor|signing_is_for_officers/u);
    },
  );
});

/** Rows seen, in the order of `seenTables`, of: 2 workers, 3 orders, 3 cards, 1 of contact details, 1 officer. */
const seenTables = [
  'workers',
  'orders',
  'order_lines',
  'photos',
  'cards',
  'contact_details',
  'officers',
  'invitations',
  'notices',
] as const;
type Seen = readonly [number, number, number, number, number, number, number, number, number];
const asPerson: Readonly<Record<string, Seen>> = {
  'orders.prepare': [0, 3, 3, 3, 0, 1, 1, 0, 0],
  'orders.place': [0, 3, 3, 3, 0, 1, 1, 0, 0],
  'orders.read': [0, 3, 3, 3, 0, 1, 1, 0, 0],
  'orders.approve': [0, 3, 3, 3, 0, 1, 1, 0, 0],
  'cards.read': [0, 0, 0, 0, 3, 1, 1, 0, 0],
  'cards.block': [0, 0, 0, 0, 0, 1, 1, 0, 0],
  'workers.read': [2, 0, 0, 0, 0, 1, 1, 0, 0],
  'invoices.read': [0, 0, 0, 0, 0, 1, 1, 0, 0],
  'contact.change': [0, 0, 0, 0, 0, 1, 1, 0, 0],
  'access.manage': [0, 0, 0, 0, 0, 1, 1, 0, 0],
  'messages.read': [0, 0, 0, 0, 0, 1, 1, 0, 0],
};
const asVendor: Readonly<Record<string, Seen>> = {
  'orders.prepare': [0, 1, 1, 1, 0, 0, 0, 0, 0],
  'orders.place': [0, 1, 1, 1, 0, 0, 0, 0, 0],
  'orders.read': [0, 1, 1, 1, 0, 0, 0, 0, 0],
  'cards.read': [0, 0, 0, 0, 1, 0, 0, 0, 0],
  'cards.block': [0, 0, 0, 0, 0, 0, 0, 0, 0],
  'workers.read': [2, 0, 0, 0, 0, 0, 0, 0, 0],
  'invoices.read': [0, 0, 0, 0, 0, 0, 0, 0, 0],
};

async function seen({ query }: Transaction): Promise<number[]> {
  const counts: number[] = [];
  for (const table of seenTables) {
    const found = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(
      query,
    );
    counts.push(found.rows[0]?.count ?? -1);
  }
  return counts;
}

const withRights = (id: string, rights: string, was: string, work: () => Promise<number[]>) =>
  during(
    `update mandates set rights = array['${rights}']::right_name[] where id = $1`,
    `update mandates set rights = array['${was}']::right_name[] where id = $1`,
    id,
    work,
  );

describe('what each sees', () => {
  test('an officer: the whole of the business and nothing of another', async () => {
    expect(await fixtures.as(boss, { business: business.number }, seen)).toEqual([
      2,
      3,
      3,
      3,
      3,
      1,
      7 - 6 + (await officesOf(boss)) - 1,
      0,
      0,
    ]);
  });

  test.each(Object.entries(asPerson))('a person with %s', async (right, expected) => {
    const counts = await withRights(personMandate, right, 'orders.read', () =>
      fixtures.as(helper, { business: business.number }, seen),
    );
    expect(counts).toEqual(expected);
  });

  test.each(Object.entries(asVendor))('a vendor with %s', async (right, expected) => {
    const counts = await withRights(mandate.id, right, 'orders.place', () =>
      fixtures.as(member, { business: business.number, vendor: vendor.number }, seen),
    );
    expect(counts).toEqual(expected);
  });

  test('a mandate for one unit shows lines, photos and cards of that unit alone', async () => {
    await fixtures.rows(`update mandates set units = array[$2::uuid] where id = $1`, [
      personMandate,
      business.otherUnit,
    ]);
    const counts = await fixtures.as(helper, { business: business.number }, seen);
    await fixtures.rows(`update mandates set units = null where id = $1`, [personMandate]);
    expect(counts).toEqual([0, 1, 1, 1, 0, 1, 1, 0, 0]);
  });

  test('a stranger, a vendor’s officer in its own business and whoever is not logged in: nothing', async () => {
    const nothing = [0, 0, 0, 0, 0, 0, 0, 0, 0];
    expect(await fixtures.as(await fixtures.person(), { business: business.number }, seen)).toEqual(nothing);
    expect(await fixtures.as(vendorBoss, { business: vendor.number }, seen)).toEqual([
      0, 0, 0, 0, 0, 0, 1, 0, 0,
    ]);
    expect(await inTransaction(fixtures.database, { kind: 'anonymous' }, seen)).toEqual(nothing);
  });
});

describe('agreements and quotes', () => {
  const contracts = async (person: FixturePerson, number: string, vendorNumber?: string) => {
    const where = { business: number, ...(vendorNumber === undefined ? {} : { vendor: vendorNumber }) };
    return fixtures.as(person, where, async ({ query }) => {
      const agreements = await query.selectFrom('agreements').select('id').execute();
      const quotes = await query.selectFrom('quotes').select('id').execute();
      return [agreements.length, quotes.length];
    });
  };

  test('are seen by the officers of both sides', async () => {
    expect(await contracts(boss, business.number)).toEqual([1, 1]);
    expect(await contracts(vendorBoss, vendor.number)).toEqual([1, 1]);
  });

  test.each(Object.keys(asPerson))(
    'are seen on either side by those who manage access, not by %s',
    async (right) => {
      const wanted = right === 'access.manage' ? [1, 1] : [0, 0];
      const clerk = await fixtures.person('Klara Kontor');
      const atVendor = await fixtures.personMandate(vendor, clerk, vendorBoss, [right]);
      expect(await contracts(clerk, vendor.number)).toEqual(wanted);
      await fixtures.rows(`update mandates set ended_at = now() where id = $1`, [atVendor]);
      expect(
        await withRights(personMandate, right, 'orders.read', () => contracts(helper, business.number)),
      ).toEqual(wanted);
    },
  );

  test('are not seen by a member who acts for the customer, who knows the fee all the same', async () => {
    expect(await contracts(member, business.number, vendor.number)).toEqual([0, 0]);
    const where = { business: business.number, vendor: vendor.number };
    const fee = await fixtures.as(member, where, ({ facts }) =>
      Promise.resolve(facts.mandate?.quote?.feeOre),
    );
    expect(fee).toBe(9900);
  });
});

async function officesOf(person: FixturePerson): Promise<number> {
  const [found] = await fixtures.rows<{ count: number }>(
    `select count(*)::int from officers where person_id = $1`,
    [person.id],
  );
  return found?.count ?? 0;
}

describe('ways round that are closed', () => {
  const asBoss = {
    get business() {
      return business.number;
    },
  };

  test('an ended mandate or agreement does not come back', async () => {
    await expect(
      fixtures.as(boss, asBoss, async ({ query, now }) => {
        const end = { ended_at: now, ended_by: boss.id };
        await query.updateTable('agreements').set(end).where('id', '=', mandate.agreementId).execute();
        await query
          .updateTable('mandates')
          .set({ ...end, end_reason: 'removed' })
          .where('id', '=', mandate.id)
          .execute();
        const again = { ended_at: null };
        const one = await query
          .updateTable('agreements')
          .set(again)
          .where('id', '=', mandate.agreementId)
          .executeTakeFirst();
        const two = await query
          .updateTable('mandates')
          .set(again)
          .where('id', '=', mandate.id)
          .executeTakeFirst();
        throw new Error(`changed ${String(one.numUpdatedRows)} and ${String(two.numUpdatedRows)}`);
      }),
    ).rejects.toThrow('changed 0 and 0');
  });

  test('an approval takes the level and time of the session’s own login', async () => {
    const low = { ...boss, tokenHash: await fixtures.session(boss.id, { acr: 'substantial' }) };
    const old = {
      ...boss,
      tokenHash: await fixtures.session(boss.id, { auth_time: new Date(Date.now() - 3_600_000) }),
    };
    const friend = await fixtures.person();
    for (const [who, allowed] of [
      [boss, true],
      [low, false],
      [old, false],
    ] as const) {
      const given = fixtures.as(who, asBoss, async ({ query, now, facts }) => {
        const claimed = {
          approved_at: now,
          approved_acr: 'high',
          approved_auth_time: facts.session?.acr === 'high' && allowed ? facts.session.authTime : now,
        };
        await query
          .insertInto('mandates')
          .values({
            business_id: business.id,
            holder: 'person',
            person_id: friend.id,
            holder_name: 'x',
            rights: ['orders.read'],
            tie: 'declared',
            starts_at: now,
            ends_at: new Date(now.getTime() + 1000),
            approved_by: boss.id,
            approved_by_name: 'x',
            ...claimed,
          })
          .execute();
      });
      await (allowed
        ? expect(given).resolves.toBeUndefined()
        : expect(given).rejects.toThrow('row-level security'));
    }
  });

  test('a vendor assigns nobody to another vendor’s mandate', async () => {
    const rival = await fixtures.business();
    await fixtures.officer(rival, vendorBoss);
    await fixtures.vendorProfile(rival, vendorBoss);
    await expect(
      fixtures.as(vendorBoss, { business: rival.number }, async ({ query, now }) => {
        await query
          .insertInto('mandate_assignments')
          .values({
            mandate_id: mandate.id,
            business_id: business.id,
            vendor_id: rival.id,
            person_id: vendorBoss.id,
            name: 'x',
            assigned_by: vendorBoss.id,
            assigned_at: now,
          })
          .execute();
      }),
    ).rejects.toThrow('foreign key');
  });

  test('a card is blocked for good, and nobody but a task says what production did', async () => {
    await expect(
      fixtures.as(boss, asBoss, ({ query }) =>
        query
          .updateTable('cards')
          .set({ production: 'waiting', blocked_at: new Date(), blocked_reason: 'lost', blocked_by: boss.id })
          .where('id', '=', vendorCard)
          .execute(),
      ),
    ).rejects.toThrow('only tasks');
    await expect(
      fixtures.as(boss, asBoss, async ({ query, now }) => {
        await query
          .updateTable('cards')
          .set({ blocked_at: now, blocked_reason: 'lost', blocked_by: boss.id })
          .where('id', '=', vendorCard)
          .execute();
        const back = await query
          .updateTable('cards')
          .set({ blocked_at: null, blocked_reason: null })
          .where('id', '=', vendorCard)
          .executeTakeFirst();
        throw new Error(`unblocked ${String(back.numUpdatedRows)}`);
      }),
    ).rejects.toThrow('unblocked 0');
  });

  test('nobody writes another’s audit entry, or one of another time or capacity', async () => {
    const entry = { business_id: business.id, action: 'x', decision: 'allowed' };
    for (const forged of [
      { actor_person_id: member.id },
      { capacity: 'job' },
      { recorded_at: new Date(0) },
      { transaction_id: '1' },
    ]) {
      await expect(
        fixtures.as(boss, asBoss, ({ query, now }) =>
          query
            .insertInto('audit_entries')
            .values({ ...entry, actor_person_id: boss.id, capacity: 'officer', recorded_at: now, ...forged })
            .execute(),
        ),
      ).rejects.toThrow('row-level security');
    }
  });

  test('an order is not taken up again once it is cancelled', async () => {
    await expect(
      fixtures.as(boss, asBoss, async ({ query, now }) => {
        const by = { cancelled_by: boss.id, cancelled_at: now };
        await query
          .updateTable('orders')
          .set({ state: 'cancelled', ...by })
          .where('id', '=', ownOrder)
          .execute();
        const back = await query
          .updateTable('orders')
          .set({ state: 'placed', cancelled_by: null, cancelled_at: null })
          .where('id', '=', ownOrder)
          .executeTakeFirst();
        throw new Error(`taken up ${String(back.numUpdatedRows)}`);
      }),
    ).rejects.toThrow('taken up 0');
  });
});
