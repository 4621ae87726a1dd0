import type { Transaction } from '../database/transaction.ts';
import type { Language } from '../kernel/language.ts';
import type { Assets } from './assets.ts';
import type { Navigation } from './navigation.ts';
import type { Seal } from './sealed.ts';

/** What a text may be filled in with: `{{name}}` in the words of nb.json and en.json. */
export type TextValues = Readonly<Record<string, string | number>>;

/** The text of a key, `feature:path.to.text`, in the language of the request. `count` chooses the plural. */
export type Translate = (key: string, values?: TextValues) => string;

/** The texts of the whole service. */
export type Translator = {
  readonly for: (language: Language) => Translate;
  /** Whether the language has a text by that key. */
  readonly has: (language: Language, key: string) => boolean;
};

/** Who is logged in. Read from the database anew for each request, by the identity feature. */
export type SessionInfo = {
  /** SHA-256 of the session's secret, as it is stored; the secret itself stays in the cookie. */
  readonly tokenHash: Buffer;
  readonly personId: string;
  readonly name: string;
  /** ID-porten's level of assurance at login. */
  readonly acr: 'substantial' | 'high';
  /** When the person last proved who they are. */
  readonly authTime: Date;
  /** How much has been told to the person that they have not opened. */
  readonly unread: number;
};

/** The part of pino's logger that the web layer writes to. */
type WebLog = Record<'info' | 'warn' | 'error', (fields: object, message: string) => void>;

/** What is the same for all requests of one process. */
export type WebSettings = {
  readonly assets: Assets;
  readonly navigation: Navigation;
  readonly translator: Translator;
  readonly log: WebLog;
  /** Where browsers reach this service, with no path: `https://kortvakt.no`. */
  readonly publicOrigin: string;
  /** For what an address must not tell. */
  readonly seal: Seal;
};

/** The Hono environment of every page. */
export type AppEnv = {
  Variables: {
    language: Language;
    t: Translate;
    session: SessionInfo | null;
    requestId: string;
    /** The value that a form must send back in the field `_csrf`; empty with no session. */
    csrf: string;
    web: WebSettings;
    /** The headers of every answer, where it is made by `wholeAnswer`. */
    answerHeaders?: Readonly<Record<string, string>>;
    /** The answer that has them already. */
    wholeAnswer?: Response;
    /** How many things wait behind an entry of a menu, by the entry's key; nothing is shown for none. */
    menuCounts?: Readonly<Record<string, number>>;
    /** Reads what the menus of a business's own pages show, in the transaction that a page is read in. */
    aroundOwnPages?: (transaction: Transaction) => Promise<void>;
  };
};
