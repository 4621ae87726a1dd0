import { Hono } from 'hono';
import type { AppEnv } from '../web/context.ts';
import type { AgreementDeps } from './actions.ts';
import { addEndPages } from './end-pages.tsx';
import { addListPages } from './list-pages.tsx';
import { addOnePages } from './one-pages.tsx';
import { addRecordPages } from './record-pages.tsx';
import { addRecordedPages } from './recorded-pages.tsx';
import { addSignPages } from './sign-pages.tsx';
import { addSubProcessorPages } from './sub-processor-pages.tsx';

/** A business's agreements, as the one who gives the data and as a vendor; and each with its document, its end and its receipt. */
export function createAgreementPages(deps: AgreementDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  addListPages(app, deps);
  addRecordPages(app, deps);
  addSubProcessorPages(app, deps);
  addRecordedPages(app, deps);
  addOnePages(app, deps);
  addSignPages(app, deps);
  addEndPages(app, deps);
  return app;
}
