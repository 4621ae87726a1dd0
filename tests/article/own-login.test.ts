import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import {
  acceptAndConfirm,
  browserOf,
  dearVendor,
  endAllSessions,
  fairVendor,
  giveVendorAccess,
  orderCards,
  previewMandate,
  registerVendor,
  tickWorkers,
} from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const AS_VENDOR = `${OWN}/by/${fairVendor.number}`;
const WORKER = 'Áilu Čáhcesuolu';

let world: World;
beforeAll(async () => {
  world = await startWorld({ jobs: false });
  const { mandateId } = await giveVendorAccess(world, ['orders.place', 'orders.read']);
  await tickWorkers(world, mandateId, [WORKER]);
  await endAllSessions(world);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

const openSessions = () =>
  world.rows<{ name: string }>(
    `select p.name from sessions s join persons p on p.id = s.person_id where s.ended_at is null order by s.created_at`,
  );

describe('If your business has shared your login information, such as BankID details, there could be serious consequences', () => {
  test("there is nothing to share: a vendor's member orders as themselves, while nobody of the business is logged in", async () => {
    const member = await browserOf(world, fairVendor.member, {
      language: 'nb',
      width: 390,
      javaScript: false,
    });
    const orderId = await orderCards(member, AS_VENDOR, { unit: /TROMSØ/u, workers: [WORKER] });
    expect(
      await world.rows(
        `select o.placed_by_name, p.name, o.vendor_id is not null as vendor from orders o
         join persons p on p.id = o.placed_by where o.id = $1`,
        [orderId],
      ),
    ).toEqual([{ placed_by_name: 'Hjelpsom Hånd', name: 'Hjelpsom Hånd', vendor: true }]);
    expect(await openSessions()).toEqual([{ name: 'Hjelpsom Hånd' }]);
    // Of nobody is anything kept that lets another person log in: no table has a column for it.
    expect(
      await world.rows(
        `select table_name, column_name from information_schema.columns
         where table_schema = 'public' and column_name ~* 'passw|otp|one_time|pin_?code|bankid'`,
      ),
    ).toEqual([]);
    await member.context().close();
  }, 60_000);

  test('whoever uses a borrowed login is seen by its owner, put out, and has not given access in between', async () => {
    await registerVendor(world, dearVendor);
    await endAllSessions(world);
    // The vendor's member has the officer's BankID, and is logged in with it on another machine.
    const borrowed = await browserOf(world, people.vakenSpurv);
    await previewMandate(borrowed, dearVendor, ['orders.place', 'workers.read']);
    // The login grows old: to give access somebody has to prove anew who they are.
    await world.rows(`update clock set offset_by = '6 minutes'`);
    await acceptAndConfirm(borrowed);
    await borrowed.getByRole('heading', { level: 1, name: 'Confirm that it is you' }).waitFor();
    await world.rows(`update clock set offset_by = '0'`);

    const officer = await browserOf(world, people.vakenSpurv, {
      language: 'nb',
      width: 390,
      javaScript: false,
    });
    await officer.goto('/profile');
    const sessions = officer.locator('main table tbody tr');
    expect(await sessions.count()).toBe(2);
    expect(await sessions.filter({ hasText: 'Denne' }).count()).toBe(1);
    await officer.getByText('Er det en du ikke kjenner?').waitFor();
    await officer.getByRole('button', { name: 'Avslutt de andre øktene' }).click();
    await officer.getByText('De andre øktene er avsluttet.').waitFor();
    expect(await sessions.count()).toBe(1);
    await officer.goto(`${OWN}/business/access`);
    expect(new URL(officer.url()).pathname).toBe(`${OWN}/business/access`);

    await borrowed.goto(`${OWN}/business/access`);
    expect(new URL(borrowed.url()).pathname).toBe('/login');
    expect(await openSessions()).toEqual([{ name: 'Våken Spurv' }]);
    expect(
      await world.rows(
        `select e.action, p.name, e.changes->>'ended' as ended from audit_entries e
         join persons p on p.id = e.actor_person_id where e.action = 'session.others-ended'`,
      ),
    ).toEqual([{ action: 'session.others-ended', name: 'Våken Spurv', ended: '1' }]);
    expect(
      await world.rows(
        'select m.id from mandates m join businesses v on v.id = m.vendor_id where v.organisation_number = $1',
        [dearVendor.number],
      ),
    ).toEqual([]);
  }, 60_000);
});
