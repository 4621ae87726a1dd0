import { createHash } from 'node:crypto';
import type { Notify } from '../access/index.ts';
import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { createToken } from '../identity/index.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import type { Kofuvi } from '../registers/index.ts';
import { suspicionsOf } from './look-alikes.ts';
import * as records from './move-records.ts';
import { WORK } from './moves.ts';
import { changedFields, contactPath, maskAddress, OFFICERS, recipientsOf, toldOf } from './rules.ts';

export interface TellingDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
  readonly registers: { readonly kofuvi: Kofuvi };
  readonly publicOrigin: string;
}

const tellJob = { kind: 'job', name: WORK } as const;

/**
 * Tells what has not been told, looks at new changes, and lets hold what has waited long enough, with the telling of that.
 * Harmless when two do it at once.
 */
export async function workOnMoves(deps: TellingDeps): Promise<void> {
  await tellAll(deps);
  await examineAll(deps);
  await inTransaction(deps.database, tellJob, (transaction) => records.settleMoves(transaction));
  await tellAll(deps);
}

async function tellAll(deps: TellingDeps): Promise<void> {
  while (await inTransaction(deps.database, tellJob, (transaction) => tellOne(deps, transaction)));
}

/** Whether there was something to tell. */
async function tellOne(deps: TellingDeps, transaction: Transaction): Promise<boolean> {
  const event = await records.takeUntold(transaction);
  if (event === undefined) return false;
  const move = event.moveId === null ? undefined : await records.findMove(transaction, event.moveId);
  const business = await records.businessNamed(transaction, event.businessId, move?.unitId ?? null);
  const official = await records.readOfficial(transaction, event.businessId);
  const addresses = [...event.addresses, ...recipientsOf(official?.addresses ?? [])];
  const telling: Telling = { deps, transaction, event, business, addresses };
  if (move === undefined) await tellOfOfficial(telling);
  else if (event.kind === 'begun') await tellOfBeginning(telling, move);
  else await tellOfMove(telling, move);
  await records.noteTold(transaction, event.id);
  // What a person did has its entry already; an address and the time have nobody who writes one.
  if (event.byName === null || event.kind === 'effective') {
    await appendAudit(transaction, {
      action: `contact.${event.kind}`,
      decision: 'allowed',
      businessId: event.businessId,
      ...(move ? { subject: { kind: 'contact-move', id: move.id } } : {}),
    });
  }
  return true;
}

interface Telling {
  readonly deps: TellingDeps;
  readonly transaction: Transaction;
  readonly event: records.ContactEvent;
  readonly business: records.Named;
  /** Told besides those of the change. */
  readonly addresses: readonly string[];
}

const pathOf = ({ organisationNumber, unit }: records.Named): string =>
  `/b/${organisationNumber}${contactPath(unit)}`;

function parametersOf({ event, business }: Telling, move: records.StoredMove): Record<string, string> {
  return {
    business: business.name,
    person: event.byName ?? move.madeBy.name,
    maker: move.madeBy.name,
    atTime: event.at.toISOString(),
    untilTime: (move.effectiveAt ?? event.at).toISOString(),
    fieldsKeys: changedFields(move.before, move.after)
      .map((field) => `contact:field.${field}`)
      .join(','),
  };
}

/** One letter for each address, with a link of its own to stop the change; and one for the officers' own. */
async function tellOfBeginning(telling: Telling, move: records.StoredMove): Promise<void> {
  const { deps, transaction, event } = telling;
  const known = new Map([...toldOf(move), ...telling.addresses].map((one) => [one.toLowerCase(), one]));
  for (const address of [...known.values(), OFFICERS]) {
    const { secret, hash } = createToken();
    await records.insertStop(transaction, {
      businessId: event.businessId,
      moveId: move.id,
      address,
      tokenHash: hash,
    });
    await deps.notify(transaction, {
      template: 'contact:notice.begun',
      businessId: event.businessId,
      parameters: parametersOf(telling, move),
      secrets: { link: `${deps.publicOrigin}/contact/stop/${secret}` },
      ...(address === OFFICERS
        ? { audience: 'officers' as const, contactMoveId: move.id }
        : { audience: 'address' as const, extraAddresses: [address] }),
    });
  }
}

async function tellOfMove(telling: Telling, move: records.StoredMove): Promise<void> {
  const { deps, transaction, event, business } = telling;
  const paused = event.byAddress === OFFICERS ? 'pausedByOfficer' : 'paused';
  await deps.notify(transaction, {
    template: `contact:notice.${event.kind === 'paused' ? paused : event.kind}`,
    businessId: event.businessId,
    parameters: {
      ...parametersOf(telling, move),
      // To both the old and the new address, and neither is to learn the other.
      address: maskAddress(event.byAddress ?? ''),
      link: pathOf(business),
    },
    audience: 'officers',
    contactMoveId: move.id,
    extraAddresses: [...toldOf(move), ...telling.addresses],
  });
}

async function tellOfOfficial({ deps, transaction, event, business, addresses }: Telling): Promise<void> {
  await deps.notify(transaction, {
    template: 'contact:notice.official',
    businessId: event.businessId,
    parameters: {
      business: business.name,
      atTime: event.at.toISOString(),
      link: pathOf(business),
    },
    audience: 'business-and-officers',
    extraAddresses: addresses,
  });
}

// Looking at a change ---------------------------------------------------------------------------------------------------

async function examineAll(deps: TellingDeps): Promise<void> {
  const moves = await inTransaction(deps.database, tellJob, (transaction) => records.unexamined(transaction));
  for (const move of moves) await examine(deps, move);
}

/** Looks for whose address it may be. */
async function examine(deps: TellingDeps, move: records.StoredMove): Promise<void> {
  const added = {
    email: move.after.email === move.before.email ? null : move.after.email,
    mobile: move.after.mobile === move.before.mobile ? null : move.after.mobile,
  };
  const { secret, hash } = createToken();
  await inTransaction(deps.database, tellJob, async (transaction) => {
    const suspicion = suspicionsOf(
      added,
      await records.knownVendors(transaction, move.businessId),
      await records.usedElsewhere(transaction, move.businessId, added),
    );
    const found = { moveId: move.id, suspicion, tokenHash: hash };
    if (!(await records.keepExamined(transaction, found)) || suspicion.length === 0) return;
    const business = await records.businessNamed(transaction, move.businessId, move.unitId);
    await deps.notify(transaction, {
      template: 'contact:notice.vouch',
      businessId: move.businessId,
      parameters: { business: business.name, person: move.madeBy.name },
      secrets: {
        link: `${deps.publicOrigin}${pathOf(business)}/vouch?link=${secret}`,
      },
      audience: 'officers',
    });
  });
}

// Official addresses ----------------------------------------------------------------------------------------------------

const officialJob = { kind: 'job', name: 'contact.official' } as const;
const AT_ONCE = 50;

/** Asks the state's register for the addresses of the businesses that were asked for longest ago; a change is told. */
export async function refreshOfficial(deps: TellingDeps): Promise<void> {
  const due = await inTransaction(deps.database, officialJob, (transaction) =>
    records.officialDue(transaction, AT_ONCE),
  );
  for (const { id, organisationNumber } of due) {
    const number = parseOrganisationNumber(organisationNumber);
    const answer = number.ok ? await deps.registers.kofuvi.addresses(number.value) : undefined;
    if (answer === undefined || (!answer.ok && answer.error.kind !== 'not-found')) continue;
    // One that the register does not know has none.
    const addresses = (answer.ok ? answer.value.addresses : [])
      .map(({ email = null, mobile = null }) => ({ email, mobile }))
      .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    const sha256 = createHash('sha256').update(JSON.stringify(addresses)).digest();
    await inTransaction(deps.database, officialJob, (transaction) =>
      records.keepOfficial(transaction, id, addresses, sha256),
    );
  }
  if (due.length > 0) await tellAll(deps);
}
