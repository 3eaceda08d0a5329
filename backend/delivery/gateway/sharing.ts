import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  getNamedType,
  Kind,
  type OperationDefinitionNode,
  print,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { isShareable } from './shareable.ts';

/** What of a document decides about the bytes of an answer, besides the filter. */
export type Sharing = {
  /** The document without its place in the stream and its filter, in one spelling. */
  readonly text: string;
  /** Names of the variables that the answer depends on. */
  readonly variables: readonly string[];
};

const known = new WeakMap<OperationDefinitionNode, Sharing | null>();

/** How subscriptions to the operation may share; null when one of its fields is not declared shareable. */
export function sharingOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Sharing | null {
  const found = known.get(operation);
  if (found !== undefined) return found;
  const sharing = isAllShareable(schema, document) ? sharingIn(schema, document, operation) : null;
  known.set(operation, sharing);
  return sharing;
}

function isAllShareable(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema);
  let all = true;
  visit(
    document,
    visitWithTypeInfo(types, {
      Field({ name }) {
        const parent = getNamedType(types.getParentType());
        if (parent == null || !isShareable(parent.name, name.value)) all = false;
      },
    }),
  );
  return all;
}

/** The arguments at the root say where in the stream a client stands and which events it wants: the filter is part of the key by itself. */
function sharingIn(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Sharing {
  const types = new TypeInfo(schema);
  const subscription = schema.getSubscriptionType();
  const stripped = visit(
    document,
    visitWithTypeInfo(types, {
      Field(field): FieldNode | undefined {
        return types.getParentType() === subscription ? { ...field, arguments: [] } : undefined;
      },
    }),
  );
  const variables = new Set<string>();
  visit(stripped, {
    VariableDefinition: () => false,
    Variable({ name }) {
      variables.add(name.value);
    },
  });
  const selected = { ...stripped, definitions: stripped.definitions.filter(isOrFragment(operation)) };
  return { text: print(selected), variables: [...variables].sort() };
}

/** Other operations of the document are not executed. */
function isOrFragment({ name }: OperationDefinitionNode) {
  return (node: DocumentNode['definitions'][number]): boolean =>
    node.kind !== Kind.OPERATION_DEFINITION || node.name?.value === name?.value;
}
