import { z } from 'zod';
import { parsePlainDate } from '../kernel/dates.ts';
import { parseNationalId, type NationalId } from '../kernel/national-id.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';

/** A field that the registers leave out, or send as null, when they know nothing. */
export function maybe<T extends z.ZodType>(field: T) {
  return field.nullish().transform((value) => value ?? undefined);
}

export const organisationNumber = z.string().transform((text, context) => {
  const parsed = parseOrganisationNumber(text);
  if (parsed.ok) return parsed.value;
  context.addIssue('is no organisation number');
  return z.NEVER;
});

export const plainDate = z.string().transform((text, context) => {
  const date = parsePlainDate(text.slice(0, 10));
  if (date !== undefined) return date;
  context.addIssue('is no date');
  return z.NEVER;
});

/**
 * A number that this system may know, or undefined: production knows no synthetic people, and one
 * register's odd number must not hide all the others.
 */
export function readNationalId(text: string | undefined, synthetic: boolean): NationalId | undefined {
  const parsed = text === undefined ? undefined : parseNationalId(text, { synthetic });
  return parsed?.ok === true ? parsed.value : undefined;
}

/** The list in slices of at most that many. */
export function slices<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
