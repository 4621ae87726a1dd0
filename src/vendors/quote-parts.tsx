import { endToLastDay } from '../kernel/dates.ts';
import { formatKroner, nok } from '../kernel/money.ts';
import { Alert, DateText, DescriptionList, Lead, Link, Money, Section, Table } from '../web/components.tsx';
import { useRequest } from '../web/request.ts';
import type { QuoteInForce } from './quote-records.ts';
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
  const { t } = useRequest();
  const official = nok(sums.officialOre ?? price.ore);
  const prices = comparePrices(official, nok(sums.feeOre), price.vatBasisPoints);
  const more = [
    { term: t('vendors:quote.sum.order'), ore: sums.orderOre },
    { term: t('vendors:quote.sum.once'), ore: sums.onceOre },
  ].filter(({ ore }) => ore > 0);
  return (
    <Section title={t('vendors:prices.title')}>
      <ExtraCost sums={sums} officialOre={official.ore} workers={workers ?? 0} fromOre={warnFromOre} />
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

interface ExtraCostProps {
  readonly sums: QuoteSums;
  readonly officialOre: number;
  readonly workers: number;
  /** From which fees per card on it is said. */
  readonly fromOre: number;
  /** Whose quote it is, where there are several. */
  readonly vendorName?: string;
}

/** In words what the fees come to for all who need a card; nothing where they are less than that. */
function ExtraCost({ sums, officialOre, workers, fromOre, vendorName }: ExtraCostProps) {
  const { t, language } = useRequest();
  const extra = extraCost(sums, workers, fromOre);
  if (extra === undefined) return null;
  const kroner = (ore: number) => formatKroner(nok(ore), language);
  return (
    <Alert color="warning" title={vendorName}>
      {t('vendors:quote.extra', {
        fee: kroner(sums.feeOre),
        official: kroner(officialOre),
        count: extra.workers,
        whole: kroner(extra.ore),
      })}
      {extra.wholeOre === extra.ore
        ? null
        : ` ${t('vendors:quote.extraWhole', { whole: kroner(extra.wholeOre) })}`}
    </Alert>
  );
}

interface AgreedQuotesProps {
  readonly quotes: readonly QuoteInForce[];
  readonly officialOre: number;
  readonly workers: number | undefined;
  /** Where an offer can be read item by item. */
  readonly offerPath: (offerId: string) => string;
}

/** What is agreed with vendors now, also what is paid once or for each order, and what it comes to for those who need cards. */
export function AgreedQuotes({ quotes, officialOre, workers, offerPath }: AgreedQuotesProps) {
  const { t } = useRequest();
  const money = (header: string, of: (quote: QuoteInForce) => number) => ({
    header: t(`vendors:agreed.${header}`),
    cell: (quote: QuoteInForce) => <Money amount={nok(of(quote))} />,
    align: 'end' as const,
  });
  return (
    <Section title={t('vendors:agreed.title')}>
      <Lead>{t('vendors:agreed.lead')}</Lead>
      <Table
        caption={t('vendors:agreed.title')}
        captionHidden
        rows={quotes}
        columns={[
          {
            header: t('vendors:agreed.vendor'),
            cell: ({ vendorName, offerId }) =>
              offerId === null ? vendorName : <Link href={offerPath(offerId)}>{vendorName}</Link>,
          },
          money('card', ({ feeOre }) => feeOre),
          money('order', ({ orderOre }) => orderOre),
          money('once', ({ onceOre }) => onceOre),
          {
            header: t('vendors:quote.validUntil'),
            cell: ({ validUntil }) => <DateText date={endToLastDay(validUntil)} />,
          },
        ]}
      />
      {quotes.map((quote) => (
        <ExtraCost
          sums={quote}
          officialOre={quote.officialOre ?? officialOre}
          workers={workers ?? 0}
          fromOre={1}
          vendorName={quote.vendorName}
        />
      ))}
    </Section>
  );
}
