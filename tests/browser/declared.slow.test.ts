import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import { barriersOf, isWiderThanWindow } from '../support/barriers.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 120_000);
afterAll(() => world.stop());

async function expectAccessible(page: Page): Promise<void> {
  expect(await barriersOf(page)).toEqual([]);
  expect(await isWiderThanWindow(page)).toBe(false);
}

test('a sole proprietor declares himself, and orders his card', async () => {
  const workers = `/b/${organisations.soleProprietor}/workers`;
  const page = await world.newBrowser({ language: 'nb', width: 390 });
  await page.goto('/');
  await world.logIn(page, people.snillElg);
  await page.goto(workers);
  await page.getByText('Ingen arbeidstakere ennå').waitFor();
  await page.getByRole('link', { name: 'Erklærte arbeidstakere' }).click();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Erklær en arbeidstaker' }).click();
  await page.getByLabel('Innehaver eller eier').check();
  await page.getByLabel('Fødselsnummer eller d-nummer').fill(people.snillElg);
  await page.getByLabel('Etternavn').fill('Rev');
  await page.getByLabel('Begrunnelse').fill('Eier foretaket og maler selv');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Erklær', exact: true }).click();
  await page.getByText('Folkeregisteret kjenner ingen med dette nummeret og etternavnet').first().waitFor();
  expect(await page.getByLabel('Fødselsnummer eller d-nummer').inputValue()).toBe('');
  await page.getByLabel('Fødselsnummer eller d-nummer').fill(people.snillElg);
  await page.getByLabel('Etternavn').fill('elg');
  await page.getByRole('button', { name: 'Erklær', exact: true }).click();
  await page.getByText('Arbeidstakeren er erklært.').first().waitFor();
  await expectAccessible(page);
  await page.goto(workers);
  await page.getByText('Erklært av Snill Elg').waitFor();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Bestill kort til Snill Elg' }).click();
  await page.getByRole('button', { name: 'Gå videre' }).click();
  await page.waitForURL(/confirm/u);
  await page.getByRole('button', { name: 'Bestill', exact: true }).click();
  await page.waitForURL(/orders\/[0-9a-f-]{36}/u);
  const [line] = await world.rows(
    `select l.holder_name, w.source, d.kind, d.reason from order_lines l join workers w on w.id = l.worker_id
       join worker_declarations d on d.worker_id = w.id`,
  );
  expect(line).toEqual({
    holder_name: 'Snill Elg',
    source: 'declared',
    kind: 'owner',
    reason: 'Eier foretaket og maler selv',
  });
  await page.context().close();
});

test('a cleaning business that is not approved is told so, and orders when the Authority says that it may', async () => {
  const orders = `/b/${organisations.newCleaning}/orders/new`;
  const page = await world.newBrowser({ language: 'en', width: 1280 });
  await page.goto('/');
  await world.logIn(page, people.ferskFille);
  await page.goto(orders);
  await page.getByText('The cleaning business is not approved yet').waitFor();
  await page.getByText('is considering the application').waitFor();
  await expectAccessible(page);
  expect(await page.locator('input[name=worker]').count()).toBe(0);
  world.standIns.control.setApproval({
    organisationNumber: organisations.newCleaning,
    register: 'cleaning',
    status: 2,
  });
  expect(await world.apps[0]?.services.readApprovals()).toMatchObject({ ok: true });
  await page.goto(orders);
  await page.locator('input[name=worker]').first().check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Place the order', exact: true }).click();
  await page.waitForURL(/orders\/[0-9a-f-]{36}/u);
  expect(
    await world.rows(
      'select distinct o.card_type from orders o join businesses b on b.id = o.business_id where b.organisation_number = $1',
      [organisations.newCleaning],
    ),
  ).toEqual([{ card_type: 'cleaning' }]);
  await page.context().close();
});

test('a staffing agency that is not approved is told so, and orders when it is', async () => {
  const orders = `/b/${organisations.agency}/orders/new`;
  const page = await world.newBrowser({ language: 'nb', width: 390 });
  await page.goto('/');
  await world.logIn(page, people.villigVikar);
  await page.goto(orders);
  await page.getByText('Bemanningsforetaket er ikke godkjent').waitFor();
  await page.getByText('Arbeidstilsynet har ikke godkjent virksomheten.').waitFor();
  await expectAccessible(page);
  expect(await page.locator('input[name=worker]').count()).toBe(0);
  await page.goto(`/b/${organisations.agency}/workers`);
  await page.getByText('Virksomheten søker om godkjenning der.').first().waitFor();
  world.standIns.control.setApproval({
    organisationNumber: organisations.agency,
    register: 'staffing',
    status: 4,
  });
  expect(await world.apps[0]?.services.readApprovals()).toMatchObject({ ok: true });
  await page.goto(orders);
  expect(await page.locator('input[name=worker]').count()).toBe(2);
  await page.context().close();
});

test('a foreign firm sees its workers with their assignments', async () => {
  const page = await world.newBrowser({ language: 'en', width: 1280 });
  await page.goto('/');
  await world.logIn(page, people.utenlandskForbindelse);
  await page.goto(`/b/${organisations.foreignBranch}/workers`);
  await page.getByText('Tuukka Telakka').first().waitFor();
  expect(await page.locator('main').innerText()).toContain(
    'Assignment: BLÅ HAMMER AS, Nytt skolebygg, Tromsø',
  );
  await page.getByText('The assignment has ended in the register of assignments').waitFor();
  await expectAccessible(page);
  await page.context().close();
});
