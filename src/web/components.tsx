import type { Child } from 'hono/jsx';
import { formatDate, formatDateTime, type PlainDate } from '../kernel/dates.ts';
import { formatMoney, type Money as Amount } from '../kernel/money.ts';
import { useRequest } from './request.ts';

/** The building blocks of pages, in Designsystemet's markup. They are drawn inside `renderPage` only. */

type Color = 'accent' | 'neutral' | 'info' | 'success' | 'warning' | 'danger';

type HeadingProps = {
  readonly level?: 1 | 2 | 3;
  readonly id?: string;
  readonly children?: Child;
};

/** A heading whose size follows from its level. `renderPage` writes the page's own level 1 unless told not to. */
export function Heading({ level = 2, id, children }: HeadingProps) {
  if (level === 1) {
    return (
      <h1 class="ds-heading" data-size="lg" id={id}>
        {children}
      </h1>
    );
  }
  if (level === 2) {
    return (
      <h2 class="ds-heading" data-size="sm" id={id}>
        {children}
      </h2>
    );
  }
  return (
    <h3 class="ds-heading" data-size="xs" id={id}>
      {children}
    </h3>
  );
}

/** A paragraph that opens a page. */
export function Lead({ children }: { readonly children?: Child }) {
  return <p class="lead">{children}</p>;
}

type LinkProps = { readonly href: string; readonly children?: Child; readonly label?: string };

/** A link in running text. `label` replaces its words for screen readers where they alone say too little; it has to begin with them. */
export function Link({ href, children, label }: LinkProps) {
  return (
    <a class="ds-link" href={href} aria-label={label}>
      {children}
    </a>
  );
}

type Look = {
  readonly variant?: 'primary' | 'secondary' | 'tertiary';
  readonly color?: 'accent' | 'neutral' | 'danger';
  readonly size?: 'sm' | 'md';
};

export type ButtonProps = Look & {
  readonly children?: Child;
  readonly type?: 'submit' | 'button';
  readonly name?: string | undefined;
  readonly value?: string | undefined;
  /** Where this button sends the form, when not where the form says: `#part` comes back to that part of the page. */
  readonly action?: string | undefined;
  /** Says whose or which, where several buttons bear the same word, and begins with that word: `Remove Ola Nordmann`. */
  readonly label?: string | undefined;
  /** A letter that presses it together with the browser's own keys. */
  readonly accesskey?: string | undefined;
  /** When it may not be pressed: which rule refuses it and who can change that. Shown under the button. */
  readonly disabledReason?: string | undefined;
};

/** A button. One that would be refused is shown, cannot be pressed, and says why. */
export function Button(props: ButtonProps) {
  const { children, type = 'submit', name, value, action, label, accesskey, disabledReason, ...look } = props;
  if (disabledReason !== undefined)
    return <Disabled {...look} label={label} reason={disabledReason} text={children} />;
  return (
    <button
      class="ds-button"
      type={type}
      name={name}
      value={value}
      formaction={action}
      aria-label={label}
      accesskey={accesskey}
      {...lookOf(look)}
    >
      {children}
    </button>
  );
}

type LinkButtonProps = Look & {
  readonly href: string;
  readonly children?: Child;
  readonly label?: string | undefined;
  readonly disabledReason?: string | undefined;
};

/** A link that looks like a button, for a step that leads on without changing anything. */
export function LinkButton({ href, children, label, disabledReason, ...look }: LinkButtonProps) {
  if (disabledReason !== undefined)
    return <Disabled {...look} label={label} reason={disabledReason} text={children} />;
  return (
    <a class="ds-button" href={href} aria-label={label} {...lookOf(look)}>
      {children}
    </a>
  );
}

/** Buttons beside each other, the most important first. */
export function Actions({ children }: { readonly children?: Child }) {
  return <div class="actions">{children}</div>;
}

type AlertProps = {
  readonly color?: 'info' | 'success' | 'warning' | 'danger';
  readonly title?: Child;
  readonly children?: Child;
  /** Read out at once by screen readers. */
  readonly live?: boolean;
};

/** Something the reader must notice. */
export function Alert({ color = 'info', title, children, live = false }: AlertProps) {
  const { t } = useRequest();
  return (
    <div class="ds-alert" data-color={color} role={live ? 'status' : undefined}>
      {title === undefined ? null : (
        <h2 class="ds-heading" data-size="2xs">
          {title}
        </h2>
      )}
      <span class="ds-sr-only">{t(`web:alert.${color}`)}: </span>
      {children}
    </div>
  );
}

type TagProps = { readonly color?: Color; readonly children?: Child };

/** A state in a word or two. The word carries the meaning, the colour only helps. */
export function Tag({ color = 'neutral', children }: TagProps) {
  return (
    <span class="ds-tag" data-color={color}>
      {children}
    </span>
  );
}

type CardProps = {
  readonly children?: Child;
  readonly tinted?: boolean;
  readonly title?: Child;
  /** Makes the title a link that the whole card follows. */
  readonly href?: string | undefined;
  readonly level?: 2 | 3;
};

/** One thing among several, set apart in a box. */
export function Card({ children, tinted = false, title, href, level = 2 }: CardProps) {
  const heading = href === undefined ? title : <a href={href}>{title}</a>;
  return (
    <div
      class={href === undefined ? 'ds-card' : 'ds-card card-link'}
      data-variant={tinted ? 'tinted' : 'default'}
    >
      {title === undefined ? null : level === 2 ? (
        <h2 class="ds-heading" data-size="xs">
          {heading}
        </h2>
      ) : (
        <h3 class="ds-heading" data-size="xs">
          {heading}
        </h3>
      )}
      {children}
    </div>
  );
}

/** Cards beside each other where there is room. */
export function CardGrid({ children }: { readonly children?: Child }) {
  return <div class="card-grid">{children}</div>;
}

/** Parts of a page under each other with even room between them. */
export function Stack({ children }: { readonly children?: Child }) {
  return <div class="stack">{children}</div>;
}

/** A part of the page under a heading of its own. */
export function Section({ title, children }: { readonly title: Child; readonly children?: Child }) {
  return (
    <section class="stack section">
      <Heading>{title}</Heading>
      {children}
    </section>
  );
}

type EmptyProps = { readonly title: Child; readonly children?: Child };

/** What stands where there is nothing yet, with what to do about it. */
export function EmptyState({ title, children }: EmptyProps) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

type DetailsProps = { readonly summary: Child; readonly children?: Child; readonly open?: boolean };

/** Something folded away that few need. */
export function Details({ summary, children, open = false }: DetailsProps) {
  return (
    <details class="ds-details" open={open}>
      <summary>{summary}</summary>
      <div>{children}</div>
    </details>
  );
}

type TextPartsProps = {
  readonly lead: string;
  readonly parts: readonly {
    readonly heading: string;
    readonly text: string;
    readonly items: readonly string[];
  }[];
};

/** A document's text, part by part, under a heading of level 2. */
export function TextParts({ lead, parts }: TextPartsProps) {
  return (
    <>
      {lead === '' ? null : <p>{lead}</p>}
      {parts.map((part) => (
        <>
          <h3 class="ds-heading" data-size="2xs">
            {part.heading}
          </h3>
          <p>{part.text}</p>
          {part.items.length === 0 ? null : (
            <ul class="ds-list">
              {part.items.map((item) => (
                <li>{item}</li>
              ))}
            </ul>
          )}
        </>
      ))}
    </>
  );
}

export type Column<Row> = {
  /** Empty for the column of buttons. */
  readonly header: string;
  readonly cell: (row: Row) => Child;
  /** Numbers and buttons stand at the end. */
  readonly align?: 'start' | 'end';
  /** The column that names the row; the first unless said otherwise. */
  readonly names?: boolean;
};

export type TableProps<Row> = {
  /** What the table shows. */
  readonly caption: string;
  /** Kept for screen readers only, where a heading just above says the same. */
  readonly captionHidden?: boolean;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly empty?: Child;
};

/** Rows and columns; at phone width each row becomes a card with the column's heading before each value. */
export function Table<Row>({ caption, captionHidden = false, columns, rows, empty }: TableProps<Row>) {
  const { t } = useRequest();
  if (rows.length === 0) return <>{empty ?? <EmptyState title={t('web:table.empty')} />}</>;
  const naming = Math.max(
    columns.findIndex((column) => column.names === true),
    0,
  );
  // Roles said outright: a table laid out as cards loses its own in some browsers.
  return (
    <table class="ds-table" role="table" data-size="sm" data-border>
      <caption class={captionHidden ? 'ds-sr-only' : undefined}>{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th scope="col" role="columnheader" class={column.align}>
              {column.header === '' ? (
                <ScreenReaderText>{t('web:table.actions')}</ScreenReaderText>
              ) : (
                column.header
              )}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr role="row">
            {columns.map((column, index) =>
              index === naming ? (
                <th scope="row" role="rowheader" class={column.align} data-label={column.header}>
                  {column.cell(row)}
                </th>
              ) : (
                <td role="cell" class={column.align} data-label={column.header}>
                  {/* One element, so that at phone width all of it stands beside the column's name. */}
                  <div>{column.cell(row)}</div>
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export type Term = { readonly term: Child; readonly value: Child };

/** Names and values of one thing. */
export function DescriptionList({ items }: { readonly items: readonly Term[] }) {
  return (
    <dl class="terms">
      {items.map(({ term, value }) => (
        <div>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export type Crumb = { readonly label: Child; readonly href: string };

type BreadcrumbsProps = { readonly items: readonly Crumb[]; readonly current: Child };

/** The way to this page from above it, and the page itself last. */
export function Breadcrumbs({ items, current }: BreadcrumbsProps) {
  const { t } = useRequest();
  return (
    <nav class="ds-breadcrumbs crumbs" aria-label={t('web:breadcrumbs')}>
      <ol>
        {items.map(({ label, href }) => (
          <li>
            <a class="ds-link" href={href}>
              {label}
            </a>
          </li>
        ))}
        <li aria-current="page">{current}</li>
      </ol>
    </nav>
  );
}

type PaginationProps = {
  readonly page: number;
  readonly pages: number;
  /** The address of a page, counted from 1. */
  readonly href: (page: number) => string;
};

/** Links to the pages of a long list; nothing when there is only one. */
export function Pagination({ page, pages, href }: PaginationProps) {
  const { t } = useRequest();
  if (pages <= 1) return null;
  return (
    <nav class="ds-pagination" aria-label={t('web:pages.label')}>
      <ul>
        <PageStep href={page > 1 ? href(page - 1) : undefined} text={t('web:pages.previous')} />
        {shownPages(page, pages).map((number) =>
          number === undefined ? (
            <li class="gap">…</li>
          ) : (
            <PageLink
              href={href(number)}
              text={String(number)}
              label={t('web:pages.page', { page: number })}
              current={number === page}
            />
          ),
        )}
        <PageStep href={page < pages ? href(page + 1) : undefined} text={t('web:pages.next')} />
      </ul>
    </nav>
  );
}

/** Links to the pages before and after one of a list that is not counted; nothing when there is only one. */
export function PreviousNext({
  previous,
  next,
}: {
  readonly previous: string | undefined;
  readonly next: string | undefined;
}) {
  const { t } = useRequest();
  if (previous === undefined && next === undefined) return null;
  return (
    <nav class="ds-pagination" aria-label={t('web:pages.label')}>
      <ul>
        <PageStep href={previous} text={t('web:pages.previous')} />
        <PageStep href={next} text={t('web:pages.next')} />
      </ul>
    </nav>
  );
}

/** An amount, kept on one line. */
export function Money({ amount }: { readonly amount: Amount }) {
  const { language } = useRequest();
  return <span class="nowrap">{formatMoney(amount, language)}</span>;
}

/** A day, or the day in Oslo of an instant; with `time`, the clock as well. */
export function DateText({
  date,
  time = false,
}: {
  readonly date: Date | PlainDate;
  readonly time?: boolean;
}) {
  const { language } = useRequest();
  const shown = time && date instanceof Date ? formatDateTime(date, language) : formatDate(date, language);
  return (
    <time class="nowrap" datetime={date instanceof Date ? date.toISOString() : date}>
      {shown}
    </time>
  );
}

/** Text for screen readers alone. */
function ScreenReaderText({ children }: { readonly children?: Child }) {
  return <span class="ds-sr-only">{children}</span>;
}

type DisabledProps = Look & {
  readonly label: string | undefined;
  readonly reason: string;
  readonly text: Child;
};

function Disabled({ label, reason, text, ...look }: DisabledProps) {
  const id = useRequest().nextId('reason');
  // Not `disabled`: it must be possible to reach it with the keyboard and hear the reason.
  return (
    <div class="refused">
      <button
        class="ds-button"
        type="button"
        aria-disabled="true"
        aria-describedby={id}
        aria-label={label}
        {...lookOf(look)}
      >
        {text}
      </button>
      <p class="reason" id={id}>
        {reason}
      </p>
    </div>
  );
}

function PageLink(props: { href: string; text: string; label?: string; current?: boolean }) {
  const { href, text, label, current = false } = props;
  return (
    <li>
      <a
        class="ds-button"
        data-variant={current ? 'primary' : 'tertiary'}
        data-size="sm"
        href={href}
        aria-label={label}
        aria-current={current ? 'true' : undefined}
      >
        {text}
      </a>
    </li>
  );
}

/** Keeps its place when there is no page to step to, so that the numbers do not jump. */
function PageStep({ href, text }: { href: string | undefined; text: string }) {
  return (
    <li>
      {href === undefined ? (
        <span class="ds-button" data-variant="tertiary" data-size="sm" aria-hidden="true">
          {text}
        </span>
      ) : (
        <a class="ds-button" data-variant="tertiary" data-size="sm" href={href}>
          {text}
        </a>
      )}
    </li>
  );
}

/** First, last, and two on each side of the current; `undefined` where some are left out. */
function shownPages(page: number, pages: number): (number | undefined)[] {
  const all = Array.from({ length: pages }, (_, index) => index + 1);
  const near = all.filter((number) => number === 1 || number === pages || Math.abs(number - page) <= 2);
  return near.flatMap((number, index) => {
    const before = near[index - 1];
    return before !== undefined && number - before > 1 ? [undefined, number] : [number];
  });
}

function lookOf({ variant = 'primary', color, size }: Look) {
  return { 'data-variant': variant, 'data-color': color, 'data-size': size };
}
