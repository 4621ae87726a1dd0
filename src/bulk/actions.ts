import { createHash } from 'node:crypto';
import {
  act,
  type ActingFor,
  type ActionRequest,
  look,
  type Permitted,
  type Refused,
} from '../access/index.ts';
import type { Vault } from '../database/encryption.ts';
import { enqueue } from '../jobs/index.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import {
  type OrderActionDeps,
  type PlacedOrder,
  placeIn,
  type PlaceOrder,
  type PlaceOrderError,
  unlessTaken,
} from '../orders/index.ts';
import { declarePermit, permitDays, type PermitKind } from '../workers/index.ts';
import { FILE_PURPOSE, readUploadTask } from './reading.ts';
import * as records from './records.ts';
import {
  cleanCell,
  type Columns,
  type FileError,
  type FileRow,
  MAX_FILE_BYTES,
  readRow,
  tellsWho,
  withoutNumbers,
} from './rules.ts';

export interface BulkDeps extends OrderActionDeps {
  readonly vault: Pick<Vault, 'encrypt' | 'hash'>;
  /** Whether made-up people count as people. */
  readonly allowSynthetic: boolean;
  /** How many files and archives of photos the business itself, or a vendor for it, sends in 24 hours. */
  readonly uploadsPerDay: number;
}

/** Who may order from a file: whoever may order; of the business itself, whoever may see its workers besides. */
export function ordering(acting: ActingFor, action: string): ActionRequest {
  const request = { right: 'orders.place', orElse: ['orders.prepare'], action } as const;
  return acting.vendor === undefined ? { ...request, besides: ['workers.read'] } : request;
}

/** `missing`: there is no such upload or row for the asker. `too-late`: it is in another state by now. */
export type UploadError = 'missing' | 'too-late';

/** `too-many-today`: as many were sent in 24 hours as may be. */
export type TooMany = 'too-many-today';

/** Keeps a file to be read soon. The same key is the same upload, however often it is sent. */
export async function sendFile(
  { database, vault, uploadsPerDay }: Pick<BulkDeps, 'database' | 'vault' | 'uploadsPerDay'>,
  acting: ActingFor,
  { key, fileName, file }: { readonly key: string; readonly fileName: string; readonly file: Buffer },
): Promise<Result<{ readonly uploadId: string }, FileError | TooMany | 'missing' | Refused>> {
  return act<{ readonly uploadId: string }, FileError | TooMany | 'missing'>(
    database,
    acting,
    ordering(acting, 'orders.file-sent'),
    async (permitted) => {
      if (file.length === 0) return err('empty');
      if (file.length > MAX_FILE_BYTES) return err('too-large');
      const sentBefore = await records.uploadsInADay(permitted);
      if ((await records.findUpload(permitted, key)) !== undefined) return ok({ uploadId: key });
      if (sentBefore >= uploadsPerDay) return err('too-many-today');
      const stored = vault.encrypt(file, FILE_PURPOSE);
      const name = withoutNumbers(cleanCell(fileName)).slice(0, 100);
      // Somebody else's key is nothing that the asker may know of.
      if (!(await records.insertUpload(permitted, { id: key, fileName: name, file: stored })))
        return err('missing');
      await readSoon(permitted, key);
      await permitted.audit({
        subject: { kind: 'order-upload', id: key },
        changes: { bytes: file.length, sha256: createHash('sha256').update(file).digest('hex') },
      });
      return ok({ uploadId: key });
    },
  );
}

function readSoon(permitted: Permitted, uploadId: string): Promise<void> {
  return enqueue(permitted, readUploadTask, { uploadId }, { key: `${readUploadTask}:${uploadId}` });
}

/** Says which column of a file is what, and has it read on. */
export async function nameColumns(
  { database }: Pick<BulkDeps, 'database'>,
  acting: ActingFor,
  { uploadId, columns }: { readonly uploadId: string; readonly columns: Columns },
): Promise<Result<undefined, UploadError | 'not-enough' | Refused>> {
  return act<undefined, UploadError | 'not-enough'>(
    database,
    acting,
    ordering(acting, 'orders.file-columns'),
    async (permitted) => {
      const upload = await records.findUpload(permitted, uploadId);
      if (upload === undefined) return err('missing');
      if (!tellsWho(columns)) return err('not-enough');
      if (!(await records.setColumns(permitted, uploadId, columns))) return err('too-late');
      await readSoon(permitted, uploadId);
      await permitted.audit({
        subject: { kind: 'order-upload', id: uploadId },
        changes: { columns: Object.keys(columns) },
      });
      return ok(undefined);
    },
  );
}

/** Changes one row in a judged upload, and judges it and the others of its worker anew. */
async function changing(
  { database }: Pick<BulkDeps, 'database'>,
  acting: ActingFor,
  { uploadId, rowId, action }: { uploadId: string; rowId: string; action: string },
  change: (permitted: Permitted, row: records.UploadRow) => Promise<boolean>,
): Promise<Result<undefined, UploadError | Refused>> {
  return act<undefined, UploadError>(database, acting, ordering(acting, action), async (permitted) => {
    await records.lockUpload(permitted, uploadId);
    const upload = await records.findUpload(permitted, uploadId);
    const row = await records.findRow(permitted, uploadId, rowId);
    if (upload === undefined || row === undefined) return err('missing');
    if (upload.state !== 'judged') return err('too-late');
    const related = await records.relatedPositions(permitted, rowId);
    if (!(await change(permitted, row))) return err('too-late');
    if (!(await records.judge(permitted, uploadId, related))) return err('too-late');
    await permitted.audit({
      subject: { kind: 'order-upload', id: uploadId },
      changes: { position: row.position },
    });
    return ok(undefined);
  });
}

/** Leaves a row out of what is placed, or takes it in again. */
export function leaveOut(
  deps: Pick<BulkDeps, 'database'>,
  acting: ActingFor,
  command: { readonly uploadId: string; readonly rowId: string; readonly leftOut: boolean },
): Promise<Result<undefined, UploadError | Refused>> {
  const { uploadId, rowId, leftOut } = command;
  const action = leftOut ? 'orders.row-left-out' : 'orders.row-taken-in';
  return changing(deps, acting, { uploadId, rowId, action }, (permitted) =>
    records.setLeftOut(permitted, rowId, leftOut),
  );
}

/** A row as a person types it anew; an empty number keeps the one that is there. */
export interface TypedRow {
  readonly number: string;
  readonly name: string;
  readonly familyName: string;
  readonly birthDate: string;
  readonly unit: string;
  readonly permitLastDay: string;
}

/** Puts what a person typed in the place of what the file says. */
export function correctRow(
  deps: Pick<BulkDeps, 'database' | 'vault' | 'allowSynthetic'>,
  acting: ActingFor,
  command: { readonly uploadId: string; readonly rowId: string; readonly typed: TypedRow },
): Promise<Result<undefined, UploadError | Refused>> {
  const { uploadId, rowId, typed } = command;
  const where = { uploadId, rowId, action: 'orders.row-corrected' };
  return changing(deps, acting, where, async (permitted, row) => {
    // As of a file: whoever may not declare a permit has nothing of it kept.
    const permitLastDay = permitted.decide('workers.read').allowed ? typed.permitLastDay : '';
    const read = readTyped({ ...typed, permitLastDay }, row.position, {
      synthetic: deps.allowSynthetic,
      permitDays: permitDays(permitted.now),
      numberKept: row.bornShown !== '',
    });
    return records.changeRow(permitted, rowId, read, deps.vault.hash);
  });
}

const TYPED_COLUMNS: Columns = {
  nationalId: 0,
  name: 1,
  familyName: 2,
  birthDate: 3,
  unit: 4,
  permitLastDay: 5,
};

function readTyped(
  { number, name, familyName, birthDate, unit, permitLastDay }: TypedRow,
  position: number,
  options: Parameters<typeof readRow>[3],
): FileRow {
  // The page asks for a name, so that there is always something in the row.
  const cells = [number, name || '-', familyName, birthDate, unit, permitLastDay];
  const read = readRow(cells, TYPED_COLUMNS, position, options);
  if (read === undefined) throw new Error('A row of which nothing was typed.');
  return name === '' ? { ...read, name: '', familyName } : read;
}

/** Judges all rows that are not placed anew: workers come and go, and a vendor may ask on the next day. */
export async function judgeAgain(
  { database }: Pick<BulkDeps, 'database'>,
  acting: ActingFor,
  uploadId: string,
): Promise<Result<undefined, UploadError | Refused>> {
  const request = ordering(acting, 'orders.file-judged');
  return act<undefined, UploadError>(database, acting, request, async (permitted) => {
    await records.lockUpload(permitted, uploadId);
    const upload = await records.findUpload(permitted, uploadId);
    if (upload === undefined) return err('missing');
    if (upload.state !== 'judged' || !(await records.judge(permitted, uploadId))) return err('too-late');
    await permitted.audit({ subject: { kind: 'order-upload', id: uploadId } });
    return ok(undefined);
  });
}

/** How many permits are declared at a time. */
export const PERMITS_AT_A_TIME = 200;

/**
 * Declares the permits that the rows name, all of the same kind, each as on the page of its worker, and judges the rows anew.
 * So many at a time; how many were declared, and how many not, since something has come between. `no-kind`: none was chosen.
 */
export async function declarePermits(
  deps: Pick<BulkDeps, 'database'>,
  acting: ActingFor,
  { uploadId, kind }: { readonly uploadId: string; readonly kind: PermitKind | undefined },
): Promise<
  Result<{ readonly declared: number; readonly failed: number }, UploadError | 'no-kind' | Refused>
> {
  const request: ActionRequest = {
    ...ordering(acting, 'orders.file-permits'),
    besides: ['workers.read'],
  };
  const found = await look(deps.database, acting, request, async (permitted) => {
    const upload = await records.findUpload(permitted, uploadId);
    return upload && { upload, permits: await records.permitsToDeclare(permitted, uploadId) };
  });
  if (!found.ok) return found;
  if (found.value === undefined) return err('missing');
  if (found.value.upload.state !== 'judged') return err('too-late');
  if (kind === undefined) return err('no-kind');
  let [declared, failed] = [0, 0];
  for (const { workerId, lastDay } of found.value.permits.slice(0, PERMITS_AT_A_TIME)) {
    const done = await declarePermit(deps, acting, { workerId, kind, lastDay });
    if (done.ok) declared += 1;
    else failed += 1;
  }
  // Whose access has ended meanwhile is told so.
  const judged = await judgeAgain(deps, acting, uploadId);
  return judged.ok ? ok({ declared, failed }) : judged;
}

export interface PlaceUpload {
  readonly uploadId: string;
  readonly delivery: PlaceOrder['delivery'];
  /** Keep the address that was typed for later orders. */
  readonly keepAddress?: boolean | undefined;
  /** On every order; empty: what the rows say. */
  readonly reference: string;
}

/** The orders that came of it. `changed`: of some units nothing was ordered, since something came between; see the rows. */
export interface PlacedUpload {
  readonly orders: readonly { readonly orderId: string; readonly state: string }[];
  readonly changed: boolean;
}

/**
 * Orders for every row that can be ordered for: one order a unit, each in a transaction of its own, by the rules of any order.
 * A row becomes a line once, however often this is asked, at the same time or after a crash.
 */
export async function placeUpload(
  deps: BulkDeps,
  acting: ActingFor,
  command: PlaceUpload,
): Promise<Result<PlacedUpload, UploadError | PlaceOrderError>> {
  const { uploadId } = command;
  const found = await look(deps.database, acting, ordering(acting, 'order.considered'), async (permitted) => {
    const upload = await records.findUpload(permitted, uploadId);
    return upload && { upload, units: await records.placeableUnits(permitted, uploadId) };
  });
  if (!found.ok) return found;
  if (found.value === undefined) return err('missing');
  if (found.value.upload.state !== 'judged') return err('too-late');
  const orders: PlacedUpload['orders'][number][] = [];
  let changed = false;
  for (const { unitId } of found.value.units) {
    const placed = await unlessTaken(() => placeUnit(deps, acting, unitId, command));
    if (placed.ok) {
      if (placed.value !== undefined) orders.push(placed.value);
    } else if (placed.error.kind === 'not-orderable') {
      changed = true;
      await noteObstacles(deps, acting, uploadId, placed.error.obstacles);
    } else return placed;
  }
  return ok({ orders, changed });
}

async function placeUnit(
  deps: BulkDeps,
  acting: ActingFor,
  unitId: string,
  { uploadId, delivery, keepAddress = false, reference }: PlaceUpload,
): Promise<Result<PlacedOrder | undefined, PlaceOrderError>> {
  const request = { ...ordering(acting, 'order.placed'), subject: { unitId } };
  return act<PlacedOrder | undefined, PlaceOrderError>(deps.database, acting, request, async (permitted) => {
    await records.lockUpload(permitted, uploadId);
    const rows = await records.placeableRows(permitted, uploadId, unitId);
    // Another window has placed them.
    if (rows.length === 0) return ok(undefined);
    const placed = await placeIn(deps, permitted, {
      key: orderKey(uploadId, unitId, rows[0]?.id ?? ''),
      unitId,
      workerIds: rows.map((row) => row.workerId),
      delivery,
      keepAddress,
      customerReference: reference || referenceOf(rows),
    });
    if (!placed.ok) return placed;
    await records.setPlaced(
      permitted,
      rows.map((row) => row.id),
      placed.value.orderId,
    );
    return placed;
  });
}

/** A UUID that is the same for the same rows: an order of them is placed once, whoever else would. */
function orderKey(...parts: readonly string[]): string {
  const hex = createHash('sha256').update(parts.join(' ')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const MAX_REFERENCE = 60;

/** What the rows of one order say is its reference: all of it that there is room for. */
function referenceOf(rows: readonly { readonly reference: string }[]): string {
  const said = [...new Set(rows.map((row) => row.reference))].filter((text) => text !== '');
  let all = '';
  for (const text of said) {
    const longer = all === '' ? text : `${all}, ${text}`;
    if (longer.length <= MAX_REFERENCE) all = longer;
  }
  return all;
}

async function noteObstacles(
  { database }: BulkDeps,
  acting: ActingFor,
  uploadId: string,
  obstacles: ReadonlyMap<string, string>,
): Promise<void> {
  await act(database, acting, ordering(acting, 'orders.file-judged'), async (permitted) => {
    await records.lockUpload(permitted, uploadId);
    // Nothing is known of whom it was where the database itself stopped a line.
    if (obstacles.size === 0) await records.judge(permitted, uploadId);
    else await records.setVerdicts(permitted, uploadId, obstacles);
    await permitted.audit({
      subject: { kind: 'order-upload', id: uploadId },
      changes: { obstacles: obstacles.size },
    });
    return ok(undefined);
  });
}
