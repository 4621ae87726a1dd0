import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { refusedPage, type Refused } from '../access/index.ts';
import { missing, queryPage } from '../orders/index.ts';
import {
  Alert,
  type Column,
  EmptyState,
  LinkButton,
  Pagination,
  Section,
  Stack,
  Table,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { problemPage } from '../web/errors.tsx';
import { withQuery } from '../web/paths.ts';
import { useRequest } from '../web/request.ts';

export type Page = Context<AppEnv>;
export type Answer = Response | Promise<Response>;

/** Seconds until a page that waits for its file asks again. */
const PATIENCE = '2';

/** Whether a file is still to be read, in which case its page asks again by itself. */
export function awaits(c: Page, { state }: { readonly state: string }): boolean {
  const waiting = state === 'waiting' || state === 'reading';
  if (waiting) c.header('Refresh', PATIENCE);
  return waiting;
}

/** How far a file is read. */
export function Waiting({ children }: { readonly children?: Child }) {
  const { t } = useRequest();
  return (
    <Alert color="info" live>
      <p>{children}</p>
      <p>{t('bulk:upload.reload')}</p>
    </Alert>
  );
}

type FailedProps = {
  readonly title: string;
  readonly why: string;
  readonly another: { readonly href: string; readonly label: string } | undefined;
};

/** Why a file was not read, and where to send another. */
export function Failed({ title, why, another }: FailedProps) {
  return (
    <Alert color="danger" title={title}>
      <p>{why}</p>
      {another === undefined ? null : <LinkButton href={another.href}>{another.label}</LinkButton>}
    </Alert>
  );
}

/** What a change came to that was not made: the page of what is not there, of what is in another state, or of what is refused. */
export function answerFailure(c: Page, error: 'missing' | 'too-late' | Refused): Answer {
  if (error === 'missing') return missing(c);
  if (error === 'too-late') return problemPage(c, 'conflict', { detail: c.get('t')('bulk:tooLate') });
  return refusedPage(c, error);
}

/** What a list shows: those of one kind, and which page of them. */
export interface Shown<Filter extends string> {
  readonly filter: Filter;
  readonly page: number;
}

/** As the address says; the first of the filters, and the first page, where it says nothing that there is. */
export function shownOf<Filter extends string>(
  c: Page,
  filters: readonly [Filter, ...Filter[]],
): Shown<Filter> {
  return { filter: filters.find((one) => one === c.req.query('show')) ?? filters[0], page: queryPage(c) };
}

/** What `shownOf` reads of an address. */
export const shownQuery = ({ filter, page }: Shown<string>) => ({ show: filter, page: String(page) });

type FilteredListProps<Filter extends string, Row> = {
  readonly title: string;
  /** Where the list stands. */
  readonly path: string;
  readonly filters: readonly Filter[];
  readonly counts: Readonly<Record<Filter, number>>;
  readonly shown: Shown<Filter>;
  readonly pages: number;
  /** What the filters are called together, and each. */
  readonly label: string;
  readonly nameOf: (filter: Filter) => string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly empty: string;
};

/** A page of rows, with the ways to those of one kind and to the other pages. */
export function FilteredList<Filter extends string, Row>(props: FilteredListProps<Filter, Row>) {
  const { t } = useRequest();
  const { title, path, filters, counts, shown, pages, label, nameOf, columns, rows, empty } = props;
  const at = (filter: Filter, page: number) => withQuery(path, shownQuery({ filter, page }));
  return (
    <Section title={title}>
      <Stack>
        <nav class="filters" aria-label={label}>
          <ul>
            {filters.map((one) => (
              <li>
                <a class="ds-link" href={at(one, 1)} aria-current={one === shown.filter ? 'true' : undefined}>
                  {t('bulk:filter.count', { filter: nameOf(one), count: counts[one] })}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <Table
          caption={nameOf(shown.filter)}
          captionHidden
          columns={columns}
          rows={rows}
          empty={<EmptyState title={empty} />}
        />
        <Pagination page={shown.page} pages={pages} href={(page) => at(shown.filter, page)} />
      </Stack>
    </Section>
  );
}
