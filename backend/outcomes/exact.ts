import type { Decimal } from '../market-data/bar.ts';
import { canonicalDecimal, decimalOf, productOf, quotientText, scaleOf } from '../market-data/decimal.ts';
import { InvalidInput } from '../platform/errors.ts';

/** The prices that an instrument can have: price = ticks x units / power, units and power being whole numbers. */
export type TickGrid = {
  readonly units: number;
  readonly power: number;
  /** Digits after the point: power = 10^scale. */
  readonly scale: number;
};

/** Throws InvalidInput when the tick is no decimal above zero. */
export function tickGrid(tick: Decimal): TickGrid {
  const text = canonicalDecimal(tick);
  if (text === null || text === '0') throw new InvalidInput('tick', tick, 'a decimal number above 0');
  const scale = scaleOf(text);
  return { units: Number(text.replace('.', '')), power: 10 ** scale, scale };
}

/** How many ticks a price or a distance is, rounded to the nearest. */
export function ticksOf(price: number, grid: TickGrid): number {
  return Math.round((price * grid.power) / grid.units);
}

/** The double that the decimal text of this price reads as: both operands are whole, and one division rounds correctly. */
export function priceAt(ticks: number, grid: TickGrid): number {
  return (ticks * grid.units) / grid.power;
}

/** The same price x a scale, as the bars of that scale have it. */
export function scaledPrice(ticks: number, grid: TickGrid, scale: Decimal): number {
  return productOf(decimalOf(ticks * grid.units, grid.scale), scale);
}

/** A double that was read from decimal text, back as that text. */
export function decimalText(value: number): Decimal {
  const text = canonicalDecimal(String(value));
  if (text === null)
    throw new RangeError(`price is ${value}, expected a number >= 0 with at most 18 digits before and after its point`);
  return text;
}

/** More digits than any tick, fewer than a double holds of a price. */
const QUOTIENT_SCALE = 10;

/**
 * An adjusted price / the scale of its plan, as the double that a decimal of at most 10 digits after its point reads as: what was a price
 * on a tick is that price again.
 */
export function quotientOf(price: number, scale: Decimal): number {
  return Number(quotientText([decimalText(price)], [scale], QUOTIENT_SCALE));
}

const FIXED_SCALE = 18;

/** A decimal as a whole number of 10^-18: exact, as no decimal of ours has more than 18 digits after its point. */
export function fixed(decimal: Decimal): bigint {
  return BigInt(decimal.replace('.', '')) * 10n ** BigInt(FIXED_SCALE - scaleOf(decimal));
}

/** a / b rounded to 4 digits, halves away from zero (as SQL's round does): "-0.9375", "1.5", "0". */
export function ratioText(a: bigint, b: bigint): Decimal {
  const numerator = a < 0n ? -a : a;
  const denominator = b < 0n ? -b : b;
  const rounded = (numerator * 20_000n + denominator) / (denominator * 2n);
  const digits = String(rounded).padStart(5, '0');
  const text = canonicalDecimal(`${digits.slice(0, -4)}.${digits.slice(-4)}`) ?? '0';
  return a < 0n !== b < 0n && rounded !== 0n ? `-${text}` : text;
}
