import { calendarById, type Session } from '../../../../backend/calendar/index.ts';
import { minuteBars } from '../../../../backend/features/random-walk.fixture.ts';
import type { NumericBar } from '../../../../backend/market-data/bar.ts';

export const SYMBOLS = 500;
export const calendar = calendarById('XNYS');

/** Two sessions to warm up in, and the one that is measured. */
const sessions = sessionsFrom('2024-07-08', 3);
export const MINUTES = 390;
export const WARM_UP = 2 * MINUTES;
export const ALL = 3 * MINUTES;

/** Doubles a bar: open, high, low, close, volume. */
const FIELDS = 5;

/** Random walks in cents, minute by minute and in each minute symbol by symbol: as a market sends them. */
export type Market = { readonly columns: Float64Array };

export function makeMarket(): Market {
  const columns = new Float64Array(ALL * SYMBOLS * FIELDS);
  for (let symbol = 0; symbol < SYMBOLS; symbol++) {
    for (const [minute, bar] of minuteBars(sessions, { seed: symbol + 1 }).entries()) {
      const { open, high, low, close, volume } = bar;
      // One share at least: not all of them have an answer for a session in which nothing was traded.
      columns.set([open, high, low, close, volume + 1], placeOf(minute, symbol));
    }
  }
  return { columns };
}

export function placeOf(minute: number, symbol: number): number {
  return (minute * SYMBOLS + symbol) * FIELDS;
}

export const HIGH = 1;
export const LOW = 2;
export const CLOSE = 3;
export const VOLUME = 4;

/** A bar to write into: live, too, an indicator gets one that has just been made and lies in the cache. */
export type Hand = { -readonly [Field in keyof NumericBar]: NumericBar[Field] };

export function newHand(): Hand {
  const numbers = { open: 0.5, high: 0.5, low: 0.5, close: 0.5, volume: 0.5 };
  return { barStart: 0.5, barEnd: 0.5, knownTime: 0.5, segment: 'REGULAR', ...numbers };
}

/** All symbols have a bar for each minute. */
export function setMinute(hand: Hand, minute: number): void {
  const session = sessions[Math.floor(minute / MINUTES)] as Session;
  hand.barStart = session.open + (minute % MINUTES) * 60_000;
  hand.barEnd = hand.barStart + 60_000;
  hand.knownTime = hand.barEnd;
}

export function fill(hand: Hand, columns: Float64Array, at: number): void {
  hand.open = columns[at] as number;
  hand.high = columns[at + HIGH] as number;
  hand.low = columns[at + LOW] as number;
  hand.close = columns[at + CLOSE] as number;
  hand.volume = columns[at + VOLUME] as number;
}

function sessionsFrom(date: string, count: number): Session[] {
  const found: Session[] = [];
  for (let at = Date.parse(date); found.length < count; at = found.at(-1)?.open ?? at)
    found.push(calendar.nextSession(at));
  return found;
}
