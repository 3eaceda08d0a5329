import type { Decimal, Timeframe } from '../market-data/bar.ts';
import { canonicalDecimal, scaleOf } from '../market-data/decimal.ts';
import { type Barriers, type ExitReason, type Label, labelOf } from './barriers.ts';
import { type CostSpec, costPerUnit } from './costs.ts';
import { decimalText, fixed, priceAt, ratioText, tickGrid } from './exact.ts';

/** Goes up with every change that could settle the same bars differently. */
export const SETTLER_VERSION = 2;

/** How a filled signal ended. R is gain per unit over the plan's riskPerUnit, to 4 digits. */
export type Outcome = {
  readonly label: Label;
  readonly exitReason: ExitReason;
  /** In the basis of the plan: raw prices of the time of the decision. */
  readonly entryFill: Decimal;
  readonly exitFill: Decimal;
  /** Units into which splits made each unit between the decision and the end: exitFill / factor is what was paid. Absent: none did. */
  readonly splitFactor?: Decimal;
  readonly grossR: Decimal;
  /** (gain - costs) / riskPerUnit. */
  readonly netR: Decimal;
  /** Of the round trip, per unit, in the instrument's currency. */
  readonly costs: Decimal;
  /** Best and worst point of the position while it was held: mfeR >= 0, maeR <= 0. Of the exit's bar only its open and the fill count. */
  readonly mfeR: Decimal;
  readonly maeR: Decimal;
  /** Bars with the position open. A bar that was left at its open is not one of them. */
  readonly barsHeld: number;
  readonly ambiguous: boolean;
  /** Size of the bars that were used. */
  readonly resolution: Timeframe;
  /** knownTime of the bar that showed the end, in ms. */
  readonly settledAt: number;
  readonly settlerVersion: number;
  /**
   * SHA-256 in hex over the bars from the entry's to the exit's, in order, one line each:
   * barStart,open,high,low,close,volume,revision and a line feed; barStart in ms, numbers as canonical decimal text. A bar whose scale is
   * not 1, or before which there was a halt, has ,priceScale,haltedMs before the line feed.
   */
  readonly dataHash: string;
};

type Settled = {
  /** In the basis of the plan. */
  readonly state: Barriers;
  readonly splitFactor?: Decimal;
  readonly riskPerUnit: Decimal;
  readonly tick: Decimal;
  readonly costs: CostSpec;
  readonly resolution: Timeframe;
  readonly settledAt: number;
  readonly dataHash: string;
};

/** The record of an exited position. Its R are computed from its own decimal text, so anybody can compute them again. */
export function outcomeOf(settled: Settled): Outcome {
  const { state, splitFactor, riskPerUnit, tick, costs, resolution, settledAt, dataHash } = settled;
  const { sign, exitReason } = state;
  if (exitReason === null) throw new Error('a position that was not left has no outcome');
  const entryFill = decimalText(state.entry);
  const exitFill = decimalText(state.exit);
  const costText = roundedCosts(costPerUnit(costs, state, priceAt(1, tickGrid(tick))), tick);

  const entry = fixed(entryFill);
  const risk = fixed(riskPerUnit);
  const gainTo = (price: Decimal): bigint => BigInt(sign) * (fixed(price) - entry);
  const [best, worst] = sign === 1 ? [state.high, state.low] : [state.low, state.high];
  return {
    label: labelOf(state),
    exitReason,
    entryFill,
    exitFill,
    ...(splitFactor === undefined ? {} : { splitFactor }),
    grossR: ratioText(gainTo(exitFill), risk),
    netR: ratioText(gainTo(exitFill) - fixed(costText), risk),
    costs: costText,
    mfeR: ratioText(gainTo(decimalText(best)), risk),
    maeR: ratioText(gainTo(decimalText(worst)), risk),
    barsHeld: state.barsHeld,
    ambiguous: state.ambiguous,
    resolution,
    settledAt,
    settlerVersion: SETTLER_VERSION,
    dataHash,
  };
}

/** Four digits finer than the tick. */
function roundedCosts(costs: number, tick: Decimal): Decimal {
  const text = canonicalDecimal(costs.toFixed(Math.min(18, scaleOf(tick) + 4)));
  if (text === null) throw new RangeError(`costs are ${costs} per unit, expected a number >= 0 below 10^18`);
  return text;
}
