import type { Notice, Notify } from '../access/index.ts';
import { appendAudit } from '../audit/index.ts';
import { drawCardNumbers } from '../cards/index.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue } from '../jobs/index.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { TRANSITIONS } from '../orders/index.ts';
import { actAsStaff, lookAsStaff, type StaffActing, type StaffRefused } from '../staff/index.ts';
import { documentPurpose } from '../workers/index.ts';
import * as records from './records.ts';
import { CLOSE_DAYS, daysBefore, isFinal, transitionOf, type Verdict } from './rules.ts';

export interface ReviewDeps {
  readonly database: Pick<Database, 'request'>;
  readonly vault: Pick<Vault, 'decrypt'>;
}

export const TELL = 'media-review.tell';
export const CLEAN = 'media-review.clean';
export const CASES_PER_PAGE = 25;

const reading = { right: 'media.review', action: 'media.seen' } as const;

/** The cases that wait, the oldest first. */
export function viewQueue({ database }: Pick<ReviewDeps, 'database'>, acting: StaffActing, page: number) {
  return lookAsStaff(database, acting, reading, (permitted) =>
    records.readQueue(permitted, page, CASES_PER_PAGE),
  );
}

/** One case; undefined for what is not there, is settled, or is the reviewer's own. */
export function viewCase({ database }: Pick<ReviewDeps, 'database'>, acting: StaffActing, lineId: string) {
  return lookAsStaff(database, acting, reading, (permitted) => records.readCase(permitted, lineId));
}

/** The photo or the identity document of a case as JPEG; undefined as for `viewCase`. */
export function viewMedia(
  { database, vault }: ReviewDeps,
  acting: StaffActing,
  lineId: string,
  wanted: 'photo' | 'document',
): Promise<Result<Buffer | undefined, StaffRefused>> {
  return lookAsStaff(database, acting, reading, async (permitted) => {
    const media = await records.readMedia(permitted, lineId, wanted);
    if (media === undefined || wanted === 'photo') return media?.content;
    return Buffer.from(vault.decrypt(media.content, documentPurpose(media.id)), 'base64');
  });
}

/** `settled`: another reviewer was first; `changed`: other media have been sent; `missing`: no case of this reviewer. */
export type SettleError = 'missing' | 'settled' | 'changed';

/**
 * Accepts or rejects the photo and the document of a case, each by itself. With both accepted the line gets its card number
 * and is ready for production; else only what was rejected is sent again, and whoever ordered is told why.
 */
export function settleCase(
  { database }: Pick<ReviewDeps, 'database'>,
  acting: StaffActing,
  seen: records.Seen,
  verdict: Verdict,
): Promise<Result<{ readonly state: 'ready' | 'awaiting-media' | 'rejected' }, SettleError | StaffRefused>> {
  const { audit: action } = TRANSITIONS[transitionOf(verdict)];
  return actAsStaff<{ readonly state: 'ready' | 'awaiting-media' | 'rejected' }, SettleError>(
    database,
    acting,
    { right: 'media.review', action },
    async (permitted) => {
      const final = isFinal(verdict);
      const settled = await records.settleCase(permitted, seen, { ...verdict, final }, drawCardNumbers());
      const { became, businessId } = settled;
      if (became === 'missing' || became === 'settled' || became === 'changed') return err(became);
      await permitted.audit({
        ...(businessId === null ? {} : { businessId }),
        subject: { kind: 'order-line', id: seen.lineId },
        changes: {
          photoId: seen.photoId,
          documentId: seen.documentId,
          photo: verdict.photo,
          document: verdict.document,
          state: became,
        },
      });
      if (became !== 'ready')
        await enqueue(permitted, TELL, { lineId: seen.lineId }, { key: `${TELL}:${seen.lineId}` });
      return ok({ state: became });
    },
  );
}

/** Tells whoever ordered, and the business, what was rejected and why; once for each verdict. */
export async function tellOfRejection(
  { database, notify }: Pick<ReviewDeps, 'database'> & { readonly notify: Notify },
  lineId: string,
): Promise<void> {
  await inTransaction(database, { kind: 'job', name: TELL }, async (transaction) => {
    const line = await records.lineToTell(transaction, lineId);
    const rejections = await records.takeRejections(transaction, lineId);
    if (line === undefined || rejections.length === 0) return;
    const { tells } = line.state === 'rejected' ? TRANSITIONS.refuse : TRANSITIONS['send-back'];
    const parameters = {
      number: String(line.orderNumber),
      business: line.businessName,
      reasonKeys: rejections
        .flatMap(({ subject, reasons }) => reasons.map((reason) => `orders:reason.${subject}.${reason}`))
        .join(','),
      subjectKeys: rejections.map(({ subject }) => `orders:rejected.${subject}`).join(','),
    };
    const notice = (of: Pick<Notice, 'audience' | 'personId'>, path: string): Notice => ({
      ...of,
      template: tells.notice,
      businessId: line.businessId,
      unitId: line.unitId,
      parameters: { ...parameters, link: `${path}/orders/${line.orderId}` },
    });
    const business = `/b/${line.businessNumber}`;
    const orderer = line.vendorNumber === null ? business : `${business}/by/${line.vendorNumber}`;
    await notify(transaction, notice({ audience: 'person', personId: line.placedBy }, orderer));
    await notify(transaction, notice({ audience: 'business' }, business));
  });
}

/** How many days things outlive their use. */
export interface Retention {
  readonly documentDays: number;
  readonly photoDays: number;
}

/** Deletes documents, photos and declared permits whose time is over, and closes lines whose card was shipped long ago; each is audited. */
export async function cleanUp(
  { database }: Pick<ReviewDeps, 'database'>,
  { documentDays, photoDays }: Retention,
): Promise<void> {
  await untilDone(database, 'documents.deleted', (transaction) =>
    records.deleteDocuments(transaction, daysBefore(transaction.now, documentDays)),
  );
  await untilDone(database, 'photos.deleted', (transaction) =>
    records.deletePhotos(transaction, daysBefore(transaction.now, photoDays)),
  );
  await untilDone(database, 'permits.deleted', (transaction) =>
    records.deletePermits(transaction, daysBefore(transaction.now, photoDays)),
  );
  await untilDone(database, TRANSITIONS.close.audit, (transaction) =>
    records.closeLines(transaction, daysBefore(transaction.now, CLOSE_DAYS)),
  );
}

/** Some rows a transaction, until none are left. */
async function untilDone(
  database: ReviewDeps['database'],
  action: string,
  clean: (transaction: Transaction) => Promise<records.Cleaned[]>,
): Promise<void> {
  let cleaned: number;
  do {
    cleaned = await inTransaction(database, { kind: 'job', name: CLEAN }, async (transaction) => {
      const rows = await clean(transaction);
      for (const [businessId, ofBusiness] of Map.groupBy(rows, (row) => row.businessId)) {
        await appendAudit(transaction, {
          action,
          decision: 'allowed',
          businessId,
          subject: { kind: 'business', id: businessId },
          changes: { count: ofBusiness.length, ids: ofBusiness.map(({ id }) => id) },
        });
      }
      return rows.length;
    });
  } while (cleaned > 0);
}
