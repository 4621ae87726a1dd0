import type { Context } from 'hono';
import {
  businessPath,
  type Permitted,
  refusalText,
  type Refused,
  refusedPage,
  requireActing,
  stepUpPath,
} from '../access/index.ts';
import { endToLastDay } from '../kernel/dates.ts';
import type { Result } from '../kernel/result.ts';
import { DateText, Link, Section, Tag, TextParts } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { withQuery } from '../web/paths.ts';
import { useRequest } from '../web/request.ts';
import type { AgreementProblem } from './actions.ts';
import type { Agreement, SignedDocument } from './records.ts';
import { type AgreementText, DOCUMENT_LANGUAGES, type DocumentLanguage } from './rules.ts';

/** Where a business's agreements with its processors are listed. */
export const LIST = '/business/agreements';
/** Where one agreement is, under a business. */
export const ONE = `${LIST}/:agreement`;
/** Where a vendor's agreements with its customers are listed. */
export const CUSTOMERS = '/business/vendor/agreements';
/** A request for one of these pages. */
export type Page = Context<AppEnv>;
/** On which side of an agreement the business is that acts. */
export type Side = 'business' | 'vendor';

export const idOf = (c: Page) => c.req.param('agreement') ?? '';
/** The address of a page below the list. */
export const pathTo = (c: Page, sub: string) => businessPath(requireActing(c), `${LIST}${sub}`);

/** What the pages of an agreement have in common; a vendor comes to them from its customers. */
export function frameOf(c: Page, side: Side) {
  const t = c.get('t');
  const [label, href] =
    side === 'business'
      ? [t('agreements:title'), pathTo(c, '')]
      : [t('agreements:customers.title'), businessPath(requireActing(c), CUSTOMERS)];
  return {
    section: 'business',
    side: side === 'business' ? 'agreements' : 'vendor',
    breadcrumbs: [{ label, href }],
    narrow: true,
  } as const;
}

/** A file to download; refused, or not there, it is a page. */
export function file(c: Page, found: Result<Buffer | undefined, Refused>, name: string) {
  if (!found.ok) return refusedPage(c, found.error);
  if (found.value === undefined) return notFoundPage(c);
  return c.body(Uint8Array.from(found.value), 200, {
    'Content-Type': 'application/pdf',
    'Content-Disposition': `attachment; filename="${name}.pdf"`,
  });
}

/** The page that says why nothing was done. */
export function failed(c: Page, problem: AgreementProblem | Refused) {
  if (typeof problem !== 'string') return refusedPage(c, problem);
  if (problem === 'unknown') return notFoundPage(c);
  if (problem === 'step-up') return c.redirect(stepUpPath(c.req.path), 303);
  return problemPage(c, 'conflict', { detail: c.get('t')(`agreements:problem.${problem}`) });
}

/** Why this person may read and not sign or end; undefined when they may. */
export function officersOnly(c: Page, permitted: Permitted): string | undefined {
  const signing = permitted.decide('agreements.sign');
  return signing.allowed ? undefined : refusalText(c.get('t'), signing.refusal);
}

export type StateProps = { readonly agreement: Agreement; readonly now: Date };

export const isOver = ({ endedAt, endsAt }: Agreement, now: Date) =>
  endedAt !== null || (endsAt !== null && endsAt <= now);

export function State({ agreement, now }: StateProps) {
  const { t } = useRequest();
  const { endedAt, endReason, endsAt, endsBecause } = agreement;
  if (isOver(agreement, now)) {
    return (
      <>
        <Tag color="neutral">{t('agreements:state.ended')}</Tag>{' '}
        {t(`agreements:reason.${endReason ?? endsBecause ?? 'ended'}`)}
        {endedAt === null ? null : (
          <>
            , <DateText date={endedAt} />
          </>
        )}
      </>
    );
  }
  return (
    <>
      <Tag color="success">{t('agreements:state.active')}</Tag>
      {endsAt === null ? null : (
        <>
          {' '}
          {t(`agreements:until.${endsBecause ?? 'expiry'}`)} <DateText date={endToLastDay(endsAt)} />
        </>
      )}
    </>
  );
}

export function DeletionState({ agreement, now }: StateProps) {
  const { t } = useRequest();
  const { deletionDueAt, deletionOutcome, deletionConfirmedAt, endReason } = agreement;
  if (deletionDueAt === null)
    return <>{t(`agreements:deletion.${endReason === 'replaced' ? 'goesOn' : 'notYet'}`)}</>;
  if (deletionConfirmedAt !== null && deletionOutcome !== null) {
    return (
      <>
        <Tag color="success">{t(`agreements:deletion.outcome.${deletionOutcome}`)}</Tag>{' '}
        <DateText date={deletionConfirmedAt} />
      </>
    );
  }
  const overdue = deletionDueAt <= now;
  return (
    <>
      <Tag color={overdue ? 'danger' : 'warning'}>
        {t(overdue ? 'agreements:deletion.overdue' : 'agreements:deletion.waiting')}
      </Tag>{' '}
      {t('agreements:deletion.due')} <DateText date={endToLastDay(deletionDueAt)} />
    </>
  );
}

export function languageOf(c: Page): DocumentLanguage {
  const asked = c.req.query('text');
  return DOCUMENT_LANGUAGES.find((language) => language === asked) ?? c.get('language');
}

/** The text in one language, and links to the others. */
export function DocumentText({
  c,
  text,
  path,
}: {
  readonly c: Page;
  readonly text: AgreementText;
  readonly path: string;
}) {
  const { t } = useRequest();
  const shown = languageOf(c);
  return (
    <Section title={text.title}>
      <p>
        {t('agreements:languages')}{' '}
        {DOCUMENT_LANGUAGES.map((language, index) => (
          <>
            {index === 0 ? '' : ' · '}
            {language === shown ? (
              <strong>{t(`agreements:language.${language}`)}</strong>
            ) : (
              <Link href={withQuery(path, { text: language })}>{t(`agreements:language.${language}`)}</Link>
            )}
          </>
        ))}
      </p>
      <div class="stack" lang={shown}>
        <TextParts lead={text.lead} parts={text.parts} />
      </div>
    </Section>
  );
}

export function documentTerms(c: Page, document: SignedDocument) {
  const t = c.get('t');
  return [
    {
      term: t('agreements:column.version'),
      value: `${document.version}, ${t('agreements:document.number', { number: document.number })}`,
    },
    {
      term: t('agreements:document.hash'),
      value: <code class="break">{document.sha256.toString('hex')}</code>,
    },
    {
      term: t('agreements:document.vendorSigned'),
      value: (
        <>
          {document.signedByName}, {t(`businesses:role.${document.signedRole}`)},{' '}
          <DateText date={document.signedAt} time />
        </>
      ),
    },
  ];
}
