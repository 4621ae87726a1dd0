import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('package.json was not found above the program.');
  return findRoot(parent);
}

/** The folder of package.json: where files that are read at run time (SQL, assets) lie, compiled or not. */
export const projectRoot = findRoot(dirname(fileURLToPath(import.meta.url)));
