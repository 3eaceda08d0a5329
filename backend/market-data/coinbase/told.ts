import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { TIMEFRAMES } from '../bar.ts';
import type { FeedBar, LiveEvent } from '../live/feed.ts';
import type { Timer } from '../pacing.ts';
import { isPassing } from '../venue/errors.ts';
import type { VenueClock } from '../venue/venue-clock.ts';
import { type MinuteBar, minuteOf } from './minute.ts';
import { type Built, MinuteBuilder } from './minute-builder.ts';
import type { DataMessage } from './protocol/messages.ts';
import { Repairs } from './repairs.ts';
import type { MinutesRequest } from './rest.ts';
import type { StreamEvent } from './stream.ts';

type Options = {
  readonly products: readonly string[];
  readonly clock: Clock & Pick<VenueClock, 'error'>;
  readonly toBar: (product: string, bar: MinuteBar) => FeedBar;
  readonly fetch: (
    request: MinutesRequest & { readonly newest: number | null },
    signal: AbortSignal,
  ) => Promise<readonly MinuteBar[]>;
  readonly onRepaired: (event: LiveEvent) => void;
  readonly onFailed: (error: unknown) => void;
  readonly random: Random;
  readonly log: Logger;
  readonly timer: Timer;
  readonly over: AbortSignal;
};

type Heard = DataMessage & { readonly at: number };

const MINUTE = TIMEFRAMES['1m'];
/** A message is made about when it comes: one of another time would close minutes that run, or open old ones. ms */
const MOST_AHEAD = MINUTE;
const MOST_BEHIND = 60 * MINUTE;

/** What a stream of trades tells, as a live feed tells it: whole minutes, put together by the stream, and by requests where it had holes. */
export class Told {
  readonly #options: Options;
  readonly #repairs: Repairs;
  #builders = new Map<string, MinuteBuilder>();
  #connections = 0;
  /** Messages that were not believed. */
  #objections = 0;
  /** Where the running connection began to be listened to, ms; null while there is none. */
  #since: number | null = null;
  #missedSince: number | null = null;

  constructor(options: Options) {
    const { clock, toBar, fetch, onRepaired, random, timer, log } = options;
    this.#options = options;
    this.#begin();
    this.#repairs = new Repairs({
      ...{ random, timer, log, isPassing },
      fetch: (request, signal) => fetch({ ...request, newest: this.newestOf(request.product) }, signal),
      onBars: (product, bars) => {
        for (const bar of bars)
          onRepaired({ kind: 'BAR', bar: toBar(product, bar), isCorrection: true, at: clock.now() });
      },
    });
  }

  get connections(): number {
    return this.#connections;
  }

  /** Number of the newest trade of a product that came; null where none did. */
  newestOf(product: string): number | null {
    return this.#builders.get(product)?.newestReceived ?? null;
  }

  async *events(stream: AsyncIterable<StreamEvent>): AsyncGenerator<LiveEvent> {
    for await (const event of stream) yield* this.#translate(event);
  }

  /** Once the signal is aborted: resolves when nothing is under way. */
  async close(): Promise<void> {
    await this.#repairs.idle();
  }

  *#translate(event: StreamEvent): Generator<LiveEvent> {
    const { at } = event;
    if (event.kind === 'CONNECTED') {
      this.#connections += 1;
      this.#since = minuteOf(at);
      yield { kind: 'CONNECTED', missedSince: this.#missedSince, at };
    } else if (event.kind === 'DISCONNECTED') {
      this.#missedSince = this.#untold();
      this.#since = null;
      this.#begin();
      yield { kind: 'DISCONNECTED', reason: event.reason, retryInMs: event.retryInMs, at };
    } else if (event.kind === 'RECOVERED') {
      yield { kind: 'RECOVERED', since: event.since, by: 'BAR', at };
    } else if (event.kind === 'STALLED') {
      yield event;
    } else if (event.kind === 'REFUSED') {
      yield { kind: 'REFUSED', reason: event.reason, raw: event.raw, at };
    } else {
      yield* this.#build(event);
    }
  }

  *#build(message: Heard): Generator<LiveEvent> {
    const { at, product } = message;
    const { clock, toBar, over, onFailed } = this.#options;
    const builder = this.#builders.get(product);
    const objection =
      builder === undefined ? `product is "${product}", which was not asked for` : this.#objection(message);
    if (builder === undefined || objection !== null) {
      this.#objections += 1;
      // A clock that is wrong makes every message one: the first, second, fourth, eighth ... are told.
      if (Number.isInteger(Math.log2(this.#objections)))
        yield { kind: 'REFUSED', reason: objection ?? '', raw: JSON.stringify(message), at };
      return;
    }
    for (const part of builtBy(builder, message)) {
      if (part.kind === 'BAR')
        yield { kind: 'BAR', bar: toBar(product, part.bar), isCorrection: false, at: clock.now() };
      else this.#repairs.ask({ product, from: part.from, until: part.until }, over, onFailed);
    }
  }

  #objection({ kind, product, time, at }: Heard): string | null {
    const made = new Date(time).toISOString();
    const heard = new Date(at).toISOString();
    if (time > at + this.#options.clock.error + MOST_AHEAD)
      return `${product} at ${made}, expected not after ${heard}: the future`;
    const isOld = time < at - this.#options.clock.error - MOST_BEHIND;
    return isOld && kind !== 'LAST_MATCH' ? `${product} at ${made}, expected within an hour before ${heard}` : null;
  }

  /** From where on the minutes are not told, or may yet change: a trade that was missed at the end of one shows only by the next. */
  #untold(): number | null {
    if (this.#since === null) return this.#missedSince;
    const begun = this.#since;
    const open = [...this.#builders.values()].map(({ closedUntil }) => closedUntil ?? begun);
    return Math.min(...open, this.#repairs.oldest ?? Number.POSITIVE_INFINITY) - MINUTE;
  }

  #begin(): void {
    this.#builders = new Map(this.#options.products.map((product) => [product, new MinuteBuilder()]));
  }
}

function builtBy(builder: MinuteBuilder, message: DataMessage): readonly Built[] {
  if (message.kind === 'MATCH') return builder.trade(message);
  if (message.kind === 'HEARTBEAT') return builder.heartbeat(message);
  builder.lastMatch(message);
  return [];
}
