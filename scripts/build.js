// Builds dist/: the server's modules one by one, and the browser's assets bundled under names that change with what is
// in them. Only what changed since the last build is done again. Plain JavaScript, so that any Node from 20 on runs it.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const stateFile = join(dist, 'build.json');
const assetFolder = join(dist, 'assets');

/** @param {string | Uint8Array} content */
function hash(content) {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * The files under a folder of the project, as paths from its root.
 * @param {string} folder
 * @param {(path: string) => boolean} wanted
 */
function filesIn(folder, wanted) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'))
    .filter(wanted)
    .sort();
}

/**
 * Written under another name and then renamed, since a process may be starting from what is there.
 * @param {string} path
 * @param {string | Uint8Array} content
 */
function write(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, content);
  renameSync(draft, path);
}

/** @param {string} path */
const outputOf = (path) => join(dist, path.replace(/\.tsx?$/, '.js'));

function readState() {
  try {
    return JSON.parse(readFileSync(stateFile, 'utf8'));
  } catch {
    return { modules: {} };
  }
}

/** @param {string[]} paths */
async function compile(paths) {
  const { default: ts } = await import('typescript');
  const configPath = join(root, 'tsconfig.build.json');
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(configPath, ts.sys.readFile).config,
    ts.sys,
    root,
  );
  for (const path of paths) {
    const output = outputOf(path);
    const source = readFileSync(join(root, path), 'utf8');
    if (path.endsWith('.json')) {
      write(output, source);
      continue;
    }
    const { outputText, sourceMapText } = ts.transpileModule(source, {
      fileName: join(root, path),
      // One file at a time, the compiler does not see from package.json that these are ES modules.
      compilerOptions: {
        ...options,
        module: ts.ModuleKind.ESNext,
        moduleResolution: ts.ModuleResolutionKind.Bundler,
      },
    });
    if (sourceMapText !== undefined) {
      const map = JSON.parse(sourceMapText);
      write(
        `${output}.map`,
        JSON.stringify({ ...map, sources: [relative(dirname(output), join(root, path))] }),
      );
    }
    write(output, outputText);
  }
}

/** What reads codes in pictures, served by ourselves. */
const reader = fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm'));

/** @param {string[]} entryPoints */
async function bundle(entryPoints) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [...entryPoints.map((path) => join(root, path)), reader],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: ['chrome120', 'firefox120', 'safari17'],
    outdir: assetFolder,
    entryNames: '[name]',
    loader: { '.wasm': 'copy' },
    logLevel: 'warning',
  });
  /** @type {Record<string, string>} */
  const manifest = {};
  for (const { path, contents } of outputFiles) {
    const name = basename(path);
    const file = name.replace('.', `-${hash(contents).slice(0, 10)}.`);
    write(join(assetFolder, file), contents);
    manifest[name] = file;
  }
  // The manifest last: it names only what is there.
  write(join(assetFolder, 'manifest.json'), JSON.stringify(manifest, undefined, 2));
  for (const file of readdirSync(assetFolder)) {
    if (file !== 'manifest.json' && !Object.values(manifest).includes(file)) rmSync(join(assetFolder, file));
  }
}

/** @param {string[]} paths */
function fingerprint(paths) {
  return hash(paths.map((path) => `${path}\n${hash(readFileSync(join(root, path)))}\n`).join(''));
}

const before = readState();
const tools = fingerprint(['scripts/build.js', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json']);
const isModule = (/** @type {string} */ path) =>
  /\.(ts|tsx|json)$/.test(path) && !/\.(test\.tsx?|d\.ts)$/.test(path);
const sources = [...filesIn('src', isModule), ...filesIn('stand-ins', isModule)];
const modules = Object.fromEntries(sources.map((path) => [path, hash(readFileSync(join(root, path)))]));
const known = before.tools === tools ? before.modules : {};
const changed = sources.filter((path) => known[path] !== modules[path] || !existsSync(outputOf(path)));

const styles = filesIn('src/web', (path) => path.endsWith('.css'));
const scripts = filesIn('browser', (path) => /(?<!\.test|\.d)\.[jt]s$/.test(path));
// What reads codes without a network is the server's own: browser/ imports it.
const shared = filesIn('src', (path) => /^src\/(kernel|offline)\/[^/]+\.ts$/.test(path) && isModule(path));
const assets = tools + fingerprint([...styles, ...scripts, ...shared]);
const assetsChanged = before.assets !== assets || !existsSync(join(assetFolder, 'manifest.json'));

for (const path of Object.keys(before.modules).filter((old) => !(old in modules))) {
  rmSync(outputOf(path), { force: true });
  rmSync(`${outputOf(path)}.map`, { force: true });
}
await Promise.all([
  changed.length > 0 ? compile(changed) : undefined,
  assetsChanged
    ? bundle([
        ...styles.filter((path) => path === 'src/web/styles.css'),
        ...scripts.filter((path) => dirname(path) === 'browser'),
      ])
    : undefined,
]);
if (changed.length > 0 || assetsChanged || Object.keys(before.modules).length !== sources.length) {
  write(stateFile, JSON.stringify({ tools, assets, modules }));
}
