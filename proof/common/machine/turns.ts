/** A tenth of a second that ends then (ms since 1970), and by how much a timer of 10 ms was late in it (ms). */
export type Late = { readonly at: number; readonly late: number };

export const TENTH_MS = 100;
const TICK_MS = 10;

export type Turns = Disposable & {
  /** By how much a turn was late at most since this was last asked, ms. */
  taken(): number;
};

/** Waits for a timer again and again, works so long each time (ms), and tells each tenth of a second by how much the timer was late. */
export function takeTurns(tell: (late: Late) => void, workMs = 0): Turns {
  let [due, told, late, most] = [performance.now() + TICK_MS, performance.now(), 0, 0];
  let timer = setTimeout(turn, TICK_MS).unref();

  function turn(): void {
    const now = performance.now();
    late = Math.max(late, now - due);
    most = Math.max(most, now - due);
    if (now - told >= TENTH_MS) {
      tell({ at: Date.now(), late: Math.round(late) });
      [told, late] = [now, 0];
    }
    while (performance.now() < now + workMs);
    due = performance.now() + TICK_MS;
    timer = setTimeout(turn, TICK_MS).unref();
  }

  return {
    taken: () => {
      const taken = most;
      most = 0;
      return taken;
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
