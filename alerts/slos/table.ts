import { flat, given, givenHistogram } from '../inputs.ts';
import { latencyLadder } from '../ladder.ts';
import { inSession } from '../market/gate.ts';
import {
  above,
  both,
  type Counter,
  count,
  type Duration,
  increase,
  isAbove,
  max,
  metric,
  minus,
  noLessThan,
  observations,
  recorded,
  since,
  sum,
  upTo,
  type Vector,
} from '../promql/index.ts';
import { aroundTheClock, inSessions, onlySlow, type Slo } from './slo.ts';

const OLDEST_SECONDS = 120;
const everything = metric('graphqlRequests');
const broken = metric('graphqlRequests', { outcome: 'server_error' });
const one = { operation: 'other', kind: 'query' } as const;
const asked = metric('graphqlRequestDuration', { kind: { oneOf: ['query', 'mutation'] } });
const delivered = metric('subscriptionEvents');
const lost = metric('subscriptionEvents', { result: { oneOf: ['dropped', 'slow_consumer'] } });
const lag = metric('subscriptionLag');
const queries = metric('queryDuration');
const scores = metric('inferenceDuration');
const exported = max(metric('backupLastSuccess', { kind: 'export' }));
const EXPORT_OLDEST = 3_900;
const exportedAt = (values: string, kind: 'export' | 'full' = 'export') =>
  given(metric('backupLastSuccess', { kind, target: 'folder' }), values);
const nyse = above(recorded({ record: 'market:open_for_seconds', labels: ['market'] }, { market: 'XNYS' }), 0);
const newest = max(metric('lastBar', { feed: { not: 'replay' }, timeframe: '1m' }), 'market');
const requests = (outcome: 'ok' | 'server_error', values: string) =>
  given(metric('graphqlRequests', { ...one, outcome }), values);
const session = (market: string, values: string) => [`market:open_for_seconds{market="${market}"}`, values] as const;
const bar = (
  market: string,
  values: string,
  feed: 'alpaca_sip' | 'replay' = 'alpaca_sip',
  timeframe: '1m' | '1d' = '1m',
) => given(metric('lastBar', { feed, market, timeframe }), values);

/** What we promise. Each has its recording rules, its alerts and its line on the page of budgets. */
export const slos: readonly Slo[] = [
  {
    name: 'api-availability',
    alerts: 'ApiAvailability',
    promise: 'An operation is answered, and not by an error of ours.',
    objective: 0.999,
    service: 'api',
    panel: 'slos/api-availability',
    windows: aroundTheClock,
    fewestBad: 20,
    reason:
      'An answer 200 with an error inside counts as the error that it is; a mistake of the client does not count.',
    kind: 'events',
    bad: events(broken),
    all: events(everything),
    example: (bad, good) => [requests('server_error', bad), requests('ok', good)],
  },
  {
    name: 'api-availability-session',
    alerts: 'ApiAvailabilityInSession',
    promise: 'The same while the New York Stock Exchange is open, when it matters most.',
    objective: 0.9995,
    service: 'api',
    panel: 'slos/api-availability-session',
    windows: inSessions,
    fewestBad: 20,
    reason: 'The sources promise 99.9 % in peak periods and do not say when those are: they are the sessions.',
    kind: 'minutes',
    bad: both(sum(increase(broken, '2m')), nyse, { on: [] }),
    all: both(sum(increase(everything, '2m')), nyse, { on: [] }),
    tests: {
      bad: [
        {
          name: 'counts in session',
          input: [requests('server_error', '0x5 3+3x400'), requests('ok', '0+9x400'), session('XNYS', flat(1))],
          at: '10m',
          value: 6,
        },
        {
          name: 'asks two minutes',
          input: [requests('server_error', '0x8 3x400'), session('XNYS', flat(1))],
          at: '11m',
          value: 0,
        },
        {
          name: 'counts nothing at night',
          input: [requests('server_error', '0+3x400'), session('24x7', flat(1))],
          at: '10m',
          value: null,
        },
        {
          name: 'counts nothing at the stroke of the open',
          input: [requests('server_error', '0+3x400'), session('XNYS', flat(0))],
          at: '10m',
          value: null,
        },
      ],
      all: [
        {
          name: 'counts in session',
          input: [requests('server_error', '0x5 3+3x400'), requests('ok', '0+10x400'), session('XNYS', flat(1))],
          at: '10m',
          value: 26,
        },
        {
          name: 'asks two minutes',
          input: [requests('ok', '0x8 3x400'), session('XNYS', flat(1))],
          at: '11m',
          value: 0,
        },
        {
          name: 'counts nothing at night',
          input: [requests('ok', '0+3x400'), session('24x7', flat(1))],
          at: '10m',
          value: null,
        },
        {
          name: 'counts nothing at the stroke of the open',
          input: [requests('ok', '0+3x400'), session('XNYS', flat(0))],
          at: '10m',
          value: null,
        },
      ],
    },
  },
  {
    name: 'api-latency',
    alerts: 'ApiLatency',
    promise: `A query or mutation is answered within ${latencyLadder.target} s.`,
    objective: 0.99,
    service: 'api',
    panel: 'slos/api-latency',
    windows: aroundTheClock,
    fewestBad: 20,
    reason: 'The target of the sources. How long a subscription takes to be set up is not what its client waits for.',
    kind: 'events',
    bad: slower(asked, upTo(asked, latencyLadder.target)),
    all: events(observations(asked)),
    example: (bad, good) => [
      ...givenHistogram(metric('graphqlRequestDuration', one), good, { '0.5': good }),
      ...givenHistogram(metric('graphqlRequestDuration', { ...one, kind: 'mutation' }), bad, {
        '0.5': flat(0),
        '0.75': bad,
      }),
      ...givenHistogram(metric('graphqlRequestDuration', { ...one, kind: 'subscription' }), '0+1000x400', {
        '0.5': '0+500x400',
      }),
    ],
  },
  {
    name: 'subscription-delivery',
    alerts: 'SubscriptionDelivery',
    promise: 'An event for a subscriber is sent to it.',
    objective: 0.999,
    service: 'delivery',
    panel: 'slos/subscription-delivery',
    windows: aroundTheClock,
    fewestBad: 20,
    reason:
      'A client that was too slow is told so and comes back with its cursor; many of them at once are slow because of us.',
    kind: 'events',
    bad: events(lost),
    all: events(delivered),
    example: (bad, good) => [
      given(metric('subscriptionEvents', { operation: 'other', result: 'slow_consumer' }), bad),
      given(metric('subscriptionEvents', { operation: 'other', result: 'sent' }), good),
    ],
  },
  {
    name: 'verified-delivery',
    alerts: 'VerifiedDelivery',
    promise: 'A subscriber of ours gets each event once, in order, and a sign of life in between.',
    objective: 0.999,
    service: 'delivery',
    panel: 'slos/verified-delivery',
    windows: aroundTheClock,
    fewestBad: 20,
    reason:
      'What a client sees, from where clients are: all else is counted by the service itself. In seconds, because silence has no events to count; a fault makes a minute bad, so that a single lost event is heard of.',
    kind: 'events',
    bad: events(metric('syntheticWatched', { result: 'bad' })),
    all: events(metric('syntheticWatched')),
    example: (bad, good) => [
      given(metric('syntheticWatched', { transport: 'sse', result: 'bad' }), bad),
      given(metric('syntheticWatched', { transport: 'websocket', result: 'good' }), good),
    ],
  },
  {
    name: 'signal-freshness',
    alerts: 'SignalFreshness',
    promise: 'An event is with its live subscriber within 5 s of its commit.',
    objective: 0.99,
    service: 'delivery',
    panel: 'slos/signal-freshness',
    windows: aroundTheClock,
    fewestBad: 20,
    reason:
      'Signals come in session only, so the budget is one of sessions by itself. From the close of the bar to the commit it is DataFreshness that counts.',
    kind: 'events',
    bad: slower(lag, upTo(lag, 5)),
    all: events(observations(lag)),
    example: (bad, good) => [
      ...givenHistogram(metric('subscriptionLag', { operation: 'other' }), good, { '5': good }),
      ...givenHistogram(metric('subscriptionLag', { operation: 'signalEvents' }), bad, {
        '2.5': flat(0),
        '5': flat(0),
        '10': bad,
      }),
    ],
  },
  {
    name: 'signal-completeness',
    alerts: 'SignalCompleteness',
    promise: 'A signal that is due is published.',
    objective: 0.999,
    service: 'signals',
    panel: 'slos/signal-completeness',
    windows: aroundTheClock,
    fewestBad: 1,
    reason:
      'Catches what a delay cannot: what never comes has none. One is enough, because signals are few and each was promised.',
    kind: 'events',
    // Neither a window that begins between the two counts nor a counter that began later makes more of the budget than there is.
    bad: (window) =>
      noLessThan(
        0,
        minus(sum(increase(metric('signalsDue'), window)), sum(increase(metric('signalsPublished'), window))),
      ),
    all: events(metric('signalsDue')),
    example: (bad, good) => [
      given(metric('signalsDue', { market: '24x7', side: 'LONG' }), bad),
      given(metric('signalsDue', { market: 'XNYS', side: 'LONG' }), good),
      given(metric('signalsPublished', { market: 'XNYS', side: 'LONG' }), good),
    ],
    // Both the same, and the window stretched further for the one that began later: their last value is older than the moment of asking.
    untouched: [
      given(metric('signalsDue', { market: 'XNYS', side: 'LONG' }), '_x55 0x5 100+100x28'),
      given(metric('signalsPublished', { market: 'XNYS', side: 'LONG' }), '_x60 0 100+100x28'),
    ],
  },
  {
    name: 'data-freshness',
    alerts: 'DataFreshness',
    promise: 'In session the newest bar is at most two bars old.',
    objective: 0.995,
    service: 'market-data',
    panel: 'slos/data-freshness',
    windows: inSessions,
    fewestBad: 3,
    reason: 'Counted by minutes and not by bars: a feed that is silent has no bars to count.',
    kind: 'minutes',
    bad: sum(inSession(isAbove(since(newest), OLDEST_SECONDS), 180)),
    all: count(inSession(newest, 180)),
    tests: {
      bad: [
        {
          name: 'counts a market whose newest bar is old',
          input: [bar('XNYS', '-121+60x400'), session('XNYS', flat(190))],
          at: '10m',
          value: 1,
        },
        {
          name: 'counts each market',
          input: [bar('XNYS', flat(0)), bar('24x7', flat(0)), session('XNYS', flat(190)), session('24x7', flat(9_999))],
          at: '10m',
          value: 2,
        },
        {
          name: 'does not count a bar that is on the line',
          input: [bar('XNYS', '-120+60x400'), session('XNYS', flat(190))],
          at: '10m',
          value: 0,
        },
        {
          name: 'does not count one that is just under it',
          input: [bar('XNYS', '-115+60x400'), session('XNYS', flat(190))],
          at: '10m',
          value: 0,
        },
        {
          name: 'counts nothing when the session has just begun',
          input: [bar('XNYS', flat(0)), session('XNYS', flat(180))],
          at: '10m',
          value: null,
        },
        {
          name: 'counts nothing in another market’s session',
          input: [bar('XNYS', flat(0)), session('24x7', flat(9_999))],
          at: '10m',
          value: null,
        },
        {
          name: 'does not look at a replay, nor at days',
          input: [
            bar('XNYS', '-121+60x400'),
            bar('XNYS', '0+60x400', 'replay'),
            bar('XNYS', '0+60x400', 'alpaca_sip', '1d'),
            session('XNYS', flat(190)),
          ],
          at: '10m',
          value: 1,
        },
        { name: 'is nothing without bars', input: [session('XNYS', flat(190))], at: '10m', value: null },
      ],
      all: [
        {
          name: 'counts every market that is open',
          input: [bar('XNYS', flat(0)), bar('24x7', flat(0)), session('XNYS', flat(190)), session('24x7', flat(9_999))],
          at: '10m',
          value: 2,
        },
        {
          name: 'counts nothing when the session has just begun',
          input: [bar('XNYS', flat(0)), session('XNYS', flat(180))],
          at: '10m',
          value: null,
        },
        {
          name: 'counts nothing in another market’s session',
          input: [bar('XNYS', flat(0)), session('24x7', flat(9_999))],
          at: '10m',
          value: null,
        },
        {
          name: 'does not look at a replay',
          input: [bar('XNYS', flat(0), 'replay'), session('XNYS', flat(190))],
          at: '10m',
          value: null,
        },
        {
          name: 'does not look at days',
          input: [bar('XNYS', flat(0), 'alpaca_sip', '1d'), session('XNYS', flat(190))],
          at: '10m',
          value: null,
        },
      ],
    },
  },
  {
    name: 'database-latency',
    alerts: 'DatabaseLatency',
    promise: 'A statement takes at most 100 ms.',
    objective: 0.95,
    service: 'database',
    panel: 'slos/database-latency',
    windows: onlySlow,
    fewestBad: 20,
    reason: 'The target of the sources for most statements. Users feel it as ApiLatency, which pages.',
    kind: 'events',
    bad: slower(queries, upTo(queries, 0.1)),
    all: events(observations(queries)),
    example: (bad, good) => [
      ...givenHistogram(metric('queryDuration', { query_type: 'select' }), good, { '0.1': good }),
      ...givenHistogram(metric('queryDuration', { query_type: 'insert' }), bad, { '0.1': flat(0), '0.25': bad }),
    ],
  },
  {
    name: 'dr',
    alerts: 'Recovery',
    promise: 'What nobody could give us again was exported within the last hour.',
    objective: 0.99,
    service: 'recovery',
    panel: 'recovery/promise',
    windows: onlySlow,
    fewestBad: 20,
    reason:
      'An hourly export is an hour old when the next one begins, and the five minutes more are what that one takes. BackupTooOld pages for one that was missed; this is for many that are late.',
    kind: 'minutes',
    bad: sum(isAbove(since(exported), EXPORT_OLDEST)),
    all: count(exported),
    tests: {
      bad: [
        { name: 'counts an export that is too old', input: [exportedAt('-3901+60x400')], at: '10m', value: 1 },
        { name: 'does not count one on the line', input: [exportedAt('-3900+60x400')], at: '10m', value: 0 },
        { name: 'does not count one just under it', input: [exportedAt('-3895+60x400')], at: '10m', value: 0 },
        {
          name: 'is not helped by backups of another kind',
          input: [exportedAt('-3901+60x400'), exportedAt('0+60x400', 'full')],
          at: '10m',
          value: 1,
        },
        { name: 'is nothing without exports', input: [exportedAt('0+60x400', 'full')], at: '10m', value: null },
      ],
      all: [
        { name: 'counts minutes with an export', input: [exportedAt('-3901+60x400')], at: '10m', value: 1 },
        { name: 'is nothing without one', input: [exportedAt('0+60x400', 'full')], at: '10m', value: null },
      ],
    },
  },
  {
    name: 'prediction-latency',
    alerts: 'PredictionLatency',
    promise: 'A prediction takes at most half a second.',
    objective: 0.95,
    service: 'models',
    panel: 'slos/prediction-latency',
    windows: onlySlow,
    fewestBad: 20,
    reason: 'The target of the sources. Users feel it as SignalFreshness, which pages.',
    kind: 'events',
    bad: slower(scores, upTo(scores, 0.5)),
    all: events(observations(scores)),
    example: (bad, good) => [
      ...givenHistogram(metric('inferenceDuration', { model: 'trend', version: '1' }), good, { '0.5': good }),
      ...givenHistogram(metric('inferenceDuration', { model: 'trend', version: '2' }), bad, {
        '0.5': flat(0),
        '1': bad,
      }),
    ],
  },
];

function events(counter: Counter<string>): (window: Duration) => Vector<never> {
  return (window) => sum(increase(counter, window));
}

function slower(
  histogram: Parameters<typeof observations<string>>[0],
  quick: Counter<string>,
): (window: Duration) => Vector<never> {
  return (window) => minus(sum(increase(observations(histogram), window)), sum(increase(quick, window)));
}
