import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import { inTransaction } from '../database/transaction.ts';
import { appendAudit } from '../audit/index.ts';
import { parseNationalId, type NationalId } from '../kernel/national-id.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Level, Token } from './rules.ts';
import { createToken } from './rules.ts';
import * as records from './records.ts';

/** What ID-porten vouched for. `pid` is absent for eIDAS and e-mail users. */
export interface OpenidLogin {
  readonly iss: string;
  readonly sub: string;
  readonly sid?: string | undefined;
  readonly pid?: string | undefined;
  readonly acr: 'idporten-loa-substantial' | 'idporten-loa-high';
  readonly authTime: Date;
}

/** Port: a person's name and birth date in Folkeregisteret; undefined while it does not answer or does not know. */
export type PersonRegister = (
  nationalId: NationalId,
) => Promise<{ name: string; birthDate: string | null } | undefined>;

export interface IdentityDeps {
  readonly database: Database;
  readonly vault: Vault;
  readonly personRegister: PersonRegister;
  /** Port: has the registered roles of these businesses read anew, soon, and where access hangs on it, who works there. */
  readonly refreshRegisters: (behind: readonly records.BehindAccess[]) => Promise<void>;
  readonly allowSynthetic: boolean;
  readonly limits: { readonly idleMinutes: number; readonly absoluteMinutes: number };
}

/** Why a login creates nothing: no Norwegian number, a number that is none here, or a person no register knows. */
export type LoginRefusal = 'no-national-id' | 'not-accepted' | 'name-unknown';

const levels = {
  'idporten-loa-substantial': 'substantial',
  'idporten-loa-high': 'high',
} as const satisfies Record<OpenidLogin['acr'], Level>;

/** Where a login came from: the secret of the browser's own cookie, and the network. Both are kept as keyed hashes alone. */
export interface LoginPlace {
  readonly device?: string | undefined;
  readonly network?: string | undefined;
}

/**
 * Opens a session for a login; the token's secret goes into the browser's cookie and nowhere else. `denied`: a login of the
 * person's was denied after this one, which may be what the issuer still remembers of it.
 */
export async function openSession(
  deps: IdentityDeps,
  login: OpenidLogin,
  userAgent: string,
  place: LoginPlace = {},
): Promise<Result<Token, LoginRefusal | 'denied'>> {
  const parsed = parseLogin(deps, login);
  if (!parsed.ok) return parsed;
  const { nationalId, proven } = parsed.value;
  if (await records.deniedSince(deps.database, proven)) return err('denied');
  const person = await identify(deps, nationalId, proven.nationalIdHash);
  if (person === undefined) return err('name-unknown');
  await records.upsertPerson(deps.database, {
    nationalIdHash: proven.nationalIdHash,
    nationalIdEncrypted: proven.nationalIdEncrypted,
    name: person.name,
    birthDate: person.birthDate,
  });
  const token = createToken();
  const limits = { ...deps.limits, userAgent };
  await records.createSession(deps.database, token.hash, proven, limits, hashesOf(deps, place));
  await auditSession(deps, token.hash, 'session.opened');
  await deps.refreshRegisters(await records.registersBehindAccess(deps.database, proven.nationalIdHash));
  return ok(token);
}

function hashesOf({ vault }: Pick<IdentityDeps, 'vault'>, { device, network }: LoginPlace) {
  return {
    deviceHash: device === undefined ? null : vault.hash(`device:${device}`),
    networkHash: network === undefined ? null : vault.hash(`network:${network}`),
  };
}

/**
 * Raises a session by a fresh login of the same person, under a new token. When the login was another person's, both
 * the session and the login come to nothing.
 */
export async function stepUp(
  deps: IdentityDeps,
  oldHash: Buffer,
  login: OpenidLogin,
): Promise<Result<Token, LoginRefusal | 'other-person' | 'no-session'>> {
  const parsed = parseLogin(deps, login);
  if (!parsed.ok) return parsed;
  await auditOtherPerson(deps, oldHash, parsed.value.proven.nationalIdHash);
  const token = createToken();
  const outcome = await records.raiseSession(deps.database, oldHash, token.hash, parsed.value.proven);
  if (outcome !== 'raised') return err(outcome);
  await auditSession(deps, token.hash, 'session.raised');
  return ok(token);
}

/** Ends the session here; the issuer's ends by the redirect that follows. */
export async function logOut(deps: IdentityDeps, tokenHash: Buffer): Promise<void> {
  await auditSession(deps, tokenHash, 'session.ended');
  await records.endSession(deps.database, tokenHash);
}

/** Ends the person's other sessions, in whatever browser they are open. Returns how many. */
export async function endOtherSessions(
  deps: Pick<IdentityDeps, 'database'>,
  tokenHash: Buffer,
): Promise<number> {
  return inTransaction(deps.database, { kind: 'session', tokenHash, writing: true }, async (transaction) => {
    const { session } = transaction.facts;
    if (!session) return 0;
    const ended = await records.endOtherSessions(transaction, tokenHash);
    await appendAudit(transaction, {
      action: 'session.others-ended',
      decision: 'allowed',
      subject: { kind: 'session', id: session.id },
      changes: { ended },
    });
    return ended;
  });
}

/** Someone else's eID in a person's own step-up is what a shared one looks like: it stands in the log under that person. */
async function auditOtherPerson(
  deps: IdentityDeps,
  tokenHash: Buffer,
  nationalIdHash: Buffer,
): Promise<void> {
  await inTransaction(deps.database, { kind: 'session', tokenHash }, async (transaction) => {
    const { session } = transaction.facts;
    const own = await records.ownNumberHash(transaction);
    if (!session || !own || own.equals(nationalIdHash)) return;
    await appendAudit(transaction, {
      action: 'session.raised',
      decision: 'refused',
      rule: 'other-person',
      subject: { kind: 'session', id: session.id },
    });
  });
}

async function auditSession(deps: IdentityDeps, tokenHash: Buffer, action: string): Promise<void> {
  await inTransaction(deps.database, { kind: 'session', tokenHash }, async (transaction) => {
    const { session } = transaction.facts;
    if (!session) return;
    await appendAudit(transaction, {
      action,
      decision: 'allowed',
      subject: { kind: 'session', id: session.id },
      changes: { level: session.acr },
    });
  });
}

function parseLogin(deps: IdentityDeps, login: OpenidLogin) {
  if (login.pid === undefined) return err<LoginRefusal>('no-national-id');
  const nationalId = parseNationalId(login.pid, { synthetic: deps.allowSynthetic });
  if (!nationalId.ok) return err<LoginRefusal>('not-accepted');
  const proven: records.ProvenLogin = {
    nationalIdHash: deps.vault.hash(nationalId.value),
    nationalIdEncrypted: deps.vault.encrypt(nationalId.value, 'national-id'),
    issuer: login.iss,
    subject: login.sub,
    sid: login.sid ?? null,
    level: levels[login.acr],
    authTime: login.authTime,
  };
  return ok({ nationalId: nationalId.value, proven });
}

async function identify(deps: IdentityDeps, nationalId: NationalId, hash: Buffer) {
  const registered = await deps.personRegister(nationalId);
  if (registered) return registered;
  const name = await records.knownName(deps.database, hash);
  return name === null ? undefined : { name, birthDate: null };
}
