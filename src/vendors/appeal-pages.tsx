import type { Context, Hono } from 'hono';
import { z } from 'zod';
import {
  businessPath,
  refusedPage,
  renderBusinessPage,
  requireActing,
  StepUp,
  stepUpPath,
} from '../access/index.ts';
import { Actions, Alert, DateText, Lead, LinkButton } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { problemPage } from '../web/errors.tsx';
import { emptyForm, type FormState, parseForm, readForm } from '../web/form-parsing.ts';
import { PostForm, SubmitButton, Textarea } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { fileAppeal, openAppeal } from './appeals.ts';
import type { VendorDeps } from './grants.ts';
import type { OwnBar } from './records.ts';

type Page = Context<AppEnv>;
type Deps = Pick<VendorDeps, 'database'>;

const VENDOR = '/business/vendor';
const APPEAL = `${VENDOR}/appeal`;

/** Where an officer of a barred vendor appeals. */
export function addAppealPages(app: Hono<AppEnv>, deps: Deps): void {
  app.get(APPEAL, (c) => appealPage(c, deps, emptyForm));
  app.post(APPEAL, (c) => appeal(c, deps));
}

/** On the vendor's own page: that it is barred or will be, why, how to appeal, and what came of that. */
export function BarNotice({ c, bar, now }: { readonly c: Page; readonly bar: OwnBar; readonly now: Date }) {
  const t = c.get('t');
  const ahead = bar.barredAt > now;
  return (
    <Alert color="danger" title={t(ahead ? 'vendors:own.barAhead' : 'vendors:own.barred')}>
      <p>
        {t(ahead ? 'vendors:own.barAheadText' : 'vendors:own.barredText')}{' '}
        <DateText date={bar.barredAt} time />
      </p>
      <p>{t('vendors:own.barredReason', { reason: bar.reason })}</p>
      <p>{bar.appeal}</p>
      {bar.filedAt === null ? (
        <Actions>
          <LinkButton href={businessPath(requireActing(c), APPEAL)} variant="secondary">
            {t('vendors:appeal.button')}
          </LinkButton>
        </Actions>
      ) : (
        <p>
          {t('vendors:appeal.sent')} <DateText date={bar.filedAt} time />.{' '}
          {bar.outcomeAt === null ? (
            t('vendors:appeal.waits')
          ) : (
            <>
              {t('vendors:appeal.upheld')} <DateText date={bar.outcomeAt} time />: {bar.outcomeReason}
            </>
          )}
        </p>
      )}
    </Alert>
  );
}

async function appealPage(c: Page, deps: Deps, state: FormState) {
  const acting = requireActing(c);
  const opened = await openAppeal(deps, acting);
  if (!opened.ok) return refusedPage(c, opened.error);
  const { permitted, bar, problem } = opened.value;
  const t = c.get('t');
  return renderBusinessPage(
    c,
    permitted,
    {
      section: 'business',
      side: 'vendor',
      title: t('vendors:appeal.title'),
      breadcrumbs: [{ label: t('vendors:own.title'), href: businessPath(acting, VENDOR) }],
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    bar === undefined || problem !== undefined ? (
      <Alert>{t(`vendors:appeal.problem.${problem ?? 'not-barred'}`)}</Alert>
    ) : (
      <>
        <Lead>{t('vendors:appeal.lead')}</Lead>
        <p>{t('vendors:own.barredReason', { reason: bar.reason })}</p>
        <StepUp c={c} permitted={permitted} preview={{ otherOfficers: [] }}>
          <PostForm state={state}>
            <Textarea
              name="text"
              label={t('vendors:appeal.text')}
              description={t('vendors:appeal.textHint')}
              rows={10}
              maxlength={5000}
            />
            <Actions>
              <SubmitButton>{t('vendors:appeal.confirm')}</SubmitButton>
              <LinkButton href={businessPath(acting, VENDOR)} variant="tertiary">
                {t('access:cancel')}
              </LinkButton>
            </Actions>
          </PostForm>
        </StepUp>
      </>
    ),
  );
}

const appealForm = z.object({ text: z.string().max(5000) });

async function appeal(c: Page, deps: Deps) {
  const acting = requireActing(c);
  const parsed = parseForm(appealForm, await readForm(c));
  if (!parsed.ok) return appealPage(c, deps, parsed.error);
  const filed = await fileAppeal(deps, acting, parsed.value.text);
  if (filed.ok) return redirectDone(c, businessPath(acting, VENDOR), 'vendors:done.appealed');
  if (typeof filed.error !== 'string') return refusedPage(c, filed.error);
  if (filed.error === 'step-up') return c.redirect(stepUpPath(c.req.path), 303);
  return problemPage(c, 'conflict', { detail: c.get('t')(`vendors:appeal.problem.${filed.error}`) });
}
