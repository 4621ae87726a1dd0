import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import accessWords from '../src/access/nb.json' with { type: 'json' };
import { GRANTABLE, grantableRights, type Refusal, type Right, RIGHTS } from '../src/access/rules.ts';
import { uuidv7 } from '../src/kernel/ids.ts';
import webWords from '../src/web/nb.json' with { type: 'json' };
import { people } from '../stand-ins/world.ts';
import { type Answer, type Caller, type Fields, idsOf, parametersOf } from './support/route-caller.ts';
import { numbers, type RouteWorld, startRouteWorld } from './support/route-world.ts';
import { missingThings, proposal, type Things } from './support/things.ts';

/**
 * Who gets further than the door of a route. Routes of a business are in a table of their own: whoever is nobody in that
 * business is answered as if it did not exist.
 */
type Reach = 'public' | 'signed-in';

/** Every route of the application, outside businesses. A route that stands nowhere fails the tests. */
const ROUTES: Readonly<Record<string, Reach>> = {
  'GET /': 'public',
  'GET /assets/*': 'public',
  'GET /b/:business': 'signed-in',
  'GET /businesses': 'signed-in',
  'POST /businesses': 'signed-in',
  'GET /c/:token': 'public',
  'GET /check': 'public',
  'POST /check': 'public',
  'GET /invitations/:token': 'public',
  'POST /invitations/:token': 'signed-in',
  'POST /language': 'public',
  'POST /search': 'public',
  'GET /livez': 'public',
  'GET /logged-out': 'public',
  'GET /login': 'public',
  'POST /login': 'public',
  'GET /login/callback': 'public',
  'GET /login/step-up': 'signed-in',
  'POST /login/step-up': 'signed-in',
  'POST /logout': 'public',
  'POST /logout/backchannel': 'public',
  'GET /logout/frontchannel': 'public',
  'GET /profile': 'signed-in',
  'POST /profile/sessions/end': 'signed-in',
  'GET /readyz': 'public',
};

const SEES_ORDERS = 'orders.read | orders.place | orders.prepare | orders.approve';
const SEES_ITS_ORDERS = 'orders.read | orders.place | orders.prepare';
const ORDERS = 'orders.place | orders.prepare';
const OFFERS = 'workers.read & orders.place';
const BLOCKS = 'cards.block & cards.read';
const ANY = RIGHTS.join(' | ');
const NEVER = '';

/**
 * Every page of a business, with the rights that a person of the business needs for it, and a vendor that acts for the
 * business: each page is there a second time, under `/by/:vendor`. `|` is either, `&` both.
 */
const BUSINESS_ROUTES: Readonly<Record<string, readonly [own: string, vendor: string]>> = {
  'GET /business/access': ['access.manage', NEVER],
  'GET /business/access/invitations/:invitation': ['access.manage', NEVER],
  'GET /business/access/mandates/:mandate/remove': ['access.manage', NEVER],
  'GET /business/access/people': ['access.manage', NEVER],
  'GET /business/access/people/drafts/:draft': ['access.manage', NEVER],
  'GET /business/access/people/invite': ['access.manage', NEVER],
  'GET /business/access/vendor-drafts/:draft': ['access.manage', NEVER],
  'GET /business/access/vendors': ['access.manage', NEVER],
  'GET /business/access/vendors/:holder': ['access.manage', NEVER],
  'GET /business/contact': [ANY, NEVER],
  'GET /business/contact/change': ['contact.change', NEVER],
  'GET /business/vendor': ['access.manage', NEVER],
  'GET /business/vendor/customers/:mandate': ['access.manage', NEVER],
  'GET /business/vendor/members/new': ['access.manage', NEVER],
  'GET /business/vendor/profile': ['agreements.sign', NEVER],
  'GET /cards': ['cards.read', 'cards.read'],
  'GET /cards/:card': ['cards.read', 'cards.read'],
  'GET /cards/:card/block': [BLOCKS, BLOCKS],
  'GET /cards/:card/picture.svg': ['cards.read', 'cards.read & workers.read'],
  'GET /cards/:card/qr.svg': ['cards.read', 'cards.read'],
  'GET /orders': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /orders/:order': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /orders/:order/approve': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /orders/:order/cancel': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /orders/:order/lines/:line/cancel': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /orders/:order/lines/:line/photo': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /orders/new': [ORDERS, ORDERS],
  'GET /orders/new/confirm': [ORDERS, ORDERS],
  'GET /orders/new/look-up': [ORDERS, ORDERS],
  'GET /orders/offer': [OFFERS, NEVER],
  'GET /orders/offer/:offer/withdraw': [OFFERS, NEVER],
  'GET /photos/:photo': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /photos/:photo/thumbnail': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /profile': [ANY, NEVER],
  'POST /business/access/invitations/:invitation': ['access.manage', NEVER],
  'POST /business/access/invitations/:invitation/withdraw': ['access.manage', NEVER],
  'POST /business/access/mandates/:mandate/remove': ['access.manage', NEVER],
  'POST /business/access/people/drafts/:draft': ['access.manage', NEVER],
  'POST /business/access/people/invite': ['access.manage', NEVER],
  'POST /business/access/vendor-drafts/:draft': ['access.manage', NEVER],
  'POST /business/access/vendors/:holder': ['access.manage', NEVER],
  'POST /business/contact/change': ['contact.change', NEVER],
  'POST /business/contact/confirm': ['contact.change', NEVER],
  'POST /business/vendor/customers/:mandate': ['access.manage', NEVER],
  'POST /business/vendor/invitations/:invitation/confirm': ['access.manage', NEVER],
  'POST /business/vendor/invitations/:invitation/withdraw': ['access.manage', NEVER],
  'POST /business/vendor/members/:member/remove': ['access.manage', NEVER],
  'POST /business/vendor/members/new': ['access.manage', NEVER],
  'POST /business/vendor/profile': ['agreements.sign', NEVER],
  'POST /cards/:card/block': [BLOCKS, BLOCKS],
  'POST /orders/:order/approve': ['orders.approve', NEVER],
  'POST /orders/:order/cancel': ['orders.place | orders.approve | orders.prepare', ORDERS],
  'POST /orders/:order/lines/:line/cancel': ['orders.place | orders.approve | orders.prepare', ORDERS],
  'POST /orders/:order/lines/:line/photo': [ORDERS, ORDERS],
  'POST /orders/new/confirm': [ORDERS, ORDERS],
  'POST /orders/new/look-up': [ORDERS, ORDERS],
  'POST /orders/offer': [OFFERS, NEVER],
  'POST /orders/offer/:offer/withdraw': [OFFERS, NEVER],
};

type Side = 'own' | 'vendor';

/** A form of each route that takes one, filled in so that whoever may send it gets what it asks for. */
const FORMS: Readonly<Record<string, (things: Things, filling: Filling, side: Side) => Fields>> = {
  'POST /business/access/invitations/:invitation': () => ({ shown: 'none' }),
  'POST /business/access/invitations/:invitation/withdraw': () => ({}),
  'POST /business/access/mandates/:mandate/remove': () => ({}),
  'POST /business/access/people/drafts/:draft': () => ({}),
  'POST /business/access/people/invite': () => ({
    ...offered(),
    name: 'Invitert Isbjørn',
    email: 'isbjorn@example.no',
    tieReason: 'Fører regnskapet',
  }),
  'POST /business/access/vendor-drafts/:draft': (_, { shown }) => ({ shown, agreement: 'yes', quote: 'yes' }),
  'POST /business/access/vendors/:holder': () => offered(),
  'POST /business/contact/change': (_, { version }) => ({ version, email: 'ny@example.no', language: 'nb' }),
  'POST /business/contact/confirm': (_, { version }) => ({ version, back: 'contact' }),
  'POST /business/vendor/customers/:mandate': () => ({ people: [] }),
  'POST /business/vendor/invitations/:invitation/confirm': () => ({}),
  'POST /business/vendor/invitations/:invitation/withdraw': () => ({}),
  'POST /business/vendor/members/:member/remove': () => ({}),
  'POST /business/vendor/members/new': () => ({ name: 'Ny Nattergal', email: 'nattergal@example.no' }),
  'POST /business/vendor/profile': () => ({ fee: '99', agreement: 'yes', terms: 'yes' }),
  'POST /cards/:card/block': () => ({ reason: 'lost' }),
  'POST /orders/:order/approve': () => ({}),
  'POST /orders/:order/cancel': () => ({}),
  'POST /orders/:order/lines/:line/cancel': () => ({}),
  'POST /orders/:order/lines/:line/photo': ({ line }, { photo }) => ({ [`photo-${line}`]: photo }),
  'POST /orders/new/confirm': ({ unit, worker, offered: known }, _, side) => ({
    key: uuidv7(),
    unit,
    worker: side === 'own' ? worker : known,
    ...{ recipient: 'Anlegget', street: 'Torget 1', postalCode: '0150', place: 'Oslo' },
  }),
  'POST /orders/new/look-up': () => ({ number: people.ailuCahcesuolu, surname: 'Čáhcesuolu' }),
  'POST /orders/offer': ({ vendorMandate, unit, worker }) => ({ mandate: vendorMandate, unit, worker }),
  'POST /orders/offer/:offer/withdraw': () => ({}),
};

/** What the forms are filled in with that is no id. */
interface Filling {
  /** Of everything that may change between the preview of the vendor's draft and its confirmation. */
  readonly shown: string;
  /** Of the contact details. */
  readonly version: string;
  readonly photo: File;
}

function offered() {
  const { rights, lastDay, purpose } = proposal();
  return { rights, scope: 'all', lastDay, purpose };
}

interface Sided {
  readonly route: string;
  readonly side: Side;
  /** Sets of rights, each of which is enough. */
  readonly needs: readonly (readonly Right[])[];
}

/** Each page of a business twice: for the business itself and for a vendor. */
const SIDED: readonly Sided[] = (['own', 'vendor'] as const).flatMap((side) =>
  Object.entries(BUSINESS_ROUTES).map(([route, [own, vendor]]) => ({
    route,
    side,
    needs: read(side === 'own' ? own : vendor),
  })),
);

function read(needs: string): Right[][] {
  if (needs === NEVER) return [];
  return needs.split(' | ').map((set) =>
    set.split(' & ').map((name) => {
      const right = RIGHTS.find((one) => one === name);
      if (right === undefined) throw new Error(`There is no right ${name}.`);
      return right;
    }),
  );
}

const addressOf = (route: string, side: Side) =>
  route.replace(' /', side === 'own' ? ' /b/:business/' : ' /b/:business/by/:vendor/');

// The world -------------------------------------------------------------------------------------------------------------

let world: RouteWorld;
/** Of A: what it ordered itself, and what its vendor ordered for it. */
let own: Things;
let vendors: Things;
let filling: Filling;
let stranger: Caller;

beforeAll(async () => {
  world = await startRouteWorld(grantableRights('vendor'));
  const { a, fixtures, officerOfBoth } = world;
  own = await world.things(a);
  vendors = await world.things(a, 'vendor');
  stranger = await world.caller(await fixtures.person('Fremmed Fugl'));
  const portrait = sharp({ create: { width: 300, height: 400, channels: 3, background: '#8899aa' } });
  const photo = new File([new Uint8Array(await portrait.jpeg().toBuffer())], 'a.jpg', { type: 'image/jpeg' });
  const draft = await onBusiness({
    route: 'GET /business/access/vendor-drafts/:draft',
    side: 'own',
    caller: officerOfBoth,
    things: own,
  });
  const shown = /name="shown" value="([^"]+)"/u.exec(draft.text)?.[1] ?? '';
  filling = { shown, version: '1', photo };
}, 60_000);
beforeEach(() => world.setVendorRights(grantable('vendor')));
afterAll(async () => {
  await world.stop();
});

interface OnBusiness extends Pick<Sided, 'route' | 'side'> {
  readonly caller: Caller | undefined;
  readonly things: Things;
  readonly business?: string;
  readonly vendor?: string;
  readonly fields?: Fields;
  readonly csrf?: string | null;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** More that two answers may differ in. */
  readonly ids?: Readonly<Record<string, string>>;
}

/** Asks a route of a business, A unless said otherwise, with the ids of these things and the form filled in. */
function onBusiness(asked: OnBusiness): Promise<Answer> {
  const { route, side, things, business = numbers.a, vendor = numbers.vendor, ids = {}, ...rest } = asked;
  const parameters = parametersOf(route, things);
  return world.ask(
    {
      ...rest,
      route: addressOf(route, side),
      parameters: { business, vendor, ...parameters },
      fields: asked.fields ?? FORMS[route]?.(things, filling, side),
    },
    { business, ...parameters, ...ids },
  );
}

/** The texts that an answer does not show. */
const lacks = (answer: Answer, texts: readonly string[]) =>
  texts.filter((text) => !answer.text.includes(text));
const refusalWords = (refusal: Refusal) => Object.values(accessWords.refusal[refusal]);
const notFound = webWords.problem.notFound;

/** What comes of each, some at a time: a request waits for the database most of the time. */
async function inTurns<T, R>(list: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = list.entries();
  const turn = async () => {
    for (const [index, one] of waiting) results[index] = await work(one);
  };
  await Promise.all(Array.from({ length: 6 }, turn));
  return results;
}

const grantable = (side: Side) => grantableRights(side === 'own' ? 'person' : 'vendor');

/** The tables in which two snapshots differ. */
function differences(before: Record<string, string | null>, after: Record<string, string | null>): string[] {
  return Object.keys(after)
    .filter((table) => before[table] !== after[table])
    .sort();
}

const isPost = ({ route }: Pick<Sided, 'route'>) => route.startsWith('POST ');
const thingsFor = (side: Side) => (side === 'own' ? own : vendors);

describe('every route', () => {
  test('stands in the table', () => {
    const found = world.world.apps
      .flatMap((app) => app.routes)
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path}`);
    const businessPages = SIDED.map(({ route, side }) => addressOf(route, side));
    expect([...new Set(found)].sort()).toEqual([...Object.keys(ROUTES), ...businessPages].sort());
  });

  test('of a business that takes a form has one filled in here', () => {
    const posts = Object.keys(BUSINESS_ROUTES).filter((route) => route.startsWith('POST '));
    expect(Object.keys(FORMS).sort()).toEqual(posts.sort());
  });

  test('asks of a vendor for nothing that no vendor may have', () => {
    const needed = SIDED.filter(({ side }) => side === 'vendor').flatMap(({ needs }) => needs.flat());
    expect(needed.filter((right) => GRANTABLE[right].vendor === 'never')).toEqual([]);
  });

  test('of a signed-in person sends whoever has no session to the login', async () => {
    const signedIn = Object.keys(ROUTES).filter((route) => ROUTES[route] === 'signed-in');
    const asked = [
      ...SIDED.map(
        ({ route, side }) =>
          () =>
            onBusiness({ route, side, caller: undefined, things: own }),
      ),
      ...signedIn.map((route) => () => world.ask({ route, parameters: { business: numbers.a } })),
    ];
    const answers = await inTurns(asked, (ask) => ask());
    const led = answers.map(({ status, headers }) => [status, headers['location']?.split('?')[0]]);
    expect(led).toEqual(asked.map(() => [303, '/login']));
  });

  test('that changes something refuses a form that no page of the session sent, and does nothing', async () => {
    const before = await world.snapshot();
    const audited = () => world.fixtures.rows('select count(*)::int as n from audit_entries');
    const entries = await audited();
    const outside = Object.keys(ROUTES).filter((route) => route.startsWith('POST '));
    const forgeries = [
      { csrf: null },
      { csrf: world.member.csrf },
      { headers: { 'Sec-Fetch-Site': 'cross-site' } },
      { csrf: null, query: { _csrf: world.officer.csrf } },
    ];
    for (const forgery of forgeries) {
      const forged = { caller: world.officer, ...forgery };
      const seen = [
        ...(await inTurns(SIDED.filter(isPost), async ({ route, side }) => {
          const { status } = await onBusiness({ route, side, things: own, ...forged });
          return [addressOf(route, side), status];
        })),
        ...(await inTurns(outside, async (route) => [route, (await world.ask({ route, ...forged })).status])),
      ];
      // The issuer's own servers send it, and it proves itself: here it does not.
      const expected = (route: unknown) => (route === 'POST /logout/backchannel' ? 400 : 403);
      expect(seen).toEqual(seen.map(([route]) => [route, expected(route)]));
    }
    expect(await audited()).toEqual(entries);
    expect(differences(before, await world.snapshot())).toEqual([]);
  });
});

describe('a route of a business', () => {
  test('answers an outsider exactly as for a business that does not exist, whatever the form', async () => {
    const before = await world.snapshot();
    const missing = missingThings();
    const asked = [...SIDED, ...SIDED.filter(isPost).map((sided) => ({ ...sided, fields: {} }))];
    const seen = await inTurns(asked, async ({ needs: _, ...one }) => {
      const theirs = await onBusiness({ ...one, caller: stranger, things: thingsFor(one.side) });
      const nobodys = { ...one, caller: stranger, things: missing, business: numbers.missing };
      expect(theirs).toEqual(await onBusiness(nobodys));
      return [one.route, one.side, theirs.status, lacks(theirs, [notFound.title])];
    });
    expect(seen).toEqual(asked.map(({ route, side }) => [route, side, 404, []]));
    expect(differences(before, await world.snapshot())).toEqual([]);
  });

  test.each(['own', 'vendor'] as const)(
    'is as missing for whoever is somebody elsewhere alone: %s side',
    async (side) => {
      const { fixtures, a, b } = world;
      const person = await fixtures.person('Annensteds And');
      // With every right in another business; a member of the vendor whom nobody has set up.
      if (side === 'own') await fixtures.personMandate(b.business, person, b.officer, grantable('own'));
      else await fixtures.member({ ...a.business, id: a.vendor.id }, person, a.officer);
      const caller = await world.caller(person);
      const before = await world.snapshot();
      const nowhere = { route: 'GET /orders', side, caller, things: own, business: numbers.missing };
      const nothing = await onBusiness(nowhere);
      const routes = SIDED.filter((one) => one.side === side);
      const seen = await inTurns(routes, async ({ route }) => {
        return [route, await onBusiness({ route, side, caller, things: thingsFor(side) })];
      });
      expect(seen).toEqual(routes.map(({ route }) => [route, nothing]));
      expect(nothing.status).toBe(404);
      expect(differences(before, await world.snapshot())).toEqual([]);
    },
  );

  test('tells whoever had a mandate that it was removed, and nothing else', async () => {
    const { fixtures, a, officer } = world;
    const formerVendor = await fixtures.business();
    const formerMember = await fixtures.person('Forhenværende Fink');
    await fixtures.vendorProfile(formerVendor, a.officer);
    await fixtures.member(formerVendor, formerMember, a.officer);
    const people = { by: a.officer, vendorOfficer: a.officer, member: formerMember };
    const formerly = await fixtures.vendorMandate(a.business, formerVendor, people, grantable('vendor'));
    const formerPerson = await world.personWith(grantable('own'));
    const former = { own: formerPerson.caller, vendor: await world.caller(formerMember) };
    const asking = (side: Side) => ({ side, caller: former[side], vendor: formerVendor.number });
    for (const side of ['own', 'vendor'] as const) {
      const open = await onBusiness({ ...asking(side), route: 'GET /orders', things: own });
      expect(open.status).toBe(200);
    }
    const route = 'POST /business/access/mandates/:mandate/remove';
    for (const mandate of [formerPerson.mandateId, formerly.id]) {
      const removed = await onBusiness({ route, side: 'own', caller: officer, things: { ...own, mandate } });
      expect(removed.status).toBe(303);
    }
    const before = await world.snapshot();
    const missing = missingThings();
    const seen = await inTurns(SIDED, async (sided) => {
      const asked = { ...asking(sided.side), route: sided.route };
      const real = await onBusiness({ ...asked, things: thingsFor(sided.side) });
      if (idsOf(sided.route).length > 0)
        expect(await onBusiness({ ...asked, things: missing })).toEqual(real);
      return [sided.route, sided.side, real.status, lacks(real, refusalWords('mandate-ended'))];
    });
    expect(seen).toEqual(SIDED.map((sided) => [sided.route, sided.side, 403, []]));
    expect(differences(before, await world.snapshot())).toEqual([]);
  });
});

// Rights ------------------------------------------------------------------------------------------------------------------

/** Routes that somebody with these rights is to try. */
interface Trial {
  readonly side: Side;
  readonly rights: readonly Right[];
  readonly routes: readonly string[];
}

function trials(
  side: Side,
  of: (side: Side, needs: Sided['needs']) => readonly (readonly Right[])[],
): Trial[] {
  const byRights = new Map<string, Trial>();
  for (const { route, needs } of SIDED.filter((one) => one.side === side)) {
    for (const rights of of(side, needs)) {
      const key = [...rights].sort().join();
      byRights.set(key, { side, rights, routes: [...(byRights.get(key)?.routes ?? []), route] });
    }
  }
  return [...byRights.values()];
}

/** All that can be given but just so much that nothing that a route needs is whole. */
function allBut(side: Side, needs: Sided['needs']): Right[][] {
  const without = needs.reduce<Right[][]>(
    (sets, need) => sets.flatMap((set) => need.map((right) => [...set, right])),
    [[]],
  );
  const rest = without.map((out) => grantable(side).filter((right) => !out.includes(right)));
  return rest.filter((rights) => rights.length > 0);
}

/** Somebody who has these rights and no others. */
async function holderOf({ side, rights }: Pick<Trial, 'side' | 'rights'>): Promise<Caller> {
  if (side === 'own') return (await world.personWith(rights)).caller;
  await world.setVendorRights(rights);
  return world.member;
}

/** What each comes to, one after another. */
async function oneByOne<T, R>(list: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const one of list) results.push(await work(one));
  return results;
}

/** The vendor's side has one mandate, which its trials take turns with. */
async function everyTrial(of: Parameters<typeof trials>[1], work: (trial: Trial) => Promise<void>) {
  await inTurns(trials('own', of), work);
  for (const trial of trials('vendor', of)) await work(trial);
}

async function refusalsOf(caller: Caller): Promise<number> {
  const [row] = await world.fixtures.rows<{ n: number }>(
    `select count(*)::int as n from audit_entries where decision = 'refused'
       and actor_person_id = (select person_id from sessions where token_hash = $1)`,
    [caller.tokenHash],
  );
  return row?.n ?? 0;
}

/** Each route of the trial refuses, whatever the form, says why, and writes each refusal down. */
async function expectRefused(
  trial: Trial,
  caller: Caller,
  headers: OnBusiness['headers'] = {},
): Promise<void> {
  const { side, rights, routes } = trial;
  const forms = (route: string) => (isPost({ route }) ? [{}, { fields: {} }] : [{}]);
  const seen = await oneByOne(routes, async (route) => {
    const before = await refusalsOf(caller);
    const never = BUSINESS_ROUTES[route]?.[1] === NEVER && side === 'vendor';
    const words = refusalWords(never ? 'never-for-vendor' : 'right-not-given');
    const answers = await oneByOne(forms(route), async (form) => {
      const answer = await onBusiness({ route, side, caller, things: thingsFor(side), headers, ...form });
      return [answer.status, lacks(answer, words)];
    });
    return [route, side, answers, (await refusalsOf(caller)) - before];
  });
  const expected = routes.map((route) => [
    route,
    side,
    forms(route).map(() => [403, []]),
    forms(route).length,
  ]);
  expect([rights, seen]).toEqual([rights, expected]);
}

describe('a right', () => {
  test.each([
    ['own', 'a person', {}],
    ['vendor', 'a program', { Accept: 'application/json' }],
  ] as const)('that no page needs opens none: %s side, %s is told why', async (side, _, headers) => {
    const useless = SIDED.filter((one) => one.side === side && !one.needs.flat().includes('invoices.read'));
    const trial: Trial = { side, rights: ['invoices.read'], routes: useless.map(({ route }) => route) };
    const caller = await holderOf(trial);
    const before = await world.snapshot();
    await expectRefused(trial, caller, headers);
    expect(differences(before, await world.snapshot())).toEqual([]);
  });

  test('that a page needs is missed among all the others', async () => {
    await everyTrial(allBut, async (trial) => expectRefused(trial, await holderOf(trial)));
  });
});
