import {
  type GraphQLField,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import type { RequestContext } from '../../platform/graphql/context.ts';
import { type Fragments, fragmentsOf } from '../gate/document.ts';
import type { Admitted } from '../gate/gate.ts';
import { type Collected, collectFields, hasVariableDirectives } from './collect.ts';
import { NotPlain, type Write, writerOf } from './writer.ts';

/** Executes one query: the text of its whole answer, JSON without a line feed. Rejects at anything but plain success, and says nothing of what was wrong. */
export type Plan = (context: RequestContext, variables: Admitted['coerced']) => Promise<string>;

/**
 * A query whose root fields are resolved and of which the rest is read from properties, as a function that writes its answer at once. Null
 * for an operation that takes more than that. What it cannot do, and every error, is for graphql-js, which executes the query from its
 * beginning: nothing but the text of a success is ever made here.
 */
export class Plans {
  readonly #schema: GraphQLSchema;
  readonly #known = new WeakMap<OperationDefinitionNode, Plan | null>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  of(admitted: Pick<Admitted, 'document' | 'operation' | 'coerced'>): Plan | null {
    const { operation, document, coerced } = admitted;
    if (operation.operation !== OperationTypeNode.QUERY) return null;
    const known = this.#known.get(operation);
    if (known !== undefined) return known;
    const plan = planOf(this.#schema, operation, fragmentsOf(document), coerced);
    // Fields that come and go with the variables make another plan each time.
    if (!hasVariableDirectives(document)) this.#known.set(operation, plan);
    return plan;
  }
}

type Root = {
  readonly collected: Collected;
  readonly field: GraphQLField<unknown, unknown> | null;
  readonly prefix: string;
  readonly write: Write;
};

function planOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: Fragments,
  variables: Admitted['coerced'],
): Plan | null {
  const query = schema.getQueryType();
  if (query == null) return null;
  const collecting = { schema, fragments, variables };
  try {
    const roots = collectFields(collecting, query, [operation.selectionSet]).map((collected): Root => {
      const prefix = `${JSON.stringify(collected.key)}:`;
      if (collected.name === '__typename') return { collected, field: null, prefix, write: () => TYPE_NAME };
      const field = query.getFields()[collected.name];
      if (field === undefined) throw new NotPlain();
      return { collected, field, prefix, write: writerOf(field.type, collected.nodes, collecting) };
    });
    return (context, given) => run({ schema, operation, fragments, roots }, context, given);
  } catch (error) {
    if (error instanceof NotPlain) return null;
    throw error;
  }
}

const TYPE_NAME = '"Query"';

type Parts = {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Fragments;
  readonly roots: readonly Root[];
};

async function run(parts: Parts, context: RequestContext, variables: Admitted['coerced']): Promise<string> {
  // All are begun before one is waited for, and none of them goes on when this is over.
  const settled = await Promise.allSettled(
    parts.roots.map(async ({ field, collected }) =>
      field === null ? null : resolve(parts, field, collected, context, variables),
    ),
  );
  // Which of several errors is told depends on which was first: graphql-js finds that out from the beginning.
  if (settled.filter(({ status }) => status === 'rejected').length > 1) context.begun?.clear();
  const members = parts.roots.map(({ prefix, write }, index) => {
    const value = settled[index];
    if (value?.status !== 'fulfilled') throw new NotPlain();
    return prefix + write(value.value);
  });
  return `{"data":{${members.join(',')}}}`;
}

function resolve(
  { schema, operation, fragments }: Parts,
  field: GraphQLField<unknown, unknown>,
  { key, nodes }: Collected,
  context: RequestContext,
  variables: Admitted['coerced'],
): unknown {
  const [node] = nodes;
  if (node === undefined || field.resolve === undefined) throw new NotPlain();
  const parentType = schema.getQueryType();
  if (parentType == null) throw new NotPlain();
  const info: GraphQLResolveInfo = {
    ...{ schema, operation, parentType, fieldNodes: [...nodes], rootValue: undefined },
    ...{ fieldName: field.name, returnType: field.type, path: { prev: undefined, key, typename: parentType.name } },
    fragments: Object.fromEntries(fragments),
    variableValues: { ...variables },
  };
  return field.resolve(undefined, getArgumentValues(field, node, { ...variables }), context, info);
}
