import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import PDFDocument from 'pdfkit';
import QRCode from 'qrcode';

/**
 * Small drawings for print, in millimetres from the upper left corner, as SVG for a page and as PDF for a printer: one
 * description, two ways to draw it.
 */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly marks: readonly Mark[];
}

interface Place {
  readonly x: number;
  readonly y: number;
}

interface Box extends Place {
  readonly width: number;
  readonly height: number;
}

export type Mark =
  | (Box & { readonly kind: 'area'; readonly fill: string })
  /** `y` is the line that the letters stand on; `room`: how wide it may become, whatever font draws it. */
  | (Place & TextLook & { readonly kind: 'text'; readonly text: string; readonly room: number })
  /** A word across a drawing, about its middle. */
  | (Place & TextLook & { readonly kind: 'stamp'; readonly text: string; readonly degrees: number })
  | (Box & { readonly kind: 'photo'; readonly jpeg: Uint8Array })
  /** A filled path in units of its own, `scale` millimetres each. */
  | (Place & { readonly kind: 'path'; readonly scale: number; readonly path: string; readonly fill: string });

interface TextLook {
  /** The size of the letters in millimetres. */
  readonly size: number;
  readonly bold: boolean;
  readonly fill: string;
}

const POINTS_PER_MM = 72 / 25.4;

const font = (name: string): Buffer =>
  readFileSync(fileURLToPath(import.meta.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`)));
let fonts: { readonly regular: Buffer; readonly bold: Buffer } | undefined;
let ruler: PDFKit.PDFDocument | undefined;

/** A document with both faces. A font of the system's own, which is the default, would not be embedded. */
function open(options: PDFKit.PDFDocumentOptions): PDFKit.PDFDocument {
  fonts ??= { regular: font('DejaVuSansCondensed'), bold: font('DejaVuSansCondensed-Bold') };
  const ownFont: object = { font: fonts.regular };
  const document = new PDFDocument({ ...options, ...ownFont, margin: 0, autoFirstPage: false });
  return document.registerFont('regular', fonts.regular).registerFont('bold', fonts.bold);
}

/** Widths at size 1, since they grow with the size; of what stands on every card they are asked again and again. */
const widths = new Map<string, number>();
const KEPT_WIDTHS = 5000;

/** How wide a text becomes in print, in millimetres. */
export function widthOf(text: string, { size, bold }: Pick<TextLook, 'size' | 'bold'>): number {
  const key = `${bold ? 'b' : 'r'}${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    ruler ??= open({});
    width =
      ruler
        .font(bold ? 'bold' : 'regular')
        .fontSize(100)
        .widthOfString(text) / 100;
    if (widths.size >= KEPT_WIDTHS) widths.clear();
    widths.set(key, width);
  }
  return width * size;
}

export interface Fitted {
  readonly lines: readonly string[];
  readonly size: number;
}

/** Shrunk by as much in one line, before it is broken into two. */
const SHRINK = 0.8;

/**
 * Makes a text fit a width: smaller, then in two lines where there may be two, then smaller down to `least`, and as the last
 * resort cut, with an ellipsis. What counts as one letter is never cut apart.
 */
export function fit(
  text: string,
  room: {
    readonly width: number;
    readonly size: number;
    readonly least: number;
    readonly lines: 1 | 2;
    readonly bold: boolean;
  },
): Fitted {
  const { width, size, least, lines, bold } = room;
  const clean = printable(text);
  /** As large as it can be within the width; undefined where that is too small. */
  const largest = (parts: readonly string[], from: number, to: number): Fitted | undefined => {
    const widest = Math.max(...parts.map((part) => widthOf(part, { size: 1, bold })));
    const at = Math.min(from, Math.floor((width / widest) * 100) / 100);
    return at >= to ? { lines: parts, size: at } : undefined;
  };
  const inOne = largest([clean], size, lines === 1 ? least : Math.max(least, size * SHRINK));
  if (inOne !== undefined) return inOne;
  const fits = (part: string) => widthOf(part, { size: least, bold }) <= width;
  if (lines === 1) return { lines: [cut(clean, fits)], size: least };
  const inTwo = largest(halves(clean), Math.max(least, size * SHRINK), least);
  if (inTwo !== undefined) return inTwo;
  const [first, second] = filled(clean, fits);
  return { lines: [first, cut(second, fits)], size: least };
}

/** What is drawn: no control characters, no halves of letters and no little pictures, which no font for print has. */
function printable(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Emoji_Presentation}\p{Emoji_Modifier}\uFE0F]/gu, '')
    .replace(/ {2,}/gu, ' ')
    .trim();
}

/** Broken at the space or hyphen nearest the middle; a single long word stays whole. */
function halves(text: string): readonly string[] {
  const breaks = [...text.matchAll(/ |(?<=-)/gu)].map(({ index }) => index);
  const [best] = breaks.sort((a, b) => Math.abs(a - text.length / 2) - Math.abs(b - text.length / 2));
  return best === undefined ? [text] : [text.slice(0, best), text.slice(best).trimStart()];
}

/** As much as fits in a first line, by words where that can be, and the rest. */
function filled(text: string, fits: (part: string) => boolean): readonly [string, string] {
  const letters = lettersOf(text);
  let count = letters.length;
  while (count > 1 && !fits(letters.slice(0, count).join(''))) count -= 1;
  const first = letters.slice(0, count).join('');
  const space = first.lastIndexOf(' ');
  const at = space > first.length / 2 ? space : first.length;
  return [text.slice(0, at), text.slice(at).trimStart()];
}

function cut(text: string, fits: (part: string) => boolean): string {
  if (fits(text)) return text;
  const letters = lettersOf(text);
  let count = letters.length;
  while (count > 1 && !fits(`${letters.slice(0, count).join('').trimEnd()}…`)) count -= 1;
  return `${letters.slice(0, count).join('').trimEnd()}…`;
}

const segmenter = new Intl.Segmenter('nb', { granularity: 'grapheme' });
const lettersOf = (text: string): string[] => [...segmenter.segment(text)].map(({ segment }) => segment);

type Square = Place & { readonly width: number };

/** A text as a QR code of error correction M, so many millimetres wide with the quiet zone that scanners need. */
export function qrMark(text: string, { x, y, width }: Square): Mark {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'M' });
  return modulesMark(modules, { x, y }, width / (modules.size + 2 * QUIET));
}

/**
 * As `qrMark`, with modules that are a whole number of a printer's dots, so that none comes out wider than its neighbour: in the
 * middle of the place, and no wider than it. Throws when not even one dot a module would fit.
 */
export function dottedQrMark(text: string, { x, y, width }: Square, dotsPerInch: number): Mark {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'M' });
  const across = modules.size + 2 * QUIET;
  const dots = Math.floor((width * dotsPerInch) / MM_PER_INCH / across);
  if (dots === 0) throw new RangeError('the code does not fit');
  const scale = (dots / dotsPerInch) * MM_PER_INCH;
  const inset = (width - across * scale) / 2;
  return modulesMark(modules, { x: x + inset, y: y + inset }, scale);
}

const MM_PER_INCH = 25.4;

function modulesMark(modules: QRCode.QRCode['modules'], { x, y }: Place, scale: number): Mark {
  const rows = Array.from({ length: modules.size }, (_, row) => {
    const dark = Array.from({ length: modules.size }, (__, column) =>
      modules.get(row, column) === 0 ? ' ' : 'x',
    );
    return [...dark.join('').matchAll(/x+/gu)].map(
      ({ index, 0: { length } }) =>
        `M${String(index + QUIET)} ${String(row + QUIET)}h${String(length)}v1h-${String(length)}z`,
    );
  });
  return { kind: 'path', x, y, scale, path: rows.flat().join(''), fill: '#000000' };
}

const QUIET = 4;

// As SVG -----------------------------------------------------------------------------------------------------------------

/** Tenths of a millimetre: some browsers draw no letters smaller than one unit. */
const UNITS = 10;
const units = (mm: number) => String(Math.round(mm * UNITS * 100) / 100);

/** An image of its own: it loads nothing and carries no style, so that the pages' content security policy holds for it too. */
export function toSvg({ width, height, marks }: Drawing): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${units(width)} ${units(height)}" width="${units(width)}" height="${units(height)}" font-family="'DejaVu Sans Condensed', Inter, Arial, Helvetica, sans-serif">`,
    `<clipPath id="edge"><rect width="${units(width)}" height="${units(height)}" rx="32"/></clipPath>`,
    `<g clip-path="url(#edge)"><rect width="${units(width)}" height="${units(height)}" fill="#ffffff"/>`,
    ...marks.map(svgOf),
    `</g><rect x="1" y="1" width="${units(width - 0.2)}" height="${units(height - 0.2)}" rx="31" fill="none" stroke="#9ca3af" stroke-width="2"/>`,
    '</svg>',
  ].join('');
}

function svgOf(mark: Mark): string {
  const at = `x="${units(mark.x)}" y="${units(mark.y)}"`;
  switch (mark.kind) {
    case 'area':
      return `<rect ${at} width="${units(mark.width)}" height="${units(mark.height)}" fill="${mark.fill}"/>`;
    case 'photo':
      return `<image ${at} width="${units(mark.width)}" height="${units(mark.height)}" preserveAspectRatio="xMidYMid slice" href="data:image/jpeg;base64,${Buffer.from(mark.jpeg).toString('base64')}"/>`;
    case 'path':
      return `<path transform="translate(${units(mark.x)} ${units(mark.y)}) scale(${String(mark.scale * UNITS)})" fill="${mark.fill}" d="${mark.path}" shape-rendering="crispEdges"/>`;
    case 'stamp':
      return `<text ${at} ${lookOf(mark)} fill-opacity="0.45" text-anchor="middle" transform="rotate(${String(mark.degrees)} ${units(mark.x)} ${units(mark.y)})">${escaped(mark.text)}</text>`;
    case 'text': {
      // A wider font than the printer's is held to its width, so that nothing runs into anything.
      const wide = widthOf(mark.text, mark);
      const held =
        wide > mark.room * 0.85 ? ` textLength="${units(wide)}" lengthAdjust="spacingAndGlyphs"` : '';
      return `<text ${at} ${lookOf(mark)}${held}>${escaped(mark.text)}</text>`;
    }
  }
}

const lookOf = ({ size, bold, fill }: TextLook) =>
  `font-size="${units(size)}" font-weight="${bold ? 'bold' : 'normal'}" fill="${fill}"`;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(value: string): string {
  return value.replace(/[&<>"]/gu, (character) => entities[character] ?? '');
}

// As PDF -----------------------------------------------------------------------------------------------------------------

/** A PDF with a page of its own size for each drawing. `at`: when it was made; with it, the same content is the same file. */
export function toPdf(
  drawings: readonly Drawing[],
  { title, at }: { readonly title: string; readonly at: Date },
): Promise<Buffer> {
  const document = open({
    pdfVersion: '1.7',
    lang: 'nb',
    displayTitle: true,
    info: { Title: title, Author: 'Kortvakt', CreationDate: at, ModDate: at },
  });
  const chunks: Buffer[] = [];
  const whole = new Promise<Buffer>((resolve, reject) => {
    document.on('data', (chunk: Buffer) => chunks.push(chunk));
    document.on('end', () => {
      resolve(Buffer.concat(chunks));
    });
    document.on('error', reject);
  });
  for (const { width, height, marks } of drawings) {
    document.addPage({ size: [width * POINTS_PER_MM, height * POINTS_PER_MM], margin: 0 });
    document.scale(POINTS_PER_MM);
    for (const mark of marks) drawMark(document, mark);
  }
  document.end();
  return whole;
}

function drawMark(document: PDFKit.PDFDocument, mark: Mark): void {
  const { x, y } = mark;
  const write = (text: string, left: number) => {
    const { size, bold, fill } = mark as TextLook;
    document
      .font(bold ? 'bold' : 'regular')
      .fontSize(size)
      .fillColor(fill)
      .text(text, left, y, { lineBreak: false, baseline: 'alphabetic' });
  };
  switch (mark.kind) {
    case 'area':
      document.rect(x, y, mark.width, mark.height).fill(mark.fill);
      return;
    case 'photo':
      document.image(Buffer.from(mark.jpeg), x, y, { width: mark.width, height: mark.height });
      return;
    case 'path':
      document.save().translate(x, y).scale(mark.scale).path(mark.path).fill(mark.fill).restore();
      return;
    case 'text':
      write(mark.text, x);
      return;
    case 'stamp':
      document
        .save()
        .rotate(mark.degrees, { origin: [x, y] })
        .fillOpacity(0.45);
      write(mark.text, x - widthOf(mark.text, mark) / 2);
      document.restore();
      return;
  }
}
