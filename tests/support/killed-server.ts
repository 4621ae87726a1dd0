import { join } from 'node:path';
import { freePort, startKortvakt, type KortvaktProcess } from './kortvakt-process.ts';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function draw(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The built program as a process of its own, that is ended without a warning again and again. */
export interface KilledServer {
  readonly origin: string;
  /** Ends it at once (SIGKILL), wherever it is, and starts it again; `onDeath` is called in between. */
  kill(onDeath?: () => void): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it with these settings and an address of its own; `folder` is what it keeps on disk. */
export async function startKilledServer(
  environment: Readonly<Record<string, string>>,
  folder: string,
): Promise<KilledServer> {
  const port = await freePort();
  const origin = `http://localhost:${String(port)}`;
  const start = async (): Promise<KortvaktProcess> => {
    const one = startKortvakt({
      ...environment,
      KORTVAKT_DATA: join(folder, 'data'),
      KORTVAKT_ORIGIN: origin,
      PORT: String(port),
      LOG_LEVEL: 'error',
    });
    await one.ready;
    return one;
  };
  let running = await start();
  const end = async (signal: NodeJS.Signals) => {
    running.kill(signal);
    return running.ended;
  };
  return {
    origin,
    kill: async (onDeath) => {
      const { signal, lines } = await end('SIGKILL');
      if (signal !== 'SIGKILL') throw new Error(`It had ended by itself: ${lines.join('\n')}`);
      onDeath?.();
      running = await start();
    },
    stop: async () => {
      await end('SIGTERM');
    },
  };
}
