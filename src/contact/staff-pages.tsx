import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { refusedStaffPage, type StaffActing, withStaff } from '../staff/index.ts';
import { DateText, EmptyState, Lead, Stack, Table } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { problemPage } from '../web/errors.tsx';
import { parseForm, readForm } from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import type { OverseenMove } from './move-records.ts';
import { Suspicions } from './move-pages.tsx';
import { heldBack } from './rules.ts';
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

async function listPage(deps: OverseeDeps, c: Page, acting: StaffActing) {
  const t = c.get('t');
  const found = await overseeMoves(deps, acting);
  if (!found.ok) return refusedStaffPage(c, found.error);
  return renderPage(
    c,
    { title: t('contact:staff.title'), breadcrumbs: [{ label: t('staff:home.title'), href: '/staff' }] },
    <Stack>
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
            cell: (row) =>
              row.suspicion.length > 0 ? <Suspicions c={c} move={row} /> : t('contact:staff.unreached'),
          },
          { header: t('contact:staff.next'), cell: (row) => <Next c={c} row={row} /> },
        ]}
      />
    </Stack>,
  );
}

function Next({ c, row }: { readonly c: Page; readonly row: OverseenMove }) {
  const t = c.get('t');
  if (row.unreachedAt !== null && row.postedAt === null) {
    return (
      <PostForm action={staffContactPath}>
        <HiddenField name="move" value={row.id} />
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

async function posted(deps: OverseeDeps, c: Page, acting: StaffActing) {
  const parsed = parseForm(z.object({ move: z.uuid() }), await readForm(c));
  const result = await notePosted(deps, acting, parsed.ok ? parsed.value.move : undefined);
  if (result.ok) return redirectDone(c, staffContactPath, 'contact:done.posted');
  if (result.error === 'unknown') return problemPage(c, 'notFound');
  return refusedStaffPage(c, result.error);
}
