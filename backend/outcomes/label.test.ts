import { describe, expect, it } from 'vitest';
import { toNumeric } from '../market-data/bar.ts';
import { local, minute, xnys } from './bars.fixture.ts';
import { label } from './label.ts';
import { labelSpecs } from './label-spec.ts';

const spec = labelSpecs['1m'];
const decision = minute('10:00', [99.9, 100.1, 99.8, 100]);
const entry = minute('10:02', [100.05, 100.2, 99.9, 100.1]);

function labelAfter(later: readonly ReturnType<typeof minute>[], atr = 0.2) {
  const bars = [decision, ...later].map(toNumeric);
  return label({ bars, decisionIndex: 0, atr, side: 'LONG', spec, tick: '0.01', calendar: xnys });
}

describe('label', () => {
  it('is measured from the open of the first bar that an order can reach', () => {
    const found = labelAfter([minute('10:01', [99]), entry, minute('10:03', [100.1, 100.9, 100, 100.5])]);
    expect(found).toMatchObject({ exitReason: 'TARGET_HIT', label: 1, ambiguous: false, spanEnd: local('10:04') });
    expect(found?.exitReason === 'TARGET_HIT' && found.grossR).toBeCloseTo(0.85 / 0.6, 10);
    expect(found?.exitReason === 'TARGET_HIT' && found.netR).toBeCloseTo(0.84 / 0.6, 5);
  });

  it('is null while the data does not show the end', () => {
    expect(labelAfter([])).toBeNull();
    expect(labelAfter([entry, minute('10:03', [100.1])])).toBeNull();
  });

  it('is null when the ATR makes no plan', () => {
    expect(labelAfter([entry, minute('10:03', [98])], 0)).toBeNull();
  });

  it('tells a sample that nobody could have entered from a draw', () => {
    expect(labelAfter([minute('10:30', [100])])).toEqual({
      exitReason: 'EXPIRED_UNTRIGGERED',
      label: null,
      spanEnd: local('10:31'),
    });
  });

  it('is known by a later bar only, also when the decision bar ends its session', () => {
    const bars = [minute('15:59', [100]), minute('16:03', [100])].map(toNumeric);
    const input = { bars, atr: 0.2, side: 'LONG', spec, tick: '0.01', calendar: xnys } as const;
    expect(label({ ...input, decisionIndex: 0 })).toMatchObject({
      exitReason: 'EXPIRED_UNTRIGGERED',
      spanEnd: local('16:04'),
    });
    expect(label({ ...input, decisionIndex: 1 })).toBeNull();
  });

  it('refuses a decision that is no bar', () => {
    const input = { bars: [], decisionIndex: 3, atr: 1, side: 'LONG', spec, tick: '0.01', calendar: xnys } as const;
    expect(() => label(input)).toThrow('decisionIndex is 3, expected an index of 0 bars');
  });
});
