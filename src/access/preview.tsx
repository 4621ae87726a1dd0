import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { eidsOf } from '../identity/index.ts';
import { formatDate } from '../kernel/dates.ts';
import { Alert, DateText, DescriptionList, Section, Table } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { PostForm, SubmitButton } from '../web/forms.tsx';
import { useRequest } from '../web/request.ts';
import type { Permitted } from './actions.ts';
import { type Holder, type Proposal, stepUpFresh } from './grants.ts';
import { LimitText, RightList, ScopeText, TermsChanges } from './parts.tsx';
import type { Preview } from './previews.ts';
import { GRANTABLE, grantableRights, RIGHTS } from './rules.ts';
import type { Sight } from './sight.ts';
import { heldFor } from './clearances.ts';
import { StepUpFirst } from './step-up.tsx';
import { businessPath, renderBusinessPage, requireActing } from './web.tsx';
import type { NameableWorker } from './worker-records.ts';

const LIST = '/business/access';

type PreviewPage = {
  readonly title: string;
  /** Shown again because something has changed since it was read. */
  readonly warning?: string | undefined;
  /** Shown again because the form under it was not filled in. */
  readonly failed?: boolean;
};

/** The page of a preview, with what to look at once more. */
export function renderPreview(
  c: Context<AppEnv>,
  permitted: Permitted,
  { title, warning, failed = false }: PreviewPage,
  body: Child,
): Response | Promise<Response> {
  return renderBusinessPage(
    c,
    permitted,
    {
      title,
      section: 'business',
      side: 'access',
      breadcrumbs: [{ label: c.get('t')('access:title'), href: businessPath(requireActing(c), LIST) }],
      narrow: true,
      status: failed ? 422 : warning === undefined ? 200 : 409,
    },
    <>
      {warning === undefined ? null : (
        <Alert color="warning" live>
          {warning}
        </Alert>
      )}
      {body}
    </>,
  );
}

type ProposalPreviewProps = {
  readonly holder: Holder;
  readonly name: string;
  readonly proposal: Proposal;
  readonly preview: Preview;
};

/**
 * What the holder will be able to do, will not, and never will; whom it reaches and what it sees of them, with an example;
 * and what is different from the mandate that it replaces.
 */
export function ProposalPreview({ holder, name, proposal, preview }: ProposalPreviewProps) {
  const { t } = useRequest();
  const withheld = grantableRights(holder).filter((right) => !proposal.rights.includes(right));
  const never = RIGHTS.filter((right) => GRANTABLE[right][holder] === 'never');
  return (
    <>
      {preview.changes === undefined ? null : (
        <Alert color="warning" title={t('access:replaces')}>
          <TermsChanges changes={preview.changes} names={preview.names} />
          {holder === 'vendor' ? <p>{t('access:replacesPeople', { name })}</p> : null}
        </Alert>
      )}
      {preview.beyondAsked === undefined ? null : (
        <Asked changes={preview.beyondAsked} {...{ name, preview }} />
      )}
      <DescriptionList
        items={[
          { term: t('access:preview.can', { name }), value: <RightList rights={proposal.rights} /> },
          ...(withheld.length === 0
            ? []
            : [{ term: t('access:preview.cannot', { name }), value: <RightList rights={withheld} /> }]),
          { term: t('access:preview.never', { name }), value: <RightList rights={never} /> },
          {
            term: t('access:column.units'),
            value: <ScopeText scope={proposal} names={preview.names} />,
          },
          {
            term: t('access:column.firstDay'),
            value:
              proposal.firstDay === null ? t('access:preview.atOnce') : <DateText date={proposal.firstDay} />,
          },
          { term: t('access:column.lastDay'), value: <DateText date={proposal.lastDay} /> },
          { term: t('access:form.purpose'), value: proposal.purpose },
          { term: t('access:form.limits'), value: <LimitText limits={proposal.limits} /> },
        ]}
      />
      <SightPreview holder={holder} name={name} preview={preview} />
    </>
  );
}

type AskedProps = {
  readonly changes: NonNullable<Preview['beyondAsked']>;
  readonly name: string;
  readonly preview: Preview;
};

/** How what is given differs from what the holder asked for. */
function Asked({ changes, name, preview }: AskedProps) {
  const { t } = useRequest();
  if (changes.length === 0) return <Alert>{t('access:request.asAsked', { name })}</Alert>;
  return (
    <Alert color="warning" title={t('access:request.differs', { name })}>
      <TermsChanges changes={changes} names={preview.names} />
    </Alert>
  );
}

type SightProps = { readonly holder: Holder; readonly name: string; readonly preview: Preview };

/** Which fields of which people the holder sees, with one real worker as the example. */
function SightPreview({ holder, name, preview }: SightProps) {
  const { t } = useRequest();
  const { sights, people } = preview;
  const title = t('access:sight.title', { name });
  return (
    <Section title={title}>
      {sights.length === 0 ? (
        <p>{t('access:sight.nothing')}</p>
      ) : (
        <Table
          caption={title}
          captionHidden
          rows={sights}
          columns={[
            {
              header: t('access:sight.whose'),
              cell: (sight) => t(`access:sight.${sight.people}.${holder}`, { count: people?.count ?? 0 }),
            },
            {
              header: t('access:sight.fields'),
              cell: (sight) => sight.fields.map((field) => t(`access:field.${field}`)).join(', '),
            },
            { header: t('access:sight.example'), cell: (sight) => <Example sight={sight} people={people} /> },
          ]}
        />
      )}
      {holder === 'vendor' && !sights.some((sight) => sight.people === 'listed') ? (
        <p>{t('access:preview.seesNoWorkers')}</p>
      ) : null}
    </Section>
  );
}

function Example({ sight, people }: { readonly sight: Sight; readonly people: Preview['people'] }) {
  const { t, language } = useRequest();
  if (people === undefined) return <>{t('access:sight.notYours')}</>;
  const worker = people.example;
  if (worker === undefined) return <>{t('access:sight.nobody')}</>;
  const parts = sight.fields.map((field) => {
    switch (field) {
      case 'name':
      case 'name-as-given':
        return worker.name;
      case 'birth-date':
        return t('access:sight.born', { date: formatDate(worker.birthDate, language) });
      case 'birth-year':
        return t('access:sight.bornIn', { year: yearOf(worker) });
      case 'unit':
        return worker.unitName;
      default:
        return undefined;
    }
  });
  return <>{parts.filter((part) => part !== undefined).join(', ')}</>;
}

function yearOf({ birthDate }: NameableWorker): string {
  return birthDate.slice(0, 4);
}

type StepUpProps = {
  readonly c: Context<AppEnv>;
  readonly permitted: Permitted;
  readonly preview: Pick<Preview, 'otherOfficers'>;
  /** The kept form, which another officer may be asked to confirm; none where they all find it on their own pages. */
  readonly draftId?: string;
  readonly children?: Child;
};

/** What may be confirmed only with a login at high level in the last five minutes; before that, how to get one. */
export function StepUp({ c, permitted, preview, draftId, children }: StepUpProps) {
  if (stepUpFresh(permitted.facts, permitted.now)) return <>{children}</>;
  return (
    <>
      <StepUpFirst c={c} facts={permitted.facts} />
      {permitted.facts.session?.acr === 'high' || heldFor(permitted.facts) !== undefined ? null : (
        <TooLow
          officers={preview.otherOfficers}
          askPath={
            draftId === undefined
              ? undefined
              : businessPath(requireActing(c), `${LIST}/drafts/${draftId}/ask`)
          }
        />
      )}
    </>
  );
}

/** For someone whose eID may reach no higher than substantial: which reach high, and who else can confirm. */
function TooLow({
  officers,
  askPath,
}: {
  readonly officers: readonly string[];
  readonly askPath?: string | undefined;
}) {
  const { t, language } = useRequest();
  return (
    <Alert color="warning" title={t('access:stepUp.tooLowTitle')}>
      <p>
        {t('access:stepUp.tooLow', {
          high: eidsOf('high', language),
          substantial: eidsOf('substantial', language),
        })}
      </p>
      {officers.length === 0 ? (
        <p>{t('access:stepUp.noOther')}</p>
      ) : (
        <>
          <p>{t('access:stepUp.others', { names: officers.join(', ') })}</p>
          {askPath === undefined ? null : (
            <PostForm action={askPath} class="form inline">
              <SubmitButton variant="secondary">{t('access:stepUp.ask')}</SubmitButton>
            </PostForm>
          )}
        </>
      )}
    </Alert>
  );
}
