import type { Child } from 'hono/jsx';
import { CARD_TYPES } from '../kernel/card-types.ts';
import { addDays, formatDate, osloToday } from '../kernel/dates.ts';
import { nok, withVat } from '../kernel/money.ts';
import { DateText, Money, Section, Stack, Table, Tag, type Column } from '../web/components.tsx';
import { useRequest } from '../web/request.ts';
import type { PriceLists } from './actions.ts';
import { percent } from './price-table.tsx';
import type { PriceRow, VatRow } from './records.ts';
import { inOrder, type Dated, type Standing } from './rules.ts';

/** One price of one or more card types, from the same day to the same day. */
export interface ListedPrice extends Dated<PriceRow> {
  readonly cardTypes: readonly string[];
  readonly vatBasisPoints: number;
}

/** The rows as they are read: types that cost the same over the same time stand in one; the latest first. */
function listed({ prices, vatRates, now }: PriceLists): ListedPrice[] {
  const dated = CARD_TYPES.flatMap((type) =>
    inOrder(
      prices.filter((row) => row.cardType === type),
      now,
    ),
  );
  const alike = Map.groupBy(dated, (row) =>
    JSON.stringify([row.from, row.until, row.priceOre, row.source, row.addedAt]),
  );
  const rates = inOrder(vatRates, now);
  return [...alike.values()]
    .flatMap(([row, ...others]) =>
      row === undefined
        ? []
        : [
            {
              ...row,
              cardTypes: [row, ...others].map(({ cardType }) => cardType),
              vatBasisPoints: rates.find((rate) => rate.from <= row.from)?.basisPoints ?? 0,
            },
          ],
    )
    .sort((a, b) => b.from.getTime() - a.from.getTime());
}

interface PriceListsProps {
  readonly lists: PriceLists;
  /** What an operator can do with a row that has not begun. */
  readonly withdrawPrice?: (row: ListedPrice) => Child;
  readonly withdrawVat?: (row: VatRow) => Child;
}

/** The official prices and the VAT rates: what is to come, what holds and what held, each with where it is from. */
export function PriceListTables({ lists, withdrawPrice, withdrawVat }: PriceListsProps) {
  const { t } = useRequest();
  const withdrawing = <Row extends { readonly standing: Standing }>(
    draw: ((row: Row) => Child) | undefined,
  ): Column<Row>[] =>
    draw === undefined
      ? []
      : [{ header: '', cell: (row) => (row.standing === 'coming' ? draw(row) : ''), align: 'end' }];
  return (
    <Stack>
      <Section title={t('prices:list.prices')}>
        <Table
          caption={t('prices:list.prices')}
          captionHidden
          rows={listed(lists)}
          columns={[
            ...held<ListedPrice>(t),
            {
              header: t('prices:list.excluding'),
              cell: (row) => <Money amount={nok(row.priceOre)} />,
              align: 'end',
            },
            {
              header: t('prices:list.including'),
              cell: (row) => <Money amount={withVat(nok(row.priceOre), row.vatBasisPoints).includingVat} />,
              align: 'end',
            },
            { header: t('prices:list.types'), cell: (row) => <Types types={row.cardTypes} /> },
            {
              header: t('prices:list.source'),
              cell: (row) => <Source row={row} shown={withdrawPrice !== undefined} />,
            },
            ...withdrawing<ListedPrice>(withdrawPrice),
          ]}
        />
        <p>{t('prices:list.dates')}</p>
      </Section>
      <Section title={t('prices:list.vat')}>
        <VatTable
          lists={lists}
          withdrawing={withdrawing<Dated<VatRow>>(withdrawVat)}
          shown={withdrawVat !== undefined}
        />
      </Section>
    </Stack>
  );
}

type VatProps = {
  readonly lists: PriceLists;
  readonly withdrawing: readonly Column<Dated<VatRow>>[];
  readonly shown: boolean;
};

function VatTable({ lists, withdrawing, shown }: VatProps) {
  const { t, language } = useRequest();
  return (
    <Table
      caption={t('prices:list.vat')}
      captionHidden
      rows={inOrder(lists.vatRates, lists.now)}
      columns={[
        ...held<Dated<VatRow>>(t),
        {
          header: t('prices:list.rate'),
          cell: (row) => `${percent(row.basisPoints, language)} %`,
          align: 'end',
        },
        { header: t('prices:list.source'), cell: (row) => <Source row={row} shown={shown} /> },
        ...withdrawing,
      ]}
    />
  );
}

const colors = { coming: 'warning', 'in-force': 'success', past: 'neutral' } as const;

/** From when to when a row holds, and whether it does. */
function held<Row extends Dated<{ readonly from: Date }>>(t: (key: string) => string): Column<Row>[] {
  return [
    { header: t('prices:list.from'), cell: (row) => <DateText date={row.from} />, names: true },
    {
      header: t('prices:list.through'),
      cell: (row) => (row.until === null ? '' : <DateText date={addDays(osloToday(row.until), -1)} />),
    },
    {
      header: t('prices:list.standing'),
      cell: (row) => <Tag color={colors[row.standing]}>{t(`prices:standing.${row.standing}`)}</Tag>,
    },
  ];
}

function Types({ types }: { readonly types: readonly string[] }) {
  const { t } = useRequest();
  if (types.length === CARD_TYPES.length) return <>{t('prices:list.all')}</>;
  return <>{types.map((type) => t(`prices:type.${type}`)).join(', ')}</>;
}

/** Where it is announced; to operators also who added it. */
function Source({ row, shown }: { readonly row: PriceRow | VatRow; readonly shown: boolean }) {
  const { t, language } = useRequest();
  const { source, addedByName, addedAt } = row;
  return (
    <>
      {source}
      {shown && addedByName !== null && addedAt !== null ? (
        <p>{t('prices:list.addedBy', { name: addedByName, date: formatDate(addedAt, language) })}</p>
      ) : null}
    </>
  );
}
