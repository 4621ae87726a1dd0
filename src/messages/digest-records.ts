import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';
import { isLanguage, type Language } from '../kernel/language.ts';

/** Keeps a notice for a person's digest, once. */
export async function keepForDigest(
  { query }: Transaction,
  kept: {
    readonly personId: string;
    readonly noticeId: string;
    readonly language: Language;
    readonly dueAt: Date;
  },
): Promise<void> {
  const { personId: person_id, noticeId: notice_id, language, dueAt: due_at } = kept;
  await query
    .insertInto('notice_digests')
    .values({ person_id, notice_id, language, due_at })
    .onConflict((conflict) => conflict.columns(['person_id', 'notice_id']).doNothing())
    .execute();
}

/** So many of the people whose digest's time has come, those who have waited longest first. */
export async function peopleWithDigest({ query, now }: Transaction, most: number): Promise<string[]> {
  const { rows } = await sql<{ personId: string }>`
    select person_id as "personId" from notice_digests where digest_id is null and due_at <= ${now}
    group by person_id order by min(due_at) limit ${most}`.execute(query);
  return rows.map(({ personId }) => personId);
}

/** What stands in the digest that a person is to have now, locked; nothing once it stands in one. */
export async function takeForDigest(
  { query, now }: Transaction,
  personId: string,
): Promise<{ readonly id: string; readonly template: string; readonly language: Language }[]> {
  const { rows } = await sql<{ id: string; template: string; language: string }>`
    select d.id, n.template, d.language from notice_digests d join notices n on n.id = d.notice_id
    where d.person_id = ${personId} and d.digest_id is null and d.due_at <= ${now}
    order by d.id for update of d`.execute(query);
  return rows.map((row) => ({ ...row, language: isLanguage(row.language) ? row.language : 'nb' }));
}

/** Notes which digest they stood in. */
export async function noteDigest(
  { query }: Transaction,
  ids: readonly string[],
  digestId: string,
): Promise<void> {
  await query
    .updateTable('notice_digests')
    .set({ digest_id: digestId })
    .where(sql<boolean>`id = any(${[...ids]}::uuid[])`)
    .execute();
}
