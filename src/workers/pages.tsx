import { Hono, type Context } from 'hono';
import { look, refusedPage, requireActing } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import { isUuid } from '../kernel/ids.ts';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { sendRefresh, showWorkers } from './list-page.tsx';
import { discloseWorkers, findPhoto } from './records.ts';

export interface WorkerPageDeps {
  readonly database: Pick<Database, 'request'>;
}

/** The worker list; and photos, for whoever may see the orders that they belong to. */
export function createWorkerPages(deps: WorkerPageDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/workers', (c) => showWorkers(c, deps));
  // Where a form is sent: whoever comes there by a link sees the list.
  app.get('/workers/refresh', (c) => showWorkers(c, deps));
  app.post('/workers/refresh', (c) => sendRefresh(c, deps));
  app.get('/photos/:photo', (c) => showPhoto(c, deps, 'image'));
  app.get('/photos/:photo/thumbnail', (c) => showPhoto(c, deps, 'thumbnail'));
  return app;
}

async function showPhoto(
  c: Context<AppEnv>,
  { database }: WorkerPageDeps,
  size: 'image' | 'thumbnail',
): Promise<Response> {
  const id = c.req.param('photo');
  const found = await look(
    database,
    requireActing(c),
    {
      right: 'orders.read',
      orElse: ['orders.place', 'orders.prepare', 'orders.approve'],
      action: 'photo.seen',
    },
    async (permitted) => {
      const photo = isUuid(id) ? await findPhoto(permitted, id, size) : undefined;
      if (photo !== undefined) await discloseWorkers(permitted, [photo.workerId], ['photo'], 'photo');
      return photo;
    },
  );
  if (!found.ok) return refusedPage(c, found.error);
  if (found.value === undefined) return notFoundPage(c);
  const headers = { 'Content-Type': 'image/jpeg', 'Cache-Control': 'no-store' };
  return c.body(new Uint8Array(found.value.jpeg), 200, headers);
}
