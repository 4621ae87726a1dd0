import type { Context, Hono } from 'hono';
import { z } from 'zod';
import {
  businessPath,
  type Refused,
  refusedPage,
  renderBusinessPage,
  requireActing,
  StepUp,
  stepUpPath,
  wantedList,
} from '../access/index.ts';
import { addMonths, osloToday } from '../kernel/dates.ts';
import { formatMoney, nok } from '../kernel/money.ts';
import type { ValueOf } from '../kernel/result.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  Money,
  Pagination,
  Section,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import {
  emptyForm,
  type FieldError,
  type FormState,
  formTick,
  formWithErrors,
  parseForm,
  readForm,
  toDay,
  typedText,
} from '../web/form-parsing.ts';
import {
  Checkbox,
  DateField,
  Fieldset,
  HiddenField,
  PostForm,
  RadioGroup,
  Select,
  SubmitButton,
  TextField,
} from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { useRequest } from '../web/request.ts';
import type { VendorDeps } from './grants.ts';
import { QuoteCost, QuoteItems } from './quote-parts.tsx';
import { type Offer, OFFERS_PER_PAGE, type Side } from './quote-records.ts';
import {
  CHARGED_PER,
  FIXED_ITEMS,
  type ItemProblem,
  MAX_ITEMS,
  stateOfOffer,
  type TypedItem,
} from './quote-rules.ts';
import {
  acceptOffer,
  type AcceptProblem,
  offerQuote,
  type OfferProblem,
  openOfferForm,
  viewOffer,
  viewOffers,
  withdrawOffer,
} from './quotes.ts';
import { officersOnly } from './request-pages.tsx';

/** Settings of what a quote is shown with. */
export interface QuoteDeps extends VendorDeps {
  /** The fee per card, øre, from which on it is said in words what a vendor's price comes to. */
  readonly warnFromOre: number;
}

const VENDOR = '/business/vendor';
const OWN = `${VENDOR}/quotes`;
const GOT = '/business/quotes';
type Page = Context<AppEnv>;

/** Quotes: a vendor's own (under "For vendors"), and those that a business has got (left menu "Quotes"). */
export function addQuotePages(app: Hono<AppEnv>, deps: QuoteDeps): void {
  app.get(OWN, (c) => listPage(c, deps, 'vendor'));
  app.get(`${OWN}/new`, (c) => newPage(c, deps, emptyForm));
  app.post(`${OWN}/new`, (c) => send(c, deps));
  app.get(`${OWN}/:quote`, (c) => ownPage(c, deps));
  app.post(`${OWN}/:quote/withdraw`, (c) => withdraw(c, deps));
  app.get(GOT, (c) => listPage(c, deps, 'business'));
  app.get(`${GOT}/:quote`, (c) => offerPage(c, deps, emptyForm));
  app.post(`${GOT}/:quote`, (c) => accept(c, deps));
}

const frames = {
  vendor: { section: 'business', side: 'vendor', list: OWN, other: 'businessName' },
  business: { section: 'business', side: 'quotes', list: GOT, other: 'vendorName' },
} as const;

function crumbs(c: Page, side: Side, inList = true) {
  const t = c.get('t');
  const acting = requireActing(c);
  return [
    ...(side === 'vendor' ? [{ label: t('vendors:own.title'), href: businessPath(acting, VENDOR) }] : []),
    ...(inList
      ? [{ label: t(`vendors:quote.title.${side}`), href: businessPath(acting, frames[side].list) }]
      : []),
  ];
}

// Lists ----------------------------------------------------------------------------------------------------------------

async function listPage(c: Page, deps: QuoteDeps, side: Side) {
  const acting = requireActing(c);
  const { page } = wantedList(c);
  const viewed = await viewOffers(deps, acting, side, page);
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, offers } = viewed.value;
  const t = c.get('t');
  const { list, other, ...frame } = frames[side];
  const path = businessPath(acting, list);
  return renderBusinessPage(
    c,
    permitted,
    { ...frame, title: t(`vendors:quote.title.${side}`), breadcrumbs: crumbs(c, side, false) },
    <>
      <Lead>{t(`vendors:quote.lead.${side}`)}</Lead>
      {side === 'business' ? null : (
        <Actions>
          <LinkButton href={`${path}/new`} disabledReason={officersOnly(c, permitted)}>
            {t('vendors:quote.new')}
          </LinkButton>
        </Actions>
      )}
      <Table
        caption={t(`vendors:quote.title.${side}`)}
        captionHidden
        rows={offers.rows}
        empty={<EmptyState title={t('vendors:quote.none')} />}
        columns={[
          {
            header: t(`vendors:quote.other.${side}`),
            cell: (offer) => <Link href={`${path}/${offer.id}`}>{offer[other]}</Link>,
          },
          { header: t('vendors:quote.offered'), cell: (offer) => <DateText date={offer.offeredAt} /> },
          { header: t('vendors:quote.validUntil'), cell: (offer) => <LastDay offer={offer} /> },
          {
            header: t('vendors:column.fee'),
            cell: (offer) => <Money amount={nok(offer.feeOre)} />,
            align: 'end',
          },
          {
            header: t('vendors:quote.sum.order'),
            cell: (offer) => <Money amount={nok(offer.orderOre)} />,
            align: 'end',
          },
          { header: t('access:column.state'), cell: (offer) => <State offer={offer} now={permitted.now} /> },
        ]}
      />
      <Pagination
        page={page}
        pages={Math.ceil(offers.total / OFFERS_PER_PAGE)}
        href={(wanted) => withQuery(path, { page: String(wanted) })}
      />
    </>,
  );
}

const LastDay = ({ offer }: { readonly offer: Offer }) => (
  <DateText date={new Date(offer.validUntil.getTime() - 1)} />
);

const colors = {
  open: 'info',
  accepted: 'success',
  lapsed: 'neutral',
  withdrawn: 'neutral',
  replaced: 'neutral',
} as const;

function State({ offer, now }: { readonly offer: Offer; readonly now: Date }) {
  const { t } = useRequest();
  const state = stateOfOffer(offer, now);
  return <Tag color={colors[state]}>{t(`vendors:quote.state.${state}`)}</Tag>;
}

function OfferFacts({
  offer,
  side,
  now,
}: {
  readonly offer: Offer;
  readonly side: Side;
  readonly now: Date;
}) {
  const { t } = useRequest();
  return (
    <DescriptionList
      items={[
        { term: t('access:column.state'), value: <State offer={offer} now={now} /> },
        { term: t(`vendors:quote.other.${side}`), value: offer[frames[side].other] },
        { term: t('vendors:quote.offeredBy'), value: offer.offeredByName },
        { term: t('vendors:quote.offered'), value: <DateText date={offer.offeredAt} time /> },
        { term: t('vendors:quote.validUntil'), value: <LastDay offer={offer} /> },
        ...(offer.outcome === 'accepted' && offer.settledAt !== null
          ? [
              { term: t('vendors:quote.acceptedBy'), value: offer.acceptedByName ?? '' },
              { term: t('vendors:quote.acceptedAt'), value: <DateText date={offer.settledAt} time /> },
            ]
          : []),
      ]}
    />
  );
}

// The vendor's side ------------------------------------------------------------------------------------------------------

/** Rows for the vendor's own items that "more items" adds. */
const MORE_ROWS = 3;
const FIXED = ['fee', 'start', 'postage', 'express'] as const satisfies (keyof typeof FIXED_ITEMS)[];

async function newPage(c: Page, deps: QuoteDeps, state: FormState, rows = 1) {
  const acting = requireActing(c);
  const opened = await openOfferForm(deps, acting);
  if (!opened.ok) return refusedPage(c, opened.error);
  const { permitted, customers, price } = opened.value;
  const t = c.get('t');
  const today = osloToday(permitted.now);
  return renderBusinessPage(
    c,
    permitted,
    {
      ...frames.vendor,
      title: t('vendors:quote.new'),
      breadcrumbs: crumbs(c, 'vendor'),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    customers.length === 0 ? (
      <EmptyState title={t('vendors:quote.noCustomers')}>
        <LinkButton href={businessPath(acting, `${VENDOR}/requests/new`)}>
          {t('vendors:requests.new')}
        </LinkButton>
      </EmptyState>
    ) : (
      <>
        <p>{t('vendors:quote.formText')}</p>
        <PostForm state={state}>
          <CustomerField customers={customers} />
          <DateField
            name="lastDay"
            label={t('vendors:quote.validUntil')}
            description={t('vendors:quote.validUntilHint')}
            min={today}
            max={addMonths(today, 12)}
          />
          <p>
            {t('vendors:prices.official')}: <Money amount={nok(price.ore)} />.{' '}
            {t('vendors:quote.officialText')}
          </p>
          <ItemFields rows={rows} />
          <HiddenField name="rows" value={String(rows)} />
          <Actions>
            <SubmitButton>{t('vendors:quote.send')}</SubmitButton>
            <button class="ds-button" data-variant="secondary" type="submit" name="more" value="yes">
              {t('vendors:quote.more')}
            </button>
          </Actions>
        </PostForm>
      </>
    ),
  );
}

type CustomerFieldProps = { readonly customers: ValueOf<typeof openOfferForm>['customers'] };

function CustomerField({ customers }: CustomerFieldProps) {
  const { t } = useRequest();
  const field = {
    name: 'customer',
    label: t('vendors:quote.other.vendor'),
    choices: customers.map(({ id, name }) => ({ value: id, label: name })),
  };
  return customers.length <= 5 ? <RadioGroup {...field} /> : <Select {...field} />;
}

/** The items that every quote may have, and so many rows for the vendor's own. */
function ItemFields({ rows }: { readonly rows: number }) {
  const { t } = useRequest();
  return (
    <>
      {FIXED.map((kind) => (
        <Fieldset
          name={`item-${kind}`}
          label={`${t(`vendors:quote.kind.${kind}`)} (${t(`vendors:quote.per.${FIXED_ITEMS[kind]}`)})`}
        >
          <AmountFields place={kind} />
        </Fieldset>
      ))}
      {Array.from({ length: rows }, (_, index) => (
        <Fieldset
          name={`item-${String(index)}`}
          label={t('vendors:quote.own', { number: index + 1 })}
          optional
        >
          <TextField
            name={`text-${String(index)}`}
            label={t('vendors:quote.text')}
            maxlength={200}
            optional
          />
          <Select
            name={`per-${String(index)}`}
            label={t('vendors:quote.charged')}
            choices={CHARGED_PER.map((per) => ({ value: per, label: t(`vendors:quote.per.${per}`) }))}
          />
          <AmountFields place={String(index)} />
        </Fieldset>
      ))}
    </>
  );
}

function AmountFields({ place }: { readonly place: string }) {
  const { t } = useRequest();
  return (
    <>
      <TextField
        name={`amount-${place}`}
        label={t('vendors:quote.amount')}
        inputmode="decimal"
        size={12}
        optional
      />
      <TextField
        name={`vat-${place}`}
        label={t('vendors:quote.vat')}
        description={t('vendors:quote.vatHint')}
        inputmode="decimal"
        size={12}
        optional
      />
    </>
  );
}

const offerForm = z.object({
  customer: z.string({ error: 'web:form.choose' }),
  lastDay: z.string().transform(toDay('vendors:quote.problem.day')),
});

/** The items of a form with the name that their fields end in: the fixed ones, then as many of the vendor's own as were sent. */
function typedItems(form: FormData): { readonly place: string; readonly item: TypedItem }[] {
  const text = (name: string) => typedText(form, name);
  const amounts = (place: string) => ({ amount: text(`amount-${place}`), vat: text(`vat-${place}`) });
  const own = Array.from({ length: rowsOf(form) }, (_, index) => String(index));
  return [
    ...FIXED.map((kind) => ({
      place: kind,
      item: { kind, text: '', per: FIXED_ITEMS[kind], ...amounts(kind) },
    })),
    ...own.map((place) => ({
      place,
      item: {
        kind: 'other' as const,
        text: text(`text-${place}`).slice(0, 200),
        per: CHARGED_PER.find((per) => per === text(`per-${place}`)) ?? 'card',
        ...amounts(place),
      },
    })),
  ];
}

/** Own items that the form has; as many as no honest form has are read too, so that what was typed can be shown again. */
function rowsOf(form: FormData): number {
  const rows = Number(form.get('rows'));
  return Number.isSafeInteger(rows) ? Math.min(Math.max(rows, 0), 2 * MAX_ITEMS) : 0;
}

async function send(c: Page, deps: QuoteDeps) {
  const form = await readForm(c);
  const rows = rowsOf(form);
  if (form.get('more') === 'yes') {
    form.delete('rows');
    form.delete('more');
    return newPage(c, deps, formWithErrors(form, {}), Math.min(rows + MORE_ROWS, MAX_ITEMS));
  }
  const parsed = parseForm(offerForm, form);
  if (!parsed.ok) return newPage(c, deps, parsed.error, rows);
  const { customer, lastDay } = parsed.value;
  const typed = typedItems(form);
  const offered = await offerQuote(deps, requireActing(c), {
    customerId: customer,
    lastDay,
    items: typed.map(({ item }) => item),
  });
  if (offered.ok)
    return redirectDone(c, businessPath(requireActing(c), `${OWN}/${offered.value}`), 'vendors:done.offered');
  const errors = offerErrors(
    c,
    offered.error,
    typed.map(({ place }) => place),
  );
  if (errors === undefined) return offerProblemPage(c, offered.error);
  return newPage(c, deps, formWithErrors(form, errors), rows);
}

/** What is wrong with the form, by field; undefined when no change of the form would help. */
function offerErrors(
  c: Page,
  problem: OfferProblem | Refused,
  places: readonly string[],
): Record<string, string | FieldError> | undefined {
  const words = 'vendors:quote.problem';
  switch (problem.kind) {
    case 'customer':
      return { customer: `${words}.customer` };
    case 'day':
      return { lastDay: `${words}.${problem.reason}` };
    case 'none':
      return { 'amount-fee': `${words}.none` };
    case 'too-much':
      return { 'amount-fee': `${words}.too-much` };
    case 'too-many':
      return { items: { key: `${words}.too-many`, values: { most: MAX_ITEMS } } };
    case 'items':
      return Object.fromEntries(
        [...problem.problems].map(([index, one]) => [`${one.field}-${places[index] ?? ''}`, wordsOf(c, one)]),
      );
    default:
      return undefined;
  }
}

function wordsOf(c: Page, problem: ItemProblem): FieldError {
  const key = `vendors:quote.problem.${problem.reason}`;
  return problem.reason === 'vat-wrong'
    ? { key, values: { right: formatMoney(nok(problem.rightOre), c.get('language')) } }
    : { key };
}

function offerProblemPage(c: Page, problem: OfferProblem | Refused) {
  if (problem.kind === 'missing' || problem.kind === 'refused') return refusedPage(c, problem);
  return problemPage(c, 'conflict', { detail: c.get('t')(`vendors:quote.problem.${problem.kind}`) });
}

async function ownPage(c: Page, deps: QuoteDeps) {
  const acting = requireActing(c);
  const viewed = await viewOffer(deps, acting, c.req.param('quote') ?? '', 'vendor');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, offer } = viewed.value;
  if (offer === undefined) return notFoundPage(c);
  const t = c.get('t');
  return renderBusinessPage(
    c,
    permitted,
    {
      ...frames.vendor,
      title: t('vendors:quote.one', { name: offer.businessName }),
      breadcrumbs: crumbs(c, 'vendor'),
    },
    <>
      <OfferFacts offer={offer} side="vendor" now={permitted.now} />
      <QuoteItems items={offer.items} caption={t('vendors:quote.items')} />
      {stateOfOffer(offer, permitted.now) === 'open' ? (
        <PostForm action={businessPath(acting, `${OWN}/${offer.id}/withdraw`)} class="form inline">
          <SubmitButton variant="secondary" color="danger" disabledReason={officersOnly(c, permitted)}>
            {t('vendors:quote.withdraw')}
          </SubmitButton>
        </PostForm>
      ) : null}
    </>,
  );
}

async function withdraw(c: Page, deps: QuoteDeps) {
  const acting = requireActing(c);
  const id = c.req.param('quote') ?? '';
  const withdrawn = await withdrawOffer(deps, acting, id);
  if (!withdrawn.ok) return refusedPage(c, withdrawn.error);
  if (withdrawn.value)
    return redirectDone(c, businessPath(acting, `${OWN}/${id}`), 'vendors:done.offerWithdrawn');
  const known = await viewOffer(deps, acting, id, 'vendor');
  const offer = known.ok ? known.value.offer : undefined;
  if (offer === undefined) return notFoundPage(c);
  if (offer.outcome === 'withdrawn') return c.redirect(businessPath(acting, `${OWN}/${id}`), 303);
  return acceptProblemPage(c, 'settled');
}

// The business's side ----------------------------------------------------------------------------------------------------

async function offerPage(c: Page, deps: QuoteDeps, state: FormState) {
  const acting = requireActing(c);
  const viewed = await viewOffer(deps, acting, c.req.param('quote') ?? '', 'business');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, offer, price, workers, problem } = viewed.value;
  if (offer === undefined) return notFoundPage(c);
  const t = c.get('t');
  const disabledReason = officersOnly(c, permitted);
  const form = (
    <PostForm state={state}>
      <Checkbox name="accept" label={t('vendors:quote.accept', { name: offer.vendorName })} />
      <Actions>
        <SubmitButton disabledReason={disabledReason}>{t('vendors:quote.confirm')}</SubmitButton>
      </Actions>
    </PostForm>
  );
  return renderBusinessPage(
    c,
    permitted,
    {
      ...frames.business,
      title: t('vendors:quote.from', { name: offer.vendorName }),
      breadcrumbs: crumbs(c, 'business'),
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <OfferFacts offer={offer} side="business" now={permitted.now} />
      <QuoteCost
        sums={offer}
        items={offer.items}
        price={price}
        workers={workers}
        warnFromOre={deps.warnFromOre}
      />
      {problem !== undefined ? (
        problem === 'settled' || problem === 'accepted' ? null : (
          <Alert color="warning">{t(`vendors:quote.problem.${problem}`)}</Alert>
        )
      ) : (
        <Section title={t('vendors:quote.acceptTitle')}>
          <p>{t('vendors:quote.acceptText')}</p>
          {disabledReason === undefined ? (
            <StepUp c={c} permitted={permitted} preview={{ otherOfficers: [] }}>
              {form}
            </StepUp>
          ) : (
            form
          )}
        </Section>
      )}
    </>,
  );
}

const acceptForm = z.object({ accept: formTick });

async function accept(c: Page, deps: QuoteDeps) {
  const acting = requireActing(c);
  const form = await readForm(c);
  const parsed = parseForm(acceptForm, form);
  if (!parsed.ok) return offerPage(c, deps, parsed.error);
  const offerId = c.req.param('quote') ?? '';
  const accepted = await acceptOffer(deps, acting, { offerId, accepts: parsed.value.accept });
  if (accepted.ok)
    return redirectDone(c, businessPath(acting, `${GOT}/${offerId}`), 'vendors:done.quoteAccepted');
  if (typeof accepted.error !== 'string') return refusedPage(c, accepted.error);
  // A second click, or another officer: the page says who accepted it, and when.
  if (accepted.error === 'accepted') return c.redirect(businessPath(acting, `${GOT}/${offerId}`), 303);
  if (accepted.error === 'step-up') return c.redirect(stepUpPath(c.req.path), 303);
  if (accepted.error === 'not-accepted')
    return offerPage(c, deps, formWithErrors(form, { accept: 'vendors:quote.problem.not-accepted' }));
  return acceptProblemPage(c, accepted.error);
}

function acceptProblemPage(c: Page, problem: AcceptProblem) {
  if (problem === 'unknown') return notFoundPage(c);
  return problemPage(c, 'conflict', { detail: c.get('t')(`vendors:quote.problem.${problem}`) });
}
