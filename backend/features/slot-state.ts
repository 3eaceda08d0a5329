import { WARM_UP_BARS } from './feature-spec.ts';
import { MOMENTS } from './sliding-moments.ts';

/*
 * Where the numbers of one instrument, a "slot", lie in the engine's two arrays. One record per slot and not one array per
 * number: in whatever order the instruments come, a bar touches a handful of neighbouring cache lines.
 */

export const LAST_END = 0;
export const SESSION_OPEN = 1;
export const SESSION_CLOSE = 2;
/** What began at the last anchor: the session by its open (1m), the month counted from the year 0 (1d). */
export const ANCHOR = 3;
/** Sums of price x volume and of volume since the session began. */
export const TURNOVER = 4;
export const SESSION_VOLUME = 5;
/** NaN until a session has been left for the next one. */
export const OVERNIGHT_GAP = 6;
/** Bars since the last one before which a bar was missing; 0 at that bar itself. */
export const SINCE_GAP = 7;

export const EMA_FAST = 8;
export const EMA_SLOW = 9;
export const MACD_SIGNAL = 10;
export const AVERAGE_GAIN = 11;
export const AVERAGE_LOSS = 12;
export const ATR = 13;

export const CLOSE_MOMENTS = 14;
export const RETURN_MOMENTS = CLOSE_MOMENTS + MOMENTS;
export const VOLUME_MOMENTS = RETURN_MOMENTS + MOMENTS;

/** Rings of the last closes, log returns and volumes; 64 is the power of two above the longest window. */
export const RING_MASK = 63;
export const CLOSES = VOLUME_MOMENTS + MOMENTS;
export const RETURNS = CLOSES + RING_MASK + 1;
export const VOLUMES = RETURNS + RING_MASK + 1;

/** 29 cache lines. Odd, because slots that lie a power of two apart would fight for the same few places of the cache. */
export const STATE_STRIDE = 232;

/** The ring from which the recursive indicators are computed anew: high, low, close of each accepted bar. Strides as above. */
export const HISTORY_MASK = WARM_UP_BARS - 1;
export const HISTORY_FIELDS = 3;
export const HISTORY_STRIDE = WARM_UP_BARS * HISTORY_FIELDS + 8;
