import type { CursorCodec, CursorContent } from '../log/cursor.ts';
import type { LoggedEvent } from '../log/event.ts';
import { readEventsAfter, readStreamState, type StreamState } from '../log/read.ts';
import type { Clock } from '../platform/clock.ts';
import { isTransient, type Pool } from '../platform/database/pool.ts';
import { parseSignalEvent, type SignalEventBody } from '../signals/signal-event.ts';
import { filterHash, matches, type SignalFilter } from '../signals/signal-filter.ts';
import type { SignalsService, StoredSignal } from '../signals/signals.service.ts';
import { type ProblemCode, resolveStart, type StartProblem } from './start.ts';
import type { WakeUp } from './wake-up.ts';

/** A matching event with its signal as it stands now. */
export type StreamedEvent = {
  readonly logged: LoggedEvent;
  readonly body: SignalEventBody;
  readonly cursor: string;
  readonly signal: StoredSignal;
};

/** A page of the log and what of it is wanted. */
type Page = { readonly logged: readonly LoggedEvent[]; readonly events: readonly StreamedEvent[] };

export type StreamItem =
  | {
      readonly kind: 'batch';
      readonly events: readonly StreamedEvent[];
      readonly cursor: string;
      readonly previousCursor: string | null;
      readonly lagMs: number;
    }
  | {
      readonly kind: 'checkpoint';
      readonly cursor: string;
      readonly previousCursor: string | null;
      readonly headCursor: string;
      readonly serverTime: number;
      readonly live: boolean;
    }
  | {
      readonly kind: 'problem';
      readonly code: ProblemCode;
      readonly message: string;
      readonly earliestCursor: string | null;
      readonly headCursor: string;
      readonly lastCommonCursor: string | null;
      readonly retryAfterMs: number | null;
    };

export type FollowContext = {
  readonly pool: Pool;
  readonly signals: Pick<SignalsService, 'byIds'>;
  readonly codec: CursorCodec;
  readonly wakeUp: WakeUp;
  /** The clock of the data, for "is it still actionable". */
  readonly dataClock: Clock;
  readonly wallClock: Clock;
  readonly pollMs: number;
  readonly checkpointMs: number;
  /** Aborted when the process begins to drain; its reason is the time in ms after which clients should come back. */
  readonly draining: AbortSignal;
  /** Spreads the return of clients; 0 to 1. */
  readonly random: () => number;
};

export type FollowRequest = {
  readonly stream: string;
  readonly after: string | null;
  readonly from: 'BEGINNING' | 'LIVE';
  /** Normalised. */
  readonly filter: SignalFilter;
  readonly maxBatch: number;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
  /** Aborted when the client has to say anew who it is. */
  readonly ended: AbortSignal;
};

const PAGE = 500;

/**
 * A subscription as a pull loop: it reads a page after its cursor, hands on what matches and moves the cursor over what does not. It holds
 * one page and never a queue, so a slow client costs no memory. It ends when the client leaves, or after the problem that says why it cannot
 * go on from its place. It does not end when the process drains: clients do not open again what was completed, only what was cut off.
 */
export async function* followSignals(context: FollowContext, request: FollowRequest): AsyncGenerator<StreamItem> {
  const follower = new Follower(context, request);
  const start = await follower.start();
  if (typeof start !== 'number') {
    yield start;
    return;
  }
  yield* follower.from(start);
}

class Follower {
  readonly #context: FollowContext;
  readonly #request: FollowRequest;
  readonly #filterHash: string;
  #epoch = '';
  #head = 0;
  #epochs: ReadonlySet<string> = new Set();
  /** The database was away: what comes back may be an older state of it. */
  #wasAway = false;
  #lastItemAt = 0;
  #previousCursor: string | null;

  constructor(context: FollowContext, request: FollowRequest) {
    this.#context = context;
    this.#request = request;
    this.#filterHash = filterHash(request.filter);
    this.#previousCursor = request.after;
  }

  async start(): Promise<number | StreamItem> {
    const { codec, pool } = this.#context;
    const { stream, from } = this.#request;
    const after = this.#request.after === null ? null : codec.decode(this.#request.after);
    const state = await readStreamState(pool, stream);
    return this.#resolve(state, after, from);
  }

  async *from(start: number): AsyncGenerator<StreamItem> {
    const { signal, ended, stream } = this.#request;
    const { wakeUp, draining, pollMs, checkpointMs } = this.#context;
    const stop = AbortSignal.any([signal, ended, draining]);
    let seq = start;
    let wasLive = false;
    while (!stop.aborted) {
      const page = await this.#read(seq);
      if (page !== null && 'kind' in page) return yield page;
      const first = page?.logged[0];
      if (page !== null && first !== undefined) {
        wasLive = false;
        // A partition was dropped under a reader that had fallen that far behind: told, never skipped.
        if (first.seq !== seq + 1) return yield this.#outdated(first.seq);
        yield* this.#items(page);
        seq = page.logged.at(-1)?.seq ?? seq;
        continue;
      }
      // Caught up: said at once, then again before the silence grows too long.
      const live = page !== null;
      if (live) this.#head = Math.max(this.#head, seq);
      if (live !== wasLive || this.#silentFor() >= checkpointMs - pollMs) yield this.#checkpoint(seq, live);
      wasLive = live;
      // What was announced cannot be read while the database is away: then only time is waited for.
      await wakeUp.wait(stream, live ? seq : Number.POSITIVE_INFINITY, Math.min(pollMs, checkpointMs), stop);
    }
    if (signal.aborted) return;
    yield ended.aborted ? this.#unknown(seq) : this.#drained(seq);
    await aborted(signal);
  }

  /**
   * The next page, the problem that keeps it from being the next one, or null while the database is away: the subscription stays open and
   * says that it is not live. All that the page needs is read here, so that nothing which was taken off the log can fail on its way to the
   * client.
   */
  async #read(seq: number): Promise<Page | StreamItem | null> {
    const { pool, signals } = this.#context;
    try {
      const logged = await readEventsAfter(pool, this.#request.stream, seq, PAGE);
      const problem = await this.#restored(logged, seq);
      if (problem !== null) return problem;
      const wanted = this.#wanted(logged);
      const stored =
        wanted.length === 0
          ? new Map<string, StoredSignal>()
          : await signals.byIds(wanted.map(({ body }) => body.facts.signalId));
      return { logged, events: wanted.map((event) => ({ ...event, signal: signalOf(event, stored) })) };
    } catch (error) {
      if (!isTransient(error)) throw error;
      this.#wasAway = true;
      return null;
    }
  }

  /** The problem of a stream that was restored under its reader, and has lost the place that was reached; null for one that has not. */
  async #restored(page: readonly LoggedEvent[], seq: number): Promise<StreamItem | null> {
    if (!this.#wasAway && page.every(({ epoch }) => this.#epochs.has(epoch))) return null;
    const { stream, from } = this.#request;
    const after = { positions: { [stream]: { epoch: this.#epoch, seq } }, filterHash: this.#filterHash };
    const place = this.#resolve(await readStreamState(this.#context.pool, stream), after, from);
    this.#wasAway = false;
    return typeof place === 'number' ? null : place;
  }

  /** The seq to read on from in the present incarnation of the stream, or why there is none. */
  #resolve(state: StreamState, after: CursorContent | null, from: FollowRequest['from']): number | StreamItem {
    const place = resolveStart(this.#request.stream, state, { after, from, filterHash: this.#filterHash });
    this.#epoch = state.head.epoch;
    this.#head = state.head.seq;
    this.#epochs = new Set(state.epochs.map(({ epoch }) => epoch));
    return typeof place === 'number' ? place : this.#problem(place, state.firstSeq);
  }

  #wanted(page: readonly LoggedEvent[]): Omit<StreamedEvent, 'signal'>[] {
    const now = this.#context.dataClock.now();
    return page
      .map((logged) => ({ logged, body: parseSignalEvent(logged), cursor: this.#cursor(logged.epoch, logged.seq) }))
      .filter((event) => matches(this.#request.filter, event.body, now));
  }

  *#items({ logged, events }: Page): Generator<StreamItem> {
    const { maxBatch } = this.#request;
    const last = logged.at(-1);
    if (last === undefined) return;
    this.#epoch = last.epoch;
    this.#head = Math.max(this.#head, last.seq);
    const end = this.#cursor(last.epoch, last.seq);
    for (let at = 0; at < events.length; at += maxBatch) {
      const batch = events.slice(at, at + maxBatch);
      const isLast = at + maxBatch >= events.length;
      yield this.#batch(batch, isLast ? end : (batch.at(-1)?.cursor ?? end));
    }
    if (events.length === 0) yield this.#checkpoint(last.seq, false);
  }

  #batch(events: readonly StreamedEvent[], cursor: string): StreamItem {
    const newest = events.at(-1)?.logged.recordedAt ?? 0;
    const previousCursor = this.#moveTo(cursor);
    return {
      kind: 'batch',
      events,
      cursor,
      previousCursor,
      lagMs: Math.max(0, Math.round(this.#context.wallClock.now() - newest)),
    };
  }

  #checkpoint(seq: number, live: boolean): StreamItem {
    const cursor = this.#cursor(this.#epoch, seq);
    const previousCursor = this.#moveTo(cursor);
    const serverTime = this.#context.wallClock.now();
    return {
      kind: 'checkpoint',
      cursor,
      previousCursor,
      headCursor: this.#cursor(this.#epoch, Math.max(seq, this.#head)),
      serverTime,
      live,
    };
  }

  #problem({ code, message, lastCommonSeq }: StartProblem, firstSeq: number): StreamItem {
    return {
      kind: 'problem',
      code,
      message,
      earliestCursor: this.#cursor(this.#epoch, firstSeq - 1),
      headCursor: this.#cursor(this.#epoch, this.#head),
      lastCommonCursor: lastCommonSeq === undefined ? null : this.#cursor(this.#epoch, lastCommonSeq),
      retryAfterMs: null,
    };
  }

  #outdated(firstSeq: number): StreamItem {
    return this.#problem(
      { code: 'OUTDATED_CURSOR', message: `The oldest event that is still held is ${firstSeq}.` },
      firstSeq,
    );
  }

  #drained(seq: number): StreamItem {
    const reason: unknown = this.#context.draining.reason;
    return {
      kind: 'problem',
      code: 'SHUTTING_DOWN',
      message: 'This process is going away; come back with the cursor that you hold.',
      earliestCursor: null,
      headCursor: this.#cursor(this.#epoch, Math.max(seq, this.#head)),
      lastCommonCursor: null,
      retryAfterMs: typeof reason === 'number' ? Math.round(reason * this.#context.random()) : 0,
    };
  }

  #unknown(seq: number): StreamItem {
    return {
      kind: 'problem',
      ...REAUTHENTICATE,
      earliestCursor: null,
      headCursor: this.#cursor(this.#epoch, Math.max(seq, this.#head)),
      lastCommonCursor: null,
    };
  }

  #moveTo(cursor: string): string | null {
    const previous = this.#previousCursor;
    this.#previousCursor = cursor;
    this.#lastItemAt = this.#context.wallClock.now();
    return previous;
  }

  #silentFor(): number {
    return this.#context.wallClock.now() - this.#lastItemAt;
  }

  #cursor(epoch: string, seq: number): string {
    return this.#context.codec.encode({
      positions: { [this.#request.stream]: { epoch, seq } },
      filterHash: this.#filterHash,
    });
  }
}

/** The credential has expired, was revoked or allows less than it did. Which of them, a new attempt will show. */
export const REAUTHENTICATE = {
  code: 'REAUTHENTICATE',
  message: 'The credential is not what it was; come back with one that is good, and with the cursor that you hold.',
  retryAfterMs: 0,
} as const;

/** Every event's signal is stored in the transaction of its first event. */
function signalOf(
  { logged, body }: Omit<StreamedEvent, 'signal'>,
  stored: ReadonlyMap<string, StoredSignal>,
): StoredSignal {
  const signal = stored.get(body.facts.signalId);
  if (signal === undefined)
    throw new Error(`Event ${logged.seq} is about signal ${body.facts.signalId}, which is not stored`);
  return signal;
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
