import { endToLastDay, formatDate, osloToday } from '../kernel/dates.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import type { Translate } from '../web/context.ts';
import type { PrintedCard } from './records.ts';

/** Both languages stand on a card, whatever language it is looked at in. */
export interface PictureWords {
  readonly nb: Translate;
  readonly en: Translate;
}

const WIDTH = 856;
const HEIGHT = 540;
const TEXT_LEFT = 40;
const TEXT_WIDTH = 540;
/** The mean width of a letter of a sans-serif face, as part of its size; wide enough for capitals. */
const LETTER = 0.62;

/** The colour of each type; dark enough for white text. */
const colors: Readonly<Record<string, string>> = {
  construction: '#0b6b3a',
  cleaning: '#0e5a8a',
  'car-care': '#8a4a0e',
  'goods-transport': '#5b3a8a',
};

/**
 * Draws a card's front as an SVG of its own, in the proportions of a bank card, with what the regulation wants on it
 * (forskrift om HMS-kort på bygge- og anleggsplasser § 7). It loads nothing and carries no style, so that the pages'
 * content security policy holds for it too.
 */
export function drawCard(card: PrintedCard, photo: Uint8Array | undefined, words: PictureWords): string {
  const { nb, en } = words;
  const color = colors[card.cardType] ?? '#374151';
  const both = (key: string) => `${nb(key)} / ${en(key)}`;
  const field = (key: string, value: string, top: number) =>
    text(both(key), TEXT_LEFT, top, 17, '#4b5563') + text(value, TEXT_LEFT, top + 26, 24, '#111827');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="Inter, Arial, Helvetica, sans-serif">`,
    `<rect x="1" y="1" width="${WIDTH - 2}" height="${HEIGHT - 2}" rx="32" fill="#ffffff" stroke="#9ca3af" stroke-width="2"/>`,
    `<path d="M1 100V33a32 32 0 0 1 32-32H${WIDTH - 33}a32 32 0 0 1 32 32v67z" fill="${color}"/>`,
    text(both('cards:picture.heading'), TEXT_LEFT, 46, 30, '#ffffff', 'bold'),
    text(both(`cards:type.${card.cardType}`), TEXT_LEFT, 82, 24, '#ffffff'),
    ...fitted(card.holderName, 146, 34, 'bold'),
    field('cards:field.birthDate', formatDate(card.birthDate, 'nb'), 212),
    text(both('cards:field.employer'), TEXT_LEFT, 270, 17, '#4b5563'),
    ...fitted(card.employerName, 297, 26),
    field('cards:field.organisationNumber', formatOrganisationNumber(card.organisationNumber), 354),
    field('cards:field.issued', formatDate(osloToday(card.issuedAt), 'nb'), 414),
    text(both('cards:field.number'), TEXT_LEFT, 474, 17, '#4b5563'),
    text(card.number, TEXT_LEFT, 506, 30, '#111827', 'bold'),
    portrait(photo),
    text(`${nb('cards:field.validThrough')} /`, 600, 451, 17, '#4b5563'),
    text(en('cards:field.validThrough'), 600, 474, 17, '#4b5563'),
    text(formatDate(endToLastDay(card.expiresAt), 'nb'), 600, 506, 26, '#111827', 'bold'),
    '</svg>',
  ].join('');
}

function portrait(photo: Uint8Array | undefined): string {
  const frame = 'x="600" y="124" width="216" height="288"';
  if (photo !== undefined) {
    const data = Buffer.from(photo).toString('base64');
    return `<image ${frame} preserveAspectRatio="xMidYMid slice" href="data:image/jpeg;base64,${data}"/>`;
  }
  return (
    `<rect ${frame} fill="#e5e7eb"/>` +
    '<circle cx="708" cy="226" r="52" fill="#9ca3af"/><path d="M612 412c0-70 40-112 96-112s96 42 96 112z" fill="#9ca3af"/>'
  );
}

/** One or two lines of the text, smaller where it would not fit; 60 letters are still read with ease. */
function fitted(value: string, top: number, size: number, weight = 'normal'): string[] {
  const lines = value.length * size * LETTER <= TEXT_WIDTH ? [value] : halves(value);
  const longest = Math.max(...lines.map((line) => line.length));
  const fit = Math.min(size, lines.length === 1 ? size : 26, Math.floor(TEXT_WIDTH / (longest * LETTER)));
  return lines.map((line, index) => text(line, TEXT_LEFT, top + index * (fit + 4), fit, '#111827', weight));
}

/** Broken at the space nearest the middle; a single long word stays whole. */
function halves(value: string): string[] {
  const spaces = [...value.matchAll(/ /gu)].map((match) => match.index);
  const middle = value.length / 2;
  const [best] = spaces.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
  return best === undefined ? [value] : [value.slice(0, best), value.slice(best + 1)];
}

function text(value: string, x: number, y: number, size: number, color: string, weight = 'normal'): string {
  return `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${color}">${escaped(value)}</text>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(value: string): string {
  return value.replace(/[&<>"]/gu, (character) => entities[character] ?? '');
}
