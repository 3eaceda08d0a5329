import type { Alert } from '../alert.ts';
import { flat, given, rising, stepping, turning } from '../inputs.ts';
import { inAnySession } from '../market/gate.ts';
import { above, equal, increase, metric, minus, plus, sum } from '../promql/index.ts';

const bar = given(metric('lastBar', { feed: 'alpaca_sip', market: 'XNYS', timeframe: '1m' }), flat(1));
const replayed = given(metric('lastBar', { feed: 'replay', market: '24x7', timeframe: '1m' }), flat(1));
const alwaysOpen = ['market:open_for_seconds{market="24x7"}', flat(100_000)] as const;
const noise = [replayed, alwaysOpen];

const due = metric('signalsDue', { instance: 'a' });
const published = metric('signalsPublished', { model: 'trend', side: 'LONG', instance: 'a' });
const withheld = metric('signalsWithheld', { reason: 'BELOW_THRESHOLD', instance: 'a' });

export const signalAlerts: readonly Alert[] = [
  {
    name: 'SignalDeliveryIncomplete',
    summary: '{{ $value | humanize }} signals of the last five minutes were called for and are not published.',
    expr: inAnySession(
      above(minus(sum(increase(metric('signalsDue'), '5m')), sum(increase(metric('signalsPublished'), '5m'))), 0.5),
      180,
    ),
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
      under: {
        'just under half a signal': [bar, given(due, rising(1)), given(published, rising(0.904))],
        'half a signal': [bar, given(due, stepping(10, 0, 0.5)), given(published, flat(0))],
        'a replay of other days': [given(due, rising(1)), given(published, flat(0))],
      },
      noise,
      gate: { market: 'XNYS', seconds: 180 },
    },
  },
  {
    name: 'SignalsSilent',
    summary: 'Bars close and nothing is decided about any of them: no signal can come.',
    expr: inAnySession(
      equal(plus(sum(increase(metric('signalsWithheld'), '15m')), sum(increase(metric('signalsDue'), '15m'))), 0),
      900,
    ),
    for: '5m',
    severity: 'page',
    service: 'signals',
    limit: { value: 0, unit: 'events' },
    reason:
      'A quiet market still gives a decision for every bar, so none at all for a quarter of an hour is an engine that stands still. Signals alone are too rare to be missed.',
    panel: 'signals/decisions',
    tests: {
      over: [bar, given(withheld, turning(20, 10, 0)), given(due, turning(18, 1, 0))],
      firesAt: '40m',
      under: {
        'one decision in twenty minutes': [bar, given(withheld, rising(0.05)), given(due, flat(0))],
        'signals and nothing withheld': [bar, given(withheld, flat(0)), given(due, rising(0.06))],
        'as many due as withheld': [bar, given(withheld, rising(1)), given(due, rising(1))],
        'a replay of other days': [given(withheld, flat(0)), given(due, flat(0))],
      },
      noise,
      also: {
        'signals were the last': {
          over: [bar, given(withheld, turning(20, 10, 0)), given(due, turning(25, 1, 0))],
          firesAt: '45m',
        },
      },
      gate: { market: 'XNYS', seconds: 900 },
    },
  },
];
