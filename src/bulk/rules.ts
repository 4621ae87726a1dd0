import { z } from 'zod';
import { type PlainDate, parsePlainDate } from '../kernel/dates.ts';
import type { Language } from '../kernel/language.ts';
import { type NationalId, parseNationalId } from '../kernel/national-id.ts';

/** The largest file, in bytes, and the most rows of workers in it. */
export const MAX_FILE_BYTES = 20_000_000;
export const MAX_ROWS = 10_000;

/** What a column of the file can say. */
export const FIELDS = [
  'nationalId',
  'name',
  'givenName',
  'familyName',
  'birthDate',
  'employeeNumber',
  'unit',
  'reference',
  'permitLastDay',
] as const;
export type Field = (typeof FIELDS)[number];

/** For each field the column that says it, counted from 0. */
export type Columns = Readonly<Partial<Record<Field, number>>>;
export const storedColumns = z.partialRecord(z.enum(FIELDS), z.int().min(0));

/** Headings as they are recognised, in letters and digits alone; the first is the template's, in bokmål and English. */
const HEADINGS: Readonly<Record<Field, readonly string[]>> = {
  nationalId: [
    ...['fødselsnummer', 'fodselsnummer', 'fødselsnr', 'fnr', 'personnummer', 'dnummer', 'dnr', 'fnrdnr'],
    ...['fødselsnummerellerdnummer', 'fødselsnummerdnummer', 'nationalidentitynumber', 'nationalid'],
    ...['nationalidnumber', 'identitynumber', 'idnumber', 'nin'],
  ],
  name: ['navn', 'fulltnavn', 'arbeidstaker', 'ansatt', 'name', 'fullname', 'worker', 'employee'],
  givenName: ['fornavn', 'firstname', 'givenname', 'forename'],
  familyName: ['etternavn', 'slektsnavn', 'lastname', 'surname', 'familyname'],
  birthDate: ['fødselsdato', 'fodselsdato', 'født', 'fødd', 'dateofbirth', 'birthdate', 'dob', 'born'],
  employeeNumber: [
    ...['ansattnummer', 'ansattnr', 'ansattid', 'tilsattnummer', 'employeenumber', 'employeeno'],
    ...['employeeid', 'staffnumber'],
  ],
  unit: [
    ...['underenhet', 'underenhetensorganisasjonsnummer', 'organisasjonsnummer', 'organisasjonsnr', 'orgnr'],
    ...['orgnummer', 'bedriftsnummer', 'avdeling', 'unit', 'unitsorganisationnumber', 'organisationnumber'],
    ...['organizationnumber', 'orgno', 'unitnumber', 'subunit'],
  ],
  reference: [
    ...['referanse', 'kundereferanse', 'deresreferanse', 'prosjekt', 'reference', 'customerreference'],
    ...['yourreference', 'project'],
  ],
  permitLastDay: [
    ...[
      'oppholdstillatelsetilogmed',
      'oppholdstillatelsesistedag',
      'oppholdstillatelseutløper',
      'tillatelsetilogmed',
    ],
    ...['residencepermitthrough', 'residencepermituntil', 'residencepermitlastday', 'residencepermitexpires'],
  ],
};

const HEADINGS_OF_ALL = {
  nb: ['Fødselsnummer', 'Navn', 'Fødselsdato', 'Ansattnummer', 'Underenhet', 'Referanse'],
  en: ['National identity number', 'Name', 'Date of birth', 'Employee number', 'Unit', 'Reference'],
} as const;
const PERMIT_HEADING = { nb: 'Oppholdstillatelse til og med', en: 'Residence permit through' } as const;

/** The headings of the file to download; that of the permit is for whoever sees the worker list, and so may declare one. */
export const templateOf = (language: Language, seesList: boolean): readonly string[] =>
  seesList ? [...HEADINGS_OF_ALL[language], PERMIT_HEADING[language]] : HEADINGS_OF_ALL[language];

/** Which columns the headings name; where two name the same, the first. */
export function columnsOf(headings: readonly string[]): Columns {
  const columns: Partial<Record<Field, number>> = {};
  headings.forEach((heading, index) => {
    const plain = heading
      .normalize('NFC')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]/gu, '');
    const field = FIELDS.find((one) => HEADINGS[one].includes(plain));
    if (field !== undefined) columns[field] ??= index;
  });
  return columns;
}

/** Whether the columns can tell who a row is about: by number, or by name and date of birth. */
export function tellsWho(columns: Columns): boolean {
  const name =
    columns.name !== undefined || (columns.givenName !== undefined && columns.familyName !== undefined);
  return columns.nationalId !== undefined || (name && columns.birthDate !== undefined);
}

/** What a row itself lacks, whoever it is about. */
export const PROBLEMS = [
  'no-identity',
  'number-wrong',
  'birth-date-wrong',
  'unit-wrong',
  'permit-wrong',
  'permit-out-of-reach',
] as const;
export type Problem = (typeof PROBLEMS)[number];

/** One worker of the file. Texts are NFC on one line; of a number nobody sees more than `bornShown`. */
export interface FileRow {
  readonly position: number;
  readonly nationalId: NationalId | undefined;
  /** The number's first six digits; empty without a right one. */
  readonly bornShown: string;
  readonly name: string;
  readonly familyName: string;
  readonly birthDate: PlainDate | undefined;
  readonly employeeNumber: string;
  readonly unitNumber: string | undefined;
  readonly reference: string;
  /** The last day of the permit to stay. */
  readonly permitLastDay: PlainDate | undefined;
  readonly problem: Problem | undefined;
}

interface PermitDays {
  readonly first: PlainDate;
  readonly last: PlainDate;
}

export interface ReadOptions {
  /** Whether made-up people count as people. */
  readonly synthetic: boolean;
  /** Which days may be the last of a permit. */
  readonly permitDays: PermitDays;
  /** The file counts days from 1904, as some workbooks do. */
  readonly from1904?: boolean;
  /** The row has a number from before, which stays. */
  readonly numberKept?: boolean;
}

/** Reads one row; undefined for one whose columns are all empty. Pure. */
export function readRow(
  cells: readonly string[],
  columns: Columns,
  position: number,
  { synthetic, permitDays, numberKept = false, from1904 = false }: ReadOptions,
): FileRow | undefined {
  const at = (field: Field) => {
    const index = columns[field];
    return index === undefined ? '' : cleanCell(cells[index] ?? '');
  };
  const texts = Object.fromEntries(FIELDS.map((field) => [field, at(field)])) as Record<Field, string>;
  if (FIELDS.every((field) => texts[field] === '')) return undefined;
  const name = texts.name || `${texts.givenName} ${texts.familyName}`.trim();
  const typed = texts.nationalId.replace(/[\s.\-']/gu, '');
  // A spreadsheet that takes the number for a quantity drops the zero that it starts with.
  const parsed = parseNationalId(/^[0-9]{10}$/u.test(typed) ? `0${typed}` : typed, { synthetic });
  const nationalId = parsed.ok ? parsed.value : undefined;
  const birthDate = readDate(texts.birthDate, { from1904 });
  const unit = texts.unit.replace(/[\s.']/gu, '');
  const permitLastDay = readDate(texts.permitLastDay, { from1904 });
  return {
    position,
    nationalId,
    bornShown: nationalId?.slice(0, 6) ?? '',
    name,
    familyName: texts.familyName || (name.split(' ').at(-1) ?? ''),
    birthDate,
    employeeNumber: texts.employeeNumber.slice(0, 40),
    unitNumber: unit === '' ? undefined : unit.slice(0, 20),
    reference: texts.reference.slice(0, 60),
    permitLastDay,
    problem:
      problemOf({
        typed,
        known: nationalId !== undefined || (numberKept && typed === ''),
        name,
        dateTyped: texts.birthDate,
        birthDate,
        unit,
      }) ?? permitProblem(texts.permitLastDay, permitLastDay, permitDays),
  };
}

function problemOf(row: {
  readonly typed: string;
  readonly known: boolean;
  readonly name: string;
  readonly dateTyped: string;
  readonly birthDate: PlainDate | undefined;
  readonly unit: string;
}): Problem | undefined {
  if (row.typed !== '' && !row.known) return 'number-wrong';
  if (!row.known && row.dateTyped !== '' && row.birthDate === undefined) return 'birth-date-wrong';
  if (!row.known && (row.name === '' || row.birthDate === undefined)) return 'no-identity';
  return row.unit === '' || /^[0-9]{9}$/u.test(row.unit) ? undefined : 'unit-wrong';
}

function permitProblem(typed: string, day: PlainDate | undefined, days: PermitDays): Problem | undefined {
  if (typed === '') return undefined;
  if (day === undefined) return 'permit-wrong';
  return day < days.first || day > days.last ? 'permit-out-of-reach' : undefined;
}

const MAX_CELL = 200;

/** A cell as text on one line, in NFC, without what neither shows nor can be stored; cut where nobody's name is as long. */
export function cleanCell(text: string): string {
  return text
    .slice(0, 2 * MAX_CELL)
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Zs}\u2028\u2029\uFEFF]+/gu, ' ')
    .trim()
    .slice(0, MAX_CELL)
    .toWellFormed()
    .trim();
}

const MONTHS: readonly (readonly string[])[] = [
  ['jan', 'januar', 'january'],
  ['feb', 'februar', 'february'],
  ['mar', 'mars', 'march'],
  ['apr', 'april'],
  ['mai', 'may'],
  ['jun', 'juni', 'june'],
  ['jul', 'juli', 'july'],
  ['aug', 'august'],
  ['sep', 'sept', 'september'],
  ['okt', 'oktober', 'oct', 'october'],
  ['nov', 'november'],
  ['des', 'desember', 'dec', 'december'],
];

/** Ways to write a day, each with its year, month and day. */
const WAYS: readonly RegExp[] = [
  /^(?<year>[0-9]{4})-(?<month>[0-9]{2})-(?<day>[0-9]{2})(?:[T ].*)?$/u,
  /^(?<year>[0-9]{4})[./](?<month>[0-9]{1,2})[./](?<day>[0-9]{1,2})$/u,
  /^(?<day>[0-9]{1,2})[./-]\s?(?<month>[0-9]{1,2})[./-]\s?(?<year>[0-9]{4})\.?$/u,
  /^(?<day>[0-9]{1,2})\.?[ -]?(?<month>\p{L}{3,9})\.?[ -]?(?<year>[0-9]{4})$/u,
  /^(?<month>\p{L}{3,9}) (?<day>[0-9]{1,2}),? (?<year>[0-9]{4})$/u,
  /^(?<day>[0-9]{2})(?<month>[0-9]{2})(?<year>(?:19|20)[0-9]{2})$/u,
  /^(?<year>(?:19|20)[0-9]{2})(?<month>[0-9]{2})(?<day>[0-9]{2})$/u,
];

/**
 * A day as people and spreadsheets write it: `2001-12-31`, `31.12.2001`, `31/12/2001`, `31. desember 2001`, `31122001`,
 * `20011231` or a number of days, which some workbooks count from 1904. A year of two digits says too little.
 */
export function readDate(text: string, { from1904 = false } = {}): PlainDate | undefined {
  for (const way of WAYS) {
    const { year = '', month = '', day = '' } = way.exec(text)?.groups ?? {};
    const date =
      year === '' ? undefined : parsePlainDate(`${year}-${monthOf(month)}-${day.padStart(2, '0')}`);
    if (date !== undefined) return date;
  }
  // Spreadsheets count days from the last of 1899, with a 29 February 1900 that never was.
  if (!/^[0-9]{3,5}(?:\.[0-9]+)?$/u.test(text)) return undefined;
  const days = Math.trunc(Number(text)) + (from1904 ? 1462 : 0);
  return parsePlainDate(new Date(Date.UTC(1899, 11, 30 + days)).toISOString().slice(0, 10));
}

/** A month's number in two digits, as it is or by its name. */
function monthOf(text: string): string {
  const named = MONTHS.findIndex((names) => names.includes(text.toLowerCase()));
  return (named === -1 ? text : String(named + 1)).padStart(2, '0');
}

/** A text to be shown or kept of a file, with what may be somebody's number masked. */
export function withoutNumbers(text: string): string {
  return text.replace(/[0-9][0-9 .-]{4,}[0-9]/gu, '•••');
}

/** What is found of a row, besides the obstacles to ordering for a worker. */
export const FINDINGS = [
  'ok',
  'duplicate',
  'unknown-unit',
  'unknown-worker',
  'other-unit',
  'several-units',
  'several-workers',
  'name-differs',
  'needs-number',
  'not-asked',
] as const;

/** What a list of rows is narrowed to. */
export const FILTERS = ['all', 'ok', 'wrong', 'left-out', 'placed'] as const;
export type Filter = (typeof FILTERS)[number];

/** Why a file is not read. Each has words under `bulk:file.*`. */
export const FILE_ERRORS = [
  'empty',
  'too-large',
  'too-many-rows',
  'old-excel',
  'not-a-table',
  'too-much-inside',
  'broken',
  'no-rows',
  'no-access',
  'permit-column',
] as const;
export type FileError = (typeof FILE_ERRORS)[number];
