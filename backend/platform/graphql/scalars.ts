// type-graphql keeps what its decorators say by this; whoever defines a type imports a scalar or a connection, and so this.
import 'reflect-metadata';
import { type ASTNode, GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { quote } from '../errors.ts';

type TextScalar = {
  readonly name: string;
  readonly description: string;
  readonly pattern: RegExp;
  /** What no pattern can say. */
  readonly holds?: (text: string) => boolean;
  readonly expected: string;
};

/** A scalar that is text on the wire and in the program, held to a pattern when it comes in. */
function textScalar({
  name,
  description,
  pattern,
  holds = () => true,
  expected,
}: TextScalar): GraphQLScalarType<string, string> {
  const parse = (value: unknown, nodes?: ASTNode): string => {
    if (typeof value === 'string' && pattern.test(value) && holds(value)) return value;
    throw new GraphQLError(`${name} is ${quote(value)}, expected ${expected}`, {
      nodes: nodes ?? null,
      extensions: { code: 'BAD_USER_INPUT' },
    });
  };
  return new GraphQLScalarType({
    name,
    description,
    serialize: (value) => String(value),
    parseValue: (value) => parse(value),
    parseLiteral: (node) =>
      parse(
        node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT ? node.value : node.kind,
        node,
      ),
  });
}

export const DecimalScalar = textScalar({
  name: 'Decimal',
  description: 'A number as decimal text, such as "167.65". Money is never a binary float.',
  pattern: /^-?\d{1,20}(\.\d{1,20})?$/,
  expected: 'decimal text such as "167.65"',
});

export const CursorScalar = textScalar({
  name: 'Cursor',
  description: 'An opaque place in a list or stream. Store it and hand it back as it is.',
  pattern: /^[A-Za-z0-9_.-]{1,1024}$/,
  expected: 'a cursor exactly as it was received',
});

export const SessionDateScalar = textScalar({
  name: 'Date',
  description: 'A session date, YYYY-MM-DD, in the calendar of the market.',
  pattern: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/,
  // Date.parse takes 30 February for 2 March.
  holds: (text) => new Date(`${text}T00:00:00Z`).toISOString().startsWith(text),
  expected: 'a date such as "2026-11-27"',
});

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** An instant: a Date or its ISO text in the program, ISO 8601 in UTC with milliseconds on the wire. */
export const InstantScalar = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description:
    'An instant, ISO 8601 with an offset, such as "2026-11-27T14:30:00Z". Answers are in UTC with milliseconds.',
  serialize: (value) => (isWritten(value) ? value : new Date(value as Date | string).toISOString()),
  parseValue: (value) => instantOf(value),
  parseLiteral: (node) => instantOf(node.kind === Kind.STRING ? node.value : node.kind, node),
});

/** Text that toISOString has made, as our own records hold it: reading and writing it again gives the same. */
function isWritten(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-(0[1-9]|1[0-2])-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(value);
}

function instantOf(value: unknown, nodes?: ASTNode): Date {
  const date = typeof value === 'string' && INSTANT.test(value) ? new Date(value) : null;
  // Date takes 30 February for 2 March; the day that was asked for has to be there.
  if (date !== null && !Number.isNaN(date.getTime()) && dayExists(String(value))) return date;
  throw new GraphQLError(`DateTime is ${quote(value)}, expected an instant such as "2026-11-27T14:30:00Z"`, {
    nodes: nodes ?? null,
    extensions: { code: 'BAD_USER_INPUT' },
  });
}

function dayExists(text: string): boolean {
  const day = text.slice(0, 10);
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
