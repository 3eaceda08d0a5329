import type { LoggedEvent } from '../../log/event.ts';
import type { StreamState } from '../../log/read.ts';
import type { Clock } from '../../platform/clock.ts';
import type { StoredSignal } from '../../signals/signals.service.ts';
import type { StreamItem } from '../stream-item.ts';
import type { WakeUp } from '../wake-up.ts';
import type { ReadEvent } from './ring.ts';

/** The log of one stream, and the signals that its events are about. Each call rejects while the database is away. */
export interface LogReader {
  state(): Promise<StreamState>;
  /** Up to `limit` events after `seq`, oldest first, none left out between them. */
  after(seq: number, limit: number): Promise<readonly LoggedEvent[]>;
  signals(ids: readonly string[]): Promise<ReadonlyMap<string, StoredSignal>>;
}

/** What passes time. */
export interface Timers {
  /** Calls once, after so many ms. Answers what calls it off. */
  after(ms: number, run: () => void): () => void;
  /** Resolves when everything else that is due has had its turn, the sockets too. */
  turn(): Promise<void>;
}

/** Where the items of one subscription go: a WebSocket, a response, a test. Calls after its end are ignored. */
export interface Outlet {
  /** Bytes that the client has not taken yet. */
  readonly waiting: number;
  /** Takes an item as it was rendered; it leaves with the next flush. `cursor` is where a client that has it stands; null for a problem. */
  next(payload: Buffer, cursor: string | null): void;
  /** The subscription is over, by a problem that only the client can solve. */
  complete(): void;
  /** It is over by a mistake: the client's, or one here. */
  fail(error: unknown): void;
  /** Closes the connection of a client that takes nothing. */
  tooSlow(): void;
  /** Calls once when everything that was waiting has been taken. */
  onDrained(run: () => void): void;
  /** Does the work when nobody else on the same connection does such work: else each of many could find room for what all of them bring. */
  inTurn(work: () => Promise<void>): Promise<void>;
}

/** Makes the bytes that all members of a group get for an item. */
export type Render = (item: StreamItem) => Promise<Buffer>;

export type GatewayPorts = {
  readonly reader: LogReader;
  readonly wakeUp: WakeUp;
  readonly timers: Timers;
  /** The clock of the data, for "is it still actionable". */
  readonly dataClock: Clock;
  readonly wallClock: Clock;
  /** Sends what outlets have taken since the last call. */
  readonly flush: () => void;
  /** Told of what went wrong with the log: it is tried again. */
  readonly onFailure: (error: unknown) => void;
  readonly watch: GatewayWatch;
  /** Null where nobody traces. */
  readonly trace?: DeliveryTrace | null;
};

/** Told of what new events went through, in ms since 1970 by its own clock. */
export interface DeliveryTrace {
  now(): number;
  delivered(told: Delivered): void;
  /** Does the work as part of the trace of the event. */
  within(event: Pick<ReadEvent, 'body'>, work: () => void): void;
}

export type Delivered = {
  readonly events: readonly ReadEvent[];
  /** When a look at the log began, and when it had been read. */
  readonly lookedAt: number;
  readonly readAt: number;
  /** When all groups that wanted them had them rendered; null when none did. */
  readonly executedAt: number | null;
  readonly writtenAt: number;
};

/** Told of what happens, to be counted. */
export interface GatewayWatch {
  /** A document was executed, once for all members that get the result. */
  executed(): void;
  /** So many members were sent so many events each, the newest of which is so old. */
  sent(members: number, events: number, lagMs: number, newest: Pick<ReadEvent, 'body'> | undefined): void;
  slow(): void;
}
