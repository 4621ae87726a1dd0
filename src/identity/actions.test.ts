import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { type IdentityDeps, openSession } from './actions.ts';

let world: SmallWorld;
let officer: SmallPerson;
let deps: IdentityDeps;

beforeAll(async () => {
  world = await startSmallWorld();
  officer = await world.person('Våken Spurv', '15819049944');
  deps = {
    database: world.database,
    vault: world.vault,
    personRegister: () => Promise.resolve({ name: 'Våken Spurv', birthDate: '1990-01-15' }),
    refreshRegisters: () => Promise.resolve(),
    allowSynthetic: true,
    limits: { idleMinutes: 30, absoluteMinutes: 480 },
  };
}, 60_000);
afterAll(() => world.stop());

const logIn = (authTime: Date) =>
  openSession(
    deps,
    { iss: 'https://issuer.example', sub: 'x', pid: officer.nationalId, acr: 'idporten-loa-high', authTime },
    'test',
    { device: randomBytes(16).toString('hex') },
  );
const sessions = async () =>
  (await world.rows<{ count: number }>('select count(*)::int as count from sessions'))[0]?.count;

test('a login that the issuer remembers from before a denial opens nothing; one after it does', async () => {
  const before = new Date(Date.now() - 60_000);
  expect(await logIn(before)).toMatchObject({ ok: true });
  await world.rows(`update sessions set ended_at = now(), end_reason = 'denied' where person_id = $1`, [
    officer.id,
  ]);
  const open = await sessions();
  expect(await logIn(before)).toEqual({ ok: false, error: 'denied' });
  expect(await sessions()).toBe(open);
  expect(await logIn(new Date(Date.now() + 1000))).toMatchObject({ ok: true });
});
