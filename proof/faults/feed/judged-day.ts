import type { CleanDay } from './clean-day.ts';
import type { Remains } from './remains.ts';
import type { Schedule } from './schedule.ts';
import type { Window } from './windows.ts';

/** A day with faults, and what it is held against. */
export type Day = {
  readonly window: Window;
  readonly schedule: Schedule;
  readonly clean: CleanDay;
  /** What the same window left without faults. */
  readonly reference: Remains;
  readonly remains: Remains;
};
