import { createHash } from 'node:crypto';
import type { Vault } from '../database/encryption.ts';
import { uuidv7 } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { type PdfProblem, pdfProblem, safeFileName, type SentFile } from '../web/pdf-file.ts';
import { type DocumentError, prepareDocument } from '../workers/index.ts';

export type { SentFile } from '../web/pdf-file.ts';

/** Files with one report, and the size of each in bytes. */
export const MAX_FILES = 3;
export const MAX_FILE_BYTES = 5_000_000;
/** The declared types that the form takes; what a file holds is found out by `prepareFile`. */
export const FILE_TYPES = ['application/pdf', 'image/jpeg', 'image/png'] as const;

/** Why a file is not taken with a report; each has words under `directory:file.*`. */
export type FileProblem = 'too-many' | PdfProblem | DocumentError;

/** A file as it is kept: encrypted; `sha256` and `bytes` are of what was. */
export interface KeptFile {
  readonly id: string;
  readonly fileName: string;
  readonly mediaType: 'application/pdf' | 'image/jpeg';
  readonly content: Buffer;
  readonly sha256: Buffer;
  readonly bytes: number;
}

/** Makes files safe to keep, all of them or none: pictures are drawn anew, PDFs run nothing. */
export async function prepareFiles(
  vault: Vault,
  files: readonly SentFile[],
): Promise<Result<KeptFile[], FileProblem>> {
  if (files.length > MAX_FILES) return err('too-many');
  const kept: KeptFile[] = [];
  for (const file of files) {
    const prepared = await prepareFile(vault, file);
    if (!prepared.ok) return prepared;
    kept.push(prepared.value);
  }
  return ok(kept);
}

async function prepareFile(vault: Vault, { name, bytes }: SentFile): Promise<Result<KeptFile, FileProblem>> {
  if (bytes.length > MAX_FILE_BYTES) return err('too-large');
  if (Buffer.from(bytes.subarray(0, 5)).toString('latin1') === '%PDF-') {
    const problem = pdfProblem(bytes, MAX_FILE_BYTES);
    return problem === undefined
      ? ok(encrypted(vault, 'application/pdf', safeFileName(name), bytes))
      : err(problem);
  }
  const picture = await prepareDocument(bytes);
  if (!picture.ok) return picture;
  return ok(encrypted(vault, 'image/jpeg', safeFileName(name, 'jpg'), picture.value.image));
}

const purposeOf = (id: string) => `vendor-report-file:${id}`;

function encrypted(
  vault: Vault,
  mediaType: KeptFile['mediaType'],
  fileName: string,
  bytes: Uint8Array,
): KeptFile {
  const id = uuidv7();
  return {
    id,
    fileName,
    mediaType,
    content: vault.encrypt(bytes, purposeOf(id)),
    sha256: createHash('sha256').update(bytes).digest(),
    bytes: bytes.length,
  };
}

/** What was encrypted of a file that is kept. */
export const openFile = (vault: Vault, file: Pick<KeptFile, 'id' | 'content'>): Buffer =>
  vault.decryptBytes(file.content, purposeOf(file.id));
