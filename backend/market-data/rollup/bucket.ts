import type { Session } from '../../calendar/index.ts';
import type { Timeframe } from '../bar.ts';

const MINUTE = 60_000;

/** Lengths of the bars that are made of one-minute bars, in minutes. No session is longer than the longest: `1d` is the whole session. */
const MINUTES = { '5m': 5, '15m': 15, '30m': 30, '1h': 60, '1d': 1_440 } as const;
export type RollupTimeframe = keyof typeof MINUTES;
/** Every length of bar that can be asked for: those that sources deliver and those that are made of them. */
export type BarTimeframe = Timeframe | RollupTimeframe;

/** The span of a longer bar: minutes with `barStart` <= minute < `barEnd`. */
export type Bucket = {
  readonly instrumentId: string;
  readonly timeframe: RollupTimeframe;
  readonly barStart: number;
  readonly barEnd: number;
  /** How many one-minute bars it has when none is missing. */
  readonly minutes: number;
  /** True for the last one of its session. */
  readonly endsSession: boolean;
};

const TIMEFRAMES = Object.keys(MINUTES) as readonly RollupTimeframe[];

/**
 * The bucket of each length that holds an instant of a session. Buckets are counted from the open, so that the first hour of a session that
 * opens at 09:30 ends at 10:30 on every day of the year, and the last one ends with the session.
 */
export function bucketsAt(instrumentId: string, session: Session, instant: number): Bucket[] {
  const { open, close } = session;
  return TIMEFRAMES.map((timeframe) => {
    const length = MINUTES[timeframe] * MINUTE;
    const barStart = instant - ((instant - open) % length);
    const barEnd = Math.min(barStart + length, close);
    const minutes = (barEnd - barStart) / MINUTE;
    return { instrumentId, timeframe, barStart, barEnd, minutes, endsSession: barEnd === close };
  });
}
