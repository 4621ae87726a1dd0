import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import type { Transaction } from '../database/transaction.ts';
import { isNewDevice, type Level } from './rules.ts';

type Request = Pick<Database, 'request'>;

interface Vaulted {
  readonly database: Request;
  readonly vault: Vault;
}

/** A login on its way: kept on the server, bound to the browser, used once, ten minutes. */
export interface LoginAttempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly purpose: 'login' | 'step-up';
  readonly returnPath: string;
}

/** What a return path is encrypted for: it may be an invitation's single-use link. */
const RETURN_PATH = 'login-return-path';

export async function saveLoginAttempt(
  { database: { request }, vault }: Vaulted,
  browserHash: Buffer,
  attempt: LoginAttempt,
  sessionHash: Buffer | null,
): Promise<void> {
  const returnPath = vault.encrypt(attempt.returnPath, RETURN_PATH).toString('base64');
  await sql`select login_attempt_create(${browserHash}, ${attempt.state}, ${attempt.nonce}, ${attempt.codeVerifier},
    ${attempt.purpose}, ${sessionHash}, ${returnPath})`.execute(request);
}

/** Takes the attempt, so that a callback works once; undefined when it is unknown, used, too old, or another browser's. */
export async function takeLoginAttempt(
  { database: { request }, vault }: Vaulted,
  browserHash: Buffer,
  state: string,
): Promise<LoginAttempt | undefined> {
  const found = await sql<{
    state: string;
    nonce: string;
    code_verifier: string;
    purpose: 'login' | 'step-up';
    return_path: string;
  }>`select * from login_attempt_take(${browserHash}, ${state})`.execute(request);
  const row = found.rows[0];
  return (
    row && {
      state: row.state,
      nonce: row.nonce,
      codeVerifier: row.code_verifier,
      purpose: row.purpose,
      returnPath: vault.decrypt(Buffer.from(row.return_path, 'base64'), RETURN_PATH),
    }
  );
}

/** What a login proved, ready to be stored. */
export interface ProvenLogin {
  readonly nationalIdHash: Buffer;
  readonly nationalIdEncrypted: Buffer;
  readonly issuer: string;
  readonly subject: string;
  readonly sid: string | null;
  readonly level: Level;
  readonly authTime: Date;
}

/** Finds or creates the person; returns the person's id. The name and birth date are the registers'. */
export async function upsertPerson(
  { request }: Request,
  person: { nationalIdHash: Buffer; nationalIdEncrypted: Buffer; name: string; birthDate: string | null },
): Promise<string> {
  const found = await sql<{ id: string }>`select person_find_or_create(${person.nationalIdHash},
    ${person.nationalIdEncrypted}, ${person.name}, ${person.birthDate}::date) as id`.execute(request);
  const id = found.rows[0]?.id;
  if (id === undefined) throw new Error('A person was neither found nor created.');
  return id;
}

export async function createSession(
  { request }: Request,
  tokenHash: Buffer,
  login: ProvenLogin,
  limits: { idleMinutes: number; absoluteMinutes: number; userAgent: string },
  from: { readonly deviceHash: Buffer | null; readonly networkHash: Buffer | null },
): Promise<void> {
  await sql`select session_create(${tokenHash}, ${login.nationalIdHash}, ${login.issuer}, ${login.subject}, ${login.sid},
    ${login.level}, ${login.authTime}, ${limits.userAgent},
    make_interval(mins => ${limits.idleMinutes}::int), make_interval(mins => ${limits.absoluteMinutes}::int),
    ${from.deviceHash}, ${from.networkHash})`.execute(request);
}

/** Whether a login of this person's was denied after this one. */
export async function deniedSince(
  { request }: Request,
  { nationalIdHash, authTime }: ProvenLogin,
): Promise<boolean> {
  const found = await sql<{ denied: boolean }>`
    select denied_since(${nationalIdHash}, ${authTime}) as denied`.execute(request);
  return found.rows[0]?.denied ?? false;
}

/** Raises a session after a step-up, under a new token; ends it when the login was somebody else's. */
export async function raiseSession(
  { request }: Request,
  oldHash: Buffer,
  newHash: Buffer,
  login: ProvenLogin,
): Promise<'raised' | 'other-person' | 'no-session'> {
  const found = await sql<{
    outcome: 'raised' | 'other-person' | 'no-session';
  }>`select session_step_up(${oldHash},
    ${newHash}, ${login.nationalIdHash}, ${login.sid}, ${login.level}, ${login.authTime})
    as outcome`.execute(request);
  return found.rows[0]?.outcome ?? 'no-session';
}

/** Ends a session here; false when it had ended already. */
export async function endSession({ request }: Request, tokenHash: Buffer): Promise<boolean> {
  const found = await sql<{ ended: boolean }>`select session_end(${tokenHash}) as ended`.execute(request);
  return found.rows[0]?.ended ?? false;
}

/** Ends the person's sessions but the one that asks; returns how many. */
export async function endOtherSessions({ query }: Transaction, tokenHash: Uint8Array): Promise<number> {
  const found = await sql<{ ended: number }>`select sessions_end_others(${tokenHash}) as ended`.execute(
    query,
  );
  return found.rows[0]?.ended ?? 0;
}

/** The keyed hash of the number of whoever asks; undefined when nobody is logged in. */
export async function ownNumberHash({ query, facts }: Transaction): Promise<Buffer | undefined> {
  const row = await query
    .selectFrom('persons')
    .select('national_id_hash as hash')
    .where('id', '=', facts.session?.personId ?? null)
    .executeTakeFirst();
  return row?.hash;
}

/** Ends every session that the issuer's session carried; returns how many. */
export async function endSessionsBySid({ request }: Request, issuer: string, sid: string): Promise<number> {
  const found = await sql<{ ended: number }>`select sessions_end_by_sid(${issuer}, ${sid}) as ended`.execute(
    request,
  );
  return found.rows[0]?.ended ?? 0;
}

/** The person's own sessions that are open now, newest first, each with its browser; `asking` is the one that asks. */
export async function openSessions({ query, now, facts }: Transaction) {
  const rows = await query
    .selectFrom('sessions')
    .leftJoin('devices', 'devices.id', 'sessions.device_id')
    .select(['sessions.id', 'created_at', 'sessions.last_seen_at', 'sessions.user_agent', 'acr'])
    .select(['device_id', 'first_of_person', 'first_seen_at', 'answer'])
    .where('sessions.person_id', '=', facts.session?.personId ?? '')
    .where('ended_at', 'is', null)
    .where('absolute_end', '>', now)
    .orderBy('created_at', 'desc')
    .execute();
  return rows.map(({ first_of_person, first_seen_at, answer, ...row }) => ({
    ...row,
    asking: row.id === facts.session?.id,
    isNew:
      first_of_person !== null &&
      first_seen_at !== null &&
      isNewDevice({ firstOfPerson: first_of_person, firstSeenAt: first_seen_at, answer }, now),
  }));
}

/** Who a cookie's secret stands for right now, or undefined. */
export async function readSession({ statement }: Pick<Database, 'statement'>, tokenHash: Buffer) {
  const found = await statement.query<{
    person_id: string;
    name: string;
    acr: Level;
    auth_time: Date;
    unread: number;
  }>({ name: 'session-read', text: 'select * from session_read($1)', values: [tokenHash] });
  return found.rows[0];
}

/** The name under which the person is known here, if any. */
export async function knownName({ request }: Request, nationalIdHash: Buffer): Promise<string | null> {
  const found = await sql<{
    name: string | null;
  }>`select person_known_name(${nationalIdHash}) as name`.execute(request);
  return found.rows[0]?.name ?? null;
}

/** A business on whose registered roles, or employments, a person's access hangs. */
export interface BehindAccess {
  readonly organisationNumber: string;
  readonly byEmployment: boolean;
}

/** The businesses whose registers are read anew after a login: those that the person can act for, or is of. */
export async function registersBehindAccess(
  { request }: Request,
  nationalIdHash: Buffer,
): Promise<BehindAccess[]> {
  const found = await sql<BehindAccess>`
    select organisation_number as "organisationNumber", by_employment as "byEmployment"
    from registers_behind_access(${nationalIdHash})`.execute(request);
  return found.rows;
}
