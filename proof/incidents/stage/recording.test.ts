import { describe, expect, it } from 'vitest';
import { daysOf } from './days.ts';
import { FOLLOWED, recordingFor } from './recording.ts';

const MINUTE = 60_000;
/** A minute in which nobody trades is missing as well. */
const MOST = 2;
const HALTED_BY_THE_FIRST_SEED = '2026-11-22T07:00:00Z';

describe('the recording of the days of an incident', () => {
  it.each([HALTED_BY_THE_FIRST_SEED, '2026-06-01T00:00:00Z', '2027-01-04T00:00:00Z'])(
    'halts no instrument on those that are played: %s',
    (now) => {
      const days = daysOf('whole', Date.parse(now));
      const { bars } = recordingFor(days);
      for (const { open, close } of days.played)
        for (const symbol of FOLLOWED) {
          const starts = bars.filter((bar) => bar.symbol === symbol && bar.start >= open && bar.start < close);
          const pauses = starts.map(({ start }, index) => start - (starts[index - 1]?.start ?? open));
          expect(Math.max(...pauses)).toBeLessThanOrEqual(MOST * MINUTE);
        }
    },
  );

  it('goes on before the open and after the close', () => {
    const days = daysOf('half', Date.parse(HALTED_BY_THE_FIRST_SEED));
    const [{ open, close }] = days.played;
    const starts = new Set(recordingFor(days).bars.map(({ start }) => start));
    expect([open - 120 * MINUTE, open - MINUTE, close, close + 179 * MINUTE].every((start) => starts.has(start))).toBe(
      true,
    );
  });
});
