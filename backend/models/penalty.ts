import { fitLogistic, type LogisticProblem, weightedLogLoss } from './logistic.ts';
import { at } from './numeric.ts';

/** From hardly any penalty to one that leaves little but the base rate: to claim no skill must be among the answers. */
const PENALTIES = [0.0001, 0.001, 0.01, 0.1, 1, 10] as const;
const DEFAULT_PENALTY = 0.1;
const VALIDATION_SHARE = 0.25;
const MIN_SAMPLES = 50;
const MIN_EACH_LABEL = 5;

type PenaltyChoice = { readonly l2: number; readonly from: 'INNER_SPLIT' | 'DEFAULT' };

/**
 * Chooses the penalty inside the training window alone: fits on its first three quarters (without the samples whose labels can reach
 * into the last), and takes the penalty with the lowest log loss on the last quarter; the stronger one of equals. Neither the
 * calibration nor the test window has a say. Where either part holds too little, a fixed middle penalty.
 *
 * @param decisionTime ascending, one per sample of the problem, as `horizonEnd` is.
 */
export function choosePenalty(
  problem: LogisticProblem,
  decisionTime: Float64Array,
  horizonEnd: Float64Array,
): PenaltyChoice {
  const n = problem.y.length;
  const boundary = at(decisionTime, Math.floor(n * (1 - VALIDATION_SHARE)));
  const fitted: number[] = [];
  const judged: number[] = [];
  for (let i = 0; i < n; i++) {
    if (at(decisionTime, i) >= boundary) judged.push(i);
    else if (at(horizonEnd, i) <= boundary) fitted.push(i);
  }
  const [inner, validation] = [subset(problem, fitted), subset(problem, judged)];
  if (tooSmall(inner) || tooSmall(validation)) return { l2: DEFAULT_PENALTY, from: 'DEFAULT' };

  let best: number = DEFAULT_PENALTY;
  let lowest = Number.POSITIVE_INFINITY;
  for (const l2 of PENALTIES) {
    const loss = weightedLogLoss(validation, fitLogistic(inner, l2));
    if (loss > lowest) continue;
    best = l2;
    lowest = loss;
  }
  return { l2: best, from: 'INNER_SPLIT' };
}

function subset({ z, k, y, weight }: LogisticProblem, indices: readonly number[]): LogisticProblem {
  const part = new Float64Array(indices.length * k);
  indices.forEach((index, i) => {
    part.set(z.subarray(index * k, (index + 1) * k), i * k);
  });
  return {
    z: part,
    k,
    y: Uint8Array.from(indices, (index) => at(y, index)),
    weight: Float64Array.from(indices, (index) => at(weight, index)),
  };
}

function tooSmall({ y }: LogisticProblem): boolean {
  const positives = y.reduce((sum, label) => sum + label, 0);
  return y.length < MIN_SAMPLES || Math.min(positives, y.length - positives) < MIN_EACH_LABEL;
}
