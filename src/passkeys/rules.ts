import { z } from 'zod';

/** What a browser's answer is for: a new passkey, or the use of one. */
export type Purpose = 'add' | 'use';

/**
 * Whom passkeys are for, from the origin that browsers reach us by: its host name alone (WebAuthn's RP ID). A browser uses a
 * passkey on pages of that host only.
 */
export function relyingPartyOf(publicOrigin: string): string {
  return new URL(publicOrigin).hostname;
}

/** What a person calls a passkey. */
export const passkeyName = z
  .string({ error: 'passkeys:error.name' })
  .trim()
  .min(1, 'passkeys:error.name')
  .max(60, 'passkeys:error.name');

// Longer than any that browsers send, whatever the authenticator puts in.
const text = z.string().max(20_000);
const transports = z.array(z.string().max(40)).max(10);

/** What a browser sends of a new passkey: WebAuthn Level 3, RegistrationResponseJSON, as far as it is used. */
export const registrationAnswer = z.object({
  id: text,
  rawId: text,
  type: z.literal('public-key'),
  clientExtensionResults: z.object({}).catch({}),
  response: z.object({
    clientDataJSON: text,
    attestationObject: text,
    transports: transports.default([]),
  }),
});

/** What a browser sends when a passkey is used: WebAuthn Level 3, AuthenticationResponseJSON, as far as it is used. */
export const authenticationAnswer = z.object({
  id: text,
  rawId: text,
  type: z.literal('public-key'),
  clientExtensionResults: z.object({}).catch({}),
  response: z.object({
    clientDataJSON: text,
    authenticatorData: text,
    signature: text,
  }),
});

/** Reads a form's field that holds what the browser answered; undefined for anything else. */
export function parseAnswer<T>(schema: z.ZodType<T>, sent: unknown): T | undefined {
  if (typeof sent !== 'string') return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(sent));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
