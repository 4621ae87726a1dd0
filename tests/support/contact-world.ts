import { randomBytes } from 'node:crypto';
import { changeContact, type Changed } from '../../src/contact/actions.ts';
import { type ActingOn, proveAddress } from '../../src/contact/moves.ts';
import type { ContactDetails } from '../../src/contact/rules.ts';
import { workOnMoves } from '../../src/contact/telling.ts';
import type { NationalId } from '../../src/kernel/national-id.ts';
import { err, ok } from '../../src/kernel/result.ts';
import { deliverNotice } from '../../src/messages/actions.ts';
import { createNotify, noteBounce } from '../../src/messages/index.ts';
import type { StaffActing } from '../../src/staff/index.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from './small-world.ts';

export const CUSTOMER = '310000019';
const VENDOR = '310000035';

/** A letter as it waits to be sent: to whom, and with its secrets in the clear. */
export interface Told {
  readonly template: string;
  readonly audience: string;
  readonly addresses: readonly string[];
  readonly secrets: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Where the contact register says that the officers are reached. */
export const OFFICERS_OWN = ['dag.leder@privat.example', 'vis.ugle@privat.example'] as const;

/** What the business of the tests has before anything is changed. */
export const startingDetails: ContactDetails = {
  email: 'gammel@kunde.example',
  mobile: '+4791234567',
  addressLines: ['Storgata 1'],
  postalCode: '0150',
  city: 'Oslo',
  responsible: 'Kåre Ávšš',
  language: 'nb',
};

/** A business with two officers, a helper who may change its contact details, and a vendor; with a clock that can be moved. */
export class ContactWorld {
  readonly small: SmallWorld;
  readonly people: Readonly<Record<'boss' | 'chair' | 'helper' | 'local' | 'member', SmallPerson>>;
  readonly businessId: string;
  /** Two units of the business. */
  readonly units: Readonly<Record<'oslo' | 'bergen', string>>;
  /** Whether the contact register has addresses of the officers', or does not answer. */
  reach: 'reached' | 'none' | 'unknown' = 'reached';
  /** Whether the mail server takes nothing. */
  mailDown = false;
  /** What is sent to these comes back. */
  readonly dead = new Set<string>();
  waitHours = 72;
  /** Whether codes are sent to mobile numbers. */
  provesMobiles = false;

  private constructor(
    small: SmallWorld,
    people: ContactWorld['people'],
    businessId: string,
    units: ContactWorld['units'],
  ) {
    this.small = small;
    this.people = people;
    this.businessId = businessId;
    this.units = units;
  }

  static async start(): Promise<ContactWorld> {
    const small = await startSmallWorld();
    const businessId = await small.business(CUSTOMER, 'KUNDE AS');
    const vendorId = await small.business(VENDOR, 'RIMELIG KORTHJELP AS');
    const boss = await small.person('Dag Leder', '15819049944');
    const chair = await small.person('Vis Ugle', '06866541262');
    const helper = await small.person('Hjelp Som', '02838536711');
    const local = await small.person('Bare Oslo', '17858319323');
    const member = await small.person('Ansatt Hos', '30819113749');
    const vendorBoss = await small.person('Rimelig', '20908204892');
    await small.officer(businessId, boss);
    await small.officer(businessId, chair, 'LEDE');
    await small.officer(vendorId, vendorBoss);
    const [oslo, bergen] = await small.rows<{ id: string }>(
      `insert into units (business_id, organisation_number, name)
       values ($1, '320000017', 'KUNDE AVD OSLO'), ($1, '320000025', 'KUNDE AVD BERGEN') returning id`,
      [businessId],
    );
    const units = { oslo: oslo?.id ?? '', bergen: bergen?.id ?? '' };
    const mandate = await small.personMandate(businessId, helper, boss, ['contact.change']);
    const oneUnit = await small.personMandate(businessId, local, boss, ['contact.change']);
    await small.rows('update mandates set units = $2 where id = $1', [oneUnit, [units.oslo]]);
    // However the clock is moved, the mandates are within their period.
    await small.rows(
      `update mandates set starts_at = now() - interval '60 days', ends_at = now() + interval '600 days' where id = any ($1)`,
      [[mandate, oneUnit]],
    );
    await small.vendorMandate(businessId, vendorId, { officer: vendorBoss, member }, ['orders.place']);
    await small.rows(
      `insert into contact_details (business_id, email, source, changed_at) values ($1, 'hei@rimeligkorthjelp.example', 'register', now())`,
      [vendorId],
    );
    const world = new ContactWorld(small, { boss, chair, helper, local, member }, businessId, units);
    await world.reset();
    return world;
  }

  deps() {
    const { database, vault } = this.small;
    return {
      database,
      vault,
      notify: createNotify({ vault }),
      waitHours: this.waitHours,
      provesMobiles: this.provesMobiles,
      publicOrigin: 'https://kortvakt.test',
      registers: {
        kofuvi: {
          addresses: (organisationNumber: never) =>
            Promise.resolve(ok({ organisationNumber, addresses: [] })),
        },
      },
    };
  }

  /** Everything as it was in the beginning. */
  async reset(): Promise<void> {
    this.reach = 'reached';
    this.dead.clear();
    this.mailDown = false;
    this.waitHours = 72;
    this.provesMobiles = false;
    await this.clock('0');
    for (const table of [
      'contact_stops',
      'contact_events',
      'official_addresses',
      'contact_changes',
      'notice_deliveries',
      'notices',
      'contact_moves',
    ])
      await this.small.rows(`delete from ${table}`);
    await this.small.rows('delete from contact_details where business_id = $1', [this.businessId]);
    const { email, mobile, addressLines, postalCode, city, responsible } = startingDetails;
    await this.small.rows(
      `insert into contact_details (business_id, email, mobile, address_lines, postal_code, city, responsible, source, changed_at,
         confirmed_at, confirmed_by, confirmed_by_name)
       values ($1, $2, $3, $4, $5, $6, $7, 'business', now(), now(), $8, 'Dag Leder')`,
      [this.businessId, email, mobile, addressLines, postalCode, city, responsible, this.people.boss.id],
    );
  }

  /** Moves the clock to so long after the beginning. */
  clock(interval: string): Promise<unknown> {
    return this.small.rows('update clock set offset_by = $1::interval', [interval]);
  }

  /** The person, logged in just now, on the page of the business's details or of a unit's. */
  async as(
    person: SmallPerson,
    { browser = person.id, unit }: { readonly browser?: string; readonly unit?: string | undefined } = {},
  ): Promise<ActingOn> {
    const tokenHash = randomBytes(32);
    await this.small.rows(
      `select session_create($1, (select national_id_hash from persons where id = $2), 'https://issuer.example', 's', null, 'high',
         clock_now(), '', '30 minutes', '8 hours', sha256($3::bytea), null)`,
      [tokenHash, person.id, browser],
    );
    return { tokenHash, business: CUSTOMER, ...(unit === undefined ? {} : { unit }) };
  }

  /** Of the business's details or a unit's: what a form would be filled in from. */
  async version(unit?: string): Promise<number> {
    const [row] = await this.small.rows<{ version: number }>(
      `select sum(version)::int as version from contact_details
       where business_id = $1 and (unit_id is null or unit_id = $2)`,
      [this.businessId, unit ?? null],
    );
    return row?.version ?? 0;
  }

  /** What holds for the business or a unit. */
  async standing(unit?: string): Promise<ContactDetails> {
    const [row] = await this.small.rows<{ standing: ContactDetails }>(
      'select contact_standing($1, $2) as standing',
      [this.businessId, unit ?? null],
    );
    return row?.standing ?? startingDetails;
  }

  async email(unit?: string): Promise<string | null> {
    return (await this.standing(unit)).email;
  }

  async begin(
    person: SmallPerson,
    change: Partial<ContactDetails>,
    unit?: string,
  ): Promise<Extract<Changed, { kind: 'begun' }>> {
    const current = { ...(await this.standing(unit)), ...change };
    const acting = await this.as(person, { unit });
    const begun = await changeContact(this.deps(), acting, await this.version(unit), current);
    if (!begun.ok || begun.value.kind !== 'begun') throw new Error(JSON.stringify(begun));
    return begun.value;
  }

  /** The code that was sent last. */
  async code(): Promise<string> {
    return (await this.told('contact:notice.code')).at(-1)?.secrets['code'] ?? '';
  }

  /** Begins a change to this address and proves it: then it waits. Its id. */
  async wait(person: SmallPerson, email: string, unit?: string): Promise<string> {
    const { moveId } = await this.begin(person, { email }, unit);
    const acting = await this.as(person, { unit });
    const proved = await proveAddress(this.deps(), acting, moveId, 'email', await this.code());
    if (!proved.ok || proved.value.proved !== 'proved') throw new Error(JSON.stringify(proved));
    return moveId;
  }

  /** What the tasks do, and what becomes of the letters. */
  async work(): Promise<void> {
    do await workOnMoves(this.deps());
    while (await this.deliver());
  }

  /** Sends what waits for the officers; whether there was anything. */
  private async deliver(): Promise<boolean> {
    const waiting = await this.small.rows<{ id: string }>(
      `select id from notices where audience = 'officers' and settled_at is null order by id`,
    );
    for (const { id } of waiting) await deliverNotice(this.deliverDeps(), id);
    if (this.mailDown) return false;
    const sent = await this.small.rows(
      `update notice_deliveries set state = 'sent', sent_at = clock_now() where state = 'waiting' returning id`,
    );
    if (sent.length > 0) for (const address of this.dead) await this.bounce(address);
    return sent.length > 0;
  }

  private deliverDeps(): Parameters<typeof deliverNotice>[0] {
    const { database, vault } = this.small;
    return {
      database,
      vault,
      registers: { krr: { contacts: (asked) => Promise.resolve(this.contacts(asked)) } },
      contactAddresses: () => Promise.resolve({ email: undefined, language: 'nb' }),
      sendMail: () => Promise.resolve(ok(undefined)),
      text: (_language, key) => key,
      origin: 'https://kortvakt.test',
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    };
  }

  private contacts(asked: readonly NationalId[]) {
    if (this.reach === 'unknown') return err({ kind: 'unavailable', register: 'krr' } as const);
    const officers = [this.people.boss, this.people.chair].map(({ nationalId }) => nationalId);
    return ok(
      this.reach === 'none'
        ? []
        : asked.map((nationalId) => ({
            nationalId,
            email: OFFICERS_OWN[officers.indexOf(String(nationalId))],
            canBeNotified: true,
          })),
    );
  }

  private async bounce(address: string): Promise<void> {
    const sent = await this.small.rows<{ id: string }>(
      `select id from notice_deliveries where state = 'sent' and lower(address) = lower($1)`,
      [address],
    );
    for (const { id } of sent) await noteBounce(this.small, id, 'no-mailbox');
  }

  async state(moveId: string): Promise<string | undefined> {
    const [row] = await this.small.rows<{ state: string }>('select state from contact_moves where id = $1', [
      moveId,
    ]);
    return row?.state;
  }

  /** The letters that wait, the oldest first. */
  async told(template?: string): Promise<Told[]> {
    const rows = await this.small.rows<{
      id: string;
      template: string;
      audience: string;
      extra_addresses: string[];
      parameters: Record<string, string>;
      secrets_encrypted: Buffer | null;
    }>('select * from notices where business_id = $1 and ($2::text is null or template = $2) order by id', [
      this.businessId,
      template ?? null,
    ]);
    return rows.map((row) => ({
      template: row.template,
      audience: row.audience,
      addresses: row.extra_addresses,
      parameters: row.parameters,
      secrets:
        row.secrets_encrypted === null
          ? {}
          : (JSON.parse(this.small.vault.decrypt(row.secrets_encrypted, `notice:${row.id}`)) as Record<
              string,
              string
            >),
    }));
  }

  /** What is sent to this address comes back from now on, and so does what was. */
  async comesBack(address: string): Promise<void> {
    this.dead.add(address);
    await this.small.rows(
      `with notice as (
         insert into notices (business_id, template, parameters, audience, created_at)
         values ($1, 'test:sent', '{}', 'business', clock_now()) returning id
       )
       insert into notice_deliveries (notice_id, address, message_id, state, sent_at)
       select id, $2, id::text, 'sent', clock_now() from notice`,
      [this.businessId, address],
    );
    await this.bounce(address);
  }

  /** The chair of the board, who is a case officer besides, in that role. */
  async asCaseOfficer(): Promise<StaffActing> {
    const { chair, boss, helper } = this.people;
    await this.small.rows(
      `insert into staff_appointments (role, authority, name, email, ends_at, proposed_by, proposed_at, token_hash,
         token_expires_at, accepted_by, accepted_by_name, accepted_at, approved_by, approved_at)
       select 'case-officer', 'arbeidstilsynet', 'x', 'x@example.no', now() + interval '300 days', $2, now() - interval '62 days',
         $3, now(), $1, 'x', now() - interval '61 days', $4, now() - interval '60 days'
       where not exists (select from staff_appointments)`,
      [chair.id, boss.id, randomBytes(32), helper.id],
    );
    const { tokenHash } = await this.as(chair);
    return { tokenHash, role: 'case-officer' };
  }

  /** The secret of the latest link to stop a change that was sent to an address, or to `officers`. */
  async stopLink(address: string): Promise<string> {
    const letters = await this.told('contact:notice.begun');
    const mine = letters.filter(({ addresses, audience }) =>
      address === 'officers' ? audience === 'officers' : addresses.includes(address),
    );
    return mine.at(-1)?.secrets['link']?.split('/').at(-1) ?? '';
  }

  stop(): Promise<void> {
    return this.small.stop();
  }
}
