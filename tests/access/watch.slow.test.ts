import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inTransaction } from '../../src/database/transaction.ts';
import { enqueue } from '../../src/jobs/index.ts';
import { parseOrganisationNumber } from '../../src/kernel/organisation-number.ts';
import { organisations, people } from '../../stand-ins/world.ts';
import { browserOf, fairVendor, giveVendorAccess, submitMain, valueOf } from '../support/steps.ts';
import { passLogin, startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const AS_VENDOR = `${OWN}/by/${organisations.cheapVendor}`;
const LIST = `${OWN}/business/access`;

let world: World;
let mandateId: string;
beforeAll(async () => {
  world = await startWorld();
  ({ mandateId } = await giveVendorAccess(world, ['orders.place', 'orders.read']));
}, 60_000);
afterAll(async () => {
  await world.stop();
});

function services() {
  const [app] = world.apps;
  if (!app) throw new Error('No application.');
  return app.services;
}
const numberOf = (text: string) => valueOf(parseOrganisationNumber(text));

/** Has a task run now that comes round by the clock. */
async function runTask(name: string, payload: object = {}): Promise<void> {
  await inTransaction(services().database, { kind: 'job', name: 'test' }, (transaction) =>
    enqueue(transaction, name, payload),
  );
}

const statusOf = async (page: Page, path: string) => (await page.goto(path))?.status();
const dayBefore = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);

/** The letter's own words, in Norwegian as the business has it. */
const stepped = /Årsakskode: officer-stepped-down/u;

test('an officer who steps down loses everything, what they gave is confirmed by another, and the new director goes through the list', async () => {
  const { control } = world.standIns;
  const former = await browserOf(world, people.vakenSpurv);
  const successor = await browserOf(world, people.munterElv);
  const chair = await browserOf(world, people.visUgle);
  expect(await statusOf(former, LIST)).toBe(200);
  expect(await statusOf(successor, LIST)).toBe(404);

  // The registers say so, and do not answer: everything stays as it was last known.
  control.retireOfficer({ organisationNumber: organisations.blueHammer, nationalId: people.vakenSpurv });
  control.addOfficer({
    organisationNumber: organisations.blueHammer,
    nationalId: people.munterElv,
    code: 'DAGL',
  });
  control.setFault({ service: 'enhetsregisteret', status: 503 });
  control.setFault({ service: 'aareg', status: 503 });
  const business = numberOf(organisations.blueHammer);
  expect(await services().importBusiness(business)).toEqual({ ok: false, error: 'register-unavailable' });
  expect(await services().importWorkers(business)).toEqual({ ok: false, error: 'register-unavailable' });
  expect(await statusOf(former, LIST)).toBe(200);
  expect(await statusOf(successor, LIST)).toBe(404);
  control.clearFaults({});

  // The next reading of the updates finds it.
  await runTask('businesses.follow-updates');
  expect((await world.mail('vaken.spurv@example.no', stepped)).text).toContain('BLÅ HAMMER AS');
  await world.mail('vis.ugle@example.no', stepped);
  expect(await statusOf(former, LIST)).toBe(404);
  await world.mail('vis.ugle@example.no', /må bekreftes innen[\s\S]*Antall: 1/u);

  // The chair confirms with a new login what the former director gave.
  await world.rows(`update sessions set auth_time = now() - interval '1 hour'`);
  await chair.goto(LIST);
  await chair.getByRole('heading', { name: 'Mandates to be confirmed' }).waitFor();
  await chair.getByRole('link', { name: 'Confirm the mandate of RIMELIG KORTHJELP AS' }).click();
  await chair.getByText('Våken Spurv gave the mandate but can no longer give it').waitFor();
  await chair.getByRole('link', { name: 'Log in again' }).click();
  await chair.locator('main form button[type=submit]').click();
  await passLogin(chair, people.visUgle);
  await chair.getByRole('heading', { level: 1, name: /^Confirm the mandate/u }).waitFor();
  await submitMain(chair);
  await chair.getByText('The mandate is confirmed.').waitFor();
  expect(await chair.getByRole('heading', { name: 'Mandates to be confirmed' }).count()).toBe(0);
  await chair.goto(`${LIST}/mandates/${mandateId}`);
  await chair.getByText('Vis Ugle,').first().waitFor();
  await world.mail('rimelig.regnestykke@example.no', /bekreftet[\s\S]*Årsakskode: confirmed/u);
  const [row] = await world.rows<{ approved: string; confirmBy: Date | null }>(
    `select approved_by_name as approved, confirm_by as "confirmBy" from mandates where id = $1`,
    [mandateId],
  );
  expect(row).toEqual({ approved: 'Vis Ugle', confirmBy: null });

  // The new director is asked, by letter and on the page, and answers.
  await world.mail('vis.ugle@example.no', /ny daglig leder/u);
  expect(await chair.getByText('You are the new managing director').count()).toBe(0);
  expect(await statusOf(successor, LIST)).toBe(200);
  await successor.getByText('You are the new managing director').waitFor();
  await successor.getByRole('button', { name: 'I have gone through the list' }).click();
  await successor.getByText('You have marked that you have gone through the list.').waitFor();
  expect(await successor.getByText('You are the new managing director').count()).toBe(0);
}, 60_000);

test("a vendor's member who changes employer loses the customers' mandates at their own login, and both sides are told", async () => {
  const { control } = world.standIns;
  const member = await browserOf(world, people.hjelpsomHand);
  expect(await statusOf(member, `${AS_VENDOR}/orders`)).toBe(200);
  control.endEmployment({
    organisationNumber: fairVendor.number,
    nationalId: people.hjelpsomHand,
    on: dayBefore,
  });
  // No task has read it yet: the login has it read.
  await browserOf(world, people.hjelpsomHand);
  const vendorTold = await world.mail('rimelig.regnestykke@example.no', /Årsakskode: member-left/u);
  expect(vendorTold.subject).toContain('Hjelpsom Hånd');
  await world.mail('vis.ugle@example.no', /Hjelpsom Hånd hos RIMELIG KORTHJELP AS/u);
  expect(await statusOf(member, `${AS_VENDOR}/orders`)).toBe(404);
  await member.goto('/businesses');
  expect(await member.getByRole('link', { name: 'BLÅ HAMMER AS' }).count()).toBe(0);
}, 40_000);

test("a vendor's officer says what ties somebody to it whom no register shows as employed", async () => {
  const vendorPage = `/b/${organisations.cheapVendor}/business/vendor`;
  const vendor = await browserOf(world, people.rimeligRegnestykke);
  await vendor.goto(`${vendorPage}/members/new`);
  await vendor.locator('input[name=name]').fill('Fremmed Fugl');
  await vendor.locator('input[name=email]').fill('fugl@byraet.example');
  await submitMain(vendor);
  await vendor.locator('input[name=tieReason][aria-invalid=true]').waitFor();
  expect(await vendor.locator('input[name=email]').inputValue()).toBe('fugl@byraet.example');
  await vendor.locator('input[name=tieReason]').fill('Hired from Byrået AS until Easter');
  await submitMain(vendor);
  await vendor.getByText('The invitation has been sent.').waitFor();

  const { text } = await world.mail('fugl@byraet.example', /medlem/u);
  const hired = await browserOf(world, people.fremmedFugl);
  await hired.goto(/\/invitations\/\S+/u.exec(text)?.[0] ?? '');
  await submitMain(hired);
  await hired.getByRole('heading', { name: 'Your answer is recorded' }).waitFor();
  await vendor.goto(vendorPage);
  await vendor.getByRole('button', { name: /^Confirm Fremmed Fugl/u }).click();
  await vendor
    .getByRole('row', { name: /Fremmed Fugl/u })
    .getByText('Hired from Byrået AS until Easter')
    .waitFor();
  await vendor
    .getByRole('row', { name: /Hjelpsom Hånd/u })
    .getByText('Not employed now')
    .waitFor();
}, 40_000);

test('a worker who leaves loses a mandate that hangs on the employment', async () => {
  await world.rows(
    `insert into mandates (business_id, holder, person_id, holder_name, rights, starts_at, ends_at, tie, approved_by,
       approved_by_name, approved_at, approved_acr, approved_auth_time)
     select w.business_id, 'person', w.person_id, w.name, '{orders.read,access.manage}', now(), now() + interval '90 days',
       'employment', o.person_id, o.name, now(), 'high', now()
     from workers w join persons p on p.id = w.person_id join officers o on o.business_id = w.business_id and o.role_code = 'LEDE'
     where w.business_id = (select id from businesses where organisation_number = $1) and w.name like 'Áilu%'`,
    [organisations.blueHammer],
  );
  const worker = await browserOf(world, people.ailuCahcesuolu);
  expect(await statusOf(worker, LIST)).toBe(200);
  world.standIns.control.endEmployment({
    organisationNumber: organisations.blueHammer,
    nationalId: people.ailuCahcesuolu,
    on: dayBefore,
  });
  await runTask('workers.refresh', { organisationNumber: organisations.blueHammer });
  const told = await world.mail('vis.ugle@example.no', /Årsakskode: no-tie/u);
  expect(told.text).toContain('Arbeidsgiverregisteret viser ikke lenger');
  expect(await statusOf(worker, LIST)).toBe(403);
  await worker.getByText('the employer register does not show that now').waitFor();
}, 40_000);

test('bankruptcy leaves only the administrator, and everyone whom it stops is told', async () => {
  const { control } = world.standIns;
  const director = await browserOf(world, people.munterElv);
  expect(await statusOf(director, LIST)).toBe(200);
  control.bankrupt({
    organisationNumber: organisations.blueHammer,
    administrator: people.noyaktigBobestyrer,
  });
  await runTask('businesses.follow-updates');
  await world.mail('rimelig.regnestykke@example.no', /Årsakskode: business-bankrupt/u);
  expect(await statusOf(director, LIST)).toBe(404);
  const administrator = await browserOf(world, people.noyaktigBobestyrer);
  expect(await statusOf(administrator, LIST)).toBe(200);
  await administrator.getByText('Nøyaktig Bobestyrer').first().waitFor();
  const told = await world.rows<{ code: string }>(
    `select parameters->>'code' as code from notices where template = 'access:notice.businessClosed'`,
  );
  expect(told).toEqual([{ code: 'business-bankrupt' }]);
}, 40_000);
