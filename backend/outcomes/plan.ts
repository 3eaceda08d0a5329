import type { Decimal } from '../market-data/bar.ts';
import { decimalOf } from '../market-data/decimal.ts';
import { ratioText, type TickGrid, tickGrid, ticksOf } from './exact.ts';
import type { LabelSpec } from './label-spec.ts';

export const SIDES = ['LONG', 'SHORT'] as const;
export type Side = (typeof SIDES)[number];

/** What a client does with a signal. Prices are decimal text on the instrument's ticks. */
export type Plan = {
  readonly side: Side;
  readonly entry: { readonly kind: 'MARKET_NEXT_OPEN' };
  /** The decision bar's close, to the nearest tick. Nobody is filled here: the initial risk is measured from it. */
  readonly referencePrice: Decimal;
  readonly stop: Decimal;
  /** `fraction` of the position that leaves at this price. */
  readonly targets: readonly [{ readonly price: Decimal; readonly fraction: Decimal }];
  /** Trading minutes from the entry. */
  readonly timeLimitMinutes: number;
  readonly flatAtClose: boolean;
  /** |referencePrice - stop|: one R. */
  readonly riskPerUnit: Decimal;
  /** |target - referencePrice| / riskPerUnit, to 4 digits. */
  readonly riskReward: Decimal;
};

type PlanInput = {
  readonly side: Side;
  /** Close of the decision bar, as features have it: adjusted for splits. */
  readonly close: number;
  readonly atr: number;
  /** Of the decision bar: adjusted price / scale is what a client pays. Default 1. */
  readonly priceScale?: number;
  readonly tick: Decimal;
  readonly spec: LabelSpec;
};

/**
 * The plan of a signal, in raw prices. The distances of stop and target are rounded to the nearest tick, so that LONG and SHORT mirror each
 * other; neither ever equals the reference price. Null when a distance is less than a tick after rounding, or a level would not
 * be above zero: then there is nothing to trade.
 */
export function makePlan({ tick, ...input }: PlanInput): Plan | null {
  const { side, spec } = input;
  const grid = tickGrid(tick);
  const levels = planLevels(input, grid);
  if (levels === null) return null;

  const text = (ticks: number): Decimal => decimalOf(ticks * grid.units, grid.scale);
  const risk = Math.abs(levels.reference - levels.stop);
  const reward = Math.abs(levels.target - levels.reference);
  return {
    side,
    entry: { kind: 'MARKET_NEXT_OPEN' },
    referencePrice: text(levels.reference),
    stop: text(levels.stop),
    targets: [{ price: text(levels.target), fraction: '1' }],
    timeLimitMinutes: spec.horizonMinutes,
    flatAtClose: spec.flatAtClose,
    riskPerUnit: text(risk),
    riskReward: ratioText(BigInt(reward), BigInt(risk)),
  };
}

/** Prices counted in ticks. */
type PlanLevels = { readonly reference: number; readonly stop: number; readonly target: number };

/** The three prices of a plan without their text: what labels need. Null as in makePlan. */
export function planLevels(input: Omit<PlanInput, 'tick'>, grid: TickGrid): PlanLevels | null {
  const { side, close, atr, priceScale = 1, spec } = input;
  const reference = ticksOf(close / priceScale, grid);
  const risk = ticksOf((spec.stopAtr * atr) / priceScale, grid);
  const reward = ticksOf((spec.targetAtr * atr) / priceScale, grid);
  // Written so that NaN and an infinite ATR are refused as well.
  const whole = risk >= 1 && reward >= 1 && Number.isSafeInteger((reference + risk + reward) * grid.units);
  if (!whole) return null;

  const sign = signOf(side);
  const stop = reference - sign * risk;
  const target = reference + sign * reward;
  return stop > 0 && target > 0 ? { reference, stop, target } : null;
}

/** +1 when the position gains with the price, else -1. */
export function signOf(side: Side): 1 | -1 {
  return side === 'LONG' ? 1 : -1;
}
