import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fixtures, type FixtureBusiness, type FixturePerson } from '../../tests/support/fixtures.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import type { SmallPerson } from '../../tests/support/small-world.ts';
import accessEn from '../access/en.json' with { type: 'json' };
import accessNb from '../access/nb.json' with { type: 'json' };
import { createVault } from '../database/encryption.ts';
import { placeOrder } from '../orders/actions.ts';
import en from './en.json' with { type: 'json' };
import nb from './nb.json' with { type: 'json' };
import { createVendorInvoicePages } from './pages.tsx';
import { encryptFiles } from './recording.ts';

const delivery = { recipient: 'BLÅ HAMMER AS', lines: ['Testveien 1'], postalCode: '0150', place: 'OSLO' };

const vault = createVault({ current: 'a', keys: new Map([['a', randomBytes(32)]]) }, randomBytes(32));

let fixtures: Fixtures;
let pages: PageCaller;
let business: FixtureBusiness;
let vendor: FixtureBusiness;
let officer: FixturePerson;
let clerk: FixturePerson;
let member: FixturePerson;
let orderNumber: number;

beforeAll(async () => {
  fixtures = await Fixtures.start();
  pages = await createPageCaller(
    { nb: { 'vendor-invoices': nb, access: accessNb }, en: { 'vendor-invoices': en, access: accessEn } },
    (app) => {
      for (const base of ['/b/:business', '/b/:business/by/:vendor'])
        app.route(base, createVendorInvoicePages({ database: fixtures.database, vault }));
    },
  );
}, 60_000);
afterAll(() => fixtures.stop());
beforeEach(async () => {
  const { recipient, ...address } = delivery;
  business = await fixtures.business({ name: recipient, address: JSON.stringify(address) });
  vendor = await fixtures.business({ name: 'DYRE KORT AS' });
  officer = await fixtures.person('Våken Spurv');
  clerk = await fixtures.person('Ivrig Ekorn');
  member = await fixtures.person('Kostelig Kåpe');
  const vendorOfficer = await fixtures.person('Gradig Gribb');
  await fixtures.officer(business, officer);
  await fixtures.officer(vendor, vendorOfficer);
  await fixtures.vendorProfile(vendor, vendorOfficer);
  await fixtures.member(vendor, member, vendorOfficer);
  await fixtures.personMandate(business, clerk, officer, ['invoices.read']);
  const mandate = await fixtures.vendorMandate(business, vendor, { by: officer, vendorOfficer, member }, [
    'orders.place',
    'workers.read',
    'invoices.read',
  ]);
  await fixtures.rows('update quotes set order_ore = 8900, once_ore = 50000 where id = $1', [
    mandate.quoteId,
  ]);
  const workers = [await worker('Én'), await worker('To')];
  const placed = await placeOrder(
    {
      database: fixtures.database,
      notify: () => Promise.resolve(),
      blockCardsOf: () => Promise.reject(new Error()),
    },
    { tokenHash: member.tokenHash, business: business.number, vendor: vendor.number },
    { key: randomUUID(), unitId: business.unit, workerIds: workers, delivery, customerReference: '' },
  );
  if (!placed.ok) throw new Error(placed.error.kind);
  orderNumber = placed.value.number;
});

const worker = async (name: string) => fixtures.worker(business, await fixtures.person(name));
const path = (rest = '') => `/b/${business.number}/business/vendor-invoices${rest}`;
const small = ({ id, name, tokenHash }: FixturePerson): SmallPerson => ({
  ...{ id, name, nationalId: '', tokenHash },
  acting: () => ({ tokenHash, business: business.number }),
});
const plain = (text: string) =>
  text
    .replaceAll(/<[^>]+>/gu, ' ')
    .replaceAll(/[\s\u00a0]+/gu, ' ')
    .replaceAll('&#39;', "'");

/** 2 × 99 + 89 = 287, with VAT 358.75: as agreed. */
const form = (changes: Record<string, string> = {}) => ({
  vendor: vendor.number,
  number: 'F-1',
  issuedOn: '2026-01-31',
  orders: String(orderNumber),
  'count-fee': '2',
  'amount-fee': '99',
  'count-order': '1',
  'amount-order': '89',
  total: '358,75',
  ...changes,
});
const record = (changes: Record<string, string> = {}) =>
  pages.post(small(officer), path('/new'), form(changes));
const seen = async (location: string | null) => plain((await pages.get(small(clerk), location ?? '')).text);

describe('a vendor’s invoice', () => {
  it('is recorded by an officer, and is as agreed when it asks for what was accepted and ordered', async () => {
    const chosen = await pages.get(small(officer), path(`/new?vendor=${vendor.number}`));
    expect(plain(chosen.text)).toContain(`Order ${String(orderNumber)}, 2 cards`);
    const recorded = await record();
    expect([recorded.status, plain(recorded.text)]).toEqual([303, expect.anything()]);
    expect(await seen(recorded.location)).toMatch(/State As agreed .*358.75/u);
    expect(await seen(path())).toContain('F-1 DYRE KORT AS');
    expect(
      await fixtures.rows(
        `select action from audit_entries where business_id = $1 and action like 'vendor-invoice%'`,
        [business.id],
      ),
    ).toEqual([{ action: 'vendor-invoice.record' }]);
  });

  it('is flagged line by line, in plain words', async () => {
    const recorded = await record({
      ...{ 'count-fee': '3', 'amount-fee': '466', 'count-once': '1', 'amount-once': '600' },
      ...{
        'count-official': '2',
        'amount-official': '132,90',
        'text-0': 'Photo',
        'amount-0': '50',
        total: '5000',
      },
    });
    const text = await seen(recorded.location);
    for (const words of [
      'State Differs',
      'Charged for 3 cards. The orders have 2.',
      'NOK 466.00 each. You have accepted NOK 99.00.',
      'A start fee of NOK 600.00. You have accepted NOK 500.00.',
      'The issuer invoices you for the official price. If you pay this as well, you pay twice.',
      'Not in the quote that you accepted.',
      'It asks for NOK 5,000.00.',
    ]) {
      expect(text).toContain(words);
    }
  });

  it('for an order that another has is flagged, and the same number is recorded once', async () => {
    await record();
    const again = await record();
    expect([again.status, plain(again.text).includes(en.problem['number-used'])]).toEqual([422, true]);
    expect(again.text).toContain('value="F-1"');
    const second = await record({ number: 'F-2' });
    expect(await seen(second.location)).toContain(
      `Order ${String(orderNumber)} stands on invoice F-1 already.`,
    );
  });

  it('of two that are recorded in the same moment one is flagged as for an order that the other has', async () => {
    const both = await Promise.all([record({ number: 'F-1' }), record({ number: 'F-2' })]);
    const texts = await Promise.all(both.map(({ location }) => seen(location)));
    expect(texts.filter((text) => text.includes('stands on invoice F-'))).toHaveLength(1);
  });

  it.each([
    ['an amount that is none', { 'amount-fee': '99 EUR' }, en.problem.amount],
    ['a day to come', { issuedOn: '2099-01-01' }, en.problem['day-ahead']],
    ['another’s order', { orders: '1' }, en.problem['unknown-order']],
    [
      'no lines',
      { 'count-fee': '', 'amount-fee': '', 'count-order': '', 'amount-order': '' },
      en.problem['no-lines'],
    ],
  ])('with %s is not recorded, and what was typed is kept', async (_what, changes, words) => {
    const answer = await record(changes);
    expect([answer.status, plain(answer.text).includes(words)]).toEqual([422, true]);
    expect(answer.text).toContain('value="358,75"');
  });

  it('is kept without its file when the business has sent fifty in 24 hours', async () => {
    await fixtures.rows(
      `insert into recorded_agreements (business_id, vendor_id, file_name, sha256, content, uploaded_by, uploaded_by_name, uploaded_at)
       select $1, $2, 'a.pdf', sha256('x'::bytea), 'x', $3, 'V', now() from generate_series(1, 50)`,
      [business.id, vendor.id, officer.id],
    );
    const file = new File(['%PDF-1.7 %%EOF'], 'f.pdf');
    const send = () => pages.upload(small(officer), path('/new'), 'file', file, form());
    const tooMany = await send();
    expect([tooMany.status, tooMany.text.includes(en.problem.file['too-many-today'])]).toEqual([422, true]);
    expect(tooMany.text).toContain('value="358,75"');
    expect((await record({ number: 'F-2' })).status).toBe(303);
    await fixtures.rows(`update recorded_agreements set uploaded_at = uploaded_at - interval '1 day'`);
    expect((await send()).status).toBe(303);
  });

  it('is kept with its file only when that is a PDF by what it holds', async () => {
    const send = (content: string, number: string) =>
      pages.upload(small(officer), path('/new'), 'file', new File([content], 'f.pdf'), form({ number }));
    for (const [content, problem] of [
      ['MZ this is a program', 'not-pdf'],
      ['%PDF-1.7 <</Encrypt 1 0 R>> %%EOF', 'encrypted'],
      ['%PDF-1.7 <</S /JavaScript>> %%EOF', 'active'],
    ] as const) {
      const wrong = await send(content, 'F-3');
      expect([problem, wrong.status, wrong.text.includes(en.problem.file[problem])]).toEqual([
        problem,
        422,
        true,
      ]);
    }
    const right = await send('%PDF-1.7\n%%EOF', 'F-4');
    const file = `${right.location?.split('?')[0] ?? ''}/file.pdf`;
    expect((await pages.get(small(clerk), file)).text).toBe('%PDF-1.7\n%%EOF');

    // Kept encrypted; one of before is read as it was, and encrypted by a task.
    const stored = () =>
      fixtures.rows<{ file: Buffer }>(`select file from vendor_invoices where business_id = $1`, [
        business.id,
      ]);
    expect((await stored()).map((row) => row.file.includes('%PDF'))).toEqual([false]);
    await fixtures.rows(
      `update vendor_invoices set file = '%PDF-1.4 %%EOF', file_encrypted = false where business_id = $1`,
      [business.id],
    );
    expect((await pages.get(small(clerk), file)).text).toBe('%PDF-1.4 %%EOF');
    await encryptFiles({ database: fixtures.database, vault });
    expect((await stored()).map((row) => row.file.includes('%PDF'))).toEqual([false]);
    expect((await pages.get(small(clerk), file)).text).toBe('%PDF-1.4 %%EOF');
  });

  it('is seen by whoever may see invoices, recorded by officers, and nothing to the vendor', async () => {
    const recorded = await record();
    const id = recorded.location?.split('?')[0] ?? '';
    expect((await pages.get(small(clerk), id)).status).toBe(200);
    expect((await pages.post(small(clerk), path('/new'), form({ number: 'F-9' }))).status).toBe(403);
    const byVendor = id.replace('/business/', `/by/${vendor.number}/business/`);
    expect((await pages.get(small(member), byVendor)).status).toBe(403);
    const stranger = await fixtures.person('Frem Med');
    expect((await pages.get(small(stranger), id)).status).toBe(404);
  });
});
