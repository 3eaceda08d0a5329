import type { Queryable } from '../../platform/database/pool.ts';
import type { IngestionDay } from './day.ts';

const COLUMNS = `source_id as "sourceId", feed, provenance, calendar, to_char(session_date, 'YYYY-MM-DD') as "sessionDate",
  session_close as "sessionClose", expected_bars as "expectedBars", stored_bars as "storedBars", instruments,
  complete_instruments as "completeInstruments", checked_at as "checkedAt", completed_at as "completedAt"`;

export type DayPage = {
  readonly limit: number;
  readonly backward: boolean;
  /** Key of the day to go on from, exclusive, as `dayKey` gives it. */
  readonly cursor: string | null;
};

/** The place of a day in the list: newest session first, then by calendar and source. */
export function dayKey({ sessionDate, calendar, sourceId }: IngestionDay): string {
  return `${sessionDate} ${calendar} ${sourceId}`;
}

/** Sessions that were counted, of one feed or of all, newest first; one more than the limit where there are more. */
export async function readDays(database: Queryable, page: DayPage, sourceId: string | null): Promise<IngestionDay[]> {
  const [date = null, calendar = null, ...source] = page.cursor?.split(' ') ?? [];
  const [beyond, direction] = page.backward ? ['>', 'asc'] : ['<', 'desc'];
  const { rows } = await database.query<IngestionDay>(
    `select ${COLUMNS} from ingestion_day join source using (source_id)
      where ($1::text is null or source_id = $1)
        and ($2::date is null or (session_date, calendar, source_id) ${beyond} ($2, $3, $4))
      order by session_date ${direction}, calendar ${direction}, source_id ${direction} limit $5`,
    [sourceId, date, calendar, source.join(' '), page.limit + 1],
  );
  return rows;
}
