import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import {
  browserOf,
  considerOrder,
  dayAhead,
  dearVendor,
  fairVendor,
  forge,
  giveVendorAccess,
  submitMain,
  tickWorkers,
} from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const AS_VENDOR = `${OWN}/by/${fairVendor.number}`;
const ACCESS = `${OWN}/business/access`;
const WORKER = 'Áilu Čáhcesuolu';

let world: World;
let mandateId: string;
beforeAll(async () => {
  world = await startWorld();
  await giveVendorAccess(world, ['orders.place'], dearVendor);
  ({ mandateId } = await giveVendorAccess(world, [
    'orders.prepare',
    'orders.place',
    'orders.read',
    'cards.read',
    'cards.block',
    'workers.read',
    'invoices.read',
  ]));
  await tickWorkers(world, mandateId, [WORKER]);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

/** Everyone who can act for the business, as the database has it: officers, vendors with a mandate, their people. */
const whoCanAct = async () =>
  (
    await world.rows<{ name: string }>(
      `select o.name from officers o join businesses b on b.id = o.business_id
         where b.organisation_number = $1 and o.acts and o.ended_at is null
       union select m.holder_name from mandates m join businesses b on b.id = m.business_id
         where b.organisation_number = $1 and m.ended_at is null
       union select p.name from mandate_assignments a join persons p on p.id = a.person_id
         join mandates m on m.id = a.mandate_id join businesses b on b.id = m.business_id
         where b.organisation_number = $1 and m.ended_at is null and a.ended_at is null`,
      [organisations.blueHammer],
    )
  ).map(({ name }) => name);

describe('you have full control over who can represent your business', () => {
  test('a vendor passes nothing on: whatever it sends to give access is refused, and is in the log', async () => {
    const page = await browserOf(world, fairVendor.member);
    await page.goto(`${AS_VENDOR}/orders`);
    const before = await world.rows('select id from mandates');
    const proposal = { rights: 'orders.place', scope: 'all', lastDay: dayAhead(30), purpose: 'Cards' };
    for (const [path, fields] of [
      [
        '/business/access/people/invite',
        { ...proposal, name: 'Presis Penn', email: 'presis@example.no', tieReason: 'x' },
      ],
      [`/business/access/vendors/${dearVendor.number}`, proposal],
      [`/business/access/mandates/${mandateId}/remove`, {}],
      [`/business/vendor/customers/${mandateId}`, { people: '' }],
    ] as const)
      expect([path, await forge(page, AS_VENDOR + path, fields)]).toEqual([path, 403]);
    expect(await world.rows('select id from mandates')).toEqual(before);
    expect(await world.rows('select id from drafts')).toEqual([]);
    expect(
      await world.rows(
        `select distinct decision, rule from audit_entries where mandate_id = $1 and action ~ '^(mandate|vendor|invitation)[.]'
         and action <> 'mandate.give'`,
        [mandateId],
      ),
    ).toEqual([{ decision: 'refused', rule: 'never-for-vendor' }]);
    await page.context().close();
  });

  test('everyone who can act stands on one page, and what is removed there is refused in a form that was open already', async () => {
    const officer = await browserOf(world, people.visUgle, { language: 'nb', width: 390, javaScript: false });
    await officer.goto(ACCESS);
    const listed = await officer.locator('main').innerText();
    const acting = await whoCanAct();
    expect(acting.toSorted()).toEqual(
      [
        'DYRE KORT AS',
        'Hjelpsom Hånd',
        'Kostelig Kåpe',
        'RIMELIG KORTHJELP AS',
        'Vis Ugle',
        'Våken Spurv',
      ].toSorted(),
    );
    expect(acting.filter((name) => !listed.includes(name))).toEqual([]);
    // Officers are the register's: the page says where they are changed, and has no button for it.
    expect(listed).toContain('Endres hos Brønnøysundregistrene');
    expect(await officer.getByRole('link', { name: /^Fjern.*(?:Spurv|Ugle)/u }).count()).toBe(0);

    // The member has an order filled in; the business removes the vendor before it is sent.
    const member = await browserOf(world, fairVendor.member);
    await considerOrder(member, AS_VENDOR, { unit: /TROMSØ/u, workers: [WORKER] });
    await officer.getByRole('link', { name: /^Fjern.*RIMELIG KORTHJELP AS/u }).click();
    await officer.getByText('Hjelpsom Hånd').waitFor();
    await submitMain(officer);
    await officer.getByText('Tilgangen er fjernet.').waitFor();
    await submitMain(member);
    await member.getByText('The mandate was removed.').waitFor();
    expect(await world.rows('select id from orders')).toEqual([]);
    await member.goto('/businesses');
    expect(await member.locator('main').innerText()).not.toContain('BLÅ HAMMER AS');
    expect(await whoCanAct()).not.toContain('RIMELIG KORTHJELP AS');
    expect(await officer.locator('main').innerText()).not.toContain('RIMELIG KORTHJELP AS');

    // Those who are concerned are told: the other officer, and the vendor's.
    await world.mail('vaken.spurv@example.no', /Tilgangen til RIMELIG KORTHJELP AS er fjernet/u);
    await world.mail('rimelig.regnestykke@example.no', /Tilgangen til BLÅ HAMMER AS er fjernet/u);
    expect(
      await world.rows(
        `select m.end_reason, m.ended_by_name, e.decision from mandates m join audit_entries e on e.subject_id = m.id
         where m.id = $1 and e.action = 'mandate.remove' and e.decision = 'allowed'`,
        [mandateId],
      ),
    ).toEqual([{ end_reason: 'removed', ended_by_name: 'Vis Ugle', decision: 'allowed' }]);
  }, 60_000);

  test('an officer who steps down in the register is out, in the session that is open, with nobody having removed them', async () => {
    const former = await browserOf(world, people.vakenSpurv);
    expect((await former.goto(ACCESS))?.status()).toBe(200);
    world.standIns.control.retireOfficer({
      organisationNumber: organisations.blueHammer,
      nationalId: people.vakenSpurv,
    });
    // The roles of a business are read anew when one of its officers logs in, and every night.
    const chair = await browserOf(world, people.visUgle);
    await chair.goto(ACCESS);
    const deadline = Date.now() + 15_000;
    while ((await former.goto(ACCESS))?.status() !== 404 && Date.now() < deadline)
      await former.waitForTimeout(200);
    await former.getByRole('heading', { level: 1, name: 'We cannot find the page' }).waitFor();
    await chair.reload();
    const officers = chair.locator('main section').filter({ hasText: 'Officers hold every right' });
    expect(await officers.locator('tbody tr').allInnerTexts()).toEqual([
      expect.stringContaining('Vis Ugle') as string,
    ]);
    expect(await whoCanAct()).not.toContain('Våken Spurv');
  }, 60_000);
});
