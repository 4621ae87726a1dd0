import { afterAll, beforeAll, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import { fairVendor, giveVendorAccess, newSession } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const REQUESTS = 200;
const ACCESS = `/b/${organisations.blueHammer}/business/access`;
const LOOK_UP = `/b/${organisations.blueHammer}/by/${fairVendor.number}/orders/new/look-up`;

let world: World;
beforeAll(async () => {
  world = await startWorld({ apps: 2, jobs: false });
}, 60_000);
afterAll(async () => {
  await world.stop();
});

/** Somebody with a session, who sends forms as their browser would. */
class Caller {
  readonly #secret: string;
  #token = '';

  private constructor(secret: string) {
    this.#secret = secret;
  }

  static async at(page: string, nationalId: string): Promise<Caller> {
    const caller = new Caller(await newSession(world, nationalId));
    const answer = await fetch(`${world.origin}${page}`, { headers: caller.#headers() });
    caller.#token = /name="_csrf" value="([^"]+)"/u.exec(await answer.text())?.[1] ?? '';
    return caller;
  }

  async post(origin: string, path: string, fields: Readonly<Record<string, string>> = {}): Promise<number> {
    const answer = await fetch(`${origin}${path}`, {
      method: 'POST',
      headers: { ...this.#headers(), Origin: origin, 'Sec-Fetch-Site': 'same-origin' },
      body: new URLSearchParams({ ...fields, _csrf: this.#token }),
      redirect: 'manual',
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  #headers() {
    return { Cookie: `__Host-session=${this.#secret}` };
  }
}

async function countLookUps(): Promise<number> {
  const [row] = await world.rows<{ count: number }>('select count(*)::int as count from worker_look_ups');
  return row?.count ?? 0;
}

test('of two hundred requests on two processes, none does anything once a removal is answered', async () => {
  const { mandateId } = await giveVendorAccess(world, ['orders.place', 'orders.read']);
  const officer = await Caller.at(ACCESS, people.vakenSpurv);
  const member = await Caller.at(LOOK_UP, fairVendor.member);
  const worker = { number: people.ailuCahcesuolu, surname: 'Čáhcesuolu' };

  /** Look-ups that there were when the removal had been answered. */
  let lookUps = -1;
  const remove = async () => {
    expect(await officer.post(world.origin, `${ACCESS}/mandates/${mandateId}/remove`)).toBe(303);
    lookUps = await countLookUps();
  };
  const asked: { readonly afterwards: boolean; readonly answer: Promise<number> }[] = [];
  let removal: Promise<void> | undefined;
  while (asked.length < REQUESTS || asked.filter(({ afterwards }) => afterwards).length < REQUESTS / 10) {
    const origin = world.origins[asked.length % 2] ?? world.origin;
    asked.push({ afterwards: lookUps >= 0, answer: member.post(origin, LOOK_UP, worker) });
    // In the middle of them, on the first process, with requests waiting on both.
    if (asked.length === REQUESTS / 4) removal = remove();
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
  await removal;
  const answers = await Promise.all(
    asked.map(async ({ afterwards, answer }) => ({ afterwards, status: await answer })),
  );

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303, 403]));
  // What began after the removal was answered did nothing, and what was in flight had committed before it or was refused.
  expect(answers.filter(({ afterwards, status }) => afterwards && status !== 403)).toEqual([]);
  const done = answers.filter(({ status }) => status === 303).length;
  expect([lookUps, await countLookUps()]).toEqual([done, done]);
  expect(
    await world.rows(
      `select count(*) filter (where decision = 'allowed')::int as allowed, count(*) filter (where decision <> 'allowed')::int as refused
       from audit_entries where action = 'worker.looked-up'`,
    ),
  ).toEqual([{ allowed: done, refused: answers.length - done }]);
}, 60_000);
