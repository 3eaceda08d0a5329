import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalDecimal,
  compareDecimals,
  decimalOf,
  productOf,
  quotientText,
  scaleOf,
  sumOfDecimals,
} from './decimal.ts';

describe('canonicalDecimal', () => {
  it.each([
    ['167.65', '167.65'],
    ['7422', '7422'],
    ['0', '0'],
    ['0.00', '0'],
    ['167.650', '167.65'],
    ['7422.0', '7422'],
    ['007.5', '7.5'],
    ['+3.5', '3.5'],
    ['1e-8', '0.00000001'],
    ['1.25E+3', '1250'],
    ['1.25e1', '12.5'],
    ['12.5e-3', '0.0125'],
  ])('writes %s as %s', (given, written) => {
    expect(canonicalDecimal(given)).toBe(written);
  });

  it.each([
    '',
    ' ',
    '-1',
    '-0',
    'abc',
    '1,5',
    '1.',
    '.5',
    'NaN',
    'Infinity',
    '0x10',
    ' 1',
    '1 ',
    '1e99',
    `1${'0'.repeat(18)}`,
    '1e-19',
    '１',
  ])('has no text for %j', (given) => {
    expect(canonicalDecimal(given)).toBeNull();
  });

  it('gives equal numbers the same text, and leaves that text as it is', () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.nat(8), fc.nat(4), fc.nat(4), (units, scale, zerosBefore, zerosAfter) => {
        const text = decimalOf(units, scale);
        const point = text.includes('.') ? '' : '.';
        const padded = `${'0'.repeat(zerosBefore)}${text}${zerosAfter === 0 ? '' : `${point}${'0'.repeat(zerosAfter)}`}`;
        expect(canonicalDecimal(padded)).toBe(text);
        expect(canonicalDecimal(`${units}e-${scale}`)).toBe(text);
        expect(Number(text)).toBeCloseTo(units / 10 ** scale, 6);
      }),
    );
  });
});

describe('scaleOf', () => {
  it('counts the digits after the point', () => {
    expect(['7422', '0.01', '129.935'].map(scaleOf)).toEqual([0, 2, 3]);
  });
});

describe('decimals', () => {
  it.each([
    ['0.1', '0.2', '0.3'],
    ['0.00000001', '1', '1.00000001'],
    ['0.5', '0.5', '1'],
    ['0', '0', '0'],
    ['999999999999.99999999', '0.00000001', '1000000000000'],
  ])('add without an error: %s and %s', (a, b, sum) => {
    expect(sumOfDecimals(a, b)).toBe(sum);
  });

  it('add and compare as whole numbers of their smallest unit do', () => {
    const units = fc.nat(1e9);
    fc.assert(
      fc.property(units, units, fc.nat(8), (a, b, scale) => {
        const [left, right] = [decimalOf(a, scale), decimalOf(b, scale)];
        expect(sumOfDecimals(left, right)).toBe(decimalOf(a + b, scale));
        expect(Math.sign(compareDecimals(left, right))).toBe(Math.sign(a - b));
      }),
    );
  });

  it('compare by value, whatever their number of digits', () => {
    expect(compareDecimals('9.5', '10')).toBeLessThan(0);
    expect(compareDecimals('0.1', '0.01')).toBeGreaterThan(0);
    expect(compareDecimals('7', '7')).toBe(0);
  });
});

describe('productOf', () => {
  it('is the double that the exact product reads as', () => {
    const decimal = fc.tuple(fc.nat(9_999_999), fc.nat(4)).map(([units, scale]) => decimalOf(units, scale));
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        expect(productOf(a, b)).toBe(Number(quotientText([a, b], [])));
      }),
    );
    expect(productOf('1.10', '3')).toBe(3.3);
    expect(1.1 * 3).not.toBe(3.3);
  });

  it('is near it where there are too many digits', () => {
    expect(productOf('300.3', '0.333333333333333333')).toBeCloseTo(100.1, 12);
  });
});

describe('quotientText', () => {
  it('divides products, to as many digits as are asked for', () => {
    expect(quotientText(['655.9'], ['7'])).toBe('93.7');
    expect(quotientText(['3', '1'], ['1', '3'])).toBe('1');
    expect(quotientText(['2'], ['3'])).toBe('0.666666666666666667');
    expect(quotientText(['2'], ['3'], 2)).toBe('0.67');
    expect(quotientText(['0', '12.5'], ['0.5'])).toBe('0');
    expect(quotientText(['12.5'], ['0.05'], 0)).toBe('250');
  });
});
