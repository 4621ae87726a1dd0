import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashToken, openSession } from '../src/identity/index.ts';
import { uuidv7 } from '../src/kernel/ids.ts';
import { csrfToken } from '../src/web/security.ts';
import { people } from '../stand-ins/world.ts';
import { startWorld, type World } from './support/world.ts';

/**
 * Who gets further than the door of a route. `business` is for those whom the database finds in the business of the
 * path: everyone else is answered as if it did not exist.
 */
type Reach = 'public' | 'signed-in' | 'business';

/** Every route of the application, outside businesses. A route that stands nowhere fails the tests. */
const ROUTES: Readonly<Record<string, Reach>> = {
  'GET /': 'public',
  'GET /assets/*': 'public',
  'GET /b/:business': 'signed-in',
  'GET /businesses': 'signed-in',
  'POST /businesses': 'signed-in',
  'GET /c/:token': 'public',
  'GET /check': 'public',
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
  'GET /profile': 'signed-in',
  'POST /profile/sessions/end': 'signed-in',
  'GET /readyz': 'public',
};

/** Every page of a business; each is there a second time for a vendor that acts for it. */
const BUSINESS_ROUTES: readonly string[] = [
  'GET /business/access',
  'GET /business/access/invitations/:invitation',
  'GET /business/access/mandate-drafts/:draft',
  'GET /business/access/mandates/:mandate',
  'GET /business/access/mandates/:mandate/narrow',
  'GET /business/access/mandates/:mandate/remove',
  'GET /business/access/mandates/:mandate/widen',
  'GET /business/access/people',
  'GET /business/access/people/drafts/:draft',
  'GET /business/access/people/invite',
  'GET /business/access/vendor-drafts/:draft',
  'GET /business/access/vendors',
  'GET /business/access/vendors/:holder',
  'GET /business/contact',
  'GET /business/contact/change',
  'GET /business/vendor',
  'GET /business/vendor/customers/:mandate',
  'GET /business/vendor/members/new',
  'GET /business/vendor/profile',
  'GET /cards',
  'GET /cards/:card',
  'GET /cards/:card/block',
  'GET /cards/:card/picture.svg',
  'GET /cards/:card/qr.svg',
  'GET /orders',
  'GET /orders/:order',
  'GET /orders/:order/approve',
  'GET /orders/:order/cancel',
  'GET /orders/:order/lines/:line/cancel',
  'GET /orders/:order/lines/:line/photo',
  'GET /orders/new',
  'GET /orders/new/confirm',
  'GET /orders/new/look-up',
  'GET /orders/offer',
  'GET /orders/offer/:offer/withdraw',
  'GET /photos/:photo',
  'GET /photos/:photo/thumbnail',
  'GET /profile',
  'POST /business/access/drafts/:draft/ask',
  'POST /business/access/invitations/:invitation',
  'POST /business/access/invitations/:invitation/withdraw',
  'POST /business/access/mandate-drafts/:draft',
  'POST /business/access/mandates/:mandate/narrow',
  'POST /business/access/mandates/:mandate/remove',
  'POST /business/access/mandates/:mandate/widen',
  'POST /business/access/people/drafts/:draft',
  'POST /business/access/people/invite',
  'POST /business/access/vendor-drafts/:draft',
  'POST /business/access/vendors/:holder',
  'POST /business/contact/change',
  'POST /business/contact/confirm',
  'POST /business/vendor/customers/:mandate',
  'POST /business/vendor/invitations/:invitation/confirm',
  'POST /business/vendor/invitations/:invitation/withdraw',
  'POST /business/vendor/members/:member/remove',
  'POST /business/vendor/members/new',
  'POST /business/vendor/profile',
  'POST /cards/:card/block',
  'POST /orders/:order/approve',
  'POST /orders/:order/cancel',
  'POST /orders/:order/lines/:line/cancel',
  'POST /orders/:order/lines/:line/photo',
  'POST /orders/new/confirm',
  'POST /orders/new/look-up',
  'POST /orders/offer',
  'POST /orders/offer/:offer/withdraw',
];

interface Caller {
  readonly cookie: string;
  readonly csrf: string;
}

let world: World;
let stranger: Caller;

beforeAll(async () => {
  world = await startWorld({ jobs: false });
  stranger = await callerOf(people.skinnendeSape);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

async function callerOf(nationalId: string): Promise<Caller> {
  const { services } = firstApp();
  const login = {
    iss: world.standIns.idportenOrigin,
    sub: uuidv7(),
    sid: uuidv7(),
    pid: nationalId,
    acr: 'idporten-loa-high',
    authTime: new Date(),
  } as const;
  const opened = await openSession(services.identity, login, 'test');
  if (!opened.ok) throw new Error(opened.error);
  return {
    cookie: `__Host-session=${opened.value.secret}`,
    csrf: csrfToken(services.config.secrets.sessionSecret, { tokenHash: hashToken(opened.value.secret) }),
  };
}

function firstApp() {
  const [app] = world.apps;
  if (!app) throw new Error('No application.');
  return app;
}

function routes(): string[] {
  const found = firstApp()
    .routes.filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path}`);
  return [...new Set(found)].sort();
}

const businessRoutes = () => routes().filter((route) => /^[A-Z]+ \/b\/:business\/./u.test(route));

function fill(path: string, business: string): string {
  return path
    .replace(':business', business)
    .replace(':vendor', '310000035')
    .replaceAll(/:[a-z]\w*/giu, '01980000-0000-7000-8000-000000000000');
}

async function call(route: string, business: string, caller?: Caller, withToken = true): Promise<Response> {
  const [method = 'GET', path = '/'] = route.split(' ');
  const body =
    method === 'GET' ? {} : { body: new URLSearchParams(withToken ? { _csrf: caller?.csrf ?? '' } : {}) };
  const request = new Request(`${world.origin}${fill(path, business)}`, {
    method,
    redirect: 'manual',
    headers: {
      'Sec-Fetch-Site': 'same-origin',
      ...(caller === undefined ? {} : { Cookie: caller.cookie }),
    },
    ...body,
  });
  return firstApp().fetch(request);
}

describe('every route', () => {
  test('stands in the table', () => {
    const businessPages = BUSINESS_ROUTES.flatMap((route) => [
      route.replace(' /', ' /b/:business/'),
      route.replace(' /', ' /b/:business/by/:vendor/'),
    ]);
    expect(routes()).toEqual([...Object.keys(ROUTES), ...businessPages].sort());
  });

  test('of a signed-in person sends whoever has no session to the login', async () => {
    const inner = [
      ...businessRoutes(),
      ...Object.keys(ROUTES).filter((route) => ROUTES[route] === 'signed-in'),
    ];
    for (const route of inner) {
      const answer = await call(route, '310000019');
      expect([route, answer.status, answer.headers.get('location')?.split('?')[0]]).toEqual([
        route,
        303,
        '/login',
      ]);
    }
  });

  test('of a business answers a stranger exactly as for a business that does not exist', async () => {
    for (const route of businessRoutes()) {
      const theirs = await call(route, '310000019', stranger);
      const missing = await call(route, '310000337', stranger);
      expect([route, theirs.status]).toEqual([route, 404]);
      expect([route, missing.status]).toEqual([route, 404]);
      expect(await theirs.text()).toBe(await missing.text());
    }
  });

  test('that changes something refuses a form without the token of its session, and does nothing', async () => {
    const before = await world.rows('select count(*)::int as n from audit_entries');
    const posts = routes().filter(
      (route) => route.startsWith('POST ') && route !== 'POST /logout/backchannel',
    );
    for (const route of posts) {
      const answer = await call(route, '310000094', stranger, false);
      expect([route, answer.status]).toEqual([route, 403]);
    }
    expect(await world.rows('select count(*)::int as n from audit_entries')).toEqual(before);
  });
});
