import type { Session } from '../../calendar/index.ts';
import { type Connection, type Pool, transaction } from '../../platform/database/pool.ts';
import { type Provenance, TIMEFRAMES, type Timeframe } from '../bar.ts';

/** One session of a feed: what should be stored of it and what is. */
export type IngestionDay = {
  readonly sourceId: string;
  readonly feed: string;
  readonly provenance: Provenance;
  readonly calendar: string;
  /** YYYY-MM-DD, in the calendar of the market. */
  readonly sessionDate: string;
  readonly sessionClose: number;
  /** A bar for each minute of the session (one for a feed of daily bars) and each instrument of that calendar. */
  readonly expectedBars: number;
  readonly storedBars: number;
  readonly instruments: number;
  /** Those of which no bar of the session is missing. */
  readonly completeInstruments: number;
  readonly checkedAt: number;
  /** When the session was found to be in; null while it is not. */
  readonly completedAt: number | null;
};

/** What became of a count: whether it was the first of its session, and whether it is the one that found the session to be in. */
export type CheckedDay = { readonly day: IngestionDay; readonly first: boolean; readonly completes: boolean };

export type Feed = Pick<IngestionDay, 'sourceId' | 'feed' | 'provenance'> & { readonly timeframe: Timeframe };

/**
 * From this share of the expected bars on a session counts as in. Not all of them: a minute without a trade has no bar, and a halt has none for
 * many minutes; what exactly is missing is told beside it.
 */
const COMPLETE_RATIO = 0.9;

/** After the close, so that the last minutes and their first corrections are there. */
export const SETTLE_MS = 15 * 60_000;

/**
 * Counts what is stored of a session and writes it down; the first count that finds the session to be in is the one that completes it, whoever
 * else counts at the same time. Null where the feed expects nothing of this calendar. `fence` is asked inside the transaction.
 */
export async function checkDay(
  pool: Pool,
  feed: Feed,
  calendar: string,
  session: Session,
  fence: (connection: Connection) => Promise<void> = async () => undefined,
): Promise<CheckedDay | null> {
  return transaction(pool, async (connection) => {
    await fence(connection);
    const count = await countOf(connection, feed, calendar, session);
    if (count === null) return null;
    const key = [feed.sourceId, calendar, session.sessionDate];
    const { rowCount } = await connection.query(
      `insert into ingestion_day (source_id, calendar, session_date, session_close, expected_bars, stored_bars, instruments, complete_instruments)
       values ($1, $2, $3, $4, $5, 0, $6, 0) on conflict do nothing`,
      [...key, new Date(session.close).toISOString(), count.expectedBars, count.instruments],
    );
    const { rows: before } = await connection.query<{ completed_at: number | null }>(
      'select completed_at from ingestion_day where source_id = $1 and calendar = $2 and session_date = $3 for update',
      key,
    );
    const isIn = count.storedBars >= COMPLETE_RATIO * count.expectedBars;
    const { rows } = await connection.query<{ checkedAt: number; completedAt: number | null }>(
      `update ingestion_day set expected_bars = $4, stored_bars = $5, instruments = $6, complete_instruments = $7, checked_at = now(),
              completed_at = coalesce(completed_at, case when $8 then now() end)
        where source_id = $1 and calendar = $2 and session_date = $3
        returning checked_at as "checkedAt", completed_at as "completedAt"`,
      [...key, count.expectedBars, count.storedBars, count.instruments, count.completeInstruments, isIn],
    );
    const { sourceId, feed: name, provenance } = feed;
    const { checkedAt = 0, completedAt = null } = rows[0] ?? {};
    const facts = { sourceId, feed: name, provenance, calendar, sessionDate: session.sessionDate };
    const day = { ...facts, sessionClose: session.close, ...count, checkedAt, completedAt };
    return { day, first: rowCount === 1, completes: isIn && before[0]?.completed_at === null };
  });
}

type Count = Pick<IngestionDay, 'expectedBars' | 'storedBars' | 'instruments' | 'completeInstruments'>;

/** A bar that another feed stored first is there all the same. */
async function countOf(
  connection: Connection,
  { sourceId, timeframe }: Feed,
  calendar: string,
  { open, close }: Session,
): Promise<Count | null> {
  const each = timeframe === '1d' ? 1 : (close - open) / TIMEFRAMES[timeframe];
  const { rows } = await connection.query<Omit<Count, 'expectedBars'>>(
    `select count(*)::integer as instruments, coalesce(sum(stored), 0)::integer as "storedBars",
            (count(*) filter (where stored = $5))::integer as "completeInstruments"
       from source_instrument e
       join instrument i on i.id = e.instrument_id and i.calendar = $2
      cross join lateral (
        select count(distinct bar_start) as stored from bar b
         where b.instrument_id = i.id and b.timeframe = $6 and b.bar_start >= $3 and b.bar_start < $4) counted
      where e.source_id = $1 and e.expected`,
    [sourceId, calendar, new Date(open).toISOString(), new Date(close).toISOString(), each, timeframe],
  );
  const [count] = rows;
  return count === undefined || count.instruments === 0 ? null : { ...count, expectedBars: each * count.instruments };
}
