import type { Interval } from '../outcomes/statistics.ts';

/** What the edge rule looks at, all from the test window. Null where there was no entry. */
type EdgeEvidence = {
  readonly entries: number;
  readonly blocks: number;
  readonly expectancy95: Interval | null;
  readonly pValue: number | null;
  readonly brier: number;
  readonly constantBrier: number;
  /** In the calibration window higher scores hit less often, so every confidence is the base rate. */
  readonly flattened: boolean;
  /** How many models of this family were tried on this history, this one included: each trial is a further chance of luck. */
  readonly trials: number;
};

export type Edge = 'SHOWN' | 'NOT_SHOWN';

export const MIN_ENTRIES = 30;
export const MIN_BLOCKS = 10;
const SIGNIFICANCE = 0.05;

/** The rule in words, printed with every verdict. It was fixed before any model was judged by it. */
export const EDGE_RULE =
  `edge is SHOWN when, in the test window, the top scores give at least ${MIN_ENTRIES} entries in at least ${MIN_BLOCKS} separate ` +
  'stretches of two horizons, the lower end of the 95 % interval of their expectancy is above 0 R, random entries do as well with ' +
  `p < ${SIGNIFICANCE} / trials, the Brier score is better than that of the constant base rate, and ` +
  'higher scores hit more often in the calibration window too';

/** The conditions of the rule that are not met, for a person; with none left the edge is SHOWN. */
export function judgeEdge(evidence: EdgeEvidence): { readonly edge: Edge; readonly edgeMissed: readonly string[] } {
  const { entries, blocks, expectancy95, pValue, brier, constantBrier, flattened, trials } = evidence;
  const limit = SIGNIFICANCE / trials;
  const missed: string[] = [];
  if (entries < MIN_ENTRIES) missed.push(`${entries} entries, at least ${MIN_ENTRIES} needed`);
  if (blocks < MIN_BLOCKS) missed.push(`entries in ${blocks} separate stretches, at least ${MIN_BLOCKS} needed`);
  if (expectancy95 === null || !(expectancy95.low > 0)) {
    missed.push(
      `expectancy may be ${expectancy95 === null ? 'anything' : `as low as ${expectancy95.low.toFixed(3)} R`}, above 0 needed`,
    );
  }
  if (pValue === null || !(pValue < limit)) {
    missed.push(
      `random entries: p = ${pValue === null ? 'unknown' : pValue.toFixed(4)}, below ${limit.toFixed(4)} needed`,
    );
  }
  if (!(brier < constantBrier))
    missed.push(`Brier ${brier.toFixed(5)}, below the constant's ${constantBrier.toFixed(5)} needed`);
  if (flattened) missed.push('higher scores hit less often in the calibration window');
  return { edge: missed.length === 0 ? 'SHOWN' : 'NOT_SHOWN', edgeMissed: missed };
}
