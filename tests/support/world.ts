import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { getRequestListener } from '@hono/node-server';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import pg from 'pg';
import { type Browser, type BrowserContext, type Page } from 'playwright-core';
import { type App, createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import { loadDemo, loadRegisters } from '../../src/demo.ts';
import { startStandIns, type StandIns } from '../../stand-ins/start.ts';
import { launchChromium } from './chromium.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

/** One mail that the stand-in's SMTP server received. */
export interface ReceivedMail {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

/** A whole world of a test file's own: stand-ins, database, one or more application processes' worth of app, browser. */
export interface World {
  /** The first application's address; `origins` has all of them. */
  readonly origin: string;
  readonly origins: readonly string[];
  readonly apps: readonly App[];
  readonly standIns: StandIns;
  /** The settings of the installation, for one more process of it; only its address is its own. */
  readonly environment: Readonly<Record<string, string>>;
  readonly database: TestDatabase;
  /** Rows as the superuser sees them, past row-level security: the second place in which a result is proved. */
  rows<T extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<T[]>;
  /** Waits until a mail to the address (whose subject or text matches) has arrived. */
  mail(to: string, matching?: RegExp): Promise<ReceivedMail>;
  mails(to: string): Promise<ReceivedMail[]>;
  /** A browser of one person's own: nothing is shared with the others. */
  newBrowser(options?: {
    javaScript?: boolean;
    width?: number;
    language?: 'nb' | 'en';
    origin?: string;
  }): Promise<Page>;
  /** Logs the page's person in through ID-porten's login page. */
  logIn(page: Page, nationalId: string, level?: 'substantial' | 'high'): Promise<void>;
  /** Closes the applications' ports, as a network that is gone does; `plugIn` opens them again. */
  unplug(): Promise<void>;
  plugIn(): Promise<void>;
  stop(): Promise<void>;
}

interface Keys {
  readonly login: JWK;
  readonly machine: JWK;
  readonly signing: JWK;
  readonly cards: JWK;
}

async function newKey(alg: 'RS256' | 'ES256', kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg };
}

function publicPart({ kty, n, e, crv, x, y, kid, alg }: JWK): JWK {
  return { kty, n, e, crv, x, y, kid, alg, use: 'sig' } as JWK;
}

type Handler = (request: Request) => Response | Promise<Response>;

async function listen(): Promise<{ origin: string; server: Server; handle: (handler: Handler) => void }> {
  let handler: Handler = () => new Response('starting', { status: 503 });
  const server = createServer(getRequestListener((request) => handler(request)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://localhost:${String(port)}`,
    server,
    handle: (given) => {
      handler = given;
    },
  };
}

function environment(origin: string, database: TestDatabase, standIns: StandIns, keys: Keys) {
  const services = standIns.servicesOrigin;
  return {
    KORTVAKT_ORIGIN: origin,
    DATABASE_URL: database.urls.request,
    DATABASE_MIGRATE_URL: database.urls.migrate,
    DATABASE_JOBS_URL: database.urls.jobs,
    DATABASE_CHECK_URL: database.urls.check,
    KORTVAKT_NATIONAL_ID_KEYS: `test:${randomBytes(32).toString('base64')}`,
    KORTVAKT_HASH_KEY: randomBytes(32).toString('base64'),
    KORTVAKT_SESSION_SECRET: randomBytes(32).toString('base64'),
    KORTVAKT_SIGNING_KEY: JSON.stringify(keys.signing),
    KORTVAKT_CARD_KEYS: JSON.stringify([keys.cards]),
    KORTVAKT_CHECKPOINT_DIRECTORY: `${tmpdir()}/kortvakt-checkpoints-${randomBytes(6).toString('hex')}`,
    IDPORTEN_ISSUER: standIns.idportenOrigin,
    IDPORTEN_CLIENT_ID: 'kortvakt',
    IDPORTEN_CLIENT_JWK: JSON.stringify(keys.login),
    MASKINPORTEN_ISSUER: `${services}/maskinporten/`,
    MASKINPORTEN_CLIENT_ID: 'kortvakt',
    MASKINPORTEN_CLIENT_JWK: JSON.stringify(keys.machine),
    ENHETSREGISTERET_URL: `${services}/enhetsregisteret/api`,
    ENHETSREGISTERET_AUTHORISED_URL: `${services}/enhetsregisteret/autorisert-api`,
    AAREG_URL: `${services}/aareg/v1/arbeidsforhold`,
    FOLKEREGISTERET_URL: `${services}/folkeregisteret/offentlig-med-hjemmel/api/v1`,
    KRR_URL: `${services}/krr`,
    KOFUVI_URL: `${services}/kofuvi`,
    CARD_ISSUER_URL: `${services}/card-issuer`,
    ACCESS_POINT_URL: `${services}/access-point`,
    CLEANING_REGISTER_URL: `${services}/renhold_register.xml`,
    CAR_CARE_REGISTER_URL: `${services}/bilpleieregisteret/api`,
    STAFFING_REGISTER_URL: `${services}/bemanningsforetaksregisteret2/api`,
    ASSIGNMENTS_URL: `${services}/arbeidsforholdioppdrag`,
    ALTINN_URL: `${services}/altinn`,
    INVOICE_ISSUER: JSON.stringify({
      organisationNumber: '310000906',
      name: 'KORTUTSTEDEREN AS',
      street: 'Testgata 2',
      postalCode: '0151',
      place: 'OSLO',
      account: '99900000010',
    }),
    SMTP_URL: `smtp://127.0.0.1:${String(standIns.smtpPort)}`,
    MAIL_FROM: 'kortvakt@kortvakt.example',
    CHECKS_PER_MINUTE: '1000',
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'error',
  };
}

/**
 * Starts a world with the registers' businesses and workers, and with `demo` what the demonstration's people have done.
 * `apps` application instances share one database; the first one's jobs run, unless told otherwise.
 */
export async function startWorld(
  options: { apps?: number; demo?: boolean; jobs?: boolean; browserArguments?: readonly string[] } = {},
): Promise<World> {
  const count = options.apps ?? 1;
  const listeners = await Promise.all(Array.from({ length: count }, listen));
  const origins = listeners.map(({ origin }) => origin);
  const [origin = '', ...others] = origins;
  const keys = {
    login: await newKey('RS256', 'test-login'),
    machine: await newKey('RS256', 'test-machine'),
    signing: await newKey('ES256', 'test-signing'),
    cards: await newKey('ES256', 'test-cards'),
  };
  const database = await createTestDatabase();
  const standIns = await startStandIns({
    appOrigin: origin,
    otherAppOrigins: others,
    idportenClient: { jwks: { keys: [publicPart(keys.login)] } },
    maskinportenClient: { jwks: { keys: [publicPart(keys.machine)] } },
    signingJwks: { keys: [publicPart(keys.signing)] },
    productionStepMs: 0,
  });
  // All processes of one installation share their secrets; only the address differs.
  const shared = environment(origin, database, standIns, keys);
  const apps: App[] = [];
  for (const listener of listeners) {
    const config = loadConfig({ ...shared, KORTVAKT_ORIGIN: listener.origin });
    if (!config.ok) throw new Error(config.error.join('\n'));
    const app = await createApp(config.value);
    listener.handle((request) => app.fetch(request));
    apps.push(app);
  }
  const [first] = apps;
  if (!first) throw new Error('A world needs an application.');
  await (options.demo === true ? loadDemo : loadRegisters)(first.services);
  if (options.jobs !== false) await first.startJobs();
  const pool = new pg.Pool({ connectionString: database.urls.superuser, max: 2 });
  // Dropping the database may close a connection that is just ending; without a listener that would fail the run.
  pool.on('error', () => undefined);
  const browsers = browserKeeper(options.browserArguments);
  const mails = async (to: string): Promise<ReceivedMail[]> => {
    const answer = await fetch(`${standIns.servicesOrigin}/mail.json?to=${encodeURIComponent(to)}`);
    return (await answer.json()) as ReceivedMail[];
  };
  return {
    origin,
    origins,
    apps,
    standIns,
    environment: shared,
    database,
    rows: async <T extends object>(text: string, values: readonly unknown[] = []) =>
      (await pool.query<T>(text, [...values])).rows,
    mails,
    mail: (to, matching = /./u) => waitForMail(mails, to, matching),
    newBrowser: (wanted = {}) => browsers.open({ origin, ...wanted }),
    logIn,
    unplug: async () => {
      const closed = listeners.map(({ server }) => new Promise((resolve) => server.close(resolve)));
      for (const { server } of listeners) server.closeAllConnections();
      await Promise.all(closed);
    },
    plugIn: async () => {
      for (const { server, origin: own } of listeners) {
        await new Promise<void>((resolve) => server.listen(Number(new URL(own).port), '127.0.0.1', resolve));
      }
    },
    stop: async () => {
      await browsers.close();
      for (const { server } of listeners) server.close();
      for (const { server } of listeners) server.closeAllConnections();
      await Promise.all(apps.map((app) => app.close()));
      await Promise.all([standIns.stop(), pool.end()]);
      await database.drop();
    },
  };
}

async function waitForMail(
  mails: (to: string) => Promise<ReceivedMail[]>,
  to: string,
  matching: RegExp,
): Promise<ReceivedMail> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const found = (await mails(to)).find((mail) => matching.test(`${mail.subject}\n${mail.text}`));
    if (found) return found;
    if (Date.now() > deadline)
      throw new Error(`No mail to ${to} that matches ${String(matching)} arrived in 15 s.`);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

function browserKeeper(moreArguments: readonly string[] = []) {
  let browser: Promise<Browser> | undefined;
  return {
    open: async (wanted: {
      javaScript?: boolean;
      width?: number;
      language?: 'nb' | 'en';
      origin: string;
    }): Promise<Page> => {
      browser ??= launchChromium(moreArguments);
      const context: BrowserContext = await (
        await browser
      ).newContext({
        baseURL: wanted.origin,
        javaScriptEnabled: wanted.javaScript ?? true,
        viewport: { width: wanted.width ?? 1280, height: 900 },
        locale: wanted.language === 'nb' ? 'nb-NO' : 'en-GB',
      });
      context.setDefaultTimeout(10_000);
      return context.newPage();
    },
    close: async () => {
      await (await browser)?.close();
    },
  };
}

async function logIn(page: Page, nationalId: string, level: 'substantial' | 'high' = 'high'): Promise<void> {
  if (!new URL(page.url()).pathname.startsWith('/login')) await page.goto('/login');
  await page.locator('main form button[type=submit]').click();
  await passLogin(page, nationalId, level);
}

/** On ID-porten's page: types the number, chooses the level and sends it; ends on our own page. */
export async function passLogin(
  page: Page,
  nationalId: string,
  level: 'substantial' | 'high' = 'high',
): Promise<void> {
  await page.locator('input[name=pid]').fill(nationalId);
  await page.locator(`input[name=level][value=${level}]`).check();
  await page.locator('button[name=how][value=typed]').click();
}
