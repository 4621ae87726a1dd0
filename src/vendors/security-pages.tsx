import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from '../access/index.ts';
import { Actions, DateText, Lead, Section, Table, Tag } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { problemPage } from '../web/errors.tsx';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { PostForm, RadioGroup, SubmitButton, TextField } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { useRequest } from '../web/request.ts';
import {
  answersBy,
  isOld,
  SECURITY_GROUPS,
  SECURITY_QUESTIONS,
  type SecurityAnswer,
  type SecurityGroup,
  type SecurityQuestion,
  summaryOf,
} from './security.ts';
import { answerSecurity, type GivenAnswers, openSecurityForm } from './security-actions.ts';
import type { VendorDeps } from './grants.ts';

type Page = Context<AppEnv>;
const VENDOR = '/business/vendor';
const GROUPS: readonly [SecurityGroup, readonly SecurityQuestion[]][] = Object.entries(SECURITY_GROUPS) as [
  SecurityGroup,
  readonly SecurityQuestion[],
][];

/** Where a vendor's officers answer how they keep data safe. */
export function addSecurityPages(app: Hono<AppEnv>, deps: Pick<VendorDeps, 'database'>): void {
  app.get(`${VENDOR}/security`, (c) => formPage(c, deps, emptyForm));
  app.post(`${VENDOR}/security`, (c) => answer(c, deps));
}

async function formPage(c: Page, deps: Pick<VendorDeps, 'database'>, state: FormState) {
  const acting = requireActing(c);
  const opened = await openSecurityForm(deps, acting);
  if (!opened.ok) return refusedPage(c, opened.error);
  const { permitted, answers } = opened.value;
  const t = c.get('t');
  const given = answersBy(answers);
  return renderBusinessPage(
    c,
    permitted,
    {
      section: 'business',
      side: 'vendor',
      title: t('vendors:security.title'),
      breadcrumbs: [{ label: t('vendors:own.title'), href: businessPath(acting, VENDOR) }],
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <Lead>{t('vendors:security.lead')}</Lead>
      <PostForm state={state}>
        {GROUPS.map(([group, questions]) => (
          <Section title={t(`vendors:security.group.${group}`)}>
            {questions.map((question) => (
              <>
                <RadioGroup
                  name={`answer-${question}`}
                  label={t(`vendors:security.question.${question}`)}
                  value={given.get(question)?.answer ?? 'none'}
                  choices={(['yes', 'no', 'none'] as const).map((value) => ({
                    value,
                    label: t(`vendors:security.choice.${value}`),
                  }))}
                />
                <TextField
                  name={`evidence-${question}`}
                  label={t('vendors:security.evidenceOf', {
                    question: t(`vendors:security.question.${question}`),
                  })}
                  value={given.get(question)?.evidence}
                  maxlength={500}
                  optional
                />
              </>
            ))}
          </Section>
        ))}
        <p>{t('vendors:security.standBy')}</p>
        <Actions>
          <SubmitButton>{t('vendors:security.publish')}</SubmitButton>
        </Actions>
      </PostForm>
    </>,
  );
}

const givenForm = z.object({}).catchall(z.string().max(500));
const choiceOf = z.enum(['yes', 'no', 'none']).catch('none');

async function answer(c: Page, deps: Pick<VendorDeps, 'database'>) {
  const form = await readForm(c);
  const parsed = parseForm(givenForm, form);
  if (!parsed.ok) return formPage(c, deps, parsed.error);
  const sent = parsed.value;
  const entries = SECURITY_QUESTIONS.map((question) => [
    question,
    { answer: choiceOf.parse(sent[`answer-${question}`]), evidence: sent[`evidence-${question}`] ?? '' },
  ]);
  const given = Object.fromEntries(entries) as GivenAnswers;
  const answered = await answerSecurity(deps, requireActing(c), given);
  if (answered.ok) {
    return redirectDone(c, businessPath(requireActing(c), `${VENDOR}/security`), 'vendors:done.answered');
  }
  if (answered.error === 'no-evidence') {
    const bare = SECURITY_QUESTIONS.filter(
      (one) => given[one].answer === 'yes' && given[one].evidence === '',
    );
    const errors = bare.map((one) => [`evidence-${one}`, 'vendors:security.noEvidence'] as const);
    return formPage(c, deps, formWithErrors(form, Object.fromEntries(errors)));
  }
  if (answered.error === 'not-a-vendor')
    return problemPage(c, 'conflict', { detail: c.get('t')('vendors:problem.not-a-vendor') });
  return refusedPage(c, answered.error);
}

type AnswersProps = { readonly answers: readonly SecurityAnswer[]; readonly now: Date };

/** How many questions a vendor has answered with yes, no or not at all, and how many answers are old. */
export function SecuritySummary({ answers, now }: AnswersProps) {
  const { t } = useRequest();
  const { yes, no, unanswered, old } = summaryOf(answers, now);
  return (
    <p>
      {t('vendors:security.summary', { yes, no, unanswered })}
      {old === 0 ? null : (
        <>
          {' '}
          <Tag color="warning">{t('vendors:security.old', { count: old })}</Tag>
        </>
      )}
    </p>
  );
}

/** A vendor's answers in the vendor's own words, each with its day; those older than twelve months are marked. */
export function SecurityAnswers({ answers, now }: AnswersProps) {
  const { t } = useRequest();
  const given = answersBy(answers);
  return (
    <>
      {GROUPS.map(([group, questions]) => (
        <Table
          caption={t(`vendors:security.group.${group}`)}
          rows={questions.map((question) => ({ question, given: given.get(question) }))}
          columns={[
            {
              header: t('vendors:security.asked'),
              cell: ({ question }) => t(`vendors:security.question.${question}`),
            },
            {
              header: t('vendors:security.answer'),
              cell: ({ given: one }) => (
                <Tag color={one?.answer === 'yes' ? 'success' : one?.answer === 'no' ? 'danger' : 'neutral'}>
                  {t(`vendors:security.choice.${one?.answer ?? 'none'}`)}
                </Tag>
              ),
            },
            { header: t('vendors:security.evidence'), cell: ({ given: one }) => one?.evidence ?? '' },
            {
              header: t('vendors:security.answeredAt'),
              cell: ({ given: one }) =>
                one === undefined ? (
                  ''
                ) : (
                  <>
                    <DateText date={one.answeredAt} />{' '}
                    {isOld(one.answeredAt, now) ? (
                      <Tag color="warning">{t('vendors:security.isOld')}</Tag>
                    ) : null}
                  </>
                ),
            },
          ]}
        />
      ))}
    </>
  );
}
