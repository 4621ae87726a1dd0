import { describe, expect, test } from 'vitest';
import { maxBodyBytes } from '../src/app.ts';
import webWords from '../src/web/nb.json' with { type: 'json' };
import type { Answer } from './support/route-caller.ts';
import { BUSINESS_ROUTES, FORMS, isPost, ROUTES, SIDED } from './support/route-table.ts';
import { numbers } from './support/route-world.ts';
import {
  differences,
  expectNothing,
  filling,
  inTurns,
  lacks,
  notFound,
  onBusiness,
  own,
  tryRoutes,
  world,
} from './support/tried-routes.ts';

tryRoutes();

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

/** Where a route is asked for, with the names of what is in it left in. */
const addressOf = (route: string): string =>
  `${route in ROUTES ? '' : '/b/310000019'}${route.split(' ')[1] ?? ''}`;

const outsideBusinesses = (method: string) =>
  Object.keys(ROUTES).filter((route) => route.startsWith(`${method} `));

describe('a hostile request', () => {
  test('with no id where there should be one finds nothing', async () => {
    await expectNothing((side, name, real) => [
      ...(side === 'own' ? NO_IDS : ['no-id', '%00']),
      ...(name === 'holder' ? [] : [real.toUpperCase()]),
      // Before a cancel, a step up from its line is the address of its order.
      ...(name === 'line' ? [] : ['%2e%2e']),
    ]);
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
      (route: string) => 'x'.repeat(maxBodyBytes(addressOf(route)) + 1),
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
      'POST /my-cards/phone/forget',
      'POST /my-phone/end',
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
