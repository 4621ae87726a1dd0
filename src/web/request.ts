import { createShared } from './draw.ts';
import type { Language } from '../kernel/language.ts';
import type { Translate, WebSettings } from './context.ts';

/** What components need of the request that they are rendered for. */
export type RenderRequest = {
  readonly t: Translate;
  readonly language: Language;
  /** What is the same for all requests of the process. */
  readonly web: WebSettings;
  readonly csrf: string;
  /** An id no other element of the page has; the same each time the same page is drawn. */
  readonly nextId: (kind: string) => string;
};

/** Set by `renderPage`. */
export const RenderRequestContext = createShared<RenderRequest | undefined>(undefined);

/** The request being rendered, for components. */
export function useRequest(): RenderRequest {
  const request = RenderRequestContext.read();
  if (request === undefined) throw new Error('A component of src/web was rendered outside renderPage');
  return request;
}
