import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { bounceOf, createReturnAddresses, startBounceListener } from './bounces.ts';
import { createVault } from '../database/encryption.ts';
import { simpleParser } from 'mailparser';

const vault = createVault({ current: 'a', keys: new Map([['a', Buffer.alloc(32, 1)]]) }, Buffer.alloc(32, 2));
const addresses = createReturnAddresses(vault, 'bounces.kortvakt.example');
const DELIVERY = '01980000-0000-7000-8000-00000000abcd';
const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

const noted: string[] = [];
let fails = false;
let listener: Awaited<ReturnType<typeof startBounceListener>>;

beforeAll(async () => {
  listener = await startBounceListener({
    port: 0,
    host: '127.0.0.1',
    addresses,
    onBounce: (deliveryId, reason) => {
      if (fails) return Promise.reject(new Error('no database'));
      noted.push(`${deliveryId} ${reason}`);
      return Promise.resolve();
    },
    log,
  });
});
afterAll(() => listener.stop());
beforeEach(() => {
  noted.length = 0;
  fails = false;
});

/** A report as mail servers send it (RFC 3464). */
const report = (action: string, status: string) =>
  [
    'From: MAILER-DAEMON@mx.example',
    'Subject: Undelivered Mail Returned to Sender',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="x"',
    '',
    '--x',
    'Content-Type: text/plain',
    '',
    'I could not deliver your message.',
    '--x',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example',
    '',
    'Final-Recipient: rfc822; post@firma.example',
    `Action: ${action}`,
    `Status: ${status}`,
    '--x--',
    '',
  ].join('\r\n');

async function deliver(to: string, raw: string): Promise<string> {
  const transport = createTransport({ host: '127.0.0.1', port: listener.port, ignoreTLS: true });
  try {
    await transport.sendMail({ envelope: { from: '', to: [to] }, raw });
    return 'taken';
  } catch (error) {
    return error instanceof Error && 'responseCode' in error ? String(error.responseCode) : String(error);
  }
}

test.each([
  ['failed', '5.1.1', 'no-mailbox'],
  ['failed', '5.2.2', 'mailbox-full'],
  ['failed', '4.2.2', 'mailbox-full'],
  ['Failed', '5.7.1', 'refused'],
  ['failed', '5.3.0', 'other'],
  ['delayed', '4.2.2', undefined],
  ['delivered', '2.0.0', undefined],
])('a report of %s with %s', async (action, status, reason) => {
  expect(bounceOf(await simpleParser(report(action, status), { keepDeliveryStatus: true }))).toBe(reason);
  expect(await deliver(addresses.of(DELIVERY), report(action, status))).toBe('taken');
  expect(noted).toEqual(reason === undefined ? [] : [`${DELIVERY} ${reason}`]);
});

test('an answer of a person, or of an absence, is no bounce', async () => {
  const answer =
    'From: ola@firma.example\r\nSubject: Ferie\r\nAuto-Submitted: auto-replied\r\n\r\nStatus: 5.1.1\r\nAction: failed\r\n';
  expect(await deliver(addresses.of(DELIVERY), answer)).toBe('taken');
  expect(noted).toEqual([]);
});

test.each([
  ['nobody', 'post@bounces.kortvakt.example'],
  ['a made-up one', `b-${DELIVERY.replaceAll('-', '')}-${'0'.repeat(24)}@bounces.kortvakt.example`],
  ['one of another domain', addresses.of(DELIVERY).replace('bounces.', 'other.')],
  ['one for another delivery', addresses.of(DELIVERY).replace('abcd-', 'abce-')],
])('an address of %s takes nothing', async (_, to) => {
  expect(await deliver(to, report('failed', '5.1.1'))).toBe('550');
  expect(noted).toEqual([]);
});

test('what cannot be noted now is to come again', async () => {
  fails = true;
  expect(await deliver(addresses.of(DELIVERY), report('failed', '5.1.1'))).toBe('451');
});

test('an address keeps within what servers take, and is read in whichever case', () => {
  const address = addresses.of(DELIVERY);
  expect(address.split('@')[0]?.length).toBeLessThanOrEqual(64);
  expect(addresses.read(address.toUpperCase())).toBe(DELIVERY);
});
