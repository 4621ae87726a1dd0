import { formatKroner, nok } from '../kernel/money.ts';
import { Alert, DescriptionList, Money, Section, Table } from '../web/components.tsx';
import { useRequest } from '../web/request.ts';
import { extraCost, type QuoteItem, type QuoteSums } from './quote-rules.ts';
import { comparePrices } from './rules.ts';

type ItemsProps = { readonly items: readonly QuoteItem[]; readonly caption: string };

/** A quote, item by item, each with its VAT. */
export function QuoteItems({ items, caption }: ItemsProps) {
  const { t } = useRequest();
  return (
    <Table
      caption={caption}
      rows={items}
      columns={[
        {
          header: t('vendors:quote.item'),
          cell: ({ kind, text }) => (kind === 'other' ? text : t(`vendors:quote.kind.${kind}`)),
        },
        { header: t('vendors:quote.charged'), cell: ({ per }) => t(`vendors:quote.per.${per}`) },
        {
          header: t('vendors:quote.amount'),
          cell: ({ ore }) => <Money amount={nok(ore)} />,
          align: 'end',
        },
        {
          header: t('vendors:quote.vat'),
          cell: ({ vatOre }) => <Money amount={nok(vatOre)} />,
          align: 'end',
        },
        {
          header: t('vendors:quote.withVat'),
          cell: ({ ore, vatOre }) => <Money amount={nok(ore + vatOre)} />,
          align: 'end',
        },
      ]}
    />
  );
}

type CostProps = {
  readonly sums: QuoteSums;
  readonly items?: readonly QuoteItem[] | undefined;
  /** The official price of today. */
  readonly price: { readonly ore: number; readonly vatBasisPoints: number };
  /** Undefined for whoever may not see the list of workers. */
  readonly workers: number | undefined;
  /** From which fee per card on it is said in words what it comes to. */
  readonly warnFromOre: number;
};

/** What ordering through the vendor costs beside ordering oneself; in words, where it is several hundred kroner more a card. */
export function QuoteCost({ sums, items, price, workers, warnFromOre }: CostProps) {
  const { t, language } = useRequest();
  const official = nok(sums.officialOre ?? price.ore);
  const prices = comparePrices(official, nok(sums.feeOre), price.vatBasisPoints);
  const extra = extraCost(sums, workers ?? 0, warnFromOre);
  const more = [
    { term: t('vendors:quote.sum.order'), ore: sums.orderOre },
    { term: t('vendors:quote.sum.once'), ore: sums.onceOre },
  ].filter(({ ore }) => ore > 0);
  return (
    <Section title={t('vendors:prices.title')}>
      {extra === undefined ? null : (
        <Alert color="warning">
          {t('vendors:quote.extra', {
            fee: formatKroner(nok(sums.feeOre), language),
            official: formatKroner(official, language),
            count: extra.workers,
            whole: formatKroner(nok(extra.ore), language),
          })}
        </Alert>
      )}
      {items === undefined ? null : <QuoteItems items={items} caption={t('vendors:quote.items')} />}
      <DescriptionList
        items={[
          { term: t('vendors:prices.official'), value: <Money amount={prices.official} /> },
          { term: t('vendors:prices.fee'), value: <Money amount={prices.fee} /> },
          { term: t('vendors:prices.total'), value: <Money amount={prices.total} /> },
          { term: t('vendors:prices.officialWithVat'), value: <Money amount={prices.officialWithVat} /> },
          { term: t('vendors:prices.totalWithVat'), value: <Money amount={prices.totalWithVat} /> },
          ...more.map(({ term, ore }) => ({ term, value: <Money amount={nok(ore)} /> })),
        ]}
      />
      <p>
        {t('vendors:prices.extra')} <Money amount={prices.fee} />. {t('vendors:prices.liable')}
      </p>
    </Section>
  );
}
