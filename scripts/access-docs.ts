import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { GRANTABLE, REFUSALS, type Right, RIGHTS } from '../src/access/rules.ts';
import words from '../src/access/en.json' with { type: 'json' };
import { CONDITIONS, TABLES, type Way } from '../src/access/policy/tables.ts';
import { projectRoot } from '../src/database/project-root.ts';
import { type NamedPolicy, namedPolicies } from '../tests/properties/cedar.ts';

/** The document whose marked parts are written from the rules, the policy and the table of rows. */
export const ACCESS_DOCUMENT = join(projectRoot, 'docs/access.md');

/** The document with its marked parts written anew; what stands outside them is kept. */
export async function withGeneratedParts(text: string): Promise<string> {
  const policies = namedPolicies();
  const parts = {
    rights: rightsTable(),
    policy: [besides(policies), conditions(policies)].join('\n\n'),
    rows: rowsTable(),
  };
  let written = text;
  for (const [name, part] of Object.entries(parts)) {
    const [begin, end] = [`<!-- ${name}: written by npm run docs:access -->`, `<!-- /${name} -->`];
    const from = written.indexOf(begin);
    const to = written.indexOf(end);
    if (from === -1 || to < from) throw new Error(`docs/access.md has no part for ${name}.`);
    written = `${written.slice(0, from)}${begin}\n\n${part}\n\n${written.slice(to)}`;
  }
  return format(written, { ...(await resolveConfig(ACCESS_DOCUMENT)), parser: 'markdown' });
}

const WORD = { yes: 'yes', risk: 'off unless ticked', never: 'never' } as const;
const personMay = (right: Right) =>
  right === 'agreements.sign' ? 'officers only' : WORD[GRANTABLE[right].person];
const vendorMay = (right: Right) => WORD[GRANTABLE[right].vendor];

/** What the pages say of a right. */
function wordsOf(right: Right): { readonly can: string; readonly hint: string } {
  const [group = '', name = ''] = right.split('.');
  const groups: Record<string, Record<string, { can: string; hint: string }>> = words.right;
  const found = groups[group]?.[name];
  if (found === undefined) throw new Error(`${right} has no words.`);
  return found;
}

function rightsTable(): string {
  const rows = RIGHTS.map((right) => {
    const { can, hint } = wordsOf(right);
    return `| \`${right}\` | ${can}. ${hint} | ${personMay(right)} | ${vendorMay(right)} |`;
  });
  return ['| right | lets the holder | a person | a vendor |', '|---|---|---|---|', ...rows].join('\n');
}

interface Pair {
  readonly left: readonly string[];
  readonly policies: readonly NamedPolicy[];
}

/** A row of the tables on the left, and the policies that say the same on the right. */
function sideBySide(heads: readonly [string, string], pairs: readonly Pair[]): string {
  const rows = pairs.map(
    ({ left, policies }) =>
      `<tr><td valign="top">\n\n${left.join('\n\n')}\n\n</td><td valign="top">\n\n\`\`\`cedar\n${policies
        .map(({ text }) => text)
        .join('\n\n')}\n\`\`\`\n\n</td></tr>`,
  );
  return `<table>\n<tr><th>${heads[0]}</th><th>${heads[1]}</th></tr>\n${rows.join('\n')}\n</table>`;
}

/** Each right beside the policies that give it, and those that never do. */
function besides(policies: readonly NamedPolicy[]): string {
  const officers: Pair = {
    left: ['Officers hold every right, from Enhetsregisteret.'],
    policies: policies.filter(({ id }) => id === 'officers'),
  };
  const rights = RIGHTS.map((right): Pair => ({
    left: [
      `\`${right}\``,
      `${wordsOf(right).can}.`,
      `A person: ${personMay(right)}. A vendor: ${vendorMay(right)}.`,
    ],
    policies: policies.filter(({ id, rights: about }) => about?.includes(right) && id.startsWith(right)),
  }));
  const never: Pair = {
    left: [
      `Never to a vendor: ${RIGHTS.filter((right) => vendorMay(right) === 'never')
        .map((right) => `\`${right}\``)
        .join(', ')}.`,
    ],
    policies: policies.filter(({ id }) => id === 'never-for-vendor'),
  };
  const [given, none] = [
    [officers, ...rights.filter(hasPolicies), never],
    rights.filter((one) => !hasPolicies(one)),
  ];
  const withoutPolicy = none.map(({ left }) => left[0]).join(', ');
  return [
    sideBySide(['The table', 'The policy'], given),
    `No policy gives ${withoutPolicy}: only officers have it.`,
  ].join('\n\n');
}

const hasPolicies = ({ policies }: Pair): boolean => policies.length > 0;

/** What refuses whatever is given: what the pages say, beside the policy. */
function conditions(policies: readonly NamedPolicy[]): string {
  const pairs = REFUSALS.filter((refusal) => refusal !== 'never-for-vendor').map((refusal): Pair => ({
    left: [`\`${refusal}\``, words.refusal[refusal].rule, words.refusal[refusal].who],
    policies: policies.filter(({ id }) => id === refusal),
  }));
  return [
    'What refuses, whatever has been given:',
    sideBySide(['What the page says', 'The policy'], pairs.filter(hasPolicies)),
  ].join('\n\n');
}

/** Every table with the ways to its rows. */
function rowsTable(): string {
  const rows = Object.entries(TABLES)
    .sort(([one], [other]) => one.localeCompare(other))
    .flatMap(([table, { select, insert, update = {}, delete: deletes }]) => {
      const commands: [string, readonly Way[] | undefined][] = [
        ['select', select],
        ['insert', insert],
        ...Object.entries(update).map(([what, ways]): [string, readonly Way[]] => [`update: ${what}`, ways]),
        ['delete', deletes],
      ];
      const open = commands.filter(([, ways]) => ways !== undefined);
      return open.length === 0
        ? [`| \`${table}\` | | nobody: tasks alone |`]
        : open.map(
            ([command, ways = []]) => `| \`${table}\` | ${command} | ${ways.map(inWords).join('; or ')} |`,
          );
    });
  return ['| table | command | who |', '|---|---|---|', ...rows].join('\n');
}

function inWords(way: Way): string {
  const rights =
    way.rights === 'nobody in particular'
      ? []
      : way.rights === 'any'
        ? ['any right']
        : [way.rights.map((right) => `\`${right}\``).join(way.together ? ' and ' : ' or ')];
  const columns = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
  const of = [way.unit, way.worker, way.madeBy].filter((name) => name !== undefined);
  return [
    ...rights,
    ...(way.within ? [`in the business that \`${way.within}\` names`] : []),
    ...(way.acting === undefined ? [] : [`acting ${way.acting}`]),
    ...(of.length > 0 ? [`on ${columns(of)}`] : []),
    ...(way.oneself === undefined ? [] : [`\`${way.oneself}\` is who asks`]),
    ...(way.onBehalfOf === undefined ? [] : [`\`${way.onBehalfOf}\` is whom one acts for`]),
    ...(way.under === undefined ? [] : [`\`${way.under}\` is the mandate in use`]),
    ...(way.empty === undefined ? [] : [`${columns(way.empty)} empty`]),
    ...(way.filled === undefined ? [] : [`${columns(way.filled)} not empty`]),
    ...Object.entries(way.holds ?? {}).map(([column, values]) => `\`${column}\` is ${values.join(' or ')}`),
    ...(way.and ?? []).map((condition) => CONDITIONS[condition]),
  ].join(', ');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(ACCESS_DOCUMENT, await withGeneratedParts(readFileSync(ACCESS_DOCUMENT, 'utf8')));
}
