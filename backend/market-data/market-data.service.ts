import { CALENDAR_IDS, calendarById, type Session, type TradingCalendar } from '../calendar/index.ts';
import type { Queryable } from '../platform/database/pool.ts';
import { InvalidInput } from '../platform/errors.ts';
import type { Provenance, SourceBar } from './bar.ts';
import type { IngestionDay } from './ingestion-days/day.ts';
import { type DayPage, readDays } from './ingestion-days/read.ts';
import type { Instrument } from './instrument.ts';
import type { BarTimeframe } from './rollup/bucket.ts';

export type StoredBar = Omit<SourceBar, 'timeframe'> & {
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
  readonly limit: number;
  readonly backward: boolean;
  /** Bar start to go on from, exclusive. */
  readonly cursor: number | null;
};

const MAX_CALENDAR_DAYS = 400;
const DAY = 86_400_000;
const INSTRUMENT = 'id, symbol, mic, calendar, tick::text, currency, figi, asset_class as "assetClass"';

const BAR_COLUMNS =
  'instrument_id, timeframe, bar_start, bar_end, known_time, revision, source_id, open, high, low, close, volume';
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

  /** Instruments by id, in the order of their ids. */
  async instruments(
    page: { limit: number; backward: boolean; cursor: string | null },
    symbols: readonly string[] | null,
  ): Promise<Instrument[]> {
    const { rows } = await this.#pool.query<Instrument>(
      `select ${INSTRUMENT} from instrument
        where ($1::text is null or id ${page.backward ? '<' : '>'} $1) and ($2::text[] is null or symbol = any ($2))
        order by id ${page.backward ? 'desc' : 'asc'} limit $3`,
      [page.cursor, symbols, page.limit + 1],
    );
    return rows;
  }

  async instrumentsByIds(ids: readonly string[]): Promise<Map<string, Instrument>> {
    const { rows } = await this.#pool.query<Instrument>(`select ${INSTRUMENT} from instrument where id = any ($1)`, [
      ids,
    ]);
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** The newest revision of each bar of an instrument, as known at `asOf`. */
  async bars(query: BarQuery): Promise<StoredBar[]> {
    const after = query.backward ? query.from : later(query.from, query.cursor === null ? null : query.cursor + 1);
    const before = query.backward ? earlier(query.until, query.cursor) : query.until;
    const direction = query.backward ? 'desc' : 'asc';
    const { rows } = await this.#pool.query<StoredBar>(
      `select distinct on (bar_start) instrument_id as "instrumentId", bars.timeframe, bar_start as "barStart", bar_end as "barEnd",
              known_time as "knownTime", segment, open::text, high::text, low::text, close::text, volume::text, revision, complete, provenance
         from (${PLACES[query.timeframe]}) bars join source using (source_id)
        where instrument_id = $1 and bars.timeframe = $2 and ($3::timestamptz is null or bar_start >= $3)
          and ($4::timestamptz is null or bar_start < $4) and ($5::timestamptz is null or known_time <= $5)
        order by bar_start ${direction}, made, revision desc limit $6`,
      [query.instrumentId, query.timeframe, iso(after), iso(before), iso(query.asOf), query.limit + 1],
    );
    return rows;
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
