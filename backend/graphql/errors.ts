import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { isTransient } from '../platform/database/pool.ts';
import { UserError } from '../platform/errors.ts';
import { TOO_LONG } from '../platform/graphql/deadline.ts';
import type { Logger } from '../platform/telemetry/logger.ts';
import { Refused } from './gate/refusal.ts';

/** Codes that come from the GraphQL layers themselves and tell a client about its own request. */
const CLIENT_CODES = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'OPERATION_RESOLUTION_FAILURE',
]);

const NO_REQUEST =
  'This is no request that is answered here, expected a POST of application/json that accepts application/json, with one object: {"query": "...", "variables": {}}';

/** SQLSTATE of a statement that took too long. */
const STATEMENT_TIMEOUT = '57014';

/** How the engine says that a recursive reader of ours met more levels than it has room for. */
const OVERFLOW = /Maximum call stack size/;

/**
 * The one place where an error becomes an answer. A mistake of the client keeps its words and gets its code; a database that is away is
 * said to be so; everything else is a bug, which is logged whole and shown as an id.
 */
export function createErrorFormatter(log: Logger): (error: unknown) => GraphQLFormattedError {
  return (error) => {
    const outer = error instanceof GraphQLError ? error : new GraphQLError(String(error));
    const cause = rootOf(error);
    const place = {
      ...(outer.locations === undefined ? {} : { locations: outer.locations }),
      ...(outer.path === undefined ? {} : { path: outer.path }),
    };
    // The gate has said already what may be told.
    if (cause instanceof Refused) return { message: outer.message, ...place, extensions: outer.extensions };
    if (cause instanceof UserError) return { message: cause.message, ...place, extensions: { code: cause.code } };
    if (OVERFLOW.test(outer.message)) {
      log.warn('a request was nested too deeply to be read', { error: cause });
      return { message: 'The request is nested too deeply.', ...place, extensions: { code: 'BAD_USER_INPUT' } };
    }
    if (cause instanceof Error && 'code' in cause && cause.code === STATEMENT_TIMEOUT) {
      log.warn('the database gave up a statement of a request', { error: cause });
      return { message: TOO_LONG, ...place, extensions: { code: 'TIMEOUT' } };
    }
    if (isTransient(cause)) {
      log.warn('the database did not answer a request', { error: cause });
      return {
        message: 'The database does not answer at the moment; try again.',
        ...place,
        extensions: { code: 'UNAVAILABLE' },
      };
    }
    const refusal = refusalOf(outer, cause);
    if (refusal !== null) return { message: refusal.message, ...place, extensions: { code: refusal.code } };
    const id = randomUUID();
    log.error('a request failed', { error_id: id, path: outer.path?.join('.'), error: cause });
    return {
      message: `Something went wrong here; it is in the log as ${id}.`,
      ...place,
      extensions: { code: 'INTERNAL_SERVER_ERROR', errorId: id },
    };
  };
}

/** What the GraphQL layers found wrong with the request; null when it is not the request that is wrong. */
function refusalOf(error: GraphQLError, cause: unknown): { readonly code: string; readonly message: string } | null {
  const code = typeof error.extensions['code'] === 'string' ? error.extensions['code'] : undefined;
  // Apollo's words for what is no GraphQL request at all are about Apollo.
  if (code === 'BAD_REQUEST') return { code, message: NO_REQUEST };
  // What GraphQL itself found wrong has no other error behind it.
  const isTheirs = cause instanceof GraphQLError || (code !== undefined && CLIENT_CODES.has(code));
  return isTheirs ? { code: code ?? 'BAD_USER_INPUT', message: error.message } : null;
}

function rootOf(error: unknown): unknown {
  let current = error;
  while (current instanceof GraphQLError && current.originalError != null) current = current.originalError;
  return current;
}

/** Whose fault an answer with this code is. */
export function outcomeOf(code: unknown): 'client_error' | 'server_error' {
  return code === 'INTERNAL_SERVER_ERROR' || code === 'UNAVAILABLE' || code === 'TIMEOUT'
    ? 'server_error'
    : 'client_error';
}
