import type { ApolloServerPlugin } from '@apollo/server';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { AccessContext } from '../access/access.ts';
import { Forbidden, isAllowed } from '../access/principal.ts';
import { neededBy } from './guard.ts';

/**
 * Refuses an operation as a whole before anything of it is executed, with status 403. The guard of each resolver would refuse it as well, but
 * in the midst of an answer.
 */
export const refuseForbidden: ApolloServerPlugin<AccessContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ schema, document, operation, contextValue }) {
        if (operation === undefined) return;
        const name = forbiddenIn({ schema, document, operation }, contextValue);
        if (name === null) return;
        contextValue.noteForbidden(name);
        const refusal = new Forbidden();
        throw new GraphQLError(refusal.message, {
          originalError: refusal,
          extensions: { code: refusal.code, http: { status: 403 } },
        });
      },
    };
  },
};

type Operation = {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
};

/** The first query, mutation or subscription of an operation that the principal may not have; null when it may have them all. */
function forbiddenIn({ schema, document, operation }: Operation, { principal }: AccessContext): string | null {
  const root = schema.getRootType(operation.operation);
  const fields = root?.getFields() ?? {};
  for (const name of rootFields(document, operation.selectionSet)) {
    const field = fields[name];
    if (field !== undefined && !isAllowed(principal, neededBy(field))) return `${root?.name}.${name}`;
  }
  return null;
}

/** The names of the fields at the top, through fragments, each of which is looked into once. */
function rootFields(document: DocumentNode, top: SelectionSetNode): Set<string> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const found = new Set<string>();
  const waiting = [top];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const selection of next.selections) {
      if (selection.kind === Kind.FIELD) found.add(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) waiting.push(selection.selectionSet);
      else {
        const fragment = fragments.get(selection.name.value);
        fragments.delete(selection.name.value);
        if (fragment !== undefined) waiting.push(fragment.selectionSet);
      }
    }
  }
  return found;
}
