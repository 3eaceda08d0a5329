import { describe, expect, it } from 'vitest';
import { latenessIn } from './machine.ts';

describe('latenessIn', () => {
  const lines = Array.from({ length: 100 }, (_, index) => ({ at: 1_000 + 100 * index, late: index === 40 ? 70 : 1 }));

  it('counts what was told in the time and nothing else', () => {
    expect(latenessIn(lines, { from: 1_000, until: 4_000 }).most).toBe(1);
    expect(latenessIn(lines, { from: 1_000, until: 10_900 })).toEqual({ p99: 70, most: 70 });
  });

  it('takes silence for lateness', () => {
    expect(latenessIn(lines, { from: 1_000, until: 12_900 }).most).toBe(2_000);
    expect(latenessIn([], { from: 0, until: 500 }).most).toBe(500);
  });
});
