import { generateKeyPairSync } from 'node:crypto';
import { CompactSign, importJWK, type JWK } from 'jose';
import { expect, test } from 'vitest';
import { createSigner, type SignedRecord } from './signing.ts';

const newKey = (kid: string) => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    own: { ...privateKey.export({ format: 'jwk' }), kid, alg: 'EdDSA' },
    shown: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'EdDSA' },
  };
};
const [old, young, strange] = [newKey('2025'), newKey('2026'), newKey('other')];

const record: SignedRecord = {
  issuer: 'https://kortvakt.test',
  act: 'sign',
  document: { version: '2026-12', number: 1, sha256: '00' },
  agreementId: null,
  side: 'vendor',
  party: { organisationNumber: '310000035', name: 'RIMELIG KORTHJELP AS' },
  signer: { name: 'Rask Gaupe', role: 'DAGL' },
  at: '2026-11-28T12:00:00.000Z',
  login: { acr: 'high', authTime: '2026-11-28T11:59:00.000Z', sessionSha256: '00' },
  statement: null,
};

test('reads what a key of before has signed, and signs with the present one', async () => {
  const before = await createSigner(old.own).sign(record);
  const rotated = createSigner(young.own, [old.shown]);
  expect(await rotated.read(before)).toEqual(record);
  expect(await createSigner(young.own).read(before)).toBeUndefined();
  expect(await createSigner(young.own).read(await rotated.sign(record))).toEqual(record);
});

test('publishes every key that it reads with, and nothing private of any', () => {
  const { keys } = createSigner(young.own, [old.shown, strange.own]).keys;
  expect(keys.map(({ kid }) => kid)).toEqual(['2026', '2025', 'other']);
  expect(JSON.stringify(keys)).not.toContain('"d"');
});

const made = async (jwk: JWK, kid: string, typ = 'kortvakt-agreement-signature+json') =>
  new CompactSign(new TextEncoder().encode(JSON.stringify(record)))
    .setProtectedHeader({ alg: 'EdDSA', kid, typ })
    .sign(await importJWK(jwk, 'EdDSA'));

test.each([
  ['of a key that is not known', () => made(strange.own, 'other')],
  ['that names a key which did not make it', () => made(strange.own, '2025')],
  ['that is no record of a signature', () => made(old.own, '2025', 'kortvakt-checkpoint+json')],
  ['that is no JWS', () => Promise.resolve('x.y.z')],
])('reads nothing %s', async (_, jws) => {
  expect(await createSigner(young.own, [old.shown]).read(await jws())).toBeUndefined();
});
