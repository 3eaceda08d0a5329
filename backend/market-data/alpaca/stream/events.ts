import type { RefusedMessage } from '../../venue/messages.ts';
import type { DataMessage } from '../protocol/messages.ts';
import type { Missing } from './handshake.ts';

/** Subscribed: data follows. */
export type Connected = {
  readonly kind: 'CONNECTED';
  /** Bars that begin at this instant (ms) or later may have been missed or changed since; null on the first connection. */
  readonly missedSince: number | null;
  /** What was asked for and not granted, by channel. */
  readonly missing: Missing;
};

export type Disconnected = {
  readonly kind: 'DISCONNECTED';
  readonly reason: string;
  /** What Alpaca said: a code of the stream, or the status of a refused handshake. */
  readonly code: number | null;
  readonly retryInMs: number;
};

/** In session, and no bar of any symbol that trades since `since`. The socket is replaced; told once until it is over. */
export type Stalled = { readonly kind: 'STALLED'; readonly since: number };

/** A bar came, or none is expected any more: the session is over, or everything is halted. */
export type Recovered = {
  readonly kind: 'RECOVERED';
  readonly since: number;
  readonly by: 'BAR' | 'CLOSE' | 'HALT';
};

/** What a reader of the stream is told, in the order in which it happened; `at` is when, by the stream's clock (ms). */
export type FeedEvent = (DataMessage | RefusedMessage | Connected | Disconnected | Stalled | Recovered) & {
  readonly at: number;
};
