import type { Context } from 'hono';
import { osloToday } from '../kernel/dates.ts';
import { nok } from '../kernel/money.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import {
  type Column,
  DateText,
  DescriptionList,
  Money,
  Section,
  Stack,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { documentOf } from './document.ts';
import { formatAccount, formatRate } from './pdf.ts';
import type { Invoice, Payment } from './records.ts';
import { owed, stateOf, sumsOfDocument, type InvoiceState, type Party } from './rules.ts';

const colors = {
  issued: 'info',
  due: 'warning',
  reminded: 'danger',
  paid: 'success',
  credited: 'neutral',
} as const satisfies Record<InvoiceState, string>;

type Shown = { readonly c: Context<AppEnv>; readonly invoice: Invoice; readonly now: Date };

/** The state of an invoice; a credit note has none but what it is. */
export function StateTag({ c, invoice, now }: Shown) {
  const t = c.get('t');
  if (invoice.kind === 'credit-note') return <Tag color="neutral">{t('invoices:state.credit-note')}</Tag>;
  const state = stateOf(invoice, osloToday(now));
  return <Tag color={colors[state]}>{t(`invoices:state.${state}`)}</Tag>;
}

export function titleOf(c: Context<AppEnv>, invoice: Invoice): string {
  return c.get('t')(`invoices:document.${invoice.kind}`, { number: String(invoice.number) });
}

function PartyText({ party }: { readonly party: Party }) {
  const place = `${party.address.postalCode} ${party.address.place}`.trim();
  const lines = [...party.address.lines, place, formatOrganisationNumber(party.organisationNumber)];
  return <>{[party.name, ...lines].filter((line) => line !== '').join(', ')}</>;
}

/** Everything that stands on the document, as on paper. */
export function DocumentFacts({ c, invoice, now }: Shown) {
  const t = c.get('t');
  const { parties, credits } = invoice;
  const asked = invoice.kind === 'invoice';
  const items = [
    { term: t('invoices:field.state'), value: <StateTag c={c} invoice={invoice} now={now} /> },
    { term: t('invoices:field.issuedOn'), value: <DateText date={invoice.issuedOn} /> },
    { term: t('invoices:field.dueOn'), value: asked ? <DateText date={invoice.dueOn} /> : null },
    { term: t('invoices:field.toPay'), value: asked ? <Owed c={c} invoice={invoice} /> : null },
    { term: t('invoices:field.account'), value: asked ? formatAccount(parties.seller.account) : null },
    { term: t('invoices:field.kid'), value: asked ? invoice.kid : null },
    { term: t('invoices:field.order'), value: String(invoice.orderNumber) },
    { term: t('invoices:field.reference'), value: invoice.customerReference || null },
    { term: t('invoices:field.credits'), value: credits === undefined ? null : String(credits.number) },
    {
      term: t('invoices:field.unit'),
      value: `${parties.unit.name}, ${formatOrganisationNumber(parties.unit.organisationNumber)}`,
    },
    { term: t('invoices:field.seller'), value: <PartyText party={parties.seller} /> },
    { term: t('invoices:field.buyer'), value: <PartyText party={parties.buyer} /> },
    { term: t('invoices:field.delivery'), value: <Delivery c={c} invoice={invoice} /> },
    {
      term: t('invoices:field.reminded'),
      value: invoice.remindedAt === null ? null : <DateText date={invoice.remindedAt} />,
    },
  ];
  return <DescriptionList items={items.filter(({ value }) => value !== null)} />;
}

function Delivery({ c, invoice }: { readonly c: Context<AppEnv>; readonly invoice: Invoice }) {
  const t = c.get('t');
  if (invoice.channel === null || invoice.deliveredAt === null) return <>{t('invoices:channel.waiting')}</>;
  return (
    <>
      {t(`invoices:channel.${invoice.channel}`)} <DateText date={invoice.deliveredAt} time />
    </>
  );
}

/** What is still to be paid, or what is to be paid back. */
export function Owed({ c, invoice }: { readonly c: Context<AppEnv>; readonly invoice: Invoice }) {
  const left = owed(invoice);
  if (left.ore >= 0) return <Money amount={left} />;
  return (
    <>
      {c.get('t')('invoices:payBack')} <Money amount={nok(-left.ore)} />
    </>
  );
}

/** The lines and sums, excluding and including VAT: the official price and nothing else. */
export function DocumentLines({ c, invoice }: { readonly c: Context<AppEnv>; readonly invoice: Invoice }) {
  const t = c.get('t');
  const document = documentOf(invoice, c.get('language'), t);
  const { excludingVat, vat, includingVat } = sumsOfDocument(document);
  return (
    <Section title={t('invoices:lines')}>
      <Stack>
        <Table
          caption={t('invoices:lines')}
          captionHidden
          rows={document.lines}
          columns={[
            {
              header: t('invoices:field.item'),
              cell: (line) => (
                <>
                  {line.name}
                  <p>{line.description}</p>
                </>
              ),
              names: true,
            },
            { header: t('invoices:field.count'), cell: (line) => String(line.count), align: 'end' },
            {
              header: t('invoices:field.price'),
              cell: (line) => <Money amount={nok(line.priceOre)} />,
              align: 'end',
            },
            {
              header: t('invoices:field.sum'),
              cell: (line) => <Money amount={nok(line.priceOre * line.count)} />,
              align: 'end',
            },
          ]}
        />
        <DescriptionList
          items={[
            { term: t('invoices:field.excluding'), value: <Money amount={excludingVat} /> },
            {
              term: t('invoices:field.vat', { rate: formatRate(document.vatBasisPoints) }),
              value: <Money amount={vat} />,
            },
            { term: t('invoices:field.including'), value: <Money amount={includingVat} /> },
          ]}
        />
      </Stack>
    </Section>
  );
}

/** That the business is liable, whoever ordered. */
export function Liable({ c, invoice }: { readonly c: Context<AppEnv>; readonly invoice: Invoice }) {
  return (
    <p>
      {c.get('t')(`invoices:liable.${invoice.kind}`, {
        business: invoice.parties.buyer.name,
        credits: String(invoice.credits?.number ?? ''),
      })}
    </p>
  );
}

/** What every list of payments says of each. */
export function paymentColumns(c: Context<AppEnv>): Column<Payment>[] {
  const t = c.get('t');
  return [
    {
      header: t('invoices:payments.what'),
      cell: (row) => t(`invoices:payments.${row.kind}`),
      names: true,
    },
    { header: t('invoices:payments.paidOn'), cell: (row) => <DateText date={row.paidOn} /> },
    {
      header: t('invoices:payments.amount'),
      cell: (row) => <Money amount={nok(row.ore)} />,
      align: 'end',
    },
  ];
}
