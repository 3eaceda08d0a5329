import { calendarById, type TradingCalendar } from '../../calendar/index.ts';
import type { SourceDescription } from '../../market-data/source.ts';
import { readRealSources } from '../../market-data/store/stored-sources.ts';
import type { Queryable } from '../../platform/database/pool.ts';

export type Market = { readonly source: SourceDescription; readonly calendar: TradingCalendar };

/** What models are trained for by themselves: the feeds of real data, each with the calendars of its instruments. */
export async function readMarkets(database: Queryable, now: number): Promise<readonly Market[]> {
  const sources = await readRealSources(database, now);
  return sources.flatMap((source) =>
    [...new Set(source.instruments.map(({ calendar }) => calendar))]
      .sort()
      .map((id) => ({ source, calendar: calendarById(id) })),
  );
}

/** Before the name of each version that was made, for who reads what a training has written. */
export const STORED = 'stored';
