import { expect, test } from 'vitest';
import { textKeys } from '../web/languages.ts';
import { words } from '../words.ts';
import { digestAt, everything, kindOf, wishedAddresses, type NoticeKind } from './wish-rules.ts';

const templates = [...textKeys(words.nb)]
  .filter((key) => /:notice\..+\.subject$/u.test(key))
  .map((key) => key.replace(/\.subject$/u, ''));

test('what may be switched off is this and nothing else; all other notices are security', () => {
  const others = Map.groupBy(templates, kindOf);
  others.delete('security');
  expect(Object.fromEntries([...others].map(([kind, of]) => [kind, of.sort()]))).toEqual({
    authority: ['messages:notice.arrived', 'messages:notice.unread'],
    cards: [
      'cards:notice.came-back',
      'cards:notice.condition-foreseen',
      'cards:notice.condition-lifted',
      'cards:notice.condition-return',
      'cards:notice.damaged',
      'cards:notice.new-name',
      'cards:notice.own-condition-foreseen',
      'cards:notice.own-condition-lifted',
      'cards:notice.returned',
    ],
    invoices: ['invoices:notice.credit-note', 'invoices:notice.invoice', 'invoices:notice.reminder'],
    orders: [
      'orders:notice.approved',
      'orders:notice.awaiting-approval',
      'orders:notice.lapsed',
      'orders:notice.taken-back',
    ],
    photos: [
      'media-review:notice.refused',
      'media-review:notice.rejected',
      'worker-uploads:notice.delivered',
    ],
  });
});

test.each([
  'contact:notice.begun',
  'contact:notice.code',
  'cards:notice.stolen',
  'orders:notice.vendor-order',
  'worker-uploads:notice.not-me',
  'passkeys:notice.added',
  'nobody:notice.knows',
])('%s is security', (template) => {
  expect(kindOf(template)).toBe('security');
});

const own = { email: 'a@example.no', mobile: '+4791234567' };
const [email, sms] = [own.email, own.mobile];

test.each<[NoticeKind, Parameters<typeof wishedAddresses>[1], boolean, (string | undefined)[]]>([
  ['security', everything, true, [email, sms]],
  [
    'security',
    { switchedOff: ['orders', 'cards', 'photos', 'invoices'], channel: 'sms' },
    true,
    [email, sms],
  ],
  ['security', { switchedOff: [], channel: 'email' }, true, [email, sms]],
  [
    'authority',
    { switchedOff: ['orders', 'cards', 'photos', 'invoices'], channel: 'both' },
    true,
    [email, sms],
  ],
  ['authority', { switchedOff: [], channel: 'email' }, true, [email]],
  ['authority', { switchedOff: [], channel: 'sms' }, true, [sms]],
  ['orders', { switchedOff: ['orders'], channel: 'both' }, true, []],
  ['orders', { switchedOff: ['invoices'], channel: 'both' }, true, [email, sms]],
  // What has no text message comes by e-mail, whatever was chosen.
  ['orders', { switchedOff: [], channel: 'sms' }, false, [email, undefined]],
])('of %s with %j (textable: %s) a person is told at %j', (kind, wishes, textable, told) => {
  expect(wishedAddresses(kind, wishes, own, textable)).toEqual(told);
});

test('whoever has one address alone is told there, whatever was chosen', () => {
  expect(
    wishedAddresses('authority', { switchedOff: [], channel: 'sms' }, { ...own, mobile: undefined }, true),
  ).toEqual([email, undefined]);
  expect(
    wishedAddresses('authority', { switchedOff: [], channel: 'email' }, { ...own, email: undefined }, true),
  ).toEqual([undefined, sms]);
});

const daily = { ...everything, digestHour: 8 };

test.each([
  ['before the hour: today', '2026-11-28T05:30:00Z', 8, '2026-11-28T07:00:00.000Z'],
  ['at the hour: tomorrow', '2026-11-28T07:00:00Z', 8, '2026-11-29T07:00:00.000Z'],
  ['after it: tomorrow', '2026-11-28T22:30:00Z', 8, '2026-11-29T07:00:00.000Z'],
  ['after midnight in Oslo, before it in London', '2026-11-28T23:30:00Z', 22, '2026-11-29T21:00:00.000Z'],
  ['across the night into summer time', '2026-03-28T12:00:00Z', 8, '2026-03-29T06:00:00.000Z'],
  ['across the night out of summer time', '2026-10-24T12:00:00Z', 8, '2026-10-25T07:00:00.000Z'],
  ['late on the day that begins summer time', '2026-03-29T12:00:00Z', 22, '2026-03-29T20:00:00.000Z'],
])('a digest comes %s', (_, now, digestHour, at) => {
  expect(
    digestAt('invoices:notice.invoice', { ...everything, digestHour }, new Date(now))?.toISOString(),
  ).toBe(at);
});

test('no digest holds back security, the authority, what has a time of its own, or what nobody thought of', () => {
  const now = new Date('2026-11-28T05:30:00Z');
  const waiting = [...templates, 'nobody:notice.knows'].filter((template) => digestAt(template, daily, now));
  expect(waiting.sort()).toEqual([
    'cards:notice.came-back',
    'cards:notice.condition-lifted',
    'cards:notice.condition-return',
    'cards:notice.damaged',
    'cards:notice.new-name',
    'cards:notice.own-condition-lifted',
    'cards:notice.returned',
    'invoices:notice.credit-note',
    'invoices:notice.invoice',
    'media-review:notice.refused',
    'media-review:notice.rejected',
    'orders:notice.approved',
    'orders:notice.lapsed',
    'orders:notice.taken-back',
    'worker-uploads:notice.delivered',
  ]);
});

test('what is switched off stands in no digest, and nothing does without one', () => {
  const now = new Date();
  expect(digestAt('invoices:notice.invoice', { ...daily, switchedOff: ['invoices'] }, now)).toBeUndefined();
  expect(digestAt('invoices:notice.invoice', everything, now)).toBeUndefined();
});
