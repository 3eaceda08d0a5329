import { calendarById, type TradingCalendar } from '../calendar/index.ts';
import type { ScaledBar } from '../market-data/bar.ts';
import { randomOf } from '../platform/random.ts';
import type { InstrumentBars } from './dataset.ts';

const xnys = calendarById('XNYS');

type Walk = {
  readonly seed: number;
  readonly sessions: number;
  /** Expected move of a minute in its standard deviations: its sign stays for about `trendMinutes`. 0 is a pure random walk. */
  readonly trend: number;
};

const TREND_MINUTES = 60;
const VOLATILITY = 0.0005;

/** Two instruments that trade every minute of so many sessions from 4 March 2024 on. */
export function walkingInstruments({ seed, sessions, trend }: Walk): InstrumentBars[] {
  return ['one', 'two'].map((id) => ({
    id,
    tick: '0.01',
    calendar: xnys,
    bars: walk(xnys, `${seed} ${id}`, sessions, trend),
  }));
}

function walk(calendar: TradingCalendar, seed: string, sessions: number, trend: number): ScaledBar[] {
  const random = randomOf(seed);
  const first = Date.parse('2024-03-04');
  const bars: ScaledBar[] = [];
  let price = 100;
  let drift = trend;
  for (const { open: start, close: end } of calendar.sessions(first, first + 90 * 86_400_000).slice(0, sessions)) {
    for (let barStart = start; barStart < end; barStart += 60_000) {
      if (random.chance(1 / TREND_MINUTES)) drift = -drift;
      const path = [price];
      for (let step = 0; step < 4; step++)
        path.push((path[step] ?? 0) * (1 + VOLATILITY * (random.normal() / 2 + drift / 4)));
      price = path[4] ?? price;
      const [high, low] = [Math.max(...path), Math.min(...path)];
      const known = { barStart, barEnd: barStart + 60_000, knownTime: barStart + 61_000, segment: 'REGULAR' as const };
      const facts = { priceScale: 1, haltedMs: 0 };
      bars.push({
        ...known,
        open: path[0] ?? 0,
        high,
        low,
        close: price,
        volume: random.integer(500, 1_500),
        ...facts,
      });
    }
  }
  return bars;
}
