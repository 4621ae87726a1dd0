import { generateKeyPairSync } from 'node:crypto';
import { createAgreements, createSigner } from '../../src/agreements/index.ts';

const { privateKey } = generateKeyPairSync('ed25519');

/** What agreements are made and signed with in tests that start no application, with a key of the test's own. */
export const signing = {
  origin: 'https://kortvakt.test',
  signer: createSigner({ ...privateKey.export({ format: 'jwk' }), kid: 'test-signing', alg: 'EdDSA' }),
  retention: { documentDays: 14, photoDays: 90, uploadDays: 30 },
};

export const agreements = createAgreements(signing);
