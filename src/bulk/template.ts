import { crc32 } from 'node:zlib';

/** A part of an archive: its path and its text. */
interface Part {
  readonly path: string;
  readonly text: string;
}

/** An archive in the ZIP format of a few small parts, none of them packed; its bytes are always the same. */
function archive(parts: readonly Part[]): Buffer {
  const written = parts.map(({ path, text }) => {
    const [name, content] = [Buffer.from(path), Buffer.from(text)];
    // Version 2.0, names in UTF-8, not packed, 1 January 1980, check sum, both sizes, length of the name, nothing extra.
    const about = Buffer.alloc(26);
    about.writeUInt16LE(20, 0);
    about.writeUInt16LE(0x0800, 2);
    about.writeUInt16LE(0x0021, 8);
    about.writeUInt32LE(crc32(content), 10);
    about.writeUInt32LE(content.length, 14);
    about.writeUInt32LE(content.length, 18);
    about.writeUInt16LE(name.length, 22);
    return { name, about, local: Buffer.concat([Buffer.from('PK\u0003\u0004'), about, name, content]) };
  });
  let at = 0;
  const listed = written.map(({ name, about, local }) => {
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    at += local.length;
    return Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000'), about, place, name]);
  });
  const list = Buffer.concat(listed);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(parts.length, 4);
  end.writeUInt16LE(parts.length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...written.map(({ local }) => local), list, Buffer.from('PK\u0005\u0006'), end]);
}

const SPREADSHEET = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/package/2006/relationships';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
const START = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** A relation of a part to others, by their paths. */
const relations = (targets: readonly (readonly [string, string])[]) =>
  `${START}<Relationships xmlns="${RELATIONS}">${targets
    .map(
      ([kind, target], index) =>
        `<Relationship Id="rId${String(index + 1)}" Type="${OFFICE}/${kind}" Target="${target}"/>`,
    )
    .join('')}</Relationships>`;

/** Texts alone, in bold for the headings: a number that starts with a zero keeps it, and a date stays as it is typed. */
const STYLES = `${START}<styleSheet xmlns="${SPREADSHEET}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs></styleSheet>`;

/** A workbook (XLSX) of one sheet with these headings and nothing under them; its columns hold texts. At most 26 headings. */
export function workbookTemplate(sheetName: string, headings: readonly string[]): Buffer {
  const cells = headings.map(
    (heading, at) =>
      `<c r="${String.fromCharCode(65 + at)}1" s="2" t="inlineStr"><is><t>${escaped(heading)}</t></is></c>`,
  );
  const columns = headings.map((heading, at) => {
    const place = String(at + 1);
    return `<col min="${place}" max="${place}" width="${String(Math.max(16, heading.length + 4))}" style="1" customWidth="1"/>`;
  });
  return archive([
    {
      path: '[Content_Types].xml',
      text: `${START}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPE}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${TYPE}.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="${TYPE}.styles+xml"/></Types>`,
    },
    { path: '_rels/.rels', text: relations([['officeDocument', 'xl/workbook.xml']]) },
    {
      path: 'xl/workbook.xml',
      text: `${START}<workbook xmlns="${SPREADSHEET}" xmlns:r="${OFFICE}"><sheets><sheet name="${escaped(sheetName)}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    },
    {
      path: 'xl/_rels/workbook.xml.rels',
      text: relations([
        ['worksheet', 'worksheets/sheet1.xml'],
        ['styles', 'styles.xml'],
      ]),
    },
    { path: 'xl/styles.xml', text: STYLES },
    {
      path: 'xl/worksheets/sheet1.xml',
      text: `${START}<worksheet xmlns="${SPREADSHEET}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${columns.join('')}</cols><sheetData><row r="1">${cells.join('')}</row></sheetData></worksheet>`,
    },
  ]);
}
