import { overseenSignals } from '../access/index.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { lookAsStaff, type StaffActing, type StaffPermitted } from './acting.ts';
import type { StaffDeps } from './appointments.ts';
import { barsOf, waitingAppeals } from './bar-records.ts';
import type { VendorSort } from './rules.ts';
import { complaintsOf, type OverseenVendor, overseenVendors } from './vendor-records.ts';

type Deps = Pick<StaffDeps, 'database'>;

/** Vendors on a page of the case officer's list. */
export const VENDORS_PER_PAGE = 25;
/** Reports and signals shown with a vendor: the newest. */
const SHOWN = 10;

const read = { right: 'vendors.read', action: 'vendors.list' } as const;

/** All registered vendors with what is counted of them: a page at a time, or all when no page is asked for. */
export function viewVendors(
  { database }: Deps,
  acting: StaffActing,
  wanted: { readonly search: string; readonly sort: VendorSort; readonly page: number | undefined },
) {
  return lookAsStaff(database, acting, read, async (permitted) => ({
    ...(await overseenVendors(permitted, { ...wanted, pageSize: VENDORS_PER_PAGE })),
    appeals: await waitingAppeals(permitted),
  }));
}

/** One vendor with its bars, the newest first; undefined for what is no vendor. */
export function viewVendor({ database }: Deps, acting: StaffActing, organisationNumber: string) {
  return lookAsStaff(database, acting, read, async (permitted) => {
    const vendor = await vendorOf(permitted, organisationNumber);
    return vendor && { vendor, bars: await barsOf(permitted, vendor.id), now: permitted.now };
  });
}

/** One vendor with all that is known of it: its bars, and the newest reports and signals. */
export function viewWholeVendor({ database }: Deps, acting: StaffActing, organisationNumber: string) {
  return lookAsStaff(database, acting, read, async (permitted) => {
    const vendor = await vendorOf(permitted, organisationNumber);
    if (vendor === undefined) return undefined;
    return {
      vendor,
      bars: await barsOf(permitted, vendor.id),
      complaints: await complaintsOf(permitted, vendor.id, SHOWN),
      signals: await overseenSignals(permitted, { vendorId: vendor.id, page: 1, pageSize: SHOWN }),
    };
  });
}

/** The vendor of an address or a form, whatever was written there. */
export async function vendorOf(permitted: StaffPermitted, text: string): Promise<OverseenVendor | undefined> {
  const number = parseOrganisationNumber(text);
  if (!number.ok) return undefined;
  return (await overseenVendors(permitted, { organisationNumber: number.value })).rows[0];
}
