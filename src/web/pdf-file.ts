import type { Context } from 'hono';
import { inflateSync } from 'node:zlib';
import type { AppEnv } from './context.ts';

/** A file as it was sent, before it is known what it is. */
export interface SentFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Why a file that somebody sends is not taken as a PDF. Pages have words for each. */
export type PdfProblem = 'empty' | 'too-large' | 'not-pdf' | 'encrypted' | 'active';

/** What a PDF's packed objects may come to, altogether: more is no document that people wrote. */
const MAX_UNPACKED = 100_000_000;

/** A name of PDF as a pattern: any of its letters may be written as `#` and two hexadecimal digits. */
function named(...names: readonly string[]): RegExp {
  const spelt = (letter: string) => {
    const hex = Buffer.from(letter).toString('hex');
    return `(?:${letter}|#${hex}|#${hex.toUpperCase()})`;
  };
  const patterns = names.map((name) => name.replaceAll(/[A-Za-z]/gu, spelt));
  return new RegExp(`/(?:${patterns.join('|')})(?![A-Za-z0-9])`, 'u');
}

const ENCRYPTED = named('Encrypt');
const PACKED = named('ObjStm');
const FILTER = named('Filter');
/** What a reader of PDFs may run, start or take out of the file. */
const ACTIVE = named(
  'JavaScript',
  'Launch',
  'EmbeddedFile',
  'EmbeddedFiles',
  'RichMedia',
  'Rendition',
  'XFA',
);

/**
 * Why bytes are no PDF to be kept and handed on, by what they hold and whatever the file is called; undefined when they are
 * one. What is packed inside is unpacked and looked at too. Nothing in the file is run.
 */
export function pdfProblem(bytes: Uint8Array, maxBytes: number): PdfProblem | undefined {
  if (bytes.length === 0) return 'empty';
  if (bytes.length > maxBytes) return 'too-large';
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const text = file.toString('latin1');
  if (!text.startsWith('%PDF-') || !text.slice(-1024).includes('%%EOF')) return 'not-pdf';
  if (ENCRYPTED.test(text)) return 'encrypted';
  if (ACTIVE.test(text)) return 'active';
  return packedProblem(file, text);
}

/** As `pdfProblem`, of the objects that newer PDFs keep in compressed streams. */
function packedProblem(file: Buffer, text: string): 'not-pdf' | 'active' | undefined {
  let [before, room] = [0, MAX_UNPACKED];
  for (const { index, 0: word } of text.matchAll(/(?<!end)stream\r?\n/gu)) {
    const dictionary = text.slice(before, index);
    before = index + word.length;
    if (!PACKED.test(dictionary) || !FILTER.test(dictionary)) continue;
    const objects = unpack(file.subarray(before), room);
    if (objects === undefined) return 'not-pdf';
    room -= objects.length;
    if (ACTIVE.test(objects)) return 'active';
  }
  return undefined;
}

/** Undefined when it is packed in another way than the one that programs use for this, damaged, or too large. */
function unpack(packed: Buffer, room: number): string | undefined {
  try {
    return inflateSync(packed, { maxOutputLength: Math.max(room, 1) }).toString('latin1');
  } catch {
    return undefined;
  }
}

/** A file's name as it may stand in a header and on a disk: its own letters, no path, no control characters, and what it is. */
export function safeFileName(name: string, extension: 'pdf' | 'jpg' = 'pdf'): string {
  const last = name.split(/[/\\]/u).at(-1) ?? '';
  const stem = last
    .replace(/\.(?:pdf|jpe?g|png)$/iu, '')
    .normalize('NFC')
    .replace(/[\p{C}"]+/gu, '')
    .trim()
    .slice(0, 120);
  return `${stem === '' ? 'vedlegg' : stem}.${extension}`;
}

/** The files of a form's field `file`, in their order. */
export async function sentFiles(form: FormData): Promise<SentFile[]> {
  const chosen = form.getAll('file').filter((sent) => sent instanceof File);
  return Promise.all(
    chosen
      .filter(({ size, name }) => size > 0 || name !== '')
      .map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
  );
}

/** The file of a form's field `file`; undefined when none was chosen. */
export async function sentFile(form: FormData): Promise<SentFile | undefined> {
  return (await sentFiles(form))[0];
}

interface KeptFile {
  readonly fileName: string;
  readonly content: Buffer;
}

/** Answers with a PDF that people sent, as `fileAnswer` does. */
export const pdfAnswer = (c: Context<AppEnv>, file: KeptFile): Response =>
  fileAnswer(c, { ...file, mediaType: 'application/pdf' });

/** Answers with a file that people sent: as a download, so that it never runs in a page of ours. */
export function fileAnswer(
  c: Context<AppEnv>,
  { fileName, content, mediaType }: KeptFile & { readonly mediaType: string },
): Response {
  const ascii = fileName.replace(/[^\x20-\x7E]+/gu, '_').replace(/["\\%]/gu, '_');
  return c.body(Uint8Array.from(content), 200, {
    'Content-Type': mediaType,
    'Content-Disposition': `attachment; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(fileName)}`,
  });
}
