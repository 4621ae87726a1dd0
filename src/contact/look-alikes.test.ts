import { describe, expect, test } from 'vitest';
import { distance, domainOf, domainsAlike, suspicionsOf } from './look-alikes.ts';

const vendor = {
  name: 'RIMELIG KORTHJELP AS',
  emails: ['hei@rimeligkorthjelp.example', 'korthjelp@gmail.com'],
  mobiles: ['+4799900035'],
};
const kinds = (email: string | null, mobile: string | null = null, elsewhere = 0) =>
  suspicionsOf({ email, mobile }, [vendor], elsewhere).map(({ kind }) => kind);

describe('an address', () => {
  test.each([
    ["is the vendor's", 'HEI@rimeligkorthjelp.example', 'vendor-address'],
    ["is the vendor's at a provider", 'korthjelp@gmail.com', 'vendor-address'],
    ['is of its domain', 'blahammer@rimeligkorthjelp.example', 'vendor-domain'],
    ['is of a domain below', 'x@post.rimeligkorthjelp.example', 'vendor-domain'],
    ['has one letter more', 'x@rimeligkorthjelpp.example', 'similar-domain'],
    ['has two letters swapped', 'x@rimeligkorthjlep.example', 'similar-domain'],
    ['has a hyphen', 'x@rimelig-korthjelp.example', 'similar-domain'],
    ['is under another top level', 'x@rimeligkorthjelp.com', 'similar-domain'],
    ['has 1 for l', 'x@rime1igkorthje1p.example', 'similar-domain'],
    ['has a Cyrillic е', 'x@rimеligkorthjelp.example', 'similar-domain'],
    ['is that in punycode', `x@${new URL('http://rimеligkorthjelp.example').hostname}`, 'similar-domain'],
    ['has an accent', 'x@rímeligkorthjelp.example', 'similar-domain'],
    ['has the name within it', 'x@rimeligkorthjelp-post.example', 'similar-domain'],
  ])('that %s is suspicious', (_what, email, kind) => {
    expect(kinds(email)).toEqual([kind]);
  });

  test.each([
    'post@blahammer.example',
    'noen@gmail.com',
    'post@hjelp.example',
    `${'a'.repeat(188)}@example.org`,
  ])('%s is not', (email) => {
    expect(kinds(email)).toEqual([]);
  });

  test('is, by number or for being used by others', () => {
    expect(kinds(null, '+4799900035')).toEqual(['vendor-mobile']);
    expect(kinds('post@blahammer.example', '+4791234567', 2)).toEqual(['used-elsewhere']);
    expect(kinds(null)).toEqual([]);
  });
});

test.each([
  [`x@${new URL('http://blåhammer.example').hostname}`, 'blåhammer.example'],
  ['x@EXAMPLE.no.', 'example.no'],
  ['x', 'x'],
])('the domain of %s is %s', (email, domain) => {
  expect(domainOf(email)).toBe(domain);
});

test.each([
  ['abc', 'abc', 0],
  ['abc', 'acb', 1],
  ['abc', 'ab', 1],
  ['', 'ab', 2],
  ['kitten', 'sitting', 3],
])('%j and %j are %i apart', (a, b, apart) => {
  expect([distance(a, b), distance(b, a)]).toEqual([apart, apart]);
});

test('short names are not alike for one letter', () => {
  expect(domainsAlike('abc.no', 'abd.no')).toBe(false);
  expect(domainsAlike('abc.no', 'abc.com')).toBe(true);
  expect(domainsAlike('navn.co.uk', 'annet.co.uk')).toBe(false);
});
