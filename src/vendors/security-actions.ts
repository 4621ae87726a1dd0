import { act, type ActingFor, look, type Permitted, type Refused } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import type { Transaction } from '../database/transaction.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { SECURITY_QUESTIONS, type SecurityAnswer, type SecurityQuestion } from './security.ts';

/** A vendor's answers, as anybody may read them. */
export async function listAnswers(
  { query }: Pick<Transaction, 'query'>,
  vendorId: string,
): Promise<SecurityAnswer[]> {
  const rows = await query
    .selectFrom('vendor_answers')
    .select(['question', 'answer', 'evidence', 'answered_at as answeredAt'])
    .where('vendor_id', '=', vendorId)
    .execute();
  return rows.map(({ answer, ...row }) => ({
    ...row,
    answer: answer === 'yes' || answer === 'no' ? answer : 'none',
  }));
}

const ANSWER = { right: 'agreements.sign', action: 'vendor.answer-security', neverForVendor: true } as const;

/** The vendor's own answers, to be changed by its officers. */
export async function openSecurityForm(
  { database }: { readonly database: Pick<Database, 'request'> },
  acting: ActingFor,
) {
  return look(database, acting, ANSWER, async (permitted) => ({
    permitted,
    answers: await listAnswers(permitted, permitted.facts.business?.id ?? ''),
  }));
}

export type GivenAnswers = Readonly<Record<SecurityQuestion, Pick<SecurityAnswer, 'answer' | 'evidence'>>>;

/** Publishes the vendor's answers, all of them as of now. A yes has to have its evidence. */
export async function answerSecurity(
  { database }: { readonly database: Pick<Database, 'request'> },
  acting: ActingFor,
  given: GivenAnswers,
): Promise<Result<null, 'not-a-vendor' | 'no-evidence' | Refused>> {
  return act<null, 'not-a-vendor' | 'no-evidence'>(database, acting, ANSWER, async (permitted) => {
    if (!permitted.facts.business?.isVendor) return err('not-a-vendor');
    const bare = SECURITY_QUESTIONS.some((one) => given[one].answer === 'yes' && given[one].evidence === '');
    if (bare) return err('no-evidence');
    await saveAnswers(permitted, given);
    await permitted.audit({
      changes: Object.fromEntries(SECURITY_QUESTIONS.map((question) => [question, given[question].answer])),
    });
    return ok(null);
  });
}

async function saveAnswers({ query, facts, now }: Permitted, given: GivenAnswers): Promise<void> {
  const { business, session } = facts;
  if (!business || !session) throw new Error('A person answers for a vendor.');
  const by = { answered_by: session.personId, answered_by_name: session.name, answered_at: now };
  await query
    .insertInto('vendor_answers')
    .values(
      SECURITY_QUESTIONS.map((question) => ({ vendor_id: business.id, question, ...given[question], ...by })),
    )
    .onConflict((conflict) =>
      conflict.columns(['vendor_id', 'question']).doUpdateSet((eb) => ({
        answer: eb.ref('excluded.answer'),
        evidence: eb.ref('excluded.evidence'),
        ...by,
      })),
    )
    .execute();
}
