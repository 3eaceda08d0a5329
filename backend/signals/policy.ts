import type { Catalogue } from '../metrics/catalogue.ts';
import type { LabelsOf } from '../metrics/family.ts';
import type { Side } from '../outcomes/plan.ts';

/** What may be published. The same for every model; nobody tunes it to make signals appear. */
export type PublicationPolicy = {
  /** A side is published when its score is in this top share of the model's calibration scores. */
  readonly topQuantile: number;
  /** Publish nothing from a side that has not shown an edge over its baselines out of sample. */
  readonly requireEdge: boolean;
};

/** Why a decision made no signal; each reason has its own count. */
export type WithheldReason = LabelsOf<Catalogue['signalsWithheld']>['reason'];

export type SideScore = {
  readonly side: Side;
  readonly rawScore: number;
  readonly threshold: number;
  readonly confidence: number;
  readonly baselineProbability: number;
  readonly edge: 'SHOWN' | 'NOT_SHOWN';
};

/**
 * The side to publish, or the reason for none. A decision has one dedup key whatever its side, so where both sides pass, the one whose
 * confidence stands further above its own base rate is taken (LONG when they tie).
 */
export function chooseSide(scores: readonly SideScore[], policy: PublicationPolicy): SideScore | WithheldReason {
  const passing = scores.filter((score) => score.rawScore > score.threshold);
  if (passing.length === 0) return 'BELOW_THRESHOLD';
  const allowed = policy.requireEdge ? passing.filter((score) => score.edge === 'SHOWN') : passing;
  const [first, ...others] = allowed;
  if (first === undefined) return 'EDGE_NOT_SHOWN';
  return others.reduce((best, score) => (lift(score) > lift(best) ? score : best), first);
}

function lift(score: SideScore): number {
  return score.confidence - score.baselineProbability;
}
