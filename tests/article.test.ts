import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../src/database/project-root.ts';

const read = (path: string) => readFileSync(join(projectRoot, path), 'utf8');

/** The table's rows: sentence, feature, and the test or why there is none. */
const rows = read('docs/article.md')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .slice(2)
  .map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );

const filesIn = (text: string) => [...text.matchAll(/`([\w-]+\.test\.ts)`/gu)].map((found) => found[1] ?? '');

test('the table of docs/article.md names the tests that there are, each of them and no other', () => {
  const named = new Set(rows.flatMap(([, , proof = '']) => filesIn(proof)));
  expect([...named].toSorted()).toEqual(readdirSync(join(projectRoot, 'tests/article')).toSorted());
});

test('every sentence has a feature, and a test or a reason', () => {
  expect(rows.length).toBeGreaterThan(30);
  for (const [sentence = '', feature = '', proof = '', ...rest] of rows) {
    expect([sentence, feature !== '', proof !== '', rest]).toEqual([sentence, true, true, []]);
  }
  // What has no test says why not in a sentence.
  const without = rows.map(([, , proof = '']) => proof).filter((proof) => filesIn(proof).length === 0);
  expect(without.filter((reason) => !/^[A-Z].{10,}\.$/u.test(reason))).toEqual([]);
});

test('what a test tries is called by a sentence that the table says it is for', () => {
  const words = (text: string) =>
    text
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu)
      ?.join(' ') ?? '';
  for (const file of readdirSync(join(projectRoot, 'tests/article'))) {
    const sentences = rows
      .filter(([, , proof = '']) => filesIn(proof).includes(file))
      .map(([sentence = '']) => words(sentence.replace(/\(.*\)/u, '')));
    const names = [...read(`tests/article/${file}`).matchAll(/^describe\('([^']+)'/gmu)].map(
      ([, name = '']) => name,
    );
    expect([file, names.length > 0]).toEqual([file, true]);
    const others = names.filter(
      (name) => !sentences.some((one) => words(name).includes(one) || one.includes(words(name))),
    );
    expect([file, others]).toEqual([file, []]);
  }
});
