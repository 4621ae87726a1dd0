import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { inTransaction } from '../database/transaction.ts';
import { ok } from '../kernel/result.ts';
import { act } from './actions.ts';
import en from './en.json' with { type: 'json' };
import type { AccessDeps } from './mandates.ts';
import nb from './nb.json' with { type: 'json' };
import type { Notice } from './notify.ts';
import { createAccessPages } from './pages.tsx';
import { watchAccess } from './watch.ts';

const BUSINESS = '310000019';
const VENDOR = '310000035';
const LIST = `/b/${BUSINESS}/business/access`;

let world: SmallWorld;
let deps: AccessDeps;
let pages: PageCaller;
const notices: Notice[] = [];
let business: string;
let vendor: string;
let officer: SmallPerson;
let chair: SmallPerson;
let manager: SmallPerson;
let clerk: SmallPerson;
let member: SmallPerson;
let vendorOfficer: SmallPerson;

beforeAll(async () => {
  world = await startSmallWorld();
  deps = {
    database: world.database,
    notify: keepIn(notices),
    publicOrigin: 'https://kortvakt.test',
  };
  business = await world.business(BUSINESS, 'BLÅ HAMMER AS');
  vendor = await world.business(VENDOR, 'RIMELIG KORTHJELP AS');
  officer = await world.person('Våken Spurv', '15819049944');
  chair = await world.person('Vis Ugle', '15819049945');
  manager = await world.person('Ivrig Rev', '15819049946');
  clerk = await world.person('Flittig Maur', '15819049947');
  member = await world.person('Hjelpsom Hånd', '15819049948');
  vendorOfficer = await world.person('Rimelig Regnestykke', '15819049949');
  pages = await createPageCaller({ nb: { access: nb }, en: { access: en } }, (app) => {
    app.route('/b/:business', createAccessPages(deps));
  });
}, 60_000);
afterAll(async () => {
  await world.stop();
});

let vendorMandate: string;
let managerMandate: string;
let clerkMandate: string;

/** Everyone in their place, and nothing left to tell of. */
beforeEach(async () => {
  await world.rows(`update clock set offset_by = '0'`);
  await world.rows(
    `truncate mandates, mandate_versions, mandate_assignments, vendor_members, agreements, quotes, officers, workers, freezes,
       vendor_profiles, vendor_bars, access_states, access_changes, access_tasks cascade`,
  );
  await world.rows(`update businesses set bankrupt = false, dissolved_on = null`);
  await world.rows(`update watch_marks set at = now() where name = 'access.time'`);
  await world.rows(`update sessions set auth_time = now(), last_seen_at = now()`);
  await world.officer(business, officer);
  await world.officer(business, chair, 'LEDE');
  await world.officer(vendor, vendorOfficer);
  vendorMandate = await world.vendorMandate(business, vendor, { officer, member }, [
    'orders.place',
    'cards.read',
  ]);
  managerMandate = await world.personMandate(business, manager, officer, ['access.manage', 'cards.read']);
  clerkMandate = await world.personMandate(business, clerk, manager, ['cards.read']);
  await world.rows('update mandates set given_under = $1 where id = $2', [managerMandate, clerkMandate]);
  await watch();
  notices.length = 0;
});

const watch = () => watchAccess(deps);
const told = () =>
  notices
    .map(({ template, businessId, personId, parameters }) => {
      const to =
        personId === undefined ? (businessId === business ? 'business' : 'vendor') : nameOf(personId);
      const code = parameters['code'] === undefined ? '' : ` ${parameters['code']}`;
      return `${to}: ${template.replace('access:notice.', '')}${code}`;
    })
    .sort();
const nameOf = (id: string) =>
  [officer, chair, manager, clerk, member, vendorOfficer].find((person) => person.id === id)?.name ?? id;
const later = (interval: string) => world.rows('update clock set offset_by = $1::interval', [interval]);

async function employ(businessId: string, person: SmallPerson, to: string | null): Promise<void> {
  const number = businessId === business ? '310000027' : '310000086';
  await world.rows(
    `insert into units (business_id, organisation_number, name) values ($1, $2, 'Unit') on conflict do nothing`,
    [businessId, number],
  );
  await world.rows(
    `insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, employed_to, refreshed_at)
     select $1, id, $2, $3, 'X', '1990-01-01', '2020-01-01', $4, now() from units where organisation_number = $5
     on conflict (business_id, unit_id, person_id) do update set employed_to = excluded.employed_to`,
    [businessId, person.id, person.name, to, number],
  );
}

const mandate = async (id: string) =>
  (
    await world.rows<{
      ended: boolean;
      endReason: string | null;
      confirmBy: Date | null;
      approvedBy: string;
      givenUnder: string | null;
      version: number;
    }>(
      `select ended_at is not null as ended, end_reason as "endReason", confirm_by as "confirmBy", approved_by as "approvedBy",
         given_under as "givenUnder", version from mandates where id = $1`,
      [id],
    )
  )[0]!;

describe('what stops by itself is told to both sides, once, with its code', () => {
  test.each([
    [
      'the agreement ends',
      () => world.rows('update agreements set ended_at = now(), ended_by = $1', [officer.id]),
      ['business: stopped no-agreement', 'vendor: stoppedYours no-agreement'],
    ],
    [
      'the vendor goes bankrupt: it is told of all its mandates at once',
      () => world.rows('update businesses set bankrupt = true where id = $1', [vendor]),
      ['business: stopped vendor-bankrupt', 'vendor: businessClosed business-bankrupt'],
    ],
    [
      'the business goes bankrupt',
      () => world.rows('update businesses set bankrupt = true where id = $1', [business]),
      [
        'Flittig Maur: stoppedYours business-bankrupt',
        'Ivrig Rev: stoppedYours business-bankrupt',
        'business: businessClosed business-bankrupt',
        'vendor: stoppedYours business-bankrupt',
      ],
    ],
    [
      'the business is dissolved',
      () => world.rows(`update businesses set dissolved_on = '2026-01-01' where id = $1`, [business]),
      [
        'Flittig Maur: stoppedYours business-dissolved',
        'Ivrig Rev: stoppedYours business-dissolved',
        'business: businessClosed business-dissolved',
        'vendor: stoppedYours business-dissolved',
      ],
    ],
    [
      'the review is missed',
      () =>
        world.rows(`update mandates set suspended_at = now(), suspended_reason = 'review' where id = $1`, [
          vendorMandate,
        ]),
      ['business: stopped review-missed', 'vendor: stoppedYours review-missed'],
    ],
  ])('%s', async (_name, stop, expected) => {
    await stop();
    await watch();
    expect(told()).toEqual(expected);
    await watch();
    expect(notices).toHaveLength(expected.length);
    const audited = await world.rows(
      `select distinct changes->>'code' as code from audit_entries where action = 'mandate.stopped' and mandate_id = $1`,
      [vendorMandate],
    );
    expect(audited).toHaveLength(1);
  });

  test.each([
    [
      'quote',
      `update quotes set valid_until = now() + interval '5 days'`,
      ['business: stopped no-quote', 'vendor: stoppedYours no-quote'],
    ],
    [
      'mandate',
      `update mandates set ends_at = now() + interval '5 days' where holder = 'vendor'`,
      ['business: stopped mandate-expired', 'vendor: stoppedYours mandate-expired'],
    ],
  ])(
    'the %s runs out while nothing is running: told afterwards, with the time it stopped',
    async (_name, shorten, expected) => {
      await world.rows(shorten);
      await watch();
      expect(notices).toEqual([]);
      await later('4 days');
      await watch();
      expect(notices).toEqual([]);
      await later('20 days');
      await Promise.all([watch(), watch()]);
      await watch();
      expect(told()).toEqual(expected);
      const stopped = new Date(notices[0]?.parameters['atTime'] ?? '').getTime();
      expect(Math.round((stopped - Date.now()) / 86_400_000)).toBe(5);
    },
  );

  test('an employment ends, and begins again', async () => {
    await employ(business, clerk, null);
    await world.rows(`update mandates set tie = 'employment', tie_reason = null where id = $1`, [
      clerkMandate,
    ]);
    await watch();
    expect(notices).toEqual([]);
    await employ(business, clerk, '2026-01-31');
    await watch();
    expect(told()).toEqual(['Flittig Maur: stoppedYours no-tie', 'business: stopped no-tie']);
    notices.length = 0;
    await employ(business, clerk, null);
    await watch();
    expect(told()).toEqual(['Flittig Maur: resumedYours', 'business: resumed']);
  });

  test('an employment whose last day is known ends when that day is over', async () => {
    const [row] = await world.rows<{ day: string }>(`select (oslo_date(now()) + 2)::text as day`);
    await employ(business, clerk, row!.day);
    await world.rows(`update mandates set tie = 'employment', tie_reason = null where id = $1`, [
      clerkMandate,
    ]);
    await watch();
    await later('1 days');
    await watch();
    expect(notices).toEqual([]);
    await later('4 days');
    await watch();
    expect(told()).toEqual(['Flittig Maur: stoppedYours no-tie', 'business: stopped no-tie']);
  });

  test('whoever comes to belong to a vendor loses a mandate of their own for good', async () => {
    await employ(vendor, clerk, null);
    await watch();
    expect(told()).toEqual([
      'Flittig Maur: stoppedYours belongs-to-vendor',
      'business: stopped belongs-to-vendor',
    ]);
    expect(await mandate(clerkMandate)).toMatchObject({ ended: true, endReason: 'became-vendor' });
    await employ(vendor, clerk, '2026-01-31');
    await watch();
    expect(notices).toHaveLength(2);
  });

  test("a vendor's member who changes employer: the vendor, its customers and the member", async () => {
    await employ(vendor, member, null);
    await world.rows(`update vendor_members set tie = 'employment', tie_reason = null`);
    await watch();
    expect(notices).toEqual([]);
    await employ(vendor, member, '2026-01-31');
    await watch();
    expect(told()).toEqual([
      'Hjelpsom Hånd: memberLeftYours',
      'business: memberLeftCustomer',
      'vendor: memberLeft',
    ]);
    notices.length = 0;
    await employ(vendor, member, null);
    await watch();
    expect(told()).toEqual([
      'Hjelpsom Hånd: memberBackYours',
      'business: memberBackCustomer',
      'vendor: memberBack',
    ]);
  });

  test('an officer of a vendor who steps down: its customers are told where they were set up', async () => {
    await world.rows('update mandate_assignments set person_id = $1', [vendorOfficer.id]);
    await world.rows('update officers set ended_at = now() where person_id = $1', [vendorOfficer.id]);
    await watch();
    expect(told()).toEqual([
      'Rimelig Regnestykke: officerLeftYours',
      'business: officerLeftCustomer',
      'vendor: officerLeft',
    ]);
  });

  test('what somebody ended is not told of once more, nor an emergency stop', async () => {
    await world.rows(
      `insert into freezes (business_id, frozen_at, frozen_by, frozen_by_name) values ($1, now(), $2, 'Våken Spurv')`,
      [business, officer.id],
    );
    await world.rows(`update mandates set ended_at = now(), end_reason = 'removed' where id = $1`, [
      vendorMandate,
    ]);
    await watch();
    expect(notices).toEqual([]);
  });

  test('nobody who serves requests reads or writes what the task keeps', async () => {
    for (const table of ['access_changes', 'access_states', 'watch_marks', 'access_tasks']) {
      const seen = await act(
        world.database,
        officer.acting(BUSINESS),
        { right: 'access.manage', action: 'test' },
        async (permitted) =>
          ok(
            await permitted.query
              .selectFrom(table as 'access_states')
              .selectAll()
              .execute(),
          ),
      );
      expect(seen).toEqual({ ok: true, value: [] });
    }
  });
});

describe('what was given by somebody who may no longer give', () => {
  const stepDown = () =>
    world.rows('update officers set ended_at = now() where person_id = $1', [officer.id]);
  const removeManager = () =>
    world.rows(`update mandates set ended_at = now(), end_reason = 'removed' where id = $1`, [
      managerMandate,
    ]);

  test('an officer who steps down: what they gave is to be confirmed, everyone is told, and it lapses', async () => {
    await stepDown();
    await watch();
    expect(told()).toEqual([
      'Våken Spurv: officerLeftYours',
      'business: confirmBegins',
      'business: officerLeft',
    ]);
    expect(notices.find(({ template }) => template.endsWith('confirmBegins'))?.parameters).toMatchObject({
      giver: 'Våken Spurv',
      count: '2',
    });
    expect(await mandate(clerkMandate)).toMatchObject({ confirmBy: null });
    const { confirmBy } = await mandate(vendorMandate);
    // The Oslo midnight after the fourteenth day.
    const [row] = await world.rows<{ midnight: Date }>(
      `select (oslo_date(now()) + 15)::timestamp at time zone 'Europe/Oslo' as midnight`,
    );
    expect(confirmBy).toEqual(row!.midnight);

    notices.length = 0;
    await later('10 days');
    await watch();
    expect(notices).toEqual([]);
    await later('12 days 3 hours');
    await watch();
    await watch();
    expect(told()).toEqual(['business: confirmSoon']);
    expect(notices[0]?.parameters['count']).toBe('2');

    notices.length = 0;
    await later('15 days');
    await watch();
    expect(told()).toEqual(
      [
        'Ivrig Rev: stoppedYours giver-lost-right',
        'business: stopped giver-lost-right',
        'business: stopped giver-lost-right',
        'vendor: stoppedYours giver-lost-right',
        // The manager's mandate lapsed, so what was given under it waits for its own confirmation.
        'business: confirmBegins',
      ].sort(),
    );
    expect(await mandate(vendorMandate)).toMatchObject({ ended: true, endReason: 'not-confirmed' });
    expect((await mandate(clerkMandate)).confirmBy).not.toBeNull();
  });

  test('an officer who keeps another role in the business keeps the right', async () => {
    await world.officer(business, officer, 'MEDL');
    await stepDown();
    await world.officer(business, officer, 'LEDE');
    await watch();
    expect(told()).toEqual([]);
    expect((await mandate(vendorMandate)).confirmBy).toBeNull();
  });

  test.each([
    ['ends', removeManager],
    [
      'is narrowed to what reaches less',
      () => world.rows(`update mandates set rights = '{access.manage}' where id = $1`, [managerMandate]),
    ],
    [
      'is suspended',
      () =>
        world.rows(`update mandates set suspended_at = now(), suspended_reason = 'business' where id = $1`, [
          managerMandate,
        ]),
    ],
    [
      'loses its tie',
      async () => {
        await employ(business, manager, '2026-01-31');
        await world.rows(`update mandates set tie = 'employment', tie_reason = null where id = $1`, [
          managerMandate,
        ]);
      },
    ],
  ])("the giver's own mandate %s", async (_name, lose) => {
    await lose();
    await watch();
    expect(told()).toContain('business: confirmBegins');
    expect((await mandate(clerkMandate)).confirmBy).not.toBeNull();
    expect((await mandate(vendorMandate)).confirmBy).toBeNull();
    expect(
      await world.rows(`select change from mandate_versions where mandate_id = $1 order by version`, [
        clerkMandate,
      ]),
    ).toEqual([{ change: 'given' }, { change: 'to-confirm' }]);
  });

  test('a mandate of the giver that is replaced by one that reaches as far changes nothing', async () => {
    await removeManager();
    await world.personMandate(business, manager, chair, ['access.manage', 'cards.read', 'cards.block']);
    await watch();
    expect((await mandate(clerkMandate)).confirmBy).toBeNull();
  });

  test('what somebody is just acting under is not waited for: it follows when they are done', async () => {
    await stepDown();
    const acting = act(
      world.database,
      manager.acting(BUSINESS),
      { right: 'access.manage', action: 'test' },
      async () => {
        // Waiting here, the task would wait for the manager, who may be about to wait for it.
        await watch();
        return ok([(await mandate(vendorMandate)).confirmBy, (await mandate(managerMandate)).confirmBy]);
      },
    );
    expect(await acting).toEqual({ ok: true, value: [expect.any(Date), null] });
    await watch();
    expect((await mandate(managerMandate)).confirmBy).not.toBeNull();
    expect(told().filter((line) => line === 'business: confirmBegins')).toHaveLength(2);
  }, 10_000);

  test('what lapses while somebody acts under it ends, and is told of, when they are done', async () => {
    await stepDown();
    await watch();
    notices.length = 0;
    const acting = act(
      world.database,
      manager.acting(BUSINESS),
      { right: 'access.manage', action: 'test' },
      async () => {
        await later('15 days');
        await watch();
        return ok([(await mandate(vendorMandate)).ended, (await mandate(managerMandate)).ended]);
      },
    );
    expect(await acting).toEqual({ ok: true, value: [true, false] });
    expect(told()).not.toContain('Ivrig Rev: stoppedYours giver-lost-right');
    await watch();
    expect(await mandate(managerMandate)).toMatchObject({ ended: true, endReason: 'not-confirmed' });
    expect(told().filter((line) => line === 'Ivrig Rev: stoppedYours giver-lost-right')).toHaveLength(1);
  }, 10_000);

  test('with nothing to look at, time is looked at once a minute', async () => {
    const mark = () => world.rows(`select at from watch_marks where name = 'access.time'`);
    const before = await mark();
    await watch();
    expect(await mark()).toEqual(before);
    await later('1 minute');
    await watch();
    expect(await mark()).not.toEqual(before);
  });

  test('is shown on the list, and confirmed with a fresh login by somebody who could give it', async () => {
    await removeManager();
    await watch();
    notices.length = 0;
    const list = await pages.get(chair, LIST);
    expect(list.text).toContain('Mandates to be confirmed');
    expect(list.text).toContain(`${LIST}/mandates/${clerkMandate}/confirm`);
    await world.rows(`update sessions set auth_time = now() - interval '10 minutes'`);
    const stale = await pages.get(chair, `${LIST}/mandates/${clerkMandate}/confirm`);
    expect(stale.text).toContain('/login/step-up');
    const { version } = await mandate(clerkMandate);
    const refused = await pages.post(chair, `${LIST}/mandates/${clerkMandate}/confirm`, {
      version: String(version),
    });
    expect(refused.location).toContain('/login/step-up');
    expect((await mandate(clerkMandate)).confirmBy).not.toBeNull();

    await world.rows(`update sessions set auth_time = now()`);
    const changed = await pages.post(chair, `${LIST}/mandates/${clerkMandate}/confirm`, { version: '1' });
    expect(changed.status).toBe(409);
    const done = await pages.post(chair, `${LIST}/mandates/${clerkMandate}/confirm`, {
      version: String(version),
    });
    expect(done.location).toContain('done=access%3Adone.confirmed');
    expect(await mandate(clerkMandate)).toMatchObject({
      confirmBy: null,
      approvedBy: chair.id,
      givenUnder: null,
    });
    const again = await pages.post(chair, `${LIST}/mandates/${clerkMandate}/confirm`, {
      version: String(version),
    });
    expect(again.status).toBe(409);
    expect(again.text).toContain('does not have to be confirmed any more');
    await watch();
    expect((await mandate(clerkMandate)).confirmBy).toBeNull();
    expect(told()).toEqual(['Flittig Maur: confirmedYours', 'business: confirmed']);
    expect(
      await world.rows(
        `select decision, rule from audit_entries where action = 'mandate.confirm' and subject_id = $1 order by id`,
        [clerkMandate],
      ),
    ).toEqual([
      { decision: 'refused', rule: 'step-up' },
      { decision: 'allowed', rule: null },
    ]);
  });

  test('somebody who manages access confirms what they could give, and nothing else', async () => {
    await stepDown();
    await watch();
    const list = await pages.get(manager, LIST);
    expect(list.text).toContain('Mandates to be confirmed');
    for (const [id, words] of [
      [vendorMandate, 'gives more than you can give'],
      [managerMandate, 'has to be confirmed by somebody else'],
    ] as const) {
      const { version } = await mandate(id);
      expect((await pages.get(manager, `${LIST}/mandates/${id}/confirm`)).text).toContain(words);
      const refused = await pages.post(manager, `${LIST}/mandates/${id}/confirm`, {
        version: String(version),
      });
      expect(refused.status).toBe(403);
    }
    // The database holds to it as well.
    const forced = act(
      world.database,
      manager.acting(BUSINESS),
      { right: 'access.manage', action: 'test' },
      async (permitted) => {
        await permitted.query
          .updateTable('mandates')
          .set({ confirm_by: null })
          .where('id', '=', vendorMandate)
          .execute();
        return ok(null);
      },
    );
    await expect(forced).rejects.toThrow('confirmed by whoever could give it');
    await world.rows(`update mandates set rights = '{cards.read}' where id = $1`, [vendorMandate]);
    const { version } = await mandate(vendorMandate);
    const done = await pages.post(manager, `${LIST}/mandates/${vendorMandate}/confirm`, {
      version: String(version),
    });
    expect(done.location).toContain('done=');
    expect(await mandate(vendorMandate)).toMatchObject({
      approvedBy: manager.id,
      givenUnder: managerMandate,
    });
  });

  test('a task asks, and nobody else: neither sets a time nor takes it away', async () => {
    await removeManager();
    await watch();
    const asJob = inTransaction(world.database, { kind: 'job', name: 'test' }, async ({ query }) => {
      await query.updateTable('mandates').set({ confirm_by: null }).where('id', '=', clerkMandate).execute();
    });
    await expect(asJob).rejects.toThrow('confirmed by whoever could give it');
  });

  test('one that is not there, or another business has, is not found', async () => {
    for (const id of ['01980000-0000-7000-8000-000000000001', 'x']) {
      expect((await pages.get(officer, `${LIST}/mandates/${id}/confirm`)).status).toBe(404);
      expect((await pages.post(officer, `${LIST}/mandates/${id}/confirm`, { version: '1' })).status).toBe(
        404,
      );
    }
  });
});

describe('a new managing director', () => {
  const appoint = async (person: SmallPerson) => {
    await later('5 minutes');
    await world.rows(
      `insert into officers (business_id, person_id, name, role_code, acts, since)
       values ($1, $2, $3, 'DAGL', true, clock_now())`,
      [business, person.id, person.name],
    );
    await watch();
  };

  test('is asked to go through the list, and says when they have', async () => {
    await appoint(clerk);
    expect(told()).toContain('business: newDirector');
    await watch();
    expect(told().filter((line) => line === 'business: newDirector')).toHaveLength(1);
    expect((await pages.get(officer, LIST)).text).not.toContain('You are the new managing director');
    const list = await pages.get(clerk, LIST);
    expect(list.text).toContain('You are the new managing director');
    // Nobody else answers for them.
    await pages.post(officer, `${LIST}/gone-through`, {});
    expect((await pages.get(clerk, LIST)).text).toContain('You are the new managing director');
    for (let times = 0; times < 2; times += 1) {
      const gone = await pages.post(clerk, `${LIST}/gone-through`, {});
      expect(gone.location).toContain('done=access%3Adone.goneThrough');
    }
    expect((await pages.get(clerk, LIST)).text).not.toContain('You are the new managing director');
    expect(
      await world.rows(`select count(*)::int as n from audit_entries where action = 'access.gone-through'`),
    ).toEqual([{ n: 1 }]);
  });

  test('is not asked where there is nothing to go through, nor the first one', async () => {
    await world.rows('truncate mandates cascade');
    await appoint(clerk);
    expect(told()).toEqual([]);
  });
});
