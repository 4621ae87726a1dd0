import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { initialWorld, type World } from './world.ts';

/** The services that can be made to fail or to be slow. */
export const serviceNames = [
  'idporten',
  'maskinporten',
  'enhetsregisteret',
  'aareg',
  'folkeregisteret',
  'krr',
  'kofuvi',
  'card-issuer',
  'access-point',
  'cleaning-register',
  'car-care-register',
  'staffing-register',
  'assignments',
  'altinn-notifications',
  'mail',
] as const;

export type ServiceName = (typeof serviceNames)[number];

/** How a service misbehaves: answers with this status (an SMTP code for mail), after this many milliseconds. */
type Fault = { status?: number | undefined; slowMs?: number | undefined };

/** One entry of Enhetsregisteret's update feeds. */
export type Update = {
  id: number;
  feed: 'enheter' | 'underenheter' | 'roller';
  at: string;
  organisationNumber: string;
  kind: 'Ny' | 'Endring' | 'Sletting' | 'Fjernet';
};

export type SentMail = {
  number: number;
  at: string;
  from: string;
  to: string[];
  subject: string;
  text: string;
};

export type SentSms = {
  idempotencyId: string;
  orderId: string;
  shipmentId: string;
  at: string;
  to: string;
  text: string;
};

/** A production batch: the photos are verified and let go, only their digests are kept. */
export type Batch = {
  batchId: string;
  key: string;
  /** Of what is signed: a signature may differ from one time to the next. */
  manifestSha256: string;
  /** Milliseconds since 1970. */
  receivedAt: number;
  cards: { lineId: string; cardNumber: string; photoSha256: string }[];
};

/** A card that the post brought back, and what the customer has had done with it since. */
export type CardReturn = {
  returnId: string;
  lineId: string;
  returnedAt: string;
  reason: 'unknown-address' | 'not-collected' | 'refused' | 'other';
  /** As JSON, the order that settled it. */
  settled?: string;
};

/** A document that the access point has been handed, in the order of their arrival. */
export type SentDocument = {
  key: string;
  bodySha256: string;
  receiver: string;
  kind: 'invoice' | 'credit-note';
  xml: string;
};

export type OidcRecord = { payload: Record<string, unknown>; expiresAt: number | null };

/** A customer that lets a supplier use a scope on its behalf (API delegation). */
type Delegation = { consumer: string; supplier: string; scope: string };

type Secrets = { pairwiseSalt: string; cookieKey: string; idportenKey: JWK; maskinportenKey: JWK };

type Happenings = {
  world: World;
  updates: Update[];
  /** Of whom something has changed in Folkeregisteret, in order. */
  personChanges: string[];
  mail: SentMail[];
  mailCount: number;
  sms: SentSms[];
  /** What becomes of text messages to a number, where not `SMS_Delivered`. */
  smsStatuses: Record<string, string>;
  batches: Batch[];
  returns: CardReturn[];
  documents: SentDocument[];
  faults: Partial<Record<ServiceName, Fault>>;
  delegations: Delegation[];
  /** Identifiers of used assertions, with the second after which they may be forgotten. */
  usedAssertions: Record<string, number>;
  oidc: Record<string, OidcRecord>;
};

type State = Happenings & { worldSha256: string; secrets: Secrets };

/** The one place where the stand-ins remember; everything in it survives a restart when there is a folder. */
export type Store = {
  readonly state: State;
  /** Call after every change: writes the file soon, once for many changes. */
  changed(): void;
  /** Back to the initial world; keys and secrets stay, so that what has been issued can still be verified. */
  reset(): void;
  /** Writes what is not yet written. */
  flush(): void;
};

const worldSha256 = createHash('sha256').update(JSON.stringify(initialWorld)).digest('hex');
const writeDelayMs = 200;

function happeningsOfANewWorld(): Happenings {
  const world = structuredClone(initialWorld);
  return {
    world,
    updates: [
      ...world.businesses.map((one) => ({ feed: 'enheter' as const, of: one })),
      ...world.units.map((one) => ({ feed: 'underenheter' as const, of: one })),
    ].map(({ feed, of }, index) => ({
      id: index + 1,
      feed,
      at: `${of.registered}T05:00:00.000Z`,
      organisationNumber: of.organisationNumber,
      kind: 'Ny',
    })),
    personChanges: [],
    mail: [],
    mailCount: 0,
    sms: [],
    smsStatuses: {},
    batches: [],
    returns: [],
    documents: [],
    faults: {},
    delegations: [],
    usedAssertions: {},
    oidc: {},
  };
}

async function newSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: randomBytes(8).toString('hex'), alg: 'RS256', use: 'sig' };
}

async function newSecrets(): Promise<Secrets> {
  const [idportenKey, maskinportenKey] = await Promise.all([newSigningKey(), newSigningKey()]);
  return {
    pairwiseSalt: randomBytes(32).toString('hex'),
    cookieKey: randomBytes(32).toString('hex'),
    idportenKey,
    maskinportenKey,
  };
}

function readState(file: string): State | undefined {
  try {
    // Written by this module alone; a file that cannot be read is replaced by a new world.
    return JSON.parse(readFileSync(file, 'utf8')) as State;
  } catch {
    return undefined;
  }
}

/**
 * Opens the state. Without a folder it lives in memory only. When the initial world has been edited since the file was
 * written, the world starts anew and the keys are kept.
 */
export async function openStore(folder: string | undefined): Promise<Store> {
  const file = folder === undefined ? undefined : join(folder, 'state.json');
  if (folder !== undefined) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = file === undefined ? undefined : readState(file);
  const state: State =
    found?.worldSha256 === worldSha256
      ? { ...happeningsOfANewWorld(), ...found }
      : { ...happeningsOfANewWorld(), worldSha256, secrets: found?.secrets ?? (await newSecrets()) };

  let timer: NodeJS.Timeout | undefined;
  const write = (): void => {
    timer = undefined;
    if (file === undefined) return;
    forgetExpired(state);
    try {
      writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    } catch (error) {
      // A full disk or a folder that is gone costs the memory of the next start, not the running world.
      const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
      process.stderr.write(`The stand-ins cannot write their state to ${file}: ${reason}\n`);
    }
  };
  const changed = (): void => {
    timer ??= setTimeout(write, writeDelayMs);
  };
  if (found?.worldSha256 !== worldSha256) write();
  return {
    state,
    changed,
    reset: () => {
      Object.assign(state, happeningsOfANewWorld());
      changed();
    },
    flush: () => {
      if (timer === undefined) return;
      clearTimeout(timer);
      write();
    },
  };
}

function forgetExpired(state: State): void {
  const now = Date.now();
  state.oidc = Object.fromEntries(
    Object.entries(state.oidc).filter(([, one]) => one.expiresAt === null || one.expiresAt > now),
  );
  state.usedAssertions = Object.fromEntries(
    Object.entries(state.usedAssertions).filter(([, until]) => until * 1000 > now),
  );
}
