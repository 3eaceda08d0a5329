import { TIMEFRAMES } from '../bar.ts';
import { Minute, type MinuteBar, minuteOf } from './minute.ts';
import type { Trade } from './protocol/messages.ts';

const MINUTE = TIMEFRAMES['1m'];
/** A minute is closed when the venue tells of so long after its end: trades may pass each other on their way by that much. ms */
const GRACE = 500;

/** What an arrival leads to. */
export type Built =
  | { readonly kind: 'BAR'; readonly bar: MinuteBar }
  /** What the stream told of [from, until) is not all: its trades have to be asked for. ms */
  | { readonly kind: 'REPAIR'; readonly from: number; readonly until: number };

/** Trades that did not come: `first` to `last` but for those that came late, made somewhere in [from, until). */
type Hole = {
  readonly first: number;
  readonly last: number;
  readonly late: Set<number>;
  readonly from: number;
  readonly until: number;
};

/**
 * Puts the minutes of one product together from its trades, for the time of one connection. A minute is closed by event time: by a trade or a
 * heartbeat that the venue made after its end. It becomes a bar only when nothing of it can be missing: it began after the subscription, and
 * the numbers of its trades, of their neighbours and of the heartbeats have no hole. Pure: no clock of its own.
 */
export class MinuteBuilder {
  readonly #minutes = new Map<number, Minute>();
  #holes: readonly Hole[] = [];
  /** The newest trade that is known of, and the minute in which we heard of it. */
  #newest: { readonly id: number; readonly minute: number } | null = null;
  /** Before this the stream was not listened to from the beginning of a minute on. */
  #wholeFrom = Number.NEGATIVE_INFINITY;
  #newestReceived: number | null = null;
  #closedUntil: number | null = null;
  #watermark = Number.NEGATIVE_INFINITY;

  /** What ended before is told; null before anything came. ms */
  get closedUntil(): number | null {
    return this.#closedUntil;
  }

  /** Number of the newest trade that came; null before the first. */
  get newestReceived(): number | null {
    return this.#newestReceived;
  }

  /** The newest trade before the subscription: it belongs to a minute that we have in part. */
  lastMatch({ id, time }: Trade): void {
    if (this.#newest !== null) return;
    this.#newest = { id, minute: minuteOf(time) };
    this.#newestReceived = id;
    this.#wholeFrom = Math.max(this.#wholeFrom, minuteOf(time) + MINUTE);
  }

  /** A second of the venue's time, and the number of the newest trade then; null where that is not told. */
  heartbeat({ time, lastTradeId }: { readonly time: number; readonly lastTradeId: number | null }): Built[] {
    this.#begin(time);
    const last = this.#newest;
    if (lastTradeId === null || last === null) return this.#advance(time);
    const repairs = this.#reach({ before: lastTradeId + 1, newest: lastTradeId, time });
    // Nothing was traded since the newest trade that we know: what will be missing is missing from here on.
    if (lastTradeId === last.id) this.#newest = { id: last.id, minute: Math.max(last.minute, minuteOf(time - GRACE)) };
    return [...repairs, ...this.#advance(time)];
  }

  trade(trade: Trade): Built[] {
    this.#begin(trade.time);
    if (this.#isRepeat(trade.id)) return [];
    const repairs = this.#reach({ before: trade.id, newest: trade.id, time: trade.time });
    this.#newestReceived = Math.max(this.#newestReceived ?? trade.id, trade.id);
    const minute = minuteOf(trade.time);
    // Late for a minute that is told: what the venue has of it now is asked for.
    if (minute < (this.#closedUntil ?? minute))
      return [...repairs, { kind: 'REPAIR', from: minute, until: minute + MINUTE }, ...this.#advance(trade.time)];
    const known = this.#minutes.get(minute);
    if (known === undefined) this.#minutes.set(minute, new Minute(trade));
    else known.add(trade);
    return [...repairs, ...this.#advance(trade.time)];
  }

  /** The first event tells in which minute we came: that one we have in part. */
  #begin(time: number): void {
    if (this.#closedUntil !== null) return;
    this.#closedUntil = minuteOf(time);
    this.#wholeFrom = Math.max(this.#wholeFrom, minuteOf(time) + MINUTE);
  }

  /** Whether a trade came before; one that a hole waits for is crossed out there. */
  #isRepeat(id: number): boolean {
    if (this.#newest === null || id > this.#newest.id) return false;
    const hole = this.#holes.find(({ first, last }) => id >= first && id <= last);
    if (hole === undefined || hole.late.has(id)) return true;
    hole.late.add(id);
    if (hole.late.size > hole.last - hole.first) this.#holes = this.#holes.filter((other) => other !== hole);
    return false;
  }

  /** We have heard of trades up to `newest`; those after the last one and before `before` did not come. */
  #reach({ before, newest, time }: { before: number; newest: number; time: number }): Built[] {
    const last = this.#newest;
    if (last !== null && newest <= last.id) return [];
    const minute = minuteOf(time);
    const minuteBefore = Math.max(last?.minute ?? minute, this.#wholeFrom - MINUTE);
    this.#newest = { id: newest, minute: Math.max(minute, last?.minute ?? minute) };
    if (last === null) {
      // Nothing tells what came before the first trade.
      this.#wholeFrom = Math.max(this.#wholeFrom, minute + MINUTE);
      return [];
    }
    if (before === last.id + 1) return [];
    const hole = {
      first: last.id + 1,
      last: before - 1,
      late: new Set<number>(),
      from: minuteBefore,
      until: minute + MINUTE,
    };
    this.#holes = [...this.#holes, hole];
    const told = Math.min(this.#closedUntil ?? hole.from, hole.until);
    return hole.from < told ? [{ kind: 'REPAIR', from: hole.from, until: told }] : [];
  }

  #advance(time: number): Built[] {
    this.#watermark = Math.max(this.#watermark, time);
    const built: Built[] = [];
    const until = minuteOf(this.#watermark - GRACE);
    let start = this.#closedUntil ?? until;
    for (; start < until; start += MINUTE) built.push(...this.#close(start));
    this.#closedUntil = start;
    this.#holes = this.#holes.filter((hole) => hole.until > start);
    return built;
  }

  #close(start: number): Built[] {
    const minute = this.#minutes.get(start);
    this.#minutes.delete(start);
    const isWhole = start >= this.#wholeFrom && !this.#holes.some(({ from, until }) => start >= from && start < until);
    if (!isWhole) return [{ kind: 'REPAIR', from: start, until: start + MINUTE }];
    return minute === undefined ? [] : [{ kind: 'BAR', bar: minute.bar() }];
  }
}
