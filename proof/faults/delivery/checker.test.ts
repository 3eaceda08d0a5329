import { describe, expect, it } from 'vitest';
import { deliveryFaults, type Sent, unexplained, untold } from './checker.ts';

const SENT: Sent[] = Array.from({ length: 8 }, (_, index) => ({
  seq: index + 1,
  id: `n${index + 1}`,
  side: index % 2 === 0 ? 'LONG' : 'SHORT',
}));
const heard = (...seqs: number[]) => seqs.map((seq) => ({ seq, id: `n${seq}` }));
const all = { name: 'one', filter: 'all', after: 0 } as const;

describe('deliveryFaults', () => {
  it('finds nothing wrong with all of it, in order', () => {
    expect(deliveryFaults(SENT, heard(1, 2, 3, 4, 5, 6, 7, 8), all)).toEqual([]);
    expect(deliveryFaults(SENT, heard(1, 3, 5, 7), { ...all, filter: 'LONG' })).toEqual([]);
    expect(deliveryFaults(SENT, heard(6, 7, 8), { ...all, after: 5 })).toEqual([]);
  });

  it.each([
    ['lost', heard(1, 2, 4, 5, 6, 7, 8), 'one: lost 1: seq 3'],
    ['lost at the end', heard(1, 2, 3, 4, 5, 6), 'one: lost 2: seq 7, 8'],
    ['doubled', heard(1, 2, 2, 3, 4, 5, 6, 7, 8), 'one: doubled 1: seq 2'],
    ['doubled later', heard(1, 2, 3, 4, 5, 6, 7, 8, 1), 'one: doubled 1: seq 1'],
    ['out of order', heard(1, 3, 2, 4, 5, 6, 7, 8), 'one: out of order 1: seq 2'],
    ['never sent', heard(1, 2, 3, 4, 5, 6, 7, 8, 9), 'one: never sent, or not asked for 1: seq 9'],
    ['forged', [...heard(1, 2, 3, 4, 5, 6, 7), { seq: 8, id: 'n9' }], 'one: with other content 1: seq 8'],
  ])('finds what was %s', (_what, seen, fault) => {
    expect(deliveryFaults(SENT, seen, all)).toEqual([fault]);
  });

  it('does not ask for what was told to be lost, and for nothing less', () => {
    const lost = { from: 3, until: 6 };
    expect(deliveryFaults(SENT, heard(1, 2, 6, 7, 8), { ...all, lost })).toEqual([]);
    expect(deliveryFaults(SENT, heard(1, 2, 7, 8), { ...all, lost })).toEqual(['one: lost 1: seq 6']);
    expect(deliveryFaults(SENT, heard(1, 2, 5, 6, 7, 8), { ...all, lost })).toEqual([
      'one: never sent, or not asked for 1: seq 5',
    ]);
  });

  it('finds what was not asked for', () => {
    expect(deliveryFaults(SENT, heard(1, 2, 3, 5, 7), { ...all, filter: 'LONG' })).toEqual([
      'one: never sent, or not asked for 1: seq 2',
    ]);
  });
});

describe('untold', () => {
  const silence = { from: 100, until: 200, graceMs: 50 };
  it('asks for a word within the silence or soon after', () => {
    expect(untold([{ at: 150, state: 'stalled' }], silence)).toBe(false);
    expect(untold([{ at: 240, state: 'disconnected' }], silence)).toBe(false);
    expect(untold([{ at: 150, state: 'catching-up' }], silence)).toBe(false);
    expect(untold([{ at: 50, state: 'catching-up' }], silence)).toBe(false);
    expect(untold([], silence)).toBe(true);
    const between = [
      { at: 60, state: 'stalled' },
      { at: 90, state: 'live' },
      { at: 260, state: 'stalled' },
    ];
    expect(untold(between, silence)).toBe(true);
    expect(untold([{ at: 150, state: 'live' }], silence)).toBe(true);
  });
});

describe('unexplained', () => {
  const told = [
    { at: 5_000, state: 'stalled' },
    { at: 5_010, state: 'disconnected' },
  ];

  it('finds a stall that no silence explains', () => {
    expect(unexplained(told, [], 1_000)).toEqual([told[0]]);
    expect(unexplained(told, [{ from: 5_001, until: 6_000 }], 1_000)).toEqual([told[0]]);
    expect(unexplained(told, [{ from: 2_000, until: 3_999 }], 1_000)).toEqual([told[0]]);
  });

  it('takes one in a silence, or soon after it, for its effect', () => {
    expect(unexplained(told, [{ from: 2_000, until: 4_000 }], 1_000)).toEqual([]);
    expect(unexplained(told, [{ from: 2_000, until: Number.POSITIVE_INFINITY }], 1_000)).toEqual([]);
  });
});
