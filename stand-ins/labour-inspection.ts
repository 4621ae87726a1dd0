import { Hono } from 'hono';
import { faults, type StandInContext } from './context.ts';
import type { Approval, Business, World } from './world.ts';

/** What the register of cleaning firms says in words, by the codes of the register of car care. */
const cleaningTexts: Readonly<Record<Approval['status'], string>> = {
  1: 'Søknad under behandling',
  2: 'HMS-kortbestilling under behandling',
  3: 'Godkjent uten ansatte',
  4: 'Godkjent med ansatte',
  5: 'Ikke godkjent',
};

const carCareTexts: Readonly<Record<Approval['status'], string>> = {
  1: 'Søknad under behandling',
  2: 'HMS-kort bestilling under behandling',
  3: 'Godkjent uten ansatte',
  4: 'Godkjent med ansatte',
  5: 'Ikke godkjent',
};

/** The Labour Inspection Authority's register of cleaning firms: one XML file, also of those refused. Mount it at the file. */
export function cleaningRegister(context: StandInContext): Hono {
  const app = new Hono();
  app.use(faults(context, 'cleaning-register'));
  app.get('/', (c) => {
    const firms = entries(context.store.state.world, 'cleaning').map(cleaningFirm).join('');
    return c.body(
      `<?xml version="1.0" encoding="utf-8"?>\n<ArrayOfRenholdsvirksomhet xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">${firms}</ArrayOfRenholdsvirksomhet>\n`,
      200,
      { 'content-type': 'application/xml; charset=utf-8' },
    );
  });
  return app;
}

/** The register of firms that care for cars and change wheels. Mount it at `/bilpleieregisteret/api`. */
export function carCareRegister(context: StandInContext): Hono {
  return openRegister(context, 'car-care', 'bilpleieregisteret', carCareFirm);
}

/** The register of staffing agencies. Mount it at `/bemanningsforetaksregisteret2/api`. */
export function staffingRegister(context: StandInContext): Hono {
  return openRegister(context, 'staffing', 'bemanningsforetaksregisteret', staffingFirm);
}

function openRegister(
  context: StandInContext,
  register: 'car-care' | 'staffing',
  name: string,
  firm: (entry: Entry) => object,
): Hono {
  const app = new Hono();
  app.use(faults(context, `${register}-register`));
  app.get('/virksomheter', (c) =>
    c.json({ ...envelope(name), data: entries(context.store.state.world, register).map(firm) }),
  );
  app.get('/virksomheter/:number', (c) => {
    const found = entries(context.store.state.world, register).find(
      ({ approval }) => approval.organisationNumber === c.req.param('number'),
    );
    return found === undefined ? c.body(null, 404) : c.json({ ...envelope(name), data: firm(found) });
  });
  return app;
}

type Entry = { approval: Approval; business: Business };

function entries(world: World, register: Approval['register']): Entry[] {
  return world.approvals
    .filter((one) => one.register === register)
    .flatMap((approval) => {
      const business = world.businesses.find((one) => one.organisationNumber === approval.organisationNumber);
      return business === undefined ? [] : [{ approval, business }];
    });
}

/** A firm with a department whose status is another's: only the firm's own counts. */
function cleaningFirm({ approval, business }: Entry): string {
  const { street, postalCode, town } = business.address;
  return [
    '<Renholdsvirksomhet>',
    `<Organisasjonsnummer>${business.organisationNumber}</Organisasjonsnummer>`,
    `<Navn>${escaped(business.name)}</Navn>`,
    `<Adresse>${escaped(`${street}, ${postalCode} ${town}`)}</Adresse>`,
    '<Underavdelinger><Avdeling><Organisasjonsnummer>310000108</Organisasjonsnummer>',
    '<Status>Ikke godkjent</Status></Avdeling></Underavdelinger>',
    `<Status>${cleaningTexts[approval.status]}</Status>`,
    '</Renholdsvirksomhet>',
  ].join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** The file is made each morning. */
function envelope(registernavn: string) {
  const day = new Date().toISOString().slice(0, 10);
  return {
    metadata: { versjon: '2.2', datoTidGenerert: `${day}T00:00:00Z` },
    registernavn,
  };
}

function carCareFirm({ approval, business }: Entry) {
  return {
    organisasjonsnummer: business.organisationNumber,
    overordnetEnhet: null,
    navn: business.name,
    registerstatus: approval.status,
    registerstatusTekst: carCareTexts[approval.status],
    godkjenningsstatus: approval.status === 3 || approval.status === 4 ? 'Godkjent' : 'Ikke godkjent',
    underenheter: [],
  };
}

function staffingFirm({ approval, business }: Entry) {
  const approved = approval.status === 4;
  const words = approved ? 'Godkjent' : 'Ikke godkjent';
  return {
    organisasjonsnummer: business.organisationNumber,
    overordnetEnhet: null,
    navn: business.name,
    registerstatus: approved ? 1 : 2,
    registerstatusTekst: words,
    godkjenningsstatus: words,
    underenheter: [],
  };
}
