import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import { barriersOf } from '../support/barriers.ts';
import { browserOf, fairVendor, giveVendorAccess } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const ACCESS = `/b/${organisations.blueHammer}/business/access`;

let world: World;
let mandateId: string;
let officer: Page;

beforeAll(async () => {
  world = await startWorld();
  ({ mandateId } = await giveVendorAccess(world, ['orders.place', 'orders.read']));
  officer = await browserOf(world, people.vakenSpurv);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

describe('the history of access', () => {
  test('is found by a name that never stands in the address, and leads to the mandate', async () => {
    await officer.goto(ACCESS);
    await officer.getByRole('link', { name: 'History', exact: true }).click();
    await officer.getByRole('heading', { level: 1, name: 'History of access' }).waitFor();
    expect(await barriersOf(officer)).toEqual([]);
    await officer.getByRole('searchbox', { name: 'Name of a person or vendor' }).fill('Hjelpsom');
    await officer.getByRole('button', { name: 'Search' }).click();
    await officer.waitForURL(/find=/u);
    expect(officer.url()).not.toMatch(/hjelpsom/iu);
    const rows = officer.locator('tbody tr');
    expect(await rows.count()).toBe(1);
    expect(await rows.first().innerText()).toContain('Set up by the vendor');
    await rows.first().getByRole('link', { name: fairVendor.memberName }).click();
    await officer.waitForURL(new RegExp(mandateId, 'u'));
  });

  test('is downloaded as a file that a spreadsheet reads, and the audit says so', async () => {
    await officer.goto(`${ACCESS}/history`);
    const waiting = officer.waitForEvent('download');
    await officer.getByRole('button', { name: /^Download as a file/u }).click();
    const download = await waiting;
    expect(download.suggestedFilename()).toBe(`access-${organisations.blueHammer}.csv`);
    const text = await readFile(await download.path(), 'utf8');
    expect(text.startsWith('\uFEFF"When";"What";')).toBe(true);
    const [line] = text.split('\r\n').filter((one) => one.includes('"Mandate given"'));
    expect(line).toContain(fairVendor.number);
    expect(line).toContain('orders.place, orders.read');
    expect(line).toContain('Våken Spurv');
    const entries = await world.rows(`select decision from audit_entries where action = 'access.exported'`);
    expect(entries).toEqual([{ decision: 'allowed' }]);
  });
});

describe('the question what a vendor could do on a day', () => {
  test('is asked on the page of its mandate, and says when nothing, and that it changed during the day', async () => {
    await officer.goto(`${ACCESS}/mandates/${mandateId}`);
    await officer.getByRole('button', { name: 'Show', exact: true }).click();
    await officer.waitForURL(/\/day\?day=/u);
    expect(await barriersOf(officer)).toEqual([]);
    const text = await officer.locator('main').innerText();
    expect(text).toContain('It changed during the day');
    expect(text).toContain('No mandate had been given.');
    expect(text).toContain('Nobody at the vendor is set up to use it.');
    expect(text).toContain(fairVendor.memberName);
    await officer.locator('input[name=day]').fill('2020-02-29');
    await officer.getByRole('button', { name: 'Show', exact: true }).click();
    await officer.waitForURL(/2020-02-29/u);
    expect(await officer.locator('main').innerText()).toContain('No mandate had been given.');
  });
});

describe('what a vendor tries without the right to', () => {
  test('stands beside it on the Access page of the business, with how often', async () => {
    const member = await browserOf(world, people.hjelpsomHand);
    const contact = `/b/${organisations.blueHammer}/by/${fairVendor.number}/business/contact`;
    for (let n = 0; n < 3; n += 1) expect((await member.goto(contact))?.status()).toBe(403);
    await officer.goto(ACCESS);
    const row = officer.locator('tbody tr', { hasText: fairVendor.name });
    expect(await row.innerText()).toContain('tried to open contact details, 3 times');
    expect(await barriersOf(officer)).toEqual([]);
    await member.context().close();
  });
});
