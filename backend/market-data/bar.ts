import type { Segment } from '../calendar/index.ts';

export type { Segment } from '../calendar/index.ts';

/** A number written as decimal text, such as "167.65". Prices are never binary floats in storage, in events or in the API. */
export type Decimal = string;

export const TIMEFRAMES = { '1m': 60_000, '1d': 86_400_000 } as const;
export type Timeframe = keyof typeof TIMEFRAMES;

export const PROVENANCES = ['LIVE', 'DELAYED', 'PAPER', 'REPLAY', 'SYNTHETIC'] as const;
/** How much of the market is in a datum. Production accepts neither REPLAY nor SYNTHETIC. */
export type Provenance = (typeof PROVENANCES)[number];

export const SEGMENTS = ['PRE', 'REGULAR', 'POST', 'CLOSED'] as const satisfies readonly Segment[];

/** One closed bar as a source hands it over. Instants in ms since 1970 UTC; `barStart` <= trades < `barEnd`. */
export type SourceBar = {
  readonly instrumentId: string;
  readonly timeframe: Timeframe;
  readonly barStart: number;
  readonly barEnd: number;
  /** When the platform could first know this bar: its end plus the delay of its feed. */
  readonly knownTime: number;
  readonly segment: Segment;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  /** Units of the instrument (shares, coins). */
  readonly volume: Decimal;
};

/** A stored bar. `ingestSeq` is its place in the input log of its shard; a corrected bar is a further revision, never an edit. */
export type Bar = SourceBar & {
  readonly revision: number;
  readonly ingestSeq: number;
  readonly sourceId: string;
};

/** A bar's numbers as the arithmetic uses them (features, barriers). A double holds each decimal price exactly enough to compare it. */
export type NumericBar = {
  readonly barStart: number;
  readonly barEnd: number;
  readonly knownTime: number;
  readonly segment: Segment;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
};

export function toNumeric(bar: SourceBar): NumericBar {
  return {
    barStart: bar.barStart,
    barEnd: bar.barEnd,
    knownTime: bar.knownTime,
    segment: bar.segment,
    open: Number(bar.open),
    high: Number(bar.high),
    low: Number(bar.low),
    close: Number(bar.close),
    volume: Number(bar.volume),
  };
}
