import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../platform/clock.ts';
import { RemoteClock } from './remote-clock.ts';

const OPEN = Date.parse('2013-10-09T13:30:00Z');

describe('RemoteClock', () => {
  function clock() {
    const real = { ms: 0 };
    const timer = { now: () => real.ms, sleep: async () => undefined };
    const remote = new RemoteClock(timer, new ManualClock(1_000));
    const readAt = (ms: number, time: number): void => {
      real.ms = ms;
      remote.read(time);
    };
    return { real, remote, readAt };
  }

  it("is the machine's until the first reading", () => {
    expect(clock().remote.now()).toBe(1_000);
  });

  it('goes on at the pace of the last readings', () => {
    const { real, remote, readAt } = clock();
    readAt(0, OPEN);
    readAt(1_000, OPEN + 60_000);
    readAt(2_000, OPEN + 120_000);
    real.ms = 2_500;
    expect(remote.speed).toBe(60);
    expect(remote.now()).toBe(OPEN + 150_000);
  });

  it('follows a leap over a night without taking it for a pace', () => {
    const { real, remote, readAt } = clock();
    readAt(0, OPEN);
    readAt(1_000, OPEN + 60_000);
    readAt(2_000, OPEN + 86_400_000);
    real.ms = 2_100;
    expect(remote.now()).toBe(OPEN + 86_400_000 + 6_000);
    readAt(3_000, OPEN + 86_460_000);
    expect(remote.speed).toBe(60);
  });

  it('believes a leap at once, however soon it comes after another reading', () => {
    const { remote, readAt } = clock();
    readAt(0, OPEN);
    readAt(1_000, OPEN + 60_000);
    readAt(1_010, OPEN + 86_400_000);
    expect(remote.now()).toBe(OPEN + 86_400_000);
    expect(remote.speed).toBe(60);
  });

  it('never goes back, and stands where the server stands', () => {
    const { real, remote, readAt } = clock();
    readAt(0, OPEN);
    readAt(1_000, OPEN + 60_000);
    readAt(2_000, OPEN + 120_000);
    real.ms = 2_900;
    expect(remote.now()).toBe(OPEN + 174_000);
    readAt(3_000, OPEN + 120_000);
    expect(remote.now()).toBe(OPEN + 174_000);
    real.ms = 60_000;
    expect(remote.now()).toBe(OPEN + 174_000);
  });

  it('tells no speed from readings that lie too close together', () => {
    const { remote, readAt } = clock();
    readAt(0, OPEN);
    readAt(10, OPEN + 90_000);
    expect(remote.speed).toBe(1);
    expect(remote.isKnown).toBe(false);
  });
});
