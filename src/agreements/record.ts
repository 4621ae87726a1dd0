import { type ActingFor, look, type Permitted } from '../access/index.ts';
import type { Translate } from '../web/context.ts';
import type { AgreementDeps } from './actions.ts';
import { type Agreement, listAgreements, listSubProcessors, type SubProcessor } from './records.ts';
import type { Retention } from './rules.ts';

/** What a business does with personal data here, as article 30(1) has it listed. */
const ACTIVITIES = ['ordering', 'cards', 'access', 'invoices'] as const;
/** What is said of each; each has words under `agreements:record.activity.<activity>.<item>`. */
export const ACTIVITY_ITEMS = [
  'name',
  'purpose',
  'basis',
  'subjects',
  'data',
  'recipients',
  'transfers',
  'retention',
  'security',
] as const;
export type Activity = Readonly<Record<(typeof ACTIVITY_ITEMS)[number], string>>;

/** More processors than this are in the overview's pages, and no record. */
const MOST_PROCESSORS = 1000;

/** One who processes for the business, with whom it has or had an agreement. */
export interface Processor {
  readonly agreement: Agreement;
  readonly subProcessors: readonly SubProcessor[];
}

/** The record of processing and the overview of processors, of the business at that moment. */
export interface ProcessingRecord {
  readonly permitted: Permitted;
  readonly business: { readonly name: string; readonly organisationNumber: string };
  readonly contact: { readonly email: string | null; readonly phone: string | null };
  readonly at: Date;
  readonly processors: readonly Processor[];
}

/** Reads the record of the business. */
export async function viewRecord(deps: Pick<AgreementDeps, 'database'>, acting: ActingFor) {
  const request = { right: 'access.manage', action: 'agreement.record', neverForVendor: true } as const;
  return look(deps.database, acting, request, async (permitted): Promise<ProcessingRecord> => {
    const { business } = permitted.facts;
    if (!business) throw new Error('A record of a business without it.');
    const { rows } = await listAgreements(permitted, {
      side: 'business',
      page: 1,
      pageSize: MOST_PROCESSORS,
    });
    const contact = await permitted.query
      .selectFrom('contact_details')
      .select(['email', 'mobile'])
      .where('business_id', '=', business.id)
      .where('unit_id', 'is', null)
      .executeTakeFirst();
    const vendors = [...new Set(rows.map(({ vendorId }) => vendorId))];
    const lists = new Map<string, SubProcessor[]>();
    for (const vendor of vendors) lists.set(vendor, await listSubProcessors(permitted, vendor));
    return {
      permitted,
      business: { name: business.name, organisationNumber: business.organisationNumber },
      contact: { email: contact?.email ?? null, phone: contact?.mobile ?? null },
      at: permitted.now,
      processors: rows.map((agreement) => ({
        agreement,
        subProcessors: lists.get(agreement.vendorId) ?? [],
      })),
    };
  });
}

/** The activities in words, with what the installation's settings put in and who the processors are now. */
export function activitiesOf(record: ProcessingRecord, retention: Retention, t: Translate): Activity[] {
  const present = record.processors.filter(({ agreement }) => agreement.endedAt === null);
  const vendors = [...new Set(present.map(({ agreement }) => agreement.vendorName))].join(', ');
  const values = { ...retention, vendors: vendors === '' ? t('agreements:record.noProcessors') : vendors };
  const word = (activity: string, item: string) =>
    t(`agreements:record.activity.${activity}.${item}`, values);
  return ACTIVITIES.map((activity) => ({
    name: word(activity, 'name'),
    purpose: word(activity, 'purpose'),
    basis: word(activity, 'basis'),
    subjects: word(activity, 'subjects'),
    data: word(activity, 'data'),
    recipients: word(activity, 'recipients'),
    transfers: t('agreements:record.transfers'),
    retention: word(activity, 'retention'),
    security: t('agreements:record.security'),
  }));
}
