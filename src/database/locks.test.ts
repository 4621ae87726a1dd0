import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type FixtureBusiness,
  type FixturePerson,
  Fixtures,
  type FixtureVendorMandate,
} from '../../tests/support/fixtures.ts';
import { untilWaiting } from '../../tests/support/lock-waits.ts';

/** What commits after access was taken away was not done with it, whichever way it was taken. */

let fixtures: Fixtures;
let boss: FixturePerson;
let helper: FixturePerson;
let vendorBoss: FixturePerson;
let member: FixturePerson;
let business: FixtureBusiness;
let vendor: FixtureBusiness;
let other: FixtureBusiness;
let mandate: FixtureVendorMandate;
let personMandate: string;

beforeAll(async () => {
  fixtures = await Fixtures.start();
});
afterAll(() => fixtures.stop());
beforeEach(async () => {
  [boss, helper, vendorBoss, member] = [
    await fixtures.person('Dag Leder'),
    await fixtures.person('Per Hjelper'),
    await fixtures.person('Vera Leverandør'),
    await fixtures.person('Mia Medlem'),
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
  await fixtures.assignment(
    { mandate_id: mandate.id, business_id: business.id, vendor_id: vendor.id },
    vendorBoss,
    vendorBoss,
  );
  personMandate = await fixtures.personMandate(business, helper, boss, ['orders.read']);
  // Nobody notes a use within the minute: whoever waits does so for the lock, not for the row of such a note.
  await fixtures.rows('update mandates set last_used_at = now()');
  await fixtures.rows('update mandate_assignments set last_used_at = now()');
});

type Actor = 'officer' | 'person' | 'member' | "vendor's officer";

function as<T>(actor: Actor, work: (capacity: string) => Promise<T>, writing = true): Promise<T> {
  const by = { business: business.number, vendor: vendor.number, writing };
  const own = { business: business.number, writing };
  const [who, where] = {
    officer: [boss, own] as const,
    person: [helper, own] as const,
    member: [member, by] as const,
    "vendor's officer": [vendorBoss, by] as const,
  }[actor];
  return fixtures.as(who, where, ({ facts }) => work(facts.capacity));
}

const capacityOf = (actor: Actor, writing = true) =>
  as(actor, (capacity) => Promise.resolve(capacity), writing);
const IN_FORCE = { officer: 'officer', person: 'person', member: 'vendor', "vendor's officer": 'vendor' };

const begunOnes: PromiseWithResolvers<undefined>[] = [];
afterEach(() => {
  // What a test that failed left running would keep others from going on.
  for (const letGo of begunOnes.splice(0)) letGo.resolve(undefined);
});

/** Begins an action that goes on until it is let go. */
async function begin(actor: Actor): Promise<{ end: () => Promise<string> }> {
  const [begun, letGo] = [Promise.withResolvers<string>(), Promise.withResolvers<undefined>()];
  begunOnes.push(letGo);
  const running = as(actor, async (capacity) => {
    begun.resolve(capacity);
    await letGo.promise;
    return capacity;
  });
  running.catch((error: unknown) => {
    begun.reject(error);
  });
  expect(await begun.promise).toBe(IN_FORCE[actor]);
  return {
    end: () => {
      letGo.resolve(undefined);
      return running;
    },
  };
}

const tie = () =>
  fixtures.rows(`update mandates set tie = 'employment', tie_reason = null where id = $1`, [personMandate]);

interface Way {
  readonly what: string;
  readonly actor: Actor;
  readonly takeAway: () => Promise<unknown>;
  readonly before?: () => Promise<unknown>;
}

/** Each way in which access stops, and for whom. */
const ways: readonly Way[] = [
  {
    what: 'a mandate is ended',
    actor: 'person',
    takeAway: () => fixtures.rows(`update mandates set ended_at = now() where id = $1`, [personMandate]),
  },
  {
    what: 'a mandate is suspended',
    actor: 'member',
    takeAway: () =>
      fixtures.rows(`update mandates set suspended_at = now(), suspended_reason = 'business' where id = $1`, [
        mandate.id,
      ]),
  },
  {
    what: 'an agreement is ended',
    actor: 'member',
    takeAway: () =>
      fixtures.rows(`update agreements set ended_at = now() where id = $1`, [mandate.agreementId]),
  },
  {
    what: 'a vendor is barred',
    actor: 'member',
    takeAway: () =>
      fixtures.rows(`update vendor_profiles set barred_at = now() where vendor_id = $1`, [vendor.id]),
  },
  {
    what: 'a vendor is bankrupt',
    actor: 'member',
    takeAway: () => fixtures.rows(`update businesses set bankrupt = true where id = $1`, [vendor.id]),
  },
  {
    what: 'the business is bankrupt',
    actor: 'officer',
    takeAway: () => fixtures.rows(`update businesses set bankrupt = true where id = $1`, [business.id]),
  },
  {
    what: 'the business is dissolved',
    actor: 'person',
    takeAway: () =>
      fixtures.rows(`update businesses set dissolved_on = '2020-01-01' where id = $1`, [business.id]),
  },
  {
    what: 'a vendor is frozen',
    actor: 'member',
    takeAway: () =>
      fixtures.rows(`insert into freezes (business_id, vendor_id, frozen_at) values ($1, $2, now())`, [
        business.id,
        vendor.id,
      ]),
  },
  {
    what: 'everyone but officers is frozen',
    actor: 'person',
    takeAway: () =>
      fixtures.rows(`insert into freezes (business_id, frozen_at) values ($1, now())`, [business.id]),
  },
  {
    what: 'a member is no longer assigned',
    actor: 'member',
    takeAway: () =>
      fixtures.rows(`update mandate_assignments set ended_at = now() where id = $1`, [mandate.assignmentId]),
  },
  {
    what: 'a member is removed',
    actor: 'member',
    takeAway: () =>
      fixtures.rows(`update vendor_members set ended_at = now() where person_id = $1`, [member.id]),
  },
  {
    what: 'a member’s employment at the vendor ends',
    actor: 'member',
    takeAway: () =>
      fixtures.rows(`update workers set employed_to = '2021-01-01' where person_id = $1`, [member.id]),
    before: async () => {
      await fixtures.worker(vendor, member);
      await fixtures.rows(
        `update vendor_members set tie = 'employment', tie_reason = null where person_id = $1`,
        [member.id],
      );
    },
  },
  {
    what: 'a vendor’s officer steps down',
    actor: "vendor's officer",
    takeAway: () =>
      fixtures.rows(`update officers set ended_at = now() where person_id = $1`, [vendorBoss.id]),
  },
  {
    what: 'an officer steps down',
    actor: 'officer',
    takeAway: () => fixtures.rows(`update officers set ended_at = now() where person_id = $1`, [boss.id]),
  },
  {
    what: 'an officer’s role no longer lets it act',
    actor: 'officer',
    takeAway: () => fixtures.rows(`update officers set acts = false where person_id = $1`, [boss.id]),
  },
  {
    what: 'an employment ends',
    actor: 'person',
    takeAway: () =>
      fixtures.rows(`update workers set employed_to = '2021-01-01' where person_id = $1`, [helper.id]),
    before: async () => {
      await fixtures.worker(business, helper);
      await tie();
    },
  },
  {
    what: 'a person becomes an officer of a vendor',
    actor: 'person',
    takeAway: () => fixtures.officer(vendor, helper),
  },
  {
    what: 'a person becomes a member of a vendor',
    actor: 'person',
    takeAway: () => fixtures.member(vendor, helper, vendorBoss),
  },
  {
    what: 'a person becomes an employee of a vendor',
    actor: 'person',
    takeAway: () => fixtures.worker(vendor, helper),
  },
  {
    what: 'a person’s other business becomes a vendor',
    actor: 'person',
    takeAway: () => fixtures.vendorProfile(other, boss),
    before: () => fixtures.officer(other, helper),
  },
  {
    what: 'a session is ended by its person',
    actor: 'person',
    takeAway: () => fixtures.rows(`select session_end($1)`, [helper.tokenHash]),
  },
  {
    what: 'a session is ended by the issuer',
    actor: 'person',
    takeAway: () => fixtures.rows(`select sessions_end_by_sid('https://issuer.example', 'the sid')`),
    before: () =>
      fixtures.rows(`update sessions set sid = 'the sid' where token_hash = $1`, [helper.tokenHash]),
  },
  {
    what: 'a session is ended from another one of the same person',
    actor: 'person',
    takeAway: async () =>
      fixtures.rows(`select sessions_end_others($1)`, [await fixtures.session(helper.id)]),
  },
  {
    what: 'a session gets a new token',
    actor: 'member',
    takeAway: () =>
      fixtures.rows(`select session_step_up($1, $2, $3, null, 'high', now())`, [
        member.tokenHash,
        randomBytes(32),
        member.numberHash,
      ]),
  },
];

describe.each(ways)('when $what', ({ actor, takeAway, before }) => {
  test('what runs with it ends first, what waited finds it gone, and reading waits for nobody', async () => {
    await before?.();
    const running = await begin(actor);
    let taken = false;
    const taking = takeAway().then(() => (taken = true));
    await Promise.race([taking, untilWaiting(fixtures, 1)]);
    expect(await capacityOf(actor, false)).toBe(IN_FORCE[actor]);
    const following = capacityOf(actor);
    await untilWaiting(fixtures, 2);
    expect(taken).toBe(false);
    expect(await running.end()).toBe(IN_FORCE[actor]);
    await taking;
    expect(await following).not.toBe(IN_FORCE[actor]);
  });
});

test('a session’s requests run beside each other, also when its last use is noted', async () => {
  await fixtures.rows(`update sessions set last_seen_at = now() - interval '5 minutes'`);
  const running = await begin('person');
  expect(await capacityOf('person')).toBe('person');
  expect(await capacityOf('person', false)).toBe('person');
  expect(await running.end()).toBe('person');
  const [session] = await fixtures.rows<{ fresh: boolean }>(
    `select last_seen_at > now() - interval '1 minute' as fresh from sessions where token_hash = $1`,
    [helper.tokenHash],
  );
  expect(session?.fresh).toBe(true);
});

const TURNS = 100;

test('removals of every kind at once, in a storm of actions, never wait for each other in a ring', async () => {
  const deadlocks = async () =>
    (
      await fixtures.rows<{ count: number }>(
        `select deadlocks::int as count from pg_stat_database where datname = current_database()`,
      )
    )[0]?.count;
  const actors = ['officer', 'person', 'member', "vendor's officer"] as const;
  const toggles = [
    `update mandates set suspended_at = case when suspended_at is null then now() end, suspended_reason = 'business'
     where business_id = '${business.id}'`,
    `update mandate_assignments set ended_at = case when ended_at is null then now() end where business_id = '${business.id}'`,
    `update officers set acts = not acts where person_id in ('${boss.id}', '${vendorBoss.id}')`,
    // One at a time, as the register's changes come: of several in one statement the order on disk would say which is locked first.
    ...[business, vendor].map(({ id }) => `update businesses set bankrupt = not bankrupt where id = '${id}'`),
    `update vendor_profiles set barred_at = case when barred_at is null then now() end where vendor_id = '${vendor.id}'`,
  ];
  const works = [
    ...actors.flatMap((actor) => [() => capacityOf(actor), () => capacityOf(actor)]),
    ...toggles.map((statement) => () => fixtures.rows(statement)),
  ];
  // Everybody goes on until everybody has had so many turns, however long the machine takes for them.
  const turns = works.map(() => 0);
  const repeat = async (work: () => Promise<unknown>, own: number): Promise<void> => {
    for (; Math.min(...turns) < TURNS; turns[own]! += 1) await work();
  };
  await Promise.all(works.map(repeat));
  expect(await deadlocks()).toBe(0);
}, 120_000);
