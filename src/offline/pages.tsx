import { Hono, type Context } from 'hono';
import type { Database } from '../database/database.ts';
import type { AppEnv } from '../web/context.ts';
import { problemPage } from '../web/errors.tsx';
import { statusListPath } from './actions.ts';
import type { KeyRing } from './keys.ts';
import { publishedList, publishedLists } from './records.ts';

/** What the published lists need: the check role's pool, and no session. */
export interface OfflinePagesDependencies {
  readonly database: Pick<Database, 'check'>;
  readonly keys: KeyRing;
  readonly origin: string;
}

/** Where the keys are published that codes and lists are signed with. */
export const cardKeysPath = '/status/keys';
/** Where it is published which lists there are. */
export const statusListsPath = '/status';

/** What anyone may fetch, keep and hand on to check cards without a network: the keys, and the signed status lists. */
export function createOfflinePages({ database, keys, origin }: OfflinePagesDependencies): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(cardKeysPath, (c) => {
    shared(c, 3600);
    return c.json(keys.published);
  });
  app.get(statusListsPath, async (c) => {
    shared(c, 60);
    const ids = await publishedLists(database);
    // As the aggregation of draft-ietf-oauth-status-list, § 9.3.
    return c.json({ status_lists: ids.map((id) => `${origin}${statusListPath(id)}`) });
  });
  app.get(statusListPath(':list{[0-9]{1,9}}'), async (c) => {
    const list = await publishedList(database, Number(c.req.param('list')));
    if (list === undefined) return problemPage(c, 'notFound');
    shared(c, 60);
    c.header('ETag', `"${String(list.signedAt.getTime())}"`);
    c.header('Last-Modified', list.signedAt.toUTCString());
    if (c.req.header('if-none-match') === `"${String(list.signedAt.getTime())}"`) return c.body(null, 304);
    c.header('Content-Type', 'application/statuslist+cwt');
    return c.body(new Uint8Array(list.token));
  });
  return app;
}

/** Any cache may keep it, and any page fetch it: it is signed, and says nothing of anyone. */
function shared(c: Context, seconds: number): void {
  c.header('Cache-Control', `public, max-age=${String(seconds)}`);
  c.header('Access-Control-Allow-Origin', '*');
  c.header('Cross-Origin-Resource-Policy', 'cross-origin');
}
