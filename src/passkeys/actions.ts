import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { z } from 'zod';
import {
  act,
  type ActingFor,
  loginFresh,
  look,
  type Notify,
  type Permitted,
  type Refused,
} from '../access/index.ts';
import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import * as records from './records.ts';
import { type authenticationAnswer, type registrationAnswer, relyingPartyOf } from './rules.ts';

export interface PasskeyDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
  /** Where browsers reach us: what they sign names it, and one that signed for another page is refused. */
  readonly publicOrigin: string;
}

type Reads = Pick<PasskeyDeps, 'database'>;
type Verifies = Pick<PasskeyDeps, 'database' | 'publicOrigin'>;

/** How long a person may take in the browser's own window; what is signed is kept as long. */
const TIMEOUT_MS = 5 * 60 * 1000;

/** ES256, then RS256 and EdDSA, as COSE numbers them (RFC 9053). */
const ALGORITHMS = [-7, -257, -8];

const inSession = <T>(
  { database }: Reads,
  tokenHash: Uint8Array,
  writing: boolean,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> => inTransaction(database, { kind: 'session', tokenHash, writing }, work);

/** The person's own passkeys, and whether one may be added now. */
export function viewPasskeys(deps: Reads, tokenHash: Uint8Array) {
  return inSession(deps, tokenHash, false, async (transaction) => ({
    passkeys: await records.ownPasskeys(transaction),
    fresh: loginFresh(transaction.facts, transaction.now),
  }));
}

// Adding ----------------------------------------------------------------------------------------------------------------

/** What the browser makes a new passkey from; `step-up` before a login at high level in the last five minutes. */
export function startAdding(deps: Verifies, tokenHash: Uint8Array) {
  return inSession(deps, tokenHash, true, async (transaction) => {
    const { session } = transaction.facts;
    if (!session || !loginFresh(transaction.facts, transaction.now)) return err('step-up');
    const known = await records.ownPasskeys(transaction);
    const options = await generateRegistrationOptions({
      rpName: 'Kortvakt',
      rpID: relyingPartyOf(deps.publicOrigin),
      // The person's id here, which says nothing to anybody else; the name stays with the person's own devices.
      userID: new Uint8Array(Buffer.from(session.personId)),
      userName: session.name,
      userDisplayName: session.name,
      timeout: TIMEOUT_MS,
      attestationType: 'none',
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
      excludeCredentials: known.map(described),
      supportedAlgorithmIDs: ALGORITHMS,
    });
    await records.saveChallenge(transaction, 'add', options.challenge);
    return ok({ options, waits: known.length > 0 && !(await records.passkeyJustUsed(transaction)) });
  });
}

const described = ({ credentialId, transports }: records.OwnPasskey) => ({
  id: credentialId.toString('base64url'),
  transports: [...transports],
});

export type AddProblem = 'step-up' | 'stale' | 'not-verified' | 'known';

/** Stores what the browser made, and tells the person at the address that the person has in the contact register. */
export async function addPasskey(
  deps: PasskeyDeps,
  tokenHash: Uint8Array,
  { name, answer }: { readonly name: string; readonly answer: z.infer<typeof registrationAnswer> },
): Promise<Result<undefined, AddProblem>> {
  const added = await inSession(
    deps,
    tokenHash,
    true,
    async (transaction): Promise<Result<string, AddProblem>> => {
      if (!loginFresh(transaction.facts, transaction.now)) return err('step-up');
      const challenge = await records.takeChallenge(transaction, 'add');
      if (challenge === undefined) return err('stale');
      const credential = await registered(deps, challenge, answer);
      if (credential === undefined) return err('not-verified');
      const id = await records.insertPasskey(transaction, {
        credentialId: Buffer.from(credential.id, 'base64url'),
        publicKey: Buffer.from(credential.publicKey),
        counter: credential.counter,
        transports: answer.response.transports,
        name,
      });
      if (id === undefined) return err('known');
      await auditOf(transaction, 'passkey.added', id);
      await tell(deps, transaction, 'added', name);
      return ok(id);
    },
  );
  return added.ok ? ok(undefined) : added;
}

async function registered(
  { publicOrigin }: Verifies,
  expectedChallenge: string,
  answer: z.infer<typeof registrationAnswer>,
) {
  try {
    const { registrationInfo } = await verifyRegistrationResponse({
      response: {
        ...answer,
        response: {
          clientDataJSON: answer.response.clientDataJSON,
          attestationObject: answer.response.attestationObject,
        },
      },
      expectedChallenge,
      expectedOrigin: publicOrigin,
      expectedRPID: relyingPartyOf(publicOrigin),
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    return registrationInfo?.credential;
  } catch {
    // The library throws for whatever does not hold: another page's origin, another challenge, no PIN or fingerprint.
    return undefined;
  }
}

/** Takes a passkey away, and tells the person. False for one that is not the person's. */
export function removePasskey(deps: PasskeyDeps, tokenHash: Uint8Array, id: string): Promise<boolean> {
  return inSession(deps, tokenHash, true, async (transaction) => {
    const found = isUuid(id)
      ? (await records.ownPasskeys(transaction)).find((one) => one.id === id)
      : undefined;
    if (!found || !(await records.deletePasskey(transaction, id))) return false;
    await auditOf(transaction, 'passkey.removed', id);
    await tell(deps, transaction, 'removed', found.name);
    return true;
  });
}

async function tell(
  { notify }: PasskeyDeps,
  transaction: Transaction,
  what: 'added' | 'removed',
  name: string,
): Promise<void> {
  await notify(transaction, {
    template: `passkeys:notice.${what}`,
    businessId: null,
    parameters: { name, atTime: transaction.now.toISOString(), link: '/profile/passkeys' },
    audience: 'person',
    personId: transaction.facts.session?.personId ?? '',
  });
}

function auditOf(transaction: Transaction, action: string, id: string, refused?: string): Promise<unknown> {
  return appendAudit(transaction, {
    action,
    decision: refused === undefined ? 'allowed' : 'refused',
    ...(refused === undefined ? {} : { rule: refused }),
    subject: { kind: 'passkey', id },
  });
}

// Using -----------------------------------------------------------------------------------------------------------------

/** What the browser signs with one of the person's passkeys, and which do not count everywhere yet; `none` while there is none. */
export function startUsing(deps: Verifies, tokenHash: Uint8Array) {
  return inSession(deps, tokenHash, true, async (transaction) => {
    const known = await records.ownPasskeys(transaction);
    if (known.length === 0) return err('none');
    const options = await generateAuthenticationOptions({
      rpID: relyingPartyOf(deps.publicOrigin),
      timeout: TIMEOUT_MS,
      userVerification: 'required',
      allowCredentials: known.map(described),
    });
    await records.saveChallenge(transaction, 'use', options.challenge);
    return ok({ options, waiting: known.filter(({ countsFrom }) => countsFrom > transaction.now) });
  });
}

export type UseProblem = 'stale' | 'not-verified';

/** Notes in the session that one of the person's passkeys was used now; it holds for five minutes. */
export function usePasskey(
  deps: Verifies,
  tokenHash: Uint8Array,
  answer: z.infer<typeof authenticationAnswer>,
): Promise<Result<undefined, UseProblem>> {
  return inSession(deps, tokenHash, true, async (transaction): Promise<Result<undefined, UseProblem>> => {
    const challenge = await records.takeChallenge(transaction, 'use');
    if (challenge === undefined) return err('stale');
    const credentialId = Buffer.from(answer.id, 'base64url');
    const passkey = (await records.ownPasskeys(transaction)).find((one) =>
      one.credentialId.equals(credentialId),
    );
    if (!passkey) return err('not-verified');
    const counter = await counterOf(deps, challenge, passkey, answer);
    if (counter === undefined || !(await records.notePasskeyUse(transaction, passkey.id, counter))) {
      await auditOf(transaction, 'passkey.used', passkey.id, 'not-verified');
      return err('not-verified');
    }
    await auditOf(transaction, 'passkey.used', passkey.id);
    return ok(undefined);
  });
}

async function counterOf(
  { publicOrigin }: Verifies,
  expectedChallenge: string,
  { credentialId, publicKey, counter }: records.OwnPasskey,
  answer: z.infer<typeof authenticationAnswer>,
): Promise<number | undefined> {
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: answer,
      expectedChallenge,
      expectedOrigin: publicOrigin,
      expectedRPID: relyingPartyOf(publicOrigin),
      requireUserVerification: true,
      credential: {
        id: credentialId.toString('base64url'),
        publicKey: new Uint8Array(publicKey),
        counter,
      },
    });
    return verified ? authenticationInfo.newCounter : undefined;
  } catch {
    return undefined;
  }
}

// What a business requires ----------------------------------------------------------------------------------------------

/** Whether the business requires passkeys, and what whoever asks lacks to change that. */
export interface RequirementView {
  readonly permitted: Permitted;
  readonly requirement: records.Requirement | undefined;
  readonly mayChange: boolean;
  readonly lacks: ChangeLack | undefined;
  readonly passkeys: readonly records.OwnPasskey[];
}

export type ChangeLack = 'step-up' | 'passkey';

/** For whoever manages access; only officers change it. */
export function viewRequirement(deps: Reads, acting: ActingFor): Promise<Result<RequirementView, Refused>> {
  const request = { right: 'access.manage', action: 'passkeys.view', neverForVendor: true } as const;
  return look(deps.database, acting, request, async (permitted) => ({
    permitted,
    requirement: await records.requirementOf(permitted),
    mayChange: permitted.facts.capacity === 'officer',
    lacks: await lackOf(permitted),
    passkeys: await records.ownPasskeys(permitted),
  }));
}

/** Where it is required already, only a passkey that counts will do; to begin, any of the officer's own that was just used. */
async function lackOf(permitted: Permitted): Promise<ChangeLack | undefined> {
  if (!loginFresh(permitted.facts, permitted.now)) return 'step-up';
  if (permitted.facts.passkey === 'missing') return 'passkey';
  return (await records.passkeyJustUsed(permitted)) ? undefined : 'passkey';
}

/**
 * Has granting and changes of contact details require a passkey from now on, or no more. For an officer who has logged in at
 * high level and used a passkey, both in the last five minutes; every officer is told. `no-answer` where neither was said.
 */
export async function requirePasskeys(
  deps: PasskeyDeps,
  acting: ActingFor,
  required: boolean | undefined,
): Promise<Result<undefined, 'no-answer' | ChangeLack | Refused>> {
  const action = required ? 'passkeys.required' : 'passkeys.no-longer-required';
  const changed = await act(
    deps.database,
    acting,
    { right: 'agreements.sign', action, neverForVendor: true },
    async (permitted): Promise<Result<undefined | ChangeLack, 'no-answer'>> => {
      if (required === undefined) return err('no-answer');
      const lack = await lackOf(permitted);
      if (lack !== undefined) {
        await permitted.audit({ decision: 'refused', rule: lack });
        return ok(lack);
      }
      if (!(await records.setRequirement(permitted, required))) return ok(undefined);
      await permitted.audit();
      await tellOfficers(deps, permitted, required);
      return ok(undefined);
    },
  );
  if (!changed.ok) return changed;
  return changed.value === undefined ? ok(undefined) : err(changed.value);
}

async function tellOfficers({ notify }: PasskeyDeps, permitted: Permitted, required: boolean): Promise<void> {
  const { business, session } = permitted.facts;
  if (!business || !session) return;
  await notify(permitted, {
    template: `passkeys:notice.${required ? 'required' : 'notRequired'}`,
    businessId: business.id,
    parameters: {
      business: business.name,
      person: session.name,
      atTime: permitted.now.toISOString(),
      link: `/b/${business.organisationNumber}/business/access/passkeys`,
    },
    audience: 'officers',
  });
}
