import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { html } from 'hono/html';
import { z } from 'zod';
import { faults, requireScope, type StandInContext } from './context.ts';
import { linked } from './mail.ts';
import { page, type Html } from './page.ts';
import type { SentSms, Store } from './state.ts';

const mostKept = 2000;
const scope = 'altinn:serviceowner/notifications.create';

const order = z.object({
  idempotencyId: z.string().min(1),
  sendersReference: z.string().optional(),
  recipient: z.strictObject({
    recipientSms: z.object({
      phoneNumber: z.string().regex(/^(?:\+|00)\d{8,15}$/),
      smsSettings: z.object({
        body: z.string().min(1).max(2000),
        sender: z.string().optional(),
        sendingTimePolicy: z.enum(['Anytime', 'Daytime']),
      }),
    }),
  }),
});

/** Altinn's exchange of tokens, and its notifications: text messages alone. Mount it at `/altinn`. */
export function altinnNotifications(context: StandInContext): Hono {
  const { store } = context;
  const app = new Hono();
  const exchanged = new Set<string>();
  app.use(faults(context, 'altinn-notifications'));
  app.get(
    '/authentication/api/v1/exchange/maskinporten',
    requireScope(context, [scope], (c, status) => c.body(null, status)),
    (c) => {
      const token = `altinn.${randomUUID()}`;
      exchanged.add(token);
      return c.text(token);
    },
  );
  app.use('/notifications/*', async (c, next) => {
    const [, token = ''] = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
    if (!exchanged.has(token)) return problem(401, 'The token is not from the exchange');
    await next();
    return undefined;
  });
  app.post('/notifications/api/v1/future/orders', async (c) => {
    const parsed = order.safeParse(await c.req.json().catch(() => undefined));
    if (!parsed.success) return problem(400, 'One or more validation errors occurred.');
    const { idempotencyId, recipient } = parsed.data;
    const earlier = store.state.sms.find((one) => one.idempotencyId === idempotencyId);
    const { phoneNumber, smsSettings } = recipient.recipientSms;
    const sms = earlier ?? keep(store, { idempotencyId, to: phoneNumber, text: smsSettings.body });
    return c.json(
      {
        notificationOrderId: sms.orderId,
        notification: { shipmentId: sms.shipmentId, sendersReference: idempotencyId, reminders: [] },
      },
      earlier === undefined ? 201 : 200,
    );
  });
  app.get('/notifications/api/v1/future/shipment/:id', (c) => {
    const sms = store.state.sms.find((one) => one.shipmentId === c.req.param('id'));
    if (sms === undefined) return problem(404, 'Shipment not found.');
    const status = store.state.smsStatuses[sms.to] ?? 'SMS_Delivered';
    return c.json({
      shipmentId: sms.shipmentId,
      sendersReference: sms.idempotencyId,
      type: 'Notification',
      status: 'Order_Completed',
      lastUpdate: sms.at,
      recipients: [{ type: 'SMS', destination: sms.to, status, lastUpdate: sms.at }],
    });
  });
  return app;
}

function problem(status: number, title: string): Response {
  return new Response(JSON.stringify({ title, status }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  });
}

function keep(store: Store, sms: Pick<SentSms, 'idempotencyId' | 'to' | 'text'>): SentSms {
  const kept: SentSms = {
    orderId: randomUUID(),
    shipmentId: randomUUID(),
    at: new Date().toISOString(),
    ...sms,
  };
  const { state } = store;
  state.sms.push(kept);
  if (state.sms.length > mostKept) state.sms.splice(0, state.sms.length - mostKept);
  store.changed();
  return kept;
}

/** What was sent to a number (everything without one), newest first. */
export function smsTo(store: Store, number?: string): SentSms[] {
  return store.state.sms.filter(({ to }) => number === undefined || to === number).toReversed();
}

/** The page that shows what was sent. Mount at `/`. */
export function smsPages(store: Store): Hono {
  const app = new Hono();
  app.get('/sms.json', (c) => c.json(smsTo(store, c.req.query('to'))));
  app.get('/sms', (c) => c.html(page('Sent text messages', listPage(smsTo(store, c.req.query('to'))))));
  return app;
}

function listPage(messages: readonly SentSms[]): Html {
  if (messages.length === 0) return html`<p>Nothing has been sent.</p>`;
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Time</th>
        <th scope="col">To</th>
        <th scope="col">Text</th>
      </tr>
    </thead>
    <tbody>
      ${messages.map(
        (one) =>
          html`<tr>
            <td>${one.at}</td>
            <td>${one.to}</td>
            <td>${linked(one.text)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
