import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { inflateSync } from 'node:zlib';
import { decode, Tag } from 'cbor2';
import fc from 'fast-check';
import QRCode from 'qrcode';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { newCardKey, newKeyRing } from '../../tests/support/card-keys.ts';
import { parsePlainDate } from '../kernel/dates.ts';
import { decodeBase45, encodeBase45 } from './base45.ts';
import { MOST_CHARACTERS, readCardCode, signCardCode, type CodedCard } from './card-code.ts';
import { signClaims, type PublishedKey } from './cose.ts';
import { createKeyRing, type CardKey, type KeyRing } from './keys.ts';
import { signStatusList } from './list-signing.ts';
import { packStatuses, readStatusList, statusAt, type StatusEntry } from './status-list.ts';

const address = 'https://kortvakt.example/status/1';
const born = parsePlainDate('1990-01-15');
if (born === undefined) throw new Error('no date');

const card: CodedCard = {
  number: '12345678',
  cardType: 'construction',
  holderName: 'Våken Spurv',
  birthDate: born,
  employerName: 'BLÅ HAMMER AS',
  organisationNumber: '310000019',
  issuerName: 'Kortvakt',
  issuedAt: new Date('2026-11-24T10:00:00Z'),
  expiresAt: new Date('2028-11-24T23:00:00Z'),
  statusList: address,
  statusIndex: 812_345,
};

let old: CardKey;
let ring: KeyRing;
let stranger: KeyRing;

beforeAll(async () => {
  old = await newCardKey();
  ring = await createKeyRing([await newCardKey(), old]);
  stranger = await newKeyRing();
});

describe('Base45', () => {
  // RFC 9285 § 4.3 and 4.4.
  test.each([
    ['AB', 'BB8'],
    ['Hello!!', '%69 VD92EX0'],
    ['base-45', 'UJCLQE7W581'],
    ['ietf!', 'QED8WEX0'],
    ['', ''],
  ])('%s is %s', (plain, coded) => {
    expect(encodeBase45(Buffer.from(plain))).toBe(coded);
    expect(Buffer.from(decodeBase45(coded) ?? [1]).toString()).toBe(plain);
  });

  test.each(['A', 'GGW', ':::', '::', 'ab', 'BB8A', 'B\u{1f600}'])('%s is refused', (coded) => {
    expect(decodeBase45(coded)).toBeUndefined();
  });

  test('whatever is written is read again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(decodeBase45(encodeBase45(bytes))).toEqual(bytes);
      }),
    );
  });
});

describe('the code of a card', () => {
  test('says what the card shows', async () => {
    const code = await signCardCode(card, ring.signing);
    expect(await readCardCode(code, ring.find)).toEqual({ ok: true, card });
    expect(code).toMatch(/^HMS1:[0-9A-Z $%*+\-./:]+$/u);
  });

  test('is signed by the first key, and by one that stays after a change', async () => {
    const before = await createKeyRing([old]);
    const code = await signCardCode(card, before.signing);
    expect((await readCardCode(code, ring.find)).ok).toBe(true);
    expect(ring.published.keys.map((key) => key.kid)).toContain(before.published.keys[0]?.kid);
    expect(JSON.stringify(ring.published)).not.toContain('"d"');
  });

  test('fits, whatever the letters of the names', async () => {
    const letter = fc.constantFrom('a', 'Å', 'ŋ', 'Ž', '한', '👷🏽‍♀️', '\u0301', ' ');
    const name = fc.array(letter, { minLength: 1, maxLength: 200 }).map((letters) => letters.join(''));
    await fc.assert(
      fc.asyncProperty(name, name, async (holderName, employerName) => {
        const code = await signCardCode({ ...card, holderName, employerName }, ring.signing);
        expect(code.length).toBeLessThanOrEqual(MOST_CHARACTERS);
        const read = await readCardCode(code, ring.find);
        if (!read.ok) throw new Error(read.refusal);
        const shown = read.card.holderName.replace(/…$/u, '').trimEnd();
        expect(holderName.startsWith(shown)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test('keeps sixty letters of ordinary names', async () => {
    const long = 'Ærlig Øyvind Ålesund '.repeat(3).slice(0, 60);
    const code = await signCardCode({ ...card, holderName: long, employerName: long }, ring.signing);
    const read = await readCardCode(code, ring.find);
    expect(read.ok && [read.card.holderName, read.card.employerName]).toEqual([long, long]);
  });

  test.each([
    ['', 'not-a-code'],
    ['https://kortvakt.example/c/AAAAAAAAAAA', 'not-a-code'],
    ['HC1:6BF', 'not-a-code'],
    ['HMS1:', 'malformed'],
    ['HMS1:abc', 'malformed'],
    ['HMS1:BB8', 'malformed'],
  ])('%j is no code: %s', async (text, refusal) => {
    expect(await readCardCode(text, ring.find)).toEqual({ ok: false, refusal });
  });

  test('of a stranger is not trusted', async () => {
    const code = await signCardCode(card, stranger.signing);
    expect(await readCardCode(code, ring.find)).toEqual({ ok: false, refusal: 'unknown-key' });
    const borrowed = { ...stranger.signing, id: ring.signing.id };
    const forged = await signCardCode(card, borrowed);
    expect(await readCardCode(forged, ring.find)).toEqual({ ok: false, refusal: 'wrong-signature' });
  });

  test('is no status list, and a status list no code', async () => {
    const statuses = packStatuses([], 8);
    const list = { address, issuedAt: card.issuedAt, expiresAt: card.expiresAt, ttl: 300, statuses };
    const token = await signStatusList(list, ring.signing);
    const asCode = await readCardCode(`HMS1:${encodeBase45(token)}`, ring.find);
    expect(asCode).toEqual({ ok: false, refusal: 'malformed' });
  });

  test('is written in one way: with a longer length, something after it or something unsigned in it, it is malformed', async () => {
    const token = decodeBase45((await signCardCode(card, ring.signing)).slice(5)) ?? new Uint8Array();
    // The tag, an array of four, and a header whose length stands in the byte after its head.
    expect([...token.subarray(0, 3)]).toEqual([0xd2, 0x84, 0x58]);
    const end = 4 + (token[3] ?? 0);
    expect([...token.subarray(end, end + 2)]).toEqual([0xa0, 0x58]);
    const written = [
      [...token.subarray(0, 2), 0x59, 0, ...token.subarray(3)],
      [...token.subarray(0, 2), 0x5a, 0, 0, 0, ...token.subarray(3)],
      [...token.subarray(0, 2), 0x5b, 0, 0, 0, 0, 0, 0, 0, ...token.subarray(3)],
      [...token.subarray(0, end), 0xa1, 0x01, 0x01, ...token.subarray(end + 1)],
      [...token, 0],
      [...token.subarray(0, -1)],
      [...token.subarray(1)],
      [],
    ];
    for (const bytes of written) {
      const read = await readCardCode(`HMS1:${encodeBase45(Uint8Array.from(bytes))}`, ring.find);
      expect(read).toEqual({ ok: false, refusal: 'malformed' });
    }
  });

  test('with other claims than a card has is malformed', async () => {
    const token = await signClaims(new Map([[1, 'x']]), 'application/hms-card+cwt', ring.signing);
    const read = await readCardCode(`HMS1:${encodeBase45(token)}`, ring.find);
    expect(read).toEqual({ ok: false, refusal: 'malformed' });
  });
});

describe('the status list', () => {
  // The two-bit lists of draft-ietf-oauth-status-list, § 4.1 and appendix C.2.
  const short = 'eNo76fITAAPfAgc';
  const long =
    'eNrt2zENACEQAEEuoaBABP5VIO01fCjIHTMStt9ovGVIAAAAAABAbiEBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEB5WwIAAAAAAA' +
    'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAID0ugQAAAAA' +
    'AAAAAAAAAAAAQG12SgAAAAAAAAAAAAAAAAAAAAAAAAAAAOCSIQEAAAAAAAAAAAAAAAAAAAAAAAD8ExIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' +
    'AAAAAAAAAAwJEuAQAAAAAAAAAAAAAAAAAAAAAAAMB9SwIAAAAAAAAAAAAAAAAAAACoYUoAAAAAAAAAAAAAAEBqH81gAQw';
  const unpacked = (lst: string) => inflateSync(Buffer.from(lst, 'base64url'));

  test('reads the short list of the draft', () => {
    const bytes = unpacked(short);
    const said = Array.from({ length: 12 }, (_, index) => statusAt(bytes, index));
    const [v, b, s, none] = ['valid', 'blocked', 'suspended', undefined];
    expect(said).toEqual([b, s, v, none, v, b, v, b, b, s, none, none]);
    expect(statusAt(bytes, 12)).toBeUndefined();
    expect(statusAt(bytes, -1)).toBeUndefined();
    expect(statusAt(bytes, 0.5)).toBeUndefined();
  });

  test('reads and packs the long list of the draft', () => {
    const bytes = unpacked(long);
    const [b, s, none] = ['blocked', 'suspended', undefined] as const;
    const set = new Map<number, StatusEntry['status'] | undefined>([
      ...[0, 25_460, 495_669, 554_353, 723_232, 854_545].map((index) => [index, b] as const),
      ...[1993, 645_645, 934_534].map((index) => [index, s] as const),
      ...[159_495, 1_000_345].map((index) => [index, none] as const),
    ]);
    expect(bytes.length).toBe(2 ** 18);
    const wrong = Array.from({ length: 2 ** 20 }, (_, index) => index).filter(
      (index) => statusAt(bytes, index) !== (set.has(index) ? set.get(index) : 'valid'),
    );
    expect(wrong).toEqual([]);
    const meant = [...set].flatMap(([index, status]) => (status === undefined ? [] : [{ index, status }]));
    const packed = Buffer.from(packStatuses(meant, 2 ** 20));
    for (const index of [159_495, 1_000_345]) packed[index >> 2] = bytes[index >> 2] ?? 0;
    expect(packed.equals(bytes)).toBe(true);
  });

  test('packs what it reads, at every index', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.record({
            index: fc.nat({ max: 999 }),
            status: fc.constantFrom<StatusEntry['status']>('blocked', 'suspended'),
          }),
          { selector: ({ index }) => index, maxLength: 60 },
        ),
        (entries) => {
          const bytes = packStatuses(entries, 1000);
          const said = Array.from({ length: 1000 }, (_, index) => statusAt(bytes, index));
          const expected = new Map(entries.map(({ index, status }) => [index, status]));
          expect(said).toEqual(said.map((_, index) => expected.get(index) ?? 'valid'));
        },
      ),
      { numRuns: 30 },
    );
    expect(() => packStatuses([{ index: 1000, status: 'blocked' }], 1000)).toThrow(RangeError);
  });

  test('is read at its own address alone, and only when signed by a trusted key', async () => {
    const statuses = packStatuses([{ index: 5, status: 'blocked' }], 1000);
    const list = { address, issuedAt: card.issuedAt, expiresAt: card.expiresAt, ttl: 300, statuses };
    const token = await signStatusList(list, ring.signing);
    expect(await readStatusList(token, address, ring.find)).toEqual({ ok: true, list });
    expect((await readStatusList(token, `${address}0`, ring.find)).ok).toBe(false);
    expect((await readStatusList(token, address, stranger.find)).ok).toBe(false);
    expect((await readStatusList(token.subarray(0, -1), address, ring.find)).ok).toBe(false);
  });
});

test('the code is read from a print of 26 mm at 300 dots an inch', async () => {
  const names = 'Ærlig Øyvind Ålesund '.repeat(3).slice(0, 60);
  const code = await signCardCode({ ...card, holderName: names, employerName: names }, ring.signing);
  expect(QRCode.create(code, { errorCorrectionLevel: 'M' }).version).toBeLessThanOrEqual(15);
  // Three dots a module, and a quiet zone of four modules.
  const print = await QRCode.toBuffer(code, { errorCorrectionLevel: 'M', scale: 3, margin: 4 });
  expect((await sharp(print).metadata()).width).toBeLessThanOrEqual((26 / 25.4) * 300);
  const photographed = await sharp(print)
    .rotate(7, { background: '#fff' })
    .blur(0.7)
    .resize({ width: 420 })
    .png()
    .toBuffer();
  const wasm = fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm'));
  prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(await readFile(wasm)).buffer } });
  for (const picture of [print, photographed]) {
    const [found] = await readBarcodes(new Uint8Array(picture), { formats: ['QRCode'] });
    expect(found?.text).toBe(code);
  }
});

/** A byte string as CBOR writes it. */
const bytes = (value: Uint8Array): Buffer => {
  const head =
    value.length < 24
      ? [0x40 + value.length]
      : value.length < 256
        ? [0x58, value.length]
        : [0x59, value.length >> 8, value.length & 255];
  return Buffer.concat([Buffer.from(head), value]);
};

/** A second reader, of other libraries and none of our code: cbor2 and node:crypto. */
function secondReader(token: Uint8Array, published: readonly PublishedKey[], type: string) {
  const tagged: unknown = decode(token);
  if (!(tagged instanceof Tag) || tagged.tag !== 18) throw new Error('no COSE_Sign1');
  const [head, , payload, signature] = tagged.contents as [Uint8Array, object, Uint8Array, Uint8Array];
  const header = decode<Map<number, unknown>>(head, { preferMap: true });
  const entries =
    header instanceof Map
      ? header
      : new Map(Object.entries(header as object).map(([k, v]) => [Number(k), v]));
  if (entries.get(1) !== -7 || entries.get(16) !== type) throw new Error('another kind');
  const kid = Buffer.from(entries.get(4) as Uint8Array).toString('base64url');
  const jwk = published.find((one) => one.kid === kid);
  if (jwk === undefined) throw new Error('unknown key');
  // To the byte: there is one way to write it.
  const whole = Buffer.concat([
    Buffer.of(0xd2, 0x84),
    bytes(head),
    Buffer.of(0xa0),
    bytes(payload),
    bytes(signature),
  ]);
  if (!whole.equals(token)) throw new Error('written another way');
  const signed = Buffer.concat([
    Buffer.from([0x84, 0x6a]),
    Buffer.from('Signature1'),
    bytes(head),
    bytes(new Uint8Array()),
    bytes(payload),
  ]);
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  if (!verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature))
    throw new Error('wrong signature');
  return payload;
}

test('a second reader accepts our codes and lists, and both refuse each of a thousand that were tampered with', async () => {
  const code = await signCardCode(card, ring.signing);
  const token = decodeBase45(code.slice(5)) ?? new Uint8Array();
  expect(
    Buffer.from(secondReader(token, ring.published.keys, 'application/hms-card+cwt')).includes('Våken Spurv'),
  ).toBe(true);
  const statuses = packStatuses([{ index: 5, status: 'blocked' }], 1024);
  const list = { address, issuedAt: card.issuedAt, expiresAt: card.expiresAt, ttl: 300, statuses };
  const listToken = await signStatusList(list, ring.signing);
  const said = decode<Map<number, unknown> | Record<string, unknown>>(
    secondReader(listToken, ring.published.keys, 'application/statuslist+cwt'),
  );
  const claim = (said instanceof Map ? said.get(65_533) : said['65533']) as { lst: Uint8Array };
  expect(inflateSync(claim.lst)).toEqual(Buffer.from(statuses));
  for (const at of listToken.keys()) {
    const tampered = new Uint8Array(listToken);
    tampered[at] = (tampered[at] ?? 0) ^ (1 << (at % 8));
    expect((await readStatusList(tampered, address, ring.find)).ok).toBe(false);
    expect(() => secondReader(tampered, ring.published.keys, 'application/statuslist+cwt')).toThrow();
  }
  for (let round = 0; round < 1000; round += 1) {
    const tampered = new Uint8Array(token);
    const at = round < token.length ? round : randomBytes(2).readUInt16BE() % token.length;
    tampered[at] = (tampered[at] ?? 0) ^ (1 << (round % 8));
    expect((await readCardCode(`HMS1:${encodeBase45(tampered)}`, ring.find)).ok).toBe(false);
    expect(() => secondReader(tampered, ring.published.keys, 'application/hms-card+cwt')).toThrow();
  }
});
