import type { NotNull } from 'kysely';
import type { ActingFor, Notify } from './access/index.ts';
import {
  acceptInvitation,
  confirmInvitation,
  listInvitations,
  look,
  proposeInvitation,
  sendInvitation,
  withdrawInvitation,
} from './access/index.ts';
import type { Services } from './app.ts';
import { requestProduction } from './cards/index.ts';
import { inTransaction } from './database/transaction.ts';
import { drawDocument, drawPortrait } from './demo-portrait.ts';
import { answerQuestions, HASTY, longAgo, THOROUGH } from './demo-security.ts';
import { appointStaff, REVIEWER } from './demo-staff.ts';
import { hashToken, logOut, openSession } from './identity/index.ts';
import { addMonths, osloToday } from './kernel/dates.ts';
import type { Result } from './kernel/result.ts';
import { settleCase, viewCase, viewQueue } from './media-review/index.ts';
import { attachDocument, attachPhoto, offerWorkers, placeOrder } from './orders/index.ts';
import { addMember, assignMember, grantToVendor, publishVendorProfile } from './vendors/index.ts';

const BUSINESS = '310000019';
const FAIR_VENDOR = '310000035';
const DEAR_VENDOR = '310000159';

const people = {
  officer: '15819049944',
  worker: '02838536711',
  fairManager: '20908204892',
  fairMember: '30819113749',
  dearManager: '14837315124',
} as const;

/** The keys that the story's orders are known by again: the first thing that happens, a vendor's, and the last. */
const keys = {
  first: '00000000-0000-8000-8000-000000000001',
  vendor: '00000000-0000-8000-8000-000000000002',
  last: '00000000-0000-8000-8000-000000000003',
} as const;

const delivery = {
  recipient: 'BLÅ HAMMER AS',
  lines: ['Testveien 1'],
  postalCode: '0150',
  place: 'OSLO',
} as const;

const noLimits = { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null } as const;
const MONTHS = 6;

/** What the steps of the story are told with. */
interface Telling {
  readonly services: Services;
  /** Logs a person in, once, and says where the person acts. */
  readonly as: (nationalId: string, business: string, vendor?: string) => Promise<ActingFor>;
}

/**
 * Has the synthetic people do what there is to see when the demonstration starts: staff with their roles, orders with
 * photos, two registered vendors, mandates to one of them and to a worker. Everything goes through the actions that pages use. Told once; broken
 * off it is taken up again; people who have begun without it are left alone.
 */
export async function tellStory(services: Services): Promise<void> {
  if (!(await mayBeTold(services))) return;
  const sessions = new Map<string, Buffer>();
  const as: Telling['as'] = async (nationalId, business, vendor) => {
    const tokenHash = sessions.get(nationalId) ?? (await logIn(services, nationalId));
    sessions.set(nationalId, tokenHash);
    return { tokenHash, business, ...(vendor === undefined ? {} : { vendor }) };
  };
  const telling = { services, as };
  try {
    await appointStaff(services, async (nationalId) => (await as(nationalId, '')).tokenHash);
    await orderOneself(telling);
    await reviewFirst(telling);
    await registerVendors(telling);
    await letVendorOrder(telling);
    await orderAsVendor(telling);
    await letWorkerPrepare(telling);
    await prepareOrder(telling);
    await asJob(services, ({ query }) => requestProduction({ query }));
  } finally {
    for (const tokenHash of sessions.values()) await logOut(services.identity, tokenHash);
  }
}

/** Not when it has been told to its end, and not over what people have done themselves. */
async function mayBeTold(services: Services): Promise<boolean> {
  return asJob(services, async ({ query }) => {
    const orders = await query.selectFrom('orders').select('idempotency_key as key').execute();
    if (orders.some(({ key }) => key === keys.last)) return false;
    if (orders.some(({ key }) => key === keys.first)) return true;
    const vendors = await query.selectFrom('vendor_profiles').select('vendor_id').execute();
    const mandates = await query.selectFrom('mandates').select('id').limit(1).execute();
    return orders.length + vendors.length + mandates.length === 0;
  });
}

async function logIn({ identity, config }: Services, nationalId: string): Promise<Buffer> {
  const login = {
    iss: config.idporten.issuer,
    sub: nationalId,
    pid: nationalId,
    acr: 'idporten-loa-high',
    // A database elsewhere may have a clock that is a little behind ours.
    authTime: new Date(Date.now() - 10_000),
  } as const;
  return hashToken(done(await openSession(identity, login, 'Kortvakt'), 'log in').secret);
}

/** The value of what an action did; the demonstration knows no way on where one refuses. */
function done<T>(result: Result<T, unknown>, what: string): T {
  if (result.ok) return result.value;
  throw new Error(`The demonstration could not ${what}: ${JSON.stringify(result.error)}.`);
}

function asJob<T>(services: Services, work: Parameters<typeof inTransaction<T>>[2]): Promise<T> {
  return inTransaction(services.database, { kind: 'job', name: 'demo.load' }, work);
}

interface Worker {
  readonly id: string;
  readonly personId: string;
  readonly unitId: string;
}

/** Workers of a business by their names, in the names' order. */
async function workersOf(services: Services, business: string, names: readonly string[]): Promise<Worker[]> {
  const rows = await asJob(services, ({ query }) =>
    query
      .selectFrom('workers')
      .innerJoin('businesses', 'businesses.id', 'workers.business_id')
      .select(['workers.id', 'workers.name', 'workers.person_id as personId', 'workers.unit_id as unitId'])
      .where('businesses.organisation_number', '=', business)
      .where('workers.name', 'in', names)
      .execute(),
  );
  return names.map((name) => {
    const worker = rows.find((row) => row.name === name);
    if (worker === undefined) throw new Error(`The demonstration could not find the worker ${name}.`);
    return worker;
  });
}

/** Places an order for workers of one unit. Returns its id, also when it is there already. */
async function order(
  services: Services,
  acting: ActingFor,
  wanted: { readonly key: string; readonly names: readonly string[]; readonly reference: string },
): Promise<string> {
  const workers = await workersOf(services, BUSINESS, wanted.names);
  const placed = await placeOrder(services, acting, {
    key: wanted.key,
    unitId: workers[0]?.unitId ?? '',
    workerIds: workers.map(({ id }) => id),
    delivery,
    customerReference: wanted.reference,
  });
  return done(placed, 'place an order').orderId;
}

/** Puts drawn photos and passports on the lines of these workers that lack them. */
async function addMedia(
  services: Services,
  acting: ActingFor,
  orderId: string,
  names: readonly string[],
): Promise<void> {
  const lines = await asJob(services, ({ query }) =>
    query
      .selectFrom('order_lines_as_shown')
      .select(['id', 'holder_name as name'])
      .where('order_id', '=', orderId)
      .where('state', '=', 'awaiting-media')
      .where('holder_name', 'in', names)
      .$narrowType<{ id: NotNull; name: NotNull }>()
      .execute(),
  );
  for (const { id, name } of lines) {
    const line = { orderId, lineId: id };
    done(await attachPhoto(services, acting, { ...line, file: await drawPortrait(name) }), 'add a photo');
    const file = await drawDocument(name);
    done(await attachDocument(services, acting, { ...line, file, kind: 'passport' }), 'add a document');
  }
}

// What happens, in its order ---------------------------------------------------------------------------------------------

async function orderOneself({ services, as }: Telling): Promise<void> {
  const officer = await as(people.officer, BUSINESS);
  const names = ['Munter Elv', 'Ærlig Østavind', 'Rask Ødegård'];
  const orderId = await order(services, officer, { key: keys.first, names, reference: 'Torget 1' });
  await addMedia(services, officer, orderId, names);
}

/** The issuer's reviewer accepts what has come in so far. */
async function reviewFirst({ services, as }: Telling): Promise<void> {
  // Broken off later, the story has other cases that are to wait.
  if (await isOrdered(services, keys.vendor)) return;
  const reviewer = { tokenHash: (await as(REVIEWER, '')).tokenHash, role: 'reviewer' } as const;
  const { rows } = done(await viewQueue(services, reviewer, 1), 'open the queue');
  for (const { id: lineId } of rows) {
    const one = done(await viewCase(services, reviewer, lineId), 'open a case');
    if (one === undefined) continue;
    const seen = { lineId, photoId: one.photoId, documentId: one.documentId };
    done(await settleCase(services, reviewer, seen, { photo: [], document: [] }), 'accept a photo');
  }
}

async function registerVendors(telling: Telling): Promise<void> {
  const fair = await telling.as(people.fairManager, FAIR_VENDOR);
  await registerVendor(telling, fair, { feeOre: 9900, member: 'Hjelpsom Hånd' });
  await answerQuestions(telling.services, fair, THOROUGH);
  const dear = await telling.as(people.dearManager, DEAR_VENDOR);
  await registerVendor(telling, dear, { feeOre: 46_600, member: 'Kostelig Kåpe' });
  await answerQuestions(telling.services, dear, HASTY);
  await longAgo(telling.services, DEAR_VENDOR);
}

async function registerVendor(
  { services }: Telling,
  manager: ActingFor,
  vendor: { readonly feeOre: number; readonly member: string },
): Promise<void> {
  done(
    await publishVendorProfile(vendorDeps(services), manager, { ...vendor, promises: true }),
    'register a vendor',
  );
  const [worker] = await workersOf(services, manager.business, [vendor.member]);
  const added = await addMember(services, manager, { workerId: worker?.id ?? '' });
  if (!added.ok && added.error === 'already-member') return;
  done(added, 'add a member');
}

function vendorDeps({ database, notify, config, agreements }: Services) {
  return { database, notify, publicOrigin: config.origin, agreements };
}

/** The fair vendor may order and see what it ordered, within limits; its member is the one who does. */
async function letVendorOrder({ services, as }: Telling): Promise<void> {
  const mandateId =
    (await mandateOf(services, 'RIMELIG KORTHJELP AS')) ??
    done(
      await grantToVendor(vendorDeps(services), await as(people.officer, BUSINESS), {
        vendorNumber: FAIR_VENDOR,
        proposal: {
          rights: ['orders.place', 'orders.read', 'cards.read'],
          units: null,
          workers: null,
          firstDay: null,
          lastDay: lastDay(),
          purpose: 'Kort til dem som begynner i Tromsø',
          limits: { cardsPerOrder: 10, cardsPerMonth: 20, orePerMonth: 500_000 },
        },
        acceptsAgreement: true,
        acceptsQuote: true,
      }),
      'give the vendor a mandate',
    ).mandateId;
  const manager = await as(people.fairManager, FAIR_VENDOR);
  const [member] = await workersOf(services, FAIR_VENDOR, ['Hjelpsom Hånd']);
  const assignment = { mandateId, personId: member?.personId ?? '' };
  done(await assignMember(services, manager, assignment), 'set the member up');
}

function lastDay() {
  return addMonths(osloToday(new Date()), MONTHS);
}

/** The mandate that somebody holds from the business now. */
async function mandateOf(services: Services, holderName: string): Promise<string | undefined> {
  const mandate = await asJob(services, ({ query }) =>
    query
      .selectFrom('mandates')
      .innerJoin('businesses', 'businesses.id', 'mandates.business_id')
      .select('mandates.id')
      .where('businesses.organisation_number', '=', BUSINESS)
      .where('mandates.holder_name', '=', holderName)
      .where('mandates.ended_at', 'is', null)
      .executeTakeFirst(),
  );
  return mandate?.id;
}

/** The business ticks five workers for the vendor, which orders for two of them and has photo and passport of one so far, which wait for their review. */
async function orderAsVendor({ services, as }: Telling): Promise<void> {
  const member = await as(people.fairMember, BUSINESS, FAIR_VENDOR);
  const names = ['Áilu Čáhcesuolu', 'Máret Đuottar'];
  if (!(await isOrdered(services, keys.vendor))) {
    const offered = [...names, 'Eŋá Šávdni', 'Biret Ánne Ruŋga', 'Niillas Žuvla'];
    await tick(services, await as(people.officer, BUSINESS), offered);
  }
  const orderId = await order(services, member, { key: keys.vendor, names, reference: 'Tromsø' });
  await addMedia(services, member, orderId, names.slice(0, 1));
}

async function isOrdered(services: Services, key: string): Promise<boolean> {
  const found = await asJob(services, ({ query }) =>
    query.selectFrom('orders').select('id').where('idempotency_key', '=', key).executeTakeFirst(),
  );
  return found !== undefined;
}

async function tick(services: Services, officer: ActingFor, names: readonly string[]): Promise<void> {
  const workers = await workersOf(services, BUSINESS, names);
  const offered = await offerWorkers(services, officer, {
    mandateId: (await mandateOf(services, 'RIMELIG KORTHJELP AS')) ?? '',
    unitId: workers[0]?.unitId ?? '',
    workerIds: workers.map(({ id }) => id),
  });
  done(offered, 'let the vendor order for workers');
}

/** A worker who looks after the cards is invited, logs in by the link, and is confirmed. */
async function letWorkerPrepare({ services, as }: Telling): Promise<void> {
  if ((await mandateOf(services, 'Munter Elv')) !== undefined) return;
  const officer = await as(people.officer, BUSINESS);
  await withdrawEarlier(services, officer);
  const link = await invite(services, officer);
  const worker = await as(people.worker, BUSINESS);
  const answer = await acceptInvitation(services, worker.tokenHash, link.split('/').at(-1) ?? '');
  if (answer !== 'accepted') throw new Error(`The demonstration could not answer an invitation: ${answer}.`);
  for (const id of await invitationsOf(services, officer)) {
    done(await confirmInvitation(accessDeps(services), officer, id, 'none'), 'confirm who answered');
  }
}

function accessDeps({ database, notify, config }: Services) {
  return { database, notify, publicOrigin: config.origin };
}

/** Of a story that was broken off between an invitation and its confirmation. */
async function withdrawEarlier(services: Services, officer: ActingFor): Promise<void> {
  for (const id of await invitationsOf(services, officer)) {
    done(await withdrawInvitation(services, officer, id, 'person'), 'withdraw an invitation');
  }
}

async function invitationsOf(services: Services, officer: ActingFor): Promise<string[]> {
  const request = { right: 'access.manage', action: 'access.view' } as const;
  const listed = await look(services.database, officer, request, (permitted) =>
    listInvitations(permitted, 'person'),
  );
  return done(listed, 'list the invitations').map(({ id }) => id);
}

/** Invites the worker who looks after the cards; returns the link of the mail. */
async function invite(services: Services, officer: ActingFor): Promise<string> {
  const [worker] = await workersOf(services, BUSINESS, ['Munter Elv']);
  const draft = await proposeInvitation(services, officer, {
    invited: {
      workerId: worker?.id ?? null,
      name: 'Munter Elv',
      email: 'munter.elv@example.no',
      tieReason: null,
    },
    proposal: {
      rights: ['orders.prepare', 'orders.read', 'workers.read', 'cards.read'],
      units: null,
      workers: null,
      firstDay: null,
      lastDay: lastDay(),
      purpose: 'Holder orden på kortene',
      limits: noLimits,
    },
  });
  let link = '';
  const notify: Notify = (transaction, notice) => {
    link = notice.secrets?.['link'] ?? link;
    return services.notify(transaction, notice);
  };
  const sent = await sendInvitation(
    { ...accessDeps(services), notify },
    officer,
    done(draft, 'write an invitation'),
  );
  done(sent, 'send an invitation');
  return link;
}

/** Waits for the officer's approval. It comes last: once it is there, the story has been told. */
async function prepareOrder({ services, as }: Telling): Promise<void> {
  const worker = await as(people.worker, BUSINESS);
  const names = ['Årvåken Bjørk', 'Snill Løvetann'];
  await order(services, worker, { key: keys.last, names, reference: 'Torget 1' });
}
