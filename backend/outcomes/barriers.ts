import type { TradingCalendar } from '../calendar/index.ts';
import type { NumericBar } from '../market-data/bar.ts';
import { firstEligibleStart, homeSession } from './entry-window.ts';
import { type Side, signOf } from './plan.ts';

export type ExitReason = 'TARGET_HIT' | 'STOP_HIT' | 'TIME_EXIT' | 'SESSION_CLOSE';

/** -1: the stop came first. +1: the target came first and paid. 0: neither. */
export type Label = -1 | 0 | 1;

type BarrierInput = {
  readonly side: Side;
  readonly stop: number;
  readonly target: number;
  readonly timeLimitMinutes: number;
  readonly flatAtClose: boolean;
  readonly publishedAt: number;
  readonly expiresAt: number;
  readonly decisionBarStart: number;
  readonly clientLatencyMs: number;
  readonly calendar: TradingCalendar;
};

/**
 * A signal between publication and its end: the one state machine behind training labels and live settlement. Plain numbers, and
 * advanced in place, because training runs it over every bar after every decision.
 */
export type Barriers = {
  readonly sign: 1 | -1;
  readonly stop: number;
  readonly target: number;
  readonly timeLimitMinutes: number;
  readonly calendar: TradingCalendar;
  /** A bar may fill the entry when it starts at or after `firstStart` and ends before `deadline`. */
  readonly firstStart: number;
  readonly deadline: number;
  /** Close of the decision's session; infinite when positions are kept over night. */
  readonly sessionClose: number;
  phase: 'WAITING' | 'IN_POSITION' | 'EXPIRED' | 'EXITED';
  entry: number;
  entryTime: number;
  entryVolume: number;
  timeLimit: number;
  /** Highest and lowest price since the entry that surely came before the exit. */
  high: number;
  low: number;
  barsHeld: number;
  /** The newest bar that counted, from the entry's bar on; after the exit it is the bar of the exit. */
  lastStart: number;
  lastEnd: number;
  lastClose: number;
  lastVolume: number;
  exit: number;
  exitVolume: number;
  /** Start of the exit's bar for a fill at its open, else its end. */
  exitTime: number;
  exitReason: ExitReason | null;
  /** Stop and target lay inside one bar; counted as stop. */
  ambiguous: boolean;
};

export function openBarriers(input: BarrierInput): Barriers {
  const { calendar, expiresAt } = input;
  const sessionClose = input.flatAtClose
    ? homeSession(calendar, input.decisionBarStart).close
    : Number.POSITIVE_INFINITY;
  return {
    sign: signOf(input.side),
    stop: input.stop,
    target: input.target,
    timeLimitMinutes: input.timeLimitMinutes,
    calendar,
    firstStart: firstEligibleStart(input.publishedAt, input.clientLatencyMs),
    deadline: Math.min(expiresAt, sessionClose),
    sessionClose,
    phase: 'WAITING',
    entry: 0,
    entryTime: 0,
    entryVolume: 0,
    timeLimit: 0,
    high: 0,
    low: 0,
    barsHeld: 0,
    lastStart: 0,
    lastEnd: 0,
    lastClose: 0,
    lastVolume: 0,
    exit: 0,
    exitVolume: 0,
    exitTime: 0,
    exitReason: null,
    ambiguous: false,
  };
}

/**
 * Takes the next bar of the instrument, of any segment; true when the phase changed (one bar can both fill and leave).
 * Only REGULAR bars fill; the others show that time has passed. A minute without a bar is a minute without a trade.
 */
export function advance(state: Barriers, bar: NumericBar): boolean {
  if (state.phase === 'WAITING') return expire(state, bar.barEnd) || enter(state, bar);
  return state.phase === 'IN_POSITION' && hold(state, bar);
}

/**
 * Ends a waiting signal when its time is over; true when it did. Time is told by the ends of bars, of any instrument, because
 * bars come in the order of their ends: after one that ends at the deadline none can come that ended before it and might fill.
 */
export function expire(state: Barriers, barEnd: number): boolean {
  if (state.phase !== 'WAITING' || barEnd < state.deadline) return false;
  state.phase = 'EXPIRED';
  return true;
}

export function labelOf(state: Barriers): Label {
  if (state.exitReason === 'STOP_HIT') return -1;
  // An entry at or beyond the target leaves where it came in: nobody earned that target.
  return state.exitReason === 'TARGET_HIT' && state.sign * (state.exit - state.entry) > 0 ? 1 : 0;
}

function enter(state: Barriers, bar: NumericBar): boolean {
  if (bar.segment !== 'REGULAR' || bar.barStart < state.firstStart) return false;
  state.phase = 'IN_POSITION';
  state.entry = bar.open;
  state.entryTime = bar.barStart;
  state.entryVolume = bar.volume;
  state.high = bar.open;
  state.low = bar.open;
  state.timeLimit = state.calendar.addTradingMinutes(bar.barStart, state.timeLimitMinutes);
  touch(state, bar);
  return true;
}

function hold(state: Barriers, bar: NumericBar): boolean {
  if (bar.barStart >= state.sessionClose) return leaveAtClose(state);
  if (bar.segment !== 'REGULAR') return false;
  if (bar.barStart >= state.timeLimit) return leaveAtOpen(state, bar, 'TIME_EXIT');
  return touch(state, bar);
}

/** First touch wins. The open comes first, so a bar that opens beyond a barrier fills there; what else came first is not known. */
function touch(state: Barriers, bar: NumericBar): boolean {
  const { sign, stop, target } = state;
  if (sign * (bar.open - stop) <= 0) return leaveAtOpen(state, bar, 'STOP_HIT');
  if (sign * (bar.open - target) >= 0) return leaveAtOpen(state, bar, 'TARGET_HIT');

  use(state, bar);
  state.barsHeld++;
  const reached = sign * ((sign === 1 ? bar.high : bar.low) - target) >= 0;
  if (sign * ((sign === 1 ? bar.low : bar.high) - stop) <= 0) {
    state.ambiguous = reached;
    return leave(state, stop, bar.barEnd, 'STOP_HIT');
  }
  if (reached) return leave(state, target, bar.barEnd, 'TARGET_HIT');

  reach(state, bar.high);
  reach(state, bar.low);
  return bar.barEnd >= state.sessionClose && leaveAtClose(state);
}

function leaveAtOpen(state: Barriers, bar: NumericBar, reason: ExitReason): boolean {
  use(state, bar);
  return leave(state, bar.open, bar.barStart, reason);
}

/** At the close of the last regular bar that there was, though the session's own last bar may be missing. */
function leaveAtClose(state: Barriers): boolean {
  return leave(state, state.lastClose, state.lastEnd, 'SESSION_CLOSE');
}

function leave(state: Barriers, price: number, time: number, reason: ExitReason): boolean {
  state.phase = 'EXITED';
  state.exit = price;
  state.exitVolume = state.lastVolume;
  state.exitTime = time;
  state.exitReason = reason;
  reach(state, price);
  return true;
}

function use(state: Barriers, bar: NumericBar): void {
  state.lastStart = bar.barStart;
  state.lastEnd = bar.barEnd;
  state.lastClose = bar.close;
  state.lastVolume = bar.volume;
  // Of the exit's bar only its open and the fill are known to lie before the exit.
  reach(state, bar.open);
}

function reach(state: Barriers, price: number): void {
  if (price > state.high) state.high = price;
  if (price < state.low) state.low = price;
}
