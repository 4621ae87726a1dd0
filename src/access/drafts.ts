import { sql } from 'kysely';
import type { z } from 'zod';
import type { Transaction } from '../database/transaction.ts';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';

/** What a kept form is for. */
export type DraftKind = 'vendor-mandate' | 'person-invitation';
export type DraftProblem = 'draft-gone' | 'draft-expired' | 'draft-used';

type Opened = Pick<Transaction, 'query' | 'now' | 'facts'>;

const MINUTES = 10;

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

/** Reads one's own draft for a preview; says when it is used or too old. */
export async function readDraft<T>(
  opened: Opened,
  id: string,
  kind: DraftKind,
  schema: z.ZodType<T>,
): Promise<Result<T, DraftProblem>> {
  if (!isUuid(id)) return err('draft-gone');
  const row = await opened.query
    .selectFrom('drafts')
    .select(['form', 'used_at', 'created_at'])
    .where('id', '=', id)
    .where('kind', '=', kind)
    .executeTakeFirst();
  if (row === undefined) return err('draft-gone');
  if (row.used_at !== null) return err('draft-used');
  const age = opened.now.getTime() - row.created_at.getTime();
  return age > MINUTES * 60_000 ? err('draft-expired') : ok(schema.parse(row.form));
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
