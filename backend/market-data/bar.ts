import type { Segment } from '../calendar/index.ts';
import { type Decimal, productOf } from './decimal.ts';

export type { Segment } from '../calendar/index.ts';

export type { Decimal } from './decimal.ts';

/** The scale of the prices of an instrument that has never been split. */
export const UNSCALED: Decimal = '1';

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
  /**
   * Product of the ratios of all splits of the instrument that are effective at this bar and were known when it was: after one of 7:1 it is
   * 7 times what it was. Prices are always raw; price x scale is a series without the jumps that splits make. Absent: 1.
   */
  readonly priceScale?: Decimal;
  /** Trading time of halts of this instrument between its bar before and this one, ms. Absent: none. */
  readonly haltedMs?: number;
};

/** A stored bar. `ingestSeq` is its place in the input log of its shard; a corrected bar is a further revision, never an edit. */
export type Bar = Required<SourceBar> & {
  readonly revision: number;
  readonly ingestSeq: number;
  readonly sourceId: string;
};

/**
 * A bar's numbers as the arithmetic uses them (features, barriers): prices x scale and volume / scale, so that a split is no move. A double
 * holds each decimal price exactly enough to compare it.
 */
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

/** The numbers with what a plan and its clock need besides: adjusted price / `priceScale` is a raw price of the time of the bar. */
export type ScaledBar = NumericBar & {
  readonly priceScale: number;
  /** ms */
  readonly haltedMs: number;
};

export function toNumeric(bar: SourceBar): ScaledBar {
  const { priceScale = UNSCALED } = bar;
  const raw = priceScale === UNSCALED;
  const price = (text: Decimal): number => (raw ? Number(text) : productOf(text, priceScale));
  return {
    barStart: bar.barStart,
    barEnd: bar.barEnd,
    knownTime: bar.knownTime,
    segment: bar.segment,
    open: price(bar.open),
    high: price(bar.high),
    low: price(bar.low),
    close: price(bar.close),
    volume: raw ? Number(bar.volume) : Number(bar.volume) / Number(priceScale),
    priceScale: raw ? 1 : Number(priceScale),
    haltedMs: bar.haltedMs ?? 0,
  };
}
