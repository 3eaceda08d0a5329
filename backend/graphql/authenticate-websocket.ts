import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Access } from '../access/access.ts';
import { Forbidden, Unauthenticated } from '../access/principal.ts';
import type { Session } from '../access/session-watch.ts';

/** What graphql-transport-ws says to somebody who may not come in, or not stay. */
const CLOSE_FORBIDDEN = 4403;
const TRY_AGAIN_LATER = 1013;
/** So long a subscription has to say why it ends. */
const FAREWELL_MS = 100;

const NAMES = ['authorization', 'x-api-key', 'x-tenant'];

export type Opened = { readonly request: IncomingMessage; readonly socket: WebSocket };

/**
 * Finds out who opens a socket, by the payload of connection_init or by the headers that it was opened with, and closes it when that is
 * nobody. From then on the credential is looked at again and again; when it is not what it was, subscriptions say so and the socket is
 * closed.
 */
export async function authenticateSocket(
  access: Access,
  { request, socket }: Opened,
  payload: Readonly<Record<string, unknown>> | undefined,
): Promise<Session | null> {
  const { headers } = request;
  const named = { ...namedIn(headers), ...namedIn(payload ?? {}) };
  try {
    const place = { host: headers.host, origin: headers.origin };
    const principal = await access.recognise({ named, place, requestId: null });
    const session = access.open(principal);
    if (socket.readyState !== socket.OPEN) session.close();
    socket.once('close', () => session.close());
    session.ended.addEventListener('abort', () => {
      setTimeout(() => socket.close(CLOSE_FORBIDDEN, 'REAUTHENTICATE'), FAREWELL_MS).unref();
    });
    return session;
  } catch (error) {
    if (error instanceof Unauthenticated || error instanceof Forbidden) socket.close(CLOSE_FORBIDDEN, error.code);
    else socket.close(TRY_AGAIN_LATER, 'UNAVAILABLE');
    return null;
  }
}

/** A browser can send no header with a socket, a program can send both: then what it says last holds, under the same name. */
function namedIn(source: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(source).flatMap(([name, value]) => {
      const lower = name.toLowerCase();
      return NAMES.includes(lower) ? [[lower, value]] : [];
    }),
  );
}
