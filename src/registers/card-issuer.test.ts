import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { parsePlainDate } from '../kernel/dates.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { createCardIssuer, type CardBatch } from './card-issuer.ts';

it('sends a batch again under the same key until it is taken', async () => {
  const keys: (string | undefined)[] = [];
  const bodies: unknown[] = [];
  const app = new Hono();
  app.post('/batches', async (c) => {
    keys.push(c.req.header('idempotency-key'));
    bodies.push(await c.req.json());
    if (keys.length < 3) return c.body(null, 503);
    return c.json({ batchId: 'batch-1', status: 'acknowledged' }, 202);
  });
  expect(await issuer(app).sendBatch(batch())).toEqual({
    ok: true,
    value: { batchId: 'batch-1', status: 'acknowledged' },
  });
  expect(keys).toEqual(['batch-1', 'batch-1', 'batch-1']);
  expect(bodies[2]).toEqual(batch());
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
        photo: '/9j/',
      },
    ],
  };
}
