import type { Alert } from '../alert.ts';
import { flat, given, givenHistogram, rising, stepping, turning } from '../inputs.ts';
import {
  above,
  atLeast,
  below,
  both,
  divided,
  each,
  increase,
  max,
  metric,
  minus,
  plus,
  quantile,
  recorded,
  since,
  sum,
  times,
  type Vector,
} from '../promql/index.ts';
import { type Recording, recording } from '../recording.ts';

const LEAST_ACCURATE = 0.6;
const FEWEST_RESOLVED = 200;
const SLOWEST = 0.5;
const OLDEST = 12 * 86_400;
/** Two-sided 95 %. */
const Z = 1.96;

const right = metric('predictionsResolved', { correct: 'true' });
const wrong = metric('predictionsResolved', { correct: 'false' });
const every = '2h';

/** Signals of five days that were entered and left again, and the share of them that went their way. */
const resolved: Recording = recording(
  'model:predictions_resolved:increase5d',
  sum(increase(metric('predictionsResolved'), '5d')),
  [
    {
      name: 'counts both, over five days',
      every,
      input: [given(right, turning(30, 2, 6)), given(wrong, turning(30, 1, 3))],
      at: '150h',
      // 60 steps, of which the first 15 lie before the turn.
      value: 15 * 3 + 45 * 9,
    },
  ],
);
const accuracy: Recording = recording(
  'ml_prediction_accuracy',
  divided(
    sum(increase(metric('predictionsResolved', { correct: 'true' }), '5d')),
    sum(increase(metric('predictionsResolved'), '5d')),
  ),
  [
    {
      name: 'is the share of the right ones, over five days',
      every,
      input: [given(right, turning(30, 2, 3)), given(wrong, turning(30, 1, 6))],
      at: '150h',
      value: (15 * 2 + 45 * 3) / (15 * 3 + 45 * 9),
    },
    { name: 'is nothing while there is none', every, input: [], at: '150h', value: null },
  ],
);
export const modelRecordings: readonly Recording[] = [resolved, accuracy];

/**
 * The upper end of Wilson's interval of a share: (p + z²/2n + z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n).
 * Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
 */
function wilsonUpper(p: Vector<never>, n: Vector<never>): Vector<never> {
  const perN = (value: number): Vector<never> => divided(times(divided(n, n), value), n);
  const spread = each('sqrt', plus(divided(minus(p, times(p, p)), n), divided(perN((Z * Z) / 4), n)));
  return divided(plus(plus(p, perN((Z * Z) / 2)), times(spread, Z)), plus(perN(Z * Z), 1));
}

/** The share of the right ones among the signals of five days that were entered and left again. */
export const predictionAccuracy = recorded({ record: accuracy.record, labels: [] });
/** How many of them there were. */
export const resolvedPredictions = recorded({ record: resolved.record, labels: [] });
const known = (p: number, n: number) => [[accuracy.record, flat(p)] as const, [resolved.record, flat(n)] as const];
const scoring = metric('inferenceDuration', { model: 'trend', version: '3' });

export const modelAlerts: readonly Alert[] = [
  {
    name: 'ModelAccuracyBelow60',
    summary: 'At best {{ $value | humanizePercentage }} of the signals of five days went their way.',
    expr: both(
      below(wilsonUpper(predictionAccuracy, resolvedPredictions), LEAST_ACCURATE),
      atLeast(resolvedPredictions, FEWEST_RESOLVED),
    ),
    for: '30m',
    severity: 'ticket',
    service: 'models',
    slo: 'model-quality',
    limit: { value: LEAST_ACCURATE, unit: 'ratio' },
    reason:
      'The line of the sources, of the upper end of the 95 % interval and of at least 200 signals, so that bad luck is no alert. They call it critical; nobody can train a model at three in the morning, so it is a ticket.',
    panel: 'models/accuracy',
    tests: {
      // Of 200 it is 0.532104 that has 0.6 as its upper end.
      over: [
        [accuracy.record, stepping(10, 0.54, 0.532084)],
        [resolved.record, flat(200)],
      ],
      firesAt: '41m',
      under: { 'just above': known(0.532124, 200), 'on the line': known(0.596864, 93750), 'too few': known(0.4, 199) },
      also: { 'the more there are, the nearer to the line': { over: known(0.595, 50_000), firesAt: '30m' } },
    },
  },
  {
    name: 'ModelStale',
    summary: 'The model {{ $labels.model }} has seen nothing of the last {{ $value | humanizeDuration }}.',
    expr: above(since(max(metric('modelTrained'), 'model')), OLDEST),
    for: '30m',
    severity: 'ticket',
    service: 'models',
    limit: { value: OLDEST, unit: 'seconds' },
    reason:
      'Trained on Sundays, on what is stored by then, and in use an hour and a session of trading later: so a version gets 8 days old around the clock, 11 in New York, just under 12 with holidays. Where a Sunday had no training it is told by Friday 06:30 UTC, before the next.',
    panel: 'models/versions',
    tests: {
      over: [given(metric('modelTrained', { model: 'trend' }), `${-OLDEST + 600}x400`)],
      firesAt: '41m',
      labels: { model: 'trend' },
      under: {
        'just under twelve days': [given(metric('modelTrained', { model: 'trend' }), `${-OLDEST + 3_600}+60x400`)],
        'twelve days': [given(metric('modelTrained', { model: 'trend' }), `${-OLDEST}+60x400`)],
      },
    },
  },
  {
    name: 'ModelInferenceSlow',
    summary: 'One prediction of {{ $labels.model }} in twenty takes longer than {{ $value | humanizeDuration }}.',
    expr: above(quantile(0.95, metric('inferenceDuration'), '15m', 'model'), SLOWEST),
    for: '15m',
    severity: 'ticket',
    service: 'models',
    limit: { value: SLOWEST, unit: 'seconds' },
    reason:
      'The target of the sources. It takes microseconds, so this is a machine that has no time; SignalFreshnessBudgetBurnFast pages when a user feels it.',
    panel: 'models/inference',
    tests: {
      over: givenHistogram(scoring, rising(100), {
        '0.1': turning(20, 100, 0),
        '0.5': turning(20, 100, 94.8),
        '1': rising(100),
      }),
      firesAt: '50m',
      labels: { model: 'trend' },
      under: {
        'just under half a second': givenHistogram(scoring, rising(100), {
          '0.1': rising(0),
          '0.5': rising(95.2),
          '1': rising(100),
        }),
        'half a second': givenHistogram(scoring, rising(100), {
          '0.1': rising(0),
          '0.5': rising(95),
          '1': rising(100),
        }),
      },
    },
  },
  {
    name: 'RetrainFailed',
    summary: 'A training failed: the model of before stays in use.',
    expr: above(sum(increase(metric('trainingRuns', { result: 'failed' }), '1h')), 0),
    for: '0s',
    severity: 'ticket',
    service: 'models',
    limit: { value: 0, unit: 'events' },
    reason: 'One is enough: the next one is a week away. The model in use goes on.',
    panel: 'models/training',
    tests: {
      over: [given(metric('trainingRuns', { result: 'failed' }), turning(10, 0, 0.005))],
      firesAt: '11m',
      under: {
        none: [given(metric('trainingRuns', { result: 'failed' }), flat(0))],
      },
      noise: [given(metric('trainingRuns', { result: 'succeeded' }), rising(1))],
      stops: { over: [given(metric('trainingRuns', { result: 'failed' }), '0 1x400')], at: '61m' },
    },
  },
];
