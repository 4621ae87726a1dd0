import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { refusedStaffPage, type StaffActing, withStaff } from '../staff/index.ts';
import { Alert, DateText, EmptyState, Lead, Stack, Table } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { parseForm, readForm } from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import type { OverseenMove } from './move-records.ts';
import { Suspicions } from './move-pages.tsx';
import { changedFields, heldBack, isForPost, MOVE_STATES } from './rules.ts';
import { notePosted, overseeMoves, type OverseeDeps } from './overseeing.ts';

/** Where case officers see changes that look like a vendor's, and those that have to be told of by post. */
export const staffContactPath = '/staff/contact';

type Page = Context<AppEnv>;

/** The case officers' page. */
export function createContactStaffPages(deps: OverseeDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(
    staffContactPath,
    withStaff('case-officer', (c, acting) => listPage(deps, c, acting)),
  );
  app.post(
    staffContactPath,
    withStaff('case-officer', (c, acting) => posted(deps, c, acting)),
  );
  return app;
}

async function listPage(deps: OverseeDeps, c: Page, acting: StaffActing, overtaken = false) {
  const t = c.get('t');
  const found = await overseeMoves(deps, acting);
  if (!found.ok) return refusedStaffPage(c, found.error);
  return renderPage(
    c,
    {
      title: t('contact:staff.title'),
      breadcrumbs: [{ label: t('staff:home.title'), href: '/staff' }],
      status: overtaken ? 409 : 200,
    },
    <Stack>
      {overtaken ? (
        <Alert color="danger" live>
          {t('contact:staff.overtaken')}
        </Alert>
      ) : null}
      <Lead>{t('contact:staff.lead')}</Lead>
      <Table
        caption={t('contact:staff.caption')}
        rows={found.value}
        empty={<EmptyState title={t('contact:staff.none')} />}
        columns={[
          {
            header: t('contact:staff.business'),
            cell: (row) => (
              <>
                {row.business} <span class="nowrap">{formatOrganisationNumber(row.organisationNumber)}</span>
                {row.unit === null ? null : <> · {t('contact:staff.unit', { unit: row.unit })}</>}
              </>
            ),
            names: true,
          },
          { header: t('contact:history.at'), cell: (row) => <DateText date={row.madeAt} time /> },
          { header: t('contact:history.by'), cell: (row) => row.madeBy.name },
          {
            header: t('contact:staff.why'),
            cell: (row) => <Why c={c} row={row} />,
          },
          { header: t('contact:staff.next'), cell: (row) => <Next c={c} row={row} /> },
        ]}
      />
    </Stack>,
  );
}

type RowProps = { readonly c: Page; readonly row: OverseenMove };

/** What speaks against the change, and what the letter has to say that nobody got. */
function Why({ c, row }: RowProps) {
  const t = c.get('t');
  const fields = changedFields(row.before, row.after)
    .map((field) => t(`contact:field.${field}`))
    .join(', ');
  return (
    <>
      {row.suspicion.length > 0 ? <Suspicions c={c} move={row} /> : null}
      {isForPost(row) ? (
        <>
          <p>{t('contact:staff.unreached')}</p>
          <p>
            {t(`contact:staff.tell.${row.state}`, { fields })}{' '}
            {row.settledAt === null ? null : <DateText date={row.settledAt} time />}
          </p>
        </>
      ) : row.unreachedAt !== null ? (
        <p>{t('contact:move.held.post.title')}</p>
      ) : null}
    </>
  );
}

function Next({ c, row }: RowProps) {
  const t = c.get('t');
  if (isForPost(row)) {
    return (
      <PostForm action={staffContactPath}>
        <HiddenField name="move" value={row.id} />
        <HiddenField name="told" value={row.state} />
        <SubmitButton variant="secondary">{t('contact:staff.posted')}</SubmitButton>
      </PostForm>
    );
  }
  if (row.postedAt !== null) {
    return (
      <>
        {t('contact:staff.postedAt')} <DateText date={row.postedAt} />
      </>
    );
  }
  return <>{t(heldBack(row) === 'vouch' ? 'contact:staff.waitsForOfficer' : 'contact:staff.vouched')}</>;
}

const letterForm = z.object({ move: z.uuid(), told: z.enum(MOVE_STATES) });

async function posted(deps: OverseeDeps, c: Page, acting: StaffActing) {
  const parsed = parseForm(letterForm, await readForm(c));
  if (!parsed.ok) return listPage(deps, c, acting, true);
  const result = await notePosted(deps, acting, { moveId: parsed.value.move, told: parsed.value.told });
  if (result.ok) return redirectDone(c, staffContactPath, 'contact:done.posted');
  if (result.error === 'overtaken') return listPage(deps, c, acting, true);
  return refusedStaffPage(c, result.error);
}
