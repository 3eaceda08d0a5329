import { describe, expect, it } from 'vitest';
import { compare } from './compare.ts';

const monday = {
  sessionDate: '2026-11-23',
  open: Date.parse('2026-11-23T14:30Z'),
  close: Date.parse('2026-11-23T21:00Z'),
};
const friday = {
  sessionDate: '2026-11-27',
  open: Date.parse('2026-11-27T14:30Z'),
  close: Date.parse('2026-11-27T18:00Z'),
};

describe('the comparison of two calendars', () => {
  it('is silent when both have the same sessions, in whatever order', () => {
    expect(compare([monday, friday], [friday, monday]).differences).toEqual([]);
  });

  it('tells a session that only one of them has', () => {
    expect(compare([monday], [friday]).differences).toEqual([
      '2026-11-23: ours 2026-11-23T14:30:00.000Z to 2026-11-23T21:00:00.000Z, oracle no session',
      '2026-11-27: ours no session, oracle 2026-11-27T14:30:00.000Z to 2026-11-27T18:00:00.000Z',
    ]);
  });

  it('tells an open and a close that differ by a millisecond', () => {
    expect(compare([monday], [{ ...monday, open: monday.open + 1 }]).differences).toHaveLength(1);
    expect(compare([friday], [{ ...friday, close: friday.close - 1 }]).differences).toHaveLength(1);
  });

  it('tells a session that one of them has twice', () => {
    expect(compare([monday], [monday, monday]).differences).toHaveLength(1);
  });
});
