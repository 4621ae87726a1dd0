import type pg from 'pg';
import { hashToken } from '../src/identity/index.ts';

export const BUSINESS = '310000019';
/** The hash by which the officer's session is found. */
export const OFFICER = hashToken('bench-session');

/** A business with one unit, and an officer who is logged in. */
export function businessRows(): string[] {
  const token = OFFICER.toString('hex');
  return [
    `insert into persons (national_id_hash, national_id_encrypted, name) values (sha256('officer'), 'x', 'Våken Spurv')`,
    `insert into businesses (organisation_number, name, form, card_type, refreshed_at)
     values ('${BUSINESS}', 'BLÅ HAMMER AS', 'AS', 'construction', now())`,
    `insert into units (business_id, organisation_number, name) select id, '310000027', 'Avdeling' from businesses`,
    `insert into officers (business_id, person_id, name, role_code, acts, since)
     select b.id, p.id, p.name, 'DAGL', true, now() from businesses b, persons p`,
    `insert into sessions (token_hash, person_id, issuer, subject, acr, auth_time, created_at, last_seen_at, idle, absolute_end)
     select decode('${token}', 'hex'), id, 'https://issuer.example', 'bench', 'high', now(), now(), now(), '8 hours',
       now() + interval '8 hours' from persons`,
  ];
}

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
     from units u, persons p where p.national_id_hash = any ($1::bytea[])`,
    [hashes],
  );
  await client.query('vacuum analyze');
}
