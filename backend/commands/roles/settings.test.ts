import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { roleSettings } from './settings.ts';

beforeEach(() => void vi.stubEnv('DATABASE_URL', 'postgres://user:password@127.0.0.1:5432/heliograph'));
afterEach(() => vi.unstubAllEnvs());

describe('the drain', () => {
  it.each([
    ['api', 25],
    ['all', 15],
  ] as const)('of %s takes %d s where nothing is said', (role, seconds) => {
    expect(roleSettings(role).drainSeconds).toBe(seconds);
  });

  it.each([
    ['15000', 'DRAIN_SPREAD_MS is "15000", expected less than the drain, which takes 15 s (DRAIN_SECONDS)'],
    ['14999', null],
  ])('of a whole process with sockets that end over %s ms', (spread, mistake) => {
    vi.stubEnv('DRAIN_SPREAD_MS', spread);
    if (mistake === null) expect(roleSettings('all').api?.DRAIN_SPREAD_MS).toBe(Number(spread));
    else expect(() => roleSettings('all')).toThrow(mistake);
  });

  it('is longer where that is said', () => {
    vi.stubEnv('DRAIN_SPREAD_MS', '60000');
    vi.stubEnv('DRAIN_SECONDS', '70');
    expect(roleSettings('api').drainSeconds).toBe(70);
  });
});
