import { sql } from 'kysely';
import { z } from 'zod';
import type { Transaction } from '../database/transaction.ts';
import type { PlainDate } from '../kernel/dates.ts';
import { OBSTACLES } from '../workers/index.ts';
import {
  type Columns,
  FILE_ERRORS,
  type FileError,
  type FileRow,
  type Filter,
  PROBLEMS,
  type Problem,
  storedColumns,
} from './rules.ts';

type Asking = Pick<Transaction, 'query'>;

export const UPLOAD_STATES = ['waiting', 'unmapped', 'reading', 'judged', 'failed'] as const;
export type UploadState = (typeof UPLOAD_STATES)[number];

export interface Upload {
  readonly id: string;
  readonly businessId: string;
  readonly vendorId: string | null;
  readonly mandateId: string | null;
  readonly fileName: string;
  readonly uploadedAt: Date;
  readonly headings: readonly string[];
  readonly columns: Columns | undefined;
  readonly state: UploadState;
  readonly problem: FileError | undefined;
  readonly readRows: number;
}

function uploads({ query }: Asking) {
  return query
    .selectFrom('order_uploads')
    .select([
      'id',
      'business_id as businessId',
      'vendor_id as vendorId',
      'mandate_id as mandateId',
      'file_name as fileName',
      'uploaded_at as uploadedAt',
      'headings',
      'columns',
      'state',
      'problem',
      'read_rows as readRows',
    ]);
}

function readUpload(row: {
  readonly columns: unknown;
  readonly state: string;
  readonly problem: string | null;
}) {
  return {
    columns: row.columns === null ? undefined : storedColumns.parse(row.columns),
    state: z.enum(UPLOAD_STATES).parse(row.state),
    problem: row.problem === null ? undefined : z.enum(FILE_ERRORS).parse(row.problem),
  };
}

/** One upload, if it is the asker's own. */
export async function findUpload(transaction: Asking, id: string): Promise<Upload | undefined> {
  const row = await uploads(transaction).where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : { ...row, ...readUpload(row) };
}

/** The asker's latest uploads in the business, the newest first. */
export async function latestUploads({ query, facts }: Transaction, limit: number): Promise<Upload[]> {
  const rows = await uploads({ query })
    .where('business_id', '=', facts.business?.id ?? '')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, ...readUpload(row) }));
}

/** Whose an upload is, in the columns that every part of one has. */
export function uploaderOf({ facts }: Pick<Transaction, 'facts'>) {
  const { business, session, mandate, capacity } = facts;
  if (!business || !session) throw new Error('An upload without someone who uploads.');
  return {
    business_id: business.id,
    vendor_id: capacity === 'vendor' ? (mandate?.vendor?.id ?? null) : null,
    uploaded_by: session.personId,
  };
}

/** The columns of an upload that say whose it is, by what mandate, and since when. */
export function uploadedNow({ facts, now }: Pick<Transaction, 'facts' | 'now'>) {
  return {
    ...uploaderOf({ facts }),
    mandate_id: facts.mandate?.id ?? null,
    uploaded_by_name: facts.session?.name ?? '',
    uploaded_at: now,
  };
}

/** Writes the upload; false when one with its id was written before. */
export async function insertUpload(
  { query, facts, now }: Transaction,
  upload: { readonly id: string; readonly fileName: string; readonly file: Buffer },
): Promise<boolean> {
  const result = await query
    .insertInto('order_uploads')
    .values({
      id: upload.id,
      ...uploadedNow({ facts, now }),
      file_name: upload.fileName,
      file: upload.file,
      state: 'waiting',
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** How many files and archives of photos the business itself, or the vendor that acts, has sent in 24 hours; the next to ask waits. */
export async function uploadsInADay({ query }: Asking): Promise<number> {
  const { rows } = await sql<{ sent: number }>`select uploads_in_a_day() as sent`.execute(query);
  return rows[0]?.sent ?? 0;
}

/** From here to the end of the transaction nobody else changes or places rows of the upload. */
export async function lockUpload({ query }: Asking, id: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`upload:${id}`}, 0))`.execute(query);
}

/** The file as it is stored; undefined once it has been read. */
export async function storedFile({ query }: Asking, id: string): Promise<Buffer | undefined> {
  const row = await query.selectFrom('order_uploads').select('file').where('id', '=', id).executeTakeFirst();
  return row?.file ?? undefined;
}

/** Which column of a file that waits for it says what; false when it does not wait for that. */
export async function setColumns({ query }: Asking, id: string, columns: Columns): Promise<boolean> {
  const result = await query
    .updateTable('order_uploads')
    .set({ columns: JSON.stringify(columns), state: 'waiting' })
    .where('id', '=', id)
    .where('state', '=', 'unmapped')
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** The file's headings say too little: a person has to say which column is what. */
export async function setUnmapped({ query }: Asking, id: string, headings: readonly string[]): Promise<void> {
  await query
    .updateTable('order_uploads')
    .set({ headings: [...headings], state: 'unmapped' })
    .where('id', '=', id)
    .execute();
}

/** Whether whoever sent it saw the worker list, or does: of the business itself nobody orders from a file who does not. For tasks. */
export async function seesList({ query }: Asking, { vendorId, mandateId }: Upload): Promise<boolean> {
  if (vendorId === null) return true;
  const row = await query
    .selectFrom('mandates')
    .select('id')
    .where('id', '=', mandateId)
    .where(sql<boolean>`'workers.read' = any (rights)`)
    .executeTakeFirst();
  return row !== undefined;
}

/** Begins to read: what was read before by a job that broke off is gone. */
export async function beginReading({ query }: Asking, id: string, columns: Columns): Promise<void> {
  await query.deleteFrom('order_upload_rows').where('upload_id', '=', id).execute();
  await query
    .updateTable('order_uploads')
    .set({ state: 'reading', columns: JSON.stringify(columns), read_rows: 0 })
    .where('id', '=', id)
    .execute();
}

/** Ends with a reason, and keeps nothing of the file. */
export async function setFailed({ query }: Asking, id: string, problem: FileError): Promise<void> {
  await query.deleteFrom('order_upload_rows').where('upload_id', '=', id).execute();
  await query
    .updateTable('order_uploads')
    .set({ state: 'failed', problem, file: null, read_rows: 0 })
    .where('id', '=', id)
    .execute();
}

/** The rows have their verdicts; the file is not needed any more. */
export async function setJudged({ query }: Asking, id: string): Promise<void> {
  await query
    .updateTable('order_uploads')
    .set({ state: 'judged', file: null })
    .where('id', '=', id)
    .execute();
}

/** Writes rows of the file, with the hashes of their numbers instead of these, and counts them. */
export async function insertRows(
  { query }: Asking,
  uploadId: string,
  rows: readonly FileRow[],
  hash: (nationalId: string) => Buffer,
): Promise<void> {
  const of = <T>(value: (row: FileRow) => T) => rows.map(value);
  await sql`insert into order_upload_rows (upload_id, position, business_id, vendor_id, uploaded_by, national_id_hash,
      born_shown, name, family_name, birth_date, employee_number, unit_number, reference, permit_last_day, problem)
    select u.id, r.position, u.business_id, u.vendor_id, u.uploaded_by, decode(r.hash, 'hex'), r.born_shown, r.name,
      r.family_name, r.birth_date, r.employee_number, r.unit_number, r.reference, r.permit_last_day, r.problem
    from order_uploads u, unnest(
      ${of((row) => row.position)}::integer[],
      ${of((row) => (row.nationalId === undefined ? null : hash(row.nationalId).toString('hex')))}::text[],
      ${of((row) => row.bornShown)}::text[], ${of((row) => row.name)}::text[], ${of((row) => row.familyName)}::text[],
      ${of((row) => row.birthDate ?? null)}::date[], ${of((row) => row.employeeNumber)}::text[],
      ${of((row) => row.unitNumber ?? null)}::text[], ${of((row) => row.reference)}::text[],
      ${of((row) => row.permitLastDay ?? null)}::date[], ${of((row) => row.problem ?? null)}::text[]
    ) as r (position, hash, born_shown, name, family_name, birth_date, employee_number, unit_number, reference,
      permit_last_day, problem)
    where u.id = ${uploadId}`.execute(query);
  await query
    .updateTable('order_uploads')
    .set((eb) => ({ read_rows: eb('read_rows', '+', rows.length) }))
    .where('id', '=', uploadId)
    .execute();
}

/**
 * Has the database say of each row, or of those at some positions, whether its uploader may order a card for it, and if not,
 * why. False when the uploader may not order any more.
 */
export async function judge(
  { query }: Asking,
  uploadId: string,
  positions?: readonly number[],
): Promise<boolean> {
  const { rows } = await sql<{ judged: boolean }>`
    select judge_order_upload(${uploadId}, ${positions ?? null}::integer[]) as judged`.execute(query);
  return rows[0]?.judged ?? false;
}

export interface UploadRow {
  readonly id: string;
  readonly position: number;
  readonly workerId: string | null;
  readonly name: string;
  readonly bornShown: string;
  readonly birthDate: string | null;
  readonly employeeNumber: string;
  readonly unitNumber: string | null;
  readonly unitName: string | null;
  readonly reference: string;
  /** The last day of the permit to stay that the row says; null where it says none. */
  readonly permitLastDay: string | null;
  /** Whether that is declared, or none is due; null where the worker is not known. */
  readonly permit: 'declared' | 'to-declare' | 'not-due' | null;
  readonly problem: Problem | undefined;
  readonly verdict: string | null;
  readonly firstPosition: number | null;
  readonly leftOut: boolean;
  readonly orderId: string | null;
}

const good = sql<boolean>`(r.verdict = 'ok' and not r.left_out and r.order_id is null)`;
const wrong = sql<boolean>`((r.problem is not null or r.verdict is distinct from 'ok') and not r.left_out and r.order_id is null)`;

/** Of whom it is sure who they are, whether or not something keeps from ordering. */
const sure = sql<boolean>`(r.problem is null and r.verdict = any (${['ok', ...OBSTACLES]}::text[]))`;

function narrowed(filter: Filter) {
  switch (filter) {
    case 'all':
      return sql<boolean>`true`;
    case 'ok':
      return good;
    case 'wrong':
      return wrong;
    case 'left-out':
      return sql<boolean>`(r.left_out and r.order_id is null)`;
    case 'placed':
      return sql<boolean>`r.order_id is not null`;
  }
}

/** A page of the rows, in the order of the file. */
export async function listRows(
  { query }: Asking,
  uploadId: string,
  { filter, offset, limit }: { readonly filter: Filter; readonly offset: number; readonly limit: number },
): Promise<UploadRow[]> {
  return readRows({ query }, sql`r.upload_id = ${uploadId} and ${narrowed(filter)}`, offset, limit);
}

/** One row of the upload. */
export async function findRow(
  { query }: Asking,
  uploadId: string,
  rowId: string,
): Promise<UploadRow | undefined> {
  return (await readRows({ query }, sql`r.upload_id = ${uploadId} and r.id = ${rowId}`, 0, 1))[0];
}

async function readRows(
  { query }: Asking,
  where: ReturnType<typeof sql>,
  offset: number,
  limit: number,
): Promise<UploadRow[]> {
  const { rows } = await sql<Omit<UploadRow, 'problem'> & { readonly problem: string | null }>`
    select r.id, r.position, r.worker_id as "workerId", coalesce(nullif(r.name, ''), w.name, '') as name,
      r.born_shown as "bornShown", r.birth_date as "birthDate",
      r.employee_number as "employeeNumber", r.unit_number as "unitNumber", u.name as "unitName", r.reference, r.problem,
      r.permit_last_day as "permitLastDay", case when w.id is null or not ${sure} then null
        when w.permit_due_since is null then 'not-due' when p.last_day = r.permit_last_day then 'declared' else 'to-declare' end as permit,
      r.verdict, r.first_position as "firstPosition", r.left_out as "leftOut", r.order_id as "orderId"
    from order_upload_rows r left join units u on u.id = r.unit_id left join workers w on w.id = r.worker_id
      left join residence_permits p on p.worker_id = w.id
    where ${where} order by r.position offset ${offset} limit ${limit}`.execute(query);
  return rows.map((row) => ({
    ...row,
    problem: row.problem === null ? undefined : z.enum(PROBLEMS).parse(row.problem),
  }));
}

export interface PermitToDeclare {
  readonly workerId: string;
  readonly lastDay: PlainDate;
}

/**
 * The last days of permits that are not declared as the rows say, of workers whose rows are good but for what keeps from ordering;
 * of those who are on several, as the first says.
 */
export async function permitsToDeclare({ query }: Asking, uploadId: string): Promise<PermitToDeclare[]> {
  const { rows } = await sql<PermitToDeclare>`
    select first."workerId", first."lastDay" from (
      select distinct on (r.worker_id) r.worker_id as "workerId", r.permit_last_day as "lastDay", r.position
      from order_upload_rows r where r.upload_id = ${uploadId} and r.permit_last_day is not null and not r.left_out and ${sure}
      order by r.worker_id, r.position) first
      join workers w on w.id = first."workerId" left join residence_permits p on p.worker_id = w.id
    where w.permit_due_since is not null and p.last_day is distinct from first."lastDay"
    order by first.position`.execute(query);
  return rows;
}

/** How many rows each filter leaves. */
export async function countRows(
  { query }: Asking,
  uploadId: string,
): Promise<Readonly<Record<Filter, number>>> {
  const { rows } = await sql<Record<Filter, number>>`
    select count(*)::integer as "all", count(*) filter (where ${good})::integer as ok,
      count(*) filter (where ${wrong})::integer as wrong,
      count(*) filter (where r.left_out and r.order_id is null)::integer as "left-out",
      count(*) filter (where r.order_id is not null)::integer as placed
    from order_upload_rows r where r.upload_id = ${uploadId}`.execute(query);
  return rows[0] ?? { all: 0, ok: 0, wrong: 0, 'left-out': 0, placed: 0 };
}

export interface PlaceableUnit {
  readonly unitId: string;
  readonly unitName: string;
  readonly cards: number;
}

/** What can be placed now, by unit. */
export async function placeableUnits({ query }: Asking, uploadId: string): Promise<PlaceableUnit[]> {
  const { rows } = await sql<PlaceableUnit>`
    select u.id as "unitId", u.name as "unitName", count(*)::integer as cards
    from order_upload_rows r join units u on u.id = r.unit_id
    where r.upload_id = ${uploadId} and ${good} group by u.id order by u.name, u.id`.execute(query);
  return rows;
}

/** The rows of a unit that can be placed now. */
export async function placeableRows(
  { query }: Asking,
  uploadId: string,
  unitId: string,
): Promise<{ readonly id: string; readonly workerId: string; readonly reference: string }[]> {
  const { rows } = await sql<{ id: string; workerId: string; reference: string }>`
    select r.id, r.worker_id as "workerId", r.reference from order_upload_rows r
    where r.upload_id = ${uploadId} and r.unit_id = ${unitId} and ${good} order by r.position`.execute(query);
  return rows;
}

/** The rows became lines of this order. */
export async function setPlaced(
  { query }: Asking,
  rowIds: readonly string[],
  orderId: string,
): Promise<void> {
  await sql`update order_upload_rows set order_id = ${orderId} where id = any (${rowIds}::uuid[])`.execute(
    query,
  );
}

/** Says of rows that can be placed what is in the way of some of their workers after all. */
export async function setVerdicts(
  { query }: Asking,
  uploadId: string,
  verdicts: ReadonlyMap<string, string>,
): Promise<void> {
  await sql`update order_upload_rows r set verdict = v.verdict
    from unnest(${[...verdicts.keys()]}::uuid[], ${[...verdicts.values()]}::text[]) as v (worker_id, verdict)
    where r.upload_id = ${uploadId} and r.worker_id = v.worker_id and ${good}`.execute(query);
}

/** Where the worker of a row stands in the file: what is judged anew when that row changes. */
export async function relatedPositions({ query }: Asking, rowId: string): Promise<readonly number[]> {
  const { rows } = await sql<{ position: number }>`
    select distinct other.position from order_upload_rows r join order_upload_rows other on other.upload_id = r.upload_id
      and (other.position = r.position or other.worker_id = r.worker_id or other.first_position = r.position)
    where r.id = ${rowId}`.execute(query);
  return rows.map((row) => row.position);
}

/** Leaves a row out, or takes it in again; false when there is no such row that has not been placed. */
export async function setLeftOut({ query }: Asking, rowId: string, leftOut: boolean): Promise<boolean> {
  const result = await query
    .updateTable('order_upload_rows')
    .set({ left_out: leftOut })
    .where('id', '=', rowId)
    .where('order_id', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Puts what a person typed in a row's place; false when the row has been placed. A number that is not typed stays. */
export async function changeRow(
  { query }: Asking,
  rowId: string,
  row: FileRow,
  hash: (nationalId: string) => Buffer,
): Promise<boolean> {
  const { nationalId } = row;
  const result = await query
    .updateTable('order_upload_rows')
    .set({
      ...(nationalId === undefined && row.problem !== 'number-wrong'
        ? {}
        : {
            national_id_hash: nationalId === undefined ? null : hash(nationalId),
            born_shown: row.bornShown,
          }),
      name: row.name,
      family_name: row.familyName,
      birth_date: row.birthDate ?? null,
      unit_number: row.unitNumber ?? null,
      permit_last_day: row.permitLastDay ?? null,
      problem: row.problem ?? null,
      verdict: null,
      left_out: false,
    })
    .where('id', '=', rowId)
    .where('order_id', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export interface OldUpload {
  readonly id: string;
  readonly businessId: string;
  readonly vendorId: string | null;
  readonly rows: number;
}

/** Deletes uploads older than that, the oldest first, with their files and rows. */
export async function deleteOldUploads(
  { query, now }: Transaction,
  keepDays: number,
  limit: number,
): Promise<OldUpload[]> {
  const { rows } = await sql<OldUpload>`
    delete from order_uploads where id in (
      select id from order_uploads where uploaded_at < ${now}::timestamptz - make_interval(days => ${keepDays})
      order by uploaded_at limit ${limit})
    returning id, business_id as "businessId", vendor_id as "vendorId", read_rows as rows`.execute(query);
  return rows;
}
