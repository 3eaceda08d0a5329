import { describe, expect, it } from 'vitest';
import { decimalText, fixed, priceAt, ratioText, tickGrid, ticksOf } from './exact.ts';

describe('the tick grid', () => {
  it('gives back the very double that the decimal text reads as', () => {
    for (const tick of ['0.01', '0.05', '0.0001', '0.00000001']) {
      const grid = tickGrid(tick);
      for (let ticks = 1; ticks < 20_000; ticks += 7) {
        const price = priceAt(ticks, grid);
        expect(price).toBe(Number(price.toFixed(grid.scale)));
        expect(ticksOf(price, grid)).toBe(ticks);
      }
    }
  });
});

describe('decimalText', () => {
  it.each([
    [167.65, '167.65'],
    [100, '100'],
    [8.12e-7, '0.000000812'],
    [0, '0'],
  ])('writes %d without exponent or noise', (value, text) => {
    expect(decimalText(value)).toBe(text);
  });

  it('refuses what is no price', () => {
    expect(() => decimalText(Number.NaN)).toThrow('price is NaN');
    expect(() => decimalText(-1)).toThrow('price is -1');
  });
});

describe('ratioText', () => {
  it.each([
    ['0.01', '0.32', '0.0313'],
    ['1', '3', '0.3333'],
    ['2', '3', '0.6667'],
    ['3', '2', '1.5'],
    ['0', '7', '0'],
    ['0.00001', '1', '0'],
    ['12345.6', '0.1', '123456'],
  ])('divides %s by %s to 4 digits, halves away from zero', (a, b, text) => {
    expect(ratioText(fixed(a), fixed(b))).toBe(text);
    expect(ratioText(-fixed(a), fixed(b))).toBe(text === '0' ? '0' : `-${text}`);
  });
});
