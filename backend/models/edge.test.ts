import { describe, expect, it } from 'vitest';
import { judgeEdge, MIN_BLOCKS, MIN_ENTRIES } from './edge.ts';

describe('judgeEdge', () => {
  const convincing = {
    entries: MIN_ENTRIES,
    blocks: MIN_BLOCKS,
    expectancy95: { low: 0.01, high: 0.4, level: 0.95 },
    pValue: 0.04,
    brier: 0.19,
    constantBrier: 0.2,
    flattened: false,
    trials: 1,
  };

  it('shows an edge only when every condition is met', () => {
    expect(judgeEdge(convincing)).toEqual({ edge: 'SHOWN', edgeMissed: [] });
  });

  it.each([
    ['too few entries', { entries: MIN_ENTRIES - 1 }, '29 entries, at least 30 needed'],
    ['too few stretches', { blocks: MIN_BLOCKS - 1 }, 'entries in 9 separate stretches, at least 10 needed'],
    [
      'an interval that touches zero',
      { expectancy95: { low: 0, high: 1, level: 0.95 } },
      'expectancy may be as low as 0.000 R, above 0 needed',
    ],
    ['no interval', { expectancy95: null }, 'expectancy may be anything, above 0 needed'],
    ['chance as likely', { pValue: 0.05 }, 'random entries: p = 0.0500, below 0.0500 needed'],
    ['a second trial', { trials: 2 }, 'random entries: p = 0.0400, below 0.0250 needed'],
    ['no better probabilities', { brier: 0.2 }, "Brier 0.20000, below the constant's 0.20000 needed"],
    [
      'a score that the calibration window contradicts',
      { flattened: true },
      'higher scores hit less often in the calibration window',
    ],
    ['a broken number', { brier: Number.NaN }, "Brier NaN, below the constant's 0.20000 needed"],
  ])('shows none with %s', (_, change, reason) => {
    expect(judgeEdge({ ...convincing, ...change })).toEqual({ edge: 'NOT_SHOWN', edgeMissed: [reason] });
  });
});
