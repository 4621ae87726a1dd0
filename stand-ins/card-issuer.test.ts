import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { CompactSign, importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ClientKeys, newClientKeys, startTestWorld } from './test-support.ts';

const acknowledgement = z.strictObject({ batchId: z.string(), status: z.literal('acknowledged') });
const progress = z.strictObject({
  batchId: z.string(),
  status: z.enum(['acknowledged', 'produced', 'shipped']),
  cards: z.array(
    z.strictObject({
      lineId: z.string(),
      cardNumber: z.string().regex(/^\d{8}$/),
      status: z.enum(['acknowledged', 'produced', 'shipped']),
      producedAt: z.iso.datetime().optional(),
      shippedAt: z.iso.datetime().optional(),
    }),
  ),
});
const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
});

const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xd9]);
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

const card = (photo: Buffer = JPEG) => ({
  lineId: 'line-1',
  cardNumber: '12345678',
  cardType: 'construction',
  holderName: 'Våken Spurv',
  birthDate: '1990-01-15',
  employerName: 'BLÅ HAMMER AS',
  organisationNumber: '310000019',
  issueDate: '2026-11-24',
  expiryDate: '2028-11-23',
  checkAddress: 'https://kortvakt.example/c/AAAAAAAAAAA',
  photoSha256: sha256(photo),
  deliverTo: { recipient: 'BLÅ HAMMER AS', lines: ['Testveien 1'], postalCode: '0150', place: 'OSLO' },
});

/** A batch, and what somebody has done to it since it was signed. */
type Batch = {
  batchId: string;
  card?: object;
  photo?: Buffer;
  type?: string;
  signedBy?: ClientKeys;
  tamper?: (form: FormData, lines: string) => void;
};

async function pack({ batchId, photo = JPEG, type, signedBy, tamper, ...rest }: Batch, ours: ClientKeys) {
  const keys = signedBy ?? ours;
  const lines = `${JSON.stringify(rest.card ?? card(photo))}\n`;
  const table = Buffer.from(lines);
  const manifest = {
    batchId,
    cards: 1,
    parts: [
      { name: 'cards.jsonl', bytes: table.length, sha256: sha256(table) },
      { name: 'line-1.jpg', bytes: photo.length, sha256: sha256(photo) },
    ],
  };
  const form = new FormData();
  form.set(
    'manifest',
    await new CompactSign(Buffer.from(JSON.stringify(manifest)))
      .setProtectedHeader({
        alg: 'RS256',
        kid: keys.privateJwk.kid ?? '',
        typ: type ?? 'kortvakt-card-batch+json',
      })
      .sign(await importJWK(keys.privateJwk, 'RS256')),
  );
  form.set('cards', new File([lines], 'cards.jsonl'));
  form.set('photo', new File([new Uint8Array(photo)], 'line-1.jpg'));
  tamper?.(form, lines);
  return form;
}

describe('the card issuer', () => {
  let world: Awaited<ReturnType<typeof startTestWorld>>;
  const stepMs = 150;
  beforeAll(async () => {
    world = await startTestWorld({ productionStepMs: stepMs });
  });
  afterAll(() => world.stop());

  const send = async (batch: Batch, key?: string, scope = 'kortvakt:cards.produce'): Promise<Response> =>
    fetch(`${world.servicesOrigin}/card-issuer/batches`, {
      method: 'POST',
      body: await pack(batch, world.keys),
      headers: {
        authorization: `Bearer ${await world.token(scope)}`,
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
    });
  const look = async (batchId: string): Promise<Response> =>
    fetch(`${world.servicesOrigin}/card-issuer/batches/${batchId}`, {
      headers: { authorization: `Bearer ${await world.token('kortvakt:cards.produce')}` },
    });

  it('acknowledges a batch, then produces and ships it by itself', async () => {
    const response = await send({ batchId: 'b-1' }, 'b-1');
    expect(response.status).toBe(202);
    acknowledgement.parse(await response.json());
    // However slow the machine is: each state in its turn, the last one in the end, and at the right distances.
    const states = ['acknowledged', 'produced', 'shipped'];
    let seen = 0;
    for (;;) {
      const { status, cards } = progress.parse(await (await look('b-1')).json());
      expect(states.indexOf(status)).toBeGreaterThanOrEqual(seen);
      seen = states.indexOf(status);
      expect(cards).toMatchObject([{ lineId: 'line-1', cardNumber: '12345678', status }]);
      const [card] = cards;
      expect([card?.producedAt !== undefined, card?.shippedAt !== undefined]).toEqual([seen > 0, seen > 1]);
      if (card?.producedAt !== undefined && card.shippedAt !== undefined) {
        expect(Date.parse(card.shippedAt) - Date.parse(card.producedAt)).toBe(stepMs);
        break;
      }
      await wait(stepMs / 3);
    }
  });

  it('gives the same answer to the same key, and refuses the key for another batch', async () => {
    await send({ batchId: 'b-2' }, 'b-2');
    const again = await send({ batchId: 'b-2' }, 'b-2');
    expect(again.status).toBe(202);
    expect(acknowledgement.parse(await again.json()).batchId).toBe('b-2');
    const refused = await send({ batchId: 'b-2', card: { ...card(), cardNumber: '87654321' } }, 'b-2');
    expect(refused.status).toBe(409);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    problem.parse(await refused.json());
    expect((await send({ batchId: 'b-2' }, 'another-key')).status).toBe(409);
  });

  it('refuses a photo that is not the JPEG its digest says, naming the line and not the holder', async () => {
    const response = await send({ batchId: 'b-3', photo: Buffer.from('no JPEG') }, 'b-3');
    expect(response.status).toBe(400);
    const { detail } = problem.parse(await response.json());
    expect(detail).toContain('line-1');
    expect(detail).not.toContain('Spurv');
    expect((await look('b-3')).status).toBe(404);
  });

  it.each<[string, Partial<Batch>, number, string]>([
    [
      'a line that was changed',
      {
        tamper: (form, lines) =>
          form.set('cards', new File([lines.replace('Våken', 'Ekte!')], 'cards.jsonl')),
      },
      400,
      'changed-part',
    ],
    [
      'an image that was changed',
      {
        tamper: (form) =>
          form.set('photo', new File([new Uint8Array(JPEG).map((byte) => byte ^ 1)], 'line-1.jpg')),
      },
      400,
      'changed-part',
    ],
    [
      'an image that nothing names',
      { tamper: (form) => form.append('photo', new File([new Uint8Array(JPEG)], 'line-2.jpg')) },
      400,
      'changed-part',
    ],
    ['an image that is missing', { tamper: (form) => form.delete('photo') }, 400, 'changed-part'],
    ['no manifest', { tamper: (form) => form.delete('manifest') }, 400, 'invalid-batch'],
    [
      'something else that the key has signed',
      { type: 'kortvakt-agreement-signature+json' },
      403,
      'foreign-manifest',
    ],
  ])('refuses %s', async (_, spoilt, status, type) => {
    const response = await send({ batchId: 'b-5', ...spoilt }, 'b-5');
    expect([response.status, problem.parse(await response.json()).title]).toEqual([status, type]);
    expect((await look('b-5')).status).toBe(404);
  });

  it('refuses a manifest that another key has signed', async () => {
    const response = await send({ batchId: 'b-6', signedBy: await newClientKeys() }, 'b-6');
    expect([response.status, problem.parse(await response.json()).title]).toEqual([403, 'foreign-manifest']);
    expect((await look('b-6')).status).toBe(404);
  });

  it('refuses a batch without a key, without its fields and without the scope', async () => {
    expect((await send({ batchId: 'b-4' })).status).toBe(400);
    expect((await send({ batchId: 'b-4', card: {} }, 'b-4')).status).toBe(400);
    expect((await send({ batchId: 'b-4' }, 'b-4', 'nav:aareg/v1/arbeidsforhold')).status).toBe(403);
  });
});
