import { CALENDAR_IDS, calendarById, type Session, type TradingCalendar } from '../calendar/index.ts';
import type { Queryable } from '../platform/database/pool.ts';
import { InvalidInput } from '../platform/errors.ts';
import { type Decimal, type Provenance, type SourceBar, UNSCALED } from './bar.ts';
import { marketDate } from './corporate-actions/market-date.ts';
import { type ActionQuery, readActionsPage, type StoredAction } from './corporate-actions/store.ts';
import type { DatedTicker } from './corporate-actions/tickers.ts';
import { quotientText } from './decimal.ts';
import type { IngestionDay } from './ingestion-days/day.ts';
import { type DayPage, readDays } from './ingestion-days/read.ts';
import type { Instrument } from './instrument.ts';
import type { BarTimeframe } from './rollup/bucket.ts';

export const ADJUSTMENTS = ['RAW', 'SPLIT_ADJUSTED'] as const;
export type Adjustment = (typeof ADJUSTMENTS)[number];

export type InstrumentQuery = {
  readonly page: { readonly limit: number; readonly backward: boolean; readonly cursor: string | null };
  readonly symbols: readonly string[] | null;
  /** ms */
  readonly at: number;
  readonly listedOnly: boolean;
};

export type StoredBar = Omit<SourceBar, 'timeframe' | 'priceScale' | 'haltedMs'> & {
  readonly priceScale: Decimal;
  readonly timeframe: BarTimeframe;
  readonly revision: number;
  /** False when it is made of one-minute bars and one of them is missing. */
  readonly complete: boolean;
  readonly provenance: Provenance;
};
export type BarQuery = {
  readonly instrumentId: string;
  readonly timeframe: BarTimeframe;
  readonly from: number | null;
  readonly until: number | null;
  /** Answers with what was known at that moment. */
  readonly asOf: number | null;
  /** Default RAW. */
  readonly adjustment?: Adjustment;
  readonly limit: number;
  readonly backward: boolean;
  /** Bar start to go on from, exclusive. */
  readonly cursor: number | null;
};

const MAX_CALENDAR_DAYS = 400;
const DAY = 86_400_000;
/** Under the ticker of a date, else under the last one before it or the first after it; `dates` has the date in each calendar. */
function instrumentColumns(dates: string): string {
  const date = `(${dates}::json ->> calendar)::date`;
  return `id, mic, calendar, tick::text, currency, figi, asset_class as "assetClass",
    coalesce((select s.symbol from instrument_symbol s where s.instrument_id = id
               order by s.valid_from > ${date}, case when s.valid_from <= ${date} then s.valid_from end desc, s.valid_from limit 1), symbol) as symbol`;
}

/** Whether it has a ticker on a date. */
function isListed(dates: string): string {
  return `exists (select from instrument_symbol s where s.instrument_id = id
             and daterange(s.valid_from, s.valid_until) @> (${dates}::json ->> calendar)::date)`;
}

const BAR_COLUMNS =
  'instrument_id, timeframe, bar_start, bar_end, known_time, revision, source_id, open, high, low, close, volume, price_scale';
const DELIVERED = `select ${BAR_COLUMNS}, segment, true as complete, 0 as made from bar`;
const MADE = `select ${BAR_COLUMNS}, 'REGULAR' as segment, complete, 1 as made from rollup_bar`;
/** Where the bars of each length are. A session that a feed of daily bars tells of is taken from there: it knows the auctions too. */
const PLACES: Readonly<Record<BarTimeframe, string>> = {
  ...{ '1m': DELIVERED, '5m': MADE, '15m': MADE, '30m': MADE, '1h': MADE },
  '1d': `${DELIVERED} union all ${MADE}`,
};

/** Reads of bars, instruments and calendars for those who ask from outside. */
export class MarketDataService {
  readonly #pool: Queryable;

  constructor(pool: Queryable) {
    this.#pool = pool;
  }

  /**
   * Instruments in the order of their ids, under their tickers of `at`. Those of some symbols: which have these tickers then, or had them last.
   * With `listedOnly` those alone that were listed then.
   */
  async instruments({ page, symbols, at, listedOnly }: InstrumentQuery): Promise<Instrument[]> {
    const { rows } = await this.#pool.query<Instrument>(
      `select * from (select ${instrumentColumns('$4')}, ${isListed('$4')} as listed from instrument) named
        where ($1::text is null or id ${page.backward ? '<' : '>'} $1) and ($2::text[] is null or symbol = any ($2))
          and (listed or not $5)
        order by id ${page.backward ? 'desc' : 'asc'} limit $3`,
      [page.cursor, symbols, page.limit + 1, datesAt(at), listedOnly],
    );
    return rows.map(withoutListed);
  }

  /** Under their tickers of `at`. */
  async instrumentsByIds(ids: readonly string[], at: number): Promise<Map<string, Instrument>> {
    const { rows } = await this.#pool.query<Instrument>(
      `select ${instrumentColumns('$2')} from instrument where id = any ($1)`,
      [ids, datesAt(at)],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  async hasInstrument(id: string): Promise<boolean> {
    return (await this.#pool.query('select from instrument where id = $1', [id])).rowCount === 1;
  }

  async corporateActions(query: ActionQuery): Promise<StoredAction[]> {
    return readActionsPage(this.#pool, query);
  }

  /** The tickers of an instrument, oldest first. */
  async tickers(instrumentId: string): Promise<DatedTicker[]> {
    const { rows } = await this.#pool.query<DatedTicker>(
      `select instrument_id as "instrumentId", symbol, mic, nullif(valid_from, '-infinity')::text as from, valid_until::text as until
         from instrument_symbol where instrument_id = $1 order by valid_from`,
      [instrumentId],
    );
    return rows;
  }

  /** The newest revision of each bar of an instrument, as known at `asOf`. */
  async bars(query: BarQuery): Promise<StoredBar[]> {
    const after = query.backward ? query.from : later(query.from, query.cursor === null ? null : query.cursor + 1);
    const before = query.backward ? earlier(query.until, query.cursor) : query.until;
    const direction = query.backward ? 'desc' : 'asc';
    const { rows } = await this.#pool.query<StoredBar>(
      `select distinct on (bar_start) instrument_id as "instrumentId", bars.timeframe, bar_start as "barStart", bar_end as "barEnd",
              known_time as "knownTime", segment, open::text, high::text, low::text, close::text, volume::text, price_scale::text as "priceScale",
              revision, complete, provenance
         from (${PLACES[query.timeframe]}) bars join source using (source_id)
        where instrument_id = $1 and bars.timeframe = $2 and ($3::timestamptz is null or bar_start >= $3)
          and ($4::timestamptz is null or bar_start < $4) and ($5::timestamptz is null or known_time <= $5)
        order by bar_start ${direction}, made, revision desc limit $6`,
      [query.instrumentId, query.timeframe, iso(after), iso(before), iso(query.asOf), query.limit + 1],
    );
    if ((query.adjustment ?? 'RAW') === 'RAW') return rows;
    const newest = await this.#newestScale(query);
    return rows.map((bar) => splitAdjusted(bar, newest));
  }

  /** Scale of the newest bar that was known. */
  async #newestScale({ instrumentId, timeframe, asOf }: BarQuery): Promise<Decimal> {
    const { rows } = await this.#pool.query<{ scale: string }>(
      `select price_scale::text as scale from (${PLACES[timeframe]}) bars
        where instrument_id = $1 and bars.timeframe = $2 and ($3::timestamptz is null or known_time <= $3)
        order by bar_start desc, made, revision desc limit 1`,
      [instrumentId, timeframe, iso(asOf)],
    );
    return rows[0]?.scale ?? UNSCALED;
  }

  /** Sessions of one feed or of all and whether they are in, newest first. */
  async ingestionDays(page: DayPage, sourceId: string | null): Promise<IngestionDay[]> {
    return readDays(this.#pool, page, sourceId);
  }

  /** The calendar of a market, found by its name. */
  calendar(id: string): TradingCalendar {
    if (!CALENDAR_IDS.includes(id)) throw new InvalidInput('calendar', id, `one of ${CALENDAR_IDS.join(', ')}`);
    return calendarById(id);
  }

  /** A market at a moment: the session that is on, if any, and when the next one opens. */
  marketAt(id: string, moment: number): { readonly session: Session | null; readonly nextOpen: number } {
    const calendar = this.calendar(id);
    try {
      return { session: calendar.sessionAt(moment), nextOpen: calendar.nextOpen(moment) };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new InvalidInput('at', iso(moment), `a moment ${validityOf(calendar)}`);
    }
  }

  /** The sessions from one session date to another, both inclusive. */
  sessionsOn(id: string, from: string, until: string): Session[] {
    const calendar = this.calendar(id);
    const start = Date.parse(from);
    const end = Date.parse(until);
    if (!(end >= start)) throw new InvalidInput('until', until, `a date not before from (${from})`);
    if (end - start > MAX_CALENDAR_DAYS * DAY)
      throw new InvalidInput('until', until, `at most ${MAX_CALENDAR_DAYS} days after from`);
    if (start < calendar.validFrom - DAY) throw new InvalidInput('from', from, `a date ${validityOf(calendar)}`);
    if (end >= calendar.validUntil) throw new InvalidInput('until', until, `a date ${validityOf(calendar)}`);
    const sessions = calendar.sessions(
      Math.max(start - DAY, calendar.validFrom),
      Math.min(end + 2 * DAY, calendar.validUntil),
    );
    return sessions.filter((session) => session.sessionDate >= from && session.sessionDate <= until);
  }
}

/** The date of a moment in each calendar, as JSON. */
function datesAt(moment: number): string {
  return JSON.stringify(Object.fromEntries(CALENDAR_IDS.map((id) => [id, marketDate(id, moment)])));
}

function withoutListed(row: Instrument & { readonly listed?: boolean }): Instrument {
  const { listed: _listed, ...instrument } = row;
  return instrument;
}

/** In the basis of the newest bar that was known, to 10 digits: as if every split since had been then already. */
function splitAdjusted(bar: StoredBar, newest: Decimal): StoredBar {
  if (bar.priceScale === newest) return bar;
  const price = (raw: Decimal): Decimal => quotientText([raw, bar.priceScale], [newest], ADJUSTED_DIGITS);
  const { open, high, low, close, volume } = bar;
  const prices = { open: price(open), high: price(high), low: price(low), close: price(close) };
  return { ...bar, ...prices, volume: quotientText([volume, newest], [bar.priceScale], ADJUSTED_DIGITS) };
}

const ADJUSTED_DIGITS = 10;

function validityOf({ id, validFrom, validUntil }: TradingCalendar): string {
  return `of calendar ${id}, which goes from ${iso(validFrom)} until before ${iso(validUntil)}`;
}

function later(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}

function iso(instant: number | null): string | null {
  return instant === null ? null : new Date(instant).toISOString();
}
