import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { businessPath, refusedPage, renderBusinessPage, requireActing, RightList } from '../access/index.ts';
import { endToLastDay } from '../kernel/dates.ts';
import { nok } from '../kernel/money.ts';
import type { ValueOf } from '../kernel/result.ts';
import {
  Actions,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  Money,
  Section,
  Table,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { problemPage } from '../web/errors.tsx';
import { parseForm, readForm } from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import type { VendorDeps } from './grants.ts';
import { answerMerger, draftForSuccessor, type Succession, viewMergers } from './mergers.ts';

type Page = Context<AppEnv>;
type Asked = ValueOf<typeof viewMergers>['mergers'][number];

const LIST = '/business/access';
const MERGERS = `${LIST}/mergers`;

/** Where an officer says whether the business wants the one that took a vendor over. */
export function addMergerPages(app: Hono<AppEnv>, deps: VendorDeps): void {
  app.get(MERGERS, (c) => mergersPage(c, deps));
  app.post(MERGERS, (c) => answer(c, deps));
}

/** On the page of a vendor that has taken others over: how many of their customers have answered what. */
export function Successions({
  c,
  takenOver,
}: {
  readonly c: Page;
  readonly takenOver: readonly Succession[];
}) {
  const t = c.get('t');
  if (takenOver.length === 0) return null;
  return (
    <Section title={t('vendors:merger.own')}>
      <p>{t('vendors:merger.ownText')}</p>
      <Table
        caption={t('vendors:merger.own')}
        captionHidden
        rows={takenOver}
        columns={[
          { header: t('vendors:column.vendor'), cell: (row) => row.vendorName },
          { header: t('vendors:merger.from'), cell: (row) => <DateText date={row.mergedOn} /> },
          ...(['yes', 'no', 'waiting'] as const).map((key) => ({
            header: t(`vendors:merger.count.${key}`),
            cell: (row: Succession) => String(row[key]),
            align: 'end' as const,
          })),
        ]}
      />
    </Section>
  );
}

async function mergersPage(c: Page, deps: VendorDeps) {
  const acting = requireActing(c);
  const viewed = await viewMergers(deps, acting);
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, mergers } = viewed.value;
  const t = c.get('t');
  return renderBusinessPage(
    c,
    permitted,
    {
      section: 'business',
      side: 'access',
      title: t('vendors:merger.title'),
      breadcrumbs: [{ label: t('access:title'), href: businessPath(acting, LIST) }],
      narrow: true,
    },
    <>
      <Lead>{t('vendors:merger.lead')}</Lead>
      {mergers.length === 0 ? <EmptyState title={t('vendors:merger.none')} /> : null}
      {mergers.map((merger) => (
        <MergerSection c={c} merger={merger} />
      ))}
    </>,
  );
}

function MergerSection({ c, merger }: { readonly c: Page; readonly merger: Asked }) {
  const t = c.get('t');
  const { mandate, mandateId, agreedAt, feeOre } = merger;
  const names = { vendor: merger.vendorName, successor: merger.successorName };
  const mandatePath = businessPath(requireActing(c), `${LIST}/mandates/${mandateId ?? ''}`);
  return (
    <Section title={t('vendors:merger.of', names)}>
      <DescriptionList
        items={[
          { term: t('vendors:merger.from'), value: <DateText date={merger.mergedOn} /> },
          ...(mandate === undefined
            ? []
            : [
                {
                  term: t('vendors:merger.mandate'),
                  value: (
                    <>
                      <RightList rights={mandate.rights} />
                      <Link href={mandatePath}>{t('vendors:form.seeMandate')}</Link>
                    </>
                  ),
                },
                { term: t('vendors:merger.until'), value: <DateText date={endToLastDay(mandate.endsAt)} /> },
              ]),
          ...(agreedAt === null
            ? []
            : [{ term: t('vendors:merger.agreement'), value: <DateText date={agreedAt} /> }]),
          ...(feeOre === null
            ? []
            : [{ term: t('vendors:merger.quote'), value: <Money amount={nok(feeOre)} /> }]),
        ]}
      />
      {merger.wants === null ? <Answer c={c} merger={merger} /> : <Answered c={c} merger={merger} />}
    </Section>
  );
}

function Answer({ c, merger }: { readonly c: Page; readonly merger: Asked }) {
  const t = c.get('t');
  const name = merger.successorName;
  return (
    <>
      <p>{t('vendors:merger.text', { name })}</p>
      <PostForm action={businessPath(requireActing(c), MERGERS)}>
        <HiddenField name="merger" value={merger.id} />
        <Actions>
          <SubmitButton name="answer" value="yes">
            {t('vendors:merger.yes', { name })}
          </SubmitButton>
          <SubmitButton name="answer" value="no" variant="secondary">
            {t('vendors:merger.no')}
          </SubmitButton>
        </Actions>
      </PostForm>
    </>
  );
}

function Answered({ c, merger }: { readonly c: Page; readonly merger: Asked }) {
  const t = c.get('t');
  return (
    <>
      <p>
        {t(merger.wants === true ? 'vendors:merger.saidYes' : 'vendors:merger.saidNo', {
          name: merger.answeredByName ?? '',
        })}{' '}
        {merger.answeredAt === null ? null : <DateText date={merger.answeredAt} time />}
      </p>
      {merger.wants === true ? <Next c={c} merger={merger} /> : null}
    </>
  );
}

/** After a yes: the way on to the mandate, until it is given, and then that it is. */
function Next({ c, merger }: { readonly c: Page; readonly merger: Asked }) {
  const t = c.get('t');
  const acting = requireActing(c);
  const { mandateId, successorMandateId, successorName: name } = merger;
  if (successorMandateId !== null)
    return (
      <p>
        {t('vendors:merger.given', { name })}{' '}
        <Link href={businessPath(acting, `${LIST}/mandates/${successorMandateId}`)}>
          {t('vendors:form.seeMandate')}
        </Link>
      </p>
    );
  if (mandateId === null) return <p>{t('vendors:merger.notGiven', { name })}</p>;
  return (
    <>
      <p>{t('vendors:merger.toDo', { name })}</p>
      <PostForm action={businessPath(acting, MERGERS)}>
        <HiddenField name="merger" value={merger.id} />
        <Actions>
          <SubmitButton name="answer" value="go-on">
            {t('vendors:merger.goOn')}
          </SubmitButton>
          <LinkButton href={businessPath(acting, LIST)} variant="tertiary">
            {t('access:title')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>
  );
}

const answerForm = z.object({ merger: z.string(), answer: z.enum(['yes', 'no', 'go-on']) });

async function answer(c: Page, deps: VendorDeps) {
  const acting = requireActing(c);
  const parsed = parseForm(answerForm, await readForm(c));
  const nothing = () => problemPage(c, 'conflict', { detail: c.get('t')('vendors:merger.answered') });
  const { merger: mergerId, answer: said } = parsed.ok ? parsed.value : { merger: '', answer: 'no' };
  if (said !== 'go-on') {
    const answered = await answerMerger(deps, acting, { mergerId, wants: said === 'yes' });
    if (!answered.ok) return typeof answered.error === 'string' ? nothing() : refusedPage(c, answered.error);
    if (!answered.value.toGive)
      return redirectDone(
        c,
        businessPath(acting, MERGERS),
        said === 'no' ? 'vendors:done.mergerNo' : 'vendors:done.mergerYes',
      );
  }
  const draft = await draftForSuccessor(deps, acting, mergerId);
  if (draft === undefined) return nothing();
  const { draftId, successorNumber } = draft;
  const path =
    draftId === undefined ? `${LIST}/vendors/${successorNumber}` : `${LIST}/vendor-drafts/${draftId}`;
  return c.redirect(businessPath(acting, path), 303);
}
