import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { z } from 'zod';

/** A browser that may start, with the environment that it needs. */
type Candidate = { path: string; env?: Record<string, string> };

/** Nothing here weakens what the tests are about: site isolation and web security stay on. */
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const INSTALLED = '/usr/bin/chromium';

/**
 * Starts Chromium: the one at CHROMIUM_PATH; else an installed one; else the one of @sparticuz/chromium, which brings
 * the system libraries that a bare machine lacks.
 * @throws one line that says what to install where none starts
 */
export async function launchChromium(moreArguments: readonly string[] = []): Promise<Browser> {
  const chosen = process.env['CHROMIUM_PATH'];
  const problems: string[] = [];
  const candidates =
    chosen !== undefined && chosen !== ''
      ? [(): Candidate => ({ path: chosen })]
      : [...(existsSync(INSTALLED) ? [(): Candidate => ({ path: INSTALLED })] : []), packagedChromium];
  for (const find of candidates) {
    try {
      const { path, env } = await find();
      return await chromium.launch({
        executablePath: path,
        args: [...ARGS, ...moreArguments],
        env: { ...definedOnly(process.env), ...env },
      });
    } catch (error) {
      problems.push(firstLine(error));
    }
  }
  throw new Error(
    `No browser starts: install Chromium (apt-get install chromium) or set CHROMIUM_PATH to one (${problems.join('; ')})`,
  );
}

/**
 * Unpacks the packaged browser with its libraries and fonts, once for each version of the package and user. Unpacked
 * under a name of its own and then renamed, so that two workers in the same moment never run half a browser.
 */
async function packagedChromium(): Promise<Candidate> {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const packaged = join(dirname(entry), '..');
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(packaged, 'package.json'), 'utf8')));
  const folder = join(tmpdir(), `kortvakt-chromium-${version}-${String(userInfo().uid)}`);
  if (!existsSync(folder)) await unpack(join(packaged, 'bin'), folder);
  return {
    path: join(folder, 'chromium'),
    env: { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'), FONTCONFIG_FILE: join(folder, 'fonts.conf') },
  };
}

async function unpack(archives: string, folder: string): Promise<void> {
  const draft = `${folder}.${randomUUID()}`;
  mkdirSync(draft, { mode: 0o700 });
  const before = { TMPDIR: process.env['TMPDIR'], AWS_EXECUTION_ENV: process.env['AWS_EXECUTION_ENV'] };
  // The package unpacks into the temporary folder, and knows of its libraries only where it believes to be in Lambda
  // with this Node; it reads the second when it is imported.
  process.env['TMPDIR'] = draft;
  process.env['AWS_EXECUTION_ENV'] = 'AWS_Lambda_nodejs24.x';
  try {
    const { inflate } = await import('@sparticuz/chromium');
    for (const archive of ['chromium.br', 'fonts.tar.br', 'swiftshader.tar.br', 'al2023.tar.br']) {
      await inflate(join(archives, archive));
    }
    writeFileSync(join(draft, 'fonts.conf'), fontsConfiguration(folder));
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
}

function fontsConfiguration(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(folder, 'font-cache')}</cachedir>
</fontconfig>
`;
}

function definedOnly(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])),
  );
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0] ?? text;
}
