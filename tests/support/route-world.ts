import { publishVendorProfile } from '../../src/vendors/index.ts';
import { organisations } from '../../stand-ins/world.ts';
import { type FixtureBusiness, type FixturePerson, Fixtures } from './fixtures.ts';
import {
  type Answer,
  type Asked,
  type Caller,
  callerOf,
  readAnswer,
  requestOf,
  snapshot,
} from './route-caller.ts';
import { valueOf } from './steps.ts';
import { makeThings, type Owner, type Things } from './things.ts';
import { startWorld, type World } from './world.ts';

/** The organisation numbers of the businesses that the routes are tried on. */
export const numbers = {
  a: organisations.blueHammer,
  b: organisations.cleaning,
  /** Has a mandate of both. */
  vendor: organisations.cheapVendor,
  otherVendor: organisations.dearVendor,
  missing: '310000337',
} as const;

/** Two businesses that are vendors themselves and have given a third a mandate, with people in every relation to them. */
export interface RouteWorld {
  readonly world: World;
  readonly fixtures: Fixtures;
  /** Who proves to us who people are. */
  readonly issuer: string;
  /** Where the application is, `http://localhost:…`. */
  readonly origin: string;
  readonly a: Owner;
  readonly b: Owner;
  /** Another vendor of A. */
  readonly otherVendor: Owner['vendor'];
  /** An officer of A alone. */
  readonly officer: Caller;
  /** An officer of A and of B, who made the things. */
  readonly officerOfBoth: Caller;
  /** A member of the vendor, set up on the mandates of A and B. */
  readonly member: Caller;
  /** The member's person. */
  readonly memberPerson: FixturePerson;
  /** Asks the application itself; what is named in `ids` stands in the answer by its name. */
  ask(asked: Asked, ids?: Readonly<Record<string, string>>): Promise<Answer>;
  fetch(request: Request): Promise<Response>;
  caller(person: FixturePerson): Promise<Caller>;
  /** New things of A or B. */
  things(owner: Owner, by?: 'business' | 'vendor'): Promise<Things>;
  /** Somebody with a mandate of A with these rights and no other tie to anybody. */
  personWith(rights: readonly string[]): Promise<{ readonly caller: Caller; readonly mandateId: string }>;
  /** Gives the vendor's mandate of A these rights instead of those that it has, for everybody in the business. */
  setVendorRights(rights: readonly string[]): Promise<void>;
  snapshot(): Promise<Record<string, string | null>>;
  stop(): Promise<void>;
}

export async function startRouteWorld(vendorRights: readonly string[]): Promise<RouteWorld> {
  const world = await startWorld({ jobs: false });
  const [app] = world.apps;
  if (!app) throw new Error('No application.');
  const { services } = app;
  const fixtures = Fixtures.in(world.database);
  const deps = {
    database: services.database,
    notify: services.notify,
    publicOrigin: world.origin,
    agreements: services.agreements,
  };
  const both = await fixtures.person('Begge Bever');
  const vendorOfficer = await fixtures.person('Leverende Lirype');
  const memberPerson = await fixtures.person('Medvirkende Måke');
  const businesses = new Map<string, FixtureBusiness>();
  for (const number of [numbers.a, numbers.b, numbers.vendor, numbers.otherVendor]) {
    const business = await knownBusiness(fixtures, number);
    businesses.set(number, business);
    const person = number === numbers.a || number === numbers.b ? both : vendorOfficer;
    await fixtures.officer(business, person);
    const acting = { tokenHash: person.tokenHash, business: number };
    valueOf(await publishVendorProfile(deps, acting, { feeOre: 9900 }));
  }
  const business = (number: string): FixtureBusiness => {
    const found = businesses.get(number);
    if (!found) throw new Error(`${number} is not in the world.`);
    return found;
  };
  await fixtures.member(business(numbers.vendor), memberPerson, vendorOfficer);
  const third = await fixtures.business();
  await fixtures.vendorProfile(third, vendorOfficer);
  businesses.set(third.number, third);
  const mandated = async (of: string, to: string): Promise<Owner['vendor']> => {
    const people = { by: both, vendorOfficer, member: memberPerson };
    const { id } = await fixtures.vendorMandate(business(of), business(to), people, vendorRights);
    return { id: business(to).id, number: to, mandateId: id };
  };
  const owner = async (number: string, holder: string): Promise<Owner> => ({
    business: business(number),
    officer: both,
    member: memberPerson,
    vendor: await mandated(number, numbers.vendor),
    holder,
  });
  const a = await owner(numbers.a, numbers.otherVendor);
  // A registered business that is no vendor.
  const b = await owner(numbers.b, organisations.soleProprietor);
  const alone = await fixtures.person('Bare Bekkasin');
  await fixtures.officer(a.business, alone);
  const caller = (person: FixturePerson) => callerOf(fixtures, services.config, person.id);
  return {
    world,
    fixtures,
    issuer: services.config.idporten.issuer,
    a,
    b,
    otherVendor: await mandated(numbers.a, third.number),
    officer: await caller(alone),
    officerOfBoth: await caller(both),
    member: await caller(memberPerson),
    memberPerson,
    ask: async (asked, ids) => readAnswer(await app.fetch(requestOf(world.origin, asked)), ids),
    origin: world.origin,
    fetch: async (request) => app.fetch(request),
    caller,
    things: (whose, by) => makeThings({ fixtures, vault: services.vault }, whose, by),
    personWith: async (rights) => {
      const person = await fixtures.person('Fullmektig Fiskeørn');
      const mandateId = await fixtures.personMandate(a.business, person, both, rights);
      return { caller: await caller(person), mandateId };
    },
    setVendorRights: async (rights) => {
      await fixtures.rows('update mandates set rights = $2, units = null, workers = null where id = $1', [
        a.vendor.mandateId,
        rights,
      ]);
    },
    snapshot: () => snapshot(fixtures),
    stop: async () => {
      await fixtures.stop();
      await world.stop();
    },
  };
}

async function knownBusiness(fixtures: Fixtures, number: string): Promise<FixtureBusiness> {
  const [row] = await fixtures.rows<{ id: string; units: string[] }>(
    `select b.id, array_agg(u.id order by u.organisation_number) as units
     from businesses b join units u on u.business_id = b.id where b.organisation_number = $1 group by b.id`,
    [number],
  );
  const [unit, otherUnit = unit] = row?.units ?? [];
  if (!row || unit === undefined || otherUnit === undefined) throw new Error(`${number} has no units.`);
  return { id: row.id, number, unit, otherUnit };
}
