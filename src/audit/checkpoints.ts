import { randomUUID } from 'node:crypto';
import { access, constants, link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compactVerify, CompactSign, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { grownChains, sha256 } from './chain.ts';

/** What a checkpoint says: where the chains that had grown since the one before it then ended. */
const payloadShape = z.object({
  number: z.number().int().positive(),
  at: z.string(),
  /** SHA-256 of the checkpoint before this one, as its file holds it; null in the first. */
  previous: z.string().nullable(),
  /** The highest `sequence` of the chain that it covers. */
  through: z.number().int(),
  /** By chain: its length, and the hash of its last link in hexadecimal. */
  heads: z.record(z.string(), z.tuple([z.number().int().positive(), z.string()])),
});

export type Checkpoint = z.infer<typeof payloadShape> & { readonly fileHash: string };

export interface CheckpointDeps {
  readonly database: Pick<Database, 'request'>;
  /** Somewhere that whoever may write in the database may not. */
  readonly directory: string;
  /** A private key with `kid` and `alg`. */
  readonly signingJwk: JWK;
  readonly now: () => Date;
}

const TYPE = 'kortvakt-audit-checkpoint+json';
const fileName = (number: number): string => `checkpoint-${String(number).padStart(8, '0')}.jws`;
const filePattern = /^checkpoint-(\d{8,})\.jws$/u;

/** Makes the directory where it is missing. Returns the file system's code for why nothing can be written there. */
export async function directoryProblem(directory: string): Promise<string | undefined> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o750 });
    await access(directory, constants.W_OK);
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

/** The numbers of the checkpoints in a directory, in order. A directory that is not there has none. */
export async function checkpointNumbers(directory: string): Promise<number[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .flatMap((name) => filePattern.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** Reads one checkpoint, or says that its signature, its form or its number is not right. */
export async function readCheckpoint(
  directory: string,
  number: number,
  jwk: JWK,
): Promise<Result<Checkpoint, string>> {
  try {
    const text = await readFile(join(directory, fileName(number)), 'utf8');
    const key = await importJWK(publicPart(jwk), jwk.alg);
    const { payload, protectedHeader } = await compactVerify(text.trim(), key);
    if (protectedHeader.typ !== TYPE) return err('is no checkpoint');
    const said = payloadShape.parse(JSON.parse(new TextDecoder().decode(payload)));
    return said.number === number ? ok({ ...said, fileHash: sha256(text) }) : err('bears another number');
  } catch (error) {
    return err(error instanceof Error ? `cannot be trusted (${error.name})` : 'cannot be trusted');
  }
}

/**
 * Writes the next checkpoint where anything has been chained since the last. A number is written once: of two processes
 * the slower leaves it to the other. Throws when the last checkpoint cannot be trusted or the directory not be written.
 */
export async function writeCheckpoint(deps: CheckpointDeps): Promise<Checkpoint | undefined> {
  const { directory, signingJwk } = deps;
  await mkdir(directory, { recursive: true, mode: 0o750 });
  const last = await lastCheckpoint(directory, signingJwk);
  const { through, heads } = await grownChains(deps.database, last?.through ?? 0);
  if (Object.keys(heads).length === 0) return undefined;
  const number = (last?.number ?? 0) + 1;
  const said = { number, at: deps.now().toISOString(), previous: last?.fileHash ?? null, through, heads };
  const key = await importJWK(signingJwk, signingJwk.alg);
  const text = await new CompactSign(new TextEncoder().encode(JSON.stringify(said)))
    .setProtectedHeader({ alg: signingJwk.alg ?? '', kid: signingJwk.kid ?? '', typ: TYPE })
    .sign(key);
  const written = await writeOnce(directory, fileName(number), text);
  return written ? { ...said, fileHash: sha256(text) } : undefined;
}

async function lastCheckpoint(directory: string, jwk: JWK): Promise<Checkpoint | undefined> {
  const number = (await checkpointNumbers(directory)).at(-1);
  if (number === undefined) return undefined;
  const last = await readCheckpoint(directory, number, jwk);
  if (!last.ok)
    throw new Error(`The checkpoint ${fileName(number)} ${last.error}; no further one is written.`);
  return last.value;
}

/** Whole or not at all, and never over another. */
async function writeOnce(directory: string, name: string, text: string): Promise<boolean> {
  const draft = join(directory, `.${randomUUID()}`);
  await writeFile(draft, text, { mode: 0o440, flush: true });
  try {
    await link(draft, join(directory, name));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

function publicPart({ d: _private, ...rest }: JWK): JWK {
  return rest;
}
