import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Puts texts into addresses so that histories and logs, which keep addresses, do not tell them. */
export interface Seal {
  /** @param holder whoever alone may open it again: a person's id */
  readonly seal: (text: string, holder: string) => string;
  /** The text; undefined when it is another's, was altered, or was never sealed here. */
  readonly open: (sealed: string, holder: string) => string | undefined;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM as base64url, with a key of its own from the installation's secret: every process opens what one sealed. */
export function createSeal(secret: string | Buffer): Seal {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'kortvakt sealed address', 32));
  return {
    seal: (text, holder) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(holder));
      const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]).toString('base64url');
    },
    open: (sealed, holder) => {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(holder)).setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
      try {
        const text = decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch {
        // Anybody can write anything in an address: what does not open is nothing.
        return undefined;
      }
    },
  };
}
