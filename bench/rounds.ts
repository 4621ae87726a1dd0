import autocannon from 'autocannon';
import { median, type Measure } from './measure.ts';

const ROUNDS = 5;
/** A server that has answered some thousands has been compiled; one that runs for days is so all the time. */
const WARM_UP = 4;
const SECONDS = 1;
const CLIENTS = 10;

/** What is asked for, again and again. */
export type Target = {
  readonly path: string;
  readonly options: Partial<autocannon.Options>;
  /** How many connections to the database such requests share in our application. */
  readonly connections: number;
  /** How many ask at a time; ten where it is left out. */
  readonly clients?: number;
};

export type Round = { readonly rate: number; readonly p99: number };

/** Requests per second, and milliseconds within which 99 in 100 were answered, over a second. */
export async function round(origin: string, { path, options, clients = CLIENTS }: Target): Promise<Round> {
  const result = await autocannon({
    ...options,
    url: `${origin}${path}`,
    connections: clients,
    duration: SECONDS,
  });
  if (result.non2xx > 0 || result.errors > 0 || result.requests.total === 0) {
    throw new Error(`${path}: ${String(result.non2xx)} refused, ${String(result.errors)} failed.`);
  }
  return { rate: result.requests.total / result.duration, p99: result.latency.p99 };
}

/** Ours and the bare server's in turns, five rounds after four to warm up; the ratio has to reach `floor`. */
export async function compare(
  { name, floor }: { readonly name: string; readonly floor: number },
  target: Target,
  ours: string,
  bare: string,
): Promise<Measure[]> {
  for (let n = 0; n < WARM_UP; n += 1) for (const origin of [ours, bare]) await round(origin, target);
  const mine: Round[] = [];
  const theirs: Round[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    mine.push(await round(ours, target));
    theirs.push(await round(bare, target));
  }
  const value = Math.round(median(mine.map(({ rate }) => rate)));
  const baseline = Math.round(median(theirs.map(({ rate }) => rate)));
  const ratio = Math.round((value / baseline) * 100) / 100;
  const p99 = median(mine.map((one) => one.p99));
  return [
    { name, value, unit: 'req/s', baseline, ratio, floor, ok: ratio >= floor },
    { name: `${name}-p99`, value: p99, unit: 'ms', better: 'lower', ok: true },
  ];
}
