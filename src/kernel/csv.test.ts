import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvLine } from './csv.ts';

describe('a line of a file for spreadsheets', () => {
  test.each([
    ['a name', ['Ola Nordmann'], '"Ola Nordmann"\r\n'],
    ['two cells', ['Ola', 'Kari'], '"Ola";"Kari"\r\n'],
    ['nothing', [null, ''], ';""\r\n'],
    ['a number, which stays one', [-12], '-12\r\n'],
    ['quotes and separators', ['a "b"; c\nd'], '"a ""b""; c\nd"\r\n'],
    ['a sum', ['=1+1'], `"'=1+1"\r\n`],
    ['a plus', ['+47 22 00 00 00'], `"'+47 22 00 00 00"\r\n`],
    ['a minus', ['-1'], `"'-1"\r\n`],
    ['an at sign', ['@SUM(A1)'], `"'@SUM(A1)"\r\n`],
    ['a tab', ['\t=1'], `"'\t=1"\r\n`],
    ['a return', ['\r=1'], `"'\r=1"\r\n`],
    ['a wide sign', ['＝1+1'], `"'＝1+1"\r\n`],
    ['a sign further in', ['Ola = Kari'], '"Ola = Kari"\r\n'],
  ] as const)('writes %s', (_, cells, line) => {
    expect(csvLine(cells)).toBe(line);
  });

  test('never lets a text begin as a formula or leave its cell', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (cells) => {
        const line = csvLine(cells);
        const read = [...line.slice(0, -2).matchAll(/"((?:[^"]|"")*)"(?:;|$)/gu)].map((match) =>
          (match[1] ?? '').replaceAll('""', '"'),
        );
        expect(read.length).toBe(cells.length);
        for (const [index, cell] of read.entries()) {
          expect(cell).not.toMatch(/^[=+\-@\t\r]/u);
          expect([cell, cell.slice(1)]).toContain(cells[index]);
        }
      }),
    );
  });
});
