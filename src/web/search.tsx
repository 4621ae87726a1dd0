import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { Actions } from './components.tsx';
import type { AppEnv } from './context.ts';
import { readForm, sentText } from './form-parsing.ts';
import { HiddenField, PostForm, SubmitButton, TextField } from './forms.tsx';
import { safeReturnPath, webPaths } from './paths.ts';

/** Of what is searched for: longer than any name, shorter than what fills an address. */
const MAX_LENGTH = 100;

const SEALED = 'find';
const own = new Set(['_csrf', 'to', 'q']);

/** What the page's search was for, as it was typed; empty when there was none. */
export function searchOf(c: Context<AppEnv>): string {
  const sealed = c.req.query(SEALED);
  const session = c.get('session');
  if (sealed === undefined || session === null) return '';
  return c.get('web').seal.open(sealed, session.personId) ?? '';
}

/** The query that leads to the same search again, for the links of a page; nothing when there is no search. */
export function searchQuery(c: Context<AppEnv>): Readonly<Record<string, string>> {
  return searchOf(c) === '' ? {} : { [SEALED]: c.req.query(SEALED) ?? '' };
}

/**
 * POST /search: leads (303) to the page that was searched, with the text sealed in its address. Names of people are
 * sent in the body and never stand in an address, and still the way back leads to what was found. The form's other
 * fields go along as they are.
 */
export async function startSearch(c: Context<AppEnv>): Promise<Response> {
  const form = await readForm(c);
  const url = new URL(safeReturnPath(sentText(form, 'to')), c.get('web').publicOrigin);
  for (const [name, value] of form) {
    if (typeof value === 'string' && value !== '' && !own.has(name)) url.searchParams.append(name, value);
  }
  url.searchParams.delete(SEALED);
  const text = searchable(sentText(form, 'q') ?? '');
  const session = c.get('session');
  if (text !== '' && session !== null)
    url.searchParams.set(SEALED, c.get('web').seal.seal(text, session.personId));
  return c.redirect(url.pathname + url.search, 303);
}

function searchable(typed: string): string {
  const text = typed.normalize('NFC').replaceAll('\0', '').trim().slice(0, MAX_LENGTH);
  return text.isWellFormed() ? text : '';
}

type SearchFieldProps = { readonly label: string; readonly search: string };

/** The field of a form that is sent to `webPaths.search`, with where it leads to. */
export function SearchField({ to, label, search }: SearchFieldProps & { readonly to: string }) {
  return (
    <>
      <HiddenField name="to" value={to} />
      <TextField name="q" type="search" label={label} value={search} optional maxlength={MAX_LENGTH} />
    </>
  );
}

type SearchFormProps = SearchFieldProps & {
  /** The page that shows what is found, with what it needs besides. */
  readonly to: string;
  readonly submit: Child;
};

/** A search by name, alone in its form. */
export function SearchForm({ to, label, search, submit }: SearchFormProps) {
  return (
    <PostForm action={webPaths.search} class="form search">
      <SearchField to={to} label={label} search={search} />
      <Actions>
        <SubmitButton variant="secondary">{submit}</SubmitButton>
      </Actions>
    </PostForm>
  );
}
