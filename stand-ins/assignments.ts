import { Hono } from 'hono';
import { faults, requireScope, type StandInContext } from './context.ts';

/**
 * The tax authority's register of assignments of foreign firms (RF-1199), "arbeidsforhold i oppdrag". Its paths and fields
 * are not published: the shape is our own, until the owner tells. Mount it at `/arbeidsforholdioppdrag`.
 */
export function assignments(context: StandInContext): Hono {
  const app = new Hono();
  app.use(faults(context, 'assignments'));
  app.use(
    requireScope(context, ['skatteetaten:arbeidsforholdioppdrag'], (c, status, message) =>
      c.json({ kode: `OAR-${String(status)}`, melding: message }, status),
    ),
  );
  app.get('/v1/oppdragstakere/:number/arbeidsforhold', (c) => {
    const contractor = c.req.param('number');
    const { world } = context.store.state;
    const found = world.assignments.filter((one) => one.contractor === contractor);
    return c.json({
      arbeidsforhold: found.map((one) => ({
        arbeidstaker: one.nationalId,
        oppdragsgiver: {
          organisasjonsnummer: one.client,
          navn: world.businesses.find((business) => business.organisationNumber === one.client)?.name ?? null,
        },
        oppdragssted: one.place,
        startdato: one.from,
        sluttdato: one.to,
      })),
    });
  });
  return app;
}
