import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import {
  acceptAndConfirm,
  browserOf,
  dayAhead,
  endAllSessions,
  fairVendor,
  previewMandate,
  registerVendor,
  submitMain,
} from '../support/steps.ts';
import { passLogin, startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(async () => {
  await world.stop();
});

/** Fields that the page asks the reader to fill in, by name and label; what is hidden nobody fills in. */
async function fieldsOf(page: Page): Promise<string[]> {
  const fields = await page.locator('main :is(input, textarea, select):not([type=hidden])').all();
  return Promise.all(
    fields.map(async (field) => {
      const label = await field.evaluate(
        '(field) => [...field.labels ?? []].map((one) => one.textContent).join(" ")',
      );
      return `${(await field.getAttribute('type')) ?? ''} ${(await field.getAttribute('name')) ?? ''} ${String(label)}`;
    }),
  );
}

const asksForLogin =
  /password|passord|engangskode|one-time|bankid|pid\b|fødselsnummer|national identity number/iu;

describe('You should never share BankID details with anyone – neither your national ID number, password nor one-time codes', () => {
  test.each([
    [
      'nb',
      390,
      false,
      'Gi aldri noen fødselsnummeret ditt, passordet ditt eller en engangskode til å logge inn med.',
    ],
    [
      'en',
      1280,
      true,
      'Give nobody your national identity number, your password or a one-time code to log in with.',
    ],
  ] as const)(
    'the pages that log in say so in %s and ask for none',
    async (language, width, javaScript, told) => {
      const page = await world.newBrowser({ language, width, javaScript });
      await page.goto('/login');
      await page.getByText(told).waitFor();
      expect(await fieldsOf(page)).toEqual([]);
      await world.logIn(page, people.vakenSpurv);
      await page.waitForURL(`${world.origin}/**`);
      await page.goto('/login/step-up');
      await page.getByText(told).waitFor();
      expect(await fieldsOf(page)).toEqual([]);
      await page.context().close();
    },
  );

  test("a person gets access without anyone asking for anyone's number, and logs in on their own", async () => {
    const officer = await browserOf(world, people.vakenSpurv, {
      language: 'nb',
      width: 390,
      javaScript: false,
    });
    const asked: string[] = [];
    await officer.goto(`${OWN}/business/access/people`);
    asked.push(...(await fieldsOf(officer)));
    await officer.locator('input[name=q]').fill('Munter');
    await officer.getByRole('button', { name: 'Søk' }).click();
    await officer.getByRole('link', { name: 'Velg Munter Elv' }).click();
    await officer.locator('input[name=email]').waitFor();
    asked.push(...(await fieldsOf(officer)));
    await officer.locator('input[name=email]').fill('munter.elv@example.no');
    await officer.locator('input[name=rights][value="orders.prepare"]').check();
    await officer.locator('input[name=lastDay]').fill(dayAhead(30));
    await officer.locator('textarea[name=purpose]').fill('Holder orden på kortene');
    await submitMain(officer);
    await officer.waitForURL(/drafts/u);
    asked.push(...(await fieldsOf(officer)));
    await submitMain(officer);
    await officer.getByText('Invitasjonen er sendt.').waitFor();
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((field) => asksForLogin.test(field))).toEqual([]);

    const { text } = await world.mail('munter.elv@example.no', /\/invitations\//u);
    const link = /http:\S+\/invitations\/\S+/u.exec(text)?.[0] ?? '';
    const invited = await world.newBrowser({ language: 'en' });
    await invited.goto(link);
    await invited.getByText('You log in as yourself.').waitFor();
    expect(await fieldsOf(invited)).toEqual([]);
    await invited.getByRole('link', { name: 'Log in to answer' }).click();
    await world.logIn(invited, people.munterElv);
    await submitMain(invited);
    await invited.getByText('Your answer is recorded').waitFor();

    await officer.goto(`${OWN}/business/access`);
    await officer.getByRole('link', { name: 'Se og bekreft Munter Elv' }).click();
    await officer.getByText('Munter Elv').first().waitFor();
    await officer.getByRole('button', { name: 'Ja, gi fullmakten' }).click();
    await officer.getByText('Fullmakten er gitt.').waitFor();
    expect(
      await world.rows(
        `select m.holder_name, m.tie, p.name from mandates m join persons p on p.id = m.person_id where m.ended_at is null`,
      ),
    ).toEqual([{ holder_name: 'Munter Elv', tie: 'employment', name: 'Munter Elv' }]);
    // No number in any mail that was sent.
    const mails = await Promise.all(
      ['munter.elv@example.no', 'vaken.spurv@example.no', 'vis.ugle@example.no'].map((to) => world.mails(to)),
    );
    expect(
      mails.flat().filter((mail) => /\b\d{11}\b|\b\d{6} \d{5}\b/u.test(`${mail.subject} ${mail.text}`)),
    ).toEqual([]);
    await officer.context().close();
  }, 60_000);
});

describe('Never share BankID information – this is personal and should only be used by you', () => {
  test("a colleague's BankID in the middle of giving access ends both sessions, gives nothing, and is in the log", async () => {
    await registerVendor(world, fairVendor);
    await endAllSessions(world);
    const page = await browserOf(world, people.vakenSpurv);
    await previewMandate(page, fairVendor, ['orders.place']);
    const preview = page.url();
    await world.rows(`update clock set offset_by = '6 minutes'`);
    await acceptAndConfirm(page);
    await page.getByRole('heading', { level: 1, name: 'Confirm that it is you' }).waitFor();
    await submitMain(page);
    // The chair of the board might give the access too, but as the chair, not in the general manager's name.
    await passLogin(page, people.visUgle);
    await page.waitForURL(/\/logged-out\?state=other-person/u);
    await page
      .getByText('Someone other than you logged in. To be safe, both sessions have been ended.')
      .waitFor();
    await world.rows(`update clock set offset_by = '0'`);

    expect(await world.rows('select id from sessions where ended_at is null')).toEqual([]);
    expect(await world.rows(`select id from mandates where holder = 'vendor'`)).toEqual([]);
    expect(
      await world.rows(
        `select e.action, e.rule, p.name, s.end_reason from audit_entries e
         join persons p on p.id = e.actor_person_id join sessions s on s.id = e.subject_id
         where e.decision = 'refused' and e.action like 'session.%'`,
      ),
    ).toEqual([
      { action: 'session.raised', rule: 'other-person', name: 'Våken Spurv', end_reason: 'other-person' },
    ]);
    // ID-porten's own session has ended as well: it asks anew who one is.
    await page.goto(preview);
    expect(new URL(page.url()).pathname).toBe('/login');
    await submitMain(page);
    await page.locator('input[name=pid]').waitFor();
  }, 60_000);
});
