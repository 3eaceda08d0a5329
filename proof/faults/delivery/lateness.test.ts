import { describe, expect, it } from 'vitest';
import { verdictOf } from './lateness.ts';

const onTime = { idle: { p99: 2, most: 9 }, own: { p99: 3, most: 12 } };
const timed = { what: 'it took', ms: 210, limitMs: 200, rank: 'most' } as const;

describe('verdictOf', () => {
  it('takes what is within its limit, however late the machine was', () => {
    const late = { idle: { p99: 900, most: 900 }, own: { p99: 0, most: 0 } };
    expect(verdictOf({ ...timed, ms: 200 }, late).kind).toBe('note');
  });

  it('fails what is over its limit by a millisecond while the machine was on time', () => {
    const { kind, text } = verdictOf({ ...timed, ms: 201 }, onTime);
    expect(kind).toBe('fault');
    expect(text).toContain('it took 201 ms, promised 200 ms at most');
  });

  it.each(['idle', 'own'] as const)(
    'does not judge what is over it while %s was late by more than a tenth of it',
    (name) => {
      const verdict = verdictOf(timed, { ...onTime, [name]: { p99: 0, most: 21 } });
      expect(verdict.kind).toBe('not judged');
      expect(verdict.text).toContain('21 ms');
      expect(verdictOf(timed, { ...onTime, [name]: { p99: 0, most: 20 } }).kind).toBe('fault');
    },
  );

  it('does not judge what is over it while whoever had to do it waited for a processor for more than a tenth of it', () => {
    const verdict = verdictOf({ ...timed, waitedMs: 21 }, onTime);
    expect(verdict.kind).toBe('not judged');
    expect(verdict.text).toContain('waited 21 ms for a processor');
    expect(verdictOf({ ...timed, waitedMs: 20 }, onTime).kind).toBe('fault');
    expect(verdictOf({ ...timed, ms: 200, waitedMs: 500 }, onTime).kind).toBe('note');
  });

  it('holds the slowest hundredth against that of the machine', () => {
    const once = { idle: { p99: 5, most: 900 }, own: { p99: 5, most: 5 } };
    expect(verdictOf({ ...timed, rank: 'p99' }, once).kind).toBe('fault');
    expect(verdictOf(timed, once).kind).toBe('not judged');
  });
});
