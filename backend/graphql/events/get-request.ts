import type { IncomingHttpHeaders } from 'node:http';
import { isOriginAllowed } from '../../access/origin.ts';

/** A GraphQL request as a GET carries it, in the form of a body. What cannot be read stays text, which the gate does not take. */
export function requestIn(search: unknown): Readonly<Record<string, unknown>> {
  const { query, operationName, variables, extensions } = search as Readonly<Record<string, unknown>>;
  return { query, operationName, variables: jsonIn(variables), extensions: jsonIn(extensions) };
}

function jsonIn(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  try {
    return JSON.parse(text, refusePrototypes);
  } catch {
    return text;
  }
}

/** As for bodies: a key that changes what an object is, is no value of anybody's. */
function refusePrototypes(this: unknown, key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError(key);
  return value;
}

/**
 * Whether the request is one that a page of somebody else makes a browser send. Such a page either says its origin, or asks in a way in which
 * it is not told the answer; a browser says of that one that it comes from elsewhere, a program says nothing.
 */
export function isForeign(headers: IncomingHttpHeaders, allowedOrigins: readonly string[]): boolean {
  const { host, origin, 'sec-fetch-site': site } = headers;
  if (!isOriginAllowed({ host, origin }, allowedOrigins)) return true;
  return origin === undefined && site !== undefined && site !== 'same-origin';
}
