import { createHash } from 'node:crypto';
import type { Permitted } from '../access/index.ts';
import { uuidv7 } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { stepUpFresh } from '../access/index.ts';
import { drawCopy, drawDocument } from './document.ts';
import {
  actingOf,
  carryOver,
  documentContent,
  findActive,
  insertAgreement,
  insertCopy,
  insertDocument,
  latestDocument,
  listSubProcessors,
  lockDocuments,
  replaceActive,
  sessionName,
  type SignedDocument,
} from './records.ts';
import {
  type AgreementTexts,
  agreementTexts,
  expiryOf,
  type Retention,
  STANDARD_VERSION,
  standardSha256,
} from './rules.ts';
import type { SignedRecord, Signer } from './signing.ts';

/** What agreements are made and signed with. */
export interface SigningDeps {
  /** The installation's own address: it stands in what it signs. */
  readonly origin: string;
  readonly signer: Signer;
  readonly retention: Retention;
}

export const sha256 = (content: Buffer | string): Buffer => createHash('sha256').update(content).digest();

/** Why nothing was signed: a fresh login first, or the document is no longer the one that was read. */
export type SigningProblem = 'step-up' | 'changed';

/** A document as an officer of the vendor reads it before it is signed; `signed`: it has been, and stands. */
export interface Draft {
  readonly text: AgreementTexts;
  readonly places: string;
  /** Of the file, hexadecimal. */
  readonly sha256: string;
  readonly content: Buffer | undefined;
  readonly number: number;
  readonly signed: SignedDocument | undefined;
}

/** The evidence of one signature of the person who acts, at the transaction's time. */
export async function recordOf(
  deps: Pick<SigningDeps, 'origin'>,
  permitted: Permitted,
  what: Pick<SignedRecord, 'act' | 'document' | 'agreementId' | 'side' | 'statement'>,
): Promise<SignedRecord> {
  const { business, session } = permitted.facts;
  if (!business || !session) throw new Error('Signing takes a person and a business.');
  const { name, role } = actingOf(permitted);
  return {
    issuer: deps.origin,
    ...what,
    party: { organisationNumber: business.organisationNumber, name: business.name },
    signer: { name, role },
    at: permitted.now.toISOString(),
    login: {
      acr: session.acr,
      authTime: session.authTime.toISOString(),
      sessionSha256: sha256(await sessionName(permitted)).toString('hex'),
    },
  };
}

/**
 * The document that the vendor who acts would sign now, or has signed: the one that it stands by as long as neither the
 * standard text, nor what the installation puts in, nor the places have changed since.
 * @param places where the vendor processes; left out: as in its last document
 */
export async function draftDocument(
  deps: Pick<SigningDeps, 'retention' | 'signer'>,
  permitted: Permitted,
  places: string | undefined,
): Promise<Draft> {
  const { business } = permitted.facts;
  if (!business) throw new Error('A vendor signs as a business.');
  const latest = await latestDocument(permitted, business.id);
  const wanted = places ?? latest?.places ?? 'Norge';
  const standing = await currentDocument(deps, permitted, business.id);
  if (standing?.places === wanted) {
    const { text, number, sha256: hash } = standing;
    return {
      text,
      places: wanted,
      sha256: hash.toString('hex'),
      content: undefined,
      number,
      signed: standing,
    };
  }
  const vendor = { name: business.name, organisationNumber: business.organisationNumber };
  const subProcessors = await listSubProcessors(permitted, business.id);
  const text = agreementTexts({ vendor, places: wanted, subProcessors, retention: deps.retention });
  const number = (latest?.number ?? 0) + 1;
  const content = await drawDocument({ vendor, version: STANDARD_VERSION, number }, text);
  return {
    text,
    places: wanted,
    sha256: sha256(content).toString('hex'),
    content,
    number,
    signed: undefined,
  };
}

/** The file of the vendor's document, as it would be signed or was. */
export async function draftFile(
  deps: Pick<SigningDeps, 'retention' | 'signer'>,
  permitted: Permitted,
): Promise<Buffer | undefined> {
  const { content, signed } = await draftDocument(deps, permitted, undefined);
  return signed === undefined ? content : documentContent(permitted, signed.id);
}

/** What a vendor stands by, as its profile keeps it; `signedNow` when it was signed in this transaction. */
export interface Offered {
  readonly documentId: string;
  readonly version: string;
  readonly sha256: Buffer;
  readonly signedNow: boolean;
}

/**
 * Has the vendor stand by its document: signs it when it has not signed this very one. The caller has decided
 * `agreements.sign`.
 * @param read the hash of the document that was read; left out: none was shown
 */
export async function offerDocument(
  deps: SigningDeps,
  permitted: Permitted,
  offer: { readonly places?: string | undefined; readonly read?: string | undefined },
): Promise<Result<Offered, SigningProblem>> {
  await lockDocuments(permitted);
  const draft = await draftDocument(deps, permitted, offer.places);
  if (offer.read !== undefined && offer.read !== draft.sha256) return err('changed');
  const { signed, content, number, places, text } = draft;
  if (signed !== undefined) {
    return ok({ documentId: signed.id, version: signed.version, sha256: signed.sha256, signedNow: false });
  }
  if (content === undefined) throw new Error('A document to sign without its file.');
  if (!stepUpFresh(permitted.facts, permitted.now)) return err('step-up');
  const document = { version: STANDARD_VERSION, number, sha256: draft.sha256 };
  const record = await recordOf(deps, permitted, {
    act: 'sign',
    document,
    agreementId: null,
    side: 'vendor',
    statement: null,
  });
  const hash = sha256(content);
  const documentId = await insertDocument(permitted, {
    number,
    version: STANDARD_VERSION,
    standardSha256: standardSha256(deps.retention),
    places,
    sha256: hash,
    content,
    text,
    signature: await deps.signer.sign(record),
  });
  await permitted.audit({
    action: 'agreement.offer',
    usedRight: 'agreements.sign',
    subject: { kind: 'agreement-document', id: documentId },
    changes: { version: STANDARD_VERSION, number, sha256: draft.sha256 },
  });
  return ok({ documentId, version: STANDARD_VERSION, sha256: hash, signedNow: true });
}

/** The document of a vendor that agreements are signed on now; undefined when the vendor's last one is out of date. */
export async function currentDocument(
  deps: Pick<SigningDeps, 'retention' | 'signer'>,
  permitted: Permitted,
  vendorId: string,
): Promise<SignedDocument | undefined> {
  const latest = await latestDocument(permitted, vendorId);
  if (latest?.standardSha256.equals(standardSha256(deps.retention)) !== true) return undefined;
  // With a key that the installation does not know, the record proves nothing: the vendor signs anew.
  return (await deps.signer.read(latest.signature)) === undefined ? undefined : latest;
}

/** The agreement in force: on the vendor's present document, or recorded; undefined when there is none, or only on an earlier one. */
export async function activeAgreement(permitted: Permitted, vendorId: string) {
  const found = await findActive(permitted, vendorId);
  if (found?.recorded === true) return found;
  const latest = found && (await latestDocument(permitted, vendorId));
  return latest !== undefined && found?.sha256.equals(latest.sha256) === true ? found : undefined;
}

/**
 * Signs the vendor's present document for the business in the caller's transaction, and makes the copy that both sides have.
 * An earlier agreement with the vendor ends with it; what was given under that one goes on under this. The caller has decided
 * `agreements.sign`; the database lets none but officers with a fresh login through. Answers with the agreement's id.
 * @param read the hash of the document that was read
 */
export async function signDocument(
  deps: SigningDeps,
  permitted: Permitted,
  vendorId: string,
  read: string,
): Promise<Result<string, SigningProblem>> {
  if (!stepUpFresh(permitted.facts, permitted.now)) return err('step-up');
  const document = await currentDocument(deps, permitted, vendorId);
  if (document?.sha256.toString('hex') !== read) return err('changed');
  const earlier = await replaceActive(permitted, vendorId);
  const id = uuidv7();
  await insertAgreement(permitted, { id, document, endsAt: expiryOf(permitted.now) });
  await makeCopy(deps, permitted, id, document);
  const carried = earlier === undefined ? 0 : await carryOver(permitted, earlier, id);
  const { version, number } = document;
  await permitted.audit({
    action: 'agreement.sign',
    usedRight: 'agreements.sign',
    subject: { kind: 'agreement', id },
    changes: { vendorId, version, number, sha256: read, replaces: earlier ?? null, mandates: carried },
  });
  return ok(id);
}

async function makeCopy(
  deps: SigningDeps,
  permitted: Permitted,
  agreementId: string,
  document: SignedDocument,
): Promise<void> {
  const { version, number } = document;
  const record = await recordOf(deps, permitted, {
    act: 'sign',
    document: { version, number, sha256: document.sha256.toString('hex') },
    agreementId,
    side: 'business',
    statement: null,
  });
  const jws = await deps.signer.sign(record);
  const vendor = await deps.signer.read(document.signature);
  if (vendor === undefined) throw new Error('The record of the vendor’s signature cannot be trusted.');
  const content = await drawCopy(
    {
      vendor: { name: vendor.party.name, organisationNumber: vendor.party.organisationNumber },
      version,
      number,
    },
    document.text,
    {
      business: { record, jws },
      vendor: { record: vendor, jws: document.signature },
      origin: deps.origin,
    },
  );
  await insertCopy(permitted, {
    agreementId,
    vendorId: document.vendorId,
    sha256: sha256(content),
    content,
    signature: jws,
  });
}
