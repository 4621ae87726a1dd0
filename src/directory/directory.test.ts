import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import sharp from 'sharp';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { uuidv7 } from '../kernel/ids.ts';
import { createNotify } from '../messages/index.ts';
import { createStaffPages } from '../staff/index.ts';
import { words } from '../words.ts';
import { countMonths, countVendors, forgetReports, sendAnswer, sendReport, viewMonths } from './actions.ts';
import { createDirectoryPages, createReportStaffPages } from './index.ts';
import { listVendors } from './records.ts';
import { QUESTIONS } from './rules.ts';

let world: SmallWorld;
let pages: PageCaller;
let officer: SmallPerson;
let outsider: SmallPerson;
const vendorIds = new Map<string, string>();

const CHEAP = '310000035';
const DEAR = '310000159';

async function vendor(number: string, name: string, feeOre: number): Promise<void> {
  const id = await world.business(number, name);
  vendorIds.set(number, id);
  await world.rows(
    `insert into vendor_profiles (vendor_id, fee_ore, agreement_version, agreement_sha256, accepted_by, accepted_by_name, accepted_at)
     values ($1, $2, '1', sha256('agreement'::bytea), $3, 'Officer', now())`,
    [id, feeOre, officer.id],
  );
}

beforeAll(async () => {
  world = await startSmallWorld();
  officer = await world.person('Grundig Mappe', '15819049944');
  outsider = await world.person('Uvedkommende', '13817628944');
  const other = await world.person('Annen', '02838536711');
  await vendor(DEAR, 'ANDRE KORT AS', 46_600);
  await vendor(CHEAP, 'BILLIGE KORT AS', 9900);
  await world.rows(
    `insert into staff_appointments (role, name, email, ends_at, proposed_by, proposed_by_name, proposed_at, token_hash,
       token_expires_at, accepted_by, accepted_by_name, accepted_at, approved_by, approved_by_name, approved_at, authority)
     values ('case-officer', 'G', 'g@example.no', now() + interval '90 days', $1, 'G', now(), sha256('x'::bytea),
       now() + interval '7 days', $1, 'G', now(), $2, 'A', now(), 'arbeidstilsynet')`,
    [officer.id, other.id],
  );
  pages = await createPageCaller(words, (app) => {
    app.route('/', createDirectoryPages({ ...receiving(), checksPerMinute: 1000, trustedProxyHops: 0 }));
    app.route('/', createReportStaffPages(world));
    app.route(
      '/',
      createStaffPages({
        database: world.database,
        notify: createNotify(world),
        publicOrigin: 'https://kort.example',
      }),
    );
  });
});
afterAll(() => world.stop());

function receiving() {
  return { database: world.database, vault: world.vault, filesPerDayBytes: 500_000_000 };
}

const fineAnswers = () => Object.fromEntries(QUESTIONS.map(({ key, fine }) => [key, fine]));

describe('the self-check', () => {
  test('asks for every answer, and keeps those that were given', async () => {
    const asked = await pages.get(undefined, '/self-check');
    expect(asked.status).toBe(200);
    expect(asked.text).toContain('Have you ordered through a third party?');
    const { liable: _, ...rest } = fineAnswers();
    const missing = await pages.post(undefined, '/self-check', rest);
    expect(missing.status).toBe(422);
    expect(missing.text).toContain('Choose an answer');
    expect(missing.text.match(/ checked/gu)).toHaveLength(9);
  });

  test('says that all is in order, or leads to what mends it, in the business that it was begun from', async () => {
    const fine = await pages.post(undefined, '/self-check', fineAnswers());
    expect(fine.text).toContain('All is in order');
    const wrong = { ...fineAnswers(), everyone: 'unsure', contact: 'no', shared: 'yes' };
    const nowhere = await pages.post(undefined, '/self-check', wrong);
    expect(nowhere.text).toContain('3 things to put right');
    expect(nowhere.text).toContain('href="/businesses"');
    const inside = await pages.post(undefined, '/self-check?b=310000019', wrong);
    for (const path of [
      '/b/310000019/business/access',
      '/b/310000019/business/contact',
      '/profile',
      '/report',
    ])
      expect(inside.text).toContain(`href="${path}"`);
    const forged = await pages.post(undefined, '/self-check?b=%2F%2Fevil.example', wrong);
    expect(forged.text).not.toContain('evil.example/');
    expect(forged.text).toContain('href="/businesses"');
  });
});

const listed = async (search = '', sort: 'name' | 'fee' = 'name') =>
  listVendors(world.database, { search, sort, page: 1, pageSize: 25 });

describe('the directory', () => {
  test('lists vendors by name or fee, ordering oneself first, and finds by name and number', async () => {
    expect((await listed()).vendors.map(({ name }) => name)).toEqual(['ANDRE KORT AS', 'BILLIGE KORT AS']);
    expect((await listed('', 'fee')).vendors.map(({ feeOre }) => feeOre)).toEqual([9900, 46_600]);
    expect((await listed('billige')).total).toBe(1);
    expect((await listed('310 000 159')).vendors.map(({ name }) => name)).toEqual(['ANDRE KORT AS']);
    expect((await listed('%')).total).toBe(0);
    const page = await pages.get(undefined, '/vendors?sort=fee');
    expect(page.status).toBe(200);
    const places = ['Order it yourself', 'NOK 132.90 + VAT per card', 'BILLIGE KORT AS', 'ANDRE KORT AS'];
    const found = places.map((text) => page.text.indexOf(text));
    expect(found.every((place) => place > 0)).toBe(true);
    expect([...found].sort((a, b) => a - b)).toEqual(found);
    expect((await pages.get(undefined, '/vendors?q=nobody')).text).toContain('No vendor fits the search.');
    // A page past the last one, as from an old link, is the first.
    const past = await pages.get(undefined, '/vendors?q=kort&sort=fee&page=9');
    expect([past.status, past.location]).toEqual([303, '/vendors?q=kort&sort=fee&page=1']);
  });

  test('shows no number that rests on fewer than ten, and what the numbers are from ten on', async () => {
    const vendorId = vendorIds.get(CHEAP);
    const addCustomer = async (index: number) => {
      const id = await world.business(String(910_000_000 + index), `KUNDE ${String(index)}`);
      await world.rows(
        `with q as (insert into quotes (business_id, vendor_id, fee_ore, valid_until, accepted_by, accepted_by_name, accepted_at)
           values ($1, $2, $3, now() + interval '90 days', $4, 'A', now()) returning id),
         a as (insert into agreements (business_id, vendor_id, version, document_sha256, business_accepted_by,
           business_accepted_by_name, business_accepted_at, vendor_accepted_by, vendor_accepted_by_name, vendor_accepted_at)
           values ($1, $2, '1', sha256('agreement'::bytea), $4, 'A', now(), $4, 'A', now()) returning id)
         insert into mandates (business_id, holder, vendor_id, holder_name, rights, starts_at, ends_at, agreement_id,
           quote_id, approved_by, approved_by_name, approved_at, approved_acr, approved_auth_time)
         select $1, 'vendor', $2, 'vendor', '{orders.place}', now() - interval '1 hour', now() + interval '30 days', a.id, q.id,
           $4, 'A', now(), 'high', now() from a, q`,
        [id, vendorId, 9000 + index * 100, officer.id],
      );
      await world.rows(
        `insert into audit_entries (recorded_at, actor_person_id, capacity, action, decision, rule, business_id, vendor_id)
         values (now(), $1, 'vendor', 'contact.view', 'refused', 'never-for-vendor', $2, $3),
           (now(), $1, 'vendor', 'order.placed', 'refused', 'vendor-barred', $2, $3)`,
        [officer.id, id, vendorId],
      );
    };
    for (let index = 0; index < 9; index += 1) await addCustomer(index);
    await countVendors(world);
    const few = (await listed('billige')).vendors[0];
    expect(few).toMatchObject({
      customers: undefined,
      fees: undefined,
      refused: undefined,
      orders: undefined,
    });
    expect((await pages.get(undefined, '/vendors?q=billige')).text).toContain('Fewer than 10');
    await addCustomer(9);
    expect((await listed('billige')).vendors[0]).toMatchObject({ customers: undefined });
    await countVendors(world);
    expect((await listed('billige')).vendors[0]).toMatchObject({
      customers: 10,
      refused: 10,
      fees: { least: 9000, median: 9450, most: 9900 },
    });
    // One more is told by no difference.
    await addCustomer(10);
    await countVendors(world);
    expect((await listed('billige')).vendors[0]).toMatchObject({ customers: 10, refused: 10 });
    expect((await pages.get(undefined, '/vendors?q=billige')).text).toContain('rounded down to whole tens');
    // Whoever has let the mandate run out is no customer now.
    await world.rows(
      `update mandates set starts_at = now() - interval '2 hours', ends_at = now() - interval '1 hour'
       where id in (select id from mandates where vendor_id = $1 limit 2)`,
      [vendorId],
    );
    await countVendors(world);
    expect((await listed('billige')).vendors[0]).toMatchObject({ customers: undefined, refused: 10 });
  });

  test('counts orders, the days until their cards were shipped, and the photos that were rejected', async () => {
    const vendorId = vendorIds.get(DEAR) ?? '';
    // Ten orders, shipped after 1 to 10 days, of which three had their photo rejected; with one that was cancelled and one of long ago.
    await world.rows(`
      begin;
      set local session_replication_role = replica;
      insert into orders (id, business_id, unit_id, vendor_id, vendor_name, mandate_id, placed_by, placed_by_name, placed_at, idempotency_key,
        card_type, delivery_address, price_ore, vat_basis_points, state)
      select md5('order' || n)::uuid, '${vendorId}', '${vendorId}', '${vendorId}', 'V', '${vendorId}', '${officer.id}', 'P',
        now() - case n when 12 then interval '13 months' else interval '20 days' end, uuidv7(), 'construction', '{}', 13290, 2500,
        case n when 11 then 'cancelled' else 'placed' end
      from generate_series(1, 12) n;
      insert into order_lines (id, business_id, order_id, unit_id, worker_id, holder_name, vendor_id, state, changed_at, confirmation_token)
      select md5('line' || n)::uuid, o.business_id, o.id, o.unit_id, '${officer.id}', 'W', o.vendor_id, 'shipped',
        o.placed_at + n * interval '1 day', left(md5('token' || n), 11)
      from generate_series(1, 10) n join orders o on o.id = md5('order' || n)::uuid;
      insert into media_verdicts (business_id, unit_id, line_id, worker_id, vendor_id, photo_id, accepted, reasons, decided_at, decided_by,
        decided_by_name)
      select l.business_id, l.unit_id, l.id, l.worker_id, l.vendor_id, uuidv7(), n > 3,
        case when n > 3 then '{}'::text[] else '{blurred}' end, now(), '${officer.id}', 'R'
      from generate_series(1, 10) n join order_lines l on l.id = md5('line' || n)::uuid;
      commit;
    `);
    await countVendors(world);
    expect((await listed('andre')).vendors[0]).toMatchObject({
      orders: 10,
      medianDays: 5.5,
      rejectedPercent: 30,
      customers: undefined,
    });
    const page = await pages.get(undefined, '/vendors?q=andre');
    expect(page.text).toContain('5.5 days');
    expect(page.text).toContain('30 %');
    expect(page.text).toContain('The numbers were counted');
  });

  test('lists no vendor that is barred', async () => {
    await vendor('310000094', 'STENGT KORT AS', 100);
    expect((await listed('stengt')).total).toBe(1);
    await world.rows('update vendor_profiles set barred_at = now() where vendor_id = $1', [
      vendorIds.get('310000094'),
    ]);
    expect((await listed('stengt')).total).toBe(0);
  });
});

const report = {
  about: 'Falsk Side AS',
  pageAddress: 'https://hmskort.example/login',
  text: 'Ba om koden min',
};
const stored = () =>
  world.rows<{ id: string; state: string; email: string | null; told: boolean }>(
    `select id, state, email, told_at is not null as told from vendor_reports order by id desc`,
  );

describe('a report', () => {
  test('says what is missing, and is kept as it was written', async () => {
    const missing = await pages.post(undefined, '/report', { email: 'no address' });
    expect(missing.status).toBe(422);
    expect(missing.text).toContain('Write what has happened');
    expect(await stored()).toEqual([]);
  });

  test('becomes a case that is taken, noted on and answered once; the answer goes by mail and the address goes', async () => {
    const sent = await pages.post(undefined, '/report', { ...report, email: 'meg@example.no' });
    expect(sent.text).toContain('Thank you, the report is sent');
    const [{ id } = { id: '' }] = await stored();
    const path = `/staff/reports/${id}`;
    expect((await pages.get(outsider, path)).status).toBe(404);
    expect((await pages.get(outsider, '/staff/reports')).status).toBe(404);
    expect((await pages.get(officer, '/staff/reports')).text).toContain('Falsk Side AS');
    const one = await pages.get(officer, path);
    expect(one.text).toContain('https://hmskort.example/login');
    expect(one.text).not.toContain('href="https://hmskort.example');
    expect(one.text).not.toContain('meg@example.no');
    expect((await pages.post(officer, path, { form: 'take' })).status).toBe(303);
    expect((await pages.post(officer, path, { form: 'take' })).status).toBe(409);
    expect((await pages.post(officer, path, { form: 'note', note: 'Ringte banken' })).status).toBe(303);
    expect((await pages.get(officer, path)).text).toContain('Ringte banken');
    expect((await pages.post(officer, path, { form: 'answer' })).status).toBe(422);
    expect((await pages.post(officer, path, { form: 'answer', answer: 'Siden er stengt.' })).status).toBe(
      303,
    );
    expect((await pages.post(officer, path, { form: 'answer', answer: 'En gang til' })).status).toBe(409);
    const deps = { database: world.database, notify: createNotify(world) };
    await sendAnswer(deps, { reportId: id });
    await sendAnswer(deps, { reportId: id });
    expect(await stored()).toEqual([{ id, state: 'answered', email: null, told: true }]);
    const notices = await world.rows(
      `select extra_addresses, language, parameters ->> 'answer' as answer from notices where template = 'directory:notice.answer'`,
    );
    expect(notices).toEqual([
      { extra_addresses: ['meg@example.no'], language: 'en', answer: 'Siden er stengt.' },
    ]);
    const actions = await world.rows<{ action: string }>(
      `select action from audit_entries where subject_kind = 'vendor-report' order by id`,
    );
    expect(actions.map(({ action }) => action)).toEqual([
      'vendor-report.received',
      'vendor-report.taken',
      'vendor-report.noted',
      'vendor-report.answered',
    ]);
  });

  test('without an address is answered in the case alone', async () => {
    await pages.post(undefined, '/report', report);
    const [{ id } = { id: '' }] = await stored();
    await pages.post(officer, `/staff/reports/${id}`, { form: 'answer', answer: 'Takk' });
    await sendAnswer({ database: world.database, notify: createNotify(world) }, { reportId: id });
    expect((await stored())[0]).toMatchObject({ state: 'answered', told: false });
    expect((await pages.get(officer, `/staff/reports/${id}`)).text).toContain('No address had been left.');
  });

  test('is about the vendor that a case officer finds it to be about, and counts with it', async () => {
    await pages.post(undefined, '/report', report);
    const [{ id } = { id: '' }] = await stored();
    const path = `/staff/reports/${id}`;
    const nobody = await pages.post(officer, path, { form: 'vendor', vendor: '310000019' });
    expect(nobody.status).toBe(422);
    expect(nobody.text).toContain('No vendor has that number.');
    expect((await pages.post(officer, path, { form: 'vendor', vendor: '310 000 159' })).status).toBe(303);
    expect((await pages.get(officer, path)).text).toContain('href="/staff/vendors/310000159"');
    expect((await pages.get(officer, '/staff/vendors/310000159')).text).toContain(`href="${path}"`);
    expect((await pages.post(officer, path, { form: 'vendor' })).status).toBe(303);
    expect((await pages.get(officer, path)).text).not.toContain('href="/staff/vendors/310000159"');
    await pages.post(officer, path, { form: 'vendor', vendor: DEAR });
    await pages.post(officer, path, { form: 'answer', answer: 'Takk' });
    expect((await pages.post(officer, path, { form: 'vendor', vendor: CHEAP })).status).toBe(409);
  });

  test('is one of ten that an address may send in an hour', async () => {
    const statuses: number[] = [];
    for (let index = 0; index < 10; index += 1)
      statuses.push((await pages.post(undefined, '/report', report)).status);
    expect(statuses.at(0)).toBe(200);
    expect(statuses.at(-1)).toBe(429);
  });
});

describe('files with a report', () => {
  const pdf = (text = '1 0 obj') => Buffer.from(`%PDF-1.7\n${text}\nendobj\n%%EOF\n`);
  const picture = () =>
    sharp({ create: { width: 900, height: 600, channels: 3, background: '#88aacc' } })
      .withExif({ IFD0: { Artist: 'Kari' } })
      .png()
      .toBuffer();
  const send = (...files: { readonly name: string; readonly bytes: Uint8Array }[]) =>
    sendReport(receiving(), { ...report, files }, 'nb');
  const count = async () => (await world.rows('select id from vendor_reports')).length;

  test('are taken while there is room for a day’s, and a report without any always', async () => {
    const files = [{ name: 'faktura.pdf', bytes: pdf() }];
    const [before] = await world.rows<{ bytes: string; reports: string }>(
      'select coalesce(sum(bytes), 0) as bytes, (select count(*) from vendor_reports) as reports from vendor_report_files',
    );
    const few = { ...receiving(), filesPerDayBytes: Number(before?.bytes) + 2 * pdf().length };
    const sendFew = (sent: typeof files) => sendReport(few, { ...report, files: sent }, 'nb');
    const first = await sendFew([...files, ...files]);
    expect(await sendFew(files)).toEqual({ ok: false, error: 'no-room' });
    expect(await count()).toBe(Number(before?.reports) + 1);
    expect((await sendFew([])).ok).toBe(true);
    await world.rows(`update vendor_reports set received_at = received_at - interval '1 day' where id = $1`, [
      first.ok ? first.value.reportId : '',
    ]);
    // Of those that are sent at once, as many as there is room for.
    const many = await Promise.all([1, 2, 3, 4].map(() => sendFew(files)));
    expect(many.filter(({ ok }) => ok)).toHaveLength(2);
  });

  test('are kept encrypted, pictures drawn anew, opened by case officers alone and gone with the report', async () => {
    const sent = await send(
      { name: 'faktura.pdf', bytes: pdf() },
      { name: '../skjerm\u0001bilde.png', bytes: await picture() },
    );
    if (!sent.ok) throw new Error(sent.error);
    const id = sent.value.reportId;
    const path = `/staff/reports/${id}`;
    const rows = await world.rows<{ id: string; file_name: string; media_type: string; content: Buffer }>(
      `select id, file_name, media_type, content from vendor_report_files where report_id = $1 order by id`,
      [id],
    );
    expect(rows.map((row) => [row.file_name, row.media_type])).toEqual([
      ['faktura.pdf', 'application/pdf'],
      ['skjermbilde.jpg', 'image/jpeg'],
    ]);
    expect(rows[0]?.content.includes('%PDF')).toBe(false);
    expect((await pages.get(officer, path)).text).toContain('skjermbilde.jpg');
    const files = rows.map((row) => `${path}/files/${row.id}`);
    const opened = await pages.get(officer, files[0] ?? '');
    expect([opened.status, opened.text.slice(0, 8)]).toEqual([200, '%PDF-1.7']);
    expect((await pages.get(officer, files[1] ?? '')).text).not.toContain('Kari');
    expect((await pages.get(outsider, files[0] ?? '')).status).toBe(404);
    expect((await pages.get(undefined, files[0] ?? '')).status).toBe(303);
    expect((await pages.get(officer, `${path}/files/${uuidv7()}`)).status).toBe(404);
    expect(
      await world.rows(
        `select id from audit_entries where action = 'vendor-report.file-opened' and decision = 'allowed'`,
      ),
    ).toHaveLength(2);
    await pages.post(officer, path, { form: 'note', note: 'Sett' });
    await pages.post(officer, path, { form: 'answer', answer: 'Takk' });
    const left = () =>
      world.rows(
        `select id from vendor_reports where id = $1 union all select id from vendor_report_files where report_id = $1
         union all select id from vendor_report_notes where report_id = $1`,
        [id],
      );
    const answeredBefore = async (days: number, keepDays: number) => {
      await world.rows(
        `update vendor_reports set answered_at = now() - make_interval(days => $2) where id = $1`,
        [id, days],
      );
      await forgetReports(world, keepDays);
      return (await left()).length;
    };
    expect(await answeredBefore(99, 100)).toBe(4);
    // Whatever the setting says, the database keeps it for thirty days.
    expect(await answeredBefore(29, 1)).toBe(4);
    expect(await answeredBefore(101, 100)).toBe(0);
    expect(
      await world.rows(
        `select id from audit_entries where action = 'vendor-reports.deleted' and changes @> jsonb_build_object('ids', jsonb_build_array($1::text))`,
        [id],
      ),
    ).toHaveLength(1);
  });

  test.each([
    ['not-jpeg-or-png', { name: 'a.png', bytes: Buffer.from('<html>') }],
    ['too-large', { name: 'a.pdf', bytes: Buffer.alloc(5_000_001, '%PDF-') }],
    ['encrypted', { name: 'a.pdf', bytes: pdf('<< /Encrypt 1 0 R >>') }],
    ['active', { name: 'a.pdf', bytes: pdf('<< /JavaScript 1 0 R >>') }],
    ['empty', { name: 'a.pdf', bytes: Buffer.alloc(0) }],
    ['broken', { name: 'a.jpg', bytes: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 1]) }],
  ])('that are %s are told of, and nothing of the report is kept', async (problem, file) => {
    const before = await count();
    expect(await send({ name: 'god.pdf', bytes: pdf() }, file)).toEqual({ ok: false, error: problem });
    expect(await count()).toBe(before);
  });

  test('are three at most', async () => {
    const four = Array.from({ length: 4 }, () => ({ name: 'a.pdf', bytes: pdf() }));
    expect(await send(...four)).toEqual({ ok: false, error: 'too-many' });
  });
});

describe('the look-alikes', () => {
  const list = (domain: string, what = 'list') => pages.post(officer, '/staff/look-alikes', { what, domain });

  test('are kept by case officers and shown to anybody as text', async () => {
    expect((await pages.get(undefined, '/look-alikes')).text).toContain('None is known.');
    expect((await list('https://Hms-Kort.example/login?a=1')).status).toBe(303);
    expect((await list('hms-kort.example')).status).toBe(409);
    for (const wrong of ['no domain', 'localhost', 'http://127.0.0.1/'])
      expect([wrong, (await list(wrong)).status]).toEqual([wrong, 422]);
    const shown = await pages.get(undefined, '/look-alikes');
    expect(shown.text).toContain('hms-kort.example');
    expect(shown.text).not.toContain('href="https://hms-kort.example');
    const forged = await pages.post(outsider, '/staff/look-alikes', { what: 'list', domain: 'a.example' });
    expect(forged.status).toBe(404);
    expect((await list('hms-kort.example', 'take-out')).status).toBe(303);
    expect((await pages.get(undefined, '/look-alikes')).text).not.toContain('hms-kort.example');
    const audited = await world.rows(
      `select action, changes ->> 'domain' as domain from audit_entries
       where action like 'look-alike.%' and decision = 'allowed' order by id`,
    );
    expect(audited).toEqual([
      { action: 'look-alike.listed', domain: 'hms-kort.example' },
      { action: 'look-alike.taken-out', domain: 'hms-kort.example' },
    ]);
  });
});

describe("the case officer's overview", () => {
  const namesOf = (text: string) =>
    [...text.matchAll(/href="\/staff\/vendors\/[0-9]{9}">([^<]+)</gu)].map(([, name]) => name);

  test('shows exact numbers, sorted by any of them, to case officers alone', async () => {
    await vendor('310000167', '=1+1|KORT AS', 100);
    await world.rows(
      `insert into signals (kind, business_id, person_id, person_name, vendor_id, key, found_at)
       select 'night-orders', $1, $2, 'P', $1, n::text, now() from generate_series(1, 3) n`,
      [vendorIds.get('310000167'), officer.id],
    );
    await world.rows(
      `insert into audit_entries (recorded_at, actor_person_id, capacity, action, decision, rule, business_id, vendor_id)
       select now(), $1, 'vendor', action, 'refused', 'never-for-vendor', $2, $2
       from unnest(array['contact.change', 'contact.prove', 'access.view']) action`,
      [officer.id, vendorIds.get(DEAR)],
    );
    await countVendors(world);
    const dear = (await pages.get(officer, `/staff/vendors/${DEAR}`)).text.replaceAll(/<[^>]+>/gu, ' ');
    for (const [term, value] of [
      ['Refused attempts', '3'],
      ['Attempts at contact details', '2'],
      ['Reports', '1'],
    ])
      expect(dear).toMatch(new RegExp(`${term ?? ''}\\s+${value ?? ''}\\s`, 'u'));
    expect((await listed('andre')).vendors[0]).toMatchObject({ refused: undefined, complaints: undefined });
    const sorted = async (sort: string) =>
      namesOf((await pages.get(officer, `/staff/vendors?sort=${sort}`)).text)[0];
    expect(await sorted('signals')).toBe('=1+1|KORT AS');
    expect(await sorted('complaints')).toBe('ANDRE KORT AS');
    expect(await sorted('contact')).toBe('ANDRE KORT AS');
    expect(await sorted('refused')).toBe('BILLIGE KORT AS');
    expect(await sorted('customers')).toBe('BILLIGE KORT AS');
    expect(await sorted('name')).toBe('STENGT KORT AS');
    expect((await pages.get(officer, '/staff/vendors/310000167')).text).toContain('cards ordered at night');
    for (const path of ['/staff/vendors', '/staff/vendors.csv', `/staff/vendors/${DEAR}`])
      expect([path, (await pages.get(outsider, path)).status]).toEqual([path, 404]);
  });

  test('is a file in which no name runs as a formula', async () => {
    const file = await pages.get(officer, '/staff/vendors.csv?sort=signals');
    const lines = file.text.split('\r\n');
    expect(lines[0]).toContain('"Vendor";"Organisation number"');
    expect(lines[1]).toMatch(/^"'=1\+1\|KORT AS";"310000167";/u);
    expect(lines).toHaveLength(6);
  });
});

describe('the transparency page', () => {
  const report = (monthsAgo: number, count: number) =>
    world.rows(
      `insert into vendor_reports (about, text, wants_answer, language, received_at)
       select 'a', 't', false, 'nb',
         (date_trunc('month', now() at time zone 'Europe/Oslo') - $1 * interval '1 month') at time zone 'Europe/Oslo' + n * interval '1 minute'
       from generate_series(0, $2 - 1) n`,
      [monthsAgo, count],
    );
  const shown = async () => (await viewMonths(world)).map(({ reports }) => reports).slice(0, 3);

  test('counts each month once it has ended, and shows nothing that rests on fewer than ten', async () => {
    expect((await pages.get(undefined, '/transparency')).text).toContain('No month has been counted yet.');
    await world.rows('delete from vendor_report_notes');
    await world.rows('delete from vendor_reports');
    await report(0, 20);
    await report(1, 12);
    await report(2, 9);
    await countMonths(world);
    expect(await shown()).toEqual([12, null, null]);
    // What comes to light later changes no month that has been shown: the difference would tell.
    await report(1, 1);
    await report(2, 5);
    await countMonths(world);
    expect(await shown()).toEqual([12, null, null]);
    expect(await viewMonths(world)).toHaveLength(12);
    const { status, text } = await pages.get(undefined, '/transparency');
    expect(status).toBe(200);
    expect(text).toContain('Fewer than 10');
    expect(text.match(/<svg/gu)?.length).toBeGreaterThan(0);
    expect(text.match(/<caption/gu)).toHaveLength(5);
  });

  test('has medians of what was agreed and sent in the month', async () => {
    await world.rows('delete from transparency_months');
    await world.rows(
      `update quotes set accepted_at = date_trunc('month', now() at time zone 'Europe/Oslo') at time zone 'Europe/Oslo' - interval '1 minute'`,
    );
    await countMonths(world);
    expect((await viewMonths(world))[0]).toMatchObject({ feeMedianOre: 9500, cards: null, barred: null });
  });
});
