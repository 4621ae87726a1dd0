import { crc32, deflateRawSync } from 'node:zlib';

/** A part of an archive; `said` is the size that it claims to unpack to, where that is a lie. */
export interface ZipPart {
  readonly name: string;
  /** The name's bytes where they are no UTF-8, or not said to be. */
  readonly rawName?: Uint8Array;
  readonly content: string | Uint8Array;
  readonly said?: number;
  /** Bits of the general flags beside the one for UTF-8: 1 is encrypted. */
  readonly flags?: number;
  /** Mode of a Unix file: 0o120777 is a link. */
  readonly mode?: number;
}

/** An archive in the ZIP format, as small as it can be. */
export function zip(parts: readonly ZipPart[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const { name, rawName, content, said, flags = 0, mode = 0 } of parts) {
    const bytes = Buffer.from(content);
    const packed = deflateRawSync(bytes);
    const path = Buffer.from(rawName ?? name);
    // Version, UTF-8 names, deflate, no time, check sum, sizes, length of the name, nothing extra.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE((rawName === undefined ? 0x0800 : 0) | flags, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(said ?? bytes.length, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, path, packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE((mode << 16) >>> 0, 6);
    place.writeUInt32LE(at, 10);
    const madeBy = Buffer.from([0x14, mode === 0 ? 0 : 3]);
    central.push(Buffer.concat([Buffer.from('PK\u0001\u0002'), madeBy, common, place, path]));
    locals.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(parts.length, 4);
  end.writeUInt16LE(parts.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...locals, directory, Buffer.from('PK\u0005\u0006'), end]);
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** A workbook with one sheet of texts, as spreadsheets write it: the texts shared between its cells. */
export function workbook(rows: readonly (readonly string[])[], more: readonly ZipPart[] = []): Buffer {
  const strings = [...new Set(rows.flat())];
  const index = new Map(strings.map((text, place) => [text, place]));
  const column = (count: number) => String.fromCharCode(65 + count);
  const cell = (text: string, row: number, place: number) =>
    text === ''
      ? ''
      : `<c r="${column(place)}${String(row + 1)}" t="s"><v>${String(index.get(text))}</v></c>`;
  const sheet = rows
    .map(
      (cells, row) =>
        `<row r="${String(row + 1)}">${cells.map((text, place) => cell(text, row, place)).join('')}</row>`,
    )
    .join('');
  return zip([
    ...workbookParts(`<sheetData>${sheet}</sheetData>`),
    {
      name: 'xl/sharedStrings.xml',
      content: `<sst>${strings.map((text) => `<si><t xml:space="preserve">${escaped(text)}</t></si>`).join('')}</sst>`,
    },
    ...more,
  ]);
}

/** What every workbook has, with this in its only sheet. */
export function workbookParts(sheet: string): ZipPart[] {
  return [
    { name: '[Content_Types].xml', content: '<Types/>' },
    {
      name: 'xl/workbook.xml',
      content:
        '<workbook xmlns:r="r"><sheets><sheet name="Ark1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
    },
    { name: 'xl/worksheets/sheet1.xml', content: `<?xml version="1.0"?><worksheet>${sheet}</worksheet>` },
  ];
}
