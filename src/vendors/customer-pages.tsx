import type { Context, Hono } from 'hono';
import { z } from 'zod';
import {
  businessPath,
  isRenewable,
  type Permitted,
  refusedPage,
  renderBusinessPage,
  renewableFrom,
  requireActing,
  RightList,
  wantedList,
} from '../access/index.ts';
import { formatDate } from '../kernel/dates.ts';
import { nok } from '../kernel/money.ts';
import type { ValueOf } from '../kernel/result.ts';
import {
  Actions,
  DateText,
  DescriptionList,
  EmptyState,
  LinkButton,
  Money,
  Pagination,
  Section,
  Table,
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
import { withQuery } from '../web/paths.ts';
import { SearchForm, searchQuery } from '../web/search.tsx';
import { assignMembers, CUSTOMERS_PER_PAGE, openCustomer, type viewVendor } from './actions.ts';
import type { VendorDeps } from './grants.ts';
import { answerMember } from './member-pages.tsx';
import type { CustomerMandate } from './records.ts';
import { officersOnly } from './request-pages.tsx';

const VENDOR = '/business/vendor';
const side = { section: 'business', side: 'vendor' } as const;
type Page = Context<AppEnv>;
type Deps = Pick<VendorDeps, 'database'>;

/** A customer's mandate as the vendor sees it, and which of its people are set up on it. */
export function addCustomerPages(app: Hono<AppEnv>, deps: Deps): void {
  app.get(`${VENDOR}/customers/:mandate`, (c) => customerPage(c, deps));
  app.post(`${VENDOR}/customers/:mandate`, (c) => assign(c, deps));
}

type CustomersProps = Pick<ValueOf<typeof viewVendor>, 'permitted' | 'customers'> & { readonly c: Page };

/** On the vendor's own page: whom it orders for, what each lets it do, and who does it. */
export function Customers({ c, permitted, customers }: CustomersProps) {
  const t = c.get('t');
  const wanted = wantedList(c);
  const own = businessPath(requireActing(c), VENDOR);
  return (
    <Section title={t('vendors:customers.title')}>
      <SearchForm
        to={own}
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
            cell: (customer) => <CustomerActions c={c} permitted={permitted} customer={customer} />,
          },
        ]}
      />
      <Pagination
        page={wanted.page}
        pages={Math.ceil(customers.total / CUSTOMERS_PER_PAGE)}
        href={(page) => withQuery(own, { ...searchQuery(c), page: String(page) })}
      />
    </Section>
  );
}

type CustomerProps = {
  readonly c: Page;
  readonly permitted: Permitted;
  readonly customer: CustomerMandate;
};

function CustomerActions({ c, permitted, customer }: CustomerProps) {
  const t = c.get('t');
  const path = businessPath(requireActing(c), `${VENDOR}/customers/${customer.id}`);
  return (
    <Actions>
      <LinkButton
        href={path}
        variant="secondary"
        size="sm"
        label={t('vendors:customers.assignFull', { name: customer.customerName })}
      >
        {t('vendors:customers.assign')}
      </LinkButton>
      {isRenewable(customer.endsAt, permitted.now) ? (
        <LinkButton
          href={`${path}/renew`}
          variant="secondary"
          size="sm"
          label={t('vendors:customers.renewFull', { name: customer.customerName })}
          disabledReason={officersOnly(c, permitted)}
        >
          {t('vendors:customers.renew')}
        </LinkButton>
      ) : null}
    </Actions>
  );
}

async function customerPage(c: Page, deps: Deps, state: FormState = emptyForm) {
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

async function assign(c: Page, deps: Deps) {
  const form = await readForm(c);
  const parsed = parseForm(assignForm, form);
  if (!parsed.ok) return customerPage(c, deps, parsed.error);
  const assigned = await assignMembers(deps, requireActing(c), {
    mandateId: c.req.param('mandate') ?? '',
    personIds: parsed.value.people,
  });
  if (!assigned.ok && assigned.error === 'not-a-member')
    return customerPage(c, deps, formWithErrors(form, { people: 'vendors:problem.not-a-member' }));
  return answerMember(c, 'vendors:done.assigned', assigned);
}
