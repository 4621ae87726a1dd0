import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createNameMatcher, type NameMatch, type Wanted } from './photo-names.ts';

const PEOPLE: readonly Wanted[] = [
  { lineId: 'kari', name: 'Kari Anne Berg', employeeNumber: '1001' },
  { lineId: 'ola', name: 'Ola Nordmann', employeeNumber: '0042' },
  { lineId: 'ås', name: 'Bjørn Ås', employeeNumber: 'A-7' },
  { lineId: 'anne', name: 'Anne-Marie Sørli', employeeNumber: '' },
  { lineId: 'sami', name: 'Máhtte Čáhkalaš Đuoŋŋá', employeeNumber: '' },
  { lineId: 'per1', name: 'Per Hansen', employeeNumber: '500' },
  { lineId: 'per2', name: 'Per Hansen', employeeNumber: '501' },
  { lineId: 'pass', name: 'Ny Pass', employeeNumber: '' },
  { lineId: 'polish', name: 'Łukasz Żółć', employeeNumber: '' },
];
const matcher = createNameMatcher(PEOPLE);
const one = (lineId: string, by: 'number' | 'name'): NameMatch => ({ kind: 'one', lineId, by });
const several = (...lineIds: string[]): NameMatch => ({ kind: 'several', lineIds });
const none: NameMatch = { kind: 'none' };

test.each<[string, NameMatch]>([
  ['1001.jpg', one('kari', 'number')],
  ['bilder/1001.JPG', one('kari', 'number')],
  ['1001 Kari Berg.jpg', one('kari', 'number')],
  ['Berg_1001.png', one('kari', 'number')],
  ['foto-1001.jpeg', one('kari', 'number')],
  ['ansatt1001.jpg', one('kari', 'number')],
  ['42.jpg', one('ola', 'number')],
  ['0042_Nordmann, Ola.jpg', one('ola', 'number')],
  ['A-7.jpg', one('ås', 'number')],
  ['a7 bjorn.jpg', one('ås', 'number')],
  // The number is one person's and the name another's.
  ['1001 Ola Nordmann.jpg', several('kari')],
  ['500-501.jpg', several('per1', 'per2')],
  ['Kari Anne Berg.jpg', one('kari', 'name')],
  ['Berg, Kari Anne.jpg', one('kari', 'name')],
  ['kari_anne_berg.jpg', one('kari', 'name')],
  ['KARI-BERG.JPG', one('kari', 'name')],
  ['Berg Kari (2).jpg', one('kari', 'name')],
  ['Kari Berg 2026-11-28.jpg', one('kari', 'name')],
  ['HMS-kort Kari Berg foto.jpg', one('kari', 'name')],
  ['kariberg.jpg', none],
  ['OlaNordmann.jpg', one('ola', 'name')],
  ['nordmannola.jpg', one('ola', 'name')],
  ['Bjørn Ås.jpg', one('ås', 'name')],
  ['Bjørn Ås.jpg'.normalize('NFD'), one('ås', 'name')],
  ['bjorn_as.jpg', one('ås', 'name')],
  ['Bjoern Aas.jpg', one('ås', 'name')],
  ['Soerli, Anne-Marie.jpg', one('anne', 'name')],
  ['anne marie sorli.jpg', one('anne', 'name')],
  ['Máhtte Čáhkalaš Đuoŋŋá.jpg', one('sami', 'name')],
  ['mahtte cahkalas duonna.jpg', one('sami', 'name')],
  ['Duoŋŋá, Mahtte.jpg', one('sami', 'name')],
  ['Lukasz Zolc.jpg', one('polish', 'name')],
  ['Per Hansen.jpg', several('per1', 'per2')],
  ['Per Hansen 501.jpg', one('per2', 'number')],
  ['Ny Pass.jpg', one('pass', 'name')],
  ['Berg.jpg', none],
  ['Kari.jpg', none],
  ['Kari Marie Berg.jpg', none],
  ['IMG_2026.jpg', none],
  ['.jpg', none],
  ['', none],
])('%s', (path, expected) => {
  expect(matcher(path)).toEqual(expected);
});

const word = fc
  .array(fc.constantFrom(...'abdefghijklmnorstuvæøåáčđŋšŧžéöäü'), { minLength: 3, maxLength: 8 })
  .map((signs) => signs.join(''));
const names = fc
  .array(fc.array(word, { minLength: 2, maxLength: 3 }), { minLength: 1, maxLength: 20 })
  .map((list) => list.map((words) => words.join(' ')));

/** Ways in which people write a name on a file. */
const WRITINGS: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => name.toUpperCase(),
  (name) => name.normalize('NFD'),
  (name) => name.replaceAll(' ', '_'),
  (name) => name.replaceAll(' ', '-'),
  (name) => `${name.split(' ').slice(1).join(' ')}, ${name.split(' ')[0] ?? ''}`,
  (name) => `mappe/${name} (1)`,
  (name) => name.split(' ').reverse().join('_'),
];

test('whoever has a name of their own is found by it however it is written, and nobody else is', () => {
  fc.assert(
    fc.property(names, fc.constantFrom(...WRITINGS), fc.nat(), (all, write, at) => {
      const name = all[at % all.length] ?? '';
      const find = createNameMatcher(
        all.map((text, index) => ({ lineId: String(index), name: text, employeeNumber: '' })),
      );
      const match = find(`${write(name)}.jpg`);
      const words = (text: string) => text.split(' ').sort().join(' ');
      const alike = all.flatMap((text, index) => (words(text) === words(name) ? [String(index)] : []));
      if (alike.length > 1) expect(match).toEqual(several(...alike));
      else expect(match).toEqual(one(String(at % all.length), 'name'));
    }),
    { numRuns: 1000 },
  );
});

test('an employee number is found whatever stands around it, and never read as part of another', () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 99_999 }), { minLength: 1, maxLength: 20 });
  const around = fc.constantFrom('', 'foto_', 'IMG ', 'bilde-', '0', 'mappe/00');
  fc.assert(
    fc.property(numbers, around, fc.nat(), (all, before, at) => {
      const find = createNameMatcher(
        all.map((number) => ({ lineId: String(number), name: 'Kari Berg', employeeNumber: String(number) })),
      );
      const number = String(all[at % all.length]);
      expect(find(`${before}${number}.jpg`)).toEqual(one(number, 'number'));
      expect(find(`${before}${number}7777.jpg`)).toEqual(
        all.includes(Number(`${number}7777`)) ? one(`${number}7777`, 'number') : none,
      );
    }),
  );
});
