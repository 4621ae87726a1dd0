import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FixtureBusiness, type FixturePerson, Fixtures } from '../../tests/support/fixtures.ts';
import { keepIn } from '../../tests/support/kept-notices.ts';
import type { Notice } from '../access/index.ts';
import { inTransaction } from '../database/transaction.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { AccessPoint } from '../registers/index.ts';
import { recordPayment, seeInvoice, seeInvoices, takeOutPayment } from './actions.ts';
import { deliverInvoice, remindBusinesses, sweepDeliveries, type DeliveryDeps } from './delivery.ts';
import { issueInvoices, type IssuingDeps } from './issuing.ts';
import { isKid } from './rules.ts';

const seller = {
  organisationNumber: '310000906',
  name: 'KORTUTSTEDEREN AS',
  account: '99900000010',
  address: { lines: ['Testgata 2'], postalCode: '0151', place: 'OSLO' },
};

let fixtures: Fixtures;
let officer: FixturePerson;
let business: FixtureBusiness;
let vendor: { business: FixtureBusiness; mandateId: string };
let other: { business: FixtureBusiness; mandateId: string };
let vendorOfficer: FixturePerson;
let member: FixturePerson;
let operator: FixturePerson;
let deps: IssuingDeps & DeliveryDeps;
const notices: Notice[] = [];

/** The access point: what it has, and how it behaves. */
const peppol = { has: new Map<string, string>(), receives: true, answers: true, takes: true };
const unavailable = err({ kind: 'unavailable', register: 'access-point' } as const);
const answering = <T>(value: T): Promise<Result<T, (typeof unavailable)['error']>> =>
  Promise.resolve(peppol.answers ? ok(value) : unavailable);
const accessPoint: AccessPoint = {
  receives: () => answering(peppol.receives),
  sent: (key) => answering(peppol.has.has(key)),
  send: ({ key, xml }) => {
    if (peppol.takes) peppol.has.set(key, xml);
    return Promise.resolve(peppol.answers && peppol.takes ? ok({ key }) : unavailable);
  },
};

beforeAll(async () => {
  fixtures = await Fixtures.start();
  officer = await fixtures.person('Dag Leder');
  vendorOfficer = await fixtures.person('Vendela Leder');
  member = await fixtures.person('Medlem Måke');
  business = await fixtures.business({
    name: 'BLÅ HAMMER AS',
    address: '{"postalCode":"0150","place":"OSLO"}',
  });
  await fixtures.officer(business, officer);
  vendor = await vendorOf(business);
  other = await vendorOf(business);
  operator = await operatorOf();
  const silent = () => undefined;
  deps = {
    database: fixtures.database,
    issuer: seller,
    dueDays: 14,
    reminderDays: 14,
    accessPoint,
    notify: keepIn(notices),
    texts: () => (key) => key,
    log: { debug: silent, info: silent, warn: silent, error: silent },
  };
});
afterAll(() => fixtures.stop());
beforeEach(async () => {
  notices.length = 0;
  peppol.has.clear();
  Object.assign(peppol, { receives: true, answers: true, takes: true });
  await fixtures.rows('delete from invoice_payments');
  await fixtures.rows('delete from invoice_cards');
  await fixtures.rows('delete from invoices where credits is not null');
  await fixtures.rows('delete from invoices');
  await fixtures.rows('delete from invoices_wanted');
  await fixtures.rows(`update order_lines set state = 'closed' where state <> 'cancelled'`);
  await fixtures.rows('delete from invoices_wanted');
  await fixtures.rows(`update clock set offset_by = '0'`);
});

async function vendorOf(of: FixtureBusiness) {
  const made = await fixtures.business();
  const people = { by: officer, vendorOfficer, member };
  await fixtures.vendorProfile(made, vendorOfficer);
  await fixtures.member(made, member, vendorOfficer);
  const { id } = await fixtures.vendorMandate(of, made, people, ['orders.read', 'invoices.read']);
  return { business: made, mandateId: id };
}

async function operatorOf(): Promise<FixturePerson> {
  const person = await fixtures.person('Flittig Operatør');
  await fixtures.rows(
    `insert into staff_appointments (role, name, email, ends_at, proposed_at, token_hash, token_expires_at,
       accepted_by, accepted_by_name, accepted_at, approved_at)
     values ('operator', $2, 'o@example.no', now() + interval '30 days', now() - interval '1 day', sha256('o'::bytea),
       now(), $1, $2, now() - interval '1 day', now() - interval '1 day')`,
    [person.id, person.name],
  );
  return person;
}

/** An order of so many cards that wait for production; of the business itself or of a vendor. */
async function order(cards: number, by?: { business: FixtureBusiness; mandateId: string }, of = business) {
  const holders = await Promise.all(Array.from({ length: cards }, () => fixtures.person('Kort Holder')));
  const workers = await Promise.all(holders.map((holder) => fixtures.worker(of, holder)));
  const worker = { id: workers[0] ?? '', personId: holders[0]?.id ?? '', unit: of.unit };
  const vendorIds = by === undefined ? undefined : { id: by.business.id, mandateId: by.mandateId };
  const made = await fixtures.order(of, worker, officer, vendorIds, 'ready');
  const lineIds = [made.lineId];
  for (const workerId of workers.slice(1)) {
    lineIds.push(
      await fixtures.insert('order_lines', {
        order_id: made.orderId,
        business_id: of.id,
        vendor_id: by?.business.id ?? null,
        worker_id: workerId,
        holder_name: 'Kort Holder',
        state: 'ready',
        changed_at: new Date(0),
      }),
    );
  }
  await fixtures.rows('update orders set fee_ore = $2, customer_reference = $3 where id = $1', [
    made.orderId,
    by === undefined ? 0 : 46_600,
    'Torget 1',
  ]);
  return { orderId: made.orderId, lineIds };
}

const move = (lineIds: readonly (string | undefined)[], state: string) =>
  fixtures.rows('update order_lines set state = $2 where id = any($1)', [lineIds, state]);

interface Row {
  id: string;
  number: number;
  kind: string;
  cards: number;
  excluding_ore: number;
  vat_ore: number;
  including_ore: number;
  kid: string;
  paid_ore: number;
  credited_ore: number;
  channel: string | null;
  reminders: number;
}

const documents = (orderId: string) =>
  fixtures.rows<Row>('select * from invoices where order_id = $1 order by number', [orderId]);

async function issued(cards = 1, by?: { business: FixtureBusiness; mandateId: string }): Promise<Row> {
  const { orderId, lineIds } = await order(cards, by);
  await move(lineIds, 'in-production');
  await issueInvoices(deps);
  const [invoice] = await documents(orderId);
  if (!invoice) throw new Error('There is no invoice.');
  return invoice;
}

describe('an invoice', () => {
  test('is issued when the first card goes to production, for those that are not cancelled, at the official price', async () => {
    const { orderId, lineIds } = await order(4, vendor);
    await move([lineIds[3]], 'cancelled');
    await issueInvoices(deps);
    expect(await documents(orderId)).toEqual([]);
    await move([lineIds[0]], 'in-production');
    await issueInvoices(deps);
    await move([lineIds[1], lineIds[2]], 'in-production');
    await issueInvoices(deps);
    const [invoice, ...more] = await documents(orderId);
    expect(more).toEqual([]);
    // The vendor's fee of 466.00 is not on it.
    expect(invoice).toMatchObject({
      kind: 'invoice',
      cards: 3,
      excluding_ore: 39_870,
      vat_ore: 9968,
      including_ore: 49_838,
      business_id: business.id,
      vendor_id: vendor.business.id,
      customer_reference: 'Torget 1',
    });
    expect(isKid(invoice?.kid ?? '')).toBe(true);
    const [entry] = await fixtures.rows(
      `select actor_job, business_id from audit_entries where action = 'invoice.issued' and subject_id = $1`,
      [invoice?.id],
    );
    expect(entry).toEqual({ actor_job: 'invoices.issue', business_id: business.id });
  });

  test('is credited for cards that are rejected or cancelled later, each once', async () => {
    const { orderId, lineIds } = await order(3);
    await move([lineIds[0]], 'in-production');
    await issueInvoices(deps);
    await move([lineIds[1]], 'cancelled');
    await issueInvoices(deps);
    await move([lineIds[0]], 'rejected');
    await move([lineIds[2]], 'rejected');
    await issueInvoices(deps);
    await issueInvoices(deps);
    const [invoice, first, second, ...more] = await documents(orderId);
    expect(more).toEqual([]);
    expect(invoice).toMatchObject({ cards: 3, credited_cards: 3, credited_ore: 16_613 + 33_225 });
    expect(first).toMatchObject({
      kind: 'credit-note',
      cards: 1,
      including_ore: 16_613,
      credits: invoice?.id,
    });
    expect(second).toMatchObject({
      kind: 'credit-note',
      cards: 2,
      including_ore: 33_225,
      credits: invoice?.id,
    });
  });

  test('is not issued for an order of which nothing is left when it is written', async () => {
    const { orderId, lineIds } = await order(1);
    await move(lineIds, 'in-production');
    await move(lineIds, 'rejected');
    await issueInvoices(deps);
    expect(await documents(orderId)).toEqual([]);
    expect(await fixtures.rows('select 1 from invoices_wanted')).toEqual([]);
  });

  test('has the next number whoever writes at once, with none missing and none twice', async () => {
    const orders = await Promise.all(Array.from({ length: 12 }, () => order(2)));
    await move(
      orders.flatMap(({ lineIds }) => lineIds),
      'in-production',
    );
    await Promise.all([issueInvoices(deps), issueInvoices(deps), issueInvoices(deps)]);
    const found = (await Promise.all(orders.map(({ orderId }) => documents(orderId)))).flat();
    expect(found.map(({ cards }) => cards)).toEqual(orders.map(() => 2));
    const numbers = found.map(({ number }) => number).sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
  });

  test('that breaks off leaves no gap, and is written later', async () => {
    const before = await issued();
    const { orderId, lineIds } = await order(1);
    await move(lineIds, 'in-production');
    // Something fails after the number is taken.
    const broken = {
      ...deps,
      issuer: { ...seller, organisationNumber: '310000906', account: undefined as never },
    };
    await fixtures.rows(
      `alter table invoices add constraint fails check (parties->'seller'->>'account' is not null)`,
    );
    await expect(issueInvoices(broken)).rejects.toThrow();
    await fixtures.rows('alter table invoices drop constraint fails');
    expect(await documents(orderId)).toEqual([]);
    await issueInvoices(deps);
    expect((await documents(orderId)).map(({ number }) => number)).toEqual([before.number + 1]);
  });

  test('cannot be issued twice, credited twice, or changed, past our own rules', async () => {
    const { id } = await issued();
    const as = (statement: string) =>
      inTransaction(fixtures.database, { kind: 'job', name: 'test' }, async ({ query }) => {
        const { sql } = await import('kysely');
        await sql.raw(statement).execute(query);
      });
    await expect(as(`update invoices set including_ore = 1 where id = '${id}'`)).rejects.toThrow(
      /permission/u,
    );
    await expect(as(`update invoices set paid_ore = 1 where id = '${id}'`)).rejects.toThrow(/permission/u);
    await expect(as(`delete from invoices where id = '${id}'`)).rejects.toThrow(/permission/u);
    const again = `insert into invoice_cards (invoice_id, business_id, order_line_id, kind)
      select invoice_id, business_id, order_line_id, kind from invoice_cards where invoice_id = '${id}'`;
    await expect(as(again)).rejects.toThrow(/unique/u);
  });
});

describe('who sees an invoice', () => {
  const list = async (person: FixturePerson, at: string, by?: string) => {
    const acting = { tokenHash: person.tokenHash, business: at, ...(by === undefined ? {} : { vendor: by }) };
    const seen = await seeInvoices(deps, acting, 1);
    return seen.ok ? seen.value.invoices.map(({ id }) => id) : seen.error.kind;
  };

  test('the business all of its own, a vendor those of orders that it made, others nothing', async () => {
    const own = await issued();
    const theirs = await issued(1, vendor);
    const rivals = await issued(1, other);
    const { number } = business;
    expect(await list(officer, number)).toEqual([rivals.id, theirs.id, own.id]);
    expect(await list(member, number, vendor.business.number)).toEqual([theirs.id]);
    expect(await list(member, number, other.business.number)).toEqual([rivals.id]);
    const elsewhere = await fixtures.business();
    const stranger = await fixtures.person('Fremmed Fugl');
    await fixtures.officer(elsewhere, stranger);
    expect(await list(stranger, number)).toBe('missing');
    expect(await list(stranger, elsewhere.number)).toEqual([]);
    const acting = { tokenHash: stranger.tokenHash, business: elsewhere.number };
    const seen = await seeInvoice(deps, acting, own.id);
    expect(seen.ok && seen.value.view).toBe(undefined);
  });

  test('nobody without the right, and one with it in another unit nothing', async () => {
    const invoice = await issued();
    const person = await fixtures.person('Bare Bestiller');
    await fixtures.personMandate(business, person, officer, ['orders.place', 'orders.read']);
    expect(await list(person, business.number)).toBe('refused');
    const elsewhere = await fixtures.person('Annen Avdeling');
    const units = [business.otherUnit];
    await fixtures.personMandate(business, elsewhere, officer, ['invoices.read'], { units });
    expect(await list(elsewhere, business.number)).toEqual([]);
    const bookkeeper = await fixtures.person('Fører Falk');
    await fixtures.personMandate(business, bookkeeper, officer, ['invoices.read'], {
      units: [business.unit],
    });
    expect(await list(bookkeeper, business.number)).toEqual([invoice.id]);
  });
});

describe('delivery', () => {
  const deliver = (id: string) => deliverInvoice(deps, { invoiceId: id });
  const channelOf = async (id: string) =>
    (await fixtures.rows<Row>('select * from invoices where id = $1', [id]))[0]?.channel;

  test('goes as EHF to a business that receives it, once', async () => {
    const { id } = await issued();
    await deliver(id);
    await deliver(id);
    expect(await channelOf(id)).toBe('ehf');
    expect([...peppol.has.keys()]).toEqual([id]);
    expect(peppol.has.get(id)).toContain('<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>');
    expect(notices).toEqual([]);
  });

  test('is a notice with the way to it where the business does not receive EHF, once', async () => {
    peppol.receives = false;
    const { id, number } = await issued();
    await Promise.all([deliver(id), deliver(id)]);
    expect(await channelOf(id)).toBe('notice');
    expect(
      notices.map(({ template, parameters }) => [template, parameters['number'], parameters['link']]),
    ).toEqual([['invoices:notice.invoice', String(number), `/b/${business.number}/business/invoices/${id}`]]);
  });

  test('that was handed over with an answer that was lost is not sent again, nor told of', async () => {
    const { id } = await issued();
    const lost: AccessPoint = {
      ...accessPoint,
      send: async (sending) => {
        await accessPoint.send(sending);
        return unavailable;
      },
    };
    await deliverInvoice({ ...deps, accessPoint: lost }, { invoiceId: id });
    expect(await channelOf(id)).toBe(null);
    peppol.receives = false;
    let sendings = 0;
    const counted: AccessPoint = {
      ...accessPoint,
      send: (sending) => {
        sendings += 1;
        return accessPoint.send(sending);
      },
    };
    await deliverInvoice({ ...deps, accessPoint: counted }, { invoiceId: id });
    expect([await channelOf(id), sendings, notices]).toEqual(['ehf', 0, []]);
  });

  test('that fails is tried again, by the sweep too, whatever became of the job', async () => {
    peppol.answers = false;
    const { id } = await issued();
    await deliver(id);
    expect(await channelOf(id)).toBe(null);
    await fixtures.rows('delete from graphile_worker._private_jobs');
    await sweepDeliveries(deps);
    const jobs = () => fixtures.rows('select 1 from graphile_worker._private_jobs');
    expect(await jobs()).toHaveLength(0);
    await fixtures.rows(`update clock set offset_by = '2 minutes'`);
    await sweepDeliveries(deps);
    expect(await jobs()).toHaveLength(1);
    peppol.answers = true;
    await deliver(id);
    expect(await channelOf(id)).toBe('ehf');
  });
});

describe('payments', () => {
  const acting = () => ({ tokenHash: operator.tokenHash, role: 'operator' as const });
  const today = () => new Date().toISOString().slice(0, 10) as never;
  const pay = (invoiceId: string, ore: number, reference: string) =>
    recordPayment(deps, acting(), { invoiceId, ore, reference, paidOn: today() });
  const stateFor = async (id: string) => {
    const [row] = await fixtures.rows<Row>('select * from invoices where id = $1', [id]);
    return row?.paid_ore;
  };

  test('count in part and in whole, and the same reference counts once', async () => {
    const { id } = await issued();
    const first = await pay(id, 10_000, 'bank-1');
    expect(first.ok).toBe(true);
    expect(await pay(id, 10_000, 'bank-1')).toEqual(first);
    expect(await pay(id, 9000, 'bank-1')).toEqual({ ok: false, error: 'reference-used' });
    await Promise.all([pay(id, 6613, 'bank-2'), pay(id, 6613, 'bank-2'), pay(id, 6613, 'bank-2')]);
    expect(await stateFor(id)).toBe(16_613);
    const entries = await fixtures.rows(
      `select 1 from audit_entries where action = 'payment.recorded' and subject_id = $1`,
      [id],
    );
    expect(entries).toHaveLength(2);
  });

  test('that are double or wrong are taken out by rows of their own, once, and nothing is overwritten', async () => {
    const { id } = await issued();
    await pay(id, 16_613, 'bank-3');
    const twice = await pay(id, 16_613, 'bank-4');
    if (!twice.ok) throw new Error('The payment was refused.');
    const out = { invoiceId: id, paymentId: twice.value.paymentId, why: 'double' as const };
    expect((await takeOutPayment(deps, acting(), out)).ok).toBe(true);
    expect(await takeOutPayment(deps, acting(), { ...out, why: 'wrong' })).toEqual({
      ok: false,
      error: 'already-taken-out',
    });
    expect(await stateFor(id)).toBe(16_613);
    const rows = await fixtures.rows(
      'select kind, ore from invoice_payments where invoice_id = $1 order by id',
      [id],
    );
    expect(rows).toEqual([
      { kind: 'received', ore: 16_613 },
      { kind: 'received', ore: 16_613 },
      { kind: 'double', ore: -16_613 },
    ]);
  });

  test('are recorded by operators alone, on invoices that there are, and on no later day than today', async () => {
    const { id } = await issued();
    const payment = { invoiceId: id, ore: 1, reference: 'bank-5', paidOn: today() };
    const asOfficer = { tokenHash: officer.tokenHash, role: 'operator' as const };
    expect(await recordPayment(deps, asOfficer, payment)).toEqual({ ok: false, error: { kind: 'missing' } });
    const nowhere = { ...payment, invoiceId: '00000000-0000-0000-0000-000000000000' };
    expect(await recordPayment(deps, acting(), nowhere)).toEqual({ ok: false, error: 'unknown' });
    const later = { ...payment, paidOn: '2100-01-01' as never };
    expect(await recordPayment(deps, acting(), later)).toEqual({ ok: false, error: 'later-than-today' });
    expect(await stateFor(id)).toBe(0);
  });
});

describe('reminders', () => {
  const ahead = (days: number) =>
    fixtures.rows(`update clock set offset_by = make_interval(days => $1)`, [days]);

  test('come so many days after the last day of payment, three at most, and never for what is paid', async () => {
    const { id, including_ore } = await issued();
    const paid = await issued();
    await recordPayment(
      deps,
      { tokenHash: operator.tokenHash, role: 'operator' },
      {
        invoiceId: paid.id,
        ore: including_ore,
        reference: 'bank-9',
        paidOn: new Date().toISOString().slice(0, 10) as never,
      },
    );
    const told: number[] = [];
    for (const days of [27, 28, 29, 41, 42, 56, 70, 84]) {
      await ahead(days);
      await Promise.all([remindBusinesses(deps), remindBusinesses(deps)]);
      told.push(notices.length);
    }
    expect(told).toEqual([0, 1, 1, 1, 2, 3, 3, 3]);
    expect(new Set(notices.map(({ template }) => template))).toEqual(new Set(['invoices:notice.reminder']));
    const rows = await fixtures.rows<Row>('select * from invoices order by number');
    expect(rows.map((row) => [row.id, row.reminders])).toEqual([
      [id, 3],
      [paid.id, 0],
    ]);
  });
});
