import { sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/database.ts';
import type { Transaction } from '../database/transaction.ts';
import type { PlainDate } from '../kernel/dates.ts';
import type { Language } from '../kernel/language.ts';
import type { KeptFile } from './files.ts';
import {
  type ListedVendor,
  REPORT_STATES,
  type VendorProfile,
  type ReportState,
  type Sort,
} from './rules.ts';

interface DirectoryRow {
  readonly organisation_number: string;
  readonly name: string;
  readonly form: string;
  readonly vat_registered: boolean;
  readonly registered_at: Date;
  readonly fee_ore: number;
  readonly customers: number | null;
  readonly orders: number | null;
  readonly median_days: string | null;
  readonly rejected_percent: string | null;
  readonly fee_least: number | null;
  readonly fee_median: string | null;
  readonly fee_most: number | null;
  readonly refused: number | null;
  readonly complaints: number | null;
  readonly counted_at: Date | null;
  readonly total: number;
}

export interface WantedVendors {
  readonly search: string;
  readonly sort: Sort;
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
}

/** Vendors that anybody may choose, by a part of the name or the whole number, as the role that reads nothing else. */
export async function listVendors(
  database: Pick<Database, 'check'>,
  { search, sort, page, pageSize }: WantedVendors,
): Promise<{ readonly vendors: readonly ListedVendor[]; readonly total: number }> {
  const { rows } = await database.check.query<DirectoryRow>(
    'select * from vendor_directory($1::text, $2::text, $3::integer, $4::integer)',
    [search, sort, pageSize, (page - 1) * pageSize],
  );
  return { vendors: rows.map(toVendor), total: rows[0]?.total ?? 0 };
}

const instant = z.string().transform((text) => new Date(text));
const profileShape = z.object({
  organisationNumber: z.string(),
  name: z.string(),
  form: z.string(),
  vatRegistered: z.boolean(),
  bankrupt: z.boolean(),
  dissolved: z.boolean(),
  barred: z.boolean(),
  readAt: instant,
  registeredAt: instant,
  agreementVersion: z.string(),
  feeOre: z.number(),
  officers: z.array(z.object({ name: z.string(), role: z.string() })),
  subProcessors: z.array(z.object({ name: z.string(), country: z.string(), purpose: z.string() })),
  answers: z.array(
    z.object({
      question: z.string(),
      answer: z.enum(['yes', 'no', 'none']),
      evidence: z.string(),
      answeredAt: instant,
    }),
  ),
});

/** The vendor with that organisation number, also when it is barred or closed; undefined: none such. */
export async function findProfile(
  database: Pick<Database, 'check'>,
  organisationNumber: string,
): Promise<VendorProfile | undefined> {
  const { rows } = await database.check.query<{ found: unknown }>(
    'select vendor_profile($1::text) as found',
    [organisationNumber],
  );
  return profileShape.nullable().parse(rows[0]?.found ?? null) ?? undefined;
}

const numberOf = (value: string | null) => (value === null ? undefined : Number(value));

function toVendor(row: DirectoryRow): ListedVendor {
  const { fee_least: least, fee_most: most } = row;
  const median = numberOf(row.fee_median);
  return {
    organisationNumber: row.organisation_number,
    name: row.name,
    form: row.form,
    vatRegistered: row.vat_registered,
    registeredAt: row.registered_at,
    feeOre: row.fee_ore,
    customers: row.customers ?? undefined,
    orders: row.orders ?? undefined,
    medianDays: numberOf(row.median_days),
    rejectedPercent: numberOf(row.rejected_percent),
    fees: least === null || most === null || median === undefined ? undefined : { least, median, most },
    refused: row.refused ?? undefined,
    complaints: row.complaints ?? undefined,
    countedAt: row.counted_at ?? undefined,
  };
}

/** Counts the numbers of all vendors anew. */
export async function countFigures({ query }: Transaction): Promise<void> {
  await sql`select count_vendor_figures()`.execute(query);
}

/** Counts the months that have ended and are not counted yet. */
export async function countMonths({ query }: Transaction): Promise<void> {
  await sql`select count_transparency()`.execute(query);
}

/** One month as anybody may see it; null is what rests on fewer than ten. */
export interface CountedMonth {
  /** Its first day. */
  readonly month: PlainDate;
  readonly cards: number | null;
  /** Øre per card without VAT. */
  readonly feeMedianOre: number | null;
  readonly deliveryDays: number | null;
  readonly reports: number | null;
  readonly barred: number | null;
}

/** The months that have been counted, the newest first. */
export async function countedMonths({ query }: Transaction, most: number): Promise<CountedMonth[]> {
  const rows = await query
    .selectFrom('transparency_months')
    .select([
      sql<PlainDate>`month::text`.as('month'),
      'cards',
      'fee_median_ore as feeMedianOre',
      'delivery_days as deliveryDays',
      'reports',
      'barred',
    ])
    .orderBy('month', 'desc')
    .limit(most)
    .execute();
  return rows.map((row) => ({ ...row, deliveryDays: numberOf(row.deliveryDays) ?? null }));
}

export interface NewReport {
  /** Name or number of the vendor, or what the page pretends to be. */
  readonly about: string;
  readonly pageAddress?: string | undefined;
  readonly text: string;
  /** Where the answer goes; forgotten with it. */
  readonly email?: string | undefined;
}

/** Adds a report with its files, whoever sends it; answers with its id, or undefined where the files are more than there is room for. */
export async function insertReport(
  { query }: Transaction,
  { about, pageAddress, text, email }: NewReport,
  language: Language,
  { files, roomBytes }: { readonly files: readonly KeptFile[]; readonly roomBytes: number },
): Promise<string | undefined> {
  const { rows } = await sql<{
    id: string | null;
  }>`select report_vendor(${about}, ${pageAddress ?? null}, ${text},
    ${email ?? null}, ${language}, ${files.map(({ id }) => id)}::uuid[], ${files.map(({ fileName }) => fileName)}::text[],
    ${files.map(({ mediaType }) => mediaType)}::text[], ${files.map(({ content }) => content)}::bytea[],
    ${files.map(({ sha256 }) => sha256)}::bytea[], ${files.map(({ bytes }) => bytes)}::integer[], ${roomBytes}) as id`.execute(
    query,
  );
  return rows[0]?.id ?? undefined;
}

export interface Report {
  readonly id: string;
  readonly about: string;
  readonly pageAddress: string | null;
  readonly text: string;
  readonly wantsAnswer: boolean;
  readonly receivedAt: Date;
  readonly state: ReportState;
  readonly takenByName: string | null;
  readonly takenAt: Date | null;
  readonly answer: string | null;
  readonly answeredByName: string | null;
  readonly answeredAt: Date | null;
  readonly toldAt: Date | null;
  /** The vendor that a case officer has found it to be about. */
  readonly vendorName: string | null;
  readonly vendorNumber: string | null;
}

const columns = [
  'vendor_reports.id',
  'vendor_reports.about',
  'vendor_reports.page_address as pageAddress',
  'vendor_reports.text',
  'vendor_reports.wants_answer as wantsAnswer',
  'vendor_reports.received_at as receivedAt',
  'vendor_reports.state',
  'vendor_reports.taken_by_name as takenByName',
  'vendor_reports.taken_at as takenAt',
  'vendor_reports.answer',
  'vendor_reports.answered_by_name as answeredByName',
  'vendor_reports.answered_at as answeredAt',
  'vendor_reports.told_at as toldAt',
  'businesses.name as vendorName',
  'businesses.organisation_number as vendorNumber',
] as const;

const reportsWithVendor = (query: Transaction['query']) =>
  query
    .selectFrom('vendor_reports')
    .leftJoin('businesses', 'businesses.id', 'vendor_reports.vendor_id')
    .select(columns);

function toReport({ state, ...row }: Omit<Report, 'state'> & { readonly state: string }): Report {
  const known = REPORT_STATES.find((one) => one === state);
  if (known === undefined) throw new Error(`${state} is no state of a report.`);
  return { ...row, state: known };
}

/** Reports a page at a time, those that wait first, the newest of each first; `page` from 1. */
export async function listReports(
  { query }: Transaction,
  { page, pageSize }: { readonly page: number; readonly pageSize: number },
): Promise<{ readonly rows: Report[]; readonly total: number }> {
  const rows = await reportsWithVendor(query)
    .orderBy(sql`state = 'answered'`)
    .orderBy('vendor_reports.id', 'desc')
    .limit(pageSize)
    .offset((page - 1) * pageSize)
    .execute();
  const { total } = await query
    .selectFrom('vendor_reports')
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return { rows: rows.map(toReport), total };
}

export async function findReport({ query }: Transaction, id: string): Promise<Report | undefined> {
  const row = await reportsWithVendor(query).where('vendor_reports.id', '=', id).executeTakeFirst();
  return row && toReport(row);
}

/** The files of a report, in the order in which they were sent. */
export function filesOf({ query }: Transaction, reportId: string) {
  return query
    .selectFrom('vendor_report_files')
    .select(['id', 'file_name as fileName', 'bytes'])
    .where('report_id', '=', reportId)
    .orderBy('id')
    .execute();
}

/** One file of a report, encrypted. */
export function fileOf({ query }: Transaction, reportId: string, fileId: string) {
  return query
    .selectFrom('vendor_report_files')
    .select(['id', 'file_name as fileName', 'media_type as mediaType', 'content'])
    .where('report_id', '=', reportId)
    .where('id', '=', fileId)
    .executeTakeFirst();
}

/** Deletes the reports that were answered `keepDays` ago, with their notes and files; returns which. The database keeps each 30 days. */
export async function forgetReports({ query, now }: Transaction, keepDays: number): Promise<string[]> {
  const gone = await query
    .deleteFrom('vendor_reports')
    .where('state', '=', 'answered')
    .where('answered_at', '<', sql<Date>`${now}::timestamptz - make_interval(days => ${keepDays})`)
    .returning('id')
    .execute();
  return gone.map(({ id }) => id);
}

/** A domain whose pages look like ours. */
export interface LookAlike {
  readonly domain: string;
  readonly listedAt: Date;
}

/** All look-alikes, the newest first. */
export function lookAlikes({ query }: Transaction): Promise<LookAlike[]> {
  return query
    .selectFrom('look_alikes')
    .select(['domain', 'listed_at as listedAt'])
    .orderBy('listed_at', 'desc')
    .orderBy('domain')
    .execute();
}

/** Lists a domain; false when it is listed already. */
export async function insertLookAlike({ query, now }: Transaction, domain: string, by: By): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await query
    .insertInto('look_alikes')
    .values({ domain, listed_at: now, listed_by: by.id, listed_by_name: by.name })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Takes a domain out of the list; false when it is not in it. */
export async function deleteLookAlike({ query }: Transaction, domain: string): Promise<boolean> {
  const { numDeletedRows } = await query
    .deleteFrom('look_alikes')
    .where('domain', '=', domain)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Lets one case officer at a time handle the report. */
export async function lockReport({ query }: Transaction, id: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`vendor-report:${id}`}, 0))`.execute(query);
}

export interface Note {
  readonly text: string;
  readonly writtenByName: string;
  readonly writtenAt: Date;
}

/** What case officers have noted of a report, in the order in which they did. */
export function notesOf({ query }: Transaction, reportId: string): Promise<Note[]> {
  return query
    .selectFrom('vendor_report_notes')
    .select(['text', 'written_by_name as writtenByName', 'written_at as writtenAt'])
    .where('report_id', '=', reportId)
    .orderBy('id')
    .execute();
}

type By = { readonly id: string; readonly name: string };

export async function insertNote(
  { query, now }: Transaction,
  reportId: string,
  by: By,
  text: string,
): Promise<void> {
  await query
    .insertInto('vendor_report_notes')
    .values({ report_id: reportId, text, written_by: by.id, written_by_name: by.name, written_at: now })
    .execute();
}

export async function takeReport({ query, now }: Transaction, id: string, by: By): Promise<void> {
  await query
    .updateTable('vendor_reports')
    .set({ state: 'working', taken_by: by.id, taken_by_name: by.name, taken_at: now })
    .where('id', '=', id)
    .where('state', '=', 'new')
    .execute();
}

/** Notes which vendor a report is about, or that it is about none. */
export async function setVendor({ query }: Transaction, id: string, vendorId: string | null): Promise<void> {
  await query.updateTable('vendor_reports').set({ vendor_id: vendorId }).where('id', '=', id).execute();
}

/** Answers for good; whoever had not been taken it is taken with that. */
export async function answerReport(
  transaction: Transaction,
  id: string,
  by: By,
  answer: string,
): Promise<void> {
  const { query, now } = transaction;
  await takeReport(transaction, id, by);
  await query
    .updateTable('vendor_reports')
    .set({ state: 'answered', answer, answered_by: by.id, answered_by_name: by.name, answered_at: now })
    .where('id', '=', id)
    .where('state', '=', 'working')
    .execute();
}

/** What has to be sent of an answer; undefined when it has been, or there is nowhere to send it. */
export async function answerToSend({ query }: Transaction, id: string) {
  const row = await query
    .selectFrom('vendor_reports')
    .select(['about', 'answer', 'email', 'language', 'received_at as receivedAt'])
    .where('id', '=', id)
    .where('state', '=', 'answered')
    .where('told_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined || row.email === null || row.answer === null) return undefined;
  const { about, answer, email, receivedAt } = row;
  return { about, answer, email, receivedAt, language: row.language === 'en' ? 'en' : 'nb' } as const;
}

/** Notes that the answer is on its way, and forgets where to. */
export async function markAnswerSent({ query, now }: Transaction, id: string): Promise<void> {
  await query
    .updateTable('vendor_reports')
    .set({ told_at: now, email: null })
    .where('id', '=', id)
    .where('state', '=', 'answered')
    .execute();
}
