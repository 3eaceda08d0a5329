import { describe, expect, it } from 'vitest';
import { branchesOf, segmentName, segmentNumber } from './wal-names.ts';
import { pathAlong, type Reach } from './wal-path.ts';

const MB16 = 16 * 1024 * 1024;
const base = { startLsn: '0/3000028', stopLsn: '0/4000120', walSegmentBytes: MB16 };
const first = [{ timeline: 1, from: 0n }];
const names = (timeline: number, ...numbers: number[]) => numbers.map((number) => segmentName(timeline, number, MB16));
const path = (held: readonly string[], reach: Reach = 'newest', branches = first) =>
  pathAlong(branches, new Set(held), base, reach);

describe('the names of segments', () => {
  it('are those of PostgreSQL, over the end of a log file', () => {
    expect(segmentName(1, 255, MB16)).toBe('0000000100000000000000FF');
    expect(segmentName(10, 256, MB16)).toBe('0000000A0000000100000000');
    for (const number of [0, 255, 256, 70_000]) expect(segmentNumber(segmentName(3, number, MB16), MB16)).toBe(number);
  });
});

describe('the way along the log', () => {
  it('goes as far as there is no gap', () => {
    expect(path(names(1, 2, 3, 4, 5))).toEqual(names(1, 3, 4, 5));
  });

  it('ends with the backup where no more is asked', () => {
    expect(path(names(1, 3, 4, 5, 7), 'backup')).toEqual(names(1, 3, 4));
  });

  it.each([3, 4])('is none without segment %i, which the backup needs', (missing) => {
    const held = names(1, ...[3, 4, 5].filter((number) => number !== missing));
    for (const reach of ['backup', 'moment', 'newest'] as const)
      expect(() => path(held, reach)).toThrow('which the backup itself needs');
  });

  it('is refused where something comes after a gap', () => {
    expect(() => path(names(1, 3, 4, 6))).toThrow(
      `segment ${names(1, 5)[0]} of the write-ahead log is missing, and ${names(1, 6)[0]} comes after it`,
    );
  });

  it('ends before the gap where a moment is looked for', () => {
    expect(path(names(1, 3, 4, 5, 7), 'moment')).toEqual(names(1, 3, 4, 5));
  });

  it('goes over to the branch that was begun, in the segment in which it was', () => {
    const branches = branchesOf(2, '1\t0/5000100\tno recovery target specified\n');
    expect(branches).toEqual([
      { timeline: 1, from: 0n },
      { timeline: 2, from: 0x5000100n },
    ]);
    const held = [...names(1, 3, 4, 5, 6, 7), ...names(2, 5, 6)];
    expect(path(held, 'newest', branches)).toEqual([...names(1, 3, 4), ...names(2, 5, 6)]);
  });
});
