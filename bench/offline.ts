import { exportJWK, generateKeyPair } from 'jose';
import { parsePlainDate } from '../src/kernel/dates.ts';
import { readCardCode, signCardCode, type CodedCard } from '../src/offline/card-code.ts';
import { createKeyRing, type CardKey } from '../src/offline/keys.ts';
import { signStatusList } from '../src/offline/list-signing.ts';
import { packStatuses, readStatusList, type StatusEntry } from '../src/offline/status-list.ts';
import { median, type Measure } from './measure.ts';

const ROUNDS = 5;
/** Many short turns: what else the machine does then slows both alike. */
const TURNS = 50;
const TURN_MS = 40;
const CARDS = 1_000_000;
const LIST = 'https://kortvakt.example/status/1';

/**
 * Codes verified a second beside bare `crypto.subtle.verify` of as many bytes, and what a status list of a million cards takes:
 * to build with one card in a hundred blocked, and its size so and with five in a hundred suspended besides.
 */
export async function benchOffline(): Promise<Measure[]> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const keys = await createKeyRing([(await exportJWK(privateKey)) as CardKey]);
  const code = await signCardCode(card(), keys.signing);
  const [verified = 0, bare = 0] = await speeds(
    async () => {
      if (!(await readCardCode(code, keys.find)).ok) throw new Error('a code of ours was refused');
    },
    await bareVerification(code.length),
  );
  const blocked = drawn(CARDS / 100, 'blocked');
  const both = [...blocked, ...drawn(CARDS / 20, 'suspended', new Set(blocked.map(({ index }) => index)))];
  const built: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const began = performance.now();
    await build(blocked, keys.signing);
    if (round > 0) built.push(performance.now() - began);
  }
  const sizes = [await build(blocked, keys.signing), await build(both, keys.signing)] as const;
  for (const token of sizes) {
    if (!(await readStatusList(token, LIST, keys.find)).ok) throw new Error('a list of ours was refused');
  }
  return [
    {
      name: 'verify',
      value: Math.round(verified),
      unit: 'codes/s',
      baseline: Math.round(bare),
      ratio: Math.round((verified / bare) * 100) / 100,
      floor: 0.7,
      ok: verified / bare >= 0.7,
    },
    atMost('list-build', Math.round(median(built)), 'ms', 1000),
    atMost('list-1-percent-blocked', sizes[0].length, 'bytes', 16_000),
    atMost('list-5-percent-suspended-too', sizes[1].length, 'bytes', 65_000),
  ];
}

function atMost(name: string, value: number, unit: string, floor: number): Measure {
  return { name, value, unit, better: 'lower', floor, ok: value <= floor };
}

function card(): CodedCard {
  const birthDate = parsePlainDate('1990-01-15');
  if (birthDate === undefined) throw new Error('no date');
  return {
    ...{ number: '12345678', cardType: 'construction', holderName: 'Våken Spurv', birthDate },
    ...{ employerName: 'BLÅ HAMMER AS', organisationNumber: '310000019', issuerName: 'KORTUTSTEDEREN AS' },
    issuedAt: new Date('2026-11-24T10:00:00Z'),
    expiresAt: new Date('2028-11-24T23:00:00Z'),
    statusList: LIST,
    statusIndex: 812_345,
  };
}

/** A right signature over as many bytes as a code has. */
async function bareVerification(length: number): Promise<() => Promise<void>> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  const signed = crypto.getRandomValues(new Uint8Array(Math.round(length / 1.5)));
  const signature = await crypto.subtle.sign(algorithm, privateKey, signed);
  return async () => {
    if (!(await crypto.subtle.verify(algorithm, publicKey, signature, signed)))
      throw new Error('not verified');
  };
}

/** Calls a second of each, medians of the turns that they take after one to warm up. */
async function speeds(...contenders: (() => Promise<void>)[]): Promise<number[]> {
  const seen = contenders.map((): number[] => []);
  for (let turn = 0; turn <= TURNS; turn += 1) {
    for (const [at, call] of contenders.entries()) {
      const speed = await speedOf(call);
      if (turn > 0) seen[at]?.push(speed);
    }
  }
  return seen.map(median);
}

async function speedOf(call: () => Promise<void>): Promise<number> {
  const began = performance.now();
  let calls = 0;
  while (performance.now() - began < TURN_MS) {
    await call();
    calls += 1;
  }
  return (calls / (performance.now() - began)) * 1000;
}

function drawn(
  count: number,
  status: StatusEntry['status'],
  taken: ReadonlySet<number> = new Set(),
): StatusEntry[] {
  const indices = new Set<number>();
  while (indices.size < Math.floor(count)) {
    const index = Math.floor(Math.random() * CARDS);
    if (!taken.has(index)) indices.add(index);
  }
  return [...indices].map((index) => ({ index, status }));
}

function build(entries: readonly StatusEntry[], signing: Parameters<typeof signStatusList>[1]) {
  const issuedAt = new Date();
  const expiresAt = new Date(issuedAt.getTime() + 3 * 86_400_000);
  const statuses = packStatuses(entries, CARDS);
  return signStatusList({ address: LIST, issuedAt, expiresAt, ttl: 300, statuses }, signing);
}
