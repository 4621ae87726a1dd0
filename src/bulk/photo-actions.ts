import { createHash } from 'node:crypto';
import { act, type ActingFor, look, type Permitted, type Refused } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import type { ContextFacts } from '../database/transaction.ts';
import { enqueue } from '../jobs/index.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { keepPhoto, photoRequest } from '../orders/index.ts';
import { discloseWorkers } from '../workers/index.ts';
import type { TooMany } from './actions.ts';
import { type ArchiveError, MAX_ARCHIVE_BYTES } from './photo-archive.ts';
import { PART_BYTES, partPurpose, readPhotosTask } from './photo-reading.ts';
import * as records from './photo-records.ts';
import { uploadsInADay } from './records.ts';
import { cleanCell, withoutNumbers } from './rules.ts';

export interface PhotoDeps {
  readonly database: Pick<Database, 'request'>;
  readonly vault: Pick<Vault, 'encrypt'>;
  /** How many files and archives of photos the business itself, or a vendor for it, sends in 24 hours. */
  readonly uploadsPerDay: number;
}

/** As whoever may put one photo on a line. */
const asking = (action: string) => ({ ...photoRequest(), action });

export interface SendArchive {
  /** A UUID of the form: the same key is the same archive, however often it is sent. */
  readonly key: string;
  readonly fileName: string;
  readonly archive: Blob;
  readonly purpose: records.Purpose;
}

/** Keeps an archive in parts, to be read soon. */
export async function sendArchive(
  { database, vault, uploadsPerDay }: PhotoDeps,
  acting: ActingFor,
  { key, fileName, archive, purpose }: SendArchive,
): Promise<Result<{ readonly archiveId: string }, ArchiveError | TooMany | 'missing' | Refused>> {
  type Sent = { readonly archiveId: string };
  const request = asking('photos.archive-sent');
  return act<Sent, ArchiveError | TooMany | 'missing'>(database, acting, request, async (permitted) => {
    if (!(await records.isThere(permitted, purpose))) return err('missing');
    if ((await records.countLacking(permitted, purpose)) === 0) return err('no-lines');
    if (archive.size === 0) return err('empty');
    if (archive.size > MAX_ARCHIVE_BYTES) return err('too-large');
    const sentBefore = await uploadsInADay(permitted);
    if ((await records.findArchive(permitted, key)) !== undefined) return ok({ archiveId: key });
    if (sentBefore >= uploadsPerDay) return err('too-many-today');
    const name = withoutNumbers(cleanCell(fileName)).slice(0, 100);
    const bytes = archive.size;
    if (!(await records.insertArchive(permitted, { id: key, fileName: name, bytes, purpose })))
      return err('missing');
    const sha256 = await keepParts(permitted, vault, key, archive);
    await enqueue(permitted, readPhotosTask, { archiveId: key }, { key: `${readPhotosTask}:${key}` });
    await permitted.audit({
      subject: { kind: 'photo-archive', id: key },
      changes: { bytes: archive.size, sha256, ...purpose },
    });
    return ok({ archiveId: key });
  });
}

async function keepParts(
  permitted: Permitted,
  vault: PhotoDeps['vault'],
  archiveId: string,
  archive: Blob,
): Promise<string> {
  const digest = createHash('sha256');
  for (let position = 0; position * PART_BYTES < archive.size; position += 1) {
    const start = position * PART_BYTES;
    const bytes = Buffer.from(await archive.slice(start, start + PART_BYTES).arrayBuffer());
    digest.update(bytes);
    const content = vault.encrypt(bytes, partPurpose(archiveId, position));
    await records.insertPart(permitted, { archiveId, position, content });
  }
  return digest.digest('hex');
}

/** `missing`: there is no such archive or photo for the asker. `too-late`: it is in another state by now. */
export type PhotoActionError = 'missing' | 'too-late';

/** Says of one photo whose it is, or leaves it out; it goes on its line with the others. */
export async function assignPhoto(
  { database }: Pick<PhotoDeps, 'database'>,
  acting: ActingFor,
  {
    archiveId,
    fileId,
    lineId,
  }: { readonly archiveId: string; readonly fileId: string; readonly lineId: string | undefined },
): Promise<Result<undefined, PhotoActionError | Refused>> {
  const request = asking(lineId === undefined ? 'photos.left-out' : 'photos.assigned');
  return act<undefined, PhotoActionError>(database, acting, request, async (permitted) => {
    await records.lockArchive(permitted, archiveId);
    const archive = await records.findArchive(permitted, archiveId);
    const file = await records.findFile(permitted, archiveId, fileId);
    if (archive === undefined || file === undefined) return err('missing');
    const open =
      lineId === undefined ||
      lineId === file.lineId ||
      (await records.isOpenLine(permitted, archive, lineId));
    if (archive.state !== 'read' || !open) return err('too-late');
    const becomes =
      lineId === undefined
        ? ({ state: 'left-out' } as const)
        : ({ state: 'ready', finding: 'by-hand', lineId } as const);
    if (!(await records.setFile(permitted, fileId, becomes))) return err('too-late');
    await permitted.audit({
      subject: { kind: 'photo-archive', id: archiveId },
      changes: { fileId, ...(lineId === undefined ? {} : { lineId }) },
    });
    return ok(undefined);
  });
}

/** How many photos went on their lines, and how many lines did not take theirs any more. */
export interface PlacedPhotos {
  readonly placed: number;
  readonly tooLate: number;
}

/** Puts every photo that is somebody's on that line, each in a transaction of its own and once, by the rules of a single one. */
export async function placePhotos(
  { database }: Pick<PhotoDeps, 'database'>,
  acting: ActingFor,
  archiveId: string,
): Promise<Result<PlacedPhotos, PhotoActionError | Refused>> {
  const found = await look(database, acting, asking('photos.considered'), async (permitted) => {
    const archive = await records.findArchive(permitted, archiveId);
    return archive && { archive, files: await records.matchedFiles(permitted, archiveId) };
  });
  if (!found.ok) return found;
  if (found.value === undefined) return err('missing');
  if (found.value.archive.state !== 'read') return err('too-late');
  const sum = { placed: 0, tooLate: 0 };
  for (const file of found.value.files) {
    const placed = await placeOne(database, acting, file);
    if (placed.ok) {
      sum.placed += 1;
      continue;
    }
    const { error } = placed;
    if (typeof error !== 'string') return err(error);
    // Another window has placed it.
    if (error === 'gone') continue;
    sum.tooLate += 1;
    await noteTooLate(database, acting, archiveId, file.fileId);
  }
  return ok(sum);
}

type MatchedFile = Awaited<ReturnType<typeof records.matchedFiles>>[number];

function placeOne(
  database: PhotoDeps['database'],
  acting: ActingFor,
  { fileId, orderId, lineId }: MatchedFile,
) {
  return act<undefined, 'gone' | 'missing' | 'too-late' | 'held'>(
    database,
    acting,
    photoRequest(),
    async (permitted) => {
      const photo = await records.takePhoto(permitted, fileId, lineId);
      if (photo === undefined) return err('gone');
      const kept = await keepPhoto(permitted, { orderId, lineId }, photo);
      if (!kept.ok) return kept;
      await records.setFile(permitted, fileId, { state: 'placed' });
      return ok(undefined);
    },
  );
}

async function noteTooLate(
  database: PhotoDeps['database'],
  acting: ActingFor,
  archiveId: string,
  fileId: string,
): Promise<void> {
  await act(database, acting, asking('photos.not-taken'), async (permitted) => {
    await records.setFile(permitted, fileId, { state: 'ready', finding: 'too-late', lineId: null });
    await permitted.audit({ subject: { kind: 'photo-archive', id: archiveId }, changes: { fileId } });
    return ok(undefined);
  });
}

// What the pages show ---------------------------------------------------------------------------------------------------

const FILES_A_PAGE = 50;
const ARCHIVES_SHOWN = 10;

export interface PhotoStartView {
  readonly facts: ContextFacts;
  readonly lacking: number;
  readonly archives: readonly records.Archive[];
}

/** What there is before photos are sent: how many lines lack one, and the asker's latest archives for them; `missing` for another's. */
export async function photoStartView(
  { database }: Pick<PhotoDeps, 'database'>,
  acting: ActingFor,
  purpose: records.Purpose,
): Promise<Result<PhotoStartView, Refused>> {
  const shown = await look(database, acting, asking('photos.archives-seen'), async (permitted) => {
    if (!(await records.isThere(permitted, purpose))) return undefined;
    return {
      facts: permitted.facts,
      lacking: await records.countLacking(permitted, purpose),
      archives: await records.latestArchives(permitted, purpose, ARCHIVES_SHOWN),
    };
  });
  if (!shown.ok) return shown;
  return shown.value === undefined ? err({ kind: 'missing' }) : ok(shown.value);
}

export interface ArchiveView {
  readonly facts: ContextFacts;
  readonly archive: records.Archive;
  readonly counts: Awaited<ReturnType<typeof records.countFiles>>;
  readonly files: readonly records.PhotoFile[];
  readonly pages: number;
}

/** One archive with a page of its photos; `missing` for what is not there and for what is another's alike. */
export async function archiveView(
  { database }: Pick<PhotoDeps, 'database'>,
  acting: ActingFor,
  query: { readonly archiveId: string; readonly filter: records.PhotoFilter; readonly page: number },
): Promise<Result<ArchiveView, Refused>> {
  const { archiveId, filter, page } = query;
  const shown = await look(database, acting, asking('photos.archive-seen'), async (permitted) => {
    const archive = await records.findArchive(permitted, archiveId);
    if (archive === undefined) return undefined;
    const counts = await records.countFiles(permitted, archiveId);
    const offset = (page - 1) * FILES_A_PAGE;
    const files =
      archive.state === 'read'
        ? await records.listFiles(permitted, archiveId, { filter, offset, limit: FILES_A_PAGE })
        : [];
    await disclose(
      permitted,
      files.map(({ workerId }) => workerId),
    );
    return {
      facts: permitted.facts,
      archive,
      counts,
      files,
      pages: Math.max(1, Math.ceil(counts[filter] / FILES_A_PAGE)),
    };
  });
  if (!shown.ok) return shown;
  return shown.value === undefined ? err({ kind: 'missing' }) : ok(shown.value);
}

export interface FileView {
  readonly facts: ContextFacts;
  readonly archive: records.Archive;
  readonly file: records.PhotoFile;
  readonly lines: readonly records.OpenLine[];
}

/** One photo, with those whose it may be. */
export async function fileView(
  { database }: Pick<PhotoDeps, 'database'>,
  acting: ActingFor,
  { archiveId, fileId }: { readonly archiveId: string; readonly fileId: string },
): Promise<Result<FileView, Refused>> {
  const shown = await look(database, acting, asking('photos.file-seen'), async (permitted) => {
    const archive = await records.findArchive(permitted, archiveId);
    const file = await records.findFile(permitted, archiveId, fileId);
    if (archive?.state !== 'read' || file === undefined) return undefined;
    const lines = await records.openLines(permitted, archive);
    await disclose(permitted, [file.workerId, ...lines.map(({ workerId }) => workerId)]);
    return { facts: permitted.facts, archive, file, lines };
  });
  if (!shown.ok) return shown;
  return shown.value === undefined ? err({ kind: 'missing' }) : ok(shown.value);
}

/** The thumbnail of a photo that its uploader has not put on a line yet. */
export async function fileThumbnail(
  { database }: Pick<PhotoDeps, 'database'>,
  acting: ActingFor,
  { archiveId, fileId }: { readonly archiveId: string; readonly fileId: string },
): Promise<Result<Buffer, Refused>> {
  const shown = await look(database, acting, asking('photos.file-seen'), (permitted) =>
    records.thumbnailOf(permitted, archiveId, fileId),
  );
  if (!shown.ok) return shown;
  return shown.value === undefined ? err({ kind: 'missing' }) : ok(shown.value);
}

async function disclose(permitted: Permitted, workerIds: readonly (string | null)[]): Promise<void> {
  if (!permitted.decide('workers.read').allowed) return;
  const ids = [...new Set(workerIds.flatMap((id) => (id === null ? [] : [id])))];
  await discloseWorkers(permitted, ids, ['name'], 'photo-archive');
}
