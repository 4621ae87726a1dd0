import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { workbook, workbookParts, zip } from '../../tests/support/zip.ts';
import { csvLine } from '../kernel/csv.ts';
import { columnsOf, templateOf } from './rules.ts';
import { readSheet } from './sheets.ts';
import { workbookTemplate } from './template.ts';

async function rowsOf(file: Buffer): Promise<string[][]> {
  const rows: string[][] = [];
  for await (const { cells } of readSheet(file)) rows.push([...cells]);
  return rows;
}

const reasonOf = async (file: Buffer): Promise<unknown> => {
  try {
    await rowsOf(file);
    return 'read';
  } catch (error) {
    return (error as { reason?: unknown }).reason ?? error;
  }
};

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

function encode(text: string, encoding: Encoding, mark: boolean): Buffer {
  const whole = mark && encoding !== 'windows-1252' ? `\uFEFF${text}` : text;
  if (encoding === 'utf-8') return Buffer.from(whole, 'utf8');
  if (encoding === 'windows-1252') return Buffer.from(whole, 'latin1');
  const bytes = Buffer.from(whole, 'utf16le');
  return encoding === 'utf-16le' ? bytes : bytes.swap16();
}

const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;

describe('a text file', () => {
  const table = [
    ['Fødselsnummer', 'Navn', 'Merknad'],
    ['15819049944', 'Øyvind Ærlig Åsen', 'a, b; c\td'],
    ['', 'Per "Pål" Nesé', 'to\nlinjer'],
  ];
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

  it.each(
    [';', ',', '\t'].flatMap((delimiter) =>
      ENCODINGS.flatMap((encoding) =>
        [true, false].flatMap((mark) =>
          ['\n', '\r\n'].map((end) => [delimiter, encoding, mark, end] as const),
        ),
      ),
    ),
  )('is read with %j in %s, mark %s, line end %j', async (delimiter, encoding, mark, end) => {
    const text = table.map((row) => row.map(quoted).join(delimiter) + end).join('');
    expect(await rowsOf(encode(text, encoding, mark))).toEqual(table);
  });

  it('is read back as it was written, whatever is in it', async () => {
    const cell = fc
      .string({ unit: 'grapheme', maxLength: 30 })
      .filter((text) => !/\p{Cc}|\uFEFF/u.test(text));
    const row = fc
      .array(cell, { minLength: 3, maxLength: 3 })
      .filter((cells) => cells.some((one) => one !== ''));
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 20 }),
        fc.constantFrom(';', ',', '\t'),
        fc.constantFrom('utf-8', 'utf-16le', 'utf-16be'),
        async (rows, delimiter, encoding) => {
          const all = [['Nummer', 'Navn', 'Født'], ...rows];
          const text = all.map((cells) => `${cells.map(quoted).join(delimiter)}\r\n`).join('');
          expect(await rowsOf(encode(text, encoding, true))).toEqual(all);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('keeps emoji and Sámi letters', async () => {
    const rows = [['Navn'], ['Máret Ánne Čáhcesuolu 👷‍♀️'], ['Ŋiiles Đoarrás Ŧiŋŋá'], ['Łukasz Żółć']];
    expect(await rowsOf(Buffer.from(rows.map((cells) => csvLine(cells)).join('')))).toEqual(rows);
    expect(await rowsOf(workbook(rows))).toEqual(rows);
  });

  it.each([
    [
      'sep=,\r\na;x,b\r\n1,2\r\n',
      [
        ['a;x', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a;b\r\n\r\n1;2\r\n\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['bare\nén\nkolonne', [['bare'], ['én'], ['kolonne']]],
    ['a;b;c\n1\n1;2;3;4', [['a', 'b', 'c'], ['1'], ['1', '2', '3', '4']]],
    [
      'a;b\rc;d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a;b\n5" rør;x',
      [
        ['a', 'b'],
        ['5" rør', 'x'],
      ],
    ],
    [
      'a;b\n=1+1;@cmd',
      [
        ['a', 'b'],
        ['=1+1', '@cmd'],
      ],
    ],
  ])('%j is read as it stands', async (text, rows) => {
    expect(await rowsOf(Buffer.from(text))).toEqual(rows);
  });

  it('tells the line that a row ends on', async () => {
    const positions: number[] = [];
    for await (const { position } of readSheet(Buffer.from('a;b\n\n1;2\n"x\ny";2\n3;4\n')))
      positions.push(position);
    expect(positions).toEqual([1, 3, 5, 6]);
  });
});

describe('a workbook', () => {
  it('is read by its content, whatever its name, from its first sheet that is shown', async () => {
    expect(
      await rowsOf(
        workbook([
          ['a', '', 'c'],
          ['1', '2'],
        ]),
      ),
    ).toEqual([
      ['a', '', 'c'],
      ['1', '2'],
    ]);
    const parts = workbookParts('<sheetData/>').filter(({ name }) => !/workbook\.xml|sheet1/u.test(name));
    const two = zip([
      ...parts,
      {
        name: 'xl/workbook.xml',
        content:
          '<x:workbook xmlns:q="r"><x:sheets><x:sheet state="hidden" q:id="r1"/><x:sheet q:id="r2"/></x:sheets></x:workbook>',
      },
      {
        name: 'xl/_rels/workbook.xml.rels',
        content:
          '<Relationships><Relationship Id="r1" Target="a.xml"/><Relationship Id="r2" Target="/xl/b.xml"/></Relationships>',
      },
      { name: 'xl/a.xml', content: '<worksheet/>' },
      {
        name: 'xl/b.xml',
        content: '<x:worksheet><x:row><x:c t="str"><x:v>ja</x:v></x:c></x:row></x:worksheet>',
      },
    ]);
    expect(await rowsOf(two)).toEqual([['ja']]);
  });

  it.each([
    ['<c r="A1"><v>1.5019012345E10</v></c>', ['15019012345']],
    ['<c r="A1"><v>33000</v></c>', ['33000']],
    ['<c r="C1" t="inlineStr"><is><t>a</t><rPh><t>uttale</t></rPh><r><t>b</t></r></is></c>', ['', '', 'ab']],
    ['<c r="A1"><f>HYPERLINK("http://x","y")</f><v>7</v></c>', ['7']],
    ['<c r="A1" t="str"><f>CMD()</f><v>sist</v></c>', ['sist']],
    ['<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c><c><v>2</v></c>', ['', '2']],
    ['<c r="ZZZ1"><v>1</v></c><c r="A1"><v>3</v></c>', ['3']],
  ])('%s is what the spreadsheet kept, and no formula is run', async (cells, row) => {
    const file = zip(workbookParts(`<sheetData><row r="1">${cells}</row></sheetData>`));
    expect(await rowsOf(file)).toEqual([row]);
  });

  it('is read back as it was written', async () => {
    const cell = fc
      .string({ unit: 'grapheme', maxLength: 20 })
      .filter((text) => !/[\p{Cc}\uFFFE\uFFFF]/u.test(text));
    const row = fc.array(cell, { minLength: 2, maxLength: 4 }).filter((cells) => cells.at(-1) !== '');
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 10 }), async (rows) => {
        expect(await rowsOf(workbook(rows))).toEqual(rows);
      }),
      { numRuns: 100 },
    );
  });

  it('with macros in it is read without them', async () => {
    expect(
      await rowsOf(workbook([['a']], [{ name: 'xl/vbaProject.bin', content: 'Sub Auto_Open()' }])),
    ).toEqual([['a']]);
  });
});

describe('what is no table, or would do harm, is refused', () => {
  const sheet = (content: string) => zip(workbookParts(content));
  const bomb = '<row r="1">'.padEnd(130_000_000, ' ');
  it.each<[string, () => Buffer, string]>([
    ['nothing', () => Buffer.alloc(0), 'empty'],
    ['more than 20 MB', () => Buffer.alloc(20_000_001, 'a'), 'too-large'],
    ['an old workbook', () => Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'old-excel'],
    ['a picture', () => Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'not-a-table'],
    ['another archive', () => zip([{ name: 'word/document.xml', content: '' }]), 'not-a-table'],
    ['an archive that is cut', () => workbook([['a']]).subarray(0, 300), 'broken'],
    ['a bomb', () => sheet(bomb), 'too-much-inside'],
    [
      'a bomb that says that it is small',
      () =>
        zip(
          workbookParts(bomb).map((part) =>
            part.name.endsWith('sheet1.xml') ? { ...part, said: 1000 } : part,
          ),
        ),
      'broken',
    ],
    [
      'too many parts',
      () => zip(Array.from({ length: 2001 }, (_, index) => ({ name: `a/${String(index)}`, content: '' }))),
      'too-much-inside',
    ],
    [
      'a path out of the archive',
      () => workbook([['a']], [{ name: '../../etc/cron.d/x', content: 'x' }]),
      'broken',
    ],
    ['an absolute path', () => workbook([['a']], [{ name: '/etc/passwd', content: 'x' }]), 'broken'],
    ['a path with a drive', () => workbook([['a']], [{ name: 'C:\\x', content: 'x' }]), 'broken'],
    [
      'a part that is there twice',
      () => workbook([['a']], [{ name: 'xl/workbook.xml', content: '' }]),
      'broken',
    ],
    [
      'entities of its own',
      () =>
        zip([
          ...workbookParts('').slice(0, 3),
          { name: 'xl/worksheets/sheet1.xml', content: '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>' },
        ]),
      'too-much-inside',
    ],
    ['XML that is broken', () => sheet('<row></c>'), 'broken'],
    ['a quote that never ends', () => Buffer.from(`a;b\n"${'x'.repeat(300_000)}`), 'broken'],
  ])('%s', async (_what, file, reason) => {
    expect(await reasonOf(file())).toBe(reason);
  });

  it('bytes at random are read or refused, and nothing else', async () => {
    const start = fc.constantFrom('', 'PK\u0003\u0004', '\u00ff\u00fe', '\u00fe\u00ff', '\u00ef\u00bb\u00bf');
    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ maxLength: 300 }), async (mark, bytes) => {
        const reason = await reasonOf(Buffer.concat([Buffer.from(mark, 'latin1'), bytes]));
        expect(['read', 'empty', 'not-a-table', 'broken', 'old-excel', 'too-much-inside']).toContain(reason);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the template', () => {
  it.each(['nb', 'en'] as const)('in %s is a workbook whose columns are recognised', async (language) => {
    const [headings, ...others] = await rowsOf(
      workbookTemplate('Bestilling & mer', templateOf(language, true)),
    );
    expect([headings, others]).toEqual([templateOf(language, true), []]);
    expect(Object.values(columnsOf(headings ?? []))).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

it.each([
  ['1', true],
  ['true', true],
  ['0', false],
])('a workbook says whether it counts days from 1904: %s', async (date1904, expected) => {
  const parts = workbookParts('<sheetData><row><c><v>35794</v></c></row></sheetData>').map((part) =>
    part.name === 'xl/workbook.xml'
      ? {
          ...part,
          content: String(part.content).replace('<sheets>', `<workbookPr date1904="${date1904}"/><sheets>`),
        }
      : part,
  );
  for await (const { cells, from1904 = false } of readSheet(zip(parts))) {
    expect([cells, from1904]).toEqual([['35794'], expected]);
  }
});
