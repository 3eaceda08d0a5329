import fc from 'fast-check';
import { buildSchema, execute, type GraphQLSchema, getOperationAST, isObjectType, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { RequestContext } from '../../platform/graphql/context.ts';
import { Plans } from './plan.ts';

const schema = buildSchema(`
  type Query { thing(n: Int = 1, on: Boolean): Thing things(n: Int! = 2): [Thing!]! maybe: [Thing] broken: Thing strict: Strict }
  type Thing implements Named { id: ID! name: String count: Int ratio: Float on: Boolean! kind: Kind tags: [String!] next: Thing others: [Thing] json: Json }
  type Strict { id: ID! other: String! }
  interface Named { name: String }
  enum Kind { LARGE SMALL }
  scalar Json
`);
const TEXTS = ['', 'plain', 'a "quote" and \\ and \n', 'ünï ☃ \u2028', '\u0000\ud800'];

function thing(n: number, depth = 3): unknown {
  return {
    ...{ id: `t${n}`, name: TEXTS[n % TEXTS.length], count: n % 3 === 0 ? null : n, ratio: n / 7, on: n % 2 === 0 },
    ...{ kind: n % 2 === 0 ? 'LARGE' : 'SMALL', tags: n % 4 === 0 ? null : TEXTS.slice(0, n % 5) },
    ...{ next: depth > 0 ? thing(n + 1, depth - 1) : undefined, json: { n, list: [n, null, 'x'] } },
    others: depth > 0 ? [thing(n + 2, 0), null] : null,
  };
}

const RESOLVERS: Readonly<Record<string, (args: { n: number }) => unknown>> = {
  thing: async ({ n }) => thing(n),
  things: ({ n }) => Array.from({ length: n }, (_, index) => thing(index)),
  maybe: async () => [thing(1), null],
  broken: async () => Promise.reject(new Error('broken')),
  strict: async () => ({ id: 's', other: null }),
};
for (const [name, resolve] of Object.entries(RESOLVERS)) {
  const field = schema.getQueryType()?.getFields()[name];
  if (field !== undefined) field.resolve = (_root, args) => resolve(args as { n: number });
}

const context = {} as RequestContext;

/** What the plan says and what graphql-js says; null for what is left to graphql-js. */
async function both(of: GraphQLSchema, text: string, variables: Record<string, unknown> = {}) {
  const document = parse(text);
  expect(validate(of, document)).toEqual([]);
  const operation = getOperationAST(document);
  if (operation == null) throw new Error('no operation');
  const plan = new Plans(of).of({ document, operation, coerced: variables });
  const ours = plan === null ? null : await plan(context, variables).catch(() => null);
  const theirs = await execute({ schema: of, document, variableValues: variables, contextValue: context });
  return { ours, theirs };
}

const leaves = ['id', 'name', 'count', 'ratio', 'on', 'kind', 'tags', 'json', '__typename', 'again: name', 'k: kind'];
const selection: fc.Arbitrary<string> = fc.letrec<{ set: string }>((tie) => ({
  set: fc
    .array(
      fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom(...leaves),
        fc.constantFrom('... on Thing { id name }', '... on Named { name }', '...F', 'name @skip(if: true)'),
        fc.constantFrom('count @include(if: false)', 'ratio @include(if: true)', 'on @skip(if: false)'),
        tie('set').map((set) => `next ${set}`),
        tie('set').map((set) => `others ${set}`),
        tie('set').map((set) => `... { ${set.slice(1, -1)} }`),
      ),
      { minLength: 1, maxLength: 5 },
    )
    .map((parts) => `{ ${parts.join(' ')} }`),
})).set;
const query = fc
  .array(
    fc.tuple(
      fc.constantFrom('thing', 'x: thing(n: 3)', 'y: thing(n: 4, on: true)', 'things', 'z: things(n: 0)', 'maybe'),
      selection,
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((roots) => {
    const seen = new Set<string>();
    const fields = roots.filter(([root]) => !seen.has(root) && seen.add(root)).map(([root, set]) => `${root} ${set}`);
    return `{ __typename ${fields.join(' ')} unused: thing { ...F } } fragment F on Thing { id tags }`;
  });

describe('a compiled query', () => {
  it('answers to the byte what graphql-js answers, whatever is asked', async () => {
    await fc.assert(
      fc.asyncProperty(query, async (text) => {
        const { ours, theirs } = await both(schema, text);
        expect(theirs.errors).toBeUndefined();
        expect(ours).toBe(JSON.stringify(theirs));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [{ n: 2, yes: true }, '"count":2'],
    [{ n: 5, yes: false }, '"id":"t5"'],
  ])('follows its variables: %j', async (variables, part) => {
    const text = 'query Q($n: Int, $yes: Boolean!) { thing(n: $n) { id @skip(if: $yes) count @include(if: $yes) } }';
    const { ours, theirs } = await both(schema, text, variables);
    expect(ours).toBe(JSON.stringify(theirs));
    expect(ours).toContain(part);
  });

  it('is not made twice for one document whose fields depend on its variables', async () => {
    const document = parse('query Q($yes: Boolean!) { thing { id @skip(if: $yes) name } }');
    const operation = getOperationAST(document);
    if (operation == null) throw new Error('no operation');
    const plans = new Plans(schema);
    const answers = [];
    for (const yes of [true, false]) {
      const coerced = { yes };
      answers.push(await plans.of({ document, operation, coerced })?.(context, coerced));
    }
    expect(answers).toEqual(['{"data":{"thing":{"name":"plain"}}}', '{"data":{"thing":{"id":"t1","name":"plain"}}}']);
  });

  it.each([
    '{ broken { id } }',
    '{ strict { id other } }',
    '{ thing { id } broken { id } }',
    '{ __schema { types { name } } }',
  ])('leaves what is no plain success to graphql-js: %s', async (text) => {
    expect((await both(schema, text)).ours).toBeNull();
  });

  it('leaves fields that have a resolver of their own to graphql-js', async () => {
    const own = buildSchema('type Query { a: A } type A { b: Int }');
    const type = own.getType('A');
    const field = isObjectType(type) ? type.getFields()['b'] : undefined;
    const root = own.getQueryType()?.getFields()['a'];
    if (field === undefined || root === undefined) throw new Error('no such field');
    root.resolve = () => ({});
    field.resolve = async () => 7;
    expect((await both(own, '{ a { b } }')).ours).toBeNull();
  });
});
