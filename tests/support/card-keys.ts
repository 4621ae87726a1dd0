import { exportJWK, generateKeyPair } from 'jose';
import { type CardKey, createKeyRing, type KeyRing } from '../../src/offline/keys.ts';

/** A new key that can sign the codes of cards. */
export async function newCardKey(): Promise<CardKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  // What is exported of such a key has these parts.
  return (await exportJWK(privateKey)) as CardKey;
}

/** The keys of an installation that has one of its own. */
export const newKeyRing = async (): Promise<KeyRing> => createKeyRing([await newCardKey()]);
