import { agreements } from '../../src/agreements/index.ts';
import type { Right } from '../../src/access/index.ts';
import { parsePlainDate } from '../../src/kernel/dates.ts';
import { hashToken, openSession } from '../../src/identity/index.ts';
import type { Result } from '../../src/kernel/result.ts';
import { addMember, assignMember, grantToVendor, publishVendorProfile } from '../../src/vendors/index.ts';
import { organisations, people } from '../../stand-ins/world.ts';
import type { World } from './world.ts';

/** What a result holds; a test that gets an error instead fails with it. */
export function valueOf<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** A person who has just logged in at the high level, acting for a business. */
async function loggedIn(world: World, nationalId: string, business: string) {
  const [app] = world.apps;
  if (!app) throw new Error('No application.');
  const login = {
    iss: world.standIns.idportenOrigin,
    sub: nationalId,
    pid: nationalId,
    acr: 'idporten-loa-high',
    authTime: new Date(),
  } as const;
  const opened = await openSession(app.services.identity, login, 'test');
  return { tokenHash: hashToken(valueOf(opened).secret), business };
}

/**
 * The fair vendor registers, gets a mandate of these rights from the construction company, and lets one of its employees
 * (Hjelpsom Hånd) use it.
 */
export async function giveVendorAccess(
  world: World,
  rights: readonly Right[],
): Promise<{ mandateId: string }> {
  const [app] = world.apps;
  if (!app) throw new Error('No application.');
  const { database, notify } = app.services;
  const deps = { database, notify, publicOrigin: world.origin, agreements };
  const vendor = await loggedIn(world, people.rimeligRegnestykke, organisations.cheapVendor);
  valueOf(await publishVendorProfile(deps, vendor, { feeOre: 9900 }));
  const lastDay = parsePlainDate(new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10));
  if (lastDay === undefined) throw new Error('No such day.');
  const business = await loggedIn(world, people.vakenSpurv, organisations.blueHammer);
  const { mandateId } = valueOf(
    await grantToVendor(deps, business, {
      vendorNumber: organisations.cheapVendor,
      proposal: {
        rights,
        units: null,
        lastDay,
        purpose: 'Cards for one project',
        limits: { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null },
      },
      acceptsAgreement: true,
      acceptsQuote: true,
    }),
  );
  const [worker] = await world.rows<{ id: string }>(`select id from workers where name = 'Hjelpsom Hånd'`);
  const member = valueOf(await addMember(deps, vendor, { workerId: worker?.id ?? '' }));
  valueOf(await assignMember(deps, vendor, { mandateId, personId: member.personId }));
  return { mandateId };
}
