import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { parse as csvParser } from 'csv-parse';
import sax from 'sax';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { type FileError, MAX_FILE_BYTES } from './rules.ts';

/** A row of a table: where it stands in the file, counted from 1 and growing, and its cells as text. */
export interface SheetRow {
  readonly position: number;
  readonly cells: readonly string[];
  /** The workbook counts days from 1904. */
  readonly from1904?: boolean;
}

/** Why a file is no table that we read. The message holds nothing of the file. */
export class UnreadableFile extends Error {
  readonly reason: FileError;
  constructor(reason: FileError) {
    super(`The file cannot be read: ${reason}.`);
    this.name = 'UnreadableFile';
    this.reason = reason;
  }
}

const MAX_CELLS = 200;
const MAX_ENTRIES = 2000;
/** What a workbook may come to when it is unpacked: ten thousand rows come to a tenth of it. */
const MAX_UNPACKED = 120_000_000;
const MAX_SHARED_CHARACTERS = 30_000_000;
const MAX_POSITION = 2_000_000;
const SLICE = 65_536;

/**
 * The rows of a CSV or XLSX file, found out by its content to be one; read as they are asked for. Formulas are not run: of a
 * cell with one, what the spreadsheet itself last kept as its value is read.
 * @throws {UnreadableFile}
 */
export async function* readSheet(file: Buffer): AsyncGenerator<SheetRow> {
  if (file.length === 0) throw new UnreadableFile('empty');
  if (file.length > MAX_FILE_BYTES) throw new UnreadableFile('too-large');
  const rows = startsWith(file, 0x50, 0x4b, 0x03, 0x04) ? readWorkbook(file) : readText(file);
  yield* rows;
}

function startsWith(file: Buffer, ...bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => file[index] === byte);
}

// Text ----------------------------------------------------------------------------------------------------------------

async function* readText(file: Buffer): AsyncGenerator<SheetRow> {
  if (startsWith(file, 0xd0, 0xcf, 0x11, 0xe0)) throw new UnreadableFile('old-excel');
  const encoding = encodingOf(file);
  if (encoding === undefined) throw new UnreadableFile('not-a-table');
  const { delimiter, skipped } = delimiterOf(firstRecords(file, encoding));
  const parser = csvParser({
    delimiter,
    from_line: 1 + skipped,
    info: true,
    max_record_size: 200_000,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
  const source = Readable.from(decoded(file, encoding)).on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  let position = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      position = Math.max(position + 1, info.lines);
      yield { position, cells: record.slice(0, MAX_CELLS) };
    }
  } catch {
    // The library's own words quote the file.
    throw new UnreadableFile('broken');
  } finally {
    source.destroy();
    parser.destroy();
  }
}

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** How the text is written; undefined when it is none. A file without a mark at its start is judged by its bytes. */
function encodingOf(file: Buffer): Encoding | undefined {
  if (startsWith(file, 0xef, 0xbb, 0xbf)) return 'utf-8';
  if (startsWith(file, 0xff, 0xfe)) return 'utf-16le';
  if (startsWith(file, 0xfe, 0xff)) return 'utf-16be';
  const start = file.subarray(0, 4096);
  const zeros = [0, 1].map((odd) => start.filter((byte, index) => byte === 0 && index % 2 === odd).length);
  const [even = 0, odd = 0] = zeros;
  // Of what is written in Latin letters, every other byte is zero.
  if (odd > start.length / 5 && even < odd / 4) return 'utf-16le';
  if (even > start.length / 5 && odd < even / 4) return 'utf-16be';
  if (file.includes(0)) return undefined;
  return isUtf8(file) ? 'utf-8' : 'windows-1252';
}

function* decoded(file: Buffer, encoding: Encoding): Generator<string> {
  const decoder = new TextDecoder(encoding);
  for (let at = 0; at < file.length; at += SLICE) {
    yield decoder.decode(file.subarray(at, at + SLICE), { stream: at + SLICE < file.length });
  }
}

function firstRecords(file: Buffer, encoding: Encoding): string {
  return new TextDecoder(encoding).decode(file.subarray(0, SLICE));
}

/** The sign that parts the first line most often, outside quotes; Excel's `sep=` says it outright, on a line of its own. */
function delimiterOf(text: string): { readonly delimiter: string; readonly skipped: number } {
  const said = /^sep=([;,\t])\r?\n/iu.exec(text)?.[1];
  if (said !== undefined) return { delimiter: said, skipped: 1 };
  const counts = new Map([';', '\t', ','].map((sign) => [sign, 0]));
  let quoted = false;
  for (const sign of text.trimStart()) {
    if (sign === '"') quoted = !quoted;
    else if (!quoted && (sign === '\n' || sign === '\r')) break;
    else if (!quoted && counts.has(sign)) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  }
  const [most = [';', 0]] = [...counts].sort(([, a], [, b]) => b - a);
  return { delimiter: most[0], skipped: 0 };
}

// Workbooks -----------------------------------------------------------------------------------------------------------

async function* readWorkbook(file: Buffer): AsyncGenerator<SheetRow> {
  try {
    const zip = await fromBufferPromise(file, { lazyEntries: true, strictFileNames: true });
    const entries = await entriesOf(zip);
    const { path, from1904 } = await firstSheet(zip, entries);
    const strings = await sharedStrings(zip, entries);
    for await (const row of sheetRows(zip, entries.get(path), strings)) {
      yield from1904 ? { ...row, from1904 } : row;
    }
  } catch (error) {
    // The libraries' own words may quote the file.
    throw error instanceof UnreadableFile ? error : new UnreadableFile('broken');
  }
}

/** What is in the file, by name, when it is no bomb: the library holds every part to the size that it says it has. */
async function entriesOf(zip: ZipFile): Promise<Map<string, Entry>> {
  if (zip.entryCount > MAX_ENTRIES) throw new UnreadableFile('too-much-inside');
  const entries = new Map<string, Entry>();
  let unpacked = 0;
  for await (const entry of zip.eachEntry()) {
    unpacked += entry.uncompressedSize;
    if (unpacked > MAX_UNPACKED) throw new UnreadableFile('too-much-inside');
    if (entry.isEncrypted() || entries.has(entry.fileName)) throw new UnreadableFile('broken');
    entries.set(entry.fileName, entry);
  }
  if (!entries.has('xl/workbook.xml')) throw new UnreadableFile('not-a-table');
  return entries;
}

async function* textOf(zip: ZipFile, entry: Entry | undefined): AsyncGenerator<string> {
  if (entry === undefined) return;
  const decoder = new TextDecoder();
  const stream = await zip.openReadStreamPromise(entry);
  try {
    for await (const bytes of stream as AsyncIterable<Buffer>) yield decoder.decode(bytes, { stream: true });
    yield decoder.decode();
  } finally {
    stream.destroy();
  }
}

interface XmlHandlers {
  readonly open?: (name: string, attributes: Readonly<Record<string, string>>) => void;
  readonly text?: (text: string) => void;
  readonly close?: (name: string) => void;
}

/** A reader of XML that is fed piece by piece; names without their prefix. What brings a document type is refused. */
function xmlReader({ open, text, close }: XmlHandlers): sax.SAXParser {
  const parser = sax.parser(true, { position: false });
  const plain = (name: string) => name.slice(name.indexOf(':') + 1);
  parser.onerror = () => {
    throw new UnreadableFile('broken');
  };
  parser.ondoctype = () => {
    throw new UnreadableFile('too-much-inside');
  };
  parser.onopentag = ({ name, attributes }) => {
    open?.(plain(name), attributes as Record<string, string>);
  };
  if (text) parser.ontext = parser.oncdata = text;
  if (close)
    parser.onclosetag = (name) => {
      close(plain(name));
    };
  return parser;
}

async function readXml(zip: ZipFile, entry: Entry | undefined, handlers: XmlHandlers): Promise<void> {
  const reader = xmlReader(handlers);
  for await (const piece of textOf(zip, entry)) reader.write(piece);
  reader.close();
}

/** Where the first sheet that is shown lies, and whether the workbook counts days from 1904, as old Macs did. */
async function firstSheet(
  zip: ZipFile,
  entries: ReadonlyMap<string, Entry>,
): Promise<{ readonly path: string; readonly from1904: boolean }> {
  let wanted: string | undefined;
  let from1904 = false;
  await readXml(zip, entries.get('xl/workbook.xml'), {
    open: (name, attributes) => {
      if (name === 'workbookPr') from1904 = ['1', 'true'].includes(attributes['date1904'] ?? '');
      if (name !== 'sheet' || (attributes['state'] ?? 'visible') !== 'visible') return;
      wanted ??= Object.entries(attributes).find(([key]) => /^\w+:id$/u.test(key))?.[1];
    },
  });
  let target: string | undefined;
  await readXml(zip, entries.get('xl/_rels/workbook.xml.rels'), {
    open: (name, attributes) => {
      if (name === 'Relationship' && attributes['Id'] === wanted) target ??= attributes['Target'];
    },
  });
  // It is looked for among what the file holds, and nowhere else.
  const path = target?.startsWith('/') === true ? target.slice(1) : `xl/${target ?? ''}`;
  if (!entries.has(path)) throw new UnreadableFile('broken');
  return { path, from1904 };
}

async function sharedStrings(zip: ZipFile, entries: ReadonlyMap<string, Entry>): Promise<string[]> {
  const strings: string[] = [];
  const reading = cellText();
  let characters = 0;
  await readXml(zip, entries.get('xl/sharedStrings.xml'), {
    open: reading.open,
    text: reading.text,
    close: (name) => {
      reading.close(name);
      if (name !== 'si') return;
      const text = reading.take().slice(0, 400);
      characters += text.length;
      if (characters > MAX_SHARED_CHARACTERS) throw new UnreadableFile('too-much-inside');
      strings.push(text);
    },
  });
  return strings;
}

/** Gathers what is written in `t` and `v`, but not how it is pronounced, and no formula. */
function cellText() {
  let taken = '';
  let within = 0;
  let spoken = 0;
  return {
    open: (name: string) => {
      if (name === 'rPh') spoken += 1;
      if (name === 't' || name === 'v') within += 1;
    },
    text: (text: string) => {
      if (within > 0 && spoken === 0 && taken.length < 100_000) taken += text;
    },
    close: (name: string) => {
      if (name === 'rPh') spoken -= 1;
      if (name === 't' || name === 'v') within -= 1;
    },
    take: () => {
      const text = taken;
      taken = '';
      return text;
    },
  };
}

async function* sheetRows(
  zip: ZipFile,
  entry: Entry | undefined,
  strings: readonly string[],
): AsyncGenerator<SheetRow> {
  const ready: SheetRow[] = [];
  const reading = cellText();
  let position = 0;
  let cells: string[] = [];
  let cell = { column: -1, type: 'n' };
  const reader = xmlReader({
    open: (name, attributes) => {
      reading.open(name);
      if (name === 'row') {
        cells = [];
        cell = { column: -1, type: 'n' };
        position = Math.max(position + 1, Math.min(Number(attributes['r'] ?? 0) || 0, MAX_POSITION));
      } else if (name === 'c') {
        reading.take();
        cell = { column: columnOf(attributes['r']) ?? cell.column + 1, type: attributes['t'] ?? 'n' };
      }
    },
    text: reading.text,
    close: (name) => {
      reading.close(name);
      if (name === 'c' && cell.column < MAX_CELLS) {
        while (cells.length < cell.column) cells.push('');
        cells[cell.column] = valueOf(reading.take(), cell.type, strings);
      }
      if (name === 'row' && cells.some((text) => text !== '')) ready.push({ position, cells });
    },
  });
  for await (const piece of textOf(zip, entry)) {
    reader.write(piece);
    yield* ready.splice(0);
  }
  reader.close();
  yield* ready.splice(0);
}

/** The column of a cell such as `AB12`, counted from 0. */
function columnOf(reference: string | undefined): number | undefined {
  const letters = /^([A-Z]{1,3})[0-9]*$/u.exec(reference ?? '')?.[1];
  if (letters === undefined) return undefined;
  return Array.from(letters).reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

function valueOf(text: string, type: string, strings: readonly string[]): string {
  if (type === 's') return strings[Number(text)] ?? '';
  if (type === 'e') return '';
  // Long numbers are kept as 1.5019012345E10.
  if (type === 'n' && /[eE]/u.test(text) && Number.isSafeInteger(Number(text))) return String(Number(text));
  return text;
}
