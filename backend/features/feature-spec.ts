import { createHash } from 'node:crypto';
import type { Timeframe } from '../market-data/bar.ts';
import { canonicalJson } from '../platform/canonical-json.ts';

/** The model's inputs, in the order of the vector. None has a scale: a price of 3 and one of 3,000 give numbers of one size. */
export const FEATURE_NAMES = [
  /** close / SMA(20) - 1 */
  'closeToSma20',
  /** (EMA(12) - EMA(26)) / close */
  'macdToClose',
  /** (MACD - its EMA(9)) / close */
  'macdHistogramToClose',
  /** RSI(14) / 100: 0 to 1; 0.5 when no close has moved */
  'rsi14',
  /** ATR(14) / close */
  'atr14ToClose',
  /** (close - lower band) / (upper - lower band); 0.5 when the bands coincide */
  'bollingerPercentB',
  /** (upper - lower band) / SMA(20) */
  'bollingerWidth',
  /** close / VWAP of the session - 1; 0 as long as nothing has been traded in it */
  'closeToVwap',
  /** close / close 1, 5, 15, 60 bars ago - 1 */
  'return1',
  'return5',
  'return15',
  'return60',
  /** standard deviation of the last 60 log returns: per bar, not annualised */
  'realisedVolatility60',
  /** (volume - mean) / standard deviation of the last 60 volumes; 0 when they are all equal */
  'volumeZ60',
  /** minutes from the session's open to the bar's end / minutes of the session; 0 for daily bars */
  'sessionElapsed',
  /** first price of the session / last price of the session before - 1 */
  'overnightGap',
] as const;

export type FeatureName = (typeof FEATURE_NAMES)[number];

/** Where each feature stands in the vector. */
export const FEATURE_INDEX = Object.fromEntries(FEATURE_NAMES.map((name, index) => [name, index])) as Readonly<
  Record<FeatureName, number>
>;

/** Windows in bars. Every standard deviation divides by n, as Bollinger's bands do. */
export const PARAMETERS = {
  sma: 20,
  emaFast: 12,
  emaSlow: 26,
  macdSignal: 9,
  rsi: 14,
  atr: 14,
  bollinger: 20,
  bollingerDeviations: 2,
  returns: [1, 5, 15, 60],
  realisedVolatility: 60,
  volume: 60,
  /** A bar missing among these raises the gap flag. */
  gap: 60,
} as const;

/** A vector needs this many bars before its own: the longest return looks that far back. */
export const LONGEST_WINDOW = 60;

/**
 * The accepted bars before an anchor that determine every vector from it on. EMA(26), with the longest memory, would give
 * what lies further back a weight of (25/27)^512 = 8e-18: less than a double can tell from nothing.
 */
export const WARM_UP_BARS = 512;

/** Most bars from one anchor to the next, a session or a month: who wants the last vector needs so many before it, and the warm-up. */
export const LONGEST_ANCHOR: Readonly<Record<Timeframe, number>> = { '1m': 1_440, '1d': 31 };

const spec = { version: 1, names: FEATURE_NAMES, parameters: PARAMETERS, warmUpBars: WARM_UP_BARS } as const;

/** What a model was trained on. Whoever changes the meaning of a number in the vector raises `version`, and with it the hash. */
export const featureSpec = {
  ...spec,
  /** sha256 (hex) of the canonical JSON of the rest. */
  hash: createHash('sha256').update(canonicalJson(spec)).digest('hex'),
} as const;
