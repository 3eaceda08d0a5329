import { describe, expect, it } from 'vitest';
import { type DedupParts, dedupKeyOf, signalIdOf } from './signal.ts';

const parts: DedupParts = {
  modelVersionId: 'logistic-1m-xnys@1',
  modelSha256: 'a'.repeat(64),
  instrumentId: 'spy-us',
  timeframe: '1m',
  decisionBarStart: Date.parse('2013-10-07T14:30:00Z'),
  horizonMinutes: 60,
  revision: 0,
};

describe('the dedup key of a signal', () => {
  it('is the same for the same decision, on every machine and in every year', () => {
    // Computed by hand: SHA-256 of the parts, a line feed between each two. It must never change: it is what keeps a signal from being said twice.
    expect(dedupKeyOf(parts)).toBe('70365d56c78b1d6843b0ed05d05796fe8e1ecc6d0d05bb4989ffbde87786df36');
  });

  it.each([
    { modelVersionId: 'logistic-1m-xnys@2' },
    { modelSha256: 'b'.repeat(64) },
    { instrumentId: 'qqq-us' },
    { timeframe: '1d' as const },
    { decisionBarStart: parts.decisionBarStart + 60_000 },
    { horizonMinutes: 61 },
    { revision: 1 },
  ])('is another one when %o', (change) => {
    expect(dedupKeyOf({ ...parts, ...change })).not.toBe(dedupKeyOf(parts));
  });

  it('keeps its parts apart', () => {
    const shifted = { modelVersionId: 'm@1', modelSha256: '1', instrumentId: '23' };
    const other = { modelVersionId: 'm@1', modelSha256: '12', instrumentId: '3' };
    expect(dedupKeyOf({ ...parts, ...shifted })).not.toBe(dedupKeyOf({ ...parts, ...other }));
  });
});

describe('the id of a signal', () => {
  it('is the UUID of its key: version 8, variant 1, and every other bit of the first 128 from the key', () => {
    expect(signalIdOf('0123456789abcdef0123456789abcdef'.padEnd(64, '5'))).toBe('01234567-89ab-8def-8123-456789abcdef');
    expect(signalIdOf('f'.repeat(64))).toBe('ffffffff-ffff-8fff-bfff-ffffffffffff');
    expect(signalIdOf(dedupKeyOf(parts))).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('differs when the key does in its first half', () => {
    const keys = Array.from({ length: 500 }, (_, revision) => dedupKeyOf({ ...parts, revision }));
    expect(new Set(keys.map(signalIdOf)).size).toBe(500);
  });
});
