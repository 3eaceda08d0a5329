import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql';

/** The schema as it is committed, which a check holds to that of the service. */
export const SCHEMA = buildSchema(readFileSync(join(import.meta.dirname, '../../../schema.graphql'), 'utf8'));

export type RootField = {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly name: string;
  readonly field: GraphQLField<unknown, unknown>;
};

export function rootFields(): RootField[] {
  const roots = [
    ['query', SCHEMA.getQueryType()],
    ['mutation', SCHEMA.getMutationType()],
    ['subscription', SCHEMA.getSubscriptionType()],
  ] as const;
  return roots.flatMap(([kind, type]) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({ kind, name: `${type?.name}.${field.name}`, field })),
  );
}

/** An operation that asks for this field, with a value for each argument that needs one, or those that are given. */
export function operationOn({ kind, field }: RootField, given: Readonly<Record<string, string>> = {}): string {
  const args = field.args.flatMap((argument) => {
    const value = given[argument.name] ?? (isRequired(argument) ? literalOf(argument.type) : null);
    return value === null ? [] : [`${argument.name}: ${value}`];
  });
  const selection = isLeafType(getNamedType(field.type)) ? '' : ' { __typename }';
  return `${kind} { ${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${selection} }`;
}

const isRequired = ({ type, defaultValue }: GraphQLArgument): boolean =>
  isNonNullType(type) && defaultValue === undefined;

function literalOf(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literalOf(type.ofType);
  if (isListType(type)) return `[${literalOf(type.ofType)}]`;
  return literalOfNamed(type);
}

function literalOfNamed(type: GraphQLNamedInputType): string {
  if (isEnumType(type)) return type.getValues()[0]?.name ?? 'NONE';
  if (isInputObjectType(type)) return '{}';
  const values: Readonly<Record<string, string>> = {
    Int: '1',
    Float: '1.5',
    Boolean: 'true',
    Date: '"2026-11-20"',
    DateTime: '"2026-11-20T15:00:00Z"',
    Decimal: '"0.5"',
  };
  return values[type.name] ?? '"none"';
}

/** Every argument of a root field that takes text, so that a stranger can write into it. */
export function textArguments(): {
  readonly root: RootField;
  readonly argument: GraphQLArgument;
  readonly isList: boolean;
}[] {
  return rootFields().flatMap((root) =>
    root.field.args.flatMap((argument) => {
      const named = getNamedType(argument.type);
      const isText = isLeafType(named) && !isEnumType(named) && !['Int', 'Float', 'Boolean'].includes(named.name);
      const inner = isNonNullType(argument.type) ? argument.type.ofType : argument.type;
      return isText ? [{ root, argument, isList: isListType(inner) }] : [];
    }),
  );
}
