/** A number written as decimal text, such as "167.65". Prices are never binary floats in storage, in events or in the API. */
export type Decimal = string;

const CANONICAL = /^(?:0|[1-9]\d{0,17})(?:\.\d{0,17}[1-9])?$/;
const NUMBER = /^\+?(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,2}))?$/;
const MOST_DIGITS = 18;

/**
 * The one way in which we write a number that is not negative: no sign, no exponent, no zero that could be left out ("7422", "167.65",
 * "0.5"). Equal numbers have equal text, so texts can be compared and hashed. Null when the text is not such a number, or has
 * more than 18 digits before or after its point.
 */
export function canonicalDecimal(text: string): Decimal | null {
  if (CANONICAL.test(text)) return text;

  const [, whole, fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  if (whole === undefined) return null;

  const point = whole.length + Number(exponent);
  const digits = `${'0'.repeat(Math.max(0, -point))}${whole}${fraction}`.padEnd(point, '0');
  return withinLimits(digits.slice(0, Math.max(0, point)), digits.slice(Math.max(0, point)));
}

/** The decimal text of `units` x 10^-`scale`; `units` is a whole number, not negative: decimalOf(16765, 2) is "167.65". */
export function decimalOf(units: number, scale: number): Decimal {
  const digits = String(units).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return written(digits.slice(0, point), digits.slice(point));
}

/** The sum of canonical decimals, exact. */
export function sumOfDecimals(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(scaleOf(a), scaleOf(b));
  const digits = String(unitsOf(a, scale) + unitsOf(b, scale)).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return written(digits.slice(0, point), digits.slice(point));
}

/** Below, at or above 0 as `a` is less than, equal to or greater than `b`; both canonical. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const scale = Math.max(scaleOf(a), scaleOf(b));
  const [left, right] = [unitsOf(a, scale), unitsOf(b, scale)];
  return left < right ? -1 : Number(left > right);
}

/** How many digits a canonical decimal has after its point. */
export function scaleOf(decimal: Decimal): number {
  const point = decimal.indexOf('.');
  return point < 0 ? 0 : decimal.length - point - 1;
}

function unitsOf(decimal: Decimal, scale: number): bigint {
  const [whole = '', fraction = ''] = decimal.split('.');
  return BigInt(`${whole}${fraction.padEnd(scale, '0')}`);
}

/** The largest power of ten that a double holds exactly is 10^22. */
const MOST_EXACT_SCALE = 22;

/**
 * The double nearest to the product of two canonical decimals, so that equal products are equal doubles: of two whole numbers below 2^53 and
 * one division. A product with more digits than that is rounded twice.
 */
export function productOf(a: Decimal, b: Decimal): number {
  const units = Number(a.replace('.', '')) * Number(b.replace('.', ''));
  const scale = scaleOf(a) + scaleOf(b);
  return Number.isSafeInteger(units) && scale <= MOST_EXACT_SCALE ? units / 10 ** scale : Number(a) * Number(b);
}

/** The product of some canonical decimals / the product of others above 0, rounded to so many digits after the point. */
export function quotientText(
  numerators: readonly Decimal[],
  denominators: readonly Decimal[],
  digits = MOST_DIGITS,
): Decimal {
  const [above, below] = [productUnits(numerators), productUnits(denominators)];
  const [numerator, denominator] = [above.units * 10n ** BigInt(below.scale), below.units * 10n ** BigInt(above.scale)];
  const rounded = (numerator * 2n * 10n ** BigInt(digits) + denominator) / (denominator * 2n);
  const text = String(rounded).padStart(digits + 1, '0');
  return written(text.slice(0, text.length - digits), text.slice(text.length - digits));
}

/** A product of decimals: units x 10^-scale. */
function productUnits(decimals: readonly Decimal[]): { readonly units: bigint; readonly scale: number } {
  return {
    units: decimals.reduce((product, decimal) => product * BigInt(decimal.replace('.', '')), 1n),
    scale: decimals.reduce((sum, decimal) => sum + scaleOf(decimal), 0),
  };
}

function withinLimits(whole: string, fraction: string): Decimal | null {
  const decimal = written(whole, fraction);
  const scale = scaleOf(decimal);
  const wholeDigits = decimal.length - (scale === 0 ? 0 : scale + 1);
  return scale <= MOST_DIGITS && wholeDigits <= MOST_DIGITS ? decimal : null;
}

function written(whole: string, fraction: string): Decimal {
  const front = whole.replace(/^0+/, '') || '0';
  const back = fraction.replace(/0+$/, '');
  return back === '' ? front : `${front}.${back}`;
}
