/**
 * Keeps what the check without a network needs: the page as it is for those who are not logged in, its programs, the keys and
 * the lists. Whatever can be fetched is fetched; what was kept is for when it cannot.
 */

interface Extendable extends Event {
  waitUntil(promise: Promise<unknown>): void;
}

interface Fetching extends Extendable {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

/** What TypeScript's types of pages do not hold of service workers. */
interface Worker {
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  addEventListener(type: 'install' | 'activate', listener: (event: Extendable) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
}

const worker = globalThis as unknown as Worker;
const KEPT = 'card-check';
const PAGE = '/check/scan';
const language = new URL(location.href).searchParams.get('language') === 'en' ? 'en' : 'nb';

worker.addEventListener('install', (event) => {
  event.waitUntil(keepAll().then(() => worker.skipWaiting()));
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(worker.clients.claim());
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (request.mode === 'navigate') {
    if (url.pathname !== PAGE) return;
    event.respondWith(
      fetch(request).then(
        (response) => {
          event.waitUntil(keepAll().catch(() => undefined));
          return response;
        },
        () => keptOr(PAGE),
      ),
    );
  } else if (url.pathname.startsWith('/assets/')) {
    // Their names change with what is in them.
    event.respondWith(caches.match(url.pathname).then((found) => found ?? fetch(request)));
  } else if (url.pathname === '/status' || url.pathname.startsWith('/status/')) {
    event.respondWith(fetchAndKeep(url.pathname).catch(() => keptOr(url.pathname)));
  }
});

async function keptOr(path: string): Promise<Response> {
  return (await caches.match(path)) ?? Response.error();
}

async function fetchAndKeep(path: string, options: RequestInit = {}): Promise<Response> {
  // What the browser itself has kept is asked after: a card may have been blocked a moment ago.
  const response = await fetch(path, { credentials: 'omit', cache: 'no-cache', ...options });
  if (response.ok) await (await caches.open(KEPT)).put(path, response.clone());
  return response;
}

/** Keeps the page and all that it names; what an earlier page named is let go. */
async function keepAll(): Promise<void> {
  const page = await fetchAndKeep(PAGE, { headers: { 'Accept-Language': language } });
  const html = await page.text();
  const assets = [...new Set(html.match(/\/assets\/[\w.-]+/gu))];
  const cache = await caches.open(KEPT);
  for (const asset of assets) if ((await cache.match(asset)) === undefined) await fetchAndKeep(asset);
  await fetchAndKeep('/status/keys');
  const lists = (await (await fetchAndKeep('/status')).json()) as { status_lists: string[] };
  const paths = lists.status_lists.map((address) => new URL(address).pathname);
  for (const path of paths) await fetchAndKeep(path);
  await letGo(cache, [PAGE, '/status', '/status/keys', ...assets, ...paths]);
}

async function letGo(cache: Cache, needed: readonly string[]): Promise<void> {
  for (const { url } of await cache.keys()) {
    const { pathname } = new URL(url);
    if (!needed.includes(pathname)) await cache.delete(pathname);
  }
}
