import { formatDate } from '../kernel/dates.ts';
import type { Permitted } from './actions.ts';
import { type Proposal, startOf } from './grants.ts';
import type { Notify } from './notify.ts';
import { invitedAddressOf } from './records.ts';

/** Who is told of what happens to a mandate: the vendor's officers, or the person at the one address that the business has. */
export type ToldHolder =
  | { readonly name: string; readonly vendorId: string; readonly personId?: null }
  | { readonly name: string; readonly personId: string; readonly vendorId?: null };

/**
 * Tells of a mandate that was given, and with that of the one that it replaced: from when, until when.
 * @param given.asAnswer whoever holds it asked for it, and is told of the answer instead
 */
export async function tellOfGiven(
  deps: { readonly notify: Notify },
  permitted: Permitted,
  proposal: Proposal,
  holder: ToldHolder,
  given: { readonly replaced: string | null; readonly asAnswer?: boolean },
): Promise<void> {
  const event = given.replaced === null ? 'given' : 'replaced';
  const more = {
    firstDay: formatDate(startOf(proposal, permitted.now), 'nb'),
    lastDay: formatDate(proposal.lastDay, 'nb'),
  };
  await tellOfficers(deps, permitted, event, holder, more);
  if (given.asAnswer !== true) await tellHolder(deps, permitted, event, holder, more);
}

type Event = 'given' | 'replaced' | 'narrowed' | 'confirmed' | 'removed';

/**
 * Tells the officers, and whoever holds the mandate, of what somebody did to it. The words are `access:notice.<event>`, and
 * with `Yours` for the holder.
 */
export async function tell(
  deps: { readonly notify: Notify },
  permitted: Permitted,
  event: Event,
  holder: ToldHolder,
  more: Readonly<Record<string, string>>,
): Promise<void> {
  await tellOfficers(deps, permitted, event, holder, more);
  await tellHolder(deps, permitted, event, holder, more);
}

async function tellOfficers(
  deps: { readonly notify: Notify },
  permitted: Permitted,
  event: Event,
  holder: ToldHolder,
  more: Readonly<Record<string, string>>,
): Promise<void> {
  const { business } = permitted.facts;
  if (!business) return;
  await deps.notify(permitted, {
    template: `access:notice.${event}`,
    businessId: business.id,
    parameters: parametersOf(permitted, holder, more),
    audience: 'officers',
  });
}

async function tellHolder(
  deps: { readonly notify: Notify },
  permitted: Permitted,
  event: Event,
  holder: ToldHolder,
  more: Readonly<Record<string, string>>,
): Promise<void> {
  const { business } = permitted.facts;
  if (!business) return;
  const parameters = parametersOf(permitted, holder, more);
  const template = `access:notice.${event}Yours`;
  if (holder.vendorId) {
    await deps.notify(permitted, {
      template,
      businessId: holder.vendorId,
      parameters,
      audience: 'officers',
    });
    return;
  }
  if (!holder.personId) return;
  const address = await invitedAddressOf(permitted, holder.personId);
  await deps.notify(permitted, {
    template,
    businessId: business.id,
    parameters,
    audience: 'address',
    personId: holder.personId,
    extraAddresses: address === undefined ? [] : [address],
  });
}

function parametersOf({ facts }: Permitted, holder: ToldHolder, more: Readonly<Record<string, string>>) {
  return {
    business: facts.business?.name ?? '',
    holder: holder.name,
    by: facts.session?.name ?? '',
    ...more,
  };
}

/** The holder of a mandate as it is told. */
export function holderOf(mandate: {
  readonly holderName: string;
  readonly vendorId: string | null;
  readonly personId: string | null;
}): ToldHolder {
  const { holderName: name, vendorId, personId } = mandate;
  return vendorId === null ? { name, personId: personId ?? '' } : { name, vendorId };
}
