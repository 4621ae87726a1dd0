import type { Services } from './app.ts';
import { type Database, openDatabase } from './database/database.ts';
import type { StaffRole } from './database/transaction.ts';
import { addMonths, osloToday } from './kernel/dates.ts';
import type { Result } from './kernel/result.ts';
import {
  acceptLink,
  confirmAppointment,
  endAppointment,
  proposeAppointment,
  proposeFirstOperator,
  type StaffDeps,
  viewAppointments,
} from './staff/index.ts';

interface Appointee {
  readonly nationalId: string;
  readonly name: string;
  readonly email: string;
}

const OPERATORS = [
  { nationalId: '05858703524', name: 'Flittig Operatør', email: 'flittig.operator@example.no' },
  { nationalId: '12878410198', name: 'Trygg Avløser', email: 'trygg.avloser@example.no' },
] as const satisfies Appointee[];

/** Who reviews the photos of the demonstration. */
export const REVIEWER = '09898310059';

const OTHERS: readonly (Appointee & { readonly role: StaffRole; readonly place?: string })[] = [
  {
    nationalId: '08918424890',
    name: 'Grundig Mappe',
    email: 'grundig.mappe@example.no',
    role: 'case-officer',
  },
  {
    nationalId: '21877945666',
    name: 'Skarpsynt Ørn',
    email: 'skarpsynt.orn@example.no',
    role: 'inspector',
    place: 'Hele landet',
  },
  {
    nationalId: REVIEWER,
    name: 'Nøye Blikk',
    email: 'noye.blikk@example.no',
    role: 'reviewer',
  },
];

const MONTHS = 6;

/** The hash of a session of that person. */
type TokenOf = (nationalId: string) => Promise<Uint8Array>;

/**
 * Has two operators begin by the command on the server, and appoint the case officer, the inspector and the reviewer with four eyes.
 * Broken off it is taken up again; an appointment that is there is left as it is.
 */
export async function appointStaff(services: Services, tokenOf: TokenOf): Promise<void> {
  const { database, notify, config } = services;
  const deps: StaffDeps = { database, notify, publicOrigin: config.origin };
  const owner = openDatabase({ request: config.database.migrateUrl, check: config.database.migrateUrl }, 1);
  try {
    for (const operator of OPERATORS) await beginOperator(deps, owner, operator, tokenOf);
  } finally {
    await owner.close();
  }
  for (const one of OTHERS) await appoint(deps, one, tokenOf);
}

async function beginOperator(
  deps: StaffDeps,
  owner: Database,
  operator: Appointee,
  tokenOf: TokenOf,
): Promise<void> {
  const tokenHash = await tokenOf(operator.nationalId);
  if ((await viewAppointments(deps, { tokenHash, role: 'operator' })).ok) return;
  const proposed = await proposeFirstOperator(owner, { ...operator, lastDay: lastDay() }, new Date());
  const { path } = done(proposed, 'propose an operator');
  await answer(deps, tokenHash, path);
}

function lastDay() {
  return addMonths(osloToday(new Date()), MONTHS);
}

/** What an action did; the demonstration knows no way on where one refuses. */
function done<T>(result: Result<T, unknown>, what: string): T {
  if (result.ok) return result.value;
  throw new Error(`The demonstration could not ${what}: ${JSON.stringify(result.error)}.`);
}

async function answer(deps: StaffDeps, tokenHash: Uint8Array, link: string): Promise<void> {
  const answered = await acceptLink(deps, tokenHash, link.split('/').at(-1) ?? '');
  if (answered !== 'accepted' && answered !== 'in-force') {
    throw new Error(`The demonstration could not answer an appointment: ${answered}.`);
  }
}

async function appoint(
  deps: StaffDeps,
  { role, place = null, ...one }: Appointee & { readonly role: StaffRole; readonly place?: string | null },
  tokenOf: TokenOf,
): Promise<void> {
  const [first, second] = await Promise.all(
    OPERATORS.map(async ({ nationalId }) => ({
      tokenHash: await tokenOf(nationalId),
      role: 'operator' as const,
    })),
  );
  if (!first || !second) throw new Error('Four eyes take two operators.');
  const { current } = done(await viewAppointments(deps, first), 'list appointments');
  const earlier = current.find((each) => each.role === role && each.email === one.email);
  if (earlier?.state === 'in-force') return;
  // Of a story that was broken off between a link and its confirmation: the link's secret is nowhere any more.
  if (earlier !== undefined) done(await endAppointment(deps, first, earlier.id), 'take a proposal back');
  const proposed = await proposeAppointment(deps, first, { ...one, role, place, lastDay: lastDay() });
  const { id, link } = done(proposed, 'propose an appointment');
  await answer(deps, await tokenOf(one.nationalId), link);
  done(await confirmAppointment(deps, second, id), 'confirm an appointment');
}
