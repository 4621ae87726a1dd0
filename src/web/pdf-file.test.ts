import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPdf } from './pdf.ts';
import { pdfProblem, safeFileName } from './pdf-file.ts';

const MAX = 100_000;
const pdf = (inside: string | Buffer) =>
  Buffer.concat([
    Buffer.from('%PDF-1.7\n'),
    Buffer.from(inside),
    Buffer.from('\ntrailer <</Root 1 0 R>>\n%%EOF\n'),
  ]);
/** Objects in a compressed stream, as newer programs write them. */
const packed = (objects: string, dictionary = '/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode') =>
  pdf(
    Buffer.concat([
      Buffer.from(`5 0 obj <<${dictionary}>>\nstream\r\n`),
      deflateSync(objects),
      Buffer.from('\nendstream endobj'),
    ]),
  );

test.each([
  ['a plain one', pdf('1 0 obj <</Type /Catalog>> endobj'), undefined],
  ['one with packed objects', packed('7 0 <</Type /Page>>'), undefined],
  ['one whose text tells of scripts', pdf('(JavaScript, Encrypt and Launch)'), undefined],
  ['an empty file', Buffer.alloc(0), 'empty'],
  ['one as large as may be', pdf(Buffer.alloc(MAX - pdf('').length)), undefined],
  ['one byte more', pdf(Buffer.alloc(MAX - pdf('').length + 1)), 'too-large'],
  ['a page of HTML', Buffer.from('<html>%PDF-1.7 %%EOF</html>'), 'not-pdf'],
  ['one without an end', Buffer.from('%PDF-1.7'), 'not-pdf'],
  ['an encrypted one', pdf('trailer <</Encrypt 9 0 R>>'), 'encrypted'],
  ['a script', pdf('<</S /JavaScript /JS (app.alert(1))>>'), 'active'],
  ['a script whose name is spelt in numbers', pdf('<</S /#4Aav#61Script>>'), 'active'],
  ['a script among packed objects', packed('7 0 <</S/JavaScript/JS(x)>>'), 'active'],
  ['one that starts a program', pdf('<</S/L#61u#6ech/F(cmd.exe)>>'), 'active'],
  ['one with a file inside', pdf('<</Names <</EmbeddedFiles 3 0 R>>>>'), 'active'],
  ['one with a film inside', pdf('<</Subtype /RichMedia>>'), 'active'],
  [
    'objects packed as nobody packs them',
    packed('7 0 <<>>', '/Type/ObjStm/Filter/LZWDecode').fill(1, 60, 70),
    'not-pdf',
  ],
])('%s', (_, bytes, problem) => {
  expect(pdfProblem(bytes, MAX)).toBe(problem);
});

test('a bomb of packed objects is refused and never unpacked whole', () => {
  const bomb = packed(' '.repeat(120_000_000));
  expect(bomb.length).toBeLessThan(200_000);
  expect(pdfProblem(bomb, 1_000_000)).toBe('not-pdf');
});

test('what we draw ourselves is one', async () => {
  const own = await createPdf({ title: 'Avtale', language: 'nb', at: new Date(0) }, (writer) => {
    writer.paragraph('Kryptert /Launch');
  });
  expect(pdfProblem(own, 10_000_000)).toBeUndefined();
});

test('answers to any bytes at all', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      expect([undefined, 'active', 'encrypted', 'not-pdf', 'empty']).toContain(
        pdfProblem(pdf(Buffer.from(bytes)), MAX),
      );
    }),
  );
});

test('a file has a name that stands in no other folder, header or line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
      const safe = safeFileName(name);
      expect(safe).toMatch(/^[^\p{C}/\\"]{1,124}\.pdf$/u);
      expect(safeFileName(safe)).toBe(safe);
    }),
  );
});
