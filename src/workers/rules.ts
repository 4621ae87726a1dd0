import { addDays, type PlainDate } from '../kernel/dates.ts';
import { birthDateOf, type NationalId } from '../kernel/national-id.ts';
import type { OrganisationNumber } from '../kernel/organisation-number.ts';
import type { Assignment, Employment, RegisteredPerson } from '../registers/index.ts';

/** How long an ended employment is still shown, so that its card can be found and taken back. */
const DAYS_AFTER_END = 365;

/** One person's employment in one unit: the one that counts when the register has several. */
export type CurrentEmployment = Pick<Employment, 'nationalId' | 'unit' | 'from' | 'to'> & {
  /** For whom and where, of a foreign firm's worker: then it is an assignment, and no employment. */
  readonly assignment?: string;
};

/** A foreign firm: its workers are in the register of assignments, and not in Aa-registeret. */
export function hasAssignments(form: string): boolean {
  return form === 'NUF';
}

/** A foreign firm's assignments as what its workers do in its unit; a firm has one unit in Norway, or its first counts. */
export function assignedWorkers(
  assignments: readonly Assignment[],
  unit: OrganisationNumber,
): CurrentEmployment[] {
  return assignments.map(({ nationalId, from, to, client, place }) => ({
    nationalId,
    unit,
    from,
    to,
    assignment: [client, place].filter((part) => part !== undefined && part !== '').join(', '),
  }));
}

/**
 * Of each person's employments in each unit the one that counts today: one that has begun and not ended, else one that
 * is to begin, else the one that ended last, unless that is more than a year ago.
 */
export function currentEmployments(
  employments: readonly CurrentEmployment[],
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

/** A person as a card names them, from Folkeregisteret. */
export interface KnownPerson {
  readonly nationalId: NationalId;
  readonly name: string;
  readonly familyName: string;
  readonly birthDate: PlainDate;
  readonly numberActive: boolean;
  readonly deceased: boolean;
  readonly citizenships: readonly string[];
}

/** A worker as a card names them. */
export type KnownWorker = CurrentEmployment & KnownPerson;

/** The employment with what Folkeregisteret says of the person. */
export function describeWorker(
  employment: CurrentEmployment,
  person: RegisteredPerson | undefined,
): KnownWorker | undefined {
  const known = describePerson(employment.nationalId, person);
  return known && { ...employment, ...known };
}

/** What Folkeregisteret says of a person; undefined when it does not say who they are or when they were born. */
export function describePerson(
  nationalId: NationalId,
  person: RegisteredPerson | undefined,
): KnownPerson | undefined {
  const birthDate = person?.birthDate ?? birthDateOf(nationalId);
  if (person === undefined || birthDate === undefined || person.name.family === '') return undefined;
  const { given, middle, family } = person.name;
  return {
    nationalId,
    name: [given, middle, family].filter((part) => part !== undefined && part !== '').join(' '),
    familyName: family,
    birthDate,
    numberActive: person.identifierActive,
    deceased: person.deceased,
    citizenships: person.citizenships ?? [],
  };
}

/** Whose permit to stay is asked for, where the rules leave it open. */
export interface PermitSettings {
  /** The types of cards that need one. */
  readonly cardTypes: readonly string[];
  /** Whose citizens need none, as codes of three letters; `XUK` stands for a citizenship that is not known. */
  readonly freeCitizenships: readonly string[];
}

/** Whether a permit to stay is due of a worker with these citizenships, for cards of that type; one free citizenship is enough. */
export function needsPermit(
  citizenships: readonly string[],
  cardType: string | null,
  { cardTypes, freeCitizenships }: PermitSettings,
): boolean {
  if (cardType === null || !cardTypes.includes(cardType)) return false;
  const known = citizenships.length === 0 ? ['XUK'] : citizenships;
  return !known.some((one) => freeCitizenships.includes(one));
}

/** What a permit to stay is declared by: no more is kept of the document than this and its last day. */
export const PERMIT_KINDS = ['permit', 'permanent', 'family', 'application'] as const;
export type PermitKind = (typeof PERMIT_KINDS)[number];

/** Each number once. */
export function distinctPeople(employments: readonly CurrentEmployment[]): NationalId[] {
  return [...new Set(employments.map((employment) => employment.nationalId))];
}

/** Whether a surname as typed is the registered one: case and the way letters are composed do not count. */
export function sameSurname(registered: string, typed: string): boolean {
  const plain = (text: string) => text.normalize('NFC').trim().replace(/\s+/gu, ' ').toLowerCase();
  return plain(registered) === plain(typed);
}

/** Why somebody works in a business without being employed there: Aa-registeret does not know them. */
export const DECLARATION_KINDS = ['owner', 'partner', 'spouse'] as const;
export type DeclarationKind = (typeof DECLARATION_KINDS)[number];

/** How an officer's declaration stands. */
export type DeclarationState = 'holds' | 'due' | 'lapsed' | 'withdrawn';

/** So long before its end a declaration is due to be confirmed. */
const DUE_AHEAD_MS = 30 * 86_400_000;

export function declarationState(
  declaration: { readonly holdsUntil: Date; readonly withdrawnAt: Date | null },
  now: Date,
): DeclarationState {
  if (declaration.withdrawnAt !== null) return 'withdrawn';
  const left = declaration.holdsUntil.getTime() - now.getTime();
  if (left <= 0) return 'lapsed';
  return left <= DUE_AHEAD_MS ? 'due' : 'holds';
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
  'declaration-ended',
  'employment-ended',
  'not-assigned',
  'number-inactive',
  'starts-later',
  'permit-missing',
  'permit-expired',
  'cleaning-not-approved',
  'car-care-not-approved',
  'agency-not-registered',
  'open-line',
  'valid-card',
  'ask-the-business',
] as const;
export type Obstacle = (typeof OBSTACLES)[number];
