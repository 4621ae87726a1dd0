import { act, type AccessDeps, type ActingFor, look, type Permitted, type Refused } from '../access/index.ts';
import { ownChoices } from '../businesses/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import {
  acceptedTerms,
  findVendor,
  insertTerms,
  listVendorPeople,
  officialPrice,
  ownProfile,
} from './records.ts';

/** The way to becoming a vendor: its promise, its price, its people, and the link that its customers open. */

/** What a vendor promises, each with words under `vendors:start.promise.*`; another promise is another version. */
export const PROMISES = ['bankId', 'loginPage', 'ownStaff'] as const;
const TERMS_VERSION = '2026-11';

const START = { right: 'agreements.sign', action: 'vendor.start' } as const;

/** How far the business has come. */
export async function viewStart(deps: Pick<AccessDeps, 'database'>, acting: ActingFor) {
  return look(deps.database, acting, START, async (permitted) => {
    const profile = await ownProfile(permitted);
    return {
      permitted,
      terms: await acceptedTerms(permitted, permitted.facts.business?.id ?? '', TERMS_VERSION),
      profile,
      people: profile === undefined ? [] : await listVendorPeople(permitted),
    };
  });
}

/** Makes the promise for the business, all of it or nothing. Officers only. */
export async function acceptTerms(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  promised: readonly string[],
): Promise<Result<null, 'not-promised' | Refused>> {
  const request = { right: 'agreements.sign', action: 'vendor.terms' } as const;
  return act<null, 'not-promised' | Refused>(deps.database, acting, request, async (permitted) => {
    if (!PROMISES.every((one) => promised.includes(one))) return err('not-promised');
    await keepTerms(permitted);
    return ok(null);
  });
}

/** Keeps the promise, which is made once. */
export async function keepTerms(permitted: Permitted): Promise<void> {
  if (!(await insertTerms(permitted, TERMS_VERSION))) return;
  await permitted.audit({ action: 'vendor.terms', changes: { version: TERMS_VERSION, promises: PROMISES } });
}

/**
 * What a vendor's link opens: the vendor, what a card costs through it, and the businesses of the person's own that could give it
 * a mandate. Undefined: there is no such vendor.
 */
export async function openVendorLink(
  { database }: { readonly database: Pick<Database, 'request'> },
  tokenHash: Buffer,
  vendorNumber: string,
) {
  const number = parseOrganisationNumber(vendorNumber);
  if (!number.ok) return undefined;
  return inTransaction(database, { kind: 'session', tokenHash }, async (transaction) => {
    const vendor = await findVendor(transaction, number.value);
    if (vendor === undefined) return undefined;
    const choices = await ownChoices(transaction);
    return {
      vendor,
      terms: await acceptedTerms(transaction, vendor.id, TERMS_VERSION),
      price: await officialPrice(transaction, null),
      businesses: choices.filter((one) => one.organisationNumber !== vendor.organisationNumber),
    };
  });
}
