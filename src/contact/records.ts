import { z } from 'zod';
import type { Transaction } from '../database/transaction.ts';
import { isLanguage } from '../kernel/language.ts';
import type { RegisteredBusiness } from '../registers/index.ts';
import { type ContactDetails, parseMobile } from './rules.ts';

/** A business's contact details with where they come from and who has confirmed them. */
export interface StoredDetails extends ContactDetails {
  /** Counts changes: what a form was filled in from. */
  readonly version: number;
  readonly source: 'register' | 'business';
  readonly changedAt: Date;
  readonly confirmed: { readonly at: Date; readonly by: string } | null;
  /** When mail to the address came back, unless somebody has confirmed it since. */
  readonly bouncedAt: Date | null;
}

/** One change, with what stood before and after. */
export interface ContactChange {
  readonly id: string;
  readonly at: Date;
  readonly by: string;
  readonly before: ContactDetails;
  readonly after: ContactDetails;
}

/** The details of the context's business, or of the one named (a task reads any). */
export async function readDetails(
  { query, facts }: Pick<Transaction, 'query' | 'facts'>,
  businessId = facts.business?.id ?? '',
): Promise<StoredDetails | undefined> {
  const row = await query
    .selectFrom('contact_details')
    .selectAll()
    .where('business_id', '=', businessId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { confirmed_at: at, confirmed_by_name: by } = row;
  return {
    email: row.email,
    mobile: row.mobile,
    addressLines: row.address_lines,
    postalCode: row.postal_code,
    city: row.city,
    responsible: row.responsible,
    language: isLanguage(row.language) ? row.language : 'nb',
    version: row.version,
    source: row.source === 'business' ? 'business' : 'register',
    changedAt: row.changed_at,
    confirmed: at === null ? null : { at, by: by ?? '' },
    bouncedAt: row.bounced_at,
  };
}

/** A business seen for the first time gets what the register shows, unconfirmed. */
export async function insertFromRegister(
  { query, now }: Transaction,
  businessId: string,
  registered: Pick<RegisteredBusiness, 'email' | 'mobile' | 'address'>,
): Promise<void> {
  await query
    .insertInto('contact_details')
    .values({
      business_id: businessId,
      email: registered.email ?? null,
      // What is no mobile number as people here write it cannot be texted, nor saved again unchanged.
      mobile: parseMobile(registered.mobile ?? '') ?? null,
      address_lines: [...(registered.address?.lines ?? [])],
      postal_code: registered.address?.postalCode ?? null,
      city: registered.address?.place ?? null,
      source: 'register',
      changed_at: now,
    })
    .onConflict((conflict) => conflict.column('business_id').doNothing())
    .execute();
}

/**
 * Stores what does not move messages over the version that it was written from. False when that is no longer the current one.
 */
export async function replaceDetails(
  { query, now, facts }: Transaction,
  version: number,
  details: ContactDetails,
): Promise<boolean> {
  const result = await query
    .updateTable('contact_details')
    .set({
      responsible: details.responsible,
      language: details.language,
      source: 'business',
      version: version + 1,
      changed_at: now,
      confirmed_at: now,
      confirmed_by: facts.session?.personId ?? null,
      confirmed_by_name: facts.session?.name ?? null,
    })
    .where('business_id', '=', facts.business?.id ?? '')
    .where('version', '=', version)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Notes that the details of this version are right. False when it is no longer the current one. */
export async function confirmDetails({ query, now, facts }: Transaction, version: number): Promise<boolean> {
  const result = await query
    .updateTable('contact_details')
    .set({
      bounced_at: null,
      confirmed_at: now,
      confirmed_by: facts.session?.personId ?? null,
      confirmed_by_name: facts.session?.name ?? null,
    })
    .where('business_id', '=', facts.business?.id ?? '')
    .where('version', '=', version)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

export async function insertChange(
  { query, now, facts }: Transaction,
  before: ContactDetails,
  after: ContactDetails,
): Promise<void> {
  await query
    .insertInto('contact_changes')
    .values({
      business_id: facts.business?.id ?? '',
      before: JSON.stringify(before),
      after: JSON.stringify(after),
      changed_by: facts.session?.personId ?? null,
      changed_by_name: facts.session?.name ?? '',
      changed_at: now,
    })
    .execute();
}

/** Details as they are kept in the history. */
export const storedDetails: z.ZodType<ContactDetails> = z.object({
  email: z.string().nullable(),
  mobile: z.string().nullable(),
  addressLines: z.array(z.string()),
  postalCode: z.string().nullable(),
  city: z.string().nullable(),
  responsible: z.string().nullable(),
  language: z.enum(['nb', 'en']),
});

/** The newest changes first, a page at a time, with how many there are in all. */
export async function listChanges(
  { query, facts }: Pick<Transaction, 'query' | 'facts'>,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly changes: readonly ContactChange[]; readonly count: number }> {
  const ofBusiness = query.selectFrom('contact_changes').where('business_id', '=', facts.business?.id ?? '');
  const rows = await ofBusiness
    .select(['id', 'before', 'after', 'changed_by_name', 'changed_at'])
    .orderBy('changed_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(offset)
    .execute();
  const { count } = await ofBusiness
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow();
  const changes = rows.map((row) => ({
    id: row.id,
    at: row.changed_at,
    by: row.changed_by_name,
    before: storedDetails.parse(row.before),
    after: storedDetails.parse(row.after),
  }));
  return { changes, count: Number(count) };
}
