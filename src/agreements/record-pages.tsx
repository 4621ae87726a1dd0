import type { Context, Hono } from 'hono';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from '../access/index.ts';
import { CSV_START, csvLine } from '../kernel/csv.ts';
import { endToLastDay, formatDate, formatDateTime } from '../kernel/dates.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { Actions, DescriptionList, EmptyState, Lead, LinkButton, Section } from '../web/components.tsx';
import type { AppEnv, Translate } from '../web/context.ts';
import { createPdf } from '../web/pdf.ts';
import type { Language } from '../kernel/language.ts';
import type { AgreementDeps } from './actions.ts';
import { activitiesOf, ACTIVITY_ITEMS, type ProcessingRecord, type Processor, viewRecord } from './record.ts';
import type { Retention } from './rules.ts';

const PATH = '/business/agreements/record';
type Page = Context<AppEnv>;

/** The business's record of processing (article 30) with its processors: as a page, a CSV and a PDF. */
export function addRecordPages(app: Hono<AppEnv>, deps: AgreementDeps): void {
  app.get(PATH, (c) => recordPage(c, deps));
  app.get(`${PATH}/record.csv`, (c) => csvFile(c, deps));
  app.get(`${PATH}/record.pdf`, (c) => pdfFile(c, deps));
}

async function recordPage(c: Page, deps: AgreementDeps) {
  const acting = requireActing(c);
  const viewed = await viewRecord(deps, acting);
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const record = viewed.value;
  const t = c.get('t');
  const path = businessPath(acting, PATH);
  return renderBusinessPage(
    c,
    record.permitted,
    {
      section: 'business',
      side: 'agreements',
      title: t('agreements:record.title'),
      breadcrumbs: [{ label: t('agreements:title'), href: businessPath(acting, '/business/agreements') }],
    },
    <>
      <Lead>{t('agreements:record.lead')}</Lead>
      <DescriptionList
        items={controllerTerms(record, c.get('language'), t).map(([term, value]) => ({ term, value }))}
      />
      <Actions>
        <LinkButton href={`${path}/record.pdf`}>{t('agreements:record.asPdf')}</LinkButton>
        <LinkButton href={`${path}/record.csv`} variant="secondary">
          {t('agreements:record.asCsv')}
        </LinkButton>
      </Actions>
      {activitiesOf(record, deps.retention, t).map((activity) => (
        <Section title={activity.name}>
          <DescriptionList
            items={ACTIVITY_ITEMS.slice(1).map((item) => ({
              term: t(`agreements:record.item.${item}`),
              value: activity[item],
            }))}
          />
        </Section>
      ))}
      <Section title={t('agreements:record.processors')}>
        {record.processors.length === 0 ? <EmptyState title={t('agreements:none')} /> : null}
        {record.processors.map((one) => {
          const cells = processorCells(one, c.get('language'), t);
          return (
            <DescriptionList
              items={PROCESSOR_ITEMS.map((item, index) => ({
                term: t(`agreements:record.processor.${item}`),
                value: cells[index] ?? '',
              }))}
            />
          );
        })}
      </Section>
    </>,
  );
}

const PROCESSOR_ITEMS = [
  'name',
  'number',
  'version',
  'since',
  'until',
  'rights',
  'subProcessors',
  'deletion',
] as const;

function processorCells({ agreement, subProcessors }: Processor, language: Language, t: Translate): string[] {
  const { endedAt, endsAt, deletionOutcome, deletionDueAt } = agreement;
  return [
    agreement.vendorName,
    formatOrganisationNumber(agreement.vendorNumber),
    agreement.version,
    formatDate(agreement.signedAt, language),
    untilText(endedAt, endsAt, language),
    agreement.rights.map((right) => t(`access:right.${right}.can`)).join('; '),
    subProcessors.map(({ name, country, purpose }) => `${name}, ${country}: ${purpose}`).join('; '),
    deletionDueAt === null
      ? ''
      : t(
          deletionOutcome === null
            ? 'agreements:deletion.waiting'
            : `agreements:deletion.outcome.${deletionOutcome}`,
        ),
  ];
}

function untilText(endedAt: Date | null, endsAt: Date | null, language: Language): string {
  if (endedAt !== null) return formatDate(endedAt, language);
  return endsAt === null ? '' : formatDate(endToLastDay(endsAt), language);
}

function controllerTerms(record: ProcessingRecord, language: Language, t: Translate): [string, string][] {
  const { business, contact, at } = record;
  const reached = [contact.email, contact.phone].filter((one) => one !== null && one !== '').join(', ');
  return [
    [
      t('agreements:side.business'),
      `${business.name}, ${formatOrganisationNumber(business.organisationNumber)}`,
    ],
    [t('agreements:record.contact'), reached === '' ? t('agreements:record.noContact') : reached],
    [t('agreements:record.at'), formatDateTime(at, language)],
  ];
}

async function csvFile(c: Page, deps: AgreementDeps) {
  const viewed = await viewRecord(deps, requireActing(c));
  if (!viewed.ok) return refusedPage(c, viewed.error);
  return c.body(CSV_START + csvOf(viewed.value, deps.retention, c.get('language'), c.get('t')), 200, {
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': 'attachment; filename="record.csv"',
  });
}

function csvOf(record: ProcessingRecord, retention: Retention, language: Language, t: Translate): string {
  return [
    ...controllerTerms(record, language, t),
    [],
    ACTIVITY_ITEMS.map((item) => t(`agreements:record.item.${item}`)),
    ...activitiesOf(record, retention, t).map((activity) => ACTIVITY_ITEMS.map((item) => activity[item])),
    [],
    PROCESSOR_ITEMS.map((item) => t(`agreements:record.processor.${item}`)),
    ...record.processors.map((one) => processorCells(one, language, t)),
  ]
    .map((cells) => csvLine(cells))
    .join('');
}

async function pdfFile(c: Page, deps: AgreementDeps) {
  const viewed = await viewRecord(deps, requireActing(c));
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const content = await pdfOf(viewed.value, deps.retention, c.get('language'), c.get('t'));
  return c.body(Uint8Array.from(content), 200, {
    'Content-Type': 'application/pdf',
    'Content-Disposition': 'attachment; filename="record.pdf"',
  });
}

function pdfOf(
  record: ProcessingRecord,
  retention: Retention,
  language: Language,
  t: Translate,
): Promise<Buffer> {
  const title = `${t('agreements:record.title')}, ${record.business.name}`;
  return createPdf({ title, language, at: record.at }, (pdf) => {
    pdf.heading(1, t('agreements:record.title'));
    pdf.terms(controllerTerms(record, language, t));
    for (const activity of activitiesOf(record, retention, t)) {
      pdf.heading(2, activity.name);
      pdf.terms(ACTIVITY_ITEMS.slice(1).map((item) => [t(`agreements:record.item.${item}`), activity[item]]));
    }
    pdf.heading(2, t('agreements:record.processors'));
    if (record.processors.length === 0) pdf.paragraph(t('agreements:none'));
    for (const one of record.processors) {
      const cells = processorCells(one, language, t);
      pdf.terms(
        PROCESSOR_ITEMS.map((item, index) => [t(`agreements:record.processor.${item}`), cells[index] ?? '']),
      );
    }
  });
}
