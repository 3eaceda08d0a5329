import { setImmediate } from 'node:timers/promises';
import { FEATURE_NAMES, featureSpec } from '../features/feature-spec.ts';
import type { LabelSpec } from '../outcomes/label-spec.ts';
import { SIDES, type Side } from '../outcomes/plan.ts';
import { InvalidInput } from '../platform/errors.ts';
import {
  type ModelArtifact,
  type SideModel,
  type SplitRecord,
  scoreQuantiles,
  scoreThreshold,
  sealArtifact,
  TRAINER_VERSION,
} from './artifact.ts';
import { fitPlatt } from './calibration.ts';
import { buildDataset, type Dataset, type InstrumentBars } from './dataset.ts';
import { EDGE_RULE } from './edge.ts';
import { evaluateSide } from './evaluation.ts';
import { fitLogistic } from './logistic.ts';
import { at } from './numeric.ts';
import { choosePenalty } from './penalty.ts';
import { loadModel, type PredictiveArtifact, predict } from './predict.ts';
import { renderReport } from './report.ts';
import { LEAST_SAMPLES, type Split, splitByTime, tooLittleHistory, WINDOW_NAMES, type WindowName } from './split.ts';
import { fitStandardisation, type Standardisation, standardise, Z_LIMIT } from './standardise.ts';
import { averageUniqueness } from './uniqueness.ts';

type TrainOptions = {
  /** Share of the calibration scores above the publication threshold; the metrics are taken there. Default 0.02. */
  readonly topShare?: number;
  /** Models of this family tried on this history, this one included. Default 1. */
  readonly trials?: number;
  /** Of the resampling in the evaluation; the weights use no chance. Default 1. */
  readonly seed?: number;
};

type TrainInput = TrainOptions & {
  /** Bars that a model may be made from: everything in them counts as seen. */
  readonly instruments: readonly InstrumentBars[];
  readonly spec: LabelSpec;
};

export type TrainProgress = {
  readonly stage: 'LABELS' | 'FIT' | 'TEST';
  readonly done: number;
  readonly total: number;
};

export type TrainedModel = {
  readonly artifact: ModelArtifact;
  /** The artifact's canonical JSON, and its sha256 in hex. */
  readonly text: string;
  readonly sha256: string;
  /** For a person, lines joined by line feeds. */
  readonly report: string;
};

/** Of the rarer label, too: with fewer the fit would be noise. */
const LEAST_OF_EACH_LABEL: Readonly<Record<WindowName, number>> = { training: 10, calibration: 5, test: 0 };

const DRAWS = 2_000;

/**
 * Trains the two models of a timeframe, LONG and SHORT, and judges them. The same bars and options give the same bytes.
 *
 * @throws UserError TOO_LITTLE_HISTORY, naming the window, what it holds and the minimum; InvalidInput for an option out of range.
 */
export async function trainModel(
  input: TrainInput,
  onProgress?: (progress: TrainProgress) => void,
): Promise<TrainedModel> {
  checkOptions(input);
  const dataset = await buildDataset({
    instruments: input.instruments,
    spec: input.spec,
    onProgress: (done, total) => onProgress?.({ stage: 'LABELS', done, total }),
  });
  return await trainOnDataset(dataset, input, onProgress);
}

/** The same from labelled decisions. */
async function trainOnDataset(
  dataset: Dataset,
  options: TrainOptions,
  onProgress?: (progress: TrainProgress) => void,
): Promise<TrainedModel> {
  const { topShare = 0.02, trials = 1, seed = 1 } = options;
  const { decisionTime, horizonEnd, calendar, spec, historyEnd } = dataset;
  const split = splitByTime({ decisionTime, horizonEnd, calendar, horizonMinutes: spec.horizonMinutes, historyEnd });
  refuseTooLittle(dataset, split);

  const standardisation = fitStandardisation(dataset.x, dataset.k, split.rows.training);
  const sides = await eachSide('FIT', onProgress, (side) => fitSide(dataset, split, standardisation, side));
  const predictive = { features: featureRecord, standardisation: standardisationRecord(standardisation), sides };
  const model = loadModel(predictive);
  const metrics = await eachSide('TEST', onProgress, (side) => {
    const threshold = scoreThreshold(sides[side], topShare);
    const { flattened } = sides[side].platt;
    return evaluateSide({
      dataset,
      rows: split.rows.test,
      side,
      model,
      threshold,
      flattened,
      trials,
      draws: DRAWS,
      seed,
    });
  });
  const artifact: ModelArtifact = {
    schemaVersion: 1,
    trainer: { kind: 'logistic', version: TRAINER_VERSION },
    timeframe: spec.timeframe,
    calendar: calendar.id,
    instruments: dataset.instruments,
    labelSpec: spec,
    split: splitRecord(split),
    eligibleFrom: split.eligibleFrom,
    excluded: dataset.excluded,
    withGap: dataset.withGap,
    evaluation: { topShare, trials, draws: DRAWS, seed, edgeRule: EDGE_RULE },
    metrics,
    ...predictive,
  };
  const { text, sha256 } = sealArtifact(artifact);
  return { artifact, text, sha256, report: renderReport(artifact, sha256) };
}

const featureRecord = { names: FEATURE_NAMES, specHash: featureSpec.hash };

/** Work that blocks for a while is done one side at a time, with a breath of the event loop before each. */
async function eachSide<T>(
  stage: TrainProgress['stage'],
  onProgress: ((progress: TrainProgress) => void) | undefined,
  work: (side: Side) => T,
): Promise<Record<Side, T>> {
  const run = async (side: Side, done: number) => {
    onProgress?.({ stage, done, total: SIDES.length });
    await setImmediate();
    return work(side);
  };
  return { LONG: await run('LONG', 0), SHORT: await run('SHORT', 1) };
}

function fitSide(dataset: Dataset, split: Split, standardisation: Standardisation, side: Side): SideModel {
  const { x, k, sides, decisionTime, horizonEnd } = dataset;
  const { training } = split.rows;
  const y = labelsOf(dataset, side, training);
  const weight = averageUniqueness(sides[side], training);
  const problem = { z: standardise(x, k, training, standardisation), k, y, weight };
  const times = (column: Float64Array) => Float64Array.from(training, (row) => at(column, row));
  const penalty = choosePenalty(problem, times(decisionTime), times(horizonEnd));
  const { intercept, weights, l2, iterations, converged, gradient, objective } = fitLogistic(problem, penalty.l2);
  const effectiveN = weight.reduce((sum, value) => sum + value, 0);
  const fit = { l2, l2From: penalty.from, iterations, converged, gradient, objective };
  return {
    intercept,
    weights: [...weights],
    training: { n: training.length, positives: count(y), effectiveN, ...fit },
    ...calibrate(dataset, split, { standardisation, intercept, weights }, side),
  };
}

type Scorer = { readonly standardisation: Standardisation; readonly intercept: number; readonly weights: Float64Array };

/** Fits the calibrator on the calibration window, scored by the function that scores live decisions. */
function calibrate(dataset: Dataset, split: Split, { standardisation, intercept, weights }: Scorer, side: Side) {
  const { calibration } = split.rows;
  const uncalibrated = {
    intercept,
    weights: [...weights],
    platt: { a: -1, b: 0, flattened: false },
    baselineProbability: 0,
  };
  const model = loadModel({
    features: featureRecord,
    standardisation: standardisationRecord(standardisation),
    sides: { LONG: uncalibrated, SHORT: uncalibrated },
  });
  const { x, k } = dataset;
  const scores = Float64Array.from(
    calibration,
    (row) => predict(model, x.subarray(row * k, (row + 1) * k), side).rawScore,
  );
  const y = labelsOf(dataset, side, calibration);
  const { a, b, flattened } = fitPlatt(scores, y);
  return {
    platt: { a, b, flattened },
    calibration: { n: y.length, positives: count(y) },
    baselineProbability: count(y) / y.length,
    scoreQuantiles: scoreQuantiles(scores),
  };
}

function standardisationRecord({ mean, scale }: Standardisation): PredictiveArtifact['standardisation'] {
  return { mean: [...mean], scale: [...scale], zLimit: Z_LIMIT };
}

function splitRecord({ by, sessions, embargoMinutes, windows, rows, purged, embargoed }: Split): SplitRecord {
  const record = (name: WindowName) => ({ ...windows[name], n: rows[name].length });
  return {
    by,
    sessions,
    embargoMinutes,
    windows: { training: record('training'), calibration: record('calibration'), test: record('test') },
    purged,
    embargoed,
  };
}

function refuseTooLittle(dataset: Dataset, split: Split): void {
  for (const name of WINDOW_NAMES) {
    const rows = split.rows[name];
    const [samples, eachLabel] = [LEAST_SAMPLES[name], LEAST_OF_EACH_LABEL[name]];
    if (rows.length < samples)
      throw tooLittleHistory(`the ${name} window holds ${rows.length} samples, expected at least ${samples}`);
    for (const side of SIDES) {
      const positives = count(labelsOf(dataset, side, rows));
      const rarer = Math.min(positives, rows.length - positives);
      if (rarer >= eachLabel) continue;
      const label = positives === rarer ? 1 : 0;
      throw tooLittleHistory(
        `the ${name} window holds ${rarer} ${side} labels ${label}, expected at least ${eachLabel}`,
      );
    }
  }
}

function labelsOf({ sides }: Dataset, side: Side, rows: Int32Array): Uint8Array {
  return Uint8Array.from(rows, (row) => at(sides[side].y, row));
}

function count(y: Uint8Array): number {
  return y.reduce((sum, label) => sum + label, 0);
}

function checkOptions({ trials = 1, topShare = 0.02, seed = 1 }: TrainOptions): void {
  if (!Number.isSafeInteger(trials) || trials < 1)
    throw new InvalidInput('trials', trials, 'a whole number of 1 or more');
  if (!Number.isSafeInteger(seed)) throw new InvalidInput('seed', seed, 'a whole number');
  if (!(topShare >= 0.001 && topShare <= 1)) throw new InvalidInput('top share', topShare, 'a number from 0.001 to 1');
}
