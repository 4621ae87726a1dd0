import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import QRCode from 'qrcode';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { type PdfPage, readPdf } from '../../tests/support/pdf-reading.ts';
import { drawPortrait } from '../demo-portrait.ts';
import type { PlainDate } from '../kernel/dates.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { type Drawing, fit, toPdf, toSvg, widthOf } from '../web/drawing.ts';
import {
  CARD,
  DEFAULT_COLORS,
  drawBack,
  drawFront,
  FRONT_QR,
  OFFLINE_CODE,
  PHOTO,
  printArtwork,
  type ArtworkCard,
  type ArtworkOptions,
} from './artwork.ts';
import en from './en.json' with { type: 'json' };
import nb from './nb.json' with { type: 'json' };

/** Looks a text up by its key, as the pages do. */
function words(texts: object) {
  return (key: string): string => {
    let found: unknown = texts;
    for (const part of key.replace('cards:', '').split('.')) {
      found = typeof found === 'object' && found !== null ? Reflect.get(found, part) : undefined;
    }
    return typeof found === 'string' ? found : key;
  };
}

const LINK = 'https://kortvakt.no/c/AbCdEfGhIjK';
const made = {
  number: '48210937',
  issuedAt: new Date('2026-11-24T12:00:00Z'),
  expiresAt: new Date('2028-11-24T23:00:00Z'),
  link: LINK,
};
const card = {
  cardType: 'construction',
  holderName: 'Munter Elv',
  birthDate: '1985-03-02' as PlainDate,
  employerName: 'BLÅ HAMMER AS',
  organisationNumber: '310000019',
  made,
};

const eighty = 'Áŋŋá Čáhcesuolu Đuottarmohkki Šávdni Ŧeŋgŋá Łuszczykiewicz-Świątkowska Ąžuolaitė';
const cards: readonly (readonly [string, typeof card])[] = [
  ['short names', card],
  ['a name of eighty letters, Sámi, Polish and Lithuanian', { ...card, holderName: eighty }],
  ['a name in one word that never ends', { ...card, holderName: 'W'.repeat(80) }],
  ['a name with pictures in it', { ...card, holderName: 'Zażółć 👷🏽‍♀️ Gęślą 👨‍👩‍👧‍👦' }],
  [
    'an employer whose name never ends',
    {
      ...card,
      cardType: 'goods-transport',
      employerName:
        'BLÅ HAMMER OG DATTERDATTERSELSKAPER ENTREPRENØRFORRETNING, RIVING OG SANERING NORD-NORGE OG SVALBARD AS',
    },
  ],
];

let photo: Buffer;
let options: ArtworkOptions;
beforeAll(async () => {
  photo = await sharp(await drawPortrait('Munter Elv'))
    .resize(600, 800)
    .jpeg()
    .toBuffer();
  options = {
    words: { nb: words(nb), en: words(en) },
    style: { issuer: 'KORTUTSTEDEREN AS', colors: DEFAULT_COLORS },
    photo,
    checkPage: 'kortvakt.no/check',
  };
});

const MM = 72 / 25.4;

interface Box {
  readonly what: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Every text's box on a page, in millimetres, with the widths of the letters that are printed; and what else stands there. */
function boxesOf(page: PdfPage, besides: readonly Box[]): Box[] {
  const texts = page.texts
    .filter(({ degrees }) => degrees === 0)
    .map(({ text, x, y, size, bold }): Box => {
      const [left, base, letter] = [x / MM, y / MM, size / MM];
      const right = left + widthOf(text, { size: letter, bold });
      return { what: text, left, right, top: base - letter * 0.74, bottom: base + letter * 0.2 };
    });
  return [...texts, ...besides];
}

const square = (
  what: string,
  { x, y, width }: { x: number; y: number; width: number },
  height = width,
): Box => ({
  what,
  left: x,
  right: x + width,
  top: y,
  bottom: y + height,
});

function expectApart(boxes: readonly Box[]): void {
  for (const [index, box] of boxes.entries()) {
    const within =
      box.left >= 2.99 && box.right <= CARD.width - 2.99 && box.top >= 2 && box.bottom <= CARD.height - 2.5;
    expect([box.what, within]).toEqual([box.what, true]);
    const touched = boxes
      .slice(index + 1)
      .filter(
        (other) =>
          box.left < other.right &&
          other.left < box.right &&
          box.top < other.bottom &&
          other.top < box.bottom,
      );
    expect([box.what, touched.map(({ what }) => what)]).toEqual([box.what, []]);
  }
}

describe('the artwork', () => {
  test('is two pages of ID-1 size with all that the regulation wants, in both languages, and the photo at 300 dots', async () => {
    const pdf = await printArtwork(card, options);
    const pages = readPdf(pdf);
    expect(pages).toHaveLength(2);
    for (const { width, height } of pages) {
      expect([width / MM, height / MM]).toEqual([expect.closeTo(85.6, 2), expect.closeTo(53.98, 2)]);
    }
    const front = pages[0]?.texts.map(({ text }) => text);
    for (const text of [
      'HMS-kort / HSE card',
      'Bygg og anlegg / Construction',
      'Munter Elv',
      'Født / Born',
      '02.03.1985',
      'Arbeidsgiver / Employer',
      'BLÅ HAMMER AS',
      'Org.nr. / Org. no.',
      formatOrganisationNumber('310000019'),
      'Utstedt / Issued',
      '24.11.2026',
      'Gyldig til og med / Valid through',
      '24.11.2028',
      'Kortnummer / Card number',
      '48210937',
      'Utsteder / Issuer',
      'KORTUTSTEDEREN AS',
      'Kontroller kortet på / Check the card at kortvakt.no/check',
    ]) {
      expect(front).toContain(text);
    }
    const [image] = pages[0]?.images ?? [];
    const [x, y, wide, high] = image?.box.map((points) => points / MM) ?? [];
    expect([x, y, wide, high].map((mm) => Math.round((mm ?? 0) * 100) / 100)).toEqual([
      PHOTO.x,
      PHOTO.y,
      18,
      24,
    ]);
    expect((image?.dots[0] ?? 0) / ((wide ?? 1) / 25.4)).toBeCloseTo(300, -1);
    expect((image?.dots[1] ?? 0) / ((high ?? 1) / 25.4)).toBeCloseTo(300, -1);
    expect(await printArtwork(card, options)).toEqual(pdf);
  });

  test.each(cards)('with %s stays on the card, and nothing runs into anything', async (_, drawn) => {
    const [front, back] = readPdf(await printArtwork(drawn, options));
    if (front === undefined || back === undefined) throw new Error('no pages');
    expectApart(boxesOf(front, [square('photo', PHOTO, PHOTO.height), square('code', FRONT_QR)]));
    // Also where the code is not there yet, its room is free.
    expectApart(boxesOf(back, [square('offline code', OFFLINE_CODE)]));
    const all = [...front.texts, ...back.texts].map(({ text }) => text).join('');
    expect(all).not.toMatch(/[\ufffd\ufffe\uffff]|\p{Emoji_Presentation}/u);
    expect(all.isWellFormed()).toBe(true);
  });

  test('keeps eighty letters whole, and cuts with an ellipsis only what fits in no way', () => {
    const room = { width: 59, size: 4, least: 2.2, lines: 2, bold: true } as const;
    const whole = fit(eighty, room);
    expect(whole.lines.join(' ')).toBe(eighty);
    expect(whole.lines).toHaveLength(2);
    expect(fit('Munter Elv', room)).toEqual({ lines: ['Munter Elv'], size: 4 });
    const cut = fit('W'.repeat(80), room);
    expect(cut.lines.at(-1)).toMatch(/^W+…$/u);
    const family = fit('ẹ́'.repeat(200), room).lines.join('');
    expect(family.replace('…', '').normalize('NFD').replaceAll('ẹ́'.normalize('NFD'), '')).toBe('');
  });

  test('has the code of the check page on the front: the dots of a print are those of the address, quiet around', async () => {
    const image = await sharp(Buffer.from(toSvg(drawFront(card, options))), { density: 72 })
      .resize(Math.round((CARD.width / 25.4) * 300))
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(image.info.width).toBe(1011);
    const dark = (x: number, y: number) => {
      const [column, row] = [x, y].map((mm) => Math.floor((mm / 25.4) * 300));
      return (image.data[(row ?? 0) * image.info.width + (column ?? 0)] ?? 0) < 128;
    };
    const { modules } = QRCode.create(LINK, { errorCorrectionLevel: 'M' });
    const all = modules.size + 8;
    const step = FRONT_QR.width / all;
    expect(step).toBeGreaterThan(0.33);
    const seen = Array.from({ length: all * all }, (_, at) =>
      dark(FRONT_QR.x + ((at % all) + 0.5) * step, FRONT_QR.y + (Math.floor(at / all) + 0.5) * step),
    );
    const wanted = Array.from({ length: all * all }, (_, at) => {
      const [row, column] = [Math.floor(at / all) - 4, (at % all) - 4];
      const inside = row >= 0 && column >= 0 && row < modules.size && column < modules.size;
      return inside && modules.get(row, column) !== 0;
    });
    expect(seen).toEqual(wanted);
  });

  test('takes a code for checks without a network, 26 mm wide with its quiet zone', async () => {
    const drawing: Drawing = drawBack(card, options, 'x'.repeat(200));
    const code = drawing.marks.find((mark) => mark.kind === 'path' && mark.x >= OFFLINE_CODE.x);
    if (code?.kind !== 'path') throw new Error('no code');
    const { modules } = QRCode.create('x'.repeat(200), { errorCorrectionLevel: 'M' });
    const dots = (code.scale / 25.4) * 300;
    expect(dots).toBeCloseTo(Math.round(dots), 6);
    const width = code.scale * (modules.size + 8);
    expect(width).toBeLessThanOrEqual(26);
    expect(width).toBeGreaterThan(26 - (modules.size + 8) * (25.4 / 300));
    expect(code.x - OFFLINE_CODE.x).toBeCloseTo((26 - width) / 2, 6);
    const [page] = readPdf(await toPdf([drawing], { title: 'x', at: made.issuedAt }));
    if (page === undefined) throw new Error('no page');
    expectApart(boxesOf(page, [square('offline code', OFFLINE_CODE)]));
    expect(page.texts.map(({ text }) => text)).toContain('Kontroll uten nett / Check without a network');
  });

  test('has the longest code read from a render of the back at 300 dots to an inch', async () => {
    const code = `HMS1:${'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'.repeat(14).slice(0, 595)}`;
    expect(QRCode.create(code, { errorCorrectionLevel: 'M' }).version).toBe(15);
    const render = await sharp(Buffer.from(toSvg(drawBack(card, options, code))), { density: 72 })
      .resize(Math.round((CARD.width / 25.4) * 300))
      .png()
      .toBuffer();
    const wasm = fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm'));
    prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(await readFile(wasm)).buffer } });
    const [found] = await readBarcodes(new Uint8Array(render), { formats: ['QRCode'] });
    expect(found?.text).toBe(code);
  });

  test('says across a card that is not made that it is a specimen, without number or code; and of a copy that it is one', async () => {
    const planned: ArtworkCard = { ...card, made: undefined };
    const drawing = drawFront(planned, { ...options, photo: undefined });
    const svg = toSvg(drawing);
    expect(svg).toContain('PRØVE / SPECIMEN');
    expect(svg).not.toContain('48210937');
    expect(drawing.marks.some((mark) => mark.kind === 'path' && mark.x === FRONT_QR.x)).toBe(false);
    const stamps = readPdf(await printArtwork(card, { ...options, copy: true })).map(
      ({ texts }) => texts.find(({ degrees }) => degrees !== 0)?.text,
    );
    expect(stamps).toEqual(['KOPI / COPY', 'KOPI / COPY']);
    expect(
      readPdf(await printArtwork(card, options)).flatMap(({ texts }) =>
        texts.filter(({ degrees }) => degrees !== 0),
      ),
    ).toEqual([]);
  });

  test('has its colour by type, and carries nothing that breaks out of the picture', () => {
    const style = { issuer: 'A & B <AS>', colors: { construction: '#123456' } };
    const svg = toSvg(drawFront({ ...card, holderName: '"><script>' }, { ...options, style }));
    expect(svg).toContain('fill="#123456"');
    expect(svg).toContain('A &amp; B &lt;AS&gt;');
    expect(svg).not.toContain('<script');
    expect(toSvg(drawFront({ ...card, cardType: 'cleaning' }, { ...options, style }))).toContain(
      DEFAULT_COLORS['cleaning'],
    );
  });
});
