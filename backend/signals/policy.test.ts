import { describe, expect, it } from 'vitest';
import { chooseSide, type SideScore } from './policy.ts';

const open = { topQuantile: 0.02, requireEdge: false };
const strict = { topQuantile: 0.02, requireEdge: true };
const score = (side: SideScore['side'], other: Partial<SideScore> = {}): SideScore => ({
  ...{ side, rawScore: 1, threshold: 0.5, confidence: 0.4, baselineProbability: 0.3, edge: 'SHOWN' },
  ...other,
});

describe('chooseSide', () => {
  it('publishes a side whose score stands above its threshold, and not one that stands at it', () => {
    expect(chooseSide([score('LONG', { rawScore: 0.500001 }), score('SHORT', { rawScore: 0.5 })], open)).toMatchObject({
      side: 'LONG',
    });
    expect(chooseSide([score('LONG', { rawScore: 0.5 }), score('SHORT', { rawScore: -3 })], open)).toBe(
      'BELOW_THRESHOLD',
    );
    expect(chooseSide([score('LONG', { rawScore: Number.NaN })], open)).toBe('BELOW_THRESHOLD');
    expect(chooseSide([], open)).toBe('BELOW_THRESHOLD');
  });

  it('takes the side whose confidence stands further above what one would say of it without a model', () => {
    const likely = score('LONG', { confidence: 0.6, baselineProbability: 0.55 });
    const telling = score('SHORT', { confidence: 0.3, baselineProbability: 0.1 });
    expect(chooseSide([likely, telling], open)).toBe(telling);
    expect(chooseSide([telling, likely], open)).toBe(telling);
  });

  it('takes LONG when neither tells more', () => {
    expect(chooseSide([score('LONG'), score('SHORT')], open)).toMatchObject({ side: 'LONG' });
  });

  it('says nothing of a side without a shown edge where one is required, and of the other one what there is to say', () => {
    const unproven = score('LONG', { edge: 'NOT_SHOWN', confidence: 0.9 });
    expect(chooseSide([unproven], strict)).toBe('EDGE_NOT_SHOWN');
    expect(chooseSide([unproven, score('SHORT')], strict)).toMatchObject({ side: 'SHORT' });
    expect(chooseSide([unproven, score('SHORT', { rawScore: 0 })], strict)).toBe('EDGE_NOT_SHOWN');
    expect(chooseSide([unproven, score('SHORT')], open)).toMatchObject({ side: 'LONG', edge: 'NOT_SHOWN' });
  });
});
