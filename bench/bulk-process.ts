import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { placeUpload, sendFile } from '../src/bulk/actions.ts';
import { readUpload } from '../src/bulk/reading.ts';
import { openDatabase } from '../src/database/database.ts';
import { createVault } from '../src/database/encryption.ts';
import { BUSINESS, OFFICER } from './order-world.ts';

// One file from its bytes to a placed order; prints how long it took, and how much memory there was at most.

const { url, key, upload, file } = z
  .object({ url: z.string(), key: z.string(), upload: z.string(), file: z.string() })
  .parse(JSON.parse(await text(process.stdin)));
const hashKey = Buffer.from(key, 'base64');
const database = openDatabase({ request: url, check: url });
const vault = createVault({ current: 'bench', keys: new Map([['bench', hashKey]]) }, hashKey);
const blockCardsOf = () => Promise.reject(new Error('Nothing is replaced here.'));
const notify = () => Promise.resolve();
const deps = { database, vault, allowSynthetic: true, uploadsPerDay: 1, notify, blockCardsOf };
const acting = { tokenHash: OFFICER, business: BUSINESS };
const began = performance.now();
const sent = await sendFile(deps, acting, { key: upload, fileName: 'bench.csv', file: Buffer.from(file) });
if (!sent.ok) throw new Error('The file was not taken.');
await readUpload(deps, { uploadId: upload });
const delivery = { recipient: 'Mottak', lines: ['Testveien 1'], postalCode: '0150', place: 'OSLO' };
const placed = await placeUpload(deps, acting, { uploadId: upload, delivery, reference: '' });
if (!placed.ok || placed.value.changed || placed.value.orders.length !== 1)
  throw new Error('Nothing was placed.');
const seconds = (performance.now() - began) / 1000;
await database.close();
console.log(JSON.stringify({ seconds, peak: process.resourceUsage().maxRSS / 1024 }));
