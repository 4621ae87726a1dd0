import { execFileSync } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../src/database/project-root.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { createReturnAddresses } from '../../src/messages/index.ts';
import { draw, type KilledServer, startKilledServer } from '../support/killed-server.ts';
import { freePort, temporaryFolder } from '../support/kortvakt-process.ts';
import { startWorld, type World } from '../support/world.ts';

const SEED = Number(process.env['FAULTS_SEED'] ?? '20261128');
const KILLS = 10;
const MAIL_KILLS = 5;
const NOTICES = 1000;
const IN_ONE_TRANSACTION = 20;
/** What the mail server takes to answer, once it has a mail: most deaths are to come between the two. */
const ANSWER_MS = 40;
/** From the mail server's answer until it is committed that a mail is sent. */
const NOTED_MS = 1000;
const READ_MS = 200;
const BOUNCE_DOMAIN = 'bounces.kortvakt.example';

let world: World;
let place: ReturnType<typeof temporaryFolder>;
let mail: MortalMailServer;
let server: KilledServer;
beforeAll(async () => {
  execFileSync(process.execPath, [join(projectRoot, 'scripts/build.js')]);
  place = temporaryFolder();
  world = await startWorld({ jobs: false });
  mail = await startMortalMailServer();
  server = await startKilledServer(
    {
      ...world.environment,
      SMTP_URL: `smtp://127.0.0.1:${String(mail.port)}`,
      BOUNCE_DOMAIN,
      BOUNCE_PORT: '0',
    },
    place.folder,
  );
}, 120_000);
afterAll(async () => {
  await server.stop();
  await mail.kill();
  place.remove();
  await world.stop();
});

// A mail server that dies ---------------------------------------------------------------------------------------------

/** One mail that the server had in full, whatever became of its answer. */
interface Copy {
  readonly messageId: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly at: number;
  /** When it said yes; undefined when it died before. */
  answeredAt?: number;
}

interface MortalMailServer {
  readonly port: number;
  /** Every mail that it ever had, the oldest first. */
  readonly copies: readonly Copy[];
  /** Cuts every connection off at once and listens no more. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** As a call, since the signal changes while the compiler believes what it last saw. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

async function startMortalMailServer(): Promise<MortalMailServer> {
  const port = await freePort();
  const copies: Copy[] = [];
  let kill = (): Promise<void> => Promise.resolve();
  const start = async () => {
    const life = new AbortController();
    const sockets = new Set<Socket>();
    const smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      logger: false,
      closeTimeout: 200,
      onData: (stream, { envelope }, answer) => {
        const taken = simpleParser(stream).then(async ({ messageId = '' }) => {
          const copy: Copy = {
            messageId,
            from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
            to: envelope.rcptTo.map(({ address }) => address),
            at: Date.now(),
          };
          // Cut off in the middle is not taken, as a mail server sees it.
          if (isAborted(life.signal)) return;
          copies.push(copy);
          await sleep(ANSWER_MS);
          if (isAborted(life.signal)) return;
          copy.answeredAt = Date.now();
          answer();
        });
        // What is cut off in the middle cannot be read.
        taken.catch(() => undefined);
      },
    });
    smtp.on('error', () => undefined);
    smtp.server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((done) => smtp.listen(port, '127.0.0.1', done));
    kill = () => {
      life.abort();
      for (const socket of sockets) socket.resetAndDestroy();
      return new Promise((done) => {
        smtp.close(done);
      });
    };
  };
  await start();
  return { port, copies, start, kill: () => kill() };
}

// What is done meanwhile ----------------------------------------------------------------------------------------------

interface Progress {
  killed: number;
  /** When something died, as milliseconds since 1970. */
  readonly deaths: number[];
}

/** So many notices may be caused by now: it goes on as long as there are deaths to come, so that each meets some. */
const share = ({ killed }: Progress) => Math.ceil((NOTICES * (killed + 1)) / (KILLS + 1));

const addressOf = (number: number): string => `post${String(number)}@kunde.example`;

async function causeAll(progress: Progress): Promise<void> {
  const { database, notify } = world.apps[0]!.services;
  const [business] = await world.rows<{ id: string }>(
    `select id from businesses where organisation_number = '310000019'`,
  );
  for (let caused = 0; caused < NOTICES; caused += IN_ONE_TRANSACTION) {
    while (caused >= share(progress)) await sleep(20);
    await inTransaction(database, { kind: 'job', name: 'test' }, async (transaction) => {
      for (let number = caused; number < caused + IN_ONE_TRANSACTION; number += 1) {
        await notify(transaction, {
          template: 'messages:notice.arrived',
          parameters: { number: '310000019', link: '/b/310000019/business/messages' },
          businessId: business!.id,
          audience: 'address',
          extraAddresses: [addressOf(number)],
          language: 'nb',
        });
      }
    });
  }
}

async function killProcess(random: () => number, progress: Progress): Promise<void> {
  while (progress.killed < KILLS) {
    await sleep(150 + random() * 1200);
    await server.kill(() => progress.deaths.push(Date.now()));
    progress.killed += 1;
  }
}

async function killMail(random: () => number, progress: Progress): Promise<void> {
  for (let killed = 0; killed < MAIL_KILLS; killed += 1) {
    await sleep(2000 + random() * 3000);
    progress.deaths.push(Date.now());
    await mail.kill();
    await sleep(300 + random() * 700);
    await mail.start();
  }
}

/** Until nothing waits to be sent; what a killed process held is taken up within half a minute. */
async function untilQuiet(): Promise<void> {
  await expect
    .poll(
      async () =>
        (
          await world.rows<{ open: number }>(
            `select (select count(*) from notices where settled_at is null)::integer
               + (select count(*) from notice_deliveries where state = 'waiting')::integer as open`,
          )
        )[0]?.open,
      { timeout: 150_000, interval: 500 },
    )
    .toBe(0);
}

// What came of it -----------------------------------------------------------------------------------------------------

/** Whether something died while nobody could know yet that the first of the two had been taken. */
function excused(first: Copy, second: Copy, deaths: readonly number[]): boolean {
  const until = first.answeredAt === undefined ? second.at : first.answeredAt + NOTED_MS;
  // A mail that came just before a death may be read just after it.
  return deaths.some((death) => first.at - READ_MS <= death && death <= Math.min(second.at, until));
}

test(
  'mail server and process killed again and again, no notice is lost, and one is sent again only after a death before its answer',
  { timeout: 300_000 },
  async () => {
    const random = draw(SEED);
    const progress: Progress = { killed: 0, deaths: [] };
    await Promise.all([
      causeAll(progress),
      killProcess(random, progress),
      killMail(draw(SEED + 1), progress),
    ]);
    await untilQuiet();

    const rows = await world.rows<{ id: string; address: string; state: string; message_id: string }>(
      `select d.id, d.address, d.state, d.message_id from notice_deliveries d where d.address like 'post%@kunde.example'`,
    );
    expect(rows.map(({ address }) => address).sort()).toEqual(
      Array.from({ length: NOTICES }, (_, number) => addressOf(number)).sort(),
    );
    const returns = createReturnAddresses(world.apps[0]!.services.vault, BOUNCE_DOMAIN);
    const byAddress = Map.groupBy(mail.copies, ({ to }) => to.join());
    for (const { id, address, state, message_id: messageId } of rows) {
      expect(state).toBe('sent');
      const copies = byAddress.get(address) ?? [];
      // Taken in the end, and each time as the same mail, which comes back to this delivery.
      expect(copies.at(-1)?.answeredAt).toBeDefined();
      for (const copy of copies) expect(copy).toMatchObject({ messageId, to: [address] });
      for (const { from } of copies) expect(returns.read(from)).toBe(id);
      for (const [index, copy] of copies.slice(1).entries()) {
        expect(excused(copies[index]!, copy, progress.deaths), `twice to ${address}`).toBe(true);
      }
    }
    // Otherwise no death came between a mail and its answer, and nothing has been tried.
    expect(mail.copies.length).toBeGreaterThan(NOTICES);
  },
);
