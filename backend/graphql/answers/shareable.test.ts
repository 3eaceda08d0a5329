import { getNamedType, isObjectType, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { bareSchema } from '../testing.ts';
import { isShareable, NOT_SHAREABLE, SHAREABLE } from './shareable.ts';

const schema = bareSchema();

/** Every field of Query, and of all that the shareable ones lead to. */
function reachable(): string[] {
  const found = new Set<string>();
  const types = new Set(['Query']);
  for (const name of types) {
    const type = schema.getType(name);
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      found.add(`${name}.${field.name}`);
      if (SHAREABLE[name]?.includes(field.name)) types.add(getNamedType(field.type).name);
    }
  }
  return [...found].sort();
}

describe('what may be shared', () => {
  it('is declared for every field that there is, and for none that there is not', () => {
    const shareable = Object.entries(SHAREABLE).flatMap(([type, fields]) => fields.map((field) => `${type}.${field}`));
    expect([...shareable, ...Object.keys(NOT_SHAREABLE)].sort()).toEqual(reachable());
  });

  it.each([
    ['{ signals { nodes { id state outcome { netR } } pageInfo { endCursor } } }', true],
    ['query One($id: ID!) { signal(id: $id) { __typename stop } }', true],
    ['{ signals { nodes { id actionable } } }', false],
    ['{ signals { ...F } } fragment F on SignalConnection { edges { node { ... on Signal { actionable } } } }', false],
    ['{ signals { nodes { ... on Node { id } } } }', false],
    ['{ signals { nodes { id } } serviceInfo { serverTime } }', false],
    ['{ node(id: "x") { id } }', false],
    ['{ health { status } }', false],
    ['mutation { revokeApiKey(prefix: "x") { prefix } }', false],
  ])('%s: %s', (text, expected) => {
    expect(isShareable(schema, parse(text))).toBe(expected);
  });
});
