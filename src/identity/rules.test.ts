import { expect, test } from 'vitest';
import { browserName, deviceSecret, isNewDevice, networkOf } from './rules.ts';

const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';

test.each([
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/153.0.0.0 Safari/537.36`, 'Chrome, Windows'],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/153.0.0.0 Safari/537.36 Edg/153.0.0.0`,
    'Edge, Windows',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0', 'Firefox, Linux'],
  [`Mozilla/5.0 (X11; Linux x86_64) ${webkit} HeadlessChrome/153.0.0.0 Safari/537.36`, 'Chrome, Linux'],
  [
    `Mozilla/5.0 (Linux; Android 16; SM-S938B) ${webkit} SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36`,
    'Samsung Internet, Android',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1',
    'Safari, iPhone',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15',
    'Safari, macOS',
  ],
  ['Firefox/150.0', 'Firefox'],
  ['curl/8.14.1', 'curl/8.14.1'],
  ['', ''],
])('the browser of %j is called %j', (userAgent, name) => {
  expect(browserName(userAgent)).toBe(name);
});

test('a name that is none is cut short', () => {
  expect(browserName('x'.repeat(500))).toBe('x'.repeat(80));
});

test.each([
  ['192.0.2.77', '192.0.2'],
  ['2001:db8:1:2::/64', '2001:db8:1'],
  ['unknown', undefined],
  ['', undefined],
])('the network of %j is %j', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

const secret = 'x'.repeat(43);
test.each([
  [secret, secret],
  [undefined, undefined],
  ['', undefined],
  [`${secret}x`, undefined],
  [`${'x'.repeat(42)}=`, undefined],
])('of the cookie %j what is kept is %j', (cookie, kept) => {
  expect(deviceSecret(cookie)).toBe(kept);
});

const day = 86_400_000;
test.each([
  ['just now', 0, {}, true],
  ['almost two weeks ago', 14 * day - 1, {}, true],
  ['two weeks ago', 14 * day, {}, false],
  ['just now, and known since', 0, { answer: 'known' }, false],
  ['just now, the first of all', 0, { firstOfPerson: true }, false],
])('a browser first used %s is new: %s', (_, ago, changes, isNew) => {
  const now = new Date('2026-11-25T12:00:00Z');
  const device = {
    firstOfPerson: false,
    answer: null,
    firstSeenAt: new Date(now.getTime() - ago),
    ...changes,
  };
  expect(isNewDevice(device, now)).toBe(isNew);
});
