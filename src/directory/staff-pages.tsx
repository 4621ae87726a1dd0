import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { wantedList } from '../access/index.ts';
import type { ValueOf } from '../kernel/result.ts';
import {
  refusedStaffPage,
  type StaffActing,
  type StaffRefused,
  staffVendorsPath,
  withStaff,
} from '../staff/index.ts';
import {
  Actions,
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
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton, Textarea, TextField } from '../web/forms.tsx';
import { type DoneKey, redirectDone, renderPage } from '../web/page.tsx';
import { fileAnswer } from '../web/pdf-file.ts';
import { webPaths, withQuery } from '../web/paths.ts';
import {
  answerReport,
  noteOnReport,
  openReportFile,
  REPORTS_PER_PAGE,
  type ReportDeps,
  type ReportProblem,
  setReportVendor,
  takeReport,
  viewReport,
  viewReports,
} from './actions.ts';
import { addLookAlikeStaffPages, ListLookAlike } from './look-alike-pages.tsx';
import { staffReportsPath } from './paths.ts';
import type { Report } from './records.ts';
import type { ReportState } from './rules.ts';

export { staffReportsPath } from './paths.ts';

type Page = Context<AppEnv>;

const ONE = `${staffReportsPath}/:report`;

type StaffReportDeps = Parameters<typeof openReportFile>[0];

/** The case officers' pages of what people report: a list, and each with its notes and its answer. */
export function createReportStaffPages(deps: StaffReportDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(
    staffReportsPath,
    withStaff('case-officer', (c, acting) => listPage(c, deps, acting)),
  );
  app.get(
    ONE,
    withStaff('case-officer', (c, acting) => reportPage(c, deps, acting, emptyForm)),
  );
  app.post(
    ONE,
    withStaff('case-officer', (c, acting) => handle(c, deps, acting)),
  );
  app.get(
    `${ONE}/files/:file`,
    withStaff('case-officer', (c, acting) => filePage(c, deps, acting)),
  );
  addLookAlikeStaffPages(app, deps);
  return app;
}

async function filePage(c: Page, deps: StaffReportDeps, acting: StaffActing) {
  const wanted = { reportId: c.req.param('report') ?? '', fileId: c.req.param('file') ?? '' };
  const opened = await openReportFile(deps, acting, wanted);
  if (!opened.ok) return refusedStaffPage(c, opened.error);
  return opened.value === undefined ? notFoundPage(c) : fileAnswer(c, opened.value);
}

const pathOf = (id: string) => `${staffReportsPath}/${id}`;

async function listPage(c: Page, deps: ReportDeps, acting: StaffActing) {
  const { page } = wantedList(c);
  const viewed = await viewReports(deps, acting, page);
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  const { rows, total } = viewed.value;
  const t = c.get('t');
  return renderPage(
    c,
    { title: t('directory:staff.title'), breadcrumbs: [{ label: t('staff:home.title'), href: '/staff' }] },
    <>
      <Lead>{t('directory:staff.lead')}</Lead>
      <Table
        caption={t('directory:staff.caption', { count: total })}
        rows={rows}
        empty={<EmptyState title={t('directory:staff.none')} />}
        columns={[
          {
            header: t('directory:staff.about'),
            cell: (row) => <Link href={pathOf(row.id)}>{row.about}</Link>,
          },
          { header: t('directory:staff.received'), cell: (row) => <DateText date={row.receivedAt} time /> },
          { header: t('directory:staff.takenBy'), cell: (row) => row.takenByName ?? '' },
          { header: t('staff:column.state'), cell: (row) => <StateTag c={c} state={row.state} /> },
        ]}
      />
      <Pagination
        page={page}
        pages={Math.ceil(total / REPORTS_PER_PAGE)}
        href={(to) => withQuery(staffReportsPath, { page: String(to) })}
      />
    </>,
  );
}

const COLORS = { new: 'warning', working: 'info', answered: 'success' } as const;

function StateTag({ c, state }: { readonly c: Page; readonly state: ReportState }) {
  return <Tag color={COLORS[state]}>{c.get('t')(`directory:staff.state.${state}`)}</Tag>;
}

async function reportPage(c: Page, deps: ReportDeps, acting: StaffActing, state: FormState) {
  const viewed = await viewReport(deps, acting, c.req.param('report') ?? '');
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  if (viewed.value === undefined) return notFoundPage(c);
  const { report, notes, files } = viewed.value;
  const t = c.get('t');
  // What was typed is shown again in its own form alone.
  const stateOf = (form: string) => (state.values['form']?.[0] === form ? state : emptyForm);
  return renderPage(
    c,
    {
      title: t('directory:staff.one', { about: report.about }),
      breadcrumbs: [
        { label: t('staff:home.title'), href: '/staff' },
        { label: t('directory:staff.title'), href: staffReportsPath },
      ],
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      <Facts c={c} report={report} files={files} />
      {report.state === 'answered' ? null : (
        <Actions>
          {report.state === 'new' ? <Take c={c} /> : null}
          <FindVendor c={c} about={report.about} />
          {report.pageAddress === null ? null : <ListLookAlike address={report.pageAddress} />}
        </Actions>
      )}
      {report.state === 'answered' ? null : <WhichVendor c={c} report={report} state={stateOf('vendor')} />}
      <Notes c={c} notes={notes} state={stateOf('note')} />
      <Section title={t('directory:staff.answer')}>
        {report.state === 'answered' ? (
          <Answer c={c} report={report} />
        ) : (
          <AnswerForm c={c} report={report} state={stateOf('answer')} />
        )}
      </Section>
    </Stack>,
  );
}

type Viewed = NonNullable<ValueOf<typeof viewReport>>;

type FactsProps = {
  readonly c: Page;
  readonly report: Report;
  readonly files: Viewed['files'];
};

/** The report as it came in. Its address is shown as text: it may lead to a page that steals log-ins. */
function Facts({ c, report, files }: FactsProps) {
  const t = c.get('t');
  return (
    <DescriptionList
      items={[
        { term: t('staff:column.state'), value: <StateTag c={c} state={report.state} /> },
        { term: t('directory:staff.received'), value: <DateText date={report.receivedAt} time /> },
        ...(report.takenByName === null
          ? []
          : [{ term: t('directory:staff.takenBy'), value: report.takenByName }]),
        ...(report.vendorNumber === null
          ? []
          : [
              {
                term: t('directory:staff.vendor'),
                value: <Link href={`${staffVendorsPath}/${report.vendorNumber}`}>{report.vendorName}</Link>,
              },
            ]),
        ...(report.pageAddress === null
          ? []
          : [
              {
                term: t('directory:staff.address'),
                value: <code class="written">{report.pageAddress}</code>,
              },
            ]),
        { term: t('directory:staff.text'), value: <span class="written">{report.text}</span> },
        ...files.map(({ id, fileName, bytes }) => ({
          term: t('directory:staff.file'),
          value: (
            <>
              <Link href={`${pathOf(report.id)}/files/${id}`}>{fileName}</Link>{' '}
              {t('directory:staff.size', { kilobytes: Math.max(1, Math.round(bytes / 1000)) })}
            </>
          ),
        })),
        {
          term: t('directory:staff.wantsAnswer'),
          value: t(report.wantsAnswer ? 'directory:vendors.yes' : 'directory:vendors.no'),
        },
      ]}
    />
  );
}

function Take({ c }: { readonly c: Page }) {
  return (
    <PostForm class="form inline">
      <HiddenField name="form" value="take" />
      <SubmitButton>{c.get('t')('directory:staff.take')}</SubmitButton>
    </PostForm>
  );
}

/** Leads to the case officer's vendors, searched for whom the report is about, where one is barred. */
function FindVendor({ c, about }: { readonly c: Page; readonly about: string }) {
  return (
    <PostForm action={webPaths.search} class="form inline">
      <HiddenField name="to" value={staffVendorsPath} />
      <HiddenField name="q" value={about} />
      <SubmitButton variant="secondary" color="danger">
        {c.get('t')('directory:staff.bar')}
      </SubmitButton>
    </PostForm>
  );
}

type ReportFormProps = { readonly c: Page; readonly report: Report; readonly state: FormState };

function WhichVendor({ c, report, state }: ReportFormProps) {
  const t = c.get('t');
  return (
    <Section title={t('directory:staff.whichVendor')}>
      <PostForm state={state}>
        <HiddenField name="form" value="vendor" />
        <TextField
          name="vendor"
          label={t('directory:staff.vendorNumber')}
          description={t('directory:staff.vendorHint')}
          value={report.vendorNumber ?? ''}
          inputmode="numeric"
          optional
        />
        <Actions>
          <SubmitButton variant="secondary">{t('directory:staff.setVendor')}</SubmitButton>
        </Actions>
      </PostForm>
    </Section>
  );
}

type NotesProps = { readonly c: Page; readonly notes: Viewed['notes']; readonly state: FormState };

/** What case officers have noted among themselves, and the form for one more. */
function Notes({ c, notes, state }: NotesProps) {
  const t = c.get('t');
  return (
    <Section title={t('directory:staff.notes')}>
      <Table
        caption={t('directory:staff.notes')}
        captionHidden
        rows={notes}
        empty={<EmptyState title={t('directory:staff.noNotes')} />}
        columns={[
          { header: t('directory:staff.note'), cell: (row) => row.text },
          { header: t('directory:staff.by'), cell: (row) => row.writtenByName },
          { header: t('directory:staff.at'), cell: (row) => <DateText date={row.writtenAt} time /> },
        ]}
      />
      <PostForm state={state}>
        <HiddenField name="form" value="note" />
        <Textarea
          name="note"
          label={t('directory:staff.newNote')}
          description={t('directory:staff.newNoteHint')}
          rows={3}
          maxlength={1000}
        />
        <Actions>
          <SubmitButton variant="secondary">{t('directory:staff.addNote')}</SubmitButton>
        </Actions>
      </PostForm>
    </Section>
  );
}

function AnswerForm({ c, report, state }: ReportFormProps) {
  const t = c.get('t');
  return (
    <PostForm state={state}>
      <HiddenField name="form" value="answer" />
      <Textarea
        name="answer"
        label={t('directory:staff.newAnswer')}
        description={t(
          report.wantsAnswer ? 'directory:staff.answerHint' : 'directory:staff.answerHintNobody',
        )}
        rows={4}
        maxlength={300}
      />
      <Actions>
        <SubmitButton>{t('directory:staff.sendAnswer')}</SubmitButton>
      </Actions>
    </PostForm>
  );
}

function Answer({ c, report }: { readonly c: Page; readonly report: Report }) {
  const t = c.get('t');
  return (
    <>
      <p class="written">{report.answer}</p>
      <p>
        {report.answeredByName} <DateText date={report.answeredAt ?? report.receivedAt} time />
      </p>
      <Alert color={report.toldAt === null ? 'info' : 'success'}>
        {t(
          report.toldAt !== null
            ? 'directory:staff.told'
            : report.wantsAnswer
              ? 'directory:staff.toBeTold'
              : 'directory:staff.nobodyToTell',
        )}
      </Alert>
    </>
  );
}

const handlingForm = z.discriminatedUnion('form', [
  z.object({ form: z.literal('take') }),
  z.object({ form: z.literal('note'), note: z.string().max(1000) }),
  z.object({ form: z.literal('vendor'), vendor: z.string().max(30).optional() }),
  z.object({ form: z.literal('answer'), answer: z.string().max(300) }),
]);

async function handle(c: Page, deps: ReportDeps, acting: StaffActing) {
  const parsed = parseForm(handlingForm, await readForm(c));
  if (!parsed.ok) return reportPage(c, deps, acting, parsed.error);
  const id = c.req.param('report') ?? '';
  const asked = parsed.value;
  switch (asked.form) {
    case 'take':
      return done(c, 'directory:done.taken', await takeReport(deps, acting, id));
    case 'note':
      return done(c, 'directory:done.noted', await noteOnReport(deps, acting, id, asked.note));
    case 'vendor': {
      const set = await setReportVendor(deps, acting, id, asked.vendor);
      if (set.ok || set.error !== 'no-vendor') return done(c, 'directory:done.vendor', set);
      const wrong = formWithErrors(await readForm(c), { vendor: 'directory:problem.noVendor' });
      return reportPage(c, deps, acting, wrong);
    }
    case 'answer':
      return done(c, 'directory:done.answered', await answerReport(deps, acting, id, asked.answer));
  }
}

function done(
  c: Page,
  key: DoneKey,
  result: { readonly ok: true } | { readonly ok: false; readonly error: ReportProblem | StaffRefused },
) {
  if (result.ok) return redirectDone(c, pathOf(c.req.param('report') ?? ''), key);
  if (typeof result.error !== 'string') return refusedStaffPage(c, result.error);
  if (result.error === 'unknown') return notFoundPage(c);
  return problemPage(c, 'conflict', { detail: c.get('t')(`directory:problem.${result.error}`) });
}
