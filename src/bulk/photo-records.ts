import { sql } from 'kysely';
import { z } from 'zod';
import type { Transaction } from '../database/transaction.ts';
import type { PhotoError, PreparedPhoto } from '../workers/index.ts';
import { ARCHIVE_ERRORS, type ArchiveError } from './photo-archive.ts';
import type { Wanted } from './photo-names.ts';
import { uploadedNow, uploaderOf } from './records.ts';

type Asking = Pick<Transaction, 'query'>;

export const ARCHIVE_STATES = ['waiting', 'reading', 'read', 'failed'] as const;
export type ArchiveState = (typeof ARCHIVE_STATES)[number];

/** What the photos are for: the lines of one order, or of all orders from a file. */
export type Purpose = { readonly orderId: string } | { readonly uploadId: string };

export interface Archive {
  readonly id: string;
  readonly businessId: string;
  readonly vendorId: string | null;
  readonly mandateId: string | null;
  readonly fileName: string;
  readonly bytes: number;
  readonly uploadedAt: Date;
  readonly orderId: string | null;
  readonly uploadId: string | null;
  readonly state: ArchiveState;
  readonly problem: ArchiveError | undefined;
}

function archives({ query }: Asking) {
  return query
    .selectFrom('photo_archives')
    .select([
      'id',
      'business_id as businessId',
      'vendor_id as vendorId',
      'mandate_id as mandateId',
      'file_name as fileName',
      'bytes',
      'uploaded_at as uploadedAt',
      'order_id as orderId',
      'upload_id as uploadId',
      'state',
      'problem',
    ]);
}

const known = (row: { readonly state: string; readonly problem: string | null }) => ({
  state: z.enum(ARCHIVE_STATES).parse(row.state),
  problem: row.problem === null ? undefined : z.enum(ARCHIVE_ERRORS).parse(row.problem),
});

/** One archive, if it is the asker's own. */
export async function findArchive(transaction: Asking, id: string): Promise<Archive | undefined> {
  const row = await archives(transaction).where('id', '=', id).executeTakeFirst();
  return row && { ...row, ...known(row) };
}

/** The asker's latest archives for an order or a file, the newest first. */
export async function latestArchives(
  transaction: Asking,
  purpose: Purpose,
  limit: number,
): Promise<Archive[]> {
  const of = archives(transaction).orderBy('id', 'desc').limit(limit);
  const rows = await (
    'orderId' in purpose
      ? of.where('order_id', '=', purpose.orderId)
      : of.where('upload_id', '=', purpose.uploadId)
  ).execute();
  return rows.map((row) => ({ ...row, ...known(row) }));
}

/** Writes the archive without its content; false when one with its id was written before. */
export async function insertArchive(
  { query, facts, now }: Transaction,
  archive: {
    readonly id: string;
    readonly fileName: string;
    readonly bytes: number;
    readonly purpose: Purpose;
  },
): Promise<boolean> {
  const result = await query
    .insertInto('photo_archives')
    .values({
      id: archive.id,
      ...uploadedNow({ facts, now }),
      file_name: archive.fileName,
      bytes: archive.bytes,
      order_id: 'orderId' in archive.purpose ? archive.purpose.orderId : null,
      upload_id: 'uploadId' in archive.purpose ? archive.purpose.uploadId : null,
      state: 'waiting',
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Writes one part of the asker's own archive, encrypted. */
export async function insertPart(
  { query, facts }: Transaction,
  part: { readonly archiveId: string; readonly position: number; readonly content: Buffer },
): Promise<void> {
  await query
    .insertInto('photo_archive_parts')
    .values({
      archive_id: part.archiveId,
      position: part.position,
      ...uploaderOf({ facts }),
      content: part.content,
    })
    .execute();
}

/** One part of an archive that a task reads. */
export async function readPart({ query }: Asking, archiveId: string, position: number): Promise<Buffer> {
  const row = await query
    .selectFrom('photo_archive_parts')
    .select('content')
    .where('archive_id', '=', archiveId)
    .where('position', '=', position)
    .executeTakeFirst();
  if (row === undefined) throw new Error('An archive lacks a part.');
  return row.content;
}

/** Says how far it is; with the last step nothing is kept of the archive but the photos that were made of it. */
export async function setArchiveState(
  { query }: Asking,
  id: string,
  state: Exclude<ArchiveState, 'waiting'>,
  problem?: ArchiveError,
): Promise<void> {
  if (state !== 'reading')
    await query.deleteFrom('photo_archive_parts').where('archive_id', '=', id).execute();
  await query
    .updateTable('photo_archives')
    .set({ state, problem: problem ?? null })
    .where('id', '=', id)
    .execute();
}

/** From here to the end of the transaction nobody else changes the archive's photos. */
export async function lockArchive({ query }: Asking, id: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`archive:${id}`}, 0))`.execute(query);
}

// The lines --------------------------------------------------------------------------------------------------------------

const lacksPhoto = sql<boolean>`(l.photo_id is null and l.state in ('awaiting-approval', 'awaiting-media'))`;

/** The lines that lack a photo, by what the archive's uploader may know of them. For the task that reads it. */
export async function wantedLines({ query }: Asking, archiveId: string): Promise<Wanted[]> {
  const { rows } = await sql<Wanted>`
    select line_id as "lineId", name, employee_number as "employeeNumber" from lines_of_photo_archive(${archiveId})`.execute(
    query,
  );
  return rows;
}

export interface OpenLine {
  readonly lineId: string;
  readonly workerId: string;
  readonly name: string;
  readonly employeeNumber: string;
}

/** How many lines are offered at most. */
export const MOST_OPEN = 500;

/** Lines that lack a photo and have none of this archive yet, by name: whom one can be assigned to by hand. */
export async function openLines(transaction: Asking, archive: Archive): Promise<OpenLine[]> {
  return readOpen(transaction, archive, { where: sql`true`, limit: MOST_OPEN });
}

/** Whether a photo of the archive can be assigned to the line by hand. */
export async function isOpenLine(transaction: Asking, archive: Archive, lineId: string): Promise<boolean> {
  return (await readOpen(transaction, archive, { where: sql`l.id = ${lineId}`, limit: 1 })).length > 0;
}

async function readOpen(
  { query }: Asking,
  { id, orderId, uploadId }: Archive,
  { where, limit }: { readonly where: ReturnType<typeof sql>; readonly limit: number },
): Promise<OpenLine[]> {
  const { rows } = await sql<OpenLine>`
    select l.id as "lineId", l.worker_id as "workerId", l.holder_name as name, coalesce(r.employee_number, '') as "employeeNumber"
    from order_lines_as_shown l
      left join lateral (select x.upload_id, x.employee_number from order_upload_rows x
        where x.order_id = l.order_id and x.worker_id = l.worker_id limit 1) r on true
    where ${
      orderId === null
        ? sql`r.upload_id = ${uploadId} and l.order_id in (select x.order_id from order_upload_rows x where x.upload_id = ${uploadId})`
        : sql`l.order_id = ${orderId}`
    } and ${lacksPhoto} and ${where} and not exists (select from photo_archive_files f
      where f.archive_id = ${id} and f.line_id = l.id and f.state in ('waiting', 'ready', 'placed'))
    order by 3, 1 limit ${limit}`.execute(query);
  return rows;
}

/** Whether the asker sees the order, or the file is the asker's own. */
export async function isThere({ query }: Asking, purpose: Purpose): Promise<boolean> {
  const row = await (
    'orderId' in purpose
      ? query.selectFrom('orders').select('id').where('id', '=', purpose.orderId)
      : query.selectFrom('order_uploads').select('id').where('id', '=', purpose.uploadId)
  ).executeTakeFirst();
  return row !== undefined;
}

/** How many lines of the order, or of the file's orders, lack a photo. */
export async function countLacking({ query }: Asking, purpose: Purpose): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from order_lines l where ${lacksPhoto} and ${
      'orderId' in purpose
        ? sql`l.order_id = ${purpose.orderId}`
        : sql`l.order_id in (select r.order_id from order_upload_rows r where r.upload_id = ${purpose.uploadId})`
    }`.execute(query);
  return rows[0]?.count ?? 0;
}

// The photos -------------------------------------------------------------------------------------------------------------

export const PHOTO_FINDINGS = [
  'number',
  'name',
  'several',
  'same-worker',
  'none',
  'by-hand',
  'too-late',
] as const;
export type PhotoFinding = (typeof PHOTO_FINDINGS)[number];

export interface ListedFile {
  readonly position: number;
  readonly name: string;
  readonly finding: PhotoFinding;
  readonly lineId: string | undefined;
}

/** Writes what the archive lists, each with whose it is. */
export async function insertFiles(
  { query }: Asking,
  archiveId: string,
  files: readonly ListedFile[],
): Promise<void> {
  const of = <T>(value: (file: ListedFile) => T) => files.map(value);
  await sql`insert into photo_archive_files (archive_id, position, business_id, vendor_id, uploaded_by, name, finding, line_id)
    select a.id, f.position, a.business_id, a.vendor_id, a.uploaded_by, f.name, f.finding, f.line_id
    from photo_archives a, unnest(${of((file) => file.position)}::integer[], ${of((file) => file.name)}::text[],
      ${of((file) => file.finding)}::text[], ${of((file) => file.lineId ?? null)}::uuid[]) as f (position, name, finding, line_id)
    where a.id = ${archiveId}`.execute(query);
}

/** Positions of what is yet to be read. */
export async function unreadPositions({ query }: Asking, archiveId: string): Promise<number[]> {
  const rows = await query
    .selectFrom('photo_archive_files')
    .select('position')
    .where('archive_id', '=', archiveId)
    .where('state', '=', 'waiting')
    .orderBy('position')
    .execute();
  return rows.map((row) => row.position);
}

/** Keeps a photo as it was prepared, or why it is refused; once. */
export async function setRead(
  { query }: Asking,
  archiveId: string,
  position: number,
  photo: PreparedPhoto | PhotoError,
): Promise<void> {
  await query
    .updateTable('photo_archive_files')
    .set(typeof photo === 'string' ? { state: 'refused', problem: photo } : { state: 'ready', ...photo })
    .where('archive_id', '=', archiveId)
    .where('position', '=', position)
    .where('state', '=', 'waiting')
    .execute();
}

export const PHOTO_FILTERS = ['all', 'matched', 'unmatched', 'refused', 'placed', 'left-out'] as const;
export type PhotoFilter = (typeof PHOTO_FILTERS)[number];

const filters: Readonly<Record<PhotoFilter, ReturnType<typeof sql<boolean>>>> = {
  all: sql<boolean>`true`,
  matched: sql<boolean>`(f.state = 'ready' and f.line_id is not null)`,
  unmatched: sql<boolean>`(f.state = 'ready' and f.line_id is null)`,
  refused: sql<boolean>`(f.state = 'refused')`,
  placed: sql<boolean>`(f.state = 'placed')`,
  'left-out': sql<boolean>`(f.state = 'left-out')`,
};

/** How many photos each filter leaves, and how many are yet to be read. */
export async function countFiles(
  { query }: Asking,
  archiveId: string,
): Promise<Readonly<Record<PhotoFilter | 'waiting', number>>> {
  const { rows } = await sql<Record<PhotoFilter | 'waiting', number>>`
    select ${sql.join(
      PHOTO_FILTERS.map((one) => sql`count(*) filter (where ${filters[one]})::integer as ${sql.ref(one)}`),
    )}, count(*) filter (where f.state = 'waiting')::integer as waiting
    from photo_archive_files f where f.archive_id = ${archiveId}`.execute(query);
  return rows[0] ?? { all: 0, matched: 0, unmatched: 0, refused: 0, placed: 0, 'left-out': 0, waiting: 0 };
}

export interface PhotoFile {
  readonly id: string;
  readonly name: string;
  readonly finding: PhotoFinding;
  readonly state: string;
  readonly problem: string | null;
  readonly lineId: string | null;
  readonly orderId: string | null;
  readonly workerId: string | null;
  readonly worker: string | null;
}

/** A page of the photos, in the order of the archive; whom they are of, as far as the asker may know. */
export async function listFiles(
  { query }: Asking,
  archiveId: string,
  page: { readonly filter: PhotoFilter; readonly offset: number; readonly limit: number },
): Promise<PhotoFile[]> {
  return readFiles({ query }, sql`f.archive_id = ${archiveId} and ${filters[page.filter]}`, page);
}

/** One photo of the archive. */
export async function findFile(
  { query }: Asking,
  archiveId: string,
  fileId: string,
): Promise<PhotoFile | undefined> {
  const where = sql`f.archive_id = ${archiveId} and f.id = ${fileId}`;
  return (await readFiles({ query }, where, { offset: 0, limit: 1 }))[0];
}

async function readFiles(
  { query }: Asking,
  where: ReturnType<typeof sql>,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<PhotoFile[]> {
  const { rows } = await sql<PhotoFile>`
    select f.id, f.name, f.finding, f.state, f.problem, f.line_id as "lineId", l.order_id as "orderId",
      l.worker_id as "workerId", l.holder_name as worker
    from photo_archive_files f left join order_lines_as_shown l on l.id = f.line_id
    where ${where} order by f.position offset ${offset} limit ${limit}`.execute(query);
  return rows;
}

/** The thumbnail of a photo that waits to be put on a line. */
export async function thumbnailOf(
  { query }: Asking,
  archiveId: string,
  fileId: string,
): Promise<Buffer | undefined> {
  const row = await query
    .selectFrom('photo_archive_files')
    .select('thumbnail')
    .where('archive_id', '=', archiveId)
    .where('id', '=', fileId)
    .executeTakeFirst();
  return row?.thumbnail ?? undefined;
}

/** The photos that are to go on their lines now: which, and of which order. */
export async function matchedFiles(
  { query }: Asking,
  archiveId: string,
): Promise<{ readonly fileId: string; readonly orderId: string; readonly lineId: string }[]> {
  const { rows } = await sql<{ fileId: string; orderId: string; lineId: string }>`
    select f.id as "fileId", l.order_id as "orderId", l.id as "lineId"
    from photo_archive_files f join order_lines l on l.id = f.line_id
    where f.archive_id = ${archiveId} and ${filters.matched} order by f.position`.execute(query);
  return rows;
}

/** The photo as it was prepared, if it still waits for that line; locked until the transaction ends. */
export async function takePhoto(
  { query }: Asking,
  fileId: string,
  lineId: string,
): Promise<PreparedPhoto | undefined> {
  const row = await query
    .selectFrom('photo_archive_files')
    .select(['image', 'thumbnail', 'width', 'height', 'sha256', 'look'])
    .where('id', '=', fileId)
    .where('line_id', '=', lineId)
    .where('state', '=', 'ready')
    .forUpdate()
    .executeTakeFirst();
  if (!row?.image || !row.thumbnail || !row.sha256) return undefined;
  const { image, thumbnail, sha256, width, height, look } = row;
  return { image, thumbnail, sha256, width: width ?? 0, height: height ?? 0, look: look ?? '' };
}

/** What becomes of a photo: on its line nothing more is kept of it here. */
export async function setFile(
  { query }: Asking,
  fileId: string,
  becomes:
    | { readonly state: 'placed' }
    | { readonly state: 'left-out' }
    | { readonly state: 'ready'; readonly finding: PhotoFinding; readonly lineId: string | null },
): Promise<boolean> {
  const { state } = becomes;
  const result = await query
    .updateTable('photo_archive_files')
    .set({
      state,
      ...(state === 'ready' ? { finding: becomes.finding, line_id: becomes.lineId } : {}),
      ...(state === 'left-out' ? { line_id: null, finding: 'none' } : {}),
      ...(state === 'placed' ? { image: null, thumbnail: null } : {}),
    })
    .where('id', '=', fileId)
    .where('state', 'in', ['ready', 'left-out'])
    .where('image', 'is not', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export interface OldArchive {
  readonly id: string;
  readonly businessId: string;
  readonly vendorId: string | null;
}

/** Deletes archives older than that, the oldest first, with their photos that were put on no line. */
export async function deleteOldArchives(
  { query, now }: Transaction,
  keepDays: number,
  limit: number,
): Promise<OldArchive[]> {
  const { rows } = await sql<OldArchive>`
    delete from photo_archives where id in (
      select id from photo_archives where uploaded_at < ${now}::timestamptz - make_interval(days => ${keepDays})
      order by uploaded_at limit ${limit})
    returning id, business_id as "businessId", vendor_id as "vendorId"`.execute(query);
  return rows;
}
