import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';
import type { ApprovalStanding, Registers } from '../registers/index.ts';
import { APPROVAL_KINDS, type ApprovalKind, cardTypeOf, type CardTypeRule } from './rules.ts';

/** `absent`: the register was read, and the business is not in it. */
export type KeptStanding = ApprovalStanding | 'absent';

/** Where a business stands with one of the Labour Inspection Authority's registers. */
export interface BusinessApproval {
  readonly register: ApprovalKind;
  /** `unread`: it has not been read since the business came here. */
  readonly standing: KeptStanding | 'unread';
  /** The register's own. */
  readonly words: string;
  readonly asOf: Date | null;
}

type Approvals = Extract<
  Awaited<ReturnType<Registers['cleaning']['approvals']>>,
  { ok: true }
>['value']['approvals'];

/**
 * Keeps what a register says of the businesses that are here, and that those are not in it which wait for it; returns
 * the businesses that stand otherwise than before.
 */
export async function keepApprovals(
  { query, now }: Transaction,
  register: ApprovalKind,
  approvals: Approvals,
  asOf: Date,
): Promise<{ businessId: string; standing: KeptStanding }[]> {
  const { rows } = await sql<{ businessId: string; standing: KeptStanding }>`
    with said as materialized (
      select * from unnest(${approvals.map((one) => one.organisationNumber)}::text[],
        ${approvals.map((one) => one.standing)}::text[], ${approvals.map((one) => one.words)}::text[]) s (number, standing, words)),
    now_so as (
      select b.id, coalesce(s.standing, 'absent') as standing, coalesce(s.words, '') as words
      from businesses b left join said s on s.number = b.organisation_number
      where s.number is not null or awaits_register(b.card_type, b.industry_code, ${register})
        or exists (select from approvals a where a.business_id = b.id and a.register = ${register})),
    before as materialized (select a.business_id, a.standing from approvals a where a.register = ${register}),
    kept as (
      insert into approvals (business_id, register, standing, words, as_of, read_at)
      select distinct on (id) id, ${register}, standing, words, ${asOf}::timestamptz, ${now}::timestamptz from now_so order by id
      on conflict (business_id, register) do update set standing = excluded.standing, words = excluded.words,
        as_of = excluded.as_of, read_at = excluded.read_at
      returning business_id, standing)
    select kept.business_id as "businessId", kept.standing from kept
      left join before on before.business_id = kept.business_id
    where before.standing is distinct from kept.standing`.execute(query);
  return rows;
}

/** Gives each business the card that its approvals and its industry code lead to. */
export async function settleCardTypes({ query }: Transaction, rules: readonly CardTypeRule[]): Promise<void> {
  const { rows } = await sql<{
    id: string;
    code: string | null;
    type: string | null;
    cleaning: KeptStanding | null;
    carCare: KeptStanding | null;
  }>`
    select b.id, b.industry_code as code, b.card_type as type, c.standing as cleaning, v.standing as "carCare"
    from businesses b left join approvals c on c.business_id = b.id and c.register = 'cleaning'
      left join approvals v on v.business_id = b.id and v.register = 'car-care'
    where c.standing is not null or v.standing is not null`.execute(query);
  for (const { id, code, type, cleaning, carCare } of rows) {
    const wanted = cardTypeOf({ code: code ?? undefined, cleaning, carCare }, rules) ?? null;
    if (wanted !== type)
      await query.updateTable('businesses').set({ card_type: wanted }).where('id', '=', id).execute();
  }
}

/** Where a business stands with each register that it waits for before it orders, in the order of `APPROVAL_KINDS`. */
export async function awaitedApprovals(
  { query }: Pick<Transaction, 'query'>,
  businessId: string,
): Promise<BusinessApproval[]> {
  const { rows } = await sql<BusinessApproval>`
    select r.register, coalesce(a.standing, 'unread') as standing, coalesce(a.words, '') as words, a.as_of as "asOf"
    from businesses b cross join unnest(${[...APPROVAL_KINDS]}::text[]) with ordinality r (register, place)
      left join approvals a on a.business_id = b.id and a.register = r.register
    where b.id = ${businessId} and awaits_register(b.card_type, b.industry_code, r.register)
    order by r.place`.execute(query);
  return rows;
}
