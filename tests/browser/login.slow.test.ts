import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { people } from '../../stand-ins/world.ts';
import { passLogin, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(async () => {
  await world.stop();
});

const openSessions = async (name: string) =>
  world.rows(
    'select s.id from sessions s join persons p on p.id = s.person_id where p.name = $1 and s.ended_at is null',
    [name],
  );

describe('logging in with ID-porten', () => {
  test('an officer sees the businesses that are theirs and no others, and logs out on both sides', async () => {
    const page = await world.newBrowser({ language: 'en' });
    await page.goto('/');
    await world.logIn(page, people.vakenSpurv);
    await page.getByRole('heading', { level: 1, name: 'Choose business' }).waitFor();
    const names = await page.getByRole('table').getByRole('link').allTextContents();
    expect(names).toEqual(['BLÅ HAMMER AS']);

    await page.locator('details.user-menu summary').click();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(/\/logged-out/u);
    expect(await openSessions('Våken Spurv')).toEqual([]);
    await page.goto('/businesses');
    expect(new URL(page.url()).pathname).toBe('/login');
    // The issuer's session has ended too: it asks who one is again.
    await page.locator('main form button[type=submit]').click();
    await page.locator('input[name=pid]').waitFor();
    await page.context().close();
  });

  test('the login page says never to share BankID, and asks for no password, code or number', async () => {
    const page = await world.newBrowser({ language: 'en' });
    await page.goto('/login');
    await page.getByText('Never share BankID').first().waitFor();
    expect(await page.locator('main input:not([type=hidden])').count()).toBe(0);
    await page.context().close();
  });

  test('a person with no role anywhere sees no business', async () => {
    const page = await world.newBrowser({ language: 'en' });
    await page.goto('/');
    await world.logIn(page, people.fremmedFugl);
    await page.getByText('No businesses yet').waitFor();
    await page.getByLabel('Organisation number').fill('310000019');
    await page.getByRole('button', { name: 'Fetch the business' }).click();
    await page.getByText('We found no business with this number where you have a role').first().waitFor();
    await page.context().close();
  });

  test('a business that was not known before is fetched from the register by its own officer', async () => {
    const page = await world.newBrowser({ language: 'en' });
    await page.goto('/');
    await world.logIn(page, people.utenlandskForbindelse);
    await page.getByLabel('Organisation number').fill('310 000 191');
    await page.getByRole('button', { name: 'Fetch the business' }).click();
    await page.waitForURL(/\/b\/310000191\/orders/u);
    await page.context().close();
  });

  test('in bankruptcy only the administrator may choose the business', async () => {
    const page = await world.newBrowser({ language: 'en' });
    await page.goto('/');
    await world.logIn(page, people.noyaktigBobestyrer);
    await page.getByRole('link', { name: 'KNUST SPEIL AS' }).waitFor();
    const former = await world.newBrowser({ language: 'en' });
    await former.goto('/');
    await world.logIn(former, people.knustDrom);
    await former.getByText('No businesses yet').waitFor();
    await page.context().close();
    await former.context().close();
  });

  test('a step-up by another person ends both sessions', async () => {
    const page = await world.newBrowser({ language: 'en' });
    await page.goto('/');
    await world.logIn(page, people.vakenSpurv, 'substantial');
    await page.goto('/login/step-up?return=/businesses');
    await page.locator('main form button[type=submit]').click();
    await passLogin(page, people.visUgle);
    await page.waitForURL(/\/logged-out\?state=other-person/u);
    await page.getByText('Someone other than you logged in').waitFor();
    expect(await openSessions('Våken Spurv')).toEqual([]);
    expect(await openSessions('Vis Ugle')).toEqual([]);
    await page.goto('/businesses');
    expect(new URL(page.url()).pathname).toBe('/login');
    await page.context().close();
  });

  test('a step-up by someone without a Norwegian number ends both sessions too', async () => {
    const page = await world.newBrowser({ language: 'en' });
    await page.goto('/');
    await world.logIn(page, people.vakenSpurv, 'substantial');
    await page.goto('/login/step-up?return=/businesses');
    await page.locator('main form button[type=submit]').click();
    await page.getByRole('button', { name: 'Foreign user without a number' }).click();
    await page.waitForURL(/\/logged-out\?state=no-national-id/u);
    await page.getByText('You can get a D-number').waitFor();
    expect(await openSessions('Våken Spurv')).toEqual([]);
    await page.context().close();
  });

  test('a step-up that is broken off leaves the session as it was, and says which eIDs reach the high level', async () => {
    const page = await world.newBrowser({ language: 'en' });
    await page.goto('/');
    await world.logIn(page, people.vakenSpurv, 'substantial');
    await page.goto('/login/step-up?return=/profile');
    await page.getByText('MinID reaches only the substantial level').waitFor();
    await page.locator('main form button[type=submit]').click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('The login at the high level was not completed').waitFor();
    await page.getByText('BankID, Buypass, or Commfides').waitFor();
    await page.getByRole('link', { name: 'Back to what you filled in' }).click();
    await page.getByText('Substantial').first().waitFor();
    expect(await openSessions('Våken Spurv')).toHaveLength(1);
    await page.context().close();
  });

  test('a step-up by the same person raises the level under a new cookie', async () => {
    const page = await world.newBrowser({ language: 'en' });
    await page.goto('/');
    await world.logIn(page, people.vakenSpurv, 'substantial');
    const before = await page.context().cookies(world.origin);
    await page.goto('/login/step-up?return=/profile');
    await page.locator('main form button[type=submit]').click();
    await passLogin(page, people.vakenSpurv);
    await page.waitForURL(/\/profile/u);
    await page.getByText('High').first().waitFor();
    const after = await page.context().cookies(world.origin);
    const session = (cookies: typeof after) => cookies.find(({ name }) => name === '__Host-session');
    expect(session(after)?.value).not.toBe(session(before)?.value);
    expect(session(after)).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax', path: '/' });
    await page.context().close();
  });

  test('a login without a national identity number creates nothing and is told how to get one', async () => {
    const page = await world.newBrowser({ language: 'en' });
    await page.goto('/login');
    await page.locator('main form button[type=submit]').click();
    await page.getByRole('button', { name: 'Foreign user without a number' }).click();
    await page.getByText('You can get a D-number').waitFor();
    expect((await page.context().cookies(world.origin)).map(({ name }) => name)).not.toContain(
      '__Host-session',
    );
    await page.context().close();
  });

  test('a callback works once, in the browser that began it', async () => {
    const page = await world.newBrowser({ language: 'en' });
    await page.goto('/login');
    let callback = '';
    page.on('request', (request) => {
      if (request.url().includes('/login/callback')) callback = request.url();
    });
    await page.locator('main form button[type=submit]').click();
    await passLogin(page, people.snillElg);
    await page.waitForURL(/\/businesses/u);
    expect(callback).not.toBe('');
    await page.goto(callback);
    await page.getByText('too old or already used').waitFor();
    const other = await world.newBrowser({ language: 'en' });
    await other.goto(callback);
    await other.getByText('too old or already used').waitFor();
    await page.context().close();
    await other.context().close();
  });

  test('the front-channel log-out ends the session by issuer and sid, and only the issuer may frame it', async () => {
    const page = await world.newBrowser({ language: 'en' });
    await page.goto('/');
    await world.logIn(page, people.gulVinkel);
    await page.getByRole('link', { name: 'BLÅ HAMMER MALING AS' }).waitFor();
    const [row] = await world.rows<{ issuer: string; sid: string }>(
      `select issuer, sid from sessions s join persons p on p.id = s.person_id where p.name = 'Gul Vinkel'`,
    );
    const query = new URLSearchParams({ iss: row?.issuer ?? '', sid: row?.sid ?? '' });
    const wrong = new URLSearchParams({ iss: 'https://elsewhere.example', sid: row?.sid ?? '' });
    await fetch(`${world.origin}/logout/frontchannel?${wrong.toString()}`);
    expect(await openSessions('Gul Vinkel')).toHaveLength(1);
    const answer = await fetch(`${world.origin}/logout/frontchannel?${query.toString()}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-security-policy')).toContain(
      `frame-ancestors ${world.standIns.idportenOrigin}`,
    );
    const elsewhere = await fetch(`${world.origin}/login`);
    expect(elsewhere.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(await openSessions('Gul Vinkel')).toEqual([]);
    await page.context().close();
  });

  test('a forged back-channel log-out is refused', async () => {
    const answer = await fetch(`${world.origin}/logout/backchannel`, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: 'eyJhbGciOiJub25lIn0.e30.' }),
    });
    expect(answer.status).toBe(400);
  });
});
