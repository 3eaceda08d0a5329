import { calendarById } from '../../calendar/index.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { UNSCALED } from '../bar.ts';
import { type CorporateAction, knownBy } from '../corporate-actions/action.ts';
import { ActionBook } from '../corporate-actions/book.ts';
import type { Timer } from '../pacing.ts';
import type { QuarantinedRow, SourceBatch } from '../source.ts';
import type { FeedBar, LiveFeed } from './feed.ts';
import type { Patience } from './history.ts';

export type LiveActionsOptions = { readonly feed: LiveFeed; readonly log: Logger; readonly timer: Timer };

const DAY = 86_400_000;
/** A venue may process an action some days after its ex-date, and announces it weeks before. */
const DAYS_BEFORE = 7;
const DAYS_AHEAD = 30;
/** How long before the open it is asked again: before the first trade of the morning, 5.5 hours before it in New York. ms */
const BEFORE_OPEN = 7 * 3_600_000;
const LOOK_EVERY = 60_000;

/** The corporate actions of a live feed: those that are stored, those that its venue tells at the start, and again before each open. */
export class LiveActions {
  readonly #options: LiveActionsOptions;
  readonly #book: ActionBook;
  readonly #origin: string;
  #refusals = 0;
  #pending: CorporateAction[] = [];

  constructor(options: LiveActionsOptions) {
    const { facts, clock } = options.feed;
    this.#options = options;
    this.#book = new ActionBook(facts.instruments);
    this.#origin = `${facts.feed} delisted, from ${new Date(clock.now()).toISOString()}`;
  }

  /** What is known from before. */
  learn(actions: readonly CorporateAction[]): void {
    this.#book.learn(actions);
  }

  /**
   * Asks what the venue knows since an instant, and waits while it is away. `storedUntil` is when the newest bar was known: an action of
   * before it that was not heard of then counts as known only now, one that no stored bar has missed as known in time.
   */
  async ask(from: number, storedUntil: number, { again }: Patience, signal: AbortSignal): Promise<void> {
    const { feed, log } = this.#options;
    for (;;) {
      try {
        await this.#askOnce(from, storedUntil, signal);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!feed.isPassing(error)) {
          log.warn('corporate actions are not known: a split will look like a jump', { error });
          return;
        }
        await again(error);
      }
    }
  }

  /** Asks again before each open, until it is aborted. `storedUntil` as in `ask`. */
  async watch(storedUntil: () => number, signal: AbortSignal): Promise<void> {
    const { feed, log, timer } = this.#options;
    if (feed.actions === undefined) return;
    for (let due = this.#nextAsking(); !signal.aborted; ) {
      await timer.sleep(LOOK_EVERY, signal).catch(() => undefined);
      if (signal.aborted || feed.clock.now() < due) continue;
      try {
        await this.#askOnce(storedUntil(), storedUntil(), signal);
        due = this.#nextAsking();
      } catch (error) {
        if (!signal.aborted) log.warn('corporate actions could not be asked for', { error });
      }
    }
  }

  /** A batch with the scales of its bars and with what was learned since the last one; bars of what was delisted are refused. */
  applied(batch: SourceBatch): SourceBatch {
    const refused: QuarantinedRow[] = [];
    const bars = batch.bars.flatMap((bar) => {
      const reason = this.#book.objection(bar);
      if (reason !== null) refused.push(this.#refusal(reason, bar));
      const priceScale = this.#book.scaleOf(bar, bar.knownTime);
      return reason !== null ? [] : [priceScale === UNSCALED ? bar : { ...bar, priceScale }];
    });
    const actions = this.#pending.splice(0);
    const quarantined = refused.length === 0 ? batch.quarantined : [...batch.quarantined, ...refused];
    return { ...batch, bars, quarantined, ...(actions.length === 0 ? {} : { actions }) };
  }

  /** Scale of a bar that arrives now. */
  scaleNow(bar: FeedBar): number {
    return Number(this.#book.scaleOf(bar, this.#options.feed.clock.now()));
  }

  async #askOnce(from: number, storedUntil: number, signal: AbortSignal): Promise<void> {
    const { feed, log } = this.#options;
    const now = feed.clock.now();
    const span = { from: dateOf(from - DAYS_BEFORE * DAY), until: dateOf(now + DAYS_AHEAD * DAY) };
    const told = (await feed.actions?.(span, signal)) ?? [];
    const known = told.map((action): CorporateAction => {
      const inTime = knownBy(action.exDate);
      return { ...action, knownTime: inTime > now || inTime <= storedUntil ? Math.ceil(now) : inTime };
    });
    const news = this.#book.learn(known);
    this.#pending.push(...news);
    for (const { kind, instrumentId, exDate, ratio, newSymbol } of news) {
      if (kind === 'SPLIT') log.info('a split is known', { instrumentId, exDate, ratio });
      if (kind === 'SYMBOL_CHANGE')
        log.warn('a ticker changes: it is followed under the new one after a restart', {
          instrumentId,
          exDate,
          newSymbol,
        });
      if (kind === 'DELISTING') log.warn('an instrument is delisted', { instrumentId, exDate });
    }
  }

  #nextAsking(): number {
    const { clock, facts } = this.#options.feed;
    const calendar = calendarById(facts.instruments[0]?.calendar ?? '');
    const now = clock.now();
    const next = calendar.nextOpen(now);
    return next - BEFORE_OPEN > now ? next - BEFORE_OPEN : calendar.nextOpen(next) - BEFORE_OPEN;
  }

  #refusal(reason: string, bar: FeedBar): QuarantinedRow {
    this.#refusals += 1;
    return { origin: this.#origin, line: this.#refusals, reason, raw: JSON.stringify(bar).slice(0, 200) };
  }
}

function dateOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}
