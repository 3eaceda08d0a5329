import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { isTransient } from '../platform/database/pool.ts';
import { UserError } from '../platform/errors.ts';
import type { Logger } from '../platform/telemetry/logger.ts';

/** Codes that come from the GraphQL layers themselves and tell a client about its own request. */
const CLIENT_CODES = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
]);

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
    if (cause instanceof UserError) return { message: cause.message, ...place, extensions: { code: cause.code } };
    if (OVERFLOW.test(outer.message)) {
      log.warn('a request was nested too deeply to be read', { error: cause });
      return { message: 'The request is nested too deeply.', ...place, extensions: { code: 'BAD_USER_INPUT' } };
    }
    if (isTransient(cause)) {
      log.warn('the database did not answer a request', { error: cause });
      return {
        message: 'The database does not answer at the moment; try again.',
        ...place,
        extensions: { code: 'UNAVAILABLE' },
      };
    }
    const code = typeof outer.extensions['code'] === 'string' ? outer.extensions['code'] : undefined;
    // What GraphQL itself found wrong with the request has no other error behind it.
    const isFromGraphql = cause instanceof GraphQLError;
    if (isFromGraphql || (code !== undefined && CLIENT_CODES.has(code))) {
      return { message: outer.message, ...place, extensions: { code: code ?? 'BAD_USER_INPUT' } };
    }
    const id = randomUUID();
    log.error('a request failed', { error_id: id, path: outer.path?.join('.'), error: cause });
    return {
      message: `Something went wrong here; it is in the log as ${id}.`,
      ...place,
      extensions: { code: 'INTERNAL_SERVER_ERROR', errorId: id },
    };
  };
}

function rootOf(error: unknown): unknown {
  let current = error;
  while (current instanceof GraphQLError && current.originalError != null) current = current.originalError;
  return current;
}

/** Whose fault an answer with this code is. */
export function outcomeOf(code: unknown): 'client_error' | 'server_error' {
  return code === 'INTERNAL_SERVER_ERROR' || code === 'UNAVAILABLE' ? 'server_error' : 'client_error';
}
