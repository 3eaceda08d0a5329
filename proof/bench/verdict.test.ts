import { describe, expect, it } from 'vitest';
import type { Benchmark, Goal, Outcome } from './benchmark.ts';
import { withSection } from './results.ts';
import { isMet, rowsOf, spreadOf } from './verdict.ts';

const ours = { name: 'ours', role: 'ours', cpu: 2, wall: 3, middle: [1.5, 2.5] } as const;
const peer = { name: 'peer', role: 'peer', cpu: 12, wall: 13, middle: [11, 14] } as const;
const limit = { name: 'limit', role: 'limit', cpu: 1, wall: 1, middle: [1, 1] } as const;

function outcomeOf(id: string, name: string, goals: readonly Goal[] = []): Outcome {
  const unit = { name: 'ns a bar', perMicrosecond: 1_000 };
  const benchmark: Benchmark = {
    ...{ id, name, work: `Work of ${name}.`, unit, peers: [], rounds: 5, goals },
    prepare: () => Promise.reject(new Error('not prepared here')),
  };
  return { benchmark, figures: [peer, limit, ours], checked: ['equal'], notes: [] };
}

describe('a goal', () => {
  it.each<[Goal, boolean]>([
    [{ most: 2_000 }, true],
    [{ most: 1_999 }, false],
    [{ speed: 6, of: 'peer' }, true],
    [{ speed: 6.01, of: 'peer' }, false],
    [{ cost: 0.17, of: 'peer' }, true],
    [{ cost: 0.16, of: 'peer' }, false],
  ])('%j is met: %s', (goal, met) => {
    expect(isMet(goal, ours, peer, 1_000)).toBe(met);
  });
});

describe('the table', () => {
  it('has ours first, and each goal beside the variant that it names', () => {
    const rows = rowsOf(outcomeOf('P9', 'features', [{ most: 1_000 }, { speed: 0.5, of: 'limit' }]));
    expect(rows.map(({ variant, cpu, ratio, met }) => [variant, cpu, ratio, met])).toEqual([
      ['ours', '2000', '', 'NO'],
      ['peer: peer', '12000', '6.00x', ''],
      ['limit: limit', '1000', '0.500x', 'yes'],
    ]);
  });
});

describe('the spread', () => {
  it('is that of each variant, in the unit of the table', () => {
    expect(spreadOf(outcomeOf('P9', 'features'))).toBe(
      'CPU in the middle half of the rounds: peer 11000-14000; limit 1000-1000; ours 1500-2500',
    );
  });
});

describe('the file of results', () => {
  it('has a section a benchmark by their numbers, and the last outcome of each', () => {
    const first = withSection('', outcomeOf('P10', 'replay'), ['date: 1']);
    const second = withSection(first, outcomeOf('P9', 'features'), ['date: 2']);
    const third = withSection(second, outcomeOf('P10', 'replay'), ['date: 3']);
    expect(third.match(/^## .*|^- date: .*/gm)).toEqual(['## P9 features', '- date: 2', '## P10 replay', '- date: 3']);
    expect(withSection(third, outcomeOf('P10', 'replay'), ['date: 3'])).toBe(third);
  });
});
