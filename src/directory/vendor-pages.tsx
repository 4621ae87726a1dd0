import type { Context, Hono, MiddlewareHandler } from 'hono';
import type { Database } from '../database/database.ts';
import { formatMoney, type Money as Amount, nok } from '../kernel/money.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { cardPriceNow } from '../prices/index.ts';
import {
  Actions,
  Card,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  Money,
  Pagination,
  Section,
  Stack,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { queryText } from '../web/form-parsing.ts';
import { GetForm, Select, SubmitButton, TextField } from '../web/forms.tsx';
import { renderPage } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { useRequest } from '../web/request.ts';
import { Definitions, numbersOf } from './numbers.tsx';
import { profilePage } from './profile-page.tsx';
import { reportPath, selfCheckPath, vendorsPath } from './paths.ts';
import { listVendors } from './records.ts';
import { type ListedVendor, SORTS } from './rules.ts';

type Page = Context<AppEnv>;

export interface VendorPagesDeps {
  readonly database: Pick<Database, 'request' | 'check'>;
}

const PER_PAGE = 25;
const MAX_SEARCH = 100;

/** The directory of vendors, `/vendors`: ordering oneself first, then who else does it, with numbers and no stars. */
export function addVendorPages(app: Hono<AppEnv>, deps: VendorPagesDeps, limited: MiddlewareHandler<AppEnv>) {
  app.get(vendorsPath, limited, (c) => listPage(c, deps));
  app.get(`${vendorsPath}/:number`, limited, (c) => profilePage(c, deps));
}

function wantedOf(c: Page) {
  const page = Number(c.req.query('page') ?? '1');
  return {
    // Names of businesses, which are public: they may stand in an address.
    search: (queryText(c, 'q') ?? '').trim().slice(0, MAX_SEARCH).toWellFormed(),
    sort: SORTS.find((one) => one === c.req.query('sort')) ?? 'name',
    page: Number.isSafeInteger(page) && page > 0 && page < 10_000 ? page : 1,
    pageSize: PER_PAGE,
  };
}

const pathOf = ({ search, sort }: ReturnType<typeof wantedOf>, page: number) =>
  withQuery(vendorsPath, { ...(search === '' ? {} : { q: search }), sort, page: String(page) });

async function listPage(c: Page, { database }: VendorPagesDeps) {
  const wanted = wantedOf(c);
  const { vendors, total } = await listVendors(database, wanted);
  // Past the last page, where there is no telling how many there are.
  if (vendors.length === 0 && wanted.page > 1) return c.redirect(pathOf(wanted, 1), 303);
  const price = await cardPriceNow(database);
  const t = c.get('t');
  return renderPage(
    c,
    { title: t('directory:vendors.title') },
    <Stack>
      <Lead>{t('directory:vendors.lead')}</Lead>
      <Yourself price={price} />
      <GetForm action={vendorsPath}>
        <TextField
          name="q"
          type="search"
          label={t('directory:vendors.search')}
          value={wanted.search}
          optional
          maxlength={MAX_SEARCH}
        />
        <Select
          name="sort"
          label={t('directory:vendors.sort')}
          value={wanted.sort}
          choices={SORTS.map((value) => ({ value, label: t(`directory:vendors.by.${value}`) }))}
        />
        <Actions>
          <SubmitButton variant="secondary">{t('directory:vendors.find')}</SubmitButton>
        </Actions>
      </GetForm>
      <Section title={t('directory:vendors.found', { count: total })}>
        {vendors.length === 0 ? <EmptyState title={t('directory:vendors.none')} /> : null}
        {vendors.map((vendor) => (
          <Vendor vendor={vendor} price={price} />
        ))}
        <Pagination
          page={wanted.page}
          pages={Math.ceil(total / PER_PAGE)}
          href={(page) => pathOf(wanted, page)}
        />
      </Section>
      <Definitions countedAt={vendors.find(({ countedAt }) => countedAt !== undefined)?.countedAt} />
      <Actions>
        <LinkButton href={reportPath} variant="secondary">
          {t('directory:report.title')}
        </LinkButton>
        <LinkButton href={selfCheckPath} variant="secondary">
          {t('directory:check.title')}
        </LinkButton>
      </Actions>
    </Stack>,
  );
}

/** The official way, always first. */
function Yourself({ price }: { readonly price: Amount | undefined }) {
  const { t, language } = useRequest();
  return (
    <Card title={t('directory:vendors.yourself')} tinted>
      {price === undefined ? null : (
        <p>
          <strong>{t('directory:vendors.yourselfPrice', { price: formatMoney(price, language) })}</strong>
        </p>
      )}
      <p>{t('directory:vendors.yourselfText')}</p>
      <p class="alone">
        <Link href="/prices">{t('directory:vendors.prices')}</Link>
      </p>
    </Card>
  );
}

function Vendor({ vendor, price }: { readonly vendor: ListedVendor; readonly price: Amount | undefined }) {
  const { t, language } = useRequest();
  return (
    <Card title={vendor.name} level={3}>
      <DescriptionList
        items={[
          {
            term: t('directory:vendors.fee'),
            value: (
              <>
                <Money amount={nok(vendor.feeOre)} />
                {price === undefined || vendor.feeOre === 0 ? null : (
                  <> {t('directory:vendors.onTop', { price: formatMoney(price, language) })}</>
                )}
              </>
            ),
          },
          {
            term: t('directory:vendors.number'),
            value: <span class="nowrap">{formatOrganisationNumber(vendor.organisationNumber)}</span>,
          },
          { term: t('directory:vendors.form'), value: vendor.form },
          {
            term: t('directory:vendors.vat'),
            value: t(vendor.vatRegistered ? 'directory:vendors.yes' : 'directory:vendors.no'),
          },
          { term: t('directory:vendors.since'), value: <DateText date={vendor.registeredAt} /> },
          ...numbersOf(vendor, t, language),
        ]}
      />
      <p class="alone">
        <Link href={`${vendorsPath}/${vendor.organisationNumber}`}>
          {t('directory:profile.see', { name: vendor.name })}
        </Link>
      </p>
    </Card>
  );
}
