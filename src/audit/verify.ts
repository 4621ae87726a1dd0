import type { JWK } from 'jose';
import { type Kysely, sql } from 'kysely';
import type { DB } from '../database/tables.ts';
import { entryBody } from './chain.ts';
import { type Checkpoint, checkpointNumbers, readCheckpoint } from './checkpoints.ts';
import { chainHash, firstHash, hashDetail } from './rules.ts';

/** What was gone through and what was found; a sound log has no findings. */
export interface Verification {
  readonly entries: number;
  readonly chains: number;
  readonly checkpoints: number;
  /** When the newest checkpoint was signed. */
  readonly lastCheckpoint: string | undefined;
  readonly findings: number;
}

export interface VerifyOptions {
  /** A role that reads everything past row-level security, such as kortvakt_backup. */
  readonly database: Kysely<DB>;
  readonly directory: string;
  /** The installation's signing key; only its public part is used. */
  readonly jwk: JWK;
  /** Told of each finding as it is made, in one line. */
  readonly report: (finding: string) => void;
  /** How many links are read at a time. */
  readonly batch?: number;
}

type Report = (finding: string) => void;

/**
 * Goes through the whole log: recomputes every link, holds each chain against the checkpoints, and each erasable detail
 * against its entry. Reads a batch at a time, so that a log of any length fits in memory.
 */
export async function verifyAudit(options: VerifyOptions): Promise<Verification> {
  let findings = 0;
  const report: Report = (finding) => {
    findings += 1;
    options.report(finding);
  };
  const checkpoints = await verifyCheckpoints(options, report);
  const { entries, chains } = await verifyChains(options, checkpoints.heads, report);
  await verifyUnchained(options.database, report);
  return { entries, chains, checkpoints: checkpoints.count, lastCheckpoint: checkpoints.last, findings };
}

interface Head {
  readonly position: number;
  readonly hash: string;
  readonly checkpoint: number;
}

interface Checkpoints {
  readonly count: number;
  readonly last: string | undefined;
  readonly heads: Map<string, Head>;
}

/**
 * A chain's last known head covers all links before it, so one head a chain is enough. A checkpoint that cannot be trusted
 * says nothing of any chain.
 */
async function verifyCheckpoints({ directory, jwk }: VerifyOptions, report: Report): Promise<Checkpoints> {
  const heads = new Map<string, Head>();
  const numbers = await checkpointNumbers(directory);
  let before: Checkpoint | undefined;
  let expected = 1;
  for (const number of numbers) {
    if (number !== expected) report(`checkpoint ${String(expected)}: missing`);
    expected = number + 1;
    const read = await readCheckpoint(directory, number, jwk);
    if (!read.ok) {
      report(`checkpoint ${String(number)}: ${read.error}`);
      before = undefined;
      continue;
    }
    const { previous, heads: said } = read.value;
    if (before !== undefined && previous !== before.fileHash) {
      report(`checkpoint ${String(number)}: does not follow the one before it`);
    }
    before = read.value;
    for (const [chain, [position, hash]] of Object.entries(said)) {
      heads.set(chain, { position, hash, checkpoint: number });
    }
  }
  return { count: numbers.length, last: before?.at, heads };
}

interface Link {
  readonly chain: string;
  readonly position: number;
  readonly entryId: string;
  readonly previousHash: Buffer;
  readonly hash: Buffer;
  readonly body: string | null;
  readonly ownChain: string | null;
  readonly detailHash: string | null;
  readonly salt: Buffer | null;
  readonly detail: unknown;
}

async function* allLinks(database: Kysely<DB>, batch: number): AsyncGenerator<Link> {
  let after: { chain: string; position: number } = { chain: '', position: 0 };
  for (;;) {
    const { rows } = await sql<Link>`
      select a.chain, a.position, a.entry_id as "entryId", a.previous_hash as "previousHash", a.hash,
        case when e.id is not null then ${entryBody} end as body,
        case when e.id is not null then coalesce(e.business_id::text, 'system') end as "ownChain",
        e.changes ->> 'detailHash' as "detailHash", d.salt, d.detail
      from audit_chain a left join audit_entries e on e.id = a.entry_id left join audit_details d on d.entry_id = a.entry_id
      where (a.chain, a.position) > (${after.chain}, ${after.position})
      order by a.chain, a.position limit ${batch}`.execute(database);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < batch) return;
    after = last;
  }
}

async function verifyChains(options: VerifyOptions, heads: Map<string, Head>, report: Report) {
  const seen = new Set<string>();
  let entries = 0;
  let before: Pick<Link, 'chain' | 'position' | 'hash'> | undefined;
  const endOfChain = () => {
    const head = before === undefined ? undefined : heads.get(before.chain);
    if (before && head && head.position > before.position)
      report(cutTail(before.chain, before.position, head));
  };
  for await (const link of allLinks(options.database, options.batch ?? 2000)) {
    if (link.chain !== before?.chain) {
      endOfChain();
      before = { chain: link.chain, position: 0, hash: firstHash(link.chain) };
      seen.add(link.chain);
    }
    for (const finding of findingsIn(link, before, heads.get(link.chain))) report(finding);
    entries += 1;
    before = link;
  }
  endOfChain();
  for (const [chain, head] of heads) if (!seen.has(chain)) report(cutTail(chain, 0, head));
  return { entries, chains: seen.size };
}

function cutTail(chain: string, length: number, head: Head): string {
  return `chain ${chain}: its tail is cut: it has ${String(length)} links, checkpoint ${String(head.checkpoint)} saw ${String(head.position)}`;
}

/** What is wrong with one link, seen from the one before it. */
function findingsIn(
  link: Link,
  before: Pick<Link, 'position' | 'hash'>,
  head: Head | undefined,
): readonly string[] {
  const at = `chain ${link.chain}, position ${String(link.position)}, entry ${link.entryId}`;
  const found: string[] = [];
  const skipped = link.position - before.position - 1;
  if (skipped > 0)
    found.push(`chain ${link.chain}: ${String(skipped)} missing before position ${String(link.position)}`);
  else if (!link.previousHash.equals(before.hash)) found.push(`${at}: does not follow the one before it`);
  if (link.body === null) found.push(`${at}: the entry is missing`);
  else if (link.ownChain !== link.chain) found.push(`${at}: the entry belongs to another chain`);
  else if (!chainHash(link.previousHash, { ...link, body: link.body }).equals(link.hash)) {
    found.push(`${at}: the entry has been altered`);
  }
  if (head?.position === link.position && head.hash !== link.hash.toString('hex')) {
    found.push(`${at}: is not what checkpoint ${String(head.checkpoint)} saw`);
  }
  // A detail that is gone has been erased, as it may be.
  if (link.salt !== null && link.body !== null && hashDetail(link.salt, link.detail) !== link.detailHash) {
    found.push(`${at}: its detail is not what was recorded`);
  }
  return found;
}

/** Entries without a link although the job has had a minute: never chained, or unchained by hand. */
async function verifyUnchained(database: Kysely<DB>, report: Report): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select e.id from audit_entries e left join audit_chain a on a.entry_id = e.id
    where a.entry_id is null and e.recorded_at < now() - interval '1 minute' order by e.id limit 100`.execute(
    database,
  );
  for (const { id } of rows) report(`entry ${id}: is in no chain`);
}
