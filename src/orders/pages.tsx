import { Hono } from 'hono';
import type { AppEnv } from '../web/context.ts';
import { sendConfirmationPdf, showConfirmation } from './confirmation-page.tsx';
import { sendAddress, sendForget, showAddresses } from './delivery-page.tsx';
import { showOrders } from './list-page.tsx';
import { sendConfirm, sendLookUp, showChoice, showConfirm, showLookUp } from './new-pages.tsx';
import { sendOffer, sendWithdraw, showOffer } from './offer-page.tsx';
import {
  sendApprove,
  sendCancel,
  sendDocument,
  sendHeldDecision,
  sendPhoto,
  showOrder,
} from './order-page.tsx';
import type { OrderPageDeps } from './parts.tsx';
import { showRenewals } from './renew-page.tsx';
import { showSpending } from './spending-page.tsx';

/** The pages of orders, for a business and for a vendor that acts for it; paths are relative to the business. */
export function createOrderPages(deps: OrderPageDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/orders', (c) => showOrders(c, deps));
  app.get('/business/spending', (c) => showSpending(c, deps));
  app.get('/orders/addresses', (c) => showAddresses(c, deps));
  app.post('/orders/addresses', (c) => sendAddress(c, deps));
  app.get('/orders/addresses/:address/remove', (c) => showAddresses(c, deps));
  app.post('/orders/addresses/:address/remove', (c) => sendForget(c, deps));
  app.get('/orders/renew', (c) => showRenewals(c, deps));
  app.get('/orders/new', (c) => showChoice(c, deps));
  app.get('/orders/new/confirm', (c) => showConfirm(c, deps));
  app.post('/orders/new/confirm', (c) => sendConfirm(c, deps));
  app.get('/orders/new/look-up', (c) => showLookUp(c, deps));
  app.post('/orders/new/look-up', (c) => sendLookUp(c, deps));
  app.get('/orders/offer', (c) => showOffer(c, deps));
  app.post('/orders/offer', (c) => sendOffer(c, deps));
  app.get('/orders/offer/:offer/withdraw', (c) => showOffer(c, deps));
  app.post('/orders/offer/:offer/withdraw', (c) => sendWithdraw(c, deps));
  app.get('/orders/:order', (c) => showOrder(c, deps));
  // Where the forms below are sent: whoever comes there by a link, or changes the language, sees the order.
  for (const part of [
    'approve',
    'cancel',
    'take-over',
    'go-on',
    'lines/:line/cancel',
    'lines/:line/photo',
    'lines/:line/document',
  ]) {
    app.get(`/orders/:order/${part}`, (c) => showOrder(c, deps));
  }
  app.get('/orders/:order/lines/:line/confirmation', (c) => showConfirmation(c, deps));
  app.get('/orders/:order/lines/:line/confirmation.pdf', (c) => sendConfirmationPdf(c, deps));
  app.post('/orders/:order/approve', (c) => sendApprove(c, deps));
  app.post('/orders/:order/take-over', (c) => sendHeldDecision(c, deps, 'take-over'));
  app.post('/orders/:order/go-on', (c) => sendHeldDecision(c, deps, 'go-on'));
  app.post('/orders/:order/cancel', (c) => sendCancel(c, deps));
  app.post('/orders/:order/lines/:line/cancel', (c) => sendCancel(c, deps));
  app.post('/orders/:order/lines/:line/photo', (c) => sendPhoto(c, deps));
  app.post('/orders/:order/lines/:line/document', (c) => sendDocument(c, deps));
  return app;
}
