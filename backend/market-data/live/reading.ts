import { calendarById } from '../../calendar/index.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { TIMEFRAMES } from '../bar.ts';
import type { QuarantinedRow } from '../source.ts';
import type { FeedBar, LiveEvent, LiveFeed, LiveObserver } from './feed.ts';
import { type Patience, wholeSpan } from './history.ts';
import { Screen } from './screen.ts';
import { type Gap, type Sequenced, Sequencer } from './sequencer.ts';
import { Turns } from './turns.ts';

const BAR = TIMEFRAMES['1m'];
/** A minute that ended so long ago is on the venue's HTTP side if it was traded. ms */
const SETTLED_AFTER = 2_000;

type Filled =
  | { readonly kind: 'FILLED'; readonly gaps: readonly Gap[]; readonly bars: readonly FeedBar[] }
  | { readonly kind: 'COVERED'; readonly until: number; readonly bars: readonly FeedBar[] };

/** What a turn brought: bars in an order in which they may be stored, and what was refused. */
export type Turn = { readonly bars: readonly FeedBar[]; readonly refused: readonly QuarantinedRow[] };

export type ReadingOptions = {
  readonly feed: LiveFeed;
  readonly patience: Patience;
  readonly log: Logger;
  readonly observer: LiveObserver | undefined;
  /** All that began before is taken in already, ms. */
  readonly coveredUntil: number;
};

/**
 * Reads a venue from a moment on: brings its bars into order, asks for what is missing, and keeps back what came after it until there is an
 * answer. Other instruments go on meanwhile.
 */
export class Reading {
  readonly #options: ReadingOptions;
  readonly #turns = new Turns<LiveEvent | Filled>();
  readonly #sequencer: Sequencer;
  readonly #screen = new Screen();
  readonly #origin: string;
  #refusals = 0;
  /** What has to be asked for: single gaps, or everything since an instant. */
  #wanted: Gap[] = [];
  #wantedSince: number | null = null;
  #filling = false;
  #coveredUntil: number;

  constructor(options: ReadingOptions) {
    const { feed, coveredUntil } = options;
    this.#options = options;
    this.#coveredUntil = coveredUntil;
    this.#origin = `${feed.facts.feed} from ${new Date(feed.clock.now()).toISOString()}`;
    const calendars = new Map(feed.facts.instruments.map(({ id, calendar }) => [id, calendarById(calendar)]));
    this.#sequencer = new Sequencer({
      barLength: BAR,
      calendarOf: (id) => {
        const calendar = calendars.get(id);
        if (calendar === undefined)
          throw new Error(`${feed.facts.feed} gave a bar of ${id}, which it does not describe`);
        return calendar;
      },
    });
  }

  /** Gaps that wait for an answer, and events that wait for a reader. */
  get pending(): { readonly gaps: number; readonly events: number } {
    return {
      gaps: this.#sequencer.openGaps().length + Number(this.#wantedSince !== null || this.#filling),
      events: this.#turns.waiting,
    };
  }

  /** Ends only by throwing: the signal's reason, or what the venue refuses. */
  async *turns(signal: AbortSignal): AsyncGenerator<Turn, never> {
    const { feed } = this.#options;
    const left = new AbortController();
    const over = AbortSignal.any([signal, left.signal]);
    this.#sequencer.covered(
      feed.facts.instruments.map(({ id }) => id),
      this.#coveredUntil,
      [],
    );
    const pumping = this.#turns.pump(feed.events(over));
    try {
      for (;;) {
        const turn = this.#take(await this.#turns.take(signal));
        void this.#fill(over);
        if (turn.bars.length + turn.refused.length > 0) yield turn;
      }
    } finally {
      left.abort();
      await pumping;
    }
  }

  #take(items: readonly (LiveEvent | Filled)[]): Turn {
    const bars: FeedBar[] = [];
    const refused: QuarantinedRow[] = [];
    const { observer } = this.#options;
    for (const item of items) {
      if (item.kind !== 'BAR' && item.kind !== 'REFUSED' && 'at' in item) observer?.heard(item);
      if (item.kind === 'REFUSED') refused.push(this.#refusal(item.reason, item.raw));
      else bars.push(...this.#ready(item, refused));
    }
    return { bars, refused };
  }

  #ready(item: Exclude<LiveEvent, { kind: 'REFUSED' }> | Filled, refused: QuarantinedRow[]): readonly FeedBar[] {
    if (item.kind === 'BAR')
      return this.#believed([item.bar], refused).flatMap((bar) => this.#note(this.#sequencer.accept(bar)));
    if (item.kind === 'FILLED') {
      const bars = this.#believed(item.bars, refused);
      return item.gaps.flatMap((gap) =>
        this.#note(
          this.#sequencer.filled(
            gap,
            bars.filter((bar) => liesIn(bar, gap)),
          ),
        ),
      );
    }
    if (item.kind === 'COVERED') {
      const ids = this.#options.feed.facts.instruments.map(({ id }) => id);
      this.#coveredUntil = Math.max(this.#coveredUntil, item.until);
      return this.#note(this.#sequencer.covered(ids, item.until, this.#believed(item.bars, refused)));
    }
    this.#heed(item);
    return [];
  }

  #heed(event: Exclude<LiveEvent, { kind: 'REFUSED' | 'BAR' }>): void {
    if (event.kind === 'HALTED') this.#sequencer.halted(event.instrumentId, event.time);
    if (event.kind === 'RESUMED') this.#sequencer.resumed(event.instrumentId, event.time);
    if (event.kind === 'DISCONNECTED') this.#sequencer.interrupted();
    if (event.kind !== 'CONNECTED') return;
    // Also the first time: between the back-fill and the subscription a minute may have ended.
    this.#sequencer.interrupted();
    const since = Math.min(event.missedSince ?? this.#coveredUntil, this.#coveredUntil);
    this.#wantedSince = Math.min(this.#wantedSince ?? since, since);
  }

  #note({ ready, gaps }: Sequenced): readonly FeedBar[] {
    this.#wanted.push(...gaps);
    for (const bar of ready) this.#coveredUntil = Math.max(this.#coveredUntil, bar.barStart - BAR);
    return ready;
  }

  /** Asks for what is missing, one request after the other; what comes is told by the next turns. */
  async #fill(signal: AbortSignal): Promise<void> {
    if (this.#filling) return;
    this.#filling = true;
    try {
      while (!signal.aborted && (this.#wantedSince !== null || this.#wanted.length > 0)) {
        if (this.#wantedSince !== null) await this.#cover(this.#wantedSince, signal);
        else await this.#close(this.#wanted.splice(0), signal);
      }
    } catch (error) {
      if (!signal.aborted) this.#turns.fail(error);
    } finally {
      this.#filling = false;
    }
  }

  async #cover(since: number, signal: AbortSignal): Promise<void> {
    const { feed, patience } = this.#options;
    const until = settledAt(feed.clock.now());
    const bars = until > since ? await wholeSpan(feed, { from: since, until }, patience, signal) : [];
    // Another interruption meanwhile: it asks again, from where this one began if that was earlier.
    if (this.#wantedSince === since) this.#wantedSince = null;
    this.#turns.push({ kind: 'COVERED', until: Math.max(until, since), bars });
  }

  async #close(gaps: readonly Gap[], signal: AbortSignal): Promise<void> {
    const { feed, patience } = this.#options;
    const span = {
      from: Math.min(...gaps.map(({ from }) => from)),
      until: Math.max(...gaps.map(({ until }) => until)),
      instrumentIds: new Set(gaps.map(({ instrumentId }) => instrumentId)),
    };
    const bars = await wholeSpan(feed, span, patience, signal);
    this.#turns.push({ kind: 'FILLED', gaps, bars });
  }

  #believed(bars: readonly FeedBar[], refused: QuarantinedRow[]): FeedBar[] {
    const { feed } = this.#options;
    const now = { time: feed.clock.now(), error: feed.clockError() };
    return bars.filter((bar) => {
      const objection = this.#screen.objection(bar, now);
      if (objection === null) return true;
      refused.push(this.#refusal(`${bar.instrumentId}: ${objection}`, JSON.stringify(bar)));
      return false;
    });
  }

  #refusal(reason: string, raw: string): QuarantinedRow {
    this.#refusals += 1;
    this.#options.observer?.heard({ kind: 'REFUSED', reason, raw, at: this.#options.feed.clock.now() });
    return { origin: this.#origin, line: this.#refusals, reason, raw: raw.slice(0, 200) };
  }
}

function liesIn(bar: FeedBar, { instrumentId, from, until }: Gap): boolean {
  return bar.instrumentId === instrumentId && bar.barStart >= from && bar.barStart < until;
}

/** The newest whole minute that everybody has heard of at an instant. */
export function settledAt(now: number): number {
  return Math.floor((now - SETTLED_AFTER) / BAR) * BAR;
}
