import { type Context, Hono } from 'hono';
import {
  businessPath,
  type Permitted,
  refusedPage,
  renderBusinessPage,
  requireActing,
  wantedList,
} from '../access/index.ts';
import { Actions, LinkButton, Section } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { viewVendor } from './actions.ts';
import { addAppealPages, BarNotice } from './appeal-pages.tsx';
import { addCustomerPages, Customers } from './customer-pages.tsx';
import { addGrantPages } from './grant-pages.tsx';
import type { VendorDeps } from './grants.ts';
import { addMemberPages, Members } from './member-pages.tsx';
import { addMergerPages, Successions } from './merger-pages.tsx';
import { addProfilePages, OwnPrice } from './profile-pages.tsx';
import { addQuotePages, type QuoteDeps } from './quote-pages.tsx';
import { addVendorRequestPages, officersOnly } from './request-pages.tsx';
import type { RequestDeps } from './requests.ts';
import { addSecurityPages } from './security-pages.tsx';
import { addStartPages } from './start-pages.tsx';

const VENDOR = '/business/vendor';

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
  addProfilePages(app, deps);
  addMemberPages(app, deps);
  addCustomerPages(app, deps);
  app.get(VENDOR, (c) => overview(c, deps));
  return app;
}

/** The vendor's own page: where it stands, its price and people, what else it can do, and its customers. */
async function overview(c: Context<AppEnv>, deps: VendorDeps) {
  const viewed = await viewVendor(deps, requireActing(c), wantedList(c));
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, profile, bar, price, people, invitations, customers, takenOver } = viewed.value;
  return renderBusinessPage(
    c,
    permitted,
    { section: 'business', side: 'vendor', title: c.get('t')('vendors:own.title') },
    <>
      {bar === undefined ? null : <BarNotice c={c} bar={bar} now={permitted.now} />}
      <Successions c={c} takenOver={takenOver} />
      <OwnPrice c={c} permitted={permitted} profile={profile} price={price} />
      {profile === undefined ? null : (
        <>
          <Members c={c} people={people} invitations={invitations} />
          <WaysOn c={c} permitted={permitted} organisationNumber={profile.organisationNumber} />
          <Customers c={c} permitted={permitted} customers={customers} />
        </>
      )}
    </>,
  );
}

type WaysOnProps = {
  readonly c: Context<AppEnv>;
  readonly permitted: Permitted;
  readonly organisationNumber: string;
};

/** What a vendor can do on pages of their own: requests, quotes, agreements and its answers about security. */
function WaysOn({ c, permitted, organisationNumber }: WaysOnProps) {
  const t = c.get('t');
  const path = (sub: string) => businessPath(requireActing(c), `${VENDOR}${sub}`);
  const disabledReason = officersOnly(c, permitted);
  return (
    <>
      <Section title={t('vendors:requests.title')}>
        <p>{t('vendors:requests.lead')}</p>
        <Actions>
          <LinkButton href={path('/requests/new')} disabledReason={disabledReason}>
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
          <LinkButton href={path('/quotes/new')} disabledReason={disabledReason}>
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
          <LinkButton href={path('/security')} variant="secondary" disabledReason={disabledReason}>
            {t('vendors:security.see')}
          </LinkButton>
          <LinkButton href={`/vendors/${organisationNumber}`} variant="secondary">
            {t('vendors:security.seeOwn')}
          </LinkButton>
        </Actions>
      </Section>
    </>
  );
}
