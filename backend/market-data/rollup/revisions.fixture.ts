import { calendarById } from '../../calendar/index.ts';
import type { Random } from '../../platform/random.ts';
import { feedNamed } from '../../testing/bars.ts';
import type { SourceBar } from '../bar.ts';
import { recordedInstruments } from '../instruments/bundled.ts';
import type { SourceBatch, SourceDescription } from '../source.ts';
import type { SessionOf } from './recompute.fixture.ts';

const MINUTE = 60_000;
const SECOND = 1_000;

const EQUITIES = ['spy-us', 'bac-us'];
const COIN = 'btc-usd';
/** Around the end of summer time, a half day after a holiday, and around the beginning of summer time. */
const SESSIONS_OF_EQUITIES = sessionsOn('XNYS', '2013-11-01', '2013-11-04', '2013-11-29', '2014-03-07', '2014-03-10');
/** Two nights, in which one day of UTC ends and the next begins. */
const SESSIONS_OF_COIN = sessionsOn('24x7', '2013-11-03', '2013-11-04', '2014-03-09', '2014-03-10');
/** All sessions that invented bars are part of. */
export const SESSIONS = [...SESSIONS_OF_EQUITIES, ...SESSIONS_OF_COIN];

export function feedOfBothCalendars(sourceId: string): SourceDescription {
  const instruments = recordedInstruments.filter(({ id }) => EQUITIES.includes(id) || id === COIN);
  return { ...feedNamed(sourceId), instruments };
}

/**
 * One-minute bars of five sessions and what becomes of them: minutes that are missing, minutes that come late, and corrections, of which
 * there are `changes` together. In the order in which they became known; those of one moment are one batch.
 */
export function inventRevisions(random: Random, changes: number): SourceBatch[] {
  const clean = [...EQUITIES.flatMap((id) => equityBars(random, id)), ...coinBars(random)].filter(
    () => !random.chance(0.08),
  );
  const late = new Set(Array.from({ length: changes / 2 }, () => random.integer(0, clean.length)));
  const end = Math.max(...clean.map(({ barEnd }) => barEnd)) + 2 * 86_400_000;
  const bars = clean.map((bar, index) => (late.has(index) ? { ...bar, knownTime: laterThan(random, bar, end) } : bar));
  for (let made = late.size; made < changes; made += 1) {
    const corrected = bars[random.integer(0, bars.length)];
    if (corrected === undefined) continue;
    bars.push({
      ...corrected,
      ...pricesNear(random, Number(corrected.close)),
      knownTime: laterThan(random, corrected, end),
    });
  }
  return batchesInOrder(bars);
}

/** Mostly soon after, sometimes days or months: both meet buckets that are open and buckets that are long closed. */
function laterThan(random: Random, bar: SourceBar, end: number): number {
  const most = random.chance(0.5) ? 90 * MINUTE : end - bar.knownTime;
  return bar.knownTime + SECOND + Math.floor(random.uniform() * most);
}

function equityBars(random: Random, instrumentId: string): SourceBar[] {
  const calendar = calendarById('XNYS');
  return SESSIONS_OF_EQUITIES.flatMap(({ open, close }) =>
    minutesFrom(open - 5 * MINUTE, close + 5 * MINUTE).map((barStart) =>
      barAt(random, instrumentId, barStart, calendar.segmentAt(barStart)),
    ),
  );
}

function coinBars(random: Random): SourceBar[] {
  return [1, 3].flatMap((night) => {
    const midnight = SESSIONS_OF_COIN[night]?.open ?? 0;
    return minutesFrom(midnight - 120 * MINUTE, midnight + 120 * MINUTE).map((barStart) =>
      barAt(random, COIN, barStart, 'REGULAR'),
    );
  });
}

function sessionsOn(calendar: string, ...dates: string[]): SessionOf[] {
  return dates.map((date) => {
    const session = calendarById(calendar).sessionOn(date);
    if (session === null) throw new Error(`${calendar} has no session on ${date}`);
    return { calendar, ...session };
  });
}

function minutesFrom(from: number, until: number): number[] {
  return Array.from({ length: (until - from) / MINUTE }, (_, index) => from + index * MINUTE);
}

function barAt(random: Random, instrumentId: string, barStart: number, segment: SourceBar['segment']): SourceBar {
  const barEnd = barStart + MINUTE;
  const times = { barStart, barEnd, knownTime: barEnd + SECOND };
  return { instrumentId, timeframe: '1m', segment, ...times, ...pricesNear(random, 100) };
}

function pricesNear(random: Random, price: number) {
  const cents = () => Math.max(1, Math.round(price * 100) + random.integer(-50, 50));
  const [low = 1, open = 1, close = 1, high = 1] = [cents(), cents(), cents(), cents()].sort((a, b) => a - b);
  const text = (value: number) => (value / 100).toFixed(2);
  const [first, last] = random.chance(0.5) ? [open, close] : [close, open];
  return {
    open: text(first),
    high: text(high),
    low: text(low),
    close: text(last),
    volume: String(random.integer(0, 900)),
  };
}

/** The order of instruments within a moment is none. */
function batchesInOrder(bars: readonly SourceBar[]): SourceBatch[] {
  const byMoment = Map.groupBy(bars, (bar) => bar.knownTime);
  const moments = [...byMoment.keys()].sort((a, b) => a - b);
  return moments.map((knownTime) => ({ knownTime, bars: byMoment.get(knownTime) ?? [], quarantined: [] }));
}
