import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { people } from '../../stand-ins/world.ts';
import { problemsAtBothWidths } from '../support/barriers.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = '/b/310000019';
const AS_VENDOR = '/b/310000019/by/310000035';

/** Routes that answer with no page of ours. */
const NO_PAGE: Readonly<Record<string, string>> = {
  '/assets/*': 'script and style',
  '/orders/file/template': 'a file for a spreadsheet',
  '/orders/file/template.xlsx': 'a file for a spreadsheet',
  '/orders/file/:upload/errors': 'a file for a spreadsheet',
  '/b/:business': 'leads on to the orders',
  '/c/:token': 'looked at with the token of a card, below',
  '/o/:token': 'looked at with the token of a confirmation, below',
  '/my-phone/cards': 'walked through in own-phone.slow.test.ts',
  '/my-phone/cards/:card': 'walked through in own-phone.slow.test.ts',
  '/p/:secret': 'walked through in own-phone.slow.test.ts',
  '/u/:secret': 'looked at with a link that nobody has followed, below',
  '/u/:secret/confirm': 'as above',
  '/u/:secret/deny': 'as above',
  '/staff/messages/dispatches/:dispatch/file': 'a PDF',
  '/livez': 'text for machines',
  '/login/callback': 'leads on',
  '/logout/frontchannel': 'empty, framed by the issuer',
  '/readyz': 'text for machines',
  '/check/manifest.webmanifest': 'what makes the scanner installable',
  '/check/service-worker.js': 'a script',
  '/status': 'for programs',
  '/status/:list{[0-9]{1,9}}': 'for programs',
  '/status/keys': 'for programs',
  '/invitations/:token': 'its holder has it from a mail: tried with the invitations',
  '/invitations/:token/accept': 'as above',
};
const pictures =
  /\.svg$|\.csv$|\.json$|\.pdf$|\.xml$|\/attachments\/|\/reports\/[^/]+\/files\/|\/photos\/:photo$|\/thumbnail$|\/files\/:file\/photo$|\/(?:staff\/media\/[^/]+|records\/:record)\/(?:document|photo)$/u;

let world: World;
let officer: Page;
let vendor: Page;
let nobody: Page;
let vendorOfficer: Page;
let operator: Page;
let caseOfficer: Page;
let reviewer: Page;
let employee: Page;
let inspector: Page;

beforeAll(async () => {
  world = await startWorld({ demo: true });
  officer = await loggedIn(people.vakenSpurv);
  vendor = await loggedIn(people.hjelpsomHand);
  vendorOfficer = await loggedIn(people.rimeligRegnestykke);
  operator = await loggedIn(people.flittigOperator);
  caseOfficer = await loggedIn(people.grundigMappe);
  reviewer = await loggedIn(people.noyeBlikk);
  inspector = await loggedIn(people.skarpsyntOrn);
  await stopAndBar();
  await changeAgreements();
  await askForMandate();
  await offerQuote();
  await askToConfirmBrowser();
  employee = await loggedIn(EMPLOYEE);
  await askForAccess();
  nobody = await world.newBrowser({ language: 'en' });
  await shippedCard();
  await issuedInvoice();
}, 90_000);
afterAll(async () => {
  await world.stop();
});

async function loggedIn(nationalId: string): Promise<Page> {
  const page = await world.newBrowser({ language: 'en' });
  await page.goto('/login');
  await world.logIn(page, nationalId);
  await page.waitForURL(`${world.origin}/**`);
  return page;
}

interface CardRow {
  readonly id: string;
  readonly token: string;
  readonly number: string;
  readonly birth_date: string;
}

async function shippedCard(): Promise<CardRow> {
  const deadline = Date.now() + 80_000;
  for (;;) {
    const [card] = await world.rows<CardRow>(
      `select id, token, number, birth_date::text from cards where production = 'shipped' order by id limit 1`,
    );
    if (card) return card;
    if (Date.now() > deadline) throw new Error('No card has been made.');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** The first invoice of the demonstration. */
async function issuedInvoice(): Promise<string> {
  const deadline = Date.now() + 80_000;
  for (;;) {
    const [invoice] = await world.rows<{ id: string }>('select id from invoices order by id limit 1');
    if (invoice) return invoice.id;
    if (Date.now() > deadline) throw new Error('No invoice has been issued.');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

const LINK = 'a-link-that-nobody-has-followed';

/**
 * What has to have happened before some pages are there: something that does not look right, a stop, a bar, mandates to be confirmed, a new managing director, an
 * appointment that waits, and an open link.
 */
async function stopAndBar(): Promise<void> {
  const boss = `(select o.person_id from officers o join businesses b on b.id = o.business_id and b.organisation_number = '310000019' limit 1)`;
  await world.rows(
    `insert into freezes (business_id, vendor_id, reason, frozen_at, frozen_by, frozen_by_name)
     select b.id, v.id, 'Strange orders at night', now(), ${boss}, 'Våken Spurv' from businesses b, businesses v
     where b.organisation_number = '310000019' and v.organisation_number = '310000159'`,
  );
  await world.rows(
    `insert into signals (kind, business_id, person_id, person_name, vendor_id, key, facts, found_at)
     select k, b.id, ${boss}, 'Våken Spurv', case when k like '%-%-mandate' or k like 'vendor-%' then v.id end, k,
       '{"count": 12}', now()
     from businesses b, businesses v, unnest(array['vendor-browser', 'many-businesses', 'two-networks', 'night-orders',
       'contact-after-mandate']) k
     where b.organisation_number = '310000019' and v.organisation_number = '310000035'`,
  );
  await world.rows(
    `update mandates set confirm_by = now() + interval '14 days' where holder = 'vendor' and ended_at is null`,
  );
  await world.rows(
    `insert into access_tasks (business_id, person_id, officer_id, asked_at)
     select o.business_id, o.person_id, o.id, now() from officers o join businesses b on b.id = o.business_id
     where b.organisation_number = '310000019' and o.role_code = 'DAGL' and o.ended_at is null`,
  );
  await world.rows(
    `insert into vendor_profiles (vendor_id, fee_ore, agreement_version, agreement_sha256, accepted_by, accepted_by_name, accepted_at)
     select id, 100, '1', sha256('x'::bytea), ${boss}, 'Boss', now() from businesses
     where organisation_number in ('310000094', '310000264')`,
  );
  await world.rows(
    `insert into vendor_bars (vendor_id, reason, appeal, decided_at, barred_at, began_at, barred_by, barred_by_name)
     select id, 'Copied our login page', 'Write to us within three weeks.', now(), now(), now(), ${boss}, 'Grundig Mappe'
     from businesses where organisation_number in ('310000094', '310000264')`,
  );
  await world.rows(
    `insert into bar_appeals (bar_id, vendor_id, barred_by, text, filed_at, filed_by, filed_by_name)
     select b.id, b.vendor_id, b.barred_by, 'We copied nothing.', now(), ${boss}, 'Punktlig Pakke'
     from vendor_bars b join businesses v on v.id = b.vendor_id where v.organisation_number = '310000264'`,
  );
  await world.rows(
    `insert into staff_appointments (role, name, email, ends_at, proposed_by, proposed_by_name, proposed_at, token_hash,
       token_expires_at, accepted_by, accepted_by_name, accepted_at)
     select 'reviewer', n, 'reviewer@example.no', now() + interval '90 days', ${boss}, 'Trygg Avløser', now(), sha256(t::bytea),
       now() + interval '7 days', p, case when p is not null then n end, case when p is not null then now() end
     from (values ('Streng Vurdering', 'followed', ${boss}), ('Mild Vurdering', '${LINK}', null)) as given (n, t, p)`,
  );
}

/** The officer is to confirm from here that they sit in another browser, which a vendor has used. */
async function askToConfirmBrowser(): Promise<void> {
  await world.rows(
    `with boss as (select id from persons where name = 'Våken Spurv'),
       device as (insert into devices (person_id, device_hash, first_of_person, user_agent, first_seen_at, last_seen_at)
         select id, sha256('lent'::bytea), false, 'Mozilla/5.0 (Windows NT 10.0) Firefox/150.0', now(), now() from boss returning id, person_id),
       session as (insert into sessions (token_hash, person_id, issuer, subject, acr, auth_time, created_at, last_seen_at, idle,
         absolute_end, device_id)
         select sha256('lent'::bytea), person_id, 'https://issuer.example', 's', 'high', now(), now(), now(), '8 hours',
           now() + interval '8 hours', id from device returning id, person_id)
     insert into browser_clearances (session_id, person_id, business_id, vendor_id, token_hash, asked_at, expires_at)
     select s.id, s.person_id, b.id, v.id, sha256('${LINK}'::bytea), now(), now() + interval '30 minutes'
     from session s, businesses b, businesses v
     where b.organisation_number = '310000019' and v.organisation_number = '310000035'`,
  );
}

/** A vendor has asked the construction company for a mandate, and nobody has answered. */
async function askForMandate(): Promise<void> {
  await world.rows(
    `insert into mandate_requests (business_id, vendor_id, rights, reasons, last_day, purpose, fee_ore, asked_by, asked_by_name,
       asked_at, expires_at)
     select b.id, v.id, '{orders.read,cards.read}', '{"orders.read": "To follow orders", "cards.read": "To see when they come"}',
       current_date + 60, 'Cards for one project', p.fee_ore, p.accepted_by, p.accepted_by_name, t, t + interval '504 hours'
     from businesses b, businesses v join vendor_profiles p on p.vendor_id = v.id, (select now() as t) n
     where b.organisation_number = '310000019' and v.organisation_number = '310000035'`,
  );
}

/** An invoice of the fair vendor that differs from what was accepted. Returns its id. */
async function recordInvoice(): Promise<string> {
  const lines = [
    { kind: 'fee', text: '', count: 3, ore: 46600 },
    { kind: 'other', text: 'Photo taken at your place', count: 1, ore: 50000 },
  ];
  const differences = [
    { line: 0, reason: 'cards', got: 3, expected: 2 },
    { line: 0, reason: 'price', got: 46600, expected: 9900 },
    { line: 1, reason: 'not-in-quote' },
    { reason: 'total', got: 237251, expected: 237250 },
  ];
  const [row] = await world.rows<{ id: string }>(
    `insert into vendor_invoices (business_id, vendor_id, vendor_name, number, issued_on, lines, total_ore, orders, differences,
       recorded_by, recorded_by_name, recorded_at)
     select b.id, v.id, v.name, 'F-' || gen_random_uuid(), current_date, '${JSON.stringify(lines)}', 237251,
       '[{"number":100001,"cards":2,"feeOre":9900,"orderFeeOre":0}]', '${JSON.stringify(differences)}', p.accepted_by, 'Boss', now()
     from businesses b, businesses v join vendor_profiles p on p.vendor_id = v.id
     where b.organisation_number = '310000019' and v.organisation_number = '310000035' returning id`,
  );
  return row?.id ?? '';
}

/** The fair vendor has offered the construction company a quote of some items, and nobody has answered. */
async function offerQuote(): Promise<void> {
  const items = [
    ['official', '', 'card', 13290, 3323],
    ['fee', '', 'card', 46600, 11650],
    ['postage', '', 'order', 8900, 2225],
    ['other', 'Photo taken at your place', 'on-request', 50000, 12500],
  ].map(([kind, text, per, ore, vatOre]) => ({ kind, text, per, ore, vatOre, vatBasisPoints: 2500 }));
  await world.rows(
    `insert into quote_offers (business_id, vendor_id, items, valid_until, offered_by, offered_by_name, offered_at)
     select b.id, v.id, '${JSON.stringify(items)}', now() + interval '400 days', p.accepted_by, p.accepted_by_name, now()
     from businesses b, businesses v join vendor_profiles p on p.vendor_id = v.id
     where b.organisation_number = '310000019' and v.organisation_number = '310000035'`,
  );
}

/** The fair vendor has signed a newer document and announced a sub-processor, and another customer has ended its agreement. */
async function changeAgreements(): Promise<void> {
  const fair = `(select id from businesses where organisation_number = '310000035')`;
  await world.rows(
    `insert into agreement_documents (vendor_id, number, version, standard_sha256, places, sha256, content, text, signed_by,
       signed_by_name, signed_role, signed_at, signature)
     select vendor_id, 2, version, standard_sha256, 'Irland', sha256('newer'::bytea), content,
       replace(text::text, ': Norge.', ': Irland.')::jsonb, signed_by, signed_by_name, signed_role, now(), signature
     from agreement_documents where vendor_id = ${fair}`,
  );
  await world.rows(
    `insert into sub_processors (vendor_id, name, country, purpose, announced_by, announced_by_name, announced_at, starts_at)
     select vendor_id, 'Sky AS', 'Sverige', 'Lagrer filer', accepted_by, accepted_by_name, now(), now() + interval '30 days'
     from vendor_profiles where vendor_id = ${fair}`,
  );
  await world.rows(
    `with one as (insert into agreements (business_id, vendor_id, version, document_sha256, business_accepted_by,
         business_accepted_by_name, business_accepted_at, vendor_accepted_by, vendor_accepted_by_name, vendor_accepted_at)
       select c.id, p.vendor_id, '2026-11', sha256('earlier'::bytea), p.accepted_by, 'Boss', now(), p.accepted_by, p.accepted_by_name, now()
       from vendor_profiles p, businesses c where p.vendor_id = ${fair} and c.organisation_number = '310000094' returning id)
     select id from one`,
  );
  await world.rows(
    `update agreements set ended_at = now(), ended_by = business_accepted_by, end_reason = 'ended' where version = '2026-11'`,
  );
}

/** Employed in the construction company's Oslo unit. */
const EMPLOYEE = '13857749825';

/** A worker has asked the construction company for access, and nobody has answered. */
async function askForAccess(): Promise<void> {
  await world.rows(
    `insert into mandate_requests (business_id, person_id, rights, reasons, last_day, purpose, asked_by, asked_by_name, asked_at,
       expires_at)
     select b.id, p.id, '{orders.read}', '{"orders.read": "To follow orders"}', current_date + 60, 'Cards for one project',
       p.id, p.name, t, t + interval '504 hours'
     from businesses b, persons p, (select now() as t) n
     where b.organisation_number = '310000019' and p.name = 'Dyp Fjord'`,
  );
}

const idOf = async (statement: string): Promise<string> =>
  (await world.rows<{ id: string }>(statement))[0]?.id ?? '';

/** In the language that the page comes in first: what a change of language loads is looked at once. */
async function inBothLanguages(page: Page, path: string, status: number): Promise<void> {
  const answer = await page.goto(path);
  expect([path, answer?.status()]).toEqual([path, status]);
  const languages = ['nb', 'en'];
  if ((await page.locator('html').getAttribute('lang')) === 'en') languages.reverse();
  for (const language of languages) {
    const change = page.locator(`form[action="/language"] button[value=${language}]`).first();
    if ((await change.count()) > 0) await change.dispatchEvent('click');
    await page.locator(`html[lang=${language}]`).waitFor({ state: 'attached' });
    expect([path, language, await problemsAtBothWidths(page)]).toEqual([path, language, []]);
  }
}

/** Each page of a route, with whoever looks at it: one concrete address a route. */
async function pagesOf(): Promise<Record<string, readonly [Page, string, number?]>> {
  const card = await shippedCard();
  const mandate = await idOf(`select id from mandates where ended_at is null and holder = 'vendor' limit 1`);
  const person = await idOf(`select id from mandates where ended_at is null and holder = 'person' limit 1`);
  const order = await idOf(`select order_id as id from order_lines where state = 'awaiting-media' limit 1`);
  const line = await idOf(`select id from order_lines where state = 'awaiting-media' limit 1`);
  const reviewed = await idOf(`select id from order_lines where state = 'under-review' limit 1`);
  const waiting = await idOf(`select id from orders where state = 'awaiting-approval' limit 1`);
  const vendorsOrder = await idOf(`select id from orders where vendor_id is not null limit 1`);
  const offer = await idOf(
    `select id from worker_offers where used_at is null and withdrawn_at is null limit 1`,
  );
  const unit = await idOf(
    `select u.id from units u join workers w on w.unit_id = u.id join businesses b on b.id = u.business_id
     where b.organisation_number = '310000019' order by u.name limit 1`,
  );
  const review = await idOf(
    `insert into reviews (business_id, quarter, due_at, opened_at)
     select id, (date_trunc('quarter', now()) + interval '3 months')::date, now() + interval '20 days', now() from businesses
     where organisation_number = '310000019' on conflict (business_id, quarter) do update set missed_at = null returning id`,
  );
  const freeze = await idOf('select id from freezes where lifted_at is null limit 1');
  const request = await idOf('select id from mandate_requests where person_id is null limit 1');
  const quote = await idOf('select id from quote_offers limit 1');
  const vendorInvoice = await recordInvoice();
  const asking = await idOf('select id from mandate_requests where person_id is not null limit 1');
  const device = await idOf(
    `select d.id from devices d join persons p on p.id = d.person_id where p.name = 'Våken Spurv' order by d.id limit 1`,
  );
  const checkerOf = await idOf(
    `select id from staff_appointments where role = 'inspector' and approved_at is not null`,
  );
  const checked = await idOf(
    `insert into check_records (id, checked_at, checked_by, checked_by_name, appointment_id, role, place, lines)
     select uuidv7(), now(), accepted_by, accepted_by_name, id, role, place,
       jsonb_build_array(jsonb_build_object('number', '${card.number}', 'verdict', 'valid', 'reason', null))
     from staff_appointments where id = '${checkerOf}' returning id`,
  );
  const placeRole = await idOf(
    `insert into staff_appointments (role, name, email, place, business_id, ends_at, proposed_by, proposed_by_name, proposed_at, token_hash,
       token_expires_at, accepted_by, accepted_by_name, accepted_at)
     select 'coordinator', 'K. Fjord', 'fjord@example.no', 'Kai 14', b.id, now() + interval '90 days', p.id, p.name, now(),
       sha256('place'::bytea), now() + interval '7 days', other.id, other.name, now()
     from businesses b, persons p, persons other
     where b.organisation_number = '310000019' and p.name = 'Våken Spurv' and other.name = 'Dyp Fjord' returning id`,
  );
  const waitingStaff = await idOf(`select id from staff_appointments where name = 'Streng Vurdering'`);
  await world.rows(
    `insert into delivery_addresses (business_id, address, added_by, added_by_name, added_at)
     select b.id, '{"recipient":"Brakkeriggen ved Čáhcejohka","lines":["Torget 1"],"postalCode":"9008","place":"TROMSØ"}',
       o.person_id, o.name, now() from businesses b join officers o on o.business_id = b.id
     where b.organisation_number = '310000019' limit 1 on conflict do nothing`,
  );
  const address = await idOf('select id from delivery_addresses where removed_at is null limit 1');
  const declaration = await idOf(
    `insert into worker_declarations (business_id, unit_id, worker_id, kind, reason, declared_by, declared_by_name, declared_at,
       confirmed_by, confirmed_by_name, confirmed_at, holds_until)
     select w.business_id, w.unit_id, w.id, 'spouse', 'Arbeider i virksomheten uten lønn', p.id, p.name, now(), p.id, p.name,
       now(), now() + interval '20 days' from workers w join businesses b on b.id = w.business_id, persons p
     where b.organisation_number = '310000019' and p.name = 'Våken Spurv' order by w.id limit 1 returning id`,
  );
  const permitted = await idOf(
    `update workers set permit_due_since = now() where id = (select worker_id from worker_declarations where id = '${declaration}')
     returning id`,
  );
  const invoice = await issuedInvoice();
  const upload = await idOf(
    `insert into order_uploads (id, business_id, uploaded_by, uploaded_by_name, uploaded_at, file_name, state, read_rows, columns)
     select uuidv7(), b.id, p.id, p.name, now(), 'ansatte.csv', 'judged', 2, '{"nationalId":0,"permitLastDay":1}'
     from businesses b, persons p where b.organisation_number = '310000019' and p.name = 'Våken Spurv' returning id`,
  );
  const archive = await idOf(
    `insert into photo_archives (id, business_id, uploaded_by, uploaded_by_name, uploaded_at, file_name, bytes, upload_id, state)
     select uuidv7(), business_id, uploaded_by, uploaded_by_name, now(), 'bilder_fra_hele_laget_på_flyplassen_og_omegn_2026.zip', 1, id, 'read' from order_uploads
     where id = '${upload}' returning id`,
  );
  const archived = await idOf(
    `insert into photo_archive_files (archive_id, position, business_id, uploaded_by, name, finding, state, image, thumbnail)
     select a.id, 0, a.business_id, a.uploaded_by, 'IMG_2026_et_navn_fra_en_telefon_som_ikke_sier_noe_om_hvem_det_er_av.jpg', 'none', 'ready', p.image, p.thumbnail
     from photo_archives a, (select image, thumbnail from photos limit 1) p where a.id = '${archive}' returning id`,
  );
  const unmapped = await idOf(
    `insert into order_uploads (id, business_id, uploaded_by, uploaded_by_name, uploaded_at, file_name, file, headings, state)
     select uuidv7(), business_id, uploaded_by, uploaded_by_name, now(), 'liste.xlsx', 'x', '{Kode,Hvem,""}', 'unmapped'
     from order_uploads where id = '${upload}' returning id`,
  );
  const row = await idOf(
    `insert into order_upload_rows (upload_id, position, business_id, uploaded_by, name, birth_date, verdict, worker_id, unit_id, permit_last_day)
     select u.id, 2 + n, u.business_id, u.uploaded_by, w.name, w.birth_date, (array['ok', 'valid-card'])[1 + n], w.id, w.unit_id,
       oslo_date(now()) + 200 + n
     from order_uploads u, generate_series(0, 1) n, lateral (select * from workers where business_id = u.business_id
       order by id offset n limit 1) w where u.id = '${upload}' returning id`,
  );
  const asked = await askedEmployee();
  const dispatch = await idOf(
    `insert into message_dispatches (authority, category, subject, body, selection, recipients, state, created_by, created_by_name,
       created_at)
     select 'arbeidstilsynet', 'order', 'Pålegg', 'Rett opp', '{"industry":"43"}', 120, 'waiting', id, name, now()
     from persons where name = 'Våken Spurv' returning id`,
  );
  const thread = await idOf(
    `insert into message_threads (business_id, authority, category, subject, deadline, created_at, last_at, last_from, step, step_at)
     select id, 'arbeidstilsynet', 'order', 'Pålegg om retting', now() + interval '9 days', now(), now(), 'authority', 'post', now()
     from businesses where organisation_number = '310000019' returning id`,
  );
  await world.rows(
    `insert into messages (thread_id, business_id, side, author_id, author_name, body, sent_at)
     select t.id, t.business_id, 'authority', p.id, p.name, 'Rett opp i dette.', now() from message_threads t, persons p
     where t.id = '${thread}' and p.name = 'Våken Spurv'`,
  );
  await world.rows(
    `update message_threads set step = 'post', step_at = now(), next_at = null where id = '${thread}'`,
  );
  const notice = await idOf(
    `insert into notices (business_id, template, parameters, audience, created_at)
     select id, 'cards:notice.lost', '{"number":"12345678","person":"Flittig Maur","onBehalfOf":"BLÅ HAMMER AS"}', 'business-and-officers', now()
     from businesses where organisation_number = '310000019' returning id`,
  );
  const ownNotice = await idOf(
    `insert into notices (template, parameters, audience, person_id, created_at)
     select 'access:notice.newBrowser', '{"browser":"Firefox","browserKeys":"","atTime":"2026-11-28T08:00:00Z","link":"/profile"}', 'person',
       id, now() from persons where name = 'Våken Spurv' returning id`,
  );
  const ownCard = await employeesCard();
  const dispute = await lateDispute(ownCard);
  const report = await idOf(
    `insert into vendor_reports (about, page_address, text, email, wants_answer, language, received_at)
     values ('Falsk Side AS', 'https://hmskort.example/login', 'Siden ba om koden min.', 'meg@example.no', true, 'nb', now())
     returning id`,
  );
  const offered = await idOf(`select worker_id as id from worker_offers where id = '${offer}'`);
  const agreement = await idOf(
    `select id from agreements where version <> '2026-11' and vendor_id = (select id from businesses
       where organisation_number = '310000035') limit 1`,
  );
  const ended = await idOf(`select id from agreements where version = '2026-11'`);
  const recorded = await idOf(
    `insert into recorded_agreements (business_id, vendor_id, file_name, sha256, content, uploaded_by, uploaded_by_name, uploaded_at,
       checklist)
     select b.id, v.id, 'Databehandleravtale.pdf', sha256('file'::bytea), '\\x00', p.id, p.name, now(),
       '{"subject": {"answer": "yes", "where": "Side 1"}, "deletion": {"answer": "no", "where": ""}}'
     from businesses b, businesses v, persons p where b.organisation_number = '310000019' and v.organisation_number = '310000159'
       and p.name = 'Våken Spurv' returning id`,
  );
  return {
    '/': [nobody, '/'],
    '/verify': [nobody, '/verify'],
    '/business/agreements': [officer, `${OWN}/business/agreements`],
    '/business/agreements/:agreement': [officer, `${OWN}/business/agreements/${agreement}`],
    '/business/agreements/:agreement/deletion': [
      vendorOfficer,
      `/b/310000035/business/agreements/${ended}/deletion`,
    ],
    '/business/agreements/:agreement/end': [officer, `${OWN}/business/agreements/${agreement}/end`],
    '/business/agreements/:agreement/sign': [officer, `${OWN}/business/agreements/${agreement}/sign`],
    '/business/agreements/record': [officer, `${OWN}/business/agreements/record`],
    '/business/agreements/recorded/:recorded': [officer, `${OWN}/business/agreements/recorded/${recorded}`],
    '/business/agreements/recorded/new': [officer, `${OWN}/business/agreements/recorded/new`],
    '/business/agreements/vendors/:holder': [officer, `${OWN}/business/agreements/vendors/310000035?text=nn`],
    '/business/vendor/agreements': [vendorOfficer, '/b/310000035/business/vendor/agreements'],
    '/business/access/mergers': [officer, `${OWN}/business/access/mergers`],
    '/business/vendor/appeal': [vendorOfficer, '/b/310000035/business/vendor/appeal'],
    '/business/vendor/security': [vendorOfficer, '/b/310000035/business/vendor/security'],
    '/business/vendor/sub-processors': [vendorOfficer, '/b/310000035/business/vendor/sub-processors'],
    '/access-requests': [employee, '/access-requests'],
    '/access-requests/:request': [employee, `/access-requests/${asking}`],
    '/access-requests/new/:number': [employee, '/access-requests/new/310000019'],
    '/businesses': [officer, '/businesses'],
    '/check': [nobody, '/check'],
    '/check/scan': [nobody, '/check/scan'],
    '/logged-out': [nobody, '/logged-out'],
    '/login': [nobody, '/login'],
    '/login/step-up': [officer, '/login/step-up'],
    '/profile': [officer, '/profile'],
    '/profile/devices/:device': [officer, `/profile/devices/${device}`],
    '/profile/browsers/:token': [officer, `/profile/browsers/${LINK}`],
    '/business/access/browser': [officer, `${OWN}/business/access/browser`],
    '/profile/messages': [officer, '/profile/messages'],
    '/profile/messages/:notice': [officer, `/profile/messages/${ownNotice}`],
    '/profile/address': [officer, '/profile/address'],
    '/profile/notices': [officer, '/profile/notices'],
    '/profile/passkeys': [officer, '/profile/passkeys'],
    '/profile/passkeys/add': [officer, '/profile/passkeys/add'],
    '/profile/passkeys/use': [officer, '/profile/passkeys/use'],
    '/business/access': [officer, `${OWN}/business/access`],
    '/business/access/passkeys': [officer, `${OWN}/business/access/passkeys`],
    '/business/access/history': [officer, `${OWN}/business/access/history`],
    '/business/access/mandates/:mandate/day': [
      officer,
      `${OWN}/business/access/mandates/${mandate}/day?day=2026-01-31`,
    ],
    '/business/access/mandates/:mandate': [officer, `${OWN}/business/access/mandates/${mandate}`],
    '/business/access/mandates/:mandate/confirm': [
      officer,
      `${OWN}/business/access/mandates/${mandate}/confirm`,
    ],
    '/business/access/mandates/:mandate/narrow': [
      officer,
      `${OWN}/business/access/mandates/${mandate}/narrow`,
    ],
    '/business/access/mandates/:mandate/widen': [officer, `${OWN}/business/access/mandates/${person}/widen`],
    '/business/access/mandates/:mandate/remove': [
      officer,
      `${OWN}/business/access/mandates/${person || mandate}/remove`,
    ],
    '/business/access/people': [officer, `${OWN}/business/access/people`],
    '/appointments/:token': [operator, `/appointments/${LINK}`],
    '/staff': [caseOfficer, '/staff'],
    '/staff/appointments': [operator, '/staff/appointments'],
    '/staff/appointments/:appointment/confirm': [operator, `/staff/appointments/${waitingStaff}/confirm`],
    '/staff/appointments/:appointment/end': [operator, `/staff/appointments/${waitingStaff}/end`],
    '/staff/appointments/new': [operator, '/staff/appointments/new'],
    '/staff/invoices': [operator, '/staff/invoices'],
    '/staff/invoices/:invoice': [operator, `/staff/invoices/${invoice}`],
    '/staff/media': [reviewer, '/staff/media'],
    '/staff/media/:line': [reviewer, `/staff/media/${reviewed}`],
    '/prices': [nobody, '/prices'],
    '/report': [nobody, '/report'],
    '/self-check': [nobody, '/self-check'],
    '/vendors': [nobody, '/vendors'],
    '/vendors/:number': [nobody, '/vendors/310000035'],
    '/transparency': [nobody, '/transparency'],
    '/look-alikes': [nobody, '/look-alikes'],
    '/staff/disputes': [caseOfficer, '/staff/disputes'],
    '/staff/disputes/:dispute': [caseOfficer, `/staff/disputes/${await broughtDispute(dispute)}`],
    '/staff/look-alikes': [caseOfficer, '/staff/look-alikes'],
    '/staff/reports': [caseOfficer, '/staff/reports'],
    '/staff/reports/:report': [caseOfficer, `/staff/reports/${report}`],
    '/staff/prices': [operator, '/staff/prices'],
    '/staff/prices/vat': [operator, '/staff/prices/vat'],
    '/staff/prices/vat/withdraw': [operator, '/staff/prices/vat/withdraw'],
    '/staff/prices/withdraw': [operator, '/staff/prices/withdraw'],
    '/business/messages': [officer, `${OWN}/business/messages`],
    '/business/messages/notices/:notice': [officer, `${OWN}/business/messages/notices/${notice}`],
    '/business/messages/:thread': [officer, `${OWN}/business/messages/${thread}`],
    '/staff/messages': [caseOfficer, '/staff/messages'],
    '/staff/messages/dispatches': [caseOfficer, '/staff/messages/dispatches'],
    '/staff/messages/dispatches/:dispatch': [caseOfficer, `/staff/messages/dispatches/${dispatch}`],
    '/staff/messages/new': [caseOfficer, '/staff/messages/new'],
    '/staff/messages/templates': [caseOfficer, '/staff/messages/templates'],
    '/staff/messages/threads/:thread': [caseOfficer, `/staff/messages/threads/${thread}`],
    '/staff/signals': [caseOfficer, '/staff/signals'],
    '/staff/vendors': [caseOfficer, '/staff/vendors'],
    '/staff/vendors/:number': [caseOfficer, '/staff/vendors/310000094'],
    '/staff/vendors/:number/bar': [caseOfficer, '/staff/vendors/310000159/bar'],
    '/staff/vendors/:number/lift': [caseOfficer, '/staff/vendors/310000094/lift'],
    '/staff/vendors/:number/merger': [caseOfficer, '/staff/vendors/310000094/merger'],
    '/staff/vendors/:number/appeal': [caseOfficer, '/staff/vendors/310000264/appeal'],
    '/business/access/freezes/:freeze/lift': [officer, `${OWN}/business/access/freezes/${freeze}/lift`],
    '/business/access/people/requests/:asking': [officer, `${OWN}/business/access/people/requests/${asking}`],
    '/business/access/requests/:request': [officer, `${OWN}/business/access/requests/${request}`],
    '/business/access/requests/:request/decline': [
      officer,
      `${OWN}/business/access/requests/${request}/decline`,
    ],
    '/business/access/requests/:request/mandate': [
      officer,
      `${OWN}/business/access/requests/${request}/mandate`,
    ],
    '/business/access/review': [officer, `${OWN}/business/access/review`],
    '/business/access/review/complete': [officer, `${OWN}/business/access/review/complete`],
    '/business/access/reviews/:review': [officer, `${OWN}/business/access/reviews/${review}`],
    '/business/access/stop': [officer, `${OWN}/business/access/stop`],
    '/business/access/stop/:holder': [officer, `${OWN}/business/access/stop/310000035`],
    '/business/access/people/invite': [officer, `${OWN}/business/access/people/invite`],
    '/business/access/vendors': [officer, `${OWN}/business/access/vendors?q=kort`],
    '/business/access/vendors/:holder': [officer, `${OWN}/business/access/vendors/310000159`],
    '/business/checkers': [officer, `${OWN}/business/checkers`],
    '/business/checkers/:appointment/confirm': [officer, `${OWN}/business/checkers/${placeRole}/confirm`],
    '/business/checkers/:appointment/end': [officer, `${OWN}/business/checkers/${placeRole}/end`],
    '/business/checkers/new': [officer, `${OWN}/business/checkers/new`],
    '/checker/:appointment': [inspector, `/checker/${checkerOf}`],
    '/checker/:appointment/many': [inspector, `/checker/${checkerOf}/many`],
    '/checker/:appointment/records': [inspector, `/checker/${checkerOf}/records`],
    '/checker/:appointment/records/:record': [inspector, `/checker/${checkerOf}/records/${checked}`],
    '/checker/:appointment/records/:record/seize': [
      inspector,
      `/checker/${checkerOf}/records/${checked}/seize`,
    ],
    '/business/contact': [officer, `${OWN}/business/contact`],
    '/business/contact/change': [officer, `${OWN}/business/contact/change`],
    '/business/contact/code': [officer, `${OWN}/business/contact/code`],
    '/business/contact-units': [officer, `${OWN}/business/contact-units`],
    '/business/contact-units/:unit': [officer, `${OWN}/business/contact-units/${unit}`],
    '/business/contact-units/:unit/change': [officer, `${OWN}/business/contact-units/${unit}/change`],
    '/business/contact-units/:unit/code': [officer, `${OWN}/business/contact-units/${unit}/code`],
    '/business/contact-units/:unit/vouch': [officer, `${OWN}/business/contact-units/${unit}/vouch`],
    '/business/contact/verify': [officer, `${OWN}/business/contact/verify`],
    '/business/contact/vouch': [officer, `${OWN}/business/contact/vouch`],
    '/contact/stop/:token': [nobody, `/contact/stop/${await stopLink()}`],
    '/staff/contact': [caseOfficer, '/staff/contact'],
    '/business/invoices': [officer, `${OWN}/business/invoices`],
    '/business/invoices/:invoice': [officer, `${OWN}/business/invoices/${invoice}`],
    '/business/vendor': [vendorOfficer, '/b/310000035/business/vendor'],
    '/business/vendor/customers/:mandate': [
      vendorOfficer,
      `/b/310000035/business/vendor/customers/${mandate}`,
    ],
    '/business/vendor/customers/:mandate/renew': [
      vendorOfficer,
      `/b/310000035/business/vendor/customers/${mandate}/renew`,
    ],
    '/business/quotes': [officer, `${OWN}/business/quotes`],
    '/business/quotes/:quote': [officer, `${OWN}/business/quotes/${quote}`],
    '/business/vendor/quotes': [vendorOfficer, '/b/310000035/business/vendor/quotes'],
    '/business/vendor/quotes/:quote': [vendorOfficer, `/b/310000035/business/vendor/quotes/${quote}`],
    '/business/vendor/quotes/new': [vendorOfficer, '/b/310000035/business/vendor/quotes/new'],
    '/business/vendor/start': [vendorOfficer, '/b/310000035/business/vendor/start'],
    '/give/:number': [officer, '/give/310000035'],
    '/business/vendor/requests': [vendorOfficer, '/b/310000035/business/vendor/requests'],
    '/business/vendor/requests/:request': [vendorOfficer, `/b/310000035/business/vendor/requests/${request}`],
    '/business/vendor/requests/new': [vendorOfficer, '/b/310000035/business/vendor/requests/new'],
    '/business/vendor/members/new': [vendorOfficer, '/b/310000035/business/vendor/members/new'],
    '/business/vendor/profile': [vendorOfficer, '/b/310000035/business/vendor/profile'],
    '/cards': [officer, `${OWN}/cards`],
    '/cards/:card': [officer, `${OWN}/cards/${card.id}`],
    '/cards/:card/block': [officer, `${OWN}/cards/${card.id}/block`],
    '/cards/:card/send-again': [officer, `${OWN}/cards/${await returnedCard()}/send-again`],
    '/my-cards': [employee, '/my-cards'],
    '/my-cards/:card/report': [employee, `/my-cards/${ownCard}/report`],
    '/my-cards/:card/dispute': [employee, `/my-cards/${ownCard}/dispute`],
    '/my-cards/employers/:worker/dispute': [
      employee,
      `/my-cards/employers/${await ownWorker(ownCard)}/dispute`,
    ],
    '/my-cards/disclosures': [employee, '/my-cards/disclosures'],
    '/my-cards/disputes': [employee, '/my-cards/disputes'],
    '/my-cards/disputes/:dispute/bring': [employee, `/my-cards/disputes/${dispute}/bring`],
    '/my-cards/phone': [employee, '/my-cards/phone'],
    '/my-cards/phone/code': [employee, '/my-cards/phone/code'],
    '/my-cards/phone/forget': [employee, '/my-cards/phone/forget'],
    '/my-phone': [nobody, '/my-phone'],
    '/my-phone/end': [nobody, '/my-phone/end'],
    '/my-phone/sent': [nobody, '/my-phone/sent'],
    '/my-uploads': [employee, '/my-uploads'],
    '/my-uploads/:request': [employee, `/my-uploads/${asked}`],
    '/my-uploads/:request/confirm': [employee, `/my-uploads/${asked}/confirm`],
    '/my-uploads/:request/deny': [employee, `/my-uploads/${asked}/deny`],
    '/my-uploads/:request/document': [employee, `/my-uploads/${asked}/document`],
    '/my-uploads/:request/photo': [employee, `/my-uploads/${asked}/photo`],
    '/u/:secret/document': [nobody, `/u/${LINK}/document`],
    '/u/:secret/photo': [nobody, `/u/${LINK}/photo`],
    '/u/stopped': [nobody, '/u/stopped'],
    '/u/thanks': [nobody, '/u/thanks'],
    '/work': [vendor, '/work'],
    '/orders': [officer, `${OWN}/orders`],
    '/orders/:order': [officer, `${OWN}/orders/${vendorsOrder}`],
    '/orders/:order/ask': [officer, `${OWN}/orders/${order}/ask`],
    '/orders/:order/ask/:asked/revoke': [officer, `${OWN}/orders/${order}/ask/${asked}/revoke`],
    '/orders/:order/approve': [officer, `${OWN}/orders/${waiting}/approve`],
    '/orders/:order/take-over': [officer, `${OWN}/orders/${waiting}/take-over`],
    '/orders/:order/go-on': [officer, `${OWN}/orders/${waiting}/go-on`],
    '/orders/:order/cancel': [officer, `${OWN}/orders/${waiting}/cancel`],
    '/orders/:order/lines/:line/confirmation': [officer, `${OWN}/orders/${order}/lines/${line}/confirmation`],
    '/orders/:order/lines/:line/cancel': [officer, `${OWN}/orders/${order}/lines/${line}/cancel`],
    '/orders/:order/lines/:line/document': [officer, `${OWN}/orders/${order}/lines/${line}/document`],
    '/orders/:order/lines/:line/photo': [officer, `${OWN}/orders/${order}/lines/${line}/photo`],
    '/business/vendor-invoices': [officer, `${OWN}/business/vendor-invoices`],
    '/business/vendor-invoices/:vendorInvoice': [officer, `${OWN}/business/vendor-invoices/${vendorInvoice}`],
    '/business/vendor-invoices/new': [officer, `${OWN}/business/vendor-invoices/new?vendor=310000035`],
    '/business/spending': [officer, `${OWN}/business/spending`],
    '/orders/addresses': [officer, `${OWN}/orders/addresses`],
    '/orders/addresses/:address/remove': [officer, `${OWN}/orders/addresses/${address}/remove`],
    '/orders/file': [officer, `${OWN}/orders/file`],
    '/orders/file/:upload': [officer, `${OWN}/orders/file/${upload}`],
    '/orders/file/:upload/again': [officer, `${OWN}/orders/file/${upload}/again`],
    '/orders/file/:upload/permits': [officer, `${OWN}/orders/file/${upload}/permits`],
    '/orders/file/:upload/columns': [officer, `${OWN}/orders/file/${unmapped}/columns`],
    '/orders/file/:upload/place': [officer, `${OWN}/orders/file/${upload}/place`],
    '/orders/:order/photos': [officer, `${OWN}/orders/${vendorsOrder}/photos`],
    '/orders/photos/:archive': [officer, `${OWN}/orders/photos/${archive}`],
    '/orders/photos/:archive/place': [officer, `${OWN}/orders/photos/${archive}/place`],
    '/orders/photos/:archive/files/:file': [officer, `${OWN}/orders/photos/${archive}/files/${archived}`],
    '/orders/file/:upload/photos': [officer, `${OWN}/orders/file/${upload}/photos`],
    '/orders/file/:upload/rows/:row': [officer, `${OWN}/orders/file/${upload}/rows/${row}`],
    '/orders/file/:upload/rows/:row/leave': [officer, `${OWN}/orders/file/${upload}/rows/${row}/leave`],
    '/orders/renew': [officer, `${OWN}/orders/renew`],
    '/orders/new': [officer, `${OWN}/orders/new?unit=${unit}`],
    '/orders/new/confirm': [
      vendor,
      `${AS_VENDOR}/orders/new/confirm?key=01980000-0000-7000-8000-000000000000&unit=${await idOf(
        `select unit_id as id from worker_offers where id = '${offer}'`,
      )}&worker=${offered}`,
    ],
    '/orders/new/look-up': [vendor, `${AS_VENDOR}/orders/new/look-up`],
    '/orders/offer': [officer, `${OWN}/orders/offer`],
    '/orders/offer/:offer/withdraw': [officer, `${OWN}/orders/offer/${offer}/withdraw`],
    '/workers': [officer, `${OWN}/workers`],
    '/workers/:worker/permit': [officer, `${OWN}/workers/${permitted}/permit`],
    '/workers/declared': [officer, `${OWN}/workers/declared`],
    '/workers/declared/:declaration': [officer, `${OWN}/workers/declared/${declaration}`],
    '/workers/declared/new': [officer, `${OWN}/workers/declared/new`],
    '/workers/disputes': [officer, `${OWN}/workers/disputes`],
    '/workers/disputes/:dispute': [officer, `${OWN}/workers/disputes/${dispute}`],
    '/workers/refresh': [officer, `${OWN}/workers/refresh`],
    '/b/profile': [officer, `${OWN}/profile`],
  };
}

/** Somebody has asked the employee for a photo and an identity document, by a link that the employee has not followed to its end. */
async function askedEmployee(): Promise<string> {
  return idOf(
    `with line as (select l.*, o.placed_by, o.placed_by_name from order_lines l join orders o on o.id = l.order_id
       where l.state = 'awaiting-media' and freeze_of_order(o.business_id, o.vendor_id, o.mandate_id) is null order by l.id limit 1)
     insert into upload_requests (id, business_id, unit_id, vendor_id, order_id, line_id, worker_id, person_id, shown_name, secret_hash, way, asks,
       asked_by, asked_by_name, asked_at, expires_at, confirmed_at)
     select uuidv7(), business_id, unit_id, vendor_id, order_id, id, worker_id, (select id from persons where name = 'Dyp Fjord'), holder_name,
       sha256('${LINK}'::bytea), 'shown', array_remove(array[case when photo_id is null then 'photo' end,
         case when document_id is null then 'document' end], null), placed_by, placed_by_name, now(), now() + interval '24 hours', now()
     from line on conflict (secret_hash) do update set confirmed_at = now() returning id`,
  );
}

/** A card of the employee's own, which nobody has blocked. */
function employeesCard(): Promise<string> {
  return idOf(
    `update cards set person_id = (select id from persons where name = 'Dyp Fjord')
     where id = (select id from cards where blocked_at is null order by id limit 1) returning id`,
  );
}

/** The holder of a card as a worker. */
function ownWorker(cardId: string): Promise<string> {
  return idOf(
    `select w.id from workers w join cards c on c.person_id = w.person_id where c.id = '${cardId}' order by w.id limit 1`,
  );
}

/** What the employee says is wrong with the card, that nobody has answered in time. */
function lateDispute(cardId: string): Promise<string> {
  return idOf(
    `insert into disputes (business_id, unit_id, worker_id, card_id, person_id, person_name, kind, text, made_at, answer_by)
     select c.business_id, c.unit_id, c.worker_id, c.id, p.id, p.name, 'employment', 'Jeg sluttet i mai.', now(), now()
     from cards c join persons p on p.id = c.person_id where c.id = '${cardId}' returning id`,
  );
}

/** The same, answered and brought to case officers. */
function broughtDispute(like: string): Promise<string> {
  return idOf(
    `insert into disputes (business_id, unit_id, worker_id, card_id, person_id, person_name, kind, text, made_at, answer_by,
       answer, answer_text, answered_by, answered_by_name, answered_at, brought_at, brought_text)
     select business_id, unit_id, worker_id, card_id, person_id, person_name, kind, text, made_at, answer_by,
       'not-wrong', 'Sluttdatoen er riktig.', person_id, 'Våken Spurv', now(), now(), 'Jeg har oppsigelsen.'
     from disputes where id = '${like}' returning id`,
  );
}

/** A card of the business that came back in the post. */
function returnedCard(): Promise<string> {
  return idOf(
    `with c as (update cards set production = 'returned' where id = (select c.id from cards c join businesses b on b.id = c.business_id
         where b.organisation_number = '310000019' and c.blocked_at is null order by c.id desc limit 1) returning *)
     insert into card_returns (business_id, unit_id, worker_id, card_id, issuer_reference, reason, returned_at)
     select business_id, unit_id, worker_id, id, 'r-1', 'not-collected', now() from c returning card_id as id`,
  );
}

/** Pages that no route names: errors, answers, empty lists, and a vendor's own view of what others see differently. */
async function furtherPages(): Promise<readonly (readonly [Page, string, number?])[]> {
  const card = await shippedCard();
  return [
    [nobody, `/o/${await confirmationToken()}`],
    [nobody, `/u/${LINK}`],
    [nobody, '/u/no-such-link', 404],
    [nobody, `/c/${card.token}`],
    [nobody, '/c/AAAAAAAAAAA'],
    [nobody, '/no/such/page', 404],
    [officer, '/b/310000094/orders', 404],
    [vendor, `${AS_VENDOR}/business/access`, 403],
    [vendor, `${AS_VENDOR}/orders`],
    [vendor, `${AS_VENDOR}/cards`],
    [vendor, `${AS_VENDOR}/orders/new`],
    [vendor, '/businesses'],
    [employee, '/businesses'],
    [vendorOfficer, '/b/310000035/orders'],
    [vendorOfficer, '/b/310000035/cards'],
    [vendorOfficer, '/b/310000035/business/access'],
  ];
}

/** Pages on the way of a form that is kept on the server; their tests stand with the forms. */
const KEPT_FORMS = [
  '/business/access/invitations/:invitation',
  '/business/access/mandate-drafts/:draft',
  '/business/access/people/drafts/:draft',
  '/business/access/vendor-drafts/:draft',
];

describe('every page is without barriers, in both languages, at desktop and phone width', () => {
  let made: ReturnType<typeof pagesOf> | undefined;
  /** What the pages show is made once: there is one of some of it. */
  const pages = () => (made ??= pagesOf());

  test('each route that answers with a page has one here', async () => {
    const [app] = world.apps;
    const routes = (app?.routes ?? [])
      .filter(({ method, path }) => method === 'GET' && !/:vendor\b/u.test(path) && !pictures.test(path))
      .map(({ path }) =>
        path === '/b/:business/profile' ? '/b/profile' : path.replace('/b/:business/', '/'),
      )
      .filter((path) => !(path in NO_PAGE) && !KEPT_FORMS.includes(path));
    expect([...new Set(routes)].sort()).toEqual(Object.keys(await pages()).sort());
  });

  test('each of them', async () => {
    for (const [page, path, status = 200] of Object.values(await pages())) {
      await inBothLanguages(page, path, status);
    }
  }, 900_000);

  test('and errors, answers and empty lists', async () => {
    for (const [page, path, status = 200] of await furtherPages()) await inBothLanguages(page, path, status);
  }, 400_000);
});

async function confirmationToken(): Promise<string> {
  return idOf(`select confirmation_token as id from order_lines where state = 'awaiting-media' limit 1`);
}

/** A link to stop a change that waits. */
async function stopLink(): Promise<string> {
  await world.rows(
    `with business as (select id from businesses where organisation_number = '310000094'),
       move as (insert into contact_moves (business_id, before, after, made_by, made_by_name, made_by_officer, made_at, state,
         codes_expire_at, wait, effective_at)
         select b.id, '{"email":null,"mobile":null,"addressLines":[],"postalCode":null,"city":null,"responsible":null,"language":"nb"}', '{"email":"ny@blankflate.example","mobile":null,"addressLines":[],"postalCode":null,"city":null,"responsible":null,"language":"nb"}', p.id, p.name, true, now(), 'waiting', now(), '72 hours',
           now() + interval '72 hours' from business b, persons p where p.name = 'Våken Spurv' returning id, business_id)
     insert into contact_stops (business_id, move_id, address, token_hash, made_at)
     select business_id, id, 'kontor@blankflate.example', sha256('stop-link'::bytea), now() from move`,
  );
  return 'stop-link';
}
