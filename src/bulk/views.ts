import { type ActingFor, look, type Permitted, type Refused } from '../access/index.ts';
import { unitPostalAddresses } from '../contact/index.ts';
import type { Database } from '../database/database.ts';
import type { ContextFacts } from '../database/transaction.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import {
  coveredUnits,
  type DeliveryAddress,
  knownAddresses,
  type Limit,
  limitOf,
  OF_EACH_UNIT,
  priceNow,
} from '../orders/index.ts';
import type { PriceNow } from '../prices/index.ts';
import { discloseWorkers } from '../workers/index.ts';
import { ordering } from './actions.ts';
import * as records from './records.ts';
import { type Filter, MAX_ROWS } from './rules.ts';

/** What the pages show, read in one transaction each; reading of personal data is recorded here. */
export interface ViewDeps {
  readonly database: Pick<Database, 'request'>;
}

const ROWS_A_PAGE = 50;
const UPLOADS_SHOWN = 10;

export interface StartView {
  readonly facts: ContextFacts;
  readonly hasCardType: boolean;
  /** Whether the rows are found in the worker list; a vendor without it asks by number and surname. */
  readonly seesList: boolean;
  readonly uploads: readonly records.Upload[];
}

/** What is there before a file is sent: whether cards can be ordered at all, and the asker's latest files. */
export function startView({ database }: ViewDeps, acting: ActingFor): Promise<Result<StartView, Refused>> {
  return look(database, acting, ordering(acting, 'orders.files-seen'), async (permitted) => ({
    facts: permitted.facts,
    hasCardType: permitted.facts.business?.cardType !== null,
    seesList: permitted.decide('workers.read').allowed,
    uploads: await records.latestUploads(permitted, UPLOADS_SHOWN),
  }));
}

export interface UploadView {
  readonly facts: ContextFacts;
  readonly upload: records.Upload;
  readonly counts: Readonly<Record<Filter, number>>;
  readonly rows: readonly records.UploadRow[];
  readonly pages: number;
  /** What can be placed now, by unit, and at what price; undefined where no card type is set for the business. */
  readonly units: readonly UnitToPlace[];
  /** How many permits to stay the rows name that are not declared. */
  readonly permits: number;
  /** Whether the asker sees the worker list, and so may declare permits. */
  readonly seesList: boolean;
  readonly price: PriceNow | undefined;
  readonly prepares: boolean;
  /** Where the business has cards sent: what its units have of their own, the registered address, then those it keeps. */
  readonly addresses: readonly { readonly id: string; readonly address?: DeliveryAddress }[];
}

interface UnitToPlace extends records.PlaceableUnit {
  readonly limit: Limit | undefined;
  /** Its own postal address, where it has another than the business's. */
  readonly address: DeliveryAddress | undefined;
}

/** One upload with a page of its rows; `missing` for what is not there and for what is another's alike. */
export async function uploadView(
  { database }: ViewDeps,
  acting: ActingFor,
  query: { readonly uploadId: string; readonly filter: Filter; readonly page: number },
): Promise<Result<UploadView, Refused>> {
  const { uploadId, filter, page } = query;
  const shown = await look(database, acting, ordering(acting, 'orders.file-seen'), async (permitted) => {
    const upload = await records.findUpload(permitted, uploadId);
    if (upload === undefined) return undefined;
    const counts = await records.countRows(permitted, uploadId);
    const offset = (page - 1) * ROWS_A_PAGE;
    const rows =
      upload.state === 'judged'
        ? await records.listRows(permitted, uploadId, { filter, offset, limit: ROWS_A_PAGE })
        : [];
    await disclose(permitted, rows);
    const units = await toPlace(permitted, await records.placeableUnits(permitted, uploadId));
    return {
      facts: permitted.facts,
      upload,
      counts,
      rows,
      pages: Math.max(1, Math.ceil(counts[filter] / ROWS_A_PAGE)),
      units,
      permits: (await records.permitsToDeclare(permitted, uploadId)).length,
      seesList: permitted.decide('workers.read').allowed,
      price: await priceNow(permitted, counts.ok),
      prepares: permitted.right === 'orders.prepare',
      addresses: await addressesFor(permitted, units),
    };
  });
  if (!shown.ok) return shown;
  return shown.value === undefined ? err({ kind: 'missing' }) : ok(shown.value);
}

/** Which of the orders would have to be approved, each as if it were the only one: what binds is asked when it is placed. */
async function toPlace(
  permitted: Permitted,
  units: readonly records.PlaceableUnit[],
): Promise<UnitToPlace[]> {
  const found: UnitToPlace[] = [];
  const own = await unitPostalAddresses(
    permitted,
    units.map(({ unitId }) => unitId),
  );
  for (const unit of units) {
    const price = await priceNow(permitted, unit.cards);
    const limit = price && (await limitOf(permitted, price, false));
    found.push({ ...unit, limit, address: own.get(unit.unitId) });
  }
  return found;
}

/** As one order is offered for one unit; for several, each one's own is one choice. */
async function addressesFor(
  permitted: Permitted,
  units: readonly UnitToPlace[],
): Promise<UploadView['addresses']> {
  const [first, ...others] = units;
  if (others.length === 0) return knownAddresses(permitted, first?.unitId);
  const known = await knownAddresses(permitted);
  return units.some(({ address }) => address !== undefined) ? [{ id: OF_EACH_UNIT }, ...known] : known;
}

/** Of whom a vendor without the worker list asked for, it is shown no more than it asked with. */
async function disclose(permitted: Permitted, rows: readonly records.UploadRow[]): Promise<void> {
  if (!permitted.decide('workers.read').allowed) return;
  const ids = rows.flatMap(({ workerId }) => (workerId === null ? [] : [workerId]));
  const permits = rows.some(({ permitLastDay }) => permitLastDay !== null) ? ['residence-permit'] : [];
  await discloseWorkers(permitted, ids, ['name', 'employment', ...permits], 'order-file');
}

export interface RowView {
  readonly facts: ContextFacts;
  readonly upload: records.Upload;
  readonly row: records.UploadRow;
  readonly units: readonly { readonly name: string; readonly organisationNumber: string }[];
}

/** One row to be corrected. */
export async function rowView(
  { database }: ViewDeps,
  acting: ActingFor,
  { uploadId, rowId }: { readonly uploadId: string; readonly rowId: string },
): Promise<Result<RowView, Refused>> {
  const shown = await look(database, acting, ordering(acting, 'orders.row-seen'), async (permitted) => {
    const upload = await records.findUpload(permitted, uploadId);
    const row = await records.findRow(permitted, uploadId, rowId);
    if (upload?.state !== 'judged' || row === undefined) return undefined;
    await disclose(permitted, [row]);
    return { facts: permitted.facts, upload, row, units: await coveredUnits(permitted) };
  });
  if (!shown.ok) return shown;
  return shown.value === undefined ? err({ kind: 'missing' }) : ok(shown.value);
}

/** The rows that cannot be ordered for, for a file of them. */
export async function wrongRows(
  { database }: ViewDeps,
  acting: ActingFor,
  uploadId: string,
): Promise<Result<readonly records.UploadRow[], Refused>> {
  const shown = await look(database, acting, ordering(acting, 'orders.file-exported'), async (permitted) => {
    if ((await records.findUpload(permitted, uploadId)) === undefined) return undefined;
    const rows = await records.listRows(permitted, uploadId, { filter: 'wrong', offset: 0, limit: MAX_ROWS });
    await disclose(permitted, rows);
    return rows;
  });
  if (!shown.ok) return shown;
  return shown.value === undefined ? err({ kind: 'missing' }) : ok(shown.value);
}
