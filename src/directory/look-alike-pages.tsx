import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { refusedStaffPage, type StaffActing, withStaff } from '../staff/index.ts';
import {
  Actions,
  Button,
  type Column,
  DateText,
  EmptyState,
  Lead,
  LinkButton,
  Stack,
  Table,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { problemPage } from '../web/errors.tsx';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton, TextField } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { useRequest } from '../web/request.ts';
import { changeLookAlikes, overseeLookAlikes, type ReportDeps, viewLookAlikes } from './actions.ts';
import { lookAlikesPath, reportPath, staffLookAlikesPath } from './paths.ts';
import type { LookAlike } from './records.ts';
import { lookAlikeDomain } from './rules.ts';

type Page = Context<AppEnv>;

/** The known look-alikes, `/look-alikes`, and how to know the true address. */
export function addLookAlikePages(app: Hono<AppEnv>, deps: ReportDeps): void {
  app.get(lookAlikesPath, async (c) => {
    const listed = await viewLookAlikes(deps);
    const t = c.get('t');
    return renderPage(
      c,
      { title: t('directory:lookAlikes.title'), narrow: true },
      <Stack>
        <Lead>{t('directory:lookAlikes.lead')}</Lead>
        <p>{t('directory:lookAlikes.true', { host: new URL(c.get('web').publicOrigin).host })}</p>
        <Listed listed={listed} />
        <p>{t('directory:lookAlikes.missing')}</p>
        <Actions>
          <LinkButton href={reportPath} variant="secondary">
            {t('directory:report.title')}
          </LinkButton>
        </Actions>
      </Stack>,
    );
  });
}

/** Where case officers keep the list. */
export function addLookAlikeStaffPages(app: Hono<AppEnv>, deps: ReportDeps): void {
  app.get(
    staffLookAlikesPath,
    withStaff('case-officer', (c, acting) => listPage(c, deps, acting, emptyForm)),
  );
  app.post(
    staffLookAlikesPath,
    withStaff('case-officer', (c, acting) => change(c, deps, acting)),
  );
}

async function listPage(c: Page, deps: ReportDeps, acting: StaffActing, state: FormState) {
  const viewed = await overseeLookAlikes(deps, acting);
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  const t = c.get('t');
  return renderPage(
    c,
    {
      title: t('directory:lookAlikes.title'),
      breadcrumbs: [{ label: t('staff:home.title'), href: '/staff' }],
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      <PostForm action={staffLookAlikesPath} state={state}>
        <HiddenField name="what" value="list" />
        <TextField
          name="domain"
          label={t('directory:lookAlikes.new')}
          description={t('directory:lookAlikes.newHint')}
          maxlength={300}
          spellcheck={false}
        />
        <Actions>
          <SubmitButton>{t('directory:lookAlikes.list')}</SubmitButton>
        </Actions>
      </PostForm>
      <Listed listed={viewed.value} more={{ header: '', cell: TakeOut, align: 'end' }} />
    </Stack>,
  );
}

/** The domains as text: a link to one would lead there. */
function Listed({
  listed,
  more,
}: {
  readonly listed: readonly LookAlike[];
  readonly more?: Column<LookAlike>;
}) {
  const { t } = useRequest();
  return (
    <Table
      caption={t('directory:lookAlikes.caption')}
      captionHidden
      rows={listed}
      empty={<EmptyState title={t('directory:lookAlikes.none')} />}
      columns={[
        {
          header: t('directory:lookAlikes.domain'),
          cell: ({ domain }) => <code class="written">{domain}</code>,
        },
        { header: t('directory:lookAlikes.since'), cell: ({ listedAt }) => <DateText date={listedAt} /> },
        ...(more === undefined ? [] : [more]),
      ]}
    />
  );
}

function TakeOut({ domain }: LookAlike) {
  const { t } = useRequest();
  return (
    <PostForm action={staffLookAlikesPath} class="form inline">
      <HiddenField name="what" value="take-out" />
      <HiddenField name="domain" value={domain} />
      <Button variant="tertiary" color="danger" label={t('directory:lookAlikes.takeOutOne', { domain })}>
        {t('directory:lookAlikes.takeOut')}
      </Button>
    </PostForm>
  );
}

/** Lists the domain of an address that somebody has reported. */
export function ListLookAlike({ address }: { readonly address: string }) {
  const { t } = useRequest();
  return (
    <PostForm action={staffLookAlikesPath} class="form inline">
      <HiddenField name="what" value="list" />
      <HiddenField name="domain" value={address} />
      <SubmitButton variant="secondary">{t('directory:lookAlikes.listAbout')}</SubmitButton>
    </PostForm>
  );
}

const changeForm = z.object({ what: z.enum(['list', 'take-out']), domain: z.string().max(300) });

async function change(c: Page, deps: ReportDeps, acting: StaffActing) {
  const form = await readForm(c);
  const parsed = parseForm(changeForm, form);
  if (!parsed.ok) return listPage(c, deps, acting, parsed.error);
  const { what } = parsed.value;
  const domain = lookAlikeDomain(parsed.value.domain, c.get('web').publicOrigin);
  if (domain === undefined)
    return listPage(c, deps, acting, formWithErrors(form, { domain: 'directory:lookAlikes.wrong' }));
  const changed = await changeLookAlikes(deps, acting, { what, domain });
  if (changed.ok)
    return redirectDone(c, staffLookAlikesPath, `directory:done.${what === 'list' ? 'listed' : 'takenOut'}`);
  if (typeof changed.error !== 'string') return refusedStaffPage(c, changed.error);
  return problemPage(c, 'conflict', { detail: c.get('t')('directory:problem.unchanged') });
}
