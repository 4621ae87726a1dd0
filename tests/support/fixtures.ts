import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { type Insertable, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { type Database, openDatabase } from '../../src/database/database.ts';
import type { DB } from '../../src/database/tables.ts';
import {
  type ContextRequest,
  inTransaction,
  type StaffRole,
  type Transaction,
} from '../../src/database/transaction.ts';
import { parseOrganisationNumber } from '../../src/kernel/organisation-number.ts';
import { isCheckerRole } from '../../src/staff/rules.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

/** A grey picture of three by four dots: what draws a photo finds one. */
const JPEG = Buffer.from(
  '/9j/2wBDAP//////////////////////////////////////////////////////////////////////////////////////2wBD' +
    'Af//////////////////////////////////////////////////////////////////////////////////////wAARCAAEAAMD' +
    'ASIAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAUAQEAAAAAAAAAAAAAAAAAAAAA' +
    '/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AAA//2Q==',
  'base64',
);

type Row<T extends keyof DB> = Partial<Insertable<DB[T]>>;

/** A person with a session at the high level that began just now. */
export interface FixturePerson {
  readonly id: string;
  readonly name: string;
  /** What `vendor_look_up_worker` finds the person by. */
  readonly numberHash: Buffer;
  readonly tokenHash: Buffer;
}

export interface FixtureBusiness {
  readonly id: string;
  readonly number: string;
  readonly unit: string;
  readonly otherUnit: string;
}

/** What a mandate of a vendor stands on. */
export interface FixtureVendorMandate {
  readonly id: string;
  readonly agreementId: string;
  readonly quoteId: string;
  readonly assignmentId: string;
}

export interface FixtureOrder {
  readonly orderId: string;
  readonly lineId: string;
  readonly photoId: string;
  readonly cardId: string;
}

/**
 * Rows of one kind each, in a database of a test file's own, written past row-level security; every column may be given.
 * Times are relative to the transaction's `now()`, as SQL intervals, so that no test waits.
 */
export class Fixtures {
  readonly #test: TestDatabase;
  readonly database: Database;
  /** Past row-level security. */
  readonly all: Kysely<DB>;
  readonly #pool: pg.Pool;
  #count: number;

  private constructor(test: TestDatabase, count = 0) {
    this.#test = test;
    this.#count = count;
    this.database = openDatabase(test.urls);
    // Compiling costs more than it saves where every table is small.
    const options = '-c timezone=UTC -c jit=off';
    this.#pool = new pg.Pool({ connectionString: test.urls.superuser, max: 4, options });
    // Dropping the database may close a connection that is just ending; without a listener that would fail the run.
    this.#pool.on('error', () => undefined);
    this.all = new Kysely<DB>({ dialect: new PostgresDialect({ pool: this.#pool }) });
  }

  static async start(): Promise<Fixtures> {
    return new Fixtures(await createTestDatabase());
  }

  /** In the database of a world, which the world removes; with numbers that the world's registers do not use. */
  static in(test: TestDatabase): Fixtures {
    return new Fixtures({ ...test, drop: () => Promise.resolve() }, 500_000);
  }

  get urls(): TestDatabase['urls'] {
    return this.#test.urls;
  }

  async stop(): Promise<void> {
    await this.database.close();
    await this.all.destroy();
    await this.#test.drop();
  }

  /** A statement past row-level security. */
  async rows<T extends object = Record<string, unknown>>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<T[]> {
    return (await this.#pool.query<T>(text, [...values])).rows;
  }

  /** Runs work in the context of a session; `vendor` and `business` are organisation numbers. */
  as<T>(
    person: Pick<FixturePerson, 'tokenHash'>,
    where: { business?: string; vendor?: string; writing?: boolean },
    work: (transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    const request: ContextRequest = { kind: 'session', tokenHash: person.tokenHash, ...where };
    return inTransaction(this.database, request, work);
  }

  async insert(table: keyof DB, row: object): Promise<string> {
    // Kysely cannot follow a table's name that is not known here; the callers below are typed.
    const inserted = await this.all.insertInto(table).values(row).returningAll().executeTakeFirstOrThrow();
    const { id } = inserted as { id?: string };
    return id ?? '';
  }

  async person(name = 'Ola Nordmann', session: Row<'sessions'> = {}): Promise<FixturePerson> {
    const numberHash = createHash('sha256').update(randomUUID()).digest();
    const id = await this.insert('persons', {
      name,
      national_id_hash: numberHash,
      national_id_encrypted: randomBytes(40),
    } satisfies Row<'persons'>);
    return { id, name, numberHash, tokenHash: await this.session(id, session) };
  }

  async session(personId: string, session: Row<'sessions'> = {}): Promise<Buffer> {
    const tokenHash = randomBytes(32);
    const [times] = await this.rows<{ now: Date; end: Date }>(
      `select now(), now() + interval '8 hours' as end`,
    );
    if (!times) throw new Error('no time');
    await this.insert('sessions', {
      token_hash: tokenHash,
      person_id: personId,
      issuer: 'https://issuer.example',
      subject: personId,
      acr: 'high',
      auth_time: times.now,
      created_at: times.now,
      last_seen_at: times.now,
      idle: '30 minutes',
      absolute_end: times.end,
      ...session,
    } satisfies Row<'sessions'>);
    return tokenHash;
  }

  /** A business with two units. */
  async business(row: Row<'businesses'> = {}): Promise<FixtureBusiness> {
    const number = this.#number();
    const id = await this.insert('businesses', {
      organisation_number: number,
      name: `Virksomhet ${number}`,
      form: 'AS',
      card_type: 'construction',
      refreshed_at: new Date(0),
      ...row,
    } satisfies Row<'businesses'>);
    const unit = () =>
      this.insert('units', { business_id: id, organisation_number: this.#number(), name: 'Avdeling' });
    return { id, number, unit: await unit(), otherUnit: await unit() };
  }

  #number(): string {
    for (;;) {
      this.#count += 1;
      const number = parseOrganisationNumber(String(310_000_000 + this.#count));
      if (number.ok) return number.value;
    }
  }

  officer(business: FixtureBusiness, person: FixturePerson, row: Row<'officers'> = {}): Promise<string> {
    return this.insert('officers', {
      business_id: business.id,
      person_id: person.id,
      name: person.name,
      role_code: 'DAGL',
      acts: true,
      since: new Date(0),
      ...row,
    } satisfies Row<'officers'>);
  }

  worker(business: FixtureBusiness, person: FixturePerson, row: Row<'workers'> = {}): Promise<string> {
    return this.insert('workers', {
      business_id: business.id,
      unit_id: business.unit,
      person_id: person.id,
      name: person.name,
      family_name: person.name.split(' ').at(-1) ?? person.name,
      birth_date: '1990-01-01',
      employed_from: '2020-01-01',
      refreshed_at: new Date(0),
      ...row,
    } satisfies Row<'workers'>);
  }

  async vendorProfile(
    vendor: FixtureBusiness,
    officer: FixturePerson,
    row: Row<'vendor_profiles'> = {},
  ): Promise<void> {
    await this.insert('vendor_profiles', {
      vendor_id: vendor.id,
      fee_ore: 9900,
      agreement_version: '1',
      agreement_sha256: documentHash,
      accepted_by: officer.id,
      accepted_by_name: officer.name,
      accepted_at: new Date(0),
      ...row,
    } satisfies Row<'vendor_profiles'>);
  }

  member(
    vendor: FixtureBusiness,
    person: FixturePerson,
    addedBy: FixturePerson,
    row: Row<'vendor_members'> = {},
  ): Promise<string> {
    return this.insert('vendor_members', {
      vendor_id: vendor.id,
      person_id: person.id,
      name: person.name,
      tie: 'declared',
      tie_reason: 'Hired',
      added_by: addedBy.id,
      added_by_name: addedBy.name,
      added_at: new Date(0),
      ...row,
    } satisfies Row<'vendor_members'>);
  }

  async #mandate(by: FixturePerson, row: Row<'mandates'>): Promise<string> {
    const [times] = await this.rows<{ now: Date; start: Date; end: Date }>(
      `select now(), now() - interval '1 hour' as start, now() + interval '30 days' as end`,
    );
    if (!times) throw new Error('no time');
    return this.insert('mandates', {
      starts_at: times.start,
      ends_at: times.end,
      approved_by: by.id,
      approved_by_name: by.name,
      approved_at: times.now,
      approved_acr: 'high',
      approved_auth_time: times.now,
      ...row,
    });
  }

  /** A person's mandate, tied by an officer's declaration. */
  personMandate(
    business: FixtureBusiness,
    person: FixturePerson,
    by: FixturePerson,
    rights: readonly string[],
    row: Row<'mandates'> = {},
  ): Promise<string> {
    return this.#mandate(by, {
      business_id: business.id,
      holder: 'person',
      person_id: person.id,
      holder_name: person.name,
      rights: [...rights],
      tie: 'declared',
      tie_reason: 'accountant',
      ...row,
    });
  }

  /** A vendor's mandate on an active agreement and a valid quote, with one member assigned. */
  async vendorMandate(
    business: FixtureBusiness,
    vendor: FixtureBusiness,
    people: {
      readonly by: FixturePerson;
      readonly vendorOfficer: FixturePerson;
      readonly member: FixturePerson;
    },
    rights: readonly string[],
    row: Row<'mandates'> = {},
  ): Promise<FixtureVendorMandate> {
    const { by, vendorOfficer, member } = people;
    const parties = { business_id: business.id, vendor_id: vendor.id };
    const agreementId = await this.insert('agreements', {
      ...parties,
      version: '1',
      document_sha256: documentHash,
      business_accepted_by: by.id,
      business_accepted_by_name: by.name,
      business_accepted_at: new Date(0),
      vendor_accepted_by: vendorOfficer.id,
      vendor_accepted_by_name: vendorOfficer.name,
      vendor_accepted_at: new Date(0),
    } satisfies Row<'agreements'>);
    const quoteId = await this.insert('quotes', {
      ...parties,
      fee_ore: 9900,
      valid_until: new Date('2100-01-01'),
      accepted_by: by.id,
      accepted_by_name: by.name,
      accepted_at: new Date(0),
    } satisfies Row<'quotes'>);
    const id = await this.#mandate(by, {
      ...parties,
      holder: 'vendor',
      holder_name: 'Leverandør',
      rights: [...rights],
      agreement_id: agreementId,
      quote_id: quoteId,
      ...row,
    });
    const assignmentId = await this.assignment({ ...parties, mandate_id: id }, member, vendorOfficer);
    return { id, agreementId, quoteId, assignmentId };
  }

  assignment(
    mandate: Pick<Insertable<DB['mandate_assignments']>, 'business_id' | 'vendor_id' | 'mandate_id'>,
    member: FixturePerson,
    by: FixturePerson,
  ): Promise<string> {
    return this.insert('mandate_assignments', {
      ...mandate,
      person_id: member.id,
      name: member.name,
      assigned_by: by.id,
      assigned_at: new Date(0),
    } satisfies Row<'mandate_assignments'>);
  }

  /** A role of staff, or of a checker at a place, given past the four eyes. Returns the appointment's id. */
  appointment(
    person: FixturePerson,
    role: StaffRole,
    by: readonly [FixturePerson, FixturePerson],
    row: Row<'staff_appointments'> = {},
  ): Promise<string> {
    const at = new Date(Date.now() - 60_000);
    const [proposer, approver] = by;
    return this.insert('staff_appointments', {
      role,
      name: person.name,
      email: 'kontroll@example.no',
      place: isCheckerRole(role) ? 'Norge' : null,
      ends_at: new Date(Date.now() + 90 * 86_400_000),
      proposed_by: proposer.id,
      proposed_by_name: proposer.name,
      proposed_at: at,
      token_hash: randomBytes(32),
      token_expires_at: new Date(Date.now() + 7 * 86_400_000),
      accepted_by: person.id,
      accepted_by_name: person.name,
      accepted_at: at,
      approved_by: approver.id,
      approved_by_name: approver.name,
      approved_at: at,
      ...row,
    } satisfies Row<'staff_appointments'>);
  }

  /** An order of one line with a photo and an identity document, and the card that came of it. */
  async order(
    business: FixtureBusiness,
    worker: { readonly id: string; readonly personId: string; readonly unit: string },
    by: FixturePerson,
    vendor?: { readonly id: string; readonly mandateId: string },
    state = 'shipped',
  ): Promise<FixtureOrder> {
    const common = { business_id: business.id, vendor_id: vendor?.id ?? null };
    const orderId = await this.insert('orders', {
      ...common,
      unit_id: worker.unit,
      vendor_name: vendor ? 'Leverandør' : null,
      mandate_id: vendor?.mandateId ?? null,
      placed_by: by.id,
      placed_by_name: by.name,
      placed_at: new Date(0),
      idempotency_key: randomUUID(),
      card_type: 'construction',
      delivery_address: '{}',
      price_ore: 13290,
      vat_basis_points: 2500,
    } satisfies Row<'orders'>);
    const photoId = await this.insert('photos', {
      ...common,
      worker_id: worker.id,
      image: JPEG,
      thumbnail: Buffer.of(1),
      width: 1,
      height: 1,
      sha256: documentHash,
      uploaded_by: by.id,
      uploaded_at: new Date(0),
    } satisfies Row<'photos'>);
    const documentId = await this.insert('identity_documents', {
      ...common,
      worker_id: worker.id,
      kind: 'passport',
      content: Buffer.of(1),
      sha256: documentHash,
      uploaded_by: by.id,
      uploaded_at: new Date(0),
    } satisfies Row<'identity_documents'>);
    this.#count += 1;
    const number = String(10_000_000 + this.#count);
    const lineId = await this.insert('order_lines', {
      ...common,
      order_id: orderId,
      worker_id: worker.id,
      holder_name: 'Kort Holder',
      photo_id: photoId,
      document_id: documentId,
      card_number: number,
      state,
      changed_at: new Date(0),
    } satisfies Row<'order_lines'>);
    const batchId = await this.insert('card_batches', { created_at: new Date(0) });
    const cardId = await this.insert('cards', {
      ...common,
      unit_id: worker.unit,
      worker_id: worker.id,
      person_id: worker.personId,
      order_line_id: lineId,
      batch_id: batchId,
      number,
      token: randomBytes(8).toString('base64url'),
      card_type: 'construction',
      holder_name: 'Kort Holder',
      birth_date: '1990-01-01',
      employer_name: 'Virksomhet',
      organisation_number: business.number,
      issued_at: new Date(0),
      expires_at: new Date('2100-01-01'),
      production: 'shipped',
    } satisfies Row<'cards'>);
    return { orderId, lineId, photoId, cardId };
  }
}

/** The hash of the agreement that vendors and businesses of the fixtures accept. */
const documentHash = createHash('sha256').update('agreement').digest();
