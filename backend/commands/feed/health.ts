import { calendarById } from '../../calendar/index.ts';
import { feedCheck } from '../../operations/checks.ts';
import type { HealthCheck } from '../../operations/health.ts';
import type { Clock } from '../../platform/clock.ts';
import type { PipelineWatch } from '../pipeline/watch.ts';
import type { LiveWatch } from './live-watch.ts';

const STALE_AFTER_MINUTES = 2;
const STALE_AFTER_MINUTES_DAILY = 2 * 390;

/**
 * The health of the feed of this process. It is built anew for each question: the feed describes itself only after it was opened. The market that
 * is worst off speaks for the feed.
 */
export function feedHealth(watch: PipelineWatch, live: LiveWatch, clock: Clock): HealthCheck {
  return (signal) => checkOf(watch, live, clock)(signal);
}

export const noFeedHealth: HealthCheck = async () => ({
  status: 'healthy',
  details: { state: 'this role takes in no data' },
});

function checkOf(watch: PipelineWatch, live: LiveWatch, clock: Clock): HealthCheck {
  const source = watch.source();
  const ended = watch.phase();
  if (source === null) {
    const state = ended === 'running' ? 'the feed is being opened' : ended;
    return async () => ({ status: 'degraded', details: { state } });
  }
  const staleAfterMinutes = source.timeframe === '1d' ? STALE_AFTER_MINUTES_DAILY : STALE_AFTER_MINUTES;
  const markets = [...new Set(source.instruments.map(({ calendar }) => calendar))];
  const checks = markets.map((market) =>
    feedCheck({
      name: source.sourceId,
      provenance: source.provenance,
      calendar: calendarById(market),
      clock,
      staleAfterMinutes,
      state: () => ({ ...watch.feedState(market), live: live.status(), lastError: live.lastError() }),
    }),
  );
  return async (signal) => {
    const results = await Promise.all(checks.map((check) => check(signal)));
    return results.find(({ status }) => status !== 'healthy') ?? results[0] ?? noFeedHealth(signal);
  };
}
