import { createClient } from 'graphql-ws/client';
import type { ServerError } from './errors.ts';
import { readItem } from './item.ts';
import type { StreamItem } from './types.ts';

export type SubscribeOptions = {
  readonly url: string;
  readonly credential?: Credential | undefined;
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly webSocket: WebSocketClass;
  /** Items that may wait to be taken; one more ends the subscription with `full`. */
  readonly maxBuffered: number;
  readonly stallAfterMs: number;
  readonly signal: AbortSignal;
  readonly onFull: () => void;
};

/** What is shown to the server, or what gives it. */
export type Credential = string | (() => string | Promise<string>);

/** Why there are no more items. */
export type Ending =
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'refused'; readonly errors: readonly ServerError[] }
  | { readonly kind: 'unreadable'; readonly message: string }
  | { readonly kind: 'completed' }
  | { readonly kind: 'stalled' }
  | { readonly kind: 'full' }
  | { readonly kind: 'stopped' };

export interface Subscription {
  /** The next item; when all are taken and no more can come, the ending, again and again. */
  next(): Promise<StreamItem | Ending>;
  close(): void;
}

/** What this client needs of a WebSocket: the global one of browsers and Node, or the class of the package `ws`. */
export interface WebSocketLike {
  close(code?: number, reason?: string): void;
  /** Only `ws` has it: drops the connection without waiting for an answer. */
  terminate?(): void;
}
export type WebSocketClass = new (url: string, protocols?: string | string[]) => WebSocketLike;

/** One subscription over one socket of its own. It never reconnects: that takes other variables. */
export function subscribe(options: SubscribeOptions): Subscription {
  const items: StreamItem[] = [];
  let ending: Ending | undefined;
  let wake = () => {};
  let connected = false;
  const silence = watchSilence(options.stallAfterMs, () => end({ kind: 'stalled' }));
  const socket = socketHandle(options.webSocket);
  const stopped = () => end({ kind: 'stopped' });

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
    {
      next: ({ data, errors }) => (errors === undefined ? take(data) : end({ kind: 'refused', errors })),
      error: (error) => end(endingOf(error)),
      complete: () => end({ kind: 'completed' }),
    },
  );
  options.signal.addEventListener('abort', stopped);
  if (options.signal.aborted) stopped();

  function take(data: unknown): void {
    if (ending !== undefined) return;
    silence.broken();
    try {
      const item = readItem(data);
      if (item !== null) items.push(item);
    } catch (error) {
      end({ kind: 'unreadable', message: error instanceof Error ? error.message : String(error) });
    }
    wake();
    if (items.length < options.maxBuffered || ending !== undefined) return;
    end({ kind: 'full' });
    options.onFull();
  }

  function end(how: Ending): void {
    if (ending !== undefined) return;
    ending = how;
    if (how.kind === 'stopped') items.length = 0;
    silence.stop();
    options.signal.removeEventListener('abort', stopped);
    unsubscribe();
    socket.hangUp(how.kind === 'stalled');
    wake();
  }

  return {
    async next() {
      while (items.length === 0 && ending === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return items.shift() ?? ending ?? { kind: 'stopped' };
    },
    close: stopped,
  };
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

/** Calls back when nothing has come for `ms`, once. */
function watchSilence(ms: number, onSilence: () => void) {
  let timer: ReturnType<typeof setTimeout>;
  // After a sleep of the process the timer is due before the data that waits in the socket: let that in first.
  const lastCall = () => {
    timer = setTimeout(onSilence, 1);
  };
  const broken = () => {
    clearTimeout(timer);
    timer = setTimeout(lastCall, ms);
  };
  broken();
  return { broken, stop: () => clearTimeout(timer) };
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
