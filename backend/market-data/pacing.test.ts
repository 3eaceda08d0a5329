import { describe, expect, it } from 'vitest';
import { Pacer, parseSpeed, type Speed, type Timer } from './pacing.ts';

/** A timer whose sleeps take no time and are written down. */
function recordingTimer() {
  let now = 5;
  const sleeps: number[] = [];
  const timer: Timer = {
    now: () => now,
    sleep: async (ms) => {
      sleeps.push(ms);
      now += ms;
    },
  };
  return { timer, sleeps, spend: (ms: number) => (now += ms) };
}

const pacerAt = (speed: Speed, timer: Timer, signal = new AbortController().signal) =>
  new Pacer({ speed, timer, signal });
const MINUTE = 60_000;

describe('Pacer', () => {
  it('waits the distance of two moments of a session, divided by the speed', async () => {
    const { timer, sleeps } = recordingTimer();
    const pacer = pacerAt(60, timer);
    for (const minute of [0, 1, 2, 5]) await pacer.wait(minute * MINUTE, '2026-11-19');
    expect(sleeps).toEqual([1_000, 1_000, 3_000]);
  });

  it('leaps over what lies between sessions as if it were a minute', async () => {
    const { timer, sleeps } = recordingTimer();
    const pacer = pacerAt(60, timer);
    await pacer.wait(0, '2026-11-19');
    await pacer.wait(1_000 * MINUTE, '2026-11-20');
    await pacer.wait(2_000 * MINUTE, null);
    await pacer.wait(3_000 * MINUTE, null);
    await pacer.wait(3_000 * MINUTE + 30_000, '2026-11-23');
    expect(sleeps).toEqual([1_000, 1_000, 1_000, 500]);
  });

  it('counts the time that its reader spent as waited', async () => {
    const { timer, sleeps, spend } = recordingTimer();
    const pacer = pacerAt(60, timer);
    await pacer.wait(0, 'a');
    spend(300);
    await pacer.wait(MINUTE, 'a');
    spend(1_200);
    await pacer.wait(2 * MINUTE, 'a');
    await pacer.wait(3 * MINUTE, 'a');
    expect(sleeps).toEqual([700, 800]);
  });

  it('does not send in one burst what a reader missed in a long absence', async () => {
    const { timer, sleeps, spend } = recordingTimer();
    const pacer = pacerAt(60, timer);
    await pacer.wait(0, 'a');
    spend(3_600_000);
    for (let minute = 1; minute <= 4; minute += 1) await pacer.wait(minute * MINUTE, 'a');
    expect(sleeps).toEqual([1_000, 1_000]);
  });

  it('never waits at speed max', async () => {
    const { timer, sleeps } = recordingTimer();
    const pacer = pacerAt('max', timer);
    for (const minute of [0, 1, 60]) await pacer.wait(minute * MINUTE, 'a');
    expect(sleeps).toEqual([]);
  });

  it('throws the reason of its signal, before a wait and during one', async () => {
    const abort = new AbortController();
    const { timer } = recordingTimer();
    const interrupted: Timer = {
      ...timer,
      sleep: async () => {
        abort.abort(new Error('enough'));
        throw new Error('an error of the timer');
      },
    };
    const pacer = pacerAt(1, interrupted, abort.signal);
    await pacer.wait(0, 'a');
    await expect(pacer.wait(MINUTE, 'a')).rejects.toThrow('enough');
    await expect(pacer.wait(2 * MINUTE, 'a')).rejects.toThrow('enough');
  });
});

describe('parseSpeed', () => {
  it('takes whole numbers from 1 to a million, and max', () => {
    expect(['1', '60', '1000000', 'max'].map(parseSpeed)).toEqual([1, 60, 1_000_000, 'max']);
  });

  it.each(['', '0', '-1', '1.5', '1000001', 'fast', 'MAX', '1e3', ' 60', '９'])('refuses %j', (text) => {
    expect(() => parseSpeed(text)).toThrow(
      `--speed is ${JSON.stringify(text)}, expected a whole number from 1 to 1000000, or "max"`,
    );
  });
});
