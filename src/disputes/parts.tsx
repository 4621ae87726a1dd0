import type { Context } from 'hono';
import { DateText, DescriptionList, Tag } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import type { Dispute } from './records.ts';
import { disputeState, type DisputeState } from './rules.ts';

const COLORS = {
  waiting: 'info',
  late: 'warning',
  answered: 'success',
  brought: 'info',
  settled: 'success',
} as const satisfies Record<DisputeState, string>;

type DisputeProps = { readonly c: Context<AppEnv>; readonly dispute: Dispute; readonly now: Date };

/** Where a dispute stands, in a word or two. */
export function StateTag({ c, dispute, now }: DisputeProps) {
  const state = disputeState(dispute, now);
  return <Tag color={COLORS[state]}>{c.get('t')(`disputes:state.${state}`)}</Tag>;
}

/** What was said and what has come of it, in the order in which it came. */
export function Course({ c, dispute, now }: DisputeProps) {
  const t = c.get('t');
  const state = disputeState(dispute, now);
  const { answer, outcome, answeredAt, broughtAt, settledAt } = dispute;
  const waits = state === 'waiting' || state === 'late';
  return (
    <DescriptionList
      items={[
        { term: t('disputes:course.state'), value: <StateTag c={c} dispute={dispute} now={now} /> },
        { term: t('disputes:course.what'), value: t(`disputes:kind.${dispute.kind}`) },
        { term: t('disputes:course.made'), value: said(dispute.madeAt, dispute.text) },
        ...(waits
          ? [{ term: t('disputes:course.answerBy'), value: <DateText date={dispute.answerBy} /> }]
          : []),
        ...(answer === null || answeredAt === null
          ? []
          : [
              {
                term: t('disputes:course.answer'),
                value: said(
                  answeredAt,
                  dispute.answerText,
                  t(`disputes:answer.${answer}`),
                  dispute.answeredByName,
                ),
              },
            ]),
        ...(broughtAt === null
          ? []
          : [{ term: t('disputes:course.brought'), value: said(broughtAt, dispute.broughtText) }]),
        ...(outcome === null || settledAt === null
          ? []
          : [
              {
                term: t('disputes:course.outcome'),
                value: said(
                  settledAt,
                  dispute.outcomeText,
                  t(`disputes:outcome.${outcome}`),
                  dispute.settledByName,
                ),
              },
            ]),
      ]}
    />
  );
}

/** What somebody wrote, in their own language, and when. */
function said(at: Date, text: string | null, verdict?: string, by?: string | null) {
  return (
    <>
      {verdict === undefined ? null : <p>{verdict}</p>}
      <p class="written">{text}</p>
      <p class="ds-paragraph" data-size="sm">
        {by === undefined || by === null ? null : `${by}, `}
        <DateText date={at} time />
      </p>
    </>
  );
}
