import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import type { ActingFor, Right } from '../../src/access/index.ts';
import { requestProduction } from '../../src/cards/index.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { parsePlainDate } from '../../src/kernel/dates.ts';
import { drawDocument } from '../../src/demo-portrait.ts';
import { hashToken, openSession } from '../../src/identity/index.ts';
import type { Result } from '../../src/kernel/result.ts';
import { settleCase, viewCase, viewQueue } from '../../src/media-review/index.ts';
import { offerWorkers } from '../../src/orders/index.ts';
import type { StaffActing } from '../../src/staff/index.ts';
import { addMember, assignMember, grantToVendor, publishVendorProfile } from '../../src/vendors/index.ts';
import { documentPurpose } from '../../src/workers/index.ts';
import { organisations, people } from '../../stand-ins/world.ts';
import type { World } from './world.ts';

/** What a result holds; a test that gets an error instead fails with it. */
export function valueOf<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** What the first application works with. */
export function servicesOf(world: World) {
  const [app] = world.apps;
  if (!app) throw new Error('No application.');
  return app.services;
}

// Through the actions that the pages use, for what a test only needs to be there ---------------------------------------

/** The secret of a session, as its cookie holds it, of a person who has just logged in at the high level. */
export async function newSession(world: World, nationalId: string): Promise<string> {
  const login = {
    iss: world.standIns.idportenOrigin,
    sub: nationalId,
    pid: nationalId,
    acr: 'idporten-loa-high',
    authTime: new Date(),
  } as const;
  return valueOf(await openSession(servicesOf(world).identity, login, 'test')).secret;
}

/** A person who has just logged in at the high level, acting for a business. */
export async function loggedIn(world: World, nationalId: string, business: string): Promise<ActingFor> {
  return { tokenHash: hashToken(await newSession(world, nationalId)), business };
}

/** A vendor of the synthetic world, with those of its people whom tests let act. */
export interface TestVendor {
  readonly number: string;
  readonly name: string;
  /** Its officer. */
  readonly manager: string;
  /** The employee who uses mandates, by name in the registers and by number. */
  readonly member: string;
  readonly memberName: string;
  readonly feeOre: number;
}

export const fairVendor: TestVendor = {
  number: organisations.cheapVendor,
  name: 'RIMELIG KORTHJELP AS',
  manager: people.rimeligRegnestykke,
  member: people.hjelpsomHand,
  memberName: 'Hjelpsom Hånd',
  feeOre: 9_900,
};

export const dearVendor: TestVendor = {
  number: organisations.dearVendor,
  name: 'DYRE KORT AS',
  manager: people.dyrebarDiamant,
  member: people.kosteligKape,
  memberName: 'Kostelig Kåpe',
  feeOre: 46_600,
};

function vendorDeps(world: World) {
  const { database, notify, agreements } = servicesOf(world);
  return { database, notify, publicOrigin: world.origin, agreements };
}

/** A vendor that has registered: its officer, logged in, and the member who may use mandates. */
export interface RegisteredVendor {
  readonly vendor: TestVendor;
  readonly manager: ActingFor;
  readonly memberId: string;
}

/** The vendor publishes its fee, stands by the standard agreement and makes its employee a member. */
export async function registerVendor(world: World, vendor: TestVendor): Promise<RegisteredVendor> {
  const deps = vendorDeps(world);
  const manager = await loggedIn(world, vendor.manager, vendor.number);
  valueOf(await publishVendorProfile(deps, manager, { feeOre: vendor.feeOre }));
  const [worker] = await workersNamed(world, [vendor.memberName]);
  const member = valueOf(await addMember(deps, manager, { workerId: worker?.id ?? '' }));
  return { vendor, manager, memberId: member.personId };
}

/** The vendor gets a mandate of these rights from the construction company and lets its member use it. */
export async function giveMandate(
  world: World,
  { vendor, manager, memberId }: RegisteredVendor,
  rights: readonly Right[],
): Promise<{ mandateId: string }> {
  const deps = vendorDeps(world);
  const lastDay = parsePlainDate(dayAhead(90));
  if (lastDay === undefined) throw new Error('No such day.');
  const business = await loggedIn(world, people.vakenSpurv, organisations.blueHammer);
  const { mandateId } = valueOf(
    await grantToVendor(deps, business, {
      vendorNumber: vendor.number,
      proposal: {
        rights,
        units: null,
        workers: null,
        firstDay: null,
        lastDay,
        purpose: 'Cards for one project',
        limits: { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null },
      },
      acceptsAgreement: true,
      acceptsQuote: true,
    }),
  );
  valueOf(await assignMember(deps, manager, { mandateId, personId: memberId }));
  return { mandateId };
}

/** The vendor (the fair one unless said otherwise) registers, and gets a mandate of these rights that its member may use. */
export async function giveVendorAccess(
  world: World,
  rights: readonly Right[],
  vendor: TestVendor = fairVendor,
): Promise<{ mandateId: string }> {
  return giveMandate(world, await registerVendor(world, vendor), rights);
}

/** The construction company lets a vendor order for these workers, who all work in one unit. Returns their ids. */
export async function tickWorkers(
  world: World,
  mandateId: string,
  names: readonly string[],
): Promise<string[]> {
  const officer = await loggedIn(world, people.vakenSpurv, organisations.blueHammer);
  const workers = await workersNamed(world, names);
  const workerIds = workers.map(({ id }) => id);
  valueOf(
    await offerWorkers(servicesOf(world), officer, { mandateId, unitId: workers[0]!.unitId, workerIds }),
  );
  return workerIds;
}

/** Workers by their names, in the order of the names. */
async function workersNamed(
  world: World,
  names: readonly string[],
): Promise<{ id: string; unitId: string }[]> {
  const rows = await world.rows<{ id: string; unitId: string; name: string }>(
    `select id, unit_id as "unitId", name from workers where name = any ($1)`,
    [names],
  );
  return names.map((name) => rows.find((row) => row.name === name)!);
}

/** Puts a drawn identity document on every line that lacks one, as the orderer's upload would have. */
export async function addDocuments(world: World): Promise<void> {
  const { vault } = servicesOf(world);
  const lines = await world.rows<{ id: string; name: string }>(
    `select id, holder_name as name from order_lines where document_id is null and state in ('awaiting-approval', 'awaiting-media')`,
  );
  for (const line of lines) {
    const id = randomUUID();
    const image = (await drawDocument(line.name)).toString('base64');
    await world.rows(
      `insert into identity_documents (id, business_id, worker_id, vendor_id, kind, content, sha256, uploaded_by, uploaded_at)
       select $2, l.business_id, l.worker_id, l.vendor_id, 'passport', $3, sha256($3), o.placed_by, now()
       from order_lines l join orders o on o.id = l.order_id where l.id = $1`,
      [line.id, id, vault.encrypt(image, documentPurpose(id))],
    );
    await world.rows(
      `update order_lines set document_id = $2,
         state = case when state = 'awaiting-media' and photo_id is not null then 'under-review' else state end where id = $1`,
      [line.id, id],
    );
  }
}

/** A reviewer of the issuer, whose role was given past the four eyes. */
export async function reviewerOf(world: World, nationalId: string = people.noyeBlikk): Promise<StaffActing> {
  const tokenHash = hashToken(await newSession(world, nationalId));
  await world.rows(
    `insert into staff_appointments (role, name, email, ends_at, proposed_by, proposed_by_name, proposed_at, token_hash,
       token_expires_at, accepted_by, accepted_by_name, accepted_at, approved_by, approved_by_name, approved_at)
     select 'reviewer', p.name, 'reviewer@example.no', now() + interval '90 days', p.id, p.name, now(), sha256($1),
       now() + interval '7 days', p.id, p.name, now(), other.id, other.name, now()
     from sessions s join persons p on p.id = s.person_id, lateral (select id, name from persons where id <> p.id limit 1) other
     where s.token_hash = $1 on conflict do nothing`,
    [tokenHash],
  );
  return { tokenHash, role: 'reviewer' };
}

/** The reviewer accepts all that waits, lines that lack an identity document included: they get one first. */
export async function passReview(world: World): Promise<void> {
  await addDocuments(world);
  const reviewer = await reviewerOf(world);
  const { rows } = valueOf(await viewQueue(servicesOf(world), reviewer, 1));
  for (const { id: lineId } of rows) {
    const one = valueOf(await viewCase(servicesOf(world), reviewer, lineId));
    const seen = { lineId, photoId: one?.photoId ?? '', documentId: one?.documentId ?? '' };
    valueOf(await settleCase(servicesOf(world), reviewer, seen, { photo: [], document: [] }));
  }
}

/** Has the lines that have a photo reviewed and made into cards now: the job that does it comes round once a minute. */
export async function makeCards(world: World): Promise<void> {
  await passReview(world);
  const { database } = servicesOf(world);
  await inTransaction(database, { kind: 'job', name: 'cards.produce' }, requestProduction);
}

/** Nobody is logged in any more: what a test needed to have done is over. */
export async function endAllSessions(world: World): Promise<void> {
  await world.rows(`update sessions set ended_at = now(), end_reason = 'logged-out' where ended_at is null`);
}

/** The day so many days from now, as a date field takes it. */
export function dayAhead(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

// In the browser -------------------------------------------------------------------------------------------------------

/** A browser of the person's own, logged in through ID-porten's page and back on ours. */
export async function browserOf(
  world: World,
  nationalId: string,
  options: Parameters<World['newBrowser']>[0] = {},
): Promise<Page> {
  const page = await world.newBrowser({ language: 'en', ...options });
  await page.goto('/login');
  await world.logIn(page, nationalId);
  await page.waitForURL(`${world.origin}/**`);
  return page;
}

/** The construction company's form for a vendor's mandate, filled in and sent: ends on the preview. */
export async function previewMandate(
  page: Page,
  vendor: TestVendor,
  rights: readonly Right[],
): Promise<void> {
  await page.goto(`/b/${organisations.blueHammer}/business/access/vendors/${vendor.number}`);
  for (const right of rights) await page.locator(`input[name=rights][value="${right}"]`).check();
  await page.locator('textarea[name=purpose]').fill('Kort til nye på prosjektet');
  await page.locator('input[name=lastDay]').fill(dayAhead(90));
  await submitMain(page);
  await page.waitForURL(/vendor-drafts/u);
}

/** Accepts what the preview asks to have accepted, and confirms. */
export async function acceptAndConfirm(page: Page): Promise<void> {
  for (const name of ['agreement', 'quote']) {
    const tick = page.locator(`input[name=${name}]`);
    if ((await tick.count()) > 0) await tick.check();
  }
  await submitMain(page);
}

/** The vendor's officer publishes another fee, in kroner. */
export async function publishFee(page: Page, vendor: TestVendor, kroner: string): Promise<void> {
  await page.goto(`/b/${vendor.number}/business/vendor/profile`);
  await page.locator('input[name=fee]').fill(kroner);
  await page.locator('input[name=agreement]').check();
  await page.locator('input[name=terms]').check();
  await submitMain(page);
  await page.waitForURL(/done=/u);
}

/** Presses the button that sends the page's own form. */
export async function submitMain(page: Page): Promise<void> {
  await page.locator('main form button[type=submit]').last().click();
}

/**
 * Orders cards in the pages under `base` (`/b/…`, with `/by/…` for a vendor): unit, workers, confirmation. Ends on the
 * order's page; returns its id.
 */
export async function orderCards(
  page: Page,
  base: string,
  wanted: { readonly unit: RegExp; readonly workers: readonly string[] },
): Promise<string> {
  await considerOrder(page, base, wanted);
  await submitMain(page);
  await page.waitForURL(/orders\/[0-9a-f-]{36}/u);
  return /orders\/([0-9a-f-]{36})/u.exec(page.url())?.[1] ?? '';
}

/** As `orderCards`, as far as the page that says what the order comes to. */
export async function considerOrder(
  page: Page,
  base: string,
  { unit, workers }: { readonly unit: RegExp; readonly workers: readonly string[] },
): Promise<void> {
  await page.goto(`${base}/orders/new`);
  await page.getByRole('radio', { name: unit }).check();
  await submitMain(page);
  await page.waitForURL(/unit=/u);
  for (const name of workers) await page.getByRole('checkbox', { name }).check();
  await page.locator('button[name=step][value=confirm]').click();
  await page.waitForURL(/confirm/u);
}

/**
 * Sends a form that no page offers, as a forger would: from the page that is open, with its own valid token, so that only
 * the rules can refuse it. Returns the status of the answer.
 */
export async function forge(
  page: Page,
  path: string,
  fields: Readonly<Record<string, string | readonly string[]>> = {},
): Promise<number> {
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((one) => [name, one]),
  );
  // As text: what runs in the browser is not typed here.
  return page.evaluate<number>(
    `fetch(${JSON.stringify(path)}, { method: 'POST', body: new URLSearchParams([
       ['_csrf', document.querySelector('input[name=_csrf]').value], ...${JSON.stringify(pairs)}]) })
     .then((answer) => answer.status)`,
  );
}
