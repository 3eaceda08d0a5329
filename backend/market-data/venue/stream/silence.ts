import type { TradingCalendar } from '../../../calendar/index.ts';

export type SilenceOptions = {
  readonly calendar: TradingCalendar;
  /** Those whose bars are subscribed. */
  readonly symbols: readonly string[];
  /** How long silence may last in session before it is told, ms: two bars and what they may be late. */
  readonly limitMs: number;
  /** From when on the feed is expected to speak, ms. */
  readonly from: number;
};

export type Silence = { readonly since: number };

export type Verdict = {
  /** Told once for each silence. */
  readonly began: Silence | null;
  /** A silence that was told and is none any more, because no bar is expected now. */
  readonly ended: (Silence & { readonly by: 'CLOSE' | 'HALT' }) | null;
  /** The socket is open and mute: another one may not be. */
  readonly replace: boolean;
};

/**
 * Tells the silence of a feed that should speak from that of a market that rests: only the regular session counts (half days end early),
 * and only while one of the symbols is not halted. It waits for any bar of any symbol, because a single one may have no trade for minutes.
 */
export class SilenceWatch {
  readonly #calendar: TradingCalendar;
  readonly #symbols: readonly string[];
  readonly #limitMs: number;
  /** When each symbol was halted, ms. */
  readonly #halted = new Map<string, number>();
  #expectedFrom: number;
  #streamingSince: number | null = null;
  #silence: Silence | null = null;
  /** Whether the last check found silence: a process that slept reads its socket before it is believed. */
  #suspected = false;

  constructor({ calendar, symbols, limitMs, from }: SilenceOptions) {
    this.#calendar = calendar;
    this.#symbols = symbols;
    this.#limitMs = limitMs;
    this.#expectedFrom = from;
  }

  get stalledSince(): number | null {
    return this.#silence?.since ?? null;
  }

  streaming(at: number): void {
    this.#streamingSince = at;
  }

  disconnected(): void {
    this.#streamingSince = null;
  }

  /** The silence that this bar ended, if it had been told. */
  bar(symbol: string, barStart: number, at: number): Silence | null {
    this.#expectedFrom = Math.max(this.#expectedFrom, at);
    // A bar that begins after the halt: its end was told while we did not listen.
    const haltedAt = this.#halted.get(symbol);
    if (haltedAt !== undefined && barStart >= haltedAt) this.#halted.delete(symbol);

    const ended = this.#silence;
    this.#silence = null;
    return ended;
  }

  /** `time` is the exchange's, `at` is when it was heard. */
  status(symbol: string, trading: 'HALTED' | 'TRADING' | null, time: number, at: number): void {
    if (trading === 'HALTED') this.#halted.set(symbol, time);
    if (trading !== 'TRADING') return;
    if (this.#allHalted()) this.#expectedFrom = Math.max(this.#expectedFrom, at);
    this.#halted.delete(symbol);
  }

  /** To be asked every second or so: silence counts when it is found twice in a row. */
  check(at: number): Verdict {
    const since = this.#quietSince(at);
    if (typeof since === 'string') {
      const ended = this.#silence === null ? null : { ...this.#silence, by: since };
      this.#silence = null;
      this.#suspected = false;
      return { began: null, ended, replace: false };
    }
    const confirmed = this.#suspected;
    this.#suspected = at - since > this.#limitMs;
    if (!(this.#suspected && confirmed)) return { began: null, ended: null, replace: false };

    const began = this.#silence === null ? { since } : null;
    this.#silence ??= began;
    const mute = this.#streamingSince !== null && at - this.#streamingSince > this.#limitMs;
    return { began, ended: null, replace: mute };
  }

  /** Since when a bar could have been heard; or why none is expected now. */
  #quietSince(at: number): number | 'CLOSE' | 'HALT' {
    const known = at >= this.#calendar.validFrom && at < this.#calendar.validUntil;
    const session = known ? this.#calendar.sessionAt(at) : null;
    if (session === null) return 'CLOSE';
    return this.#allHalted() ? 'HALT' : Math.max(session.open, this.#expectedFrom);
  }

  #allHalted(): boolean {
    return this.#symbols.length > 0 && this.#symbols.every((symbol) => this.#halted.has(symbol));
  }
}
