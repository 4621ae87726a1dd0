/** One statement as it was sent to the database; bytes in base64, so that it goes from process to process. */
export type Statement = { readonly text: string; readonly values: readonly unknown[] };

export const toJson = (value: unknown): unknown =>
  Buffer.isBuffer(value) ? { bytes: value.toString('base64') } : value;
export const fromJson = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'bytes' in value
    ? Buffer.from(String(value.bytes), 'base64')
    : value;
