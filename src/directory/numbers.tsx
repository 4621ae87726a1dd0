import { formatMoney, nok } from '../kernel/money.ts';
import type { Language } from '../kernel/language.ts';
import { DateText, DescriptionList, Section } from '../web/components.tsx';
import type { Translate } from '../web/context.ts';
import { useRequest } from '../web/request.ts';
import { FEWEST, type ListedVendor } from './rules.ts';

const LOCALES = { nb: 'nb-NO', en: 'en-GB' } as const;

const oneDecimal = (value: number, language: keyof typeof LOCALES) =>
  value.toLocaleString(LOCALES[language], { maximumFractionDigits: 1 });

/** What the system has counted of a vendor, in words. */
export function numbersOf(vendor: ListedVendor, t: Translate, language: Language) {
  const few = t('directory:vendors.few', { fewest: FEWEST });
  const count = (value: number | undefined) =>
    value === undefined ? few : value.toLocaleString(LOCALES[language]);
  const { fees } = vendor;
  return [
    { term: t('directory:vendors.customers'), value: count(vendor.customers) },
    { term: t('directory:vendors.orders'), value: count(vendor.orders) },
    {
      term: t('directory:vendors.days'),
      value:
        vendor.medianDays === undefined
          ? few
          : t('directory:vendors.inDays', { days: oneDecimal(vendor.medianDays, language) }),
    },
    {
      term: t('directory:vendors.rejected'),
      value: vendor.rejectedPercent === undefined ? few : `${String(vendor.rejectedPercent)} %`,
    },
    {
      term: t('directory:vendors.fees'),
      value:
        fees === undefined
          ? few
          : t('directory:vendors.feeRange', {
              least: formatMoney(nok(fees.least), language),
              median: formatMoney(nok(Math.round(fees.median)), language),
              most: formatMoney(nok(fees.most), language),
            }),
    },
    { term: t('directory:vendors.refused'), value: count(vendor.refused) },
    { term: t('directory:vendors.complaints'), value: count(vendor.complaints) },
  ];
}

/** The numbers alone, for the page of one vendor. */
export function VendorNumbers({ vendor }: { readonly vendor: ListedVendor }) {
  const { t, language } = useRequest();
  return <DescriptionList items={numbersOf(vendor, t, language)} />;
}

const DEFINED = [
  'listed',
  'fee',
  'customers',
  'orders',
  'days',
  'rejected',
  'fees',
  'refused',
  'complaints',
  'few',
  'counted',
] as const;

/** What each number is, on the page that shows it. */
export function Definitions({ countedAt }: { readonly countedAt: Date | undefined }) {
  const { t } = useRequest();
  return (
    <Section title={t('directory:vendors.definitions')}>
      <ul class="ds-list">
        {DEFINED.map((key) => (
          <li>{t(`directory:vendors.means.${key}`, { fewest: FEWEST })}</li>
        ))}
      </ul>
      {countedAt === undefined ? null : (
        <p>
          {t('directory:vendors.countedAt')} <DateText date={countedAt} time />.
        </p>
      )}
    </Section>
  );
}
