import { z } from 'zod';
import type { Notify } from '../access/index.ts';
import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import { inTransaction } from '../database/transaction.ts';
import { enqueue } from '../jobs/index.ts';
import { isUuid } from '../kernel/ids.ts';
import type { Language } from '../kernel/language.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import {
  actAsStaff,
  lookAsStaff,
  type StaffActing,
  type StaffPermitted,
  type StaffRefused,
  vendorOf,
} from '../staff/index.ts';
import { type FileProblem, openFile, prepareFiles, type SentFile } from './files.ts';
import * as records from './records.ts';
import { type Handling, handlingProblem } from './rules.ts';

export interface ReportDeps {
  readonly database: Pick<Database, 'request'>;
}

/** What taking a report needs. */
export interface ReceivingDeps extends ReportDeps {
  readonly vault: Vault;
  /** How many bytes of files all reports of 24 hours may come with. */
  readonly filesPerDayBytes: number;
}

/** The task that sends the answer to a report. */
export const ANSWER = 'directory.answer-report';

/** The task that deletes reports of long ago. */
export const FORGET = 'directory.forget-reports';

/** The task that counts the numbers of the directory. */
export const COUNT = 'directory.count';

/** The task that counts the months that have ended. */
export const COUNT_MONTHS = 'directory.count-months';

/** Months on the public page: a year. */
const MONTHS_SHOWN = 12;

/** Reports on a page of the case officer's list. */
export const REPORTS_PER_PAGE = 25;

/** Counts what the directory shows of vendors: a page of it only reads what was counted last. */
export function countVendors({ database }: ReportDeps): Promise<void> {
  return inTransaction(database, { kind: 'job', name: COUNT }, records.countFigures);
}

/** Counts what anybody may see of the months that have ended, each once. */
export function countMonths({ database }: ReportDeps): Promise<void> {
  return inTransaction(database, { kind: 'job', name: COUNT_MONTHS }, records.countMonths);
}

/** The months that have been counted, the newest first, at most `MONTHS_SHOWN`. */
export function viewMonths({ database }: ReportDeps): Promise<records.CountedMonth[]> {
  return inTransaction(database, { kind: 'anonymous' }, (transaction) =>
    records.countedMonths(transaction, MONTHS_SHOWN),
  );
}

/**
 * Takes a report of a vendor, or of a page that looks like ours, from whoever sends it; nothing of it when a file is not taken. `no-room`:
 * as many files came in 24 hours as there is room for.
 */
export async function sendReport(
  { database, vault, filesPerDayBytes: roomBytes }: ReceivingDeps,
  report: records.NewReport & { readonly files: readonly SentFile[] },
  language: Language,
): Promise<Result<{ readonly reportId: string }, FileProblem | 'no-room'>> {
  const files = await prepareFiles(vault, report.files);
  if (!files.ok) return files;
  return inTransaction(database, { kind: 'anonymous' }, async (transaction) => {
    const sent = { files: files.value, roomBytes };
    const reportId = await records.insertReport(transaction, report, language, sent);
    if (reportId === undefined) return err('no-room');
    const subject = { kind: 'vendor-report', id: reportId };
    await appendAudit(transaction, {
      action: 'vendor-report.received',
      decision: 'allowed',
      subject,
      changes: { files: files.value.length },
    });
    return ok({ reportId });
  });
}

/** The reports, for case officers; those that wait come first. */
export function viewReports({ database }: ReportDeps, acting: StaffActing, page: number) {
  const request = { right: 'reports.answer', action: 'vendor-reports.list' } as const;
  return lookAsStaff(database, acting, request, (permitted) =>
    records.listReports(permitted, { page, pageSize: REPORTS_PER_PAGE }),
  );
}

/** One report with its notes and files; undefined for what is none. */
export function viewReport({ database }: ReportDeps, acting: StaffActing, id: string) {
  const request = { right: 'reports.answer', action: 'vendor-reports.view' } as const;
  return lookAsStaff(database, acting, request, async (permitted) => {
    const report = isUuid(id) ? await records.findReport(permitted, id) : undefined;
    return (
      report && {
        report,
        notes: await records.notesOf(permitted, report.id),
        files: await records.filesOf(permitted, report.id),
      }
    );
  });
}

interface OpenedFile {
  readonly fileName: string;
  readonly mediaType: string;
  readonly content: Buffer;
}

/** One file of a report; undefined for what is none. That it was opened is in the log. */
export async function openReportFile(
  { database, vault }: ReportDeps & { readonly vault: Vault },
  acting: StaffActing,
  wanted: { readonly reportId: string; readonly fileId: string },
) {
  const request = { right: 'reports.answer', action: 'vendor-report.file-opened' } as const;
  return actAsStaff<OpenedFile | undefined, never>(database, acting, request, async (permitted) => {
    const { reportId, fileId } = wanted;
    if (!isUuid(reportId) || !isUuid(fileId)) return ok(undefined);
    const file = await records.fileOf(permitted, reportId, fileId);
    if (file === undefined) return ok(undefined);
    await permitted.audit({ subject: { kind: 'vendor-report', id: reportId }, changes: { fileId } });
    return ok({ ...file, content: openFile(vault, file) });
  });
}

/** Deletes what was answered `keepDays` ago, with all that belongs to it; the audit has which. */
export function forgetReports({ database }: Pick<ReportDeps, 'database'>, keepDays: number): Promise<void> {
  return inTransaction(database, { kind: 'job', name: FORGET }, async (transaction) => {
    const ids = await records.forgetReports(transaction, keepDays);
    if (ids.length > 0)
      await appendAudit(transaction, {
        action: 'vendor-reports.deleted',
        decision: 'allowed',
        changes: { ids },
      });
  });
}

/** The domains whose pages look like ours, for anybody. */
export function viewLookAlikes({ database }: ReportDeps): Promise<records.LookAlike[]> {
  return inTransaction(database, { kind: 'anonymous' }, records.lookAlikes);
}

/** The same, for case officers, who keep the list. */
export function overseeLookAlikes({ database }: ReportDeps, acting: StaffActing) {
  const request = { right: 'reports.answer', action: 'look-alikes.list' } as const;
  return lookAsStaff(database, acting, request, records.lookAlikes);
}

/** Lists a domain as a look-alike, or takes it out again; the audit has which. */
export function changeLookAlikes(
  { database }: ReportDeps,
  acting: StaffActing,
  { what, domain }: { readonly what: 'list' | 'take-out'; readonly domain: string },
): Promise<Result<null, 'unchanged' | StaffRefused>> {
  const request = {
    right: 'reports.answer',
    action: what === 'list' ? 'look-alike.listed' : 'look-alike.taken-out',
  } as const;
  return actAsStaff(database, acting, request, async (permitted) => {
    const changed =
      what === 'list'
        ? await records.insertLookAlike(permitted, domain, permitted.person)
        : await records.deleteLookAlike(permitted, domain);
    if (!changed) return err('unchanged');
    await permitted.audit({ changes: { domain } });
    return ok(null);
  });
}

export type ReportProblem = 'unknown' | 'answered' | 'taken' | 'no-vendor';

const ACTIONS = {
  take: 'vendor-report.taken',
  note: 'vendor-report.noted',
  vendor: 'vendor-report.vendor',
  answer: 'vendor-report.answered',
} as const satisfies Record<Handling, string>;

/** One by one, so that a report is answered once; the text of a note or an answer stays in the report alone. */
function handle(
  { database }: ReportDeps,
  acting: StaffActing,
  id: string,
  handling: Handling,
  work: (permitted: StaffPermitted) => Promise<'no-vendor' | undefined>,
): Promise<Result<null, ReportProblem | StaffRefused>> {
  const request = { right: 'reports.answer', action: ACTIONS[handling] } as const;
  return actAsStaff(database, acting, request, async (permitted): Promise<Result<null, ReportProblem>> => {
    if (!isUuid(id)) return err('unknown');
    await records.lockReport(permitted, id);
    const report = await records.findReport(permitted, id);
    if (report === undefined) return err('unknown');
    const problem = handlingProblem(report.state, handling);
    if (problem !== undefined) return err(problem);
    const wrong = await work(permitted);
    if (wrong !== undefined) return err(wrong);
    await permitted.audit({ subject: { kind: 'vendor-report', id } });
    return ok(null);
  });
}

/** A case officer takes a report on. */
export const takeReport = (deps: ReportDeps, acting: StaffActing, id: string) =>
  handle(deps, acting, id, 'take', async (permitted) => {
    await records.takeReport(permitted, id, permitted.person);
    return undefined;
  });

/** Adds a note for the other case officers. */
export const noteOnReport = (deps: ReportDeps, acting: StaffActing, id: string, text: string) =>
  handle(deps, acting, id, 'note', async (permitted) => {
    await records.insertNote(permitted, id, permitted.person, text);
    return undefined;
  });

/** Notes which vendor a report is about, by its number, so that it counts with it; none for no number. */
export const setReportVendor = (
  deps: ReportDeps,
  acting: StaffActing,
  id: string,
  number: string | undefined,
) =>
  handle(deps, acting, id, 'vendor', async (permitted) => {
    const vendor = number === undefined ? undefined : await vendorOf(permitted, number);
    if (number !== undefined && vendor === undefined) return 'no-vendor';
    await records.setVendor(permitted, id, vendor?.id ?? null);
    return undefined;
  });

/** Answers a report, for good; whoever left an address gets the answer by e-mail. */
export const answerReport = (deps: ReportDeps, acting: StaffActing, id: string, answer: string) =>
  handle(deps, acting, id, 'answer', async (permitted) => {
    await records.answerReport(permitted, id, permitted.person, answer);
    await enqueue(permitted, ANSWER, { reportId: id }, { key: `${ANSWER}:${id}` });
    return undefined;
  });

const answerPayload = z.object({ reportId: z.uuid() });

/** Sends the answer to a report, once, and forgets the address with that. */
export async function sendAnswer(
  { database, notify }: ReportDeps & { readonly notify: Notify },
  payload: unknown,
): Promise<void> {
  const { reportId } = answerPayload.parse(payload);
  await inTransaction(database, { kind: 'job', name: ANSWER }, async (transaction) => {
    const answer = await records.answerToSend(transaction, reportId);
    if (answer === undefined) return;
    await notify(transaction, {
      template: 'directory:notice.answer',
      businessId: null,
      audience: 'address',
      extraAddresses: [answer.email],
      language: answer.language,
      parameters: {
        about: answer.about,
        answer: answer.answer,
        receivedDate: answer.receivedAt.toISOString(),
      },
    });
    await records.markAnswerSent(transaction, reportId);
  });
}
