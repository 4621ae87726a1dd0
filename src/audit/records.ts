import { randomBytes } from 'node:crypto';
import type { Transaction } from '../database/transaction.ts';
import { uuidv7 } from '../kernel/ids.ts';
import { type AuditEntry, type Disclosure, hashDetail } from './rules.ts';

/**
 * Appends an entry in the caller's transaction: who, in which capacity and on whose behalf come from the context that
 * the database resolved. Returns the entry's id.
 */
export async function appendAudit(transaction: Transaction, entry: AuditEntry): Promise<string> {
  const { facts } = transaction;
  const id = uuidv7();
  const salt = randomBytes(16);
  const businessId = entry.businessId ?? facts.business?.id ?? null;
  const mandate = facts.mandate;
  const changes = {
    ...entry.changes,
    ...(entry.detail ? { detailHash: hashDetail(salt, entry.detail) } : {}),
  };
  await transaction.query
    .insertInto('audit_entries')
    .values((eb) => ({
      id,
      recorded_at: transaction.now,
      business_id: businessId,
      actor_person_id: facts.session?.personId ?? null,
      actor_job: facts.capacity === 'job' ? eb.fn<string>('context_setting', [eb.val('job')]) : null,
      capacity: facts.capacity,
      vendor_id: entry.vendorId ?? mandate?.vendor?.id ?? null,
      mandate_id: entry.mandateId ?? mandate?.id ?? null,
      used_right: entry.usedRight ?? null,
      action: entry.action,
      decision: entry.decision,
      rule: entry.rule ?? null,
      subject_kind: entry.subject?.kind ?? null,
      subject_id: entry.subject?.id ?? null,
      changes: JSON.stringify(changes),
    }))
    .execute();
  if (entry.detail) {
    await transaction.query
      .insertInto('audit_details')
      .values({ entry_id: id, business_id: businessId, salt, detail: JSON.stringify(entry.detail) })
      .execute();
  }
  return id;
}

/** Records that the signed-in person was shown fields of each person; one row a person. */
export async function recordDisclosures(
  transaction: Transaction,
  disclosures: readonly Disclosure[],
): Promise<void> {
  const { session, business, mandate } = transaction.facts;
  if (!session || !business || disclosures.length === 0) return;
  await transaction.query
    .insertInto('disclosures')
    .values(
      disclosures.map((disclosure) => ({
        at: transaction.now,
        subject_person_id: disclosure.subjectPersonId,
        business_id: business.id,
        viewer_person_id: session.personId,
        viewer_name: session.name,
        vendor_id: mandate?.vendor?.id ?? null,
        mandate_id: mandate?.id ?? null,
        fields: [...disclosure.fields],
        occasion: disclosure.occasion,
      })),
    )
    .execute();
}
