import { getNamedType, isObjectType, isUnionType, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { DEVELOPER } from '../access/development.ts';
import type { Principal } from '../access/principal.ts';
import { SHAREABLE } from '../delivery/gateway/shareable.ts';
import { sharingOf } from '../delivery/gateway/sharing.ts';
import { groupOf } from '../delivery/transports/group-of.ts';
import { normaliseFilter } from '../signals/signal-filter.ts';
import { selectOperation } from './gate/select-operation.ts';
import { bareSchema } from './testing.ts';

const schema = bareSchema();
const SELECTED = '{ ... on SignalEventBatch { cursor events { seq signal { side } } } }';

function admitted(text: string, variables: Record<string, unknown> = {}) {
  const document = parse(text);
  return { document, operation: selectOperation(document, null), variables, coerced: variables };
}

function keyOf(text: string, variables: Record<string, unknown> = {}, principal: Principal = DEVELOPER, filter = {}) {
  const render = async () => Buffer.alloc(0);
  return groupOf({
    ...{ schema, principal, render },
    admitted: admitted(text, variables),
    filter: normaliseFilter(filter),
  }).key;
}

describe('what may be shared', () => {
  it('is decided for every field below signalEvents', () => {
    const reached: Record<string, string[]> = { Subscription: ['signalEvents'] };
    const waiting = [schema.getSubscriptionType()?.getFields()['signalEvents']?.type];
    for (let type = waiting.pop(); type !== undefined; type = waiting.pop()) {
      const named = getNamedType(type);
      if (isUnionType(named)) waiting.push(...named.getTypes());
      if (!isObjectType(named) || reached[named.name] !== undefined) continue;
      reached[named.name] = Object.keys(named.getFields()).sort();
      for (const inner of named.getInterfaces()) reached[inner.name] ??= Object.keys(inner.getFields()).sort();
      waiting.push(...Object.values(named.getFields()).map((field) => field.type));
    }
    expect(SHAREABLE).toEqual(reached);
  });

  it('is not what has a field that was not declared', () => {
    const bars = admitted('subscription { bars(instrument: "x") { __typename } }');
    expect(sharingOf(schema, bars.document, bars.operation)).toBeNull();
    expect(keyOf('subscription { signalEvents { __typename } }')).not.toContain('alone');
    const both = parse('subscription S { signalEvents { __typename } } query Q { health { status } }');
    expect(sharingOf(schema, both, selectOperation(both, 'S'))).toBeNull();
  });
});

describe('a group', () => {
  const document = `subscription S($a: Cursor, $f: SignalFilter) { signalEvents(after: $a, filter: $f) ${SELECTED} }`;

  it('is the same for the same document in another spelling, wherever its members stand', () => {
    const key = keyOf(document);
    expect(keyOf(document.replaceAll(' ', '\n\t'))).toBe(key);
    expect(keyOf(document, { a: 'a place' })).toBe(key);
    expect(keyOf(`# words\n${document}`, { a: 'another', f: {} })).toBe(key);
  });

  it('is another one for other fields, another filter, another variable that the answer depends on', () => {
    const withSwitch = `subscription S($on: Boolean!) { signalEvents { ... on SignalEventBatch { cursor events @include(if: $on) { seq } } } }`;
    const keys = [
      keyOf(document),
      keyOf(document.replace('seq', 'seq type')),
      keyOf(document, {}, DEVELOPER, { sides: ['LONG'] }),
      keyOf(document, {}, DEVELOPER, { sides: ['SHORT'] }),
      keyOf(withSwitch, { on: true }),
      keyOf(withSwitch, { on: false }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('is never shared by two audiences, and shared by all of one', () => {
    const person = (id: string, tenant: string, permissions: Principal['permissions']): Principal => ({
      ...{ kind: 'user', id, tenant, permissions, expiresAt: null, origin: { kind: 'development' } },
    });
    const one = person('one', 'acme', ['signals:read', 'models:read']);
    expect(keyOf(document, {}, person('two', 'acme', ['models:read', 'signals:read']))).toBe(keyOf(document, {}, one));
    expect(keyOf(document, {}, person('one', 'other', one.permissions))).not.toBe(keyOf(document, {}, one));
    expect(keyOf(document, {}, person('one', 'acme', ['signals:read']))).not.toBe(keyOf(document, {}, one));
  });

  it('is executed as its audience, which is nobody of its members', async () => {
    const seen: Principal[] = [];
    const principal = { ...DEVELOPER, id: 'somebody', kind: 'user' } as const;
    const group = groupOf({
      ...{ schema, principal, filter: {}, admitted: admitted(document) },
      render: async (_item, as) => {
        seen.push(as);
        return Buffer.alloc(0);
      },
    });
    await group.render({} as never);
    expect(seen[0]?.id).not.toContain('somebody');
    expect(seen[0]?.tenant).toBe(principal.tenant);
  });
});
