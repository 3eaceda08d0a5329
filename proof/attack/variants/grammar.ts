import type { Random } from '../../../backend/platform/random.ts';
import { inside, times } from '../cases/texts.ts';
import type { GraphqlBody } from '../wire/answer.ts';

/** One made-up attack: a request that has to be refused, as text of JSON, so that its encoding is part of it. */
export type Variant = { readonly family: string; readonly body: string };

/** Attacks of known families with other names, nesting and encodings. The same random stream makes the same ones. */
export function inventVariant(random: Random): Variant {
  const family = pick(random, Object.keys(FAMILIES) as Family[]);
  const body = FAMILIES[family](random);
  return { family, body: encoded(random, body) };
}

type Family = keyof typeof FAMILIES;
const pick = <T>(random: Random, values: readonly T[]): T => values[random.integer(0, values.length)] as T;
const name = (random: Random): string =>
  pick(random, ['a', 'zz', 'node_', 'Query1', '__x', 'signal_s', 'id_']) + random.integer(0, 10_000);

const LEAVES = [
  '__typename',
  'health { status }',
  'serviceInfo { version }',
  'signals { nodes { id } }',
  'instruments { nodes { symbol } }',
];
const LISTS = ['signals', 'instruments', 'models', 'signalEvents', 'ingestionDays'] as const;
const NODES: Readonly<Record<(typeof LISTS)[number], string>> = {
  signals: 'id',
  instruments: 'id',
  models: 'id',
  signalEvents: 'seq',
  ingestionDays: 'feed',
};

const FAMILIES = {
  aliases: (random) =>
    document(random, `{ ${times(random.integer(16, 300), (n) => `${name(random)}_${n}: ${pick(random, LEAVES)}`)} }`),
  repetitions: (random) =>
    document(random, `{ ${times(random.integer(40, 600), () => pick(random, LEAVES.slice(0, 2)))} }`),
  directives: (random) =>
    document(
      random,
      `{ ${times(random.integer(51, 400), () => `__typename @${pick(random, ['include(if: true)', 'skip(if: false)', name(random)])}`)} }`,
    ),
  'unknown directives': (random) =>
    document(random, `{ __typename ${times(random.integer(2, 40), () => `@${name(random)}`)} }`),
  depth: (random) => {
    const levels = random.integer(13, 60);
    const field = name(random);
    return document(
      random,
      pick(random, [
        inside(levels, `{ ${field} `, '{ id }', '}'),
        inside(levels, `{ ... { ${field} `, '{ id }', '} }'),
        inside(levels, `{ ...@include(if: true) { ${field} `, '{ id }', '} }'),
      ]),
    );
  },
  'depth in fragments': (random) => {
    const levels = random.integer(13, 29);
    const prefix = name(random);
    return document(
      random,
      `{ ...${prefix}_0 } ${times(levels, (n) => `fragment ${prefix}_${n} on Query { ${name(random)} { ...${prefix}_${n + 1} } }`)} fragment ${prefix}_${levels} on Query { id }`,
    );
  },
  circles: (random) => {
    const length = random.integer(1, 28);
    const prefix = name(random);
    return document(
      random,
      `{ __typename ${random.integer(0, 2) === 0 ? `...${prefix}_0` : ''} } ${times(length, (n) => `fragment ${prefix}_${n} on Query { ...${prefix}_${(n + 1) % length} }`)}`,
    );
  },
  doubling: (random) => {
    const levels = random.integer(11, 25);
    const prefix = name(random);
    const branch = (n: number) =>
      pick(random, [`...${prefix}_${n}`, `... { ...${prefix}_${n} }`, `... on Health { ...${prefix}_${n} }`]);
    return document(
      random,
      `{ health { ...${prefix}_0 } } ${times(levels, (n) => `fragment ${prefix}_${n} on Health { ... { ${branch(n + 1)} } ... { ${branch(n + 1)} } }`)} fragment ${prefix}_${levels} on Health { status }`,
    );
  },
  overlaps: (random) => {
    const [outer, inner] = [random.integer(10, 40), random.integer(12, 30)];
    return document(random, `{ ${times(outer, () => `... { health { ${times(inner, () => '... { status }')} } }`)} }`);
  },
  'large pages': (random) => {
    const list = pick(random, LISTS);
    const size = pick(random, [101, 1_000_000, 2 ** 31 - 1, 0, -1, -random.integer(2, 1_000)]);
    const which = pick(random, ['first', 'last']);
    if (random.integer(0, 2) === 0)
      return document(random, `{ ${list}(${which}: ${size}) { nodes { ${NODES[list]} } } }`);
    return {
      query: `query ${name(random)}($n: Int) { ${list}(${which}: $n) { nodes { ${NODES[list]} } } }`,
      variables: { n: size },
    };
  },
  'wrong variables': (random) => ({
    query: 'query ($n: Int!) { instruments(first: $n) { nodes { id } } }',
    variables: { n: pick(random, ['1', 1.5, [1, 2], {}, null, true, 2 ** 31, -(2 ** 40)]) },
  }),
  introspection: (random) => {
    const field = pick(random, [
      '__schema { types { name } }',
      '__type(name: "Signal") { name }',
      '__schema { queryType { fields { name } } }',
    ]);
    const alias = random.integer(0, 2) === 0 ? `${name(random)}: ` : '';
    return document(
      random,
      pick(random, [
        `{ ${alias}${field} }`,
        `{ ... { ... on Query { ${alias}${field} } } }`,
        `{ ...F } fragment F on Query { ${alias}${field} }`,
      ]),
    );
  },
  'slips of the pen': (random) =>
    document(
      random,
      `{ ${pick(random, ['signal', 'helth', 'serviceInf', 'instrument', 'nodez', 'apiKey'])}${random.integer(0, 3)} { id } }`,
    ),
  brackets: (random) =>
    document(random, `{ nodes(ids: ${pick(random, ['[', '{a:', '[['] as const).repeat(random.integer(1_001, 4_000))}`),
  characters: (random) =>
    document(
      random,
      `{ __typename }${pick(random, [',', ' ', '\n', '#x\n', '\t'] as const).repeat(random.integer(15_001, 28_000))}`,
    ),
  tokens: (random) =>
    document(
      random,
      `{ nodes(ids: [${times(random.integer(1_000, 3_000), () => pick(random, ['1', '"a"', 'true']))}]) { id } }`,
    ),
  operations: (random) => ({
    query: times(random.integer(11, 100), (n) => `query ${name(random)}_${n} { __typename }`),
    operationName: 'x',
  }),
  batches: (random) => Array.from({ length: random.integer(1, 30) }, () => ({ query: '{ __typename }' })),
  'deep variables': (random) => ({
    query: '{ __typename }',
    variables: { v: deep(random.integer(40, 2_000), random.integer(0, 2) === 0) },
  }),
  'long lists': (random) => ({
    query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    variables: { ids: Array.from({ length: random.integer(101, 3_000) }, (_, n) => `x${n}`) },
  }),
  hashes: (random) => ({
    query: '{ __typename }',
    extensions: { persistedQuery: { version: 1, sha256Hash: pick(random, ['', 'a'.repeat(64), 'x', '../..']) } },
  }),
  'NUL in texts': (random) => ({
    query: 'query ($v: ID!) { node(id: $v) { id } }',
    variables: { v: `${'a'.repeat(random.integer(0, 40))}\u0000${name(random)}` },
  }),
  prototypes: (random) => ({
    query: `{ ${pick(random, ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype'])} { id } }`,
  }),
} as const satisfies Record<string, (random: Random) => GraphqlBody>;

function deep(levels: number, isList: boolean): unknown {
  let value: unknown = 1;
  for (let n = 0; n < levels; n++) value = isList ? [value] : { a: value };
  return value;
}

/** With or without a name, blanks and comments between, as somebody else would write it. */
function document(random: Random, text: string): GraphqlBody {
  const named = random.integer(0, 3) === 0 && text.startsWith('{') ? `query ${name(random)} ${text}` : text;
  const spaced = random.integer(0, 3) === 0 ? `\ufeff#${name(random)}\n${named}` : named;
  return random.integer(0, 4) === 0 ? { query: spaced, variables: null, extensions: {} } : { query: spaced };
}

/** The same JSON in another spelling. */
function encoded(random: Random, body: GraphqlBody): string {
  const text = JSON.stringify(body);
  switch (random.integer(0, 4)) {
    case 0:
      return text.replace('query', '\\u0071uery');
    case 1:
      return text.length < 20_000 ? ` \n\t${text} ` : text;
    case 2:
      return text.replaceAll('__typename', '\\u005f_typename');
    default:
      return text;
  }
}
