/** Fields asked for, each with those asked for inside it (none for a plain value). */
export type Selection = Map<string, Selection>;

/**
 * Reads the fields that a GraphQL query asks for below a path of field names. Knows fields, arguments and nesting, which
 * is what a single query needs; not fragments, aliases or directives.
 *
 * @returns undefined when the query cannot be read or does not have the path.
 */
export function selectionOf(query: string, path: readonly string[]): Selection | undefined {
  const tokens = query
    .replaceAll(/#[^\n]*/g, ' ')
    .replaceAll(/\([^)]*\)/g, ' ')
    .match(/\{|\}|\w+|[^\s\w{}]/g);
  const start = tokens?.indexOf('{') ?? -1;
  if (tokens === null || start < 0) return undefined;
  const reader = { tokens, at: start };
  const root = readBraces(reader);
  if (root === undefined || reader.at !== tokens.length) return undefined;
  return path.reduce<Selection | undefined>((inside, name) => inside?.get(name), root);
}

type Reader = { readonly tokens: readonly string[]; at: number };

function readBraces(reader: Reader): Selection | undefined {
  reader.at += 1;
  const fields: Selection = new Map();
  for (let token = reader.tokens[reader.at]; token !== '}'; token = reader.tokens[reader.at]) {
    if (token === undefined || !/^\w+$/.test(token)) return undefined;
    reader.at += 1;
    const inside = reader.tokens[reader.at] === '{' ? readBraces(reader) : new Map<string, Selection>();
    if (inside === undefined) return undefined;
    fields.set(token, inside);
  }
  reader.at += 1;
  return fields;
}

/** The chosen part of a value; what was not asked for is not there, so that a client notices what it forgot. */
export function select(value: unknown, selection: Selection): unknown {
  if (selection.size === 0 || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((one: unknown) => select(one, selection));
  const known = new Map(Object.entries(value));
  return Object.fromEntries(
    [...selection].map(([name, inside]) => [name, select(known.get(name) ?? null, inside)]),
  );
}
