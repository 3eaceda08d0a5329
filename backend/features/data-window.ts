import type { TradingCalendar } from '../calendar/index.ts';
import type { Timeframe } from '../market-data/bar.ts';
import { WARM_UP_BARS } from './feature-spec.ts';

/**
 * Which bars the present features of each instrument were computed from: those since the last anchor and the warm-up before it. Fed with
 * the same bars as the feature engine. A bar inside this window that changes later takes the ground from under the features.
 */
export class DataWindow {
  readonly #timeframe: Timeframe;
  readonly #starts = new Map<string, { anchor: string; starts: number[] }>();

  constructor(timeframe: Timeframe) {
    this.#timeframe = timeframe;
  }

  add(instrumentId: string, barStart: number, calendar: TradingCalendar): void {
    const anchor = this.#anchorOf(barStart, calendar);
    const window = this.#starts.get(instrumentId);
    if (window === undefined) {
      this.#starts.set(instrumentId, { anchor, starts: [barStart] });
      return;
    }
    // The features ignore a bar that comes too late, so it is none of theirs.
    if (barStart <= (window.starts.at(-1) ?? 0)) return;
    if (window.anchor !== anchor) {
      window.anchor = anchor;
      window.starts.splice(0, Math.max(0, window.starts.length - WARM_UP_BARS));
    }
    window.starts.push(barStart);
  }

  /** Start of the oldest bar of the window, in ms. */
  from(instrumentId: string): number {
    const start = this.#starts.get(instrumentId)?.starts[0];
    if (start === undefined) throw new Error(`No bar of ${instrumentId} has been taken`);
    return start;
  }

  #anchorOf(barStart: number, calendar: TradingCalendar): string {
    const date = calendar.sessionDateOf(barStart) ?? calendar.localDate(barStart);
    return this.#timeframe === '1d' ? date.slice(0, 7) : date;
  }
}
