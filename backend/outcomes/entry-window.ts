import type { Session, TradingCalendar } from '../calendar/index.ts';

/** How long a signal waits for its entry: trading minutes after publication, or the next session that has its open before it. */
export type EntryWindow = { readonly kind: 'MINUTES'; readonly minutes: number } | { readonly kind: 'NEXT_SESSION' };

/**
 * A fill needs a bar that starts at or after this instant. A signal made from the 1-minute bar that ends at 10:01:00 is published
 * some ms later, so the bar that starts at 10:01:00 has already opened when an order can arrive: the first is the one of 10:02:00.
 */
export function firstEligibleStart(publishedAt: number, clientLatencyMs: number): number {
  return publishedAt + clientLatencyMs;
}

type Expiry = {
  readonly publishedAt: number;
  readonly decisionBarStart: number;
  readonly calendar: TradingCalendar;
  readonly spec: { readonly entryWindow: EntryWindow; readonly flatAtClose: boolean; readonly clientLatencyMs: number };
};

/**
 * When a signal that nothing filled ends. A bar fills it only when it ENDS BEFORE this instant: not at it.
 * MINUTES: that many trading minutes after publication, but not past the close of the decision's session when the position is to
 * be flat there, so that nobody is sent in by the session's last bar. NEXT_SESSION: the open that follows the first session with
 * an open at or after the first eligible start, so that this session's daily bar can fill and no later one.
 * An answer at or before publishedAt means that no time is left: such a signal must not be published.
 */
export function expiryOf({ publishedAt, decisionBarStart, calendar, spec }: Expiry): number {
  const { entryWindow, flatAtClose, clientLatencyMs } = spec;
  if (entryWindow.kind === 'NEXT_SESSION') {
    const session = calendar.nextSession(firstEligibleStart(publishedAt, clientLatencyMs) - 1);
    return calendar.nextOpen(session.close);
  }
  const expiresAt = calendar.addTradingMinutes(publishedAt, entryWindow.minutes);
  return flatAtClose ? Math.min(expiresAt, homeSession(calendar, decisionBarStart).close) : expiresAt;
}

/** The session that a decision belongs to: the one that holds its bar, or the coming one when the bar lies outside. */
export function homeSession(calendar: TradingCalendar, decisionBarStart: number): Session {
  return calendar.sessionAt(decisionBarStart) ?? calendar.nextSession(decisionBarStart);
}
