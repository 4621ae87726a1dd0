import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { people } from '../../stand-ins/world.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(async () => {
  await world.stop();
});

/** The first text message to a number. */
async function sms(to: string): Promise<string> {
  await expect.poll(() => world.standIns.control.sms(to).length, { timeout: 15_000 }).toBeGreaterThan(0);
  return world.standIns.control.sms(to).at(-1)?.text ?? '';
}

describe('and make changes that may affect communication between the Authority and the business', () => {
  test("a change is told to the old address, the new one and the officers' own, and stands in the history", async () => {
    const [before] = await world.rows<{ email: string }>(
      `select c.email from contact_details c join businesses b on b.id = c.business_id where b.organisation_number = '310000019'`,
    );
    const page = await world.newBrowser({ language: 'en', javaScript: false, width: 390 });
    await page.goto('/');
    await world.logIn(page, people.vakenSpurv);
    await page.goto('/b/310000019/business/contact/change');
    await page.locator('input[name=email]').fill('ikke en adresse');
    await page.locator('input[name=mobile]').fill('123');
    await page.locator('input[name=responsible]').fill('Ánne Čáhcesuolu 🦺');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Enter one e-mail address').first().waitFor();
    // Nothing that was typed is lost.
    expect(await page.locator('input[name=responsible]').inputValue()).toBe('Ánne Čáhcesuolu 🦺');
    expect(await page.locator('input[name=mobile]').inputValue()).toBe('123');
    await page.locator('input[name=email]').fill('ny@blahammer.example');
    await page.locator('input[name=mobile]').fill('912 34 567');
    await page.getByRole('button', { name: 'Save' }).click();
    // Proved with a code that only whoever reads the new address has.
    const code = await world.mail('ny@blahammer.example', /Kode/u);
    await page.locator('input[name=code]').fill(/: ([0-9]{6})/u.exec(code.text)?.[1] ?? '');
    await page.getByRole('button', { name: 'Confirm the address' }).click();
    await page.getByText('One more is left.').waitFor();
    const text = await sms('+4791234567');
    expect(text).not.toContain('BLÅ HAMMER');
    await page.locator('input[name=code]').fill(/ ([0-9]{6})/u.exec(text)?.[1] ?? '');
    await page.getByRole('button', { name: 'Confirm the address' }).click();
    await page.getByText('The change is on its way.').waitFor();
    await page.locator('ul.changes').getByText('ny@blahammer.example').waitFor();

    const subject = /kontaktinformasjonen til BLÅ HAMMER AS er i ferd med å endres/iu;
    const told = await world.mail(before?.email ?? '', subject);
    expect(told.text).toContain('Våken Spurv');
    expect(told.text).toContain('/contact/stop/');
    await world.mail('ny@blahammer.example', subject);
    const own = await world.rows<{ address: string }>(
      `select d.address from notice_deliveries d join notices n on n.id = d.notice_id
       where n.template = 'contact:notice.begun' and d.channel = 'email' order by d.address`,
    );
    const officers = own
      .map(({ address }) => address)
      .filter((address) => ![before?.email, 'ny@blahammer.example'].includes(address));
    // Two officers, each with an address of their own in the contact register.
    expect(officers).toHaveLength(2);
    for (const address of officers) await world.mail(address, subject);
    // For 72 hours nothing is moved.
    const unmoved = `select c.email from contact_details c join businesses b on b.id = c.business_id where b.organisation_number = '310000019'`;
    expect(await world.rows(unmoved)).toEqual([before]);
  }, 60_000);
});
