import type { TradingCalendar } from '../calendar/index.ts';
import { type Decimal, type ScaledBar, UNSCALED } from '../market-data/bar.ts';
import { firstEligibleStart, homeSession } from './entry-window.ts';
import { quotientOf } from './exact.ts';
import { type Side, signOf } from './plan.ts';

export type ExitReason = 'TARGET_HIT' | 'STOP_HIT' | 'TIME_EXIT' | 'SESSION_CLOSE';

const MINUTE = 60_000;

/** -1: the stop came first. +1: the target came first and paid. 0: neither. */
export type Label = -1 | 0 | 1;

type BarrierInput = {
  readonly side: Side;
  /** Levels of the plan x the scale of its prices: in the basis of the bars that follow, in which a split is no move. */
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
  /** A bar may fill the entry when it starts at or after `firstStart` and ends before `deadline`, which halts move on. */
  readonly firstStart: number;
  deadline: number;
  /** Close of the session in which the deadline lies: no halt moves it beyond. */
  readonly lastDeadline: number;
  /** Close of the decision's session; infinite when positions are kept over night. */
  readonly sessionClose: number;
  phase: 'WAITING' | 'IN_POSITION' | 'EXPIRED' | 'EXITED';
  entry: number;
  entryTime: number;
  entryVolume: number;
  /** Start of the first bar that is too late; halts move it on. */
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
  const deadline = Math.min(expiresAt, sessionClose);
  return {
    sign: signOf(input.side),
    stop: input.stop,
    target: input.target,
    timeLimitMinutes: input.timeLimitMinutes,
    calendar,
    firstStart: firstEligibleStart(input.publishedAt, input.clientLatencyMs),
    deadline,
    lastDeadline: closeAfter(calendar, deadline),
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
 * Only REGULAR bars fill; the others show that time has passed. A minute without a bar is a minute without a trade, but in a halt the clock
 * stands still: the first bar after it brings the halt's trading time, by which the entry and the time barrier may come later.
 */
export function advance(state: Barriers, bar: ScaledBar): boolean {
  if (bar.haltedMs > 0) stopClock(state, bar.haltedMs);
  if (state.phase === 'WAITING') return expire(state, bar.barEnd) || enter(state, bar);
  return state.phase === 'IN_POSITION' && hold(state, bar);
}

/** Ends a waiting signal when its time is over, as told by the end of a bar of its own instrument; true when it did. */
function expire(state: Barriers, barEnd: number): boolean {
  if (state.phase !== 'WAITING' || barEnd < state.deadline) return false;
  state.phase = 'EXPIRED';
  return true;
}

/**
 * The same by a bar of another instrument. Bars come in the order of their ends, but one whose trading is halted has none, and the length of
 * its halt is told by the first bar after it; one may also be late. So others end a signal only at the close of the session in which its
 * deadline lies: nothing that comes later could have ended before the deadline, wherever halts have moved it.
 */
export function expireByOthers(state: Barriers, barEnd: number): boolean {
  return barEnd >= state.lastDeadline && expire(state, barEnd);
}

function stopClock(state: Barriers, haltedMs: number): void {
  if (state.phase === 'WAITING') state.deadline = Math.min(state.deadline + haltedMs, state.lastDeadline);
  if (state.phase === 'IN_POSITION')
    state.timeLimit = state.calendar.addTradingMinutes(state.timeLimit, haltedMs / MINUTE);
}

/**
 * An exited position as the client of its plan saw it: in raw prices of the time of the decision, whatever splits came since. `scale` is that
 * of the decision.
 */
export function inPlanBasis(state: Barriers, scale: Decimal): Barriers {
  if (scale === UNSCALED) return state;
  const raw = (price: number): number => quotientOf(price, scale);
  const units = Number(scale);
  return {
    ...state,
    ...{ entry: raw(state.entry), exit: raw(state.exit), high: raw(state.high), low: raw(state.low) },
    ...{ entryVolume: state.entryVolume * units, exitVolume: state.exitVolume * units },
  };
}

export function labelOf(state: Barriers): Label {
  if (state.exitReason === 'STOP_HIT') return -1;
  // An entry at or beyond the target leaves where it came in: nobody earned that target.
  return state.exitReason === 'TARGET_HIT' && state.sign * (state.exit - state.entry) > 0 ? 1 : 0;
}

/** Of the session that holds the last moment before an instant, or else of the next one. */
function closeAfter(calendar: TradingCalendar, instant: number): number {
  return (calendar.sessionAt(instant - 1) ?? calendar.nextSession(instant - 1)).close;
}

function enter(state: Barriers, bar: ScaledBar): boolean {
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

function hold(state: Barriers, bar: ScaledBar): boolean {
  if (bar.barStart >= state.sessionClose)
    return wasHaltedAtClose(state, bar) ? leaveAtOpen(state, bar, 'SESSION_CLOSE') : leaveAtClose(state);
  if (bar.segment !== 'REGULAR') return false;
  if (bar.barStart >= state.timeLimit) return leaveAtOpen(state, bar, 'TIME_EXIT');
  return touch(state, bar);
}

/** Nobody could leave at the close when the halt took all that was left of the session: the reopening is the first chance. */
function wasHaltedAtClose({ calendar, lastEnd, sessionClose }: Barriers, { segment, haltedMs }: ScaledBar): boolean {
  if (haltedMs === 0 || segment !== 'REGULAR' || lastEnd >= sessionClose) return false;
  return haltedMs >= calendar.tradingMinutesBetween(lastEnd, sessionClose) * MINUTE;
}

/** First touch wins. The open comes first, so a bar that opens beyond a barrier fills there; what else came first is not known. */
function touch(state: Barriers, bar: ScaledBar): boolean {
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

function leaveAtOpen(state: Barriers, bar: ScaledBar, reason: ExitReason): boolean {
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

function use(state: Barriers, bar: ScaledBar): void {
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
