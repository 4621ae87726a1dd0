import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestWorld } from './test-support.ts';

const mails = z.array(
  z.strictObject({
    number: z.number().int(),
    at: z.iso.datetime(),
    from: z.email(),
    to: z.array(z.email()),
    subject: z.string(),
    text: z.string(),
  }),
);

describe('mail', () => {
  let world: Awaited<ReturnType<typeof startTestWorld>>;
  beforeAll(async () => {
    world = await startTestWorld();
  });
  afterAll(() => world.stop());

  const send = (to: string, subject: string, text = 'Hei'): Promise<unknown> =>
    createTransport({ host: 'localhost', port: world.smtpPort }).sendMail({
      from: 'Kortvakt <kortvakt@example.no>',
      to,
      subject,
      text,
    });
  const read = async (path: string): Promise<string> =>
    (await fetch(`${world.servicesOrigin}${path}`)).text();

  it('keeps what was sent, newest first, for each address', async () => {
    await send('a@example.no', 'Første');
    await send('B@example.no, c@example.no', 'Čáhci og Ćma');
    const all = mails.parse(JSON.parse(await read('/mail.json')));
    expect(all.map((one) => one.subject)).toEqual(['Čáhci og Ćma', 'Første']);
    const toOne = mails.parse(JSON.parse(await read('/mail.json?to=b@example.no')));
    expect(toOne).toMatchObject([{ from: 'kortvakt@example.no', to: ['B@example.no', 'c@example.no'] }]);
    expect(world.control.mail('a@example.no').map((one) => one.subject)).toEqual(['Første']);
  });

  it('shows a mail with its links to press, and no markup of its own', async () => {
    const text = 'Open http://localhost:3000/invitation?token=a&b=1. <b>Bold</b>';
    await send('a@example.no', '<script>alert(1)</script>', text);
    const [{ number } = { number: 0 }] = world.control.mail();
    const page = await read(`/mail/${String(number)}`);
    expect(page).toContain('<a href="http://localhost:3000/invitation?token=a&amp;b=1">');
    expect(page).toContain('&lt;b&gt;Bold&lt;/b&gt;');
    expect(page).not.toContain('<script>alert');
    expect(await read('/mail')).toContain(`href="/mail/${String(number)}"`);
    expect((await fetch(`${world.servicesOrigin}/mail/9999`)).status).toBe(404);
  });

  it('refuses for now, refuses for good, and forgets, when told to', async () => {
    world.control.setFault({ service: 'mail', status: 451 });
    await expect(send('a@example.no', 'Not now')).rejects.toMatchObject({ responseCode: 451 });
    world.control.setFault({ service: 'mail', status: 550 });
    await expect(send('a@example.no', 'Never')).rejects.toMatchObject({ responseCode: 550 });
    world.control.clearFaults({});
    expect(world.control.mail().map((one) => one.subject)).not.toContain('Never');
    world.control.clearMail({});
    expect(world.control.mail()).toEqual([]);
    expect(await read('/mail')).toContain('Nothing has been sent.');
  });
});
