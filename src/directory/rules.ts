import type { SecurityAnswer } from '../vendors/index.ts';
/** Where an answer of the self-check leads to: what mends it. */
export type Mend = 'access' | 'contact' | 'agreements' | 'costs' | 'sessions' | 'directory' | 'report';

export const ANSWERS = ['yes', 'no', 'unsure'] as const;
export type Answer = (typeof ANSWERS)[number];

interface Question {
  readonly key: string;
  /** The answer with which there is nothing to mend; every other one leads to `mends`. */
  readonly fine: 'yes' | 'no';
  readonly mends: readonly Mend[];
  /** What the question is built on: words under `directory:check.source.*`. */
  readonly source: 'login' | 'authorisation' | 'costs' | 'privacy' | 'who' | 'advice';
}

/** The ten questions of the self-check, in the order in which they are asked. Their words are under `directory:check.<key>`. */
export const QUESTIONS = [
  { key: 'shared', fine: 'no', mends: ['sessions', 'report'], source: 'login' },
  { key: 'loginPage', fine: 'no', mends: ['report', 'sessions'], source: 'login' },
  { key: 'person', fine: 'no', mends: ['access'], source: 'authorisation' },
  { key: 'workers', fine: 'yes', mends: ['access'], source: 'authorisation' },
  { key: 'everyone', fine: 'yes', mends: ['access'], source: 'who' },
  { key: 'contact', fine: 'yes', mends: ['contact'], source: 'who' },
  { key: 'agreement', fine: 'yes', mends: ['agreements'], source: 'privacy' },
  { key: 'security', fine: 'yes', mends: ['agreements'], source: 'advice' },
  { key: 'breakdown', fine: 'yes', mends: ['costs', 'directory'], source: 'costs' },
  { key: 'liable', fine: 'yes', mends: ['costs'], source: 'costs' },
] as const satisfies readonly Question[];

export type QuestionKey = (typeof QUESTIONS)[number]['key'];
export type Answers = Readonly<Record<QuestionKey, Answer>>;

/** What has to be mended, in the order of the questions; what one does not know counts as what has to be. */
export function toMend(answers: Answers): (typeof QUESTIONS)[number][] {
  return QUESTIONS.filter(({ key, fine }) => answers[key] !== fine);
}

/** Fewest of anything that a number of the directory is shown of; the database leaves out the others. */
export const FEWEST = 10;

export const SORTS = ['name', 'fee'] as const;
export type Sort = (typeof SORTS)[number];

/** One vendor as anybody sees it; undefined is what there is too little of to show. Fees are øre per card without VAT. */
export interface ListedVendor {
  readonly organisationNumber: string;
  readonly name: string;
  readonly form: string;
  readonly vatRegistered: boolean;
  readonly registeredAt: Date;
  readonly feeOre: number;
  readonly customers: number | undefined;
  readonly orders: number | undefined;
  readonly medianDays: number | undefined;
  readonly rejectedPercent: number | undefined;
  readonly fees: { readonly least: number; readonly median: number; readonly most: number } | undefined;
  readonly refused: number | undefined;
  readonly complaints: number | undefined;
  /** When the numbers were counted; undefined for a vendor that came after that. */
  readonly countedAt: Date | undefined;
}

export const REPORT_STATES = ['new', 'working', 'answered'] as const;
export type ReportState = (typeof REPORT_STATES)[number];

/**
 * The domain of what was written as an address or a domain, as browsers name it (in ASCII), to be listed as a look-alike;
 * undefined for what names none, and for our own host and what it lies under.
 */
export function lookAlikeDomain(text: string, ownOrigin: string): string | undefined {
  const host = URL.parse(/^https?:/iu.test(text) ? text : `https://${text}`)?.hostname.replace(/\.$/u, '');
  if (
    host === undefined ||
    host.length > 253 ||
    !/^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]+$/u.test(host)
  ) {
    return undefined;
  }
  const own = new URL(ownOrigin).hostname;
  return own === host || own.endsWith(`.${host}`) ? undefined : host;
}

/** What a case officer does to a report. */
export type Handling = 'take' | 'note' | 'vendor' | 'answer';

/** Why that cannot be done in the state that the report is in; undefined when it can. */
export function handlingProblem(state: ReportState, handling: Handling): 'answered' | 'taken' | undefined {
  if (handling === 'note') return undefined;
  if (state === 'answered') return 'answered';
  return handling === 'take' && state === 'working' ? 'taken' : undefined;
}

/** One vendor as anybody may know it. */
export interface VendorProfile {
  readonly organisationNumber: string;
  readonly name: string;
  readonly form: string;
  readonly vatRegistered: boolean;
  readonly bankrupt: boolean;
  readonly dissolved: boolean;
  /** By the authority. */
  readonly barred: boolean;
  /** When the register was asked. */
  readonly readAt: Date;
  readonly registeredAt: Date;
  readonly agreementVersion: string;
  readonly feeOre: number;
  readonly officers: readonly { readonly name: string; readonly role: string }[];
  readonly subProcessors: readonly {
    readonly name: string;
    readonly country: string;
    readonly purpose: string;
  }[];
  readonly answers: readonly SecurityAnswer[];
}
