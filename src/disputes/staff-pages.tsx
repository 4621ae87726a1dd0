import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { wantedList } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import { isUuid } from '../kernel/ids.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { refusedStaffPage, type StaffActing, withStaff } from '../staff/index.ts';
import {
  Actions,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  Link,
  PreviousNext,
  Stack,
  Table,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { emptyForm, type FormState, parseForm, readForm } from '../web/form-parsing.ts';
import { PostForm, RadioGroup, SubmitButton, Textarea } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { overseeDispute, overseeDisputes, settleDispute } from './actions.ts';
import { Course, StateTag } from './parts.tsx';
import { isOwn, LONGEST_TEXT, OUTCOMES, staffDisputesPath } from './rules.ts';

type Page = Context<AppEnv>;
interface Deps {
  readonly database: Pick<Database, 'request'>;
}

const ONE = `${staffDisputesPath}/:dispute`;

/** The case officers' pages of what workers have brought to them: a list without names, and each with its decision. */
export function createDisputeStaffPages(deps: Deps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(
    staffDisputesPath,
    withStaff('case-officer', (c, acting) => listPage(c, deps, acting)),
  );
  app.get(
    ONE,
    withStaff('case-officer', (c, acting) => disputePage(c, deps, acting, emptyForm)),
  );
  app.post(
    ONE,
    withStaff('case-officer', (c, acting) => settle(c, deps, acting)),
  );
  return app;
}

/** What is not an id is looked for all the same, so that it is refused as an id that leads nowhere is. */
function idOf(c: Page): string {
  const id = c.req.param('dispute');
  return isUuid(id) ? id : '00000000-0000-0000-0000-000000000000';
}

async function listPage(c: Page, deps: Deps, acting: StaffActing): Promise<Response> {
  const { page } = wantedList(c);
  const seen = await overseeDisputes(deps, acting, page);
  if (!seen.ok) return refusedStaffPage(c, seen.error);
  const { disputes, more } = seen.value;
  const t = c.get('t');
  const at = (to: number) => withQuery(staffDisputesPath, { page: String(to) });
  return renderPage(
    c,
    { title: t('disputes:staff.title'), breadcrumbs: [{ label: t('staff:home.title'), href: '/staff' }] },
    <>
      <Lead>{t('disputes:staff.lead')}</Lead>
      <Table
        caption={t('disputes:staff.title')}
        captionHidden
        rows={disputes}
        empty={<EmptyState title={t('disputes:staff.none')} />}
        columns={[
          {
            header: t('disputes:staff.business'),
            cell: (one) => (
              <Link
                href={`${staffDisputesPath}/${one.id}`}
                label={`${one.businessName}: ${t(`disputes:kind.${one.kind}`)}`}
              >
                {one.businessName}
              </Link>
            ),
          },
          { header: t('disputes:course.what'), cell: (one) => t(`disputes:kind.${one.kind}`) },
          {
            header: t('disputes:course.brought'),
            cell: (one) => <DateText date={one.broughtAt ?? one.madeAt} />,
          },
          {
            header: t('disputes:course.state'),
            cell: (one) => <StateTag c={c} dispute={one} now={one.broughtAt ?? one.madeAt} />,
          },
        ]}
      />
      <PreviousNext previous={page > 1 ? at(page - 1) : undefined} next={more ? at(page + 1) : undefined} />
    </>,
  );
}

async function disputePage(c: Page, deps: Deps, acting: StaffActing, state: FormState): Promise<Response> {
  const seen = await overseeDispute(deps, acting, idOf(c));
  if (!seen.ok) return refusedStaffPage(c, seen.error);
  const dispute = seen.value;
  if (dispute === undefined) return notFoundPage(c);
  const t = c.get('t');
  const { businessName, businessNumber } = dispute;
  return renderPage(
    c,
    {
      title: t('disputes:staff.one', { business: businessName }),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
      breadcrumbs: [
        { label: t('staff:home.title'), href: '/staff' },
        { label: t('disputes:staff.title'), href: staffDisputesPath },
      ],
    },
    <Stack>
      <DescriptionList
        items={[
          {
            term: t('disputes:staff.business'),
            value: `${businessName} (${formatOrganisationNumber(businessNumber)})`,
          },
          { term: t('disputes:business.worker'), value: dispute.personName },
        ]}
      />
      <Course c={c} dispute={dispute} now={dispute.broughtAt ?? dispute.madeAt} />
      {dispute.settledAt !== null ? null : isOwn(dispute, c.get('session')?.personId) ? (
        <p>{t('disputes:staff.own')}</p>
      ) : (
        <PostForm state={state}>
          <RadioGroup
            name="outcome"
            label={t('disputes:staff.decision')}
            choices={OUTCOMES.map((value) => ({ value, label: t(`disputes:outcome.${value}`) }))}
          />
          <Textarea
            name="text"
            label={t('disputes:staff.text')}
            description={t('disputes:staff.textHint', { most: LONGEST_TEXT })}
            maxlength={LONGEST_TEXT}
            rows={5}
          />
          <Actions>
            <SubmitButton>{t('disputes:staff.send')}</SubmitButton>
          </Actions>
        </PostForm>
      )}
    </Stack>,
  );
}

const outcomeForm = z.object({
  outcome: z.enum(OUTCOMES, { error: 'web:form.choose' }),
  text: z.string({ error: 'disputes:error.answer' }).max(LONGEST_TEXT, { error: 'disputes:error.long' }),
});

async function settle(c: Page, deps: Deps, acting: StaffActing): Promise<Response> {
  const parsed = parseForm(outcomeForm, await readForm(c));
  if (!parsed.ok) return disputePage(c, deps, acting, parsed.error);
  const disputeId = idOf(c);
  const settled = await settleDispute(deps, acting, { disputeId, ...parsed.value });
  const path = `${staffDisputesPath}/${disputeId}`;
  if (settled.ok) return redirectDone(c, path, 'disputes:done.settled');
  // What is none is shown as none; what somebody decided before, as it was decided; and of one's own, that another decides.
  const shown = settled.error === 'missing' || settled.error === 'own';
  return shown ? c.redirect(path, 303) : refusedStaffPage(c, settled.error);
}
