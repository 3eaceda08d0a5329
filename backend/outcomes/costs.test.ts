import { describe, expect, it } from 'vitest';
import { type CostSpec, costPerUnit, type RoundTrip } from './costs.ts';

const free: CostSpec = {
  halfSpreadTicks: 0,
  commissionPerUnit: 0,
  commissionRatio: 0,
  slippage: { orderValue: 10_000, volumeLimit: 0.025, priceImpact: 0 },
  borrowRatioPerYear: 0,
};
const trip: RoundTrip = {
  sign: 1,
  entry: 100,
  entryVolume: 10_000,
  entryTime: 0,
  exit: 104,
  exitVolume: 10_000,
  exitTime: 73 * 86_400_000,
};

function costs(spec: Partial<CostSpec>, parts: Partial<RoundTrip> = {}): number {
  return costPerUnit({ ...free, ...spec }, { ...trip, ...parts }, 0.01);
}

describe('costPerUnit', () => {
  it('takes half the spread at the entry and at the exit', () => {
    expect(costs({ halfSpreadTicks: 0.5 })).toBeCloseTo(0.01, 12);
  });

  it('takes commission by the unit and by the value of each fill', () => {
    expect(costs({ commissionPerUnit: 0.0035 })).toBeCloseTo(0.007, 12);
    expect(costs({ commissionRatio: 0.0025 })).toBeCloseTo(0.51, 12);
  });

  it('takes slippage by the square of the share of the volume', () => {
    const slippage = { orderValue: 10_000, volumeLimit: 0.025, priceImpact: 0.1 };
    // 100 units of 10,000 are a share of 1 %: 100 x 0.1 x 0.0001; at 104 the share is 1/104 of 100 %.
    expect(costs({ slippage })).toBeCloseTo(0.001 + 104 * 0.1 * (1 / 104) ** 2, 12);
  });

  it('never counts more than the limit as share, which a bar without volume has', () => {
    const slippage = { orderValue: 10_000, volumeLimit: 0.025, priceImpact: 0.1 };
    const limit = (100 + 104) * 0.1 * 0.025 ** 2;
    expect(costs({ slippage }, { entryVolume: 5, exitVolume: 0 })).toBeCloseTo(limit, 12);
  });

  it('takes the fee for borrowed units from a SHORT by the time held', () => {
    // 73 of 365 days at 10 % of 100.
    expect(costs({ borrowRatioPerYear: 0.1 }, { sign: -1 })).toBeCloseTo(2, 12);
    expect(costs({ borrowRatioPerYear: 0.1 })).toBe(0);
  });
});
