import { type Context, Hono } from 'hono';
import type { Child } from 'hono/jsx';
import { z } from 'zod';
import { wantedList } from '../access/index.ts';
import { formatDate, parsePlainDate } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { refusedStaffPage, type StaffActing, withStaff } from '../staff/index.ts';
import {
  Alert,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  Link,
  Pagination,
  Section,
  Stack,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import {
  emptyForm,
  formList,
  type FormState,
  formWithErrors,
  parseForm,
  readForm,
} from '../web/form-parsing.ts';
import { CheckboxGroup, HiddenField, PostForm, RadioGroup, SubmitButton } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import {
  CASES_PER_PAGE,
  type ReviewDeps,
  settleCase,
  type SettleError,
  viewCase,
  viewMedia,
  viewQueue,
} from './actions.ts';
import type { QueuedCase, ReviewedCase } from './records.ts';
import { DOCUMENT_REASONS, PHOTO_REASONS } from './rules.ts';

const QUEUE = '/staff/media';

type Page = Context<AppEnv>;
type Answer = Response | Promise<Response>;
type Handler = (c: Page, deps: ReviewDeps, acting: StaffActing) => Answer;

/** The reviewer's pages: the queue, one case with photo beside document, and the verdict. */
export function createReviewMediaPages(deps: ReviewDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const reviewer = (handler: Handler) => withStaff('reviewer', (c, acting) => handler(c, deps, acting));
  app.get(QUEUE, reviewer(showQueue));
  app.get(
    `${QUEUE}/:line`,
    reviewer((c, given, acting) => showCase(c, given, acting, emptyForm)),
  );
  app.post(`${QUEUE}/:line`, reviewer(sendVerdict));
  app.get(
    `${QUEUE}/:line/photo`,
    reviewer((c, given, acting) => showMedia(c, given, acting, 'photo')),
  );
  app.get(
    `${QUEUE}/:line/document`,
    reviewer((c, given, acting) => showMedia(c, given, acting, 'document')),
  );
  return app;
}

async function showQueue(c: Page, deps: ReviewDeps, acting: StaffActing): Promise<Response> {
  const { page } = wantedList(c);
  const viewed = await viewQueue(deps, acting, page);
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  const { rows, total } = viewed.value;
  const t = c.get('t');
  return renderPage(
    c,
    {
      title: t('media-review:queue.title'),
      breadcrumbs: [{ label: t('staff:home.title'), href: '/staff' }],
    },
    <>
      <Lead>{t('media-review:queue.lead')}</Lead>
      <Table
        caption={t('media-review:queue.caption', { count: total })}
        rows={rows}
        empty={<EmptyState title={t('media-review:queue.empty')} />}
        columns={[
          {
            header: t('media-review:queue.case'),
            cell: (row) => (
              <Link href={`${QUEUE}/${row.id}`}>
                {t('media-review:queue.order', { number: row.orderNumber })}
              </Link>
            ),
            names: true,
          },
          { header: t('media-review:queue.business'), cell: (row) => row.businessName },
          { header: t('media-review:queue.vendor'), cell: (row) => row.vendorName ?? '–' },
          {
            header: t('media-review:queue.since'),
            cell: (row) => <DateText date={row.waitingSince} time />,
          },
          { header: t('media-review:queue.judge'), cell: (row) => toJudge(c, row) },
        ]}
      />
      <Pagination
        page={page}
        pages={Math.ceil(total / CASES_PER_PAGE)}
        href={(other) => withQuery(QUEUE, { page: String(other) })}
      />
    </>,
  );
}

function toJudge(c: Page, row: QueuedCase): string {
  const t = c.get('t');
  if (row.photoAccepted) return t('media-review:queue.document');
  return t(row.documentAccepted ? 'media-review:queue.photo' : 'media-review:queue.both');
}

async function showMedia(c: Page, deps: ReviewDeps, acting: StaffActing, wanted: 'photo' | 'document') {
  const lineId = c.req.param('line');
  if (!isUuid(lineId)) return notFoundPage(c);
  const viewed = await viewMedia(deps, acting, lineId, wanted);
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  if (viewed.value === undefined) return notFoundPage(c);
  const headers = { 'Content-Type': 'image/jpeg', 'Cache-Control': 'no-store' };
  return c.body(new Uint8Array(viewed.value), 200, headers);
}

async function showCase(c: Page, deps: ReviewDeps, acting: StaffActing, state: FormState): Promise<Response> {
  const lineId = c.req.param('line');
  if (!isUuid(lineId)) return notFoundPage(c);
  const viewed = await viewCase(deps, acting, lineId);
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  if (viewed.value === undefined) return notFoundPage(c);
  return drawCase(c, viewed.value, state);
}

function drawCase(c: Page, one: ReviewedCase, state: FormState): Answer {
  const t = c.get('t');
  const path = `${QUEUE}/${one.id}`;
  return renderPage(
    c,
    {
      title: t('media-review:case.title', { number: one.orderNumber }),
      breadcrumbs: [
        { label: t('staff:home.title'), href: '/staff' },
        { label: t('media-review:queue.title'), href: QUEUE },
      ],
      status: Object.keys(state.errors).length === 0 ? 200 : 422,
    },
    <Stack>
      {one.openedBy === null ? null : (
        <Alert color="info">{t('media-review:case.openedBy', { name: one.openedBy })}</Alert>
      )}
      {one.alike === 0 ? null : (
        <Alert color="danger" title={t('media-review:case.alike')}>
          <p>{t('media-review:case.alikeText', { count: one.alike })}</p>
        </Alert>
      )}
      <Printed c={c} one={one} />
      <div class="beside">
        <Media
          src={`${path}/photo`}
          title={t('media-review:case.photo')}
          alt={t('media-review:case.photoAlt', { name: one.holderName })}
          accepted={one.photoAccepted ? t('media-review:case.acceptedBefore') : undefined}
        />
        <Media
          src={`${path}/document`}
          title={`${t('media-review:case.document')}: ${t(`workers:documentKind.${one.documentKind}`)}`}
          alt={t('media-review:case.documentAlt', { name: one.holderName })}
          accepted={one.documentAccepted ? t('media-review:case.acceptedBefore') : undefined}
        />
      </div>
      <PostForm action={path} state={state}>
        <HiddenField name="photoId" value={one.photoId} />
        <HiddenField name="documentId" value={one.documentId} />
        <div class="beside">
          {one.photoAccepted ? (
            <HiddenField name="photoAccepted" value="yes" />
          ) : (
            <Judge c={c} subject="photo" reasons={PHOTO_REASONS} />
          )}
          {one.documentAccepted ? (
            <HiddenField name="documentAccepted" value="yes" />
          ) : (
            <Judge c={c} subject="document" reasons={DOCUMENT_REASONS} />
          )}
        </div>
        <p>{t('media-review:case.keys')}</p>
        <SubmitButton accesskey="s">{t('media-review:case.save')}</SubmitButton>
      </PostForm>
    </Stack>,
  );
}

/** What is printed on the card, from the registers: what photo and document are held against. */
function Printed({ c, one }: { readonly c: Page; readonly one: ReviewedCase }) {
  const t = c.get('t');
  const born = parsePlainDate(one.birthDate);
  return (
    <DescriptionList
      items={[
        { term: t('media-review:case.name'), value: one.holderName },
        {
          term: t('media-review:case.born'),
          value: born === undefined ? one.birthDate : formatDate(born, c.get('language')),
        },
        {
          term: t('media-review:case.employer'),
          value: `${one.businessName} (${formatOrganisationNumber(one.organisationNumber)})`,
        },
        { term: t('media-review:case.cardType'), value: t(`orders:cardType.${one.cardType}`) },
        { term: t('media-review:queue.vendor'), value: one.vendorName ?? '–' },
      ]}
    />
  );
}

type MediaProps = {
  readonly src: string;
  readonly title: string;
  readonly alt: string;
  readonly accepted: string | undefined;
};

function Media({ src, title, alt, accepted }: MediaProps) {
  return (
    <Section title={title}>
      {accepted === undefined ? null : <Tag color="success">{accepted}</Tag>}
      <a class="review-image" href={src}>
        <img src={src} alt={alt} />
      </a>
    </Section>
  );
}

type JudgeProps = {
  readonly c: Page;
  readonly subject: 'photo' | 'document';
  readonly reasons: readonly string[];
};

function Judge({ c, subject, reasons }: JudgeProps): Child {
  const t = c.get('t');
  return (
    <Stack>
      <RadioGroup
        name={subject}
        label={t(`media-review:case.judge.${subject}`)}
        choices={(['accept', 'reject'] as const).map((value) => ({
          value,
          label: t(`media-review:case.${value}`),
        }))}
      />
      <CheckboxGroup
        name={`${subject}Reasons`}
        label={t(`media-review:case.why.${subject}`)}
        choices={reasons.map((reason) => ({
          value: reason,
          label: t(`orders:reason.${subject}.${reason}`),
          ...(reason === 'suspected-forgery' ? { description: t('media-review:case.final') } : {}),
        }))}
      />
    </Stack>
  );
}

const decision = z.enum(['accept', 'reject']).optional();
const verdictForm = z.object({
  photoId: z.uuid(),
  documentId: z.uuid(),
  photo: decision,
  document: decision,
  photoReasons: formList(z.enum(PHOTO_REASONS)),
  documentReasons: formList(z.enum(DOCUMENT_REASONS)),
});

async function sendVerdict(c: Page, deps: ReviewDeps, acting: StaffActing): Promise<Response> {
  const lineId = c.req.param('line');
  if (!isUuid(lineId)) return notFoundPage(c);
  const form = await readForm(c);
  const parsed = parseForm(verdictForm, form);
  if (!parsed.ok) return showCase(c, deps, acting, parsed.error);
  const given = parsed.value;
  const errors = verdictErrors(given, form);
  if (Object.keys(errors).length > 0) return showCase(c, deps, acting, formWithErrors(form, errors));
  const verdict = {
    photo: given.photo === 'reject' ? given.photoReasons : [],
    document: given.document === 'reject' ? given.documentReasons : [],
  };
  const settled = await settleCase(deps, acting, { lineId, ...given }, verdict);
  if (settled.ok) return nextCase(c, deps, acting, settled.value.state);
  const { error } = settled;
  return typeof error === 'string' ? unsettled(c, error) : refusedStaffPage(c, error);
}

/** A verdict for each thing that the page asked of, with a reason where it is a rejection, and none where it is not. */
function verdictErrors(given: z.infer<typeof verdictForm>, form: FormData): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const subject of ['photo', 'document'] as const) {
    const reasons = given[`${subject}Reasons`];
    // What was accepted before is not asked of again: the page then has no such field, and says so.
    if (given[subject] === undefined && form.get(`${subject}Accepted`) !== 'yes')
      errors[subject] = 'web:form.choose';
    if (given[subject] === 'reject' && reasons.length === 0)
      errors[`${subject}Reasons`] = 'media-review:case.needsReason';
    if (given[subject] === 'accept' && reasons.length > 0)
      errors[`${subject}Reasons`] = 'media-review:case.noReason';
  }
  return errors;
}

function unsettled(c: Page, error: SettleError): Answer {
  if (error === 'missing') return notFoundPage(c);
  return problemPage(c, 'conflict', { detail: c.get('t')(`media-review:case.${error}`) });
}

/** On to the case that has waited longest now, so that the keyboard is all that is needed; else back to the queue. */
async function nextCase(c: Page, deps: ReviewDeps, acting: StaffActing, state: string): Promise<Response> {
  const queue = await viewQueue(deps, acting, 1);
  const next = queue.ok ? queue.value.rows[0] : undefined;
  return redirectDone(c, next === undefined ? QUEUE : `${QUEUE}/${next.id}`, `media-review:done.${state}`);
}
