import type { SourceBar } from '../../../../backend/market-data/bar.ts';
import type { Instrument } from '../../../../backend/market-data/instrument.ts';
import type { SourceBatch, SourceDescription } from '../../../../backend/market-data/source.ts';

export const BARS_PER_COMMIT = 500;

const MINUTE = 60_000;
const FIRST = Date.parse('2024-07-08T13:30:00Z');

const instruments: readonly Instrument[] = Array.from({ length: BARS_PER_COMMIT }, (_, index) => ({
  id: `bench-${index}`,
  symbol: `BENCH${index}`,
  mic: 'XXXX',
  calendar: '24x7',
  tick: '0.01',
  currency: 'USD',
  figi: null,
  assetClass: 'EQUITY',
}));

export const feed: SourceDescription = {
  sourceId: 'bench',
  feed: 'SIMULATED',
  provenance: 'SYNTHETIC',
  licence: 'none',
  timeframe: '1m',
  instruments,
  totalRows: null,
  historyEnd: FIRST,
};

/** One minute of all instruments: what is known at its end. Prices as feeds write them, with two digits. */
export function batchOf(minute: number): SourceBatch {
  const barStart = FIRST + minute * MINUTE;
  const barEnd = barStart + MINUTE;
  const bars = instruments.map(({ id }, index): SourceBar => {
    const open = 2_000 + ((index * 7_919 + minute * 104_729) % 40_000);
    const close = open + ((index + minute) % 21) - 10;
    const prices = { open: cents(open), high: cents(Math.max(open, close) + 3), low: cents(Math.min(open, close) - 4) };
    const volume = String(100 + ((index * minute) % 9_000));
    const times = { barStart, barEnd, knownTime: barEnd };
    return { instrumentId: id, timeframe: '1m', segment: 'REGULAR', ...times, ...prices, close: cents(close), volume };
  });
  return { knownTime: barEnd, bars, quarantined: [] };
}

function cents(price: number): string {
  return (price / 100).toFixed(2);
}
