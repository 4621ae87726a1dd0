import { addDays, type PlainDate } from '../kernel/dates.ts';
import { birthDateOf, type NationalId } from '../kernel/national-id.ts';
import type { Employment, RegisteredPerson } from '../registers/index.ts';

/** How long an ended employment is still shown, so that its card can be found and taken back. */
const DAYS_AFTER_END = 365;

/** One person's employment in one unit: the one that counts when the register has several. */
export type CurrentEmployment = Pick<Employment, 'nationalId' | 'unit' | 'from' | 'to'>;

/**
 * Of each person's employments in each unit the one that counts today: one that has begun and not ended, else one that
 * is to begin, else the one that ended last, unless that is more than a year ago.
 */
export function currentEmployments(
  employments: readonly Employment[],
  today: PlainDate,
): readonly CurrentEmployment[] {
  const kept = new Map<string, CurrentEmployment>();
  for (const employment of employments) {
    if (employment.to !== undefined && employment.to < addDays(today, -DAYS_AFTER_END)) continue;
    const key = `${employment.unit}:${employment.nationalId}`;
    const other = kept.get(key);
    if (other === undefined || rank(employment, today) > rank(other, today)) kept.set(key, employment);
  }
  return [...kept.values()];
}

/** Compares as text: what goes on before what is to come (the soonest first), before what has ended (the latest first). */
function rank({ from, to }: CurrentEmployment, today: PlainDate): string {
  if (to !== undefined && to < today) return `0:${to}`;
  if (from <= today) return `2:${to ?? '9999-12-31'}`;
  return `1:${String(99_999_999 - Number(from.replaceAll('-', '')))}`;
}

/** A worker as a card names them; undefined when no register says who they are or when they were born. */
export interface KnownWorker extends CurrentEmployment {
  readonly name: string;
  readonly familyName: string;
  readonly birthDate: PlainDate;
  readonly numberActive: boolean;
  readonly deceased: boolean;
}

/** The employment with what Folkeregisteret says of the person. */
export function describeWorker(
  employment: CurrentEmployment,
  person: RegisteredPerson | undefined,
): KnownWorker | undefined {
  const birthDate = person?.birthDate ?? birthDateOf(employment.nationalId);
  if (person === undefined || birthDate === undefined || person.name.family === '') return undefined;
  const { given, middle, family } = person.name;
  return {
    ...employment,
    name: [given, middle, family].filter((part) => part !== undefined && part !== '').join(' '),
    familyName: family,
    birthDate,
    numberActive: person.identifierActive,
    deceased: person.deceased,
  };
}

/** Each number once. */
export function distinctPeople(employments: readonly CurrentEmployment[]): NationalId[] {
  return [...new Set(employments.map((employment) => employment.nationalId))];
}

/** The identity documents that the issuer accepts; bank cards, emergency passports and others are not among them. */
export const DOCUMENT_KINDS = [
  'passport',
  'national-id-card',
  'driving-licence',
  'refugee-travel-document',
  'aliens-passport',
  'residence-card',
  'defence-id',
] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

/** What an identity document's content is encrypted for: it opens at its own row alone. */
export function documentPurpose(documentId: string): string {
  return `identity-document:${documentId}`;
}

/** What keeps a card from being ordered for a worker; the database's `worker_obstacle` finds it. */
export const OBSTACLES = [
  'deceased',
  'employment-ended',
  'number-inactive',
  'starts-later',
  'open-line',
  'valid-card',
  'ask-the-business',
] as const;
export type Obstacle = (typeof OBSTACLES)[number];
