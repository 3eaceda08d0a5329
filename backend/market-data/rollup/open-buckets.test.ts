import { describe, expect, it } from 'vitest';
import { calendarById } from '../../calendar/index.ts';
import { OPEN } from '../../testing/bars.ts';
import { type Arrival, type Due, OpenBuckets } from './open-buckets.ts';

const MINUTE = 60_000;
const SECOND = 1_000;
const CLOSE_MINUTE = 390;
const XNYS = calendarById('XNYS');

/** Bars of one minute after the open, known a second after their end unless said otherwise. */
function minute(at: number, instrumentIds: readonly string[] = ['spy-us'], other: Partial<Arrival> = {}): Arrival {
  const barStart = OPEN + at * MINUTE;
  const barEnd = barStart + MINUTE;
  return { instrumentIds, barStart, barEnd, knownTime: barEnd + SECOND, ...other };
}

function minutes(from: number, until: number, instrumentIds?: readonly string[]): Arrival[] {
  return Array.from({ length: until - from }, (_, index) => minute(from + index, instrumentIds));
}

/** Each as "who length from-until@moment", in minutes after the open; a second counts as nothing. */
function shown(due: readonly Due[]): string[] {
  const since = (instant: number) => Math.floor((instant - OPEN) / MINUTE);
  return due
    .map(({ instrumentId, timeframe, barStart, barEnd, knownTime }) =>
      [instrumentId, timeframe, `${since(barStart)}-${since(barEnd)}@${since(knownTime)}`].join(' '),
    )
    .sort();
}

const opened = (watermark = 0) => new OpenBuckets(() => XNYS, watermark);

describe('OpenBuckets', () => {
  it('makes a bar as soon as its last minute is there', () => {
    const open = opened();
    expect(shown(open.take(minutes(0, 4)))).toEqual([]);
    expect(shown(open.take(minutes(4, 5)))).toEqual(['spy-us 5m 0-5@5']);
    expect(shown(open.take(minutes(5, 15)))).toEqual(['spy-us 15m 0-15@15', 'spy-us 5m 10-15@15', 'spy-us 5m 5-10@10']);
  });

  it('waits with a bar that lacks its last minute until another minute begins after it', () => {
    const open = opened();
    expect(shown(open.take([...minutes(0, 4, ['spy-us', 'bac-us']), minute(4, ['spy-us'])]))).toEqual([
      'spy-us 5m 0-5@5',
    ]);
    expect(shown(open.take([minute(5)]))).toEqual(['bac-us 5m 0-5@6']);
  });

  it('makes all bars of a session that lack their last minute when the session ends for any of the shard', () => {
    const open = opened();
    const last = CLOSE_MINUTE - 1;
    open.take(minutes(385, last, ['spy-us', 'bac-us']));
    expect(shown(open.take([minute(last)]))).toEqual(
      ['spy-us', 'bac-us']
        .sort()
        .flatMap((id) => [
          `${id} 15m 375-390@390`,
          `${id} 1d 0-390@390`,
          `${id} 1h 360-390@390`,
          `${id} 30m 360-390@390`,
          `${id} 5m 385-390@390`,
        ]),
    );
  });

  it('is moved on by bars outside the session and makes nothing of them', () => {
    const open = opened();
    expect(shown(open.take([minute(-3, ['bac-us']), ...minutes(385, 388)]))).toEqual([]);
    expect(shown(open.take([minute(400, ['bac-us'])]))).toHaveLength(5);
    expect(open.watermark).toBe(OPEN + 401 * MINUTE);
  });

  it('makes a bar anew for each late minute, from when that minute was known', () => {
    const open = opened();
    open.take([...minutes(0, 2), ...minutes(3, 5)]);
    const late = minute(2, ['spy-us'], { knownTime: OPEN + 5 * MINUTE + 30 * SECOND });
    expect(shown(open.take([late]))).toEqual(['spy-us 5m 0-5@5']);
    open.take(minutes(5, 60));
    const later = { ...late, knownTime: OPEN + 70 * MINUTE };
    expect(shown(open.take([later]))).toEqual([
      'spy-us 15m 0-15@70',
      'spy-us 1h 0-60@70',
      'spy-us 30m 0-30@70',
      'spy-us 5m 0-5@70',
    ]);
  });

  it('names a bar once for all that became known at one moment', () => {
    const open = opened();
    open.take(minutes(0, 5));
    const together = [0, 1, 2].map((at) => minute(at, ['spy-us'], { knownTime: OPEN + 7 * MINUTE }));
    expect(shown(open.take(together))).toEqual(['spy-us 5m 0-5@7']);
  });

  it('knows no bar before its end, whatever a late minute says of itself', () => {
    const open = opened();
    open.take(minutes(0, 61, ['bac-us']));
    expect(shown(open.take([minute(2)]))).toEqual([
      'spy-us 15m 0-15@15',
      'spy-us 1h 0-60@60',
      'spy-us 30m 0-30@30',
      'spy-us 5m 0-5@5',
    ]);
  });

  it('goes on from a watermark and the buckets that were open at it', () => {
    const both = minutes(0, 17, ['spy-us', 'bac-us']);
    const whole = opened();
    whole.take(both.slice(0, 12));
    const resumed = new OpenBuckets(() => XNYS, whole.watermark, whole.unmade());
    expect(whole.unmade()).toHaveLength(10);
    expect(shown(resumed.take(both.slice(12)))).toEqual(shown(whole.take(both.slice(12))));
  });
});
