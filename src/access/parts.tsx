import { z } from 'zod';
import type { ContextFacts } from '../database/transaction.ts';
import { osloToday, parsePlainDate } from '../kernel/dates.ts';
import { nok } from '../kernel/money.ts';
import { formList } from '../web/form-parsing.ts';
import { CheckboxGroup, DateField, Fieldset, RadioGroup, Textarea, TextField } from '../web/forms.tsx';
import { DateText, DescriptionList, Money } from '../web/components.tsx';
import type { Translate } from '../web/context.ts';
import { useRequest } from '../web/request.ts';
import {
  type Holder,
  latestLastDay,
  type Limits,
  type Proposal,
  type ProposalProblems,
  rightProblem,
} from './grants.ts';
import type { BusinessUnit } from './records.ts';
import { GRANTABLE, grantableRights, type Refusal, RIGHTS, type Right } from './rules.ts';

/** Parts that the pages of access share with those that give mandates to vendors. */

const wholeNumber = z
  .string()
  .regex(/^[1-9][0-9]{0,6}$/u, { error: 'web:form.wholeNumber' })
  .transform(Number)
  .optional();

/** The fields of `ProposalFields`, as a form sends them. */
export const proposalFields = {
  rights: formList(z.enum(RIGHTS, { error: 'access:problem.rights.never' })),
  scope: z.enum(['all', 'some'], { error: 'web:form.choose' }),
  units: formList(z.uuid({ error: 'access:problem.units.foreign' })),
  lastDay: z.string({ error: 'web:form.date' }).transform((text, context) => {
    const day = parsePlainDate(text);
    if (day !== undefined) return day;
    context.addIssue({ code: 'custom', message: 'web:form.date' });
    return z.NEVER;
  }),
  purpose: z.string({ error: 'access:problem.purpose' }).max(300),
  cardsPerOrder: wholeNumber,
  cardsPerMonth: wholeNumber,
  kronerPerMonth: wholeNumber,
};

type ProposalForm = z.infer<z.ZodObject<typeof proposalFields>>;

/** The proposal that a read form makes. */
export function toProposal(form: ProposalForm): Proposal {
  return {
    rights: form.rights,
    units: form.scope === 'all' ? null : form.units,
    lastDay: form.lastDay,
    purpose: form.purpose,
    limits: {
      cardsPerOrder: form.cardsPerOrder ?? null,
      cardsPerMonth: form.cardsPerMonth ?? null,
      orePerMonth: form.kronerPerMonth === undefined ? null : form.kronerPerMonth * 100,
    },
  };
}

/** Rules' objections as errors of the fields of `ProposalFields`. */
export function proposalErrors(problems: ProposalProblems): Record<string, string> {
  const errors: Record<string, string> = {};
  if (problems.rights) errors['rights'] = `access:problem.rights.${problems.rights}`;
  if (problems.units) {
    errors[problems.units === 'more-than-own' ? 'scope' : 'units'] = `access:problem.units.${problems.units}`;
  }
  if (problems.lastDay) errors['lastDay'] = `access:problem.lastDay.${problems.lastDay}`;
  if (problems.limits) errors['cardsPerOrder'] = `access:problem.limits.${problems.limits}`;
  return errors;
}

/** Why a rule refuses, and who can change that, on one line: what stands under a disabled button. */
export function refusalText(t: Translate, refusal: Refusal): string {
  return `${t(`access:refusal.${refusal}.rule`)} ${t(`access:refusal.${refusal}.who`)}`;
}

type ProposalFieldsProps = {
  readonly holder: Holder;
  readonly facts: ContextFacts;
  readonly units: readonly BusinessUnit[];
  readonly now: Date;
};

/** What a mandate is to hold: rights one by one, units, last day, purpose and limits. */
export function ProposalFields({ holder, facts, units, now }: ProposalFieldsProps) {
  const { t } = useRequest();
  const today = osloToday(now);
  const latest = latestLastDay(holder, now);
  const ownUnits = facts.mandate?.units ?? null;
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
            description: `${risk}${t(`access:right.${right}.hint`)}`,
            disabledReason: problem === undefined ? undefined : t(`access:problem.rights.${problem}`),
          };
        })}
      />
      <RadioGroup
        name="scope"
        label={t('access:form.scope')}
        value={ownUnits === null ? 'all' : 'some'}
        choices={[
          {
            value: 'all',
            label: t('access:form.all'),
            disabledReason: ownUnits === null ? undefined : t('access:problem.units.more-than-own'),
          },
          { value: 'some', label: t('access:form.some') },
        ]}
      />
      <CheckboxGroup
        name="units"
        label={t('access:form.units')}
        optional
        choices={units.map((unit) => ({
          value: unit.id,
          label: unit.name,
          disabledReason:
            ownUnits === null || ownUnits.includes(unit.id)
              ? undefined
              : t('access:problem.units.more-than-own'),
        }))}
      />
      <DateField
        name="lastDay"
        label={t('access:form.lastDay')}
        description={t(`access:form.lastDayHint.${holder}`)}
        min={today}
        max={latest}
      />
      <Textarea
        name="purpose"
        label={t('access:form.purpose')}
        description={t('access:form.purposeHint')}
        rows={2}
        maxlength={300}
      />
      <Fieldset
        name="limits"
        label={t('access:form.limits')}
        description={t('access:form.limitsHint')}
        optional
      >
        <TextField
          name="cardsPerOrder"
          label={t('access:form.cardsPerOrder')}
          inputmode="numeric"
          size={8}
          optional
        />
        <TextField
          name="cardsPerMonth"
          label={t('access:form.cardsPerMonth')}
          inputmode="numeric"
          size={8}
          optional
        />
        <TextField
          name="kronerPerMonth"
          label={t('access:form.kronerPerMonth')}
          inputmode="numeric"
          size={8}
          optional
        />
      </Fieldset>
    </>
  );
}

/** Rights in plain words. */
export function RightList({ rights }: { readonly rights: readonly string[] }) {
  const { t } = useRequest();
  const known = RIGHTS.filter((right) => rights.includes(right));
  return (
    <ul class="ds-list">
      {known.map((right) => (
        <li>{t(`access:right.${right}.can`)}</li>
      ))}
    </ul>
  );
}

/** The units by name, or the whole business. */
export function UnitNames({
  units,
  known,
}: {
  readonly units: readonly string[] | null;
  readonly known: readonly BusinessUnit[];
}) {
  const { t } = useRequest();
  if (units === null) return <>{t('access:wholeBusiness')}</>;
  const names = known.filter((unit) => units.includes(unit.id)).map((unit) => unit.name);
  return <>{names.length === 0 ? t('access:closedUnits') : names.join(', ')}</>;
}

/** Limits in words; nothing when there are none. */
export function LimitText({ limits }: { readonly limits: Limits }) {
  const { t } = useRequest();
  const parts = [
    limits.cardsPerOrder === null ? null : t('access:limit.cardsPerOrder', { count: limits.cardsPerOrder }),
    limits.cardsPerMonth === null ? null : t('access:limit.cardsPerMonth', { count: limits.cardsPerMonth }),
  ].filter((part) => part !== null);
  return (
    <>
      {parts.join(', ')}
      {limits.orePerMonth === null ? null : (
        <>
          {parts.length === 0 ? '' : ', '}
          <Money amount={nok(limits.orePerMonth)} /> {t('access:limit.perMonth')}
        </>
      )}
      {parts.length === 0 && limits.orePerMonth === null ? t('access:limit.none') : ''}
    </>
  );
}

type ProposalPreviewProps = {
  readonly holder: Holder;
  readonly name: string;
  readonly proposal: Proposal;
  readonly units: readonly BusinessUnit[];
};

/** What the holder will be able to do, will not, and never will, in plain words. */
export function ProposalPreview({ holder, name, proposal, units }: ProposalPreviewProps) {
  const { t } = useRequest();
  const withheld = grantableRights(holder).filter((right) => !proposal.rights.includes(right));
  const never = RIGHTS.filter((right) => GRANTABLE[right][holder] === 'never');
  return (
    <>
      <DescriptionList
        items={[
          { term: t('access:preview.can', { name }), value: <RightList rights={proposal.rights} /> },
          ...(withheld.length === 0
            ? []
            : [{ term: t('access:preview.cannot', { name }), value: <RightList rights={withheld} /> }]),
          { term: t('access:preview.never', { name }), value: <RightList rights={never} /> },
          { term: t('access:column.units'), value: <UnitNames units={proposal.units} known={units} /> },
          { term: t('access:column.lastDay'), value: <DateText date={proposal.lastDay} /> },
          { term: t('access:form.purpose'), value: proposal.purpose },
          { term: t('access:form.limits'), value: <LimitText limits={proposal.limits} /> },
        ]}
      />
      <SightPreview holder={holder} rights={proposal.rights} />
    </>
  );
}

/** What a vendor sees of the workers, which is what most businesses want to know first. */
function SightPreview({ holder, rights }: { readonly holder: Holder; readonly rights: readonly Right[] }) {
  const { t } = useRequest();
  if (holder !== 'vendor') return null;
  const key = rights.includes('workers.read') ? 'seesWorkers' : 'seesNoWorkers';
  return <p>{t(`access:preview.${key}`)}</p>;
}
