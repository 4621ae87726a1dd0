import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type SmallPerson,
  type SmallWorld,
  startMailServer,
  startSmallWorld,
  type TestMailServer,
} from '../../tests/support/small-world.ts';
import { startWorker } from '../jobs/index.ts';
import { addDays, osloToday } from '../kernel/dates.ts';
import { ok } from '../kernel/result.ts';
import type { MessageDeps } from '../messages/actions.ts';
import { createMessageTasks, createNotify, createSendMail } from '../messages/index.ts';
import { acceptInvitation, proposeInvitation, sendInvitation } from './invitations.ts';

const BUSINESS = '310000019';

let world: SmallWorld;
let mail: TestMailServer;
let officer: SmallPerson;
let guest: SmallPerson;
const logged: unknown[] = [];
const write = (fields: object, message: string) => logged.push(fields, message);
const log = { debug: write, info: write, warn: write, error: write };

beforeAll(async () => {
  [world, mail] = await Promise.all([startSmallWorld(), startMailServer()]);
  officer = await world.person('Våken Spurv', '15819049944');
  guest = await world.person('Frem Med', '15819049946');
  await world.officer(await world.business(BUSINESS, 'BLÅ HAMMER AS'), officer);
});
afterAll(async () => {
  await Promise.all([world.stop(), mail.stop()]);
});

/** Every row of every table, the queue's included, as text. */
async function everythingStored(): Promise<string> {
  const tables = await world.rows<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('public', 'graphile_worker') and table_type = 'BASE TABLE'`,
  );
  expect(tables.length).toBeGreaterThan(30);
  const texts = [];
  for (const { name } of tables) {
    const found = await world.rows<{ text: string }>(`select t::text as text from ${name} t`);
    texts.push(...found.map(({ text }) => text));
  }
  return texts.join('\n');
}

async function invite(): Promise<void> {
  const deps = {
    database: world.database,
    notify: createNotify(world),
    publicOrigin: 'https://kortvakt.example',
  };
  const draft = await proposeInvitation(deps, officer.acting(BUSINESS), {
    invited: {
      workerId: null,
      name: 'Frem Med',
      email: 'frem@regnskap.example',
      tieReason: 'Our accountant',
    },
    proposal: {
      rights: ['cards.read'],
      units: null,
      workers: null,
      firstDay: null,
      lastDay: addDays(osloToday(new Date()), 30),
      purpose: 'Accounts',
      limits: { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null },
    },
  });
  if (!draft.ok) throw new Error(JSON.stringify(draft.error));
  expect((await sendInvitation(deps, officer.acting(BUSINESS), draft.value)).ok).toBe(true);
}

async function deliver(): Promise<void> {
  const deps: MessageDeps = {
    database: world.database,
    vault: world.vault,
    registers: { krr: { contacts: () => Promise.resolve(ok([])) } },
    contactAddresses: () => Promise.resolve({ email: undefined, language: 'en' }),
    sendMail: createSendMail({ smtpUrl: mail.url, from: 'kortvakt@kortvakt.example' }),
    text: (_language, key, values) => `${key} ${values['link'] ?? ''}`,
    origin: 'https://kortvakt.example',
    log,
  };
  const officialAddresses = () => Promise.resolve(ok([]));
  const tasks = createMessageTasks({ ...deps, officialAddresses, readDays: 14 });
  const worker = await startWorker({ connectionString: world.urls.jobs, tasks, logger: log });
  try {
    await expect.poll(() => mail.received.length).toBe(1);
    await expect.poll(() => world.rows(`select state from notice_deliveries`)).toEqual([{ state: 'sent' }]);
  } finally {
    await worker.stop();
  }
}

test('the link of an invitation stands in the e-mail alone: not in a table, not in a job, not in a log', async () => {
  await invite();
  const before = await everythingStored();
  expect(before).toContain('frem@regnskap.example');
  await deliver();
  const after = await everythingStored();
  const [letter] = mail.received;
  const token = /\/invitations\/([\w-]{40,})/u.exec(letter?.text ?? '')?.[1] ?? '';
  expect(token).toMatch(/^[\w-]{43}$/u);
  for (const stored of [before, after, JSON.stringify(logged)]) expect(stored).not.toContain(token);
  expect(await acceptInvitation(world, guest.tokenHash, token)).toBe('accepted');
});

test('what was encrypted for an e-mail is gone once that is sent', async () => {
  const [notice] = await world.rows(
    `select secrets_encrypted as secrets from notices where template = 'access:notice.invitation'`,
  );
  expect(notice).toEqual({ secrets: null });
});
