import {
  act,
  type ActingFor,
  type ActionRequest,
  type Decision,
  heldFor,
  look,
  type Notify,
  type Permitted,
  type Refused,
  RIGHTS,
} from '../access/index.ts';
import type { BusinessImportDeps } from '../businesses/index.ts';
import type { Database } from '../database/database.ts';
import type { ContextFacts } from '../database/transaction.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { ContactAddresses } from '../messages/index.ts';
import * as records from './records.ts';
import { changedFields, type ContactDetails, type ContactField } from './rules.ts';

export interface ContactDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
}

/** What the pages show of a business's contact details, with whether the asker may change them. */
export interface ContactView {
  readonly facts: ContextFacts;
  readonly details: records.StoredDetails;
  readonly mayChange: Decision;
  readonly changes: readonly records.ContactChange[];
  readonly changeCount: number;
}

const unknown: records.StoredDetails = {
  email: null,
  mobile: null,
  addressLines: [],
  postalCode: null,
  city: null,
  responsible: null,
  language: 'nb',
  version: 0,
  source: 'register',
  changedAt: new Date(0),
  confirmed: null,
};

/**
 * The details and their history. Whoever acts for the business itself sees them, whatever the right; a vendor is refused
 * as when it would change them.
 */
export function viewContact(
  { database }: Pick<ContactDeps, 'database'>,
  acting: ActingFor,
  page: { readonly limit: number; readonly offset: number },
): Promise<Result<ContactView, Refused>> {
  return see(database, acting, { right: 'contact.change', orElse: RIGHTS, action: 'contact.view' }, page);
}

/** What the form for a change is drawn from: for those who may change them. */
export function openChange(
  { database }: Pick<ContactDeps, 'database'>,
  acting: ActingFor,
): Promise<Result<ContactView, Refused>> {
  return see(
    database,
    acting,
    { right: 'contact.change', action: 'contact.change' },
    { limit: 1, offset: 0 },
  );
}

function see(
  database: ContactDeps['database'],
  acting: ActingFor,
  request: ActionRequest,
  page: { readonly limit: number; readonly offset: number },
): Promise<Result<ContactView, Refused>> {
  return look(database, acting, { ...request, neverForVendor: true }, async (permitted) => {
    const { changes, count } = await records.listChanges(permitted, page);
    return {
      facts: permitted.facts,
      details: (await records.readDetails(permitted)) ?? unknown,
      mayChange: permitted.decide('contact.change'),
      changes,
      changeCount: count,
    };
  });
}

/** Somebody changed the details after the form had been opened: what stands there now. */
export interface Overtaken {
  readonly kind: 'overtaken';
  readonly current: records.StoredDetails;
}

/** It waits, since this vendor has used the browser, until the person has confirmed from their own address. */
export interface HeldChange {
  readonly kind: 'held';
  readonly vendor: string;
}

/** Says that the details of this version are right. */
export function confirmContact(
  { database }: Pick<ContactDeps, 'database'>,
  acting: ActingFor,
  version: number,
): Promise<Result<undefined, Overtaken | Refused>> {
  return act(database, acting, { right: 'contact.change', action: 'contact.confirm' }, (permitted) =>
    confirm(permitted, version),
  );
}

async function confirm(permitted: Permitted, version: number): Promise<Result<undefined, Overtaken>> {
  if (!(await records.confirmDetails(permitted, version))) return overtaken(permitted);
  await permitted.audit({ action: 'contact.confirm', changes: { version } });
  return ok(undefined);
}

/** The business requires a passkey for a change, and none was used in this session in the last five minutes. */
export type PasskeyMissing = { readonly kind: 'passkey' };

/**
 * Replaces the details that were of this version when the form was opened, and tells the old address, the new one and the
 * officers' own. The same details again count as a confirmation. Returns the fields that changed.
 */
export async function changeContact(
  { database, notify }: ContactDeps,
  acting: ActingFor,
  version: number,
  details: ContactDetails,
): Promise<Result<readonly ContactField[], Overtaken | HeldChange | PasskeyMissing | Refused>> {
  const request = { right: 'contact.change', action: 'contact.change' } as const;
  const changed = await act(
    database,
    acting,
    request,
    async (permitted): Promise<Result<readonly ContactField[] | HeldChange | PasskeyMissing, Overtaken>> => {
      const vendor = heldFor(permitted.facts);
      if (vendor !== undefined) {
        // Not an error, which would undo the entry.
        await permitted.audit({ decision: 'refused', rule: 'held-browser' });
        return ok({ kind: 'held', vendor });
      }
      const before = await records.readDetails(permitted);
      if (before?.version !== version) return overtaken(permitted);
      const fields = changedFields(before, details);
      if (fields.length === 0) {
        const confirmed = await confirm(permitted, version);
        return confirmed.ok ? ok([]) : confirmed;
      }
      if (permitted.facts.passkey === 'missing') {
        await permitted.audit({ decision: 'refused', rule: 'passkey' });
        return ok({ kind: 'passkey' });
      }
      if (!(await records.replaceDetails(permitted, version, details))) return overtaken(permitted);
      const after = { ...details };
      await records.insertChange(permitted, detailsOf(before), after);
      await permitted.audit({
        changes: { fields, version: version + 1 },
        detail: { before: detailsOf(before), after },
      });
      await tell(notify, permitted, { before, after, fields });
      return ok(fields);
    },
  );
  if (!changed.ok) return changed;
  return 'kind' in changed.value ? err(changed.value) : ok(changed.value);
}

async function overtaken(permitted: Permitted): Promise<Result<never, Overtaken>> {
  return err({ kind: 'overtaken', current: (await records.readDetails(permitted)) ?? unknown });
}

/** The details alone, without what is known about them. */
function detailsOf(stored: ContactDetails): ContactDetails {
  const { email, mobile, addressLines, postalCode, city, responsible, language } = stored;
  return { email, mobile, addressLines, postalCode, city, responsible, language };
}

/** Both addresses are named: when the notice is sent, a further change may have moved "the business's address" on. */
async function tell(
  notify: Notify,
  permitted: Permitted,
  change: { before: ContactDetails; after: ContactDetails; fields: readonly ContactField[] },
): Promise<void> {
  const { business, session } = permitted.facts;
  if (!business || !session) return;
  await notify(permitted, {
    template: 'contact:notice.changed',
    businessId: business.id,
    parameters: {
      business: business.name,
      person: session.name,
      changedTime: permitted.now.toISOString(),
      fieldsKeys: change.fields.map((field) => `contact:field.${field}`).join(','),
      link: `/b/${business.organisationNumber}/business/contact`,
    },
    audience: 'officers',
    extraAddresses: [change.before.email, change.after.email].filter((address) => address !== null),
  });
}

/** Fills the port of the import: a business seen for the first time gets the register's details, unconfirmed. */
export const seedContact: BusinessImportDeps['onImported'] = (transaction, businessId, registered) =>
  records.insertFromRegister(transaction, businessId, registered);

/** Fills the port of the messages: where the business itself wants its mail, and in which language. */
export const contactAddresses: ContactAddresses = async (transaction, businessId) => {
  const details = await records.readDetails(transaction, businessId);
  return { email: details?.email ?? undefined, language: details?.language ?? 'nb' };
};
