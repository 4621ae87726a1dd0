import type pg from 'pg';
import { TABLES } from '../../src/access/policy/tables.ts';
import { CALL_HELPERS, callsOf } from './called.ts';
import { candidatesFor, UPDATES } from './drawn-commands.ts';
import { keyOf, type Row, type Rows, VIEWS } from './drawn-rows.ts';
import type { ExpectedReach } from './expected-reach.ts';
import type { World } from './drawn-world.ts';

/**
 * Functions of the test's own: to write rows, to try statements one by one and undo each, and to open a context for each of
 * many askers.
 */
export const HELPERS = `
create schema model;
grant usage on schema model to kortvakt_request;

create function model.put(given jsonb) returns void language plpgsql as $$
declare
  one jsonb;
  columns text;
begin
  for one in select jsonb_array_elements(given) loop
    continue when jsonb_array_length(one->'rows') = 0;
    columns := (select string_agg(quote_ident(k), ', ') from jsonb_object_keys(one->'rows'->0) k);
    execute format('insert into %1$I (%2$s) select %2$s from jsonb_populate_recordset(null::%1$I, $1)
      on conflict (%3$I) do update set %4$s', one->>'table', columns, one->>'key',
      (select string_agg(format('%1$I = excluded.%1$I', k), ', ') from jsonb_object_keys(one->'rows'->0) k))
      using one->'rows';
  end loop;
end $$;

create function model.try(statement text, argument text, counted boolean) returns jsonb language plpgsql as $$
declare
  answer jsonb;
  counter bigint;
begin
  if counted then
    execute statement;
    get diagnostics counter = row_count;
    answer := to_jsonb(counter);
  else
    execute statement into answer using argument;
  end if;
  raise exception using errcode = 'KV000', message = coalesce(answer, '[]')::text;
exception
  when sqlstate 'KV000' then return jsonb_build_object('reached', sqlerrm::jsonb);
  when others then return jsonb_build_object('error', sqlstate, 'message', sqlerrm);
end $$;

create function model.reach(attempts jsonb) returns jsonb language plpgsql as $$
declare
  one jsonb;
  answer jsonb;
  answers jsonb := '[]';
  key text;
  keys jsonb;
begin
  for one in select jsonb_array_elements(attempts) loop
    answer := model.try(one->>'sql', one->>'argument', coalesce((one->>'counted')::boolean, false));
    if answer ? 'error' and one ? 'keys' then
      keys := '[]';
      for key in select jsonb_array_elements_text(one->'keys') loop
        answer := model.try(one->>'sqlForOne', key, false);
        keys := keys || coalesce(answer->'reached', '[]');
      end loop;
      answer := jsonb_build_object('reached', keys);
    end if;
    answers := answers || jsonb_build_array(answer);
  end loop;
  return answers;
end $$;

create function model.contexts(askers jsonb) returns jsonb language plpgsql as $$
declare
  one jsonb;
  answers jsonb := '[]';
begin
  for one in select jsonb_array_elements(askers) loop
    begin
      raise exception using errcode = 'KV000', message = (select jsonb_build_object('facts', facts,
          'capacity', context_capacity(), 'business', context_business(), 'vendor', context_vendor(), 'mandate', context_mandate(),
          'rights', context_setting('rights'), 'units', context_setting('units'), 'workers', context_setting('workers'),
          'held', context_is_held(), 'passkey', nullif(context_setting('passkey'), ''), 'fresh', context_is_fresh())
        from context_open(decode(one->>'token', 'hex'), one->>'business', one->>'vendor', false) facts)::text;
    exception when sqlstate 'KV000' then answers := answers || jsonb_build_array(sqlerrm::jsonb);
    end;
  end loop;
  return answers;
end $$;
grant execute on function model.put, model.try, model.reach to kortvakt_request;
${CALL_HELPERS}`;

/** Writes rows, in the order of their tables; those that are there already are changed. */
export async function putRows(client: pg.Client, rows: Rows): Promise<void> {
  const given = Object.entries(rows).map(([table, list]) => ({ table, key: keyOf(table), rows: list }));
  await client.query('select model.put($1)', [JSON.stringify(given)]);
}

/** All rows of all tables as the superuser sees them. */
export async function allRows(client: pg.Client): Promise<Rows> {
  const { rows } = await client.query<{ name: string; rows: Row[] }>(
    Object.keys(TABLES)
      .map(
        (name) =>
          `select '${name}' as name, coalesce(jsonb_agg(to_jsonb(t)), '[]') as rows from ${VIEWS[name] ?? name} t`,
      )
      .join(' union all '),
  );
  return Object.fromEntries(rows.map(({ name, rows: list }) => [name, list]));
}

interface Attempt {
  readonly what: string;
  readonly sql: string;
  readonly argument?: string;
  readonly counted?: true;
  /** For an update that some row refuses as a whole: the same for one row, and the rows to try it on. */
  readonly sqlForOne?: string;
  readonly keys?: readonly string[];
  /** Keys of the rows that it has to reach, how many there are, or whether it is let through at all. */
  readonly expected: readonly string[] | number | boolean;
}

/** Where what a statement reached is not what the committed table says. */
export interface Difference {
  readonly what: string;
  readonly expected: Attempt['expected'];
  readonly reached: unknown;
}

interface Answer {
  readonly reached?: unknown;
  readonly error?: string;
  readonly message?: string;
}

/** By a privilege or a policy. */
const REFUSED = '42501';
/** By a rule of the table, or by a trigger that holds the table to one. */
const AGAINST_A_RULE = '23514';
const NOT_FOR_VIEWS = '55000';
/** Let through by the policies, and then found to be there already. */
const DUPLICATE = '23505';

/**
 * In the open context of the asker: tries select, insert, update and delete on every table (or some) and compares what they
 * reach. Nothing is kept.
 */
export async function differencesOf(
  client: pg.Client,
  world: World,
  rows: Rows,
  expected: ExpectedReach,
  tables: readonly string[] = Object.keys(TABLES),
): Promise<Difference[]> {
  const calls = callsOf(world, rows, expected);
  const attempts: Attempt[] = [
    ...tables.flatMap((table) => calls[table] ?? []),
    ...tables.flatMap((table) => [
      ...reading(table, rows, expected),
      ...changing(table, rows, expected),
      deleting(table, rows, expected),
    ]),
    ...candidatesFor(world, rows, expected).flatMap(({ table, row }) =>
      tables.includes(table) ? [inserting(table, row, expected)] : [],
    ),
  ];
  const { rows: answered } = await client.query<{ answers: Answer[] }>('select model.reach($1) as answers', [
    JSON.stringify(attempts),
  ]);
  return attempts.flatMap((attempt, index) => compare(attempt, answered[0]!.answers[index]!));
}

function compare({ what, expected }: Attempt, answer: Answer): Difference[] {
  const different = (reached: unknown) => [{ what, expected, reached }];
  if (typeof expected === 'boolean') {
    const passed = answer.error === undefined || answer.error === DUPLICATE;
    const understood = passed || [REFUSED, AGAINST_A_RULE, NOT_FOR_VIEWS].includes(answer.error);
    return passed === expected && understood ? [] : different(answer);
  }
  if (answer.error !== undefined) {
    const nothing = typeof expected === 'number' ? expected === 0 : expected.length === 0;
    return nothing && [REFUSED, AGAINST_A_RULE, NOT_FOR_VIEWS].includes(answer.error)
      ? []
      : different(answer);
  }
  if (typeof expected === 'number') return answer.reached === expected ? [] : different(answer.reached);
  const reached = [...new Set(answer.reached as string[])].sort();
  return JSON.stringify(reached) === JSON.stringify(expected) ? [] : different(reached);
}

const keysOf = (table: string, rows: readonly Row[]): string[] =>
  [...new Set(rows.map((row) => String(row[keyOf(table)])))].sort();

function reading(table: string, rows: Rows, expected: ExpectedReach): Attempt[] {
  const visible = rows[table]!.filter((row) => expected.reaches(table, 'select', row));
  return [
    {
      what: `select ${table}`,
      sql: `select jsonb_agg(${keyOf(table)}) from ${table}`,
      expected: keysOf(table, visible),
    },
  ];
}

/** Each named update, once where it can see what it changes, and once blindly: it must not change what it cannot see either. */
function changing(table: string, rows: Rows, expected: ExpectedReach): Attempt[] {
  const key = keyOf(table);
  const changes = Object.entries(UPDATES[table] ?? { any: `${key} = ${key}` });
  return changes.flatMap(([change, set]): Attempt[] => {
    const within = rows[table]!.filter((row) => expected.reaches(table, change, row));
    const visible = within.filter((row) => expected.reaches(table, 'select', row));
    const changed = (where: string) =>
      `with changed as (update ${table} set ${set} ${where} returning ${key}) select jsonb_agg(${key}) from changed`;
    const attempt: Attempt = {
      what: `update ${table}: ${change}`,
      sql: changed(''),
      sqlForOne: changed(`where ${key}::text = $1`),
      keys: keysOf(table, rows[table]!),
      expected: keysOf(table, visible),
    };
    if (changes.length > 1 || !(table in UPDATES)) return [attempt];
    const blind: Attempt = {
      what: `update ${table} blindly: ${change}`,
      sql: `update ${table} set ${set}`,
      counted: true,
      expected: within.length,
    };
    return [attempt, blind];
  });
}

function deleting(table: string, rows: Rows, expected: ExpectedReach): Attempt {
  const within = rows[table]!.filter((row) => expected.reaches(table, 'delete', row));
  return { what: `delete ${table}`, sql: `delete from ${table}`, counted: true, expected: within.length };
}

function inserting(table: string, row: Row, expected: ExpectedReach): Attempt {
  const columns = Object.keys(row)
    .map((column) => `"${column}"`)
    .join(', ');
  return {
    what: `insert ${table} ${JSON.stringify(row)}`,
    sql: `with written as (insert into ${table} (${columns})
      select ${columns} from jsonb_populate_record(null::${table}, $1::jsonb)) select '[]'::jsonb`,
    argument: JSON.stringify(row),
    expected: expected.reaches(table, 'insert', row),
  };
}
