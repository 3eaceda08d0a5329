import { createHash } from 'node:crypto';
import type { Timeframe } from '../market-data/bar.ts';
import type { LabelSpec } from '../outcomes/label-spec.ts';
import type { Side } from '../outcomes/plan.ts';
import { canonicalJson } from '../platform/canonical-json.ts';
import { InvalidInput, UserError } from '../platform/errors.ts';
import type { Dataset } from './dataset.ts';
import { at, quantileOfSorted } from './numeric.ts';
import type { SideMetrics } from './side-metrics.ts';
import type { WindowName } from './split.ts';

/** Raised when the same bars would give another model. */
export const TRAINER_VERSION = 1;

/**
 * A trained model as plain JSON: all that is needed to predict, and all that a person needs to judge it. Its identity is the sha256
 * of its canonical text, so it holds no clock time, no path and no random id. Instants in ms.
 */
export type ModelArtifact = {
  readonly schemaVersion: 1;
  readonly trainer: { readonly kind: 'logistic'; readonly version: number };
  readonly timeframe: Timeframe;
  readonly calendar: string;
  readonly instruments: readonly string[];
  readonly features: { readonly names: readonly string[]; readonly specHash: string };
  readonly labelSpec: LabelSpec;
  readonly split: SplitRecord;
  /** No decision of this model lies before this instant. */
  readonly eligibleFrom: number;
  /** Decisions that gave no sample, by reason. */
  readonly excluded: Dataset['excluded'];
  /** Samples whose feature windows span a missing bar: used like the others. */
  readonly withGap: number;
  /** z = (value - mean) · scale, cut at ±zLimit; a scale of 0 leaves the feature out. */
  readonly standardisation: {
    readonly mean: readonly number[];
    readonly scale: readonly number[];
    readonly zLimit: number;
  };
  readonly sides: Readonly<Record<Side, SideModel>>;
  readonly evaluation: EvaluationSettings;
  readonly metrics: Readonly<Record<Side, SideMetrics>>;
};

export type SplitRecord = {
  readonly by: 'SESSIONS' | 'TIME';
  readonly sessions: number;
  readonly embargoMinutes: number;
  /** Decisions in [from, until) with the number of samples that were used. */
  readonly windows: Readonly<Record<WindowName, { readonly from: number; readonly until: number; readonly n: number }>>;
  readonly purged: { readonly training: number; readonly calibration: number };
  readonly embargoed: { readonly calibration: number; readonly test: number };
};

export type SideModel = {
  readonly intercept: number;
  readonly weights: readonly number[];
  readonly training: {
    readonly n: number;
    readonly positives: number;
    /** Sum of the uniqueness weights: how many independent samples the n are worth. */
    readonly effectiveN: number;
    readonly l2: number;
    readonly l2From: 'INNER_SPLIT' | 'DEFAULT';
    readonly iterations: number;
    readonly converged: boolean;
    readonly gradient: number;
    readonly objective: number;
  };
  /** confidence = 1 / (1 + exp(a·rawScore + b)) */
  readonly platt: { readonly a: number; readonly b: number; readonly flattened: boolean };
  readonly calibration: { readonly n: number; readonly positives: number };
  /** Share of labels 1 in the calibration window: what one would say without a model. */
  readonly baselineProbability: number;
  /** 1,001 points of the distribution of the calibration scores: element i is their quantile i / 1000. */
  readonly scoreQuantiles: readonly number[];
};

type EvaluationSettings = {
  /** The share of the calibration scores above the publication threshold that the metrics were taken at. */
  readonly topShare: number;
  readonly trials: number;
  readonly draws: number;
  readonly seed: number;
  readonly edgeRule: string;
};

const QUANTILE_STEPS = 1_000;

/** The points that thresholds are read from. */
export function scoreQuantiles(scores: Float64Array): number[] {
  const sorted = scores.slice().sort();
  return Array.from({ length: QUANTILE_STEPS + 1 }, (_, i) => quantileOfSorted(sorted, i / QUANTILE_STEPS));
}

/**
 * The score that must be exceeded (strictly) to lie in the top `topShare` of the calibration scores. `topShare` is between 0.001 and 1
 * and counts in steps of 0.001, the rest being cut off.
 */
export function scoreThreshold(side: Pick<SideModel, 'scoreQuantiles'>, topShare: number): number {
  if (!(topShare >= 1 / QUANTILE_STEPS && topShare <= 1))
    throw new InvalidInput('top share', topShare, 'a number from 0.001 to 1');
  return at(side.scoreQuantiles, QUANTILE_STEPS - Math.floor(topShare * QUANTILE_STEPS + 1e-9));
}

/** The artifact's one text and its sha256 in hex: what is stored, and what names it. */
export function sealArtifact(artifact: ModelArtifact): { readonly text: string; readonly sha256: string } {
  const text = canonicalJson(artifact);
  return { text, sha256: sha256Of(text) };
}

/** Reads a stored artifact. @throws UserError MODEL_DAMAGED when the text is not the one that the hash names, or of another schema. */
export function openArtifact(text: string, sha256: string): ModelArtifact {
  const actual = sha256Of(text);
  if (actual !== sha256) {
    throw new UserError('MODEL_DAMAGED', `Model artifact has sha256 "${actual}", expected "${sha256}"`);
  }
  const artifact: ModelArtifact = JSON.parse(text);
  if (artifact.schemaVersion !== 1) throw new InvalidInput('model schemaVersion', artifact.schemaVersion, '1');
  return artifact;
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
