import {
  type DocumentNode,
  type FieldNode,
  type GraphQLDirective,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  isAbstractType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import type { Fragments } from '../gate/document.ts';
import type { Variables } from '../gate/variables.ts';

export type Collecting = {
  readonly schema: GraphQLSchema;
  readonly fragments: Fragments;
  readonly variables: Variables;
};

/** What answers under one key: a field, and every place where the document asks for it. */
export type Collected = { readonly key: string; readonly name: string; readonly nodes: readonly FieldNode[] };

/** The fields of an object, in the order in which the specification puts them. */
export function collectFields(
  collecting: Collecting,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): Collected[] {
  const byKey = new Map<string, FieldNode[]>();
  const spread = new Set<string>();
  for (const set of sets) collect(collecting, type, set, byKey, spread);
  return [...byKey].map(([key, nodes]) => ({ key, name: nodes[0]?.name.value ?? '', nodes }));
}

function collect(
  collecting: Collecting,
  type: GraphQLObjectType,
  set: SelectionSetNode,
  byKey: Map<string, FieldNode[]>,
  spread: Set<string>,
): void {
  for (const selection of set.selections) {
    if (!isIncluded(selection, collecting)) continue;
    if (selection.kind === Kind.FIELD) {
      const key = (selection.alias ?? selection.name).value;
      const nodes = byKey.get(key);
      if (nodes === undefined) byKey.set(key, [selection]);
      else nodes.push(selection);
      continue;
    }
    const name = selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : null;
    if (name !== null && spread.has(name)) continue;
    if (name !== null) spread.add(name);
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? collecting.fragments.get(name ?? '') : selection;
    if (fragment === undefined || !applies(fragment.typeCondition?.name.value, type, collecting.schema)) continue;
    collect(collecting, type, fragment.selectionSet, byKey, spread);
  }
}

function applies(condition: string | undefined, type: GraphQLObjectType, schema: GraphQLSchema): boolean {
  if (condition === undefined || condition === type.name) return true;
  const named = schema.getType(condition);
  return isAbstractType(named) && schema.isSubType(named, type);
}

function isIncluded(selection: SelectionNode, { variables }: Collecting): boolean {
  if (selection.directives === undefined || selection.directives.length === 0) return true;
  const condition = (directive: GraphQLDirective): unknown =>
    getDirectiveValues(directive, selection, { ...variables })?.['if'];
  return condition(GraphQLSkipDirective) !== true && condition(GraphQLIncludeDirective) !== false;
}

/** Whether the fields that are asked for are others with other variables. */
export function hasVariableDirectives(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive({ arguments: given }) {
      if (given?.some(({ value }) => value.kind === Kind.VARIABLE)) found = true;
    },
  });
  return found;
}
