import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { WakeUp } from './wake-up.ts';

/** Far longer than any wake-up takes, and than anybody should wait for a test. */
const LONG_MS = 30_000;
const SHORT_MS = 30;

/** What every wake-up promises, whatever it is made of. `open` gives one that nobody else uses. */
export function wakeUpContract(name: string, open: () => Promise<AsyncDisposable & { readonly wakeUp: WakeUp }>): void {
  const never = (): AbortSignal => new AbortController().signal;

  describe(`${name} as a wake-up`, () => {
    it('wakes who waits for a seq that is announced later', async () => {
      await using opened = await open();
      const { wakeUp } = opened;
      const waiting = wakeUp.wait('public', 4, LONG_MS, never());
      wakeUp.notify('public', 5);
      expect(await millisecondsOf(waiting)).toBeLessThan(LONG_MS / 2);
    });

    it('does not let anybody wait for what was announced before', async () => {
      await using opened = await open();
      const { wakeUp } = opened;
      wakeUp.notify('public', 5);
      await wakeUp.wait('public', 4, LONG_MS, never());
      expect(await millisecondsOf(wakeUp.wait('public', 4, LONG_MS, never()))).toBeLessThan(LONG_MS / 2);
    });

    it('lets time pass when nothing beyond the seq is announced', async () => {
      await using opened = await open();
      const { wakeUp } = opened;
      wakeUp.notify('public', 5);
      // Who waits for no end of seqs waits for time alone.
      for (const seq of [5, Number.POSITIVE_INFINITY]) {
        const waiting = wakeUp.wait('public', seq, SHORT_MS, never());
        wakeUp.notify('public', 5);
        wakeUp.notify('public', 3);
        wakeUp.notify('others', 99);
        // Timers may be a millisecond early.
        expect(await millisecondsOf(waiting)).toBeGreaterThanOrEqual(SHORT_MS - 2);
      }
    });

    it('wakes everybody who waits for less than what is announced, and nobody else', async () => {
      await using opened = await open();
      const { wakeUp } = opened;
      const woken: number[] = [];
      const waiting = [1, 2, 3, 3, 7].map(async (seq) => {
        await wakeUp.wait('public', seq, seq === 7 ? 20 * SHORT_MS : LONG_MS, never());
        woken.push(seq);
      });
      wakeUp.notify('public', 4);
      await Promise.all(waiting);
      expect(woken.slice(0, 4).sort()).toEqual([1, 2, 3, 3]);
      expect(woken.at(-1)).toBe(7);
    });

    it('lets go at once of who leaves, or has left before', async () => {
      await using opened = await open();
      const { wakeUp } = opened;
      const left = new AbortController();
      const waiting = wakeUp.wait('public', 1, LONG_MS, left.signal);
      left.abort(new Error('gone'));
      expect(await millisecondsOf(waiting)).toBeLessThan(LONG_MS / 2);
      expect(await millisecondsOf(wakeUp.wait('public', 1, LONG_MS, left.signal))).toBeLessThan(LONG_MS / 2);
    });

    it('keeps nothing of who waited a thousand times', async () => {
      await using opened = await open();
      const { wakeUp } = opened;
      const signal = never();
      for (let seq = 1; seq <= 1_000; seq += 1) {
        const waiting = wakeUp.wait('public', seq, LONG_MS, signal);
        wakeUp.notify('public', seq + 1);
        await waiting;
      }
      await wakeUp.wait('public', 5_000, 1, signal);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });
  });
}

async function millisecondsOf(work: Promise<void>): Promise<number> {
  const begin = performance.now();
  await work;
  return performance.now() - begin;
}
