import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import pg from 'pg';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { chainEntries } from './chain.ts';
import { writeCheckpoint } from './checkpoints.ts';
import { appendAudit } from './records.ts';
import { verifyAudit } from './verify.ts';

const ONE = '310000019';
const OTHER = '310000035';

let world: SmallWorld;
let boss: SmallPerson;
let directory: string;
let jwk: JWK;

beforeAll(async () => {
  jwk = await newKey();
});
beforeEach(async () => {
  world = await startSmallWorld();
  boss = await world.person('Dag Leder', '15819049944');
  for (const number of [ONE, OTHER])
    await world.officer(await world.business(number, `FIRMA ${number} AS`), boss);
  directory = await mkdtemp(join(tmpdir(), 'kortvakt-checkpoints-'));
});
afterEach(async () => {
  await world.stop();
  await rm(directory, { recursive: true, force: true });
});

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: 'test', alg: 'EdDSA' };
}

/** Appends entries in one transaction of an officer's. */
async function append(business: string, ...actions: string[]): Promise<void> {
  const { tokenHash } = boss;
  await inTransaction(world.database, { kind: 'session', tokenHash, business }, async (transaction) => {
    for (const action of actions) {
      await appendAudit(transaction, {
        action,
        decision: 'allowed',
        changes: { fields: ['email'], count: 12.5, nested: { å: 'Čáhcesuolu', a: null } },
        detail: { email: 'post@firma.example', lines: ['Storgata 1', ''] },
      });
    }
  });
}

const chain = () => chainEntries(world.database);
const checkpoint = () =>
  writeCheckpoint({ database: world.database, directory, signingJwk: jwk, now: () => new Date() });

async function verify(batch = 3): Promise<{ findings: string[]; entries: number; chains: number }> {
  const url = world.urls.superuser;
  const database = openDatabase({ request: url, check: url }, 1);
  const findings: string[] = [];
  try {
    const { entries, chains } = await verifyAudit({
      database: database.request,
      directory,
      jwk,
      batch,
      report: (finding) => findings.push(finding),
    });
    return { findings, entries, chains };
  } finally {
    await database.close();
  }
}

/** Statements of somebody who holds the database itself: no trigger, no key, no policy stands in the way. */
async function tamper(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: world.urls.superuser });
  await client.connect();
  try {
    await client.query("set session_replication_role = 'replica'");
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function aSoundLog(): Promise<void> {
  await append(ONE, 'a.one', 'a.two', 'a.three');
  await append(OTHER, 'b.one', 'b.two');
  await append(ONE, 'a.four');
  await chain();
  await checkpoint();
  await append(ONE, 'a.five');
  await chain();
}

const entry = (action: string) => `(select id from audit_entries where action = '${action}')`;

describe('the chain', () => {
  test('has every entry once, by business, and is found sound', async () => {
    await aSoundLog();
    expect(await verify()).toEqual({ findings: [], entries: 7, chains: 2 });
    expect(await world.rows('select * from audit_unchained')).toEqual([]);
    const positions = await world.rows<{ positions: number[] }>(
      `select array_agg(position::int order by position) as positions from audit_chain group by chain order by 1`,
    );
    expect(positions.map((row) => row.positions)).toEqual([
      [1, 2],
      [1, 2, 3, 4, 5],
    ]);
  });

  test('takes in what commits late, after others with a higher transaction number were chained', async () => {
    let finish = (): void => undefined;
    const held = new Promise<void>((done) => (finish = done));
    let appended = (): void => undefined;
    const isAppended = new Promise<void>((done) => (appended = done));
    const { tokenHash } = boss;
    const late = inTransaction(
      world.database,
      { kind: 'session', tokenHash, business: ONE },
      async (transaction) => {
        await appendAudit(transaction, { action: 'late', decision: 'allowed' });
        appended();
        await held;
      },
    );
    await isAppended;
    await append(OTHER, 'early');
    expect(await chain()).toBe(1);
    finish();
    await late;
    expect(await chain()).toBe(1);
    expect(await verify()).toEqual({ findings: [], entries: 2, chains: 2 });
  });

  test('is written by one process at a time, and in batches', async () => {
    await world.rows(
      `insert into audit_entries (recorded_at, actor_job, capacity, action, decision)
       select now(), 'test', 'job', 'bulk.' || n, 'allowed' from generate_series(1, 2500) n`,
    );
    const linked = await Promise.all([chain(), chain(), chain()]);
    expect(linked.reduce((sum, one) => sum + one, 0) + (await chain())).toBe(2500);
    expect(await verify(1000)).toEqual({ findings: [], entries: 2500, chains: 1 });
  });

  test('can be neither changed, nor cut, nor written outside its task, by the role that serves requests', async () => {
    await aSoundLog();
    const denied = /permission denied|row-level security/u;
    const attempts = [
      `update audit_entries set action = 'x'`,
      `delete from audit_entries`,
      `update audit_details set detail = '{}'`,
      `update audit_chain set position = 99`,
      `delete from audit_chain`,
      `insert into audit_chain (chain, position, entry_id, previous_hash, hash) select 'x', 1, uuidv7(), '', sha256(''::bytea)`,
    ];
    for (const job of ['orders.produce', 'audit.checkpoint']) {
      for (const attempt of attempts) {
        const client = new pg.Client({ connectionString: world.urls.request });
        await client.connect();
        try {
          await client.query('begin');
          await client.query('select context_open_job($1, null)', [job]);
          await expect(client.query(attempt)).rejects.toThrow(denied);
        } finally {
          await client.end();
        }
      }
    }
  });
});

describe('the verification finds', () => {
  test.each<[string, RegExp, () => string[]]>([
    [
      'an altered entry',
      /altered/u,
      () => [`update audit_entries set decision = 'refused' where action = 'a.two'`],
    ],
    ['a missing entry', /entry is missing/u, () => [`delete from audit_entries where action = 'a.two'`]],
    [
      'a missing entry whose link is gone too',
      /1 missing before position 3/u,
      () => [
        `delete from audit_chain where entry_id = ${entry('a.two')}`,
        `delete from audit_entries where action = 'a.two'`,
      ],
    ],
    [
      'links that changed places',
      /altered|does not follow/u,
      () => [
        `update audit_chain set position = 100 where entry_id = ${entry('a.two')}`,
        `update audit_chain set position = 2 where entry_id = ${entry('a.three')}`,
        `update audit_chain set position = 3 where entry_id = ${entry('a.two')}`,
      ],
    ],
    [
      'entries that changed places',
      /altered/u,
      () => [
        `update audit_chain c set entry_id = case when entry_id = ${entry('a.two')} then gen_random_uuid() else entry_id end`,
        `update audit_chain set entry_id = ${entry('a.two')} where entry_id = ${entry('a.three')}`,
      ],
    ],
    [
      'a cut tail',
      /tail is cut: it has 3 links, checkpoint 1 saw 4/u,
      () => [
        `delete from audit_chain where entry_id in (${entry('a.four')}, ${entry('a.five')})`,
        `delete from audit_entries where action in ('a.four', 'a.five')`,
      ],
    ],
    [
      'a chain that is gone altogether',
      /tail is cut: it has 0 links, checkpoint 1 saw 2/u,
      () => [
        `delete from audit_chain where entry_id in (${entry('b.one')}, ${entry('b.two')})`,
        `delete from audit_entries where action like 'b.%'`,
      ],
    ],
    [
      'a detail that says something else',
      /detail is not what was recorded/u,
      () => [`update audit_details set detail = '{"email":"x"}' where entry_id = ${entry('a.one')}`],
    ],
    [
      'an entry that was moved to another business',
      /another chain/u,
      () => [
        `update audit_entries set business_id = (select id from businesses where organisation_number = '${OTHER}')
         where action = 'a.one'`,
      ],
    ],
    [
      'an entry that was kept out of the chain',
      /in no chain/u,
      () => [
        `insert into audit_entries (recorded_at, actor_job, capacity, action, decision)
         values (now() - interval '2 minutes', 'x', 'job', 'slipped.in', 'allowed')`,
      ],
    ],
  ])('%s', async (_what, finding, statements) => {
    await aSoundLog();
    await tamper(...statements());
    expect((await verify()).findings.join('\n')).toMatch(finding);
  });

  test('a chain that was written anew from an altered entry on, with every hash right', async () => {
    await aSoundLog();
    await tamper(
      `update audit_entries set rule = 'forged' where action = 'a.three'`,
      `insert into audit_unchained select entry_id from audit_chain where position >= 3
         and chain = (select business_id::text from audit_entries where action = 'a.three')`,
      `delete from audit_chain where position >= 3`,
    );
    await chain();
    const { findings } = await verify();
    expect(findings).toEqual([expect.stringMatching(/position 4.*is not what checkpoint 1 saw/u)]);
  });

  test('nothing in a detail that was erased, as it may be', async () => {
    await aSoundLog();
    await tamper(`delete from audit_details where entry_id = ${entry('a.one')}`);
    expect((await verify()).findings).toEqual([]);
  });

  test('any change of any column of an entry', async () => {
    await aSoundLog();
    const uuid = fc.uuid().map((id) => `'${id}'::uuid`);
    const text = fc.stringMatching(/^[a-zå-ø .]{1,20}$/u).map((value) => `'${value}'`);
    const change = fc.oneof(
      fc.tuple(fc.constantFrom('actor_person_id', 'vendor_id', 'mandate_id', 'subject_id'), uuid),
      fc.tuple(
        fc.constantFrom('used_right', 'action', 'rule', 'subject_kind', 'capacity', 'actor_job'),
        text,
      ),
      fc.tuple(
        fc.constant('recorded_at'),
        fc.integer({ min: 1, max: 999_999 }).map((n) => `recorded_at + interval '${String(n)} microseconds'`),
      ),
      fc.tuple(
        fc.constant('changes'),
        text.map((value) => `changes || jsonb_build_object('count', ${value}::text)`),
      ),
      fc.tuple(fc.constant('transaction_id'), fc.constant(`'1'::xid8`)),
    );
    const client = new pg.Client({ connectionString: world.urls.superuser });
    await client.connect();
    try {
      await fc.assert(
        fc.asyncProperty(change, async ([column, value]) => {
          await client.query("set session_replication_role = 'replica'");
          await client.query(
            `create temporary table kept as select * from audit_entries where action = 'a.two'`,
          );
          const changed = await client.query(
            `update audit_entries set ${column} = ${value} where action = 'a.two' and ${column} is distinct from ${value}`,
          );
          fc.pre(changed.rowCount === 1);
          const { findings } = await verify(100);
          await client.query('delete from audit_entries where id = (select id from kept)');
          await client.query('insert into audit_entries select * from kept');
          await client.query('drop table kept');
          expect(findings.join('\n')).toMatch(/altered/u);
        }),
        { numRuns: 25 },
      );
    } finally {
      await client.end();
    }
    expect((await verify()).findings).toEqual([]);
  }, 30_000);
});

describe('checkpoints', () => {
  const file = (number: number) => join(directory, `checkpoint-0000000${String(number)}.jws`);

  test('are written when something was chained, follow each other, and name what grew', async () => {
    expect(await checkpoint()).toBeUndefined();
    await aSoundLog();
    const second = await checkpoint();
    expect(second).toMatchObject({ number: 2 });
    expect(Object.values(second?.heads ?? {}).map(([length]) => length)).toEqual([5]);
    expect(await checkpoint()).toBeUndefined();
    expect((await readdir(directory)).sort()).toEqual(['checkpoint-00000001.jws', 'checkpoint-00000002.jws']);
    expect((await verify()).findings).toEqual([]);
  });

  test('that two processes write at once are one', async () => {
    await append(ONE, 'a');
    await chain();
    const written = await Promise.all([checkpoint(), checkpoint(), checkpoint()]);
    expect(written.filter((one) => one !== undefined)).toHaveLength(1);
    expect(await readdir(directory)).toEqual(['checkpoint-00000001.jws']);
  });

  test('that were altered, signed by another, or taken away are found, and no further one covers it up', async () => {
    await aSoundLog();
    await checkpoint();
    await append(ONE, 'a.six');
    await chain();
    await checkpoint();
    const [head = '', , signature = ''] = (await readFile(file(2), 'utf8')).split('.');
    await rm(file(2), { force: true });
    const forged = Buffer.from(JSON.stringify({ number: 2, at: 'x', previous: null, through: 0, heads: {} }));
    await writeFile(file(2), [head, forged.toString('base64url'), signature].join('.'));
    expect((await verify()).findings).toEqual([expect.stringMatching(/^checkpoint 2: cannot be trusted/u)]);
    await rm(file(2));
    expect((await verify()).findings[0]).toBe('checkpoint 2: missing');
    const others = await newKey();
    for (const number of [1, 3]) await rm(file(number));
    await writeCheckpoint({ database: world.database, directory, signingJwk: others, now: () => new Date() });
    expect((await verify()).findings).toEqual([expect.stringMatching(/^checkpoint 1: cannot be trusted/u)]);
    await expect(checkpoint()).rejects.toThrow(/no further one is written/u);
  });
});
