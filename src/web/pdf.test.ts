import { expect, test, vi } from 'vitest';
import { createPdf } from './pdf.ts';

const at = new Date('2026-11-28T06:00:00Z');
const make = (text: string, language: 'nb' | 'en' = 'nb', create = createPdf) =>
  create({ title: 'Faktura Æ 1', language, at }, (pdf) => {
    pdf.heading(1, text);
    pdf.paragraph('Čáhcesuolu Đuottar Ŋáŋŋa Šávdni Ŧavvi Žuvla');
    pdf.terms([['Til', 'BLÅ HAMMER AS\nTestveien 1']]);
    pdf.table(
      [
        { header: 'Hva', share: 0.7 },
        { header: 'Sum', share: 0.3, align: 'right' },
      ],
      [['Kort', '1']],
      1,
    );
  });

/** The objects of the file that are not compressed, as text. */
const textOf = (pdf: Buffer) => pdf.toString('latin1');

test('is tagged, titled and in a language', async () => {
  const pdf = textOf(await make('Overskrift', 'en'));
  expect(pdf.startsWith('%PDF-1.7')).toBe(true);
  expect(pdf).toContain('/Marked true');
  expect(pdf).toContain('/StructTreeRoot');
  expect(pdf).toContain('/Lang (en)');
  expect(pdf).toContain('/DisplayDocTitle true');
  for (const tag of ['Document', 'H1', 'P', 'Table', 'TR', 'TH', 'TD']) expect(pdf).toContain(`/S /${tag}\n`);
  expect(pdf).toContain('pdfuaid');
});

test('embeds its fonts, and uses none of the reader’s own', async () => {
  const pdf = textOf(await make('Overskrift'));
  expect(pdf.match(/\/FontFile2/gu)).toHaveLength(2);
  expect(pdf).not.toMatch(/\/BaseFont \/(?:Helvetica|Times|Courier)/u);
});

test('is the same file whenever it is asked for', async () => {
  const [one, two] = [await make('Overskrift'), await make('Overskrift')];
  expect(one.equals(two)).toBe(true);
  expect(one.equals(await make('Annet'))).toBe(false);
});

test('is the same file whatever was made before it', async () => {
  // Each of these is drawn with the same letter of the font as another.
  const [one, other] = ['\u03a9 \u0394 \u00b5 a-b fi', '\u2126 \u2206 \u03bc\u00a0a\u2010b \ufb01'];
  await make(one);
  const later = await make(other);
  vi.resetModules();
  const anew = await import('./pdf.ts');
  expect((await make(other, 'nb', anew.createPdf)).equals(later)).toBe(true);
});

test('goes on to the next page when one is full', async () => {
  const pdf = await createPdf({ title: 'Lang', language: 'nb', at }, (writer) => {
    const rows = Array.from({ length: 120 }, (_, index) => [`Linje ${String(index + 1)}`, '1']);
    writer.table(
      [
        { header: 'Hva', share: 0.7 },
        { header: 'Antall', share: 0.3 },
      ],
      rows,
    );
  });
  expect(textOf(pdf).match(/\/Type \/Page\n/gu)?.length).toBe(3);
});
