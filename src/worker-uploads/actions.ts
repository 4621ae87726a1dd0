import { randomBytes } from 'node:crypto';
import { act, type ActingFor, look, type Notify, type Permitted, type Refused } from '../access/index.ts';
import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue } from '../jobs/index.ts';
import { uuidv7 } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { allows, findOrder, type Order, TRANSITIONS } from '../orders/index.ts';
import {
  discloseWorkers,
  type DocumentError,
  type DocumentKind,
  documentPurpose,
  type PhotoError,
  prepareDocument,
  preparePhoto,
} from '../workers/index.ts';
import * as records from './records.ts';
import { type Denial, LINK_HOURS, type UploadKey, uploadLinkPath, type Way } from './rules.ts';

export interface UploadDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
  readonly vault: Pick<Vault, 'encrypt'>;
  /** Where our pages are, with no path. */
  readonly publicOrigin: string;
}

export const TELL = 'worker-uploads.tell';
export const LINES_SHOWN = 50;

const asking = { right: 'orders.place', orElse: ['orders.prepare'] as const } as const;

// For whoever asks ----------------------------------------------------------------------------------------------------

/** What the page for asking shows: the order, a page of the lines that lack something, and how many there are. */
export interface AskView {
  readonly permitted: Permitted;
  readonly order: Order;
  readonly lines: readonly records.LackingLine[];
  readonly total: number;
}

/**
 * The lines of an order whose workers can be asked; undefined for what is not there and what is another's alike. With `requestId`
 * the order must have that request.
 */
export function viewAsking(
  { database }: Pick<UploadDeps, 'database'>,
  acting: ActingFor,
  orderId: string,
  which: {
    readonly page: number;
    /** The one line that is shown, instead of a page of them. */
    readonly lineId?: string | undefined;
    readonly requestId?: string | undefined;
  },
): Promise<Result<AskView | undefined, Refused>> {
  return look(database, acting, { ...asking, action: 'upload.seen' }, async (permitted) => {
    const order = await findOrder(permitted, orderId);
    if (order === undefined) return undefined;
    const { page, lineId, requestId } = which;
    if (requestId !== undefined && (await records.lineOfRequest(permitted, orderId, requestId)) === undefined)
      return undefined;
    const range = { offset: (page - 1) * LINES_SHOWN, limit: LINES_SHOWN };
    const shown = lineId === undefined ? range : { ids: [lineId] };
    const { lines, total } = await records.lackingLines(permitted, orderId, shown);
    const own = lines.filter((line) => allows(permitted, order, line, 'add-photo'));
    await discloseWorkers(
      permitted,
      own.map(({ workerId }) => workerId),
      ['name'],
      'order',
    );
    return { permitted, order, lines: own, total };
  });
}

export interface AskWorkers {
  readonly orderId: string;
  readonly lineIds: readonly string[];
  readonly way: Way;
}

/** A link as it is shown once, to whoever asked. */
export interface ShownLink {
  readonly name: string;
  readonly address: string;
}

/** Who was asked of the order; `links` only where they are shown. */
export interface Asked extends Pick<AskView, 'permitted' | 'order'> {
  readonly asked: number;
  readonly links: readonly ShownLink[];
}

/**
 * Asks the workers of these lines for what they lack, each by a link of its own; the link that a line had before is worth nothing
 * any more. Sent, the links are in the messages alone, otherwise in the answer alone. `none`: no worker could be asked, since
 * nothing is lacking any more or each has been asked too often today.
 */
export function askWorkers(
  deps: UploadDeps,
  acting: ActingFor,
  { orderId, lineIds, way }: AskWorkers,
): Promise<Result<Asked, 'missing' | 'none' | Refused>> {
  return act<Asked, 'missing' | 'none'>(
    deps.database,
    acting,
    { ...asking, action: 'upload.asked' },
    async (permitted) => {
      const order = await findOrder(permitted, orderId);
      if (order === undefined) return err('missing');
      const { lines } = await records.lackingLines(permitted, orderId, { ids: lineIds });
      const mayAsk = lines.filter((line) => allows(permitted, order, line, 'add-photo'));
      const fresh = mayAsk.map(newLink);
      const made = await records.insertRequests(permitted, fresh, way);
      if (made.length === 0) return err('none');
      const secrets = new Map(fresh.map((link) => [link.requestId, link.secret]));
      const addressOf = (requestId: string) =>
        deps.publicOrigin + uploadLinkPath(secrets.get(requestId) ?? '');
      for (const request of made) {
        await permitted.audit({
          subject: { kind: 'order-line', id: request.lineId },
          changes: { orderId, requestId: request.requestId, way },
        });
        if (way === 'sent') await sendLink(deps, permitted, request, addressOf(request.requestId));
      }
      if (way === 'sent') return ok({ permitted, order, asked: made.length, links: [] });
      const workers = new Map(mayAsk.map((line) => [line.id, line.workerId]));
      await discloseWorkers(
        permitted,
        made.flatMap(({ lineId }) => workers.get(lineId) ?? []),
        ['name'],
        'order',
      );
      const links = made.map(({ name, requestId }) => ({ name, address: addressOf(requestId) }));
      return ok({ permitted, order, asked: made.length, links });
    },
  );
}

const newLink = (line: records.LackingLine): records.NewLink => ({
  lineId: line.id,
  requestId: uuidv7(),
  secret: randomBytes(16).toString('base64url'),
});

/** To the worker's own addresses in the contact register, which whoever asks is not told. */
async function sendLink(
  { notify }: Pick<UploadDeps, 'notify'>,
  permitted: Permitted,
  { personId }: records.MadeRequest,
  address: string,
): Promise<void> {
  const { business, session, mandate } = permitted.facts;
  if (!business || !session) throw new Error('A worker is asked by a person for a business.');
  await notify(permitted, {
    template: 'worker-uploads:notice.ask',
    businessId: business.id,
    parameters: {
      business: business.name,
      person: session.name,
      behalf: mandate?.vendor?.name ?? business.name,
      hours: String(LINK_HOURS),
    },
    secrets: { link: address },
    audience: 'person',
    personId,
  });
}

/** Takes a link back. `settled`: it was worth nothing already. */
export function revokeLink(
  { database }: Pick<UploadDeps, 'database'>,
  acting: ActingFor,
  { orderId, requestId }: { readonly orderId: string; readonly requestId: string },
): Promise<Result<undefined, 'missing' | 'settled' | Refused>> {
  return act<undefined, 'missing' | 'settled'>(
    database,
    acting,
    { ...asking, action: 'upload.revoked' },
    async (permitted) => {
      const lineId = await records.lineOfRequest(permitted, orderId, requestId);
      if (lineId === undefined) return err('missing');
      if (!(await records.revokeRequest(permitted, requestId))) return err('settled');
      await permitted.audit({ subject: { kind: 'order-line', id: lineId }, changes: { orderId, requestId } });
      return ok(undefined);
    },
  );
}

// For the worker ------------------------------------------------------------------------------------------------------

type WorkerDeps = Pick<UploadDeps, 'database'>;

/** With a link nobody is logged in, whoever else may be: what the link allows is all that is done. */
function inUpload<T>(
  { database }: WorkerDeps,
  key: UploadKey,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const context =
    'secret' in key
      ? ({ kind: 'anonymous' } as const)
      : ({ kind: 'session', tokenHash: key.tokenHash, writing: true } as const);
  return inTransaction(database, context, work);
}

/** The request that the key opens; undefined for one that is used, expired, revoked or was never made. Changes nothing: mail scanners follow links. */
export function viewUpload(deps: WorkerDeps, key: UploadKey): Promise<records.ShownUpload | undefined> {
  return inUpload(deps, key, (transaction) => records.findOpenUpload(transaction, key));
}

/** What waits for the worker who is logged in. */
export function viewOwnUploads(
  { database }: WorkerDeps,
  tokenHash: Uint8Array,
): Promise<records.WaitingUpload[]> {
  return inTransaction(database, { kind: 'session', tokenHash }, records.ownUploads);
}

/** The worker says that name and employer are right; false when the key opens nothing. */
export function confirmUpload(deps: WorkerDeps, key: UploadKey): Promise<boolean> {
  return inUpload(deps, key, async (transaction) => {
    const done = await records.confirmRequest(transaction, key);
    if (done !== undefined) await auditDone(transaction, 'upload.confirmed', done);
    return done !== undefined;
  });
}

/** The worker says that it is somebody else or works elsewhere: the link is used up, and the business is told. */
export function denyUpload(deps: WorkerDeps, key: UploadKey, why: Denial): Promise<boolean> {
  return inUpload(deps, key, async (transaction) => {
    const done = await records.denyRequest(transaction, key, why);
    if (done === undefined) return false;
    await auditDone(transaction, 'upload.denied', done, { why });
    await enqueue(transaction, TELL, { requestId: done.requestId }, { key: `${TELL}:${done.requestId}` });
    return true;
  });
}

/** `gone`: the key opens nothing (any more), or not this. `complete`: nothing is lacking now, and the request is used up. */
export type Delivering<E> = Promise<Result<{ readonly complete: boolean }, 'gone' | E>>;

/** Puts the worker's photo on the line; until the document is there too, another can take its place. */
export async function sendPhoto(deps: WorkerDeps, key: UploadKey, file: Uint8Array): Delivering<PhotoError> {
  // Asked before the work of drawing the picture, which is not done for just anyone.
  if (!(await isAskedFor(deps, key, 'photo'))) return err('gone');
  const prepared = await preparePhoto(file);
  if (!prepared.ok) return prepared;
  const photo = { ...prepared.value, id: uuidv7() };
  return deliver(deps, key, { photoId: photo.id, sha256: photo.sha256.toString('hex') }, (transaction) =>
    records.deliverPhoto(transaction, key, photo),
  );
}

/** Puts the worker's identity document on the line, encrypted, as `sendPhoto` does the photo. */
export async function sendDocument(
  deps: WorkerDeps & Pick<UploadDeps, 'vault'>,
  key: UploadKey,
  { kind, file }: { readonly kind: DocumentKind; readonly file: Uint8Array },
): Delivering<DocumentError> {
  if (!(await isAskedFor(deps, key, 'document'))) return err('gone');
  const prepared = await prepareDocument(file);
  if (!prepared.ok) return prepared;
  const { image, sha256 } = prepared.value;
  const id = uuidv7();
  const content = deps.vault.encrypt(image.toString('base64'), documentPurpose(id));
  return deliver(deps, key, { documentId: id, sha256: sha256.toString('hex') }, (transaction) =>
    records.deliverDocument(transaction, key, { id, kind, content, sha256 }),
  );
}

async function isAskedFor(deps: WorkerDeps, key: UploadKey, what: 'photo' | 'document'): Promise<boolean> {
  const open = await viewUpload(deps, key);
  return open?.confirmed === true && open.asks.includes(what);
}

function deliver(
  deps: WorkerDeps,
  key: UploadKey,
  changes: Readonly<Record<string, unknown>>,
  work: (transaction: Transaction) => Promise<records.Delivered | undefined>,
): Delivering<never> {
  return inUpload(deps, key, async (transaction) => {
    const delivered = await work(transaction);
    if (delivered === undefined) return err('gone');
    const { complete, requestId } = delivered;
    await auditDone(transaction, TRANSITIONS.deliver.audit, delivered, { ...changes, complete });
    if (complete) await enqueue(transaction, TELL, { requestId }, { key: `${TELL}:${requestId}` });
    return ok({ complete });
  });
}

async function auditDone(
  transaction: Transaction,
  action: string,
  { requestId, businessId, lineId }: records.Done,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await appendAudit(transaction, {
    action,
    decision: 'allowed',
    businessId,
    subject: { kind: 'order-line', id: lineId },
    changes: { requestId, ...changes },
  });
}

// Telling -------------------------------------------------------------------------------------------------------------

/** Tells whoever asked what came of it, once; that a worker says "not me" is told to the business as well. */
export async function tellOfUpload(
  { database, notify }: Pick<UploadDeps, 'database' | 'notify'>,
  requestId: string,
): Promise<void> {
  await inTransaction(database, { kind: 'job', name: TELL }, async (transaction) => {
    const request = await records.takeToTell(transaction, requestId);
    if (request === undefined) return;
    const business = `/b/${request.businessNumber}`;
    const asker = request.vendorNumber === null ? business : `${business}/by/${request.vendorNumber}`;
    const notice = (path: string) => ({
      template:
        request.denial === null
          ? TRANSITIONS.deliver.tells.notice
          : `worker-uploads:notice.${request.denial}`,
      businessId: request.businessId,
      unitId: request.unitId,
      parameters: {
        number: String(request.orderNumber),
        business: request.businessName,
        link: `${path}/orders/${request.orderId}`,
      },
    });
    await notify(transaction, { ...notice(asker), audience: 'person', personId: request.askedBy });
    if (request.denial !== null) await notify(transaction, { ...notice(business), audience: 'business' });
  });
}
