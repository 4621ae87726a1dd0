import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { type Entry, fromRandomAccessReaderPromise, getFileNameLowLevel, RandomAccessReader } from 'yauzl';
import { PHOTO_MAX_BYTES } from '../workers/index.ts';

/** The largest archive, in bytes, and the most photos in it. */
export const MAX_ARCHIVE_BYTES = 100_000_000;
export const MAX_PHOTOS = 1000;

/** Why an archive is not read. Each has words under `bulk:archive.*`. */
export const ARCHIVE_ERRORS = [
  'empty',
  'too-large',
  'not-a-zip',
  'broken',
  'too-many-files',
  'too-much-inside',
  'unsafe-path',
  'encrypted',
  'duplicate-names',
  'archive-inside',
  'no-photos',
  'no-lines',
] as const;
export type ArchiveError = (typeof ARCHIVE_ERRORS)[number];

/** Why an archive is refused as a whole. The message holds nothing of it. */
export class UnreadableArchive extends Error {
  readonly reason: ArchiveError;
  constructor(reason: ArchiveError) {
    super(`The archive cannot be read: ${reason}.`);
    this.name = 'UnreadableArchive';
    this.reason = reason;
  }
}

/** Photos hardly get smaller in an archive, so what all of it comes to is little more than the archive itself. */
const MAX_UNPACKED = 2 * MAX_ARCHIVE_BYTES;
/** Photos, folders and what computers put beside them. */
const MAX_ENTRIES = 5 * MAX_PHOTOS;
/** So many times larger than packed, above this size, nothing is that is a photo. */
const MAX_RATIO = 50;
const RATIO_FROM = 1_000_000;

/** A photo of the archive: its path there, and what is in it. */
export interface ArchivedFile {
  readonly path: string;
  /** Reads it; undefined when it is larger than a photo may be, or cannot be unpacked. */
  read(): Promise<Buffer | undefined>;
}

/** How the archive's bytes are had: those from `start` up to `end`. */
export type ReadRange = (start: number, end: number) => Promise<Buffer>;

const SLICE = 262_144;

class RangeReader extends RandomAccessReader {
  readonly #range: ReadRange;
  constructor(range: ReadRange) {
    super();
    this.#range = range;
  }
  override _readStreamForRange(start: number, end: number): Readable {
    const range = this.#range;
    async function* slices() {
      for (let at = start; at < end; at += SLICE) yield await range(at, Math.min(at + SLICE, end));
    }
    return Readable.from(slices(), { objectMode: false });
  }
}

/**
 * The photos of a ZIP file, in the order of its list. All of the list is judged before anything is unpacked; a photo is unpacked
 * when it is read, and is then in memory alone.
 * @throws {UnreadableArchive}
 */
export async function openArchive(size: number, range: ReadRange): Promise<readonly ArchivedFile[]> {
  if (size === 0) throw new UnreadableArchive('empty');
  if (size > MAX_ARCHIVE_BYTES) throw new UnreadableArchive('too-large');
  const start = await range(0, Math.min(4, size));
  if (!['PK\u0003\u0004', 'PK\u0005\u0006'].includes(start.toString('latin1')))
    throw new UnreadableArchive('not-a-zip');
  const source = watched(range);
  try {
    return await listArchive(size, source);
  } catch (error) {
    source.rethrow();
    // The library's own words may quote a name.
    throw error instanceof UnreadableArchive ? error : new UnreadableArchive('broken');
  }
}

interface Source {
  readonly range: ReadRange;
  /** Throws what kept the bytes from being had: that says nothing of the archive, which is read again later. */
  rethrow(): void;
}

function watched(range: ReadRange): Source {
  let failed: { readonly error: unknown } | undefined;
  return {
    range: async (start, end) => {
      try {
        return await range(start, end);
      } catch (error) {
        failed = { error };
        throw error;
      }
    },
    rethrow: () => {
      if (failed !== undefined) throw failed.error;
    },
  };
}

async function listArchive(size: number, source: Source): Promise<readonly ArchivedFile[]> {
  const zip = await fromRandomAccessReaderPromise(new RangeReader(source.range), size, {
    autoClose: false,
    lazyEntries: true,
    decodeStrings: false,
  });
  if (zip.entryCount > MAX_ENTRIES) throw new UnreadableArchive('too-many-files');
  const judge = entryJudge();
  const files: ArchivedFile[] = [];
  for await (const entry of zip.eachEntry()) {
    const path = judge(entry);
    if (path === undefined) continue;
    if (files.length >= MAX_PHOTOS) throw new UnreadableArchive('too-many-files');
    files.push({ path, read: () => unpack(() => zip.openReadStreamPromise(entry), entry, source) });
  }
  if (files.length === 0) throw new UnreadableArchive('no-photos');
  return files;
}

/** Judges one entry after the other: the path of one that may be a photo, undefined for folders and what is left beside. */
function entryJudge(): (entry: Entry) => string | undefined {
  let unpacked = 0;
  const seen = new Set<string>();
  return (entry) => {
    unpacked += entry.uncompressedSize;
    const swells =
      entry.uncompressedSize > RATIO_FROM && entry.uncompressedSize > MAX_RATIO * entry.compressedSize;
    if (swells || unpacked > MAX_UNPACKED) throw new UnreadableArchive('too-much-inside');
    if (entry.isEncrypted()) throw new UnreadableArchive('encrypted');
    const path = pathOf(entry);
    if (path === undefined || isLink(entry)) throw new UnreadableArchive('unsafe-path');
    if (path.endsWith('/') || isLitter(path)) return undefined;
    if (/\.(?:zip|7z|rar|tar|t?gz|bz2|xz|jar|cab|iso)$/iu.test(path))
      throw new UnreadableArchive('archive-inside');
    // Some systems take names for the same that differ in case or in how an accent is written.
    const same = path.normalize('NFC').toLowerCase();
    if (seen.has(same)) throw new UnreadableArchive('duplicate-names');
    seen.add(same);
    return path;
  };
}

const UTF8_FLAG = 0x0800;

/**
 * An entry's path; undefined for one that leads out of the folder that it would be unpacked to. Macs write UTF-8 without
 * saying so, and Windows writes the letters of its old code page for Northern Europe.
 */
function pathOf(entry: Entry): string | undefined {
  const { fileNameRaw: raw, generalPurposeBitFlag: flags } = entry;
  const path =
    (flags & UTF8_FLAG) === 0 && isUtf8(raw)
      ? raw.toString('utf8')
      : getFileNameLowLevel(flags, raw, entry.extraFields, true).replaceAll('¢', 'ø').replaceAll('¥', 'Ø');
  const parts = path.split('/');
  const leadsOut =
    path === '' || /^\/|^[a-z]:|[\\\p{Cc}]/iu.test(path) || parts.includes('..') || parts.includes('.');
  return leadsOut ? undefined : path;
}

/** A symbolic link, a device, or whatever else of Unix is neither file nor folder. */
function isLink({ externalFileAttributes, versionMadeBy }: Entry): boolean {
  const kind = (externalFileAttributes >>> 28) & 0xf;
  const unix = [3, 19].includes(versionMadeBy >>> 8) || kind === 0xa;
  return unix && ![0, 4, 8].includes(kind);
}

/** What computers put beside photos without being asked. */
function isLitter(path: string): boolean {
  const name = path.split('/').at(-1) ?? '';
  return path.startsWith('__MACOSX/') || name.startsWith('.') || /^(?:thumbs\.db|desktop\.ini)$/iu.test(name);
}

async function unpack(
  open: () => Promise<Readable>,
  entry: Entry,
  source: Source,
): Promise<Buffer | undefined> {
  if (entry.uncompressedSize > PHOTO_MAX_BYTES) return undefined;
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    const stream = await open();
    for await (const piece of stream as AsyncIterable<Buffer>) {
      length += piece.length;
      // The library holds an entry to the size that it says it has; this is what we would not believe it of.
      if (length > PHOTO_MAX_BYTES) {
        stream.destroy();
        return undefined;
      }
      pieces.push(piece);
    }
  } catch {
    source.rethrow();
    return undefined;
  }
  return Buffer.concat(pieces, length);
}
