import { type Context, Hono } from 'hono';
import { z } from 'zod';
import {
  businessPath,
  isRenewable,
  type Refused,
  refusalText,
  refusedPage,
  renderBusinessPage,
  renewableFrom,
  requireActing,
  RightList,
  StepUp,
  stepUpPath,
  wantedList,
  withdrawInvitation,
} from '../access/index.ts';
import { formatDate } from '../kernel/dates.ts';
import type { Language } from '../kernel/language.ts';
import { nok } from '../kernel/money.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  Details,
  EmptyState,
  LinkButton,
  Money,
  Pagination,
  Section,
  Table,
  Tag,
  TextParts,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import {
  emptyForm,
  formAcceptance,
  formList,
  type FormState,
  formWithErrors,
  parseForm,
  readForm,
} from '../web/form-parsing.ts';
import { Checkbox, CheckboxGroup, HiddenField, PostForm, SubmitButton, TextField } from '../web/forms.tsx';
import { type DoneKey, redirectDone } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { useRequest } from '../web/request.ts';
import { SearchForm, searchOf, searchQuery } from '../web/search.tsx';
import {
  addMember,
  assignMembers,
  confirmMember,
  CUSTOMERS_PER_PAGE,
  drawDraft,
  findColleagues,
  inviteMember,
  type MemberProblem,
  openCustomer,
  openProfileForm,
  publishVendorProfile,
  removeMember,
  viewVendor,
} from './actions.ts';
import { addAppealPages, BarNotice } from './appeal-pages.tsx';
import { addGrantPages } from './grant-pages.tsx';
import { addMergerPages, Successions } from './merger-pages.tsx';
import { addQuotePages, type QuoteDeps } from './quote-pages.tsx';
import { addVendorRequestPages, officersOnly } from './request-pages.tsx';
import { addStartPages } from './start-pages.tsx';
import type { RequestDeps } from './requests.ts';
import type { VendorPerson } from './records.ts';
import { addSecurityPages } from './security-pages.tsx';

const VENDOR = '/business/vendor';
const side = { section: 'business', side: 'vendor' } as const;

/** Mandates to vendors (under Access), and a vendor's own pages (left menu "For vendors"). */
export function createVendorPages(deps: RequestDeps & QuoteDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  addGrantPages(app, deps);
  addSecurityPages(app, deps);
  addVendorRequestPages(app, deps);
  addQuotePages(app, deps);
  addStartPages(app, deps);
  addAppealPages(app, deps);
  addMergerPages(app, deps);
  app.get(VENDOR, (c) => overview(c, deps));
  app.get(`${VENDOR}/profile`, (c) => profilePage(c, deps, emptyForm));
  app.post(`${VENDOR}/profile`, (c) => publish(c, deps));
  app.get(`${VENDOR}/profile/agreement.pdf`, (c) => draftPdf(c, deps));
  app.get(`${VENDOR}/members/new`, (c) => memberPage(c, deps, emptyForm));
  app.post(`${VENDOR}/members/new`, (c) => addOrInvite(c, deps));
  app.post(`${VENDOR}/members/:member/remove`, async (c) =>
    done(c, 'vendors:done.memberRemoved', await removeMember(deps, requireActing(c), c.req.param('member'))),
  );
  app.post(`${VENDOR}/invitations/:invitation/confirm`, async (c) =>
    done(
      c,
      'vendors:done.memberAdded',
      await confirmMember(deps, requireActing(c), c.req.param('invitation')),
    ),
  );
  app.post(`${VENDOR}/invitations/:invitation/withdraw`, async (c) => {
    const id = c.req.param('invitation');
    const withdrawn = await withdrawInvitation(deps, requireActing(c), id, 'vendor-member');
    if (withdrawn.ok) return redirectDone(c, businessPath(requireActing(c), VENDOR), 'access:done.withdrawn');
    if (withdrawn.error.kind === 'missing' || withdrawn.error.kind === 'refused')
      return refusedPage(c, withdrawn.error);
    return memberProblem(
      c,
      withdrawn.error.kind === 'settle' && withdrawn.error.reason === 'settled' ? 'settled' : 'unknown',
    );
  });
  app.get(`${VENDOR}/customers/:mandate`, (c) => customerPage(c, deps));
  app.post(`${VENDOR}/customers/:mandate`, (c) => assign(c, deps));
  return app;
}

type Done = { readonly ok: true } | { readonly ok: false; readonly error: MemberProblem | Refused };

function done(c: Context<AppEnv>, key: DoneKey, result: Done) {
  if (result.ok) return redirectDone(c, businessPath(requireActing(c), VENDOR), key);
  return typeof result.error === 'string' ? memberProblem(c, result.error) : refusedPage(c, result.error);
}

function memberProblem(c: Context<AppEnv>, problem: MemberProblem) {
  if (problem === 'unknown' || problem === 'no-mandate') return notFoundPage(c);
  return problemPage(c, 'conflict', { detail: c.get('t')(`vendors:problem.${problem}`) });
}

async function overview(c: Context<AppEnv>, deps: RequestDeps) {
  const acting = requireActing(c);
  const wanted = wantedList(c);
  const viewed = await viewVendor(deps, acting, wanted);
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, profile, bar, price, people, invitations, customers, takenOver } = viewed.value;
  const t = c.get('t');
  const path = (sub: string) => businessPath(acting, `${VENDOR}${sub}`);
  const signing = permitted.decide('agreements.sign');
  return renderBusinessPage(
    c,
    permitted,
    { ...side, title: t('vendors:own.title') },
    <>
      {bar === undefined ? null : <BarNotice c={c} bar={bar} now={permitted.now} />}
      <Successions c={c} takenOver={takenOver} />
      <Section title={t('vendors:own.profile')}>
        {profile === undefined ? (
          <p>{t('vendors:own.notYet')}</p>
        ) : (
          <DescriptionList
            items={[
              { term: t('vendors:prices.official'), value: <Money amount={nok(price.ore)} /> },
              { term: t('vendors:column.fee'), value: <Money amount={nok(profile.feeOre)} /> },
              { term: t('vendors:own.acceptedBy'), value: profile.acceptedByName },
              { term: t('vendors:own.acceptedAt'), value: <DateText date={profile.acceptedAt} /> },
            ]}
          />
        )}
        <Actions>
          <LinkButton
            href={path('/profile')}
            variant={profile === undefined ? 'primary' : 'secondary'}
            disabledReason={signing.allowed ? undefined : refusalText(t, signing.refusal)}
          >
            {t(profile === undefined ? 'vendors:own.register' : 'vendors:own.change')}
          </LinkButton>
          <LinkButton
            href={path('/start')}
            variant="secondary"
            disabledReason={signing.allowed ? undefined : refusalText(t, signing.refusal)}
          >
            {t('vendors:start.link')}
          </LinkButton>
        </Actions>
      </Section>
      {profile === undefined ? null : (
        <>
          <Section title={t('vendors:members.title')}>
            <p>{t('vendors:members.text')}</p>
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
                        action={path(`/members/${person.memberId}/remove`)}
                        text={t('access:remove')}
                        label={t('access:removeFull', { name: person.name })}
                      />
                    ),
                },
              ]}
            />
            <Actions>
              <LinkButton href={path('/members/new')} variant="secondary">
                {t('vendors:members.add')}
              </LinkButton>
            </Actions>
            {invitations.length === 0 ? null : (
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
                        <Tag>{t(`access:invitations.state.${invitation.state}`)}</Tag>{' '}
                        {invitation.acceptedByName ?? ''}
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
                            action={path(`/invitations/${invitation.id}/confirm`)}
                            text={t('vendors:members.confirm')}
                            label={t('vendors:members.confirmFull', {
                              name: invitation.acceptedByName ?? '',
                            })}
                          />
                        ) : null}
                        <InlinePost
                          action={path(`/invitations/${invitation.id}/withdraw`)}
                          text={t('access:invitations.withdraw')}
                          label={t('vendors:members.withdrawFull', { name: invitation.name })}
                        />
                      </>
                    ),
                  },
                ]}
              />
            )}
          </Section>
          <Section title={t('vendors:requests.title')}>
            <p>{t('vendors:requests.lead')}</p>
            <Actions>
              <LinkButton href={path('/requests/new')} disabledReason={officersOnly(c, permitted)}>
                {t('vendors:requests.new')}
              </LinkButton>
              <LinkButton href={path('/requests')} variant="secondary">
                {t('vendors:requests.see')}
              </LinkButton>
            </Actions>
          </Section>
          <Section title={t('vendors:quote.title.vendor')}>
            <p>{t('vendors:quote.lead.vendor')}</p>
            <Actions>
              <LinkButton href={path('/quotes/new')} disabledReason={officersOnly(c, permitted)}>
                {t('vendors:quote.new')}
              </LinkButton>
              <LinkButton href={path('/quotes')} variant="secondary">
                {t('vendors:quote.see')}
              </LinkButton>
            </Actions>
          </Section>
          <Section title={t('vendors:own.agreement')}>
            <p>{t('vendors:own.agreementText')}</p>
            <Actions>
              <LinkButton href={path('/agreements')} variant="secondary">
                {t('vendors:own.agreements')}
              </LinkButton>
              <LinkButton href={path('/sub-processors')} variant="secondary">
                {t('vendors:own.subProcessors')}
              </LinkButton>
            </Actions>
          </Section>
          <Section title={t('vendors:security.title')}>
            <p>{t('vendors:security.text')}</p>
            <Actions>
              <LinkButton
                href={path('/security')}
                variant="secondary"
                disabledReason={signing.allowed ? undefined : refusalText(t, signing.refusal)}
              >
                {t('vendors:security.see')}
              </LinkButton>
              <LinkButton href={`/vendors/${profile.organisationNumber}`} variant="secondary">
                {t('vendors:security.seeOwn')}
              </LinkButton>
            </Actions>
          </Section>
          <Section title={t('vendors:customers.title')}>
            <SearchForm
              to={path('')}
              label={t('vendors:customers.search')}
              search={wanted.search}
              submit={t('access:find')}
            />
            <Table
              caption={t('vendors:customers.title')}
              captionHidden
              rows={customers.rows}
              empty={<EmptyState title={t('vendors:customers.none')} />}
              columns={[
                { header: t('vendors:customers.customer'), cell: (customer) => customer.customerName },
                {
                  header: t('access:column.rights'),
                  cell: (customer) => <RightList rights={customer.rights} />,
                },
                {
                  header: t('access:column.lastDay'),
                  cell: (customer) => <DateText date={new Date(customer.endsAt.getTime() - 1)} />,
                },
                {
                  header: t('vendors:customers.assigned'),
                  cell: (customer) =>
                    customer.assigned.length === 0
                      ? t('vendors:customers.nobody')
                      : customer.assigned.map((person) => person.name).join(', '),
                },
                {
                  header: '',
                  align: 'end',
                  cell: (customer) => (
                    <Actions>
                      <LinkButton
                        href={path(`/customers/${customer.id}`)}
                        variant="secondary"
                        size="sm"
                        label={t('vendors:customers.assignFull', { name: customer.customerName })}
                      >
                        {t('vendors:customers.assign')}
                      </LinkButton>
                      {isRenewable(customer.endsAt, permitted.now) ? (
                        <LinkButton
                          href={path(`/customers/${customer.id}/renew`)}
                          variant="secondary"
                          size="sm"
                          label={t('vendors:customers.renewFull', { name: customer.customerName })}
                          disabledReason={officersOnly(c, permitted)}
                        >
                          {t('vendors:customers.renew')}
                        </LinkButton>
                      ) : null}
                    </Actions>
                  ),
                },
              ]}
            />
            <Pagination
              page={wanted.page}
              pages={Math.ceil(customers.total / CUSTOMERS_PER_PAGE)}
              href={(page) => withQuery(path(''), { ...searchQuery(c), page: String(page) })}
            />
          </Section>
        </>
      )}
    </>,
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

async function profilePage(
  c: Context<AppEnv>,
  deps: RequestDeps,
  state: FormState,
  changed?: { readonly places: string | undefined },
) {
  const acting = requireActing(c);
  const opened = await openProfileForm(deps, acting, changed?.places);
  if (!opened.ok) return refusedPage(c, opened.error);
  const { permitted, profile, price, draft } = opened.value;
  const t = c.get('t');
  const text = draft.text[c.get('language')];
  const failed = Object.keys(state.errors).length > 0;
  const form = (
    <PostForm state={state}>
      <HiddenField name="document" value={draft.sha256} />
      <p>
        {t('vendors:prices.official')}: <Money amount={nok(price.ore)} />
      </p>
      <TextField
        name="fee"
        label={t('vendors:profile.fee')}
        description={t('vendors:profile.feeHint')}
        inputmode="decimal"
        size={10}
        value={profile === undefined ? undefined : kronerIn(c.get('language'), profile.feeOre)}
      />
      <TextField
        name="places"
        label={t('vendors:profile.places')}
        description={t('vendors:profile.placesHint')}
        maxlength={200}
        value={draft.places}
      />
      <Details summary={text.title} open>
        <TextParts lead={text.lead} parts={text.parts} />
      </Details>
      <p>{t(draft.signed === undefined ? 'vendors:profile.toSign' : 'vendors:profile.signed')}</p>
      <Checkbox name="agreement" label={t('vendors:profile.agreement')} />
      <Checkbox name="terms" label={t('vendors:profile.terms')} />
      <Actions>
        <SubmitButton>{t('vendors:profile.publish')}</SubmitButton>
        <LinkButton href={businessPath(acting, `${VENDOR}/profile/agreement.pdf`)} variant="tertiary">
          {t('vendors:preview.asPdf')}
        </LinkButton>
      </Actions>
    </PostForm>
  );
  return renderBusinessPage(
    c,
    permitted,
    {
      ...side,
      title: t('vendors:profile.title'),
      narrow: true,
      status: failed ? 422 : changed === undefined ? 200 : 409,
    },
    <>
      {changed === undefined ? null : (
        <Alert color="warning" live>
          {t('vendors:profile.changed')}
        </Alert>
      )}
      {draft.signed === undefined ? (
        <StepUp c={c} permitted={permitted} preview={{ otherOfficers: [] }}>
          {form}
        </StepUp>
      ) : (
        form
      )}
    </>,
  );
}

const profileForm = z.object({
  fee: z
    .string()
    .regex(/^[0-9]{1,5}(?:[.,][0-9]{1,2})?$/u, { error: 'vendors:problem.fee' })
    .transform((text) => Math.round(Number(text.replace(',', '.')) * 100)),
  places: z.string().trim().min(1, { error: 'vendors:problem.places' }).max(200).optional(),
  document: z.string().optional(),
  agreement: formAcceptance,
  terms: formAcceptance,
});

async function publish(c: Context<AppEnv>, deps: RequestDeps) {
  const form = await readForm(c);
  const parsed = parseForm(profileForm, form);
  if (!parsed.ok) return profilePage(c, deps, parsed.error);
  const { fee: feeOre, places, document: read } = parsed.value;
  const published = await publishVendorProfile(deps, requireActing(c), {
    feeOre,
    promises: true,
    ...(places === undefined ? {} : { places }),
    ...(read === undefined ? {} : { read }),
  });
  if (published.ok) return redirectDone(c, businessPath(requireActing(c), VENDOR), 'vendors:done.published');
  if (published.error === 'step-up') return c.redirect(stepUpPath(c.req.path), 303);
  if (published.error === 'changed') return profilePage(c, deps, typedAgain(form), { places });
  return refusedPage(c, published.error);
}

/** What was typed, to be sent again with the document as it is now. */
function typedAgain(form: FormData): FormState {
  form.delete('document');
  form.delete('agreement');
  return formWithErrors(form, {});
}

/** The file that would be signed, to be read before it is. */
async function draftPdf(c: Context<AppEnv>, deps: RequestDeps) {
  const drawn = await drawDraft(deps, requireActing(c));
  if (!drawn.ok) return refusedPage(c, drawn.error);
  if (drawn.value === undefined) return notFoundPage(c);
  return c.body(Uint8Array.from(drawn.value), 200, {
    'Content-Type': 'application/pdf',
    'Content-Disposition': 'attachment; filename="agreement.pdf"',
  });
}

async function memberPage(c: Context<AppEnv>, deps: RequestDeps, state: FormState) {
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

async function addOrInvite(c: Context<AppEnv>, deps: RequestDeps) {
  const acting = requireActing(c);
  const form = await readForm(c);
  const worker = form.get('worker');
  if (typeof worker === 'string')
    return done(c, 'vendors:done.memberAdded', await addMember(deps, acting, { workerId: worker }));
  const parsed = parseForm(inviteForm, form);
  if (!parsed.ok) return memberPage(c, deps, parsed.error);
  return done(c, 'access:done.invited', await inviteMember(deps, acting, parsed.value));
}

async function customerPage(c: Context<AppEnv>, deps: RequestDeps, state: FormState = emptyForm) {
  const acting = requireActing(c);
  const opened = await openCustomer(deps, acting, c.req.param('mandate') ?? '');
  if (!opened.ok) return refusedPage(c, opened.error);
  const { permitted, customer, people } = opened.value;
  if (customer === undefined) return notFoundPage(c);
  const t = c.get('t');
  return renderBusinessPage(
    c,
    permitted,
    {
      ...side,
      title: t('vendors:customers.assignFull', { name: customer.customerName }),
      breadcrumbs: [{ label: t('vendors:own.title'), href: businessPath(acting, VENDOR) }],
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <DescriptionList
        items={[
          { term: t('access:column.rights'), value: <RightList rights={customer.rights} /> },
          {
            term: t('access:column.lastDay'),
            value: <DateText date={new Date(customer.endsAt.getTime() - 1)} />,
          },
          { term: t('access:form.purpose'), value: customer.purpose },
          { term: t('vendors:column.fee'), value: <Money amount={nok(customer.feeOre)} /> },
        ]}
      />
      <Actions>
        <LinkButton
          href={businessPath(acting, `${VENDOR}/customers/${customer.id}/renew`)}
          variant="secondary"
          disabledReason={
            isRenewable(customer.endsAt, permitted.now)
              ? officersOnly(c, permitted)
              : t('vendors:customers.renewFrom', {
                  from: formatDate(renewableFrom(customer.endsAt), c.get('language')),
                })
          }
        >
          {t('vendors:customers.renew')}
        </LinkButton>
      </Actions>
      <PostForm state={state}>
        <CheckboxGroup
          name="people"
          label={t('vendors:customers.who')}
          description={t('vendors:customers.whoHint')}
          optional
          values={customer.assigned.map((person) => person.personId)}
          choices={people.map((person) => ({ value: person.personId, label: person.name }))}
        />
        <Actions>
          <SubmitButton>{t('vendors:customers.save')}</SubmitButton>
        </Actions>
      </PostForm>
    </>,
  );
}

const assignForm = z.object({ people: formList(z.uuid()) });

async function assign(c: Context<AppEnv>, deps: RequestDeps) {
  const form = await readForm(c);
  const parsed = parseForm(assignForm, form);
  if (!parsed.ok) return customerPage(c, deps, parsed.error);
  const assigned = await assignMembers(deps, requireActing(c), {
    mandateId: c.req.param('mandate') ?? '',
    personIds: parsed.value.people,
  });
  if (!assigned.ok && assigned.error === 'not-a-member')
    return customerPage(c, deps, formWithErrors(form, { people: 'vendors:problem.not-a-member' }));
  return done(c, 'vendors:done.assigned', assigned);
}

/** As people write an amount in their language, in a field of a form. */
function kronerIn(language: Language, ore: number): string {
  const kroner = (ore / 100).toFixed(2);
  return language === 'nb' ? kroner.replace('.', ',') : kroner;
}
