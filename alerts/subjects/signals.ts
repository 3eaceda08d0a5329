import type { Alert } from '../alert.ts';
import { flat, given, rising, stepping, turning } from '../inputs.ts';
import { inFollowedSession } from '../market/gate.ts';
import { above, type Duration, equal, increase, metric, minus, sum, without } from '../promql/index.ts';

const place = { market: 'XNYS' } as const;
const bar = given(metric('lastBar', { feed: 'alpaca_sip', ...place, timeframe: '1m' }), flat(1));
const replayed = given(metric('lastBar', { feed: 'replay', ...place, timeframe: '1m' }), flat(1));
const alwaysOpen = ['market:open_for_seconds{market="24x7"}', flat(100_000)] as const;

const due = metric('signalsDue', dueIn('XNYS'));
const published = metric('signalsPublished', dueIn('XNYS'));
const withheld = metric('signalsWithheld', { ...place, reason: 'BELOW_THRESHOLD', instance: 'a' });
const unmodelled = metric('signalsWithheld', { ...place, reason: 'NO_MODEL', instance: 'a' });
/** What another market does: it is open, all that is due comes, and there is something for every bar. */
const beside = [
  alwaysOpen,
  given(metric('lastBar', { feed: 'coinbase', market: '24x7', timeframe: '1m' }), flat(1)),
  given(metric('signalsDue', dueIn('24x7')), rising(3)),
  given(metric('signalsPublished', dueIn('24x7')), rising(3)),
  given(metric('signalsWithheld', { market: '24x7', reason: 'BELOW_THRESHOLD', instance: 'a' }), rising(10)),
];

/** How many there were in each market. */
const counted = (signals: 'signalsDue' | 'signalsPublished', window: Duration) =>
  sum(increase(metric(signals), window), 'market');

export const signalAlerts: readonly Alert[] = [
  {
    name: 'SignalDeliveryIncomplete',
    summary:
      '{{ $value | humanize }} signals of the last five minutes for {{ $labels.market }} were called for and are not published.',
    expr: inFollowedSession(above(minus(counted('signalsDue', '5m'), counted('signalsPublished', '5m')), 0.5), 180),
    for: '2m',
    severity: 'page',
    service: 'signals',
    limit: { value: 0.5, unit: 'events' },
    reason:
      'A signal that is due and does not come is what this service must not do. Half a signal, because the two counters are read at different moments; two minutes, because one transaction may be repeated.',
    panel: 'signals/due-and-published',
    tests: {
      over: [bar, given(due, rising(1)), given(published, turning(10, 1, 0.894))],
      firesAt: '17m',
      labels: place,
      under: {
        'just under half a signal': [bar, given(due, rising(1)), given(published, rising(0.904))],
        'half a signal': [bar, given(due, stepping(10, 0, 0.5)), given(published, flat(0))],
        'a replay of other days': [replayed, given(due, rising(1)), given(published, flat(0))],
      },
      noise: beside,
      gate: { market: 'XNYS', seconds: 180 },
    },
  },
  {
    name: 'SignalsSilent',
    summary: 'Bars of {{ $labels.market }} close and nothing is decided about any of them: no signal can come.',
    // Of a market without a model no signal was ever due, so there is nothing to add up.
    expr: inFollowedSession(
      without(
        equal(sum(increase(metric('signalsWithheld', { reason: { not: 'NO_MODEL' } }), '15m'), 'market'), 0),
        above(counted('signalsDue', '15m'), 0),
      ),
      900,
    ),
    for: '5m',
    severity: 'page',
    service: 'signals',
    limit: { value: 0, unit: 'events' },
    reason:
      'A quiet market still gives a decision for every bar, so none at all for a quarter of an hour is an engine that stands still. Signals alone are too rare to be missed. That there is no model is no decision.',
    panel: 'signals/decisions',
    tests: {
      over: [bar, given(withheld, turning(20, 10, 0)), given(due, turning(18, 1, 0))],
      firesAt: '40m',
      labels: place,
      under: {
        'one decision in twenty minutes': [bar, given(withheld, rising(0.05)), given(due, flat(0))],
        'signals and nothing withheld': [bar, given(withheld, flat(0)), given(due, rising(0.06))],
        'as many due as withheld': [bar, given(withheld, rising(1)), given(due, rising(1))],
        'a replay of other days': [replayed, given(withheld, flat(0)), given(due, flat(0))],
      },
      noise: beside,
      also: {
        'there is no model, and never was': {
          over: [bar, given(withheld, flat(0)), given(unmodelled, rising(10))],
          firesAt: '6m',
          labels: place,
        },
        'signals were the last': {
          over: [bar, given(withheld, turning(20, 10, 0)), given(due, turning(25, 1, 0))],
          firesAt: '45m',
          labels: place,
        },
      },
      gate: { market: 'XNYS', seconds: 900 },
    },
  },
];

function dueIn(market: string): { market: string; model: string; side: 'LONG'; instance: string } {
  return { market, model: `logistic-1m-${market.toLowerCase()}`, side: 'LONG', instance: 'a' };
}
