import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlainDate } from '../kernel/dates.ts';
import {
  cleanCell,
  type Columns,
  columnsOf,
  readDate,
  readRow,
  tellsWho,
  templateOf,
  withoutNumbers,
} from './rules.ts';

describe('columns', () => {
  it.each<[string[], Columns]>([
    [['Fødselsnummer', 'Navn', 'Org.nr.'], { nationalId: 0, name: 1, unit: 2 }],
    [
      ['FNR', 'Etternavn', 'Fornavn', 'Fødselsdato'],
      { nationalId: 0, familyName: 1, givenName: 2, birthDate: 3 },
    ],
    [['Employee no.', 'Full name', 'Date of birth'], { employeeNumber: 0, name: 1, birthDate: 2 }],
    [['national_identity_number', 'UNIT', 'Customer reference'], { nationalId: 0, unit: 1, reference: 2 }],
    [['F\u006f\u0308dsel', 'Fo\u0308rnavn', 'x'], {}],
    [['fødselsnummer', 'fnr', 'navn'], { nationalId: 0, name: 2 }],
    [['Lønn', 'Stilling'], {}],
  ])('%j', (headings, columns) => {
    expect(columnsOf(headings)).toEqual(columns);
  });

  it('of the template are all known, in both languages', () => {
    const all = { nationalId: 0, name: 1, birthDate: 2, employeeNumber: 3, unit: 4, reference: 5 };
    for (const language of ['nb', 'en'] as const) {
      expect(columnsOf(templateOf(language, false))).toEqual(all);
      expect(columnsOf(templateOf(language, true))).toEqual({ ...all, permitLastDay: 6 });
    }
  });

  it.each<[Columns, boolean]>([
    [{ nationalId: 0 }, true],
    [{ name: 0, birthDate: 1 }, true],
    [{ givenName: 0, familyName: 1, birthDate: 2 }, true],
    [{ givenName: 0, birthDate: 2 }, false],
    [{ name: 0, employeeNumber: 1 }, false],
    [{}, false],
  ])('%j tell who a row is about: %s', (columns, tells) => {
    expect(tellsWho(columns)).toBe(tells);
  });
});

const options = {
  synthetic: true,
  permitDays: { first: parsePlainDate('2025-11-28')!, last: parsePlainDate('2036-11-25')! },
};

describe('a row', () => {
  const columns: Columns = { nationalId: 0, name: 1, birthDate: 2, unit: 3, employeeNumber: 4, reference: 5 };
  const read = (...cells: string[]) => readRow(cells, columns, 7, options);

  it.each([
    ['15819049944', '158190', undefined],
    [' 158190 49944 ', '158190', undefined],
    ["'158190-49944", '158190', undefined],
    ['5819049938', '', 'number-wrong'],
    ['1.58E+10', '', 'number-wrong'],
    ['ukjent', '', 'number-wrong'],
    ['', '', 'no-identity'],
  ] as const)('with the number %j', (number, bornShown, problem) => {
    expect(read(number, 'Kari Berg')).toMatchObject({ bornShown, problem, familyName: 'Berg', position: 7 });
  });

  it('gets back the zero that a spreadsheet dropped', () => {
    expect(read('2013299997', '')).toMatchObject({ nationalId: '02013299997', problem: undefined });
  });

  it.each([
    ['1990-01-15', undefined],
    ['15.01.1990', undefined],
    ['32888', undefined],
    ['31.02.1990', 'birth-date-wrong'],
    ['i fjor', 'birth-date-wrong'],
    ['', 'no-identity'],
  ] as const)('with a name and the date %j', (date, problem) => {
    const row = read('', 'Kari Berg', date);
    expect(row?.problem).toBe(problem);
    if (problem === undefined) expect(row?.birthDate).toBe('1990-01-15');
  });

  it.each([
    ['310 000 019', undefined],
    ['Oslo', 'unit-wrong'],
    ['12345678', 'unit-wrong'],
  ] as const)('with the unit %j', (unit, problem) => {
    expect(read('15819049944', 'Kari Berg', '', unit)?.problem).toBe(problem);
  });

  it.each([
    ['31.12.2027', '2027-12-31', undefined],
    ['46752', '2027-12-31', undefined],
    ['2025-11-28', '2025-11-28', undefined],
    ['', undefined, undefined],
    ['27.11.2025', '2025-11-27', 'permit-out-of-reach'],
    ['26.11.2036', '2036-11-26', 'permit-out-of-reach'],
    ['31.12.27', undefined, 'permit-wrong'],
    ['31.02.2027', undefined, 'permit-wrong'],
    ['permanent', undefined, 'permit-wrong'],
  ] as const)('with a permit until %j', (typed, permitLastDay, problem) => {
    const row = readRow(['15819049944', typed], { nationalId: 0, permitLastDay: 1 }, 2, options);
    expect(row).toMatchObject({ bornShown: '158190', permitLastDay, problem });
  });

  it('with nothing in its columns is none', () => {
    expect(read('', ' ', '\u00a0')).toBeUndefined();
    expect(readRow(['', '', '', '', '', '', 'x'], columns, 1, options)).toBeUndefined();
  });

  it('of names in two columns has both, and is known by its family name', () => {
    const row = readRow(
      ['Anna Li', 'Čáhcesuolu', '1.2.1990'],
      { givenName: 0, familyName: 1, birthDate: 2 },
      2,
      options,
    );
    expect(row).toMatchObject({
      name: 'Anna Li Čáhcesuolu',
      familyName: 'Čáhcesuolu',
      birthDate: '1990-02-01',
    });
  });

  it('is text that can be stored, in NFC, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 500 }), { maxLength: 6 }), (cells) => {
        const row = read(...cells);
        for (const text of [row?.name, row?.employeeNumber, row?.reference, row?.unitNumber]) {
          expect(text ?? '').toSatisfy((one: string) => one.isWellFormed() && !/\p{Cc}/u.test(one));
          expect((text ?? '').length).toBeLessThanOrEqual(401);
        }
      }),
    );
  });
});

it.each([
  ['A\u030angstro\u0308m\t\n x', 'Ångström x'],
  ['  👷‍♀️ ', '👷‍♀️'],
  ['a\u0000b', 'a b'],
  ['\ud800x', '\ufffdx'],
])('the cell %j is %j', (text, clean) => {
  expect(cleanCell(text)).toBe(clean);
});

it.each([
  ['2001-02-28T00:00:00', '2001-02-28'],
  ['1/2/2001', '2001-02-01'],
  ['01022001', '2001-02-01'],
  ['36923.0', '2001-02-01'],
  ['2001', '1905-06-23'],
  ['31.13.2001', undefined],
  ['1.1.90', undefined],
])('the date %j is %j', (text, date) => {
  expect(readDate(text)).toBe(date);
});

it('masks what may be a number', () => {
  expect(withoutNumbers('ansatte 15819049944 og 158190 49944.csv 2026')).toBe('ansatte ••• og •••.csv 2026');
});

it.each<[string, string | undefined]>([
  ['2001-12-31', '2001-12-31'],
  ['2001-12-31T00:00:00Z', '2001-12-31'],
  ['2001-12-31 00:00:00', '2001-12-31'],
  ['2001.12.31', '2001-12-31'],
  ['2001/12/31', '2001-12-31'],
  ['20011231', '2001-12-31'],
  ['31122001', '2001-12-31'],
  ['20121920', '1920-12-20'],
  ['31.12.2001', '2001-12-31'],
  ['31.12.2001.', '2001-12-31'],
  ['1. 2. 2001', '2001-02-01'],
  ['1.2.2001', '2001-02-01'],
  ['31/12/2001', '2001-12-31'],
  ['31-12-2001', '2001-12-31'],
  ['31. desember 2001', '2001-12-31'],
  ['31 DES 2001', '2001-12-31'],
  ['31.des.2001', '2001-12-31'],
  ['1. mai 1990', '1990-05-01'],
  ['1-Oct-1990', '1990-10-01'],
  ['October 1, 1990', '1990-10-01'],
  ['37256', '2001-12-31'],
  ['37256.5', '2001-12-31'],
  ['31.12.01', undefined],
  ['31.02.2001', undefined],
  ['31. tull 2001', undefined],
  ['2001-13-01', undefined],
  ['12', undefined],
  ['', undefined],
])('the day %s is read', (text, expected) => {
  expect(readDate(text)).toBe(expected);
});

it('a workbook that counts from 1904 has the same days four years and a day earlier', () => {
  expect(readDate('35794', { from1904: true })).toBe(readDate('37256'));
  expect(readDate('31.12.2001', { from1904: true })).toBe('2001-12-31');
});
