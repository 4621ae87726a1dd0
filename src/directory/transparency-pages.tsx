import type { Context, Hono } from 'hono';
import { formatMonth } from '../kernel/dates.ts';
import type { Language } from '../kernel/language.ts';
import { formatMoney, nok } from '../kernel/money.ts';
import { Actions, EmptyState, Lead, LinkButton, Section, Stack, Table } from '../web/components.tsx';
import type { AppEnv, Translate } from '../web/context.ts';
import { renderPage } from '../web/page.tsx';
import { BarPlot } from '../web/plot.tsx';
import { useRequest } from '../web/request.ts';
import { type ReportDeps, viewMonths } from './actions.ts';
import { reportPath, transparencyPath, vendorsPath } from './paths.ts';
import type { CountedMonth } from './records.ts';
import { FEWEST } from './rules.ts';

type Page = Context<AppEnv>;

/** Numbers for everyone, `/transparency`: each of a month, as a plot and a table beside it. */
export function addTransparencyPages(app: Hono<AppEnv>, deps: ReportDeps): void {
  app.get(transparencyPath, (c) => page(c, deps));
}

interface Measure {
  /** Its words are under `directory:transparency.of.<key>`. */
  readonly key: string;
  readonly of: (month: CountedMonth) => number | null;
  readonly text: (value: number, language: Language, t: Translate) => string;
}

const LOCALES = { nb: 'nb-NO', en: 'en-GB' } as const;
const counted = (value: number, language: Language) => value.toLocaleString(LOCALES[language]);

const MEASURES: readonly Measure[] = [
  { key: 'cards', of: ({ cards }) => cards, text: counted },
  {
    key: 'fee',
    of: ({ feeMedianOre }) => feeMedianOre,
    text: (value, language) => formatMoney(nok(value), language),
  },
  {
    key: 'days',
    of: ({ deliveryDays }) => deliveryDays,
    text: (value, language, t) => t('directory:transparency.days', { days: counted(value, language) }),
  },
  { key: 'reports', of: ({ reports }) => reports, text: counted },
  { key: 'barred', of: ({ barred }) => barred, text: counted },
];

async function page(c: Page, deps: ReportDeps) {
  const months = await viewMonths(deps);
  const t = c.get('t');
  return renderPage(
    c,
    { title: t('directory:transparency.title') },
    <Stack>
      <Lead>{t('directory:transparency.lead')}</Lead>
      <p>{t('directory:transparency.means', { fewest: FEWEST })}</p>
      {months.length === 0 ? (
        <EmptyState title={t('directory:transparency.none')}>
          <p>{t('directory:transparency.noneText')}</p>
        </EmptyState>
      ) : (
        MEASURES.map((measure) => <Shown measure={measure} months={months} />)
      )}
      <Actions>
        <LinkButton href={vendorsPath} variant="secondary">
          {t('directory:vendors.title')}
        </LinkButton>
        <LinkButton href={reportPath} variant="secondary">
          {t('directory:report.title')}
        </LinkButton>
      </Actions>
    </Stack>,
  );
}

function Shown({ measure, months }: { readonly measure: Measure; readonly months: readonly CountedMonth[] }) {
  const { t, language } = useRequest();
  const words = (key: string) => t(`directory:transparency.of.${measure.key}.${key}`);
  const monthOf = ({ month }: CountedMonth) => formatMonth(month, language);
  const someShown = months.some((month) => measure.of(month) !== null);
  return (
    <Section title={words('title')}>
      <p>{words('text')}</p>
      <div class="plot-beside">
        {someShown ? (
          <BarPlot
            label={words('plot')}
            labelWidth={88}
            parts={[{ look: 'price', name: words('unit') }]}
            rows={months.map((month) => ({
              label: monthOf(month),
              values: [measure.of(month) ?? undefined],
            }))}
          />
        ) : (
          <EmptyState title={t('directory:transparency.allFew')} />
        )}
        <Table
          caption={words('title')}
          captionHidden
          rows={months}
          columns={[
            { header: t('directory:transparency.month'), cell: monthOf },
            {
              header: words('unit'),
              cell: (month) => {
                const value = measure.of(month);
                return value === null
                  ? t('directory:transparency.few', { fewest: FEWEST })
                  : measure.text(value, language, t);
              },
              align: 'end',
            },
          ]}
        />
      </div>
    </Section>
  );
}
