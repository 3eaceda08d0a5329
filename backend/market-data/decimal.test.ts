import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalDecimal, decimalOf, scaleOf } from './decimal.ts';

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
