import { createHash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type pg from 'pg';
import { decide, grantableRights, type Right, RIGHTS } from '../../src/access/rules.ts';
import type { ContextFacts } from '../../src/database/transaction.ts';

/** One person's standing towards one business, as it is drawn; written as rows and, apart from them, as facts. */
export interface Drawn {
  readonly holder: 'person' | 'vendor' | 'officer';
  readonly role: 'DAGL' | 'BOBE';
  readonly rights: readonly Right[];
  readonly inUnit: boolean;
  /** From now, in minutes; whole minutes, so that no case stands on the edge of a clock. */
  readonly starts: number;
  readonly ends: number;
  readonly quoteEnds: number;
  readonly ended: boolean;
  readonly suspended: boolean;
  readonly agreementEnded: boolean;
  readonly barred: boolean;
  readonly assigned: boolean;
  readonly member: 'member' | 'officer' | 'no';
  readonly tie: 'employment' | 'declared';
  readonly employed: 'yes' | 'ended' | 'no';
  readonly belongsToVendor: 'officer' | 'member' | 'employee' | 'no';
  readonly bankrupt: boolean;
  readonly dissolved: boolean;
}

// Mostly as it should be, so that what is allowed is drawn as often as what is not.
const rarely = fc.oneof(
  { weight: 8, arbitrary: fc.constant(false) },
  { weight: 1, arbitrary: fc.constant(true) },
);
const mostly = <T>(usual: T, ...others: T[]) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(usual) },
    { weight: 2, arbitrary: fc.constantFrom(...others) },
  );

export const drawn: fc.Arbitrary<Drawn> = fc
  .constantFrom('person', 'vendor', 'vendor', 'person', 'officer')
  .chain((holder) =>
    fc.record({
      holder: fc.constant(holder),
      role: mostly<Drawn['role']>('DAGL', 'BOBE'),
      rights: fc.subarray(grantableRights(holder === 'vendor' ? 'vendor' : 'person'), { minLength: 1 }),
      inUnit: fc.boolean(),
      starts: mostly(-60, 5),
      ends: mostly(600, -5),
      quoteEnds: mostly(600, -5),
      ended: rarely,
      suspended: rarely,
      agreementEnded: rarely,
      barred: rarely,
      assigned: rarely.map((no) => !no),
      member: mostly<Drawn['member']>('member', 'officer', 'no'),
      tie: fc.constantFrom('employment', 'declared'),
      employed: mostly<Drawn['employed']>('yes', 'ended', 'no'),
      belongsToVendor: mostly<Drawn['belongsToVendor']>('no', 'officer', 'member', 'employee'),
      bankrupt: rarely,
      dissolved: rarely,
    }),
  )
  // A period that ends before it begins cannot be stored.
  .filter(({ starts, ends }) => starts < ends);

const NUMBERS = { business: '310000019', vendor: '310000035', otherVendor: '310000078' };

/**
 * Writes the case as rows, has the request role ask the database who it is, and answers for each right (in the mandate's
 * unit and in another) what the database and what `decide` say. Nothing is kept.
 */
export async function answersOf(
  client: pg.Client,
  the: Drawn,
): Promise<{ readonly database: readonly string[]; readonly rules: readonly string[] }> {
  await client.query('begin');
  try {
    const written = await write(client, the);
    await client.query('set local role kortvakt_request');
    const vendorNumber = the.holder === 'vendor' ? NUMBERS.vendor : null;
    const opened = await client.query<{ now: Date }>(
      `select (context_open($1, $2, $3, true)->>'now')::timestamptz as now`,
      [written.token, NUMBERS.business, vendorNumber],
    );
    const { rows } = await client.query<{ right: string; unit: string }>(
      `select r as right, u as unit from unnest($1::text[]) r, unnest($2::uuid[]) u
       where context_capacity() in ('officer', 'person', 'vendor') and context_has_right(r) and context_covers_unit(u)`,
      [[...RIGHTS], written.units],
    );
    const now = opened.rows[0]!.now;
    const facts = factsOf(the, written, now);
    const rules = RIGHTS.flatMap((right) =>
      written.units
        .filter((unitId) => decide(facts, right, { unitId }, now).allowed)
        .map((unit) => `${right} ${String(written.units.indexOf(unit))}`),
    );
    const database = rows.map(({ right, unit }) => `${right} ${String(written.units.indexOf(unit))}`);
    return { database: database.sort(), rules: rules.sort() };
  } finally {
    await client.query('rollback');
  }
}

interface Written {
  readonly token: Buffer;
  readonly person: string;
  readonly units: readonly string[];
  readonly vendor: string;
}

/** The facts that the rules of the design give for this case, without asking the database. */
function factsOf(the: Drawn, { person, units, vendor }: Written, now: Date): ContextFacts {
  const minutes = (count: number) => new Date(now.getTime() + count * 60_000);
  const isVendor = the.holder === 'vendor';
  const usable = the.assigned && the.member !== 'no';
  const acts = the.holder === 'officer' && !the.dissolved && (!the.bankrupt || the.role === 'BOBE');
  return {
    now,
    capacity: 'signed-in',
    session: { id: randomUUID(), personId: person, name: 'P', acr: 'high', authTime: now },
    business: {
      id: randomUUID(),
      organisationNumber: NUMBERS.business,
      name: 'B',
      form: 'AS',
      cardType: null,
      bankrupt: the.bankrupt,
      dissolved: the.dissolved,
      isVendor: false,
    },
    roles: acts ? [the.role] : [],
    mandate:
      the.holder === 'officer'
        ? null
        : {
            id: randomUUID(),
            holder: the.holder,
            rights: [...the.rights],
            units: the.inUnit ? [units[0]!] : null,
            workers: null,
            startsAt: minutes(the.starts),
            endsAt: minutes(the.ends),
            endedAt: the.ended ? now : null,
            suspendedAt: the.suspended ? now : null,
            suspendedFor: null,
            confirmBy: null,
            frozenAt: null,
            approvedAcr: 'high',
            approvedWithinMs: 0,
            cardsPerOrder: null,
            cardsPerMonth: null,
            orePerMonth: null,
            agreementActive: isVendor && !the.agreementEnded,
            quote: isVendor ? { feeOre: 9900, validUntil: minutes(the.quoteEnds) } : null,
            vendor: isVendor
              ? {
                  id: vendor,
                  organisationNumber: NUMBERS.vendor,
                  name: 'V',
                  registered: true,
                  barredAt: the.barred ? now : null,
                }
              : null,
            assigned: isVendor ? usable : true,
            tieHolds: isVendor || the.tie === 'declared' || the.employed === 'yes',
            holderIsVendorPerson: !isVendor && the.belongsToVendor !== 'no',
          },
    vendorsOfPerson: [],
  };
}

async function write(client: pg.Client, the: Drawn): Promise<Written> {
  const id = async (text: string, values: readonly unknown[]) =>
    (await client.query<{ id: string }>(`${text} returning id`, [...values])).rows[0]!.id;
  const run = (text: string, values: readonly unknown[]) => client.query(text, [...values]);
  const newPerson = (name: string) =>
    id(`insert into persons (national_id_hash, national_id_encrypted, name) values ($1, '', $2)`, [
      createHash('sha256').update(randomUUID()).digest(),
      name,
    ]);
  const newBusiness = (number: string, bankrupt = false, dissolved = false) =>
    id(
      `insert into businesses (organisation_number, name, form, refreshed_at, bankrupt, dissolved_on)
       values ($1, 'B', 'AS', now(), $2, case when $3 then date '2026-01-01' end)`,
      [number, bankrupt, dissolved],
    );
  const person = await newPerson('P');
  const giver = await newPerson('G');
  const token = createHash('sha256').update(randomUUID()).digest();
  await run(
    `insert into sessions (token_hash, person_id, issuer, subject, acr, auth_time, created_at, last_seen_at, idle, absolute_end)
     values ($1, $2, 'i', 's', 'high', now(), now(), now(), '30 minutes', now() + interval '8 hours')`,
    [token, person],
  );
  const business = await newBusiness(NUMBERS.business, the.bankrupt, the.dissolved);
  const newUnit = (of: string, number: string) =>
    id(`insert into units (business_id, organisation_number, name) values ($1, $2, 'U')`, [of, number]);
  const units = [await newUnit(business, '310000027'), await newUnit(business, '310000051')];
  const vendor = await newBusiness(NUMBERS.vendor);
  const officer = (of: string, role: string) =>
    run(
      `insert into officers (business_id, person_id, name, role_code, acts, since) values ($1, $2, 'P', $3, true, now())`,
      [of, person, role],
    );
  const member = (of: string) =>
    run(
      `insert into vendor_members (vendor_id, person_id, name, tie, tie_reason, added_by, added_by_name, added_at)
       values ($1, $2, 'P', 'declared', 'Hired', $3, 'G', now())`,
      [of, person, giver],
    );
  const profile = (of: string, barred: boolean) =>
    run(
      `insert into vendor_profiles (vendor_id, fee_ore, agreement_version, agreement_sha256, accepted_by, accepted_by_name,
         accepted_at, barred_at) values ($1, 9900, '1', sha256('a'::bytea), $2, 'G', now(), case when $3 then now() end)`,
      [of, giver, barred],
    );
  const employ = (of: string, unit: string, until: string | null) =>
    run(
      `insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, employed_to, refreshed_at)
       values ($1, $2, $3, 'P', 'P', '1990-01-01', '2020-01-01', $4, now())`,
      [of, unit, person, until],
    );
  await profile(vendor, the.barred);
  if (the.holder === 'officer') {
    await officer(business, the.role);
    return { token, person, units, vendor };
  }
  const period = [
    the.rights,
    the.inUnit ? [units[0]] : null,
    the.starts,
    the.ends,
    the.suspended,
    the.ended,
    giver,
  ];
  const columns = `rights, units, starts_at, ends_at, suspended_at, ended_at, approved_by, approved_by_name, approved_at,
    approved_acr, approved_auth_time`;
  const values = `$1, $2, now() + $3 * interval '1 minute', now() + $4 * interval '1 minute', case when $5 then now() end,
    case when $6 then now() end, $7, 'G', now(), 'high', now()`;
  if (the.holder === 'person') {
    await run(
      `insert into mandates (${columns}, business_id, holder, person_id, holder_name, tie)
       values (${values}, $8, 'person', $9, 'P', $10)`,
      [...period, business, person, the.tie],
    );
    if (the.employed !== 'no')
      await employ(business, units[0]!, the.employed === 'ended' ? '2021-01-01' : null);
    if (the.belongsToVendor !== 'no') {
      const other = await newBusiness(NUMBERS.otherVendor);
      await profile(other, false);
      if (the.belongsToVendor === 'officer') await officer(other, 'DAGL');
      if (the.belongsToVendor === 'member') await member(other);
      if (the.belongsToVendor === 'employee') await employ(other, await newUnit(other, '310000094'), null);
    }
    return { token, person, units, vendor };
  }
  const parties = [business, vendor, giver];
  const agreement = await id(
    `insert into agreements (business_id, vendor_id, version, document_sha256, business_accepted_by, business_accepted_by_name,
       business_accepted_at, vendor_accepted_by, vendor_accepted_by_name, vendor_accepted_at, ended_at)
     values ($1, $2, '1', sha256('a'::bytea), $3, 'G', now(), $3, 'G', now(), case when $4 then now() end)`,
    [...parties, the.agreementEnded],
  );
  const quote = await id(
    `insert into quotes (business_id, vendor_id, fee_ore, valid_until, accepted_by, accepted_by_name, accepted_at)
     values ($1, $2, 9900, now() + $4 * interval '1 minute', $3, 'G', now() - interval '1 hour')`,
    [...parties, the.quoteEnds],
  );
  const mandate = await id(
    `insert into mandates (${columns}, business_id, holder, vendor_id, holder_name, agreement_id, quote_id)
     values (${values}, $8, 'vendor', $9, 'V', $10, $11)`,
    [...period, business, vendor, agreement, quote],
  );
  if (the.member === 'member') await member(vendor);
  if (the.member === 'officer') await officer(vendor, 'DAGL');
  if (the.assigned) {
    await run(
      `insert into mandate_assignments (mandate_id, business_id, vendor_id, person_id, name, assigned_by, assigned_at)
       values ($1, $2, $3, $4, 'P', $5, now())`,
      [mandate, business, vendor, person, giver],
    );
  }
  return { token, person, units, vendor };
}
