import type { Notify, OwnAddress } from '../access/index.ts';
import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue, type JobLog } from '../jobs/index.ts';
import { type Language, languageAround, type WorkerLanguage } from '../kernel/language.ts';
import { parseNationalId, type NationalId } from '../kernel/national-id.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Krr, PersonContact, TextMessageStatus } from '../registers/index.ts';
import type { MailError, SendMail } from './mailer.ts';
import { givenBy } from './own-address-records.ts';
import * as records from './records.ts';
import { channelOf, mobileAddress, smsKey, type TextSource, writeLetter, writeSms } from './rules.ts';
import { keepForDigest } from './digest-records.ts';
import { wishesOf } from './wish-records.ts';
import { digestAt, everything, kindOf, wishedAddresses } from './wish-rules.ts';

export const DELIVER = 'messages.deliver';
export const SEND = 'messages.send';
const deliverJob = { kind: 'job', name: DELIVER } as const;

/** Port: where the business itself wants its mail, or what is about one unit, and in which language. Filled by the contact feature. */
export type ContactAddresses = (
  transaction: Transaction,
  businessId: string,
  unitId?: string,
) => Promise<{
  readonly email: string | undefined;
  readonly mobile?: string | undefined;
  /** Where messages go besides, such as to the new address while a change waits: told, and counted for nothing. */
  readonly further?: readonly string[];
  readonly language: Language;
}>;

/** Sends one text message; the same key again sends nothing more. Answers with what its status is asked for by. */
type SendSms = (sms: {
  readonly to: string;
  readonly text: string;
  readonly key: string;
}) => Promise<Result<string, MailError>>;

/** How text messages are sent, where that is set up. */
export interface TextMessages {
  readonly send: SendSms;
  readonly statusOf: (shipmentId: string) => Promise<Result<TextMessageStatus, string>>;
  /** Whether there is such a text: a notice whose template has one by the name of `sms` is told in a text message too. */
  readonly hasText: (key: string) => boolean;
}

export interface MessageDeps {
  readonly database: Pick<Database, 'request'>;
  readonly vault: Vault;
  readonly registers: { readonly krr: Krr };
  readonly contactAddresses: ContactAddresses;
  readonly sendMail: SendMail;
  /** Left out where text messages are not set up: then none are sent. */
  readonly texts?: TextMessages | undefined;
  /** Where an e-mail of a delivery comes back to; left out where nobody takes them. */
  readonly returnTo?: ((deliveryId: string) => string) | undefined;
  readonly text: TextSource<WorkerLanguage>;
  /** Where our pages are, with no path. */
  readonly origin: string;
  readonly log: JobLog;
}

/** Fills the port `Notify`: the notice and the job that delivers it are part of the transaction that causes them. */
export function createNotify(deps: Pick<MessageDeps, 'vault'>): Notify {
  return async (transaction, notice) => {
    await putNotice(deps, transaction, notice);
  };
}

/** Stores a notice and the job that delivers it; answers with its id. */
export async function putNotice(
  { vault }: { readonly vault: Pick<Vault, 'encrypt'> },
  transaction: Transaction,
  notice: records.NewNotice,
): Promise<string> {
  const noticeId = await records.insertNotice(transaction, vault, notice);
  await enqueue(transaction, DELIVER, { noticeId }, { key: `${DELIVER}:${noticeId}` });
  return noticeId;
}

/**
 * Fills the port `OwnAddress`: whether mail reaches a person at the address that they have in the contact register, or else at the
 * one that they have given here.
 */
export function createOwnAddress({
  database,
  vault,
  registers,
}: Pick<MessageDeps, 'database' | 'vault' | 'registers'>) {
  return async (encryptedNumber: Buffer): Promise<OwnAddress> => {
    const parsed = parseNationalId(vault.decrypt(encryptedNumber, 'national-id'), { synthetic: true });
    if (!parsed.ok) return 'none';
    const contacts = await registers.krr.contacts([parsed.value]);
    const people = await inTransaction(database, deliverJob, (transaction) =>
      addressesOf(vault, transaction, [parsed.value], contacts.ok ? contacts.value : []),
    );
    if (people.some(({ email }) => email !== undefined)) return 'reached';
    return contacts.ok ? 'none' : 'unknown';
  };
}

const sendJob = { kind: 'job', name: SEND } as const;

/**
 * Finds everyone whom a notice goes to, and adds one delivery for each address. When the contact register does not
 * answer, those already known get theirs at once, also officers at what they have given here, and the answer is an error, so that
 * the officers are asked for again.
 */
export async function deliverNotice(
  deps: MessageDeps,
  noticeId: string,
): Promise<Result<void, 'register-unavailable'>> {
  const known = await inTransaction(deps.database, deliverJob, async (transaction) => {
    const notice = await records.findNotice(transaction, noticeId);
    if (!notice || notice.settled) return undefined;
    const business = await businessAddresses(deps, transaction, notice);
    const besides = told(deps, notice, notice.extraAddresses);
    // What is for the officers has told nobody until it comes to an address of their own.
    const counts = notice.audience !== 'officers';
    await addAndSend(deps, transaction, noticeId, [
      ...business,
      ...besides.map((one) => ({ ...one, counts })),
    ]);
    const people = await numbersOf(deps, transaction, notice);
    if (people.length === 0) await records.settleNotice(transaction, noticeId);
    return people;
  });
  if (known === undefined || known.length === 0) return ok(undefined);
  const contacts = await deps.registers.krr.contacts(known);
  await inTransaction(deps.database, deliverJob, async (transaction) => {
    const notice = await records.findNotice(transaction, noticeId);
    const people = await addressesOf(deps.vault, transaction, known, contacts.ok ? contacts.value : []);
    if (notice)
      await addAndSend(
        deps,
        transaction,
        noticeId,
        told(deps, notice, await ownAddresses(deps, transaction, notice, people)),
      );
    if (contacts.ok) await records.settleNotice(transaction, noticeId);
  });
  return contacts.ok ? ok(undefined) : err('register-unavailable');
}

/** A person with the addresses of their own. */
interface Reached {
  readonly hash: Buffer;
  readonly email: string | undefined;
  readonly mobile: string | undefined;
  readonly language: Language;
}

/** Where each is reached: what the contact register has, or else what they have given here. */
async function addressesOf(
  vault: Pick<Vault, 'hash'>,
  transaction: Transaction,
  people: readonly NationalId[],
  contacts: readonly PersonContact[],
): Promise<Reached[]> {
  const hashed = people.map((nationalId) => ({ nationalId, hash: vault.hash(nationalId) }));
  const given = await givenBy(
    transaction,
    hashed.map(({ hash }) => hash),
  );
  return hashed.map(({ nationalId, hash }) => {
    const registered = contacts.find((one) => one.nationalId === nationalId && one.canBeNotified);
    const own = given.get(hash.toString('hex'));
    return {
      hash,
      email: registered?.email ?? own?.email,
      mobile: mobileAddress(registered?.mobile) ?? own?.sms,
      language: registered?.language ?? 'nb',
    };
  });
}

/** People's own addresses, those of them at which each wants to be told of it now; for others it is kept for their digest. */
async function ownAddresses(
  { texts }: Pick<MessageDeps, 'texts'>,
  transaction: Transaction,
  { id, template }: records.StoredNotice,
  people: readonly Reached[],
): Promise<(string | undefined)[]> {
  const wishes = await wishesOf(
    transaction,
    people.map(({ hash }) => hash),
  );
  const textable = texts?.hasText(smsKey(template)) === true;
  const addresses: (string | undefined)[] = [];
  for (const { hash, email, mobile, language } of people) {
    const wished = wishes.get(hash.toString('hex'));
    const dueAt = wished && email !== undefined ? digestAt(template, wished, transaction.now) : undefined;
    if (wished && dueAt) {
      await keepForDigest(transaction, { personId: wished.personId, noticeId: id, language, dueAt });
      continue;
    }
    addresses.push(...wishedAddresses(kindOf(template), wished ?? everything, { email, mobile }, textable));
  }
  return addresses;
}

async function businessAddresses(deps: MessageDeps, transaction: Transaction, notice: records.StoredNotice) {
  if (notice.businessId === null || !notice.audience.startsWith('business')) return [];
  const destinations: records.Destination[] = [];
  for (const unit of notice.businessToo ? [notice.unitId, undefined] : [notice.unitId]) {
    const { email, mobile, further = [] } = await deps.contactAddresses(transaction, notice.businessId, unit);
    const waiting = told(deps, notice, further).map((one) => ({ ...one, counts: false }));
    destinations.push(...told(deps, notice, [email, mobileAddress(mobile)]), ...waiting);
  }
  return destinations;
}

/** What addresses a notice goes to: to numbers only one that there is a text message of. */
function told(
  { texts }: Pick<MessageDeps, 'texts'>,
  { template }: Pick<records.StoredNotice, 'template'>,
  addresses: readonly (string | undefined)[],
): records.Destination[] {
  return addresses.flatMap((address) => {
    const channel = address === undefined ? undefined : channelOf(address.trim());
    if (address === undefined || channel === undefined) return [];
    if (channel === 'sms' && texts?.hasText(smsKey(template)) !== true) return [];
    return [{ address: address.trim(), channel, counts: true }];
  });
}

/** The numbers of those who are told at addresses of their own. */
async function numbersOf(
  deps: MessageDeps,
  transaction: Transaction,
  notice: records.StoredNotice,
): Promise<NationalId[]> {
  const encrypted = await encryptedNumbers(transaction, notice);
  return encrypted.flatMap((stored) => {
    // What is stored was parsed when it came in, under the rules of this installation.
    const parsed = parseNationalId(deps.vault.decrypt(stored, 'national-id'), { synthetic: true });
    return parsed.ok ? [parsed.value] : [];
  });
}

async function encryptedNumbers(transaction: Transaction, notice: records.StoredNotice): Promise<Buffer[]> {
  if (notice.audience === 'person' && notice.personId !== null)
    return records.numberOf(transaction, notice.personId);
  if (notice.businessId === null || !notice.audience.endsWith('officers')) return [];
  if (notice.audience === 'second-officers') return records.roleHoldersOf(transaction, notice.businessId);
  return records.officersOf(transaction, notice.businessId);
}

async function addAndSend(
  deps: MessageDeps,
  transaction: Transaction,
  noticeId: string,
  destinations: readonly records.Destination[],
): Promise<void> {
  const host = new URL(deps.origin).hostname;
  const added = await records.addDeliveries(transaction, noticeId, distinct(destinations), host);
  for (const deliveryId of added) await enqueueSend(transaction, deliveryId);
}

/** Each address once, however it is written; it counts when it counts anywhere. */
function distinct(destinations: readonly records.Destination[]): records.Destination[] {
  const byKey = new Map<string, records.Destination>();
  for (const one of destinations) {
    const key = one.address.toLowerCase();
    const known = byKey.get(key);
    byKey.set(key, { ...(known ?? one), counts: one.counts || (known?.counts ?? false) });
  }
  return [...byKey.values()];
}

const enqueueSend = (transaction: Transaction, deliveryId: string): Promise<void> =>
  enqueue(transaction, SEND, { deliveryId }, { key: `${SEND}:${deliveryId}` });

/**
 * Sends one delivery. Its row stays locked meanwhile, so that two tasks never send it at once; a crash between the mail
 * server's yes and ours sends it again with the same Message-ID.
 */
export async function sendDelivery(
  deps: MessageDeps,
  deliveryId: string,
): Promise<Result<void, 'mail-unavailable'>> {
  return inTransaction(deps.database, sendJob, async (transaction) => {
    const delivery = await records.takeDelivery(transaction, deliveryId);
    const notice = delivery && (await records.findNotice(transaction, delivery.noticeId));
    if (!delivery || !notice) return ok(undefined);
    const language = notice.language ?? (await languageOf(deps, transaction, notice));
    const parameters = { ...notice.parameters, ...records.readSecrets(deps.vault, notice) };
    const sent = await hand(deps, transaction, delivery, { ...notice, parameters, language });
    if (sent.ok) {
      await records.noteAttempt(transaction, deliveryId, { state: 'sent', shipmentId: sent.value });
      await records.eraseSecrets(transaction, notice.id);
      return ok(undefined);
    }
    const refused = sent.error.kind === 'refused';
    const state = refused ? 'failed' : 'waiting';
    await records.noteAttempt(transaction, deliveryId, { state, error: sent.error.reason });
    if (refused) await records.eraseSecrets(transaction, notice.id);
    deps.log.warn(
      { delivery: deliveryId, notice: notice.id, reason: sent.error.reason },
      'An e-mail or text message was not taken',
    );
    return refused ? ok(undefined) : err('mail-unavailable');
  });
}

/** Hands one notice to the mail server, or to who sends text messages: then it answers with the shipment. */
async function hand(
  deps: MessageDeps,
  { now }: Transaction,
  delivery: NonNullable<Awaited<ReturnType<typeof records.takeDelivery>>>,
  notice: Pick<records.StoredNotice, 'template' | 'parameters'> & { readonly language: WorkerLanguage },
): Promise<Result<string | undefined, MailError>> {
  const { id, address: to, messageId } = delivery;
  const { origin, text } = deps;
  if (delivery.channel === 'sms') {
    if (deps.texts === undefined) return err({ kind: 'refused', reason: 'Text messages are not set up' });
    return deps.texts.send({ to, key: `kortvakt-${id}`, text: writeSms({ ...notice, origin }, text) });
  }
  const letter = writeLetter({ ...notice, language: languageAround(notice.language), origin }, text);
  const sent = await deps.sendMail({ ...letter, to, messageId, returnTo: deps.returnTo?.(id), at: now });
  return sent.ok ? ok(undefined) : sent;
}

async function languageOf(
  deps: MessageDeps,
  transaction: Transaction,
  { businessId, unitId }: records.StoredNotice,
): Promise<Language> {
  return businessId === null ? 'nb' : (await deps.contactAddresses(transaction, businessId, unitId)).language;
}

/** How long what was sent to an address alone, which stands in no inbox, is kept: until it is known what became of it. */
const LETTER_DAYS = 30;

/** Deletes what was sent to an address alone, with the address; audited with how many they were. */
export async function forgetLetters({ database }: Pick<MessageDeps, 'database'>): Promise<void> {
  await inTransaction(database, { kind: 'job', name: 'messages.sweep' }, async (transaction) => {
    const gone = await records.forgetLetters(transaction, LETTER_DAYS);
    if (gone > 0)
      await appendAudit(transaction, {
        action: 'messages.letters-deleted',
        decision: 'allowed',
        changes: { gone },
      });
  });
}

/** Puts what should have been delivered by now back in the queue, whatever became of its job, and erases what secrets are left. */
export async function sweepNotices(deps: Pick<MessageDeps, 'database'>): Promise<void> {
  await inTransaction(deps.database, { kind: 'job', name: 'messages.sweep' }, async (transaction) => {
    const { notices, deliveries } = await records.overdue(transaction);
    for (const noticeId of notices)
      await enqueue(transaction, DELIVER, { noticeId }, { key: `${DELIVER}:${noticeId}` });
    for (const deliveryId of deliveries) await enqueueSend(transaction, deliveryId);
    await records.eraseSecrets(transaction);
  });
}
