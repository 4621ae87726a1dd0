import { act, type ActingFor, look, type Permitted, type Refused, stepUpFresh } from '../access/index.ts';
import { enqueue } from '../jobs/index.ts';
import { lastDayToEnd, osloToday, type PlainDate } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { RecordingDeps } from './recorded.ts';
import { findRecorded, listWaiting } from './recorded-records.ts';
import * as records from './records.ts';
import { type ListedSubProcessor, daysAfter, NOTICE_DAYS } from './rules.ts';
import { currentDocument, recordOf, signDocument, type SigningProblem } from './signatures.ts';

export type AgreementDeps = RecordingDeps;

/** Agreements on a page of the list. */
export const AGREEMENTS_PER_PAGE = 25;

/** Why nothing was done. Each has words under `agreements:problem.*`, but for `unknown`, which is not there. */
export type AgreementProblem =
  | 'unknown'
  | 'ended'
  | 'not-the-business'
  | 'no-new-version'
  | 'in-use'
  | 'day'
  | 'confirmed'
  | 'no-deletion'
  | SigningProblem;

const VIEW = { right: 'access.manage', action: 'agreement.view', neverForVendor: true } as const;
const sign = (action: string) => ({ right: 'agreements.sign', action, neverForVendor: true }) as const;

/** Follows up an end within seconds: the task that tells people comes round every minute besides. */
export const settleTask = 'agreements.settle';
export const tellCustomersTask = 'agreements.tell-customers';
const settleSoon = (permitted: Permitted) => enqueue(permitted, settleTask, {}, { key: settleTask });

/** The business's agreements with its processors, or, as a vendor, with its customers. */
export async function viewAgreements(
  deps: Pick<AgreementDeps, 'database'>,
  acting: ActingFor,
  wanted: { readonly side: 'business' | 'vendor'; readonly page: number },
) {
  return look(deps.database, acting, VIEW, async (permitted) => ({
    permitted,
    list: await records.listAgreements(permitted, { ...wanted, pageSize: AGREEMENTS_PER_PAGE }),
    /** Recorded, or being so, and not in force yet. */
    waiting: await listWaiting(permitted, wanted.side),
  }));
}

/**
 * One agreement with its text, what the vendor has signed since, and the vendor's sub-processors; undefined: none such.
 * @param to `sign`: for a form that only officers may send
 */
export async function viewAgreement(
  deps: Pick<AgreementDeps, 'database' | 'retention' | 'signer'>,
  acting: ActingFor,
  id: string,
  to: 'read' | 'sign' = 'read',
) {
  return look(deps.database, acting, to === 'read' ? VIEW : sign('agreement.open'), async (permitted) => {
    const agreement = isUuid(id) ? await records.findAgreement(permitted, id) : undefined;
    if (agreement === undefined) return { permitted, found: undefined };
    const document =
      agreement.documentId === null ? undefined : await records.findDocument(permitted, agreement.documentId);
    // What was signed elsewhere does not follow what the vendor stands by here.
    const current = agreement.recorded
      ? undefined
      : await currentDocument(deps, permitted, agreement.vendorId);
    return {
      permitted,
      found: {
        agreement,
        document,
        /** What was found in an agreement that was signed elsewhere. */
        recorded: agreement.recorded ? await findRecorded(permitted, id) : undefined,
        /** What the vendor has signed since; undefined when the agreement is on what it stands by. */
        newer: current !== undefined && current.id !== agreement.documentId ? current : undefined,
        subProcessors: await records.listSubProcessors(permitted, agreement.vendorId),
        side: agreement.businessId === permitted.facts.business?.id ? 'business' : 'vendor',
      } as const,
    };
  });
}

/** What a vendor stands by, to read before a mandate is given; undefined: no such vendor, or it has signed nothing. */
export async function readDocument(
  deps: Pick<AgreementDeps, 'database'>,
  acting: ActingFor,
  vendorNumber: string,
) {
  return look(deps.database, acting, VIEW, async (permitted) => ({
    permitted,
    document: await documentOf(permitted, vendorNumber),
  }));
}

async function documentOf(permitted: Permitted, vendorNumber: string) {
  const number = parseOrganisationNumber(vendorNumber);
  return number.ok ? records.documentOfVendor(permitted, number.value) : undefined;
}

/** The file of what a vendor stands by, as it is signed. */
export async function vendorsFile(
  deps: Pick<AgreementDeps, 'database'>,
  acting: ActingFor,
  vendorNumber: string,
): Promise<Result<Buffer | undefined, Refused>> {
  return look(deps.database, acting, VIEW, async (permitted) => {
    const document = await documentOf(permitted, vendorNumber);
    return document && records.documentContent(permitted, document.id);
  });
}

/** The file that both sides of an agreement signed, without the evidence. */
export async function documentFile(
  deps: Pick<AgreementDeps, 'database'>,
  acting: ActingFor,
  id: string,
): Promise<Result<Buffer | undefined, Refused>> {
  return look(deps.database, acting, VIEW, async (permitted) => {
    const agreement = isUuid(id) ? await records.findAgreement(permitted, id) : undefined;
    const documentId = agreement?.documentId ?? null;
    return documentId === null ? undefined : records.documentContent(permitted, documentId);
  });
}

/** The signed copy of an agreement. */
export async function copyFile(
  deps: Pick<AgreementDeps, 'database'>,
  acting: ActingFor,
  id: string,
): Promise<Result<Buffer | undefined, Refused>> {
  return look(deps.database, acting, VIEW, (permitted) =>
    isUuid(id) ? records.copyContent(permitted, id) : Promise.resolve(undefined),
  );
}

async function open(
  permitted: Permitted,
  id: string,
  side: 'business' | 'either',
): Promise<Result<records.Agreement, AgreementProblem>> {
  const agreement = isUuid(id) ? await records.findAgreement(permitted, id) : undefined;
  if (agreement === undefined) return err('unknown');
  if (side === 'business' && agreement.businessId !== permitted.facts.business?.id)
    return err('not-the-business');
  return agreement.endedAt === null ? ok(agreement) : err('ended');
}

/** Signs what the vendor stands by now in place of an agreement on an earlier document; what was given goes on. */
export async function signNewVersion(
  deps: AgreementDeps,
  acting: ActingFor,
  id: string,
  read: string,
): Promise<Result<string, AgreementProblem | Refused>> {
  return act<string, AgreementProblem>(deps.database, acting, sign('agreement.sign'), async (permitted) => {
    const agreement = await open(permitted, id, 'business');
    if (!agreement.ok) return agreement;
    if (agreement.value.recorded) return err('no-new-version');
    const current = await currentDocument(deps, permitted, agreement.value.vendorId);
    if (current === undefined || current.id === agreement.value.documentId) return err('no-new-version');
    return signDocument(deps, permitted, agreement.value.vendorId, read);
  });
}

/**
 * Ends an agreement, for either side: at once, or after a last day. Mandates under it stop in the same moment.
 * @param end.lastDay null: at once
 */
export async function endAgreement(
  deps: Pick<AgreementDeps, 'database'>,
  acting: ActingFor,
  id: string,
  end: { readonly lastDay: PlainDate | null; readonly note: string },
): Promise<Result<'ended' | 'notice', AgreementProblem | Refused>> {
  return act<'ended' | 'notice', AgreementProblem>(
    deps.database,
    acting,
    sign('agreement.end'),
    async (permitted) => {
      const agreement = await open(permitted, id, 'either');
      if (!agreement.ok) return agreement;
      const done = await endAs(permitted, id, end);
      if (!done.ok) return done;
      await permitted.audit({
        subject: { kind: 'agreement', id },
        changes: { lastDay: end.lastDay, reason: done.value },
        detail: { note: end.note },
      });
      await settleSoon(permitted);
      return done;
    },
  );
}

async function endAs(
  permitted: Permitted,
  id: string,
  { lastDay, note }: { readonly lastDay: PlainDate | null; readonly note: string },
): Promise<Result<'ended' | 'notice', AgreementProblem>> {
  if (lastDay === null) {
    return (await records.endAgreement(permitted, id, { reason: 'ended', note }))
      ? ok('ended')
      : err('ended');
  }
  if (lastDay < osloToday(permitted.now)) return err('day');
  const given = await records.giveNotice(permitted, id, { endsAt: lastDayToEnd(lastDay), note });
  return given ? ok('notice') : err('day');
}

/** The business says no to a sub-processor that is announced and not yet used: the agreement ends at once. */
export async function objectTo(
  deps: Pick<AgreementDeps, 'database'>,
  acting: ActingFor,
  id: string,
  objection: { readonly subProcessorId: string; readonly note: string },
): Promise<Result<null, AgreementProblem | Refused>> {
  return act<null, AgreementProblem>(deps.database, acting, sign('agreement.object'), async (permitted) => {
    const agreement = await open(permitted, id, 'business');
    if (!agreement.ok) return agreement;
    const listed = await records.listSubProcessors(permitted, agreement.value.vendorId);
    const one = listed.find((each) => each.id === objection.subProcessorId);
    if (one === undefined) return err('unknown');
    if (one.startsAt <= permitted.now) return err('in-use');
    const note = objection.note === '' ? one.name : `${one.name}: ${objection.note}`;
    await records.endAgreement(permitted, id, { reason: 'objection', note });
    await permitted.audit({
      subject: { kind: 'agreement', id },
      changes: { subProcessorId: one.id },
      detail: { note },
    });
    await settleSoon(permitted);
    return ok(null);
  });
}

export const DELETION_OUTCOMES = ['deleted', 'returned', 'nothing-kept'] as const;
export type DeletionOutcome = (typeof DELETION_OUTCOMES)[number];

/** An officer of the vendor confirms what was done with the data of an agreement that has ended; signed, as the agreement was. */
export async function confirmDeletion(
  deps: AgreementDeps,
  acting: ActingFor,
  id: string,
  confirmed: { readonly outcome: DeletionOutcome; readonly statement: string },
): Promise<Result<null, AgreementProblem | Refused>> {
  return act<null, AgreementProblem>(
    deps.database,
    acting,
    sign('agreement.confirm-deletion'),
    async (permitted) => {
      const agreement = isUuid(id) ? await records.findAgreement(permitted, id) : undefined;
      if (agreement === undefined || agreement.vendorId !== permitted.facts.business?.id)
        return err('unknown');
      if (agreement.deletionDueAt === null) return err('no-deletion');
      if (agreement.deletionConfirmedAt !== null) return err('confirmed');
      if (!stepUpFresh(permitted.facts, permitted.now)) return err('step-up');
      const receipt = await receiptOf(deps, permitted, agreement, confirmed);
      if (!(await records.confirmDeletion(permitted, id, { ...confirmed, receipt }))) return err('confirmed');
      await permitted.audit({
        subject: { kind: 'agreement', id },
        changes: { outcome: confirmed.outcome, customerId: agreement.businessId },
        detail: { statement: confirmed.statement },
      });
      return ok(null);
    },
  );
}

async function receiptOf(
  deps: AgreementDeps,
  permitted: Permitted,
  agreement: records.Agreement,
  { outcome, statement }: { readonly outcome: DeletionOutcome; readonly statement: string },
): Promise<string> {
  const record = await recordOf(deps, permitted, {
    act: 'confirm-deletion',
    document: { version: agreement.version, number: null, sha256: agreement.sha256.toString('hex') },
    agreementId: agreement.id,
    side: 'vendor',
    statement: `${outcome}: ${statement}`,
  });
  return deps.signer.sign(record);
}

// Sub-processors -------------------------------------------------------------------------------------------------------

/** The vendor's own list. */
export async function viewSubProcessors(
  deps: Pick<AgreementDeps, 'database'>,
  acting: ActingFor,
  to: 'read' | 'sign',
) {
  const request = to === 'read' ? VIEW : sign('agreement.sub-processor.announce');
  return look(deps.database, acting, request, async (permitted) => ({
    permitted,
    list: await records.listSubProcessors(permitted, permitted.facts.business?.id ?? ''),
    announcedFirst: await records.hasCustomers(permitted),
  }));
}

/** Puts a sub-processor on the list: at once while there are no customers, else after their notice, of which they are told. */
export async function announceSubProcessor(
  deps: Pick<AgreementDeps, 'database'>,
  acting: ActingFor,
  one: ListedSubProcessor,
): Promise<Result<Date, AgreementProblem | Refused>> {
  const request = sign('agreement.sub-processor.announce');
  return act<Date, AgreementProblem>(deps.database, acting, request, async (permitted) => {
    const announcedFirst = await records.hasCustomers(permitted);
    const startsAt = announcedFirst ? daysAfter(permitted.now, NOTICE_DAYS) : permitted.now;
    const id = await records.insertSubProcessor(permitted, { ...one, startsAt });
    await permitted.audit({ subject: { kind: 'sub-processor', id }, changes: { ...one, startsAt } });
    if (announcedFirst) await enqueue(permitted, tellCustomersTask, { subProcessorId: id });
    return ok(startsAt);
  });
}

/** Takes a sub-processor off the list. */
export async function removeSubProcessor(
  deps: Pick<AgreementDeps, 'database'>,
  acting: ActingFor,
  id: string,
): Promise<Result<null, AgreementProblem | Refused>> {
  const request = sign('agreement.sub-processor.remove');
  return act<null, AgreementProblem>(deps.database, acting, request, async (permitted) => {
    const name = isUuid(id) ? await records.endSubProcessor(permitted, id) : undefined;
    if (name === undefined) return err('unknown');
    await permitted.audit({ subject: { kind: 'sub-processor', id }, changes: { name } });
    return ok(null);
  });
}
