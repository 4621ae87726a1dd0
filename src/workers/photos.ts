import { createHash } from 'node:crypto';
import sharp, { type Metadata, type SharpOptions } from 'sharp';
import { err, ok, type Result } from '../kernel/result.ts';

/** The largest upload, in bytes: 10 MB. */
export const PHOTO_MAX_BYTES = 10_000_000;
/** The declared types that a form takes; what a file holds is found out by `preparePhoto`. */
export const PHOTO_TYPES = ['image/jpeg', 'image/png'] as const;

/** Why a file is not taken; each has words under `workers:photo.*`. */
export type PhotoError =
  | 'empty'
  | 'too-large'
  | 'not-jpeg-or-png'
  | 'animated'
  | 'hides-something'
  | 'too-small'
  | 'too-many-pixels'
  | 'not-a-portrait'
  | 'too-dark'
  | 'too-bright'
  | 'blurred'
  | 'broken';
/** Why a file is not taken as an identity document; each has words under `workers:document.*`. */
export type DocumentError = Exclude<PhotoError, 'not-a-portrait' | 'too-dark' | 'too-bright' | 'blurred'>;

/** A photo as it is kept: JPEG, upright, in sRGB, without metadata; `sha256` is of `image`. */
export interface PreparedPhoto {
  readonly image: Buffer;
  readonly thumbnail: Buffer;
  readonly width: number;
  readonly height: number;
  readonly sha256: Buffer;
  /** 64 characters 0 or 1 that photos which look alike have nearly the same. */
  readonly look: string;
}

/** An identity document as it is kept once encrypted: JPEG, upright, without metadata; `sha256` is of `image`. */
export interface PreparedDocument {
  readonly image: Buffer;
  readonly sha256: Buffer;
}

const MIN_WIDTH = 240;
const MIN_HEIGHT = 320;
const MAX_PIXELS = 60_000_000;
/** Long side to short side: what is longer than this is a panorama or a strip, not a portrait. */
const MAX_RATIO = 2.5;
const FULL = { width: 900, height: 1200 };
const THUMBNAIL = { width: 180, height: 240 };
/** Large enough to read the small print of a passport. */
const DOCUMENT = { width: 2000, height: 2000 };
/** The short and the long side that an identity document can be read from, in pixels. */
const MIN_DOCUMENT = { short: 300, long: 450 };
/** Mean brightness, from 0 (black) to 255, outside of which no face can be made out. */
const BRIGHTNESS = { least: 35, most: 247 };
/**
 * The least deviation of the edges (a Laplacian over the picture at 300 pixels wide) that a photo in focus has: what is out of
 * focus, a wall or an empty page has less. A drawn portrait has 1.4 and more, blurred with a radius of 3 pixels 0.3 and less. What lies between is the
 * reviewer's to judge.
 */
const LEAST_SHARPNESS = 0.3;

// Only the first image, no more pixels than a phone's camera takes, and an error where the data is not whole.
const reading: SharpOptions = { limitInputPixels: MAX_PIXELS, failOn: 'error', pages: 1 };

/**
 * Makes a photo safe to keep and to show: found out by its content to be one JPEG or PNG image and nothing else, turned
 * upright, scaled down, and written anew, so that nothing of the file that was sent is kept but its picture.
 */
export async function preparePhoto(file: Uint8Array): Promise<Result<PreparedPhoto, PhotoError>> {
  return readPicture(file, refusalOfPortrait, async (bytes) => {
    const image = await draw(bytes, FULL, 86);
    const wrong = await refusalOfQuality(image.data);
    if (wrong !== undefined) return err(wrong);
    const thumbnail = await draw(image.data, THUMBNAIL, 80);
    return ok({
      image: image.data,
      thumbnail: thumbnail.data,
      width: image.info.width,
      height: image.info.height,
      sha256: digest(image.data),
      look: await lookOf(image.data),
    });
  });
}

/** Makes the picture of an identity document safe to keep, as `preparePhoto` does; it has any proportions. */
export async function prepareDocument(file: Uint8Array): Promise<Result<PreparedDocument, DocumentError>> {
  return readPicture<PreparedDocument, DocumentError>(file, refusalOfDocument, async (bytes) => {
    const { data } = await draw(bytes, DOCUMENT, 80);
    return ok({ image: data, sha256: digest(data) });
  });
}

async function readPicture<T, E extends PhotoError>(
  file: Uint8Array,
  refuse: (size: Size) => E | undefined,
  work: (bytes: Buffer) => Promise<Result<T, E>>,
): Promise<Result<T, E | DocumentError>> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const refused = refusalOfFile(bytes);
  if (refused !== undefined) return err(refused);
  try {
    const metadata = await sharp(bytes, { ...reading, limitInputPixels: false }).metadata();
    const wrong = refusalOfPicture(metadata) ?? refuse(metadata.autoOrient);
    return wrong === undefined ? await work(bytes) : err(wrong);
  } catch {
    // The library's own words say what of the file it could not read: nothing to log, nothing that a person can use.
    return err('broken');
  }
}

const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest();

/** In focus and neither black nor white, as far as numbers tell; the reviewer sees the rest. */
async function refusalOfQuality(jpeg: Buffer): Promise<PhotoError | undefined> {
  const small = await sharp(jpeg).resize({ width: 300 }).greyscale().png().toBuffer();
  const { channels, sharpness } = await sharp(small).stats();
  const brightness = channels[0]?.mean ?? 0;
  if (brightness < BRIGHTNESS.least) return 'too-dark';
  if (brightness > BRIGHTNESS.most) return 'too-bright';
  return sharpness < LEAST_SHARPNESS ? 'blurred' : undefined;
}

/** Whether each of 8 × 8 fields is brighter than the one to its left: scaling, light and compression hardly change it. */
async function lookOf(jpeg: Buffer): Promise<string> {
  const fields = await sharp(jpeg).greyscale().resize(9, 8, { fit: 'fill' }).raw().toBuffer();
  const at = (row: number, column: number) => fields[row * 9 + column] ?? 0;
  const bits = Array.from({ length: 64 }, (_, bit) => {
    const [row, column] = [Math.floor(bit / 8), bit % 8];
    return at(row, column + 1) > at(row, column) ? '1' : '0';
  });
  return bits.join('');
}

function draw(bytes: Buffer, box: { width: number; height: number }, quality: number) {
  return sharp(bytes, reading)
    .timeout({ seconds: 20 })
    .autoOrient()
    .resize({ ...box, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .jpeg({ quality })
    .toBuffer({ resolveWithObject: true });
}

function refusalOfFile(bytes: Buffer): DocumentError | undefined {
  if (bytes.length === 0) return 'empty';
  if (bytes.length > PHOTO_MAX_BYTES) return 'too-large';
  const png = isPng(bytes);
  if (!png && !isJpeg(bytes)) return 'not-jpeg-or-png';
  const chunks = png ? pngChunks(bytes) : undefined;
  if (chunks?.names.includes('acTL') === true) return 'animated';
  if (chunks?.trailing === true || isAlsoSomethingElse(bytes)) return 'hides-something';
  return undefined;
}

function refusalOfPicture({ autoOrient, pages, format }: Metadata): DocumentError | undefined {
  if (format !== 'jpeg' && format !== 'png') return 'not-jpeg-or-png';
  if ((pages ?? 1) > 1) return 'animated';
  return autoOrient.width * autoOrient.height > MAX_PIXELS ? 'too-many-pixels' : undefined;
}

type Size = { readonly width: number; readonly height: number };

function refusalOfPortrait({ width, height }: Size): PhotoError | undefined {
  if (Math.max(width, height) / Math.min(width, height) > MAX_RATIO) return 'not-a-portrait';
  return width < MIN_WIDTH || height < MIN_HEIGHT ? 'too-small' : undefined;
}

function refusalOfDocument({ width, height }: Size): DocumentError | undefined {
  const legible =
    Math.min(width, height) >= MIN_DOCUMENT.short && Math.max(width, height) >= MIN_DOCUMENT.long;
  return legible ? undefined : 'too-small';
}

function isJpeg(bytes: Buffer): boolean {
  return bytes.length > 3 && bytes.readUIntBE(0, 3) === 0xffd8ff;
}

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function isPng(bytes: Buffer): boolean {
  return bytes.subarray(0, pngSignature.length).equals(pngSignature);
}

/** The names of a PNG's chunks up to its end, and whether anything follows that end. */
function pngChunks(bytes: Buffer): { names: string[]; trailing: boolean } {
  const names: string[] = [];
  let at = pngSignature.length;
  while (at + 12 <= bytes.length) {
    const name = bytes.toString('latin1', at + 4, at + 8);
    names.push(name);
    at += 12 + bytes.readUInt32BE(at);
    if (name === 'IEND') return { names, trailing: at < bytes.length };
  }
  return { names, trailing: false };
}

/**
 * Whether the file reads as another kind of file as well: an archive, a document or a page. Phones put more after the
 * end of a JPEG (a second image, a film), which is dropped; what programs would open or run is refused.
 */
function isAlsoSomethingElse(bytes: Buffer): boolean {
  const tail = bytes.subarray(-65_557);
  if (tail.includes('PK\u0005\u0006', 0, 'latin1') && bytes.includes('PK\u0003\u0004', 0, 'latin1'))
    return true;
  if (bytes.subarray(0, 1024).includes('%PDF-', 0, 'latin1')) return true;
  const text = bytes.toString('latin1').toLowerCase();
  return ['<script', '<html', '<?php', '<svg ', '<!doctype'].some((mark) => text.includes(mark));
}
