import { formatDate } from '../kernel/dates.ts';
import { formatMoney, multiplyMoney, nok, withVat } from '../kernel/money.ts';
import { Alert, Money, Table } from '../web/components.tsx';
import { useRequest } from '../web/request.ts';
import { totals, type ComingChange, type Price } from './rules.ts';

interface PriceTableProps extends Price {
  /** The vendor whose fee it is; shown beside the official price even when the fee is nothing. */
  readonly vendorName?: string | undefined;
  /** What is known to change, where it matters: the order is not placed, or it waits for an approver. */
  readonly coming?: ComingChange | undefined;
  readonly waits?: boolean;
}

/**
 * What an order costs, line by line: the official price, a vendor's fee, the sum excluding VAT, the VAT and what is to
 * be paid; and, when a vendor orders, how much less the same cards cost when the business orders them itself.
 */
export function PriceTable({ vendorName, coming, waits = false, ...price }: PriceTableProps) {
  const { t, language } = useRequest();
  const sums = totals(price);
  const each = (ore: number) =>
    t('prices:each', { cards: price.count, price: formatMoney(nok(ore), language) });
  const rows = [
    { what: t('prices:official'), how: each(price.priceOre), amount: sums.cards },
    ...(vendorName === undefined
      ? []
      : [
          {
            what: t('prices:fee', { vendor: vendorName }),
            how: each(price.feeOre),
            amount: multiplyMoney(nok(price.feeOre), price.count),
          },
        ]),
    ...(price.orderFeeOre === 0 || price.count === 0
      ? []
      : [{ what: t('prices:orderFee'), how: t('prices:perOrder'), amount: nok(price.orderFeeOre) }]),
    { what: t('prices:excludingVat'), how: '', amount: sums.excludingVat },
    {
      what: t('prices:vat', { percent: percent(price.vatBasisPoints, language) }),
      how: '',
      amount: sums.vat,
    },
    { what: t('prices:includingVat'), how: '', amount: sums.includingVat },
  ];
  return (
    <>
      <Table
        caption={t('prices:caption')}
        columns={[
          { header: t('prices:item'), cell: (row) => row.what },
          { header: t('prices:calculation'), cell: (row) => row.how },
          { header: t('prices:amount'), cell: (row) => <Money amount={row.amount} />, align: 'end' },
        ]}
        rows={rows}
      />
      {vendorName === undefined ? null : (
        <Alert color={sums.saving.ore > 0 ? 'warning' : 'info'}>
          {t(sums.saving.ore > 0 ? 'prices:saving' : 'prices:same', {
            amount: formatMoney(sums.saving, language),
            direct: formatMoney(sums.direct, language),
          })}
        </Alert>
      )}
      {coming === undefined ? null : (
        <Alert color="info">
          <ComingPrice change={coming} /> {t(waits ? 'prices:keptWhileWaiting' : 'prices:kept')}
        </Alert>
      )}
    </>
  );
}

/** What a card costs from the next change on, in a sentence. */
function ComingPrice({ change }: { readonly change: ComingChange }) {
  const { t, language } = useRequest();
  const price = nok(change.priceOre);
  const values = {
    date: formatDate(change.from, language),
    price: formatMoney(price, language),
    including: formatMoney(withVat(price, change.vatBasisPoints).includingVat, language),
  };
  return <>{t('prices:coming', values)}</>;
}

/** Basis points as people read them: 2500 are 25. */
export function percent(basisPoints: number, language: 'nb' | 'en'): string {
  return (basisPoints / 100).toLocaleString(language === 'nb' ? 'nb-NO' : 'en-GB');
}
