import type { Context, MiddlewareHandler } from 'hono';
import type { AppEnv } from './context.ts';
import { problemPage } from './errors.tsx';

export type RateLimit = {
  /** How many are let through in one window. */
  readonly limit: number;
  readonly windowSeconds: number;
  /** How many askers are remembered at most; the oldest are forgotten first. */
  readonly maxKeys?: number;
};

export type RateDecision =
  | { readonly allowed: true; readonly remaining: number }
  | { readonly allowed: false; readonly retryAfterSeconds: number };

/**
 * Counts per asker in fixed windows that begin with the first request. Counts in this process alone: with several
 * processes, give each its share of the limit. `now` is in milliseconds of any clock that does not go back.
 */
export class RateLimiter {
  readonly #windows = new Map<string, { count: number; endsAt: number }>();
  readonly #limit: Required<RateLimit>;

  constructor(limit: RateLimit) {
    this.#limit = { maxKeys: 50_000, ...limit };
  }

  take(key: string, now: number): RateDecision {
    const window = this.#windowOf(key, now);
    if (window.count >= this.#limit.limit) {
      return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil((window.endsAt - now) / 1000)) };
    }
    window.count += 1;
    return { allowed: true, remaining: this.#limit.limit - window.count };
  }

  #windowOf(key: string, now: number) {
    const known = this.#windows.get(key);
    if (known !== undefined && known.endsAt > now) return known;
    const window = { count: 0, endsAt: now + this.#limit.windowSeconds * 1000 };
    // Taken out and put in again, so that the map stays in the order in which windows end.
    this.#windows.delete(key);
    this.#makeRoom(now);
    this.#windows.set(key, window);
    return window;
  }

  #makeRoom(now: number) {
    for (const [key, window] of this.#windows) {
      if (window.endsAt > now && this.#windows.size < this.#limit.maxKeys) return;
      this.#windows.delete(key);
    }
  }
}

/** Answers 429 with the seconds to wait when the asker (by `keyOf`) has asked too often. */
export function rateLimited(
  limit: RateLimit,
  keyOf: (c: Context<AppEnv>) => string,
  clock: () => number = () => performance.now(),
): MiddlewareHandler<AppEnv> {
  const limiter = new RateLimiter(limit);
  return async (c, next) => {
    const decision = limiter.take(keyOf(c), clock());
    if (!decision.allowed) return problemPage(c, 'tooMany', { retryAfter: decision.retryAfterSeconds });
    await next();
    return undefined;
  };
}
