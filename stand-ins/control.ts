import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { html } from 'hono/html';
import { z } from 'zod';
import { smsTo } from './altinn-notifications.ts';
import { osloDate } from './context.ts';
import { mailTo } from './mail.ts';
import { page, type Html } from './page.ts';
import {
  type Batch,
  type CardReturn,
  serviceNames,
  type SentDocument,
  type SentMail,
  type SentSms,
  type Store,
  type Update,
} from './state.ts';
import { fullName, type Business, type Person, type RoleCode } from './world.ts';

const roleCodes = [
  'DAGL',
  'LEDE',
  'NEST',
  'MEDL',
  'VARA',
  'INNH',
  'DTPR',
  'DTSO',
  'KOMP',
  'REPR',
  'BEST',
  'BOBE',
  'KONT',
  'REGN',
  'REVI',
] as const satisfies readonly RoleCode[];

const organisationNumber = z.string().regex(/^\d{9}$/);
const nationalId = z.string().regex(/^\d{11}$/);
const date = z.iso.date();
const number = z.coerce.number();

/** What can be done to the world, with what each needs. Dates default to today in Oslo. */
const inputs = {
  endEmployment: z.object({
    /** A unit or a business; all of the person's employments there end. */
    organisationNumber,
    nationalId,
    /** The last day of the employment. */
    on: date.optional(),
  }),
  addEmployment: z.object({
    /** The unit where the person works. */
    organisationNumber,
    nationalId,
    from: date.optional(),
    to: date.optional(),
    percentage: number.min(0).max(100).optional(),
  }),
  retireOfficer: z.object({
    organisationNumber,
    nationalId,
    code: z.enum(roleCodes).optional(),
    /** `resigned`: still listed, marked as resigned; `removed` (default): no longer listed. */
    as: z.enum(['resigned', 'removed']).optional(),
  }),
  addOfficer: z.object({ organisationNumber, nationalId, code: z.enum(roleCodes) }),
  bankrupt: z.object({ organisationNumber, administrator: nationalId, on: date.optional() }),
  deleteBusiness: z.object({
    organisationNumber,
    on: date.optional(),
    answer: z.enum(['gone', 'remnant']).optional(),
  }),
  addPerson: z.object({
    nationalId,
    givenName: z.string().min(1),
    familyName: z.string().min(1),
    birthDate: date,
  }),
  setPersonStatus: z.object({
    nationalId,
    status: z.enum(['bosatt', 'midlertidig', 'inaktiv', 'doed']),
    on: date.optional(),
  }),
  setCitizenship: z.object({ nationalId, citizenship: z.string().regex(/^[A-Z]{3}$/) }),
  setContact: z.object({ nationalId, email: z.email().optional(), mobile: z.string().optional() }),
  /** The official notification addresses of a business or unit are these and no others; with neither, it has none. */
  setNotificationAddress: z.object({
    organisationNumber,
    email: z.email().optional(),
    mobile: z
      .string()
      .regex(/^\+\d{8,15}$/)
      .optional(),
  }),
  setFault: z.object({
    service: z.enum(serviceNames),
    status: number.int().min(400).max(599).optional(),
    slowMs: number.int().min(0).max(60_000).optional(),
  }),
  clearFaults: z.object({ service: z.enum(serviceNames).optional() }),
  /** Where a firm stands with the Labour Inspection Authority; 0 takes it out of the register. */
  setApproval: z.object({
    organisationNumber,
    register: z.enum(['cleaning', 'car-care', 'staffing']),
    status: number.int().min(0).max(5),
  }),
  /** Ends a worker's assignments for a foreign firm. */
  endAssignment: z.object({ organisationNumber, nationalId, on: date.optional() }),
  delegateScope: z.object({
    consumer: organisationNumber,
    supplier: organisationNumber,
    scope: z.string().min(1),
  }),
  /** What Altinn says of text messages to a number, such as `SMS_Failed_InvalidRecipient`. */
  setSmsStatus: z.object({ to: z.string().regex(/^\+\d{8,15}$/), status: z.string().startsWith('SMS_') }),
  /** The post brings a card back to the card issuer. */
  returnCard: z.object({
    cardNumber: z.string().regex(/^\d{8}$/),
    reason: z.enum(['unknown-address', 'not-collected', 'refused', 'other']).default('unknown-address'),
  }),
  clearMail: z.object({}),
  reset: z.object({}),
} as const;

type Inputs = typeof inputs;
type ControlName = keyof Inputs;

/** What was asked for cannot be done in this world, such as retiring someone who holds no role. */
class ControlError extends Error {}

/**
 * Everything that can be done to the world. Methods take effect at once, throw a ControlError when they name
 * someone or something that is not there, and a ZodError when they are given something else than they need.
 */
export type Control = { [Name in ControlName]: (input: z.input<Inputs[Name]>) => void } & {
  /** What was sent to an address (everything without one), newest first. */
  mail(to?: string): SentMail[];
  /** The text messages to a number (everything without one), newest first. */
  sms(to?: string): SentSms[];
  /** The documents that the access point was handed, the oldest first. */
  documents(): readonly SentDocument[];
  /** The batches that the card issuer was handed, the oldest first. */
  batches(): readonly Batch[];
  /** The cards that came back to it, the oldest first. */
  returns(): readonly CardReturn[];
};

type Actions = { [Name in ControlName]: (store: Store, input: z.output<Inputs[Name]>) => void };

const actions: Actions = {
  endEmployment: (store, { organisationNumber: place, nationalId: worker, on = today() }) => {
    const found = store.state.world.employments.filter(
      (one) =>
        one.nationalId === worker &&
        (one.unit === place || one.employer === place) &&
        (one.to === null || one.to > on),
    );
    if (found.length === 0) throw new ControlError('The person has no employment there that could end');
    for (const one of found) one.to = on;
  },
  addEmployment: (
    store,
    { organisationNumber: place, nationalId: worker, from = today(), to, percentage = 100 },
  ) => {
    const { world } = store.state;
    const unit = world.units.find((one) => one.organisationNumber === place);
    if (unit === undefined) throw new ControlError('There is no such unit');
    findPerson(store, worker);
    const last = Math.max(0, ...world.employments.map((one) => Number(one.id)));
    world.employments.push({
      id: String(last + 1),
      nationalId: worker,
      unit: place,
      employer: unit.parent,
      from,
      to: to ?? null,
      percentage,
    });
  },
  retireOfficer: (store, { organisationNumber: place, nationalId: holder, code, as = 'removed' }) => {
    const { world } = store.state;
    const found = world.roles.filter(
      (one) =>
        one.organisationNumber === place &&
        one.nationalId === holder &&
        !one.resigned &&
        (code === undefined || one.code === code),
    );
    if (found.length === 0) throw new ControlError('The person holds no such role there');
    if (as === 'removed') world.roles = world.roles.filter((one) => !found.includes(one));
    else for (const one of found) one.resigned = true;
    announce(store, 'roller', place, 'Endring');
  },
  addOfficer: (store, { organisationNumber: place, nationalId: holder, code }) => {
    findBusiness(store, place);
    findPerson(store, holder);
    store.state.world.roles.push({
      organisationNumber: place,
      code,
      nationalId: holder,
      since: today(),
      resigned: false,
    });
    announce(store, 'roller', place, 'Endring');
  },
  bankrupt: (store, { organisationNumber: place, administrator, on = today() }) => {
    const business = findBusiness(store, place);
    findPerson(store, administrator);
    business.bankrupt = on;
    store.state.world.roles.push({
      organisationNumber: place,
      code: 'BOBE',
      nationalId: administrator,
      since: on,
      resigned: false,
    });
    announce(store, 'enheter', place, 'Endring');
    announce(store, 'roller', place, 'Endring');
  },
  deleteBusiness: (store, { organisationNumber: place, on = today(), answer = 'gone' }) => {
    findBusiness(store, place).deleted = { on, answer };
    announce(store, 'enheter', place, answer === 'gone' ? 'Fjernet' : 'Sletting');
  },
  addPerson: (store, person) => {
    if (store.state.world.people.some((one) => one.nationalId === person.nationalId)) {
      throw new ControlError('There is such a person already');
    }
    store.state.world.people.push({
      ...person,
      status: 'bosatt',
      contact: { status: 'IKKE_REGISTRERT', reserved: false },
    });
  },
  setPersonStatus: (store, { nationalId: id, status, on = today() }) => {
    const person = findPerson(store, id);
    store.state.personChanges.push(id);
    person.status = status;
    if (status === 'doed') person.deathDate = on;
    else delete person.deathDate;
  },
  setCitizenship: (store, { nationalId: id, citizenship }) => {
    findPerson(store, id).citizenship = citizenship;
    store.state.personChanges.push(id);
  },
  setContact: (store, { nationalId: id, email, mobile }) => {
    findPerson(store, id).contact = {
      status: 'AKTIV',
      reserved: false,
      ...(email === undefined ? {} : { email }),
      ...(mobile === undefined ? {} : { mobile }),
      verified: new Date().toISOString(),
    };
  },
  setApproval: (store, { organisationNumber: place, register, status }) => {
    const { world } = store.state;
    const others = world.approvals.filter(
      (one) => one.register !== register || one.organisationNumber !== place,
    );
    const known = ([1, 2, 3, 4, 5] as const).find((one) => one === status);
    world.approvals = [
      ...others,
      ...(known === undefined ? [] : [{ register, organisationNumber: place, status: known }]),
    ];
  },
  endAssignment: (store, { organisationNumber: contractor, nationalId: worker, on = today() }) => {
    const found = store.state.world.assignments.filter(
      (one) => one.contractor === contractor && one.nationalId === worker,
    );
    if (found.length === 0) throw new ControlError('The person has no assignment there');
    for (const one of found) one.to = on;
  },
  returnCard: (store, { cardNumber, reason }) => {
    const cards = store.state.batches.flatMap((batch) => batch.cards);
    const card = cards.find((one) => one.cardNumber === cardNumber);
    if (card === undefined) throw new ControlError('The card issuer has made no card of that number');
    store.state.returns.push({
      returnId: randomUUID(),
      lineId: card.lineId,
      returnedAt: new Date().toISOString(),
      reason,
    });
  },
  setNotificationAddress: (store, { organisationNumber: place, email, mobile }) => {
    const { world } = store.state;
    if (![...world.businesses, ...world.units].some((one) => one.organisationNumber === place)) {
      throw new ControlError('There is no such business or unit');
    }
    const named = { id: `v${crypto.randomUUID()}`, organisationNumber: place };
    world.notificationAddresses = [
      ...world.notificationAddresses.filter((one) => one.organisationNumber !== place),
      ...(email === undefined ? [] : [{ ...named, email }]),
      ...(mobile === undefined ? [] : [{ ...named, id: `${named.id}m`, mobile }]),
    ];
  },
  setFault: (store, { service, status, slowMs }) => {
    store.state.faults[service] = { status, slowMs };
  },
  clearFaults: (store, { service }) => {
    const { faults } = store.state;
    store.state.faults =
      service === undefined
        ? {}
        : Object.fromEntries(Object.entries(faults).filter(([name]) => name !== service));
  },
  delegateScope: (store, delegation) => {
    store.state.delegations.push(delegation);
  },
  setSmsStatus: (store, { to, status }) => {
    store.state.smsStatuses[to] = status;
  },
  clearMail: (store) => {
    store.state.mail = [];
  },
  reset: (store) => {
    store.reset();
  },
};

function today(): string {
  return osloDate(new Date());
}

function findPerson(store: Store, id: string): Person {
  const found = store.state.world.people.find((one) => one.nationalId === id);
  if (found === undefined) throw new ControlError('There is no such person');
  return found;
}

function findBusiness(store: Store, place: string): Business {
  const found = store.state.world.businesses.find((one) => one.organisationNumber === place);
  if (found === undefined) throw new ControlError('There is no such business');
  return found;
}

function announce(store: Store, feed: Update['feed'], place: string, kind: Update['kind']): void {
  const last = store.state.updates.at(-1)?.id ?? 0;
  store.state.updates.push({
    id: last + 1,
    feed,
    at: new Date().toISOString(),
    organisationNumber: place,
    kind,
  });
}

function run(store: Store, name: ControlName, input: unknown): void {
  // The schema and the action of one name belong together; the compiler cannot see that through the index.
  const action = actions[name] as (to: Store, parsed: unknown) => void;
  action(store, inputs[name].parse(input));
  store.changed();
}

const names = Object.keys(inputs) as ControlName[];

/** The control as an object, for tests in the same process. */
export function controlOf(store: Store): Control {
  const methods = Object.fromEntries(
    names.map((name) => [
      name,
      (input: unknown) => {
        run(store, name, input ?? {});
      },
    ]),
  ) as { [Name in ControlName]: (input: z.input<Inputs[Name]>) => void };
  return {
    ...methods,
    mail: (to) => mailTo(store, to),
    sms: (to) => smsTo(store, to),
    documents: () => store.state.documents,
    batches: () => store.state.batches,
    returns: () => store.state.returns,
  };
}

const toPath = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const nameOfPath = new Map(names.map((name) => [toPath(name), name]));

/**
 * The control as a page and an HTTP API: `POST /control/end-employment` and so on, with JSON or a form.
 * Mount it at `/control`.
 */
export function controlPages(store: Store): Hono {
  const app = new Hono();
  app.get('/', (c) => c.html(page('Control of the stand-ins', controlPage(store))));
  app.post('/:command', async (c) => {
    const origin = c.req.header('origin');
    if (origin !== undefined && origin !== new URL(c.req.url).origin)
      return c.json({ error: 'Another site' }, 403);
    const name = nameOfPath.get(c.req.param('command'));
    if (name === undefined)
      return c.json({ error: 'No such command', commands: [...nameOfPath.keys()] }, 404);
    const isJson = c.req.header('content-type')?.startsWith('application/json') === true;
    const input: unknown = isJson
      ? await c.req.json().catch(() => undefined)
      : filledIn(await c.req.parseBody());
    try {
      run(store, name, input);
    } catch (error) {
      if (error instanceof z.ZodError) {
        return c.json(
          { error: error.issues.map((one) => `${one.path.join('.')}: ${one.message}`).join('; ') },
          400,
        );
      }
      if (error instanceof ControlError) return c.json({ error: error.message }, 409);
      throw error;
    }
    return isJson ? c.json({ done: true }) : c.redirect('/control', 303);
  });
  return app;
}

function filledIn(form: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(form).filter(([, value]) => value !== ''));
}

const titles: Record<ControlName, string> = {
  endEmployment: 'End an employment',
  addEmployment: 'Add an employment',
  retireOfficer: 'Retire an officer',
  addOfficer: 'Add an officer',
  bankrupt: 'Open bankruptcy',
  deleteBusiness: 'Delete a business',
  addPerson: 'Add a person',
  setPersonStatus: 'Change a person’s status in Folkeregisteret',
  setCitizenship: 'Change a person’s citizenship in Folkeregisteret',
  setContact: 'Change a person’s contact details',
  setApproval: 'Set where a firm stands with the Labour Inspection Authority',
  endAssignment: 'End a worker’s assignments for a foreign firm',
  setNotificationAddress: 'Change official notification addresses',
  setFault: 'Make a service fail or slow',
  clearFaults: 'Make services work again',
  delegateScope: 'Delegate a scope to a supplier',
  setSmsStatus: 'Set what becomes of text messages to a number',
  returnCard: 'Have the post bring a card back to the card issuer',
  clearMail: 'Forget all mail',
  reset: 'Begin anew with the first world',
};

function controlPage({ state }: Store): Html {
  const failing = Object.entries(state.faults);
  return html`<p><a href="/mail">Sent mail</a> · <a href="/sms">Sent text messages</a></p>
    ${
      failing.length === 0
        ? html`<p>Every service works.</p>`
        : html`<ul>
            ${failing.map(
              ([name, fault]) =>
                html`<li>${name}: status ${fault.status ?? 'as usual'}, delay ${fault.slowMs ?? 0} ms</li>`,
            )}
          </ul>`
    }
    <datalist id="people">
      ${state.world.people.map((one) => html`<option value="${one.nationalId}">${fullName(one)}</option>`)}
    </datalist>
    <datalist id="organisations">
      ${[...state.world.businesses, ...state.world.units].map(
        (one) => html`<option value="${one.organisationNumber}">${one.name}</option>`,
      )}
    </datalist>
    ${names.map((name) => commandForm(name))}`;
}

function commandForm(name: ControlName): Html {
  const shape: Record<string, z.ZodType> = inputs[name].shape;
  return html`<form method="post" action="/control/${toPath(name)}">
    <fieldset>
      <legend>${titles[name]}</legend>
      ${Object.entries(shape).map(([field, type]) => fieldOf(`${name}-${field}`, field, type))}
      <button>${titles[name]}</button>
    </fieldset>
  </form>`;
}

function fieldOf(id: string, field: string, type: z.ZodType): Html {
  const optional = type.safeParse(undefined).success;
  const inner = type instanceof z.ZodOptional ? type.unwrap() : type;
  const label = html`<label for="${id}">${field}${optional ? ' (optional)' : ''}</label>`;
  if (inner instanceof z.ZodEnum) {
    return html`<div class="field">
      ${label}
      <select id="${id}" name="${field}">
        ${optional ? html`<option></option>` : ''}
        ${inner.options.map((one) => html`<option>${one}</option>`)}
      </select>
    </div>`;
  }
  const list = inner === nationalId ? 'people' : inner === organisationNumber ? 'organisations' : undefined;
  return html`<div class="field">
    ${label}
    <input
      id="${id}"
      name="${field}"
      type="${inner === date ? 'date' : 'text'}"
      ${list === undefined ? '' : html`list="${list}"`}
      ${optional ? '' : 'required'}
    />
  </div>`;
}
