import {
  type ArgumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import { InvalidInput } from '../../platform/errors.ts';
import { type Fragments, isIntrospection } from './document.ts';
import { LIST_BOUNDS, type ListBound, largestPage, STANDARD_PAGE } from './list-bounds.ts';
import { Refused } from './refusal.ts';
import type { Variables } from './variables.ts';

/** The schema is as large as it is, whatever is asked about it. */
const INTROSPECTION_COST = 1_000;

export type CostInput = {
  readonly schema: GraphQLSchema;
  readonly fragments: Fragments;
  readonly variables: Variables;
};

/**
 * How many values the answer to an operation can have at most: one a field, multiplied by the lengths of the lists above it. Of a
 * subscription, one item of it. A page size that no resolver takes is refused here. Throws Refused.
 */
export function costOf(operation: OperationDefinitionNode, input: CostInput): number {
  const root = input.schema.getRootType(operation.operation);
  return root == null ? 0 : new Counter(input).ofSet(operation.selectionSet, root, null);
}

/** The field that a selection set belongs to. */
type Above = { readonly name: string; readonly arguments: Variables };

class Counter {
  readonly #schema: GraphQLSchema;
  readonly #fragments: Fragments;
  readonly #variables: Variables;

  constructor({ schema, fragments, variables }: CostInput) {
    this.#schema = schema;
    this.#fragments = fragments;
    this.#variables = variables;
  }

  ofSet(set: SelectionSetNode, type: GraphQLCompositeType, above: Above | null): number {
    let cost = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) cost += this.#ofField(selection, type, above);
      else {
        const fragment =
          selection.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(selection.name.value) : selection;
        if (fragment === undefined) continue;
        const condition =
          fragment.typeCondition === undefined ? type : this.#schema.getType(fragment.typeCondition.name.value);
        if (isCompositeType(condition)) cost += this.ofSet(fragment.selectionSet, condition, above);
      }
    }
    return cost;
  }

  #ofField(node: FieldNode, parent: GraphQLCompositeType, above: Above | null): number {
    const { value: name } = node.name;
    if (isIntrospection(name)) return INTROSPECTION_COST;
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    if (field === undefined) return 1;
    const here: Above = { name: `${parent.name}.${name}`, arguments: this.#argumentsOf(node.arguments ?? [], field) };
    const named = getNamedType(field.type);
    const items = isListType(getNullableType(field.type)) ? lengthOf(LIST_BOUNDS[here.name], here, above) : 1;
    if (field.args.some((argument) => argument.name === 'first')) pageSize(here);
    if (node.selectionSet === undefined || !isCompositeType(named)) return items;
    return 1 + items * this.ofSet(node.selectionSet, named, here);
  }

  #argumentsOf(nodes: readonly ArgumentNode[], field: GraphQLField<unknown, unknown>): Variables {
    const given = nodes.map(({ name, value }) => [name.value, valueFromASTUntyped(value, this.#variables)] as const);
    const defaults = field.args.flatMap(({ name, defaultValue }) =>
      defaultValue === undefined ? [] : [[name, defaultValue] as const],
    );
    return Object.fromEntries([...defaults, ...given.filter(([, value]) => value !== undefined)]);
  }
}

function lengthOf(bound: ListBound | undefined, here: Above, above: Above | null): number {
  if (bound === undefined) throw new Error(`${here.name} is a list without a bound in list-bounds.ts`);
  if (typeof bound === 'number') return bound;
  if (bound === 'page') return above === null ? STANDARD_PAGE : pageSize(above);
  if ('argument' in bound) {
    const values = here.arguments[bound.argument];
    const length = Array.isArray(values) ? values.length : 1;
    if (length <= bound.maximum) return length;
    const { message } = new InvalidInput(bound.argument, `${length} values`, `at most ${bound.maximum}`);
    throw new Refused('cost', 'INVALID_INPUT', message, { isDomain: true });
  }
  const size = above?.arguments[bound.size] ?? bound.standard;
  if (!isWithin(size, bound.maximum)) throw outOf(bound.size, size, bound.maximum);
  return size;
}

function pageSize({ name, arguments: { first, last } }: Above): number {
  const maximum = largestPage(name);
  const [argument, size] = last == null ? ['first', first ?? STANDARD_PAGE] : ['last', last];
  if (!isWithin(size, maximum)) throw outOf(String(argument), size, maximum);
  return size;
}

function isWithin(size: unknown, maximum: number): size is number {
  return typeof size === 'number' && Number.isInteger(size) && size >= 1 && size <= maximum;
}

function outOf(name: string, size: unknown, maximum: number): Refused {
  const { message } = new InvalidInput(name, size, `an integer from 1 to ${maximum}`);
  return new Refused('cost', 'INVALID_INPUT', message, { isDomain: true });
}
