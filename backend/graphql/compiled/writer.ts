import {
  type FieldNode,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { keepText, textsOf } from '../../platform/graphql/never-changes.ts';
import { type Collecting, collectFields } from './collect.ts';

/** The text of a value in an answer. Throws where graphql-js would not simply write it. */
export type Write = (value: unknown) => string;

/** Something else than reading properties is needed, or something is wrong. */
export class NotPlain extends Error {}

/** Throws NotPlain for what takes more than reading properties. */
export function writerOf(type: GraphQLOutputType, nodes: readonly FieldNode[], collecting: Collecting): Write {
  if (!isNonNullType(type)) {
    const write = presentOf(type, nodes, collecting);
    return (value) => (value == null ? 'null' : write(value));
  }
  const write = presentOf(type.ofType, nodes, collecting);
  return (value) => {
    if (value == null) throw new NotPlain();
    return write(value);
  };
}

/** For a value that is there. */
function presentOf(type: GraphQLOutputType, nodes: readonly FieldNode[], collecting: Collecting): Write {
  if (isLeafType(type)) return leafOf(type);
  if (isListType(type)) return listOf(writerOf(type.ofType, nodes, collecting));
  if (isObjectType(type)) return objectOf(type, nodes, collecting);
  // Which type it is has to be asked for each value.
  throw new NotPlain();
}

function objectOf(type: GraphQLObjectType, nodes: readonly FieldNode[], collecting: Collecting): Write {
  if (type.isTypeOf != null) throw new NotPlain();
  const sets = nodes.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]));
  const fields = collectFields(collecting, type, sets).map(({ key, name, nodes: places }, index) => {
    const prefix = `${index === 0 ? '{' : ','}${JSON.stringify(key)}:`;
    if (name === '__typename') return { prefix: prefix + JSON.stringify(type.name), name: null, write: NOTHING };
    const field = type.getFields()[name];
    if (field === undefined || field.resolve !== undefined) throw new NotPlain();
    return { prefix, name, write: writerOf(field.type, places, collecting) };
  });
  if (fields.length === 0) return () => '{}';
  return (value) => {
    if (typeof value !== 'object') throw new NotPlain();
    const source = value as Readonly<Record<string, unknown>>;
    const kept = textsOf(source);
    const known = kept?.get(fields);
    if (known !== undefined) return known;
    const parts = fields.map(({ prefix, name, write }) => (name === null ? prefix : prefix + write(source[name])));
    // Joined, it is one piece of memory; added up, it would be a tree of pieces.
    const text = `${parts.join('')}}`;
    if (kept !== undefined) keepText(kept, fields, text);
    return text;
  };
}

const NOTHING: Write = () => '';

function listOf(write: Write): Write {
  return (value) => {
    if (!Array.isArray(value)) throw new NotPlain();
    let text = '[';
    for (let index = 0; index < value.length; index++)
      text += index === 0 ? write(value[0]) : `,${write(value[index])}`;
    return `${text}]`;
  };
}

function leafOf(type: GraphQLLeafType): Write {
  if (isEnumType(type)) return enumOf(type);
  return (value) => {
    // A property may be a function or a promise; graphql-js waits for those.
    if (typeof value === 'function' || value instanceof Promise) throw new NotPlain();
    return textOf(type.serialize(value));
  };
}

/** An enum has few values, and their texts never change. */
function enumOf(type: GraphQLLeafType): Write {
  const texts = new Map<unknown, string>();
  return (value) => {
    const known = texts.get(value);
    if (known !== undefined) return known;
    const text = textOf(type.serialize(value));
    texts.set(value, text);
    return text;
  };
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return SIMPLE.test(value) ? `"${value}"` : JSON.stringify(value);
  if (value == null) throw new NotPlain();
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new NotPlain();
  return text;
}

/** Text that JSON writes as it is. */
const SIMPLE = /^[ !#-[\]-~]*$/;
