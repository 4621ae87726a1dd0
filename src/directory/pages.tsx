import { Hono } from 'hono';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import type { AppEnv } from '../web/context.ts';
import { rateLimited } from '../web/rate-limit.ts';
import { clientAddress } from '../web/security.ts';
import { addCheckPages } from './check-pages.tsx';
import { addLookAlikePages } from './look-alike-pages.tsx';
import { addReportPages } from './report-pages.tsx';
import { addTransparencyPages } from './transparency-pages.tsx';
import { addVendorPages } from './vendor-pages.tsx';

export interface DirectoryDeps {
  readonly database: Pick<Database, 'request' | 'check'>;
  /** How many pages of vendors one address may ask for in a minute, in this process. */
  readonly checksPerMinute: number;
  readonly trustedProxyHops: number;
  /** Encrypts the files that are sent with a report. */
  readonly vault: Vault;
  /** How many bytes of files all reports of 24 hours may come with. */
  readonly filesPerDayBytes: number;
}

/** How many reports one address may send in an hour, in this process. */
const REPORTS_PER_HOUR = 10;

/** What anybody may do about vendors without a login: check oneself, compare them, report one. */
export function createDirectoryPages(deps: DirectoryDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const limited = (limit: number, windowSeconds: number) =>
    rateLimited({ limit, windowSeconds }, (c) => clientAddress(c, deps.trustedProxyHops));
  addCheckPages(app);
  addVendorPages(app, deps, limited(deps.checksPerMinute, 60));
  addTransparencyPages(app, deps);
  addLookAlikePages(app, deps);
  addReportPages(app, deps, limited(REPORTS_PER_HOUR, 3600));
  return app;
}
