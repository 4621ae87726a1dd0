import { Hono } from 'hono';
import { z } from 'zod';
import { faults, requireScope, type StandInContext } from './context.ts';
import type { Contact } from './world.ts';

const request = z.object({
  personidentifikatorer: z
    .array(z.string().regex(/^\d{11}$/))
    .min(1)
    .max(1000),
});

/** Details that nobody has confirmed for this long may not be used for notices. */
const staleAfterMonths = 18;

/** The contact and reservation register of persons. Mount it at `/krr`. */
export function krr(context: StandInContext): Hono {
  const app = new Hono();
  app.use(faults(context, 'krr'));
  app.use(
    requireScope(context, ['krr:global/kontaktinformasjon.read'], (c, status, message) =>
      c.json(
        { error: status === 401 ? 'invalid_token' : 'insufficient_scope', error_description: message },
        status,
      ),
    ),
  );
  app.post('/rest/v2/personer', async (c) => {
    const body = request.safeParse(await c.req.json().catch(() => undefined));
    if (!body.success) {
      return c.json(
        { error: 'invalid_request', error_description: 'Between 1 and 1000 identifiers, please' },
        400,
      );
    }
    return c.json({
      personer: body.data.personidentifikatorer.map((nationalId) => {
        const found = context.store.state.world.people.find((one) => one.nationalId === nationalId);
        return {
          personidentifikator: nationalId,
          ...contactShape(found?.contact ?? { status: 'IKKE_REGISTRERT', reserved: false }),
        };
      }),
    });
  });
  return app;
}

function contactShape(contact: Contact): object {
  return {
    reservasjon: contact.reserved ? 'JA' : 'NEI',
    status: contact.status,
    varslingsstatus: mayBeNotified(contact) ? 'KAN_VARSLES' : 'KAN_IKKE_VARSLES',
    ...(contact.status === 'AKTIV' ? { kontaktinformasjon: details(contact), spraak: 'nb' } : {}),
  };
}

function mayBeNotified(contact: Contact): boolean {
  if (contact.status !== 'AKTIV' || contact.reserved) return false;
  if (contact.email === undefined && contact.mobile === undefined) return false;
  const oldest = new Date();
  oldest.setMonth(oldest.getMonth() - staleAfterMonths);
  return contact.verified !== undefined && new Date(contact.verified) >= oldest;
}

function details({ email, mobile, verified }: Contact): object {
  return {
    ...(email === undefined
      ? {}
      : { epostadresse: email, epostadresse_oppdatert: verified, epostadresse_sist_verifisert: verified }),
    ...(mobile === undefined
      ? {}
      : {
          mobiltelefonnummer: mobile,
          mobiltelefonnummer_oppdatert: verified,
          mobiltelefonnummer_sist_verifisert: verified,
        }),
  };
}
