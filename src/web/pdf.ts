import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import PDFDocument from 'pdfkit';
import type { Language } from '../kernel/language.ts';

/** What a PDF says about itself. */
export interface PdfOptions {
  readonly title: string;
  readonly language: Language;
  /** When it was made: with the same moment and content, the file is the same. */
  readonly at: Date;
}

/** One column of a table; numbers stand to the right. `share` is of the page's width, the shares add up to one. */
export interface PdfColumn {
  readonly header: string;
  readonly share: number;
  readonly align?: 'left' | 'right';
}

/** What can be put on the pages, from the top down; a new page begins where one is full. */
export interface PdfWriter {
  heading(level: 1 | 2, text: string): void;
  paragraph(text: string): void;
  list(items: readonly string[]): void;
  /** A part that begins on a page of its own, in a language of its own (BCP 47). */
  section(language: string, draw: (writer: PdfWriter) => void): void;
  /** A picture as PNG or JPEG, so many points wide (72 to an inch), with what it says in words. */
  image(picture: Buffer, options: { readonly alt: string; readonly width: number }): void;
  /** What something is called, and beside it what it is. */
  terms(items: readonly (readonly [term: string, value: string])[]): void;
  /** `last` rows are sums and stand out. */
  table(columns: readonly PdfColumn[], rows: readonly (readonly string[])[], last?: number): void;
}

const MARGIN = 56;
const FOOT = 72;
const sizes = { 1: 20, 2: 13 } as const;
const TEXT_SIZE = 10;
const GAP = 8;

type FontSource = PDFKit.Mixins.PDFFontSource;

/** Reads a font: what pdfkit has made of a file it also takes in place of one. */
function read(name: string): object {
  const file = readFileSync(fileURLToPath(import.meta.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`)));
  const document = new PDFDocument({ font: file as FontSource & string, autoFirstPage: false });
  return (document as Document & { readonly _font: { readonly font: object } })._font.font;
}
let fonts: { readonly regular: object; readonly bold: object } | undefined;

/**
 * A font for one document. Reading one takes most of what a document costs, and is done once. The letters are each document's own:
 * with each is kept what it was first used for, and a file must not depend on those that were made before it.
 */
function ownLetters(font: object): FontSource {
  const own: unknown = Object.create(font, { _glyphs: { value: {}, writable: true } });
  return own as FontSource; // pdfkit's types lack a font that has been read
}

/**
 * Makes a PDF that programs for the blind can read: tagged (PDF/UA), titled, with its language set, in an embedded font
 * that has the letters of Norwegian, the Sámi languages, and those of most who work here.
 */
export function createPdf(options: PdfOptions, draw: (writer: PdfWriter) => void): Promise<Buffer> {
  const { title, language, at } = options;
  fonts ??= { regular: read('DejaVuSans'), bold: read('DejaVuSans-Bold') };
  const [regular, bold] = [ownLetters(fonts.regular), ownLetters(fonts.bold)];
  const document = new PDFDocument({
    size: 'A4',
    margins: { top: MARGIN, left: MARGIN, right: MARGIN, bottom: FOOT },
    lang: language,
    tagged: true,
    displayTitle: true,
    pdfVersion: '1.7',
    ...beyondItsTypes(regular),
    info: { Title: title, Author: 'Kortvakt', CreationDate: at, ModDate: at },
  });
  document.registerFont('regular', regular).registerFont('bold', bold).font('regular');
  const chunks: Buffer[] = [];
  const whole = new Promise<Buffer>((resolve, reject) => {
    document.on('data', (chunk: Buffer) => chunks.push(chunk));
    document.on('end', () => {
      resolve(Buffer.concat(chunks));
    });
    document.on('error', reject);
  });
  const root = document.struct('Document');
  document.addStructure(root);
  draw(writerOn(document, root));
  root.end();
  document.end();
  return whole;
}

/** Options that pdfkit takes and its types lack. A font of the system's own, which is the default, would not be embedded. */
function beyondItsTypes(regular: FontSource): object {
  return { subset: 'PDF/UA', font: regular };
}

type Document = PDFKit.PDFDocument;
type Structure = PDFKit.PDFStructureElement;

function writerOn(document: Document, root: Structure): PdfWriter {
  return {
    heading: (level, text) => {
      if (document.y > MARGIN) document.moveDown(level === 1 ? 1 : 0.8);
      ensureRoom(document, sizes[level] * 4);
      document.font('bold').fontSize(sizes[level]);
      tagged(document, root, level === 1 ? 'H1' : 'H2', () => document.text(text, MARGIN));
      document.font('regular').fontSize(TEXT_SIZE).moveDown(0.5);
    },
    paragraph: (text) => {
      document.font('regular').fontSize(TEXT_SIZE);
      tagged(document, root, 'P', () => document.text(text, MARGIN));
      document.moveDown(0.6);
    },
    list: (items) => {
      drawList(document, root, items);
    },
    section: (language, draw) => {
      if (document.y > MARGIN) document.addPage();
      const section = document.struct('Sect', { lang: language });
      root.add(section);
      draw(writerOn(document, section));
      section.end();
    },
    image: (picture, { alt, width }) => {
      ensureRoom(document, width);
      tagged(document, root, 'Figure', () => document.image(picture, MARGIN, document.y, { width }), { alt });
      document.x = MARGIN;
      document.moveDown(1);
    },
    terms: (items) => {
      drawTerms(document, root, items);
    },
    table: (columns, rows, last = 0) => {
      drawTable(document, root, { columns, rows, last });
    },
  };
}

/** Draws something and hangs it into the tree of what the page consists of. */
function tagged(document: Document, parent: Structure, type: string, draw: () => void, options = {}): void {
  const content = document.markStructureContent(type);
  draw();
  document.endMarkedContent();
  parent.add(document.struct(type, options, [content]));
}

const widthOf = (document: Document): number => document.page.width - 2 * MARGIN;

function ensureRoom(document: Document, height: number): void {
  if (document.y + height > document.page.height - FOOT) document.addPage();
}

function drawTerms(
  document: Document,
  root: Structure,
  items: readonly (readonly [term: string, value: string])[],
): void {
  const list = document.struct('Table');
  root.add(list);
  const left = widthOf(document) * 0.34;
  const right = widthOf(document) - left;
  for (const [term, value] of items) {
    const cells = [
      { text: term, x: MARGIN, width: left - GAP, type: 'TH', bold: true, options: { scope: 'Row' } },
      { text: value, x: MARGIN + left, width: right, type: 'TD', bold: false, options: {} },
    ];
    drawRow(document, list, cells);
  }
  list.end();
  document.moveDown(0.6);
}

function drawList(document: Document, root: Structure, items: readonly string[]): void {
  const list = document.struct('L');
  root.add(list);
  document.font('regular').fontSize(TEXT_SIZE);
  for (const text of items) {
    ensureRoom(document, document.heightOfString(text, { width: widthOf(document) - 2 * GAP }));
    const top = document.y;
    const item = document.struct('LI');
    list.add(item);
    tagged(document, item, 'Lbl', () => document.text('•', MARGIN, top));
    tagged(document, item, 'LBody', () =>
      document.text(text, MARGIN + 2 * GAP, top, { width: widthOf(document) - 2 * GAP }),
    );
    item.end();
    document.x = MARGIN;
    document.y += 2;
  }
  list.end();
  document.moveDown(0.6);
}

interface Cell {
  readonly text: string;
  readonly x: number;
  readonly width: number;
  readonly type: string;
  readonly bold: boolean;
  readonly align?: 'left' | 'right';
  readonly options: object;
}

/** One row of a table, as high as its highest cell. Cells hold a few lines, so that a row fits a page. */
function drawRow(document: Document, table: Structure, cells: readonly Cell[]): void {
  document.fontSize(TEXT_SIZE);
  const heights = cells.map(({ text, width, bold }) =>
    document.font(bold ? 'bold' : 'regular').heightOfString(text, { width }),
  );
  const height = Math.max(...heights);
  ensureRoom(document, height);
  const top = document.y;
  const row = document.struct('TR');
  table.add(row);
  for (const { text, x, width, type, bold, align = 'left', options } of cells) {
    document.font(bold ? 'bold' : 'regular');
    tagged(document, row, type, () => document.text(text, x, top, { width, align }), options);
  }
  row.end();
  document.font('regular');
  document.x = MARGIN;
  document.y = top + height + 4;
}

function drawTable(
  document: Document,
  root: Structure,
  {
    columns,
    rows,
    last,
  }: { columns: readonly PdfColumn[]; rows: readonly (readonly string[])[]; last: number },
): void {
  const table = document.struct('Table');
  root.add(table);
  const cellsOf = (texts: readonly string[], header: boolean, bold: boolean): Cell[] => {
    let x = MARGIN;
    return columns.map(({ share, align = 'left' }, index) => {
      const from = x;
      x += widthOf(document) * share;
      return {
        text: texts[index] ?? '',
        x: from,
        width: x - from - (index === columns.length - 1 ? 0 : GAP),
        type: header ? 'TH' : 'TD',
        bold,
        align,
        options: header ? { scope: 'Column' } : {},
      };
    });
  };
  drawRow(
    document,
    table,
    cellsOf(
      columns.map(({ header }) => header),
      true,
      true,
    ),
  );
  rule(document);
  for (const [index, row] of rows.entries()) {
    if (last > 0 && index === rows.length - last) rule(document);
    drawRow(document, table, cellsOf(row, false, index >= rows.length - last));
  }
  table.end();
  document.moveDown(0.6);
}

/** A line across the page, which is decoration and no content. */
function rule(document: Document): void {
  const { y } = document;
  document.markContent('Artifact', { type: 'Layout' });
  document
    .moveTo(MARGIN, y)
    .lineTo(MARGIN + widthOf(document), y)
    .lineWidth(0.5)
    .stroke('#5f6b78');
  document.endMarkedContent();
  document.fillColor('black');
  document.y = y + 5;
}
