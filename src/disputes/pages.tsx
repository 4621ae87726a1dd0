import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { businessPath, refusedPage, renderBusinessPage, requireActing, wantedList } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import { isUuid } from '../kernel/ids.ts';
import {
  Actions,
  Alert,
  DateText,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  PreviousNext,
  Stack,
  Table,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { emptyForm, type FormState, parseForm, readForm } from '../web/form-parsing.ts';
import { PostForm, RadioGroup, SubmitButton, Textarea } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { answerDispute, seeDispute, seeDisputes } from './actions.ts';
import { Course, StateTag } from './parts.tsx';
import { ANSWERS, LONGEST_TEXT, mayAnswer } from './rules.ts';

type Page = Context<AppEnv>;
interface Deps {
  readonly database: Pick<Database, 'request'>;
}

const LIST = '/workers/disputes';
const ONE = `${LIST}/:dispute`;

/** The business's pages of what its workers say is wrong: a list, and each with its answer. Never a vendor's. */
export function createDisputePages(deps: Deps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(LIST, (c) => listPage(c, deps));
  app.get(ONE, (c) => disputePage(c, deps, emptyForm));
  app.post(ONE, (c) => receiveAnswer(c, deps));
  return app;
}

/** What is not an id is looked for all the same, so that it is refused as an id that leads nowhere is. */
function idOf(c: Page): string {
  const id = c.req.param('dispute');
  return isUuid(id) ? id : '00000000-0000-0000-0000-000000000000';
}

async function listPage(c: Page, deps: Deps): Promise<Response> {
  const acting = requireActing(c);
  const { page } = wantedList(c);
  const seen = await seeDisputes(deps, acting, page);
  if (!seen.ok) return refusedPage(c, seen.error);
  const { permitted, disputes, more } = seen.value;
  const t = c.get('t');
  const list = businessPath(acting, LIST);
  const at = (to: number) => withQuery(list, { page: String(to) });
  return renderBusinessPage(
    c,
    permitted,
    {
      title: t('disputes:business.title'),
      section: 'workers',
      breadcrumbs: [{ label: t('workers:list.title'), href: businessPath(acting, '/workers') }],
    },
    <>
      <Lead>{t('disputes:business.lead')}</Lead>
      <Table
        caption={t('disputes:business.title')}
        captionHidden
        rows={disputes}
        empty={<EmptyState title={t('disputes:business.none')} />}
        columns={[
          {
            header: t('disputes:business.worker'),
            cell: (one) => (
              <Link href={`${list}/${one.id}`} label={`${one.personName}: ${t(`disputes:kind.${one.kind}`)}`}>
                {one.personName}
              </Link>
            ),
          },
          { header: t('disputes:course.what'), cell: (one) => t(`disputes:kind.${one.kind}`) },
          { header: t('disputes:course.made'), cell: (one) => <DateText date={one.madeAt} /> },
          {
            header: t('disputes:course.answerBy'),
            cell: (one) => (one.answeredAt === null ? <DateText date={one.answerBy} /> : ''),
          },
          {
            header: t('disputes:course.state'),
            cell: (one) => <StateTag c={c} dispute={one} now={permitted.now} />,
          },
        ]}
      />
      <PreviousNext previous={page > 1 ? at(page - 1) : undefined} next={more ? at(page + 1) : undefined} />
    </>,
  );
}

async function disputePage(c: Page, deps: Deps, state: FormState): Promise<Response> {
  const acting = requireActing(c);
  const seen = await seeDispute(deps, acting, idOf(c));
  if (!seen.ok) return refusedPage(c, seen.error);
  const { permitted, dispute } = seen.value;
  const t = c.get('t');
  const list = businessPath(acting, LIST);
  return renderBusinessPage(
    c,
    permitted,
    {
      title: t('disputes:business.one', { name: dispute.personName }),
      section: 'workers',
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
      breadcrumbs: [
        { label: t('workers:list.title'), href: businessPath(acting, '/workers') },
        { label: t('disputes:business.title'), href: list },
      ],
    },
    <Stack>
      <Course c={c} dispute={dispute} now={permitted.now} />
      {dispute.cardId !== null && permitted.decide('cards.read', dispute).allowed ? (
        <p>
          <Link href={businessPath(acting, `/cards/${dispute.cardId}`)}>{t('disputes:business.card')}</Link>
        </p>
      ) : null}
      {mayAnswer(dispute) ? (
        <>
          <Alert color="info">
            <p>{t('disputes:business.how')}</p>
          </Alert>
          <PostForm state={state}>
            <RadioGroup
              name="answer"
              label={t('disputes:business.answer')}
              choices={ANSWERS.map((value) => ({
                value,
                label: t(`disputes:answer.${value}`),
                description: t(`disputes:business.${value}`),
              }))}
            />
            <Textarea
              name="text"
              label={t('disputes:business.text')}
              description={t('disputes:business.textHint', { most: LONGEST_TEXT })}
              maxlength={LONGEST_TEXT}
              rows={5}
            />
            <Actions>
              <SubmitButton>{t('disputes:business.send')}</SubmitButton>
              <LinkButton href={list} variant="tertiary">
                {t('disputes:business.cancel')}
              </LinkButton>
            </Actions>
          </PostForm>
        </>
      ) : null}
    </Stack>,
  );
}

const answerForm = z.object({
  answer: z.enum(ANSWERS, { error: 'web:form.choose' }),
  text: z.string({ error: 'disputes:error.answer' }).max(LONGEST_TEXT, { error: 'disputes:error.long' }),
});

async function receiveAnswer(c: Page, deps: Deps): Promise<Response> {
  const parsed = parseForm(answerForm, await readForm(c));
  if (!parsed.ok) return disputePage(c, deps, parsed.error);
  const acting = requireActing(c);
  const disputeId = idOf(c);
  const answered = await answerDispute(deps, acting, { disputeId, ...parsed.value });
  const path = businessPath(acting, `${LIST}/${disputeId}`);
  if (answered.ok) return redirectDone(c, path, 'disputes:done.answered');
  // Somebody has answered before.
  return answered.error.kind === 'decided' ? c.redirect(path, 303) : refusedPage(c, answered.error);
}
