/** The web layer's own paths. */
export const webPaths = {
  assets: '/assets',
  language: '/language',
  search: '/search',
} as const;

const origin = 'http://kortvakt.invalid';

/**
 * A path to go back to that came from a form or a query: kept when it leads to a page of this service,
 * otherwise `fallback`. What a browser would read as another host (`//host`, `/\host`, a tab inside) is refused.
 */
export function safeReturnPath(text: string | undefined, fallback = '/'): string {
  if (text === undefined || !/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(text) || text.length > 2000) return fallback;
  const url = URL.parse(text, origin);
  // A path can grow a second slash at its start when its dots are resolved: `/.//host`.
  if (url?.origin !== origin || url.pathname.startsWith('//')) return fallback;
  return url.pathname + url.search + url.hash;
}

/** The path with a query value added or replaced. */
export function withQuery(path: string, values: Readonly<Record<string, string>>): string {
  const url = new URL(path, origin);
  for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
  return url.pathname + url.search + url.hash;
}
