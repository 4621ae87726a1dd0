import { readFileSync } from 'node:fs';
import { getValidRequestEnvsPolicy, schemaToJson, validate } from '@cedar-policy/cedar-wasm/nodejs';
import { describe, expect, test } from 'vitest';
import { ACCESS_DOCUMENT, withGeneratedParts } from '../../../scripts/access-docs.ts';
import { namedPolicies, POLICY, SCHEMA } from '../../../tests/properties/cedar.ts';
import { GRANTABLE, REFUSALS, RIGHTS } from '../rules.ts';

const policies = namedPolicies();

describe('the policy in Cedar', () => {
  test('keeps to its schema, without a warning', () => {
    expect(validate({ schema: SCHEMA, policies: { staticPolicies: POLICY } })).toEqual({
      type: 'success',
      validationErrors: [],
      validationWarnings: [],
      otherWarnings: [],
    });
  });

  test('would be refused by its schema with a word that is not there', () => {
    const answer = validate({
      schema: SCHEMA,
      policies: { staticPolicies: POLICY.replace('mandate.startsAt', 'mandate.beginsAt') },
    });
    const found = answer.type === 'success' ? answer.validationErrors.map(({ error }) => error.message) : [];
    expect(found).not.toEqual([]);
    expect(found.filter((message) => !message.includes('beginsAt'))).toEqual([]);
  });

  test('is about the rights that there are', () => {
    const schema = schemaToJson(SCHEMA);
    if (schema.type === 'failure') throw new Error(JSON.stringify(schema.errors));
    expect(Object.keys(schema.json['']!.actions).sort()).toEqual([...RIGHTS].sort());
    for (const { text } of policies) {
      const about = getValidRequestEnvsPolicy(text, SCHEMA);
      expect(about).toMatchObject({ type: 'success', principals: ['Person'], resources: ['Matter'] });
    }
  });

  test('gives officers everything, and others what the table says', () => {
    const permits = policies.flatMap(({ id, effect }) => (effect === 'permit' ? [id] : []));
    const table = RIGHTS.flatMap((right) => [
      ...(GRANTABLE[right].person === 'never' ? [] : [`${right} to a person`]),
      ...(GRANTABLE[right].vendor === 'never' ? [] : [`${right} to a vendor`]),
    ]);
    expect(permits.sort()).toEqual(['officers', ...table].sort());
  });

  test('has a rule for each refusal but for what nobody has given', () => {
    const forbids = policies.flatMap(({ id, effect }) => (effect === 'forbid' ? [id] : []));
    expect(forbids.sort()).toEqual(REFUSALS.filter((refusal) => refusal !== 'right-not-given').sort());
  });

  test('names no person, business or instant, so that the same answer holds for all that are alike', () => {
    const entities = [...POLICY.matchAll(/(\w+)::"/gu)].map(([, type]) => type);
    expect(new Set(entities)).toEqual(new Set(['Action']));
    expect(POLICY).not.toContain('datetime(');
  });

  test('is for development alone', () => {
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
    ) as Record<string, Record<string, string>>;
    expect(devDependencies).toHaveProperty('@cedar-policy/cedar-wasm');
    expect(dependencies).not.toHaveProperty('@cedar-policy/cedar-wasm');
  });
});

test('docs/access.md is as npm run docs:access writes it', async () => {
  const written = readFileSync(ACCESS_DOCUMENT, 'utf8');
  expect(await withGeneratedParts(written)).toBe(written);
});
