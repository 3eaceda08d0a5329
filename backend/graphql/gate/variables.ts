import {
  coerceInputValue,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  type OperationDefinitionNode,
  print,
  typeFromAST,
  valueFromAST,
} from 'graphql';
import { quote } from '../../platform/errors.ts';
import type { Limits } from './limits.ts';
import { Refused } from './refusal.ts';

export type Variables = Readonly<Record<string, unknown>>;

const MAX_MISTAKES = 5;

/** Refuses what is nested too deeply or too large to be walked through, without walking deeper than it may. */
export function boundVariables(variables: Variables, limits: Limits): void {
  let level: unknown[] = [variables];
  let values = 0;
  for (let depth = 0; level.length > 0; depth++) {
    values += level.length;
    if (values > limits.variableValues) {
      const message = `The variables have more than "${limits.variableValues}" values, expected at most ${limits.variableValues}`;
      throw new Refused('variables', 'BAD_USER_INPUT', message);
    }
    if (depth > limits.variableDepth) throw new Refused('variables', 'BAD_USER_INPUT', TOO_DEEP);
    for (const value of level) if (typeof value === 'string') refuseNul(value);
    for (const value of level) {
      if (!Array.isArray(value) || value.length <= limits.listValues) continue;
      const message = `A list has "${value.length}" values, expected at most ${limits.listValues}`;
      throw new Refused('variables', 'BAD_USER_INPUT', message);
    }
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
}

/** The database has no text with this character, and no name or id of ours has it. */
export function refuseNul(text: string): void {
  if (!text.includes('\0')) return;
  const message = `A text is ${quote(text)}, expected one without the character U+0000`;
  throw new Refused('variables', 'BAD_USER_INPUT', message, { isDomain: true });
}

const TOO_DEEP = 'The request is nested too deeply.';

/** The variables as resolvers will see them, with defaults. What is wrong with them is told by path, value and rule; no value is suggested. */
export function coerceVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  given: Variables,
  open: boolean,
): Variables {
  const mistakes: string[] = [];
  const coerced: Record<string, unknown> = {};
  for (const { variable, type: typeNode, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const type = typeFromAST(schema, typeNode as never);
    // Validation has held the document to the schema, so that the type exists and is one of input.
    if (!isInputType(type)) continue;
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined && defaultValue !== undefined) coerced[name] = valueFromAST(defaultValue, type);
    else if (value == null && isNonNullType(type))
      mistakes.push(`Variable "$${name}" is ${quote(value)}, expected a value of type "${print(typeNode)}"`);
    else if (value !== undefined) coerced[name] = coerce(name, value, type, open, mistakes);
  }
  const [first, ...others] = mistakes;
  if (first !== undefined)
    throw new Refused('variables', 'BAD_USER_INPUT', first, { isDomain: true, others: others.slice(0, MAX_MISTAKES) });
  return coerced;
}

function coerce(name: string, given: unknown, type: GraphQLInputType, open: boolean, mistakes: string[]): unknown {
  return coerceInputValue(given, type, (path, value, error) => {
    const place = [`$${name}`, ...path].join('.');
    mistakes.push(`Variable "${cut(place)}" got invalid value ${quote(value)}; ${ruleOf(error, open)}`);
  });
}

/** Our own scalars speak of the value alone; the words of the library may name what the schema has besides. */
function ruleOf(error: GraphQLError, open: boolean): string {
  const isOurs = error.extensions['code'] !== undefined || error.originalError != null;
  if (isOurs || open) return cut(error.message.replace(/ Did you mean .*\?$/s, ''));
  return 'expected a value of its type';
}

const cut = (text: string): string => (text.length > 200 ? `${text.slice(0, 199)}…` : text);
