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
