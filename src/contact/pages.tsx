import { type Context, Hono } from 'hono';
import { z } from 'zod';
import {
  businessPath,
  heldFor,
  refusalText,
  refusedPage,
  renderBusinessPage,
  requireActing,
  stepUpFresh,
} from '../access/index.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { isOneAddress } from '../messages/index.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  Pagination,
  Section,
  Stack,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import {
  Fieldset,
  HiddenField,
  PostForm,
  RadioGroup,
  SubmitButton,
  Textarea,
  TextField,
} from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import {
  changeContact,
  confirmContact,
  type ContactView,
  openChange,
  viewContact,
  viewUnits,
} from './actions.ts';
import {
  actingOn,
  changeMove,
  codePage,
  contactHref,
  crumbsOf,
  enterCode,
  Moves,
  StepUpAlert,
  vouch,
  vouchPage,
} from './move-pages.tsx';
import type { ContactDeps } from './moves.ts';
import { Differences, FieldText } from './parts.tsx';
import type { ContactChange, StoredDetails } from './records.ts';
import {
  CONTACT_FIELDS,
  type ContactDetails,
  contactPath,
  formatMobile,
  MAX_ADDRESS_LINES,
  parseMobile,
  textOf,
  UNITS,
} from './rules.ts';

type Page = Context<AppEnv>;

const PROFILE = '/profile';
const PAGE_SIZE = 20;

/**
 * User profile, under the user icon, and Business → Contact details: the same details, confirmed and changed from either.
 * No vendor reaches them, whatever its mandate.
 */
export function createContactPages(deps: ContactDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(PROFILE, (c) => profilePage(deps, c));
  app.get(`${contactPath()}/verify`, (c) => verifyPage(deps, c));
  app.get(UNITS, (c) => unitsPage(deps, c));
  // A unit's details are changed as the business's own are.
  for (const path of [contactPath(), contactPath(':unit')]) {
    app.get(path, (c) => detailsPage(deps, c));
    app.post(`${path}/confirm`, (c) => confirm(deps, c));
    app.get(`${path}/change`, (c) => changePage(deps, c));
    app.post(`${path}/change`, (c) => change(deps, c));
    app.get(`${path}/code`, (c) => codePage(deps, c));
    app.post(`${path}/code`, (c) => enterCode(deps, c));
    app.post(`${path}/cancel`, (c) => changeMove(deps, c, 'cancel'));
    app.post(`${path}/overrule`, (c) => changeMove(deps, c, 'overrule'));
    app.post(`${path}/undo`, (c) => changeMove(deps, c, 'undo'));
    app.get(`${path}/vouch`, (c) => vouchPage(deps, c));
    app.post(`${path}/vouch`, (c) => vouch(deps, c));
  }
  return app;
}

// User profile ----------------------------------------------------------------------------------------------------------

async function profilePage(deps: ContactDeps, c: Page) {
  const view = await viewContact(deps, requireActing(c), { limit: 0, offset: 0 });
  if (!view.ok) return refusedPage(c, view.error);
  return drawProfile(c, view.value);
}

function drawProfile(c: Page, view: ContactView, overtaken = false) {
  const t = c.get('t');
  const { session, business } = view.facts;
  return renderBusinessPage(
    c,
    view,
    { title: t('contact:profile.title'), section: 'profile', narrow: true, status: overtaken ? 409 : 200 },
    <Stack>
      <DescriptionList
        items={[
          { term: t('contact:profile.name'), value: session?.name ?? '' },
          { term: t('contact:profile.business'), value: business?.name ?? '' },
        ]}
      />
      <p>
        <Link href={PROFILE}>{t('contact:profile.sessions')}</Link>
      </p>
      <Section title={t('contact:profile.details', { business: business?.name ?? '' })}>
        <p>{t('contact:profile.why')}</p>
        <Details c={c} view={view} back="profile" overtaken={overtaken} />
      </Section>
      <Moves c={c} view={view} />
      <Official c={c} view={view} />
    </Stack>,
  );
}

// Business → Contact details --------------------------------------------------------------------------------------------

async function detailsPage(deps: ContactDeps, c: Page) {
  const page = pageNumber(c);
  const view = await viewContact(deps, actingOn(c), {
    limit: PAGE_SIZE,
    offset: (page - 1) * PAGE_SIZE,
  });
  if (!view.ok) return refusedPage(c, view.error);
  return drawContact(c, view.value, page);
}

function pageNumber(c: Page): number {
  const page = Number(c.req.query('page') ?? '1');
  return Number.isInteger(page) && page >= 1 && page <= 10_000 ? page : 1;
}

function drawContact(c: Page, view: ContactView, page: number, overtaken = false) {
  const t = c.get('t');
  const { unit } = view.details;
  return renderBusinessPage(
    c,
    view,
    {
      title: unit === undefined ? t('contact:title') : t('contact:units.one', { unit: unit.name }),
      section: 'business',
      side: 'contact',
      status: overtaken ? 409 : 200,
      breadcrumbs: crumbsOf(c, view, false),
    },
    <Stack>
      <Lead>{t(unit === undefined ? 'contact:lead' : 'contact:units.lead')}</Lead>
      <Details c={c} view={view} back="contact" overtaken={overtaken} />
      <Moves c={c} view={view} />
      <Units c={c} view={view} />
      <Official c={c} view={view} />
      <Attempts c={c} view={view} />
      <Section title={t('contact:history.title')}>
        <History c={c} changes={view.changes} />
        <Pagination
          page={page}
          pages={Math.ceil(view.changeCount / PAGE_SIZE)}
          href={(number) => withQuery(contactHref(c), { page: String(number) })}
        />
      </Section>
    </Stack>,
  );
}

/** That units may have details of their own, and where. */
function Units({ c, view }: { readonly c: Page; readonly view: ContactView }) {
  const t = c.get('t');
  if (view.units === 0) return null;
  return (
    <Section title={t('contact:units.title')}>
      <Stack>
        <p>{t('contact:units.text')}</p>
        <p>
          <Link href={businessPath(requireActing(c), UNITS)}>
            {t('contact:units.link', { count: view.units })}
          </Link>
        </p>
      </Stack>
    </Section>
  );
}

/** Business → Contact details → Units: where what concerns each of them goes. */
async function unitsPage(deps: ContactDeps, c: Page) {
  const page = pageNumber(c);
  const acting = requireActing(c);
  const view = await viewUnits(deps, acting, { limit: PAGE_SIZE, offset: (page - 1) * PAGE_SIZE });
  if (!view.ok) return refusedPage(c, view.error);
  const t = c.get('t');
  return renderBusinessPage(
    c,
    view.value,
    {
      title: t('contact:units.title'),
      section: 'business',
      side: 'contact',
      breadcrumbs: [{ label: t('contact:title'), href: businessPath(acting, contactPath()) }],
    },
    <Stack>
      <Lead>{t('contact:units.text')}</Lead>
      <Table
        caption={t('contact:units.title')}
        captionHidden
        rows={view.value.units}
        empty={<EmptyState title={t('contact:units.none')} />}
        columns={[
          {
            header: t('contact:units.unit'),
            cell: ({ id, name, organisationNumber }) => (
              <>
                <Link href={businessPath(acting, contactPath(id))}>{name}</Link>{' '}
                <span class="nowrap">{formatOrganisationNumber(organisationNumber)}</span>
              </>
            ),
            names: true,
          },
          {
            header: t('contact:field.email'),
            cell: ({ email }) => <span class="written">{email ?? t('contact:none')}</span>,
          },
          {
            header: t('contact:units.whose'),
            cell: ({ own, moving }) => (
              <>
                {t(`contact:units.${own ? 'own' : 'general'}`)}{' '}
                {moving ? <Tag color="warning">{t('contact:move.title.waiting')}</Tag> : null}
              </>
            ),
          },
        ]}
      />
      <Pagination
        page={page}
        pages={Math.ceil(view.value.count / PAGE_SIZE)}
        href={(number) => withQuery(businessPath(acting, UNITS), { page: String(number) })}
      />
    </Stack>,
  );
}

type DetailsProps = {
  readonly c: Page;
  readonly view: ContactView;
  /** Where a confirmation leads back to. */
  readonly back: 'profile' | 'contact';
  readonly overtaken: boolean;
};

/** The details, how far they can be trusted, and what can be done about them. */
function Details({ c, view, back, overtaken }: DetailsProps) {
  const t = c.get('t');
  const { details, mayChange } = view;
  const reason = mayChange.allowed ? undefined : refusalText(t, mayChange.refusal);
  // What a unit has from the business is confirmed there.
  const confirmable = details.unit?.own !== false;
  return (
    <Stack>
      {overtaken ? (
        <Alert color="danger" title={t('contact:overtaken.title')} live>
          <p>{t('contact:overtaken.confirm')}</p>
        </Alert>
      ) : null}
      <Trust c={c} view={view} />
      <DescriptionList
        items={[
          ...CONTACT_FIELDS.map((field) => ({
            term: t(`contact:field.${field}`),
            value: <FieldText c={c} details={details} field={field} />,
          })),
          {
            term: t('contact:source.title'),
            value: (
              <>
                {t(`contact:source.${details.source}`)} <DateText date={details.changedAt} />
              </>
            ),
          },
        ]}
      />
      <PostForm action={contactHref(c, '/confirm')}>
        <HiddenField name="version" value={String(details.version)} />
        <HiddenField name="back" value={back} />
        <Actions>
          {confirmable || reason !== undefined ? (
            <SubmitButton disabledReason={reason}>{t('contact:confirm')}</SubmitButton>
          ) : null}
          {reason === undefined ? (
            <LinkButton href={contactHref(c, '/change')} variant="secondary">
              {t('contact:change')}
            </LinkButton>
          ) : null}
        </Actions>
      </PostForm>
    </Stack>
  );
}

/** Confirmed when and by whom, or where the details come from while nobody has; and since when they stand here. */
function Trust({ c, view }: { readonly c: Page; readonly view: ContactView }) {
  const t = c.get('t');
  const { details, verify } = view;
  const { confirmed } = details;
  if (details.unit?.own === false) return <Alert color="info">{t('contact:trust.general')}</Alert>;
  if (details.email === null) return <Alert color="warning">{t('contact:trust.noEmail')}</Alert>;
  if (verify === 'bounced') return <Alert color="danger">{t('contact:trust.bounced')}</Alert>;
  if (confirmed === null) return <Alert color="warning">{t('contact:trust.unconfirmed')}</Alert>;
  return (
    <Alert color={verify === 'old' ? 'warning' : 'success'}>
      {t('contact:trust.confirmed', { person: confirmed.by })} <DateText date={confirmed.at} time />.{' '}
      {verify === 'old' ? t('contact:trust.old') : null}
    </Alert>
  );
}

/** What the business has registered with the state, beside what stands here. */
function Official({ c, view }: { readonly c: Page; readonly view: ContactView }) {
  const t = c.get('t');
  const { official, details } = view;
  if (official === undefined) return null;
  const emails = official.addresses.flatMap(({ email }) => email ?? []);
  const same = emails.some((email) => email.toLowerCase() === details.email?.toLowerCase());
  return (
    <Section title={t('contact:official.title')}>
      <Stack>
        {official.addresses.length === 0 ? (
          <p>{t('contact:official.none')}</p>
        ) : (
          <>
            <ul>
              {official.addresses.map(({ email, mobile }) => (
                <li>{[email, mobile === null ? null : formatMobile(mobile)].filter(Boolean).join(', ')}</li>
              ))}
            </ul>
            <p>{t(same ? 'contact:official.same' : 'contact:official.other')}</p>
          </>
        )}
        <p>
          {t('contact:official.checked')} <DateText date={official.checkedAt} />
        </p>
      </Stack>
    </Section>
  );
}

/** That vendors' people have tried to get here, how often and when last. */
function Attempts({ c, view }: { readonly c: Page; readonly view: ContactView }) {
  const t = c.get('t');
  if (view.attempts.length === 0) return null;
  return (
    <Section title={t('contact:attempts.title')}>
      <ul>
        {view.attempts.map(({ vendor, times, lastAt }) => (
          <li>
            {t('contact:attempts.line', { vendor, count: times })} <DateText date={lastAt} time />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function History({ c, changes }: { readonly c: Page; readonly changes: readonly ContactChange[] }) {
  const t = c.get('t');
  return (
    <Table
      caption={t('contact:history.title')}
      captionHidden
      rows={changes}
      empty={<EmptyState title={t('contact:history.empty')}>{t('contact:history.emptyText')}</EmptyState>}
      columns={[
        { header: t('contact:history.at'), cell: (change) => <DateText date={change.at} time /> },
        { header: t('contact:history.by'), cell: (change) => change.by },
        {
          header: t('contact:history.what'),
          cell: (change) => (
            <>
              <Differences c={c} before={change.before} after={change.after} />
              {change.letterAt === null ? null : (
                <p class="ds-paragraph" data-size="sm">
                  {t('contact:history.posted')} <DateText date={change.letterAt} time />
                </p>
              )}
            </>
          ),
        },
      ]}
    />
  );
}

// Asked after choosing the business -----------------------------------------------------------------------------------------

/** Where whoever chooses the business is led while its details are old or mail to them came back; nobody is kept here. */
async function verifyPage(deps: ContactDeps, c: Page) {
  const acting = requireActing(c);
  const view = await viewContact(deps, acting, { limit: 0, offset: 0 });
  if (!view.ok) return refusedPage(c, view.error);
  const t = c.get('t');
  return renderBusinessPage(
    c,
    view.value,
    { title: t('contact:verify.title'), section: 'business', side: 'contact', narrow: true },
    <Stack>
      <Lead>{t('contact:verify.text')}</Lead>
      <Details c={c} view={view.value} back="contact" overtaken={false} />
      <p>
        <Link href={businessPath(acting, '/orders')}>{t('contact:verify.later')}</Link>
      </p>
    </Stack>,
  );
}

// Confirming ------------------------------------------------------------------------------------------------------------

// As far as the table counts.
const version = z.coerce.number().int().min(0).max(2_147_483_647);
const confirmForm = z.object({ version, back: z.enum(['profile', 'contact']) });

async function confirm(deps: ContactDeps, c: Page) {
  const acting = actingOn(c);
  const parsed = parseForm(confirmForm, await readForm(c));
  // A form of ours always has both: whoever sends another sees the page anew.
  const { version: seen, back } = parsed.ok ? parsed.value : ({ version: -1, back: 'contact' } as const);
  const result = await confirmContact(deps, acting, seen);
  if (result.ok)
    return redirectDone(
      c,
      back === 'profile' ? businessPath(acting, PROFILE) : contactHref(c),
      'contact:done.confirmed',
    );
  if (result.error.kind !== 'overtaken') return refusedPage(c, result.error);
  const view = await viewContact(deps, acting, { limit: PAGE_SIZE, offset: 0 });
  if (!view.ok) return refusedPage(c, view.error);
  return back === 'profile' ? drawProfile(c, view.value, true) : drawContact(c, view.value, 1, true);
}

// Changing --------------------------------------------------------------------------------------------------------------

const line = z.string().max(100);
const changeForm = z.object({
  version,
  email: z.string({ error: 'contact:error.emailMissing' }).refine(isOneAddress, 'contact:error.email'),
  mobile: z
    .string()
    .transform((typed, context) => {
      const mobile = parseMobile(typed);
      if (mobile === undefined) context.addIssue('contact:error.mobile');
      return mobile ?? null;
    })
    .default(null),
  address: z
    .string()
    .max(300)
    .transform((text) => text.split('\n').map((one) => one.trim()))
    .transform((lines) => lines.filter((one) => one !== ''))
    .refine((lines) => lines.length <= MAX_ADDRESS_LINES, 'contact:error.addressLines')
    .default([]),
  postalCode: z.string().max(12).nullable().default(null),
  city: line.nullable().default(null),
  responsible: line.nullable().default(null),
  language: z.enum(['nb', 'en']),
});

async function changePage(deps: ContactDeps, c: Page) {
  const view = await openChange(deps, actingOn(c));
  return view.ok ? drawChange(deps, c, view.value) : refusedPage(c, view.error);
}

async function change(deps: ContactDeps, c: Page) {
  const form = await readForm(c);
  const parsed = parseForm(changeForm, form);
  if (!parsed.ok) return changeAgain(deps, c, parsed.error);
  const { version: seen, address, ...details } = parsed.value;
  const result = await changeContact(deps, actingOn(c), seen, { ...details, addressLines: address });
  if (result.ok) {
    const { value } = result;
    const proving = value.kind === 'begun' && value.awaited.length > 0;
    if (proving) return c.redirect(contactHref(c, '/code'), 303);
    return redirectDone(c, contactHref(c), `contact:done.${value.kind}`);
  }
  if (result.error.kind === 'too-often')
    return changeAgain(deps, c, formWithErrors(form, { [result.error.channel]: 'contact:error.codesSpent' }));
  const typed = formWithErrors(form, {});
  if (['held', 'passkey', 'login'].includes(result.error.kind)) return changeAgain(deps, c, typed);
  if (result.error.kind === 'missing' || result.error.kind === 'refused') return refusedPage(c, result.error);
  return changeAgain(deps, c, typed, true);
}

/** What was typed, with what is wrong with it; and what somebody else stored meanwhile, so that nobody overwrites it unseen. */
async function changeAgain(deps: ContactDeps, c: Page, state: FormState, overtaken = false) {
  const view = await openChange(deps, actingOn(c));
  return view.ok ? drawChange(deps, c, view.value, state, overtaken) : refusedPage(c, view.error);
}

function drawChange(
  { provesMobiles }: Pick<ContactDeps, 'provesMobiles'>,
  c: Page,
  view: ContactView,
  state?: FormState,
  overtaken = false,
) {
  const t = c.get('t');
  const { details } = view;
  const vendor = heldFor(view.facts);
  return renderBusinessPage(
    c,
    view,
    {
      title: t('contact:form.title'),
      section: 'business',
      side: 'contact',
      narrow: true,
      status: overtaken ? 409 : state === undefined ? 200 : 422,
      breadcrumbs: crumbsOf(c, view),
    },
    <Stack>
      {details.unit === undefined ? null : <p>{t('contact:units.change')}</p>}
      {overtaken ? <MeanwhileChanged c={c} change={view.changes[0]} /> : null}
      {stepUpFresh(view.facts, view.facts.now) ? null : (
        <StepUpAlert c={c} facts={view.facts} typed={state !== undefined} />
      )}
      {/* Nobody fills in what is then held; what was typed before that stays. */}
      {vendor !== undefined && state === undefined ? null : (
        <>
          <p>
            {t(`contact:form.proved.${provesMobiles ? 'both' : 'email'}`)} {t('contact:form.told')}
          </p>
          <ChangeForm c={c} details={details} state={state} seen={versionOf(details, state, overtaken)} />
        </>
      )}
    </Stack>,
  );
}

type ChangeFormProps = {
  readonly c: Page;
  readonly details: StoredDetails;
  readonly state: FormState | undefined;
  /** The version that it stands on. */
  readonly seen: string;
};

function ChangeForm({ c, details, state, seen }: ChangeFormProps) {
  const t = c.get('t');
  return (
    <PostForm {...(state === undefined ? {} : { state })}>
      <HiddenField name="version" value={seen} />
      <TextField
        name="email"
        type="email"
        label={t('contact:field.email')}
        description={t('contact:form.emailHint')}
        value={details.email ?? ''}
        autocomplete="email"
        maxlength={254}
        spellcheck={false}
      />
      <TextField
        name="mobile"
        type="tel"
        label={t('contact:field.mobile')}
        description={t('contact:form.mobileHint')}
        value={textOf(details, 'mobile')}
        autocomplete="tel"
        maxlength={30}
        size={18}
        optional
      />
      <AddressFields c={c} details={details} />
      <TextField
        name="responsible"
        label={t('contact:field.responsible')}
        description={t('contact:form.responsibleHint')}
        value={details.responsible ?? ''}
        maxlength={100}
        optional
      />
      <RadioGroup
        name="language"
        label={t('contact:field.language')}
        value={details.language}
        choices={(['nb', 'en'] as const).map((code) => ({
          value: code,
          label: t(`contact:language.${code}`),
        }))}
      />
      <Actions>
        <SubmitButton>{t('contact:form.submit')}</SubmitButton>
        <LinkButton href={contactHref(c)} variant="tertiary">
          {t('contact:form.cancel')}
        </LinkButton>
      </Actions>
    </PostForm>
  );
}

/** A form sent again after an error still stands on what it was filled in from; one that was overtaken has now been shown the newest. */
function versionOf(details: StoredDetails, state: FormState | undefined, overtaken: boolean): string {
  const seen = overtaken ? undefined : state?.values['version']?.[0];
  return seen ?? String(details.version);
}

function AddressFields({ c, details }: { readonly c: Page; readonly details: ContactDetails }) {
  const t = c.get('t');
  return (
    <Fieldset name="postal" label={t('contact:field.address')} optional>
      <Textarea
        name="address"
        label={t('contact:form.street')}
        value={details.addressLines.join('\n')}
        rows={MAX_ADDRESS_LINES}
        maxlength={300}
        optional
      />
      <TextField
        name="postalCode"
        label={t('contact:form.postalCode')}
        value={details.postalCode ?? ''}
        autocomplete="postal-code"
        maxlength={12}
        size={8}
        optional
      />
      <TextField
        name="city"
        label={t('contact:form.city')}
        value={details.city ?? ''}
        maxlength={100}
        optional
      />
    </Fieldset>
  );
}

function MeanwhileChanged({
  c,
  change: latest,
}: {
  readonly c: Page;
  readonly change: ContactChange | undefined;
}) {
  const t = c.get('t');
  return (
    <Alert color="danger" title={t('contact:overtaken.title')} live>
      <p>{t('contact:overtaken.change')}</p>
      {latest === undefined ? null : (
        <>
          <p>
            {latest.by}, <DateText date={latest.at} time />
          </p>
          <Differences c={c} before={latest.before} after={latest.after} />
        </>
      )}
    </Alert>
  );
}
