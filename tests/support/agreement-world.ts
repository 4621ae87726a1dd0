import type { AgreementDeps } from '../../src/agreements/actions.ts';
import { act, type Notice } from '../../src/access/index.ts';
import { ok } from '../../src/kernel/result.ts';
import { publishVendorProfile } from '../../src/vendors/index.ts';
import { agreements, signing } from './agreements.ts';
import { keepIn } from './kept-notices.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from './small-world.ts';

export const BUSINESS = '310000019';
export const VENDOR = '310000035';

/** A business and a vendor that has published what agreements with it say, with people on both sides. */
export interface AgreementWorld extends SmallWorld {
  readonly deps: AgreementDeps;
  readonly businessId: string;
  readonly vendorId: string;
  readonly people: Readonly<
    Record<'officer' | 'second' | 'manager' | 'vendorOfficer' | 'member', SmallPerson>
  >;
  /** What was told since the last `begin`. */
  readonly notices: Notice[];
  /** For tasks that tell somebody. */
  readonly telling: { readonly database: SmallWorld['database']; readonly notify: AgreementNotify };
  readonly vendorDeps: Parameters<typeof publishVendorProfile>[0];
  /** The vendor's officer publishes where the data are: another place makes another document. */
  publish(places?: string): ReturnType<typeof publishVendorProfile>;
  /** Takes away what is between the two, and gives the vendor the document that it published at first. */
  begin(): Promise<void>;
  /** Sets the vendor's member up on a mandate. */
  assign(mandateId: string): Promise<void>;
  /** What comes of it when the vendor's member uses the mandate now: `allowed`, or why not. */
  vendorActs(): Promise<string>;
}

type AgreementNotify = (_: unknown, notice: Notice) => Promise<void>;

export async function startAgreementWorld(): Promise<AgreementWorld> {
  const world = await startSmallWorld();
  const { database, vault } = world;
  const notices: Notice[] = [];
  const notify: AgreementNotify = keepIn(notices);
  const businessId = await world.business(BUSINESS, 'BLÅ HAMMER AS');
  const vendorId = await world.business(VENDOR, 'RIMELIG KORTHJELP AS');
  const officer = await world.person('Våken Spurv', '15819049944');
  const second = await world.person('Rolig Elg', '15819049945');
  const vendorOfficer = await world.person('Rask Gaupe', '15819049946');
  const member = await world.person('Flittig Maur', '15819049947');
  const manager = await world.person('Styrende Stær', '15819049948');
  await world.officer(vendorId, vendorOfficer);
  const vendorDeps = { database, notify, publicOrigin: signing.origin, agreements };
  const publish = (places = 'Norge') =>
    publishVendorProfile(vendorDeps, vendorOfficer.acting(VENDOR), { feeOre: 9900, places });
  await publish();
  const restore = await keep(world, ['agreement_documents', 'vendor_profiles']);
  return {
    ...world,
    deps: { database, vault, ...signing },
    businessId,
    vendorId,
    people: { officer, second, manager, vendorOfficer, member },
    notices,
    vendorDeps,
    publish,
    telling: { database, notify },
    begin: async () => {
      await world.rows(
        `truncate recorded_agreements, agreement_copies, agreement_deletions, agreements, agreement_documents, sub_processors,
           mandates, mandate_versions, mandate_assignments, vendor_members, quotes, vendor_profiles cascade`,
      );
      await world.rows(`update sessions set auth_time = clock_now() - interval '1 second', acr = 'high'`);
      await world.rows('delete from officers where business_id = $1', [businessId]);
      await world.officer(businessId, officer);
      await restore();
      notices.length = 0;
    },
    assign: async (mandateId) => {
      await world.rows(
        `insert into vendor_members (vendor_id, person_id, name, tie, tie_reason, added_by, added_by_name, added_at)
         values ($1, $2, 'M', 'declared', 'Hired', $3, 'G', now()) on conflict do nothing`,
        [vendorId, member.id, vendorOfficer.id],
      );
      await world.rows(
        `insert into mandate_assignments (mandate_id, business_id, vendor_id, person_id, name, assigned_by, assigned_at)
         values ($1, $2, $3, $4, 'M', $5, now())`,
        [mandateId, businessId, vendorId, member.id, vendorOfficer.id],
      );
    },
    vendorActs: async () => {
      const request = { right: 'orders.read', action: 'order.list' } as const;
      const answer = await act<string, never>(database, member.acting(BUSINESS, VENDOR), request, () =>
        Promise.resolve(ok('allowed')),
      );
      if (answer.ok) return answer.value;
      return answer.error.kind === 'refused' ? answer.error.refusal : answer.error.kind;
    },
  };
}

/** Remembers the rows of tables, and puts them back where they are gone: to draw a document anew takes half a second. */
async function keep(world: SmallWorld, tables: readonly string[]): Promise<() => Promise<void>> {
  const kept = await Promise.all(
    tables.map(async (table) => ({
      table,
      rows: (
        await world.rows<{ all: string }>(`select jsonb_agg(to_jsonb(t))::text as all from ${table} t`)
      )[0]?.all,
    })),
  );
  return async () => {
    for (const { table, rows: all } of kept)
      await world.rows(`insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1)`, [
        all,
      ]);
  };
}
