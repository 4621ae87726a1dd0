import { z } from 'zod';
import { endToLastDay, osloToday } from '../kernel/dates.ts';
import {
  emptyForm,
  type FieldError,
  formList,
  type FormState,
  formWithErrors,
  parseForm,
  typedText,
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
import { type Holder, latestLastDay, type Proposal } from './grants.ts';
import { dayField, hintOf } from './proposal-form.tsx';
import { grantableRights, type Right } from './rules.ts';
import type { Terms } from './terms.ts';

/**
 * The form with which a vendor or a person asks for a mandate: each right with its reason, scope, period and purpose. The
 * words that speak to the asker are `access:askForm.<holder>.*`.
 */

/** Of whom somebody asks: its units, and the mandate that they have from it. */
export interface AskFormFor {
  readonly holder: Holder;
  readonly units: readonly { readonly id: string; readonly name: string }[];
  readonly present: (Terms & { readonly purpose: string }) | undefined;
}

/** What is asked for, without limits of its own: those of the mandate that one has go along. */
export interface AskedFor {
  readonly proposal: Omit<Proposal, 'limits'>;
  readonly reasons: Readonly<Partial<Record<Right, string>>>;
}

const MAX_REASON = 300;

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
export function readAskForm(form: FormData, asked: AskFormFor): Result<AskedFor, FormState> {
  const parsed = parseForm(fields, form);
  const { rights, reasons, errors } = readReasons(form, asked.holder);
  if (!parsed.ok) return err({ ...parsed.error, errors: { ...errors, ...parsed.error.errors } });
  if (Object.keys(errors).length > 0) return err(formWithErrors(form, errors));
  const { scope, units, firstDay, lastDay, purpose } = parsed.value;
  return ok({
    proposal: {
      rights,
      units: scope === 'some' ? [...new Set(units)] : null,
      workers: scope === 'same' ? (asked.present?.workers ?? []) : null,
      firstDay: firstDay ?? null,
      lastDay,
      purpose,
    },
    reasons,
  });
}

function readReasons(form: FormData, holder: Holder) {
  const rights = grantableRights(holder).filter((right) => form.get(tickOf(right)) === 'yes');
  const reasons: Partial<Record<Right, string>> = {};
  const errors: Record<string, FieldError> = {};
  if (rights.length === 0) errors['rights'] = { key: 'access:problem.rights.none' };
  for (const right of rights) {
    const reason = typedText(form, reasonOf(right));
    if (reason === '') errors[reasonOf(right)] = { key: `access:askForm.${holder}.noReason` };
    else if (reason.length > MAX_REASON) {
      errors[reasonOf(right)] = { key: 'web:form.tooLong', values: { maximum: MAX_REASON } };
    } else reasons[right] = reason;
  }
  return { rights, reasons, errors };
}

/** The form before anyone has sent it: what the asker has already, with room for the reasons. */
export function startingAskForm(state: FormState, { present }: AskFormFor, now: Date): FormState {
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

type AskFieldsProps = { readonly asked: AskFormFor; readonly now: Date };

/** What is asked for, with a reason for each right. */
export function AskFields({ asked, now }: AskFieldsProps) {
  const { t } = useRequest();
  const { holder } = asked;
  const words = `access:askForm.${holder}`;
  const today = osloToday(now);
  return (
    <>
      <Fieldset name="rights" label={t(`${words}.rights`)} description={t(`${words}.rightsHint`)}>
        {grantableRights(holder).map((right) => (
          <div class="reasoned">
            <Checkbox
              name={tickOf(right)}
              label={t(`access:right.${right}.can`)}
              description={t(hintOf(right, holder))}
            />
            <TextField
              name={reasonOf(right)}
              label={t('access:askForm.why', { right: t(`access:right.${right}.can`) })}
              maxlength={MAX_REASON}
            />
          </div>
        ))}
      </Fieldset>
      <ScopeChoice asked={asked} />
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
        description={t(`access:form.lastDayHint.${holder}`)}
        min={today}
        max={latestLastDay(holder, now)}
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

function ScopeChoice({ asked }: { readonly asked: AskFormFor }) {
  const { t } = useRequest();
  const { units, present } = asked;
  const same = present?.workers ?? null;
  const choices = [
    { value: 'all', label: t('access:form.all') },
    ...(units.length === 0 ? [] : [{ value: 'some', label: t('access:form.some') }]),
    ...(same === null
      ? []
      : [{ value: 'same', label: t('access:askForm.sameWorkers', { count: same.length }) }]),
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
