import { calendarById, type Session, type TradingCalendar } from '../../calendar/index.ts';
import type { Pool, Queryable } from '../../platform/database/pool.ts';
import type { SourceDescription } from '../source.ts';
import { shardOf } from '../store/ingest.ts';
import { type CheckedDay, checkDay, SETTLE_MS } from './day.ts';

export type IngestionDaysOptions = {
  readonly pool: Pool;
  readonly source: SourceDescription;
  readonly onDay: (checked: CheckedDay) => void;
};

/**
 * Counts each session of a feed when the time of its data has passed the close and a quarter of an hour more: for a replay or a simulation that
 * is the only clock there is. What passed while no process ran is counted on the next start.
 */
export class IngestionDays {
  readonly #options: IngestionDaysOptions;
  readonly #calendars: readonly TradingCalendar[];
  /** By calendar; null when its data has ended. Empty until there is data. */
  #next: Map<TradingCalendar, Session | null> | null = null;
  #reached = 0;

  constructor(options: IngestionDaysOptions) {
    this.#options = options;
    this.#calendars = [...new Set(options.source.instruments.map(({ calendar }) => calendar))].map(calendarById);
  }

  /** The data has reached this moment, and all of it up to there is stored. Throws when the database does, and may then be called again. */
  async passed(knownTime: number): Promise<void> {
    this.#reached = Math.max(this.#reached, knownTime);
    this.#next ??= await this.#begin();
    for (const calendar of this.#calendars) {
      for (;;) {
        const session = this.#next?.get(calendar) ?? null;
        if (session === null || knownTime < session.close + SETTLE_MS) break;
        const { pool, source, onDay } = this.#options;
        const checked = await checkDay(pool, source, calendar.id, session);
        if (checked !== null) onDay(checked);
        this.#next?.set(calendar, sessionFrom(calendar, session.close));
      }
    }
  }

  /** There is no more data: what has closed by now has all that it will have. */
  async ended(): Promise<void> {
    await this.passed(this.#reached + SETTLE_MS);
  }

  async #begin(): Promise<Map<TradingCalendar, Session | null> | null> {
    const { pool, source } = this.#options;
    const since = await firstData(pool, source.sourceId);
    if (since === null) return null;
    const { rows } = await pool.query<{ calendar: string; close: number }>(
      'select calendar, max(session_close) as close from ingestion_day where source_id = $1 group by calendar',
      [source.sourceId],
    );
    const counted = new Map(rows.map(({ calendar, close }) => [calendar, close]));
    return new Map(
      this.#calendars.map((calendar) => [calendar, sessionFrom(calendar, counted.get(calendar.id) ?? since)]),
    );
  }
}

/** The first session that opens at an instant or later; null where the calendar knows of none. */
function sessionFrom(calendar: TradingCalendar, instant: number): Session | null {
  try {
    return calendar.nextSession(Math.max(instant, calendar.validFrom + 1) - 1);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The start of the oldest bar that was stored for a feed, ms; null before there is any. */
export async function firstData(database: Queryable, sourceId: string): Promise<number | null> {
  const { rows } = await database.query<{ since: number | null }>(
    'select min(min_bar_start) as since from ingest_batch where shard = $1',
    [shardOf({ sourceId })],
  );
  return rows[0]?.since ?? null;
}
