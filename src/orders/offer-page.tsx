import type { Context } from 'hono';
import { z } from 'zod';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from '../access/index.ts';
import { isUuid } from '../kernel/ids.ts';
import { Actions, DateText, EmptyState, Section, Stack, Table } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import {
  emptyForm,
  formList,
  formWithErrors,
  parseForm,
  readForm,
  type FormState,
} from '../web/form-parsing.ts';
import { CheckboxGroup, GetForm, HiddenField, PostForm, RadioGroup, SubmitButton } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { SearchForm } from '../web/search.tsx';
import {
  dayText,
  isRefused,
  missing,
  type OrderPageDeps,
  queryId,
  querySearch,
  workerChoice,
} from './parts.tsx';
import { MAX_LINES } from './rules.ts';
import { offerWorkers, withdrawOffer } from './vendor-actions.ts';
import { offerView, type OfferView } from './views.ts';

type Page = Context<AppEnv>;

const offerPath = (c: Page) => businessPath(requireActing(c), '/orders/offer');

/** GET /orders/offer: the business ticks whom a vendor may order for, instead of showing it the worker list. */
export async function showOffer(c: Page, deps: OrderPageDeps): Promise<Response> {
  const offerId = c.req.param('offer');
  if (offerId !== undefined && !isUuid(offerId)) return missing(c);
  const where = { mandateId: queryId(c, 'mandate'), unitId: queryId(c, 'unit'), offerId };
  return drawOffer(c, deps, where, emptyForm);
}

const schema = z.object({
  mandate: z.uuid(),
  unit: z.uuid(),
  worker: formList(z.uuid(), { min: 1, max: MAX_LINES }),
});

const offerProblems = {
  'unit-not-covered': 'unitNotCovered',
  'worker-not-covered': 'workerNotCovered',
  'not-in-unit': 'notInUnit',
} as const;

/** POST /orders/offer */
export async function sendOffer(c: Page, deps: OrderPageDeps): Promise<Response> {
  const form = await readForm(c);
  const parsed = parseForm(schema, form);
  const id = (name: string) => {
    const text = form.get(name);
    return isUuid(text) ? text : undefined;
  };
  const where = { mandateId: id('mandate'), unitId: id('unit') };
  if (!parsed.ok) return drawOffer(c, deps, where, parsed.error);
  const { mandate, unit, worker } = parsed.value;
  const offered = await offerWorkers(deps, requireActing(c), {
    mandateId: mandate,
    unitId: unit,
    workerIds: worker,
  });
  if (offered.ok)
    return redirectDone(c, `${offerPath(c)}?mandate=${mandate}&unit=${unit}`, 'orders:done.offered');
  if (isRefused(offered.error)) return refusedPage(c, offered.error);
  if (offered.error === 'no-such-mandate') return missing(c);
  const problem = offerProblems[offered.error];
  return drawOffer(c, deps, where, formWithErrors(form, { worker: `orders:offer.${problem}` }));
}

/** POST /orders/offer/:offer/withdraw */
export async function sendWithdraw(c: Page, deps: OrderPageDeps): Promise<Response> {
  const offerId = c.req.param('offer');
  if (!isUuid(offerId)) return missing(c);
  const withdrawn = await withdrawOffer(deps, requireActing(c), offerId);
  if (!withdrawn.ok) return isRefused(withdrawn.error) ? refusedPage(c, withdrawn.error) : missing(c);
  return redirectDone(c, `${offerPath(c)}?mandate=${withdrawn.value.mandateId}`, 'orders:done.withdrawn');
}

async function drawOffer(
  c: Page,
  deps: OrderPageDeps,
  where: Omit<Parameters<typeof offerView>[2], 'search'>,
  state: FormState,
): Promise<Response> {
  const t = c.get('t');
  const found = await offerView(deps, requireActing(c), { ...where, search: querySearch(c) });
  if (!found.ok) return refusedPage(c, found.error);
  const view = found.value;
  return renderBusinessPage(
    c,
    view,
    {
      title: t('orders:offer.title'),
      section: 'orders',
      breadcrumbs: [{ label: t('orders:list.title'), href: businessPath(requireActing(c), '/orders') }],
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      <p>{t('orders:offer.text')}</p>
      {view.mandates.length === 0 ? (
        <EmptyState title={t('orders:offer.noVendors')}>
          <p>{t('orders:offer.noVendorsText')}</p>
        </EmptyState>
      ) : (
        <Where c={c} view={view} />
      )}
      {view.mandate === undefined ? null : <Open c={c} view={view} />}
      {view.mandate === undefined || view.unit === undefined ? null : <Add c={c} view={view} state={state} />}
    </Stack>,
  );
}

function Where({ c, view }: { readonly c: Page; readonly view: OfferView }) {
  const t = c.get('t');
  if (view.mandate !== undefined && view.unit !== undefined) return null;
  return (
    <GetForm
      action={offerPath(c)}
      values={{
        mandate: view.mandate === undefined ? [] : [view.mandate.id],
        unit: view.unit === undefined ? [] : [view.unit.id],
      }}
    >
      <RadioGroup
        name="mandate"
        label={t('orders:offer.vendor')}
        choices={view.mandates.map((mandate) => ({ value: mandate.id, label: mandate.vendorName }))}
      />
      <RadioGroup
        name="unit"
        label={t('orders:new.unit')}
        choices={view.units.map((unit) => ({ value: unit.id, label: unit.name }))}
      />
      <SubmitButton>{t('orders:new.next')}</SubmitButton>
    </GetForm>
  );
}

function Open({ c, view }: { readonly c: Page; readonly view: OfferView }) {
  const t = c.get('t');
  return (
    <Section title={t('orders:offer.open', { vendor: view.mandate?.vendorName ?? '' })}>
      <Table
        caption={t('orders:offer.open', { vendor: view.mandate?.vendorName ?? '' })}
        captionHidden
        columns={[
          { header: t('orders:offer.name'), cell: (offer) => offer.name },
          { header: t('orders:offer.how'), cell: (offer) => t(`orders:offer.source.${offer.source}`) },
          { header: t('orders:list.date'), cell: (offer) => <DateText date={offer.offeredAt} /> },
          {
            header: '',
            cell: (offer) => (
              <PostForm action={`${offerPath(c)}/${offer.id}/withdraw`} class="form inline">
                <SubmitButton size="sm" variant="secondary" color="danger">
                  {t('orders:offer.withdraw', { name: offer.name })}
                </SubmitButton>
              </PostForm>
            ),
            align: 'end',
          },
        ]}
        rows={view.offers}
        empty={<EmptyState title={t('orders:offer.none')} />}
      />
    </Section>
  );
}

function Add({ c, view, state }: { readonly c: Page; readonly view: OfferView; readonly state: FormState }) {
  const t = c.get('t');
  const search = querySearch(c);
  const offered = new Set(view.offers.map((offer) => offer.workerId));
  const workers = view.workers.filter((worker) => !offered.has(worker.id));
  const where = (
    <>
      <HiddenField name="mandate" value={view.mandate?.id ?? ''} />
      <HiddenField name="unit" value={view.unit?.id ?? ''} />
    </>
  );
  return (
    <Section title={t('orders:offer.add', { unit: view.unit?.name ?? '' })}>
      <SearchForm
        to={withQuery(offerPath(c), { mandate: view.mandate?.id ?? '', unit: view.unit?.id ?? '' })}
        label={t('orders:new.search')}
        search={search ?? ''}
        submit={t('orders:new.searchButton')}
      />
      {workers.length === 0 ? (
        <EmptyState title={t('orders:new.noWorkers')} />
      ) : (
        <PostForm action={offerPath(c)} state={state}>
          {where}
          <CheckboxGroup
            name="worker"
            label={t('orders:offer.workers')}
            choices={workers.map(workerChoice(t, dayText(c)))}
          />
          {view.more ? <p>{t('orders:new.more', { shown: view.workers.length })}</p> : null}
          <Actions>
            <SubmitButton>{t('orders:offer.send')}</SubmitButton>
          </Actions>
        </PostForm>
      )}
    </Section>
  );
}
