import { calendarById, type Session } from '../../calendar/index.ts';
import type { Connection, Pool, Queryable } from '../../platform/database/pool.ts';
import { type CheckedDay, checkDay, type Feed } from './day.ts';
import { firstData } from './ingestion-days.ts';

export type SessionOfCalendar = { readonly calendar: string; readonly sessionDate: string };

const DAY = 86_400_000;
/** How far back a session that was missed, or is not in yet, is looked for. */
const LOOK_BACK_MS = 14 * DAY;

/**
 * Counts a session of each feed of real data, and those of the two weeks before that were missed or are not in yet: by the clock on the wall,
 * so that a feed which says nothing is found out. Answers what was counted.
 */
export async function checkRealFeeds(
  pool: Pool,
  { calendar: id, sessionDate }: SessionOfCalendar,
  fence: (connection: Connection) => Promise<void>,
): Promise<CheckedDay[]> {
  const calendar = calendarById(id);
  const last = calendar.sessionOn(sessionDate);
  if (last === null) throw new Error(`${sessionDate} is no session of ${id}`);
  const recent = calendar.sessions(Math.max(last.open - LOOK_BACK_MS, calendar.validFrom), last.open + 1);
  const checked: CheckedDay[] = [];
  for (const feed of await realFeeds(pool, id, last.open - LOOK_BACK_MS)) {
    for (const session of await openSessions(pool, feed, id, recent)) {
      const result = await checkDay(pool, feed, id, session, fence);
      if (result !== null) checked.push(result);
    }
  }
  return checked;
}

type RealFeed = Feed & { readonly recordedAt: number };

/** Those that something is expected of. One that has delivered nothing for the whole look-back was told of often enough. */
async function realFeeds(database: Queryable, calendar: string, since: number): Promise<RealFeed[]> {
  const { rows } = await database.query<RealFeed>(
    `select source_id as "sourceId", feed, provenance, timeframe, recorded_at as "recordedAt" from source s
      where provenance not in ('REPLAY', 'SYNTHETIC')
        and exists (select from source_instrument e join instrument i on i.id = e.instrument_id
                     where e.source_id = s.source_id and e.expected and i.calendar = $1)
        and (recorded_at >= $2 or exists (select from ingest_batch where starts_with(shard, s.source_id || '/') and known_time >= $2))
      order by source_id`,
    [calendar, new Date(since).toISOString()],
  );
  return rows;
}

/** Those that were not found to be in, from the first one that opened after the feed was there. */
async function openSessions(
  database: Queryable,
  { sourceId, recordedAt }: RealFeed,
  calendar: string,
  sessions: readonly Session[],
): Promise<Session[]> {
  const since = Math.min((await firstData(database, sourceId)) ?? recordedAt, recordedAt);
  const { rows } = await database.query<{ date: string }>(
    `select to_char(session_date, 'YYYY-MM-DD') as date from ingestion_day
      where source_id = $1 and calendar = $2 and completed_at is not null and session_date = any ($3::date[])`,
    [sourceId, calendar, sessions.map(({ sessionDate }) => sessionDate)],
  );
  const isIn = new Set(rows.map(({ date }) => date));
  return sessions.filter(({ open, sessionDate }) => open >= since && !isIn.has(sessionDate));
}
