import { describe, expect, it } from 'vitest';
import type { Label } from './barriers.ts';
import { type SignalRecord, summarise } from './performance.ts';
import type { Side } from './plan.ts';

function settled(side: Side, label: Label, netR: string, ambiguous = false): SignalRecord {
  const state = ({ '1': 'TARGET_HIT', '-1': 'STOP_HIT', '0': 'TIME_EXIT' } as const)[label];
  const baselineProbability = side === 'LONG' ? 0.4 : 0.2;
  const chance = side === 'LONG' ? { meanR: 0.3, n: 20 } : { meanR: -0.1, n: 7 };
  return { side, state, outcome: { label, netR, ambiguous }, baselineProbability, chance };
}

function unsettled(side: Side, state: SignalRecord['state']): SignalRecord {
  return { side, state, outcome: null, baselineProbability: 0.9, chance: { meanR: 9, n: 9 } };
}

const signals: SignalRecord[] = [
  settled('LONG', 1, '1.4'),
  settled('LONG', -1, '-1.1', true),
  unsettled('LONG', 'PUBLISHED'),
  settled('SHORT', -1, '-1.1'),
  unsettled('SHORT', 'TRIGGERED'),
  unsettled('SHORT', 'EXPIRED_UNTRIGGERED'),
  unsettled('LONG', 'CANCELLED'),
  settled('SHORT', 0, '0.2'),
  unsettled('LONG', 'SUPERSEDED'),
  unsettled('LONG', 'VOID_DATA'),
];

function summary(records: readonly SignalRecord[]) {
  return summarise({ signals: records, random: () => 0.5 });
}

describe('summarise', () => {
  it('accounts for every published signal', () => {
    const { published, n, excluded, hits, sides } = summary(signals);
    expect({ published, n, hits }).toEqual({ published: 10, n: 4, hits: 1 });
    expect(excluded).toEqual({ untriggered: 1, cancelled: 1, void: 1, superseded: 1, open: 2 });
    expect(sides.LONG).toMatchObject({
      published: 6,
      n: 2,
      excluded: { cancelled: 1, superseded: 1, void: 1, open: 1, untriggered: 0 },
    });
    expect(sides.SHORT).toMatchObject({ published: 4, n: 2, excluded: { untriggered: 1, open: 1 } });
  });

  it('computes the figures from net R in the order of settlement', () => {
    const { hitRate, expectancyR, profitFactor, maxDrawdownR, ambiguousRatio } = summary(signals);
    expect(hitRate.value).toBe(0.25);
    expect(hitRate.interval?.low).toBeCloseTo(0.0456, 4);
    expect(hitRate.interval?.high).toBeCloseTo(0.6994, 4);
    expect(expectancyR.value).toBeCloseTo(-0.15, 12);
    expect(profitFactor).toBeCloseTo(1.6 / 2.2, 12);
    expect(maxDrawdownR).toBeCloseTo(2.2, 12);
    expect(ambiguousRatio).toBe(0.25);
  });

  it('puts what less knowledge makes beside each figure', () => {
    const { hitRate, expectancyR, sides } = summary(signals);
    // Up was right twice (a LONG hit, a SHORT stop), down once (a LONG stop).
    expect(hitRate.baseline).toEqual({
      baseRate: { value: expect.closeTo(0.3, 12), n: 4 },
      alwaysMajority: { value: 0.5, n: 4 },
    });
    expect(expectancyR.baseline).toEqual({
      noTrade: { value: 0, n: 4 },
      randomEntry: { value: expect.closeTo(0.1, 12), n: 54 },
    });
    expect(sides.LONG.hitRate.baseline['baseRate']?.value).toBeCloseTo(0.4, 12);
    expect(sides.SHORT.expectancyR.baseline['randomEntry']).toEqual({ value: expect.closeTo(-0.1, 12), n: 14 });
    const right = summary([settled('LONG', 1, '1'), settled('SHORT', -1, '-1')]);
    expect(right.hitRate.baseline['alwaysMajority']).toEqual({ value: 1, n: 2 });
  });

  it('takes the mean over the signals that chance was tried on', () => {
    const untried = { ...settled('LONG', 1, '1'), chance: null };
    const { expectancyR } = summary([settled('LONG', 1, '1'), untried]);
    expect(expectancyR.baseline['randomEntry']).toEqual({ value: 0.3, n: 20 });
    expect(summary([untried]).expectancyR.baseline['randomEntry']).toEqual({ value: null, n: 0 });
  });

  it('answers null, not a number, where nothing is settled', () => {
    const { hitRate, expectancyR, profitFactor, maxDrawdownR, ambiguousRatio } = summary([
      unsettled('LONG', 'PUBLISHED'),
    ]);
    expect(hitRate).toEqual({
      value: null,
      n: 0,
      interval: null,
      baseline: { baseRate: { value: null, n: 0 }, alwaysMajority: { value: null, n: 0 } },
      excluded: { untriggered: 0, cancelled: 0, void: 0, superseded: 0, open: 1 },
    });
    expect([expectancyR.value, expectancyR.interval, profitFactor, maxDrawdownR, ambiguousRatio]).toEqual(
      Array(5).fill(null),
    );
  });

  it('refuses a signal that was left and lost its outcome, rather than to leave it out', () => {
    expect(() => summary([unsettled('LONG', 'STOP_HIT')])).toThrow('a signal in state STOP_HIT has no outcome');
  });
});
