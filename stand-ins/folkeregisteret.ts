import { Hono, type Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { faults, requireScope, type StandInContext } from './context.ts';
import type { Person } from './world.ts';

const recorded = '2020-12-22T17:09:36+01:00';
const source = 'KILDE_DSF';

/** One list per part; the number itself is in every answer, whatever parts were asked for. */
const parts: Record<string, (one: Person) => readonly object[]> = {
  identifikasjonsnummer: (one) => [
    {
      ajourholdstidspunkt: recorded,
      erGjeldende: true,
      kilde: source,
      status: one.status === 'inaktiv' ? 'opphoert' : 'iBruk',
      foedselsEllerDNummer: one.nationalId,
      identifikatortype: Number(one.nationalId.slice(0, 2)) > 40 ? 'dNummer' : 'foedselsnummer',
    },
  ],
  navn: (one) => [
    {
      ajourholdstidspunkt: recorded,
      erGjeldende: true,
      kilde: source,
      fornavn: one.givenName,
      ...(one.middleName === undefined ? {} : { mellomnavn: one.middleName }),
      etternavn: one.familyName,
    },
  ],
  status: (one) => [{ ajourholdstidspunkt: recorded, erGjeldende: true, kilde: source, status: one.status }],
  foedsel: (one) => [
    {
      ajourholdstidspunkt: recorded,
      erGjeldende: true,
      kilde: source,
      foedselsdato: one.birthDate,
      foedselsaar: one.birthDate.slice(0, 4),
    },
  ],
  statsborgerskap: (one) => [
    {
      ajourholdstidspunkt: recorded,
      erGjeldende: true,
      kilde: source,
      statsborgerskap: one.citizenship ?? 'NOR',
    },
  ],
  doedsfall: (one) =>
    one.deathDate === undefined
      ? []
      : [{ ajourholdstidspunkt: recorded, erGjeldende: true, kilde: source, doedsdato: one.deathDate }],
  adressebeskyttelse: (one) =>
    one.addressProtection === undefined
      ? []
      : [
          {
            ajourholdstidspunkt: recorded,
            erGjeldende: true,
            kilde: source,
            graderingsnivaa: one.addressProtection,
          },
        ],
};

const bulkRequest = z.object({ foedselsEllerDNummer: z.array(z.string()).min(1).max(1000) });

/** Folkeregisteret's look-ups. Mount it at `/folkeregisteret`. */
export function folkeregisteret(context: StandInContext): Hono {
  const app = new Hono();
  const api = '/offentlig-med-hjemmel/api/v1';
  const base = `${api}/personer`;
  app.use(faults(context, 'folkeregisteret'));
  app.use(
    requireScope(context, ['folkeregister:deling/offentligmedhjemmel'], (c, status, message) =>
      status === 401 ? fail(c, 401, 'FREG-002', message) : fail(c, 403, 'FREG-003', message),
    ),
  );

  app.get(`${api}/hendelser/siste/sekvensnummer`, (c) => c.json(context.store.state.personChanges.length));
  app.get(`${api}/hendelser/feed`, (c) => {
    const from = Number(c.req.query('seq'));
    if (!Number.isInteger(from)) return fail(c, 400, 'FREG-004', 'Oppgi seq');
    const changes = context.store.state.personChanges.map((folkeregisteridentifikator, index) => ({
      sekvensnummer: index + 1,
      hendelse: { folkeregisteridentifikator, hendelsetype: 'endringIPerson', ajourholdstidspunkt: recorded },
    }));
    return c.json(changes.filter(({ sekvensnummer }) => sekvensnummer >= from).slice(0, 1000));
  });

  app.post(`${base}/bulkoppslag/`, async (c) => {
    const wanted = readParts(c);
    if (wanted === undefined) return fail(c, 400, 'FREG-004', 'Ukjent part');
    const request = bulkRequest.safeParse(await c.req.json().catch(() => undefined));
    if (!request.success) return fail(c, 400, 'FREG-005', 'Oppgi 1 til 1000 foedselsEllerDNummer');
    return c.json({
      oppslag: request.data.foedselsEllerDNummer.map((nationalId) => {
        const found = find(context, nationalId);
        return {
          foedselsEllerDNummer: nationalId,
          ...(found === undefined ? {} : { folkeregisterperson: personShape(found, wanted) }),
        };
      }),
    });
  });

  app.get(`${base}/:id`, (c) => {
    const wanted = readParts(c);
    if (wanted === undefined) return fail(c, 400, 'FREG-004', 'Ukjent part');
    const found = find(context, c.req.param('id'));
    if (found === undefined) return fail(c, 404, 'FREG-006', 'Fant ikke personen');
    return c.json(personShape(found, wanted));
  });
  return app;
}

function fail(c: Context, status: ContentfulStatusCode, kode: string, melding: string): Response {
  return c.json({ kode, melding }, status);
}

function find(context: StandInContext, nationalId: string): Person | undefined {
  return context.store.state.world.people.find((one) => one.nationalId === nationalId);
}

function readParts(c: Context): string[] | undefined {
  const asked = c.req.queries('part');
  if (asked === undefined) return Object.keys(parts);
  return asked.every((one) => one in parts) ? asked : undefined;
}

function personShape(one: Person, wanted: readonly string[]): object {
  const names = new Set(['identifikasjonsnummer', ...wanted]);
  return Object.fromEntries([...names].map((name) => [name, parts[name]?.(one) ?? []]));
}
