import type { AddressInfo } from 'node:net';
import { Hono } from 'hono';
import { html } from 'hono/html';
import { simpleParser, type AddressObject } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { misbehave } from './context.ts';
import { page, type Html } from './page.ts';
import type { SentMail, Store } from './state.ts';

const mostKept = 2000;
const refusedForNow = 451;

/** A running mail server and its port. */
export type MailServer = { port: number; stop(): Promise<void> };

/**
 * Takes every mail, from anyone to anyone, without login, and delivers none of it: it is only shown. Listens on loopback.
 *
 * @param port 0 for any free port.
 */
export async function startMailServer(store: Store, port: number): Promise<MailServer> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 500,
    onMailFrom: (_address, _session, answer) => {
      void misbehave(store, 'mail').then((status) => {
        answer(status === undefined ? null : smtpError(status));
      });
    },
    onData: (stream, session, answer) => {
      const recipients = session.envelope.rcptTo.map((one) => one.address);
      simpleParser(stream).then(
        (mail) => {
          keep(store, {
            from: addresses(mail.from).join(', '),
            to: recipients,
            subject: mail.subject ?? '',
            text: mail.text ?? '',
          });
          answer();
        },
        () => {
          answer(smtpError(554));
        },
      );
    },
  });
  // A client that breaks off is its own trouble.
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
}

function smtpError(status: number): Error {
  const responseCode = status >= 400 && status <= 599 ? status : refusedForNow;
  return Object.assign(new Error('Refused by the control page'), { responseCode });
}

function addresses(found: AddressObject | AddressObject[] | undefined): string[] {
  return [found ?? []].flat().flatMap((one) => one.value.map(({ address }) => address ?? ''));
}

function keep(store: Store, mail: Omit<SentMail, 'number' | 'at'>): void {
  const { state } = store;
  state.mailCount += 1;
  state.mail.push({ number: state.mailCount, at: new Date().toISOString(), ...mail });
  if (state.mail.length > mostKept) state.mail.splice(0, state.mail.length - mostKept);
  store.changed();
}

/** What was sent to an address (everything without one), newest first. */
export function mailTo(store: Store, address?: string): SentMail[] {
  return store.state.mail
    .filter((one) => address === undefined || one.to.some((to) => to.toLowerCase() === address.toLowerCase()))
    .toReversed();
}

/** The pages that show what was sent. Mount at `/`. */
export function mailPages(store: Store): Hono {
  const app = new Hono();
  app.get('/mail.json', (c) => c.json(mailTo(store, c.req.query('to'))));
  app.get('/mail', (c) => c.html(page('Sent mail', listPage(mailTo(store, c.req.query('to'))))));
  app.get('/mail/:number', (c) => {
    const found = store.state.mail.find((one) => String(one.number) === c.req.param('number'));
    return found === undefined ? c.notFound() : c.html(page(found.subject, mailPage(found)));
  });
  return app;
}

function listPage(mails: readonly SentMail[]): Html {
  if (mails.length === 0) return html`<p>Nothing has been sent.</p>`;
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Time</th>
        <th scope="col">To</th>
        <th scope="col">Subject</th>
      </tr>
    </thead>
    <tbody>
      ${mails.map(
        (one) =>
          html`<tr>
            <td>${one.at}</td>
            <td>${one.to.join(', ')}</td>
            <td><a href="/mail/${one.number}">${one.subject}</a></td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function mailPage(one: SentMail): Html {
  return html`<dl>
      <dt>From</dt>
      <dd>${one.from}</dd>
      <dt>To</dt>
      <dd>${one.to.join(', ')}</dd>
      <dt>Time</dt>
      <dd>${one.at}</dd>
    </dl>
    <pre>${linked(one.text)}</pre>
    <p><a href="/mail">All sent mail</a></p>`;
}

/** Text with its web addresses as links. */
export function linked(text: string): (string | Html)[] {
  return text
    .split(/(https?:\/\/[^\s<>"]+[^\s<>".,)])/)
    .map((part, index) => (index % 2 === 1 ? html`<a href="${part}">${part}</a>` : part));
}
