import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { grantableRights } from '../../src/access/rules.ts';
import { drawDocument, drawPortrait } from '../../src/demo-portrait.ts';
import webWords from '../../src/web/nb.json' with { type: 'json' };
import { type Answer, type Caller, type Fields, idsOf, parametersOf } from './route-caller.ts';
import { addressOf, type Filling, FORMS, type Side, type Sided, SIDED } from './route-table.ts';
import { numbers, type RouteWorld, startRouteWorld } from './route-world.ts';
import type { Things } from './things.ts';
import { zip } from './zip.ts';

/** The world of the test file that tries the routes, once `tryRoutes` has begun. */
export let world: RouteWorld;
/** Of A: what it ordered itself, and what its vendor ordered for it. */
export let own: Things;
let vendors: Things;
export let filling: Filling;

/** Has the test file's routes tried in a world of their own, in which A's vendor has every right before each test. */
export function tryRoutes(): void {
  beforeAll(async () => {
    world = await startRouteWorld(grantableRights('vendor'));
    own = await world.things(world.a);
    vendors = await world.things(world.a, 'vendor');
    const jpeg = (bytes: Buffer) => new File([new Uint8Array(bytes)], 'a.jpg', { type: 'image/jpeg' });
    filling = {
      shown: 'none',
      version: '1',
      photo: jpeg(await drawPortrait('Kort Holder')),
      document: jpeg(await drawDocument('Kort Holder')),
      file: new File(['fnr;navn\n'], 'ansatte.csv'),
      archive: new File([new Uint8Array(zip([{ name: 'a.jpg', content: 'x' }]))], 'bilder.zip'),
      pdf: new File(['%PDF-1.7 %%EOF'], 'avtale.pdf'),
    };
  }, 60_000);
  beforeEach(() => world.setVendorRights(grantable('vendor')));
  afterAll(() => world.stop());
}

export interface OnBusiness extends Pick<Sided, 'route' | 'side'> {
  readonly caller: Caller | undefined;
  readonly things: Things;
  readonly business?: string;
  readonly vendor?: string;
  readonly fields?: Fields;
  /** Fills the form in instead of the file's own. */
  readonly filledWith?: Filling;
  readonly csrf?: string | null;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Stands in the address instead of a thing's id. */
  readonly written?: Readonly<Record<string, string>>;
  /** More that two answers may differ in. */
  readonly ids?: Readonly<Record<string, string>>;
}

/** Asks a route of a business, A unless said otherwise, with the ids of these things and the form filled in. */
export async function onBusiness(asked: OnBusiness): Promise<Answer> {
  const {
    route,
    side,
    things,
    business = numbers.a,
    vendor = numbers.vendor,
    ids = {},
    filledWith = filling,
    ...rest
  } = asked;
  const parameters = { ...parametersOf(route, things), ...asked.written };
  const answer = await world.ask(
    {
      ...rest,
      route: addressOf(route, side),
      parameters: { business, vendor, ...parameters },
      fields: asked.fields ?? FORMS[route]?.(things, filledWith, side),
    },
    { business, ...parameters, ...ids },
  );
  // A stop of everyone would be the end of all that is tried after it.
  if (route === 'POST /business/access/stop') {
    await world.fixtures.rows('delete from freezes where vendor_id is null');
  }
  return answer;
}

/** The texts that an answer does not show. */
export const lacks = (answer: Answer, texts: readonly string[]) =>
  texts.filter((text) => !answer.text.includes(text));
export const notFound = webWords.problem.notFound;

/** What comes of each, some at a time: a request waits for the database most of the time. */
export async function inTurns<T, R>(list: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = list.entries();
  const turn = async () => {
    for (const [index, one] of waiting) results[index] = await work(one);
  };
  await Promise.all(Array.from({ length: 6 }, turn));
  return results;
}

export const grantable = (side: Side) => grantableRights(side === 'own' ? 'person' : 'vendor');

/** The tables in which two snapshots differ. */
export function differences(
  before: Record<string, string | null>,
  after: Record<string, string | null>,
): string[] {
  return Object.keys(after)
    .filter((table) => before[table] !== after[table])
    .sort();
}

export const thingsFor = (side: Side) => (side === 'own' ? own : vendors);
export const callerOn = (side: Side) => (side === 'own' ? world.officerOfBoth : world.member);

/** Routes with an id that somebody of that side may get to. */
export const withIds = (side: Side) =>
  SIDED.filter((one) => one.side === side && one.needs.length > 0 && idsOf(one.route).length > 0);

/** That A's officer and the vendor's member find nothing where `written` stands in the address instead of an id, and change nothing. */
export async function expectNothing(
  written: (side: Side, name: string, real: string) => readonly string[],
): Promise<void> {
  const before = await world.snapshot();
  const asked = (['own', 'vendor'] as const).flatMap((side) =>
    withIds(side).flatMap(({ route }) =>
      idsOf(route).flatMap((name) => {
        const real = parametersOf(route, thingsFor(side))[name] ?? '';
        return written(side, name, real).map((id) => ({ route, side, name, id }));
      }),
    ),
  );
  const shown = (id: string) => id.slice(0, 50);
  const seen = await inTurns(asked, async ({ route, side, name, id }) => {
    const asking = { route, side, caller: callerOn(side), things: thingsFor(side) };
    const answer = await onBusiness({ ...asking, written: { [name]: id } });
    return [route, side, name, shown(id), answer.status, lacks(answer, [notFound.title])];
  });
  expect(seen).toEqual(asked.map(({ route, side, name, id }) => [route, side, name, shown(id), 404, []]));
  expect(differences(before, await world.snapshot())).toEqual([]);
}
