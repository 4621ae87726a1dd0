import { z } from 'zod';
import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { preparePhoto } from '../workers/index.ts';
import { type ArchivedFile, openArchive, type ReadRange, UnreadableArchive } from './photo-archive.ts';
import { createNameMatcher, type Wanted } from './photo-names.ts';
import * as records from './photo-records.ts';
import { cleanCell, withoutNumbers } from './rules.ts';

export interface PhotoReadingDeps {
  readonly database: Pick<Database, 'request'>;
  readonly vault: Pick<Vault, 'decryptBytes'>;
}

/** An archive is kept in parts of so many bytes, each encrypted for its place in its archive. */
export const PART_BYTES = 1_000_000;
export const partPurpose = (archiveId: string, position: number) =>
  `photo-archive:${archiveId}:${String(position)}`;

/** Enqueued with `{ archiveId }` when an archive has come. */
export const readPhotosTask = 'bulk.read-photos';
const payloadShape = z.object({ archiveId: z.uuid() });

/**
 * Reads an archive: finds whose each photo is, and prepares each as a single upload is. Goes on where an earlier try broke off;
 * does nothing for an archive that has been read.
 */
export async function readPhotos(deps: PhotoReadingDeps, payload: unknown): Promise<void> {
  const { archiveId } = payloadShape.parse(payload);
  const { database } = deps;
  const archive = await asJob(database, (transaction) => records.findArchive(transaction, archiveId));
  if (archive === undefined || !['waiting', 'reading'].includes(archive.state)) return;
  try {
    const files = await openArchive(archive.bytes, rangesOf(deps, archiveId));
    const positions = await asJob(database, (transaction) => listFiles(transaction, archive, files));
    for (const position of positions) await prepareOne(database, archiveId, position, files[position]);
    await asJob(database, (transaction) => finish(transaction, archive));
  } catch (error) {
    if (!(error instanceof UnreadableArchive)) throw error;
    await asJob(database, (transaction) =>
      records.setArchiveState(transaction, archiveId, 'failed', error.reason),
    );
  }
}

function asJob<T>(
  database: Pick<Database, 'request'>,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  return inTransaction(database, { kind: 'job', name: readPhotosTask }, work);
}

/** Bytes of the archive as they are asked for. The part that was read last is at hand, since what is asked for next is near. */
function rangesOf({ database, vault }: PhotoReadingDeps, archiveId: string): ReadRange {
  let last: { readonly position: number; readonly bytes: Buffer } | undefined;
  const part = async (position: number): Promise<Buffer> => {
    if (last?.position === position) return last.bytes;
    const stored = await asJob(database, (transaction) => records.readPart(transaction, archiveId, position));
    const bytes = vault.decryptBytes(stored, partPurpose(archiveId, position));
    last = { position, bytes };
    return bytes;
  };
  return async (start, end) => {
    const pieces: Buffer[] = [];
    for (let at = start; at < end;) {
      const position = Math.floor(at / PART_BYTES);
      const from = at - position * PART_BYTES;
      const piece = (await part(position)).subarray(from, from + end - at);
      if (piece.length === 0) throw new UnreadableArchive('broken');
      pieces.push(piece);
      at += piece.length;
    }
    return Buffer.concat(pieces);
  };
}

/** Writes down what there is and whose it is, once; returns the positions of what is yet to be read. */
async function listFiles(
  transaction: Transaction,
  archive: records.Archive,
  files: readonly ArchivedFile[],
): Promise<readonly number[]> {
  await records.lockArchive(transaction, archive.id);
  const now = await records.findArchive(transaction, archive.id);
  if (now?.state === 'waiting') {
    const wanted = await records.wantedLines(transaction, archive.id);
    if (wanted.length === 0) throw new UnreadableArchive('no-lines');
    await records.insertFiles(transaction, archive.id, matchFiles(wanted, files));
    await records.setArchiveState(transaction, archive.id, 'reading');
  }
  return records.unreadPositions(transaction, archive.id);
}

const MAX_NAME = 200;

/** Whose each file is. Of several that are one worker's, none is: a person says which. Pure. */
function matchFiles(
  wanted: readonly Wanted[],
  files: readonly Pick<ArchivedFile, 'path'>[],
): records.ListedFile[] {
  const match = createNameMatcher(wanted);
  const listed = files.map(({ path }, position): records.ListedFile => {
    const found = match(path);
    const name = withoutNumbers(cleanCell(path.split('/').at(-1) ?? '')).slice(0, MAX_NAME);
    if (found.kind === 'one') return { position, name, finding: found.by, lineId: found.lineId };
    return { position, name, finding: found.kind, lineId: undefined };
  });
  const perLine = Map.groupBy(listed, ({ lineId }) => lineId);
  return listed.map((file) =>
    file.lineId !== undefined && (perLine.get(file.lineId)?.length ?? 0) > 1
      ? { ...file, finding: 'same-worker', lineId: undefined }
      : file,
  );
}

async function prepareOne(
  database: Pick<Database, 'request'>,
  archiveId: string,
  position: number,
  file: ArchivedFile | undefined,
): Promise<void> {
  const bytes = await file?.read();
  const prepared = bytes && (await preparePhoto(bytes));
  // What cannot be unpacked is broken, or larger than a photo may be.
  const photo = prepared === undefined ? 'broken' : prepared.ok ? prepared.value : prepared.error;
  await asJob(database, (transaction) => records.setRead(transaction, archiveId, position, photo));
}

async function finish(transaction: Transaction, archive: records.Archive): Promise<void> {
  await records.lockArchive(transaction, archive.id);
  // Another process has, that took it up meanwhile.
  if ((await records.findArchive(transaction, archive.id))?.state !== 'reading') return;
  await records.setArchiveState(transaction, archive.id, 'read');
  const counts = await records.countFiles(transaction, archive.id);
  await appendAudit(transaction, {
    businessId: archive.businessId,
    ...(archive.vendorId === null ? {} : { vendorId: archive.vendorId }),
    ...(archive.mandateId === null ? {} : { mandateId: archive.mandateId }),
    action: 'photos.archive-read',
    decision: 'allowed',
    subject: { kind: 'photo-archive', id: archive.id },
    changes: { photos: counts.all, matched: counts.matched, refused: counts.refused },
  });
}
