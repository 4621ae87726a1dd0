import { sql } from 'kysely';
import type { z } from 'zod';
import type { Transaction } from '../database/transaction.ts';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';

/** What a kept form is for. */
export const DRAFT_KINDS = ['vendor-mandate', 'person-invitation', 'person-mandate'] as const;
export type DraftKind = (typeof DRAFT_KINDS)[number];
export type DraftProblem = 'draft-gone' | 'draft-expired' | 'draft-used';

type Opened = Pick<Transaction, 'query' | 'now' | 'facts'>;

const MINUTES = 10;
/** How long a form waits that was handed to the business's other officers. */
const DAYS_HANDED_OVER = 3;

/** Keeps a form for ten minutes while its sender reads the preview or logs in anew. Returns its id. */
export async function keepDraft(
  { query, now, facts }: Opened,
  kind: DraftKind,
  form: unknown,
): Promise<string> {
  if (!facts.session || !facts.business) throw new Error("A draft is a person's, for a business.");
  const { id } = await query
    .insertInto('drafts')
    .values({
      person_id: facts.session.personId,
      business_id: facts.business.id,
      kind,
      form: JSON.stringify(form),
      created_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Reads one's own draft, or one that was handed to the officers, for a preview; says when it is used or too old. */
export async function readDraft<T>(
  opened: Opened,
  id: string,
  kind: DraftKind,
  schema: z.ZodType<T>,
): Promise<Result<T, DraftProblem>> {
  if (!isUuid(id)) return err('draft-gone');
  const row = await opened.query
    .selectFrom('drafts')
    .select(['form', 'used_at', 'created_at', 'handed_over_at', 'held_until'])
    .where('id', '=', id)
    .where('kind', '=', kind)
    .executeTakeFirst();
  if (row === undefined) return err('draft-gone');
  if (row.used_at !== null) return err('draft-used');
  return opened.now > keptUntil(row) ? err('draft-expired') : ok(schema.parse(row.form));
}

interface Kept {
  readonly created_at: Date;
  readonly handed_over_at: Date | null;
  /** Set where its sender has to confirm from another browser first. */
  readonly held_until: Date | null;
}

function keptUntil({ created_at, handed_over_at, held_until }: Kept): Date {
  if (handed_over_at !== null) return new Date(handed_over_at.getTime() + DAYS_HANDED_OVER * 86_400_000);
  return held_until ?? new Date(created_at.getTime() + MINUTES * 60_000);
}

/** As `readDraft`, and uses it up with this transaction: of two at once, one waits and then finds it used. */
export async function takeDraft<T>(
  opened: Opened,
  id: string,
  kind: DraftKind,
  schema: z.ZodType<T>,
): Promise<Result<T, DraftProblem>> {
  if (isUuid(id)) {
    await sql`select from drafts where id = ${id} for update`.execute(opened.query);
  }
  const draft = await readDraft(opened, id, kind, schema);
  if (draft.ok) {
    await opened.query.updateTable('drafts').set({ used_at: opened.now }).where('id', '=', id).execute();
  }
  return draft;
}

/**
 * Hands one's own draft to the business's officers: they may open and confirm it, each in their own name. Answers of what
 * kind it is and until when it waits; `again`: it was handed over before.
 */
export async function handOver(
  opened: Opened,
  id: string,
): Promise<Result<{ readonly kind: string; readonly until: Date; readonly again: boolean }, DraftProblem>> {
  if (!isUuid(id)) return err('draft-gone');
  const { rows } = await sql<Kept & { readonly kind: string; readonly used_at: Date | null }>`
    select kind, used_at, created_at, handed_over_at, held_until from drafts
    where id = ${id} and person_id = ${opened.facts.session?.personId ?? null} for update`.execute(
    opened.query,
  );
  const [row] = rows;
  if (row === undefined) return err('draft-gone');
  if (row.used_at !== null) return err('draft-used');
  if (opened.now > keptUntil(row)) return err('draft-expired');
  if (row.handed_over_at === null) {
    await opened.query
      .updateTable('drafts')
      .set({ handed_over_at: opened.now })
      .where('id', '=', id)
      .execute();
  }
  const until = keptUntil({ ...row, handed_over_at: row.handed_over_at ?? opened.now });
  return ok({ kind: row.kind, until, again: row.handed_over_at !== null });
}
