import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { isAllowed, type Principal } from '../access/principal.ts';
import { neededBy } from './guard.ts';

type Operation = {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
};

/** The first query, mutation or subscription of an operation that the principal may not have; null when it may have them all. */
export function forbiddenIn({ schema, document, operation }: Operation, principal: Principal): string | null {
  const root = schema.getRootType(operation.operation);
  const fields = root?.getFields() ?? {};
  for (const name of rootFieldsOf(document, operation)) {
    const field = fields[name];
    if (field !== undefined && !isAllowed(principal, neededBy(field))) return `${root?.name}.${name}`;
  }
  return null;
}

const known = new WeakMap<OperationDefinitionNode, ReadonlySet<string>>();

function rootFieldsOf(document: DocumentNode, operation: OperationDefinitionNode): ReadonlySet<string> {
  const before = known.get(operation);
  if (before !== undefined) return before;
  const found = rootFields(document, operation.selectionSet);
  known.set(operation, found);
  return found;
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
