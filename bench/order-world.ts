import type pg from 'pg';
import { hashToken } from '../src/identity/index.ts';

export const BUSINESS = '310000019';
/** The hash by which the officer's session is found. */
export const OFFICER = hashToken('bench-session');

/** A business with one unit, and an officer who is logged in. */
export function businessRows(): string[] {
  const token = OFFICER.toString('hex');
  return [
    `insert into persons (national_id_hash, national_id_encrypted, name) values (sha256('officer'::bytea), 'x', 'Våken Spurv')`,
    `insert into businesses (organisation_number, name, form, card_type, refreshed_at)
     values ('${BUSINESS}', 'BLÅ HAMMER AS', 'AS', 'construction', now())`,
    `insert into units (business_id, organisation_number, name) select id, '310000027', 'Avdeling' from businesses`,
    `insert into officers (business_id, person_id, name, role_code, acts, since)
     select b.id, p.id, p.name, 'DAGL', true, now() from businesses b, persons p`,
    `insert into sessions (token_hash, person_id, issuer, subject, acr, auth_time, created_at, last_seen_at, idle, absolute_end)
     select decode('${token}', 'hex'), id, 'https://issuer.example', 'bench', 'high', now(), now(), now(), '8 hours',
       now() + interval '8 hours' from persons`,
    ...OTHERS,
  ];
}

/** What others have ordered: 2,000 cards of another business, as in a database that is in use. */
const OTHERS = [
  `insert into persons (national_id_hash, national_id_encrypted, name)
   select sha256(('other' || n)::bytea), 'x', 'Annen ' || n from generate_series(1, 2000) n`,
  `insert into businesses (organisation_number, name, form, card_type, refreshed_at)
   values ('310000035', 'ANDRE AS', 'AS', 'construction', now())`,
  `insert into units (business_id, organisation_number, name)
   select id, '310000043', 'Andre' from businesses where organisation_number = '310000035'`,
  `insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, refreshed_at)
   select u.business_id, u.id, p.id, p.name, 'Annen', '1990-01-01', '2020-01-01', now()
   from units u, persons p where u.name = 'Andre' and p.name like 'Annen %'`,
  `insert into orders (id, business_id, unit_id, placed_by, placed_by_name, placed_at, idempotency_key, card_type,
     customer_reference, delivery_address, price_ore, fee_ore, vat_basis_points, state)
   select uuidv7(), u.business_id, u.id, p.id, p.name, now(), uuidv7(), 'construction', '', '{}', 13290, 0, 2500, 'placed'
   from units u, persons p where u.name = 'Andre' and p.name = 'Annen 1'`,
  `insert into order_lines (id, order_id, business_id, unit_id, worker_id, holder_name, state, changed_at)
   select uuidv7(), o.id, o.business_id, o.unit_id, w.id, w.name, 'awaiting-media', now()
   from orders o join workers w on w.business_id = o.business_id`,
];

/** Workers of the business, known by these hashes of their numbers. */
export async function peopleRows(client: pg.Client, hashes: readonly Buffer[]): Promise<void> {
  await client.query(
    `insert into persons (national_id_hash, national_id_encrypted, name)
     select hash, 'x', 'Kari Berg' from unnest($1::bytea[]) as hash`,
    [hashes],
  );
  await client.query(
    `insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, refreshed_at)
     select u.business_id, u.id, p.id, p.name, 'Berg', '1990-01-01', '2020-01-01', now()
     from units u, persons p where u.name = 'Avdeling' and p.national_id_hash = any ($1::bytea[])`,
    [hashes],
  );
  await client.query('vacuum analyze');
}
