import { createHash } from 'node:crypto';
import { scoreThreshold } from '../models/artifact.ts';
import { type Contribution, loadModel, type Prediction, predict, topContributions } from '../models/predict.ts';
import type { StoredModel } from '../models/registry.ts';
import type { LabelSpec } from '../outcomes/label-spec.ts';
import type { Side } from '../outcomes/plan.ts';
import { canonicalJson } from '../platform/canonical-json.ts';
import type { SignalModel } from './signal.ts';

/** A model version as the engine asks it. */
export type DecisionModel = {
  readonly version: SignalModel;
  /** First instant (ms) at which this model may decide: the end of its windows plus the embargo. */
  readonly eligibleFrom: number;
  readonly labelSpec: LabelSpec;
  /** The answer is overwritten by the next call. */
  score(values: Float64Array, side: Side): Readonly<Prediction>;
  /** The score that has to be exceeded for a side to be in the top share `quantile` of the calibration scores. */
  threshold(side: Side, quantile: number): number;
  /** The features that moved the score of a side most, strongest first. */
  contributions(values: Float64Array, side: Side): readonly Contribution[];
  edge(side: Side): 'SHOWN' | 'NOT_SHOWN';
};

const CONTRIBUTIONS = 3;

export function toDecisionModel(stored: StoredModel): DecisionModel {
  const { artifact } = stored;
  const loaded = loadModel(artifact);
  return {
    version: toSignalModel(stored),
    eligibleFrom: stored.eligibleFrom,
    labelSpec: artifact.labelSpec,
    score: (values, side) => predict(loaded, values, side),
    threshold: (side, quantile) => scoreThreshold(artifact.sides[side], quantile),
    contributions: (values, side) => topContributions(loaded, values, side, CONTRIBUTIONS),
    edge: (side) => artifact.metrics[side].edge,
  };
}

function toSignalModel(stored: StoredModel): SignalModel {
  const { id, name, version, sha256, featureSpecHash } = stored;
  const iso = (instant: number): string => new Date(instant).toISOString();
  return {
    ...{ id, name, version, sha256, featureSpecHash },
    trainingFrom: iso(stored.trainingFrom),
    trainingTo: iso(stored.trainingTo),
    calibrationFrom: iso(stored.calibrationFrom),
    calibrationTo: iso(stored.calibrationTo),
    eligibleFrom: iso(stored.eligibleFrom),
    labelSpecHash: createHash('sha256').update(canonicalJson(stored.artifact.labelSpec)).digest('hex'),
  };
}
