import type { Hono } from 'hono';
import { loadAssets } from '../../src/web/assets.ts';
import type { AppEnv, SessionInfo } from '../../src/web/context.ts';
import { createTranslator, type Resources } from '../../src/web/languages.ts';
import { csrfToken } from '../../src/web/security.ts';
import { createWebApp } from '../../src/web/web.ts';
import type { SmallPerson } from './small-world.ts';

const SECRET = 'a secret for the tests alone';
const ORIGIN = 'https://kortvakt.test';

/** An answer of a page, read. */
export interface Answered {
  readonly status: number;
  readonly location: string | null;
  readonly text: string;
}

/** Calls pages as a logged-in person does, without a browser: links are read, forms are posted with their token. */
export interface PageCaller {
  get(person: SmallPerson | undefined, path: string): Promise<Answered>;
  post(
    person: SmallPerson | undefined,
    path: string,
    fields: Readonly<Record<string, string | readonly string[]>>,
  ): Promise<Answered>;
  /** Sends the search form of a page, with its other fields, and follows it to what is found. */
  search(
    person: SmallPerson,
    path: string,
    text: string,
    fields?: Readonly<Record<string, string | readonly string[]>>,
  ): Promise<Answered>;
  /** As `post`, with one file. */
  upload(
    person: SmallPerson | undefined,
    path: string,
    field: string,
    file: File,
    fields?: Readonly<Record<string, string>>,
  ): Promise<Answered>;
}

/** The pages given, with everything that the web layer puts around them. A text that is missing fails the test. */
export async function createPageCaller(
  resources: Resources,
  mount: (app: Hono<AppEnv>) => void,
  language: 'nb' | 'en' = 'en',
): Promise<PageCaller> {
  const people = new Map<string, SmallPerson>();
  const app = createWebApp({
    assets: await loadAssets(),
    translator: createTranslator(resources, (missing, key) => {
      throw new Error(`No ${missing} text by the key ${key}`);
    }),
    navigation: {
      home: '/',
      login: '/login',
      logout: '/logout',
      chooseBusiness: '/businesses',
      ownMessages: '/profile/messages',
      ownCards: '/my-cards',
      check: '/check',
      userProfile: () => '/profile',
      topMenu: () => [],
      sideMenu: () => [],
    },
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: (fields) => {
        throw 'err' in fields ? fields.err : new Error('A page failed.');
      },
    },
    publicOrigin: ORIGIN,
    issuerOrigin: 'https://issuer.test',
    csrfSecret: SECRET,
    readSession: (c) => Promise.resolve(sessionOf(people.get(c.req.header('x-test-person') ?? ''))),
  });
  mount(app);
  const headers = (person: SmallPerson | undefined): Record<string, string> => {
    if (person) people.set(person.id, person);
    return {
      'Accept-Language': language,
      'Sec-Fetch-Site': 'same-origin',
      ...(person ? { 'x-test-person': person.id } : {}),
    };
  };
  const get: PageCaller['get'] = async (person, path) =>
    read(await app.request(ORIGIN + path, { headers: headers(person) }));
  const post: PageCaller['post'] = async (person, path, fields) => {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) {
      for (const each of [value].flat()) body.append(name, each);
    }
    if (person) body.append('_csrf', csrfToken(SECRET, { tokenHash: person.tokenHash }));
    return read(await app.request(ORIGIN + path, { method: 'POST', headers: headers(person), body }));
  };
  return {
    get,
    post,
    search: async (person, path, text, fields = {}) => {
      const sent = await post(person, '/search', { ...fields, to: path, q: text });
      return get(person, sent.location ?? path);
    },
    upload: async (person, path, field, file, fields = {}) => {
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.append(name, value);
      body.append(field, file);
      if (person) body.append('_csrf', csrfToken(SECRET, { tokenHash: person.tokenHash }));
      return read(await app.request(ORIGIN + path, { method: 'POST', headers: headers(person), body }));
    },
  };
}

function sessionOf(person: SmallPerson | undefined): SessionInfo | null {
  if (!person) return null;
  const { id, name, tokenHash } = person;
  return { tokenHash, personId: id, name, acr: 'high', authTime: new Date(), unread: 0 };
}

async function read(response: Response): Promise<Answered> {
  return {
    status: response.status,
    location: response.headers.get('location'),
    text: await response.text(),
  };
}
