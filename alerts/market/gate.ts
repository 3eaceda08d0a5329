import { above, both, max, metric, type Vector } from '../promql/index.ts';
import { openForSeconds } from './rules.ts';

/**
 * Only of markets whose session has been running for longer. Never ask whether the session runs: when it opens, the newest bar is
 * as old as the night.
 */
export function inSession<L extends string>(of: Vector<L | 'market'>, seconds: number): Vector<L | 'market'> {
  return both(of, above(openForSeconds, seconds), { on: ['market'] });
}

/** The same, and only of markets from which we take bars. */
export function inFollowedSession<L extends string>(of: Vector<L | 'market'>, seconds: number): Vector<L | 'market'> {
  return both(of, both(above(openForSeconds, seconds), followed, { on: ['market'] }), { on: ['market'] });
}

/** The markets that a feed of this service has ever brought a bar of. A replay tells of its own days, not of today. */
const followed = max(metric('lastBar', { feed: { not: 'replay' } }), 'market');
