import type { Side } from '../outcomes/plan.ts';
import type { ModelArtifact, SideModel } from './artifact.ts';
import { plattProbability } from './calibration.ts';
import { at } from './numeric.ts';
import { type Standardisation, zScore } from './standardise.ts';

export type Prediction = {
  /** Log-odds of the model before calibration: sorts decisions, is no probability. */
  rawScore: number;
  /** Calibrated probability, 0 to 1, that the target is hit before the stop within the horizon. */
  confidence: number;
  /** What the calibration window's base rate alone would say. */
  baselineProbability: number;
};

/** A model ready to predict. `prediction` is overwritten by each call. */
export type LoadedModel = {
  readonly featureNames: readonly string[];
  readonly standardisation: Standardisation;
  readonly sides: Readonly<Record<Side, LoadedSide>>;
  readonly prediction: Prediction;
};

type LoadedSide = {
  readonly intercept: number;
  readonly weights: Float64Array;
  readonly platt: { readonly a: number; readonly b: number };
  readonly baselineProbability: number;
};

/** The parts of an artifact that predictions need. */
export type PredictiveArtifact = Pick<ModelArtifact, 'features' | 'standardisation'> & {
  readonly sides: Readonly<Record<Side, Pick<SideModel, 'intercept' | 'weights' | 'platt' | 'baselineProbability'>>>;
};

export function loadModel({ features, standardisation, sides }: PredictiveArtifact): LoadedModel {
  const loadSide = (side: Side): LoadedSide => ({
    intercept: sides[side].intercept,
    weights: Float64Array.from(sides[side].weights),
    platt: { a: sides[side].platt.a, b: sides[side].platt.b },
    baselineProbability: sides[side].baselineProbability,
  });
  return {
    featureNames: features.names,
    standardisation: { mean: Float64Array.from(standardisation.mean), scale: Float64Array.from(standardisation.scale) },
    sides: { LONG: loadSide('LONG'), SHORT: loadSide('SHORT') },
    prediction: { rawScore: 0.1, confidence: 0.1, baselineProbability: 0.1 },
  };
}

/**
 * Score and calibrated probability for one feature vector (in the order of the model's feature names). Allocates nothing: the
 * returned object is the model's own and is overwritten by the next call.
 *
 * @throws RangeError for a vector of another length, or one that holds a number which is not finite.
 */
export function predict(model: LoadedModel, values: Float64Array, side: Side): Prediction {
  const { prediction, standardisation } = model;
  const { intercept, weights, platt, baselineProbability } = model.sides[side];
  if (values.length !== weights.length)
    throw new RangeError(`feature vector has ${values.length} values, expected ${weights.length}`);
  let score = intercept;
  for (let j = 0; j < weights.length; j++) {
    const value = values[j] as number;

    if (!Number.isFinite(value))
      throw new RangeError(`feature ${model.featureNames[j]} is ${value}, expected a finite number`);
    score += (weights[j] as number) * zScore(standardisation, value, j);
  }
  prediction.rawScore = score;
  prediction.confidence = plattProbability(platt, score);
  prediction.baselineProbability = baselineProbability;
  return prediction;
}

/** How much a feature moved the raw score away from that of an average bar, in log-odds. */
export type Contribution = { readonly feature: string; readonly contribution: number };

/** The features that moved the score of this vector most, strongest first. */
export function topContributions(model: LoadedModel, values: Float64Array, side: Side, count: number): Contribution[] {
  const { weights } = model.sides[side];
  return model.featureNames
    .map((feature, j) => ({ feature, contribution: at(weights, j) * zScore(model.standardisation, at(values, j), j) }))
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
    .slice(0, count);
}
