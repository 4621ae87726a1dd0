import { z } from 'zod';
import { dayField, grantableRights, latestLastDay, type Right, type Terms } from '../access/index.ts';
import { endToLastDay, osloToday } from '../kernel/dates.ts';
import {
  emptyForm,
  type FieldError,
  formList,
  type FormState,
  formWithErrors,
  parseForm,
} from '../web/form-parsing.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import {
  Checkbox,
  CheckboxGroup,
  DateField,
  Fieldset,
  RadioGroup,
  Textarea,
  TextField,
} from '../web/forms.tsx';
import { useRequest } from '../web/request.ts';
import type { Asked, Customer } from './requests.ts';

/** The form with which a vendor asks for a mandate: each right with its reason, scope, period and purpose. */

const MAX_REASON = 300;
const VENDOR_RIGHTS = grantableRights('vendor');

const fields = z.object({
  scope: z.enum(['all', 'some', 'same'], { error: 'web:form.choose' }),
  units: formList(z.uuid({ error: 'access:problem.units.foreign' })),
  firstDay: dayField.optional(),
  lastDay: dayField,
  purpose: z.string({ error: 'access:problem.purpose' }).max(300),
});

const tickOf = (right: Right) => `ask-${right}`;
const reasonOf = (right: Right) => `why-${right}`;

/** Reads the form. Nothing that is ticked goes without a reason; a reason for what is not ticked is left alone. */
export function readAskForm(form: FormData, customer: Customer): Result<Asked, FormState> {
  const parsed = parseForm(fields, form);
  const { rights, reasons, errors } = readReasons(form);
  if (!parsed.ok) return err({ ...parsed.error, errors: { ...errors, ...parsed.error.errors } });
  if (Object.keys(errors).length > 0) return err(formWithErrors(form, errors));
  const { scope, units, firstDay, lastDay, purpose } = parsed.value;
  return ok({
    businessNumber: customer.organisationNumber,
    proposal: {
      rights,
      units: scope === 'some' ? [...new Set(units)] : null,
      workers: scope === 'same' ? (customer.present?.workers ?? []) : null,
      firstDay: firstDay ?? null,
      lastDay,
      purpose,
    },
    reasons,
  });
}

function readReasons(form: FormData) {
  const rights = VENDOR_RIGHTS.filter((right) => form.get(tickOf(right)) === 'yes');
  const reasons: Partial<Record<Right, string>> = {};
  const errors: Record<string, FieldError> = {};
  if (rights.length === 0) errors['rights'] = { key: 'access:problem.rights.none' };
  for (const right of rights) {
    const typed = form.get(reasonOf(right));
    const reason = typeof typed === 'string' ? typed.normalize('NFC').trim() : '';
    if (reason === '') errors[reasonOf(right)] = { key: 'vendors:ask.noReason' };
    else if (reason.length > MAX_REASON) {
      errors[reasonOf(right)] = { key: 'web:form.tooLong', values: { maximum: MAX_REASON } };
    } else reasons[right] = reason;
  }
  return { rights, reasons, errors };
}

/** The form before anyone has sent it: what the vendor has already, with room for the reasons. */
export function startingAskForm(state: FormState, customer: Customer, now: Date): FormState {
  const { present } = customer;
  if (state !== emptyForm || present === undefined) return state;
  const lastDay = endToLastDay(present.endsAt);
  return {
    values: {
      ...Object.fromEntries(present.rights.map((right) => [tickOf(right), ['yes']])),
      scope: [present.workers !== null ? 'same' : present.units !== null ? 'some' : 'all'],
      units: present.units ?? [],
      lastDay: lastDay < osloToday(now) ? [] : [lastDay],
      purpose: [present.purpose],
    },
    errors: {},
  };
}

type AskFieldsProps = { readonly customer: Customer; readonly now: Date };

/** What a vendor asks for, with a reason for each right. */
export function AskFields({ customer, now }: AskFieldsProps) {
  const { t } = useRequest();
  const today = osloToday(now);
  return (
    <>
      <Fieldset name="rights" label={t('vendors:ask.rights')} description={t('vendors:ask.rightsHint')}>
        {VENDOR_RIGHTS.map((right) => (
          <div class="reasoned">
            <Checkbox
              name={tickOf(right)}
              label={t(`access:right.${right}.can`)}
              description={t(`access:right.${right}.hint`)}
            />
            <TextField
              name={reasonOf(right)}
              label={t('vendors:ask.why', { right: t(`access:right.${right}.can`) })}
              maxlength={MAX_REASON}
            />
          </div>
        ))}
      </Fieldset>
      <ScopeChoice customer={customer} present={customer.present} />
      <DateField
        name="firstDay"
        label={t('access:form.firstDay')}
        description={t('access:form.firstDayHint')}
        min={today}
        optional
      />
      <DateField
        name="lastDay"
        label={t('access:form.lastDay')}
        description={t('access:form.lastDayHint.vendor')}
        min={today}
        max={latestLastDay('vendor', now)}
      />
      <Textarea
        name="purpose"
        label={t('access:form.purpose')}
        description={t('access:form.purposeHint')}
        rows={2}
        maxlength={300}
      />
    </>
  );
}

type ScopeProps = { readonly customer: Customer; readonly present: Terms | undefined };

function ScopeChoice({ customer, present }: ScopeProps) {
  const { t } = useRequest();
  const { units } = customer;
  const same = present?.workers ?? null;
  const choices = [
    { value: 'all', label: t('access:form.all') },
    ...(units.length === 0 ? [] : [{ value: 'some', label: t('access:form.some') }]),
    ...(same === null
      ? []
      : [{ value: 'same', label: t('vendors:ask.sameWorkers', { count: same.length }) }]),
  ];
  return (
    <>
      <RadioGroup name="scope" label={t('access:form.scope')} value="all" choices={choices} />
      {units.length === 0 ? null : (
        <CheckboxGroup
          name="units"
          label={t('access:form.units')}
          optional
          choices={units.map((unit) => ({ value: unit.id, label: unit.name }))}
        />
      )}
    </>
  );
}
