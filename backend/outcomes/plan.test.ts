import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixed } from './exact.ts';
import { labelSpecs } from './label-spec.ts';
import { makePlan } from './plan.ts';

const spec = labelSpecs['1m'];

describe('makePlan', () => {
  it('puts stop and target 3 and 4.5 ATR from the reference, on ticks', () => {
    expect(makePlan({ side: 'LONG', close: 167.65, atr: 0.0714, tick: '0.01', spec })).toEqual({
      side: 'LONG',
      entry: { kind: 'MARKET_NEXT_OPEN' },
      referencePrice: '167.65',
      stop: '167.44',
      targets: [{ price: '167.97', fraction: '1' }],
      timeLimitMinutes: 60,
      flatAtClose: true,
      riskPerUnit: '0.21',
      riskReward: '1.5238',
    });
  });

  it('mirrors the plan for SHORT', () => {
    expect(makePlan({ side: 'SHORT', close: 167.65, atr: 0.0714, tick: '0.01', spec })).toMatchObject({
      stop: '167.86',
      targets: [{ price: '167.33' }],
      riskPerUnit: '0.21',
      riskReward: '1.5238',
    });
  });

  it('takes the tick next to a close that lies between two', () => {
    const plan = makePlan({ side: 'LONG', close: 7424.913, atr: 3.3, tick: '0.05', spec });
    expect(plan).toMatchObject({ referencePrice: '7424.9', stop: '7415', riskPerUnit: '9.9' });
  });

  it.each([
    ['an ATR of less than half a tick at three of them', 0.0016],
    ['no ATR', 0],
    ['an ATR that is no number', Number.NaN],
    ['an infinite ATR', Number.POSITIVE_INFINITY],
    ['a stop at or below zero', 34],
  ])('is null for %s', (_, atr) => {
    expect(makePlan({ side: 'LONG', close: 100, atr, tick: '0.01', spec })).toBeNull();
  });

  it('is null when the target of a SHORT would not be above zero', () => {
    expect(makePlan({ side: 'SHORT', close: 100, atr: 25, tick: '0.01', spec })).toBeNull();
    expect(makePlan({ side: 'LONG', close: 100, atr: 25, tick: '0.01', spec })).not.toBeNull();
  });

  it.each(['0', '-0.01', 'a cent', ''])('refuses the tick %j by name', (tick) => {
    expect(() => makePlan({ side: 'LONG', close: 100, atr: 1, tick, spec })).toThrow(
      /^tick is ".*", expected a decimal number above 0$/,
    );
  });

  it('writes prices that are whole ticks and as far apart as it says, for any close, ATR and tick', () => {
    const ticks = fc.constantFrom('0.01', '0.05', '0.0001', '0.25', '1', '0.00000001');
    const numbers = fc.record({
      close: fc.double({ min: 1, max: 100_000, noNaN: true }),
      share: fc.double({ min: 0.001, max: 0.2, noNaN: true }),
    });
    fc.assert(
      fc.property(ticks, numbers, fc.constantFrom('LONG', 'SHORT'), (tick, { close, share }, side) => {
        const plan = makePlan({ side, close, atr: close * share, tick, spec });
        if (plan === null) return;
        const [reference, stop, target] = [plan.referencePrice, plan.stop, plan.targets[0].price].map(fixed);
        if (reference === undefined || stop === undefined || target === undefined)
          throw new Error('a price is missing');
        const sign = side === 'LONG' ? 1n : -1n;
        for (const price of [reference, stop, target]) expect(price % fixed(tick)).toBe(0n);
        expect(sign * (reference - stop)).toBe(fixed(plan.riskPerUnit));
        expect(sign * (target - reference)).toBeGreaterThan(0n);
        // At most half of its last digit away, in whole numbers: a half as such (16 ticks at risk) is that far away.
        const [risk, reward] = [sign * (reference - stop), sign * (target - reference)];
        const away = fixed(plan.riskReward) * risk - reward * fixed('1');
        expect(20_000n * (away < 0n ? -away : away)).toBeLessThanOrEqual(risk * fixed('1'));
      }),
    );
  });
});
