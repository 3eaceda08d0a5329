import type { TradingCalendar } from '../calendar/index.ts';
import type { WakeUp } from '../delivery/wake-up.ts';
import type { FeedStatus } from '../market-data/live/feed.ts';
import type { RedisServer } from '../platform/cache/redis.ts';
import type { Clock } from '../platform/clock.ts';
import type { Queryable } from '../platform/database/pool.ts';
import type { HealthCheck } from './health.ts';

/** Healthy when the database answers a statement. */
export function databaseCheck(database: Queryable): HealthCheck {
  return async () => {
    const { rows } = await database.query<{ version: string; database: string }>(
      `select current_setting('server_version') as version, current_database() as database`,
    );
    return { status: 'healthy', details: { version: rows[0]?.version ?? null, database: rows[0]?.database ?? null } };
  };
}

const PROBE_STREAM = 'health probe';
/** Longer than any check may take: then it is the check that failed, not a wait that ended by itself. ms */
const PROBE_WAIT_MS = 60_000;

/** Healthy when a wake-up that is sent arrives: the round trip that every subscription depends on for its speed. */
export function wakeUpCheck(wakeUp: WakeUp, kind: string): HealthCheck {
  let newest = 0;
  return async (signal) => {
    const seq = newest;
    newest += 1;
    const arrival = wakeUp.wait(PROBE_STREAM, seq, PROBE_WAIT_MS, signal);
    wakeUp.notify(PROBE_STREAM, seq + 1);
    await arrival;
    return { status: 'healthy', details: { kind, probe: 'a wake-up, sent and received' } };
  };
}

/**
 * Healthy while commands are answered and, where this process listens, what it announces is heard. Never more than degraded: without the server
 * events come later by the interval at which readers look, and nothing else changes.
 */
export function redisCheck(server: Pick<RedisServer, 'prove' | 'state'>): HealthCheck {
  return async () => {
    await server.prove();
    const { isUp, reason } = server.state();
    return { status: isUp ? 'healthy' : 'degraded', details: { kind: 'redis', ...(isUp ? {} : { reason }) } };
  };
}

export type FeedState = {
  /** Finished: a replay that came to the end of its file. */
  readonly state: 'running' | 'finished' | 'failed';
  /** End of the newest stored bar, ms; null before the first. */
  readonly newestBarEnd: number | null;
  /** What ended the last connection to the venue, and when (ms); null while nothing has. */
  readonly lastError?: { readonly reason: string; readonly at: number } | null;
  /** Of a venue; null for what is played back or invented. */
  readonly live: FeedStatus | null;
};

export type WatchedFeed = {
  readonly name: string;
  readonly provenance: string;
  readonly calendar: Pick<TradingCalendar, 'tradingMinutesBetween'>;
  /** The feed's own clock: a simulated or replayed session is not late because it plays in another year. */
  readonly clock: Clock;
  /** Minutes of the regular session after which the newest bar is stale; the night does not count. */
  readonly staleAfterMinutes: number;
  readonly state: () => FeedState | Promise<FeedState>;
};

/**
 * Degraded when the feed failed, when it gave no bar yet, when its newest bar is stale by the calendar, and when a venue is away or silent.
 * A process that stands by while another one has the feed is well.
 */
export function feedCheck({ name, provenance, calendar, clock, staleAfterMinutes, state }: WatchedFeed): HealthCheck {
  return async () => {
    const { state: phase, newestBarEnd, live, lastError = null } = await state();
    const now = clock.now();
    const age = newestBarEnd === null ? null : Math.max(0, now - newestBarEnd);
    const minutes = newestBarEnd === null ? null : calendar.tradingMinutesBetween(Math.min(newestBarEnd, now), now);
    const isFresh = minutes !== null && minutes <= staleAfterMinutes;
    const isWell =
      phase === 'finished' || (phase === 'running' && ((isFresh && isThere(live)) || live?.phase === 'STANDBY'));
    return {
      status: isWell ? 'healthy' : 'degraded',
      details: {
        feed: name,
        provenance,
        state: phase,
        feed_time: new Date(now).toISOString(),
        newest_bar_end: newestBarEnd === null ? null : new Date(newestBarEnd).toISOString(),
        age_seconds: age === null ? null : age / 1_000,
        age_trading_minutes: minutes,
        stale_after_trading_minutes: staleAfterMinutes,
        ...(live === null ? {} : venueDetails(live)),
        ...(lastError === null
          ? {}
          : { last_error: lastError.reason, last_error_at: new Date(lastError.at).toISOString() }),
      },
    };
  };
}

function isThere(live: FeedStatus | null): boolean {
  return live === null || (live.phase === 'STREAMING' && live.stalledSince === null && live.circuit !== 'OPEN');
}

function venueDetails({ phase, stalledSince, circuit, reconnects, openGaps, unreadable }: FeedStatus) {
  return {
    phase,
    stalled_since: stalledSince === null ? null : new Date(stalledSince).toISOString(),
    circuit,
    reconnects,
    open_gaps: openGaps,
    malformed_messages: unreadable.malformed,
    unknown_messages: unreadable.unknown,
  };
}
