import { createHash, randomBytes, randomInt } from 'node:crypto';

/** Where a worker without a login types their number, and where a link leads. */
export const phonePath = '/my-phone';
export const phoneCardsPath = `${phonePath}/cards`;
export const phoneLinkPath = (secret: string): string => `/p/${secret}`;

/** How long a link in a text message waits for its code, and how long it then opens the cards. */
export const LINK_MINUTES = 15;
export const SESSION_MINUTES = 10;

/** How a link stands, as the database says. */
export type LinkState = 'open' | 'used' | 'expired' | 'spent' | 'unknown';

/** A secret of 128 random bits, for a link or a cookie. */
export const drawSecret = (): string => randomBytes(16).toString('base64url');

/** Six digits. */
export const drawCode = (): string => String(randomInt(1_000_000)).padStart(6, '0');

/** What is kept of a secret. */
export const hashOfSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** What is hashed of a code, with the installation's key: no use to another link. */
export const codeOf = (secret: string, code: string): string => `phone-link:${secret}:${code}`;

/** What a number on its way to the task is encrypted for. */
export const NUMBER_PURPOSE = 'phone-link-number';
