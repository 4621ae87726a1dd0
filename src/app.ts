import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, Hono, MiddlewareHandler } from 'hono';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import {
  askableBusinesses,
  createAccessPages,
  createAskPages,
  createClearancePages,
  createDevicePages,
  createFreezePages,
  createFreezeTasks,
  createHeldPages,
  createInvitationPages,
  createRequestTasks,
  createWatchTasks,
  createReviewTasks,
  createLoginTasks,
  createSignalPages,
  createUseNoter,
  requireActing,
  type Notify,
  type Right,
} from './access/index.ts';
import {
  createAgreementPages,
  createAgreements,
  createAgreementTasks,
  createSigner,
  createVerifyPages,
} from './agreements/index.ts';
import { createAuditTasks } from './audit/index.ts';
import { createBulkPages, createBulkTasks } from './bulk/index.ts';
import {
  type ApprovalReading,
  type BusinessImport,
  createApprovalReading,
  createApprovalTasks,
  createBusinessImport,
  createBusinessPages,
  createBusinessTasks,
  refreshSoon,
} from './businesses/index.ts';
import {
  blockCardsOf,
  createCardPages,
  createCardTasks,
  createConditionTasks,
  createOwnCardPages,
  hasOwnCards,
  ownCardsPath,
  requestProduction,
  settleSoon,
} from './cards/index.ts';
import { answersCheck, createCheckPages, createCheckTasks, createEntitledPages } from './checks/index.ts';
import type { Config } from './config.ts';
import {
  asksToVerify,
  contactAddresses,
  createContactPages,
  createContactStaffPages,
  createContactTasks,
  createStopPages,
  seedContact,
  staffContactPath,
} from './contact/index.ts';
import { type Database, openDatabase } from './database/database.ts';
import { createVault, type Vault } from './database/encryption.ts';
import {
  createDirectoryPages,
  createDirectoryTasks,
  createReportStaffPages,
  staffLookAlikesPath,
  staffReportsPath,
} from './directory/index.ts';
import {
  createDisputePages,
  createDisputeStaffPages,
  createDisputeTasks,
  createOwnDisputePages,
  staffDisputesPath,
} from './disputes/index.ts';
import {
  createIdentityPages,
  createSessionReader,
  type IdentityDeps,
  loginPath,
  type PersonRegister,
} from './identity/index.ts';
import { createOpenid } from './identity/openid.ts';
import {
  createInvoicePages,
  createInvoiceStaffPages,
  createInvoiceTasks,
  requestInvoices,
  staffInvoicesPath,
} from './invoices/index.ts';
import { type JobWorker, startWorker, type Task } from './jobs/index.ts';
import { createLog } from './log.ts';
import { createReviewMediaPages, createReviewMediaTasks } from './media-review/index.ts';
import {
  createKeyRing,
  createOfflinePages,
  createOfflineTasks,
  type KeyRing,
  type OfflineSettings,
} from './offline/index.ts';
import {
  countsUnreadMessages,
  createInboxPages,
  createMessageTasks,
  createOwnInboxPages,
  ownMessagesPath,
  createNotify,
  createOfficialAddresses,
  createOwnAddress,
  createReturnAddresses,
  createSendMail,
  createStaffMessagePages,
  createTextMessages,
  createOwnAddressPages,
  createWishPages,
  noteBounce,
  staffMessagesPath,
  startBounceListener,
} from './messages/index.ts';
import {
  createOrderPages,
  createOrderTasks,
  createWorkPages,
  type OrderActionDeps,
  workPath,
} from './orders/index.ts';
import {
  createOwnPhonePages,
  createPhonePages,
  createPhoneTasks,
  phonePath,
  workerPhoneWords,
} from './own-phone/index.ts';
import { createBusinessPasskeyPages, createPasskeyPages } from './passkeys/index.ts';
import { cardPriceNow, createPricePages, createPriceStaffPages, staffPricesPath } from './prices/index.ts';
import { createRegisters, type Registers } from './registers/index.ts';
import { createPlaceRolePages, createStaffPages, createStaffTasks, hasStaffRole } from './staff/index.ts';
import { createVendorInvoicePages, createVendorInvoiceTasks } from './vendor-invoices/index.ts';
import { createQuoteTasks, createVendorLinkPages, createVendorPages } from './vendors/index.ts';
import { loadAssets } from './web/assets.ts';
import type { AppEnv, Translator } from './web/context.ts';
import { notFoundPage } from './web/errors.tsx';
import { createTranslator } from './web/languages.ts';
import { textsIn } from './web/worker-languages.tsx';
import type { ActingVendor, Navigation, PageBusiness } from './web/navigation.ts';
import { createWebApp } from './web/web.ts';
import {
  createDeclarationTasks,
  createChangeTasks,
  createDeclaredPages,
  createWorkerImport,
  createPermitPages,
  createWorkerPages,
  createWorkerTasks,
  refreshWorkersSoon,
  type WorkerImport,
} from './workers/index.ts';
import {
  createAskWorkerPages,
  createUploadPages,
  createUploadTasks,
  ownUploadsPath,
} from './worker-uploads/index.ts';
import { words } from './words.ts';

const READY_PATIENCE_MS = 2000;

/** One running application: answers requests, and works on jobs when told to. */
export interface App {
  readonly fetch: Hono<AppEnv>['fetch'];
  readonly routes: Hono<AppEnv>['routes'];
  /** What the features are given; the demonstration brings its world in through them. */
  readonly services: Services;
  startJobs(): Promise<void>;
  /** Stops the jobs and closes the database's connections. Requests must have ended. */
  close(): Promise<void>;
}

/** What the features share. */
export interface Services {
  readonly config: Config;
  readonly database: Database;
  readonly vault: Vault;
  readonly registers: Registers;
  readonly importBusiness: BusinessImport;
  readonly importWorkers: WorkerImport;
  readonly readApprovals: ApprovalReading;
  readonly notify: Notify;
  readonly blockCardsOf: OrderActionDeps['blockCardsOf'];
  readonly offline: OfflineSettings;
  readonly identity: IdentityDeps;
  readonly agreements: ReturnType<typeof createAgreements>;
}

/** Puts the application together: the only place that knows every folder. */
export async function createApp(config: Config): Promise<App> {
  const log = createLog(config.logLevel);
  const services = createServices(config, await createKeyRing(config.secrets.cardKeys));
  const translator = createTranslator(words, (language, key) => {
    log.error({ language, key }, 'A text is missing');
  });
  const web = await createPages(services, translator, log);
  let worker: JobWorker | undefined;
  let bounces: { stop(): Promise<void> } | undefined;
  return {
    fetch: web.fetch,
    routes: web.routes,
    services,
    startJobs: async () => {
      worker = await startWorker({
        connectionString: config.database.jobsUrl,
        tasks: createTasks(services, translator, log),
        logger: log,
      });
      bounces = await takeBounces(services, log);
    },
    close: async () => {
      await bounces?.stop();
      await worker?.stop();
      await services.database.close();
    },
  };
}

/** Takes reports of undeliverable e-mail, where that is set up. */
async function takeBounces({ config, database, vault }: Services, log: Logger) {
  const { bounces } = config.mail;
  if (bounces === undefined) return undefined;
  return startBounceListener({
    ...bounces,
    addresses: createReturnAddresses(vault, bounces.domain),
    onBounce: (deliveryId, reason) => noteBounce({ database }, deliveryId, reason),
    log,
  });
}

function createServices(config: Config, keys: KeyRing): Services {
  const { database: urls, secrets } = config;
  const database = openDatabase({ request: urls.requestUrl, check: urls.replicaUrl ?? urls.checkUrl });
  const idKeys = new Map(secrets.nationalIdKeys.map(({ id, key }) => [id, key]));
  const vault = createVault({ current: secrets.nationalIdKeys[0].id, keys: idKeys }, secrets.hashKey);
  const registers = createRegisters(config);
  const importBusiness = createBusinessImport({
    database,
    vault,
    registers,
    officerRules: config.officers,
    cardTypes: config.cardTypes,
    onImported: seedContact,
    settleCards: settleSoon,
  });
  const identity: IdentityDeps = {
    database,
    vault,
    personRegister: personRegister(registers),
    refreshRegisters: async (behind) => {
      await refreshSoon(
        database,
        behind.map(({ organisationNumber }) => organisationNumber),
      );
      const employers = behind.filter(({ byEmployment }) => byEmployment);
      await refreshWorkersSoon(
        database,
        employers.map(({ organisationNumber }) => organisationNumber),
      );
    },
    allowSynthetic: config.allowSynthetic,
    limits: config.session,
  };
  const { withheldProtections, permits } = config.workers;
  const importWorkers = createWorkerImport({
    ...{ database, registers, vault, withheldProtections, permits },
    settleCards: settleSoon,
  });
  const readApprovals = createApprovalReading({
    database,
    registers,
    cardTypes: config.cardTypes,
    settleCards: settleSoon,
  });
  const notify = createNotify({ vault });
  return {
    config,
    database,
    vault,
    registers,
    importBusiness,
    importWorkers,
    readApprovals,
    identity,
    notify,
    agreements: createAgreements(signing(config)),
    blockCardsOf: (...asked) => blockCardsOf(notify, ...asked),
    offline: {
      keys,
      origin: config.origin,
      issuerName: config.invoices.issuer.name,
      listDays: config.checks.listDays,
    },
  };
}

function personRegister(registers: Registers): PersonRegister {
  return async (nationalId) => {
    const people = await registers.folkeregisteret.people([nationalId]);
    const person = people.ok ? people.value[0] : undefined;
    if (!person) return undefined;
    const { given, middle, family } = person.name;
    const name = [given, middle, family].filter((part) => part !== undefined).join(' ');
    return { name, birthDate: person.birthDate ?? null };
  };
}

async function createPages(services: Services, translator: Translator, log: Logger): Promise<Hono<AppEnv>> {
  const { config, database } = services;
  const web = createWebApp({
    assets: await loadAssets(),
    translator,
    navigation,
    log,
    publicOrigin: config.origin,
    issuerOrigin: new URL(config.idporten.issuer).origin,
    csrfSecret: config.secrets.sessionSecret,
    readSession: createSessionReader({ database }),
    framedByIssuer: ['/logout/frontchannel'],
    csrfExempt: ['/logout/backchannel'],
    anyName: ['/livez', '/readyz'],
    answeredWhole: answersCheck,
    turnAway: toLogIn,
    maxBodyBytes,
  });
  web.get('/livez', (c) => c.text('ok'));
  web.get('/readyz', (c) => readiness(c, database));
  for (const pages of [
    ...personPages(services),
    ...workerPages(services),
    ...staffPages(services),
    ...publicPages(services),
  ]) {
    web.route('/', pages);
  }
  web.route('/invitations', createInvitationPages({ database }));
  web.use('/b/:business/*', namesBusinesses);
  web.use('/b/:business/by/:vendor/*', namesBusinesses);
  web.use('/b/*', noteUse(database));
  web.use('/b/:business/*', countsUnreadMessages);
  web.get('/b/:business', async (c) => {
    const asked = await asksToVerify({ database }, requireActing(c));
    return c.redirect(`/b/${c.req.param('business')}${asked ?? '/orders'}`, 303);
  });
  for (const pages of businessPages(services)) {
    web.route('/b/:business', pages);
    web.route('/b/:business/by/:vendor', pages);
  }
  return web;
}

/** Logging in, and what a person does before a business is chosen or for oneself. */
function personPages(services: Services): Hono<AppEnv>[] {
  const { config, database } = services;
  const openid = createOpenid({
    ...config.idporten,
    origin: config.origin,
    allowInsecure: config.idporten.issuer.startsWith('http:'),
  });
  const texts = sendsTexts(services);
  return [
    createIdentityPages({
      ...services.identity,
      openid,
      origin: config.origin,
      issuer: config.idporten.issuer,
      trustedProxyHops: config.trustedProxyHops,
      cardPrice: () => cardPriceNow(database),
      phonePath,
    }),
    createDevicePages({ database }),
    createOwnInboxPages({ database, places: ownNoticePlaces }),
    createWishPages({ database, texts }),
    createOwnAddressPages({ database, notify: services.notify, vault: services.vault, texts }),
    createClearancePages({ database }),
    createPasskeyPages({ database, notify: services.notify, publicOrigin: config.origin }),
    createVendorLinkPages({ database }),
    createAskPages({ database, requestLimits: config.requests }),
    createBusinessPages({
      ...services,
      hasStaffRole,
      askable: askableBusinesses,
      workPath,
      ownUploadsPath,
      ownCardsPath,
      hasOwnCards,
    }),
    createWorkPages({ database }),
  ];
}

/** What workers see of their own cards and send of themselves. */
function workerPages(services: Services): Hono<AppEnv>[] {
  const { config, database, vault, notify } = services;
  const { unusedDays } = config.phones;
  const texts = sendsTexts(services);
  return [
    createOwnCardPages({ ...services, conditions: config.conditions }),
    createOwnDisputePages({ database, answerDays: config.disputes.answerDays }),
    createOwnPhonePages({ database, vault, notify, texts, unusedDays }),
    createPhonePages({ database, vault, texts, trustedProxyHops: config.trustedProxyHops }),
    createOfflinePages({ database, keys: services.offline.keys, origin: config.origin }),
    createUploadPages({ ...services, retention: config.media, trustedProxyHops: config.trustedProxyHops }),
  ];
}

/** What staff and checkers alone see. */
function staffPages(services: Services): Hono<AppEnv>[] {
  const { config, database } = services;
  return [
    createStaffPages({
      database,
      notify: services.notify,
      publicOrigin: config.origin,
      places: [
        { role: 'operator', href: staffInvoicesPath, label: 'invoices:staff.title' },
        { role: 'operator', href: staffPricesPath, label: 'prices:staff.title' },
        { role: 'case-officer', href: staffContactPath, label: 'contact:staff.title' },
        { role: 'case-officer', href: staffMessagesPath, label: 'messages:staff.title' },
        { role: 'case-officer', href: staffReportsPath, label: 'directory:staff.title' },
        { role: 'case-officer', href: staffDisputesPath, label: 'disputes:staff.title' },
        { role: 'case-officer', href: staffLookAlikesPath, label: 'directory:lookAlikes.title' },
      ],
    }),
    createInvoiceStaffPages({ database }),
    createPriceStaffPages({ database }),
    createContactStaffPages({ database }),
    createStaffMessagePages({ database, fourEyesAbove: config.messages.fourEyesAbove }),
    createReportStaffPages(services),
    createReviewMediaPages(services),
    createDisputeStaffPages({ database }),
    createEntitledPages({
      database,
      notify: services.notify,
      keys: services.offline.keys,
      checksPerMinute: config.checks.perMinute,
      disclosureDelayHours: config.checks.delayHours,
      conditions: config.conditions,
    }),
  ];
}

/** What everybody sees, logged in or not. */
function publicPages(services: Services): Hono<AppEnv>[] {
  const { config, database } = services;
  return [
    createPricePages({ database }),
    createStopPages({ database }),
    createDirectoryPages({
      ...services,
      filesPerDayBytes: config.reportFilesBytes,
      checksPerMinute: config.checks.perMinute,
      trustedProxyHops: config.trustedProxyHops,
    }),
    createCheckPages({
      database,
      checksPerMinute: config.checks.perMinute,
      unconfirmedHours: config.conditions.unconfirmedHours,
      trustedProxyHops: config.trustedProxyHops,
    }),
    createVerifyPages({
      database,
      signer: signing(config).signer,
      checksPerMinute: config.checks.perMinute,
      trustedProxyHops: config.trustedProxyHops,
    }),
  ];
}

/** Without text messages nothing reaches a telephone. */
const sendsTexts = ({ registers }: Services): boolean => registers.altinnNotifications !== undefined;

/** What more than a megabyte is sent to, and how much: a file, and what its form adds. */
const largeBodies: readonly (readonly [paths: RegExp, bytes: number])[] = [
  [/^\/report$/u, 16_000_000],
  [/^\/b\/.*\/photos$/u, 101_000_000],
  [/^\/b\/.*\/(?:orders\/file|agreements\/recorded\/new)$|^\/verify$/u, 21_000_000],
  [/\/(?:document|photo)$|\/messages\/(?:threads\/)?[^/]+$|\/vendor-invoices\/new$/u, 11_000_000],
];

/** How many bytes may be sent to a path: a megabyte, where no file is. */
export const maxBodyBytes = (path: string): number =>
  largeBodies.find(([paths]) => paths.test(path))?.[1] ?? 1_000_000;

/** Nobody does anything in a business who is not logged in. */
const toLogIn: MiddlewareHandler<AppEnv> = (c, next) => {
  if (c.get('session') !== null || !c.req.path.startsWith('/b/')) return next();
  const back = ['GET', 'HEAD'].includes(c.req.method) ? new URL(c.req.url).pathname : '/businesses';
  return Promise.resolve(c.redirect(loginPath(back), 303));
};

/** What is no number names no business, and goes neither to the database nor into an address to lead on to. */
const namesBusinesses: MiddlewareHandler<AppEnv> = (c, next) => {
  const named = [c.req.param('business'), c.req.param('vendor')].filter((text) => text !== undefined);
  return named.every((text) => /^[0-9]{9}$/u.test(text)) ? next() : Promise.resolve(notFoundPage(c));
};

/** Notes, before anything is done there, that the session is used in the business. */
function noteUse(database: Database): MiddlewareHandler<AppEnv> {
  const note = createUseNoter({ database });
  return async (c, next) => {
    const session = c.get('session');
    const [, business, vendor] = /^\/b\/([0-9]{9})(?:\/by\/([0-9]{9}))?(?:\/|$)/u.exec(c.req.path) ?? [];
    if (session !== null && business !== undefined)
      await note({ tokenHash: session.tokenHash, business, ...(vendor === undefined ? {} : { vendor }) });
    return next();
  };
}

/** Where something is done about what the system tells a business, and a person, where the notice itself names no page. */
const noticePlaces = {
  access: '/business/access',
  cards: '/cards',
  contact: '/business/contact',
  orders: '/orders',
  staff: '/business/access',
};
const ownNoticePlaces = {
  access: '/businesses',
  cards: ownCardsPath,
  staff: '/staff',
  'worker-uploads': ownUploadsPath,
};

/** The pages of one business; each also answers for a vendor that acts for it. */
function businessPages(services: Services): Hono<AppEnv>[] {
  const { database, notify, vault, config, importBusiness } = services;
  const access = { database, notify, publicOrigin: config.origin };
  const { blockCardsOf } = services;
  const orders = { database, notify, vault, allowSynthetic: config.allowSynthetic, blockCardsOf };
  return [
    createAccessPages(access),
    createSignalPages({ database }),
    createHeldPages({ ...access, ownAddress: createOwnAddress(services) }),
    createFreezePages({ database, resumeOrders: requestProduction }),
    createBusinessPasskeyPages(access),
    createContactPages({
      database,
      notify,
      vault,
      waitHours: config.contact.waitHours,
      provesMobiles: sendsTexts(services),
    }),
    createVendorPages({
      ...access,
      agreements: services.agreements,
      importBusiness,
      requestLimits: config.requests,
      warnFromOre: config.quoteWarningOre,
    }),
    createAgreementPages({ database, vault, ...signing(config) }),
    createPlaceRolePages(access),
    createInboxPages({ database, places: noticePlaces }),
    createBulkPages({ ...orders, uploadsPerDay: config.uploads.perDay }),
    createOrderPages(orders),
    createAskWorkerPages({ ...access, vault, texts: sendsTexts(services) }),
    createCardPages({ database, notify, conditions: config.conditions, style: config.cards }),
    createInvoicePages({ database }),
    createVendorInvoicePages({ database, vault }),
    createWorkerPages({ database }),
    createDisputePages({ database }),
    createPermitPages({ database }),
    createDeclaredPages({
      database,
      vault,
      registers: services.registers,
      declarationMonths: config.workers.declarationMonths,
      allowSynthetic: config.allowSynthetic,
    }),
  ];
}

/** Ready when the database answers, soon; says nothing of what is wrong to whoever asks. */
async function readiness(c: Context<AppEnv>, database: Database) {
  const answers = sql`select 1`.execute(database.request).then(
    () => true,
    () => false,
  );
  const ready = await Promise.race([answers, sleep(READY_PATIENCE_MS, false, { ref: false })]);
  return ready ? c.text('ready') : c.text('not ready', 503);
}

function createTasks(services: Services, translator: Translator, log: Logger): Task[] {
  const { config, database, importBusiness, importWorkers, notify, offline, registers, vault } = services;
  return [
    ...createAuditTasks({
      database,
      directory: config.checkpointDirectory,
      signingJwk: config.secrets.signingJwk,
      now: () => new Date(),
    }),
    ...createAgreementTasks({ database, notify }),
    ...createFreezeTasks({ database, notify }),
    ...createPhoneTasks({
      database,
      notify,
      vault,
      publicOrigin: config.origin,
      unusedDays: config.phones.unusedDays,
    }),
    ...createDisputeTasks({ database, notify, keepDays: config.disputes.keepDays }),
    ...createRequestTasks({ database, notify }),
    ...createQuoteTasks({ database, notify }),
    ...createWatchTasks({ database, notify }),
    ...createReviewTasks({
      database,
      notify,
      publicOrigin: config.origin,
      dueDay: config.review.dueDay,
    }),
    ...createLoginTasks({ database, notify, limits: config.signals }),
    ...createStaffTasks({ database, notify }),
    ...createBusinessTasks({ database, importBusiness, registers, ...config.sweep }),
    ...createCheckTasks({ database, recordDays: config.checks.recordDays }),
    ...createApprovalTasks(services.readApprovals),
    ...createWorkerTasks({ database, importWorkers, ...config.sweep }),
    ...createChangeTasks({ database, registers, vault }),
    ...createDeclarationTasks({ database, notify, settleCards: settleSoon }),
    ...createConditionTasks({ database, notify, conditions: config.conditions }),
    ...createOrderTasks({ database, notify }),
    ...createCardTasks({
      database,
      issuer: registers.cardIssuer,
      notify,
      log,
      origin: config.origin,
      inProduction: requestInvoices,
      offline,
    }),
    ...createOfflineTasks({ database, ...offline }),
    ...createInvoiceTasks({
      ...invoicing(config),
      database,
      notify,
      accessPoint: registers.accessPoint,
      texts: (language) => translator.for(language),
      log,
    }),
    ...createContactTasks({
      database,
      notify,
      registers,
      publicOrigin: config.origin,
    }),
    ...createDirectoryTasks({ database, notify, reportDays: config.reportDays }),
    ...createVendorInvoiceTasks({ database, vault }),
    ...createReviewMediaTasks({ database, notify, retention: config.media }),
    ...createUploadTasks({ database, notify }),
    ...createBulkTasks({
      database,
      vault,
      allowSynthetic: config.allowSynthetic,
      keepDays: config.uploads.keepDays,
    }),
    ...createMessageTasks({
      database,
      vault,
      registers,
      contactAddresses,
      officialAddresses: createOfficialAddresses(registers),
      readDays: config.messages.readDays,
      returnTo: config.mail.bounces && createReturnAddresses(vault, config.mail.bounces.domain).of,
      sendMail: createSendMail({ smtpUrl: config.mail.smtpUrl, from: config.mail.from }),
      texts: createTextMessages(registers.altinnNotifications, (key) => translator.has('nb', key)),
      text: (language, key, values) => textsIn(translator, language, workerPhoneWords)(key, values),
      origin: config.origin,
      log,
    }),
  ];
}

/** What data processing agreements are made and signed with. */
function signing({ origin, secrets, media, uploads }: Config) {
  return {
    origin,
    signer: createSigner(secrets.signingJwk, secrets.earlierSigningJwks),
    retention: { ...media, uploadDays: uploads.keepDays },
  };
}

/** Who invoices the cards, and when a business has to pay and is reminded. */
function invoicing({ invoices: { issuer, dueDays, reminderDays } }: Config) {
  const { organisationNumber, name, account, street, postalCode, place } = issuer;
  const address = { lines: street === '' ? [] : [street], postalCode, place };
  return { issuer: { organisationNumber, name, account, address }, dueDays, reminderDays };
}

function basePath(business: PageBusiness, vendor: ActingVendor | undefined): string {
  return vendor === undefined ? `/b/${business.id}` : `/b/${business.id}/by/${vendor.id}`;
}

const navigation: Navigation = {
  home: '/',
  login: '/login',
  logout: '/logout',
  chooseBusiness: '/businesses',
  ownMessages: ownMessagesPath,
  ownCards: ownCardsPath,
  check: '/check',
  // The contact details are the business's own: whoever acts for a vendor gets just the person's own profile.
  userProfile: (business, vendor) =>
    business === undefined || vendor !== undefined ? '/profile' : `${basePath(business, vendor)}/profile`,
  topMenu: (business, vendor) => {
    const base = basePath(business, vendor);
    const orders = { key: 'orders', href: `${base}/orders`, label: 'web:header.orders' };
    const workers = { key: 'workers', href: `${base}/workers`, label: 'web:header.workers' };
    const cards = { key: 'cards', href: `${base}/cards`, label: 'web:header.cards' };
    if (vendor === undefined) {
      return [
        orders,
        workers,
        cards,
        { key: 'business', href: `${base}/business/access`, label: 'web:header.business' },
      ];
    }
    // A vendor is not offered what is always refused: what else is under "Business" no vendor may ever do.
    const holds = (right: Right) => vendor.rights.includes(right);
    const invoices = { key: 'invoices', href: `${base}/business/invoices`, label: 'web:header.invoices' };
    return [
      orders,
      ...(holds('workers.read') ? [workers] : []),
      ...(holds('cards.read') ? [cards] : []),
      ...(holds('invoices.read') ? [invoices] : []),
    ];
  },
  sideMenu: (business, active, vendor) => {
    const base = basePath(business, vendor);
    if (active !== 'business' || vendor !== undefined) return [];
    return [
      { key: 'access', href: `${base}/business/access`, label: 'web:header.access' },
      { key: 'agreements', href: `${base}/business/agreements`, label: 'web:header.agreements' },
      { key: 'quotes', href: `${base}/business/quotes`, label: 'web:header.quotes' },
      { key: 'messages', href: `${base}/business/messages`, label: 'web:header.messages' },
      { key: 'contact', href: `${base}/business/contact`, label: 'web:header.contact' },
      { key: 'spending', href: `${base}/business/spending`, label: 'web:header.spending' },
      { key: 'invoices', href: `${base}/business/invoices`, label: 'web:header.invoices' },
      {
        key: 'vendor-invoices',
        href: `${base}/business/vendor-invoices`,
        label: 'web:header.vendorInvoices',
      },
      { key: 'checkers', href: `${base}/business/checkers`, label: 'web:header.checkers' },
      { key: 'vendor', href: `${base}/business/vendor`, label: 'web:header.vendor' },
    ];
  },
};
