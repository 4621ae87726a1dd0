import { createHash, generateKeyPairSync } from 'node:crypto';
import { Hono } from 'hono';
import { compactVerify } from 'jose';
import { expect, it } from 'vitest';
import { parsePlainDate } from '../kernel/dates.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { createCardIssuer, type CardBatch } from './card-issuer.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');

it('sends a signed manifest, a line for each card and the photos, again under the same key until it is taken', async () => {
  const keys: (string | undefined)[] = [];
  const bodies: FormData[] = [];
  const app = new Hono();
  app.post('/batches', async (c) => {
    keys.push(c.req.header('idempotency-key'));
    bodies.push(await c.req.formData());
    if (keys.length < 3) return c.body(null, 503);
    return c.json({ batchId: 'batch-1', status: 'acknowledged' }, 202);
  });
  const sent = batch();
  expect(await issuer(app).sendBatch(sent)).toEqual({
    ok: true,
    value: { batchId: 'batch-1', status: 'acknowledged' },
  });
  expect(keys).toEqual(['batch-1', 'batch-1', 'batch-1']);
  const [, , body] = bodies;
  const { photo, ...printed } = sent.cards[0]!;
  const line = `${JSON.stringify(printed)}\n`;
  expect(await (body?.get('cards') as File).text()).toBe(line);
  const image = body?.get('photo') as File;
  expect([image.name, image.type, Buffer.from(await image.arrayBuffer())]).toEqual([
    'line-1.jpg',
    'image/jpeg',
    photo,
  ]);
  const { payload, protectedHeader } = await compactVerify(body?.get('manifest') as string, publicKey);
  expect(protectedHeader).toEqual({ alg: 'EdDSA', kid: 'sign-1', typ: 'kortvakt-card-batch+json' });
  const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');
  expect(JSON.parse(new TextDecoder().decode(payload))).toEqual({
    batchId: 'batch-1',
    cards: 1,
    parts: [
      { name: 'cards.jsonl', bytes: Buffer.byteLength(line), sha256: sha256(line) },
      { name: 'line-1.jpg', bytes: 3, sha256: sha256(photo) },
    ],
  });
});

it('reads how far each card has come', async () => {
  const cards = [
    { lineId: 'line-1', status: 'produced' },
    { lineId: 'line-2', status: 'shipped' },
  ];
  const app = new Hono();
  app.get('/batches/:id', (c) => c.json({ batchId: c.req.param('id'), cards }));
  expect(await issuer(app).batchStatus('a/../b')).toEqual({ ok: true, value: { batchId: 'a/../b', cards } });
});

it('does not take an unknown status for a known one', async () => {
  const app = new Hono();
  app.get('/batches/:id', (c) => c.json({ batchId: 'b', cards: [{ lineId: 'l', status: 'lost' }] }));
  expect(await issuer(app).batchStatus('b')).toEqual({
    ok: false,
    error: { kind: 'unexpected-answer', register: 'card-issuer' },
  });
});

function issuer(app: Hono) {
  return createCardIssuer({
    baseUrl: 'https://issuer.test',
    backOffMs: 1,
    signingJwk: { ...privateKey.export({ format: 'jwk' }), kid: 'sign-1', alg: 'EdDSA' },
    fetch: async (input, init) => app.fetch(new Request(input, init)),
  });
}

function batch(): CardBatch {
  const organisationNumber = parseOrganisationNumber('310000019');
  const [birthDate, issueDate, expiryDate] = ['1990-01-15', '2026-11-24', '2028-11-24'].map(parsePlainDate);
  if (!organisationNumber.ok || !birthDate || !issueDate || !expiryDate) throw new Error('The card is wrong');
  return {
    batchId: 'batch-1',
    cards: [
      {
        lineId: 'line-1',
        cardNumber: '12345678',
        cardType: 'construction',
        holderName: 'Våken Spurv',
        birthDate,
        employerName: 'BLÅ HAMMER AS',
        organisationNumber: organisationNumber.value,
        issueDate,
        expiryDate,
        checkAddress: 'https://kortvakt.test/check/12345678',
        photoSha256: '0'.repeat(64),
        photo: Buffer.from([0xff, 0xd8, 0xff]),
        deliverTo: { recipient: 'BLÅ HAMMER AS', lines: ['Testveien 1'], postalCode: '0150', place: 'OSLO' },
      },
    ],
  };
}
