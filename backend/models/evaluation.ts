import { FEATURE_INDEX } from '../features/feature-spec.ts';
import { type Side, signOf } from '../outcomes/plan.ts';
import { buyAndHold, type Decisions, enterAt, randomEntries } from './baselines.ts';
import { blockBootstrap } from './block-bootstrap.ts';
import { EXIT_REASONS } from './columns.ts';
import type { Dataset } from './dataset.ts';
import { judgeEdge } from './edge.ts';
import { at } from './numeric.ts';
import { type LoadedModel, predict } from './predict.ts';
import { brierScore, logLoss, scoreProbabilities } from './reliability.ts';
import type { SideMetrics, TopEntries } from './side-metrics.ts';

type EvaluationInput = {
  readonly dataset: Dataset;
  /** The test window's samples; neither model nor calibrator has seen them. */
  readonly rows: Int32Array;
  readonly side: Side;
  readonly model: LoadedModel;
  /** Scores strictly above it are entries. */
  readonly threshold: number;
  /** What the calibrator said of the scores. */
  readonly flattened: boolean;
  readonly trials: number;
  readonly draws: number;
  readonly seed: number;
};

const HORIZONS_PER_BLOCK = 2;

/** Judges one side on the test window, always beside the baselines; at least one row. */
export function evaluateSide(input: EvaluationInput): SideMetrics {
  const { dataset, rows, side, model } = input;
  const { labels, predicted, entries } = outcomes(input);
  const score = scoreProbabilities(predicted, labels.y);
  const baseRate = model.sides[side].baselineProbability;
  const flat = new Float64Array(rows.length).fill(baseRate);
  const constant = { probability: baseRate, brier: brierScore(flat, labels.y), logLoss: logLoss(flat, labels.y) };
  const blocks = blocksOf(dataset, rows, entries);
  const top = topEntries(input, labels, entries, blocks);
  const random = entries.length === 0 ? null : randomEntries(labels, entries, blocks, input);
  return {
    model: score,
    constant,
    top,
    baselines: {
      majority: majority(baseRate, predicted, labels.y),
      everyDecision: enterAt(labels, Int32Array.from(rows.keys())),
      lastDirection: enterAt(labels, lastDirection(dataset, rows, side)),
      random,
      buyAndHold: buyAndHold(
        labels.instrument,
        Float64Array.from(rows, (row) => at(dataset.close, row)),
      ),
    },
    ...judgeEdge({
      entries: top.n,
      blocks: top.blocks,
      expectancy95: top.expectancy95,
      pValue: random?.pValue ?? null,
      brier: score.brier,
      constantBrier: constant.brier,
      flattened: input.flattened,
      trials: input.trials,
    }),
  };
}

/** The window's labels, its probabilities, and the positions whose score exceeds the threshold. */
function outcomes({ dataset, rows, side, model, threshold }: EvaluationInput) {
  const { x, k, sides } = dataset;
  const predicted = new Float64Array(rows.length);
  const entries: number[] = [];
  rows.forEach((row, i) => {
    const { rawScore, confidence } = predict(model, x.subarray(row * k, (row + 1) * k), side);
    predicted[i] = confidence;
    if (rawScore > threshold) entries.push(i);
  });
  const labels: Decisions = {
    instrument: Int32Array.from(rows, (row) => at(dataset.instrument, row)),
    y: Uint8Array.from(rows, (row) => at(sides[side].y, row)),
    r: Float64Array.from(rows, (row) => at(sides[side].r, row)),
  };
  return { labels, predicted, entries: Int32Array.from(entries) };
}

function topEntries(
  { dataset, rows, side, threshold, draws, seed }: EvaluationInput,
  labels: Decisions,
  entries: Int32Array,
  block: Int32Array,
): TopEntries {
  const { exit, ambiguous } = dataset.sides[side];
  const exits = { TARGET_HIT: 0, STOP_HIT: 0, TIME_EXIT: 0, SESSION_CLOSE: 0 };
  let unclear = 0;
  for (const entry of entries) {
    exits[EXIT_REASONS[at(exit, at(rows, entry))] ?? 'TIME_EXIT']++;
    unclear += at(ambiguous, at(rows, entry));
  }
  const summary = { ...enterAt(labels, entries), threshold, exits, ambiguous: unclear };
  const r = Float64Array.from(entries, (entry) => at(labels.r, entry));
  const { interval, blocks } = blockBootstrap(r, block, draws, seed);
  return { ...summary, expectancy95: interval, blocks };
}

/** The stretch of the window in which each entry lies: stretches are two horizons of trading time long, so few labels reach into the next. */
function blocksOf({ calendar, spec, decisionTime }: Dataset, rows: Int32Array, entries: Int32Array): Int32Array {
  const start = at(decisionTime, at(rows, 0));
  return Int32Array.from(entries, (entry) => {
    const minutes = calendar.tradingMinutesBetween(start, at(decisionTime, at(rows, entry)));
    return Math.floor(minutes / (HORIZONS_PER_BLOCK * spec.horizonMinutes));
  });
}

function lastDirection({ x, k }: Dataset, rows: Int32Array, side: Side): Int32Array {
  const sign = signOf(side);
  const moved = (i: number) => sign * at(x, at(rows, i) * k + FEATURE_INDEX.return1) > 0;
  return Int32Array.from([...rows.keys()].filter(moved));
}

function majority(baseRate: number, predicted: Float64Array, y: Uint8Array) {
  const label = baseRate > 0.5 ? 1 : 0;
  let [right, modelRight] = [0, 0];
  for (let i = 0; i < y.length; i++) {
    if (at(y, i) === label) right++;
    if (at(y, i) === (at(predicted, i) > 0.5 ? 1 : 0)) modelRight++;
  }
  return { label, accuracy: right / y.length, modelAccuracy: modelRight / y.length } as const;
}
