import { getNamedType, getNullableType, isListType, isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { followDocument, recentDocument } from '../../../client/document.ts';
import { bareSchema, NO_RATE } from '../testing.ts';
import { Gate, type GateOptions } from './gate.ts';
import { LIMITS } from './limits.ts';
import { LIST_BOUNDS } from './list-bounds.ts';
import { BAD_REQUESTS, INTROSPECTIONS } from './worst-documents.fixture.ts';

const schema = bareSchema();
const principal = { key: '192.0.2.1' };
const gateOf = (given: Partial<GateOptions> = {}) =>
  new Gate({ schema, limits: LIMITS, rate: NO_RATE, open: true, trusted: null, ...given });
const admit = (gate: Gate, body: unknown, now = 0) => gate.admit(body, { principal, now });
const costOf = (query: string, variables: Record<string, unknown> = {}): number => {
  const answer = admit(gateOf(), { query, variables });
  if (!('cost' in answer)) throw new Error(`refused: ${answer.message}`);
  return answer.cost;
};

describe.each([true, false])('the gate, open %s,', (open) => {
  it.each(BAD_REQUESTS)('refuses $what by the rule $rule', ({ rule, code, isDomain, ...body }) => {
    const gate = gateOf({ open });
    const answer = admit(gate, body);
    expect(answer).toMatchObject({ rule, code, httpStatus: 400 });
    if (!('errors' in answer)) throw new Error('it was let in');
    const shown = JSON.stringify(answer.errors);
    expect(answer.errors).toHaveLength(1);
    expect(shown.length).toBeLessThan(500);
    if (open) return;
    expect(shown).not.toMatch(/Did you mean|REPLAY|LIVE|health|Query\b/);
    expect(shown).not.toContain('locations');
    if (isDomain === undefined) expect(shown).not.toMatch(/\d/);
  });

  it.each(BAD_REQUESTS)('takes no longer than 50 ms to refuse $what', ({ rule: _rule, code: _code, ...body }) => {
    const gate = gateOf({ open });
    // The quickest of a few: the machine of a test has other things to do.
    const taken = Array.from({ length: 5 }, () => {
      const begin = performance.now();
      admit(gate, body);
      return performance.now() - begin;
    });
    expect(Math.min(...taken)).toBeLessThan(50);
  });
});

describe('the gate', () => {
  it.each([null, 5, 'text', [], [{ query: '{ health { status } }' }], {}, { query: '' }, { query: 5 }])(
    'takes %j for no request',
    (body) => {
      expect(admit(gateOf(), body)).toMatchObject({ rule: 'request', code: 'BAD_REQUEST', httpStatus: 400 });
    },
  );

  it.each([{ variables: [] }, { variables: 'x' }, { operationName: 1 }, { extensions: [] }])(
    'takes a query with %j for no request',
    (more) => {
      const body = { query: '{ health { status } }', ...more };
      expect(admit(gateOf(), body)).toMatchObject({ rule: 'request', code: 'BAD_REQUEST' });
    },
  );

  it.each(INTROSPECTIONS)('shows the schema where it is open, and nowhere else: %.60s', (query) => {
    expect(admit(gateOf(), { query })).toMatchObject({ text: query });
    expect(admit(gateOf({ open: false }), { query })).toMatchObject({ code: 'INTROSPECTION_DISABLED' });
  });

  it('holds introspection to a depth of its own, and to what the specification lets it nest', () => {
    const types = (levels: number) => `${'ofType { '.repeat(levels)}name${' }'.repeat(levels)}`;
    expect(admit(gateOf(), { query: `{ __schema { types { ${types(18)} } } }` })).toHaveProperty('cost');
    expect(admit(gateOf(), { query: `{ __schema { types { ${types(19)} } } }` })).toMatchObject({ rule: 'depth' });
    const fields = `${'fields { type { '.repeat(4)}name${' } }'.repeat(4)}`;
    expect(admit(gateOf(), { query: `{ __schema { types { ${fields} } } }` })).toMatchObject({ rule: 'validation' });
  });

  it('lets in what is just within the limits', () => {
    const aliases = Array.from({ length: 15 }, (_, index) => `a${index}: health { status }`).join(' ');
    const within = [
      `{ instruments(symbols: [${'"a" '.repeat(985)}]) { nodes { id } } }`,
      `{ health { status } }${','.repeat(LIMITS.characters - 21)}`,
      `{ ${aliases} }`,
      `{ health { ${'status @include(if: true) '.repeat(16)} } }`,
    ];
    for (const query of within) expect(admit(gateOf(), { query })).toHaveProperty('cost');
  });

  it('never says a value of the caller whole', () => {
    const long = 'x'.repeat(5_000);
    const query = 'query ($first: Int) { signals(first: $first) { nodes { id } } }';
    for (const body of [
      { query, variables: { first: long } },
      { query: `{ ${long} }` },
      { query: `{ a(b: ${long} }` },
    ]) {
      const answer = admit(gateOf(), body);
      expect('message' in answer ? answer.message.length : 0).toBeLessThan(350);
      expect('message' in answer).toBe(true);
    }
  });

  it('tells every wrong variable at once, up to a few', () => {
    const names = Array.from({ length: 9 }, (_, index) => `v${index}`);
    const query = `query (${names.map((name) => `$${name}: Int!`).join(' ')}) { __typename ${names
      .slice(0, 9)
      .map((name, index) => `a${index}: signals(first: $${name}) { nodes { id } }`)
      .join(' ')} }`;
    const answer = admit(gateOf(), { query });
    expect('errors' in answer ? answer.errors.length : 0).toBe(6);
    expect('message' in answer && answer.message).toBe('Variable "$v0" is missing, expected a value of type "Int!"');
  });

  it('reads a document once', () => {
    const gate = gateOf();
    const query = '{ signals { nodes { id } } }';
    const [first, second] = [admit(gate, { query }), admit(gate, { query })];
    if (!('document' in first && 'document' in second)) throw new Error('refused');
    expect(second.document).toBe(first.document);
  });
});

describe('the cost of an operation', () => {
  it.each([
    ['{ health { status } }', 2],
    ['{ health { checks { name } } }', 5],
    ['{ signals { nodes { id } } }', 22],
    ['{ signals(first: 3) { nodes { id side } } }', 8],
    ['{ signals(last: 3) { edges { cursor node { id } } } }', 11],
    ['{ signals(first: 10) { nodes { targets { price } } } }', 1 + 1 + 10 * (1 + 3)],
    [
      '{ ...P } fragment P on Query { a: signals(first: 2) { nodes { ...S } } ...Q } fragment Q on Query { __typename } fragment S on Signal { id side }',
      7,
    ],
    ['{ nodes(ids: ["a", "b", "c"]) { id ... on Signal { side } } }', 7],
    ['{ bars(instrument: "ins_a", first: 1000) { nodes { close } } }', 1_002],
    ['subscription { signalEvents { ... on SignalEventBatch { events { seq } } } }', 52],
    ['subscription { bars(instrument: "a", maxBatch: 500) { ... on BarBatch { bars { close } } } }', 502],
  ])('of %s is %i', (query, cost) => {
    expect(costOf(query)).toBe(cost);
  });

  it('counts the lengths of lists by what variables and their defaults say', () => {
    const query =
      'query ($n: Int = 7, $ids: [ID!] = ["a"]) { signals(first: $n) { nodes { id } } nodes(ids: $ids) { id } }';
    expect(costOf(query.replace('[ID!] =', '[ID!]! ='))).toBe(9 + 2);
    expect(costOf(query.replace('[ID!] =', '[ID!]! ='), { n: 10, ids: ['a', 'b'] })).toBe(12 + 3);
  });

  it('may be larger for an item of a subscription than for a query; all that our own client asks for is within', () => {
    const limits = { ...LIMITS, cost: 20, itemCost: 60 };
    const [query, subscription] = [
      '{ signals { nodes { id } } }',
      'subscription { bars(instrument: "a") { ... on BarBatch { bars { close } } } }',
    ];
    expect(admit(gateOf({ limits }), { query })).toMatchObject({ rule: 'cost' });
    expect(admit(gateOf({ limits }), { query: subscription })).toHaveProperty('cost', 52);
    expect(admit(gateOf({ limits: { ...limits, itemCost: 51 } }), { query: subscription })).toMatchObject({
      rule: 'cost',
    });
    expect(costOf(followDocument, { maxBatch: 500 })).toBeLessThan(LIMITS.itemCost);
    expect(costOf(recentDocument, { last: 100 })).toBeLessThan(LIMITS.cost);
    const bars =
      '{ bars(instrument: "a", first: 1000) { nodes { open high low close volume barStart barEnd } edges { node { open high low close volume barStart barEnd } } } }';
    expect(costOf(bars)).toBe(15_003);
  });

  it('has a bound for every list of the schema, and for nothing else', () => {
    const lists = Object.values(schema.getTypeMap()).flatMap((type) =>
      isObjectType(type) && !type.name.startsWith('__')
        ? Object.values(type.getFields())
            .filter((field) => isListType(getNullableType(field.type)) && getNamedType(field.type) !== undefined)
            .map((field) => `${type.name}.${field.name}`)
        : [],
    );
    expect(lists.sort()).toEqual(Object.keys(LIST_BOUNDS).sort());
  });

  it('is charged to whoever asks, and more than there is makes them wait', () => {
    const gate = gateOf({ rate: { burst: 1_000, perSecond: 100, remembered: 10 } });
    const body = { query: '{ signals(first: 100) { nodes { id side } } }' };
    // 10 for the look, 50 for the document, 202 for the answer.
    expect(admit(gate, body)).toHaveProperty('cost', 202);
    for (let count = 0; count < 3; count++) expect(admit(gate, body)).toHaveProperty('cost', 202);
    const refused = admit(gate, body);
    expect(refused).toMatchObject({ rule: 'rate', code: 'RATE_LIMITED', httpStatus: 429, retryAfterMs: 1_100 });
    expect(admit(gate, body, 1_000)).toMatchObject({ rule: 'rate' });
    expect(admit(gate, body, 3_000)).toHaveProperty('cost', 202);
    expect(gate.admit(body, { principal: { key: '192.0.2.2' }, now: 0 })).toHaveProperty('cost', 202);
  });
});
