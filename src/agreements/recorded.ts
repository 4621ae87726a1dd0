import { z } from 'zod';
import {
  act,
  type ActingFor,
  filesTooMany,
  look,
  type Notify,
  type Permitted,
  type Refused,
  stepUpFresh,
} from '../access/index.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import { inTransaction } from '../database/transaction.ts';
import { enqueue } from '../jobs/index.ts';
import { addMonths, osloToday } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { type PdfProblem, pdfProblem, safeFileName, type SentFile } from '../web/pdf-file.ts';
import { gapsOf } from './checklist.ts';
import * as records from './recorded-records.ts';
import { findParties } from './settling-records.ts';
import { recordOf, sha256, type SigningDeps } from './signatures.ts';

export type RecordingDeps = SigningDeps & {
  readonly database: Pick<Database, 'request'>;
  readonly vault: Pick<Vault, 'encrypt' | 'decryptBytes'>;
};

/** The largest file of an agreement, in bytes. */
export const MAX_AGREEMENT = 20_000_000;

/** Why nothing was recorded. Each has words under `agreements:recorded.problem.*`, but for `unknown`, which is not there. */
export type RecordingProblem =
  | 'unknown'
  | 'no-vendor'
  | 'oneself'
  | 'recorded'
  | 'gaps'
  | 'step-up'
  | 'changed'
  | 'signed-on'
  | 'last-day';

/** Why the file was not kept. Each has words under `agreements:recorded.file-problem.*`. */
interface FileProblem {
  readonly file: PdfProblem | 'too-many-today';
}

const VIEW = { right: 'access.manage', action: 'agreement.view', neverForVendor: true } as const;
const sign = (action: string) => ({ right: 'agreements.sign', action, neverForVendor: true }) as const;

/** Tells the other side of an agreement that was recorded, confirmed or declined. */
export const tellOfRecordedTask = 'agreements.tell-of-recorded';

/** For the form by which officers send a file. */
export async function openUpload(deps: Pick<RecordingDeps, 'database'>, acting: ActingFor) {
  return look(deps.database, acting, sign('agreement.upload'), (permitted) => Promise.resolve({ permitted }));
}

/** Keeps the file of an agreement that was signed elsewhere, to be gone through. Answers with its id. */
export async function uploadAgreement(
  deps: RecordingDeps,
  acting: ActingFor,
  sent: { readonly vendorNumber: string; readonly file: SentFile },
): Promise<Result<string, RecordingProblem | FileProblem | Refused>> {
  return act<string, RecordingProblem | FileProblem>(
    deps.database,
    acting,
    sign('agreement.upload'),
    async (permitted) => {
      const number = parseOrganisationNumber(sent.vendorNumber);
      const vendorId = number.ok ? await records.openVendor(permitted, number.value) : undefined;
      if (vendorId === undefined) return err('no-vendor');
      if (vendorId === permitted.facts.business?.id) return err('oneself');
      const { bytes, name } = sent.file;
      const problem = pdfProblem(bytes, MAX_AGREEMENT);
      if (problem !== undefined) return err({ file: problem });
      if (await filesTooMany(permitted)) return err({ file: 'too-many-today' });
      const hash = sha256(Buffer.from(bytes));
      const file = { vendorId, fileName: safeFileName(name), sha256: hash, content: bytes };
      const id = await records.insertRecorded(permitted, deps.vault, file);
      await permitted.audit({
        subject: { kind: 'recorded-agreement', id },
        changes: { vendorId, sha256: hash.toString('hex'), bytes: bytes.length },
      });
      return ok(id);
    },
  );
}

const findRecorded = (permitted: Permitted, id: string) =>
  isUuid(id) ? records.findRecorded(permitted, id) : Promise.resolve(undefined);

/** Of what the one who acts reads: changes with every answer. */
const shownOf = ({ sha256: hash, checklist, signedOn, lastDay }: records.RecordedAgreement): string =>
  sha256(JSON.stringify([hash.toString('hex'), checklist, signedOn, lastDay])).toString('hex');

/** One that was recorded, or is being; undefined: none such. `shown` stands for what is seen of it. */
export async function viewRecorded(deps: Pick<RecordingDeps, 'database'>, acting: ActingFor, id: string) {
  return look(deps.database, acting, VIEW, async (permitted) => {
    const recorded = await findRecorded(permitted, id);
    return { permitted, found: recorded && { recorded, shown: shownOf(recorded) } };
  });
}

/** The file as it was sent, for either side. */
export async function recordedFile(deps: RecordingDeps, acting: ActingFor, id: string) {
  return look(deps.database, acting, VIEW, (permitted) =>
    isUuid(id) ? records.recordedContent(permitted, deps.vault, id) : Promise.resolve(undefined),
  );
}

type Work<T> = (
  permitted: Permitted,
  recorded: records.RecordedAgreement,
) => Promise<Result<T, RecordingProblem>>;

/** Does something of one side's with one that is not in force yet. */
function change<T>(
  deps: Pick<RecordingDeps, 'database'>,
  acting: ActingFor,
  what: { readonly action: string; readonly id: string; readonly side: 'business' | 'vendor' },
  work: Work<T>,
): Promise<Result<T, RecordingProblem | Refused>> {
  return act<T, RecordingProblem>(deps.database, acting, sign(what.action), async (permitted) => {
    if (!isUuid(what.id)) return err('unknown');
    await records.lockRecorded(permitted, what.id);
    const recorded = await records.findRecorded(permitted, what.id);
    const own = what.side === 'business' ? recorded?.businessId : recorded?.vendorId;
    if (recorded === undefined || own !== permitted.facts.business?.id) return err('unknown');
    return recorded.confirmedAt === null ? work(permitted, recorded) : err('recorded');
  });
}

/** Keeps what an officer has found in the file, item by item; what is missing may follow. */
export function answerChecklist(
  deps: RecordingDeps,
  acting: ActingFor,
  id: string,
  findings: records.Findings,
): Promise<Result<{ readonly gaps: number }, RecordingProblem | Refused>> {
  const what = { action: 'agreement.check', id, side: 'business' } as const;
  return change(deps, acting, what, async (permitted, recorded) => {
    if (recorded.recordedAt !== null) return err('recorded');
    const problem = dayProblem(findings, permitted.now);
    if (problem !== undefined) return err(problem);
    await records.saveFindings(permitted, id, findings);
    const { checklist, signedOn, lastDay } = findings;
    const gaps = gapsOf(checklist);
    await permitted.audit({
      subject: { kind: 'recorded-agreement', id },
      changes: { signedOn, lastDay, gaps: gaps.map(({ item, gap }) => `${item}:${gap}`) },
    });
    return ok({ gaps: gaps.length });
  });
}

function dayProblem(
  { signedOn, lastDay }: Pick<records.Findings, 'signedOn' | 'lastDay'>,
  now: Date,
): 'signed-on' | 'last-day' | undefined {
  const today = osloToday(now);
  if (signedOn !== null && signedOn > today) return 'signed-on';
  return lastDay !== null && (lastDay < today || lastDay > addMonths(today, 120)) ? 'last-day' : undefined;
}

/**
 * An officer of the business stands by it that the file holds what article 28 asks for. It is in force when an officer of
 * the vendor has confirmed that it is theirs.
 * @param shown of what was read
 */
export function recordAgreement(
  deps: RecordingDeps,
  acting: ActingFor,
  id: string,
  shown: string,
): Promise<Result<null, RecordingProblem | Refused>> {
  const what = { action: 'agreement.record-signed', id, side: 'business' } as const;
  return change(deps, acting, what, async (permitted, recorded) => {
    if (recorded.recordedAt !== null) return err('recorded');
    if (shownOf(recorded) !== shown) return err('changed');
    if (recorded.signedOn === null || gapsOf(recorded.checklist).length > 0) return err('gaps');
    if (!stepUpFresh(permitted.facts, permitted.now)) return err('step-up');
    const problem = dayProblem(recorded, permitted.now);
    if (problem !== undefined) return err(problem);
    await records.markRecorded(permitted, id, await signatureOf(deps, permitted, recorded, 'business'));
    await note(permitted, recorded);
    await tell(permitted, recorded, 'recorded');
    return ok(null);
  });
}

/** An officer of the vendor says that the file is what both have signed: it is in force in the same moment. */
export function confirmRecorded(
  deps: RecordingDeps,
  acting: ActingFor,
  id: string,
  shown: string,
): Promise<Result<null, RecordingProblem | Refused>> {
  const what = { action: 'agreement.confirm-signed', id, side: 'vendor' } as const;
  return change(deps, acting, what, async (permitted, recorded) => {
    if (shownOf(recorded) !== shown) return err('changed');
    if (!stepUpFresh(permitted.facts, permitted.now)) return err('step-up');
    const problem = dayProblem(recorded, permitted.now);
    if (problem !== undefined) return err(problem);
    await records.markConfirmed(permitted, id, await signatureOf(deps, permitted, recorded, 'vendor'));
    await note(permitted, recorded);
    await tell(permitted, recorded, 'confirmed');
    return ok(null);
  });
}

/** The vendor says that the file is not theirs: it is forgotten. */
export function declineRecorded(
  deps: Pick<RecordingDeps, 'database'>,
  acting: ActingFor,
  id: string,
): Promise<Result<null, RecordingProblem | Refused>> {
  const what = { action: 'agreement.decline-signed', id, side: 'vendor' } as const;
  return change(deps, acting, what, async (permitted, recorded) => {
    await records.deleteRecorded(permitted, id);
    await note(permitted, recorded);
    await tell(permitted, recorded, 'declined');
    return ok(null);
  });
}

/** The business takes back what is not in force yet: it is forgotten. */
export function withdrawRecorded(
  deps: Pick<RecordingDeps, 'database'>,
  acting: ActingFor,
  id: string,
): Promise<Result<null, RecordingProblem | Refused>> {
  const what = { action: 'agreement.withdraw-signed', id, side: 'business' } as const;
  return change(deps, acting, what, async (permitted, recorded) => {
    await records.deleteRecorded(permitted, id);
    await note(permitted, recorded);
    return ok(null);
  });
}

const note = (permitted: Permitted, { id, businessId, vendorId, sha256: hash }: records.RecordedAgreement) =>
  permitted.audit({
    subject: { kind: 'recorded-agreement', id },
    changes: { customerId: businessId, vendorId, sha256: hash.toString('hex') },
  });

async function signatureOf(
  deps: RecordingDeps,
  permitted: Permitted,
  recorded: records.RecordedAgreement,
  side: 'business' | 'vendor',
): Promise<string> {
  const { checklist, signedOn, lastDay } = recorded;
  const record = await recordOf(deps, permitted, {
    act: 'record',
    document: { version: 'PDF', number: null, sha256: recorded.sha256.toString('hex') },
    agreementId: recorded.id,
    side,
    statement: JSON.stringify({ signedOn, lastDay, checklist }),
  });
  return deps.signer.sign(record);
}

const toldShape = z.object({
  what: z.enum(['recorded', 'confirmed', 'declined']),
  id: z.uuid(),
  businessId: z.uuid(),
  vendorId: z.uuid(),
});

function tell(
  permitted: Permitted,
  { id, businessId, vendorId }: records.RecordedAgreement,
  what: z.infer<typeof toldShape>['what'],
): Promise<void> {
  return enqueue(permitted, tellOfRecordedTask, { what, id, businessId, vendorId });
}

/** Tells the other side's officers: the vendor's of what waits for it, the business's of the answer. */
export async function tellOfRecorded(
  deps: { readonly database: Pick<Database, 'request'>; readonly notify: Notify },
  given: unknown,
): Promise<void> {
  const { what, id, businessId, vendorId } = toldShape.parse(given);
  const job = { kind: 'job', name: tellOfRecordedTask } as const;
  await inTransaction(deps.database, job, async (transaction) => {
    const { business, vendor } = await findParties(transaction, { businessId, vendorId });
    const [to, path] =
      what === 'recorded' ? [vendor, `/recorded/${id}`] : [business, what === 'confirmed' ? `/${id}` : ''];
    await deps.notify(transaction, {
      template: `agreements:notice.${what}`,
      businessId: to.id,
      parameters: {
        business: business.name,
        vendor: vendor.name,
        link: `/b/${to.number}/business/agreements${path}`,
      },
      audience: 'officers',
    });
  });
}
