import { calendarById, type TradingCalendar } from '../../calendar/index.ts';
import { TIMEFRAMES } from '../bar.ts';
import type { Timer } from '../pacing.ts';
import type { QuarantinedRow } from '../source.ts';
import { type Answer, Asking, belongsTo } from './asking.ts';
import type { FeedBar, LiveEvent, LiveFeed, LiveObserver } from './feed.ts';
import type { Patience } from './history.ts';
import { Screen } from './screen.ts';
import { type Sequenced, Sequencer } from './sequencer.ts';
import { Turns } from './turns.ts';

const BAR = TIMEFRAMES['1m'];
/** So long after their end a session, and the hours after it, are asked for once more. ms */
const AFTER_CLOSE = 60_000;
const LOOK_AT_CLOSE_MS = 1_000;

/** What a turn brought: bars in an order in which they may be stored, and what was refused. */
export type Turn = { readonly bars: readonly FeedBar[]; readonly refused: readonly QuarantinedRow[] };

type ClosePassed = { readonly kind: 'CLOSE_PASSED' };
type Item = LiveEvent | Answer | ClosePassed;

export type ReadingOptions = {
  readonly feed: LiveFeed;
  readonly patience: Patience;
  readonly timer: Timer;
  readonly observer: LiveObserver | undefined;
  /** All that began before is taken in already, ms. */
  readonly coveredUntil: number;
  /** What splits have made of the prices of a bar that arrives now, see SourceBar. */
  readonly scaleOf: (bar: FeedBar) => number;
};

/**
 * Reads a venue from a moment on: brings its bars into order, asks for what is missing, and keeps back what came after it until there is an
 * answer. Other instruments go on meanwhile. After its close a session is asked for whole once more.
 */
export class Reading {
  readonly #options: ReadingOptions;
  readonly #turns = new Turns<Item>();
  readonly #asking: Asking;
  readonly #sequencer: Sequencer;
  readonly #screen = new Screen();
  readonly #calendar: TradingCalendar;
  readonly #scales = new Map<string, number>();
  readonly #origin: string;
  readonly #ids: readonly string[];
  #refusals = 0;
  #coveredUntil: number;
  /** Up to here sessions were asked for once more, ms. */
  #askedAgainUntil: number;

  constructor(options: ReadingOptions) {
    const { feed, patience, coveredUntil } = options;
    const { instruments, feed: name } = feed.facts;
    this.#options = options;
    this.#coveredUntil = coveredUntil;
    this.#askedAgainUntil = coveredUntil;
    this.#origin = `${name} from ${new Date(feed.clock.now()).toISOString()}`;
    this.#ids = instruments.map(({ id }) => id);
    this.#calendar = calendarById(instruments[0]?.calendar ?? '');
    const calendars = new Map(instruments.map(({ id, calendar }) => [id, calendarById(calendar)]));
    this.#sequencer = new Sequencer({
      barLength: BAR,
      calendarOf: (id) => {
        const calendar = calendars.get(id);
        if (calendar === undefined) throw new Error(`${name} gave a bar of ${id}, which it does not describe`);
        return calendar;
      },
    });
    this.#asking = new Asking({
      ...{ feed, patience },
      onAnswer: (answer) => this.#turns.push(answer),
      onFailure: (error) => this.#turns.fail(error),
    });
  }

  /** Gaps that wait for an answer, and events that wait for a reader. */
  get pending(): { readonly gaps: number; readonly events: number; readonly repeats: number } {
    return {
      repeats: this.#sequencer.repeats,
      gaps: this.#sequencer.openGaps().length + Number(this.#asking.isBusy),
      events: this.#turns.waiting,
    };
  }

  /** Ends only by throwing: the signal's reason, or what the venue refuses. */
  async *turns(signal: AbortSignal): AsyncGenerator<Turn, never> {
    const left = new AbortController();
    const over = AbortSignal.any([signal, left.signal]);
    this.#sequencer.covered(this.#ids, this.#coveredUntil, []);
    const working = [this.#turns.pump(this.#options.feed.events(over)), this.#watchCloses(over)];
    try {
      for (;;) {
        const turn = this.#take(await this.#turns.take(signal));
        void this.#asking.run(over);
        if (turn.bars.length + turn.refused.length > 0) yield turn;
      }
    } finally {
      left.abort();
      this.#turns.leave();
      await Promise.all(working);
    }
  }

  #take(items: readonly Item[]): Turn {
    const bars: FeedBar[] = [];
    const refused: QuarantinedRow[] = [];
    for (const item of items) {
      if (item.kind === 'REFUSED') refused.push(this.#refusal(item.reason, item.raw));
      else bars.push(...this.#note(this.#sequenced(item, refused)));
    }
    this.#asking.forGaps(this.#sequencer.lagging());
    return { bars, refused };
  }

  #sequenced(item: Exclude<Item, { kind: 'REFUSED' }>, refused: QuarantinedRow[]): readonly Sequenced[] {
    if (item.kind === 'BAR') {
      const news = { newest: item.isCorrection };
      return this.#believed([item.bar], refused).map((bar) => this.#sequencer.accept(bar, news));
    }
    if ('bars' in item) return this.#answered(item, this.#believed(item.bars, refused));
    if (item.kind === 'CLOSE_PASSED') this.#askAgain();
    else this.#heed(item);
    return [];
  }

  #answered(answer: Answer, bars: readonly FeedBar[]): readonly Sequenced[] {
    const sequencer = this.#sequencer;
    if (answer.kind === 'FILLED')
      return answer.gaps.map((gap) =>
        sequencer.filled(
          gap,
          bars.filter((bar) => belongsTo(bar, gap)),
        ),
      );
    // What is asked for after the close is the last word.
    if (answer.kind === 'ONCE_MORE') return bars.map((bar) => sequencer.accept(bar, { newest: true }));
    this.#coveredUntil = Math.max(this.#coveredUntil, answer.until);
    if (answer.sinceThen) sequencer.continued();
    return [sequencer.covered(this.#ids, answer.until, bars, { newest: answer.isLastWord })];
  }

  #heed(event: Exclude<LiveEvent, { kind: 'REFUSED' | 'BAR' }>): void {
    this.#options.observer?.heard(event);
    if (event.kind === 'HALTED') this.#sequencer.halted(event.instrumentId, event.time);
    if (event.kind === 'RESUMED') this.#sequencer.resumed(event.instrumentId, event.time);
    // Also the first time: between the back-fill and the subscription a minute may have ended.
    if (event.kind === 'CONNECTED' || event.kind === 'DISCONNECTED') this.#sequencer.interrupted();
    if (event.kind === 'CONNECTED')
      this.#asking.forAllSince(Math.min(event.missedSince ?? this.#coveredUntil, this.#coveredUntil));
  }

  #note(parts: readonly Sequenced[]): readonly FeedBar[] {
    for (const { gaps } of parts) this.#asking.forGaps(gaps);
    const ready = parts.flatMap((part) => part.ready);
    for (const bar of ready) this.#coveredUntil = Math.max(this.#coveredUntil, bar.barStart - BAR);
    return ready;
  }

  async #watchCloses(over: AbortSignal): Promise<void> {
    const { feed, timer } = this.#options;
    while (!over.aborted) {
      await timer.sleep(LOOK_AT_CLOSE_MS, over).catch(() => undefined);
      if (!over.aborted && this.#lastClose(feed.clock.now()) > this.#askedAgainUntil)
        this.#turns.push({ kind: 'CLOSE_PASSED' });
    }
  }

  /** Told more often than needed, because it is told before it is heeded. */
  #askAgain(): void {
    const close = this.#lastClose(this.#options.feed.clock.now());
    if (close <= this.#askedAgainUntil) return;
    this.#asking.forDay({ from: this.#askedAgainUntil, until: close });
    this.#askedAgainUntil = close;
  }

  /** When trading ended last, a while ago; -Infinity where the calendar does not reach. */
  #lastClose(now: number): number {
    const { validFrom, validUntil } = this.#calendar;
    if (now - AFTER_CLOSE < validFrom + 7 * 86_400_000 || now >= validUntil) return Number.NEGATIVE_INFINITY;
    return this.#calendar.lastEnd(now - AFTER_CLOSE);
  }

  #believed(bars: readonly FeedBar[], refused: QuarantinedRow[]): FeedBar[] {
    const { feed } = this.#options;
    const now = { time: feed.clock.now(), error: feed.clockError() };
    return bars.filter((bar) => {
      this.#rescale(bar);
      const objection = this.#screen.objection(bar, now);
      if (objection === null) return true;
      refused.push(this.#refusal(`${bar.instrumentId}: ${objection}`, JSON.stringify(bar)));
      return false;
    });
  }

  /** A split that is known is no jump. */
  #rescale(bar: FeedBar): void {
    const { instrumentId } = bar;
    const scale = this.#options.scaleOf(bar);
    const before = this.#scales.get(instrumentId) ?? scale;
    if (before !== scale) this.#screen.rescale(instrumentId, before / scale);
    this.#scales.set(instrumentId, scale);
  }

  #refusal(reason: string, raw: string): QuarantinedRow {
    this.#refusals += 1;
    this.#options.observer?.heard({ kind: 'REFUSED', reason, raw, at: this.#options.feed.clock.now() });
    return { origin: this.#origin, line: this.#refusals, reason, raw: raw.slice(0, 200) };
  }
}
