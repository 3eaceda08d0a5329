import { createClient } from 'graphql-ws/client';
import type { ServerError } from './errors.ts';
import type { Credential, Ending, Transport, WebSocketClass, WebSocketLike } from './transport.ts';

/** The protocol graphql-transport-ws, over a socket that carries nothing else. */
export const webSocket: Transport = (options, { next, end }) => {
  let connected = false;
  const socket = socketHandle(webSocketClass(options.webSocket));
  const client = createClient({
    url: options.url,
    webSocketImpl: socket.Class,
    ...(options.credential === undefined ? {} : { connectionParams: shown(options.credential) }),
    retryAttempts: 0,
    on: {
      connected: () => {
        connected = true;
      },
      // A close with code 1000 makes graphql-ws connect again in spite of retryAttempts, and with the old cursor: end before it can.
      closed: (event) => end(connected ? endingOf(event) : endingOfAttempt(event)),
    },
  });
  const unsubscribe = client.subscribe<unknown>(
    { query: options.query, variables: options.variables },
    { next, error: (error) => end(endingOf(error)), complete: () => end({ kind: 'completed' }) },
  );
  return (frozen) => {
    unsubscribe();
    socket.hangUp(frozen);
  };
};

/** The class that was given, or else the platform's. Throws a TypeError where there is neither. */
export function webSocketClass(given: WebSocketClass | undefined): WebSocketClass {
  const found = given ?? (typeof WebSocket === 'undefined' ? undefined : WebSocket);
  if (found === undefined) throw new TypeError('This platform has no global WebSocket, expected the option webSocket');
  return found;
}

function shown(credential: Credential): () => Promise<Record<string, unknown>> {
  return async () => ({
    authorization: `Bearer ${typeof credential === 'string' ? credential : await credential()}`,
  });
}

/** Keeps hold of the socket that graphql-ws opens, which it does not give out before it is open. */
function socketHandle(WebSocketImpl: WebSocketClass) {
  let socket: WebSocketLike | undefined;
  class Class extends WebSocketImpl {
    constructor(url: string, protocols?: string | string[]) {
      super(url, protocols);
      socket = this;
    }
  }
  return {
    Class,
    hangUp(frozen: boolean): void {
      if (frozen && socket?.terminate !== undefined) socket.terminate();
      else socket?.close();
    },
  };
}

function endingOf(failure: unknown): Ending {
  if (Array.isArray(failure)) return { kind: 'refused', errors: failure as readonly ServerError[] };
  if (isCloseEvent(failure)) return { kind: 'closed', code: failure.code, reason: failure.reason };
  // An Error is ours or of graphql-ws, about what it read; failures of the network are events, which say nothing in a browser.
  if (failure instanceof Error) return { kind: 'unreadable', message: failure.message };
  return { kind: 'unreachable' };
}

/** A socket that never opened closes with 1006, too. */
function endingOfAttempt(event: unknown): Ending {
  const ending = endingOf(event);
  return ending.kind === 'closed' && ending.code === 1006 ? { kind: 'unreachable' } : ending;
}

function isCloseEvent(value: unknown): value is { code: number; reason: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    'reason' in value &&
    typeof value.code === 'number'
  );
}
