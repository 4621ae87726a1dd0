import type { Child } from 'hono/jsx';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { Language } from '../kernel/language.ts';
import type { WebSettings } from './context.ts';
import { draw } from './draw.ts';
import { RenderRequestContext, useRequest, type RenderRequest } from './request.ts';

/** All that a part may depend on which is drawn once: the language, and what is the same for the whole process. */
export type KeptRequest = Pick<RenderRequest, 't' | 'language' | 'web'>;

/**
 * A component that is drawn once for each language and kept, for what every page has: a footer, a piece of advice. What
 * belongs to one request cannot get into it: to ask for the token against forged requests, or for an id, is an error.
 */
export function kept(part: (request: KeptRequest) => Child): () => HtmlEscapedString {
  const drawn = new WeakMap<WebSettings, Map<Language, HtmlEscapedString>>();
  return () => {
    const { t, language, web } = useRequest();
    const byLanguage = drawn.get(web) ?? new Map<Language, HtmlEscapedString>();
    drawn.set(web, byLanguage);
    const known = byLanguage.get(language);
    if (known !== undefined) return known;
    const request = { t, language, web };
    const html = draw(
      <RenderRequestContext.Provider value={withoutRequest(request)}>
        {part(request)}
      </RenderRequestContext.Provider>,
    );
    byLanguage.set(language, html);
    return html;
  };
}

function withoutRequest(request: KeptRequest): RenderRequest {
  return {
    ...request,
    get csrf(): never {
      throw new Error('What is kept for all requests holds no token of one');
    },
    nextId: () => {
      throw new Error('What is kept for all pages has no id of one');
    },
  };
}
