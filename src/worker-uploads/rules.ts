import { createHash } from 'node:crypto';

/** How long a link opens what it is for. */
export const LINK_HOURS = 24;

/** What a worker may be asked for. */
export const ASKED = ['photo', 'document'] as const;
export type Asked = (typeof ASKED)[number];

/** How a link reaches the worker: at their own addresses in the contact register, or shown once to whoever asks. */
export const WAYS = ['sent', 'shown'] as const;
export type Way = (typeof WAYS)[number];

/** What came of a request, as the database's `upload_state` says. */
export const UPLOAD_STATES = ['open', 'expired', 'revoked', 'denied', 'delivered'] as const;

/** Why a worker delivers nothing. */
export const DENIALS = ['not-me', 'not-employed'] as const;
export type Denial = (typeof DENIALS)[number];

/** What opens a request: the link's secret, or the login of the worker whom it is about. */
export type UploadKey =
  { readonly secret: string } | { readonly requestId: string; readonly tokenHash: Uint8Array };

/** What is kept of a link's secret. */
export function hashOfSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Where a link leads. */
export function uploadLinkPath(secret: string): string {
  return `/u/${secret}`;
}

/** Where the worker who is logged in sees what waits. */
export const ownUploadsPath = '/my-uploads';
