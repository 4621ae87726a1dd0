import { expect, test } from 'vitest';
import en from './en.json' with { type: 'json' };
import nb from './nb.json' with { type: 'json' };
import { drawCard } from './picture.ts';
import type { PrintedCard } from './records.ts';

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

const card = {
  cardType: 'goods-transport',
  holderName: 'Munter Elv',
  birthDate: '1985-03-02',
  employerName: 'BLÅ HAMMER AS',
  organisationNumber: '310000019',
  issuedAt: new Date('2026-11-24T12:00:00Z'),
  expiresAt: new Date('2028-11-24T23:00:00Z'),
  number: '12345678',
} as PrintedCard;

interface Line {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly text: string;
}

/** Every text's box, with letters of the mean width of a sans-serif face and descenders a quarter of its size. */
function linesOf(svg: string): Line[] {
  const shape = /<text x="(\d+)" y="(\d+)" font-size="(\d+)"[^>]*>([^<]*)</gu;
  return [...svg.matchAll(shape)].map(([, x, y, size, text = '']) => {
    const [left, base, height] = [Number(x), Number(y), Number(size)];
    const right = left + text.length * height * 0.55;
    return { left, right, top: base - height * 0.75, bottom: base + height * 0.25, text };
  });
}

test.each([
  ['short names', card],
  [
    'the longest names',
    {
      ...card,
      holderName: 'Omstendelig Ettertenksom Regnbueglinsende Kirsebærblomstring',
      employerName: 'BLÅ HAMMER OG DATTERDATTERSELSKAPER ENTREPRENØRFORRETNING AS',
    },
  ],
])('with %s every line of a card stays on it, and none runs into another or the photo', (_, drawn) => {
  const lines = linesOf(drawCard(drawn, undefined, { nb: words(nb), en: words(en) }));
  expect(lines.length).toBeGreaterThan(12);
  const photo: Line = { left: 600, right: 816, top: 124, bottom: 412, text: 'the photo' };
  for (const [index, line] of lines.entries()) {
    expect([line.text, line.right <= 836, line.bottom <= 525]).toEqual([line.text, true, true]);
    const touched = [...lines.slice(index + 1), photo].filter(
      (other) =>
        line.left < other.right &&
        other.left < line.right &&
        line.top < other.bottom &&
        other.top < line.bottom,
    );
    expect([line.text, touched.map(({ text }) => text)]).toEqual([line.text, []]);
  }
});
