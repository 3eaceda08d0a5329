import { getIntrospectionQuery } from 'graphql';
import type { Rule } from './refusal.ts';

/** A request that has to be refused, and by which rule. `isDomain`: production says the reason too. */
export type BadRequest = {
  readonly what: string;
  readonly rule: Rule;
  readonly code: string;
  readonly query?: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  readonly extensions?: Record<string, unknown>;
  readonly isDomain?: true;
};

const times = (count: number, text: (index: number) => string, between = ' '): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(between);
const inside = (levels: number, open: string, core: string, close = '}'): string =>
  `${open.repeat(levels)}${core}${close.repeat(levels)}`;
const SIGNALS = 'query ($first: Int = 20) { signals(first: $first) { nodes { id } } }';
const deep = (levels: number, open: string, close: string): unknown => JSON.parse(inside(levels, open, '{}', close));

const doubling = (levels: number): string =>
  times(levels, (n) => `fragment F${n} on Health { ... { ...F${n + 1} } ... { ...F${n + 1} } }`);

const tooComplex = { code: 'DOCUMENT_TOO_COMPLEX' } as const;

/** By the numbers of the list of attacks; sizes are those that a limit of one more or of far more would let in. */
export const BAD_REQUESTS: readonly BadRequest[] = [
  {
    what: '101 aliases of __typename',
    rule: 'aliases',
    ...tooComplex,
    query: `{ ${times(101, (n) => `a${n}: __typename`)} }`,
  },
  {
    what: '16 aliases of one field',
    rule: 'aliases',
    ...tooComplex,
    query: `{ ${times(16, (n) => `a${n}: health { status }`)} }`,
  },
  { what: '500 times one field', rule: 'repetitions', ...tooComplex, query: `{ ${times(500, () => '__typename')} }` },
  {
    what: '5,000 times one field',
    rule: 'characters',
    ...tooComplex,
    query: `{ ${times(5_000, () => '__typename')} }`,
  },
  {
    what: '10 unknown directives',
    rule: 'validation',
    code: 'GRAPHQL_VALIDATION_FAILED',
    query: `{ health { status ${times(10, (n) => `@d${n}`)} } }`,
  },
  {
    what: '51 valid directives',
    rule: 'directives',
    ...tooComplex,
    query: `{ health { ${times(51, () => 'status @include(if: true)')} } }`,
  },
  {
    what: '5,000 directives',
    rule: 'characters',
    ...tooComplex,
    query: `{ health { status ${times(5_000, () => '@a')} } }`,
  },
  {
    what: 'one level too deep',
    rule: 'depth',
    ...tooComplex,
    query: inside(13, '{ a ', ''),
  },
  {
    what: 'depth behind named fragments',
    rule: 'depth',
    ...tooComplex,
    query: `{ ...F0 } ${times(14, (n) => `fragment F${n} on Query { a { ...F${n + 1} } }`)} fragment F14 on Query { b }`,
  },
  { what: 'depth behind inline fragments', rule: 'depth', ...tooComplex, query: inside(13, '{ ... { a ', '', '} }') },
  {
    what: 'a fragment that spreads itself',
    rule: 'fragments',
    ...tooComplex,
    query: '{ ...A } fragment A on Query { ...A }',
  },
  {
    what: 'a circle of two fragments that nothing spreads',
    rule: 'fragments',
    ...tooComplex,
    query: '{ __typename } fragment A on Query { ...B } fragment B on Query { ...A }',
  },
  {
    what: 'a chain of 1,000 fragments',
    rule: 'characters',
    ...tooComplex,
    query: `{ ...F0 } ${times(1_000, (n) => `fragment F${n} on Query { ...F${(n + 1) % 1_000} }`)}`,
  },
  {
    what: 'fragments that double 25 times',
    rule: 'expandedFields',
    ...tooComplex,
    query: `{ health { ...F0 } } ${doubling(25)} fragment F25 on Health { status }`,
  },
  {
    what: 'fragments that double 25 times around one that is not there',
    rule: 'expandedFields',
    ...tooComplex,
    query: `{ health { ...F0 } } ${doubling(25)}`,
  },
  {
    what: '20 times 20 inline fragments that overlap',
    rule: 'tokens',
    ...tooComplex,
    query: `{ ${times(20, () => `... { health { ${times(20, () => '... { status }')} } }`)} }`,
  },
  {
    what: 'overlapping inline fragments within the tokens',
    rule: 'overlaps',
    ...tooComplex,
    query: `{ ${times(10, () => `... { health { ${times(15, () => '... { status }')} } }`)} }`,
  },
  {
    what: '100 times 30 inline fragments',
    rule: 'characters',
    ...tooComplex,
    query: `{ ${times(100, () => `... { health { ${times(30, () => '... { status }')} } }`)} }`,
  },
  { what: '1,001 tokens', rule: 'tokens', ...tooComplex, query: `{ nodes(ids: [${times(989, () => '1')}]) { id } }` },
  {
    what: '15,001 characters of nothing',
    rule: 'characters',
    ...tooComplex,
    query: `{ health { status } }${','.repeat(15_000)}`,
  },
  { what: '20,000 unknown fields', rule: 'characters', ...tooComplex, query: `{ ${times(20_000, () => 'zz')} }` },
  { what: '400 unknown fields', rule: 'rootFields', ...tooComplex, query: `{ ${times(400, (n) => `zz${n}`)} }` },
  { what: 'brackets 7,000 deep', rule: 'tokens', ...tooComplex, query: `{ nodes(ids: ${'['.repeat(7_000)}` },
  { what: 'fields 7,000 deep', rule: 'tokens', ...tooComplex, query: '{a'.repeat(7_000) },
  {
    what: '11 operations',
    rule: 'operations',
    ...tooComplex,
    query: times(11, (n) => `query Q${n} { health { status } }`),
  },
  {
    what: '31 fragments',
    rule: 'fragments',
    ...tooComplex,
    query: `{ __typename } ${times(31, (n) => `fragment F${n} on Query { __typename }`)}`,
  },
  { what: '21 fields at the root', rule: 'rootFields', ...tooComplex, query: `{ ${times(21, (n) => `f${n}`)} }` },
  { what: 'no GraphQL', rule: 'syntax', code: 'GRAPHQL_PARSE_FAILED', query: '{ signals(' },
  {
    what: 'a name with a slip of the pen',
    rule: 'validation',
    code: 'GRAPHQL_VALIDATION_FAILED',
    query: '{ helth { status } }',
  },
  {
    what: 'an enum value with a slip of the pen',
    rule: 'validation',
    code: 'GRAPHQL_VALIDATION_FAILED',
    query: '{ performance(provenance: REPLAI) { n } }',
  },
  {
    what: 'the schema of a federation',
    rule: 'validation',
    code: 'GRAPHQL_VALIDATION_FAILED',
    query: '{ _service { sdl } }',
  },
  {
    what: 'two operations and no name',
    rule: 'operations',
    code: 'OPERATION_RESOLUTION_FAILURE',
    query: 'query A { health { status } } query B { health { status } }',
    isDomain: true,
  },
  {
    what: 'a name of no operation',
    rule: 'operations',
    code: 'OPERATION_RESOLUTION_FAILURE',
    query: 'query A { health { status } }',
    operationName: 'C',
    isDomain: true,
  },
  {
    what: 'a page of a million',
    rule: 'cost',
    code: 'INVALID_INPUT',
    query: '{ signals(first: 1000000) { nodes { id } } }',
    isDomain: true,
  },
  {
    what: 'a page of a million by a variable',
    rule: 'cost',
    code: 'INVALID_INPUT',
    query: SIGNALS,
    variables: { first: 1_000_000 },
    isDomain: true,
  },
  {
    what: 'a page of a million by a default',
    rule: 'cost',
    code: 'INVALID_INPUT',
    query: SIGNALS.replace('20', '1000000'),
    isDomain: true,
  },
  {
    what: 'a page of less than nothing',
    rule: 'cost',
    code: 'INVALID_INPUT',
    query: SIGNALS,
    variables: { first: -1 },
    isDomain: true,
  },
  {
    what: 'a page of 2^31',
    rule: 'variables',
    code: 'BAD_USER_INPUT',
    query: SIGNALS,
    variables: { first: 2 ** 31 },
    isDomain: true,
  },
  {
    what: 'a page of one and a half',
    rule: 'variables',
    code: 'BAD_USER_INPUT',
    query: SIGNALS,
    variables: { first: 1.5 },
    isDomain: true,
  },
  {
    what: 'lists in lists',
    rule: 'cost',
    code: 'COST_EXCEEDED',
    query: `query ($n: Int!) { ${times(5, (n) => `a${n}: bars(instrument: "ins_a", first: $n) { nodes { open high low close volume } edges { cursor node { open high low close } } }`)} }`,
    variables: { n: 1_000 },
  },
  {
    what: 'a required variable that is missing',
    rule: 'variables',
    code: 'BAD_USER_INPUT',
    query: 'query ($id: ID!) { node(id: $id) { id } }',
    isDomain: true,
  },
  {
    what: 'an enum value in a variable',
    rule: 'variables',
    code: 'BAD_USER_INPUT',
    query: 'query ($p: Provenance!) { performance(provenance: $p) { n } }',
    variables: { p: 'REPLAI' },
    isDomain: true,
  },
  {
    what: 'a variable 60 levels deep',
    rule: 'variables',
    code: 'BAD_USER_INPUT',
    query: 'query ($f: SignalFilter) { signalEvents(filter: $f) { nodes { seq } } }',
    variables: { f: deep(60, '{"not":', '}') },
  },
  {
    what: '3,000 ids in a variable',
    rule: 'variables',
    code: 'BAD_USER_INPUT',
    query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    variables: { ids: Array(3_000).fill('a') },
  },
  {
    what: 'a list of 1,001 in a variable',
    rule: 'variables',
    code: 'BAD_USER_INPUT',
    query: 'query ($s: [String!]) { instruments(symbols: $s) { nodes { id } } }',
    variables: { s: Array(1_001).fill('a') },
  },
  {
    what: '101 ids where 100 are looked up',
    rule: 'cost',
    code: 'INVALID_INPUT',
    query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    variables: { ids: Array(101).fill('a') },
    isDomain: true,
  },
  {
    what: 'the character U+0000 in a variable',
    rule: 'variables',
    code: 'BAD_USER_INPUT',
    query: 'query ($f: SignalFilter) { signalEvents(filter: $f) { nodes { seq } } }',
    variables: { f: { mic: ['X\0'] } },
    isDomain: true,
  },
  {
    what: 'the character U+0000 in a literal',
    rule: 'variables',
    code: 'BAD_USER_INPUT',
    query: '{ node(id: "a\\u0000") { id } }',
    isDomain: true,
  },
  {
    what: 'a hash to be registered',
    rule: 'persisted',
    code: 'PERSISTED_QUERY_NOT_SUPPORTED',
    query: '{ health { status } }',
    extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } },
  },
];

/** What only who shows the schema answers. */
export const INTROSPECTIONS: readonly string[] = [
  getIntrospectionQuery(),
  '{ __type(name: "Signal") { name } }',
  '{ x: __schema { types { name } } }',
  '{ ...F } fragment F on Query { ... { __schema { queryType { name } } } }',
];
