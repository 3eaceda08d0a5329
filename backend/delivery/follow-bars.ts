import type { CursorCodec } from '../log/cursor.ts';
import { type BarPage, type BarsOf, readBarPage, type StreamedBar } from '../market-data/bar-streams/page.ts';
import { type BarStream, type BarStreams, readBarStreams, wakeUpName } from '../market-data/bar-streams/streams.ts';
import type { Clock } from '../platform/clock.ts';
import { isTransient, type Pool } from '../platform/database/pool.ts';
import { BarCursors, type BarPosition, resolvePosition, startOf } from './bar-position.ts';
import type { StartProblem } from './start.ts';
import { REAUTHENTICATE, SHUTTING_DOWN, type StreamItem } from './stream-item.ts';
import type { WakeUp } from './wake-up.ts';

export type BarStreamItem =
  | {
      readonly kind: 'batch';
      readonly bars: readonly StreamedBar[];
      readonly cursor: string;
      readonly previousCursor: string | null;
      readonly lagMs: number;
    }
  | Exclude<StreamItem, { readonly kind: 'batch' }>;

export type FollowBarsContext = {
  readonly pool: Pool;
  readonly codec: CursorCodec;
  readonly wakeUp: WakeUp;
  readonly wallClock: Clock;
  readonly pollMs: number;
  readonly checkpointMs: number;
  /** Aborted when the process begins to drain; its reason is the time in ms after which clients should come back. */
  readonly draining: AbortSignal;
  /** Spreads the return of clients; 0 to 1. */
  readonly random: () => number;
};

export type FollowBarsRequest = BarsOf & {
  readonly after: string | null;
  readonly from: 'BEGINNING' | 'LIVE';
  readonly maxBatch: number;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
  /** Aborted when the client has to say anew who it is. */
  readonly ended: AbortSignal;
};

const PAGE = 1_000;

/**
 * The bars of an instrument as they are stored, each revision once, as a pull loop like that of signals: it holds one page and never a queue.
 * Bars of one feed come in the order of their commits; a cursor holds a place in each feed that delivers the instrument.
 */
export async function* followBars(
  context: FollowBarsContext,
  request: FollowBarsRequest,
): AsyncGenerator<BarStreamItem> {
  const follower = new BarFollower(context, request);
  const problem = await follower.start();
  if (problem !== null) {
    yield problem;
    return;
  }
  yield* follower.items();
}

class BarFollower {
  readonly #context: FollowBarsContext;
  readonly #request: FollowBarsRequest;
  readonly #cursors: BarCursors;
  #state: BarStreams = { epoch: '', streams: [] };
  #position = new Map<string, number>();
  #previousCursor: string | null;
  #lastItemAt: number;

  constructor(context: FollowBarsContext, request: FollowBarsRequest) {
    this.#context = context;
    this.#request = request;
    this.#cursors = new BarCursors(context.codec, request);
    this.#previousCursor = request.after;
    this.#lastItemAt = context.wallClock.now();
  }

  async start(): Promise<BarStreamItem | null> {
    const { after, from } = this.#request;
    const state = await this.#look();
    return this.#goOn(state, after === null ? startOf(state, from) : this.#cursors.resolve(after, state));
  }

  async *items(): AsyncGenerator<BarStreamItem> {
    const { signal, ended } = this.#request;
    const { draining, pollMs, checkpointMs } = this.#context;
    const stop = AbortSignal.any([signal, ended, draining]);
    let wasLive = false;
    while (!stop.aborted) {
      const found = await this.#read();
      if (found !== null && 'kind' in found) return yield found;
      if (found !== null && found.stream !== null) {
        if (found.page.bars.length > 0) {
          wasLive = false;
          yield* this.#batches(found.stream, found.page);
        } else if (this.#silentFor() >= checkpointMs - pollMs) yield this.#checkpoint(false);
        this.#position.set(found.stream.name, found.page.upTo);
        continue;
      }
      const live = found !== null;
      if (live !== wasLive || this.#silentFor() >= checkpointMs - pollMs) yield this.#checkpoint(live);
      wasLive = live;
      await this.#wait(live, Math.min(pollMs, checkpointMs), stop);
    }
    if (signal.aborted) return;
    yield ended.aborted ? this.#unknown() : this.#drained();
    await aborted(signal);
  }

  #look(): Promise<BarStreams> {
    return readBarStreams(this.#context.pool, this.#request.instrumentId, this.#request.timeframe);
  }

  /**
   * The next page of the first stream that has grown, no stream when none has, the problem that keeps it from being the next one, or null while
   * the database is away.
   */
  async #read(): Promise<{ stream: BarStream; page: BarPage } | { stream: null } | BarStreamItem | null> {
    try {
      const state = await this.#look();
      const problem = this.#goOn(state, resolvePosition(this.#state.epoch, this.#position, state));
      if (problem !== null) return problem;
      for (const stream of state.streams) {
        const after = this.#position.get(stream.name) ?? 0;
        if (stream.head > after)
          return { stream, page: await readBarPage(this.#context.pool, stream, this.#request, after, PAGE) };
      }
      return { stream: null };
    } catch (error) {
      if (!isTransient(error)) throw error;
      return null;
    }
  }

  /** Takes the place, or answers the problem that there is instead of one. */
  #goOn(state: BarStreams, place: BarPosition | StartProblem): BarStreamItem | null {
    this.#state = state;
    if (place instanceof Map) {
      this.#position = place;
      return null;
    }
    return this.#problem(place as StartProblem);
  }

  *#batches(stream: BarStream, { bars, upTo }: BarPage): Generator<BarStreamItem> {
    const { maxBatch } = this.#request;
    for (let at = 0; at < bars.length; at += maxBatch) {
      const batch = bars.slice(at, at + maxBatch);
      const isLast = at + maxBatch >= bars.length;
      const newest = batch.at(-1);
      if (newest === undefined) return;
      this.#position.set(stream.name, isLast ? upTo : newest.seq);
      const cursor = this.#cursor();
      const previousCursor = this.#moveTo(cursor);
      const lagMs = Math.max(0, Math.round(this.#context.wallClock.now() - newest.recordedAt));
      yield { kind: 'batch', bars: batch, cursor, previousCursor, lagMs };
    }
  }

  #checkpoint(live: boolean): BarStreamItem {
    const cursor = this.#cursor();
    const previousCursor = this.#moveTo(cursor);
    const serverTime = this.#context.wallClock.now();
    return { kind: 'checkpoint', cursor, previousCursor, headCursor: this.#headCursor(), serverTime, live };
  }

  #problem({ code, message }: StartProblem): BarStreamItem {
    const earliestCursor = this.#cursors.encode(this.#state.epoch, startOf(this.#state, 'BEGINNING'));
    const places = { earliestCursor, headCursor: this.#headCursor(), lastCommonCursor: null };
    return { kind: 'problem', code, message, ...places, retryAfterMs: null };
  }

  #drained(): BarStreamItem {
    const reason: unknown = this.#context.draining.reason;
    return {
      ...{ kind: 'problem', ...SHUTTING_DOWN },
      ...{ earliestCursor: null, headCursor: this.#headCursor(), lastCommonCursor: null },
      retryAfterMs: typeof reason === 'number' ? Math.round(reason * this.#context.random()) : 0,
    };
  }

  #unknown(): BarStreamItem {
    const places = { earliestCursor: null, headCursor: this.#headCursor(), lastCommonCursor: null };
    return { kind: 'problem', ...REAUTHENTICATE, ...places, retryAfterMs: 0 };
  }

  /** Until one of the streams has grown. What was announced cannot be read while the database is away: then only time is waited for. */
  async #wait(live: boolean, timeoutMs: number, stop: AbortSignal): Promise<void> {
    const { wakeUp } = this.#context;
    const waiting = this.#state.streams.map(({ name, shard }) => {
      const seq = live ? (this.#position.get(name) ?? 0) : Number.POSITIVE_INFINITY;
      return wakeUp.wait(wakeUpName(shard), seq, timeoutMs, stop);
    });
    if (waiting.length === 0) waiting.push(wakeUp.wait('no stream yet', Number.POSITIVE_INFINITY, timeoutMs, stop));
    await Promise.race(waiting);
  }

  #cursor(): string {
    return this.#cursors.encode(this.#state.epoch, this.#position);
  }

  #headCursor(): string {
    return this.#cursors.encode(this.#state.epoch, startOf(this.#state, 'LIVE'));
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
}

/** Resolves when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
