import { above, both, max, metric, type Vector } from '../promql/index.ts';
import { openForSeconds } from './rules.ts';

/**
 * Only of markets whose session has been running for longer. Never ask whether the session runs: when it opens, the newest bar is
 * as old as the night.
 */
export function inSession<L extends string>(of: Vector<L | 'market'>, seconds: number): Vector<L | 'market'> {
  return both(of, above(openForSeconds, seconds), { on: ['market'] });
}

/** Only while a market from which we take bars has been open for longer. */
export function inAnySession<L extends string>(of: Vector<L>, seconds: number): Vector<L> {
  return both(of, both(above(openForSeconds, seconds), followed, { on: ['market'] }), { on: [] });
}

/** The markets that a feed of this service has ever brought a bar of. A replay tells of its own days, not of today. */
const followed = max(metric('lastBar', { feed: { not: 'replay' } }), 'market');
