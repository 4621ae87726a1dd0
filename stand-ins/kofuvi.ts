import { Hono } from 'hono';
import { faults, type StandInContext } from './context.ts';
import type { Business, NotificationAddress, Unit } from './world.ts';

const mediaType = 'application/vnd.brreg.kofuvi.varslingsadresser.v1+json';

/**
 * The register of businesses' official notification addresses. Mount it at `/kofuvi`. The real one is reached with a
 * client's X.509 certificate; here there is no TLS. Field names follow the register's sync feed, since those of this
 * interface are not published.
 */
export function kofuvi(context: StandInContext): Hono {
  const app = new Hono();
  app.use(faults(context, 'kofuvi'));
  app.get('/api/varslingsadresser/:number', (c) => {
    if (!accepts(c.req.header('accept'))) return c.body(null, 406);
    const { businesses, units, notificationAddresses } = context.store.state.world;
    const number = c.req.param('number');
    const asked = [...businesses, ...units].find((one) => one.organisationNumber === number);
    if (asked === undefined) return c.json({ feilmelding: 'Ukjent organisasjonsnummer' }, 404);
    const addressesOf = (one: Business | Unit) =>
      notificationAddresses.filter(({ organisationNumber }) => organisationNumber === one.organisationNumber);
    const parent =
      'parent' in asked
        ? businesses.find((one) => one.organisationNumber === asked.parent && addressesOf(asked).length === 0)
        : undefined;
    const owner = parent ?? asked;
    return c.body(JSON.stringify(hal(owner, addressesOf(owner))), 200, { 'content-type': mediaType });
  });
  return app;
}

function accepts(header: string | undefined): boolean {
  return header === undefined || header.includes('*/*') || header.includes(mediaType);
}

function hal(owner: Business | Unit, addresses: readonly NotificationAddress[]): object {
  const self = `/kofuvi/api/varslingsadresser/${owner.organisationNumber}`;
  return {
    organisasjonsnummer: owner.organisationNumber,
    navn: owner.name,
    organisasjonsform: 'form' in owner ? owner.form : 'BEDR',
    _embedded: {
      varslingsadresser: addresses.map((one) => ({
        identifikator: one.id,
        ...digital(one),
        _links: { self: { href: `${self}/${one.id}` } },
      })),
    },
    _links: { self: { href: self } },
  };
}

function digital({ email, mobile }: NotificationAddress): object {
  if (email !== undefined) {
    const [user, domain] = email.split('@');
    return { epostadresse: { brukernavn: user, domenenavn: domain } };
  }
  return { mobiltelefon: { internasjonaltPrefiks: mobile.slice(0, 3), nasjonaltNummer: mobile.slice(3) } };
}
