import { randomInt } from 'node:crypto';
import type { Notify } from '../access/index.ts';
import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import type { WorkerLanguage } from '../kernel/language.ts';
import * as records from './own-address-records.ts';

export interface OwnAddressDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
  readonly vault: Pick<Vault, 'hash'>;
}

const CODE_MINUTES = 30;

/** Where a worker sets the number that opens their cards. */
export const CARDS_NUMBER = '/my-cards/phone';

/** What whoever is logged in has given as their own addresses. */
export function viewOwnAddresses(
  { database }: Pick<OwnAddressDeps, 'database'>,
  tokenHash: Uint8Array,
): Promise<{ readonly facts: Transaction['facts']; readonly given: records.OwnAddressOf[] }> {
  return inTransaction(database, { kind: 'session', tokenHash }, async (transaction) => ({
    facts: transaction.facts,
    given: await records.ownAddressesGiven(transaction),
  }));
}

/** What a code is kept as: keyed, and bound to the person and the channel that it is for. */
function hashOf(
  vault: OwnAddressDeps['vault'],
  { facts }: Transaction,
  channel: records.OwnChannel,
  code: string,
): Buffer {
  return vault.hash(`own-address:${facts.session?.personId ?? ''}:${channel}:${code}`);
}

interface WantedAddress {
  readonly channel: records.OwnChannel;
  readonly address: string;
  /** Of the code; Norwegian without one, as in all that is told of own addresses. */
  readonly language?: WorkerLanguage;
}

/** Sends a code to an address that somebody says is theirs; the address counts once the code was entered. */
export function askForOwnAddress(
  { database, notify, vault }: OwnAddressDeps,
  tokenHash: Uint8Array,
  { channel, address, language }: WantedAddress,
): Promise<records.Asked> {
  return inTransaction(database, { kind: 'session', tokenHash, writing: true }, async (transaction) => {
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    const hashed = hashOf(vault, transaction, channel, code);
    const answer = await records.askForAddress(transaction, {
      channel,
      address,
      code: hashed,
      minutes: CODE_MINUTES,
    });
    await appendAudit(transaction, {
      action: 'own-address.ask',
      ...(answer === 'asked' ? { decision: 'allowed' } : { decision: 'refused', rule: answer }),
      changes: { channel },
    });
    if (answer !== 'asked') return answer;
    await notify(transaction, {
      template: 'messages:notice.ownCode',
      businessId: null,
      parameters: { untilTime: new Date(transaction.now.getTime() + CODE_MINUTES * 60_000).toISOString() },
      secrets: { code },
      audience: 'address',
      extraAddresses: [address],
      ...(language && { language }),
    });
    return answer;
  });
}

/** Tries a code; once it is right, the person is told at the address before and everywhere else that is theirs. */
export function proveOwnAddress(
  { database, notify, vault }: OwnAddressDeps,
  tokenHash: Uint8Array,
  channel: records.OwnChannel,
  code: string,
  language?: WorkerLanguage,
): Promise<records.Proved> {
  return inTransaction(database, { kind: 'session', tokenHash, writing: true }, async (transaction) => {
    const before = await records.ownAddressesGiven(transaction);
    const proved = await records.proveAddress(
      transaction,
      channel,
      hashOf(vault, transaction, channel, code),
    );
    await appendAudit(transaction, {
      action: 'own-address.prove',
      ...(proved === 'proved' ? { decision: 'allowed' } : { decision: 'refused', rule: `code-${proved}` }),
      changes: { channel },
    });
    if (proved === 'proved') await tell(notify, transaction, { channel, before, language, gone: '' });
    return proved;
  });
}

/** Forgets an address of one's own; the person is told at it. */
export function forgetOwnAddress(
  { database, notify }: Pick<OwnAddressDeps, 'database' | 'notify'>,
  tokenHash: Uint8Array,
  channel: records.OwnChannel,
  language?: WorkerLanguage,
): Promise<void> {
  return inTransaction(database, { kind: 'session', tokenHash, writing: true }, async (transaction) => {
    const before = await records.ownAddressesGiven(transaction);
    if (!(await records.forgetAddress(transaction, channel))) return;
    await appendAudit(transaction, {
      action: 'own-address.forget',
      decision: 'allowed',
      changes: { channel },
    });
    await tell(notify, transaction, { channel, before, language, gone: 'Gone' });
  });
}

interface Telling {
  readonly channel: records.OwnChannel;
  readonly before: readonly records.OwnAddressOf[];
  readonly language: WorkerLanguage | undefined;
  readonly gone: '' | 'Gone';
}

async function tell(
  notify: Notify,
  transaction: Transaction,
  { channel, before, language, gone }: Telling,
): Promise<void> {
  const { session } = transaction.facts;
  if (session === undefined) return;
  await notify(transaction, {
    template: `messages:notice.${channel === 'cards' ? 'cardsNumber' : 'ownAddress'}${gone}`,
    businessId: null,
    parameters: {
      person: session.name,
      atTime: transaction.now.toISOString(),
      link: channel === 'cards' ? CARDS_NUMBER : '/profile/address',
    },
    audience: 'person',
    personId: session.personId,
    extraAddresses: before.flatMap(({ address }) => address ?? []),
    ...(language && { language }),
  });
}
