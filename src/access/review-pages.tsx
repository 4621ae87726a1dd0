import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { csvLine, CSV_START } from '../kernel/csv.ts';
import { endToLastDay, formatDate, formatDateTime } from '../kernel/dates.ts';
import { nok } from '../kernel/money.ts';
import type { ValueOf } from '../kernel/result.ts';
import {
  Actions,
  Alert,
  Button,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  Money,
  Pagination,
  Section,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv, Translate } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { parseForm, readForm } from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { useRequest } from '../web/request.ts';
import type { ActingFor } from './actions.ts';
import { Assigned, LastUsed, mandatePath, reviewPath, StateTag } from './mandate-parts.tsx';
import type { AccessDeps } from './mandates.ts';
import { RightList, ScopeSummary } from './parts.tsx';
import type { BusinessUnit } from './records.ts';
import type { reviewNotice } from './review-decisions.ts';
import { DecidedMembers, UndecidedMembers } from './review-member-parts.tsx';
import type { DecidedMember } from './review-member-records.ts';
import { keepMember, type MemberKeepProblem } from './review-members.ts';
import { type DecidedMandate, DECISIONS, type Progress, type Review } from './review-records.ts';
import { quarterNumber, UNUSED_DAYS } from './review-rules.ts';
import {
  completeReview,
  exportRecord,
  type KeepProblem,
  keepMandate,
  viewCompletion,
  viewRecord,
  viewReview,
} from './reviews.ts';
import { StepUpFirst } from './step-up.tsx';
import { businessPath, refusedPage, renderBusinessPage, requireActing, stepUpPath } from './web.tsx';

const LIST = '/business/access';
const REVIEW = `${LIST}/review`;
const RECORD = `${LIST}/reviews/:review`;

/** The quarterly review: going through it, completing it, and its record. */
export function addReviewPages(app: Hono<AppEnv>, deps: AccessDeps): void {
  app.get(REVIEW, (c) => reviewPage(c, deps));
  app.post(`${REVIEW}/keep/:mandate`, (c) => keep(c, deps));
  app.post(`${REVIEW}/members/:member`, (c) => keepOneMember(c, deps));
  app.get(`${REVIEW}/complete`, (c) => completionPage(c, deps));
  app.post(`${REVIEW}/complete`, (c) => complete(c, deps));
  app.get(RECORD, (c) => recordPage(c, deps));
  app.post(`${RECORD}/export`, (c) => sendRecord(c, deps));
}

const side = { section: 'business', side: 'access' } as const;
const crumbs = (c: Context<AppEnv>) => [
  { label: c.get('t')('access:title'), href: businessPath(requireActing(c), LIST) },
];
const titleOf = (t: Translate, { quarter }: Pick<Review, 'quarter'>) =>
  t('access:review.title', quarterNumber(quarter));

// On the Access page ---------------------------------------------------------------------------------------------------

type NoticeProps = {
  readonly status: Awaited<ReturnType<typeof reviewNotice>>;
  readonly acting: ActingFor;
  readonly now: Date;
};

/** The review that is open, how much of it is left, and until when. */
export function ReviewNotice({ status, acting, now }: NoticeProps) {
  const { t } = useRequest();
  if (status === undefined) return null;
  const { review, progress } = status;
  if (progress !== undefined && !concerns(progress) && !concerns(progress.members)) return null;
  return (
    <Alert color={now >= review.dueAt ? 'danger' : 'info'} title={titleOf(t, review)}>
      <Standing review={review} progress={progress} now={now} />
      <Actions>
        <LinkButton href={reviewPath(acting)} variant="secondary" size="sm">
          {t('access:review.go')}
        </LinkButton>
      </Actions>
    </Alert>
  );
}

/** Whether there is anything to decide on or to give back. */
function concerns({ total, suspended }: Pick<Progress, 'total' | 'suspended'>): boolean {
  return total + suspended > 0;
}

type StandingProps = {
  readonly review: Review;
  /** Undefined: too many to count here. */
  readonly progress: Progress | undefined;
  readonly now: Date;
};

function leftText(t: Translate, progress: Progress | undefined): string {
  if (progress === undefined) return t('access:review.many');
  const { undecided, members } = progress;
  const left = [
    ...(undecided === 0 ? [] : [t('access:review.left', { count: undecided })]),
    ...(members.undecided === 0 ? [] : [t('access:review.members.left', { count: members.undecided })]),
  ];
  return left.length === 0 ? t('access:review.allDecided') : left.join(' ');
}

function Standing({ review, progress, now }: StandingProps) {
  const { t } = useRequest();
  const lastDay = endToLastDay(review.dueAt);
  return (
    <>
      <p>
        {t(now >= review.dueAt ? 'access:review.wasDue' : 'access:review.due')} <DateText date={lastDay} />.{' '}
        {leftText(t, progress)}
      </p>
      {progress === undefined || progress.suspended === 0 ? null : (
        <p>{t('access:review.suspended', { count: progress.suspended })}</p>
      )}
      {progress === undefined || progress.members.suspended === 0 ? null : (
        <p>{t('access:review.members.suspended', { count: progress.members.suspended })}</p>
      )}
    </>
  );
}

// Going through it -----------------------------------------------------------------------------------------------------

type Open = NonNullable<ValueOf<typeof viewReview>['open']>;
type Row = Open['rows'][number];

function pageIn(c: Context<AppEnv>, name: string): number {
  const wanted = Number(c.req.query(name) ?? '1');
  return Number.isSafeInteger(wanted) && wanted > 0 && wanted < 100_000 ? wanted : 1;
}

async function reviewPage(c: Context<AppEnv>, deps: AccessDeps, problem?: KeepProblem | MemberKeepProblem) {
  const acting = requireActing(c);
  const viewed = await viewReview(deps, acting, { page: pageIn(c, 'page'), members: pageIn(c, 'members') });
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, open, past } = viewed.value;
  const t = c.get('t');
  return renderBusinessPage(
    c,
    permitted,
    {
      ...side,
      title: open === undefined ? t('access:review.none') : titleOf(t, open.review),
      breadcrumbs: crumbs(c),
      status: problem === undefined ? 200 : 409,
    },
    <>
      {problem === undefined ? null : <KeepAlert problem={problem} />}
      {open === undefined ? (
        <Lead>{t('access:review.noneText')}</Lead>
      ) : (
        <OpenReview open={open} acting={acting} now={permitted.now} permitted={permitted} />
      )}
      {past.length === 0 ? null : (
        <Section title={t('access:review.past')}>
          <Table
            caption={t('access:review.past')}
            captionHidden
            rows={past}
            columns={[
              {
                header: t('access:review.quarter'),
                cell: (review) => (
                  <Link href={businessPath(acting, `${LIST}/reviews/${review.id}`)}>
                    {titleOf(t, review)}
                  </Link>
                ),
              },
              { header: t('access:column.state'), cell: (review) => <Outcome review={review} /> },
            ]}
          />
        </Section>
      )}
    </>,
  );
}

function Outcome({ review }: { readonly review: Review }) {
  const { t } = useRequest();
  if (review.completedAt !== null) {
    return (
      <>
        <Tag color="success">{t('access:review.completed')}</Tag>
        <p>
          {review.completedByName}, <DateText date={review.completedAt} time />
        </p>
      </>
    );
  }
  return (
    <Tag color="warning">{t(review.lapsedAt === null ? 'access:review.open' : 'access:review.lapsed')}</Tag>
  );
}

function KeepAlert({ problem }: { readonly problem: KeepProblem | MemberKeepProblem }) {
  const { t } = useRequest();
  if (problem.kind === 'member') {
    return (
      <Alert color="warning" live>
        {t(`access:review.members.problem.${problem.reason}`)}
      </Alert>
    );
  }
  if (problem.reason !== 'decided') {
    return (
      <Alert color="warning" live>
        {t(`access:review.problem.${problem.reason}`)}
      </Alert>
    );
  }
  const { earlier } = problem;
  return (
    <Alert color="warning" title={t('access:review.problem.decided', { name: earlier.holderName })} live>
      <p>
        {t(`access:review.decision.${earlier.decision}`)}: {earlier.decidedByName},{' '}
        <DateText date={earlier.decidedAt} time />
      </p>
      <TieConfirmed decided={earlier} />
    </Alert>
  );
}

type OpenProps = {
  readonly open: Open;
  readonly acting: ActingFor;
  readonly now: Date;
  readonly permitted: Parameters<typeof StateTag>[0]['permitted'];
};

function OpenReview({ open, acting, now, permitted }: OpenProps) {
  const { t } = useRequest();
  const { review, progress, rows, counts, latest, members, units } = open;
  const left = progress.undecided + progress.members.undecided;
  return (
    <>
      <Lead>{t('access:review.lead')}</Lead>
      <Standing review={review} progress={progress} now={now} />
      {progress.total === 0 && progress.members.total > 0 ? null : (
        <Section title={t('access:review.undecided', { count: progress.undecided })}>
          <Table
            caption={t('access:review.undecided', { count: progress.undecided })}
            captionHidden
            rows={rows}
            empty={<EmptyState title={t('access:review.allDecided')} />}
            columns={[
              {
                header: t('access:column.name'),
                cell: (row) => <Holder row={row} acting={acting} permitted={permitted} />,
              },
              {
                header: t('access:column.rights'),
                cell: (row) => <Rights row={row} units={units} />,
              },
              { header: t('access:review.use'), cell: (row) => <Use row={row} /> },
              {
                header: '',
                align: 'end',
                cell: (row) => <Choices row={row} acting={acting} />,
              },
            ]}
          />
          <Pagination
            page={open.page}
            pages={open.pages}
            href={(page) => withQuery(reviewPath(acting), { page: String(page) })}
          />
        </Section>
      )}
      <UndecidedMembers members={members} count={progress.members.undecided} acting={acting} />
      <Actions>
        <LinkButton
          href={businessPath(acting, `${REVIEW}/complete`)}
          disabledReason={left > 0 ? t('access:review.notYet') : undefined}
        >
          {t('access:review.toComplete')}
        </LinkButton>
      </Actions>
      {latest.length + members.latest.length === 0 ? null : (
        <Section title={t('access:review.decided', { count: counts.keep + counts.narrow + counts.remove })}>
          <DecidedOn decided={latest} members={members.latest} units={units} acting={acting} />
          <p>
            <Link href={businessPath(acting, `${LIST}/reviews/${review.id}`)}>
              {t('access:review.seeAll')}
            </Link>
          </p>
        </Section>
      )}
    </>
  );
}

function Holder({
  row: { mandate },
  acting,
  permitted,
}: {
  readonly row: Row;
  readonly acting: ActingFor;
  readonly permitted: OpenProps['permitted'];
}) {
  const { t } = useRequest();
  return (
    <>
      <Link href={mandatePath(acting, mandate.id)}>{mandate.holderName}</Link>{' '}
      <Tag>{t(`access:holder.${mandate.holder}`)}</Tag>
      {mandate.holder === 'vendor' ? <Assigned mandate={mandate} /> : null}
      {mandate.tie === 'declared' ? (
        <p>
          {t('access:tie.declared')} {mandate.tieReason ?? ''}{' '}
          {mandate.tieConfirmedAt === null ? null : (
            <>
              {t('access:review.tieConfirmed')} <DateText date={mandate.tieConfirmedAt} />
            </>
          )}
        </p>
      ) : null}
      {mandate.tie === 'declared' ? <p>{t('access:review.tieToConfirm')}</p> : null}
      <p>
        {t('access:until')} <DateText date={endToLastDay(mandate.endsAt)} />
      </p>
      <StateTag mandate={mandate} permitted={permitted} />
    </>
  );
}

function Rights({
  row: { mandate, unused },
  units,
}: {
  readonly row: Row;
  readonly units: readonly BusinessUnit[];
}) {
  const { t } = useRequest();
  return (
    <>
      <RightList rights={mandate.rights} />
      <p>
        <ScopeSummary scope={mandate} names={{ units }} />
      </p>
      {unused.length === 0 ? null : unused.length === mandate.rights.length ? (
        <p>
          <strong>{t('access:review.unusedAll', { days: UNUSED_DAYS })}</strong>
        </p>
      ) : (
        <>
          <p>
            <strong>{t('access:review.unused', { days: UNUSED_DAYS })}</strong>
          </p>
          <RightList rights={unused} />
        </>
      )}
    </>
  );
}

function Use({ row: { mandate, figures } }: { readonly row: Row }) {
  const { t } = useRequest();
  return (
    <>
      <p>
        {t('access:column.lastUsed')}: <LastUsed at={mandate.lastUsedAt} />
      </p>
      <p>
        {t('access:review.orders', { count: figures.orders })}
        {', '}
        {t('access:review.cards', { count: figures.cards })}
      </p>
      <p>
        {t('access:review.spent')} <Money amount={nok(figures.ore)} />
      </p>
    </>
  );
}

function Choices({
  row: { mandate, unused, mayKeep },
  acting,
}: {
  readonly row: Row;
  readonly acting: ActingFor;
}) {
  const { t } = useRequest();
  const name = mandate.holderName;
  const all = unused.length === mandate.rights.length;
  const narrow = new URLSearchParams({ from: 'review' });
  for (const right of all ? [] : unused) narrow.append('without', right);
  const keepKey = mandate.tie === 'declared' ? 'keepTie' : 'keep';
  return (
    <Actions>
      <PostForm action={businessPath(acting, `${REVIEW}/keep/${mandate.id}`)} class="form inline">
        <HiddenField name="version" value={String(mandate.version)} />
        {mandate.tie === 'declared' ? <HiddenField name="tie" value="confirmed" /> : null}
        <Button
          variant="secondary"
          size="sm"
          label={t(`access:review.${keepKey}Full`, { name })}
          disabledReason={mayKeep ? undefined : t('access:review.problem.officers-only')}
        >
          {t(`access:review.${keepKey}`)}
        </Button>
      </PostForm>
      <LinkButton
        href={`${mandatePath(acting, mandate.id, '/narrow')}?${narrow.toString()}`}
        variant="secondary"
        size="sm"
        label={t('access:review.narrowFull', { name })}
      >
        {t('access:narrow.button')}
      </LinkButton>
      <LinkButton
        href={`${mandatePath(acting, mandate.id, '/remove')}?from=review`}
        variant="secondary"
        color="danger"
        size="sm"
        label={t('access:removeFull', { name })}
      >
        {t('access:remove')}
      </LinkButton>
    </Actions>
  );
}

/** That an officer stood by a declared tie; by name where somebody else took the decision. */
function TieConfirmed({ decided }: { readonly decided: DecidedMandate }) {
  const { t } = useRequest();
  const { tieConfirmedBy: name } = decided;
  if (name === null) return null;
  return (
    <p>
      {name === decided.decidedByName
        ? t('access:review.tieWasConfirmed')
        : t('access:review.tieWasConfirmedBy', { name })}
    </p>
  );
}

type DecidedProps = {
  readonly decided: readonly DecidedMandate[];
  readonly units: readonly BusinessUnit[];
  readonly acting: ActingFor;
};

/** What was decided for mandates and for members: each only where there is any. */
function DecidedOn({ members, ...mandates }: DecidedProps & { readonly members: readonly DecidedMember[] }) {
  return (
    <>
      {mandates.decided.length === 0 && members.length > 0 ? null : <Decided {...mandates} />}
      <DecidedMembers members={members} />
    </>
  );
}

/** What was decided for each mandate, by whom and when, and what was known of it. */
function Decided({ decided, units, acting }: DecidedProps) {
  const { t } = useRequest();
  return (
    <Table
      caption={t('access:review.decided', { count: decided.length })}
      captionHidden
      rows={decided}
      empty={<EmptyState title={t('access:review.nothingDecided')} />}
      columns={[
        {
          header: t('access:column.name'),
          cell: (one) => (
            <>
              <Link href={mandatePath(acting, one.mandateId)}>{one.holderName}</Link>{' '}
              <Tag>{t(`access:holder.${one.holder}`)}</Tag>
            </>
          ),
        },
        {
          header: t('access:review.decisionTitle'),
          cell: (one) => (
            <>
              <strong>{t(`access:review.decision.${one.decision}`)}</strong>
              <TieConfirmed decided={one} />
              <p>
                {one.decidedByName}, <DateText date={one.decidedAt} time />
              </p>
            </>
          ),
        },
        {
          header: t('access:column.rights'),
          cell: (one) =>
            one.decision === 'remove' ? (
              '–'
            ) : (
              <>
                <RightList rights={one.rights} />
                <p>
                  <ScopeSummary scope={one} names={{ units }} />
                </p>
              </>
            ),
        },
        {
          header: t('access:review.use'),
          cell: (one) => (
            <>
              <p>
                {t('access:column.lastUsed')}: <LastUsed at={one.lastUsedAt} />
              </p>
              <p>
                {t('access:review.orders', { count: one.orders })},{' '}
                {t('access:review.cards', { count: one.cards })}. {t('access:review.spent')}{' '}
                <Money amount={nok(one.ore)} />
              </p>
              {one.unused.length === 0 ? null : (
                <p>{t('access:review.wereUnused', { count: one.unused.length })}</p>
              )}
            </>
          ),
        },
      ]}
    />
  );
}

const keepForm = z.object({
  version: z
    .string()
    .regex(/^[0-9]{1,9}$/u)
    .transform(Number),
  tie: z.literal('confirmed').optional(),
});

async function keep(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const id = c.req.param('mandate') ?? '';
  const parsed = parseForm(keepForm, await readForm(c));
  if (!parsed.ok) return reviewPage(c, deps, { kind: 'keep', reason: 'changed' });
  const kept = await keepMandate(deps, acting, {
    id,
    version: parsed.value.version,
    tieConfirmed: parsed.value.tie === 'confirmed',
  });
  if (kept.ok) return redirectDone(c, reviewPath(acting), 'access:done.kept');
  if (kept.error.kind !== 'keep') return refusedPage(c, kept.error);
  return kept.error.reason === 'unknown' ? notFoundPage(c) : reviewPage(c, deps, kept.error);
}

async function keepOneMember(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const kept = await keepMember(deps, acting, c.req.param('member') ?? '');
  if (kept.ok) return redirectDone(c, reviewPath(acting), 'access:done.memberKept');
  if (kept.error.kind !== 'member') return refusedPage(c, kept.error);
  return kept.error.reason === 'unknown' ? notFoundPage(c) : reviewPage(c, deps, kept.error);
}

// Completing it --------------------------------------------------------------------------------------------------------

async function completionPage(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const viewed = await viewCompletion(deps, acting);
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, open } = viewed.value;
  const t = c.get('t');
  if (open === undefined) return problemPage(c, 'conflict', { detail: t('access:review.problem.none-open') });
  const { review, progress, problem, counts } = open;
  return renderBusinessPage(
    c,
    permitted,
    {
      ...side,
      title: t('access:review.completeTitle'),
      breadcrumbs: [...crumbs(c), { label: titleOf(t, review), href: reviewPath(acting) }],
      narrow: true,
    },
    <>
      <p>{t('access:review.completeText')}</p>
      <DescriptionList
        items={DECISIONS.map((decision) => ({
          term: t(`access:review.decision.${decision}`),
          value: String(counts[decision]),
        }))}
      />
      {progress.suspended === 0 ? null : <p>{t('access:review.givesBack', { count: progress.suspended })}</p>}
      {progress.members.suspended === 0 ? null : (
        <p>{t('access:review.members.givesBack', { count: progress.members.suspended })}</p>
      )}
      {problem === 'step-up' ? (
        <StepUpFirst c={c} facts={permitted.facts} />
      ) : (
        <PostForm>
          <Actions>
            <SubmitButton
              disabledReason={problem === undefined ? undefined : t(`access:review.cannot.${problem}`)}
            >
              {t('access:review.complete')}
            </SubmitButton>
            <LinkButton href={reviewPath(acting)} variant="tertiary">
              {t('access:cancel')}
            </LinkButton>
          </Actions>
        </PostForm>
      )}
    </>,
  );
}

async function complete(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const completed = await completeReview(deps, acting);
  if (completed.ok) {
    const path = businessPath(acting, `${LIST}/reviews/${completed.value.reviewId}`);
    return redirectDone(c, path, 'access:done.reviewed');
  }
  switch (completed.error) {
    case 'none-open':
      return problemPage(c, 'conflict', { detail: c.get('t')('access:review.problem.none-open') });
    case 'step-up':
      return c.redirect(stepUpPath(c.req.path), 303);
    case 'undecided':
    case 'officers-only':
      return problemPage(c, 'conflict', { detail: c.get('t')(`access:review.cannot.${completed.error}`) });
    default:
      return refusedPage(c, completed.error);
  }
}

// Its record -----------------------------------------------------------------------------------------------------------

async function recordPage(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const viewed = await viewRecord(deps, acting, c.req.param('review') ?? '');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, review, decided, members, units } = viewed.value;
  if (review === undefined) return notFoundPage(c);
  const t = c.get('t');
  const { business } = permitted.facts;
  return renderBusinessPage(
    c,
    permitted,
    { ...side, title: titleOf(t, review), breadcrumbs: crumbs(c) },
    <>
      <DescriptionList
        items={[
          {
            term: t('access:review.business'),
            value: `${business?.name ?? ''}, ${business?.organisationNumber ?? ''}`,
          },
          { term: t('access:review.opened'), value: <DateText date={review.openedAt} time /> },
          { term: t('access:review.lastDay'), value: <DateText date={endToLastDay(review.dueAt)} /> },
          ...(review.missedAt === null
            ? []
            : [{ term: t('access:review.missed'), value: <DateText date={review.missedAt} time /> }]),
          { term: t('access:column.state'), value: <Outcome review={review} /> },
        ]}
      />
      <DecidedOn decided={decided} members={members} units={units} acting={acting} />
      <PostForm action={businessPath(acting, `${LIST}/reviews/${review.id}/export`)} class="form inline">
        <Actions>
          <SubmitButton variant="secondary">{t('access:history.export')}</SubmitButton>
        </Actions>
      </PostForm>
    </>,
  );
}

const COLUMNS = [
  'quarter',
  'who',
  'kind',
  'number',
  'decision',
  'decidedBy',
  'decidedAt',
  'rights',
  'lastDay',
  'tieConfirmedBy',
  'lastUsed',
  'orders',
  'cards',
  'kroner',
  'unused',
  'mandate',
] as const;

async function sendRecord(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const read = await exportRecord(deps, acting, c.req.param('review') ?? '');
  if (!read.ok) return refusedPage(c, read.error);
  const { review, decided, members } = read.value;
  if (review === undefined) return notFoundPage(c);
  const t = c.get('t');
  const rows = [
    ...decided.map((one) => cellsOf(c, review, one)),
    ...members.map((one) => cellsOfMember(c, review, one)),
  ];
  const lines = rows.map((row) => csvLine(COLUMNS.map((name) => row[name])));
  const head = csvLine(COLUMNS.map((name) => t(`access:review.column.${name}`)));
  return c.body(CSV_START + head + lines.join(''), 200, {
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': `attachment; filename="review-${acting.business}-${review.quarter}.csv"`,
  });
}

type Cells = Record<(typeof COLUMNS)[number], string | number | null>;

function cellsOfMember(c: Context<AppEnv>, review: Review, one: DecidedMember): Cells {
  const t = c.get('t');
  return {
    quarter: titleOf(t, review),
    who: one.name,
    kind: t('access:review.members.kind'),
    number: null,
    decision: t(`access:review.decision.${one.decision}`),
    decidedBy: one.decidedByName,
    decidedAt: formatDateTime(one.decidedAt, c.get('language')),
    rights: null,
    lastDay: null,
    tieConfirmedBy: one.decision === 'keep' ? one.decidedByName : null,
    lastUsed: null,
    orders: null,
    cards: null,
    kroner: null,
    unused: null,
    mandate: null,
  };
}

function cellsOf(c: Context<AppEnv>, review: Review, one: DecidedMandate): Cells {
  const t = c.get('t');
  const language = c.get('language');
  return {
    quarter: titleOf(t, review),
    who: one.holderName,
    kind: t(`access:history.holder.${one.holder}`),
    number: one.vendorNumber,
    decision: t(`access:review.decision.${one.decision}`),
    decidedBy: one.decidedByName,
    decidedAt: formatDateTime(one.decidedAt, language),
    rights: one.decision === 'remove' ? '' : one.rights.join(', '),
    lastDay: one.decision === 'remove' ? null : formatDate(endToLastDay(one.endsAt), language),
    tieConfirmedBy: one.tieConfirmedBy,
    lastUsed: one.lastUsedAt === null ? null : formatDateTime(one.lastUsedAt, language),
    orders: one.orders,
    cards: one.cards,
    kroner: one.ore / 100,
    unused: one.unused.join(', '),
    mandate: one.mandateId,
  };
}
