import { Hono, type Context } from 'hono';
import { z } from 'zod';
import { CARD_TYPES } from '../kernel/card-types.ts';
import { formatDate, osloToday, parsePlainDate, type PlainDate } from '../kernel/dates.ts';
import { parseAmount } from '../kernel/money.ts';
import type { Result } from '../kernel/result.ts';
import { refusedStaffPage, withStaff, type StaffActing, type StaffRefused } from '../staff/index.ts';
import { Actions, Button, Lead, Section, Stack } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { problemPage } from '../web/errors.tsx';
import {
  emptyForm,
  formList,
  formWithErrors,
  parseForm,
  readForm,
  type FormState,
} from '../web/form-parsing.ts';
import { CheckboxGroup, DateField, HiddenField, PostForm, SubmitButton, TextField } from '../web/forms.tsx';
import { type DoneKey, redirectDone, renderPage } from '../web/page.tsx';
import {
  addPrice,
  addVatRate,
  overseePriceLists,
  withdrawPrice,
  withdrawVatRate,
  type PriceDeps,
  type PriceProblem,
} from './actions.ts';
import { PriceListTables } from './price-list.tsx';
import { firstDayOfChange, lastDayOfChange, parsePercent } from './rules.ts';

/** Where operators change the price list. */
export const staffPricesPath = '/staff/prices';

type Page = Context<AppEnv>;
type Handler = (c: Page, deps: PriceDeps, acting: StaffActing) => Response | Promise<Response>;

/** The operator's page: the price list and the VAT rates, changed ahead of time. */
export function createPriceStaffPages(deps: PriceDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const operator = (handler: Handler) => withStaff('operator', (c, acting) => handler(c, deps, acting));
  const show = operator((c, given, acting) => listPage(c, given, acting));
  app.get(staffPricesPath, show);
  app.post(staffPricesPath, operator(sendPrice));
  app.post(`${staffPricesPath}/withdraw`, operator(sendWithdrawal));
  app.post(`${staffPricesPath}/vat`, operator(sendVatRate));
  app.post(`${staffPricesPath}/vat/withdraw`, operator(sendVatWithdrawal));
  // Where the forms are sent: whoever comes there by a link, or changes the language, sees the list.
  for (const part of ['withdraw', 'vat', 'vat/withdraw']) app.get(`${staffPricesPath}/${part}`, show);
  return app;
}

/** The form that failed. */
type Failed = { readonly form: 'price' | 'vat'; readonly state: FormState };

async function listPage(c: Page, deps: PriceDeps, acting: StaffActing, failed?: Failed) {
  const lists = await overseePriceLists(deps, acting);
  if (!lists.ok) return refusedStaffPage(c, lists.error);
  const t = c.get('t');
  const days = { min: firstDayOfChange(lists.value.now), max: lastDayOfChange(lists.value.now) };
  const stateOf = (form: Failed['form']) => (failed?.form === form ? failed.state : emptyForm);
  return renderPage(
    c,
    {
      title: t('prices:staff.title'),
      breadcrumbs: [{ label: t('staff:home.title'), href: '/staff' }],
      status: failed === undefined ? 200 : 422,
    },
    <Stack>
      <Lead>{t('prices:staff.lead')}</Lead>
      <PriceListTables
        lists={lists.value}
        withdrawPrice={(row) => (
          <Withdraw c={c} action={`${staffPricesPath}/withdraw`} from={row.from} cardTypes={row.cardTypes} />
        )}
        withdrawVat={(row) => <Withdraw c={c} action={`${staffPricesPath}/vat/withdraw`} from={row.from} />}
      />
      <Section title={t('prices:staff.add')}>
        <PostForm action={staffPricesPath} state={stateOf('price')}>
          <TextField
            name="amount"
            label={t('prices:staff.amount')}
            description={t('prices:staff.amountHint')}
            maxlength={12}
          />
          <CheckboxGroup
            name="cardType"
            label={t('prices:staff.types')}
            values={CARD_TYPES}
            choices={CARD_TYPES.map((type) => ({ value: type, label: t(`prices:type.${type}`) }))}
          />
          <DayAndSource c={c} {...days} />
          <Actions>
            <SubmitButton>{t('prices:staff.addNow')}</SubmitButton>
          </Actions>
        </PostForm>
      </Section>
      <Section title={t('prices:staff.addVat')}>
        <PostForm action={`${staffPricesPath}/vat`} state={stateOf('vat')}>
          <TextField name="rate" label={t('prices:staff.rate')} maxlength={8} />
          <DayAndSource c={c} prefix="vat" {...days} />
          <Actions>
            <SubmitButton>{t('prices:staff.addVatNow')}</SubmitButton>
          </Actions>
        </PostForm>
      </Section>
    </Stack>,
  );
}

type DayAndSourceProps = {
  readonly c: Page;
  readonly min: string;
  readonly max: string;
  /** Both forms stand on one page, where each field has a name of its own. */
  readonly prefix?: 'vat';
};

function DayAndSource({ c, prefix, ...days }: DayAndSourceProps) {
  const t = c.get('t');
  return (
    <>
      <DateField
        name={prefix === undefined ? 'firstDay' : 'vatFirstDay'}
        label={t('prices:staff.day')}
        description={t('prices:staff.dayHint')}
        {...days}
      />
      <TextField
        name={prefix === undefined ? 'source' : 'vatSource'}
        label={t('prices:staff.source')}
        description={t('prices:staff.sourceHint')}
        maxlength={200}
      />
    </>
  );
}

type WithdrawProps = {
  readonly c: Page;
  readonly action: string;
  readonly from: Date;
  readonly cardTypes?: readonly string[];
};

function Withdraw({ c, action, from, cardTypes = [] }: WithdrawProps) {
  const t = c.get('t');
  return (
    <PostForm action={action} class="form inline">
      <HiddenField name="firstDay" value={osloToday(from)} />
      {cardTypes.map((type) => (
        <HiddenField name="cardType" value={type} />
      ))}
      <Button
        size="sm"
        variant="secondary"
        color="danger"
        label={t('prices:staff.withdrawOf', { date: formatDate(from, c.get('language')) })}
      >
        {t('prices:staff.withdraw')}
      </Button>
    </PostForm>
  );
}

/** Text that `read` makes something of, or the message that says what is wrong with it. */
function written<T>(read: (text: string) => T | undefined, message: string) {
  return z.string().transform((text, context) => {
    const value = read(text);
    if (value !== undefined) return value;
    context.addIssue(message);
    return z.NEVER;
  });
}

const day = written<PlainDate>(parsePlainDate, 'web:form.date');
const source = z.string().min(1).max(200);
const types = formList(z.enum(CARD_TYPES), { min: 1, max: CARD_TYPES.length });
const MOST_ORE = 1_000_000;

const priceForm = z.object({
  amount: written((text) => {
    const ore = parseAmount(text);
    return ore !== undefined && ore <= MOST_ORE ? ore : undefined;
  }, 'prices:problem.amount'),
  cardType: types,
  firstDay: day,
  source,
});

async function sendPrice(c: Page, deps: PriceDeps, acting: StaffActing) {
  const form = await readForm(c);
  const parsed = parseForm(priceForm, form);
  if (!parsed.ok) return listPage(c, deps, acting, { form: 'price', state: parsed.error });
  const { amount: priceOre, cardType, ...given } = parsed.value;
  const added = await addPrice(deps, acting, { ...given, priceOre, cardTypes: [...new Set(cardType)] });
  if (added.ok) return redirectDone(c, staffPricesPath, 'prices:done.added');
  if (typeof added.error !== 'string') return refusedStaffPage(c, added.error);
  const state = formWithErrors(form, { firstDay: `prices:problem.${added.error}` });
  return listPage(c, deps, acting, { form: 'price', state });
}

const vatForm = z.object({
  rate: written(parsePercent, 'prices:problem.percent'),
  vatFirstDay: day,
  vatSource: source,
});

async function sendVatRate(c: Page, deps: PriceDeps, acting: StaffActing) {
  const form = await readForm(c);
  const parsed = parseForm(vatForm, form);
  if (!parsed.ok) return listPage(c, deps, acting, { form: 'vat', state: parsed.error });
  const { rate: basisPoints, vatFirstDay: firstDay, vatSource } = parsed.value;
  const added = await addVatRate(deps, acting, { firstDay, basisPoints, source: vatSource });
  if (added.ok) return redirectDone(c, staffPricesPath, 'prices:done.vatAdded');
  if (typeof added.error !== 'string') return refusedStaffPage(c, added.error);
  const state = formWithErrors(form, { vatFirstDay: `prices:problem.${added.error}` });
  return listPage(c, deps, acting, { form: 'vat', state });
}

async function sendWithdrawal(c: Page, deps: PriceDeps, acting: StaffActing) {
  const parsed = parseForm(z.object({ cardType: types, firstDay: day }), await readForm(c));
  if (!parsed.ok) return listPage(c, deps, acting, { form: 'price', state: parsed.error });
  const { firstDay, cardType } = parsed.value;
  const withdrawn = await withdrawPrice(deps, acting, { firstDay, cardTypes: [...new Set(cardType)] });
  return afterWithdrawal(c, withdrawn, 'prices:done.withdrawn');
}

async function sendVatWithdrawal(c: Page, deps: PriceDeps, acting: StaffActing) {
  const parsed = parseForm(z.object({ firstDay: day }), await readForm(c));
  if (!parsed.ok) return listPage(c, deps, acting, { form: 'vat', state: parsed.error });
  const withdrawn = await withdrawVatRate(deps, acting, parsed.value.firstDay);
  return afterWithdrawal(c, withdrawn, 'prices:done.vatWithdrawn');
}

function afterWithdrawal(c: Page, withdrawn: Result<undefined, PriceProblem | StaffRefused>, done: DoneKey) {
  if (withdrawn.ok) return redirectDone(c, staffPricesPath, done);
  if (typeof withdrawn.error !== 'string') return refusedStaffPage(c, withdrawn.error);
  return problemPage(c, 'conflict', { detail: c.get('t')(`prices:problem.${withdrawn.error}`) });
}
