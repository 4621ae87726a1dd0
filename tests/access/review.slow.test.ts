import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { followReviews } from '../../src/access/review-jobs.ts';
import { organisations, people } from '../../stand-ins/world.ts';
import { barriersOf } from '../support/barriers.ts';
import { browserOf, dearVendor, fairVendor, giveVendorAccess, submitMain } from '../support/steps.ts';
import { passLogin, startWorld, type World } from '../support/world.ts';

const ACCESS = `/b/${organisations.blueHammer}/business/access`;

let world: World;
let officer: Page;
let second: Page;

beforeAll(async () => {
  world = await startWorld();
  await giveVendorAccess(world, ['orders.place', 'orders.read', 'cards.read']);
  await giveVendorAccess(world, ['orders.place'], dearVendor);
  await accountant();
  // Given a quarter ago, and their review open until ten days from now.
  await world.rows(`update mandates set approved_at = approved_at - interval '100 days',
    approved_auth_time = approved_auth_time - interval '100 days', starts_at = starts_at - interval '100 days'`);
  await world.rows(
    `insert into reviews (business_id, quarter, due_at, opened_at)
     select id, date_trunc('quarter', now())::date, now() + interval '10 days', now() from businesses
     where organisation_number = $1`,
    [organisations.blueHammer],
  );
  officer = await browserOf(world, people.vakenSpurv);
  second = await browserOf(world, people.visUgle);
}, 90_000);
afterAll(async () => {
  await world.stop();
});

async function accountant(): Promise<void> {
  await world.rows(
    `with boss as (select o.business_id, o.person_id, o.name from officers o join businesses b on b.id = o.business_id
        where b.organisation_number = $1 and o.name = 'Våken Spurv' limit 1),
      person as (insert into persons (national_id_hash, national_id_encrypted, name)
        values (sha256('accountant'::bytea), 'x'::bytea, 'Ryddig Regnskap') returning id, name)
     insert into mandates (business_id, holder, person_id, holder_name, rights, starts_at, ends_at, tie, tie_reason, approved_by,
       approved_by_name, approved_at, approved_acr, approved_auth_time)
     select boss.business_id, 'person', person.id, person.name, '{orders.read}', now(), now() + interval '1 year', 'declared',
       'Keeps the accounts', boss.person_id, boss.name, now(), 'high', now() from boss, person`,
    [organisations.blueHammer],
  );
}

const main = (page: Page) => page.locator('main').innerText();

describe('the quarterly review', () => {
  test('is begun from the Access page, left, and gone on with by another officer who sees what was done', async () => {
    await officer.goto(ACCESS);
    await officer.getByRole('link', { name: 'Go through the list' }).click();
    await officer.getByRole('heading', { level: 1, name: /^Access review, quarter/u }).waitFor();
    expect(await barriersOf(officer)).toEqual([]);
    expect(await main(officer)).toContain('3 mandates are left.');
    expect(await main(officer)).toContain('No right was used for 90 days; consider removing the mandate.');
    await second.goto(`${ACCESS}/review`);

    const keepTie = 'Keep, and confirm the tie of Ryddig Regnskap';
    await officer.getByRole('button', { name: keepTie }).click();
    await officer.getByText('Kept. It is stored').waitFor();
    expect(await main(officer)).toContain('2 mandates are left.');
    await second.getByRole('button', { name: keepTie }).click();
    await second
      .getByText(
        'Somebody has already decided on the mandate of Ryddig Regnskap. Nothing of yours was stored.',
      )
      .waitFor();
    expect(await main(second)).toContain('Kept: Våken Spurv');
    expect(await barriersOf(second)).toEqual([]);
    const stored = await world.rows(
      `select decided_by_name as by, tie_confirmed as tie from review_decisions`,
    );
    expect(stored).toEqual([{ by: 'Våken Spurv', tie: true }]);
  });

  test('leads to narrowing and removal and back, and what was done there is its decision', async () => {
    await second.goto(`${ACCESS}/review`);
    await second.getByRole('link', { name: `Narrow the mandate of ${fairVendor.name}` }).click();
    await second.getByRole('heading', { level: 1, name: /^Narrow/u }).waitFor();
    await second.locator('input[name=rights][value="cards.read"]').uncheck();
    await second.locator('textarea[name=reason]').fill('We look after the cards ourselves');
    await second.locator('main form button[type=submit]:not([name])').first().click();
    await second.getByText('The mandate has been narrowed.').waitFor();
    expect(new URL(second.url()).pathname).toBe(`${ACCESS}/review`);
    await second.getByRole('link', { name: `Remove ${dearVendor.name}` }).click();
    await submitMain(second);
    await second.getByText('The access has been removed.').waitFor();
    expect(new URL(second.url()).pathname).toBe(`${ACCESS}/review`);
    expect(await main(second)).toContain('Everything has an answer.');
    expect(await barriersOf(second)).toEqual([]);
  });

  test('ends in a record that can be printed and taken along, and that stays', async () => {
    await officer.goto(`${ACCESS}/review`);
    await officer.getByRole('link', { name: 'Complete the review' }).click();
    await officer.waitForURL(/review\/complete/u);
    expect(await barriersOf(officer)).toEqual([]);
    await officer.getByRole('button', { name: 'Complete the review' }).click();
    await officer.getByText('The review is completed. This is its record.').waitFor();
    expect(await barriersOf(officer)).toEqual([]);
    const text = await main(officer);
    for (const told of [fairVendor.name, dearVendor.name, 'Ryddig Regnskap', 'Kept', 'Narrowed', 'Removed']) {
      expect(text).toContain(told);
    }
    await officer.emulateMedia({ media: 'print' });
    expect(await officer.locator('.top-menu').isVisible()).toBe(false);
    expect(await officer.getByRole('button', { name: /^Download/u }).isVisible()).toBe(false);
    expect(await officer.getByText('Ryddig Regnskap').first().isVisible()).toBe(true);
    await officer.emulateMedia({ media: 'screen' });
    const waiting = officer.waitForEvent('download');
    await officer.getByRole('button', { name: /^Download/u }).click();
    expect((await waiting).suggestedFilename()).toMatch(/^review-.*\.csv$/u);
    const [review] = await world.rows(
      `select completed_by_name as by from reviews where completed_at is not null`,
    );
    expect(review).toEqual({ by: 'Våken Spurv' });
  });
});

describe('a review that nobody answers', () => {
  test('suspends the vendor and the declared tie at once, tells both sides, and is made good by an officer who logs in anew', async () => {
    const [app] = world.apps;
    await world.rows(
      `insert into reviews (business_id, quarter, due_at, opened_at)
       select business_id, (quarter + interval '3 months')::date, now() - interval '1 minute', now() - interval '40 days' from reviews`,
    );
    const member = await browserOf(world, people.hjelpsomHand);
    const orders = `/b/${organisations.blueHammer}/by/${fairVendor.number}/orders`;
    expect((await member.goto(orders))?.status()).toBe(200);
    const { database, notify } = app!.services;
    await followReviews({ database, notify, publicOrigin: world.origin, dueDay: 31 });
    expect((await member.goto(orders))?.status()).toBe(403);
    expect(await main(member)).toContain('review');

    const told = () =>
      world.rows(
        `select n.template, b.organisation_number as number from notices n join businesses b on b.id = n.business_id
         where n.template ~ 'review|stopped|resumed' order by n.id`,
      );
    // What is put right within seconds is told to nobody.
    await expect.poll(told, { timeout: 20_000 }).toHaveLength(5);

    await world.rows(`update sessions set auth_time = now() - interval '20 minutes'`);
    await officer.goto(ACCESS);
    expect(await main(officer)).toContain('2 mandates are suspended until the review is completed.');
    await officer.goto(`${ACCESS}/review`);
    for (const name of [/^Keep the mandate of/u, /^Keep, and confirm the tie of/u]) {
      await officer.getByRole('button', { name }).click();
      await officer.getByText('Kept. It is stored').waitFor();
    }
    expect((await member.goto(orders))?.status()).toBe(403);
    await officer.getByRole('link', { name: 'Complete the review' }).click();
    await officer.getByRole('link', { name: 'Log in again' }).click();
    await officer.locator('main form button[type=submit]').click();
    await passLogin(officer, people.vakenSpurv);
    await officer.getByRole('button', { name: 'Complete the review' }).click();
    await officer.getByText('The review is completed. This is its record.').waitFor();
    expect((await member.goto(orders))?.status()).toBe(200);
    const vendorsOwn = { number: fairVendor.number };
    await expect.poll(told, { timeout: 20_000 }).toEqual(
      expect.arrayContaining([
        { template: 'access:notice.reviewMissed', number: organisations.blueHammer },
        { template: 'access:notice.stopped', number: organisations.blueHammer },
        { template: 'access:notice.stoppedYours', ...vendorsOwn },
        { template: 'access:notice.resumedYours', ...vendorsOwn },
      ]),
    );
    await member.context().close();
  }, 90_000);
});

describe('the review of a vendor', () => {
  test('has an officer confirm the declared ties of its members, and the record shows it', async () => {
    await world.rows(
      `with boss as (select o.business_id, o.person_id, o.name from officers o join businesses b on b.id = o.business_id
          where b.organisation_number = $1 limit 1),
        hired as (insert into persons (national_id_hash, national_id_encrypted, name)
          values (sha256('hired'::bytea), 'x'::bytea, 'Utleid Ugle'), (sha256('on loan'::bytea), 'x'::bytea, 'Innleid Igle')
          returning id, name),
        ours as (insert into vendor_members (vendor_id, person_id, name, tie, tie_reason, added_by, added_by_name, added_at)
          select boss.business_id, hired.id, hired.name, 'declared', 'Hired from a staffing agency in Alna', boss.person_id,
            boss.name, now() - interval '100 days' from boss, hired)
       insert into reviews (business_id, quarter, due_at, opened_at)
       select business_id, date_trunc('quarter', now())::date, now() + interval '10 days', now() from boss`,
      [organisations.cheapVendor],
    );
    const access = `/b/${organisations.cheapVendor}/business/access`;
    const page = await browserOf(world, people.rimeligRegnestykke);
    await page.goto(access);
    expect(await main(page)).toContain('2 members are left.');
    await page.getByRole('link', { name: 'Go through the list' }).click();
    await page.getByRole('heading', { level: 1, name: /^Access review, quarter/u }).waitFor();
    expect(await barriersOf(page)).toEqual([]);
    expect(await main(page)).toContain('Hired from a staffing agency in Alna');
    await page.getByRole('button', { name: 'Confirm the tie of Utleid Ugle' }).click();
    await page.getByText('The tie is confirmed.').waitFor();
    expect(await main(page)).toContain('1 member is left.');

    await page.getByRole('link', { name: 'Remove members' }).click();
    await page.getByRole('button', { name: 'Remove Innleid Igle' }).click();
    await page.getByText('The member has been removed').waitFor();
    await page.goto(`${access}/review`);
    expect(await main(page)).toContain('Everything has an answer.');
    await page.getByRole('link', { name: 'Complete the review' }).click();
    await page.getByRole('button', { name: 'Complete the review' }).click();
    await page.getByText('Completed', { exact: true }).waitFor();
    expect(await barriersOf(page)).toEqual([]);
    const record = await main(page);
    for (const words of ['Utleid Ugle', 'The tie was confirmed.', 'Innleid Igle', 'Removed']) {
      expect(record).toContain(words);
    }
    await page.context().close();
  }, 60_000);
});
