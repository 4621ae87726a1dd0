import type { Context, Hono, MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { isUuid } from '../kernel/ids.ts';
import { CSV_START, csvLine } from '../kernel/csv.ts';
import { formatDateTime } from '../kernel/dates.ts';
import { checkerPath } from '../staff/index.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  PreviousNext,
  Stack,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { FileField, PostForm, SubmitButton, Textarea } from '../web/forms.tsx';
import { renderPage } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import {
  checkCards,
  type Checked,
  type EntitledDeps,
  needsBirthDate,
  openChecking,
  seeRecord,
  seeRecords,
} from './entitled-actions.ts';
import {
  AtPost,
  checker,
  checkerCrumbs,
  lookItems,
  reasonText,
  recordIdOf,
  refusedCheckerPage,
} from './entitled-parts.tsx';
import type { CheckerActing, RecordLine } from './entitled-records.ts';
import { type LookedUp, MOST_AT_ONCE, readList } from './entitled-rules.ts';
import { stateColors } from './state-colors.ts';

type Page = Context<AppEnv>;

/** Many cards at once from a pasted list or a file, and the records of what was looked up. */
export function addListPages(
  app: Hono<AppEnv>,
  deps: EntitledDeps,
  limited: MiddlewareHandler<AppEnv>,
): void {
  const path = checkerPath(':appointment');
  app.get(
    `${path}/many`,
    checker((c, acting) => manyPage(c, deps, acting, emptyForm)),
  );
  app.post(
    `${path}/many`,
    limited,
    checker((c, acting) => lookUpMany(c, deps, acting)),
  );
  app.get(
    `${path}/records`,
    checker((c, acting) => recordsPage(c, deps, acting)),
  );
  app.get(
    `${path}/records/:record`,
    checker((c, acting) => recordPage(c, deps, acting)),
  );
  app.get(
    `${path}/records/:record/record.csv`,
    checker((c, acting) => recordFile(c, deps, acting)),
  );
}

// Many at once --------------------------------------------------------------------------------------------------------------

const MOST_BYTES = 1_000_000;

async function manyPage(
  c: Page,
  deps: EntitledDeps,
  acting: CheckerActing,
  state: FormState,
): Promise<Response> {
  const t = c.get('t');
  const opened = await openChecking(deps, acting);
  if (!opened.ok) return refusedCheckerPage(c, opened.error);
  const post = opened.value;
  return renderPage(
    c,
    {
      title: t('checks:entitled.many.title'),
      narrow: true,
      breadcrumbs: checkerCrumbs(c, acting),
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      <AtPost t={t} post={post} />
      <p>{t('checks:entitled.many.text', { most: MOST_AT_ONCE })}</p>
      <PostForm action={`${checkerPath(acting.appointmentId)}/many`} state={state} files>
        <Textarea
          name="numbers"
          label={t('checks:entitled.many.numbers')}
          description={t(`checks:entitled.many.help.${needsBirthDate(post) ? 'inHand' : 'number'}`)}
          rows={10}
          maxlength={60_000}
        />
        <FileField
          name="file"
          label={t('checks:entitled.many.file')}
          accept={['text/csv']}
          maxBytes={MOST_BYTES}
        />
        <Actions>
          <SubmitButton>{t('checks:entitled.many.submit')}</SubmitButton>
        </Actions>
      </PostForm>
      <p>{t('checks:entitled.told')}</p>
    </Stack>,
  );
}

const manyForm = z.object({
  numbers: z.string().max(60_000).optional(),
  file: z.file().max(MOST_BYTES).optional(),
});

async function lookUpMany(c: Page, deps: EntitledDeps, acting: CheckerActing): Promise<Response> {
  const form = await readForm(c);
  const parsed = parseForm(manyForm, form);
  if (!parsed.ok) return manyPage(c, deps, acting, parsed.error);
  const opened = await openChecking(deps, acting);
  if (!opened.ok) return refusedCheckerPage(c, opened.error);
  const { numbers, file } = parsed.value;
  const field = file === undefined ? 'numbers' : 'file';
  const read = readList(
    file === undefined ? (numbers ?? '') : await file.text(),
    needsBirthDate(opened.value),
  );
  if (!read.ok) {
    const values = { line: read.line, most: MOST_AT_ONCE };
    const error = { key: `checks:entitled.many.problem.${read.problem}`, values };
    return manyPage(c, deps, acting, formWithErrors(form, { [field]: error }));
  }
  const checked = await checkCards(deps, acting, read.keys);
  if (checked.ok) return manyResultPage(c, acting, checked.value);
  // What lacks a birth date was found with its line.
  return checked.error === 'no-birth-date' ? notFoundPage(c) : refusedCheckerPage(c, checked.error);
}

async function manyResultPage(c: Page, acting: CheckerActing, checked: Checked): Promise<Response> {
  const t = c.get('t');
  const here = checkerPath(acting.appointmentId);
  const valid = checked.cards.filter(({ verdict }) => verdict === 'valid').length;
  return renderPage(
    c,
    { title: t('checks:entitled.many.result'), breadcrumbs: checkerCrumbs(c, acting) },
    <Stack>
      <Lead>{t('checks:entitled.many.valid', { valid, all: checked.cards.length })}</Lead>
      <DescriptionList items={lookItems(c, checked)} />
      <Table
        caption={t('checks:entitled.many.result')}
        captionHidden
        rows={checked.cards}
        columns={[
          { header: t('checks:number.label'), names: true, cell: ({ number }) => number ?? '' },
          { header: t('checks:entitled.verdict'), cell: (row) => <Verdict c={c} row={row} /> },
          { header: t('checks:entitled.holder'), cell: ({ card }) => card?.holderName ?? '' },
          { header: t('checks:result.employer'), cell: ({ card }) => card?.employerName ?? '' },
        ]}
      />
      <Actions>
        <LinkButton href={`${here}/records/${checked.recordId}`}>
          {t('checks:entitled.records.this')}
        </LinkButton>
        <LinkButton href={`${here}/many`} variant="secondary">
          {t('checks:entitled.many.again')}
        </LinkButton>
      </Actions>
    </Stack>,
  );
}

function Verdict({ c, row }: { readonly c: Page; readonly row: Pick<LookedUp, 'verdict' | 'reason'> }) {
  return (
    <>
      <Tag color={stateColors[row.verdict]}>{c.get('t')(`checks:entitled.short.${row.verdict}`)}</Tag>
      {row.verdict === 'valid' ? null : <p>{reasonText(c, row)}</p>}
    </>
  );
}

// Records -------------------------------------------------------------------------------------------------------------------

async function recordsPage(c: Page, deps: EntitledDeps, acting: CheckerActing): Promise<Response> {
  const t = c.get('t');
  const asked = c.req.query('before');
  const before = isUuid(asked) ? asked : undefined;
  const seen = await seeRecords(deps, acting, before);
  if (!seen.ok) return refusedCheckerPage(c, seen.error);
  const { post, found, more } = seen.value;
  const list = `${checkerPath(acting.appointmentId)}/records`;
  const last = found.at(-1);
  return renderPage(
    c,
    { title: t('checks:entitled.records.title'), narrow: true, breadcrumbs: checkerCrumbs(c, acting) },
    <Stack>
      <AtPost t={t} post={post} />
      <Table
        caption={t('checks:entitled.records.title')}
        captionHidden
        rows={found}
        empty={<EmptyState title={t('checks:entitled.records.none')} />}
        columns={[
          {
            header: t('checks:result.asOf'),
            names: true,
            cell: ({ id, at }) => (
              <Link href={`${list}/${id}`}>
                <DateText date={at} time />
              </Link>
            ),
          },
          { header: t('checks:entitled.records.cards'), align: 'end', cell: ({ count }) => count },
        ]}
      />
      <PreviousNext
        previous={before === undefined ? undefined : list}
        next={more && last !== undefined ? withQuery(list, { before: last.id }) : undefined}
      />
    </Stack>,
  );
}

async function recordPage(c: Page, deps: EntitledDeps, acting: CheckerActing): Promise<Response> {
  const t = c.get('t');
  const seen = await seeRecord(deps, acting, recordIdOf(c));
  if (!seen.ok) return refusedCheckerPage(c, seen.error);
  const record = seen.value;
  if (record === undefined) return notFoundPage(c);
  const list = `${checkerPath(acting.appointmentId)}/records`;
  const stands = record.unaltered ? 'unaltered' : 'altered';
  return renderPage(
    c,
    {
      title: t('checks:entitled.records.record'),
      narrow: true,
      breadcrumbs: [...checkerCrumbs(c, acting), { label: t('checks:entitled.records.title'), href: list }],
    },
    <Stack>
      <DescriptionList items={lookItems(c, { ...record, post: record })} />
      <Alert
        color={record.unaltered ? 'success' : 'danger'}
        title={t(`checks:entitled.records.${stands}.title`)}
      >
        <p>{t(`checks:entitled.records.${stands}.text`)}</p>
      </Alert>
      <Table
        caption={t('checks:entitled.records.record')}
        captionHidden
        rows={record.lines}
        columns={[
          {
            header: t('checks:number.label'),
            names: true,
            cell: ({ number }) => number ?? t('checks:entitled.records.noNumber'),
          },
          { header: t('checks:entitled.verdict'), cell: (row) => <Verdict c={c} row={row} /> },
        ]}
      />
      <Actions>
        <LinkButton href={`${list}/${record.id}/record.csv`} variant="secondary">
          {t('checks:entitled.records.csv')}
        </LinkButton>
      </Actions>
    </Stack>,
  );
}

async function recordFile(c: Page, deps: EntitledDeps, acting: CheckerActing): Promise<Response> {
  const t = c.get('t');
  const seen = await seeRecord(deps, acting, recordIdOf(c));
  if (!seen.ok || seen.value === undefined) return notFoundPage(c);
  const { at, by, role, place, lines } = seen.value;
  const when = formatDateTime(at, c.get('language'));
  const headings = [
    'number.label',
    'entitled.verdict',
    'entitled.reason',
    'result.asOf',
    'entitled.place',
    'entitled.by',
    'entitled.role',
  ];
  const cells = (line: RecordLine) => [
    line.number ?? '',
    t(`checks:entitled.short.${line.verdict}`),
    line.reason === null ? '' : reasonText(c, line),
    ...[when, place, by, t(`staff:role.${role}`)],
  ];
  const file = [headings.map((key) => t(`checks:${key}`)), ...lines.map(cells)].map(csvLine).join('');
  return c.body(CSV_START + file, 200, {
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': 'attachment; filename="check-record.csv"',
    'Cache-Control': 'no-store',
  });
}
