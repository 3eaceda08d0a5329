import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

function setUp() {
  let now = 1_000;
  const later: (() => void)[] = [];
  const turns = new Turns({ now: () => now, later: (run) => later.push(run) });
  const begun: number[] = [];
  return {
    begun,
    later,
    pass: (ms: number) => {
      now += ms;
    },
    /** A piece of work that takes so long. */
    async work(name: number, ms: number): Promise<void> {
      const turn = turns.next();
      if (turn !== null) await turn;
      begun.push(name);
      now += ms;
    },
    /** The event loop goes round once. */
    async round(): Promise<void> {
      for (const run of later.splice(0)) run();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe('turns', () => {
  it('cost nothing while there is no crowd', async () => {
    const { work, begun, pass, later } = setUp();
    for (let n = 0; n < 100; n += 1) {
      void work(n, 1);
      pass(5);
    }
    expect(begun).toHaveLength(100);
    expect(later).toHaveLength(0);
  });

  it('end after a while, and what is left has one each time round', async () => {
    const { work, begun, round } = setUp();
    const all = Array.from({ length: 20 }, (_, n) => work(n, 1.5));
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
    await round();
    expect(begun).toHaveLength(8);
    await round();
    expect(begun).toHaveLength(9);
    for (let n = 0; n < 11; n += 1) await round();
    await Promise.all(all);
    expect(begun).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('are in order: who comes later does not pass by those who wait', async () => {
    const { work, begun, round, pass } = setUp();
    const all = Array.from({ length: 9 }, (_, n) => work(n, 1.5));
    pass(50);
    all.push(work(9, 1));
    expect(begun).toHaveLength(7);
    for (let n = 0; n < 3; n += 1) await round();
    await Promise.all(all);
    expect(begun.slice(7)).toEqual([7, 8, 9]);
  });

  it('begin anew after a pause', async () => {
    const { work, begun, round, pass } = setUp();
    const all = Array.from({ length: 8 }, (_, n) => work(n, 1.5));
    await round();
    await Promise.all(all);
    pass(3);
    for (let n = 0; n < 5; n += 1) void work(n, 1);
    expect(begun).toHaveLength(13);
  });
});
