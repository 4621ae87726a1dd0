import { Hono } from 'hono';
import { Lead } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { renderPage } from '../web/page.tsx';
import { publicPriceLists, type PriceDeps } from './actions.ts';
import { PriceListTables } from './price-list.tsx';

/** Where anyone reads what cards cost. */
const pricesPath = '/prices';

/** The official prices, for whoever asks. */
export function createPricePages(deps: PriceDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(pricesPath, async (c) => {
    const lists = await publicPriceLists(deps);
    const t = c.get('t');
    return renderPage(
      c,
      { title: t('prices:title') },
      <>
        <Lead>{t('prices:lead')}</Lead>
        <PriceListTables lists={lists} />
      </>,
    );
  });
  return app;
}
