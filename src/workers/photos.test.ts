import { deflateSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawPortrait } from '../demo-portrait.ts';
import { PHOTO_MAX_BYTES, type PhotoError, prepareDocument, preparePhoto } from './photos.ts';

const blue = { r: 20, g: 60, b: 200 };
/** With edges enough to be in focus. */
const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: blue } }).composite([
    { input: bars(width, height), left: 0, top: 0 },
  ]);
const bars = (width: number, height: number) =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <rect x="20%" y="20%" width="60%" height="10%" fill="#fff"/><rect x="30%" y="50%" width="40%" height="30%" fill="#fff"/></svg>`);
const jpeg = (width = 600, height = 800) => picture(width, height).jpeg().toBuffer();
const png = (width = 600, height = 800) => picture(width, height).png().toBuffer();

async function refusal(file: Uint8Array): Promise<PhotoError | 'taken'> {
  const prepared = await preparePhoto(file);
  return prepared.ok ? 'taken' : prepared.error;
}

async function prepared(file: Uint8Array) {
  const result = await preparePhoto(file);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

/** A chunk of a PNG; the decoder checks the sum, so it is right. */
function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function pngOf(width: number, height: number, data: Buffer, extra: Buffer[] = []): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...extra,
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

describe('preparePhoto', () => {
  it('keeps a JPEG and a PNG as a JPEG with a thumbnail, and says what it holds', async () => {
    for (const file of [await jpeg(1800, 2400), await png(1800, 2400)]) {
      const photo = await prepared(file);
      const [image, thumbnail] = await Promise.all([
        sharp(photo.image).metadata(),
        sharp(photo.thumbnail).metadata(),
      ]);
      expect([image.format, image.width, image.height]).toEqual(['jpeg', 900, 1200]);
      expect([photo.width, photo.height]).toEqual([900, 1200]);
      expect([thumbnail.format, thumbnail.width, thumbnail.height]).toEqual(['jpeg', 180, 240]);
      expect(photo.sha256).toEqual(createHash('sha256').update(photo.image).digest());
    }
  });

  it('does not enlarge a small picture', async () => {
    const photo = await prepared(await jpeg(300, 400));
    expect([photo.width, photo.height]).toEqual([300, 400]);
  });

  it('turns the picture the way the camera was held, and drops position, camera, comment and colour profile', async () => {
    // The left half red as stored; turned clockwise (orientation 6), that is the upper half.
    const stored = await sharp({
      create: { width: 800, height: 600, channels: 3, background: blue },
    })
      .composite([
        {
          input: { create: { width: 400, height: 600, channels: 3, background: '#e01010' } },
          left: 0,
          top: 0,
        },
        { input: bars(400, 300), left: 200, top: 150 },
      ])
      .withExif({
        IFD0: { Make: 'SECRETCAMERA', ImageDescription: 'SECRETCOMMENT', Orientation: '6' },
        IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '59/1 54/1 0/1' },
      })
      .withIccProfile('p3')
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    expect((await sharp(stored).metadata()).orientation).toBe(6);
    expect(stored.includes('SECRETCAMERA')).toBe(true);
    const photo = await prepared(stored);
    expect([photo.width, photo.height]).toEqual([600, 800]);
    const top = await sharp(photo.image)
      .extract({ left: 300, top: 100, width: 1, height: 1 })
      .raw()
      .toBuffer();
    const bottom = await sharp(photo.image)
      .extract({ left: 300, top: 700, width: 1, height: 1 })
      .raw()
      .toBuffer();
    expect(top[0]).toBeGreaterThan(150);
    expect(bottom[2]).toBeGreaterThan(150);
    for (const file of [photo.image, photo.thumbnail]) {
      const metadata = await sharp(file).metadata();
      expect([metadata.exif, metadata.icc, metadata.xmp, metadata.iptc, metadata.comments]).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
        undefined,
      ]);
      expect(metadata.orientation).toBeUndefined();
      expect(file.includes('SECRET')).toBe(false);
      expect(file.includes('Exif')).toBe(false);
    }
  });

  it('puts what is see-through on white', async () => {
    const clear = await sharp({
      create: { width: 300, height: 400, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .composite([
        {
          input: await drawPortrait('Klar Luft').then((face) => sharp(face).resize(150).toBuffer()),
          left: 75,
          top: 100,
        },
      ])
      .png()
      .toBuffer();
    const photo = await prepared(clear);
    const pixel = await sharp(photo.image).extract({ left: 5, top: 5, width: 1, height: 1 }).raw().toBuffer();
    expect([...pixel]).toEqual([255, 255, 255]);
  });

  it('takes what phones put behind a JPEG, and drops it', async () => {
    const film = Buffer.concat([Buffer.from('\0\0\0\x18ftypmp42', 'latin1'), Buffer.alloc(5000, 'FILM')]);
    const photo = await prepared(Buffer.concat([await jpeg(), film]));
    expect(photo.image.includes('FILM')).toBe(false);
  });

  it('refuses what is not one JPEG or PNG picture, whatever it calls itself', async () => {
    const frames = await sharp({
      create: { width: 300, height: 800, channels: 3, background: blue, pageHeight: 400 },
    })
      .gif()
      .toBuffer();
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="600" height="800"></svg>');
    expect(await refusal(Buffer.alloc(0))).toBe('empty');
    expect(await refusal(frames)).toBe('not-jpeg-or-png');
    expect(await refusal(svg)).toBe('not-jpeg-or-png');
    expect(await refusal(await picture(600, 800).webp().toBuffer())).toBe('not-jpeg-or-png');
    expect(await refusal(await picture(600, 800).tiff().toBuffer())).toBe('not-jpeg-or-png');
    expect(await refusal(Buffer.from('%PDF-1.7\n'))).toBe('not-jpeg-or-png');
    expect(await refusal(Buffer.from('MZ\x90\x00', 'latin1'))).toBe('not-jpeg-or-png');
  });

  it('refuses an animated PNG', async () => {
    const control = Buffer.alloc(8);
    control.writeUInt32BE(2);
    const rows = deflateSync(
      Buffer.alloc((304 / 8 + 1) * 400).map((_, byte) => (byte % 39 > 12 && byte % 39 < 28 ? 0xff : 0)),
    );
    expect(await refusal(pngOf(304, 400, rows))).toBe('taken');
    expect(await refusal(pngOf(304, 400, rows, [chunk('acTL', control)]))).toBe('animated');
  });

  it('refuses a picture that is also an archive, a document, a page or a program', async () => {
    const picture = await jpeg();
    const zip = Buffer.concat([
      Buffer.from('PK\x03\x04'),
      Buffer.alloc(40),
      Buffer.from('PK\x05\x06'),
      Buffer.alloc(18),
    ]);
    const comment = (text: string) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(text.length + 2);
      const marker = Buffer.concat([Buffer.from([0xff, 0xfe]), length, Buffer.from(text)]);
      return Buffer.concat([picture.subarray(0, 2), marker, picture.subarray(2)]);
    };
    expect(await refusal(comment('taken at noon'))).toBe('taken');
    expect(await refusal(Buffer.concat([picture, zip]))).toBe('hides-something');
    expect(await refusal(comment('%PDF-1.4'))).toBe('hides-something');
    expect(await refusal(comment('<HTML><body>'))).toBe('hides-something');
    expect(await refusal(Buffer.concat([picture, Buffer.from('<?php system(1);')]))).toBe('hides-something');
    expect(await refusal(Buffer.concat([await png(), Buffer.from('more')]))).toBe('hides-something');
  });

  it('refuses a bomb by its header, without drawing it', async () => {
    const side = 30_000;
    const bomb = pngOf(side, side, deflateSync(Buffer.alloc((side / 8 + 1) * side), { level: 9 }));
    expect(bomb.length).toBeLessThan(PHOTO_MAX_BYTES);
    const before = process.memoryUsage().rss;
    expect(await refusal(bomb)).toBe('too-many-pixels');
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
  });

  it('refuses a header that promises less than the data would fill, or more', async () => {
    const short = pngOf(600, 800, deflateSync(Buffer.alloc(100)));
    expect(await refusal(short)).toBe('broken');
  });

  it('refuses what is too large, too small, a strip, or broken off', async () => {
    const whole = await jpeg(1200, 1600);
    expect(await refusal(Buffer.concat([whole, Buffer.alloc(PHOTO_MAX_BYTES)]))).toBe('too-large');
    expect(await refusal(await jpeg(200, 260))).toBe('too-small');
    expect(await refusal(await png(300, 1200))).toBe('not-a-portrait');
    expect(await refusal(whole.subarray(0, whole.length / 2))).toBe('broken');
    expect(await refusal(whole.subarray(0, 40))).toBe('broken');
  });

  it('refuses what is black, white, or out of focus, and says which', async () => {
    const portrait = await drawPortrait('Skarp Blikk');
    expect(await refusal(portrait)).toBe('taken');
    expect(await refusal(await sharp(portrait).blur(6).jpeg().toBuffer())).toBe('blurred');
    expect(await refusal(await sharp(portrait).linear(0.08, 0).jpeg().toBuffer())).toBe('too-dark');
    expect(await refusal(await sharp(portrait).linear(0.05, 250).jpeg().toBuffer())).toBe('too-bright');
  });

  it('sees that a photo is nearly the same, whatever its size, light and compression, and that another is not', async () => {
    const portrait = await drawPortrait('Skarp Blikk');
    const again = await sharp(portrait)
      .resize(700)
      .modulate({ brightness: 1.05 })
      .jpeg({ quality: 40 })
      .toBuffer();
    const other = await drawPortrait('Annen Blikk');
    const [one, same, another] = [await prepared(portrait), await prepared(again), await prepared(other)];
    const apart = (a: string, b: string) => [...a].filter((bit, index) => bit !== b[index]).length;
    expect(one.look).toMatch(/^[01]{64}$/u);
    expect(apart(one.look, same.look)).toBeLessThanOrEqual(6);
    expect(apart(one.look, another.look)).toBeGreaterThan(6);
  });
});

describe('prepareDocument', () => {
  it('keeps a picture of any proportions as a JPEG that can be read, and nothing of the file', async () => {
    const wide = await sharp(await jpeg(1600, 500))
      .withExif({ IFD0: { Make: 'SECRETCAMERA' } })
      .jpeg()
      .toBuffer();
    const document = await prepareDocument(wide);
    if (!document.ok) throw new Error(document.error);
    expect((await sharp(document.value.image).metadata()).width).toBe(1600);
    expect(document.value.image.includes('SECRET')).toBe(false);
  });

  it.each([
    ['too-small', () => jpeg(400, 280)],
    ['not-jpeg-or-png', () => Promise.resolve(Buffer.from('%PDF-1.7'))],
    ['too-large', () => Promise.resolve(Buffer.alloc(PHOTO_MAX_BYTES + 1))],
    ['empty', () => Promise.resolve(Buffer.alloc(0))],
  ] as const)('refuses what is %s', async (error, file) => {
    expect(await prepareDocument(await file())).toEqual({ ok: false, error });
  });
});
