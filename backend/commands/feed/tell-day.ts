import type { CheckedDay } from '../../market-data/ingestion-days/day.ts';
import type { Metrics } from '../../metrics/registry.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { feedLabel } from './label.ts';

/** Tells once that a session is in, and each time that it was counted and is not; what was missing at its first count is counted once. */
export function tellDay(
  { log, metrics }: { readonly log: Logger; readonly metrics: Metrics },
  { day, first, completes }: CheckedDay,
): void {
  const missing = day.expectedBars - day.storedBars;
  if (first) metrics.gapBars.inc({ feed: feedLabel(day.feed) }, missing);
  const fields = {
    source: day.sourceId,
    calendar: day.calendar,
    session: day.sessionDate,
    expected_bars: day.expectedBars,
    stored_bars: day.storedBars,
    missing_bars: missing,
    instruments: day.instruments,
    complete_instruments: day.completeInstruments,
  };
  if (completes) log.info('daily ingestion complete', fields);
  else if (day.completedAt === null) log.warn('daily ingestion is not complete', fields);
}
