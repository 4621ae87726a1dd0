import { z } from 'zod';
import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { permitDays } from '../workers/index.ts';
import { deleteOldArchives } from './photo-records.ts';
import * as records from './records.ts';
import {
  cleanCell,
  type Columns,
  columnsOf,
  type FileRow,
  MAX_ROWS,
  readRow,
  tellsWho,
  withoutNumbers,
} from './rules.ts';
import { readSheet, type SheetRow, UnreadableFile } from './sheets.ts';

export interface ReadingDeps {
  readonly database: Pick<Database, 'request'>;
  readonly vault: Pick<Vault, 'hash' | 'decryptBytes'>;
  readonly allowSynthetic: boolean;
}

/** What the files are encrypted for. */
export const FILE_PURPOSE = 'order-upload';
/** Enqueued with `{ uploadId }` when a file has come, or its columns have been named. */
export const readUploadTask = 'bulk.read';
const payloadShape = z.object({ uploadId: z.uuid() });

/** How many rows are written at a time: as many are kept in memory, and show as progress. With four times as many, a file of ten thousand took twice the memory. */
const BATCH = 250;

/**
 * Reads a file and has its rows judged. Begins anew when an earlier try broke off; does nothing for a file that has been read,
 * or that waits for a person to name its columns.
 */
export async function readUpload(deps: ReadingDeps, payload: unknown): Promise<void> {
  const { uploadId } = payloadShape.parse(payload);
  const { database } = deps;
  const begun = await asJob(database, async (transaction) => {
    const upload = await records.findUpload(transaction, uploadId);
    if (upload === undefined || !['waiting', 'reading'].includes(upload.state)) return undefined;
    const file = await records.storedFile(transaction, uploadId);
    return file && { upload, file, permitDays: permitDays(transaction.now) };
  });
  if (begun === undefined) return;
  const { upload, permitDays: days } = begun;
  try {
    const sheet = readSheet(deps.vault.decryptBytes(begun.file, FILE_PURPOSE));
    const columns = await findColumns(deps, upload, sheet);
    if (columns === undefined) return;
    // Whoever may not declare a permit has nothing of it kept.
    if (
      columns.permitLastDay !== undefined &&
      !(await asJob(database, (one) => records.seesList(one, upload)))
    )
      throw new UnreadableFile('permit-column');
    await asJob(database, (transaction) => records.beginReading(transaction, uploadId, columns));
    await readRows(deps, uploadId, sheet, columns, days);
    await asJob(database, (transaction) => judgeAll(transaction, upload));
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    await asJob(database, (transaction) => records.setFailed(transaction, uploadId, error.reason));
  }
}

function asJob<T>(
  database: Pick<Database, 'request'>,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  return inTransaction(database, { kind: 'job', name: readUploadTask }, work);
}

/** The columns that a person has named, or that the headings tell; undefined where a person has to name them first. */
async function findColumns(
  { database }: ReadingDeps,
  upload: records.Upload,
  sheet: AsyncGenerator<SheetRow>,
): Promise<Columns | undefined> {
  const first = await sheet.next();
  if (first.done === true) throw new UnreadableFile('no-rows');
  if (upload.columns !== undefined) return upload.columns;
  const columns = columnsOf(first.value.cells);
  if (tellsWho(columns)) return columns;
  const headings = first.value.cells.slice(0, 50).map((cell) => withoutNumbers(cleanCell(cell)).slice(0, 60));
  await sheet.return(undefined);
  await asJob(database, (transaction) => records.setUnmapped(transaction, upload.id, headings));
  return undefined;
}

async function readRows(
  { database, vault, allowSynthetic }: ReadingDeps,
  uploadId: string,
  sheet: AsyncGenerator<SheetRow>,
  columns: Columns,
  days: ReturnType<typeof permitDays>,
): Promise<void> {
  let batch: FileRow[] = [];
  let count = 0;
  const write = async () => {
    const rows = batch;
    batch = [];
    await asJob(database, (transaction) => records.insertRows(transaction, uploadId, rows, vault.hash));
  };
  for await (const { cells, position, from1904 = false } of sheet) {
    const options = { synthetic: allowSynthetic, permitDays: days, from1904 };
    const row = readRow(cells, columns, position, options);
    if (row === undefined) continue;
    count += 1;
    if (count > MAX_ROWS) throw new UnreadableFile('too-many-rows');
    if (batch.push(row) >= BATCH) await write();
  }
  if (count === 0) throw new UnreadableFile('no-rows');
  if (batch.length > 0) await write();
}

async function judgeAll(transaction: Transaction, upload: records.Upload): Promise<void> {
  if (!(await records.judge(transaction, upload.id))) {
    await records.setFailed(transaction, upload.id, 'no-access');
    return;
  }
  await records.setJudged(transaction, upload.id);
  const counts = await records.countRows(transaction, upload.id);
  await appendAudit(transaction, {
    businessId: upload.businessId,
    ...(upload.vendorId === null ? {} : { vendorId: upload.vendorId }),
    ...(upload.mandateId === null ? {} : { mandateId: upload.mandateId }),
    action: 'orders.file-read',
    decision: 'allowed',
    subject: { kind: 'order-upload', id: upload.id },
    changes: { rows: counts.all, orderable: counts.ok },
  });
}

const DELETED_AT_A_TIME = 100;
export const deleteUploadsTask = 'bulk.delete-old';

/** Deletes files with their rows and archives of photos that are older than they may be, and writes down each of them. */
export async function deleteOldUploads(
  { database }: Pick<ReadingDeps, 'database'>,
  keepDays: number,
): Promise<void> {
  await untilNone(database, async (transaction) => {
    const deleted = await records.deleteOldUploads(transaction, keepDays, DELETED_AT_A_TIME);
    const kind = { action: 'orders.file-deleted', kind: 'order-upload' } as const;
    for (const { rows, ...one } of deleted) await auditDeleted(transaction, { ...one, ...kind }, { rows });
    return deleted.length;
  });
  await untilNone(database, async (transaction) => {
    const deleted = await deleteOldArchives(transaction, keepDays, DELETED_AT_A_TIME);
    const kind = { action: 'photos.archive-deleted', kind: 'photo-archive' } as const;
    for (const one of deleted) await auditDeleted(transaction, { ...one, ...kind }, {});
    return deleted.length;
  });
}

async function untilNone(
  database: Pick<Database, 'request'>,
  work: (transaction: Transaction) => Promise<number>,
): Promise<void> {
  const job = { kind: 'job', name: deleteUploadsTask } as const;
  let deleted = DELETED_AT_A_TIME;
  while (deleted === DELETED_AT_A_TIME) deleted = await inTransaction(database, job, work);
}

async function auditDeleted(
  transaction: Transaction,
  one: {
    readonly id: string;
    readonly businessId: string;
    readonly vendorId: string | null;
    readonly action: string;
    readonly kind: string;
  },
  changes: Readonly<Record<string, number>>,
): Promise<void> {
  await appendAudit(transaction, {
    businessId: one.businessId,
    ...(one.vendorId === null ? {} : { vendorId: one.vendorId }),
    action: one.action,
    decision: 'allowed',
    subject: { kind: one.kind, id: one.id },
    changes,
  });
}
