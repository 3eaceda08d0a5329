import { describe, expect, it } from 'vitest';
import { drain, type Leaver } from './drain.ts';

const SPREAD_MS = 400;
const COUNT = 40;
const STALL_MS = 200;

/** Connections that leave when they are told to, and when each was told, and to come back when; ms since the drain began. */
function connections(onLeave: (index: number) => void = () => undefined) {
  const open = new Map<Leaver, true>();
  const told: { readonly at: number; readonly back: number }[] = [];
  const begin = performance.now();
  for (let index = 0; index < COUNT; index += 1) {
    const leaver: Leaver = {
      async dismiss(_why, afterMs) {
        const at = performance.now() - begin;
        told.push({ at, back: at + afterMs });
        open.delete(leaver);
        onLeave(told.length);
      },
      terminate: () => void open.delete(leaver),
    };
    open.set(leaver, true);
  }
  return { open, told };
}

describe('a drain', () => {
  it('lets everybody go, and each come back at a moment of its own, as far apart as they leave', async () => {
    const { open, told } = connections();
    await drain(open, SPREAD_MS, Math.random);
    expect([open.size, told.length]).toEqual([0, COUNT]);
    for (const [index, { back }] of told.entries())
      expect(Math.abs(back - (told[0]?.back ?? 0) - index * 10)).toBeLessThan(STALL_MS / 3);
  });

  it('spreads the return of those who were let go late as if they had not been', async () => {
    const { open, told } = connections((left) => {
      // The process stands for a while.
      if (left === 10) for (const end = performance.now() + STALL_MS; performance.now() < end; );
    });
    await drain(open, SPREAD_MS, Math.random);
    const waits = told.slice(1).map(({ at }, index) => at - (told[index]?.at ?? 0));
    expect(Math.max(...waits)).toBeGreaterThanOrEqual(STALL_MS);
    for (const [index, { back }] of told.entries())
      expect(Math.abs(back - (told[0]?.back ?? 0) - index * 10)).toBeLessThan(STALL_MS / 3);
  });

  it('ends those who do not go', async () => {
    let ended = 0;
    const open = new Map<Leaver, true>();
    const leaver: Leaver = {
      dismiss: async () => undefined,
      terminate: () => {
        open.delete(leaver);
        ended += 1;
      },
    };
    open.set(leaver, true);
    await drain(open, 0, Math.random);
    expect([open.size, ended]).toEqual([0, 1]);
  });
});
