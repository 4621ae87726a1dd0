import { type Context, Hono } from 'hono';
import type { Child } from 'hono/jsx';
import {
  businessPath,
  passkeyPath,
  refusedPage,
  renderBusinessPage,
  requireActing,
  stepUpPath,
} from '../access/index.ts';
import { loginPath } from '../identity/index.ts';
import {
  Actions,
  Alert,
  DateText,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  Section,
  Table,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { type FormState, formWithErrors, queryText, readForm, sentText } from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton, TextField } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { safeReturnPath } from '../web/paths.ts';
import { useRequest } from '../web/request.ts';
import {
  addPasskey,
  type AddProblem,
  type PasskeyDeps,
  removePasskey,
  requirePasskeys,
  type RequirementView,
  startAdding,
  startUsing,
  usePasskey,
  type UseProblem,
  viewPasskeys,
  viewRequirement,
} from './actions.ts';
import type { OwnPasskey } from './records.ts';
import { authenticationAnswer, parseAnswer, passkeyName, type Purpose, registrationAnswer } from './rules.ts';

type Page = Context<AppEnv>;

const PROFILE = '/profile';
const OWN = `${PROFILE}/passkeys`;
const ADD = `${OWN}/add`;
const USE = `${OWN}/use`;
const LIST = '/business/access';
const REQUIREMENT = `${LIST}/passkeys`;

/** A person's own passkeys: seen, added, used and removed. */
export function createPasskeyPages(deps: PasskeyDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(`${OWN}/*`, (c, next) =>
    c.get('session') === null
      ? Promise.resolve(c.redirect(loginPath(c.req.method === 'GET' ? c.req.path : OWN), 303))
      : next(),
  );
  app.get(OWN, (c) => ownPage(c, deps));
  app.get(ADD, (c) => addPage(c, deps));
  app.post(ADD, (c) => add(c, deps));
  app.get(USE, (c) => usePage(c, deps, queryText(c, 'return') ?? ''));
  app.post(USE, (c) => use(c, deps));
  app.post(`${OWN}/:passkey/remove`, (c) => remove(c, deps));
  return app;
}

/** Business → Access → Passkeys: whether the business requires one. */
export function createBusinessPasskeyPages(deps: PasskeyDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(REQUIREMENT, (c) => requirementPage(c, deps));
  app.post(REQUIREMENT, (c) => changeRequirement(c, deps));
  return app;
}

const tokenOf = (c: Page): Uint8Array => {
  const session = c.get('session');
  if (session === null) throw new Error('A page of a person without a session.');
  return session.tokenHash;
};

const profileCrumb = (c: Page) => ({ label: c.get('t')('identity:profile.title'), href: PROFILE });

// One's own -------------------------------------------------------------------------------------------------------------

async function ownPage(c: Page, deps: PasskeyDeps) {
  const t = c.get('t');
  const { passkeys } = await viewPasskeys(deps, tokenOf(c));
  return renderPage(
    c,
    { title: t('passkeys:title'), narrow: true, breadcrumbs: [profileCrumb(c)] },
    <>
      <Lead>{t('passkeys:lead')}</Lead>
      <p>{t('passkeys:why')}</p>
      <Table
        caption={t('passkeys:own')}
        captionHidden
        rows={passkeys}
        empty={<EmptyState title={t('passkeys:none.title')}>{t('passkeys:none.text')}</EmptyState>}
        columns={[
          { header: t('passkeys:column.name'), cell: (row) => row.name },
          { header: t('passkeys:column.added'), cell: (row) => <DateText date={row.addedAt} time /> },
          {
            header: t('passkeys:column.used'),
            cell: (row) =>
              row.lastUsedAt === null ? t('passkeys:notUsed') : <DateText date={row.lastUsedAt} time />,
          },
          {
            header: t('passkeys:column.change'),
            cell: (row) => (
              <PostForm action={`${OWN}/${row.id}/remove`} class="form inline">
                <SubmitButton variant="secondary" color="danger" size="sm">
                  {t('passkeys:remove')}
                  <span class="ds-sr-only"> {row.name}</span>
                </SubmitButton>
              </PostForm>
            ),
          },
        ]}
      />
      <Actions>
        <LinkButton href={ADD}>{t('passkeys:add.button')}</LinkButton>
      </Actions>
      <p>{t('passkeys:lost')}</p>
    </>,
  );
}

async function remove(c: Page, deps: PasskeyDeps) {
  // What is no form is refused as such.
  await readForm(c);
  const removed = await removePasskey(deps, tokenOf(c), c.req.param('passkey') ?? '');
  return removed ? redirectDone(c, OWN, 'passkeys:done.removed') : notFoundPage(c);
}

async function addPage(c: Page, deps: PasskeyDeps, problem?: AddProblem, state?: FormState) {
  const started = await startAdding(deps, tokenOf(c));
  if (!started.ok) return c.redirect(stepUpPath(ADD), 303);
  const { options, waits } = started.value;
  const t = c.get('t');
  return renderPage(
    c,
    {
      title: t('passkeys:add.title'),
      narrow: true,
      breadcrumbs: [profileCrumb(c), { label: t('passkeys:title'), href: OWN }],
      status: problem === undefined && state === undefined ? 200 : 422,
    },
    <>
      <Lead>{t('passkeys:add.lead')}</Lead>
      {waits ? (
        <Alert>
          <p>{t('passkeys:add.waits')}</p>
          <Actions>
            <LinkButton href={passkeyPath(ADD)} variant="secondary">
              {t('passkeys:use.button')}
            </LinkButton>
          </Actions>
        </Alert>
      ) : (
        <p>{t('passkeys:add.counts')}</p>
      )}
      <Ceremony purpose="add" options={options} problem={problem}>
        <PostForm action={ADD} {...(state === undefined ? {} : { state })}>
          <HiddenField name="response" value="" />
          <TextField
            name="name"
            label={t('passkeys:add.name')}
            description={t('passkeys:add.nameHint')}
            maxlength={60}
          />
          <Actions>
            <SubmitButton>{t('passkeys:add.submit')}</SubmitButton>
            <LinkButton href={OWN} variant="tertiary">
              {t('passkeys:add.cancel')}
            </LinkButton>
          </Actions>
        </PostForm>
      </Ceremony>
    </>,
  );
}

type CeremonyProps = {
  readonly purpose: Purpose;
  /** What the browser is asked, as it takes it. */
  readonly options: object;
  readonly problem?: AddProblem | UseProblem | undefined;
  readonly children?: Child;
};

/** A form that the browser's own window for passkeys answers: what it says goes into the field `response`. */
function Ceremony({ purpose, options, problem, children }: CeremonyProps) {
  const { t, web } = useRequest();
  return (
    <div class="stack" data-passkey={purpose} data-options={JSON.stringify(options)}>
      {problem === undefined ? null : (
        <Alert color="danger" live>
          {t(`passkeys:problem.${problem}`)}
        </Alert>
      )}
      <div data-without-script>
        <Alert color="warning">{t('passkeys:noScript')}</Alert>
      </div>
      <div role="status">
        {(['unsupported', 'known', 'cancelled'] as const).map((name) => (
          <div hidden data-problem={name}>
            <Alert color="danger">{t(`passkeys:problem.${name}`)}</Alert>
          </div>
        ))}
      </div>
      {children}
      <script type="module" src={web.assets.path('passkey.js')} />
    </div>
  );
}

async function add(c: Page, deps: PasskeyDeps) {
  const form = await readForm(c);
  const name = passkeyName.safeParse(form.get('name'));
  if (!name.success)
    return addPage(c, deps, undefined, formWithErrors(form, { name: 'passkeys:error.name' }));
  const state = formWithErrors(form, {});
  const answer = parseAnswer(registrationAnswer, form.get('response'));
  if (answer === undefined) return addPage(c, deps, 'not-verified', state);
  const added = await addPasskey(deps, tokenOf(c), { name: name.data, answer });
  return added.ok ? redirectDone(c, OWN, 'passkeys:done.added') : addPage(c, deps, added.error, state);
}

// Using -----------------------------------------------------------------------------------------------------------------

async function usePage(c: Page, deps: PasskeyDeps, wanted: string, problem?: UseProblem) {
  const returnPath = safeReturnPath(wanted, OWN);
  const started = await startUsing(deps, tokenOf(c));
  const t = c.get('t');
  return renderPage(
    c,
    {
      title: t('passkeys:use.title'),
      narrow: true,
      status: problem === undefined ? 200 : 422,
      here: passkeyPath(returnPath),
    },
    started.ok ? (
      <>
        <Lead>{t('passkeys:use.lead')}</Lead>
        <Waiting passkeys={started.value.waiting} />
        <Ceremony purpose="use" options={started.value.options} problem={problem}>
          <PostForm action={USE}>
            <HiddenField name="response" value="" />
            <HiddenField name="return" value={returnPath} />
            <Actions>
              <SubmitButton>{t('passkeys:use.button')}</SubmitButton>
              <LinkButton href={returnPath} variant="tertiary">
                {t('passkeys:use.back')}
              </LinkButton>
            </Actions>
          </PostForm>
        </Ceremony>
      </>
    ) : (
      <NoneYet returnPath={returnPath} />
    ),
  );
}

/** Passkeys that do not count everywhere yet, and from when they do. */
function Waiting({ passkeys }: { readonly passkeys: readonly OwnPasskey[] }) {
  const { t } = useRequest();
  return (
    <>
      {passkeys.map(({ name, countsFrom }) => (
        <Alert>
          {t('passkeys:use.waits', { name })} <DateText date={countsFrom} time />
        </Alert>
      ))}
    </>
  );
}

function NoneYet({ returnPath }: { readonly returnPath: string }) {
  const { t } = useRequest();
  return (
    <>
      <Alert color="warning" title={t('passkeys:use.noneTitle')}>
        <p>{t('passkeys:use.none')}</p>
        <Actions>
          <LinkButton href={ADD}>{t('passkeys:add.button')}</LinkButton>
          <LinkButton href={returnPath} variant="tertiary">
            {t('passkeys:use.back')}
          </LinkButton>
        </Actions>
      </Alert>
    </>
  );
}

async function use(c: Page, deps: PasskeyDeps) {
  const form = await readForm(c);
  const returnPath = safeReturnPath(sentText(form, 'return'), OWN);
  const answer = parseAnswer(authenticationAnswer, form.get('response'));
  if (answer === undefined) return usePage(c, deps, returnPath, 'not-verified');
  const used = await usePasskey(deps, tokenOf(c), answer);
  return used.ok ? c.redirect(returnPath, 303) : usePage(c, deps, returnPath, used.error);
}

// What a business requires ----------------------------------------------------------------------------------------------

async function requirementPage(c: Page, deps: PasskeyDeps) {
  const viewed = await viewRequirement(deps, requireActing(c));
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const view = viewed.value;
  const t = c.get('t');
  const { requirement } = view;
  return renderBusinessPage(
    c,
    view.permitted,
    {
      title: t('passkeys:business.title'),
      section: 'business',
      side: 'access',
      narrow: true,
      breadcrumbs: [{ label: t('access:title'), href: businessPath(requireActing(c), LIST) }],
    },
    <>
      <Lead>{t('passkeys:business.lead')}</Lead>
      {requirement === undefined ? (
        <p>{t('passkeys:business.off')}</p>
      ) : (
        <Alert color="success">
          {t('passkeys:business.on', { person: requirement.by })} <DateText date={requirement.since} time />
        </Alert>
      )}
      <p>{t('passkeys:business.free')}</p>
      <p>
        {t('passkeys:business.each')} <Link href={OWN}>{t('passkeys:business.own')}</Link>
      </p>
      <p>{t('passkeys:lost')}</p>
      <Section title={t(requirement ? 'passkeys:business.end' : 'passkeys:business.begin')}>
        <Change c={c} view={view} />
      </Section>
    </>,
  );
}

/** The button, or what comes before it. */
function Change({ c, view }: { readonly c: Page; readonly view: RequirementView }) {
  const { t } = useRequest();
  const { requirement, mayChange, lacks, passkeys } = view;
  if (!mayChange) return <p>{t('passkeys:business.officersOnly')}</p>;
  if (passkeys.length === 0)
    return (
      <>
        <p>{t('passkeys:business.needsOwn')}</p>
        <Actions>
          <LinkButton href={ADD}>{t('passkeys:add.button')}</LinkButton>
        </Actions>
      </>
    );
  if (lacks !== undefined) {
    const path = lacks === 'step-up' ? stepUpPath(c.req.path) : passkeyPath(c.req.path);
    return (
      <>
        <p>{t(`passkeys:business.${lacks}`)}</p>
        <Actions>
          <LinkButton href={path}>
            {t(lacks === 'step-up' ? 'access:stepUp.button' : 'passkeys:use.button')}
          </LinkButton>
        </Actions>
      </>
    );
  }
  return (
    <PostForm>
      <HiddenField name="required" value={requirement ? 'no' : 'yes'} />
      <p>{t(requirement ? 'passkeys:business.endText' : 'passkeys:business.beginText')}</p>
      <Actions>
        <SubmitButton {...(requirement ? { variant: 'secondary', color: 'danger' } : {})}>
          {t(requirement ? 'passkeys:business.end' : 'passkeys:business.begin')}
        </SubmitButton>
      </Actions>
    </PostForm>
  );
}

async function changeRequirement(c: Page, deps: PasskeyDeps) {
  const acting = requireActing(c);
  const sent = (await readForm(c)).get('required');
  const required = sent === 'yes' ? true : sent === 'no' ? false : undefined;
  const changed = await requirePasskeys(deps, acting, required);
  const path = businessPath(acting, REQUIREMENT);
  if (changed.ok) return redirectDone(c, path, `passkeys:done.${required ? 'required' : 'notRequired'}`);
  switch (changed.error) {
    case 'step-up':
      return c.redirect(stepUpPath(path), 303);
    case 'passkey':
      return c.redirect(passkeyPath(path), 303);
    case 'no-answer':
      return problemPage(c, 'badRequest');
    default:
      return refusedPage(c, changed.error);
  }
}
