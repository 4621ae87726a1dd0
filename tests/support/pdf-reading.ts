import { inflateSync } from 'node:zlib';

/** One run of letters on a page, where it begins and how large its letters are, in points from the upper left corner. */
export interface PdfText {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly bold: boolean;
  /** In which direction it runs: 0 is to the right. */
  readonly degrees: number;
}

export interface PdfPage {
  readonly width: number;
  readonly height: number;
  readonly texts: readonly PdfText[];
  /** Pictures with the dots that they have and the points that they are drawn on. */
  readonly images: readonly {
    readonly dots: readonly [number, number];
    readonly box: readonly [number, number, number, number];
  }[];
}

type Matrix = readonly [number, number, number, number, number, number];

const times = (a: Matrix, b: Matrix): Matrix => [
  a[0] * b[0] + a[1] * b[2],
  a[0] * b[1] + a[1] * b[3],
  a[2] * b[0] + a[3] * b[2],
  a[2] * b[1] + a[3] * b[3],
  a[4] * b[0] + a[5] * b[2] + b[4],
  a[4] * b[1] + a[5] * b[3] + b[5],
];

/** Reads back what pdfkit has written, as far as our own drawings use it: text in embedded fonts, and JPEG pictures. */
export function readPdf(file: Buffer): PdfPage[] {
  const objects = objectsOf(file);
  return [...objects.values()]
    .filter(({ head }) => /\/Type \/Page\b/u.test(head))
    .map(({ head }) => {
      const [, , width = 0, height = 0] =
        /\/MediaBox \[([^\]]+)\]/u.exec(head)?.[1]?.split(' ').map(Number) ?? [];
      const found = (pattern: RegExp) => objects.get(Number(pattern.exec(head)?.[1] ?? -1));
      const resources = found(/\/Resources (\d+) 0 R/u)?.head ?? '';
      const content = found(/\/Contents (\d+) 0 R/u)?.stream.toString('latin1') ?? '';
      return { width, height, ...drawn(content, height, resources, objects) };
    });
}

interface PdfObject {
  readonly head: string;
  readonly stream: Buffer;
}

function objectsOf(file: Buffer): Map<number, PdfObject> {
  const text = file.toString('latin1');
  const objects = new Map<number, PdfObject>();
  for (const match of text.matchAll(/(?:^|\n)(\d+) 0 obj\n([\s\S]*?)\nendobj/gu)) {
    const [, id, body = ''] = match;
    const at = body.indexOf('stream\n');
    const head = at < 0 ? body : body.slice(0, at);
    const bytes =
      at < 0 ? Buffer.alloc(0) : Buffer.from(body.slice(at + 7, body.lastIndexOf('\nendstream')), 'latin1');
    const stream = head.includes('/FlateDecode') ? inflateSync(bytes) : bytes;
    objects.set(Number(id), { head, stream });
  }
  return objects;
}

function drawn(
  content: string,
  height: number,
  resources: string,
  objects: ReadonlyMap<number, PdfObject>,
): Pick<PdfPage, 'texts' | 'images'> {
  const named = (name: string) =>
    objects.get(Number(new RegExp(`/${name} (\\d+) 0 R`, 'u').exec(resources)?.[1] ?? -1));
  const texts: PdfText[] = [];
  const images: PdfPage['images'][number][] = [];
  const stack: Matrix[] = [];
  let matrix: Matrix = [1, 0, 0, 1, 0, 0];
  let text: Matrix = matrix;
  let font: { readonly letters: ReadonlyMap<string, string>; readonly bold: boolean } | undefined;
  let size = 0;
  let operands: string[] = [];
  const numbers = () => operands.map(Number) as unknown as Matrix;
  for (const [token] of content.matchAll(/\[[^\]]*\]|<[0-9a-f]*>|[^\s[\]<>]+/gu)) {
    if (/^[[<\/\d.+-]/u.test(token)) {
      operands.push(token);
      continue;
    }
    if (token === 'q') stack.push(matrix);
    if (token === 'Q') matrix = stack.pop() ?? matrix;
    if (token === 'cm') matrix = times(numbers(), matrix);
    if (token === 'Tm') text = numbers();
    if (token === 'Tf') {
      font = fontOf(named((operands[0] ?? '').slice(1)), objects);
      size = Number(operands[1]);
    }
    if (token === 'TJ') {
      const [a, b, , , x, y] = times(text, matrix);
      const codes = [...(operands[0] ?? '').matchAll(/<([0-9a-f]*)>/gu)].map(([, hex]) => hex).join('');
      const letters = (codes.match(/.{4}/gu) ?? []).map((code) => font?.letters.get(code) ?? '\ufffd');
      const degrees = Math.round((Math.atan2(b, a) * 180) / Math.PI);
      texts.push({
        text: letters.join(''),
        x,
        y: height - y,
        size: size * Math.hypot(a, b),
        bold: font?.bold ?? false,
        degrees,
      });
    }
    if (token === 'Do') {
      const head = named((operands[0] ?? '').slice(1))?.head ?? '';
      const dots = (side: string) => Number(new RegExp(`/${side} (\\d+)`, 'u').exec(head)?.[1] ?? 0);
      const [a, , , d, x, y] = matrix;
      const top = height - Math.max(y, y + d);
      images.push({ dots: [dots('Width'), dots('Height')], box: [x, top, Math.abs(a), Math.abs(d)] });
    }
    operands = [];
  }
  return { texts, images };
}

function fontOf(font: PdfObject | undefined, objects: ReadonlyMap<number, PdfObject>) {
  const head = font?.head ?? '';
  const map =
    objects.get(Number(/\/ToUnicode (\d+) 0 R/u.exec(head)?.[1] ?? -1))?.stream.toString('latin1') ?? '';
  const letters = new Map<string, string>();
  for (const [, first = '0', list = ''] of map.matchAll(/<([0-9a-f]{4})> <[0-9a-f]{4}> \[([^\]]*)\]/gu)) {
    for (const [index, [, hex = '']] of [...list.matchAll(/<([0-9a-f]*)>/gu)].entries()) {
      const code = (Number.parseInt(first, 16) + index).toString(16).padStart(4, '0');
      letters.set(code, Buffer.from(hex, 'hex').swap16().toString('utf16le'));
    }
  }
  return { letters, bold: /\/BaseFont \/\S*Bold/u.test(head) };
}
