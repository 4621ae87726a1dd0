/** One figure; `ratio` is to the baseline of the same run, and `ok` whether the floor is reached. */
export type Measure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly better?: 'lower';
  readonly baseline?: number;
  readonly ratio?: number;
  readonly floor?: number;
  readonly ok: boolean;
};

/** The middle one of some figures; of an even number of them, the upper middle one. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
