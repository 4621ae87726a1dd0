import sharp from 'sharp';
import type { CardType } from '../kernel/card-types.ts';
import { endToLastDay, formatDate, osloToday, type PlainDate } from '../kernel/dates.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import type { Translate } from '../web/context.ts';
import { dottedQrMark, fit, qrMark, toPdf, widthOf, type Drawing, type Mark } from '../web/drawing.ts';
import type { PrintedCard } from './records.ts';
import { cardLinkPath } from './rules.ts';

/** Both languages stand on a card, whatever language it is looked at in. */
export interface ArtworkWords {
  readonly nb: Translate;
  readonly en: Translate;
}

/** What an installation chooses itself. */
export interface CardStyle {
  /** Who issues the cards, as printed. */
  readonly issuer: string;
  /** By card type, `#rrggbb`, dark enough for white text. */
  readonly colors: Readonly<Partial<Record<string, string>>>;
}

/** Everything printed on a card. */
export interface ArtworkCard {
  readonly cardType: string;
  readonly holderName: string;
  readonly birthDate: PlainDate;
  readonly employerName: string;
  /** Of the main unit, also where the worker is employed in another. */
  readonly organisationNumber: string;
  /** What only a card that is made has; without, the drawing says across it that it is a specimen. */
  readonly made: Made | undefined;
}

interface Made {
  readonly number: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** Where the QR code leads: `https://kortvakt.no/c/…`. */
  readonly link: string;
}

export interface ArtworkOptions {
  readonly words: ArtworkWords;
  readonly style: CardStyle;
  /** A JPEG in the proportions 3:4. */
  readonly photo: Uint8Array | undefined;
  /** The check page as it is typed: `kortvakt.no/check`. */
  readonly checkPage: string;
  /** Says across it that it is a copy: only the issuer gets it without. */
  readonly copy?: boolean;
}

/** ID-1 (ISO/IEC 7810), in millimetres. */
export const CARD = { width: 85.6, height: 53.98 } as const;
/** Nothing that matters stands nearer the edge. */
const EDGE = 3;
export const PHOTO = { x: 64.6, y: 12, width: 18, height: 24 } as const;
export const FRONT_QR = { x: 66.5, y: 37, width: 14 } as const;
/** On the back: for a code that is checked without a network, with its quiet zone. */
export const OFFLINE_CODE = { x: CARD.width - EDGE - 26, y: 14, width: 26 } as const;
const PRINT_DPI = 300;

const DARK = '#111827';
const QUIET = '#4b5563';

export const DEFAULT_COLORS: Readonly<Record<string, string>> = {
  construction: '#0b6b3a',
  cleaning: '#0e5a8a',
  'car-care': '#8a4a0e',
  'goods-transport': '#5b3a8a',
} satisfies Record<CardType, string>;

export const DEFAULT_STYLE: CardStyle = { issuer: '–', colors: DEFAULT_COLORS };

/** A card that is made, as it is drawn; `origin` is our own address, `https://kortvakt.no`. */
export function artworkOf(card: PrintedCard, origin: string): ArtworkCard & { readonly made: Made } {
  const { number, issuedAt, expiresAt, token } = card;
  return { ...card, made: { number, issuedAt, expiresAt, link: origin + cardLinkPath(token) } };
}

/** Where anyone checks a card, as it is typed. */
export function checkPageOf(origin: string): string {
  return `${new URL(origin).host}/check`;
}

/**
 * The front, with what the regulation wants on it in both languages (forskrift om HMS-kort på bygge- og anleggsplasser § 7):
 * employer and its number, holder, photo, birth date, day of issue, card number, issuer.
 */
export function drawFront(card: ArtworkCard, options: ArtworkOptions): Drawing {
  const { words, style, checkPage } = options;
  const { made } = card;
  const t = both(words);
  const day = (date: PlainDate) => formatDate(date, 'nb');
  return {
    ...CARD,
    marks: [
      ...head(card, options),
      ...block(card.holderName, { x: EDGE, y: 15.6, width: 59, size: 4, least: 2.2, lines: 2, bold: true }),
      ...field(t('birthDate'), day(card.birthDate), { x: EDGE, y: 21.2, width: 27 }),
      ...field(t('organisationNumber'), formatOrganisationNumber(card.organisationNumber), {
        x: 33,
        y: 21.2,
        width: 29,
      }),
      ...label(t('employer'), { x: EDGE, y: 27.7, width: 59 }),
      ...block(card.employerName, {
        x: EDGE,
        y: 30.6,
        width: 59,
        size: 2.8,
        least: 2,
        lines: 2,
        bold: false,
      }),
      ...field(t('issued'), made ? day(osloToday(made.issuedAt)) : '––.––.––––', {
        x: EDGE,
        y: 36.3,
        width: 27,
      }),
      ...field(t('validThrough'), made ? day(endToLastDay(made.expiresAt)) : '––.––.––––', {
        x: 33,
        y: 36.3,
        width: 29,
      }),
      ...label(t('number'), { x: EDGE, y: 42.6, width: 27 }),
      ...line(made?.number ?? '––––––––', { x: EDGE, y: 46.2, width: 27, size: 3.6, least: 3, bold: true }),
      ...label(t('issuer'), { x: 33, y: 42.6, width: 29 }),
      ...block(style.issuer, { x: 33, y: 45.5, width: 29, size: 2.6, least: 1.8, lines: 2, bold: false }),
      ...line(`${t('check')} ${checkPage}`, {
        x: EDGE,
        y: 50.6,
        width: 59,
        size: 2,
        least: 1.3,
        bold: false,
      }),
      ...portrait(options.photo),
      ...(made ? [qrMark(made.link, FRONT_QR)] : []),
      ...across(card, options, t),
    ],
  };
}

/** The back: what holds for the card, in both languages, and room for a code that is checked without a network. */
export function drawBack(
  card: ArtworkCard,
  options: Omit<ArtworkOptions, 'photo'>,
  /** What that code says; left out, its room stays white. */
  offlineCode?: string,
): Drawing {
  const { words, checkPage } = options;
  const t = both(words);
  const paragraph = (language: 'nb' | 'en', top: number) =>
    wrapped(words[language]('cards:artwork.back'), { x: EDGE, y: top, width: 50, size: 2 });
  return {
    ...CARD,
    marks: [
      ...head(card, options),
      ...paragraph('nb', 15.5),
      ...paragraph('en', 31),
      ...line(`${t('check')} ${checkPage}`, {
        x: EDGE,
        y: 50.6,
        width: 50,
        size: 2,
        least: 1.3,
        bold: false,
      }),
      ...(card.made
        ? line(card.made.number, {
            x: OFFLINE_CODE.x + 1,
            y: 50.6,
            width: 24,
            size: 2.8,
            least: 2,
            bold: true,
          })
        : []),
      ...(offlineCode === undefined
        ? []
        : [
            dottedQrMark(offlineCode, OFFLINE_CODE, PRINT_DPI),
            ...label(t('offline'), { x: OFFLINE_CODE.x, y: 43, width: OFFLINE_CODE.width }),
          ]),
      ...across(card, options, t),
    ],
  };
}

/** Both sides for a printer, a page each, with the photo at 300 dots to an inch. */
export async function printArtwork(
  card: ArtworkCard & { readonly made: Made },
  options: ArtworkOptions,
  offlineCode?: string,
): Promise<Buffer> {
  const dots = (mm: number) => Math.round((mm / 25.4) * PRINT_DPI);
  const photo =
    options.photo &&
    (await sharp(options.photo)
      .resize(dots(PHOTO.width), dots(PHOTO.height), { fit: 'cover' })
      .withMetadata({ density: PRINT_DPI })
      .jpeg({ quality: 92 })
      .toBuffer());
  const sides = [drawFront(card, { ...options, photo }), drawBack(card, options, offlineCode)];
  return toPdf(sides, { title: options.words.nb('cards:picture.heading'), at: card.made.issuedAt });
}

type Both = (key: string) => string;

function both({ nb, en }: ArtworkWords): Both {
  return (key) => {
    const texts = [nb(`cards:artwork.${key}`), en(`cards:artwork.${key}`)];
    return [...new Set(texts)].join(' / ');
  };
}

function head(
  card: ArtworkCard,
  { words: { nb, en }, style }: Pick<ArtworkOptions, 'words' | 'style'>,
): Mark[] {
  const fill = style.colors[card.cardType] ?? DEFAULT_COLORS[card.cardType] ?? QUIET;
  const type = `cards:type.${card.cardType}`;
  const heading = `${nb('cards:picture.heading')} / ${en('cards:picture.heading')}`;
  const width = CARD.width - 2 * EDGE;
  return [
    { kind: 'area', x: 0, y: 0, width: CARD.width, height: 10, fill },
    ...line(heading, { x: EDGE, y: 4.8, width, size: 3.2, least: 2, bold: true, fill: '#ffffff' }),
    ...line(`${nb(type)} / ${en(type)}`, {
      x: EDGE,
      y: 8.4,
      width,
      size: 2.4,
      least: 1.5,
      bold: false,
      fill: '#ffffff',
    }),
  ];
}

type Room = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly size: number;
  readonly least: number;
  readonly bold: boolean;
  readonly fill?: string;
};

/** A text in one line or two; `y` is the line that the first stands on. */
function block(text: string, { lines, fill = DARK, ...room }: Room & { readonly lines: 1 | 2 }): Mark[] {
  const fitted = fit(text, { ...room, lines });
  const { x, y, bold, width } = room;
  return fitted.lines.map((part, index) => ({
    kind: 'text',
    x,
    y: y + index * fitted.size * 1.15,
    size: fitted.size,
    bold,
    fill,
    text: part,
    room: width,
  }));
}

const line = (text: string, room: Room): Mark[] => block(text, { ...room, lines: 1 });

const label = (text: string, place: Pick<Room, 'x' | 'y' | 'width'>): Mark[] =>
  line(text, { ...place, size: 1.7, least: 1.2, bold: false, fill: QUIET });

const field = (name: string, value: string, place: Pick<Room, 'x' | 'y' | 'width'>): Mark[] => [
  ...label(name, place),
  ...line(value, { ...place, y: place.y + 3, size: 2.8, least: 2, bold: false }),
];

/** Running text, in as many lines as it takes. */
function wrapped(text: string, room: Pick<Room, 'x' | 'y' | 'width' | 'size'>): Mark[] {
  const { width, size } = room;
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1) ?? ''} ${word}`;
    const fits = widthOf(longer, { size, bold: false }) <= width;
    if (fits && lines.length > 0) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.flatMap((part, index) =>
    line(part, { ...room, y: room.y + index * size * 1.3, least: size, bold: false }),
  );
}

/** The photo, or what stands in its place until there is one. */
function portrait(photo: Uint8Array | undefined): Mark[] {
  if (photo !== undefined) return [{ kind: 'photo', ...PHOTO, jpeg: photo }];
  const somebody = 'M9 4a4.4 4.4 0 0 1 0 8.8a4.4 4.4 0 0 1 0-8.8zM1 24c0-6 3.3-9.6 8-9.6s8 3.6 8 9.6z';
  return [
    { kind: 'area', ...PHOTO, fill: '#e5e7eb' },
    { kind: 'path', x: PHOTO.x, y: PHOTO.y, scale: 1, path: somebody, fill: '#9ca3af' },
  ];
}

/** Says across a card that is not made that it is none, and across a copy that it is one. */
function across({ made }: ArtworkCard, { copy = false }: Pick<ArtworkOptions, 'copy'>, t: Both): Mark[] {
  if (made !== undefined && !copy) return [];
  const text = t(made === undefined ? 'specimen' : 'copy');
  return [
    { kind: 'stamp', x: CARD.width / 2, y: 36, size: 9, bold: true, fill: '#b91c1c', text, degrees: -24 },
  ];
}
