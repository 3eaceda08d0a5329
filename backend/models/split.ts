import type { TradingCalendar } from '../calendar/index.ts';
import { UserError } from '../platform/errors.ts';
import { at } from './numeric.ts';

/** Decisions in [from, until), ms. `from` already lies behind the embargo of the window before. */
type Window = { readonly from: number; readonly until: number };

export const WINDOW_NAMES = ['training', 'calibration', 'test'] as const;
export type WindowName = (typeof WINDOW_NAMES)[number];

/** Which decisions a model learns from, which calibrate it and which judge it: in this order of time, with gaps between. */
export type Split = {
  readonly by: 'SESSIONS' | 'TIME';
  /** Sessions that hold a decision. */
  readonly sessions: number;
  /** Trading minutes after the end of a window in which no decision counts. */
  readonly embargoMinutes: number;
  readonly windows: Readonly<Record<WindowName, Window>>;
  /** Indices of the samples of each window, ascending. */
  readonly rows: Readonly<Record<WindowName, Int32Array>>;
  /** Dropped because their label could reach beyond the end of their own window. */
  readonly purged: { readonly training: number; readonly calibration: number };
  /** Dropped because they lie in the embargo after the window before. */
  readonly embargoed: { readonly calibration: number; readonly test: number };
  /** The first instant at which the model may decide anything: the end of the last window plus the embargo. */
  readonly eligibleFrom: number;
};

export type SplitInput = {
  /** When each sample was decided, ms, ascending. */
  readonly decisionTime: Float64Array;
  /** The latest instant to which each sample's label can look, ms. */
  readonly horizonEnd: Float64Array;
  readonly calendar: TradingCalendar;
  readonly horizonMinutes: number;
  /** The last instant that any label may have looked at, ms: when the last bar was known. */
  readonly historyEnd: number;
};

/** Samples that training needs of each window: with fewer the fit would be noise. */
export const LEAST_SAMPLES: Readonly<Record<WindowName, number>> = { training: 200, calibration: 50, test: 30 };

const CALIBRATION_SHARE = 0.2;
const TEST_SHARE = 0.2;
/** From so many sessions of history on a whole session is added to the embargo. */
export const LONG_HISTORY_SESSIONS = 20;
const SHORTEST_HISTORY_SESSIONS = 3;

/**
 * Splits history into training (60 %), calibration (20 %) and test (20 %) by whole sessions, or by trading time where there are fewer
 * than three, or where only that gives each window enough, since the newest session has just begun. Purge and embargo after Lopez de Prado, Advances in Financial Machine Learning (2018), 7.4.
 *
 * PURGE: a sample leaves its window when its label's vertical barrier lies beyond the window's end. That drops every sample whose
 * label overlaps the next window, and also the few whose label ended early: keeping only those would favour quick outcomes.
 * EMBARGO after each window: the horizon, and from 20 sessions of history on one session more.
 *
 * @throws UserError TOO_LITTLE_HISTORY when there is no decision, or the embargo swallows a window.
 */
export function splitByTime(input: SplitInput): Split {
  if (input.decisionTime.length === 0)
    throw tooLittleHistory('0 labelled decisions, expected some in each of three windows');
  const opens = sessionOpens(input.calendar, input.decisionTime);
  const split = bestSplit(input, opens);
  const empty = WINDOW_NAMES.find((name) => split.rows[name].length === 0);
  if (empty === undefined) return split;
  throw tooLittleHistory(
    `the ${empty} window holds 0 decisions after purge and an embargo of ${split.embargoMinutes} trading minutes ` +
      `(${split.sessions} sessions in all), expected at least 1`,
  );
}

function bestSplit(input: SplitInput, opens: readonly number[]): Split {
  if (opens.length < SHORTEST_HISTORY_SESSIONS) return splitAt('TIME', input, opens);
  const bySession = splitAt('SESSIONS', input, opens);
  if (isEnough(bySession)) return bySession;
  const byTime = splitAt('TIME', input, opens);
  return isEnough(byTime) ? byTime : bySession;
}

function isEnough({ rows }: Split): boolean {
  return WINDOW_NAMES.every((name) => rows[name].length >= LEAST_SAMPLES[name]);
}

function splitAt(by: Split['by'], input: SplitInput, opens: readonly number[]): Split {
  const { decisionTime, calendar, historyEnd } = input;
  const embargoMinutes = embargoFor(input, opens);
  const [first, second] = by === 'SESSIONS' ? boundariesBySession(opens) : boundariesByTime(input);
  const windows = {
    training: { from: at(decisionTime, 0), until: first },
    calibration: { from: calendar.addTradingMinutes(first, embargoMinutes), until: second },
    test: { from: calendar.addTradingMinutes(second, embargoMinutes), until: historyEnd },
  };
  const training = select(input, windows.training);
  const calibration = select(input, windows.calibration);
  const test = select(input, windows.test);
  return {
    by,
    sessions: opens.length,
    embargoMinutes,
    windows,
    rows: { training: training.rows, calibration: calibration.rows, test: test.rows },
    purged: { training: training.purged, calibration: calibration.purged },
    embargoed: {
      calibration: countBetween(decisionTime, first, windows.calibration.from),
      test: countBetween(decisionTime, second, windows.test.from),
    },
    eligibleFrom: calendar.addTradingMinutes(historyEnd, embargoMinutes),
  };
}

/** The opens of the sessions that hold a decision. A bar known after the close still belongs to the session that closed. */
function sessionOpens(calendar: TradingCalendar, decisionTime: Float64Array): number[] {
  const opens: number[] = [];
  let open = Number.NEGATIVE_INFINITY;
  let nextOpen = Number.NEGATIVE_INFINITY;
  for (const instant of decisionTime) {
    if (instant < nextOpen) continue;
    open = (calendar.sessionAt(instant) ?? calendar.previousSession(instant)).open;
    nextOpen = calendar.nextOpen(instant);
    if (open !== opens.at(-1)) opens.push(open);
  }
  return opens;
}

function embargoFor({ calendar, horizonMinutes }: SplitInput, opens: readonly number[]): number {
  if (opens.length < LONG_HISTORY_SESSIONS) return horizonMinutes;
  let longest = 0;
  for (const open of opens) {
    const session = calendar.sessionAt(open);
    if (session !== null) longest = Math.max(longest, (session.close - session.open) / 60_000);
  }
  return horizonMinutes + longest;
}

function boundariesBySession(opens: readonly number[]): [number, number] {
  const calibration = Math.max(1, Math.round(opens.length * CALIBRATION_SHARE));
  const test = Math.max(1, Math.round(opens.length * TEST_SHARE));
  return [at(opens, opens.length - test - calibration), at(opens, opens.length - test)];
}

function boundariesByTime({ calendar, decisionTime, historyEnd }: SplitInput): [number, number] {
  const start = at(decisionTime, 0);
  const minutes = calendar.tradingMinutesBetween(start, historyEnd);
  const boundary = (share: number) => calendar.addTradingMinutes(start, Math.floor(minutes * share));
  return [boundary(1 - TEST_SHARE - CALIBRATION_SHARE), boundary(1 - TEST_SHARE)];
}

function select({ decisionTime, horizonEnd }: SplitInput, window: Window): { rows: Int32Array; purged: number } {
  const rows: number[] = [];
  let purged = 0;
  for (let i = firstAtOrAfter(decisionTime, window.from); i < decisionTime.length; i++) {
    if (at(decisionTime, i) >= window.until) break;
    if (at(horizonEnd, i) > window.until) purged++;
    else rows.push(i);
  }
  return { rows: Int32Array.from(rows), purged };
}

function countBetween(decisionTime: Float64Array, from: number, until: number): number {
  return firstAtOrAfter(decisionTime, until) - firstAtOrAfter(decisionTime, from);
}

function firstAtOrAfter(ascending: Float64Array, instant: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (at(ascending, middle) < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function tooLittleHistory(what: string): UserError {
  return new UserError('TOO_LITTLE_HISTORY', `Cannot train: ${what}. Give more history.`);
}
