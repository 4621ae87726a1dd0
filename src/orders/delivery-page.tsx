import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { z } from 'zod';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from '../access/index.ts';
import type { ContextFacts } from '../database/transaction.ts';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { Card, DateText, Lead, Section, Stack } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import {
  emptyForm,
  type FieldError,
  type FormState,
  formWithErrors,
  parseForm,
  readForm,
} from '../web/form-parsing.ts';
import { Checkbox, PostForm, RadioGroup, SubmitButton, Textarea, TextField } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { useRequest } from '../web/request.ts';
import type { PlaceOrder } from './actions.ts';
import { addAddress, addressesView, forgetAddress } from './delivery-actions.ts';
import { missing, type OrderPageDeps } from './parts.tsx';
import { type AddressProblem, deliveryAddress, type DeliveryAddress } from './rules.ts';

type Page = Context<AppEnv>;

// An address that is typed -----------------------------------------------------------------------------------------------

/** An address in one line. */
/** An address on one line. */
export function addressText({ recipient, lines, postalCode, place }: DeliveryAddress): string {
  return [recipient, ...lines, `${postalCode} ${place}`].filter((part) => part.trim() !== '').join(', ');
}

/** The fields of an address. */
function TypedAddress({ children }: { readonly children?: Child }) {
  const { t } = useRequest();
  return (
    <div class="typed-address">
      <TextField name="recipient" label={t('orders:confirm.recipient')} maxlength={100} />
      <Textarea name="street" label={t('orders:confirm.street')} rows={2} maxlength={300} />
      <TextField
        name="postalCode"
        label={t('orders:confirm.postalCode')}
        inputmode="numeric"
        size={6}
        maxlength={10}
      />
      <TextField
        name="place"
        label={t('orders:confirm.place_')}
        description={t('orders:confirm.placeHint')}
        optional
        maxlength={60}
      />
      {children}
    </div>
  );
}

interface Typed {
  readonly recipient: string;
  readonly street: string;
  readonly postalCode: string;
  readonly place: string;
}

/** The address that was typed; else all that is wrong with it by field. */
function typedAddress(typed: Typed): Result<DeliveryAddress, Record<string, string | FieldError>> {
  const absent = (['recipient', 'street'] as const).filter((field) => typed[field] === '');
  const address = deliveryAddress(typed);
  if (address.ok && absent.length === 0) return address;
  return err({
    ...Object.fromEntries(absent.map((field) => [field, `orders:confirm.${field}Missing`])),
    ...(address.ok ? {} : addressError(typed, address.error)),
  });
}

function addressError({ postalCode }: Typed, problem: AddressProblem): Record<string, string | FieldError> {
  if (problem.field === 'postalCode') return { postalCode: 'orders:confirm.postalCodeWrong' };
  return {
    place: { key: 'orders:confirm.placeWrong', values: { code: postalCode, place: problem.place } },
  };
}

/** The choice of an address that the business does not keep. */
const ANOTHER = 'another';

/** The fields of `DeliveryChoice` in a form. */
export const deliveryShape = {
  to: z.string().max(40).default(ANOTHER),
  recipient: z.string().max(100).default(''),
  street: z.string().max(300).default(''),
  postalCode: z.string().max(10).default(''),
  place: z.string().max(60).default(''),
  keep: z.literal('yes').optional(),
};

/** The address that was chosen or typed, and whether the typed one is to be kept; else what is wrong with it by field. */
export function deliveryOf(
  form: Typed & { readonly to: string; readonly keep?: 'yes' | undefined },
): Result<Pick<PlaceOrder, 'delivery' | 'keepAddress'>, Record<string, string | FieldError>> {
  if (form.to !== ANOTHER) return ok({ delivery: { kept: form.to }, keepAddress: false });
  const typed = typedAddress(form);
  return typed.ok ? ok({ delivery: typed.value, keepAddress: form.keep === 'yes' }) : typed;
}

type DeliveryChoiceProps = {
  readonly facts: ContextFacts;
  /** Without an address: each unit's own. */
  readonly addresses: readonly { readonly id: string; readonly address?: DeliveryAddress }[];
};

/** Where the cards go: where the business has them sent already, or another address. */
export function DeliveryChoice({ facts, addresses }: DeliveryChoiceProps) {
  const { t } = useRequest();
  const vendor = facts.capacity === 'vendor';
  return (
    <Section title={t('orders:confirm.delivery')}>
      <RadioGroup
        name="to"
        label={t('orders:confirm.to')}
        value={addresses[0]?.id ?? ANOTHER}
        choices={[
          ...addresses.map(({ id, address }) => ({
            value: id,
            label: address === undefined ? t('orders:confirm.eachUnit') : addressText(address),
          })),
          {
            value: ANOTHER,
            label: t('orders:confirm.another'),
            description: t(vendor ? 'orders:confirm.anotherVendor' : 'orders:confirm.anotherHint'),
          },
        ]}
      />
      <TypedAddress>{vendor ? null : <Checkbox name="keep" label={t('orders:confirm.keep')} />}</TypedAddress>
    </Section>
  );
}

// Those that the business keeps --------------------------------------------------------------------------------------------

/** GET /orders/addresses: where the business has its cards sent; also where a form of one of them is sent. */
export function showAddresses(c: Page, deps: OrderPageDeps): Promise<Response> {
  return drawAddresses(c, deps, emptyForm, c.req.param('address'));
}

const addressSchema = z.object({
  recipient: z.string().max(100).default(''),
  street: z.string().max(300).default(''),
  postalCode: z.string().max(10).default(''),
  place: z.string().max(60).default(''),
});

/** POST /orders/addresses */
export async function sendAddress(c: Page, deps: OrderPageDeps): Promise<Response> {
  const form = await readForm(c);
  const parsed = parseForm(addressSchema, form);
  if (!parsed.ok) return drawAddresses(c, deps, parsed.error);
  const address = typedAddress(parsed.value);
  if (!address.ok) return drawAddresses(c, deps, formWithErrors(form, address.error));
  const acting = requireActing(c);
  const added = await addAddress(deps, acting, address.value);
  if (!added.ok) return refusedPage(c, added.error);
  return redirectDone(c, businessPath(acting, '/orders/addresses'), 'orders:done.addressKept');
}

/** POST /orders/addresses/:address/remove */
export async function sendForget(c: Page, deps: OrderPageDeps): Promise<Response> {
  const id = c.req.param('address');
  if (!isUuid(id)) return missing(c);
  const acting = requireActing(c);
  const removed = await forgetAddress(deps, acting, id);
  if (!removed.ok) return refusedPage(c, removed.error);
  return redirectDone(c, businessPath(acting, '/orders/addresses'), 'orders:done.addressForgotten');
}

async function drawAddresses(
  c: Page,
  deps: OrderPageDeps,
  state: FormState,
  named?: string,
): Promise<Response> {
  const t = c.get('t');
  const acting = requireActing(c);
  const view = await addressesView(deps, acting);
  if (!view.ok) return refusedPage(c, view.error);
  const { registered, saved } = view.value;
  if (named !== undefined && !saved.some(({ id }) => id === named)) return missing(c);
  return renderBusinessPage(
    c,
    view.value,
    {
      title: t('orders:addresses.title'),
      section: 'orders',
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
      breadcrumbs: [{ label: t('orders:list.title'), href: businessPath(acting, '/orders') }],
    },
    <Stack>
      <Lead>{t('orders:addresses.lead')}</Lead>
      <Card title={addressText(registered)} level={2}>
        <p>{t('orders:addresses.registered')}</p>
      </Card>
      {saved.map(({ id, address, addedByName, addedAt }) => (
        <Card title={addressText(address)} level={2}>
          <p>
            {t('orders:addresses.keptBy', { name: addedByName })} <DateText date={addedAt} />
          </p>
          <PostForm action={businessPath(acting, `/orders/addresses/${id}/remove`)} class="form inline">
            <SubmitButton size="sm" variant="tertiary" color="danger">
              {t('orders:addresses.remove', { address: addressText(address) })}
            </SubmitButton>
          </PostForm>
        </Card>
      ))}
      <Section title={t('orders:addresses.add')}>
        <PostForm action={businessPath(acting, '/orders/addresses')} state={state}>
          <TypedAddress />
          <SubmitButton>{t('orders:addresses.keep')}</SubmitButton>
        </PostForm>
      </Section>
    </Stack>,
  );
}
