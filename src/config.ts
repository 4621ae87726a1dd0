import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { z } from 'zod';
import { isAccountNumber } from './kernel/account-number.ts';
import { CARD_TYPES, type CardType } from './kernel/card-types.ts';
import { parseOrganisationNumber } from './kernel/organisation-number.ts';
import { err, ok, type Result } from './kernel/result.ts';

/** What a demo secret starts with, once decoded: production refuses anything that carries it. */
export const demoMarker = 'kortvakt-demo:';
/** What the `kid` of a demo key pair and the password of a demo database role start with. */
export const demoPrefix = 'demo-';

/** The two ways of running: `demo` may make up what is missing, `production` never does. */
export type Mode = 'demo' | 'production';

/** Roles in Enhetsregisteret that may let a person act for a business. */
export const officerRoleCodes = [
  'DAGL',
  'LEDE',
  'INNH',
  'DTPR',
  'DTSO',
  'KOMP',
  'BEST',
  'BOBE',
  'REPR',
  'KONT',
] as const;
export type OfficerRoleCode = (typeof officerRoleCodes)[number];

/** Roles of which it depends on the business whether one holder may act without the others. */
export const sharedRoleCodes = ['DTPR', 'DTSO', 'LEDE'] as const;
export type SharedRoleCode = (typeof sharedRoleCodes)[number];

/** An industry code that starts so leads to this card. */
export type CardTypeRule = { prefix: string; cardType: CardType };

/** SN2007 and SN2025 alike; no public rule ties card types to codes. */
const defaultCardTypes: readonly CardTypeRule[] = [
  { prefix: '81.2', cardType: 'cleaning' },
  { prefix: '41', cardType: 'construction' },
  { prefix: '42', cardType: 'construction' },
  { prefix: '43', cardType: 'construction' },
  { prefix: '78.2', cardType: 'construction' },
  { prefix: '45.2', cardType: 'car-care' },
  { prefix: '95.31', cardType: 'car-care' },
  { prefix: '49.4', cardType: 'goods-transport' },
  { prefix: '53.2', cardType: 'goods-transport' },
];

/** An encryption key of the key ring: `id` is stored beside what was encrypted with it. */
export type RingKey = { id: string; key: Buffer };
/** A private key as a JSON Web Key; `kid` and `alg` are always there. */
export type PrivateJwk = { kty: string; kid: string; alg: string; [member: string]: unknown };

/** One service that we log in to as a client, with a signed assertion. */
export type OidcClient = { issuer: string; clientId: string; privateJwk: PrivateJwk };

/** Who invoices the cards: as it stands on the invoices, with the account that is paid to. */
export type InvoiceIssuer = z.infer<typeof invoiceIssuerShape>;

/** Every setting, parsed. What each means stands in {@link settings}. */
export type Config = {
  mode: Mode;
  origin: string;
  /** No host: every address of this machine. */
  listen: { host: string | undefined; port: number };
  dataFolder: string;
  database: {
    requestUrl: string;
    migrateUrl: string;
    jobsUrl: string;
    checkUrl: string;
    replicaUrl: string | undefined;
  };
  secrets: {
    /** First key encrypts; every key decrypts. */
    nationalIdKeys: readonly [RingKey, ...RingKey[]];
    hashKey: Buffer;
    sessionSecret: Buffer;
    signingJwk: PrivateJwk;
    /** Public keys that signed before: what they signed is still read. */
    earlierSigningJwks: readonly PublicJwk[];
    /** The first signs the codes on cards; all are published. */
    cardKeys: CardKey[];
  };
  checkpointDirectory: string;
  idporten: OidcClient;
  maskinporten: OidcClient;
  registers: {
    enhetsregisteretUrl: string;
    enhetsregisteretAuthorisedUrl: string;
    aaregUrl: string;
    folkeregisteretUrl: string;
    krrUrl: string;
    kofuviUrl: string;
    /** PEM; none where something in front of us shows it. */
    kofuviCertificate: { certificate: string; key: string } | undefined;
    cardIssuerUrl: string;
    accessPointUrl: string;
    cleaningUrl: string;
    carCareUrl: string;
    staffingUrl: string;
    assignmentsUrl: string;
    /** No text messages are sent without it. */
    altinnUrl: string | undefined;
  };
  /** Who invoices the cards, and in how many days. */
  /** What is printed on a card besides the holder's: who issues it, and colours by card type where not the usual ones. */
  cards: { issuer: string; colors: Readonly<Partial<Record<string, string>>> };
  invoices: { issuer: InvoiceIssuer; dueDays: number; reminderDays: number };
  /** `bounces`: the domain that undeliverable e-mail comes back to, and the port that we take it on. */
  mail: {
    smtpUrl: string;
    from: string;
    bounces: { domain: string; port: number; host: string } | undefined;
  };
  /** More recipients than `fourEyesAbove` need another case officer; what has no deadline is to be read in `readDays`. */
  messages: { fourEyesAbove: number; readDays: number };
  /** How many proxies in front of us add to X-Forwarded-For; 0 = none, the header is ignored. */
  trustedProxyHops: number;
  allowSynthetic: boolean;
  session: { idleMinutes: number; absoluteMinutes: number };
  officers: { roles: readonly OfficerRoleCode[]; actAlone: readonly SharedRoleCode[] };
  /** `recordDays`: how long check records are kept; `delayHours`: how long after an inspector's look it is told of. */
  checks: { perMinute: number; listDays: number; recordDays: number; delayHours: number };
  /** How many days photos and identity documents outlive their use. */
  media: { documentDays: number; photoDays: number };
  /** Hours from when a new address is proved until the change of contact details holds. */
  contact: { waitHours: number };
  /** How often a vendor may ask for mandates. */
  requests: { waitDays: number; perDay: number };
  /** The fee per card from which on it is said in words what a vendor's quote comes to; øre. */
  quoteWarningOre: number;
  /** Days after its answer until a report of a vendor or a look-alike page is deleted. */
  reportDays: number;
  /** How many bytes of files all reports of 24 hours may come with. */
  reportFilesBytes: number;
  /** The day of a quarter by whose end a business has gone through its access; 1 is the quarter's first. */
  review: { dueDay: number };
  /** From how many on a login does not look right: businesses that one officer acts for in a day, cards that one person orders in a night. */
  signals: { businessesPerDay: number; mandatesPerPerson: number; cardsAtNight: number };
  /** How many days files of workers to order for are kept, with their rows; how many files and archives of photos are sent in 24 hours. */
  uploads: { keepDays: number; perDay: number };
  /** How long a business has to answer what a worker says is wrong, and how long that is kept once it is over. */
  disputes: { answerDays: number; keepDays: number };
  /** After how many days without use a mobile that opens its worker's cards is forgotten. */
  phones: { unusedDays: number };
  /**
   * How long an officer's declaration of a worker holds until it is confirmed anew, whose cards the public check withholds, and whose
   * permit to stay is asked for.
   */
  workers: {
    declarationMonths: number;
    withheldProtections: readonly string[];
    permits: { cardTypes: readonly CardType[]; freeCitizenships: readonly string[] };
  };
  /** How fast the registers are read in turn. */
  sweep: { readsPerMinute: number };
  /** What is asked of cards where the rules leave it open. */
  conditions: {
    vatForms: readonly string[];
    approvalGraceDays: number;
    permitGraceDays: number;
    unconfirmedHours: number;
  };
  /** Which card the start of an industry code leads to; the first that fits. */
  cardTypes: readonly CardTypeRule[];
  logLevel: LogLevel;
};

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The environment as a process gets it; the only shape that this module reads. */
export type Environment = Readonly<Record<string, string | undefined>>;

function wholeNumber(least: number, most: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be from ${String(least)} to ${String(most)}`);
}

const formList = z.string().transform((text, context): readonly string[] => {
  const forms = text.split(',').map((form) => form.trim());
  if (text === 'none') return [];
  if (forms.every((form) => /^[A-ZÆØÅ]{2,5}$/u.test(form))) return forms;
  context.addIssue('must be forms of businesses separated by commas, as in NUF,AS, or none');
  return z.NEVER;
});

const protectionList = z.string().transform((text, context): readonly string[] => {
  const protections = text.split(',').map((protection) => protection.trim());
  if (text === 'none') return [];
  if (protections.every((protection) => /^[a-zA-Z]+$/u.test(protection))) return protections;
  context.addIssue('must be words separated by commas, as in fortrolig,strengtFortrolig, or none');
  return z.NEVER;
});

/** Norway, the Nordic countries, the EEA and Switzerland; and whom Folkeregisteret tells no citizenship of. */
const freeCitizenships =
  'NOR,SWE,DNK,FIN,ISL,FRO,GRL,LIE,CHE,AUT,BEL,BGR,CYP,CZE,DEU,ESP,EST,FRA,GRC,HRV,HUN,IRL,ITA,LTU,LUX,LVA,MLT,NLD,POL,PRT,ROU,SVK,SVN,XUK';
const citizenshipList = z.string().transform((text, context): readonly string[] => {
  const codes = text.split(',').map((code) => code.trim());
  if (codes.every((code) => /^[A-Z]{3}$/u.test(code))) return codes;
  context.addIssue('must be codes of three letters separated by commas, as in NOR,SWE');
  return z.NEVER;
});

const permitCardTypes = z.string().transform((text, context): readonly CardType[] => {
  if (text === 'none') return [];
  return text.split(',').flatMap((part) => {
    const cardType = CARD_TYPES.find((one) => one === part.trim());
    if (cardType !== undefined) return [cardType];
    context.addIssue(`must be ${CARD_TYPES.join(', ')} separated by commas, or none`);
    return [];
  });
});

const cardTypeList = z.string().transform((text, context): readonly CardTypeRule[] =>
  text.split(',').flatMap((part) => {
    const [, prefix, name] = /^([0-9]{2}(?:\.[0-9]{1,3})?):([a-z-]+)$/.exec(part.trim()) ?? [];
    const cardType = CARD_TYPES.find((one) => one === name);
    if (prefix !== undefined && cardType !== undefined) return [{ prefix, cardType }];
    context.addIssue(`must be codes with ${CARD_TYPES.join(', ')}, such as 81.2:cleaning`);
    return [];
  }),
);

function urlWith(...protocols: readonly string[]) {
  return z.string().refine(
    (text) => {
      const url = URL.parse(text);
      return url !== null && protocols.includes(url.protocol);
    },
    `must be an address that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  );
}

/** As given: whether it ends with a slash is part of an issuer's name. */
const issuerUrl = urlWith('http:', 'https:');
const httpUrl = issuerUrl.transform((text) => text.replace(/\/+$/, ''));
const postgresUrl = urlWith('postgres:', 'postgresql:');

const secretBytes = z
  .base64('must be base64')
  .transform((text) => Buffer.from(text, 'base64'))
  .refine(
    (bytes) => bytes.length >= 32,
    'must be at least 32 bytes (make one with: openssl rand -base64 32)',
  );

const keyRing = z.string().transform((text, context) => {
  const keys: RingKey[] = [];
  for (const part of text.split(',')) {
    const [, id, encoded] = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/]+=*)$/.exec(part.trim()) ?? [];
    const key = Buffer.from(encoded ?? '', 'base64');
    if (id === undefined || key.length !== 32) {
      context.addIssue('must be a list id:base64,id:base64 where each key is 32 bytes; the first is used');
      return z.NEVER;
    }
    if (keys.some((other) => other.id === id)) {
      context.addIssue('names the same key twice');
      return z.NEVER;
    }
    keys.push({ id, key });
  }
  const [first, ...rest] = keys;
  return first === undefined ? z.NEVER : ([first, ...rest] satisfies [RingKey, ...RingKey[]]);
});

const jwkShape = z.looseObject({
  kty: z.string(),
  kid: z.string().min(1),
  alg: z.string().min(1),
  d: z.string().min(1),
});

const privateJwk = z.string().transform((text, context): PrivateJwk => {
  const parsed = jwkShape.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  context.addIssue('must be a private JSON Web Key with kty, kid, alg and d');
  return z.NEVER;
});

const publicJwkShape = z.looseObject({
  kty: z.string().min(1),
  kid: z.string().min(1),
  alg: z.string().min(1),
  d: z.undefined().optional(),
});

/** A public key that verifies and signs nothing. */
export type PublicJwk = { kty: string; kid: string; alg: string; [member: string]: unknown };

const publicJwks = z.string().transform((text, context): PublicJwk[] => {
  const parsed = z.array(publicJwkShape).safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  context.addIssue('must be a JSON array of public JSON Web Keys with kty, kid and alg, and without d');
  return z.NEVER;
});

const cardKeyShape = z.looseObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string().min(1),
  y: z.string().min(1),
  d: z.string().min(1).optional(),
});

/** A P-256 key as JWK; without `d` it is a public one. */
export type CardKey = z.infer<typeof cardKeyShape>;

const cardKeys = z.string().transform((text, context): CardKey[] => {
  const parsed = z.array(cardKeyShape).min(1).safeParse(parseJson(text));
  if (parsed.success && parsed.data[0]?.d !== undefined) return parsed.data;
  context.addIssue('must be a JSON array of P-256 JSON Web Keys, the first of them private');
  return z.NEVER;
});
const certificatePem = z
  .string()
  .refine((text) => parses(() => new X509Certificate(text)), 'must be a certificate in PEM');
const privateKeyPem = z
  .string()
  .refine((text) => parses(() => createPrivateKey(text)), 'must be a private key in PEM');

function parses(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const invoiceIssuerShape = z.strictObject({
  organisationNumber: z.string().refine((text) => parseOrganisationNumber(text).ok),
  name: z.string().min(1),
  street: z.string(),
  postalCode: z.string().regex(/^[0-9]{4}$/u),
  place: z.string().min(1),
  account: z.string().refine(isAccountNumber),
});
const invoiceIssuer = z.string().transform((text, context): InvoiceIssuer => {
  const parsed = invoiceIssuerShape.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  context.addIssue(
    'must be JSON with organisationNumber, name, street, postalCode, place and account (eleven digits)',
  );
  return z.NEVER;
});

const cardArtworkShape = z.strictObject({
  issuer: z.string().min(1).max(80).optional(),
  colors: z.partialRecord(z.enum(CARD_TYPES), z.string().regex(/^#[0-9a-f]{6}$/iu)).default({}),
});
const cardArtwork = z
  .string()
  .default('{}')
  .transform((text, context): z.infer<typeof cardArtworkShape> => {
    const parsed = cardArtworkShape.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    context.addIssue('must be JSON with issuer, colors or both; a color is #rrggbb, by card type');
    return z.NEVER;
  });

const yesOrNo = z.enum(['yes', 'no'], 'must be yes or no').transform((text) => text === 'yes');

/** A comma-separated list of known codes; `none` is the empty list. */
function codeList<const T extends string>(known: readonly T[]) {
  return z.string().transform((text, context): readonly T[] => {
    const codes = text === 'none' ? [] : text.split(',').map((code) => code.trim());
    const chosen = known.filter((code) => codes.includes(code));
    if (chosen.length === codes.length) return chosen;
    context.addIssue(`must be none or a list of: ${known.join(', ')}`);
    return z.NEVER;
  });
}

/**
 * Every setting. A setting without a default has to be given; in demo mode, `main.ts` gives those that are missing
 * (keys made once and kept in the data folder, the embedded database, the stand-ins).
 */
const settings = z.object({
  /** `demo` (default) makes up what is missing and allows synthetic people; `production` refuses to guess. */
  KORTVAKT_MODE: z.enum(['demo', 'production'], 'must be demo or production').default('demo'),
  /** The address that browsers use, without a path. Default: http://localhost and PORT. */
  KORTVAKT_ORIGIN: httpUrl.refine((text) => URL.parse(text)?.origin === text, 'must have no path').optional(),
  /** The port to listen on. Default 3000. */
  PORT: wholeNumber(0, 65_535).default(3000),
  /** The address to listen on. Default: loopback only in demo mode, every address in production. */
  HOST: z.string().min(1).optional(),
  /** The folder for what a process keeps on disk: the embedded database, the demo's keys. Default ./data. */
  KORTVAKT_DATA: z.string().min(1).default('./data'),
  /** PostgreSQL for the role that serves requests. When it is given, no embedded PostgreSQL is started. */
  DATABASE_URL: postgresUrl,
  /** The same database for the role that owns the tables and migrates. */
  DATABASE_MIGRATE_URL: postgresUrl,
  /** The same database for the role that runs jobs and owns the schema graphile_worker. */
  DATABASE_JOBS_URL: postgresUrl,
  /** The same database for the role that may only check cards. */
  DATABASE_CHECK_URL: postgresUrl,
  /** A read replica for checks of cards. Default: none, checks read the primary. */
  DATABASE_REPLICA_URL: postgresUrl.optional(),
  /** AES-256 keys for national identity numbers, `id:base64,id:base64`: the first encrypts, all decrypt. */
  KORTVAKT_NATIONAL_ID_KEYS: keyRing,
  /** Base64, at least 32 bytes: keys the hash by which national identity numbers are looked up. Never changes. */
  KORTVAKT_HASH_KEY: secretBytes,
  /** Base64, at least 32 bytes: keys cookies and form tokens. Changing it logs everyone out. */
  KORTVAKT_SESSION_SECRET: secretBytes,
  /** The private JWK that signs the audit log's checkpoints, and the records of who signed an agreement. */
  KORTVAKT_SIGNING_KEY: privateJwk,
  /**
   * The public parts of signing keys of before, as a JSON array of JWKs: agreements that they signed are still verified with
   * them, and nothing is signed. Default: none.
   */
  KORTVAKT_EARLIER_SIGNING_KEYS: publicJwks.default([]),
  /**
   * P-256 keys as a JSON array of JWKs: the first signs the codes on cards and the status lists, all are published. Put a new
   * one first, and keep the old one (its public part is enough) until the last card that it signed has expired.
   */
  KORTVAKT_CARD_KEYS: cardKeys,
  /** Days for which a status list may be believed without a newer one; then a check without a network says that it cannot tell. Default 3. */
  STATUS_LIST_DAYS: wholeNumber(1, 30).default(3),
  /** Where signed checkpoints are written: somewhere the database's own administrators cannot write. */
  KORTVAKT_CHECKPOINT_DIRECTORY: z.string().min(1),
  /** ID-porten's issuer, such as https://idporten.no. */
  IDPORTEN_ISSUER: issuerUrl,
  /** Our client id at ID-porten. */
  IDPORTEN_CLIENT_ID: z.string().min(1),
  /** The private JWK that our client assertions to ID-porten are signed with. */
  IDPORTEN_CLIENT_JWK: privateJwk,
  /** Maskinporten's issuer, such as https://maskinporten.no. */
  MASKINPORTEN_ISSUER: issuerUrl,
  /** Our client id at Maskinporten. */
  MASKINPORTEN_CLIENT_ID: z.string().min(1),
  /** The private JWK that our JWT grants to Maskinporten are signed with. */
  MASKINPORTEN_CLIENT_JWK: privateJwk,
  /** Enhetsregisteret's open API, such as https://data.brreg.no/enhetsregisteret/api. */
  ENHETSREGISTERET_URL: httpUrl,
  /** Enhetsregisteret's API with national identity numbers, which takes a Maskinporten token. */
  ENHETSREGISTERET_AUTHORISED_URL: httpUrl,
  /** Aa-registeret (who is employed where). */
  AAREG_URL: httpUrl,
  /** Folkeregisteret (names, deaths, inactive D-numbers). */
  FOLKEREGISTERET_URL: httpUrl,
  /** Kontakt- og reservasjonsregisteret (the officers' own addresses). */
  KRR_URL: httpUrl,
  /** KoFuVi: the notification addresses that businesses have registered with the state. */
  KOFUVI_URL: httpUrl,
  /** The enterprise certificate that KoFuVi knows us by, PEM, with its chain. Default: none, something in front of us shows it. */
  KOFUVI_CERTIFICATE: certificatePem.optional(),
  /** The private key of KOFUVI_CERTIFICATE, PEM. */
  KOFUVI_KEY: privateKeyPem.optional(),
  /** The card issuer's production API. */
  CARD_ISSUER_URL: httpUrl,
  /** The access point that sends our invoices as EHF and knows who receives them. */
  ACCESS_POINT_URL: httpUrl,
  /** The file of the Labour Inspection Authority's register of cleaning firms. Default: the Authority's own. */
  CLEANING_REGISTER_URL: httpUrl.default('https://registerdata.arbeidstilsynet.no/renhold_register.xml'),
  /** The Authority's register of firms that care for cars and change wheels. Default: the Authority's own. */
  CAR_CARE_REGISTER_URL: httpUrl.default('https://data.arbeidstilsynet.no/bilpleieregisteret/api'),
  /** The Authority's register of staffing agencies. Default: the Authority's own. */
  STAFFING_REGISTER_URL: httpUrl.default('https://data.arbeidstilsynet.no/bemanningsforetaksregisteret2/api'),
  /** The tax authority's register of assignments of foreign firms (RF-1199), which takes a Maskinporten token. Default: a guess. */
  ASSIGNMENTS_URL: httpUrl.default('https://arbeidsforholdioppdrag.api.skatteetaten.no'),
  /** Altinn's platform, which sends text messages (https://platform.altinn.no). Default: none, and none are sent. */
  ALTINN_URL: httpUrl.optional(),
  /** Which card a business gets by the start of its industry code, as `81.2:cleaning,41:construction`; the first that fits. */
  CARD_TYPES: cardTypeList.default(defaultCardTypes),
  /** Who invoices, as JSON: `{"organisationNumber","name","street","postalCode","place","account"}`. */
  INVOICE_ISSUER: invoiceIssuer,
  /**
   * How cards look, as JSON: `{"issuer","colors":{"construction":"#0b6b3a"}}`, each part optional. By default the issuer is who
   * invoices, and each type of card has a colour.
   */
  CARD_ARTWORK: cardArtwork,
  /** Days from an invoice's issue to the last day of payment. Default 14. */
  INVOICE_DUE_DAYS: wholeNumber(1, 90).default(14),
  /** Days from the last day of payment to the first reminder, and from one reminder to the next. Default 14. */
  INVOICE_REMINDER_DAYS: wholeNumber(1, 90).default(14),
  /** The mail server, such as smtps://user:password@mail.example.no. */
  SMTP_URL: urlWith('smtp:', 'smtps:'),
  /** The sender of our e-mail. */
  MAIL_FROM: z.email('must be an e-mail address'),
  /** A domain whose mail is led to BOUNCE_PORT: undeliverable e-mail comes back to it. Default: nobody takes it. */
  BOUNCE_DOMAIN: z.hostname('must be a domain').optional(),
  /** The port and address on which reports of undeliverable e-mail are taken. Default 2525 on 127.0.0.1. */
  BOUNCE_PORT: wholeNumber(0, 65_535).default(2525),
  BOUNCE_HOST: z.string().default('127.0.0.1'),
  /** A case officer's message to more businesses than this waits until another case officer agrees. Default 100. */
  MESSAGE_FOUR_EYES_ABOVE: wholeNumber(1, 100_000).default(100),
  /** Days in which a message without a deadline is to be read: at half of them the officers are told. Default 14. */
  MESSAGE_READ_DAYS: wholeNumber(2, 365).default(14),
  /** How many proxies in front of us add to X-Forwarded-For, or `none` (default): then the header is ignored. */
  TRUSTED_PROXY: z
    .union([z.literal('none').transform(() => 0), wholeNumber(1, 9)], 'must be none or the number of proxies')
    .default(0),
  /** Whether synthetic national identity numbers (month + 80) are people. Default: yes in demo mode, else no. */
  ALLOW_SYNTHETIC: yesOrNo.optional(),
  /** Minutes without a request after which a session ends. Default 30. */
  SESSION_IDLE_MINUTES: wholeNumber(1, 1440).default(30),
  /** Minutes after log-in after which a session ends whatever happens. Default 480. */
  SESSION_ABSOLUTE_MINUTES: wholeNumber(1, 1440).default(480),
  /** Which roles in Enhetsregisteret let a person act for the business. Default: all ten that we know. */
  OFFICER_ROLES: codeList(officerRoleCodes).default(officerRoleCodes),
  /** Which of partners (DTPR, DTSO) and chairs (LEDE) may act without the others. Default: all three. */
  OFFICER_ROLES_ACT_ALONE: codeList(sharedRoleCodes).default(sharedRoleCodes),
  /** How many checks of cards one address may make in a minute, in one process. Default 30. */
  CHECKS_PER_MINUTE: wholeNumber(1, 1_000_000).default(30),
  /** Days for which the records of entitled checkers' looks are kept. Default 180. */
  CHECK_RECORD_DAYS: wholeNumber(1, 3650).default(180),
  /** Hours after an inspector's look at a card until its holder and the employer see it. Default 0: at once. */
  CHECK_DISCLOSURE_DELAY_HOURS: wholeNumber(0, 720).default(0),
  /** Hours from when a new address is proved until the change of contact details holds. Default 72. */
  CONTACT_WAIT_HOURS: wholeNumber(1, 720).default(72),
  /** Days after a no until a vendor may ask the same business for a mandate again. Default 30. */
  REQUESTS_WAIT_DAYS: wholeNumber(1, 365).default(30),
  /** How many requests for mandates one vendor may make in a day. Default 50. */
  REQUESTS_PER_DAY: wholeNumber(1, 10_000).default(50),
  /** Days after its answer until a report of a vendor or a look-alike page is deleted, with its files. Default 730. */
  REPORT_DAYS: wholeNumber(30, 3650).default(730),
  /** How many megabytes of files the reports of 24 hours may come with, all together; those without are always taken. Default 500. */
  REPORT_FILES_MB_PER_DAY: wholeNumber(1, 1_000_000).default(500),
  /** From how many kroner in fee per card it is said in words what a vendor's quote comes to. Default 200. */
  QUOTE_WARNING_KRONER: wholeNumber(1, 100_000).default(200),
  /** By the end of which day of each quarter a business goes through its access; 31 is a quarter's thirty-first day. */
  REVIEW_DUE_DAY: wholeNumber(15, 90).default(31),
  /** From how many unrelated businesses, acted for by one officer in one day, their officers are asked. Default 10. */
  SIGNAL_BUSINESSES_PER_DAY: wholeNumber(2, 10_000).default(10),
  /** From how many unrelated businesses, with mandates of one person's own, both sides are told. Default 3. */
  SIGNAL_MANDATES_PER_PERSON: wholeNumber(2, 10_000).default(3),
  /** From how many cards, ordered by one person between 22 and 06, the officers are asked. Default 20. */
  SIGNAL_CARDS_AT_NIGHT: wholeNumber(1, 100_000).default(20),
  /** Days after a reviewer's decision until an identity document is deleted. Default 14. */
  DOCUMENT_DAYS: wholeNumber(1, 365).default(14),
  /** Days after the card has expired, or without a card, until a photo or what was declared of a permit to stay is deleted. Default 90. */
  PHOTO_DAYS: wholeNumber(1, 3650).default(90),
  /** After how many days a file of workers to order for, or of photos, is deleted with its rows. Default 30. */
  UPLOADS_KEEP_DAYS: wholeNumber(1, 365).default(30),
  /** How many such files and archives, together, a business itself or one vendor for it sends in 24 hours. Default 30. */
  UPLOADS_PER_DAY: wholeNumber(1, 10_000).default(30),
  /**
   * Within how many days a business answers what a worker says is wrong; then the worker may go to the authority without an answer.
   * Default 30: GDPR article 12(3) gives a month.
   */
  DISPUTE_ANSWER_DAYS: wholeNumber(1, 30).default(30),
  /** How many days after it is over such a dispute is deleted. Default 365. */
  DISPUTE_KEEP_DAYS: wholeNumber(1, 3650).default(365),
  /** After how many days without use a mobile number that a worker set for their cards is forgotten: numbers change hands. Default 365. */
  PHONE_UNUSED_DAYS: wholeNumber(1, 3650).default(365),
  /** For how many months an officer's declaration of a worker holds until it is confirmed anew. Default 12. */
  DECLARATION_MONTHS: wholeNumber(1, 36).default(12),
  /**
   * How many businesses a minute are read anew from each register in turn, so that every card's conditions are read once a day:
   * 60 are 86,400 businesses. Default 60.
   */
  READS_PER_MINUTE: wholeNumber(1, 10_000).default(60),
  /**
   * The forms of businesses (AS, NUF …) whose cards need the business to be in the VAT register, separated by commas. Default
   * NUF: foreign firms have to register, Norwegian ones may be below the limit or exempt. `none` for no form.
   */
  VAT_FORMS: formList.default(['NUF']),
  /** Days for which cards stay valid when the Labour Inspection Authority's approval is gone without a refusal. Default 30. */
  APPROVAL_GRACE_DAYS: wholeNumber(0, 365).default(30),
  /**
   * The protections of an address, in Folkeregisteret's words and separated by commas, with which the public check answers a
   * person's card as it does a number that nobody has. Default fortrolig,strengtFortrolig. `none` for nobody.
   */
  WITHHELD_PROTECTIONS: protectionList.default(['fortrolig', 'strengtFortrolig']),
  /**
   * The types of cards whose holders need a permit to stay unless their citizenship is one of PERMIT_FREE_CITIZENSHIPS. Default
   * cleaning, of which the rules say so; `none` for no type.
   */
  PERMIT_CARD_TYPES: permitCardTypes.default(['cleaning']),
  /**
   * Whose citizens need no permit to stay, as codes of three letters: by default the Nordic countries, the EEA, Switzerland, and
   * XUK, which stands for a citizenship that is not known. Without XUK those need a permit as well.
   */
  PERMIT_FREE_CITIZENSHIPS: citizenshipList.default(freeCitizenships.split(',')),
  /** Days for which cards stay valid when a permit to stay has become due and none is declared. Default 30. */
  PERMIT_GRACE_DAYS: wholeNumber(0, 365).default(30),
  /** When a card's registers have been silent for so many hours, pages say since when nothing was confirmed. Default 48. */
  UNCONFIRMED_HOURS: wholeNumber(1, 8760).default(48),
  /** What is logged: fatal, error, warn, info (default), debug, trace or silent. */
  LOG_LEVEL: z.enum(logLevels, `must be one of: ${logLevels.join(', ')}`).default('info'),
});

type Settings = z.infer<typeof settings>;
/** A setting's name in the environment. */
export type SettingName = keyof Settings;

/** The settings that decide how a process starts, needed before the embedded database and the stand-ins run. */
const startSettings = settings.pick({
  KORTVAKT_MODE: true,
  KORTVAKT_ORIGIN: true,
  PORT: true,
  HOST: true,
  KORTVAKT_DATA: true,
});

const auditSettings = settings
  .pick({ KORTVAKT_SIGNING_KEY: true, KORTVAKT_CHECKPOINT_DIRECTORY: true })
  .extend({
    /** PostgreSQL for the role that reads everything (kortvakt_backup): backups and `npm run audit:verify` alone. */
    DATABASE_BACKUP_URL: postgresUrl,
  });

const operatorSettings = settings.pick({
  KORTVAKT_MODE: true,
  KORTVAKT_ORIGIN: true,
  PORT: true,
  DATABASE_MIGRATE_URL: true,
});

/** What `main.ts` must know before it can complete the settings; `embeddedDatabase` when DATABASE_URL is not set. */
export type StartConfig = Pick<Config, 'mode' | 'origin' | 'listen' | 'dataFolder'> & {
  embeddedDatabase: boolean;
  /** Whether KORTVAKT_DATA was given: then the folder is never moved elsewhere. */
  dataFolderChosen: boolean;
};

/** The running process's environment: nobody else reads it. */
export function processEnvironment(): Environment {
  return process.env;
}

/**
 * Reads the settings that decide how a process starts.
 * @returns them, or one line per wrong setting
 */
export function loadStartConfig(environment: Environment): Result<StartConfig, readonly string[]> {
  const given = withoutEmpty(environment);
  const parsed = startSettings.safeParse(given);
  if (!parsed.success) return err(problemLines(parsed.error));
  return ok({
    ...basics(parsed.data),
    embeddedDatabase: given['DATABASE_URL'] === undefined,
    dataFolderChosen: given['KORTVAKT_DATA'] !== undefined,
  });
}

/**
 * Reads every setting.
 * @returns the configuration, or one line per setting that is missing or wrong, each starting with its name; no line
 * repeats a setting's value, since it may be a secret
 */
export function loadConfig(environment: Environment): Result<Config, readonly string[]> {
  const parsed = settings.safeParse(withoutEmpty(environment));
  if (!parsed.success) return err(problemLines(parsed.error));
  const config = toConfig(parsed.data);
  const refusals = [
    ...limitRefusals(config),
    ...certificateRefusals(parsed.data),
    ...(config.mode === 'production' ? productionRefusals(config) : []),
  ];
  return refusals.length === 0 ? ok(config) : err(refusals);
}

/** What reading the audit log past row-level security takes, and what its checkpoints are held against. */
export type AuditConfig = { backupUrl: string; signingJwk: PrivateJwk; checkpointDirectory: string };

/** Reads the settings of `npm run audit:verify`; as `loadConfig`, one line per setting that is missing or wrong. */
export function loadAuditConfig(environment: Environment): Result<AuditConfig, readonly string[]> {
  const parsed = auditSettings.safeParse(withoutEmpty(environment));
  if (!parsed.success) return err(problemLines(parsed.error));
  return ok({
    backupUrl: parsed.data.DATABASE_BACKUP_URL,
    signingJwk: parsed.data.KORTVAKT_SIGNING_KEY,
    checkpointDirectory: parsed.data.KORTVAKT_CHECKPOINT_DIRECTORY,
  });
}

/** Where `npm run operator` proposes an operator, and where the link that it prints leads. */
export type OperatorConfig = { migrateUrl: string; origin: string };

/** Reads the settings of `npm run operator`; as `loadConfig`, one line per setting that is missing or wrong. */
export function loadOperatorConfig(environment: Environment): Result<OperatorConfig, readonly string[]> {
  const parsed = operatorSettings.safeParse(withoutEmpty(environment));
  if (!parsed.success) return err(problemLines(parsed.error));
  const given = parsed.data;
  const origin = given.KORTVAKT_ORIGIN ?? `http://localhost:${String(given.PORT)}`;
  if (given.KORTVAKT_MODE === 'production' && !origin.startsWith('https://')) {
    return err(['KORTVAKT_ORIGIN must start with https://']);
  }
  return ok({ migrateUrl: given.DATABASE_MIGRATE_URL, origin });
}

function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
}

function problemLines(error: z.ZodError): string[] {
  return error.issues.map((issue) => {
    const missing = issue.code === 'invalid_type';
    return `${issue.path.join('.')} ${missing ? 'is missing' : issue.message}`;
  });
}

function basics(
  given: z.infer<typeof startSettings>,
): Pick<Config, 'mode' | 'origin' | 'listen' | 'dataFolder'> {
  const mode = given.KORTVAKT_MODE;
  return {
    mode,
    origin: given.KORTVAKT_ORIGIN ?? `http://localhost:${String(given.PORT)}`,
    listen: { host: given.HOST ?? (mode === 'demo' ? '127.0.0.1' : undefined), port: given.PORT },
    dataFolder: given.KORTVAKT_DATA,
  };
}

function toConfig(given: Settings): Config {
  const base = basics(given);
  return {
    ...base,
    ...servicesOf(given),
    database: {
      requestUrl: given.DATABASE_URL,
      migrateUrl: given.DATABASE_MIGRATE_URL,
      jobsUrl: given.DATABASE_JOBS_URL,
      checkUrl: given.DATABASE_CHECK_URL,
      replicaUrl: given.DATABASE_REPLICA_URL,
    },
    secrets: {
      nationalIdKeys: given.KORTVAKT_NATIONAL_ID_KEYS,
      hashKey: given.KORTVAKT_HASH_KEY,
      sessionSecret: given.KORTVAKT_SESSION_SECRET,
      signingJwk: given.KORTVAKT_SIGNING_KEY,
      earlierSigningJwks: given.KORTVAKT_EARLIER_SIGNING_KEYS,
      cardKeys: given.KORTVAKT_CARD_KEYS,
    },
    checkpointDirectory: given.KORTVAKT_CHECKPOINT_DIRECTORY,
    trustedProxyHops: given.TRUSTED_PROXY,
    allowSynthetic: given.ALLOW_SYNTHETIC ?? base.mode === 'demo',
    session: { idleMinutes: given.SESSION_IDLE_MINUTES, absoluteMinutes: given.SESSION_ABSOLUTE_MINUTES },
    officers: { roles: given.OFFICER_ROLES, actAlone: given.OFFICER_ROLES_ACT_ALONE },
    checks: {
      perMinute: given.CHECKS_PER_MINUTE,
      listDays: given.STATUS_LIST_DAYS,
      recordDays: given.CHECK_RECORD_DAYS,
      delayHours: given.CHECK_DISCLOSURE_DELAY_HOURS,
    },
    contact: { waitHours: given.CONTACT_WAIT_HOURS },
    requests: { waitDays: given.REQUESTS_WAIT_DAYS, perDay: given.REQUESTS_PER_DAY },
    reportDays: given.REPORT_DAYS,
    reportFilesBytes: given.REPORT_FILES_MB_PER_DAY * 1_000_000,
    quoteWarningOre: given.QUOTE_WARNING_KRONER * 100,
    messages: { fourEyesAbove: given.MESSAGE_FOUR_EYES_ABOVE, readDays: given.MESSAGE_READ_DAYS },
    review: { dueDay: given.REVIEW_DUE_DAY },
    cards: {
      issuer: given.CARD_ARTWORK.issuer ?? given.INVOICE_ISSUER.name,
      colors: given.CARD_ARTWORK.colors,
    },
    invoices: {
      issuer: given.INVOICE_ISSUER,
      dueDays: given.INVOICE_DUE_DAYS,
      reminderDays: given.INVOICE_REMINDER_DAYS,
    },
    signals: {
      businessesPerDay: given.SIGNAL_BUSINESSES_PER_DAY,
      mandatesPerPerson: given.SIGNAL_MANDATES_PER_PERSON,
      cardsAtNight: given.SIGNAL_CARDS_AT_NIGHT,
    },
    media: { documentDays: given.DOCUMENT_DAYS, photoDays: given.PHOTO_DAYS },
    uploads: { keepDays: given.UPLOADS_KEEP_DAYS, perDay: given.UPLOADS_PER_DAY },
    phones: { unusedDays: given.PHONE_UNUSED_DAYS },
    disputes: { answerDays: given.DISPUTE_ANSWER_DAYS, keepDays: given.DISPUTE_KEEP_DAYS },
    workers: {
      declarationMonths: given.DECLARATION_MONTHS,
      withheldProtections: given.WITHHELD_PROTECTIONS,
      permits: {
        cardTypes: given.PERMIT_CARD_TYPES,
        freeCitizenships: given.PERMIT_FREE_CITIZENSHIPS,
      },
    },
    sweep: { readsPerMinute: given.READS_PER_MINUTE },
    conditions: {
      vatForms: given.VAT_FORMS,
      approvalGraceDays: given.APPROVAL_GRACE_DAYS,
      permitGraceDays: given.PERMIT_GRACE_DAYS,
      unconfirmedHours: given.UNCONFIRMED_HOURS,
    },
    cardTypes: given.CARD_TYPES,
    logLevel: given.LOG_LEVEL,
  };
}

function servicesOf(given: Settings): Pick<Config, 'idporten' | 'maskinporten' | 'registers' | 'mail'> {
  return {
    idporten: {
      issuer: given.IDPORTEN_ISSUER,
      clientId: given.IDPORTEN_CLIENT_ID,
      privateJwk: given.IDPORTEN_CLIENT_JWK,
    },
    maskinporten: {
      issuer: given.MASKINPORTEN_ISSUER,
      clientId: given.MASKINPORTEN_CLIENT_ID,
      privateJwk: given.MASKINPORTEN_CLIENT_JWK,
    },
    registers: {
      enhetsregisteretUrl: given.ENHETSREGISTERET_URL,
      enhetsregisteretAuthorisedUrl: given.ENHETSREGISTERET_AUTHORISED_URL,
      aaregUrl: given.AAREG_URL,
      folkeregisteretUrl: given.FOLKEREGISTERET_URL,
      krrUrl: given.KRR_URL,
      kofuviUrl: given.KOFUVI_URL,
      kofuviCertificate: certificateOf(given),
      cardIssuerUrl: given.CARD_ISSUER_URL,
      accessPointUrl: given.ACCESS_POINT_URL,
      cleaningUrl: given.CLEANING_REGISTER_URL,
      carCareUrl: given.CAR_CARE_REGISTER_URL,
      staffingUrl: given.STAFFING_REGISTER_URL,
      assignmentsUrl: given.ASSIGNMENTS_URL,
      altinnUrl: given.ALTINN_URL,
    },
    mail: {
      smtpUrl: given.SMTP_URL,
      from: given.MAIL_FROM,
      bounces:
        given.BOUNCE_DOMAIN === undefined
          ? undefined
          : { domain: given.BOUNCE_DOMAIN, port: given.BOUNCE_PORT, host: given.BOUNCE_HOST },
    },
  };
}

function certificateOf({ KOFUVI_CERTIFICATE: certificate, KOFUVI_KEY: key }: Settings) {
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

/** A certificate without its key would be left out in silence. */
function certificateRefusals({ KOFUVI_CERTIFICATE: certificate, KOFUVI_KEY: key }: Settings): string[] {
  if (certificate === undefined && key === undefined) return [];
  if (certificate === undefined || key === undefined) {
    return ['KOFUVI_CERTIFICATE and KOFUVI_KEY must be given together'];
  }
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
    ? []
    : ['KOFUVI_KEY must be the key of KOFUVI_CERTIFICATE'];
}

function limitRefusals(config: Config): string[] {
  return config.session.idleMinutes > config.session.absoluteMinutes
    ? ['SESSION_IDLE_MINUTES must not be more than SESSION_ABSOLUTE_MINUTES']
    : [];
}

/** What may be in a demo but never in front of real people; one line each, which names the setting and no value. */
function productionRefusals(config: Config): string[] {
  return [...demoSecretRefusals(config), ...serviceRefusals(config), ...surfaceRefusals(config)];
}

function demoSecretRefusals({ secrets, idporten, maskinporten, database }: Config): string[] {
  const found: [SettingName, boolean][] = [
    ['KORTVAKT_NATIONAL_ID_KEYS', secrets.nationalIdKeys.some(({ key }) => isDemoSecret(key))],
    ['KORTVAKT_HASH_KEY', isDemoSecret(secrets.hashKey)],
    ['KORTVAKT_SESSION_SECRET', isDemoSecret(secrets.sessionSecret)],
    ['KORTVAKT_SIGNING_KEY', isDemoJwk(secrets.signingJwk)],
    ['KORTVAKT_CARD_KEYS', secrets.cardKeys.some((key) => isDemoKid(key['kid']))],
    ['IDPORTEN_CLIENT_JWK', isDemoJwk(idporten.privateJwk)],
    ['MASKINPORTEN_CLIENT_JWK', isDemoJwk(maskinporten.privateJwk)],
    ['DATABASE_URL', hasDemoPassword(database.requestUrl)],
    ['DATABASE_MIGRATE_URL', hasDemoPassword(database.migrateUrl)],
    ['DATABASE_JOBS_URL', hasDemoPassword(database.jobsUrl)],
    ['DATABASE_CHECK_URL', hasDemoPassword(database.checkUrl)],
  ];
  return found.flatMap(([name, demo]) => (demo ? [`${name} holds a secret of the demo`] : []));
}

function serviceRefusals({ idporten, maskinporten, registers }: Config): string[] {
  const services: [SettingName, string][] = [
    ['IDPORTEN_ISSUER', idporten.issuer],
    ['MASKINPORTEN_ISSUER', maskinporten.issuer],
    ['ENHETSREGISTERET_URL', registers.enhetsregisteretUrl],
    ['ENHETSREGISTERET_AUTHORISED_URL', registers.enhetsregisteretAuthorisedUrl],
    ['AAREG_URL', registers.aaregUrl],
    ['FOLKEREGISTERET_URL', registers.folkeregisteretUrl],
    ['KRR_URL', registers.krrUrl],
    ['KOFUVI_URL', registers.kofuviUrl],
    ['CARD_ISSUER_URL', registers.cardIssuerUrl],
    ['ACCESS_POINT_URL', registers.accessPointUrl],
    ['CLEANING_REGISTER_URL', registers.cleaningUrl],
    ['CAR_CARE_REGISTER_URL', registers.carCareUrl],
    ['STAFFING_REGISTER_URL', registers.staffingUrl],
    ['ASSIGNMENTS_URL', registers.assignmentsUrl],
    ...(registers.altinnUrl === undefined
      ? []
      : ([['ALTINN_URL', registers.altinnUrl]] satisfies [SettingName, string][])),
  ];
  return services.flatMap(([name, url]) => {
    if (isLoopback(url)) return [`${name} is on this machine, which only a demo may use`];
    return url.startsWith('https://') ? [] : [`${name} must start with https://`];
  });
}

function surfaceRefusals({ origin, allowSynthetic }: Config): string[] {
  return [
    ...(origin.startsWith('https://') ? [] : ['KORTVAKT_ORIGIN must start with https://']),
    ...(allowSynthetic ? ['ALLOW_SYNTHETIC must be no: synthetic people are not people'] : []),
  ];
}

function isDemoSecret(secret: Buffer): boolean {
  return secret.subarray(0, demoMarker.length).toString('latin1') === demoMarker;
}

function isDemoJwk(jwk: PrivateJwk): boolean {
  return isDemoKid(jwk.kid);
}

function isDemoKid(kid: unknown): boolean {
  return typeof kid === 'string' && kid.startsWith(demoPrefix);
}

function hasDemoPassword(url: string): boolean {
  return URL.parse(url)?.password.startsWith(demoPrefix) === true;
}

/** Whether an address names this machine: localhost and its sub-domains, 127.0.0.0/8, ::1, and "any address". */
function isLoopback(url: string): boolean {
  const host = (URL.parse(url)?.hostname ?? '').replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  if (isIP(host) === 4) return host.startsWith('127.') || host === '0.0.0.0';
  return ['::1', '::'].includes(host) || host.startsWith('::ffff:7f');
}
