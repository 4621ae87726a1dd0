import { z } from 'zod';
import type { Notify } from '../access/index.ts';
import { appendAudit } from '../audit/index.ts';
import type { OwnReportReason } from '../cards/index.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import { inTransaction } from '../database/transaction.ts';
import { enqueue } from '../jobs/index.ts';
import { type WorkerLanguage, workerLanguages } from '../kernel/language.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import * as records from './records.ts';
import {
  codeOf,
  drawCode,
  drawSecret,
  hashOfSecret,
  LINK_MINUTES,
  type LinkState,
  NUMBER_PURPOSE,
  phoneLinkPath,
  SESSION_MINUTES,
} from './rules.ts';

interface Deps {
  readonly database: Pick<Database, 'request'>;
}

export interface PhoneDeps extends Deps {
  readonly vault: Vault;
  readonly notify: Notify;
  /** Where our pages are, with no path. */
  readonly publicOrigin: string;
}

export const SEND = 'own-phone.send';
export const TELL = 'own-phone.tell';
export const FORGET = 'own-phone.forget';

/** Nobody is logged in by a telephone, whoever else may be: what the link allows is all that is done. */
const nobody = { kind: 'anonymous' } as const;

/** What the message, and the page of its link, are to be written in. */
export interface Wanted {
  readonly language: WorkerLanguage;
  /** Ends the link's address, so that it is in the worker's language. */
  readonly query: string;
}

/**
 * Has a link sent to a number, where somebody has set it. Whether anybody has is found out by a task alone: what is done here, and
 * how long it takes, is the same for every number.
 */
export function askForLink(
  { database, vault }: Pick<PhoneDeps, 'database' | 'vault'>,
  number: string,
  wanted: Wanted,
): Promise<void> {
  const sealed = vault.encrypt(number, NUMBER_PURPOSE).toString('base64');
  return inTransaction(database, nobody, (transaction) => enqueue(transaction, SEND, { sealed, ...wanted }));
}

const toSend = z.object({ sealed: z.string(), language: z.enum(workerLanguages), query: z.string().max(20) });

/**
 * Sends link and code in one text message to a number that somebody has set; nothing to any other, and no more than a few, of which the
 * last then works again.
 */
export async function sendLink(
  { database, vault, notify, publicOrigin }: PhoneDeps,
  payload: unknown,
): Promise<void> {
  const { sealed, language, query } = toSend.parse(payload);
  const number = vault.decrypt(Buffer.from(sealed, 'base64'), NUMBER_PURPOSE);
  const [secret, code] = [drawSecret(), drawCode()];
  await inTransaction(database, { kind: 'job', name: SEND }, async (transaction) => {
    const made = await records.makeLink(transaction, {
      number,
      secret: hashOfSecret(secret),
      code: vault.hash(codeOf(secret, code)),
      minutes: LINK_MINUTES,
    });
    await appendAudit(transaction, {
      action: 'own-phone.link',
      ...(made === 'none' ? { decision: 'refused', rule: 'no-number' } : { decision: 'allowed' }),
      ...(made === 'renewed' ? { changes: { again: true } } : {}),
    });
    if (made !== 'made') return;
    await notify(transaction, {
      template: 'own-phone:notice.link',
      businessId: null,
      parameters: { minutes: String(LINK_MINUTES) },
      secrets: { code, link: publicOrigin + phoneLinkPath(secret) + query },
      audience: 'address',
      extraAddresses: [number],
      language,
    });
  });
}

/** How a link stands. Changes nothing. */
export function viewLink({ database }: Deps, secret: string): Promise<LinkState> {
  return inTransaction(database, nobody, (transaction) =>
    records.linkState(transaction, hashOfSecret(secret)),
  );
}

/** Uses a link up with its code; answers with the secret of a session that opens the cards and nothing else. */
export function openLink(
  { database, vault }: Pick<PhoneDeps, 'database' | 'vault'>,
  secret: string,
  code: string,
): Promise<Result<string, Exclude<records.Opening['outcome'], 'opened'>>> {
  const session = drawSecret();
  return inTransaction(database, nobody, async (transaction) => {
    const { outcome, link } = await records.openLink(transaction, {
      secret: hashOfSecret(secret),
      code: vault.hash(codeOf(secret, code)),
      session: hashOfSecret(session),
      minutes: SESSION_MINUTES,
    });
    const subject = link === null ? {} : { subject: { kind: 'phone-link', id: link } };
    const action = 'own-phone.opened';
    if (outcome === 'opened') {
      await appendAudit(transaction, { action, decision: 'allowed', ...subject });
      return ok(session);
    }
    await appendAudit(transaction, { action, decision: 'refused', rule: `link-${outcome}`, ...subject });
    return err(outcome);
  });
}

/** The cards that a session shows; undefined for one that has ended. */
export function seePhoneCards({ database }: Deps, session: string): Promise<records.PhoneCards | undefined> {
  return inTransaction(database, nobody, (transaction) =>
    records.phoneCards(transaction, hashOfSecret(session)),
  );
}

/** Blocks a card for good, as its holder does who is logged in; audited, and told to the business and the worker. False where nothing was done. */
export function reportByPhone(
  { database }: Deps,
  session: string,
  cardId: string,
  reason: OwnReportReason,
): Promise<boolean> {
  return inTransaction(database, nobody, async (transaction) => {
    const blocked = await records.reportCard(transaction, { session: hashOfSecret(session), cardId, reason });
    if (blocked === undefined) return false;
    await appendAudit(transaction, {
      action: 'cards.reported-by-phone',
      decision: 'allowed',
      businessId: blocked.businessId,
      subject: { kind: 'card', id: cardId },
      changes: { reason, from: blocked.from },
    });
    await enqueue(transaction, TELL, { cardId, reason }, { key: `${TELL}:${cardId}` });
    return true;
  });
}

/** Ends a session of a telephone. */
export function leavePhone({ database }: Deps, session: string): Promise<void> {
  return inTransaction(database, nobody, async (transaction) => {
    if (await records.endSession(transaction, hashOfSecret(session)))
      await appendAudit(transaction, { action: 'own-phone.left', decision: 'allowed' });
  });
}

const toTell = z.object({ cardId: z.uuid(), reason: z.enum(['lost', 'stolen']) });

/** Tells the business and the worker of a card that was reported by telephone, in the words of a report by whoever is logged in. */
export async function tellOfReport(
  { database, notify }: Pick<PhoneDeps, 'database' | 'notify'>,
  payload: unknown,
): Promise<void> {
  const { cardId, reason } = toTell.parse(payload);
  await inTransaction(database, { kind: 'job', name: TELL }, async (transaction) => {
    const card = await records.reportedCard(transaction, cardId);
    if (card === undefined) return;
    const parameters = { number: card.number, person: card.personName, employer: card.employerName };
    await notify(transaction, {
      template: `cards:notice.holder-${reason}`,
      businessId: card.businessId,
      unitId: card.unitId,
      parameters,
      audience: 'business-and-officers',
    });
    await notify(transaction, {
      template: `cards:notice.own-${reason}`,
      businessId: null,
      parameters,
      audience: 'person',
      personId: card.personId,
    });
  });
}

/** Forgets numbers that nobody has used for long, and addresses that nobody proved; audited with how many they were. */
export async function forgetUnused({
  database,
  unusedDays,
}: Deps & { readonly unusedDays: number }): Promise<void> {
  await inTransaction(database, { kind: 'job', name: FORGET }, async (transaction) => {
    const { gone, unproved } = await records.forgetPhones(transaction, unusedDays);
    if (gone + unproved > 0)
      await appendAudit(transaction, {
        action: 'own-phone.forgotten',
        decision: 'allowed',
        changes: { gone, unproved },
      });
  });
}
