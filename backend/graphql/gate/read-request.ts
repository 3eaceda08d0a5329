import { quote } from '../../platform/errors.ts';
import { Refused } from './refusal.ts';
import type { Variables } from './variables.ts';

/** A request as its transport read it; nothing about its members is known yet. */
export type GraphqlRequest = {
  readonly query?: unknown;
  readonly variables?: unknown;
  readonly operationName?: unknown;
  readonly extensions?: unknown;
};

export type KnownRequest = {
  readonly query: string | null;
  readonly variables: Variables;
  readonly operationName: string | null;
  /** SHA-256 of the document that is meant, in hexadecimal, where the request names one. */
  readonly documentHash: string | null;
};

/** Refuses what is no GraphQL request: a list of them, too. */
export function readRequest(body: unknown): KnownRequest {
  if (!isObject(body)) throw badRequest(EXPECTED);
  const { query, variables, operationName, extensions } = body as GraphqlRequest;
  if (query != null && typeof query !== 'string') throw badRequest(`query is ${quote(query)}, expected text`);
  if (operationName != null && typeof operationName !== 'string')
    throw badRequest(`operationName is ${quote(operationName)}, expected text`);
  if (variables != null && !isObject(variables)) throw badRequest('variables are no object, expected one');
  if (extensions != null && !isObject(extensions)) throw badRequest('extensions are no object, expected one');
  const documentHash = hashOf(extensions as Variables | null | undefined);
  const text = typeof query === 'string' && query !== '' ? query : null;
  if (text === null && documentHash === null) throw badRequest(EXPECTED);
  return {
    query: text,
    variables: (variables as Variables | null | undefined) ?? {},
    operationName: typeof operationName === 'string' && operationName !== '' ? operationName : null,
    documentHash,
  };
}

const EXPECTED = 'This is no request that is answered here, expected one object: {"query": "...", "variables": {}}';

/** As Apollo's persisted queries name a document. */
function hashOf(extensions: Variables | null | undefined): string | null {
  const persisted = extensions?.['persistedQuery'];
  if (persisted == null) return null;
  const hash = isObject(persisted) ? persisted['sha256Hash'] : undefined;
  return typeof hash === 'string' ? hash : '';
}

function isObject(value: unknown): value is Variables {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function badRequest(message: string): Refused {
  return new Refused('request', 'BAD_REQUEST', message, { isDomain: true });
}
