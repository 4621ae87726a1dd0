import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import pg from 'pg';
import { SMTPServer } from 'smtp-server';
import type { ActingFor } from '../../src/access/index.ts';
import { type Database, openDatabase } from '../../src/database/database.ts';
import { createVault, type Vault } from '../../src/database/encryption.ts';
import { createTestDatabase } from './database.ts';

/** A person who is logged in, and where the person acts. */
export interface SmallPerson {
  readonly id: string;
  readonly name: string;
  readonly nationalId: string;
  readonly tokenHash: Buffer;
  acting(business: string, vendor?: string): ActingFor;
}

/** A few people and businesses in a database of a test file's own, written past row-level security. */
export interface SmallWorld {
  readonly database: Database;
  readonly urls: Record<'jobs' | 'request' | 'migrate' | 'superuser', string>;
  readonly vault: Vault;
  rows<T extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<T[]>;
  person(name: string, nationalId: string): Promise<SmallPerson>;
  business(organisationNumber: string, name: string): Promise<string>;
  unit(businessId: string, organisationNumber: string, name?: string): Promise<string>;
  officer(businessId: string, person: SmallPerson, roleCode?: string): Promise<void>;
  /** The person as an employee of the unit since 2020. */
  worker(businessId: string, unitId: string, person: SmallPerson): Promise<string>;
  /** A person's mandate, tied by declaration; by `by`. */
  personMandate(
    businessId: string,
    person: SmallPerson,
    by: SmallPerson,
    rights: readonly string[],
  ): Promise<string>;
  /** A vendor with agreement, quote, mandate of these rights, and one member assigned to it. */
  vendorMandate(
    businessId: string,
    vendorId: string,
    people: { officer: SmallPerson; member: SmallPerson },
    rights: readonly string[],
  ): Promise<string>;
  /** The clock of the database stands on that moment; sessions go along, with a login just now. */
  setClock(to: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startSmallWorld(): Promise<SmallWorld> {
  const testDatabase = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: testDatabase.urls.superuser, max: 3 });
  // Dropping the database may close a connection that is just ending; without a listener that would fail the run.
  pool.on('error', () => undefined);
  const database = openDatabase(testDatabase.urls);
  const vault = createVault({ current: 'test', keys: new Map([['test', randomBytes(32)]]) }, randomBytes(32));
  const rows = async <T extends object>(text: string, values: readonly unknown[] = []): Promise<T[]> =>
    (await pool.query<T>(text, [...values])).rows;
  const one = async (text: string, values: readonly unknown[]): Promise<string> =>
    (await rows<{ id: string }>(text, values))[0]?.id ?? '';
  return {
    database,
    urls: testDatabase.urls,
    vault,
    rows,
    person: async (name, nationalId) => {
      const hash = vault.hash(nationalId);
      const id = await one('select person_find_or_create($1, $2, $3, null) as id', [
        hash,
        vault.encrypt(nationalId, 'national-id'),
        name,
      ]);
      const tokenHash = randomBytes(32);
      await rows(
        `select session_create($1, $2, 'https://issuer.example', $3, null, 'high', now(), '', '30 minutes', '8 hours')`,
        [tokenHash, hash, id],
      );
      const acting = (business: string, vendor?: string): ActingFor => ({
        tokenHash,
        business,
        ...(vendor === undefined ? {} : { vendor }),
      });
      return { id, name, nationalId, tokenHash, acting };
    },
    business: (organisationNumber, name) =>
      one(
        `insert into businesses (organisation_number, name, form, refreshed_at) values ($1, $2, 'AS', now()) returning id`,
        [organisationNumber, name],
      ),
    unit: (businessId, organisationNumber, name = 'AVD OSLO') =>
      one(`insert into units (business_id, organisation_number, name) values ($1, $2, $3) returning id`, [
        businessId,
        organisationNumber,
        name,
      ]),
    officer: async (businessId, person, roleCode = 'DAGL') => {
      await rows(
        `insert into officers (business_id, person_id, name, role_code, acts, since) values ($1, $2, $3, $4, true, now())`,
        [businessId, person.id, person.name, roleCode],
      );
    },
    worker: (businessId, unitId, person) =>
      one(
        `insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, refreshed_at)
         values ($1, $2, $3, $4, split_part($4, ' ', 2), '1990-01-15', '2020-01-01', now()) returning id`,
        [businessId, unitId, person.id, person.name],
      ),
    personMandate: (businessId, person, by, rights) =>
      one(
        `insert into mandates (business_id, holder, person_id, holder_name, rights, starts_at, ends_at, tie, tie_reason,
           approved_by, approved_by_name, approved_at, approved_acr, approved_auth_time)
         values ($1, 'person', $2, $3, $4, now() - interval '1 hour', now() + interval '30 days', 'declared', 'accountant',
           $5, $6, now(), 'high', now()) returning id`,
        [businessId, person.id, person.name, rights, by.id, by.name],
      ),
    vendorMandate: async (businessId, vendorId, { officer, member }, rights) => {
      const signer = [officer.id, officer.name];
      await rows(
        `insert into vendor_profiles values ($1, 9900, '1', sha256('agreement'::bytea), $2, $3, now())
         on conflict do nothing`,
        [vendorId, ...signer],
      );
      const agreement = await one(
        `insert into agreements (business_id, vendor_id, version, document_sha256, business_accepted_by,
           business_accepted_by_name, business_accepted_at, vendor_accepted_by, vendor_accepted_by_name, vendor_accepted_at)
         values ($1, $2, '1', sha256('agreement'::bytea), $3, $4, now(), $3, $4, now()) returning id`,
        [businessId, vendorId, ...signer],
      );
      const quote = await one(
        `insert into quotes (business_id, vendor_id, fee_ore, valid_until, accepted_by, accepted_by_name, accepted_at)
         values ($1, $2, 9900, now() + interval '90 days', $3, $4, now()) returning id`,
        [businessId, vendorId, ...signer],
      );
      const mandate = await one(
        `insert into mandates (business_id, holder, vendor_id, holder_name, rights, starts_at, ends_at, agreement_id,
           quote_id, approved_by, approved_by_name, approved_at, approved_acr, approved_auth_time)
         values ($1, 'vendor', $2, 'vendor', $3, now() - interval '1 hour', now() + interval '30 days', $4, $5, $6, $7,
           now(), 'high', now()) returning id`,
        [businessId, vendorId, rights, agreement, quote, ...signer],
      );
      await rows(
        `insert into vendor_members (vendor_id, person_id, name, tie, tie_reason, added_by, added_by_name, added_at)
         values ($1, $2, $3, 'declared', 'Hired', $4, $5, now()) on conflict do nothing`,
        [vendorId, member.id, member.name, ...signer],
      );
      await rows(
        `insert into mandate_assignments (mandate_id, business_id, vendor_id, person_id, name, assigned_by, assigned_at)
         values ($1, $2, $3, $4, $5, $6, now())`,
        [mandate, businessId, vendorId, member.id, member.name, officer.id],
      );
      return mandate;
    },
    setClock: async (to) => {
      await rows(`update clock set offset_by = $1::timestamptz - now()`, [to]);
      await rows(
        `update sessions set created_at = clock_now(), last_seen_at = clock_now(),
           absolute_end = clock_now() + interval '8 hours', auth_time = clock_now() - interval '1 minute'`,
      );
    },
    stop: async () => {
      await Promise.all([database.close(), pool.end()]);
      await testDatabase.drop();
    },
  };
}

/** A mail server on a free port that keeps what it receives, and refuses mailboxes that start with `nobody`. */
export interface TestMailServer {
  readonly url: string;
  readonly received: ParsedMail[];
  /** What each came from by its envelope, where it goes back to when it cannot be delivered. */
  readonly senders: string[];
  /** Whether it answers "try again later" to everything. */
  busy: boolean;
  stop(): Promise<void>;
}

export async function startMailServer(): Promise<TestMailServer> {
  const received: ParsedMail[] = [];
  const senders: string[] = [];
  const state = { busy: false };
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onRcptTo: ({ address }, _session, callback) => {
      if (state.busy) callback(Object.assign(new Error('Try again later'), { responseCode: 451 }));
      else if (address.startsWith('nobody'))
        callback(Object.assign(new Error(`No such mailbox: ${address}`), { responseCode: 550 }));
      else callback();
    },
    onData: (stream, { envelope }, callback) => {
      simpleParser(stream).then(
        (mail) => {
          received.push(mail);
          senders.push(envelope.mailFrom === false ? '' : envelope.mailFrom.address);
          callback();
        },
        (error: unknown) => {
          callback(error instanceof Error ? error : new Error('unreadable'));
        },
      );
    },
  });
  await new Promise<void>((done) => smtp.listen(0, '127.0.0.1', done));
  const { port } = smtp.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${String(port)}`,
    received,
    senders,
    get busy() {
      return state.busy;
    },
    set busy(busy: boolean) {
      state.busy = busy;
    },
    stop: () => new Promise((done) => smtp.close(done)),
  };
}

/** The addresses that a mail was sent to, in its header. */
export function recipients(mail: ParsedMail): string[] {
  const to = mail.to === undefined ? [] : Array.isArray(mail.to) ? mail.to : [mail.to];
  return to.flatMap(({ value }) => value.map(({ address }) => address ?? ''));
}
