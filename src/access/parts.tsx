import { formatDate } from '../kernel/dates.ts';
import { nok } from '../kernel/money.ts';
import { Money } from '../web/components.tsx';
import type { Translate } from '../web/context.ts';
import { useRequest } from '../web/request.ts';
import type { ScopeNames } from './previews.ts';
import { type Refusal, type Right, RIGHTS } from './rules.ts';
import type { Limits, Scope, TermsChange } from './terms.ts';

/** Words for rights, scopes, limits and changes, which the pages of access share with those that give mandates to vendors. */

/** Why a rule refuses, and who can change that, on one line: what stands under a disabled button. */
export function refusalText(t: Translate, refusal: Refusal): string {
  return `${t(`access:refusal.${refusal}.rule`)} ${t(`access:refusal.${refusal}.who`)}`;
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

/** Whom a mandate reaches, on one line: the whole business, units by name, or how many named workers. */
export function ScopeSummary({ scope, names }: ScopeProps) {
  const { t } = useRequest();
  return <>{summaryOf(t, scope, names)}</>;
}

type ScopeProps = { readonly scope: Scope; readonly names: Pick<ScopeNames, 'units'> };

function summaryOf(t: Translate, { units, workers }: Scope, names: Pick<ScopeNames, 'units'>): string {
  if (workers !== null) return t('access:namedWorkers', { count: workers.length });
  if (units === null) return t('access:wholeBusiness');
  const open = names.units.filter((unit) => units.includes(unit.id)).map((unit) => unit.name);
  return open.length === 0 ? t('access:closedUnits') : open.join(', ');
}

/** Whom a mandate reaches, exactly: each unit and each named worker. */
export function ScopeText({ scope, names }: { readonly scope: Scope; readonly names: ScopeNames }) {
  const { t } = useRequest();
  const { units, workers } = scope;
  if (workers === null && units === null) return <>{t('access:wholeBusiness')}</>;
  const shown =
    workers === null
      ? names.units.filter((unit) => units?.includes(unit.id)).map((unit) => unit.name)
      : [...names.workers].filter(([id]) => workers.includes(id)).map(([, name]) => name);
  const hidden = workers === null ? 0 : workers.length - shown.length;
  if (shown.length === 0 && hidden === 0) return <>{t('access:closedUnits')}</>;
  return (
    <ul class="ds-list">
      {shown.map((name) => (
        <li>{name}</li>
      ))}
      {hidden === 0 ? null : (
        <li>{t(shown.length === 0 ? 'access:namedWorkers' : 'access:moreWorkers', { count: hidden })}</li>
      )}
    </ul>
  );
}

/** Whether there is any limit at all. */
export function hasLimits({ cardsPerOrder, cardsPerMonth, orePerMonth }: Limits): boolean {
  return cardsPerOrder !== null || cardsPerMonth !== null || orePerMonth !== null;
}

/** Limits in words; says so when there are none. */
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
      {hasLimits(limits) ? '' : t('access:limit.none')}
    </>
  );
}

type ChangesProps = { readonly changes: readonly TermsChange[]; readonly names: ScopeNames };

/** How later terms differ from earlier ones, a line for each difference. */
export function TermsChanges({ changes, names }: ChangesProps) {
  const { t } = useRequest();
  if (changes.length === 0) return <p>{t('access:change.nothing')}</p>;
  return (
    <ul class="ds-list">
      {changes
        .flatMap((change) => changeLines(t, change, names))
        .map((line) => (
          <li>{line}</li>
        ))}
    </ul>
  );
}

function changeLines(t: Translate, change: TermsChange, names: ScopeNames) {
  switch (change.kind) {
    case 'rights':
      return [
        ...change.added.map((right) => rightLine(t, 'added', right)),
        ...change.removed.map((right) => rightLine(t, 'removed', right)),
      ];
    case 'scope':
      return [<ScopeChange before={change.before} after={change.after} names={names} />];
    case 'start':
      return [<DayChange kind="start" before={change.before} after={change.after} />];
    case 'end':
      return [
        <DayChange
          kind="end"
          before={new Date(change.before.getTime() - 1)}
          after={new Date(change.after.getTime() - 1)}
        />,
      ];
    case 'limit':
      return [
        <>
          {t(`access:change.${change.limit}`)} <LimitValue {...change} value={change.before} /> →{' '}
          <LimitValue {...change} value={change.after} />
        </>,
      ];
  }
}

function LimitValue({ limit, value }: { readonly limit: keyof Limits; readonly value: number | null }) {
  const { t } = useRequest();
  if (value === null) return <>{t('access:change.noLimit')}</>;
  return limit === 'orePerMonth' ? <Money amount={nok(value)} /> : <>{value}</>;
}

function rightLine(t: Translate, kind: 'added' | 'removed', right: Right) {
  return (
    <>
      <strong>{t(`access:change.${kind}`)}</strong> {t(`access:right.${right}.can`)}
    </>
  );
}

type ScopeChangeProps = { readonly before: Scope; readonly after: Scope; readonly names: ScopeNames };

function ScopeChange({ before, after, names }: ScopeChangeProps) {
  const { t } = useRequest();
  const nameOf = (id: string) => names.workers.get(id);
  const gained = (after.workers ?? []).filter((id) => before.workers?.includes(id) === false).map(nameOf);
  const lost = (before.workers ?? []).filter((id) => after.workers?.includes(id) === false).map(nameOf);
  const listed = (ids: readonly (string | undefined)[]) =>
    ids.filter((name) => name !== undefined).join(', ');
  return (
    <>
      {t('access:change.scope')} {summaryOf(t, before, names)} → {summaryOf(t, after, names)}
      {listed(gained) === '' ? '' : `. ${t('access:change.added')} ${listed(gained)}`}
      {listed(lost) === '' ? '' : `. ${t('access:change.removed')} ${listed(lost)}`}
    </>
  );
}

type DayChangeProps = { readonly kind: 'start' | 'end'; readonly before: Date; readonly after: Date };

function DayChange({ kind, before, after }: DayChangeProps) {
  const { t, language } = useRequest();
  return (
    <>
      {t(`access:change.${kind}`)} {formatDate(before, language)} → {formatDate(after, language)}
    </>
  );
}

const ROLES = [
  'DAGL',
  'LEDE',
  'NEST',
  'MEDL',
  'VARA',
  'INNH',
  'DTPR',
  'DTSO',
  'KOMP',
  'BEST',
  'BOBE',
  'REPR',
  'KONT',
];

/** A role in Enhetsregisteret by its code, in words. */
export function roleName(t: Translate, code: string): string {
  return ROLES.includes(code) ? t(`access:role.${code}`) : code;
}
