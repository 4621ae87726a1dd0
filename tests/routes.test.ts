import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import accessWords from '../src/access/nb.json' with { type: 'json' };
import { GRANTABLE, grantableRights, type Refusal, type Right, RIGHTS } from '../src/access/rules.ts';
import { drawDocument, drawPortrait } from '../src/demo-portrait.ts';
import { uuidv7 } from '../src/kernel/ids.ts';
import webWords from '../src/web/nb.json' with { type: 'json' };
import { people } from '../stand-ins/world.ts';
import { type Answer, type Caller, type Fields, idsOf, parametersOf } from './support/route-caller.ts';
import { numbers, type RouteWorld, startRouteWorld } from './support/route-world.ts';
import { type Kind, missingThings, proposal, type Things } from './support/things.ts';
import { zip } from './support/zip.ts';

// Each test asks hundreds of routes: on a busy machine that takes a while, and one that is cut off disturbs the next.
vi.setConfig({ testTimeout: 180_000 });

/**
 * Who gets further than the door of a route. Routes of a business are in a table of their own: whoever is nobody in that
 * business is answered as if it did not exist; `staff`: so is whoever has not the role of the page.
 */
type Reach = 'public' | 'signed-in' | 'staff';

/** Every route of the application, outside businesses. A route that stands nowhere fails the tests. */
const ROUTES: Readonly<Record<string, Reach>> = {
  'GET /': 'public',
  'GET /.well-known/jwks.json': 'public',
  'GET /access-requests': 'signed-in',
  'GET /access-requests/:request': 'signed-in',
  'POST /access-requests/:request/withdraw': 'signed-in',
  'GET /access-requests/new/:number': 'signed-in',
  'POST /access-requests/new/:number': 'signed-in',
  'GET /appointments/:token': 'public',
  'POST /appointments/:token': 'signed-in',
  'GET /assets/*': 'public',
  'GET /b/:business': 'signed-in',
  'GET /businesses': 'signed-in',
  'POST /businesses': 'signed-in',
  'GET /c/:token': 'public',
  'GET /contact/stop/:token': 'public',
  'POST /contact/stop/:token': 'public',
  'GET /check': 'public',
  'GET /check/icon.svg': 'public',
  'GET /check/manifest.webmanifest': 'public',
  'GET /check/scan': 'public',
  'GET /check/service-worker.js': 'public',
  'GET /status': 'public',
  'GET /status/:list{[0-9]{1,9}}': 'public',
  'GET /status/keys': 'public',
  'GET /o/:token': 'public',
  'POST /check': 'public',
  'GET /invitations/:token': 'public',
  'POST /invitations/:token': 'signed-in',
  'POST /language': 'public',
  'POST /search': 'public',
  'GET /livez': 'public',
  'GET /logged-out': 'public',
  'GET /login': 'public',
  'POST /login': 'public',
  'GET /login/callback': 'public',
  'GET /login/step-up': 'signed-in',
  'POST /login/step-up': 'signed-in',
  'POST /logout': 'public',
  'POST /logout/backchannel': 'public',
  'GET /logout/frontchannel': 'public',
  'GET /give/:number': 'signed-in',
  'GET /profile': 'signed-in',
  'GET /profile/browsers/:token': 'signed-in',
  'POST /profile/browsers/:token': 'signed-in',
  'GET /profile/devices/:device': 'signed-in',
  'POST /profile/devices/:device': 'signed-in',
  'GET /profile/messages': 'signed-in',
  'GET /profile/messages/:notice': 'signed-in',
  'POST /profile/messages/read': 'signed-in',
  'GET /profile/address': 'signed-in',
  'POST /profile/address': 'signed-in',
  'POST /profile/address/code': 'signed-in',
  'POST /profile/address/forget': 'signed-in',
  'GET /profile/notices': 'signed-in',
  'POST /profile/notices': 'signed-in',
  'GET /profile/passkeys': 'signed-in',
  'GET /profile/passkeys/add': 'signed-in',
  'POST /profile/passkeys/add': 'signed-in',
  'GET /profile/passkeys/use': 'signed-in',
  'POST /profile/passkeys/use': 'signed-in',
  'POST /profile/passkeys/:passkey/remove': 'signed-in',
  'POST /profile/sessions/end': 'signed-in',
  'GET /prices': 'public',
  'GET /report': 'public',
  'POST /report': 'public',
  'GET /self-check': 'public',
  'POST /self-check': 'public',
  'GET /look-alikes': 'public',
  'GET /transparency': 'public',
  'GET /vendors': 'public',
  'GET /vendors/:number': 'public',
  'GET /readyz': 'public',
  'GET /my-cards': 'signed-in',
  'GET /my-cards/:card/report': 'signed-in',
  'GET /my-cards/disclosures': 'signed-in',
  'POST /my-cards/:card/report': 'signed-in',
  'GET /my-uploads': 'signed-in',
  'GET /my-uploads/:request': 'signed-in',
  'GET /my-uploads/:request/confirm': 'signed-in',
  'GET /my-uploads/:request/deny': 'signed-in',
  'GET /my-uploads/:request/document': 'signed-in',
  'GET /my-uploads/:request/photo': 'signed-in',
  'POST /my-uploads/:request/confirm': 'signed-in',
  'POST /my-uploads/:request/deny': 'signed-in',
  'POST /my-uploads/:request/document': 'signed-in',
  'POST /my-uploads/:request/photo': 'signed-in',
  'GET /u/:secret': 'public',
  'GET /u/:secret/confirm': 'public',
  'GET /u/:secret/deny': 'public',
  'GET /u/:secret/document': 'public',
  'GET /u/:secret/photo': 'public',
  'GET /u/stopped': 'public',
  'GET /u/thanks': 'public',
  'POST /u/:secret/confirm': 'public',
  'POST /u/:secret/deny': 'public',
  'POST /u/:secret/document': 'public',
  'POST /u/:secret/photo': 'public',
  'GET /verify': 'public',
  'POST /verify': 'public',
  'GET /work': 'signed-in',
  'GET /checker/:appointment': 'staff',
  'GET /checker/:appointment/many': 'staff',
  'GET /checker/:appointment/records': 'staff',
  'GET /checker/:appointment/records/:record': 'staff',
  'GET /checker/:appointment/records/:record/photo': 'staff',
  'GET /checker/:appointment/records/:record/record.csv': 'staff',
  'GET /checker/:appointment/records/:record/seize': 'staff',
  'POST /checker/:appointment': 'staff',
  'POST /checker/:appointment/many': 'staff',
  'POST /checker/:appointment/records/:record/seize': 'staff',
  'GET /staff': 'staff',
  'GET /staff/appointments': 'staff',
  'GET /staff/appointments/:appointment/confirm': 'staff',
  'POST /staff/appointments/:appointment/confirm': 'staff',
  'GET /staff/appointments/:appointment/end': 'staff',
  'POST /staff/appointments/:appointment/end': 'staff',
  'GET /staff/appointments/new': 'staff',
  'POST /staff/appointments/new': 'staff',
  'GET /staff/contact': 'staff',
  'POST /staff/contact': 'staff',
  'GET /staff/invoices': 'staff',
  'GET /staff/invoices/:invoice': 'staff',
  'POST /staff/invoices/:invoice/payments': 'staff',
  'POST /staff/invoices/:invoice/payments/:payment': 'staff',
  'GET /staff/media': 'staff',
  'GET /staff/media/:line': 'staff',
  'POST /staff/media/:line': 'staff',
  'GET /staff/media/:line/document': 'staff',
  'GET /staff/media/:line/photo': 'staff',
  'GET /staff/prices': 'staff',
  'POST /staff/prices': 'staff',
  'GET /staff/prices/vat': 'staff',
  'POST /staff/prices/vat': 'staff',
  'GET /staff/prices/vat/withdraw': 'staff',
  'POST /staff/prices/vat/withdraw': 'staff',
  'GET /staff/prices/withdraw': 'staff',
  'POST /staff/prices/withdraw': 'staff',
  'GET /staff/messages': 'staff',
  'GET /staff/messages/dispatches': 'staff',
  'GET /staff/messages/dispatches/:dispatch': 'staff',
  'GET /staff/messages/dispatches/:dispatch/file': 'staff',
  'GET /staff/messages/new': 'staff',
  'GET /staff/messages/templates': 'staff',
  'GET /staff/messages/threads/:thread': 'staff',
  'GET /staff/messages/threads/:thread/attachments/:attachment': 'staff',
  'GET /staff/messages/threads/:thread/letter.pdf': 'staff',
  'POST /staff/messages/dispatches/:dispatch': 'staff',
  'POST /staff/messages/new': 'staff',
  'POST /staff/messages/templates': 'staff',
  'POST /staff/messages/templates/:template/remove': 'staff',
  'POST /staff/messages/threads/:thread': 'staff',
  'POST /staff/messages/threads/:thread/posted': 'staff',
  'GET /staff/reports': 'staff',
  'GET /staff/reports/:report': 'staff',
  'POST /staff/reports/:report': 'staff',
  'GET /staff/reports/:report/files/:file': 'staff',
  'GET /staff/look-alikes': 'staff',
  'POST /staff/look-alikes': 'staff',
  'GET /staff/signals': 'staff',
  'GET /staff/vendors': 'staff',
  'GET /staff/vendors.csv': 'staff',
  'GET /staff/vendors/:number': 'staff',
  'GET /staff/vendors/:number/bar': 'staff',
  'POST /staff/vendors/:number/bar': 'staff',
  'GET /staff/vendors/:number/lift': 'staff',
  'POST /staff/vendors/:number/lift': 'staff',
};

const SEES_ORDERS = 'orders.read | orders.place | orders.prepare | orders.approve';
const SEES_ITS_ORDERS = 'orders.read | orders.place | orders.prepare';
const ORDERS = 'orders.place | orders.prepare';
const KEEPS_ADDRESSES = 'orders.place | orders.approve';
const RENEWS = 'cards.read & orders.place | cards.read & orders.prepare';
const FILES = 'orders.place & workers.read | orders.prepare & workers.read';
const OFFERS = 'workers.read & orders.place';
const BLOCKS = 'cards.block & cards.read';
const ANY = RIGHTS.join(' | ');
const NEVER = '';

/**
 * Every page of a business, with the rights that a person of the business needs for it, and a vendor that acts for the
 * business: each page is there a second time, under `/by/:vendor`. `|` is either, `&` both.
 */
const BUSINESS_ROUTES: Readonly<Record<string, readonly [own: string, vendor: string]>> = {
  'GET /business/access': ['access.manage', NEVER],
  'GET /business/access/browser': ['access.manage | contact.change', NEVER],
  'GET /business/access/freezes/:freeze/lift': ['access.manage', NEVER],
  'GET /business/access/history': ['access.manage', NEVER],
  'GET /business/access/invitations/:invitation': ['access.manage', NEVER],
  'GET /business/access/mandate-drafts/:draft': ['access.manage', NEVER],
  'GET /business/access/mandates/:mandate': ['access.manage', NEVER],
  'GET /business/access/mandates/:mandate/confirm': ['access.manage', NEVER],
  'GET /business/access/mandates/:mandate/day': ['access.manage', NEVER],
  'GET /business/access/mandates/:mandate/narrow': ['access.manage', NEVER],
  'GET /business/access/mandates/:mandate/remove': ['access.manage', NEVER],
  'GET /business/access/mandates/:mandate/widen': ['access.manage', NEVER],
  'GET /business/access/passkeys': ['access.manage', NEVER],
  'GET /business/access/people': ['access.manage', NEVER],
  'GET /business/access/people/drafts/:draft': ['access.manage', NEVER],
  'GET /business/access/people/invite': ['access.manage', NEVER],
  'GET /business/access/people/requests/:asking': ['access.manage', NEVER],
  'GET /business/access/requests/:request': ['access.manage', NEVER],
  'GET /business/access/requests/:request/decline': ['access.manage', NEVER],
  'GET /business/access/requests/:request/mandate': ['access.manage', NEVER],
  'GET /business/access/review': ['access.manage', NEVER],
  'GET /business/access/review/complete': ['access.manage', NEVER],
  'GET /business/access/reviews/:review': ['access.manage', NEVER],
  'GET /business/access/stop': ['access.manage', NEVER],
  'GET /business/access/stop/:holder': ['access.manage', NEVER],
  'GET /business/access/vendor-drafts/:draft': ['access.manage', NEVER],
  'GET /business/access/vendors': ['access.manage', NEVER],
  'GET /business/access/vendors/:holder': ['access.manage', NEVER],
  'GET /business/agreements': ['access.manage', NEVER],
  'GET /business/agreements/:agreement': ['access.manage', NEVER],
  'GET /business/agreements/:agreement/agreement.pdf': ['access.manage', NEVER],
  'GET /business/agreements/:agreement/deletion': ['agreements.sign', NEVER],
  'GET /business/agreements/:agreement/document.pdf': ['access.manage', NEVER],
  'GET /business/agreements/:agreement/end': ['agreements.sign', NEVER],
  'GET /business/agreements/:agreement/sign': ['agreements.sign', NEVER],
  'GET /business/agreements/record': ['access.manage', NEVER],
  'GET /business/agreements/record/record.csv': ['access.manage', NEVER],
  'GET /business/agreements/record/record.pdf': ['access.manage', NEVER],
  'GET /business/agreements/recorded/:recorded': ['access.manage', NEVER],
  'GET /business/agreements/recorded/:recorded/agreement.pdf': ['access.manage', NEVER],
  'GET /business/agreements/recorded/new': ['agreements.sign', NEVER],
  'GET /business/agreements/vendors/:holder': ['access.manage', NEVER],
  'GET /business/agreements/vendors/:holder/agreement.pdf': ['access.manage', NEVER],
  'GET /business/quotes': ['access.manage', NEVER],
  'GET /business/quotes/:quote': ['access.manage', NEVER],
  'GET /business/vendor-invoices': ['invoices.read', NEVER],
  'GET /business/vendor-invoices/:vendorInvoice': ['invoices.read', NEVER],
  'GET /business/vendor-invoices/:vendorInvoice/file.pdf': ['invoices.read', NEVER],
  'GET /business/vendor-invoices/new': ['agreements.sign', NEVER],
  'POST /business/vendor-invoices/new': ['agreements.sign', NEVER],
  'GET /business/spending': ['invoices.read | orders.read', NEVER],
  'GET /business/checkers': ['agreements.sign', NEVER],
  'GET /business/checkers/:appointment/confirm': ['agreements.sign', NEVER],
  'GET /business/checkers/:appointment/end': ['agreements.sign', NEVER],
  'GET /business/checkers/new': ['agreements.sign', NEVER],
  'GET /business/contact': [ANY, NEVER],
  'GET /business/contact/change': ['contact.change', NEVER],
  'GET /business/contact/code': ['contact.change', NEVER],
  'GET /business/contact-units': [ANY, NEVER],
  'GET /business/contact-units/:unit': [ANY, NEVER],
  'GET /business/contact-units/:unit/change': ['contact.change', NEVER],
  'GET /business/contact-units/:unit/code': ['contact.change', NEVER],
  'GET /business/contact-units/:unit/vouch': ['contact.change', NEVER],
  'GET /business/contact/verify': [ANY, NEVER],
  'GET /business/contact/vouch': ['contact.change', NEVER],
  'GET /business/messages': ['messages.read', NEVER],
  'GET /business/messages/:thread': ['messages.read', NEVER],
  'GET /business/messages/notices/:notice': ['messages.read', NEVER],
  'GET /business/messages/:thread/attachments/:attachment': ['messages.read', NEVER],
  'GET /business/invoices': ['invoices.read', 'invoices.read'],
  'GET /business/invoices/:invoice': ['invoices.read', 'invoices.read'],
  'GET /business/invoices/:invoice/invoice.pdf': ['invoices.read', 'invoices.read'],
  'GET /business/invoices/:invoice/invoice.xml': ['invoices.read', 'invoices.read'],
  'GET /business/vendor': ['access.manage', NEVER],
  'GET /business/vendor/agreements': ['access.manage', NEVER],
  'GET /business/vendor/customers/:mandate': ['access.manage', NEVER],
  'GET /business/vendor/customers/:mandate/renew': ['agreements.sign', NEVER],
  'GET /business/vendor/members/new': ['access.manage', NEVER],
  'GET /business/vendor/profile': ['agreements.sign', NEVER],
  'GET /business/vendor/profile/agreement.pdf': ['agreements.sign', NEVER],
  'GET /business/vendor/sub-processors': ['access.manage', NEVER],
  'GET /business/vendor/quotes': ['access.manage', NEVER],
  'GET /business/vendor/quotes/:quote': ['access.manage', NEVER],
  'GET /business/vendor/quotes/new': ['agreements.sign', NEVER],
  'GET /business/vendor/start': ['agreements.sign', NEVER],
  'GET /business/vendor/requests': ['access.manage', NEVER],
  'GET /business/vendor/requests/:request': ['access.manage', NEVER],
  'GET /business/vendor/security': ['agreements.sign', NEVER],
  'GET /business/vendor/requests/new': ['agreements.sign', NEVER],
  'GET /cards': ['cards.read', 'cards.read'],
  'GET /workers': ['workers.read', 'workers.read'],
  'GET /workers/declared': ['agreements.sign', NEVER],
  'GET /workers/declared/:declaration': ['agreements.sign', NEVER],
  'GET /workers/declared/new': ['agreements.sign', NEVER],
  'GET /workers/refresh': ['workers.read', 'workers.read'],
  'GET /workers/:worker/card.svg': ['workers.read', 'workers.read'],
  'GET /cards/:card': ['cards.read', 'cards.read'],
  'GET /cards/:card/block': [BLOCKS, BLOCKS],
  'GET /cards/:card/send-again': ['orders.place & cards.read', NEVER],
  'GET /cards/:card/back.svg': ['cards.read', 'cards.read & workers.read'],
  'GET /cards/:card/card.pdf': ['cards.read', 'cards.read & workers.read'],
  'GET /cards/:card/picture.svg': ['cards.read', 'cards.read & workers.read'],
  'GET /cards/:card/qr.svg': ['cards.read', 'cards.read'],
  'GET /orders': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /orders/:order': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /orders/:order/approve': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /orders/:order/ask': [ORDERS, ORDERS],
  'GET /orders/:order/ask/:asked/revoke': [ORDERS, ORDERS],
  'GET /orders/:order/cancel': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /orders/:order/lines/:line/cancel': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /orders/:order/lines/:line/confirmation': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /orders/:order/lines/:line/confirmation.pdf': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /orders/:order/lines/:line/document': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /orders/:order/lines/:line/photo': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /orders/addresses': [KEEPS_ADDRESSES, NEVER],
  'GET /orders/addresses/:address/remove': [KEEPS_ADDRESSES, NEVER],
  'GET /orders/file': [FILES, ORDERS],
  'GET /orders/file/:upload': [FILES, ORDERS],
  'GET /orders/file/:upload/again': [FILES, ORDERS],
  'GET /orders/file/:upload/columns': [FILES, ORDERS],
  'GET /orders/file/:upload/errors': [FILES, ORDERS],
  'GET /orders/file/:upload/place': [FILES, ORDERS],
  'GET /orders/file/:upload/rows/:row': [FILES, ORDERS],
  'GET /orders/file/:upload/rows/:row/leave': [FILES, ORDERS],
  'GET /orders/file/template': [FILES, ORDERS],
  'GET /orders/file/template.xlsx': [FILES, ORDERS],
  'GET /orders/:order/photos': [ORDERS, ORDERS],
  'GET /orders/file/:upload/photos': [ORDERS, ORDERS],
  'GET /orders/photos/:archive': [ORDERS, ORDERS],
  'GET /orders/photos/:archive/files/:file': [ORDERS, ORDERS],
  'GET /orders/photos/:archive/files/:file/photo': [ORDERS, ORDERS],
  'GET /orders/photos/:archive/place': [ORDERS, ORDERS],
  'GET /orders/new': [ORDERS, ORDERS],
  'GET /orders/new/confirm': [ORDERS, ORDERS],
  'GET /orders/new/look-up': [ORDERS, ORDERS],
  'GET /orders/renew': [RENEWS, RENEWS],
  'GET /orders/offer': [OFFERS, NEVER],
  'GET /orders/offer/:offer/withdraw': [OFFERS, NEVER],
  'GET /photos/:photo': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /photos/:photo/thumbnail': [SEES_ORDERS, SEES_ITS_ORDERS],
  'GET /profile': [ANY, NEVER],
  'POST /business/access/browser': ['access.manage | contact.change', NEVER],
  'POST /business/access/drafts/:draft/ask': ['access.manage', NEVER],
  'POST /business/access/freezes/:freeze/lift': ['access.manage', NEVER],
  'POST /business/access/history/export': ['access.manage', NEVER],
  'POST /business/access/passkeys': ['agreements.sign', NEVER],
  'POST /business/access/invitations/:invitation': ['access.manage', NEVER],
  'POST /business/access/invitations/:invitation/withdraw': ['access.manage', NEVER],
  'POST /business/access/mandate-drafts/:draft': ['access.manage', NEVER],
  'POST /business/access/gone-through': ['access.manage', NEVER],
  'POST /business/access/mandates/:mandate/confirm': ['access.manage', NEVER],
  'POST /business/access/mandates/:mandate/narrow': ['access.manage', NEVER],
  'POST /business/access/mandates/:mandate/remove': ['access.manage', NEVER],
  'POST /business/access/mandates/:mandate/widen': ['access.manage', NEVER],
  'POST /business/access/people/drafts/:draft': ['access.manage', NEVER],
  'POST /business/access/people/invite': ['access.manage', NEVER],
  'POST /business/access/people/requests/:asking': ['access.manage', NEVER],
  'POST /business/access/requests/:request/decline': ['access.manage', NEVER],
  'POST /business/access/requests/:request/mandate': ['access.manage', NEVER],
  'POST /business/access/review/complete': ['access.manage', NEVER],
  'POST /business/access/review/keep/:mandate': ['access.manage', NEVER],
  'POST /business/access/review/members/:member': ['access.manage', NEVER],
  'POST /business/access/reviews/:review/export': ['access.manage', NEVER],
  'POST /business/access/signals/:signal': ['access.manage', NEVER],
  'POST /business/access/stop': ['access.manage', NEVER],
  'POST /business/access/stop/:holder': ['access.manage', NEVER],
  'POST /business/access/vendor-drafts/:draft': ['access.manage', NEVER],
  'POST /business/access/vendors/:holder': ['access.manage', NEVER],
  'POST /business/contact/cancel': ['contact.change', NEVER],
  'POST /business/agreements/:agreement/deletion': ['agreements.sign', NEVER],
  'POST /business/agreements/:agreement/end': ['agreements.sign', NEVER],
  'POST /business/agreements/:agreement/objections': ['agreements.sign', NEVER],
  'POST /business/agreements/:agreement/sign': ['agreements.sign', NEVER],
  'POST /business/agreements/recorded/:recorded': ['agreements.sign', NEVER],
  'POST /business/agreements/recorded/:recorded/confirm': ['agreements.sign', NEVER],
  'POST /business/agreements/recorded/:recorded/decline': ['agreements.sign', NEVER],
  'POST /business/agreements/recorded/:recorded/record': ['agreements.sign', NEVER],
  'POST /business/agreements/recorded/:recorded/withdraw': ['agreements.sign', NEVER],
  'POST /business/agreements/recorded/new': ['agreements.sign', NEVER],
  'POST /business/vendor/sub-processors': ['agreements.sign', NEVER],
  'POST /business/vendor/sub-processors/:subProcessor/remove': ['agreements.sign', NEVER],
  'POST /business/contact/change': ['contact.change', NEVER],
  'POST /business/contact/code': ['contact.change', NEVER],
  'POST /business/contact/confirm': ['contact.change', NEVER],
  'POST /business/contact/overrule': ['contact.change', NEVER],
  'POST /business/contact/undo': ['contact.change', NEVER],
  'POST /business/contact-units/:unit/cancel': ['contact.change', NEVER],
  'POST /business/contact-units/:unit/change': ['contact.change', NEVER],
  'POST /business/contact-units/:unit/code': ['contact.change', NEVER],
  'POST /business/contact-units/:unit/confirm': ['contact.change', NEVER],
  'POST /business/contact-units/:unit/overrule': ['contact.change', NEVER],
  'POST /business/contact-units/:unit/undo': ['contact.change', NEVER],
  'POST /business/contact-units/:unit/vouch': ['contact.change', NEVER],
  'POST /business/contact/vouch': ['contact.change', NEVER],
  'POST /business/messages/:thread': ['messages.read', NEVER],
  'POST /business/messages/notices/read': ['messages.read', NEVER],
  'POST /business/vendor/customers/:mandate': ['access.manage', NEVER],
  'POST /business/vendor/customers/:mandate/renew': ['agreements.sign', NEVER],
  'POST /business/vendor/invitations/:invitation/confirm': ['access.manage', NEVER],
  'POST /business/vendor/invitations/:invitation/withdraw': ['access.manage', NEVER],
  'POST /business/vendor/members/:member/remove': ['access.manage', NEVER],
  'POST /business/vendor/members/new': ['access.manage', NEVER],
  'POST /business/vendor/profile': ['agreements.sign', NEVER],
  'POST /business/quotes/:quote': ['agreements.sign', NEVER],
  'POST /business/vendor/quotes/:quote/withdraw': ['agreements.sign', NEVER],
  'POST /business/vendor/quotes/new': ['agreements.sign', NEVER],
  'POST /business/vendor/start': ['agreements.sign', NEVER],
  'POST /business/vendor/requests/:request/withdraw': ['agreements.sign', NEVER],
  'POST /business/vendor/requests/new': ['agreements.sign', NEVER],
  'POST /business/vendor/security': ['agreements.sign', NEVER],
  'POST /cards/:card/block': [BLOCKS, BLOCKS],
  'POST /cards/:card/send-again': ['orders.place & cards.read', NEVER],
  'POST /orders/:order/approve': ['orders.approve', NEVER],
  'POST /orders/:order/ask': [ORDERS, ORDERS],
  'POST /orders/:order/ask/:asked/revoke': [ORDERS, ORDERS],
  'POST /orders/:order/cancel': ['orders.place | orders.approve | orders.prepare', ORDERS],
  'POST /orders/:order/lines/:line/cancel': ['orders.place | orders.approve | orders.prepare', ORDERS],
  'POST /orders/:order/lines/:line/document': [ORDERS, ORDERS],
  'POST /orders/:order/lines/:line/photo': [ORDERS, ORDERS],
  'POST /orders/addresses': [KEEPS_ADDRESSES, NEVER],
  'POST /orders/addresses/:address/remove': [KEEPS_ADDRESSES, NEVER],
  'POST /orders/file': [FILES, ORDERS],
  'POST /orders/:order/photos': [ORDERS, ORDERS],
  'POST /orders/file/:upload/photos': [ORDERS, ORDERS],
  'POST /orders/photos/:archive/files/:file': [ORDERS, ORDERS],
  'POST /orders/photos/:archive/place': [ORDERS, ORDERS],
  'POST /orders/file/:upload/again': [FILES, ORDERS],
  'POST /orders/file/:upload/columns': [FILES, ORDERS],
  'POST /orders/file/:upload/place': [FILES, ORDERS],
  'POST /orders/file/:upload/rows/:row': [FILES, ORDERS],
  'POST /orders/file/:upload/rows/:row/leave': [FILES, ORDERS],
  'POST /orders/new/confirm': [ORDERS, ORDERS],
  'POST /orders/new/look-up': [ORDERS, ORDERS],
  'POST /orders/offer': [OFFERS, NEVER],
  'POST /orders/offer/:offer/withdraw': [OFFERS, NEVER],
  'POST /business/checkers/:appointment/confirm': ['agreements.sign', NEVER],
  'POST /business/checkers/:appointment/end': ['agreements.sign', NEVER],
  'POST /business/checkers/new': ['agreements.sign', NEVER],
  'POST /workers/declared/:declaration': ['agreements.sign', NEVER],
  'POST /workers/declared/new': ['agreements.sign', NEVER],
  'POST /workers/refresh': ['workers.read', NEVER],
};

/** Pages that are there for a vendor alone: the business itself finds nothing under their addresses. */
const FOR_VENDORS: readonly string[] = ['GET /orders/new/look-up', 'POST /orders/new/look-up'];

type Side = 'own' | 'vendor';

/** A form of each route that takes one, filled in so that whoever may send it gets what it asks for. */
const FORMS: Readonly<Record<string, (things: Things, filling: Filling, side: Side) => Fields>> = {
  'POST /business/access/browser': () => ({}),
  'POST /business/access/drafts/:draft/ask': () => ({}),
  'POST /business/access/passkeys': () => ({ required: 'yes' }),
  'POST /business/access/freezes/:freeze/lift': () => ({ reason: 'Misforståelse' }),
  'POST /business/access/history/export': () => ({}),
  'POST /business/access/invitations/:invitation': (_, { shown }) => ({ shown }),
  'POST /business/access/invitations/:invitation/withdraw': () => ({}),
  'POST /business/access/mandate-drafts/:draft': (_, { shown }) => ({ shown }),
  'POST /business/access/gone-through': () => ({}),
  'POST /business/access/mandates/:mandate/confirm': () => ({ version: '2' }),
  'POST /business/access/mandates/:mandate/narrow': () => ({
    version: '1',
    rights: 'orders.read',
    scope: 'all',
    lastDay: proposal(5).lastDay,
    reason: 'Bare denne uken',
  }),
  'POST /business/access/mandates/:mandate/remove': () => ({}),
  'POST /business/access/mandates/:mandate/widen': () => offered(),
  'POST /business/access/people/drafts/:draft': () => ({}),
  'POST /business/access/people/invite': () => ({
    ...offered(),
    name: 'Invitert Isbjørn',
    email: 'isbjorn@example.no',
    tieReason: 'Fører regnskapet',
  }),
  'POST /business/access/requests/:request/decline': () => ({ reason: 'price', words: 'For dyrt' }),
  'POST /business/access/people/requests/:asking': () => ({ as: 'asked' }),
  'POST /business/access/requests/:request/mandate': () => ({ as: 'asked' }),
  'POST /business/access/review/complete': () => ({}),
  'POST /business/access/review/keep/:mandate': () => ({ version: '1', tie: 'confirmed' }),
  'POST /business/access/review/members/:member': () => ({}),
  'POST /business/access/reviews/:review/export': () => ({}),
  'POST /business/access/signals/:signal': () => ({ answer: 'yes' }),
  'POST /business/access/stop': () => ({ reason: 'Nødstopp' }),
  'POST /business/access/stop/:holder': () => ({ reason: 'Nødstopp' }),
  'POST /business/access/vendor-drafts/:draft': (_, { shown }) => ({ shown, agreement: 'yes', quote: 'yes' }),
  'POST /business/access/vendors/:holder': () => offered(),
  'POST /business/agreements/:agreement/deletion': () => ({ outcome: 'deleted', statement: 'I arkivet' }),
  'POST /business/agreements/:agreement/end': () => ({ when: 'now', note: 'Ferdig' }),
  'POST /business/agreements/:agreement/objections': ({ announced }) => ({ subProcessor: announced }),
  'POST /business/agreements/:agreement/sign': (_, { shown }) => ({ shown, agreement: 'yes' }),
  'POST /business/agreements/recorded/:recorded': () => ({ signedOn: '2026-01-01', 'answer-subject': 'yes' }),
  'POST /business/agreements/recorded/:recorded/confirm': (_, { shown }) => ({ shown }),
  'POST /business/agreements/recorded/:recorded/decline': () => ({}),
  'POST /business/agreements/recorded/:recorded/record': (_, { shown }) => ({ shown }),
  'POST /business/agreements/recorded/:recorded/withdraw': () => ({}),
  'POST /business/agreements/recorded/new': ({ holder }, { pdf }) => ({ vendor: holder, file: pdf }),
  'POST /business/vendor/sub-processors': () => ({ name: 'Sky AS', country: 'Norge', purpose: 'Lagring' }),
  'POST /business/vendor/sub-processors/:subProcessor/remove': () => ({}),
  'POST /business/contact/change': (_, { version }) => ({ version, email: 'ny@example.no', language: 'nb' }),
  'POST /business/messages/:thread': () => ({ body: 'Vi har rettet opp i dette' }),
  'POST /business/messages/notices/read': () => ({}),
  'POST /business/contact/confirm': (_, { version }) => ({ version, back: 'contact' }),
  'POST /business/contact/cancel': ({ order }) => ({ move: order }),
  'POST /business/contact/code': ({ order }) => ({ move: order, channel: 'email', code: '123456' }),
  'POST /business/contact/overrule': ({ order }) => ({ move: order }),
  'POST /business/contact/undo': ({ order }) => ({ move: order }),
  'POST /business/contact-units/:unit/cancel': ({ order }) => ({ move: order }),
  'POST /business/contact-units/:unit/change': (_, { version }) => ({
    version,
    email: 'ny@example.no',
    language: 'nb',
  }),
  'POST /business/contact-units/:unit/code': ({ order }) => ({
    move: order,
    channel: 'email',
    code: '123456',
  }),
  'POST /business/contact-units/:unit/confirm': (_, { version }) => ({ version, back: 'contact' }),
  'POST /business/contact-units/:unit/overrule': ({ order }) => ({ move: order }),
  'POST /business/contact-units/:unit/undo': ({ order }) => ({ move: order }),
  'POST /business/contact-units/:unit/vouch': () => ({ link: 'x' }),
  'POST /business/contact/vouch': () => ({ link: 'x' }),
  'POST /business/vendor/customers/:mandate': () => ({ people: [] }),
  'POST /business/vendor/customers/:mandate/renew': () => asked(),
  'POST /business/vendor/invitations/:invitation/confirm': () => ({}),
  'POST /business/vendor/invitations/:invitation/withdraw': () => ({}),
  'POST /business/vendor/members/:member/remove': () => ({}),
  'POST /business/vendor/members/new': () => ({
    name: 'Ny Nattergal',
    email: 'nattergal@example.no',
    tieReason: 'Innleid fra et bemanningsbyrå',
  }),
  'POST /business/vendor/profile': () => ({ fee: '99', agreement: 'yes', terms: 'yes' }),
  'POST /business/quotes/:quote': () => ({ accept: 'yes' }),
  'POST /business/vendor-invoices/new': ({ stoppable }) => ({
    vendor: stoppable,
    number: uuidv7(),
    issuedOn: '2026-01-01',
    'amount-fee': '99',
    total: '123,75',
  }),
  'POST /business/vendor/start': () => ({ promises: ['bankId', 'loginPage', 'ownStaff'] }),
  'POST /business/vendor/quotes/:quote/withdraw': () => ({}),
  'POST /business/vendor/quotes/new': ({ customer }) => ({
    customer,
    lastDay: proposal().lastDay,
    'amount-fee': '99',
    rows: '0',
  }),
  'POST /business/vendor/requests/:request/withdraw': () => ({}),
  'POST /business/vendor/security': () => ({ 'answer-encrypted': 'yes', 'evidence-encrypted': 'Disker' }),
  'POST /business/vendor/requests/new': () => ({ ...asked(), business: numbers.b }),
  'POST /cards/:card/block': () => ({ reason: 'lost' }),
  'POST /cards/:card/send-again': () => ({ to: 'registered' }),
  'POST /orders/:order/approve': () => ({}),
  'POST /orders/:order/ask': ({ unsentLine }) => ({ line: unsentLine, way: 'sent' }),
  'POST /orders/:order/ask/:asked/revoke': () => ({}),
  'POST /orders/:order/cancel': () => ({}),
  'POST /orders/:order/lines/:line/cancel': () => ({}),
  'POST /orders/:order/lines/:line/document': ({ line }, { document }) => ({
    [`document-${line}`]: document,
    [`kind-${line}`]: 'passport',
  }),
  'POST /orders/:order/lines/:line/photo': ({ line }, { photo }) => ({ [`photo-${line}`]: photo }),
  'POST /orders/addresses': () => ({
    recipient: 'Brakka',
    street: 'Torget 2',
    postalCode: '9008',
    place: '',
  }),
  'POST /orders/addresses/:address/remove': () => ({}),
  'POST /orders/file': (_, { file }) => ({ key: uuidv7(), file }),
  'POST /orders/:order/photos': (_, { archive }) => ({ key: uuidv7(), file: archive }),
  'POST /orders/file/:upload/photos': (_, { archive }) => ({ key: uuidv7(), file: archive }),
  'POST /orders/photos/:archive/files/:file': () => ({ do: 'leave-out' }),
  'POST /orders/photos/:archive/place': () => ({}),
  'POST /orders/file/:upload/again': () => ({}),
  'POST /orders/file/:upload/columns': () => ({ 'column-nationalId': '0', 'column-familyName': '1' }),
  'POST /orders/file/:upload/place': () => ({
    ...{ recipient: 'Anlegget', street: 'Torget 1', postalCode: '0150', place: 'Oslo' },
  }),
  'POST /orders/file/:upload/rows/:row': () => ({ name: 'Kari Berg', birthDate: '1.1.1990' }),
  'POST /orders/file/:upload/rows/:row/leave': () => ({ out: 'yes' }),
  'POST /orders/new/confirm': ({ unit, worker, offered: known }, _, side) => ({
    key: uuidv7(),
    unit,
    worker: side === 'own' ? worker : known,
    ...{ recipient: 'Anlegget', street: 'Torget 1', postalCode: '0150', place: 'Oslo' },
  }),
  'POST /orders/new/look-up': () => ({ number: people.ailuCahcesuolu, surname: 'Čáhcesuolu' }),
  'POST /orders/offer': ({ vendorMandate, unit, worker }) => ({ mandate: vendorMandate, unit, worker }),
  'POST /orders/offer/:offer/withdraw': () => ({}),
  'POST /business/checkers/:appointment/confirm': () => ({}),
  'POST /business/checkers/:appointment/end': () => ({}),
  'POST /business/checkers/new': () => ({
    ...{ name: 'Vaktsom Vipe', email: `${uuidv7()}@example.no`, role: 'coordinator', place: 'Kai 1' },
    lastDay: new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10),
  }),
  'POST /workers/declared/:declaration': () => ({ answer: 'confirm' }),
  'POST /workers/declared/new': ({ unit }) => declared(unit),
  'POST /workers/refresh': () => ({}),
};

/** People of the stand-ins who work for neither business: each is declared once. */
const declarable = [
  [people.fremmedFugl, 'Fugl'],
  [people.snillElg, 'Elg'],
  [people.lekenBror, 'Bror'],
  [people.alvorligBror, 'Bror'],
  [people.gulVinkel, 'Vinkel'],
  [people.knustDrom, 'Drøm'],
  [people.punktligPakke, 'Pakke'],
  [people.strengParagraf, 'Paragraf'],
] as const;
let declaredSoFar = 0;

function declared(unit: string) {
  const [number, surname] = declarable[(declaredSoFar += 1) % declarable.length] ?? ['', ''];
  return { unit, kind: 'owner', number, surname, reason: 'Eier virksomheten' };
}

/** What the forms are filled in with that is no id. */
interface Filling {
  /** Of everything that may change between a preview and its confirmation. */
  readonly shown: string;
  /** Of the contact details. */
  readonly version: string;
  readonly photo: File;
  readonly document: File;
  readonly file: File;
  readonly archive: File;
  readonly pdf: File;
}

function offered() {
  const { rights, lastDay, purpose } = proposal();
  return { rights, scope: 'all', lastDay, purpose };
}

/** What a vendor asks for. */
function asked() {
  const { lastDay, purpose } = proposal(20);
  const [right, why] = ['ask-orders.read', 'why-orders.read'];
  return { [right]: 'yes', [why]: 'For å følge bestillingene', scope: 'all', lastDay, purpose };
}
/** Forms that are answered otherwise than with the way to a page when they do what they are for. */
const ANSWERS: Readonly<Record<string, number>> = {
  'POST /business/access/history/export': 200,
  'POST /business/access/reviews/:review/export': 200,
  // No change waits here; with one they are in src/contact/moves.test.ts.
  'POST /business/contact/cancel': 409,
  'POST /business/contact/code': 409,
  'POST /business/contact/overrule': 409,
  'POST /business/contact/undo': 409,
  'POST /business/contact-units/:unit/cancel': 409,
  'POST /business/contact-units/:unit/code': 409,
  // It has none of its own yet to be right.
  'POST /business/contact-units/:unit/confirm': 409,
  'POST /business/contact-units/:unit/overrule': 409,
  'POST /business/contact-units/:unit/undo': 409,
  'POST /business/contact-units/:unit/vouch': 409,
  'POST /business/contact/vouch': 409,
  // Here something is always undecided; completed in tests/access/review.test.ts.
  'POST /business/access/review/complete': 409,
  // The page beside shows another one; done in src/agreements/recorded.test.ts.
  'POST /business/agreements/recorded/:recorded/confirm': 409,
  // Nobody lacks a photo here; done in tests/browser/bulk.slow.test.ts.
  'POST /orders/:order/photos': 422,
  'POST /orders/file/:upload/photos': 422,
};

interface Sided {
  readonly route: string;
  readonly side: Side;
  /** Sets of rights, each of which is enough. */
  readonly needs: readonly (readonly Right[])[];
}

/** Each page of a business twice: for the business itself and for a vendor. */
const SIDED: readonly Sided[] = (['own', 'vendor'] as const).flatMap((side) =>
  Object.entries(BUSINESS_ROUTES).map(([route, [own, vendor]]) => ({
    route,
    side,
    needs: read(side === 'own' ? own : vendor),
  })),
);

function read(needs: string): Right[][] {
  if (needs === NEVER) return [];
  return needs.split(' | ').map((set) =>
    set.split(' & ').map((name) => {
      const right = RIGHTS.find((one) => one === name);
      if (right === undefined) throw new Error(`There is no right ${name}.`);
      return right;
    }),
  );
}

const addressOf = (route: string, side: Side) =>
  route.replace(' /', side === 'own' ? ' /b/:business/' : ' /b/:business/by/:vendor/');

// The world -------------------------------------------------------------------------------------------------------------

let world: RouteWorld;
/** Of A: what it ordered itself, and what its vendor ordered for it. */
let own: Things;
let vendors: Things;
/** Of B: what it ordered itself, and what the same vendor ordered for it; and what another vendor ordered for A. */
let others: Things;
let vendorsElsewhere: Things;
let otherVendors: Things;
let filling: Filling;
let stranger: Caller;

beforeAll(async () => {
  world = await startRouteWorld(grantableRights('vendor'));
  const { a, b, fixtures } = world;
  own = await world.things(a);
  vendors = await world.things(a, 'vendor');
  others = await world.things(b);
  vendorsElsewhere = await world.things(b, 'vendor');
  otherVendors = await world.things({ ...a, vendor: world.otherVendor }, 'vendor');
  stranger = await world.caller(await fixtures.person('Fremmed Fugl'));
  const jpeg = (bytes: Buffer) => new File([new Uint8Array(bytes)], 'a.jpg', { type: 'image/jpeg' });
  const photo = jpeg(await drawPortrait('Kort Holder'));
  const document = jpeg(await drawDocument('Kort Holder'));
  const file = new File(['fnr;navn\n'], 'ansatte.csv');
  const archive = new File([new Uint8Array(zip([{ name: 'a.jpg', content: 'x' }]))], 'bilder.zip');
  const pdf = new File(['%PDF-1.7 %%EOF'], 'avtale.pdf');
  filling = { shown: 'none', version: '1', photo, document, file, archive, pdf };
}, 60_000);
beforeEach(() => world.setVendorRights(grantable('vendor')));
afterAll(async () => {
  await world.stop();
});

interface OnBusiness extends Pick<Sided, 'route' | 'side'> {
  readonly caller: Caller | undefined;
  readonly things: Things;
  readonly business?: string;
  readonly vendor?: string;
  readonly fields?: Fields;
  readonly csrf?: string | null;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Stands in the address instead of a thing's id. */
  readonly written?: Readonly<Record<string, string>>;
  /** More that two answers may differ in. */
  readonly ids?: Readonly<Record<string, string>>;
}

/** Asks a route of a business, A unless said otherwise, with the ids of these things and the form filled in. */
async function onBusiness(asked: OnBusiness): Promise<Answer> {
  const { route, side, things, business = numbers.a, vendor = numbers.vendor, ids = {}, ...rest } = asked;
  const parameters = { ...parametersOf(route, things), ...asked.written };
  const answer = await world.ask(
    {
      ...rest,
      route: addressOf(route, side),
      parameters: { business, vendor, ...parameters },
      fields: asked.fields ?? FORMS[route]?.(things, filling, side),
    },
    { business, ...parameters, ...ids },
  );
  // A stop of everyone would be the end of all that is tried after it.
  if (route === 'POST /business/access/stop') {
    await world.fixtures.rows('delete from freezes where vendor_id is null');
  }
  return answer;
}

/** The texts that an answer does not show. */
const lacks = (answer: Answer, texts: readonly string[]) =>
  texts.filter((text) => !answer.text.includes(text));
const refusalWords = (refusal: Refusal) => Object.values(accessWords.refusal[refusal]);
const notFound = webWords.problem.notFound;

/** What comes of each, some at a time: a request waits for the database most of the time. */
async function inTurns<T, R>(list: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = list.entries();
  const turn = async () => {
    for (const [index, one] of waiting) results[index] = await work(one);
  };
  await Promise.all(Array.from({ length: 6 }, turn));
  return results;
}

/** Whether a page is there for whoever may do what it is for. */
const isThere = (route: string, side: Side) => side === 'vendor' || !FOR_VENDORS.includes(route);
const grantable = (side: Side) => grantableRights(side === 'own' ? 'person' : 'vendor');

/** The tables in which two snapshots differ. */
function differences(before: Record<string, string | null>, after: Record<string, string | null>): string[] {
  return Object.keys(after)
    .filter((table) => before[table] !== after[table])
    .sort();
}

const isPost = ({ route }: Pick<Sided, 'route'>) => route.startsWith('POST ');
const thingsFor = (side: Side) => (side === 'own' ? own : vendors);
const callerOn = (side: Side) => (side === 'own' ? world.officerOfBoth : world.member);

describe('every route', () => {
  test('stands in the table', () => {
    const found = world.world.apps
      .flatMap((app) => app.routes)
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path}`);
    const businessPages = SIDED.map(({ route, side }) => addressOf(route, side));
    expect([...new Set(found)].sort()).toEqual([...Object.keys(ROUTES), ...businessPages].sort());
  });

  test('of a business that takes a form has one filled in here', () => {
    const posts = Object.keys(BUSINESS_ROUTES).filter((route) => route.startsWith('POST '));
    expect(Object.keys(FORMS).sort()).toEqual(posts.sort());
  });

  test('asks of a vendor for nothing that no vendor may have', () => {
    const needed = SIDED.filter(({ side }) => side === 'vendor').flatMap(({ needs }) => needs.flat());
    expect(needed.filter((right) => GRANTABLE[right].vendor === 'never')).toEqual([]);
  });

  test('of a signed-in person sends whoever has no session to the login', async () => {
    const signedIn = Object.keys(ROUTES).filter((route) => ROUTES[route] === 'signed-in');
    const asked = [
      ...SIDED.map(
        ({ route, side }) =>
          () =>
            onBusiness({ route, side, caller: undefined, things: own }),
      ),
      ...signedIn.map((route) => () => world.ask({ route, parameters: { business: numbers.a } })),
    ];
    const answers = await inTurns(asked, (ask) => ask());
    const led = answers.map(({ status, headers }) => [status, headers['location']?.split('?')[0]]);
    expect(led).toEqual(asked.map(() => [303, '/login']));
  });

  test('that changes something refuses a form that no page of the session sent, and does nothing', async () => {
    const before = await world.snapshot();
    const audited = () => world.fixtures.rows('select count(*)::int as n from audit_entries');
    const entries = await audited();
    const outside = Object.keys(ROUTES).filter((route) => route.startsWith('POST '));
    const forgeries = [
      { csrf: null },
      { csrf: world.member.csrf },
      { headers: { 'Sec-Fetch-Site': 'cross-site' } },
      { csrf: null, query: { _csrf: world.officer.csrf } },
    ];
    for (const forgery of forgeries) {
      const forged = { caller: world.officer, ...forgery };
      const seen = [
        ...(await inTurns(SIDED.filter(isPost), async ({ route, side }) => {
          const { status } = await onBusiness({ route, side, things: own, ...forged });
          return [addressOf(route, side), status];
        })),
        ...(await inTurns(outside, async (route) => [route, (await world.ask({ route, ...forged })).status])),
      ];
      // The issuer's own servers send it, and it proves itself: here it does not.
      const expected = (route: unknown) => (route === 'POST /logout/backchannel' ? 400 : 403);
      expect(seen).toEqual(seen.map(([route]) => [route, expected(route)]));
    }
    expect(await audited()).toEqual(entries);
    expect(differences(before, await world.snapshot())).toEqual([]);
  });
});

describe('a route of a business', () => {
  test('answers an outsider exactly as for a business that does not exist, whatever the form', async () => {
    const before = await world.snapshot();
    const missing = missingThings();
    const asked = [...SIDED, ...SIDED.filter(isPost).map((sided) => ({ ...sided, fields: {} }))];
    const seen = await inTurns(asked, async ({ needs: _, ...one }) => {
      const theirs = await onBusiness({ ...one, caller: stranger, things: thingsFor(one.side) });
      const nobodys = { ...one, caller: stranger, things: missing, business: numbers.missing };
      expect(theirs).toEqual(await onBusiness(nobodys));
      return [one.route, one.side, theirs.status, lacks(theirs, [notFound.title])];
    });
    expect(seen).toEqual(asked.map(({ route, side }) => [route, side, 404, []]));
    expect(differences(before, await world.snapshot())).toEqual([]);
  });

  test.each(['own', 'vendor'] as const)(
    'is as missing for whoever is somebody elsewhere alone: %s side',
    async (side) => {
      const { fixtures, a, b } = world;
      const person = await fixtures.person('Annensteds And');
      // With every right in another business; a member of the vendor whom nobody has set up.
      if (side === 'own') await fixtures.personMandate(b.business, person, b.officer, grantable('own'));
      else await fixtures.member({ ...a.business, id: a.vendor.id }, person, a.officer);
      const caller = await world.caller(person);
      const before = await world.snapshot();
      const nowhere = { route: 'GET /orders', side, caller, things: own, business: numbers.missing };
      const nothing = await onBusiness(nowhere);
      const routes = SIDED.filter((one) => one.side === side);
      const seen = await inTurns(routes, async ({ route }) => {
        return [route, await onBusiness({ route, side, caller, things: thingsFor(side) })];
      });
      expect(seen).toEqual(routes.map(({ route }) => [route, nothing]));
      expect(nothing.status).toBe(404);
      expect(differences(before, await world.snapshot())).toEqual([]);
    },
  );

  test('tells whoever had a mandate that it was removed, and nothing else', async () => {
    const { fixtures, a, officer } = world;
    const formerVendor = await fixtures.business();
    const formerMember = await fixtures.person('Forhenværende Fink');
    await fixtures.vendorProfile(formerVendor, a.officer);
    await fixtures.member(formerVendor, formerMember, a.officer);
    const people = { by: a.officer, vendorOfficer: a.officer, member: formerMember };
    const formerly = await fixtures.vendorMandate(a.business, formerVendor, people, grantable('vendor'));
    const formerPerson = await world.personWith(grantable('own'));
    const former = { own: formerPerson.caller, vendor: await world.caller(formerMember) };
    const asking = (side: Side) => ({ side, caller: former[side], vendor: formerVendor.number });
    for (const side of ['own', 'vendor'] as const) {
      const open = await onBusiness({ ...asking(side), route: 'GET /orders', things: own });
      expect(open.status).toBe(200);
    }
    const route = 'POST /business/access/mandates/:mandate/remove';
    for (const mandate of [formerPerson.mandateId, formerly.id]) {
      const removed = await onBusiness({ route, side: 'own', caller: officer, things: { ...own, mandate } });
      expect(removed.status).toBe(303);
    }
    const before = await world.snapshot();
    const missing = missingThings();
    const seen = await inTurns(SIDED, async (sided) => {
      const asked = { ...asking(sided.side), route: sided.route };
      const real = await onBusiness({ ...asked, things: thingsFor(sided.side) });
      if (idsOf(sided.route).length > 0)
        expect(await onBusiness({ ...asked, things: missing })).toEqual(real);
      return [sided.route, sided.side, real.status, lacks(real, refusalWords('mandate-ended'))];
    });
    expect(seen).toEqual(SIDED.map((sided) => [sided.route, sided.side, 403, []]));
    expect(differences(before, await world.snapshot())).toEqual([]);
  });
});

// Rights ------------------------------------------------------------------------------------------------------------------

/** Routes that somebody with these rights is to try. */
interface Trial {
  readonly side: Side;
  readonly rights: readonly Right[];
  readonly routes: readonly string[];
}

function trials(
  side: Side,
  of: (side: Side, needs: Sided['needs']) => readonly (readonly Right[])[],
): Trial[] {
  const byRights = new Map<string, Trial>();
  for (const { route, needs } of SIDED.filter((one) => one.side === side)) {
    for (const rights of of(side, needs)) {
      const key = [...rights].sort().join();
      byRights.set(key, { side, rights, routes: [...(byRights.get(key)?.routes ?? []), route] });
    }
  }
  return [...byRights.values()];
}

/** All that can be given but just so much that nothing that a route needs is whole. */
function allBut(side: Side, needs: Sided['needs']): Right[][] {
  const without = needs.reduce<Right[][]>(
    (sets, need) => sets.flatMap((set) => need.map((right) => [...set, right])),
    [[]],
  );
  const rest = without.map((out) => grantable(side).filter((right) => !out.includes(right)));
  return rest.filter((rights) => rights.length > 0);
}

/** Just what is enough, each way. */
function justEnough(side: Side, needs: Sided['needs']) {
  return needs.filter((set) => set.every((right) => grantable(side).includes(right)));
}

/** Somebody who has these rights and no others. */
async function holderOf({ side, rights }: Pick<Trial, 'side' | 'rights'>): Promise<Caller> {
  if (side === 'own') return (await world.personWith(rights)).caller;
  await world.setVendorRights(rights);
  return world.member;
}

/** What each comes to, one after another. */
async function oneByOne<T, R>(list: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const one of list) results.push(await work(one));
  return results;
}

/** The vendor's side has one mandate, which its trials take turns with. */
async function everyTrial(of: Parameters<typeof trials>[1], work: (trial: Trial) => Promise<void>) {
  await inTurns(trials('own', of), work);
  for (const trial of trials('vendor', of)) await work(trial);
}

async function refusalsOf(caller: Caller): Promise<number> {
  const [row] = await world.fixtures.rows<{ n: number }>(
    `select count(*)::int as n from audit_entries where decision = 'refused'
       and actor_person_id = (select person_id from sessions where token_hash = $1)`,
    [caller.tokenHash],
  );
  return row?.n ?? 0;
}

/** Each route of the trial refuses, whatever the form, says why, and writes each refusal down. */
async function expectRefused(
  trial: Trial,
  caller: Caller,
  headers: OnBusiness['headers'] = {},
): Promise<void> {
  const { side, rights, routes } = trial;
  const forms = (route: string) => (isPost({ route }) ? [{}, { fields: {} }] : [{}]);
  const seen = await oneByOne(routes, async (route) => {
    const before = await refusalsOf(caller);
    const never = BUSINESS_ROUTES[route]?.[1] === NEVER && side === 'vendor';
    const words = refusalWords(never ? 'never-for-vendor' : 'right-not-given');
    const answers = await oneByOne(forms(route), async (form) => {
      const answer = await onBusiness({ route, side, caller, things: thingsFor(side), headers, ...form });
      return [answer.status, lacks(answer, words)];
    });
    return [route, side, answers, (await refusalsOf(caller)) - before];
  });
  const expected = routes.map((route) => [
    route,
    side,
    forms(route).map(() => [403, []]),
    forms(route).length,
  ]);
  expect([rights, seen]).toEqual([rights, expected]);
}

describe('a right', () => {
  test.each([
    ['own', 'a person', {}],
    ['vendor', 'a program', { Accept: 'application/json' }],
  ] as const)('that no page needs opens none: %s side, %s is told why', async (side, _, headers) => {
    const useless = SIDED.filter((one) => one.side === side && !one.needs.flat().includes('invoices.read'));
    const trial: Trial = { side, rights: ['invoices.read'], routes: useless.map(({ route }) => route) };
    const caller = await holderOf(trial);
    const before = await world.snapshot();
    await expectRefused(trial, caller, headers);
    expect(differences(before, await world.snapshot())).toEqual([]);
  });

  test('that a page needs is missed among all the others', async () => {
    await everyTrial(allBut, async (trial) => expectRefused(trial, await holderOf(trial)));
  });

  test('that a page needs is enough', async () => {
    const missing = missingThings();
    await everyTrial(justEnough, async (trial) => {
      const { side, rights, routes } = trial;
      const expected = (route: string) => {
        if (!isThere(route, side) || route.includes(':draft')) return [404];
        // A file or an archive is its uploader's alone: the officer's, or the vendor's member's.
        if (side === 'own' && /:(?:upload|archive)/u.test(route)) return [404];
        if (!isPost({ route })) return [200, 409];
        return idsOf(route).length > 0 ? [404] : [200, 303, 409, 422];
      };
      const caller = await holderOf(trial);
      const seen = await oneByOne(routes, async (route) => {
        const things = isPost({ route })
          ? { ...thingsFor(side), ...missingIds(route, missing) }
          : thingsFor(side);
        const { status } = await onBusiness({ route, side, caller, things });
        return [route, side, expected(route).includes(status) ? expected(route) : status];
      });
      expect([rights, seen]).toEqual([rights, routes.map((route) => [route, side, expected(route)])]);
    });
  });

  test('is every right for an officer, and each form filled in here does what it is for', async () => {
    const missing = missingThings();
    const seen = await oneByOne(SIDED, async ({ route, side, needs }) => {
      const asked = { route, side, caller: callerOn(side) };
      const things = isPost({ route }) && needs.length > 0 ? await unused(route, side) : thingsFor(side);
      filling = { ...filling, version: await contactVersion(), shown: await shownOn({ ...asked, things }) };
      const { status } = await onBusiness({ ...asked, things });
      const none =
        idsOf(route).length > 0 ? (await onBusiness({ ...asked, things: missing })).status : undefined;
      return [route, side, status, none];
    });
    const expected = SIDED.map(({ route, side, needs }) => {
      const refused = needs.length === 0 ? 403 : isThere(route, side) ? undefined : 404;
      const done = ANSWERS[route] ?? (isPost({ route }) ? 303 : 200);
      const none = idsOf(route).length > 0 ? (refused ?? 404) : undefined;
      return [route, side, refused ?? done, none];
    });
    expect(seen).toEqual(expected);
  }, 90_000);
});

/** The ids of the route alone. */
function missingIds(route: string, missing: Things): Partial<Things> {
  const ids = new Set(Object.values(parametersOf(route, missing)));
  return Object.fromEntries(Object.entries(missing).filter(([, id]) => ids.has(id)));
}

const fresh: { readonly side: Side; readonly things: Things; readonly used: Set<string> }[] = [];

/** Things of which no other route has used those that this one names. */
async function unused(route: string, side: Side): Promise<Things> {
  const isUnused = ({ things, used }: { things: Things; used: Set<string> }) =>
    !Object.values(parametersOf(route, things)).some((id) => used.has(id));
  let found = fresh.find((one) => one.side === side && isUnused(one));
  if (found === undefined) {
    const things = await world.things(world.a, side === 'own' ? 'business' : 'vendor');
    found = { side, things, used: new Set() };
    fresh.push(found);
  }
  for (const id of Object.values(parametersOf(route, found.things))) found.used.add(id);
  return found.things;
}

/** What the page of a form says that it has shown; of pages that say nothing of the kind, `none`. */
async function shownOn(asked: OnBusiness): Promise<string> {
  const route = asked.route.replace('POST', 'GET').replace(/(?<=:recorded)\/record$/u, '');
  const page = route in BUSINESS_ROUTES ? (await onBusiness({ ...asked, route })).text : '';
  return /name="shown" value="([^"]+)"/u.exec(page)?.[1] ?? 'none';
}

async function contactVersion(): Promise<string> {
  const [row] = await world.fixtures.rows<{ version: number }>(
    'select version from contact_details where business_id = $1',
    [world.a.business.id],
  );
  return String(row?.version);
}

// What belongs to others ----------------------------------------------------------------------------------------------------

/** Routes with an id that somebody of that side may get to. */
const withIds = (side: Side) =>
  SIDED.filter((one) => one.side === side && one.needs.length > 0 && idsOf(one.route).length > 0);

const linesOf = ({ line, shippedLine, uploadRequest }: Things) => ({ line, shippedLine, uploadRequest });
const ordersOf = ({ order, shippedOrder, unsentOrder }: Things) => ({ order, shippedOrder, unsentOrder });
const uploadsOf = ({ upload }: Things) => ({ upload });
const rowsOf = ({ uploadRow }: Things) => ({ uploadRow });
const archivesOf = ({ photoArchive }: Things) => ({ photoArchive });
const filesOf = ({ photoFile }: Things) => ({ photoFile });
const threadsOf = ({ thread }: Things) => ({ thread });
const attachmentsOf = ({ attachment }: Things) => ({ attachment });

/** For a route with two ids, what each of them may name alone. */
function partsOf(route: string): ((things: Things) => Partial<Things>)[] {
  if (route.includes(':archive')) return [archivesOf, filesOf];
  if (route.includes(':thread')) return [threadsOf, attachmentsOf];
  return route.includes(':upload') ? [uploadsOf, rowsOf] : [linesOf, ordersOf];
}

describe("another's thing", () => {
  /** Asks for each thing and for one that does not exist: the answers must be the same in all but the id. */
  async function expectMissing(
    side: Side,
    caller: Caller,
    foreign: Things,
    headers = {},
    wanted: (route: string) => boolean = () => true,
  ): Promise<void> {
    const mine = thingsFor(side);
    const missing = missingThings();
    const routes = withIds(side).filter(({ route }) => wanted(route));
    const pairs = routes.flatMap(({ route }) => {
      const both = { route, theirs: foreign, nobodys: missing };
      if (idsOf(route).length === 1) return [both];
      // A line of another order, and an order that the line is not of; so too for a row and its file.
      return [
        both,
        ...partsOf(route).map((some) => ({
          route,
          theirs: { ...mine, ...some(foreign) },
          nobodys: { ...mine, ...some(missing) },
        })),
      ];
    });
    const before = await world.snapshot();
    const seen = await inTurns(pairs, async ({ route, theirs, nobodys }) => {
      const asked = { route, side, caller, headers };
      const answer = await onBusiness({ ...asked, things: theirs });
      expect(answer).toEqual(await onBusiness({ ...asked, things: nobodys }));
      return [route, answer.status];
    });
    expect(seen).toEqual(pairs.map(({ route }) => [route, 404]));
    expect(differences(before, await world.snapshot())).toEqual([]);
  }

  test('is to an officer of another business as one that does not exist, also for a program', async () => {
    await expectMissing('own', world.officer, others, { Accept: 'application/json' });
  });

  test('is so also to an officer of both businesses, at the address of the other', async () => {
    await expectMissing('own', world.officerOfBoth, others);
  });

  test.each([
    ['the business made itself', () => own],
    ['another vendor made', () => otherVendors],
    ['the vendor made for another customer', () => vendorsElsewhere],
  ])("is to a vendor's member as one that does not exist: what %s", async (_, foreign) => {
    // A worker is of nobody's making: who sees the list of workers sees them all.
    await expectMissing('vendor', world.member, foreign(), {}, (route) => !route.includes('/:worker/'));
  });

  test.each([
    ['own', 'unit'],
    ['vendor', 'unit'],
    ['own', 'worker'],
    ['vendor', 'worker'],
  ] as const)('is so too on the %s side where the mandate is for another %s', async (side, of) => {
    const { fixtures, a } = world;
    const scope = {
      units: of === 'unit' ? [a.business.otherUnit] : null,
      workers: of === 'worker' ? [own.worker] : null,
    };
    const person = await fixtures.person('Bare Ellers');
    await fixtures.personMandate(a.business, person, a.officer, grantable('own'), scope);
    await fixtures.rows('update mandates set units = $2, workers = $3 where id = $1', [
      a.vendor.mandateId,
      scope.units,
      scope.workers,
    ]);
    const caller = side === 'own' ? await world.caller(person) : world.member;
    // A vendor sees the orders that it made; for other workers they have no lines.
    const reached =
      side === 'vendor' && of === 'worker' ? /:(?:card|line|photo)/u : /:(?:card|invoice|order|photo)/u;
    const listed = (route: string) => of === 'unit' && route.includes('/:worker/');
    await expectMissing(side, caller, thingsFor(side), {}, (route) => reached.test(route) || listed(route));
  });

  /** Where ids stand in a query or in a form: one of them another's, the rest one's own. */
  const within: readonly (readonly [
    route: string,
    kind: Kind,
    asked: (foreign: string) => Pick<OnBusiness, 'query' | 'fields'>,
  ])[] = [
    ['GET /business/access/people/invite', 'worker', (worker) => ({ query: { worker } })],
    ['GET /orders/new', 'unit', (unit) => ({ query: { unit } })],
    ['GET /orders/new', 'worker', (worker) => ({ query: { unit: own.unit, worker } })],
    ['GET /orders/new/confirm', 'unit', (unit) => ({ query: { key: KEY, unit, worker: own.worker } })],
    ['GET /orders/new/confirm', 'worker', (worker) => ({ query: { key: KEY, unit: own.unit, worker } })],
    ['GET /orders/offer', 'vendorMandate', (mandate) => ({ query: { mandate, unit: own.unit } })],
    ['GET /orders/offer', 'unit', (unit) => ({ query: { mandate: own.vendorMandate, unit } })],
    ['POST /business/access/people/invite', 'worker', (worker) => inForm({ worker })],
    ['POST /business/access/vendors/:holder', 'unit', (units) => inForm({ scope: 'some', units })],
    ['POST /business/vendor/customers/:mandate', 'person', (people) => inForm({ people })],
    ['POST /business/vendor/members/new', 'worker', (worker) => inForm({ worker })],
    ['POST /orders/new/confirm', 'unit', (unit) => inForm({ key: KEY, unit })],
    ['POST /orders/new/confirm', 'worker', (worker) => inForm({ key: KEY, worker })],
    ['POST /orders/offer', 'vendorMandate', (mandate) => inForm({ mandate })],
    ['POST /orders/offer', 'unit', (unit) => inForm({ unit })],
    ['POST /orders/offer', 'worker', (worker) => inForm({ worker })],
  ];
  const inForm = (fields: Fields) => ({ fields });

  test.each(within)('is not reached through the query or form of %s: %s', async (route, kind, asked) => {
    const before = await world.snapshot();
    const ask = async (id: string) => {
      const { query = {}, fields } = asked(id);
      const filled = { ...FORMS[route]?.(own, filling, 'own'), ...fields };
      const asking = { route, side: 'own', caller: world.officerOfBoth, things: own, query } as const;
      return onBusiness({ ...asking, fields: filled, ids: { [kind]: id } });
    };
    expect(await ask(others[kind])).toEqual(await ask(missingThings()[kind]));
    const changed = differences(before, await world.snapshot());
    // One's own workers are shown beside.
    expect(changed.filter((table) => table !== 'disclosures')).toEqual([]);
  });
});

const KEY = '01980000-0000-7000-8000-0000000000aa';

// Hostile requests ------------------------------------------------------------------------------------------------------------

/** What may stand in an address where an id should, as it is written there. */
const NO_IDS: readonly string[] = [
  'no-id',
  'x'.repeat(10_000),
  '%F0%9F%92%A9',
  '%00',
  '%0d%0aSet-Cookie:%20a=b',
  '%2e%2e%2f%2e%2e',
  '%ff',
  '01980000-0000-7000-8000-000000000000%0a',
];

/** What pages read of a query. */
const READ_FROM_QUERIES: readonly string[] = [
  ...[
    'before',
    'code',
    'done',
    'error',
    'iss',
    'key',
    'mandate',
    'page',
    'q',
    'return',
    'search',
    'sid',
    'state',
    'step',
  ],
  ...['unit', 'worker'],
];

const HOSTILE_TEXTS: readonly (readonly [what: string, text: string])[] = [
  ['NUL', '\0'],
  ['20,000 characters', 'x'.repeat(20_000)],
  ['a number that no table holds', '99999999999'],
];

const outsideBusinesses = (method: string) =>
  Object.keys(ROUTES).filter((route) => route.startsWith(`${method} `));

describe('a hostile request', () => {
  test('of nobody who is logged in is not read: however much is sent to a business, the answer is to log in', async () => {
    const megabyte = new Uint8Array(1_000_000);
    let read = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (stream) => {
        read += 1;
        if (read > 50) stream.close();
        else stream.enqueue(megabyte);
      },
    });
    const headers = { 'Content-Type': 'multipart/form-data; boundary=x', 'Sec-Fetch-Site': 'same-origin' };
    const address = `${world.origin}/b/${numbers.a}/orders/file/x/photos`;
    const answer = await world.fetch(new Request(address, { method: 'POST', headers, body, duplex: 'half' }));
    expect(answer.status).toBe(303);
    expect(answer.headers.get('Location')).toBe('/login?return=%2Fbusinesses');
    // A stream fills itself up by one before anybody reads it.
    expect(read).toBeLessThanOrEqual(1);
  });

  test('with no id where there should be one finds nothing', async () => {
    const before = await world.snapshot();
    const asked = (['own', 'vendor'] as const).flatMap((side) =>
      withIds(side).flatMap(({ route }) =>
        idsOf(route).flatMap((name) => {
          const real = parametersOf(route, thingsFor(side))[name] ?? '';
          const upper = name === 'holder' ? [] : [real.toUpperCase()];
          // Before a cancel, a step up from its line is the address of its order.
          const up = name === 'line' ? [] : ['%2e%2e'];
          const written = side === 'own' ? NO_IDS : ['no-id', '%00'];
          return [...written, ...upper, ...up].map((id) => ({ route, side, name, id }));
        }),
      ),
    );
    const shown = (id: string) => id.slice(0, 50);
    const seen = await inTurns(asked, async ({ route, side, name, id }) => {
      const asking = { route, side, caller: callerOn(side), things: thingsFor(side) };
      const answer = await onBusiness({ ...asking, written: { [name]: id } });
      return [route, side, name, shown(id), answer.status, lacks(answer, [notFound.title])];
    });
    expect(seen).toEqual(asked.map(({ route, side, name, id }) => [route, side, name, shown(id), 404, []]));
    expect(differences(before, await world.snapshot())).toEqual([]);
  });

  test('with no number where a business or a vendor should be finds nothing', async () => {
    const inBusiness = ['GET /b/:business', 'GET /b/:business/orders', 'POST /b/:business/orders/offer'];
    const inVendor = ['GET /b/:business/by/:vendor/orders', 'POST /b/:business/by/:vendor/orders/offer'];
    const asked = NO_IDS.flatMap((id) => [
      ...[...inBusiness, ...inVendor].map((route) => ({ route, business: id, vendor: numbers.vendor })),
      ...inVendor.map((route) => ({ route, business: numbers.a, vendor: id })),
    ]);
    const seen = await inTurns(asked, async ({ route, ...parameters }) => {
      const answer = await world.ask({ route, parameters, caller: world.officer });
      return [route, parameters, answer.status, lacks(answer, [notFound.title])];
    });
    expect(seen).toEqual(asked.map(({ route, ...parameters }) => [route, parameters, 404, []]));
  });

  test.each(HOSTILE_TEXTS)('with %s all over its query is answered', async (_, text) => {
    const query = Object.fromEntries(READ_FROM_QUERIES.map((name) => [name, text]));
    // As if on the way back from a login.
    const headers = { Cookie: `${world.officer.cookie}; __Host-login=x` };
    const gets = SIDED.filter((sided) => sided.side === 'own' && !isPost(sided));
    const asked = [
      ...gets.map((sided) => () => onBusiness({ ...sided, caller: world.officer, things: own, query })),
      ...outsideBusinesses('GET').map((route) => () => world.ask({ route, query, headers })),
      () => world.ask({ route: 'GET /logout/frontchannel', query: { ...query, iss: world.issuer } }),
    ];
    const statuses = await inTurns(asked, async (ask) => (await ask()).status);
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
  });

  test.each(HOSTILE_TEXTS)('with %s in one field of a form after another is answered', async (_, text) => {
    const asked = SIDED.filter((sided) => sided.side === 'own' && isPost(sided)).flatMap(({ route }) => {
      const fields = FORMS[route]?.(own, filling, 'own') ?? {};
      return Object.keys(fields).map((name) => ({ route, name, fields: { ...fields, [name]: text } }));
    });
    const seen = await inTurns(asked, async ({ route, name, fields }) => {
      const answer = await onBusiness({ route, side: 'own', caller: world.officer, things: own, fields });
      return [route, name, answer.status < 500];
    });
    expect(seen).toEqual(asked.map(({ route, name }) => [route, name, true]));
  });

  test('by another method finds nothing, and by HEAD gets what GET gets but for the page', async () => {
    const before = await world.snapshot();
    const paths = [...new Set(Object.keys(BUSINESS_ROUTES).map((route) => route.split(' ')[1] ?? ''))];
    const asked = paths.flatMap((path) =>
      ['PUT', 'OPTIONS', 'PROPFIND'].map((method) => `${method} ${path}`),
    );
    const headers = { 'X-CSRF-Token': world.officer.csrf };
    const asking = { side: 'own', things: own } as const;
    const seen = await inTurns(asked, async (route) => {
      const answer = await onBusiness({ ...asking, route, caller: world.officer, headers });
      return [route, answer.status, lacks(answer, [notFound.title])];
    });
    expect(seen).toEqual(asked.map((route) => [route, 404, []]));
    const gets = Object.keys(BUSINESS_ROUTES).filter((route) => !isPost({ route }));
    await inTurns(gets, async (route) => {
      for (const caller of [undefined, world.officer]) {
        const get = await onBusiness({ ...asking, route, caller });
        const head = await onBusiness({ ...asking, route: route.replace('GET', 'HEAD'), caller });
        expect([route, head]).toEqual([route, { ...get, text: '' }]);
      }
    });
    const changed = differences(before, await world.snapshot());
    expect(changed.filter((table) => table !== 'disclosures')).toEqual([]);
  });

  test.each([
    ['that is no form', 'text/plain', () => 'x', 'badRequest'],
    ['in parts that do not end', 'multipart/form-data; boundary=x', () => '--x\r\nContent-', 'badRequest'],
    [
      'longer than its form can be',
      'application/x-www-form-urlencoded',
      (route: string) =>
        'x'.repeat(
          /\/(?:document|photo|verify|vendor-invoices\/new)$|\/messages\/(?::thread|threads\/:thread|new|templates|dispatches)$/u.test(
            route,
          )
            ? 11_000_001
            : route === 'POST /report'
              ? 16_000_001
              : route === 'POST /orders/file'
                ? 21_000_001
                : route.endsWith('/photos')
                  ? 101_000_001
                  : 1_000_001,
        ),
      'tooLarge',
    ],
  ] as const)('with a body %s is refused in words', async (_, type, bodyOf, problem) => {
    const before = await world.snapshot();
    const headers = { 'Content-Type': type, 'X-CSRF-Token': world.officer.csrf };
    const asking = { caller: world.officer, headers };
    // A script may send no form where there is nothing to fill in.
    const fill = (route: string) => Object.keys(FORMS[route]?.(own, filling, 'own') ?? {}).length > 0;
    const routes = Object.keys(FORMS).filter(fill);
    const takesNone = [
      'POST /logout',
      'POST /profile/sessions/end',
      'POST /profile/messages/read',
      'POST /invitations/:token',
      'POST /access-requests/:request/withdraw',
      'POST /logout/backchannel',
      'POST /appointments/:token',
      'POST /checker/:appointment/records/:record/seize',
      'POST /my-uploads/:request/confirm',
      'POST /u/:secret/confirm',
      'POST /staff/appointments/:appointment/confirm',
      'POST /staff/appointments/:appointment/end',
      'POST /staff/messages/templates/:template/remove',
    ];
    const outside = outsideBusinesses('POST').filter((route) => !takesNone.includes(route));
    const seen = [
      ...(await inTurns(routes, async (route) => {
        return onBusiness({ ...asking, route, side: 'own', things: own, body: bodyOf(route) });
      })),
      ...(await inTurns(outside, (route) => world.ask({ ...asking, route, body: bodyOf(route) }))),
    ];
    const answered = (answer: Answer) => [answer.status, lacks(answer, [webWords.problem[problem].title])];
    const expected = [problem === 'tooLarge' ? 413 : 400, []];
    const asked = [...routes, ...outside];
    expect(seen.map((answer, index) => [asked[index], ...answered(answer)])).toEqual(
      asked.map((route) => [route, ...expected]),
    );
    expect(differences(before, await world.snapshot())).toEqual([]);
  });
});
