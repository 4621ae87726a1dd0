import pg from 'pg';
import { err, ok, type Result } from '../kernel/result.ts';

/** Where the database is reached, by role; the parts of the configuration by the same names. */
export type DatabaseUrls = {
  readonly requestUrl: string;
  readonly migrateUrl: string;
  readonly jobsUrl: string;
  readonly checkUrl: string;
  readonly replicaUrl: string | undefined;
};

/** The oldest PostgreSQL that Kortvakt is made for. */
const MAJOR_VERSION = 18;
const PATIENCE_MS = 10_000;

/** One setting, the role of `roles.sql` that it has to log in as, and what that role needs beyond a log-in. */
type Address = {
  readonly setting: string;
  readonly url: string;
  readonly role: string;
  readonly creates?: 'tables' | 'schemas';
  readonly replica?: true;
};

function addressesOf(urls: DatabaseUrls): Address[] {
  const { requestUrl, migrateUrl, jobsUrl, checkUrl, replicaUrl } = urls;
  return [
    { setting: 'DATABASE_URL', url: requestUrl, role: 'kortvakt_request' },
    { setting: 'DATABASE_MIGRATE_URL', url: migrateUrl, role: 'kortvakt_migrate', creates: 'tables' },
    { setting: 'DATABASE_JOBS_URL', url: jobsUrl, role: 'kortvakt_jobs', creates: 'schemas' },
    { setting: 'DATABASE_CHECK_URL', url: checkUrl, role: 'kortvakt_check' },
    ...(replicaUrl === undefined
      ? []
      : [
          {
            setting: 'DATABASE_REPLICA_URL',
            url: replicaUrl,
            role: 'kortvakt_check',
            replica: true as const,
          },
        ]),
  ];
}

/** What a server says of itself and of the role that has logged in. */
type Seen = {
  readonly version: number;
  readonly role: string;
  /** Whether row-level security does not bind the role. */
  readonly unbound: boolean;
  readonly tables: boolean;
  readonly schemas: boolean;
  readonly standby: boolean;
  /** The same for every role that reaches the same database of the same server. */
  readonly place: string;
};

/**
 * Tries every address before anything is changed behind one of them: that a PostgreSQL new enough answers, that it lets
 * in the role whose rights are meant, bound by row-level security, and that all lead to one database that `roles.sql`
 * has been run in.
 * @returns one line for each setting that is wrong, which starts with its name and holds no password
 */
export async function databaseProblems(urls: DatabaseUrls): Promise<string[]> {
  const addresses = addressesOf(urls);
  const answers = await Promise.all(addresses.map(({ url }) => look(url)));
  const first = answers[0];
  return addresses.flatMap((address, index) => {
    const answer = answers[index];
    if (answer === undefined) return [];
    if (!answer.ok) return [`${address.setting} cannot be used: ${answer.error}`];
    const problem =
      problemOf(address, answer.value) ??
      (first?.ok === true ? elsewhere(address, answer.value, first.value) : undefined);
    return problem === undefined ? [] : [`${address.setting} ${problem}`];
  });
}

async function look(url: string): Promise<Result<Seen, string>> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: PATIENCE_MS });
  // An error that comes between two queries fails the next one, which tells of it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Seen>(`
      select current_setting('server_version_num')::int / 10000 as version, r.rolname as role,
        r.rolsuper or r.rolbypassrls as unbound,
        has_schema_privilege('public', 'create') as tables,
        has_database_privilege(d.oid, 'create') as schemas,
        pg_is_in_recovery() as standby,
        pg_postmaster_start_time()::text || ' ' || d.oid as place
      from pg_roles r, pg_database d
      where r.rolname = current_user and d.datname = current_database()`);
    const [seen] = rows;
    return seen === undefined ? err('it does not say who has logged in') : ok(seen);
  } catch (error) {
    return err(reasonOf(error));
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** PostgreSQL names the user and the database, Node the address; neither repeats a password. */
function reasonOf(error: unknown): string {
  // Where a name has several addresses, the reason of each stands within.
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return inner instanceof Error ? inner.message : String(inner);
}

function problemOf(address: Address, seen: Seen): string | undefined {
  if (seen.version < MAJOR_VERSION) {
    return `leads to PostgreSQL ${String(seen.version)}: Kortvakt needs ${String(MAJOR_VERSION)}`;
  }
  if (seen.role !== address.role) return `must log in as ${address.role}, not as ${seen.role}`;
  if (seen.unbound) {
    return `logs in past row-level security: alter role ${address.role} nosuperuser nobypassrls`;
  }
  if (address.creates !== undefined && !seen[address.creates]) {
    return 'leads to a database that is not prepared: run src/database/roles.sql in it as its superuser';
  }
  return undefined;
}

function elsewhere(address: Address, seen: Seen, first: Seen): string | undefined {
  if (address.replica === true) return undefined;
  if (seen.standby) return 'leads to a copy that can only be read';
  return seen.place === first.place ? undefined : 'leads to another database than DATABASE_URL';
}
