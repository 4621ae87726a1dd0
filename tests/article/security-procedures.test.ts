import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { people } from '../../stand-ins/world.ts';
import { browserOf, dearVendor, previewMandate, registerVendor, submitMain } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ jobs: false });
  await registerVendor(world, dearVendor);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

const EVIDENCE = 'Rutine 7: én bruker for hver ansatt, sett over hver måned';
const kept = () =>
  world.rows<{ question: string; answer: string; evidence: string }>(
    `select question, answer, evidence from vendor_answers where answer <> 'none' order by question`,
  );

describe('investigate what security procedures the supplier has for personal data: that its routines for security and data processing are satisfactory', () => {
  test('a vendor that has answered nothing is shown as such; a yes needs evidence; whoever gives a mandate, and anyone, reads the answers', async () => {
    const officer = await browserOf(world, people.vakenSpurv);
    await previewMandate(officer, dearVendor, ['orders.place']);
    await officer.getByText('0 yes, 0 no, 25 not answered.').waitFor();

    const manager = await browserOf(world, dearVendor.manager);
    await manager.goto(`/b/${dearVendor.number}/business/vendor/security`);
    await manager.locator('input[name=answer-own-logins][value=yes]').check();
    await manager.locator('input[name=answer-two-factor][value=no]').check();
    await submitMain(manager);
    await manager.getByText('Write what you can point to').first().waitFor();
    expect(await kept()).toEqual([]);
    await manager.locator('input[name=evidence-own-logins]').fill(EVIDENCE);
    await submitMain(manager);
    await manager.getByText('The answers are published.').waitFor();
    expect(await kept()).toEqual([
      { question: 'own-logins', answer: 'yes', evidence: EVIDENCE },
      { question: 'two-factor', answer: 'no', evidence: '' },
    ]);

    await officer.reload();
    await officer.getByText('1 yes, 1 no, 23 not answered.').waitFor();
    await officer.getByText('Read the answers').click();
    await officer.getByText(EVIDENCE).waitFor();

    const anyone = await world.newBrowser({ language: 'en', javaScript: false });
    await anyone.goto(`/vendors/${dearVendor.number}`);
    expect(await anyone.locator('main').innerText()).toContain(EVIDENCE);
  }, 60_000);

  test('answers of more than twelve months ago are marked', async () => {
    await world.rows(`update vendor_answers set answered_at = now() - interval '13 months'`);
    const officer = await browserOf(world, people.vakenSpurv);
    await previewMandate(officer, dearVendor, ['orders.place']);
    await officer.getByText('2 answers are older than twelve months').waitFor();
  }, 60_000);
});
