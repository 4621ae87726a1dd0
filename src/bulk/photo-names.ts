/** Somebody whose photo is looked for among files. */
export interface Wanted {
  readonly lineId: string;
  readonly name: string;
  /** As the file of the order says it; empty where nobody did. */
  readonly employeeNumber: string;
}

/** Whom a file is of, as its name says: one line, several that it may be, or none. */
export type NameMatch =
  | { readonly kind: 'one'; readonly lineId: string; readonly by: 'number' | 'name' }
  | { readonly kind: 'several'; readonly lineIds: readonly string[] }
  | { readonly kind: 'none' };

const LETTERS: Readonly<Record<string, string>> = {
  ...{ æ: 'ae', ø: 'o', œ: 'oe', ð: 'd', đ: 'd', þ: 'th', ß: 'ss', ł: 'l', ŋ: 'n', ŧ: 't', ı: 'i', ħ: 'h' },
  ...{ ʒ: 'z', ǥ: 'g', ĸ: 'k' },
};
/** How Norwegian letters are written where they cannot be. */
const SPELT: Readonly<Record<string, string>> = { ø: 'oe', å: 'aa', ä: 'ae', ö: 'oe', ü: 'ue' };

/** Words that cameras and people put beside a name. */
const NOISE: ReadonlySet<string> = new Set(
  (
    'foto photo bilde image img dsc portrett portrait hms kort hmskort pass passfoto passbilde kopi copy ny new ansatt ' +
    'employee nr no jpg jpeg png'
  ).split(' '),
);

function fold(text: string): string {
  const plain = Array.from(text, (sign) => LETTERS[sign] ?? sign).join('');
  return plain.normalize('NFD').replace(/\p{M}/gu, '');
}

const spell = (text: string) => fold(Array.from(text, (sign) => SPELT[sign] ?? sign).join(''));

/** The words of a text in small letters, as they are written, without accents, and with ø and å spelt out. */
interface Words {
  readonly exact: readonly string[];
  readonly folded: readonly string[];
  readonly spelt: readonly string[];
}

function wordsOf(text: string, isWord: RegExp): Words {
  const exact = text.normalize('NFC').toLowerCase().normalize('NFC').match(isWord) ?? [];
  return { exact, folded: exact.map(fold), spelt: exact.map(spell) };
}

const NAME_WORD = /[\p{L}\p{M}]+/gu;

/** Whether two lists have the same words, in whatever order. */
function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length > 0 && [...a].sort().join(' ') === [...b].sort().join(' ');
}

/** Whether the words are some of the name's, the first and the last among them. */
function isShortened(words: readonly string[], name: readonly string[]): boolean {
  const [first = '', last = ''] = [name[0], name.at(-1)];
  const left = [...name];
  const within = words.every((word) => {
    const at = left.indexOf(word);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
  return words.length > 1 && within && words.includes(first) && words.includes(last);
}

/** Whether the name is written as one word, either way round: `kariberg`, `bergkari`. */
function isTogether(words: readonly string[], name: readonly string[]): boolean {
  const [only = '', ...others] = words;
  if (others.length > 0 || name.length < 2) return false;
  return name.some((_, turn) => [...name.slice(turn), ...name.slice(0, turn)].join('') === only);
}

type Fits = (file: Words, name: Words) => boolean;

/** From the strictest to the most forgiving: the first that somebody fits decides. */
const LEVELS: readonly Fits[] = [
  (file, name) => same(file.exact, name.exact),
  (file, name) =>
    same(file.folded, name.folded) || same(file.spelt, name.spelt) || same(file.folded, name.spelt),
  (file, name) => isTogether(file.folded, name.folded) || isTogether(file.folded, name.spelt),
  (file, name) => isShortened(file.folded, name.folded) || isShortened(file.folded, name.spelt),
];

/** A file's name without its folders and its ending. */
function stemOf(path: string): string {
  return (path.split('/').at(-1) ?? '').replace(/\.[^.]{1,5}$/u, '');
}

/** Letters and digits alone; spreadsheets drop the zeros that a number starts with. */
const plainNumber = (text: string) =>
  fold(text.normalize('NFC').toLowerCase())
    .replace(/[^a-z0-9]/gu, '')
    .replace(/^0+(?=.)/u, '');

/**
 * Finds whose photo a file is by its name: by an employee number in it, else by a name, in whatever order, case and
 * spelling. A number and a name that are of different people are of neither. Made once for all files of an archive; pure.
 */
export function createNameMatcher(wanted: readonly Wanted[]): (path: string) => NameMatch {
  const people = wanted.map(({ lineId, name, employeeNumber }) => ({
    lineId,
    number: plainNumber(employeeNumber),
    words: wordsOf(name, NAME_WORD),
  }));
  const byNumber = Map.groupBy(
    people.filter(({ number }) => number !== ''),
    ({ number }) => number,
  );
  return (path) => {
    const stem = stemOf(path);
    const numbered = numberIn(stem, byNumber);
    if (numbered !== undefined)
      return byNumbers(numbered.people, withoutNoise(wordsOf(numbered.rest, NAME_WORD)));
    const written = wordsOf(stem, NAME_WORD);
    // Somebody may be called Ny or Pass: what looks like noise is tried as a name as well.
    for (const words of [written, withoutNoise(written)]) {
      const named = LEVELS.map((fits) => people.filter((one) => fits(words, one.words))).find(
        (one) => one.length > 0,
      );
      if (named !== undefined) return found(named, 'name');
    }
    return { kind: 'none' };
  };
}

function withoutNoise(words: Words): Words {
  const kept = words.exact.flatMap((word, index) => (NOISE.has(word) ? [] : [index]));
  const pick = (list: readonly string[]) => kept.map((index) => list[index] ?? '');
  return { exact: pick(words.exact), folded: pick(words.folded), spelt: pick(words.spelt) };
}

interface Person {
  readonly lineId: string;
  readonly words: Words;
}

/** Whose employee number a file's name says, as a whole, in one of its parts, or in their digits; and what it says besides. */
function numberIn(
  stem: string,
  byNumber: ReadonlyMap<string, readonly Person[]>,
): { readonly people: readonly Person[]; readonly rest: string } | undefined {
  for (const texts of [[stem], stem.split(/[\s_,;()[\]]+/u), stem.match(/[0-9]+/gu) ?? []]) {
    const said = texts.filter((text) => /[0-9]/u.test(text) && byNumber.has(plainNumber(text)));
    if (said.length === 0) continue;
    return {
      people: [...new Set(said.flatMap((text) => byNumber.get(plainNumber(text)) ?? []))],
      rest: said.reduce((rest, text) => rest.replace(text, ' '), stem),
    };
  }
  return undefined;
}

/** Where a name stands beside the number it has to be that person's, at least in part. */
function byNumbers(numbered: readonly Person[], name: Words): NameMatch {
  if (name.folded.length === 0) return found(numbered, 'number');
  const alike = ({ words }: Person) => {
    const known = new Set([...words.folded, ...words.spelt]);
    return name.folded.some((word) => known.has(word)) || isTogether(name.folded, words.folded);
  };
  const fitting = numbered.filter(alike);
  if (fitting.length > 0) return found(fitting, 'number');
  return { kind: 'several', lineIds: numbered.map(({ lineId }) => lineId) };
}

function found(people: readonly Person[], by: 'number' | 'name'): NameMatch {
  const [one, ...others] = people;
  if (one !== undefined && others.length === 0) return { kind: 'one', lineId: one.lineId, by };
  return { kind: 'several', lineIds: people.map(({ lineId }) => lineId) };
}
