import { beforeAll, describe, expect, test, vi } from 'vitest';
import accessWords from '../src/access/nb.json' with { type: 'json' };
import { GRANTABLE, type Refusal, type Right } from '../src/access/rules.ts';
import { type Caller, type Fields, idsOf, parametersOf } from './support/route-caller.ts';
import {
  addressOf,
  ANSWERS,
  BUSINESS_ROUTES,
  FOR_VENDORS,
  FORMS,
  isPost,
  NEVER,
  ROUTES,
  type Side,
  type Sided,
  SIDED,
} from './support/route-table.ts';
import { numbers } from './support/route-world.ts';
import { type Kind, missingThings, type Things } from './support/things.ts';
import {
  callerOn,
  differences,
  expectNothing,
  filling,
  grantable,
  inTurns,
  lacks,
  notFound,
  onBusiness,
  type OnBusiness,
  own,
  thingsFor,
  tryRoutes,
  withIds,
  world,
} from './support/tried-routes.ts';

// Each test asks hundreds of routes: on a busy machine that takes a while, and one that is cut off disturbs the next.
vi.setConfig({ testTimeout: 180_000 });

tryRoutes();

/** Of B: what it ordered itself, and what the same vendor ordered for it; and what another vendor ordered for A. */
let others: Things;
let vendorsElsewhere: Things;
let otherVendors: Things;
let stranger: Caller;

beforeAll(async () => {
  const { a, b, fixtures } = world;
  others = await world.things(b);
  vendorsElsewhere = await world.things(b, 'vendor');
  otherVendors = await world.things({ ...a, vendor: world.otherVendor }, 'vendor');
  stranger = await world.caller(await fixtures.person('Fremmed Fugl'));
}, 60_000);

const refusalWords = (refusal: Refusal) => Object.values(accessWords.refusal[refusal]);

/** Whether a page is there for whoever may do what it is for. */
const isThere = (route: string, side: Side) => side === 'vendor' || !FOR_VENDORS.includes(route);

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

/** Just what is enough, each way. */
function justEnough(side: Side, needs: Sided['needs']) {
  return needs.filter((set) => set.every((right) => grantable(side).includes(right)));
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

  test('that a page needs is enough', async () => {
    const missing = missingThings();
    await everyTrial(justEnough, async (trial) => {
      const { side, rights, routes } = trial;
      const expected = (route: string) => {
        if (!isThere(route, side) || route.includes(':draft')) return [404];
        // A file or an archive is its uploader's alone: the officer's, or the vendor's member's.
        if (side === 'own' && /:(?:upload|archive)/u.test(route)) return [404];
        if (!isPost({ route })) return [200, 409];
        return idsOf(route).length > 0 ? [404] : [200, 303, 409, 422];
      };
      const caller = await holderOf(trial);
      const seen = await oneByOne(routes, async (route) => {
        const things = isPost({ route })
          ? { ...thingsFor(side), ...missingIds(route, missing) }
          : thingsFor(side);
        const { status } = await onBusiness({ route, side, caller, things });
        return [route, side, expected(route).includes(status) ? expected(route) : status];
      });
      expect([rights, seen]).toEqual([rights, routes.map((route) => [route, side, expected(route)])]);
    });
  });

  test('is every right for an officer, and each form filled in here does what it is for', async () => {
    const missing = missingThings();
    const seen = await oneByOne(SIDED, async ({ route, side, needs }) => {
      const asked = { route, side, caller: callerOn(side) };
      const things = isPost({ route }) && needs.length > 0 ? await unused(route, side) : thingsFor(side);
      const shown = await shownOn({ ...asked, things });
      const filledWith = { ...filling, version: await contactVersion(), shown };
      const { status } = await onBusiness({ ...asked, things, filledWith });
      const none =
        idsOf(route).length > 0 ? (await onBusiness({ ...asked, things: missing })).status : undefined;
      return [route, side, status, none];
    });
    const expected = SIDED.map(({ route, side, needs }) => {
      const refused = needs.length === 0 ? 403 : isThere(route, side) ? undefined : 404;
      const done = ANSWERS[route] ?? (isPost({ route }) ? 303 : 200);
      const none = idsOf(route).length > 0 ? (refused ?? 404) : undefined;
      return [route, side, refused ?? done, none];
    });
    expect(seen).toEqual(expected);
  }, 90_000);
});

/** The ids of the route alone. */
function missingIds(route: string, missing: Things): Partial<Things> {
  const ids = new Set(Object.values(parametersOf(route, missing)));
  return Object.fromEntries(Object.entries(missing).filter(([, id]) => ids.has(id)));
}

const fresh: { readonly side: Side; readonly things: Things; readonly used: Set<string> }[] = [];

/** Things of which no other route has used those that this one names. */
async function unused(route: string, side: Side): Promise<Things> {
  const isUnused = ({ things, used }: { things: Things; used: Set<string> }) =>
    !Object.values(parametersOf(route, things)).some((id) => used.has(id));
  let found = fresh.find((one) => one.side === side && isUnused(one));
  if (found === undefined) {
    const things = await world.things(world.a, side === 'own' ? 'business' : 'vendor');
    found = { side, things, used: new Set() };
    fresh.push(found);
  }
  for (const id of Object.values(parametersOf(route, found.things))) found.used.add(id);
  return found.things;
}

/** What the page of a form says that it has shown; of pages that say nothing of the kind, `none`. */
async function shownOn(asked: OnBusiness): Promise<string> {
  const route = asked.route.replace('POST', 'GET').replace(/(?<=:recorded)\/record$/u, '');
  const page = route in BUSINESS_ROUTES ? (await onBusiness({ ...asked, route })).text : '';
  return /name="shown" value="([^"]+)"/u.exec(page)?.[1] ?? 'none';
}

async function contactVersion(): Promise<string> {
  const [row] = await world.fixtures.rows<{ version: number }>(
    'select version from contact_details where business_id = $1',
    [world.a.business.id],
  );
  return String(row?.version);
}

// What belongs to others ----------------------------------------------------------------------------------------------------

const linesOf = ({ line, shippedLine, uploadRequest }: Things) => ({ line, shippedLine, uploadRequest });
const ordersOf = ({ order, shippedOrder, unsentOrder }: Things) => ({ order, shippedOrder, unsentOrder });
const uploadsOf = ({ upload }: Things) => ({ upload });
const rowsOf = ({ uploadRow }: Things) => ({ uploadRow });
const archivesOf = ({ photoArchive }: Things) => ({ photoArchive });
const filesOf = ({ photoFile }: Things) => ({ photoFile });
const threadsOf = ({ thread }: Things) => ({ thread });
const attachmentsOf = ({ attachment }: Things) => ({ attachment });

/** For a route with two ids, what each of them may name alone. */
function partsOf(route: string): ((things: Things) => Partial<Things>)[] {
  if (route.includes(':archive')) return [archivesOf, filesOf];
  if (route.includes(':thread')) return [threadsOf, attachmentsOf];
  return route.includes(':upload') ? [uploadsOf, rowsOf] : [linesOf, ordersOf];
}

describe("another's thing", () => {
  /** Asks for each thing and for one that does not exist: the answers must be the same in all but the id. */
  async function expectMissing(
    side: Side,
    caller: Caller,
    foreign: Things,
    headers = {},
    wanted: (route: string) => boolean = () => true,
  ): Promise<void> {
    const mine = thingsFor(side);
    const missing = missingThings();
    const routes = withIds(side).filter(({ route }) => wanted(route));
    const pairs = routes.flatMap(({ route }) => {
      const both = { route, theirs: foreign, nobodys: missing };
      if (idsOf(route).length === 1) return [both];
      // A line of another order, and an order that the line is not of; so too for a row and its file.
      return [
        both,
        ...partsOf(route).map((some) => ({
          route,
          theirs: { ...mine, ...some(foreign) },
          nobodys: { ...mine, ...some(missing) },
        })),
      ];
    });
    const before = await world.snapshot();
    const seen = await inTurns(pairs, async ({ route, theirs, nobodys }) => {
      const asked = { route, side, caller, headers };
      const answer = await onBusiness({ ...asked, things: theirs });
      expect(answer).toEqual(await onBusiness({ ...asked, things: nobodys }));
      return [route, answer.status];
    });
    expect(seen).toEqual(pairs.map(({ route }) => [route, 404]));
    expect(differences(before, await world.snapshot())).toEqual([]);
  }

  test('is to an officer of another business as one that does not exist, also for a program', async () => {
    await expectMissing('own', world.officer, others, { Accept: 'application/json' });
  });

  test('is so also to an officer of both businesses, at the address of the other', async () => {
    await expectMissing('own', world.officerOfBoth, others);
  });

  test.each([
    ['the business made itself', () => own],
    ['another vendor made', () => otherVendors],
    ['the vendor made for another customer', () => vendorsElsewhere],
  ])("is to a vendor's member as one that does not exist: what %s", async (_, foreign) => {
    // A worker is of nobody's making: who sees the list of workers sees them all.
    await expectMissing('vendor', world.member, foreign(), {}, (route) => !route.includes('/:worker/'));
  });

  test.each([
    ['own', 'unit'],
    ['vendor', 'unit'],
    ['own', 'worker'],
    ['vendor', 'worker'],
  ] as const)('is so too on the %s side where the mandate is for another %s', async (side, of) => {
    const { fixtures, a } = world;
    const scope = {
      units: of === 'unit' ? [a.business.otherUnit] : null,
      workers: of === 'worker' ? [own.worker] : null,
    };
    const person = await fixtures.person('Bare Ellers');
    await fixtures.personMandate(a.business, person, a.officer, grantable('own'), scope);
    await fixtures.rows('update mandates set units = $2, workers = $3 where id = $1', [
      a.vendor.mandateId,
      scope.units,
      scope.workers,
    ]);
    const caller = side === 'own' ? await world.caller(person) : world.member;
    // A vendor sees the orders that it made; for other workers they have no lines.
    const reached =
      side === 'vendor' && of === 'worker' ? /:(?:card|line|photo)/u : /:(?:card|invoice|order|photo)/u;
    const listed = (route: string) => of === 'unit' && route.includes('/:worker/');
    await expectMissing(side, caller, thingsFor(side), {}, (route) => reached.test(route) || listed(route));
  });

  /** Where ids stand in a query or in a form: one of them another's, the rest one's own. */
  const within: readonly (readonly [
    route: string,
    kind: Kind,
    asked: (foreign: string) => Pick<OnBusiness, 'query' | 'fields'>,
  ])[] = [
    ['GET /business/access/people/invite', 'worker', (worker) => ({ query: { worker } })],
    ['GET /orders/new', 'unit', (unit) => ({ query: { unit } })],
    ['GET /orders/new', 'worker', (worker) => ({ query: { unit: own.unit, worker } })],
    ['GET /orders/new/confirm', 'unit', (unit) => ({ query: { key: KEY, unit, worker: own.worker } })],
    ['GET /orders/new/confirm', 'worker', (worker) => ({ query: { key: KEY, unit: own.unit, worker } })],
    ['GET /orders/offer', 'vendorMandate', (mandate) => ({ query: { mandate, unit: own.unit } })],
    ['GET /orders/offer', 'unit', (unit) => ({ query: { mandate: own.vendorMandate, unit } })],
    ['POST /business/access/people/invite', 'worker', (worker) => inForm({ worker })],
    ['POST /business/access/vendors/:holder', 'unit', (units) => inForm({ scope: 'some', units })],
    ['POST /business/vendor/customers/:mandate', 'person', (people) => inForm({ people })],
    ['POST /business/vendor/members/new', 'worker', (worker) => inForm({ worker })],
    ['POST /orders/new/confirm', 'unit', (unit) => inForm({ key: KEY, unit })],
    ['POST /orders/new/confirm', 'worker', (worker) => inForm({ key: KEY, worker })],
    ['POST /orders/offer', 'vendorMandate', (mandate) => inForm({ mandate })],
    ['POST /orders/offer', 'unit', (unit) => inForm({ unit })],
    ['POST /orders/offer', 'worker', (worker) => inForm({ worker })],
  ];
  const inForm = (fields: Fields) => ({ fields });

  test('is not reached through a query or a form', async () => {
    const before = await world.snapshot();
    const told = await oneByOne(within, async ([route, kind, asked]) => {
      const ask = async (id: string) => {
        const { query = {}, fields } = asked(id);
        const filled = { ...FORMS[route]?.(own, filling, 'own'), ...fields };
        const asking = { route, side: 'own', caller: world.officerOfBoth, things: own, query } as const;
        return onBusiness({ ...asking, fields: filled, ids: { [kind]: id } });
      };
      return { route, kind, theirs: await ask(others[kind]), nobodys: await ask(missingThings()[kind]) };
    });
    for (const { route, kind, theirs, nobodys } of told)
      expect({ route, kind, ...theirs }).toEqual({ route, kind, ...nobodys });
    const changed = differences(before, await world.snapshot());
    // One's own workers are shown beside.
    expect(changed.filter((table) => table !== 'disclosures')).toEqual([]);
  });
});

const KEY = '01980000-0000-7000-8000-0000000000aa';

// Every kind of hostile request, on every route: tests/routes.slow.test.ts.
describe('a hostile request', () => {
  test('of nobody who is logged in is not read: however much is sent to a business, the answer is to log in', async () => {
    const megabyte = new Uint8Array(1_000_000);
    let read = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (stream) => {
        read += 1;
        if (read > 50) stream.close();
        else stream.enqueue(megabyte);
      },
    });
    const headers = { 'Content-Type': 'multipart/form-data; boundary=x', 'Sec-Fetch-Site': 'same-origin' };
    const address = `${world.origin}/b/${numbers.a}/orders/file/x/photos`;
    const answer = await world.fetch(new Request(address, { method: 'POST', headers, body, duplex: 'half' }));
    expect(answer.status).toBe(303);
    expect(answer.headers.get('Location')).toBe('/login?return=%2Fbusinesses');
    // A stream fills itself up by one before anybody reads it.
    expect(read).toBeLessThanOrEqual(1);
  });

  test('with no id where there should be one finds nothing', async () => {
    await expectNothing(() => ['no-id']);
  });
});
