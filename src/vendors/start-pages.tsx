import { type Context, Hono } from 'hono';
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { z } from 'zod';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import { loginPath } from '../identity/index.ts';
import { nok } from '../kernel/money.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import type { ValueOf } from '../kernel/result.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  LinkButton,
  Money,
  Section,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import {
  emptyForm,
  formList,
  type FormState,
  formWithErrors,
  parseForm,
  readForm,
} from '../web/form-parsing.ts';
import { CheckboxGroup, PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { qrCodeSvg } from '../web/qr-code.ts';
import { useRequest } from '../web/request.ts';
import type { VendorDeps } from './grants.ts';
import { acceptTerms, openVendorLink, PROMISES, viewStart } from './onboarding.ts';
import { comparePrices } from './rules.ts';

const VENDOR = '/business/vendor';
const START = `${VENDOR}/start`;
type Page = Context<AppEnv>;

/** The guided page on which an officer makes the business a vendor. */
export function addStartPages(app: Hono<AppEnv>, deps: VendorDeps): void {
  app.get(START, (c) => startPage(c, deps, emptyForm));
  app.post(START, (c) => promise(c, deps));
}

/** The address that a vendor gives its customers: it opens the page on which they give it a mandate. */
const linkPath = (vendorNumber: string) => `/give/${vendorNumber}`;

const ownPath = (c: Page, sub = '') => businessPath(requireActing(c), `${VENDOR}${sub}`);
type Start = ValueOf<typeof viewStart>;

async function startPage(c: Page, deps: VendorDeps, state: FormState) {
  const acting = requireActing(c);
  const viewed = await viewStart(deps, acting);
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, terms, profile, people } = viewed.value;
  const t = c.get('t');
  const later = profile === undefined ? t('vendors:start.later') : undefined;
  const address = `${deps.publicOrigin}${linkPath(acting.business)}`;
  const link = profile === undefined ? undefined : { address, code: await qrCodeSvg(address) };
  return renderBusinessPage(
    c,
    permitted,
    {
      section: 'business',
      side: 'vendor',
      title: t('vendors:start.title'),
      breadcrumbs: [{ label: t('vendors:own.title'), href: ownPath(c) }],
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <Lead>{t('vendors:start.lead')}</Lead>
      <TermsStep terms={terms} state={state} />
      <ProfileStep c={c} profile={profile} terms={terms} />
      <PeopleStep c={c} people={people} later={later} />
      <LinkStep c={c} link={link} />
    </>,
  );
}

type TermsProps = Pick<Start, 'terms'> & { readonly state: FormState };

function TermsStep({ terms, state }: TermsProps) {
  const { t } = useRequest();
  return (
    <Step number={1} name="terms" done={terms !== undefined}>
      {terms === undefined ? (
        <PostForm state={state}>
          <CheckboxGroup
            name="promises"
            label={t('vendors:start.promises')}
            choices={PROMISES.map((one) => ({ value: one, label: t(`vendors:start.promise.${one}`) }))}
          />
          <Actions>
            <SubmitButton>{t('vendors:start.accept')}</SubmitButton>
          </Actions>
        </PostForm>
      ) : (
        <>
          <Promises />
          <p>
            {terms.acceptedByName}, <DateText date={terms.acceptedAt} time />
          </p>
        </>
      )}
    </Step>
  );
}

type ProfileProps = Pick<Start, 'profile' | 'terms'> & { readonly c: Page };

function ProfileStep({ c, profile, terms }: ProfileProps) {
  const t = c.get('t');
  return (
    <Step number={2} name="profile" done={profile !== undefined}>
      {profile === undefined ? null : (
        <DescriptionList
          items={[{ term: t('vendors:column.fee'), value: <Money amount={nok(profile.feeOre)} /> }]}
        />
      )}
      <Actions>
        <LinkButton
          href={ownPath(c, '/profile')}
          variant={profile === undefined ? 'primary' : 'secondary'}
          disabledReason={terms === undefined ? t('vendors:start.termsFirst') : undefined}
        >
          {t(profile === undefined ? 'vendors:start.publish' : 'vendors:own.change')}
        </LinkButton>
      </Actions>
    </Step>
  );
}

type PeopleProps = Pick<Start, 'people'> & {
  readonly c: Page;
  /** Why it has to wait, until it need not. */
  readonly later: string | undefined;
};

function PeopleStep({ c, people, later }: PeopleProps) {
  const t = c.get('t');
  return (
    <Step number={3} name="people" done={people.some(({ memberId }) => memberId !== null)}>
      {people.length === 0 ? null : (
        <Table
          caption={t('vendors:members.title')}
          captionHidden
          rows={people}
          columns={[
            { header: t('access:column.name'), cell: (person) => person.name },
            {
              header: t('vendors:members.kind'),
              cell: ({ memberId }) => t(`vendors:members.${memberId === null ? 'officer' : 'member'}`),
            },
          ]}
        />
      )}
      <Actions>
        <LinkButton href={ownPath(c, '/members/new')} variant="secondary" disabledReason={later}>
          {t('vendors:members.add')}
        </LinkButton>
      </Actions>
    </Step>
  );
}

type LinkStepProps = {
  readonly c: Page;
  /** What customers open to give the vendor a mandate, also as a QR code in SVG; undefined before there is a price. */
  readonly link: { readonly address: string; readonly code: string } | undefined;
};

function LinkStep({ c, link }: LinkStepProps) {
  const t = c.get('t');
  return (
    <Step number={4} name="link" done={link !== undefined}>
      {link === undefined ? (
        <p>{t('vendors:start.later')}</p>
      ) : (
        <>
          <div class="qr-code" role="img" aria-label={t('vendors:start.code')}>
            {raw(link.code)}
          </div>
          <p class="upload-link">{link.address}</p>
          <Actions>
            <LinkButton href={ownPath(c, '/requests/new')} variant="secondary">
              {t('vendors:requests.new')}
            </LinkButton>
            <LinkButton href={ownPath(c, '/quotes/new')} variant="secondary">
              {t('vendors:quote.new')}
            </LinkButton>
          </Actions>
        </>
      )}
    </Step>
  );
}

function Promises() {
  const { t } = useRequest();
  return (
    <ul class="ds-list">
      {PROMISES.map((one) => (
        <li>{t(`vendors:start.promise.${one}`)}</li>
      ))}
    </ul>
  );
}

type StepProps = {
  readonly number: number;
  readonly name: 'terms' | 'profile' | 'people' | 'link';
  readonly done: boolean;
  readonly children?: Child;
};

function Step({ number, name, done, children }: StepProps) {
  const { t } = useRequest();
  return (
    <Section title={`${String(number)}. ${t(`vendors:start.step.${name}`)}`}>
      <p>
        <Tag color={done ? 'success' : 'neutral'}>{t(`vendors:start.${done ? 'done' : 'todo'}`)}</Tag>{' '}
        {t(`vendors:start.text.${name}`)}
      </p>
      {children}
    </Section>
  );
}

const promiseForm = z.object({ promises: formList(z.string()) });

async function promise(c: Page, deps: VendorDeps) {
  const form = await readForm(c);
  const parsed = parseForm(promiseForm, form);
  if (!parsed.ok) return startPage(c, deps, parsed.error);
  const accepted = await acceptTerms(deps, requireActing(c), parsed.value.promises);
  if (accepted.ok) return redirectDone(c, businessPath(requireActing(c), START), 'vendors:done.promised');
  if (accepted.error !== 'not-promised') return refusedPage(c, accepted.error);
  return startPage(c, deps, formWithErrors(form, { promises: 'vendors:start.notPromised' }));
}

// What the link opens --------------------------------------------------------------------------------------------------

type LinkDeps = { readonly database: Pick<Database, 'request'> };

/** GET /give/:number: a vendor's price beside the official one, and for which business to give it a mandate. */
export function createVendorLinkPages(deps: LinkDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/give/:number', (c) => linkPage(c, deps));
  return app;
}

async function linkPage(c: Page, deps: LinkDeps) {
  const session = c.get('session');
  if (session === null) return c.redirect(loginPath(c.req.path), 303);
  const opened = await openVendorLink(deps, session.tokenHash, c.req.param('number') ?? '');
  if (opened === undefined) return notFoundPage(c);
  const { vendor, terms, price, businesses } = opened;
  const t = c.get('t');
  const prices = comparePrices(nok(price.ore), nok(vendor.feeOre), price.vatBasisPoints);
  return renderPage(
    c,
    { title: t('vendors:give.title', { name: vendor.name }), narrow: true },
    <>
      <Lead>{t('vendors:give.lead', { name: vendor.name })}</Lead>
      <Alert>{t('vendors:give.never')}</Alert>
      <DescriptionList
        items={[
          { term: t('vendors:column.number'), value: formatOrganisationNumber(vendor.organisationNumber) },
          { term: t('vendors:prices.official'), value: <Money amount={prices.official} /> },
          { term: t('vendors:prices.fee'), value: <Money amount={prices.fee} /> },
          { term: t('vendors:prices.total'), value: <Money amount={prices.total} /> },
        ]}
      />
      {terms === undefined ? null : (
        <Section title={t('vendors:give.promised', { name: vendor.name })}>
          <Promises />
        </Section>
      )}
      {vendor.barred || vendor.closed ? (
        <Alert color="danger">{t(`vendors:problem.${vendor.barred ? 'barred' : 'closed'}`)}</Alert>
      ) : (
        <Table
          caption={t('vendors:give.which')}
          rows={businesses}
          empty={<EmptyState title={t('vendors:give.none')} />}
          columns={[
            { header: t('vendors:give.business'), cell: ({ name }) => name },
            {
              header: t('vendors:column.number'),
              cell: ({ organisationNumber }) => formatOrganisationNumber(organisationNumber),
            },
            {
              header: '',
              align: 'end',
              cell: ({ name, organisationNumber }) => (
                <LinkButton
                  href={`/b/${organisationNumber}/business/access/vendors/${vendor.organisationNumber}`}
                  size="sm"
                  variant="secondary"
                  label={t('vendors:give.chooseFull', { name })}
                >
                  {t('vendors:give.choose')}
                </LinkButton>
              ),
            },
          ]}
        />
      )}
    </>,
  );
}
