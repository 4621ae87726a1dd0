import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { endToLastDay, lastDayToEnd, osloToday, parsePlainDate } from '../kernel/dates.ts';
import { formatOrganisationNumber, parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { refusedStaffPage, type StaffActing } from '../staff/index.ts';
import {
  Actions,
  Alert,
  Card,
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
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import {
  DateField,
  FileField,
  HiddenField,
  PostForm,
  RadioGroup,
  Select,
  SubmitButton,
  Textarea,
  TextField,
} from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { pdfAnswer, sentFile } from '../web/pdf-file.ts';
import type { Dispatch, Draft, Template, ThreadProgress } from './dispatch-records.ts';
import {
  decideDispatch,
  type DispatchDeps,
  DISPATCHES_PER_PAGE,
  keepTemplate,
  openDispatchFile,
  openWriting,
  previewDispatch,
  removeTemplate,
  sendDispatch,
  viewDispatch,
  viewDispatches,
  viewTemplates,
} from './dispatches.ts';
import { fileProblemKey, FileList, FormKey, formKey, pageOf, Written } from './parts.tsx';
import { staffCrumbs, StaffMenu, staffMessagesPath, unreadStep } from './staff-parts.tsx';
import {
  CARD_STATES,
  FAILING_CONDITIONS,
  MAX_ATTACHMENT,
  MAX_BODY,
  MAX_SUBJECT,
  type Selection,
  TEXT_FIELDS,
  unknownFields,
  usesField,
  WRITTEN_CATEGORIES,
} from './threads.ts';

const NEW = `${staffMessagesPath}/new`;
const DISPATCHES = `${staffMessagesPath}/dispatches`;
const TEMPLATES = `${staffMessagesPath}/templates`;

type Handler = (c: Context<AppEnv>, deps: DispatchDeps, acting: StaffActing) => Response | Promise<Response>;
type Page = Parameters<Handler>;

/** Writing to businesses, what was written, and templates. */
export function addDispatchPages(
  app: Hono<AppEnv>,
  officer: (handler: Handler) => (c: Context<AppEnv>) => Response | Promise<Response>,
): void {
  app.get(
    NEW,
    officer((...page) => newPage(page, emptyForm)),
  );
  app.post(NEW, officer(sendNew));
  app.get(DISPATCHES, officer(listPage));
  app.get(
    `${DISPATCHES}/:dispatch`,
    officer((...page) => dispatchPage(page, emptyForm)),
  );
  app.post(`${DISPATCHES}/:dispatch`, officer(decide));
  app.get(`${DISPATCHES}/:dispatch/file`, officer(filePage));
  app.get(
    TEMPLATES,
    officer((...page) => templatesPage(page, emptyForm)),
  );
  app.post(TEMPLATES, officer(keep));
  app.post(`${TEMPLATES}/:template/remove`, officer(remove));
}

// Writing ------------------------------------------------------------------------------------------------------------

const choiceOf = (c: Context<AppEnv>, group: string) => (value: string) => ({
  value,
  label: c.get('t')(`messages:${group}.${value}`),
});

async function newPage([c, deps, acting]: Page, state: FormState) {
  const opened = await openWriting(deps, acting);
  if (!opened.ok) return refusedStaffPage(c, opened.error);
  const t = c.get('t');
  const { templates, permitted } = opened.value;
  const from = templates.find(({ id }) => id === c.req.query('template'));
  const noChoice = { value: '', label: t('messages:write.any') };
  return renderPage(
    c,
    {
      title: t('messages:write.title'),
      breadcrumbs: staffCrumbs(c),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      <StaffMenu c={c} active="new" />
      <TemplateLinks c={c} templates={templates} />
      <PostForm action={NEW} state={state}>
        <RadioGroup
          name="to"
          label={t('messages:write.to')}
          value="one"
          choices={['one', 'some'].map(choiceOf(c, 'write.toWhom'))}
        />
        <TextField
          name="number"
          label={t('messages:write.number')}
          description={t('messages:write.numberHint')}
          inputmode="numeric"
          optional
        />
        <TextField
          name="industry"
          label={t('messages:write.industry')}
          description={t('messages:write.industryHint')}
          maxlength={7}
          optional
        />
        <TextField
          name="postalCode"
          label={t('messages:write.postalCode')}
          description={t('messages:write.postalCodeHint')}
          inputmode="numeric"
          maxlength={4}
          optional
        />
        <Select
          name="cardState"
          label={t('messages:write.cardState')}
          choices={[noChoice, ...CARD_STATES.map(choiceOf(c, 'cardState'))]}
          optional
        />
        <Select
          name="condition"
          label={t('messages:write.condition')}
          choices={[noChoice, ...FAILING_CONDITIONS.map(choiceOf(c, 'condition'))]}
          optional
        />
        <TextFields c={c} from={from} />
        <DateField
          name="lastDay"
          label={t('messages:field.deadline')}
          description={t('messages:write.deadlineHint')}
          min={osloToday(permitted.now)}
          optional
        />
        <Actions>
          <SubmitButton>{t('messages:write.preview')}</SubmitButton>
        </Actions>
      </PostForm>
    </Stack>,
  );
}

function TemplateLinks({
  c,
  templates,
}: {
  readonly c: Context<AppEnv>;
  readonly templates: readonly Template[];
}) {
  const t = c.get('t');
  if (templates.length === 0) return null;
  return (
    <Section title={t('messages:write.beginFrom')}>
      <ul>
        {templates.map(({ id, name }) => (
          <li>
            <Link href={`${NEW}?template=${id}`}>{name}</Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}

type TextProps = { readonly c: Context<AppEnv>; readonly from?: Template | undefined };

/** What a message and a template have in common. */
function TextFields({ c, from }: TextProps) {
  const t = c.get('t');
  const fields = TEXT_FIELDS.map((field) => `{{${field}}}`).join(', ');
  return (
    <>
      <RadioGroup
        name="category"
        label={t('messages:field.category')}
        value={from?.category}
        choices={WRITTEN_CATEGORIES.map(choiceOf(c, 'category'))}
      />
      <TextField
        name="subject"
        label={t('messages:field.subject')}
        description={t('messages:write.subjectHint')}
        value={from?.subject}
        maxlength={MAX_SUBJECT}
      />
      <Textarea
        name="body"
        label={t('messages:staff.text')}
        description={`${t('messages:write.fields')} ${fields}`}
        value={from?.body}
        rows={12}
        maxlength={MAX_BODY}
      />
    </>
  );
}

const knownFields = (text: string, context: { addIssue: (message: string) => void }): string => {
  if (unknownFields(text).length > 0) context.addIssue('messages:write.unknownField');
  return text;
};

const textShape = {
  category: z.enum(WRITTEN_CATEGORIES, { error: 'web:form.choose' }),
  subject: z.string({ error: 'messages:write.subjectMissing' }).max(MAX_SUBJECT).transform(knownFields),
  body: z.string({ error: 'messages:write.bodyMissing' }).max(MAX_BODY).transform(knownFields),
};

const writeForm = z.object({
  ...textShape,
  to: z.enum(['one', 'some'], { error: 'web:form.choose' }),
  number: z
    .string()
    .optional()
    .transform((text, context) => {
      if (text === undefined) return undefined;
      const parsed = parseOrganisationNumber(text);
      if (parsed.ok) return parsed.value;
      context.addIssue('messages:write.numberWrong');
      return z.NEVER;
    }),
  industry: z
    .string()
    .regex(/^\d{1,2}(?:\.\d{1,3})?$/u, 'messages:write.industryWrong')
    .optional(),
  postalCode: z
    .string()
    .regex(/^\d{1,4}$/u, 'messages:write.postalCodeWrong')
    .optional(),
  cardState: z.enum(CARD_STATES).optional(),
  condition: z.enum(FAILING_CONDITIONS).optional(),
  lastDay: z
    .string()
    .optional()
    .transform((text, context) => {
      if (text === undefined) return undefined;
      const date = parsePlainDate(text);
      if (date !== undefined) return date;
      context.addIssue('web:form.date');
      return z.NEVER;
    }),
  counted: z.coerce.number().int().min(0).max(10_000_000).optional(),
  key: formKey,
  file: z.unknown().optional(),
  change: z.literal('yes').optional(),
});

type WrittenForm = z.infer<typeof writeForm>;

function selectionOf({ to, number, industry, postalCode, cardState, condition }: WrittenForm): Selection {
  return to === 'one' ? { number: number ?? '' } : { industry, postalCode, cardState, condition };
}

async function sendNew(...page: Page) {
  const [c, deps, acting] = page;
  const form = await readForm(c);
  const parsed = parseForm(writeForm, form);
  if (!parsed.ok) return newPage(page, parsed.error);
  const written = parsed.value;
  if (written.change !== undefined) return newPage(page, formWithErrors(form, {}));
  const wrong = problemsOf(written);
  if (wrong !== undefined) return newPage(page, formWithErrors(form, wrong));
  const { category, subject, body, lastDay, counted, key } = written;
  const draft: Draft = {
    category,
    subject,
    body,
    deadline: lastDay === undefined ? null : lastDayToEnd(lastDay),
    selection: selectionOf(written),
  };
  if (counted === undefined) return previewPage(page, form, draft);
  const sent = await sendDispatch(deps, acting, { key, draft, counted, file: await sentFile(form) });
  if (sent.ok)
    return redirectDone(c, `${DISPATCHES}/${sent.value.dispatchId}`, `messages:done.${sent.value.state}`);
  const { error } = sent;
  if (typeof error !== 'string') return refusedStaffPage(c, error);
  if (error === 'nobody') return previewPage(page, form, draft);
  if (error === 'changed') return previewPage(page, form, draft, emptyForm, true);
  return previewPage(page, form, draft, formWithErrors(form, { file: fileProblemKey(error) }));
}

function problemsOf({ to, number, ...written }: WrittenForm): Record<string, string> | undefined {
  const some = written.industry ?? written.postalCode ?? written.cardState ?? written.condition;
  if (to === 'one' && number === undefined) return { number: 'messages:write.numberMissing' };
  if (to === 'some' && some === undefined) return { to: 'messages:write.everybody' };
  if (written.lastDay === undefined && usesField(`${written.subject} ${written.body}`, 'deadline'))
    return { lastDay: 'messages:write.deadline.missing' };
  return undefined;
}

const CARRIED = [
  'to',
  'number',
  'industry',
  'postalCode',
  'cardState',
  'condition',
  'category',
  'subject',
  'body',
  'lastDay',
];

async function previewPage(
  page: Page,
  form: FormData,
  draft: Draft,
  state: FormState = emptyForm,
  changed = false,
) {
  const [c, deps, acting] = page;
  const previewed = await previewDispatch(deps, acting, draft);
  if (!previewed.ok) return refusedStaffPage(c, previewed.error);
  const { late } = previewed.value;
  if (late !== undefined)
    return newPage(page, formWithErrors(form, { lastDay: `messages:write.deadline.${late}` }));
  const { recipients, total, example } = previewed.value;
  const t = c.get('t');
  const waits = total > deps.fourEyesAbove;
  return renderPage(
    c,
    {
      title: t('messages:preview.title'),
      breadcrumbs: staffCrumbs(c, { label: t('messages:write.title'), href: NEW }),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      {total === 0 || example === undefined ? (
        <Alert color="warning" title={t('messages:preview.nobody')}>
          <p>{t('messages:preview.nobodyText')}</p>
        </Alert>
      ) : (
        <>
          {changed ? <Alert color="warning">{t('messages:preview.changed')}</Alert> : null}
          <Lead>{t('messages:preview.lead', { count: total })}</Lead>
          {waits ? (
            <Alert title={t('messages:preview.waits')}>
              <p>{t('messages:preview.waitsText', { count: deps.fourEyesAbove })}</p>
            </Alert>
          ) : null}
          <ul>
            {recipients.map(({ name, organisationNumber }) => (
              <li>
                {name} <span class="nowrap">{formatOrganisationNumber(organisationNumber)}</span>
              </li>
            ))}
          </ul>
          {total > recipients.length ? (
            <p>{t('messages:preview.more', { count: total - recipients.length })}</p>
          ) : null}
          <Section title={t('messages:preview.example')}>
            <Card title={example.subject} level={3}>
              <Written text={example.body} />
            </Card>
          </Section>
        </>
      )}
      <PostForm action={NEW} state={state} files>
        {CARRIED.map((name) => {
          const value = form.get(name);
          return typeof value === 'string' && value !== '' ? <HiddenField name={name} value={value} /> : null;
        })}
        <FormKey />
        <HiddenField name="counted" value={String(total)} />
        {total > 0 ? (
          <FileField
            name="file"
            label={t('messages:answer.file')}
            accept={['application/pdf']}
            maxBytes={MAX_ATTACHMENT}
            optional
          />
        ) : null}
        <Actions>
          {total === 0 ? null : (
            <SubmitButton>
              {t(waits ? 'messages:preview.handOver' : 'messages:preview.send', { count: total })}
            </SubmitButton>
          )}
          <SubmitButton name="change" value="yes" variant="secondary">
            {t('messages:preview.change')}
          </SubmitButton>
        </Actions>
      </PostForm>
    </Stack>,
  );
}

// What was written ---------------------------------------------------------------------------------------------------

const COLORS = { waiting: 'warning', sending: 'info', sent: 'success', declined: 'neutral' } as const;

function StateTag({ c, dispatch }: { readonly c: Context<AppEnv>; readonly dispatch: Dispatch }) {
  return <Tag color={COLORS[dispatch.state]}>{c.get('t')(`messages:dispatch.state.${dispatch.state}`)}</Tag>;
}

async function listPage(c: Context<AppEnv>, deps: DispatchDeps, acting: StaffActing) {
  const t = c.get('t');
  const page = pageOf(c);
  const viewed = await viewDispatches(deps, acting, page);
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  const { dispatches, count } = viewed.value;
  return renderPage(
    c,
    { title: t('messages:dispatch.title'), breadcrumbs: staffCrumbs(c) },
    <Stack>
      <StaffMenu c={c} active="dispatches" />
      <Table
        caption={t('messages:dispatch.caption', { count })}
        rows={dispatches}
        empty={<EmptyState title={t('messages:dispatch.none')} />}
        columns={[
          {
            header: t('messages:field.subject'),
            cell: (row) => <Link href={`${DISPATCHES}/${row.id}`}>{row.subject}</Link>,
            names: true,
          },
          { header: t('messages:field.category'), cell: (row) => t(`messages:category.${row.category}`) },
          { header: t('messages:dispatch.recipients'), cell: (row) => String(row.recipients), align: 'end' },
          {
            header: t('messages:dispatch.written'),
            cell: (row) => (
              <>
                {row.createdByName}, <DateText date={row.createdAt} time />
              </>
            ),
          },
          { header: t('messages:field.state'), cell: (row) => <StateTag c={c} dispatch={row} /> },
        ]}
      />
      <Pagination
        page={page}
        pages={Math.ceil(count / DISPATCHES_PER_PAGE)}
        href={(number) => `${DISPATCHES}?page=${String(number)}`}
      />
    </Stack>,
  );
}

const dispatchId = (c: Context<AppEnv>) => c.req.param('dispatch') ?? '';

async function dispatchPage([c, deps, acting]: Page, state: FormState) {
  const page = pageOf(c);
  const viewed = await viewDispatch(deps, acting, { id: dispatchId(c), page });
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  const { dispatch, permitted } = viewed.value;
  if (dispatch === undefined || !('totals' in viewed.value)) return notFoundPage(c);
  const { totals, rows, file, recipientsNow } = viewed.value;
  const t = c.get('t');
  return renderPage(
    c,
    {
      title: dispatch.subject,
      breadcrumbs: staffCrumbs(c, { label: t('messages:dispatch.title'), href: DISPATCHES }),
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      <DescriptionList
        items={[
          { term: t('messages:field.state'), value: <StateTag c={c} dispatch={dispatch} /> },
          { term: t('messages:field.category'), value: t(`messages:category.${dispatch.category}`) },
          ...chosenBy(c, dispatch.selection),
          {
            term: t('messages:dispatch.recipients'),
            value:
              dispatch.state === 'waiting' && recipientsNow !== dispatch.recipients
                ? t('messages:dispatch.countNow', { count: dispatch.recipients, now: recipientsNow })
                : String(dispatch.recipients),
          },
          {
            term: t('messages:dispatch.written'),
            value: (
              <>
                {dispatch.createdByName}, <DateText date={dispatch.createdAt} time />
              </>
            ),
          },
          ...(dispatch.decidedAt === null
            ? []
            : [
                {
                  term: t('messages:dispatch.decided'),
                  value: (
                    <>
                      {dispatch.decidedByName ?? ''}, <DateText date={dispatch.decidedAt} time />
                    </>
                  ),
                },
              ]),
          ...(dispatch.deadline === null
            ? []
            : [
                {
                  term: t('messages:field.deadline'),
                  value: <DateText date={endToLastDay(dispatch.deadline)} />,
                },
              ]),
        ]}
      />
      <Section title={t('messages:staff.text')}>
        <Written text={dispatch.body} />
        {file === undefined ? null : (
          <FileList c={c} files={[{ ...file, href: `${DISPATCHES}/${dispatch.id}/file` }]} />
        )}
      </Section>
      {dispatch.state === 'waiting' ? (
        <Decision c={c} own={dispatch.createdBy === permitted.person.id} id={dispatch.id} state={state} />
      ) : null}
      {totals.threads === 0 ? null : (
        <Section title={t('messages:dispatch.progress')}>
          <DescriptionList
            items={(['threads', 'delivered', 'read', 'bounced', 'forPost'] as const).map((name) => ({
              term: t(`messages:dispatch.total.${name}`),
              value: String(totals[name]),
            }))}
          />
          <Progress c={c} rows={rows} />
          <Pagination
            page={page}
            pages={Math.ceil(totals.threads / DISPATCHES_PER_PAGE)}
            href={(number) => `${DISPATCHES}/${dispatch.id}?page=${String(number)}`}
          />
        </Section>
      )}
    </Stack>,
  );
}

async function filePage(...[c, deps, acting]: Page) {
  const opened = await openDispatchFile(deps, acting, dispatchId(c));
  if (!opened.ok) return refusedStaffPage(c, opened.error);
  return opened.value === undefined ? notFoundPage(c) : pdfAnswer(c, opened.value);
}

/** What the businesses were chosen by: whoever agrees to it has to see that. */
function chosenBy(c: Context<AppEnv>, selection: Selection): { term: string; value: string }[] {
  const t = c.get('t');
  return Object.entries(selection).flatMap(([field, value]) => {
    if (value === undefined) return [];
    const named = field === 'cardState' || field === 'condition';
    return [{ term: t(`messages:write.${field}`), value: named ? t(`messages:${field}.${value}`) : value }];
  });
}

function Decision({
  c,
  own,
  id,
  state,
}: {
  readonly c: Context<AppEnv>;
  readonly own: boolean;
  readonly id: string;
  readonly state: FormState;
}) {
  const t = c.get('t');
  if (own) return <Alert title={t('messages:dispatch.own')}>{t('messages:dispatch.ownText')}</Alert>;
  return (
    <Section title={t('messages:dispatch.decide')}>
      <PostForm action={`${DISPATCHES}/${id}`} state={state}>
        <RadioGroup
          name="answer"
          label={t('messages:dispatch.answer')}
          choices={['approve', 'decline'].map(choiceOf(c, 'dispatch.answers'))}
        />
        <Actions>
          <SubmitButton>{t('messages:dispatch.answerNow')}</SubmitButton>
        </Actions>
      </PostForm>
    </Section>
  );
}

function Progress({ c, rows }: { readonly c: Context<AppEnv>; readonly rows: readonly ThreadProgress[] }) {
  const t = c.get('t');
  return (
    <Table
      caption={t('messages:dispatch.progress')}
      captionHidden
      rows={rows}
      columns={[
        {
          header: t('messages:staff.business'),
          cell: (row) => (
            <>
              <Link href={`${staffMessagesPath}/threads/${row.threadId}`}>{row.name}</Link>{' '}
              <span class="nowrap">{formatOrganisationNumber(row.organisationNumber)}</span>
            </>
          ),
          names: true,
        },
        { header: t('messages:dispatch.sent'), cell: (row) => String(row.sent), align: 'end' },
        { header: t('messages:dispatch.bounced'), cell: (row) => String(row.bounced), align: 'end' },
        {
          header: t('messages:dispatch.read'),
          cell: (row) =>
            row.unread || row.readAt === null ? (
              t(`messages:staff.unreadAt.${unreadStep(row)}`)
            ) : (
              <>
                {row.reader ?? ''}, <DateText date={row.readAt} time />
              </>
            ),
        },
      ]}
    />
  );
}

const decideForm = z.object({ answer: z.enum(['approve', 'decline'], { error: 'web:form.choose' }) });

async function decide(...page: Page) {
  const [c, deps, acting] = page;
  const parsed = parseForm(decideForm, await readForm(c));
  if (!parsed.ok) return dispatchPage(page, parsed.error);
  const decided = await decideDispatch(deps, acting, { id: dispatchId(c), ...parsed.value });
  if (decided.ok)
    return redirectDone(c, `${DISPATCHES}/${dispatchId(c)}`, `messages:done.${parsed.value.answer}`);
  const { error } = decided;
  if (typeof error !== 'string') return refusedStaffPage(c, error);
  if (error === 'unknown') return notFoundPage(c);
  return problemPage(c, 'conflict', { detail: c.get('t')(`messages:dispatch.problem.${error}`) });
}

// Templates ----------------------------------------------------------------------------------------------------------

async function templatesPage([c, deps, acting]: Page, state: FormState) {
  const viewed = await viewTemplates(deps, acting);
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  const t = c.get('t');
  const { templates } = viewed.value;
  const from = templates.find(({ id }) => id === c.req.query('template'));
  return renderPage(
    c,
    {
      title: t('messages:template.title'),
      breadcrumbs: staffCrumbs(c),
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      <StaffMenu c={c} active="templates" />
      <Table
        caption={t('messages:template.caption')}
        rows={templates}
        empty={<EmptyState title={t('messages:template.none')} />}
        columns={[
          {
            header: t('messages:template.name'),
            cell: (row) => <Link href={`${TEMPLATES}?template=${row.id}`}>{row.name}</Link>,
            names: true,
          },
          { header: t('messages:field.category'), cell: (row) => t(`messages:category.${row.category}`) },
          {
            header: t('messages:template.changed'),
            cell: (row) => (
              <>
                {row.changedByName}, <DateText date={row.changedAt} time />
              </>
            ),
          },
          {
            header: t('messages:template.remove'),
            cell: (row) => (
              <PostForm action={`${TEMPLATES}/${row.id}/remove`} class="form inline">
                <SubmitButton size="sm" variant="secondary" color="danger">
                  {t('messages:template.remove')}
                  <span class="ds-sr-only"> {row.name}</span>
                </SubmitButton>
              </PostForm>
            ),
          },
        ]}
      />
      <Section title={t('messages:template.keep')}>
        <PostForm action={TEMPLATES} state={state}>
          <TextField
            name="name"
            label={t('messages:template.name')}
            description={t('messages:template.nameHint')}
            value={from?.name}
            maxlength={100}
          />
          <TextFields c={c} from={from} />
          <Actions>
            <SubmitButton>{t('messages:template.keepNow')}</SubmitButton>
          </Actions>
        </PostForm>
      </Section>
    </Stack>,
  );
}

const templateForm = z.object({
  ...textShape,
  name: z.string({ error: 'messages:template.nameMissing' }).max(100),
});

async function keep(...page: Page) {
  const [c, deps, acting] = page;
  const parsed = parseForm(templateForm, await readForm(c));
  if (!parsed.ok) return templatesPage(page, parsed.error);
  const kept = await keepTemplate(deps, acting, parsed.value);
  return kept.ok ? redirectDone(c, TEMPLATES, 'messages:done.templateKept') : refusedStaffPage(c, kept.error);
}

async function remove(c: Context<AppEnv>, deps: DispatchDeps, acting: StaffActing) {
  const removed = await removeTemplate(deps, acting, c.req.param('template') ?? '');
  if (removed.ok) return redirectDone(c, TEMPLATES, 'messages:done.templateRemoved');
  return removed.error === 'unknown' ? notFoundPage(c) : refusedStaffPage(c, removed.error);
}
