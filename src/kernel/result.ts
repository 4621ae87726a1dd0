/** The outcome of something that may fail in a foreseen way; `E` is a closed union of the reasons. */
export type Result<T, E> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** What such a function gives where it succeeds. */
export type ValueOf<F extends (...args: never[]) => Promise<Result<unknown, unknown>>> = Extract<
  Awaited<ReturnType<F>>,
  { readonly ok: true }
>['value'];

/** A successful outcome. */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** A foreseen failure. Bugs are thrown instead. */
export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}
