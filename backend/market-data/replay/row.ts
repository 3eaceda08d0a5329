import { calendarById, type TradingCalendar } from '../../calendar/index.ts';
import { quote } from '../../platform/errors.ts';
import { type SourceBar, TIMEFRAMES, type Timeframe, UNSCALED } from '../bar.ts';
import type { CorporateAction } from '../corporate-actions/action.ts';
import { ActionBook } from '../corporate-actions/book.ts';
import { marketDate } from '../corporate-actions/market-date.ts';
import { type DatedTicker, TickerBook } from '../corporate-actions/tickers.ts';
import { canonicalDecimal } from '../decimal.ts';
import type { Instrument } from '../instrument.ts';
import { SYMBOL } from '../instrument.ts';

export const HEADER = 'symbol,timestamp,open,high,low,close,volume';

/** What a line of a bars file turned out to be. `timestamp` is the row's own, by which the file is ordered. */
type Row =
  | BarRow
  | { readonly kind: 'REFUSED'; readonly reason: string }
  | { readonly kind: 'UNKNOWN_SYMBOL'; readonly symbol: string };

export type BarRow = { readonly kind: 'BAR'; readonly timestamp: number; readonly bar: SourceBar };

type Place = Pick<SourceBar, 'barStart' | 'barEnd' | 'knownTime' | 'segment'>;
type Prices = Pick<SourceBar, 'open' | 'high' | 'low' | 'close' | 'volume'>;

/** A recorded bar counts as known one second after its end, as late as a live feed may be. ms */
export const FEED_DELAY = 1_000;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.0{1,9})?Z$/;
const COLUMNS = HEADER.split(',').length;

/** Reads the lines of one file. Every mistake is an answer: nothing is thrown. */
export class RowReader {
  readonly #timeframe: Timeframe;
  readonly #tickers: TickerBook;
  readonly #book: ActionBook;
  #lastInstant = { text: '', value: Number.NaN };
  #lastPlace: { readonly calendar: string; readonly timestamp: number; readonly place: Place | string } | null = null;

  constructor(timeframe: Timeframe, instruments: readonly Instrument[], actions: readonly CorporateAction[] = []) {
    this.#timeframe = timeframe;
    this.#tickers = new TickerBook(instruments, actions);
    this.#book = new ActionBook(instruments, actions);
  }

  read(line: string): Row {
    const fields = line.split(',');
    const [symbol = '', instant = '', ...numbers] = fields;
    if (fields.length !== COLUMNS)
      return refused(`row has ${fields.length} fields, expected the ${COLUMNS} of ${HEADER}`);
    if (!SYMBOL.test(symbol)) return refused(`symbol is ${quote(symbol)}, expected a ticker`);

    const bearers = this.#tickers.bearers(symbol);
    if (bearers.length === 0) return { kind: 'UNKNOWN_SYMBOL', symbol };

    const timestamp = this.#instantOf(instant);
    if (Number.isNaN(timestamp))
      return refused(`timestamp is ${quote(instant)}, expected a UTC time such as 2013-10-04T13:30:00Z`);

    const instrument =
      this.#tickers.always(symbol) ?? this.#tickers.on(symbol, ({ calendar }) => marketDate(calendar, timestamp));
    if (instrument === undefined)
      return refused(
        `symbol is ${quote(symbol)}, which nobody had at ${instant}, expected a bar of ${datesOf(bearers)}`,
      );

    const place = this.#placeOf(timestamp, instrument.calendar);
    if (typeof place === 'string') return refused(`timestamp is ${quote(instant)}, expected ${place}`);

    const prices = pricesOf(numbers);
    if (typeof prices === 'string') return refused(prices);
    const bar: SourceBar = { instrumentId: instrument.id, timeframe: this.#timeframe, ...place, ...prices };
    const priceScale = this.#book.scaleOf(bar, bar.knownTime);
    return { kind: 'BAR', timestamp, bar: priceScale === UNSCALED ? bar : { ...bar, priceScale } };
  }

  #instantOf(text: string): number {
    // The bars of one minute stand together.
    if (text !== this.#lastInstant.text) this.#lastInstant = { text, value: instantOf(text) };
    return this.#lastInstant.value;
  }

  #placeOf(timestamp: number, calendarId: string): Place | string {
    if (this.#lastPlace?.timestamp !== timestamp || this.#lastPlace.calendar !== calendarId) {
      const place = placeOf(timestamp, this.#timeframe, calendarById(calendarId));
      this.#lastPlace = { calendar: calendarId, timestamp, place };
    }
    return this.#lastPlace.place;
  }
}

function datesOf(tickers: readonly DatedTicker[]): string {
  return tickers
    .map(({ instrumentId, from, until }) => {
      return [instrumentId, from && `from ${from} on`, until && `until before ${until}`].filter(Boolean).join(' ');
    })
    .join(', or ');
}

function refused(reason: string): Row {
  return { kind: 'REFUSED', reason };
}

function instantOf(text: string): number {
  const instant = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse takes 30 February for 2 March.
  const same = !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text.slice(0, 19));
  return same ? instant : Number.NaN;
}

/** Where a row lies on the time line, or what its timestamp was expected to be. */
function placeOf(timestamp: number, timeframe: Timeframe, calendar: TradingCalendar): Place | string {
  const inside = (instant: number) => instant >= calendar.validFrom && instant < calendar.validUntil;
  const years = `a time within the years of calendar ${calendar.id}, ${isoText(calendar.validFrom)} to ${isoText(calendar.validUntil)}`;
  if (!inside(timestamp)) return years;

  const place = timeframe === '1m' ? minuteAt(timestamp, calendar) : dayOf(timestamp, calendar);
  return typeof place === 'string' || inside(place.knownTime) ? place : years;
}

function minuteAt(timestamp: number, calendar: TradingCalendar): Place | string {
  if (timestamp % TIMEFRAMES['1m'] !== 0) return 'a whole minute';
  const barEnd = timestamp + TIMEFRAMES['1m'];
  return { barStart: timestamp, barEnd, knownTime: barEnd + FEED_DELAY, segment: calendar.segmentAt(timestamp) };
}

/** A daily row may carry any time of its local day: what it tells of is that day's session. */
function dayOf(timestamp: number, calendar: TradingCalendar): Place | string {
  const date = calendar.localDate(timestamp);
  const session = calendar.sessionOn(date);
  if (session === null) return `a day with a session of ${calendar.id}, which ${date} is not`;
  return { barStart: session.open, barEnd: session.close, knownTime: session.close + FEED_DELAY, segment: 'REGULAR' };
}

function pricesOf([openText = '', highText = '', lowText = '', closeText = '', volumeText = '']: readonly string[]):
  | Prices
  | string {
  const open = canonicalDecimal(openText);
  const high = canonicalDecimal(highText);
  const low = canonicalDecimal(lowText);
  const close = canonicalDecimal(closeText);
  const volume = canonicalDecimal(volumeText);
  if (open === null || open === '0') return notPositive('open', openText);
  if (high === null || high === '0') return notPositive('high', highText);
  if (low === null || low === '0') return notPositive('low', lowText);
  if (close === null || close === '0') return notPositive('close', closeText);
  if (volume === null) return `volume is ${quote(volumeText)}, expected a decimal number that is not negative`;

  if (Number(low) > Math.min(Number(open), Number(close)))
    return `low is ${quote(low)}, expected at most open ${open} and close ${close}`;
  if (Number(high) < Math.max(Number(open), Number(close)))
    return `high is ${quote(high)}, expected at least open ${open} and close ${close}`;
  return { open, high, low, close, volume };
}

function notPositive(name: string, text: string): string {
  return `${name} is ${quote(text)}, expected a positive decimal number`;
}

function isoText(instant: number): string {
  return new Date(instant).toISOString().slice(0, 16).concat('Z');
}
