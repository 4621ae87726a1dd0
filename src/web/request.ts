import { createShared } from './draw.ts';
import type { Language } from '../kernel/language.ts';
import type { Translate } from './context.ts';

/** What components need of the request that they are rendered for. */
export type RenderRequest = {
  readonly t: Translate;
  readonly language: Language;
  readonly csrf: string;
  /** An id no other element of the page has; the same each time the same page is drawn. */
  readonly nextId: (kind: string) => string;
};

const missing: RenderRequest = {
  t: () => {
    throw new Error('A component of src/web was rendered outside renderPage');
  },
  language: 'nb',
  csrf: '',
  nextId: (kind) => kind,
};

/** Set by `renderPage`. */
export const RenderRequestContext = createShared<RenderRequest>(missing);

/** The request being rendered, for components. */
export function useRequest(): RenderRequest {
  return RenderRequestContext.read();
}
