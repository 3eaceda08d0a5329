import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import { problemOf } from '../platform/http/answers.ts';

/** A body that cannot be read is refused in the form of an answer of GraphQL, since whoever sent it reads nothing else. */
export function refuseAsGraphql(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = error.statusCode ?? 500;
  // A bug is for the handler of the server: it is logged there.
  if (status >= 500) return reply.send(error);
  return sendRefusal(reply, status, problemOf(status, error.code));
}

type Refusal = {
  readonly httpStatus: number;
  readonly errors: readonly GraphQLError[];
  readonly retryAfterMs?: number;
};

/** For a request that the gate did not let in. */
export function refuse(
  reply: FastifyReply,
  { httpStatus, errors, retryAfterMs }: Refusal,
  formatError: (error: unknown) => GraphQLFormattedError,
): FastifyReply {
  if (retryAfterMs !== undefined) reply.header('retry-after', String(Math.ceil(retryAfterMs / 1_000)));
  return reply.code(httpStatus).send({ errors: errors.map(formatError) });
}

/** For what a page of somebody else makes a browser send. */
export function refuseForeign(reply: FastifyReply): FastifyReply {
  return sendRefusal(reply, 403, { code: 'FORBIDDEN', message: 'Pages of this origin may not ask here.' });
}

/** For a request whose method has nothing here: a browser that wants a page is told that there is none. */
export function refuseMethod(allowed: readonly string[]) {
  return async ({ method, headers }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    reply.header('allow', allowed.join(', '));
    const wantsPage = method === 'GET' && (headers.accept ?? '').includes('text/html');
    if (wantsPage) return sendRefusal(reply, 406, { code: 'NOT_ACCEPTABLE', message: 'There is no page here.' });
    const message = `The method is "${method}", expected ${allowed.join(' or ')}.`;
    return sendRefusal(reply, 405, { code: 'METHOD_NOT_ALLOWED', message });
  };
}

type Problem = { readonly code: string; readonly message: string };

function sendRefusal(reply: FastifyReply, status: number, { code, message }: Problem): FastifyReply {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .send({ errors: [{ message, extensions: { code } }] });
}
