import { at } from './numeric.ts';

/** Decisions of about the same predicted probability: how often the label was 1 among them. */
type ReliabilityBin = {
  readonly n: number;
  readonly from: number;
  readonly to: number;
  readonly meanPredicted: number;
  readonly observed: number;
};

/**
 * How good a set of probabilities was. All means over n decisions.
 *
 * - `brier` = mean (p - y)², and its parts by bins after Murphy (1973), with the part that binning hides after Stephenson, Coelho &
 *   Jolliffe (2008): brier = reliability - resolution + uncertainty + withinBins, to rounding.
 * - `logLoss` in nats.
 * - `ece` = Σ nᵦ/n · |mean predicted - observed| over the bins.
 */
export type ProbabilityScore = {
  readonly n: number;
  readonly baseRate: number;
  readonly brier: number;
  readonly reliability: number;
  readonly resolution: number;
  readonly uncertainty: number;
  readonly withinBins: number;
  readonly logLoss: number;
  readonly ece: number;
  readonly bins: readonly ReliabilityBin[];
};

const BINS = 10;

/** Scores probabilities against labels (0 or 1) of the same length, at least one. */
export function scoreProbabilities(predicted: Float64Array, y: Uint8Array): ProbabilityScore {
  const n = y.length;
  const bins = reliabilityBins(predicted, y);
  const baseRate = sumOf(y) / n;
  const brier = brierScore(predicted, y);
  let [reliability, resolution, ece] = [0, 0, 0];
  for (const bin of bins) {
    const share = bin.n / n;
    const gap = bin.meanPredicted - bin.observed;
    reliability += share * gap * gap;
    resolution += share * (bin.observed - baseRate) * (bin.observed - baseRate);
    ece += share * Math.abs(gap);
  }
  const uncertainty = baseRate * (1 - baseRate);
  const withinBins = brier - (reliability - resolution + uncertainty);
  return {
    n,
    baseRate,
    brier,
    reliability,
    resolution,
    uncertainty,
    withinBins,
    logLoss: logLoss(predicted, y),
    ece,
    bins,
  };
}

export function brierScore(predicted: ArrayLike<number>, y: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < y.length; i++) sum += (at(predicted, i) - at(y, i)) * (at(predicted, i) - at(y, i));
  return sum / y.length;
}

/** Mean log loss in nats; a probability of exactly 0 or 1 counts as 1e-15 away from it. */
export function logLoss(predicted: ArrayLike<number>, y: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < y.length; i++) {
    const p = at(y, i) === 1 ? at(predicted, i) : 1 - at(predicted, i);
    sum -= Math.log(Math.max(p, 1e-15));
  }
  return sum / y.length;
}

/** Ten bins of about equal count; equal predictions never part, so a constant prediction makes a single bin. */
function reliabilityBins(predicted: Float64Array, y: Uint8Array): ReliabilityBin[] {
  const order = Int32Array.from(y, (_, index) => index).sort((a, b) => at(predicted, a) - at(predicted, b) || a - b);
  const bins: ReliabilityBin[] = [];
  let from = 0;
  for (let bin = 1; bin <= BINS; bin++) {
    let until = Math.max(Math.floor((bin * y.length) / BINS), from);
    while (until > from && until < y.length && predicted[at(order, until)] === predicted[at(order, until - 1)]) until++;
    if (until === from) continue;
    bins.push(summarise(predicted, y, order.subarray(from, until)));
    from = until;
  }
  return bins;
}

function summarise(predicted: Float64Array, y: Uint8Array, members: Int32Array): ReliabilityBin {
  let [sumPredicted, hits] = [0, 0];
  for (const member of members) {
    sumPredicted += at(predicted, member);
    hits += at(y, member);
  }
  const n = members.length;
  return {
    n,
    from: at(predicted, at(members, 0)),
    to: at(predicted, at(members, n - 1)),
    meanPredicted: sumPredicted / n,
    observed: hits / n,
  };
}

function sumOf(values: Uint8Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
