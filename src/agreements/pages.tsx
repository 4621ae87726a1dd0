import { type Context, Hono } from 'hono';
import { z } from 'zod';
import {
  businessPath,
  type Permitted,
  refusalText,
  refusedPage,
  type Refused,
  renderBusinessPage,
  requireActing,
  RightList,
  StepUp,
  stepUpPath,
  wantedList,
} from '../access/index.ts';
import { addDays, endToLastDay, osloToday, parsePlainDate } from '../kernel/dates.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import type { Result } from '../kernel/result.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  Pagination,
  Section,
  Table,
  Tag,
  TextParts,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import {
  emptyForm,
  type FormState,
  formTick,
  formWithErrors,
  parseForm,
  readForm,
} from '../web/form-parsing.ts';
import {
  Checkbox,
  DateField,
  HiddenField,
  PostForm,
  RadioGroup,
  SubmitButton,
  Textarea,
} from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { useRequest } from '../web/request.ts';
import {
  type AgreementDeps,
  type AgreementProblem,
  AGREEMENTS_PER_PAGE,
  confirmDeletion,
  copyFile,
  DELETION_OUTCOMES,
  documentFile,
  endAgreement,
  objectTo,
  readDocument,
  signNewVersion,
  viewAgreement,
  vendorsFile,
  viewAgreements,
} from './actions.ts';
import { addRecordPages } from './record-pages.tsx';
import type { Agreement, SignedDocument, SubProcessor } from './records.ts';
import {
  type AgreementText,
  differences,
  DOCUMENT_LANGUAGES,
  type DocumentLanguage,
  earlierText,
} from './rules.ts';
import { addSubProcessorPages } from './sub-processor-pages.tsx';

const LIST = '/business/agreements';
const ONE = `${LIST}/:agreement`;
const frame = { section: 'business', side: 'agreements' } as const;
type Page = Context<AppEnv>;

/** A business's agreements, as the one who gives the data and as a vendor; and each with its document, its end and its receipt. */
export function createAgreementPages(deps: AgreementDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(LIST, (c) => listPage(c, deps, 'business'));
  app.get('/business/vendor/agreements', (c) => listPage(c, deps, 'vendor'));
  addRecordPages(app, deps);
  addSubProcessorPages(app, deps);
  app.get(`${LIST}/vendors/:holder`, (c) => documentPage(c, deps));
  app.get(`${LIST}/vendors/:holder/agreement.pdf`, async (c) =>
    file(c, await vendorsFile(deps, requireActing(c), c.req.param('holder')), 'document'),
  );
  app.get(ONE, (c) => agreementPage(c, deps));
  app.get(`${ONE}/agreement.pdf`, async (c) =>
    file(c, await copyFile(deps, requireActing(c), c.req.param('agreement')), 'agreement'),
  );
  app.get(`${ONE}/document.pdf`, async (c) =>
    file(c, await documentFile(deps, requireActing(c), c.req.param('agreement')), 'document'),
  );
  app.get(`${ONE}/sign`, (c) => signPage(c, deps));
  app.post(`${ONE}/sign`, (c) => sign(c, deps));
  app.get(`${ONE}/end`, (c) => endPage(c, deps, emptyForm));
  app.post(`${ONE}/end`, (c) => end(c, deps));
  app.post(`${ONE}/objections`, (c) => object(c, deps));
  app.get(`${ONE}/deletion`, (c) => deletionPage(c, deps, emptyForm));
  app.post(`${ONE}/deletion`, (c) => confirm(c, deps));
  return app;
}

const idOf = (c: Page) => c.req.param('agreement') ?? '';
const pathTo = (c: Page, sub: string) => businessPath(requireActing(c), `${LIST}${sub}`);
const crumbs = (c: Page) => [{ label: c.get('t')('agreements:title'), href: pathTo(c, '') }];

function file(c: Page, found: Result<Buffer | undefined, Refused>, name: string) {
  if (!found.ok) return refusedPage(c, found.error);
  if (found.value === undefined) return notFoundPage(c);
  return c.body(Uint8Array.from(found.value), 200, {
    'Content-Type': 'application/pdf',
    'Content-Disposition': `attachment; filename="${name}.pdf"`,
  });
}

function failed(c: Page, problem: AgreementProblem | Refused) {
  if (typeof problem !== 'string') return refusedPage(c, problem);
  if (problem === 'unknown') return notFoundPage(c);
  if (problem === 'step-up') return c.redirect(stepUpPath(c.req.path), 303);
  return problemPage(c, 'conflict', { detail: c.get('t')(`agreements:problem.${problem}`) });
}

/** Why this person may read and not sign or end; undefined when they may. */
function officersOnly(c: Page, permitted: Permitted): string | undefined {
  const signing = permitted.decide('agreements.sign');
  return signing.allowed ? undefined : refusalText(c.get('t'), signing.refusal);
}

// The list -------------------------------------------------------------------------------------------------------------

async function listPage(c: Page, deps: AgreementDeps, whose: 'business' | 'vendor') {
  const { page } = wantedList(c);
  const viewed = await viewAgreements(deps, requireActing(c), { side: whose, page });
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, list } = viewed.value;
  const t = c.get('t');
  const path =
    whose === 'business' ? pathTo(c, '') : businessPath(requireActing(c), '/business/vendor/agreements');
  return renderBusinessPage(
    c,
    permitted,
    {
      section: 'business',
      side: whose === 'business' ? 'agreements' : 'vendor',
      title: t(whose === 'business' ? 'agreements:title' : 'agreements:customers.title'),
    },
    <>
      <Lead>{t(whose === 'business' ? 'agreements:lead' : 'agreements:customers.lead')}</Lead>
      <Actions>
        {whose === 'business' ? (
          <LinkButton href={pathTo(c, '/record')} variant="secondary">
            {t('agreements:record.see')}
          </LinkButton>
        ) : (
          <LinkButton
            href={businessPath(requireActing(c), '/business/vendor/sub-processors')}
            variant="secondary"
          >
            {t('agreements:subProcessors.title')}
          </LinkButton>
        )}
      </Actions>
      <Table
        caption={t('agreements:title')}
        captionHidden
        rows={list.rows}
        empty={
          <EmptyState title={t(whose === 'business' ? 'agreements:none' : 'agreements:customers.none')} />
        }
        columns={[
          {
            header: t(whose === 'business' ? 'agreements:side.vendor' : 'agreements:side.business'),
            cell: (one) => (
              <Link href={pathTo(c, `/${one.id}`)}>
                {whose === 'business' ? one.vendorName : one.businessName}
              </Link>
            ),
          },
          { header: t('agreements:column.version'), cell: (one) => one.version },
          { header: t('agreements:column.since'), cell: (one) => <DateText date={one.signedAt} /> },
          {
            header: t('agreements:column.state'),
            cell: (one) => <State agreement={one} now={permitted.now} />,
          },
          {
            header: t('agreements:column.deletion'),
            cell: (one) => <DeletionState agreement={one} now={permitted.now} />,
          },
        ]}
      />
      <Pagination
        page={page}
        pages={Math.ceil(list.total / AGREEMENTS_PER_PAGE)}
        href={(to) => withQuery(path, { page: String(to) })}
      />
    </>,
  );
}

type StateProps = { readonly agreement: Agreement; readonly now: Date };

const isOver = ({ endedAt, endsAt }: Agreement, now: Date) =>
  endedAt !== null || (endsAt !== null && endsAt <= now);

function State({ agreement, now }: StateProps) {
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

function DeletionState({ agreement, now }: StateProps) {
  const { t } = useRequest();
  const { deletionDueAt, deletionOutcome, deletionConfirmedAt } = agreement;
  if (deletionDueAt === null) return <>{t('agreements:deletion.notYet')}</>;
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

// A document and an agreement --------------------------------------------------------------------------------------------

function languageOf(c: Page): DocumentLanguage {
  const asked = c.req.query('text');
  return DOCUMENT_LANGUAGES.find((language) => language === asked) ?? c.get('language');
}

/** The text in one language, and links to the others. */
function DocumentText({
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

async function documentPage(c: Page, deps: AgreementDeps) {
  const number = c.req.param('holder') ?? '';
  const read = await readDocument(deps, requireActing(c), number);
  if (!read.ok) return refusedPage(c, read.error);
  const { permitted, document } = read.value;
  if (document === undefined) return notFoundPage(c);
  const t = c.get('t');
  const path = pathTo(c, `/vendors/${number}`);
  return renderBusinessPage(
    c,
    permitted,
    { ...frame, title: t('agreements:document.title'), breadcrumbs: crumbs(c), narrow: true },
    <>
      <DescriptionList items={[...documentTerms(c, document)]} />
      <Actions>
        <LinkButton href={`${path}/agreement.pdf`} variant="secondary">
          {t('agreements:asPdf')}
        </LinkButton>
      </Actions>
      <DocumentText c={c} text={document.text[languageOf(c)]} path={path} />
    </>,
  );
}

function documentTerms(c: Page, document: SignedDocument) {
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

async function agreementPage(c: Page, deps: AgreementDeps) {
  const viewed = await viewAgreement(deps, requireActing(c), idOf(c));
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, found } = viewed.value;
  if (found === undefined) return notFoundPage(c);
  const { agreement, document, newer, subProcessors, side } = found;
  const t = c.get('t');
  const other = side === 'business' ? agreement.vendorName : agreement.businessName;
  const path = pathTo(c, `/${agreement.id}`);
  const language = languageOf(c);
  const text = document?.text[language] ?? earlierText(agreement.version, language);
  const over = isOver(agreement, permitted.now);
  return renderBusinessPage(
    c,
    permitted,
    { ...frame, title: t('agreements:one', { name: other }), breadcrumbs: crumbs(c), narrow: true },
    <>
      {newer === undefined || over || side === 'vendor' ? null : (
        <Alert color="warning" title={t('agreements:newer.title')}>
          <p>
            {t('agreements:newer.text')}{' '}
            {agreement.endsAt === null ? null : <DateText date={endToLastDay(agreement.endsAt)} />}
          </p>
          <Actions>
            <LinkButton href={`${path}/sign`} disabledReason={officersOnly(c, permitted)}>
              {t('agreements:newer.read')}
            </LinkButton>
          </Actions>
        </Alert>
      )}
      <AgreementFacts c={c} agreement={agreement} document={document} now={permitted.now} />
      <Actions>
        {agreement.copySha256 === null ? null : (
          <LinkButton href={`${path}/agreement.pdf`}>{t('agreements:signedCopy')}</LinkButton>
        )}
        {over ? null : (
          <LinkButton
            href={`${path}/end`}
            variant="secondary"
            color="danger"
            disabledReason={officersOnly(c, permitted)}
          >
            {t('agreements:end.button')}
          </LinkButton>
        )}
        {side === 'vendor' && agreement.deletionDueAt !== null && agreement.deletionConfirmedAt === null ? (
          <LinkButton href={`${path}/deletion`} disabledReason={officersOnly(c, permitted)}>
            {t('agreements:deletion.confirm')}
          </LinkButton>
        ) : null}
      </Actions>
      <SubProcessors
        list={subProcessors}
        now={permitted.now}
        objectPath={side === 'business' && !over ? `${path}/objections` : undefined}
        disabledReason={officersOnly(c, permitted)}
      />
      {text === undefined ? null : <DocumentText c={c} text={text} path={path} />}
    </>,
  );
}

type FactsProps = StateProps & { readonly c: Page; readonly document: SignedDocument | undefined };

function AgreementFacts({ c, agreement, document, now }: FactsProps) {
  const { t } = useRequest();
  const party = (name: string, number: string) => `${name}, ${formatOrganisationNumber(number)}`;
  return (
    <DescriptionList
      items={[
        { term: t('agreements:column.state'), value: <State agreement={agreement} now={now} /> },
        ...(agreement.endNote === '' ? [] : [{ term: t('agreements:end.note'), value: agreement.endNote }]),
        { term: t('agreements:column.deletion'), value: <DeletionState agreement={agreement} now={now} /> },
        ...(agreement.deletionConfirmedBy === null
          ? []
          : [
              {
                term: t('agreements:deletion.receipt'),
                value: `${agreement.deletionConfirmedBy}. ${agreement.deletionStatement ?? ''}`,
              },
            ]),
        {
          term: t('agreements:side.business'),
          value: party(agreement.businessName, agreement.businessNumber),
        },
        {
          term: t('agreements:evidence.businessSigned'),
          value: (
            <>
              {agreement.signedByName}, <DateText date={agreement.signedAt} time />
            </>
          ),
        },
        { term: t('agreements:side.vendor'), value: party(agreement.vendorName, agreement.vendorNumber) },
        {
          term: t('agreements:document.vendorSigned'),
          value: (
            <>
              {agreement.vendorSignedByName}, <DateText date={agreement.vendorSignedAt} time />
            </>
          ),
        },
        {
          term: t('agreements:column.version'),
          value:
            document === undefined ? (
              agreement.version
            ) : (
              <Link href={pathTo(c, `/${agreement.id}/document.pdf`)}>
                {`${document.version}, ${t('agreements:document.number', { number: document.number })}`}
              </Link>
            ),
        },
        {
          term: t('agreements:document.hash'),
          value: <code class="break">{agreement.sha256.toString('hex')}</code>,
        },
        ...(agreement.rights.length === 0
          ? []
          : [{ term: t('agreements:rights'), value: <RightList rights={agreement.rights} /> }]),
      ]}
    />
  );
}

type SubProcessorsProps = {
  readonly list: readonly SubProcessor[];
  readonly now: Date;
  readonly objectPath: string | undefined;
  readonly disabledReason: string | undefined;
};

/** The vendor's sub-processors; to those that are not used yet the business may object. */
function SubProcessors({ list, now, objectPath, disabledReason }: SubProcessorsProps) {
  const { t } = useRequest();
  return (
    <Section title={t('agreements:subProcessors.title')}>
      {list.length === 0 ? (
        <p>{t('agreements:subProcessors.none')}</p>
      ) : (
        list.map((one) => (
          <>
            <p>
              <strong>{one.name}</strong>, {one.country}: {one.purpose}. {t('agreements:subProcessors.from')}{' '}
              <DateText date={one.startsAt} />
            </p>
            {objectPath === undefined || one.startsAt <= now ? null : (
              <PostForm action={objectPath}>
                <HiddenField name="subProcessor" value={one.id} />
                <p>{t('agreements:subProcessors.objectText')}</p>
                <Actions>
                  <SubmitButton variant="secondary" color="danger" disabledReason={disabledReason}>
                    {t('agreements:subProcessors.object', { name: one.name })}
                  </SubmitButton>
                </Actions>
              </PostForm>
            )}
          </>
        ))
      )}
    </Section>
  );
}

// A new version ------------------------------------------------------------------------------------------------------------

async function signPage(c: Page, deps: AgreementDeps, problem?: string) {
  const viewed = await viewAgreement(deps, requireActing(c), idOf(c), 'sign');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, found } = viewed.value;
  if (found === undefined) return notFoundPage(c);
  const { agreement, document, newer, side } = found;
  if (side === 'vendor') return failed(c, 'not-the-business');
  if (agreement.endedAt !== null) return failed(c, 'ended');
  if (newer === undefined) return failed(c, 'no-new-version');
  const t = c.get('t');
  const language = languageOf(c);
  const before = document?.text[language] ?? earlierText(agreement.version, language);
  return renderBusinessPage(
    c,
    permitted,
    {
      ...frame,
      title: t('agreements:sign.title', { name: agreement.vendorName }),
      breadcrumbs: crumbs(c),
      narrow: true,
      status: problem === undefined ? 200 : 409,
    },
    <>
      {problem === undefined ? null : (
        <Alert color="warning" live>
          {problem}
        </Alert>
      )}
      <Lead>{t('agreements:sign.lead')}</Lead>
      {before === undefined ? null : <Changes before={before} after={newer.text[language]} />}
      <DescriptionList items={[...documentTerms(c, newer)]} />
      <Actions>
        <LinkButton href={pathTo(c, `/vendors/${agreement.vendorNumber}/agreement.pdf`)} variant="secondary">
          {t('agreements:asPdf')}
        </LinkButton>
      </Actions>
      <DocumentText c={c} text={newer.text[language]} path={pathTo(c, `/${agreement.id}/sign`)} />
      <StepUp c={c} permitted={permitted} preview={{ otherOfficers: [] }}>
        <PostForm>
          <HiddenField name="shown" value={newer.sha256.toString('hex')} />
          <Checkbox name="agreement" label={t('agreements:sign.accept', { name: agreement.vendorName })} />
          <Actions>
            <SubmitButton>{t('agreements:sign.button')}</SubmitButton>
          </Actions>
        </PostForm>
      </StepUp>
    </>,
  );
}

/** What is different, in words: what stood there, and what stands there now. */
function Changes({ before, after }: { readonly before: AgreementText; readonly after: AgreementText }) {
  const { t } = useRequest();
  const changed = differences(before, after).filter(({ kind }) => kind !== 'same');
  return (
    <Section title={t('agreements:changes.title')}>
      {changed.length === 0 ? <p>{t('agreements:changes.none')}</p> : null}
      {changed.map((one) => (
        <>
          <h3 class="ds-heading" data-size="2xs">
            {one.heading} <Tag color="info">{t(`agreements:changes.${one.kind}`)}</Tag>
          </h3>
          {one.before.length === 0 ? null : (
            <p>
              <strong>{t('agreements:changes.before')}</strong> <del>{one.before.join(' ')}</del>
            </p>
          )}
          {one.after.length === 0 ? null : (
            <p>
              <strong>{t('agreements:changes.after')}</strong> <ins>{one.after.join(' ')}</ins>
            </p>
          )}
        </>
      ))}
    </Section>
  );
}

const signForm = z.object({ shown: z.string(), agreement: formTick });

async function sign(c: Page, deps: AgreementDeps) {
  const parsed = parseForm(signForm, await readForm(c));
  const t = c.get('t');
  if (!parsed.ok || !parsed.value.agreement) return signPage(c, deps, t('agreements:sign.notAccepted'));
  const signed = await signNewVersion(deps, requireActing(c), idOf(c), parsed.value.shown);
  if (signed.ok) return redirectDone(c, pathTo(c, `/${signed.value}`), 'agreements:done.signed');
  if (signed.error === 'changed') return signPage(c, deps, t('agreements:problem.changed'));
  return failed(c, signed.error);
}

// Ending -----------------------------------------------------------------------------------------------------------------

async function endPage(c: Page, deps: AgreementDeps, state: FormState) {
  const viewed = await viewAgreement(deps, requireActing(c), idOf(c), 'sign');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, found } = viewed.value;
  if (found === undefined) return notFoundPage(c);
  if (found.agreement.endedAt !== null) return failed(c, 'ended');
  const { agreement, side } = found;
  const t = c.get('t');
  const today = osloToday(permitted.now);
  return renderBusinessPage(
    c,
    permitted,
    {
      ...frame,
      title: t('agreements:end.title', {
        name: side === 'business' ? agreement.vendorName : agreement.businessName,
      }),
      breadcrumbs: crumbs(c),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <Lead>{t('agreements:end.lead')}</Lead>
      <PostForm state={state}>
        <RadioGroup
          name="when"
          label={t('agreements:end.when')}
          value="now"
          choices={[
            { value: 'now', label: t('agreements:end.now') },
            { value: 'later', label: t('agreements:end.later') },
          ]}
        />
        <DateField
          name="lastDay"
          label={t('agreements:end.lastDay')}
          optional
          min={today}
          {...(agreement.endsAt === null ? {} : { max: addDays(endToLastDay(agreement.endsAt), -1) })}
        />
        <Textarea name="note" label={t('agreements:end.note')} optional maxlength={500} rows={3} />
        <Actions>
          <SubmitButton color="danger">{t('agreements:end.button')}</SubmitButton>
          <LinkButton href={pathTo(c, `/${agreement.id}`)} variant="tertiary">
            {t('agreements:cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

const endForm = z.object({
  when: z.enum(['now', 'later']),
  lastDay: z.string().optional(),
  note: z.string().max(500).default(''),
});

async function end(c: Page, deps: AgreementDeps) {
  const form = await readForm(c);
  const parsed = parseForm(endForm, form);
  if (!parsed.ok) return endPage(c, deps, parsed.error);
  const { when, note } = parsed.value;
  const lastDay = when === 'now' ? null : parsePlainDate(parsed.value.lastDay ?? '');
  if (lastDay === undefined)
    return endPage(c, deps, formWithErrors(form, { lastDay: 'agreements:problem.day' }));
  const ended = await endAgreement(deps, requireActing(c), idOf(c), { lastDay, note });
  if (ended.ok) return redirectDone(c, pathTo(c, `/${idOf(c)}`), `agreements:done.${ended.value}`);
  if (ended.error === 'day')
    return endPage(c, deps, formWithErrors(form, { lastDay: 'agreements:problem.day' }));
  return failed(c, ended.error);
}

const objectionForm = z.object({
  subProcessor: z.string().default(''),
  note: z.string().max(500).default(''),
});

async function object(c: Page, deps: AgreementDeps) {
  const parsed = parseForm(objectionForm, await readForm(c));
  if (!parsed.ok) return notFoundPage(c);
  const { subProcessor: subProcessorId, note } = parsed.value;
  const objected = await objectTo(deps, requireActing(c), idOf(c), { subProcessorId, note });
  return objected.ok
    ? redirectDone(c, pathTo(c, `/${idOf(c)}`), 'agreements:done.objected')
    : failed(c, objected.error);
}

// Deletion ---------------------------------------------------------------------------------------------------------------

async function deletionPage(c: Page, deps: AgreementDeps, state: FormState) {
  const viewed = await viewAgreement(deps, requireActing(c), idOf(c), 'sign');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, found } = viewed.value;
  if (found === undefined || found.side === 'business') return notFoundPage(c);
  const { agreement } = found;
  if (agreement.deletionDueAt === null) return failed(c, 'no-deletion');
  if (agreement.deletionConfirmedAt !== null) return failed(c, 'confirmed');
  const t = c.get('t');
  return renderBusinessPage(
    c,
    permitted,
    {
      ...frame,
      side: 'vendor',
      title: t('agreements:deletion.title', { name: agreement.businessName }),
      breadcrumbs: crumbs(c),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <Lead>{t('agreements:deletion.lead')}</Lead>
      <p>
        {t('agreements:deletion.due')} <DateText date={endToLastDay(agreement.deletionDueAt)} />
      </p>
      <StepUp c={c} permitted={permitted} preview={{ otherOfficers: [] }}>
        <PostForm state={state}>
          <RadioGroup
            name="outcome"
            label={t('agreements:deletion.what')}
            choices={DELETION_OUTCOMES.map((value) => ({
              value,
              label: t(`agreements:deletion.choice.${value}`),
            }))}
          />
          <Textarea
            name="statement"
            label={t('agreements:deletion.statement')}
            description={t('agreements:deletion.statementHint')}
            maxlength={1000}
          />
          <Actions>
            <SubmitButton>{t('agreements:deletion.confirm')}</SubmitButton>
          </Actions>
        </PostForm>
      </StepUp>
    </>,
  );
}

const deletionForm = z.object({ outcome: z.enum(DELETION_OUTCOMES), statement: z.string().max(1000) });

async function confirm(c: Page, deps: AgreementDeps) {
  const parsed = parseForm(deletionForm, await readForm(c));
  if (!parsed.ok) return deletionPage(c, deps, parsed.error);
  const confirmed = await confirmDeletion(deps, requireActing(c), idOf(c), parsed.value);
  return confirmed.ok
    ? redirectDone(c, pathTo(c, `/${idOf(c)}`), 'agreements:done.deletionConfirmed')
    : failed(c, confirmed.error);
}
