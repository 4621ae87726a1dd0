import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorld, type World } from '../tests/support/world.ts';
import { loadDemo } from './demo.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ demo: true, jobs: false });
}, 60_000);
afterAll(async () => {
  await world.stop();
});

/** Everything that the story leaves behind, in numbers. */
const counts = () =>
  world.rows(`select (select count(*)::int from vendor_profiles) as vendors,
    (select count(*)::int from vendor_members) as members, (select count(*)::int from mandates) as mandates,
    (select count(*)::int from mandate_assignments) as assignments, (select count(*)::int from invitations) as invitations,
    (select count(*)::int from worker_offers) as offers, (select count(*)::int from orders) as orders,
    (select count(*)::int from order_lines) as lines, (select count(*)::int from photos) as photos,
    (select count(*)::int from notices) as notices, (select count(*)::int from agreements) as agreements,
    (select count(*)::int from quotes) as quotes`);

test('x', async () => {
  console.log(await counts());
  const t = Date.now();
  await loadDemo(world.apps[0]!.services);
  console.log(Date.now() - t, await counts());
});
