import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestWorld } from './test-support.ts';

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

function batch(batchId: string, photo = Buffer.from([0xff, 0xd8, 0xff, 0xd9])) {
  return {
    batchId,
    cards: [
      {
        lineId: 'line-1',
        cardNumber: '12345678',
        cardType: 'construction',
        holderName: 'Våken Spurv',
        birthDate: '1990-01-15',
        employerName: 'BLÅ HAMMER AS',
        organisationNumber: '310000019',
        issueDate: '2026-11-24',
        expiryDate: '2028-11-23',
        photoSha256: createHash('sha256').update(photo).digest('hex'),
        photo: photo.toString('base64'),
      },
    ],
  };
}

describe('the card issuer', () => {
  let world: Awaited<ReturnType<typeof startTestWorld>>;
  const stepMs = 150;
  beforeAll(async () => {
    world = await startTestWorld({ productionStepMs: stepMs });
  });
  afterAll(() => world.stop());

  const send = async (body: unknown, key?: string, scope = 'kortvakt:cards.produce'): Promise<Response> =>
    fetch(`${world.servicesOrigin}/card-issuer/batches`, {
      method: 'POST',
      body: JSON.stringify(body),
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
    const response = await send(batch('b-1'), 'b-1');
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
    await send(batch('b-2'), 'b-2');
    const again = await send(batch('b-2'), 'b-2');
    expect(again.status).toBe(202);
    expect(acknowledgement.parse(await again.json()).batchId).toBe('b-2');
    const other = { ...batch('b-2'), cards: [{ ...batch('b-2').cards[0], cardNumber: '87654321' }] };
    const refused = await send(other, 'b-2');
    expect(refused.status).toBe(409);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    problem.parse(await refused.json());
    expect((await send(batch('b-2'), 'another-key')).status).toBe(409);
  });

  it('refuses a photo that is not the JPEG its digest says, naming the line and not the holder', async () => {
    const spoilt = batch('b-3', Buffer.from('no JPEG'));
    const response = await send(spoilt, 'b-3');
    expect(response.status).toBe(400);
    const { detail } = problem.parse(await response.json());
    expect(detail).toContain('line-1');
    expect(detail).not.toContain('Spurv');
    expect((await look('b-3')).status).toBe(404);
  });

  it('refuses a batch without a key, without its fields and without the scope', async () => {
    expect((await send(batch('b-4'))).status).toBe(400);
    expect((await send({ batchId: 'b-4', cards: [] }, 'b-4')).status).toBe(400);
    expect((await send(batch('b-4'), 'b-4', 'nav:aareg/v1/arbeidsforhold')).status).toBe(403);
  });
});
