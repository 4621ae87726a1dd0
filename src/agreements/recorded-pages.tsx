import type { Hono } from 'hono';
import { z } from 'zod';
import { refusedPage, renderBusinessPage, requireActing, StepUp, stepUpPath } from '../access/index.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  Lead,
  LinkButton,
  Section,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import {
  emptyForm,
  type FormState,
  formWithErrors,
  parseForm,
  readForm,
  sentText,
  toDay,
} from '../web/form-parsing.ts';
import {
  DateField,
  FileField,
  HiddenField,
  PostForm,
  RadioGroup,
  SubmitButton,
  TextField,
} from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { pdfAnswer, sentFile } from '../web/pdf-file.ts';
import { useRequest } from '../web/request.ts';
import type { AgreementDeps } from './actions.ts';
import { CHECK_ITEMS, type Checklist, checklistOf, type Gap, gapsOf } from './checklist.ts';
import { frameOf, LIST, officersOnly, type Page, pathTo } from './parts.tsx';
import {
  answerChecklist,
  confirmRecorded,
  declineRecorded,
  MAX_AGREEMENT,
  openUpload,
  recordAgreement,
  recordedFile,
  type RecordingProblem,
  uploadAgreement,
  viewRecorded,
  withdrawRecorded,
} from './recorded.ts';
import type { RecordedAgreement } from './recorded-records.ts';
import type { Refused } from '../access/index.ts';
import type { Result } from '../kernel/result.ts';

const NEW = `${LIST}/recorded/new`;
const RECORDED = `${LIST}/recorded/:recorded`;

/** An agreement that was signed elsewhere: sent as a file, gone through item by item, recorded, and confirmed by the vendor. */
export function addRecordedPages(app: Hono<AppEnv>, deps: AgreementDeps): void {
  app.get(NEW, (c) => uploadPage(c, deps, emptyForm));
  app.post(NEW, (c) => upload(c, deps));
  app.get(RECORDED, (c) => recordedPage(c, deps, emptyForm));
  app.post(RECORDED, (c) => answer(c, deps));
  app.get(`${RECORDED}/agreement.pdf`, async (c) => {
    const found = await recordedFile(deps, requireActing(c), idOf(c));
    if (!found.ok) return refusedPage(c, found.error);
    return found.value === undefined ? notFoundPage(c) : pdfAnswer(c, found.value);
  });
  app.post(`${RECORDED}/record`, async (c) =>
    done(c, 'recorded', await recordAgreement(deps, requireActing(c), idOf(c), await shownIn(c))),
  );
  app.post(`${RECORDED}/confirm`, async (c) =>
    done(c, 'confirmed', await confirmRecorded(deps, requireActing(c), idOf(c), await shownIn(c))),
  );
  app.post(`${RECORDED}/decline`, async (c) =>
    done(c, 'declined', await declineRecorded(deps, requireActing(c), idOf(c))),
  );
  app.post(`${RECORDED}/withdraw`, async (c) =>
    done(c, 'withdrawn', await withdrawRecorded(deps, requireActing(c), idOf(c))),
  );
}

const idOf = (c: Page) => c.req.param('recorded') ?? '';
const recordedPath = (c: Page, id: string) => pathTo(c, `/recorded/${id}`);

async function shownIn(c: Page): Promise<string> {
  return sentText(await readForm(c), 'shown') ?? '';
}

/** Where one goes when it is done; else why it was not. */
function done(
  c: Page,
  what: 'recorded' | 'confirmed' | 'declined' | 'withdrawn',
  result: Result<null, RecordingProblem | Refused>,
): Response | Promise<Response> {
  if (!result.ok) return failed(c, result.error);
  const to = {
    recorded: recordedPath(c, idOf(c)),
    confirmed: pathTo(c, `/${idOf(c)}`),
    declined: pathTo(c, ''),
    withdrawn: pathTo(c, ''),
  };
  return redirectDone(c, to[what], `agreements:done.recorded.${what}`);
}

function failed(c: Page, problem: RecordingProblem | Refused): Response | Promise<Response> {
  if (typeof problem !== 'string') return refusedPage(c, problem);
  if (problem === 'unknown') return notFoundPage(c);
  if (problem === 'step-up') return c.redirect(stepUpPath(recordedPath(c, idOf(c))), 303);
  return problemPage(c, 'conflict', { detail: c.get('t')(`agreements:recorded.problem.${problem}`) });
}

async function uploadPage(c: Page, deps: AgreementDeps, state: FormState) {
  const opened = await openUpload(deps, requireActing(c));
  if (!opened.ok) return refusedPage(c, opened.error);
  const t = c.get('t');
  return renderBusinessPage(
    c,
    opened.value.permitted,
    {
      ...frameOf(c, 'business'),
      title: t('agreements:recorded.new'),
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <Lead>{t('agreements:recorded.lead')}</Lead>
      <PostForm state={state} files>
        <TextField
          name="vendor"
          label={t('agreements:recorded.vendor')}
          description={t('agreements:recorded.vendorHint')}
          inputmode="numeric"
          size={11}
          value={c.req.query('vendor')}
        />
        <FileField
          name="file"
          label={t('agreements:recorded.file')}
          description={t('agreements:recorded.fileHint')}
          accept={['application/pdf']}
          maxBytes={MAX_AGREEMENT}
        />
        <Actions>
          <SubmitButton>{t('agreements:recorded.send')}</SubmitButton>
        </Actions>
      </PostForm>
    </>,
  );
}

const uploadForm = z.object({ vendor: z.string({ error: 'agreements:recorded.problem.no-vendor' }).max(20) });

async function upload(c: Page, deps: AgreementDeps) {
  const form = await readForm(c);
  const file = await sentFile(form);
  const parsed = parseForm(uploadForm, form);
  const missing = file === undefined ? { file: 'agreements:recorded.file-problem.missing' } : {};
  if (!parsed.ok || file === undefined)
    return uploadPage(c, deps, {
      ...formWithErrors(form, missing),
      errors: { ...(parsed.ok ? {} : parsed.error.errors), ...formWithErrors(form, missing).errors },
    });
  const sent = await uploadAgreement(deps, requireActing(c), { vendorNumber: parsed.value.vendor, file });
  if (sent.ok) return redirectDone(c, recordedPath(c, sent.value), 'agreements:done.recorded.sent');
  const { error } = sent;
  if (error === 'no-vendor' || error === 'oneself')
    return uploadPage(c, deps, formWithErrors(form, { vendor: `agreements:recorded.problem.${error}` }));
  if (typeof error === 'object' && 'file' in error)
    return uploadPage(
      c,
      deps,
      formWithErrors(form, { file: `agreements:recorded.file-problem.${error.file}` }),
    );
  return failed(c, error);
}

async function recordedPage(c: Page, deps: AgreementDeps, state: FormState) {
  const viewed = await viewRecorded(deps, requireActing(c), idOf(c));
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, found } = viewed.value;
  if (found === undefined) return notFoundPage(c);
  const { recorded, shown } = found;
  if (recorded.confirmedAt !== null) return c.redirect(pathTo(c, `/${recorded.id}`), 303);
  const t = c.get('t');
  const side = recorded.businessId === permitted.facts.business?.id ? 'business' : 'vendor';
  const path = recordedPath(c, recorded.id);
  const closed = officersOnly(c, permitted);
  const drafting = side === 'business' && recorded.recordedAt === null;
  return renderBusinessPage(
    c,
    permitted,
    {
      ...frameOf(c, side),
      title: t('agreements:recorded.title', {
        name: side === 'business' ? recorded.vendorName : recorded.businessName,
      }),
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <Lead>{t(`agreements:recorded.step.${drafting ? 'check' : side}`)}</Lead>
      <RecordedFacts recorded={recorded} />
      <Actions>
        <LinkButton href={`${path}/agreement.pdf`} variant="secondary">
          {t('agreements:recorded.download')}
        </LinkButton>
      </Actions>
      {drafting ? (
        <CheckForm recorded={recorded} state={state} disabledReason={closed} />
      ) : (
        <CheckTable checklist={recorded.checklist} />
      )}
      {drafting ? <Gaps gaps={gapsOf(recorded.checklist)} dated={recorded.signedOn !== null} /> : null}
      {side === 'vendor' || (drafting && isWhole(recorded)) ? (
        <Section title={t(`agreements:recorded.sign.${side}.title`)}>
          <p>{t(`agreements:recorded.sign.${side}.text`)}</p>
          <StepUp c={c} permitted={permitted} preview={{ otherOfficers: [] }}>
            <PostForm action={`${path}/${side === 'vendor' ? 'confirm' : 'record'}`}>
              <HiddenField name="shown" value={shown} />
              <Actions>
                <SubmitButton disabledReason={closed}>
                  {t(`agreements:recorded.sign.${side}.button`)}
                </SubmitButton>
              </Actions>
            </PostForm>
          </StepUp>
        </Section>
      ) : null}
      <PostForm action={`${path}/${side === 'vendor' ? 'decline' : 'withdraw'}`}>
        <Actions>
          <SubmitButton variant="secondary" color="danger" disabledReason={closed}>
            {t(`agreements:recorded.drop.${side}`)}
          </SubmitButton>
        </Actions>
      </PostForm>
    </>,
  );
}

const isWhole = ({ checklist, signedOn }: RecordedAgreement) =>
  signedOn !== null && gapsOf(checklist).length === 0;

/** Who has sent, recorded and confirmed it, and for how long it holds. */
export function RecordedFacts({ recorded }: { readonly recorded: RecordedAgreement }) {
  const { t } = useRequest();
  const party = (name: string, number: string) => `${name}, ${formatOrganisationNumber(number)}`;
  const by = (key: string, name: string | null, at: Date | null) =>
    name === null || at === null
      ? []
      : [
          {
            term: t(`agreements:recorded.by.${key}`),
            value: (
              <>
                {name}, <DateText date={at} time />
              </>
            ),
          },
        ];
  return (
    <DescriptionList
      items={[
        { term: t('agreements:side.business'), value: party(recorded.businessName, recorded.businessNumber) },
        { term: t('agreements:side.vendor'), value: party(recorded.vendorName, recorded.vendorNumber) },
        { term: t('agreements:recorded.fileName'), value: recorded.fileName },
        {
          term: t('agreements:verify.hash'),
          value: <code class="break">{recorded.sha256.toString('hex')}</code>,
        },
        ...(recorded.signedOn === null
          ? []
          : [{ term: t('agreements:recorded.signedOn'), value: <DateText date={recorded.signedOn} /> }]),
        {
          term: t('agreements:recorded.lastDay'),
          value:
            recorded.lastDay === null ? (
              t('agreements:recorded.openEnded')
            ) : (
              <DateText date={recorded.lastDay} />
            ),
        },
        ...by('uploaded', recorded.uploadedByName, recorded.uploadedAt),
        ...by('recorded', recorded.recordedByName, recorded.recordedAt),
        ...by('confirmed', recorded.confirmedByName, recorded.confirmedAt),
      ]}
    />
  );
}

/** What was found in the agreement, item by item. */
export function CheckTable({ checklist }: { readonly checklist: Checklist }) {
  const { t } = useRequest();
  return (
    <Section title={t('agreements:recorded.checklist')}>
      <Table
        caption={t('agreements:recorded.checklist')}
        captionHidden
        rows={CHECK_ITEMS.map((item) => ({ item, ...checklist[item] }))}
        columns={[
          { header: t('agreements:recorded.item'), cell: ({ item }) => t(`agreements:check.${item}`) },
          {
            header: t('agreements:recorded.answer'),
            cell: ({ answer: given }) => t(`agreements:recorded.choice.${given ?? 'none'}`),
          },
          { header: t('agreements:recorded.where'), cell: ({ where }) => where },
        ]}
      />
    </Section>
  );
}

type CheckFormProps = {
  readonly recorded: RecordedAgreement;
  readonly state: FormState;
  readonly disabledReason: string | undefined;
};

/** The questions, with what has been answered; some may wait. */
function CheckForm({ recorded, state, disabledReason }: CheckFormProps) {
  const { t } = useRequest();
  return (
    <Section title={t('agreements:recorded.checklist')}>
      <p>{t('agreements:recorded.checklistText')}</p>
      <PostForm state={state}>
        <DateField
          name="signedOn"
          label={t('agreements:recorded.signedOn')}
          value={recorded.signedOn ?? undefined}
          optional
        />
        <DateField
          name="lastDay"
          label={t('agreements:recorded.lastDay')}
          description={t('agreements:recorded.lastDayHint')}
          value={recorded.lastDay ?? undefined}
          optional
        />
        {CHECK_ITEMS.map((item) => (
          <>
            <RadioGroup
              name={`answer-${item}`}
              label={t(`agreements:check.${item}`)}
              value={recorded.checklist[item].answer}
              optional
              choices={(['yes', 'no'] as const).map((value) => ({
                value,
                label: t(`agreements:recorded.choice.${value}`),
              }))}
            />
            <TextField
              name={`where-${item}`}
              label={t('agreements:recorded.whereOf', { item: t(`agreements:check.${item}`) })}
              value={recorded.checklist[item].where}
              maxlength={200}
              optional
            />
          </>
        ))}
        <Actions>
          <SubmitButton disabledReason={disabledReason}>{t('agreements:recorded.save')}</SubmitButton>
        </Actions>
      </PostForm>
    </Section>
  );
}

/** Why it cannot be recorded yet. */
function Gaps({ gaps, dated }: { readonly gaps: readonly Gap[]; readonly dated: boolean }) {
  const { t } = useRequest();
  if (gaps.length === 0 && dated) return null;
  return (
    <Alert color="warning" title={t('agreements:recorded.gaps')}>
      <ul class="ds-list">
        {dated ? null : <li>{t('agreements:recorded.gap.date')}</li>}
        {gaps.map(({ item, gap }) => (
          <li>
            {t(`agreements:check.${item}`)} <Tag color="warning">{t(`agreements:recorded.gap.${gap}`)}</Tag>
          </li>
        ))}
      </ul>
      <p>{t('agreements:recorded.gapsText')}</p>
    </Alert>
  );
}

const dateOf = z.string().transform(toDay()).nullable().default(null);

const answersForm = z.object({ signedOn: dateOf, lastDay: dateOf }).catchall(z.unknown());
const answerOf = z.enum(['yes', 'no']).optional().catch(undefined);
const whereOf = z.string().max(200).catch('');

async function answer(c: Page, deps: AgreementDeps) {
  const form = await readForm(c);
  const parsed = parseForm(answersForm, form);
  if (!parsed.ok) return recordedPage(c, deps, parsed.error);
  const { signedOn, lastDay, ...given } = parsed.value;
  const checklist = checklistOf((item) => ({
    answer: answerOf.parse(given[`answer-${item}`]),
    where: whereOf.parse(given[`where-${item}`]),
  }));
  const answered = await answerChecklist(deps, requireActing(c), idOf(c), { checklist, signedOn, lastDay });
  if (answered.ok) return redirectDone(c, recordedPath(c, idOf(c)), 'agreements:done.recorded.saved');
  const fields = { 'signed-on': 'signedOn', 'last-day': 'lastDay' } as const;
  if (answered.error === 'signed-on' || answered.error === 'last-day') {
    const key = `agreements:recorded.problem.${answered.error}`;
    return recordedPage(c, deps, formWithErrors(form, { [fields[answered.error]]: key }));
  }
  return failed(c, answered.error);
}
