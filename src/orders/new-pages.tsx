import type { Context } from 'hono';
import { z } from 'zod';
import {
  businessPath,
  refusedPage,
  type Refused,
  renderBusinessPage,
  requireActing,
} from '../access/index.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { parseNationalId } from '../kernel/national-id.ts';
import { PriceTable } from '../prices/index.ts';
import { Actions, Alert, EmptyState, Lead, LinkButton, Section, Stack } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import {
  emptyForm,
  formList,
  formWithErrors,
  parseForm,
  readForm,
  type FormState,
} from '../web/form-parsing.ts';
import {
  CheckboxGroup,
  GetForm,
  HiddenField,
  PostForm,
  RadioGroup,
  SubmitButton,
  TextField,
} from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { webPaths } from '../web/paths.ts';
import { SearchField } from '../web/search.tsx';
import { placeOrder, type PlaceOrderError } from './actions.ts';
import { ApprovalNotice } from './approval-notice.tsx';
import { DeliveryChoice, deliveryOf, deliveryShape } from './delivery-page.tsx';
import {
  type Answer,
  CardPreview,
  confirmPath,
  dayText,
  isRefused,
  missing,
  type OrderPageDeps,
  orderPath,
  queryId,
  queryIds,
  querySearch,
  workerChoice,
} from './parts.tsx';
import { type Obstacle } from '../workers/index.ts';
import { MAX_LINES, MAX_MISSES_A_DAY, REPLACEMENT_REASONS } from './rules.ts';
import { lookUpWorker } from './vendor-actions.ts';
import { choiceView, confirmView, type ChoiceView, type ConfirmView } from './views.ts';

type Page = Context<AppEnv>;

const crumbs = (c: Page) => [
  { label: c.get('t')('orders:list.title'), href: businessPath(requireActing(c), '/orders') },
];

// Unit and workers ------------------------------------------------------------------------------------------------------

/** GET /orders/new: the unit, then its workers. One form that searches and goes on, so that it works without scripts. */
export async function showChoice(c: Page, deps: OrderPageDeps): Promise<Response> {
  const acting = requireActing(c);
  const chosen = queryIds(c, 'worker');
  const search = querySearch(c);
  const view = await choiceView(deps, acting, { unitId: queryId(c, 'unit'), search, chosen });
  if (!view.ok) return refusedPage(c, view.error);
  const { unit } = view.value;
  if (c.req.query('step') !== 'confirm' || unit === undefined) return drawChoice(c, view.value, chosen);
  if (chosen.length === 0) return drawChoice(c, view.value, chosen, 'orders:new.noneChosen');
  if (chosen.length > MAX_LINES) return drawChoice(c, view.value, chosen, 'orders:new.tooMany');
  return c.redirect(confirmPath(acting, unit.id, chosen), 303);
}

function drawChoice(c: Page, view: ChoiceView, chosen: readonly string[], problem?: string): Answer {
  const t = c.get('t');
  return renderBusinessPage(
    c,
    view,
    {
      title: t('orders:new.title'),
      section: 'orders',
      breadcrumbs: crumbs(c),
      narrow: true,
      status: problem === undefined ? 200 : 422,
    },
    <Stack>
      {problem === undefined ? null : (
        <Alert color="danger" live>
          {t(problem, { maximum: MAX_LINES })}
        </Alert>
      )}
      {view.hasCardType ? null : <Alert color="warning">{t('orders:new.noCardType')}</Alert>}
      {view.lack === undefined ? null : <ApprovalNotice lack={view.lack} />}
      <UnitChoice c={c} view={view} />
      {view.unit === undefined || view.lack?.nobody === true ? null : (
        <WorkerChoice c={c} view={view} chosen={chosen} />
      )}
    </Stack>,
  );
}

function UnitChoice({ c, view }: { readonly c: Page; readonly view: ChoiceView }) {
  const t = c.get('t');
  if (view.units.length === 0) return <EmptyState title={t('orders:new.noUnits')} />;
  if (view.units.length === 1 || view.unit !== undefined) {
    return <Lead>{t('orders:new.forUnit', { unit: view.unit?.name ?? '' })}</Lead>;
  }
  return (
    <GetForm action={businessPath(requireActing(c), '/orders/new')}>
      <RadioGroup
        name="unit"
        label={t('orders:new.unit')}
        description={t('orders:new.unitHint')}
        choices={view.units.map((unit) => ({
          value: unit.id,
          label: unit.name,
          description: formatOrganisationNumber(unit.organisationNumber),
        }))}
      />
      <SubmitButton>{t('orders:new.next')}</SubmitButton>
    </GetForm>
  );
}

function WorkerChoice(props: {
  readonly c: Page;
  readonly view: ChoiceView;
  readonly chosen: readonly string[];
}) {
  const { c, view, chosen } = props;
  const t = c.get('t');
  const acting = requireActing(c);
  const vendor = view.facts.capacity === 'vendor';
  if (!view.fromList && !vendor) return <Alert color="warning">{t('orders:new.needsList')}</Alert>;
  const path = businessPath(acting, '/orders/new');
  return (
    <>
      {view.fromList ? null : <p>{t('orders:new.vendorText')}</p>}
      <PostForm action={webPaths.search} state={{ values: { worker: chosen }, errors: {} }}>
        <HiddenField name="unit" value={view.unit?.id ?? ''} />
        {view.chosenElsewhere.map((id) => (
          <HiddenField name="worker" value={id} />
        ))}
        {view.fromList ? (
          <>
            <SearchField to={path} label={t('orders:new.search')} search={querySearch(c) ?? ''} />
            <SubmitButton name="step" value="search" variant="secondary">
              {t('orders:new.searchButton')}
            </SubmitButton>
          </>
        ) : (
          <HiddenField name="to" value={path} />
        )}
        {view.chosenElsewhere.length > 0 ? (
          <p>{t('orders:new.chosenElsewhere', { number: view.chosenElsewhere.length })}</p>
        ) : null}
        {view.workers.length === 0 ? (
          <EmptyState title={t(view.fromList ? 'orders:new.noWorkers' : 'orders:new.noOffers')} />
        ) : (
          <CheckboxGroup
            name="worker"
            label={t('orders:new.workers')}
            choices={view.workers.map(workerChoice(t, dayText(c)))}
          />
        )}
        {view.more ? <p>{t('orders:new.more', { shown: view.workers.length })}</p> : null}
        <Actions>
          <SubmitButton name="step" value="confirm">
            {t('orders:new.next')}
          </SubmitButton>
        </Actions>
      </PostForm>
      {vendor && !view.fromList ? (
        <LinkButton href={businessPath(acting, '/orders/new/look-up')} variant="secondary">
          {t('orders:lookUp.link')}
        </LinkButton>
      ) : null}
    </>
  );
}

// Price, address, placing ---------------------------------------------------------------------------------------------

const confirmSchema = z.object({
  key: z.uuid(),
  unit: z.uuid(),
  worker: formList(z.uuid(), { min: 1, max: MAX_LINES }),
  ...deliveryShape,
  reference: z.string().max(60).default(''),
  replacing: z.enum(REPLACEMENT_REASONS).optional(),
});

/** GET /orders/new/confirm: price, address and what else there is to know before the order is placed. */
export async function showConfirm(c: Page, deps: OrderPageDeps): Promise<Response> {
  const acting = requireActing(c);
  const [key, unitId] = [queryId(c, 'key'), queryId(c, 'unit')];
  const workerIds = queryIds(c, 'worker').slice(0, MAX_LINES);
  if (key === undefined || unitId === undefined || workerIds.length === 0) return showChoice(c, deps);
  const view = await confirmView(deps, acting, { key, unitId, workerIds });
  if (!view.ok) return refusedPage(c, view.error);
  // The order of this form exists: another window, or the way back after it was placed.
  if (view.value.placed !== undefined) return c.redirect(orderPath(acting, view.value.placed), 303);
  return drawConfirm(c, view.value, key, emptyForm);
}

/** POST /orders/new/confirm: places the order, once however often the form is sent. */
export async function sendConfirm(c: Page, deps: OrderPageDeps): Promise<Response> {
  const acting = requireActing(c);
  const form = await readForm(c);
  const ids = z.object({ key: z.uuid(), unit: z.uuid(), worker: z.array(z.uuid()).min(1).max(MAX_LINES) });
  const named = ids.safeParse({
    key: form.get('key'),
    unit: form.get('unit'),
    worker: form.getAll('worker'),
  });
  if (!named.success) return showChoice(c, deps);
  const again = async (state: FormState): Promise<Response> => {
    const { key, unit: unitId, worker: workerIds } = named.data;
    const view = await confirmView(deps, acting, { key, unitId, workerIds });
    return view.ok ? drawConfirm(c, view.value, key, state) : refusedPage(c, view.error);
  };
  const parsed = parseForm(confirmSchema, form);
  if (!parsed.ok) return again(parsed.error);
  const { key, unit, worker, reference, replacing } = parsed.value;
  const delivery = deliveryOf(parsed.value);
  if (!delivery.ok) return again(formWithErrors(form, delivery.error));
  const placed = await placeOrder(deps, acting, {
    key,
    unitId: unit,
    workerIds: worker,
    ...delivery.value,
    customerReference: reference,
    replacing,
  });
  if (!placed.ok) {
    if (isRefused(placed.error)) return refusedPage(c, placed.error);
    if (placed.error.kind === 'no-such-unit') return missing(c);
    return again(formWithErrors(form, problemOf(placed.error, worker)));
  }
  const { orderId, repeated, state } = placed.value;
  if (repeated) return c.redirect(orderPath(acting, orderId), 303);
  return redirectDone(
    c,
    orderPath(acting, orderId),
    `orders:done.${state === 'placed' ? 'placed' : 'prepared'}`,
  );
}

/** What is wrong by field: a worker with a valid card gets another for a reason. */
function problemOf(
  error: Exclude<PlaceOrderError, Refused>,
  workerIds: readonly string[],
): Record<string, string> {
  const [only = '', ...others] = workerIds;
  const replaces =
    error.kind === 'not-orderable' && others.length === 0 && error.obstacles.get(only) === 'valid-card';
  if (replaces) return { replacing: 'orders:replace.choose' };
  if (error.kind === 'no-such-address') return { to: 'orders:confirm.addressGone' };
  return { worker: `orders:confirm.error.${error.kind}` };
}

/** The card of the first: the others’ differ in name, birth date and photo alone. */
function FirstPreview({ c, workers }: { readonly c: Page; readonly workers: ConfirmView['workers'] }) {
  const [worker] = workers;
  if (worker === undefined) return null;
  return <CardPreview acting={requireActing(c)} workerId={worker.id} name={worker.name} />;
}

function drawConfirm(c: Page, view: ConfirmView, key: string, state: FormState): Answer {
  const t = c.get('t');
  const acting = requireActing(c);
  const failed = Object.keys(state.errors).length > 0;
  const replaces = view.replaces === 'yes';
  const orderable = view.workers.filter((worker) => worker.obstacle === undefined || replaces);
  const { price } = view;
  const vendor = view.facts.capacity === 'vendor' ? view.facts.mandate?.vendor?.name : undefined;
  return renderBusinessPage(
    c,
    view,
    {
      title: t('orders:confirm.title'),
      section: 'orders',
      breadcrumbs: crumbs(c),
      narrow: true,
      status: failed ? 422 : 200,
    },
    <Stack>
      <NotOrderable c={c} view={view} />
      {price === undefined ? <Alert color="danger">{t('orders:new.noCardType')}</Alert> : null}
      {price === undefined || orderable.length === 0 ? (
        <LinkButton href={businessPath(acting, `/orders/new?unit=${view.unit.id}`)}>
          {t('orders:confirm.back')}
        </LinkButton>
      ) : (
        <PostForm state={state}>
          <HiddenField name="key" value={key} />
          <HiddenField name="unit" value={view.unit.id} />
          <Section title={t('orders:confirm.workers', { unit: view.unit.name })}>
            <ul class="ds-list">
              {orderable.map((worker) => (
                <li>
                  {worker.name}
                  <HiddenField name="worker" value={worker.id} />
                </li>
              ))}
            </ul>
          </Section>
          {view.previewed ? <FirstPreview c={c} workers={orderable} /> : null}
          {replaces ? <ReplacementReasons c={c} /> : null}
          <PriceTable {...price} vendorName={vendor} />
          {view.approval === undefined ? null : (
            <Alert color="warning">{t(`orders:approval.${view.approval}`)}</Alert>
          )}
          <DeliveryChoice facts={view.facts} addresses={view.addresses} />
          <TextField
            name="reference"
            label={t('orders:confirm.reference')}
            description={t('orders:confirm.referenceHint')}
            optional
            maxlength={60}
          />
          <p>{t('orders:liable', { business: view.facts.business?.name ?? '' })}</p>
          <Actions>
            <SubmitButton>
              {t(view.approval === undefined ? 'orders:confirm.place' : 'orders:confirm.prepare')}
            </SubmitButton>
            <LinkButton href={businessPath(acting, `/orders/new?unit=${view.unit.id}`)} variant="tertiary">
              {t('orders:confirm.back')}
            </LinkButton>
          </Actions>
        </PostForm>
      )}
    </Stack>,
  );
}

function NotOrderable({ c, view }: { readonly c: Page; readonly view: ConfirmView }) {
  const t = c.get('t');
  const refused = view.workers.flatMap((worker): [string, Obstacle][] =>
    worker.obstacle === undefined ? [] : [[worker.name, worker.obstacle]],
  );
  if (view.replaces === 'yes' || (refused.length === 0 && view.workers.length > 0)) return null;
  return (
    <Alert color="warning" title={t('orders:confirm.notOrderable')}>
      <ul class="ds-list">
        {refused.map(([name, obstacle]) => (
          <li>
            {name}: {t(`orders:obstacle.${obstacle}`)}
          </li>
        ))}
      </ul>
      {view.replaces === 'may-not-block' ? <p>{t('orders:replace.mayNotBlock')}</p> : null}
      {view.workers.length > 1 && refused.some(([, obstacle]) => obstacle === 'valid-card') ? (
        <p>{t('orders:replace.alone')}</p>
      ) : null}
    </Alert>
  );
}

/** Why the worker gets another card, and what becomes of the one they have. */
function ReplacementReasons({ c }: { readonly c: Page }) {
  const t = c.get('t');
  return (
    <>
      <Alert color="warning">{t('orders:replace.warning')}</Alert>
      <RadioGroup
        name="replacing"
        label={t('orders:replace.why')}
        choices={REPLACEMENT_REASONS.map((reason) => ({
          value: reason,
          label: t(`orders:replace.${reason}`),
        }))}
      />
    </>
  );
}

// A vendor asks by number and surname ---------------------------------------------------------------------------------

/** GET /orders/new/look-up */
export async function showLookUp(c: Page, deps: OrderPageDeps): Promise<Response> {
  return drawLookUp(c, deps, emptyForm, false);
}

/** POST /orders/new/look-up: found, or the same "cannot; ask the business" for every reason. */
export async function sendLookUp(c: Page, deps: OrderPageDeps): Promise<Response> {
  const acting = requireActing(c);
  const form = await readForm(c);
  const schema = z.object({
    number: z.string().transform((text, context) => {
      const parsed = parseNationalId(text, { synthetic: deps.allowSynthetic });
      if (parsed.ok) return parsed.value;
      context.addIssue({ code: 'custom', message: 'orders:lookUp.numberWrong' });
      return z.NEVER;
    }),
    surname: z.string().max(100),
  });
  const parsed = parseForm(schema, form);
  if (!parsed.ok) return drawLookUp(c, deps, withoutNumber(parsed.error), false);
  const found = await lookUpWorker(deps, acting, {
    nationalId: parsed.value.number,
    surname: parsed.value.surname,
  });
  if (!found.ok) return refusedPage(c, found.error);
  if (found.value === undefined) return drawLookUp(c, deps, emptyForm, true);
  const { unitId, workerId } = found.value;
  return redirectDone(
    c,
    businessPath(acting, `/orders/new?unit=${unitId}&worker=${workerId}`),
    'orders:done.found',
  );
}

/** A number is typed anew rather than sent back in a page. */
function withoutNumber(state: FormState): FormState {
  return { ...state, values: { ...state.values, number: [] } };
}

async function drawLookUp(
  c: Page,
  deps: OrderPageDeps,
  state: FormState,
  missed: boolean,
): Promise<Response> {
  const t = c.get('t');
  const acting = requireActing(c);
  const view = await choiceView(deps, acting, { unitId: undefined, search: undefined, chosen: [] });
  if (!view.ok) return refusedPage(c, view.error);
  if (view.value.facts.capacity !== 'vendor') return missing(c);
  const stopped = !missed && view.value.misses >= MAX_MISSES_A_DAY;
  return renderBusinessPage(
    c,
    view.value,
    {
      title: t('orders:lookUp.title'),
      section: 'orders',
      breadcrumbs: crumbs(c),
      narrow: true,
      status: missed || Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      {missed ? (
        <Alert color="danger" live>
          {t('orders:lookUp.cannot')}
        </Alert>
      ) : null}
      {stopped ? <Alert color="warning">{t('orders:lookUp.stopped')}</Alert> : null}
      <p>{t('orders:lookUp.text', { misses: MAX_MISSES_A_DAY })}</p>
      <PostForm state={state}>
        <TextField
          name="number"
          label={t('orders:lookUp.number')}
          inputmode="numeric"
          size={14}
          maxlength={14}
          spellcheck={false}
        />
        <TextField name="surname" label={t('orders:lookUp.surname')} maxlength={100} spellcheck={false} />
        <Actions>
          <SubmitButton>{t('orders:lookUp.send')}</SubmitButton>
          <LinkButton href={businessPath(acting, '/orders/new')} variant="tertiary">
            {t('orders:confirm.back')}
          </LinkButton>
        </Actions>
      </PostForm>
    </Stack>,
  );
}
