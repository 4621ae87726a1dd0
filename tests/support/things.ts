import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { checklistOf } from '../../src/agreements/checklist.ts';
import type { Vault } from '../../src/database/encryption.ts';
import type { FixtureBusiness, FixtureOrder, FixturePerson, Fixtures } from './fixtures.ts';

/** What an id in a route, or in a form or a query, may name. */
export type Kind =
  | 'address'
  | 'agreement'
  | 'announced'
  | 'asking'
  | 'attachment'
  | 'card'
  | 'customer'
  | 'customerMandate'
  | 'appointment'
  | 'declaration'
  | 'dispute'
  | 'endedAgreement'
  | 'freeze'
  | 'holder'
  | 'invitation'
  | 'invoice'
  | 'line'
  | 'mandate'
  | 'mandateDraft'
  | 'member'
  | 'memberInvitation'
  | 'offer'
  | 'offered'
  | 'permitWorker'
  | 'notice'
  | 'order'
  | 'ownQuote'
  | 'ownRequest'
  | 'person'
  | 'personDraft'
  | 'photo'
  | 'quote'
  | 'request'
  | 'returnedCard'
  | 'review'
  | 'signal'
  | 'shippedLine'
  | 'shippedOrder'
  | 'stoppable'
  | 'subProcessor'
  | 'thread'
  | 'toConfirm'
  | 'unit'
  | 'unsentLine'
  | 'unsentOrder'
  | 'unmappedUpload'
  | 'photoArchive'
  | 'photoFile'
  | 'recordedDraft'
  | 'recordedForUs'
  | 'upload'
  | 'uploadRequest'
  | 'uploadRow'
  | 'vendorDraft'
  | 'vendorInvoice'
  | 'vendorMandate'
  | 'worker';

/** One thing of each kind, by its id; `holder` and `stoppable` are organisation numbers. */
export type Things = Readonly<Record<Kind, string>>;

/** Whose the things are. */
export interface Owner {
  readonly business: FixtureBusiness;
  /** Who made them; drafts are this person's own. */
  readonly officer: FixturePerson;
  /** Who acts for the vendor: what is uploaded for it is this person's own. */
  readonly member: FixturePerson;
  /** The vendor with a mandate of the business, and that mandate. */
  readonly vendor: { readonly id: string; readonly number: string; readonly mandateId: string };
  /** The organisation number of somebody to give a vendor's mandate to. */
  readonly holder: string;
}

const limits = { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null };

/** A mandate as a draft or an invitation carries it; its last day is so many days from now. */
export function proposal(days = 60) {
  const lastDay = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  return { rights: ['orders.read'], units: null, lastDay, purpose: 'Kort til ett prosjekt', limits };
}

/**
 * A new thing of each kind, of one business; with `byVendor` the order, its line, photo and card are what the vendor
 * ordered.
 */
export async function makeThings(
  { fixtures, vault }: { readonly fixtures: Fixtures; readonly vault: Pick<Vault, 'encrypt'> },
  owner: Owner,
  by: 'business' | 'vendor' = 'business',
): Promise<Things> {
  const { business, officer, vendor, holder } = owner;
  const answerer = await fixtures.person('Svarende Svale');
  const mandate = await fixtures.personMandate(business, await fixtures.person(), officer, ['orders.read']);
  const regiven = await fixtures.personMandate(business, await fixtures.person(), officer, ['orders.read']);
  const shipped = await order(fixtures, owner, by, 'shipped');
  const waiting = await order(fixtures, owner, by, 'awaiting-approval');
  const candidate = await fixtures.person('Bestillbar Bever');
  const asker = await fixtures.person('Spørrende Spove');
  await fixtures.personMandate(business, asker, officer, ['orders.read']);
  const written = await thread(fixtures, owner);
  const notice = await fixtures.insert('notices', {
    business_id: business.id,
    template: 'access:notice.reviewMissed',
    parameters: '{}',
    audience: 'business',
    created_at: new Date(0),
  });
  const judged = await upload(fixtures, owner, by, 'judged');
  const unsent = await unsentOrder(fixtures, owner, by);
  const archived = await photoArchive(fixtures, owner, by, waiting.orderId);
  const signed = await signedAgreement(fixtures, owner);
  const served = await customerMandate(fixtures, owner);
  return {
    agreement: signed.agreementId,
    announced: signed.subProcessorId,
    endedAgreement: await endedAgreement(fixtures, owner),
    recordedDraft: await recordedAgreement(fixtures, vault, owner, 'business'),
    recordedForUs: await recordedAgreement(fixtures, vault, owner, 'vendor'),
    subProcessor: await subProcessor(fixtures, business.id, officer),
    appointment: await fixtures.insert('staff_appointments', {
      ...{ business_id: business.id, role: 'coordinator', place: 'Kai 1', name: answerer.name },
      ...{ email: 'svale@example.no', proposed_by: officer.id, proposed_by_name: officer.name },
      proposed_at: new Date(),
      ends_at: new Date(Date.now() + 30 * 86_400_000),
      token_hash: randomBytes(32),
      token_expires_at: new Date(Date.now() + 7 * 86_400_000),
      accepted_by: (await fixtures.person('Koordinerende Kråke')).id,
      accepted_by_name: 'Koordinerende Kråke',
      accepted_at: new Date(),
    }),
    asking: await request(fixtures, business, { person: asker }),
    attachment: written.attachmentId,
    card: shipped.cardId,
    returnedCard: await returnedCard(fixtures, owner, by),
    customer: served.customerId,
    customerMandate: served.mandateId,
    declaration: await declaration(fixtures, owner),
    dispute: await dispute(fixtures, shipped.cardId),
    freeze: await freeze(fixtures, owner),
    holder,
    invitation: await invitation(fixtures, owner, answerer, 'person'),
    invoice: await invoice(fixtures, owner, by, shipped),
    line: waiting.lineId,
    mandate,
    mandateDraft: await draft(fixtures, owner, 'person-mandate', {
      mandateId: regiven,
      proposal: proposal(),
    }),
    member: await fixtures.member(business, await fixtures.person('Medlem Måke'), officer),
    memberInvitation: await invitation(fixtures, owner, answerer, 'vendor-member'),
    address: await address(fixtures, owner),
    shippedLine: shipped.lineId,
    shippedOrder: shipped.orderId,
    offer: (await offer(fixtures, owner)).offerId,
    offered: (await offer(fixtures, owner)).workerId,
    order: waiting.orderId,
    ownQuote: await quote(fixtures, owner, await fixtures.business(), business),
    ownRequest: await request(fixtures, await fixtures.business(), { vendor: business, officer }),
    person: answerer.id,
    personDraft: await draft(fixtures, owner, 'person-invitation', {
      invited: {
        workerId: null,
        name: 'Invitert Isbjørn',
        email: 'isbjorn@example.no',
        tieReason: 'Regnskap',
      },
      proposal: proposal(),
    }),
    photo: shipped.photoId,
    quote: await quote(fixtures, owner, business, await fixtures.business()),
    request: await request(fixtures, business, {
      vendor: await standardVendor(fixtures, owner),
      officer,
    }),
    review: await review(fixtures, owner),
    signal: await signal(fixtures, owner),
    stoppable: (await otherVendor(fixtures, owner)).number,
    notice,
    thread: written.threadId,
    toConfirm: await toConfirm(fixtures, owner),
    unit: business.unit,
    unsentLine: unsent.lineId,
    unsentOrder: unsent.orderId,
    uploadRequest: unsent.requestId,
    unmappedUpload: (await upload(fixtures, owner, by, 'unmapped')).uploadId,
    photoArchive: archived.archiveId,
    photoFile: archived.fileId,
    upload: judged.uploadId,
    uploadRow: judged.rowId,
    vendorDraft: await draft(
      fixtures,
      owner,
      'vendor-mandate',
      { vendorNumber: '310000159', proposal: proposal() },
      new Date(),
    ),
    vendorInvoice: await vendorInvoice(fixtures, owner),
    vendorMandate: vendor.mandateId,
    worker: await fixtures.worker(business, candidate),
    permitWorker: await fixtures.worker(business, await fixtures.person('Oppholdt Orrfugl'), {
      permit_due_since: new Date(),
    }),
  };
}

async function order(
  fixtures: Fixtures,
  { business, officer, vendor }: Owner,
  by: 'business' | 'vendor',
  state: 'shipped' | 'awaiting-approval',
): Promise<FixtureOrder> {
  const person = await fixtures.person();
  const worker = { id: await fixtures.worker(business, person), personId: person.id, unit: business.unit };
  const made = await fixtures.order(business, worker, officer, by === 'vendor' ? vendor : undefined, state);
  if (state === 'awaiting-approval') {
    await fixtures.rows('update orders set state = $2 where id = $1', [made.orderId, state]);
  }
  return made;
}

/** An order that lacks photo and document, whose worker has been asked for them. */
async function unsentOrder(fixtures: Fixtures, owner: Owner, by: 'business' | 'vendor') {
  const { orderId, lineId } = await order(fixtures, owner, by, 'awaiting-approval');
  await fixtures.rows('update order_lines set photo_id = null, document_id = null where id = $1', [lineId]);
  const now = new Date();
  const [line] = await fixtures.rows<{ worker_id: string; person_id: string; vendor_id: string | null }>(
    `select l.worker_id, w.person_id, l.vendor_id from order_lines l join workers w on w.id = l.worker_id where l.id = $1`,
    [lineId],
  );
  const requestId = await fixtures.insert('upload_requests', {
    ...line,
    id: randomUUID(),
    business_id: owner.business.id,
    unit_id: owner.business.unit,
    order_id: orderId,
    line_id: lineId,
    shown_name: 'Kort Holder',
    secret_hash: randomBytes(32),
    way: 'shown',
    asks: ['photo', 'document'],
    asked_by: owner.officer.id,
    asked_by_name: owner.officer.name,
    asked_at: now,
    expires_at: new Date(now.getTime() + 86_400_000),
  });
  return { orderId, lineId, requestId };
}

/** The invoice of an order that has been shipped. */
async function invoice(
  fixtures: Fixtures,
  { business, vendor }: Owner,
  by: 'business' | 'vendor',
  { orderId }: FixtureOrder,
): Promise<string> {
  const issuer = '310000906';
  const address = { lines: ['Testgata 2'], postalCode: '0151', place: 'OSLO' };
  const [series] = await fixtures.rows<{ number: number }>(
    `insert into invoice_series values ($1, 1) on conflict (issuer)
       do update set last_number = invoice_series.last_number + 1 returning last_number as number`,
    [issuer],
  );
  return fixtures.insert('invoices', {
    issuer,
    number: series?.number,
    kind: 'invoice',
    order_id: orderId,
    business_id: business.id,
    unit_id: business.unit,
    vendor_id: by === 'vendor' ? vendor.id : null,
    mandate_id: by === 'vendor' ? vendor.mandateId : null,
    issued_at: new Date(0),
    issued_on: '2026-11-28',
    due_on: '2026-12-12',
    kid: '0001000017',
    order_number: 1,
    customer_reference: '',
    card_type: 'construction',
    cards: 1,
    price_ore: 13290,
    vat_basis_points: 2500,
    excluding_ore: 13290,
    vat_ore: 3323,
    including_ore: 16613,
    parties: JSON.stringify({
      seller: { name: 'KORTUTSTEDEREN AS', organisationNumber: issuer, account: '99900000010', address },
      buyer: { name: 'Virksomhet', organisationNumber: business.number, address },
      unit: { name: 'Avdeling', organisationNumber: business.number },
    }),
    try_after: new Date(0),
  });
}

/** A worker whom an officer declared, since no register shows them. */
async function declaration(fixtures: Fixtures, { business, officer }: Owner): Promise<string> {
  const worker = await fixtures.worker(business, await fixtures.person('Eiende Ekorn'), {
    source: 'declared',
  });
  const now = new Date();
  return fixtures.insert('worker_declarations', {
    business_id: business.id,
    unit_id: business.unit,
    worker_id: worker,
    kind: 'owner',
    reason: 'Eier virksomheten',
    declared_by: officer.id,
    declared_by_name: officer.name,
    declared_at: now,
    confirmed_by: officer.id,
    confirmed_by_name: officer.name,
    confirmed_at: now,
    holds_until: new Date(now.getTime() + 300 * 86_400_000),
  });
}

/** What the holder of a card says is wrong with it. */
async function dispute(fixtures: Fixtures, cardId: string): Promise<string> {
  const [made] = await fixtures.rows<{ id: string }>(
    `insert into disputes (business_id, unit_id, worker_id, card_id, person_id, person_name, kind, text, made_at, answer_by)
     select c.business_id, c.unit_id, c.worker_id, c.id, p.id, p.name, 'name', 'Feil', now(), now() + interval '30 days'
     from cards c join persons p on p.id = c.person_id where c.id = $1 returning id`,
    [cardId],
  );
  return made?.id ?? '';
}

/** What a new customer lets the business do as its vendor. */
async function customerMandate(fixtures: Fixtures, { business, officer }: Owner) {
  const customer = await fixtures.business();
  const people = { by: officer, vendorOfficer: officer, member: officer };
  const { id: mandateId } = await fixtures.vendorMandate(customer, business, people, ['orders.read']);
  return { mandateId, customerId: customer.id };
}

/** What a vendor has invoiced the business, with its file. */
function vendorInvoice(fixtures: Fixtures, { business, officer, vendor }: Owner): Promise<string> {
  return fixtures.insert('vendor_invoices', {
    business_id: business.id,
    vendor_id: vendor.id,
    vendor_name: 'Leverandør',
    number: randomBytes(8).toString('hex'),
    issued_on: '2026-01-01',
    lines: JSON.stringify([{ kind: 'fee', text: '', count: 1, ore: 9900 }]),
    total_ore: 12375,
    orders: '[]',
    differences: JSON.stringify([{ reason: 'no-orders' }]),
    file_name: 'faktura.pdf',
    file: Buffer.from('%PDF-1.7 %%EOF'),
    recorded_by: officer.id,
    recorded_by_name: officer.name,
    recorded_at: new Date(),
  });
}

/** A quote of one business to another that waits for an answer. */
async function quote(
  fixtures: Fixtures,
  { officer }: Owner,
  business: FixtureBusiness,
  vendor: FixtureBusiness,
): Promise<string> {
  const vat = { vatBasisPoints: 2500 };
  const items = [
    { kind: 'official', text: '', per: 'card', ore: 13290, vatOre: 3323, ...vat },
    { kind: 'fee', text: '', per: 'card', ore: 9900, vatOre: 2475, ...vat },
  ];
  return fixtures.insert('quote_offers', {
    business_id: business.id,
    vendor_id: vendor.id,
    items: JSON.stringify(items),
    valid_until: new Date(Date.now() + 90 * 86_400_000),
    offered_by: officer.id,
    offered_by_name: officer.name,
    offered_at: new Date(),
  });
}

/** A mandate whose giver may no longer give it. */
async function toConfirm(fixtures: Fixtures, { business, officer }: Owner): Promise<string> {
  const id = await fixtures.personMandate(business, await fixtures.person(), officer, ['orders.read']);
  await fixtures.rows(`update mandates set confirm_by = now() + interval '14 days' where id = $1`, [id]);
  return id;
}

/** Another vendor with a mandate of the business, which nobody uses. */
async function otherVendor(fixtures: Fixtures, { business, officer }: Owner): Promise<FixtureBusiness> {
  const vendor = await fixtures.business();
  const people = { by: officer, vendorOfficer: officer, member: officer };
  await fixtures.vendorMandate(business, vendor, people, ['orders.read']);
  return vendor;
}

/** A vendor that stands by the standard agreement, so that it can be given a mandate. */
async function standardVendor(fixtures: Fixtures, { officer }: Owner): Promise<FixtureBusiness> {
  const vendor = await fixtures.business();
  await signedDocument(fixtures, vendor, officer, 1);
  return vendor;
}

/** What a vendor has signed, and stands by. Returns its id. */
async function signedDocument(
  fixtures: Fixtures,
  vendor: FixtureBusiness,
  officer: FixturePerson,
  number: number,
): Promise<string> {
  const hash = randomBytes(32);
  if (number === 1) await fixtures.vendorProfile(vendor, officer, { agreement_sha256: hash });
  else {
    await fixtures.rows('update vendor_profiles set agreement_sha256 = $2 where vendor_id = $1', [
      vendor.id,
      hash,
    ]);
  }
  // As another vendor has signed: what counts here is that it is on the standard text as it is now.
  const [row] = await fixtures.rows<{ id: string }>(
    `insert into agreement_documents (vendor_id, number, version, standard_sha256, places, sha256, content, text, signed_by,
       signed_by_name, signed_role, signed_at, signature)
     select $1, $5, version, standard_sha256, places, $2, content, text, $3, $4, 'DAGL', signed_at, signature
     from agreement_documents order by id limit 1 returning id`,
    [vendor.id, hash, officer.id, officer.name, number],
  );
  return row?.id ?? '';
}

/** An agreement of the business with a vendor that has signed a newer document and announced a sub-processor since. */
async function signedAgreement(
  fixtures: Fixtures,
  { business, officer }: Owner,
): Promise<{ readonly agreementId: string; readonly subProcessorId: string }> {
  const vendor = await fixtures.business();
  const documentId = await signedDocument(fixtures, vendor, officer, 1);
  const agreementId = await agreement(fixtures, { business, vendor, officer }, { document_id: documentId });
  await fixtures.rows(
    `insert into agreement_copies (agreement_id, business_id, vendor_id, sha256, content, signed_by, signed_role, signature)
     values ($1, $2, $3, $4, '\\x25504446', $5, 'DAGL', 'x')`,
    [agreementId, business.id, vendor.id, randomBytes(32), officer.id],
  );
  await signedDocument(fixtures, vendor, officer, 2);
  return { agreementId, subProcessorId: await subProcessor(fixtures, vendor.id, officer) };
}

/** An agreement that a customer has ended, of which the business has to delete what it has. */
async function endedAgreement(fixtures: Fixtures, { business, officer }: Owner): Promise<string> {
  const customer = await fixtures.business();
  const id = await agreement(fixtures, { business: customer, vendor: business, officer }, {});
  await fixtures.rows('update agreements set ended_at = now(), ended_by = $2 where id = $1', [
    id,
    officer.id,
  ]);
  return id;
}

/** An agreement that was signed elsewhere: gone through by the business, or recorded by a customer for the business to confirm. */
async function recordedAgreement(
  fixtures: Fixtures,
  vault: Pick<Vault, 'encrypt'>,
  { business, officer }: Owner,
  side: 'business' | 'vendor',
): Promise<string> {
  const other = await fixtures.business();
  const recorded = side === 'vendor' && {
    recorded_by: officer.id,
    recorded_by_name: officer.name,
    recorded_at: new Date(0),
    signature: 'x',
  };
  const id = randomUUID();
  return fixtures.insert('recorded_agreements', {
    id,
    business_id: side === 'business' ? business.id : other.id,
    vendor_id: side === 'business' ? other.id : business.id,
    file_name: 'avtale.pdf',
    sha256: randomBytes(32),
    content: vault.encrypt('%PDF-1.7 %%EOF', `recorded-agreement:${id}`),
    uploaded_by: officer.id,
    uploaded_by_name: officer.name,
    uploaded_at: new Date(),
    checklist: JSON.stringify(checklistOf(() => ({ answer: 'yes', where: 'Side 1' }))),
    signed_on: '2026-01-01',
    ...recorded,
  });
}

function agreement(
  fixtures: Fixtures,
  { business, vendor, officer }: Pick<Owner, 'business' | 'officer'> & { readonly vendor: FixtureBusiness },
  more: object,
): Promise<string> {
  return fixtures.insert('agreements', {
    business_id: business.id,
    vendor_id: vendor.id,
    version: '2026-12',
    document_sha256: randomBytes(32),
    business_accepted_by: officer.id,
    business_accepted_by_name: officer.name,
    business_accepted_at: new Date(0),
    vendor_accepted_by: officer.id,
    vendor_accepted_by_name: officer.name,
    vendor_accepted_at: new Date(0),
    ...more,
  });
}

/** A sub-processor of a vendor that is used from next month on. */
function subProcessor(fixtures: Fixtures, vendorId: string, officer: FixturePerson): Promise<string> {
  const now = Date.now();
  return fixtures.insert('sub_processors', {
    vendor_id: vendorId,
    name: 'Sky AS',
    country: 'Norge',
    purpose: 'Lagring',
    announced_by: officer.id,
    announced_by_name: officer.name,
    announced_at: new Date(now),
    starts_at: new Date(now + 30 * 86_400_000),
  });
}

/** A request of a vendor or a person for a mandate that nobody has answered. */
function request(
  fixtures: Fixtures,
  business: FixtureBusiness,
  by:
    | { readonly vendor: FixtureBusiness; readonly officer: FixturePerson }
    | { readonly person: FixturePerson },
): Promise<string> {
  const asker = 'vendor' in by ? by.officer : by.person;
  const now = new Date();
  const { rights, lastDay, purpose } = proposal();
  return fixtures.insert('mandate_requests', {
    business_id: business.id,
    ...('vendor' in by ? { vendor_id: by.vendor.id, fee_ore: 9900 } : { person_id: by.person.id }),
    rights,
    reasons: JSON.stringify({ 'orders.read': 'For å følge bestillingene' }),
    last_day: lastDay,
    purpose,
    asked_by: asker.id,
    asked_by_name: asker.name,
    asked_at: now,
    expires_at: new Date(now.getTime() + 21 * 86_400_000),
  });
}

/** An emergency stop that has not been lifted, of a vendor that nobody here acts for. */
async function freeze(fixtures: Fixtures, owner: Owner): Promise<string> {
  return fixtures.insert('freezes', {
    business_id: owner.business.id,
    vendor_id: (await otherVendor(fixtures, owner)).id,
    frozen_at: new Date(0),
    frozen_by: owner.officer.id,
    frozen_by_name: owner.officer.name,
  });
}

/** The business's open review: of the next quarter, so that it goes through what was given just now. */
async function review(fixtures: Fixtures, { business }: Owner): Promise<string> {
  await fixtures.rows(
    `insert into reviews (business_id, quarter, due_at, opened_at)
     values ($1, (date_trunc('quarter', now()) + interval '3 months')::date, now() + interval '20 days', now())
     on conflict do nothing`,
    [business.id],
  );
  const [row] = await fixtures.rows<{ id: string }>('select id from reviews where business_id = $1', [
    business.id,
  ]);
  return row?.id ?? '';
}

/** What does not look right and nobody has answered. */
function signal(fixtures: Fixtures, { business, officer }: Owner): Promise<string> {
  return fixtures.insert('signals', {
    kind: 'two-networks',
    business_id: business.id,
    person_id: officer.id,
    person_name: officer.name,
    key: randomUUID(),
    found_at: new Date(0),
  });
}

/** A card that came back in the post, and nobody has said where it is sent instead. */
async function returnedCard(fixtures: Fixtures, owner: Owner, by: 'business' | 'vendor'): Promise<string> {
  const { cardId } = await order(fixtures, owner, by, 'shipped');
  const [card] = await fixtures.rows<{ unit_id: string; worker_id: string }>(
    `update cards set production = 'returned' where id = $1 returning unit_id, worker_id`,
    [cardId],
  );
  if (card === undefined) throw new Error('The card is gone');
  await fixtures.insert('card_returns', {
    ...card,
    business_id: owner.business.id,
    card_id: cardId,
    issuer_reference: cardId,
    reason: 'not-collected',
    returned_at: new Date(0),
  });
  return cardId;
}

function address(fixtures: Fixtures, { business, officer }: Owner): Promise<string> {
  return fixtures.insert('delivery_addresses', {
    business_id: business.id,
    address: JSON.stringify({
      recipient: randomUUID(),
      lines: ['Torget 1'],
      postalCode: '0150',
      place: 'OSLO',
    }),
    added_by: officer.id,
    added_by_name: officer.name,
    added_at: new Date(0),
  });
}

async function offer(fixtures: Fixtures, { business, officer, vendor }: Owner) {
  const person = await fixtures.person('Tilbudt Tiur');
  const workerId = await fixtures.worker(business, person);
  const offerId = await fixtures.insert('worker_offers', {
    business_id: business.id,
    vendor_id: vendor.id,
    mandate_id: vendor.mandateId,
    worker_id: workerId,
    unit_id: business.unit,
    source: 'ticked',
    name: person.name,
    birth_year: 1990,
    offered_by: officer.id,
    offered_at: new Date(0),
  });
  return { offerId, workerId };
}

/** A file of one worker that has been read, or that waits for its columns to be named. */
async function upload(
  fixtures: Fixtures,
  { business, officer, member, vendor }: Owner,
  by: 'business' | 'vendor',
  state: 'judged' | 'unmapped',
): Promise<{ readonly uploadId: string; readonly rowId: string }> {
  const uploader = by === 'vendor' ? member : officer;
  const whose = {
    business_id: business.id,
    vendor_id: by === 'vendor' ? vendor.id : null,
    uploaded_by: uploader.id,
  };
  const uploadId = await fixtures.insert('order_uploads', {
    ...whose,
    id: randomUUID(),
    mandate_id: by === 'vendor' ? vendor.mandateId : null,
    uploaded_by_name: uploader.name,
    uploaded_at: new Date(),
    file_name: 'ansatte.csv',
    ...(state === 'judged'
      ? { state, read_rows: 1 }
      : { state, file: randomBytes(10), headings: ['Kode', 'Hvem'] }),
  });
  const rowId = await fixtures.insert('order_upload_rows', {
    ...whose,
    upload_id: uploadId,
    position: 2,
    name: 'Ukjent Ugle',
    birth_date: '1990-01-01',
    verdict: 'unknown-worker',
  });
  return { uploadId, rowId };
}

/** An archive of photos for an order that has been read, with one photo that nobody was found to be on. */
async function photoArchive(
  fixtures: Fixtures,
  { business, officer, member, vendor }: Owner,
  by: 'business' | 'vendor',
  orderId: string,
): Promise<{ readonly archiveId: string; readonly fileId: string }> {
  const uploader = by === 'vendor' ? member : officer;
  const whose = {
    business_id: business.id,
    vendor_id: by === 'vendor' ? vendor.id : null,
    uploaded_by: uploader.id,
  };
  const archiveId = await fixtures.insert('photo_archives', {
    ...whose,
    id: randomUUID(),
    mandate_id: by === 'vendor' ? vendor.mandateId : null,
    uploaded_by_name: uploader.name,
    uploaded_at: new Date(),
    file_name: 'bilder.zip',
    bytes: 1000,
    order_id: orderId,
    state: 'read',
  });
  const fileId = await fixtures.insert('photo_archive_files', {
    ...whose,
    archive_id: archiveId,
    position: 0,
    name: 'Ukjent Ugle.jpg',
    finding: 'none',
    state: 'ready',
    image: randomBytes(10),
    thumbnail: randomBytes(10),
    width: 300,
    height: 400,
    sha256: randomBytes(32),
    look: '',
  });
  return { archiveId, fileId };
}

/** A message of the authority with a file, which nobody has opened. */
async function thread(
  fixtures: Fixtures,
  { business, officer }: Owner,
): Promise<{ readonly threadId: string; readonly attachmentId: string }> {
  const of = { business_id: business.id, authority: 'arbeidstilsynet' };
  const threadId = await fixtures.insert('message_threads', {
    ...of,
    category: 'general',
    subject: 'Ny forskrift',
    created_at: new Date(0),
    last_at: new Date(0),
    last_from: 'business',
  });
  const messageId = await fixtures.insert('messages', {
    ...of,
    thread_id: threadId,
    side: 'business',
    author_id: officer.id,
    author_name: officer.name,
    body: 'Se vedlegget',
    sent_at: new Date(0),
  });
  const content = Buffer.from('%PDF-1.7 %%EOF');
  const attachmentId = await fixtures.insert('message_attachments', {
    ...of,
    thread_id: threadId,
    message_id: messageId,
    file_name: 'vedlegg.pdf',
    content,
    sha256: createHash('sha256').update(content).digest(),
    bytes: content.length,
    attached_by: officer.id,
    attached_at: new Date(0),
  });
  return { threadId, attachmentId };
}

/** An invitation that somebody has answered and nobody has confirmed. */
function invitation(
  fixtures: Fixtures,
  { business, officer }: Owner,
  answerer: FixturePerson,
  kind: 'person' | 'vendor-member',
): Promise<string> {
  const now = new Date();
  return fixtures.insert('invitations', {
    business_id: business.id,
    kind,
    name: answerer.name,
    email: 'svale@example.no',
    token_hash: randomBytes(32),
    proposal: JSON.stringify(
      kind === 'person'
        ? { proposal: proposal(), tieReason: 'Fører regnskapet' }
        : { tieReason: 'Innleid fra et bemanningsbyrå' },
    ),
    invited_by: officer.id,
    invited_by_name: officer.name,
    invited_at: now,
    expires_at: new Date(now.getTime() + 7 * 86_400_000),
    accepted_by: answerer.id,
    accepted_by_name: answerer.name,
    accepted_at: now,
  });
}

/** A form on its way; with `handedOver` the business's other officers may take it up. */
function draft(
  fixtures: Fixtures,
  { business, officer }: Owner,
  kind: 'person-invitation' | 'person-mandate' | 'vendor-mandate',
  form: object,
  handedOver?: Date,
): Promise<string> {
  return fixtures.insert('drafts', {
    person_id: officer.id,
    business_id: business.id,
    kind,
    form: JSON.stringify(form),
    created_at: new Date(),
    handed_over_at: handedOver ?? null,
  });
}

/** As `Things`, of nothing that exists. */
export function missingThings(): Things {
  const id = () => randomUUID();
  return {
    appointment: id(),
    asking: id(),
    attachment: id(),
    card: id(),
    customer: id(),
    customerMandate: id(),
    declaration: id(),
    dispute: id(),
    freeze: id(),
    holder: '310000337',
    invitation: id(),
    invoice: id(),
    line: id(),
    mandate: id(),
    mandateDraft: id(),
    member: id(),
    memberInvitation: id(),
    address: id(),
    agreement: id(),
    announced: id(),
    endedAgreement: id(),
    subProcessor: id(),
    shippedLine: id(),
    shippedOrder: id(),
    offer: id(),
    offered: id(),
    order: id(),
    ownQuote: id(),
    ownRequest: id(),
    person: id(),
    personDraft: id(),
    photo: id(),
    quote: id(),
    request: id(),
    returnedCard: id(),
    review: id(),
    signal: id(),
    stoppable: '310000337',
    notice: id(),
    thread: id(),
    toConfirm: id(),
    unit: id(),
    unsentLine: id(),
    unsentOrder: id(),
    uploadRequest: id(),
    unmappedUpload: id(),
    photoArchive: id(),
    photoFile: id(),
    recordedDraft: id(),
    recordedForUs: id(),
    upload: id(),
    uploadRow: id(),
    vendorDraft: id(),
    vendorInvoice: id(),
    vendorMandate: id(),
    worker: id(),
    permitWorker: id(),
  };
}
