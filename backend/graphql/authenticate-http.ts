import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLFormattedError } from 'graphql';
import type { Access } from '../access/access.ts';
import type { Principal } from '../access/principal.ts';
import { comeBackMs } from '../delivery/transports/patience.ts';
import type { Turns } from '../platform/load/turns.ts';
import { knownOf } from './answers/known.ts';
import { comeBack, isEventSource } from './events/come-back.ts';
import { COME_BACK_S } from './unavailable.ts';

type Recogniser = { readonly access: Access; readonly turns: Turns };
type Door = Recogniser & { readonly formatError: (error: unknown) => GraphQLFormattedError };

const known = new WeakMap<FastifyRequest, Principal>();
const STATUS: Readonly<Record<string, number>> = { UNAUTHENTICATED: 401, FORBIDDEN: 403, UNAVAILABLE: 503 };

/** Finds out who asks before anything of the body is read; nobody is answered here. `named`: what a request shows of who asks. */
export function authenticateHttp(door: Door, named = credentialsOf) {
  const { formatError } = door;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    try {
      known.set(request, await principalFor(door, request, named));
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
  door: Door,
  { raw, id }: FastifyRequest,
  named: typeof credentialsOf,
): Principal | Promise<Principal> {
  const before = knownOf(raw);
  if (before === undefined) return recognise(door, raw, id, named);
  if ('refused' in before) throw before.refused;
  return before.principal;
}

/** Who asks, when it is its turn. Rejects as `Access.recognise` does. */
export async function recognise(
  { access, turns }: Recogniser,
  raw: IncomingMessage,
  requestId: string,
  named = credentialsOf,
): Promise<Principal> {
  const { headers } = raw;
  const turn = turns.next();
  if (turn !== null) await turn;
  const principal = await access.recognise({
    named: named(raw),
    place: { host: headers.host, origin: headers.origin },
    requestId,
  });
  // What shows who it is was looked at elsewhere, and for many at once: they come back together.
  const again = turns.next();
  if (again !== null) await again;
  return principal;
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
