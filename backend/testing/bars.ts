import type { SourceBar } from '../market-data/bar.ts';
import { recordedInstruments } from '../market-data/instruments/bundled.ts';
import type { SourceBatch, SourceDescription } from '../market-data/source.ts';

/** The open of XNYS on Tuesday 2013-10-01, from which tests count minutes. */
export const OPEN = Date.parse('2013-10-01T13:30:00Z');
const MINUTE = 60_000;

/** A recorded feed of two instruments. */
export function feedNamed(sourceId: string): SourceDescription {
  return {
    sourceId,
    feed: 'REPLAY',
    provenance: 'REPLAY',
    licence: 'none',
    timeframe: '1m',
    instruments: recordedInstruments.filter(({ id }) => id === 'spy-us' || id === 'bac-us'),
    totalRows: null,
    historyEnd: OPEN,
  };
}

/** A bar of SPY so many minutes after OPEN; all four prices are `close` unless they are given. */
export function minuteBar(minute: number, close: string, other: Partial<SourceBar> = {}): SourceBar {
  const barStart = OPEN + minute * MINUTE;
  const barEnd = barStart + MINUTE;
  const times = { barStart, barEnd, knownTime: barEnd };
  const prices = { open: close, high: close, low: close, close, volume: '100' };
  return { instrumentId: 'spy-us', timeframe: '1m', segment: 'REGULAR', ...times, ...prices, ...other };
}

/** Bars as a source hands them over: those that were known together in one batch. */
export function batchesOf(bars: readonly SourceBar[]): SourceBatch[] {
  const times = [...new Set(bars.map((bar) => bar.knownTime))].sort((a, b) => a - b);
  return times.map((knownTime) => ({
    knownTime,
    bars: bars.filter((bar) => bar.knownTime === knownTime),
    quarantined: [],
  }));
}
