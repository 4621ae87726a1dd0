import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Context } from 'hono';
import { webPaths } from './paths.ts';

type Encoding = 'br' | 'gzip' | 'identity';

const LARGE_BYTES = 300_000;

type Asset = { readonly type: string; readonly body: (encoding: Encoding) => Uint8Array<ArrayBuffer> };

/** The style sheet and the browser's scripts, held in memory, compressed, under names that change with what is in them. */
export type Assets = {
  /** What is in it, for what has to stand under an address of its own; undefined when there is none. */
  readonly content: (name: string) => Uint8Array<ArrayBuffer> | undefined;
  /** Where the browser finds it: `styles.css` → `/assets/styles-1A2B3C4D.css`; undefined when there is none. */
  readonly path: (name: string) => string | undefined;
  readonly serve: (c: Context, next: () => Promise<void>) => Promise<Response | undefined>;
};

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  wasm: 'application/wasm',
};

/**
 * The built assets where there are any (`dist/assets`, beside the built `dist/src`); otherwise, in development and
 * tests, made here and now from the sources.
 */
export async function loadAssets(): Promise<Assets> {
  const built = fileURLToPath(new URL('../../assets/', import.meta.url));
  const files = existsSync(join(built, 'manifest.json')) ? await readBuilt(built) : await bundleAssets();
  return assetsOf(files);
}

/** The sources that are bundled: the style sheet, each module in `browser/`, and what reads codes in pictures. */
async function assetSources(root: string): Promise<readonly string[]> {
  const modules = await readdir(join(root, 'browser')).catch(() => []);
  return [
    join(root, 'src/web/styles.css'),
    ...modules
      .filter((name) => /(?<!\.test|\.d)\.[jt]s$/u.test(name))
      .map((name) => join(root, 'browser', name)),
    fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm')),
  ];
}

/** The bundled files by their plain name, `styles.css`, made from the sources under the project's root. */
async function bundleAssets(): Promise<Map<string, BuiltFile>> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [...(await assetSources(root))],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: ['chrome120', 'firefox120', 'safari17'],
    outdir: join(root, 'dist/assets'),
    entryNames: '[name]',
    loader: { '.wasm': 'copy' },
    logLevel: 'warning',
  });
  return new Map(
    outputFiles.map((file) => {
      const name = basename(file.path);
      const hash = createHash('sha256').update(file.contents).digest('hex').slice(0, 10);
      return [name, { file: name.replace('.', `-${hash}.`), content: file.contents }];
    }),
  );
}

type BuiltFile = { readonly file: string; readonly content: Uint8Array };

async function readBuilt(folder: string): Promise<Map<string, BuiltFile>> {
  const manifest: unknown = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  if (typeof manifest !== 'object' || manifest === null)
    throw new Error('dist/assets/manifest.json is not an object');
  const entries = Object.entries(manifest).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return new Map(
    await Promise.all(
      entries.map(async ([name, file]): Promise<[string, BuiltFile]> => {
        return [name, { file: basename(file), content: await readFile(join(folder, basename(file))) }];
      }),
    ),
  );
}

function assetsOf(files: ReadonlyMap<string, BuiltFile>): Assets {
  const served = new Map([...files.values()].map(({ file, content }) => [file, assetOf(file, content)]));
  const paths = new Map([...files].map(([name, { file }]) => [name, `${webPaths.assets}/${file}`]));
  return {
    path: (name) => paths.get(name),
    content: (name) => served.get(files.get(name)?.file ?? '')?.body('identity'),
    serve: async (c, next) => {
      const asset = served.get(c.req.path.slice(webPaths.assets.length + 1));
      if (asset === undefined) {
        await next();
        return undefined;
      }
      return answer(c, asset);
    },
  };
}

function answer(c: Context, asset: Asset): Response {
  const encoding = chosenEncoding(c.req.header('accept-encoding') ?? '');
  c.header('Content-Type', asset.type);
  c.header('Cache-Control', 'public, max-age=31536000, immutable');
  c.header('Vary', 'Accept-Encoding');
  if (encoding !== 'identity') c.header('Content-Encoding', encoding);
  return c.body(asset.body(encoding));
}

function chosenEncoding(accepted: string): Encoding {
  if (/\bbr\b(?!\s*;\s*q=0(?:\.0*)?\b)/u.test(accepted)) return 'br';
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\b)/u.test(accepted) ? 'gzip' : 'identity';
}

function assetOf(file: string, content: Uint8Array): Asset {
  // The program that reads codes is large, and few ask for it: compressed when it is first asked for, and not for long.
  const large = content.length > LARGE_BYTES;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: large ? 5 : 9 } };
  const made: Partial<Record<Encoding, Uint8Array<ArrayBuffer>>> = {};
  const makers = {
    identity: () => content,
    gzip: () => gzipSync(content),
    br: () => brotliCompressSync(content, quality),
  };
  const body = (encoding: Encoding) => (made[encoding] ??= new Uint8Array(makers[encoding]()));
  if (!large) for (const encoding of ['identity', 'gzip', 'br'] as const) body(encoding);
  return { type: types[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream', body };
}
