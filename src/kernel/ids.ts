import { v7, validate } from 'uuid';

/** An identifier of a row, in lower case. New ones are UUIDv7, which sort by the time they were made. */
export type Uuid = string & { readonly __brand: 'Uuid' };

/** A new UUIDv7 (RFC 9562). */
export function uuidv7(): Uuid {
  return v7() as Uuid;
}

/** Whether a text from outside is a UUID of any version, in the lower case that the database answers with. */
export function isUuid(text: unknown): text is Uuid {
  return typeof text === 'string' && text === text.toLowerCase() && validate(text);
}
