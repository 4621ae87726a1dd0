import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { zip, type ZipPart } from '../../tests/support/zip.ts';
import { MAX_PHOTOS, openArchive, UnreadableArchive } from './photo-archive.ts';

const photo = (name: string, more: Partial<ZipPart> = {}): ZipPart => ({
  name,
  content: randomBytes(2000),
  ...more,
});
const open = (archive: Buffer) =>
  openArchive(archive.length, (start, end) => Promise.resolve(archive.subarray(start, end)));
const reasonOf = (archive: Buffer) =>
  open(archive).then(
    () => 'read',
    (error: unknown) => {
      if (error instanceof UnreadableArchive) return error.reason;
      throw error;
    },
  );
const pathsOf = async (...parts: ZipPart[]) => (await open(zip(parts))).map(({ path }) => path);

test.each<[string, () => Buffer, string]>([
  ['nothing', () => Buffer.alloc(0), 'empty'],
  ['a photo', () => Buffer.from([0xff, 0xd8, 0xff, 0xe0]), 'not-a-zip'],
  ['a text', () => Buffer.from('Navn;Foto'), 'not-a-zip'],
  ['the start of an archive alone', () => zip([photo('a.jpg')]).subarray(0, 900), 'broken'],
  ['an archive with nothing in it', () => zip([]), 'no-photos'],
  ['folders alone', () => zip([photo('a/', { content: '' })]), 'no-photos'],
  ['a path upwards', () => zip([photo('../a.jpg')]), 'unsafe-path'],
  ['a path upwards from within', () => zip([photo('a/../../b.jpg')]), 'unsafe-path'],
  ['a path from the root', () => zip([photo('/etc/a.jpg')]), 'unsafe-path'],
  ['a path to a disk', () => zip([photo('C:a.jpg')]), 'unsafe-path'],
  ['a path with backslashes', () => zip([photo('..\\a.jpg')]), 'unsafe-path'],
  ['a name with a line break', () => zip([photo('a\n.jpg')]), 'unsafe-path'],
  ['a symbolic link', () => zip([photo('a.jpg', { content: '/etc/passwd', mode: 0o120777 })]), 'unsafe-path'],
  ['a device', () => zip([photo('a.jpg', { mode: 0o020666 })]), 'unsafe-path'],
  ['what is encrypted', () => zip([photo('a.jpg', { flags: 1 })]), 'encrypted'],
  ['the same name twice', () => zip([photo('a.jpg'), photo('a.jpg')]), 'duplicate-names'],
  ['names that differ in case', () => zip([photo('Å.jpg'), photo('å.JPG')]), 'duplicate-names'],
  [
    'names that differ in how an accent is written',
    () => zip([photo('å.jpg'), photo('å.jpg'.normalize('NFD'))]),
    'duplicate-names',
  ],
  ['an archive within', () => zip([photo('more.zip', { content: zip([photo('a.jpg')]) })]), 'archive-inside'],
  ['a bomb', () => zip([photo('a.jpg', { content: Buffer.alloc(5_000_000) })]), 'too-much-inside'],
  [
    'many small bombs',
    () =>
      zip(
        Array.from({ length: 250 }, (_, one) =>
          photo(`${String(one)}.jpg`, { content: Buffer.alloc(990_000) }),
        ),
      ),
    'too-much-inside',
  ],
  ['a size that cannot be', () => zip([photo('a.jpg', { said: 0xffff_fff0 })]), 'too-much-inside'],
  [
    'too many photos',
    () =>
      zip(Array.from({ length: MAX_PHOTOS + 1 }, (_, one) => photo(`${String(one)}.jpg`, { content: '' }))),
    'too-many-files',
  ],
])('%s is refused', async (_what, archive, reason) => {
  expect(await reasonOf(archive())).toBe(reason);
});

test('photos in folders are listed, and what computers put beside them is not', async () => {
  expect(
    await pathsOf(
      photo('bilder/', { content: '' }),
      photo('bilder/Kari Berg.jpg'),
      photo('__MACOSX/bilder/._Kari Berg.jpg'),
      photo('bilder/.DS_Store'),
      photo('Thumbs.db'),
      photo('Ola.png', { mode: 0o100644 }),
    ),
  ).toEqual(['bilder/Kari Berg.jpg', 'Ola.png']);
});

test.each<[string, Uint8Array]>([
  ['a Mac, which does not say that it is UTF-8', Buffer.from('Bjørn Ås.jpg')],
  ['Windows, in its old code page', Buffer.from('Bj\u009brn \u008fs.jpg', 'latin1')],
])('a name from %s is read', async (_what, rawName) => {
  expect(await pathsOf(photo('', { rawName }))).toEqual(['Bjørn Ås.jpg']);
});

test('a photo is read as it was; one that is not as large as it says, or larger than may be, is not', async () => {
  const content = randomBytes(300_000);
  const files = await open(
    zip([
      photo('good.jpg', { content }),
      photo('liar.jpg', { said: 100 }),
      photo('modest.jpg', { said: 5000 }),
      photo('large.jpg', { content: randomBytes(10_000_001) }),
    ]),
  );
  expect(await Promise.all(files.map((file) => file.read()))).toEqual([
    content,
    undefined,
    undefined,
    undefined,
  ]);
});

test('whatever is changed in an archive, it is read or refused, and never more than it may be', async () => {
  const archive = zip([photo('a.jpg'), photo('b/c.jpg')]);
  for (let at = 0; at < archive.length; at += 11) {
    const changed = Buffer.from(archive);
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    try {
      for (const file of await open(changed)) await file.read();
    } catch (error) {
      expect(error).toBeInstanceOf(UnreadableArchive);
    }
  }
});
