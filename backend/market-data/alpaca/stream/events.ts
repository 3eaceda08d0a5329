import type { RefusedMessage } from '../../venue/messages.ts';
import type { Heard, StreamEvent } from '../../venue/stream/events.ts';
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

/** What Alpaca's stream tells besides what every stream does. */
export type Happened = DataMessage | RefusedMessage | Connected;

/** What a reader of the stream is told, in the order in which it happened; `at` is when, by the stream's clock (ms). */
export type FeedEvent = Heard<Happened | StreamEvent>;
