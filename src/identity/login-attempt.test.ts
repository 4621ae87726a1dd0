import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { saveLoginAttempt, takeLoginAttempt } from './records.ts';

let world: SmallWorld;
beforeAll(async () => {
  world = await startSmallWorld();
});
afterAll(() => world.stop());

const secret = randomBytes(32).toString('base64url');
const attempt = {
  state: 'state',
  nonce: 'nonce',
  codeVerifier: 'verifier',
  purpose: 'login',
  returnPath: `/invitations/${secret}`,
} as const;

test('where a login leads back to may be a single-use link: nobody reads it in the table', async () => {
  const browser = randomBytes(32);
  await saveLoginAttempt(world, browser, attempt, null);
  const [row] = await world.rows<{ text: string }>('select t::text as text from login_attempts t');
  expect(row?.text).toContain('nonce');
  expect(row?.text).not.toContain(secret);
  expect(row?.text).not.toContain('invitations');
  expect(await takeLoginAttempt(world, randomBytes(32), 'state')).toBeUndefined();
  expect(await takeLoginAttempt(world, browser, 'state')).toEqual(attempt);
  expect(await takeLoginAttempt(world, browser, 'state')).toBeUndefined();
});
