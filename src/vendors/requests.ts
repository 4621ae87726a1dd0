import {
  act,
  type ActingFor,
  type AskedFor,
  enqueueTellingOfRequest,
  lockAsking,
  look,
  makeRequest,
  type MandateRequest,
  type NotAsked,
  ownRequest,
  ownRequests,
  type Permitted,
  type Proposal,
  putAwayLapsed,
  type Refused,
  type RequestLimits,
  type RequestProblem,
  takeBack,
} from '../access/index.ts';
import type { BusinessImport } from '../businesses/index.ts';
import { isUuid } from '../kernel/ids.ts';
import { type OrganisationNumber, parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { VendorDeps } from './grants.ts';
import { type CustomersMandate, mandateFrom, officialPrice, ownProfile, publicBusiness } from './records.ts';
import { type Vendor, vendorProblem } from './rules.ts';

/** A vendor asks businesses for mandates: what it asks for, what may not be asked, and taking a request back. */

export interface RequestDeps extends VendorDeps {
  /** Port: reads a business from Enhetsregisteret, whether or not it is known here. */
  readonly importBusiness: BusinessImport;
  readonly requestLimits: RequestLimits;
}

/** What a vendor asks a business for. */
export interface Asked extends AskedFor {
  readonly businessNumber: string;
}

/** Why nothing can be asked. Each has words under `vendors:ask.problem.*`; all of it is public, or the vendor's own. */
export type AskProblem =
  | {
      readonly kind: 'ask';
      readonly reason:
        | 'not-a-vendor'
        | 'barred'
        | 'closed'
        | 'outdated-agreement'
        | 'number'
        | 'oneself'
        | 'no-such-business'
        | 'register-unavailable'
        | 'closed-business';
    }
  | NotAsked;

const problem = (reason: Extract<AskProblem, { kind: 'ask' }>['reason']) =>
  err({ kind: 'ask', reason } as const);

const ASK = { right: 'agreements.sign', action: 'request.ask' } as const;
const VIEW = { right: 'access.manage', action: 'request.list' } as const;

/** The vendor that acts, as the one who asks. */
const asVendor = ({ facts }: Pick<Permitted, 'facts'>) => ({ vendorId: facts.business?.id ?? '' });

/** A business that a vendor may ask, as anyone may know it, and the mandate that the vendor has from it. */
export interface Customer {
  readonly id: string;
  readonly organisationNumber: string;
  readonly name: string;
  readonly units: readonly { readonly id: string; readonly name: string }[];
  readonly present: CustomersMandate | undefined;
}

/** What the form is drawn from. */
export interface AskForm {
  readonly permitted: Permitted;
  readonly vendor: Result<Vendor, AskProblem>;
  readonly priceOre: number;
  readonly customer: Customer | undefined;
}

/** The form before it is known whom the vendor asks. */
export async function openAskForm(
  deps: Pick<RequestDeps, 'database' | 'agreements'>,
  acting: ActingFor,
): Promise<Result<AskForm, Refused>> {
  return look(deps.database, acting, ASK, (permitted) => askForm(deps, permitted, undefined));
}

async function askForm(
  deps: Pick<RequestDeps, 'agreements'>,
  permitted: Permitted,
  customer: Customer | undefined,
): Promise<AskForm> {
  const { ore: priceOre } = await officialPrice(permitted);
  return { permitted, vendor: await askingVendor(deps, permitted), priceOre, customer };
}

/** The vendor itself, when it may ask at all. */
async function askingVendor(
  deps: Pick<RequestDeps, 'agreements'>,
  permitted: Permitted,
): Promise<Result<Vendor, AskProblem>> {
  const vendor = await ownProfile(permitted);
  if (vendor === undefined) return problem('not-a-vendor');
  // As for whoever gives it a mandate, which it would be no use to ask for.
  const reason = vendorProblem(vendor, '', deps.agreements.standard.sha256);
  if (reason === 'barred' || reason === 'closed' || reason === 'outdated-agreement') return problem(reason);
  return ok(vendor);
}

/**
 * Finds the business that the vendor wants to ask. The register is asked each time, so that a business that is known here
 * and one that is not are answered alike.
 */
export async function findCustomer(
  deps: RequestDeps,
  acting: ActingFor,
  text: string,
): Promise<Result<AskForm & { readonly customer: Customer }, AskProblem | Refused>> {
  const opened = await openAskForm(deps, acting);
  if (!opened.ok) return opened;
  if (!opened.value.vendor.ok) return opened.value.vendor;
  const number = parseOrganisationNumber(text);
  if (!number.ok) return problem('number');
  if (number.value === acting.business) return problem('oneself');
  const imported = await deps.importBusiness(number.value);
  if (!imported.ok) return problem(imported.error);
  const found = await look(deps.database, acting, ASK, async (permitted) => {
    const customer = await readCustomer(permitted, number.value);
    return customer.ok
      ? ok({ ...(await askForm(deps, permitted, undefined)), customer: customer.value })
      : customer;
  });
  return found.ok ? found.value : found;
}

async function readCustomer(
  permitted: Permitted,
  number: OrganisationNumber | string,
): Promise<Result<Customer, AskProblem>> {
  const business = await publicBusiness(permitted, number);
  if (business === undefined) return problem('no-such-business');
  if (business.closed) return problem('closed-business');
  return ok({ ...business, present: await mandateFrom(permitted, business.id) });
}

/** The renewal of a mandate that the vendor has: the customer, when the mandate is the vendor's and has not been ended. */
export async function openRenewal(
  deps: Pick<RequestDeps, 'database' | 'agreements'>,
  acting: ActingFor,
  mandateId: string,
): Promise<Result<AskForm | undefined, Refused>> {
  return look(deps.database, acting, ASK, async (permitted) => {
    const customer = await renewing(permitted, mandateId);
    return customer && askForm(deps, permitted, customer);
  });
}

async function renewing(permitted: Permitted, mandateId: string): Promise<Customer | undefined> {
  const mandate = isUuid(mandateId) ? await mandateFrom(permitted, { mandateId }) : undefined;
  const customer = mandate && (await readCustomer(permitted, mandate.customerNumber));
  return customer?.ok === true ? customer.value : undefined;
}

/**
 * Asks a business for a mandate, at the vendor's published price. Officers only. The officers of the business are told;
 * whether anybody there reads it, the vendor learns from the answer alone. Returns the request's id.
 */
export async function askForMandate(
  deps: Omit<RequestDeps, 'importBusiness'>,
  acting: ActingFor,
  asked: Asked,
): Promise<Result<string, AskProblem | Refused>> {
  const answer = await act<string | AskProblem, AskProblem>(deps.database, acting, ASK, async (permitted) => {
    const vendor = await askingVendor(deps, permitted);
    if (!vendor.ok) return vendor;
    const customer = await readCustomer(permitted, asked.businessNumber);
    if (!customer.ok) return customer;
    if (customer.value.id === vendor.value.id) return problem('oneself');
    await lockAsking(permitted, asVendor(permitted));
    await tellOfLapsed(permitted, customer.value.id);
    return ask(deps, permitted, { vendor: vendor.value, customer: customer.value, asked });
  });
  if (!answer.ok) return answer;
  return typeof answer.value === 'string' ? ok(answer.value) : err(answer.value);
}

/** What nobody answered in time makes way for the next request, also before the task has noted it. */
async function tellOfLapsed(permitted: Permitted, businessId: string): Promise<void> {
  for (const id of await putAwayLapsed(permitted, { businessId, asker: asVendor(permitted) })) {
    await permitted.audit({ action: 'request.lapsed', subject: { kind: 'request', id } });
    await enqueueTellingOfRequest(permitted, id, 'settled');
  }
}

interface Asking {
  readonly vendor: Vendor;
  readonly customer: Customer;
  readonly asked: Asked;
}

async function ask(
  { requestLimits }: Pick<RequestDeps, 'requestLimits'>,
  permitted: Permitted,
  { vendor, customer, asked }: Asking,
): Promise<Result<string | AskProblem, AskProblem>> {
  const { id: businessId, units, present } = customer;
  const { feeOre } = vendor;
  const made = await makeRequest(permitted, requestLimits, {
    asker: { vendorId: vendor.id },
    holder: 'vendor',
    businessId,
    units,
    present,
    asked,
    feeOre,
  });
  if (!made.ok) {
    if (made.error.kind !== 'ask-refused') return made;
    // Kept, while everything else about it is undone.
    const rule = `ask-${made.error.refusal.reason}`;
    await permitted.audit({ decision: 'refused', rule, subject: { kind: 'business', id: businessId } });
    return ok(made.error);
  }
  const { id, proposal, renews } = made.value;
  await permitted.audit({
    subject: { kind: 'request', id },
    changes: { ...withoutPurpose(proposal), customerId: businessId, feeOre, renews },
    detail: { purpose: proposal.purpose, reasons: asked.reasons },
  });
  return ok(id);
}

function withoutPurpose({ purpose: _purpose, ...rest }: Proposal) {
  return rest;
}

/** The vendor's requests, a page at a time. */
export async function viewRequests(deps: Pick<RequestDeps, 'database'>, acting: ActingFor, page: number) {
  return look(deps.database, acting, VIEW, async (permitted) => ({
    permitted,
    requests: await ownRequests(permitted, asVendor(permitted), page),
  }));
}

/** One of the vendor's requests, with what it needs to be read; undefined for one that is not the vendor's. */
export async function viewOwnRequest(deps: Pick<RequestDeps, 'database'>, acting: ActingFor, id: string) {
  return look(deps.database, acting, VIEW, async (permitted) => {
    const request = await ownRequest(permitted, asVendor(permitted), id);
    const customer = request && (await publicBusiness(permitted, request.businessNumber));
    return { permitted, request, units: customer?.units ?? [] };
  });
}

/** Takes a request back while it waits. Officers only; the officers of the business are told. */
export async function withdrawRequest(
  deps: Pick<RequestDeps, 'database'>,
  acting: ActingFor,
  id: string,
): Promise<Result<MandateRequest, RequestProblem | Refused>> {
  const request = { right: 'agreements.sign', action: 'request.withdraw' } as const;
  return act<MandateRequest, RequestProblem>(deps.database, acting, request, async (permitted) => {
    const taken = await takeBack(permitted, asVendor(permitted), id);
    if (!taken.ok) return taken;
    await permitted.audit({
      subject: { kind: 'request', id },
      changes: { outcome: 'withdrawn', customerId: taken.value.businessId },
    });
    return taken;
  });
}
