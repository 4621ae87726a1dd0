import type { Context, Hono } from 'hono';
import { z } from 'zod';
import {
  businessPath,
  type Refused,
  refusedPage,
  renderBusinessPage,
  requireActing,
  withdrawInvitation,
} from '../access/index.ts';
import type { ValueOf } from '../kernel/result.ts';
import { Actions, DateText, EmptyState, LinkButton, Section, Table, Tag } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton, TextField } from '../web/forms.tsx';
import { type DoneKey, redirectDone } from '../web/page.tsx';
import { useRequest } from '../web/request.ts';
import { SearchForm, searchOf } from '../web/search.tsx';
import {
  addMember,
  confirmMember,
  findColleagues,
  inviteMember,
  type MemberProblem,
  removeMember,
  type viewVendor,
} from './actions.ts';
import type { VendorDeps } from './grants.ts';
import type { VendorPerson } from './records.ts';

const VENDOR = '/business/vendor';
const side = { section: 'business', side: 'vendor' } as const;

/** Who may act for the vendor: its own workers and others invited become its members, and are removed again. */
export function addMemberPages(app: Hono<AppEnv>, deps: VendorDeps): void {
  app.get(`${VENDOR}/members/new`, (c) => memberPage(c, deps, emptyForm));
  app.post(`${VENDOR}/members/new`, (c) => addOrInvite(c, deps));
  app.post(`${VENDOR}/members/:member/remove`, async (c) =>
    answerMember(
      c,
      'vendors:done.memberRemoved',
      await removeMember(deps, requireActing(c), c.req.param('member')),
    ),
  );
  app.post(`${VENDOR}/invitations/:invitation/confirm`, async (c) =>
    answerMember(
      c,
      'vendors:done.memberAdded',
      await confirmMember(deps, requireActing(c), c.req.param('invitation')),
    ),
  );
  app.post(`${VENDOR}/invitations/:invitation/withdraw`, (c) => withdraw(c, deps));
}

type MembersProps = Pick<ValueOf<typeof viewVendor>, 'people' | 'invitations'> & {
  readonly c: Context<AppEnv>;
};

/** On the vendor's own page: who may act for it, and whom it has invited. */
export function Members({ c, people, invitations }: MembersProps) {
  const t = c.get('t');
  return (
    <Section title={t('vendors:members.title')}>
      <p>{t('vendors:members.text')}</p>
      <People c={c} people={people} />
      <Actions>
        <LinkButton href={businessPath(requireActing(c), `${VENDOR}/members/new`)} variant="secondary">
          {t('vendors:members.add')}
        </LinkButton>
      </Actions>
      {invitations.length === 0 ? null : <Invitations c={c} invitations={invitations} />}
    </Section>
  );
}

function People({ c, people }: Pick<MembersProps, 'c' | 'people'>) {
  const t = c.get('t');
  const acting = requireActing(c);
  return (
    <Table
      caption={t('vendors:members.title')}
      captionHidden
      rows={people}
      columns={[
        { header: t('access:column.name'), cell: (person) => person.name },
        {
          header: t('vendors:members.kind'),
          cell: (person) =>
            t(person.memberId === null ? 'vendors:members.officer' : 'vendors:members.member'),
        },
        { header: t('access:tie.title'), cell: (person) => <Tie person={person} /> },
        {
          header: '',
          align: 'end',
          cell: (person) =>
            person.memberId === null ? null : (
              <InlinePost
                action={businessPath(acting, `${VENDOR}/members/${person.memberId}/remove`)}
                text={t('access:remove')}
                label={t('access:removeFull', { name: person.name })}
              />
            ),
        },
      ]}
    />
  );
}

/** What binds a person to the vendor, and that they can do nothing while it does not hold. */
function Tie({ person }: { readonly person: VendorPerson }) {
  const { t } = useRequest();
  if (person.tie === null) return <>{t('vendors:members.byRole')}</>;
  const words =
    person.tie === 'employment'
      ? t('vendors:members.employed')
      : `${t('access:tie.declared')} ${person.tieReason ?? ''}`;
  return (
    <>
      {words}
      {person.tieConfirmedAt === null ? null : (
        <p>
          {t('access:review.tieConfirmed')} <DateText date={person.tieConfirmedAt} />
        </p>
      )}
      {person.tieHolds ? null : (
        <p>
          <Tag color="warning">{t(`vendors:members.broken.${person.tie}`)}</Tag>{' '}
          {t(`vendors:members.brokenText.${person.tie}`)}
        </p>
      )}
    </>
  );
}

function Invitations({ c, invitations }: Pick<MembersProps, 'c' | 'invitations'>) {
  const t = c.get('t');
  const acting = requireActing(c);
  return (
    <Table
      caption={t('access:invitations.title')}
      rows={invitations}
      columns={[
        { header: t('access:column.name'), cell: (invitation) => invitation.name },
        { header: t('access:column.email'), cell: (invitation) => invitation.email },
        {
          header: t('access:column.state'),
          cell: (invitation) => (
            <>
              <Tag>{t(`access:invitations.state.${invitation.state}`)}</Tag> {invitation.acceptedByName ?? ''}
            </>
          ),
        },
        {
          header: '',
          align: 'end',
          cell: (invitation) => (
            <>
              {invitation.state === 'accepted' ? (
                <InlinePost
                  action={businessPath(acting, `${VENDOR}/invitations/${invitation.id}/confirm`)}
                  text={t('vendors:members.confirm')}
                  label={t('vendors:members.confirmFull', {
                    name: invitation.acceptedByName ?? '',
                  })}
                />
              ) : null}
              <InlinePost
                action={businessPath(acting, `${VENDOR}/invitations/${invitation.id}/withdraw`)}
                text={t('access:invitations.withdraw')}
                label={t('vendors:members.withdrawFull', { name: invitation.name })}
              />
            </>
          ),
        },
      ]}
    />
  );
}

type InlinePostProps = { readonly action: string; readonly text: string; readonly label: string };

function InlinePost({ action, text, label }: InlinePostProps) {
  return (
    <PostForm action={action} class="form inline">
      <button class="ds-button" data-variant="secondary" data-size="sm" type="submit" aria-label={label}>
        {text}
      </button>
    </PostForm>
  );
}

async function memberPage(c: Context<AppEnv>, deps: VendorDeps, state: FormState) {
  const acting = requireActing(c);
  const search = searchOf(c);
  const found = await findColleagues(deps, acting, search);
  if (!found.ok) return refusedPage(c, found.error);
  const { permitted, workers } = found.value;
  const t = c.get('t');
  return renderBusinessPage(
    c,
    permitted,
    {
      ...side,
      title: t('vendors:members.add'),
      breadcrumbs: [{ label: t('vendors:own.title'), href: businessPath(acting, VENDOR) }],
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <Section title={t('vendors:members.own')}>
        <SearchForm
          to={businessPath(acting, `${VENDOR}/members/new`)}
          label={t('access:people.search')}
          search={search}
          submit={t('access:find')}
        />
        {search === '' ? null : (
          <Table
            caption={t('access:people.found')}
            rows={workers}
            empty={<EmptyState title={t('access:people.none')} />}
            columns={[
              { header: t('access:column.name'), cell: (worker) => worker.name },
              { header: t('access:column.unit'), cell: (worker) => worker.unitName },
              { header: '', align: 'end', cell: (worker) => <AddWorker id={worker.id} name={worker.name} /> },
            ]}
          />
        )}
      </Section>
      <Section title={t('vendors:members.byEmail')}>
        <PostForm state={state}>
          <TextField name="name" label={t('access:invite.name')} maxlength={100} />
          <TextField name="email" label={t('access:invite.email')} type="email" maxlength={200} />
          <TextField
            name="tieReason"
            label={t('vendors:members.reason')}
            description={t('vendors:members.reasonHint')}
            maxlength={300}
          />
          <Actions>
            <SubmitButton>{t('access:invite.send')}</SubmitButton>
          </Actions>
        </PostForm>
      </Section>
    </>,
  );
}

function AddWorker({ id, name }: { readonly id: string; readonly name: string }) {
  const { t } = useRequest();
  return (
    <PostForm class="form inline">
      <HiddenField name="worker" value={id} />
      <button
        class="ds-button"
        data-variant="secondary"
        data-size="sm"
        type="submit"
        aria-label={t('access:people.chooseFull', { name })}
      >
        {t('access:people.choose')}
      </button>
    </PostForm>
  );
}

const inviteForm = z.object({
  name: z.string().max(100),
  email: z.email({ error: 'web:form.email' }).max(200),
  tieReason: z.string().max(300),
});

async function addOrInvite(c: Context<AppEnv>, deps: VendorDeps) {
  const acting = requireActing(c);
  const form = await readForm(c);
  const worker = form.get('worker');
  if (typeof worker === 'string')
    return answerMember(c, 'vendors:done.memberAdded', await addMember(deps, acting, { workerId: worker }));
  const parsed = parseForm(inviteForm, form);
  if (!parsed.ok) return memberPage(c, deps, parsed.error);
  const invited = await inviteMember(deps, acting, parsed.value);
  if (!invited.ok && invited.error === 'too-many-today')
    return memberPage(c, deps, formWithErrors(form, { email: 'vendors:problem.too-many-today' }));
  return answerMember(c, 'access:done.invited', invited);
}

async function withdraw(c: Context<AppEnv>, deps: VendorDeps) {
  const id = c.req.param('invitation') ?? '';
  const withdrawn = await withdrawInvitation(deps, requireActing(c), id, 'vendor-member');
  if (withdrawn.ok) return redirectDone(c, businessPath(requireActing(c), VENDOR), 'access:done.withdrawn');
  if (withdrawn.error.kind === 'missing' || withdrawn.error.kind === 'refused')
    return refusedPage(c, withdrawn.error);
  return memberProblem(
    c,
    withdrawn.error.kind === 'settle' && withdrawn.error.reason === 'settled' ? 'settled' : 'unknown',
  );
}

type Done = { readonly ok: true } | { readonly ok: false; readonly error: MemberProblem | Refused };

/** Back to the vendor's own page with what was done, or the page of what was wrong. */
export function answerMember(c: Context<AppEnv>, key: DoneKey, result: Done) {
  if (result.ok) return redirectDone(c, businessPath(requireActing(c), VENDOR), key);
  return typeof result.error === 'string' ? memberProblem(c, result.error) : refusedPage(c, result.error);
}

function memberProblem(c: Context<AppEnv>, problem: MemberProblem) {
  if (problem === 'unknown' || problem === 'no-mandate') return notFoundPage(c);
  return problemPage(c, 'conflict', { detail: c.get('t')(`vendors:problem.${problem}`) });
}
