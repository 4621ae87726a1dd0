import type { Child } from 'hono/jsx';
import { z } from 'zod';
import type { ContextFacts } from '../database/transaction.ts';
import { endToLastDay, formatDate, osloToday } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { Actions, EmptyState, LinkButton } from '../web/components.tsx';
import { emptyForm, formList, type FormState, toDay } from '../web/form-parsing.ts';
import {
  CheckboxGroup,
  DateField,
  Fieldset,
  PostForm,
  RadioGroup,
  SubmitButton,
  Textarea,
  TextField,
} from '../web/forms.tsx';
import { useRequest } from '../web/request.ts';
import {
  type Holder,
  latestFirstDay,
  latestLastDay,
  type Proposal,
  type ProposalProblems,
  rightProblem,
  termsOf,
} from './grants.ts';
import { refusalText } from './parts.tsx';
import type { PickingQuery, WorkerPicking } from './previews.ts';
import type { BusinessUnit } from './records.ts';
import { GRANTABLE, grantableRights, type Right, RIGHTS } from './rules.ts';
import { type Limits, MAX_NAMED_WORKERS, type Terms } from './terms.ts';

/** The form that a mandate is proposed with: to a person or a vendor, anew or in place of an earlier one. */

const wholeNumber = z
  .string()
  .regex(/^[1-9][0-9]{0,6}$/u, { error: 'web:form.wholeNumber' })
  .transform(Number)
  .optional();

const day = z.string({ error: 'web:form.date' }).transform(toDay());

/** The fields of `ScopeFields`, as a form sends them. */
export const scopeFields = {
  scope: z.enum(['all', 'some', 'named'], { error: 'web:form.choose' }),
  units: formList(z.uuid({ error: 'access:problem.units.foreign' })),
  workers: formList(z.uuid({ error: 'access:problem.workers.foreign' })),
};

/** The fields of `LimitFields`, as a form sends them. */
export const limitFields = {
  cardsPerOrder: wholeNumber,
  cardsPerMonth: wholeNumber,
  kronerPerMonth: wholeNumber,
};

/** Rights as a form sends them. */
export const rightsField = formList(z.enum(RIGHTS, { error: 'access:problem.rights.never' }));
/** A day that has to be there. */
export const dayField = day;

/** The fields of `ProposalFields`, as a form sends them. */
export const proposalFields = {
  rights: rightsField,
  ...scopeFields,
  firstDay: day.optional(),
  lastDay: day,
  purpose: z.string({ error: 'access:problem.purpose' }).max(300),
  ...limitFields,
};

type ProposalForm = z.infer<z.ZodObject<typeof proposalFields>>;

/** The scope that a read form makes: what belongs to another choice than the one made is left alone. */
export function toScope(form: z.infer<z.ZodObject<typeof scopeFields>>) {
  return {
    units: form.scope === 'some' ? [...new Set(form.units)] : null,
    workers: form.scope === 'named' ? [...new Set(form.workers)] : null,
  };
}

/** The limits that a read form makes. */
export function toLimits(form: z.infer<z.ZodObject<typeof limitFields>>): Limits {
  return {
    cardsPerOrder: form.cardsPerOrder ?? null,
    cardsPerMonth: form.cardsPerMonth ?? null,
    orePerMonth: form.kronerPerMonth === undefined ? null : form.kronerPerMonth * 100,
  };
}

/** The proposal that a read form makes. */
export function toProposal(form: ProposalForm): Proposal {
  return {
    rights: form.rights,
    ...toScope(form),
    firstDay: form.firstDay ?? null,
    lastDay: form.lastDay,
    purpose: form.purpose,
    limits: toLimits(form),
  };
}

/** Rules' objections as errors of the fields of `ProposalFields`. */
export function proposalErrors(problems: ProposalProblems): Record<string, string> {
  const errors: Record<string, string> = {};
  if (problems.rights) errors['rights'] = `access:problem.rights.${problems.rights}`;
  if (problems.units) {
    errors[problems.units === 'more-than-own' ? 'scope' : 'units'] = `access:problem.units.${problems.units}`;
  }
  if (problems.workers) errors['workers'] = `access:problem.workers.${problems.workers}`;
  if (problems.firstDay) errors['firstDay'] = `access:problem.firstDay.${problems.firstDay}`;
  if (problems.lastDay) errors['lastDay'] = `access:problem.lastDay.${problems.lastDay}`;
  if (problems.limits) errors['cardsPerOrder'] = `access:problem.limits.${problems.limits}`;
  return errors;
}

/** The form as it stands when it begins from a mandate that is there: each thing as it is now. */
export function formOfTerms(terms: Terms & { readonly purpose?: string }, now: Date): FormState {
  const { rights, units, workers, limits, endsAt, purpose } = terms;
  const lastDay = endToLastDay(endsAt);
  const number = (limit: number | null) => (limit === null ? [] : [String(limit)]);
  return {
    values: {
      rights,
      scope: [workers !== null ? 'named' : units !== null ? 'some' : 'all'],
      units: units ?? [],
      workers: workers ?? [],
      lastDay: lastDay < osloToday(now) ? [] : [lastDay],
      purpose: purpose === undefined ? [] : [purpose],
      cardsPerOrder: number(limits.cardsPerOrder),
      cardsPerMonth: number(limits.cardsPerMonth),
      kronerPerMonth: number(limits.orePerMonth === null ? null : Math.floor(limits.orePerMonth / 100)),
    },
    errors: {},
  };
}

/** The form as it stands when it begins from what somebody asked for. */
export function formOfProposal(proposal: Proposal, now: Date): FormState {
  const { firstDay, purpose } = proposal;
  const form = formOfTerms({ ...termsOf(proposal, now), purpose }, now);
  return { ...form, values: { ...form.values, firstDay: firstDay === null ? [] : [firstDay] } };
}

const SEARCH = 'search-workers';

/**
 * Whether the form was sent to search for workers: it is then shown again with what was found, and nothing is done. Enter
 * presses a form's first button, which is the search's, also where no worker is to be named: there it is no search.
 */
export function isWorkerSearch(form: FormData): boolean {
  return form.get('step') === SEARCH && form.get('scope') === 'named';
}

/** Whom a sent form has ticked, and what it searches for when it was sent to search. */
export function pickingOf(state: FormState): PickingQuery | undefined {
  if (state === emptyForm) return undefined;
  const { values } = state;
  const search = values['step']?.includes(SEARCH) === true ? (values['workerSearch']?.[0] ?? '') : undefined;
  return {
    chosen: [...new Set(values['workers'] ?? [])].filter(isUuid).slice(0, MAX_NAMED_WORKERS),
    search: search?.normalize('NFC').replaceAll('\0', '').trim().slice(0, 100),
  };
}

type ProposalFieldsProps = {
  readonly holder: Holder;
  readonly facts: ContextFacts;
  readonly units: readonly BusinessUnit[];
  readonly picking: WorkerPicking;
  readonly now: Date;
};

/** The words on what to know of a right before it is given or asked for: a vendor sees only what it has made itself. */
export function hintOf(right: Right, holder: Holder): string {
  const other = holder === 'person' && (right === 'orders.read' || right === 'cards.read');
  return `access:right.${right}.${other ? 'personHint' : 'hint'}`;
}

type ProposalFormProps = ProposalFieldsProps & {
  readonly state: FormState;
  /** Where one goes who gives nothing. */
  readonly cancel: string;
  /** Fields of its own that it begins with. */
  readonly children?: Child;
};

/** The whole form, which leads to the preview. */
export function ProposalForm({ state, cancel, children, ...fields }: ProposalFormProps) {
  const { t } = useRequest();
  return (
    <PostForm state={state}>
      {children}
      <ProposalFields {...fields} />
      <Actions>
        <SubmitButton>{t('access:toPreview')}</SubmitButton>
        <LinkButton href={cancel} variant="tertiary">
          {t('access:cancel')}
        </LinkButton>
      </Actions>
    </PostForm>
  );
}

/** What a mandate is to hold: rights one by one, whom it reaches, first and last day, purpose and limits. */
function ProposalFields({ holder, facts, units, picking, now }: ProposalFieldsProps) {
  const { t } = useRequest();
  const today = osloToday(now);
  const furthest = latestFirstDay(now);
  return (
    <>
      <CheckboxGroup
        name="rights"
        label={t('access:form.rights')}
        description={t('access:form.rightsHint')}
        choices={grantableRights(holder).map((right) => {
          const problem = rightProblem(right, holder, facts);
          const risk = GRANTABLE[right][holder] === 'risk' ? `${t('access:form.risk')} ` : '';
          return {
            value: right,
            label: t(`access:right.${right}.can`),
            description: `${risk}${t(hintOf(right, holder))}`,
            disabledReason: problem === undefined ? undefined : t(`access:problem.rights.${problem}`),
          };
        })}
      />
      <ScopeFields own={facts.mandate ?? undefined} units={units} picking={picking} />
      <DateField
        name="firstDay"
        label={t('access:form.firstDay')}
        description={t('access:form.firstDayHint')}
        min={today}
        max={furthest}
        optional
      />
      <DateField
        name="lastDay"
        label={t('access:form.lastDay')}
        description={t(`access:form.lastDayHint.${holder}`)}
        min={today}
        max={latestLastDay(holder, now, furthest)}
      />
      <Textarea
        name="purpose"
        label={t('access:form.purpose')}
        description={t('access:form.purposeHint')}
        rows={2}
        maxlength={300}
      />
      <LimitFields description={t('access:form.limitsHint')} />
    </>
  );
}

type OwnScope = { readonly units: readonly string[] | null; readonly workers: readonly string[] | null };

type ScopeFieldsProps = {
  /** The mandate that nothing may reach beyond: the giver's own, or the one that is narrowed. */
  readonly own: OwnScope | undefined;
  readonly units: readonly BusinessUnit[];
  readonly picking: WorkerPicking;
};

/** Whom the mandate reaches: the whole business, some units, or named workers found by a search. */
export function ScopeFields({ own, units, picking }: ScopeFieldsProps) {
  const { t } = useRequest();
  const ownUnits = own?.units ?? null;
  const ownWorkers = own?.workers ?? null;
  const beyond = t('access:problem.units.more-than-own');
  const namedReason = picking.mayRead.allowed ? undefined : refusalText(t, picking.mayRead.refusal);
  return (
    <>
      <RadioGroup
        name="scope"
        label={t('access:form.scope')}
        value={ownWorkers !== null ? 'named' : ownUnits !== null ? 'some' : 'all'}
        choices={[
          {
            value: 'all',
            label: t('access:form.all'),
            disabledReason: ownUnits === null && ownWorkers === null ? undefined : beyond,
          },
          {
            value: 'some',
            label: t('access:form.some'),
            disabledReason: ownWorkers === null ? undefined : t('access:problem.workers.more-than-own'),
          },
          {
            value: 'named',
            label: t('access:form.named'),
            description: t('access:form.namedHint', { count: MAX_NAMED_WORKERS }),
            disabledReason: ownUnits === null ? namedReason : beyond,
          },
        ]}
      />
      <CheckboxGroup
        name="units"
        label={t('access:form.units')}
        choices={units.map((unit) => ({
          value: unit.id,
          label: unit.name,
          disabledReason: ownUnits === null || ownUnits.includes(unit.id) ? undefined : beyond,
        }))}
      />
      {picking.mayRead.allowed ? <WorkerFields picking={picking} /> : null}
    </>
  );
}

function WorkerFields({ picking }: { readonly picking: WorkerPicking }) {
  const { t, language } = useRequest();
  const { chosen, found } = picking;
  const choices = [...chosen, ...(found ?? [])].map((worker) => ({
    value: worker.id,
    label: worker.name,
    description: t('access:form.workerIs', {
      born: formatDate(worker.birthDate, language),
      unit: worker.unitName,
    }),
  }));
  return (
    <Fieldset name="workerPicker" label={t('access:form.workerPicker')}>
      <TextField
        name="workerSearch"
        type="search"
        label={t('access:form.workerSearch')}
        description={t('access:form.workerSearchHint')}
        maxlength={100}
        optional
      />
      <SubmitButton name="step" value={SEARCH} variant="secondary" size="sm" action="#field-workerPicker">
        {t('access:form.workerFind')}
      </SubmitButton>
      <CheckboxGroup
        name="workers"
        label={t('access:form.workers', { count: chosen.length })}
        choices={choices}
      />
      {choices.length === 0 && found === undefined ? <p>{t('access:form.noneChosen')}</p> : null}
      {found?.length === 0 ? <EmptyState title={t('access:form.noneFound')} /> : null}
      {picking.more ? <p>{t('access:form.moreFound')}</p> : null}
    </Fieldset>
  );
}

/** Limits on ordering. */
export function LimitFields({ description }: { readonly description: string }) {
  const { t } = useRequest();
  return (
    <Fieldset name="limits" label={t('access:form.limits')} description={description} optional>
      {(['cardsPerOrder', 'cardsPerMonth', 'kronerPerMonth'] as const).map((name) => (
        <TextField name={name} label={t(`access:form.${name}`)} inputmode="numeric" size={8} optional />
      ))}
    </Fieldset>
  );
}

/** The form before anyone has sent it: from the holder's present mandate, if there is one. */
export function startingForm(
  state: FormState,
  present: (Terms & { readonly purpose: string }) | undefined,
  now: Date,
): FormState {
  return state === emptyForm && present !== undefined ? formOfTerms(present, now) : state;
}
