import type { ServerError } from './errors.ts';

/** What a connection tells: results in order, and why it is over; after the end it may go on, unheard. */
export type Receiver = {
  readonly next: (result: { readonly data?: unknown; readonly errors?: readonly ServerError[] | undefined }) => void;
  readonly end: (how: Ending) => void;
};

/** Opens one connection for one subscription, and never another one: that takes other variables. The result hangs up. */
export type Transport = (options: SubscribeOptions, receiver: Receiver) => (frozen: boolean) => void;

export type SubscribeOptions = {
  /** ws: and wss: are spoken as graphql-transport-ws, http: and https: as server-sent events. */
  readonly url: string;
  readonly credential?: Credential | undefined;
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly webSocket?: WebSocketClass | undefined;
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

/** What this client needs of a WebSocket: the global one of browsers and Node, or the class of the package `ws`. */
export interface WebSocketLike {
  close(code?: number, reason?: string): void;
  /** Only `ws` has it: drops the connection without waiting for an answer. */
  terminate?(): void;
}
export type WebSocketClass = new (url: string, protocols?: string | string[]) => WebSocketLike;
