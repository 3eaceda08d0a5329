import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLFormattedError } from 'graphql';
import type { Access } from '../access/access.ts';
import type { Principal } from '../access/principal.ts';
import { comeBackMs } from '../delivery/transports/patience.ts';
import { knownOf } from './answers/known.ts';
import { comeBack, isEventSource } from './events/come-back.ts';
import { COME_BACK_S } from './unavailable.ts';

type Door = { readonly access: Access; readonly formatError: (error: unknown) => GraphQLFormattedError };

const known = new WeakMap<FastifyRequest, Principal>();
const STATUS: Readonly<Record<string, number>> = { UNAUTHENTICATED: 401, FORBIDDEN: 403, UNAVAILABLE: 503 };

/** Finds out who asks before anything of the body is read; nobody is answered here. `named`: what a request shows of who asks. */
export function authenticateHttp({ access, formatError }: Door, named = credentialsOf) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    try {
      known.set(request, await principalFor(access, request, named));
      reply.header('cache-control', 'no-store');
      return undefined;
    } catch (error) {
      const shown = formatError(error);
      const status = STATUS[String(shown.extensions?.['code'])] ?? 500;
      if (status === 503 && isEventSource(request)) return comeBack(reply, comeBackMs(Math.random()));
      if (status === 401) reply.header('www-authenticate', 'Bearer');
      if (status === 503) reply.header('retry-after', COME_BACK_S);
      return reply
        .code(status)
        .header('cache-control', 'no-store')
        .send({ errors: [shown] });
    }
  };
}

/** Who asks, once it was found out. */
export function principalOf(request: FastifyRequest): Principal {
  const principal = known.get(request);
  if (principal === undefined) throw new Error('A request came to its handler without being authenticated');
  return principal;
}

function principalFor(
  access: Access,
  { raw, id }: FastifyRequest,
  named: typeof credentialsOf,
): Principal | Promise<Principal> {
  const before = knownOf(raw);
  if (before === undefined) return recognise(access, raw, id, named);
  if ('refused' in before) throw before.refused;
  return before.principal;
}

/** Who asks. Rejects as `Access.recognise` does. */
export async function recognise(
  access: Access,
  raw: IncomingMessage,
  requestId: string,
  named = credentialsOf,
): Promise<Principal> {
  const { headers } = raw;
  return access.recognise({
    named: named(raw),
    place: { host: headers.host, origin: headers.origin },
    requestId,
  });
}

const NAMES = ['authorization', 'x-api-key', 'x-tenant'] as const;
const NOTHING = {};

/** Node keeps the first of two headers of a name; two are refused, because a proxy may have looked at the other one. */
export function credentialsOf({ headers, headersDistinct }: IncomingMessage): Readonly<Record<string, unknown>> {
  if (NAMES.every((name) => headers[name] === undefined)) return NOTHING;
  return Object.fromEntries(
    NAMES.map((name) => {
      const values = headersDistinct[name] ?? [];
      return [name, values.length > 1 ? values : values[0]];
    }),
  );
}
