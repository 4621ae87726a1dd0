import { Hono, type Context } from 'hono';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from '../access/index.ts';
import { nok } from '../kernel/money.ts';
import {
  Actions,
  DateText,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  Money,
  Pagination,
  Section,
  Stack,
  Table,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { PAGE_SIZE, seeInvoice, seeInvoices, type InvoiceDeps, type InvoiceView } from './actions.ts';
import { documentOf, type TextsOf } from './document.ts';
import { DocumentFacts, DocumentLines, Liable, paymentColumns, StateTag, titleOf } from './parts.tsx';
import { drawPdf } from './pdf.ts';
import type { Invoice } from './records.ts';
import { drawXml } from './xml.ts';

const LIST = '/business/invoices';

/** The business's invoices: the list, and each as a page, a PDF and the XML of its EHF. */
export function createInvoicePages(deps: InvoiceDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(LIST, (c) => listPage(c, deps));
  app.get(`${LIST}/:invoice`, (c) => invoicePage(c, deps));
  app.get(`${LIST}/:invoice/invoice.pdf`, (c) => pdf(c, deps));
  app.get(`${LIST}/:invoice/invoice.xml`, (c) => xml(c, deps));
  return app;
}

/** For a vendor, which is offered nothing else of the business's own, they are an entry of the top menu. */
const frameOf = (c: Context<AppEnv>) =>
  requireActing(c).vendor === undefined
    ? ({ section: 'business', side: 'invoices' } as const)
    : ({ section: 'invoices' } as const);

async function listPage(c: Context<AppEnv>, deps: InvoiceDeps) {
  const t = c.get('t');
  const acting = requireActing(c);
  const asked = Number(c.req.query('page') ?? '1');
  const page = Number.isInteger(asked) && asked >= 1 && asked <= 100_000 ? asked : 1;
  const seen = await seeInvoices(deps, acting, page);
  if (!seen.ok) return refusedPage(c, seen.error);
  const { invoices, count, permitted } = seen.value;
  if (invoices.length === 0 && page > 1) return c.redirect(businessPath(acting, LIST), 303);
  const business = permitted.facts.business?.name ?? '';
  return renderBusinessPage(
    c,
    permitted,
    { title: t('invoices:title'), ...frameOf(c) },
    <>
      <Lead>{t('invoices:lead')}</Lead>
      <p>{t('invoices:liable.list', { business })}</p>
      <Table
        caption={t('invoices:caption', { count })}
        rows={invoices}
        empty={
          <EmptyState title={t('invoices:none')}>
            <p>{t('invoices:noneText')}</p>
          </EmptyState>
        }
        columns={[
          {
            header: t('invoices:field.number'),
            cell: (row) => <Link href={businessPath(acting, `${LIST}/${row.id}`)}>{titleOf(c, row)}</Link>,
            names: true,
          },
          { header: t('invoices:field.issuedOn'), cell: (row) => <DateText date={row.issuedOn} /> },
          { header: t('invoices:field.order'), cell: (row) => String(row.orderNumber) },
          {
            header: t('invoices:field.dueOn'),
            cell: (row) => (row.kind === 'invoice' ? <DateText date={row.dueOn} /> : ''),
          },
          {
            header: t('invoices:field.includingShort'),
            cell: (row) => (
              <Money amount={nok(row.kind === 'invoice' ? row.includingOre : -row.includingOre)} />
            ),
            align: 'end',
          },
          {
            header: t('invoices:field.state'),
            cell: (row) => <StateTag c={c} invoice={row} now={permitted.now} />,
          },
        ]}
      />
      <Pagination
        page={page}
        pages={Math.ceil(count / PAGE_SIZE)}
        href={(number) => businessPath(acting, `${LIST}?page=${String(number)}`)}
      />
    </>,
  );
}

function idOf(c: Context<AppEnv>): string {
  return c.req.param('invoice') ?? '';
}

async function invoicePage(c: Context<AppEnv>, deps: InvoiceDeps) {
  const acting = requireActing(c);
  const seen = await seeInvoice(deps, acting, idOf(c));
  if (!seen.ok) return refusedPage(c, seen.error);
  const { view, permitted } = seen.value;
  if (view === undefined) return notFoundPage(c);
  const t = c.get('t');
  const { invoice } = view;
  const path = businessPath(acting, `${LIST}/${invoice.id}`);
  return renderBusinessPage(
    c,
    permitted,
    {
      title: titleOf(c, invoice),
      ...frameOf(c),
      breadcrumbs: [{ label: t('invoices:title'), href: businessPath(acting, LIST) }],
    },
    <Stack>
      <Liable c={c} invoice={invoice} />
      <DocumentFacts c={c} invoice={invoice} now={permitted.now} />
      <Actions>
        <LinkButton href={`${path}/invoice.pdf`}>{t('invoices:asPdf')}</LinkButton>
        <LinkButton href={`${path}/invoice.xml`} variant="secondary">
          {t('invoices:asXml')}
        </LinkButton>
      </Actions>
      <DocumentLines c={c} invoice={invoice} />
      <CreditNotes c={c} view={view} />
      <Payments c={c} view={view} />
    </Stack>,
  );
}

type ViewProps = { readonly c: Context<AppEnv>; readonly view: InvoiceView };

function CreditNotes({ c, view }: ViewProps) {
  const t = c.get('t');
  const acting = requireActing(c);
  if (view.creditNotes.length === 0) return null;
  return (
    <Section title={t('invoices:creditNotes')}>
      <Table
        caption={t('invoices:creditNotes')}
        captionHidden
        rows={view.creditNotes}
        columns={[
          {
            header: t('invoices:field.number'),
            cell: (row) => <Link href={businessPath(acting, `${LIST}/${row.id}`)}>{titleOf(c, row)}</Link>,
            names: true,
          },
          { header: t('invoices:field.issuedOn'), cell: (row) => <DateText date={row.issuedOn} /> },
          { header: t('invoices:field.count'), cell: (row) => String(row.cards), align: 'end' },
          {
            header: t('invoices:field.includingShort'),
            cell: (row) => <Money amount={nok(row.includingOre)} />,
            align: 'end',
          },
        ]}
      />
    </Section>
  );
}

function Payments({ c, view }: ViewProps) {
  const t = c.get('t');
  if (view.payments.length === 0) return null;
  return (
    <Section title={t('invoices:payments.title')}>
      <Table
        caption={t('invoices:payments.title')}
        captionHidden
        rows={view.payments}
        columns={paymentColumns(c)}
      />
    </Section>
  );
}

/** Answers with the document that was asked for, under its number. */
async function asFile(
  c: Context<AppEnv>,
  deps: InvoiceDeps,
  type: { readonly mime: string; readonly ending: string },
  draw: (invoice: Invoice) => Promise<Uint8Array<ArrayBuffer>>,
) {
  const seen = await seeInvoice(deps, requireActing(c), idOf(c));
  if (!seen.ok) return refusedPage(c, seen.error);
  const { view } = seen.value;
  if (view === undefined) return notFoundPage(c);
  const { invoice } = view;
  const name = `${invoice.kind}-${String(invoice.number)}.${type.ending}`;
  return c.body(await draw(invoice), 200, {
    'Content-Type': type.mime,
    'Content-Disposition': `attachment; filename="${name}"`,
  });
}

function pdf(c: Context<AppEnv>, deps: InvoiceDeps) {
  const language = c.get('language');
  const t = c.get('t');
  return asFile(c, deps, { mime: 'application/pdf', ending: 'pdf' }, async (invoice) =>
    Uint8Array.from(await drawPdf(documentOf(invoice, language, t), invoice.issuedAt, t)),
  );
}

/** As it is sent: in Norwegian, whoever asks for it. */
function xml(c: Context<AppEnv>, deps: InvoiceDeps) {
  const { translator } = c.get('web');
  const texts: TextsOf = (language) => translator.for(language);
  return asFile(c, deps, { mime: 'application/xml; charset=utf-8', ending: 'xml' }, (invoice) =>
    Promise.resolve(new TextEncoder().encode(drawXml(documentOf(invoice, 'nb', texts('nb'))))),
  );
}
