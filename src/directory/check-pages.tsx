import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import {
  Actions,
  Alert,
  DateText,
  Lead,
  Link,
  LinkButton,
  Section,
  Stack,
  Table,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { emptyForm, parseForm, readForm, type FormState } from '../web/form-parsing.ts';
import { PostForm, RadioGroup, SubmitButton } from '../web/forms.tsx';
import { renderPage } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { reportPath, selfCheckPath, vendorsPath } from './paths.ts';
import {
  type Answer,
  ANSWERS,
  type Answers,
  type Mend,
  QUESTIONS,
  type QuestionKey,
  toMend,
} from './rules.ts';

type Page = Context<AppEnv>;

/** The guided self-check, `/self-check`: ten questions, and what mends what is not as it should be. Nothing is stored. */
export function addCheckPages(app: Hono<AppEnv>): void {
  app.get(selfCheckPath, (c) => questionsPage(c, emptyForm));
  app.post(selfCheckPath, async (c) => {
    const parsed = parseForm(answersForm, await readForm(c));
    return parsed.ok ? resultPage(c, parsed.value) : questionsPage(c, parsed.error);
  });
}

const answer = z.enum(ANSWERS, { error: 'directory:check.missing' });

const answersForm = z.object({
  shared: answer,
  loginPage: answer,
  person: answer,
  workers: answer,
  everyone: answer,
  contact: answer,
  agreement: answer,
  security: answer,
  breakdown: answer,
  liable: answer,
} satisfies Record<QuestionKey, z.ZodType<Answer>>);

/** The business whose pages the answers lead to, when the check was begun from them. */
function businessOf(c: Page): string | undefined {
  const number = parseOrganisationNumber(c.req.query('b') ?? '');
  return number.ok ? number.value : undefined;
}

/** Where something is mended: in the business, or where one is chosen; whoever is not logged in does that first. */
function placeOf(mend: Mend, business: string | undefined): string {
  const inside = (path: string) =>
    business === undefined ? '/businesses' : `/b/${business}/business/${path}`;
  const places: Readonly<Record<Mend, string>> = {
    access: inside('access'),
    contact: inside('contact'),
    agreements: inside('agreements'),
    costs: inside('spending'),
    sessions: '/profile',
    directory: vendorsPath,
    report: reportPath,
  };
  return places[mend];
}

function questionsPage(c: Page, state: FormState) {
  const t = c.get('t');
  return renderPage(
    c,
    {
      title: t('directory:check.title'),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <Lead>{t('directory:check.lead')}</Lead>
      <p>{t('directory:check.stored')}</p>
      <PostForm state={state}>
        {QUESTIONS.map(({ key, source }, index) => (
          <RadioGroup
            name={key}
            label={t('directory:check.numbered', {
              number: index + 1,
              question: t(`directory:check.question.${key}.ask`),
            })}
            description={t('directory:check.basedOn', { source: t(`directory:check.source.${source}`) })}
            choices={ANSWERS.map((value) => ({ value, label: t(`directory:check.answer.${value}`) }))}
          />
        ))}
        <Actions>
          <SubmitButton>{t('directory:check.submit')}</SubmitButton>
        </Actions>
      </PostForm>
    </>,
  );
}

function resultPage(c: Page, answers: Answers) {
  const t = c.get('t');
  const open = toMend(answers);
  const business = businessOf(c);
  const again = business === undefined ? selfCheckPath : withQuery(selfCheckPath, { b: business });
  return renderPage(
    c,
    { title: t('directory:check.result'), narrow: true, here: again },
    <Stack>
      {open.length === 0 ? (
        <Alert color="success" title={t('directory:check.allFine')} live>
          <p>{t('directory:check.allFineText')}</p>
        </Alert>
      ) : (
        <Alert color="warning" title={t('directory:check.toMend', { count: open.length })} live>
          <p>{t('directory:check.toMendText')}</p>
        </Alert>
      )}
      <p>
        {t('directory:check.done')} <DateText date={new Date()} />. {t('directory:check.print')}
      </p>
      {open.map(({ key, mends, source }) => (
        <Section title={t(`directory:check.question.${key}.found`)}>
          <p>{t(`directory:check.question.${key}.advice`)}</p>
          <ul class="ds-list">
            {mends.map((mend) => (
              <li>
                <Link href={placeOf(mend, business)}>{t(`directory:check.mend.${mend}`)}</Link>
              </li>
            ))}
          </ul>
          <p>{t('directory:check.basedOn', { source: t(`directory:check.source.${source}`) })}</p>
        </Section>
      ))}
      <Section title={t('directory:check.answers')}>
        <Table
          caption={t('directory:check.answers')}
          captionHidden
          rows={QUESTIONS}
          columns={[
            {
              header: t('directory:check.questionHeader'),
              cell: ({ key }) => t(`directory:check.question.${key}.ask`),
            },
            {
              header: t('directory:check.answerHeader'),
              cell: ({ key }) => t(`directory:check.answer.${answers[key]}`),
            },
          ]}
        />
      </Section>
      <Actions>
        <LinkButton href={again} variant="secondary">
          {t('directory:check.again')}
        </LinkButton>
      </Actions>
    </Stack>,
  );
}
