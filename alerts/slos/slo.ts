import type { Panel, Service } from '../alert.ts';
import type { Duration, Vector } from '../promql/index.ts';
import type { Input, RecordingTest } from '../recording.ts';

/** What users may expect over 30 days, and how much of it may be missed. */
export type Slo = Common & (OfEvents | OfMinutes);

type Common = {
  readonly name: string;
  /** Its alerts begin with it. */
  readonly alerts: string;
  /** What is promised, in words. */
  readonly promise: string;
  /** The share that must be good. */
  readonly objective: number;
  readonly service: Service;
  readonly panel: Panel;
  readonly windows: readonly BurnWindow[];
  /** Bad events in the long window before anybody hears of it. */
  readonly fewestBad: number;
  readonly reason: string;
};

/** Weighted by events; the windows are cut out of the counters. */
type OfEvents = {
  readonly kind: 'events';
  readonly bad: (window: Duration) => Vector<never>;
  readonly all: (window: Duration) => Vector<never>;
  /** Series in which so many are bad and so many are not. */
  readonly example: (bad: string, good: string) => readonly Input[];
  /** Series in which none is bad though fewer than none seem to be; of 90 steps. */
  readonly untouched?: readonly Input[];
};

/** Counted minute by minute, and only while a market is open: a window of a night holds no minute. */
type OfMinutes = {
  readonly kind: 'minutes';
  readonly bad: Vector<never>;
  readonly all: Vector<never>;
  readonly tests: { readonly bad: MinuteTests; readonly all: MinuteTests };
};

type MinuteTests = readonly RecordingTest[];

/** Who hears of it when the budget is spent at `burn` times the rate that would use it up in 30 days, in both windows. */
export type BurnWindow = {
  readonly speed: 'Fast' | 'Slow';
  readonly long: Duration;
  /** Ends the alert soon after the trouble has ended. */
  readonly short: Duration;
  readonly burn: number;
};

/** Of a budget that is spent around the clock: 2 % in an hour and 5 % in six page; 10 % in a day and in three days are tickets. */
export const aroundTheClock: readonly BurnWindow[] = [
  { speed: 'Fast', long: '1h', short: '5m', burn: 14.4 },
  { speed: 'Fast', long: '6h', short: '30m', burn: 6 },
  { speed: 'Slow', long: '1d', short: '2h', burn: 3 },
  { speed: 'Slow', long: '3d', short: '6h', burn: 1 },
];

/**
 * Of a budget of 21 sessions of 6.5 hours: an hour is 1/136.5 of it, not 1/720. 5 % in an hour and 10 % in six page; 15 % in three days,
 * which hold 19.5 hours of session, is a ticket.
 */
export const inSessions: readonly BurnWindow[] = [
  { speed: 'Fast', long: '1h', short: '5m', burn: 6.8 },
  { speed: 'Fast', long: '6h', short: '30m', burn: 2.3 },
  { speed: 'Slow', long: '3d', short: '6h', burn: 1.05 },
];

export const onlySlow: readonly BurnWindow[] = aroundTheClock.filter(({ speed }) => speed === 'Slow');
