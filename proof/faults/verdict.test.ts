import { describe, expect, it } from 'vitest';
import { deliveryFaults, orderFaults, type Stored, storedFaults } from './verdict.ts';

describe('orderFaults', () => {
  it('is content with every seq once and in order', () => {
    expect(orderFaults([1, 2, 3, 4], 4)).toEqual([]);
    expect(orderFaults([], 0)).toEqual([]);
  });

  it('tells lost ones, also at either end', () => {
    expect(orderFaults([2, 3, 5], 6)).toEqual(['lost 3: seq 1, 4, 6']);
    expect(orderFaults([], 2)).toEqual(['lost 2: seq 1, 2']);
  });

  it('tells doubled ones, one after the other or later', () => {
    expect(orderFaults([1, 2, 2, 3, 1], 3)).toEqual(['doubled 2: seq 2, 1']);
  });

  it('tells those that came after a later one', () => {
    expect(orderFaults([1, 3, 2, 4], 4)).toEqual(['out of order 1: seq 2']);
  });

  it('tells what the log does not have', () => {
    expect(orderFaults([1, 2, 3, Number.NaN], 2)).toEqual(['beyond the head 2 2: seq 3, NaN']);
  });

  it('shows no more than five', () => {
    expect(orderFaults([], 9)).toEqual(['lost 9: seq 1, 2, 3, 4, 5, …']);
  });
});

describe('deliveryFaults', () => {
  const log = [
    { seq: 1, type: 'PUBLISHED' },
    { seq: 2, type: 'STOP_HIT' },
  ];

  it('is content with the log itself', () => {
    expect(deliveryFaults(log, log)).toEqual([]);
  });

  it('tells a right seq with another event', () => {
    expect(deliveryFaults([{ seq: 1, type: 'TRIGGERED' }, ...log.slice(1)], log)).toEqual([
      'type of seq 1: TRIGGERED, expected PUBLISHED',
    ]);
  });

  it('tells a lost and a doubled event', () => {
    expect(deliveryFaults([...log.slice(1), ...log.slice(1)], log)).toEqual(['lost 1: seq 1', 'doubled 1: seq 2']);
  });
});

describe('storedFaults', () => {
  const reference: Stored = {
    events: [
      { seq: 1, type: 'PUBLISHED' },
      { seq: 2, type: 'STOP_HIT' },
    ],
    epochs: 1,
    sha256: 'aa',
    chainFault: null,
    published: 1,
    settled: 1,
    tables: { bar: '10 rows, 77' },
  };
  const faults = (found: Partial<Stored>) => storedFaults(reference, { ...reference, ...found });

  it('is content with an equal folder', () => {
    expect(faults({})).toEqual([]);
  });

  it('tells a hole in the log', () => {
    expect(faults({ events: reference.events.slice(1) })).toEqual(['log: lost 1: seq 1']);
  });

  it('tells a differing sha256, a broken chain and a second epoch', () => {
    expect(faults({ sha256: 'ab', chainFault: 'the hash of seq 2 does not match', epochs: 2 })).toEqual([
      'log: the hash of seq 2 does not match',
      'epochs: 2, expected 1',
      'sha256: ab, expected aa',
    ]);
  });

  it('tells other counts, and a table that is missing, too much or different', () => {
    expect(faults({ published: 2, settled: 0 })).toEqual([
      'published signals: 2, expected 1',
      'settled signals: 0, expected 1',
    ]);
    expect(faults({ tables: { outcome: '1 rows, 3' } })).toEqual([
      'table bar: undefined, expected 10 rows, 77',
      'table outcome: 1 rows, 3, expected undefined',
    ]);
  });
});
