import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RateLimiter } from './rate-limit.ts';

describe('A rate limiter', () => {
  test('lets the limit through in one window and says how long to wait', () => {
    const limiter = new RateLimiter({ limit: 2, windowSeconds: 60 });
    expect(limiter.take('a', 1000)).toEqual({ allowed: true, remaining: 1 });
    expect(limiter.take('a', 2000)).toEqual({ allowed: true, remaining: 0 });
    expect(limiter.take('a', 31_500)).toEqual({ allowed: false, retryAfterSeconds: 30 });
    expect(limiter.take('b', 31_500)).toEqual({ allowed: true, remaining: 1 });
    expect(limiter.take('a', 61_000)).toEqual({ allowed: true, remaining: 1 });
  });

  test('never lets more than the limit through in a window, whatever the order of the askers', () => {
    const request = fc.record({ key: fc.constantFrom('a', 'b', 'c'), wait: fc.nat(4000) });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (requests, limit) => {
        const limiter = new RateLimiter({ limit, windowSeconds: 10 });
        const passed = new Map<string, number[]>();
        let now = 0;
        for (const { key, wait } of requests) {
          now += wait;
          const times = passed.get(key) ?? [];
          if (limiter.take(key, now).allowed) passed.set(key, [...times, now]);
        }
        for (const times of passed.values()) {
          // Fixed windows: at most twice the limit in any stretch of a window's length.
          for (const start of times) {
            expect(times.filter((time) => time >= start && time < start + 10_000).length).toBeLessThanOrEqual(
              2 * limit,
            );
          }
        }
      }),
    );
  });

  test('forgets ended windows first, then the oldest, and never remembers more than it may', () => {
    const limiter = new RateLimiter({ limit: 1, windowSeconds: 60, maxKeys: 2 });
    limiter.take('a', 0);
    limiter.take('b', 1);
    expect(limiter.take('a', 2).allowed).toBe(false);
    limiter.take('c', 3);
    expect(limiter.take('b', 4).allowed).toBe(false);
    expect(limiter.take('c', 5).allowed).toBe(false);
    expect(limiter.take('a', 6).allowed).toBe(true);
  });
});
